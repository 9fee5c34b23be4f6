// SPDX-License-Identifier: Apache-2.0
// Types at work: installing rows, inheriting slots, finding attributes along the line of bases.
//
// Every type has a dict from name to value, filled from its rows when it becomes ready and, for
// classes, by the class statement. Looking a name up walks type, base, base's base ...; the
// answer is remembered in a small direct-mapped table keyed by (type version, name). A type's
// version is drawn anew whenever its dict or that of a base changes, so stale answers never
// match and nothing has to be flushed.
//
// Special methods are looked up along the language-made part of the line only: below it the
// slots speak.
#include <string.h>

#include "vm.h"

AdjStr *adj_dunder_names[ADJ_D_COUNT];
AdjNames adj_names;

static const char *const dunder_texts[ADJ_D_COUNT] = {
#define DUNDER(id, name) [ADJ_D_##id] = name,
#include "dunders.def"
#undef DUNDER
};

_Static_assert(ADJ_D_XOR - ADJ_D_ADD == (int)ADJ_B_XOR, "dunders follow the binary operators");
_Static_assert(ADJ_D_RXOR - ADJ_D_RADD == (int)ADJ_B_XOR, "reflected ones too");
_Static_assert(ADJ_D_IXOR - ADJ_D_IADD == (int)ADJ_B_XOR, "and in-place ones");
_Static_assert(ADJ_D_GE - ADJ_D_LT == (int)ADJ_C_GE, "and comparisons");
_Static_assert(ADJ_D_ABS - ADJ_D_NEG == (int)ADJ_U_ABS, "and unary ones");

bool adj_names_ready(void)
{
    if (adj_names.__name__) return true;
    for (int i = 0; i < ADJ_D_COUNT; i++) {
        adj_dunder_names[i] = adj_str_intern_c(dunder_texts[i]);
        if (!adj_dunder_names[i]) return false;
    }
#define NAME(n) if (!(adj_names.n = adj_str_intern_c(#n))) return false;
    NAMES(NAME)
#undef NAME
    return true;
}

// ---- versions ----

static bool subclass_add(AdjType *base, AdjType *t)
{
    if (base->subclass_count == base->subclass_cap) {
        uint32_t cap = base->subclass_cap ? base->subclass_cap * 2 : 4;
        AdjType **list = adj_lang_realloc(NULL, base->subclasses,
                                          base->subclass_cap * sizeof *list,
                                          cap * sizeof *list);
        if (!list) return false;
        base->subclasses = list;
        base->subclass_cap = cap;
    }
    base->subclasses[base->subclass_count++] = t;
    return true;
}

bool adj_type_link(AdjType *base, AdjType *t)
{
    return subclass_add(base, t);
}

void adj_type_forget_subclass(AdjType *base, AdjType *t)
{
    for (uint32_t i = 0; i < base->subclass_count; i++) {
        if (base->subclasses[i] != t) continue;
        base->subclasses[i] = base->subclasses[--base->subclass_count];
        return;
    }
}

void adj_type_changed(AdjType *t)
{
    t->version = adj_next_version();
    for (uint32_t i = 0; i < t->subclass_count; i++) adj_type_changed(t->subclasses[i]);
}

// ---- lookup ----

enum { FIND_CACHE = 1024 };
static struct {
    uint64_t version;
    AdjStr *name;
    AdjVal *found;
} find_cache[FIND_CACHE];

AdjVal *adj_type_find_own(AdjType *t, AdjStr *name)
{
    AdjVal *v = adj_dict_find_str((AdjDict *)t->dict, name);
    return v || t->flags & ADJ_TF_HEAP ? v : adj_type_slot_wrapper(t, name);
}

static AdjVal *find_slow(AdjType *t, AdjStr *name)
{
    uint32_t i = 0;
    for (AdjType *at = t; at; at = adj_mro_next(t, at, &i)) {
        AdjVal *v = adj_type_find_own(at, name);
        if (v) return v;
    }
    return NULL;
}

// The found pointer stays right while the version does: dict entries move only when keys come
// or go, and both change the version.
AdjVal *adj_type_find(AdjType *t, AdjStr *name)
{
    if (!name->interned) return find_slow(t, name);
    size_t at = (t->version * 31 + ((uintptr_t)name >> 4)) & (FIND_CACHE - 1);
    if (find_cache[at].version == t->version && find_cache[at].name == name) {
        return find_cache[at].found;
    }
    AdjVal *v = find_slow(t, name);
    find_cache[at].version = t->version;
    find_cache[at].name = name;
    find_cache[at].found = v;
    return v;
}

// ---- special methods ----

static void dunders_resolve(AdjType *t)
{
    struct AdjDunderCache *c = t->special;
    memset(c->found, 0, sizeof c->found);
    uint32_t k_line = 0;
    for (AdjType *at = t; at; at = adj_mro_next(t, at, &k_line)) {
        if (!(at->flags & ADJ_TF_HEAP)) continue;
        AdjDict *d = (AdjDict *)at->dict;
        AdjEntry *e;
        for (int64_t i = 0; (e = adj_dict_next(d, &i));) {
            AdjStr *name = adj_as_str(e->key);
            if (!adj_is_str(e->key) || name->data[0] != '_' || name->data[1] != '_') continue;
            for (int k = 0; k < ADJ_D_COUNT; k++) {
                if (adj_dunder_names[k] == name && !c->found[k]) c->found[k] = &e->value;
            }
        }
    }
    c->version = t->version;
}

