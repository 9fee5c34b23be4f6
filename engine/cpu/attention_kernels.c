// SPDX-License-Identifier: Apache-2.0
// attention_kernels.c: what happens to a block of scores between the matrix products of
// attention, row by row, compiled once per instruction set.
//
// Forward keeps, for every query, the maximum m of its scores so far, the sum of e^(s - m) and
// the sum of e^(s - m) v; when a block raises m, both sums shrink by e^(m_old - m_new) (Milakov
// and Gimelshein 2018). A query that may see no key has m = -inf: it counts from 0 then, so all
// its exponentials and its result are 0, as PyTorch has it.
#include "cpu/attention.h"

#include "cpu/lanes.h"
#include "ops/pointwise/pointwise.h"

#if defined(__clang__)
#    pragma GCC diagnostic ignored "-Wpass-failed"
#endif

#define SIMD _Pragma("omp simd")

#define ROWS(suffix, T)                                                                       \
    /* Adds the mask to a row and hides what lies after the query. */                         \
    static void mask_##suffix(const AdjScores *c, int64_t r, T *restrict s)                   \
    {                                                                                         \
        const AdjAttention *a = c->a;                                                         \
        const int64_t n = c->columns, step = a->m_column;                                     \
        const int64_t at = c->batch * a->m_batch + c->head * a->m_head +                      \
                           (c->row0 + r) * a->m_row + c->column0 * step;                      \
        if (a->hide)                                                                          \
            for (int64_t i = 0; i < n; i++)                                                   \
                if (!a->hide[at + i * step]) s[i] = -INFINITY;                                \
        if (a->add && step == 1)                                                              \
            SIMD for (int64_t i = 0; i < n; i++) s[i] += ((const T *)a->add)[at + i];         \
        else if (a->add)                                                                      \
            for (int64_t i = 0; i < n; i++) s[i] += ((const T *)a->add)[at + i * step];       \
        if (!a->causal) return;                                                               \
        for (int64_t i = c->row0 + r + 1 - c->column0 > 0 ? c->row0 + r + 1 - c->column0 : 0; \
             i < n; i++)                                                                      \
            s[i] = -INFINITY;                                                                 \
    }                                                                                         \
    static T maximum_##suffix(const T *restrict s, int64_t n)                                 \
    {                                                                                         \
        T lane[LANES], m = -INFINITY;                                                         \
        int64_t i = 0;                                                                        \
        for (int l = 0; l < LANES; l++) lane[l] = -INFINITY;                                  \
        for (; i + LANES <= n; i += LANES)                                                    \
            SIMD for (int l = 0; l < LANES; l++) lane[l] =                                    \
                s[i + l] > lane[l] ? s[i + l] : lane[l];                                      \
        for (; i < n; i++) m = s[i] > m ? s[i] : m;                                           \
        for (int l = 0; l < LANES; l++) m = lane[l] > m ? lane[l] : m;                        \
        return m;                                                                             \
    }                                                                                         \
    static void forward_##suffix(const AdjScores *c)                                          \
    {                                                                                         \
        const int64_t n = c->columns, ev = c->a->ev;                                          \
        for (int64_t r = 0; r < c->rows; r++) {                                               \
            T *restrict s = (T *)c->s + r * c->ld;                                            \
            T *restrict o = (T *)c->o + r * ev;                                               \
            T *m = (T *)c->max + r;                                                           \
            mask_##suffix(c, r, s);                                                           \
            const T here = maximum_##suffix(s, n), now = here > *m ? here : *m;               \
            const T from = now > -INFINITY ? now : 0;                                         \
            SIMD for (int64_t i = 0; i < n; i++) s[i] = exp(s[i] - from);                     \
            SUM(total, (double)s[i])                                                          \
            if (now > *m) {                                                                   \
                const T shrink = exp(*m - from);                                              \
                c->sum[r] *= (double)shrink;                                                  \
                SIMD for (int64_t i = 0; i < ev; i++) o[i] *= shrink;                         \
            }                                                                                 \
            c->sum[r] += total;                                                               \
            *m = now;                                                                         \
        }                                                                                     \
    }                                                                                         \
    /* Divides by the sums and leaves the output and log-sum-exp of the rows. */              \
    static void finish_##suffix(const AdjScores *c)                                           \
    {                                                                                         \
        const AdjAttention *a = c->a;                                                         \
        const int64_t ev = a->ev;                                                             \
        T *lse = (T *)a->lse + (c->batch * a->h + c->head) * a->l + c->row0;                  \
        for (int64_t r = 0; r < c->rows; r++) {                                               \
            const T *restrict from = (const T *)c->o + r * ev;                                \
            T *restrict to = (T *)a->o.at + c->batch * a->o.batch + c->head * a->o.head +     \
                             (c->row0 + r) * a->o.row;                                        \
            const double sum = c->sum[r];                                                     \
            const T scale = sum > 0 ? (T)(1 / sum) : sum <= 0 ? 0 : (T)sum;                   \
            SIMD for (int64_t i = 0; i < ev; i++) to[i] = from[i] * scale;                    \
            lse[r] = sum <= 0 ? -INFINITY : (T)((double)((T *)c->max)[r] + (log)(sum));       \
        }                                                                                     \
    }                                                                                         \
    static void backward_##suffix(const AdjScores *c)                                         \
    {                                                                                         \
        const AdjAttention *a = c->a;                                                         \
        const int64_t n = c->columns;                                                         \
        const T scale = (T)a->scale;                                                          \
        const T *lse = (const T *)a->lse + (c->batch * a->h + c->head) * a->l + c->row0;      \
        for (int64_t r = 0; r < c->rows; r++) {                                               \
            T *restrict s = (T *)c->s + r * c->ld;                                            \
            T *restrict ds = (T *)c->ds + r * c->ld;                                          \
            const T d = ((const T *)c->d)[r];                                                 \
            const T l = lse[r];                                                               \
            if (l <= -INFINITY) {                                                             \
                for (int64_t i = 0; i < n; i++) s[i] = ds[i] = 0;                             \
                continue;                                                                     \
            }                                                                                 \
            mask_##suffix(c, r, s);                                                           \
            SIMD for (int64_t i = 0; i < n; i++)                                              \
            {                                                                                 \
                const T p = exp(s[i] - l);                                                    \
                s[i] = p;                                                                     \
                ds[i] = p * (ds[i] - d) * scale;                                              \
            }                                                                                 \
        }                                                                                     \
    }
ROWS(f32, float)
ROWS(f64, double)

#define TABLE2(isa) adj_scores_##isa
#define TABLE(isa) TABLE2(isa)
const AdjScoresTable TABLE(ADJ_ISA) = {
    .forward = {forward_f32, forward_f64},
    .backward = {backward_f32, backward_f64},
    .finish = {finish_f32, finish_f64},
};
