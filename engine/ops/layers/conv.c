// SPDX-License-Identifier: Apache-2.0
// conv.c: convolutions over one, two and three axes, and transposed ones.
//
// Three sums are each other's derivatives: with the form
//     T(x, w, y) = sum over n, o, i, p, t of w[o, i, t] x[n, i, p stride + t dilation - pad]
//                  y[n, o, p],
// the convolution is dT/dy, the transposed convolution dT/dx, and convolution_weight dT/dw.
// T is linear in each of its three arguments, so the derivative of any of the three by any of
// its inputs is another of the three: these two rows differentiate to every order.
#include "cpu/conv.h"
#include "ops/layers/spatial.h"
#include "ops/shape/view.h"

// ---------------------------------------------------------------- sizes

// Hyperparameters with a number for each axis.
typedef struct {
    int n;
    AdjShape stride, padding, dilation, output_padding;
    int64_t groups;
} Way;

static bool all_at_least(AdjShape s, int64_t low)
{
    for (int i = 0; i < s.n; i++)
        if (s.at[i] < low) return false;
    return true;
}

static bool check_way(Way *v)
{
    if (!adj_spatial(&v->stride, v->n, "stride") ||
        !adj_spatial(&v->padding, v->n, "padding") ||
        !adj_spatial(&v->dilation, v->n, "dilation") ||
        !adj_spatial(&v->output_padding, v->n, "output_padding"))
        return false;
    if (v->groups < 1)
        return adj_fail(ADJ_E_RUNTIME, "convolution: non-positive groups is not supported");
    if (v->groups > INT32_MAX)
        return adj_fail(ADJ_E_VALUE, "convolution: %lld groups are too many",
                        (long long)v->groups);
    if (!all_at_least(v->padding, 0))
        return adj_fail(ADJ_E_RUNTIME, "convolution: negative padding is not supported");
    if (!all_at_least(v->output_padding, 0))
        return adj_fail(ADJ_E_RUNTIME, "convolution: negative output_padding is not supported");
    if (!all_at_least(v->stride, 1))
        return adj_fail(ADJ_E_RUNTIME, "convolution: non-positive stride is not supported");
    if (all_at_least(v->dilation, 1)) return true;
    return adj_fail(ADJ_E_RUNTIME,
                    "convolution: dilation should be greater than zero, but got %s",
                    adj_spatial_text(v->dilation.at, v->n));
}

// The part of the sizes that the sums see; axes missing before the first are of size 1.
static AdjConv describe(const Way *v, AdjDtype dtype)
{
    AdjConv c = {.dtype = dtype, .groups = v->groups};
    for (int a = 0; a < 3; a++) {
        int i = a - (3 - v->n);
        c.in[a] = c.out[a] = c.kernel[a] = c.stride[a] = c.dilation[a] = 1;
        c.pad[a] = 0;
        if (i < 0) continue;
        c.stride[a] = v->stride.at[i];
        c.pad[a] = v->padding.at[i];
        c.dilation[a] = v->dilation.at[i];
    }
    return c;
}

static void set_axes(int64_t *to, AdjShape s, int n)
{
    for (int i = 0; i < n; i++) to[3 - n + i] = s.at[s.n - n + i];
}

// A single place is reached whatever the stride is, a single kernel position whatever the
// dilation is; 1 keeps the kernels from looking for more.
static void drop_idle(AdjConv *c)
{
    for (int a = 0; a < 3; a++) {
        if (c->out[a] == 1) c->stride[a] = 1;
        if (c->kernel[a] == 1) c->dilation[a] = 1;
    }
}

