// SPDX-License-Identifier: Apache-2.0
// nbformat.c: notebooks as files, nbformat 4.5 (nbformat.readthedocs.io). Reads every minor
// version of 4; keeps metadata it does not understand as it was; writes ids, and source as a
// list of lines, so that version control shows lines. Output that was being replaced through a
// display id is written as it stands. Files are hostile: every field may be missing or of
// another type.
#include "notebook/notebook.h"

#include <glib/gi18n.h>
#include <string.h>

static const char *const kind_names[] = {
    [ADJ_UI_CODE] = "code", [ADJ_UI_MARKDOWN] = "markdown", [ADJ_UI_RAW] = "raw"};

// -- reading --------------------------------------------------------------------------------

static const char *string_of(JsonObject *o, const char *name)
{
    JsonNode *n = json_object_get_member(o, name);
    if (!n || !JSON_NODE_HOLDS_VALUE(n) || json_node_get_value_type(n) != G_TYPE_STRING)
        return NULL;
    return json_node_get_string(n);
}

static JsonObject *object_of(JsonObject *o, const char *name)
{
    JsonNode *n = json_object_get_member(o, name);
    return n && JSON_NODE_HOLDS_OBJECT(n) ? json_node_get_object(n) : NULL;
}

static JsonArray *array_of(JsonObject *o, const char *name)
{
    JsonNode *n = json_object_get_member(o, name);
    return n && JSON_NODE_HOLDS_ARRAY(n) ? json_node_get_array(n) : NULL;
}

static JsonObject *element_object(JsonArray *a, guint i)
{
    JsonNode *n = json_array_get_element(a, i);
    return JSON_NODE_HOLDS_OBJECT(n) ? json_node_get_object(n) : NULL;
}

// A string, or a list of strings to be joined: nbformat's "multiline string".
static char *text_of(JsonObject *o, const char *name)
{
    const char *whole = string_of(o, name);
    if (whole) return g_strdup(whole);
    JsonArray *lines = array_of(o, name);
    GString *all = g_string_new(NULL);
    for (guint i = 0; lines && i < json_array_get_length(lines); i++) {
        JsonNode *n = json_array_get_element(lines, i);
        if (JSON_NODE_HOLDS_VALUE(n) && json_node_get_value_type(n) == G_TYPE_STRING)
            g_string_append(all, json_node_get_string(n));
    }
    return g_string_free(all, FALSE);
}

// Mime types whose content is text become whole strings; JSON stays as it is.
static JsonObject *read_bundle(JsonObject *from)
{
    JsonObject *to = json_object_new();
    g_autoptr(GList) types = from ? json_object_get_members(from) : NULL;
    for (GList *l = types; l; l = l->next) {
        const char *type = l->data;
        if (g_str_has_suffix(type, "json")) {
            json_object_set_member(to, type,
                                   json_node_copy(json_object_get_member(from, type)));
            continue;
        }
        g_autofree char *text = text_of(from, type);
        json_object_set_string_member(to, type, text);
    }
    return to;
}

AdjUiOutput *adj_ui_output_read(JsonObject *o)
{
    const char *type = string_of(o, "output_type");
    if (!g_strcmp0(type, "stream")) {
        AdjUiOutput *out = adj_ui_output_new(ADJ_UI_STREAM);
        g_autofree char *text = text_of(o, "text");
        g_string_append(out->text, text);
        const char *name = string_of(o, "name");
        out->name = g_strdup(name ? name : "stdout");
        return out;
    }
    if (!g_strcmp0(type, "error")) {
        AdjUiOutput *out = adj_ui_output_new(ADJ_UI_ERROR);
        out->name = g_strdup(string_of(o, "ename"));
        g_string_append(out->text, string_of(o, "evalue") ? string_of(o, "evalue") : "");
        g_autoptr(GStrvBuilder) lines = g_strv_builder_new();
        JsonArray *t = array_of(o, "traceback");
        for (guint i = 0; t && i < json_array_get_length(t); i++)
            g_strv_builder_add(lines, json_array_get_string_element(t, i));
        out->traceback = g_strv_builder_end(lines);
        return out;
    }
    gboolean result = !g_strcmp0(type, "execute_result");
    if (!result && g_strcmp0(type, "display_data")) return NULL;
    AdjUiOutput *out = adj_ui_output_new(result ? ADJ_UI_RESULT : ADJ_UI_DISPLAY);
    out->data = read_bundle(object_of(o, "data"));
    JsonObject *metadata = object_of(o, "metadata");
    out->metadata = metadata ? json_object_ref(metadata) : NULL;
    if (result) {
        JsonNode *n = json_object_get_member(o, "execution_count");
        out->count = n && JSON_NODE_HOLDS_VALUE(n) ? (int)json_node_get_int(n) : 0;
    }
    return out;
}

