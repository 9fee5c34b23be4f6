// SPDX-License-Identifier: Apache-2.0
//
// Break the backward: a student writes the backward pass of an exercise in a cell, and sees
// where it differs from the right one; or finds out what is wrong with a rule that has a
// mistake built in. The exercises and the mistakes come from the session, which also runs the
// rule, on copies; this file keeps none of them.
//
// While a mistake is to be found out no word of the answer is shown, in the table neither.

#include "paint/rule.h"
#include "panels/panel.h"
#include "panels/parts/sheet.h"
#include "session/reply.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

typedef struct Exercise {
    AdjUiModel *model;
    GtkWidget *box, *sheet, *exercise, *rule, *guess, *hint, *hints, *status;
    JsonObject *all;     // the reply of `exercises`, held
    JsonObject *reply;   // the newest judgement, held; or NULL
    JsonArray *guesses;  // the mistakes in the order of their list, held
    AdjUiRule scene;
    int hinted;               // hints shown
    gboolean filling, found;  // found: the mistake was named
    guint asked;
} Exercise;

static Exercise *exercise_of(GtkWidget *w)
{
    return g_object_get_data(G_OBJECT(w), "exercise");
}

static JsonObject *row_of(const Exercise *e)
{
    guint which = gtk_drop_down_get_selected(GTK_DROP_DOWN(e->exercise));
    return adj_ui_reply_object_at(adj_ui_reply_array(e->all, "exercises"), which);
}

// The mutant that is judged, -1: the student's own rule.
static int mutant_of(const Exercise *e)
{
    guint which = gtk_drop_down_get_selected(GTK_DROP_DOWN(e->rule));
    return which == GTK_INVALID_LIST_POSITION ? -1 : (int)which - 1;
}

static const char *text_at(JsonArray *list, guint i)
{
    JsonNode *n = i < adj_ui_reply_length(list) ? json_array_get_element(list, i) : NULL;
    return n && JSON_NODE_HOLDS_VALUE(n) ? json_node_get_string(n) : "";
}

