// SPDX-License-Identifier: Apache-2.0
// notebook_mime.c: see notebook_mime.h.
#include "session/notebook_mime.h"

#include <string.h>

AdjJsonNode *adj_json_parse_copy(AdjArena *a, const char *text)
{
    size_t length = strlen(text);
    char *copy = adj_arena_alloc(a, length + 1);
    AdjJsonError error;
    return copy ? adj_json_read(a, memcpy(copy, text, length), length, &error) : NULL;
}

// RFC 4648 without line breaks.
static AdjJsonNode *base64(AdjArena *a, const unsigned char *from, size_t length)
{
    static const char signs[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *text = adj_arena_alloc(a, (length + 2) / 3 * 4 + 3), *to = text;
    AdjJsonNode *n = text ? adj_json_new(a, ADJ_JSON_STRING) : NULL;
    if (!n) return NULL;
    *to++ = '"';
    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        uint32_t v = (uint32_t)from[i] << 16 | (left > 1 ? (uint32_t)from[i + 1] << 8 : 0) |
                     (left > 2 ? from[i + 2] : 0);
        *to++ = signs[v >> 18];
        *to++ = signs[v >> 12 & 63];
        *to++ = left > 1 ? signs[v >> 6 & 63] : '=';
        *to++ = left > 2 ? signs[v & 63] : '=';
    }
    *to++ = '"';
    n->text = text;
    n->length = (size_t)(to - text);
    return n;
}

AdjJsonNode *adj_mime_to_json(AdjArena *a, const AdjMime *m)
{
    AdjJsonNode *n = m->is_json ? adj_json_parse_copy(a, m->data) : NULL;
    if (n) return n;
    if (adj_mime_is_binary(m->type)) return base64(a, (unsigned char *)m->data, m->length);
    return adj_json_new_lines(a, m->data, m->length);
}
