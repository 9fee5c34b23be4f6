// SPDX-License-Identifier: Apache-2.0
// conv_weight.c: the derivative of a convolution by its weights.
//
// A product whose sum runs over the places of all images: rows are kernel positions of the
// packed source (see conv.c), columns are the channels of y, which are put side by side first,
// image by image. Groups with few channels would leave a register of them empty and are summed
// along the places instead. Pieces of work are blocks of source channels, so that every piece
// sums into weights of its own; where there are few blocks, the images are parted too and the
// parts' sums are added in order. The partition follows from the sizes alone, and so do the
// bits.
#include "cpu/conv.h"

#include "cpu/parallel.h"

#include <stdatomic.h>

enum { FEW = 4, PIECES = 8, PLACES = 256, BESIDE = 4 << 20, PACKED = 256 << 10 };

typedef struct {
    const AdjConv *c;
    const AdjConvTable *k;
    AdjConvSource source;
    size_t size;
    int type;         // index into the table
    int64_t in, out;  // channels in a group
    int64_t taps, columns;
    int64_t block, blocks, rows;  // channels of a piece, pieces in a group, rows of its sums
    int64_t parts;
    int64_t *shift;  // of every kernel position
    const char *x, *y;
    char *beside;           // y of the images in hand, [image][group][place][columns]
    char *sums;             // [part][group][block][rows][columns]
    int64_t image, images;  // in hand
    atomic_bool *failed;
} Job;

