// SPDX-License-Identifier: Apache-2.0
// hover.c: rest the pointer on any sub-expression and see what it is: value, shape, statistics,
// gradient. The question goes to the session, which runs nothing that could change anything
// (docs/protocol.md, hover); the answer says which characters it is about, and the card stays
// while the pointer is on them.
#include "notebook/cell_view.h"
#include "notebook/page.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

enum { REST_MS = 300, WATCH_MS = 120 };

typedef struct {
    AdjUiPage *page;
    GtkSourceView *editor;
    GtkWidget *popover, *box;
    double x, y;
    guint rest, asked, watch;
    int start, end;  // characters the card is about; start < 0: there is no card
} Hover;

static GtkWidget *add_label(GtkWidget *box, const char *text, const char *class)
{
    GtkWidget *l = gtk_label_new(text);
    gtk_label_set_xalign(GTK_LABEL(l), 0);
    gtk_label_set_wrap(GTK_LABEL(l), TRUE);
    gtk_label_set_max_width_chars(GTK_LABEL(l), 60);
    gtk_widget_add_css_class(l, class);
    gtk_box_append(GTK_BOX(box), l);
    return l;
}

static const char *string_of(JsonObject *o, const char *name)
{
    JsonNode *n = json_object_get_member(o, name);
    if (!n || !JSON_NODE_HOLDS_VALUE(n) || json_node_get_value_type(n) != G_TYPE_STRING)
        return NULL;
    return json_node_get_string(n);
}

static char *shape_of(JsonObject *o)
{
    JsonNode *n = json_object_get_member(o, "shape");
    if (!n || !JSON_NODE_HOLDS_ARRAY(n)) return NULL;
    JsonArray *a = json_node_get_array(n);
    GString *s = g_string_new(NULL);
    for (guint i = 0; i < json_array_get_length(a); i++)
        g_string_append_printf(s, "%s%" G_GINT64_FORMAT, i ? " × " : "",
                               json_array_get_int_element(a, i));
    if (!s->len) g_string_append(s, _("a single number"));
    return g_string_free(s, FALSE);
}

// Numbers that JSON cannot hold travel as strings.
static char *number_text(JsonObject *o, const char *name)
{
    JsonNode *n = json_object_get_member(o, name);
    if (!n || !JSON_NODE_HOLDS_VALUE(n)) return g_strdup("–");
    if (json_node_get_value_type(n) == G_TYPE_STRING) return g_strdup(json_node_get_string(n));
    return g_strdup_printf("%.4g", json_node_get_double(n));
}

static void add_statistics(GtkWidget *box, JsonObject *stats)
{
    static const char *const rows[][2] = {{"mean", N_("mean")}, {"std", N_("std")},
                                          {"min", N_("min")},   {"max", N_("max")},
                                          {"norm", N_("norm")}, {"zeros", N_("zeros")}};
    GtkWidget *grid = gtk_grid_new();
    gtk_grid_set_column_spacing(GTK_GRID(grid), 18);
    gtk_grid_set_row_spacing(GTK_GRID(grid), 2);
    for (int i = 0; i < (int)G_N_ELEMENTS(rows); i++) {
        g_autofree char *value = number_text(stats, rows[i][0]);
        GtkWidget *name = gtk_label_new(_(rows[i][1])), *v = gtk_label_new(value);
        gtk_widget_add_css_class(name, "dim-label");
        gtk_widget_add_css_class(name, "caption");
        gtk_widget_add_css_class(v, "numeric");
        gtk_label_set_xalign(GTK_LABEL(name), 0);
        gtk_label_set_xalign(GTK_LABEL(v), 0);
        gtk_grid_attach(GTK_GRID(grid), name, i % 3, i / 3 * 2, 1, 1);
        gtk_grid_attach(GTK_GRID(grid), v, i % 3, i / 3 * 2 + 1, 1, 1);
    }
    gtk_box_append(GTK_BOX(box), grid);
}

static void add_gradient(GtkWidget *box, JsonObject *reply)
{
    JsonNode *n = json_object_get_member(reply, "grad_norm");
    if (!n || !JSON_NODE_HOLDS_VALUE(n)) return;
    g_autofree char *value = number_text(reply, "grad_norm");
    g_autofree char *text = g_strdup_printf(_("gradient norm %s"), value);
    add_label(box, text, "hover-grad");
}

static void add_operation(GtkWidget *box, JsonObject *reply)
{
    JsonNode *n = json_object_get_member(reply, "op");
    if (!n || !JSON_NODE_HOLDS_OBJECT(n)) return;
    JsonObject *op = json_node_get_object(n);
    g_autofree char *shape = shape_of(op);
    g_autofree char *text =
        g_strdup_printf(_("made by %s in the last step → %s"),
                        string_of(op, "op") ? string_of(op, "op") : "?", shape ? shape : "?");
    add_label(box, text, "caption");
}

