// SPDX-License-Identifier: Apache-2.0
// present.c: see present.h. What a step shows follows from all steps up to it (a layout holds
// until another is said), so going back shows what was shown before. What the window was before
// is kept in one struct and put back whole.
#include "present.h"

#include "notebook/lesson.h"
#include "panels/panel.h"
#include "settings.h"

#include <glib/gi18n.h>
#include <math.h>

// How the panes lie.
typedef struct {
    const char *panel;  // NULL: none
    double cells;       // share of the width
    int zoom[ADJ_UI_PANES];
    gboolean quiz;
} Layout;

typedef struct {
    GtkWidget *window, *title, *count, *previous, *next;
    GtkEventController *keys;
    AdjUiPage *page;
    GArray *steps;
    guint at;
    Layout now;
    // Before the presentation.
    Layout before;
    gboolean navigator, panels, fullscreen;
    int position;
    gulong resized, changed, gone;
} Present;

static Present *present_of(GtkWidget *window)
{
    return g_object_get_data(G_OBJECT(window), "present");
}

gboolean adj_ui_presenting(GtkWidget *window)
{
    return present_of(window) != NULL;
}

// -- layouts --------------------------------------------------------------------------------

static GtkWidget *cells_pane(AdjUiPage *p)
{
    return gtk_paned_get_start_child(GTK_PANED(p->right));
}

static Layout layout_now(AdjUiPage *p)
{
    gboolean panel = gtk_widget_get_visible(p->panels);
    gboolean cells = gtk_widget_get_visible(cells_pane(p));
    double width = MAX(gtk_widget_get_width(p->right), 1);
    double share = gtk_paned_get_position(GTK_PANED(p->right)) / width;
    return (Layout){.panel = panel ? adj_ui_panels_shown(p->panels) : NULL,
                    .cells = !cells  ? 0
                             : panel ? CLAMP(share, 0.05, 0.95)
                                     : 1,
                    .zoom = {p->zoom[0], p->zoom[1]}};
}

static Layout layout_at(const Present *s, guint at)
{
    Layout l = {.panel = s->panels ? s->before.panel : NULL,
                .cells = s->panels ? 0.5 : 1,
                .zoom = {adj_ui_setting(ADJ_UI_SET_lecture_cells_zoom),
                         adj_ui_setting(ADJ_UI_SET_lecture_panel_zoom)}};
    for (guint i = 0; i <= at && i < s->steps->len; i++) {
        const AdjUiLessonStep *step = &g_array_index(s->steps, AdjUiLessonStep, i);
        if (step->panel) l.panel = *step->panel ? step->panel : NULL;
        if (step->panel && l.cells >= 1) l.cells = 0.5;
        if (!isnan(step->cells)) l.cells = step->cells;
        if (step->cells_zoom) l.zoom[ADJ_UI_PANE_CELLS] = step->cells_zoom;
        if (step->panel_zoom) l.zoom[ADJ_UI_PANE_PANEL] = step->panel_zoom;
        if (step->quiz >= 0) l.quiz = step->quiz;
    }
    if (!l.panel || !adj_ui_panel_find(l.panel)) l.panel = NULL, l.cells = 1;
    return l;
}

static void place_divider(Present *s)
{
    int width = gtk_widget_get_width(s->page->right);
    if (s->now.cells > 0 && s->now.cells < 1 && width > 0)
        gtk_paned_set_position(GTK_PANED(s->page->right), (int)lround(width * s->now.cells));
}

static void set_quiz(AdjUiPage *p, const char *panel, gboolean on)
{
    const AdjUiPanel *row = adj_ui_panel_find(panel);
    if (row && row->quiz) row->quiz(adj_ui_panels_show(p->panels, panel), on);
}

static void apply(Present *s, Layout l)
{
    AdjUiPage *p = s->page;
    gboolean panel = l.panel && l.cells < 1;
    if (s->now.quiz && (!l.quiz || g_strcmp0(s->now.panel, l.panel)))
        set_quiz(p, s->now.panel, FALSE);
    gtk_widget_set_visible(p->panels, panel);
    gtk_widget_set_visible(cells_pane(p), l.cells > 0 || !panel);
    if (panel) adj_ui_panels_show(p->panels, l.panel);
    for (int i = 0; i < ADJ_UI_PANES; i++) adj_ui_page_set_zoom(p, i, l.zoom[i], FALSE);
    if (l.quiz && panel) set_quiz(p, l.panel, TRUE);
    s->now = l;
    place_divider(s);
}

