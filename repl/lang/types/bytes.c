// SPDX-License-Identifier: Apache-2.0
// bytes: what literals b'...', str.encode and files opened in binary mode give. Methods that
// text has too are those of str, on the text in Latin-1, where each byte is one character.
// Invariant: immutable once visible.
#include "lang/types/iterators.h"
#include "lang/types/list.h"
#include "lang/types/str.h"

#include <ctype.h>
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

static bool bytes_repeat(AdjVM *vm, AdjBytes *b, AdjVal times, AdjVal *out)
{
    int64_t n, length;
    if (!adj_get_int(vm, times, &n)) return false;
    if (n < 0) n = 0;
    if (__builtin_mul_overflow(n, b->len, &length) || length > INT64_MAX / 2)
        return adj_raise(vm, ADJ_EXC_MemoryError, "%s", "");
    AdjBytes *all = adj_bytes_new(vm, NULL, (size_t)length);
    for (int64_t i = 0; all && i < n; i++)
        memcpy(all->data + i * b->len, b->data, (size_t)b->len);
    return adj_out(out, all);
}

static bool bytes_binary(AdjVM *vm, AdjBinary op, AdjVal a, AdjVal b, AdjVal *out)
{
    if (op == ADJ_B_MUL && is_bytes(a) && adj_is_int(b))
        return bytes_repeat(vm, bytes_of(a), b, out);
    if (op == ADJ_B_MUL && is_bytes(b) && adj_is_int(a))
        return bytes_repeat(vm, bytes_of(b), a, out);
    if (op == ADJ_B_ADD && is_bytes(a) && !is_bytes(b))
        return adj_raise(vm, ADJ_EXC_TypeError, "can't concat %s to bytes", adj_type_name(b));
    if (op != ADJ_B_ADD || !is_bytes(a) || !is_bytes(b)) return adj_out_notimpl(out);
    AdjBytes *x = bytes_of(a), *y = bytes_of(b);
    AdjBytes *sum = adj_bytes_new(vm, NULL, (size_t)(x->len + y->len));
    if (!sum) return false;
    memcpy(sum->data, x->data, (size_t)x->len);
    memcpy(sum->data + x->len, y->data, (size_t)y->len);
    return adj_out(out, sum);
}

