// SPDX-License-Identifier: Apache-2.0
// deque: a ring of values that grows at both ends.
// Invariant: room is 0 or a power of two, items i (0 <= i < len) is at ring[(first + i) & (room
// - 1)], and len <= most when there is a most.
#include "collections.h"
#include "lang/types/list.h"

typedef struct Deque {
    AdjObj head;
    AdjVal *ring;  // owned
    int64_t room, first, len;
    int64_t most;  // -1: no limit
    uint64_t version;
} Deque;

typedef struct DequeIter {
    AdjObj head;
    Deque *deque;  // kept; NULL at the end
    int64_t at;
    uint64_t version;
    bool back;
} DequeIter;

static Deque *deque_of(AdjVal v)
{
    return (Deque *)v.o;
}

static AdjVal *place(const Deque *d, int64_t i)
{
    return &d->ring[(uint64_t)(d->first + i) & (uint64_t)(d->room - 1)];
}

static void deque_clear(Deque *d)
{
    Deque old = *d;
    d->ring = NULL;
    d->room = d->first = d->len = 0;
    d->version++;
    for (int64_t i = 0; i < old.len; i++) adj_val_drop(*place(&old, i));
    if (old.ring) adj_lang_free(old.ring, (size_t)old.room * sizeof *old.ring);
}

static bool grow(AdjVM *vm, Deque *d)
{
    int64_t room = d->room ? d->room * 2 : 8;
    AdjVal *ring = adj_lang_alloc(vm, (size_t)room * sizeof *ring);
    if (!ring) return false;
    for (int64_t i = 0; i < d->len; i++) ring[i] = *place(d, i);
    if (d->ring) adj_lang_free(d->ring, (size_t)d->room * sizeof *ring);
    d->ring = ring;
    d->room = room;
    d->first = 0;
    return true;
}

static AdjVal take_left(Deque *d)
{
    AdjVal v = *place(d, 0);
    d->first = (d->first + 1) & (d->room - 1);
    d->len--;
    d->version++;
    return v;
}

static AdjVal take_right(Deque *d)
{
    d->version++;
    return *place(d, --d->len);
}

// Adds at an end; a full deque loses an item at the other.
static bool push(AdjVM *vm, Deque *d, AdjVal v, bool left)
{
    if (d->most == 0) return true;
    if (d->len == d->room && !grow(vm, d)) return false;
    d->version++;
    d->len++;
    if (left) d->first = (d->first - 1) & (d->room - 1);
    *place(d, left ? 0 : d->len - 1) = adj_val_keep(v);
    if (d->most >= 0 && d->len > d->most) adj_val_drop(left ? take_right(d) : take_left(d));
    return true;
}

static bool extend(AdjVM *vm, Deque *d, AdjVal iterable, bool left)
{
    AdjList *items = adj_list_of(vm, iterable);
    bool ok = items != NULL;
    for (int64_t i = 0; ok && i < items->len; i++) ok = push(vm, d, items->items[i], left);
    adj_obj_drop(items);
    return ok;
}

static bool fill(AdjVM *vm, Deque *d, AdjVal iterable, AdjVal most)
{
    d->most = -1;
    if (!adj_is_unset(most)) {
        if (!adj_is_int(most))
            return adj_raise(vm, ADJ_EXC_TypeError, "an integer is required");
        if (most.i < 0) return adj_raise(vm, ADJ_EXC_ValueError, "maxlen must be non-negative");
        d->most = most.i;
    }
    deque_clear(d);
    return adj_is_undef(iterable) || extend(vm, d, iterable, false);
}

static bool deque_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    Deque *d = adj_obj_new(vm, adj_as_type(args[0]));
    if (!d) return false;
    if (!fill(vm, d, args[1], args[2])) return adj_obj_drop(d), false;
    return adj_out(out, d);
}

static bool deque_init(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    *out = ADJ_NONE;
    return fill(vm, deque_of(args[0]), args[1], args[2]);
}

static bool deque_alloc(AdjVM *vm, AdjVal self, AdjVal *args, int nargs)
{
    (void)vm, (void)args, (void)nargs;
    deque_of(self)->most = -1;
    return true;
}

static void deque_drop(AdjObj *o)
{
    deque_clear((Deque *)o);
}

static void deque_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    Deque *d = (Deque *)o;
    for (int64_t i = 0; i < d->len; i++) {
        if (adj_is_obj(*place(d, i))) visit(place(d, i)->o, arg);
    }
}

// ---- as a sequence ----

// The items as a new list.
static AdjList *as_list(AdjVM *vm, const Deque *d)
{
    AdjList *l = adj_list_new(vm, d->len);
    for (int64_t i = 0; l && i < d->len; i++) l->items[i] = adj_val_keep(*place(d, i));
    if (l) l->len = d->len;
    return l;
}

