// SPDX-License-Identifier: Apache-2.0
//
// Stepping backward: the debugger's commands, each one request. The session keeps the walk;
// going into an operation replaces graph, picture and walk by those of its parts until the way
// out, so everything that shows a walk shows its inside too.

#include "panels/tape/tape.h"

#include "panels/panel.h"
#include "panels/parts/canvas.h"
#include "panels/parts/trace.h"
#include "panels/tape/tape_cards.h"
#include "panels/tape/tape_fan.h"
#include "panels/tape/tape_order.h"
#include "session/reply.h"

#include <glib/gi18n.h>

void adj_ui_tape_level_clear(AdjUiTapeLevel *l)
{
    adj_ui_walk_free(l->walk);
    adj_ui_axes_free(l->axes);
    adj_ui_layout_free(l->layout);
    adj_ui_graph_unref(l->graph);
    *l = (AdjUiTapeLevel){0};
}

// -- answers ------------------------------------------------------------------------------

static void say_place(AdjUiTape *t)
{
    const AdjUiWalk *w = t->now.walk;
    if (w->done) {
        adj_ui_tape_say(t, _("The pass is done: every leaf has its gradient."));
        return;
    }
    g_autofree char *place = g_strdup_printf(_("%d of %d: %s"), w->at + 1, w->count, w->name);
    g_autofree char *text = g_strconcat(w->inside ? w->root : "", w->inside ? " › " : "", place,
                                        w->stopped ? _(" — a breakpoint") : "",
                                        w->opens ? _(" — F8 opens it") : "", NULL);
    adj_ui_tape_say(t, text);
}

static void show_node(AdjUiTape *t)
{
    AdjUiWalk *w = t->now.walk;
    int32_t op = adj_ui_walk_op(w);
    adj_ui_tape_cards_walk(t->cards, w, 0);
    adj_ui_tape_order_show(t->order, w);
    adj_ui_tape_fan_show(t->fan, NULL, NULL);
    for (gsize i = 1; i < G_N_ELEMENTS(t->buttons); i++)
        gtk_widget_set_sensitive(t->buttons[i], w->on);
    say_place(t);
    if (op >= 0 && t->now.layout) {
        t->selected = t->now.layout->box_of[op];
        if (t->selected >= 0)
            adj_ui_canvas_show(t->canvas, t->now.layout->boxes[t->selected].r);
    }
    adj_ui_canvas_changed(t->canvas);
    adj_ui_tape_cards_ask(t->cards);
}

// Into an operation: its parts are a graph of their own.
static void enter(AdjUiTape *t, JsonObject *reply)
{
    t->outer = t->now;
    t->now =
        (AdjUiTapeLevel){.graph = adj_ui_trace_graph(adj_ui_reply_object(reply, "inside"))};
    t->now.walk = adj_ui_walk_new(t->now.graph);
    t->now.axes = adj_ui_axes_new(t->now.graph);
    t->now.walk->masked = adj_ui_tape_cards_asking(t->cards);
    adj_ui_walk_take(t->now.walk, reply);
    adj_ui_tape_cards_walk(t->cards, NULL, 0);
    adj_ui_tape_order_show(t->order, NULL);
    adj_ui_tape_fan_show(t->fan, NULL, NULL);
    adj_ui_tape_change_level(t);
}

static void leave(AdjUiTape *t)
{
    if (!t->outer.graph) return;
    adj_ui_tape_cards_walk(t->cards, NULL, 0);
    adj_ui_tape_order_show(t->order, NULL);
    adj_ui_tape_fan_show(t->fan, NULL, NULL);
    AdjUiTapeLevel inner = t->now;
    t->now = t->outer;
    t->outer = (AdjUiTapeLevel){0};
    adj_ui_tape_change_level(t);
    adj_ui_tape_level_clear(&inner);
}

static void step(AdjUiTape *t, const char *what, gint64 index);

