// SPDX-License-Identifier: Apache-2.0
//
// One tensor: a heat map of two of its axes, the numbers when one comes close, its statistics.
//
// The session sends an image of at most IMAGE_MOST pixels a side, whatever the tensor's size;
// when the view comes closer than that is sharp, an image of the part in view (detail.h); when
// numbers can be read, the numbers of what is visible.
// Changing an element is a request; what the session answers is shown, never what was typed.

#include "paint/card.h"
#include "paint/heat.h"
#include "panels/panel.h"
#include "panels/parts/canvas.h"
#include "panels/parts/sheet.h"
#include "panels/tensor/detail.h"
#include "panels/tensor/wiggle.h"
#include "session/cursor.h"
#include "session/reply.h"
#include "shade/shade.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

enum { IMAGE_MOST = 1024, CELLS_MOST = 64, SLICES = 6 };
static const double NUMBER_ZOOM = 34;  // pixels of a cell in which a number can be read

typedef struct Tensor {
    AdjUiModel *model;
    GtkWidget *box, *canvas, *name, *status, *map, *range, *grad, *slices, *facts, *wiggles,
        *wiggle;
    GtkWidget *slice[SLICES];
    JsonObject *reply;  // the last peek, held
    AdjUiHeat *heat;
    AdjUiDetail *detail;  // of a part that is looked at from close by
    int rank;
    int64_t shape[8], rows, columns;
    double low, high;  // of all elements
    // The numbers near the view, as they came.
    int64_t near_row, near_column, near_rows, near_columns;
    double *near;
    guint asked, asked_near, settle;
    int64_t row, column;  // the cell of the cursor, -1: none
    double tried;         // what is shown in it instead of its value; NaN: nothing
    gboolean filling;
} Tensor;

static Tensor *tensor_of(GtkWidget *w)
{
    return g_object_get_data(G_OBJECT(w), "tensor");
}

static const char *const maps[] = {"viridis", "RdBu",  "magma", "gray",
                                   "cividis", "turbo", NULL};

static const char *map_of(const Tensor *t)
{
    return maps[gtk_drop_down_get_selected(GTK_DROP_DOWN(t->map))];
}

// "from least to greatest", or the same distance to both sides of zero.
static void range_of(const Tensor *t, double *low, double *high)
{
    *low = t->low;
    *high = t->high;
    if (gtk_drop_down_get_selected(GTK_DROP_DOWN(t->range)) == 0) return;
    double most = fmax(fabs(t->low), fabs(t->high));
    *low = -most;
    *high = most;
}

// -- asking -------------------------------------------------------------------------------

// The full index of a cell: the chosen slices, then row and column.
static int index_of(const Tensor *t, int64_t row, int64_t column, int64_t *at)
{
    int n = 0;
    for (; n < t->rank - 2; n++)
        at[n] = n < SLICES ? gtk_spin_button_get_value_as_int(GTK_SPIN_BUTTON(t->slice[n])) : 0;
    if (t->rank > 1) at[n++] = row;
    if (t->rank > 0) at[n++] = column;
    return n;
}

static JsonObject *peek_fields(const Tensor *t)
{
    gboolean grad = gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(t->grad));
    int64_t at[8];
    JsonObject *fields =
        adj_ui_fields("name", adj_ui_say_text(gtk_editable_get_text(GTK_EDITABLE(t->name))),
                      "of", adj_ui_say_text(grad ? "grad" : "value"), NULL);
    if (t->rank > 2) {
        index_of(t, 0, 0, at);
        json_object_set_member(fields, "at", adj_ui_say_ints(at, t->rank - 2));
    }
    return adj_ui_cursor_fields(t->model, fields);
}

static JsonObject *peek_of(gconstpointer self)
{
    return peek_fields(self);
}