static bool check_operands(AdjTensor *x, AdjTensor *w, AdjTensor *bias, const Way *v,
                           bool transposed)
{
    const char *weight = adj_list_text(adj_shape(w)), *input = adj_list_text(adj_shape(x));
    int64_t groups = v->groups, in = transposed ? w->sizes[0] : w->sizes[1] * groups;
    int64_t out = transposed ? w->sizes[1] * groups : w->sizes[0];
    if (w->sizes[0] < groups) {
        return adj_fail(
            ADJ_E_SHAPE,
            "convolution: Given groups=%lld, expected weight to be at least %lld at dimension "
            "0, but got weight of size %s instead",
            (long long)groups, (long long)groups, weight);
    }
    if (w->sizes[0] % groups) {
        return adj_fail(
            ADJ_E_SHAPE,
            "convolution: Given groups=%lld, expected weight to be divisible by %lld at "
            "dimension 0, but got weight of size %s instead",
            (long long)groups, (long long)groups, weight);
    }
    if (x->sizes[1] != in) {
        return adj_fail(
            ADJ_E_SHAPE,
            "convolution: Given %s=%lld, weight of size %s, expected input%s to have %lld "
            "channels, but got %lld channels instead",
            transposed ? "transposed" : "groups", (long long)(transposed ? 1 : groups), weight,
            input, (long long)in, (long long)x->sizes[1]);
    }
    if (bias && (bias->ndim != 1 || bias->sizes[0] != out)) {
        return adj_fail(
            ADJ_E_SHAPE,
            "convolution: Given %s=%lld, weight of size %s, expected bias to be 1-dimensional "
            "with %lld elements, but got bias of size %s instead",
            transposed ? "transposed" : "groups", (long long)(transposed ? 1 : groups), weight,
            (long long)out, adj_list_text(adj_shape(bias)));
    }
    return true;
}

static bool check_types(const AdjTensor *x, const AdjTensor *w, const AdjTensor *bias)
{
    const AdjTensor *other = x->dtype != w->dtype ? w : bias;
    if (!adj_is_float(x)) {
        return adj_fail(ADJ_E_DTYPE, "convolution: not implemented for %s",
                        adj_dtype_name((AdjDtype)x->dtype));
    }
    if (!other || other->dtype == x->dtype) return true;
    return adj_fail(ADJ_E_DTYPE,
                    "convolution: Input type (%s) and %s type (%s) should be the same",
                    adj_dtype_name((AdjDtype)x->dtype), other == w ? "weight" : "bias",
                    adj_dtype_name((AdjDtype)other->dtype));
}

// The sizes of a convolution's result; an error when the kernel does not fit.
static bool result_sizes(const AdjConv *c, const Way *v, int64_t *out)
{
    int64_t padded[3], kernel[3];
    bool fits = true;
    for (int a = 0; a < 3; a++) {
        padded[a] = c->in[a] + 2 * c->pad[a];
        kernel[a] = c->dilation[a] * (c->kernel[a] - 1) + 1;
        fits &= kernel[a] <= padded[a];
        out[a] = fits ? (padded[a] - kernel[a]) / c->stride[a] + 1 : 0;
    }
    if (fits) return true;
    return adj_fail(
        ADJ_E_SHAPE,
        "convolution: Calculated padded input size per channel: %s. Kernel size: %s. Kernel "
        "size can't be greater than actual input size",
        adj_times_text(padded + 3 - v->n, v->n), adj_times_text(kernel + 3 - v->n, v->n));
}

// The sizes of a transposed convolution's result, c->in from c->out.
static bool transposed_sizes(AdjConv *c, const Way *v)
{
    bool fits = true;
    for (int a = 0; a < 3; a++) {
        int i = a - (3 - v->n);
        int64_t extra = i < 0 ? 0 : v->output_padding.at[i];
        if (extra && extra >= c->stride[a] && extra >= c->dilation[a]) {
            return adj_fail(
                ADJ_E_RUNTIME,
                "convolution: output padding must be smaller than either stride or dilation, "
                "but got output_padding %s, stride %s, dilation %s",
                adj_spatial_text(v->output_padding.at, v->n),
                adj_spatial_text(v->stride.at, v->n), adj_spatial_text(v->dilation.at, v->n));
        }
        c->in[a] = (c->out[a] - 1) * c->stride[a] - 2 * c->pad[a] +
                   c->dilation[a] * (c->kernel[a] - 1) + extra + 1;
        fits &= c->in[a] > 0;
    }
    if (fits) return true;
    return adj_fail(
        ADJ_E_SHAPE,
        "convolution: Given input size per channel: %s. Calculated output size per channel: "
        "%s. Output size is too small",
        adj_times_text(c->out + 3 - v->n, v->n), adj_times_text(c->in + 3 - v->n, v->n));
}

