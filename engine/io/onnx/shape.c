// SPDX-License-Identifier: Apache-2.0
// shape.c: operators of ONNX that rearrange, choose and make elements, with our ops.
#include "io/onnx/rows.h"

// ---------------------------------------------------------------- shapes

// 0 keeps the size of that axis unless allowzero says that it means nought.
AdjTensor *adj_onnx_load_reshape(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0);
    AdjShape shape;
    if (!x || !adj_onnx_ints(c, "shape", 1, &shape)) return NULL;
    bool zero = adj_onnx_int(c, "allowzero", 0);
    for (int d = 0; d < shape.n; d++)
        if (shape.at[d] == 0 && !zero && d < x->ndim) shape.at[d] = x->sizes[d];
    return adj_reshape(x, shape);
}

AdjTensor *adj_onnx_load_flatten(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0);
    int64_t axis = adj_onnx_int(c, "axis", 1), rows = 1;
    if (!x) return NULL;
    if (axis < 0) axis += x->ndim;
    for (int64_t d = 0; d < axis && d < x->ndim; d++) rows *= x->sizes[d];
    return adj_reshape(x, ADJ_SHAPE(rows, rows ? x->numel / rows : -1));
}

AdjTensor *adj_onnx_load_transpose(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0);
    AdjShape order;
    if (!x || !adj_onnx_ints(c, "perm", -1, &order)) return NULL;
    if (order.n < 0) {
        order.n = x->ndim;
        for (int d = 0; d < x->ndim; d++) order.at[d] = x->ndim - 1 - d;
    }
    return adj_permute(x, order);
}

AdjTensor *adj_onnx_load_squeeze(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0);
    AdjShape axes;
    if (!x || !adj_onnx_ints(c, "axes", 1, &axes)) return NULL;
    for (int i = 0; i < axes.n; i++) {
        if (!adj_wrap_dim(&axes.at[i], x->ndim)) return NULL;
        if (x->sizes[axes.at[i]] != 1)
            return adj_onnx_fail(c, "axis %lld is not of size 1", (long long)axes.at[i]);
    }
    return adj_squeeze(x, axes);
}

// Axes count in the result.
AdjTensor *adj_onnx_load_unsqueeze(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0);
    AdjShape axes, shape = {.n = 0};
    if (!x || !adj_onnx_ints(c, "axes", 1, &axes)) return NULL;
    int n = x->ndim + (axes.n > 0 ? axes.n : 0);
    bool added[2 * ADJ_MAX_DIMS] = {false};
    if (n > ADJ_MAX_DIMS) return adj_onnx_fail(c, "more than 8 axes are not supported");
    for (int i = 0; i < axes.n; i++) {
        if (!adj_wrap_dim(&axes.at[i], n)) return NULL;
        if (added[axes.at[i]]) return adj_onnx_fail(c, "an axis stands twice");
        added[axes.at[i]] = true;
    }
    for (int d = 0, from = 0; d < n; d++) shape.at[shape.n++] = added[d] ? 1 : x->sizes[from++];
    return adj_reshape(x, shape);
}

// Both ways: the operand may also be the larger one.
AdjTensor *adj_onnx_load_expand(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0), *sizes = adj_onnx_need(c, 1);
    AdjShape shape, both;
    if (!x || !sizes || !adj_onnx_to_shape(adj_onnx_values(sizes), &shape)) return NULL;
    if (!adj_broadcast(adj_shape(x), shape, &both)) return NULL;
    return adj_expand(x, both);
}

AdjTensor *adj_onnx_load_tile(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0), *times = adj_onnx_need(c, 1);
    AdjShape repeats;
    if (!x || !times || !adj_onnx_to_shape(adj_onnx_values(times), &repeats)) return NULL;
    return adj_repeat(x, repeats);
}

AdjTensor *adj_onnx_load_concat(AdjOnnxCall *c)
{
    return adj_cat((AdjTensors){c->n_in, c->in}, adj_onnx_int(c, "axis", 1));
}

