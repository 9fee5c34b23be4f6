// SPDX-License-Identifier: Apache-2.0
//
// Maps in a window against a played session: points and grids arrive, a grid comes in portions,
// points are painted, erased and dragged and all of it is taken back, a file takes their place,
// a unit is chosen, a model that does not fit is said to.

#include "fake_model.h"
#include "panels/maps/maps.h"
#include "panels/panel.h"
#include "session/reply.h"
#include "shot.h"
#include "tap.h"

#include <math.h>
#include <string.h>

extern const AdjUiPanel adj_ui_panel_maps;

enum { SIDE = 20, UNITS = 4 };

static GString *image(GString *s, int rows, int columns, int first, int all, double turn)
{
    guchar bytes[SIDE * SIDE * 4];
    for (int i = 0; i < rows * columns; i++) {
        double x = i % columns / (double)columns - 0.5;
        double y = (first + i / columns) / (double)all - 0.5;
        bytes[i] = (guchar)(127.5 + 127 * tanh(6 * (cos(turn) * x + sin(turn) * y)));
    }
    g_autofree char *data = g_base64_encode(bytes, (gsize)(rows * columns));
    g_string_append_printf(s,
                           "{\"rows\": %d, \"columns\": %d, \"low\": 0, \"high\": 1, "
                           "\"bytes\": \"%s\"}",
                           rows, columns, data);
    return s;
}

// What the session says of a net with one hidden layer. The first answer is one of half the
// rows.
static gboolean in_portions;

static JsonObject *grid(JsonObject *fields)
{
    int first = (int)adj_ui_reply_integer(fields, "first", 0);
    int count = in_portions ? SIDE / 2 : SIDE;
    GString *s = g_string_new("{\"module\": \"net\", \"step\": 7, \"outputs\": \"softmax\", ");
    g_string_append_printf(s, "\"x\": [-1, 1], \"y\": [-1, 1], \"size\": [%d, %d], ", SIDE,
                           SIDE);
    g_string_append_printf(s, "\"first\": %d, \"count\": %d, \"images\": [", first, count);
    image(s, count, SIDE, first, SIDE, 0);
    g_string_append(s, ", ");
    image(s, count, SIDE, first, SIDE, M_PI);
    g_string_append(s, "]");
    if (!first) {
        g_autofree char *weights =
            g_base64_encode((guchar *)(float[8]){1, -1, 0.5f, 2, -2, 0, 1, 1}, 32);
        g_string_append_printf(s,
                               ", \"layers\": [{\"path\": \"net.0\", \"class\": \"Linear\", "
                               "\"units\": %d, \"weight\": {\"rows\": 4, \"columns\": 2, "
                               "\"data\": \"%s\"}, \"images\": []}, {\"path\": \"net.1\", "
                               "\"class\": \"Tanh\", \"units\": %d, \"weight\": null, "
                               "\"images\": [",
                               UNITS, weights, UNITS);
        for (int u = 0; u < UNITS; u++) image(g_string_append(s, u ? ", " : ""), 8, 8, 0, 8, u);
        g_string_append(s, "]}]");
    }
    g_string_append(s, "}");
    JsonObject *o = fake_parse(s->str);
    g_string_free(s, TRUE);
    return o;
}

// The session's points: what edits do to them is done here, as it would.
static GArray *rows;

static JsonObject *points(JsonObject *fields)
{
    (void)fields;
    GString *s = g_string_new("{\"module\": \"net\", \"points\": \"points\", \"labels\": "
                              "\"labels\", \"stride\": 1, \"x\": [-1, 1], \"y\": [-1, 1], "
                              "\"values\": [0, 1], \"modules\": [\"net\", \"other\"], "
                              "\"points_of\": [\"points\", \"test\"], \"labels_of\": "
                              "[\"labels\"], \"positions\": [");
    GString *targets = g_string_new(NULL);
    for (guint i = 0; i < rows->len; i += 3) {
        g_string_append_printf(s, "%s%.17g, %.17g", i ? ", " : "",
                               g_array_index(rows, double, i),
                               g_array_index(rows, double, i + 1));
        g_string_append_printf(targets, "%s%g", i ? ", " : "",
                               g_array_index(rows, double, i + 2));
    }
    g_string_append_printf(s, "], \"targets\": [%s], \"rows\": %u, \"data\": [%u, 0]}",
                           targets->str, rows->len / 3, rows->len / 3);
    g_string_free(targets, TRUE);
    JsonObject *o = fake_parse(s->str);
    g_string_free(s, TRUE);
    return o;
}

