// SPDX-License-Identifier: Apache-2.0
//
// What a frame of the workbench costs: the time that the main loop works between two pictures,
// for the heaviest things that panels show. Waiting is not work, so the function with which
// GLib waits is replaced by one that takes the time around it. The time is the thread's own, so
// that another program on the same processor does not count as work of ours. Each case runs its
// panel in a real window, changes the view in every frame, and reports the median and the 99th
// percentile beside the limits of 16 and 33 ms. Beside them: how long the first picture of a
// large trace takes.

#include "fake_model.h"
#include "paint/heat.h"
#include "panels/panel.h"
#include "panels/parts/canvas.h"
#include "panels/parts/sheet.h"
#include "shade/shade.h"
#include "shot.h"
#include "tap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

extern const AdjUiPanel adj_ui_panel_tape, adj_ui_panel_maps, adj_ui_panel_curves,
    adj_ui_panel_gradients, adj_ui_panel_activations;

enum { FRAMES = 240 };

// -- the clock ----------------------------------------------------------------------------

static struct {
    gint64 since;  // when the loop woke up
    gint64 work;   // in this frame so far, microseconds
    double frames[FRAMES];
    int count;
    gboolean measuring;
} clock_;

static gint64 own_time(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * G_USEC_PER_SEC + t.tv_nsec / 1000;
}

static int timed_poll(GPollFD *fds, guint n, int timeout)
{
    clock_.work += own_time() - clock_.since;
    int ready = g_poll(fds, n, timeout);
    clock_.since = own_time();
    return ready;
}