// ---------------------------------------------------------------- the sums

// The type that kernels compute in.
static AdjDtype compute_type(const AdjTensor *x)
{
    return x->dtype == ADJ_F64 ? ADJ_F64 : ADJ_F32;
}

static AdjShape with_axes(int64_t n, int64_t channels, const int64_t *axes, int count)
{
    AdjShape s = {.n = count + 2, .at = {n, channels}};
    for (int i = 0; i < count; i++) s.at[2 + i] = axes[3 - count + i];
    return s;
}

static AdjTensor *run(const AdjConv *c, bool transposed, AdjShape shape, AdjTensor *x,
                      AdjTensor *w, AdjTensor *bias)
{
    AdjTensor *y = adj_new(shape, c->dtype), *source = adj_dense(x, c->dtype);
    AdjTensor *weight = adj_dense(w, c->dtype);
    AdjTensor *b = bias ? adj_dense(bias, c->dtype) : NULL;
    if (!y || !source || !weight || (bias && !b)) return NULL;
    bool ok = true;
    if (y->numel)
        ok = (transposed ? adj_conv_back : adj_conv_forward)(
            c, adj_ptr(source), adj_ptr(weight), b ? adj_ptr(b) : NULL, adj_ptr(y));
    return ok ? adj_to(y, (AdjDtype)x->dtype) : NULL;
}

static Way way_of(const AdjValue *arg, int n, int64_t groups, AdjShape output_padding)
{
    Way v = {n, arg[0].ints, arg[1].ints, arg[2].ints, output_padding, groups};
    adj_spatial(&v.stride, n, "stride");
    adj_spatial(&v.padding, n, "padding");
    adj_spatial(&v.dilation, n, "dilation");
    return v;
}

// y of size [size] from a result that may be larger, where a transposed convolution was padded
// by a stride or more.
static AdjTensor *cut(AdjTensor *y, AdjShape size, int n)
{
    for (int d = size.n - n; y && d < size.n; d++)
        if (y->sizes[d] > size.at[d]) y = adj_narrow(y, d, 0, size.at[d]);
    return y;
}

// dT/dx of the given size.
static AdjTensor *spread(AdjTensor *y, AdjTensor *w, const Way *v, AdjShape size)
{
    AdjShape extra = adj_repeat_size(0, v->n);
    for (int i = 0; y && w && i < v->n; i++)
        extra.at[i] = size.at[size.n - v->n + i] -
                      ((y->sizes[2 + i] - 1) * v->stride.at[i] - 2 * v->padding.at[i] +
                       v->dilation.at[i] * (w->sizes[2 + i] - 1) + 1);
    return adj_convolution(y, w, NULL, v->stride, v->padding, v->dilation, true, extra,
                           v->groups);
}

// dT/dy of the given size.
static AdjTensor *gather(AdjTensor *x, AdjTensor *w, const Way *v, AdjShape size)
{
    AdjTensor *y = adj_convolution(x, w, NULL, v->stride, v->padding, v->dilation, false,
                                   ADJ_SHAPE(0), v->groups);
    return cut(y, size, v->n);
}

