// SPDX-License-Identifier: Apache-2.0
// conv.c: Conv1d to Conv3d and ConvTranspose1d to ConvTranspose3d. The six rows differ in the
// number of axes and in the order of arguments only, so their functions ask a table for the
// places of the arguments. Sizes given as one number are kept as one for each axis, as PyTorch
// keeps and prints them.
#include "nn/module.h"
#include "ops/layers/spatial.h"

// ---------------------------------------------------------------- rows of both kinds

// Where the arguments of a row stand.
typedef struct {
    const char *name;
    int n;
    bool transposed;
    int in, out, kernel, stride, padding, output_padding, dilation, groups, bias, mode, dtype;
} Kind;

#define PLACES(row)                                                                        \
    row##_in_channels, row##_out_channels, row##_kernel_size, row##_stride, row##_padding, \
        OUTPUT_PADDING(row), row##_dilation, row##_groups, row##_bias, row##_padding_mode, \
        row##_dtype
static const Kind kinds[] = {
#define OUTPUT_PADDING(row) -1
    {"Conv1d", 1, false, PLACES(Conv1d)},
    {"Conv2d", 2, false, PLACES(Conv2d)},
    {"Conv3d", 3, false, PLACES(Conv3d)},
#undef OUTPUT_PADDING
#define OUTPUT_PADDING(row) row##_output_padding
    {"ConvTranspose1d", 1, true, PLACES(ConvTranspose1d)},
    {"ConvTranspose2d", 2, true, PLACES(ConvTranspose2d)},
    {"ConvTranspose3d", 3, true, PLACES(ConvTranspose3d)},
#undef OUTPUT_PADDING
};

static const Kind *kind_of(const AdjModule *m)
{
    const Kind *k = kinds;
    while (strcmp(k->name, m->row->name)) k++;
    return k;
}

static bool for_each_axis(const Kind *k, AdjModule *m, int at, const char *name)
{
    AdjShape *s = &m->arg[at].ints;
    if (s->n < -1) return true;  // 'same', 'valid'
    if (s->n == k->n) return true;
    if (s->n == 1) {
        *s = adj_repeat_size(s->at[0], k->n);
        return true;
    }
    return adj_fail(ADJ_E_VALUE, "%s: %s must be one number or %d, got %s", k->name, name, k->n,
                    adj_shape_text(*s));
}

static bool positive(const Kind *k, AdjShape s, const char *name, int64_t low)
{
    for (int i = 0; i < s.n; i++)
        if (s.at[i] < low)
            return adj_fail(ADJ_E_VALUE, "%s: %s must be at least %lld, got %s", k->name, name,
                            (long long)low, adj_shape_text(s));
    return true;
}

static bool check_sizes(const Kind *k, AdjModule *m)
{
    return for_each_axis(k, m, k->kernel, "kernel_size") &&
           for_each_axis(k, m, k->stride, "stride") &&
           for_each_axis(k, m, k->padding, "padding") &&
           for_each_axis(k, m, k->dilation, "dilation") &&
           (!k->transposed || for_each_axis(k, m, k->output_padding, "output_padding")) &&
           positive(k, m->arg[k->kernel].ints, "kernel_size", 1) &&
           positive(k, m->arg[k->stride].ints, "stride", 1) &&
           positive(k, m->arg[k->padding].ints, "padding", 0) &&
           positive(k, m->arg[k->dilation].ints, "dilation", 1);
}

static bool check_groups(const Kind *k, const AdjModule *m)
{
    int64_t in = m->arg[k->in].i, out = m->arg[k->out].i, groups = m->arg[k->groups].i;
    if (in % groups) {
        return adj_fail(ADJ_E_VALUE,
                        "%s: in_channels must be divisible by groups, got %lld and %lld",
                        k->name, (long long)in, (long long)groups);
    }
    if (!(out % groups)) return true;
    return adj_fail(ADJ_E_VALUE,
                    "%s: out_channels must be divisible by groups, got %lld and %lld", k->name,
                    (long long)out, (long long)groups);
}

static bool check_mode(const Kind *k, const AdjModule *m)
{
    static const char *const modes[] = {"zeros", "reflect", "replicate", "circular"};
    const char *mode = m->arg[k->mode].s;
    if (k->transposed && strcmp(mode, "zeros")) {
        return adj_fail(ADJ_E_VALUE, "Only \"zeros\" padding mode is supported for %s",
                        k->name);
    }
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (!strcmp(mode, modes[i])) return true;
    return adj_fail(ADJ_E_VALUE,
                    "%s: padding_mode must be one of 'zeros', 'reflect', 'replicate', "
                    "'circular', but got padding_mode='%s'",
                    k->name, mode);
}

