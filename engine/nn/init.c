// SPDX-License-Identifier: Apache-2.0
// init.c: initial values of parameters. Each is an operation that writes into its tensor,
// leaves no history and returns it; in the language they stand in torch.nn.init without the
// init_ that tells them from the Tensor methods here.
//
// Bounds and deviations are computed in double; the numbers are drawn by uniform_ and normal_,
// so that the same seed gives PyTorch's weights.
#include "nn/init.h"

#include <stdlib.h>

bool adj_fans(const AdjTensor *t, double *in, double *out)
{
    if (t->ndim < 2) {
        return adj_fail(ADJ_E_VALUE,
                        "%s: Fan in and fan out can not be computed for tensor with "
                        "fewer than 2 dimensions",
                        adj_op_name());
    }
    double field = 1;
    for (int d = 2; d < t->ndim; d++) field *= (double)t->sizes[d];
    *in = (double)t->sizes[1] * field;
    *out = (double)t->sizes[0] * field;
    return true;
}

static AdjTensor *uniform(AdjTensor *t, double bound)
{
    return adj_uniform_(t, -bound, bound);
}

// ---------------------------------------------------------------- plain fillings

ADJ_OP(init_uniform_, "(tensor: tensor, a: float = 0, b: float = 1) -> tensor",
       "Fills tensor with numbers drawn uniformly from [a, b).", .no_grad = true,
       .no_method = true)
AdjTensor *op_init_uniform_(AdjTensor *tensor, double a, double b)
{
    return adj_uniform_(tensor, a, b);
}

ADJ_OP(init_normal_, "(tensor: tensor, mean: float = 0, std: float = 1) -> tensor",
       "Fills tensor from the normal distribution.", .no_grad = true, .no_method = true)
AdjTensor *op_init_normal_(AdjTensor *tensor, double mean, double std)
{
    return adj_normal_(tensor, mean, std);
}

ADJ_OP(init_constant_, "(tensor: tensor, val: scalar) -> tensor",
       "Fills tensor with one value.", .no_grad = true, .no_method = true)
AdjTensor *op_init_constant_(AdjTensor *tensor, AdjScalar val)
{
    return adj_assign(tensor, adj_number(val));
}

ADJ_OP(init_zeros_, "(tensor: tensor) -> tensor", "Fills tensor with 0.", .no_grad = true,
       .no_method = true)
AdjTensor *op_init_zeros_(AdjTensor *tensor)
{
    return adj_assign(tensor, adj_number(ADJ_I(0)));
}

ADJ_OP(init_ones_, "(tensor: tensor) -> tensor", "Fills tensor with 1.", .no_grad = true,
       .no_method = true)
AdjTensor *op_init_ones_(AdjTensor *tensor)
{
    return adj_assign(tensor, adj_number(ADJ_I(1)));
}

ADJ_OP(init_eye_, "(tensor: tensor) -> tensor",
       "Fills a matrix with the identity: 1 on the diagonal, 0 elsewhere.\n"
       "errors  Value: not a matrix",
       .no_grad = true, .no_method = true)
AdjTensor *op_init_eye_(AdjTensor *tensor)
{
    if (tensor->ndim != 2)
        return adj_fail(ADJ_E_VALUE,
                        "init_eye_: Only tensors with 2 dimensions are supported, got %d",
                        tensor->ndim);
    return adj_assign(tensor,
                      adj_eye(tensor->sizes[0], tensor->sizes[1], (AdjDtype)tensor->dtype));
}

ADJ_OP(init_dirac_, "(tensor: tensor, groups: int = 1) -> tensor",
       "Fills the weight of a convolution so that it passes its input through: 1 in the middle "
       "of the kernel that leads from a channel to the same channel, 0 elsewhere.\n"
       "errors  Value: not 3 to 5 axes, or groups does not divide the first size",
       .no_grad = true, .no_method = true, .hosted = true)
AdjTensor *op_init_dirac_(AdjTensor *tensor, int64_t groups)
{
    if (tensor->ndim < 3 || tensor->ndim > 5)
        return adj_fail(ADJ_E_VALUE, "init_dirac_: Only tensors with 3, 4, or 5 dimensions are "
                                     "supported");
    int64_t out = tensor->sizes[0], in = tensor->sizes[1];
    if (groups < 1 || out % groups)
        return adj_fail(ADJ_E_VALUE, "init_dirac_: dim 0 must be divisible by groups");
    AdjTensor *y = adj_zeros_of(adj_shape(tensor), ADJ_F64);
    if (!y || !adj_numel(y)) return y ? tensor : NULL;
    double *p = (double *)adj_ptr(y);
    int64_t per_group = out / groups, same = per_group < in ? per_group : in, middle = 0;
    for (int d = 2; d < y->ndim; d++) middle += y->sizes[d] / 2 * y->strides[d];
    for (int64_t g = 0; g < groups; g++)
        for (int64_t c = 0; c < same; c++)
            p[(g * per_group + c) * y->strides[0] + c * y->strides[1] + middle] = 1;
    return adj_assign(tensor, adj_to(y, (AdjDtype)tensor->dtype));
}

