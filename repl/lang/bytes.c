// SPDX-License-Identifier: Apache-2.0
// bytes: what str.encode and files opened in binary mode give. The language has it so that such
// code runs; it offers what one does with bytes at hand (show, compare, index, decode), no
// more. Invariant: immutable once visible.
#include "iterators.h"
#include "list.h"
#include "str.h"

#include <stdio.h>
#include <strings.h>

static AdjBytes *bytes_of(AdjVal v)
{
    return (AdjBytes *)v.o;
}

static bool is_bytes(AdjVal v)
{
    return adj_is_kind(v, ADJ_TF_BYTES);
}

static bool bytes_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjBytes *b = bytes_of(self);
    AdjText text = {0};
    bool single = memchr(b->data, '\'', (size_t)b->len);
    char quote = single && !memchr(b->data, '"', (size_t)b->len) ? '"' : '\'';
    adj_text_byte(&text, 'b');
    adj_text_byte(&text, quote);
    for (int64_t i = 0; i < b->len; i++) {
        uint8_t c = b->data[i];
        if (c == (uint8_t)quote || c == '\\') adj_text_printf(&text, "\\%c", c);
        else if (c == '\n') adj_text_puts(&text, "\\n");
        else if (c == '\r') adj_text_puts(&text, "\\r");
        else if (c == '\t') adj_text_puts(&text, "\\t");
        else if (c < 32 || c > 126) adj_text_printf(&text, "\\x%02x", c);
        else adj_text_byte(&text, (char)c);
    }
    adj_text_byte(&text, quote);
    return adj_str_from_text(vm, &text, out);
}

static bool bytes_hash(AdjVM *vm, AdjVal self, int64_t *out)
{
    (void)vm;
    uint64_t hash = 14695981039346656037u;  // FNV-1a (Fowler, Noll, Vo)
    AdjBytes *b = bytes_of(self);
    for (int64_t i = 0; i < b->len; i++) hash = (hash ^ b->data[i]) * 1099511628211u;
    return *out = hash == UINT64_MAX ? -2 : (int64_t)hash, true;
}

static bool bytes_compare(AdjVM *vm, AdjCompare op, AdjVal a, AdjVal b, AdjVal *out)
{
    (void)vm;
    if (!is_bytes(a) || !is_bytes(b)) return adj_out_notimpl(out);
    AdjBytes *x = bytes_of(a), *y = bytes_of(b);
    size_t n = (size_t)(x->len < y->len ? x->len : y->len);
    int order = n ? memcmp(x->data, y->data, n) : 0;
    if (order == 0) order = (x->len > y->len) - (x->len < y->len);
    switch (op) {
    case ADJ_C_LT: return adj_out_bool(out, order < 0);
    case ADJ_C_LE: return adj_out_bool(out, order <= 0);
    case ADJ_C_EQ: return adj_out_bool(out, order == 0);
    case ADJ_C_NE: return adj_out_bool(out, order != 0);
    case ADJ_C_GT: return adj_out_bool(out, order > 0);
    default: return adj_out_bool(out, order >= 0);
    }
}

static bool bytes_len(AdjVM *vm, AdjVal self, int64_t *out)
{
    (void)vm;
    return *out = bytes_of(self)->len, true;
}

static bool bytes_truth(AdjVM *vm, AdjVal self, bool *out)
{
    (void)vm;
    return *out = bytes_of(self)->len > 0, true;
}

static bool bytes_iter(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return adj_iter_new(vm, ADJ_IT_BYTES, self.o, out);
}

static bool bytes_getitem(AdjVM *vm, AdjVal self, AdjVal key, AdjVal *out)
{
    AdjBytes *b = bytes_of(self);
    int64_t i, step, count;
    if (adj_is_exact(key, &adj_type_slice)) {
        if (!adj_slice_clip(vm, (AdjSlice *)key.o, b->len, &i, &step, &count)) return false;
        AdjBytes *part = adj_bytes_new(vm, NULL, (size_t)count);
        for (int64_t k = 0; part && k < count; k++) part->data[k] = b->data[i + k * step];
        return adj_out(out, part);
    }
    if (!adj_seq_subscript(vm, key, "byte", &i)) return false;
    if (i < 0) i += b->len;
    if (i < 0 || i >= b->len) return adj_raise(vm, ADJ_EXC_IndexError, "index out of range");
    return adj_out_int(out, b->data[i]);
}

static bool bytes_binary(AdjVM *vm, AdjBinary op, AdjVal a, AdjVal b, AdjVal *out)
{
    if (op != ADJ_B_ADD || !is_bytes(a) || !is_bytes(b)) return adj_out_notimpl(out);
    AdjBytes *x = bytes_of(a), *y = bytes_of(b);
    AdjBytes *sum = adj_bytes_new(vm, NULL, (size_t)(x->len + y->len));
    if (!sum) return false;
    memcpy(sum->data, x->data, (size_t)x->len);
    memcpy(sum->data + x->len, y->data, (size_t)y->len);
    return adj_out(out, sum);
}

