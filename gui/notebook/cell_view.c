// SPDX-License-Identifier: Apache-2.0
// cell_view.c: see cell_view.h. A row is made once and bound to many cells in its life, so all
// it shows is set in `bind` and in answer to the cell's "changed"; changes of outputs are
// gathered and shown once a frame, however many lines a session prints.
#include "notebook/cell_view.h"

#include "notebook/markdown.h"
#include "notebook/output.h"

#include <glib/gi18n.h>

typedef struct {
    AdjUiPage *page;
    GtkWidget *root, *gutter, *run, *number, *spinner, *took, *stale;
    GtkWidget *body, *editor_frame, *rendered, *folded, *outputs;
    GtkSourceView *editor;
    AdjUiCell *cell;
    gulong changed, cursor;
    guint tick, dirty;
} View;

static View *view_of(GtkWidget *w)
{
    return g_object_get_data(G_OBJECT(w), "view");
}

AdjUiCell *adj_ui_cell_view_cell(GtkWidget *view)
{
    return view_of(view)->cell;
}

GtkSourceView *adj_ui_cell_view_editor(GtkWidget *view)
{
    return view_of(view)->editor;
}

// -- what is shown --------------------------------------------------------------------------

static void clear_box(GtkWidget *box)
{
    GtkWidget *child;
    while ((child = gtk_widget_get_first_child(box))) gtk_box_remove(GTK_BOX(box), child);
}

static void show_number(View *v)
{
    AdjUiCell *c = v->cell;
    g_autofree char *text = c->run == ADJ_UI_CELL_QUEUED ? g_strdup("[*]")
                            : c->count                   ? g_strdup_printf("[%d]", c->count)
                                                         : g_strdup("[ ]");
    gtk_label_set_text(GTK_LABEL(v->number), text);
    gboolean running = c->run == ADJ_UI_CELL_RUNNING;
    gtk_widget_set_visible(v->spinner, running);
    gtk_spinner_set_spinning(GTK_SPINNER(v->spinner), running);
    gtk_widget_set_visible(v->number, !running);
}

static void show_time(View *v)
{
    gint64 t = v->cell->took;
    g_autofree char *text = t <= 0        ? NULL
                            : t < 1000    ? g_strdup_printf("%d µs", (int)t)
                            : t < 1000000 ? g_strdup_printf("%d ms", (int)(t / 1000))
                                          : g_strdup_printf("%.1f s", (double)t / 1e6);
    gtk_label_set_text(GTK_LABEL(v->took), text ? text : "");
    gtk_widget_set_visible(v->took, text && v->cell->run == ADJ_UI_CELL_CALM);
}

static void show_status(View *v)
{
    AdjUiCell *c = v->cell;
    gboolean code = c->kind == ADJ_UI_CODE;
    gboolean text = c->kind == ADJ_UI_MARKDOWN && !c->editing;
    show_number(v);
    show_time(v);
    gtk_widget_set_visible(v->gutter, code);
    gtk_widget_set_visible(v->stale, code && c->stale);
    gtk_widget_set_visible(v->editor_frame, !text && !c->folded);
    gtk_widget_set_visible(v->folded, !text && c->folded);
    gtk_widget_set_visible(v->rendered, text);
    gtk_widget_set_visible(v->outputs, c->outputs->len && !c->outputs_folded);
    if (c->failed)
        gtk_widget_add_css_class(v->root, "failed");
    else
        gtk_widget_remove_css_class(v->root, "failed");
    gtk_source_view_set_indent_on_tab(v->editor, FALSE);
}

// The height of its lines, known before the first layout: rows do not grow after they appear.
static void fit_editor(View *v)
{
    enum { MARGINS = 20 };
    PangoContext *c = gtk_widget_get_pango_context(GTK_WIDGET(v->editor));
    PangoFontMetrics *m = pango_context_get_metrics(c, NULL, NULL);
    int line = PANGO_PIXELS_CEIL(pango_font_metrics_get_height(m));
    pango_font_metrics_unref(m);
    gtk_widget_set_size_request(GTK_WIDGET(v->editor), -1,
                                line * adj_ui_cell_lines(v->cell) + MARGINS);
}

static void show_rendered(View *v)
{
    clear_box(v->rendered);
    if (v->cell->kind != ADJ_UI_MARKDOWN || v->cell->editing) return;
    g_autofree char *text = adj_ui_cell_text(v->cell);
    GtkWidget *w =
        *g_strstrip(text) ? adj_ui_markdown_new(text) : gtk_label_new(_("Empty text"));
    if (GTK_IS_LABEL(w)) {
        gtk_widget_add_css_class(w, "dim-label");
        gtk_label_set_xalign(GTK_LABEL(w), 0);
    }
    gtk_box_append(GTK_BOX(v->rendered), w);
}