// ---------------------------------------------------------------- by fan in and fan out

ADJ_OP(init_xavier_uniform_, "(tensor: tensor, gain: float = 1) -> tensor",
       "Fills tensor from U(-b, b), b = gain sqrt(6 / (fan_in + fan_out)).\n"
       "errors  Value: fewer than 2 axes",
       .no_grad = true, .no_method = true, .source = "Glorot and Bengio 2010")
AdjTensor *op_init_xavier_uniform_(AdjTensor *tensor, double gain)
{
    double in, out;
    if (!adj_fans(tensor, &in, &out)) return NULL;
    return uniform(tensor, sqrt(3.0) * (gain * sqrt(2.0 / (in + out))));
}

ADJ_OP(init_xavier_normal_, "(tensor: tensor, gain: float = 1) -> tensor",
       "Fills tensor from N(0, s^2), s = gain sqrt(2 / (fan_in + fan_out)).\n"
       "errors  Value: fewer than 2 axes",
       .no_grad = true, .no_method = true, .source = "Glorot and Bengio 2010")
AdjTensor *op_init_xavier_normal_(AdjTensor *tensor, double gain)
{
    double in, out;
    if (!adj_fans(tensor, &in, &out)) return NULL;
    return adj_normal_(tensor, 0, gain * sqrt(2.0 / (in + out)));
}

ADJ_OP(init_calculate_gain, "(nonlinearity: str, param: scalar? = None) -> float",
       "By how much weights before a nonlinearity are to be larger: 1 for linear layers, "
       "convolutions and sigmoid, 5/3 for tanh, sqrt 2 for relu, sqrt(2 / (1 + slope^2)) for "
       "leaky_relu, 3/4 for selu.\nerrors  Value: another name",
       .no_method = true, .source = "He et al. 2015")
double op_init_calculate_gain(const char *nonlinearity, AdjScalar param)
{
    static const struct {
        const char *name;
        double gain;
    } known[] = {
        {"linear", 1},           {"conv1d", 1},           {"conv2d", 1},
        {"conv3d", 1},           {"conv_transpose1d", 1}, {"conv_transpose2d", 1},
        {"conv_transpose3d", 1}, {"sigmoid", 1},          {"tanh", 5.0 / 3},
        {"relu", M_SQRT2},       {"selu", 3.0 / 4},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(nonlinearity, known[i].name)) return known[i].gain;
    if (!strcmp(nonlinearity, "leaky_relu")) {
        double slope = param.kind == ADJ_S_NONE ? 0.01 : param.f;
        return sqrt(2.0 / (1 + slope * slope));
    }
    adj_fail(ADJ_E_VALUE, "calculate_gain: Unsupported nonlinearity %s", nonlinearity);
    return NAN;
}

static bool kaiming_std(AdjTensor *t, double a, const char *mode, const char *nonlinearity,
                        double *std)
{
    double in, out;
    bool by_out = !strcmp(mode, "fan_out");
    if (!by_out && strcmp(mode, "fan_in")) {
        return adj_fail(ADJ_E_VALUE,
                        "%s: Mode %s not supported, please use one of fan_in, fan_out",
                        adj_op_name(), mode);
    }
    if (!adj_fans(t, &in, &out)) return false;
    double gain = op_init_calculate_gain(nonlinearity, ADJ_F(a));
    *std = gain / sqrt(by_out ? out : in);
    return !adj_error_kind();
}

ADJ_OP(
    init_kaiming_uniform_,
    "(tensor: tensor, a: float = 0, mode: str = 'fan_in', nonlinearity: str = 'leaky_relu') "
    "-> tensor",
    "Fills tensor from U(-b, b), b = gain sqrt(3 / fan), fan_in or fan_out by mode; a is the "
    "slope of leaky_relu.\nerrors  Value: fewer than 2 axes, unknown mode or nonlinearity",
    .no_grad = true, .no_method = true, .source = "He et al. 2015")
AdjTensor *op_init_kaiming_uniform_(AdjTensor *tensor, double a, const char *mode,
                                    const char *nonlinearity)
{
    double std;
    if (tensor->numel == 0) return tensor;
    if (!kaiming_std(tensor, a, mode, nonlinearity, &std)) return NULL;
    return uniform(tensor, sqrt(3.0) * std);
}

