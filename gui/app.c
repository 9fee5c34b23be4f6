// SPDX-License-Identifier: Apache-2.0
// app.c: one application, any number of windows: the command line, the style, actions that
// belong to no window.
#include "app.h"

#include "names.h"
#include "panels/panel.h"
#include "settings.h"

#include <glib/gi18n.h>

static GtkWidget *window_for(GApplication *app)
{
    GtkWindow *w = gtk_application_get_active_window(GTK_APPLICATION(app));
    return w ? GTK_WIDGET(w) : adj_ui_window_new(ADW_APPLICATION(app));
}

static void activate(GApplication *app, gpointer self)
{
    (void)self;
    gtk_window_present(GTK_WINDOW(window_for(app)));
}

static void open_files(GApplication *app, GFile **files, int count, const char *hint,
                       gpointer self)
{
    (void)self;
    GtkWidget *w = window_for(app);
    for (int i = 0; i < count; i++) adj_ui_window_open(w, files[i], *hint ? hint : NULL);
    gtk_window_present(GTK_WINDOW(w));
}

// `--existing FILE` attaches to the session of that connection file, alone or with a notebook.
static int command_line(GApplication *app, GApplicationCommandLine *line, gpointer self)
{
    (void)self;
    GVariantDict *options = g_application_command_line_get_options_dict(line);
    const char *existing = NULL;
    g_variant_dict_lookup(options, "existing", "^&ay", &existing);
    int count;
    g_auto(GStrv) arguments = g_application_command_line_get_arguments(line, &count);
    GtkWidget *w = window_for(app);
    for (int i = 1; i < count; i++) {
        g_autoptr(GFile) file =
            g_application_command_line_create_file_for_arg(line, arguments[i]);
        adj_ui_window_open(w, file, existing);
    }
    if (existing && count < 2) adj_ui_window_open(w, NULL, existing);
    gtk_window_present(GTK_WINDOW(w));
    return 0;
}

static void new_window(GSimpleAction *a, GVariant *v, gpointer app)
{
    (void)a, (void)v;
    gtk_window_present(GTK_WINDOW(adj_ui_window_new(app)));
}

static void quit(GSimpleAction *a, GVariant *v, gpointer app)
{
    (void)a, (void)v;
    GList *next;
    for (GList *l = gtk_application_get_windows(app); l; l = next) {
        next = l->next;
        gtk_window_close(l->data);
    }
}

static void about(GSimpleAction *a, GVariant *v, gpointer app)
{
    (void)a, (void)v;
    adw_show_about_window(gtk_application_get_active_window(app), "application-name",
                          _("Adjoint"), "application-icon", ADJ_UI_ID, "version",
                          ADJ_UI_VERSION, "comments",
                          _("A workbench for neural networks you can see through"),
                          "license-type", GTK_LICENSE_APACHE_2_0, NULL);
}

static void shortcuts(GSimpleAction *a, GVariant *v, gpointer app)
{
    (void)a, (void)v;
    GtkWidget *w = adj_ui_shortcuts_new();
    gtk_window_set_transient_for(GTK_WINDOW(w), gtk_application_get_active_window(app));
    gtk_window_present(GTK_WINDOW(w));
}

static void preferences(GSimpleAction *a, GVariant *v, gpointer app)
{
    (void)a, (void)v;
    GtkWidget *w = adj_ui_preferences_new();
    gtk_window_set_transient_for(GTK_WINDOW(w), gtk_application_get_active_window(app));
    gtk_window_present(GTK_WINDOW(w));
}

static void set_style(GSimpleAction *a, GVariant *v, gpointer app)
{
    (void)app;
    static const struct {
        const char *name;
        AdwColorScheme scheme;
    } styles[] = {{"system", ADW_COLOR_SCHEME_DEFAULT},
                  {"light", ADW_COLOR_SCHEME_FORCE_LIGHT},
                  {"dark", ADW_COLOR_SCHEME_FORCE_DARK}};
    for (gsize i = 0; i < G_N_ELEMENTS(styles); i++)
        if (g_str_equal(g_variant_get_string(v, NULL), styles[i].name))
            adw_style_manager_set_color_scheme(adw_style_manager_get_default(),
                                               styles[i].scheme);
    g_simple_action_set_state(a, v);
    if (!g_getenv("ADJOINT_STYLE")) adj_ui_keep_style(g_variant_get_string(v, NULL));
}

static void add_accels(GtkApplication *app)
{
    for (const AdjUiAccel *k = adj_ui_accels; k->action; k++) {
        if (g_str_equal(k->group, ADJ_UI_PRESENTATION)) continue;  // present.c sets them
        g_auto(GStrv) keys = g_strsplit(k->keys, " ", -1);
        gtk_application_set_accels_for_action(app, k->action, (const char *const *)keys);
    }
    for (int i = 0; adj_ui_panels[i]; i++) {
        g_autofree char *action = g_strdup_printf("win.panel::%s", adj_ui_panels[i]->name);
        gtk_application_set_accels_for_action(
            app, action, (const char *[]){adj_ui_panels[i]->shortcut, NULL});
    }
}

static void startup(GApplication *app, gpointer self)
{
    (void)self;
    GtkIconTheme *icons = gtk_icon_theme_get_for_display(gdk_display_get_default());
    gtk_icon_theme_add_resource_path(icons, ADJ_UI_PATH "/icons");
    GtkSourceLanguageManager *languages = gtk_source_language_manager_get_default();
    gtk_source_language_manager_append_search_path(languages, "resource://" ADJ_UI_PATH);
    const char *style = g_getenv("ADJOINT_STYLE");
    g_action_group_change_action_state(G_ACTION_GROUP(app), "style",
                                       g_variant_new_string(style ? style : adj_ui_style()));
    add_accels(GTK_APPLICATION(app));
    adj_ui_names_install();
    g_object_set_data_full(G_OBJECT(app), "languages", adj_ui_languages_load(),
                           (GDestroyNotify)g_ptr_array_unref);
}

AdwApplication *adj_ui_app_new(void)
{
    AdwApplication *app = ADW_APPLICATION(
        g_object_new(ADW_TYPE_APPLICATION, "application-id", ADJ_UI_ID, "flags",
                     G_APPLICATION_HANDLES_OPEN | G_APPLICATION_HANDLES_COMMAND_LINE |
                         G_APPLICATION_NON_UNIQUE,
                     "resource-base-path", ADJ_UI_PATH, NULL));
    g_application_add_main_option(
        G_APPLICATION(app), "existing", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME,
        _("Attach to the session of this connection file"), _("FILE"));
    static const GActionEntry actions[] = {{"new-window", new_window, NULL, NULL, NULL, {0}},
                                           {"quit", quit, NULL, NULL, NULL, {0}},
                                           {"about", about, NULL, NULL, NULL, {0}},
                                           {"preferences", preferences, NULL, NULL, NULL, {0}},
                                           {"shortcuts", shortcuts, NULL, NULL, NULL, {0}},
                                           {"style", NULL, "s", "'system'", set_style, {0}}};
    g_action_map_add_action_entries(G_ACTION_MAP(app), actions, G_N_ELEMENTS(actions), app);
    g_signal_connect(app, "startup", G_CALLBACK(startup), NULL);
    g_signal_connect(app, "activate", G_CALLBACK(activate), NULL);
    g_signal_connect(app, "open", G_CALLBACK(open_files), NULL);
    g_signal_connect(app, "command-line", G_CALLBACK(command_line), NULL);
    return app;
}
