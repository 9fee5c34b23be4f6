// SPDX-License-Identifier: Apache-2.0
//
// The tape's panel in a window, against a session that is played: the trace of a small net, a
// walk backward through it by keys, the cards, breakpoints, another selection.

#include "fake_model.h"
#include "panels/panel.h"
#include "panels/parts/answers.h"
#include "panels/tape/tape_breaks.h"
#include "session/reply.h"
#include "shot.h"
#include "tap.h"

extern const AdjUiPanel adj_ui_panel_tape;

static const char trace[] =
    "{\"step\": 3, \"ops\": ["
    "{\"index\": 0, \"op\": \"linear\", \"name\": \"AddmmBackward0\", \"module\": \"net.0\","
    " \"shape\": [4, 4], \"inputs\": [{\"leaf\": \"x\", \"shape\": [4, 3]},"
    "  {\"leaf\": \"net.0.weight\", \"shape\": [4, 3]}, {\"leaf\": \"net.0.bias\", \"shape\": "
    "[4]}],"
    " \"where\": {\"source\": \"cell 1\", \"line\": 8, \"start\": 262, \"end\": 268}},"
    "{\"index\": 1, \"op\": \"tanh\", \"name\": \"TanhBackward0\", \"module\": \"net.1\","
    " \"shape\": [4, 4], \"inputs\": [{\"from\": 0, \"shape\": [4, 4]}]},"
    "{\"index\": 2, \"op\": \"linear\", \"name\": \"AddmmBackward0\", \"module\": \"net.2\","
    " \"shape\": [4, 2], \"inputs\": [{\"from\": 1, \"shape\": [4, 4]},"
    "  {\"leaf\": \"net.2.weight\", \"shape\": [2, 4]}, {\"leaf\": \"net.2.bias\", \"shape\": "
    "[2]}]},"
    "{\"index\": 3, \"op\": \"cross_entropy\", \"name\": \"NllLossBackward0\", \"module\": "
    "\"\","
    " \"shape\": [], \"inputs\": [{\"from\": 2, \"shape\": [4, 2]},"
    "  {\"leaf\": \"y\", \"shape\": [4]}]}]}";

static const char numbers[] =
    "\"shape\": [4, 2], \"statistics\": {\"norm\": 0.31}, \"window\": {\"row\": 0, \"column\": "
    "0,"
    " \"rows\": 4, \"columns\": 2, \"of\": [4, 2], \"values\": [[0.11, -0.11], [-0.13, 0.13],"
    " [-0.12, 0.12], [0.09, -0.09]]}";

// Inside of the loss: two parts. And back at it.
#define PART \
    "\"count\": 2, \"done\": false, \"breakpoint\": false, \"incoming\": [], \"outgoing\": []"
static const char inside[] =
    "{\"walk\": \"cross_entropy\", \"at\": 0, " PART ", \"node\": {\"index\": 0, \"op\": "
    "\"neg\", \"opens\": false}, \"inside\": {\"of\": 0, \"op\": \"cross_entropy\", \"walk\": "
    "\"loss\", \"ops\": [{\"index\": 0, \"op\": \"log_softmax\", \"module\": \"\", \"shape\": "
    "[4, "
    "2], \"grad\": true, \"inputs\": [{\"leaf\": \"input\", \"shape\": [4, 2], \"grad\": "
    "true}]}, "
    "{\"index\": 1, \"op\": \"neg\", \"module\": \"\", \"shape\": [], \"grad\": true, "
    "\"inputs\": "
    "[{\"from\": 0, \"shape\": [4, 2], \"grad\": true}]}]}, \"step\": null, \"order\": "
    "[{\"op\": "
    "\"neg\", \"module\": \"\", \"trace\": 1}, {\"op\": \"log_softmax\", \"module\": \"\", "
    "\"trace\": 0}]}";
static const char outside[] =
    "{\"walk\": \"loss\", \"at\": 0, \"inside\": null, " PART ", \"node\": {\"index\": 0, "
    "\"op\": \"cross_entropy\", \"opens\": true}}";

static const char *const ops[] = {"cross_entropy", "linear", "tanh", "linear"};
static int cursor;

