// SPDX-License-Identifier: Apache-2.0
//
// The loss as a function, in windows against a played session: one element wiggled, the cut and
// the map around a point of the way.

#include "fake_model.h"
#include "panels/panel.h"
#include "session/reply.h"
#include "shot.h"
#include "tap.h"

#include <math.h>
#include <string.h>

extern const AdjUiPanel adj_ui_panel_surface, adj_ui_panel_tensor;

static GtkWidget *find(GtkWidget *w, GType type, int *nth)
{
    if (G_TYPE_CHECK_INSTANCE_TYPE(w, type) && (*nth)-- == 0) return w;
    for (GtkWidget *c = gtk_widget_get_first_child(w); c; c = gtk_widget_get_next_sibling(c)) {
        GtkWidget *found = find(c, type, nth);
        if (found) return found;
    }
    return NULL;
}

static GtkWidget *nth(GtkWidget *w, GType type, int n)
{
    return find(w, type, &n);
}

// Under load the last layout may still be on its way: then there is nothing to take yet.
static gboolean taken(GtkWidget *window, const char *name)
{
    for (int i = 0; i < 20; i++) {
        shot_settle(50);
        if (shot_take(window, name)) return TRUE;
    }
    return FALSE;
}

static gboolean shows(const AdjUiPanel *row, GtkWidget *panel, const char *text)
{
    g_autofree char *table = row->table(panel);
    return strstr(table, text) != NULL;
}

static gboolean comes_to_show(const AdjUiPanel *row, GtkWidget *panel, const char *text)
{
    for (int i = 0; i < 100 && !shows(row, panel, text); i++) shot_settle(20);
    return shows(row, panel, text);
}

// -- wiggle -------------------------------------------------------------------------------

static const double AT = 0.25;  // where the element is

static double curve(double x)
{
    return 0.7 + 0.3 * sin(2 * x) + 0.1 * x * x;
}

static int portions;

// A loss in portions of ten values, as a slow session would answer.
static JsonObject *wiggle(JsonObject *fields)
{
    double slope = 0.6 * cos(2 * AT) + 0.2 * AT;
    char a[40], b[40];
    g_ascii_formatd(a, 40, "%.17g", curve(AT));
    g_ascii_formatd(b, 40, "%.17g", slope);
    if (!strcmp(adj_ui_reply_text(fields, "do", ""), "start")) {
        g_autofree char *text = g_strdup_printf(
            "{\"do\": \"start\", \"value\": 0.25, \"loss\": %s, \"gradient\": %s,"
            " \"recorded\": true, \"operations\": 4, \"dependent\": 4}",
            a, b);
        return fake_parse(text);
    }
    JsonArray *values = adj_ui_reply_array(fields, "values");
    GString *list = g_string_new(NULL);
    portions++;
    for (guint i = 0; i < adj_ui_reply_length(values) && i < 10; i++) {
        char number[40];
        g_ascii_formatd(number, 40, "%.17g", curve(adj_ui_reply_number_at(values, i)));
        g_string_append_printf(list, "%s%s", i ? ", " : "", number);
    }
    g_autofree char *text = g_strdup_printf(
        "{\"do\": \"values\", \"loss\": %s, \"gradient\": %s, \"losses\": [%s]}", a, b,
        list->str);
    g_string_free(list, TRUE);
    return fake_parse(text);
}

static const char peeked[] =
    "{\"name\": \"w\", \"shape\": [2, 3], \"dtype\": \"float32\", \"statistics\": {\"mean\": 0,"
    " \"std\": 0.5, \"min\": -1, \"max\": 1, \"norm\": 1}, \"histogram\": {\"low\": -1,"
    " \"high\": 1, \"counts\": [1, 2, 2, 1]}, \"image\": {\"rows\": 2, \"columns\": 3, \"of\":"
    " [2, 3], \"data\": \"AAAAAAAAgD4AAAC/AACAPwAAAD8AAIC/\"}}";

static void moves(GtkWidget *panel, GtkWidget *slider)
{
    double at = gtk_range_get_value(GTK_RANGE(slider));
    shot_key(slider, GDK_KEY_Right, 0);
    double coarse = gtk_range_get_value(GTK_RANGE(slider)) - at;
    near(coarse, 1.0 / 40, 1e-12, "an arrow moves the value");
    shot_key(slider, GDK_KEY_Right, GDK_SHIFT_MASK);
    near(gtk_range_get_value(GTK_RANGE(slider)) - at - coarse, coarse / 10, 1e-12,
         "with Shift ten times finer");
    shot_settle(100);
    JsonArray *tried = adj_ui_reply_array(fake_asked("wiggle"), "values");
    near(adj_ui_reply_number_at(tried, 0), at + 1.1 * coarse, 1e-12,
         "the session is asked for the loss there");
    shot_key(slider, GDK_KEY_Escape, 0);
    near(gtk_range_get_value(GTK_RANGE(slider)), at, 0, "Escape puts it back");
    equal_int(fake_count("set"), 0, "and nothing was changed");
    for (int i = 0; i < 8; i++) shot_key(slider, GDK_KEY_Left, 0);
    shot_settle(100);
    (void)panel;
}

