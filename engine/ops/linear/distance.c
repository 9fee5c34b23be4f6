// SPDX-License-Identifier: Apache-2.0
// distance.c: distances and similarities between vectors, and the statistics made of products
// of deviations. All are composed of other operations, and differentiate through them.
#include "ops/reduce/reduce.h"

#define NUMBER(x) adj_number(ADJ_F(x))

static AdjTensor *minus(AdjTensor *a, AdjTensor *b)
{
    return adj_sub(a, b, ADJ_I(1));
}

ADJ_OP(pairwise_distance,
       "(x1: tensor, x2: tensor, p: float = 2, eps: float = 1e-06, "
       "keepdim: bool = False) -> tensor",
       "The p-norm of x1 - x2 + eps along the last axis.", .no_method = true)
AdjTensor *op_pairwise_distance(AdjTensor *x1, AdjTensor *x2, double p, double eps,
                                bool keepdim)
{
    AdjTensor *d = adj_add(minus(x1, x2), NUMBER(eps), ADJ_I(1));
    return adj_norm(d, ADJ_F(p), adj_axis(-1), keepdim, ADJ_SAME);
}

ADJ_OP(cosine_similarity,
       "(x1: tensor, x2: tensor, dim: int = 1, eps: float = 1e-08) -> tensor",
       "x1 . x2 / (max(|x1|, eps) max(|x2|, eps)) along dim.", .no_method = true)
AdjTensor *op_cosine_similarity(AdjTensor *x1, AdjTensor *x2, int64_t dim, double eps)
{
    AdjShape shape;
    if (!adj_broadcast(adj_shape(x1), adj_shape(x2), &shape) || !adj_wrap_dim(&dim, shape.n))
        return NULL;
    dim -= shape.n;  // from the end, where broadcasting aligns
    AdjTensor *unit[2];
    for (int i = 0; i < 2; i++) {
        AdjTensor *x = i ? x2 : x1;
        bool narrow = x->ndim < -dim || x->sizes[x->ndim + dim] != shape.at[shape.n + dim];
        if (narrow) x = adj_expand(x, shape);  // the length counts every copy
        AdjTensor *length = adj_norm(x, ADJ_F(2), adj_axis(dim), true, ADJ_SAME);
        unit[i] = adj_div(x, adj_clamp(length, NUMBER(eps), NULL), NULL);
    }
    return adj_sum(adj_mul(unit[0], unit[1]), adj_axis(dim), false, ADJ_SAME);
}

ADJ_OP(normalize, "(input: tensor, p: float = 2, dim: int = 1, eps: float = 1e-12) -> tensor",
       "input / max(p-norm of input along dim, eps).", .no_method = true)
AdjTensor *op_normalize(AdjTensor *input, double p, int64_t dim, double eps)
{
    AdjTensor *length = adj_norm(input, ADJ_F(p), adj_axis(dim), true, ADJ_SAME);
    return adj_div(input, adj_clamp(length, NUMBER(eps), NULL), NULL);
}

// |a - b|^2 = |a|^2 + |b|^2 - 2 a b, which a matrix product computes, loses digits where a and
// b are near; it only pays for many long vectors, and PyTorch takes it there (more than 25 of
// each).
static AdjTensor *euclidean_by_product(AdjTensor *x1, AdjTensor *x2)
{
    AdjTensor *a = adj_sum(adj_square(x1), adj_axis(-1), true, ADJ_SAME);
    AdjTensor *b = adj_transpose(adj_sum(adj_square(x2), adj_axis(-1), true, ADJ_SAME), -1, -2);
    AdjTensor *ab = adj_matmul(x1, adj_transpose(x2, -1, -2));
    AdjTensor *squared = adj_add(adj_sub(a, ab, ADJ_I(2)), b, ADJ_I(1));
    AdjTensor *zero = NUMBER(0), *positive = adj_gt(squared, zero);
    return adj_where(positive, adj_sqrt(adj_where(positive, squared, NUMBER(1))), zero);
}

ADJ_OP(cdist,
       "(x1: tensor, x2: tensor, p: float = 2, "
       "compute_mode: str = 'use_mm_for_euclid_dist_if_necessary') -> tensor",
       "The p-norm distance of every row of x1 (..., P, M) from every row of x2 (..., R, M): "
       "(..., P, R).",
       .no_method = true)
AdjTensor *op_cdist(AdjTensor *x1, AdjTensor *x2, double p, const char *compute_mode)
{
    if (x1->ndim < 2 || x2->ndim < 2) {
        return adj_fail(ADJ_E_SHAPE,
                        "cdist: only supports at least 2D tensors, got shapes %s and %s",
                        adj_shape_text(adj_shape(x1)), adj_shape_text(adj_shape(x2)));
    }
    if (x1->sizes[x1->ndim - 1] != x2->sizes[x2->ndim - 1]) {
        return adj_fail(
            ADJ_E_SHAPE,
            "cdist: X1 and X2 must have the same number of columns. X1: %lld X2: %lld",
            (long long)x1->sizes[x1->ndim - 1], (long long)x2->sizes[x2->ndim - 1]);
    }
    if (p < 0) return adj_fail(ADJ_E_RUNTIME, "cdist: only supports non-negative p values");
    bool many = x1->sizes[x1->ndim - 2] > 25 || x2->sizes[x2->ndim - 2] > 25;
    bool never = !strcmp(compute_mode, "donot_use_mm_for_euclid_dist");
    bool always = !strcmp(compute_mode, "use_mm_for_euclid_dist");
    if (p == 2 && !never && (many || always)) return euclidean_by_product(x1, x2);
    return adj_norm(minus(adj_unsqueeze(x1, -2), adj_unsqueeze(x2, -3)), ADJ_F(p), adj_axis(-1),
                    false, ADJ_SAME);
}

ADJ_OP(cov, "(input: tensor, *, correction: int = 1) -> tensor",
       "Covariances of the rows of input (variables, observations).")
AdjTensor *op_cov(AdjTensor *input, int64_t correction)
{
    if (input->ndim > 2) {
        return adj_fail(ADJ_E_SHAPE,
                        "cov: expected input to have two or fewer dimensions but got %s",
                        adj_shape_text(adj_shape(input)));
    }
    AdjTensor *x = input->ndim < 2 ? adj_reshape(input, ADJ_SHAPE(1, -1)) : input;
    if (!x) return NULL;
    if (!adj_is_float(x) && !(x = adj_to(x, adj_default_dtype()))) return NULL;
    double n = (double)(x->sizes[1] - correction);
    AdjTensor *centred = minus(x, adj_mean(x, adj_axis(1), true, ADJ_SAME));
    AdjTensor *c = adj_div(adj_matmul(centred, adj_t(centred)), NUMBER(n > 0 ? n : 0), NULL);
    return input->ndim < 2 ? adj_reshape(c, ADJ_SCALAR_SHAPE) : c;
}

ADJ_OP(corrcoef, "(input: tensor) -> tensor",
       "Correlation coefficients of the rows of input (variables, observations).")
AdjTensor *op_corrcoef(AdjTensor *input)
{
    AdjTensor *c = adj_cov(input, 1);
    if (!c || c->ndim == 0) return adj_div(c, c, NULL);
    AdjTensor *deviation = adj_sqrt(adj_diagonal(c, 0, 0, 1));
    AdjTensor *r = adj_div(c, adj_unsqueeze(deviation, 1), NULL);
    r = adj_div(r, adj_unsqueeze(deviation, 0), NULL);
    return adj_clamp(r, NUMBER(-1), NUMBER(1));
}
