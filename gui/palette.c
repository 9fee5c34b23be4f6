// SPDX-License-Identifier: Apache-2.0
// palette.c: search of everything: commands, panels, actions of the window, cells by their
// first line. Words may come in any order; what is chosen is done in the window below.
#include "app.h"
#include "panels/panel.h"

#include <glib/gi18n.h>
#include <string.h>

enum { MOST_CELLS = 2000, WIDTH = 560, HEIGHT = 420 };

typedef struct {
    GtkWidget *dialog, *window, *entry, *list;
} Palette;

static const char *row_text(GtkListBoxRow *row)
{
    return g_object_get_data(G_OBJECT(row), "text");
}

static gboolean matches(GtkListBoxRow *row, gpointer self)
{
    Palette *p = self;
    g_autofree char *wanted =
        g_utf8_casefold(gtk_editable_get_text(GTK_EDITABLE(p->entry)), -1);
    g_auto(GStrv) words = g_strsplit(wanted, " ", -1);
    for (int i = 0; words[i]; i++)
        if (!strstr(row_text(row), words[i])) return FALSE;
    return TRUE;
}

static void add(Palette *p, const char *title, const char *text, const char *keys,
                const char *action, GVariant *target)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
    GtkWidget *words = gtk_box_new(GTK_ORIENTATION_VERTICAL, 1);
    GtkWidget *t = gtk_label_new(title), *d = gtk_label_new(text), *k = gtk_label_new(keys);
    gtk_label_set_xalign(GTK_LABEL(t), 0);
    gtk_label_set_xalign(GTK_LABEL(d), 0);
    gtk_label_set_ellipsize(GTK_LABEL(d), PANGO_ELLIPSIZE_END);
    gtk_widget_set_hexpand(words, TRUE);
    gtk_widget_add_css_class(t, "row-title");
    gtk_widget_add_css_class(d, "row-detail");
    gtk_widget_add_css_class(k, "row-kind");
    gtk_box_append(GTK_BOX(words), t);
    if (*text) gtk_box_append(GTK_BOX(words), d);
    gtk_box_append(GTK_BOX(box), words);
    gtk_box_append(GTK_BOX(box), k);
    gtk_widget_add_css_class(box, "row");
    GtkWidget *row = gtk_list_box_row_new();
    gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), box);
    g_autofree char *all = g_strjoin(" ", title, text, NULL);
    g_object_set_data_full(G_OBJECT(row), "text", g_utf8_casefold(all, -1), g_free);
    g_object_set_data_full(G_OBJECT(row), "action", g_strdup(action), g_free);
    if (target)
        g_object_set_data_full(G_OBJECT(row), "target", g_variant_ref_sink(target),
                               (GDestroyNotify)g_variant_unref);
    gtk_list_box_append(GTK_LIST_BOX(p->list), row);
}

static char *key_label(const char *keys)
{
    guint key;
    GdkModifierType held;
    g_auto(GStrv) each = g_strsplit(keys, " ", -1);
    if (!each[0] || !*each[0]) return g_strdup("");
    if (strchr(each[0], ',')) return g_strdup_printf("%c, %c", each[0][0], each[0][2]);
    if (!gtk_accelerator_parse(each[0], &key, &held)) return g_strdup("");
    return gtk_accelerator_get_label(key, held);
}

static void add_all(Palette *p, AdjUiPage *page)
{
    for (const AdjUiCommand *k = adj_ui_commands; page && k->name; k++) {
        g_autofree char *label = key_label(*k->keys ? k->keys : k->command_keys);
        g_autofree char *action = g_strconcat("page.", k->name, NULL);
        add(p, _(k->title), _(k->text), label, action, NULL);
    }
    for (int i = 0; page && adj_ui_panels[i]; i++) {
        g_autofree char *label = key_label(adj_ui_panels[i]->shortcut);
        add(p, _(adj_ui_panels[i]->title), _(adj_ui_panels[i]->text), label, "win.panel",
            g_variant_new_string(adj_ui_panels[i]->name));
    }
    for (const AdjUiAccel *k = adj_ui_accels; k->action; k++) {
        g_autofree char *label = key_label(k->keys);
        add(p, _(k->title), "", label, k->action, NULL);
    }
    guint cells = page ? MIN(adj_ui_page_count(page), MOST_CELLS) : 0;
    for (guint i = 0; i < cells; i++) {
        g_autofree char *text = adj_ui_cell_text(adj_ui_page_cell(page, i));
        g_autofree char *number = g_strdup_printf(_("cell %u"), i + 1);
        text[strcspn(text, "\n")] = '\0';
        if (*text) add(p, text, "", number, "win.go-cell", g_variant_new_uint32(i));
    }
}