static gboolean good_id(const char *id)
{
    gsize n = id ? strlen(id) : 0;
    return n >= 1 && n <= 64 &&
           strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == n;
}

static gboolean flag(JsonObject *metadata, const char *group, const char *name)
{
    JsonObject *o = metadata ? object_of(metadata, group) : NULL;
    JsonNode *n = o ? json_object_get_member(o, name) : NULL;
    return n && JSON_NODE_HOLDS_VALUE(n) && json_node_get_boolean(n);
}

static AdjUiCell *read_cell(JsonObject *o, GHashTable *ids)
{
    const char *kind = string_of(o, "cell_type");
    g_autofree char *text = text_of(o, "source");
    AdjUiCell *c = adj_ui_cell_new(ADJ_UI_RAW, text);
    for (int i = 0; i < (int)G_N_ELEMENTS(kind_names); i++)
        if (!g_strcmp0(kind, kind_names[i])) c->kind = (AdjUiCellKind)i;
    const char *id = string_of(o, "id");
    c->in_file = good_id(id) && !g_hash_table_contains(ids, id);
    if (c->in_file) {
        g_free(c->id);
        c->id = g_strdup(id);
    }
    g_hash_table_add(ids, c->id);
    JsonObject *metadata = object_of(o, "metadata"), *attachments = object_of(o, "attachments");
    if (metadata) c->metadata = json_object_ref(metadata);
    if (attachments) c->attachments = json_object_ref(attachments);
    c->folded = flag(metadata, "jupyter", "source_hidden");
    c->outputs_folded = flag(metadata, "jupyter", "outputs_hidden");
    JsonNode *count = json_object_get_member(o, "execution_count");
    if (count && JSON_NODE_HOLDS_VALUE(count)) c->count = (int)json_node_get_int(count);
    JsonArray *outputs = c->kind == ADJ_UI_CODE ? array_of(o, "outputs") : NULL;
    for (guint i = 0; outputs && i < json_array_get_length(outputs); i++) {
        JsonObject *element = element_object(outputs, i);
        AdjUiOutput *out = element ? adj_ui_output_read(element) : NULL;
        if (out) g_ptr_array_add(c->outputs, out);
    }
    return c;
}

static gboolean refuse(GError **error, const char *why)
{
    g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, why);
    return FALSE;
}

static gboolean parse_book(AdjUiBook *b, const char *text, gsize length, GError **error)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    if (!json_parser_load_from_data(parser, text, (gssize)length, error)) return FALSE;
    JsonNode *root = json_parser_get_root(parser);
    JsonObject *book = root && JSON_NODE_HOLDS_OBJECT(root) ? json_node_get_object(root) : NULL;
    JsonArray *list = book ? array_of(book, "cells") : NULL;
    if (!list) return refuse(error, _("This is not a notebook: it has no list of cells."));
    g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < json_array_get_length(list); i++) {
        JsonObject *o = element_object(list, i);
        if (o) g_ptr_array_add(b->cells, read_cell(o, ids));
    }
    JsonObject *metadata = object_of(book, "metadata");
    b->metadata = metadata ? json_object_ref(metadata) : NULL;
    return TRUE;
}

