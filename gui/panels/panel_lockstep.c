// SPDX-License-Identifier: Apache-2.0
//
// Lockstep: two runs over the same batches, compared operation by operation.
//
// The session computes the steps that it has kept twice, as they were and with one thing
// changed, and answers for one step after another with how far apart every operation's result
// and gradient are. Above, the losses and a field of steps by operations; below, the tape of
// one step, its operations tinted. The line at the top names the first difference.

#include "paint/graph.h"
#include "paint/lockstep.h"
#include "panels/panel.h"
#include "panels/parts/canvas.h"
#include "panels/parts/sheet.h"
#include "panels/parts/trace.h"
#include "session/cursor.h"
#include "session/reply.h"
#include "sight/layout.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

enum { MOST_STEPS = 400, SHOWN_BOXES = 40 };

typedef struct {
    double root[2];
    float *values, *gradients;
} Step;

typedef struct Lockstep {
    AdjUiModel *model;
    GtkWidget *box, *sheet, *canvas, *what, *value, *of, *run, *banner;
    GArray *steps;  // of Step
    int operations, first_step, first_operation, chosen;
    gint64 from;
    gboolean running;
    AdjUiGraph *graph;
    AdjUiLayout *layout;
    AdjUiLayoutJob *job;
    float *heat;  // of every operation of the graph
    int32_t selected;
    gint64 traced;       // the step whose tape is shown
    double (*roots)[2];  // side by side, as the painter wants them
    const float **differs;
} Lockstep;

// What may differ, and what is asked for with it.
static const struct {
    const char *word, *field, *hint;
    enum { NUMBER, WHOLE, TEXT, NOTHING } kind;
} changes[] = {
    {N_("learning rate"), "lr", "0.02", NUMBER},
    {N_("double precision"), "dtype", "float64", NOTHING},
    {N_("optimizer"), "optimizer", "SGD", TEXT},
    {N_("first weights"), "init", "1", WHOLE},
    {N_("branch"), "branch", "", TEXT},
};

static Lockstep *lockstep_of(GtkWidget *w)
{
    return g_object_get_data(G_OBJECT(w), "lockstep");
}