static bool deque_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    Deque *d = deque_of(self);
    if (adj_vm_repr_enter(vm, self.o)) return adj_out(out, adj_str_new_c(vm, "[...]"));
    AdjBuf b = {0};
    AdjList *items = as_list(vm, d);
    bool ok = items && adj_buf_printf(vm, &b, "%s(", self.o->type->name) &&
              adj_buf_add_repr(vm, &b, adj_obj_val(items));
    if (ok && d->most >= 0) ok = adj_buf_printf(vm, &b, ", maxlen=%lld", (long long)d->most);
    adj_vm_repr_leave(vm, self.o);
    adj_obj_drop(items);
    if (!ok || !adj_buf_add_c(vm, &b, ")")) return adj_buf_free(&b), false;
    return adj_buf_str(vm, &b, out);
}

static bool deque_compare(AdjVM *vm, AdjCompare op, AdjVal a, AdjVal b, AdjVal *out)
{
    bool deques = adj_is_obj(a) && adj_is_obj(b) && adj_type_is(a.o->type, &adj_type_deque) &&
                  adj_type_is(b.o->type, &adj_type_deque);
    if (!deques) return adj_out_notimpl(out);
    AdjList *x = as_list(vm, deque_of(a)), *y = x ? as_list(vm, deque_of(b)) : NULL;
    bool ok = y && adj_seq_compare(vm, op, &x->head, &y->head, out);
    adj_obj_drop(x);
    adj_obj_drop(y);
    return ok;
}

static bool deque_len(AdjVM *vm, AdjVal self, int64_t *out)
{
    (void)vm;
    return *out = deque_of(self)->len, true;
}

static bool deque_truth(AdjVM *vm, AdjVal self, bool *out)
{
    (void)vm;
    return *out = deque_of(self)->len > 0, true;
}

static bool index_of(AdjVM *vm, Deque *d, AdjVal key, int64_t *out)
{
    if (!adj_has_index(key)) {
        return adj_raise(vm, ADJ_EXC_TypeError, "sequence index must be integer, not '%s'",
                         adj_type_name(key));
    }
    if (!adj_get_int(vm, key, out)) return false;
    if (*out < 0) *out += d->len;
    if (*out >= 0 && *out < d->len) return true;
    return adj_raise(vm, ADJ_EXC_IndexError, "deque index out of range");
}

static bool deque_getitem(AdjVM *vm, AdjVal self, AdjVal key, AdjVal *out)
{
    int64_t i;
    return index_of(vm, deque_of(self), key, &i) &&
           adj_out_keep(out, *place(deque_of(self), i));
}

// Takes out item [i] by moving those behind it.
static AdjVal take_at(Deque *d, int64_t i)
{
    AdjVal v = *place(d, i);
    for (; i + 1 < d->len; i++) *place(d, i) = *place(d, i + 1);
    d->len--;
    d->version++;
    return v;
}

static bool deque_setitem(AdjVM *vm, AdjVal self, AdjVal key, AdjVal value)
{
    Deque *d = deque_of(self);
    int64_t i;
    if (!index_of(vm, d, key, &i)) return false;
    if (adj_is_undef(value)) adj_val_drop(take_at(d, i));
    else adj_val_set(place(d, i), adj_val_keep(value));
    return true;
}

// Where [item] is in [start, stop): -1 absent, -2 failed.
static int64_t find(AdjVM *vm, Deque *d, AdjVal item, int64_t start, int64_t stop)
{
    uint64_t version = d->version;
    for (int64_t i = start; i < stop && i < d->len; i++) {
        AdjVal mine = adj_val_keep(*place(d, i));
        int equal = adj_vals_equal(vm, mine, item);
        adj_val_drop(mine);
        if (equal) return equal < 0 ? -2 : i;
        if (d->version != version) {
            adj_raise(vm, ADJ_EXC_RuntimeError, "deque mutated during iteration");
            return -2;
        }
    }
    return -1;
}

static bool deque_contains(AdjVM *vm, AdjVal self, AdjVal item, bool *out)
{
    int64_t at = find(vm, deque_of(self), item, 0, INT64_MAX);
    return *out = at >= 0, at > -2;
}

// ---- iterating ----

static void iter_drop(AdjObj *o)
{
    AdjObj *deque = (AdjObj *)((DequeIter *)o)->deque;
    ((DequeIter *)o)->deque = NULL;
    adj_obj_drop(deque);
}

static void iter_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    if (((DequeIter *)o)->deque) visit(&((DequeIter *)o)->deque->head, arg);
}

static bool iter_iter(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, self);
}

