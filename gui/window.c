// SPDX-License-Identifier: Apache-2.0
// window.c: header bar, tabs, and the actions that concern the chosen tab. A tab holds a page
// or the first page; the header shows the state of the page that is in front.
#include "app.h"
#include "frames.h"
#include "notebook/journal.h"
#include "panels/panel.h"
#include "present.h"
#include "session/client.h"
#include "share/handout.h"
#include "share/share.h"
#include "timeline/strip.h"

#include <glib/gi18n.h>
#include <string.h>

enum { ZOOM_STEP = 10 };  // percent

typedef struct {
    GtkWidget *window, *header, *title, *run, *stop, *left, *right, *menu, *tab_bar, *overlay;
    AdwTabView *tabs;
    GtkWidget *foot;     // of a presentation, or NULL
    GtkWidget *waiting;  // shown while notebooks are saved on the way out
    int saving;          // how many of them
    gboolean leaving, unsaved;
} Window;

static Window *window_of(GtkWidget *w)
{
    return g_object_get_data(G_OBJECT(w), "window");
}

static AdjUiPage *front(Window *w)
{
    AdwTabPage *t = adw_tab_view_get_selected_page(w->tabs);
    return t ? adj_ui_page_of(adw_tab_page_get_child(t)) : NULL;
}

AdjUiPage *adj_ui_window_page(GtkWidget *window)
{
    return front(window_of(window));
}

void adj_ui_window_tell(GtkWidget *window, const char *text)
{
    Window *w = window_of(window);
    g_autofree char *safe = g_markup_escape_text(text, -1);
    AdwToast *t = adw_toast_new(safe);
    adw_toast_set_timeout(t, 4);
    adw_toast_overlay_add_toast(ADW_TOAST_OVERLAY(w->overlay), t);
}

// -- what the header shows ------------------------------------------------------------------

static const char *state_text(AdjUiPage *p)
{
    switch (adj_ui_model_state(p->model)) {
    case ADJ_UI_STARTING: return _("Starting …");
    case ADJ_UI_IDLE: return _("Ready");
    case ADJ_UI_BUSY: return _("Running …");
    case ADJ_UI_DEAD: return _("Session ended");
    default: return _("No session");
    }
}

static void show_front(Window *w)
{
    AdjUiPage *p = front(w);
    gboolean busy = p && adj_ui_model_state(p->model) == ADJ_UI_BUSY;
    g_autofree char *name = p ? adj_ui_notebook_title(p->notebook) : g_strdup(_("Adjoint"));
    g_autofree char *title =
        p && p->notebook->dirty ? g_strdup_printf("• %s", name) : g_strdup(name);
    adw_window_title_set_title(ADW_WINDOW_TITLE(w->title), title);
    adw_window_title_set_subtitle(ADW_WINDOW_TITLE(w->title), p ? state_text(p) : "");
    gtk_window_set_title(GTK_WINDOW(w->window), name);
    gtk_widget_set_visible(w->run, p != NULL);
    gtk_widget_set_visible(w->stop, p != NULL);
    gtk_widget_set_sensitive(w->stop, busy);
    gtk_widget_set_visible(w->left, p != NULL);
    gtk_widget_set_visible(w->right, p != NULL);
    gtk_widget_insert_action_group(w->window, "page", p ? G_ACTION_GROUP(p->actions) : NULL);
    if (!p) return;
    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(w->left),
                                 gtk_widget_get_visible(p->navigator));
    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(w->right),
                                 gtk_widget_get_visible(p->panels));
}

static void page_changed(gpointer self, AdjUiPage *p)
{
    Window *w = self;
    AdwTabPage *t = adw_tab_view_get_page(w->tabs, p->root);
    g_autofree char *name = adj_ui_notebook_title(p->notebook);
    adw_tab_page_set_title(t, name);
    adw_tab_page_set_loading(t, adj_ui_model_state(p->model) == ADJ_UI_BUSY);
    adw_tab_page_set_needs_attention(t, adj_ui_model_state(p->model) == ADJ_UI_DEAD);
    if (p == front(w)) show_front(w);
}

static void page_says(gpointer self, const char *text)
{
    adj_ui_window_tell(((Window *)self)->window, text);
}

static void front_changed(AdwTabView *v, GParamSpec *spec, gpointer self)
{
    (void)v, (void)spec;
    show_front(self);
}

