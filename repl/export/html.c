// SPDX-License-Identifier: Apache-2.0
// html.c: text, bytes and JSON inside of a page.
#include "export/export.h"

#include <string.h>

void adj_html_escape(FILE *to, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        switch (text[i]) {
        case '<': fputs("&lt;", to); break;
        case '>': fputs("&gt;", to); break;
        case '&': fputs("&amp;", to); break;
        case '"': fputs("&quot;", to); break;
        default: putc(text[i], to);
        }
    }
}

// RFC 4648, in one line.
void adj_html_base64(FILE *to, const void *data, size_t length)
{
    static const char signs[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *p = data;
    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        uint32_t v = (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) |
                     (left > 2 ? p[i + 2] : 0);
        putc(signs[v >> 18], to);
        putc(signs[v >> 12 & 63], to);
        putc(left > 1 ? signs[v >> 6 & 63] : '=', to);
        putc(left > 2 ? signs[v & 63] : '=', to);
    }
}

// "<" can stand in strings alone, where it may be spelt as an escape.
static void json_spelt(FILE *to, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '<')
            fputs("\\u003c", to);
        else
            putc(text[i], to);
    }
}

void adj_html_json(FILE *to, const AdjJsonNode *n)
{
    static const char *const words[] = {
        [ADJ_JSON_NULL] = "null", [ADJ_JSON_FALSE] = "false", [ADJ_JSON_TRUE] = "true"};
    if (n->kind <= ADJ_JSON_TRUE) {
        fputs(words[n->kind], to);
        return;
    }
    if (n->kind < ADJ_JSON_ARRAY) {
        json_spelt(to, n->text, n->length);
        return;
    }
    bool object = n->kind == ADJ_JSON_OBJECT;
    putc(object ? '{' : '[', to);
    for (const AdjJsonNode *c = n->first; c; c = c->next) {
        if (c != n->first) putc(',', to);
        if (object) {
            putc('"', to);
            json_spelt(to, c->key, c->key_length);
            fputs("\":", to);
        }
        adj_html_json(to, c);
    }
    putc(object ? '}' : ']', to);
}