// -- scripts --------------------------------------------------------------------------------

// The comment that opens a script is what a Markdown cell is in a notebook.
static void add_leading_comment(GPtrArray *cells, const char **text)
{
    GString *words = g_string_new(NULL);
    while (**text == '#' && !g_str_has_prefix(*text, "# %%")) {
        const char *end = strchrnul(*text, '\n');
        const char *start = *text + strspn(*text, "# ");
        if (start > end) start = end;
        if (!g_str_has_prefix(start, "SPDX-License"))
            g_string_append_printf(words, "%.*s\n", (int)(end - start), start);
        *text = *end ? end + 1 : end;
    }
    g_strstrip(words->str);
    if (*words->str) g_ptr_array_add(cells, adj_ui_cell_new(ADJ_UI_MARKDOWN, words->str));
    g_string_free(words, TRUE);
}

static void add_part(GPtrArray *cells, const char *from, const char *to)
{
    g_autofree char *part = g_strndup(from, (gsize)(to - from));
    while (*part == '\n') memmove(part, part + 1, strlen(part));
    g_strchomp(part);
    if (*part) g_ptr_array_add(cells, adj_ui_cell_new(ADJ_UI_CODE, part));
}

// Cells end at a line "# %%", and at an empty line after which something begins in the first
// column and before which nothing is open: paragraphs of a script.
static void parse_script(GPtrArray *cells, const char *text)
{
    gboolean marked = strstr(text, "\n# %%") || g_str_has_prefix(text, "# %%");
    add_leading_comment(cells, &text);
    const char *from = text;
    for (const char *p = text; *p;) {
        const char *end = strchrnul(p, '\n');
        gboolean mark = g_str_has_prefix(p, "# %%");
        gboolean gap = !marked && end == p && end[0] && end[1] && !strchr(" \t\n)]}", end[1]);
        if (mark || gap) {
            add_part(cells, from, p);
            from = mark ? end : p;
        }
        p = *end ? end + 1 : end;
    }
    add_part(cells, from, from + strlen(from));
}

static gboolean is_notebook(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '{';
}

gboolean adj_ui_book_parse(AdjUiBook *b, const char *text, gsize length, GError **error)
{
    if (!g_utf8_validate(text, (gssize)length, NULL))
        return refuse(error, _("The file is not text in UTF-8."));
    if (is_notebook(text)) return parse_book(b, text, length, error);
    parse_script(b->cells, text);
    b->script = *text != '\0';
    return TRUE;
}

void adj_ui_book_clear(AdjUiBook *b)
{
    g_clear_pointer(&b->cells, g_ptr_array_unref);
    g_clear_pointer(&b->metadata, json_object_unref);
}

// -- writing --------------------------------------------------------------------------------

static JsonArray *lines_of(const char *text)
{
    JsonArray *lines = json_array_new();
    while (*text) {
        const char *end = strchrnul(text, '\n');
        if (*end) end++;
        g_autofree char *line = g_strndup(text, (gsize)(end - text));
        json_array_add_string_element(lines, line);
        text = end;
    }
    return lines;
}

static JsonObject *copy_or_empty(JsonObject *o)
{
    return o ? json_object_ref(o) : json_object_new();
}

static JsonObject *write_output(const AdjUiOutput *out)
{
    static const char *const types[] = {[ADJ_UI_STREAM] = "stream",
                                        [ADJ_UI_DISPLAY] = "display_data",
                                        [ADJ_UI_RESULT] = "execute_result",
                                        [ADJ_UI_ERROR] = "error"};
    JsonObject *o = json_object_new();
    json_object_set_string_member(o, "output_type", types[out->kind]);
    if (out->kind == ADJ_UI_STREAM) {
        json_object_set_string_member(o, "name", out->name);
        json_object_set_array_member(o, "text", lines_of(out->text->str));
    } else if (out->kind == ADJ_UI_ERROR) {
        JsonArray *t = json_array_new();
        for (int i = 0; out->traceback && out->traceback[i]; i++)
            json_array_add_string_element(t, out->traceback[i]);
        json_object_set_string_member(o, "ename", out->name ? out->name : "");
        json_object_set_string_member(o, "evalue", out->text->str);
        json_object_set_array_member(o, "traceback", t);
    } else {
        json_object_set_object_member(o, "data", copy_or_empty(out->data));
        json_object_set_object_member(o, "metadata", copy_or_empty(out->metadata));
        if (out->kind == ADJ_UI_RESULT)
            json_object_set_int_member(o, "execution_count", out->count);
    }
    return o;
}