static void show_facts(Tensor *t)
{
    JsonObject *s = adj_ui_reply_object(t->reply, "statistics");
    char shape[96], mean[32], std[32], norm[32];
    adj_ui_shape_text(shape, t->shape, t->rank);
    g_autofree char *text = g_strdup_printf(
        "%s   %s   mean %s   std %s   norm %s", shape, adj_ui_reply_text(t->reply, "dtype", ""),
        adj_ui_number(mean, adj_ui_reply_number(s, "mean", NAN), 4),
        adj_ui_number(std, adj_ui_reply_number(s, "std", NAN), 4),
        adj_ui_number(norm, adj_ui_reply_number(s, "norm", NAN), 4));
    gtk_label_set_text(GTK_LABEL(t->status), text);
    gtk_widget_queue_draw(t->facts);
}

static void ask(Tensor *t);

static void slice_moved(GtkSpinButton *b, gpointer self)
{
    (void)b;
    Tensor *t = self;
    if (!t->filling) ask(t);
}

// One number for each axis before the last two.
static void show_slices(Tensor *t)
{
    t->filling = TRUE;
    for (int i = 0; i < SLICES; i++) {
        gboolean there = i < t->rank - 2;
        gtk_widget_set_visible(t->slice[i], there);
        if (there)
            gtk_spin_button_set_range(GTK_SPIN_BUTTON(t->slice[i]), 0,
                                      (double)MAX(t->shape[i] - 1, 0));
    }
    gtk_widget_set_visible(t->slices, t->rank > 2);
    t->filling = FALSE;
}

static AdjUiHeat *heat_of_image(JsonObject *image)
{
    gint64 rows = adj_ui_reply_integer(image, "rows", 0);
    gint64 columns = adj_ui_reply_integer(image, "columns", 0);
    gsize size = 0;
    const char *text = adj_ui_reply_text(image, "data", "");
    guchar *bytes = g_base64_decode(text, &size);
    if (rows < 1 || columns < 1 || size != (gsize)(rows * columns) * sizeof(float)) {
        g_free(bytes);
        return NULL;
    }
    return adj_ui_heat_new((float *)(void *)bytes, rows, columns);
}

static void take_peek(gpointer self, JsonObject *reply, const char *error)
{
    Tensor *t = self;
    t->asked = 0;
    if (error) {
        gtk_label_set_text(GTK_LABEL(t->status), error);
        return;
    }
    g_clear_pointer(&t->reply, json_object_unref);
    t->reply = json_object_ref(reply);
    int64_t of[2] = {0, 0}, rows = t->rows, columns = t->columns;
    JsonObject *image = adj_ui_reply_object(reply, "image");
    JsonObject *s = adj_ui_reply_object(reply, "statistics");
    t->rank = adj_ui_reply_shape(reply, "shape", t->shape, 8);
    adj_ui_reply_shape(image, "of", of, 2);
    t->rows = of[0];
    t->columns = of[1];
    t->low = adj_ui_reply_number(s, "min", 0);
    t->high = adj_ui_reply_number(s, "max", 0);
    t->near_rows = 0;
    adj_ui_heat_free(t->heat);
    adj_ui_detail_forget(t->detail);
    t->heat = image ? heat_of_image(image) : NULL;
    show_slices(t);
    show_facts(t);
    if (rows != t->rows || columns != t->columns) adj_ui_canvas_fit(t->canvas);
    adj_ui_canvas_changed(t->canvas);
}

static void ask(Tensor *t)
{
    if (!*gtk_editable_get_text(GTK_EDITABLE(t->name))) return;
    if (t->asked) adj_ui_model_cancel(t->model, t->asked);
    JsonObject *fields = peek_fields(t);
    int64_t size[] = {IMAGE_MOST, IMAGE_MOST};
    json_object_set_boolean_member(fields, "statistics", TRUE);
    json_object_set_string_member(fields, "histogram", "linear");
    json_object_set_member(fields, "image", adj_ui_say_ints(size, 2));
    t->asked = adj_ui_model_ask(t->model, "peek", fields, take_peek, t, G_OBJECT(t->box));
}

