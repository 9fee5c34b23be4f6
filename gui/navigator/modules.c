// SPDX-License-Identifier: Apache-2.0
// modules.c: the module tree: class, path, output shape, parameters, share of time, the norm of
// its gradient over the last steps, and a lamp for its health. The tree is rebuilt only when
// modules come or go; numbers change in place, so what is open stays open. Worst findings
// first: a lamp has a shape as well as a colour.
#include "navigator/navigator.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

enum { RATE = 4 };  // updates a second while training

typedef struct {
    AdjUiPage *page;
    GtkWidget *stack;
    GListStore *roots;
    GHashTable *by_path;  // path -> AdjUiItem, of the tree
    GtkSingleSelection *selection;
    GtkTreeListModel *tree;
    guint asked, steps, changes;
    char *shape_of_tree;  // all paths in order: when it differs, the tree is built anew
    double total_us;      // of all roots in the last step
    gboolean following;   // we are following the selection
} Modules;

// -- the tree -------------------------------------------------------------------------------

static char *paths_of(JsonArray *a)
{
    GString *s = g_string_new(NULL);
    for (guint i = 0; i < json_array_get_length(a); i++) {
        JsonObject *o = json_array_get_object_element(a, i);
        g_string_append(s, json_object_get_string_member_with_default(o, "path", ""));
        g_string_append_c(s, '\n');
    }
    return g_string_free(s, FALSE);
}

static void rebuild(Modules *m, JsonArray *a)
{
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_object_unref);
    g_autoptr(GPtrArray) roots = g_ptr_array_new();
    g_hash_table_remove_all(m->by_path);
    for (guint i = 0; i < json_array_get_length(a); i++) {
        JsonObject *o = json_array_get_object_element(a, i);
        const char *path = json_object_get_string_member_with_default(o, "path", "");
        gint64 parent = json_object_get_int_member_with_default(o, "parent", -1);
        AdjUiItem *item = adj_ui_item_new(path, o);
        g_ptr_array_add(items, item);
        g_hash_table_insert(m->by_path, item->key, item);
        if (parent < 0 || parent >= (gint64)i) {
            g_ptr_array_add(roots, item);
            continue;
        }
        AdjUiItem *above = items->pdata[parent];
        if (!above->children) above->children = g_list_store_new(ADJ_UI_TYPE_ITEM);
        g_list_store_append(above->children, item);
    }
    guint old = g_list_model_get_n_items(G_LIST_MODEL(m->roots));
    g_list_store_splice(m->roots, 0, old, roots->pdata, roots->len);
}

static double time_of(AdjUiItem *i)
{
    double forward = adj_ui_item_number(i, "forward_us"),
           back = adj_ui_item_number(i, "backward_us");
    return (isnan(forward) ? 0 : forward) + (isnan(back) ? 0 : back);
}

static void add_points(Modules *m)
{
    m->total_us = 0;
    for (guint i = 0; i < g_list_model_get_n_items(G_LIST_MODEL(m->roots)); i++) {
        g_autoptr(AdjUiItem) root = g_list_model_get_item(G_LIST_MODEL(m->roots), i);
        m->total_us += time_of(root);
    }
    GHashTableIter i;
    gpointer item;
    g_hash_table_iter_init(&i, m->by_path);
    while (g_hash_table_iter_next(&i, NULL, &item)) {
        double norm = adj_ui_item_number(item, "grad_norm");
        if (!isnan(norm)) adj_ui_item_add_point(item, norm);
    }
}

static void take(Modules *m, JsonArray *a)
{
    g_autofree char *paths = paths_of(a);
    if (g_strcmp0(paths, m->shape_of_tree)) {
        g_free(m->shape_of_tree);
        m->shape_of_tree = g_steal_pointer(&paths);
        rebuild(m, a);
    }
    for (guint i = 0; i < json_array_get_length(a); i++) {
        JsonObject *o = json_array_get_object_element(a, i);
        AdjUiItem *item = g_hash_table_lookup(
            m->by_path, json_object_get_string_member_with_default(o, "path", ""));
        if (item && item->json != o) {
            json_object_ref(o);
            json_object_unref(item->json);
            item->json = o;
        }
    }
    add_points(m);
    GHashTableIter i;
    gpointer item;
    g_hash_table_iter_init(&i, m->by_path);
    while (g_hash_table_iter_next(&i, NULL, &item)) g_signal_emit_by_name(item, "changed");
    gboolean empty = !json_array_get_length(a);
    gtk_stack_set_visible_child_name(GTK_STACK(m->stack), empty ? "empty" : "list");
}

