// SPDX-License-Identifier: Apache-2.0
// The % operator of str: C's printf as Python reads it. A conversion is
// %(key)flags width.precision letter; width and precision may be '*', taken from the values.
// Invariant: [next] values of a tuple have been used; a single value counts as a tuple of one,
// and a mapping is asked by key and never used up.
#include "lang/types/format_float.h"
#include "lang/types/list.h"
#include "lang/types/number.h"
#include "lang/types/str.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>

typedef struct Conversion {
    bool left, plus, blank, alternate, zero;
    int width, precision;  // precision -1: none
    uint32_t letter;
} Conversion;

typedef struct Percent {
    AdjVM *vm;
    const char *text, *at, *end;
    AdjVal values;
    AdjVal mapping;  // UNDEF if the values are none
    AdjVal keyed;    // kept value of the last %(key), or UNDEF
    int64_t next, count;
    bool is_tuple;
    AdjText out;
} Percent;

static bool wrong(Percent *p, AdjExc kind, const char *text)
{
    return adj_raise(p->vm, kind, "%s", text);
}

// The next value in order, borrowed.
static bool take(Percent *p, AdjVal *out)
{
    if (!adj_is_undef(p->keyed)) return *out = p->keyed, true;
    if (p->next >= p->count) {
        return wrong(p, ADJ_EXC_TypeError, "not enough arguments for format string");
    }
    *out = p->is_tuple ? ((AdjTuple *)p->values.o)->items[p->next] : p->values;
    p->next++;
    return true;
}

// ---- reading a conversion ----

static bool read_key(Percent *p)
{
    if (adj_is_undef(p->mapping))
        return wrong(p, ADJ_EXC_TypeError, "format requires a mapping");
    const char *start = ++p->at;
    for (int open = 1; p->at < p->end; p->at++) {
        if (*p->at == '(') open++;
        if (*p->at == ')' && --open == 0) break;
    }
    if (p->at >= p->end) return wrong(p, ADJ_EXC_ValueError, "incomplete format key");
    AdjStr *key = adj_str_new(p->vm, start, (size_t)(p->at++ - start));
    AdjVal value;
    bool ok = key && adj_val_getitem(p->vm, p->mapping, adj_obj_val(key), &value);
    adj_obj_drop(key);
    if (ok) adj_val_set(&p->keyed, value);
    p->next = p->count = 0;  // from now on every conversion needs a key
    return ok;
}

static void read_flags(Percent *p, Conversion *c)
{
    for (; p->at < p->end; p->at++) {
        if (*p->at == '-')
            c->left = true;
        else if (*p->at == '+')
            c->plus = true;
        else if (*p->at == ' ')
            c->blank = true;
        else if (*p->at == '#')
            c->alternate = true;
        else if (*p->at == '0')
            c->zero = true;
        else
            return;
    }
}

static bool read_size(Percent *p, const char *too_big, int *out)
{
    AdjVal v;
    if (p->at < p->end && *p->at == '*') {
        p->at++;
        if (!take(p, &v)) return false;
        if (!adj_is_int(v)) return wrong(p, ADJ_EXC_TypeError, "* wants int");
        if (v.i > INT_MAX || v.i < -INT_MAX) return wrong(p, ADJ_EXC_OverflowError, too_big);
        return *out = (int)v.i, true;
    }
    int64_t n = 0;
    for (; p->at < p->end && *p->at >= '0' && *p->at <= '9'; p->at++) {
        n = n * 10 + (*p->at - '0');
        if (n > INT_MAX) return wrong(p, ADJ_EXC_ValueError, too_big);
    }
    return *out = (int)n, true;
}

static bool read_conversion(Percent *p, Conversion *c)
{
    *c = (Conversion){.precision = -1};
    if (p->at < p->end && *p->at == '(' && !read_key(p)) return false;
    read_flags(p, c);
    if (!read_size(p, "width too big", &c->width)) return false;
    if (c->width < 0) {
        c->left = true;
        c->width = -c->width;
    }
    if (p->at < p->end && *p->at == '.') {
        p->at++;
        if (!read_size(p, "precision too big", &c->precision)) return false;
        if (c->precision < 0) c->precision = 0;
    }
    if (p->at < p->end && (*p->at == 'h' || *p->at == 'l' || *p->at == 'L')) p->at++;
    if (p->at >= p->end) return wrong(p, ADJ_EXC_ValueError, "incomplete format");
    c->letter = adj_utf8_take(&p->at);
    return true;
}

// ---- writing ----