static void take_near(gpointer self, JsonObject *reply, const char *error)
{
    Tensor *t = self;
    JsonObject *w = adj_ui_reply_object(reply, "window");
    JsonArray *rows = adj_ui_reply_array(w, "values");
    t->asked_near = 0;
    if (error || !rows) return;
    t->near_row = adj_ui_reply_integer(w, "row", 0);
    t->near_column = adj_ui_reply_integer(w, "column", 0);
    t->near_rows = MIN((int64_t)adj_ui_reply_length(rows), CELLS_MOST);
    t->near_columns = MIN(adj_ui_reply_integer(w, "columns", 0), CELLS_MOST);
    for (int64_t i = 0; i < t->near_rows; i++) {
        JsonNode *n = json_array_get_element(rows, (guint)i);
        JsonArray *row = JSON_NODE_HOLDS_ARRAY(n) ? json_node_get_array(n) : NULL;
        for (int64_t k = 0; k < t->near_columns; k++)
            t->near[i * CELLS_MOST + k] = adj_ui_reply_number_at(row, (guint)k);
    }
    adj_ui_canvas_changed(t->canvas);
}

// Asks for the numbers in view once the view has been still for a moment.
static gboolean settled(gpointer self)
{
    Tensor *t = self;
    AdjUiView v;
    t->settle = 0;
    adj_ui_canvas_view(t->canvas, &v);
    if (v.zoom < NUMBER_ZOOM || !t->heat) return G_SOURCE_REMOVE;
    int64_t row = MAX((int64_t)v.visible.y, 0), column = MAX((int64_t)v.visible.x, 0);
    int64_t rows = MIN((int64_t)v.visible.h + 2, CELLS_MOST);
    int64_t columns = MIN((int64_t)v.visible.w + 2, CELLS_MOST);
    if (t->near_rows && t->near_row == row && t->near_column == column) return G_SOURCE_REMOVE;
    JsonObject *fields = peek_fields(t);
    JsonObject *window =
        adj_ui_fields("row", adj_ui_say_int(row), "column", adj_ui_say_int(column), "rows",
                      adj_ui_say_int(rows), "columns", adj_ui_say_int(columns), NULL);
    json_object_set_object_member(fields, "window", window);
    if (t->asked_near) adj_ui_model_cancel(t->model, t->asked_near);
    t->asked_near = adj_ui_model_ask(t->model, "peek", fields, take_near, t, G_OBJECT(t->box));
    return G_SOURCE_REMOVE;
}

// -- the picture --------------------------------------------------------------------------

static AdjUiRect extent(gpointer self)
{
    const Tensor *t = self;
    return adj_ui_rect(0, 0, (double)t->columns, (double)t->rows);
}

static bool near_value(const Tensor *t, int64_t row, int64_t column, double *value)
{
    int64_t i = row - t->near_row, k = column - t->near_column;
    if (i < 0 || k < 0 || i >= t->near_rows || k >= t->near_columns) return false;
    *value = t->near[i * CELLS_MOST + k];
    return true;
}

static AdjUiColour colour_at(const uint32_t *colours, double value, double low, double high)
{
    double x = high > low ? (value - low) / (high - low) * 255 : 0;
    uint32_t c = colours[(int)fmin(255, fmax(0, x + 0.5))];
    return (AdjUiColour){(c >> 16 & 255) / 255.0, (c >> 8 & 255) / 255.0, (c & 255) / 255.0};
}

// Cells with their numbers; ink is dark or light, whichever can be read on the cell.
static void paint_cells(cairo_t *cr, const Tensor *t, const AdjUiView *v, double low,
                        double high)
{
    uint32_t colours[ADJ_UI_MAP_COLOURS];
    adj_ui_map_colours(map_of(t), colours);
    for (int64_t i = t->near_row; i < t->near_row + t->near_rows; i++) {
        for (int64_t k = t->near_column; k < t->near_column + t->near_columns; k++) {
            double value;
            char text[32];
            if (i >= t->rows || k >= t->columns || !near_value(t, i, k, &value)) continue;
            if (i == t->row && k == t->column && isfinite(t->tried)) value = t->tried;
            AdjUiColour c =
                isfinite(value) ? colour_at(colours, value, low, high) : v->theme->bad;
            cairo_rectangle(cr, (double)k, (double)i, 1, 1);
            adj_ui_ink(cr, c, 1);
            cairo_fill(cr);
            bool bright = 0.3 * c.r + 0.6 * c.g + 0.1 * c.b > 0.55;
            adj_ui_ink(cr, bright ? (AdjUiColour){0, 0, 0} : (AdjUiColour){1, 1, 1}, 0.95);
            AdjUiType type = {.size = fmin(0.26, 13 / v->zoom)};
            adj_ui_number_fitting(cr, text, value, 4, type, 0.94);
            adj_ui_text(cr, text, type, ADJ_UI_MIDDLE, (double)k + 0.5, (double)i + 0.58, 0);
        }
    }
}

