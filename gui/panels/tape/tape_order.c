// SPDX-License-Identifier: Apache-2.0
//
// The list's model is a number of rows: row k is node k of the walk, and a row that scrolls
// into view reads the walk. A step changes what rows in view say and nothing else, so the list
// keeps its place and its focus.

#include "panels/tape/tape_order.h"

#include "paint/pen.h"

#include <glib/gi18n.h>
#include <math.h>

// -- rows ---------------------------------------------------------------------------------

G_DECLARE_FINAL_TYPE(AdjUiOrderRow, adj_ui_order_row, ADJ_UI, ORDER_ROW, GObject)
struct _AdjUiOrderRow {
    GObject base;
    int32_t node;
};
G_DEFINE_FINAL_TYPE(AdjUiOrderRow, adj_ui_order_row, G_TYPE_OBJECT)
static void adj_ui_order_row_class_init(AdjUiOrderRowClass *class)
{
    (void)class;
}
static void adj_ui_order_row_init(AdjUiOrderRow *r)
{
    (void)r;
}

G_DECLARE_FINAL_TYPE(AdjUiOrderList, adj_ui_order_list, ADJ_UI, ORDER_LIST, GObject)
struct _AdjUiOrderList {
    GObject base;
    guint count;
};

static GType item_type(GListModel *m)
{
    (void)m;
    return adj_ui_order_row_get_type();
}

static guint item_count(GListModel *m)
{
    return ADJ_UI_ORDER_LIST(m)->count;
}

static gpointer item_at(GListModel *m, guint at)
{
    if (at >= ADJ_UI_ORDER_LIST(m)->count) return NULL;
    AdjUiOrderRow *r = g_object_new(adj_ui_order_row_get_type(), NULL);
    r->node = (int32_t)at;
    return r;
}

static void list_interface(GListModelInterface *i)
{
    i->get_item_type = item_type;
    i->get_n_items = item_count;
    i->get_item = item_at;
}

G_DEFINE_FINAL_TYPE_WITH_CODE(AdjUiOrderList, adj_ui_order_list, G_TYPE_OBJECT,
                              G_IMPLEMENT_INTERFACE(G_TYPE_LIST_MODEL, list_interface))
static void adj_ui_order_list_class_init(AdjUiOrderListClass *class)
{
    (void)class;
}
static void adj_ui_order_list_init(AdjUiOrderList *l)
{
    (void)l;
}

static void set_count(AdjUiOrderList *l, guint count)
{
    guint before = l->count;
    l->count = count;
    if (before != count) g_list_model_items_changed(G_LIST_MODEL(l), 0, before, count);
}

// -- what a row says ----------------------------------------------------------------------

typedef struct Order {
    const AdjUiOrderOwner *owner;
    gpointer self;
    const AdjUiWalk *walk;
    AdjUiOrderList *list;
    GtkSingleSelection *selection;
    GtkWidget *box, *view, *seed;
    GHashTable *shown;  // of GtkListItem: the rows in view
    gboolean quiet;     // choosing is our own doing
} Order;

static Order *order_of(GtkWidget *w)
{
    return g_object_get_data(G_OBJECT(w), "tape-order");
}

// A mark says it, the colour only repeats it.
static const struct {
    const char *mark, *class;
} fronts[] = {
    [ADJ_UI_NO_STATE] = {" ", "dim-label"}, [ADJ_UI_WAITING] = {"·", "dim-label"},
    [ADJ_UI_READY] = {"●", "warning"},      [ADJ_UI_DONE] = {"✓", "success"},
    [ADJ_UI_NEXT] = {"▶", "accent"},
};

static GtkWidget *child_at(GtkWidget *box, int n)
{
    GtkWidget *c = gtk_widget_get_first_child(box);
    while (c && n--) c = gtk_widget_get_next_sibling(c);
    return c;
}

