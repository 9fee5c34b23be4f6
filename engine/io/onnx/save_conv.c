// SPDX-License-Identifier: Apache-2.0
// save_conv.c: convolution, pooling and recurrent ops of ours as nodes of ONNX.
#include "io/onnx/save.h"

// An argument that gives one number for all axes or one for each, for [n] axes.
static AdjShape each(const AdjStep *step, const char *name, int n)
{
    const AdjValue *v = adj_step_arg(step, name);
    AdjShape s = v ? v->ints : ADJ_SHAPE(0);
    for (int i = s.n; s.n == 1 && i < n; i++) s.at[i] = s.at[0];
    if (s.n == 1) s.n = n;
    return s;
}

static AdjLongs longs(const AdjShape *s)
{
    return (AdjLongs){s->n, s->at};
}

static AdjShape twice(AdjShape s)
{
    for (int i = 0; i < s.n; i++) s.at[s.n + i] = s.at[i];
    s.n *= 2;
    return s;
}

bool adj_onnx_save_convolution(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    int n = step->in[0]->ndim - 2;
    AdjShape kernel = {.n = n}, stride = each(step, "stride", n);
    AdjShape pads = twice(each(step, "padding", n)), dilation = each(step, "dilation", n);
    AdjShape more = each(step, "output_padding", n);
    bool back = adj_step_arg(step, "transposed")->b;
    for (int i = 0; i < n; i++) kernel.at[i] = step->in[1]->sizes[i + 2];
    AdjOnnxAttr attrs[7] = {
        ADJ_ATTR_INTS("kernel_shape", longs(&kernel)), ADJ_ATTR_INTS("strides", longs(&stride)),
        ADJ_ATTR_INTS("pads", longs(&pads)), ADJ_ATTR_INTS("dilations", longs(&dilation)),
        ADJ_ATTR_INT("group", adj_step_arg(step, "groups")->i)};
    if (back) attrs[5] = ADJ_ATTR_INTS("output_padding", longs(&more));
    const char *names[] = {in(s, step, 0), in(s, step, 1), in(s, step, 2)};
    return done(
        s, step,
        adj_onnx_node(s, back ? "ConvTranspose" : "Conv", step->in[2] ? 3 : 2, names, attrs));
}

// ONNX counts a place through the whole operand, ours through its plane. An operand without a
// batch gets one for the while.
static bool save_max_windows(AdjOnnxSaver *s, const AdjStep *step, int n,
                             const AdjOnnxAttr *attrs)
{
    int64_t plane = 1, zero = 0;
    bool alone = step->in[0]->ndim == n + 1;
    for (int i = 0; i < n; i++) plane *= step->in[0]->sizes[step->in[0]->ndim - n + i];
    const char *axis = ints(s, 1, &zero), *x = in(s, step, 0), *out[2];
    if (alone) x = two(s, "Unsqueeze", x, axis);
    bool places = !adj_onnx_is_dynamic(s);
    if (!adj_onnx_nodes(s, "MaxPool", 1, &x, attrs, places ? 2 : 1, out)) return false;
    if (places) out[1] = two(s, "Mod", out[1], adj_onnx_number(s, (double)plane, ADJ_I64));
    for (int k = 0; k <= places; k++) {
        const char *y = alone ? two(s, "Squeeze", out[k], axis) : out[k];
        if (!adj_onnx_bind(s, step->out[k], y)) return false;
    }
    return true;
}

bool adj_onnx_save_max_pool(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    AdjShape kernel = adj_step_arg(step, "kernel_size")->ints;
    int n = kernel.n;
    AdjShape stride = each(step, "stride", n), dilation = each(step, "dilation", n);
    AdjShape pads = twice(each(step, "padding", n));
    return save_max_windows(
        s, step, n,
        ADJ_ATTRS(ADJ_ATTR_INTS("kernel_shape", longs(&kernel)),
                  ADJ_ATTR_INTS("strides", longs(&stride)), ADJ_ATTR_INTS("pads", longs(&pads)),
                  ADJ_ATTR_INTS("dilations", longs(&dilation)),
                  ADJ_ATTR_INT("ceil_mode", adj_step_arg(step, "ceil_mode")->b)));
}

