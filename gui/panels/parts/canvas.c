// SPDX-License-Identifier: Apache-2.0
//
// Two drawing areas, one over the other, and one view for both. A point (x, y) of the picture
// is at (x - left) * zoom on the screen; everything below is algebra on left, top and zoom.
//
// Gestures: drag pans, the wheel pans, Ctrl and the wheel zooms at the pointer, a pinch zooms.
// Keys: + and - zoom, 0 fits, arrows pan unless the owner walks with them. The same is on three
// buttons in the corner, because nobody reads the manual of a canvas.

#include "panels/parts/canvas.h"

#include "panels/parts/pane.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

typedef struct Canvas {
    const AdjUiCanvasOwner *owner;
    gpointer self;
    GtkWidget *widget, *picture, *hover;
    AdjUiGlview *below;  // NULL: the owner has no shaders
    double left, top, zoom;
    double drag_left, drag_top, pinch_zoom;
    gboolean fitted;   // nobody has moved the view since it was fitted
    gboolean opening;  // fitted, but for what could not be read
    gboolean dragged;
    double pointer_x, pointer_y;
} Canvas;

static Canvas *canvas_of(GtkWidget *w)
{
    return g_object_get_data(G_OBJECT(w), "canvas");
}

const AdjUiTheme *adj_ui_theme_now(void)
{
    AdwStyleManager *m = adw_style_manager_get_default();
    bool in_the_dark = adw_style_manager_get_dark(m);
    return adw_style_manager_get_high_contrast(m) ? adj_ui_theme_strong(in_the_dark)
                                                  : adj_ui_theme(in_the_dark);
}

static void view_of(Canvas *c, AdjUiView *v)
{
    v->width = gtk_widget_get_width(c->picture);
    v->height = gtk_widget_get_height(c->picture);
    v->zoom = c->zoom;
    v->visible = adj_ui_rect(c->left, c->top, v->width / c->zoom, v->height / c->zoom);
    v->theme = adj_ui_theme_now();
    v->shaded = adj_ui_glview_drawn(c->below);
}

void adj_ui_canvas_view(GtkWidget *w, AdjUiView *view)
{
    view_of(canvas_of(w), view);
}

static void repaint(Canvas *c)
{
    adj_ui_glview_changed(c->below);
    gtk_widget_queue_draw(c->picture);
    gtk_widget_queue_draw(c->hover);
}

static void fit_now(Canvas *c, int width, int height)
{
    AdjUiRect all = c->owner->extent ? c->owner->extent(c->self) : adj_ui_rect(0, 0, 0, 0);
    if (all.w <= 0 || all.h <= 0 || width <= 0 || height <= 0) return;
    // A handful of boxes is not blown up to fill a hall.
    double pane = adj_ui_pane_zoom(c->widget);
    double most = (c->owner->fit_zoom > 0 ? c->owner->fit_zoom : 1.5) * pane;
    double least = c->owner->readable_zoom * pane;
    c->zoom = fmin(most, fmin(width / all.w, height / all.h));
    gboolean small = c->opening && c->zoom < least;
    if (small) c->zoom = least;
    c->left = all.x + all.w / 2 - width / c->zoom / 2;
    c->top = all.y + all.h / 2 - height / c->zoom / 2;
    if (small && all.w >= all.h) c->left = all.x + all.w - width / c->zoom;
    if (small && all.w < all.h) c->top = all.y + all.h - height / c->zoom;
}

// -- painting -----------------------------------------------------------------------------

static void paint_picture(GtkDrawingArea *area, cairo_t *cr, int width, int height,
                          gpointer self)
{
    (void)area;
    Canvas *c = self;
    if (c->fitted) fit_now(c, width, height);
    AdjUiView v;
    view_of(c, &v);
    adj_ui_ink(cr, v.theme->ground, 1);
    if (!v.shaded) cairo_paint(cr);
    cairo_scale(cr, c->zoom, c->zoom);
    cairo_translate(cr, -c->left, -c->top);
    if (c->owner->paint) c->owner->paint(c->self, cr, &v);
}

static gboolean shade_picture(gpointer self, AdjUiShader *s, AdjUiFrame *frame)
{
    Canvas *c = self;
    AdjUiView v;
    if (c->fitted)
        fit_now(c, gtk_widget_get_width(c->picture), gtk_widget_get_height(c->picture));
    view_of(c, &v);
    return c->owner->shade(c->self, s, frame, &v);
}

static void paint_hover(GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer self)
{
    (void)area, (void)width, (void)height;
    Canvas *c = self;
    if (!c->owner->paint_hover) return;
    AdjUiView v;
    view_of(c, &v);
    cairo_scale(cr, c->zoom, c->zoom);
    cairo_translate(cr, -c->left, -c->top);
    c->owner->paint_hover(c->self, cr, &v);
}

