// SPDX-License-Identifier: Apache-2.0
//
// Two drawing areas, one over the other; pixels are units.

#include "panels/parts/sheet.h"

#include "panels/parts/canvas.h"
#include "panels/parts/pace.h"
#include "panels/parts/pane.h"

#include <adwaita.h>

typedef struct Sheet {
    const AdjUiSheetOwner *owner;
    gpointer self;
    GtkWidget *widget, *picture, *hover;
    AdjUiGlview *below;  // NULL: the owner has no shaders
    double x, y;
    gboolean inside, dragged;
    double from_x, from_y;
} Sheet;

static Sheet *sheet_of(GtkWidget *w)
{
    return g_object_get_data(G_OBJECT(w), "sheet");
}

static void paint_picture(GtkDrawingArea *area, cairo_t *cr, int width, int height,
                          gpointer self)
{
    (void)area;
    const Sheet *s = self;
    const AdjUiTheme *theme = adj_ui_theme_now();
    double zoom = adj_ui_pane_zoom(s->widget);
    adj_ui_ink(cr, theme->ground, 1);
    if (!adj_ui_glview_drawn(s->below)) cairo_paint(cr);
    cairo_scale(cr, zoom, zoom);
    s->owner->paint(s->self, cr, theme, (int)(width / zoom), (int)(height / zoom));
}

static void paint_hover(GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer self)
{
    (void)area, (void)width, (void)height;
    const Sheet *s = self;
    double zoom = adj_ui_pane_zoom(s->widget);
    cairo_scale(cr, zoom, zoom);
    if (s->owner->paint_hover && s->inside)
        s->owner->paint_hover(s->self, cr, adj_ui_theme_now(), s->x, s->y);
}

void adj_ui_sheet_changed(GtkWidget *w)
{
    adj_ui_glview_changed(sheet_of(w)->below);
    gtk_widget_queue_draw(sheet_of(w)->picture);
    gtk_widget_queue_draw(sheet_of(w)->hover);
}

void adj_ui_sheet_news(GtkWidget *w)
{
    adj_ui_pace(w, adj_ui_sheet_changed);
}

gboolean adj_ui_sheet_shaded(GtkWidget *w)
{
    return adj_ui_glview_drawn(sheet_of(w)->below);
}

static gboolean shade_picture(gpointer self, AdjUiShader *shader, AdjUiFrame *frame)
{
    const Sheet *s = self;
    frame->scale *= adj_ui_pane_zoom(s->widget);
    return s->owner->shade(s->self, shader, frame);
}

void adj_ui_sheet_hover_changed(GtkWidget *w)
{
    gtk_widget_queue_draw(sheet_of(w)->hover);
}

gboolean adj_ui_sheet_pointer(GtkWidget *w, double *x, double *y)
{
    const Sheet *s = sheet_of(w);
    *x = s->x;
    *y = s->y;
    return s->inside;
}

void adj_ui_sheet_point(GtkWidget *w, double x, double y)
{
    Sheet *s = sheet_of(w);
    s->x = x;
    s->y = y;
    s->inside = TRUE;
    gtk_widget_queue_draw(s->hover);
}

void adj_ui_sheet_size(GtkWidget *w, int *width, int *height)
{
    double zoom = adj_ui_pane_zoom(w);
    *width = (int)(gtk_widget_get_width(sheet_of(w)->picture) / zoom);
    *height = (int)(gtk_widget_get_height(sheet_of(w)->picture) / zoom);
}

// -- events -------------------------------------------------------------------------------

static void pointer_moved(GtkEventControllerMotion *m, double x, double y, gpointer self)
{
    (void)m;
    const Sheet *s = self;
    double zoom = adj_ui_pane_zoom(s->widget);
    adj_ui_sheet_point(s->widget, x / zoom, y / zoom);
}

