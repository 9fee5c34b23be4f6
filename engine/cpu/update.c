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

enum { PIECE = 16384 };

static void run(const AdjUpdateCall *c, int64_t from, int64_t n)
{
    size_t at = (size_t)from * adj_dtype_size(c->dtype);
    char *p = (char *)c->p + at, *state[ADJ_UPDATE_STATES];
    const char *g = (const char *)c->grad + at;
    for (int k = 0; k < ADJ_UPDATE_STATES; k++)
        state[k] = c->state[k] ? (char *)c->state[k] + at : NULL;
    if (c->dtype == ADJ_F32) {
        float *s[ADJ_UPDATE_STATES];
        memcpy(s, state, sizeof s);
        kernels()->f32[c->rule](&c->u, n, (float *)p, (const float *)g, s);
    } else {
        double *s[ADJ_UPDATE_STATES];
        memcpy(s, state, sizeof s);
        kernels()->f64[c->rule](&c->u, n, (double *)p, (const double *)g, s);
    }
}

static void run_piece(int64_t i, const void *arg)
{
    const AdjUpdateCall *c = arg;
    int64_t from = i * PIECE, n = c->n - from;
    run(c, from, n < PIECE ? n : PIECE);
}

bool adj_cpu_update(const AdjUpdateCall *c)
{
    if (c->n < ADJ_PARALLEL_FROM)
        run(c, 0, c->n);
    else
        adj_share_pieces((c->n + PIECE - 1) / PIECE, run_piece, c);
    return true;
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
    AdjTensor *q = plain(p, dtype), *g = plain(grad, dtype), *s[ADJ_UPDATE_STATES] = {NULL};
    AdjUpdateCall c = {.rule = rule, .dtype = dtype, .n = p->numel, .u = *u};
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
        c.state[k] = adj_ptr(s[k]);
    }
    if (!q || !g) return false;
    c.p = adj_ptr(q);
    c.grad = adj_ptr(g);
    if (!ADJ_RUN(adj_device_of(q), update, &c)) return false;
    if (q != p && !adj_copy_data(p, q)) return false;
    for (int k = 0; k < n; k++)
        if (s[k] != state[k] && !adj_copy_data(state[k], s[k])) return false;
    return true;
}
