// SPDX-License-Identifier: Apache-2.0
//
// The strip: it hears of scalars, findings and what is kept, and moves the cursor. Marks know
// the step at which they were made. Which cell a step belongs to is known from the order in
// which cells and steps arrived: a branch can so run its cell again.

#include "timeline/strip.h"

#include "paint/timeline.h"
#include "panels/parts/canvas.h"
#include "panels/parts/sheet.h"
#include "session/cursor.h"
#include "session/reply.h"
#include "session/wire.h"
#include "timeline/machine.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

enum { HEIGHT = 92, SUBSCRIPTIONS = 3 };

typedef struct {
    char *name;
    AdjUiPyramid *points;
} Series;

typedef struct {
    int count;     // number of the cell in the session
    gint64 first;  // the step that comes next when it began
    char *branch;
} Ran;

typedef struct Strip {
    AdjUiModel *model;
    AdjUiCursor *cursor;
    GtkWidget *revealer, *sheet, *status, *branch_menu, *branch_button, *machine;
    GtkWidget *rate, *seed, *again, *title;
    GPtrArray *series;    // of Series
    GArray *marks, *ran;  // of AdjUiMark with text of its own; of Ran
    double (*kept)[2];
    int kept_count;
    gint64 last;
    char *branch, *loss;  // the branch that the program is in; the series that is shown
    JsonArray *branches;
    AdjUiTimeCurve *curves;
    double from, to;        // of what is shown; equal: all
    gboolean wanted, said;  // said: the next return to the program leaves the line alone
    guint subscriptions[SUBSCRIPTIONS];
    void (*run)(gpointer self, int count);
    gpointer self;
} Strip;

static Strip *strip_of(GtkWidget *w)
{
    return g_object_get_data(G_OBJECT(w), "strip");
}

static void say(Strip *s, const char *text)
{
    gtk_label_set_text(GTK_LABEL(s->status), text);
    gtk_widget_set_tooltip_text(s->status, text);
}

// -- the picture --------------------------------------------------------------------------

static gboolean is_shown(const Strip *s, const char *name)
{
    if (!s->loss || g_str_equal(name, s->loss)) return TRUE;
    g_autofree char *end = g_strconcat("/", s->loss, NULL);
    return g_str_has_suffix(name, end);
}

static gboolean is_active(const Strip *s, const char *name)
{
    if (!s->branch || g_str_equal(s->branch, "main")) return g_strcmp0(name, s->loss) == 0;
    g_autofree char *own = g_strconcat(s->branch, "/", s->loss, NULL);
    return g_str_equal(name, own);
}

static double loss_at(const Strip *s, double step)
{
    double found = NAN;
    for (guint i = 0; i < s->series->len; i++) {
        const Series *each = g_ptr_array_index(s->series, i);
        int64_t at = adj_ui_pyramid_find(each->points, step);
        if (!is_shown(s, each->name) || at >= adj_ui_pyramid_count(each->points) ||
            adj_ui_pyramid_x(each->points, at) != step)
            continue;
        if (isnan(found) || is_active(s, each->name))
            found = adj_ui_pyramid_y(each->points, at);
    }
    return found;
}

static void scene_of(Strip *s, AdjUiTime *t)
{
    gint64 at = adj_ui_cursor_step(s->cursor);
    s->curves = g_renew(AdjUiTimeCurve, s->curves, s->series->len + 1);
    *t = (AdjUiTime){.curves = s->curves,
                     .marks = (const AdjUiMark *)(void *)s->marks->data,
                     .mark_count = (int)s->marks->len,
                     .kept = (const double(*)[2])s->kept,
                     .kept_count = s->kept_count,
                     .from = s->from,
                     .to = s->to,
                     .cursor = at == ADJ_UI_NONE ? NAN : (double)at,
                     .value = at == ADJ_UI_NONE ? NAN : loss_at(s, (double)at),
                     .exact = adj_ui_cursor_is_same(s->cursor)};
    double last = (double)MAX(s->last, 1);
    for (guint i = 0; i < s->series->len; i++) {
        const Series *each = g_ptr_array_index(s->series, i);
        int64_t n = adj_ui_pyramid_count(each->points);
        if (!is_shown(s, each->name) || !n) continue;
        s->curves[t->curve_count++] = (AdjUiTimeCurve){each->points, is_active(s, each->name)};
        last = fmax(last, adj_ui_pyramid_x(each->points, n - 1));
    }
    if (t->from < t->to) return;
    t->from = 1;
    t->to = last;
}