// -- steps ----------------------------------------------------------------------------------

static void show_step(Present *s)
{
    const AdjUiLessonStep *step = &g_array_index(s->steps, AdjUiLessonStep, s->at);
    g_autofree char *count = g_strdup_printf(_("%u of %u"), s->at + 1, s->steps->len);
    gtk_label_set_text(GTK_LABEL(s->title), step->title);
    gtk_label_set_text(GTK_LABEL(s->count), count);
    gtk_widget_set_sensitive(s->previous, s->at > 0);
    gtk_widget_set_sensitive(s->next, s->at + 1 < s->steps->len);
    adj_ui_page_limit(s->page, step->first, step->end);
}

static void go(Present *s, guint at)
{
    s->at = at;
    show_step(s);
    apply(s, layout_at(s, at));
    adj_ui_page_go(s->page, 0, FALSE);
}

// Cells came or went: the steps may be others, the one shown begins with the same cell.
static void restructured(AdjUiNotebook *n, gpointer self)
{
    Present *s = self;
    AdjUiCell *here = adj_ui_page_cell(s->page, s->page->cursor);
    g_array_unref(s->steps);
    s->steps = adj_ui_lesson_steps(n);
    s->at = here ? adj_ui_lesson_step_of(s->steps, n, here) : 0;
    show_step(s);
}

void adj_ui_present_turn(GtkWidget *window, const char *name, GVariant *v)
{
    (void)v;
    Present *s = present_of(window);
    if (!s) return;
    gboolean on = g_str_has_suffix(name, "next-step");
    if (on && s->at + 1 < s->steps->len) go(s, s->at + 1);
    if (!on && s->at > 0) go(s, s->at - 1);
}

void adj_ui_present_keep(GtkWidget *window, const char *name, GVariant *v)
{
    (void)name, (void)v;
    Present *s = present_of(window);
    if (!s) {
        adj_ui_window_tell(window, _("Layouts belong to steps: present the notebook first"));
        return;
    }
    Layout l = layout_now(s->page);
    AdjUiLessonStep *step = &g_array_index(s->steps, AdjUiLessonStep, s->at);
    g_free(step->panel);
    step->panel = g_strdup(l.panel ? l.panel : "");
    step->cells = round(l.cells * 100) / 100;
    step->cells_zoom = l.zoom[ADJ_UI_PANE_CELLS];
    step->panel_zoom = l.zoom[ADJ_UI_PANE_PANEL];
    adj_ui_lesson_keep(step);
    adj_ui_notebook_set_dirty(s->page->notebook, TRUE);
    adj_ui_window_tell(window, _("The step keeps this layout"));
}

// -- beginning and ending -------------------------------------------------------------------

// Keys that mean something only here: the rows of accels.c whose group is this.
static void set_keys(GtkWidget *window, gboolean on)
{
    GtkApplication *app = gtk_window_get_application(GTK_WINDOW(window));
    for (const AdjUiAccel *k = adj_ui_accels; app && k->action; k++) {
        g_auto(GStrv) keys = g_strsplit(on ? k->keys : "", " ", -1);
        if (g_str_equal(k->group, ADJ_UI_PRESENTATION))
            gtk_application_set_accels_for_action(app, k->action, (const char *const *)keys);
    }
}

static void end(Present *s)
{
    GtkWidget *window = s->window;
    AdjUiPage *p = s->page;
    g_signal_handler_disconnect(p->right, s->resized);
    g_signal_handler_disconnect(p->notebook, s->changed);
    g_signal_handler_disconnect(p->root, s->gone);
    AdjUiCell *here = adj_ui_page_cell(p, p->cursor);
    Layout before = s->before;
    apply(s, before);
    adj_ui_page_limit(p, NULL, NULL);
    adj_ui_panels_set_bare(p->panels, FALSE);
    if (before.panel) adj_ui_panels_show(p->panels, before.panel);
    gtk_widget_set_visible(cells_pane(p), TRUE);
    gtk_widget_set_visible(p->panels, s->panels);
    gtk_widget_set_visible(p->navigator, s->navigator);
    gtk_widget_set_visible(gtk_widget_get_parent(p->strip), TRUE);
    gtk_paned_set_position(GTK_PANED(p->right), s->position);
    adj_ui_window_bare(window, NULL);
    gtk_widget_remove_controller(window, s->keys);
    gtk_widget_remove_css_class(window, "presenting");
    if (!s->fullscreen) gtk_window_unfullscreen(GTK_WINDOW(window));
    set_keys(window, FALSE);
    g_array_unref(s->steps);
    g_object_set_data(G_OBJECT(window), "present", NULL);
    g_free(s);
    if (here) adj_ui_page_go_cell(p, here, FALSE);
}