// Sizes, or as many equal parts as there are results, the last one smaller.
AdjTensor *adj_onnx_load_split(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0), *sizes = adj_onnx_in(c, 1);
    int64_t axis = adj_onnx_int(c, "axis", 0);
    if (!x || !adj_wrap_dim(&axis, x->ndim)) return NULL;
    AdjLongs parts = sizes ? adj_onnx_values(sizes) : adj_onnx_longs(c, "split");
    int64_t n = adj_onnx_int(c, "num_outputs", c->n_out), even = 0;
    if (parts.n < 0) {
        if (n < 1) return adj_onnx_fail(c, "num_outputs must be at least 1");
        even = (x->sizes[axis] + n - 1) / n;
        parts = (AdjLongs){1, &even};
    } else {
        int64_t *copy = adj_scope_memory((size_t)(parts.n + 1) * sizeof *copy);
        if (!copy) return NULL;
        memcpy(copy, parts.at, (size_t)parts.n * sizeof *copy);
        parts.at = copy;
    }
    AdjTensors r = even ? adj_split(x, parts, axis) : (AdjTensors){0, NULL};
    if (!even) {  // one size in a list is not the size of every part
        int64_t at = 0;
        for (int i = 0; i < parts.n && i < c->n_out; at += parts.at[i++])
            c->out[i] = adj_narrow(x, axis, at, parts.at[i]);
        return c->out[0];
    }
    for (int i = 0; i < r.n && i < c->n_out; i++) c->out[i] = r.at[i];
    return r.n ? r.at[0] : NULL;
}

// ---------------------------------------------------------------- parts

typedef struct {
    AdjShape start, end, axis, step;
} Slices;

// Attributes before version 10, inputs since.
static bool read_slices(AdjOnnxCall *c, const AdjTensor *x, Slices *s)
{
    bool inputs = c->opset >= 10;
    if (inputs && (!adj_onnx_need(c, 1) || !adj_onnx_need(c, 2))) return false;
    if (!adj_onnx_ints(c, "starts", inputs ? 1 : -1, &s->start) ||
        !adj_onnx_ints(c, "ends", inputs ? 2 : -1, &s->end) ||
        !adj_onnx_ints(c, "axes", inputs ? 3 : -1, &s->axis) ||
        !adj_onnx_ints(c, "", inputs ? 4 : -1, &s->step))
        return false;
    for (int i = 0; i < s->start.n; i++) {
        if (s->axis.n < 0) s->axis.at[i] = i;
        if (s->step.n < 0) s->step.at[i] = 1;
        if (!adj_wrap_dim(&s->axis.at[i], x->ndim)) return false;
    }
    if (s->start.n != s->end.n || (s->axis.n >= 0 && s->axis.n != s->start.n) ||
        (s->step.n >= 0 && s->step.n != s->start.n))
        return adj_onnx_fail(c, "starts, ends, axes and steps differ in length");
    return true;
}

static int64_t clip(int64_t i, int64_t low, int64_t high)
{
    return i < low ? low : i > high ? high : i;
}

// A step backwards is one forwards over the turned-around part.
static AdjTensor *slice(AdjTensor *x, int64_t axis, int64_t start, int64_t end, int64_t step)
{
    int64_t n = x->sizes[axis];
    if (start < 0) start += n;
    if (end < 0 && end >= -n)
        end += n;
    else if (end < -n)
        end = step < 0 ? -1 : 0;
    if (step > 0) {
        start = clip(start, 0, n);
        return adj_slice(x, axis, start, clip(end, start, n), step);
    }
    start = clip(start, -1, n - 1);
    end = clip(end, -1, start);
    AdjTensor *part = adj_flip(adj_slice(x, axis, end + 1, start + 1, 1), ADJ_SHAPE(axis));
    return part && step < -1 ? adj_slice(part, axis, 0, part->sizes[axis], -step) : part;
}

