// SPDX-License-Identifier: Apache-2.0
// Iterators of the builtin containers. One step function switches on the kind; the types differ
// in name only, which is all a program can see. A container may change under its iterator:
// lists are looked at anew at each step, as in Python, while a dict or set that changed its
// size makes the next step fail. Invariant: over is NULL once the end was reached, so that it
// stays reached.
#include "lang/types/iterators.h"
#include "lang/types/str.h"

static int end_of(AdjWalker *it)
{
    AdjObj *over = it->over;
    AdjTuple *last = it->last;
    it->over = NULL;
    it->last = NULL;
    adj_obj_drop(over);
    adj_obj_drop(last);
    return 0;
}

static inline int give(AdjVal *out, AdjVal v)
{
    *out = adj_val_keep(v);
    return 1;
}

static int step_array(AdjWalker *it, const AdjVal *items, int64_t len, bool back, AdjVal *out)
{
    if (it->at < 0 || it->at >= len) return end_of(it);
    give(out, items[it->at]);
    it->at += back ? -1 : 1;
    return 1;
}

static int step_str(AdjVM *vm, AdjWalker *it, bool back, AdjVal *out)
{
    const AdjStr *s = (const AdjStr *)it->over;
    if (back) {
        if (it->at <= 0) return end_of(it);
        const char *at = adj_utf8_back(s->data + it->at);
        it->at = at - s->data;
        return adj_out(out, adj_str_char(vm, adj_utf8_take(&at))) ? 1 : -1;
    }
    if (it->at >= s->len) return end_of(it);
    const char *at = s->data + it->at;
    uint32_t c = adj_utf8_take(&at);
    it->at = at - s->data;
    return adj_out(out, adj_str_char(vm, c)) ? 1 : -1;
}

static int step_bytes(AdjWalker *it, AdjVal *out)
{
    const AdjBytes *b = (const AdjBytes *)it->over;
    if (it->at >= b->len) return end_of(it);
    *out = adj_int_val(b->data[it->at++]);
    return 1;
}

static AdjEntry *entry_ahead(AdjWalker *it, const AdjDict *d)
{
    while (it->at < d->used) {
        AdjEntry *e = &d->entries[it->at++];
        if (!adj_is_undef(e->key)) return e;
    }
    return NULL;
}

static AdjEntry *entry_behind(AdjWalker *it, const AdjDict *d)
{
    if (it->at > d->used) it->at = d->used;
    while (it->at > 0) {
        AdjEntry *e = &d->entries[--it->at];
        if (!adj_is_undef(e->key)) return e;
    }
    return NULL;
}

// The pair of an entry, in the tuple of last time if it is ours alone: mostly it was unpacked
// and let go.
static int give_pair(AdjVM *vm, AdjWalker *it, const AdjEntry *e, AdjVal *out)
{
    AdjTuple *t = it->last;
    if (t && t->head.refs == 1) {
        AdjVal key = t->items[0], value = t->items[1];
        t->items[0] = adj_val_keep(e->key);
        t->items[1] = adj_val_keep(e->value);
        *out = adj_obj_val(adj_obj_keep(t));
        adj_val_drop(key);
        adj_val_drop(value);
        return 1;
    }
    t = adj_tuple_from(vm, (AdjVal[]){e->key, e->value}, 2);
    if (!t) return -1;
    AdjTuple *old = it->last;
    it->last = adj_obj_keep(t);
    *out = adj_obj_val(t);
    adj_obj_drop(old);
    return 1;
}

static int step_dict(AdjVM *vm, AdjWalker *it, AdjIterKind forwards, bool back, AdjVal *out)
{
    AdjDict *d = (AdjDict *)it->over;
    if (d->count != it->end) {
        it->end = -1;  // stays failed
        return adj_raise_int(vm, ADJ_EXC_RuntimeError,
                             "dictionary changed size during iteration");
    }
    AdjEntry *e = back ? entry_behind(it, d) : entry_ahead(it, d);
    if (!e) return end_of(it);
    if (forwards == ADJ_IT_DICT_KEYS) return give(out, e->key);
    if (forwards == ADJ_IT_DICT_VALUES) return give(out, e->value);
    return give_pair(vm, it, e, out);
}

static int step_set(AdjVM *vm, AdjWalker *it, AdjVal *out)
{
    AdjSet *s = (AdjSet *)it->over;
    if (s->used != it->end) {
        it->end = -1;
        return adj_raise_int(vm, ADJ_EXC_RuntimeError, "Set changed size during iteration");
    }
    AdjSetEntry *e = adj_set_next(s, &it->at);
    return e ? give(out, e->key) : end_of(it);
}

