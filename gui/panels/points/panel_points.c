// SPDX-License-Identifier: Apache-2.0
//
// The rows of a matrix as a cloud of points: an embedding's words, a layer's activations for a
// batch. The session finds the directions along which they spread most and sends places; the
// matrix itself stays there. A point that is selected shows its values and what is near it in
// all dimensions, which may be another matter than what is near it in the picture.

#include "panels/panel.h"
#include "panels/parts/canvas.h"
#include "panels/parts/sheet.h"
#include "panels/points/points.h"
#include "session/reply.h"
#include "shade/shade.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

enum { VECTOR_MOST = 20000 };
static const double REACH = 12;  // how far from a point the pointer may be

typedef struct Points {
    AdjUiModel *model;
    GtkWidget *box, *sheet, *name, *labels, *flat, *colour, *metric, *search, *status;
    GtkWidget *card, *title, *values, *list;
    PointsData data;
    PointsView view;
    double from_yaw, from_pitch, from_left, from_top;
    gboolean dragging;
} Points;

static Points *points_of(GtkWidget *w)
{
    return g_object_get_data(G_OBJECT(w), "points");
}

// -- the picture --------------------------------------------------------------------------

static gboolean shade(gpointer self, AdjUiShader *shader, AdjUiFrame *frame)
{
    Points *p = self;
    if (!p->data.cloud || !p->data.cloud->count) return FALSE;
    adj_ui_points_ink(&p->view, frame->theme);
    AdjUiPoints scene = adj_ui_points_scene(&p->view, frame->width / frame->scale,
                                            frame->height / frame->scale);
    adj_ui_points_order(&scene, p->view.order);
    return adj_ui_shade_points(shader, frame, &scene, p->view.order);
}

static void paint_nothing(cairo_t *cr, const AdjUiTheme *theme, double width, double height)
{
    adj_ui_ink(cr, theme->faint, 1);
    adj_ui_text(cr, _("The rows of a matrix as points: an embedding's words,"),
                (AdjUiType){.size = 13}, ADJ_UI_MIDDLE, width / 2, height / 2 - 10, width - 20);
    adj_ui_text(cr, _("a layer's activations for a batch, such as net[0:2](x)."),
                (AdjUiType){.size = 13}, ADJ_UI_MIDDLE, width / 2, height / 2 + 12, width - 20);
}

static void paint(gpointer self, cairo_t *cr, const AdjUiTheme *theme, int width, int height)
{
    Points *p = self;
    if (!p->data.cloud || !p->data.cloud->count) {
        paint_nothing(cr, theme, width, height);
        return;
    }
    adj_ui_points_ink(&p->view, theme);
    AdjUiPoints scene = adj_ui_points_scene(&p->view, width, height);
    if (!adj_ui_sheet_shaded(p->sheet)) {
        adj_ui_points_order(&scene, p->view.order);
        adj_ui_paint_points(cr, theme, &scene, p->view.order, width, height,
                            gtk_widget_get_scale_factor(p->sheet), FALSE);
    }
    adj_ui_points_marks(&p->view, cr, theme, &scene, width, height);
}

static int find_at(const Points *p, double x, double y)
{
    int width, height;
    if (!p->data.cloud) return -1;
    adj_ui_sheet_size(p->sheet, &width, &height);
    AdjUiPoints scene = adj_ui_points_scene(&p->view, width, height);
    return adj_ui_points_find(&scene, x, y, REACH);
}

static void paint_hover(gpointer self, cairo_t *cr, const AdjUiTheme *theme, double x, double y)
{
    const Points *p = self;
    int width, height, i = find_at(p, x, y);
    if (i < 0) return;
    adj_ui_sheet_size(p->sheet, &width, &height);
    AdjUiPoints scene = adj_ui_points_scene(&p->view, width, height);
    adj_ui_points_ring(cr, &scene, i, theme->text, 1.5);
    adj_ui_points_tag(&p->view, cr, theme, &scene, i, width);
}

// -- the selected point -------------------------------------------------------------------