static void answered(gpointer self, JsonObject *reply, const char *error)
{
    (void)error;
    Modules *m = self;
    m->asked = 0;
    JsonNode *n = reply ? json_object_get_member(reply, "modules") : NULL;
    if (n && JSON_NODE_HOLDS_ARRAY(n)) take(m, json_node_get_array(n));
}

static void ask(Modules *m)
{
    if (m->asked || !gtk_widget_get_mapped(m->stack)) return;
    if (adj_ui_model_state(m->page->model) == ADJ_UI_ABSENT) return;
    m->asked =
        adj_ui_model_ask(m->page->model, "modules", NULL, answered, m, G_OBJECT(m->stack));
}

static void stale(AdjUiModel *model, gpointer self)
{
    (void)model;
    Modules *m = g_object_get_data(self, "modules");
    m->asked = 0;
    ask(m);
}

static void news(gpointer self, JsonObject *event)
{
    (void)event;
    ask(self);
}

static guint subscribe(Modules *m, const char *topic)
{
    JsonObject *o = json_object_new();
    json_object_set_string_member(o, "topic", topic);
    json_object_set_int_member(o, "rate", RATE);
    return adj_ui_model_subscribe(m->page->model, o, news, m, G_OBJECT(m->stack));
}

static void mapped(GtkWidget *w, gpointer self)
{
    (void)w;
    Modules *m = self;
    m->steps = subscribe(m, "steps");
    m->changes = subscribe(m, "modules");
    ask(m);
}

static void unmapped(GtkWidget *w, gpointer self)
{
    (void)w;
    Modules *m = self;
    adj_ui_model_unsubscribe(m->page->model, m->steps);
    adj_ui_model_unsubscribe(m->page->model, m->changes);
}

// -- rows -----------------------------------------------------------------------------------

typedef struct {
    GtkWidget *expander, *lamp, *name, *class, *detail, *spark;
    AdjUiItem *item;  // while bound
    Modules *modules;
} Row;

// The worst finding decides; its message is what the tooltip says.
static void show_lamp(Row *r)
{
    JsonNode *n = json_object_get_member(r->item->json, "health");
    JsonArray *a = n && JSON_NODE_HOLDS_ARRAY(n) ? json_node_get_array(n) : NULL;
    const char *level = NULL, *message = NULL;
    if (a && json_array_get_length(a)) {
        JsonNode *worst = json_array_get_element(a, 0);
        if (JSON_NODE_HOLDS_OBJECT(worst)) {
            JsonObject *o = json_node_get_object(worst);
            level = json_object_get_string_member_with_default(o, "level", "warning");
            message = json_object_get_string_member_with_default(o, "message", NULL);
        } else if (JSON_NODE_HOLDS_VALUE(worst)) {
            level = "warning";
            message = json_node_get_string(worst);
        }
    }
    gboolean critical = !g_strcmp0(level, "critical"), warning = level && !critical;
    gboolean known = !isnan(adj_ui_item_number(r->item, "grad_norm"));
    gtk_label_set_text(GTK_LABEL(r->lamp), critical ? "✖" : warning ? "▲" : known ? "●" : "○");
    gtk_widget_set_css_classes(r->lamp, (const char *[]){"lamp",
                                                         critical  ? "lamp-bad"
                                                         : warning ? "lamp-warn"
                                                         : known   ? "lamp-good"
                                                                   : "lamp-unknown",
                                                         NULL});
    gtk_widget_set_tooltip_text(r->lamp, message ? message
                                         : known ? _("Nothing wrong in the last step")
                                                 : _("No gradient has passed yet"));
}

static void show(Row *r)
{
    AdjUiItem *i = r->item;
    g_autofree char *shape = adj_ui_item_shape(i, "output");
    g_autofree char *count = adj_ui_format_count(adj_ui_item_number(i, "parameters"));
    GString *s = g_string_new(NULL);
    if (shape) g_string_append(s, *shape ? shape : _("scalar"));
    if (adj_ui_item_number(i, "parameters") > 0)
        g_string_append_printf(s, "%s%s %s", s->len ? " · " : "", count, _("params"));
    double share = r->modules->total_us > 0 ? 100 * time_of(i) / r->modules->total_us : 0;
    if (share >= 0.5) g_string_append_printf(s, " · %.0f %%", share);
    gtk_label_set_text(GTK_LABEL(r->name), adj_ui_item_string(i, "name"));
    gtk_label_set_text(GTK_LABEL(r->class), adj_ui_item_string(i, "class"));
    gtk_label_set_text(GTK_LABEL(r->detail), s->str);
    gtk_widget_set_visible(r->detail, s->len > 0);
    g_string_free(s, TRUE);
    gtk_widget_set_tooltip_text(r->expander, adj_ui_item_string(i, "line"));
    gtk_widget_set_visible(r->spark, i->points > 1);
    gtk_widget_queue_draw(r->spark);
    show_lamp(r);
}