static void convolution_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjTensor *x = adj_saved_in(n, 0), *w = adj_saved_in(n, 1);
    bool transposed = n->arg[3].b;
    if (!x || !w) return;
    Way v = way_of(n->arg, x->ndim - 2, n->arg[5].i, ADJ_SHAPE(0));
    AdjShape kernel = adj_shape_from(n->in[1].shape, 2);
    if (adj_wants(n, 0))
        dx[0] = transposed ? gather(dy[0], w, &v, n->in[0].shape)
                           : spread(dy[0], w, &v, n->in[0].shape);
    if (adj_wants(n, 1))
        dx[1] = adj_convolution_weight(transposed ? dy[0] : x, transposed ? x : dy[0], kernel,
                                       v.stride, v.padding, v.dilation, v.groups);
    if (n->n_in > 2 && adj_wants(n, 2)) {
        AdjShape dims = {.n = 0};
        for (int d = 0; d < x->ndim; d++)
            if (d != 1) dims.at[dims.n++] = d;
        dx[2] = adj_sum(dy[0], dims, false, ADJ_SAME);
    }
}

ADJ_OP(convolution,
       "(input: tensor, weight: tensor, bias: tensor?, stride: sizes, padding: sizes, "
       "dilation: sizes, transposed: bool, output_padding: sizes, groups: int) -> tensor",
       "y[n, o, p] = bias[o] + sum over i, t of weight[o, i, t] input[n, i, p stride + t "
       "dilation - padding] over one to three axes; transposed, the derivative of that by its "
       "input.\n"
       "shapes  input (N, C, ...), weight (O, C / groups, ...) or transposed (C, O / groups, "
       "...), bias (O) -> (N, O, ...)\n"
       "errors  Shape: channels that do not match, a kernel larger than the padded input; "
       "Runtime: stride or dilation below 1, negative padding",
       .vjp = convolution_vjp, .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_IN(1), .no_method = true,
       .source = "LeCun et al. 1989; transposed: Zeiler et al. 2010", .hosted = true)
AdjTensor *op_convolution(AdjTensor *input, AdjTensor *weight, AdjTensor *bias, AdjShape stride,
                          AdjShape padding, AdjShape dilation, bool transposed,
                          AdjShape output_padding, int64_t groups)
{
    Way v = {input->ndim - 2, stride, padding, dilation, output_padding, groups};
    if (v.n < 1 || v.n > 3 || weight->ndim != input->ndim) {
        return adj_fail(ADJ_E_SHAPE,
                        "convolution: expected input and weight with as many axes, 3 to 5, got "
                        "input %s and weight %s",
                        adj_list_text(adj_shape(input)), adj_list_text(adj_shape(weight)));
    }
    if (!check_way(&v) || !check_operands(input, weight, bias, &v, transposed) ||
        !check_types(input, weight, bias))
        return NULL;
    AdjConv c = describe(&v, compute_type(input));
    int64_t channels = transposed ? weight->sizes[1] * groups : weight->sizes[0];
    c.n = input->sizes[0];
    c.in_channels = transposed ? channels : input->sizes[1];
    c.out_channels = transposed ? input->sizes[1] : channels;
    set_axes(c.kernel, adj_shape(weight), v.n);
    set_axes(transposed ? c.out : c.in, adj_shape(input), v.n);
    if (!(transposed ? transposed_sizes(&c, &v) : result_sizes(&c, &v, c.out))) return NULL;
    drop_idle(&c);
    AdjShape shape = with_axes(c.n, channels, transposed ? c.in : c.out, v.n);
    return run(&c, transposed, shape, input, weight, bias);
}

static void convolution_weight_vjp(AdjNode *n, AdjTensor *const *dw, AdjTensor **dx)
{
    AdjTensor *x = adj_saved_in(n, 0), *y = adj_saved_in(n, 1);
    if (!x || !y) return;
    Way v = way_of(n->arg + 1, x->ndim - 2, n->arg[4].i, ADJ_SHAPE(0));
    if (adj_wants(n, 0)) dx[0] = spread(y, dw[0], &v, n->in[0].shape);
    if (adj_wants(n, 1)) dx[1] = gather(x, dw[0], &v, n->in[1].shape);
}

