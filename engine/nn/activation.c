// SPDX-License-Identifier: Apache-2.0
// activation.c: elementwise functions and softmaxes as modules. Formulas and derivatives are
// those of the operations; a module adds its arguments, its line in print() and, where PyTorch
// has it, the choice to write the result into its input.
#include "nn/module.h"

static bool done(AdjTensor *x, bool in_place, AdjTensor *y, AdjValue *out)
{
    out->t = in_place ? adj_assign(x, y) : y;
    return out->t != NULL;
}

// forward of a module whose result is [expression], in x and m.
#define FORWARD(Name, in_place, expression)                                     \
    static bool Name##_forward(AdjModule *m, const AdjValue *in, AdjValue *out) \
    {                                                                           \
        (void)m;                                                                \
        AdjTensor *x = in[0].t;                                                 \
        return done(x, in_place, expression, out);                              \
    }
#define IN_PLACE(Name) m->arg[Name##_inplace].b

// The axis PyTorch takes when none is named.
static int64_t chosen_dim(const AdjTensor *x, int64_t dim)
{
    if (dim != ADJ_NO_INT) return dim;
    return x->ndim == 0 || x->ndim == 1 || x->ndim == 3 ? 0 : 1;
}

static bool Hardtanh_build(AdjModule *m)
{
    double low = m->arg[Hardtanh_min_val].num.f, high = m->arg[Hardtanh_max_val].num.f;
    if (high > low) return true;
    return adj_fail(ADJ_E_VALUE, "Hardtanh: max_val must be above min_val, got %g and %g", high,
                    low);
}

FORWARD(ReLU, IN_PLACE(ReLU), adj_relu(x))
ADJ_MODULE(ReLU, "(inplace: bool = False)", "(input: tensor) -> tensor",
           "max(0, x).\nnotes   a unit that is negative for every sample gets no gradient and "
           "stays dead; LeakyReLU, GELU and SiLU do not have this\nshapes  any",
           .source = "Nair and Hinton 2010", .repr = "{inplace?}", .forward = ReLU_forward,
           .functional = true)

FORWARD(ReLU6, IN_PLACE(ReLU6), adj_relu6(x))
ADJ_MODULE(ReLU6, "(inplace: bool = False)", "(input: tensor) -> tensor",
           "min(max(0, x), 6).\nshapes  any", .repr = "{inplace?}", .forward = ReLU6_forward,
           .functional = true)

FORWARD(Sigmoid, false, adj_sigmoid(x))
ADJ_MODULE(Sigmoid, "()", "(input: tensor) -> tensor", "1 / (1 + e^-x).\nshapes  any",
           .forward = Sigmoid_forward, .functional = true)

FORWARD(Tanh, false, adj_tanh(x))
ADJ_MODULE(Tanh, "()", "(input: tensor) -> tensor", "(e^x - e^-x) / (e^x + e^-x).\nshapes  any",
           .forward = Tanh_forward, .functional = true)

FORWARD(GELU, false, adj_gelu(x, m->arg[GELU_approximate].s))
ADJ_MODULE(GELU, "(approximate: str = 'none')", "(input: tensor) -> tensor",
           "x Phi(x) with the normal distribution's Phi; approximate 'tanh' takes 0.5 x (1 + "
           "tanh(sqrt(2/pi) (x + 0.044715 x^3))).\nshapes  any\nerrors  Runtime: approximate "
           "not none or tanh",
           .source = "Hendrycks and Gimpel 2016", .repr = "{approximate=}",
           .forward = GELU_forward, .functional = true)

FORWARD(SiLU, IN_PLACE(SiLU), adj_silu(x))
ADJ_MODULE(SiLU, "(inplace: bool = False)", "(input: tensor) -> tensor",
           "x sigmoid(x), also called swish.\nshapes  any",
           .source = "Hendrycks and Gimpel 2016", .repr = "{inplace?}", .forward = SiLU_forward,
           .functional = true)

FORWARD(SELU, IN_PLACE(SELU), adj_selu(x))
ADJ_MODULE(SELU, "(inplace: bool = False)", "(input: tensor) -> tensor",
           "1.0507 (x if x > 0 else 1.6733 (e^x - 1)), which keeps mean 0 and variance "
           "1.\nshapes  any",
           .source = "Klambauer et al. 2017", .repr = "{inplace?}", .forward = SELU_forward,
           .functional = true)

FORWARD(Mish, IN_PLACE(Mish), adj_mish(x))
ADJ_MODULE(Mish, "(inplace: bool = False)", "(input: tensor) -> tensor",
           "x tanh(log(1 + e^x)).\nshapes  any", .source = "Misra 2019", .repr = "{inplace?}",
           .forward = Mish_forward, .functional = true)

