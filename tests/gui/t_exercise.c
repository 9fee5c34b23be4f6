// SPDX-License-Identifier: Apache-2.0
//
// Break the backward in a window against a played session: a rule is judged, hints come one by
// one, a mistake stays secret until it is named.

#include "fake_model.h"
#include "panels/panel.h"
#include "session/reply.h"
#include "shot.h"
#include "tap.h"

#include <math.h>
#include <string.h>

extern const AdjUiPanel adj_ui_panel_exercise;

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

static const char exercises[] =
    "{\"exercises\": [{\"name\": \"linear\", \"title\": \"A linear layer\", \"formula\":"
    " \"Y = X @ W + b\", \"stub\": \"def linear_backward(dY, X, W, b, Y):\\n    pass\\n\","
    " \"hints\": [\"Write one element as a sum.\", \"Shapes decide the rest.\"], \"mutants\":"
    " [\"forgot the sum over the broadcast axis\", \"have the wrong sign\"]}, {\"name\":"
    " \"relu\", \"title\": \"ReLU\", \"formula\": \"Y = max(X, 0)\", \"stub\": \"\", \"hints\":"
    " [\"a\"], \"mutants\": []}]}";

// dX is right, dW has a wrong element, db is not summed: whoever's rule it is.
static JsonObject *judged(JsonObject *fields)
{
    (void)fields;
    return fake_parse(
        "{\"name\": \"linear\", \"right\": false, \"tensors\": [{\"name\": \"dX\", \"shape\":"
        " [2, 2], \"given\": [2, 2], \"right\": true, \"kind\": \"right\", \"axis\": -1,"
        " \"diagnosis\": \"It is right.\", \"mistake\": null, \"difference\": 0, \"wrong\": 0,"
        " \"first\": null, \"right_values\": [[1, 2], [3, 4]], \"values\": [[1, 2], [3, 4]]},"
        " {\"name\": \"dW\", \"shape\": [2, 2], \"given\": [2, 2], \"right\": false, \"kind\":"
        " \"different\", \"axis\": -1, \"diagnosis\": \"1 of 4 elements are wrong.\","
        " \"mistake\": null, \"difference\": 0.5, \"wrong\": 1, \"first\": {\"at\": [1, 0],"
        " \"yours\": 3.5, \"right\": 3, \"numeric\": 3}, \"right_values\": [[1, 2], [3, 4]],"
        " \"values\": [[1, 2], [3.5, 4]]}, {\"name\": \"db\", \"shape\": [2], \"given\": [2, "
        "2],"
        " \"right\": false, \"kind\": \"unsummed\", \"axis\": 0, \"diagnosis\": \"It is not"
        " summed over its first axis.\", \"mistake\": \"forgot the sum over the broadcast"
        " axis\", \"right_values\": [[4, 6]], \"values\": [[1, 2], [3, 4]]}]}");
}

static gboolean shows(GtkWidget *panel, const char *text)
{
    g_autofree char *table = adj_ui_panel_exercise.table(panel);
    return strstr(table, text) != NULL;
}

static gboolean taken(GtkWidget *window, const char *name)
{
    for (int i = 0; i < 20; i++) {
        shot_settle(50);
        if (shot_take(window, name)) return TRUE;
    }
    return FALSE;
}

static void own_rule(GtkWidget *panel, GtkWidget *window)
{
    GtkWidget *sheet = nth(panel, GTK_TYPE_OVERLAY, 0);
    shot_key(sheet, GDK_KEY_Return, 0);
    shot_settle(80);
    equal_str(adj_ui_reply_text(fake_asked("exercise"), "name", ""), "linear",
              "the rule of the exercise is judged");
    ok(!json_object_has_member(fake_asked("exercise"), "mutant"), "that of the program");
    ok(shows(panel, "dX,right,0,") && shows(panel, "dW,wrong,0.5,\"[1, 0]\",3.5,3,"),
       "each gradient with its first wrong element");
    ok(shows(panel, "1 of 4 elements"), "and what is wrong");
    shot_key(sheet, GDK_KEY_Down, 0);
    ok(taken(window, "panel_exercise"), "a picture of a rule");
    GtkWidget *hint = NULL;
    for (int i = 0; i < 12 && !hint; i++) {
        GtkWidget *b = nth(panel, GTK_TYPE_BUTTON, i);
        const char *label = b ? gtk_button_get_label(GTK_BUTTON(b)) : NULL;
        if (label && !strcmp(label, "Hint")) hint = b;
    }
    g_signal_emit_by_name(hint, "clicked");
    ok(gtk_widget_get_sensitive(hint), "a hint, and there is another");
    g_signal_emit_by_name(hint, "clicked");
    ok(!gtk_widget_get_sensitive(hint), "and then none");
}

static void mystery(GtkWidget *panel, GtkWidget *window)
{
    GtkWidget *rule = nth(panel, GTK_TYPE_DROP_DOWN, 1);
    GtkWidget *guess = nth(panel, GTK_TYPE_DROP_DOWN, 2);
    gtk_drop_down_set_selected(GTK_DROP_DOWN(rule), 1);
    shot_settle(80);
    near(adj_ui_reply_number(fake_asked("exercise"), "mutant", NAN), 0, 0,
         "a mystery is asked for by number");
    ok(shows(panel, "db,wrong") && !shows(panel, "summed"), "what is wrong with it is secret");
    ok(taken(window, "panel_exercise_mystery"), "a picture of a mystery");
    gtk_drop_down_set_selected(GTK_DROP_DOWN(guess), 2);
    ok(!shows(panel, "summed"), "a wrong guess keeps the secret");
    gtk_drop_down_set_selected(GTK_DROP_DOWN(guess), 1);
    ok(shows(panel, "summed"), "the right one does not");
}

int main(void)
{
    if (!shot_init()) return skip_all("no display");
    AdjUiModel *model = adj_ui_model_new();
    fake_answer("exercises", exercises);
    fake_maker("exercise", judged);
    GtkWidget *panel = adj_ui_panel_exercise.create(model);
    GtkWidget *window = shot_window(panel, 600, 640);
    adj_ui_panel_exercise.update(panel);
    shot_settle(150);
    equal_int(fake_count("exercise"), 1, "a rule that is there already is judged");
    own_rule(panel, window);
    mystery(panel, window);
    gtk_drop_down_set_selected(GTK_DROP_DOWN(nth(panel, GTK_TYPE_DROP_DOWN, 0)), 1);
    shot_settle(50);
    equal_str(adj_ui_reply_text(fake_asked("exercise"), "name", ""), "relu",
              "another exercise begins anew");
    gtk_window_destroy(GTK_WINDOW(window));
    shot_settle(50);
    g_object_unref(model);
    return done();
}
