// SPDX-License-Identifier: Apache-2.0
// save_shape.c: ops of ours that rearrange and choose elements as nodes of ONNX.
#include "io/onnx/save.h"

static int64_t dim_of(const AdjStep *step, const char *name, int ndim)
{
    int64_t dim = adj_step_arg(step, name)->i;
    return dim < 0 ? dim + ndim : dim;
}

// ---------------------------------------------------------------- shapes

// The result's shape, leaving open what can be: leading axes that the operand has too are
// copied from it (0), and of those between them and common last axes, the first is what remains
// (-1).
static void open_shape(const AdjTensor *x, const AdjTensor *y, int64_t *shape)
{
    int first = 0, last = 0;
    while (first < x->ndim && first < y->ndim && x->sizes[first] == y->sizes[first]) first++;
    while (last < x->ndim - first && last < y->ndim - first &&
           x->sizes[x->ndim - 1 - last] == y->sizes[y->ndim - 1 - last])
        last++;
    for (int d = 0; d < y->ndim; d++) shape[d] = d < first ? 0 : y->sizes[d];
    if (first < y->ndim - last) shape[first] = -1;
}

bool adj_onnx_save_reshape(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    int64_t shape[ADJ_MAX_DIMS];
    const AdjTensor *y = step->out[0];
    memcpy(shape, y->sizes, sizeof shape);
    if (adj_onnx_is_dynamic(s) && y->numel) open_shape(step->in[0], y, shape);
    if (!y->numel) return cannot(step, "no elements");
    return done(s, step, two(s, "Reshape", in(s, step, 0), ints(s, y->ndim, shape)));
}

static bool save_permuted(AdjOnnxSaver *s, const AdjStep *step, const int64_t *order)
{
    AdjLongs perm = {step->in[0]->ndim, order};
    return done(s, step,
                adj_onnx_node(s, "Transpose", ADJ_NAMES(in(s, step, 0)),
                              ADJ_ATTRS(ADJ_ATTR_INTS("perm", perm))));
}

bool adj_onnx_save_permute(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    AdjShape order = adj_step_arg(step, "dims")->ints;
    for (int d = 0; d < order.n; d++)
        if (order.at[d] < 0) order.at[d] += order.n;
    return save_permuted(s, step, order.at);
}

static bool save_swapped(AdjOnnxSaver *s, const AdjStep *step, int64_t a, int64_t b)
{
    int64_t order[ADJ_MAX_DIMS];
    int n = step->in[0]->ndim;
    if (n < 2) return done(s, step, in(s, step, 0));
    for (int d = 0; d < n; d++) order[d] = d == a ? b : d == b ? a : d;
    return save_permuted(s, step, order);
}

bool adj_onnx_save_transpose(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    int n = step->in[0]->ndim;
    return save_swapped(s, step, dim_of(step, "dim0", n), dim_of(step, "dim1", n));
}

bool adj_onnx_save_t(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_swapped(s, step, 0, 1);
}

// Of the axes asked for, those that were of size 1.
bool adj_onnx_save_squeeze(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    AdjShape dims = adj_step_arg(step, "dim")->ints;
    const AdjTensor *x = step->in[0];
    int64_t axes[ADJ_MAX_DIMS];
    int n = 0;
    for (int d = 0; d < x->ndim; d++) {
        bool asked = dims.n < 0;
        for (int i = 0; i < dims.n; i++) asked |= dims.at[i] == d || dims.at[i] + x->ndim == d;
        if (asked && x->sizes[d] == 1) axes[n++] = d;
    }
    if (n == 0) return done(s, step, in(s, step, 0));
    return done(s, step, two(s, "Squeeze", in(s, step, 0), ints(s, n, axes)));
}

bool adj_onnx_save_unsqueeze(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    int64_t axis = adj_step_arg(step, "dim")->i;
    return done(s, step, two(s, "Unsqueeze", in(s, step, 0), ints(s, 1, &axis)));
}

// An axis that keeps its size is given as 1, which leaves it as it is.
bool adj_onnx_save_expand(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    const AdjTensor *x = step->in[0], *y = step->out[0];
    int64_t shape[ADJ_MAX_DIMS];
    for (int d = 0; d < y->ndim; d++) {
        int from = d - (y->ndim - x->ndim);
        shape[d] = from >= 0 && x->sizes[from] == y->sizes[d] ? 1 : y->sizes[d];
    }
    return done(s, step, two(s, "Expand", in(s, step, 0), ints(s, y->ndim, shape)));
}

