// SPDX-License-Identifier: Apache-2.0
// signature.c: "(x, y=1, *, key=None)" of any callable, as help and the prompt's hints show it.
// A builtin shows what its row says; a function of the language what its def said; a class what
// its __init__ takes. The first parameter is left out where a call fills it in.
#include <string.h>

#include "vm.h"

static bool row_signature(AdjVM *vm, const char *sig, bool skip_first, AdjBuf *b)
{
    const char *p = sig + (*sig == '(');
    if (skip_first) {
        p += strcspn(p, ",)");
        p += *p == ',';
        p += strspn(p, " ");
    }
    return adj_buf_add_char(vm, b, '(') && adj_buf_add_c(vm, b, p);
}

static bool separator(AdjVM *vm, AdjBuf *b, bool *first)
{
    bool comma = !*first;
    *first = false;
    return !comma || adj_buf_add_c(vm, b, ", ");
}

static bool parameter(AdjVM *vm, AdjBuf *b, bool *first, const char *mark, AdjStr *name,
                      const AdjVal *value)
{
    return separator(vm, b, first) && adj_buf_printf(vm, b, "%s%s", mark, name->data) &&
           (!value || (adj_buf_add_char(vm, b, '=') && adj_buf_add_repr(vm, b, *value)));
}

static bool function_signature(AdjVM *vm, AdjFunction *f, bool skip_first, AdjBuf *b)
{
    const AdjCode *c = f->code;
    int64_t defaults = f->defaults ? f->defaults->len : 0;
    bool first = true, ok = adj_buf_add_char(vm, b, '(');
    uint32_t at = 0;
    for (; ok && at < c->nargs; at++) {
        int64_t d = (int64_t)at - ((int64_t)c->nargs - defaults);
        if (!(skip_first && at == 0))
            ok = parameter(vm, b, &first, "", c->locals[at],
                           d >= 0 ? &f->defaults->items[d] : NULL);
        if (ok && c->npos_only && at + 1 == c->npos_only)
            ok = separator(vm, b, &first) && adj_buf_add_char(vm, b, '/');
    }
    uint32_t variadic = c->nargs + c->nkwonly;
    if (ok && c->flags & ADJ_CODE_ARGS)
        ok = parameter(vm, b, &first, "*", c->locals[variadic], NULL);
    else if (ok && c->nkwonly)
        ok = separator(vm, b, &first) && adj_buf_add_char(vm, b, '*');
    for (uint32_t k = 0; ok && k < c->nkwonly; k++) {
        AdjStr *name = c->locals[c->nargs + k];
        AdjVal *value = f->kwdefaults ? adj_dict_find_str(f->kwdefaults, name) : NULL;
        ok = parameter(vm, b, &first, "", name, value);
    }
    if (ok && c->flags & ADJ_CODE_KWARGS)
        ok = parameter(vm, b, &first, "**", c->locals[variadic + !!(c->flags & ADJ_CODE_ARGS)],
                       NULL);
    return ok && adj_buf_add_char(vm, b, ')');
}

static bool add(AdjVM *vm, AdjVal v, bool bound, AdjBuf *b);

// A class is called with what its constructor takes.
static bool class_signature(AdjVM *vm, AdjType *t, AdjBuf *b)
{
    if (!(t->flags & ADJ_TF_HEAP) && t->make) return row_signature(vm, t->make->sig, true, b);
    AdjStr *name = adj_str_intern_c("__init__");
    AdjVal *init = adj_type_find(t, name);
    adj_obj_drop(name);
    return init ? add(vm, *init, true, b) : adj_buf_add_c(vm, b, "()");
}

static bool add(AdjVM *vm, AdjVal v, bool bound, AdjBuf *b)
{
    if (adj_is_exact(v, &adj_type_native)) {
        const AdjNativeObj *fn = (const AdjNativeObj *)v.o;
        return row_signature(vm, fn->row->sig, bound, b);
    }
    if (adj_is_exact(v, &adj_type_function))
        return function_signature(vm, (AdjFunction *)v.o, bound, b);
    if (adj_is_exact(v, &adj_type_method)) return add(vm, ((AdjMethod *)v.o)->fn, true, b);
    if (adj_is_type(v)) return class_signature(vm, adj_as_type(v), b);
    return adj_buf_add_c(vm, b, "(...)");
}

bool adj_val_signature(AdjVM *vm, AdjVal callable, AdjVal *out)
{
    AdjBuf b = {0};
    if (add(vm, callable, false, &b)) return adj_buf_str(vm, &b, out);
    adj_buf_free(&b);
    return false;
}