static int step_sequence(AdjVM *vm, AdjWalker *it, bool back, AdjVal *out)
{
    if (back && it->at < 0) return end_of(it);
    AdjVal over = adj_val_keep(adj_obj_val(it->over));
    bool ok = adj_val_getitem(vm, over, adj_int_val(it->at), out);
    adj_val_drop(over);
    if (ok) return it->at += back ? -1 : 1, 1;
    if (!adj_vm_error_is(vm, ADJ_EXC_IndexError) &&
        !adj_vm_error_is(vm, ADJ_EXC_StopIteration)) {
        return -1;
    }
    adj_vm_clear_error(vm);
    return it->over ? end_of(it) : 0;
}

int adj_iter_step(AdjVM *vm, AdjWalker *it, AdjVal *out)
{
    if (!it->over) return 0;
    switch (it->kind) {
    case ADJ_IT_LIST:
    case ADJ_IT_LIST_BACK: {
        AdjList *l = (AdjList *)it->over;
        return step_array(it, l->items, l->len, it->kind == ADJ_IT_LIST_BACK, out);
    }
    case ADJ_IT_TUPLE:
    case ADJ_IT_TUPLE_BACK: {
        AdjTuple *t = (AdjTuple *)it->over;
        return step_array(it, t->items, t->len, it->kind == ADJ_IT_TUPLE_BACK, out);
    }
    case ADJ_IT_RANGE:
        if (it->end <= 0) return end_of(it);
        *out = adj_int_val(it->at);
        it->end--;
        it->at = (int64_t)((uint64_t)it->at + (uint64_t)it->step);
        return 1;
    case ADJ_IT_STR: return step_str(vm, it, false, out);
    case ADJ_IT_STR_BACK: return step_str(vm, it, true, out);
    case ADJ_IT_BYTES: return step_bytes(it, out);
    case ADJ_IT_DICT_KEYS:
    case ADJ_IT_DICT_VALUES:
    case ADJ_IT_DICT_ITEMS: return step_dict(vm, it, it->kind, false, out);
    case ADJ_IT_DICT_KEYS_BACK: return step_dict(vm, it, ADJ_IT_DICT_KEYS, true, out);
    case ADJ_IT_DICT_VALUES_BACK: return step_dict(vm, it, ADJ_IT_DICT_VALUES, true, out);
    case ADJ_IT_DICT_ITEMS_BACK: return step_dict(vm, it, ADJ_IT_DICT_ITEMS, true, out);
    case ADJ_IT_SET: return step_set(vm, it, out);
    case ADJ_IT_SEQUENCE: return step_sequence(vm, it, false, out);
    case ADJ_IT_SEQUENCE_BACK: return step_sequence(vm, it, true, out);
    default: return end_of(it);
    }
}

static bool place_at_start(AdjVM *vm, AdjWalker *it, AdjObj *over)
{
    switch (it->kind) {
    case ADJ_IT_RANGE: {
        AdjRange *r = (AdjRange *)over;
        it->at = r->start;
        it->end = r->len;
        it->step = r->step;
        return true;
    }
    case ADJ_IT_LIST_BACK: it->at = ((AdjList *)over)->len - 1; return true;
    case ADJ_IT_TUPLE_BACK: it->at = ((AdjTuple *)over)->len - 1; return true;
    case ADJ_IT_STR_BACK: it->at = ((AdjStr *)over)->len; return true;
    case ADJ_IT_DICT_KEYS_BACK:
    case ADJ_IT_DICT_VALUES_BACK:
    case ADJ_IT_DICT_ITEMS_BACK: it->at = ((AdjDict *)over)->used; /* fall through */
    case ADJ_IT_DICT_KEYS:
    case ADJ_IT_DICT_VALUES:
    case ADJ_IT_DICT_ITEMS: it->end = ((AdjDict *)over)->count; return true;
    case ADJ_IT_SET: it->end = ((AdjSet *)over)->used; return true;
    case ADJ_IT_SEQUENCE_BACK:
        if (!adj_val_len(vm, adj_obj_val(over), &it->at)) return false;
        it->at--;
        return true;
    default: return true;
    }
}

bool adj_iter_new(AdjVM *vm, AdjIterKind kind, AdjObj *over, AdjVal *out)
{
    AdjType *type = &adj_iter_types[kind];
    if (!(type->flags & ADJ_TF_READY) && !adj_type_ready(type)) {
        return adj_raise(vm, ADJ_EXC_MemoryError, "iter: no memory for the iterator's type");
    }
    AdjWalker *it = adj_obj_new(vm, type);
    if (!it) return false;
    it->kind = kind;
    if (!place_at_start(vm, it, over)) return adj_obj_drop(it), false;
    it->over = adj_obj_keep(over);
    return adj_out(out, it);
}

