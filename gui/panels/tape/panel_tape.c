// SPDX-License-Identifier: Apache-2.0
//
// The tape: the graph of the last step, and the backward pass as in a debugger.
//
// The trace is parsed and laid out by a worker (layout_job.c); the picture changes when it is
// done and the old one stays until then. Opening a group, a new trace and the backward lane are
// all the same event: another layout that begins where the last one was.
//
// The debugger's keys are those of the debuggers people know: F7 the next box, F8 into a group
// or an operation, Shift+F8 out of it, F5 on to a breakpoint, Alt+Left back (tape_steps.c). A
// step is one request to the session; while one is on its way the next waits, so holding a key
// down cannot flood anybody.

#include "panels/panel.h"
#include "panels/parts/canvas.h"
#include "panels/parts/keep.h"
#include "panels/parts/sheet.h"
#include "panels/parts/trace.h"
#include "panels/tape/tape.h"
#include "panels/tape/tape_cards.h"
#include "panels/tape/tape_failure.h"
#include "panels/tape/tape_fan.h"
#include "panels/tape/tape_order.h"
#include "session/cursor.h"
#include "session/reply.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

enum { FIRST_BOXES = 30 };  // a small net is shown opened, a large one closed

typedef AdjUiTape Tape;

static Tape *tape_of(GtkWidget *w)
{
    return g_object_get_data(G_OBJECT(w), "tape");
}

// The box of the walk's root, where its seed is shown; -1: no walk.
static int32_t seed_box(const Tape *t)
{
    const AdjUiWalk *w = t->now.walk;
    int32_t root = w && w->on && w->count && !w->done ? w->ops[0] : -1;
    return root >= 0 && t->now.layout ? t->now.layout->box_of[root] : -1;
}

static AdjUiGraphScene scene_of(const Tape *t)
{
    return (AdjUiGraphScene){
        .layout = t->now.layout,
        .states =
            t->now.walk && (t->now.walk->on || t->failed >= 0) ? t->now.walk->states : NULL,
        .selected_box = t->selected,
        .selected_strand = t->strand,
        .focus_box = -1,
        .seed_box = seed_box(t),
        .axes = t->now.axes,
        .flows = t->now.walk ? t->now.walk->flows : NULL,
        .seed = t->now.walk ? t->now.walk->seed : NULL,
        .mirror = gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(t->lanes)),
    };
}

void adj_ui_tape_say(Tape *t, const char *text)
{
    gtk_label_set_text(GTK_LABEL(t->status), text);
    adj_ui_canvas_say(t->canvas, text);
}

// -- layout -------------------------------------------------------------------------------

static int32_t box_with_key(const AdjUiLayout *layout, uint64_t key)
{
    for (int32_t i = 0; layout && key && i < layout->box_count; i++)
        if (layout->boxes[i].key == key) return i;
    return -1;
}

// The operation at which the program stopped: red, and chosen.
static void mark_failure(Tape *t)
{
    int32_t op = t->failed >= 0 ? adj_ui_graph_find(t->now.graph, t->failed) : -1;
    if (op < 0) return;
    t->now.walk->states[op].bad = true;
    t->selected = t->now.layout->box_of[op];
}

static void show_layout(AdjUiLayout *layout, void *self)
{
    Tape *t = self;
    t->job = NULL;
    uint64_t selected = t->selected >= 0 ? t->now.layout->boxes[t->selected].key : 0;
    int32_t before = box_with_key(t->now.layout, t->hold), now = box_with_key(layout, t->hold);
    if (before >= 0 && now >= 0) {
        AdjUiRect a = t->now.layout->boxes[before].r, b = layout->boxes[now].r;
        adj_ui_canvas_hold(t->canvas, a.x, a.y, b.x, b.y);
    }
    adj_ui_layout_free(t->now.layout);
    t->now.layout = layout;
    t->selected = box_with_key(layout, selected);
    t->strand = t->hover_box = t->hover_strand = -1;
    t->hold = 0;
    g_hash_table_unref(t->open);
    t->open = g_hash_table_ref(layout->opened);
    if (layout->graph != t->now.graph) {
        adj_ui_tape_cards_walk(t->cards, NULL, 0);
        adj_ui_tape_order_show(t->order, NULL);
        adj_ui_tape_fan_show(t->fan, NULL, NULL);
        adj_ui_graph_unref(t->now.graph);
        adj_ui_walk_free(t->now.walk);
        t->now.graph = adj_ui_graph_ref(layout->graph);
        t->now.walk = adj_ui_walk_new(t->now.graph);
        adj_ui_axes_free(t->now.axes);
        t->now.axes = adj_ui_axes_new(t->now.graph);
        t->now.walk->step = t->step;
        mark_failure(t);
        adj_ui_breaks_follow(t->breaks, t->now.walk);
    }
    if (t->first) adj_ui_canvas_open(t->canvas);
    t->first = FALSE;
    if (t->selected < 0 && adj_ui_walk_op(t->now.walk) >= 0)
        t->selected = layout->box_of[adj_ui_walk_op(t->now.walk)];
    adj_ui_canvas_changed(t->canvas);
}

