// SPDX-License-Identifier: Apache-2.0
// page.c: see page.h: putting a page together, and its selection.
#include "notebook/page.h"

#include "navigator/navigator.h"
#include "notebook/cell_view.h"
#include "panels/panel.h"
#include "session/client.h"
#include "settings.h"
#include "timeline/strip.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

enum {
    SHARE_MS = 150,
    AUTOSAVE_S = 20,
    NAVIGATOR_WIDTH = 260,
    INSPECTOR_WIDTH = 440,
    PATIENCE_MS = 200
};

AdjUiPage *adj_ui_page_of(GtkWidget *root)
{
    return root ? g_object_get_data(G_OBJECT(root), "page") : NULL;
}

guint adj_ui_page_count(AdjUiPage *p)
{
    return g_list_model_get_n_items(G_LIST_MODEL(p->shown));
}

AdjUiCell *adj_ui_page_cell(AdjUiPage *p, guint at)
{
    g_autoptr(AdjUiCell) c = g_list_model_get_item(G_LIST_MODEL(p->shown), at);
    return c;  // the notebook holds it
}

guint adj_ui_page_index(AdjUiPage *p, guint at)
{
    int i = adj_ui_notebook_index(p->notebook, adj_ui_page_cell(p, at));
    return i < 0 ? adj_ui_notebook_count(p->notebook) : (guint)i;
}

static int shown_index(AdjUiPage *p, AdjUiCell *c)
{
    AdjUiCell *here = adj_ui_page_cell(p, p->cursor);
    if (here == c) return (int)p->cursor;
    for (guint i = 0; i < adj_ui_page_count(p); i++)
        if (adj_ui_page_cell(p, i) == c) return (int)i;
    return -1;
}

void adj_ui_page_range(AdjUiPage *p, guint *first, guint *count)
{
    *first = MIN(p->cursor, p->mark);
    *count = MAX(p->cursor, p->mark) - *first + 1;
}

void adj_ui_page_tell(AdjUiPage *p, const char *text)
{
    if (p->say) p->say(p->self, text);
}

// Panels know the model alone; what is written down in a quiz belongs to this notebook.
static void name_lesson(AdjUiPage *p)
{
    g_object_set_data_full(G_OBJECT(p->model), "lesson", adj_ui_notebook_title(p->notebook),
                           g_free);
}

static void notify(AdjUiPage *p)
{
    name_lesson(p);
    if (p->changed) p->changed(p->self, p);
}

// -- the selection --------------------------------------------------------------------------

static void show_selection(AdjUiPage *p)
{
    guint first, count;
    adj_ui_page_range(p, &first, &count);
    for (guint i = 0; i < adj_ui_page_count(p); i++) {
        GtkWidget *row = adj_ui_flow_row(p->flow, i);
        if (row)
            adj_ui_cell_view_select(row, i >= first && i < first + count, i == p->cursor,
                                    p->editing);
    }
}

GtkSourceView *adj_ui_page_editor(AdjUiPage *p, guint at)
{
    GtkWidget *row = adj_ui_flow_row(p->flow, at);
    return row ? adj_ui_cell_view_editor(row) : NULL;
}

// The cell and, where it shows what was run, the place in its source: panels find what it made.
static gboolean share_now(gpointer self)
{
    AdjUiPage *p = self;
    p->share = 0;
    AdjUiCell *c = adj_ui_page_cell(p, p->cursor);
    if (!c) return G_SOURCE_REMOVE;
    AdjUiSelection s = ADJ_UI_SELECTION_NONE;
    s.cell = c->id;
    s.from = p;
    if (p->editing && c->count > 0 && !c->stale) {
        GtkTextIter start, at;
        GtkTextBuffer *b = GTK_TEXT_BUFFER(adj_ui_cell_buffer(c));
        gtk_text_buffer_get_start_iter(b, &start);
        gtk_text_buffer_get_iter_at_mark(b, &at, gtk_text_buffer_get_insert(b));
        g_autofree char *before = gtk_text_buffer_get_text(b, &start, &at, TRUE);
        s.run = c->count;
        s.start = s.end = (int)strlen(before);
    }
    adj_ui_model_select(p->model, &s);
    return G_SOURCE_REMOVE;
}

static void share_selection(AdjUiPage *p)
{
    if (p->share) g_source_remove(p->share);
    p->share = g_timeout_add(SHARE_MS, share_now, p);
}