static void activated(GtkListBox *list, GtkListBoxRow *row, gpointer self)
{
    (void)list;
    Palette *p = self;
    GtkWidget *window = p->window;
    g_autofree char *action = g_strdup(g_object_get_data(G_OBJECT(row), "action"));
    GVariant *target = g_object_get_data(G_OBJECT(row), "target");
    g_autoptr(GVariant) held = target ? g_variant_ref(target) : NULL;
    gtk_window_destroy(GTK_WINDOW(p->dialog));
    AdjUiPage *page = adj_ui_window_page(window);
    if (g_str_has_prefix(action, "page.") && page)
        g_action_group_activate_action(G_ACTION_GROUP(page->actions), action + 5, NULL);
    else
        gtk_widget_activate_action_variant(window, action, held);
}

static GtkListBoxRow *nth_visible(Palette *p, GtkListBoxRow *from, int by)
{
    int at = from ? gtk_list_box_row_get_index(from) + by : 0;
    GtkListBoxRow *row;
    while ((row = gtk_list_box_get_row_at_index(GTK_LIST_BOX(p->list), at))) {
        if (gtk_widget_get_child_visible(GTK_WIDGET(row))) return row;
        at += by;
        if (at < 0) break;
    }
    return from;
}

static void filter(GtkEditable *e, gpointer self)
{
    (void)e;
    Palette *p = self;
    gtk_list_box_invalidate_filter(GTK_LIST_BOX(p->list));
    gtk_list_box_select_row(GTK_LIST_BOX(p->list), nth_visible(p, NULL, 1));
}

static gboolean key(GtkEventControllerKey *c, guint k, guint code, GdkModifierType state,
                    gpointer self)
{
    (void)c, (void)code, (void)state;
    Palette *p = self;
    GtkListBoxRow *row = gtk_list_box_get_selected_row(GTK_LIST_BOX(p->list));
    if (k == GDK_KEY_Escape)
        gtk_window_destroy(GTK_WINDOW(p->dialog));
    else if (k == GDK_KEY_Down || k == GDK_KEY_Up)
        gtk_list_box_select_row(GTK_LIST_BOX(p->list),
                                nth_visible(p, row, k == GDK_KEY_Down ? 1 : -1));
    else if ((k == GDK_KEY_Return || k == GDK_KEY_KP_Enter) && row)
        activated(GTK_LIST_BOX(p->list), row, p);
    else
        return GDK_EVENT_PROPAGATE;
    return GDK_EVENT_STOP;
}

void adj_ui_palette_open(GtkWidget *window)
{
    Palette *p = g_new0(Palette, 1);
    p->window = window;
    p->dialog = adw_window_new();
    g_object_set_data_full(G_OBJECT(p->dialog), "palette", p, g_free);
    gtk_window_set_title(GTK_WINDOW(p->dialog), _("Search Everything"));
    gtk_window_set_modal(GTK_WINDOW(p->dialog), TRUE);
    gtk_window_set_transient_for(GTK_WINDOW(p->dialog), GTK_WINDOW(window));
    gtk_window_set_default_size(GTK_WINDOW(p->dialog), WIDTH, HEIGHT);
    p->entry = gtk_search_entry_new();
    p->list = gtk_list_box_new();
    gtk_widget_add_css_class(p->list, "navigation-list");
    add_all(p, adj_ui_window_page(window));
    gtk_list_box_set_filter_func(GTK_LIST_BOX(p->list), matches, p, NULL);
    gtk_list_box_select_row(GTK_LIST_BOX(p->list),
                            gtk_list_box_get_row_at_index(GTK_LIST_BOX(p->list), 0));
    g_signal_connect(p->entry, "changed", G_CALLBACK(filter), p);
    g_signal_connect(p->list, "row-activated", G_CALLBACK(activated), p);
    GtkEventController *keys = gtk_event_controller_key_new();
    gtk_event_controller_set_propagation_phase(keys, GTK_PHASE_CAPTURE);
    g_signal_connect(keys, "key-pressed", G_CALLBACK(key), p);
    gtk_widget_add_controller(p->dialog, keys);
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0), *s = gtk_scrolled_window_new();
    gtk_widget_add_css_class(box, "palette");
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(s), p->list);
    gtk_widget_set_vexpand(s, TRUE);
    gtk_box_append(GTK_BOX(box), p->entry);
    gtk_box_append(GTK_BOX(box), s);
    adw_window_set_content(ADW_WINDOW(p->dialog), box);
    gtk_window_present(GTK_WINDOW(p->dialog));
    gtk_widget_grab_focus(p->entry);
}
