// SPDX-License-Identifier: Apache-2.0
//
// The strip of time in a window while a played session trains: it shows itself with the first
// loss, keys move the cursor, what the session refuses is said, a branch is asked for and its
// cell is run again. And two runs in lockstep, and the memory of a step.

#include "fake_model.h"
#include "panels/panel.h"
#include "session/cursor.h"
#include "session/reply.h"
#include "shot.h"
#include "tap.h"
#include "timeline/strip.h"

static int ran;

static void run(gpointer self, int count)
{
    (void)self;
    ran = count;
}

static GtkWidget *child_of(GtkWidget *w, GType type)
{
    if (G_TYPE_CHECK_INSTANCE_TYPE(w, type)) return w;
    for (GtkWidget *c = gtk_widget_get_first_child(w); c; c = gtk_widget_get_next_sibling(c)) {
        GtkWidget *found = child_of(c, type);
        if (found) return found;
    }
    return NULL;
}

static gboolean says(GtkWidget *strip, const char *what)
{
    g_autofree char *text = adj_ui_strip_table(strip);
    return strstr(text, what) != NULL;
}

// The session steps no further than it can in a portion: four at a time here.
static gint64 at;
static JsonObject *seek(JsonObject *fields)
{
    gint64 step = adj_ui_reply_integer(fields, "step", -1);
    if (step < 0) return fake_parse("{\"step\": 100, \"live\": true}");
    if (step == 13) return NULL;
    at = at < step && step - at > 4 ? at + 4 : step;
    g_autofree char *text = g_strdup_printf(
        "{\"step\": %d, \"live\": false, \"at\": %d, \"done\": %s, \"values\": true,"
        " \"same\": %s, \"root\": 1.5}",
        (int)step, (int)at, at == step ? "true" : "false", step == 21 ? "false" : "true");
    return fake_parse(text);
}

static void train(AdjUiModel *model)
{
    GString *steps = g_string_new(NULL), *values = g_string_new(NULL);
    for (int k = 1; k <= 100; k++) {
        g_string_append_printf(steps, "%s%d", k > 1 ? "," : "", k);
        g_string_append_printf(values, "%s%.3f", k > 1 ? "," : "", 2.0 / k);
    }
    g_autofree char *text =
        g_strdup_printf("{\"cursor\": 100, \"series\": [{\"name\": \"loss\", \"count\": 100,"
                        " \"steps\": [%s], \"values\": [%s]}]}",
                        steps->str, values->str);
    fake_event(model, "scalars", text);
    fake_event(model, "timeline",
               "{\"step\": 100, \"branch\": \"main\", \"branches\": [{\"name\": \"main\","
               " \"from\": 0, \"last\": 100}], \"kept\": [[5, 60], [80, 100]]}");
    fake_event(model, "health",
               "{\"step\": 40, \"findings\": [{\"level\": \"warning\", \"kind\": \"dead\","
               " \"path\": \"net.1\", \"message\": \"units are dead\"}]}");
    g_string_free(steps, TRUE);
    g_string_free(values, TRUE);
}

static void moving(AdjUiModel *model, GtkWidget *strip)
{
    GtkWidget *sheet = child_of(strip, GTK_TYPE_OVERLAY);
    AdjUiCursor *c = adj_ui_cursor_of(model);
    equal_int(adj_ui_cursor_step(c), ADJ_UI_NONE, "at first the program itself is shown");
    shot_key(sheet, GDK_KEY_Left, 0);
    shot_settle(30);
    equal_int(adj_ui_cursor_step(c), 100, "Left goes to the last step");
    shot_key(sheet, GDK_KEY_Left, GDK_SHIFT_MASK);
    shot_settle(30);
    equal_int(adj_ui_cursor_step(c), 90, "with Shift ten back");
    shot_key(sheet, GDK_KEY_b, 0);
    ok(says(strip, "bookmark,90"), "B makes a bookmark");
    shot_key(sheet, GDK_KEY_bracketleft, 0);
    shot_settle(60);
    equal_int(adj_ui_cursor_step(c), 40, "a bracket goes to the finding before it");
    g_autoptr(JsonObject) fields = adj_ui_cursor_fields(model, NULL);
    equal_int(adj_ui_reply_integer(fields, "step", 0), 40, "requests of panels carry the step");
    adj_ui_cursor_go(c, 13);
    shot_settle(60);
    equal_int(adj_ui_cursor_step(c), ADJ_UI_NONE, "a step that was refused is not shown");
    at = 1;
    adj_ui_cursor_go(c, 19);
    adj_ui_cursor_go(c, 20);
    adj_ui_cursor_go(c, 21);
    shot_settle(60);
    equal_int(adj_ui_cursor_step(c), 21, "of several wishes the last one is heard");
    ok(!adj_ui_cursor_is_same(c), "a step that came out differently is known to");
    shot_key(sheet, GDK_KEY_End, 0);
    shot_settle(30);
    equal_int(adj_ui_cursor_step(c), ADJ_UI_NONE, "End is the program itself");
    adj_ui_cursor_go(c, 50);
    shot_settle(60);
}

