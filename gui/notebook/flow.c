// SPDX-License-Identifier: Apache-2.0
// flow.c: see flow.h. Rows are made and bound in a tick callback, before the layout phase of
// the frame, never during it; the layout measures the rows that exist, places them from the
// anchor outwards, and asks for another tick when it finds that some are lacking.
#include "notebook/flow.h"

enum {
    POOL = 24,
    AHEAD = 400,  // pixels made beyond either edge
    BELOW = 96,   // empty pixels after the last row
    BUDGET_US = 8000,
};

typedef struct {
    GtkWidget *widget;
    gpointer item;  // referenced
    guint at;
    int height;
} Row;

struct _AdjUiFlow {
    GtkWidget base;
    GListModel *items;
    AdjUiFlowRows rows;
    GArray *heights;   // of int; negative: nobody has measured it
    GPtrArray *alive;  // of Row
    GPtrArray *pool;   // of GtkWidget, unparented
    guint anchor;
    int offset;  // from the window's top to the anchor's
    GtkAdjustment *adjustment[2];
    GtkScrollablePolicy policy[2];
    gboolean own_change;  // we are setting the adjustment ourselves
    guint tick;
    int width, height;
};

enum { PROP_HADJUSTMENT = 1, PROP_VADJUSTMENT, PROP_HPOLICY, PROP_VPOLICY };

G_DEFINE_FINAL_TYPE_WITH_CODE(AdjUiFlow, adj_ui_flow, GTK_TYPE_WIDGET,
                              G_IMPLEMENT_INTERFACE(GTK_TYPE_SCROLLABLE, NULL))

// -- heights --------------------------------------------------------------------------------

static guint count(AdjUiFlow *f)
{
    return f->heights->len;
}

static int height_of(AdjUiFlow *f, guint at)
{
    return ABS(g_array_index(f->heights, int, at)) + (at + 1 == f->heights->len ? BELOW : 0);
}

static double height_before(AdjUiFlow *f, guint at)
{
    double sum = 0;
    for (guint i = 0; i < at && i < count(f); i++) sum += height_of(f, i);
    return sum;
}

static int estimate(AdjUiFlow *f, guint at)
{
    g_autoptr(GObject) item = g_list_model_get_item(f->items, at);
    return -MAX(1, f->rows.estimate(f->rows.self, item));
}

// -- rows -----------------------------------------------------------------------------------

static Row *find_row(AdjUiFlow *f, guint at)
{
    for (guint i = 0; i < f->alive->len; i++) {
        Row *r = f->alive->pdata[i];
        if (r->at == at) return r;
    }
    return NULL;
}

static void measure_row(AdjUiFlow *f, Row *r)
{
    int least;
    gtk_widget_measure(r->widget, GTK_ORIENTATION_VERTICAL, f->width, &least, &r->height, NULL,
                       NULL);
    r->height = MAX(1, MAX(least, r->height));
    if (r->at < count(f)) g_array_index(f->heights, int, r->at) = r->height;
}

static Row *make_row(AdjUiFlow *f, guint at)
{
    Row *r = find_row(f, at);
    if (r) return r;
    r = g_new0(Row, 1);
    r->at = at;
    r->item = g_list_model_get_item(f->items, at);
    r->widget = f->pool->len ? g_ptr_array_steal_index_fast(f->pool, f->pool->len - 1)
                             : g_object_ref_sink(f->rows.make(f->rows.self));
    f->rows.bind(f->rows.self, r->widget, r->item);
    gtk_widget_set_parent(r->widget, GTK_WIDGET(f));
    g_object_unref(r->widget);  // its parent holds it
    g_ptr_array_add(f->alive, r);
    measure_row(f, r);
    return r;
}

static void release_row(AdjUiFlow *f, guint index)
{
    Row *r = g_ptr_array_steal_index_fast(f->alive, index);
    g_object_ref(r->widget);
    gtk_widget_unparent(r->widget);
    f->rows.unbind(f->rows.self, r->widget);
    if (f->pool->len < POOL)
        g_ptr_array_add(f->pool, r->widget);
    else
        g_object_unref(r->widget);
    g_object_unref(r->item);
    g_free(r);
}

static gboolean has_focus(Row *r)
{
    GtkStateFlags state = gtk_widget_get_state_flags(r->widget);
    return (state & (GTK_STATE_FLAG_FOCUS_WITHIN | GTK_STATE_FLAG_FOCUSED)) != 0;
}

// -- what is in the window ------------------------------------------------------------------

// Keeps the anchor a row that is in the window, so that small movements stay small numbers.
static void settle_anchor(AdjUiFlow *f)
{
    if (!count(f)) return;
    f->anchor = MIN(f->anchor, count(f) - 1);
    while (f->offset > 0 && f->anchor > 0) f->offset -= height_of(f, --f->anchor);
    while (f->offset < -height_of(f, f->anchor) && f->anchor + 1 < count(f))
        f->offset += height_of(f, f->anchor++);
}

