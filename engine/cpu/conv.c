// SPDX-License-Identifier: Apache-2.0
// conv.c: convolution as products of matrices of which only one exists.
//
// The source of a sum (x of a convolution, y of its derivative by x) is packed channel by
// channel into a plane with zeros around it, split into phases where it is read with a stride.
// Then neighbouring results read neighbouring elements: for result m the term of channel i and
// kernel position t stands at m + shift(i, t), whatever stride, dilation and padding are. The
// kernels of conv_kernels.c multiply panels of weights by such rows; im2col's matrix, nine
// times the image for a 3 x 3 kernel, is never written, and weights are spread over registers
// from a panel that streams.
//
// The derivative by x of a convolution with stride s gathers at the results of one phase
// (q + pad mod s) only the kernel positions of that phase: a `Pass`. A plain convolution is one
// pass over all positions.
//
// Every element of a result is summed in an order that follows from the sizes, so its bits do
// not depend on the number of threads.
#include "cpu/conv.h"

#include "cpu/isa.h"
#include "cpu/parallel.h"

#include <stdatomic.h>

const AdjConvTable *adj_conv_table(void)
{
#if defined(__x86_64__)
    AdjIsa isa = adj_isa();
    if (isa == ADJ_ISA_AVX512) return &adj_conv_avx512;
    if (isa == ADJ_ISA_AVX2) return &adj_conv_avx2;
#endif
    return &adj_conv_base;
}

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

// ---------------------------------------------------------------- what is read where

typedef struct {
    int64_t taps;                         // kernel positions of this pass
    int64_t *tap;                         // which
    int64_t *shift;                       // where they read in a packed channel
    int64_t start[3], step[3], count[3];  // the results along each axis
    char *panels;                         // weights, [group][block][term][rows]; borrowed
    int32_t *off;                         // shift of every term
} Pass;

typedef struct {
    const AdjConv *c;
    const AdjConvTable *k;
    bool back;
    size_t size;       // bytes of an element
    int64_t from, to;  // channels of source and result in a group
    int64_t blocks;    // of result channels in a group
    int64_t result[3];
    AdjConvSource source;
    int64_t n_pass;
    Pass *pass;
    const void *x, *bias;
    void *y;
    int64_t images, block_step;  // a piece's share
    atomic_bool *failed;
} Job;

void adj_conv_source(const AdjConv *c, AdjConvSource *s)
{
    s->channel = 1;
    for (int a = 0; a < 3; a++) {
        s->size[a] = c->in[a];
        s->step[a] = c->stride[a];
        s->left[a] = c->pad[a];
        s->plane[a] = c->out[a] + (c->kernel[a] - 1) * c->dilation[a] / c->stride[a];
        s->channel *= s->step[a] * s->plane[a];
    }
}

int64_t adj_conv_shift(const AdjConv *c, const AdjConvSource *s, int64_t t)
{
    int64_t phase = 0, at = 0, position[3];
    for (int a = 2; a >= 0; a--) {
        position[a] = t % c->kernel[a] * c->dilation[a];
        t /= c->kernel[a];
    }
    for (int a = 0; a < 3; a++) {
        phase = phase * s->step[a] + position[a] % s->step[a];
        at = at * s->plane[a] + position[a] / s->step[a];
    }
    return phase * volume(s->plane) + at;
}

static bool alloc_pass(Pass *p, int64_t taps)
{
    p->tap = adj_scope_memory((size_t)(taps + 1) * sizeof *p->tap);
    p->shift = adj_scope_memory((size_t)(taps + 1) * sizeof *p->shift);
    return p->tap && p->shift;
}

static bool plan_forward(Job *j)
{
    const AdjConv *c = j->c;
    int64_t taps = volume(c->kernel);
    adj_conv_source(c, &j->source);
    j->n_pass = 1;
    j->pass = adj_scope_memory(sizeof *j->pass);
    if (!j->pass) return false;
    *j->pass = (Pass){.taps = taps, .start = {0, 0, 0}, .step = {1, 1, 1}};
    if (!alloc_pass(j->pass, taps)) return false;
    memcpy(j->pass->count, c->out, sizeof j->pass->count);
    for (int64_t t = 0; t < taps; t++) {
        j->pass->tap[t] = t;
        j->pass->shift[t] = adj_conv_shift(c, &j->source, t);
    }
    return true;
}