void adj_ui_canvas_changed(GtkWidget *w)
{
    repaint(canvas_of(w));
}

void adj_ui_canvas_hover_changed(GtkWidget *w)
{
    gtk_widget_queue_draw(canvas_of(w)->hover);
}

// -- moving -------------------------------------------------------------------------------

static void zoom_at(Canvas *c, double factor, double x, double y)
{
    double least = c->owner->least_zoom > 0 ? c->owner->least_zoom : 0.01;
    double most = c->owner->most_zoom > 0 ? c->owner->most_zoom : 8;
    double zoom = fmin(most, fmax(least, c->zoom * factor));
    c->left += x / c->zoom - x / zoom;
    c->top += y / c->zoom - y / zoom;
    c->zoom = zoom;
    c->fitted = FALSE;
    repaint(c);
}

void adj_ui_canvas_zoom(GtkWidget *w, double factor)
{
    Canvas *c = canvas_of(w);
    zoom_at(c, factor, gtk_widget_get_width(c->picture) / 2.0,
            gtk_widget_get_height(c->picture) / 2.0);
}

static void fit(GtkWidget *w, gboolean opening)
{
    Canvas *c = canvas_of(w);
    c->fitted = TRUE;
    c->opening = opening;
    fit_now(c, gtk_widget_get_width(c->picture), gtk_widget_get_height(c->picture));
    repaint(c);
}

void adj_ui_canvas_fit(GtkWidget *w)
{
    fit(w, FALSE);
}

void adj_ui_canvas_open(GtkWidget *w)
{
    fit(w, TRUE);
}

static void pan(Canvas *c, double dx, double dy)
{
    c->left += dx / c->zoom;
    c->top += dy / c->zoom;
    c->fitted = FALSE;
    repaint(c);
}

void adj_ui_canvas_hold(GtkWidget *w, double old_x, double old_y, double x, double y)
{
    Canvas *c = canvas_of(w);
    if (c->fitted) return;
    c->left += x - old_x;
    c->top += y - old_y;
    repaint(c);
}

// The least shift that brings [at, at + size] into [from, from + span] with a margin.
static double shift_into(double at, double size, double from, double span)
{
    double margin = fmin(40, span * 0.1);
    if (size + 2 * margin > span) return at + size / 2 - from - span / 2;
    if (at < from + margin) return at - margin - from;
    if (at + size > from + span - margin) return at + size + margin - from - span;
    return 0;
}

void adj_ui_canvas_show(GtkWidget *w, AdjUiRect r)
{
    Canvas *c = canvas_of(w);
    AdjUiView v;
    view_of(c, &v);
    if (v.width <= 0) return;
    if (c->zoom < 0.5) zoom_at(c, 0.8 / c->zoom, v.width / 2.0, v.height / 2.0);
    view_of(c, &v);
    double dx = shift_into(r.x, r.w, v.visible.x, v.visible.w);
    double dy = shift_into(r.y, r.h, v.visible.y, v.visible.h);
    if (dx == 0 && dy == 0) return;
    pan(c, dx * c->zoom, dy * c->zoom);
}

void adj_ui_canvas_say(GtkWidget *w, const char *text)
{
    gtk_accessible_update_property(GTK_ACCESSIBLE(w), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text,
                                   -1);
}

// -- events -------------------------------------------------------------------------------

static void point_at(Canvas *c, gboolean inside, double x, double y)
{
    c->pointer_x = x;
    c->pointer_y = y;
    if (!c->owner->hover) return;
    if (c->owner->hover(c->self, inside, c->left + x / c->zoom, c->top + y / c->zoom))
        gtk_widget_queue_draw(c->hover);
}

static void moved(GtkEventControllerMotion *m, double x, double y, gpointer self)
{
    (void)m;
    point_at(self, TRUE, x, y);
}

static void left(GtkEventControllerMotion *m, gpointer self)
{
    (void)m;
    point_at(self, FALSE, -1, -1);
}

static gboolean scrolled(GtkEventControllerScroll *s, double dx, double dy, gpointer self)
{
    Canvas *c = self;
    GdkModifierType state =
        gtk_event_controller_get_current_event_state(GTK_EVENT_CONTROLLER(s));
    if (state & GDK_CONTROL_MASK)
        zoom_at(c, exp(-dy * 0.15), c->pointer_x, c->pointer_y);
    else if (state & GDK_SHIFT_MASK)
        pan(c, dy * 50, dx * 50);
    else
        pan(c, dx * 50, dy * 50);
    return TRUE;
}

