// SPDX-License-Identifier: Apache-2.0
// conv_kernels.c: the inner loops of convolution, compiled once per instruction set.
//
// A convolution is a matrix product whose second matrix is never made: its rows are the packed
// source read from shifted places. So `run` is the kernel of a product (a few rows of weights,
// each element spread over a register, times registers of neighbouring places) with a table of
// shifts in place of a stride. Tiles of rows x WIDE registers stay in registers for the whole
// sum. Results are computed at the pitch of the packed plane and the places between rows are
// left out when a tile is stored.
//
// `pile` is the derivative by the weights: the same product with the places as the sum, for
// which y stands transposed, channels side by side. `dots` serves groups of few channels, where
// a register of channels would be nearly empty.
#include "cpu/conv.h"

#if defined(__AVX512F__)
enum { BYTES = 64, ROWS = 8 };
#elif defined(__AVX__)
enum { BYTES = 32, ROWS = 4 };
#else
enum { BYTES = 16, ROWS = 4 };
#endif
enum { WIDE = 3 };

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 8")

// The indices of a source's axis that phase [f] has inside: j step + f - left in [0, size).
typedef struct {
    int64_t from, to;
} Span;

static Span inside(const AdjConvSource *s, int axis, int64_t f)
{
    int64_t step = s->step[axis], lack = s->left[axis] - f,
            room = s->size[axis] - 1 + s->left[axis] - f;
    Span r = {lack > 0 ? (lack + step - 1) / step : 0, room < 0 ? 0 : room / step + 1};
    if (r.to > s->plane[axis]) r.to = s->plane[axis];
    if (r.from > r.to) r.from = r.to;
    return r;
}