static void resized(GObject *paned, GParamSpec *spec, gpointer self)
{
    (void)paned, (void)spec;
    place_divider(self);
}

// Another tab comes to the front, or this one goes.
static void unmapped(GtkWidget *root, gpointer self)
{
    (void)root;
    end(self);
}

static GtkWidget *button(const char *icon, const char *tip, const char *action)
{
    GtkWidget *b = gtk_button_new_from_icon_name(icon);
    gtk_actionable_set_action_name(GTK_ACTIONABLE(b), action);
    gtk_widget_set_tooltip_text(b, tip);
    gtk_widget_add_css_class(b, "flat");
    gtk_widget_set_focus_on_click(b, FALSE);
    gtk_accessible_update_property(GTK_ACCESSIBLE(b), GTK_ACCESSIBLE_PROPERTY_LABEL, tip, -1);
    return b;
}

static GtkWidget *make_foot(Present *s)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 10);
    gtk_widget_add_css_class(box, "present-foot");
    s->title = gtk_label_new(NULL);
    s->count = gtk_label_new(NULL);
    gtk_label_set_ellipsize(GTK_LABEL(s->title), PANGO_ELLIPSIZE_END);
    gtk_label_set_xalign(GTK_LABEL(s->title), 0);
    gtk_widget_set_hexpand(s->title, TRUE);
    gtk_widget_add_css_class(s->count, "dim-label");
    s->previous =
        button("go-previous-symbolic", _("Previous step (Page Up)"), "win.previous-step");
    s->next = button("go-next-symbolic", _("Next step (Page Down)"), "win.next-step");
    GtkWidget *parts[] = {
        s->previous, s->next, s->count, s->title,
        button("view-restore-symbolic", _("End the presentation (Escape)"), "win.present")};
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) gtk_box_append(GTK_BOX(box), parts[i]);
    return box;
}

// Whoever has the focus may use Escape first.
static gboolean escaped(GtkEventControllerKey *k, guint key, guint code, GdkModifierType state,
                        gpointer self)
{
    (void)k, (void)code, (void)state;
    if (key != GDK_KEY_Escape) return GDK_EVENT_PROPAGATE;
    end(self);
    return GDK_EVENT_STOP;
}

static void begin(GtkWidget *window, AdjUiPage *p)
{
    Present *s = g_new0(Present, 1);
    g_object_set_data(G_OBJECT(window), "present", s);
    s->window = window;
    s->page = p;
    s->before = layout_now(p);
    s->before.panel = adj_ui_panels_shown(p->panels);
    s->panels = gtk_widget_get_visible(p->panels);
    s->navigator = gtk_widget_get_visible(p->navigator);
    s->fullscreen = gtk_window_is_fullscreen(GTK_WINDOW(window));
    s->position = gtk_paned_get_position(GTK_PANED(p->right));
    s->steps = adj_ui_lesson_steps(p->notebook);
    s->resized = g_signal_connect(p->right, "notify::max-position", G_CALLBACK(resized), s);
    s->changed = g_signal_connect(p->notebook, "structure", G_CALLBACK(restructured), s);
    s->gone = g_signal_connect(p->root, "unmap", G_CALLBACK(unmapped), s);
    s->keys = gtk_event_controller_key_new();
    g_signal_connect(s->keys, "key-pressed", G_CALLBACK(escaped), s);
    gtk_widget_add_controller(window, s->keys);
    adj_ui_window_bare(window, make_foot(s));
    adj_ui_panels_set_bare(p->panels, TRUE);
    gtk_widget_set_visible(p->navigator, FALSE);
    gtk_widget_set_visible(gtk_widget_get_parent(p->strip), FALSE);
    gtk_widget_add_css_class(window, "presenting");
    gtk_window_fullscreen(GTK_WINDOW(window));
    set_keys(window, TRUE);
    go(s, adj_ui_lesson_step_of(s->steps, p->notebook, adj_ui_page_cell(p, p->cursor)));
}

void adj_ui_present_toggle(GtkWidget *window, const char *name, GVariant *v)
{
    (void)name, (void)v;
    Present *s = present_of(window);
    AdjUiPage *p = adj_ui_window_page(window);
    if (s)
        end(s);
    else if (p)
        begin(window, p);
    else
        adj_ui_window_tell(window, _("Open a notebook first"));
}