// A session that walks: four nodes, each with one outgoing edge; the third is reached twice.
static JsonObject *walk(JsonObject *fields)
{
    const char *what = adj_ui_reply_text(fields, "do", "");
    if (!g_strcmp0(what, "start"))
        cursor = 0;
    else if (!g_strcmp0(what, "prev"))
        cursor--;
    else if (!g_strcmp0(what, "next"))
        cursor++;
    else if (!g_strcmp0(what, "to"))
        cursor = (int)adj_ui_reply_integer(fields, "index", 0);
    else if (!g_strcmp0(what, "run"))
        cursor = 2;
    else if (!g_strcmp0(what, "into"))
        return fake_parse(inside);
    else if (!g_strcmp0(what, "out"))
        return fake_parse(outside);
    else
        cursor = 4;
    gboolean done = cursor >= 4;
    g_autofree char *shares = g_strdup_printf(
        cursor == 2 ? "[{\"index\": 1, %s}, {\"index\": 0, %s}]" : "[]", numbers, numbers);
    g_autofree char *to = cursor < 3 ? g_strdup_printf("{\"index\": %d}", cursor + 1)
                                     : g_strdup("{\"leaf\": \"net.0.weight\"}");
    g_autofree char *text = g_strdup_printf(
        "{\"walk\": \"loss\", \"at\": %d, \"count\": 4, \"done\": %s, \"breakpoint\": false,"
        " \"step\": 3, \"order\": [{\"op\": \"cross_entropy\", \"module\": \"\", \"trace\": 3},"
        " {\"op\": \"linear\", \"module\": \"net.2\", \"trace\": 2},"
        " {\"op\": \"tanh\", \"module\": \"net.1\", \"trace\": 1},"
        " {\"op\": \"linear\", \"module\": \"net.0\", \"trace\": 0}],"
        " \"node\": {\"index\": %d, \"op\": \"%s\", \"opens\": true, \"formula\": \"y = f(x)\","
        " \"rule\": \"dx = f'(x) dy\"}, \"incoming\": [{\"output\": 0, %s,"
        " \"contributions\": %s}], \"outgoing\": [{\"input\": 1, \"to\": %s, %s}],"
        " \"breakpoints\": []}",
        cursor, done ? "true" : "false", cursor, done ? "" : ops[cursor], numbers, shares, to,
        numbers);
    return fake_parse(text);
}

static GtkWidget *find(GtkWidget *w, GType type, int *nth)
{
    if (G_TYPE_CHECK_INSTANCE_TYPE(w, type) && (*nth)-- == 0) return w;
    for (GtkWidget *c = gtk_widget_get_first_child(w); c; c = gtk_widget_get_next_sibling(c)) {
        GtkWidget *found = find(c, type, nth);
        if (found) return found;
    }
    return NULL;
}

static GtkWidget *window_of(GtkWidget *w)
{
    return GTK_WIDGET(gtk_widget_get_root(w));
}

static int lines_with(GtkWidget *panel, const char *what)
{
    g_autofree char *table = adj_ui_panel_tape.table(panel);
    g_auto(GStrv) lines = g_strsplit(table, "\n", -1);
    int n = 0;
    for (int i = 0; lines[i]; i++) n += strstr(lines[i], what) != NULL;
    return n;
}

static void stepping(GtkWidget *panel, GtkWidget *canvas)
{
    shot_key(canvas, GDK_KEY_F7, 0);
    equal_str(adj_ui_reply_text(fake_asked("backward"), "do", ""), "start",
              "F7 starts the pass");
    equal_str(adj_ui_reply_text(fake_asked("backward"), "root", ""), "loss", "at the loss");
    equal_int(lines_with(panel, ",next,"), 1, "one operation is next");
    shot_key(canvas, GDK_KEY_F7, 0);
    equal_int(lines_with(panel, ",done,"), 1, "one is done after one more step");
    equal_int(fake_count("local") > 0, 1, "the terms of an element are asked for");
    shot_key(canvas, GDK_KEY_Left, GDK_ALT_MASK);
    equal_str(adj_ui_reply_text(fake_asked("backward"), "do", ""), "prev",
              "Alt+Left goes back");
    equal_int(lines_with(panel, ",done,"), 0, "and nothing is done again");
    for (int i = 0; i < 3; i++) shot_key(canvas, GDK_KEY_F7, 0);
    equal_int(cursor, 3, "stepped to the last operation");
    ok(shot_take(window_of(panel), "tape_walk"), "a picture in the middle of the walk");
    shot_key(canvas, GDK_KEY_F7, 0);
    equal_int(lines_with(panel, ",next,"), 0, "at the end nothing is next");
    equal_int(lines_with(panel, "linear,net.0,4 × 4,done"), 1, "and the first layer is done");
}

// What the session is told of breakpoints, as text.
static char *told(const char *name)
{
    JsonNode *n = json_object_get_member(fake_asked("backward"), name);
    return n ? json_to_string(n, FALSE) : g_strdup("");
}

