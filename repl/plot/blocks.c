// SPDX-License-Identifier: Apache-2.0
// blocks.c: figures made of characters, for terminals without pictures. What stands around the
// data is real text: title, tick labels, names, a legend. The data itself is painted by the
// same painters as everywhere, on transparent paper of 4 x 8 pixels a cell, and each cell
// becomes a character: a pattern of braille dots in one colour where lines and points are (2 x
// 4 dots, the finest that characters have), half blocks in two colours where an image or an
// area fills it.
#include "plot/terminal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Cell {
    char text[8];     // "" is a space
    int ink, ground;  // 0xRRGGBB, -1: the terminal's own
    bool taken;       // the right half of something wide, or part of a label
} Cell;

typedef struct Sheet {
    Cell *at;
    int columns, rows, colors;
} Sheet;

static Cell *cell(const Sheet *s, int column, int row)
{
    if (column < 0 || row < 0 || column >= s->columns || row >= s->rows) return NULL;
    return &s->at[row * s->columns + column];
}

static bool open_sheet(Sheet *s, int columns, int rows, int colors)
{
    *s = (Sheet){.columns = columns, .rows = rows, .colors = colors};
    s->at = calloc((size_t)columns * (size_t)rows, sizeof *s->at);
    for (int i = 0; s->at && i < columns * rows; i++) s->at[i].ink = s->at[i].ground = -1;
    return s->at;
}

static int letter_bytes(const char *p)
{
    int n = 1;
    while ((p[n] & 0xc0) == 0x80) n++;
    return n > 6 ? 6 : n;
}

static int letters(const char *text)
{
    int n = 0;
    for (; *text; text += letter_bytes(text)) n++;
    return n;
}

static void write_text(Sheet *s, int column, int row, const char *text, int ink, int most)
{
    for (; *text && most > 0; most--, column++) {
        int n = letter_bytes(text);
        Cell *c = cell(s, column, row);
        if (c && (unsigned char)*text >= ' ') {
            memcpy(c->text, text, (size_t)n);
            c->text[n] = 0;
            c->ink = ink;
            c->taken = true;
        }
        text += n;
    }
}

