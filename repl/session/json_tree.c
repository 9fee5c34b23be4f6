// SPDX-License-Identifier: Apache-2.0
// json_tree.c: see json_tree.h. The grammar is that of RFC 8259; nesting is bounded so that a
// damaged file cannot use up the stack.
#include "session/json_tree.h"

#include "lang/value.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

// ---------------------------------------------------------------- reading

enum { DEPTH_MAX = 256 };

typedef struct {
    AdjArena *arena;
    const char *start, *at, *end;
    AdjJsonError *error;
    int depth;
} Reader;

static void *fail(Reader *r, const char *what)
{
    if (!r->error->what) *r->error = (AdjJsonError){(size_t)(r->at - r->start), what};
    return NULL;
}

static char next_sign(Reader *r)
{
    while (r->at < r->end &&
           (*r->at == ' ' || *r->at == '\n' || *r->at == '\t' || *r->at == '\r'))
        r->at++;
    return r->at < r->end ? *r->at : 0;
}

static AdjJsonNode *new_node(Reader *r, AdjJsonKind kind)
{
    AdjJsonNode *n = adj_json_new(r->arena, kind);
    return n ? n : fail(r, "there is not enough memory for it");
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool pass_escape(Reader *r)
{
    if (r->at + 1 < r->end && strchr("\"\\/bfnrt", r->at[1]) && r->at[1]) {
        r->at += 2;
        return true;
    }
    bool ok = r->end - r->at > 5 && r->at[1] == 'u';
    for (int i = 2; ok && i < 6; i++) ok = is_hex(r->at[i]);
    if (ok) r->at += 6;
    return ok || fail(r, "an escape in a string is none of JSON's");
}

// Passes over a string; *text is what stands between the quotes.
static bool pass_string(Reader *r, const char **text, size_t *length)
{
    *text = ++r->at;
    while (r->at < r->end && *r->at != '"') {
        if (*r->at == '\\') {
            if (!pass_escape(r)) return false;
        } else if ((unsigned char)*r->at < 0x20) {
            return fail(r, "a string goes on over the end of its line");
        } else {
            r->at++;
        }
    }
    if (r->at == r->end) return fail(r, "the file ends inside a string");
    *length = (size_t)(r->at++ - *text);
    return true;
}

static bool digits(Reader *r)
{
    const char *from = r->at;
    while (r->at < r->end && *r->at >= '0' && *r->at <= '9') r->at++;
    return r->at > from;
}

static bool pass_number(Reader *r)
{
    if (*r->at == '-') r->at++;
    bool zero = r->at < r->end && *r->at == '0', ok = digits(r) && (!zero || r->at[-1] == '0');
    if (ok && r->at < r->end && *r->at == '.') r->at++, ok = digits(r);
    if (ok && r->at < r->end && (*r->at | 32) == 'e') {
        r->at++;
        if (r->at < r->end && (*r->at == '+' || *r->at == '-')) r->at++;
        ok = digits(r);
    }
    return ok || fail(r, "a number is not whole");
}

static AdjJsonNode *read_value(Reader *r);

static AdjJsonNode *read_word(Reader *r)
{
    // NaN and Infinity are not JSON's, but Python writes them.
    static const struct {
        const char *word;
        AdjJsonKind kind;
    } words[] = {{"null", ADJ_JSON_NULL},       {"true", ADJ_JSON_TRUE},
                 {"false", ADJ_JSON_FALSE},     {"NaN", ADJ_JSON_NUMBER},
                 {"Infinity", ADJ_JSON_NUMBER}, {"-Infinity", ADJ_JSON_NUMBER}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t n = strlen(words[i].word);
        if ((size_t)(r->end - r->at) < n || memcmp(r->at, words[i].word, n)) continue;
        AdjJsonNode *node = new_node(r, words[i].kind);
        if (node) node->text = r->at, node->length = n;
        r->at += n;
        return node;
    }
    return fail(r, r->at == r->end ? "the file ends where a value should be"
                                   : "there is something that is no value");
}

static AdjJsonNode *read_scalar(Reader *r)
{
    const char *from = r->at, *inside;
    size_t length;
    AdjJsonNode *n;
    if (*from == '"') {
        n = pass_string(r, &inside, &length) ? new_node(r, ADJ_JSON_STRING) : NULL;
    } else if ((*from >= '0' && *from <= '9') ||
               (*from == '-' && r->end - from > 1 && from[1] != 'I')) {
        n = pass_number(r) ? new_node(r, ADJ_JSON_NUMBER) : NULL;
    } else {
        return read_word(r);
    }
    if (n) n->text = from, n->length = (size_t)(r->at - from);
    return n;
}

// One item of an array or one member of an object.
static AdjJsonNode *read_item(Reader *r, bool keyed)
{
    const char *key = NULL;
    size_t length = 0;
    if (keyed) {
        if (next_sign(r) != '"') return fail(r, "a name in quotes is missing");
        if (!pass_string(r, &key, &length)) return NULL;
        if (next_sign(r) != ':') return fail(r, "a colon is missing");
        r->at++;
    }
    AdjJsonNode *n = read_value(r);
    if (n) n->key = key, n->key_length = length;
    return n;
}

static AdjJsonNode *read_items(Reader *r, AdjJsonKind kind, char close)
{
    AdjJsonNode *n = new_node(r, kind);
    if (!n || ++r->depth > DEPTH_MAX) return n ? fail(r, "it is nested too deeply") : NULL;
    r->at++;
    if (next_sign(r) != close) {
        for (;;) {
            AdjJsonNode *item = read_item(r, kind == ADJ_JSON_OBJECT);
            if (!item || !adj_json_push(n, item)) return NULL;
            char c = next_sign(r);
            if (c == close) break;
            if (c != ',')
                return fail(r, r->at == r->end ? "the file ends in the middle"
                                               : "a comma or a closing bracket is missing");
            r->at++;
        }
    }
    r->at++;
    r->depth--;
    return n;
}

static AdjJsonNode *read_value(Reader *r)
{
    char c = next_sign(r);
    if (c == '{') return read_items(r, ADJ_JSON_OBJECT, '}');
    if (c == '[') return read_items(r, ADJ_JSON_ARRAY, ']');
    return read_scalar(r);
}

AdjJsonNode *adj_json_read(AdjArena *a, const char *text, size_t length, AdjJsonError *error)
{
    *error = (AdjJsonError){0};
    Reader r = {a, text, text, text + length, error, 0};
    if (length >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) r.at += 3;
    if (!adj_utf8_valid(text, length)) return fail(&r, "it is not UTF-8");
    AdjJsonNode *n = read_value(&r);
    if (n && next_sign(&r)) return fail(&r, "something follows behind its end");
    return n;
}

// ---------------------------------------------------------------- writing

static void indent(FILE *f, int depth)
{
    fputc('\n', f);
    for (int i = 0; i < depth; i++) fputc(' ', f);
}

static void write_node(const AdjJsonNode *n, FILE *f, int depth)
{
    if (n->kind < ADJ_JSON_ARRAY) {
        fwrite(n->text, 1, n->length, f);
        return;
    }
    fputc(n->kind == ADJ_JSON_ARRAY ? '[' : '{', f);
    for (const AdjJsonNode *i = n->first; i; i = i->next) {
        indent(f, depth + 1);
        if (i->key) {
            fputc('"', f);
            fwrite(i->key, 1, i->key_length, f);
            fputs("\": ", f);
        }
        write_node(i, f, depth + 1);
        if (i->next) fputc(',', f);
    }
    if (n->first) indent(f, depth);
    fputc(n->kind == ADJ_JSON_ARRAY ? ']' : '}', f);
}

bool adj_json_write(const AdjJsonNode *n, FILE *f)
{
    write_node(n, f, 0);
    fputc('\n', f);
    return !ferror(f);
}

// ---------------------------------------------------------------- asking

AdjJsonNode *adj_json_get(const AdjJsonNode *n, const char *key)
{
    size_t length = strlen(key);
    AdjJsonNode *found = NULL;
    if (!n || n->kind != ADJ_JSON_OBJECT) return NULL;
    for (AdjJsonNode *i = n->first; i; i = i->next)
        if (i->key_length == length && !memcmp(i->key, key, length)) found = i;
    return found;
}

bool adj_json_is(const AdjJsonNode *n, const char *text)
{
    size_t length = strlen(text);
    return n && n->kind == ADJ_JSON_STRING && n->length == length + 2 &&
           !memcmp(n->text + 1, text, length);
}

static uint32_t four_hex(const char *p)
{
    uint32_t v = 0;
    for (int i = 0; i < 4; i++)
        v = v << 4 | (uint32_t)(p[i] <= '9' ? p[i] - '0' : (p[i] | 32) - 'a' + 10);
    return v;
}

// The character behind \u at [*p], which is moved behind it; two halves make one.
static uint32_t unescape(const char **p, const char *end)
{
    uint32_t c = four_hex(*p);
    *p += 4;
    if (c >= 0xd800 && c < 0xdc00 && end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u') {
        uint32_t low = four_hex(*p + 2);
        if (low >= 0xdc00 && low < 0xe000) {
            *p += 6;
            return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        }
    }
    return c >= 0xd800 && c < 0xe000 ? 0xfffd : c;
}

// Decodes the string [n] to [to], which has room for its spelling; the bytes written.
static size_t decode(const AdjJsonNode *n, char *to)
{
    static const char from[] = "bfnrt", plain[] = "\b\f\n\r\t";
    char *start = to;
    for (const char *p = n->text + 1, *end = n->text + n->length - 1; p < end;) {
        if (*p != '\\') {
            *to++ = *p++;
            continue;
        }
        char c = p[1];
        p += 2;
        const char *known = strchr(from, c);
        if (c == 'u')
            to += adj_utf8_encode(unescape(&p, end), to);
        else
            *to++ = known ? plain[known - from] : c;
    }
    return (size_t)(to - start);
}

char *adj_json_text(const AdjJsonNode *n, size_t *length)
{
    if (!n || (n->kind != ADJ_JSON_STRING && n->kind != ADJ_JSON_ARRAY)) return NULL;
    size_t room = n->kind == ADJ_JSON_STRING ? n->length : 0;
    for (const AdjJsonNode *i = n->first; i; i = i->next) {
        if (i->kind != ADJ_JSON_STRING) return NULL;
        room += i->length;
    }
    char *text = malloc(room + 1);
    if (!text) return NULL;
    *length = n->kind == ADJ_JSON_STRING ? decode(n, text) : 0;
    for (const AdjJsonNode *i = n->first; i; i = i->next) *length += decode(i, text + *length);
    text[*length] = 0;
    return text;
}

bool adj_json_int_of(const AdjJsonNode *n, int64_t *out)
{
    if (!n || n->kind != ADJ_JSON_NUMBER || n->length > 18) return false;
    char digits_of[20];
    memcpy(digits_of, n->text, n->length);
    digits_of[n->length] = 0;
    char *end;
    *out = strtoll(digits_of, &end, 10);
    return !*end;
}

// ---------------------------------------------------------------- making

AdjJsonNode *adj_json_new(AdjArena *a, AdjJsonKind kind)
{
    static const char *const words[] = {"null", "false", "true"};
    AdjJsonNode *n = adj_arena_alloc(a, sizeof *n);
    if (!n) return NULL;
    n->kind = kind;
    if (kind <= ADJ_JSON_TRUE) n->text = words[kind], n->length = strlen(words[kind]);
    return n;
}

AdjJsonNode *adj_json_new_int(AdjArena *a, int64_t i)
{
    AdjJsonNode *n = adj_json_new(a, ADJ_JSON_NUMBER);
    char *text = n ? adj_arena_alloc(a, 24) : NULL;
    if (!text) return NULL;
    n->length = (size_t)snprintf(text, 24, "%" PRId64, i);
    n->text = text;
    return n;
}

// Spells [c] as Python's json does without ensure_ascii; the bytes written, 6 at most.
static size_t spell(unsigned char c, char *to)
{
    static const char from[] = "\"\\\b\f\n\r\t", names[] = "\"\\bfnrt";
    const char *known = c ? strchr(from, c) : NULL;
    if (known) {
        to[0] = '\\';
        to[1] = names[known - from];
        return 2;
    }
    if (c < 0x20) return (size_t)sprintf(to, "\\u%04x", c);
    *to = (char)c;
    return 1;
}

AdjJsonNode *adj_json_new_string(AdjArena *a, const char *text, size_t length)
{
    AdjJsonNode *n = adj_json_new(a, ADJ_JSON_STRING);
    size_t room = 3;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        room += c >= 0x20 && c != '"' && c != '\\' ? 1 : 7;
    }
    char *to = n ? adj_arena_alloc(a, room) : NULL;
    if (!to) return NULL;
    n->text = to;
    *to++ = '"';
    for (size_t i = 0; i < length; i++) to += spell((unsigned char)text[i], to);
    *to++ = '"';
    n->length = (size_t)(to - n->text);
    return n;
}

