// SPDX-License-Identifier: Apache-2.0
//
// Tool bars that fold into as many lines as the pane is narrow: beside a wide notebook, and in
// the large type of a presentation, every button stays in reach. What expands takes the rest of
// its line.
#include "panels/parts/sheet.h"

enum { GAP = 4, LEAST = 240 };  // LEAST: narrower than this no pane is, so lines are few

static void width_of(GtkWidget *w, int *least, int *natural)
{
    gtk_widget_measure(w, GTK_ORIENTATION_HORIZONTAL, -1, least, natural, NULL, NULL);
}

static int height_of(GtkWidget *w, int width)
{
    int least, natural;
    gtk_widget_measure(w, GTK_ORIENTATION_VERTICAL, width, &least, &natural, NULL, NULL);
    return natural;
}

static GtkWidget *next_shown(GtkWidget *w)
{
    while (w && !gtk_widget_should_layout(w)) w = gtk_widget_get_next_sibling(w);
    return w;
}

// A line from [w] on: the widget behind its end, its width and height, how many expand.
static GtkWidget *line_from(GtkWidget *w, int room, int *used, int *high, int *expanding)
{
    *used = *high = *expanding = 0;
    for (; w; w = next_shown(gtk_widget_get_next_sibling(w))) {
        int least, natural;
        width_of(w, &least, &natural);
        natural = MIN(natural, MAX(room, least));
        if (*used && *used + GAP + natural > room) break;
        *used += natural + (*used ? GAP : 0);
        *high = MAX(*high, height_of(w, natural));
        *expanding += gtk_widget_compute_expand(w, GTK_ORIENTATION_HORIZONTAL);
    }
    return w;
}

static GtkSizeRequestMode mode(GtkWidget *bar)
{
    (void)bar;
    return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void measure_width(GtkWidget *first, int *least, int *natural)
{
    *least = *natural = 0;
    for (GtkWidget *w = first; w; w = next_shown(gtk_widget_get_next_sibling(w))) {
        int a, b;
        width_of(w, &a, &b);
        *least = MAX(*least, a);
        *natural += b + (w == first ? 0 : GAP);
    }
    *least = MAX(*least, MIN(*natural, LEAST));
    *natural = MAX(*natural, *least);
}

// Asked without a width, it is the height at the least one: enough whatever comes.
static void measure(GtkWidget *bar, GtkOrientation way, int size, int *least, int *natural,
                    int *least_base, int *natural_base)
{
    GtkWidget *first = next_shown(gtk_widget_get_first_child(bar));
    int room, wide;
    measure_width(first, &room, &wide);
    *least = room;
    *natural = wide;
    *least_base = *natural_base = -1;
    if (way == GTK_ORIENTATION_HORIZONTAL) return;
    *natural = 0;
    for (GtkWidget *w = first; w;) {
        int used, high, expanding;
        w = line_from(w, MAX(size, room), &used, &high, &expanding);
        *natural += high + (w ? GAP : 0);
    }
    *least = *natural;
}

static void allocate(GtkWidget *bar, int width, int height, int baseline)
{
    (void)height, (void)baseline;
    int y = 0;
    for (GtkWidget *w = next_shown(gtk_widget_get_first_child(bar)); w;) {
        int used, high, expanding, x = 0;
        GtkWidget *end = line_from(w, width, &used, &high, &expanding);
        int share = expanding ? MAX(width - used, 0) / expanding : 0;
        for (; w != end; w = next_shown(gtk_widget_get_next_sibling(w))) {
            int least, natural;
            width_of(w, &least, &natural);
            int wide = MIN(natural, MAX(width, least));
            if (gtk_widget_compute_expand(w, GTK_ORIENTATION_HORIZONTAL)) wide += share;
            gtk_widget_size_allocate(w, &(GtkAllocation){x, y, wide, high}, -1);
            x += wide + GAP;
        }
        y += high + GAP;
    }
}

GtkWidget *adj_ui_bar_new(void)
{
    GtkWidget *bar = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, GAP);
    gtk_widget_set_layout_manager(bar, gtk_custom_layout_new(mode, measure, allocate));
    gtk_widget_add_css_class(bar, "toolbar");
    return bar;
}