static void paint(gpointer self, cairo_t *cr, const AdjUiTheme *theme, int width, int height)
{
    AdjUiTime t;
    scene_of(self, &t);
    adj_ui_paint_time(cr, theme, &t, width, height);
}

static void paint_hover(gpointer self, cairo_t *cr, const AdjUiTheme *theme, double x, double y)
{
    (void)y;
    Strip *s = self;
    int width, height;
    AdjUiTime t;
    scene_of(s, &t);
    adj_ui_sheet_size(s->sheet, &width, &height);
    adj_ui_paint_time_hover(cr, theme, &t, width, height, x);
}

// -- what arrives -------------------------------------------------------------------------

static Series *series_named(Strip *s, const char *name)
{
    for (guint i = 0; i < s->series->len; i++) {
        Series *each = g_ptr_array_index(s->series, i);
        if (!strcmp(each->name, name)) return each;
    }
    Series *each = g_new0(Series, 1);
    each->name = g_strdup(name);
    each->points = adj_ui_pyramid_new();
    g_ptr_array_add(s->series, each);
    if (!s->loss || (strcmp(s->loss, "loss") && !strcmp(name, "loss"))) {
        g_free(s->loss);
        s->loss = g_strdup(name);
    }
    return each;
}

static void appear(Strip *s)
{
    gtk_revealer_set_reveal_child(GTK_REVEALER(s->revealer), s->wanted && s->series->len > 0);
    gtk_widget_set_visible(s->revealer, s->wanted && s->series->len > 0);
}

static void take_scalars(gpointer self, JsonObject *event)
{
    Strip *s = self;
    JsonArray *list = adj_ui_reply_array(event, "series");
    for (guint i = 0; i < adj_ui_reply_length(list); i++) {
        JsonObject *o = adj_ui_reply_object_at(list, i);
        JsonArray *steps = adj_ui_reply_array(o, "steps"),
                  *values = adj_ui_reply_array(o, "values");
        guint count = MIN(adj_ui_reply_length(steps), adj_ui_reply_length(values));
        if (!count) continue;
        Series *each = series_named(s, adj_ui_reply_text(o, "name", "?"));
        for (guint k = 0; k < count; k++)
            adj_ui_pyramid_add(each->points, adj_ui_reply_number_at(steps, k),
                               adj_ui_reply_number_at(values, k));
    }
    appear(s);
    adj_ui_sheet_changed(s->sheet);
}

static void take_first(gpointer self, JsonObject *reply, const char *error)
{
    if (!error) take_scalars(self, reply);
}

static void add_mark(Strip *s, gint64 step, AdjUiMarkKind kind, const char *text)
{
    for (guint i = 0; i < s->marks->len; i++) {
        const AdjUiMark *m = &g_array_index(s->marks, AdjUiMark, i);
        if (m->kind == kind && !g_strcmp0(m->text, text)) return;
    }
    AdjUiMark m = {(double)step, kind, g_strdup(text)};
    g_array_append_val(s->marks, m);
    adj_ui_sheet_changed(s->sheet);
}

static void take_health(gpointer self, JsonObject *event)
{
    JsonArray *list = adj_ui_reply_array(event, "findings");
    for (guint i = 0; i < adj_ui_reply_length(list); i++) {
        JsonObject *o = adj_ui_reply_object_at(list, i);
        const char *level = adj_ui_reply_text(o, "level", "");
        if (!strcmp(level, "info")) continue;
        add_mark(self, adj_ui_reply_integer(event, "step", 0),
                 strcmp(level, "critical") ? ADJ_UI_MARK_FINDING : ADJ_UI_MARK_ILL,
                 adj_ui_reply_text(o, "message", ""));
    }
}

