// SPDX-License-Identifier: Apache-2.0
//
// Curves: whatever was logged in this session as it comes, and the runs on the disk beside it.
//
// Every point is kept (pyramid.c) and every picture is made from all of them, so zooming in
// shows what was there and not what a sampler left. The session is asked once for what there is
// and then tells what is new; a run on the disk is asked for when it is chosen.

#include "paint/curves.h"
#include "panels/panel.h"
#include "panels/parts/canvas.h"
#include "panels/parts/sheet.h"
#include "session/cursor.h"
#include "session/reply.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

typedef struct Series {
    char *name;  // "loss", or "baseline/loss" of a run
    AdjUiPyramid *points;
    int colour;
    gboolean hidden;
    GtkWidget *button;
} Series;

typedef struct Curves {
    AdjUiModel *model;
    GtkWidget *box, *sheet, *names, *status, *log_x, *log_y, *smooth, *runs;
    GPtrArray *series;
    AdjUiCurve *list;  // the series side by side, as the painter wants them
    double from, to;   // of what is shown; equal: all
    double drag_from, drag_to;
    gboolean dragging;
    AdjPlaced placed;
    guint subscription;
} Curves;

static Curves *curves_of(GtkWidget *w)
{
    return g_object_get_data(G_OBJECT(w), "curves");
}

static void series_free(gpointer p)
{
    Series *s = p;
    adj_ui_pyramid_free(s->points);
    g_free(s->name);
    g_free(s);
}

// -- what there is ------------------------------------------------------------------------

static void shown(GtkToggleButton *b, gpointer self)
{
    Series *s = g_object_get_data(G_OBJECT(b), "series");
    s->hidden = !gtk_toggle_button_get_active(b);
    adj_ui_sheet_changed(((Curves *)self)->sheet);
}

static void paint_swatch(GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer s)
{
    (void)area;
    const AdjUiTheme *theme = adj_ui_theme_now();
    adj_ui_round(cr, adj_ui_rect(0, (height - 4) / 2.0, width, 4), 2);
    adj_ui_ink(cr, theme->series[((Series *)s)->colour % ADJ_UI_SERIES], 1);
    cairo_fill(cr);
}

// The legend acts: each name is a button that shows and hides its curve.
static void add_button(Curves *c, Series *s)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6), *area = gtk_drawing_area_new();
    gtk_drawing_area_set_content_width(GTK_DRAWING_AREA(area), 16);
    gtk_drawing_area_set_draw_func(GTK_DRAWING_AREA(area), paint_swatch, s, NULL);
    gtk_box_append(GTK_BOX(box), area);
    gtk_box_append(GTK_BOX(box), gtk_label_new(s->name));
    s->button = gtk_toggle_button_new();
    gtk_button_set_child(GTK_BUTTON(s->button), box);
    gtk_widget_add_css_class(s->button, "flat");
    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(s->button), TRUE);
    gtk_accessible_update_property(GTK_ACCESSIBLE(s->button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   s->name, -1);
    g_object_set_data(G_OBJECT(s->button), "series", s);
    g_signal_connect(s->button, "toggled", G_CALLBACK(shown), c);
    gtk_flow_box_append(GTK_FLOW_BOX(c->names), s->button);
}

static Series *series_named(Curves *c, const char *name)
{
    for (guint i = 0; i < c->series->len; i++) {
        Series *s = g_ptr_array_index(c->series, i);
        if (!strcmp(s->name, name)) return s;
    }
    Series *s = g_new0(Series, 1);
    s->name = g_strdup(name);
    s->points = adj_ui_pyramid_new();
    s->colour = (int)c->series->len;
    g_ptr_array_add(c->series, s);
    add_button(c, s);
    return s;
}

// One reply of `scalars` or `curves`; [run] goes before the names.
static void take_series(Curves *c, JsonObject *reply, const char *run)
{
    JsonArray *list = adj_ui_reply_array(reply, "series");
    for (guint i = 0; i < adj_ui_reply_length(list); i++) {
        JsonObject *o = adj_ui_reply_object_at(list, i);
        JsonArray *steps = adj_ui_reply_array(o, "steps");
        JsonArray *values = adj_ui_reply_array(o, "values");
        const char *plain = adj_ui_reply_text(o, "name", "?");
        g_autofree char *name = run ? g_strdup_printf("%s/%s", run, plain) : g_strdup(plain);
        Series *s = series_named(c, name);
        guint count = MIN(adj_ui_reply_length(steps), adj_ui_reply_length(values));
        for (guint k = 0; k < count; k++)
            adj_ui_pyramid_add(s->points, adj_ui_reply_number_at(steps, k),
                               adj_ui_reply_number_at(values, k));
    }
    adj_ui_sheet_news(c->sheet);
}