static void paint_cursor(cairo_t *cr, const Tensor *t, const AdjUiView *v)
{
    if (t->row < 0) return;
    cairo_rectangle(cr, (double)t->column, (double)t->row, 1, 1);
    adj_ui_ink(cr, v->theme->accent, 1);
    cairo_set_line_width(cr, 3 / v->zoom);
    cairo_stroke(cr);
}

// The part of the tensor that is in view: in the image's cells, and in pixels of the picture.
// FALSE: none is.
static gboolean in_view(const Tensor *t, const AdjUiView *v, AdjUiRect *cells, AdjUiRect *into)
{
    if (!t->heat || t->rows < 1 || t->columns < 1) return FALSE;
    double x0 = fmax(v->visible.x, 0), y0 = fmax(v->visible.y, 0);
    double x1 = fmin(v->visible.x + v->visible.w, (double)t->columns);
    double y1 = fmin(v->visible.y + v->visible.h, (double)t->rows);
    double sx = (double)adj_ui_heat_columns(t->heat) / (double)t->columns;
    double sy = (double)adj_ui_heat_rows(t->heat) / (double)t->rows;
    *cells = adj_ui_rect(x0 * sx, y0 * sy, (x1 - x0) * sx, (y1 - y0) * sy);
    *into = adj_ui_rect(x0 * v->zoom, y0 * v->zoom, (x1 - x0) * v->zoom, (y1 - y0) * v->zoom);
    return x1 > x0 && y1 > y0;
}

static gboolean shade(gpointer self, AdjUiShader *s, AdjUiFrame *frame, const AdjUiView *v)
{
    const Tensor *t = self;
    AdjUiRect cells, into;
    double low, high;
    if (!in_view(t, v, &cells, &into)) return FALSE;
    range_of(t, &low, &high);
    double left = v->visible.x * v->zoom, top = v->visible.y * v->zoom;
    into.x -= left;
    into.y -= top;
    if (!adj_ui_shade_heat(s, frame, t->heat, cells, into, low, high, map_of(t))) return FALSE;
    const AdjUiHeat *finer = adj_ui_detail_part(t->detail, v, &cells, &into);
    into.x -= left;
    into.y -= top;
    if (finer) adj_ui_shade_heat(s, frame, finer, cells, into, low, high, map_of(t));
    return TRUE;
}

// Before there is a tensor: what one may ask for.
static void paint_nothing(cairo_t *cr, const AdjUiView *v)
{
    const char *lines[] = {_("Choose a variable, a module or a box of the tape,"),
                           _("or write a name: net.0.weight, x[0]")};
    cairo_save(cr);
    cairo_translate(cr, v->visible.x, v->visible.y);
    cairo_scale(cr, 1 / v->zoom, 1 / v->zoom);
    adj_ui_ink(cr, v->theme->faint, 1);
    for (int i = 0; i < 2; i++)
        adj_ui_text(cr, lines[i], (AdjUiType){.size = 13}, ADJ_UI_MIDDLE, v->width / 2.0,
                    v->height / 2.0 - 10 + 22 * i, v->width - 20);
    cairo_restore(cr);
}

static void paint(gpointer self, cairo_t *cr, const AdjUiView *v)
{
    Tensor *t = self;
    AdjUiRect cells, into;
    double low, high;
    if (!t->heat) paint_nothing(cr, v);
    if (!in_view(t, v, &cells, &into)) return;
    range_of(t, &low, &high);
    cairo_save(cr);
    cairo_scale(cr, 1 / v->zoom, 1 / v->zoom);
    if (!v->shaded) {
        adj_ui_paint_heat(cr, v->theme, t->heat, cells, into, low, high, map_of(t));
        const AdjUiHeat *finer = adj_ui_detail_part(t->detail, v, &cells, &into);
        if (finer) adj_ui_paint_heat(cr, v->theme, finer, cells, into, low, high, map_of(t));
    }
    cairo_restore(cr);
    adj_ui_detail_look(t->detail, v, t->rows, t->columns, adj_ui_heat_rows(t->heat),
                       adj_ui_heat_columns(t->heat));
    if (v->zoom >= NUMBER_ZOOM) paint_cells(cr, t, v, low, high);
    paint_cursor(cr, t, v);
    if (v->zoom >= NUMBER_ZOOM && !t->settle) t->settle = g_timeout_add(60, settled, t);
}

