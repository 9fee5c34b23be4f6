// SPDX-License-Identifier: Apache-2.0
//
// Points in a window against a played session: a matrix comes in portions, its points are
// found, searched, selected by pointer and by keys, and told as a table.

#include "fake_model.h"
#include "panels/panel.h"
#include "panels/parts/sheet.h"
#include "session/reply.h"
#include "shot.h"
#include "sight/cloud.h"
#include "tap.h"

#include <math.h>
#include <string.h>

extern const AdjUiPanel adj_ui_panel_points;

enum { ROWS = 240, PART = 100, GROUPS = 4 };

static void place(int i, float *at)
{
    double t = i / (double)GROUPS * 0.37;
    double middle = i % GROUPS * 1.6;
    at[0] = (float)(3 * cos(middle) + 0.8 * cos(t) + 0.3 * sin(7 * t));
    at[1] = (float)(3 * sin(middle) + 0.8 * sin(t));
    at[2] = (float)(i % GROUPS - 1.5 + 0.5 * cos(2.3 * t));
}

static int answered;  // rows that went out

static JsonObject *part(void)
{
    float at[3 * PART];
    int first = answered, count = MIN(PART, ROWS - first);
    GString *words = g_string_new(NULL);
    for (int i = 0; i < count; i++) {
        place(first + i, at + 3 * i);
        g_string_append_printf(words, "%s\"kind %c\"", i ? ", " : "",
                               'a' + (first + i) % GROUPS);
    }
    answered += count;
    g_autofree char *data = g_base64_encode((guchar *)at, sizeof(float) * 3 * (gsize)count);
    g_autofree char *text = g_strdup_printf(
        "{\"job\": 7, \"rows\": %d, \"columns\": 16, \"of\": %d, \"every\": 1, \"progress\": 1,"
        " \"shares\": [0.5, 0.3, 0.1], \"variance\": 4, \"left_out\": 0, \"first\": %d,"
        " \"count\": %d, \"places\": \"%s\", \"words\": [%s], \"done\": %s}",
        ROWS, ROWS, first, count, data, words->str, answered == ROWS ? "true" : "false");
    g_string_free(words, TRUE);
    return fake_parse(text);
}

static JsonObject *neighbours(int row)
{
    GString *list = g_string_new(NULL);
    for (int i = 1; i <= 5; i++)
        g_string_append_printf(list, "%s{\"row\": %d, \"distance\": %d.25}", i > 1 ? ", " : "",
                               (row + i * GROUPS) % ROWS, i);
    g_autofree char *text = g_strdup_printf(
        "{\"job\": 7, \"near\": %d, \"metric\": \"euclidean\", \"done\": true, \"columns\": 16,"
        " \"values\": [1, -2, 0.5, 3, -1, 0, 2, 1, -0.5, \"NaN\", 1, 1, 2, -3, 0.1, 0.2],"
        " \"neighbours\": [%s]}",
        row, list->str);
    g_string_free(list, TRUE);
    return fake_parse(text);
}

// The first request finds no direction yet, the next ones bring points.
static JsonObject *projection(JsonObject *fields)
{
    int64_t row = adj_ui_reply_integer(fields, "near", -1);
    if (row >= 0) return neighbours((int)row);
    if (adj_ui_reply_integer(fields, "job", 0)) return part();
    answered = 0;
    return fake_parse("{\"job\": 7, \"rows\": 240, \"columns\": 16, \"of\": 240, \"every\": 1,"
                      " \"progress\": 0.4, \"done\": false}");
}

static GtkWidget *nth(GtkWidget *w, GType type, int *n)
{
    if (G_TYPE_CHECK_INSTANCE_TYPE(w, type) && (*n)-- == 0) return w;
    for (GtkWidget *c = gtk_widget_get_first_child(w); c; c = gtk_widget_get_next_sibling(c)) {
        GtkWidget *found = nth(c, type, n);
        if (found) return found;
    }
    return NULL;
}

static GtkWidget *part_of(GtkWidget *panel, GType type, int n)
{
    return nth(panel, type, &n);
}

static int lines(char *text)
{
    int n = 0;
    for (const char *p = text; *p; p++) n += *p == '\n';
    g_free(text);
    return n;
}

static int list_length(GtkWidget *list)
{
    int n = 0;
    while (gtk_list_box_get_row_at_index(GTK_LIST_BOX(list), n)) n++;
    return n;
}

// Waits for what comes from the main loop, at most ten seconds.
static void until_listed(GtkWidget *list, int rows)
{
    for (int i = 0; i < 200 && list_length(list) != rows; i++) shot_settle(50);
}

// Under load the last layout may still be on its way: then there is nothing to take yet.
static gboolean comes_out(GtkWidget *window, const char *name)
{
    for (int i = 0; i < 40; i++) {
        if (shot_take(window, name)) return TRUE;
        shot_settle(50);
    }
    return FALSE;
}