// The results of phase [r] along an axis: the first index m of q = m stride + r - pad >= 0, and
// how many there are.
static void phase_results(const AdjConv *c, int a, int64_t r, int64_t *first, int64_t *count)
{
    int64_t s = c->stride[a], low = c->pad[a] - r, high = c->pad[a] + c->in[a] - 1 - r;
    *first = low > 0 ? (low + s - 1) / s : 0;
    *count = high < 0 ? 0 : most(high / s + 1 - *first, 0);
}

// y stands with so many zeros before it that every phase's reads begin inside, and after it.
static void source_of_y(const AdjConv *c, AdjConvSource *s)
{
    s->channel = 1;
    for (int a = 0; a < 3; a++) {
        int64_t left = 0, end = c->out[a];
        for (int64_t r = 0; r < c->stride[a]; r++) {
            int64_t first, count;
            phase_results(c, a, r, &first, &count);
            for (int64_t t = 0; t < c->kernel[a]; t++) {
                if (t * c->dilation[a] % c->stride[a] != r || !count) continue;
                int64_t q = t * c->dilation[a] / c->stride[a];
                left = most(left, q - first);
                end = most(end, first - q + count);
            }
        }
        s->size[a] = c->out[a];
        s->step[a] = 1;
        s->left[a] = left;
        s->plane[a] = most(left + end, 1);
        s->channel *= s->plane[a];
    }
}

static bool plan_pass(const Job *j, Pass *p, const int64_t *phase)
{
    const AdjConv *c = j->c;
    const AdjConvSource *s = &j->source;
    int64_t first[3];
    if (!alloc_pass(p, volume(c->kernel))) return false;
    p->taps = 0;
    for (int a = 0; a < 3; a++) {
        phase_results(c, a, phase[a], &first[a], &p->count[a]);
        p->step[a] = c->stride[a];
        p->start[a] = first[a] * c->stride[a] + phase[a] - c->pad[a];
    }
    for (int64_t t = 0; t < volume(c->kernel); t++) {
        int64_t at = 0, rest = t, position[3];
        bool here = true;
        for (int a = 2; a >= 0; a--) {
            position[a] = rest % c->kernel[a] * c->dilation[a];
            rest /= c->kernel[a];
        }
        for (int a = 0; a < 3; a++) {
            here &= position[a] % c->stride[a] == phase[a];
            at = at * s->plane[a] + first[a] - position[a] / c->stride[a] + s->left[a];
        }
        if (!here) continue;
        p->tap[p->taps] = t;
        p->shift[p->taps++] = at;
    }
    return true;
}

static bool plan_back(Job *j)
{
    const AdjConv *c = j->c;
    source_of_y(c, &j->source);
    j->n_pass = volume(c->stride);
    j->pass = adj_scope_memory((size_t)j->n_pass * sizeof *j->pass);
    if (!j->pass) return false;
    Pass *p = j->pass;
    for (int64_t d = 0; d < c->stride[0]; d++)
        for (int64_t h = 0; h < c->stride[1]; h++)
            for (int64_t w = 0; w < c->stride[2]; w++)
                if (!plan_pass(j, p++, (int64_t[]){d, h, w})) return false;
    return true;
}

// ---------------------------------------------------------------- weights

typedef struct {
    const Job *j;
    const Pass *p;
    const char *w;
} Packing;

// One block of rows: the weights of a few result channels, term by term.
static void pack_panel(int64_t i, const void *arg)
{
    const Packing *k = arg;
    const Job *j = k->j;
    const Pass *p = k->p;
    int64_t rows = j->k->rows, terms = j->from * p->taps, taps = volume(j->c->kernel);
    int64_t g = i / j->blocks, first = i % j->blocks * rows;
    char *to = p->panels + (size_t)(i * terms * rows) * j->size;
    for (int64_t o = 0; o < rows; o++)
        for (int64_t s = 0; s < j->from; s++) {
            int64_t out = first + o, row = j->back ? (g * j->from + s) * j->to + out
                                                   : (g * j->to + out) * j->from + s;
            for (int64_t t = 0; t < p->taps; t++) {
                int64_t at = (s * p->taps + t) * rows + o, from = row * taps + p->tap[t];
                bool real = out < j->to;
                if (j->size == sizeof(float))
                    ((float *)to)[at] = real ? ((const float *)k->w)[from] : 0;
                else
                    ((double *)to)[at] = real ? ((const double *)k->w)[from] : 0;
            }
        }
}