static void fill_branches(Strip *s);

static void take_timeline(gpointer self, JsonObject *event)
{
    Strip *s = self;
    JsonArray *kept = adj_ui_reply_array(event, "kept");
    s->last = adj_ui_reply_integer(event, "step", s->last);
    s->kept_count = 0;
    s->kept = g_realloc_n(s->kept, adj_ui_reply_length(kept) + 1, sizeof *s->kept);
    for (guint i = 0; i < adj_ui_reply_length(kept); i++) {
        JsonArray *range = json_array_get_array_element(kept, i);
        for (int k = 0; k < 2; k++)
            s->kept[s->kept_count][k] = adj_ui_reply_number_at(range, (guint)k);
        s->kept_count++;
    }
    const char *branch = adj_ui_reply_text(event, "branch", "main");
    JsonArray *branches = adj_ui_reply_array(event, "branches");
    gboolean other = g_strcmp0(branch, s->branch) ||
                     adj_ui_reply_length(branches) != adj_ui_reply_length(s->branches);
    g_free(s->branch);
    s->branch = g_strdup(branch);
    g_clear_pointer(&s->branches, json_array_unref);
    if (branches) s->branches = json_array_ref(branches);
    if (other) fill_branches(s);
    adj_ui_machine_step(s->machine, s->last);
    adj_ui_sheet_changed(s->sheet);
}

// Which cell runs the steps that follow.
static void published(AdjUiModel *m, gconstpointer p, gpointer self)
{
    (void)m;
    Strip *s = strip_of(self);
    const AdjUiMessage *message = p;
    if (strcmp(adj_ui_reply_text(message->header, "msg_type", ""), "execute_input")) return;
    Ran ran = {(int)adj_ui_reply_integer(message->content, "execution_count", 0), s->last + 1,
               g_strdup(s->branch)};
    g_array_append_val(s->ran, ran);
}

static int cell_of(const Strip *s, gint64 step)
{
    for (guint i = s->ran->len; i--;) {
        const Ran *r = &g_array_index(s->ran, Ran, i);
        if (r->first <= step) return r->count;
    }
    return 0;
}

// -- moving -------------------------------------------------------------------------------