void adj_ui_page_go(AdjUiPage *p, guint at, gboolean editing)
{
    guint count = adj_ui_page_count(p);
    if (!count) return;
    at = MIN(at, count - 1);
    p->cursor = p->mark = at;
    p->editing = editing;
    AdjUiCell *c = adj_ui_page_cell(p, at);
    if (editing && c->kind == ADJ_UI_MARKDOWN && !c->editing) {
        c->editing = TRUE;
        adj_ui_cell_changed(c, ADJ_UI_CELL_STATUS);
    }
    adj_ui_flow_show(p->flow, at);
    GtkWidget *row = adj_ui_flow_force_row(p->flow, at);
    if (row) {
        GtkWidget *editor = GTK_WIDGET(adj_ui_cell_view_editor(row));
        if (editing) gtk_widget_set_visible(gtk_widget_get_parent(editor), TRUE);
        gtk_widget_grab_focus(editing ? editor : row);
    }
    show_selection(p);
    share_selection(p);
}

void adj_ui_page_go_cell(AdjUiPage *p, AdjUiCell *c, gboolean editing)
{
    int at = shown_index(p, c);
    if (at >= 0) adj_ui_page_go(p, (guint)at, editing);
}

void adj_ui_page_extend(AdjUiPage *p, guint to)
{
    if (to >= adj_ui_page_count(p)) return;
    guint mark = p->mark;
    adj_ui_page_go(p, to, FALSE);
    p->mark = mark;
    show_selection(p);
}

void adj_ui_page_touched(AdjUiPage *p, AdjUiCell *c, gboolean editing, gboolean extend)
{
    int at = shown_index(p, c);
    if (at < 0) return;
    if (extend) {
        adj_ui_page_extend(p, (guint)at);
    } else if (editing && c->kind == ADJ_UI_MARKDOWN && !c->editing) {
        adj_ui_page_go(p, (guint)at, TRUE);
    } else if ((guint)at != p->cursor || p->cursor != p->mark || editing != p->editing) {
        p->cursor = p->mark = (guint)at;
        p->editing = editing;
        if (!editing) {
            GtkWidget *row = adj_ui_flow_row(p->flow, (guint)at);
            if (row) gtk_widget_grab_focus(row);
        }
        show_selection(p);
        share_selection(p);
    }
}

static AdjUiCell *cell_of_run(AdjUiPage *p, int count)
{
    for (guint i = 0; i < adj_ui_notebook_count(p->notebook); i++) {
        AdjUiCell *c = adj_ui_notebook_cell(p->notebook, i);
        if (c->count == count) return c;
    }
    return NULL;
}

void adj_ui_page_go_line(AdjUiPage *p, int count, int line)
{
    AdjUiCell *c = cell_of_run(p, count);
    if (!c) {
        adj_ui_page_tell(p, _("That cell is no longer in the notebook"));
        return;
    }
    adj_ui_page_go_cell(p, c, TRUE);
    GtkTextIter at, end;
    GtkTextBuffer *b = GTK_TEXT_BUFFER(adj_ui_cell_buffer(c));
    gtk_text_buffer_get_iter_at_line(b, &at, MAX(line - 1, 0));
    end = at;
    if (!gtk_text_iter_ends_line(&end)) gtk_text_iter_forward_to_line_end(&end);
    gtk_text_buffer_select_range(b, &at, &end);
}

// The editor has not been laid out yet when its cursor moves, so it is looked at in an idle.
static gboolean follow_cursor(gpointer self)
{
    AdjUiPage *p = self;
    GtkWidget *row = adj_ui_flow_row(p->flow, p->cursor);
    if (!row || !p->editing) return G_SOURCE_REMOVE;
    GtkTextView *t = GTK_TEXT_VIEW(adj_ui_cell_view_editor(row));
    GdkRectangle at;
    gtk_text_view_get_cursor_locations(t, NULL, &at, NULL);
    int x, y;
    gtk_text_view_buffer_to_window_coords(t, GTK_TEXT_WINDOW_WIDGET, at.x, at.y, &x, &y);
    double row_x, row_y;
    if (gtk_widget_translate_coordinates(GTK_WIDGET(t), row, x, y, &row_x, &row_y))
        adj_ui_flow_show_part(p->flow, p->cursor, (int)row_y - 12, at.height + 24);
    return G_SOURCE_REMOVE;
}

void adj_ui_page_cursor_moved(AdjUiPage *p, AdjUiCell *c)
{
    (void)c;
    g_idle_add(follow_cursor, p);
    share_selection(p);
}