static gboolean is_blank(AdjUiNotebook *n)
{
    for (guint i = 0; i < adj_ui_notebook_count(n); i++) {
        g_autofree char *text = adj_ui_cell_text(adj_ui_notebook_cell(n, i));
        if (*g_strstrip(text)) return FALSE;
    }
    return TRUE;
}

// -- opening --------------------------------------------------------------------------------

// A tab that only shows the first page gives way to what is opened.
static void leave_welcome(Window *w)
{
    AdwTabPage *t = adw_tab_view_get_selected_page(w->tabs);
    if (t && !adj_ui_page_of(adw_tab_page_get_child(t)) &&
        adw_tab_view_get_n_pages(w->tabs) > 1)
        adw_tab_view_close_page(w->tabs, t);
}

static AdjUiPage *add_page(Window *w, AdjUiNotebook *n)
{
    AdjUiPage *p = adj_ui_page_new(n);
    p->self = w;
    p->changed = page_changed;
    p->say = page_says;
    AdwTabPage *t = adw_tab_view_append(w->tabs, p->root);
    leave_welcome(w);
    adw_tab_view_set_selected_page(w->tabs, t);
    page_changed(w, p);
    return p;
}

static AdjUiPage *find_open(Window *w, GFile *file)
{
    for (int i = 0; i < adw_tab_view_get_n_pages(w->tabs); i++) {
        AdwTabPage *t = adw_tab_view_get_nth_page(w->tabs, i);
        AdjUiPage *p = adj_ui_page_of(adw_tab_page_get_child(t));
        if (!p || !p->notebook->origin || !g_file_equal(p->notebook->origin, file)) continue;
        adw_tab_view_set_selected_page(w->tabs, t);
        return p;
    }
    return NULL;
}

static gboolean start_page(gpointer self)
{
    AdjUiPage *p = adj_ui_page_of(self);
    if (adj_ui_model_state(p->model) == ADJ_UI_ABSENT) adj_ui_page_start_session(p);
    return G_SOURCE_REMOVE;
}

// What it was to be opened with: a tab that may be closed meanwhile.
typedef struct {
    GtkWidget *root;
    char *connection;
    GFile *file;
} Wanted;

static void opened(gpointer self, gboolean recovered, const char *error)
{
    Wanted *want = self;
    AdjUiPage *p = adj_ui_page_of(want->root);
    GtkWidget *window = GTK_WIDGET(gtk_widget_get_root(want->root));
    if (window && error) {
        adj_ui_window_tell(window, error);
        adw_tab_view_close_page(window_of(window)->tabs,
                                adw_tab_view_get_page(window_of(window)->tabs, want->root));
    } else if (window) {
        adj_ui_page_set_loading(p, FALSE);
        if (recovered)
            adj_ui_window_tell(window, _("Changes that were not saved have come back"));
        if (want->file) adj_ui_recent_add(want->file);
        if (want->connection)
            adj_ui_page_attach(p, want->connection);
        else  // after the first picture
            g_idle_add_full(G_PRIORITY_LOW, start_page, g_object_ref(p->root), g_object_unref);
        adj_ui_page_go(p, 0, is_blank(p->notebook));
        page_changed(window_of(window), p);
    }
    g_object_unref(want->root);
    g_clear_object(&want->file);
    g_free(want->connection);
    g_free(want);
}

static Wanted *wanted(AdjUiPage *p, GFile *file, const char *connection)
{
    Wanted *want = g_new(Wanted, 1);
    *want =
        (Wanted){g_object_ref(p->root), g_strdup(connection), file ? g_object_ref(file) : NULL};
    return want;
}

AdjUiPage *adj_ui_window_open(GtkWidget *window, GFile *file, const char *connection)
{
    Window *w = window_of(window);
    AdjUiPage *p = file ? find_open(w, file) : NULL;
    if (p) return p;
    g_autoptr(AdjUiNotebook) n = adj_ui_notebook_new();
    p = add_page(w, g_object_ref(n));
    if (file) {
        adj_ui_page_set_loading(p, TRUE);
        adj_ui_notebook_open(n, file, opened, wanted(p, file, connection));
        page_changed(w, p);
    } else {
        opened(wanted(p, NULL, connection), FALSE, NULL);
    }
    return p;
}

