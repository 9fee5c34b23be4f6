// SPDX-License-Identifier: Apache-2.0
// complete.c: what could stand at the cursor, with its help beside it.
//
// Lists come from the session (complete_request), also while a cell runs; the help of the
// chosen line is asked for when the choice rests. The editor keeps the focus: the list takes
// only the keys that move in it, every other key types, and the list follows what was typed.
#include "notebook/ansi.h"
#include "session/client.h"
#include "notebook/page.h"

#include <glib/gi18n.h>
#include <string.h>

enum { REST_MS = 120, HELP_WIDTH = 420, LIST_HEIGHT = 260 };

struct AdjUiComplete {
    AdjUiPage *page;
    GtkWidget *parent, *popover, *list, *list_scroller, *help, *help_scroller;
    GtkSourceView *editor;  // whose cursor it points at; not owned
    int start, end;         // what a choice replaces, in characters
    guint asked, rest;      // number of the newest request; timer
    gulong typed;
    gboolean open, inspecting;
};

typedef struct {
    AdjUiComplete *complete;
    guint number;
} Question;

static GtkTextBuffer *buffer(AdjUiComplete *c)
{
    return gtk_text_view_get_buffer(GTK_TEXT_VIEW(c->editor));
}

static char *text_of(AdjUiComplete *c, int *cursor)
{
    GtkTextIter a, b;
    gtk_text_buffer_get_bounds(buffer(c), &a, &b);
    g_object_get(buffer(c), "cursor-position", cursor, NULL);
    return gtk_text_buffer_get_text(buffer(c), &a, &b, TRUE);
}

void adj_ui_complete_close(AdjUiComplete *c)
{
    g_clear_handle_id(&c->rest, g_source_remove);
    if (c->typed && c->editor) g_clear_signal_handler(&c->typed, buffer(c));
    c->open = c->inspecting = FALSE;
    c->asked++;  // answers on their way come too late
    gtk_popover_popdown(GTK_POPOVER(c->popover));
}

static void point(AdjUiComplete *c, int offset)
{
    GtkTextIter at;
    GdkRectangle r;
    gtk_text_buffer_get_iter_at_offset(buffer(c), &at, offset);
    gtk_text_view_get_iter_location(GTK_TEXT_VIEW(c->editor), &at, &r);
    int x, y;
    gtk_text_view_buffer_to_window_coords(GTK_TEXT_VIEW(c->editor), GTK_TEXT_WINDOW_WIDGET, r.x,
                                          r.y, &x, &y);
    double px, py;
    if (!gtk_widget_translate_coordinates(GTK_WIDGET(c->editor), c->parent, x, y, &px, &py))
        return;
    gtk_popover_set_pointing_to(GTK_POPOVER(c->popover),
                                &(GdkRectangle){(int)px, (int)py, 2, r.height});
}

// -- help -----------------------------------------------------------------------------------

static void show_help(AdjUiComplete *c, const char *text)
{
    g_autofree char *markup = adj_ui_ansi_markup(text ? text : "", FALSE, FALSE);
    if (text && strchr(text, '\033'))
        gtk_label_set_markup(GTK_LABEL(c->help), markup);
    else
        gtk_label_set_text(GTK_LABEL(c->help), text ? text : "");
    gtk_widget_set_visible(c->help_scroller, text && *text);
}

static const char *plain_of(JsonObject *content)
{
    JsonNode *n = json_object_get_member(content, "data");
    if (!n || !JSON_NODE_HOLDS_OBJECT(n)) return NULL;
    return json_object_get_string_member_with_default(json_node_get_object(n), "text/plain",
                                                      NULL);
}

static void open_popover(AdjUiComplete *c, int at)
{
    point(c, at);
    c->open = TRUE;
    gtk_popover_popup(GTK_POPOVER(c->popover));
}

