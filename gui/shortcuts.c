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

// "d,d" of commands.def, one key after the other, is "d+d" here.
static void add_shortcut(GString *xml, const char *keys, const char *title)
{
    if (!*keys) return;
    g_autofree char *joined = g_strdelimit(g_strdup(keys), ",", '+');
    g_autofree char *safe_keys = g_markup_escape_text(joined, -1);
    g_autofree char *safe_title = g_markup_escape_text(title, -1);
    g_string_append_printf(xml,
                           "<child><object class=\"GtkShortcutsShortcut\">"
                           "<property name=\"accelerator\">%s</property>"
                           "<property name=\"title\">%s</property></object></child>",
                           safe_keys, safe_title);
}

static void begin(GString *xml, const char *what, const char *title, const char *more)
{
    g_autofree char *safe = g_markup_escape_text(title, -1);
    g_string_append_printf(xml,
                           "<child><object class=\"GtkShortcuts%s\">"
                           "<property name=\"title\">%s</property>%s",
                           what, safe, more);
}

static void end(GString *xml)
{
    g_string_append(xml, "</object></child>");
}

// A page of the window: columns of as many rows as fit a small screen.
static void begin_section(GString *xml, const char *name, const char *title)
{
    g_autofree char *more = g_strdup_printf("<property name=\"section-name\">%s</property>"
                                            "<property name=\"max-height\">16</property>",
                                            name);
    begin(xml, "Section", title, more);
}

static void add_commands(GString *xml)
{
    for (gsize i = 0; i < G_N_ELEMENTS(groups); i++) {
        begin(xml, "Group", _(groups[i].title), "");
        for (const AdjUiCommand *k = adj_ui_commands; k->name; k++) {
            g_autofree char *keys = g_strstrip(g_strjoin(" ", k->command_keys, k->keys, NULL));
            if (g_str_equal(k->group, groups[i].name)) add_shortcut(xml, keys, _(k->title));
        }
        end(xml);
    }
}

static void add_accels(GString *xml)
{
    const char *group = NULL;
    for (const AdjUiAccel *k = adj_ui_accels; k->action; k++) {
        if (g_strcmp0(group, k->group)) {
            if (group) end(xml);
            begin(xml, "Group", _(k->group), "");
            group = k->group;
        }
        add_shortcut(xml, k->keys, _(k->title));
    }
    end(xml);
}

static void add_panels(GString *xml)
{
    begin(xml, "Group", _("Panels"), "");
    for (int i = 0; adj_ui_panels[i]; i++)
        add_shortcut(xml, adj_ui_panels[i]->shortcut, _(adj_ui_panels[i]->title));
    end(xml);
    for (int i = 0; adj_ui_panels[i]; i++) {
        if (!adj_ui_panels[i]->keys) continue;
        begin(xml, "Group", _(adj_ui_panels[i]->title), "");
        for (const AdjUiPanelKey *k = adj_ui_panels[i]->keys; k->keys; k++)
            add_shortcut(xml, k->keys, _(k->title));
        end(xml);
    }
    begin(xml, "Group", _("Pictures"), "");
    for (const AdjUiPanelKey *k = adj_ui_picture_keys; k->keys; k++)
        add_shortcut(xml, k->keys, _(k->title));
    end(xml);
}

GtkWidget *adj_ui_shortcuts_new(void)
{
    GString *xml = g_string_new("<interface><object class=\"GtkShortcutsWindow\" id=\"window\">"
                                "<property name=\"modal\">1</property>");
    begin_section(xml, "notebook", _("Notebook"));
    add_commands(xml);
    end(xml);
    begin_section(xml, "window", _("Window"));
    add_accels(xml);
    end(xml);
    begin_section(xml, "panels", _("Panels"));
    add_panels(xml);
    end(xml);
    g_string_append(xml, "</object></interface>");
    g_autoptr(GtkBuilder) b = gtk_builder_new_from_string(xml->str, -1);
    g_string_free(xml, TRUE);
    return GTK_WIDGET(gtk_builder_get_object(b, "window"));
}