// -- closing --------------------------------------------------------------------------------

static void close_now(Window *w, AdjUiPage *p, gboolean keep_session)
{
    AdwTabPage *t = adw_tab_view_get_page(w->tabs, p->root);
    if (!keep_session) adj_ui_client_stop(adj_ui_model_client(p->model));
    adw_tab_view_close_page_finish(w->tabs, t, TRUE);
}

static void asked_to_close(AdwMessageDialog *d, const char *response, gpointer root)
{
    (void)d;
    AdjUiPage *p = adj_ui_page_of(root);
    Window *w = p->self;
    if (g_str_equal(response, "cancel")) {
        adw_tab_view_close_page_finish(w->tabs, adw_tab_view_get_page(w->tabs, root), FALSE);
        return;
    }
    if (g_str_equal(response, "discard")) adj_ui_journal_discard(p->notebook->journal);
    close_now(w, p, g_str_equal(response, "keep"));
}

static void ask_to_close(Window *w, AdjUiPage *p, const char *title, const char *text,
                         const char *id, const char *label)
{
    GtkWidget *d = adw_message_dialog_new(GTK_WINDOW(w->window), title, text);
    adw_message_dialog_add_responses(ADW_MESSAGE_DIALOG(d), "cancel", _("_Cancel"), id, label,
                                     NULL);
    gboolean keep = g_str_equal(id, "keep");
    if (keep) adw_message_dialog_add_response(ADW_MESSAGE_DIALOG(d), "end", _("_End It"));
    adw_message_dialog_set_response_appearance(ADW_MESSAGE_DIALOG(d), keep ? "end" : id,
                                               ADW_RESPONSE_DESTRUCTIVE);
    adw_message_dialog_set_close_response(ADW_MESSAGE_DIALOG(d), "cancel");
    g_signal_connect_object(d, "response", G_CALLBACK(asked_to_close), p->root, 0);
    gtk_window_present(GTK_WINDOW(d));
}

static void close_saved(Window *w, AdjUiPage *p)
{
    if (adj_ui_model_state(p->model) == ADJ_UI_BUSY)
        ask_to_close(w, p, _("A Cell Is Running"),
                     _("The session can go on without the window. Opening the notebook again "
                       "connects to it."),
                     "keep", _("_Let It Run"));
    else if (!p->notebook->file && p->notebook->dirty && !is_blank(p->notebook))
        ask_to_close(w, p, _("Discard This Notebook?"), _("It has never been saved."),
                     "discard", _("_Discard"));
    else
        close_now(w, p, FALSE);
}

static void saved_to_close(gpointer root, const char *error)
{
    AdjUiPage *p = adj_ui_page_of(root);
    Window *w = p->self;
    if (error) {
        adj_ui_window_tell(w->window, error);
        adw_tab_view_close_page_finish(w->tabs, adw_tab_view_get_page(w->tabs, root), FALSE);
    } else {
        close_saved(w, p);
    }
    g_object_unref(root);
}

static gboolean needs_saving(AdjUiNotebook *n)
{
    return n->file && (n->dirty || n->saving);
}

static gboolean close_page(AdwTabView *v, AdwTabPage *t, gpointer self)
{
    Window *w = self;
    AdjUiPage *p = adj_ui_page_of(adw_tab_page_get_child(t));
    if (!p)
        adw_tab_view_close_page_finish(v, t, TRUE);
    else if (needs_saving(p->notebook))
        adj_ui_notebook_save(p->notebook, NULL, saved_to_close, g_object_ref(p->root));
    else
        close_saved(w, p);
    return GDK_EVENT_STOP;
}

static void page_gone(AdwTabView *v, AdwTabPage *t, int at, gpointer self)
{
    (void)t, (void)at;
    Window *w = self;
    if (adw_tab_view_get_n_pages(v) || !gtk_widget_get_visible(w->window)) return;
    AdwTabPage *first = adw_tab_view_append(v, adj_ui_welcome_new());
    adw_tab_page_set_title(first, _("Welcome"));
}

static AdjUiPage *nth_page(Window *w, int i)
{
    return adj_ui_page_of(adw_tab_page_get_child(adw_tab_view_get_nth_page(w->tabs, i)));
}

