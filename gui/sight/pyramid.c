// SPDX-License-Identifier: Apache-2.0
//
// Levels of blocks over growing arrays. Steps usually rise by one and the same amount, so x is
// a first value and a difference until a point breaks the rule; only then is it stored, which
// halves the memory of ten million points.

#include "sight/pyramid.h"

#include <glib.h>
#include <math.h>

enum { FACTOR = 16, LEVELS = 10 };

typedef struct Block {
    double least, greatest, sum;
    int64_t points;
} Block;

struct AdjUiPyramid {
    GArray *y, *x;  // x: NULL while it is regular
    double first, rise;
    GArray *levels[LEVELS];  // of Block
};

AdjUiPyramid *adj_ui_pyramid_new(void)
{
    AdjUiPyramid *p = g_new0(AdjUiPyramid, 1);
    p->y = g_array_new(FALSE, FALSE, sizeof(double));
    for (int k = 0; k < LEVELS; k++) p->levels[k] = g_array_new(FALSE, TRUE, sizeof(Block));
    return p;
}

void adj_ui_pyramid_free(AdjUiPyramid *p)
{
    if (!p) return;
    g_array_unref(p->y);
    if (p->x) g_array_unref(p->x);
    for (int k = 0; k < LEVELS; k++) g_array_unref(p->levels[k]);
    g_free(p);
}

int64_t adj_ui_pyramid_count(const AdjUiPyramid *p)
{
    return p->y->len;
}

double adj_ui_pyramid_y(const AdjUiPyramid *p, int64_t i)
{
    return g_array_index(p->y, double, i);
}

double adj_ui_pyramid_x(const AdjUiPyramid *p, int64_t i)
{
    return p->x ? g_array_index(p->x, double, i) : p->first + (double)i * p->rise;
}

int64_t adj_ui_pyramid_bytes(const AdjUiPyramid *p)
{
    int64_t bytes = (int64_t)p->y->len * (p->x ? 16 : 8);
    for (int k = 0; k < LEVELS; k++)
        bytes += (int64_t)p->levels[k]->len * (int64_t)sizeof(Block);
    return bytes;
}

int64_t adj_ui_pyramid_find(const AdjUiPyramid *p, double x)
{
    int64_t low = 0, high = p->y->len;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (adj_ui_pyramid_x(p, middle) < x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

// -- growing ------------------------------------------------------------------------------

static void store_x(AdjUiPyramid *p)
{
    p->x = g_array_sized_new(FALSE, FALSE, sizeof(double), p->y->len + 1);
    for (int64_t i = 0; i < p->y->len; i++) {
        double x = p->first + (double)i * p->rise;
        g_array_append_val(p->x, x);
    }
}

static void add_x(AdjUiPyramid *p, double x)
{
    int64_t n = p->y->len;
    if (n == 0) p->first = x;
    if (n == 1) p->rise = x - p->first;
    if (!p->x && n > 1 && x != p->first + (double)n * p->rise) store_x(p);
    if (p->x) g_array_append_val(p->x, x);
}

static void put(Block *b, double y)
{
    if (!isfinite(y)) return;
    b->least = b->points ? fmin(b->least, y) : y;
    b->greatest = b->points ? fmax(b->greatest, y) : y;
    b->sum += y;
    b->points++;
}

// Cuts everything from point [n] on. The blocks at the edge are made again from the points of
// the level below.
static void cut(AdjUiPyramid *p, int64_t n)
{
    g_array_set_size(p->y, (guint)n);
    if (p->x) g_array_set_size(p->x, (guint)n);
    int64_t size = FACTOR;
    for (int k = 0; k < LEVELS; k++, size *= FACTOR) {
        int64_t whole = n / size;
        g_array_set_size(p->levels[k], (guint)whole);
        if (n % size == 0) continue;
        Block edge = {0};
        for (int64_t i = whole * size; i < n; i++) put(&edge, adj_ui_pyramid_y(p, i));
        g_array_append_val(p->levels[k], edge);
    }
}

void adj_ui_pyramid_add(AdjUiPyramid *p, double x, double y)
{
    int64_t n = p->y->len;
    if (n > 0 && x <= adj_ui_pyramid_x(p, n - 1)) {
        cut(p, adj_ui_pyramid_find(p, x));
        n = p->y->len;
    }
    add_x(p, x);
    g_array_append_val(p->y, y);
    int64_t size = FACTOR;
    for (int k = 0; k < LEVELS; k++, size *= FACTOR) {
        if (n % size == 0) g_array_set_size(p->levels[k], (guint)(n / size + 1));
        put(&g_array_index(p->levels[k], Block, n / size), y);
    }
}

// -- asking -------------------------------------------------------------------------------

static void join(Block *a, const Block *b)
{
    if (!b->points) return;
    a->least = a->points ? fmin(a->least, b->least) : b->least;
    a->greatest = a->points ? fmax(a->greatest, b->greatest) : b->greatest;
    a->sum += b->sum;
    a->points += b->points;
}

// Reads [from, to) in blocks of level [k] and smaller; from the outside in, so that the middle
// is read from the largest.
static void gather(const AdjUiPyramid *p, int k, int64_t from, int64_t to, Block *sum)
{
    if (k < 0) {
        for (int64_t i = from; i < to; i++) put(sum, adj_ui_pyramid_y(p, i));
        return;
    }
    int64_t size = 1;
    for (int j = 0; j <= k; j++) size *= FACTOR;
    int64_t first = (from + size - 1) / size, last = to / size;
    if (first >= last) {
        gather(p, k - 1, from, to, sum);
        return;
    }
    gather(p, k - 1, from, first * size, sum);
    for (int64_t b = first; b < last; b++) join(sum, &g_array_index(p->levels[k], Block, b));
    gather(p, k - 1, last * size, to, sum);
}

AdjUiStretch adj_ui_pyramid_stretch(const AdjUiPyramid *p, int64_t from, int64_t to)
{
    Block sum = {0};
    int k = -1;
    for (int64_t size = FACTOR; k + 1 < LEVELS && size <= to - from; size *= FACTOR) k++;
    if (from < to) gather(p, k, from, to, &sum);
    if (!sum.points) return (AdjUiStretch){NAN, NAN, NAN, 0};
    return (AdjUiStretch){sum.least, sum.greatest, sum.sum / (double)sum.points, sum.points};
}
