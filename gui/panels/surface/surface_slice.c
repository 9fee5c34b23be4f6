// SPDX-License-Identifier: Apache-2.0
//
// What is asked of the session: `slice` start fixes the plane, then its values at places. Grids
// of 9, 17 and 33 points a side lie in each other, so a finer one asks only for what is between
// the places that are known. One request is on its way at a time; anything new (another centre,
// another view) drops the answer that is awaited and begins again. The step's length is asked
// for before the rest of the grid.

#include "panels/surface/surface_slice.h"

#include "paint/slice.h"
#include "panels/parts/sheet.h"
#include "session/reply.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

enum { SIDE = 33, COARSE = 4, WAY = 64, ASKED = 48 };

typedef struct Slice {
    AdjUiModel *model;
    GtkWidget *box, *sheet, *rate, *centre, *directions, *status;
    AdjUiSliceView view;
    char *code, *module, *followed, *axes[2], *batch;
    guint subscription, asked;
    gboolean visible, started, filling, log;
    gint64 at, points;  // of the way: the centre (-1: where the parameters are), how many
    double loss, slope, step[2], step_rate, size;
    gboolean taken, bends;
    int way, way_centre;
    gint64 way_index[WAY], way_step[WAY];
    double way_x[WAY], way_y[WAY];
    // The grid: of the cut two rows, downhill and along the step; of the map SIDE rows.
    double values[SIDE * SIDE], at_x[SIDE], at_y[SIDE];
    int stride;          // of the level that is being computed: 4, 2, 1; 0: done
    int shown;           // of the last level that is complete, 0: none
    int waiting[ASKED];  // places on their way, as indices of values
    int waiting_count;   // 0: the step's end is on its way
    double factor, landed, asked_factor;
    double drag_from;
    AdjPlaced placed;
} Slice;

static Slice *slice_of(GtkWidget *w)
{
    return g_object_get_data(G_OBJECT(w), "slice");
}

