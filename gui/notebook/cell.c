// SPDX-License-Identifier: Apache-2.0
// cell.c: see cell.h. A stream keeps its newest KEEP lines in memory: what floods a cell must
// not flood the window, and the first and last lines are what people read.
#include "notebook/cell.h"

#include <adwaita.h>
#include <string.h>

enum { KEEP = 10000, SLACK = 2000 };

G_DEFINE_FINAL_TYPE(AdjUiCell, adj_ui_cell, G_TYPE_OBJECT)

static guint changed_signal;  // a number of the class, written once

// -- outputs ------------------------------------------------------------------------------

AdjUiOutput *adj_ui_output_new(AdjUiOutputKind kind)
{
    AdjUiOutput *o = g_new0(AdjUiOutput, 1);
    o->references = 1;
    o->kind = kind;
    o->text = g_string_new(NULL);
    return o;
}

void adj_ui_output_free(gpointer output)
{
    AdjUiOutput *o = output;
    if (!g_atomic_int_dec_and_test(&o->references)) return;
    g_free(o->name);
    g_string_free(o->text, TRUE);
    g_clear_pointer(&o->data, json_object_unref);
    g_clear_pointer(&o->metadata, json_object_unref);
    g_free(o->display_id);
    g_strfreev(o->traceback);
    g_free(o);
}

void adj_ui_cell_clear_outputs(AdjUiCell *c)
{
    c->clear_next = FALSE;
    if (!c->outputs->len) return;
    g_ptr_array_set_size(c->outputs, 0);
    adj_ui_cell_changed(c, ADJ_UI_CELL_OUTPUTS);
}

static void make_room(AdjUiCell *c)
{
    if (!c->clear_next) return;
    c->clear_next = FALSE;
    g_ptr_array_set_size(c->outputs, 0);
}

void adj_ui_cell_add_output(AdjUiCell *c, AdjUiOutput *o)
{
    make_room(c);
    g_ptr_array_add(c->outputs, o);
    adj_ui_cell_changed(c, ADJ_UI_CELL_OUTPUTS);
}

static int count_lines(const char *text)
{
    int n = 0;
    for (const char *p = text; (p = strchr(p, '\n')); p++) n++;
    return n;
}

// Lets go of the oldest lines once there are SLACK too many, so that it happens seldom.
static void bound(AdjUiOutput *o)
{
    int lines = count_lines(o->text->str);
    if (lines <= KEEP + SLACK) return;
    const char *p = o->text->str;
    for (int i = 0; i < lines - KEEP; i++) p = strchr(p, '\n') + 1;
    g_string_erase(o->text, 0, p - o->text->str);
    o->lost += lines - KEEP;
}

// A carriage return goes back to the start of the line: progress bars draw over themselves.
static void append_terminal(GString *to, const char *text)
{
    for (const char *p = text; *p;) {
        gsize n = strcspn(p, "\r");
        g_string_append_len(to, p, (gssize)n);
        p += n;
        if (!*p) break;
        p++;
        if (*p == '\n' || !*p) continue;
        char *line = strrchr(to->str, '\n');
        g_string_truncate(to, line ? (gsize)(line + 1 - to->str) : 0);
    }
}

void adj_ui_cell_add_stream(AdjUiCell *c, const char *name, const char *text)
{
    make_room(c);
    AdjUiOutput *last = c->outputs->len ? c->outputs->pdata[c->outputs->len - 1] : NULL;
    gboolean longer = last && last->kind == ADJ_UI_STREAM && !g_strcmp0(last->name, name);
    if (!longer) {
        last = adj_ui_output_new(ADJ_UI_STREAM);
        last->name = g_strdup(name);
        g_ptr_array_add(c->outputs, last);
    }
    append_terminal(last->text, text);
    bound(last);
    adj_ui_cell_changed(c, longer ? ADJ_UI_CELL_APPENDED : ADJ_UI_CELL_OUTPUTS);
}

// -- text ---------------------------------------------------------------------------------