// Sign, prefix and body in the width. Zeros go between prefix and body, and only for numbers.
static void put(Percent *p, const Conversion *c, const char *head, const char *body,
                size_t size, bool zeros)
{
    size_t used = strlen(head) + adj_utf8_length(body, size);
    size_t missing = (size_t)c->width > used ? (size_t)c->width - used : 0;
    bool inside = zeros && c->zero && !c->left;
    if (!c->left && !inside) adj_text_fill(&p->out, ' ', missing);
    adj_text_puts(&p->out, head);
    if (inside) adj_text_fill(&p->out, '0', missing);
    adj_text_add(&p->out, body, size);
    if (c->left) adj_text_fill(&p->out, ' ', missing);
}

static const char *sign_of(const Conversion *c, bool negative)
{
    return negative ? "-" : c->plus ? "+" : c->blank ? " " : "";
}

static bool put_text(Percent *p, const Conversion *c, AdjVal v)
{
    AdjVal text;
    bool ok = c->letter == 's'   ? adj_val_str(p->vm, v, &text)
              : c->letter == 'r' ? adj_val_repr(p->vm, v, &text)
                                 : adj_val_ascii(p->vm, v, &text);
    if (!ok) return false;
    AdjStr *s = (AdjStr *)text.o;
    size_t size = (size_t)s->len;
    if (c->precision >= 0) size = adj_utf8_offset(s->data, size, (size_t)c->precision);
    put(p, c, "", s->data, size, false);
    adj_val_drop(text);
    return true;
}

static bool put_char(Percent *p, const Conversion *c, AdjVal v)
{
    char bytes[4];
    if (adj_is_str(v) && adj_str_chars((AdjStr *)v.o) == 1) {
        put(p, c, "", ((AdjStr *)v.o)->data, (size_t)((AdjStr *)v.o)->len, false);
        return true;
    }
    if (!adj_has_index(v)) {
        return wrong(p, ADJ_EXC_TypeError, "%c requires int or char");
    }
    int64_t code;
    if (!adj_get_int(p->vm, v, &code)) return false;
    if (code < 0 || code >= ADJ_CODE_POINTS) {
        return wrong(p, ADJ_EXC_OverflowError, "%c arg not in range(0x110000)");
    }
    put(p, c, "", bytes, adj_utf8_put((uint32_t)code, bytes), false);
    return true;
}

static bool is_real_kind(const Conversion *c)
{
    return c->letter == 'd' || c->letter == 'i' || c->letter == 'u';
}

// The int that an integer conversion shows; floats are cut by %d and refused by %x and %o.
static bool int_for(Percent *p, const Conversion *c, AdjVal v, int64_t *out)
{
    if (adj_is_int(v)) return *out = v.i, true;
    if (adj_is_float_val(v) && is_real_kind(c))
        return adj_int_from_double(p->vm, trunc(v.f), out);
    static const char *const ways[] = {"__index__", "__int__"};
    if (adj_type_of(v)->index) return adj_get_int(p->vm, v, out);
    for (int i = 0; i < (is_real_kind(c) ? 2 : 1); i++) {
        AdjVal number;
        int found = adj_number_special(p->vm, v, ways[i], &number);
        if (found < 0) return false;
        if (found && adj_is_int(number)) return *out = number.i, true;
        if (found) adj_val_drop(number);
    }
    if (is_real_kind(c) && adj_type_of(v)->number) {
        AdjVal number;
        if (!adj_type_of(v)->number(p->vm, v, true, &number)) return false;
        if (adj_is_int(number)) return *out = number.i, true;
        adj_val_drop(number);
    }
    return adj_raise(p->vm, ADJ_EXC_TypeError, "%%%c format: %s is required, not %s",
                     (int)c->letter, is_real_kind(c) ? "a real number" : "an integer",
                     adj_type_name(v));
}

static bool put_int(Percent *p, const Conversion *c, AdjVal v)
{
    char body[400], digits[64], head[4];
    // A float beyond 64 bits still has exact digits.
    bool wide = adj_is_float_val(v) && is_real_kind(c) && isfinite(v.f) && fabs(v.f) >= 0x1p63;
    int64_t i = 0;
    if (wide) {
        snprintf(body, sizeof body, "%.0f", fabs(trunc(v.f)));
        put(p, c, sign_of(c, v.f < 0), body, strlen(body), true);
        return true;
    }
    if (!int_for(p, c, v, &i)) return false;
    uint64_t rest = i < 0 ? -(uint64_t)i : (uint64_t)i;
    unsigned base = c->letter == 'o' ? 8 : (c->letter | 32) == 'x' ? 16 : 10;
    const char *alphabet = c->letter == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    char *end = digits + sizeof digits, *at = end;
    do *--at = alphabet[rest % base];
    while (rest /= base);
    snprintf(head, sizeof head, "%s", sign_of(c, i < 0));
    if (c->alternate && base != 10) {
        size_t n = strlen(head);
        head[n] = '0';
        head[n + 1] = (char)c->letter;
        head[n + 2] = 0;
    }
    size_t count = (size_t)(end - at);
    if (c->precision <= (int)count) return put(p, c, head, at, count, true), true;
    AdjText padded = {0};
    adj_text_fill(&padded, '0', (size_t)c->precision - count);
    adj_text_add(&padded, at, count);
    if (padded.failed)
        p->out.failed = true;
    else
        put(p, c, head, padded.data, padded.size, true);
    adj_text_free(&padded);
    return true;
}