static void drag_begin(GtkGestureDrag *g, double x, double y, gpointer self)
{
    (void)g, (void)x, (void)y;
    Canvas *c = self;
    c->drag_left = c->left;
    c->drag_top = c->top;
    c->dragged = FALSE;
}

static void drag_update(GtkGestureDrag *g, double dx, double dy, gpointer self)
{
    (void)g;
    Canvas *c = self;
    if (!c->dragged && hypot(dx, dy) < 5) return;  // a click with an unsteady hand
    c->dragged = TRUE;
    c->fitted = FALSE;
    c->left = c->drag_left - dx / c->zoom;
    c->top = c->drag_top - dy / c->zoom;
    repaint(c);
}

static void released(GtkGestureClick *g, int presses, double x, double y, gpointer self)
{
    Canvas *c = self;
    if (c->dragged || !c->owner->click) return;
    GtkEventController *e = GTK_EVENT_CONTROLLER(g);
    c->owner->click(c->self, c->left + x / c->zoom, c->top + y / c->zoom, presses,
                    gtk_gesture_single_get_current_button(GTK_GESTURE_SINGLE(g)),
                    gtk_event_controller_get_current_event_state(e));
}

static void pressed(GtkGestureClick *g, int presses, double x, double y, gpointer self)
{
    (void)g, (void)presses, (void)x, (void)y;
    gtk_widget_grab_focus(((Canvas *)self)->widget);
}

static void pinch_begin(GtkGesture *g, GdkEventSequence *s, gpointer self)
{
    (void)g, (void)s;
    ((Canvas *)self)->pinch_zoom = ((Canvas *)self)->zoom;
}

static void pinched(GtkGestureZoom *g, double scale, gpointer self)
{
    Canvas *c = self;
    double x = 0, y = 0;
    gtk_gesture_get_bounding_box_center(GTK_GESTURE(g), &x, &y);
    zoom_at(c, c->pinch_zoom * scale / c->zoom, x, y);
}

static gboolean key_pressed(GtkEventControllerKey *k, guint key, guint code,
                            GdkModifierType state, gpointer self)
{
    (void)k, (void)code;
    Canvas *c = self;
    if (c->owner->key && c->owner->key(c->self, key, state)) return TRUE;
    if (state & (GDK_ALT_MASK | GDK_SUPER_MASK)) return FALSE;
    switch (key) {
    case GDK_KEY_plus:
    case GDK_KEY_equal:
    case GDK_KEY_KP_Add: adj_ui_canvas_zoom(c->widget, 1.25); return TRUE;
    case GDK_KEY_minus:
    case GDK_KEY_KP_Subtract: adj_ui_canvas_zoom(c->widget, 0.8); return TRUE;
    case GDK_KEY_0:
    case GDK_KEY_KP_0: adj_ui_canvas_fit(c->widget); return TRUE;
    case GDK_KEY_Left: pan(c, -60, 0); return TRUE;
    case GDK_KEY_Right: pan(c, 60, 0); return TRUE;
    case GDK_KEY_Up: pan(c, 0, -60); return TRUE;
    case GDK_KEY_Down: pan(c, 0, 60); return TRUE;
    default: return FALSE;
    }
}