static void show_folded(View *v)
{
    if (!v->cell->folded) return;
    g_autofree char *text = adj_ui_cell_text(v->cell);
    g_auto(GStrv) lines = g_strsplit(text, "\n", 2);
    g_autofree char *first = g_strdup_printf("%s …", lines[0] ? lines[0] : "");
    gtk_label_set_text(GTK_LABEL(v->folded), first);
}

static void go(gpointer self, int count, int line)
{
    adj_ui_page_go_line(((View *)self)->page, count, line);
}

static void show_outputs(View *v)
{
    clear_box(v->outputs);
    for (guint i = 0; i < v->cell->outputs->len; i++) {
        GtkWidget *w = adj_ui_output_new_widget(v->cell->outputs->pdata[i], go, v);
        gtk_box_append(GTK_BOX(v->outputs), w);
    }
}

static gboolean refresh(GtkWidget *w, GdkFrameClock *clock, gpointer self)
{
    (void)w, (void)clock;
    View *v = self;
    v->tick = 0;
    guint dirty = v->dirty;
    v->dirty = 0;
    if (!v->cell) return G_SOURCE_REMOVE;
    if (dirty & ADJ_UI_CELL_OUTPUTS)
        show_outputs(v);
    else if (dirty & ADJ_UI_CELL_APPENDED && v->cell->outputs->len)
        adj_ui_output_refresh(gtk_widget_get_last_child(v->outputs),
                              v->cell->outputs->pdata[v->cell->outputs->len - 1]);
    if (dirty & ADJ_UI_CELL_STATUS) {
        show_rendered(v);
        show_folded(v);
    }
    show_status(v);
    return G_SOURCE_REMOVE;
}

static void cell_changed(AdjUiCell *c, guint what, gpointer self)
{
    (void)c;
    View *v = self;
    if (what & ADJ_UI_CELL_TEXT) fit_editor(v);
    if (what & (ADJ_UI_CELL_STATUS | ADJ_UI_CELL_OUTPUTS | ADJ_UI_CELL_APPENDED)) {
        v->dirty |= what;
        if (!v->tick) v->tick = gtk_widget_add_tick_callback(v->root, refresh, v, NULL);
    }
    // Between now and the next frame the outputs' widgets must not look at what is gone.
    if (what & ADJ_UI_CELL_OUTPUTS && !v->cell->outputs->len) clear_box(v->outputs);
}

static void cursor_moved(GtkTextBuffer *b, GParamSpec *spec, gpointer self)
{
    (void)b, (void)spec;
    View *v = self;
    if (gtk_widget_has_focus(GTK_WIDGET(v->editor))) adj_ui_page_cursor_moved(v->page, v->cell);
}

void adj_ui_cell_view_bind(GtkWidget *view, AdjUiCell *c)
{
    View *v = view_of(view);
    v->cell = g_object_ref(c);
    gtk_text_view_set_buffer(GTK_TEXT_VIEW(v->editor), GTK_TEXT_BUFFER(adj_ui_cell_buffer(c)));
    v->changed = g_signal_connect(c, "changed", G_CALLBACK(cell_changed), v);
    v->cursor =
        g_signal_connect(c->buffer, "notify::cursor-position", G_CALLBACK(cursor_moved), v);
    static const char *const names[] = {[ADJ_UI_CODE] = N_("Code cell"),
                                        [ADJ_UI_MARKDOWN] = N_("Text cell"),
                                        [ADJ_UI_RAW] = N_("Raw cell")};
    gtk_accessible_update_property(GTK_ACCESSIBLE(v->root), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _(names[c->kind]), -1);
    gtk_source_view_set_show_line_numbers(v->editor, v->page->line_numbers);
    fit_editor(v);
    show_rendered(v);
    show_folded(v);
    show_outputs(v);
    show_status(v);
}

void adj_ui_cell_view_unbind(GtkWidget *view)
{
    View *v = view_of(view);
    if (v->tick) gtk_widget_remove_tick_callback(v->root, v->tick);
    v->tick = v->dirty = 0;
    g_clear_signal_handler(&v->changed, v->cell);
    g_clear_signal_handler(&v->cursor, v->cell->buffer);
    clear_box(v->outputs);
    clear_box(v->rendered);
    g_clear_object(&v->cell);
}

