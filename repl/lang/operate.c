// SPDX-License-Identifier: Apache-2.0
// The operators and protocols of the language, for any value.
//
// Each function asks, in Python's order, the special methods of language-made classes and the
// slots of native types, and words its complaint as CPython does when nobody answers. The
// machine's own fast paths for numbers, lists and dicts come before these and must agree.
#include <string.h>

#include "vm.h"

const AdjBinaryRow adj_binary_rows[ADJ_B_COUNT] = {
    [ADJ_B_ADD] = {"+", "+=", "__add__", "__radd__", "__iadd__"},
    [ADJ_B_SUB] = {"-", "-=", "__sub__", "__rsub__", "__isub__"},
    [ADJ_B_MUL] = {"*", "*=", "__mul__", "__rmul__", "__imul__"},
    [ADJ_B_DIV] = {"/", "/=", "__truediv__", "__rtruediv__", "__itruediv__"},
    [ADJ_B_FLOORDIV] = {"//", "//=", "__floordiv__", "__rfloordiv__", "__ifloordiv__"},
    [ADJ_B_MOD] = {"%", "%=", "__mod__", "__rmod__", "__imod__"},
    [ADJ_B_POW] = {"** or pow()", "**=", "__pow__", "__rpow__", "__ipow__"},
    [ADJ_B_MATMUL] = {"@", "@=", "__matmul__", "__rmatmul__", "__imatmul__"},
    [ADJ_B_LSHIFT] = {"<<", "<<=", "__lshift__", "__rlshift__", "__ilshift__"},
    [ADJ_B_RSHIFT] = {">>", ">>=", "__rshift__", "__rrshift__", "__irshift__"},
    [ADJ_B_AND] = {"&", "&=", "__and__", "__rand__", "__iand__"},
    [ADJ_B_OR] = {"|", "|=", "__or__", "__ror__", "__ior__"},
    [ADJ_B_XOR] = {"^", "^=", "__xor__", "__rxor__", "__ixor__"},
};

const AdjCompareRow adj_compare_rows[6] = {
    [ADJ_C_LT] = {"<", "__lt__", ADJ_C_GT}, [ADJ_C_LE] = {"<=", "__le__", ADJ_C_GE},
    [ADJ_C_EQ] = {"==", "__eq__", ADJ_C_EQ}, [ADJ_C_NE] = {"!=", "__ne__", ADJ_C_NE},
    [ADJ_C_GT] = {">", "__gt__", ADJ_C_LT}, [ADJ_C_GE] = {">=", "__ge__", ADJ_C_LE},
};

static const char *const unary_symbols[] = {
    [ADJ_U_NEG] = "unary -", [ADJ_U_POS] = "unary +", [ADJ_U_INVERT] = "unary ~",
    [ADJ_U_ABS] = "abs()",
};

// ---- text ----

static bool text_of(AdjVM *vm, AdjVal fn, AdjVal v, const char *dunder, AdjVal *out)
{
    AdjVal text;
    if (!adj_vm_enter(vm, " while getting the repr of an object")) return false;
    bool ok = adj_call_dunder(vm, fn, v, NULL, 0, &text);
    adj_vm_leave(vm);
    if (!ok) return false;
    if (adj_is_str(text)) {
        *out = text;
        return true;
    }
    adj_raise(vm, ADJ_EXC_TypeError, "%s returned non-string (type %s)", dunder,
              adj_type_name(text));
    adj_val_drop(text);
    return false;
}

bool adj_val_repr(AdjVM *vm, AdjVal v, AdjVal *out)
{
    AdjType *t = adj_type_of(v);
    AdjVal *fn = adj_type_dunder(t, ADJ_D_REPR);
    if (fn) return text_of(vm, *fn, v, "__repr__", out);
    if (!adj_vm_enter(vm, " while getting the repr of an object")) return false;
    bool ok = t->repr(vm, v, out);
    adj_vm_leave(vm);
    return ok;
}