static void say(Slice *s, const char *text)
{
    gtk_label_set_text(GTK_LABEL(s->status), text);
    gtk_accessible_update_property(GTK_ACCESSIBLE(s->sheet),
                                   GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

static void say_state(Slice *s)
{
    char loss[32], landed[32], rate[32];
    int side = s->shown ? (SIDE - 1) / s->shown + 1 : 0;
    g_autofree char *where = s->way_centre >= 0 ? g_strdup_printf(_("step %" G_GINT64_FORMAT),
                                                                  s->way_step[s->way_centre])
                                                : g_strdup(_("the parameters of now"));
    g_autofree char *text = g_strdup_printf(
        _("%s: loss %s; a step with rate %s lands at %s. %d points a side, batch %s fixed"),
        where, adj_ui_number(loss, s->loss, 4),
        adj_ui_number(rate, s->factor * s->step_rate, 3),
        isnan(s->landed) ? "…" : adj_ui_number(landed, s->landed, 4), side, s->batch);
    say(s, text);
}

// -- asking -------------------------------------------------------------------------------

static void ask_next(Slice *s);

static void add_place(JsonArray *list, double a, double b, double r)
{
    JsonArray *place = json_array_new();
    json_array_add_double_element(place, a);
    json_array_add_double_element(place, b);
    json_array_add_double_element(place, r);
    json_array_add_array_element(list, place);
}

static void take_values(gpointer self, JsonObject *reply, const char *error)
{
    Slice *s = self;
    JsonArray *losses = adj_ui_reply_array(reply, "losses");
    guint n = adj_ui_reply_length(losses);
    s->asked = 0;
    if (error) say(s, error);
    if (error || n == 0) return;
    if (s->waiting_count == 0) {
        s->landed = adj_ui_reply_number_at(losses, 0);
        say_state(s);
        adj_ui_sheet_changed(s->sheet);
    }
    for (guint i = 0; i < n && (int)i < s->waiting_count; i++)
        s->values[s->waiting[i]] = adj_ui_reply_number_at(losses, i);
    ask_next(s);
}

static void send(Slice *s, JsonArray *places)
{
    JsonObject *fields = adj_ui_fields("do", adj_ui_say_text("values"), NULL);
    json_object_set_array_member(fields, "places", places);
    s->asked = adj_ui_model_ask(s->model, "slice", fields, take_values, s, G_OBJECT(s->box));
}

static int rows_of(const Slice *s)
{
    return s->view == ADJ_UI_MAP ? SIDE : s->bends ? 2 : 1;
}

// Places of this level that are not known, at most ASKED.
static void gather(Slice *s, JsonArray *places)
{
    int rows = rows_of(s), down = s->view == ADJ_UI_MAP ? s->stride : 1;
    s->waiting_count = 0;
    for (int i = 0; i < rows; i += down)
        for (int k = 0; k < SIDE && s->waiting_count < ASKED; k += s->stride) {
            if (!isnan(s->values[i * SIDE + k])) continue;
            s->waiting[s->waiting_count++] = i * SIDE + k;
            if (s->view == ADJ_UI_MAP)
                add_place(places, s->at_x[k], s->at_y[i], 0);
            else
                add_place(places, i ? 0 : s->at_x[k], 0, i ? s->at_x[k] : 0);
        }
}

// The step's end when it has moved, else what is missing of the level, else the next level.
static void ask_next(Slice *s)
{
    if (s->asked || !s->started) return;
    JsonArray *places = json_array_new();
    if (isnan(s->landed) || s->asked_factor != s->factor) {
        s->asked_factor = s->factor;
        s->waiting_count = 0;
        add_place(places, 0, 0, s->factor);
        send(s, places);
        return;
    }
    while (s->stride) {
        gather(s, places);
        if (s->waiting_count) break;
        s->shown = s->stride;
        s->stride /= 2;
        say_state(s);
        adj_ui_sheet_changed(s->sheet);
    }
    if (s->stride)
        send(s, places);
    else
        json_array_unref(places);
}

// -- a plane ------------------------------------------------------------------------------

// How far the map reaches: around the way where it is the way's plane; else to each side so far
// that the way is well in it, between a fifth of a filter's norm and twice it.
static void set_extent(Slice *s, double *at, const double *way, double step)
{
    gboolean principal = gtk_drop_down_get_selected(GTK_DROP_DOWN(s->directions)) == 1;
    double low = fmin(0, 1.3 * step), high = fmax(0, 1.3 * step);
    for (int i = 0; i < s->way; i++) {
        low = fmin(low, way[i]);
        high = fmax(high, way[i]);
    }
    if (principal) {
        double room = 0.15 * fmax(high - low, 1e-6);
        low -= room;
        high += room;
    } else {
        double reach = s->way > 1 ? CLAMP(2 * fmax(-low, high), 0.2, 2) : 1;
        low = -reach;
        high = reach;
    }
    for (int i = 0; i < SIDE; i++) at[i] = low + (high - low) * i / (SIDE - 1);
}

static void set_places(Slice *s)
{
    for (int i = 0; i < SIDE * SIDE; i++) s->values[i] = NAN;
    s->stride = COARSE;
    s->shown = 0;
    if (s->view == ADJ_UI_MAP) {
        set_extent(s, s->at_x, s->way_x, s->step[0]);
        set_extent(s, s->at_y, s->way_y, s->step[1]);
        return;
    }
    for (int i = 0; i < SIDE; i++) s->at_x[i] = -1 + 5.0 * i / (SIDE - 1);
}

static void read_way(Slice *s, JsonArray *path)
{
    s->way = 0;
    s->way_centre = -1;
    for (guint i = 0; i < adj_ui_reply_length(path) && s->way < WAY; i++) {
        JsonObject *o = adj_ui_reply_object_at(path, i);
        JsonArray *at = adj_ui_reply_array(o, "at");
        s->way_index[s->way] = adj_ui_reply_integer(o, "index", 0);
        s->way_step[s->way] = adj_ui_reply_integer(o, "step", 0);
        s->way_x[s->way] = adj_ui_reply_number_at(at, 0);
        s->way_y[s->way] = adj_ui_reply_number_at(at, 1);
        if (s->taken && s->way_index[s->way] <= s->at) s->way_centre = s->way;
        s->way++;
    }
}

static char *batch_text(JsonArray *batch)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < adj_ui_reply_length(batch); i++) {
        JsonObject *o = adj_ui_reply_object_at(batch, i);
        int64_t shape[8];
        char shown[96];
        int rank = adj_ui_reply_shape(o, "shape", shape, 8);
        g_string_append_printf(text, "%s%s (%s)", i ? ", " : "",
                               adj_ui_reply_text(o, "name", ""),
                               adj_ui_shape_text(shown, shape, rank));
    }
    return g_string_free(text, FALSE);
}