static void painted(GdkFrameClock *c, gpointer unused)
{
    (void)c, (void)unused;
    gint64 now = own_time();
    double work = (double)(clock_.work + now - clock_.since) / 1e3;
    clock_.work = 0;
    clock_.since = now;
    if (clock_.measuring && clock_.count < FRAMES) clock_.frames[clock_.count++] = work;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void report(const char *name)
{
    if (!ok(clock_.count > FRAMES / 2, "%s: %d frames", name, clock_.count)) return;
    qsort(clock_.frames, (size_t)clock_.count, sizeof(double), compare);
    double median = clock_.frames[clock_.count / 2];
    double late = clock_.frames[(int)(clock_.count * 0.99)];
    ok(median <= 16, "%s: median %.1f ms of work in a frame, at most 16", name, median);
    ok(late <= 33, "%s: 99th percentile %.1f ms, at most 33", name, late);
}

static GtkWidget *window_of(GtkWidget *child)
{
    GtkWidget *w = shot_window(child, 1280, 800);
    GdkSurface *surface = gtk_native_get_surface(GTK_NATIVE(w));
    g_signal_connect(gdk_surface_get_frame_clock(surface), "after-paint", G_CALLBACK(painted),
                     NULL);
    return w;
}

// Runs [change] before every frame until all frames are counted or half a minute is over.
static void measure(GtkWidget *panel, void (*change)(GtkWidget *panel, int frame))
{
    gint64 until = g_get_monotonic_time() + 30 * G_USEC_PER_SEC;
    int last = -1;
    clock_.count = 0;
    clock_.work = 0;
    clock_.measuring = TRUE;
    while (clock_.count < FRAMES && g_get_monotonic_time() < until) {
        if (clock_.count != last) change(panel, clock_.count);
        last = clock_.count;
        g_main_context_iteration(NULL, TRUE);
    }
    clock_.measuring = FALSE;
}

static GtkWidget *overlay(GtkWidget *w)
{
    if (GTK_IS_OVERLAY(w)) return w;
    for (GtkWidget *c = gtk_widget_get_first_child(w); c; c = gtk_widget_get_next_sibling(c)) {
        GtkWidget *found = overlay(c);
        if (found) return found;
    }
    return NULL;
}

// -- a trace of 100000 operations ---------------------------------------------------------

static JsonObject *large_trace(int count)
{
    static const char *const names[] = {"add", "mul", "tanh", "sub", "exp", "log", "sin"};
    JsonArray *ops = json_array_new();
    uint32_t dice = 1;
    for (int i = 0; i < count; i++) {
        dice = dice * 1664525u + 1013904223u;
        JsonObject *o = json_object_new();
        JsonArray *shape = json_array_new(), *inputs = json_array_new();
        json_array_add_int_element(shape, 64);
        json_array_add_int_element(shape, 128);
        for (int k = 1; k <= 2 && i - k >= 0; k++) {
            JsonObject *input = json_object_new();
            json_object_set_int_member(
                input, "from", i - k * (k > 1 ? 1 + (int)(dice >> 28) : 1) < 0 ? 0 : i - k);
            json_array_add_object_element(inputs, input);
        }
        json_object_set_int_member(o, "index", i);
        json_object_set_string_member(o, "op", names[(dice >> 16) % 7]);
        json_object_set_string_member(o, "name", "Backward0");
        json_object_set_string_member(o, "module", "");
        json_object_set_array_member(o, "shape", shape);
        json_object_set_array_member(o, "inputs", inputs);
        json_array_add_object_element(ops, o);
    }
    JsonObject *reply = json_object_new();
    json_object_set_int_member(reply, "step", 1);
    json_object_set_array_member(reply, "ops", ops);
    return reply;
}

static JsonObject *trace;

static JsonObject *give_trace(JsonObject *fields)
{
    (void)fields;
    return json_object_ref(trace);
}

static void move_view(GtkWidget *panel, int frame)
{
    adj_ui_canvas_zoom(overlay(panel), frame / 30 % 2 ? 1.06 : 1 / 1.06);
}

static double until_drawn(GtkWidget *panel, double least_zoom)
{
    gint64 begin = g_get_monotonic_time();
    AdjUiView v;
    do {
        g_main_context_iteration(NULL, TRUE);
        adj_ui_canvas_view(overlay(panel), &v);
    } while (g_get_monotonic_time() - begin < 20 * G_USEC_PER_SEC && v.zoom >= least_zoom);
    int frames = clock_.count;
    clock_.measuring = TRUE;
    while (clock_.count == frames) g_main_context_iteration(NULL, TRUE);
    clock_.measuring = FALSE;
    return (double)(g_get_monotonic_time() - begin) / 1e3;
}

static void tape(AdjUiModel *model)
{
    trace = large_trace(100000);
    fake_maker("trace", give_trace);
    GtkWidget *panel = adj_ui_panel_tape.create(model), *window = window_of(panel);
    clock_.count = 0;
    adj_ui_panel_tape.update(panel);
    double first = until_drawn(panel, 0.9);
    ok(first <= 300, "100000 operations: the first picture after %.0f ms, at most 300", first);
    shot_key(overlay(panel), GDK_KEY_Right, 0);
    shot_key(overlay(panel), GDK_KEY_Right, 0);
    measure(panel, move_view);
    report("a trace of 100000 operations, zooming");
    shot_key(overlay(panel), GDK_KEY_Return, 0);  // opens a group of a thousand
    shot_settle(500);
    adj_ui_canvas_fit(overlay(panel));
    measure(panel, move_view);
    report("a group of 1000 operations opened, zooming");
    gtk_window_destroy(GTK_WINDOW(window));
    json_object_unref(trace);
}

// -- ten million points -------------------------------------------------------------------

static JsonObject *points(int64_t from, int64_t count)
{
    JsonObject *event = json_object_new(), *series = json_object_new();
    JsonArray *list = json_array_new(), *steps = json_array_new(), *values = json_array_new();
    for (int64_t i = from; i < from + count; i++) {
        json_array_add_int_element(steps, i);
        json_array_add_double_element(values,
                                      exp(-(double)i / 3e6) + 0.1 * sin((double)i * 0.7));
    }
    json_object_set_string_member(series, "name", "loss");
    json_object_set_array_member(series, "steps", steps);
    json_object_set_array_member(series, "values", values);
    json_array_add_object_element(list, series);
    json_object_set_array_member(event, "series", list);
    return event;
}

static AdjUiModel *sender;
static int64_t sent;

static void zoom_curve(GtkWidget *panel, int frame)
{
    guint key = frame / 30 % 2 ? GDK_KEY_minus : GDK_KEY_plus;
    for (GtkWidget *w = overlay(panel); w; w = NULL) {
        g_autoptr(GListModel) list = gtk_widget_observe_controllers(w);
        for (guint i = 0; i < g_list_model_get_n_items(list); i++) {
            g_autoptr(GtkEventController) c = g_list_model_get_item(list, i);
            gboolean taken = FALSE;
            if (GTK_IS_EVENT_CONTROLLER_KEY(c))
                g_signal_emit_by_name(c, "key-pressed", key, 0, 0, &taken);
        }
    }
    JsonObject *news = points(sent, 50);  // and it goes on growing
    sent += 50;
    fake_send(sender, "scalars", news);
    json_object_unref(news);
}

static void curve(AdjUiModel *model)
{
    fake_answer("scalars", "{\"series\": []}");
    fake_answer("runs", "{\"runs\": []}");
    GtkWidget *panel = adj_ui_panel_curves.create(model), *window = window_of(panel);
    adj_ui_panel_curves.update(panel);
    shot_settle(100);
    for (sent = 0; sent < 10000000; sent += 100000) {
        JsonObject *event = points(sent, 100000);
        fake_send(model, "scalars", event);
        json_object_unref(event);
    }
    sender = model;
    measure(panel, zoom_curve);
    report("a curve of 10 million points, zooming while it grows");
    gtk_window_destroy(GTK_WINDOW(window));
}

// -- a heat map ---------------------------------------------------------------------------

enum { SIDE = 4096 };

static AdjUiRect heat_extent(gpointer heat)
{
    (void)heat;
    return adj_ui_rect(0, 0, SIDE, SIDE);
}

static gboolean heat_shade(gpointer heat, AdjUiShader *s, AdjUiFrame *frame, const AdjUiView *v)
{
    return adj_ui_shade_heat(s, frame, heat, v->visible, adj_ui_rect(0, 0, v->width, v->height),
                             -1, 1, "viridis");
}

static void heat_paint(gpointer heat, cairo_t *cr, const AdjUiView *v)
{
    AdjUiRect s = v->visible;
    if (v->shaded) return;
    AdjUiRect pixels = {s.x * v->zoom, s.y * v->zoom, s.w * v->zoom, s.h * v->zoom};
    cairo_scale(cr, 1 / v->zoom, 1 / v->zoom);
    adj_ui_paint_heat(cr, v->theme, heat, s, pixels, -1, 1, "viridis");
}

static const AdjUiCanvasOwner heat_owner = {
    .extent = heat_extent, .paint = heat_paint, .shade = heat_shade};

static void heat(void)
{
    float *values = malloc((size_t)SIDE * SIDE * sizeof *values);
    for (int64_t i = 0; i < (int64_t)SIDE * SIDE; i++)
        values[i] =
            (float)sin((double)(i % SIDE) * 0.01) * (float)cos((double)(i / SIDE) * 0.013);
    AdjUiHeat *map = adj_ui_heat_new(values, SIDE, SIDE);
    GtkWidget *canvas = adj_ui_canvas_new(&heat_owner, map, "heat");
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    gtk_box_append(GTK_BOX(box), canvas);
    GtkWidget *window = window_of(box);
    measure(box, move_view);
    report("a heat map of 4096 x 4096, zooming");
    gtk_window_destroy(GTK_WINDOW(window));
    shot_settle(50);
    adj_ui_heat_free(map);
}

// -- a cloud ------------------------------------------------------------------------------

static struct {
    AdjUiPoints points;
    uint32_t *order;
    double yaw;
    GtkWidget *sheet;
} cloud_;

static void turn_cloud(double width, double height)
{
    cloud_.points.eye = adj_ui_eye(cloud_.yaw, 0.4, 0.8 * height, width / 2, height / 2);
    adj_ui_points_order(&cloud_.points, cloud_.order);
}

static gboolean cloud_shade(gpointer self, AdjUiShader *s, AdjUiFrame *frame)
{
    (void)self;
    turn_cloud(frame->width / frame->scale, frame->height / frame->scale);
    return adj_ui_shade_points(s, frame, &cloud_.points, cloud_.order);
}

static void cloud_paint(gpointer self, cairo_t *cr, const AdjUiTheme *theme, int w, int h)
{
    (void)self;
    if (adj_ui_sheet_shaded(cloud_.sheet)) return;
    turn_cloud(w, h);
    adj_ui_paint_points(cr, theme, &cloud_.points, cloud_.order, w, h, 1, false);
}

static const AdjUiSheetOwner cloud_owner = {.paint = cloud_paint, .shade = cloud_shade};

static void cloud_turn(GtkWidget *sheet, int frame)
{
    cloud_.yaw = frame * 0.02;
    adj_ui_sheet_changed(sheet);
}

static void cloud(int count, const char *name)
{
    float *at = g_new(float, 3 * (gsize)count);
    uint32_t *inks = g_new(uint32_t, count);
    for (int i = 0; i < count; i++) {
        double t = i * 0.0021, r = 0.4 + 0.05 * sin(i * 1.7);
        at[3 * i] = (float)(r * cos(t) * cos(i * 2.4));
        at[3 * i + 1] = (float)(r * sin(t) * cos(i * 2.4));
        at[3 * i + 2] = (float)(r * sin(i * 2.4));
        inks[i] = 0xff000000u | ((uint32_t)i * 40503u & 0xffffffu);
    }
    cloud_.order = g_new(uint32_t, count);
    cloud_.points = (AdjUiPoints){.count = count,
                                  .at = at,
                                  .inks = inks,
                                  .radius = adj_ui_points_radius(count),
                                  .at_stamp = (uint64_t)count,
                                  .inks_stamp = (uint64_t)count};
    cloud_.sheet = adj_ui_sheet_new(&cloud_owner, NULL, "points");
    GtkWidget *window = window_of(cloud_.sheet);
    measure(cloud_.sheet, cloud_turn);
    report(name);
    gtk_window_destroy(GTK_WINDOW(window));
    shot_settle(50);
    g_free(at);
    g_free(inks);
    g_free(cloud_.order);
}

// -- 500 modules --------------------------------------------------------------------------

enum { MODULES = 500 };
static JsonObject *items[MODULES];

static void make_items(void)
{
    for (int i = 0; i < MODULES; i++) {
        GString *counts = g_string_new(NULL);
        for (int k = 0; k < 64; k++)
            g_string_append_printf(counts, "%s%d", k ? ", " : "", (k * 37 + i) % 90);
        g_autofree char *text = g_strdup_printf(
            "{\"path\": \"net.%d\", \"step\": 1, \"shape\": [64, 128], \"ratio\": 0.001,"
            " \"statistics\": {\"mean\": 0.1, \"std\": 0.6, \"zeros\": 0.5, \"norm\": 0.3},"
            " \"histogram\": {\"scale\": \"log\", \"low\": -40, \"high\": 24, \"counts\": "
            "[%s]}}",
            i, counts->str);
        items[i] = fake_parse(text);
        g_string_free(counts, TRUE);
    }
}

// Frames come at 60 Hz, news of every module at 30.
static void send_items(GtkWidget *panel, int frame)
{
    if (frame % 2) {
        gtk_widget_queue_draw(panel);
        return;
    }
    for (int i = 0; i < MODULES; i++) fake_send(sender, "observation", items[i]);
}

static void modules(const AdjUiPanel *row, const char *name)
{
    AdjUiModel *model = adj_ui_model_new();
    GtkWidget *panel = row->create(model), *window = window_of(panel);
    row->show(panel, TRUE);
    sender = model;
    measure(panel, send_items);
    report(name);
    gtk_window_destroy(GTK_WINDOW(window));
    shot_settle(50);
    g_object_unref(model);
}

// -- a map of the plane, with its net and 600 points ---------------------------------------

static JsonObject *grids[2];

static void say_image(GString *s, int side, int turn)
{
    g_autofree guchar *bytes = g_new(guchar, side * side);
    for (int i = 0; i < side * side; i++) bytes[i] = (guchar)(i * (turn + 3) / side);
    g_autofree char *data = g_base64_encode(bytes, (gsize)(side * side));
    g_string_append_printf(s,
                           "{\"rows\": %d, \"columns\": %d, \"low\": 0, \"high\": 1, "
                           "\"bytes\": \"%s\"}",
                           side, side, data);
}

static void say_images(GString *s, int count, int side, int turn)
{
    g_string_append(s, "\"images\": [");
    for (int i = 0; i < count; i++) {
        if (i) g_string_append(s, ", ");
        say_image(s, side, turn + i);
    }
    g_string_append(s, "]");
}

static JsonObject *grid_reply(int turn)
{
    g_autofree char *weights = g_base64_encode((guchar[256]){0}, 256);
    GString *s = g_string_new("{\"module\": \"net\", \"step\": 1, \"outputs\": \"softmax\", "
                              "\"x\": [-1, 1], \"y\": [-1, 1], \"size\": [100, 100], "
                              "\"first\": 0, \"count\": 100, ");
    say_images(s, 3, 100, turn);
    g_string_append(s, ", \"layers\": [");
    for (int l = 0; l < 4; l++) {
        g_string_append_printf(s,
                               "%s{\"path\": \"net.%d\", \"class\": \"Linear\", \"units\": 8, "
                               "\"weight\": {\"rows\": 8, \"columns\": 8, \"data\": \"%s\"}, ",
                               l ? ", " : "", l, weights);
        say_images(s, 8, 32, turn + l);
        g_string_append(s, "}");
    }
    g_string_append(s, "]}");
    JsonObject *o = fake_parse(s->str);
    g_string_free(s, TRUE);
    return o;
}

static void send_grid(GtkWidget *panel, int frame)
{
    (void)panel;
    fake_send(sender, "grid", grids[frame % 2]);
}

static void maps(void)
{
    AdjUiModel *model = adj_ui_model_new();
    GString *s = g_string_new("{\"module\": \"net\", \"points\": \"points\", \"labels\": "
                              "\"labels\", \"modules\": [\"net\"], \"values\": [0, 1, 2], "
                              "\"x\": [-1, 1], \"y\": [-1, 1], \"positions\": [");
    for (int i = 0; i < 600; i++)
        g_string_append_printf(s, "%s%g, %g", i ? ", " : "", sin(i) * i / 650,
                               cos(i) * i / 650);
    g_string_append(s, "], \"targets\": [");
    for (int i = 0; i < 600; i++) g_string_append_printf(s, "%s%d", i ? ", " : "", i % 3);
    g_string_append(s, "]}");
    for (int i = 0; i < 2; i++) grids[i] = grid_reply(i * 40);
    fake_answer("points", s->str);
    GtkWidget *panel = adj_ui_panel_maps.create(model), *window = window_of(panel);
    adj_ui_panel_maps.show(panel, TRUE);
    sender = model;
    measure(panel, send_grid);
    report("a map of 100 x 100 with 34 units and 600 points, each frame");
    gtk_window_destroy(GTK_WINDOW(window));
    shot_settle(50);
    g_string_free(s, TRUE);
    for (int i = 0; i < 2; i++) json_object_unref(grids[i]);
    g_object_unref(model);
}

int main(void)
{
    if (!shot_init()) return skip_all("no display");
    AdjUiModel *model = adj_ui_model_new();
    clock_.since = own_time();
    g_main_context_set_poll_func(NULL, timed_poll);
    tape(model);
    curve(model);
    heat();
    cloud(100000, "a cloud of 100000 points, turning");
    make_items();
    modules(&adj_ui_panel_gradients, "500 modules at 30 Hz, gradients");
    modules(&adj_ui_panel_activations, "500 modules at 30 Hz, activations");
    maps();
    g_object_unref(model);
    return done();
}