bool adj_val_str(AdjVM *vm, AdjVal v, AdjVal *out)
{
    AdjType *t = adj_type_of(v);
    if (t == &adj_type_str) return adj_out_keep(out, v);
    AdjVal *fn = adj_type_dunder(t, ADJ_D_STR);
    if (fn) return text_of(vm, *fn, v, "__str__", out);
    // object's str is repr; a native base that has its own str speaks before the class's repr.
    if (!t->str) return adj_val_repr(vm, v, out);
    if (!adj_vm_enter(vm, " while getting the str of an object")) return false;
    bool ok = t->str(vm, v, out);
    adj_vm_leave(vm);
    return ok;
}

bool adj_val_format(AdjVM *vm, AdjVal v, const char *spec, size_t len, AdjVal *out)
{
    AdjType *t = adj_type_of(v);
    AdjVal *fn = adj_type_dunder(t, ADJ_D_FORMAT);
    if (fn) {
        AdjVal arg = adj_obj_val(adj_str_new(vm, spec, len));
        if (adj_is_undef(arg)) return false;
        AdjVal text;
        bool ok = adj_call_dunder(vm, *fn, v, &arg, 1, &text);
        adj_val_drop(arg);
        if (!ok) return false;
        if (adj_is_str(text)) return *out = text, true;
        adj_raise(vm, ADJ_EXC_TypeError, "__format__ must return a str, not %s",
                  adj_type_name(text));
        adj_val_drop(text);
        return false;
    }
    if (t->format) return t->format(vm, v, spec, len, out);
    if (len == 0) return adj_val_str(vm, v, out);
    return adj_raise(vm, ADJ_EXC_TypeError, "unsupported format string passed to %s.__format__",
                     t->name);
}

// ---- truth, hash, length ----

static bool truth_of_bool(AdjVM *vm, AdjVal fn, AdjVal v, bool *out)
{
    AdjVal r;
    if (!adj_call_dunder(vm, fn, v, NULL, 0, &r)) return false;
    if (adj_is_bool(r)) return *out = r.i, true;
    adj_raise(vm, ADJ_EXC_TypeError, "__bool__ should return bool, returned %s",
              adj_type_name(r));
    adj_val_drop(r);
    return false;
}

bool adj_val_truth(AdjVM *vm, AdjVal v, bool *out)
{
    switch ((AdjTag)v.tag) {
    case ADJ_T_UNDEF:
    case ADJ_T_NONE: return *out = false, true;
    case ADJ_T_ELLIPSIS:
    case ADJ_T_NOTIMPL: return *out = true, true;
    case ADJ_T_BOOL:
    case ADJ_T_INT: return *out = v.i != 0, true;
    case ADJ_T_FLOAT: return *out = v.f != 0, true;
    case ADJ_T_OBJ: break;
    }
    AdjType *t = v.o->type;
    AdjVal *fn = adj_type_dunder(t, ADJ_D_BOOL);
    if (fn) return truth_of_bool(vm, *fn, v, out);
    int64_t len;
    if (adj_type_dunder(t, ADJ_D_LEN)) {
        if (!adj_val_len(vm, v, &len)) return false;
        return *out = len != 0, true;
    }
    if (t->truth) return t->truth(vm, v, out);
    if (!t->len) return *out = true, true;
    if (!t->len(vm, v, &len)) return false;
    return *out = len != 0, true;
}

static bool unhashable(AdjVM *vm, AdjVal v)
{
    return adj_raise(vm, ADJ_EXC_TypeError, "unhashable type: '%s'", adj_type_name(v));
}

static bool hash_of_dunder(AdjVM *vm, AdjVal fn, AdjVal v, int64_t *out)
{
    AdjVal r;
    if (adj_is_none(fn)) return unhashable(vm, v);
    if (!adj_call_dunder(vm, fn, v, NULL, 0, &r)) return false;
    // As it stands: a string's hash that is passed on must stay the string's.
    if (adj_is_int(r)) return *out = r.i == -1 ? -2 : r.i, true;
    adj_raise(vm, ADJ_EXC_TypeError, "__hash__ method should return an integer");
    adj_val_drop(r);
    return false;
}

