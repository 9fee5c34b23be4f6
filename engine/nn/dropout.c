// SPDX-License-Identifier: Apache-2.0
// dropout.c: the modules that disturb training: each is its operation while training, and
// nothing at all in evaluation.
#include "nn/module.h"

static bool check_p(AdjModule *m, int p)
{
    double share = m->arg[p].num.f;
    if (share >= 0 && share <= 1) return true;
    return adj_fail(ADJ_E_VALUE,
                    "%s: dropout probability has to be between 0 and 1, but got %g",
                    m->row->name, share);
}

typedef AdjTensor *(*Drop)(AdjTensor *x, double p, bool training);

// All of them have p first and inplace second.
static bool run(AdjModule *m, Drop drop, AdjTensor *x, AdjValue *out)
{
    AdjTensor *y = drop(x, m->arg[0].num.f, m->training);
    out->t = m->arg[1].b && y != x ? adj_assign(x, y) : y;
    return out->t != NULL;
}

#define KIND(Name, op)                                                            \
    static bool Name##_build(AdjModule *m)                                        \
    {                                                                             \
        _Static_assert(Name##_p == 0 && Name##_inplace == 1, "the order of run"); \
        return check_p(m, Name##_p);                                              \
    }                                                                             \
    static bool Name##_forward(AdjModule *m, const AdjValue *in, AdjValue *out)   \
    {                                                                             \
        return run(m, op, in[0].t, out);                                          \
    }
KIND(Dropout, adj_dropout)
KIND(Dropout1d, adj_dropout1d)
KIND(Dropout2d, adj_dropout2d)
KIND(Dropout3d, adj_dropout3d)
KIND(AlphaDropout, adj_alpha_dropout)
KIND(FeatureAlphaDropout, adj_feature_alpha_dropout)

ADJ_MODULE(
    Dropout, "(p: scalar = 0.5, inplace: bool = False)", "(input: tensor) -> tensor",
    "In training sets elements to zero with probability p and divides the others by 1 - p; "
    "nothing in evaluation.\n"
    "notes   the masks are those of PyTorch's own generator; a PyTorch that draws them with "
    "Intel's MKL has others\n"
    "errors  Value: p outside [0, 1]",
    .source = "Srivastava et al. 2014", .repr = "{p=}{inplace=}", .build = Dropout_build,
    .forward = Dropout_forward, .functional = true)

#define DROPOUT_ROW(n)                                                                       \
    .source = "Tompson et al. 2015", .repr = "{p=}{inplace=}", .build = Dropout##n##d_build, \
    .forward = Dropout##n##d_forward, .functional = true
ADJ_MODULE_AXES(
    Dropout, "(p: scalar = 0.5, inplace: bool = False)", "(input: tensor) -> tensor",
    "In training sets whole channels to zero with probability p and divides the others by 1 - "
    "p.\n"
    "shapes  {(N, C, L) or (C, L)|(N, C, H, W)|(N, C, D, H, W) or (C, D, H, W)}\n"
    "errors  Value: p outside [0, 1]",
    DROPOUT_ROW)

ADJ_MODULE(
    AlphaDropout, "(p: scalar = 0.5, inplace: bool = False)", "(input: tensor) -> tensor",
    "In training sets elements to -1.7581 with probability p, then a x + b with the a and b "
    "that keep mean 0 and variance 1; for use with SELU.\n"
    "errors  Value: p outside [0, 1]",
    .source = "Klambauer et al. 2017", .repr = "{p=}{inplace=}", .build = AlphaDropout_build,
    .forward = AlphaDropout_forward, .functional = true)

ADJ_MODULE(FeatureAlphaDropout, "(p: scalar = 0.5, inplace: bool = False)",
           "(input: tensor) -> tensor",
           "AlphaDropout of whole channels.\nshapes  (N, C, ...)\n"
           "errors  Value: p outside [0, 1]",
           .source = "Klambauer et al. 2017", .repr = "{p=}{inplace=}",
           .build = FeatureAlphaDropout_build, .forward = FeatureAlphaDropout_forward,
           .functional = true)