static int iter_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    DequeIter *it = (DequeIter *)self.o;
    Deque *d = it->deque;
    if (!d) return 0;
    if (d->version != it->version) {
        return adj_raise_int(vm, ADJ_EXC_RuntimeError, "deque mutated during iteration");
    }
    if (it->at >= d->len) return iter_drop(self.o), 0;
    int64_t i = it->back ? d->len - 1 - it->at : it->at;
    it->at++;
    *out = adj_val_keep(*place(d, i));
    return 1;
}

static AdjType type_iter = {
    .name = "_deque_iterator",
    .flags = ADJ_TF_GC,
    .size = sizeof(DequeIter),
    .doc = "Iterator of a deque.",
    .drop = iter_drop,
    .traverse = iter_traverse,
    .iter = iter_iter,
    .next = iter_next,
};

static bool new_iter(AdjVM *vm, AdjVal self, bool back, AdjVal *out)
{
    if (!(type_iter.flags & ADJ_TF_READY) && !adj_type_ready(&type_iter)) {
        return adj_raise(vm, ADJ_EXC_MemoryError, "%s", "");
    }
    DequeIter *it = adj_obj_new(vm, &type_iter);
    if (!it) return false;
    it->deque = adj_obj_keep(self.o);
    it->version = deque_of(self)->version;
    it->back = back;
    return adj_out(out, it);
}

static bool deque_iter(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return new_iter(vm, self, false, out);
}

static bool deque_reversed(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return new_iter(vm, args[0], true, out);
}

// ---- methods ----

static bool deque_append(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    *out = ADJ_NONE;
    return push(vm, deque_of(args[0]), args[1], false);
}

static bool deque_appendleft(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    *out = ADJ_NONE;
    return push(vm, deque_of(args[0]), args[1], true);
}

static bool is_empty(AdjVM *vm, const Deque *d)
{
    return d->len == 0 && !adj_raise(vm, ADJ_EXC_IndexError, "pop from an empty deque");
}

static bool deque_pop(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    if (is_empty(vm, deque_of(args[0]))) return false;
    return *out = take_right(deque_of(args[0])), true;
}

static bool deque_popleft(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    if (is_empty(vm, deque_of(args[0]))) return false;
    return *out = take_left(deque_of(args[0])), true;
}

static bool deque_extend(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    *out = ADJ_NONE;
    return extend(vm, deque_of(args[0]), args[1], false);
}

static bool deque_extendleft(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    *out = ADJ_NONE;
    return extend(vm, deque_of(args[0]), args[1], true);
}

static bool deque_rotate(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    Deque *d = deque_of(args[0]);
    int64_t n;
    *out = ADJ_NONE;
    if (!adj_get_int(vm, args[1], &n)) return false;
    if (d->len < 2) return true;
    n %= d->len;
    for (; n > 0; n--) {
        AdjVal v = take_right(d);
        d->first = (d->first - 1) & (d->room - 1);
        d->len++;
        *place(d, 0) = v;
    }
    for (; n < 0; n++) {
        AdjVal v = take_left(d);
        d->len++;
        *place(d, d->len - 1) = v;
    }
    return true;
}

static bool deque_clear_method(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)vm, (void)nargs;
    deque_clear(deque_of(args[0]));
    return adj_out_none(out);
}

static bool deque_copy(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    Deque *d = deque_of(args[0]);
    AdjVal most = d->most < 0 ? ADJ_NONE : adj_int_val(d->most);
    return adj_vm_call(vm, adj_obj_val(args[0].o->type), (AdjVal[]){args[0], most}, 2, NULL,
                       out);
}

static bool deque_count(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t n = 0;
    for (int64_t at = 0; (at = find(vm, deque_of(args[0]), args[1], at, INT64_MAX)) != -1;
         at++) {
        if (at == -2) return false;
        n++;
    }
    return adj_out_int(out, n);
}

static bool not_in(AdjVM *vm, AdjVal item)
{
    AdjVal shown;
    if (!adj_val_repr(vm, item, &shown)) return false;
    adj_raise(vm, ADJ_EXC_ValueError, "%.200s is not in deque", adj_as_str(shown)->data);
    return adj_val_drop(shown), false;
}

static bool deque_index(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    Deque *d = deque_of(args[0]);
    int64_t start, stop;
    if (!adj_seq_bound(vm, args[2], d->len, &start)) return false;
    if (!adj_seq_bound(vm, args[3], d->len, &stop)) return false;
    int64_t at = find(vm, d, args[1], start, stop);
    if (at >= 0) return adj_out_int(out, at);
    return at > -2 && not_in(vm, args[1]);
}