static AdjUiGraph *graph_from_trace(void *source)
{
    return adj_ui_trace_graph(source);
}

// Lays out the graph, or first makes it of a new [trace] (taken).
void adj_ui_tape_lay_out(Tape *t, JsonObject *trace)
{
    if (t->job) adj_ui_layout_cancel(t->job);
    AdjUiLayoutWish wish = {.open = t->open,
                            .data = gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(t->data)),
                            .down = gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(t->down)),
                            .before = t->now.layout,
                            .most = t->touched ? 0 : FIRST_BOXES};
    if (trace) {
        wish.make = graph_from_trace;
        wish.source = trace;
        wish.free_source = (GDestroyNotify)json_object_unref;
    }
    t->job =
        trace || t->now.graph ? adj_ui_layout_start(t->now.graph, &wish, show_layout, t) : NULL;
}

// The pass that was recorded is the one to walk, unless somebody wrote another name.
static void propose_root(Tape *t, const char *name)
{
    if (g_strcmp0(t->named, gtk_editable_get_text(GTK_EDITABLE(t->root)))) return;
    gtk_editable_set_text(GTK_EDITABLE(t->root), name);
    g_free(t->named);
    t->named = g_strdup(name);
}

// While nothing was swept backward, the last single number that came off the tape.
static void take_variables(gpointer self, JsonObject *reply, const char *error)
{
    JsonArray *list = error ? NULL : adj_ui_reply_array(reply, "variables");
    for (guint i = adj_ui_reply_length(list); i-- > 0;) {
        JsonObject *o = adj_ui_reply_object_at(list, i);
        int64_t shape[8];
        if (!json_object_has_member(o, "shape") || adj_ui_reply_shape(o, "shape", shape, 8) ||
            !strstr(adj_ui_reply_text(o, "preview", ""), "grad_fn"))
            continue;
        propose_root(self, adj_ui_reply_text(o, "name", ""));
        return;
    }
}

static void take_trace(gpointer self, JsonObject *reply, const char *error)
{
    Tape *t = self;
    t->asked = 0;
    if (error) {
        adj_ui_tape_say(t, error);
        return;
    }
    guint count = adj_ui_reply_length(adj_ui_reply_array(reply, "ops"));
    t->step = adj_ui_reply_integer(reply, "step", -1);
    t->failed = -1;
    g_autofree char *text = g_strdup_printf(_("Step %" G_GINT64_FORMAT ": %u operations"),
                                            adj_ui_reply_integer(reply, "step", 0), count);
    adj_ui_tape_say(t, count ? text : _("Nothing was recorded yet: run a step of training."));
    if (count) adj_ui_tape_lay_out(t, json_object_ref(reply));
    const char *root = adj_ui_reply_text(reply, "root", "");
    if (*root)
        propose_root(t, root);
    else if (count)  // forward only so far
        adj_ui_model_ask(t->model, "variables", NULL, take_variables, t, G_OBJECT(t->box));
}