char *adj_ui_cell_text(AdjUiCell *c)
{
    if (!c->buffer) return g_strdup(c->text ? c->text : "");
    GtkTextIter a, b;
    gtk_text_buffer_get_bounds(GTK_TEXT_BUFFER(c->buffer), &a, &b);
    return gtk_text_buffer_get_text(GTK_TEXT_BUFFER(c->buffer), &a, &b, TRUE);
}

void adj_ui_cell_set_text(AdjUiCell *c, const char *text)
{
    if (c->buffer) {
        gtk_text_buffer_set_text(GTK_TEXT_BUFFER(c->buffer), text, -1);
        return;
    }
    g_free(c->text);
    c->text = g_strdup(text);
    adj_ui_cell_changed(c, ADJ_UI_CELL_TEXT);
}

int adj_ui_cell_lines(AdjUiCell *c)
{
    if (c->buffer) return gtk_text_buffer_get_line_count(GTK_TEXT_BUFFER(c->buffer));
    return 1 + (c->text ? count_lines(c->text) : 0);
}

static void buffer_changed(GtkTextBuffer *b, gpointer self)
{
    (void)b;
    AdjUiCell *c = self;
    gboolean stale = c->ran_text != NULL;
    if (stale) {
        g_autofree char *now = adj_ui_cell_text(c);
        stale = !g_str_equal(now, c->ran_text);
    }
    guint what = ADJ_UI_CELL_TEXT;
    if (stale != c->stale) what |= ADJ_UI_CELL_STATUS;
    c->stale = stale;
    adj_ui_cell_changed(c, what);
}

void adj_ui_buffer_restyle(GtkSourceBuffer *b)
{
    gboolean dark = adw_style_manager_get_dark(adw_style_manager_get_default());
    GtkSourceStyleSchemeManager *m = gtk_source_style_scheme_manager_get_default();
    gtk_source_buffer_set_style_scheme(
        b, gtk_source_style_scheme_manager_get_scheme(m, dark ? "Adwaita-dark" : "Adwaita"));
}

static GtkSourceLanguage *language_of(AdjUiCellKind kind)
{
    static const char *const language[] = {
        [ADJ_UI_CODE] = "adjoint", [ADJ_UI_MARKDOWN] = "markdown"};
    GtkSourceLanguageManager *m = gtk_source_language_manager_get_default();
    GtkSourceLanguage *l = NULL;
    if (kind != ADJ_UI_RAW) l = gtk_source_language_manager_get_language(m, language[kind]);
    if (!l && kind == ADJ_UI_CODE) l = gtk_source_language_manager_get_language(m, "python3");
    return l;
}

static void set_language(AdjUiCell *c)
{
    gtk_source_buffer_set_language(c->buffer, language_of(c->kind));
}

GPtrArray *adj_ui_languages_load(void)
{
    GPtrArray *buffers = g_ptr_array_new_with_free_func(g_object_unref);
    for (int kind = ADJ_UI_CODE; kind <= ADJ_UI_MARKDOWN; kind++) {
        GtkSourceBuffer *b = gtk_source_buffer_new(NULL);
        gtk_source_buffer_set_language(b, language_of((AdjUiCellKind)kind));
        g_ptr_array_add(buffers, b);
    }
    return buffers;
}

GtkSourceBuffer *adj_ui_cell_buffer(AdjUiCell *c)
{
    if (c->buffer) return c->buffer;
    c->buffer = gtk_source_buffer_new(NULL);
    gtk_source_buffer_set_highlight_matching_brackets(c->buffer, TRUE);
    set_language(c);
    adj_ui_buffer_restyle(c->buffer);
    gtk_text_buffer_begin_irreversible_action(GTK_TEXT_BUFFER(c->buffer));
    gtk_text_buffer_set_text(GTK_TEXT_BUFFER(c->buffer), c->text ? c->text : "", -1);
    gtk_text_buffer_end_irreversible_action(GTK_TEXT_BUFFER(c->buffer));
    GtkTextIter start;
    gtk_text_buffer_get_start_iter(GTK_TEXT_BUFFER(c->buffer), &start);
    gtk_text_buffer_place_cursor(GTK_TEXT_BUFFER(c->buffer), &start);
    g_clear_pointer(&c->text, g_free);
    g_signal_connect(c->buffer, "changed", G_CALLBACK(buffer_changed), c);
    return c->buffer;
}