ADJ_OP(convolution_weight,
       "(input: tensor, grad_output: tensor, kernel_size: ints, stride: sizes, padding: sizes, "
       "dilation: sizes, groups: int) -> tensor",
       "The derivative of a convolution by its weight: w[o, i, t] = sum over n, p of "
       "grad_output[n, o, p] input[n, i, p stride + t dilation - padding].\n"
       "shapes  (N, C, ...), (N, O, ...) -> (O, C / groups, kernel_size)\n"
       "errors  Shape: as many axes as kernel_size has, plus two",
       .vjp = convolution_weight_vjp, .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_IN(1),
       .torch = "Convolution", .no_method = true, .hosted = true)
AdjTensor *op_convolution_weight(AdjTensor *input, AdjTensor *grad_output, AdjShape kernel_size,
                                 AdjShape stride, AdjShape padding, AdjShape dilation,
                                 int64_t groups)
{
    Way v = {kernel_size.n, stride, padding, dilation, ADJ_SHAPE(0), groups};
    if (v.n < 1 || v.n > 3 || input->ndim != v.n + 2 || grad_output->ndim != v.n + 2 ||
        groups < 1 || input->sizes[1] % groups || grad_output->sizes[1] % groups ||
        input->sizes[0] != grad_output->sizes[0]) {
        return adj_fail(ADJ_E_SHAPE,
                        "convolution_weight: kernel_size %s and groups %lld do not fit input "
                        "%s and grad_output %s",
                        adj_shape_text(kernel_size), (long long)groups,
                        adj_shape_text(adj_shape(input)),
                        adj_shape_text(adj_shape(grad_output)));
    }
    if (!check_way(&v) || !check_types(input, grad_output, NULL)) return NULL;
    AdjConv c = describe(&v, compute_type(input));
    c.n = input->sizes[0];
    c.in_channels = input->sizes[1];
    c.out_channels = grad_output->sizes[1];
    set_axes(c.kernel, kernel_size, v.n);
    set_axes(c.in, adj_shape(input), v.n);
    set_axes(c.out, adj_shape(grad_output), v.n);
    drop_idle(&c);
    AdjShape shape = with_axes(c.out_channels, c.in_channels / groups, c.kernel, v.n);
    AdjTensor *w = adj_zeros(shape, c.dtype), *x = adj_dense(input, c.dtype),
              *y = adj_dense(grad_output, c.dtype);
    if (!w || !x || !y) return NULL;
    bool some = w->numel && x->numel && y->numel;
    if (some && !adj_conv_weight(&c, adj_ptr(x), adj_ptr(y), adj_ptr(w))) return NULL;
    return adj_to(w, (AdjDtype)input->dtype);
}

// ---------------------------------------------------------------- the functions

// Adds what 'same' asks for on one side more than on the other, and gives the rest as padding.
static AdjTensor *pad_same(AdjTensor *x, const AdjTensor *w, const Way *v, AdjShape *padding)
{
    int64_t more[6] = {0};
    bool uneven = false;
    *padding = adj_repeat_size(0, v->n);
    for (int i = 0; i < v->n; i++) {
        int64_t total = v->dilation.at[i] * (w->sizes[2 + i] - 1);
        padding->at[i] = total / 2;
        more[2 * (v->n - 1 - i) + 1] = total % 2;
        uneven |= total % 2;
    }
    return uneven ? adj_constant_pad_nd(x, (AdjLongs){2 * v->n, more}, ADJ_I(0)) : x;
}

