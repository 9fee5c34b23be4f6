// SPDX-License-Identifier: Apache-2.0
// Builtin functions about single values: text forms, attributes, kinds, numbers. Those about
// many values are in reduce.c, lazy iterators in lazy.c, input and output in print.c and
// file.c.
#include "lib.h"
#include "lang/types/number.h"
#include "lang/types/str.h"

#include <stdio.h>

// ---- text forms ----

bool adj_builtin_repr(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return adj_val_repr(vm, args[0], out);
}

bool adj_builtin_ascii(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return adj_val_ascii(vm, args[0], out);
}

bool adj_builtin_format(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    if (!adj_is_str(args[1])) {
        return adj_raise(vm, ADJ_EXC_TypeError, "format() argument 2 must be str, not %s",
                         adj_type_name(args[1]));
    }
    AdjStr *spec = adj_as_str(args[1]);
    return adj_val_format(vm, args[0], spec->data, (size_t)spec->len, out);
}

static bool in_base(AdjVM *vm, AdjVal v, unsigned bits, char letter, AdjVal *out)
{
    int64_t i;
    char text[80], *at = text + sizeof text;
    if (!adj_get_int(vm, v, &i)) return false;
    uint64_t rest = i < 0 ? -(uint64_t)i : (uint64_t)i;
    do *--at = "0123456789abcdef"[rest & ((1u << bits) - 1)];
    while (rest >>= bits);
    *--at = letter;
    *--at = '0';
    if (i < 0) *--at = '-';
    return adj_out(out, adj_str_new(vm, at, (size_t)(text + sizeof text - at)));
}

bool adj_builtin_bin(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return in_base(vm, args[0], 1, 'b', out);
}

bool adj_builtin_oct(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return in_base(vm, args[0], 3, 'o', out);
}

bool adj_builtin_hex(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return in_base(vm, args[0], 4, 'x', out);
}

bool adj_builtin_chr(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t i;
    if (!adj_get_int(vm, args[0], &i)) return false;
    if (i < 0 || i >= ADJ_CODE_POINTS) {
        return adj_raise(vm, ADJ_EXC_ValueError, "chr() arg not in range(0x110000)");
    }
    return adj_out(out, adj_str_char(vm, (uint32_t)i));
}

bool adj_builtin_ord(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    if (adj_is_exact(args[0], &adj_type_bytes) && ((AdjBytes *)args[0].o)->len == 1) {
        return adj_out_int(out, ((AdjBytes *)args[0].o)->data[0]);
    }
    if (!adj_is_str(args[0])) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "ord() expected string of length 1, but %s found",
                         adj_type_name(args[0]));
    }
    AdjStr *s = adj_as_str(args[0]);
    if (adj_str_chars(s) != 1) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "ord() expected a character, but string of length %lld found",
                         (long long)adj_str_chars(s));
    }
    const char *at = s->data;
    return adj_out_int(out, adj_utf8_take(&at));
}

// ---- attributes ----

static bool name_of(AdjVM *vm, AdjVal v, const char *function, AdjStr **out)
{
    if (!adj_is_str(v)) {
        return adj_raise(vm, ADJ_EXC_TypeError, "%s: attribute name must be string, not '%s'",
                         function, adj_type_name(v)) ;
    }
    *out = adj_str_intern(vm, adj_as_str(v)->data, (size_t)adj_as_str(v)->len);
    return *out != NULL;
}

bool adj_builtin_getattr(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjStr *name;
    if (!adj_is_str(args[1])) {
        return adj_raise(vm, ADJ_EXC_TypeError, "attribute name must be string, not '%s'",
                         adj_type_name(args[1]));
    }
    if (!name_of(vm, args[1], "getattr()", &name)) return false;
    bool ok;
    if (adj_is_undef(args[2])) {
        ok = adj_val_getattr(vm, args[0], name, out);
    } else {
        int found = adj_val_find_attr(vm, args[0], name, out);
        ok = found >= 0;
        if (found == 0) *out = adj_val_keep(args[2]);
    }
    adj_obj_drop(name);
    return ok;
}