static void paint_facts(GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer self)
{
    (void)area;
    const Tensor *t = self;
    const AdjUiTheme *theme = adj_ui_theme_now();
    if (!t->heat) return;
    JsonArray *counts =
        adj_ui_reply_array(adj_ui_reply_object(t->reply, "histogram"), "counts");
    guint n = adj_ui_reply_length(counts);
    double low, high, most = 1, room = width - 130.0;
    range_of(t, &low, &high);
    adj_ui_paint_key(cr, theme, adj_ui_rect(width - 80.0, 8, 14, height - 18.0), low, high,
                     map_of(t));
    for (guint i = 0; i < n; i++) most = fmax(most, adj_ui_reply_number_at(counts, i));
    for (guint i = 0; i < n; i++) {
        double h = adj_ui_reply_number_at(counts, i) / most * (height - 26.0);
        cairo_rectangle(cr, 12 + room * i / n, height - 16 - h, fmax(room / n - 1, 0.5), h);
    }
    adj_ui_ink(cr, theme->series[0], 0.9);
    cairo_fill(cr);
    if (!n) return;
    char number[32];
    adj_ui_ink(cr, theme->faint, 1);
    adj_ui_text(cr, adj_ui_number(number, t->low, 3), (AdjUiType){.size = 10}, ADJ_UI_LEFT, 12,
                height - 4, 0);
    adj_ui_text(cr, adj_ui_number(number, t->high, 3), (AdjUiType){.size = 10}, ADJ_UI_RIGHT,
                12 + room, height - 4, 0);
}

// -- one element --------------------------------------------------------------------------

static void take_set(gpointer self, JsonObject *reply, const char *error)
{
    Tensor *t = self;
    if (error) {
        gtk_label_set_text(GTK_LABEL(t->status), error);
        return;
    }
    char was[32], is[32], loss[32];
    double root = adj_ui_reply_number(reply, "root", NAN);
    g_autofree char *then =
        isnan(root) ? g_strdup("")
                    : g_strdup_printf(_(", the loss is then %s"), adj_ui_number(loss, root, 5));
    g_autofree char *text = g_strdup_printf(
        _("was %s, is %s%s"), adj_ui_number(was, adj_ui_reply_number(reply, "old", NAN), 6),
        adj_ui_number(is, adj_ui_reply_number(reply, "new", NAN), 6), then);
    adj_ui_canvas_say(t->canvas, text);
    ask(t);
}

static void set_typed(GtkEntry *e, gpointer self)
{
    Tensor *t = self;
    char *end = NULL;
    const char *text = gtk_editable_get_text(GTK_EDITABLE(e));
    double value = g_ascii_strtod(text, &end);
    if (end == text || *end) {
        gtk_widget_add_css_class(GTK_WIDGET(e), "error");
        return;
    }
    if (adj_ui_cursor_in_past(t->model)) {
        gtk_label_set_text(
            GTK_LABEL(t->status),
            _("The past stays as it was: branch from it, or go back to the end."));
        return;
    }
    int64_t at[8];
    int n = index_of(t, t->row, t->column, at);
    JsonObject *fields =
        adj_ui_fields("name", adj_ui_say_text(gtk_editable_get_text(GTK_EDITABLE(t->name))),
                      "at", adj_ui_say_ints(at, n), "value", adj_ui_say_number(value),
                      "recompute", adj_ui_say_flag(TRUE), NULL);
    adj_ui_model_ask(t->model, "set", fields, take_set, t, G_OBJECT(t->box));
    gtk_popover_popdown(GTK_POPOVER(gtk_widget_get_ancestor(GTK_WIDGET(e), GTK_TYPE_POPOVER)));
}