static void take_news(gpointer self, JsonObject *event)
{
    take_series(self, event, NULL);
}

static void take_all(gpointer self, JsonObject *reply, const char *error)
{
    Curves *c = self;
    if (error) {
        gtk_label_set_text(GTK_LABEL(c->status), error);
        return;
    }
    take_series(c, reply, NULL);
    gtk_label_set_text(GTK_LABEL(c->status),
                       c->series->len ? ""
                                      : _("Nothing was logged yet: every loss.backward() "
                                          "leaves a point, log(name=value) leaves more."));
    if (c->subscription) return;
    JsonObject *fields =
        adj_ui_fields("topic", adj_ui_say_text("scalars"), "rate", adj_ui_say_int(30), NULL);
    c->subscription = adj_ui_model_subscribe(c->model, fields, take_news, c, G_OBJECT(c->box));
}

typedef struct RunAsk {
    Curves *curves;
    char *run;
} RunAsk;

static void take_run(gpointer self, JsonObject *reply, const char *error)
{
    RunAsk *ask = self;
    if (error)
        gtk_label_set_text(GTK_LABEL(ask->curves->status), error);
    else
        take_series(ask->curves, reply, ask->run);
    g_free(ask->run);
    g_free(ask);
}

static void run_chosen(GtkButton *b, gpointer self)
{
    Curves *c = self;
    RunAsk *ask = g_new0(RunAsk, 1);
    ask->curves = c;
    ask->run = g_strdup(gtk_button_get_label(b));
    gtk_menu_button_popdown(GTK_MENU_BUTTON(c->runs));
    adj_ui_model_ask(c->model, "curves", adj_ui_fields("run", adj_ui_say_text(ask->run), NULL),
                     take_run, ask, G_OBJECT(c->box));
}

static void take_runs(gpointer self, JsonObject *reply, const char *error)
{
    Curves *c = self;
    JsonArray *runs = adj_ui_reply_array(reply, "runs");
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);
    for (guint i = 0; !error && i < adj_ui_reply_length(runs); i++) {
        const char *name = adj_ui_reply_text(adj_ui_reply_object_at(runs, i), "name", "?");
        GtkWidget *b = gtk_button_new_with_label(name);
        gtk_widget_add_css_class(b, "flat");
        g_signal_connect(b, "clicked", G_CALLBACK(run_chosen), c);
        gtk_box_append(GTK_BOX(box), b);
    }
    if (error || !adj_ui_reply_length(runs))
        gtk_box_append(GTK_BOX(box), gtk_label_new(error ? error : _("No runs on the disk.")));
    GtkWidget *scroll = gtk_scrolled_window_new();
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroll), box);
    gtk_scrolled_window_set_propagate_natural_height(GTK_SCROLLED_WINDOW(scroll), TRUE);
    gtk_scrolled_window_set_propagate_natural_width(GTK_SCROLLED_WINDOW(scroll), TRUE);
    gtk_scrolled_window_set_max_content_height(GTK_SCROLLED_WINDOW(scroll), 400);
    GtkWidget *popover = gtk_popover_new();
    gtk_popover_set_child(GTK_POPOVER(popover), scroll);
    gtk_menu_button_set_popover(GTK_MENU_BUTTON(c->runs), popover);
}

static void update(GtkWidget *panel)
{
    Curves *c = curves_of(panel);
    adj_ui_sheet_changed(c->sheet);
    if (!c->subscription)
        adj_ui_model_ask(c->model, "scalars", NULL, take_all, c, G_OBJECT(panel));
    adj_ui_model_ask(c->model, "runs", NULL, take_runs, c, G_OBJECT(panel));
}

// -- the picture --------------------------------------------------------------------------

// The scene borrows the panel's list of curves, which is made anew here.
static void scene_of(Curves *c, AdjUiCurves *scene)
{
    AdjUiCurve *list = c->list = g_renew(AdjUiCurve, c->list, c->series->len + 1);
    for (guint i = 0; i < c->series->len; i++) {
        const Series *s = g_ptr_array_index(c->series, i);
        list[i] = (AdjUiCurve){s->name, s->points, s->colour, s->hidden};
    }
    *scene = (AdjUiCurves){
        .curves = list,
        .count = (int)c->series->len,
        .log_x = gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(c->log_x)),
        .log_y = gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(c->log_y)),
        .smoothing = gtk_range_get_value(GTK_RANGE(c->smooth)),
        .from = c->from,
        .to = c->to,
    };
}