static void say(Lockstep *l, const char *text)
{
    gtk_label_set_text(GTK_LABEL(l->banner), text);
    gtk_accessible_update_property(GTK_ACCESSIBLE(l->sheet),
                                   GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

static void step_clear(gpointer p)
{
    g_free(((Step *)p)->values);
    g_free(((Step *)p)->gradients);
}

static const float *shown_of(const Lockstep *l, const Step *s)
{
    return gtk_drop_down_get_selected(GTK_DROP_DOWN(l->of)) ? s->gradients : s->values;
}

// -- the tape of one step -----------------------------------------------------------------

static void tint(Lockstep *l)
{
    g_clear_pointer(&l->heat, g_free);
    if (!l->graph || l->chosen < 0 || l->chosen >= (int)l->steps->len) return;
    const float *d = shown_of(l, &g_array_index(l->steps, Step, l->chosen));
    l->heat = g_new0(float, (gsize)l->graph->count + 1);
    for (int32_t i = 0; i < l->graph->count; i++) {
        gint64 id = l->graph->ops[i].id;
        if (id >= 0 && id < l->operations) l->heat[i] = (float)adj_ui_difference_heat(d[id]);
    }
    adj_ui_canvas_changed(l->canvas);
}

static void show_layout(AdjUiLayout *layout, void *self)
{
    Lockstep *l = self;
    l->job = NULL;
    gboolean first = !l->layout;
    adj_ui_layout_free(l->layout);
    l->layout = layout;
    l->selected = -1;
    if (layout->graph != l->graph) {
        adj_ui_graph_unref(l->graph);
        l->graph = adj_ui_graph_ref(layout->graph);
    }
    tint(l);
    if (first) adj_ui_canvas_fit(l->canvas);
    adj_ui_canvas_changed(l->canvas);
}

static AdjUiGraph *graph_from_trace(void *source)
{
    return adj_ui_trace_graph(source);
}

static void take_trace(gpointer self, JsonObject *reply, const char *error)
{
    Lockstep *l = self;
    if (error || !adj_ui_reply_length(adj_ui_reply_array(reply, "ops"))) return;
    if (l->job) adj_ui_layout_cancel(l->job);
    AdjUiLayoutWish wish = {.most = SHOWN_BOXES,
                            .data = FALSE,
                            .before = l->layout,
                            .make = graph_from_trace,
                            .source = json_object_ref(reply),
                            .free_source = (GDestroyNotify)json_object_unref};
    l->job = adj_ui_layout_start(NULL, &wish, show_layout, l);
}

static void choose(Lockstep *l, int step)
{
    if (step < 0 || step >= (int)l->steps->len) return;
    l->chosen = step;
    adj_ui_sheet_changed(l->sheet);
    tint(l);
    if (l->graph || l->traced == l->from + step) return;
    l->traced = l->from + step;  // every compared step has the same operations
    adj_ui_model_ask(l->model, "trace", adj_ui_fields("step", adj_ui_say_int(l->traced), NULL),
                     take_trace, l, G_OBJECT(l->box));
}

// -- comparing ----------------------------------------------------------------------------

static float *numbers(JsonObject *reply, const char *field, int count)
{
    JsonArray *a = adj_ui_reply_array(reply, field);
    float *out = g_new(float, (gsize)count + 1);
    for (int i = 0; i < count; i++) out[i] = (float)adj_ui_reply_number_at(a, (guint)i);
    return out;
}

static void show_first(Lockstep *l, JsonObject *first)
{
    JsonArray *at = adj_ui_reply_array(first, "element");
    GString *place = g_string_new("[");
    char number[32];
    for (guint i = 0; i < adj_ui_reply_length(at); i++)
        g_string_append_printf(place, "%s%.0f", i ? "," : "", adj_ui_reply_number_at(at, i));
    g_string_append(place, "]");
    const char *module = adj_ui_reply_text(first, "module", "");
    g_autofree char *text = g_strdup_printf(
        _("First difference: step %" G_GINT64_FORMAT ", op %" G_GINT64_FORMAT " (%s%s%s%s), "
          "element %s, by %s of the largest"),
        adj_ui_reply_integer(first, "step", 0), adj_ui_reply_integer(first, "index", 0),
        adj_ui_reply_text(first, "op", "?"), *module ? _(" of ") : "", module,
        g_strcmp0(adj_ui_reply_text(first, "of", ""), "grad") ? "" : _(", its gradient"),
        place->str, adj_ui_number(number, adj_ui_reply_number(first, "difference", NAN), 3));
    say(l, text);
    l->first_step = (int)(adj_ui_reply_integer(first, "step", 0) - l->from);
    l->first_operation = (int)adj_ui_reply_integer(first, "index", 0);
    g_string_free(place, TRUE);
}

static void stop(Lockstep *l)
{
    l->running = FALSE;
    gtk_button_set_icon_name(GTK_BUTTON(l->run), "media-playback-start-symbolic");
    adj_ui_model_ask(l->model, "lockstep", adj_ui_fields("do", adj_ui_say_text("close"), NULL),
                     NULL, NULL, NULL);
}

static void next(Lockstep *l);

static void take_next(gpointer self, JsonObject *reply, const char *error)
{
    Lockstep *l = self;
    if (error) {
        say(l, error);
        stop(l);
        return;
    }
    if (!l->running) return;
    int count = (int)adj_ui_reply_length(adj_ui_reply_array(reply, "values"));
    if (!l->steps->len) l->operations = count;
    JsonArray *roots = adj_ui_reply_array(reply, "roots");
    Step s = {{adj_ui_reply_number_at(roots, 0), adj_ui_reply_number_at(roots, 1)},
              numbers(reply, "values", l->operations),
              numbers(reply, "gradients", l->operations)};
    g_array_append_val(l->steps, s);
    JsonObject *first = adj_ui_reply_object(reply, "first");
    gboolean found = first && l->first_step < 0;
    if (found) show_first(l, first);
    gboolean done = adj_ui_reply_flag(reply, "done") || l->steps->len >= MOST_STEPS;
    if (found || (done && l->chosen < 0)) choose(l, (int)l->steps->len - 1);
    if (done && l->first_step < 0) say(l, _("No difference in any operation of any step"));
    adj_ui_sheet_changed(l->sheet);
    if (done)
        stop(l);
    else
        next(l);
}

static void next(Lockstep *l)
{
    adj_ui_model_ask(l->model, "lockstep", adj_ui_fields("do", adj_ui_say_text("next"), NULL),
                     take_next, l, G_OBJECT(l->box));
}

static void take_start(gpointer self, JsonObject *reply, const char *error)
{
    Lockstep *l = self;
    if (error) {
        say(l, error);
        l->running = FALSE;
        return;
    }
    l->from = adj_ui_reply_integer(reply, "from", 1);
    gtk_button_set_icon_name(GTK_BUTTON(l->run), "media-playback-stop-symbolic");
    next(l);
}

static JsonObject *change_of(const Lockstep *l)
{
    guint k = gtk_drop_down_get_selected(GTK_DROP_DOWN(l->what));
    const char *text = gtk_editable_get_text(GTK_EDITABLE(l->value));
    if (!*text) text = changes[k].hint;
    JsonNode *node = changes[k].kind == NUMBER ? adj_ui_say_number(g_ascii_strtod(text, NULL))
                     : changes[k].kind == WHOLE
                         ? adj_ui_say_int(g_ascii_strtoll(text, NULL, 10))
                     : changes[k].kind == TEXT ? adj_ui_say_text(text)
                                               : adj_ui_say_text(changes[k].hint);
    return adj_ui_fields(changes[k].field, node, NULL);
}

// From the step that is looked at, or from where the steps that can be computed again begin.
static void take_timeline(gpointer self, JsonObject *reply, const char *error)
{
    Lockstep *l = self;
    JsonArray *kept = adj_ui_reply_array(reply, "kept");
    guint count = adj_ui_reply_length(kept);
    if (error || !count) {
        say(l, error ? error : _("No steps were kept yet: train while the strip is shown."));
        l->running = FALSE;
        return;
    }
    gint64 from = adj_ui_cursor_step(adj_ui_cursor_of(l->model)), last = 0;
    for (guint i = 0; i < count; i++) {
        JsonArray *range = json_array_get_array_element(kept, i);
        gint64 a = (gint64)adj_ui_reply_number_at(range, 0),
               b = (gint64)adj_ui_reply_number_at(range, 1);
        gboolean holds = from >= a && from <= b;
        if (from == ADJ_UI_NONE && i + 1 == count) from = MAX(a, b - MOST_STEPS + 1);
        if (holds || i + 1 == count) last = MAX(last, b);
        if (holds) break;
    }
    JsonObject *fields =
        adj_ui_fields("do", adj_ui_say_text("start"), "step", adj_ui_say_int(from), "last",
                      adj_ui_say_int(MIN(last, from + MOST_STEPS - 1)), NULL);
    json_object_set_object_member(fields, "change", change_of(l));
    adj_ui_model_ask(l->model, "lockstep", fields, take_start, l, G_OBJECT(l->box));
}

static void run(GtkWidget *w, gpointer self)
{
    (void)w;
    Lockstep *l = self;
    if (l->running) {
        stop(l);
        return;
    }
    l->running = TRUE;
    l->first_step = l->first_operation = l->chosen = -1;
    l->traced = -1;
    g_array_set_size(l->steps, 0);
    g_clear_pointer(&l->graph, adj_ui_graph_unref);
    g_clear_pointer(&l->heat, g_free);
    say(l, _("Both runs are computed again …"));
    adj_ui_model_ask(l->model, "timeline", NULL, take_timeline, l, G_OBJECT(l->box));
}

// -- the pictures -------------------------------------------------------------------------

static void scene_of(Lockstep *l, AdjUiLockstep *scene)
{
    guint n = l->steps->len;
    l->roots = g_realloc_n(l->roots, n + 1, sizeof *l->roots);
    l->differs = g_renew(const float *, l->differs, n + 1);
    for (guint i = 0; i < n; i++) {
        const Step *s = &g_array_index(l->steps, Step, i);
        memcpy(l->roots[i], s->root, sizeof *l->roots);
        l->differs[i] = shown_of(l, s);
    }
    *scene = (AdjUiLockstep){.roots = (const double(*)[2])l->roots,
                             .differs = l->differs,
                             .from = l->from,
                             .steps = (int)n,
                             .operations = l->operations,
                             .first_step = l->first_step,
                             .first_operation = l->first_operation,
                             .chosen = l->chosen,
                             .names = {_("as it was"), _("changed")}};
}

static void paint(gpointer self, cairo_t *cr, const AdjUiTheme *theme, int width, int height)
{
    AdjUiLockstep scene;
    scene_of(self, &scene);
    adj_ui_paint_lockstep(cr, theme, &scene, width, height);
}

static void paint_hover(gpointer self, cairo_t *cr, const AdjUiTheme *theme, double x, double y)
{
    Lockstep *l = self;
    AdjUiLockstep scene;
    int width, height;
    char number[32];
    scene_of(l, &scene);
    adj_ui_sheet_size(l->sheet, &width, &height);
    int step = adj_ui_lockstep_step_at(&scene, width, x),
        op = adj_ui_lockstep_operation_at(&scene, height, y);
    if (step < 0 || op < 0) return;
    int32_t at = l->graph ? adj_ui_graph_find(l->graph, op) : -1;
    g_autofree char *text =
        g_strdup_printf(_("step %" G_GINT64_FORMAT ", op %d %s: %s"), l->from + step, op,
                        at >= 0 ? l->graph->ops[at].name : "",
                        adj_ui_number(number, (double)scene.differs[step][op], 3));
    const AdjUiType type = {.size = 11};
    double w = adj_ui_text_width(cr, text, type) + 14;
    AdjUiRect r = adj_ui_rect(fmin(x + 12, width - w - 4), fmax(y - 26, 2), w, 20);
    adj_ui_card(cr, theme, r, theme->card, theme->line, 1);
    adj_ui_ink(cr, theme->text, 1);
    adj_ui_text(cr, text, type, ADJ_UI_LEFT, r.x + 7, r.y + 14, 0);
}

static void clicked(gpointer self, double x, double y, int presses, GdkModifierType state)
{
    (void)y, (void)presses, (void)state;
    Lockstep *l = self;
    AdjUiLockstep scene;
    int width, height;
    scene_of(l, &scene);
    adj_ui_sheet_size(l->sheet, &width, &height);
    choose(l, adj_ui_lockstep_step_at(&scene, width, x));
}

static gboolean key_pressed(gpointer self, guint key, GdkModifierType state)
{
    Lockstep *l = self;
    if (state & (GDK_ALT_MASK | GDK_CONTROL_MASK)) return FALSE;
    if (key == GDK_KEY_Left || key == GDK_KEY_Right)
        choose(l, l->chosen + (key == GDK_KEY_Left ? -1 : 1));
    else if (key == GDK_KEY_Home && l->first_step >= 0)
        choose(l, l->first_step);
    else
        return FALSE;
    return TRUE;
}

static const AdjUiSheetOwner sheet_owner = {
    .paint = paint, .paint_hover = paint_hover, .click = clicked, .key = key_pressed};

static AdjUiGraphScene graph_scene(const Lockstep *l)
{
    return (AdjUiGraphScene){.layout = l->layout,
                             .heat = l->heat,
                             .selected_box = l->selected,
                             .selected_strand = -1,
                             .focus_box = -1,
                             .seed_box = -1};
}

static AdjUiRect extent(gpointer self)
{
    const Lockstep *l = self;
    return l->layout ? adj_ui_graph_extent(l->layout, FALSE, FALSE) : adj_ui_rect(0, 0, 0, 0);
}

static void paint_graph(gpointer self, cairo_t *cr, const AdjUiView *view)
{
    const Lockstep *l = self;
    if (!l->layout || !l->heat) return;
    AdjUiGraphScene scene = graph_scene(l);
    scene.clip = view->visible;
    scene.zoom = view->zoom;
    adj_ui_paint_graph(cr, view->theme, &scene);
}

static void graph_clicked(gpointer self, double x, double y, int presses, guint button,
                          GdkModifierType state)
{
    (void)presses, (void)button, (void)state;
    Lockstep *l = self;
    l->selected = l->layout ? adj_ui_layout_box_at(l->layout, x, y) : -1;
    AdjUiItem item = l->selected >= 0 ? l->layout->boxes[l->selected].item : -1;
    adj_ui_canvas_changed(l->canvas);
    if (item < 0) return;
    const AdjUiOp *op = &l->graph->ops[item];
    AdjUiSelection s = ADJ_UI_SELECTION_NONE;
    s.from = l;
    s.module = (char *)op->module;
    s.node = op->id;
    s.run = op->cell;
    s.start = op->start;
    s.end = op->end;
    adj_ui_model_select(l->model, &s);
}

static const AdjUiCanvasOwner canvas_owner = {
    .extent = extent, .paint = paint_graph, .click = graph_clicked, .readable_zoom = 0.6};

// -- the panel ----------------------------------------------------------------------------

static void what_chosen(GObject *o, GParamSpec *p, gpointer self)
{
    (void)o, (void)p;
    Lockstep *l = self;
    guint k = gtk_drop_down_get_selected(GTK_DROP_DOWN(l->what));
    gtk_editable_set_text(GTK_EDITABLE(l->value), "");
    gtk_entry_set_placeholder_text(GTK_ENTRY(l->value), changes[k].hint);
    gtk_widget_set_visible(l->value, changes[k].kind != NOTHING);
}

static void of_chosen(GObject *o, GParamSpec *p, gpointer self)
{
    (void)o, (void)p;
    Lockstep *l = self;
    adj_ui_sheet_changed(l->sheet);
    tint(l);
}

static GtkWidget *make_bar(Lockstep *l)
{
    GtkWidget *bar = adj_ui_bar_new();
    const char *words[G_N_ELEMENTS(changes) + 1] = {NULL};
    for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) words[i] = _(changes[i].word);
    const char *const of[] = {_("results"), _("gradients"), NULL};
    l->value = gtk_entry_new();
    gtk_editable_set_width_chars(GTK_EDITABLE(l->value), 8);
    gtk_entry_set_placeholder_text(GTK_ENTRY(l->value), changes[0].hint);
    gtk_accessible_update_property(GTK_ACCESSIBLE(l->value), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Its value in the other run"), -1);
    g_signal_connect(l->value, "activate", G_CALLBACK(run), l);
    l->what = adj_ui_choice_new(words, _("What differs"), G_CALLBACK(what_chosen), l);
    l->of = adj_ui_choice_new(of, _("What is compared"), G_CALLBACK(of_chosen), l);
    l->run =
        adj_ui_button_new("media-playback-start-symbolic", _("Compare"), G_CALLBACK(run), l);
    gtk_box_append(GTK_BOX(bar), l->what);
    gtk_box_append(GTK_BOX(bar), l->value);
    gtk_box_append(GTK_BOX(bar), l->run);
    gtk_box_append(GTK_BOX(bar), l->of);
    return bar;
}

static void lockstep_free(gpointer p)
{
    Lockstep *l = p;
    if (l->job) adj_ui_layout_cancel(l->job);
    adj_ui_layout_free(l->layout);
    if (l->graph) adj_ui_graph_unref(l->graph);
    g_array_unref(l->steps);
    g_free(l->heat);
    g_free(l->roots);
    g_free(l->differs);
    g_free(l);
}

static GtkWidget *create(AdjUiModel *model)
{
    Lockstep *l = g_new0(Lockstep, 1);
    l->model = model;
    l->steps = g_array_new(FALSE, TRUE, sizeof(Step));
    g_array_set_clear_func(l->steps, step_clear);
    l->first_step = l->chosen = l->selected = -1;
    l->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    g_object_set_data_full(G_OBJECT(l->box), "lockstep", l, lockstep_free);
    l->banner = g_object_new(GTK_TYPE_LABEL, "xalign", 0.0f, "wrap", TRUE, "margin-start", 12,
                             "margin-end", 12, "margin-bottom", 6, "selectable", TRUE, NULL);
    l->sheet = adj_ui_sheet_new(&sheet_owner, l, _("Differences of two runs, step by step"));
    l->canvas = adj_ui_canvas_new(&canvas_owner, l, _("Tape, tinted by difference"));
    gtk_box_append(GTK_BOX(l->box), make_bar(l));
    gtk_box_append(GTK_BOX(l->box), l->banner);
    GtkWidget *paned = gtk_paned_new(GTK_ORIENTATION_VERTICAL);
    gtk_widget_set_vexpand(paned, TRUE);
    gtk_widget_set_size_request(l->sheet, -1, 200);
    gtk_widget_set_size_request(l->canvas, -1, 190);
    gtk_paned_set_start_child(GTK_PANED(paned), l->sheet);
    gtk_paned_set_end_child(GTK_PANED(paned), l->canvas);
    gtk_paned_set_shrink_start_child(GTK_PANED(paned), FALSE);
    gtk_paned_set_shrink_end_child(GTK_PANED(paned), FALSE);
    gtk_box_append(GTK_BOX(l->box), paned);
    say(l, _("Two runs over the same batches, with one thing changed from the step at the "
             "cursor on: where do they part?"));
    return l->box;
}

static void draw(GtkWidget *panel, cairo_t *cr, int width, int height)
{
    paint(lockstep_of(panel), cr, adj_ui_theme_now(), width, height);
}

static char *table(GtkWidget *panel)
{
    const Lockstep *l = lockstep_of(panel);
    GString *out = g_string_new("step,operation,difference,difference of gradient\n");
    for (guint i = 0; i < l->steps->len; i++) {
        const Step *s = &g_array_index(l->steps, Step, i);
        for (int k = 0; k < l->operations; k++)
            g_string_append_printf(out, "%" G_GINT64_FORMAT ",%d,%.9g,%.9g\n", l->from + i, k,
                                   (double)s->values[k], (double)s->gradients[k]);
    }
    return g_string_free(out, FALSE);
}

const AdjUiPanel adj_ui_panel_lockstep = {
    .name = "lockstep",
    .title = N_("Lockstep"),
    .icon = "adj-lockstep-symbolic",
    .shortcut = "<Alt>l",
    .text = N_("Two runs over the same batches, operation by operation"),
    .create = create,
    .draw = draw,
    .table = table,
};