// ---- the types ----

static void iter_drop(AdjObj *o)
{
    end_of((AdjWalker *)o);
}

static void iter_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    AdjWalker *it = (AdjWalker *)o;
    if (it->over) visit(it->over, arg);
    if (it->last) visit(&it->last->head, arg);
}

static bool iter_iter(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, self);
}

static int iter_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return adj_iter_step(vm, (AdjWalker *)self.o, out);
}

// The kinds that loops step most, without the switch.
static int next_char(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjWalker *it = (AdjWalker *)self.o;
    return it->over ? step_str(vm, it, false, out) : 0;
}

static int next_item(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjWalker *it = (AdjWalker *)self.o;
    return it->over ? step_dict(vm, it, ADJ_IT_DICT_ITEMS, false, out) : 0;
}

static int next_key(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjWalker *it = (AdjWalker *)self.o;
    return it->over ? step_dict(vm, it, ADJ_IT_DICT_KEYS, false, out) : 0;
}

// Items left, if it can be known without stepping; 0 otherwise, as Python allows.
static bool iter_hint(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)vm, (void)nargs;
    AdjWalker *it = (AdjWalker *)args[0].o;
    int64_t left = 0;
    if (!it->over) left = 0;
    else if (it->kind == ADJ_IT_LIST) left = ((AdjList *)it->over)->len - it->at;
    else if (it->kind == ADJ_IT_TUPLE) left = ((AdjTuple *)it->over)->len - it->at;
    else if (it->kind == ADJ_IT_LIST_BACK || it->kind == ADJ_IT_TUPLE_BACK) left = it->at + 1;
    else if (it->kind == ADJ_IT_RANGE) left = it->end;
    return adj_out_int(out, left > 0 ? left : 0);
}

static const AdjNative iter_methods[] = {
    {"__length_hint__", "(self, /)", iter_hint, "How many items are left, or 0.", 0},
    {0},
};

#define ITERATOR(kind_, name_, flags_) STEPPED(kind_, name_, flags_, iter_next)
#define STEPPED(kind_, name_, flags_, next_)                                                \
    [kind_] = {.name = name_, .flags = flags_, .size = sizeof(AdjWalker), .drop = iter_drop, \
               .traverse = flags_ ? iter_traverse : NULL, .iter = iter_iter,          \
               .next = next_, .methods = iter_methods}
AdjType adj_iter_types[ADJ_IT_COUNT] = {
    ITERATOR(ADJ_IT_LIST, "list_iterator", ADJ_TF_GC),
    ITERATOR(ADJ_IT_TUPLE, "tuple_iterator", ADJ_TF_GC),
    ITERATOR(ADJ_IT_RANGE, "range_iterator", 0),
    STEPPED(ADJ_IT_STR, "str_iterator", 0, next_char),
    ITERATOR(ADJ_IT_BYTES, "bytes_iterator", 0),
    STEPPED(ADJ_IT_DICT_KEYS, "dict_keyiterator", ADJ_TF_GC, next_key),
    ITERATOR(ADJ_IT_DICT_VALUES, "dict_valueiterator", ADJ_TF_GC),
    STEPPED(ADJ_IT_DICT_ITEMS, "dict_itemiterator", ADJ_TF_GC, next_item),
    ITERATOR(ADJ_IT_SET, "set_iterator", ADJ_TF_GC),
    ITERATOR(ADJ_IT_LIST_BACK, "list_reverseiterator", ADJ_TF_GC),
    ITERATOR(ADJ_IT_TUPLE_BACK, "reversed", ADJ_TF_GC),
    ITERATOR(ADJ_IT_STR_BACK, "reversed", 0),
    ITERATOR(ADJ_IT_DICT_KEYS_BACK, "dict_reversekeyiterator", ADJ_TF_GC),
    ITERATOR(ADJ_IT_DICT_VALUES_BACK, "dict_reversevalueiterator", ADJ_TF_GC),
    ITERATOR(ADJ_IT_DICT_ITEMS_BACK, "dict_reverseitemiterator", ADJ_TF_GC),
    ITERATOR(ADJ_IT_SEQUENCE, "iterator", ADJ_TF_GC),
    ITERATOR(ADJ_IT_SEQUENCE_BACK, "reversed", ADJ_TF_GC),
};