ADJ_OP(init_kaiming_normal_,
       "(tensor: tensor, a: float = 0, mode: str = 'fan_in', nonlinearity: str = 'leaky_relu') "
       "-> tensor",
       "Fills tensor from N(0, s^2), s = gain / sqrt(fan), fan_in or fan_out by mode; a is the "
       "slope of leaky_relu.\nerrors  Value: fewer than 2 axes, unknown mode or nonlinearity",
       .no_grad = true, .no_method = true, .source = "He et al. 2015")
AdjTensor *op_init_kaiming_normal_(AdjTensor *tensor, double a, const char *mode,
                                   const char *nonlinearity)
{
    double std;
    if (tensor->numel == 0) return tensor;
    if (!kaiming_std(tensor, a, mode, nonlinearity, &std)) return NULL;
    return adj_normal_(tensor, 0, std);
}

// ---------------------------------------------------------------- truncated normal

static double normal_cdf(double x)
{
    return (1 + erf(x / M_SQRT2)) / 2;
}

static AdjTensor *outside(AdjTensor *t, double a, double b)
{
    return adj_logical_or(adj_lt(t, adj_number(ADJ_F(a))), adj_gt(t, adj_number(ADJ_F(b))));
}

static bool any(AdjTensor *mask)
{
    AdjTensor *y = mask ? adj_any(mask, ADJ_ALL, false) : NULL;
    return y && adj_item(y) != 0;
}

// Draws again what fell outside, as long as that is little.
static AdjTensor *redrawn(AdjTensor *t, double mean, double std, double a, double b)
{
    AdjTensor *y = adj_normal_(t, mean, std), *mask;
    while (any(mask = outside(y, a, b)))
        y = adj_where(mask, adj_normal_(adj_empty_like(t, ADJ_SAME), mean, std), y);
    return y;
}

// log of the density over its highest value between the bounds.
static AdjTensor *log_share(AdjTensor *x, double mean, double std, double peak)
{
    x = adj_div(adj_sub(x, adj_number(ADJ_F(mean)), ADJ_I(1)), adj_number(ADJ_F(std)), NULL);
    x = adj_mul(adj_square(x), adj_number(ADJ_F(-0.5)));
    return adj_sub(x, adj_number(ADJ_F(peak)), ADJ_I(1));
}

static AdjTensor *refused(AdjTensor *share)
{
    return adj_gt(adj_log(adj_uniform_(adj_empty_like(share, ADJ_SAME), 0, 1)), share);
}

// Places between the bounds, each accepted with the density's share.
static AdjTensor *accepted(AdjTensor *t, double mean, double std, double a, double b)
{
    double mode = mean < a ? a : mean > b ? b : mean, z = (mode - mean) / std;
    double peak = -0.5 * z * z;
    AdjTensor *y = adj_clone(adj_uniform_(t, a, b));
    AdjTensor *pending = refused(log_share(y, mean, std, peak));
    while (any(pending)) {
        AdjTensor *x = adj_uniform_(adj_empty_like(t, ADJ_SAME), a, b);
        y = adj_where(pending, x, y);
        pending = adj_logical_and(pending, refused(log_share(x, mean, std, peak)));
    }
    return y;
}

ADJ_OP(
    init_trunc_normal_,
    "(tensor: tensor, mean: float = 0, std: float = 1, a: float = -2, b: float = 2) -> tensor",
    "Fills tensor from the normal distribution, cut off outside [a, b].\n"
    "errors  Value: std not above 0, or a not below b",
    .no_grad = true, .no_method = true, .hosted = true)
AdjTensor *op_init_trunc_normal_(AdjTensor *tensor, double mean, double std, double a, double b)
{
    if (!(std > 0) || !(a < b)) {
        return adj_fail(
            ADJ_E_VALUE,
            "trunc_normal_: expects std > 0 and a < b, but found std=%g, a=%g, b=%g", std, a,
            b);
    }
    double inside = normal_cdf((b - mean) / std) - normal_cdf((a - mean) / std);
    AdjTensor *y =
        inside > 0.3 ? redrawn(tensor, mean, std, a, b) : accepted(tensor, mean, std, a, b);
    return y == tensor ? y : adj_assign(tensor, y);
}

// ---------------------------------------------------------------- orthogonal, sparse