static size_t panel_bytes(const Job *j, int64_t taps)
{
    return (size_t)(j->c->groups * j->blocks * j->from * taps * j->k->rows) * j->size;
}

static bool pack_weights(Job *j, Pass *p, const void *w)
{
    int64_t terms = j->from * p->taps, blocks = j->c->groups * j->blocks;
    p->off = adj_scope_memory((size_t)(terms + 1) * sizeof *p->off);
    if (!p->off) return false;
    for (int64_t s = 0; s < j->from; s++)
        for (int64_t t = 0; t < p->taps; t++)
            p->off[s * p->taps + t] = (int32_t)(s * j->source.channel + p->shift[t]);
    Packing k = {j, p, w};
    adj_each_piece(blocks, blocks * terms * j->k->rows, pack_panel, &k);
    return true;
}

// ---------------------------------------------------------------- products

static int64_t packed_bytes(const Job *j)
{
    return j->from * j->source.channel * (int64_t)j->size;
}

// The results of one plane of one image, for places [from, to) and one block of channels.
static void run_block(const Job *j, const Pass *p, const char *packed, int64_t image,
                      int64_t group, int64_t block, int64_t d, int64_t from, int64_t to)
{
    int64_t rows = j->k->rows, terms = j->from * p->taps, first = block * rows;
    int64_t pitch = j->source.plane[2], plane = volume(j->result);
    int64_t channel = (image * j->c->groups + group) * j->to + first;
    int64_t at = ((p->start[0] + d * p->step[0]) * j->result[1] + p->start[1]) * j->result[2] +
                 p->start[2];
    size_t bias = (size_t)(group * j->to + first) * j->size;
    AdjConvRun r = {
        .rows = (int)least(rows, j->to - first),
        .k = terms,
        .a = p->panels + (size_t)((group * j->blocks + block) * terms * rows) * j->size,
        .b = packed + (size_t)(d * j->source.plane[1] * pitch) * j->size,
        .off = p->off,
        .from = from,
        .to = to,
        .pitch = pitch,
        .width = p->count[2],
        .bias = j->bias ? (const char *)j->bias + bias : NULL,
        .y = (char *)j->y + (size_t)(channel * plane + at) * j->size,
        .y_channel = plane,
        .y_h = p->step[1] * j->result[2],
        .y_w = p->step[2],
    };
    j->k->run[j->size == sizeof(double)](&r);
}