static void inspected(gpointer self, const AdjUiMessage *m)
{
    Question *q = self;
    if (!m) {
        g_free(q);
        return;
    }
    AdjUiComplete *c = q->complete;
    if (q->number != c->asked || !g_str_equal(adj_ui_message_type(m), "inspect_reply")) return;
    const char *text = plain_of(m->content);
    if (c->inspecting && text) {
        int cursor;
        g_object_get(buffer(c), "cursor-position", &cursor, NULL);
        show_help(c, text);
        gtk_widget_set_visible(c->list_scroller, FALSE);
        open_popover(c, cursor);
    } else if (c->open && !c->inspecting) {
        show_help(c, text);
    }
}

static void ask(AdjUiComplete *c, const char *type, const char *code, int cursor,
                AdjUiReply reply)
{
    Question *q = g_new(Question, 1);
    *q = (Question){c, ++c->asked};
    JsonObject *o = json_object_new();
    json_object_set_string_member(o, "code", code);
    json_object_set_int_member(o, "cursor_pos", cursor);
    if (g_str_equal(type, "inspect_request")) json_object_set_int_member(o, "detail_level", 0);
    AdjUiClient *client = adj_ui_model_client(c->page->model);
    if (!adj_ui_client_send(client, ADJ_UI_SHELL, type, o, reply, q)) g_free(q);
}

void adj_ui_complete_inspect(AdjUiComplete *c, GtkSourceView *editor)
{
    adj_ui_complete_close(c);
    c->editor = editor;
    c->inspecting = TRUE;
    int cursor;
    g_autofree char *code = text_of(c, &cursor);
    ask(c, "inspect_request", code, cursor, inspected);
}

static const char *chosen(AdjUiComplete *c)
{
    GtkListBoxRow *row = gtk_list_box_get_selected_row(GTK_LIST_BOX(c->list));
    return row ? g_object_get_data(G_OBJECT(row), "match") : NULL;
}

// The code as it would be with the choice in it, asked about at the choice's end.
static gboolean rested(gpointer self)
{
    AdjUiComplete *c = self;
    c->rest = 0;
    const char *match = chosen(c);
    if (!match) return G_SOURCE_REMOVE;
    int cursor;
    g_autofree char *code = text_of(c, &cursor);
    g_autofree char *head = g_utf8_substring(code, 0, c->start);
    g_autofree char *whole = g_strconcat(head, match, NULL);
    ask(c, "inspect_request", whole, (int)g_utf8_strlen(whole, -1), inspected);
    return G_SOURCE_REMOVE;
}

static void row_selected(GtkListBox *list, GtkListBoxRow *row, gpointer self)
{
    (void)list;
    AdjUiComplete *c = self;
    g_clear_handle_id(&c->rest, g_source_remove);
    if (row) c->rest = g_timeout_add(REST_MS, rested, c);
}

// -- the list -------------------------------------------------------------------------------

static void insert(AdjUiComplete *c, const char *match)
{
    GtkTextIter a, b;
    GtkTextBuffer *t = buffer(c);
    gtk_text_buffer_get_iter_at_offset(t, &a, c->start);
    gtk_text_buffer_get_iter_at_offset(t, &b, c->end);
    if (c->typed) g_clear_signal_handler(&c->typed, t);
    gtk_text_buffer_begin_user_action(t);
    gtk_text_buffer_delete(t, &a, &b);
    gtk_text_buffer_insert(t, &a, match, -1);
    gtk_text_buffer_end_user_action(t);
}

static void accept_choice(AdjUiComplete *c)
{
    g_autofree char *match = g_strdup(chosen(c));
    if (match) insert(c, match);
    adj_ui_complete_close(c);
}

static void row_activated(GtkListBox *list, GtkListBoxRow *row, gpointer self)
{
    (void)list, (void)row;
    accept_choice(self);
}

static void add_row(AdjUiComplete *c, const char *match, const char *type)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
    GtkWidget *name = gtk_label_new(match), *kind = gtk_label_new(type);
    gtk_widget_add_css_class(name, "monospace");
    gtk_widget_add_css_class(kind, "dim-label");
    gtk_widget_add_css_class(kind, "caption");
    gtk_label_set_xalign(GTK_LABEL(name), 0);
    gtk_widget_set_hexpand(name, TRUE);
    gtk_box_append(GTK_BOX(box), name);
    gtk_box_append(GTK_BOX(box), kind);
    GtkWidget *row = gtk_list_box_row_new();
    gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), box);
    gtk_widget_set_focusable(row, FALSE);
    g_object_set_data_full(G_OBJECT(row), "match", g_strdup(match), g_free);
    gtk_list_box_append(GTK_LIST_BOX(c->list), row);
}