void adj_ui_cell_view_line_numbers(GtkWidget *view, gboolean shown)
{
    gtk_source_view_set_show_line_numbers(view_of(view)->editor, shown);
}

static void set_class(GtkWidget *w, const char *class, gboolean on)
{
    if (on)
        gtk_widget_add_css_class(w, class);
    else
        gtk_widget_remove_css_class(w, class);
}

void adj_ui_cell_view_select(GtkWidget *view, gboolean selected, gboolean cursor,
                             gboolean editing)
{
    set_class(view, "selected", selected);
    set_class(view, "cursor", cursor);
    set_class(view, "editing", cursor && editing);
    gtk_accessible_update_state(GTK_ACCESSIBLE(view), GTK_ACCESSIBLE_STATE_SELECTED, selected,
                                -1);
}

int adj_ui_cell_view_estimate(AdjUiCell *c)
{
    int lines = adj_ui_cell_lines(c), height = c->folded ? 44 : 34 + 20 * lines;
    for (guint i = 0; i < c->outputs->len && !c->outputs_folded; i++)
        height += 12 + adj_ui_output_estimate(c->outputs->pdata[i]);
    return height;
}

// -- what one does to it --------------------------------------------------------------------

static void run_clicked(GtkButton *b, gpointer self)
{
    (void)b;
    View *v = self;
    if (v->cell) adj_ui_page_run(v->page, v->cell);
}

static void focused(GtkEventControllerFocus *f, gpointer self)
{
    (void)f;
    View *v = self;
    if (v->cell) adj_ui_page_touched(v->page, v->cell, TRUE, FALSE);
}

// A long line leaves the editor scrolled to the side; nobody reads code from its middle.
static void unfocused(GtkEventControllerFocus *f, gpointer self)
{
    (void)f;
    GtkWidget *frame = ((View *)self)->editor_frame;
    gtk_adjustment_set_value(gtk_scrolled_window_get_hadjustment(GTK_SCROLLED_WINDOW(frame)),
                             0);
}

static void pressed(GtkGestureClick *g, int n, double x, double y, gpointer self)
{
    View *v = self;
    if (!v->cell) return;
    GtkWidget *hit = gtk_widget_pick(v->root, x, y, GTK_PICK_DEFAULT);
    gboolean in_editor = hit && (hit == GTK_WIDGET(v->editor) ||
                                 gtk_widget_is_ancestor(hit, GTK_WIDGET(v->editor)));
    gboolean text = v->cell->kind == ADJ_UI_MARKDOWN && !v->cell->editing;
    GdkModifierType state =
        gtk_event_controller_get_current_event_state(GTK_EVENT_CONTROLLER(g));
    if (in_editor) return;  // its own focus says so
    adj_ui_page_touched(v->page, v->cell, text && n == 2, (state & GDK_SHIFT_MASK) != 0);
}