static void left(GtkEventControllerMotion *m, gpointer self)
{
    (void)m;
    Sheet *s = self;
    s->inside = FALSE;
    gtk_widget_queue_draw(s->hover);
}

static void pressed(GtkGestureClick *g, int presses, double x, double y, gpointer self)
{
    (void)g, (void)presses, (void)x, (void)y;
    Sheet *s = self;
    s->dragged = FALSE;
    gtk_widget_grab_focus(s->widget);
}

static void released(GtkGestureClick *g, int presses, double x, double y, gpointer self)
{
    Sheet *s = self;
    GtkEventController *e = GTK_EVENT_CONTROLLER(g);
    double zoom = adj_ui_pane_zoom(s->widget);
    if (!s->dragged && s->owner->click)
        s->owner->click(s->self, x / zoom, y / zoom, presses,
                        gtk_event_controller_get_current_event_state(e));
}

static void drag_begin(GtkGestureDrag *g, double x, double y, gpointer self)
{
    (void)g;
    Sheet *s = self;
    s->from_x = x / adj_ui_pane_zoom(s->widget);
    s->from_y = y / adj_ui_pane_zoom(s->widget);
}

static void dragging(Sheet *s, double dx, double dy, gboolean done)
{
    if (!s->dragged && dx * dx + dy * dy < 25) return;
    s->dragged = TRUE;
    double zoom = adj_ui_pane_zoom(s->widget);
    if (s->owner->drag)
        s->owner->drag(s->self, s->from_x, s->from_y, dx / zoom, dy / zoom, done);
}

static void drag_update(GtkGestureDrag *g, double dx, double dy, gpointer self)
{
    (void)g;
    dragging(self, dx, dy, FALSE);
}

static void drag_end(GtkGestureDrag *g, double dx, double dy, gpointer self)
{
    (void)g;
    dragging(self, dx, dy, TRUE);
}

static gboolean scrolled(GtkEventControllerScroll *e, double dx, double dy, gpointer self)
{
    Sheet *s = self;
    GdkModifierType state =
        gtk_event_controller_get_current_event_state(GTK_EVENT_CONTROLLER(e));
    return s->owner->scroll && s->owner->scroll(s->self, s->x, s->y, dx, dy, state);
}

static gboolean key_pressed(GtkEventControllerKey *k, guint key, guint code,
                            GdkModifierType state, gpointer self)
{
    (void)k, (void)code;
    const Sheet *s = self;
    return s->owner->key && s->owner->key(s->self, key, state);
}