// The first lines of a value: a card is for a glance.
static void add_value(GtkWidget *box, const char *value)
{
    enum { LINES = 6 };
    const char *end = value;
    for (int i = 0; i < LINES && *end; i++) {
        end = strchrnul(end, '\n');
        if (*end && i + 1 < LINES) end++;
    }
    gboolean cut = end < value + strlen(value);
    g_autofree char *head = g_strndup(value, cut ? (gsize)(end - value) : strlen(value));
    g_autofree char *text = g_strconcat(g_strchomp(head), cut ? "\n…" : "", NULL);
    add_label(box, text, "hover-value");
}

static void fill(Hover *h, JsonObject *reply)
{
    GtkWidget *child;
    while ((child = gtk_widget_get_first_child(h->box))) gtk_box_remove(GTK_BOX(h->box), child);
    g_autofree char *shape = shape_of(reply);
    const char *type = string_of(reply, "type"), *dtype = string_of(reply, "dtype");
    const char *text = string_of(reply, "text"), *value = string_of(reply, "value");
    if (text) add_label(h->box, text, "hover-title");
    g_autofree char *kind =
        g_strdup_printf("%s%s%s%s%s", type ? type : "", shape ? "   " : "", shape ? shape : "",
                        dtype ? "   " : "", dtype ? dtype : "");
    if (*g_strstrip(kind)) add_label(h->box, kind, "dim-label");
    if (value) add_value(h->box, value);
    JsonNode *n = json_object_get_member(reply, "statistics");
    if (n && JSON_NODE_HOLDS_OBJECT(n)) add_statistics(h->box, json_node_get_object(n));
    add_gradient(h->box, reply);
    add_operation(h->box, reply);
}

static char *text_of(Hover *h)
{
    GtkTextIter a, b;
    GtkTextBuffer *t = gtk_text_view_get_buffer(GTK_TEXT_VIEW(h->editor));
    gtk_text_buffer_get_bounds(t, &a, &b);
    return gtk_text_buffer_get_text(t, &a, &b, TRUE);
}

static void close_card(Hover *h)
{
    g_clear_handle_id(&h->watch, g_source_remove);
    h->start = ADJ_UI_NONE;
    h->asked = 0;
    if (h->popover) gtk_popover_popdown(GTK_POPOVER(h->popover));
}

static gboolean offset_under_pointer(Hover *h, int *offset)
{
    int x, y;
    GtkTextIter at;
    gtk_text_view_window_to_buffer_coords(GTK_TEXT_VIEW(h->editor), GTK_TEXT_WINDOW_WIDGET,
                                          (int)h->x, (int)h->y, &x, &y);
    if (!gtk_text_view_get_iter_at_location(GTK_TEXT_VIEW(h->editor), &at, x, y)) return FALSE;
    *offset = gtk_text_iter_get_offset(&at);
    return TRUE;
}

static gboolean is_on_span(Hover *h)
{
    int offset;
    return h->start >= 0 && offset_under_pointer(h, &offset) && offset >= h->start &&
           offset < h->end;
}

// The card is a surface of its own: where it appears, the pointer may leave ours without having
// moved. So while there is a card, the pointer is asked where it is.
static gboolean watch(gpointer self)
{
    Hover *h = self;
    GtkNative *native = gtk_widget_get_native(GTK_WIDGET(h->editor));
    GdkSurface *surface = native ? gtk_native_get_surface(native) : NULL;
    GdkSeat *seat = gdk_display_get_default_seat(gdk_display_get_default());
    double x, y, dx, dy;
    if (surface &&
        gdk_surface_get_device_position(surface, gdk_seat_get_pointer(seat), &x, &y, NULL)) {
        gtk_native_get_surface_transform(native, &dx, &dy);
        gtk_widget_translate_coordinates(GTK_WIDGET(native), GTK_WIDGET(h->editor), x - dx,
                                         y - dy, &h->x, &h->y);
        if (is_on_span(h)) return G_SOURCE_CONTINUE;
    }
    h->watch = 0;
    close_card(h);
    return G_SOURCE_REMOVE;
}

static GdkRectangle span_rectangle(Hover *h)
{
    GtkTextBuffer *t = gtk_text_view_get_buffer(GTK_TEXT_VIEW(h->editor));
    GtkTextIter a, b;
    GdkRectangle from, to, r;
    gtk_text_buffer_get_iter_at_offset(t, &a, h->start);
    gtk_text_buffer_get_iter_at_offset(t, &b, h->end);
    gtk_text_view_get_iter_location(GTK_TEXT_VIEW(h->editor), &a, &from);
    gtk_text_view_get_iter_location(GTK_TEXT_VIEW(h->editor), &b, &to);
    r = from;
    r.width = to.y == from.y ? MAX(to.x - from.x, 2) : 40;
    gtk_text_view_buffer_to_window_coords(GTK_TEXT_VIEW(h->editor), GTK_TEXT_WINDOW_WIDGET, r.x,
                                          r.y, &r.x, &r.y);
    return r;
}

