// SPDX-License-Identifier: Apache-2.0
// bundle.c: the list of forms, and nothing of where they come from (rich.c).
#include "session/bundle.h"

#include <stdlib.h>
#include <string.h>

static char *copy_of(const void *data, size_t length)
{
    char *p = malloc(length + 1);
    if (!p) return NULL;
    if (length) memcpy(p, data, length);
    p[length] = 0;
    return p;
}

static bool make_room(AdjBundle *b)
{
    if (b->count < b->capacity) return true;
    int capacity = b->capacity ? 2 * b->capacity : 4;
    AdjMime *at = realloc(b->at, (size_t)capacity * sizeof *at);
    if (!at) return false;
    b->at = at;
    b->capacity = capacity;
    return true;
}

const AdjMime *adj_bundle_find(const AdjBundle *b, const char *type)
{
    for (int i = 0; i < b->count; i++)
        if (!strcmp(b->at[i].type, type)) return &b->at[i];
    return NULL;
}

bool adj_bundle_add(AdjBundle *b, const char *type, const void *data, size_t length,
                    bool is_json)
{
    if (!make_room(b)) return false;
    char *copy = copy_of(data, length);
    if (!copy) return false;
    AdjMime *m = (AdjMime *)adj_bundle_find(b, type);
    if (m) {
        free(m->data);
    } else {
        char *name = copy_of(type, strlen(type));
        if (!name) return free(copy), false;
        m = &b->at[b->count++];
        m->type = name;
    }
    m->data = copy;
    m->length = length;
    m->is_json = is_json;
    return true;
}

bool adj_bundle_add_text(AdjBundle *b, const char *type, const char *text)
{
    return adj_bundle_add(b, type, text, strlen(text), false);
}

bool adj_bundle_describe(AdjBundle *b, const char *json)
{
    char *copy = copy_of(json, strlen(json));
    if (!copy) return false;
    free(b->metadata);
    b->metadata = copy;
    return true;
}

bool adj_mime_is_binary(const char *type)
{
    static const char *const binary[] = {"image/png",       "image/jpeg",
                                         "image/gif",       "image/webp",
                                         "application/pdf", "application/octet-stream"};
    for (size_t i = 0; i < sizeof binary / sizeof *binary; i++)
        if (!strcmp(type, binary[i])) return true;
    return false;
}

char *adj_base64(const void *data, size_t length)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *from = data;
    char *out = malloc((length + 2) / 3 * 4 + 1), *at = out;
    for (size_t i = 0; out && i < length; i += 3) {
        uint32_t v = 0;
        for (size_t k = 0; k < 3; k++) v = v << 8 | (i + k < length ? from[i + k] : 0);
        for (int k = 0; k < 4; k++) *at++ = letters[v >> (18 - 6 * k) & 63];
        if (i + 1 >= length) at[-2] = '=';
        if (i + 2 >= length) at[-1] = '=';
    }
    if (out) *at = 0;
    return out;
}

void adj_bundle_free(AdjBundle *b)
{
    for (int i = 0; i < b->count; i++) {
        free(b->at[i].type);
        free(b->at[i].data);
    }
    free(b->at);
    free(b->metadata);
    free(b->terminal);
    *b = (AdjBundle){0};
}