static bool bytes_contains(AdjVM *vm, AdjVal self, AdjVal item, bool *out)
{
    AdjBytes *b = bytes_of(self);
    if (is_bytes(item)) {
        AdjBytes *part = bytes_of(item);
        *out = memmem(b->data, (size_t)b->len, part->data, (size_t)part->len) != NULL;
        return true;
    }
    int64_t i;
    if (!adj_is_int(item))
        return adj_raise(vm, ADJ_EXC_TypeError, "a bytes-like object is required, not '%s'",
                         adj_type_name(item));
    if (!adj_get_int(vm, item, &i)) return false;
    if (i < 0 || i > 255)
        return adj_raise(vm, ADJ_EXC_ValueError, "byte must be in range(0, 256)");
    *out = b->len && memchr(b->data, (int)i, (size_t)b->len) != NULL;
    return true;
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

static bool bytes_fromhex(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    if (!adj_str_need(vm, args[1], "fromhex() argument must be str")) return false;
    AdjStr *s = adj_as_str(args[1]);
    AdjBytes *b = adj_bytes_new(vm, NULL, (size_t)s->len / 2 + 1);
    if (!b) return false;
    int64_t n = 0, i = 0;
    unsigned value;
    while (i < s->len) {
        if (s->data[i] == ' ') {
            i++;
            continue;
        }
        bool two = isxdigit((unsigned char)s->data[i]) &&
                   isxdigit((unsigned char)s->data[i + 1]);
        if (!two) {
            adj_obj_drop(b);
            if (isxdigit((unsigned char)s->data[i])) i++;
            return adj_raise(vm, ADJ_EXC_ValueError,
                             "non-hexadecimal number found in fromhex() arg at position %lld",
                             (long long)i);
        }
        sscanf(s->data + i, "%2x", &value);
        b->data[n++] = (uint8_t)value;
        i += 2;
    }
    AdjBytes *whole = adj_bytes_new(vm, b->data, (size_t)n);
    adj_obj_drop(b);
    return adj_out(out, whole);
}

// ---- methods by those of str ----

// Bytes as the text whose characters they are; anything else as it is. A new reference.
static bool to_text(AdjVM *vm, AdjVal v, AdjVal *out)
{
    if (is_bytes(v)) {
        AdjText text = {0};
        AdjBytes *b = bytes_of(v);
        for (int64_t i = 0; i < b->len; i++) adj_text_fill(&text, b->data[i], 1);
        return adj_str_from_text(vm, &text, out);
    }
    if (adj_is_str(v))
        return adj_raise(vm, ADJ_EXC_TypeError, "a bytes-like object is required, not 'str'");
    if (!adj_is_list(v) && !adj_is_tuple(v)) return adj_out_keep(out, v);
    int64_t n = adj_is_list(v) ? adj_as_list(v)->len : adj_as_tuple(v)->len;
    AdjTuple *texts = adj_tuple_new(vm, n);
    for (int64_t i = 0; texts && i < n; i++) {
        AdjVal item = adj_is_list(v) ? adj_as_list(v)->items[i] : adj_as_tuple(v)->items[i];
        if (to_text(vm, item, &texts->items[i])) continue;
        texts->items[i] = ADJ_NONE;
        adj_obj_drop(texts);
        return false;
    }
    return adj_out(out, texts);
}

// Texts in [v], which is taken, as bytes again.
static bool from_text(AdjVM *vm, AdjVal v, AdjVal *out)
{
    if (adj_is_str(v)) {
        AdjVal args[] = {v, adj_obj_val(adj_str_new_c(vm, "latin-1"))};
        bool ok = !adj_is_undef(args[1]) && adj_str_do_encode(vm, args, 2, out);
        adj_val_drop(args[1]);
        adj_val_drop(v);
        return ok;
    }
    AdjVal *items = adj_is_list(v)    ? adj_as_list(v)->items
                    : adj_is_tuple(v) ? adj_as_tuple(v)->items
                                      : NULL;
    int64_t n = !items ? 0 : adj_is_list(v) ? adj_as_list(v)->len : adj_as_tuple(v)->len;
    for (int64_t i = 0; i < n; i++) {
        AdjVal item = items[i];
        items[i] = ADJ_NONE;
        if (from_text(vm, item, &items[i])) continue;
        items[i] = ADJ_NONE;
        adj_val_drop(v);
        return false;
    }
    *out = v;
    return true;
}

static bool by_str(AdjVM *vm, const char *name, AdjVal *args, int nargs, AdjVal *out)
{
    AdjVal texts[5], result;
    int n = 0;
    bool ok = nargs <= 5;
    while (ok && n < nargs && !adj_is_undef(args[n]))
        ok = to_text(vm, args[n], &texts[n]) && ++n;
    ok = ok && adj_vm_call_method(vm, texts[0], name, texts + 1, n - 1, &result);
    while (n > 0) adj_val_drop(texts[--n]);
    return ok && from_text(vm, result, out);
}

// Name and parameters.
#define BY_STR(X) \
    X(split, "(self, sep=None, maxsplit=-1)") X(rsplit, "(self, sep=None, maxsplit=-1)") \
    X(splitlines, "(self, keepends=False)") X(partition, "(self, sep, /)") \
    X(rpartition, "(self, sep, /)") X(join, "(self, iterable_of_bytes, /)") \
    X(replace, "(self, old, new, count=-1, /)") \
    X(find, "(self, sub, start=<unset>, end=<unset>, /)") \
    X(count, "(self, sub, start=<unset>, end=<unset>, /)") \
    X(rfind, "(self, sub, start=<unset>, end=<unset>, /)") \
    X(index, "(self, sub, start=<unset>, end=<unset>, /)") \
    X(startswith, "(self, prefix, start=<unset>, end=<unset>, /)") \
    X(endswith, "(self, suffix, start=<unset>, end=<unset>, /)") \
    X(strip, "(self, bytes=None, /)") X(lstrip, "(self, bytes=None, /)") \
    X(rstrip, "(self, bytes=None, /)") X(upper, "(self)") X(lower, "(self)") \
    X(title, "(self)") X(capitalize, "(self)") X(isalpha, "(self)") X(isdigit, "(self)") \
    X(isalnum, "(self)") X(isspace, "(self)") X(isupper, "(self)") X(islower, "(self)") \
    X(zfill, "(self, width, /)") X(ljust, "(self, width, fillbyte=<unset>, /)") \
    X(rjust, "(self, width, fillbyte=<unset>, /)") \
    X(center, "(self, width, fillbyte=<unset>, /)")
#define BY_STR_FUNCTION(name, parameters)                                                 \
    static bool bytes_##name(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)             \
    {                                                                                     \
        return by_str(vm, #name, args, nargs, out);                                       \
    }
BY_STR(BY_STR_FUNCTION)

// ---- the type ----

static bool bytes_of_list(AdjVM *vm, AdjVal iterable, AdjVal *out)
{
    AdjList *items = adj_list_of(vm, iterable);
    AdjBytes *b = items ? adj_bytes_new(vm, NULL, (size_t)items->len) : NULL;
    bool ok = b != NULL;
    for (int64_t i = 0, v; ok && i < items->len; i++) {
        ok = adj_get_int(vm, items->items[i], &v);
        if (ok && (v < 0 || v > 255))
            ok = adj_raise(vm, ADJ_EXC_ValueError, "bytes must be in range(0, 256)");
        if (ok) b->data[i] = (uint8_t)v;
    }
    adj_obj_drop(items);
    if (ok) return adj_out(out, b);
    adj_obj_drop(b);
    return false;
}

static bool bytes_new(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t n;
    if (adj_is_undef(args[1])) return adj_out(out, adj_bytes_new(vm, NULL, 0));
    if (adj_is_str(args[1])) {
        if (adj_is_undef(args[2]))
            return adj_raise(vm, ADJ_EXC_TypeError, "string argument without an encoding");
        return adj_str_do_encode(vm, args + 1, 2, out);
    }
    if (is_bytes(args[1])) return adj_out_keep(out, args[1]);
    if (!adj_is_int(args[1])) return bytes_of_list(vm, args[1], out);
    if (!adj_get_int(vm, args[1], &n)) return false;
    if (n < 0) return adj_raise(vm, ADJ_EXC_ValueError, "negative count");
    return adj_out(out, adj_bytes_new(vm, NULL, (size_t)n));
}

static const AdjNative bytes_methods[] = {
    {"decode", "(self, /, encoding='utf-8', errors='strict')", bytes_decode, "The text.", 0},
    {"hex", "(self, /)", bytes_hex, "Two hexadecimal digits for each byte.", 0},
    {"fromhex", "(cls, string, /)", bytes_fromhex, "The bytes of such digits.", ADJ_FN_CLASS},
#define BY_STR_ROW(name, parameters) \
    {#name, parameters, bytes_##name, "As of str.", 0},
    BY_STR(BY_STR_ROW)
    {0},
};

AdjType adj_type_bytes = {
    .name = "bytes",
    .flags = ADJ_TF_BYTES,
    .size = sizeof(AdjBytes),
    .doc = "An immutable sequence of bytes.",
    .methods = bytes_methods,
    .make = &(const AdjNative){"bytes", "(cls, source=<unset>, encoding=<unset>, errors=None)",
                               bytes_new, "Bytes from numbers, text, or a count of zeros.", 0},
    .repr = bytes_repr,
    .hash = bytes_hash,
    .compare = bytes_compare,
    .truth = bytes_truth,
    .contains = bytes_contains,
    .getitem = bytes_getitem,
    .len = bytes_len,
    .iter = bytes_iter,
    .binary = bytes_binary,
};