static void wiggles(AdjUiModel *model)
{
    fake_answer("peek", peeked);
    fake_answer("loss", "{\"code\": \"F.mse_loss(net(x), y)\", \"module\": \"net\"}");
    fake_answer("set", "{\"old\": 0.25, \"new\": 0.05, \"root\": null}");
    fake_maker("wiggle", wiggle);
    GtkWidget *panel = adj_ui_panel_tensor.create(model);
    GtkWidget *window = shot_window(panel, 640, 760);
    AdjUiSelection s = ADJ_UI_SELECTION_NONE;
    s.value = "w";
    adj_ui_panel_tensor.select(panel, &s);
    shot_settle(150);
    GtkWidget *canvas = nth(panel, GTK_TYPE_OVERLAY, 0);
    shot_key(canvas, GDK_KEY_Right, 0);
    shot_key(canvas, GDK_KEY_w, 0);
    ok(comes_to_show(&adj_ui_panel_tensor, panel, "\n1,"), "the curve and its errors arrive");
    equal_str(gtk_editable_get_text(GTK_EDITABLE(nth(panel, GTK_TYPE_ENTRY, 1))),
              "F.mse_loss(net(x), y)", "of what the program descends on");
    equal_int(portions, 7 + 4, "in portions");
    ok(shows(&adj_ui_panel_tensor, panel, "0.25") && !shows(&adj_ui_panel_tensor, panel, "nan"),
       "as a table too");
    moves(panel, nth(panel, GTK_TYPE_SCALE, 0));
    ok(taken(window, "panel_wiggle"), "a picture of the wiggle");
    shot_key(nth(panel, GTK_TYPE_SCALE, 0), GDK_KEY_Return, 0);
    shot_settle(100);
    near(adj_ui_reply_number(fake_asked("set"), "value", NAN), AT - 8.0 / 40, 1e-12,
         "Enter keeps the value");
    shot_key(canvas, GDK_KEY_w, 0);
    equal_str(adj_ui_reply_text(fake_asked("wiggle"), "do", ""), "close",
              "closed, the session need not keep it");
    gtk_window_destroy(GTK_WINDOW(window));
    shot_settle(50);
}

// -- slice --------------------------------------------------------------------------------

enum { POINTS_OF_WAY = 12 };

static double bowl(double a, double b)
{
    return 0.3 + 1.5 * pow(a - 0.6, 2) + 0.4 * pow(b + 0.2, 2);
}

static int started_at;
static char directions[16];

static JsonObject *plane(JsonObject *fields)
{
    gboolean steps = !strcmp(adj_ui_reply_text(fields, "directions", ""), "step");
    GString *way = g_string_new(NULL);
    started_at = (int)adj_ui_reply_integer(fields, "at", POINTS_OF_WAY - 1);
    g_strlcpy(directions, adj_ui_reply_text(fields, "directions", ""), sizeof directions);
    for (int i = 0; i < POINTS_OF_WAY; i++) {
        char a[40], b[40];
        g_ascii_formatd(a, 40, "%.6g", 0.9 * (exp(-0.3 * started_at) - exp(-0.3 * i)));
        g_ascii_formatd(b, 40, "%.6g", 0.5 * sin(0.4 * i) - 0.5 * sin(0.4 * started_at));
        g_string_append_printf(way,
                               "%s{\"index\": %d, \"step\": %d, \"loss\": 1, \"at\": [%s, %s]}",
                               i ? ", " : "", i, i + 1, a, b);
    }
    g_autofree char *text = g_strdup_printf(
        "{\"do\": \"start\", \"batch\": [{\"name\": \"x\", \"shape\": [32, 2]}, {\"name\":"
        " \"y\", \"shape\": [32]}], \"loss\": 0.856, \"axes\": [\"%s\", \"%s\"],"
        " \"slopes\": [%s, -0.3, -0.3], \"step\": {\"taken\": true, \"rate\": 0.05, \"norm\":"
        " 0.2, \"cosine\": 0.8, \"at\": [0.25, -0.1]}, \"points\": %d, \"path\": [%s]}",
        steps ? "against the gradient" : "first principal direction of the way: 90 % of it",
        steps ? "the step taken" : "second principal direction of the way: 8 % of it",
        steps ? "-0.36" : "-1.8", POINTS_OF_WAY, way->str);
    g_string_free(way, TRUE);
    return fake_parse(text);
}

