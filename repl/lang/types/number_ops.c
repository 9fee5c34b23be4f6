// SPDX-License-Identifier: Apache-2.0
// Arithmetic, comparison and hashing of bool, int and float, as the operators mean them.
//
// Ints are 64 bits; a result that does not fit raises OverflowError, so a program either prints
// what Python prints or says why not. Mixed comparison is exact (2**53 + 1 is not
// float(2**53)), and numbers that compare equal hash equally: the hash is the value modulo the
// Mersenne prime 2^61 - 1, Python's own rule, which sets and dicts of numbers need to show
// Python's order.
#include "lang/types/number.h"

#include <errno.h>
#include <math.h>

enum { HASH_BITS = 61 };
static const uint64_t HASH_PRIME = (UINT64_C(1) << HASH_BITS) - 1;

static bool overflow(AdjVM *vm, int64_t a, const char *symbol, int64_t b)
{
    return adj_raise(
        vm, ADJ_EXC_OverflowError,
        "int: %lld %s %lld does not fit in 64 bits; use floats for numbers this large",
        (long long)a, symbol, (long long)b);
}

// ---- int ----

// a / b correctly rounded when the operands do not both convert exactly: the quotient of the
// operands shifted to full width has at least 62 bits, and the remainder is folded into the
// last.
static double divide_wide(int64_t a, int64_t b)
{
    if (a == 0) return b < 0 ? -0.0 : 0.0;
    uint64_t n = a < 0 ? -(uint64_t)a : (uint64_t)a;
    uint64_t d = b < 0 ? -(uint64_t)b : (uint64_t)b;
    int n_shift = __builtin_clzll(n), d_shift = __builtin_clzll(d);
    unsigned __int128 wide = (unsigned __int128)(n << n_shift) << 62;
    uint64_t q = (uint64_t)(wide / (d << d_shift));
    q |= wide % (d << d_shift) != 0;
    double result = ldexp((double)q, d_shift - n_shift - 62);
    return (a < 0) != (b < 0) ? -result : result;
}

static bool int_divide(AdjVM *vm, int64_t a, int64_t b, AdjVal *out)
{
    const int64_t exact = INT64_C(1) << 53;
    if (b == 0) return adj_raise(vm, ADJ_EXC_ZeroDivisionError, "division by zero");
    bool small = a >= -exact && a <= exact && b >= -exact && b <= exact;
    if (small && a == 0) return adj_out_float(out, b < 0 ? -0.0 : 0.0);
    return adj_out_float(out, small ? (double)a / (double)b : divide_wide(a, b));
}

static bool int_floor_divide(AdjVM *vm, int64_t a, int64_t b, AdjVal *out)
{
    if (b == 0) {
        return adj_raise(vm, ADJ_EXC_ZeroDivisionError, "integer division or modulo by zero");
    }
    if (b == -1) {
        if (a == INT64_MIN) return overflow(vm, a, "//", b);
        return adj_out_int(out, -a);
    }
    int64_t q = a / b;
    return adj_out_int(out, q - ((a % b != 0) & ((a ^ b) < 0)));
}

static bool int_modulo(AdjVM *vm, int64_t a, int64_t b, AdjVal *out)
{
    if (b == 0) return adj_raise(vm, ADJ_EXC_ZeroDivisionError, "integer modulo by zero");
    if (b == -1) return adj_out_int(out, 0);
    int64_t r = a % b;
    return adj_out_int(out, r != 0 && (r ^ b) < 0 ? r + b : r);
}

static bool float_power(AdjVM *vm, double a, double b, AdjVal *out);

static bool int_power(AdjVM *vm, int64_t a, int64_t b, AdjVal *out)
{
    if (b < 0) return float_power(vm, (double)a, (double)b, out);
    int64_t base = a, rest = b, result = 1;
    while (rest > 0) {
        if ((rest & 1) && __builtin_mul_overflow(result, base, &result)) break;
        rest >>= 1;
        if (rest > 0 && __builtin_mul_overflow(base, base, &base)) break;
    }
    if (rest > 0) return overflow(vm, a, "**", b);
    return adj_out_int(out, result);
}

static bool int_shift_left(AdjVM *vm, int64_t a, int64_t b, AdjVal *out)
{
    if (b < 0) return adj_raise(vm, ADJ_EXC_ValueError, "negative shift count");
    if (a == 0) return adj_out_int(out, 0);
    if (b > 62 || (int64_t)((uint64_t)a << b) >> b != a) return overflow(vm, a, "<<", b);
    return adj_out_int(out, (int64_t)((uint64_t)a << b));
}

static bool int_shift_right(AdjVM *vm, int64_t a, int64_t b, AdjVal *out)
{
    if (b < 0) return adj_raise(vm, ADJ_EXC_ValueError, "negative shift count");
    return adj_out_int(out, a >> (b > 63 ? 63 : b));
}