static const AdjUiSelection *chosen(AdjUiModel *model)
{
    return adj_ui_model_selection(model);
}

static void panel(AdjUiModel *model)
{
    fake_maker("projection", projection);
    GtkWidget *panel = adj_ui_panel_points.create(model);
    GtkWidget *window = shot_window(panel, 760, 760);
    ok(comes_out(window, "panel_points_empty"), "a picture without points");
    AdjUiSelection s = ADJ_UI_SELECTION_NONE;
    s.value = "emb.weight";
    adj_ui_panel_points.select(panel, &s);
    for (int i = 0; i < 200 && lines(adj_ui_panel_points.table(panel)) <= ROWS; i++)
        shot_settle(50);
    equal_int(fake_count("projection"), 4, "one request begins, three bring the points");
    equal_int(lines(adj_ui_panel_points.table(panel)), ROWS + 1, "the table has every point");
    g_autofree char *table = adj_ui_panel_points.table(panel);
    ok(strstr(table, "\n5,\"kind b\","), "with its label");
    GtkWidget *sheet = part_of(panel, GTK_TYPE_OVERLAY, 0);
    GtkWidget *list = part_of(panel, GTK_TYPE_LIST_BOX, 0);
    shot_key(sheet, GDK_KEY_Right, GDK_CONTROL_MASK);
    gint64 first = chosen(model)->element;
    ok(first >= 0 && first % 16 == 0, "Ctrl and an arrow select a point: row %d",
       (int)first / 16);
    until_listed(list, 5);
    equal_int(list_length(list), 5, "what is near it is listed");
    shot_key(sheet, GDK_KEY_Right, GDK_CONTROL_MASK);
    ok(chosen(model)->element != first, "once more goes on to another");
    gint64 before = chosen(model)->element / 16;
    until_listed(list, 5);
    g_signal_emit_by_name(list, "row-activated",
                          gtk_list_box_get_row_at_index(GTK_LIST_BOX(list), 0));
    until_listed(list, 5);
    equal_int(chosen(model)->element / 16, (before + GROUPS) % ROWS,
              "a neighbour in the list is selected");
    for (int i = 0; i < 4; i++) shot_key(sheet, GDK_KEY_Left, 0);
    shot_key(sheet, GDK_KEY_plus, 0);
    ok(comes_out(window, "panel_points"), "a picture of the points");
    GtkWidget *search = part_of(panel, GTK_TYPE_SEARCH_ENTRY, 3);  // lists have theirs
    gtk_editable_set_text(GTK_EDITABLE(search), "kind C");
    shot_settle(300);
    g_signal_emit_by_name(search, "activate");
    until_listed(list, 5);
    equal_int(chosen(model)->element / 16 % GROUPS, 2, "Enter in the search goes to a match");
    ok(comes_out(window, "panel_points_search"), "a picture of the search");
    shot_key(sheet, GDK_KEY_Escape, 0);
    ok(!gtk_widget_get_visible(gtk_widget_get_ancestor(list, GTK_TYPE_SCROLLED_WINDOW)) ||
           !gtk_widget_get_mapped(list),
       "Escape selects nothing");
    gtk_window_destroy(GTK_WINDOW(window));
    shot_settle(50);
}

static void clouds(void)
{
    AdjUiCloud *c = adj_ui_cloud_new(4, 8, 2, 2);
    const float places[] = {1, 2, -4, 0, 0, 1, NAN, NAN}, numbers[] = {2, 0, 2, 1};
    adj_ui_cloud_add(c, places, numbers, NULL, 4);
    adj_ui_cloud_add(c, places, numbers, NULL, 4);
    adj_ui_cloud_settle(c);
    equal_int(c->count, 4, "no more points than there is room for");
    ok(c->reach == 4 && c->at[3] == -0.5f && c->at[2] == 0.25f, "they are scaled into a cube");
    equal_int(c->class_count, 3, "whole numbers are classes");
    ok(c->class_of[0] == 2 && c->class_of[1] == 0, "in their order");
    g_autofree char *name = adj_ui_cloud_name(c, 1);
    equal_str(name, "row 2: 0", "a name has row and label");
    ok(adj_ui_cloud_matches(c, 3, "6") && !adj_ui_cloud_matches(c, 3, "7"),
       "a row is found by its number");
    adj_ui_cloud_free(c);
    c = adj_ui_cloud_new(40, 40, 1, 3);
    float at[120] = {0}, many[40];
    for (int i = 0; i < 40; i++) many[i] = (float)i;
    adj_ui_cloud_add(c, at, many, NULL, 40);
    adj_ui_cloud_settle(c);
    ok(c->class_count == 0 && c->low == 0 && c->high == 39, "many numbers are a range");
    adj_ui_cloud_free(c);
}

int main(void)
{
    clouds();
    if (!shot_init()) {
        skip(11, "no display");
        return done();
    }
    AdjUiModel *model = adj_ui_model_new();
    panel(model);
    g_object_unref(model);
    return done();
}