static void item_changed(AdjUiItem *i, gpointer self)
{
    (void)i;
    show(self);
}

// Logarithmic, because a gradient that vanishes does so by factors.
static void draw_spark(GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer self)
{
    Row *r = self;
    if (!r->item || r->item->points < 2) return;
    double low = INFINITY, high = -INFINITY;
    for (int i = 0; i < r->item->points; i++) {
        double y = log10(MAX(r->item->history[i], 1e-12f));
        low = MIN(low, y);
        high = MAX(high, y);
    }
    if (high - low < 0.5) low -= 0.25, high += 0.25;
    GdkRGBA c;
    gtk_style_context_get_color(gtk_widget_get_style_context(GTK_WIDGET(area)), &c);
    gdk_cairo_set_source_rgba(cr, &c);
    cairo_set_line_width(cr, 1.5);
    cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
    for (int i = 0; i < r->item->points; i++) {
        double y = (log10(MAX(r->item->history[i], 1e-12f)) - low) / (high - low);
        cairo_line_to(cr, 1 + (width - 2.0) * i / (ADJ_UI_HISTORY - 1),
                      height - 2 - (height - 4) * y);
    }
    cairo_stroke(cr);
}

static GtkWidget *make_words(Row *r)
{
    GtkWidget *words = gtk_box_new(GTK_ORIENTATION_VERTICAL, 1);
    GtkWidget *head = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
    r->name = gtk_label_new(NULL);
    r->class = gtk_label_new(NULL);
    r->detail = gtk_label_new(NULL);
    gtk_widget_add_css_class(r->name, "row-title");
    gtk_widget_add_css_class(r->class, "row-kind");
    gtk_label_set_ellipsize(GTK_LABEL(r->class), PANGO_ELLIPSIZE_END);
    gtk_label_set_xalign(GTK_LABEL(r->detail), 0);
    gtk_label_set_ellipsize(GTK_LABEL(r->detail), PANGO_ELLIPSIZE_END);
    gtk_widget_add_css_class(r->detail, "row-detail");
    gtk_box_append(GTK_BOX(head), r->name);
    gtk_box_append(GTK_BOX(head), r->class);
    gtk_box_append(GTK_BOX(words), head);
    gtk_box_append(GTK_BOX(words), r->detail);
    gtk_widget_set_hexpand(words, TRUE);
    return words;
}

static void setup(GtkSignalListItemFactory *f, GtkListItem *row, gpointer self)
{
    (void)f;
    Row *r = g_new0(Row, 1);
    r->modules = self;
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
    r->lamp = gtk_label_new("○");
    r->spark = gtk_drawing_area_new();
    gtk_widget_add_css_class(r->spark, "spark");
    gtk_widget_set_size_request(r->spark, 52, 20);
    gtk_widget_set_valign(r->spark, GTK_ALIGN_CENTER);
    gtk_widget_set_tooltip_text(r->spark, _("Norm of the gradient over the last steps"));
    gtk_drawing_area_set_draw_func(GTK_DRAWING_AREA(r->spark), draw_spark, r, NULL);
    gtk_box_append(GTK_BOX(box), r->lamp);
    gtk_box_append(GTK_BOX(box), make_words(r));
    gtk_box_append(GTK_BOX(box), r->spark);
    gtk_widget_add_css_class(box, "row");
    r->expander = gtk_tree_expander_new();
    gtk_tree_expander_set_child(GTK_TREE_EXPANDER(r->expander), box);
    g_object_set_data_full(G_OBJECT(r->expander), "row", r, g_free);
    gtk_list_item_set_child(row, r->expander);
}

static Row *row_of(GtkListItem *row)
{
    return g_object_get_data(G_OBJECT(gtk_list_item_get_child(row)), "row");
}

static void bind(GtkSignalListItemFactory *f, GtkListItem *item, gpointer self)
{
    (void)f, (void)self;
    Row *r = row_of(item);
    GtkTreeListRow *row = gtk_list_item_get_item(item);
    gtk_tree_expander_set_list_row(GTK_TREE_EXPANDER(r->expander), row);
    r->item = gtk_tree_list_row_get_item(row);
    g_signal_connect(r->item, "changed", G_CALLBACK(item_changed), r);
    show(r);
}

