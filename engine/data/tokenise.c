// SPDX-License-Identifier: Apache-2.0
// tokenise.c: text to numbers and back, by characters or by byte pairs.
//
// A byte-pair encoding (Gage 1994; Sennrich, Haddow and Birch 2016) of a piece of text begins
// with its bytes and merges, again and again, the pair that was learned first. Pieces are cut
// as GPT-2 cuts them, on bytes: a word with the space before it, a number likewise, a run of
// other signs likewise, white space; bytes from 128 on count as letters, so words of other
// scripts stay whole.
#include "data/tokenise.h"

#include <stdlib.h>

// ---------------------------------------------------------------- tables of pairs

static size_t hash(TokenPair p)
{
    uint64_t x = (uint64_t)(uint32_t)p.first << 32 | (uint32_t)p.second;
    x *= 0x9e3779b97f4a7c15u;
    return (size_t)(x ^ x >> 29);
}

static size_t slot(const PairTable *t, TokenPair key)
{
    size_t i = hash(key) & (t->capacity - 1);
    while (t->value[i] != -1 &&
           (t->key[i].first != key.first || t->key[i].second != key.second))
        i = (i + 1) & (t->capacity - 1);
    return i;
}

static bool rehash(PairTable *t, size_t capacity)
{
    PairTable bigger = {malloc(capacity * sizeof *t->key), malloc(capacity * sizeof *t->value),
                        capacity};
    if (!bigger.key || !bigger.value) {
        adj_pair_free(&bigger);
        return adj_fail(ADJ_E_MEMORY, "tokeniser: no memory");
    }
    for (size_t i = 0; i < capacity; i++) bigger.value[i] = -1;
    for (size_t i = 0; i < t->capacity; i++) {
        if (t->value[i] == -1) continue;
        size_t at = slot(&bigger, t->key[i]);
        bigger.key[at] = t->key[i];
        bigger.value[at] = t->value[i];
    }
    adj_pair_free(t);
    *t = bigger;
    return true;
}

int64_t *adj_pair_place(PairTable *t, TokenPair key, size_t count)
{
    if (2 * (count + 1) > t->capacity && !rehash(t, t->capacity ? 2 * t->capacity : 1024))
        return NULL;
    size_t i = slot(t, key);
    t->key[i] = key;
    return &t->value[i];
}

int64_t adj_pair_find(const PairTable *t, TokenPair key)
{
    return t->capacity ? t->value[slot(t, key)] : -1;
}

void adj_pair_free(PairTable *t)
{
    free(t->key);
    free(t->value);
    *t = (PairTable){NULL, NULL, 0};
}

// ---------------------------------------------------------------- making and releasing

AdjTokeniser *adj_tokeniser_new(bool pairs)
{
    AdjTokeniser *t = calloc(1, sizeof *t);
    if (!t) return adj_fail(ADJ_E_MEMORY, "tokeniser: no memory");
    t->pairs = pairs;
    return t;
}

void adj_tokeniser_free(AdjTokeniser *t)
{
    if (!t) return;
    for (int64_t i = 0; t->text && i < t->n; i++) free(t->text[i]);
    free(t->text);
    free(t->text_length);
    free(t->merge);
    free(t->characters);
    adj_pair_free(&t->known);
    free(t);
}

int64_t adj_tokeniser_size(const AdjTokeniser *t)
{
    return t->pairs ? TOKEN_BYTES + t->n : t->n;
}

bool adj_tokeniser_is_pairs(const AdjTokeniser *t)
{
    return t->pairs;
}

// The bytes that [token] stands for.
static const char *token_text(const AdjTokeniser *t, int32_t token, char *one, size_t *length)
{
    if (token < TOKEN_BYTES) {
        *one = (char)token;
        *length = 1;
        return one;
    }
    *length = t->text_length[token - TOKEN_BYTES];
    return t->text[token - TOKEN_BYTES];
}

static bool fill_text(AdjTokeniser *t, int64_t i)
{
    char a, b;
    size_t n, m;
    const char *first = token_text(t, t->merge[i].first, &a, &n);
    const char *second = token_text(t, t->merge[i].second, &b, &m);
    char *both = malloc(n + m + 1);
    int64_t *place = adj_pair_place(&t->known, t->merge[i], (size_t)i);
    if (!both || !place) {
        free(both);
        return false;
    }
    memcpy(both, first, n);
    memcpy(both + n, second, m);
    *place = i;
    t->text[i] = both;
    t->text_length[i] = n + m;
    return true;
}

