// SPDX-License-Identifier: Apache-2.0
// variables.c: the names of the session's main program. Read anew when a cell has run, and
// while one runs once a second as long as somebody looks.
#include "navigator/navigator.h"

#include <glib/gi18n.h>

enum { REFRESH_MS = 1000 };

typedef struct {
    AdjUiPage *page;
    GtkWidget *stack;
    GListStore *items;
    GtkSingleSelection *selection;
    guint asked, timer;
} Variables;

static void answered(gpointer self, JsonObject *reply, const char *error)
{
    (void)error;
    Variables *v = self;
    v->asked = 0;
    JsonNode *n = reply ? json_object_get_member(reply, "variables") : NULL;
    if (!n || !JSON_NODE_HOLDS_ARRAY(n)) return;
    adj_ui_items_update(v->items, json_node_get_array(n), "name");
    gboolean empty = !g_list_model_get_n_items(G_LIST_MODEL(v->items));
    gtk_stack_set_visible_child_name(GTK_STACK(v->stack), empty ? "empty" : "list");
}

static void ask(Variables *v)
{
    if (v->asked || !gtk_widget_get_mapped(v->stack)) return;
    if (adj_ui_model_state(v->page->model) == ADJ_UI_ABSENT) return;
    v->asked =
        adj_ui_model_ask(v->page->model, "variables", NULL, answered, v, G_OBJECT(v->stack));
}

static gboolean again(gpointer self)
{
    Variables *v = self;
    if (adj_ui_model_state(v->page->model) == ADJ_UI_BUSY) ask(v);
    return G_SOURCE_CONTINUE;
}

static void stale(AdjUiModel *m, gpointer self)
{
    (void)m;
    Variables *v = g_object_get_data(self, "variables");
    v->asked = 0;
    ask(v);
}

static void mapped(GtkWidget *w, gpointer self)
{
    (void)w;
    ask(self);
}

// -- rows -----------------------------------------------------------------------------------

static void show(GtkListItem *row, AdjUiItem *i)
{
    GtkWidget *box = gtk_list_item_get_child(row);
    GtkWidget *head = gtk_widget_get_first_child(box);
    GtkWidget *name = gtk_widget_get_first_child(head), *kind = gtk_widget_get_last_child(head);
    GtkWidget *preview = gtk_widget_get_last_child(box);
    g_autofree char *shape = adj_ui_item_shape(i, "shape");
    g_autofree char *what =
        shape && *shape ? g_strdup(shape) : g_strdup(adj_ui_item_string(i, "type"));
    gtk_label_set_text(GTK_LABEL(name), adj_ui_item_string(i, "name"));
    gtk_label_set_text(GTK_LABEL(kind), what);
    gtk_label_set_text(GTK_LABEL(preview), adj_ui_item_string(i, "preview"));
    gtk_widget_set_tooltip_text(box, adj_ui_item_string(i, "preview"));
}

static void setup(GtkSignalListItemFactory *f, GtkListItem *row, gpointer self)
{
    (void)f, (void)self;
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
    GtkWidget *head = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
    GtkWidget *name = gtk_label_new(NULL), *kind = gtk_label_new(NULL);
    GtkWidget *preview = gtk_label_new(NULL);
    gtk_label_set_xalign(GTK_LABEL(name), 0);
    gtk_label_set_ellipsize(GTK_LABEL(name), PANGO_ELLIPSIZE_END);
    gtk_widget_set_hexpand(name, TRUE);
    gtk_widget_add_css_class(name, "row-title");
    gtk_widget_add_css_class(kind, "row-kind");
    gtk_label_set_xalign(GTK_LABEL(preview), 0);
    gtk_label_set_ellipsize(GTK_LABEL(preview), PANGO_ELLIPSIZE_END);
    gtk_widget_add_css_class(preview, "row-detail");
    gtk_box_append(GTK_BOX(head), name);
    gtk_box_append(GTK_BOX(head), kind);
    gtk_box_append(GTK_BOX(box), head);
    gtk_box_append(GTK_BOX(box), preview);
    gtk_widget_add_css_class(box, "row");
    gtk_list_item_set_child(row, box);
}

static void item_changed(AdjUiItem *i, gpointer row)
{
    show(row, i);
}

static void bind(GtkSignalListItemFactory *f, GtkListItem *row, gpointer self)
{
    (void)f, (void)self;
    AdjUiItem *i = gtk_list_item_get_item(row);
    g_signal_connect(i, "changed", G_CALLBACK(item_changed), row);
    show(row, i);
}

static void unbind(GtkSignalListItemFactory *f, GtkListItem *row, gpointer self)
{
    (void)f, (void)self;
    g_signal_handlers_disconnect_by_func(gtk_list_item_get_item(row), item_changed, row);
}

static void chosen(GtkSingleSelection *s, GParamSpec *spec, gpointer self)
{
    (void)spec;
    Variables *v = self;
    AdjUiItem *i = gtk_single_selection_get_selected_item(s);
    if (!i) return;
    AdjUiSelection what = ADJ_UI_SELECTION_NONE;
    what.value = i->key;
    gboolean module = !json_object_has_member(i->json, "shape");
    if (module) what.module = i->key;
    what.from = v;
    adj_ui_model_select(v->page->model, &what);
}

static void variables_free(gpointer self)
{
    Variables *v = self;
    g_clear_handle_id(&v->timer, g_source_remove);
    g_free(v);
}

GtkWidget *adj_ui_variables_new(AdjUiPage *p)
{
    Variables *v = g_new0(Variables, 1);
    v->page = p;
    v->items = g_list_store_new(ADJ_UI_TYPE_ITEM);
    v->selection = gtk_single_selection_new(G_LIST_MODEL(v->items));
    gtk_single_selection_set_autoselect(v->selection, FALSE);
    gtk_single_selection_set_can_unselect(v->selection, TRUE);
    GtkListItemFactory *f = gtk_signal_list_item_factory_new();
    g_signal_connect(f, "setup", G_CALLBACK(setup), v);
    g_signal_connect(f, "bind", G_CALLBACK(bind), v);
    g_signal_connect(f, "unbind", G_CALLBACK(unbind), v);
    GtkWidget *list = gtk_list_view_new(GTK_SELECTION_MODEL(v->selection), f);
    gtk_widget_add_css_class(list, "navigation-list");
    gtk_accessible_update_property(GTK_ACCESSIBLE(list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Variables"), -1);
    g_signal_connect(v->selection, "notify::selected", G_CALLBACK(chosen), v);
    GtkWidget *s = gtk_scrolled_window_new();
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(s), list);
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(s), GTK_POLICY_NEVER,
                                   GTK_POLICY_AUTOMATIC);
    v->stack = gtk_stack_new();
    gtk_stack_add_named(GTK_STACK(v->stack),
                        adj_ui_empty_new("adj-variables-symbolic", _("No Variables"),
                                         _("Names appear here when a cell has run.")),
                        "empty");
    gtk_stack_add_named(GTK_STACK(v->stack), s, "list");
    g_object_set_data_full(G_OBJECT(v->stack), "variables", v, variables_free);
    g_signal_connect(v->stack, "map", G_CALLBACK(mapped), v);
    g_signal_connect_object(p->model, "ran", G_CALLBACK(stale), v->stack, 0);
    g_signal_connect_object(p->model, "connected", G_CALLBACK(stale), v->stack, 0);
    v->timer = g_timeout_add(REFRESH_MS, again, v);
    return v->stack;
}