bool adj_val_hash(AdjVM *vm, AdjVal v, int64_t *out)
{
    if (adj_is_number(v)) return *out = adj_number_hash(v), true;
    AdjType *t = adj_type_of(v);
    AdjVal *fn = adj_type_dunder(t, ADJ_D_HASH);
    if (fn) return hash_of_dunder(vm, *fn, v, out);
    // A class with its own __eq__ and no __hash__ is not hashable, as in Python.
    if (adj_type_dunder(t, ADJ_D_EQ) || !t->hash) return unhashable(vm, v);
    if (!adj_vm_enter(vm, "")) return false;
    bool ok = t->hash(vm, v, out);
    adj_vm_leave(vm);
    return ok;
}

static bool len_of_dunder(AdjVM *vm, AdjVal fn, AdjVal v, int64_t *out)
{
    AdjVal r;
    if (!adj_call_dunder(vm, fn, v, NULL, 0, &r)) return false;
    bool ok = adj_get_int(vm, r, out);
    adj_val_drop(r);
    if (ok && *out < 0) {
        return adj_raise(vm, ADJ_EXC_ValueError, "__len__() should return >= 0");
    }
    return ok;
}

bool adj_val_len(AdjVM *vm, AdjVal v, int64_t *out)
{
    AdjType *t = adj_type_of(v);
    AdjVal *fn = adj_type_dunder(t, ADJ_D_LEN);
    if (fn) return len_of_dunder(vm, *fn, v, out);
    if (t->len) return t->len(vm, v, out);
    return adj_raise(vm, ADJ_EXC_TypeError, "object of type '%s' has no len()", t->name);
}

// ---- comparison ----

static bool ask_compare(AdjVM *vm, AdjCompare op, AdjVal a, AdjVal b, AdjVal *out)
{
    AdjType *t = adj_type_of(a);
    AdjVal *fn = adj_type_dunder(t, ADJ_D_LT + op);
    if (fn) return adj_call_dunder(vm, *fn, a, &b, 1, out);
    // __ne__ is the opposite of __eq__ unless a class says otherwise.
    if (op == ADJ_C_NE && (fn = adj_type_dunder(t, ADJ_D_EQ))) {
        AdjVal r;
        bool truth;
        if (!adj_call_dunder(vm, *fn, a, &b, 1, &r)) return false;
        if (adj_is_notimpl(r)) return adj_out_notimpl(out);
        bool ok = adj_val_truth(vm, r, &truth);
        adj_val_drop(r);
        return ok && adj_out_bool(out, !truth);
    }
    if (t->compare) return t->compare(vm, op, a, b, out);
    return adj_out_notimpl(out);
}

static bool compare_unknown(AdjVM *vm, AdjCompare op, AdjVal a, AdjVal b, AdjVal *out)
{
    if (op == ADJ_C_EQ) return adj_out_bool(out, adj_val_is(a, b));
    if (op == ADJ_C_NE) return adj_out_bool(out, !adj_val_is(a, b));
    return adj_raise(vm, ADJ_EXC_TypeError,
                     "'%s' not supported between instances of '%s' and '%s'",
                     adj_compare_rows[op].symbol, adj_type_name(a), adj_type_name(b));
}

static bool compare_objects(AdjVM *vm, AdjCompare op, AdjVal a, AdjVal b, AdjVal *out)
{
    AdjType *ta = adj_type_of(a), *tb = adj_type_of(b);
    AdjCompare swapped = adj_compare_rows[op].swapped;
    bool b_first = ta != tb && adj_type_is(tb, ta);
    if (b_first) {
        if (!ask_compare(vm, swapped, b, a, out)) return false;
        if (!adj_is_notimpl(*out)) return true;
    }
    if (!ask_compare(vm, op, a, b, out)) return false;
    if (!adj_is_notimpl(*out)) return true;
    if (!b_first) {
        if (!ask_compare(vm, swapped, b, a, out)) return false;
        if (!adj_is_notimpl(*out)) return true;
    }
    return compare_unknown(vm, op, a, b, out);
}

bool adj_val_compare(AdjVM *vm, AdjCompare op, AdjVal a, AdjVal b, AdjVal *out)
{
    if (adj_is_number(a) && adj_is_number(b)) return adj_number_compare(vm, op, a, b, out);
    if (!adj_vm_enter(vm, " in comparison")) return false;
    bool ok = compare_objects(vm, op, a, b, out);
    adj_vm_leave(vm);
    return ok;
}