// "$10^{3}$" as 10³; other mathematics without its signs.
static void plain_text(const char *text, char *out, size_t room)
{
    static const char *const high[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    size_t n = 0;
    bool raised = false;
    for (const char *p = text; *p && n + 8 < room; p++) {
        const char *add = NULL;
        if (*p == '$' || *p == '{' || *p == '\\') continue;
        if (*p == '}') {
            raised = false;
            continue;
        }
        if (*p == '^') {
            raised = true;
            continue;
        }
        if (raised && *p >= '0' && *p <= '9') add = high[*p - '0'];
        if (raised && *p == '-') add = "⁻";
        if (add)
            n += (size_t)sprintf(out + n, "%s", add);
        else
            out[n++] = *p == '\n' ? ' ' : *p;
    }
    out[n] = 0;
}

// ---- pixels to characters ----

typedef struct Mean {
    double r, g, b, weight;
} Mean;

static void add_pixel(Mean *m, uint32_t v)
{
    m->r += v >> 16 & 255, m->g += v >> 8 & 255, m->b += v & 255,
        m->weight += (v >> 24) / 255.0;
}

static int color_of(const Mean *m)
{
    if (m->weight <= 0) return -1;
    int r = (int)fmin(255, m->r / m->weight), g = (int)fmin(255, m->g / m->weight);
    return r << 16 | g << 8 | (int)fmin(255, m->b / m->weight);
}

static void braille(Cell *c, int dots)
{
    int code = 0x2800 + dots;
    c->text[0] = (char)(0xe0 | code >> 12);
    c->text[1] = (char)(0x80 | (code >> 6 & 63));
    c->text[2] = (char)(0x80 | (code & 63));
    c->text[3] = 0;
}

static void put_cell(Cell *c, const uint32_t *pixels, int stride)
{
    // Braille numbers its dots down the left column, down the right, then the bottom row.
    static const int bits[4][2] = {{0, 3}, {1, 4}, {2, 5}, {6, 7}};
    Mean all = {0}, half[2] = {{0}, {0}};
    int dots = 0, full = 0;
    for (int j = 0; j < 4; j++) {
        for (int i = 0; i < 2; i++) {
            Mean dot = {0};
            for (int k = 0; k < 4; k++) {
                uint32_t v = pixels[(2 * j + k / 2) * stride + 2 * i + k % 2];
                add_pixel(&dot, v);
                add_pixel(&half[j / 2], v);
            }
            if (dot.weight < 1.3) continue;
            dots |= 1 << bits[j][i];
            full += dot.weight > 3.6;
            all.r += dot.r, all.g += dot.g, all.b += dot.b, all.weight += dot.weight;
        }
    }
    if (!dots || c->taken) return;
    bool up = half[0].weight > 14, down = half[1].weight > 14;
    if (full == 8 || (up && half[1].weight < 2) || (down && half[0].weight < 2)) {
        strcpy(c->text, up ? "▀" : "▄");
        c->ink = color_of(&half[!up]);
        c->ground = up && down ? color_of(&half[1]) : -1;
        if (up && down && c->ink == c->ground) strcpy(c->text, "█"), c->ground = -1;
        return;
    }
    braille(c, dots);
    c->ink = color_of(&all);
}

static void put_pixels(Sheet *s, const uint32_t *pixels, int column, int row, int columns,
                       int rows)
{
    for (int j = 0; j < rows; j++) {
        for (int i = 0; i < columns; i++) {
            Cell *c = cell(s, column + i, row + j);
            if (c) put_cell(c, pixels + (8 * j) * 4 * columns + 4 * i, 4 * columns);
        }
    }
}

// ---- what stands around ----

static const int SOFT = 0x8b949e;

typedef struct Place {
    int column, row, columns, rows;
} Place;

// Rows and columns that labels take: the rest is for the data.
static int label_columns(const AdjAxes *a, const AdjTicks *t)
{
    int most = 0;
    char text[64];
    if (a->off || a->y.hidden_labels) return 0;
    for (int i = 0; i < t->n; i++) {
        plain_text(t->text[i], text, sizeof text);
        if (letters(text) > most) most = letters(text);
    }
    return most + 1;
}

static const char *tick_name(const AdjAxis *axis, const AdjTicks *t, int i, char *room)
{
    const char *name = t->text[i];
    for (int k = 0; axis->has_ticks && axis->tick_names && k < axis->tick_count; k++)
        if (axis->ticks[k] == t->at[i]) name = axis->tick_names[k] ? axis->tick_names[k] : "";
    plain_text(name, room, 64);
    return room;
}

static void given_ticks(const AdjAxis *axis, const double lim[2], AdjTicks *t)
{
    if (!axis->has_ticks) return;
    t->n = 0;
    for (int i = 0; i < axis->tick_count && t->n < ADJ_MAX_TICKS; i++) {
        if (axis->ticks[i] < lim[0] || axis->ticks[i] > lim[1]) continue;
        t->at[t->n] = axis->ticks[i];
        snprintf(t->text[t->n++], sizeof t->text[0], "%.6g", axis->ticks[i]);
    }
}

static void frame_and_ticks(Sheet *s, const AdjAxes *a, Place p, const double x[2],
                            const double y[2], const AdjTicks *tx, const AdjTicks *ty)
{
    char text[64];
    bool flip_x, flip_y;
    adj_axes_flipped(a, &flip_x, &flip_y);
    for (int j = 0; j < p.rows; j++) write_text(s, p.column - 1, p.row + j, "│", SOFT, 1);
    write_text(s, p.column - 1, p.row + p.rows, "└", SOFT, 1);
    for (int i = 0; i < p.columns; i++)
        write_text(s, p.column + i, p.row + p.rows, "─", SOFT, 1);
    for (int i = 0; i < ty->n && !a->y.hidden_labels; i++) {
        double t = adj_scale_at(a->y.scale, a->y.linear, y, ty->at[i]);
        int row = p.row + (int)lround((flip_y ? t : 1 - t) * (p.rows - 1));
        tick_name(&a->y, ty, i, text);
        write_text(s, p.column - 1 - letters(text), row, text, SOFT, 30);
        write_text(s, p.column - 1, row, "┤", SOFT, 1);
    }
    int free_from = 0;
    for (int i = 0; i < tx->n && !a->x.hidden_labels; i++) {
        double t = adj_scale_at(a->x.scale, a->x.linear, x, tx->at[i]);
        int column = p.column + (int)lround((flip_x ? 1 - t : t) * (p.columns - 1));
        tick_name(&a->x, tx, i, text);
        int from = column - letters(text) / 2;
        if (from < free_from) continue;
        write_text(s, from, p.row + p.rows + 1, text, SOFT, 30);
        write_text(s, column, p.row + p.rows, "┴", SOFT, 1);
        free_from = from + letters(text) + 1;
    }
}

static void middle_text(Sheet *s, const char *text, int column, int columns, int row, int ink)
{
    char plain[256];
    plain_text(text, plain, sizeof plain);
    int n = letters(plain);
    write_text(s, column + (columns > n ? (columns - n) / 2 : 0), row, plain, ink, columns);
}

static int layer_ink(const AdjAxes *a, int layer, bool dark)
{
    const AdjLayer *l = &a->layers[layer];
    int before = 0;
    if (l->color) return (int)(l->color >> 8);
    for (int i = 0; i < layer; i++)
        if (!a->layers[i].color && !a->layers[i].c && a->layers[i].kind != ADJ_RULE) before++;
    return (int)(adj_color_cycle(before, dark) >> 8);
}

static void legend(Sheet *s, const AdjAxes *a, Place p, int row, bool dark)
{
    int column = p.column;
    char text[128];
    for (int i = 0; a->legend && i < a->layer_count; i++) {
        const char *label = a->layers[i].label;
        if (!label || !*label || *label == '_') continue;
        plain_text(label, text, sizeof text);
        if (column + 3 + letters(text) > p.column + p.columns) break;
        write_text(s, column, row, a->layers[i].kind == ADJ_POINTS ? "●" : "━━",
                   layer_ink(a, i, dark), 2);
        write_text(s, column + 3, row, text, -1, 60);
        column += letters(text) + 6;
    }
}

static bool has_legend(const AdjAxes *a)
{
    for (int i = 0; a->legend && i < a->layer_count; i++)
        if (a->layers[i].label && *a->layers[i].label && *a->layers[i].label != '_')
            return true;
    return false;
}

static void paint_axes(Sheet *s, const AdjPlotPlugin *plugin, const AdjFigure *f,
                       const AdjAxes *a, Place p)
{
    double x[2], y[2];
    AdjTicks tx, ty;
    Place outer = p;
    adj_axes_limits(a, x, y);
    adj_axis_ticks(a->y.scale, a->y.linear, y, p.rows / 3 > 6 ? 6 : p.rows / 3, &ty);
    given_ticks(&a->y, y, &ty);
    int left = label_columns(a, &ty) + !a->off, below = a->off ? 0 : 2;
    int above = (a->title && *a->title) || (a->y.label && *a->y.label);
    bool named = a->x.label && *a->x.label, listed = has_legend(a);
    p.column += left, p.columns -= left + 1;
    p.row += above, p.rows -= above + below + named + listed;
    if (p.columns < 4 || p.rows < 2) return;
    adj_axis_ticks(a->x.scale, a->x.linear, x, p.columns / 10, &tx);
    given_ticks(&a->x, x, &tx);
    if (!a->off) frame_and_ticks(s, a, p, x, y, &tx, &ty);
    if (a->title) middle_text(s, a->title, p.column, p.columns, outer.row, -1);
    if (a->y.label)
        middle_text(s, a->y.label, outer.column, letters(a->y.label), outer.row, SOFT);
    if (named) middle_text(s, a->x.label, p.column, p.columns, p.row + p.rows + below, SOFT);
    if (listed) legend(s, a, p, p.row + p.rows + below + named, f->dark);
    AdjAxes bare = *a;
    bare.off = bare.has_box = true;
    bare.equal = bare.legend = false;
    bare.colorbar = 0;
    bare.title = NULL;
    bare.box[0] = bare.box[1] = 0, bare.box[2] = bare.box[3] = 1;
    bare.twin = 0;
    AdjFigure sheet = {.axes = &bare, .axes_count = 1, .dark = f->dark, .transparent = true};
    uint32_t *pixels = plugin->figure_pixels(&sheet, 4 * p.columns, 8 * p.rows, 72);
    if (pixels) put_pixels(s, pixels, p.column, p.row, p.columns, p.rows);
    free(pixels);
}

// ---- out ----

static int near_256(int rgb)
{
    int r = rgb >> 16, g = rgb >> 8 & 255, b = rgb & 255;
    int high = r > g   ? (r > b ? r : b)
               : g > b ? g
                       : b,
        low = r < g   ? (r < b ? r : b)
              : g < b ? g
                      : b;
    if (high - low < 12) {
        int grey = (high + low) / 2;
        return grey < 4 ? 16 : grey > 246 ? 231 : 232 + (grey - 3) / 10;
    }
    int steps[3] = {r, g, b};
    for (int i = 0; i < 3; i++)
        steps[i] = steps[i] < 48 ? 0 : steps[i] < 115 ? 1 : (steps[i] - 35) / 40;
    return 16 + 36 * steps[0] + 6 * steps[1] + steps[2];
}

static int color_code(char *out, int colors, int rgb, bool ground)
{
    if (rgb < 0) return sprintf(out, "\x1b[%dm", ground ? 49 : 39);
    if (colors > 256)
        return sprintf(out, "\x1b[%d;2;%d;%d;%dm", ground ? 48 : 38, rgb >> 16, rgb >> 8 & 255,
                       rgb & 255);
    return sprintf(out, "\x1b[%d;5;%dm", ground ? 48 : 38, near_256(rgb));
}

static char *sheet_text(const Sheet *s)
{
    char *out = malloc((size_t)s->columns * (size_t)s->rows * 56 + (size_t)s->rows * 16 + 1);
    size_t n = 0;
    for (int row = 0; out && row < s->rows; row++) {
        int ink = -1, ground = -1, last = s->columns;
        while (last > 0 && !*cell(s, last - 1, row)->text) last--;
        for (int i = 0; i < last; i++) {
            const Cell *c = cell(s, i, row);
            int want = c->text[0] ? c->ink : ink;
            if (s->colors && want != ink)
                n += (size_t)color_code(out + n, s->colors, ink = want, false);
            if (s->colors && c->ground != ground)
                n += (size_t)color_code(out + n, s->colors, ground = c->ground, true);
            n += (size_t)sprintf(out + n, "%s", *c->text ? c->text : " ");
        }
        n += (size_t)sprintf(out + n, "%s\n",
                             s->colors && (ink >= 0 || ground >= 0) ? "\x1b[0m" : "");
    }
    if (out) out[n] = 0;
    return out;
}

char *adj_blocks_text(const AdjPlotPlugin *plugin, const AdjFigure *f, int columns, int rows,
                      int colors)
{
    Sheet s;
    int top = f->title && *f->title, tracks = f->columns > 0 ? f->columns : 1;
    int lines = f->rows > 0 ? f->rows : 1;
    int high = (rows - top) / lines < 8 ? 8 : (rows - top) / lines;
    if (columns / tracks < 20) columns = 20 * tracks;
    if (!open_sheet(&s, columns, top + lines * high, colors)) return NULL;
    if (top) middle_text(&s, f->title, 0, columns, 0, -1);
    for (int i = 0; i < f->axes_count; i++) {
        const AdjAxes *a = &f->axes[i];
        int wide = columns / tracks, c = a->column < tracks ? a->column : 0;
        int spans = a->column_span > 1 ? a->column_span : 1;
        int deep = a->row_span > 1 ? a->row_span : 1;
        if (a->twin) continue;
        Place p = {c * wide, top + (a->row < lines ? a->row : 0) * high, wide * spans - (c > 0),
                   high * deep};
        paint_axes(&s, plugin, f, a, p);
    }
    char *text = sheet_text(&s);
    free(s.at);
    return text;
}

char *adj_blocks_of(const uint32_t *pixels, int width, int height, int colors)
{
    Sheet s;
    if (width < 4 || height < 8 || !open_sheet(&s, width / 4, height / 8, colors)) return NULL;
    for (int j = 0; j < s.rows; j++)
        for (int i = 0; i < s.columns; i++)
            put_cell(cell(&s, i, j), pixels + 8 * j * width + 4 * i, width);
    char *text = sheet_text(&s);
    free(s.at);
    return text;
}
