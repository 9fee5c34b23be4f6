// SPDX-License-Identifier: Apache-2.0
// pairs.c: learning byte pairs from a text.
//
// A text has few different pieces and many of each, so pieces are counted once and each merge
// is looked for in the pieces that can have it: every pair keeps the list of pieces it was seen
// in, and its count follows the merges instead of being counted anew.
#include <stdlib.h>

#include "data/tokenise.h"

typedef struct {
    int32_t *token;
    int n;
    int64_t times;
} Piece;

typedef struct {
    TokenPair pair;
    int64_t count;
    int n, capacity;
    int *piece;  // where it was seen; may name a piece twice, or one that has it no longer
} Seen;

typedef struct {
    Piece *piece;
    Seen *seen;
    size_t n_pieces, piece_capacity, n_seen, seen_capacity;
    PairTable place;  // of a pair in [seen]
    char **key;       // the open-addressed table of pieces: their bytes
    size_t *key_length;
    int64_t *key_piece;
    size_t keys;
} Learner;

static bool no_memory(void)
{
    return adj_fail(ADJ_E_MEMORY, "tokeniser: no memory");
}

// ---------------------------------------------------------------- pieces

static size_t hash(const char *s, size_t n)
{
    uint64_t x = 1469598103934665603u;
    for (size_t i = 0; i < n; i++) x = (x ^ (unsigned char)s[i]) * 1099511628211u;
    return (size_t)x;
}

static bool grow_keys(Learner *l)
{
    size_t wanted = l->keys ? 2 * l->keys : 4096;
    const char **key = malloc(wanted * sizeof *key);
    size_t *length = malloc(wanted * sizeof *length);
    int64_t *piece = malloc(wanted * sizeof *piece);
    if (!key || !length || !piece) {
        free(key);
        free(length);
        free(piece);
        return no_memory();
    }
    for (size_t i = 0; i < wanted; i++) piece[i] = -1;
    for (size_t i = 0; i < l->keys; i++) {
        if (l->key_piece[i] < 0) continue;
        size_t at = hash(l->key[i], l->key_length[i]) & (wanted - 1);
        while (piece[at] >= 0) at = (at + 1) & (wanted - 1);
        key[at] = l->key[i];
        length[at] = l->key_length[i];
        piece[at] = l->key_piece[i];
    }
    free(l->key);
    free(l->key_length);
    free(l->key_piece);
    l->key = (char **)key;
    l->key_length = length;
    l->key_piece = piece;
    l->keys = wanted;
    return true;
}

static bool new_piece(Learner *l, const char *s, size_t n)
{
    if (l->n_pieces == l->piece_capacity) {
        size_t wanted = l->piece_capacity ? 2 * l->piece_capacity : 4096;
        Piece *bigger = realloc(l->piece, wanted * sizeof *bigger);
        if (!bigger) return no_memory();
        l->piece = bigger;
        l->piece_capacity = wanted;
    }
    int32_t *token = malloc((n + 1) * sizeof *token);
    if (!token) return no_memory();
    for (size_t i = 0; i < n; i++) token[i] = (unsigned char)s[i];
    l->piece[l->n_pieces++] = (Piece){token, (int)n, 0};
    return true;
}

static bool count_piece(Learner *l, const char *s, size_t n)
{
    if (2 * (l->n_pieces + 1) > l->keys && !grow_keys(l)) return false;
    size_t at = hash(s, n) & (l->keys - 1);
    while (l->key_piece[at] >= 0 && (l->key_length[at] != n || memcmp(l->key[at], s, n) != 0))
        at = (at + 1) & (l->keys - 1);
    if (l->key_piece[at] < 0) {
        if (!new_piece(l, s, n)) return false;
        l->key[at] = (char *)s;
        l->key_length[at] = n;
        l->key_piece[at] = (int64_t)l->n_pieces - 1;
    }
    l->piece[l->key_piece[at]].times++;
    return true;
}

// ---------------------------------------------------------------- pairs

static Seen *seen_of(Learner *l, TokenPair p)
{
    int64_t *place = adj_pair_place(&l->place, p, l->n_seen);
    if (!place) return NULL;
    if (*place >= 0) return &l->seen[*place];
    if (l->n_seen == l->seen_capacity) {
        size_t wanted = l->seen_capacity ? 2 * l->seen_capacity : 4096;
        Seen *bigger = realloc(l->seen, wanted * sizeof *bigger);
        if (!bigger) return adj_fail(ADJ_E_MEMORY, "tokeniser: no memory");
        l->seen = bigger;
        l->seen_capacity = wanted;
    }
    *place = (int64_t)l->n_seen;
    l->seen[l->n_seen] = (Seen){.pair = p};
    return &l->seen[l->n_seen++];
}

