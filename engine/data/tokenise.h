// SPDX-License-Identifier: Apache-2.0
// tokenise.h: the tokeniser, between tokenise.c (text to numbers and back), pairs.c (learning)
// and tokenise_file.c.
#pragma once
#include "core/internal.h"

enum { TOKEN_BYTES = 256 };

typedef struct TokenPair {
    int32_t first, second;
} TokenPair;

// From pairs to the number that stands for them: open addressing, never full.
typedef struct PairTable {
    TokenPair *key;
    int64_t *value;  // -1: free
    size_t capacity;
} PairTable;

struct AdjTokeniser {
    bool pairs;
    int64_t n;         // merges, or characters
    TokenPair *merge;  // token 256 + i
    int32_t *characters;
    PairTable known;  // a pair's place among the merges
    char **text;      // of token 256 + i
    size_t *text_length;
};

ADJ_HIDDEN AdjTokeniser *adj_tokeniser_new(bool pairs);
// Fills what follows from the merges. Takes [merge]; on failure all is released.
ADJ_HIDDEN AdjTokeniser *adj_tokeniser_from_merges(TokenPair *merge, int64_t n);
// The place of a pair, to read or to set; the table grows. NULL without memory.
ADJ_HIDDEN int64_t *adj_pair_place(PairTable *t, TokenPair key, size_t count);
ADJ_HIDDEN int64_t adj_pair_find(const PairTable *t, TokenPair key);
ADJ_HIDDEN void adj_pair_free(PairTable *t);
// The length of the piece that begins [text]: what merges never cross.
ADJ_HIDDEN size_t adj_text_piece(const char *text, size_t length);