AdjTensor *adj_onnx_load_slice(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0);
    Slices s;
    if (!x || !read_slices(c, x, &s)) return NULL;
    for (int i = 0; i < s.start.n && x; i++) {
        int64_t step = s.step.at[i];
        if (step == 0 || step == INT64_MIN) return adj_onnx_fail(c, "a step of 0");
        x = slice(x, s.axis.at[i], s.start.at[i], s.end.at[i], step);
    }
    return x;
}

// Which element stands at place [i] of an axis of [n] continued beyond its ends.
static int64_t continued(int64_t i, int64_t n, const char *mode)
{
    if (!strcmp(mode, "edge")) return clip(i, 0, n - 1);
    if (!strcmp(mode, "wrap")) return ((i % n) + n) % n;
    int64_t period = n > 1 ? 2 * (n - 1) : 1;  // reflect: there and back again
    i = ((i % period) + period) % period;
    return i < n ? i : period - i;
}

// Every mode but a constant repeats elements of the axis: an index per axis, which serves
// any number of axes and is differentiable.
static AdjTensor *pad_by_index(AdjOnnxCall *c, AdjTensor *x, const int64_t *pads,
                               const char *mode)
{
    if (strcmp(mode, "edge") && strcmp(mode, "wrap") && strcmp(mode, "reflect"))
        return adj_onnx_fail(c, "the mode \"%s\" is not known", mode);
    for (int d = 0; d < x->ndim; d++) {
        int64_t before = pads[2 * (x->ndim - 1 - d)], after = pads[2 * (x->ndim - 1 - d) + 1];
        int64_t n = x->sizes[d], length;
        if (!before && !after) continue;
        if (n < 1 || __builtin_add_overflow(n, before, &length) ||
            __builtin_add_overflow(length, after, &length) || length < 0)
            return adj_onnx_fail(c, "axis %d cannot be padded so", d);
        AdjTensor *at = adj_new(ADJ_SHAPE(length), ADJ_I64);
        if (!at) return NULL;
        for (int64_t i = 0; i < length; i++)
            ((int64_t *)adj_data(at))[i] = continued(i - before, n, mode);
        if (!(x = adj_index_select(x, d, at))) return NULL;
    }
    return x;
}

// Amounts before every axis, then after; ours go pairwise from the last axis.
AdjTensor *adj_onnx_load_pad(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0), *amounts = adj_onnx_in(c, 1);
    AdjTensor *value = adj_onnx_in(c, 2);
    AdjShape axes = ADJ_ALL;
    if (!x) return NULL;
    AdjLongs pads = amounts ? adj_onnx_values(amounts) : adj_onnx_longs(c, "pads");
    if (!adj_onnx_ints(c, "", 3, &axes)) return NULL;
    int n = axes.n >= 0 ? axes.n : x->ndim;
    if (pads.n != 2 * n) return adj_onnx_fail(c, "two amounts per axis are needed");
    int64_t ours[2 * ADJ_MAX_DIMS] = {0};
    for (int i = 0; i < n; i++) {
        int64_t axis = axes.n >= 0 ? axes.at[i] : i;
        if (!adj_wrap_dim(&axis, x->ndim)) return NULL;
        ours[2 * (x->ndim - 1 - axis)] = pads.at[i];
        ours[2 * (x->ndim - 1 - axis) + 1] = pads.at[n + i];
    }
    const char *mode = adj_onnx_str(c, "mode", "constant");
    AdjScalar fill = value ? adj_item_scalar(value) : ADJ_F(adj_onnx_float(c, "value", 0));
    if (!adj_is_float(x) && fill.kind == ADJ_S_FLOAT) fill = ADJ_I((int64_t)fill.f);
    if (adj_error_kind()) return NULL;
    if (!strcmp(mode, "constant"))
        return adj_constant_pad_nd(x, (AdjLongs){2 * x->ndim, ours}, fill);
    return pad_by_index(c, x, ours, mode);
}