// The program stopped at an operation: what there is up to it takes the place of the last step.
static void take_failure(gpointer self, JsonObject *reply, const char *error)
{
    Tape *t = self;
    adj_ui_tape_failure_show(t->failure, error ? NULL : reply);
    if (error || !adj_ui_reply_flag(reply, "found")) return;
    t->failed = adj_ui_reply_integer(reply, "failed", -1);
    t->step = -1;
    t->first = TRUE;
    adj_ui_tape_say(t, _("Up to the operation that failed"));
    adj_ui_tape_lay_out(t, json_object_ref(reply));
}

static void update(GtkWidget *panel)
{
    Tape *t = tape_of(panel);
    if (t->now.walk && t->now.walk->on)
        return;  // nobody's feet are pulled away in the middle of a walk
    if (t->asked) adj_ui_model_cancel(t->model, t->asked);
    t->asked = adj_ui_model_ask(t->model, "trace", adj_ui_cursor_fields(t->model, NULL),
                                take_trace, t, G_OBJECT(panel));
    adj_ui_model_ask(t->model, "failure", NULL, take_failure, t, G_OBJECT(panel));
}

void adj_ui_tape_toggle_group(Tape *t, int32_t box)
{
    AdjUiItem item = t->now.layout->boxes[box].item;
    if (item >= 0) return;
    uint64_t key = t->now.graph->groups[~item].key;
    t->touched = TRUE;
    if (!g_hash_table_remove(t->open, &key))
        g_hash_table_add(t->open, g_memdup2(&key, sizeof key));
    t->hold = t->now.layout->boxes[box].key;
    adj_ui_tape_lay_out(t, NULL);
}

// The parts of an operation instead of the tape, or the tape again.
void adj_ui_tape_change_level(Tape *t)
{
    if (t->job) adj_ui_layout_cancel(t->job);
    t->job = NULL;
    t->selected = t->strand = t->hover_box = t->hover_strand = -1;
    if (t->now.layout) {
        g_hash_table_unref(t->open);
        t->open = g_hash_table_ref(t->now.layout->opened);
        adj_ui_canvas_changed(t->canvas);
    } else {
        t->first = TRUE;
        adj_ui_tape_lay_out(t, NULL);
    }
}

// -- selection ----------------------------------------------------------------------------

static void tell_others(Tape *t, AdjUiItem item)
{
    AdjUiSelection s = ADJ_UI_SELECTION_NONE;
    const AdjUiOp *op = item >= 0 ? &t->now.graph->ops[item] : NULL;
    s.from = t;
    s.module = (char *)(op ? op->module : t->now.graph->groups[~item].path);
    if (op && op->kind == ADJ_UI_OP) {
        s.node = op->id;
        s.run = op->cell;
        s.start = op->start;
        s.end = op->end;
    } else if (op) {
        s.value = (char *)op->label;
    }
    adj_ui_model_select(t->model, &s);
}

// The terms of a leaf's gradient, while a walk knows them and nobody is to guess them.
static void show_fan(Tape *t, AdjUiItem item)
{
    const AdjUiOp *op = item >= 0 ? &t->now.graph->ops[item] : NULL;
    gboolean leaf = op && op->kind == ADJ_UI_PARAMETER && !adj_ui_tape_cards_asking(t->cards);
    adj_ui_tape_fan_show(t->fan, t->now.walk, leaf ? op->label : NULL);
}

static void select_box(Tape *t, int32_t box)
{
    t->selected = box;
    t->strand = -1;
    if (box >= 0) {
        char title[128], second[128];
        AdjUiItem item = t->now.layout->boxes[box].item;
        adj_ui_tape_order_choose(t->order, item >= 0 ? t->now.walk->index[item] : -1);
        adj_ui_box_words(t->now.layout, box, title, second);
        g_autofree char *text = g_strdup_printf("%s, %s", title, second);
        adj_ui_tape_say(t, text);
        tell_others(t, item);
        if (item >= 0 && t->now.graph->ops[item].label)
            adj_ui_tape_cards_value(t->cards, t->now.graph->ops[item].label);
        show_fan(t, item);
    }
    adj_ui_canvas_changed(t->canvas);
}

static int32_t box_of_module(const Tape *t, const char *path)
{
    for (int32_t i = 0; i < t->now.layout->box_count; i++) {
        AdjUiItem item = t->now.layout->boxes[i].item;
        if (item < 0 && !g_strcmp0(t->now.graph->groups[~item].path, path)) return i;
    }
    for (int32_t i = 0; i < t->now.graph->count; i++)
        if (!g_strcmp0(t->now.graph->ops[i].module, path)) return t->now.layout->box_of[i];
    return -1;
}

