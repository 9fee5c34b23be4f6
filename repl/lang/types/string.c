// SPDX-License-Identifier: Apache-2.0
// The type str: making, showing, comparing, subscripts. Methods are in str_*.c by family.
// Invariant: the bytes are valid UTF-8, a text without characters beyond ASCII is indexed by
// byte.
#include "lang/types/format_spec.h"
#include "lang/types/iterators.h"
#include "lang/types/list.h"
#include "lang/types/str.h"

#include <stdlib.h>

static AdjStr *str_of(AdjVal v)
{
    return (AdjStr *)v.o;
}

bool adj_str_from_text(AdjVM *vm, AdjText *text, AdjVal *out)
{
    AdjStr *s = NULL;
    if (text->failed) adj_raise(vm, ADJ_EXC_MemoryError, "%s", "");
    else s = adj_str_new(vm, text->data ? text->data : "", text->size);
    adj_text_free(text);
    return adj_out(out, s);
}

bool adj_str_need(AdjVM *vm, AdjVal v, const char *text)
{
    if (adj_is_str(v)) return true;
    return adj_raise(vm, ADJ_EXC_TypeError, "%s, not %s", text,
                     adj_is_none(v) ? "None" : adj_type_name(v));
}

// ---- making ----

// The characters of ASCII are made once, as interned strings, and live as long as the process:
// programs that walk through texts would otherwise spend their time making and dropping them.
AdjStr *adj_str_char(AdjVM *vm, uint32_t c)
{
    static AdjStr *ascii[128];
    char bytes[4];
    if (c >= 128) {
        AdjStr *s = adj_str_new(vm, bytes, adj_utf8_put(c, bytes));
        if (s) s->chars = 1;
        return s;
    }
    if (!ascii[127]) {
        for (uint32_t i = 0; i < 128; i++) {
            char byte = (char)i;
            if (!ascii[i] && !(ascii[i] = adj_str_intern(vm, &byte, 1))) return NULL;
            ascii[i]->chars = 1;
        }
    }
    return adj_obj_keep(ascii[c]);
}

static bool of_type(AdjVM *vm, AdjType *type, AdjVal text, AdjVal *out)
{
    AdjStr *s = str_of(text);
    AdjStr *copy = adj_obj_new_sized(vm, type, adj_str_bytes((size_t)s->len));
    if (copy) {
        copy->len = s->len;
        copy->chars = s->chars;
        memcpy(copy->data, s->data, (size_t)s->len + 1);
    }
    adj_val_drop(text);
    return adj_out(out, copy);
}

static bool str_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjVal text;
    bool ok;
    if (!adj_is_undef(args[2]) && !adj_is_exact(args[1], &adj_type_bytes)) {
        if (!adj_is_str(args[2])) {
            return adj_raise(vm, ADJ_EXC_TypeError,
                             "str() argument 'encoding' must be str, not %s",
                             adj_type_name(args[2]));
        }
        return adj_raise(vm, ADJ_EXC_TypeError, "decoding %s is not supported",
                         adj_type_name(args[1]));
    }
    if (!adj_is_undef(args[2])) {
        ok = adj_vm_call_method(vm, args[1], "decode", &args[2], 1, &text);
    } else if (adj_is_undef(args[1])) {
        ok = adj_out(&text, adj_str_new(vm, "", 0));
    } else {
        ok = adj_val_str(vm, args[1], &text);
    }
    if (!ok) return false;
    if (adj_as_type(args[0]) == &adj_type_str) return *out = text, true;
    return of_type(vm, adj_as_type(args[0]), text, out);
}

// ---- showing ----

static void put_escape(AdjText *text, uint32_t c)
{
    switch (c) {
    case '\n': adj_text_puts(text, "\\n"); break;
    case '\r': adj_text_puts(text, "\\r"); break;
    case '\t': adj_text_puts(text, "\\t"); break;
    default:
        if (c < 0x100) adj_text_printf(text, "\\x%02x", c);
        else if (c < 0x10000) adj_text_printf(text, "\\u%04x", c);
        else adj_text_printf(text, "\\U%08x", c);
    }
}

void adj_str_put_repr(AdjText *text, const AdjStr *s, bool ascii)
{
    size_t size = (size_t)s->len;
    bool single = memchr(s->data, '\'', size), twice = memchr(s->data, '"', size);
    char quote = single && !twice ? '"' : '\'';
    adj_text_byte(text, quote);
    for (const char *at = s->data, *end = at + size; at < end;) {
        const char *start = at;
        uint32_t c = adj_utf8_take(&at);
        bool plain = adj_char_flags(c) & ADJ_CHAR_PRINTABLE;
        if (c == (unsigned char)quote || c == '\\') {
            adj_text_byte(text, '\\');
            adj_text_byte(text, (char)c);
        } else if (plain && (c < 128 || !ascii)) {
            adj_text_add(text, start, (size_t)(at - start));
        } else {
            put_escape(text, c);
        }
    }
    adj_text_byte(text, quote);
}