// Where the strip of time stands.
static void paint_cursor(const Curves *c, cairo_t *cr, const AdjUiTheme *theme)
{
    double step = (double)adj_ui_cursor_step(adj_ui_cursor_of(c->model));
    const AdjPlaced *p = &c->placed;
    if (step < 0 || step < p->xlim[0] || step > p->xlim[1] || p->x_scale != ADJ_LINEAR) return;
    double x = p->x + (step - p->xlim[0]) / (p->xlim[1] - p->xlim[0]) * p->w;
    adj_ui_ink(cr, theme->accent, 0.9);
    cairo_set_line_width(cr, 1.5);
    cairo_move_to(cr, x, p->y);
    cairo_line_to(cr, x, p->y + p->h);
    cairo_stroke(cr);
}

static void paint(gpointer self, cairo_t *cr, const AdjUiTheme *theme, int width, int height)
{
    Curves *c = self;
    AdjUiCurves scene;
    scene_of(c, &scene);
    adj_ui_paint_curves(cr, theme, &scene, width, height, &c->placed);
    paint_cursor(c, cr, theme);
}

static void paint_hover(gpointer self, cairo_t *cr, const AdjUiTheme *theme, double x, double y)
{
    Curves *c = self;
    AdjUiCurves scene;
    scene_of(c, &scene);
    adj_ui_paint_crosshair(cr, theme, &scene, &c->placed, x, y);
}

static void show_span(Curves *c, double from, double to)
{
    AdjUiCurves scene;
    scene_of(c, &scene);
    double least, most;
    if (!adj_ui_curves_span(&scene, &least, &most)) return;
    if (to - from < 2) return;  // two steps fill the picture: nothing is hidden any more
    gboolean all = from <= least && to >= most;
    c->from = all ? 0 : fmax(from, least - (to - from) * 0.05);
    c->to = all ? 0 : fmin(to, most + (to - from) * 0.05);
    adj_ui_sheet_changed(c->sheet);
}

static gboolean scrolled(gpointer self, double x, double y, double dx, double dy,
                         GdkModifierType state)
{
    Curves *c = self;
    double at, unused, from = c->placed.xlim[0], to = c->placed.xlim[1];
    if (state & GDK_SHIFT_MASK || dx != 0) {
        double shift = (to - from) * 0.08 * (dx != 0 ? dx : dy);
        show_span(c, from + shift, to + shift);
        return TRUE;
    }
    if (!adj_placed_data(&c->placed, x, y, &at, &unused)) return FALSE;
    double factor = exp(dy * 0.18);
    show_span(c, at - (at - from) * factor, at + (to - at) * factor);
    return TRUE;
}

static void dragged(gpointer self, double x, double y, double dx, double dy, gboolean done)
{
    (void)x, (void)y, (void)dy;
    Curves *c = self;
    if (!c->dragging) {
        c->drag_from = c->placed.xlim[0];
        c->drag_to = c->placed.xlim[1];
    }
    c->dragging = !done;
    double shift = -dx / fmax(c->placed.w, 1) * (c->drag_to - c->drag_from);
    if (c->placed.x_scale == ADJ_LINEAR) show_span(c, c->drag_from + shift, c->drag_to + shift);
}

static void clicked(gpointer self, double x, double y, int presses, GdkModifierType state)
{
    (void)x, (void)y, (void)state;
    Curves *c = self;
    if (presses != 2) return;
    c->from = c->to = 0;
    adj_ui_sheet_changed(c->sheet);
}

static gboolean key_pressed(gpointer self, guint key, GdkModifierType state)
{
    Curves *c = self;
    double x, y, from = c->placed.xlim[0], to = c->placed.xlim[1], middle = (from + to) / 2;
    if (state & GDK_ALT_MASK) return FALSE;
    if (!adj_ui_sheet_pointer(c->sheet, &x, &y)) {
        x = c->placed.x + c->placed.w / 2;
        y = c->placed.y + c->placed.h / 2;
    }
    switch (key) {
    case GDK_KEY_plus:
    case GDK_KEY_equal: show_span(c, (from + middle) / 2, (to + middle) / 2); return TRUE;
    case GDK_KEY_minus: show_span(c, 2 * from - middle, 2 * to - middle); return TRUE;
    case GDK_KEY_0: clicked(c, 0, 0, 2, 0); return TRUE;
    case GDK_KEY_Left: adj_ui_sheet_point(c->sheet, fmax(x - 4, c->placed.x), y); return TRUE;
    case GDK_KEY_Right:
        adj_ui_sheet_point(c->sheet, fmin(x + 4, c->placed.x + c->placed.w), y);
        return TRUE;
    default: return FALSE;
    }
}