static void popover_closed(GtkPopover *p, gpointer self)
{
    (void)self;
    gtk_widget_unparent(GTK_WIDGET(p));
}

static void edit_cell(Tensor *t)
{
    AdjUiView v;
    double value = 0;
    char text[40] = "";
    adj_ui_canvas_view(t->canvas, &v);
    if (near_value(t, t->row, t->column, &value)) g_ascii_formatd(text, 40, "%.9g", value);
    GtkWidget *popover = gtk_popover_new(), *entry = gtk_entry_new();
    gtk_editable_set_text(GTK_EDITABLE(entry), text);
    gtk_widget_set_tooltip_text(entry, _("A new value for this element"));
    gtk_popover_set_child(GTK_POPOVER(popover), entry);
    gtk_widget_set_parent(popover, t->canvas);
    GdkRectangle r = {(int)(((double)t->column - v.visible.x) * v.zoom),
                      (int)(((double)t->row - v.visible.y) * v.zoom), (int)v.zoom, (int)v.zoom};
    gtk_popover_set_pointing_to(GTK_POPOVER(popover), &r);
    g_signal_connect(entry, "activate", G_CALLBACK(set_typed), t);
    g_signal_connect(popover, "closed", G_CALLBACK(popover_closed), t);
    gtk_popover_popup(GTK_POPOVER(popover));
}

// -- wiggling -----------------------------------------------------------------------------

static void wiggle_here(Tensor *t)
{
    int64_t at[8];
    JsonObject *s = adj_ui_reply_object(t->reply, "statistics");
    if (t->row < 0 || !gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(t->wiggles))) return;
    int n = index_of(t, t->row, t->column, at);
    adj_ui_wiggle_choose(t->wiggle, gtk_editable_get_text(GTK_EDITABLE(t->name)), at, n,
                         adj_ui_reply_number(s, "std", 0));
}

static void wiggles_toggled(GtkToggleButton *b, gpointer self)
{
    Tensor *t = self;
    gboolean on = gtk_toggle_button_get_active(b);
    gtk_widget_set_visible(t->wiggle, on);
    gtk_widget_set_visible(t->facts, !on);
    if (on)
        wiggle_here(t);
    else
        adj_ui_wiggle_close(t->wiggle);
}

static void tried(gpointer self, double value)
{
    Tensor *t = self;
    t->tried = value;
    adj_ui_canvas_changed(t->canvas);
}

static void kept(gpointer self)
{
    ask(self);
}

static const AdjUiWiggleOwner wiggle_owner = {tried, kept};

static void move_cursor(Tensor *t, int64_t row, int64_t column)
{
    if (t->rows < 1) return;
    double value;
    char number[32];
    int64_t old_row = t->row, old_column = t->column;
    t->row = CLAMP(row, 0, t->rows - 1);
    t->column = CLAMP(column, 0, t->columns - 1);
    t->tried = NAN;
    if (t->row != old_row || t->column != old_column) wiggle_here(t);
    gboolean known = near_value(t, t->row, t->column, &value);
    g_autofree char *text =
        g_strdup_printf("[%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT "] %s", t->row, t->column,
                        known ? adj_ui_number(number, value, 9) : "");
    adj_ui_canvas_say(t->canvas, text);
    adj_ui_canvas_changed(t->canvas);
}

static void click(gpointer self, double x, double y, int presses, guint button,
                  GdkModifierType state)
{
    (void)button, (void)state;
    Tensor *t = self;
    if (x < 0 || y < 0 || x >= (double)t->columns || y >= (double)t->rows) return;
    move_cursor(t, (int64_t)y, (int64_t)x);
    if (presses == 2) edit_cell(t);
}

