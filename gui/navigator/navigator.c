// SPDX-License-Identifier: Apache-2.0
// navigator.c: three lists, one at a time, under a switcher.
#include "navigator/navigator.h"

#include <glib/gi18n.h>

typedef struct {
    const char *name, *title;
    GtkWidget *(*make)(AdjUiPage *p);
} Section;

static const Section sections[] = {{"modules", N_("Modules"), adj_ui_modules_new},
                                   {"variables", N_("Variables"), adj_ui_variables_new},
                                   {"files", N_("Files"), adj_ui_files_new}};

GtkWidget *adj_ui_navigator_new(AdjUiPage *p)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    GtkWidget *stack = gtk_stack_new(), *switcher = gtk_stack_switcher_new();
    gtk_stack_set_hhomogeneous(GTK_STACK(stack), FALSE);
    for (gsize i = 0; i < G_N_ELEMENTS(sections); i++)
        gtk_stack_add_titled(GTK_STACK(stack), sections[i].make(p), sections[i].name,
                             _(sections[i].title));
    gtk_stack_switcher_set_stack(GTK_STACK_SWITCHER(switcher), GTK_STACK(stack));
    gtk_widget_add_css_class(switcher, "navigator-switcher");
    gtk_widget_set_vexpand(stack, TRUE);
    gtk_box_append(GTK_BOX(box), switcher);
    gtk_box_append(GTK_BOX(box), stack);
    gtk_widget_add_css_class(box, "navigator");
    return box;
}