static bool put_float(Percent *p, const Conversion *c, AdjVal v)
{
    double f;
    if (!adj_get_double(p->vm, v, &f)) return false;
    AdjText text = {0};
    adj_float_format(&text, f, (char)c->letter, c->precision < 0 ? 6 : c->precision,
                     c->alternate ? ADJ_FLOAT_ALT : 0);
    if (text.failed) {
        p->out.failed = true;
    } else {
        bool negative = text.data[0] == '-';
        put(p, c, sign_of(c, negative), text.data + negative, text.size - negative, true);
    }
    adj_text_free(&text);
    return true;
}

static bool put_value(Percent *p, const Conversion *c)
{
    AdjVal v;
    if (!take(p, &v)) return false;
    if (c->letter < 128) {
        switch (c->letter) {
        case 's':
        case 'r':
        case 'a': return put_text(p, c, v);
        case 'c': return put_char(p, c, v);
        case 'd':
        case 'i':
        case 'u':
        case 'o':
        case 'x':
        case 'X': return put_int(p, c, v);
        case 'e':
        case 'E':
        case 'f':
        case 'F':
        case 'g':
        case 'G': return put_float(p, c, v);
        default: break;
        }
    }
    char shown[4];
    size_t size = c->letter > 31 && c->letter < 127 ? adj_utf8_put(c->letter, shown) : 0;
    if (size == 0) shown[size++] = '?';
    size_t place = adj_utf8_length(p->text, (size_t)(adj_utf8_back(p->at) - p->text));
    return adj_raise(p->vm, ADJ_EXC_ValueError,
                     "unsupported format character '%.*s' (0x%x) at index %zu", (int)size,
                     shown, c->letter, place);
}

static bool run(Percent *p)
{
    while (p->at < p->end) {
        const char *start = p->at;
        const char *mark = memchr(start, '%', (size_t)(p->end - start));
        p->at = mark ? mark : p->end;
        adj_text_add(&p->out, start, (size_t)(p->at - start));
        if (!mark) break;
        p->at++;
        if (p->at < p->end && *p->at == '%') {
            adj_text_byte(&p->out, '%');
            p->at++;
            continue;
        }
        Conversion c;
        bool ok = read_conversion(p, &c) && put_value(p, &c);
        adj_val_set(&p->keyed, ADJ_UNDEF);
        if (!ok) return false;
    }
    if (p->next < p->count && adj_is_undef(p->mapping)) {
        return wrong(p, ADJ_EXC_TypeError,
                     "not all arguments converted during string formatting");
    }
    return true;
}

// Anything that can be subscripted, save tuples and texts, may be asked by key.
static bool is_mapping(AdjVal v)
{
    if (adj_is_tuple(v) || adj_is_str(v)) return false;
    if (adj_type_of(v)->getitem) return true;
    if (!adj_is_obj(v) || !(v.o->type->flags & ADJ_TF_HEAP)) return false;
    AdjStr *name = adj_str_intern_c("__getitem__");
    bool found = name && adj_type_find(v.o->type, name);
    adj_obj_drop(name);
    return found;
}

bool adj_str_percent(AdjVM *vm, AdjStr *format, AdjVal values, AdjVal *out)
{
    Percent p = {.vm = vm,
                 .text = format->data,
                 .at = format->data,
                 .end = format->data + format->len,
                 .values = values,
                 .mapping = is_mapping(values) ? values : ADJ_UNDEF,
                 .keyed = ADJ_UNDEF,
                 .count = 1,
                 .is_tuple = adj_is_tuple(values)};
    if (p.is_tuple) p.count = ((AdjTuple *)values.o)->len;
    if (!run(&p)) {
        adj_text_free(&p.out);
        return false;
    }
    return adj_str_from_text(vm, &p.out, out);
}