static gboolean key_pressed(gpointer self, guint key, GdkModifierType state)
{
    Tensor *t = self;
    if (state & (GDK_ALT_MASK | GDK_CONTROL_MASK)) return FALSE;
    int64_t dy = key == GDK_KEY_Down ? 1 : key == GDK_KEY_Up ? -1 : 0;
    int64_t dx = key == GDK_KEY_Right ? 1 : key == GDK_KEY_Left ? -1 : 0;
    if (key == GDK_KEY_Return && t->row >= 0) {
        edit_cell(t);
        return TRUE;
    }
    if (key == GDK_KEY_w) {
        gboolean on = gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(t->wiggles));
        gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(t->wiggles), !on);
        return TRUE;
    }
    if (!dx && !dy) return FALSE;
    move_cursor(t, t->row + dy, t->column + dx);
    adj_ui_canvas_show(t->canvas, adj_ui_rect((double)t->column, (double)t->row, 1, 1));
    return TRUE;
}

static const AdjUiCanvasOwner canvas_owner = {
    .extent = extent,
    .paint = paint,
    .shade = shade,
    .click = click,
    .key = key_pressed,
    .least_zoom = 0.02,
    .most_zoom = 90,
    .fit_zoom = 60,
};

// -- the panel ----------------------------------------------------------------------------

static void wanted(GtkWidget *w, gpointer self)
{
    (void)w;
    ask(self);
}

static void repainted(GObject *o, GParamSpec *p, gpointer self)
{
    (void)o, (void)p;
    Tensor *t = self;
    adj_ui_canvas_changed(t->canvas);
    gtk_widget_queue_draw(t->facts);
}

static void selected(GtkWidget *panel, const AdjUiSelection *s)
{
    Tensor *t = tensor_of(panel);
    if (!s->value || s->from == t) return;
    if (!g_strcmp0(gtk_editable_get_text(GTK_EDITABLE(t->name)), s->value)) return;
    gtk_editable_set_text(GTK_EDITABLE(t->name), s->value);
    t->row = t->column = -1;
    adj_ui_wiggle_close(t->wiggle);
    ask(t);
}

static void update(GtkWidget *panel)
{
    ask(tensor_of(panel));
    wiggle_here(tensor_of(panel));
}

static GtkWidget *make_bar(Tensor *t)
{
    static const char *const ranges[] = {N_("least to greatest"), N_("around zero"), NULL};
    GtkWidget *bar = adj_ui_bar_new();
    t->name = gtk_entry_new();
    gtk_entry_set_placeholder_text(GTK_ENTRY(t->name), _("name or expression"));
    gtk_widget_set_tooltip_text(t->name, _("What to show: net.0.weight, x, batch[0]"));
    g_signal_connect(t->name, "activate", G_CALLBACK(wanted), t);
    t->grad = gtk_toggle_button_new_with_label("∂");
    gtk_widget_set_tooltip_text(t->grad, _("Its gradient"));
    g_signal_connect(t->grad, "toggled", G_CALLBACK(wanted), t);
    t->map = adj_ui_choice_new(maps, _("Colours"), G_CALLBACK(repainted), t);
    t->range = adj_ui_choice_new(ranges, _("What the colours span"), G_CALLBACK(repainted), t);
    t->slices = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 2);
    for (int i = 0; i < SLICES; i++) {
        t->slice[i] = gtk_spin_button_new_with_range(0, 0, 1);
        gtk_widget_set_tooltip_text(t->slice[i], _("Place along this axis"));
        g_signal_connect(t->slice[i], "value-changed", G_CALLBACK(slice_moved), t);
        gtk_box_append(GTK_BOX(t->slices), t->slice[i]);
    }
    t->wiggles = adj_ui_toggle_new("adj-wiggle-symbolic",
                                   _("Wiggle the chosen element and see the loss (W)"), FALSE,
                                   G_CALLBACK(wiggles_toggled), t);
    GtkWidget *parts[] = {t->name, t->grad, t->wiggles, t->slices, t->map, t->range};
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) gtk_box_append(GTK_BOX(bar), parts[i]);
    gtk_widget_set_visible(t->slices, FALSE);
    return bar;
}

static void tensor_free(gpointer p)
{
    Tensor *t = p;
    if (t->settle) g_source_remove(t->settle);
    g_clear_pointer(&t->reply, json_object_unref);
    adj_ui_heat_free(t->heat);
    adj_ui_detail_free(t->detail);
    g_free(t->near);
    g_free(t);
}