static bool deque_insert(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    Deque *d = deque_of(args[0]);
    int64_t at;
    *out = ADJ_NONE;
    if (!adj_get_int(vm, args[1], &at)) return false;
    if (d->most >= 0 && d->len >= d->most) {
        return adj_raise(vm, ADJ_EXC_IndexError, "deque already at its maximum size");
    }
    if (at < 0) at = at < -d->len ? 0 : at + d->len;
    if (at > d->len) at = d->len;
    if (!push(vm, d, args[2], false)) return false;
    AdjVal v = *place(d, d->len - 1);
    for (int64_t i = d->len - 1; i > at; i--) *place(d, i) = *place(d, i - 1);
    *place(d, at) = v;
    return true;
}

static bool deque_remove(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    Deque *d = deque_of(args[0]);
    int64_t at = find(vm, d, args[1], 0, INT64_MAX);
    if (at < 0) return at > -2 && not_in(vm, args[1]);
    adj_val_drop(take_at(d, at));
    return adj_out_none(out);
}

static bool deque_reverse(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)vm, (void)nargs;
    Deque *d = deque_of(args[0]);
    for (int64_t i = 0, j = d->len - 1; i < j; i++, j--) {
        AdjVal v = *place(d, i);
        *place(d, i) = *place(d, j);
        *place(d, j) = v;
    }
    return adj_out_none(out);
}

static bool deque_maxlen(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    int64_t most = deque_of(self)->most;
    return most < 0 ? adj_out_none(out) : adj_out_int(out, most);
}

static bool deque_binary(AdjVM *vm, AdjBinary op, AdjVal a, AdjVal b, AdjVal *out)
{
    bool deques = adj_is_obj(a) && adj_is_obj(b) && adj_type_is(a.o->type, &adj_type_deque) &&
                  adj_type_is(b.o->type, &adj_type_deque);
    if (op != ADJ_B_ADD || !deques) return adj_out_notimpl(out);
    if (!deque_copy(vm, &a, 1, out)) return false;
    if (extend(vm, deque_of(*out), b, false)) return true;
    adj_val_drop(*out);
    return false;
}

static bool deque_inplace(AdjVM *vm, AdjBinary op, AdjVal a, AdjVal b, AdjVal *out)
{
    if (op != ADJ_B_ADD) return adj_out_notimpl(out);
    return extend(vm, deque_of(a), b, false) && adj_out_keep(out, a);
}

static const AdjNative deque_methods[] = {
    {"__init__", "(self, iterable=<unset>, maxlen=None)", deque_init, "Fills the deque.", 0},
    {"append", "(self, x, /)", deque_append, "Adds at the right end.", 0},
    {"appendleft", "(self, x, /)", deque_appendleft, "Adds at the left end.", 0},
    {"pop", "(self, /)", deque_pop, "Takes out the item at the right end.", 0},
    {"popleft", "(self, /)", deque_popleft, "Takes out the item at the left end.", 0},
    {"extend", "(self, iterable, /)", deque_extend, "Adds all at the right end.", 0},
    {"extendleft", "(self, iterable, /)", deque_extendleft, "Adds one by one at the left end.",
     0},
    {"rotate", "(self, n=1, /)", deque_rotate, "Moves n items from right to left.", 0},
    {"clear", "(self, /)", deque_clear_method, "Takes out all items.", 0},
    {"copy", "(self, /)", deque_copy, "A new deque with the same items.", 0},
    {"count", "(self, x, /)", deque_count, "How often a value occurs.", 0},
    {"index", "(self, x, start=0, stop=9223372036854775807, /)", deque_index,
     "Where a value first occurs.", 0},
    {"insert", "(self, i, x, /)", deque_insert, "Puts an item before place i.", 0},
    {"remove", "(self, x, /)", deque_remove, "Takes out the first item equal to x.", 0},
    {"reverse", "(self, /)", deque_reverse, "Turns the order around.", 0},
    {"__reversed__", "(self, /)", deque_reversed, "An iterator from the right.", 0},
    {0},
};
static const AdjAttr deque_attrs[] = {
    {"maxlen", deque_maxlen, NULL, "The most items it keeps, or None."},
    {0},
};
static const AdjNative deque_maker = {"deque", "(cls, iterable=<unset>, maxlen=None)",
                                      deque_make, "A sequence that is quick at both ends.", 0};

AdjType adj_type_deque = {
    .name = "deque",
    .flags = ADJ_TF_GC | ADJ_TF_BASE,
    .size = sizeof(Deque),
    .doc = "A sequence that is quick at both ends.",
    .methods = deque_methods,
    .attrs = deque_attrs,
    .make = &deque_maker,
    .alloc = deque_alloc,
    .drop = deque_drop,
    .traverse = deque_traverse,
    .repr = deque_repr,
    .compare = deque_compare,
    .truth = deque_truth,
    .getitem = deque_getitem,
    .setitem = deque_setitem,
    .len = deque_len,
    .contains = deque_contains,
    .iter = deque_iter,
    .binary = deque_binary,
    .inplace = deque_inplace,
};
