// SPDX-License-Identifier: Apache-2.0
// actions.c: exporting from a window: which file, then the bytes, then one sentence about how
// it went. Files are written and programs run beside the main loop; the dialog proposes a name
// in the notebook's folder, and the suffix one types decides what is written.
#include "share/share.h"

#include "app.h"
#include "session/note.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

// The panel called [name], or the one that is shown; NULL when there is none, which is said.
static GtkWidget *panel_of(GtkWidget *window, const char *name, const AdjUiPanel **row)
{
    AdjUiPage *p = adj_ui_window_page(window);
    if (!p) {
        adj_ui_window_tell(window, _("Open a notebook first"));
        return NULL;
    }
    if (!*name) name = adj_ui_panels_shown(p->panels);
    *row = adj_ui_panel_find(name);
    if (!*row) return NULL;
    gtk_widget_set_visible(p->panels, TRUE);
    return adj_ui_panels_show(p->panels, name);
}

// "lesson-tape.svg"
static char *proposed_name(GtkWidget *window, const char *what, const char *suffix)
{
    g_autofree char *title = adj_ui_notebook_title(adj_ui_window_page(window)->notebook);
    char *dot = strrchr(title, '.');
    if (dot && dot > title) *dot = '\0';
    g_strdelimit(title, "/", '-');
    return g_strconcat(title, what ? "-" : "", what ? what : "", ".", suffix, NULL);
}

static GtkFileChooserNative *ask_file(GtkWidget *window, const char *title, const char *name)
{
    GtkFileChooserNative *d = gtk_file_chooser_native_new(
        title, GTK_WINDOW(window), GTK_FILE_CHOOSER_ACTION_SAVE, _("_Export"), _("_Cancel"));
    GFile *file = adj_ui_window_page(window)->notebook->file;
    g_autoptr(GFile) folder = file ? g_file_get_parent(file) : NULL;
    if (folder) gtk_file_chooser_set_current_folder(GTK_FILE_CHOOSER(d), folder, NULL);
    gtk_file_chooser_set_current_name(GTK_FILE_CHOOSER(d), name);
    gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(d), TRUE);
    return d;
}

GtkFileChooserNative *adj_ui_export_dialog(GtkWidget *window, const char *title,
                                           const char *what, const char *suffix)
{
    g_autofree char *name = proposed_name(window, what, suffix);
    return ask_file(window, title, name);
}

static void tell_about(GtkWidget *window, GFile *file, GError *error)
{
    g_autofree char *name = g_file_get_parse_name(file);
    g_autofree char *text = error ? g_strdup_printf(_("Not exported: %s"), error->message)
                                  : g_strdup_printf(_("Exported to %s"), name);
    adj_ui_window_tell(window, text);
}

// -- panels -------------------------------------------------------------------------------

typedef struct {
    GtkWidget *window;  // referenced: files may take longer than windows
    const AdjUiPanel *row;
    const AdjUiFormat *format;
} Wish;

static void wish_free(gpointer data, GClosure *closure)
{
    (void)closure;
    g_object_unref(((Wish *)data)->window);
    g_free(data);
}

static void written(GObject *file, GAsyncResult *result, gpointer window)
{
    g_autoptr(GError) error = NULL;
    g_file_replace_contents_finish(G_FILE(file), result, NULL, &error);
    if (gtk_widget_get_root(window)) tell_about(window, G_FILE(file), error);
    g_object_unref(window);
}

static void export_to(const Wish *w, GFile *file)
{
    const AdjUiPanel *row = w->row;
    GtkWidget *panel = panel_of(w->window, row->name, &row);
    g_autofree char *path = g_file_get_basename(file);
    const AdjUiFormat *f = adj_ui_format_of(path);
    g_autoptr(GFile) other = NULL;
    if (!panel) return;
    if (!f || !f->can(row)) {  // a name without a suffix that is known gets one
        f = w->format;
        g_autofree char *uri = g_file_get_uri(file),
                        *more = g_strconcat(uri, ".", f->name, NULL);
        other = g_file_new_for_uri(more);
        file = other;
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = f->write(row, panel, &error);
    if (!bytes)
        tell_about(w->window, file, error);
    else
        g_file_replace_contents_bytes_async(file, bytes, NULL, FALSE, G_FILE_CREATE_NONE, NULL,
                                            written, g_object_ref(w->window));
}

static void panel_chosen(GtkNativeDialog *d, int response, gpointer wish)
{
    g_autoptr(GFile) file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(d));
    if (response == GTK_RESPONSE_ACCEPT && file) export_to(wish, file);
    gtk_native_dialog_destroy(d);
    g_object_unref(d);
}