// Kinds of the matches, which only some kernels send: "function", "module" ...
static const char *type_of(JsonObject *content, guint i)
{
    JsonNode *n = json_object_get_member(content, "metadata");
    JsonObject *m = n && JSON_NODE_HOLDS_OBJECT(n) ? json_node_get_object(n) : NULL;
    n = m ? json_object_get_member(m, "_jupyter_types_experimental") : NULL;
    JsonArray *a = n && JSON_NODE_HOLDS_ARRAY(n) ? json_node_get_array(n) : NULL;
    if (!a || i >= json_array_get_length(a)) return "";
    n = json_array_get_element(a, i);
    if (!JSON_NODE_HOLDS_OBJECT(n)) return "";
    return json_object_get_string_member_with_default(json_node_get_object(n), "type", "");
}

static void fill(AdjUiComplete *c, JsonObject *content, JsonArray *matches)
{
    enum { MOST = 200 };
    GtkWidget *row;
    while ((row = gtk_widget_get_first_child(c->list)))
        gtk_list_box_remove(GTK_LIST_BOX(c->list), row);
    for (guint i = 0; i < MIN(json_array_get_length(matches), MOST); i++)
        add_row(c, json_array_get_string_element(matches, i), type_of(content, i));
    GtkListBoxRow *first = gtk_list_box_get_row_at_index(GTK_LIST_BOX(c->list), 0);
    gtk_list_box_select_row(GTK_LIST_BOX(c->list), first);
}

static void typed(GtkTextBuffer *b, gpointer self);

static void completed(gpointer self, const AdjUiMessage *m)
{
    Question *q = self;
    if (!m) {
        g_free(q);
        return;
    }
    AdjUiComplete *c = q->complete;
    if (q->number != c->asked || !g_str_equal(adj_ui_message_type(m), "complete_reply")) return;
    JsonNode *n = json_object_get_member(m->content, "matches");
    JsonArray *matches = n && JSON_NODE_HOLDS_ARRAY(n) ? json_node_get_array(n) : NULL;
    guint count = matches ? json_array_get_length(matches) : 0;
    c->start = (int)json_object_get_int_member_with_default(m->content, "cursor_start", 0);
    c->end = (int)json_object_get_int_member_with_default(m->content, "cursor_end", 0);
    if (!count || (count == 1 && !c->open)) {
        if (count) insert(c, json_array_get_string_element(matches, 0));
        adj_ui_complete_close(c);
        return;
    }
    show_help(c, NULL);
    gtk_widget_set_visible(c->list_scroller, TRUE);
    if (!c->open) open_popover(c, c->start);
    if (!c->typed) c->typed = g_signal_connect(buffer(c), "changed", G_CALLBACK(typed), c);
    fill(c, m->content, matches);
}

static void request(AdjUiComplete *c)
{
    int cursor;
    g_autofree char *code = text_of(c, &cursor);
    ask(c, "complete_request", code, cursor, completed);
}

static void typed(GtkTextBuffer *b, gpointer self)
{
    (void)b;
    request(self);
}

void adj_ui_complete_start(AdjUiComplete *c, GtkSourceView *editor)
{
    adj_ui_complete_close(c);
    c->editor = editor;
    request(c);
}

static void step(AdjUiComplete *c, int by)
{
    GtkListBoxRow *row = gtk_list_box_get_selected_row(GTK_LIST_BOX(c->list));
    int at = row ? gtk_list_box_row_get_index(row) + by : 0;
    row = gtk_list_box_get_row_at_index(GTK_LIST_BOX(c->list), MAX(at, 0));
    if (!row) return;
    gtk_list_box_select_row(GTK_LIST_BOX(c->list), row);
    double x, y;
    gtk_widget_translate_coordinates(GTK_WIDGET(row), c->list, 0, 0, &x, &y);
    GtkAdjustment *a =
        gtk_scrolled_window_get_vadjustment(GTK_SCROLLED_WINDOW(c->list_scroller));
    gtk_adjustment_clamp_page(a, y, y + gtk_widget_get_height(GTK_WIDGET(row)));
}