static GtkWidget *create(AdjUiModel *model)
{
    Tensor *t = g_new0(Tensor, 1);
    t->model = model;
    t->row = t->column = -1;
    t->tried = NAN;
    t->near = g_new(double, CELLS_MOST *CELLS_MOST);
    t->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    g_object_set_data_full(G_OBJECT(t->box), "tensor", t, tensor_free);
    t->canvas = adj_ui_canvas_new(&canvas_owner, t, _("Heat map of a tensor"));
    t->detail = adj_ui_detail_new(model, t->canvas, peek_of, t);
    t->facts = gtk_drawing_area_new();
    gtk_box_append(GTK_BOX(t->box), make_bar(t));
    gtk_box_append(GTK_BOX(t->box), t->canvas);
    t->status = adj_ui_status_new();
    gtk_widget_set_hexpand(t->status, FALSE);
    gtk_box_append(GTK_BOX(t->box), t->status);
    gtk_drawing_area_set_content_height(GTK_DRAWING_AREA(t->facts), 110);
    gtk_drawing_area_set_draw_func(GTK_DRAWING_AREA(t->facts), paint_facts, t, NULL);
    gtk_box_append(GTK_BOX(t->box), t->facts);
    t->wiggle = adj_ui_wiggle_new(model, &wiggle_owner, t);
    gtk_widget_set_visible(t->wiggle, FALSE);
    gtk_box_append(GTK_BOX(t->box), t->wiggle);
    return t->box;
}

static void show(GtkWidget *panel, gboolean visible)
{
    if (!visible) adj_ui_wiggle_close(tensor_of(panel)->wiggle);
}

static void draw(GtkWidget *panel, cairo_t *cr, int width, int height)
{
    const Tensor *t = tensor_of(panel);
    double low, high;
    if (!t->heat) return;
    if (gtk_widget_get_visible(t->wiggle)) {
        height /= 2;
        cairo_save(cr);
        cairo_translate(cr, 0, height + 8);
        adj_ui_wiggle_draw(t->wiggle, cr, width, height - 8);
        cairo_restore(cr);
    }
    range_of(t, &low, &high);
    double rows = (double)adj_ui_heat_rows(t->heat),
           columns = (double)adj_ui_heat_columns(t->heat);
    double zoom = fmin((width - 80) / columns, height / rows);
    adj_ui_paint_heat(cr, adj_ui_theme(FALSE), t->heat, adj_ui_rect(0, 0, columns, rows),
                      adj_ui_rect(0, 0, columns * zoom, rows * zoom), low, high, map_of(t));
    adj_ui_paint_key(cr, adj_ui_theme(FALSE), adj_ui_rect(width - 70.0, 10, 16, height - 20.0),
                     low, high, map_of(t));
}

// The image as it was sent: of a large tensor each number is the mean of what it covers.
static char *table(GtkWidget *panel)
{
    const Tensor *t = tensor_of(panel);
    GString *out = g_string_new(NULL);
    for (int64_t i = 0; t->heat && i < adj_ui_heat_rows(t->heat); i++) {
        for (int64_t k = 0; k < adj_ui_heat_columns(t->heat); k++)
            g_string_append_printf(out, k ? ",%.9g" : "%.9g",
                                   (double)adj_ui_heat_at(t->heat, i, k));
        g_string_append_c(out, '\n');
    }
    if (gtk_widget_get_visible(t->wiggle)) {
        g_autofree char *more = adj_ui_wiggle_table(t->wiggle);
        g_string_append_printf(out, "\n%s", more);
    }
    return g_string_free(out, FALSE);
}

static const AdjUiPanelKey keys[] = {
    {"Return", N_("Edit the Element")}, {"w", N_("Wiggle It")}, {NULL, NULL}};

const AdjUiPanel adj_ui_panel_tensor = {
    .name = "tensor",
    .title = N_("Tensor"),
    .icon = "adj-tensor-symbolic",
    .shortcut = "<Alt>5",
    .text = N_("One tensor as a heat map and as numbers that can be changed"),
    .keys = keys,
    .create = create,
    .show = show,
    .update = update,
    .select = selected,
    .draw = draw,
    .table = table,
};
