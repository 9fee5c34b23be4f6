// SPDX-License-Identifier: Apache-2.0
// zoom.c: the size of type in a page's panes, each by itself: a style sheet that names this
// page's two panes and nobody else's.
#include "notebook/page.h"

#include "panels/parts/pane.h"
#include "settings.h"

enum { LEAST = 50, MOST = 300 };

static const char *const pane_names[] = {
    [ADJ_UI_PANE_CELLS] = "cells", [ADJ_UI_PANE_PANEL] = "panel"};

static GtkWidget *pane_of(AdjUiPage *p, AdjUiPane pane)
{
    return pane == ADJ_UI_PANE_CELLS ? gtk_paned_get_start_child(GTK_PANED(p->right))
                                     : p->panels;
}

static char *class_of(AdjUiPage *p, AdjUiPane pane)
{
    return g_strdup_printf("%s-%zx", pane_names[pane], (gsize)p);
}

static void show(AdjUiPage *p)
{
    GString *css = g_string_new(NULL);
    for (int i = 0; i < ADJ_UI_PANES; i++) {
        g_autofree char *class = class_of(p, i);
        g_string_append_printf(css, ".%s { font-size: %d%%; }\n", class, p->zoom[i]);
    }
    gtk_css_provider_load_from_data(p->zoom_css, css->str, -1);
    g_string_free(css, TRUE);
}

void adj_ui_page_zoom_start(AdjUiPage *p)
{
    p->zoom_css = gtk_css_provider_new();
    gtk_style_context_add_provider_for_display(gdk_display_get_default(),
                                               GTK_STYLE_PROVIDER(p->zoom_css),
                                               GTK_STYLE_PROVIDER_PRIORITY_APPLICATION + 1);
    for (int i = 0; i < ADJ_UI_PANES; i++) {
        g_autofree char *class = class_of(p, i);
        gtk_widget_add_css_class(pane_of(p, i), class);
        p->zoom[i] = 100;
    }
    adj_ui_page_set_zoom(p, ADJ_UI_PANE_CELLS, adj_ui_setting(ADJ_UI_SET_cells_zoom), FALSE);
    adj_ui_page_set_zoom(p, ADJ_UI_PANE_PANEL, adj_ui_setting(ADJ_UI_SET_panel_zoom), FALSE);
}

void adj_ui_page_zoom_end(AdjUiPage *p)
{
    gtk_style_context_remove_provider_for_display(gdk_display_get_default(),
                                                  GTK_STYLE_PROVIDER(p->zoom_css));
    g_clear_object(&p->zoom_css);
}

void adj_ui_page_set_zoom(AdjUiPage *p, AdjUiPane pane, int percent, gboolean by_hand)
{
    p->zoom[pane] = CLAMP(percent, LEAST, MOST);
    show(p);
    adj_ui_pane_set_zoom(pane_of(p, pane), p->zoom[pane] / 100.0, by_hand);
}

AdjUiPane adj_ui_page_pane(AdjUiPage *p)
{
    GtkRoot *root = gtk_widget_get_root(p->root);
    GtkWidget *focus = root ? gtk_root_get_focus(root) : NULL;
    return focus && gtk_widget_is_ancestor(focus, p->panels) ? ADJ_UI_PANE_PANEL
                                                             : ADJ_UI_PANE_CELLS;
}