static void choose(Points *p, int point)
{
    adj_ui_points_select(&p->data, point);
    if (point < 0) return;
    g_autofree char *name = adj_ui_cloud_name(p->data.cloud, point);
    adj_ui_canvas_say(p->sheet, name);
    AdjUiSelection s = ADJ_UI_SELECTION_NONE;
    s.value = (char *)gtk_editable_get_text(GTK_EDITABLE(p->name));
    s.element = adj_ui_cloud_row(p->data.cloud, point) * p->data.cloud->columns;
    s.from = p;
    adj_ui_model_select(p->model, &s);
}

static void row_chosen(GtkListBox *list, GtkListBoxRow *row, gpointer self)
{
    (void)list;
    Points *p = self;
    int i = gtk_list_box_row_get_index(row);
    if (i < p->data.near_count) choose(p, p->data.near[i]);
}

static GtkWidget *near_row(const Points *p, int i)
{
    char number[32];
    GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
    g_autofree char *name = adj_ui_cloud_name(p->data.cloud, p->data.near[i]);
    GtkWidget *label = gtk_label_new(name);
    GtkWidget *away = gtk_label_new(adj_ui_number(number, p->data.distance[i], 4));
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
    gtk_widget_set_hexpand(label, TRUE);
    gtk_widget_add_css_class(away, "row-kind");
    gtk_widget_set_tooltip_text(away, _("How far it is in all columns"));
    gtk_widget_set_margin_start(row, 8);
    gtk_widget_set_margin_end(row, 8);
    gtk_box_append(GTK_BOX(row), label);
    gtk_box_append(GTK_BOX(row), away);
    return row;
}

static void show_card(Points *p)
{
    const PointsData *d = &p->data;
    GtkWidget *child;
    while ((child = gtk_widget_get_first_child(p->list)))
        gtk_list_box_remove(GTK_LIST_BOX(p->list), child);
    gtk_widget_set_visible(p->card, d->selected >= 0);
    if (d->selected < 0) return;
    g_autofree char *name = adj_ui_cloud_name(d->cloud, d->selected);
    gtk_label_set_text(GTK_LABEL(p->title), name);
    for (int i = 0; i < d->near_count; i++)
        gtk_list_box_append(GTK_LIST_BOX(p->list), near_row(p, i));
    gtk_widget_queue_draw(p->values);
}

// The values of the selected row as bars around zero.
static void paint_values(GtkDrawingArea *area, cairo_t *cr, int width, int height,
                         gpointer self)
{
    (void)area;
    const PointsData *d = &((Points *)self)->data;
    const AdjUiTheme *theme = adj_ui_theme_now();
    double most = 0, middle = (height - 16) / 2.0, step = width / fmax(d->value_count, 1);
    char text[96], number[32];
    for (int i = 0; i < d->value_count; i++)
        if (isfinite(d->values[i])) most = fmax(most, fabs(d->values[i]));
    for (int i = 0; i < d->value_count; i++) {
        double h = most > 0 && isfinite(d->values[i]) ? d->values[i] / most * middle : 0;
        cairo_rectangle(cr, i * step, middle - fmax(h, 0), fmax(step - 1, 0.5), fabs(h));
        adj_ui_ink(cr, h < 0 ? theme->negative : theme->positive, 0.9);
        cairo_fill(cr);
    }
    adj_ui_ink(cr, theme->line, 1);
    cairo_rectangle(cr, 0, middle, width, 1);
    cairo_fill(cr);
    g_snprintf(text, sizeof text,
               d->cloud && d->cloud->columns > d->value_count
                   ? _("first %d values, at most %s in size")
                   : _("its %d values, at most %s in size"),
               d->value_count, adj_ui_number(number, most, 4));
    adj_ui_ink(cr, theme->faint, 1);
    adj_ui_text(cr, text, (AdjUiType){.size = 11}, ADJ_UI_LEFT, 0, height - 3, width);
}

// -- moving -------------------------------------------------------------------------------

static void turn(Points *p, double yaw, double pitch)
{
    p->view.yaw = yaw;
    p->view.pitch = CLAMP(pitch, -1.5, 1.5);
    adj_ui_sheet_changed(p->sheet);
}