// No empty space above the first row, nor below the last one but what belongs to it.
static void clamp_anchor(AdjUiFlow *f)
{
    settle_anchor(f);
    if (f->anchor == 0 && f->offset > 0) f->offset = 0;
    int y = f->offset;
    for (guint i = f->anchor; i < count(f); i++) {
        y += height_of(f, i);
        if (y >= f->height) return;
    }
    f->offset += f->height - y;
    settle_anchor(f);
    if (f->anchor == 0 && f->offset > 0) f->offset = 0;
}

// The rows that should exist: from the first that ends below -AHEAD to the last that begins
// above the bottom + AHEAD.
static void wanted(AdjUiFlow *f, guint *first, guint *end)
{
    int y = f->offset;
    guint i = f->anchor;
    while (i > 0 && y > -AHEAD) y -= height_of(f, --i);
    *first = i;
    while (i < count(f) && y < f->height + AHEAD) y += height_of(f, i++);
    *end = i;
}

static gboolean populate(GtkWidget *w, GdkFrameClock *clock, gpointer self);

static void want_rows(AdjUiFlow *f)
{
    if (!f->tick) f->tick = gtk_widget_add_tick_callback(GTK_WIDGET(f), populate, f, NULL);
}

// Makes the rows that are wanted, as many as a part of a frame allows. FALSE: some are left for
// the next one.
static gboolean make_rows(AdjUiFlow *f, gint64 until)
{
    guint first, end;
    wanted(f, &first, &end);
    guint count = end - first, lead = MIN(f->anchor - MIN(first, f->anchor), count);
    for (guint k = 0; k < count; k++) {  // those in the window before those above it
        guint i = first + (lead + k) % count;
        if (find_row(f, i)) continue;
        make_row(f, i);
        if (g_get_monotonic_time() > until) return FALSE;
    }
    return TRUE;
}

static gboolean populate(GtkWidget *w, GdkFrameClock *clock, gpointer self)
{
    (void)w, (void)clock;
    AdjUiFlow *f = self;
    f->tick = 0;
    if (f->width <= 0) return G_SOURCE_REMOVE;
    // Measured heights may be smaller than the estimates were: a few rounds settle it, the next
    // frame does what remains.
    gint64 until = g_get_monotonic_time() + BUDGET_US;
    gboolean all = TRUE;
    for (int round = 0; round < 4 && all; round++) {
        guint made = f->alive->len;
        clamp_anchor(f);
        all = make_rows(f, until);
        if (made == f->alive->len) break;
    }
    if (!all) want_rows(f);
    guint first, end;
    wanted(f, &first, &end);
    for (guint i = f->alive->len; i-- > 0;) {
        Row *r = f->alive->pdata[i];
        if ((r->at < first || r->at >= end) && !has_focus(r)) release_row(f, i);
    }
    gtk_widget_queue_resize(GTK_WIDGET(f));
    return G_SOURCE_REMOVE;
}

// -- layout ---------------------------------------------------------------------------------

static void configure(AdjUiFlow *f)
{
    GtkAdjustment *v = f->adjustment[GTK_ORIENTATION_VERTICAL];
    GtkAdjustment *h = f->adjustment[GTK_ORIENTATION_HORIZONTAL];
    f->own_change = TRUE;
    if (v) {
        double upper = height_before(f, count(f));
        double value = height_before(f, f->anchor) - f->offset;
        gtk_adjustment_configure(v, value, 0, MAX(upper, f->height), f->height * 0.1,
                                 f->height * 0.9, f->height);
    }
    if (h) gtk_adjustment_configure(h, 0, 0, f->width, 1, f->width, f->width);
    f->own_change = FALSE;
}

static void place_rows(AdjUiFlow *f)
{
    double top = height_before(f, f->anchor) - f->offset;
    for (guint i = 0; i < f->alive->len; i++) {
        Row *r = f->alive->pdata[i];
        int y = (int)CLAMP(height_before(f, r->at) - top, -1e6, 1e6);
        gtk_widget_size_allocate(r->widget, &(GtkAllocation){0, y, f->width, r->height}, -1);
    }
}

