// SPDX-License-Identifier: Apache-2.0
// A text being built: bytes that grow at the end. Adding never fails at the spot; running out
// of memory sets `failed`, later additions are dropped, and whoever takes the result asks once.
#ifndef ADJ_STR_TEXT_H
#define ADJ_STR_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct AdjText {
    char *data;  // owned; NULL while room is 0
    size_t size, room;
    bool failed;
} AdjText;

void adj_text_free(AdjText *text);
bool adj_text_grow(AdjText *text, size_t more);
void adj_text_fill(AdjText *text, uint32_t c, size_t count);
void adj_text_printf(AdjText *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void adj_text_int(AdjText *text, int64_t value);

static inline bool adj_text_reserve(AdjText *text, size_t more)
{
    if (text->failed) return false;
    return text->room - text->size >= more || adj_text_grow(text, more);
}

static inline void adj_text_add(AdjText *text, const char *bytes, size_t size)
{
    if (size == 0 || !adj_text_reserve(text, size)) return;
    memcpy(text->data + text->size, bytes, size);
    text->size += size;
}

static inline void adj_text_byte(AdjText *text, char byte)
{
    if (adj_text_reserve(text, 1)) text->data[text->size++] = byte;
}

static inline void adj_text_puts(AdjText *text, const char *bytes)
{
    adj_text_add(text, bytes, strlen(bytes));
}

#endif
