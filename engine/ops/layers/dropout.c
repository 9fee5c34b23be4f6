// SPDX-License-Identifier: Apache-2.0
// dropout.c: dropout of whole channels, and the dropout that keeps mean and variance of what
// selu gives. (dropout itself stands with the random operations.) Each draws a mask and is one
// product and, for the alpha kinds, one sum with it, which record themselves.
#include "core/internal.h"

static bool check_share(double p)
{
    if (p >= 0 && p <= 1) return true;
    return adj_fail(ADJ_E_VALUE,
                    "%s: dropout probability has to be between 0 and 1, but got %g",
                    adj_op_name(), p);
}

// The shape of a mask that speaks for whole channels: (N, C, 1, ...).
static AdjShape channels(const AdjTensor *x)
{
    AdjShape s = adj_shape(x);
    for (int d = 2; d < s.n; d++) s.at[d] = 1;
    return s;
}

// Ones with probability 1 - p; no history.
static AdjTensor *ones_mask(const AdjTensor *x, AdjShape shape, double p)
{
    return adj_bernoulli_(adj_new(shape, (AdjDtype)x->dtype), adj_number(ADJ_F(1 - p)));
}

static AdjTensor *plain(AdjTensor *x, AdjShape shape, double p)
{
    if (p == 1) return adj_mul(x, adj_zeros_of(ADJ_SCALAR_SHAPE, adj_dtype(x)));
    AdjTensor *mask = ones_mask(x, shape, p);
    return adj_mul(x, adj_div(mask, adj_number(ADJ_F(1 - p)), NULL));
}

// What goes is set to alpha' = -1.758..., the value of selu far below 0; then everything is
// scaled so that mean 0 and variance 1 stay.
static AdjTensor *alpha(AdjTensor *x, AdjShape shape, double p)
{
    const double low = 1.7580993408473766, a = 1 / sqrt((low * low * p + 1) * (1 - p));
    if (p == 1) return adj_mul(x, adj_zeros_of(ADJ_SCALAR_SHAPE, adj_dtype(x)));
    AdjTensor *mask = ones_mask(x, shape, p);
    AdjTensor *shift = adj_add(mask, adj_number(ADJ_I(-1)), ADJ_I(1));
    shift = adj_mul(shift, adj_number(ADJ_F(low * a)));
    shift = adj_add(shift, adj_number(ADJ_F(low * a * p)), ADJ_I(1));
    return adj_add(adj_mul(x, adj_mul(mask, adj_number(ADJ_F(a)))), shift, ADJ_I(1));
}

typedef AdjTensor *(*Kind)(AdjTensor *x, AdjShape shape, double p);

static AdjTensor *drop(Kind kind, AdjTensor *x, AdjShape shape, double p, bool training)
{
    if (!check_share(p)) return NULL;
    if (!training || p == 0 || x->numel == 0) return x;
    return kind(x, shape, p);
}

// Channels of input with [with_batch] axes, or of a single sample with one axis less.
static AdjTensor *drop_channels(Kind kind, AdjTensor *x, int with_batch, double p,
                                bool training)
{
    if (x->ndim != with_batch && x->ndim != with_batch - 1) {
        return adj_fail(ADJ_E_SHAPE, "%s: expected input with %d or %d axes, got shape %s",
                        adj_op_name(), with_batch - 1, with_batch,
                        adj_shape_text(adj_shape(x)));
    }
    if (x->ndim == with_batch) return drop(kind, x, channels(x), p, training);
    AdjTensor *one = adj_unsqueeze(x, 0);
    AdjTensor *y = one ? drop(kind, one, channels(one), p, training) : NULL;
    return y ? adj_squeeze(y, ADJ_SHAPE(0)) : NULL;
}

ADJ_OP(dropout1d, "(input: tensor, p: float = 0.5, training: bool = True) -> tensor",
       "Whole channels set to zero with probability p, the others divided by 1 - p.\n"
       "shapes  (N, C, L) or (C, L)\nerrors  Value: p outside [0, 1]; Shape: other axes",
       .no_method = true, .source = "Tompson et al. 2015")
AdjTensor *op_dropout1d(AdjTensor *input, double p, bool training)
{
    return drop_channels(plain, input, 3, p, training);
}

ADJ_OP(dropout2d, "(input: tensor, p: float = 0.5, training: bool = True) -> tensor",
       "Whole channels set to zero with probability p, the others divided by 1 - p.\n"
       "shapes  (N, C, H, W) or (N, C, L)\n"
       "notes   three axes are taken for (N, C, L), as PyTorch does\n"
       "errors  Value: p outside [0, 1]; Shape: other axes",
       .no_method = true, .source = "Tompson et al. 2015")
AdjTensor *op_dropout2d(AdjTensor *input, double p, bool training)
{
    return drop_channels(plain, input, input->ndim == 3 ? 3 : 4, p, training);
}

ADJ_OP(dropout3d, "(input: tensor, p: float = 0.5, training: bool = True) -> tensor",
       "Whole channels set to zero with probability p, the others divided by 1 - p.\n"
       "shapes  (N, C, D, H, W) or (C, D, H, W)\n"
       "errors  Value: p outside [0, 1]; Shape: other axes",
       .no_method = true, .source = "Tompson et al. 2015")
AdjTensor *op_dropout3d(AdjTensor *input, double p, bool training)
{
    return drop_channels(plain, input, 5, p, training);
}

ADJ_OP(
    alpha_dropout, "(input: tensor, p: float = 0.5, training: bool = False) -> tensor",
    "Elements set to -1.7581 with probability p, then a x + b with the a and b that keep mean "
    "0 and variance 1.\nnotes   made for selu\nerrors  Value: p outside [0, 1]",
    .no_method = true, .source = "Klambauer et al. 2017")
AdjTensor *op_alpha_dropout(AdjTensor *input, double p, bool training)
{
    return drop(alpha, input, adj_shape(input), p, training);
}

ADJ_OP(feature_alpha_dropout,
       "(input: tensor, p: float = 0.5, training: bool = False) -> tensor",
       "alpha_dropout of whole channels.\nshapes  (N, C, ...)\n"
       "errors  Value: p outside [0, 1]; Shape: fewer than 2 axes",
       .no_method = true, .source = "Klambauer et al. 2017")
AdjTensor *op_feature_alpha_dropout(AdjTensor *input, double p, bool training)
{
    if (input->ndim < 2)
        return adj_fail(ADJ_E_SHAPE,
                        "feature_alpha_dropout: expected input with at least 2 "
                        "axes, got shape %s",
                        adj_shape_text(adj_shape(input)));
    return drop(alpha, input, channels(input), p, training);
}