// One that could not be saved keeps the window open; who closes it again knows, and what was
// typed is in the journal.
static void saved_on_the_way_out(gpointer window, const char *error)
{
    Window *w = window_of(window);
    if (error) {
        adj_ui_window_tell(window, error);
        w->unsaved = TRUE;
    }
    if (--w->saving == 0) {
        gtk_widget_set_visible(w->waiting, FALSE);
        gtk_widget_set_sensitive(w->overlay, TRUE);
        w->leaving = TRUE;
        if (!w->unsaved) gtk_window_close(window);
    }
    g_object_unref(window);
}

static void save_all(Window *w)
{
    for (int i = 0; i < adw_tab_view_get_n_pages(w->tabs); i++) {
        AdjUiPage *p = nth_page(w, i);
        if (!p || !needs_saving(p->notebook)) continue;
        w->saving++;
        adj_ui_notebook_save(p->notebook, NULL, saved_on_the_way_out, g_object_ref(w->window));
    }
    if (!w->saving) return;
    gtk_widget_set_visible(w->waiting, TRUE);
    gtk_widget_set_sensitive(w->overlay, FALSE);
}

// Titled notebooks are saved on the way out, untitled ones stay in their journal; sessions that
// run a cell go on.
static gboolean close_window(GtkWindow *window, gpointer self)
{
    (void)window;
    Window *w = self;
    if (!w->leaving && !w->saving) save_all(w);
    if (w->saving) return GDK_EVENT_STOP;
    for (int i = 0; i < adw_tab_view_get_n_pages(w->tabs); i++) {
        AdjUiPage *p = nth_page(w, i);
        if (!p) continue;
        if (!p->notebook->loading && is_blank(p->notebook))
            adj_ui_journal_discard(p->notebook->journal);
        if (adj_ui_model_state(p->model) != ADJ_UI_BUSY)
            adj_ui_client_stop(adj_ui_model_client(p->model));
    }
    return GDK_EVENT_PROPAGATE;
}

// -- actions --------------------------------------------------------------------------------

static void act_new_tab(GtkWidget *window, const char *name, GVariant *v)
{
    (void)name, (void)v;
    adj_ui_window_open(window, NULL, NULL);
}

static void act_open_uri(GtkWidget *window, const char *name, GVariant *v)
{
    (void)name;
    g_autoptr(GFile) file = g_file_new_for_uri(g_variant_get_string(v, NULL));
    adj_ui_window_open(window, file, NULL);
}

static void act_recover(GtkWidget *window, const char *name, GVariant *v)
{
    (void)name;
    g_autoptr(AdjUiNotebook) n = adj_ui_notebook_new();
    AdjUiPage *p = add_page(window_of(window), g_object_ref(n));
    adj_ui_page_set_loading(p, TRUE);
    adj_ui_notebook_adopt(n, g_variant_get_string(v, NULL), opened, wanted(p, NULL, NULL));
}

static void open_chosen(GtkNativeDialog *d, int response, gpointer window)
{
    g_autoptr(GFile) file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(d));
    if (response == GTK_RESPONSE_ACCEPT && file) adj_ui_window_open(window, file, NULL);
    g_object_unref(d);
}

static void act_open(GtkWidget *window, const char *name, GVariant *v)
{
    (void)name, (void)v;
    GtkFileChooserNative *d =
        gtk_file_chooser_native_new(_("Open a Notebook"), GTK_WINDOW(window),
                                    GTK_FILE_CHOOSER_ACTION_OPEN, _("_Open"), _("_Cancel"));
    GtkFileFilter *f = gtk_file_filter_new();
    gtk_file_filter_set_name(f, _("Notebooks and scripts"));
    gtk_file_filter_add_suffix(f, "ipynb");
    gtk_file_filter_add_suffix(f, "adj");
    gtk_file_filter_add_suffix(f, "py");
    gtk_file_chooser_add_filter(GTK_FILE_CHOOSER(d), f);
    g_signal_connect(d, "response", G_CALLBACK(open_chosen), window);
    gtk_native_dialog_show(GTK_NATIVE_DIALOG(d));
}

static void saved(gpointer root, const char *error)
{
    AdjUiPage *p = adj_ui_page_of(root);
    if (error && gtk_widget_get_root(root))
        adj_ui_page_tell(p, error);
    else if (!error)
        adj_ui_recent_add(p->notebook->file);
    g_object_unref(root);
}