// The operation with the smallest span around a place in the source, or -1.
static int32_t op_at_source(const Tape *t, int run, int at)
{
    int32_t found = -1;
    for (int32_t i = 0; run > 0 && at >= 0 && i < t->now.graph->count; i++) {
        const AdjUiOp *op = &t->now.graph->ops[i],
                      *best = found < 0 ? NULL : &t->now.graph->ops[found];
        if (op->kind != ADJ_UI_OP || op->cell != run || at < op->start || at > op->end)
            continue;
        if (!best || op->end - op->start < best->end - best->start) found = i;
    }
    return found;
}

// The leaf that a value is, or -1.
static int32_t leaf_of_value(const Tape *t, const char *value)
{
    for (int32_t i = 0; value && i < t->now.graph->count; i++)
        if (t->now.graph->ops[i].kind != ADJ_UI_OP &&
            !g_strcmp0(t->now.graph->ops[i].label, value))
            return i;
    return -1;
}

static void selected(GtkWidget *panel, const AdjUiSelection *s)
{
    Tape *t = tape_of(panel);
    if (!t->now.layout || s->from == t) return;
    int32_t op = s->node != ADJ_UI_NONE ? adj_ui_graph_find(t->now.graph, s->node)
                                        : op_at_source(t, s->run, s->start);
    if (op < 0) op = leaf_of_value(t, s->value);
    int32_t box = op >= 0     ? t->now.layout->box_of[op]
                  : s->module ? box_of_module(t, s->module)
                              : -1;
    if (box < 0) return;
    t->selected = box;
    if (op >= 0) adj_ui_tape_order_choose(t->order, t->now.walk->index[op]);
    if (op >= 0 && t->now.graph->ops[op].kind != ADJ_UI_OP) show_fan(t, op);
    adj_ui_canvas_show(t->canvas, t->now.layout->boxes[box].r);
    adj_ui_canvas_changed(t->canvas);
}

// -- the list of the order ----------------------------------------------------------------

static void go(gpointer self, int32_t node)
{
    adj_ui_tape_go(self, node);
}

static void look(gpointer self, int32_t node)
{
    Tape *t = self;
    int32_t op = t->now.walk->ops[node];
    int32_t box = op >= 0 && t->now.layout ? t->now.layout->box_of[op] : -1;
    if (box < 0) return;
    select_box(t, box);
    adj_ui_canvas_show(t->canvas, t->now.layout->boxes[box].r);
}

static const AdjUiOrderOwner order_owner = {.go = go, .look = look};

// -- canvas -------------------------------------------------------------------------------

static AdjUiRect extent(gpointer self)
{
    const Tape *t = self;
    if (!t->now.layout) return adj_ui_rect(0, 0, 0, 0);
    AdjUiGraphScene scene = scene_of(t);
    return adj_ui_graph_extent(t->now.layout, scene.mirror, scene.seed_box >= 0);
}

static void paint(gpointer self, cairo_t *cr, const AdjUiView *view)
{
    const Tape *t = self;
    if (!t->now.layout) return;
    AdjUiGraphScene scene = scene_of(t);
    scene.clip = view->visible;
    scene.zoom = view->zoom;
    adj_ui_paint_graph(cr, view->theme, &scene);
}

static void paint_hover(gpointer self, cairo_t *cr, const AdjUiView *view)
{
    const Tape *t = self;
    if (!t->now.layout) return;
    AdjUiGraphScene scene = scene_of(t);
    scene.zoom = view->zoom;
    adj_ui_paint_graph_hover(cr, view->theme, &scene, t->hover_box, t->hover_strand);
}

static gboolean hover(gpointer self, gboolean inside, double x, double y)
{
    Tape *t = self;
    if (!t->now.layout) return FALSE;
    int32_t box = inside ? adj_ui_layout_box_at(t->now.layout, x, y) : -1, strand = -1;
    if (inside && (box < 0 || t->now.layout->boxes[box].open))
        strand = adj_ui_layout_strand_at(t->now.layout, x, y, 6);
    if (box == t->hover_box && strand == t->hover_strand) return FALSE;
    t->hover_box = box;
    t->hover_strand = strand;
    return TRUE;
}