AdjTokeniser *adj_tokeniser_from_merges(TokenPair *merge, int64_t n)
{
    AdjTokeniser *t = adj_tokeniser_new(true);
    if (!t) {
        free(merge);
        return NULL;
    }
    t->merge = merge;
    t->n = n;
    t->text = calloc((size_t)n + 1, sizeof *t->text);
    t->text_length = calloc((size_t)n + 1, sizeof *t->text_length);
    bool ok = t->text && t->text_length;
    for (int64_t i = 0; ok && i < n; i++) ok = fill_text(t, i);
    if (ok) return t;
    adj_tokeniser_free(t);
    return adj_fail(ADJ_E_MEMORY, "tokeniser: no memory");
}

// ---------------------------------------------------------------- pieces

typedef enum { LETTER, DIGIT, SPACE, OTHER } Class;

static Class class_of(unsigned char c)
{
    if (c >= 128 || ((c | 32) >= 'a' && (c | 32) <= 'z')) return LETTER;
    if (c >= '0' && c <= '9') return DIGIT;
    return c == ' ' || (c >= '\t' && c <= '\r') ? SPACE : OTHER;
}

// Runs end after 256 bytes, so that no piece takes longer than its length allows.
static size_t run(const char *s, size_t length, Class c)
{
    size_t n = 0;
    while (n < length && n < 256 && class_of((unsigned char)s[n]) == c) n++;
    return n;
}

// 's, 't, 'm, 'd, 'll, 've and 're stand alone, as GPT-2 has them.
static size_t contraction(const char *s, size_t length)
{
    static const char *const ends[] = {"'s", "'t", "'m", "'d", "'ll", "'ve", "'re"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t n = strlen(ends[i]);
        if (n <= length && !memcmp(s, ends[i], n)) return n;
    }
    return 0;
}

// White space gives its last space to the word behind it.
size_t adj_text_piece(const char *s, size_t length)
{
    size_t n = contraction(s, length);
    if (n) return n;
    size_t space = *s == ' ' && length > 1;
    Class c = class_of((unsigned char)s[space]);
    if (c != SPACE) return space + run(s + space, length - space, c);
    n = run(s, length, SPACE);
    return n < length && n > 1 ? n - 1 : n;
}

// ---------------------------------------------------------------- encoding

typedef struct {
    int64_t *at;
    size_t n, capacity;
} Numbers;

static bool push(Numbers *out, int64_t token)
{
    if (out->n == out->capacity) {
        size_t wanted = out->capacity ? 2 * out->capacity : 256;
        int64_t *bigger = realloc(out->at, wanted * sizeof *bigger);
        if (!bigger) return adj_fail(ADJ_E_MEMORY, "tokeniser: no memory");
        out->at = bigger;
        out->capacity = wanted;
    }
    out->at[out->n++] = token;
    return true;
}

// Merges the tokens from [start] on in place, the pair learned first before all others.
static void merge_piece(const AdjTokeniser *t, Numbers *out, size_t start)
{
    for (;;) {
        int64_t best = INT64_MAX;
        for (size_t i = start; i + 1 < out->n; i++) {
            TokenPair p = {(int32_t)out->at[i], (int32_t)out->at[i + 1]};
            int64_t rank = adj_pair_find(&t->known, p);
            if (rank >= 0 && rank < best) best = rank;
        }
        if (best == INT64_MAX) return;
        size_t to = start;
        for (size_t i = start; i < out->n; i++) {
            bool here = i + 1 < out->n && out->at[i] == t->merge[best].first &&
                        out->at[i + 1] == t->merge[best].second;
            out->at[to++] = here ? TOKEN_BYTES + best : out->at[i];
            i += here;
        }
        out->n = to;
    }
}

static bool encode_pairs(const AdjTokeniser *t, const char *s, size_t length, Numbers *out)
{
    while (length) {
        size_t n = adj_text_piece(s, length), start = out->n;
        for (size_t i = 0; i < n; i++)
            if (!push(out, (unsigned char)s[i])) return false;
        merge_piece(t, out, start);
        s += n;
        length -= n;
    }
    return true;
}

// One code point of UTF-8; *n says how many bytes it took, 0 for what is none.
static int32_t code_point(const unsigned char *s, size_t length, size_t *n)
{
    size_t more = *s < 0x80 ? 0 : *s >= 0xf0 ? 3 : *s >= 0xe0 ? 2 : 1;
    int32_t c = more == 0 ? *s : *s & (0x3f >> more);
    bool ok = (*s < 0x80 || *s >= 0xc2) && *s < 0xf5 && more < length;
    for (size_t i = 1; ok && i <= more; i++) {
        ok = (s[i] & 0xc0) == 0x80;
        c = c << 6 | (s[i] & 0x3f);
    }
    *n = ok ? more + 1 : 0;
    return c;
}