FORWARD(Hardswish, IN_PLACE(Hardswish), adj_hardswish(x))
ADJ_MODULE(Hardswish, "(inplace: bool = False)", "(input: tensor) -> tensor",
           "x clamp(x + 3, 0, 6) / 6.\nshapes  any", .source = "Howard et al. 2019",
           .repr = "{inplace?}", .forward = Hardswish_forward, .functional = true)

FORWARD(Hardsigmoid, IN_PLACE(Hardsigmoid), adj_hardsigmoid(x))
ADJ_MODULE(Hardsigmoid, "(inplace: bool = False)", "(input: tensor) -> tensor",
           "clamp(x + 3, 0, 6) / 6.\nshapes  any", .repr = "{inplace?}",
           .forward = Hardsigmoid_forward, .functional = true)

FORWARD(LeakyReLU, IN_PLACE(LeakyReLU),
        adj_leaky_relu(x, m->arg[LeakyReLU_negative_slope].num.f))
ADJ_MODULE(LeakyReLU, "(negative_slope: scalar = 0.01, inplace: bool = False)",
           "(input: tensor) -> tensor", "x if x > 0 else negative_slope x.\nshapes  any",
           .source = "Maas, Hannun and Ng 2013", .repr = "{negative_slope=}{inplace?}",
           .forward = LeakyReLU_forward, .functional = true)

FORWARD(ELU, IN_PLACE(ELU), adj_elu(x, m->arg[ELU_alpha].num.f))
ADJ_MODULE(ELU, "(alpha: scalar = 1.0, inplace: bool = False)", "(input: tensor) -> tensor",
           "x if x > 0 else alpha (e^x - 1).\nshapes  any",
           .source = "Clevert, Unterthiner and Hochreiter 2015", .repr = "{alpha=}{inplace?}",
           .forward = ELU_forward, .functional = true)

static bool RReLU_build(AdjModule *m)
{
    double lower = m->arg[RReLU_lower].f, upper = m->arg[RReLU_upper].f;
    if (lower <= upper) return true;
    return adj_fail(ADJ_E_VALUE, "RReLU: lower has to be at most upper, got %g and %g", lower,
                    upper);
}

FORWARD(RReLU, IN_PLACE(RReLU),
        adj_rrelu(x, m->arg[RReLU_lower].f, m->arg[RReLU_upper].f, m->training))
ADJ_MODULE(RReLU,
           "(lower: float = 0.125, upper: float = 0.3333333333333333, inplace: bool = False)",
           "(input: tensor) -> tensor",
           "x if x > 0 else a x, in training with an a drawn from U(lower, upper) for every "
           "element, in evaluation with their mean.\nshapes  any\nerrors  Value: lower above "
           "upper",
           .source = "Xu et al. 2015", .repr = "{lower=}{upper=}{inplace?}",
           .build = RReLU_build, .forward = RReLU_forward, .functional = true)

FORWARD(CELU, IN_PLACE(CELU), adj_celu(x, m->arg[CELU_alpha].num.f))
ADJ_MODULE(CELU, "(alpha: scalar = 1.0, inplace: bool = False)", "(input: tensor) -> tensor",
           "x if x > 0 else alpha (e^(x / alpha) - 1).\nshapes  any", .source = "Barron 2017",
           .repr = "{alpha=}{inplace?}", .forward = CELU_forward, .functional = true)

FORWARD(Softplus, false,
        adj_softplus(x, m->arg[Softplus_beta].num.f, m->arg[Softplus_threshold].num.f))
ADJ_MODULE(Softplus, "(beta: scalar = 1.0, threshold: scalar = 20.0)",
           "(input: tensor) -> tensor",
           "log(1 + e^(beta x)) / beta; x itself where beta x is above threshold.\nshapes  any",
           .repr = "{beta=}{threshold=}", .forward = Softplus_forward, .functional = true)

FORWARD(Hardtanh, IN_PLACE(Hardtanh),
        adj_hardtanh(x, m->arg[Hardtanh_min_val].num.f, m->arg[Hardtanh_max_val].num.f))
ADJ_MODULE(
    Hardtanh, "(min_val: scalar = -1.0, max_val: scalar = 1.0, inplace: bool = False)",
    "(input: tensor) -> tensor",
    "x limited to [min_val, max_val].\nshapes  any\nerrors  Value: max_val not above min_val",
    .repr = "{min_val=}{max_val=}{inplace?}", .build = Hardtanh_build,
    .forward = Hardtanh_forward, .functional = true)

FORWARD(Softsign, false, adj_softsign(x))
ADJ_MODULE(Softsign, "()", "(input: tensor) -> tensor", "x / (1 + |x|).\nshapes  any",
           .forward = Softsign_forward, .functional = true)

FORWARD(Tanhshrink, false, adj_tanhshrink(x))
ADJ_MODULE(Tanhshrink, "()", "(input: tensor) -> tensor", "x - tanh(x).\nshapes  any",
           .forward = Tanhshrink_forward, .functional = true)

