// SPDX-License-Identifier: Apache-2.0
// The types bool, int and float: how they are made from text and other numbers, their methods
// and attributes, and the slots, most of which hand over to number_ops.c. Invariant: a bool is
// an int whose tag remembers what it is; every int slot accepts one.
#include "lang/types/number.h"
#include "lang/types/format_float.h"
#include "lang/types/format_spec.h"
#include "lang/types/str_utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- reading ints ----

static int digit_value(uint32_t c)
{
    int decimal = adj_char_decimal(c);
    if (decimal >= 0) return decimal;
    if (c >= 'a' && c <= 'z') return (int)c - 'a' + 10;
    if (c >= 'A' && c <= 'Z') return (int)c - 'A' + 10;
    return 99;
}

static int64_t prefix_base(const char *at, const char *end)
{
    if (end - at < 3 || at[0] != '0') return 10;
    switch (at[1] | 32) {
    case 'x': return 16;
    case 'o': return 8;
    case 'b': return 2;
    default: return 10;
    }
}

typedef enum Parsed { PARSED, NOT_A_NUMBER, TOO_LARGE } Parsed;

// Digits with single underscores between them. Accumulates downwards, so that the smallest int
// is in range.
static Parsed parse_digits(const char *at, const char *end, int64_t base, bool after_prefix,
                           bool negative, int64_t *out)
{
    bool digit_before = false, large = false;
    int64_t value = 0;
    if (after_prefix && at < end && *at == '_') at++;
    while (at < end) {
        uint32_t c = adj_utf8_take(&at);
        if (c == '_') {
            if (!digit_before) return NOT_A_NUMBER;
            digit_before = false;
            continue;
        }
        int digit = digit_value(c);
        if (digit >= base) return NOT_A_NUMBER;
        large |= __builtin_mul_overflow(value, base, &value);
        large |= __builtin_sub_overflow(value, digit, &value);
        digit_before = true;
    }
    if (!digit_before) return NOT_A_NUMBER;
    if (large || (!negative && value == INT64_MIN)) return TOO_LARGE;
    *out = negative ? value : -value;
    return PARSED;
}

static Parsed parse_int(const char *at, const char *end, int64_t base, int64_t *out)
{
    while (at < end) {
        const char *next = at;
        if (!(adj_char_flags(adj_utf8_take(&next)) & ADJ_CHAR_SPACE)) break;
        at = next;
    }
    while (end > at) {
        const char *last = adj_utf8_back(end), *again = last;
        if (!(adj_char_flags(adj_utf8_take(&again)) & ADJ_CHAR_SPACE)) break;
        end = last;
    }
    bool negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+')) at++;
    int64_t prefix = prefix_base(at, end);
    bool has_prefix = prefix != 10 && (base == 0 || base == prefix);
    if (has_prefix) at += 2;
    bool leading_zero = base == 0 && !has_prefix && at < end && *at == '0';
    if (base == 0) base = has_prefix ? prefix : 10;
    Parsed result = parse_digits(at, end, base, has_prefix, negative, out);
    // 0, 00 and 0_0 are fine in base 0; 012 is not, since it once meant octal.
    if (result == PARSED && leading_zero && *out != 0) return NOT_A_NUMBER;
    return result;
}

bool adj_int_parse(AdjVM *vm, AdjStr *text, int64_t base, int64_t *out)
{
    Parsed result = parse_int(text->data, text->data + text->len, base, out);
    if (result == PARSED) return true;
    AdjVal shown;
    if (!adj_val_repr(vm, adj_obj_val(text), &shown)) return false;
    if (result == TOO_LARGE) {
        adj_raise(vm, ADJ_EXC_OverflowError, "int: %.200s does not fit in 64 bits",
                  adj_as_str(shown)->data);
    } else {
        adj_raise(vm, ADJ_EXC_ValueError, "invalid literal for int() with base %lld: %.200s",
                  (long long)base, adj_as_str(shown)->data);
    }
    return adj_val_drop(shown), false;
}