bool adj_builtin_hasattr(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjStr *name;
    AdjVal value;
    if (!adj_is_str(args[1])) {
        return adj_raise(vm, ADJ_EXC_TypeError, "attribute name must be string, not '%s'",
                         adj_type_name(args[1]));
    }
    if (!name_of(vm, args[1], "hasattr()", &name)) return false;
    int found = adj_val_find_attr(vm, args[0], name, &value);
    adj_obj_drop(name);
    if (found > 0) adj_val_drop(value);
    return found >= 0 && adj_out_bool(out, found);
}

static bool store(AdjVM *vm, AdjVal object, AdjVal name, AdjVal value, AdjVal *out)
{
    AdjStr *key;
    if (!adj_is_str(name)) {
        return adj_raise(vm, ADJ_EXC_TypeError, "attribute name must be string, not '%s'",
                         adj_type_name(name));
    }
    if (!name_of(vm, name, "setattr()", &key)) return false;
    bool ok = adj_val_setattr(vm, object, key, value);
    adj_obj_drop(key);
    return ok && adj_out_none(out);
}

bool adj_builtin_setattr(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return store(vm, args[0], args[1], args[2], out);
}

bool adj_builtin_delattr(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return store(vm, args[0], args[1], ADJ_UNDEF, out);
}

// ---- kinds ----

bool adj_builtin_callable(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)vm, (void)nargs;
    return adj_out_bool(out, adj_val_callable(args[0]));
}

bool adj_builtin_isinstance(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    bool is;
    if (adj_is_obj(args[1]) && adj_type_of(args[0]) == (AdjType *)args[1].o) {
        return adj_out_bool(out, true);
    }
    return adj_val_isinstance(vm, args[0], args[1], &is) && adj_out_bool(out, is);
}

bool adj_builtin_issubclass(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    bool is;
    return adj_val_issubclass(vm, args[0], args[1], &is) && adj_out_bool(out, is);
}

bool adj_builtin_hash(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t hash;
    return adj_val_hash(vm, args[0], &hash) && adj_out_int(out, hash);
}

// Values that are no objects are what they are: their bits, tagged, stand in for an address.
bool adj_builtin_id(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)vm, (void)nargs;
    if (adj_is_obj(args[0])) return adj_out_int(out, (int64_t)(intptr_t)args[0].o);
    uint64_t bits = (uint64_t)args[0].i * 16 + args[0].tag;
    return adj_out_int(out, (int64_t)(bits & INT64_MAX));
}

bool adj_builtin_len(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t len;
    return adj_val_len(vm, args[0], &len) && adj_out_int(out, len);
}

// ---- numbers ----

bool adj_builtin_abs(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return adj_val_unary(vm, ADJ_U_ABS, args[0], out);
}

bool adj_builtin_round(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    if (adj_is_number(args[0])) return adj_number_round(vm, args[0], args[1], out);
    AdjStr *name = adj_str_intern_c("__round__");
    AdjVal method;
    int found = name ? adj_val_find_attr(vm, args[0], name, &method) : -1;
    adj_obj_drop(name);
    if (found < 0) return false;
    if (!found) {
        return adj_raise(vm, ADJ_EXC_TypeError, "type %s doesn't define __round__ method",
                         adj_type_name(args[0]));
    }
    bool ok = adj_vm_call(vm, method, &args[1], !adj_is_none(args[1]), NULL, out);
    adj_val_drop(method);
    return ok;
}