static void pan(Points *p, double left, double top)
{
    p->view.left = left;
    p->view.top = top;
    adj_ui_sheet_changed(p->sheet);
}

static void zoom_at(Points *p, double factor, double x, double y)
{
    int width, height;
    adj_ui_sheet_size(p->sheet, &width, &height);
    double zoom = CLAMP(p->view.zoom * factor, 0.2, 400), by = zoom / p->view.zoom;
    double dx = x - width / 2.0, dy = y - height / 2.0;
    p->view.zoom = zoom;
    pan(p, dx + (p->view.left - dx) * by, dy + (p->view.top - dy) * by);
}

static void dragged(gpointer self, double x, double y, double dx, double dy, gboolean done)
{
    (void)x, (void)y;
    Points *p = self;
    if (!p->dragging) {
        p->from_yaw = p->view.yaw;
        p->from_pitch = p->view.pitch;
        p->from_left = p->view.left;
        p->from_top = p->view.top;
    }
    p->dragging = !done;
    if (p->view.flat)
        pan(p, p->from_left + dx, p->from_top + dy);
    else
        turn(p, p->from_yaw - dx * 0.008, p->from_pitch + dy * 0.008);
}

static gboolean scrolled(gpointer self, double x, double y, double dx, double dy,
                         GdkModifierType state)
{
    Points *p = self;
    if (state & GDK_SHIFT_MASK)
        pan(p, p->view.left - dy * 40, p->view.top - dx * 40);
    else
        zoom_at(p, exp(-dy * 0.15), x, y);
    return TRUE;
}

static void clicked(gpointer self, double x, double y, int presses, GdkModifierType state)
{
    (void)presses, (void)state;
    Points *p = self;
    if (p->data.cloud) choose(p, find_at(p, x, y));
}

// The next point from the selected one in a direction of the screen: close by, and rather
// straight ahead than aside.
static void walk(Points *p, double dx, double dy)
{
    int width, height, best = -1;
    double least = INFINITY, x, y, from_x, from_y;
    adj_ui_sheet_size(p->sheet, &width, &height);
    AdjUiPoints scene = adj_ui_points_scene(&p->view, width, height);
    from_x = width / 2.0;
    from_y = height / 2.0;
    if (p->data.selected >= 0) adj_ui_points_place(&scene, p->data.selected, &from_x, &from_y);
    for (int i = 0; i < scene.count; i++) {
        adj_ui_points_place(&scene, i, &x, &y);
        double ahead = (x - from_x) * dx + (y - from_y) * dy;
        double aside = fabs((x - from_x) * dy) + fabs((y - from_y) * dx);
        if (i == p->data.selected || !(ahead > 0) || ahead + 3 * aside >= least) continue;
        least = ahead + 3 * aside;
        best = i;
    }
    if (best >= 0) choose(p, best);
}

static gboolean move_by(Points *p, int dx, int dy, GdkModifierType state)
{
    if (state & GDK_CONTROL_MASK)
        walk(p, dx, dy);
    else if (p->view.flat || state & GDK_SHIFT_MASK)
        pan(p, p->view.left - 40 * dx, p->view.top - 40 * dy);
    else
        turn(p, p->view.yaw - 0.1 * dx, p->view.pitch + 0.08 * dy);
    return TRUE;
}

static void reset(Points *p)
{
    p->view.yaw = 0.6;
    p->view.pitch = 0.35;
    p->view.zoom = 1;
    pan(p, 0, 0);
}