// Windows of one size where the sizes divide, else a table of their places.
bool adj_onnx_save_adaptive_max_pool(AdjOnnxSaver *s, const AdjOnnxRow *row,
                                     const AdjStep *step)
{
    (void)row;
    const AdjTensor *x = step->in[0], *y = step->out[0];
    AdjShape kernel = adj_step_arg(step, "output_size")->ints;
    for (int i = 0; i < kernel.n; i++) {
        int d = x->ndim - kernel.n + i;
        if (!y->sizes[d] || x->sizes[d] % y->sizes[d])
            return adj_onnx_save_greatest(s, step, kernel.n);
        kernel.at[i] = x->sizes[d] / y->sizes[d];
    }
    return save_max_windows(s, step, kernel.n,
                            ADJ_ATTRS(ADJ_ATTR_INTS("kernel_shape", longs(&kernel)),
                                      ADJ_ATTR_INTS("strides", longs(&kernel))));
}

static int axes_in_name(const AdjStep *step)
{
    return step->op->name[strlen(step->op->name) - 2] - '0';
}

static bool save_average(AdjOnnxSaver *s, const AdjStep *step, int n, const AdjOnnxAttr *attrs)
{
    int64_t zero = 0;
    bool alone = step->in[0]->ndim == n + 1;
    const char *x = in(s, step, 0), *axis = ints(s, 1, &zero);
    if (alone) x = two(s, "Unsqueeze", x, axis);
    x = adj_onnx_node(s, "AveragePool", ADJ_NAMES(x), attrs);
    return done(s, step, alone ? two(s, "Squeeze", x, axis) : x);
}

// A sum over a window is the average over a full one times its size: so that every window is
// full, what ceil_mode lets stick out is padding like the rest.
static bool save_divided(AdjOnnxSaver *s, const AdjStep *step, int n, int64_t divisor)
{
    const AdjTensor *x = step->in[0], *y = step->out[0];
    AdjShape kernel = each(step, "kernel_size", n), stride = each(step, "stride", n);
    AdjShape pads = twice(each(step, "padding", n));
    int64_t zero = 0, count = 1;
    bool alone = x->ndim == n + 1;
    if (stride.n <= 0) stride = kernel;
    for (int i = 0; i < n; i++) {
        int d = x->ndim - n + i;
        int64_t end = (y->sizes[d] - 1) * stride.at[i] + kernel.at[i];
        int64_t more = end - x->sizes[d] - 2 * pads.at[i];
        if (more > 0) pads.at[n + i] += more;
        count *= kernel.at[i];
    }
    const char *name = in(s, step, 0), *axis = ints(s, 1, &zero);
    if (alone) name = two(s, "Unsqueeze", name, axis);
    name = adj_onnx_node(s, "AveragePool", ADJ_NAMES(name),
                         ADJ_ATTRS(ADJ_ATTR_INTS("kernel_shape", longs(&kernel)),
                                   ADJ_ATTR_INTS("strides", longs(&stride)),
                                   ADJ_ATTR_INTS("pads", longs(&pads)),
                                   ADJ_ATTR_INT("count_include_pad", 1)));
    name = with(s, step, "Mul", name, (double)count / (double)divisor);
    return done(s, step, alone ? two(s, "Squeeze", name, axis) : name);
}

bool adj_onnx_save_avg_pool(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    int n = axes_in_name(step);
    const AdjValue *divisor = adj_step_arg(step, "divisor_override");
    if (divisor && divisor->i != ADJ_NO_INT) return save_divided(s, step, n, divisor->i);
    AdjShape kernel = each(step, "kernel_size", n), stride = each(step, "stride", n);
    AdjShape pads = twice(each(step, "padding", n));
    if (stride.n <= 0) stride = kernel;
    return save_average(s, step, n,
                        ADJ_ATTRS(ADJ_ATTR_INTS("kernel_shape", longs(&kernel)),
                                  ADJ_ATTR_INTS("strides", longs(&stride)),
                                  ADJ_ATTR_INTS("pads", longs(&pads)),
                                  ADJ_ATTR_INT("ceil_mode", adj_step_arg(step, "ceil_mode")->b),
                                  ADJ_ATTR_INT("count_include_pad",
                                               adj_step_arg(step, "count_include_pad")->b)));
}