static void listen(Canvas *c)
{
    GtkEventController *e = gtk_event_controller_motion_new();
    g_signal_connect(e, "motion", G_CALLBACK(moved), c);
    g_signal_connect(e, "leave", G_CALLBACK(left), c);
    gtk_widget_add_controller(c->widget, e);
    e = gtk_event_controller_scroll_new(GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
    g_signal_connect(e, "scroll", G_CALLBACK(scrolled), c);
    gtk_widget_add_controller(c->widget, e);
    e = gtk_event_controller_key_new();
    g_signal_connect(e, "key-pressed", G_CALLBACK(key_pressed), c);
    gtk_widget_add_controller(c->widget, e);
    GtkGesture *g = gtk_gesture_drag_new();
    g_signal_connect(g, "drag-begin", G_CALLBACK(drag_begin), c);
    g_signal_connect(g, "drag-update", G_CALLBACK(drag_update), c);
    gtk_widget_add_controller(c->picture, GTK_EVENT_CONTROLLER(g));
    g = gtk_gesture_click_new();
    gtk_gesture_single_set_button(GTK_GESTURE_SINGLE(g), 0);
    g_signal_connect(g, "pressed", G_CALLBACK(pressed), c);
    g_signal_connect(g, "released", G_CALLBACK(released), c);
    gtk_widget_add_controller(c->picture, GTK_EVENT_CONTROLLER(g));
    g = gtk_gesture_zoom_new();
    g_signal_connect(g, "begin", G_CALLBACK(pinch_begin), c);
    g_signal_connect(g, "scale-changed", G_CALLBACK(pinched), c);
    gtk_widget_add_controller(c->picture, GTK_EVENT_CONTROLLER(g));
}

// -- making -------------------------------------------------------------------------------

static void zoom_in(GtkButton *b, gpointer self)
{
    (void)b;
    adj_ui_canvas_zoom(self, 1.25);
}

static void zoom_out(GtkButton *b, gpointer self)
{
    (void)b;
    adj_ui_canvas_zoom(self, 0.8);
}

static void zoom_fit(GtkButton *b, gpointer self)
{
    (void)b;
    adj_ui_canvas_fit(self);
}

static GtkWidget *corner_button(const char *icon, const char *tip, GCallback does,
                                gpointer canvas)
{
    GtkWidget *b = gtk_button_new_from_icon_name(icon);
    gtk_widget_add_css_class(b, "osd");
    gtk_widget_add_css_class(b, "circular");
    gtk_widget_set_tooltip_text(b, tip);
    gtk_widget_set_focus_on_click(b, FALSE);
    gtk_accessible_update_property(GTK_ACCESSIBLE(b), GTK_ACCESSIBLE_PROPERTY_LABEL, tip, -1);
    g_signal_connect(b, "clicked", does, canvas);
    return b;
}

static GtkWidget *corner(GtkWidget *canvas)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    gtk_widget_set_halign(box, GTK_ALIGN_END);
    gtk_widget_set_valign(box, GTK_ALIGN_END);
    gtk_widget_set_margin_end(box, 10);
    gtk_widget_set_margin_bottom(box, 10);
    gtk_box_append(GTK_BOX(box), corner_button("zoom-out-symbolic", _("Zoom out (−)"),
                                               G_CALLBACK(zoom_out), canvas));
    gtk_box_append(GTK_BOX(box), corner_button("zoom-fit-best-symbolic", _("Show all (0)"),
                                               G_CALLBACK(zoom_fit), canvas));
    gtk_box_append(GTK_BOX(box), corner_button("zoom-in-symbolic", _("Zoom in (+)"),
                                               G_CALLBACK(zoom_in), canvas));
    return box;
}

static void restyled(AdwStyleManager *m, GParamSpec *p, gpointer widget)
{
    (void)m, (void)p;
    adj_ui_canvas_changed(widget);
}

// A picture that fits goes on fitting when the layout changes; whoever wants it closer gets it.
static void rezoomed(GtkWidget *w, double factor, gboolean by_hand)
{
    Canvas *c = canvas_of(w);
    if (by_hand || !c->fitted)
        adj_ui_canvas_zoom(w, factor);
    else
        repaint(c);
}

GtkWidget *adj_ui_canvas_new(const AdjUiCanvasOwner *owner, gpointer self, const char *label)
{
    Canvas *c = g_new0(Canvas, 1);
    c->owner = owner;
    c->self = self;
    c->zoom = 1;
    c->fitted = TRUE;
    c->widget = g_object_new(GTK_TYPE_OVERLAY, "accessible-role", GTK_ACCESSIBLE_ROLE_IMG,
                             "focusable", TRUE, "hexpand", TRUE, "vexpand", TRUE, NULL);
    g_object_set_data_full(G_OBJECT(c->widget), "canvas", c, g_free);
    gtk_accessible_update_property(GTK_ACCESSIBLE(c->widget), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   label, -1);
    c->picture = gtk_drawing_area_new();
    c->hover = gtk_drawing_area_new();
    gtk_widget_set_can_target(c->hover, FALSE);
    gtk_drawing_area_set_draw_func(GTK_DRAWING_AREA(c->picture), paint_picture, c, NULL);
    gtk_drawing_area_set_draw_func(GTK_DRAWING_AREA(c->hover), paint_hover, c, NULL);
    if (owner->shade)
        c->below = adj_ui_glview_new(GTK_OVERLAY(c->widget), c->picture, shade_picture, c);
    else
        gtk_overlay_set_child(GTK_OVERLAY(c->widget), c->picture);
    gtk_overlay_add_overlay(GTK_OVERLAY(c->widget), c->hover);
    gtk_overlay_add_overlay(GTK_OVERLAY(c->widget), corner(c->widget));
    listen(c);
    adj_ui_pane_follow(c->widget, rezoomed);
    g_signal_connect_object(adw_style_manager_get_default(), "notify::dark",
                            G_CALLBACK(restyled), c->widget, 0);
    return c->widget;
}
