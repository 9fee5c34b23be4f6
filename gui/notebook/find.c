// SPDX-License-Identifier: Apache-2.0
// find.c: find and replace over all cells. The search goes through the cells' texts as data, so
// it finds what no row shows; the place found is then opened and selected. Case counts when the
// sought text has a capital.
#include "notebook/page.h"

#include <glib/gi18n.h>
#include <string.h>

struct AdjUiFind {
    AdjUiPage *page;
    GtkWidget *bar, *entry, *with, *replace_row, *count;
};

static gboolean has_capital(const char *s)
{
    for (; *s; s = g_utf8_next_char(s))
        if (g_unichar_isupper(g_utf8_get_char(s))) return TRUE;
    return FALSE;
}

// Both folded alike, so byte offsets of the two texts agree only where folding keeps lengths;
// ASCII folding does, and that is what is folded.
static const char *find_in(const char *text, const char *what, gboolean exact)
{
    if (exact) return strstr(text, what);
    gsize n = strlen(what);
    for (; *text; text++)
        if (!g_ascii_strncasecmp(text, what, n)) return text;
    return NULL;
}

static const char *sought(AdjUiFind *f)
{
    return gtk_editable_get_text(GTK_EDITABLE(f->entry));
}

static int count_in(const char *text, const char *what, gboolean exact)
{
    int n = 0;
    while ((text = find_in(text, what, exact))) n++, text += strlen(what);
    return n;
}

static void show_count(AdjUiFind *f)
{
    const char *what = sought(f);
    int total = 0;
    for (guint i = 0; *what && i < adj_ui_notebook_count(f->page->notebook); i++) {
        g_autofree char *text = adj_ui_cell_text(adj_ui_notebook_cell(f->page->notebook, i));
        total += count_in(text, what, has_capital(what));
    }
    g_autofree char *words =
        *what ? g_strdup_printf(ngettext("%d place", "%d places", (gulong)total), total)
              : g_strdup("");
    gtk_label_set_text(GTK_LABEL(f->count), words);
    if (*what && !total)
        gtk_widget_add_css_class(f->entry, "error");
    else
        gtk_widget_remove_css_class(f->entry, "error");
}

// The last occurrence that begins before [end].
static const char *find_last(const char *text, const char *end, const char *what,
                             gboolean exact)
{
    const char *last = NULL, *s = text;
    while ((s = find_in(s, what, exact)) && s < end) last = s++;
    return last;
}

static void show_place(AdjUiFind *f, AdjUiCell *c, int start, int length)
{
    adj_ui_page_go_cell(f->page, c, TRUE);
    GtkTextBuffer *b = GTK_TEXT_BUFFER(adj_ui_cell_buffer(c));
    GtkTextIter from, to;
    gtk_text_buffer_get_iter_at_offset(b, &from, start);
    gtk_text_buffer_get_iter_at_offset(b, &to, start + length);
    gtk_text_buffer_select_range(b, &from, &to);
    gtk_widget_grab_focus(f->entry);
    gtk_editable_set_position(GTK_EDITABLE(f->entry), -1);
}

static gboolean find_in_cell(AdjUiFind *f, AdjUiCell *c, int from, int direction)
{
    const char *what = sought(f);
    gboolean exact = has_capital(what);
    g_autofree char *text = adj_ui_cell_text(c);
    const char *start = from < 0 ? text + strlen(text) : g_utf8_offset_to_pointer(text, from);
    const char *hit =
        direction > 0 ? find_in(start, what, exact) : find_last(text, start, what, exact);
    if (!hit) return FALSE;
    show_place(f, c, (int)g_utf8_pointer_to_offset(text, hit), (int)g_utf8_strlen(what, -1));
    return TRUE;
}

void adj_ui_find_step(AdjUiFind *f, int direction)
{
    AdjUiPage *p = f->page;
    guint count = adj_ui_page_count(p);
    if (!*sought(f) || !count) return;
    GtkTextIter from, to;
    GtkTextBuffer *b = GTK_TEXT_BUFFER(adj_ui_cell_buffer(adj_ui_page_cell(p, p->cursor)));
    gtk_text_buffer_get_selection_bounds(b, &from, &to);
    int at = gtk_text_iter_get_offset(direction > 0 ? &to : &from);
    for (guint i = 0; i <= count; i++) {
        guint cell = (p->cursor + (direction > 0 ? i : count - i % count)) % count;
        int start = i == 0 ? at : direction > 0 ? 0 : ADJ_UI_NONE;
        if (find_in_cell(f, adj_ui_page_cell(p, cell), start, direction)) return;
    }
}