static void take_step(gpointer self, JsonObject *reply, const char *error)
{
    AdjUiTape *t = self;
    const char *then = t->then;
    t->stepping = FALSE;
    t->then = NULL;
    if (error || !t->now.walk) {
        adj_ui_tape_say(t, error ? error : "");
        return;
    }
    gboolean inside = adj_ui_reply_object(reply, "inside") != NULL;
    if (inside) {
        enter(t, reply);
    } else {
        if (json_object_has_member(reply, "inside") || adj_ui_reply_flag(reply, "done"))
            leave(t);
        t->now.walk->masked = adj_ui_tape_cards_asking(t->cards);
        adj_ui_walk_take(t->now.walk, reply);
    }
    adj_ui_breaks_follow(t->breaks, t->outer.walk ? t->outer.walk : t->now.walk);
    show_node(t);
    if (then) step(t, then, -1);
}

// -- commands -----------------------------------------------------------------------------

// Behind the last operation is the end: there the leaves receive what was only shown so far.
// Behind the last part of an operation is the operation.
static const char *past_end(const AdjUiTape *t, const char *what)
{
    const AdjUiWalk *w = t->now.walk;
    if (g_strcmp0(what, "next") || w->at + 1 < w->count) return what;
    return w->inside ? "out" : "end";
}

static void step(AdjUiTape *t, const char *what, gint64 index)
{
    if (t->stepping || !t->now.graph) return;
    gboolean start = !t->now.walk->on || t->now.walk->done;
    // In a quiz nobody goes on without a prediction; back is free.
    if (!start && g_strcmp0(what, "prev") && adj_ui_tape_cards_ask(t->cards)) return;
    if (start) {
        adj_ui_walk_close(t->now.walk);
        t->then = g_strcmp0(what, "run") ? NULL : "run";
        what = "start";
    } else {
        what = past_end(t, what);
    }
    JsonObject *fields = adj_ui_fields("do", adj_ui_say_text(what), NULL);
    if (start)
        json_object_set_string_member(fields, "root",
                                      gtk_editable_get_text(GTK_EDITABLE(t->root)));
    if (start || !g_strcmp0(what, "into"))
        json_object_set_boolean_member(fields, "norms", TRUE);
    if (index >= 0) json_object_set_int_member(fields, "index", index);
    if (!g_strcmp0(what, "run"))
        json_object_set_member(fields, "breakpoints", adj_ui_breaks_say(t->breaks));
    t->stepping = TRUE;
    adj_ui_model_ask(t->model, "backward", fields, take_step, t, G_OBJECT(t->box));
}

void adj_ui_tape_go(AdjUiTape *t, int32_t node)
{
    if (t->now.walk && t->now.walk->on && node != t->now.walk->at) step(t, "to", node);
}

// The places that the innermost group around the cursor covers; closed groups are stepped over
// as one, opened ones are what "out" leaves.
static gboolean group_at_cursor(const AdjUiTape *t, gboolean open, int32_t *begin, int32_t *end)
{
    const AdjUiLayout *layout = t->now.layout;
    int32_t op = adj_ui_walk_op(t->now.walk);
    int32_t box = op >= 0 && layout ? layout->box_of[op] : -1;
    if (open && box >= 0) box = layout->boxes[box].parent;
    if (box < 0 || layout->boxes[box].item >= 0) return FALSE;
    adj_ui_item_range(t->now.graph, layout->boxes[box].item, begin, end);
    return TRUE;
}

static void leave_group(AdjUiTape *t, gboolean open)
{
    int32_t begin, end;
    AdjUiWalk *w = t->now.walk;
    if (open && w && w->on && w->inside) {
        step(t, "out", -1);
    } else if (w && w->on && group_at_cursor(t, open, &begin, &end)) {
        int32_t past = adj_ui_walk_past(w, begin, end);
        if (past < w->count)
            step(t, "to", past);
        else
            step(t, w->inside ? "out" : "end", -1);
    } else {
        step(t, "next", -1);
    }
}