// ---------------------------------------------------------------- choosing by index

// Negative places count from the end.
static AdjTensor *places(AdjTensor *index, int64_t n)
{
    index = adj_long(index);
    if (!index) return NULL;
    AdjTensor *wrapped = adj_add(index, adj_number(ADJ_I(n)), ADJ_I(1));
    return adj_where(adj_lt(index, adj_number(ADJ_I(0))), wrapped, index);
}

AdjTensor *adj_onnx_load_gather(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0), *index = adj_onnx_need(c, 1);
    int64_t axis = adj_onnx_int(c, "axis", 0);
    if (!x || !index || !adj_wrap_dim(&axis, x->ndim)) return NULL;
    if (x->ndim - 1 + index->ndim > ADJ_MAX_DIMS)
        return adj_onnx_fail(c, "more than 8 axes are not supported");
    AdjShape shape = {.n = 0};
    for (int d = 0; d < axis; d++) shape.at[shape.n++] = x->sizes[d];
    for (int d = 0; d < index->ndim; d++) shape.at[shape.n++] = index->sizes[d];
    for (int d = (int)axis + 1; d < x->ndim; d++) shape.at[shape.n++] = x->sizes[d];
    AdjTensor *flat = adj_reshape(places(index, x->sizes[axis]), ADJ_SHAPE(index->numel));
    return adj_reshape(adj_index_select(x, axis, flat), shape);
}

AdjTensor *adj_onnx_load_gather_elements(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0), *index = adj_onnx_need(c, 1);
    int64_t axis = adj_onnx_int(c, "axis", 0);
    if (!x || !index || !adj_wrap_dim(&axis, x->ndim)) return NULL;
    return adj_gather(x, axis, places(index, x->sizes[axis]));
}

// Of x, batch axes first, and tuples of places in the last axis of [index]: x with the indexed
// axes merged (B, N, R), and the places as one number each (B, M). The result's shape beside.
typedef struct {
    AdjTensor *flat, *at;
    int64_t batch, n, rest;
    AdjShape shape;
} Tuples;

static bool merge_tuples(AdjOnnxCall *c, AdjTensor *x, AdjTensor *index, int64_t batch_dims,
                         Tuples *t)
{
    int64_t depth = index->ndim ? index->sizes[index->ndim - 1] : 0;
    *t = (Tuples){.batch = 1, .n = 1, .rest = 1};
    if (batch_dims < 0 || batch_dims >= index->ndim || batch_dims + depth > x->ndim ||
        index->ndim - 1 + x->ndim - batch_dims - depth > ADJ_MAX_DIMS || depth < 1)
        return adj_onnx_fail(c, "its indices do not fit its operand");
    for (int d = 0; d < index->ndim - 1; d++) t->shape.at[t->shape.n++] = index->sizes[d];
    for (int64_t d = batch_dims + depth; d < x->ndim; d++) {
        t->shape.at[t->shape.n++] = x->sizes[d];
        t->rest *= x->sizes[d];
    }
    for (int d = 0; d < batch_dims; d++) t->batch *= x->sizes[d];
    AdjTensor *at = NULL;
    for (int64_t k = 0; k < depth; k++) {
        int64_t n = x->sizes[batch_dims + k];
        AdjTensor *one = places(adj_select(index, -1, k), n);
        // Checked one by one: a number that is in range may be a tuple that is not.
        if (!one || (one->numel && (adj_item(adj_amin(one, ADJ_ALL, false)) < 0 ||
                                    adj_item(adj_amax(one, ADJ_ALL, false)) >= (double)n)))
            return adj_fail(ADJ_E_INDEX, "onnx %s: an index is out of range", c->node->op_type);
        at = at ? adj_add(adj_mul(at, adj_number(ADJ_I(n))), one, ADJ_I(1)) : one;
        t->n *= n;
    }
    t->flat = adj_reshape(x, ADJ_SHAPE(t->batch, t->n, t->rest));
    int64_t m = t->batch ? index->numel / depth / t->batch : 0;
    t->at = adj_reshape(at, ADJ_SHAPE(t->batch, m));
    return t->flat && t->at;
}