void adj_ui_cell_set_kind(AdjUiCell *c, AdjUiCellKind kind)
{
    if (c->kind == kind) return;
    c->kind = kind;
    if (c->buffer) set_language(c);
    if (kind != ADJ_UI_CODE) {
        g_ptr_array_set_size(c->outputs, 0);
        c->count = 0;
        c->stale = FALSE;
        g_clear_pointer(&c->ran_text, g_free);
    }
    adj_ui_cell_changed(c, ADJ_UI_CELL_STATUS | ADJ_UI_CELL_OUTPUTS);
}

int adj_ui_cell_heading(AdjUiCell *c)
{
    if (c->kind != ADJ_UI_MARKDOWN) return 0;
    g_autofree char *text = adj_ui_cell_text(c);
    gsize n = strspn(text, "#");
    return n >= 1 && n <= 6 && text[n] == ' ' ? (int)n : 0;
}

// -- the object ---------------------------------------------------------------------------

void adj_ui_cell_changed(AdjUiCell *c, guint what)
{
    g_signal_emit(c, changed_signal, 0, what);
}

static void finalize(GObject *o)
{
    AdjUiCell *c = ADJ_UI_CELL(o);
    if (c->buffer) g_signal_handlers_disconnect_by_data(c->buffer, c);
    g_clear_object(&c->buffer);
    g_free(c->id);
    g_free(c->text);
    g_free(c->ran_text);
    g_clear_pointer(&c->metadata, json_object_unref);
    g_clear_pointer(&c->attachments, json_object_unref);
    g_ptr_array_unref(c->outputs);
    G_OBJECT_CLASS(adj_ui_cell_parent_class)->finalize(o);
}

static void adj_ui_cell_class_init(AdjUiCellClass *class)
{
    G_OBJECT_CLASS(class)->finalize = finalize;
    changed_signal = g_signal_new("changed", ADJ_UI_TYPE_CELL, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void adj_ui_cell_init(AdjUiCell *c)
{
    c->outputs = g_ptr_array_new_with_free_func(adj_ui_output_free);
}

AdjUiCell *adj_ui_cell_new(AdjUiCellKind kind, const char *text)
{
    AdjUiCell *c = g_object_new(ADJ_UI_TYPE_CELL, NULL);
    g_autofree char *unique = g_uuid_string_random();
    c->id = g_strndup(unique, 8);
    c->kind = kind;
    c->text = g_strdup(text);
    return c;
}

static AdjUiOutput *share_output(AdjUiOutput *o, gboolean grows)
{
    if (!grows || o->kind != ADJ_UI_STREAM) {
        g_atomic_int_inc(&o->references);
        return o;
    }
    AdjUiOutput *copy = adj_ui_output_new(ADJ_UI_STREAM);
    copy->name = g_strdup(o->name);
    g_string_append_len(copy->text, o->text->str, (gssize)o->text->len);
    return copy;
}

AdjUiCell *adj_ui_cell_snapshot(AdjUiCell *c)
{
    AdjUiCell *s = g_object_new(ADJ_UI_TYPE_CELL, NULL);
    s->id = g_strdup(c->id);
    s->kind = c->kind;
    s->text = adj_ui_cell_text(c);
    s->count = c->count;
    s->folded = c->folded;
    s->outputs_folded = c->outputs_folded;
    s->metadata = c->metadata ? json_object_ref(c->metadata) : NULL;
    s->attachments = c->attachments ? json_object_ref(c->attachments) : NULL;
    for (guint i = 0; i < c->outputs->len; i++) {
        gboolean grows = c->run != ADJ_UI_CELL_CALM && i + 1 == c->outputs->len;
        g_ptr_array_add(s->outputs, share_output(c->outputs->pdata[i], grows));
    }
    return s;
}