// -- what others select ---------------------------------------------------------------------

static GtkTextTag *span_tag(GtkTextBuffer *b)
{
    GtkTextTag *t = gtk_text_tag_table_lookup(gtk_text_buffer_get_tag_table(b), "linked");
    if (t) return t;
    GdkRGBA colour = {0.21, 0.52, 0.89, 0.28};
    return gtk_text_buffer_create_tag(b, "linked", "background-rgba", &colour, NULL);
}

static void unlight(AdjUiPage *p)
{
    if (!p->lit) return;
    GtkTextIter a, b;
    GtkTextBuffer *t = GTK_TEXT_BUFFER(adj_ui_cell_buffer(p->lit));
    gtk_text_buffer_get_bounds(t, &a, &b);
    gtk_text_buffer_remove_tag(t, span_tag(t), &a, &b);
    g_clear_object(&p->lit);
}

// Highlights the characters that made what somebody else has selected.
static void selected_elsewhere(AdjUiModel *m, gpointer self)
{
    AdjUiPage *p = self;
    const AdjUiSelection *s = adj_ui_model_selection(m);
    unlight(p);
    AdjUiCell *c = s->from != p && s->run > 0 ? cell_of_run(p, s->run) : NULL;
    int at = c && s->start >= 0 ? shown_index(p, c) : -1;
    if (at < 0) return;
    g_autofree char *text = adj_ui_cell_text(c);
    int length = (int)strlen(text);
    if (s->end > length || s->start >= s->end) return;
    GtkTextIter from, to;
    GtkTextBuffer *b = GTK_TEXT_BUFFER(adj_ui_cell_buffer(c));
    gtk_text_buffer_get_iter_at_offset(b, &from, (int)g_utf8_strlen(text, s->start));
    gtk_text_buffer_get_iter_at_offset(b, &to, (int)g_utf8_strlen(text, s->end));
    gtk_text_buffer_apply_tag(b, span_tag(b), &from, &to);
    p->lit = g_object_ref(c);
    adj_ui_flow_show(p->flow, (guint)at);
}

// -- folding --------------------------------------------------------------------------------

// A folded heading hides what follows it up to the next heading of its level or above.
void adj_ui_page_refold(AdjUiPage *p)
{
    g_hash_table_remove_all(p->hidden);
    int folded = 0;  // level of the heading that hides, 0 for none
    gboolean outside = p->from != NULL;
    for (guint i = 0; i < adj_ui_notebook_count(p->notebook); i++) {
        AdjUiCell *c = adj_ui_notebook_cell(p->notebook, i);
        if (p->from && (c == p->from || c == p->until)) outside = c == p->until;
        if (outside) g_hash_table_add(p->hidden, c);
        int level = adj_ui_cell_heading(c);
        if (folded && level && level <= folded) folded = 0;
        if (folded) g_hash_table_add(p->hidden, c);
        if (!folded && level && c->outputs_folded) folded = level;
    }
    GtkFilter *f = gtk_filter_list_model_get_filter(p->shown);
    gtk_filter_changed(f, GTK_FILTER_CHANGE_DIFFERENT);
}

void adj_ui_page_limit(AdjUiPage *p, AdjUiCell *from, AdjUiCell *until)
{
    p->from = from;
    p->until = until;
    adj_ui_page_refold(p);
    p->cursor = p->mark = MIN(p->cursor, adj_ui_page_count(p) ? adj_ui_page_count(p) - 1 : 0);
}

static gboolean is_shown(gpointer item, gpointer self)
{
    return !g_hash_table_contains(((AdjUiPage *)self)->hidden, item);
}

// -- rows -----------------------------------------------------------------------------------

static GtkWidget *make_row(gpointer self)
{
    return adj_ui_cell_view_new(self);
}

static void bind_row(gpointer self, GtkWidget *row, gpointer item)
{
    AdjUiPage *p = self;
    adj_ui_cell_view_bind(row, item);
    int at = shown_index(p, item);
    guint first, count;
    adj_ui_page_range(p, &first, &count);
    adj_ui_cell_view_select(row, at >= (int)first && at < (int)(first + count),
                            at == (int)p->cursor, p->editing);
}

static void unbind_row(gpointer self, GtkWidget *row)
{
    (void)self;
    adj_ui_cell_view_unbind(row);
}

static int estimate_row(gpointer self, gpointer item)
{
    (void)self;
    return adj_ui_cell_view_estimate(item);
}