static void listen(Sheet *s)
{
    GtkEventController *e = gtk_event_controller_motion_new();
    g_signal_connect(e, "motion", G_CALLBACK(pointer_moved), s);
    g_signal_connect(e, "leave", G_CALLBACK(left), s);
    gtk_widget_add_controller(s->widget, e);
    e = gtk_event_controller_scroll_new(GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
    g_signal_connect(e, "scroll", G_CALLBACK(scrolled), s);
    gtk_widget_add_controller(s->widget, e);
    e = gtk_event_controller_key_new();
    g_signal_connect(e, "key-pressed", G_CALLBACK(key_pressed), s);
    gtk_widget_add_controller(s->widget, e);
    GtkGesture *g = gtk_gesture_drag_new();
    g_signal_connect(g, "drag-begin", G_CALLBACK(drag_begin), s);
    g_signal_connect(g, "drag-update", G_CALLBACK(drag_update), s);
    g_signal_connect(g, "drag-end", G_CALLBACK(drag_end), s);
    gtk_widget_add_controller(s->picture, GTK_EVENT_CONTROLLER(g));
    g = gtk_gesture_click_new();
    g_signal_connect(g, "pressed", G_CALLBACK(pressed), s);
    g_signal_connect(g, "released", G_CALLBACK(released), s);
    gtk_widget_add_controller(s->picture, GTK_EVENT_CONTROLLER(g));
}

static void restyled(AdwStyleManager *m, GParamSpec *p, gpointer widget)
{
    (void)m, (void)p;
    adj_ui_sheet_changed(widget);
}

static void rezoomed(GtkWidget *w, double factor, gboolean by_hand)
{
    (void)factor, (void)by_hand;
    adj_ui_sheet_changed(w);
}

GtkWidget *adj_ui_sheet_new(const AdjUiSheetOwner *owner, gpointer self, const char *label)
{
    Sheet *s = g_new0(Sheet, 1);
    s->owner = owner;
    s->self = self;
    s->widget = g_object_new(GTK_TYPE_OVERLAY, "accessible-role", GTK_ACCESSIBLE_ROLE_IMG,
                             "focusable", TRUE, "hexpand", TRUE, "vexpand", TRUE, NULL);
    g_object_set_data_full(G_OBJECT(s->widget), "sheet", s, g_free);
    gtk_accessible_update_property(GTK_ACCESSIBLE(s->widget), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   label, -1);
    s->picture = gtk_drawing_area_new();
    s->hover = gtk_drawing_area_new();
    gtk_widget_set_can_target(s->hover, FALSE);
    gtk_drawing_area_set_draw_func(GTK_DRAWING_AREA(s->picture), paint_picture, s, NULL);
    gtk_drawing_area_set_draw_func(GTK_DRAWING_AREA(s->hover), paint_hover, s, NULL);
    if (owner->shade)
        s->below = adj_ui_glview_new(GTK_OVERLAY(s->widget), s->picture, shade_picture, s);
    else
        gtk_overlay_set_child(GTK_OVERLAY(s->widget), s->picture);
    gtk_overlay_add_overlay(GTK_OVERLAY(s->widget), s->hover);
    listen(s);
    adj_ui_pane_follow(s->widget, rezoomed);
    g_signal_connect_object(adw_style_manager_get_default(), "notify::dark",
                            G_CALLBACK(restyled), s->widget, 0);
    return s->widget;
}

// -- parts --------------------------------------------------------------------------------

static void name_it(GtkWidget *w, const char *text)
{
    gtk_widget_set_tooltip_text(w, text);
    gtk_accessible_update_property(GTK_ACCESSIBLE(w), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

GtkWidget *adj_ui_button_new(const char *icon, const char *text, GCallback clicked,
                             gpointer self)
{
    GtkWidget *b = gtk_button_new_from_icon_name(icon);
    name_it(b, text);
    g_signal_connect(b, "clicked", clicked, self);
    return b;
}

GtkWidget *adj_ui_toggle_new(const char *icon, const char *text, gboolean active,
                             GCallback toggled, gpointer self)
{
    GtkWidget *b = gtk_toggle_button_new();
    gtk_button_set_icon_name(GTK_BUTTON(b), icon);
    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(b), active);
    name_it(b, text);
    g_signal_connect(b, "toggled", toggled, self);
    return b;
}

GtkWidget *adj_ui_choice_new(const char *const *words, const char *text, GCallback chosen,
                             gpointer self)
{
    GtkWidget *d = gtk_drop_down_new_from_strings(words);
    name_it(d, text);
    g_signal_connect(d, "notify::selected", chosen, self);
    return d;
}

GtkWidget *adj_ui_slider_new(double least, double most, double step, double value,
                             const char *text, GCallback moved, gpointer self)
{
    GtkWidget *s = gtk_scale_new_with_range(GTK_ORIENTATION_HORIZONTAL, least, most, step);
    gtk_range_set_value(GTK_RANGE(s), value);
    gtk_widget_set_size_request(s, 110, -1);
    name_it(s, text);
    g_signal_connect(s, "value-changed", moved, self);
    return s;
}

GtkWidget *adj_ui_status_new(void)
{
    return g_object_new(GTK_TYPE_LABEL, "hexpand", TRUE, "xalign", 0.0f, "ellipsize",
                        PANGO_ELLIPSIZE_END, "margin-start", 8, NULL);
}
