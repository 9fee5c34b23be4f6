// SPDX-License-Identifier: Apache-2.0
// Several bases: the order in which names are looked up.
//
// A class of one base looks along its line of bases. A class of several, and all that descend
// from it, hold the order that the C3 linearisation gives (Barrett and others, "A monotonic
// superclass linearization for Dylan", 1996; Python's since 2.3): every class stands before
// its bases, and bases stand in the order in which they were named. One base, [base] of the
// type, is the native part that instances are laid out by; the others only contribute names.
#include <string.h>

#include "vm.h"

AdjType *adj_mro_next(const AdjType *t, const AdjType *at, uint32_t *i)
{
    const struct AdjDunderCache *c = t->special;
    if (!c || !c->mro) return at->base;
    return ++*i < c->mro_count ? c->mro[*i] : NULL;
}

bool adj_type_is(const AdjType *t, const AdjType *base)
{
    if (t->special && t->special->mro) {
        for (uint32_t i = 0; i < t->special->mro_count; i++) {
            if (t->special->mro[i] == base) return true;
        }
        return false;
    }
    for (; t; t = t->base) {
        if (t == base) return true;
    }
    return false;
}

AdjVal *adj_type_find_after(AdjType *t, const AdjType *from, AdjStr *name)
{
    if (!t->special || !t->special->mro)
        return from->base ? adj_type_find(from->base, name) : NULL;
    bool past = false;
    uint32_t i = 0;
    for (AdjType *at = t; at; at = adj_mro_next(t, at, &i)) {
        if (past) {
            AdjVal *v = adj_type_find_own(at, name);
            if (v) return v;
        }
        past |= at == from;
    }
    return NULL;
}

// The native type whose layout [t] has: below classes, and below native types that add nothing
// to the objects of their base.
static AdjType *solid(AdjType *t)
{
    while (t->base && (t->flags & ADJ_TF_HEAP ||
                       (t->size == t->base->size && t->alloc == t->base->alloc))) {
        t = t->base;
    }
    return t;
}

AdjType *adj_class_best_base(AdjVM *vm, AdjVal *bases, int n)
{
    AdjType *best = &adj_type_object;
    for (int i = 0; i < n; i++) {
        if (!adj_is_type(bases[i])) {
            return adj_raise_null(vm, ADJ_EXC_TypeError, "class base must be a class, not '%s'",
                                  adj_type_name(bases[i]));
        }
        AdjType *b = adj_as_type(bases[i]);
        if (!(b->flags & (ADJ_TF_BASE | ADJ_TF_HEAP))) {
            return adj_raise_null(vm, ADJ_EXC_TypeError,
                                  "type '%s' is not an acceptable base type", b->name);
        }
        if (i == 0 || (solid(b) != solid(best) && adj_type_is(solid(b), solid(best))))
            best = b;
        else if (!adj_type_is(solid(best), solid(b)))
            return adj_raise_null(vm, ADJ_EXC_TypeError,
                                  "multiple bases have instance lay-out conflict");
    }
    return best;
}

// ---- the merge ----

// The bases' orders and the bases themselves, each read from [at] on.
typedef struct Line {
    AdjType **items;
    uint32_t at, count;
} Line;

static uint32_t line_length(const AdjType *t)
{
    uint32_t n = 0, i = 0;
    for (const AdjType *at = t; at; at = adj_mro_next(t, at, &i)) n++;
    return n;
}

static bool in_a_tail(const Line *lines, int n, const AdjType *t)
{
    for (int k = 0; k < n; k++) {
        for (uint32_t i = lines[k].at + 1; i < lines[k].count; i++) {
            if (lines[k].items[i] == t) return true;
        }
    }
    return false;
}

// The next class of the order, or NULL when there is none that all lines agree on.
static AdjType *take_next(Line *lines, int n)
{
    for (int k = 0; k < n; k++) {
        if (lines[k].at == lines[k].count) continue;
        AdjType *t = lines[k].items[lines[k].at];
        if (in_a_tail(lines, n, t)) continue;
        for (int j = 0; j < n; j++) {
            if (lines[j].at < lines[j].count && lines[j].items[lines[j].at] == t) lines[j].at++;
        }
        return t;
    }
    return NULL;
}