static void branching(AdjUiModel *model, GtkWidget *strip)
{
    fake_answer("branch",
                "{\"step\": 50, \"branch\": \"50 lr 0.1\", \"branches\": [{\"name\": \"main\","
                " \"from\": 0, \"last\": 100}, {\"name\": \"50 lr 0.1\", \"from\": 50,"
                " \"last\": 50}], \"left_alone\": \"Other variables stay.\"}");
    GtkWidget *menu = NULL;  // the last but one of the bar
    GtkWidget *bar = gtk_widget_get_first_child(child_of(strip, GTK_TYPE_BOX));
    for (GtkWidget *w = gtk_widget_get_first_child(bar); w; w = gtk_widget_get_next_sibling(w))
        if (GTK_IS_MENU_BUTTON(w)) menu = w;
    gtk_menu_button_popup(GTK_MENU_BUTTON(menu));
    shot_settle(100);
    GtkWidget *popover = GTK_WIDGET(gtk_menu_button_get_popover(GTK_MENU_BUTTON(menu)));
    GtkWidget *rate = child_of(popover, GTK_TYPE_ENTRY);
    gtk_editable_set_text(GTK_EDITABLE(rate), "0.1");
    g_signal_emit_by_name(rate, "activate");
    shot_settle(100);
    JsonObject *asked = fake_asked("branch");
    ok(asked && adj_ui_reply_integer(asked, "step", 0) == 50 &&
           adj_ui_reply_number(asked, "lr", 0) == 0.1 && !json_object_has_member(asked, "seed"),
       "a branch with another rate is asked for");
    ok(says(strip, "branch,50,50,50 lr 0.1"), "and marked");
    equal_int(adj_ui_cursor_step(adj_ui_cursor_of(model)), ADJ_UI_NONE,
              "the program is looked at again");
    equal_int(ran, 0, "no cell is known to run again");
}

// ---- lockstep

extern const AdjUiPanel adj_ui_panel_lockstep;

static int compared;
static JsonObject *lockstep(JsonObject *fields)
{
    const char *what = adj_ui_reply_text(fields, "do", "");
    if (!strcmp(what, "start")) {
        compared = 0;
        return fake_parse("{\"from\": 80, \"last\": 84}");
    }
    if (strcmp(what, "next")) return fake_parse("{}");
    int k = compared++;
    g_autofree char *text = g_strdup_printf(
        "{\"step\": %d, \"done\": %s, \"roots\": [1.0, %s], \"values\": [0, %s, 0, null],"
        " \"gradients\": [null, 0, 0, %s], \"first\": %s}",
        80 + k, k == 4 ? "true" : "false", k < 2 ? "1.0" : "1.2", k < 2 ? "0" : "0.03",
        k < 2 ? "0" : "0.5",
        k < 2 ? "null"
              : "{\"step\": 82, \"index\": 1, \"op\": \"softmax\", \"module\": \"net.1\","
                " \"of\": \"value\", \"element\": [4, 1], \"difference\": 0.03}");
    return fake_parse(text);
}

static gboolean is_shown(GtkWidget *w, const char *text)
{
    if (GTK_IS_LABEL(w) && strstr(gtk_label_get_text(GTK_LABEL(w)), text)) return TRUE;
    for (GtkWidget *c = gtk_widget_get_first_child(w); c; c = gtk_widget_get_next_sibling(c))
        if (is_shown(c, text)) return TRUE;
    return FALSE;
}

