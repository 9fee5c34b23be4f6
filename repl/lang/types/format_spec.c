// SPDX-License-Identifier: Apache-2.0
// The format mini-language. Reading a specification and laying out a value are separate; laying
// out knows one shape for every number: sign, prefix, a run of digits that may be grouped, and
// a rest (point, exponent, '%') that never is. Invariant: a specification that was read has a
// valid align, and width and precision are -1 or fit an int.
#include "lang/types/format_spec.h"
#include "lang/types/format_float.h"
#include "lang/types/str_utf8.h"

#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

static bool refuse(AdjFormatError *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool refuse(AdjFormatError *error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    error->overflow = false;
    return false;
}

// A character as messages show it: itself, or its code when it does not print.
static const char *show_char(uint32_t c, char out[16])
{
    if (c > 32 && c < 128) snprintf(out, 16, "%c", (int)c);
    else snprintf(out, 16, "\\x%x", c);
    return out;
}

static bool unknown_type(AdjFormatError *error, uint32_t type, const char *type_name)
{
    char name[16];
    return refuse(error, "Unknown format code '%s' for object of type '%.100s'",
                  show_char(type, name), type_name);
}

// ---- reading ----

typedef struct Reader {
    const char *at, *end;
    AdjFormatError *error;
} Reader;

static uint32_t peek(const Reader *r)
{
    const char *at = r->at;
    return at < r->end ? adj_utf8_take(&at) : 0;
}

static bool accept(Reader *r, char c)
{
    if (r->at >= r->end || *r->at != c) return false;
    r->at++;
    return true;
}

static bool is_align(uint32_t c)
{
    return c == '<' || c == '>' || c == '^' || c == '=';
}

static bool read_number(Reader *r, int64_t *out)
{
    const char *start = r->at;
    int64_t value = 0;
    while (r->at < r->end) {
        const char *next = r->at;
        int digit = adj_char_decimal(adj_utf8_take(&next));
        if (digit < 0) break;
        if (value > (INT64_MAX - digit) / 10) {
            return refuse(r->error, "Too many decimal digits in format string");
        }
        value = value * 10 + digit;
        r->at = next;
    }
    *out = r->at == start ? -1 : value;
    return true;
}

static void read_align(Reader *r, AdjFormatSpec *spec, char default_align)
{
    const char *second = r->at;
    uint32_t first = second < r->end ? adj_utf8_take(&second) : 0;
    bool fill_given = false, align_given = true;
    spec->fill = ' ';
    spec->align = default_align;
    if (second < r->end && is_align((unsigned char)*second)) {
        spec->fill = first;
        spec->align = *second;
        fill_given = true;
        r->at = second + 1;
    } else if (is_align(first)) {
        spec->align = (char)first;
        r->at = second;
    } else {
        align_given = false;
    }
    if (accept(r, '+')) spec->sign = '+';
    else if (accept(r, '-')) spec->sign = '-';
    else if (accept(r, ' ')) spec->sign = ' ';
    spec->no_minus_zero = accept(r, 'z');
    spec->alternate = accept(r, '#');
    if (!fill_given && accept(r, '0')) {
        spec->fill = '0';
        if (!align_given && default_align == '>') spec->align = '=';
    }
}

static bool read_grouping(Reader *r, AdjFormatSpec *spec)
{
    if (accept(r, ',')) spec->grouping = ',';
    if (accept(r, '_')) {
        if (spec->grouping) return refuse(r->error, "Cannot specify both ',' and '_'.");
        spec->grouping = '_';
    }
    if (spec->grouping == '_' && peek(r) == ',') {
        return refuse(r->error, "Cannot specify both ',' and '_'.");
    }
    return true;
}

static bool check_grouping(const AdjFormatSpec *spec, AdjFormatError *error)
{
    char name[16];
    if (!spec->grouping || spec->type == 0) return true;
    if (spec->type < 128 && strchr("defgEG%F", (int)spec->type)) return true;
    if (spec->grouping == '_' && spec->type < 128 && strchr("boxX", (int)spec->type))
        return true;
    return refuse(error, "Cannot specify '%c' with '%s'.", spec->grouping,
                  show_char(spec->type, name));
}

static bool read_spec(const char *text, size_t size, char default_type, const char *type_name,
                      AdjFormatSpec *spec, AdjFormatError *error)
{
    Reader r = {text, text + size, error};
    *spec = (AdjFormatSpec){.type = (unsigned char)default_type, .precision = -1};
    read_align(&r, spec, default_type == 's' ? '<' : '>');
    if (!read_number(&r, &spec->width) || !read_grouping(&r, spec)) return false;
    if (accept(&r, '.')) {
        if (!read_number(&r, &spec->precision)) return false;
        if (spec->precision < 0) return refuse(error, "Format specifier missing precision");
    }
    if (r.at < r.end) spec->type = adj_utf8_take(&r.at);
    if (r.at < r.end) {
        return refuse(error, "Invalid format specifier '%.*s' for object of type '%.100s'",
                      size < 60 ? (int)size : 60, text, type_name);
    }
    return check_grouping(spec, error);
}

// ---- laying out ----

typedef struct Padding {
    int64_t left, middle, right;  // middle: between the sign and the digits
} Padding;

static Padding padding_for(const AdjFormatSpec *spec, int64_t used)
{
    int64_t total = spec->width > used ? spec->width - used : 0;
    switch (spec->align) {
    case '<': return (Padding){.right = total};
    case '^': return (Padding){.left = total / 2, .right = total - total / 2};
    case '=': return (Padding){.middle = total};
    default: return (Padding){.left = total};
    }
}

typedef struct Number {
    char sign;           // 0: none
    const char *prefix;  // "0x" and its like, or ""
    const char *digits;
    int64_t digit_count;
    const char *rest;
    size_t rest_size;
    int group;  // digits between separators
} Number;

// Zeros that lead the digits so that digits and separators fill [room] characters. A separator
// never comes first, so the result may be one character wider than asked, as in Python.
static int64_t leading_zeros(const Number *n, bool grouped, int64_t room)
{
    if (!grouped) return room > n->digit_count ? room - n->digit_count : 0;
    int64_t count = room > 0 ? room / (n->group + 1) * n->group : 0;
    if (count < n->digit_count) count = n->digit_count;
    while (count + (count - 1) / n->group < room) count++;
    return count - n->digit_count;
}

static void put_digits(AdjText *text, const Number *n, char separator, int64_t zeros)
{
    int64_t count = zeros + n->digit_count;
    if (!separator) {
        adj_text_fill(text, '0', (size_t)zeros);
        adj_text_add(text, n->digits, (size_t)n->digit_count);
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        if (i > 0 && (count - i) % n->group == 0) adj_text_byte(text, separator);
        adj_text_byte(text, i < zeros ? '0' : n->digits[i - zeros]);
        if (text->failed) return;
    }
}

static void put_number(AdjText *text, const Number *n, const AdjFormatSpec *spec)
{
    size_t prefix_size = strlen(n->prefix);
    int64_t around = (n->sign != 0) + (int64_t)(prefix_size + n->rest_size);
    bool zero_filled = spec->fill == '0' && spec->align == '=';
    char separator = n->digit_count > 0 ? spec->grouping : 0;
    bool grouped = separator != 0;
    int64_t zeros = 0;
    if (zero_filled && n->digit_count > 0)
        zeros = leading_zeros(n, grouped, spec->width - around);
    int64_t count = n->digit_count + zeros;
    int64_t used = around + count + (grouped ? (count - 1) / n->group : 0);
    Padding pad = padding_for(spec, used);
    adj_text_fill(text, spec->fill, (size_t)pad.left);
    if (n->sign) adj_text_byte(text, n->sign);
    adj_text_add(text, n->prefix, prefix_size);
    adj_text_fill(text, spec->fill, (size_t)pad.middle);
    put_digits(text, n, separator, zeros);
    adj_text_add(text, n->rest, n->rest_size);
    adj_text_fill(text, spec->fill, (size_t)pad.right);
}

static char sign_shown(bool negative, char wanted)
{
    if (negative) return '-';
    return wanted == '+' || wanted == ' ' ? wanted : 0;
}

// ---- the three types ----

static bool put_char(AdjText *text, int64_t value, const AdjFormatSpec *spec,
                     AdjFormatError *error)
{
    if (spec->sign) {
        return refuse(error, "Sign not allowed with integer format specifier 'c'");
    }
    if (spec->alternate) {
        return refuse(error,
                      "Alternate form (#) not allowed with integer format specifier 'c'");
    }
    if (value < 0 || value >= ADJ_CODE_POINTS) {
        refuse(error, "%%c arg not in range(0x110000)");
        error->overflow = true;
        return false;
    }
    char bytes[4];
    size_t size = adj_utf8_put((uint32_t)value, bytes);
    Padding pad = padding_for(spec, 1);
    adj_text_fill(text, spec->fill, (size_t)(pad.left + pad.middle));
    adj_text_add(text, bytes, size);
    adj_text_fill(text, spec->fill, (size_t)pad.right);
    return true;
}

static void put_int(AdjText *text, int64_t value, const AdjFormatSpec *spec, unsigned base)
{
    char digits[64];
    char *end = digits + sizeof digits, *at = end;
    const char *alphabet = spec->type == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do *--at = alphabet[rest % base];
    while (rest /= base);
    char prefix[3] = {'0', (char)spec->type, 0};
    Number n = {.sign = sign_shown(value < 0, spec->sign),
                .prefix = spec->alternate && base != 10 ? prefix : "",
                .digits = at,
                .digit_count = end - at,
                .group = base == 10 ? 3 : 4};
    put_number(text, &n, spec);
}

bool adj_format_int_as(AdjText *text, int64_t value, const AdjFormatSpec *spec,
                       const char *type_name, AdjFormatError *error)
{
    if (spec->type < 128 && strchr("eEfFgG%", (int)spec->type)) {
        return adj_format_float_as(text, (double)value, spec, type_name, error);
    }
    unsigned base = 0;
    switch (spec->type) {
    case 'b': base = 2; break;
    case 'o': base = 8; break;
    case 'x':
    case 'X': base = 16; break;
    case 'd':
    case 'n': base = 10; break;
    case 'c': break;
    default: return unknown_type(error, spec->type, type_name);
    }
    if (spec->precision >= 0) {
        return refuse(error, "Precision not allowed in integer format specifier");
    }
    if (spec->no_minus_zero) {
        return refuse(error,
                      "Negative zero coercion (z) not allowed in integer format specifier");
    }
    if (spec->type == 'c') return put_char(text, value, spec, error);
    put_int(text, value, spec, base);
    return true;
}

bool adj_format_int(AdjText *text, int64_t value, const char *spec, size_t size,
                    const char *type_name, AdjFormatError *error)
{
    AdjFormatSpec parts;
    return read_spec(spec, size, 'd', type_name, &parts, error) &&
           adj_format_int_as(text, value, &parts, type_name, error);
}

static bool is_all_zero(const char *text, size_t size)
{
    for (size_t i = 0; i < size && (text[i] | 32) != 'e'; i++) {
        if (text[i] >= '1') return false;  // a digit, or a letter of inf and nan
    }
    return true;
}

// Takes the text of a float apart: sign, whole digits, the rest.
static void put_float_text(AdjText *text, const char *number, size_t size,
                           const AdjFormatSpec *spec)
{
    bool negative = size > 0 && *number == '-';
    if (negative) number++, size--;
    if (negative && spec->no_minus_zero && is_all_zero(number, size)) negative = false;
    size_t whole = 0;
    while (whole < size && number[whole] >= '0' && number[whole] <= '9') whole++;
    Number n = {.sign = sign_shown(negative, spec->sign),
                .prefix = "",
                .digits = number,
                .digit_count = (int64_t)whole,
                .rest = number + whole,
                .rest_size = size - whole,
                .group = 3};
    put_number(text, &n, spec);
}

bool adj_format_float_as(AdjText *text, double value, const AdjFormatSpec *spec,
                         const char *type_name, AdjFormatError *error)
{
    uint32_t type = spec->type;
    unsigned flags = spec->alternate ? ADJ_FLOAT_ALT : 0;
    if (type >= 128 || !strchr("eEfFgGn%", (int)type)) {
        return unknown_type(error, type, type_name);
    }
    if (spec->precision > INT_MAX) return refuse(error, "precision too big");
    int precision = spec->precision < 0 ? 6 : (int)spec->precision;
    if (type == 0) {
        flags |= ADJ_FLOAT_DOT0;
        type = spec->precision < 0 ? 'r' : 'g';
    }
    if (type == 'n') type = 'g';
    if (type == '%') value *= 100;
    AdjText number = {0};
    adj_float_format(&number, value, type == '%' ? 'f' : (char)type, precision, flags);
    if (type == '%') adj_text_byte(&number, '%');
    if (number.failed) text->failed = true;
    else put_float_text(text, number.data, number.size, spec);
    adj_text_free(&number);
    return true;
}

bool adj_format_float(AdjText *text, double value, const char *spec, size_t size,
                      const char *type_name, AdjFormatError *error)
{
    AdjFormatSpec parts;
    return read_spec(spec, size, 0, type_name, &parts, error) &&
           adj_format_float_as(text, value, &parts, type_name, error);
}

bool adj_format_str_as(AdjText *text, const char *value, size_t value_size,
                       const AdjFormatSpec *spec, AdjFormatError *error)
{
    if (spec->type != 's') return unknown_type(error, spec->type, "str");
    if (spec->sign) {
        return refuse(error, "%s not allowed in string format specifier",
                      spec->sign == ' ' ? "Space" : "Sign");
    }
    if (spec->no_minus_zero) {
        return refuse(error,
                      "Negative zero coercion (z) not allowed in string format specifier");
    }
    if (spec->alternate) {
        return refuse(error, "Alternate form (#) not allowed in string format specifier");
    }
    if (spec->align == '=') {
        return refuse(error, "'=' alignment not allowed in string format specifier");
    }
    if (spec->precision >= 0) {
        value_size = adj_utf8_offset(value, value_size, (size_t)spec->precision);
    }
    Padding pad = {0};
    if (spec->width > 0) {
        pad = padding_for(spec, (int64_t)adj_utf8_length(value, value_size));
    }
    adj_text_fill(text, spec->fill, (size_t)pad.left);
    adj_text_add(text, value, value_size);
    adj_text_fill(text, spec->fill, (size_t)pad.right);
    return true;
}

bool adj_format_str(AdjText *text, const char *value, size_t value_size, const char *spec,
                    size_t size, AdjFormatError *error)
{
    AdjFormatSpec parts;
    return read_spec(spec, size, 's', "str", &parts, error) &&
           adj_format_str_as(text, value, value_size, &parts, error);
}