FORWARD(Hardshrink, false, adj_hardshrink(x, m->arg[Hardshrink_lambd].num.f))
ADJ_MODULE(Hardshrink, "(lambd: scalar = 0.5)", "(input: tensor) -> tensor",
           "0 within lambd of 0, x elsewhere.\nshapes  any", .repr = "{lambd}",
           .forward = Hardshrink_forward, .functional = true)

FORWARD(Softshrink, false, adj_softshrink(x, m->arg[Softshrink_lambd].num.f))
ADJ_MODULE(Softshrink, "(lambd: scalar = 0.5)", "(input: tensor) -> tensor",
           "x moved towards 0 by lambd, 0 within lambd of it.\nshapes  any", .repr = "{lambd}",
           .forward = Softshrink_forward, .functional = true)

FORWARD(LogSigmoid, false, adj_logsigmoid(x))
ADJ_MODULE(LogSigmoid, "()", "(input: tensor) -> tensor",
           "log(1 / (1 + e^-x)), without overflow on the way.\nshapes  any",
           .forward = LogSigmoid_forward, .functional = true)

FORWARD(Threshold, IN_PLACE(Threshold),
        adj_threshold(x, m->arg[Threshold_threshold].num.f, m->arg[Threshold_value].num.f))
ADJ_MODULE(Threshold, "(threshold: scalar, value: scalar, inplace: bool = False)",
           "(input: tensor) -> tensor",
           "x where it is above threshold, else value.\nshapes  any",
           .repr = "{threshold=}{value=}{inplace?}", .forward = Threshold_forward,
           .functional = true)

FORWARD(GLU, false, adj_glu(x, m->arg[GLU_dim].i))
ADJ_MODULE(GLU, "(dim: int = -1)", "(input: tensor) -> tensor",
           "a sigmoid(b), a and b the halves of the input along dim.\nshapes  (..., 2 D, ...) "
           "-> (..., D, ...)\nerrors  Runtime: an odd size along dim",
           .source = "Dauphin et al. 2016", .repr = "{dim=}", .forward = GLU_forward,
           .functional = true)

FORWARD(Softmax, false, adj_softmax(x, chosen_dim(x, m->arg[Softmax_dim].i), ADJ_SAME))
ADJ_MODULE(Softmax, "(dim: int? = None)", "(input: tensor) -> tensor",
           "e^x_i / sum_j e^x_j along dim.\nnotes   cross_entropy takes scores: no Softmax "
           "before it\nshapes  any\nerrors  Index: no such axis",
           .source = "Bridle 1990", .repr = "{dim=}", .forward = Softmax_forward,
           .functional = true)

FORWARD(LogSoftmax, false,
        adj_log_softmax(x, chosen_dim(x, m->arg[LogSoftmax_dim].i), ADJ_SAME))
ADJ_MODULE(LogSoftmax, "(dim: int? = None)", "(input: tensor) -> tensor",
           "x_i - log sum_j e^x_j along dim.\nshapes  any\nerrors  Index: no such axis",
           .repr = "{dim=}", .forward = LogSoftmax_forward, .functional = true)

FORWARD(Softmin, false, adj_softmin(x, chosen_dim(x, m->arg[Softmin_dim].i), ADJ_SAME))
ADJ_MODULE(Softmin, "(dim: int? = None)", "(input: tensor) -> tensor",
           "e^-x_i / sum_j e^-x_j along dim.\nshapes  any\nerrors  Index: no such axis",
           .repr = "{dim=}", .forward = Softmin_forward, .functional = true)

FORWARD(Softmax2d, false, adj_softmax(x, -3, ADJ_SAME))
ADJ_MODULE(Softmax2d, "()", "(input: tensor) -> tensor",
           "Softmax over the channels at every place.\nshapes  (N, C, H, W) or (C, H, "
           "W)\nerrors  Value: other axes",
           .forward = Softmax2d_forward, .functional = true)

// ---------------------------------------------------------------- with a parameter

static bool PReLU_build(AdjModule *m)
{
    AdjDtype dtype = m->arg[PReLU_dtype].dtype;
    AdjTensor *t =
        adj_full(ADJ_SHAPE(m->arg[PReLU_num_parameters].i), ADJ_F(m->arg[PReLU_init].f),
                 dtype == ADJ_SAME ? adj_default_dtype() : dtype);
    return t && adj_module_add_param(m, "weight", t);
}

FORWARD(PReLU, false, adj_prelu(x, adj_param(m, 0)))
ADJ_MODULE(
    PReLU, "(num_parameters: int[1,] = 1, init: float = 0.25, dtype: dtype? = None)",
    "(input: tensor) -> tensor",
    "x if x > 0 else weight x, with one learnt weight, or one for each channel (axis 1).\n"
    "shapes  any; weight (num_parameters)\n"
    "errors  Runtime: as many channels as parameters are needed",
    .source = "He et al. 2015", .repr = "{num_parameters=}", .build = PReLU_build,
    .forward = PReLU_forward)
