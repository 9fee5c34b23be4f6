// SPDX-License-Identifier: Apache-2.0
// Strings as objects: making, hashing, comparing, interning, and the growing buffer.
//
// Interned strings are kept in one open-addressed table without being counted by it: a string
// leaves the table when it dies. Names in code are interned, so that looking a name up is
// mostly a comparison of pointers.
//
// Invariant: no two strings marked interned hold equal text.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lang/types/str_utf8.h"
#include "lang/vm.h"

// ---- hash ----

static uint64_t mix(uint64_t a, uint64_t b)
{
    unsigned __int128 p = (unsigned __int128)a * b;
    return (uint64_t)p ^ (uint64_t)(p >> 64);
}

// Multiply and fold, eight bytes at a time (after Wang Yi's wyhash). Not keyed: programs may
// not depend on the order of sets of strings anyway, CPython shuffles it per run.
static uint64_t hash_bytes(const char *p, size_t len)
{
    uint64_t h = 0x9e3779b97f4a7c15u ^ len, word = 0;
    for (; len >= 8; p += 8, len -= 8) {
        memcpy(&word, p, 8);
        h = mix(h ^ word, 0xa0761d6478bd642fu);
    }
    word = 0;
    memcpy(&word, p, len);
    h = mix(h ^ word, 0xe7037ed1a0b428dbu);
    return h ? h : 1;
}

uint64_t adj_str_hash(AdjStr *s)
{
    if (!s->hash) s->hash = hash_bytes(s->data, (size_t)s->len);
    return s->hash;
}

bool adj_str_equal(const AdjStr *a, const AdjStr *b)
{
    if (a == b) return true;
    if (a->len != b->len || (a->interned && b->interned)) return false;
    if (a->hash && b->hash && a->hash != b->hash) return false;
    return memcmp(a->data, b->data, (size_t)a->len) == 0;
}

// ---- making ----

AdjStr *adj_str_alloc(AdjVM *vm, size_t len)
{
    if (len > (size_t)INT64_MAX / 4) return adj_raise_null(vm, ADJ_EXC_MemoryError, "%s", "");
    AdjStr *s = adj_obj_new_sized(vm, &adj_type_str, adj_str_bytes(len));
    if (!s) return NULL;
    s->len = (int64_t)len;
    s->chars = -1;
    s->data[len] = 0;
    return s;
}

AdjStr *adj_str_new(AdjVM *vm, const char *text, size_t len)
{
    AdjStr *s = adj_str_alloc(vm, len);
    if (s && len) memcpy(s->data, text, len);
    return s;
}

AdjStr *adj_str_new_c(AdjVM *vm, const char *text)
{
    return adj_str_new(vm, text, strlen(text));
}

AdjStr *adj_str_format(AdjVM *vm, const char *fmt, ...)
{
    char small[256];
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int len = vsnprintf(small, sizeof small, fmt, ap);
    va_end(ap);
    AdjStr *s = len < 0 ? NULL : adj_str_alloc(vm, (size_t)len);
    if (s && len < (int)sizeof small) memcpy(s->data, small, (size_t)len + 1);
    else if (s) vsnprintf(s->data, (size_t)len + 1, fmt, again);
    va_end(again);
    return s;
}

AdjStr *adj_str_concat(AdjVM *vm, AdjStr *a, AdjStr *b)
{
    AdjStr *s = adj_str_alloc(vm, (size_t)a->len + (size_t)b->len);
    if (!s) return NULL;
    memcpy(s->data, a->data, (size_t)a->len);
    memcpy(s->data + a->len, b->data, (size_t)b->len);
    if (a->chars == a->len && b->chars == b->len) s->chars = s->len;
    return s;
}

// s += t in a loop: the only reference to the left side is the variable, so it grows in place.
bool adj_str_append(AdjVM *vm, AdjVal *slot, AdjStr *more)
{
    AdjStr *s = adj_as_str(*slot);
    if (s->head.refs > 1 || s->interned || s == more) {
        AdjStr *joined = adj_str_concat(vm, s, more);
        if (!joined) return false;
        adj_val_set(slot, adj_obj_val(joined));
        return true;
    }
    size_t old_len = (size_t)s->len, len = old_len + (size_t)more->len;
    size_t old_bytes = adj_str_bytes(old_len), bytes = adj_str_bytes(len);
    if (bytes != old_bytes) {
        s = adj_lang_realloc(vm, s, old_bytes, bytes);
        if (!s) return false;
        slot->o = &s->head;
    }
    memcpy(s->data + old_len, more->data, (size_t)more->len);
    s->data[len] = 0;
    s->chars = s->chars == s->len && more->chars == more->len ? (int64_t)len : -1;
    s->len = (int64_t)len;
    s->hash = 0;
    return true;
}

int64_t adj_str_chars(AdjStr *s)
{
    if (s->chars < 0) s->chars = (int64_t)adj_utf8_length(s->data, (size_t)s->len);
    return s->chars;
}