static bool str_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjText text = {0};
    adj_str_put_repr(&text, str_of(self), false);
    return adj_str_from_text(vm, &text, out);
}

bool adj_val_ascii(AdjVM *vm, AdjVal v, AdjVal *out)
{
    AdjVal shown;
    if (!adj_val_repr(vm, v, &shown)) return false;
    AdjText text = {0};
    for (const char *at = str_of(shown)->data, *end = at + str_of(shown)->len; at < end;) {
        uint32_t c = adj_utf8_take(&at);
        if (c < 128) adj_text_byte(&text, (char)c);
        else put_escape(&text, c);
    }
    adj_val_drop(shown);
    return adj_str_from_text(vm, &text, out);
}

static bool str_str(AdjVM *vm, AdjVal self, AdjVal *out)
{
    if (self.o->type == &adj_type_str) return adj_out_keep(out, self);
    return adj_out(out, adj_str_new(vm, str_of(self)->data, (size_t)str_of(self)->len));
}

static bool str_format(AdjVM *vm, AdjVal self, const char *spec, size_t len, AdjVal *out)
{
    if (len == 0) return str_str(vm, self, out);
    AdjText text = {0};
    AdjFormatError error;
    AdjStr *s = str_of(self);
    if (!adj_format_str(&text, s->data, (size_t)s->len, spec, len, &error)) {
        adj_text_free(&text);
        return adj_raise(vm, ADJ_EXC_ValueError, "%s", error.text);
    }
    return adj_str_from_text(vm, &text, out);
}

// ---- comparing ----

static bool str_hash(AdjVM *vm, AdjVal self, int64_t *out)
{
    (void)vm;
    return *out = (int64_t)adj_str_hash(str_of(self)), true;
}

// Byte order of UTF-8 is the order of code points.
static int order(const AdjStr *a, const AdjStr *b)
{
    size_t n = (size_t)(a->len < b->len ? a->len : b->len);
    int by_bytes = memcmp(a->data, b->data, n);
    return by_bytes ? by_bytes : (a->len > b->len) - (a->len < b->len);
}

static bool str_compare(AdjVM *vm, AdjCompare op, AdjVal a, AdjVal b, AdjVal *out)
{
    (void)vm;
    if (!adj_is_str(a) || !adj_is_str(b)) return adj_out_notimpl(out);
    switch (op) {
    case ADJ_C_EQ: return adj_out_bool(out, adj_str_equal(str_of(a), str_of(b)));
    case ADJ_C_NE: return adj_out_bool(out, !adj_str_equal(str_of(a), str_of(b)));
    case ADJ_C_LT: return adj_out_bool(out, order(str_of(a), str_of(b)) < 0);
    case ADJ_C_LE: return adj_out_bool(out, order(str_of(a), str_of(b)) <= 0);
    case ADJ_C_GT: return adj_out_bool(out, order(str_of(a), str_of(b)) > 0);
    default: return adj_out_bool(out, order(str_of(a), str_of(b)) >= 0);
    }
}

// ---- subscripts ----

static bool str_len(AdjVM *vm, AdjVal self, int64_t *out)
{
    (void)vm;
    return *out = adj_str_chars(str_of(self)), true;
}

static bool str_truth(AdjVM *vm, AdjVal self, bool *out)
{
    (void)vm;
    return *out = str_of(self)->len > 0, true;
}

// Every step-th character, in either direction.
static bool stepped(AdjVM *vm, AdjStr *s, int64_t start, int64_t step, int64_t count,
                    AdjVal *out)
{
    AdjText text = {0};
    const char *at = s->data + adj_utf8_offset(s->data, (size_t)s->len, (size_t)start);
    for (int64_t i = 0; i < count; i++) {
        adj_text_add(&text, at, adj_utf8_step((unsigned char)*at));
        if (i + 1 == count) break;
        for (int64_t k = 0; k < step; k++) at += adj_utf8_step((unsigned char)*at);
        for (int64_t k = 0; k > step; k--) at = adj_utf8_back(at);
    }
    return adj_str_from_text(vm, &text, out);
}