#define KERNEL(suffix, T)                                                                      \
    typedef T suffix##_v                                                                       \
        __attribute__((vector_size(BYTES), aligned(__alignof__(T)), may_alias));               \
    /* one row of a phase */                                                                   \
    static void pack_row_##suffix(const AdjConvSource *s, const T *x, int64_t f, T *to)        \
    {                                                                                          \
        const Span w = inside(s, 2, f);                                                        \
        const int64_t step = s->step[2];                                                       \
        x += f - s->left[2];                                                                   \
        for (int64_t j = 0; j < w.from; j++) to[j] = 0;                                        \
        if (step == 1)                                                                         \
            for (int64_t j = w.from; j < w.to; j++) to[j] = x[j];                              \
        else                                                                                   \
            for (int64_t j = w.from; j < w.to; j++) to[j] = x[j * step];                       \
        for (int64_t j = w.to; j < s->plane[2]; j++) to[j] = 0;                                \
    }                                                                                          \
    static void pack_phase_##suffix(const AdjConvSource *s, const T *x, const int64_t *f,      \
                                    T *to)                                                     \
    {                                                                                          \
        const Span d = inside(s, 0, f[0]), h = inside(s, 1, f[1]);                             \
        for (int64_t i = 0; i < s->plane[0]; i++)                                              \
            for (int64_t j = 0; j < s->plane[1]; j++, to += s->plane[2]) {                     \
                if (i < d.from || i >= d.to || j < h.from || j >= h.to) {                      \
                    memset(to, 0, (size_t)s->plane[2] * sizeof *to);                           \
                    continue;                                                                  \
                }                                                                              \
                const int64_t at_d = i * s->step[0] + f[0] - s->left[0];                       \
                const int64_t at_h = j * s->step[1] + f[1] - s->left[1];                       \
                pack_row_##suffix(s, x + (at_d * s->size[1] + at_h) * s->size[2], f[2], to);   \
            }                                                                                  \
    }                                                                                          \
    static void pack_##suffix(const AdjConvSource *s, const void *x, void *packed)             \
    {                                                                                          \
        T *to = packed;                                                                        \
        const int64_t phase = s->plane[0] * s->plane[1] * s->plane[2];                         \
        for (int64_t d = 0; d < s->step[0]; d++)                                               \
            for (int64_t h = 0; h < s->step[1]; h++)                                           \
                for (int64_t w = 0; w < s->step[2]; w++, to += phase)                          \
                    pack_phase_##suffix(s, x, (int64_t[]){d, h, w}, to);                       \
    }                                                                                          \
                                                                                               \
    INLINE void tile_##suffix(const int rows, const int wide, const AdjConvRun *r, int64_t at, \
                              T *c)                                                            \
    {                                                                                          \
        enum { V = BYTES / sizeof(T) };                                                        \
        suffix##_v s[ROWS][WIDE];                                                              \
        UNROLL for (int o = 0; o < rows; o++) UNROLL for (int v = 0; v < wide; v++) s[o][v] =  \
            (suffix##_v){0};                                                                   \
        const T *a = r->a, *b = (const T *)r->b + at;                                          \
        for (int64_t p = 0; p < r->k; p++, a += ROWS) {                                        \
            const T *x = b + r->off[p];                                                        \
            suffix##_v y[WIDE];                                                                \
            UNROLL for (int v = 0; v < wide; v++) y[v] = *(const suffix##_v *)(x + v * V);     \
            UNROLL for (int o = 0; o < rows; o++) UNROLL for (int v = 0; v < wide; v++)        \
                s[o][v] += a[o] * y[v];                                                        \
        }                                                                                      \
        UNROLL for (int o = 0; o < rows; o++) UNROLL for (int v = 0; v < wide; v++) *          \
            (suffix##_v *)(c + (o * WIDE + v) * V) = s[o][v];                                  \
    }                                                                                          \
    INLINE void rows_##suffix(const int rows, int wide, const AdjConvRun *r, int64_t at, T *c) \
    {                                                                                          \
        if (wide == 3)                                                                         \
            tile_##suffix(rows, 3, r, at, c);                                                  \
        else if (wide == 2)                                                                    \
            tile_##suffix(rows, 2, r, at, c);                                                  \
        else                                                                                   \
            tile_##suffix(rows, 1, r, at, c);                                                  \
    }                                                                                          \
    /* the wanted ones of [n] places of one channel, from place [at] */                        \
    static void store_##suffix(const AdjConvRun *r, int64_t at, int64_t n, const T *c,         \
                               const T bias, T *channel)                                       \
    {                                                                                          \
        int64_t h = at / r->pitch, w = at % r->pitch;                                          \
        for (int64_t done = 0; done < n; h++, w = 0) {                                         \
            const int64_t row = r->pitch - w < n - done ? r->pitch - w : n - done;             \
            const int64_t wanted = r->width - w < row ? r->width - w : row;                    \
            T *y = channel + h * r->y_h + w * r->y_w;                                          \
            if (r->y_w == 1)                                                                   \
                for (int64_t j = 0; j < wanted; j++) y[j] = c[done + j] + bias;                \
            else                                                                               \
                for (int64_t j = 0; j < wanted; j++) y[j * r->y_w] = c[done + j] + bias;       \
            done += row;                                                                       \
        }                                                                                      \
    }                                                                                          \
    static void run_##suffix(const AdjConvRun *r)                                              \
    {                                                                                          \
        enum { V = BYTES / sizeof(T) };                                                        \
        T c[ROWS * WIDE * V] __attribute__((aligned(64)));                                     \
        for (int64_t at = r->from, n; at < r->to; at += n) {                                   \
            int64_t left = r->to - at;                                                         \
            const int wide = left > 2 * V ? 3 : left > V ? 2 : 1;                              \
            n = left < wide * V ? left : wide * V;                                             \
            if (r->rows > 6)                                                                   \
                rows_##suffix(ROWS, wide, r, at, c);                                           \
            else if (r->rows > 4)                                                              \
                rows_##suffix(ROWS < 6 ? ROWS : 6, wide, r, at, c);                            \
            else if (r->rows > 2)                                                              \
                rows_##suffix(4, wide, r, at, c);                                              \
            else if (r->rows == 2)                                                             \
                rows_##suffix(2, wide, r, at, c);                                              \
            else                                                                               \
                rows_##suffix(1, wide, r, at, c);                                              \
            for (int o = 0; o < r->rows; o++)                                                  \
                store_##suffix(r, at, n, c + o * WIDE * V,                                     \
                               r->bias ? ((const T *)r->bias)[o] : 0,                          \
                               (T *)r->y + o * r->y_channel);                                  \
        }                                                                                      \
    }                                                                                          \
                                                                                               \
    INLINE void heap_##suffix(const int rows, const int wide, const AdjConvPile *p, int64_t o) \
    {                                                                                          \
        enum { V = BYTES / sizeof(T) };                                                        \
        suffix##_v s[ROWS][WIDE];                                                              \
        UNROLL for (int i = 0; i < rows; i++) UNROLL for (int v = 0; v < wide; v++) s[i][v] =  \
            (suffix##_v){0};                                                                   \
        for (int64_t h = 0; h < p->h; h++) {                                                   \
            const T *y = (const T *)p->y + o + h * p->y_h;                                     \
            const T *x[ROWS];                                                                  \
            UNROLL for (int i = 0; i < rows; i++) x[i] = (const T *)p->x[i] + h * p->pitch;    \
            for (int64_t w = 0; w < p->w; w++, y += p->y_w) {                                  \
                suffix##_v g[WIDE];                                                            \
                UNROLL for (int v = 0; v < wide; v++) g[v] = *(const suffix##_v *)(y + v * V); \
                UNROLL for (int i = 0; i < rows; i++) UNROLL for (int v = 0; v < wide; v++)    \
                    s[i][v] += x[i][w] * g[v];                                                 \
            }                                                                                  \
        }                                                                                      \
        UNROLL for (int i = 0; i < rows; i++) UNROLL for (int v = 0; v < wide; v++) *          \
            (suffix##_v *)((T *)p->sum + i * p->sum_row + o + v * V) += s[i][v];               \
    }                                                                                          \
    static void pile_##suffix(const AdjConvPile *p)                                            \
    {                                                                                          \
        enum { V = BYTES / sizeof(T) };                                                        \
        int64_t o = 0;                                                                         \
        for (; o + 3 * V <= p->columns; o += 3 * V) heap_##suffix(ROWS, 3, p, o);              \
        if (o + 2 * V <= p->columns)                                                           \
            heap_##suffix(ROWS, 2, p, o);                                                      \
        else if (o + V <= p->columns)                                                          \
            heap_##suffix(ROWS, 1, p, o);                                                      \
    }                                                                                          \
    static void dots_##suffix(const AdjConvPile *p)                                            \
    {                                                                                          \
        enum { V = BYTES / sizeof(T) };                                                        \
        for (int i = 0; i < p->rows; i++) {                                                    \
            suffix##_v s = {0};                                                                \
            T rest = 0;                                                                        \
            for (int64_t h = 0; h < p->h; h++) {                                               \
                const T *x = (const T *)p->x[i] + h * p->pitch;                                \
                const T *y = (const T *)p->y + h * p->y_h;                                     \
                int64_t w = 0;                                                                 \
                for (; w + V <= p->w; w += V)                                                  \
                    s += *(const suffix##_v *)(x + w) * *(const suffix##_v *)(y + w);          \
                for (; w < p->w; w++) rest += x[w] * y[w];                                     \
            }                                                                                  \
            for (int half = V / 2; half; half /= 2)                                            \
                for (int l = 0; l < half; l++) s[l] += s[l + half];                            \
            ((T *)p->sum)[i * p->sum_row] += s[0] + rest;                                      \
        }                                                                                      \
    }

KERNEL(f32, float)
KERNEL(f64, double)

#define TABLE2(isa) adj_conv_##isa
#define TABLE(isa) TABLE2(isa)
const AdjConvTable TABLE(ADJ_ISA) = {
    .rows = ROWS,
    .vector = {BYTES / sizeof(float), BYTES / sizeof(double)},
    .pack = {pack_f32, pack_f64},
    .run = {run_f32, run_f64},
    .pile = {pile_f32, pile_f64},
    .dots = {dots_f32, dots_f64},
};