static void allocate(GtkWidget *w, int width, int height, int baseline)
{
    (void)baseline;
    AdjUiFlow *f = ADJ_UI_FLOW(w);
    gboolean changed = width != f->width || height != f->height;
    f->width = width;
    f->height = height;
    for (guint i = 0; i < f->alive->len; i++) measure_row(f, f->alive->pdata[i]);
    clamp_anchor(f);
    guint first, end;
    wanted(f, &first, &end);
    gboolean lacking = changed;
    for (guint i = first; i < end && !lacking; i++) lacking = !find_row(f, i);
    place_rows(f);
    configure(f);
    // An editor learns its height when it is placed; what it asks for then would be forgotten,
    // so all are asked again, and placed again, which costs nothing where nothing changed.
    for (guint i = 0; i < f->alive->len && !lacking; i++) {
        Row *r = f->alive->pdata[i];
        int was = r->height;
        measure_row(f, r);
        lacking = r->height != was;
    }
    place_rows(f);
    if (lacking) want_rows(f);
}

static void measure(GtkWidget *w, GtkOrientation o, int for_size, int *least, int *natural,
                    int *least_base, int *natural_base)
{
    (void)for_size;
    AdjUiFlow *f = ADJ_UI_FLOW(w);
    *least = *natural = 0;
    *least_base = *natural_base = -1;
    if (o == GTK_ORIENTATION_VERTICAL) return;
    for (guint i = 0; i < f->alive->len; i++) {
        int m, n;
        gtk_widget_measure(((Row *)f->alive->pdata[i])->widget, o, -1, &m, &n, NULL, NULL);
        *least = MAX(*least, m);
    }
    *natural = MAX(*least, 640);
}

// -- moving ---------------------------------------------------------------------------------

static void scrolled(GtkAdjustment *v, gpointer self)
{
    AdjUiFlow *f = self;
    if (f->own_change) return;
    double value = gtk_adjustment_get_value(v), was = height_before(f, f->anchor) - f->offset;
    f->offset += (int)CLAMP(was - value, -1e9, 1e9);
    clamp_anchor(f);
    want_rows(f);
    gtk_widget_queue_allocate(GTK_WIDGET(f));
}

void adj_ui_flow_show_part(AdjUiFlow *f, guint at, int y, int height)
{
    if (at >= count(f)) return;
    double top = height_before(f, f->anchor) - f->offset;
    double from = height_before(f, at) + y - top, to = from + height;
    if (from >= 0 && to <= f->height) return;
    f->anchor = at;
    if (from < 0 || height > f->height)
        f->offset = -y;
    else
        f->offset = f->height - y - height;
    clamp_anchor(f);
    want_rows(f);
    gtk_widget_queue_allocate(GTK_WIDGET(f));
}

void adj_ui_flow_show(AdjUiFlow *f, guint at)
{
    if (at >= count(f)) return;
    if (f->width > 0) make_row(f, at);  // its height should be the true one
    adj_ui_flow_show_part(f, at, 0, ABS(g_array_index(f->heights, int, at)));
}

GtkWidget *adj_ui_flow_row(AdjUiFlow *f, guint at)
{
    Row *r = find_row(f, at);
    return r ? r->widget : NULL;
}

GtkWidget *adj_ui_flow_force_row(AdjUiFlow *f, guint at)
{
    if (at >= count(f)) return NULL;
    return make_row(f, at)->widget;
}

guint adj_ui_flow_alive(AdjUiFlow *f)
{
    return f->alive->len;
}

// -- changes of the list --------------------------------------------------------------------

// Rows of items that were only moved stay what they are: the one with the focus keeps it.
static gboolean moved(AdjUiFlow *f, Row *r, guint at, guint added)
{
    for (guint i = at; i < at + added; i++) {
        g_autoptr(GObject) item = g_list_model_get_item(f->items, i);
        if (item != r->item) continue;
        r->at = i;
        return TRUE;
    }
    return FALSE;
}

static void shift_anchor(AdjUiFlow *f, guint at, guint removed, guint added)
{
    if (f->anchor >= at + removed)
        f->anchor += added - removed;
    else if (f->anchor >= at + added)
        f->anchor = at + added ? at + added - 1 : 0;
}

static void items_changed(GListModel *m, guint at, guint removed, guint added, gpointer self)
{
    (void)m;
    AdjUiFlow *f = self;
    if (removed) g_array_remove_range(f->heights, at, removed);
    g_autofree int *fresh = g_new(int, added + 1);
    for (guint i = 0; i < added; i++) fresh[i] = estimate(f, at + i);
    if (added) g_array_insert_vals(f->heights, at, fresh, added);
    for (guint i = f->alive->len; i-- > 0;) {
        Row *r = f->alive->pdata[i];
        if (r->at >= at + removed)
            r->at += added - removed;
        else if (r->at >= at && !moved(f, r, at, added))
            release_row(f, i);
    }
    shift_anchor(f, at, removed, added);
    for (guint i = 0; i < f->alive->len && f->width > 0; i++)
        measure_row(f, f->alive->pdata[i]);
    want_rows(f);
    gtk_widget_queue_allocate(GTK_WIDGET(f));
}

// -- the object -----------------------------------------------------------------------------