static void save_to(GtkWidget *window, AdjUiPage *p, GFile *file)
{
    (void)window;
    adj_ui_notebook_save(p->notebook, file, saved, g_object_ref(p->root));
}

static void save_chosen(GtkNativeDialog *d, int response, gpointer window)
{
    g_autoptr(GFile) file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(d));
    AdjUiPage *p = adj_ui_window_page(window);
    if (response == GTK_RESPONSE_ACCEPT && file && p) save_to(window, p, file);
    g_object_unref(d);
}

static void act_save_as(GtkWidget *window, const char *name, GVariant *v)
{
    (void)name, (void)v;
    if (!adj_ui_window_page(window)) return;
    GtkFileChooserNative *d =
        gtk_file_chooser_native_new(_("Save the Notebook"), GTK_WINDOW(window),
                                    GTK_FILE_CHOOSER_ACTION_SAVE, _("_Save"), _("_Cancel"));
    g_autofree char *title = adj_ui_notebook_title(adj_ui_window_page(window)->notebook);
    g_autofree char *suggested = g_str_has_suffix(title, ".ipynb")
                                     ? g_strdup(title)
                                     : g_strconcat(title, ".ipynb", NULL);
    gtk_file_chooser_set_current_name(GTK_FILE_CHOOSER(d), suggested);
    g_signal_connect(d, "response", G_CALLBACK(save_chosen), window);
    gtk_native_dialog_show(GTK_NATIVE_DIALOG(d));
}

static void act_save(GtkWidget *window, const char *name, GVariant *v)
{
    AdjUiPage *p = adj_ui_window_page(window);
    if (p && p->notebook->file)
        save_to(window, p, NULL);
    else
        act_save_as(window, name, v);
}

static void act_close_tab(GtkWidget *window, const char *name, GVariant *v)
{
    (void)name, (void)v;
    Window *w = window_of(window);
    AdwTabPage *t = adw_tab_view_get_selected_page(w->tabs);
    if (t) adw_tab_view_close_page(w->tabs, t);
}

static void act_turn_tab(GtkWidget *window, const char *name, GVariant *v)
{
    (void)v;
    Window *w = window_of(window);
    if (g_str_equal(name, "win.next-tab"))
        adw_tab_view_select_next_page(w->tabs);
    else
        adw_tab_view_select_previous_page(w->tabs);
}

static void act_toggle_side(GtkWidget *window, const char *name, GVariant *v)
{
    (void)v;
    AdjUiPage *p = adj_ui_window_page(window);
    if (!p) return;
    GtkWidget *side = g_str_equal(name, "win.toggle-left") ? p->navigator : p->panels;
    gtk_widget_set_visible(side, !gtk_widget_get_visible(side));
    show_front(window_of(window));
}

static void act_toggle_strip(GtkWidget *window, const char *name, GVariant *v)
{
    (void)name, (void)v;
    AdjUiPage *p = adj_ui_window_page(window);
    if (!p) return;
    gboolean wanted = !adj_ui_strip_wanted(p->strip);
    adj_ui_strip_want(p->strip, wanted);
    adj_ui_window_tell(window, wanted ? _("The steps of the training are kept and shown")
                                      : _("The past of the training is no longer kept"));
}

static void act_panel(GtkWidget *window, const char *name, GVariant *v)
{
    (void)name;
    AdjUiPage *p = adj_ui_window_page(window);
    if (!p) return;
    gtk_widget_set_visible(p->panels, TRUE);
    adj_ui_panels_show(p->panels, g_variant_get_string(v, NULL));
    show_front(window_of(window));
}

static void act_panel_table(GtkWidget *window, const char *name, GVariant *v)
{
    (void)name, (void)v;
    AdjUiPage *p = adj_ui_window_page(window);
    if (!p) return;
    gtk_widget_set_visible(p->panels, TRUE);
    adj_ui_panels_toggle_table(p->panels);
}

static void act_go_cell(GtkWidget *window, const char *name, GVariant *v)
{
    (void)name;
    AdjUiPage *p = adj_ui_window_page(window);
    if (p) adj_ui_page_go(p, g_variant_get_uint32(v), FALSE);
}

static void act_palette(GtkWidget *window, const char *name, GVariant *v)
{
    (void)name, (void)v;
    adj_ui_palette_open(window);
}

