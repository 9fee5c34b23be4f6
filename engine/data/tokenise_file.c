// SPDX-License-Identifier: Apache-2.0
// tokenise_file.c: tokenisers as JSON, one object that says its type and what it learned.
#include <errno.h>
#include <stdlib.h>

#include "data/tokenise.h"
#include "io/json.h"

bool adj_tokeniser_save(const AdjTokeniser *t, const char *path)
{
    FILE *f = adj_error_kind() ? NULL : fopen(path, "wb");
    if (!f) return adj_fail(ADJ_E_FILE, "cannot write '%s': %s", path, strerror(errno));
    if (t->pairs) {
        fputs("{\"type\": \"bpe\", \"merges\": [", f);
        for (int64_t i = 0; i < t->n; i++)
            fprintf(f, "%s[%d, %d]", i ? ", " : "", t->merge[i].first, t->merge[i].second);
    } else {
        fputs("{\"type\": \"char\", \"characters\": [", f);
        for (int64_t i = 0; i < t->n; i++) fprintf(f, "%s%d", i ? ", " : "", t->characters[i]);
    }
    fputs("]}\n", f);
    if (fclose(f)) return adj_fail(ADJ_E_FILE, "cannot write '%s': %s", path, strerror(errno));
    return true;
}

typedef struct {
    int64_t *at;
    int64_t n, capacity;
} Numbers;

// The whole numbers of a list, those of lists inside it too, in order.
static bool read_numbers(AdjJson *j, Numbers *out)
{
    int depth = 0;
    do {
        while (adj_json_take(j, '[')) depth++;
        if (adj_json_take(j, ']')) {
            depth--;
        } else {
            if (out->n == out->capacity) {
                int64_t wanted = out->capacity ? 2 * out->capacity : 256;
                int64_t *bigger = realloc(out->at, (size_t)wanted * sizeof *bigger);
                if (!bigger) return adj_fail(ADJ_E_MEMORY, "tokeniser: no memory");
                out->at = bigger;
                out->capacity = wanted;
            }
            if (!adj_json_int(j, &out->at[out->n])) return false;
            out->n++;
        }
        adj_json_take(j, ',');
    } while (depth > 0 && depth < 3);
    return depth == 0;
}

// A merge may only use what was there before it.
static AdjTokeniser *from_pairs(const Numbers *n)
{
    TokenPair *merge = malloc((size_t)(n->n / 2 + 1) * sizeof *merge);
    if (!merge) return adj_fail(ADJ_E_MEMORY, "tokeniser: no memory");
    bool ok = n->n % 2 == 0;
    for (int64_t i = 0; ok && i < n->n; i++)
        ok = n->at[i] >= 0 && n->at[i] < TOKEN_BYTES + i / 2;
    for (int64_t i = 0; ok && i < n->n / 2; i++)
        merge[i] = (TokenPair){(int32_t)n->at[2 * i], (int32_t)n->at[2 * i + 1]};
    if (ok) return adj_tokeniser_from_merges(merge, n->n / 2);
    free(merge);
    return NULL;
}

static AdjTokeniser *from_characters(const Numbers *n)
{
    AdjTokeniser *t = adj_tokeniser_new(false);
    if (!t) return NULL;
    t->characters = malloc((size_t)(n->n + 1) * sizeof *t->characters);
    bool ok = t->characters != NULL;
    for (int64_t i = 0; ok && i < n->n; i++) {
        ok = n->at[i] >= 0 && n->at[i] <= 0x10ffff && (!i || n->at[i] > n->at[i - 1]);
        t->characters[t->n++] = (int32_t)n->at[i];
    }
    if (ok) return t;
    adj_tokeniser_free(t);
    return NULL;
}

static AdjTokeniser *parse(AdjJson *j)
{
    ADJ_SCOPE;
    Numbers n = {NULL, 0, 0};
    const char *type = NULL;
    bool ok = adj_json_expect(j, '{');
    while (ok && !adj_json_take(j, '}')) {
        const char *key = adj_json_string(j);
        ok = key && adj_json_expect(j, ':');
        if (ok && !strcmp(key, "type"))
            ok = (type = adj_json_string(j)) != NULL;
        else if (ok && (!strcmp(key, "merges") || !strcmp(key, "characters")))
            ok = read_numbers(j, &n);
        else if (ok)
            ok = adj_json_skip(j);
        adj_json_take(j, ',');
    }
    AdjTokeniser *t = NULL;
    if (ok && type && !strcmp(type, "bpe")) t = from_pairs(&n);
    if (ok && type && !strcmp(type, "char")) t = from_characters(&n);
    free(n.at);
    return t;
}

AdjTokeniser *adj_tokeniser_load(const char *path)
{
    FILE *f = adj_error_kind() ? NULL : fopen(path, "rb");
    if (!f) return adj_fail(ADJ_E_FILE, "cannot open '%s': %s", path, strerror(errno));
    char *text = NULL;
    size_t length = 0, n = 1;
    while (n) {
        char *bigger = realloc(text, length + 65536);
        if (!bigger) break;
        text = bigger;
        n = fread(text + length, 1, 65536, f);
        length += n;
    }
    fclose(f);
    AdjJson j = adj_json_make(text ? text : "", length);
    AdjTokeniser *t = parse(&j);
    free(text);
    if (t || adj_error_kind()) return t;
    return adj_fail(ADJ_E_VALUE, "'%s' is not a tokeniser's file", path);
}