static void two_runs(void)
{
    AdjUiModel *model = adj_ui_model_new();
    fake_answer("timeline", "{\"step\": 84, \"kept\": [[5, 60], [80, 84]]}");
    fake_answer(
        "trace",
        "{\"step\": 82, \"ops\": [{\"index\": 0, \"op\": \"index\", \"name\": \"Index\","
        " \"module\": \"\", \"shape\": [4], \"inputs\": []}, {\"index\": 1, \"op\":"
        " \"softmax\", \"name\": \"Softmax\", \"module\": \"net.1\", \"shape\": [4],"
        " \"inputs\": [{\"from\": 0, \"shape\": [4]}]}, {\"index\": 2, \"op\": \"mean\","
        " \"name\": \"Mean\", \"module\": \"\", \"shape\": [], \"inputs\":"
        " [{\"from\": 1, \"shape\": [4]}]}]}");
    fake_maker("lockstep", lockstep);
    GtkWidget *panel = adj_ui_panel_lockstep.create(model);
    GtkWidget *window = shot_window(panel, 640, 620);
    g_signal_emit_by_name(child_of(panel, GTK_TYPE_ENTRY), "activate");
    shot_settle(400);
    g_autofree char *table = adj_ui_panel_lockstep.table(panel);
    ok(is_shown(panel, "step 82, op 1 (softmax of net.1), element [4,1]"),
       "the first difference is named");
    ok(strstr(table, "81,1,0,0\n") && strstr(table, "82,1,0.0299"),
       "every step is in the table");
    equal_int(compared, 5, "and each was asked for once");
    ok(shot_take(window, "panel_lockstep"), "a picture of two runs");
    fake_answer("timeline", "{\"step\": 0, \"kept\": []}");
    g_signal_emit_by_name(child_of(panel, GTK_TYPE_ENTRY), "activate");
    shot_settle(100);
    ok(is_shown(panel, "No steps were kept"), "without a past it says so");
    gtk_window_destroy(GTK_WINDOW(window));
    shot_settle(50);
    g_object_unref(model);
}

extern const AdjUiPanel adj_ui_panel_memory;

static void memory(void)
{
    AdjUiModel *model = adj_ui_model_new();
    fake_answer("trace",
                "{\"step\": 7, \"start_bytes\": 1000, \"ops\": ["
                "{\"index\": 0, \"op\": \"conv2d\", \"module\": \"net.0\", \"bytes\": 600,"
                " \"live_bytes\": 1700, \"backward_live_bytes\": 1200, \"where\": null},"
                "{\"index\": 1, \"op\": \"mean\", \"module\": \"\", \"bytes\": 300,"
                " \"live_bytes\": 2100, \"backward_live_bytes\": 2900, \"where\":"
                " {\"source\": \"cell 3\", \"line\": 2, \"start\": 4, \"end\": 9}}]}");
    GtkWidget *panel = adj_ui_panel_memory.create(model);
    GtkWidget *window = shot_window(panel, 640, 420);
    adj_ui_panel_memory.update(panel);
    shot_settle(100);
    g_autofree char *table = adj_ui_panel_memory.table(panel);
    ok(strstr(table, "forward,mean,,2100,900\nbackward,mean,,2900,600\nbackward,conv2d,net.0,"
                     "1200,0\n"),
       "both passes, what is live and what is held");
    ok(is_shown(panel, "Peak: 1.9 kB more than before the step, after the derivative of mean"
                       " (cell 3, line 2)"),
       "the peak is named with its line");
    shot_key(child_of(panel, GTK_TYPE_OVERLAY), GDK_KEY_Home, 0);
    equal_int(adj_ui_model_selection(model)->run, 3, "and its characters are selected");
    ok(shot_take(window, "panel_memory"), "a picture of the memory of a step");
    gtk_window_destroy(GTK_WINDOW(window));
    shot_settle(50);
    g_object_unref(model);
}

int main(void)
{
    if (!shot_init()) return skip_all("no display");
    AdjUiModel *model = adj_ui_model_new();
    fake_maker("seek", seek);
    GtkWidget *strip = adj_ui_strip_new(model, run, NULL);
    GtkWidget *window = shot_window(strip, 1000, 130);
    adj_ui_strip_want(strip, TRUE);
    ok(!gtk_widget_get_visible(strip), "without steps there is no strip");
    train(model);
    fake_event(model, "resources",
               "{\"cpu\": 0.97, \"rss\": 47000000, \"memory\": 8000000000,"
               " \"tensor_bytes\": 1200000}");
    shot_settle(300);
    ok(gtk_widget_get_visible(strip), "with the first loss it shows itself");
    ok(says(strip, "kept,5,60") && says(strip, "finding,40"), "what is kept, and a finding");
    moving(model, strip);
    ok(shot_take(window, "strip"), "a picture of the strip");
    branching(model, strip);
    adj_ui_strip_want(strip, FALSE);
    shot_settle(300);
    ok(!gtk_widget_get_visible(strip), "unwanted it goes");
    gtk_window_destroy(GTK_WINDOW(window));
    shot_settle(50);
    g_object_unref(model);
    two_runs();
    memory();
    return done();
}
