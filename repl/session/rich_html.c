// SPDX-License-Identifier: Apache-2.0
// rich_html.c: what all HTML forms are made of. Colours are the page's own ink with an opacity,
// so that the forms fit light and dark pages alike; styles stand in the elements, because pages
// that show several results would mix style sheets. Small pictures are BMP files in data: URLs:
// uncompressed, which saves a library, and the pictures have at most 96 cells a side.
#include "session/rich.h"

#include "plot/figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool adj_html_text_n(AdjVM *vm, AdjBuf *b, const char *text, size_t length)
{
    static const struct {
        char sign;
        const char *escape;
    } rows[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
    size_t from = 0;
    for (size_t i = 0; i < length; i++) {
        for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
            if (text[i] != rows[k].sign) continue;
            if (!adj_buf_add(vm, b, text + from, i - from)) return false;
            if (!adj_buf_add_c(vm, b, rows[k].escape)) return false;
            from = i + 1;
        }
    }
    return adj_buf_add(vm, b, text + from, length - from);
}

bool adj_html_text(AdjVM *vm, AdjBuf *b, const char *text)
{
    return adj_html_text_n(vm, b, text, strlen(text));
}

static void put_le(unsigned char *p, uint32_t v, int n)
{
    for (int i = 0; i < n; i++, v >>= 8) p[i] = (unsigned char)v;
}

// A BMP of 24 bits a pixel: rows from the bottom, blue first, each row padded to four bytes.
static unsigned char *bmp_of(const uint32_t *rgb, int rows, int columns, size_t *length)
{
    enum { HEADER = 54 };
    size_t stride = ((size_t)columns * 3 + 3) & ~(size_t)3;
    *length = HEADER + stride * (size_t)rows;
    unsigned char *p = calloc(1, *length);
    if (!p) return NULL;
    memcpy(p, "BM", 2);
    put_le(p + 2, (uint32_t)*length, 4);
    put_le(p + 10, HEADER, 4);
    put_le(p + 14, 40, 4);
    put_le(p + 18, (uint32_t)columns, 4);
    put_le(p + 22, (uint32_t)rows, 4);
    put_le(p + 26, 1, 2);
    put_le(p + 28, 24, 2);
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++)
            put_le(p + HEADER + stride * (size_t)(rows - 1 - r) + 3 * (size_t)c,
                   rgb[r * columns + c], 3);
    return p;
}

bool adj_html_image(AdjVM *vm, AdjBuf *b, const uint32_t *rgb, int rows, int columns, int width,
                    const char *title)
{
    size_t length;
    unsigned char *bmp = bmp_of(rgb, rows, columns, &length);
    char *coded = bmp ? adj_base64(bmp, length) : NULL;
    int height = (int)fmax(1, round((double)width * rows / columns));
    free(bmp);
    if (!coded) return adj_raise(vm, ADJ_EXC_MemoryError, "%s", "");
    bool ok =
        adj_buf_printf(vm, b,
                       "<img width=\"%d\" height=\"%d\" alt=\"%s\" title=\"%s\" "
                       "style=\"image-rendering:pixelated;display:inline-block;margin:0\" "
                       "src=\"data:image/bmp;base64,%s\">",
                       width, height, title, title, coded);
    free(coded);
    return ok;
}

const double *adj_rich_values(AdjTensor *t)
{
    AdjTensor *v = adj_host(adj_contiguous(adj_to(adj_detach(t), ADJ_F64)));
    return v ? adj_data(v) : NULL;
}

// The mean of a block; NaN and infinities show in red, whatever else is there.
static uint32_t cell_of(const double *v, int64_t columns, const int64_t at[4], double low,
                        double high, const AdjMap *map)
{
    double sum = 0;
    for (int64_t r = at[0]; r < at[1]; r++)
        for (int64_t c = at[2]; c < at[3]; c++) sum += v[r * columns + c];
    double mean = sum / (double)((at[1] - at[0]) * (at[3] - at[2]));
    if (!isfinite(mean)) return 0xd0103a;
    return adj_map_color(map, high > low ? (mean / 2 - low / 2) / (high / 2 - low / 2) : 0.5) >>
           8;
}

bool adj_html_heat(AdjVM *vm, AdjBuf *b, const double *v, int64_t rows, int64_t columns,
                   int most, int width)
{
    double low, high;
    if (rows < 1 || columns < 1 || !adj_range_of(v, rows * columns, false, &low, &high))
        return true;
    // Values on both sides of zero get a map whose middle is zero.
    bool both = low < 0 && high > 0;
    if (both) high = fmax(-low, high), low = -high;
    const AdjMap *map = adj_map_find(both ? "RdBu_r" : "viridis");
    int64_t tall = rows < most ? rows : most, wide = columns < most ? columns : most;
    uint32_t *rgb = malloc((size_t)(tall * wide) * sizeof *rgb);
    if (!rgb) return adj_raise(vm, ADJ_EXC_MemoryError, "%s", "");
    for (int64_t r = 0; r < tall; r++) {
        for (int64_t c = 0; c < wide; c++) {
            int64_t at[4] = {r * rows / tall, (r + 1) * rows / tall, c * columns / wide,
                             (c + 1) * columns / wide};
            rgb[r * wide + c] = cell_of(v, columns, at, low, high, map);
        }
    }
    if (width > 20 * wide) width = 20 * (int)wide;
    if ((double)width * (double)tall / (double)wide > 260)
        width = (int)fmax(2, 260.0 * (double)wide / (double)tall);
    bool ok = adj_html_image(vm, b, rgb, (int)tall, (int)wide, width, "values as colours");
    free(rgb);
    return ok;
}