bool adj_int_from_double(AdjVM *vm, double f, int64_t *out)
{
    if (isnan(f)) {
        return adj_raise(vm, ADJ_EXC_ValueError, "cannot convert float NaN to integer");
    }
    if (isinf(f)) {
        return adj_raise(vm, ADJ_EXC_OverflowError, "cannot convert float infinity to integer");
    }
    if (f < -0x1p63 || f >= 0x1p63) {
        char shown[ADJ_FLOAT_REPR_SIZE];
        adj_float_repr(f, shown);
        return adj_raise(vm, ADJ_EXC_OverflowError, "int: %s does not fit in 64 bits", shown);
    }
    return *out = (int64_t)f, true;
}

// ---- making ints ----

static bool check_base(AdjVM *vm, AdjVal base, int64_t *out)
{
    if (!adj_get_int(vm, base, out)) return false;
    if (*out == 0 || (*out >= 2 && *out <= 36)) return true;
    return adj_raise(vm, ADJ_EXC_ValueError, "int() base must be >= 2 and <= 36, or 0");
}

// An object that says itself what int it is: __int__, then __index__, then __trunc__.
static bool int_of_object(AdjVM *vm, AdjVal x, AdjVal *out)
{
    AdjType *type = adj_type_of(x);
    static const char *const ways[] = {"__int__", "__index__", "__trunc__"};
    for (int i = 0; i < 3; i++) {
        int found = adj_number_special(vm, x, ways[i], out);
        if (found < 0) return false;
        if (found && adj_is_int(*out)) return true;
        if (found) {
            adj_raise(vm, ADJ_EXC_TypeError, "%s returned non-int (type %s)", ways[i],
                      adj_type_name(*out));
            return adj_val_drop(*out), false;
        }
    }
    if (type->number) return type->number(vm, x, true, out);
    int64_t i;
    if (type->index) return type->index(vm, x, &i) && adj_out_int(out, i);
    return adj_raise(
        vm, ADJ_EXC_TypeError,
        "int() argument must be a string, a bytes-like object or a real number, not "
        "'%s'",
        type->name);
}

static bool int_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjVal x = args[1];
    int64_t base = 10, i;
    if (!adj_is_undef(args[2])) {
        if (!check_base(vm, args[2], &base)) return false;
        if (adj_is_undef(x))
            return adj_raise(vm, ADJ_EXC_TypeError, "int() missing string argument");
        if (!adj_is_str(x)) {
            return adj_raise(vm, ADJ_EXC_TypeError,
                             "int() can't convert non-string with explicit base");
        }
    }
    if (adj_is_undef(x)) return adj_out_int(out, 0);
    if (adj_is_int(x)) return adj_out_int(out, x.i);
    if (adj_is_float_val(x)) return adj_int_from_double(vm, x.f, &i) && adj_out_int(out, i);
    if (adj_is_str(x)) return adj_int_parse(vm, adj_as_str(x), base, &i) && adj_out_int(out, i);
    return int_of_object(vm, x, out);
}

static bool bool_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    bool truth;
    return adj_val_truth(vm, args[1], &truth) && adj_out_bool(out, truth);
}

// ---- slots of int and bool ----

static bool int_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    char text[24];
    char *end = text + sizeof text, *at = end;
    uint64_t rest = self.i < 0 ? -(uint64_t)self.i : (uint64_t)self.i;
    do *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (self.i < 0) *--at = '-';
    return adj_out(out, adj_str_new(vm, at, (size_t)(end - at)));
}

static bool bool_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out(out, adj_str_intern_c(self.i ? "True" : "False"));
}

static bool number_hash(AdjVM *vm, AdjVal self, int64_t *out)
{
    (void)vm;
    return *out = adj_number_hash(self), true;
}

static bool int_truth(AdjVM *vm, AdjVal self, bool *out)
{
    (void)vm;
    return *out = self.i != 0, true;
}

static bool int_index(AdjVM *vm, AdjVal self, int64_t *out)
{
    (void)vm;
    return *out = self.i, true;
}