static uint8_t front_at(const AdjUiWalk *w, int32_t node)
{
    if (w->done || node < w->at) return ADJ_UI_DONE;
    if (node == w->at) return ADJ_UI_NEXT;
    return w->ops[node] >= 0 ? w->states[w->ops[node]].front : ADJ_UI_WAITING;
}

static void say_row(const Order *o, GtkListItem *item)
{
    AdjUiOrderRow *r = gtk_list_item_get_item(item);
    GtkWidget *box = gtk_list_item_get_child(item);
    const AdjUiWalk *w = o->walk;
    if (!r || !w || !w->on || r->node >= w->count) return;
    uint8_t front = front_at(w, r->node);
    const char *classes[] = {fronts[front].class, NULL};
    gtk_widget_set_css_classes(child_at(box, 0), classes);
    gtk_label_set_text(GTK_LABEL(child_at(box, 0)), fronts[front].mark);
    g_autofree char *number = g_strdup_printf("%d", r->node + 1);
    gtk_label_set_text(GTK_LABEL(child_at(box, 1)), number);
    gtk_label_set_text(GTK_LABEL(child_at(box, 2)), w->titles[r->node]);
    gtk_widget_set_tooltip_text(box, w->modules[r->node]);
    float norm = w->ops[r->node] >= 0 ? w->states[w->ops[r->node]].grad_norm : NAN;
    char text[32] = "";
    if (!isnan(norm)) adj_ui_number(text, norm, 3);
    gtk_label_set_text(GTK_LABEL(child_at(box, 3)), text);
}

static GtkWidget *cell(int chars, float align, gboolean grows)
{
    GtkWidget *l = g_object_new(GTK_TYPE_LABEL, "xalign", align, "width-chars", chars,
                                "ellipsize", grows ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_NONE,
                                "hexpand", grows, NULL);
    return l;
}

// A click goes there, as Enter does; the arrow keys only look.
static void row_clicked(GtkGestureClick *g, int presses, double x, double y, gpointer item)
{
    (void)presses, (void)x, (void)y;
    Order *o = g_object_get_data(G_OBJECT(g), "order");
    AdjUiOrderRow *r = gtk_list_item_get_item(item);
    if (r && o->walk) o->owner->go(o->self, r->node);
}

static void setup_row(GtkListItemFactory *f, GtkListItem *item, gpointer self)
{
    (void)f;
    GtkGesture *click = gtk_gesture_click_new();
    g_object_set_data(G_OBJECT(click), "order", self);
    g_signal_connect(click, "released", G_CALLBACK(row_clicked), item);
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    GtkWidget *number = cell(2, 1, FALSE), *norm = cell(5, 1, FALSE);
    gtk_widget_add_css_class(number, "dim-label");
    gtk_widget_add_css_class(number, "numeric");
    gtk_widget_add_css_class(norm, "dim-label");
    gtk_widget_add_css_class(norm, "numeric");
    gtk_box_append(GTK_BOX(box), cell(1, 0.5f, FALSE));
    gtk_box_append(GTK_BOX(box), number);
    gtk_box_append(GTK_BOX(box), cell(7, 0, TRUE));
    gtk_box_append(GTK_BOX(box), norm);
    gtk_widget_set_margin_start(box, 8);
    gtk_widget_set_margin_end(box, 8);
    gtk_widget_add_controller(box, GTK_EVENT_CONTROLLER(click));
    gtk_list_item_set_child(item, box);
}

static void bind_row(GtkListItemFactory *f, GtkListItem *item, gpointer self)
{
    (void)f;
    Order *o = self;
    g_hash_table_add(o->shown, item);
    say_row(o, item);
}

static void unbind_row(GtkListItemFactory *f, GtkListItem *item, gpointer self)
{
    (void)f;
    g_hash_table_remove(((Order *)self)->shown, item);
}

// -- the list -----------------------------------------------------------------------------

static void activated(GtkListView *view, guint at, gpointer self)
{
    (void)view;
    Order *o = self;
    o->owner->go(o->self, (int32_t)at);
}