// Windows of one size where the sizes divide, else a map for every axis.
bool adj_onnx_save_adaptive_avg_pool(AdjOnnxSaver *s, const AdjOnnxRow *row,
                                     const AdjStep *step)
{
    (void)row;
    int n = axes_in_name(step);
    const AdjTensor *x = step->in[0], *y = step->out[0];
    AdjShape kernel = {.n = n};
    bool all = true;
    for (int i = 0; i < n; i++) {
        int d = x->ndim - n + i;
        if (!y->sizes[d] || x->sizes[d] % y->sizes[d])
            return adj_onnx_save_uneven_averages(s, step, n);
        kernel.at[i] = x->sizes[d] / y->sizes[d];
        all &= y->sizes[d] == 1;
    }
    if (all && x->ndim == n + 2)
        return done(s, step, one(s, "GlobalAveragePool", in(s, step, 0)));
    return save_average(s, step, n,
                        ADJ_ATTRS(ADJ_ATTR_INTS("kernel_shape", longs(&kernel)),
                                  ADJ_ATTR_INTS("strides", longs(&kernel))));
}

// ---------------------------------------------------------------- recurrent layers

// Our gates in ONNX's order, with an axis for the direction before them.
static const char *gates(AdjOnnxSaver *s, const char *w, int64_t hidden, const int *order,
                         int n)
{
    const char *parts[4], *turned[4];
    int64_t sizes[4] = {hidden, hidden, hidden, hidden}, first = 0;
    const char *names[] = {w, n > 1 ? ints(s, n, sizes) : ""};
    const AdjOnnxAttr *axis = ADJ_ATTRS(ADJ_ATTR_INT("axis", 0));
    if (n > 1) {
        if (!adj_onnx_nodes(s, "Split", 2, names, axis, n, parts)) return NULL;
        for (int k = 0; k < n; k++) turned[k] = parts[order[k]];
        w = adj_onnx_node(s, "Concat", n, turned, axis);
    }
    return two(s, "Unsqueeze", w, ints(s, 1, &first));
}

// A first state of zeros is ONNX's own, for a batch of any size.
static const char *state(AdjOnnxSaver *s, const AdjStep *step, int i, const char *axis)
{
    if (adj_onnx_is_zeros(s, step->in[i])) return "";
    return two(s, "Unsqueeze", in(s, step, i), axis);
}

// [first] is the place of w_ih among the inputs; the states stand before it.
static bool save_recurrent(AdjOnnxSaver *s, const AdjStep *step, const char *type, int first,
                           const int *order, int n, AdjOnnxAttr own)
{
    if (adj_step_arg(step, "batch_sizes")->longs.n >= 0)
        return cannot(step, "packed sequences");
    int64_t hidden = step->in[first + 1]->sizes[1], zero = 0, way = 1;
    const char *axis = ints(s, 1, &zero), *across = ints(s, 1, &way), *out[3];
    const char *names[] = {in(s, step, 0),
                           gates(s, in(s, step, first), hidden, order, n),
                           gates(s, in(s, step, first + 1), hidden, order, n),
                           "",
                           "",
                           state(s, step, 1, axis),
                           first > 2 ? state(s, step, 2, axis) : ""};
    if (step->in[first + 2]) {
        const char *b1 = gates(s, in(s, step, first + 2), hidden, order, n);
        const char *b2 = gates(s, in(s, step, first + 3), hidden, order, n);
        names[3] =
            adj_onnx_node(s, "Concat", ADJ_NAMES(b1, b2), ADJ_ATTRS(ADJ_ATTR_INT("axis", 1)));
    }
    bool back = adj_step_arg(step, "reverse")->b;
    const AdjOnnxAttr attrs[] = {ADJ_ATTR_INT("hidden_size", hidden),
                                 ADJ_ATTR_STR("direction", back ? "reverse" : "forward"),
                                 own,
                                 {0}};
    int results = first > 2 ? 3 : 2;
    if (!adj_onnx_nodes(s, type, first > 2 ? 7 : 6, names, attrs, results, out)) return false;
    for (int k = 0; k < results; k++)
        if (!adj_onnx_bind(s, step->out[k], two(s, "Squeeze", out[k], k ? axis : across)))
            return false;
    return true;
}

