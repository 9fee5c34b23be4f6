// SPDX-License-Identifier: Apache-2.0
//
// Scores are small whole numbers, so what was found is ordered by counting; equal scores stay
// in the order in which the entries came.

#include "sight/search.h"

#include <glib.h>
#include <string.h>

enum { WORDS = 8, SCORES = 512, START = 60, WORD = 45, INSIDE = 30, DETAIL = 14, GAPS = 16 };

typedef struct {
    uint32_t title, title_length, detail, detail_length;  // places in the block
    uint64_t title_mask, mask;                            // letters of the title, of both
    uint8_t rank;
} Entry;

struct AdjUiSearch {
    GArray *entries;
    GString *block;
    char *query;       // what was searched last, folded; NULL: nothing
    int32_t searched;  // entries that were there then
    GArray *found;     // of int32_t, in order
    GArray *matched;   // the same in the order of the entries
    GArray *scores;    // of those
};

// A bit for each letter and digit; other characters share the rest.
static uint64_t mask_of(const char *text, size_t n)
{
    uint64_t mask = 0;
    for (size_t i = 0; i < n; i++) mask |= 1ULL << ((unsigned char)text[i] & 63);
    return mask;
}

AdjUiSearch *adj_ui_search_new(void)
{
    AdjUiSearch *s = g_new0(AdjUiSearch, 1);
    s->entries = g_array_new(FALSE, FALSE, sizeof(Entry));
    s->block = g_string_new(NULL);
    s->found = g_array_new(FALSE, FALSE, sizeof(int32_t));
    s->matched = g_array_new(FALSE, FALSE, sizeof(int32_t));
    s->scores = g_array_new(FALSE, FALSE, sizeof(int32_t));
    return s;
}

void adj_ui_search_free(AdjUiSearch *s)
{
    if (!s) return;
    g_array_unref(s->entries);
    g_array_unref(s->found);
    g_array_unref(s->matched);
    g_array_unref(s->scores);
    g_string_free(s->block, TRUE);
    g_free(s->query);
    g_free(s);
}

static void append(AdjUiSearch *s, const char *text, uint32_t *at, uint32_t *length)
{
    g_autofree char *folded = g_utf8_casefold(text, -1);
    *at = (uint32_t)s->block->len;
    g_string_append(s->block, folded);
    *length = (uint32_t)s->block->len - *at;
}

void adj_ui_search_add(AdjUiSearch *s, const char *title, const char *detail, int rank)
{
    Entry e = {.rank = (uint8_t)CLAMP(rank, 0, 15)};
    append(s, title, &e.title, &e.title_length);
    append(s, detail, &e.detail, &e.detail_length);
    e.title_mask = mask_of(s->block->str + e.title, e.title_length);
    e.mask = e.title_mask | mask_of(s->block->str + e.detail, e.detail_length);
    g_array_append_val(s->entries, e);
}

int32_t adj_ui_search_count(const AdjUiSearch *s)
{
    return (int32_t)s->entries->len;
}

// -- one word -----------------------------------------------------------------------------

typedef struct {
    const char *text;
    size_t length;
    uint64_t mask;
} Word;

static gboolean begins_word(const char *text, const char *at)
{
    return at == text || !g_ascii_isalnum(at[-1]);
}

// The best place of the word in a text: at its start, at a word's start, inside.
static int place_score(const char *text, size_t n, const Word *w)
{
    int best = 0;
    const char *at = text, *end = text + n;
    while ((at = memmem(at, (size_t)(end - at), w->text, w->length))) {
        if (at == text) return START + (w->length == n ? 10 : 0);
        if (begins_word(text, at)) return WORD;
        best = INSIDE;
        at++;
    }
    return best;
}