// Overwrites the (m, n) matrix a, m >= n, by Q of a = Q R with the diagonal of R positive: the
// reflections of Householder, applied to the identity from the last to the first. [v] has m n
// places, [sign] n.
static void orthogonalise(double *a, int64_t m, int64_t n, double *v, double *sign)
{
    for (int64_t k = 0; k < n; k++) {
        double norm = 0, *u = v + k * m;
        for (int64_t i = k; i < m; i++) norm += a[i * n + k] * a[i * n + k];
        norm = copysign(sqrt(norm), a[k * n + k]);
        sign[k] = norm > 0 ? -1 : 1;
        for (int64_t i = k; i < m; i++) u[i] = a[i * n + k];
        u[k] += norm;
        double square = 0;
        for (int64_t i = k; i < m; i++) square += u[i] * u[i];
        for (int64_t i = k; square > 0 && i < m; i++) u[i] *= M_SQRT2 / sqrt(square);
        for (int64_t j = k; j < n; j++) {
            double dot = 0;
            for (int64_t i = k; i < m; i++) dot += u[i] * a[i * n + j];
            for (int64_t i = k; i < m; i++) a[i * n + j] -= u[i] * dot;
        }
    }
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) a[i * n + j] = i == j;
    for (int64_t k = n; k--;) {
        const double *u = v + k * m;
        for (int64_t j = 0; j < n; j++) {
            double dot = 0;
            for (int64_t i = k; i < m; i++) dot += u[i] * a[i * n + j];
            for (int64_t i = k; i < m; i++) a[i * n + j] -= u[i] * dot;
        }
    }
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) a[i * n + j] *= sign[j];
}

ADJ_OP(init_orthogonal_, "(tensor: tensor, gain: float = 1) -> tensor",
       "Fills tensor, seen as a matrix with the first axis as rows, with a random matrix whose "
       "rows or columns, whichever are fewer, are orthogonal and of length gain.\n"
       "errors  Value: fewer than 2 axes",
       .no_grad = true, .no_method = true, .source = "Saxe, McClelland and Ganguli 2013",
       .hosted = true)
AdjTensor *op_init_orthogonal_(AdjTensor *tensor, double gain)
{
    if (tensor->ndim < 2)
        return adj_fail(ADJ_E_VALUE, "orthogonal_: Only tensors with 2 or more dimensions are "
                                     "supported");
    if (tensor->numel == 0) return tensor;
    int64_t rows = tensor->sizes[0], cols = tensor->numel / rows;
    AdjTensor *x = adj_normal_(adj_new(ADJ_SHAPE(rows, cols), (AdjDtype)tensor->dtype), 0, 1);
    if (rows < cols) x = x ? adj_transpose(x, 0, 1) : NULL;
    AdjTensor *a = x ? adj_new(adj_shape(x), ADJ_F64) : NULL;
    if (!a || !adj_copy_data(a, x)) return NULL;
    int64_t m = a->sizes[0], n = a->sizes[1];
    double *work = adj_scope_memory((size_t)((m + 1) * n) * sizeof *work);
    if (!work) return NULL;
    orthogonalise((double *)adj_ptr(a), m, n, work, work + m * n);
    if (rows < cols) a = adj_transpose(a, 0, 1);
    a = adj_mul(adj_reshape(a, adj_shape(tensor)), adj_number(ADJ_F(gain)));
    return adj_assign(tensor, adj_to(a, (AdjDtype)tensor->dtype));
}

ADJ_OP(init_sparse_, "(tensor: tensor, sparsity: float, std: float = 0.01) -> tensor",
       "Fills a matrix from N(0, std^2) and sets the share sparsity of every column to 0.\n"
       "errors  Value: not a matrix, or sparsity outside [0, 1]",
       .no_grad = true, .no_method = true, .source = "Martens 2010", .hosted = true)
AdjTensor *op_init_sparse_(AdjTensor *tensor, double sparsity, double std)
{
    if (tensor->ndim != 2 || !(sparsity >= 0 && sparsity <= 1)) {
        return adj_fail(
            ADJ_E_VALUE,
            "sparse_: expects a matrix and a sparsity between 0 and 1, but got shape "
            "%s and %g",
            adj_shape_text(adj_shape(tensor)), sparsity);
    }
    int64_t rows = tensor->sizes[0], zeros = (int64_t)ceil(sparsity * (double)rows);
    if (!adj_normal_(tensor, 0, std)) return NULL;
    for (int64_t j = 0; zeros && j < tensor->sizes[1]; j++) {
        ADJ_SCOPE;
        AdjTensor *gone = adj_narrow(adj_randperm(rows, ADJ_SAME), 0, 0, zeros);
        AdjTensor *column = adj_select(tensor, 1, j);
        AdjTensor *y = adj_index_fill(column, 0, gone, adj_number(ADJ_I(0)));
        if (!y || !adj_assign(column, y)) return NULL;
    }
    return tensor;
}
