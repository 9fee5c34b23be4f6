// SPDX-License-Identifier: Apache-2.0
// rope.c: rotary position embedding: pairs of features turned by an angle that grows with the
// position, so that products of queries and keys depend on their distance alone (Su et al.
// 2021). A rotation's adjoint is the rotation back, so the derivative is the operation itself.
#include "core/internal.h"

typedef struct {
    int64_t rows, t, e, dims, offset;
    double base;
    bool interleaved, inverse;
} Turn;

// Pair j of a row is (2j, 2j + 1), or (j, j + dims / 2).
#define TURN(T, name)                                                                        \
    static void name(const Turn *c, const T *x, T *y)                                        \
    {                                                                                        \
        int64_t half = c->dims / 2, step = c->interleaved ? 2 : 1;                           \
        int64_t apart = c->interleaved ? 1 : half;                                           \
        for (int64_t t = 0; t < c->t; t++)                                                   \
            for (int64_t j = 0; j < half; j++) {                                             \
                double rate = pow(c->base, -2.0 * (double)j / (double)c->dims);              \
                double angle = (double)(t + c->offset) * rate;                               \
                T cosine = (T)cos(angle), sine = (T)(c->inverse ? -sin(angle) : sin(angle)); \
                for (int64_t r = 0; r < c->rows; r++) {                                      \
                    int64_t at = (r * c->t + t) * c->e + j * step;                           \
                    T a = x[at], b = x[at + apart];                                          \
                    y[at] = a * cosine - b * sine;                                           \
                    y[at + apart] = a * sine + b * cosine;                                   \
                }                                                                            \
            }                                                                                \
    }
TURN(float, turn_f32)
TURN(double, turn_f64)

static void rope_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    const AdjValue *a = n->arg;
    dx[0] = adj_rope(dy[0], a[0].f, a[1].i, a[2].i, a[3].b, !a[4].b);
}

ADJ_OP(
    rope,
    "(input: tensor, base: float = 10000.0, offset: int = 0, dims: int? = None, interleaved: "
    "bool = False, inverse: bool = False) -> tensor",
    "Turns pair j of the features at position t by (t + offset) base^(-2 j / dims): rotary "
    "position embedding.\n"
    "shapes  (..., T, E) -> (..., T, E)\n"
    "notes   the first dims features, all of them by default, form pairs (j, j + dims / 2), "
    "or (2 j, 2 j + 1) when interleaved; inverse turns back\n"
    "errors  Value: dims is odd or more than E; Shape: fewer than two axes",
    .vjp = rope_vjp, .source = "Su et al. 2021", .no_method = true)
AdjTensor *op_rope(AdjTensor *input, double base, int64_t offset, int64_t dims,
                   bool interleaved, bool inverse)
{
    int n = input->ndim;
    if (n < 2 || !adj_is_float(input)) {
        return adj_fail(ADJ_E_SHAPE, "rope: expected floats of shape (..., T, E), got %s",
                        adj_shape_text(adj_shape(input)));
    }
    int64_t e = input->sizes[n - 1], t = input->sizes[n - 2];
    if (dims == ADJ_NO_INT) dims = e;
    if (dims < 0 || dims > e || dims % 2) {
        return adj_fail(ADJ_E_VALUE, "rope: dims must be even and at most %lld, got %lld",
                        (long long)e, (long long)dims);
    }
    AdjDtype dtype = input->dtype == ADJ_F64 ? ADJ_F64 : ADJ_F32;
    AdjTensor *x = adj_contiguous(adj_to(input, dtype)), *y = x ? adj_clone(x) : NULL;
    if (!y) return NULL;
    Turn c = {.t = t,
              .e = e,
              .dims = dims,
              .offset = offset,
              .base = base,
              .rows = t && e ? x->numel / (t * e) : 0,
              .interleaved = interleaved,
              .inverse = inverse};
    if (dtype == ADJ_F64)
        turn_f64(&c, (const double *)adj_ptr(x), (double *)adj_ptr(y));
    else
        turn_f32(&c, (const float *)adj_ptr(x), (float *)adj_ptr(y));
    return adj_to(y, adj_dtype(input));
}
