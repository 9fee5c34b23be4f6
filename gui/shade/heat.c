// SPDX-License-Identifier: Apache-2.0
//
// Heat maps in tiles. A level of the pyramid (paint/heat.c) is cut into tiles of TILE cells a
// side, each a texture of floats; range and colours are the shader's business, so moving either
// uploads nothing. A context keeps the TILES_MOST tiles that were used last, of whatever map.

#include "shade.h"

#include <epoxy/gl.h>
#include <math.h>

enum { TILE = 512, TILES_MOST = 64, UPLOADS_MOST = 6, STAND_IN = 3 };

typedef struct Tile {
    guint64 map;  // stamp of the heat map, 0: free
    int level;
    int64_t row, column;
    guint texture;
    guint64 used;
} Tile;

typedef struct Tiles {
    Tile at[TILES_MOST];
    guint64 clock;
} Tiles;

typedef struct Draw {
    AdjUiShader *shader;
    AdjUiFrame *frame;
    Tiles *tiles;
    const AdjUiHeat *heat;
    AdjUiRect cells, into;  // into: in pixels
    int uploads;
} Draw;

static gpointer tiles_new(void)
{
    return g_new0(Tiles, 1);
}

static void tiles_free(gpointer data)
{
    Tiles *t = data;
    for (int i = 0; i < TILES_MOST; i++)
        if (t->at[i].texture) glDeleteTextures(1, &t->at[i].texture);
    g_free(t);
}

static Tile *tile_find(Tiles *t, guint64 map, int level, int64_t row, int64_t column)
{
    for (int i = 0; i < TILES_MOST; i++) {
        Tile *at = &t->at[i];
        if (at->map == map && at->level == level && at->row == row && at->column == column)
            return at;
    }
    return NULL;
}

static Tile *tile_oldest(Tiles *t)
{
    Tile *oldest = t->at;
    for (int i = 1; i < TILES_MOST; i++)
        if (t->at[i].used < oldest->used) oldest = &t->at[i];
    return oldest;
}

static void upload(Tile *tile, const AdjUiHeat *heat)
{
    int64_t rows, columns;
    const float *from = adj_ui_heat_level(heat, tile->level, &rows, &columns);
    int64_t top = tile->row * TILE, left = tile->column * TILE;
    if (!tile->texture) {
        glGenTextures(1, &tile->texture);
        glBindTexture(GL_TEXTURE_2D, tile->texture);
        glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
        glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
        glTexImage2D(GL_TEXTURE_2D, 0, GL_R32F, TILE, TILE, 0, GL_RED, GL_FLOAT, NULL);
    }
    glBindTexture(GL_TEXTURE_2D, tile->texture);
    glPixelStorei(GL_UNPACK_ROW_LENGTH, (int)columns);
    glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, (int)MIN(TILE, columns - left),
                    (int)MIN(TILE, rows - top), GL_RED, GL_FLOAT, from + top * columns + left);
    glPixelStorei(GL_UNPACK_ROW_LENGTH, 0);
}

// The tile's texture, uploading it if need be; NULL: enough was uploaded in this frame.
static Tile *tile_of(Draw *d, int level, int64_t row, int64_t column, gboolean must)
{
    guint64 map = adj_ui_heat_stamp(d->heat);
    Tile *tile = tile_find(d->tiles, map, level, row, column);
    if (!tile) {
        if (!must && d->uploads >= UPLOADS_MOST) return NULL;
        tile = tile_oldest(d->tiles);
        *tile = (Tile){map, level, row, column, tile->texture, 0};
        upload(tile, d->heat);
        d->uploads++;
    }
    tile->used = ++d->tiles->clock;
    return tile;
}