// One filter for each format; the chosen one renames the proposal.
static void add_filters(GtkFileChooser *d, const AdjUiPanel *row, const AdjUiFormat *first)
{
    for (const AdjUiFormat *f = adj_ui_formats; f->name; f++) {
        if (!f->can(row)) continue;
        GtkFileFilter *filter = gtk_file_filter_new();
        gtk_file_filter_set_name(filter, _(f->title));
        gtk_file_filter_add_suffix(filter, f->name);
        gtk_file_chooser_add_filter(d, filter);
        if (f == first) gtk_file_chooser_set_filter(d, filter);
    }
}

void adj_ui_export_panel(GtkWidget *window, const char *name, GVariant *v)
{
    (void)name;
    g_auto(GStrv) words = g_strsplit(g_variant_get_string(v, NULL), " ", 2);
    const AdjUiPanel *row = NULL;
    if (!panel_of(window, words[0] ? words[0] : "", &row)) return;
    const AdjUiFormat *f = adj_ui_format_find(words[0] && words[1] ? words[1] : "");
    if (!f || !f->can(row)) f = adj_ui_formats;
    g_autofree char *proposal = proposed_name(window, row->name, f->name);
    g_autofree char *title = g_strdup_printf(_("Export %s"), _(row->title));
    GtkFileChooserNative *d = ask_file(window, title, proposal);
    add_filters(GTK_FILE_CHOOSER(d), row, f);
    Wish *w = g_new(Wish, 1);
    *w = (Wish){g_object_ref(window), row, f};
    g_signal_connect_data(d, "response", G_CALLBACK(panel_chosen), w, wish_free, 0);
    gtk_native_dialog_show(GTK_NATIVE_DIALOG(d));
}

// The picture and the table at once: whoever pastes takes what it understands.
void adj_ui_export_copy(GtkWidget *window, const char *name, GVariant *v)
{
    (void)name;
    const AdjUiPanel *row = NULL;
    GtkWidget *panel = panel_of(window, g_variant_get_string(v, NULL), &row);
    if (!panel) return;
    GPtrArray *forms = g_ptr_array_new();
    g_autoptr(GBytes) png = adj_ui_format_find("png")->write(row, panel, NULL);
    g_autoptr(GdkTexture) texture = png ? gdk_texture_new_from_bytes(png, NULL) : NULL;
    g_autofree char *text = row->table(panel);
    if (texture)
        g_ptr_array_add(forms, gdk_content_provider_new_typed(GDK_TYPE_TEXTURE, texture));
    if (text && *text)
        g_ptr_array_add(forms, gdk_content_provider_new_typed(G_TYPE_STRING, text));
    g_autoptr(GdkContentProvider) all =
        gdk_content_provider_new_union((GdkContentProvider **)forms->pdata, forms->len);
    g_ptr_array_free(forms, TRUE);
    gdk_clipboard_set_content(gtk_widget_get_clipboard(window), all);
    g_autofree char *said =
        g_strdup_printf(_("Copied: %s, picture and numbers"), _(row->title));
    adj_ui_window_tell(window, said);
}

// -- the notebook -------------------------------------------------------------------------

typedef struct {
    GtkWidget *window;
    GFile *out;
    char *copy;  // a file of our own to be removed, or NULL
} Page;

static void page_free(Page *p)
{
    if (p->copy) g_remove(p->copy);
    g_free(p->copy);
    g_object_unref(p->out);
    g_object_unref(p->window);
    g_free(p);
}