static void make_popover(Hover *h)
{
    if (h->popover) return;
    h->popover = gtk_popover_new();
    h->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
    gtk_widget_add_css_class(h->box, "hover-card");
    gtk_popover_set_child(GTK_POPOVER(h->popover), h->box);
    gtk_popover_set_autohide(GTK_POPOVER(h->popover), FALSE);
    gtk_popover_set_position(GTK_POPOVER(h->popover), GTK_POS_BOTTOM);
    gtk_widget_set_can_target(h->popover, FALSE);
    gtk_widget_set_parent(h->popover, gtk_widget_get_parent(h->page->scroller));
}

static void show_card(Hover *h, JsonObject *reply, const char *code)
{
    gint64 from = json_object_get_int_member_with_default(reply, "start", 0);
    gint64 to = json_object_get_int_member_with_default(reply, "end", 0);
    gint64 length = (gint64)strlen(code);
    if (from < 0 || to <= from || to > length) return;
    h->start = (int)g_utf8_pointer_to_offset(code, code + from);
    h->end = (int)g_utf8_pointer_to_offset(code, code + to);
    make_popover(h);
    fill(h, reply);
    GdkRectangle r = span_rectangle(h);
    double x, y;
    if (!gtk_widget_translate_coordinates(GTK_WIDGET(h->editor), h->page->scroller, r.x, r.y,
                                          &x, &y))
        return;
    r.x = (int)x;
    r.y = (int)y;
    gtk_popover_set_pointing_to(GTK_POPOVER(h->popover), &r);
    gtk_popover_popup(GTK_POPOVER(h->popover));
    if (!h->watch) h->watch = g_timeout_add(WATCH_MS, watch, h);
}

static void answered(gpointer self, JsonObject *reply, const char *error)
{
    (void)error;
    Hover *h = self;
    if (!h->asked || !reply) return;
    h->asked = 0;
    if (!json_object_get_boolean_member_with_default(reply, "found", FALSE)) return;
    g_autofree char *code = text_of(h);
    show_card(h, reply, code);
}

static gboolean rested(gpointer self)
{
    Hover *h = self;
    h->rest = 0;
    int offset;
    if (adj_ui_model_state(h->page->model) < ADJ_UI_IDLE ||
        adj_ui_model_state(h->page->model) == ADJ_UI_DEAD || !offset_under_pointer(h, &offset))
        return G_SOURCE_REMOVE;
    g_autofree char *code = text_of(h);
    JsonObject *o = json_object_new();
    json_object_set_string_member(o, "code", code);
    json_object_set_int_member(o, "cursor", g_utf8_offset_to_pointer(code, offset) - code);
    h->asked = adj_ui_model_ask(h->page->model, "hover", o, answered, h, G_OBJECT(h->editor));
    return G_SOURCE_REMOVE;
}

static void moved(GtkEventControllerMotion *c, double x, double y, gpointer self)
{
    (void)c;
    Hover *h = self;
    if (fabs(x - h->x) < 1 && fabs(y - h->y) < 1) return;
    h->x = x;
    h->y = y;
    if (is_on_span(h)) return;
    if (h->start >= 0) close_card(h);
    g_clear_handle_id(&h->rest, g_source_remove);
    h->rest = g_timeout_add(REST_MS, rested, h);
}

static void left(GtkEventControllerMotion *c, gpointer self)
{
    (void)c;
    Hover *h = self;
    g_clear_handle_id(&h->rest, g_source_remove);
}

static void hover_free(gpointer self)
{
    Hover *h = self;
    g_clear_handle_id(&h->watch, g_source_remove);
    g_clear_handle_id(&h->rest, g_source_remove);
    if (h->popover) gtk_widget_unparent(h->popover);
    g_free(h);
}

// The editor goes before the scroller that the card hangs on, or with it.
static void editor_unrealized(GtkWidget *w, gpointer self)
{
    (void)w;
    Hover *h = self;
    g_clear_handle_id(&h->rest, g_source_remove);
    g_clear_handle_id(&h->watch, g_source_remove);
    h->start = ADJ_UI_NONE;
    g_clear_pointer(&h->popover, gtk_widget_unparent);
}

void adj_ui_hover_attach(AdjUiPage *p, GtkSourceView *editor)
{
    Hover *h = g_new0(Hover, 1);
    h->page = p;
    h->editor = editor;
    h->start = ADJ_UI_NONE;
    GtkEventController *c = gtk_event_controller_motion_new();
    g_signal_connect(c, "motion", G_CALLBACK(moved), h);
    g_signal_connect(c, "leave", G_CALLBACK(left), h);
    gtk_widget_add_controller(GTK_WIDGET(editor), c);
    g_signal_connect(editor, "unrealize", G_CALLBACK(editor_unrealized), h);
    g_object_set_data_full(G_OBJECT(editor), "hover", h, hover_free);
}