static JsonObject *edit(JsonObject *fields)
{
    const char *what = adj_ui_reply_text(fields, "do", "");
    JsonArray *at = adj_ui_reply_array(fields, "positions");
    JsonArray *targets = adj_ui_reply_array(fields, "targets");
    JsonArray *places = adj_ui_reply_array(fields, "rows");
    guint n = at ? adj_ui_reply_length(at) / 2 : adj_ui_reply_length(places);
    if (!strcmp(what, "replace")) g_array_set_size(rows, 0);
    for (guint k = 0; k < n; k++) {
        guint i = !strcmp(what, "remove") ? n - 1 - k : k;
        guint row = places ? (guint)adj_ui_reply_number_at(places, i) : rows->len / 3;
        double point[3] = {adj_ui_reply_number_at(at, 2 * i),
                           adj_ui_reply_number_at(at, 2 * i + 1),
                           adj_ui_reply_number_at(targets, i)};
        if (!strcmp(what, "remove"))
            g_array_remove_range(rows, 3 * row, 3);
        else if (!strcmp(what, "move"))
            memcpy(&g_array_index(rows, double, 3 * row), point, 16);
        else
            g_array_insert_vals(rows, 3 * row, point, 3);
    }
    return fake_parse("{\"waits\": false, \"rebound\": false}");
}

static void lay_points(void)
{
    rows = g_array_new(FALSE, FALSE, sizeof(double));
    for (int i = 0; i < 60; i++) {
        double p[3] = {(double)(float)(0.9 * sin(i * 0.7) * (i + 9) / 70),
                       (double)(float)(0.9 * cos(i * 0.7) * (i + 9) / 70), i % 2};
        g_array_append_vals(rows, p, 3);
    }
}

// Whether the panel has what the session has.
static gboolean agree(const AdjUiMaps *m)
{
    const AdjUiSamples *p = &m->data->plane.train;
    if ((guint)p->count * 3 != rows->len) return FALSE;
    for (int i = 0; i < p->count; i++) {
        const double *r = &g_array_index(rows, double, 3 * i);
        if (r[0] != p->at[2 * i] || r[1] != p->at[2 * i + 1] || r[2] != p->target[i])
            return FALSE;
    }
    return TRUE;
}

static void settle(void)
{
    shot_settle(60);
}

static void key(AdjUiMaps *m, guint k, GdkModifierType state)
{
    shot_key(m->sheet, k, state);
}

// Where a place of the plane is on the sheet: the middle, found as the panel finds it.
static void hand(AdjUiMaps *m, double x, double y)
{
    adj_ui_sheet_point(m->sheet, x, y);
}

static AdjUiRect map_of(const AdjUiMaps *m)
{
    int width, height;
    adj_ui_sheet_size(m->sheet, &width, &height);
    AdjUiRect net, map;
    adj_ui_maps_places(m, width, height, &net, &map);
    return adj_ui_plane_rect(&m->data->plane, map);
}

static void drag(AdjUiMaps *m, double x, double y, double dx, double dy)
{
    for (int i = 1; i <= 8; i++) {
        adj_ui_maps_sheet.drag(m, x, y, dx * i / 8, dy * i / 8, i == 8);
        settle();
    }
}

static void shown(AdjUiMaps *m)
{
    int class_at;
    double value;
    equal_int(m->data->plane.train.count, 60, "the points arrived");
    equal_int(m->data->net.count, 2, "a layer and its activation are one column");
    equal_str(m->data->net.columns[1].title, "Linear + Tanh", "named after both");
    ok(adj_ui_plane_answer(&m->data->plane, -0.8, 0, &class_at, &value) && class_at == 1,
       "what the map answers on the left");
    ok(adj_ui_plane_answer(&m->data->plane, 0.8, 0, &class_at, &value) && class_at == 0,
       "and on the right");
    g_autofree char *table = adj_ui_panel_maps.table(m->box);
    ok(g_str_has_prefix(table, "set,x,y,label,answer,share\ntrain,"),
       "its table has the points");
}