static gboolean key_pressed(gpointer self, guint key, GdkModifierType state)
{
    Points *p = self;
    int width, height;
    if (state & GDK_ALT_MASK || !p->data.cloud) return FALSE;
    adj_ui_sheet_size(p->sheet, &width, &height);
    switch (key) {
    case GDK_KEY_Left: return move_by(p, -1, 0, state);
    case GDK_KEY_Right: return move_by(p, 1, 0, state);
    case GDK_KEY_Up: return move_by(p, 0, -1, state);
    case GDK_KEY_Down: return move_by(p, 0, 1, state);
    case GDK_KEY_plus:
    case GDK_KEY_equal:
    case GDK_KEY_KP_Add: zoom_at(p, 1.25, width / 2.0, height / 2.0); return TRUE;
    case GDK_KEY_minus:
    case GDK_KEY_KP_Subtract: zoom_at(p, 0.8, width / 2.0, height / 2.0); return TRUE;
    case GDK_KEY_0:
    case GDK_KEY_KP_0: reset(p); return TRUE;
    case GDK_KEY_Escape:
        if (p->data.selected < 0) return FALSE;
        choose(p, -1);
        return TRUE;
    default: return FALSE;
    }
}

static const AdjUiSheetOwner sheet_owner = {
    .paint = paint,
    .shade = shade,
    .paint_hover = paint_hover,
    .click = clicked,
    .drag = dragged,
    .scroll = scrolled,
    .key = key_pressed,
};

// -- the panel ----------------------------------------------------------------------------

// Room for what has come.
static void data_changed(gpointer self)
{
    Points *p = self;
    const AdjUiCloud *c = p->data.cloud;
    p->view.inks = g_renew(uint32_t, p->view.inks, c ? c->count + 1 : 1);
    p->view.order = g_renew(uint32_t, p->view.order, c ? c->count + 1 : 1);
    p->view.inked = NULL;
    p->view.at_stamp++;
    show_card(p);
    adj_ui_sheet_changed(p->sheet);
}

static void told(gpointer self, const char *text, gboolean is_error)
{
    Points *p = self;
    gtk_label_set_text(GTK_LABEL(p->status), text);
    gtk_widget_set_tooltip_text(p->status, text);
    if (is_error)
        gtk_widget_add_css_class(p->status, "error");
    else
        gtk_widget_remove_css_class(p->status, "error");
}

static void begin(GtkWidget *w, gpointer self)
{
    (void)w;
    Points *p = self;
    adj_ui_points_ask(&p->data, gtk_editable_get_text(GTK_EDITABLE(p->name)),
                      gtk_editable_get_text(GTK_EDITABLE(p->labels)), 3);
}

static void view_changed(GObject *o, GParamSpec *spec, gpointer self)
{
    (void)o, (void)spec;
    Points *p = self;
    p->view.flat = gtk_drop_down_get_selected(GTK_DROP_DOWN(p->flat)) == 1;
    p->view.by_row = gtk_drop_down_get_selected(GTK_DROP_DOWN(p->colour)) == 1;
    p->view.inked = NULL;
    adj_ui_sheet_changed(p->sheet);
}

static void metric_changed(GObject *o, GParamSpec *spec, gpointer self)
{
    (void)spec;
    Points *p = self;
    p->data.cosine = gtk_drop_down_get_selected(GTK_DROP_DOWN(o)) == 1;
    if (p->data.selected >= 0) adj_ui_points_select(&p->data, p->data.selected);
}

static void searched(GtkSearchEntry *e, gpointer self)
{
    Points *p = self;
    g_free(p->view.search);
    p->view.search = g_strdup(gtk_editable_get_text(GTK_EDITABLE(e)));
    p->view.inked = NULL;
    if (!p->data.cloud) return;
    adj_ui_points_ink(&p->view, adj_ui_theme_now());
    g_autofree char *text = g_strdup_printf(_("%d points are found"), p->view.found);
    told(p, text, FALSE);
    adj_ui_sheet_changed(p->sheet);
}

// Enter in the search: on to the next point that it finds.
static void search_next(GtkSearchEntry *e, gpointer self)
{
    Points *p = self;
    const char *text = gtk_editable_get_text(GTK_EDITABLE(e));
    const AdjUiCloud *c = p->data.cloud;
    for (int k = 1; c && *text && k <= c->count; k++) {
        int i = (p->data.selected + k) % c->count;
        if (i < 0 || !adj_ui_cloud_matches(c, i, text)) continue;
        choose(p, i);
        return;
    }
}