static bool check_same(const Kind *k, const AdjModule *m)
{
    AdjShape stride = m->arg[k->stride].ints;
    if (m->arg[k->padding].ints.n != ADJ_PAD_SAME.n) return true;
    for (int i = 0; i < stride.n; i++)
        if (stride.at[i] != 1)
            return adj_fail(ADJ_E_VALUE,
                            "padding='same' is not supported for strided convolutions");
    return true;
}

// Weights from U(-b, b), b = 1 / sqrt(fan in), and the bias likewise, as PyTorch draws them.
static bool build(AdjModule *m)
{
    const Kind *k = kind_of(m);
    if (!check_sizes(k, m) || !check_groups(k, m) || !check_mode(k, m) || !check_same(k, m))
        return false;
    int64_t in = m->arg[k->in].i, out = m->arg[k->out].i, groups = m->arg[k->groups].i;
    int64_t rows = k->transposed ? in : out, columns = (k->transposed ? out : in) / groups;
    AdjShape kernel = m->arg[k->kernel].ints, shape = {k->n + 2, {rows, columns}};
    int64_t fan_in = columns;
    for (int i = 0; i < k->n; i++) {
        shape.at[2 + i] = kernel.at[i];
        fan_in *= kernel.at[i];
    }
    AdjTensor *weight = adj_new(shape, m->arg[k->dtype].dtype);
    if (!weight || !adj_init_kaiming_uniform_(weight, sqrt(5.0), "fan_in", "leaky_relu") ||
        !adj_module_add_param(m, "weight", weight))
        return false;
    if (!m->arg[k->bias].b) return adj_module_add_param(m, "bias", NULL);
    AdjTensor *bias = adj_new(ADJ_SHAPE(out), m->arg[k->dtype].dtype);
    double bound = 1 / sqrt((double)fan_in);
    return bias && adj_uniform_(bias, -bound, bound) && adj_module_add_param(m, "bias", bias);
}

// ---------------------------------------------------------------- convolutions

// Two amounts for each axis, from the last to the first, as pad takes them.
static AdjTensor *pad_by_mode(const Kind *k, const AdjModule *m, AdjTensor *x)
{
    int64_t amounts[6] = {0};
    AdjShape padding = m->arg[k->padding].ints;
    for (int i = 0; i < k->n; i++) {
        int64_t total = m->arg[k->dilation].ints.at[i] * (m->arg[k->kernel].ints.at[i] - 1);
        bool same = padding.n == ADJ_PAD_SAME.n;
        int64_t *pair = amounts + 2 * (k->n - 1 - i);
        pair[0] = same ? total / 2 : padding.n > 0 ? padding.at[i] : 0;
        pair[1] = same ? total - total / 2 : pair[0];
    }
    return adj_pad(x, (AdjLongs){2 * k->n, amounts}, m->arg[k->mode].s, ADJ_NO_SCALAR);
}

static bool conv_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    static AdjTensor *(*const op[])(AdjTensor *, AdjTensor *, AdjTensor *, AdjShape, AdjShape,
                                    AdjShape,
                                    int64_t) = {NULL, adj_conv1d, adj_conv2d, adj_conv3d};
    const Kind *k = kind_of(m);
    AdjTensor *x = in[0].t;
    AdjShape padding = m->arg[k->padding].ints;
    if (strcmp(m->arg[k->mode].s, "zeros")) {
        x = pad_by_mode(k, m, x);
        padding = ADJ_SHAPE(0);
    }
    out->t = op[k->n](x, adj_param(m, 0), adj_param(m, 1), m->arg[k->stride].ints, padding,
                      m->arg[k->dilation].ints, m->arg[k->groups].i);
    return out->t != NULL;
}

#define CONV_ROW(n)                                                                            \
    .source = "LeCun et al. 1989",                                                             \
    .repr = "{in_channels}{out_channels}{kernel_size=}{stride=}{padding?}{dilation?}{groups?}" \
            "{bias?}{padding_mode!}",                                                          \
    .build = build, .forward = conv_forward
ADJ_MODULE_AXES(
    Conv,
    "(in_channels: int[1,], out_channels: int[1,], kernel_size: ints, stride: ints = 1, "
    "padding: padding = 0, dilation: ints = 1, groups: int[1,] = 1, bias: bool = True, "
    "padding_mode: str = 'zeros', dtype: dtype? = None)",
    "(input: tensor) -> tensor",
    "Slides a kernel over {one axis|two axes|three axes}: y = bias + the convolution of input "
    "with weight.\n"
    "shapes  (N, in_channels, {L|H, W|D, H, W}) or (in_channels, {L|H, W|D, H, W}) -> (N, "
    "out_channels, {L'|H', W'|D', H', W'}), each size (size + 2 padding - dilation (kernel - "
    "1) - 1) / stride + 1, rounded down; weight (out_channels, in_channels / groups, kernel), "
    "bias (out_channels)\n"
    "notes   padding 'same' keeps the size, 'valid' is 0; padding_mode 'zeros', 'reflect', "
    "'replicate' or 'circular' says what is put there. Weight and bias start from U(-b, b), b "
    "= 1 / sqrt(fan in)\n"
    "errors  Value: channels that groups does not divide, a stride with 'same'; Shape: "
    "another number of channels",
    CONV_ROW)

