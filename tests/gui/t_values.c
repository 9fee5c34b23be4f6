// SPDX-License-Identifier: Apache-2.0
//
// Curves and Tensor in windows against a played session: what was logged arrives and grows, a
// tensor is shown, come close to, edited.

#include "fake_model.h"
#include "panels/panel.h"
#include "panels/parts/canvas.h"
#include "session/reply.h"
#include "shot.h"
#include "tap.h"

#include <math.h>

extern const AdjUiPanel adj_ui_panel_check, adj_ui_panel_curves, adj_ui_panel_surface,
    adj_ui_panel_tensor;

static GtkWidget *find(GtkWidget *w, GType type, int *nth)
{
    if (G_TYPE_CHECK_INSTANCE_TYPE(w, type) && (*nth)-- == 0) return w;
    for (GtkWidget *c = gtk_widget_get_first_child(w); c; c = gtk_widget_get_next_sibling(c)) {
        GtkWidget *found = find(c, type, nth);
        if (found) return found;
    }
    return NULL;
}

static GtkWidget *first(GtkWidget *w, GType type)
{
    int nth = 0;
    return find(w, type, &nth);
}

static int lines(char *text)
{
    int n = 0;
    for (const char *p = text; *p; p++) n += *p == '\n';
    g_free(text);
    return n;
}

static char *points(const char *name, int from, int to)
{
    GString *steps = g_string_new(NULL), *values = g_string_new(NULL);
    for (int i = from; i < to; i++) {
        char number[40];
        g_string_append_printf(steps, i > from ? ", %d" : "%d", i);
        g_ascii_formatd(number, 40, "%.6g", exp(-i / 300.0) + 0.02 * sin(i * 0.7));
        g_string_append_printf(values, i > from ? ", %s" : "%s", number);
    }
    char *text =
        g_strdup_printf("{\"cursor\": %d, \"series\": [{\"name\": \"%s\", \"count\": %d,"
                        " \"steps\": [%s], \"values\": [%s]}]}",
                        to, name, to - from, steps->str, values->str);
    g_string_free(steps, TRUE);
    g_string_free(values, TRUE);
    return text;
}

static void curves(AdjUiModel *model)
{
    g_autofree char *start = points("loss", 1, 1001), *more = points("loss", 1001, 1501);
    g_autofree char *run = points("loss", 1, 1201);
    fake_answer("scalars", start);
    fake_answer("runs", "{\"runs\": [{\"name\": \"baseline\"}]}");
    fake_answer("curves", run);
    GtkWidget *panel = adj_ui_panel_curves.create(model);
    GtkWidget *window = shot_window(panel, 800, 520);
    adj_ui_panel_curves.update(panel);
    shot_settle(200);
    equal_int(lines(adj_ui_panel_curves.table(panel)), 1001, "a thousand points arrived");
    fake_event(model, "scalars", more);
    equal_int(lines(adj_ui_panel_curves.table(panel)), 1501, "and grow while they come");
    GtkWidget *sheet = first(panel, GTK_TYPE_OVERLAY);
    for (int i = 0; i < 40; i++) shot_key(sheet, GDK_KEY_Right, 0);
    ok(shot_take(window, "panel_curves"), "a picture of the curves");
    gtk_window_destroy(GTK_WINDOW(window));
    shot_settle(50);
}