static void moved(AdjUiCursor *c, gpointer self)
{
    Strip *s = strip_of(self);
    gint64 step = adj_ui_cursor_step(c);
    gtk_widget_set_sensitive(s->branch_button, TRUE);
    if (step == ADJ_UI_NONE) {
        if (!s->said) say(s, "");
        s->said = FALSE;
    } else {
        g_autofree char *text = g_strdup_printf(
            adj_ui_cursor_is_same(c)
                ? _("Step %" G_GINT64_FORMAT ", computed again bit for bit")
                : _("Step %" G_GINT64_FORMAT ", computed again, not bit for bit: the program "
                    "changed something that was not recorded"),
            step);
        say(s, text);
        gtk_accessible_update_property(GTK_ACCESSIBLE(s->sheet),
                                       GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
    }
    adj_ui_sheet_changed(s->sheet);
}

static void refused(AdjUiCursor *c, const char *why, gpointer self)
{
    (void)c;
    Strip *s = strip_of(self);
    say(s, why);
    s->said = TRUE;
}

static void go(Strip *s, double step)
{
    if (step > (double)s->last) step = (double)s->last;
    adj_ui_cursor_go(s->cursor, step < 0 ? 0 : (gint64)step);
}

static void go_to_x(Strip *s, double x)
{
    int width, height;
    AdjUiTime t;
    scene_of(s, &t);
    adj_ui_sheet_size(s->sheet, &width, &height);
    int mark = adj_ui_time_mark(&t, width, x);
    go(s, mark < 0 ? adj_ui_time_step(&t, width, x) : t.marks[mark].step);
}

static void clicked(gpointer self, double x, double y, int presses, GdkModifierType state)
{
    (void)y, (void)presses, (void)state;
    go_to_x(self, x);
}

static void dragged(gpointer self, double x, double y, double dx, double dy, gboolean done)
{
    (void)y, (void)dy, (void)done;
    go_to_x(self, x + dx);
}

static gboolean scrolled(gpointer self, double x, double y, double dx, double dy,
                         GdkModifierType state)
{
    (void)y, (void)dx, (void)state;
    Strip *s = self;
    int width, height;
    AdjUiTime t;
    scene_of(s, &t);
    adj_ui_sheet_size(s->sheet, &width, &height);
    double at = adj_ui_time_step(&t, width, x), factor = exp(dy * 0.2);
    s->from = fmax(at - (at - t.from) * factor, 1);
    s->to = fmin(at + (t.to - at) * factor, (double)MAX(s->last, 2));
    if (s->to - s->from >= (double)s->last - 1.5) s->from = s->to = 0;
    adj_ui_sheet_changed(s->sheet);
    return TRUE;
}

static void back_to_program(Strip *s)
{
    adj_ui_cursor_go(s->cursor, ADJ_UI_NONE);
}

static void bookmark(Strip *s)
{
    gint64 step = adj_ui_cursor_wish(s->cursor);
    if (step == ADJ_UI_NONE) step = s->last;
    for (guint i = 0; i < s->marks->len; i++) {
        AdjUiMark *m = &g_array_index(s->marks, AdjUiMark, i);
        if (m->kind != ADJ_UI_MARK_BOOKMARK || (gint64)m->step != step) continue;
        g_array_remove_index(s->marks, i);
        adj_ui_sheet_changed(s->sheet);
        return;
    }
    g_autofree char *text = g_strdup_printf(_("Bookmark at step %" G_GINT64_FORMAT), step);
    add_mark(s, step, ADJ_UI_MARK_BOOKMARK, text);
    say(s, text);
}

// The next mark in a direction.
static void go_to_mark(Strip *s, int direction)
{
    gint64 now = adj_ui_cursor_wish(s->cursor);
    double at = now == ADJ_UI_NONE ? (double)s->last + 1 : (double)now, best = INFINITY;
    for (guint i = 0; i < s->marks->len; i++) {
        double away = (g_array_index(s->marks, AdjUiMark, i).step - at) * direction;
        if (away > 0 && away < best) best = away;
    }
    if (isfinite(best)) go(s, at + best * direction);
}

static gboolean key_pressed(gpointer self, guint key, GdkModifierType state)
{
    Strip *s = self;
    gint64 at = adj_ui_cursor_wish(s->cursor), stride = state & GDK_SHIFT_MASK ? 10 : 1;
    if (state & (GDK_ALT_MASK | GDK_CONTROL_MASK)) return FALSE;
    switch (key) {
    case GDK_KEY_Left: go(s, (double)(at == ADJ_UI_NONE ? s->last : at - stride)); return TRUE;
    case GDK_KEY_Right:
        if (at != ADJ_UI_NONE && at + stride > s->last)
            back_to_program(s);
        else if (at != ADJ_UI_NONE)
            go(s, (double)(at + stride));
        return TRUE;
    case GDK_KEY_Home: go(s, s->kept_count ? s->kept[0][0] : 1); return TRUE;
    case GDK_KEY_End:
    case GDK_KEY_Escape: back_to_program(s); return TRUE;
    case GDK_KEY_b: bookmark(s); return TRUE;
    case GDK_KEY_bracketleft: go_to_mark(s, -1); return TRUE;
    case GDK_KEY_bracketright: go_to_mark(s, 1); return TRUE;
    default: return FALSE;
    }
}

static const AdjUiSheetOwner sheet_owner = {
    .paint = paint,
    .paint_hover = paint_hover,
    .click = clicked,
    .drag = dragged,
    .scroll = scrolled,
    .key = key_pressed,
};

// -- branches -----------------------------------------------------------------------------

static void take_branch(gpointer self, JsonObject *reply, const char *error)
{
    Strip *s = self;
    if (error) {
        say(s, error);
        return;
    }
    gint64 step = adj_ui_reply_integer(reply, "step", 0);
    const char *name = adj_ui_reply_text(reply, "branch", "");
    g_autofree char *text =
        g_strdup_printf(_("In %s, after step %" G_GINT64_FORMAT ". %s"), name, step,
                        adj_ui_reply_text(reply, "left_alone", ""));
    s->last = step;
    s->said = adj_ui_cursor_wish(s->cursor) != ADJ_UI_NONE;
    back_to_program(s);
    say(s, text);
    g_signal_emit_by_name(s->model, "ran");
}

typedef struct {
    Strip *strip;
    int run;  // the cell that is to be run again, 0: none
    gint64 step;
} Branching;

static void take_new_branch(gpointer self, JsonObject *reply, const char *error)
{
    g_autofree Branching *b = self;
    Strip *s = b->strip;
    take_branch(s, reply, error);
    if (error) return;
    const char *name = adj_ui_reply_text(reply, "branch", "");
    g_free(s->branch);
    s->branch = g_strdup(name);
    add_mark(s, b->step, ADJ_UI_MARK_BRANCH, name);
    if (b->run > 0 && s->run) s->run(s->self, b->run);
}

static void read_number(GtkWidget *entry, JsonObject *fields, const char *name, gboolean whole)
{
    const char *text = gtk_editable_get_text(GTK_EDITABLE(entry));
    char *end;
    double x = g_ascii_strtod(text, &end);
    if (end == text || !isfinite(x)) return;
    if (whole)
        json_object_set_int_member(fields, name, (gint64)x);
    else
        json_object_set_double_member(fields, name, x);
}

static void branch_here(GtkWidget *from, gpointer self)
{
    (void)from;
    Strip *s = self;
    gint64 step = adj_ui_cursor_wish(s->cursor);
    if (step == ADJ_UI_NONE) step = s->last;
    Branching *b = g_new0(Branching, 1);
    *b = (Branching){s, 0, step};
    if (gtk_check_button_get_active(GTK_CHECK_BUTTON(s->again)))
        b->run = cell_of(s, MIN(step + 1, s->last));
    JsonObject *fields = adj_ui_fields("step", adj_ui_say_int(step), NULL);
    read_number(s->rate, fields, "lr", FALSE);
    read_number(s->seed, fields, "seed", TRUE);
    gtk_menu_button_popdown(GTK_MENU_BUTTON(s->branch_button));
    adj_ui_model_ask(s->model, "branch", fields, take_new_branch, b, G_OBJECT(s->revealer));
}

static void go_to_branch(GtkButton *button, gpointer self)
{
    Strip *s = self;
    gtk_menu_button_popdown(GTK_MENU_BUTTON(s->branch_menu));
    const char *name = g_object_get_data(G_OBJECT(button), "branch");
    adj_ui_model_ask(s->model, "branch", adj_ui_fields("to", adj_ui_say_text(name), NULL),
                     take_branch, s, G_OBJECT(s->revealer));
}

static void fill_branches(Strip *s)
{
    guint count = adj_ui_reply_length(s->branches);
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
    for (guint i = 0; i < count; i++) {
        JsonObject *o = adj_ui_reply_object_at(s->branches, i);
        const char *name = adj_ui_reply_text(o, "name", "?");
        gint64 from = adj_ui_reply_integer(o, "from", 0),
               last = adj_ui_reply_integer(o, "last", 0);
        g_autofree char *text =
            g_strdup_printf("%s   %" G_GINT64_FORMAT " … %" G_GINT64_FORMAT, name, from, last);
        GtkWidget *b = gtk_button_new_with_label(text);
        gtk_widget_add_css_class(b, "flat");
        gtk_label_set_xalign(GTK_LABEL(gtk_button_get_child(GTK_BUTTON(b))), 0);
        gtk_widget_set_sensitive(b, g_strcmp0(name, s->branch) != 0);
        g_object_set_data_full(G_OBJECT(b), "branch", g_strdup(name), g_free);
        g_signal_connect(b, "clicked", G_CALLBACK(go_to_branch), s);
        gtk_box_append(GTK_BOX(box), b);
    }
    GtkWidget *popover = gtk_popover_new();
    gtk_popover_set_child(GTK_POPOVER(popover), box);
    gtk_menu_button_set_popover(GTK_MENU_BUTTON(s->branch_menu), popover);
    gtk_menu_button_set_label(GTK_MENU_BUTTON(s->branch_menu), s->branch ? s->branch : "main");
    gtk_widget_set_visible(s->branch_menu, count > 1);
}

// -- putting it together ------------------------------------------------------------------

static GtkWidget *entry(const char *text)
{
    GtkWidget *e = gtk_entry_new();
    gtk_entry_set_placeholder_text(GTK_ENTRY(e), _("as it was"));
    gtk_editable_set_width_chars(GTK_EDITABLE(e), 12);
    gtk_accessible_update_property(GTK_ACCESSIBLE(e), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
    return e;
}

static void popover_shown(GtkWidget *popover, gpointer self)
{
    (void)popover;
    Strip *s = self;
    gint64 step = adj_ui_cursor_wish(s->cursor);
    if (step == ADJ_UI_NONE) step = s->last;
    g_autofree char *text = g_strdup_printf(_("Go on after step %" G_GINT64_FORMAT), step);
    gtk_label_set_text(GTK_LABEL(s->title), text);
}

static GtkWidget *branch_popover(Strip *s)
{
    GtkWidget *grid = gtk_grid_new(), *popover = gtk_popover_new();
    gtk_grid_set_row_spacing(GTK_GRID(grid), 8);
    gtk_grid_set_column_spacing(GTK_GRID(grid), 12);
    for (int i = 0; i < 4; i++) {
        static void (*const margins[])(GtkWidget *, int) = {
            gtk_widget_set_margin_start, gtk_widget_set_margin_end, gtk_widget_set_margin_top,
            gtk_widget_set_margin_bottom};
        margins[i](grid, 8);
    }
    s->title = gtk_label_new("");
    gtk_widget_add_css_class(s->title, "heading");
    s->rate = entry(_("Learning rate"));
    s->seed = entry(_("Seed"));
    s->again = gtk_check_button_new_with_label(_("Run its cell again"));
    gtk_check_button_set_active(GTK_CHECK_BUTTON(s->again), TRUE);
    GtkWidget *does = gtk_button_new_with_label(_("Branch Here"));
    gtk_widget_add_css_class(does, "suggested-action");
    g_signal_connect(does, "clicked", G_CALLBACK(branch_here), s);
    g_signal_connect(s->rate, "activate", G_CALLBACK(branch_here), s);
    g_signal_connect(s->seed, "activate", G_CALLBACK(branch_here), s);
    gtk_grid_attach(GTK_GRID(grid), s->title, 0, 0, 2, 1);
    gtk_grid_attach(GTK_GRID(grid), gtk_label_new(_("Learning rate")), 0, 1, 1, 1);
    gtk_grid_attach(GTK_GRID(grid), s->rate, 1, 1, 1, 1);
    gtk_grid_attach(GTK_GRID(grid), gtk_label_new(_("Seed")), 0, 2, 1, 1);
    gtk_grid_attach(GTK_GRID(grid), s->seed, 1, 2, 1, 1);
    gtk_grid_attach(GTK_GRID(grid), s->again, 0, 3, 2, 1);
    gtk_grid_attach(GTK_GRID(grid), does, 0, 4, 2, 1);
    gtk_popover_set_child(GTK_POPOVER(popover), grid);
    g_signal_connect(popover, "show", G_CALLBACK(popover_shown), s);
    return popover;
}

static void live_clicked(GtkButton *b, gpointer self)
{
    (void)b;
    back_to_program(self);
}

static void bookmark_clicked(GtkButton *b, gpointer self)
{
    (void)b;
    bookmark(self);
}

static GtkWidget *make_bar(Strip *s)
{
    GtkWidget *bar = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 4);
    gtk_widget_add_css_class(bar, "strip-bar");
    s->status = adj_ui_status_new();
    s->branch_menu = gtk_menu_button_new();
    gtk_widget_set_tooltip_text(s->branch_menu, _("The branch that the program is in"));
    gtk_widget_set_visible(s->branch_menu, FALSE);
    s->branch_button = gtk_menu_button_new();
    gtk_menu_button_set_label(GTK_MENU_BUTTON(s->branch_button), _("Branch"));
    gtk_widget_set_tooltip_text(s->branch_button,
                                _("Go on from this step with something changed"));
    gtk_menu_button_set_popover(GTK_MENU_BUTTON(s->branch_button), branch_popover(s));
    GtkWidget *parts[] = {
        s->machine = adj_ui_machine_new(s->model),
        s->status,
        adj_ui_button_new("user-bookmarks-symbolic", _("Bookmark this step (B)"),
                          G_CALLBACK(bookmark_clicked), s),
        s->branch_menu,
        s->branch_button,
        adj_ui_button_new("go-last-symbolic", _("Back to the program as it is (End)"),
                          G_CALLBACK(live_clicked), s),
    };
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (GTK_IS_BUTTON(parts[i]) || GTK_IS_MENU_BUTTON(parts[i]))
            gtk_widget_add_css_class(parts[i], "flat");
        gtk_box_append(GTK_BOX(bar), parts[i]);
    }
    return bar;
}

