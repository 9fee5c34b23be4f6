// SPDX-License-Identifier: Apache-2.0
// norm_kernels.c: layer_norm and rms_norm by rows, compiled once per instruction set.
//
// With h = (x - mean) r and g = dy w the derivative of a row is dx = r (g - mean g - h mean(g
// h)); without a mean to subtract, the middle term goes. Mean and scale are computed again from
// x: the row is in the cache for the other sums anyway, and the tape holds two numbers less per
// row.
#include "cpu/norm.h"

#include "cpu/lanes.h"

#if defined(__clang__)
#    pragma GCC diagnostic ignored "-Wpass-failed"
#endif

#define SIMD _Pragma("omp simd")

#define ROWS(suffix, T)                                                                        \
    static void scale_##suffix(const AdjNorm *c, const T *x, T *mean, T *r)                    \
    {                                                                                          \
        const int64_t n = c->n;                                                                \
        double m = 0;                                                                          \
        if (!c->rms) {                                                                         \
            SUM(sum, (double)x[i])                                                             \
            m = sum / (double)n;                                                               \
        }                                                                                      \
        SUM(squares, ((double)x[i] - m) * ((double)x[i] - m))                                  \
        *mean = (T)m;                                                                          \
        *r = (T)(1 / sqrt(squares / (double)n + c->eps));                                      \
    }                                                                                          \
    static void forward_##suffix(const AdjNorm *c, int64_t from, int64_t to)                   \
    {                                                                                          \
        const int64_t n = c->n;                                                                \
        const T *w = c->w, *b = c->b;                                                          \
        for (int64_t row = from; row < to; row++) {                                            \
            const T *x = (const T *)c->x + row * n;                                            \
            T *restrict y = (T *)c->y + row * n;                                               \
            T mean, r;                                                                         \
            scale_##suffix(c, x, &mean, &r);                                                   \
            SIMD for (int64_t i = 0; i < n; i++) y[i] = (x[i] - mean) * r;                     \
            if (w) SIMD for (int64_t i = 0; i < n; i++) y[i] *= w[i];                          \
            if (b) SIMD for (int64_t i = 0; i < n; i++) y[i] += b[i];                          \
        }                                                                                      \
    }                                                                                          \
    static void backward_##suffix(const AdjNorm *c, int64_t from, int64_t to)                  \
    {                                                                                          \
        const int64_t n = c->n;                                                                \
        const T *w = c->w;                                                                     \
        double *restrict dw = c->dw, *restrict db = c->db;                                     \
        for (int64_t row = from; row < to; row++) {                                            \
            const T *x = (const T *)c->x + row * n, *dy = (const T *)c->dy + row * n;          \
            T mean, r;                                                                         \
            scale_##suffix(c, x, &mean, &r);                                                   \
            if (dw) SIMD for (int64_t i = 0; i < n; i++) dw[i] += dy[i] * ((x[i] - mean) * r); \
            if (db) SIMD for (int64_t i = 0; i < n; i++) db[i] += dy[i];                       \
            if (!c->dx) continue;                                                              \
            T *restrict dx = (T *)c->dx + row * n;                                             \
            for (int64_t i = 0; i < n; i++) dx[i] = w ? dy[i] * w[i] : dy[i];                  \
            SUM(along, (double)dx[i] * (double)((x[i] - mean) * r))                            \
            SUM(all, (double)dx[i])                                                            \
            const T a = (T)(along / (double)n), s = c->rms ? 0 : (T)(all / (double)n);         \
            SIMD for (int64_t i = 0; i < n; i++) dx[i] =                                       \
                r * (dx[i] - s - (x[i] - mean) * r * a);                                       \
        }                                                                                      \
    }
ROWS(f32, float)
ROWS(f64, double)

#define TABLE2(isa) adj_norm_##isa
#define TABLE(isa) TABLE2(isa)
const AdjNormTable TABLE(ADJ_ISA) = {.forward = {forward_f32, forward_f64},
                                     .backward = {backward_f32, backward_f64}};