static int64_t find_character(const AdjTokeniser *t, int32_t c)
{
    int64_t low = 0, high = t->n;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (t->characters[middle] < c)
            low = middle + 1;
        else
            high = middle;
    }
    return low < t->n && t->characters[low] == c ? low : -1;
}

static bool encode_characters(const AdjTokeniser *t, const char *s, size_t length, Numbers *out)
{
    while (length) {
        size_t n;
        int32_t c = code_point((const unsigned char *)s, length, &n);
        if (!n) return adj_fail(ADJ_E_VALUE, "encode: the text is not UTF-8");
        int64_t token = find_character(t, c);
        if (token < 0)
            return adj_fail(ADJ_E_KEY,
                            "encode: the character '%.*s' (U+%04X) is not among the %lld known",
                            (int)n, s, (unsigned)c, (long long)t->n);
        if (!push(out, token)) return false;
        s += n;
        length -= n;
    }
    return true;
}

AdjTensor *adj_tokeniser_encode(const AdjTokeniser *t, const char *text, size_t length)
{
    if (!t || adj_error_kind()) return NULL;
    Numbers out = {NULL, 0, 0};
    bool ok = t->pairs ? encode_pairs(t, text, length, &out)
                       : encode_characters(t, text, length, &out);
    AdjTensor *result = ok ? adj_from(out.at, ADJ_SHAPE((int64_t)out.n), ADJ_I64) : NULL;
    free(out.at);
    return result;
}

// ---------------------------------------------------------------- decoding

static size_t put_code_point(int32_t c, char *s)
{
    if (c < 0x80) {
        *s = (char)c;
        return 1;
    }
    size_t more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    *s = (char)(0xff << (7 - more) | c >> (6 * (int)more));
    for (size_t i = 1; i <= more; i++)
        s[i] = (char)(0x80 | (c >> (6 * (int)(more - i)) & 0x3f));
    return more + 1;
}

char *adj_tokeniser_decode(const AdjTokeniser *t, const int64_t *tokens, int64_t count,
                           size_t *length)
{
    char *text = NULL;
    FILE *f = adj_error_kind() ? NULL : open_memstream(&text, length);
    if (!f) return adj_fail(ADJ_E_MEMORY, "decode: no memory");
    bool ok = true;
    for (int64_t i = 0; ok && i < count; i++) {
        char one[8];
        size_t n;
        ok = tokens[i] >= 0 && tokens[i] < adj_tokeniser_size(t);
        if (!ok) {
            adj_fail(ADJ_E_INDEX, "decode: token %lld is not between 0 and %lld",
                     (long long)tokens[i], (long long)adj_tokeniser_size(t) - 1);
        } else if (t->pairs) {
            const char *s = token_text(t, (int32_t)tokens[i], one, &n);
            fwrite(s, 1, n, f);
        } else {
            fwrite(one, 1, put_code_point(t->characters[tokens[i]], one), f);
        }
    }
    if (fclose(f)) ok = adj_fail(ADJ_E_MEMORY, "decode: no memory");
    if (ok) return text;
    free(text);
    return NULL;
}

// ---------------------------------------------------------------- characters

static int by_number(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

AdjTokeniser *adj_tokeniser_of_characters(const char *text, size_t length)
{
    AdjTokeniser *t = adj_error_kind() ? NULL : adj_tokeniser_new(false);
    if (!t) return NULL;
    t->characters = malloc((length + 1) * sizeof *t->characters);
    size_t n = 0, count = 0;
    for (size_t at = 0; t->characters && at < length; at += n) {
        t->characters[count++] = code_point((const unsigned char *)text + at, length - at, &n);
        if (n) continue;
        adj_tokeniser_free(t);
        return adj_fail(ADJ_E_VALUE, "tokeniser: the text is not UTF-8");
    }
    if (!t->characters) {
        adj_tokeniser_free(t);
        return adj_fail(ADJ_E_MEMORY, "tokeniser: no memory");
    }
    qsort(t->characters, count, sizeof *t->characters, by_number);
    for (size_t i = 0; i < count; i++)
        if (!t->n || t->characters[t->n - 1] != t->characters[i])
            t->characters[t->n++] = t->characters[i];
    return t;
}
