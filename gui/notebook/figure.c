// SPDX-License-Identifier: Apache-2.0
// figure.c: a picture in an output. A drawing (SVG) is drawn anew at every magnification, so
// lines stay lines; pixels are scaled. Zooming is undone by 0 or a double click, and starts
// from the size its author gave it, made smaller where the window is narrow.
#include "notebook/output.h"

#include <glib/gi18n.h>
#include <math.h>

// A box with one child that is as wide as it may be, at most its natural width, and as high as
// its shape then asks for. A scroller alone would keep the height of the unscaled picture.
#define ADJ_UI_TYPE_FIT (adj_ui_fit_get_type())
G_DECLARE_FINAL_TYPE(AdjUiFit, adj_ui_fit, ADJ_UI, FIT, GtkWidget)

struct _AdjUiFit {
    GtkWidget base;
    GtkWidget *child;
    int width, height;  // natural
    int most;           // height it never exceeds
};

G_DEFINE_FINAL_TYPE(AdjUiFit, adj_ui_fit, GTK_TYPE_WIDGET)

static int fit_height(AdjUiFit *f, int width)
{
    width = width < 0 ? f->width : MIN(width, f->width);
    return MIN((int)((gint64)f->height * width / MAX(f->width, 1)), f->most);
}

static GtkSizeRequestMode fit_mode(GtkWidget *w)
{
    (void)w;
    return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void fit_measure(GtkWidget *w, GtkOrientation o, int for_size, int *least, int *natural,
                        int *least_base, int *natural_base)
{
    AdjUiFit *f = ADJ_UI_FIT(w);
    int across, ignored;
    gtk_widget_measure(f->child, o, -1, &across, &ignored, NULL, NULL);
    gboolean wide = o == GTK_ORIENTATION_HORIZONTAL;
    *natural = MAX(across, wide ? f->width : fit_height(f, for_size));
    *least = wide ? across : *natural;
    *least_base = *natural_base = -1;
}

static void fit_allocate(GtkWidget *w, int width, int height, int baseline)
{
    (void)baseline;
    AdjUiFit *f = ADJ_UI_FIT(w);
    int least;
    gtk_widget_measure(f->child, GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
    gtk_widget_size_allocate(
        f->child, &(GtkAllocation){0, 0, MAX(least, MIN(width, f->width)), height}, -1);
}

static void fit_dispose(GObject *o)
{
    g_clear_pointer(&ADJ_UI_FIT(o)->child, gtk_widget_unparent);
    G_OBJECT_CLASS(adj_ui_fit_parent_class)->dispose(o);
}

static void adj_ui_fit_class_init(AdjUiFitClass *class)
{
    G_OBJECT_CLASS(class)->dispose = fit_dispose;
    GTK_WIDGET_CLASS(class)->get_request_mode = fit_mode;
    GTK_WIDGET_CLASS(class)->measure = fit_measure;
    GTK_WIDGET_CLASS(class)->size_allocate = fit_allocate;
}

static void adj_ui_fit_init(AdjUiFit *f)
{
    (void)f;
}

static const double ZOOM_MIN = 0.25, ZOOM_MAX = 16, ZOOM_STEP = 1.25;

typedef struct {
    GBytes *bytes;
    gboolean vector;
    int width, height;  // natural
    double zoom, pinch;
    GtkWidget *scroller, *picture;
    AdjUiFit *fit;
} Figure;

static void figure_free(gpointer p)
{
    Figure *f = p;
    g_bytes_unref(f->bytes);
    g_free(f);
}

static GdkPaintable *render(Figure *f, int scale)
{
    g_autoptr(GInputStream) in = g_memory_input_stream_new_from_bytes(f->bytes);
    g_autoptr(GdkPixbuf) p = NULL;
    if (f->vector && f->width > 0)
        p = gdk_pixbuf_new_from_stream_at_scale(in, (int)(f->width * f->zoom * scale),
                                                (int)(f->height * f->zoom * scale), FALSE, NULL,
                                                NULL);
    else
        p = gdk_pixbuf_new_from_stream(in, NULL, NULL);
    return p ? GDK_PAINTABLE(gdk_texture_new_for_pixbuf(p)) : NULL;
}

static void apply(Figure *f)
{
    if (f->vector) {
        g_autoptr(GdkPaintable) p = render(f, gtk_widget_get_scale_factor(f->picture));
        gtk_picture_set_paintable(GTK_PICTURE(f->picture), p);
    }
    gboolean plain = f->zoom == 1;
    gtk_widget_set_size_request(f->picture, plain ? -1 : (int)lround(f->width * f->zoom),
                                plain ? -1 : (int)lround(f->height * f->zoom));
    f->fit->width = (int)lround(f->width * f->zoom);
    f->fit->height = (int)lround(f->height * f->zoom);
    f->fit->most = (int)lround(f->height * 1.5);
    gtk_widget_queue_resize(GTK_WIDGET(f->fit));
}

static void set_zoom(Figure *f, double zoom)
{
    zoom = CLAMP(zoom, ZOOM_MIN, ZOOM_MAX);
    if (fabs(zoom - 1) < 0.02) zoom = 1;
    if (zoom == f->zoom) return;
    f->zoom = zoom;
    apply(f);
}

static gboolean wheel(GtkEventControllerScroll *c, double dx, double dy, gpointer self)
{
    (void)dx;
    Figure *f = self;
    GdkModifierType state =
        gtk_event_controller_get_current_event_state(GTK_EVENT_CONTROLLER(c));
    if (!(state & GDK_CONTROL_MASK)) return GDK_EVENT_PROPAGATE;
    set_zoom(f, f->zoom * pow(ZOOM_STEP, -dy));
    return GDK_EVENT_STOP;
}

static void pinch_begin(GtkGesture *g, GdkEventSequence *s, gpointer self)
{
    (void)g, (void)s;
    Figure *f = self;
    f->pinch = f->zoom;
}

static void pinched(GtkGestureZoom *g, double scale, gpointer self)
{
    (void)g;
    Figure *f = self;
    set_zoom(f, f->pinch * scale);
}

static void clicked(GtkGestureClick *g, int n, double x, double y, gpointer self)
{
    (void)g, (void)x, (void)y;
    Figure *f = self;
    gtk_widget_grab_focus(f->scroller);
    if (n == 2) set_zoom(f, f->zoom == 1 ? 2 : 1);
}

static gboolean key(GtkEventControllerKey *c, guint k, guint code, GdkModifierType state,
                    gpointer self)
{
    (void)c, (void)code;
    Figure *f = self;
    if (state & (GDK_CONTROL_MASK | GDK_ALT_MASK)) return GDK_EVENT_PROPAGATE;
    if (k == GDK_KEY_plus || k == GDK_KEY_equal || k == GDK_KEY_KP_Add)
        set_zoom(f, f->zoom * ZOOM_STEP);
    else if (k == GDK_KEY_minus || k == GDK_KEY_KP_Subtract)
        set_zoom(f, f->zoom / ZOOM_STEP);
    else if (k == GDK_KEY_0 || k == GDK_KEY_KP_0)
        set_zoom(f, 1);
    else
        return GDK_EVENT_PROPAGATE;
    return GDK_EVENT_STOP;
}

static void listen(Figure *f)
{
    GtkEventController *c =
        gtk_event_controller_scroll_new(GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);
    gtk_event_controller_set_propagation_phase(c, GTK_PHASE_CAPTURE);
    g_signal_connect(c, "scroll", G_CALLBACK(wheel), f);
    gtk_widget_add_controller(f->scroller, c);
    GtkGesture *g = gtk_gesture_zoom_new();
    g_signal_connect(g, "begin", G_CALLBACK(pinch_begin), f);
    g_signal_connect(g, "scale-changed", G_CALLBACK(pinched), f);
    gtk_widget_add_controller(f->scroller, GTK_EVENT_CONTROLLER(g));
    g = gtk_gesture_click_new();
    g_signal_connect(g, "pressed", G_CALLBACK(clicked), f);
    gtk_widget_add_controller(f->scroller, GTK_EVENT_CONTROLLER(g));
    c = gtk_event_controller_key_new();
    g_signal_connect(c, "key-pressed", G_CALLBACK(key), f);
    gtk_widget_add_controller(f->scroller, c);
}

static void take_size(Figure *f, GdkPaintable *p, int width, int height)
{
    f->width = width > 0 ? width : gdk_paintable_get_intrinsic_width(p);
    f->height = height > 0 ? height : gdk_paintable_get_intrinsic_height(p);
    if (width > 0 && height <= 0)
        f->height = (int)lround(width / gdk_paintable_get_intrinsic_aspect_ratio(p));
    f->width = CLAMP(f->width, 1, 4096);
    f->height = CLAMP(f->height, 1, 4096);
}

GtkWidget *adj_ui_figure_new(GBytes *bytes, const char *mime, int width, int height)
{
    Figure *f = g_new0(Figure, 1);
    f->bytes = g_bytes_ref(bytes);
    f->vector = g_str_equal(mime, "image/svg+xml");
    f->zoom = 1;
    g_autoptr(GdkPaintable) p = render(f, 1);
    if (!p) {
        figure_free(f);
        return NULL;
    }
    take_size(f, p, width, height);
    f->picture = gtk_picture_new_for_paintable(p);
    gtk_picture_set_can_shrink(GTK_PICTURE(f->picture), TRUE);
    f->scroller = gtk_scrolled_window_new();
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(f->scroller), f->picture);
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(f->scroller), GTK_POLICY_AUTOMATIC,
                                   GTK_POLICY_AUTOMATIC);
    gtk_widget_add_css_class(f->scroller, "figure");
    gtk_widget_set_focusable(f->scroller, TRUE);
    gtk_widget_set_tooltip_text(f->scroller, _("Ctrl and the wheel zoom; double-click resets"));
    g_object_set_data_full(G_OBJECT(f->scroller), "figure", f, figure_free);
    gtk_accessible_update_property(GTK_ACCESSIBLE(f->picture), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Figure"), -1);
    f->fit = g_object_new(ADJ_UI_TYPE_FIT, NULL);
    f->fit->child = f->scroller;
    gtk_widget_set_parent(f->scroller, GTK_WIDGET(f->fit));
    apply(f);
    listen(f);
    return GTK_WIDGET(f->fit);
}