static void marks_changed(gpointer self)
{
    adj_ui_canvas_changed(((Tape *)self)->canvas);
}

// Marks are of the tape, not of an operation's parts.
static void toggle_breakpoint(Tape *t, int32_t box)
{
    AdjUiItem item = t->now.layout->boxes[box].item;
    if (item < 0 || t->outer.graph) return;
    adj_ui_tape_say(t, adj_ui_breaks_toggle(t->breaks, item) ? _("Breakpoint set")
                                                             : _("Breakpoint removed"));
}

// Asks for the condition beside the box; -1: for one that holds anywhere.
static void ask_condition(Tape *t, int32_t box)
{
    AdjUiItem item = box >= 0 ? t->now.layout->boxes[box].item : -1;
    if (item < 0 && box >= 0) return;
    if (t->outer.graph) return;
    AdjUiView v;
    GdkRectangle at = {gtk_widget_get_width(t->canvas) / 2, 8, 1, 1};
    adj_ui_canvas_view(t->canvas, &v);
    if (box >= 0) {
        AdjUiRect r = t->now.layout->boxes[box].r;
        at = (GdkRectangle){(int)((r.x - v.visible.x) * v.zoom),
                            (int)((r.y - v.visible.y) * v.zoom), (int)(r.w * v.zoom),
                            (int)(r.h * v.zoom)};
    }
    adj_ui_breaks_ask(t->breaks, t->canvas, &at, item);
}

// The strand that the backward pass goes along from the node at the cursor.
static void select_strand(Tape *t, int32_t strand)
{
    const AdjUiStrand *s = &t->now.layout->strands[strand];
    t->strand = strand;
    t->selected = -1;
    for (int i = 0; t->now.walk->on && i < t->now.walk->outgoing_count; i++)
        if (t->now.walk->outgoing[i].op == s->op && adj_ui_walk_op(t->now.walk) == s->reader)
            adj_ui_tape_cards_walk(t->cards, t->now.walk, i);
    adj_ui_canvas_changed(t->canvas);
}

static void click(gpointer self, double x, double y, int presses, guint button,
                  GdkModifierType state)
{
    (void)state;
    Tape *t = self;
    if (!t->now.layout) return;
    int32_t box = adj_ui_layout_box_at(t->now.layout, x, y);
    int32_t strand = box < 0 || t->now.layout->boxes[box].open
                         ? adj_ui_layout_strand_at(t->now.layout, x, y, 6)
                         : -1;
    if (strand >= 0) {
        select_strand(t, strand);
    } else if (box >= 0 && button == GDK_BUTTON_SECONDARY) {
        ask_condition(t, box);
    } else if (box >= 0 && x - t->now.layout->boxes[box].r.x < 9 && presses == 1 &&
               t->now.layout->boxes[box].item >= 0) {
        toggle_breakpoint(t, box);  // in the margin, as in an editor
    } else if (box >= 0 && presses == 2) {
        adj_ui_tape_toggle_group(t, box);
    } else {
        select_box(t, box);
    }
}

// The box to which the arrow leads: the nearest one in that direction, sideways distance
// counting double.
static int32_t neighbour(const Tape *t, guint key)
{
    const AdjUiLayout *l = t->now.layout;
    if (t->selected < 0) return l->box_count ? 0 : -1;
    AdjUiRect a = l->boxes[t->selected].r;
    double nearest = INFINITY;
    int32_t found = -1;
    for (int32_t i = 0; i < l->box_count; i++) {
        AdjUiRect b = l->boxes[i].r;
        double dx = b.x + b.w / 2 - a.x - a.w / 2, dy = b.y + b.h / 2 - a.y - a.h / 2;
        double along = key == GDK_KEY_Right  ? dx
                       : key == GDK_KEY_Left ? -dx
                       : key == GDK_KEY_Down ? dy
                                             : -dy;
        double across = key == GDK_KEY_Right || key == GDK_KEY_Left ? fabs(dy) : fabs(dx);
        if (i == t->selected || l->boxes[i].open || along <= 1) continue;
        if (along + 2 * across >= nearest) continue;
        nearest = along + 2 * across;
        found = i;
    }
    return found;
}