// The places repeated along the axes that are taken whole.
static AdjTensor *spread(const Tuples *t)
{
    AdjTensor *at = adj_unsqueeze(t->at, 2);
    return adj_expand(at, ADJ_SHAPE(t->batch, t->at->sizes[1], t->rest));
}

AdjTensor *adj_onnx_load_gather_nd(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0), *index = adj_onnx_need(c, 1);
    Tuples t;
    if (!x || !index || !merge_tuples(c, x, index, adj_onnx_int(c, "batch_dims", 0), &t))
        return NULL;
    return adj_reshape(adj_gather(t.flat, 1, spread(&t)), t.shape);
}

static AdjTensor *put(AdjOnnxCall *c, AdjTensor *x, int64_t axis, AdjTensor *index,
                      AdjTensor *value)
{
    static const char *const ours[][2] = {
        {"add", "sum"}, {"mul", "prod"}, {"max", "amax"}, {"min", "amin"}};
    const char *reduction = adj_onnx_str(c, "reduction", "none");
    if (!strcmp(reduction, "none")) return adj_scatter(x, axis, index, value);
    for (int i = 0; i < 4; i++)
        if (!strcmp(reduction, ours[i][0]))
            return adj_scatter_reduce(x, axis, index, value, ours[i][1], true);
    return adj_onnx_fail(c, "the reduction \"%s\" is not known", reduction);
}

AdjTensor *adj_onnx_load_scatter_nd(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0), *index = adj_onnx_need(c, 1);
    AdjTensor *value = adj_onnx_need(c, 2);
    Tuples t;
    if (!x || !index || !value || !merge_tuples(c, x, index, 0, &t)) return NULL;
    AdjTensor *at = spread(&t), *updates = at ? adj_reshape(value, adj_shape(at)) : NULL;
    return updates ? adj_reshape(put(c, t.flat, 1, at, updates), adj_shape(x)) : NULL;
}

AdjTensor *adj_onnx_load_scatter_elements(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0), *index = adj_onnx_need(c, 1);
    AdjTensor *value = adj_onnx_need(c, 2);
    int64_t axis = adj_onnx_int(c, "axis", 0);
    if (!x || !index || !value || !adj_wrap_dim(&axis, x->ndim)) return NULL;
    return put(c, x, axis, places(index, x->sizes[axis]), value);
}

// A stretch of [update] written into each sequence of a cache from its own place on.
AdjTensor *adj_onnx_load_tensor_scatter(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0), *update = adj_onnx_need(c, 1),
              *from = adj_onnx_in(c, 2);
    int64_t axis = adj_onnx_int(c, "axis", -2);
    if (!x || !update || !adj_wrap_dim(&axis, x->ndim) || axis == 0)
        return adj_onnx_fail(c, "its axis must lie behind the batch");
    AdjShape row = {.n = x->ndim}, column = {.n = x->ndim};
    for (int d = 0; d < x->ndim; d++) row.at[d] = column.at[d] = 1;
    row.at[axis] = update->sizes[axis];
    column.at[0] = update->sizes[0];
    AdjTensor *at = adj_arange(ADJ_I(0), ADJ_I(update->sizes[axis]), ADJ_I(1), ADJ_I64);
    at = adj_reshape(at, row);
    if (from) at = adj_add(at, adj_reshape(adj_long(from), column), ADJ_I(1));
    if (!strcmp(adj_onnx_str(c, "mode", "linear"), "circular"))
        at = adj_remainder(at, adj_number(ADJ_I(x->sizes[axis])));
    return adj_scatter(x, axis, adj_expand(at, adj_shape(update)), update);
}