static void read_step(Slice *s, JsonObject *reply)
{
    JsonObject *step = adj_ui_reply_object(reply, "step");
    JsonArray *at = adj_ui_reply_array(step, "at");
    s->taken = adj_ui_reply_flag(step, "taken");
    s->step_rate = adj_ui_reply_number(step, "rate", NAN);
    s->size = adj_ui_reply_number(step, "norm", NAN);
    s->bends = adj_ui_reply_number(step, "cosine", 1) < 0.999;
    for (guint i = 0; i < 2; i++) s->step[i] = adj_ui_reply_number_at(at, i);
}

static void show_centre(Slice *s)
{
    s->filling = TRUE;
    gtk_range_set_range(GTK_RANGE(s->centre), -1, MAX((double)s->points - 1, 0));
    gtk_range_set_value(GTK_RANGE(s->centre), (double)s->at);
    gtk_widget_set_sensitive(s->centre, s->points > 0);
    s->filling = FALSE;
}

static void take_start(gpointer self, JsonObject *reply, const char *error)
{
    Slice *s = self;
    JsonArray *axes = adj_ui_reply_array(reply, "axes");
    s->asked = 0;
    if (error) {
        say(s, error);
        return;
    }
    s->started = TRUE;
    s->points = adj_ui_reply_integer(reply, "points", 0);
    if (s->points == 0) s->at = -1;
    if (s->at >= s->points) s->at = s->points - 1;
    s->loss = adj_ui_reply_number(reply, "loss", NAN);
    s->slope = adj_ui_reply_number_at(adj_ui_reply_array(reply, "slopes"), 0);
    for (guint i = 0; i < 2; i++) {
        JsonNode *n = i < adj_ui_reply_length(axes) ? json_array_get_element(axes, i) : NULL;
        g_free(s->axes[i]);
        s->axes[i] = g_strdup(n && JSON_NODE_HOLDS_VALUE(n) ? json_node_get_string(n) : "");
    }
    g_free(s->batch);
    s->batch = batch_text(adj_ui_reply_array(reply, "batch"));
    read_step(s, reply);
    read_way(s, adj_ui_reply_array(reply, "path"));
    show_centre(s);
    set_places(s);
    s->landed = NAN;
    say_state(s);
    ask_next(s);
}

static const char *directions_of(const Slice *s)
{
    static const char *const words[] = {"gradient", "path", "random"};
    if (s->view == ADJ_UI_CUT) return "step";
    return words[MIN(gtk_drop_down_get_selected(GTK_DROP_DOWN(s->directions)), 2)];
}

static void start(Slice *s)
{
    if (s->asked) adj_ui_model_cancel(s->model, s->asked);
    s->asked = 0;
    if (!s->code || !*s->code || !s->visible) return;
    JsonObject *fields = adj_ui_fields(
        "do", adj_ui_say_text("start"), "code", adj_ui_say_text(s->code), "module",
        adj_ui_say_text(s->module), "directions", adj_ui_say_text(directions_of(s)), NULL);
    if (s->at != G_MAXINT64) json_object_set_int_member(fields, "at", s->at);
    s->asked = adj_ui_model_ask(s->model, "slice", fields, take_start, s, G_OBJECT(s->box));
}

// -- following ----------------------------------------------------------------------------

// The way has grown: the slider reaches further; the picture stays where it was.
static void path_grew(gpointer self, JsonObject *event)
{
    Slice *s = self;
    s->points = adj_ui_reply_integer(event, "points", s->points);
    if (s->started && s->at != G_MAXINT64) show_centre(s);
}

