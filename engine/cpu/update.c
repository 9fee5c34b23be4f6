// SPDX-License-Identifier: Apache-2.0
// update.c: runs an optimizer's element loop over a parameter. The loops want contiguous f32 or
// f64; anything else is copied there and back. Large parameters are split between the threads.
#include "cpu/update.h"

#include "cpu/isa.h"
#include "cpu/parallel.h"

static const AdjUpdateKernels *kernels(void)
{
    switch (adj_isa()) {
#if defined(__x86_64__)
    case ADJ_ISA_AVX512: return &adj_update_kernels_avx512;
    case ADJ_ISA_AVX2: return &adj_update_kernels_avx2;
#endif
    default: return &adj_update_kernels_base;
    }
}

enum { STATES = 4 };

static void run(AdjUpdateRule rule, const AdjUpdate *u, AdjDtype dtype, int64_t from, int64_t n,
                void *p, const void *g, void *const *s)
{
    size_t at = (size_t)from * adj_dtype_size(dtype);
    char *state[STATES];
    for (int k = 0; k < STATES; k++) state[k] = s[k] ? (char *)s[k] + at : NULL;
    if (dtype == ADJ_F32) {
        float *f[STATES];
        memcpy(f, state, sizeof f);
        kernels()->f32[rule](u, n, (float *)((char *)p + at),
                             (const float *)((const char *)g + at), f);
    } else {
        double *f[STATES];
        memcpy(f, state, sizeof f);
        kernels()->f64[rule](u, n, (double *)((char *)p + at),
                             (const double *)((const char *)g + at), f);
    }
}

typedef struct {
    AdjUpdateRule rule;
    const AdjUpdate *u;
    AdjDtype dtype;
    int64_t n;
    void *p;
    const void *g;
    void *const *s;
} Update;

enum { PIECE = 16384 };

static void run_piece(int64_t i, const void *arg)
{
    const Update *w = arg;
    int64_t from = i * PIECE, n = w->n - from;
    run(w->rule, w->u, w->dtype, from, n < PIECE ? n : PIECE, w->p, w->g, w->s);
}

static void run_all(AdjUpdateRule rule, const AdjUpdate *u, AdjDtype dtype, int64_t n, void *p,
                    const void *g, void *const *s)
{
    if (n < ADJ_PARALLEL_FROM) {
        run(rule, u, dtype, 0, n, p, g, s);
        return;
    }
    Update w = {rule, u, dtype, n, p, g, s};
    adj_share_pieces((n + PIECE - 1) / PIECE, run_piece, &w);
}

static bool is_plain(const AdjTensor *t, AdjDtype dtype)
{
    return t->dtype == dtype && adj_is_contiguous(t);
}

// A contiguous f32 or f64 tensor with the values of [t]; [t] itself where it is one.
static AdjTensor *plain(AdjTensor *t, AdjDtype dtype)
{
    if (is_plain(t, dtype)) return t;
    AdjTensor *copy = adj_new_like(t, dtype);
    return copy && adj_copy_data(copy, t) ? copy : NULL;
}

bool adj_update(AdjUpdateRule rule, const AdjUpdate *u, AdjTensor *p, AdjTensor *grad,
                AdjTensor **state, int n)
{
    AdjDtype dtype = p->dtype == ADJ_F64 ? ADJ_F64 : ADJ_F32;
    AdjTensor *q = plain(p, dtype), *g = plain(grad, dtype), *s[STATES] = {NULL};
    void *data[STATES] = {NULL};
    if (!adj_shape_equal(adj_shape(grad), adj_shape(p)))
        return adj_fail(ADJ_E_SHAPE, "step: a parameter of shape %s has a gradient of shape %s",
                        adj_shape_text(adj_shape(p)), adj_shape_text(adj_shape(grad)));
    for (int k = 0; k < n; k++) {
        if (!state[k]) continue;
        if (!adj_shape_equal(adj_shape(state[k]), adj_shape(p)))
            return adj_fail(ADJ_E_SHAPE,
                            "step: a parameter of shape %s has a state of shape %s",
                            adj_shape_text(adj_shape(p)), adj_shape_text(adj_shape(state[k])));
        s[k] = plain(state[k], dtype);
        if (!s[k]) return false;
        data[k] = adj_ptr(s[k]);
    }
    if (!q || !g) return false;
    run_all(rule, u, dtype, q->numel, adj_ptr(q), adj_ptr(g), data);
    if (q != p && !adj_copy_data(p, q)) return false;
    for (int k = 0; k < n; k++)
        if (s[k] != state[k] && !adj_copy_data(state[k], s[k])) return false;
    return true;
}