static void edited(AdjUiMaps *m)
{
    AdjUiRect map = map_of(m);
    double x, y;
    key(m, GDK_KEY_1, 0);
    equal_int(m->class_now, 1, "a digit chooses the class and the brush");
    hand(m, map.x + map.w * 0.75, map.y + map.h * 0.25);
    key(m, GDK_KEY_space, 0);
    settle();
    equal_int(m->data->plane.train.count, 61, "Space puts a point");
    near(g_array_index(rows, double, 180), 0.5, 0.02, "where the cross is");
    near(g_array_index(rows, double, 182), 1, 0, "of the chosen class");
    drag(m, map.x + 30, map.y + 30, 120, 0);
    ok(m->data->plane.train.count > 66 && agree(m), "a stroke puts several: %d",
       m->data->plane.train.count);
    key(m, GDK_KEY_z, GDK_CONTROL_MASK);
    settle();
    equal_int(m->data->plane.train.count, 61, "one undo takes the stroke");
    key(m, GDK_KEY_Z, GDK_CONTROL_MASK | GDK_SHIFT_MASK);
    settle();
    ok(m->data->plane.train.count > 66 && agree(m), "and redo puts it back");
    key(m, GDK_KEY_e, 0);
    int before = m->data->plane.train.count;
    drag(m, map.x + 10, map.y + map.h / 2, map.w - 20, 0);
    int left = m->data->plane.train.count;
    ok(left < before - 3 && agree(m), "erasing along the middle leaves %d of %d", left, before);
    key(m, GDK_KEY_z, GDK_CONTROL_MASK);
    settle();
    ok(m->data->plane.train.count > 66 && agree(m), "undone, each is in its row again");
    key(m, GDK_KEY_m, 0);
    adj_ui_plane_to(&m->data->plane, map, g_array_index(rows, double, 30),
                    g_array_index(rows, double, 31), &x, &y);
    drag(m, x, y, 40, 20);
    ok(agree(m), "a dragged point is where it was dropped");
    ok(fake_count("edit_points") < 200, "and the session was not flooded");
    hand(m, map.x + map.w * 0.75, map.y + map.h * 0.25);
    key(m, GDK_KEY_Return, 0);
    key(m, GDK_KEY_Left, 0);
    settle();
    key(m, GDK_KEY_Return, 0);
    ok(agree(m), "by the keyboard too");
    for (int i = 0; i < 6; i++) key(m, GDK_KEY_z, GDK_CONTROL_MASK);
    settle();
    ok(m->data->plane.train.count == 60 && agree(m), "everything can be taken back");
}

static void chosen(AdjUiModel *model, AdjUiMaps *m)
{
    AdjUiRect map = map_of(m);
    double x, y;
    key(m, GDK_KEY_l, 0);
    adj_ui_plane_to(&m->data->plane, map, g_array_index(rows, double, 51),
                    g_array_index(rows, double, 52), &x, &y);
    adj_ui_maps_sheet.click(m, x, y, 1, 0);
    equal_str(adj_ui_model_selection(model)->value, "points[17]",
              "a click on a point makes it the example");
    for (int i = 0; i < 4; i++) key(m, GDK_KEY_n, 0);
    key(m, GDK_KEY_Return, 0);
    equal_str(adj_ui_model_selection(model)->module, "net.1", "a unit selects its module");
    key(m, GDK_KEY_d, 0);
    ok(m->data->plane.discrete, "D shows the winner alone");
    key(m, GDK_KEY_d, 0);
}

static void files(AdjUiMaps *m)
{
    static const char text[] = "x,y,class\n0.5,0.5,1\n-0.5,zero,0\n0.25,-0.5,0\n";
    adj_ui_maps_read(m, text, strlen(text), "points.csv");
    ok(strstr(gtk_label_get_text(GTK_LABEL(m->status)), "line 3") != NULL,
       "a bad line is said: %s", gtk_label_get_text(GTK_LABEL(m->status)));
    settle();
    ok(m->data->plane.train.count == 2 && agree(m), "the good ones are the points now");
    key(m, GDK_KEY_z, GDK_CONTROL_MASK);
    settle();
    ok(m->data->plane.train.count == 60 && agree(m), "and the old ones come back");
}

int main(void)
{
    if (!shot_init()) return skip_all("no display");
    AdjUiModel *model = adj_ui_model_new();
    lay_points();
    fake_maker("points", points);
    fake_maker("grid", grid);
    fake_maker("edit_points", edit);
    GtkWidget *panel = adj_ui_panel_maps.create(model);
    GtkWidget *window = shot_window(panel, 760, 520);
    AdjUiMaps *m = adj_ui_maps_of(panel);
    settle();
    ok(shot_take(window, "panel_maps_empty"), "a picture of the empty panel");
    in_portions = TRUE;
    adj_ui_panel_maps.show(panel, TRUE);
    settle();
    settle();
    equal_int(fake_count("grid"), 2, "a grid in portions is asked for to its end");
    in_portions = FALSE;
    shown(m);
    ok(shot_take(window, "panel_maps"), "a picture of the maps");
    edited(m);
    chosen(model, m);
    hand(m, map_of(m).x + 60, map_of(m).y + 60);
    settle();
    ok(shot_take(window, "panel_maps_example"), "a picture with an example");
    files(m);
    int before = fake_count("grid");
    adj_ui_panel_maps.show(panel, FALSE);
    adj_ui_panel_maps.update(panel);
    settle();
    equal_int(fake_count("grid"), before, "hidden, it asks nothing");
    fake_maker("grid", NULL);
    adj_ui_panel_maps.show(panel, TRUE);
    settle();
    equal_str(gtk_stack_get_visible_child_name(GTK_STACK(m->stack)), "empty",
              "a model that does not fit is said to");
    fake_maker("grid", grid);
    fake_event(model, "modules", "{}");
    settle();
    equal_str(gtk_stack_get_visible_child_name(GTK_STACK(m->stack)), "picture",
              "and one that a running program makes is drawn at once");
    gtk_window_destroy(GTK_WINDOW(window));
    settle();
    g_object_unref(model);
    g_array_unref(rows);
    return done();
}