static void follow(Slice *s)
{
    const char *module = s->module && *s->module ? s->module : NULL;
    if (s->visible && s->subscription && !g_strcmp0(s->followed, module)) return;
    if (s->subscription) adj_ui_model_unsubscribe(s->model, s->subscription);
    s->subscription = 0;
    g_clear_pointer(&s->followed, g_free);
    if (!s->visible) return;
    JsonObject *fields =
        adj_ui_fields("topic", adj_ui_say_text("path"), "rate", adj_ui_say_int(4), NULL);
    if (module) json_object_set_string_member(fields, "module", module);
    s->followed = g_strdup(module);
    s->subscription = adj_ui_model_subscribe(s->model, fields, path_grew, s, G_OBJECT(s->box));
}

// -- choosing -----------------------------------------------------------------------------

static void set_factor(Slice *s, double factor)
{
    if (!s->started) return;
    s->factor = CLAMP(factor, 0.01, 100);
    s->filling = TRUE;
    gtk_range_set_value(GTK_RANGE(s->rate), log10(s->factor));
    s->filling = FALSE;
    ask_next(s);
    adj_ui_sheet_changed(s->sheet);
}

static void set_at(Slice *s, gint64 at)
{
    at = CLAMP(at, -1, s->points - 1);
    if (at == s->at || s->points == 0) return;
    s->at = at;
    start(s);
}

static void rate_moved(GtkRange *r, gpointer self)
{
    Slice *s = self;
    if (!s->filling) set_factor(s, pow(10, gtk_range_get_value(r)));
}

static void centre_moved(GtkRange *r, gpointer self)
{
    Slice *s = self;
    if (!s->filling) set_at(s, (gint64)round(gtk_range_get_value(r)));
}

static void directed(GObject *o, GParamSpec *p, gpointer self)
{
    (void)o, (void)p;
    start(self);
}

static gboolean key_pressed(gpointer self, guint key, GdkModifierType state)
{
    Slice *s = self;
    double finer = state & GDK_SHIFT_MASK ? 0.1 : 1;
    if (state & (GDK_ALT_MASK | GDK_CONTROL_MASK) || !s->started) return FALSE;
    switch (key) {
    case GDK_KEY_Left: set_at(s, s->at - 1); return TRUE;
    case GDK_KEY_Right: set_at(s, s->at + 1); return TRUE;
    case GDK_KEY_Up: set_factor(s, s->factor * pow(10, 0.1 * finer)); return TRUE;
    case GDK_KEY_Down: set_factor(s, s->factor * pow(10, -0.1 * finer)); return TRUE;
    default: return FALSE;
    }
}

// The point of the way that is nearest to a place of the picture.
static int nearest(const Slice *s, double x, double y)
{
    double best = INFINITY;
    int found = -1;
    for (int i = 0; i < s->way; i++) {
        double px, py;
        adj_placed_point(&s->placed, s->way_x[i], s->way_y[i], &px, &py);
        double d = hypot(px - x, py - y);
        if (d < best) best = d, found = i;
    }
    return found;
}

// In the cut a drag moves the step's end; in the map it draws the centre along the way.
static void dragged(gpointer self, double x, double y, double dx, double dy, gboolean done)
{
    Slice *s = self;
    double at, unused;
    if (!s->started) return;
    if (s->view == ADJ_UI_CUT) {
        if (adj_placed_data(&s->placed, x + dx, y + dy, &at, &unused)) set_factor(s, at);
        return;
    }
    int i = nearest(s, x + dx, y + dy);
    if (i < 0) return;
    s->way_centre = i;
    adj_ui_sheet_changed(s->sheet);
    if (done) set_at(s, s->way_index[i]);
}

static void clicked(gpointer self, double x, double y, int presses, GdkModifierType state)
{
    (void)presses, (void)state;
    dragged(self, x, y, 0, 0, TRUE);
}

// -- the picture --------------------------------------------------------------------------

// The grid of a level as one without gaps.
static int thin(const Slice *s, int rows, double *values, double *x, double *y)
{
    int stride = s->shown ? s->shown : COARSE, n = 0;
    for (int k = 0; k < SIDE; k += stride, n++) {
        x[n] = s->at_x[k];
        y[n] = s->at_y[k];
    }
    for (int i = 0; i < rows; i++)
        for (int k = 0; k < n; k++)
            values[i * n + k] = s->values[i * (rows > 2 ? stride : 1) * SIDE + k * stride];
    return n;
}