// ---------------------------------------------------------------- transposed ones

// The output_padding that gives the spatial sizes asked for.
static bool padding_for(const Kind *k, const AdjModule *m, const AdjTensor *x, AdjShape wanted,
                        AdjShape *extra)
{
    int64_t low[3], high[3];
    bool fits = true;
    if (wanted.n == k->n + 2 || (wanted.n == k->n + 1 && x->ndim == k->n + 1))
        wanted = adj_shape_from(wanted, wanted.n - k->n);
    if (wanted.n != k->n) {
        return adj_fail(ADJ_E_VALUE,
                        "%s: for %dD input, output_size must have %d or %d elements (got %d)",
                        k->name, x->ndim, k->n, x->ndim, wanted.n);
    }
    extra->n = k->n;
    for (int i = 0; i < k->n; i++) {
        int64_t stride = m->arg[k->stride].ints.at[i], size = x->sizes[x->ndim - k->n + i];
        low[i] = (size - 1) * stride - 2 * m->arg[k->padding].ints.at[i] +
                 m->arg[k->dilation].ints.at[i] * (m->arg[k->kernel].ints.at[i] - 1) + 1;
        high[i] = low[i] + stride - 1;
        extra->at[i] = wanted.at[i] - low[i];
        fits &= wanted.at[i] >= low[i] && wanted.at[i] <= high[i];
    }
    if (fits) return true;
    return adj_fail(ADJ_E_VALUE,
                    "requested an output size of %s, but valid sizes range from %s to %s (for "
                    "an input of %s)",
                    adj_shape_text(wanted), adj_spatial_text(low, k->n),
                    adj_spatial_text(high, k->n),
                    adj_shape_text(adj_shape_from(adj_shape(x), x->ndim - k->n)));
}

static bool transpose_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    static AdjTensor *(*const op[])(AdjTensor *, AdjTensor *, AdjTensor *, AdjShape, AdjShape,
                                    AdjShape, int64_t, AdjShape) = {
        NULL, adj_conv_transpose1d, adj_conv_transpose2d, adj_conv_transpose3d};
    const Kind *k = kind_of(m);
    AdjShape extra = m->arg[k->output_padding].ints;
    int axes = in[0].t->ndim;
    bool good = axes == k->n + 1 || axes == k->n + 2;  // the operation says what is wrong
    if (good && in[1].ints.n >= 0 && !padding_for(k, m, in[0].t, in[1].ints, &extra))
        return false;
    out->t =
        op[k->n](in[0].t, adj_param(m, 0), adj_param(m, 1), m->arg[k->stride].ints,
                 m->arg[k->padding].ints, extra, m->arg[k->groups].i, m->arg[k->dilation].ints);
    return out->t != NULL;
}

#define CONV_TRANSPOSE_ROW(n)                                                         \
    .source = "Zeiler et al. 2010",                                                   \
    .repr = "{in_channels}{out_channels}{kernel_size=}{stride=}{padding?}{dilation?}" \
            "{output_padding?}{groups?}{bias?}",                                      \
    .build = build, .forward = transpose_forward
ADJ_MODULE_AXES(
    ConvTranspose,
    "(in_channels: int[1,], out_channels: int[1,], kernel_size: ints, stride: ints = 1, "
    "padding: ints = 0, output_padding: ints = 0, groups: int[1,] = 1, bias: bool = True, "
    "dilation: ints = 1, padding_mode: str = 'zeros', dtype: dtype? = None)",
    "(input: tensor, output_size: ints? = None) -> tensor",
    "The derivative of Conv{1|2|3}d by its input as a layer, which enlarges: every element "
    "spreads over a kernel's places.\n"
    "shapes  (N, in_channels, {L|H, W|D, H, W}) or (in_channels, {L|H, W|D, H, W}) -> (N, "
    "out_channels, {L'|H', W'|D', H', W'}), each size (size - 1) stride - 2 padding + "
    "dilation (kernel - 1) + output_padding + 1; weight (in_channels, out_channels / groups, "
    "kernel), bias (out_channels)\n"
    "notes   output_size asks for one of the sizes that a stride makes possible, instead of "
    "output_padding\n"
    "errors  Value: channels that groups does not divide, an output_size out of reach; Shape: "
    "another number of channels",
    CONV_TRANSPOSE_ROW)