bool adj_onnx_save_repeat(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    const AdjValue *repeats = adj_step_arg(step, "repeats");
    AdjShape by = (repeats ? repeats : adj_step_arg(step, "dims"))->ints;
    const AdjTensor *x = step->in[0];
    int n = by.n > x->ndim ? by.n : x->ndim, more = n - x->ndim;
    int64_t axes[ADJ_MAX_DIMS], times[ADJ_MAX_DIMS];
    for (int d = 0; d < n; d++) {
        axes[d] = d;
        times[d] = d < n - by.n ? 1 : by.at[d - (n - by.n)];
    }
    const char *name = in(s, step, 0);
    if (more) name = two(s, "Unsqueeze", name, ints(s, more, axes));
    return done(s, step, two(s, "Tile", name, ints(s, n, times)));
}

// ---------------------------------------------------------------- joining and splitting

static bool save_joined(AdjOnnxSaver *s, const AdjStep *step, bool stack)
{
    ADJ_SCOPE;
    const char **names = adj_scope_memory((size_t)(step->n_in + 1) * sizeof *names);
    int64_t axis = dim_of(step, "dim", step->out[0]->ndim);
    int n = 0;
    for (int i = 0; names && i < step->n_in; i++) {
        if (!stack && step->in[i]->ndim == 1 && step->in[i]->numel == 0) continue;  // joins all
        names[n] = adj_onnx_name_as(s, step->in[i], (AdjDtype)step->out[0]->dtype);
        if (stack) names[n] = two(s, "Unsqueeze", names[n], ints(s, 1, &axis));
        n++;
    }
    return names &&
           done(s, step,
                adj_onnx_node(s, "Concat", n, names, ADJ_ATTRS(ADJ_ATTR_INT("axis", axis))));
}

bool adj_onnx_save_cat(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_joined(s, step, false);
}

bool adj_onnx_save_stack(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_joined(s, step, true);
}

static bool save_parts(AdjOnnxSaver *s, const AdjStep *step, bool drop_axis)
{
    ADJ_SCOPE;
    int n = step->n_out;
    int64_t axis = dim_of(step, "dim", step->in[0]->ndim);
    const char **out = adj_scope_memory((size_t)n * sizeof *out);
    int64_t *sizes = adj_scope_memory((size_t)n * sizeof *sizes);
    if (!out || !sizes) return false;
    for (int i = 0; i < n; i++) sizes[i] = drop_axis ? 1 : step->out[i]->sizes[axis];
    const char *names[] = {in(s, step, 0), ints(s, n, sizes)};
    const AdjOnnxAttr *attrs = ADJ_ATTRS(ADJ_ATTR_INT("axis", axis));
    if (!adj_onnx_nodes(s, "Split", 2, names, attrs, n, out)) return false;
    for (int i = 0; i < n; i++) {
        if (drop_axis) out[i] = two(s, "Squeeze", out[i], ints(s, 1, &axis));
        if (!adj_onnx_bind(s, step->out[i], out[i])) return false;
    }
    return true;
}

bool adj_onnx_save_split(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_parts(s, step, false);
}

bool adj_onnx_save_unbind(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_parts(s, step, true);
}

// ---------------------------------------------------------------- parts

static const char *sliced(AdjOnnxSaver *s, const char *x, int64_t axis, int64_t start,
                          int64_t end, int64_t by)
{
    const char *names[] = {x, ints(s, 1, &start), ints(s, 1, &end), ints(s, 1, &axis),
                           ints(s, 1, &by)};
    return adj_onnx_node(s, "Slice", 5, names, NULL);
}

bool adj_onnx_save_slice(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    int64_t start = adj_step_arg(step, "start")->i, end = adj_step_arg(step, "end")->i;
    if (start == ADJ_NO_INT) start = 0;
    if (end == ADJ_NO_INT || end >= step->in[0]->sizes[dim_of(step, "dim", step->in[0]->ndim)])
        end = INT64_MAX;
    return done(s, step,
                sliced(s, in(s, step, 0), adj_step_arg(step, "dim")->i, start, end,
                       adj_step_arg(step, "step")->i));
}

bool adj_onnx_save_narrow(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    int64_t axis = dim_of(step, "dim", step->in[0]->ndim);
    int64_t start = adj_step_arg(step, "start")->i;
    if (start < 0) start += step->in[0]->sizes[axis];
    int64_t end = start + adj_step_arg(step, "length")->i;
    return done(s, step, sliced(s, in(s, step, 0), axis, start, end, 1));
}

static bool save_gathered(AdjOnnxSaver *s, const AdjStep *step, const char *x,
                          const char *index, int64_t axis)
{
    return done(
        s, step,
        adj_onnx_node(s, "Gather", ADJ_NAMES(x, index), ADJ_ATTRS(ADJ_ATTR_INT("axis", axis))));
}