AdjJsonNode *adj_json_new_lines(AdjArena *a, const char *text, size_t length)
{
    AdjJsonNode *lines = adj_json_new(a, ADJ_JSON_ARRAY);
    for (size_t i = 0; lines && i < length;) {
        const char *end = memchr(text + i, '\n', length - i);
        size_t n = end ? (size_t)(end - text) + 1 - i : length - i;
        if (!adj_json_push(lines, adj_json_new_string(a, text + i, n))) return NULL;
        i += n;
    }
    return lines;
}

bool adj_json_push(AdjJsonNode *array, AdjJsonNode *value)
{
    if (!array || !value) return false;
    if (array->last)
        array->last->next = value;
    else
        array->first = value;
    array->last = value;
    array->count++;
    return true;
}

static bool name_it(AdjArena *a, AdjJsonNode *value, const char *key)
{
    size_t length = strlen(key);
    char *copy = value ? adj_arena_alloc(a, length + 1) : NULL;
    if (!copy) return false;
    value->key = memcpy(copy, key, length + 1);
    value->key_length = length;
    return true;
}

bool adj_json_set(AdjArena *a, AdjJsonNode *object, const char *key, AdjJsonNode *value)
{
    if (!object || !value || !name_it(a, value, key)) return false;
    AdjJsonNode *old = adj_json_get(object, key), *before = object->first;
    if (!old) return adj_json_push(object, value);
    value->next = old->next;
    while (before != old && before->next != old) before = before->next;
    if (before == old)
        object->first = value;
    else
        before->next = value;
    if (object->last == old) object->last = value;
    return true;
}

bool adj_json_insert(AdjArena *a, AdjJsonNode *object, const char *after, const char *key,
                     AdjJsonNode *value)
{
    if (!object || !value || !name_it(a, value, key)) return false;
    AdjJsonNode *at = adj_json_get(object, after);
    if (!at || at == object->last) return adj_json_push(object, value);
    value->next = at->next;
    at->next = value;
    object->count++;
    return true;
}