static void breaking(GtkWidget *panel, GtkWidget *canvas, AdjUiModel *model)
{
    AdjUiSelection s = ADJ_UI_SELECTION_NONE;
    s.node = 1;
    adj_ui_model_select(model, &s);
    adj_ui_panel_tape.select(panel, adj_ui_model_selection(model));
    shot_key(canvas, GDK_KEY_b, 0);
    shot_key(canvas, GDK_KEY_F5, 0);
    g_autofree char *marks = told("breakpoints");
    equal_str(marks, "[{\"index\":2}]", "F5 starts the pass and runs to the marked operation");
    equal_int(cursor, 2, "where it stands");
    adj_ui_panel_tape.select(panel, adj_ui_model_selection(model));
    shot_key(canvas, GDK_KEY_B, GDK_SHIFT_MASK);
    int nth = 0;
    GtkWidget *popover = find(canvas, GTK_TYPE_POPOVER, &nth);
    nth = 0;
    GtkWidget *entry = popover ? find(popover, GTK_TYPE_ENTRY, &nth) : NULL;
    ok(entry != NULL, "B asks for a condition");
    if (!entry) return;
    shot_settle(200);
    gtk_editable_set_text(GTK_EDITABLE(entry), "norm(grad) >");
    g_signal_emit_by_name(entry, "activate");
    ok(gtk_widget_has_css_class(entry, "error"), "half a condition is refused");
    gtk_editable_set_text(GTK_EDITABLE(entry), "norm(grad) > 10 and op == tanh");
    ok(gtk_widget_get_mapped(popover), "the question is on the screen");
    g_signal_emit_by_name(entry, "activate");
    shot_settle(200);
    shot_key(canvas, GDK_KEY_F5, 0);
    g_autofree char *asked = told("breakpoints");
    equal_str(asked, "[{\"norm_above\":10.0,\"op\":\"tanh\",\"index\":2}]", "it is told");
    shot_key(canvas, GDK_KEY_b, 0);
}

static void opening(GtkWidget *panel, GtkWidget *canvas)
{
    while (cursor > 0) shot_key(canvas, GDK_KEY_Left, GDK_ALT_MASK);
    shot_key(canvas, GDK_KEY_F8, 0);
    shot_settle(200);
    equal_int(lines_with(panel, "log_softmax"), 1, "F8 shows the parts of the loss");
    equal_int(lines_with(panel, "tanh"), 0, "and nothing else");
    ok(shot_take(window_of(panel), "tape_inside"), "a picture of the inside");
    shot_key(canvas, GDK_KEY_F8, GDK_SHIFT_MASK);
    shot_settle(200);
    equal_int(lines_with(panel, "tanh"), 1, "Shift+F8 shows the tape again");
    equal_int(lines_with(panel, "cross_entropy,,scalar,next"), 1, "where it was left");
}

static GtkWidget *button(GtkWidget *w, const char *icon)
{
    for (int i = 0; i < 40; i++) {
        int nth = i;
        GtkWidget *b = find(w, GTK_TYPE_BUTTON, &nth);
        if (b && !g_strcmp0(gtk_button_get_icon_name(GTK_BUTTON(b)), icon)) return b;
    }
    return NULL;
}

// The list of the order: rows of what was passed, and a row that is activated is gone to.
static void listing(GtkWidget *panel)
{
    int nth = 0;
    GtkWidget *list = find(panel, GTK_TYPE_LIST_VIEW, &nth);
    GListModel *rows = G_LIST_MODEL(gtk_list_view_get_model(GTK_LIST_VIEW(list)));
    equal_int((int)g_list_model_get_n_items(rows), 4, "the order has a row for each operation");
    g_signal_emit_by_name(list, "activate", 3u);
    shot_settle(100);
    equal_int(cursor, 3, "a row that is activated is gone to");
    equal_int(lines_with(panel, "linear,net.0,4 × 4,next"), 1, "and the tape stands there");
}

static void turning(GtkWidget *panel)
{
    GtkWidget *down = button(panel, "object-rotate-right-symbolic");
    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(down), TRUE);
    shot_settle(300);
    ok(shot_take(window_of(panel), "tape_down"), "a picture from top to bottom");
    GtkWidget *other = adj_ui_panel_tape.create(adj_ui_model_new());
    g_object_ref_sink(other);
    ok(gtk_toggle_button_get_active(
           GTK_TOGGLE_BUTTON(button(other, "object-rotate-right-symbolic"))),
       "the direction is remembered");
    g_object_unref(other);
    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(down), FALSE);
    shot_settle(200);
}

static GtkWidget *quiz_entry(GtkWidget *panel)
{
    GtkWidget *e;
    for (int n = 0, nth = 0; (nth = n, e = find(panel, GTK_TYPE_ENTRY, &nth)); n++)
        if (g_str_has_prefix(gtk_entry_get_placeholder_text(GTK_ENTRY(e))
                                 ? gtk_entry_get_placeholder_text(GTK_ENTRY(e))
                                 : "",
                             "a number"))
            return e;
    return NULL;
}

static gboolean marked(const char *line)
{
    g_autofree char *path = adj_ui_answers_path("lesson.ipynb"), *text = NULL;
    return g_file_get_contents(path, &text, NULL, NULL) && strstr(text, line);
}