static void subscribe(Strip *s)
{
    static const struct {
        const char *topic;
        int rate;
        AdjUiEvent event;
    } rows[SUBSCRIPTIONS] = {{"timeline", 3, take_timeline},
                             {"scalars", 10, take_scalars},
                             {"health", 2, take_health}};
    for (int i = 0; i < SUBSCRIPTIONS; i++) {
        if (s->subscriptions[i]) adj_ui_model_unsubscribe(s->model, s->subscriptions[i]);
        s->subscriptions[i] = 0;
        if (!s->wanted) continue;
        JsonObject *fields = adj_ui_fields("topic", adj_ui_say_text(rows[i].topic), "rate",
                                           adj_ui_say_int(rows[i].rate), NULL);
        s->subscriptions[i] =
            adj_ui_model_subscribe(s->model, fields, rows[i].event, s, G_OBJECT(s->revealer));
    }
    if (s->wanted)
        adj_ui_model_ask(s->model, "scalars", NULL, take_first, s, G_OBJECT(s->revealer));
}

// Another session has another past.
static void connected(AdjUiModel *m, gpointer self)
{
    Strip *s = strip_of(self);
    g_ptr_array_set_size(s->series, 0);
    g_array_set_size(s->marks, 0);
    g_array_set_size(s->ran, 0);
    s->kept_count = 0;
    s->last = 0;
    s->from = s->to = 0;
    g_clear_pointer(&s->loss, g_free);
    appear(s);
    if (s->wanted) adj_ui_model_ask(m, "scalars", NULL, take_first, s, G_OBJECT(s->revealer));
}