// values holds what stands for "no" and "yes".
AdjTensor *adj_onnx_load_one_hot(AdjOnnxCall *c)
{
    AdjTensor *index = adj_onnx_need(c, 0), *depth_t = adj_onnx_need(c, 1);
    AdjTensor *values = adj_onnx_need(c, 2);
    if (!index || !depth_t || !values) return NULL;
    int64_t depth = (int64_t)adj_item(depth_t), axis = adj_onnx_int(c, "axis", -1);
    if (adj_error_kind() || !adj_wrap_dim(&axis, index->ndim + 1)) return NULL;
    if (depth < 1) return adj_onnx_fail(c, "its depth must be at least 1");
    AdjShape row = {.n = index->ndim + 1};
    for (int d = 0; d < row.n; d++) row.at[d] = d == axis ? depth : 1;
    AdjTensor *range = adj_reshape(adj_arange(ADJ_I(0), ADJ_I(depth), ADJ_I(1), ADJ_I64), row);
    AdjTensor *yes = adj_eq(adj_unsqueeze(places(index, depth), axis), range);
    return adj_where(yes, adj_select(values, 0, 1), adj_select(values, 0, 0));
}

AdjTensor *adj_onnx_load_compress(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0), *keep = adj_onnx_need(c, 1);
    int64_t axis = adj_onnx_int(c, "axis", ADJ_NO_INT);
    if (!x || !keep) return NULL;
    if (axis == ADJ_NO_INT) {
        x = adj_flatten(x, 0, -1);
        axis = 0;
    }
    AdjTensor *at = adj_nonzero(keep);
    return at ? adj_index_select(x, axis, adj_reshape(at, ADJ_SHAPE(-1))) : NULL;
}

// ---------------------------------------------------------------- order

// The first lengths[b] steps of each sequence backwards, the rest as they were.
AdjTensor *adj_onnx_load_reverse_sequence(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0), *lengths = adj_onnx_need(c, 1);
    int64_t time = adj_onnx_int(c, "time_axis", 0), batch = adj_onnx_int(c, "batch_axis", 1);
    if (!x || !lengths || !adj_wrap_dim(&time, x->ndim) || !adj_wrap_dim(&batch, x->ndim))
        return NULL;
    AdjShape t_shape = {.n = x->ndim}, b_shape = {.n = x->ndim};
    for (int d = 0; d < x->ndim; d++) t_shape.at[d] = b_shape.at[d] = 1;
    t_shape.at[time] = b_shape.at[batch] = -1;
    AdjTensor *at = adj_arange(ADJ_I(0), ADJ_I(x->sizes[time]), ADJ_I(1), ADJ_I64);
    at = adj_reshape(at, t_shape);
    AdjTensor *n = adj_reshape(adj_long(lengths), b_shape);
    AdjTensor *back = adj_sub(adj_sub(n, at, ADJ_I(1)), adj_number(ADJ_I(1)), ADJ_I(1));
    at = adj_where(adj_lt(at, n), back, at);
    return adj_gather(x, time, adj_expand(at, adj_shape(x)));
}

AdjTensor *adj_onnx_load_depth_to_space(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0);
    int64_t b = adj_onnx_int(c, "blocksize", 1);
    if (!x || x->ndim != 4 || b < 1 || x->sizes[1] % (b * b))
        return adj_onnx_fail(c, "blocks do not fit the operand");
    int64_t n = x->sizes[0], d = x->sizes[1] / (b * b), h = x->sizes[2], w = x->sizes[3];
    bool columns = !strcmp(adj_onnx_str(c, "mode", "DCR"), "CRD");
    AdjTensor *y =
        adj_reshape(x, columns ? ADJ_SHAPE(n, d, b, b, h, w) : ADJ_SHAPE(n, b, b, d, h, w));
    y = adj_permute(y, columns ? ADJ_SHAPE(0, 1, 4, 2, 5, 3) : ADJ_SHAPE(0, 3, 4, 1, 5, 2));
    return adj_reshape(y, ADJ_SHAPE(n, d, h * b, w * b));
}