static bool int_number(AdjVM *vm, AdjVal self, bool as_int, AdjVal *out)
{
    (void)vm;
    return *out = as_int ? adj_int_val(self.i) : adj_float_val((double)self.i), true;
}

static bool finish_format(AdjVM *vm, bool ok, AdjText *text, const AdjFormatError *error,
                          AdjVal *out)
{
    if (!ok) {
        adj_raise(vm, error->overflow ? ADJ_EXC_OverflowError : ADJ_EXC_ValueError, "%s",
                  error->text);
    } else if (text->failed) {
        ok = adj_raise(vm, ADJ_EXC_MemoryError, "format: the text does not fit in memory");
    } else {
        ok = adj_out(out, adj_str_new(vm, text->data ? text->data : "", text->size));
    }
    adj_text_free(text);
    return ok;
}

static bool int_format(AdjVM *vm, AdjVal self, const char *spec, size_t len, AdjVal *out)
{
    if (len == 0) return adj_is_bool(self) ? bool_repr(vm, self, out) : int_repr(vm, self, out);
    AdjText text = {0};
    AdjFormatError error;
    bool ok = adj_format_int(&text, self.i, spec, len, adj_type_name(self), &error);
    return finish_format(vm, ok, &text, &error, out);
}

// ---- methods and attributes of int ----

static bool int_bit_length(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)vm, (void)nargs;
    uint64_t size = args[0].i < 0 ? -(uint64_t)args[0].i : (uint64_t)args[0].i;
    return adj_out_int(out, size ? 64 - __builtin_clzll(size) : 0);
}

static bool int_bit_count(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)vm, (void)nargs;
    uint64_t size = args[0].i < 0 ? -(uint64_t)args[0].i : (uint64_t)args[0].i;
    return adj_out_int(out, __builtin_popcountll(size));
}

static bool int_itself(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)vm, (void)nargs;
    return adj_out_int(out, args[0].i);
}

static bool out_pair(AdjVM *vm, AdjVal a, AdjVal b, AdjVal *out)
{
    return adj_out(out, adj_tuple_from(vm, (AdjVal[]){a, b}, 2));
}

static bool int_ratio(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return out_pair(vm, adj_int_val(args[0].i), adj_int_val(1), out);
}

static bool number_round_method(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return adj_number_round(vm, args[0], args[1], out);
}

static bool int_real(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_int(out, self.i);
}

static bool int_zero(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm, (void)self;
    return adj_out_int(out, 0);
}

static bool int_one(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm, (void)self;
    return adj_out_int(out, 1);
}

static const AdjNative int_methods[] = {
    {"bit_length", "(self, /)", int_bit_length, "Bits needed to write |self| in binary.", 0},
    {"bit_count", "(self, /)", int_bit_count, "Ones in the binary form of |self|.", 0},
    {"conjugate", "(self, /)", int_itself, "The number itself.", 0},
    {"as_integer_ratio", "(self, /)", int_ratio, "(self, 1).", 0},
    {"__round__", "(self, ndigits=None, /)", number_round_method, "round(self, ndigits).", 0},
    {"__trunc__", "(self, /)", int_itself, "The number itself.", 0},
    {"__floor__", "(self, /)", int_itself, "The number itself.", 0},
    {"__ceil__", "(self, /)", int_itself, "The number itself.", 0},
    {0},
};

static const AdjAttr int_attrs[] = {
    {"real", int_real, NULL, "The number itself."},
    {"imag", int_zero, NULL, "0."},
    {"numerator", int_real, NULL, "The number itself."},
    {"denominator", int_one, NULL, "1."},
    {0},
};

static const AdjNative int_maker = {
    "int", "(cls, x=<unset>, /, base=<unset>)", int_make,
    "A whole number of 64 bits, or the int that a text or number "
    "stands for, cut towards zero.",
    0};
static const AdjNative bool_maker = {"bool", "(cls, x=False, /)", bool_make,
                                     "Whether the value counts as true.", 0};