bool adj_onnx_save_select(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    ADJ_SCOPE;
    int64_t index = adj_step_arg(step, "index")->i;
    const char *at = adj_onnx_constant(s, adj_from(&index, ADJ_SCALAR_SHAPE, ADJ_I64));
    return save_gathered(s, step, in(s, step, 0), at, adj_step_arg(step, "dim")->i);
}

bool adj_onnx_save_index_select(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_gathered(s, step, in(s, step, 0), in(s, step, 1), adj_step_arg(step, "dim")->i);
}

bool adj_onnx_save_embedding(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_gathered(s, step, in(s, step, 1), in(s, step, 0), 0);
}

// ONNX gives a row per axis, ours one per element found.
bool adj_onnx_save_nonzero(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    if (!step->in[0]->ndim) return cannot(step, "an operand without axes");
    const char *places = one(s, "NonZero", in(s, step, 0));
    return done(s, step, adj_onnx_node(s, "Transpose", ADJ_NAMES(places), NULL));
}

bool adj_onnx_save_nonzero_tuple(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    if (!step->in[0]->ndim) return cannot(step, "an operand without axes");
    const char *places = one(s, "NonZero", in(s, step, 0));
    for (int d = 0; d < step->n_out; d++) {
        const char *axis = adj_onnx_number(s, d, ADJ_I64);
        if (!adj_onnx_bind(s, step->out[d], two(s, "Gather", places, axis))) return false;
    }
    return true;
}

// How many elements equal each number, up to the greatest there was.
bool adj_onnx_save_bincount(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    ADJ_SCOPE;
    (void)row;
    int64_t last = -1, first = 0, n = step->out[0]->numel;
    if (step->in[1]) return cannot(step, "weights");
    AdjTensor *numbers = adj_arange(ADJ_I(0), ADJ_I(n), ADJ_I(1), ADJ_I64);
    if (!numbers) return false;
    const char *x = adj_onnx_name_as(s, step->in[0], ADJ_I64);
    const char *same = two(s, "Equal", two(s, "Unsqueeze", x, ints(s, 1, &last)),
                           adj_onnx_constant(s, numbers));
    const char *ones =
        adj_onnx_node(s, "Cast", ADJ_NAMES(same),
                      ADJ_ATTRS(ADJ_ATTR_INT("to", adj_onnx_dtype_code(out_type(step)))));
    return done(s, step,
                adj_onnx_node(s, "ReduceSum", ADJ_NAMES(ones, ints(s, 1, &first)),
                              ADJ_ATTRS(ADJ_ATTR_INT("keepdims", 0))));
}

// The index counts through the axes that it stands for, taken as one.
bool adj_onnx_save_index(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    int64_t dim = adj_step_arg(step, "dim")->i, count = adj_step_arg(step, "count")->i;
    const AdjTensor *x = step->in[0];
    const char *name = in(s, step, 0);
    int64_t shape[ADJ_MAX_DIMS] = {0};
    int n = (int)dim;
    if (count == 1) return save_gathered(s, step, name, in(s, step, 1), dim);
    shape[n++] = -1;
    for (int d = (int)(dim + count); d < x->ndim; d++) shape[n++] = x->sizes[d];
    return save_gathered(s, step, two(s, "Reshape", name, ints(s, n, shape)), in(s, step, 1),
                         dim);
}

static bool save_elements(AdjOnnxSaver *s, const AdjStep *step, const char *type, int n,
                          const char *reduction)
{
    const char *names[3];
    for (int i = 0; i < n; i++) names[i] = in(s, step, i);
    if (n == 3) names[2] = adj_onnx_name_as(s, step->in[2], (AdjDtype)step->out[0]->dtype);
    if (n == 3 && !adj_shape_equal(adj_shape(step->in[1]), adj_shape(step->in[2])))
        names[2] = step->in[2]->ndim ? NULL
                                     : two(s, "Expand", names[2],
                                           ints(s, step->in[1]->ndim, step->in[1]->sizes));
    if (n == 3 && !names[2]) return cannot(step, "more values than places");
    AdjOnnxAttr axis = ADJ_ATTR_INT("axis", adj_step_arg(step, "dim")->i);
    const AdjOnnxAttr *attrs =
        reduction ? ADJ_ATTRS(axis, ADJ_ATTR_STR("reduction", reduction)) : ADJ_ATTRS(axis);
    return done(s, step, adj_onnx_node(s, type, n, names, attrs));
}

bool adj_onnx_save_gather(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_elements(s, step, "GatherElements", 2, NULL);
}

bool adj_onnx_save_scatter(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_elements(s, step, "ScatterElements", 3, NULL);
}