static bool str_slice(AdjVM *vm, AdjStr *s, AdjSlice *slice, AdjVal *out)
{
    int64_t start, step, count, chars = adj_str_chars(s);
    if (!adj_slice_clip(vm, slice, chars, &start, &step, &count)) return false;
    if (count <= 0) return adj_out(out, adj_str_new(vm, "", 0));
    if (step != 1) return stepped(vm, s, start, step, count, out);
    if (count == chars && s->head.type == &adj_type_str)
        return adj_out_keep(out, adj_obj_val(s));
    int64_t first = start, size = count;
    if (chars != s->len) {
        first = (int64_t)adj_utf8_offset(s->data, (size_t)s->len, (size_t)start);
        size =
            (int64_t)adj_utf8_offset(s->data + first, (size_t)(s->len - first), (size_t)count);
    }
    AdjStr *part = adj_str_new(vm, s->data + first, (size_t)size);
    if (part) part->chars = count;
    return adj_out(out, part);
}

static bool str_getitem(AdjVM *vm, AdjVal self, AdjVal key, AdjVal *out)
{
    AdjStr *s = str_of(self);
    int64_t i, chars = adj_str_chars(s);
    if (adj_is_exact(key, &adj_type_slice)) return str_slice(vm, s, (AdjSlice *)key.o, out);
    if (!adj_has_index(key)) {
        return adj_raise(vm, ADJ_EXC_TypeError, "string indices must be integers, not '%s'",
                         adj_type_name(key));
    }
    if (!adj_get_int(vm, key, &i)) return false;
    if (i < 0) i += chars;
    if (i < 0 || i >= chars)
        return adj_raise(vm, ADJ_EXC_IndexError, "string index out of range");
    const char *at = s->data + i;
    if (chars != s->len) at = s->data + adj_utf8_offset(s->data, (size_t)s->len, (size_t)i);
    return adj_out(out, adj_str_char(vm, adj_utf8_take(&at)));
}

static bool str_contains(AdjVM *vm, AdjVal self, AdjVal item, bool *out)
{
    if (!adj_is_str(item)) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "'in <string>' requires string as left operand, not %s",
                         adj_type_name(item));
    }
    return *out = adj_str_find(str_of(self), str_of(item), 0, str_of(self)->len) >= 0, true;
}

static bool str_iter(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return adj_iter_new(vm, ADJ_IT_STR, self.o, out);
}

// ---- operators ----

static bool repeat(AdjVM *vm, AdjStr *s, AdjVal times, AdjVal *out)
{
    int64_t n, total;
    if (!adj_seq_times(vm, times, &n)) return false;
    if (n < 0) n = 0;
    if (__builtin_mul_overflow(n, s->len, &total)) {
        return adj_raise(vm, ADJ_EXC_MemoryError, "%s", "");
    }
    AdjStr *r = adj_str_alloc(vm, (size_t)total);
    if (!r) return false;
    if (s->len == 1) memset(r->data, s->data[0], (size_t)total);
    else
        for (int64_t i = 0; i < total; i += s->len)
            memcpy(r->data + i, s->data, (size_t)s->len);
    if (s->chars >= 0) r->chars = s->chars * n;
    return adj_out(out, r);
}

static bool str_binary(AdjVM *vm, AdjBinary op, AdjVal a, AdjVal b, AdjVal *out)
{
    if (op == ADJ_B_ADD && adj_is_str(a) && adj_is_str(b)) {
        return adj_out(out, adj_str_concat(vm, str_of(a), str_of(b)));
    }
    if (op == ADJ_B_MOD && adj_is_str(a)) return adj_str_percent(vm, str_of(a), b, out);
    if (op != ADJ_B_MUL) return adj_out_notimpl(out);
    AdjVal text = adj_is_str(a) ? a : b, times = adj_is_str(a) ? b : a;
    if (!adj_has_index(times)) return adj_out_notimpl(out);
    return repeat(vm, str_of(text), times, out);
}

// ---- the type ----

static const AdjNative str_methods[] = {
#define METHOD(name, sig, flags, doc) {#name, sig, adj_str_do_##name, doc, flags},
#include "lang/types/str_methods.def"
#undef METHOD
    {0},
};

static const AdjNative str_maker = {"str",
                                    "(cls, object=<unset>, encoding=<unset>, errors=None)",
                                    str_make, "The text of a value, as print shows it.", 0};

AdjType adj_type_str = {
    .name = "str",
    .flags = ADJ_TF_BASE | ADJ_TF_STR,
    .size = sizeof(AdjStr),
    .doc = "Text: an immutable sequence of Unicode characters.",
    .methods = str_methods,
    .make = &str_maker,
    .repr = str_repr,
    .str = str_str,
    .format = str_format,
    .hash = str_hash,
    .compare = str_compare,
    .truth = str_truth,
    .getitem = str_getitem,
    .len = str_len,
    .contains = str_contains,
    .iter = str_iter,
    .binary = str_binary,
};
