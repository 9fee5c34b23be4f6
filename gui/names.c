// SPDX-License-Identifier: Apache-2.0
//
// See names.h. Parts of composite widgets (the button inside of a drop-down list) are named by
// the whole. It happens when a widget is first shown, whoever made it.
#include "names.h"

#include <glib/gi18n.h>

// Pictures on buttons that GTK's own widgets are made of, which have no tooltip.
static const struct {
    const char *icon, *name;
} icons[] = {
    {"window-close-symbolic", N_("Close")},
    {"edit-clear-symbolic", N_("Clear")},
    {"edit-find-symbolic", N_("Search")},
    {"system-search-symbolic", N_("Search")},
};

static const char *icon_name(GtkWidget *w)
{
    const char *icon = GTK_IS_BUTTON(w) ? gtk_button_get_icon_name(GTK_BUTTON(w)) : NULL;
    for (gsize i = 0; icon && i < G_N_ELEMENTS(icons); i++)
        if (g_str_equal(icon, icons[i].icon)) return _(icons[i].name);
    return NULL;
}

static const char *placeholder(GtkWidget *w)
{
    if (GTK_IS_ENTRY(w)) return gtk_entry_get_placeholder_text(GTK_ENTRY(w));
    if (GTK_IS_TEXT(w)) return gtk_text_get_placeholder_text(GTK_TEXT(w));
    return GTK_IS_SEARCH_ENTRY(w) ? _("Search") : NULL;
}

static gboolean is_control(GtkWidget *w)
{
    if (GTK_IS_BUTTON(w)) return !gtk_button_get_label(GTK_BUTTON(w));
    return GTK_IS_MENU_BUTTON(w) || GTK_IS_ENTRY(w) || GTK_IS_SEARCH_ENTRY(w) ||
           GTK_IS_TEXT(w) || GTK_IS_DROP_DOWN(w) || GTK_IS_RANGE(w) || GTK_IS_SPIN_BUTTON(w) ||
           GTK_IS_FLOW_BOX(w) || GTK_IS_LIST_BOX(w);
}

// The button inside of a drop-down list or a menu button.
static gboolean is_part(GtkWidget *w)
{
    GtkWidget *parent = gtk_widget_get_parent(w);
    return parent && is_control(parent);
}

static gboolean shows_words(GtkWidget *w)
{
    if (GTK_IS_LABEL(w) && *gtk_label_get_text(GTK_LABEL(w))) return TRUE;
    for (GtkWidget *c = gtk_widget_get_first_child(w); c; c = gtk_widget_get_next_sibling(c))
        if (shows_words(c)) return TRUE;
    return FALSE;
}

// What the widget says of itself, or what the control that it is a part of says.
static const char *words_for(GtkWidget *w)
{
    for (int up = 0; w && up < 4; up++, w = gtk_widget_get_parent(w)) {
        const char *text = gtk_widget_get_tooltip_text(w);
        if (!text || !*text) text = placeholder(w);
        if ((!text || !*text) && GTK_IS_MENU_BUTTON(w))
            text = gtk_menu_button_get_label(GTK_MENU_BUTTON(w));
        if (!text || !*text) text = icon_name(w);
        if (text && *text) return text;
        if (!is_control(w)) return NULL;
    }
    return NULL;
}

static void name_one(GtkWidget *w)
{
    if (!is_control(w) || (GTK_IS_BUTTON(w) && shows_words(w) && !is_part(w))) return;
    const char *text = words_for(w);
    if (text &&
        !gtk_test_accessible_has_property(GTK_ACCESSIBLE(w), GTK_ACCESSIBLE_PROPERTY_LABEL))
        gtk_accessible_update_property(GTK_ACCESSIBLE(w), GTK_ACCESSIBLE_PROPERTY_LABEL, text,
                                       -1);
}

static gboolean mapped(GSignalInvocationHint *hint, guint count, const GValue *values,
                       gpointer unused)
{
    (void)hint, (void)count, (void)unused;
    name_one(g_value_get_object(values));
    return TRUE;  // and so the next time
}

void adj_ui_names_install(void)
{
    GtkWidgetClass *class = g_type_class_ref(GTK_TYPE_WIDGET);  // its signals are there then
    g_signal_add_emission_hook(g_signal_lookup("map", GTK_TYPE_WIDGET), 0, mapped, NULL, NULL);
    g_type_class_unref(class);
}