static bool int_binary(AdjVM *vm, AdjBinary op, int64_t a, int64_t b, AdjVal *out)
{
    int64_t r;
    switch (op) {
    case ADJ_B_ADD:
        if (__builtin_add_overflow(a, b, &r)) return overflow(vm, a, "+", b);
        return adj_out_int(out, r);
    case ADJ_B_SUB:
        if (__builtin_sub_overflow(a, b, &r)) return overflow(vm, a, "-", b);
        return adj_out_int(out, r);
    case ADJ_B_MUL:
        if (__builtin_mul_overflow(a, b, &r)) return overflow(vm, a, "*", b);
        return adj_out_int(out, r);
    case ADJ_B_DIV: return int_divide(vm, a, b, out);
    case ADJ_B_FLOORDIV: return int_floor_divide(vm, a, b, out);
    case ADJ_B_MOD: return int_modulo(vm, a, b, out);
    case ADJ_B_POW: return int_power(vm, a, b, out);
    case ADJ_B_LSHIFT: return int_shift_left(vm, a, b, out);
    case ADJ_B_RSHIFT: return int_shift_right(vm, a, b, out);
    case ADJ_B_AND: return adj_out_int(out, a & b);
    case ADJ_B_OR: return adj_out_int(out, a | b);
    case ADJ_B_XOR: return adj_out_int(out, a ^ b);
    default: return adj_out_notimpl(out);
    }
}

// ---- float ----

// The remainder with the sign of the divisor, and the floor of the quotient that belongs to it.
static double float_modulo(double a, double b)
{
    double r = fmod(a, b);
    if (r == 0) return copysign(0.0, b);
    return (b < 0) != (r < 0) ? r + b : r;
}

static double float_floor_divide(double a, double b)
{
    double r = fmod(a, b);
    double q = (a - r) / b;
    if (r != 0 && (b < 0) != (r < 0)) q -= 1.0;
    if (q == 0) return copysign(0.0, a / b);
    double whole = floor(q);
    return q - whole > 0.5 ? whole + 1.0 : whole;
}

static bool float_power(AdjVM *vm, double a, double b, AdjVal *out)
{
    if (a == 0 && b < 0) {
        return adj_raise(vm, ADJ_EXC_ZeroDivisionError,
                         "0.0 cannot be raised to a negative power");
    }
    if (a < 0 && isfinite(a) && isfinite(b) && b != floor(b)) {
        return adj_raise(
            vm, ADJ_EXC_ValueError,
            "pow: a negative number to a fractional power is complex, and there are "
            "no complex numbers");
    }
    double r = pow(a, b);
    if (isinf(r) && isfinite(a) && isfinite(b)) {
        return adj_raise(vm, ADJ_EXC_OverflowError, "(%d, 'Numerical result out of range')",
                         ERANGE);
    }
    return adj_out_float(out, r);
}

static bool by_zero(AdjVM *vm, const char *what)
{
    return adj_raise(vm, ADJ_EXC_ZeroDivisionError, "%s", what);
}

static bool float_binary(AdjVM *vm, AdjBinary op, double a, double b, AdjVal *out)
{
    switch (op) {
    case ADJ_B_ADD: return adj_out_float(out, a + b);
    case ADJ_B_SUB: return adj_out_float(out, a - b);
    case ADJ_B_MUL: return adj_out_float(out, a * b);
    case ADJ_B_DIV:
        if (b == 0) return by_zero(vm, "float division by zero");
        return adj_out_float(out, a / b);
    case ADJ_B_FLOORDIV:
        if (b == 0) return by_zero(vm, "float floor division by zero");
        return adj_out_float(out, float_floor_divide(a, b));
    case ADJ_B_MOD:
        if (b == 0) return by_zero(vm, "float modulo");
        return adj_out_float(out, float_modulo(a, b));
    case ADJ_B_POW: return float_power(vm, a, b, out);
    default: return adj_out_notimpl(out);
    }
}

bool adj_number_binary(AdjVM *vm, AdjBinary op, AdjVal a, AdjVal b, AdjVal *out)
{
    if (!adj_is_number(a) || !adj_is_number(b)) return adj_out_notimpl(out);
    if (adj_is_float_val(a) || adj_is_float_val(b)) {
        return float_binary(vm, op, adj_as_double(a), adj_as_double(b), out);
    }
    if (adj_is_bool(a) && adj_is_bool(b)) {
        if (op == ADJ_B_AND) return adj_out_bool(out, a.i & b.i);
        if (op == ADJ_B_OR) return adj_out_bool(out, a.i | b.i);
        if (op == ADJ_B_XOR) return adj_out_bool(out, a.i ^ b.i);
    }
    return int_binary(vm, op, a.i, b.i, out);
}