AdjTensor *adj_onnx_load_space_to_depth(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0);
    int64_t b = adj_onnx_int(c, "blocksize", 1);
    if (!x || x->ndim != 4 || b < 1 || x->sizes[2] % b || x->sizes[3] % b)
        return adj_onnx_fail(c, "blocks do not fit the operand");
    int64_t n = x->sizes[0], d = x->sizes[1], h = x->sizes[2] / b, w = x->sizes[3] / b;
    bool columns = !strcmp(adj_onnx_str(c, "mode", "DCR"), "CRD");
    AdjTensor *y =
        adj_permute(adj_reshape(x, ADJ_SHAPE(n, d, h, b, w, b)),
                    columns ? ADJ_SHAPE(0, 1, 3, 5, 2, 4) : ADJ_SHAPE(0, 3, 5, 1, 2, 4));
    return adj_reshape(y, ADJ_SHAPE(n, d * b * b, h, w));
}

// Cut or filled with zeros around the middle; an odd one goes after it.
AdjTensor *adj_onnx_load_center_crop_pad(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0), *sizes = adj_onnx_need(c, 1);
    AdjShape axes, shape;
    if (!x || !sizes || !adj_onnx_ints(c, "axes", -1, &axes) ||
        !adj_onnx_to_shape(adj_onnx_values(sizes), &shape))
        return NULL;
    int64_t pads[2 * ADJ_MAX_DIMS] = {0};
    for (int i = 0; i < shape.n; i++) {
        int64_t axis = axes.n >= 0 && i < axes.n ? axes.at[i] : i;
        if (!adj_wrap_dim(&axis, x->ndim)) return NULL;
        int64_t more = shape.at[i] - x->sizes[axis], *pad = &pads[2 * (x->ndim - 1 - axis)];
        if (shape.at[i] < 0) return adj_onnx_fail(c, "a negative size");
        if (more < 0) x = adj_narrow(x, axis, -more / 2, shape.at[i]);
        if (!x) return NULL;
        if (more > 0) pad[0] = more / 2, pad[1] = more - more / 2;
    }
    return adj_constant_pad_nd(x, (AdjLongs){2 * x->ndim, pads}, ADJ_I(0));
}

// ---------------------------------------------------------------- making

AdjTensor *adj_onnx_load_trilu(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0), *k_t = adj_onnx_in(c, 1);
    int64_t k = k_t ? adj_item_scalar(k_t).i : 0;
    if (adj_error_kind()) return NULL;
    return adj_onnx_int(c, "upper", 1) ? adj_triu(x, k) : adj_tril(x, k);
}

AdjTensor *adj_onnx_load_eye_like(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0);
    int64_t k = adj_onnx_int(c, "k", 0);
    if (!x || x->ndim != 2) return adj_onnx_fail(c, "its operand must have two axes");
    AdjDtype dtype = (AdjDtype)x->dtype;
    int32_t code = (int32_t)adj_onnx_int(c, "dtype", adj_onnx_dtype_code(dtype));
    if ((dtype = adj_onnx_dtype(code)) == ADJ_SAME)
        return adj_onnx_fail(c, "the element type %s is not supported",
                             adj_onnx_dtype_name(code));
    AdjTensor *ones = adj_ones(adj_shape(x), dtype == ADJ_BOOL ? ADJ_U8 : dtype);
    return adj_to(adj_triu(adj_tril(ones, k), k), dtype);
}

AdjTensor *adj_onnx_load_range(AdjOnnxCall *c)
{
    AdjTensor *start = adj_onnx_need(c, 0), *end = adj_onnx_need(c, 1);
    AdjTensor *step = adj_onnx_need(c, 2);
    if (!start || !end || !step) return NULL;
    AdjScalar a = adj_item_scalar(start), b = adj_item_scalar(end), s = adj_item_scalar(step);
    if (adj_error_kind()) return NULL;
    if (s.f == 0) return adj_onnx_fail(c, "a step of 0");
    if ((b.f - a.f) / s.f <= 0) return adj_new(ADJ_SHAPE(0), (AdjDtype)start->dtype);
    return adj_arange(a, b, s, (AdjDtype)start->dtype);
}