// A class's own __divmod__, or the reflected one of the right operand. 1, 0 there is none, -1.
static int divmod_special(AdjVM *vm, AdjVal a, AdjVal b, const char *name, AdjVal *out)
{
    AdjStr *key = adj_str_intern_c(name);
    bool heap = adj_is_obj(a) && (a.o->type->flags & ADJ_TF_HEAP);
    bool defined = key && heap && adj_type_find(a.o->type, key);
    adj_obj_drop(key);
    if (!defined) return 0;
    if (!adj_vm_call_method(vm, a, name, &b, 1, out)) return -1;
    return !adj_is_notimpl(*out);
}

static bool divmod_unknown(AdjVM *vm, AdjVal a, AdjVal b)
{
    return adj_raise(vm, ADJ_EXC_TypeError,
                     "unsupported operand type(s) for divmod(): '%s' and '%s'",
                     adj_type_name(a), adj_type_name(b));
}

bool adj_builtin_divmod(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjVal a = args[0], b = args[1], quotient, rest;
    if (!adj_number_divmod(vm, a, b, out)) return false;
    if (!adj_is_notimpl(*out)) return true;
    int found = divmod_special(vm, a, b, "__divmod__", out);
    if (found == 0) found = divmod_special(vm, b, a, "__rdivmod__", out);
    if (found) return found > 0;
    bool classes = (adj_type_of(a)->flags | adj_type_of(b)->flags) & ADJ_TF_HEAP;
    if (classes || adj_is_str(a)) return divmod_unknown(vm, a, b);
    if (!adj_val_binary(vm, ADJ_B_FLOORDIV, a, b, &quotient)) {
        if (!adj_vm_error_is(vm, ADJ_EXC_TypeError)) return false;
        adj_vm_clear_error(vm);
        return divmod_unknown(vm, a, b);
    }
    bool ok = adj_val_binary(vm, ADJ_B_MOD, a, b, &rest);
    if (ok) {
        ok = adj_out_pair(vm, quotient, rest, out);
        adj_val_drop(rest);
    }
    adj_val_drop(quotient);
    return ok;
}

static int64_t modulo(__int128 a, int64_t m)
{
    __int128 r = a % m;
    return (int64_t)(r != 0 && (r < 0) != (m < 0) ? r + m : r);
}

// The inverse of [a] modulo [m] by Euclid's algorithm, or 0 if they share a factor.
static int64_t inverse(int64_t a, int64_t m)
{
    __int128 r0 = m < 0 ? -(__int128)m : m, r1 = modulo(a, m), t0 = 0, t1 = 1;
    if (r1 < 0) r1 += r0;
    while (r1 != 0) {
        __int128 q = r0 / r1, r = r0 - q * r1, t = t0 - q * t1;
        r0 = r1, r1 = r, t0 = t1, t1 = t;
    }
    return r0 == 1 ? modulo(t0, m) : 0;
}

static bool power_mod(AdjVM *vm, AdjVal *args, AdjVal *out)
{
    if (!adj_is_int(args[0]) || !adj_is_int(args[1]) || !adj_is_int(args[2])) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "pow() 3rd argument not allowed unless all arguments are integers");
    }
    int64_t base = args[0].i, exponent = args[1].i, m = args[2].i;
    if (m == 0) return adj_raise(vm, ADJ_EXC_ValueError, "pow() 3rd argument cannot be 0");
    if (m == 1 || m == -1) return adj_out_int(out, 0);
    base = modulo(base, m);
    uint64_t rest = (uint64_t)exponent;
    if (exponent < 0) {
        base = inverse(base, m);
        if (base == 0) {
            return adj_raise(vm, ADJ_EXC_ValueError,
                             "base is not invertible for the given modulus");
        }
        rest = -rest;
    }
    int64_t result = modulo(1, m);
    for (; rest > 0; rest >>= 1) {
        if (rest & 1) result = modulo((__int128)result * base, m);
        base = modulo((__int128)base * base, m);
    }
    return adj_out_int(out, result);
}

bool adj_builtin_pow(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    if (!adj_is_none(args[2])) return power_mod(vm, args, out);
    return adj_val_binary(vm, ADJ_B_POW, args[0], args[1], out);
}