static void series_free(gpointer p)
{
    Series *s = p;
    adj_ui_pyramid_free(s->points);
    g_free(s->name);
    g_free(s);
}

static void mark_clear(gpointer p)
{
    g_free((char *)((AdjUiMark *)p)->text);
}

static void ran_clear(gpointer p)
{
    g_free(((Ran *)p)->branch);
}

static void strip_free(gpointer p)
{
    Strip *s = p;
    g_ptr_array_unref(s->series);
    g_array_unref(s->marks);
    g_array_unref(s->ran);
    g_clear_pointer(&s->branches, json_array_unref);
    g_free(s->kept);
    g_free(s->branch);
    g_free(s->loss);
    g_free(s->curves);
    g_free(s);
}

GtkWidget *adj_ui_strip_new(AdjUiModel *model, void (*run)(gpointer self, int count),
                            gpointer self)
{
    Strip *s = g_new0(Strip, 1);
    s->model = model;
    s->run = run;
    s->self = self;
    s->cursor = adj_ui_cursor_of(model);
    s->series = g_ptr_array_new_with_free_func(series_free);
    s->marks = g_array_new(FALSE, TRUE, sizeof(AdjUiMark));
    s->ran = g_array_new(FALSE, TRUE, sizeof(Ran));
    g_array_set_clear_func(s->marks, mark_clear);
    g_array_set_clear_func(s->ran, ran_clear);
    s->revealer = gtk_revealer_new();
    gtk_revealer_set_transition_type(GTK_REVEALER(s->revealer),
                                     GTK_REVEALER_TRANSITION_TYPE_SLIDE_UP);
    g_object_set_data_full(G_OBJECT(s->revealer), "strip", s, strip_free);
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    gtk_widget_add_css_class(box, "strip");
    s->sheet = adj_ui_sheet_new(&sheet_owner, s, _("Steps of the training"));
    gtk_widget_set_size_request(s->sheet, -1, HEIGHT);
    gtk_widget_set_vexpand(s->sheet, FALSE);
    gtk_box_append(GTK_BOX(box), make_bar(s));
    gtk_box_append(GTK_BOX(box), s->sheet);
    gtk_revealer_set_child(GTK_REVEALER(s->revealer), box);
    g_signal_connect_object(s->cursor, "moved", G_CALLBACK(moved), s->revealer, 0);
    g_signal_connect_object(s->cursor, "refused", G_CALLBACK(refused), s->revealer, 0);
    g_signal_connect_object(model, "published", G_CALLBACK(published), s->revealer, 0);
    g_signal_connect_object(model, "connected", G_CALLBACK(connected), s->revealer, 0);
    appear(s);
    return s->revealer;
}