static void chosen(GObject *selection, GParamSpec *p, gpointer self)
{
    (void)p;
    Order *o = self;
    guint at = gtk_single_selection_get_selected(GTK_SINGLE_SELECTION(selection));
    if (o->quiet || at == GTK_INVALID_LIST_POSITION) return;
    o->owner->look(o->self, (int32_t)at);
}

void adj_ui_tape_order_choose(GtkWidget *w, int32_t node)
{
    Order *o = order_of(w);
    gboolean there = node >= 0 && (guint)node < o->list->count;
    o->quiet = TRUE;
    gtk_single_selection_set_selected(o->selection,
                                      there ? (guint)node : GTK_INVALID_LIST_POSITION);
    if (there) gtk_widget_activate_action(o->view, "list.scroll-to-item", "u", (guint)node);
    o->quiet = FALSE;
}

void adj_ui_tape_order_show(GtkWidget *w, const AdjUiWalk *walk)
{
    Order *o = order_of(w);
    o->walk = walk && walk->on ? walk : NULL;
    o->quiet = TRUE;
    set_count(o->list, o->walk ? (guint)walk->count : 0);
    o->quiet = FALSE;
    gtk_label_set_text(GTK_LABEL(o->seed),
                       o->walk ? walk->seed
                               : _("F7 starts the pass: its order shows up here."));
    GHashTableIter i;
    gpointer item;
    g_hash_table_iter_init(&i, o->shown);
    while (g_hash_table_iter_next(&i, &item, NULL)) say_row(o, item);
    if (o->walk) adj_ui_tape_order_choose(w, walk->at);
}

static void order_free(gpointer p)
{
    Order *o = p;
    g_hash_table_unref(o->shown);
    g_object_unref(o->list);
    g_free(o);
}

GtkWidget *adj_ui_tape_order_new(const AdjUiOrderOwner *owner, gpointer self)
{
    Order *o = g_new0(Order, 1);
    o->owner = owner;
    o->self = self;
    o->shown = g_hash_table_new(g_direct_hash, g_direct_equal);
    o->list = g_object_new(adj_ui_order_list_get_type(), NULL);
    o->selection = gtk_single_selection_new(G_LIST_MODEL(g_object_ref(o->list)));
    gtk_single_selection_set_autoselect(o->selection, FALSE);
    gtk_single_selection_set_can_unselect(o->selection, TRUE);
    g_signal_connect(o->selection, "notify::selected", G_CALLBACK(chosen), o);
    GtkListItemFactory *factory = gtk_signal_list_item_factory_new();
    g_signal_connect(factory, "setup", G_CALLBACK(setup_row), o);
    g_signal_connect(factory, "bind", G_CALLBACK(bind_row), o);
    g_signal_connect(factory, "unbind", G_CALLBACK(unbind_row), o);
    o->view = gtk_list_view_new(GTK_SELECTION_MODEL(o->selection), factory);
    gtk_accessible_update_property(GTK_ACCESSIBLE(o->view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Order of the backward pass"), -1);
    g_signal_connect(o->view, "activate", G_CALLBACK(activated), o);
    GtkWidget *scroll = gtk_scrolled_window_new();
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scroll), GTK_POLICY_NEVER,
                                   GTK_POLICY_AUTOMATIC);
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroll), o->view);
    gtk_widget_set_vexpand(scroll, TRUE);
    o->seed = g_object_new(GTK_TYPE_LABEL, "wrap", TRUE, "xalign", 0.0f, "margin-start", 10,
                           "margin-end", 10, "margin-top", 8, "margin-bottom", 8, "width-chars",
                           16, "max-width-chars", 20, NULL);
    o->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    g_object_set_data_full(G_OBJECT(o->box), "tape-order", o, order_free);
    gtk_box_append(GTK_BOX(o->box), o->seed);
    gtk_box_append(GTK_BOX(o->box), scroll);
    gtk_widget_add_css_class(o->box, "view");
    adj_ui_tape_order_show(o->box, NULL);
    return o->box;
}