// -- saving ---------------------------------------------------------------------------------

static void autosaved(gpointer root, const char *error)
{
    if (error && gtk_widget_get_root(root)) adj_ui_page_tell(adj_ui_page_of(root), error);
    g_object_unref(root);
}

static gboolean autosave(gpointer self)
{
    AdjUiPage *p = self;
    p->autosave = 0;
    if (p->notebook->file && p->notebook->dirty)
        adj_ui_notebook_save(p->notebook, NULL, autosaved, g_object_ref(p->root));
    return G_SOURCE_REMOVE;
}

static void dirtied(AdjUiNotebook *n, gpointer self)
{
    AdjUiPage *p = self;
    if (n->dirty && n->file && !p->autosave && adj_ui_setting(ADJ_UI_SET_autosave))
        p->autosave = g_timeout_add_seconds(AUTOSAVE_S, autosave, p);
    notify(p);
}

static void saved(AdjUiNotebook *n, gpointer self)
{
    g_autofree char *path = g_file_get_path(n->file);
    AdjUiPage *p = self;
    adj_ui_client_rename(adj_ui_model_client(p->model), path);
    notify(p);
}

// -- the session ----------------------------------------------------------------------------

static void state_changed(AdjUiModel *m, gpointer self)
{
    AdjUiPage *p = self;
    gboolean dead = adj_ui_model_state(m) == ADJ_UI_DEAD;
    gtk_revealer_set_reveal_child(GTK_REVEALER(p->banner), dead);
    notify(p);
}

static void published(AdjUiModel *m, gconstpointer message, gpointer self)
{
    (void)m;
    adj_ui_page_published(self, message);
}

static void input_wanted(AdjUiModel *m, gconstpointer message, gpointer self)
{
    (void)m;
    adj_ui_page_ask_input(self, message);
}

// A session that ran before us may have run more than the file knows of.
static void connected(AdjUiModel *m, gpointer self)
{
    AdjUiClient *c = adj_ui_model_client(m);
    if (adj_ui_client_attached(c)) adj_ui_page_rejoin(self, 0);
    if (adj_ui_client_replaced(c))
        adj_ui_page_tell(self, _("The notebook’s session had ended: this is a new one"));
}

static void restart_clicked(GtkButton *b, gpointer self)
{
    (void)b;
    adj_ui_page_restart(self);
}

// -- waiting for the file -------------------------------------------------------------------

// A spinner with a word, hidden until something takes long enough to need it.
GtkWidget *adj_ui_waiting_new(const char *word)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12);
    GtkWidget *spinner = gtk_spinner_new();
    gtk_widget_set_size_request(spinner, 32, 32);
    gtk_spinner_set_spinning(GTK_SPINNER(spinner), TRUE);
    gtk_box_append(GTK_BOX(box), spinner);
    gtk_box_append(GTK_BOX(box), gtk_label_new(word));
    gtk_widget_set_halign(box, GTK_ALIGN_CENTER);
    gtk_widget_set_valign(box, GTK_ALIGN_CENTER);
    gtk_widget_add_css_class(box, "waiting");
    gtk_widget_set_visible(box, FALSE);
    return box;
}

static gboolean still_waiting(gpointer self)
{
    AdjUiPage *p = self;
    p->patience = 0;
    gtk_widget_set_visible(p->waiting, TRUE);
    return G_SOURCE_REMOVE;
}

void adj_ui_page_set_loading(AdjUiPage *p, gboolean loading)
{
    gtk_widget_set_sensitive(gtk_widget_get_parent(p->overlay), !loading);
    gtk_widget_set_opacity(p->scroller, loading ? 0 : 1);
    g_clear_handle_id(&p->patience, g_source_remove);
    if (loading) p->patience = g_timeout_add(PATIENCE_MS, still_waiting, p);
    if (!loading) gtk_widget_set_visible(p->waiting, FALSE);
}

// -- putting it together --------------------------------------------------------------------

// libadwaita 1.2 has no banner: a revealer with a line and a button.
static GtkWidget *make_banner(AdjUiPage *p)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
    gtk_widget_add_css_class(box, "session-banner");
    GtkWidget *text = gtk_label_new(
        _("The session has ended unexpectedly. What you typed is safe; its values are gone."));
    gtk_label_set_wrap(GTK_LABEL(text), TRUE);
    gtk_label_set_xalign(GTK_LABEL(text), 0);
    gtk_widget_set_hexpand(text, TRUE);
    GtkWidget *button = gtk_button_new_with_mnemonic(_("_Restart Session"));
    g_signal_connect(button, "clicked", G_CALLBACK(restart_clicked), p);
    gtk_box_append(GTK_BOX(box), text);
    gtk_box_append(GTK_BOX(box), button);
    p->banner = gtk_revealer_new();
    gtk_revealer_set_child(GTK_REVEALER(p->banner), box);
    return p->banner;
}