void adj_ui_strip_want(GtkWidget *strip, gboolean wanted)
{
    Strip *s = strip_of(strip);
    if (s->wanted == wanted) return;
    s->wanted = wanted;
    if (!wanted) back_to_program(s);
    subscribe(s);
    appear(s);
}

gboolean adj_ui_strip_wanted(GtkWidget *strip)
{
    return strip_of(strip)->wanted;
}

char *adj_ui_strip_table(GtkWidget *strip)
{
    const Strip *s = strip_of(strip);
    static const char *const kinds[] = {"finding", "illness", "bookmark", "branch"};
    GString *out = g_string_new("what,from,to,text\n");
    gint64 at = adj_ui_cursor_step(s->cursor);
    if (at != ADJ_UI_NONE)
        g_string_append_printf(out, "cursor,%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ",%.9g\n",
                               at, at, loss_at(s, (double)at));
    for (guint i = 0; i < s->marks->len; i++) {
        const AdjUiMark *m = &g_array_index(s->marks, AdjUiMark, i);
        g_string_append_printf(out, "%s,%.0f,%.0f,%s\n", kinds[m->kind], m->step, m->step,
                               m->text);
    }
    for (int i = 0; i < s->kept_count; i++)
        g_string_append_printf(out, "kept,%.0f,%.0f,\n", s->kept[i][0], s->kept[i][1]);
    return g_string_free(out, FALSE);
}

void adj_ui_strip_draw(GtkWidget *strip, cairo_t *cr, int width, int height)
{
    AdjUiTime t;
    scene_of(strip_of(strip), &t);
    adj_ui_paint_time(cr, adj_ui_theme_now(), &t, width, height);
}
