// SPDX-License-Identifier: Apache-2.0
// Text as the language sees it: UTF-8 bytes indexed by code point, and what each code point is.
// Strings are valid UTF-8 by construction (the lexer, input and chr see to it), so nothing here
// checks; a lone surrogate, which chr(0xd800) may make, is carried in its three-byte form.
#ifndef ADJ_STR_UTF8_H
#define ADJ_STR_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ADJ_CODE_POINTS = 0x110000 };

// What str.isalpha and its family say of one code point; the order is that of str_tables.py.
enum {
    ADJ_CHAR_ALPHA = 1 << 0,
    ADJ_CHAR_DECIMAL = 1 << 1,
    ADJ_CHAR_DIGIT = 1 << 2,
    ADJ_CHAR_NUMERIC = 1 << 3,
    ADJ_CHAR_SPACE = 1 << 4,
    ADJ_CHAR_LOWER = 1 << 5,
    ADJ_CHAR_UPPER = 1 << 6,
    ADJ_CHAR_TITLE = 1 << 7,
    ADJ_CHAR_PRINTABLE = 1 << 8,
    ADJ_CHAR_NAME_START = 1 << 9,
    ADJ_CHAR_NAME = 1 << 10,
    ADJ_CHAR_ALNUM = ADJ_CHAR_ALPHA | ADJ_CHAR_DECIMAL | ADJ_CHAR_DIGIT | ADJ_CHAR_NUMERIC,
    ADJ_CHAR_CASED = ADJ_CHAR_LOWER | ADJ_CHAR_UPPER | ADJ_CHAR_TITLE,
};

typedef enum AdjCase { ADJ_CASE_UPPER, ADJ_CASE_LOWER, ADJ_CASE_TITLE, ADJ_CASE_FOLD } AdjCase;

unsigned adj_char_flags_wide(uint32_t c);
extern const uint16_t adj_char_flags_ascii[128];

static inline unsigned adj_char_flags(uint32_t c)
{
    return c < 128 ? adj_char_flags_ascii[c] : adj_char_flags_wide(c);
}

// The value of a decimal digit of any script, or -1.
int adj_char_decimal(uint32_t c);

// Writes the image of [c] under [which] to [out], as UTF-8, and returns its bytes (at most 12).
size_t adj_char_case(uint32_t c, AdjCase which, char out[12]);

// Bytes of the character that [lead] opens.
static inline size_t adj_utf8_step(unsigned char lead)
{
    return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

// The code point at [*at], which moves past it. [*at] must be inside a valid text.
static inline uint32_t adj_utf8_take(const char **at)
{
    const unsigned char *p = (const unsigned char *)*at;
    *at += adj_utf8_step(*p);
    if (*p < 0x80) return *p;
    if (*p < 0xe0) return (uint32_t)(p[0] & 0x1f) << 6 | (p[1] & 0x3f);
    if (*p < 0xf0) {
        return (uint32_t)(p[0] & 0x0f) << 12 | (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
    }
    return (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3f) << 12 |
           (uint32_t)(p[2] & 0x3f) << 6 | (p[3] & 0x3f);
}

// Moves back over one character; [at] must be past the first byte of the text.
static inline const char *adj_utf8_back(const char *at)
{
    do at--;
    while (((unsigned char)*at & 0xc0) == 0x80);
    return at;
}

size_t adj_utf8_put(uint32_t c, char out[4]);
size_t adj_utf8_length(const char *text, size_t size);
// The byte at which character [index] starts; [size] when the text has fewer.
size_t adj_utf8_offset(const char *text, size_t size, size_t index);
// Whether [size] bytes are well-formed UTF-8; if not, [*bad] is the first offending byte.
bool adj_utf8_check(const char *text, size_t size, size_t *bad);

#endif