bool adj_utf8_valid(const char *text, size_t len)
{
    size_t bad;
    return adj_utf8_check(text, len, &bad);
}

int adj_utf8_decode(const char *text, uint32_t *cp)
{
    const char *at = text;
    *cp = adj_utf8_take(&at);
    return (int)(at - text);
}

int adj_utf8_encode(uint32_t cp, char *text)
{
    return (int)adj_utf8_put(cp, text);
}

// ---- interning ----

static AdjStr **table;
static size_t table_cap, table_used;  // a power of two; used counts graves too
static AdjStr grave;

static AdjStr **place_of(const char *text, size_t len, uint64_t hash)
{
    AdjStr **free_place = NULL;
    for (size_t i = hash & (table_cap - 1);; i = (i + 1) & (table_cap - 1)) {
        AdjStr *s = table[i];
        if (!s) return free_place ? free_place : &table[i];
        if (s == &grave) {
            if (!free_place) free_place = &table[i];
        } else if (s->hash == hash && s->len == (int64_t)len &&
                   memcmp(s->data, text, len) == 0) {
            return &table[i];
        }
    }
}

static bool table_grow(void)
{
    AdjStr **old = table;
    size_t old_cap = table_cap, cap = table_cap ? table_cap * 2 : 4096;
    AdjStr **fresh = calloc(cap, sizeof *fresh);
    if (!fresh) return false;
    table = fresh;
    table_cap = cap;
    table_used = 0;
    for (size_t i = 0; i < old_cap; i++) {
        if (!old[i] || old[i] == &grave) continue;
        *place_of(old[i]->data, (size_t)old[i]->len, old[i]->hash) = old[i];
        table_used++;
    }
    free(old);
    return true;
}

AdjStr *adj_str_intern(AdjVM *vm, const char *text, size_t len)
{
    if (table_used * 2 >= table_cap && !table_grow()) {
        return adj_raise_null(vm, ADJ_EXC_MemoryError, "%s", "");
    }
    uint64_t hash = hash_bytes(text, len);
    AdjStr **place = place_of(text, len, hash);
    if (*place && *place != &grave) return adj_obj_keep(*place);
    AdjStr *s = adj_str_new(vm, text, len);
    if (!s) return NULL;
    if (!*place) table_used++;
    *place = s;
    s->hash = hash;
    s->interned = true;
    return s;
}

AdjStr *adj_str_intern_c(const char *text)
{
    return adj_str_intern(NULL, text, strlen(text));
}

// Called when an interned string dies.
void adj_str_forget(AdjStr *s)
{
    AdjStr **place = place_of(s->data, (size_t)s->len, s->hash);
    if (*place == s) *place = &grave;
}

// ---- growing text ----

bool adj_buf_add(AdjVM *vm, AdjBuf *b, const char *text, size_t len)
{
    if (b->len + len > b->cap) {
        size_t cap = b->cap ? b->cap * 2 : 64;
        while (cap < b->len + len) cap *= 2;
        char *data = adj_lang_realloc(vm, b->data, b->cap, cap);
        if (!data) return false;
        b->data = data;
        b->cap = cap;
    }
    if (len) memcpy(b->data + b->len, text, len);
    b->len += len;
    return true;
}

bool adj_buf_add_c(AdjVM *vm, AdjBuf *b, const char *text)
{
    return adj_buf_add(vm, b, text, strlen(text));
}

bool adj_buf_add_char(AdjVM *vm, AdjBuf *b, char c)
{
    return adj_buf_add(vm, b, &c, 1);
}

bool adj_buf_add_str(AdjVM *vm, AdjBuf *b, AdjVal str)
{
    return adj_buf_add(vm, b, adj_as_str(str)->data, (size_t)adj_as_str(str)->len);
}

bool adj_buf_printf(AdjVM *vm, AdjBuf *b, const char *fmt, ...)
{
    char small[512];
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int len = vsnprintf(small, sizeof small, fmt, ap);
    va_end(ap);
    bool ok = len >= 0;
    if (ok && len < (int)sizeof small) {
        ok = adj_buf_add(vm, b, small, (size_t)len);
    } else if (ok) {
        char *big = malloc((size_t)len + 1);
        ok = big && vsnprintf(big, (size_t)len + 1, fmt, again) == len &&
             adj_buf_add(vm, b, big, (size_t)len);
        free(big);
    }
    va_end(again);
    return ok;
}

bool adj_buf_add_repr(AdjVM *vm, AdjBuf *b, AdjVal v)
{
    AdjVal text;
    if (!adj_val_repr(vm, v, &text)) return false;
    bool ok = adj_buf_add_str(vm, b, text);
    adj_val_drop(text);
    return ok;
}

void adj_buf_free(AdjBuf *b)
{
    adj_lang_free(b->data, b->cap);
    *b = (AdjBuf){0};
}

bool adj_buf_str(AdjVM *vm, AdjBuf *b, AdjVal *out)
{
    AdjStr *s = adj_str_new(vm, b->data, b->len);
    adj_buf_free(b);
    return adj_out(out, s);
}