// One step of a projected LSTM: [sums] is what the input gives the gates, [h] and [c] are the
// states before and after it, NULL for zeros.
static bool projected_step(AdjOnnxSaver *s, const AdjStep *step, const char *sums,
                           const char *w_hh, const char *w_hr, const char **h, const char **c)
{
    int64_t hidden = step->in[4]->sizes[0] / 4, sizes[] = {hidden, hidden, hidden, hidden};
    const char *gate[4];
    if (*h) sums = two(s, "Add", sums, two(s, "MatMul", *h, w_hh));
    const char *names[] = {sums, ints(s, 4, sizes)};
    if (!adj_onnx_nodes(s, "Split", 2, names, ADJ_ATTRS(ADJ_ATTR_INT("axis", -1)), 4, gate))
        return false;
    const char *in = two(s, "Mul", one(s, "Sigmoid", gate[0]), one(s, "Tanh", gate[2]));
    if (*c) in = two(s, "Add", two(s, "Mul", one(s, "Sigmoid", gate[1]), *c), in);
    *c = in;
    *h = two(s, "Mul", one(s, "Sigmoid", gate[3]), one(s, "Tanh", in));
    *h = two(s, "MatMul", *h, w_hr);
    return *h != NULL;
}

// ONNX's LSTM has no projection: the steps are written one after the other, for sequences of
// the length at hand.
static bool save_projected(AdjOnnxSaver *s, const AdjStep *step)
{
    ADJ_SCOPE;
    int64_t n = step->in[0]->sizes[0], zero = 0;
    const char **part = adj_scope_memory((size_t)n * sizeof *part), *w[3];
    int64_t *each_one = adj_scope_memory((size_t)n * sizeof *each_one);
    static const int place[] = {3, 4, 7};
    if (adj_step_arg(step, "batch_sizes")->longs.n >= 0)
        return cannot(step, "packed sequences");
    if (!part || !each_one) return false;
    for (int k = 0; k < 3; k++)
        w[k] = adj_onnx_node(s, "Transpose", ADJ_NAMES(in(s, step, place[k])), NULL);
    const char *sums = two(s, "MatMul", in(s, step, 0), w[0]), *axis = ints(s, 1, &zero);
    for (int k = 5; k < 7; k++)
        if (step->in[k]) sums = two(s, "Add", sums, in(s, step, k));
    for (int64_t t = 0; t < n; t++) each_one[t] = 1;
    const char *names[] = {sums, ints(s, n, each_one)};
    const AdjOnnxAttr *first = ADJ_ATTRS(ADJ_ATTR_INT("axis", 0));
    const char *h = adj_onnx_is_zeros(s, step->in[1]) ? NULL : in(s, step, 1);
    const char *c = adj_onnx_is_zeros(s, step->in[2]) ? NULL : in(s, step, 2);
    if (!adj_onnx_nodes(s, "Split", 2, names, first, (int)n, part)) return false;
    for (int64_t i = 0; i < n; i++) {
        int64_t t = adj_step_arg(step, "reverse")->b ? n - 1 - i : i;
        sums = two(s, "Squeeze", part[t], axis);
        if (!projected_step(s, step, sums, w[1], w[2], &h, &c)) return false;
        part[t] = two(s, "Unsqueeze", h, axis);
    }
    return done(s, step, adj_onnx_node(s, "Concat", (int)n, part, first)) &&
           adj_onnx_bind(s, step->out[1], h) && adj_onnx_bind(s, step->out[2], c);
}

bool adj_onnx_save_lstm_layer(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    static const int order[] = {0, 3, 1, 2};
    if (step->in[7]) return save_projected(s, step);
    return save_recurrent(s, step, "LSTM", 3, order, 4, (AdjOnnxAttr){0});
}

bool adj_onnx_save_gru_layer(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    static const int order[] = {1, 0, 2};
    return save_recurrent(s, step, "GRU", 2, order, 3, ADJ_ATTR_INT("linear_before_reset", 1));
}

bool adj_onnx_save_rnn_layer(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    static const int order[] = {0};
    bool relu = !strcmp(adj_step_arg(step, "nonlinearity")->s, "relu");
    return save_recurrent(s, step, "RNN", 2, order, 1,
                          ADJ_ATTR_STRS("activations", relu ? "Relu" : "Tanh"));
}
