// SPDX-License-Identifier: Apache-2.0
// Growing texts. Memory that cannot be had is not an error a line editor can report anywhere
// useful, so an addition that finds none is simply left out: the text keeps its old contents
// and its NUL, and the caller may look at the answer or not.
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool adj_term_grow(void *array, size_t *capacity, size_t wanted, size_t size)
{
    if (wanted <= *capacity) return true;
    size_t room = *capacity ? *capacity : 16;
    while (room < wanted) {
        if (room > SIZE_MAX / 2 / size) return false;
        room *= 2;
    }
    void **place = array;
    void *grown = realloc(*place, room * size);
    if (!grown) return false;
    *place = grown;
    *capacity = room;
    return true;
}

char *adj_term_copy(const char *text, size_t length)
{
    char *copy = malloc(length + 1);
    if (!copy) return NULL;
    if (length) memcpy(copy, text, length);
    copy[length] = 0;
    return copy;
}

bool adj_tbuf_reserve(AdjTermBuf *b, size_t extra)
{
    if (extra > SIZE_MAX / 2 - b->length) return false;
    return adj_term_grow(&b->data, &b->capacity, b->length + extra + 1, 1);
}

bool adj_tbuf_add(AdjTermBuf *b, const char *text, size_t length)
{
    if (!adj_tbuf_reserve(b, length)) return false;
    if (length) memcpy(b->data + b->length, text, length);
    b->length += length;
    b->data[b->length] = 0;
    return true;
}

bool adj_tbuf_text(AdjTermBuf *b, const char *text)
{
    return adj_tbuf_add(b, text, strlen(text));
}

bool adj_tbuf_fill(AdjTermBuf *b, char c, size_t count)
{
    if (!adj_tbuf_reserve(b, count)) return false;
    memset(b->data + b->length, c, count);
    b->length += count;
    b->data[b->length] = 0;
    return true;
}

bool adj_tbuf_format(AdjTermBuf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char text[512];
    int length = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (length < 0) return false;
    return adj_tbuf_add(b, text,
                        (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
}

bool adj_tbuf_splice(AdjTermBuf *b, size_t at, size_t removed, const char *added, size_t n)
{
    if (!adj_tbuf_reserve(b, n)) return false;
    memmove(b->data + at + n, b->data + at + removed, b->length - at - removed);
    if (n) memcpy(b->data + at, added, n);
    b->length += n - removed;
    b->data[b->length] = 0;
    return true;
}

void adj_tbuf_clear(AdjTermBuf *b)
{
    b->length = 0;
    if (b->data) b->data[0] = 0;
}

void adj_tbuf_drop(AdjTermBuf *b)
{
    free(b->data);
    *b = (AdjTermBuf){0};
}