AdjTensor *adj_onnx_load_constant(AdjOnnxCall *c)
{
    const Onnx__AttributeProto *a = c->node->n_attribute ? c->node->attribute[0] : NULL;
    if (!a || !a->name) return adj_onnx_fail(c, "it has no value");
    if (a->t) return adj_onnx_tensor(a->t);
    if (!strcmp(a->name, "value_int")) return adj_from(&a->i, ADJ_SCALAR_SHAPE, ADJ_I64);
    if (!strcmp(a->name, "value_float")) return adj_from(&a->f, ADJ_SCALAR_SHAPE, ADJ_F32);
    if (!strcmp(a->name, "value_ints"))
        return adj_from(a->ints, ADJ_SHAPE((int64_t)a->n_ints), ADJ_I64);
    if (!strcmp(a->name, "value_floats"))
        return adj_from(a->floats, ADJ_SHAPE((int64_t)a->n_floats), ADJ_F32);
    return adj_onnx_fail(c, "a constant given as %s is not supported", a->name);
}

AdjTensor *adj_onnx_load_constant_of_shape(AdjOnnxCall *c)
{
    AdjTensor *sizes = adj_onnx_need(c, 0);
    const Onnx__AttributeProto *a = adj_onnx_attr(c->node, "value");
    AdjTensor *value = a && a->t ? adj_onnx_tensor(a->t) : adj_zeros(ADJ_SHAPE(1), ADJ_F32);
    AdjShape shape;
    if (!value || !adj_onnx_to_shape(adj_onnx_values(sizes), &shape)) return NULL;
    AdjScalar fill = adj_item_scalar(value);
    return adj_error_kind() ? NULL : adj_full(shape, fill, (AdjDtype)value->dtype);
}

AdjTensor *adj_onnx_load_shape(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0);
    if (!x) return NULL;
    int64_t start = adj_onnx_int(c, "start", 0), end = adj_onnx_int(c, "end", x->ndim);
    start = clip(start < 0 ? start + x->ndim : start, 0, x->ndim);
    end = clip(end < 0 ? end + x->ndim : end, start, x->ndim);
    return adj_from(x->sizes + start, ADJ_SHAPE(end - start), ADJ_I64);
}

AdjTensor *adj_onnx_load_size(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0);
    return x ? adj_from(&x->numel, ADJ_SCALAR_SHAPE, ADJ_I64) : NULL;
}

AdjTensor *adj_onnx_load_nonzero(AdjOnnxCall *c)
{
    return adj_t(adj_nonzero(adj_onnx_need(c, 0)));
}

// Values, where each was first, which one each element is, and how many there are of each.
AdjTensor *adj_onnx_load_unique(AdjOnnxCall *c)
{
    AdjTensor *x = adj_onnx_need(c, 0);
    int64_t axis = adj_onnx_int(c, "axis", ADJ_NO_INT);
    if (!x) return NULL;
    if (!adj_onnx_int(c, "sorted", 1)) return adj_onnx_fail(c, "sorted=0 is not supported");
    AdjTensors r = adj_unique(x, true, true, true, axis);
    if (r.n < 3) return NULL;
    AdjTensor *which = adj_flatten(r.at[1], 0, -1);
    if (!which) return NULL;
    AdjTensor *places_ = adj_arange(ADJ_I(0), ADJ_I(which->numel), ADJ_I(1), ADJ_I64);
    AdjTensor *first = adj_full_like(r.at[2], ADJ_I(which->numel), ADJ_I64);
    c->out[1] = adj_scatter_reduce(first, 0, which, places_, "amin", true);
    c->out[2] = which;
    c->out[3] = r.at[2];
    return r.at[0];
}