bool adj_number_unary(AdjVM *vm, AdjUnary op, AdjVal a, AdjVal *out)
{
    if (adj_is_float_val(a)) {
        switch (op) {
        case ADJ_U_NEG: return adj_out_float(out, -a.f);
        case ADJ_U_POS: return adj_out_float(out, a.f);
        case ADJ_U_ABS: return adj_out_float(out, fabs(a.f));
        default: return adj_out_notimpl(out);
        }
    }
    if (!adj_is_int(a)) return adj_out_notimpl(out);
    if (op == ADJ_U_POS) return adj_out_int(out, a.i);
    if (op == ADJ_U_INVERT) return adj_out_int(out, ~a.i);
    if (op == ADJ_U_ABS && a.i >= 0) return adj_out_int(out, a.i);
    if (a.i == INT64_MIN) {
        return adj_raise(vm, ADJ_EXC_OverflowError, "int: -(%lld) does not fit in 64 bits",
                         (long long)a.i);
    }
    return adj_out_int(out, -a.i);
}

// ---- comparison and hash ----

// Sign of i - f, exactly; f is not nan. Beyond 2^53 every float is whole, so once it is in the
// range of ints it can be compared as one.
static int order_mixed(int64_t i, double f)
{
    if (f >= 0x1p63) return -1;
    if (f < -0x1p63) return 1;
    int64_t whole = (int64_t)f;
    if (i != whole) return i < whole ? -1 : 1;
    double fraction = f - (double)whole;
    return fraction > 0 ? -1 : fraction < 0;
}

static bool holds(AdjCompare op, int order)
{
    switch (op) {
    case ADJ_C_LT: return order < 0;
    case ADJ_C_LE: return order <= 0;
    case ADJ_C_EQ: return order == 0;
    case ADJ_C_NE: return order != 0;
    case ADJ_C_GT: return order > 0;
    default: return order >= 0;
    }
}

bool adj_number_compare(AdjVM *vm, AdjCompare op, AdjVal a, AdjVal b, AdjVal *out)
{
    (void)vm;
    if (!adj_is_number(a) || !adj_is_number(b)) return adj_out_notimpl(out);
    if ((adj_is_float_val(a) && isnan(a.f)) || (adj_is_float_val(b) && isnan(b.f))) {
        return adj_out_bool(out, op == ADJ_C_NE);
    }
    int order;
    if (adj_is_float_val(a) && adj_is_float_val(b)) order = (a.f > b.f) - (a.f < b.f);
    else if (adj_is_float_val(b)) order = order_mixed(a.i, b.f);
    else if (adj_is_float_val(a)) order = -order_mixed(b.i, a.f);
    else order = (a.i > b.i) - (a.i < b.i);
    return adj_out_bool(out, holds(op, order));
}

static int64_t hash_int(int64_t i)
{
    if ((uint64_t)i < HASH_PRIME) return i;
    uint64_t size = i < 0 ? -(uint64_t)i : (uint64_t)i;
    int64_t hash = (int64_t)(size % HASH_PRIME);
    if (i < 0) hash = -hash;
    return hash == -1 ? -2 : hash;
}

// The mantissa in pieces of 28 bits, each a rotation: multiplying by 2^k modulo 2^61 - 1 turns
// the 61 bits around by k.
static int64_t hash_double(double f)
{
    if (isnan(f)) return 0;
    if (isinf(f)) return f > 0 ? 314159 : -314159;
    int exponent;
    double mantissa = frexp(fabs(f), &exponent);
    uint64_t hash = 0;
    while (mantissa != 0) {
        hash = ((hash << 28) & HASH_PRIME) | hash >> (HASH_BITS - 28);
        mantissa *= 0x1p28;
        exponent -= 28;
        uint64_t piece = (uint64_t)mantissa;
        mantissa -= (double)piece;
        hash += piece;
        if (hash >= HASH_PRIME) hash -= HASH_PRIME;
    }
    int turn =
        exponent >= 0 ? exponent % HASH_BITS : HASH_BITS - 1 - (-1 - exponent) % HASH_BITS;
    hash = ((hash << turn) & HASH_PRIME) | hash >> (HASH_BITS - turn);
    int64_t result = f < 0 ? -(int64_t)hash : (int64_t)hash;
    return result == -1 ? -2 : result;
}

int64_t adj_number_hash(AdjVal v)
{
    if (!adj_is_float_val(v)) return hash_int(v.i);
    if (v.f >= -0x1p53 && v.f <= 0x1p53 && v.f == (double)(int64_t)v.f) {
        return hash_int((int64_t)v.f);
    }
    return hash_double(v.f);
}

// ---- numbers of other kinds ----

int adj_number_special(AdjVM *vm, AdjVal v, const char *dunder, AdjVal *out)
{
    AdjType *type = adj_type_of(v);
    if (!(type->flags & ADJ_TF_HEAP)) return 0;
    AdjStr *name = adj_str_intern_c(dunder);
    bool defined = name && adj_type_find(type, name);
    adj_obj_drop(name);
    if (!defined) return 0;
    return adj_vm_call_method(vm, v, dunder, NULL, 0, out) ? 1 : -1;
}