static void step_next(AdjUiTape *t)
{
    leave_group(t, FALSE);
}

static void step_out(AdjUiTape *t)
{
    leave_group(t, TRUE);
}

// Into a closed group, or into an operation that is made of others.
static void step_into(AdjUiTape *t)
{
    const AdjUiLayout *layout = t->now.layout;
    int32_t op = t->now.walk ? adj_ui_walk_op(t->now.walk) : -1;
    int32_t box = op >= 0 && layout ? layout->box_of[op] : -1;
    if (box >= 0 && layout->boxes[box].item < 0)
        adj_ui_tape_toggle_group(t, box);
    else if (t->now.walk && t->now.walk->on && t->now.walk->opens && !t->now.walk->done)
        step(t, "into", -1);
    else
        step(t, "next", -1);
}

static void step_run(AdjUiTape *t)
{
    step(t, t->now.walk && t->now.walk->inside ? "out" : "run", -1);
}

static void step_back(AdjUiTape *t)
{
    if (t->now.walk && t->now.walk->on) step(t, "prev", -1);
}

// The first rows are the commands of the buttons; the window of keys lists them all.
const AdjUiPanelKey adj_ui_tape_keys[] = {{"F7", N_("Next Operation")},
                                          {"F8", N_("Into the Group, or the Operation")},
                                          {"<Shift>F8", N_("Out of It")},
                                          {"F5", N_("On to a Breakpoint")},
                                          {"<Alt>Left", N_("One Back")},
                                          {"b", N_("Breakpoint")},
                                          {"<Shift>b", N_("Breakpoint with a Condition")},
                                          {"q", N_("Quiz: Predict Each Gradient")},
                                          {"Return", N_("Open or Close a Group")},
                                          {NULL, NULL}};

typedef struct Command {
    const char *icon;
    void (*does)(AdjUiTape *t);
} Command;

// In the order of their keys.
static const Command commands[ADJ_UI_TAPE_STEPS] = {
    {"media-skip-forward-symbolic", step_next},
    {"go-down-symbolic", step_into},
    {"go-up-symbolic", step_out},
    {"media-seek-forward-symbolic", step_run},
    {"media-skip-backward-symbolic", step_back},
};

gboolean adj_ui_tape_step_key(AdjUiTape *t, guint key, GdkModifierType state)
{
    state &= GDK_SHIFT_MASK | GDK_CONTROL_MASK | GDK_ALT_MASK;
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
        guint wanted;
        GdkModifierType held;
        if (!gtk_accelerator_parse(adj_ui_tape_keys[i].keys, &wanted, &held)) continue;
        if (wanted != key || held != state) continue;
        commands[i].does(t);
        return TRUE;
    }
    return FALSE;
}

static void command_clicked(GtkButton *b, gpointer self)
{
    const Command *c = g_object_get_data(G_OBJECT(b), "command");
    c->does(self);
}

void adj_ui_tape_add_buttons(AdjUiTape *t, GtkWidget *bar)
{
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
        GtkWidget *b = t->buttons[i] = gtk_button_new_from_icon_name(commands[i].icon);
        guint key;
        GdkModifierType held;
        gtk_accelerator_parse(adj_ui_tape_keys[i].keys, &key, &held);
        g_autofree char *label = gtk_accelerator_get_label(key, held);
        g_autofree char *tip = g_strdup_printf("%s (%s)", _(adj_ui_tape_keys[i].title), label);
        gtk_widget_set_tooltip_text(b, tip);
        gtk_accessible_update_property(GTK_ACCESSIBLE(b), GTK_ACCESSIBLE_PROPERTY_LABEL, tip,
                                       -1);
        gtk_widget_set_sensitive(b, i == 0 || commands[i].does == step_run);
        g_object_set_data(G_OBJECT(b), "command", (gpointer)&commands[i]);
        g_signal_connect(b, "clicked", G_CALLBACK(command_clicked), t);
        gtk_box_append(GTK_BOX(bar), b);
    }
}