// What the program said of why, without its own name before it.
static void page_written(GObject *process, GAsyncResult *result, gpointer self)
{
    Page *p = self;
    g_autoptr(GError) error = NULL;
    g_autofree char *said = NULL;
    gboolean came = g_subprocess_communicate_utf8_finish(G_SUBPROCESS(process), result, NULL,
                                                         &said, &error);
    if (came && !g_subprocess_get_successful(G_SUBPROCESS(process))) {
        const char *words = said && g_str_has_prefix(said, "adjoint: ") ? said + 9 : said;
        g_autofree char *line =
            g_strndup(words ? words : "", strcspn(words ? words : "", "\n"));
        g_set_error_literal(&error, G_IO_ERROR, G_IO_ERROR_FAILED,
                            *line ? line : _("the program failed"));
    }
    if (gtk_widget_get_root(p->window)) tell_about(p->window, p->out, error);
    page_free(p);
}

// The notebook as it is now: its file, or, when that is behind, a copy beside it (pictures are
// found from there).
static char *notebook_path(AdjUiNotebook *n, Page *p, GError **error)
{
    g_autofree char *own = n->file ? g_file_get_path(n->file) : NULL;
    if (own && !n->dirty) return g_steal_pointer(&own);
    AdjUiBook book = adj_ui_notebook_snapshot(n);
    g_autofree char *text = adj_ui_book_text(&book);
    adj_ui_book_clear(&book);
    g_autofree char *folder = own ? g_path_get_dirname(own) : g_strdup(g_get_tmp_dir());
    g_autofree char *name = g_strdup_printf(".adjoint-%u.ipynb", g_random_int());
    g_autofree char *path = g_build_filename(folder, name, NULL);
    if (!g_file_set_contents(path, text, -1, error)) return NULL;
    p->copy = g_strdup(path);
    return g_steal_pointer(&path);
}

static void export_page(GtkWidget *window, GFile *out, gboolean anew)
{
    Page *p = g_new0(Page, 1);
    p->window = g_object_ref(window);
    p->out = g_object_ref(out);
    g_autoptr(GError) error = NULL;
    g_autofree char *program = adj_ui_program(), *to = g_file_get_path(out);
    g_autofree char *from = notebook_path(adj_ui_window_page(window)->notebook, p, &error);
    const char *words[] = {program, "export", from, "-o", to, "--as-is", NULL};
    if (anew) words[5] = "--allow-errors";
    g_autoptr(GSubprocess) process =
        program && from && to
            ? g_subprocess_newv(
                  words, G_SUBPROCESS_FLAGS_STDERR_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE,
                  &error)
            : NULL;
    if (!process) {
        if (!error)
            g_set_error_literal(&error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                                _("the program “adjoint” was not found"));
        tell_about(window, out, error);
        page_free(p);
        return;
    }
    g_subprocess_communicate_utf8_async(process, NULL, NULL, page_written, p);
}

static void page_chosen(GtkNativeDialog *d, int response, gpointer window)
{
    g_autoptr(GFile) file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(d));
    gboolean anew = GPOINTER_TO_INT(g_object_get_data(G_OBJECT(d), "anew"));
    if (response == GTK_RESPONSE_ACCEPT && file && adj_ui_window_page(window))
        export_page(window, file, anew);
    gtk_native_dialog_destroy(d);
    g_object_unref(d);
}

void adj_ui_export_html(GtkWidget *window, const char *name, GVariant *v)
{
    (void)v;
    if (!adj_ui_window_page(window)) {
        adj_ui_window_tell(window, _("Open a notebook first"));
        return;
    }
    gboolean anew = g_str_has_suffix(name, "anew");
    g_autofree char *proposal = proposed_name(window, NULL, "html");
    GtkFileChooserNative *d = ask_file(
        window, anew ? _("Run and Export as a Page") : _("Export as a Page"), proposal);
    g_object_set_data(G_OBJECT(d), "anew", GINT_TO_POINTER(anew));
    g_signal_connect(d, "response", G_CALLBACK(page_chosen), window);
    gtk_native_dialog_show(GTK_NATIVE_DIALOG(d));
}