// Own flags are merged into what was read; a flag that is off is not written.
static JsonObject *cell_metadata(AdjUiCell *c)
{
    JsonObject *m = json_object_new();
    g_autoptr(GList) names = c->metadata ? json_object_get_members(c->metadata) : NULL;
    for (GList *l = names; l; l = l->next)
        if (!g_str_equal(l->data, "jupyter"))
            json_object_set_member(
                m, l->data, json_node_copy(json_object_get_member(c->metadata, l->data)));
    if (c->folded || c->outputs_folded) {
        JsonObject *flags = json_object_new();
        if (c->folded) json_object_set_boolean_member(flags, "source_hidden", TRUE);
        if (c->outputs_folded) json_object_set_boolean_member(flags, "outputs_hidden", TRUE);
        json_object_set_object_member(m, "jupyter", flags);
    }
    return m;
}

static JsonObject *write_cell(AdjUiCell *c)
{
    JsonObject *o = json_object_new();
    g_autofree char *text = adj_ui_cell_text(c);
    json_object_set_string_member(o, "cell_type", kind_names[c->kind]);
    json_object_set_string_member(o, "id", c->id);
    json_object_set_object_member(o, "metadata", cell_metadata(c));
    json_object_set_array_member(o, "source", lines_of(text));
    if (c->attachments && c->kind != ADJ_UI_CODE)
        json_object_set_object_member(o, "attachments", json_object_ref(c->attachments));
    if (c->kind != ADJ_UI_CODE) return o;
    if (c->count > 0)
        json_object_set_int_member(o, "execution_count", c->count);
    else
        json_object_set_null_member(o, "execution_count");
    JsonArray *outputs = json_array_new();
    for (guint i = 0; i < c->outputs->len; i++)
        json_array_add_object_element(outputs, write_output(c->outputs->pdata[i]));
    json_object_set_array_member(o, "outputs", outputs);
    return o;
}

static JsonObject *default_metadata(void)
{
    JsonObject *m = json_object_new(), *spec = json_object_new(), *info = json_object_new();
    json_object_set_string_member(spec, "name", "adjoint");
    json_object_set_string_member(spec, "display_name", "Adjoint");
    json_object_set_string_member(spec, "language", "python");
    json_object_set_object_member(m, "kernelspec", spec);
    json_object_set_string_member(info, "name", "python");
    json_object_set_object_member(m, "language_info", info);
    return m;
}

char *adj_ui_book_text(const AdjUiBook *b)
{
    g_autoptr(JsonObject) book = json_object_new();
    JsonArray *cells = json_array_new();
    for (guint i = 0; i < b->cells->len; i++)
        json_array_add_object_element(cells, write_cell(b->cells->pdata[i]));
    json_object_set_array_member(book, "cells", cells);
    json_object_set_object_member(
        book, "metadata", b->metadata ? json_object_ref(b->metadata) : default_metadata());
    json_object_set_int_member(book, "nbformat", 4);
    json_object_set_int_member(book, "nbformat_minor", 5);
    g_autoptr(JsonNode) root = json_node_init_object(json_node_alloc(), book);
    g_autoptr(JsonGenerator) g = json_generator_new();
    json_generator_set_root(g, root);
    json_generator_set_pretty(g, TRUE);
    json_generator_set_indent(g, 1);
    g_autofree char *text = json_generator_to_data(g, NULL);
    return g_strconcat(text, "\n", NULL);
}