// ---- text to bytes and back ----

typedef enum Encoding {
    ENCODING_UTF8,
    ENCODING_ASCII,
    ENCODING_LATIN1,
    ENCODING_UNKNOWN
} Encoding;

static Encoding encoding_named(AdjVM *vm, AdjVal name)
{
    static const struct { const char *name; Encoding encoding; } rows[] = {
        {"utf-8", ENCODING_UTF8}, {"utf8", ENCODING_UTF8}, {"utf_8", ENCODING_UTF8},
        {"ascii", ENCODING_ASCII}, {"us-ascii", ENCODING_ASCII}, {"latin-1", ENCODING_LATIN1},
        {"latin1", ENCODING_LATIN1}, {"iso-8859-1", ENCODING_LATIN1},
    };
    if (!adj_str_need(vm, name, "encoding must be str")) return ENCODING_UNKNOWN;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcasecmp(rows[i].name, ((AdjStr *)name.o)->data) == 0) return rows[i].encoding;
    }
    adj_raise(vm, ADJ_EXC_LookupError, "unknown encoding: %.100s", ((AdjStr *)name.o)->data);
    return ENCODING_UNKNOWN;
}

bool adj_str_do_encode(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjStr *s = (AdjStr *)args[0].o;
    Encoding encoding = encoding_named(vm, args[1]);
    if (encoding == ENCODING_UNKNOWN) return false;
    if (encoding == ENCODING_UTF8 || adj_str_ascii(s)) {
        return adj_out(out, adj_bytes_new(vm, s->data, (size_t)s->len));
    }
    uint32_t limit = encoding == ENCODING_ASCII ? 128 : 256;
    AdjBytes *b = adj_bytes_new(vm, NULL, (size_t)adj_str_chars(s));
    const char *at = s->data;
    for (int64_t i = 0; b && i < b->len; i++) {
        uint32_t c = adj_utf8_take(&at);
        if (c >= limit) {
            adj_obj_drop(b);
            const char *form = c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x";
            char shown[16];
            snprintf(shown, sizeof shown, form, c);
            return adj_raise(
                vm, ADJ_EXC_UnicodeEncodeError,
                "'%s' codec can't encode character '%s' in position %lld: ordinal not "
                "in range(%u)",
                limit == 128 ? "ascii" : "latin-1", shown, (long long)i, limit);
        }
        b->data[i] = (uint8_t)c;
    }
    return adj_out(out, b);
}

static bool bytes_decode(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjBytes *b = bytes_of(args[0]);
    Encoding encoding = encoding_named(vm, args[1]);
    size_t bad;
    if (encoding == ENCODING_UNKNOWN) return false;
    if (encoding == ENCODING_LATIN1) {
        AdjText text = {0};
        for (int64_t i = 0; i < b->len; i++) adj_text_fill(&text, b->data[i], 1);
        return adj_str_from_text(vm, &text, out);
    }
    const char *text = (const char *)b->data;
    bool ok = adj_utf8_check(text, (size_t)b->len, &bad);
    for (int64_t i = 0; encoding == ENCODING_ASCII && ok && i < b->len; i++) {
        ok = b->data[bad = (size_t)i] < 128;
    }
    if (ok) return adj_out(out, adj_str_new(vm, text, (size_t)b->len));
    return adj_raise(vm, ADJ_EXC_UnicodeDecodeError,
                     "'%s' codec can't decode byte 0x%02x in position %zu: %s",
                     encoding == ENCODING_ASCII ? "ascii" : "utf-8", b->data[bad], bad,
                     encoding == ENCODING_ASCII ? "ordinal not in range(128)"
                                                : "invalid start byte");
}

static bool bytes_hex(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjText text = {0};
    AdjBytes *b = bytes_of(args[0]);
    for (int64_t i = 0; i < b->len; i++) adj_text_printf(&text, "%02x", b->data[i]);
    return adj_str_from_text(vm, &text, out);
}

static const AdjNative bytes_methods[] = {
    {"decode", "(self, /, encoding='utf-8', errors='strict')", bytes_decode, "The text.", 0},
    {"hex", "(self, /)", bytes_hex, "Two hexadecimal digits for each byte.", 0},
    {0},
};

AdjType adj_type_bytes = {
    .name = "bytes",
    .flags = ADJ_TF_BYTES,
    .size = sizeof(AdjBytes),
    .doc = "An immutable sequence of bytes.",
    .methods = bytes_methods,
    .repr = bytes_repr,
    .hash = bytes_hash,
    .compare = bytes_compare,
    .truth = bytes_truth,
    .getitem = bytes_getitem,
    .len = bytes_len,
    .iter = bytes_iter,
    .binary = bytes_binary,
};