static gboolean selection_is_hit(AdjUiFind *f, GtkTextBuffer *b)
{
    GtkTextIter from, to;
    if (!gtk_text_buffer_get_selection_bounds(b, &from, &to)) return FALSE;
    g_autofree char *text = gtk_text_buffer_get_text(b, &from, &to, TRUE);
    const char *what = sought(f);
    return has_capital(what) ? g_str_equal(text, what) : !g_ascii_strcasecmp(text, what);
}

static void replace_one(AdjUiFind *f)
{
    AdjUiPage *p = f->page;
    GtkTextBuffer *b = GTK_TEXT_BUFFER(adj_ui_cell_buffer(adj_ui_page_cell(p, p->cursor)));
    if (selection_is_hit(f, b)) {
        gtk_text_buffer_begin_user_action(b);
        gtk_text_buffer_delete_selection(b, TRUE, TRUE);
        gtk_text_buffer_insert_at_cursor(b, gtk_editable_get_text(GTK_EDITABLE(f->with)), -1);
        gtk_text_buffer_end_user_action(b);
    }
    adj_ui_find_step(f, 1);
    show_count(f);
}

static int replace_in_cell(AdjUiFind *f, AdjUiCell *c)
{
    const char *what = sought(f), *with = gtk_editable_get_text(GTK_EDITABLE(f->with));
    gboolean exact = has_capital(what);
    g_autofree char *text = adj_ui_cell_text(c);
    GString *out = g_string_new(NULL);
    int n = 0;
    const char *s = text;
    for (const char *hit; (hit = find_in(s, what, exact)); s = hit + strlen(what), n++) {
        g_string_append_len(out, s, hit - s);
        g_string_append(out, with);
    }
    g_string_append(out, s);
    if (n) {
        GtkTextBuffer *b = GTK_TEXT_BUFFER(adj_ui_cell_buffer(c));
        GtkTextIter from, to;
        gtk_text_buffer_begin_user_action(b);
        gtk_text_buffer_get_bounds(b, &from, &to);
        gtk_text_buffer_delete(b, &from, &to);
        gtk_text_buffer_insert(b, &from, out->str, -1);
        gtk_text_buffer_end_user_action(b);
    }
    g_string_free(out, TRUE);
    return n;
}

static void replace_all(AdjUiFind *f)
{
    int n = 0;
    for (guint i = 0; *sought(f) && i < adj_ui_notebook_count(f->page->notebook); i++)
        n += replace_in_cell(f, adj_ui_notebook_cell(f->page->notebook, i));
    g_autofree char *words =
        g_strdup_printf(ngettext("Replaced %d place", "Replaced %d places", (gulong)n), n);
    adj_ui_page_tell(f->page, words);
    show_count(f);
}

// -- the bar --------------------------------------------------------------------------------

static void close_bar(AdjUiFind *f)
{
    gtk_search_bar_set_search_mode(GTK_SEARCH_BAR(f->bar), FALSE);
    adj_ui_page_go(f->page, f->page->cursor, f->page->editing);
}

static gboolean key(GtkEventControllerKey *c, guint k, guint code, GdkModifierType state,
                    gpointer self)
{
    (void)c, (void)code, (void)state;
    if (k != GDK_KEY_Escape) return GDK_EVENT_PROPAGATE;
    close_bar(self);
    return GDK_EVENT_STOP;
}

static void add_button(GtkWidget *box, const char *icon, const char *text, const char *tip,
                       GCallback clicked, gpointer self)
{
    GtkWidget *b =
        icon ? gtk_button_new_from_icon_name(icon) : gtk_button_new_with_mnemonic(text);
    gtk_widget_set_tooltip_text(b, tip);
    gtk_accessible_update_property(GTK_ACCESSIBLE(b), GTK_ACCESSIBLE_PROPERTY_LABEL, tip, -1);
    g_signal_connect_swapped(b, "clicked", clicked, self);
    gtk_box_append(GTK_BOX(box), b);
}