static GtkWidget *entry(Points *p, const char *text, const char *tip)
{
    GtkWidget *e = gtk_entry_new();
    gtk_entry_set_placeholder_text(GTK_ENTRY(e), text);
    gtk_editable_set_width_chars(GTK_EDITABLE(e), 10);
    gtk_widget_set_hexpand(e, TRUE);
    gtk_widget_set_tooltip_text(e, tip);
    g_signal_connect(e, "activate", G_CALLBACK(begin), p);
    return e;
}

static GtkWidget *make_bar(Points *p)
{
    GtkWidget *bar = adj_ui_bar_new();
    p->name =
        entry(p, _("matrix"),
              _("What has rows: emb.weight, net.0.weight, or an expression: net[0:2](x)"));
    p->labels =
        entry(p, _("labels"), _("A tensor of one axis or a list, with a label for each row"));
    GtkWidget *go =
        adj_ui_button_new("media-playback-start-symbolic", _("Show"), G_CALLBACK(begin), p);
    gtk_box_append(GTK_BOX(bar), p->name);
    gtk_box_append(GTK_BOX(bar), p->labels);
    gtk_box_append(GTK_BOX(bar), go);
    return bar;
}

static GtkWidget *make_second_bar(Points *p)
{
    static const char *const spaces[] = {N_("space"), N_("plane"), NULL};
    static const char *const colours[] = {N_("by label"), N_("by row"), NULL};
    static const char *const metrics[] = {N_("Euclidean"), N_("cosine"), NULL};
    GtkWidget *bar = adj_ui_bar_new();
    p->flat =
        adj_ui_choice_new(spaces, _("Three directions or two"), G_CALLBACK(view_changed), p);
    p->colour = adj_ui_choice_new(colours, _("Colours"), G_CALLBACK(view_changed), p);
    p->metric = adj_ui_choice_new(metrics, _("What near means"), G_CALLBACK(metric_changed), p);
    p->search = gtk_search_entry_new();
    gtk_widget_set_hexpand(p->search, TRUE);
    gtk_widget_set_tooltip_text(p->search, _("Finds labels and rows; Enter goes to the next"));
    g_object_set(p->search, "placeholder-text", _("label or row"), NULL);
    gtk_editable_set_width_chars(GTK_EDITABLE(p->search), 8);
    g_signal_connect(p->search, "search-changed", G_CALLBACK(searched), p);
    g_signal_connect(p->search, "activate", G_CALLBACK(search_next), p);
    GtkWidget *parts[] = {p->flat, p->colour, p->metric, p->search};
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) gtk_box_append(GTK_BOX(bar), parts[i]);
    return bar;
}

static GtkWidget *make_card(Points *p)
{
    GtkWidget *card = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
    GtkWidget *left = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
    GtkWidget *scroller = gtk_scrolled_window_new();
    gtk_widget_add_css_class(card, "points-card");
    p->title = gtk_label_new(NULL);
    gtk_label_set_xalign(GTK_LABEL(p->title), 0);
    gtk_label_set_selectable(GTK_LABEL(p->title), TRUE);
    gtk_label_set_ellipsize(GTK_LABEL(p->title), PANGO_ELLIPSIZE_END);
    gtk_widget_add_css_class(p->title, "heading");
    p->values = gtk_drawing_area_new();
    gtk_drawing_area_set_content_height(GTK_DRAWING_AREA(p->values), 64);
    gtk_drawing_area_set_draw_func(GTK_DRAWING_AREA(p->values), paint_values, p, NULL);
    gtk_box_append(GTK_BOX(left), p->title);
    gtk_box_append(GTK_BOX(left), p->values);
    gtk_widget_set_hexpand(left, TRUE);
    p->list = gtk_list_box_new();
    gtk_accessible_update_property(GTK_ACCESSIBLE(p->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("What is near"), -1);
    gtk_widget_add_css_class(p->list, "navigation-list");
    g_signal_connect(p->list, "row-activated", G_CALLBACK(row_chosen), p);
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), p->list);
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scroller), GTK_POLICY_NEVER,
                                   GTK_POLICY_AUTOMATIC);
    gtk_widget_set_size_request(scroller, 220, 92);
    gtk_box_append(GTK_BOX(card), left);
    gtk_box_append(GTK_BOX(card), scroller);
    gtk_widget_set_visible(card, FALSE);
    return card;
}