AdjType adj_type_int = {
    .name = "int",
    .doc = "Whole numbers of 64 bits; a result that does not fit raises OverflowError.",
    .methods = int_methods,
    .attrs = int_attrs,
    .make = &int_maker,
    .repr = int_repr,
    .format = int_format,
    .hash = number_hash,
    .compare = adj_number_compare,
    .truth = int_truth,
    .binary = adj_number_binary,
    .unary = adj_number_unary,
    .index = int_index,
    .number = int_number,
};

AdjType adj_type_bool = {
    .name = "bool",
    .base = &adj_type_int,
    .doc = "True and False, which count as the ints 1 and 0.",
    .make = &bool_maker,
    .repr = bool_repr,
    .format = int_format,
    .hash = number_hash,
    .compare = adj_number_compare,
    .truth = int_truth,
    .binary = adj_number_binary,
    .unary = adj_number_unary,
    .index = int_index,
    .number = int_number,
};

// ---- float ----

static bool float_to_int(AdjVM *vm, double f, AdjVal *out)
{
    int64_t i = 0;
    return adj_int_from_double(vm, f, &i) && adj_out_int(out, i);
}

bool adj_float_from_str(AdjVM *vm, AdjStr *text, double *out)
{
    if (adj_float_parse(text->data, (size_t)text->len, out)) return true;
    // Digits of other scripts and Unicode blanks are rare: only a text that failed is
    // rewritten.
    AdjText plain = {0};
    for (const char *at = text->data, *end = at + text->len; at < end;) {
        uint32_t c = adj_utf8_take(&at);
        int digit = adj_char_decimal(c);
        if (digit >= 0) c = '0' + (uint32_t)digit;
        else if (adj_char_flags(c) & ADJ_CHAR_SPACE) c = ' ';
        adj_text_fill(&plain, c, 1);
    }
    bool ok = plain.data && adj_float_parse(plain.data, plain.size, out);
    adj_text_free(&plain);
    if (ok) return true;
    AdjVal shown;
    if (!adj_val_repr(vm, adj_obj_val(text), &shown)) return false;
    adj_raise(vm, ADJ_EXC_ValueError, "could not convert string to float: %.200s",
              adj_as_str(shown)->data);
    return adj_val_drop(shown), false;
}

static bool float_of_object(AdjVM *vm, AdjVal x, AdjVal *out)
{
    AdjType *type = adj_type_of(x);
    AdjVal number = ADJ_UNDEF;
    int found = adj_number_special(vm, x, "__float__", &number);
    if (found == 0) found = adj_number_special(vm, x, "__index__", &number);
    if (found < 0) return false;
    if (found == 0) {
        if (type->number) return type->number(vm, x, false, out);
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "float() argument must be a string or a real number, not '%s'",
                         type->name);
    }
    if (adj_is_number(number)) return adj_out_float(out, adj_as_double(number));
    adj_raise(vm, ADJ_EXC_TypeError, "%s.__float__ returned non-float (type %s)", type->name,
              adj_type_name(number));
    return adj_val_drop(number), false;
}

static bool float_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjVal x = args[1];
    double f;
    if (adj_is_number(x)) return adj_out_float(out, adj_as_double(x));
    if (adj_is_str(x)) {
        return adj_float_from_str(vm, adj_as_str(x), &f) && adj_out_float(out, f);
    }
    return float_of_object(vm, x, out);
}

static bool float_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    char text[ADJ_FLOAT_REPR_SIZE];
    size_t size = adj_float_repr(self.f, text);
    return adj_out(out, adj_str_new(vm, text, size));
}

static bool float_format(AdjVM *vm, AdjVal self, const char *spec, size_t len, AdjVal *out)
{
    if (len == 0) return float_repr(vm, self, out);
    AdjText text = {0};
    AdjFormatError error;
    bool ok = adj_format_float(&text, self.f, spec, len, "float", &error);
    return finish_format(vm, ok, &text, &error, out);
}