static gboolean walk_key(Tape *t, guint key)
{
    if (!t->now.layout) return FALSE;
    switch (key) {
    case GDK_KEY_Left:
    case GDK_KEY_Right:
    case GDK_KEY_Up:
    case GDK_KEY_Down: {
        int32_t box = neighbour(t, key);
        if (box < 0) return TRUE;
        select_box(t, box);
        adj_ui_canvas_show(t->canvas, t->now.layout->boxes[box].r);
        return TRUE;
    }
    case GDK_KEY_Return:
    case GDK_KEY_space:
        if (t->selected >= 0) adj_ui_tape_toggle_group(t, t->selected);
        return TRUE;
    case GDK_KEY_q:
        gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(t->quiz),
                                     !adj_ui_tape_cards_asking(t->cards));
        return TRUE;
    case GDK_KEY_b:
        if (t->selected >= 0) toggle_breakpoint(t, t->selected);
        return TRUE;
    case GDK_KEY_B: ask_condition(t, t->selected); return TRUE;
    default: return FALSE;
    }
}

static gboolean key_pressed(gpointer self, guint key, GdkModifierType state)
{
    Tape *t = self;
    if (adj_ui_tape_step_key(t, key, state)) return TRUE;
    return state & (GDK_CONTROL_MASK | GDK_ALT_MASK) ? FALSE : walk_key(t, key);
}

static const AdjUiCanvasOwner canvas_owner = {
    .extent = extent,
    .paint = paint,
    .paint_hover = paint_hover,
    .hover = hover,
    .click = click,
    .key = key_pressed,
    .readable_zoom = 0.75,
};

// -- the panel ----------------------------------------------------------------------------

static gboolean any_key(GtkEventControllerKey *k, guint key, guint code, GdkModifierType state,
                        gpointer self)
{
    (void)k, (void)code;
    gboolean function = key >= GDK_KEY_F1 && key <= GDK_KEY_F12;
    return function || state & GDK_ALT_MASK ? key_pressed(self, key, state) : FALSE;
}

static void set_quiz(Tape *t, gboolean on)
{
    if (t->now.walk) t->now.walk->masked = on;
    adj_ui_tape_cards_quiz(t->cards, on);
    adj_ui_canvas_changed(t->canvas);
    if (t->now.walk && t->now.walk->on) adj_ui_tape_cards_ask(t->cards);
}

static void switched(GtkToggleButton *b, gpointer self)
{
    Tape *t = self;
    if (GTK_WIDGET(b) == t->quiz) {
        set_quiz(t, gtk_toggle_button_get_active(b));
        return;
    }
    if (GTK_WIDGET(b) == t->down) {
        adj_ui_keep("tape", "down", gtk_toggle_button_get_active(b));
        t->first = TRUE;
    }
    if (GTK_WIDGET(b) == t->data || GTK_WIDGET(b) == t->down)
        adj_ui_tape_lay_out(t, NULL);
    else
        adj_ui_canvas_fit(t->canvas);
}

static void list_switched(GtkToggleButton *b, gpointer self)
{
    Tape *t = self;
    gboolean shown = gtk_toggle_button_get_active(b);
    adj_ui_keep("tape", "order", shown);
    gtk_widget_set_visible(t->order, shown);
}

static void anywhere_clicked(GtkButton *b, gpointer self)
{
    (void)b;
    ask_condition(self, -1);
}

static GtkWidget *toggle(Tape *t, const char *icon, const char *text, gboolean active)
{
    GtkWidget *b = gtk_toggle_button_new();
    gtk_button_set_icon_name(GTK_BUTTON(b), icon);
    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(b), active);
    gtk_widget_set_tooltip_text(b, text);
    gtk_accessible_update_property(GTK_ACCESSIBLE(b), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
    g_signal_connect(b, "toggled", G_CALLBACK(switched), t);
    return b;
}