static void next(AdjUiFind *f)
{
    adj_ui_find_step(f, 1);
}

static void previous(AdjUiFind *f)
{
    adj_ui_find_step(f, -1);
}

static GtkWidget *make_find_row(AdjUiFind *f)
{
    GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    f->entry = gtk_search_entry_new();
    gtk_editable_set_width_chars(GTK_EDITABLE(f->entry), 8);
    gtk_widget_set_hexpand(f->entry, TRUE);
    gtk_accessible_update_property(GTK_ACCESSIBLE(f->entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Find"), -1);
    g_signal_connect_swapped(f->entry, "search-changed", G_CALLBACK(show_count), f);
    g_signal_connect_swapped(f->entry, "activate", G_CALLBACK(next), f);
    g_signal_connect_swapped(f->entry, "next-match", G_CALLBACK(next), f);
    g_signal_connect_swapped(f->entry, "previous-match", G_CALLBACK(previous), f);
    g_signal_connect_swapped(f->entry, "stop-search", G_CALLBACK(close_bar), f);
    gtk_box_append(GTK_BOX(row), f->entry);
    f->count = gtk_label_new("");
    gtk_widget_add_css_class(f->count, "dim-label");
    gtk_label_set_width_chars(GTK_LABEL(f->count), 10);
    gtk_box_append(GTK_BOX(row), f->count);
    add_button(row, "go-up-symbolic", NULL, _("Previous (Ctrl+Shift+G)"), G_CALLBACK(previous),
               f);
    add_button(row, "go-down-symbolic", NULL, _("Next (Ctrl+G)"), G_CALLBACK(next), f);
    return row;
}

static GtkWidget *make_replace_row(AdjUiFind *f)
{
    f->replace_row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    f->with = gtk_entry_new();
    gtk_editable_set_width_chars(GTK_EDITABLE(f->with), 8);
    gtk_entry_set_placeholder_text(GTK_ENTRY(f->with), _("Replace with"));
    gtk_accessible_update_property(GTK_ACCESSIBLE(f->with), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Replace with"), -1);
    gtk_widget_set_hexpand(f->with, TRUE);
    g_signal_connect_swapped(f->with, "activate", G_CALLBACK(replace_one), f);
    gtk_box_append(GTK_BOX(f->replace_row), f->with);
    add_button(f->replace_row, NULL, _("_Replace"), _("Replace this place and find the next"),
               G_CALLBACK(replace_one), f);
    add_button(f->replace_row, NULL, _("Replace _All"),
               _("Replace every place in the notebook"), G_CALLBACK(replace_all), f);
    return f->replace_row;
}

AdjUiFind *adj_ui_find_new(AdjUiPage *p)
{
    AdjUiFind *f = g_new0(AdjUiFind, 1);
    f->page = p;
    f->bar = gtk_search_bar_new();
    GtkWidget *rows = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
    gtk_widget_set_size_request(rows, 520, -1);
    GtkEventController *keys = gtk_event_controller_key_new();
    gtk_event_controller_set_propagation_phase(keys, GTK_PHASE_CAPTURE);
    g_signal_connect(keys, "key-pressed", G_CALLBACK(key), f);
    gtk_widget_add_controller(rows, keys);
    gtk_box_append(GTK_BOX(rows), make_find_row(f));
    gtk_box_append(GTK_BOX(rows), make_replace_row(f));
    gtk_search_bar_set_child(GTK_SEARCH_BAR(f->bar), rows);
    gtk_search_bar_connect_entry(GTK_SEARCH_BAR(f->bar), GTK_EDITABLE(f->entry));
    gtk_search_bar_set_show_close_button(GTK_SEARCH_BAR(f->bar), TRUE);
    return f;
}

GtkWidget *adj_ui_find_bar(AdjUiFind *f)
{
    return f->bar;
}

void adj_ui_find_open(AdjUiFind *f, gboolean replace)
{
    gtk_widget_set_visible(f->replace_row, replace);
    gtk_search_bar_set_search_mode(GTK_SEARCH_BAR(f->bar), TRUE);
    gtk_widget_grab_focus(f->entry);
    gtk_editable_select_region(GTK_EDITABLE(f->entry), 0, -1);
    show_count(f);
}