// The parts of the window, between which F6 goes.
static void name_part(GtkWidget *w, const char *name)
{
    gtk_accessible_update_property(GTK_ACCESSIBLE(w), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static GtkWidget *make_notebook(AdjUiPage *p)
{
    p->shown = gtk_filter_list_model_new(g_object_ref(G_LIST_MODEL(p->notebook->cells)),
                                         GTK_FILTER(gtk_custom_filter_new(is_shown, p, NULL)));
    p->flow = adj_ui_flow_new(G_LIST_MODEL(g_object_ref(p->shown)),
                              &(AdjUiFlowRows){.self = p,
                                               .make = make_row,
                                               .bind = bind_row,
                                               .unbind = unbind_row,
                                               .estimate = estimate_row});
    gtk_accessible_update_property(GTK_ACCESSIBLE(p->flow), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Cells"), -1);
    p->scroller = gtk_scrolled_window_new();
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(p->scroller), GTK_POLICY_NEVER,
                                   GTK_POLICY_AUTOMATIC);
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(p->scroller), GTK_WIDGET(p->flow));
    gtk_widget_set_vexpand(p->scroller, TRUE);
    gtk_widget_set_hexpand(p->scroller, TRUE);
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    gtk_widget_add_css_class(box, "notebook");
    name_part(box, _("Notebook"));
    p->find = adj_ui_find_new(p);
    gtk_box_append(GTK_BOX(box), make_banner(p));
    gtk_box_append(GTK_BOX(box), adj_ui_find_bar(p->find));
    p->overlay = gtk_overlay_new();
    p->waiting = adj_ui_waiting_new(_("Opening …"));
    gtk_overlay_set_child(GTK_OVERLAY(p->overlay), p->scroller);
    gtk_overlay_add_overlay(GTK_OVERLAY(p->overlay), p->waiting);
    gtk_box_append(GTK_BOX(box), p->overlay);
    p->complete = adj_ui_complete_new(p, box);
    return box;
}

// A branch of the training goes on where its cell began.
static void run_again(gpointer self, int count)
{
    AdjUiPage *p = self;
    AdjUiCell *c = cell_of_run(p, count);
    if (c)
        adj_ui_page_run(p, c);
    else
        adj_ui_page_tell(p, _("That cell is no longer in the notebook"));
}

// The inspector begins with two fifths of what the navigator leaves; from then on its width is
// the user's.
static void divide_once(GObject *paned, GParamSpec *changed, gpointer unused)
{
    (void)changed, (void)unused;
    int width = gtk_widget_get_width(GTK_WIDGET(paned));
    if (width <= 0) return;
    g_signal_handlers_disconnect_by_func(paned, divide_once, NULL);
    gtk_paned_set_position(GTK_PANED(paned), width - MAX(INSPECTOR_WIDTH, width * 2 / 5));
}

static void make_root(AdjUiPage *p)
{
    p->panels = adj_ui_panels_new(p->model);
    gtk_widget_add_css_class(p->panels, "inspector");
    name_part(p->panels, _("Inspector"));
    gtk_widget_set_size_request(p->panels, 280, -1);
    p->navigator = adj_ui_navigator_new(p);
    name_part(p->navigator, _("Navigator"));
    gtk_widget_set_size_request(p->navigator, 180, -1);
    p->right = gtk_paned_new(GTK_ORIENTATION_HORIZONTAL);
    gtk_paned_set_start_child(GTK_PANED(p->right), make_notebook(p));
    gtk_paned_set_end_child(GTK_PANED(p->right), p->panels);
    gtk_paned_set_shrink_start_child(GTK_PANED(p->right), FALSE);
    gtk_paned_set_shrink_end_child(GTK_PANED(p->right), FALSE);
    gtk_paned_set_resize_end_child(GTK_PANED(p->right), FALSE);
    g_signal_connect(p->right, "notify::max-position", G_CALLBACK(divide_once), NULL);
    p->left = gtk_paned_new(GTK_ORIENTATION_HORIZONTAL);
    gtk_paned_set_start_child(GTK_PANED(p->left), p->navigator);
    gtk_paned_set_end_child(GTK_PANED(p->left), p->right);
    gtk_paned_set_shrink_start_child(GTK_PANED(p->left), FALSE);
    gtk_paned_set_shrink_end_child(GTK_PANED(p->left), FALSE);
    gtk_paned_set_resize_start_child(GTK_PANED(p->left), FALSE);
    gtk_paned_set_position(GTK_PANED(p->left), NAVIGATOR_WIDTH);
    gtk_widget_set_vexpand(p->left, TRUE);
    p->strip = adj_ui_strip_new(p->model, run_again, p);
    adj_ui_strip_want(p->strip, TRUE);
    p->root = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    gtk_box_append(GTK_BOX(p->root), p->left);
    // In a box of its own: the strip shows and hides itself, a presentation hides the box.
    GtkWidget *low = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    gtk_box_append(GTK_BOX(low), p->strip);
    gtk_box_append(GTK_BOX(p->root), low);
    gtk_widget_set_size_request(p->panels, INSPECTOR_WIDTH - 100, -1);
}

// The debugger's keys go to the panel that is shown, wherever the focus is.
static gboolean function_key(GtkEventControllerKey *k, guint key, guint code,
                             GdkModifierType state, gpointer self)
{
    (void)code, (void)state;
    AdjUiPage *p = self;
    const char *name = adj_ui_panels_shown(p->panels);
    if (key < GDK_KEY_F2 || key > GDK_KEY_F8 || !name || !gtk_widget_get_mapped(p->panels))
        return GDK_EVENT_PROPAGATE;
    return gtk_event_controller_key_forward(k, adj_ui_panels_show(p->panels, name));
}

static void page_free(gpointer self)
{
    AdjUiPage *p = self;
    g_clear_handle_id(&p->autosave, g_source_remove);
    g_clear_handle_id(&p->share, g_source_remove);
    g_clear_handle_id(&p->patience, g_source_remove);
    g_clear_object(&p->lit);
    adj_ui_page_zoom_end(p);
    adj_ui_page_forget_runs(p);
    adj_ui_client_forget(adj_ui_model_client(p->model), p->complete);
    g_signal_handlers_disconnect_by_data(p->notebook, p);
    g_signal_handlers_disconnect_by_data(p->model, p);
    while (g_idle_remove_by_data(p)) continue;
    g_clear_pointer(&p->clipboard, g_ptr_array_unref);
    g_object_unref(p->shown);
    g_object_unref(p->model);
    g_object_unref(p->notebook);
    g_object_unref(p->actions);
    g_hash_table_unref(p->hidden);
    g_free(p->find);
    adj_ui_complete_free(p->complete);
    g_ptr_array_unref(p->runs);
    g_free(p);
}

AdjUiPage *adj_ui_page_new(AdjUiNotebook *notebook)
{
    AdjUiPage *p = g_new0(AdjUiPage, 1);
    p->notebook = notebook;
    p->model = adj_ui_model_new();
    p->hidden = g_hash_table_new(NULL, NULL);
    p->runs = g_ptr_array_new();
    make_root(p);
    p->line_numbers = adj_ui_setting(ADJ_UI_SET_line_numbers);
    adj_ui_page_zoom_start(p);
    g_object_set_data_full(G_OBJECT(p->root), "page", p, page_free);
    adj_ui_page_install(p);
    GtkEventController *keys = gtk_event_controller_key_new();
    // Before the focus is asked: an editor would hide its cursor at F7.
    gtk_event_controller_set_propagation_phase(keys, GTK_PHASE_CAPTURE);
    g_signal_connect(keys, "key-pressed", G_CALLBACK(function_key), p);
    gtk_widget_add_controller(p->root, keys);
    g_signal_connect(notebook, "dirty", G_CALLBACK(dirtied), p);
    g_signal_connect(notebook, "saved", G_CALLBACK(saved), p);
    g_signal_connect(p->model, "state", G_CALLBACK(state_changed), p);
    g_signal_connect(p->model, "selection", G_CALLBACK(selected_elsewhere), p);
    g_signal_connect(p->model, "connected", G_CALLBACK(connected), p);
    g_signal_connect(p->model, "published", G_CALLBACK(published), p);
    g_signal_connect(p->model, "input", G_CALLBACK(input_wanted), p);
    name_lesson(p);
    return p;
}