static void act_fullscreen(GtkWidget *window, const char *name, GVariant *v)
{
    (void)name, (void)v;
    if (gtk_window_is_fullscreen(GTK_WINDOW(window)))
        gtk_window_unfullscreen(GTK_WINDOW(window));
    else
        gtk_window_fullscreen(GTK_WINDOW(window));
}

// The pane with the focus, and no other.
static void act_zoom(GtkWidget *window, const char *name, GVariant *v)
{
    (void)v;
    AdjUiPage *p = adj_ui_window_page(window);
    if (!p) return;
    AdjUiPane pane = adj_ui_page_pane(p);
    int step = g_str_has_suffix(name, "in") ? ZOOM_STEP : -ZOOM_STEP;
    int zoom = g_str_has_suffix(name, "reset") ? 100 : p->zoom[pane] + step;
    adj_ui_page_set_zoom(p, pane, zoom, TRUE);
}

static void act_menu(GtkWidget *window, const char *name, GVariant *v)
{
    (void)name, (void)v;
    gtk_menu_button_popup(GTK_MENU_BUTTON(window_of(window)->menu));
}

void adj_ui_window_bare(GtkWidget *window, GtkWidget *foot)
{
    Window *w = window_of(window);
    GtkWidget *box = gtk_widget_get_parent(w->header);
    gtk_widget_set_visible(w->header, !foot);
    gtk_widget_set_visible(w->tab_bar, !foot);
    if (w->foot) gtk_box_remove(GTK_BOX(box), w->foot);
    w->foot = foot;
    if (foot) gtk_box_append(GTK_BOX(box), foot);
    show_front(w);
}

static const struct {
    const char *name, *type;
    void (*act)(GtkWidget *window, const char *name, GVariant *v);
} window_actions[] = {
    {"new-tab", NULL, act_new_tab},
    {"open", NULL, act_open},
    {"open-uri", "s", act_open_uri},
    {"recover", "s", act_recover},
    {"save", NULL, act_save},
    {"save-as", NULL, act_save_as},
    {"close-tab", NULL, act_close_tab},
    {"next-tab", NULL, act_turn_tab},
    {"previous-tab", NULL, act_turn_tab},
    {"toggle-left", NULL, act_toggle_side},
    {"toggle-right", NULL, act_toggle_side},
    {"toggle-strip", NULL, act_toggle_strip},
    {"panel", "s", act_panel},
    {"panel-table", NULL, act_panel_table},
    {"go-cell", "u", act_go_cell},
    {"palette", NULL, act_palette},
    {"export-panel", "s", adj_ui_export_panel},
    {"copy-panel", "s", adj_ui_export_copy},
    {"print", NULL, adj_ui_handout_print},
    {"export-handout", NULL, adj_ui_handout_export},
    {"export-html", NULL, adj_ui_export_html},
    {"export-html-anew", NULL, adj_ui_export_html},
    {"present", NULL, adj_ui_present_toggle},
    {"next-step", NULL, adj_ui_present_turn},
    {"previous-step", NULL, adj_ui_present_turn},
    {"keep-layout", NULL, adj_ui_present_keep},
    {"fullscreen", NULL, act_fullscreen},
    {"zoom-in", NULL, act_zoom},
    {"zoom-out", NULL, act_zoom},
    {"zoom-reset", NULL, act_zoom},
    {"menu", NULL, act_menu},
};

static void activated(GSimpleAction *a, GVariant *v, gpointer window)
{
    for (gsize i = 0; i < G_N_ELEMENTS(window_actions); i++) {
        if (!g_str_equal(g_action_get_name(G_ACTION(a)), window_actions[i].name)) continue;
        g_autofree char *name = g_strconcat("win.", window_actions[i].name, NULL);
        window_actions[i].act(window, name, v);
    }
}

static void add_actions(GtkWidget *window)
{
    for (gsize i = 0; i < G_N_ELEMENTS(window_actions); i++) {
        const char *type = window_actions[i].type;
        g_autoptr(GSimpleAction) a =
            g_simple_action_new(window_actions[i].name, type ? G_VARIANT_TYPE(type) : NULL);
        g_signal_connect(a, "activate", G_CALLBACK(activated), window);
        g_action_map_add_action(G_ACTION_MAP(window), G_ACTION(a));
    }
}

