// SPDX-License-Identifier: Apache-2.0
// Code points: their classes, their case images and their bytes. The two tables are generated
// (str_tables.py) and searched by bisection; ASCII, which is nearly all there is, never gets
// that far. Invariant: rows are sorted by their first code point, and the row that covers a
// code point is among the RUN_REACH last ones that start at or before it.
#include "lang/types/str_utf8.h"

#include <string.h>

static const uint32_t class_rows[] = {
#include "lang/types/str_class.def"
};

typedef struct CaseRun {
    uint32_t first, last, step;
    int32_t delta[4];  // by AdjCase
} CaseRun;

typedef struct CaseLong {
    uint32_t code;
    AdjCase which;
    const char *image;
} CaseLong;

#define RUN(first, last, step, upper, lower, title, fold) \
    {first, last, step, {upper, lower, title, fold}},
#define LONG(code, which, image)
static const CaseRun case_runs[] = {
#include "lang/types/str_case.def"
};
#undef RUN
#undef LONG
#define RUN(first, last, step, upper, lower, title, fold)
#define LONG(code, which, image) {code, ADJ_CASE_##which, image},
static const CaseLong case_longs[] = {
#include "lang/types/str_case.def"
};

enum {
    CLASS_ROWS = sizeof class_rows / sizeof *class_rows,
    CASE_RUNS = sizeof case_runs / sizeof *case_runs,
    CASE_LONGS = sizeof case_longs / sizeof *case_longs,
    RUN_REACH = 4,  // alphabets with alternating case interleave two runs; four is the worst
};

#define PRINTS ADJ_CHAR_PRINTABLE
#define LETTER (PRINTS | ADJ_CHAR_ALPHA | ADJ_CHAR_NAME_START | ADJ_CHAR_NAME)
// The first rows of the table above, unfolded; the tests hold the two together.
const uint16_t adj_char_flags_ascii[128] = {
    [9 ... 13] = ADJ_CHAR_SPACE,
    [28 ... 31] = ADJ_CHAR_SPACE,
    [' '] = PRINTS | ADJ_CHAR_SPACE,
    ['!' ... '/'] = PRINTS,
    ['0' ... '9'] =
        PRINTS | ADJ_CHAR_DECIMAL | ADJ_CHAR_DIGIT | ADJ_CHAR_NUMERIC | ADJ_CHAR_NAME,
    [':' ... '@'] = PRINTS,
    ['A' ... 'Z'] = LETTER | ADJ_CHAR_UPPER,
    ['[' ... '^'] = PRINTS,
    ['_'] = PRINTS | ADJ_CHAR_NAME_START | ADJ_CHAR_NAME,
    ['`'] = PRINTS,
    ['a' ... 'z'] = LETTER | ADJ_CHAR_LOWER,
    ['{' ... '~'] = PRINTS,
};

unsigned adj_char_flags_wide(uint32_t c)
{
    size_t low = 0, high = CLASS_ROWS;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (class_rows[middle] >> 11 <= c) low = middle;
        else high = middle;
    }
    return class_rows[low] & 0x7ff;
}

int adj_char_decimal(uint32_t c)
{
    if (c < 128) return c >= '0' && c <= '9' ? (int)c - '0' : -1;
    if (!(adj_char_flags(c) & ADJ_CHAR_DECIMAL)) return -1;
    // Digits come in blocks of ten in order; all blocks start at a multiple of 10 from the
    // start of their run of decimals.
    uint32_t first = c;
    while (adj_char_flags(first - 1) & ADJ_CHAR_DECIMAL) first--;
    return (int)((c - first) % 10);
}

static int32_t case_delta(uint32_t c, AdjCase which)
{
    size_t low = 0, high = CASE_RUNS;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (case_runs[middle].first <= c) low = middle;
        else high = middle;
    }
    for (size_t back = 0; back <= RUN_REACH && back <= low; back++) {
        const CaseRun *run = &case_runs[low - back];
        if (c >= run->first && c <= run->last && (c - run->first) % run->step == 0) {
            return run->delta[which];
        }
    }
    return 0;
}

static const char *case_long(uint32_t c, AdjCase which)
{
    if (c < case_longs[0].code || c > case_longs[CASE_LONGS - 1].code) return NULL;
    for (size_t i = 0; i < CASE_LONGS; i++) {
        if (case_longs[i].code == c && case_longs[i].which == which) return case_longs[i].image;
    }
    return NULL;
}

size_t adj_char_case(uint32_t c, AdjCase which, char out[12])
{
    const char *image = case_long(c, which);
    if (!image) return adj_utf8_put(c + (uint32_t)case_delta(c, which), out);
    size_t size = strlen(image);
    memcpy(out, image, size);
    return size;
}

size_t adj_utf8_put(uint32_t c, char out[4])
{
    if (c < 0x80) return out[0] = (char)c, 1;
    size_t size = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[5] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = size - 1; i > 0; i--, c >>= 6) out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(lead[size] | c);
    return size;
}

// Characters are the bytes that do not continue one; the loop is plain so that it vectorises.
size_t adj_utf8_length(const char *text, size_t size)
{
    size_t continuing = 0;
    for (size_t i = 0; i < size; i++) continuing += ((unsigned char)text[i] & 0xc0) == 0x80;
    return size - continuing;
}

size_t adj_utf8_offset(const char *text, size_t size, size_t index)
{
    size_t at = 0;
    while (index-- > 0 && at < size) at += adj_utf8_step((unsigned char)text[at]);
    return at < size ? at : size;
}

// The bounds of the second byte exclude overlong forms and what lies beyond U+10FFFF.
// Surrogates, which Unicode excludes too, are let through: see str_utf8.h.
static size_t sequence_size(const unsigned char *p, size_t left)
{
    if (p[0] < 0x80) return 1;
    size_t size = p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;
    if (size == 0 || size > left) return 0;
    unsigned low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
    unsigned high = p[0] == 0xf4 ? 0x8f : 0xbf;
    if (p[1] < low || p[1] > high) return 0;
    for (size_t i = 2; i < size; i++) {
        if ((p[i] & 0xc0) != 0x80) return 0;
    }
    return size;
}

bool adj_utf8_check(const char *text, size_t size, size_t *bad)
{
    for (size_t at = 0; at < size;) {
        size_t step = sequence_size((const unsigned char *)text + at, size - at);
        if (step == 0) return *bad = at, false;
        at += step;
    }
    return true;
}
