// SPDX-License-Identifier: Apache-2.0
//
// The layer is an empty box until it is mapped for the first time: a GL context costs memory
// and time that a hidden panel should not. It is drawn before the picture above it in the same
// frame, so the picture knows what is left to paint. When that changes, the picture is painted
// once more.

#include "panels/parts/glview.h"

#include "panels/parts/canvas.h"

#include <epoxy/gl.h>
#include <string.h>

struct AdjUiGlview {
    AdjUiRender render;
    gpointer self;
    GtkWidget *box, *area, *picture, *note;
    AdjUiShader *shader;
    gboolean decided, drawn, embedded;  // embedded: GL ES
    char *refusal;
    guint tell;
};

static gboolean is_set_to(const char *value)
{
    return !g_strcmp0(g_getenv("ADJOINT_GL"), value);
}

static gboolean is_forced(void)
{
    return is_set_to("1") || is_set_to("es");
}

// What has changed in the middle of a frame is told after it.
static gboolean tell(gpointer self)
{
    AdjUiGlview *v = self;
    v->tell = 0;
    const char *error = v->shader ? adj_ui_shader_error(v->shader) : NULL;
    gtk_label_set_text(GTK_LABEL(v->note), error ? error : "");
    gtk_widget_set_visible(v->note, error != NULL);
    gtk_widget_queue_draw(v->picture);
    return G_SOURCE_REMOVE;
}

static void tell_later(AdjUiGlview *v)
{
    if (!v->tell) v->tell = g_idle_add(tell, v);
}

// -- the context --------------------------------------------------------------------------

static gboolean remove_area(gpointer self)
{
    AdjUiGlview *v = self;
    v->tell = 0;
    if (v->area) gtk_box_remove(GTK_BOX(v->box), v->area);
    v->area = NULL;
    gtk_widget_queue_draw(v->picture);
    return G_SOURCE_REMOVE;
}

static void make_area(AdjUiGlview *v);

// A machine may have GL ES alone.
static gboolean try_embedded(gpointer self)
{
    AdjUiGlview *v = self;
    remove_area(v);
    v->embedded = TRUE;
    make_area(v);
    return G_SOURCE_REMOVE;
}

static void refuse(AdjUiGlview *v, const char *why)
{
    g_free(v->refusal);
    v->refusal = g_strdup(why);
    v->drawn = FALSE;
    if (v->tell) g_source_remove(v->tell);
    v->tell = g_idle_add(remove_area, v);
}

