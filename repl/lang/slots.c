// SPDX-License-Identifier: Apache-2.0
// Slots of native types as methods: list.__len__, x.__add__(y), super().__setattr__(n, v).
//
// The machine never comes here for operators; only a program that names a special method does.
// The method object is made when first asked for and then lives in the type's dict.
#include <stddef.h>
#include <string.h>

#include "vm.h"

#define SLOT_ARGS AdjVM *vm, AdjVal *args, int nargs, AdjVal *out

static AdjType *owner_type(AdjVal v)
{
    // The slots of the native part speak, whatever the class itself defines.
    return adj_type_of(v);
}

static bool slot_repr(SLOT_ARGS)
{
    (void)nargs;
    return owner_type(args[0])->repr(vm, args[0], out);
}
static bool slot_str(SLOT_ARGS)
{
    (void)nargs;
    AdjType *t = owner_type(args[0]);
    return t->str ? t->str(vm, args[0], out) : adj_val_repr(vm, args[0], out);
}
static bool slot_hash(SLOT_ARGS)
{
    (void)nargs;
    int64_t h;
    return owner_type(args[0])->hash(vm, args[0], &h) && adj_out_int(out, h);
}
static bool slot_bool(SLOT_ARGS)
{
    (void)nargs;
    bool truth;
    return owner_type(args[0])->truth(vm, args[0], &truth) && adj_out_bool(out, truth);
}
static bool slot_len(SLOT_ARGS)
{
    (void)nargs;
    int64_t n;
    return owner_type(args[0])->len(vm, args[0], &n) && adj_out_int(out, n);
}
static bool slot_getitem(SLOT_ARGS)
{
    (void)nargs;
    return owner_type(args[0])->getitem(vm, args[0], args[1], out);
}
static bool slot_setitem(SLOT_ARGS)
{
    (void)nargs;
    return owner_type(args[0])->setitem(vm, args[0], args[1], args[2]) && adj_out_none(out);
}
static bool slot_delitem(SLOT_ARGS)
{
    (void)nargs;
    return owner_type(args[0])->setitem(vm, args[0], args[1], ADJ_UNDEF) && adj_out_none(out);
}
static bool slot_contains(SLOT_ARGS)
{
    (void)nargs;
    bool in;
    return owner_type(args[0])->contains(vm, args[0], args[1], &in) && adj_out_bool(out, in);
}
static bool slot_iter(SLOT_ARGS)
{
    (void)nargs;
    return owner_type(args[0])->iter(vm, args[0], out);
}
static bool slot_next(SLOT_ARGS)
{
    (void)nargs;
    int got = owner_type(args[0])->next(vm, args[0], out);
    return got > 0 || (got == 0 && adj_raise_stop(vm, args[0]));
}
static bool slot_call(SLOT_ARGS)
{
    (void)nargs;
    AdjTuple *t = adj_as_tuple(args[1]);
    AdjDict *d = adj_as_dict(args[2]);
    AdjTuple *names = adj_tuple_new(vm, d->count), *all = adj_tuple_new(vm, t->len + d->count);
    bool ok = names && all;
    AdjEntry *e;
    int64_t n = 0;
    for (int64_t i = 0; ok && i < t->len; i++) all->items[i] = adj_val_keep(t->items[i]);
    for (int64_t i = 0; ok && (e = adj_dict_next(d, &i));) {
        all->items[t->len + n] = adj_val_keep(e->value);
        names->items[n++] = adj_val_keep(e->key);
    }
    ok = ok && owner_type(args[0])->call(vm, args[0], all->items, (int)t->len,
                                         names->len ? names : NULL, out);
    adj_obj_drop(names);
    adj_obj_drop(all);
    return ok;
}
static bool slot_getattr(SLOT_ARGS)
{
    (void)nargs;
    if (!adj_is_str(args[1]))
        return adj_raise(vm, ADJ_EXC_TypeError, "attribute name must be string");
    return owner_type(args[0])->getattr(vm, args[0], adj_as_str(args[1]), out);
}
static bool slot_enter(SLOT_ARGS)
{
    (void)nargs;
    return owner_type(args[0])->enter(vm, args[0], out);
}
static bool slot_exit(SLOT_ARGS)
{
    (void)nargs;
    bool swallow = false;
    AdjVal exc = adj_is_undef(args[2]) ? ADJ_NONE : args[2];
    return owner_type(args[0])->leave(vm, args[0], exc, &swallow) && adj_out_bool(out, swallow);
}
static bool slot_index(SLOT_ARGS)
{
    (void)nargs;
    int64_t i;
    return owner_type(args[0])->index(vm, args[0], &i) && adj_out_int(out, i);
}
static bool slot_int(SLOT_ARGS)
{
    (void)nargs;
    return owner_type(args[0])->number(vm, args[0], true, out);
}
static bool slot_float(SLOT_ARGS)
{
    (void)nargs;
    return owner_type(args[0])->number(vm, args[0], false, out);
}