static bool compare_truth(AdjVM *vm, AdjCompare op, AdjVal a, AdjVal b, bool *out)
{
    AdjVal r;
    if (!adj_val_compare(vm, op, a, b, &r)) return false;
    if (adj_is_bool(r)) return *out = r.i, true;
    bool ok = adj_val_truth(vm, r, out);
    adj_val_drop(r);
    return ok;
}

bool adj_val_equal(AdjVM *vm, AdjVal a, AdjVal b, bool *out)
{
    // A NaN is not equal to itself by ==; the same object is, in containers. Values that live
    // in the slot have no identity, so the float is asked.
    if (adj_val_is(a, b) && a.tag != ADJ_T_FLOAT) return *out = true, true;
    if (adj_is_exact(a, &adj_type_str) && adj_is_exact(b, &adj_type_str)) {
        return *out = adj_str_equal(adj_as_str(a), adj_as_str(b)), true;
    }
    if (adj_val_is(a, b)) return *out = true, true;
    return compare_truth(vm, ADJ_C_EQ, a, b, out);
}

static bool str_less(const AdjStr *a, const AdjStr *b)
{
    int64_t n = a->len < b->len ? a->len : b->len;
    int order = memcmp(a->data, b->data, (size_t)n);
    return order ? order < 0 : a->len < b->len;
}

bool adj_val_less(AdjVM *vm, AdjVal a, AdjVal b, bool *out)
{
    if (a.tag == ADJ_T_INT && b.tag == ADJ_T_INT) return *out = a.i < b.i, true;
    if (a.tag == ADJ_T_FLOAT && b.tag == ADJ_T_FLOAT) return *out = a.f < b.f, true;
    if (adj_is_exact(a, &adj_type_str) && adj_is_exact(b, &adj_type_str)) {
        return *out = str_less(adj_as_str(a), adj_as_str(b)),
               true;  // UTF-8 sorts as its code points
    }
    return compare_truth(vm, ADJ_C_LT, a, b, out);
}

// ---- arithmetic ----

static bool ask_binary(AdjVM *vm, AdjBinary op, bool right, AdjVal a, AdjVal b, AdjVal *out)
{
    AdjVal self = right ? b : a, other = right ? a : b;
    AdjType *t = adj_type_of(self);
    AdjVal *fn = adj_type_dunder(t, (right ? ADJ_D_RADD : ADJ_D_ADD) + op);
    if (fn) return adj_call_dunder(vm, *fn, self, &other, 1, out);
    if (t->binary) return t->binary(vm, op, a, b, out);
    return adj_out_notimpl(out);
}

static bool is_sequence(AdjVal v)
{
    return adj_is_kind(v, ADJ_TF_STR | ADJ_TF_LIST | ADJ_TF_TUPLE | ADJ_TF_BYTES);
}

static bool binary_unknown(AdjVM *vm, AdjBinary op, const char *symbol, AdjVal a, AdjVal b)
{
    if (op == ADJ_B_ADD && is_sequence(a)) {
        const char *name = adj_type_name(a);
        if (adj_is_kind(a, ADJ_TF_BYTES)) {
            return adj_raise(vm, ADJ_EXC_TypeError, "can't concat %s to bytes",
                             adj_type_name(b));
        }
        return adj_raise(vm, ADJ_EXC_TypeError, "can only concatenate %s (not \"%s\") to %s",
                         name, adj_type_name(b), name);
    }
    if (op == ADJ_B_MUL && (is_sequence(a) || is_sequence(b))) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "can't multiply sequence by non-int of type '%s'",
                         adj_type_name(is_sequence(a) ? b : a));
    }
    return adj_raise(vm, ADJ_EXC_TypeError, "unsupported operand type(s) for %s: '%s' and '%s'",
                     symbol, adj_type_name(a), adj_type_name(b));
}