static GtkWidget *make_bar(Tape *t)
{
    GtkWidget *bar = adj_ui_bar_new();
    t->root = gtk_entry_new();
    gtk_editable_set_text(GTK_EDITABLE(t->root), "loss");
    t->named = g_strdup("loss");
    gtk_editable_set_width_chars(GTK_EDITABLE(t->root), 8);
    gtk_widget_set_tooltip_text(t->root, _("Where the backward pass begins"));
    gtk_box_append(GTK_BOX(bar), t->root);
    adj_ui_tape_add_buttons(t, bar);
    gtk_box_append(GTK_BOX(bar),
                   adj_ui_button_new("media-record-symbolic", _("Stop anywhere where … (B)"),
                                     G_CALLBACK(anywhere_clicked), t));
    t->status = g_object_new(GTK_TYPE_LABEL, "xalign", 0.0f, "ellipsize", PANGO_ELLIPSIZE_END,
                             "margin-start", 8, NULL);
    // On a line of its own: in a narrow panel the buttons leave no room beside them.
    t->quiz = toggle(t, "adj-quiz-symbolic", _("Quiz: predict each gradient (Q)"), FALSE);
    gtk_box_append(GTK_BOX(bar), t->quiz);
    t->lanes = toggle(t, "object-flip-vertical-symbolic", _("Gradients in a lane of their own"),
                      FALSE);
    t->data = toggle(t, "view-list-symbolic", _("Parameters and data as boxes"), TRUE);
    t->down = toggle(t, "object-rotate-right-symbolic", _("From top to bottom"),
                     adj_ui_kept("tape", "down", FALSE));
    t->listed =
        adj_ui_toggle_new("view-continuous-symbolic", _("Order of the backward pass"),
                          adj_ui_kept("tape", "order", TRUE), G_CALLBACK(list_switched), t);
    gtk_box_append(GTK_BOX(bar), t->lanes);
    gtk_box_append(GTK_BOX(bar), t->data);
    gtk_box_append(GTK_BOX(bar), t->down);
    gtk_box_append(GTK_BOX(bar), t->listed);
    return bar;
}

static void tape_free(gpointer p)
{
    Tape *t = p;
    g_free(t->named);
    if (t->job) adj_ui_layout_cancel(t->job);
    adj_ui_tape_level_clear(&t->now);
    adj_ui_tape_level_clear(&t->outer);
    adj_ui_breaks_free(t->breaks);
    g_hash_table_unref(t->open);
    g_free(t);
}

static GtkWidget *create(AdjUiModel *model)
{
    Tape *t = g_new0(Tape, 1);
    t->model = model;
    t->open = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    t->selected = t->strand = t->hover_box = t->hover_strand = -1;
    t->first = TRUE;
    t->failed = -1;
    t->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    g_object_set_data_full(G_OBJECT(t->box), "tape", t, tape_free);
    t->canvas = adj_ui_canvas_new(&canvas_owner, t, _("Graph of the tape"));
    gtk_box_append(GTK_BOX(t->box), make_bar(t));
    gtk_box_append(GTK_BOX(t->box), t->status);
    t->cards = adj_ui_tape_cards_new(model);
    t->breaks = adj_ui_breaks_new(marks_changed, t);
    t->order = adj_ui_tape_order_new(&order_owner, t);
    gtk_widget_set_visible(t->order,
                           gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(t->listed)));
    GtkWidget *sides = gtk_paned_new(GTK_ORIENTATION_HORIZONTAL);
    gtk_paned_set_start_child(GTK_PANED(sides), t->canvas);
    gtk_paned_set_end_child(GTK_PANED(sides), t->order);
    gtk_paned_set_resize_end_child(GTK_PANED(sides), FALSE);
    gtk_paned_set_shrink_end_child(GTK_PANED(sides), TRUE);  // a narrow panel is the canvas
    GtkWidget *scroll = gtk_scrolled_window_new();
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scroll), GTK_POLICY_NEVER,
                                   GTK_POLICY_AUTOMATIC);
    GtkWidget *under = gtk_box_new(GTK_ORIENTATION_VERTICAL, 8);
    t->fan = adj_ui_tape_fan_new(model);
    t->failure = adj_ui_tape_failure_new();
    gtk_box_append(GTK_BOX(under), t->failure);
    gtk_box_append(GTK_BOX(under), t->fan);
    gtk_box_append(GTK_BOX(under), t->cards);
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroll), under);
    gtk_widget_set_margin_start(under, 8);
    gtk_widget_set_margin_end(under, 8);
    GtkWidget *paned = gtk_paned_new(GTK_ORIENTATION_VERTICAL);
    gtk_widget_set_vexpand(paned, TRUE);
    gtk_paned_set_start_child(GTK_PANED(paned), sides);
    gtk_paned_set_end_child(GTK_PANED(paned), scroll);
    gtk_paned_set_resize_end_child(GTK_PANED(paned), FALSE);
    gtk_paned_set_shrink_start_child(GTK_PANED(paned), FALSE);
    gtk_scrolled_window_set_min_content_height(GTK_SCROLLED_WINDOW(scroll), 330);
    gtk_box_append(GTK_BOX(t->box), paned);
    GtkEventController *keys = gtk_event_controller_key_new();
    g_signal_connect(keys, "key-pressed", G_CALLBACK(any_key), t);
    gtk_widget_add_controller(t->box, keys);
    return t->box;
}