#define BINARY_SLOTS(OP) \
    static bool slot_b##OP(SLOT_ARGS) \
    { \
        (void)nargs; \
        return owner_type(args[0])->binary(vm, ADJ_B_##OP, args[0], args[1], out); \
    } \
    static bool slot_r##OP(SLOT_ARGS) \
    { \
        (void)nargs; \
        return owner_type(args[0])->binary(vm, ADJ_B_##OP, args[1], args[0], out); \
    } \
    static bool slot_i##OP(SLOT_ARGS) \
    { \
        (void)nargs; \
        return owner_type(args[0])->inplace(vm, ADJ_B_##OP, args[0], args[1], out); \
    }
#define EACH_BINARY(X) \
    X(ADD) X(SUB) X(MUL) X(DIV) X(FLOORDIV) X(MOD) X(POW) X(MATMUL) X(LSHIFT) X(RSHIFT) X(AND) \
    X(OR) X(XOR)
EACH_BINARY(BINARY_SLOTS)

#define COMPARE_SLOT(OP) \
    static bool slot_c##OP(SLOT_ARGS) \
    { \
        (void)nargs; \
        return owner_type(args[0])->compare(vm, ADJ_C_##OP, args[0], args[1], out); \
    }
#define EACH_COMPARE(X) X(LT) X(LE) X(EQ) X(NE) X(GT) X(GE)
EACH_COMPARE(COMPARE_SLOT)

#define UNARY_SLOT(OP) \
    static bool slot_u##OP(SLOT_ARGS) \
    { \
        (void)nargs; \
        return owner_type(args[0])->unary(vm, ADJ_U_##OP, args[0], out); \
    }
#define EACH_UNARY(X) X(NEG) X(POS) X(INVERT) X(ABS)
EACH_UNARY(UNARY_SLOT)

typedef struct SlotRow {
    AdjDunder dunder;
    size_t slot;  // offset of the function pointer in AdjType
    AdjNative row;
} SlotRow;

#define ROW(d, slot, name, sig, fn) \
    {ADJ_D_##d, offsetof(AdjType, slot), {name, sig, fn, NULL, 0}},
static const SlotRow slot_rows[] = {
    ROW(REPR, repr, "__repr__", "(self, /)", slot_repr)
    ROW(STR, repr, "__str__", "(self, /)", slot_str)
    ROW(HASH, hash, "__hash__", "(self, /)", slot_hash)
    ROW(BOOL, truth, "__bool__", "(self, /)", slot_bool)
    ROW(LEN, len, "__len__", "(self, /)", slot_len)
    ROW(GETITEM, getitem, "__getitem__", "(self, key, /)", slot_getitem)
    ROW(SETITEM, setitem, "__setitem__", "(self, key, value, /)", slot_setitem)
    ROW(DELITEM, setitem, "__delitem__", "(self, key, /)", slot_delitem)
    ROW(CONTAINS, contains, "__contains__", "(self, key, /)", slot_contains)
    ROW(ITER, iter, "__iter__", "(self, /)", slot_iter)
    ROW(NEXT, next, "__next__", "(self, /)", slot_next)
    ROW(CALL, call, "__call__", "(self, *args, **kwargs)", slot_call)
    ROW(GETATTR, getattr, "__getattr__", "(self, name, /)", slot_getattr)
    ROW(ENTER, enter, "__enter__", "(self, /)", slot_enter)
    ROW(EXIT, leave, "__exit__", "(self, type=None, value=None, traceback=None, /)", slot_exit)
    ROW(INDEX, index, "__index__", "(self, /)", slot_index)
    ROW(INT, number, "__int__", "(self, /)", slot_int)
    ROW(FLOAT, number, "__float__", "(self, /)", slot_float)
#define BINARY_ROWS(OP) \
    ROW(OP, binary, "", "(self, value, /)", slot_b##OP) \
    ROW(R##OP, binary, "", "(self, value, /)", slot_r##OP) \
    ROW(I##OP, inplace, "", "(self, value, /)", slot_i##OP)
    EACH_BINARY(BINARY_ROWS)
#define COMPARE_ROW(OP) ROW(OP, compare, "", "(self, value, /)", slot_c##OP)
    EACH_COMPARE(COMPARE_ROW)
#define UNARY_ROW(OP) ROW(OP, unary, "", "(self, /)", slot_u##OP)
    EACH_UNARY(UNARY_ROW)
};

// Rows with their names filled in from dunders.def, one per special method.
static AdjNative named_rows[ADJ_D_COUNT];

AdjVal *adj_type_slot_wrapper(AdjType *t, AdjStr *name)
{
    if (name->len < 5 || name->data[0] != '_' || name->data[1] != '_' || !t->dict) return NULL;
    for (size_t i = 0; i < sizeof slot_rows / sizeof *slot_rows; i++) {
        const SlotRow *r = &slot_rows[i];
        if (adj_dunder_names[r->dunder] != name) continue;
        void *slot, *inherited = NULL;
        memcpy(&slot, (const char *)t + r->slot, sizeof slot);
        if (t->base) memcpy(&inherited, (const char *)t->base + r->slot, sizeof inherited);
        if (!slot || slot == inherited) return NULL;
        AdjNative *row = &named_rows[r->dunder];
        *row = r->row;
        row->name = name->data;
        AdjNativeObj *fn = adj_native_new(NULL, row, t);
        if (!fn || !adj_dict_set_str(NULL, (AdjDict *)t->dict, name, adj_obj_val(fn)))
            return NULL;
        adj_obj_drop(fn);
        adj_type_changed(t);
        return adj_dict_find_str((AdjDict *)t->dict, name);
    }
    return NULL;
}