static JsonObject *peek(JsonObject *fields)
{
    enum { ROWS = 24, COLUMNS = 40 };
    float image[ROWS * COLUMNS];
    for (int i = 0; i < ROWS * COLUMNS; i++)
        image[i] = (float)(sin(i / COLUMNS * 0.4) * cos(i % COLUMNS * 0.3));
    image[50] = NAN;
    g_autofree char *data = g_base64_encode((guchar *)image, sizeof image);
    GString *rows = g_string_new(NULL);
    JsonObject *w = adj_ui_reply_object(fields, "window");
    int row = (int)adj_ui_reply_integer(w, "row", 0);
    int column = (int)adj_ui_reply_integer(w, "column", 0);
    for (int i = row; w && i < ROWS; i++) {
        g_string_append(rows, i > row ? ", [" : "[");
        for (int k = column; k < COLUMNS; k++) {
            char number[40];
            g_ascii_formatd(number, 40, "%.6g", image[i * COLUMNS + k]);
            g_string_append_printf(rows, "%s%s", k > column ? ", " : "",
                                   isnan(image[i * COLUMNS + k]) ? "\"NaN\"" : number);
        }
        g_string_append(rows, "]");
    }
    g_autofree char *text = g_strdup_printf(
        "{\"name\": \"w\", \"shape\": [24, 40], \"dtype\": \"float32\", \"statistics\": "
        "{\"mean\":"
        " 0.01, \"std\": 0.5, \"min\": -1, \"max\": 1, \"norm\": 15.1}, \"histogram\": "
        "{\"low\": -1,"
        " \"high\": 1, \"counts\": [5, 9, 30, 70, 120, 200, 210, 160, 90, 40, 20, 6]}, "
        "\"image\":"
        " {\"rows\": 24, \"columns\": 40, \"of\": [24, 40], \"data\": \"%s\"}, \"window\": "
        "{\"row\":"
        " %d, \"column\": %d, \"rows\": %d, \"columns\": %d, \"values\": [%s]}}",
        data, row, column, ROWS - row, COLUMNS - column, rows->str);
    g_string_free(rows, TRUE);
    return fake_parse(text);
}

static void tensor(AdjUiModel *model)
{
    fake_maker("peek", peek);
    fake_answer("set", "{\"old\": 0.1, \"new\": 0.25, \"root\": 0.4321}");
    GtkWidget *panel = adj_ui_panel_tensor.create(model);
    GtkWidget *window = shot_window(panel, 800, 640);
    AdjUiSelection s = ADJ_UI_SELECTION_NONE;
    s.value = "w";
    adj_ui_panel_tensor.select(panel, &s);
    shot_settle(200);
    equal_str(adj_ui_reply_text(fake_asked("peek"), "name", ""), "w",
              "what is selected is asked for");
    equal_int(lines(adj_ui_panel_tensor.table(panel)), 24, "its table has its rows");
    ok(shot_take(window, "panel_tensor"), "a picture of the tensor");
    GtkWidget *canvas = first(panel, GTK_TYPE_OVERLAY);
    for (int i = 0; i < 4; i++) shot_key(canvas, GDK_KEY_plus, 0);
    shot_settle(200);
    ok(adj_ui_reply_object(fake_asked("peek"), "window") != NULL,
       "come close, and the numbers are asked for");
    shot_key(canvas, GDK_KEY_Down, 0);
    shot_settle(150);
    ok(shot_take(window, "panel_tensor_numbers"), "a picture of the numbers");
    shot_key(canvas, GDK_KEY_Return, 0);
    GtkWidget *entry = first(first(canvas, GTK_TYPE_POPOVER), GTK_TYPE_ENTRY);
    gtk_editable_set_text(GTK_EDITABLE(entry), "0.25");
    g_signal_emit_by_name(entry, "activate");
    shot_settle(100);
    near(adj_ui_reply_number(fake_asked("set"), "value", NAN), 0.25, 0, "an element is set");
    equal_int(adj_ui_reply_length(adj_ui_reply_array(fake_asked("set"), "at")), 2,
              "at its row and column");
    gtk_window_destroy(GTK_WINDOW(window));
    shot_settle(50);
}

// A matrix of 4096 x 4096 as an image of 64 x 64: a wave too fine for it. A part that is asked
// for comes as sharp as was asked.
static JsonObject *large_peek(JsonObject *fields)
{
    enum { ALL = 4096, COARSE = 64 };
    JsonObject *part = adj_ui_reply_object(fields, "part");
    int64_t size[2] = {COARSE, COARSE};
    if (part) adj_ui_reply_shape(fields, "image", size, 2);
    int64_t row = adj_ui_reply_integer(part, "row", 0);
    int64_t column = adj_ui_reply_integer(part, "column", 0);
    int64_t rows = adj_ui_reply_integer(part, "rows", ALL);
    int64_t columns = adj_ui_reply_integer(part, "columns", ALL);
    float *image = g_new(float, size[0] * size[1]);
    for (int64_t i = 0; i < size[0]; i++)
        for (int64_t k = 0; k < size[1]; k++)
            image[i * size[1] + k] =
                (float)sin(0.2 * hypot((double)(row + i * rows / size[0]) - 2000,
                                       (double)(column + k * columns / size[1]) - 2100));
    g_autofree char *data =
        g_base64_encode((guchar *)image, sizeof *image * (gsize)(size[0] * size[1]));
    g_free(image);
    g_autofree char *text = g_strdup_printf(
        "{\"name\": \"w\", \"shape\": [4096, 4096], \"dtype\": \"float32\", \"statistics\":"
        " {\"min\": -1, \"max\": 1}, \"image\": {\"rows\": %d, \"columns\": %d, \"of\":"
        " [4096, 4096], \"data\": \"%s\"}, \"part\": {\"row\": %d, \"column\": %d, \"rows\":"
        " %d, \"columns\": %d}}",
        (int)size[0], (int)size[1], data, (int)row, (int)column, (int)rows, (int)columns);
    return fake_parse(text);
}