static void quiz(GtkWidget *panel, gboolean on)
{
    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(tape_of(panel)->quiz), on);
}

static void draw(GtkWidget *panel, cairo_t *cr, int width, int height)
{
    Tape *t = tape_of(panel);
    if (!t->now.layout) return;
    AdjUiGraphScene scene = scene_of(t);
    AdjUiRect all = scene.clip =
        adj_ui_graph_extent(t->now.layout, scene.mirror, scene.seed_box >= 0);
    double zoom = fmin(width / all.w, height / all.h);
    scene.zoom = 1;  // all words: who reads a file comes closer
    cairo_translate(cr, (width - all.w * zoom) / 2, (height - all.h * zoom) / 2);
    cairo_scale(cr, zoom, zoom);
    cairo_translate(cr, -all.x, -all.y);
    adj_ui_paint_graph(cr, adj_ui_theme(FALSE), &scene);
}

static void draw_size(GtkWidget *panel, int *width, int *height)
{
    const Tape *t = tape_of(panel);
    if (!t->now.layout) return;
    AdjUiGraphScene scene = scene_of(t);
    AdjUiRect all = adj_ui_graph_extent(t->now.layout, scene.mirror, scene.seed_box >= 0);
    double zoom = fmax(canvas_owner.readable_zoom, fmin(*width / all.w, 1.5));
    *width = (int)ceil(fmax(*width, all.w * zoom));
    *height = (int)ceil(fmax(*width / 4, all.h * zoom));
}

static char *table(GtkWidget *panel)
{
    Tape *t = tape_of(panel);
    GString *out = g_string_new("operation,module,shape,state,gradient norm\n");
    static const char *const fronts[] = {"", "waiting", "ready", "done", "next"};
    for (int32_t p = 0; t->now.graph && p < t->now.graph->count; p++) {
        int32_t i = t->now.graph->order[p];
        const AdjUiOp *op = &t->now.graph->ops[i];
        char shape[96];
        adj_ui_shape_text(shape, op->shape, op->rank);
        g_string_append_printf(out, "%s,%s,%s,%s,%.9g\n", op->label ? op->label : op->name,
                               op->module, shape, fronts[t->now.walk->states[i].front],
                               t->now.walk->states[i].grad_norm);
    }
    g_autofree char *fan = adj_ui_tape_fan_table(t->fan);
    g_autofree char *failure = adj_ui_tape_failure_table(t->failure);
    g_string_append(out, fan);
    g_string_append(out, failure);
    return g_string_free(out, FALSE);
}

const AdjUiPanel adj_ui_panel_tape = {
    .name = "tape",
    .title = N_("Tape"),
    .icon = "adj-tape-symbolic",
    .shortcut = "<Alt>2",
    .text = N_("The operations of the last step, and the backward pass one at a time"),
    .keys = adj_ui_tape_keys,
    .create = create,
    .update = update,
    .select = selected,
    .quiz = quiz,
    .draw = draw,
    .draw_size = draw_size,
    .table = table,
};
