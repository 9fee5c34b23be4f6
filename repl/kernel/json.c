// SPDX-License-Identifier: Apache-2.0
// json.c: JSON out by patterns, which keeps the shape of a message visible where it is made,
// and in through json-glib, behind getters that believe nothing.
#include "kernel/internal.h"

#include <string.h>

enum { DEPTH_MAX = 200 };  // json-glib parses by recursion

void json_put_string(GString *g, const char *text, gssize length)
{
    gsize n = length < 0 ? strlen(text) : (gsize)length;
    g_autofree char *mended =
        g_utf8_validate(text, (gssize)n, NULL) ? NULL : g_utf8_make_valid(text, (gssize)n);
    if (mended) n = strlen(text = mended);
    g_string_append_c(g, '"');
    gsize from = 0;
    for (gsize i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= ' ' && c != '"' && c != '\\') continue;
        g_string_append_len(g, text + from, (gssize)(i - from));
        from = i + 1;
        if (c == '\n')
            g_string_append(g, "\\n");
        else if (c < ' ')
            g_string_append_printf(g, "\\u%04x", c);
        else
            g_string_append_printf(g, "\\%c", c);
    }
    g_string_append_len(g, text + from, (gssize)(n - from));
    g_string_append_c(g, '"');
}

void json_put(GString *g, const char *pattern, ...)
{
    va_list args;
    va_start(args, pattern);
    for (const char *p = pattern; *p; p++) {
        if (*p == '\'') {
            g_string_append_c(g, '"');
        } else if (*p != '%') {
            g_string_append_c(g, *p);
        } else if (*++p == 's') {
            const char *text = va_arg(args, const char *);
            if (text)
                json_put_string(g, text, -1);
            else
                g_string_append(g, "null");
        } else if (*p == 'r') {
            g_string_append(g, va_arg(args, const char *));
        } else if (*p == 'd') {
            g_string_append_printf(g, "%d", va_arg(args, int));
        } else if (*p == 'b') {
            g_string_append(g, va_arg(args, int) ? "true" : "false");
        }
    }
    va_end(args);
}

// ---------------------------------------------------------------- in

static JsonNode *member(JsonObject *o, const char *name)
{
    return o ? json_object_get_member(o, name) : NULL;
}

static gboolean holds(JsonNode *n, GType type)
{
    return n && JSON_NODE_HOLDS_VALUE(n) && json_node_get_value_type(n) == type;
}

const char *json_text(JsonObject *o, const char *name, const char *fallback)
{
    JsonNode *n = member(o, name);
    return holds(n, G_TYPE_STRING) ? json_node_get_string(n) : fallback;
}

gint64 json_int(JsonObject *o, const char *name, gint64 fallback)
{
    JsonNode *n = member(o, name);
    if (holds(n, G_TYPE_DOUBLE)) {
        double d = json_node_get_double(n);
        return d > -1e15 && d < 1e15 ? (gint64)d : fallback;
    }
    return holds(n, G_TYPE_INT64) ? json_node_get_int(n) : fallback;
}

gboolean json_flag(JsonObject *o, const char *name, gboolean fallback)
{
    JsonNode *n = member(o, name);
    return holds(n, G_TYPE_BOOLEAN) ? json_node_get_boolean(n) : fallback;
}

JsonObject *json_object(JsonObject *o, const char *name)
{
    JsonNode *n = member(o, name);
    return n && JSON_NODE_HOLDS_OBJECT(n) ? json_node_get_object(n) : NULL;
}

char *json_member_text(JsonObject *o, const char *name)
{
    JsonNode *n = member(o, name);
    return n ? json_to_string(n, FALSE) : NULL;
}

// Brackets outside strings; a closing one too many is the parser's to find.
static gboolean too_deep(const char *text, gsize length)
{
    int depth = 0;
    gboolean quoted = FALSE;
    for (gsize i = 0; i < length; i++) {
        char c = text[i];
        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '[' || c == '{') && ++depth > DEPTH_MAX)
            return TRUE;
        else if (!quoted && (c == ']' || c == '}'))
            depth--;
    }
    return FALSE;
}

// A NUL in a string would end it, and half a cell would run: it becomes U+FFFD, which stands in
// no program outside its texts.
static void replace_nuls(char *text)
{
    for (char *p = text; *p; p++) {
        if (*p != '\\') continue;
        if (!*++p) return;
        if (!strncmp(p, "u0000", 5)) memcpy(p, "ufffd", 5);
    }
}

JsonObject *json_parse(const char *text, gsize length)
{
    g_autofree char *copy = NULL;
    if (!g_utf8_validate(text, (gssize)length, NULL) || too_deep(text, length)) return NULL;
    if (g_strstr_len(text, (gssize)length, "u0000")) {
        copy = g_strndup(text, length);
        replace_nuls(copy);
        text = copy;
    }
    g_autoptr(JsonParser) parser = json_parser_new();
    if (!json_parser_load_from_data(parser, text, (gssize)length, NULL)) return NULL;
    JsonNode *root = json_parser_get_root(parser);
    if (!root || !JSON_NODE_HOLDS_OBJECT(root)) return NULL;
    return json_object_ref(json_node_get_object(root));
}