static AdjTensor *conv(int n, AdjTensor *input, AdjTensor *weight, AdjTensor *bias,
                       AdjShape stride, AdjShape padding, AdjShape dilation, int64_t groups)
{
    bool added;
    AdjTensor *x = adj_batched(input, n, adj_op_name(), &added);
    if (!x) return NULL;
    if (padding.n == ADJ_PAD_VALID.n) padding = ADJ_SHAPE(0);
    if (padding.n == ADJ_PAD_SAME.n) {
        Way v = {n, stride, ADJ_SHAPE(0), dilation, ADJ_SHAPE(0), groups};
        if (!check_way(&v)) return NULL;
        for (int i = 0; i < n; i++)
            if (v.stride.at[i] != 1)
                return adj_fail(
                    ADJ_E_RUNTIME,
                    "convolution: padding='same' is not supported for strided convolutions");
        if (weight->ndim == n + 2) x = pad_same(x, weight, &v, &padding);
    }
    AdjTensor *y = adj_convolution(x, weight, bias, stride, padding, dilation, false,
                                   ADJ_SHAPE(0), groups);
    return adj_unbatched(y, added);
}

static AdjTensor *conv_transpose(int n, AdjTensor *input, AdjTensor *weight, AdjTensor *bias,
                                 AdjShape stride, AdjShape padding, AdjShape output_padding,
                                 int64_t groups, AdjShape dilation)
{
    bool added;
    AdjTensor *x = adj_batched(input, n, adj_op_name(), &added);
    AdjTensor *y = adj_convolution(x, weight, bias, stride, padding, dilation, true,
                                   output_padding, groups);
    return adj_unbatched(y, added);
}

ADJ_OP(conv1d,
       "(input: tensor, weight: tensor, bias: tensor? = None, stride: sizes = 1, padding: "
       "padding = 0, dilation: sizes = 1, groups: int = 1) -> tensor",
       "Slides weight over one axis of input: convolution.\n"
       "shapes  input (N, C, L) or (C, L), weight (O, C / groups, kernel), bias "
       "(O) -> (N, O, L'), each size (size + 2 padding - dilation (kernel - 1) - 1) / stride "
       "+ 1, rounded down\n"
       "notes   padding 'same' keeps the size, 'valid' is 0\n"
       "errors  Shape: channels that do not match, a kernel larger than the padded input; "
       "Runtime: a stride with 'same'",
       .no_method = true)
AdjTensor *op_conv1d(AdjTensor *input, AdjTensor *weight, AdjTensor *bias, AdjShape stride,
                     AdjShape padding, AdjShape dilation, int64_t groups)
{
    return conv(1, input, weight, bias, stride, padding, dilation, groups);
}

ADJ_OP(
    conv2d,
    "(input: tensor, weight: tensor, bias: tensor? = None, stride: sizes = 1, padding: "
    "padding = 0, dilation: sizes = 1, groups: int = 1) -> tensor",
    "Slides weight over two axes of input: convolution.\n"
    "shapes  input (N, C, H, W) or (C, H, W), weight (O, C / groups, kernel), bias "
    "(O) -> (N, O, H', W'), each size (size + 2 padding - dilation (kernel - 1) - 1) / stride "
    "+ 1, rounded down\n"
    "notes   padding 'same' keeps the size, 'valid' is 0\n"
    "errors  Shape: channels that do not match, a kernel larger than the padded input; "
    "Runtime: a stride with 'same'",
    .no_method = true)
AdjTensor *op_conv2d(AdjTensor *input, AdjTensor *weight, AdjTensor *bias, AdjShape stride,
                     AdjShape padding, AdjShape dilation, int64_t groups)
{
    return conv(2, input, weight, bias, stride, padding, dilation, groups);
}

ADJ_OP(conv3d,
       "(input: tensor, weight: tensor, bias: tensor? = None, stride: sizes = 1, padding: "
       "padding = 0, dilation: sizes = 1, groups: int = 1) -> tensor",
       "Slides weight over three axes of input: convolution.\n"
       "shapes  input (N, C, D, H, W) or (C, D, H, W), weight (O, C / groups, kernel), bias "
       "(O) -> (N, O, D', H', W'), each size (size + 2 padding - dilation (kernel - 1) - 1) / "
       "stride "
       "+ 1, rounded down\n"
       "notes   padding 'same' keeps the size, 'valid' is 0\n"
       "errors  Shape: channels that do not match, a kernel larger than the padded input; "
       "Runtime: a stride with 'same'",
       .no_method = true)