// NotImplemented in [out] when neither side knows.
static bool binary_try(AdjVM *vm, AdjBinary op, AdjVal a, AdjVal b, AdjVal *out)
{
    AdjType *ta = adj_type_of(a), *tb = adj_type_of(b);
    bool b_first = ta != tb && adj_type_is(tb, ta) && adj_type_dunder(tb, ADJ_D_RADD + op);
    if (b_first) {
        if (!ask_binary(vm, op, true, a, b, out)) return false;
        if (!adj_is_notimpl(*out)) return true;
    }
    if (!ask_binary(vm, op, false, a, b, out)) return false;
    if (!adj_is_notimpl(*out) || ta == tb || b_first) return true;
    return ask_binary(vm, op, true, a, b, out);
}

bool adj_val_binary(AdjVM *vm, AdjBinary op, AdjVal a, AdjVal b, AdjVal *out)
{
    if (adj_is_number(a) && adj_is_number(b)) {
        if (!adj_number_binary(vm, op, a, b, out)) return false;
    } else if (!binary_try(vm, op, a, b, out)) {
        return false;
    }
    if (LIKELY(!adj_is_notimpl(*out))) return true;
    return binary_unknown(vm, op, adj_binary_rows[op].symbol, a, b);
}

bool adj_val_inplace(AdjVM *vm, AdjBinary op, AdjVal a, AdjVal b, AdjVal *out)
{
    AdjType *t = adj_type_of(a);
    AdjVal *fn = adj_type_dunder(t, ADJ_D_IADD + op);
    *out = ADJ_NOTIMPL;
    if (fn) {
        if (!adj_call_dunder(vm, *fn, a, &b, 1, out)) return false;
    } else if (t->inplace) {
        if (!t->inplace(vm, op, a, b, out)) return false;
    }
    if (!adj_is_notimpl(*out)) return true;
    if (adj_is_number(a) && adj_is_number(b)) {
        if (!adj_number_binary(vm, op, a, b, out)) return false;
    } else if (!binary_try(vm, op, a, b, out)) {
        return false;
    }
    if (!adj_is_notimpl(*out)) return true;
    return binary_unknown(vm, op, adj_binary_rows[op].inplace_symbol, a, b);
}

bool adj_val_unary(AdjVM *vm, AdjUnary op, AdjVal a, AdjVal *out)
{
    AdjType *t = adj_type_of(a);
    AdjVal *fn = adj_type_dunder(t, ADJ_D_NEG + op);
    if (fn) return adj_call_dunder(vm, *fn, a, NULL, 0, out);
    *out = ADJ_NOTIMPL;
    if (adj_is_number(a)) {
        if (!adj_number_unary(vm, op, a, out)) return false;
    } else if (t->unary && !t->unary(vm, op, a, out)) {
        return false;
    }
    if (!adj_is_notimpl(*out)) return true;
    return adj_raise(vm, ADJ_EXC_TypeError, "bad operand type for %s: '%s'", unary_symbols[op],
                     t->name);
}

// ---- containers ----

static bool contains_by_iteration(AdjVM *vm, AdjVal container, AdjVal item, bool *out)
{
    AdjVal it, x;
    if (!adj_val_iter(vm, container, &it)) return false;
    int more = 0;
    *out = false;
    while (!*out && (more = adj_val_next(vm, it, &x)) > 0) {
        bool ok = adj_val_equal(vm, x, item, out);
        adj_val_drop(x);
        if (!ok) {
            more = -1;
            break;
        }
    }
    adj_val_drop(it);
    return *out || more >= 0;
}

bool adj_val_contains(AdjVM *vm, AdjVal container, AdjVal item, bool *out)
{
    AdjType *t = adj_type_of(container);
    AdjVal *fn = adj_type_dunder(t, ADJ_D_CONTAINS);
    if (fn) {
        AdjVal r;
        if (!adj_call_dunder(vm, *fn, container, &item, 1, &r)) return false;
        bool ok = adj_val_truth(vm, r, out);
        adj_val_drop(r);
        return ok;
    }
    if (t->contains) return t->contains(vm, container, item, out);
    if (t->iter || t->getitem || adj_type_dunder(t, ADJ_D_ITER) ||
        adj_type_dunder(t, ADJ_D_GETITEM)) {
        return contains_by_iteration(vm, container, item, out);
    }
    return adj_raise(vm, ADJ_EXC_TypeError, "argument of type '%s' is not iterable", t->name);
}