// All places of one pass. Panels that fit the second-level cache are swept for each stretch of
// places, whose rows of the source then stay in the first; larger ones are swept once.
static void run_pass(const Job *j, const Pass *p, const char *packed, int64_t image, int64_t n,
                     int64_t group, int64_t from, int64_t to)
{
    enum { CACHE = 512 << 10, STRETCH = 3 };
    int64_t places = (p->count[1] - 1) * j->source.plane[2] + p->count[2];
    int64_t panel = j->from * p->taps * j->k->rows * (int64_t)j->size;
    int64_t stretch = STRETCH * j->k->vector[j->size == sizeof(double)];
    if (volume(p->count) == 0) return;
    if (panel * (to - from) > CACHE || to - from == 1) {
        for (int64_t b = from; b < to; b++)
            for (int64_t i = 0; i < n; i++)
                for (int64_t d = 0; d < p->count[0]; d++)
                    run_block(j, p, packed + i * packed_bytes(j), image + i, group, b, d, 0,
                              places);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        for (int64_t d = 0; d < p->count[0]; d++)
            for (int64_t at = 0; at < places; at += stretch)
                for (int64_t b = from; b < to; b++)
                    run_block(j, p, packed + i * packed_bytes(j), image + i, group, b, d, at,
                              least(at + stretch, places));
}

static void *take(const Job *j, size_t bytes)
{
    void *memory = adj_alloc(bytes);
    if (memory) return memory;
    adj_error_clear();  // of this thread; the caller's is set when all have ended
    atomic_store(j->failed, true);
    return NULL;
}

static void pack_source(const Job *j, int64_t channel, int64_t n, char *to)
{
    size_t plane = (size_t)volume(j->source.size) * j->size;
    for (int64_t i = 0; i < n; i++)
        j->k->pack[j->size == sizeof(double)](
            &j->source, (const char *)j->x + (size_t)(channel + i) * plane,
            to + (size_t)(i * j->source.channel) * j->size);
}

static void piece(int64_t i, const void *arg)
{
    const Job *j = arg;
    int64_t shares = (j->blocks + j->block_step - 1) / j->block_step;
    int64_t image = i / shares * j->images, n = least(j->images, j->c->n - image);
    int64_t from = i % shares * j->block_step, to = least(from + j->block_step, j->blocks);
    size_t room = (size_t)(n * packed_bytes(j)), slack = ADJ_CONV_SLACK * j->size;
    char *packed = take(j, room + slack);
    if (!packed) return;
    memset(packed + room, 0, slack);
    for (int64_t g = 0; g < j->c->groups; g++) {
        for (int64_t k = 0; k < n; k++)
            pack_source(j, ((image + k) * j->c->groups + g) * j->from, j->from,
                        packed + k * packed_bytes(j));
        for (int64_t p = 0; p < j->n_pass; p++)
            run_pass(j, &j->pass[p], packed, image, n, g, from, to);
    }
    adj_free(packed, room + slack);
}

// A piece takes images up to CACHE bytes; when there are few pieces, channels are shared out as
// well and the pieces pack for themselves.
static int64_t share_out(Job *j)
{
    enum { CACHE = 256 << 10, PIECES = 16 };
    j->images = most(1, least(CACHE / most(packed_bytes(j), 1), j->c->n / PIECES));
    int64_t sets = (j->c->n + j->images - 1) / j->images;
    int64_t shares = sets >= PIECES ? 1 : least(j->blocks, PIECES / sets);
    if (j->n_pass * j->from < 8) shares = 1;
    j->block_step = (j->blocks + shares - 1) / shares;
    return sets * ((j->blocks + j->block_step - 1) / j->block_step);
}

static bool small_enough(const Job *j)
{
    if (j->from * j->source.channel < INT32_MAX) return true;
    return adj_fail(ADJ_E_VALUE, "%s: an image of more than %d elements is not supported",
                    adj_op_name(), INT32_MAX);
}

static bool run(Job *j, const void *w, char *panels)
{
    atomic_bool failed = false;
    j->failed = &failed;
    for (int64_t p = 0; p < j->n_pass; p++) {
        j->pass[p].panels = panels;
        panels += panel_bytes(j, j->pass[p].taps);
        if (!pack_weights(j, &j->pass[p], w)) return false;
    }
    int64_t count = share_out(j);
    int64_t work = j->c->n * j->c->groups * j->to * j->from * volume(j->c->kernel);
    adj_each_piece(count, work * (volume(j->c->out) / 8 + 1), piece, j);
    if (!failed) return true;
    return adj_fail(ADJ_E_MEMORY, "%s: no memory for packing", adj_op_name());
}

static bool multiply(Job *j, const void *w)
{
    ADJ_SCOPE;
    if (!(j->back ? plan_back(j) : plan_forward(j)) || !small_enough(j)) return false;
    j->blocks = (j->to + j->k->rows - 1) / j->k->rows;
    size_t bytes = panel_bytes(j, volume(j->c->kernel));
    char *panels = adj_alloc(bytes);
    bool ok = panels && run(j, w, panels);
    adj_free(panels, bytes);
    return ok;
}

bool adj_conv_forward(const AdjConv *c, const void *x, const void *w, const void *bias, void *y)
{
    Job j = {.c = c,
             .k = adj_conv_table(),
             .size = adj_dtype_size(c->dtype),
             .from = c->in_channels / c->groups,
             .to = c->out_channels / c->groups,
             .x = x,
             .bias = bias,
             .y = y};
    memcpy(j.result, c->out, sizeof j.result);
    return multiply(&j, w);
}

bool adj_conv_back(const AdjConv *c, const void *y, const void *w, const void *bias, void *x)
{
    Job j = {.c = c,
             .k = adj_conv_table(),
             .back = true,
             .size = adj_dtype_size(c->dtype),
             .from = c->out_channels / c->groups,
             .to = c->in_channels / c->groups,
             .x = y,
             .bias = bias,
             .y = x};
    memcpy(j.result, c->in, sizeof j.result);
    return multiply(&j, w);
}