// The letters in order with gaps: the fewer gaps, and the more of the pieces begin words, the
// better. The first letter has to begin a word: what one types are initials.
static int gap_score(const char *text, size_t n, const Word *w)
{
    int score = GAPS;
    size_t k = 0;
    gboolean run = FALSE;
    for (size_t i = 0; i < n && k < w->length; i++) {
        gboolean same = text[i] == w->text[k] && (run || k || begins_word(text, text + i));
        if (same && k && !run && !begins_word(text, text + i)) score -= 3;
        if (same) k++;
        run = same;
    }
    return k == w->length && score > 0 ? score : 0;
}

static int word_score(const AdjUiSearch *s, const Entry *e, const Word *w)
{
    if ((w->mask & ~e->mask) != 0) return 0;
    const char *title = s->block->str + e->title, *detail = s->block->str + e->detail;
    if ((w->mask & ~e->title_mask) == 0) {
        int score = place_score(title, e->title_length, w);
        if (score) return score;
    }
    if (memmem(detail, e->detail_length, w->text, w->length)) return DETAIL;
    return (w->mask & ~e->title_mask) == 0 ? gap_score(title, e->title_length, w) : 0;
}

// 0: it does not match. Short titles win over long ones, good ranks over bad.
static int score_of(const AdjUiSearch *s, const Entry *e, const Word *words, int count)
{
    int sum = 0;
    for (int i = 0; i < count; i++) {
        int score = word_score(s, e, &words[i]);
        if (!score) return 0;
        sum += score;
    }
    int length = (int)MIN(e->title_length / 4, 15u);
    return CLAMP(sum / MAX(count, 1) * 4 + 2 * (15 - e->rank) + 15 - length, 1, SCORES - 1);
}

static int split(const char *query, Word *words)
{
    int n = 0;
    for (const char *p = query; *p && n < WORDS;) {
        p += strspn(p, " ");
        size_t length = strcspn(p, " ");
        if (length) words[n++] = (Word){p, length, mask_of(p, length)};
        p += length;
    }
    return n;
}

// -- all ----------------------------------------------------------------------------------

// Orders what matched by score, the highest first, without a comparison.
static void order(AdjUiSearch *s)
{
    int32_t at[SCORES + 1] = {0};
    guint n = s->matched->len;
    const int32_t *scores = (const int32_t *)(void *)s->scores->data;
    const int32_t *matched = (const int32_t *)(void *)s->matched->data;
    g_array_set_size(s->found, n);
    int32_t *found = (int32_t *)(void *)s->found->data;
    for (guint i = 0; i < n; i++) at[SCORES - scores[i]]++;
    for (int k = 1; k <= SCORES; k++) at[k] += at[k - 1];
    for (guint i = n; i--;) found[--at[SCORES - scores[i]]] = matched[i];
}

static void consider(AdjUiSearch *s, int32_t i, const Word *words, int count)
{
    int32_t score = score_of(s, &g_array_index(s->entries, Entry, i), words, count);
    if (!score) return;
    g_array_append_val(s->matched, i);
    g_array_append_val(s->scores, score);
}

int32_t adj_ui_search_find(AdjUiSearch *s, const char *query)
{
    Word words[WORDS];
    g_autofree char *folded = g_utf8_casefold(query, -1);
    int count = split(folded, words);
    gboolean narrower = s->query && g_str_has_prefix(folded, s->query);
    g_autoptr(GArray) before =
        narrower ? g_array_ref(s->matched) : g_array_new(FALSE, FALSE, sizeof(int32_t));
    g_array_unref(s->matched);
    s->matched = g_array_new(FALSE, FALSE, sizeof(int32_t));
    g_array_set_size(s->scores, 0);
    for (guint i = 0; i < before->len; i++)
        consider(s, g_array_index(before, int32_t, i), words, count);
    for (int32_t i = narrower ? s->searched : 0; i < adj_ui_search_count(s); i++)
        consider(s, i, words, count);
    s->searched = adj_ui_search_count(s);
    g_free(s->query);
    s->query = g_steal_pointer(&folded);
    order(s);
    return (int32_t)s->found->len;
}

int32_t adj_ui_search_found(const AdjUiSearch *s, int32_t i)
{
    return g_array_index(s->found, int32_t, i);
}