static bool no_order(AdjVM *vm, Line *lines, int n)
{
    AdjBuf b = {0};
    AdjVal text;
    const char *between = "";
    for (int k = 0; k < n; k++) {
        if (lines[k].at == lines[k].count) continue;
        AdjType *t = lines[k].items[lines[k].at];
        bool again = false;
        for (int j = 0; j < k; j++)
            again |= lines[j].at < lines[j].count && lines[j].items[lines[j].at] == t;
        if (again) continue;
        adj_buf_printf(vm, &b, "%s%s", between, t->name);
        between = ", ";
    }
    if (!adj_buf_str(vm, &b, &text)) return false;
    adj_raise(vm, ADJ_EXC_TypeError,
              "Cannot create a consistent method resolution\norder (MRO) for bases %s",
              adj_as_str(text)->data);
    adj_val_drop(text);
    return false;
}

static bool merge(AdjVM *vm, struct AdjDunderCache *c, Line *lines, int n)
{
    AdjType *next;
    while ((next = take_next(lines, n))) c->mro[c->mro_count++] = next;
    for (int k = 0; k < n; k++) {
        if (lines[k].at < lines[k].count) return no_order(vm, lines, n);
    }
    return true;
}

enum { BASES_MAX = 32 };

static bool linearise(AdjVM *vm, AdjType *t, AdjType **bases, int n)
{
    struct AdjDunderCache *c = t->special;
    uint32_t total = (uint32_t)n;
    for (int k = 0; k < n; k++) total += line_length(bases[k]);
    AdjType **all = adj_lang_alloc(vm, total * sizeof *all);
    c->mro_room = total + 1;
    c->mro = adj_lang_alloc(vm, c->mro_room * sizeof *c->mro);
    bool ok = all && c->mro;
    if (ok) {
        Line lines[BASES_MAX + 1];
        AdjType **to = all;
        for (int k = 0; k < n; k++) {
            uint32_t i = 0;
            lines[k] = (Line){.items = to};
            for (AdjType *at = bases[k]; at; at = adj_mro_next(bases[k], at, &i)) *to++ = at;
            lines[k].count = (uint32_t)(to - lines[k].items);
        }
        lines[n] = (Line){.items = bases, .count = (uint32_t)n};
        c->mro[c->mro_count++] = t;
        ok = merge(vm, c, lines, n + 1);
    }
    adj_lang_free(all, total * sizeof *all);
    return ok;
}

bool adj_type_set_bases(AdjVM *vm, AdjType *t, AdjVal *bases, int n)
{
    AdjType *types[BASES_MAX];
    if (n > BASES_MAX) return adj_raise(vm, ADJ_EXC_TypeError, "more than %d bases", BASES_MAX);
    for (int i = 0; i < n; i++) {
        types[i] = adj_as_type(bases[i]);
        for (int j = 0; j < i; j++) {
            if (types[j] == types[i])
                return adj_raise(vm, ADJ_EXC_TypeError, "duplicate base class %s",
                                 types[i]->name);
        }
    }
    const struct AdjDunderCache *above = t->base->special;
    if (n < 2 && !(above && above->mro)) return adj_type_link(t->base, t);
    struct AdjDunderCache *c = t->special;
    c->bases = adj_lang_alloc(vm, (size_t)n * sizeof *c->bases);
    if (!c->bases) return false;
    for (int i = 0; i < n; i++) c->bases[i] = adj_obj_keep(types[i]);
    c->base_count = (uint32_t)n;
    if (!linearise(vm, t, types, n)) return false;
    for (int i = 0; i < n; i++) {
        if (!adj_type_link(types[i], t)) return false;
    }
    return true;
}

void adj_type_forget_bases(AdjType *t)
{
    struct AdjDunderCache *c = t->special;
    if (!c) return;
    AdjType **bases = c->bases;
    uint32_t n = c->base_count;
    if (!bases) adj_type_forget_subclass(t->base, t);
    if (c->mro) adj_lang_free(c->mro, c->mro_room * sizeof *c->mro);
    c->bases = c->mro = NULL;
    c->base_count = c->mro_count = 0;
    for (uint32_t i = 0; i < n; i++) {
        adj_type_forget_subclass(bases[i], t);
        adj_obj_drop(bases[i]);
    }
    if (bases) adj_lang_free(bases, n * sizeof *bases);
}
