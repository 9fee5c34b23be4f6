// SPDX-License-Identifier: Apache-2.0
// Growing texts (see str_text.h). Room doubles, so building n bytes costs O(n) copies.
// Invariant: size <= room, and after a failure the content stays what it was.
#include "lang/types/str_text.h"
#include "lang/types/str_utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_ROOM = 64 };

void adj_text_free(AdjText *text)
{
    free(text->data);
    *text = (AdjText){0};
}

bool adj_text_grow(AdjText *text, size_t more)
{
    if (text->failed || more > PTRDIFF_MAX - text->size) return text->failed = true, false;
    size_t room = text->room ? text->room : FIRST_ROOM;
    while (room - text->size < more) room *= 2;
    char *data = realloc(text->data, room);
    if (!data) return text->failed = true, false;
    text->data = data;
    text->room = room;
    return true;
}

void adj_text_fill(AdjText *text, uint32_t c, size_t count)
{
    char one[4];
    size_t size = adj_utf8_put(c, one);
    if (count > PTRDIFF_MAX / size) text->failed = true;
    if (count == 0 || text->failed || !adj_text_reserve(text, count * size)) return;
    char *at = text->data + text->size;
    text->size += count * size;
    if (size == 1) memset(at, one[0], count);
    else for (; count > 0; count--, at += size) memcpy(at, one, size);
}

void adj_text_printf(AdjText *text, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, format, args);
    // printf wants a byte for its terminator, which is not part of the text.
    if (size >= 0 && adj_text_reserve(text, (size_t)size + 1)) {
        vsnprintf(text->data + text->size, (size_t)size + 1, format, again);
        text->size += (size_t)size;
    }
    if (size < 0) text->failed = true;
    va_end(again);
    va_end(args);
}

void adj_text_int(AdjText *text, int64_t value)
{
    char digits[24];
    char *at = digits + sizeof digits;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0) *--at = '-';
    adj_text_add(text, at, (size_t)(digits + sizeof digits - at));
}