// X[int] of a class: its __class_getitem__. list[int] and its like are the type itself. 1 done,
// 0 neither, -1 failed.
static int class_getitem(AdjVM *vm, AdjVal cls, AdjVal key, AdjVal *out)
{
    AdjType *t = adj_as_type(cls);
    AdjVal *found = adj_type_find(t, adj_names.__class_getitem__), fn;
    const uint32_t generic = ADJ_TF_LIST | ADJ_TF_TUPLE | ADJ_TF_DICT | ADJ_TF_SET |
                             ADJ_TF_FROZENSET | ADJ_TF_TYPE;
    if (!found) return t->flags & generic ? adj_out_keep(out, cls) : 0;
    if (!adj_bind_attribute(vm, *found, ADJ_UNDEF, t, &fn)) return -1;
    AdjVal args[2] = {cls, key};
    bool bound = adj_is_exact(fn, &adj_type_method);
    bool ok = adj_vm_call(vm, fn, args + bound, bound ? 1 : 2, NULL, out);
    adj_val_drop(fn);
    return ok ? 1 : -1;
}

bool adj_val_getitem(AdjVM *vm, AdjVal v, AdjVal key, AdjVal *out)
{
    AdjType *t = adj_type_of(v);
    AdjVal *fn = adj_type_dunder(t, ADJ_D_GETITEM);
    if (fn) return adj_call_dunder(vm, *fn, v, &key, 1, out);
    if (t->getitem) return t->getitem(vm, v, key, out);
    if (adj_is_type(v)) {
        int got = class_getitem(vm, v, key, out);
        if (got) return got > 0;
        return adj_raise(vm, ADJ_EXC_TypeError, "type '%s' is not subscriptable",
                         adj_as_type(v)->name);
    }
    return adj_raise(vm, ADJ_EXC_TypeError, "'%s' object is not subscriptable", t->name);
}

bool adj_val_setitem(AdjVM *vm, AdjVal v, AdjVal key, AdjVal value)
{
    AdjType *t = adj_type_of(v);
    bool del = adj_is_undef(value);
    AdjVal *fn = adj_type_dunder(t, del ? ADJ_D_DELITEM : ADJ_D_SETITEM);
    if (fn) {
        AdjVal args[2] = {key, value}, result;
        if (!adj_call_dunder(vm, *fn, v, args, del ? 1 : 2, &result)) return false;
        adj_val_drop(result);
        return true;
    }
    if (t->setitem) return t->setitem(vm, v, key, value);
    // CPython has two texts for deletion, by whether it tried the type as a sequence.
    bool sequence = t->flags & ADJ_TF_HEAP || t->len || t->getitem || t->contains;
    if (del && sequence && adj_is_int(key)) {
        return adj_raise(vm, ADJ_EXC_TypeError, "'%s' object doesn't support item deletion",
                         t->name);
    }
    return adj_raise(vm, ADJ_EXC_TypeError, "'%s' object does not support item %s", t->name,
                     del ? "deletion" : "assignment");
}

// ---- iteration ----

static bool iter_of_dunder(AdjVM *vm, AdjVal fn, AdjVal v, AdjVal *out)
{
    AdjVal it;
    if (adj_is_none(fn)) {
        return adj_raise(vm, ADJ_EXC_TypeError, "'%s' object is not iterable",
                         adj_type_name(v));
    }
    if (!adj_call_dunder(vm, fn, v, NULL, 0, &it)) return false;
    AdjType *t = adj_type_of(it);
    if (t->next || adj_type_dunder(t, ADJ_D_NEXT)) {
        *out = it;
        return true;
    }
    adj_raise(vm, ADJ_EXC_TypeError, "iter() returned non-iterator of type '%s'", t->name);
    adj_val_drop(it);
    return false;
}

bool adj_val_iter(AdjVM *vm, AdjVal v, AdjVal *out)
{
    AdjType *t = adj_type_of(v);
    AdjVal *fn = adj_type_dunder(t, ADJ_D_ITER);
    if (fn) return iter_of_dunder(vm, *fn, v, out);
    if (t->iter) return t->iter(vm, v, out);
    if (t->next) return adj_out_keep(out, v);
    if (adj_type_dunder(t, ADJ_D_GETITEM) || (t->getitem && t->len))
        return adj_iter_new(vm, ADJ_IT_SEQUENCE, v.o, out);
    return adj_raise(vm, ADJ_EXC_TypeError, "'%s' object is not iterable", t->name);
}