static void unbind(GtkSignalListItemFactory *f, GtkListItem *item, gpointer self)
{
    (void)f, (void)self;
    Row *r = row_of(item);
    g_signal_handlers_disconnect_by_func(r->item, item_changed, r);
    g_clear_object(&r->item);
}

static GListModel *children(gpointer item, gpointer self)
{
    (void)self;
    AdjUiItem *i = item;
    return i->children ? G_LIST_MODEL(g_object_ref(i->children)) : NULL;
}

// -- the selection --------------------------------------------------------------------------

static void chosen(GtkSingleSelection *s, GParamSpec *spec, gpointer self)
{
    (void)spec;
    Modules *m = self;
    GtkTreeListRow *row = gtk_single_selection_get_selected_item(s);
    if (!row || m->following) return;
    g_autoptr(AdjUiItem) i = gtk_tree_list_row_get_item(row);
    AdjUiSelection what = ADJ_UI_SELECTION_NONE;
    what.module = i->key;
    what.value = i->key;
    what.from = m;
    adj_ui_model_select(m->page->model, &what);
}

static void selected(AdjUiModel *model, gpointer self)
{
    Modules *m = g_object_get_data(self, "modules");
    const AdjUiSelection *s = adj_ui_model_selection(model);
    if (s->from == m || !s->module) return;
    for (guint i = 0; i < g_list_model_get_n_items(G_LIST_MODEL(m->tree)); i++) {
        g_autoptr(GtkTreeListRow) row = g_list_model_get_item(G_LIST_MODEL(m->tree), i);
        g_autoptr(AdjUiItem) item = gtk_tree_list_row_get_item(row);
        if (g_strcmp0(item->key, s->module)) continue;
        m->following = TRUE;
        gtk_single_selection_set_selected(m->selection, i);
        m->following = FALSE;
        return;
    }
}

static void modules_free(gpointer self)
{
    Modules *m = self;
    g_hash_table_unref(m->by_path);
    g_free(m->shape_of_tree);
    g_free(m);
}

static GtkWidget *make_list(Modules *m)
{
    m->roots = g_list_store_new(ADJ_UI_TYPE_ITEM);
    m->tree = gtk_tree_list_model_new(G_LIST_MODEL(m->roots), FALSE, TRUE, children, m, NULL);
    m->selection = gtk_single_selection_new(G_LIST_MODEL(m->tree));
    gtk_single_selection_set_autoselect(m->selection, FALSE);
    gtk_single_selection_set_can_unselect(m->selection, TRUE);
    g_signal_connect(m->selection, "notify::selected", G_CALLBACK(chosen), m);
    GtkListItemFactory *f = gtk_signal_list_item_factory_new();
    g_signal_connect(f, "setup", G_CALLBACK(setup), m);
    g_signal_connect(f, "bind", G_CALLBACK(bind), m);
    g_signal_connect(f, "unbind", G_CALLBACK(unbind), m);
    GtkWidget *list = gtk_list_view_new(GTK_SELECTION_MODEL(m->selection), f);
    gtk_widget_add_css_class(list, "navigation-list");
    gtk_accessible_update_property(GTK_ACCESSIBLE(list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Modules"), -1);
    GtkWidget *s = gtk_scrolled_window_new();
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(s), list);
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(s), GTK_POLICY_NEVER,
                                   GTK_POLICY_AUTOMATIC);
    return s;
}

GtkWidget *adj_ui_modules_new(AdjUiPage *p)
{
    Modules *m = g_new0(Modules, 1);
    m->page = p;
    m->by_path = g_hash_table_new(g_str_hash, g_str_equal);
    m->stack = gtk_stack_new();
    gtk_stack_add_named(GTK_STACK(m->stack),
                        adj_ui_empty_new("adj-modules-symbolic", _("No Modules"),
                                         _("Models appear here with their layers, shapes and "
                                           "health.")),
                        "empty");
    gtk_stack_add_named(GTK_STACK(m->stack), make_list(m), "list");
    g_object_set_data_full(G_OBJECT(m->stack), "modules", m, modules_free);
    g_signal_connect(m->stack, "map", G_CALLBACK(mapped), m);
    g_signal_connect(m->stack, "unmap", G_CALLBACK(unmapped), m);
    g_signal_connect_object(p->model, "ran", G_CALLBACK(stale), m->stack, 0);
    g_signal_connect_object(p->model, "connected", G_CALLBACK(stale), m->stack, 0);
    g_signal_connect_object(p->model, "selection", G_CALLBACK(selected), m->stack, 0);
    return m->stack;
}