AdjTensor *op_conv3d(AdjTensor *input, AdjTensor *weight, AdjTensor *bias, AdjShape stride,
                     AdjShape padding, AdjShape dilation, int64_t groups)
{
    return conv(3, input, weight, bias, stride, padding, dilation, groups);
}

ADJ_OP(
    conv_transpose1d,
    "(input: tensor, weight: tensor, bias: tensor? = None, stride: sizes = 1, padding: sizes "
    "= 0, output_padding: sizes = 0, groups: int = 1, dilation: sizes = 1) -> tensor",
    "The derivative of conv1d by its input, which enlarges: every element spreads over the "
    "places that weight has.\n"
    "shapes  input (N, C, L) or (C, L), weight (C, O / groups, kernel), bias "
    "(O) -> (N, O, L'), each size (size - 1) stride - 2 padding + dilation (kernel - 1) + "
    "output_padding + 1\n"
    "errors  Shape: channels that do not match; Runtime: output_padding not below stride or "
    "dilation",
    .no_method = true)
AdjTensor *op_conv_transpose1d(AdjTensor *input, AdjTensor *weight, AdjTensor *bias,
                               AdjShape stride, AdjShape padding, AdjShape output_padding,
                               int64_t groups, AdjShape dilation)
{
    return conv_transpose(1, input, weight, bias, stride, padding, output_padding, groups,
                          dilation);
}

ADJ_OP(
    conv_transpose2d,
    "(input: tensor, weight: tensor, bias: tensor? = None, stride: sizes = 1, padding: sizes "
    "= 0, output_padding: sizes = 0, groups: int = 1, dilation: sizes = 1) -> tensor",
    "The derivative of conv2d by its input, which enlarges: every element spreads over the "
    "places that weight has.\n"
    "shapes  input (N, C, H, W) or (C, H, W), weight (C, O / groups, kernel), bias "
    "(O) -> (N, O, H', W'), each size (size - 1) stride - 2 padding + dilation (kernel - 1) + "
    "output_padding + 1\n"
    "errors  Shape: channels that do not match; Runtime: output_padding not below stride or "
    "dilation",
    .no_method = true)
AdjTensor *op_conv_transpose2d(AdjTensor *input, AdjTensor *weight, AdjTensor *bias,
                               AdjShape stride, AdjShape padding, AdjShape output_padding,
                               int64_t groups, AdjShape dilation)
{
    return conv_transpose(2, input, weight, bias, stride, padding, output_padding, groups,
                          dilation);
}

ADJ_OP(
    conv_transpose3d,
    "(input: tensor, weight: tensor, bias: tensor? = None, stride: sizes = 1, padding: sizes "
    "= 0, output_padding: sizes = 0, groups: int = 1, dilation: sizes = 1) -> tensor",
    "The derivative of conv3d by its input, which enlarges: every element spreads over the "
    "places that weight has.\n"
    "shapes  input (N, C, D, H, W) or (C, D, H, W), weight (C, O / groups, kernel), bias "
    "(O) -> (N, O, D', H', W'), each size (size - 1) stride - 2 padding + dilation (kernel - "
    "1) + "
    "output_padding + 1\n"
    "errors  Shape: channels that do not match; Runtime: output_padding not below stride or "
    "dilation",
    .no_method = true)
AdjTensor *op_conv_transpose3d(AdjTensor *input, AdjTensor *weight, AdjTensor *bias,
                               AdjShape stride, AdjShape padding, AdjShape output_padding,
                               int64_t groups, AdjShape dilation)
{
    return conv_transpose(3, input, weight, bias, stride, padding, output_padding, groups,
                          dilation);
}