// What is sent stays hidden until it is said: each wrong answer has its reason, the pass waits.
static void quiz(AdjUiModel *model)
{
    static const char *const rows[][2] = {{"0.13", "sign"},
                                          {"0.022", "branch"},
                                          {"+", "sign_wrong"},
                                          {"9", "other"},
                                          {"-0.13", "right"}};
    GtkWidget *panel = adj_ui_panel_tape.create(model), *canvas;
    GtkWidget *window = shot_window(panel, 900, 820);
    int nth = 0, before;
    g_object_set_data(G_OBJECT(model), "lesson", "lesson.ipynb");
    adj_ui_panel_tape.update(panel);
    shot_settle(300);
    canvas = find(panel, GTK_TYPE_OVERLAY, &nth);
    shot_key(canvas, GDK_KEY_q, 0);
    shot_key(canvas, GDK_KEY_F7, 0);
    shot_settle(100);
    ok(shot_take(window, "tape_quiz"), "a picture of a question");
    before = fake_count("backward");
    shot_key(canvas, GDK_KEY_F7, 0);
    equal_int(fake_count("backward"), before, "nobody goes on without a prediction");
    GtkWidget *entry = quiz_entry(panel);
    for (gsize i = 0; entry && i < G_N_ELEMENTS(rows); i++) {
        gtk_editable_set_text(GTK_EDITABLE(entry), rows[i][0]);
        g_signal_emit_by_name(entry, "activate");
        g_autofree char *line =
            g_strdup_printf("loss, step 1, cross_entropy to linear at [1, 0]"
                            "\t%s\t%s\t-0.13\n",
                            rows[i][0], rows[i][1]);
        ok(marked(line), "\"%s\" is written down as %s", rows[i][0], rows[i][1]);
    }
    shot_settle(900);
    shot_key(canvas, GDK_KEY_F7, 0);
    equal_int(fake_count("backward"), before + 1, "a right answer opens the way");
    gtk_window_destroy(GTK_WINDOW(window));
    shot_settle(50);
}

// A small net is opened by itself; closed by hand, it is one step of the pass.
static void closing(GtkWidget *panel, GtkWidget *canvas, AdjUiModel *model)
{
    AdjUiSelection s = ADJ_UI_SELECTION_NONE;
    s.module = "net";
    adj_ui_model_select(model, &s);
    adj_ui_panel_tape.select(panel, adj_ui_model_selection(model));
    shot_key(canvas, GDK_KEY_Return, 0);
    shot_settle(200);
    ok(shot_take(window_of(panel), "tape_closed"), "a picture with the net closed");
    for (int i = 0; i < 3; i++) shot_key(canvas, GDK_KEY_F7, 0);
    equal_str(adj_ui_reply_text(fake_asked("backward"), "do", ""), "end",
              "F7 steps over a closed group");
    adj_ui_panel_tape.select(panel, adj_ui_model_selection(model));
    shot_key(canvas, GDK_KEY_Return, 0);
    shot_settle(200);
}

int main(void)
{
    g_autofree char *settings = g_dir_make_tmp("adjoint-XXXXXX", NULL);
    g_setenv("XDG_CONFIG_HOME", settings, TRUE);
    g_setenv("XDG_DATA_HOME", settings, TRUE);
    if (!shot_init()) return skip_all("no display");
    AdjUiModel *model = adj_ui_model_new();
    fake_answer("trace", trace);
    fake_maker("backward", walk);
    fake_answer("local",
                "{\"index\": 1, \"input\": 1, \"total\": 0.02, \"count\": 2, \"terms\": [{"
                "\"output\": [0, 0], \"upstream\": 0.11, \"local\": 0.2, \"product\": 0.022},"
                "{\"output\": [1, 0], \"upstream\": -0.13, \"local\": 0.0154, \"product\":"
                " -0.002}]}");
    GtkWidget *panel = adj_ui_panel_tape.create(model);
    GtkWidget *window = shot_window(panel, 900, 820);
    adj_ui_panel_tape.update(panel);
    shot_settle(300);
    equal_int(lines_with(panel, "linear"), 2, "the table has both linear operations");
    equal_int(lines_with(panel, "net.0.weight"), 1, "and the weight once");
    int nth = 0;
    GtkWidget *canvas = find(panel, GTK_TYPE_OVERLAY, &nth);
    ok(canvas != NULL, "there is a canvas");
    gtk_test_accessible_assert_role(canvas, GTK_ACCESSIBLE_ROLE_IMG);
    ok(shot_take(window_of(panel), "tape_open"), "a picture of the open net");
    closing(panel, canvas, model);
    stepping(panel, canvas);
    breaking(panel, canvas, model);
    opening(panel, canvas);
    listing(panel);
    turning(panel);
    gtk_window_destroy(GTK_WINDOW(window));
    shot_settle(50);
    quiz(model);
    g_object_unref(model);
    return done();
}