static bool float_truth(AdjVM *vm, AdjVal self, bool *out)
{
    (void)vm;
    return *out = self.f != 0, true;
}

static bool float_number(AdjVM *vm, AdjVal self, bool as_int, AdjVal *out)
{
    return as_int ? float_to_int(vm, self.f, out) : adj_out_float(out, self.f);
}

static bool float_is_integer(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)vm, (void)nargs;
    return adj_out_bool(out, isfinite(args[0].f) && floor(args[0].f) == args[0].f);
}

static bool float_itself(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)vm, (void)nargs;
    return adj_out_float(out, args[0].f);
}

static bool float_ratio(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    double f = args[0].f;
    if (isnan(f)) {
        return adj_raise(vm, ADJ_EXC_ValueError, "cannot convert NaN to integer ratio");
    }
    if (isinf(f)) {
        return adj_raise(vm, ADJ_EXC_OverflowError, "cannot convert Infinity to integer ratio");
    }
    int exponent;
    double mantissa = frexp(f, &exponent);
    for (; mantissa != floor(mantissa); exponent--) mantissa *= 2;
    int64_t numerator = (int64_t)mantissa;
    if (exponent < -62 || (exponent > 0 && fabs(f) >= 0x1p63)) {
        return adj_raise(vm, ADJ_EXC_OverflowError,
                         "as_integer_ratio: the ratio does not fit in 64 bits");
    }
    if (exponent >= 0) return out_pair(vm, adj_int_val((int64_t)f), adj_int_val(1), out);
    return out_pair(vm, adj_int_val(numerator), adj_int_val(INT64_C(1) << -exponent), out);
}

static bool float_hex(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    double f = args[0].f;
    char text[40];
    if (!isfinite(f)) return float_repr(vm, args[0], out);
    if (f == 0) snprintf(text, sizeof text, "%s0x0.0p+0", signbit(f) ? "-" : "");
    else if (fabs(f) >= 0x1p-1022) snprintf(text, sizeof text, "%.13a", f);
    else {
        // Subnormals keep the exponent of the smallest normal number.
        uint64_t bits;
        memcpy(&bits, &f, sizeof bits);
        snprintf(text, sizeof text, "%s0x0.%013llxp-1022", f < 0 ? "-" : "",
                 (unsigned long long)(bits & 0xfffffffffffff));
    }
    return adj_out(out, adj_str_new_c(vm, text));
}

static bool float_fromhex(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    if (!adj_is_str(args[1])) {
        return adj_raise(vm, ADJ_EXC_TypeError, "fromhex() argument must be str");
    }
    const char *text = adj_as_str(args[1])->data;
    const char *digits = text + strspn(text, " \t\n\r\f\v");
    bool negative = *digits == '-';
    if (*digits == '-' || *digits == '+') digits++;
    char spelled[320];
    bool prefixed = digits[0] == '0' && (digits[1] | 32) == 'x';
    bool word = (*digits | 32) == 'i' || (*digits | 32) == 'n';
    snprintf(spelled, sizeof spelled, "%s%.300s", prefixed || word ? "" : "0x", digits);
    char *end;
    double f = strtod(spelled, &end);
    bool empty = end == spelled || (!word && end - spelled <= 2);
    if (empty || end[strspn(end, " \t\n\r\f\v")] || strchr(spelled, '(')) {
        return adj_raise(vm, ADJ_EXC_ValueError, "invalid hexadecimal floating-point string");
    }
    if (isinf(f) && !word) {
        return adj_raise(vm, ADJ_EXC_OverflowError,
                         "hexadecimal value too large to represent as a float");
    }
    return adj_out_float(out, negative ? -f : f);
}

static bool float_trunc(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return float_to_int(vm, trunc(args[0].f), out);
}

static bool float_floor(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return float_to_int(vm, floor(args[0].f), out);
}

static bool float_ceil(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return float_to_int(vm, ceil(args[0].f), out);
}

static bool float_real(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_float(out, self.f);
}

static bool float_imag(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm, (void)self;
    return adj_out_float(out, 0.0);
}