// -- putting it together --------------------------------------------------------------------

static GtkWidget *tool(const char *icon, const char *tip, const char *action)
{
    GtkWidget *b = gtk_button_new_from_icon_name(icon);
    gtk_widget_set_tooltip_text(b, tip);
    gtk_accessible_update_property(GTK_ACCESSIBLE(b), GTK_ACCESSIBLE_PROPERTY_LABEL, tip, -1);
    gtk_actionable_set_action_name(GTK_ACTIONABLE(b), action);
    gtk_widget_set_focus_on_click(b, FALSE);
    return b;
}

static GtkWidget *toggle(const char *icon, const char *tip, const char *action)
{
    GtkWidget *b = gtk_toggle_button_new();
    gtk_button_set_icon_name(GTK_BUTTON(b), icon);
    gtk_widget_set_tooltip_text(b, tip);
    gtk_accessible_update_property(GTK_ACCESSIBLE(b), GTK_ACCESSIBLE_PROPERTY_LABEL, tip, -1);
    gtk_widget_set_focus_on_click(b, FALSE);
    gtk_actionable_set_action_name(GTK_ACTIONABLE(b), action);
    return b;
}

static void append(GMenu *m, const char *label, const char *action)
{
    g_menu_append(m, label, action);
}

static GMenuModel *main_menu(void)
{
    GMenu *menu = g_menu_new();
    g_autoptr(GMenu) files = g_menu_new(), run = g_menu_new(), view = g_menu_new();
    g_autoptr(GMenu) style = g_menu_new(), help = g_menu_new(), share = g_menu_new();
    append(files, _("New Notebook"), "win.new-tab");
    append(files, _("Open …"), "win.open");
    append(files, _("Save"), "win.save");
    append(files, _("Save As …"), "win.save-as");
    append(share, _("Panel as Picture, Page or Table …"), "win.export-panel('')");
    append(share, _("Notebook as a Handout …"), "win.export-handout");
    append(share, _("Notebook as a Page …"), "win.export-html");
    append(share, _("Run and Export as a Page …"), "win.export-html-anew");
    append(run, _("Run All"), "page.run_all");
    append(run, _("Run What Is Stale"), "page.run_stale");
    append(run, _("Restart Session"), "page.restart");
    append(run, _("Restart and Run All"), "page.restart_run");
    append(run, _("Clear All Output"), "page.clear_all");
    append(view, _("Find and Replace …"), "page.replace");
    append(view, _("Search Everything …"), "win.palette");
    append(view, _("Steps of the Training"), "win.toggle-strip");
    append(view, _("Presentation"), "win.present");
    append(style, _("Follow System"), "app.style::system");
    append(style, _("Light"), "app.style::light");
    append(style, _("Dark"), "app.style::dark");
    append(help, _("Preferences"), "app.preferences");
    append(help, _("Keyboard Shortcuts"), "app.shortcuts");
    append(help, _("About Adjoint"), "app.about");
    g_menu_append_section(menu, NULL, G_MENU_MODEL(files));
    append(files, _("Print …"), "win.print");
    g_menu_append_submenu(menu, _("Export"), G_MENU_MODEL(share));
    g_menu_append_section(menu, NULL, G_MENU_MODEL(run));
    g_menu_append_section(menu, NULL, G_MENU_MODEL(view));
    g_menu_append_submenu(menu, _("Style"), G_MENU_MODEL(style));
    g_menu_append_section(menu, NULL, G_MENU_MODEL(help));
    return G_MENU_MODEL(menu);
}