static int64_t volume(const int64_t *size)
{
    return size[0] * size[1] * size[2];
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t up(int64_t n, int64_t multiple)
{
    return (n + multiple - 1) / multiple * multiple;
}

// ---------------------------------------------------------------- channels side by side

// Channels of one group of one image, in squares that stay in the cache.
#define BESIDE_OF(suffix, T)                                                                  \
    static void beside_##suffix(const T *x, int64_t places, int64_t n, int64_t columns, T *y) \
    {                                                                                         \
        enum { EDGE = 16 };                                                                   \
        for (int64_t p = 0; p < places; p += EDGE) {                                          \
            int64_t end = least(p + EDGE, places);                                            \
            for (int64_t o = 0; o < n; o += EDGE)                                             \
                for (int64_t i = p; i < end; i++)                                             \
                    for (int64_t k = o; k < least(o + EDGE, n); k++)                          \
                        y[i * columns + k] = x[k * places + i];                               \
            for (int64_t i = p; i < end; i++)                                                 \
                for (int64_t k = n; k < columns; k++) y[i * columns + k] = 0;                 \
        }                                                                                     \
    }
BESIDE_OF(f32, float)
BESIDE_OF(f64, double)

static void beside_piece(int64_t i, const void *arg)
{
    const Job *j = arg;
    int64_t places = volume(j->c->out);
    const char *from =
        j->y + (size_t)((j->image * j->c->groups + i) * j->out * places) * j->size;
    char *to = j->beside + (size_t)(i * places * j->columns) * j->size;
    if (j->type)
        beside_f64((const double *)from, places, j->out, j->columns, (double *)to);
    else
        beside_f32((const float *)from, places, j->out, j->columns, (float *)to);
}

// ---------------------------------------------------------------- sums

static const char *places_of_y(const Job *j, int64_t image, int64_t group, int64_t d)
{
    int64_t at = (image * j->c->groups + group) * j->c->out[0] + d;
    return j->beside + (size_t)(at * j->c->out[1] * j->c->out[2] * j->columns) * j->size;
}

// The rows of a tile: kernel positions from [first] on of the packed channels. Rows past the
// last repeat the first of the tile; nobody reads their sums.
static void tile_rows(const Job *j, AdjConvPile *p, const char *packed, int64_t first)
{
    for (int r = 0; r < p->rows; r++) {
        int64_t row = first + r < j->block * j->taps ? first + r : first;
        int64_t at = row / j->taps * j->source.channel + j->shift[row % j->taps];
        p->x[r] = packed + (size_t)at * j->size;
    }
}

// One image: all rows against some rows of places at a time.
static void pile_image(const Job *j, const char *packed, int64_t image, int64_t group,
                       char *sums)
{
    int64_t h_step = most(1, PLACES / most(j->c->out[2], 1)), pitch = j->source.plane[2];
    AdjConvPile p = {.rows = j->k->rows,
                     .w = j->c->out[2],
                     .pitch = pitch,
                     .y_h = j->c->out[2] * j->columns,
                     .y_w = j->columns,
                     .columns = j->columns,
                     .sum_row = j->columns};
    for (int64_t d = 0; d < j->c->out[0]; d++)
        for (int64_t h = 0; h < j->c->out[1]; h += h_step) {
            const char *plane =
                packed + (size_t)((d * j->source.plane[1] + h) * pitch) * j->size;
            p.h = least(h_step, j->c->out[1] - h);
            p.y = places_of_y(j, image, group, d) + (size_t)(h * p.y_h) * j->size;
            for (int64_t row = 0; row < j->block * j->taps; row += p.rows) {
                tile_rows(j, &p, plane, row);
                p.sum = sums + (size_t)(row * j->columns) * j->size;
                j->k->pile[j->type](&p);
            }
        }
}

static void dots_image(const Job *j, const char *packed, int64_t image, int64_t group,
                       char *sums)
{
    const int64_t *out = j->c->out;
    AdjConvPile p = {.h = out[1],
                     .w = out[2],
                     .pitch = j->source.plane[2],
                     .y_h = out[2],
                     .sum_row = j->columns};
    int64_t channel = ((j->image + image) * j->c->groups + group) * j->out;
    for (int64_t o = 0; o < j->out; o++)
        for (int64_t d = 0; d < out[0]; d++) {
            const char *plane = packed + (size_t)(d * j->source.plane[1] * p.pitch) * j->size;
            p.y = j->y + (size_t)(((channel + o) * out[0] + d) * out[1] * out[2]) * j->size;
            for (int64_t row = 0; row < j->block * j->taps; row += p.rows) {
                p.rows = (int)least(ADJ_CONV_ROWS, j->block * j->taps - row);
                tile_rows(j, &p, plane, row);
                p.sum = sums + (size_t)(row * j->columns + o) * j->size;
                j->k->dots[j->type](&p);
            }
        }
}

static void pack_channels(const Job *j, int64_t image, int64_t group, int64_t from, char *to)
{
    int64_t plane = volume(j->source.size), n = least(j->block, j->in - from);
    int64_t first = ((j->image + image) * j->c->groups + group) * j->in + from;
    for (int64_t i = 0; i < n; i++)
        j->k->pack[j->type](&j->source, j->x + (size_t)((first + i) * plane) * j->size,
                            to + (size_t)(i * j->source.channel) * j->size);
}

static void piece(int64_t i, const void *arg)
{
    const Job *j = arg;
    int64_t block = i % j->blocks, group = i / j->blocks % j->c->groups;
    int64_t part = i / j->blocks / j->c->groups;
    int64_t from = j->images * part / j->parts, to = j->images * (part + 1) / j->parts;
    size_t bytes = (size_t)(j->block * j->source.channel + ADJ_CONV_SLACK) * j->size;
    char *packed = adj_alloc(bytes);
    if (!packed) {
        adj_error_clear();  // of this thread; the caller's is set when all have ended
        atomic_store(j->failed, true);
        return;
    }
    memset(packed, 0, bytes);  // a last block may have channels less
    char *sums = j->sums + (size_t)(i * j->rows * j->columns) * j->size;
    for (int64_t n = from; n < to; n++) {
        pack_channels(j, n, group, block * j->block, packed);
        (j->out < FEW ? dots_image : pile_image)(j, packed, n, group, sums);
    }
    adj_free(packed, bytes);
}

// ---------------------------------------------------------------- the whole

static void partition(Job *j)
{
    const AdjConv *c = j->c;
    int64_t vector = j->k->vector[j->type], rows = j->k->rows;
    adj_conv_source(c, &j->source);
    j->columns = j->out < FEW ? j->out : up(j->out, vector);
    int64_t fits = most(1, PACKED / most(1, j->source.channel * (int64_t)j->size));
    int64_t good = most((rows + j->taps - 1) / j->taps,
                        (j->in * c->groups + 2 * PIECES - 1) / (2 * PIECES));
    j->block = most(1, least(least(good, fits), j->in));
    j->blocks = (j->in + j->block - 1) / j->block;
    j->rows = up(j->block * j->taps, rows);
    int64_t each = volume(c->out) * c->groups * j->columns * (int64_t)j->size;
    j->images = least(c->n, most(1, BESIDE / most(each, 1)));
    j->parts = most(1, least(j->images, PIECES / (j->blocks * c->groups)));
}

static bool sweep(Job *j)
{
    int64_t groups = j->c->groups, step = j->images;
    int64_t pieces = j->parts * groups * j->blocks;
    for (; j->image < j->c->n; j->image += step) {
        j->images = least(step, j->c->n - j->image);
        int64_t places = j->images * volume(j->c->out);
        if (j->out >= FEW)
            adj_each_piece(j->images * groups, places * groups * j->columns, beside_piece, j);
        adj_each_piece(pieces, places * j->in * groups * j->taps * j->columns, piece, j);
    }
    return !*j->failed || adj_fail(ADJ_E_MEMORY, "%s: no memory for packing", adj_op_name());
}

// The sums of all parts, in order, as weights (out, in, taps).
static void gather(const Job *j, void *w)
{
    int64_t groups = j->c->groups, part = groups * j->blocks * j->rows * j->columns;
    for (int64_t g = 0; g < groups; g++)
        for (int64_t i = 0; i < j->in; i++)
            for (int64_t t = 0; t < j->taps; t++) {
                int64_t row =
                    (g * j->blocks + i / j->block) * j->rows + i % j->block * j->taps + t;
                for (int64_t o = 0; o < j->out; o++) {
                    int64_t at = row * j->columns + o;
                    int64_t to = ((g * j->out + o) * j->in + i) * j->taps + t;
                    double sum = 0;
                    for (int64_t p = 0; p < j->parts; p++)
                        sum += j->type ? ((double *)j->sums)[p * part + at]
                                       : (double)((float *)j->sums)[p * part + at];
                    if (j->type)
                        ((double *)w)[to] = sum;
                    else
                        ((float *)w)[to] = (float)sum;
                }
            }
}

bool adj_conv_weight(const AdjConv *c, const void *x, const void *y, void *w)
{
    atomic_bool failed = false;
    Job j = {.c = c,
             .k = adj_conv_table(),
             .size = adj_dtype_size(c->dtype),
             .type = c->dtype == ADJ_F64,
             .in = c->in_channels / c->groups,
             .out = c->out_channels / c->groups,
             .taps = volume(c->kernel),
             .x = x,
             .y = y,
             .failed = &failed};
    partition(&j);
    size_t sums = (size_t)(j.parts * c->groups * j.blocks * j.rows * j.columns) * j.size;
    size_t beside =
        j.out < FEW ? 0 : (size_t)(j.images * volume(c->out) * c->groups * j.columns) * j.size;
    size_t shift = (size_t)j.taps * sizeof *j.shift;
    j.sums = adj_alloc(sums);
    j.beside = adj_alloc(beside);
    j.shift = adj_alloc(shift);
    bool ok = j.sums && j.beside && j.shift;
    if (ok) {
        memset(j.sums, 0, sums);
        for (int64_t t = 0; t < j.taps; t++) j.shift[t] = adj_conv_shift(c, &j.source, t);
        ok = sweep(&j);
    }
    if (ok) gather(&j, w);
    adj_free(j.sums, sums);
    adj_free(j.beside, beside);
    adj_free(j.shift, shift);
    return ok;
}
