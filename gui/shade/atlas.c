// SPDX-License-Identifier: Apache-2.0
//
// The feature maps of a layer in one texture. A map whose stamp is new is copied into its
// place; the rest stays.

#include "shade.h"

#include <epoxy/gl.h>
#include <math.h>

enum { MAPS_MOST = 64 };

typedef struct Sheet {
    guint texture;
    int columns, count, level;
    int64_t wide, high;  // cells of a map
    guint64 stamps[MAPS_MOST];
} Sheet;

static gpointer sheet_new(void)
{
    Sheet *s = g_new0(Sheet, 1);
    glGenTextures(1, &s->texture);
    glBindTexture(GL_TEXTURE_2D, s->texture);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
    return s;
}

static void sheet_free(gpointer data)
{
    glDeleteTextures(1, &((Sheet *)data)->texture);
    g_free(data);
}

static const AdjUiHeat *first_map(const AdjUiAtlas *a)
{
    for (int i = 0; i < a->count; i++)
        if (a->maps[i]) return a->maps[i];
    return NULL;
}

static gboolean is_like(const AdjUiHeat *a, const AdjUiHeat *b)
{
    return adj_ui_heat_rows(a) == adj_ui_heat_rows(b) &&
           adj_ui_heat_columns(a) == adj_ui_heat_columns(b);
}

// Room for all maps at [level], empty if it is another than before.
static void make_room(Sheet *s, const AdjUiAtlas *a, const AdjUiHeat *like, int level)
{
    int64_t high, wide;
    adj_ui_heat_level(like, level, &high, &wide);
    if (s->columns == a->columns && s->count == a->count && s->level == level &&
        s->wide == wide && s->high == high)
        return;
    Sheet fresh = {s->texture, a->columns, a->count, level, wide, high, {0}};
    *s = fresh;
    int rows = (a->count + a->columns - 1) / a->columns;
    glTexImage2D(GL_TEXTURE_2D, 0, GL_R32F, (int)wide * a->columns, (int)high * rows, 0, GL_RED,
                 GL_FLOAT, NULL);
}

// Copies what is new; answers a bit for each map that is there.
static void upload(Sheet *s, const AdjUiAtlas *a, guint there[2])
{
    for (int i = 0; i < a->count; i++) {
        int64_t rows, columns;
        if (!a->maps[i]) continue;
        there[i / 32] |= 1u << (i % 32);
        if (s->stamps[i] == adj_ui_heat_stamp(a->maps[i])) continue;
        s->stamps[i] = adj_ui_heat_stamp(a->maps[i]);
        const float *from = adj_ui_heat_level(a->maps[i], s->level, &rows, &columns);
        glTexSubImage2D(GL_TEXTURE_2D, 0, (int)(i % s->columns * s->wide),
                        (int)(i / s->columns * s->high), (int)columns, (int)rows, GL_RED,
                        GL_FLOAT, from);
    }
}

static void place(AdjUiShader *s, const AdjUiFrame *frame, const AdjUiAtlas *a)
{
    float z = (float)frame->scale;
    AdjUiRect r = adj_ui_atlas_place(a, 0);
    glUniform4f(adj_ui_shader_at(s, "into"), 0, 0, (float)frame->width, (float)frame->height);
    glUniform2f(adj_ui_shader_at(s, "first"), (float)r.x * z, (float)r.y * z);
    glUniform2f(adj_ui_shader_at(s, "pitch"), (float)(a->side + ADJ_UI_ATLAS_GAP) * z,
                (float)(a->side + ADJ_UI_ATLAS_CAPTION) * z);
    glUniform1f(adj_ui_shader_at(s, "side"), (float)a->side * z);
    glUniform1i(adj_ui_shader_at(s, "columns"), a->columns);
    glUniform1i(adj_ui_shader_at(s, "count"), a->count);
}

gboolean adj_ui_shade_atlas(AdjUiShader *s, const AdjUiFrame *frame, const AdjUiAtlas *a,
                            const char *map)
{
    const AdjUiHeat *like = first_map(a);
    guint there[2] = {0, 0};
    if (!like || a->count > MAPS_MOST) return FALSE;
    for (int i = 0; i < a->count; i++)
        if (a->maps[i] && !is_like(a->maps[i], like)) return FALSE;
    if (!adj_ui_shader_use(s, "quad.vert", "atlas.frag", frame)) return FALSE;
    Sheet *sheet = adj_ui_shader_keep(s, "atlas", sheet_new, sheet_free);
    double cells = (double)MAX(adj_ui_heat_rows(like), adj_ui_heat_columns(like));
    int level = adj_ui_heat_level_for(like, cells / (a->side * frame->scale));
    glActiveTexture(GL_TEXTURE0);
    glBindTexture(GL_TEXTURE_2D, sheet->texture);
    make_room(sheet, a, like, level);
    upload(sheet, a, there);
    adj_ui_shader_map(s, map, a->low, a->high);
    glBindTexture(GL_TEXTURE_2D, sheet->texture);
    glUniform1i(adj_ui_shader_at(s, "cells"), 0);
    glUniform2ui(adj_ui_shader_at(s, "there"), there[0], there[1]);
    glUniform2i(adj_ui_shader_at(s, "extent"), (int)sheet->wide, (int)sheet->high);
    glUniform2f(adj_ui_shader_at(s, "span"),
                (float)ldexp((double)adj_ui_heat_columns(like), -level),
                (float)ldexp((double)adj_ui_heat_rows(like), -level));
    place(s, frame, a);
    glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
    return TRUE;
}
