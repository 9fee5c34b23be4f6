// SPDX-License-Identifier: Apache-2.0
// pool.c: pooling's loops. Planes are independent, so they are shared out among the threads;
// within a plane everything happens in order, and the bits depend on nothing else.
#include "cpu/pool.h"

#include "cpu/parallel.h"

// ---------------------------------------------------------------- greatest elements

typedef struct {
    const AdjWindows *w;
    const void *x;
    void *y;
    int64_t *at;
} MaxJob;

static int64_t volume(const int64_t *size)
{
    return size[0] * size[1] * size[2];
}

// One window: its first place is the answer until a greater one or a NaN comes.
#define MAX_OF(suffix, T)                                                                \
    static int64_t window_##suffix(const AdjWindows *w, const T *x, const int64_t *from, \
                                   const int64_t *to)                                    \
    {                                                                                    \
        int64_t best = (from[0] * w->in[1] + from[1]) * w->in[2] + from[2];              \
        T most = x[best];                                                                \
        for (int64_t d = from[0]; d < to[0]; d += w->step[0])                            \
            for (int64_t h = from[1]; h < to[1]; h += w->step[1]) {                      \
                const int64_t row = (d * w->in[1] + h) * w->in[2];                       \
                for (int64_t i = row + from[2]; i < row + to[2]; i += w->step[2]) {      \
                    if (!(x[i] > most || x[i] != x[i])) continue;                        \
                    most = x[i];                                                         \
                    best = i;                                                            \
                }                                                                        \
            }                                                                            \
        return best;                                                                     \
    }                                                                                    \
    static void max_##suffix(int64_t plane, const void *arg)                             \
    {                                                                                    \
        const MaxJob *j = arg;                                                           \
        const AdjWindows *w = j->w;                                                      \
        const T *x = (const T *)j->x + plane * volume(w->in);                            \
        int64_t k = plane * volume(w->out), own = w->own ? plane : 0, from[3], to[3];    \
        for (int64_t d = 0; d < w->out[0]; d++) {                                        \
            from[0] = w->from[0][own * w->out[0] + d];                                   \
            to[0] = w->to[0][own * w->out[0] + d];                                       \
            for (int64_t h = 0; h < w->out[1]; h++) {                                    \
                from[1] = w->from[1][own * w->out[1] + h];                               \
                to[1] = w->to[1][own * w->out[1] + h];                                   \
                for (int64_t i = 0; i < w->out[2]; i++, k++) {                           \
                    from[2] = w->from[2][own * w->out[2] + i];                           \
                    to[2] = w->to[2][own * w->out[2] + i];                               \
                    j->at[k] = window_##suffix(w, x, from, to);                          \
                    ((T *)j->y)[k] = x[j->at[k]];                                        \
                }                                                                        \
            }                                                                            \
        }                                                                                \
    }
MAX_OF(f32, float)
MAX_OF(f64, double)
MAX_OF(i64, int64_t)

void adj_pool_max(const AdjWindows *w, AdjDtype dtype, const void *x, void *y, int64_t *at)
{
    MaxJob j = {w, x, y, at};
    AdjPiece run = dtype == ADJ_F32 ? max_f32 : dtype == ADJ_F64 ? max_f64 : max_i64;
    adj_each_piece(w->planes, w->planes * volume(w->in), run, &j);
}

// ---------------------------------------------------------------- putting and taking

typedef struct {
    int64_t n, m;
    const int64_t *at;
    const void *x;
    void *y;
    bool add;
} MoveJob;

#define MOVES(suffix, T)                                         \
    static void put_##suffix(int64_t plane, const void *arg)     \
    {                                                            \
        const MoveJob *j = arg;                                  \
        const T *x = (const T *)j->x + plane * j->n;             \
        const int64_t *at = j->at + plane * j->n;                \
        T *y = (T *)j->y + plane * j->m;                         \
        if (j->add)                                              \
            for (int64_t i = 0; i < j->n; i++) y[at[i]] += x[i]; \
        else                                                     \
            for (int64_t i = 0; i < j->n; i++) y[at[i]] = x[i];  \
    }                                                            \
    static void take_##suffix(int64_t plane, const void *arg)    \
    {                                                            \
        const MoveJob *j = arg;                                  \
        const T *x = (const T *)j->x + plane * j->m;             \
        const int64_t *at = j->at + plane * j->n;                \
        T *y = (T *)j->y + plane * j->n;                         \
        for (int64_t i = 0; i < j->n; i++) y[i] = x[at[i]];      \
    }