static int values_asked;

static JsonObject *slice(JsonObject *fields)
{
    const char *act = adj_ui_reply_text(fields, "do", "");
    if (!strcmp(act, "start")) return plane(fields);
    JsonArray *places = adj_ui_reply_array(fields, "places");
    GString *losses = g_string_new(NULL);
    for (guint i = 0; i < adj_ui_reply_length(places) && i < 20; i++) {
        JsonArray *p = json_node_get_array(json_array_get_element(places, i));
        double a = adj_ui_reply_number_at(p, 0), b = adj_ui_reply_number_at(p, 1);
        double r = adj_ui_reply_number_at(p, 2);
        char number[40];
        if (!strcmp(directions, "step")) a *= 0.2;
        g_ascii_formatd(number, 40, "%.9g", bowl(a + 0.18 * r, b - 0.1 * r));
        g_string_append_printf(losses, "%s%s", i ? ", " : "", number);
        values_asked++;
    }
    g_autofree char *text = g_strdup_printf("{\"losses\": [%s]}", losses->str);
    g_string_free(losses, TRUE);
    return fake_parse(text);
}

static int lines(const AdjUiPanel *row, GtkWidget *panel)
{
    g_autofree char *text = row->table(panel);
    int n = 0;
    for (const char *p = text; *p; p++) n += *p == '\n';
    return n;
}

static gboolean comes_to(const AdjUiPanel *row, GtkWidget *panel, int want)
{
    for (int i = 0; i < 200 && lines(row, panel) != want; i++) shot_settle(20);
    return lines(row, panel) == want;
}

static void cuts(AdjUiModel *model, GtkWidget *panel, GtkWidget *sheet)
{
    ok(comes_to(&adj_ui_panel_surface, panel, 1 + 33 + 2), "the cut has 33 places");
    equal_int(values_asked, 2 * 33 + 1, "none is asked for twice");
    fake_event(model, "path", "{\"points\": 20}");
    GtkAdjustment *way = gtk_range_get_adjustment(GTK_RANGE(nth(panel, GTK_TYPE_SCALE, 0)));
    near(gtk_adjustment_get_upper(way), 19, 0, "the way is followed meanwhile");
    shot_key(sheet, GDK_KEY_Up, 0);
    shot_key(sheet, GDK_KEY_Up, 0);
    shot_settle(100);
    JsonArray *places = adj_ui_reply_array(fake_asked("slice"), "places");
    JsonArray *end = json_node_get_array(json_array_get_element(places, 0));
    near(adj_ui_reply_number_at(end, 2), pow(10, 0.2), 1e-9, "a longer step: where it lands");
    shot_key(sheet, GDK_KEY_Left, 0);
    ok(comes_to(&adj_ui_panel_surface, panel, 1 + 33 + 2), "computed anew");
    equal_int(started_at, POINTS_OF_WAY - 2, "one point back on the way");
}

static void slices(AdjUiModel *model)
{
    fake_maker("slice", slice);
    fake_answer("loss", "{\"code\": \"F.mse_loss(net(x), y)\", \"module\": \"net\"}");
    GtkWidget *panel = adj_ui_panel_surface.create(model);
    GtkWidget *window = shot_window(panel, 640, 640);
    adj_ui_panel_surface.show(panel, TRUE);
    adj_ui_panel_surface.update(panel);
    shot_settle(100);
    GtkWidget *sheet = nth(panel, GTK_TYPE_OVERLAY, 0);
    cuts(model, panel, sheet);
    ok(taken(window, "panel_slice_cut"), "a picture of the cut");
    gtk_drop_down_set_selected(GTK_DROP_DOWN(nth(panel, GTK_TYPE_DROP_DOWN, 1)), 1);
    gtk_drop_down_set_selected(GTK_DROP_DOWN(nth(panel, GTK_TYPE_DROP_DOWN, 2)), 1);
    values_asked = 0;
    ok(comes_to(&adj_ui_panel_surface, panel, 33 * 33 + 2), "the map has 33 x 33 places");
    ok(values_asked <= 33 * 33 + 50, "the finer grids ask for what is between");
    equal_str(directions, "path", "in the principal directions of the way");
    ok(taken(window, "panel_slice_map"), "a picture of the map");
    adj_ui_panel_surface.show(panel, FALSE);
    equal_str(adj_ui_reply_text(fake_asked("slice"), "do", ""), "close",
              "hidden, the session forgets it");
    gtk_window_destroy(GTK_WINDOW(window));
    shot_settle(50);
}

int main(void)
{
    if (!shot_init()) return skip_all("no display");
    AdjUiModel *model = adj_ui_model_new();
    wiggles(model);
    slices(model);
    g_object_unref(model);
    return done();
}