static void detail(AdjUiModel *model)
{
    fake_maker("peek", large_peek);
    GtkWidget *panel = adj_ui_panel_tensor.create(model);
    GtkWidget *window = shot_window(panel, 800, 640);
    AdjUiSelection s = ADJ_UI_SELECTION_NONE;
    s.value = "large";
    adj_ui_panel_tensor.select(panel, &s);
    GtkWidget *canvas = first(panel, GTK_TYPE_OVERLAY);
    for (int i = 0; i < 200 && fake_count("peek") == 0; i++) shot_settle(50);
    shot_settle(200);
    for (int i = 0; i < 14; i++) shot_key(canvas, GDK_KEY_plus, 0);
    AdjUiView v;
    adj_ui_canvas_view(canvas, &v);
    JsonObject *part = NULL;
    for (int i = 0; i < 100 && !part; i++) {
        shot_settle(50);
        part = adj_ui_reply_object(fake_asked("peek"), "part");
    }
    ok(part != NULL, "closer than the image is sharp, a part is asked for");
    ok((double)adj_ui_reply_integer(part, "row", 9999) <= fmax(v.visible.y, 0) &&
           (double)adj_ui_reply_integer(part, "columns", 0) >= fmin(v.visible.w, 4000),
       "which covers what is in view");
    int count = 0;
    for (int i = 0; i < 20 && count != fake_count("peek"); i++) {
        count = fake_count("peek");
        shot_settle(500);
    }
    for (int i = 0; i < 5; i++) {
        adj_ui_canvas_changed(canvas);
        shot_settle(150);
    }
    equal_int(fake_count("peek"), count, "and once it is there nothing more");
    gboolean taken = FALSE;
    for (int i = 0; i < 20 && !taken; i++) {
        taken = shot_take(window, "panel_tensor_detail");
        shot_settle(50);
    }
    ok(taken, "a picture of the part");
    gtk_window_destroy(GTK_WINDOW(window));
    shot_settle(50);
}

static GtkWidget *nth_entry(GtkWidget *panel, int n)
{
    return find(panel, GTK_TYPE_ENTRY, &n);
}

// Rows of a bowl; the panel asks for three at a time and for finer grids by itself.
static JsonObject *bowl(JsonObject *fields)
{
    int64_t size[2];
    adj_ui_reply_shape(fields, "size", size, 2);
    int first_row = (int)adj_ui_reply_integer(fields, "first", 0);
    int count = (int)adj_ui_reply_integer(fields, "count", 0), side = (int)size[0];
    GString *rows = g_string_new(NULL), *places = g_string_new(NULL);
    char number[40];
    for (int k = 0; k < side; k++)
        g_string_append_printf(places, "%s%s", k ? ", " : "",
                               g_ascii_formatd(number, 40, "%.6g", -1 + 2.0 * k / (side - 1)));
    for (int i = first_row; i < first_row + count; i++) {
        g_string_append(rows, i > first_row ? ", [" : "[");
        for (int k = 0; k < side; k++) {
            double u = -1 + 2.0 * i / (side - 1), v = -1 + 2.0 * k / (side - 1);
            g_ascii_formatd(number, 40, "%.6g", u * u + 0.5 * v * v + 0.1);
            g_string_append_printf(rows, "%s%s", k ? ", " : "", number);
        }
        g_string_append(rows, "]");
    }
    g_autofree char *text = g_strdup_printf("{\"rows\": [%s], \"columns\": [%s], \"first\": %d,"
                                            " \"axes\": [\"random\", \"gradient\"],"
                                            " \"values\": [%s]}",
                                            places->str, places->str, first_row, rows->str);
    g_string_free(rows, TRUE);
    g_string_free(places, TRUE);
    return fake_parse(text);
}