static void paint_on(Slice *s, cairo_t *cr, const AdjUiTheme *theme, int width, int height,
                     AdjPlaced *placed)
{
    double values[SIDE * SIDE], x[SIDE], y[SIDE];
    if (!s->started) return;
    if (s->view == ADJ_UI_CUT) {
        int n = thin(s, 2, values, x, y);
        AdjUiCut cut = {.x = x,
                        .downhill = values,
                        .along = values + n,
                        .count = n,
                        .loss = s->loss,
                        .slope = s->slope,
                        .rate = s->step_rate,
                        .taken = s->taken,
                        .bends = s->bends,
                        .at = s->factor,
                        .landed = s->landed};
        adj_ui_paint_cut(cr, theme, &cut, width, height, placed);
        return;
    }
    int stride = s->shown ? s->shown : COARSE, n = (SIDE - 1) / stride + 1;
    thin(s, n, values, x, y);
    AdjUiMap map = {.rows = n,
                    .columns = n,
                    .values = values,
                    .at_row = y,
                    .at_column = x,
                    .row_axis = s->axes[1],
                    .column_axis = s->axes[0],
                    .log_levels = s->log,
                    .path_x = s->way_x,
                    .path_y = s->way_y,
                    .path = s->way,
                    .centre = s->way_centre,
                    .step_x = s->step[0] * s->factor,
                    .step_y = s->step[1] * s->factor,
                    .landed = s->landed};
    adj_ui_paint_map(cr, theme, &map, width, height, placed);
}

static void paint(gpointer self, cairo_t *cr, const AdjUiTheme *theme, int width, int height)
{
    Slice *s = self;
    paint_on(s, cr, theme, width, height, &s->placed);
}

static const AdjUiSheetOwner sheet_owner = {
    .paint = paint, .click = clicked, .drag = dragged, .key = key_pressed};

void adj_ui_slice_draw(GtkWidget *w, cairo_t *cr, int width, int height)
{
    paint_on(slice_of(w), cr, adj_ui_theme(FALSE), width, height, NULL);
}

static void put_number(GString *out, double v, const char *after)
{
    char text[40];
    g_string_append_printf(out, "%s%s", g_ascii_formatd(text, 40, "%.9g", v), after);
}

char *adj_ui_slice_table(GtkWidget *w)
{
    const Slice *s = slice_of(w);
    GString *out = g_string_new(NULL);
    int rows = s->started ? s->view == ADJ_UI_MAP ? SIDE : 2 : 0;
    if (rows == 2) g_string_append(out, "length,against the gradient,along the step\n");
    for (int k = 0; rows == 2 && k < SIDE; k++) {
        if (isnan(s->values[k])) continue;
        put_number(out, s->at_x[k], ",");
        put_number(out, s->values[k], ",");
        put_number(out, s->bends ? s->values[SIDE + k] : s->values[k], "\n");
    }
    for (int i = 0; rows > 2 && i < rows; i++)
        for (int k = 0; k < SIDE; k++) {
            if (isnan(s->values[i * SIDE + k])) continue;
            put_number(out, s->at_x[k], ",");
            put_number(out, s->at_y[i], ",");
            put_number(out, s->values[i * SIDE + k], "\n");
        }
    if (s->started) {
        g_string_append(out, "step of length,loss\n");
        put_number(out, s->factor, ",");
        put_number(out, s->landed, "\n");
    }
    return g_string_free(out, FALSE);
}

// -- the widget ---------------------------------------------------------------------------

static GtkWidget *labelled(GtkWidget *bar, const char *text, GtkWidget *w)
{
    GtkWidget *label = gtk_label_new(text);
    gtk_widget_add_css_class(label, "dim-label");
    gtk_widget_set_margin_start(label, 6);
    gtk_box_append(GTK_BOX(bar), label);
    gtk_box_append(GTK_BOX(bar), w);
    return w;
}