AdjVal *adj_type_dunder_slow(AdjType *t, AdjDunder d)
{
    struct AdjDunderCache *c = t->special;
    if (UNLIKELY(c->version != t->version)) dunders_resolve(t);
    return c->found[d];
}

bool adj_dunder_cache_new(AdjVM *vm, AdjType *t)
{
    t->special = adj_lang_alloc(vm, sizeof *t->special);
    if (!t->special) return false;
    memset(t->special, 0, sizeof *t->special);
    return true;
}

void adj_dunder_cache_free(AdjType *t)
{
    adj_lang_free(t->special, sizeof *t->special);
    t->special = NULL;
}

// ---- becoming ready ----

static void slots_inherit(AdjType *t, const AdjType *b)
{
#define SLOT(s) if (!t->s) t->s = b->s;
    SLOT(alloc) SLOT(drop) SLOT(traverse) SLOT(repr) SLOT(str) SLOT(format)
    SLOT(truth) SLOT(getattr) SLOT(setattr) SLOT(call) SLOT(getitem) SLOT(setitem)
    SLOT(len) SLOT(contains) SLOT(iter) SLOT(next) SLOT(binary) SLOT(inplace)
    SLOT(unary) SLOT(index) SLOT(number) SLOT(enter) SLOT(leave) SLOT(list_names)
    // A native type that compares by value without saying how to hash is not hashable.
    if (!t->compare && !t->hash) t->hash = b->hash;
    if (!t->compare) t->compare = b->compare;
#undef SLOT
}

static bool row_install(AdjType *t, const AdjNative *row)
{
    AdjNativeObj *fn = adj_native_new(NULL, row, t);
    if (!fn) return false;
    AdjVal v = adj_obj_val(fn);
    if (row->flags & (ADJ_FN_STATIC | ADJ_FN_CLASS)) {
        AdjWrap *w = adj_obj_new(NULL, row->flags & ADJ_FN_STATIC ? &adj_type_staticmethod
                                                                  : &adj_type_classmethod);
        if (!w) return false;
        w->fn = v;
        v = adj_obj_val(w);
    }
    bool ok = adj_dict_set_c(NULL, (AdjDict *)t->dict, row->name, v);
    adj_val_drop(v);
    return ok;
}

static bool attr_install(AdjType *t, const AdjAttr *row)
{
    AdjGetset *g = adj_obj_new(NULL, &adj_type_getset);
    if (!g) return false;
    g->row = row;
    g->owner = t;
    bool ok = adj_dict_set_c(NULL, (AdjDict *)t->dict, row->name, adj_obj_val(g));
    adj_obj_drop(g);
    return ok;
}

static bool rows_install(AdjType *t)
{
    t->dict = (AdjObj *)adj_dict_new(NULL);
    if (!t->dict) return false;
    for (const AdjNative *m = t->methods; m && m->name; m++) {
        if (!row_install(t, m)) return false;
    }
    if (t->make) {
        AdjNativeObj *make = adj_native_new(NULL, t->make, t);
        if (!make || !adj_dict_set_str(NULL, (AdjDict *)t->dict, adj_dunder_names[ADJ_D_NEW],
                                       adj_obj_val(make))) {
            return false;
        }
        adj_obj_drop(make);
    }
    for (const AdjAttr *a = t->attrs; a && a->name; a++) {
        if (!attr_install(t, a)) return false;
    }
    return true;
}

// Where attributes go: behind the native part, which keeps its place in subclasses.
bool adj_type_layout(AdjType *t)
{
    // Objects whose items lie behind them have no room for attributes there.
    const uint32_t variable_size = ADJ_TF_STR | ADJ_TF_TUPLE | ADJ_TF_BYTES;
    const AdjType *b = t->base;
    if (!t->size) t->size = b && !b->attr_offset ? b->size : sizeof(AdjObj);
    if (b && b->attr_offset && t->size <= b->attr_offset) {
        t->size = b->size;
        t->attr_offset = b->attr_offset;
    } else if (t->flags & ADJ_TF_ATTRS && !(t->flags & variable_size)) {
        t->size = (t->size + 7u) & ~7u;
        t->attr_offset = t->size;
        t->size += sizeof(AdjAttrs);
    }
    if (!t->attr_offset) return true;
    t->flags |= ADJ_TF_ATTRS | ADJ_TF_GC;
    t->shape = adj_layout_root();
    return t->shape != NULL;
}

bool adj_type_ready(AdjType *t)
{
    if (t->flags & ADJ_TF_READY) return true;
    if (!adj_names_ready()) return false;
    if (!t->base && t != &adj_type_object) t->base = &adj_type_object;
    if (t->base && !adj_type_ready(t->base)) return false;
    t->head.refs++;  // native types are never freed
    t->head.type = &adj_type_type;
    t->flags |= ADJ_TF_READY;
    t->version = adj_next_version();
    if (t->base) {
        t->flags |= t->base->flags & (ADJ_TF_KINDS | ADJ_TF_ATTRS);
        if (!t->traverse) t->flags |= t->base->flags & ADJ_TF_GC;
        slots_inherit(t, t->base);
        if (!subclass_add(t->base, t)) return false;
    }
    return adj_type_layout(t) && rows_install(t);
}