bool adj_onnx_save_scatter_add(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_elements(s, step, "ScatterElements", 3, "add");
}

// ---------------------------------------------------------------- padding and order

// Ours go pairwise from the last axis; ONNX's before every axis, then after.
static const char *padded(AdjOnnxSaver *s, const AdjStep *step, const char *mode,
                          const char *value)
{
    AdjLongs pad = adj_step_arg(step, "pad")->longs;
    int n = step->in[0]->ndim;
    int64_t pads[2 * ADJ_MAX_DIMS] = {0};
    for (int64_t i = 0; i < pad.n / 2; i++) {
        pads[n - 1 - i] = pad.at[2 * i];
        pads[2 * n - 1 - i] = pad.at[2 * i + 1];
    }
    const char *names[] = {in(s, step, 0), ints(s, 2 * n, pads), value};
    return adj_onnx_node(s, "Pad", value ? 3 : 2, names, ADJ_ATTRS(ADJ_ATTR_STR("mode", mode)));
}

static const char *fill_value(AdjOnnxSaver *s, const AdjStep *step)
{
    ADJ_SCOPE;
    AdjScalar value = adj_step_arg(step, "value")->num;
    if (value.kind == ADJ_S_NONE) value = ADJ_I(0);
    return adj_onnx_constant(s,
                             adj_full(ADJ_SCALAR_SHAPE, value, (AdjDtype)step->out[0]->dtype));
}

bool adj_onnx_save_constant_pad(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return done(s, step, padded(s, step, "constant", fill_value(s, step)));
}

bool adj_onnx_save_pad(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    static const char *const modes[][2] = {
        {"reflect", "reflect"}, {"replicate", "edge"}, {"circular", "wrap"}};
    const char *mode = adj_step_arg(step, "mode")->s;
    if (!strcmp(mode, "constant")) return adj_onnx_save_constant_pad(s, row, step);
    for (int i = 0; i < 3; i++)
        if (!strcmp(mode, modes[i][0]))
            return done(s, step, padded(s, step, modes[i][1], NULL));
    return cannot(step, mode);
}

// One number in the shape that the operand has when the graph runs.
static bool save_like(AdjOnnxSaver *s, const AdjStep *step, double value)
{
    const char *shape = one(s, "Shape", in(s, step, 0));
    return done(s, step, two(s, "Expand", adj_onnx_number(s, value, out_type(step)), shape));
}

bool adj_onnx_save_zeros_like(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_like(s, step, 0);
}

bool adj_onnx_save_ones_like(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_like(s, step, 1);
}

bool adj_onnx_save_full_like(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_like(s, step, adj_step_arg(step, "fill_value")->num.f);
}

static bool save_triangle(AdjOnnxSaver *s, const AdjStep *step, bool upper)
{
    ADJ_SCOPE;
    int64_t k = adj_step_arg(step, "diagonal")->i;
    const char *diagonal = adj_onnx_constant(s, adj_from(&k, ADJ_SCALAR_SHAPE, ADJ_I64));
    return done(s, step,
                adj_onnx_node(s, "Trilu", ADJ_NAMES(in(s, step, 0), diagonal),
                              ADJ_ATTRS(ADJ_ATTR_INT("upper", upper))));
}

bool adj_onnx_save_tril(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_triangle(s, step, false);
}

bool adj_onnx_save_triu(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    return save_triangle(s, step, true);
}

bool adj_onnx_save_flip(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    AdjShape dims = adj_step_arg(step, "dims")->ints;
    const char *x = in(s, step, 0);
    for (int i = 0; i < dims.n; i++) x = sliced(s, x, dims.at[i], -1, INT64_MIN, -1);
    return done(s, step, x);
}

// The last [shift] elements of the axis before the others.
bool adj_onnx_save_roll(AdjOnnxSaver *s, const AdjOnnxRow *row, const AdjStep *step)
{
    (void)row;
    AdjShape shifts = adj_step_arg(step, "shifts")->ints,
             dims = adj_step_arg(step, "dims")->ints;
    if (dims.n != shifts.n) return cannot(step, "no axis");
    const char *x = in(s, step, 0);
    for (int i = 0; i < dims.n; i++) {
        int64_t axis = dims.at[i], n = adj_size(step->in[0], axis);
        int64_t by = n ? ((shifts.at[i] % n) + n) % n : 0;
        if (!by) continue;
        const char *tail = sliced(s, x, axis, -by, INT64_MAX, 1);
        const char *head = sliced(s, x, axis, 0, -by, 1);
        x = adj_onnx_node(s, "Concat", ADJ_NAMES(tail, head),
                          ADJ_ATTRS(ADJ_ATTR_INT("axis", axis)));
    }
    return done(s, step, x);
}
