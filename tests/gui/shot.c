// SPDX-License-Identifier: Apache-2.0
//
// Windows of tests. Pictures are made by Cairo from the widget's own render nodes, so no
// screenshot tool takes part and the window may be covered.

#include "shot.h"

#include <adwaita.h>

gboolean shot_init(void)
{
    if (!gtk_init_check()) return FALSE;
    adw_init();
    g_object_set(gtk_settings_get_default(), "gtk-cursor-blink", FALSE, "gtk-enable-animations",
                 FALSE, "gtk-font-name", "DejaVu Sans 10", "gtk-xft-hinting", 0, NULL);
    return TRUE;
}

GtkWidget *shot_window(GtkWidget *child, int width, int height)
{
    GtkWidget *w = gtk_window_new();
    gtk_window_set_default_size(GTK_WINDOW(w), width, height);
    gtk_window_set_decorated(GTK_WINDOW(w), FALSE);
    gtk_window_set_child(GTK_WINDOW(w), child);
    gtk_window_present(GTK_WINDOW(w));
    shot_settle(150);
    return w;
}

void shot_settle(int ms)
{
    gint64 until = g_get_monotonic_time() + ms * 1000;
    while (g_get_monotonic_time() < until) {
        if (g_main_context_iteration(NULL, FALSE)) continue;
        g_usleep(1000);
    }
}

static GdkTexture *texture_of(GtkWidget *widget)
{
    g_autoptr(GdkPaintable) p = gtk_widget_paintable_new(widget);
    int w = gdk_paintable_get_intrinsic_width(p), h = gdk_paintable_get_intrinsic_height(p);
    GtkSnapshot *s = gtk_snapshot_new();
    gdk_paintable_snapshot(p, GDK_SNAPSHOT(s), w, h);
    GskRenderNode *node = gtk_snapshot_free_to_node(s);
    if (!node) return NULL;
    g_autoptr(GskRenderer) r = gsk_cairo_renderer_new();
    gsk_renderer_realize(r, NULL, NULL);
    GdkTexture *t =
        gsk_renderer_render_texture(r, node, &GRAPHENE_RECT_INIT(0, 0, (float)w, (float)h));
    gsk_renderer_unrealize(r);
    gsk_render_node_unref(node);
    return t;
}

gboolean shot_take(GtkWidget *widget, const char *name)
{
    const char *folder = g_getenv("ADJ_PICTURES") ? g_getenv("ADJ_PICTURES") : "pictures";
    g_mkdir_with_parents(folder, 0777);
    g_autofree char *path = g_strdup_printf("%s/%s.png", folder, name);
    g_autoptr(GdkTexture) t = texture_of(widget);
    return t && gdk_texture_save_to_png(t, path);
}

guchar *shot_pixels(GtkWidget *widget, int width, int height)
{
    g_autoptr(GdkTexture) t = texture_of(widget);
    if (!t || gdk_texture_get_width(t) != width || gdk_texture_get_height(t) != height)
        return NULL;
    guchar *pixels = g_malloc((gsize)(width * height) * 4);
    gdk_texture_download(t, pixels, (gsize)width * 4);
    return pixels;
}

// GTK has no public way to make events, so the controllers are asked directly, the focus first
// and then its parents, as a key travels.
static gboolean ask_controllers(GtkWidget *w, guint key, GdkModifierType state)
{
    g_autoptr(GListModel) list = gtk_widget_observe_controllers(w);
    for (guint i = 0; i < g_list_model_get_n_items(list); i++) {
        g_autoptr(GtkEventController) c = g_list_model_get_item(list, i);
        gboolean taken = FALSE;
        if (!GTK_IS_EVENT_CONTROLLER_KEY(c)) continue;
        g_signal_emit_by_name(c, "key-pressed", key, 0, state, &taken);
        if (taken) return TRUE;
    }
    return FALSE;
}

void shot_key(GtkWidget *widget, guint key, GdkModifierType state)
{
    for (GtkWidget *w = widget; w; w = gtk_widget_get_parent(w))
        if (ask_controllers(w, key, state)) break;
    shot_settle(60);
}