static GtkWidget *make_gutter(View *v)
{
    GtkWidget *column = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    v->gutter = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
    gtk_widget_add_css_class(column, "gutter");
    gtk_widget_set_size_request(column, 96, -1);
    v->number = gtk_label_new(NULL);
    gtk_widget_add_css_class(v->number, "cell-number");
    v->spinner = gtk_spinner_new();
    v->run = gtk_button_new_from_icon_name("media-playback-start-symbolic");
    gtk_widget_set_tooltip_text(v->run, _("Run this cell (Ctrl+Enter)"));
    gtk_accessible_update_property(GTK_ACCESSIBLE(v->run), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Run this cell"), -1);
    gtk_widget_add_css_class(v->run, "flat");
    gtk_widget_add_css_class(v->run, "circular");
    gtk_widget_add_css_class(v->run, "cell-run");
    gtk_widget_set_valign(v->run, GTK_ALIGN_CENTER);
    gtk_widget_set_focus_on_click(v->run, FALSE);
    gtk_widget_set_focusable(v->run, FALSE);
    g_signal_connect(v->run, "clicked", G_CALLBACK(run_clicked), v);
    v->took = gtk_label_new(NULL);
    gtk_widget_add_css_class(v->took, "cell-took");
    v->stale = gtk_label_new("●");
    gtk_widget_add_css_class(v->stale, "cell-stale");
    gtk_widget_set_tooltip_text(
        v->stale, _("Its results no longer fit: run it again (e, s runs all such)"));
    gtk_accessible_update_property(GTK_ACCESSIBLE(v->stale), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Stale"), -1);
    GtkWidget *head = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 4);
    gtk_widget_set_halign(head, GTK_ALIGN_END);
    gtk_box_append(GTK_BOX(head), v->run);
    gtk_box_append(GTK_BOX(head), v->stale);
    gtk_box_append(GTK_BOX(head), v->number);
    gtk_box_append(GTK_BOX(head), v->spinner);
    gtk_box_append(GTK_BOX(v->gutter), head);
    gtk_widget_set_halign(v->took, GTK_ALIGN_END);
    gtk_box_append(GTK_BOX(v->gutter), v->took);
    gtk_box_append(GTK_BOX(column), v->gutter);
    return column;
}

// The editor is always as high as its text: when it scrolls to its cursor before it has grown,
// the scroll must not stay.
static void stay_at_top(GtkAdjustment *a, gpointer self)
{
    (void)self;
    if (gtk_adjustment_get_value(a) > 0) gtk_adjustment_set_value(a, 0);
}

static GtkWidget *make_editor(View *v)
{
    v->editor = GTK_SOURCE_VIEW(gtk_source_view_new());
    GtkTextView *t = GTK_TEXT_VIEW(v->editor);
    gtk_text_view_set_monospace(t, TRUE);
    gtk_text_view_set_top_margin(t, 10);
    gtk_text_view_set_bottom_margin(t, 10);
    gtk_text_view_set_left_margin(t, 12);
    gtk_text_view_set_right_margin(t, 12);
    gtk_text_view_set_accepts_tab(t, TRUE);
    gtk_source_view_set_auto_indent(v->editor, TRUE);
    gtk_source_view_set_tab_width(v->editor, 4);
    gtk_source_view_set_insert_spaces_instead_of_tabs(v->editor, TRUE);
    gtk_source_view_set_smart_backspace(v->editor, TRUE);
    gtk_accessible_update_property(GTK_ACCESSIBLE(v->editor), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Source of the cell"), -1);
    GtkEventController *focus = gtk_event_controller_focus_new();
    g_signal_connect(focus, "enter", G_CALLBACK(focused), v);
    g_signal_connect(focus, "leave", G_CALLBACK(unfocused), v);
    gtk_widget_add_controller(GTK_WIDGET(v->editor), focus);
    adj_ui_hover_attach(v->page, v->editor);
    v->editor_frame = gtk_scrolled_window_new();
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(v->editor_frame), GTK_POLICY_AUTOMATIC,
                                   GTK_POLICY_NEVER);
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(v->editor_frame), GTK_WIDGET(v->editor));
    gtk_widget_add_css_class(v->editor_frame, "cell-editor");
    g_signal_connect(gtk_scrolled_window_get_vadjustment(GTK_SCROLLED_WINDOW(v->editor_frame)),
                     "value-changed", G_CALLBACK(stay_at_top), NULL);
    return v->editor_frame;
}

static GtkWidget *make_body(View *v)
{
    v->body = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    gtk_widget_set_hexpand(v->body, TRUE);
    gtk_box_append(GTK_BOX(v->body), make_editor(v));
    v->folded = gtk_label_new(NULL);
    gtk_label_set_xalign(GTK_LABEL(v->folded), 0);
    gtk_label_set_ellipsize(GTK_LABEL(v->folded), PANGO_ELLIPSIZE_END);
    gtk_widget_add_css_class(v->folded, "cell-folded");
    gtk_box_append(GTK_BOX(v->body), v->folded);
    v->rendered = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    gtk_box_append(GTK_BOX(v->body), v->rendered);
    v->outputs = gtk_box_new(GTK_ORIENTATION_VERTICAL, 10);
    gtk_widget_add_css_class(v->outputs, "outputs");
    gtk_box_append(GTK_BOX(v->body), v->outputs);
    return v->body;
}

GtkWidget *adj_ui_cell_view_new(AdjUiPage *p)
{
    View *v = g_new0(View, 1);
    v->page = p;
    v->root = g_object_new(GTK_TYPE_BOX, "accessible-role", GTK_ACCESSIBLE_ROLE_LIST_ITEM,
                           "focusable", TRUE, NULL);
    gtk_widget_add_css_class(v->root, "cell");
    g_object_set_data_full(G_OBJECT(v->root), "view", v, g_free);
    gtk_box_append(GTK_BOX(v->root), make_gutter(v));
    gtk_box_append(GTK_BOX(v->root), make_body(v));
    GtkGesture *click = gtk_gesture_click_new();
    gtk_event_controller_set_propagation_phase(GTK_EVENT_CONTROLLER(click), GTK_PHASE_CAPTURE);
    g_signal_connect(click, "pressed", G_CALLBACK(pressed), v);
    gtk_widget_add_controller(v->root, GTK_EVENT_CONTROLLER(click));
    return v->root;
}
