// SPDX-License-Identifier: Apache-2.0
// shortcuts.c: the window of all keys. GTK 4.8 builds it only from XML, so the rows become XML.
#include "app.h"
#include "panels/panel.h"

#include <glib/gi18n.h>
#include <string.h>

static const struct {
    const char *name, *title;
} groups[] = {{"run", N_("Running")},
              {"cell", N_("Cells")},
              {"move", N_("Moving About")},
              {"view", N_("Folding")},
              {"edit", N_("Finding")}};

static void add_shortcut(GString *xml, const char *keys, const char *title)
{
    if (!*keys) return;
    g_autofree char *joined = g_strdup(keys);
    g_strdelimit(joined, ",", '+');  // "d,d": one key after the other
    g_autofree char *safe_keys = g_markup_escape_text(joined, -1);
    g_autofree char *safe_title = g_markup_escape_text(title, -1);
    g_string_append_printf(xml,
                           "<child><object class=\"GtkShortcutsShortcut\">"
                           "<property name=\"accelerator\">%s</property>"
                           "<property name=\"title\">%s</property></object></child>",
                           safe_keys, safe_title);
}

static void begin_group(GString *xml, const char *title)
{
    g_autofree char *safe = g_markup_escape_text(title, -1);
    g_string_append_printf(xml,
                           "<child><object class=\"GtkShortcutsGroup\">"
                           "<property name=\"title\">%s</property>",
                           safe);
}

static void add_commands(GString *xml)
{
    for (gsize i = 0; i < G_N_ELEMENTS(groups); i++) {
        begin_group(xml, _(groups[i].title));
        for (const AdjUiCommand *k = adj_ui_commands; k->name; k++) {
            if (!g_str_equal(k->group, groups[i].name)) continue;
            g_autofree char *keys = g_strstrip(g_strjoin(" ", k->command_keys, k->keys, NULL));
            if (!strstr(keys, ",")) add_shortcut(xml, keys, _(k->title));
        }
        for (const AdjUiCommand *k = adj_ui_commands; k->name; k++) {
            if (!g_str_equal(k->group, groups[i].name) || !strchr(k->command_keys, ','))
                continue;
            g_autofree char *title = g_strdup_printf(_("%s (twice)"), _(k->title));
            if (k->command_keys[0] == k->command_keys[2]) {
                g_autofree char *key = g_strndup(k->command_keys, 1);
                add_shortcut(xml, key, title);
            }
        }
        g_string_append(xml, "</object></child>");
    }
}

static void add_accels(GString *xml)
{
    const char *group = NULL;
    for (const AdjUiAccel *k = adj_ui_accels; k->action; k++) {
        if (g_strcmp0(group, k->group)) {
            if (group) g_string_append(xml, "</object></child>");
            begin_group(xml, _(k->group));
            group = k->group;
        }
        add_shortcut(xml, k->keys, _(k->title));
    }
    g_string_append(xml, "</object></child>");
    if (!adj_ui_panels[0]) return;
    begin_group(xml, _("Panels"));
    for (int i = 0; adj_ui_panels[i]; i++)
        add_shortcut(xml, adj_ui_panels[i]->shortcut, _(adj_ui_panels[i]->title));
    g_string_append(xml, "</object></child>");
}

GtkWidget *adj_ui_shortcuts_new(void)
{
    GString *xml = g_string_new("<interface><object class=\"GtkShortcutsWindow\" id=\"window\">"
                                "<property name=\"modal\">1</property><child>"
                                "<object class=\"GtkShortcutsSection\">"
                                "<property name=\"section-name\">all</property>"
                                "<property name=\"max-height\">14</property>");
    add_commands(xml);
    add_accels(xml);
    g_string_append(xml, "</object></child></object></interface>");
    g_autoptr(GtkBuilder) b = gtk_builder_new_from_string(xml->str, -1);
    g_string_free(xml, TRUE);
    return GTK_WIDGET(gtk_builder_get_object(b, "window"));
}