static void points_free(gpointer self)
{
    Points *p = self;
    adj_ui_points_clear(&p->data);
    g_free(p->view.inks);
    g_free(p->view.order);
    g_free(p->view.search);
    g_free(p);
}

static GtkWidget *create(AdjUiModel *model)
{
    Points *p = g_new0(Points, 1);
    p->model = model;
    p->view = (PointsView){
        .data = &p->data, .yaw = 0.6, .pitch = 0.35, .zoom = 1, .search = g_strdup("")};
    p->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    g_object_set_data_full(G_OBJECT(p->box), "points", p, points_free);
    p->data = (PointsData){.model = model,
                           .owner = G_OBJECT(p->box),
                           .changed = data_changed,
                           .told = told,
                           .self = p,
                           .selected = -1};
    p->sheet = adj_ui_sheet_new(&sheet_owner, p, _("The rows of a matrix as points"));
    p->status = adj_ui_status_new();
    gtk_widget_set_hexpand(p->status, FALSE);
    gtk_box_append(GTK_BOX(p->box), make_bar(p));
    gtk_box_append(GTK_BOX(p->box), make_second_bar(p));
    gtk_box_append(GTK_BOX(p->box), p->sheet);
    gtk_box_append(GTK_BOX(p->box), p->card = make_card(p));
    gtk_box_append(GTK_BOX(p->box), p->status);
    return p->box;
}

static void show(GtkWidget *panel, gboolean visible)
{
    if (!visible) adj_ui_points_stop(&points_of(panel)->data);
}

static void update(GtkWidget *panel)
{
    begin(NULL, points_of(panel));
}

static void selected(GtkWidget *panel, const AdjUiSelection *s)
{
    Points *p = points_of(panel);
    if (!s->value || s->from == p) return;
    if (!g_strcmp0(gtk_editable_get_text(GTK_EDITABLE(p->name)), s->value)) return;
    gtk_editable_set_text(GTK_EDITABLE(p->name), s->value);
    begin(NULL, p);
}

static void draw(GtkWidget *panel, cairo_t *cr, int width, int height)
{
    Points *p = points_of(panel);
    const AdjUiTheme *theme = adj_ui_theme(FALSE);
    if (!p->data.cloud || !p->data.cloud->count) return;
    adj_ui_points_ink(&p->view, theme);
    AdjUiPoints scene = adj_ui_points_scene(&p->view, width, height);
    adj_ui_points_order(&scene, p->view.order);
    adj_ui_paint_points(cr, theme, &scene, p->view.order, width, height, 2,
                        scene.count <= VECTOR_MOST);
    adj_ui_points_marks(&p->view, cr, theme, &scene, width, height);
}

static char *table(GtkWidget *panel)
{
    const AdjUiCloud *c = points_of(panel)->data.cloud;
    GString *out = g_string_new("row,label,1,2,3\n");
    for (int i = 0; c && i < c->count; i++) {
        g_autofree char *label = adj_ui_cloud_label(c, i);
        g_auto(GStrv) parts = g_strsplit(label, "\"", -1);
        g_autofree char *quoted = g_strjoinv("\"\"", parts);
        g_string_append_printf(out, "%" G_GINT64_FORMAT ",\"%s\"", adj_ui_cloud_row(c, i),
                               quoted);
        for (int k = 0; k < 3; k++)
            g_string_append_printf(out, ",%.9g", (double)c->raw[3 * i + k]);
        g_string_append_c(out, '\n');
    }
    return g_string_free(out, FALSE);
}

const AdjUiPanel adj_ui_panel_points = {
    .name = "points",
    .title = N_("Points"),
    .icon = "adj-points-symbolic",
    .shortcut = "<Alt>7",
    .text = N_("The rows of a matrix as points in space, and what is near each"),
    .create = create,
    .show = show,
    .update = update,
    .select = selected,
    .draw = draw,
    .table = table,
};
