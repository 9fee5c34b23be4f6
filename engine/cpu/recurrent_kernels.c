// SPDX-License-Identifier: Apache-2.0
// recurrent_kernels.c: gates of recurrent layers and their derivatives, row by row, compiled
// once per instruction set.
//
// LSTM:  c' = f c + i g,  h' = o tanh(c')
// GRU:   n = tanh(x_n + r h_n),  h' = n + z (h - n), where x_n and h_n are the parts of the
//        sum that come from the input and from h
//
// tanh(c') is computed again on the way back: that is cheaper than another array through
// memory.
#include "cpu/recurrent.h"

#include "ops/pointwise/pointwise.h"

#if defined(__clang__)
#    pragma GCC diagnostic ignored "-Wpass-failed"
#endif

#define SIMD _Pragma("omp simd")
#define EACH SIMD for (int64_t j = 0; j < h; j++)
#define SIGMOID(x) ((T)1 / ((T)1 + exp(-(x))))

#define ROW(name, width) ((T *)s->name + row * (width))

// One function over rows; the body says what happens with a row.
#define KERNEL(name, suffix, Type, ...)                                         \
    static void name##_##suffix(const AdjCellStep *s, int64_t from, int64_t to) \
    {                                                                           \
        typedef Type T;                                                         \
        const int64_t h = s->h;                                                 \
        for (int64_t row = from; row < to; row++) {                             \
            __VA_ARGS__                                                         \
        }                                                                       \
    }
#define BOTH(name, ...)                   \
    KERNEL(name, f32, float, __VA_ARGS__) \
    KERNEL(name, f64, double, __VA_ARGS__)

BOTH(tanh_forward, {
    const T *restrict g = ROW(g, h);
    T *restrict y = ROW(y, h);
    EACH y[j] = tanh(g[j]);
})

BOTH(relu_forward, {
    const T *restrict g = ROW(g, h);
    T *restrict y = ROW(y, h);
    EACH y[j] = g[j] > 0 ? g[j] : 0;
})

BOTH(tanh_backward, {
    const T *restrict y = ROW(before, h);
    const T *restrict dy = ROW(dy, h);
    T *restrict dg = ROW(dg, h);
    EACH dg[j] = dy[j] * ((T)1 - y[j] * y[j]);
})

BOTH(relu_backward, {
    const T *restrict y = ROW(before, h);
    const T *restrict dy = ROW(dy, h);
    T *restrict dg = ROW(dg, h);
    EACH dg[j] = y[j] > 0 ? dy[j] : 0;
})

BOTH(lstm_forward, {
    T *restrict i = ROW(g, 4 * h);
    T *restrict f = i + h;
    T *restrict g = f + h;
    T *restrict o = g + h;
    T *restrict c = ROW(state, h);
    T *restrict kept = ROW(kept, h);
    T *restrict y = ROW(y, h);
    EACH
    {
        const T i1 = SIGMOID(i[j]), f1 = SIGMOID(f[j]), g1 = tanh(g[j]), o1 = SIGMOID(o[j]);
        const T c1 = f1 * c[j] + i1 * g1;
        i[j] = i1;
        f[j] = f1;
        g[j] = g1;
        o[j] = o1;
        c[j] = kept[j] = c1;
        y[j] = o1 * tanh(c1);
    }
})

BOTH(lstm_backward, {
    const T *restrict i = ROW(g, 4 * h);
    const T *restrict f = i + h;
    const T *restrict g = f + h;
    const T *restrict o = g + h;
    const T *restrict c = ROW(kept, h);
    const T *restrict before = ROW(before, h);
    const T *restrict dy = ROW(dy, h);
    T *restrict dc = ROW(state, h);
    T *restrict di = ROW(dg, 4 * h);
    T *restrict df = di + h;
    T *restrict dg = df + h;
    T *restrict dout = dg + h;
    EACH
    {
        const T t = tanh(c[j]);
        const T d = dc[j] + dy[j] * o[j] * ((T)1 - t * t);
        di[j] = d * g[j] * i[j] * ((T)1 - i[j]);
        df[j] = d * before[j] * f[j] * ((T)1 - f[j]);
        dg[j] = d * i[j] * ((T)1 - g[j] * g[j]);
        dout[j] = dy[j] * t * o[j] * ((T)1 - o[j]);
        dc[j] = d * f[j];
    }
    if (s->y) {
        T *restrict y = ROW(y, h);
        EACH y[j] = o[j] * tanh(c[j]);
    }
})

BOTH(gru_forward, {
    T *restrict r = ROW(g, 3 * h);
    T *restrict z = r + h;
    T *restrict n = z + h;
    const T *restrict hr = ROW(hg, 3 * h);
    const T *restrict hz = hr + h;
    const T *restrict hn = hz + h;
    T *restrict state = ROW(state, h);
    T *restrict kept = ROW(kept, h);
    T *restrict y = ROW(y, h);
    EACH
    {
        const T r1 = SIGMOID(r[j] + hr[j]), z1 = SIGMOID(z[j] + hz[j]);
        const T n1 = tanh(n[j] + r1 * hn[j]);
        r[j] = r1;
        z[j] = z1;
        n[j] = n1;
        kept[j] = hn[j];
        state[j] = y[j] = n1 + z1 * (state[j] - n1);
    }
})

BOTH(gru_backward, {
    const T *restrict r = ROW(g, 3 * h);
    const T *restrict z = r + h;
    const T *restrict n = z + h;
    const T *restrict hn = ROW(kept, h);
    const T *restrict before = ROW(before, h);
    const T *restrict dy = ROW(dy, h);
    T *restrict dr = ROW(dg, 3 * h);
    T *restrict dz = dr + h;
    T *restrict dn = dz + h;
    T *restrict hr = ROW(dhg, 3 * h);
    T *restrict hz = hr + h;
    T *restrict dhn = hz + h;
    T *restrict dh = ROW(dh, h);
    EACH
    {
        const T d = dy[j] * ((T)1 - z[j]) * ((T)1 - n[j] * n[j]);
        dn[j] = d;
        dhn[j] = d * r[j];
        dr[j] = hr[j] = d * hn[j] * r[j] * ((T)1 - r[j]);
        dz[j] = hz[j] = dy[j] * (before[j] - n[j]) * z[j] * ((T)1 - z[j]);
        dh[j] = dy[j] * z[j];
    }
})

#define TABLE2(isa) adj_cell_##isa
#define TABLE(isa) TABLE2(isa)
#define ENTRY(name)            \
    {                          \
        name##_f32, name##_f64 \
    }
const AdjCellTable TABLE(ADJ_ISA) = {
    .forward = {[ADJ_CELL_TANH] = ENTRY(tanh_forward),
                [ADJ_CELL_RELU] = ENTRY(relu_forward),
                [ADJ_CELL_LSTM] = ENTRY(lstm_forward),
                [ADJ_CELL_GRU] = ENTRY(gru_forward)},
    .backward = {[ADJ_CELL_TANH] = ENTRY(tanh_backward),
                 [ADJ_CELL_RELU] = ENTRY(relu_backward),
                 [ADJ_CELL_LSTM] = ENTRY(lstm_backward),
                 [ADJ_CELL_GRU] = ENTRY(gru_backward)},
};