static bool add_pair(Learner *l, int piece, int at, int64_t times)
{
    const int32_t *token = l->piece[piece].token + at;
    Seen *s = seen_of(l, (TokenPair){token[0], token[1]});
    if (!s) return false;
    s->count += times;
    if (times < 0 || (s->n && s->piece[s->n - 1] == piece)) return true;
    if (s->n == s->capacity) {
        int wanted = s->capacity ? 2 * s->capacity : 4;
        int *bigger = realloc(s->piece, (size_t)wanted * sizeof *bigger);
        if (!bigger) return no_memory();
        s->piece = bigger;
        s->capacity = wanted;
    }
    s->piece[s->n++] = piece;
    return true;
}

static bool add_all(Learner *l, int piece, int sign)
{
    const Piece *p = &l->piece[piece];
    for (int i = 0; i + 1 < p->n; i++)
        if (!add_pair(l, piece, i, sign * p->times)) return false;
    return true;
}

static Seen *most_frequent(Learner *l)
{
    Seen *best = NULL;
    for (size_t i = 0; i < l->n_seen; i++) {
        Seen *s = &l->seen[i];
        if (s->count < 2 || (best && s->count < best->count)) continue;
        bool smaller =
            !best || s->count > best->count || s->pair.first < best->pair.first ||
            (s->pair.first == best->pair.first && s->pair.second < best->pair.second);
        if (smaller) best = s;
    }
    return best;
}

// ---------------------------------------------------------------- merging

static bool has_pair(const Piece *p, TokenPair pair)
{
    for (int i = 0; i + 1 < p->n; i++)
        if (p->token[i] == pair.first && p->token[i + 1] == pair.second) return true;
    return false;
}

static void replace(Piece *p, TokenPair pair, int32_t by)
{
    int to = 0;
    for (int i = 0; i < p->n; i++) {
        bool here = i + 1 < p->n && p->token[i] == pair.first && p->token[i + 1] == pair.second;
        p->token[to++] = here ? by : p->token[i];
        i += here;
    }
    p->n = to;
}

static bool merge(Learner *l, TokenPair pair, int32_t by)
{
    int64_t at = adj_pair_find(&l->place, pair);
    int n = l->seen[at].n, *list = l->seen[at].piece;
    l->seen[at].piece = NULL;
    l->seen[at].n = l->seen[at].capacity = 0;
    bool ok = true;
    for (int i = 0; ok && i < n; i++) {
        Piece *p = &l->piece[list[i]];
        if (!has_pair(p, pair)) continue;
        ok = add_all(l, list[i], -1);
        replace(p, pair, by);
        ok = ok && add_all(l, list[i], 1);
    }
    free(list);
    return ok;
}

static void learner_free(Learner *l)
{
    for (size_t i = 0; i < l->n_pieces; i++) free(l->piece[i].token);
    for (size_t i = 0; i < l->n_seen; i++) free(l->seen[i].piece);
    free(l->piece);
    free(l->seen);
    adj_pair_free(&l->place);
    free(l->key);
    free(l->key_length);
    free(l->key_piece);
}

static bool count_all(Learner *l, const char *text, size_t length)
{
    for (size_t at = 0; at < length;) {
        size_t n = adj_text_piece(text + at, length - at);
        if (!count_piece(l, text + at, n)) return false;
        at += n;
    }
    for (size_t i = 0; i < l->n_pieces; i++)
        if (!add_all(l, (int)i, 1)) return false;
    return true;
}

AdjTokeniser *adj_tokeniser_train(const char *text, size_t length, int64_t vocabulary)
{
    if (adj_error_kind()) return NULL;
    if (vocabulary < TOKEN_BYTES || vocabulary > INT32_MAX)
        return adj_fail(ADJ_E_VALUE,
                        "train: a vocabulary has the 256 bytes and merges, so at least 256 "
                        "tokens, got %lld",
                        (long long)vocabulary);
    Learner l = {0};
    int64_t wanted = vocabulary - TOKEN_BYTES, n = 0;
    TokenPair *merges = malloc((size_t)(wanted + 1) * sizeof *merges);
    bool ok = merges ? count_all(&l, text, length) : no_memory();
    for (Seen *best; ok && n < wanted && (best = most_frequent(&l)); n++) {
        merges[n] = best->pair;
        ok = merge(&l, merges[n], (int32_t)(TOKEN_BYTES + n));
    }
    learner_free(&l);
    if (ok) return adj_tokeniser_from_merges(merges, n);
    free(merges);
    return NULL;
}