MOVES(f32, float)
MOVES(f64, double)

void adj_pool_put(AdjDtype dtype, int64_t planes, int64_t n, int64_t m, const int64_t *at,
                  const void *x, void *y, bool add)
{
    MoveJob j = {n, m, at, x, y, add};
    adj_each_piece(planes, planes * n, dtype == ADJ_F64 ? put_f64 : put_f32, &j);
}

void adj_pool_take(AdjDtype dtype, int64_t planes, int64_t n, int64_t m, const int64_t *at,
                   const void *x, void *y)
{
    MoveJob j = {n, m, at, x, y, false};
    adj_each_piece(planes, planes * n, dtype == ADJ_F64 ? take_f64 : take_f32, &j);
}

// ---------------------------------------------------------------- sums along an axis

typedef struct {
    const AdjBlend *b;
    const void *from;
    void *to;
} BlendJob;

#define BLENDS(suffix, T)                                                               \
    static void along_##suffix(const AdjBlend *b, int64_t j, const T *x, T *restrict y) \
    {                                                                                   \
        const int64_t *place = b->place + j * b->taps;                                  \
        for (int64_t i = 0; i < b->inner; i++) y[i] = 0;                                \
        for (int64_t t = 0; t < b->taps; t++) {                                         \
            if (place[t] < 0) continue;                                                 \
            const T *restrict row = x + place[t] * b->inner;                            \
            const T w = (T)b->weight[j * b->taps + t];                                  \
            for (int64_t i = 0; i < b->inner; i++) y[i] += w * row[i];                  \
        }                                                                               \
    }                                                                                   \
    static void forward_##suffix(int64_t o, const void *arg)                            \
    {                                                                                   \
        const BlendJob *k = arg;                                                        \
        const AdjBlend *b = k->b;                                                       \
        const T *x = (const T *)k->from + o * b->n * b->inner;                          \
        T *y = (T *)k->to + o * b->m * b->inner;                                        \
        for (int64_t j = 0; j < b->m; j++) {                                            \
            if (b->inner > 1) {                                                         \
                along_##suffix(b, j, x, y + j * b->inner);                              \
                continue;                                                               \
            }                                                                           \
            T sum = 0;                                                                  \
            for (int64_t t = j * b->taps; t < (j + 1) * b->taps; t++)                   \
                if (b->place[t] >= 0) sum += (T)b->weight[t] * x[b->place[t]];          \
            y[j] = sum;                                                                 \
        }                                                                               \
    }                                                                                   \
    static void back_##suffix(int64_t o, const void *arg)                               \
    {                                                                                   \
        const BlendJob *k = arg;                                                        \
        const AdjBlend *b = k->b;                                                       \
        const T *y = (const T *)k->from + o * b->m * b->inner;                          \
        T *x = (T *)k->to + o * b->n * b->inner;                                        \
        memset(x, 0, (size_t)(b->n * b->inner) * sizeof *x);                            \
        for (int64_t j = 0; j < b->m; j++)                                              \
            for (int64_t t = j * b->taps; t < (j + 1) * b->taps; t++) {                 \
                if (b->place[t] < 0) continue;                                          \
                T *restrict row = x + b->place[t] * b->inner;                           \
                const T *restrict g = y + j * b->inner, w = (T)b->weight[t];            \
                for (int64_t i = 0; i < b->inner; i++) row[i] += w * g[i];              \
            }                                                                           \
    }
BLENDS(f32, float)
BLENDS(f64, double)

void adj_blend_forward(const AdjBlend *b, const void *x, void *y)
{
    BlendJob k = {b, x, y};
    adj_each_piece(b->outer, b->outer * b->m * b->inner * b->taps,
                   b->dtype == ADJ_F64 ? forward_f64 : forward_f32, &k);
}

void adj_blend_back_run(const AdjBlend *b, const void *y, void *x)
{
    BlendJob k = {b, y, x};
    adj_each_piece(b->outer, b->outer * b->m * b->inner * b->taps,
                   b->dtype == ADJ_F64 ? back_f64 : back_f32, &k);
}