gboolean adj_ui_complete_key(AdjUiComplete *c, guint key, GdkModifierType state)
{
    if (!c->open) return FALSE;
    gboolean held = (state & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SHIFT_MASK)) != 0;
    if (key == GDK_KEY_Escape) {
        adj_ui_complete_close(c);
        return TRUE;
    }
    if (c->inspecting) {
        if (key != GDK_KEY_Shift_L && key != GDK_KEY_Shift_R) adj_ui_complete_close(c);
        return FALSE;
    }
    if (held) return FALSE;
    switch (key) {
    case GDK_KEY_Up: step(c, -1); return TRUE;
    case GDK_KEY_Down: step(c, 1); return TRUE;
    case GDK_KEY_Page_Up: step(c, -8); return TRUE;
    case GDK_KEY_Page_Down: step(c, 8); return TRUE;
    case GDK_KEY_Return:
    case GDK_KEY_KP_Enter:
    case GDK_KEY_Tab: accept_choice(c); return TRUE;
    case GDK_KEY_Left:
    case GDK_KEY_Right:
    case GDK_KEY_Home:
    case GDK_KEY_End: adj_ui_complete_close(c); return FALSE;
    default: return FALSE;
    }
}

// -- the popover ----------------------------------------------------------------------------

static GtkWidget *scroller(GtkWidget *child, int width)
{
    GtkWidget *s = gtk_scrolled_window_new();
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(s), child);
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(s), GTK_POLICY_NEVER,
                                   GTK_POLICY_AUTOMATIC);
    gtk_scrolled_window_set_propagate_natural_height(GTK_SCROLLED_WINDOW(s), TRUE);
    gtk_scrolled_window_set_max_content_height(GTK_SCROLLED_WINDOW(s), LIST_HEIGHT);
    gtk_widget_set_size_request(s, width, -1);
    return s;
}

AdjUiComplete *adj_ui_complete_new(AdjUiPage *p, GtkWidget *parent)
{
    AdjUiComplete *c = g_new0(AdjUiComplete, 1);
    c->page = p;
    c->parent = parent;
    c->list = gtk_list_box_new();
    gtk_accessible_update_property(GTK_ACCESSIBLE(c->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Completions"), -1);
    g_signal_connect(c->list, "row-selected", G_CALLBACK(row_selected), c);
    g_signal_connect(c->list, "row-activated", G_CALLBACK(row_activated), c);
    c->help = gtk_label_new(NULL);
    gtk_label_set_wrap(GTK_LABEL(c->help), TRUE);
    gtk_label_set_xalign(GTK_LABEL(c->help), 0);
    gtk_label_set_yalign(GTK_LABEL(c->help), 0);
    gtk_label_set_max_width_chars(GTK_LABEL(c->help), 64);
    gtk_widget_add_css_class(c->help, "help-text");
    c->list_scroller = scroller(c->list, 240);
    c->help_scroller = scroller(c->help, HELP_WIDTH);
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
    gtk_box_append(GTK_BOX(box), c->list_scroller);
    gtk_box_append(GTK_BOX(box), c->help_scroller);
    c->popover = gtk_popover_new();
    gtk_popover_set_child(GTK_POPOVER(c->popover), box);
    gtk_popover_set_autohide(GTK_POPOVER(c->popover), FALSE);
    gtk_popover_set_has_arrow(GTK_POPOVER(c->popover), FALSE);
    gtk_popover_set_position(GTK_POPOVER(c->popover), GTK_POS_BOTTOM);
    gtk_widget_set_halign(c->popover, GTK_ALIGN_START);
    gtk_widget_add_css_class(c->popover, "completion");
    gtk_widget_set_parent(c->popover, parent);
    return c;
}

void adj_ui_complete_free(AdjUiComplete *c)
{
    g_clear_handle_id(&c->rest, g_source_remove);
    g_free(c);
}
