// SPDX-License-Identifier: Apache-2.0
//
// A cloud of points: places and inks stay on the device until they change, the order of
// painting goes there with every turn of the view.

#include "shade.h"

#include <epoxy/gl.h>

typedef struct Buffers {
    guint vertices, at, inks, order;
    guint64 at_stamp, inks_stamp;
} Buffers;

static gpointer buffers_new(void)
{
    Buffers *b = g_new0(Buffers, 1);
    glGenVertexArrays(1, &b->vertices);
    glGenBuffers(1, &b->at);
    glGenBuffers(1, &b->inks);
    glGenBuffers(1, &b->order);
    return b;
}

static void buffers_free(gpointer data)
{
    Buffers *b = data;
    glDeleteVertexArrays(1, &b->vertices);
    glDeleteBuffers(1, &b->at);
    glDeleteBuffers(1, &b->inks);
    glDeleteBuffers(1, &b->order);
    g_free(b);
}

// Bytes of an ink in memory are blue, green, red, alpha; the shader swaps nothing, so they are
// turned here.
static void upload_inks(const AdjUiPoints *p)
{
    g_autofree guchar *bytes = g_new(guchar, 4 * (gsize)p->count + 4);
    for (int i = 0; i < p->count; i++) {
        bytes[4 * i] = (guchar)(p->inks[i] >> 16);
        bytes[4 * i + 1] = (guchar)(p->inks[i] >> 8);
        bytes[4 * i + 2] = (guchar)p->inks[i];
        bytes[4 * i + 3] = (guchar)(p->inks[i] >> 24);
    }
    glBufferData(GL_ARRAY_BUFFER, 4 * (GLsizeiptr)p->count, bytes, GL_STATIC_DRAW);
}

static void bind(Buffers *b, const AdjUiPoints *p, const uint32_t *order)
{
    glBindVertexArray(b->vertices);
    glBindBuffer(GL_ARRAY_BUFFER, b->at);
    if (b->at_stamp != p->at_stamp)
        glBufferData(GL_ARRAY_BUFFER, 12 * (GLsizeiptr)p->count, p->at, GL_STATIC_DRAW);
    glEnableVertexAttribArray(0);
    glVertexAttribPointer(0, 3, GL_FLOAT, GL_FALSE, 0, NULL);
    glBindBuffer(GL_ARRAY_BUFFER, b->inks);
    if (b->inks_stamp != p->inks_stamp) upload_inks(p);
    glEnableVertexAttribArray(1);
    glVertexAttribPointer(1, 4, GL_UNSIGNED_BYTE, GL_TRUE, 0, NULL);
    glBindBuffer(GL_ELEMENT_ARRAY_BUFFER, b->order);
    glBufferData(GL_ELEMENT_ARRAY_BUFFER, 4 * (GLsizeiptr)p->count, order, GL_STREAM_DRAW);
    b->at_stamp = p->at_stamp;
    b->inks_stamp = p->inks_stamp;
}

gboolean adj_ui_shade_points(AdjUiShader *s, const AdjUiFrame *frame, const AdjUiPoints *p,
                             const uint32_t *order)
{
    if (!p->count || !adj_ui_shader_use(s, "points.vert", "points.frag", frame)) return FALSE;
    bind(adj_ui_shader_keep(s, "points", buffers_new, buffers_free), p, order);
    adj_ui_shade_eye(s, frame, &p->eye);
    glUniform1f(adj_ui_shader_at(s, "radius"), (float)(p->radius * frame->scale));
    if (epoxy_is_desktop_gl()) glEnable(GL_PROGRAM_POINT_SIZE);
    glEnable(GL_BLEND);
    glBlendFunc(GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
    glDrawElements(GL_POINTS, p->count, GL_UNSIGNED_INT, NULL);
    glDisable(GL_BLEND);
    return TRUE;
}