static void say(Exercise *e, const char *text)
{
    gtk_label_set_text(GTK_LABEL(e->status), text);
    gtk_accessible_update_property(GTK_ACCESSIBLE(e->sheet),
                                   GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

// -- judging ------------------------------------------------------------------------------

// Numbers as the session sends them, with the shape of the whole.
static void read_values(JsonArray *rows, JsonArray *shape, AdjUiNumbers *out)
{
    *out = (AdjUiNumbers){.of = {1, 1}};
    for (guint i = 0; i < adj_ui_reply_length(shape) && out->rank < 8; i++)
        out->shape[out->rank++] = (int64_t)adj_ui_reply_number_at(shape, i);
    out->rows = MIN((int)adj_ui_reply_length(rows), ADJ_UI_WINDOW);
    for (int i = 0; i < out->rows; i++) {
        JsonNode *n = json_array_get_element(rows, (guint)i);
        JsonArray *row = JSON_NODE_HOLDS_ARRAY(n) ? json_node_get_array(n) : NULL;
        if (i == 0) out->columns = MIN((int)adj_ui_reply_length(row), ADJ_UI_WINDOW);
        for (int k = 0; k < out->columns; k++)
            out->value[i * out->columns + k] = adj_ui_reply_number_at(row, (guint)k);
    }
    out->of[0] = MAX(out->rows, 1);
    out->of[1] = MAX(out->columns, 1);
    if (out->rank > 0) out->of[1] = out->shape[out->rank - 1];
    for (int i = 0; i < out->rank - 1; i++)
        out->of[0] = i ? out->of[0] * out->shape[i] : out->shape[i];
}

static void read_first(AdjUiRuleTensor *t, JsonObject *first)
{
    int64_t at[8];
    int rank = adj_ui_reply_shape(first, "at", at, 8);
    GString *text = g_string_new(rank ? "[" : "");
    for (int i = 0; i < rank; i++)
        g_string_append_printf(text, i ? ", %" G_GINT64_FORMAT : "%" G_GINT64_FORMAT, at[i]);
    if (rank) g_string_append_c(text, ']');
    g_strlcpy(t->first, first && !rank ? "()" : text->str, sizeof t->first);
    g_string_free(text, TRUE);
    t->row = rank > 1 ? (int)at[0] : 0;
    t->column = rank ? (int)at[rank - 1] : 0;
    t->yours = adj_ui_reply_number(first, "yours", NAN);
    t->expected = adj_ui_reply_number(first, "right", NAN);
}

static void read_tensor(AdjUiRuleTensor *t, JsonObject *o)
{
    *t = (AdjUiRuleTensor){.axis = (int)adj_ui_reply_integer(o, "axis", -1)};
    g_strlcpy(t->name, adj_ui_reply_text(o, "name", ""), sizeof t->name);
    g_strlcpy(t->kind, adj_ui_reply_text(o, "kind", ""), sizeof t->kind);
    t->right = adj_ui_reply_flag(o, "right");
    t->given = adj_ui_reply_array(o, "given") != NULL;
    t->diagnosis = adj_ui_reply_text(o, "diagnosis", NULL);
    t->mistake = adj_ui_reply_text(o, "mistake", NULL);
    t->difference = adj_ui_reply_number(o, "difference", NAN);
    read_first(t, adj_ui_reply_object(o, "first"));
    read_values(adj_ui_reply_array(o, "right_values"), adj_ui_reply_array(o, "shape"),
                &t->right_values);
    if (t->given)
        read_values(adj_ui_reply_array(o, "values"), adj_ui_reply_array(o, "given"),
                    &t->values);
}

static void say_result(Exercise *e)
{
    int wrong = 0;
    for (int i = 0; i < e->scene.count; i++) wrong += !e->scene.tensors[i].right;
    if (e->scene.secret)
        say(e, _("This rule has a mistake. Which one?"));
    else if (!wrong)
        say(e, _("All of it is right: it agrees with the engine and with differences."));
    else {
        g_autofree char *text =
            g_strdup_printf(_("%d of %d gradients are wrong"), wrong, e->scene.count);
        say(e, text);
    }
}

// The scene holds pointers into the reply.
static void show_reply(Exercise *e, JsonObject *reply)
{
    JsonArray *tensors = adj_ui_reply_array(reply, "tensors");
    int chosen = -1;
    json_object_ref(reply);
    g_clear_pointer(&e->reply, json_object_unref);
    e->reply = reply;
    e->scene.count = 0;
    for (guint i = 0; i < adj_ui_reply_length(tensors) && i < ADJ_UI_RULE_MOST; i++) {
        read_tensor(&e->scene.tensors[i], adj_ui_reply_object_at(tensors, i));
        if (chosen < 0 && !e->scene.tensors[i].right) chosen = (int)i;
        e->scene.count++;
    }
    e->scene.chosen = MAX(chosen, 0);
    e->scene.secret = mutant_of(e) >= 0 && !e->found;
    say_result(e);
    adj_ui_sheet_changed(e->sheet);
}

static void take_judgement(gpointer self, JsonObject *reply, const char *error)
{
    Exercise *e = self;
    e->asked = 0;
    if (!error) {
        show_reply(e, reply);
        return;
    }
    e->scene.count = 0;
    say(e, error);
    adj_ui_sheet_changed(e->sheet);
}

static void judge(Exercise *e)
{
    JsonObject *row = row_of(e);
    int mutant = mutant_of(e);
    if (!row) return;
    if (e->asked) adj_ui_model_cancel(e->model, e->asked);
    JsonObject *fields =
        adj_ui_fields("name", adj_ui_say_text(adj_ui_reply_text(row, "name", "")), NULL);
    if (mutant >= 0) json_object_set_int_member(fields, "mutant", mutant);
    e->asked =
        adj_ui_model_ask(e->model, "exercise", fields, take_judgement, e, G_OBJECT(e->box));
}

static void check(GtkWidget *w, gpointer self)
{
    (void)w;
    judge(self);
}

// A cell has run, or the panel is new: there may be a rule, or another. Nobody waits for this,
// so an error is not told.
static void take_again(gpointer self, JsonObject *reply, const char *error)
{
    Exercise *e = self;
    e->asked = 0;
    if (!error) show_reply(e, reply);
}

static void judge_again(Exercise *e)
{
    JsonObject *row = row_of(e);
    if (!row || mutant_of(e) >= 0 || e->asked) return;
    JsonObject *fields =
        adj_ui_fields("name", adj_ui_say_text(adj_ui_reply_text(row, "name", "")), NULL);
    e->asked = adj_ui_model_ask(e->model, "exercise", fields, take_again, e, G_OBJECT(e->box));
}

// -- choosing -----------------------------------------------------------------------------

static gint by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// The mistakes in the order of the alphabet: the number of a rule shall not give it away.
static void fill_guesses(Exercise *e, JsonArray *mutants)
{
    guint n = adj_ui_reply_length(mutants);
    g_autoptr(GPtrArray) sorted = g_ptr_array_new();
    for (guint i = 0; i < n; i++) g_ptr_array_add(sorted, (gpointer)text_at(mutants, i));
    g_ptr_array_sort(sorted, by_text);
    GtkStringList *list = gtk_string_list_new(NULL);
    gtk_string_list_append(list, _("what is wrong with it?"));
    g_clear_pointer(&e->guesses, json_array_unref);
    e->guesses = json_array_new();
    for (guint i = 0; i < n; i++) {
        const char *mistake = g_ptr_array_index(sorted, i);
        g_autofree char *text = g_strdup_printf(_("you %s"), mistake);
        gtk_string_list_append(list, text);
        json_array_add_string_element(e->guesses, mistake);
    }
    gtk_drop_down_set_model(GTK_DROP_DOWN(e->guess), G_LIST_MODEL(list));
    g_object_unref(list);
}

static void fill_rules(Exercise *e, guint mutants)
{
    GtkStringList *list = gtk_string_list_new(NULL);
    gtk_string_list_append(list, _("my rule"));
    for (guint i = 0; i < mutants; i++) {
        g_autofree char *text = g_strdup_printf(_("mystery %u"), i + 1);
        gtk_string_list_append(list, text);
    }
    gtk_drop_down_set_model(GTK_DROP_DOWN(e->rule), G_LIST_MODEL(list));
    g_object_unref(list);
}

static void show_hints(Exercise *e)
{
    JsonArray *hints = adj_ui_reply_array(row_of(e), "hints");
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < adj_ui_reply_length(hints) && (int)i < e->hinted; i++)
        g_string_append_printf(text, "%s%u. %s", i ? "\n" : "", i + 1, text_at(hints, i));
    gtk_label_set_text(GTK_LABEL(e->hints), text->str);
    gtk_widget_set_visible(e->hints, e->hinted > 0);
    gtk_widget_set_sensitive(e->hint, e->hinted < (int)adj_ui_reply_length(hints));
    g_string_free(text, TRUE);
}

static void hint(GtkWidget *w, gpointer self)
{
    (void)w;
    Exercise *e = self;
    e->hinted++;
    show_hints(e);
}

static void begin_row(Exercise *e)
{
    JsonObject *row = row_of(e);
    JsonArray *mutants = adj_ui_reply_array(row, "mutants");
    if (!row) return;
    e->filling = TRUE;
    e->hinted = 0;
    e->found = FALSE;
    e->scene = (AdjUiRule){.title = adj_ui_reply_text(row, "title", ""),
                           .formula = adj_ui_reply_text(row, "formula", ""),
                           .chosen = -1};
    fill_rules(e, adj_ui_reply_length(mutants));
    fill_guesses(e, mutants);
    gtk_widget_set_visible(e->guess, FALSE);
    show_hints(e);
    e->filling = FALSE;
    say(e, _("Insert the cell, write the gradients, run it; or choose a mystery."));
    adj_ui_sheet_changed(e->sheet);
    if (e->asked) adj_ui_model_cancel(e->model, e->asked);
    e->asked = 0;
    judge_again(e);
}

static void exercise_chosen(GObject *o, GParamSpec *p, gpointer self)
{
    (void)o, (void)p;
    Exercise *e = self;
    if (!e->filling && e->all) begin_row(e);
}

static void rule_chosen(GObject *o, GParamSpec *p, gpointer self)
{
    (void)o, (void)p;
    Exercise *e = self;
    if (e->filling) return;
    e->found = FALSE;
    e->filling = TRUE;
    gtk_drop_down_set_selected(GTK_DROP_DOWN(e->guess), 0);
    e->filling = FALSE;
    gtk_widget_set_visible(e->guess, mutant_of(e) >= 0);
    judge(e);
}

static void guessed(GObject *o, GParamSpec *p, gpointer self)
{
    (void)o, (void)p;
    Exercise *e = self;
    guint which = gtk_drop_down_get_selected(GTK_DROP_DOWN(e->guess));
    int mutant = mutant_of(e);
    if (e->filling || which == 0 || mutant < 0) return;
    JsonArray *mutants = adj_ui_reply_array(row_of(e), "mutants");
    e->found = !g_strcmp0(text_at(e->guesses, which - 1), text_at(mutants, (guint)mutant));
    if (!e->found) {
        say(e, _("Not that: it would give other numbers. Look at the difference again."));
        return;
    }
    if (e->reply) show_reply(e, e->reply);
    say(e, _("Right, that is the mistake."));
}

static void insert(GtkWidget *w, gpointer self)
{
    Exercise *e = self;
    const char *stub = adj_ui_reply_text(row_of(e), "stub", NULL);
    if (stub) gtk_widget_activate_action(w, "page.insert-code", "s", stub);
}

// -- the picture --------------------------------------------------------------------------

static void choose(Exercise *e, int row)
{
    if (row < 0 || row >= e->scene.count) return;
    const AdjUiRuleTensor *t = &e->scene.tensors[row];
    e->scene.chosen = row;
    g_autofree char *text = g_strdup_printf(
        "%s: %s", t->name, e->scene.secret ? t->right ? _("right") : _("wrong") : t->diagnosis);
    say(e, text);
    adj_ui_sheet_changed(e->sheet);
}

static void paint(gpointer self, cairo_t *cr, const AdjUiTheme *theme, int width, int height)
{
    const Exercise *e = self;
    adj_ui_paint_rule(cr, theme, &e->scene, width, height);
}

static void clicked(gpointer self, double x, double y, int presses, GdkModifierType state)
{
    (void)x, (void)presses, (void)state;
    Exercise *e = self;
    choose(e, adj_ui_rule_row(&e->scene, y));
}

static gboolean key_pressed(gpointer self, guint key, GdkModifierType state)
{
    Exercise *e = self;
    if (state & (GDK_ALT_MASK | GDK_CONTROL_MASK)) return FALSE;
    if (key != GDK_KEY_Up && key != GDK_KEY_Down && key != GDK_KEY_Return) return FALSE;
    if (key == GDK_KEY_Return)
        judge(e);
    else
        choose(e, e->scene.chosen + (key == GDK_KEY_Down ? 1 : -1));
    return TRUE;
}

static const AdjUiSheetOwner sheet_owner = {
    .paint = paint, .click = clicked, .key = key_pressed};

// -- the panel ----------------------------------------------------------------------------

static void take_exercises(gpointer self, JsonObject *reply, const char *error)
{
    Exercise *e = self;
    JsonArray *list = adj_ui_reply_array(reply, "exercises");
    if (error) {
        say(e, error);
        return;
    }
    g_clear_pointer(&e->all, json_object_unref);
    e->all = json_object_ref(reply);
    GtkStringList *names = gtk_string_list_new(NULL);
    for (guint i = 0; i < adj_ui_reply_length(list); i++)
        gtk_string_list_append(names,
                               adj_ui_reply_text(adj_ui_reply_object_at(list, i), "title", ""));
    e->filling = TRUE;
    gtk_drop_down_set_model(GTK_DROP_DOWN(e->exercise), G_LIST_MODEL(names));
    e->filling = FALSE;
    g_object_unref(names);
    begin_row(e);
}

static void update(GtkWidget *panel)
{
    Exercise *e = exercise_of(panel);
    if (e->all)
        judge_again(e);
    else
        adj_ui_model_ask(e->model, "exercises", NULL, take_exercises, e, G_OBJECT(e->box));
}

static GtkWidget *make_bars(Exercise *e)
{
    static const char *const none[] = {NULL};
    GtkWidget *rows = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    GtkWidget *above = adj_ui_bar_new(), *below = adj_ui_bar_new();
    e->exercise =
        adj_ui_choice_new(none, _("What is computed"), G_CALLBACK(exercise_chosen), e);
    e->rule =
        adj_ui_choice_new(none, _("Whose backward pass is judged"), G_CALLBACK(rule_chosen), e);
    e->guess = adj_ui_choice_new(none, _("The mistake"), G_CALLBACK(guessed), e);
    e->hint = gtk_button_new_with_label(_("Hint"));
    g_signal_connect(e->hint, "clicked", G_CALLBACK(hint), e);
    gtk_widget_set_tooltip_text(e->hint, _("One more step towards the answer"));
    gtk_widget_set_hexpand(e->exercise, TRUE);
    gtk_widget_set_hexpand(e->guess, TRUE);
    gtk_widget_set_visible(e->guess, FALSE);
    GtkWidget *first[] = {e->exercise,
                          adj_ui_button_new("list-add-symbolic",
                                            _("Insert a cell to write the rule in"),
                                            G_CALLBACK(insert), e),
                          adj_ui_button_new("media-playback-start-symbolic",
                                            _("Judge the rule (Enter)"), G_CALLBACK(check), e),
                          e->hint};
    for (gsize i = 0; i < G_N_ELEMENTS(first); i++) gtk_box_append(GTK_BOX(above), first[i]);
    gtk_box_append(GTK_BOX(below), e->rule);
    gtk_box_append(GTK_BOX(below), e->guess);
    gtk_box_append(GTK_BOX(rows), above);
    gtk_box_append(GTK_BOX(rows), below);
    return rows;
}

static GtkWidget *words_new(void)
{
    return g_object_new(GTK_TYPE_LABEL, "wrap", TRUE, "xalign", 0.0f, "selectable", TRUE,
                        "margin-start", 16, "margin-end", 16, "margin-top", 4, "margin-bottom",
                        8, NULL);
}

static void exercise_free(gpointer p)
{
    Exercise *e = p;
    g_clear_pointer(&e->all, json_object_unref);
    g_clear_pointer(&e->reply, json_object_unref);
    g_clear_pointer(&e->guesses, json_array_unref);
    g_free(e);
}

static GtkWidget *create(AdjUiModel *model)
{
    Exercise *e = g_new0(Exercise, 1);
    e->model = model;
    e->scene.chosen = -1;
    e->filling = TRUE;
    e->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    g_object_set_data_full(G_OBJECT(e->box), "exercise", e, exercise_free);
    e->hints = words_new();
    e->status = words_new();
    e->sheet = adj_ui_sheet_new(&sheet_owner, e, _("A backward pass beside the right one"));
    gtk_box_append(GTK_BOX(e->box), make_bars(e));
    gtk_box_append(GTK_BOX(e->box), e->sheet);
    gtk_box_append(GTK_BOX(e->box), e->hints);
    gtk_box_append(GTK_BOX(e->box), e->status);
    gtk_widget_set_visible(e->hints, FALSE);
    e->filling = FALSE;
    return e->box;
}

static void draw(GtkWidget *panel, cairo_t *cr, int width, int height)
{
    adj_ui_paint_rule(cr, adj_ui_theme(FALSE), &exercise_of(panel)->scene, width, height);
}

static char *table(GtkWidget *panel)
{
    const Exercise *e = exercise_of(panel);
    GString *out = g_string_new("gradient,verdict,largest error,first wrong,yours,right,why\n");
    for (int i = 0; i < e->scene.count; i++) {
        const AdjUiRuleTensor *t = &e->scene.tensors[i];
        char a[40], b[40], c[40];
        g_string_append_printf(
            out, "%s,%s,%s,\"%s\",%s,%s,\"%s\"\n", t->name, t->right ? "right" : "wrong",
            isnan(t->difference) ? "" : g_ascii_formatd(a, 40, "%.9g", t->difference), t->first,
            *t->first ? g_ascii_formatd(b, 40, "%.9g", t->yours) : "",
            *t->first ? g_ascii_formatd(c, 40, "%.9g", t->expected) : "",
            e->scene.secret ? "" : t->diagnosis);
    }
    return g_string_free(out, FALSE);
}

const AdjUiPanel adj_ui_panel_exercise = {
    .name = "exercise",
    .title = N_("Exercises"),
    .icon = "adj-exercise-symbolic",
    .shortcut = "<Alt>x",
    .text = N_("Backward passes written by hand, and mistakes to be found out"),
    .create = create,
    .update = update,
    .draw = draw,
    .table = table,
};