// Turns a raised StopIteration into the end of the iteration.
int adj_iter_ended(AdjVM *vm)
{
    if (!adj_vm_error_is(vm, ADJ_EXC_StopIteration)) return -1;
    adj_vm_clear_error(vm);
    return 0;
}

int adj_val_next(AdjVM *vm, AdjVal it, AdjVal *out)
{
    // Natives that walk an endless iterator must be interruptible as loops are.
    if (UNLIKELY(!adj_vm_poll(vm))) return -1;
    AdjType *t = adj_type_of(it);
    AdjVal *fn = adj_type_dunder(t, ADJ_D_NEXT);
    if (fn) return adj_call_dunder(vm, *fn, it, NULL, 0, out) ? 1 : adj_iter_ended(vm);
    if (t->next) return t->next(vm, it, out);
    return adj_raise_int(vm, ADJ_EXC_TypeError, "'%s' object is not an iterator", t->name);
}

AdjList *adj_list_of(AdjVM *vm, AdjVal iterable)
{
    if (adj_is_exact(iterable, &adj_type_list)) {
        return adj_list_from(vm, adj_as_list(iterable)->items, adj_as_list(iterable)->len);
    }
    if (adj_is_exact(iterable, &adj_type_tuple)) {
        return adj_list_from(vm, adj_as_tuple(iterable)->items, adj_as_tuple(iterable)->len);
    }
    AdjVal it, x;
    if (!adj_val_iter(vm, iterable, &it)) return NULL;
    AdjList *list = adj_list_new(vm, 0);
    int more = -1;
    while (list && (more = adj_val_next(vm, it, &x)) > 0) {
        if (!adj_list_append_take(vm, list, x)) {
            more = -1;
            break;
        }
    }
    adj_val_drop(it);
    if (more == 0) return list;
    adj_obj_drop(list);
    return NULL;
}

// ---- arguments of natives ----

bool adj_get_int(AdjVM *vm, AdjVal v, int64_t *out)
{
    if (adj_is_int(v)) return *out = v.i, true;
    AdjType *t = adj_type_of(v);
    AdjVal *fn = adj_type_dunder(t, ADJ_D_INDEX);
    if (fn) {
        AdjVal r;
        if (!adj_call_dunder(vm, *fn, v, NULL, 0, &r)) return false;
        if (adj_is_int(r)) return *out = r.i, true;
        adj_raise(vm, ADJ_EXC_TypeError, "__index__ returned non-int (type %s)",
                  adj_type_name(r));
        adj_val_drop(r);
        return false;
    }
    if (t->index) return t->index(vm, v, out);
    return adj_raise(vm, ADJ_EXC_TypeError, "'%s' object cannot be interpreted as an integer",
                     t->name);
}

bool adj_get_double(AdjVM *vm, AdjVal v, double *out)
{
    if (adj_is_number(v)) return *out = adj_as_double(v), true;
    AdjType *t = adj_type_of(v);
    AdjVal *fn = adj_type_dunder(t, ADJ_D_FLOAT), r;
    if (fn || t->number) {
        bool ok = fn ? adj_call_dunder(vm, *fn, v, NULL, 0, &r) : t->number(vm, v, false, &r);
        if (!ok) return false;
        if (adj_is_float_val(r)) return *out = r.f, true;
        adj_raise(vm, ADJ_EXC_TypeError, "%s.__float__ returned non-float (type %s)", t->name,
                  adj_type_name(r));
        adj_val_drop(r);
        return false;
    }
    int64_t i;
    if (t->index || adj_type_dunder(t, ADJ_D_INDEX)) {
        if (!adj_get_int(vm, v, &i)) return false;
        return *out = (double)i, true;
    }
    return adj_raise(vm, ADJ_EXC_TypeError, "must be real number, not %s", t->name);
}

int64_t adj_pointer_hash(const void *p)
{
    uintptr_t u = (uintptr_t)p;
    return (int64_t)(u >> 4 | u << 60);
}