// Renderers that compute on the processor: Cairo does the same work with less memory.
static gboolean is_software(const char *renderer)
{
    static const char *const names[] = {"llvmpipe", "softpipe", "swrast", "SwiftShader",
                                        "Software"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (renderer && strstr(renderer, names[i])) return TRUE;
    return FALSE;
}

static void realized(GtkWidget *area, gpointer self)
{
    AdjUiGlview *v = self;
    gtk_gl_area_make_current(GTK_GL_AREA(area));
    const GError *error = gtk_gl_area_get_error(GTK_GL_AREA(area));
    if (error && !v->embedded) {
        if (v->tell) g_source_remove(v->tell);
        v->tell = g_idle_add(try_embedded, v);
        return;
    }
    if (error) {
        refuse(v, error->message);
        return;
    }
    const char *renderer = (const char *)glGetString(GL_RENDERER);
    if (is_software(renderer) && !is_forced())
        refuse(v, renderer);
    else if (epoxy_gl_version() < (epoxy_is_desktop_gl() ? 33 : 30))
        refuse(v, "GL is too old");
    else
        v->shader = adj_ui_shader_new();
}

static void unrealized(GtkWidget *area, gpointer self)
{
    AdjUiGlview *v = self;
    if (!v->shader) return;
    gtk_gl_area_make_current(GTK_GL_AREA(area));
    adj_ui_shader_free(v->shader);
    v->shader = NULL;
    v->drawn = FALSE;
}

static gboolean once_more(GtkWidget *area, GdkFrameClock *clock, gpointer unused)
{
    (void)clock, (void)unused;
    gtk_gl_area_queue_render(GTK_GL_AREA(area));
    return G_SOURCE_REMOVE;
}

static gboolean rendered(GtkGLArea *area, GdkGLContext *context, gpointer self)
{
    (void)context;
    AdjUiGlview *v = self;
    if (!v->shader) return TRUE;
    int scale = gtk_widget_get_scale_factor(v->area);
    AdjUiFrame frame = {.width = gtk_widget_get_width(v->area) * scale,
                        .height = gtk_widget_get_height(v->area) * scale,
                        .scale = scale,
                        .theme = adj_ui_theme_now()};
    AdjUiColour ground = frame.theme->ground;
    g_autofree char *before = g_strdup(adj_ui_shader_error(v->shader));
    glViewport(0, 0, frame.width, frame.height);
    glDisable(GL_DEPTH_TEST);
    glDisable(GL_BLEND);
    glClearColor((float)ground.r, (float)ground.g, (float)ground.b, 1);
    glClear(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT);
    gboolean drawn = v->render(v->self, v->shader, &frame);
    if (drawn != v->drawn || g_strcmp0(before, adj_ui_shader_error(v->shader))) tell_later(v);
    v->drawn = drawn;
    if (frame.again) gtk_widget_add_tick_callback(GTK_WIDGET(area), once_more, NULL, NULL);
    return TRUE;
}

static void make_area(AdjUiGlview *v)
{
    v->area = gtk_gl_area_new();
    gtk_gl_area_set_auto_render(GTK_GL_AREA(v->area), FALSE);
    gtk_gl_area_set_use_es(GTK_GL_AREA(v->area), v->embedded);
    gtk_gl_area_set_has_depth_buffer(GTK_GL_AREA(v->area), TRUE);
    gtk_widget_set_hexpand(v->area, TRUE);
    gtk_widget_set_vexpand(v->area, TRUE);
    g_signal_connect(v->area, "realize", G_CALLBACK(realized), v);
    g_signal_connect(v->area, "unrealize", G_CALLBACK(unrealized), v);
    g_signal_connect(v->area, "render", G_CALLBACK(rendered), v);
    gtk_box_append(GTK_BOX(v->box), v->area);
}

static void mapped(GtkWidget *box, gpointer self)
{
    AdjUiGlview *v = self;
    if (v->decided) return;
    v->decided = TRUE;
    GskRenderer *r = gtk_native_get_renderer(gtk_widget_get_native(box));
    v->embedded = is_set_to("es");
    if (is_set_to("0"))
        refuse(v, "ADJOINT_GL=0");
    else if (!is_forced() && r && !strcmp(G_OBJECT_TYPE_NAME(r), "GskCairoRenderer"))
        refuse(v, "the window is drawn by Cairo");
    else
        make_area(v);
}

// -- making -------------------------------------------------------------------------------

void adj_ui_glview_changed(AdjUiGlview *v)
{
    if (v && v->area) gtk_gl_area_queue_render(GTK_GL_AREA(v->area));
}

gboolean adj_ui_glview_drawn(const AdjUiGlview *v)
{
    return v && v->drawn;
}

const char *adj_ui_glview_refusal(const AdjUiGlview *v)
{
    return v->refusal;
}

static void glview_free(gpointer data)
{
    AdjUiGlview *v = data;
    if (v->tell) g_source_remove(v->tell);
    g_free(v->refusal);
    g_free(v);
}

static GtkWidget *make_note(void)
{
    GtkWidget *note = gtk_label_new(NULL);
    gtk_widget_add_css_class(note, "shader-error");
    gtk_label_set_selectable(GTK_LABEL(note), TRUE);
    gtk_label_set_wrap(GTK_LABEL(note), TRUE);
    gtk_label_set_xalign(GTK_LABEL(note), 0);
    gtk_widget_set_halign(note, GTK_ALIGN_START);
    gtk_widget_set_valign(note, GTK_ALIGN_START);
    gtk_widget_set_visible(note, FALSE);
    return note;
}

AdjUiGlview *adj_ui_glview_new(GtkOverlay *overlay, GtkWidget *picture, AdjUiRender render,
                               gpointer self)
{
    AdjUiGlview *v = g_new0(AdjUiGlview, 1);
    v->render = render;
    v->self = self;
    v->picture = picture;
    v->box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
    v->note = make_note();
    g_object_set_data_full(G_OBJECT(overlay), "glview", v, glview_free);
    g_signal_connect(v->box, "map", G_CALLBACK(mapped), v);
    gtk_overlay_set_child(overlay, v->box);
    gtk_overlay_add_overlay(overlay, picture);
    gtk_overlay_add_overlay(overlay, v->note);
    return v;
}
