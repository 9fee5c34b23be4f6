// SPDX-License-Identifier: Apache-2.0
// args.c: arguments of modules and optimizers: checked against the limits in their row, and
// copied so that the object owns them.
#include "nn/module.h"

#include <stdlib.h>

static bool check(const char *what, const AdjArg *a, AdjValue v)
{
    double x = a->kind == ADJ_ARG_INT ? (double)v.i : v.f;
    if (a->kind != ADJ_ARG_INT && a->kind != ADJ_ARG_FLOAT) return true;
    if (a->optional && (a->kind == ADJ_ARG_INT ? v.i == ADJ_NO_INT : isnan(v.f))) return true;
    if (x >= a->low && x <= a->high) return true;
    if (isinf(a->high)) {
        return adj_fail(ADJ_E_VALUE, "%s: %s must be at least %g, got %g", what, a->name,
                        a->low, x);
    }
    return adj_fail(ADJ_E_VALUE, "%s: %s must be between %g and %g, got %g", what, a->name,
                    a->low, a->high, x);
}

static bool own(const AdjArg *a, AdjValue *v)
{
    if (a->kind == ADJ_ARG_STR && v->s) v->s = adj_intern(v->s);
    if (a->kind == ADJ_ARG_TENSOR) adj_keep(v->t);
    if (a->kind == ADJ_ARG_MODULE) adj_module_keep(v->m);
    if (a->kind != ADJ_ARG_LONGS || v->longs.n <= 0) return true;
    size_t bytes = (size_t)v->longs.n * sizeof *v->longs.at;
    int64_t *copy = malloc(bytes);
    if (!copy) return adj_fail(ADJ_E_MEMORY, "%s: no memory", a->name);
    v->longs.at = memcpy(copy, v->longs.at, bytes);
    return true;
}

AdjValue *adj_fill_args(const char *what, const AdjArg *args, int n, const AdjValue *from)
{
    if (n <= 0) return NULL;
    for (int i = 0; i < n; i++)
        if (!check(what, &args[i], from[i])) return NULL;
    AdjValue *copy = malloc((size_t)n * sizeof *copy);
    if (!copy) return adj_fail(ADJ_E_MEMORY, "%s: no memory", what);
    memcpy(copy, from, (size_t)n * sizeof *copy);
    for (int i = 0; i < n; i++) {
        if (own(&args[i], &copy[i])) continue;
        adj_args_free(args, i, copy);
        return NULL;
    }
    return copy;
}

void adj_args_free(const AdjArg *args, int n, AdjValue *values)
{
    for (int i = 0; values && i < n; i++) {
        if (args[i].kind == ADJ_ARG_TENSOR) adj_drop(&values[i].t);
        if (args[i].kind == ADJ_ARG_MODULE) adj_module_drop(&values[i].m);
        if (args[i].kind == ADJ_ARG_LONGS && values[i].longs.n > 0)
            free((void *)values[i].longs.at);
    }
    free(values);
}
