// SPDX-License-Identifier: Apache-2.0
// preferences.c: the window of what a user prefers, made from the rows of settings.def.
#include "app.h"
#include "panels/parts/answers.h"
#include "settings.h"

#include <glib/gi18n.h>

static void switched(GObject *o, GParamSpec *spec, gpointer row)
{
    (void)spec;
    adj_ui_set(GPOINTER_TO_INT(row), gtk_switch_get_active(GTK_SWITCH(o)));
}

static void turned(GtkSpinButton *b, gpointer row)
{
    adj_ui_set(GPOINTER_TO_INT(row), gtk_spin_button_get_value_as_int(b));
}

static GtkWidget *control(int row)
{
    const AdjUiSetting *s = &adj_ui_settings[row];
    if (s->is_flag) {
        GtkWidget *w = gtk_switch_new();
        gtk_switch_set_active(GTK_SWITCH(w), adj_ui_setting((AdjUiSettingName)row));
        g_signal_connect(w, "notify::active", G_CALLBACK(switched), GINT_TO_POINTER(row));
        return w;
    }
    GtkWidget *w = gtk_spin_button_new_with_range(s->least, s->most, s->step);
    gtk_spin_button_set_value(GTK_SPIN_BUTTON(w), adj_ui_setting((AdjUiSettingName)row));
    g_signal_connect(w, "value-changed", G_CALLBACK(turned), GINT_TO_POINTER(row));
    return w;
}

static void add_row(GtkWidget *group, const char *title, const char *text, GtkWidget *end)
{
    GtkWidget *r = adw_action_row_new();
    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(r), title);
    adw_action_row_set_subtitle(ADW_ACTION_ROW(r), text);
    gtk_widget_set_valign(end, GTK_ALIGN_CENTER);
    adw_action_row_add_suffix(ADW_ACTION_ROW(r), end);
    adw_action_row_set_activatable_widget(ADW_ACTION_ROW(r), end);
    adw_preferences_group_add(ADW_PREFERENCES_GROUP(group), r);
}

static GtkWidget *add_group(AdwPreferencesPage *page, const char *title)
{
    GtkWidget *g = adw_preferences_group_new();
    adw_preferences_group_set_title(ADW_PREFERENCES_GROUP(g), title);
    adw_preferences_page_add(page, ADW_PREFERENCES_GROUP(g));
    return g;
}

static void style_chosen(GObject *o, GParamSpec *spec, gpointer names)
{
    (void)spec;
    guint i = adw_combo_row_get_selected(ADW_COMBO_ROW(o));
    const char *style = g_strv_length(names) > i ? ((char **)names)[i] : "system";
    g_action_group_change_action_state(G_ACTION_GROUP(g_application_get_default()), "style",
                                       g_variant_new_string(style));
}

static void add_style(AdwPreferencesPage *page)
{
    static const char *const names[] = {"system", "light", "dark", NULL};
    const char *titles[] = {_("Follow System"), _("Light"), _("Dark"), NULL};
    GtkWidget *group = add_group(page, _("Colours")), *row = adw_combo_row_new();
    g_autoptr(GtkStringList) list = gtk_string_list_new(titles);
    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), _("Style"));
    adw_combo_row_set_model(ADW_COMBO_ROW(row), G_LIST_MODEL(list));
    for (guint i = 0; names[i]; i++)
        if (g_str_equal(names[i], adj_ui_style()))
            adw_combo_row_set_selected(ADW_COMBO_ROW(row), i);
    g_signal_connect(row, "notify::selected", G_CALLBACK(style_chosen), (gpointer)names);
    adw_preferences_group_add(ADW_PREFERENCES_GROUP(group), row);
}

static void open_answers(GtkButton *b, gpointer self)
{
    (void)self;
    g_autofree char *file = adj_ui_answers_path(""), *folder = g_path_get_dirname(file);
    g_autofree char *uri = g_filename_to_uri(folder, NULL, NULL);
    gtk_show_uri(GTK_WINDOW(gtk_widget_get_root(GTK_WIDGET(b))), uri, GDK_CURRENT_TIME);
}

static void add_answers(GtkWidget *group)
{
    g_autofree char *file = adj_ui_answers_path(""), *folder = g_path_get_dirname(file);
    GtkWidget *b = gtk_button_new_from_icon_name("folder-open-symbolic");
    gtk_widget_add_css_class(b, "flat");
    gtk_widget_set_tooltip_text(b, _("Open the folder"));
    g_signal_connect(b, "clicked", G_CALLBACK(open_answers), NULL);
    add_row(group, _("Folder of Answers"), folder, b);
}

GtkWidget *adj_ui_preferences_new(void)
{
    GtkWidget *w = adw_preferences_window_new(), *group = NULL;
    AdwPreferencesPage *page = ADW_PREFERENCES_PAGE(adw_preferences_page_new());
    const char *name = NULL;
    adw_preferences_window_set_search_enabled(ADW_PREFERENCES_WINDOW(w), FALSE);
    add_style(page);
    for (int i = 0; adj_ui_settings[i].name; i++) {
        const AdjUiSetting *s = &adj_ui_settings[i];
        if (g_strcmp0(name, s->group)) group = add_group(page, _(s->group));
        name = s->group;
        add_row(group, _(s->title), _(s->text), control(i));
    }
    add_answers(group);
    adw_preferences_window_add(ADW_PREFERENCES_WINDOW(w), page);
    return w;
}