static const AdjNative float_methods[] = {
    {"is_integer", "(self, /)", float_is_integer, "Whether the number is whole.", 0},
    {"as_integer_ratio", "(self, /)", float_ratio, "Two ints whose quotient is the number.", 0},
    {"conjugate", "(self, /)", float_itself, "The number itself.", 0},
    {"hex", "(self, /)", float_hex, "The exact value in hexadecimal.", 0},
    {"fromhex", "(cls, string, /)", float_fromhex, "The number that hex() wrote.",
     ADJ_FN_CLASS},
    {"__round__", "(self, ndigits=None, /)", number_round_method, "round(self, ndigits).", 0},
    {"__trunc__", "(self, /)", float_trunc, "The whole part as an int.", 0},
    {"__floor__", "(self, /)", float_floor, "The next int downwards.", 0},
    {"__ceil__", "(self, /)", float_ceil, "The next int upwards.", 0},
    {0},
};

static const AdjAttr float_attrs[] = {
    {"real", float_real, NULL, "The number itself."},
    {"imag", float_imag, NULL, "0.0."},
    {0},
};

static const AdjNative float_maker = {"float", "(cls, x=0, /)", float_make,
                                      "The double that a text or number stands for.", 0};

AdjType adj_type_float = {
    .name = "float",
    .doc = "Numbers of 64-bit floating point.",
    .methods = float_methods,
    .attrs = float_attrs,
    .make = &float_maker,
    .repr = float_repr,
    .format = float_format,
    .hash = number_hash,
    .compare = adj_number_compare,
    .truth = float_truth,
    .binary = adj_number_binary,
    .unary = adj_number_unary,
    .number = float_number,
};

// ---- round and divmod ----

// Ints round to tens, hundreds ...; a tie goes to the even multiple.
static bool round_int(AdjVM *vm, int64_t i, int64_t digits, AdjVal *out)
{
    if (digits >= 0) return adj_out_int(out, i);
    if (digits < -19) return adj_out_int(out, 0);
    __int128 unit = 1;
    for (; digits < 0; digits++) unit *= 10;
    __int128 rest = i % unit;
    if (rest < 0) rest += unit;
    __int128 low = i - rest;
    bool up = rest * 2 > unit || (rest * 2 == unit && low / unit % 2 != 0);
    if (up) low += unit;
    if (low < INT64_MIN || low > INT64_MAX) {
        return adj_raise(vm, ADJ_EXC_OverflowError,
                         "round: the result does not fit in 64 bits");
    }
    return adj_out_int(out, (int64_t)low);
}

bool adj_number_round(AdjVM *vm, AdjVal v, AdjVal digits, AdjVal *out)
{
    int64_t places = 0;
    if (!adj_is_unset(digits) && !adj_get_int(vm, digits, &places)) return false;
    if (adj_is_int(v)) {
        return adj_is_unset(digits) ? adj_out_int(out, v.i) : round_int(vm, v.i, places, out);
    }
    if (adj_is_unset(digits)) return float_to_int(vm, rint(v.f), out);
    double rounded;
    if (!adj_float_round(v.f, places, &rounded)) {
        return adj_raise(vm, ADJ_EXC_OverflowError, "rounded value too large to represent");
    }
    return adj_out_float(out, rounded);
}

bool adj_number_divmod(AdjVM *vm, AdjVal a, AdjVal b, AdjVal *out)
{
    if (!adj_is_number(a) || !adj_is_number(b)) return adj_out_notimpl(out);
    bool is_float = adj_is_float_val(a) || adj_is_float_val(b);
    if (is_float && adj_as_double(b) == 0) {
        return adj_raise(vm, ADJ_EXC_ZeroDivisionError, "float divmod()");
    }
    AdjVal quotient, rest;
    return adj_number_binary(vm, ADJ_B_FLOORDIV, a, b, &quotient) &&
           adj_number_binary(vm, ADJ_B_MOD, a, b, &rest) && out_pair(vm, quotient, rest, out);
}