static const AdjUiSheetOwner sheet_owner = {
    .paint = paint,
    .paint_hover = paint_hover,
    .click = clicked,
    .drag = dragged,
    .scroll = scrolled,
    .key = key_pressed,
};

// -- the panel ----------------------------------------------------------------------------

static void changed(GtkWidget *w, gpointer self)
{
    (void)w;
    adj_ui_sheet_changed(((Curves *)self)->sheet);
}

static GtkWidget *make_bar(Curves *c)
{
    GtkWidget *bar = adj_ui_bar_new();
    c->log_x = gtk_toggle_button_new_with_label("log x");
    c->log_y = gtk_toggle_button_new_with_label("log y");
    gtk_widget_set_tooltip_text(c->log_x, _("Logarithmic steps"));
    gtk_widget_set_tooltip_text(c->log_y, _("Logarithmic values"));
    g_signal_connect(c->log_x, "toggled", G_CALLBACK(changed), c);
    g_signal_connect(c->log_y, "toggled", G_CALLBACK(changed), c);
    c->smooth = adj_ui_slider_new(0, 60, 1, 0, _("Smoothing"), G_CALLBACK(changed), c);
    c->runs = gtk_menu_button_new();
    gtk_menu_button_set_label(GTK_MENU_BUTTON(c->runs), _("Runs"));
    c->status = adj_ui_status_new();
    gtk_box_append(GTK_BOX(bar), c->log_x);
    gtk_box_append(GTK_BOX(bar), c->log_y);
    gtk_box_append(GTK_BOX(bar), gtk_label_new(_("Smoothing")));
    gtk_box_append(GTK_BOX(bar), c->smooth);
    gtk_box_append(GTK_BOX(bar), c->runs);
    gtk_box_append(GTK_BOX(bar), c->status);
    return bar;
}

static void curves_free(gpointer p)
{
    Curves *c = p;
    g_ptr_array_unref(c->series);
    g_free(c->list);
    g_free(c);
}

static GtkWidget *create(AdjUiModel *model)
{
    Curves *c = g_new0(Curves, 1);
    c->model = model;
    c->series = g_ptr_array_new_with_free_func(series_free);
    c->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    g_object_set_data_full(G_OBJECT(c->box), "curves", c, curves_free);
    gtk_box_append(GTK_BOX(c->box), make_bar(c));
    c->sheet = adj_ui_sheet_new(&sheet_owner, c, _("Curves of what was logged"));
    gtk_box_append(GTK_BOX(c->box), c->sheet);
    c->names = gtk_flow_box_new();
    gtk_accessible_update_property(GTK_ACCESSIBLE(c->names), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Curves"), -1);
    gtk_flow_box_set_selection_mode(GTK_FLOW_BOX(c->names), GTK_SELECTION_NONE);
    gtk_flow_box_set_max_children_per_line(GTK_FLOW_BOX(c->names), 12);
    GtkWidget *scroll = gtk_scrolled_window_new();
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroll), c->names);
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scroll), GTK_POLICY_NEVER,
                                   GTK_POLICY_AUTOMATIC);
    gtk_scrolled_window_set_propagate_natural_height(GTK_SCROLLED_WINDOW(scroll), TRUE);
    gtk_scrolled_window_set_max_content_height(GTK_SCROLLED_WINDOW(scroll), 110);
    gtk_box_append(GTK_BOX(c->box), scroll);
    return c->box;
}

static void draw(GtkWidget *panel, cairo_t *cr, int width, int height)
{
    Curves *c = curves_of(panel);
    AdjUiCurves scene;
    scene_of(c, &scene);
    scene.legend = TRUE;
    adj_ui_paint_curves(cr, adj_ui_theme(FALSE), &scene, width, height, NULL);
}

// All points, one line each: what a spreadsheet wants.
static char *table(GtkWidget *panel)
{
    const Curves *c = curves_of(panel);
    GString *out = g_string_new("series,step,value\n");
    for (guint i = 0; i < c->series->len; i++) {
        const Series *s = g_ptr_array_index(c->series, i);
        for (int64_t k = 0; k < adj_ui_pyramid_count(s->points); k++)
            g_string_append_printf(out, "%s,%.17g,%.17g\n", s->name,
                                   adj_ui_pyramid_x(s->points, k),
                                   adj_ui_pyramid_y(s->points, k));
    }
    return g_string_free(out, FALSE);
}

const AdjUiPanel adj_ui_panel_curves = {
    .name = "curves",
    .title = N_("Curves"),
    .icon = "adj-curves-symbolic",
    .shortcut = "<Alt>8",
    .text = N_("What was logged, step by step, of this session and of runs on the disk"),
    .create = create,
    .update = update,
    .draw = draw,
    .table = table,
};
