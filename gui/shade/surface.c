// SPDX-License-Identifier: Apache-2.0
//
// The landscape: heights go into a texture of floats, vertices are made of their numbers, the
// depth buffer does what the painter's order does for Cairo.

#include "shade.h"

#include <epoxy/gl.h>

typedef struct Smooth {
    guint frame, colour, depth;
    int width, height, before;  // before: the framebuffer that was bound
} Smooth;

static gpointer smooth_new(void)
{
    Smooth *b = g_new0(Smooth, 1);
    glGenFramebuffers(1, &b->frame);
    glGenRenderbuffers(1, &b->colour);
    glGenRenderbuffers(1, &b->depth);
    return b;
}

static void smooth_free(gpointer data)
{
    Smooth *b = data;
    glDeleteFramebuffers(1, &b->frame);
    glDeleteRenderbuffers(1, &b->colour);
    glDeleteRenderbuffers(1, &b->depth);
    g_free(b);
}

static Smooth *smooth_of(AdjUiShader *s)
{
    return adj_ui_shader_keep(s, "smooth", smooth_new, smooth_free);
}

static void storage(guint buffer, guint format, const AdjUiFrame *frame)
{
    int most = 0;
    glGetIntegerv(GL_MAX_SAMPLES, &most);
    glBindRenderbuffer(GL_RENDERBUFFER, buffer);
    glRenderbufferStorageMultisample(GL_RENDERBUFFER, MIN(4, most), format, frame->width,
                                     frame->height);
}

void adj_ui_shade_smooth(AdjUiShader *s, const AdjUiFrame *frame)
{
    Smooth *b = smooth_of(s);
    AdjUiColour ground = frame->theme->ground;
    glGetIntegerv(GL_DRAW_FRAMEBUFFER_BINDING, &b->before);
    glBindFramebuffer(GL_FRAMEBUFFER, b->frame);
    if (b->width != frame->width || b->height != frame->height) {
        storage(b->colour, GL_RGBA8, frame);
        storage(b->depth, GL_DEPTH_COMPONENT24, frame);
        glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER,
                                  b->colour);
        glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_DEPTH_ATTACHMENT, GL_RENDERBUFFER,
                                  b->depth);
        b->width = frame->width;
        b->height = frame->height;
    }
    glClearColor((float)ground.r, (float)ground.g, (float)ground.b, 1);
    glClear(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT);
}

void adj_ui_shade_resolve(AdjUiShader *s, const AdjUiFrame *frame)
{
    const Smooth *b = smooth_of(s);
    glBindFramebuffer(GL_READ_FRAMEBUFFER, b->frame);
    glBindFramebuffer(GL_DRAW_FRAMEBUFFER, (guint)b->before);
    glBlitFramebuffer(0, 0, frame->width, frame->height, 0, 0, frame->width, frame->height,
                      GL_COLOR_BUFFER_BIT, GL_NEAREST);
    glBindFramebuffer(GL_FRAMEBUFFER, (guint)b->before);
}

void adj_ui_shade_eye(AdjUiShader *s, const AdjUiFrame *frame, const AdjUiEye *eye)
{
    float rows[12];
    for (int i = 0; i < 4; i++) {
        rows[i] = (float)(eye->x[i] * frame->scale);
        rows[4 + i] = (float)(eye->y[i] * frame->scale);
        rows[8 + i] = (float)eye->near[i];
    }
    glUniform4fv(adj_ui_shader_at(s, "eye"), 3, rows);
}

// -- the landscape ------------------------------------------------------------------------

static gpointer heights_new(void)
{
    guint name = 0;
    glGenTextures(1, &name);
    glBindTexture(GL_TEXTURE_2D, name);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
    return GUINT_TO_POINTER(name);
}

static void heights_free(gpointer data)
{
    guint name = GPOINTER_TO_UINT(data);
    glDeleteTextures(1, &name);
}

static void set_ink(AdjUiShader *s, AdjUiColour c)
{
    glUniform3f(adj_ui_shader_at(s, "ink"), (float)c.r, (float)c.g, (float)c.b);
}

static gboolean draw_ground(AdjUiShader *s, const AdjUiFrame *frame, const AdjUiEye *eye)
{
    if (!adj_ui_shader_use(s, "flat.vert", "flat.frag", frame)) return FALSE;
    adj_ui_shade_eye(s, frame, eye);
    glUniform1f(adj_ui_shader_at(s, "level"), -0.32f);
    set_ink(s, frame->theme->frame);
    glDrawArrays(GL_TRIANGLE_FAN, 0, 4);
    set_ink(s, frame->theme->line);
    glDrawArrays(GL_LINE_LOOP, 0, 4);
    return TRUE;
}

static gboolean draw_heights(AdjUiShader *s, const AdjUiFrame *frame, const AdjUiSurface *scene,
                             const AdjUiEye *eye)
{
    float contours[ADJ_UI_CONTOURS];
    gpointer texture = adj_ui_shader_keep(s, "heights", heights_new, heights_free);
    g_autofree float *heights = g_new(float, scene->rows * scene->columns);
    int count = adj_ui_surface_heights(scene, heights, contours);
    if (!adj_ui_shader_use(s, "surface.vert", "surface.frag", frame)) return FALSE;
    glActiveTexture(GL_TEXTURE0);
    glBindTexture(GL_TEXTURE_2D, GPOINTER_TO_UINT(texture));
    glTexImage2D(GL_TEXTURE_2D, 0, GL_R32F, scene->columns, scene->rows, 0, GL_RED, GL_FLOAT,
                 heights);
    glUniform1i(adj_ui_shader_at(s, "heights"), 0);
    adj_ui_shade_eye(s, frame, eye);
    adj_ui_shader_map(s, "viridis", 0, 1);
    glUniform2i(adj_ui_shader_at(s, "grid"), scene->columns, scene->rows);
    glUniform1i(adj_ui_shader_at(s, "contour_count"), count);
    glUniform1fv(adj_ui_shader_at(s, "contours"), count, contours);
    glDrawArrays(GL_TRIANGLES, 0, 6 * (scene->rows - 1) * (scene->columns - 1));
    return TRUE;
}

gboolean adj_ui_shade_surface(AdjUiShader *s, const AdjUiFrame *frame,
                              const AdjUiSurface *scene, double yaw, double pitch)
{
    if (scene->rows < 2 || scene->columns < 2) return FALSE;
    AdjUiEye eye = adj_ui_surface_eye(yaw, pitch, frame->width / frame->scale,
                                      frame->height / frame->scale);
    adj_ui_shade_smooth(s, frame);
    gboolean drawn = draw_ground(s, frame, &eye);
    glEnable(GL_DEPTH_TEST);
    drawn = drawn && draw_heights(s, frame, scene, &eye);
    glDisable(GL_DEPTH_TEST);
    adj_ui_shade_resolve(s, frame);
    return drawn;
}