static GtkWidget *make_header(Window *w)
{
    w->header = adw_header_bar_new();
    AdwHeaderBar *h = ADW_HEADER_BAR(w->header);
    w->title = adw_window_title_new("", "");
    adw_header_bar_set_title_widget(h, w->title);
    w->left = toggle("adj-sidebar-symbolic", _("Navigator (F9)"), "win.toggle-left");
    w->right = toggle("adj-inspector-symbolic", _("Inspector (Ctrl+F9)"), "win.toggle-right");
    w->run = tool("media-playback-start-symbolic", _("Run cell and go on (Shift+Enter)"),
                  "page.run_advance");
    w->stop = tool("media-playback-stop-symbolic", _("Interrupt (I, I)"), "page.interrupt");
    adw_header_bar_pack_start(h, w->left);
    adw_header_bar_pack_start(
        h, tool("tab-new-symbolic", _("New notebook (Ctrl+N)"), "win.new-tab"));
    adw_header_bar_pack_start(h,
                              tool("document-open-symbolic", _("Open (Ctrl+O)"), "win.open"));
    adw_header_bar_pack_start(h, w->run);
    adw_header_bar_pack_start(h, w->stop);
    w->menu = gtk_menu_button_new();
    gtk_menu_button_set_icon_name(GTK_MENU_BUTTON(w->menu), "open-menu-symbolic");
    gtk_widget_set_tooltip_text(w->menu, _("Main menu (F10)"));
    g_autoptr(GMenuModel) menu = main_menu();
    gtk_menu_button_set_menu_model(GTK_MENU_BUTTON(w->menu), menu);
    adw_header_bar_pack_end(h, w->menu);
    adw_header_bar_pack_end(h, w->right);
    return w->header;
}

static AdwTabView *torn_off(AdwTabView *v, gpointer self)
{
    (void)v;
    Window *w = self;
    GtkWidget *other =
        adj_ui_window_new(ADW_APPLICATION(gtk_window_get_application(GTK_WINDOW(w->window))));
    gtk_window_present(GTK_WINDOW(other));
    return window_of(other)->tabs;
}

static void attached(AdwTabView *v, AdwTabPage *t, int at, gpointer self)
{
    (void)v, (void)at;
    AdjUiPage *p = adj_ui_page_of(adw_tab_page_get_child(t));
    if (p) p->self = self;
}

static void window_free(gpointer self)
{
    Window *w = self;
    g_free(w);
}

static void make_tabs(Window *w)
{
    w->tabs = ADW_TAB_VIEW(adw_tab_view_new());
    w->tab_bar = GTK_WIDGET(adw_tab_bar_new());
    adw_tab_bar_set_view(ADW_TAB_BAR(w->tab_bar), w->tabs);
    g_signal_connect(w->tabs, "notify::selected-page", G_CALLBACK(front_changed), w);
    g_signal_connect(w->tabs, "close-page", G_CALLBACK(close_page), w);
    g_signal_connect(w->tabs, "page-detached", G_CALLBACK(page_gone), w);
    g_signal_connect(w->tabs, "page-attached", G_CALLBACK(attached), w);
    g_signal_connect(w->tabs, "create-window", G_CALLBACK(torn_off), w);
}

GtkWidget *adj_ui_window_new(AdwApplication *app)
{
    Window *w = g_new0(Window, 1);
    w->window = adw_application_window_new(GTK_APPLICATION(app));
    g_object_set_data_full(G_OBJECT(w->window), "window", w, window_free);
    gtk_window_set_default_size(GTK_WINDOW(w->window), 1360, 840);
    if (!g_strcmp0(g_getenv("GDK_BACKEND"), "broadway"))  // a browser is a screen of its own
        gtk_window_maximize(GTK_WINDOW(w->window));
    make_tabs(w);
    w->overlay = adw_toast_overlay_new();
    adw_toast_overlay_set_child(ADW_TOAST_OVERLAY(w->overlay), GTK_WIDGET(w->tabs));
    gtk_widget_set_vexpand(w->overlay, TRUE);
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    w->waiting = adj_ui_waiting_new(_("Saving …"));
    GtkWidget *cover = gtk_overlay_new();
    gtk_overlay_set_child(GTK_OVERLAY(cover), box);
    gtk_overlay_add_overlay(GTK_OVERLAY(cover), w->waiting);
    gtk_box_append(GTK_BOX(box), make_header(w));
    gtk_box_append(GTK_BOX(box), w->tab_bar);
    gtk_box_append(GTK_BOX(box), w->overlay);
    adw_application_window_set_content(ADW_APPLICATION_WINDOW(w->window), cover);
    add_actions(w->window);
    adj_ui_frames_watch(w->window);
    g_signal_connect(w->window, "close-request", G_CALLBACK(close_window), w);
    AdwTabPage *first = adw_tab_view_append(w->tabs, adj_ui_welcome_new());
    adw_tab_page_set_title(first, _("Welcome"));
    show_front(w);
    return w->window;
}