static void draw_tile(Draw *d, const Tile *tile, AdjUiRect clip)
{
    int64_t rows, columns;
    double fine = ldexp(1, -tile->level);
    double sx = d->cells.w / d->into.w * fine, sy = d->cells.h / d->into.h * fine;
    double left = (double)(tile->column * TILE), top = (double)(tile->row * TILE);
    adj_ui_heat_level(d->heat, tile->level, &rows, &columns);
    glBindTexture(GL_TEXTURE_2D, tile->texture);
    glUniform4f(adj_ui_shader_at(d->shader, "walk"), (float)sx, (float)sy,
                (float)(d->cells.x * fine - d->into.x * sx - left),
                (float)(d->cells.y * fine - d->into.y * sy - top));
    glUniform2i(adj_ui_shader_at(d->shader, "extent"),
                (int)MIN(TILE, columns - tile->column * TILE),
                (int)MIN(TILE, rows - tile->row * TILE));
    glUniform4f(adj_ui_shader_at(d->shader, "into"), (float)clip.x, (float)clip.y,
                (float)clip.w, (float)clip.h);
    glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
}

// The pixels that tile (row, column) of [level] covers, and one around for rounding.
static AdjUiRect pixels_of(const Draw *d, int level, int64_t row, int64_t column)
{
    double side = ldexp(TILE, level);
    double zx = d->into.w / d->cells.w, zy = d->into.h / d->cells.h;
    double x0 = d->into.x + ((double)column * side - d->cells.x) * zx - 1;
    double y0 = d->into.y + ((double)row * side - d->cells.y) * zy - 1;
    double x1 = fmin(x0 + side * zx + 2, d->into.x + d->into.w);
    double y1 = fmin(y0 + side * zy + 2, d->into.y + d->into.h);
    x0 = fmax(x0, d->into.x);
    y0 = fmax(y0, d->into.y);
    return adj_ui_rect(x0, y0, x1 - x0, y1 - y0);
}

// A tile of a coarser level in the place of one that is not there yet.
static void draw_stand_in(Draw *d, int level, int64_t row, int64_t column)
{
    int coarse = MIN(level + STAND_IN, adj_ui_heat_levels(d->heat) - 1);
    int64_t by = (int64_t)1 << (coarse - level);
    const Tile *tile = tile_of(d, coarse, row / by, column / by, TRUE);
    draw_tile(d, tile, pixels_of(d, level, row, column));
    d->frame->again = TRUE;
}

static void draw_level(Draw *d, int level)
{
    int64_t rows, columns;
    double side = ldexp(TILE, level);
    adj_ui_heat_level(d->heat, level, &rows, &columns);
    int64_t first = MAX((int64_t)(d->cells.y / side), 0);
    int64_t last = MIN((int64_t)((d->cells.y + d->cells.h) / side), (rows - 1) / TILE);
    int64_t left = MAX((int64_t)(d->cells.x / side), 0);
    int64_t right = MIN((int64_t)((d->cells.x + d->cells.w) / side), (columns - 1) / TILE);
    for (int64_t i = first; i <= last; i++) {
        for (int64_t k = left; k <= right; k++) {
            const Tile *tile = tile_of(d, level, i, k, FALSE);
            if (tile)
                draw_tile(d, tile, pixels_of(d, level, i, k));
            else
                draw_stand_in(d, level, i, k);
        }
    }
}

gboolean adj_ui_shade_heat(AdjUiShader *s, AdjUiFrame *frame, const AdjUiHeat *heat,
                           AdjUiRect cells, AdjUiRect into, double low, double high,
                           const char *map)
{
    if (into.w < 1 || into.h < 1) return FALSE;
    if (!adj_ui_shader_use(s, "quad.vert", "heat.frag", frame)) return FALSE;
    // Cairo's picture lies on whole pixels (paint/heat.c, put_image), and so does this one.
    double z = frame->scale;
    AdjUiRect pixels = {round(into.x * z), round(into.y * z), ceil(into.w * z),
                        ceil(into.h * z)};
    Draw d = {.shader = s,
              .frame = frame,
              .tiles = adj_ui_shader_keep(s, "tiles", tiles_new, tiles_free),
              .heat = heat,
              .cells = cells,
              .into = pixels};
    adj_ui_shader_map(s, map, low, high);
    glUniform1i(adj_ui_shader_at(s, "cells"), 0);
    glUniform2f(adj_ui_shader_at(s, "corner"), (float)(into.x * z), (float)(into.y * z));
    draw_level(&d, adj_ui_heat_level_for(heat, fmax(cells.w / pixels.w, cells.h / pixels.h)));
    return TRUE;
}