static GtkWidget *make_bar(Slice *s)
{
    static const char *const directions[] = {N_("gradient and random"), N_("along the way"),
                                             N_("two random directions"), NULL};
    GtkWidget *bar = adj_ui_bar_new();
    s->centre = labelled(bar, _("point of the way"),
                         adj_ui_slider_new(-1, 0, 1, -1,
                                           _("Which point of the way is the middle (←, →)"),
                                           G_CALLBACK(centre_moved), s));
    s->rate =
        labelled(bar, _("rate"),
                 adj_ui_slider_new(-1, 1, 0.05, 0,
                                   _("How long the step is, from a tenth to ten times (↑, ↓)"),
                                   G_CALLBACK(rate_moved), s));
    gtk_widget_set_hexpand(s->centre, TRUE);
    gtk_widget_set_hexpand(s->rate, TRUE);
    gtk_scale_set_draw_value(GTK_SCALE(s->centre), FALSE);
    gtk_scale_set_draw_value(GTK_SCALE(s->rate), FALSE);
    gtk_widget_set_sensitive(s->centre, FALSE);
    s->directions = adj_ui_choice_new(directions, _("Directions"), G_CALLBACK(directed), s);
    gtk_widget_set_visible(s->directions, FALSE);
    gtk_box_append(GTK_BOX(bar), s->directions);
    return bar;
}

static void slice_free(gpointer p)
{
    Slice *s = p;
    g_free(s->code);
    g_free(s->module);
    g_free(s->followed);
    g_free(s->axes[0]);
    g_free(s->axes[1]);
    g_free(s->batch);
    g_free(s);
}

GtkWidget *adj_ui_slice_new(AdjUiModel *model)
{
    Slice *s = g_new0(Slice, 1);
    s->model = model;
    s->at = G_MAXINT64;  // the newest
    s->way_centre = -1;
    s->factor = 1;
    s->landed = NAN;
    s->batch = g_strdup("");
    s->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    g_object_set_data_full(G_OBJECT(s->box), "slice", s, slice_free);
    s->sheet = adj_ui_sheet_new(&sheet_owner, s, _("The loss around a point of the way"));
    s->status = g_object_new(GTK_TYPE_LABEL, "wrap", TRUE, "xalign", 0.0f, "selectable", TRUE,
                             "margin-start", 12, "margin-end", 12, "margin-top", 6,
                             "margin-bottom", 8, NULL);
    gtk_label_set_text(GTK_LABEL(s->status),
                       _("Write the loss as an expression and the module it depends on. "
                         "While this is open, the way of its parameters is kept."));
    gtk_box_append(GTK_BOX(s->box), make_bar(s));
    gtk_box_append(GTK_BOX(s->box), s->sheet);
    gtk_box_append(GTK_BOX(s->box), s->status);
    return s->box;
}

void adj_ui_slice_begin(GtkWidget *w, const char *code, const char *module)
{
    Slice *s = slice_of(w);
    g_free(s->code);
    g_free(s->module);
    s->code = g_strdup(code);
    s->module = g_strdup(module);
    s->at = G_MAXINT64;
    follow(s);
    start(s);
}

void adj_ui_slice_view(GtkWidget *w, AdjUiSliceView view)
{
    Slice *s = slice_of(w);
    if (s->view == view) return;
    s->view = view;
    s->started = FALSE;
    gtk_widget_set_visible(s->directions, view == ADJ_UI_MAP);
    start(s);
    adj_ui_sheet_changed(s->sheet);
}

void adj_ui_slice_log(GtkWidget *w, gboolean logarithmic)
{
    Slice *s = slice_of(w);
    s->log = logarithmic;
    adj_ui_sheet_changed(s->sheet);
}

void adj_ui_slice_show(GtkWidget *w, gboolean visible)
{
    Slice *s = slice_of(w);
    if (s->visible == visible) return;
    s->visible = visible;
    follow(s);
    if (visible) {
        start(s);
        return;
    }
    if (s->asked) adj_ui_model_cancel(s->model, s->asked);
    s->asked = 0;
    if (s->started)
        adj_ui_model_ask(s->model, "slice", adj_ui_fields("do", adj_ui_say_text("close"), NULL),
                         NULL, NULL, NULL);
}