static void surface(AdjUiModel *model)
{
    fake_maker("surface", bowl);
    GtkWidget *panel = adj_ui_panel_surface.create(model);
    GtkWidget *window = shot_window(panel, 800, 560);
    int second = 1;
    gtk_drop_down_set_selected(GTK_DROP_DOWN(find(panel, GTK_TYPE_DROP_DOWN, &second)), 2);
    gtk_editable_set_text(GTK_EDITABLE(nth_entry(panel, 0)), "loss()");
    gtk_editable_set_text(GTK_EDITABLE(nth_entry(panel, 1)), "net");
    g_signal_emit_by_name(nth_entry(panel, 0), "activate");
    for (int i = 0; i < 200 && fake_count("surface") < 3 + 6 + 11; i++) shot_settle(50);
    shot_settle(100);
    equal_int(lines(adj_ui_panel_surface.table(panel)), 34, "the grid is refined to 33 rows");
    equal_int(fake_count("surface"), 3 + 6 + 11, "in requests of three rows");
    ok(shot_take(window, "panel_surface"), "a picture of the surface");
    gtk_window_destroy(GTK_WINDOW(window));
    shot_settle(50);
}

// Errors of a V: truncation above, rounding below h = 1e-4.
static JsonObject *gradcheck(JsonObject *fields)
{
    double h = adj_ui_reply_number(fields, "h", NAN);
    char error[40];
    g_ascii_formatd(error, 40, "%.6g", isnan(h) ? 2e-3 : 1e3 * h * h + 1e-8 / h);
    g_autofree char *text = g_strdup_printf(
        "{\"verdict\": \"acceptable\", \"elements\": [{\"at\": [0, 1], \"analytic\": 0.02,"
        " \"numeric\": 0.0201, \"error\": %s, \"kink\": false, \"verdict\": \"acceptable\"},"
        "{\"at\": [2, 2], \"analytic\": -0.5, \"numeric\": -0.5, \"error\": 1e-6, \"kink\":"
        " false, \"verdict\": \"good\"}, {\"at\": [3, 0], \"analytic\": 0.31, \"numeric\": "
        "0.12,"
        " \"error\": 0.6, \"kink\": true, \"verdict\": \"kink\"}]}",
        error);
    return fake_parse(text);
}

static void check(AdjUiModel *model)
{
    fake_maker("gradcheck", gradcheck);
    GtkWidget *panel = adj_ui_panel_check.create(model);
    GtkWidget *window = shot_window(panel, 860, 480);
    gtk_editable_set_text(GTK_EDITABLE(nth_entry(panel, 0)), "loss()");
    gtk_editable_set_text(GTK_EDITABLE(nth_entry(panel, 1)), "net.0.weight");
    g_signal_emit_by_name(nth_entry(panel, 1), "activate");
    for (int i = 0; i < 200 && fake_count("gradcheck") < 12; i++) shot_settle(50);
    equal_int(lines(adj_ui_panel_check.table(panel)), 4, "three elements were checked");
    equal_int(fake_count("gradcheck"), 1 + 11, "and the worst at eleven steps");
    JsonNode *at =
        json_array_get_element(adj_ui_reply_array(fake_asked("gradcheck"), "elements"), 0);
    near(adj_ui_reply_number_at(json_node_get_array(at), 1), 1, 0,
         "the worst is not the one at a kink");
    ok(shot_take(window, "panel_check"), "a picture of the check");
    gtk_window_destroy(GTK_WINDOW(window));
    shot_settle(50);
}

int main(void)
{
    if (!shot_init()) return skip_all("no display");
    AdjUiModel *model = adj_ui_model_new();
    curves(model);
    tensor(model);
    detail(model);
    surface(model);
    check(model);
    g_object_unref(model);
    return done();
}