static void set_adjustment(AdjUiFlow *f, GtkOrientation o, GtkAdjustment *a)
{
    if (f->adjustment[o]) g_signal_handlers_disconnect_by_data(f->adjustment[o], f);
    g_clear_object(&f->adjustment[o]);
    f->adjustment[o] =
        a ? g_object_ref_sink(a) : g_object_ref_sink(gtk_adjustment_new(0, 0, 0, 0, 0, 0));
    if (o == GTK_ORIENTATION_VERTICAL)
        g_signal_connect(f->adjustment[o], "value-changed", G_CALLBACK(scrolled), f);
    configure(f);
}

static void set_property(GObject *o, guint id, const GValue *v, GParamSpec *spec)
{
    (void)spec;
    AdjUiFlow *f = ADJ_UI_FLOW(o);
    if (id == PROP_HADJUSTMENT)
        set_adjustment(f, GTK_ORIENTATION_HORIZONTAL, g_value_get_object(v));
    else if (id == PROP_VADJUSTMENT)
        set_adjustment(f, GTK_ORIENTATION_VERTICAL, g_value_get_object(v));
    else
        f->policy[id == PROP_VPOLICY] = g_value_get_enum(v);
}

static void get_property(GObject *o, guint id, GValue *v, GParamSpec *spec)
{
    (void)spec;
    AdjUiFlow *f = ADJ_UI_FLOW(o);
    if (id == PROP_HADJUSTMENT)
        g_value_set_object(v, f->adjustment[GTK_ORIENTATION_HORIZONTAL]);
    else if (id == PROP_VADJUSTMENT)
        g_value_set_object(v, f->adjustment[GTK_ORIENTATION_VERTICAL]);
    else
        g_value_set_enum(v, f->policy[id == PROP_VPOLICY]);
}

static void dispose(GObject *o)
{
    AdjUiFlow *f = ADJ_UI_FLOW(o);
    if (f->tick) gtk_widget_remove_tick_callback(GTK_WIDGET(f), f->tick);
    f->tick = 0;
    while (f->alive->len) release_row(f, f->alive->len - 1);
    g_ptr_array_set_size(f->pool, 0);
    for (int i = 0; i < 2; i++) {
        if (f->adjustment[i]) g_signal_handlers_disconnect_by_data(f->adjustment[i], f);
        g_clear_object(&f->adjustment[i]);
    }
    g_clear_object(&f->items);
    G_OBJECT_CLASS(adj_ui_flow_parent_class)->dispose(o);
}

static void finalize(GObject *o)
{
    AdjUiFlow *f = ADJ_UI_FLOW(o);
    g_ptr_array_unref(f->alive);
    g_ptr_array_unref(f->pool);
    g_array_unref(f->heights);
    G_OBJECT_CLASS(adj_ui_flow_parent_class)->finalize(o);
}

static void adj_ui_flow_class_init(AdjUiFlowClass *class)
{
    GObjectClass *o = G_OBJECT_CLASS(class);
    o->set_property = set_property;
    o->get_property = get_property;
    o->dispose = dispose;
    o->finalize = finalize;
    GTK_WIDGET_CLASS(class)->measure = measure;
    GTK_WIDGET_CLASS(class)->size_allocate = allocate;
    g_object_class_override_property(o, PROP_HADJUSTMENT, "hadjustment");
    g_object_class_override_property(o, PROP_VADJUSTMENT, "vadjustment");
    g_object_class_override_property(o, PROP_HPOLICY, "hscroll-policy");
    g_object_class_override_property(o, PROP_VPOLICY, "vscroll-policy");
    gtk_widget_class_set_css_name(GTK_WIDGET_CLASS(class), "flow");
    gtk_widget_class_set_accessible_role(GTK_WIDGET_CLASS(class), GTK_ACCESSIBLE_ROLE_LIST);
}

static void adj_ui_flow_init(AdjUiFlow *f)
{
    f->heights = g_array_new(FALSE, FALSE, sizeof(int));
    f->alive = g_ptr_array_new();
    f->pool = g_ptr_array_new_with_free_func(g_object_unref);
    gtk_widget_set_overflow(GTK_WIDGET(f), GTK_OVERFLOW_HIDDEN);
}

AdjUiFlow *adj_ui_flow_new(GListModel *items, const AdjUiFlowRows *rows)
{
    AdjUiFlow *f = g_object_new(ADJ_UI_TYPE_FLOW, NULL);
    f->items = items;
    f->rows = *rows;
    for (guint i = 0; i < g_list_model_get_n_items(items); i++) {
        int h = estimate(f, i);
        g_array_append_val(f->heights, h);
    }
    g_signal_connect_object(items, "items-changed", G_CALLBACK(items_changed), f, 0);
    return f;
}
