// SPDX-License-Identifier: Apache-2.0
// index.c: what stands between the brackets of x[...], read and written.
//
// The items are worked off from the left. Numbers, slices, None and Ellipsis make a view, one
// step each; index tensors are noted with the axis they stand at. If there are any, masks
// become positions, all positions are broadcast against each other and folded into one number
// for a run of neighbouring axes, and the operations index and index_put do the rest. Index
// tensors at axes that are not neighbours bring these axes to the front first: that is
// PyTorch's (and NumPy's) rule for where the axes of the result go.
//
// Invariant: a Plan's view is a history-carrying view of x, so writing through it reaches the
// tape.
#include "ops/index/index.h"

typedef struct {
    AdjTensor *view;                  // x after numbers, slices and None
    int n;                            // index tensors
    int64_t axis[ADJ_MAX_DIMS];       // of view, ascending: where each stands
    int width[ADJ_MAX_DIMS];          // how many axes it stands for (masks: one or more)
    AdjTensor *places[ADJ_MAX_DIMS];  // int64, dense, within these axes taken as one
} Plan;

static bool is_mask(const AdjTensor *t)
{
    return t->dtype == ADJ_BOOL || t->dtype == ADJ_U8;
}

// A tensor of one integer and no axes is a number.
static bool is_number(const AdjIndex *item)
{
    return item->kind == ADJ_INDEX_INT ||
           (item->kind == ADJ_INDEX_TENSOR && item->t->ndim == 0 && !is_mask(item->t));
}

static bool check_items(const AdjTensor *x, const AdjIndex *items, int n, int *ellipsis_axes)
{
    int axes = 0;
    for (int i = 0; i < n; i++) {
        const AdjIndex *item = &items[i];
        if (item->kind == ADJ_INDEX_TENSOR && !item->t) return false;  // its error stands
        if (item->kind == ADJ_INDEX_INT || item->kind == ADJ_INDEX_SLICE)
            axes++;
        else if (item->kind == ADJ_INDEX_TENSOR)
            axes += is_mask(item->t) ? item->t->ndim : 1;
        if (item->kind == ADJ_INDEX_TENSOR && adj_is_float(item->t)) {
            return adj_fail(ADJ_E_INDEX,
                            "tensors used as indices must be long, int, byte or bool tensors");
        }
    }
    if (axes > x->ndim)
        return adj_fail(ADJ_E_INDEX, "too many indices for tensor of dimension %d", x->ndim);
    *ellipsis_axes = x->ndim - axes;
    return true;
}

static bool pick_number(Plan *p, int64_t axis, int64_t shown_axis, int64_t i)
{
    int64_t n = p->view->sizes[axis];
    if (i < -n || i >= n) {
        return adj_fail(ADJ_E_INDEX,
                        "index %lld is out of bounds for dimension %lld with size %lld",
                        (long long)i, (long long)shown_axis, (long long)n);
    }
    return (p->view = adj_select(p->view, axis, i));
}

static bool pick_slice(Plan *p, int64_t axis, const AdjIndex *item, bool alone)
{
    int64_t start = item->start, stop = item->stop, n = p->view->sizes[axis];
    int64_t step = item->step == ADJ_NO_INT ? 1 : item->step;
    if (step <= 0) return adj_fail(ADJ_E_VALUE, "step must be greater than zero");
    adj_slice_bounds(n, &start, &stop);
    if (start == 0 && stop == n && step == 1 && !alone) return true;
    return (p->view = adj_slice(p->view, axis, start, stop, step));
}

// True elements of a mask, as positions in the axes that it covers.
static bool note_mask(Plan *p, int64_t axis, AdjTensor *mask)
{
    for (int d = 0; d < mask->ndim; d++) {
        if (mask->sizes[d] == p->view->sizes[axis + d]) continue;
        return adj_fail(
            ADJ_E_INDEX,
            "The shape of the mask %s at index %d does not match the shape of the indexed "
            "tensor %s at index %lld",
            adj_list_text(adj_shape(mask)), d, adj_list_text(adj_shape(p->view)),
            (long long)(axis + d));
    }
    p->axis[p->n] = axis;
    p->width[p->n] = mask->ndim;
    return (p->places[p->n++] = adj_true_places(mask));
}

static bool note_positions(Plan *p, int64_t axis, AdjTensor *index)
{
    AdjTensor *dense = adj_dense(adj_on_host(index), ADJ_I64),
              *places = dense ? adj_new_like(dense, ADJ_I64) : NULL;
    if (!places) return false;
    const int64_t *from = adj_data(dense);
    int64_t *to = adj_data(places), n = p->view->sizes[axis];
    for (int64_t i = 0; i < dense->numel; i++) {
        if (from[i] < -n || from[i] >= n) {
            return adj_fail(ADJ_E_INDEX,
                            "index %lld is out of bounds for dimension %lld with size %lld",
                            (long long)from[i], (long long)axis, (long long)n);
        }
        to[i] = from[i] < 0 ? from[i] + n : from[i];
    }
    p->axis[p->n] = axis;
    p->width[p->n] = 1;
    p->places[p->n++] = places;
    return true;
}

// A bool, or a mask without axes: a new axis of length 1 that is kept or dropped.
static bool note_truth(Plan *p, int64_t axis, bool truth)
{
    const AdjDevice *before = adj_device_use(&adj_cpu);
    AdjTensor *places = adj_zeros_of(ADJ_SHAPE(truth ? 1 : 0), ADJ_I64);
    adj_device_use(before);
    p->view = adj_unsqueeze(p->view, axis);
    p->axis[p->n] = axis;
    p->width[p->n] = 1;
    p->places[p->n++] = places;
    return places && p->view;
}

static bool note_tensor(Plan *p, int64_t axis, AdjTensor *t)
{
    if (p->n == ADJ_MAX_DIMS)
        return adj_fail(ADJ_E_INDEX, "more than %d index tensors", ADJ_MAX_DIMS);
    if (!is_mask(t)) return note_positions(p, axis, t);
    if (t->ndim == 0) return note_truth(p, axis, adj_item(t) != 0);
    return note_mask(p, axis, t);
}

static bool make_plan(Plan *p, AdjTensor *x, const AdjIndex *items, int n)
{
    int ellipsis_axes = 0;
    int64_t axis = 0, shown_axis = 0;
    *p = (Plan){.view = x};
    if (!x || !check_items(x, items, n, &ellipsis_axes)) return false;
    for (int i = 0; i < n; i++) {
        const AdjIndex *item = &items[i];
        if (item->kind == ADJ_INDEX_ELLIPSIS) {
            axis += ellipsis_axes;
            shown_axis += ellipsis_axes;
            ellipsis_axes = 0;  // a second one stands for nothing
        } else if (is_number(item)) {
            int64_t at = item->kind == ADJ_INDEX_INT ? item->i : adj_item_scalar(item->t).i;
            if (!pick_number(p, axis, shown_axis++, at)) return false;
        } else if (item->kind == ADJ_INDEX_SLICE) {
            if (!pick_slice(p, axis++, item, n == 1)) return false;
            shown_axis++;
        } else if (item->kind == ADJ_INDEX_NEW_AXIS) {
            p->view = adj_unsqueeze(p->view, axis++);
        } else if (item->kind == ADJ_INDEX_BOOL) {
            if (p->n == ADJ_MAX_DIMS || !note_truth(p, axis++, item->i != 0)) return false;
        } else {
            int width = is_mask(item->t) ? item->t->ndim : 1;
            if (!note_tensor(p, axis, item->t)) return false;
            axis += width ? width : 1;
            shown_axis += width;
        }
        if (!p->view) return false;
    }
    return true;
}

// ---------------------------------------------------------------- index tensors into one

// The index tensors folded: [index] stands for [count] axes of [view] from [dim] on.
typedef struct {
    AdjTensor *view, *index;
    int64_t dim, count;
} Folded;

// Brings the indexed axes together; if there were others between them, in front.
static bool gather_axes(const Plan *p, Folded *f)
{
    AdjShape order = {.n = 0};
    unsigned indexed = 0;
    f->count = 0;
    for (int k = 0; k < p->n; k++) {
        for (int d = 0; d < p->width[k]; d++) {
            order.at[order.n++] = p->axis[k] + d;
            indexed |= 1u << (p->axis[k] + d);
        }
        f->count += p->width[k];
    }
    f->view = p->view;
    f->dim = p->axis[0];
    if (order.at[order.n - 1] - order.at[0] == order.n - 1) return true;
    for (int d = 0; d < p->view->ndim; d++)
        if (!(indexed >> d & 1)) order.at[order.n++] = d;
    f->dim = 0;
    return (f->view = adj_permute(p->view, order));
}

static bool broadcast_places(const Plan *p, AdjShape *shape)
{
    char text[ADJ_MAX_DIMS * 200] = "";
    *shape = adj_shape(p->places[0]);
    for (int k = 1; k < p->n; k++) {
        AdjShape other = adj_shape(p->places[k]);
        int n = shape->n > other.n ? shape->n : other.n;
        bool fit = true;
        for (int i = 1; i <= n; i++) {
            int64_t a = i <= shape->n ? shape->at[shape->n - i] : 1;
            int64_t b = i <= other.n ? other.at[other.n - i] : 1;
            fit = fit && (a == b || a == 1 || b == 1);
        }
        if (fit && adj_broadcast(*shape, other, shape)) continue;
        for (int j = 0; j < p->n; j++) {
            if (j) strcat(text, ", ");
            strcat(text, adj_list_text(adj_shape(p->places[j])));
        }
        return adj_fail(
            ADJ_E_INDEX,
            "shape mismatch: indexing tensors could not be broadcast together with shapes "
            "%s",
            text);
    }
    return true;
}

// One index for all: places of the first axes count for as many elements as the later ones
// have.
static AdjTensor *fold_places(const Plan *p)
{
    AdjShape shape;
    if (p->n == 1) return p->places[0];
    if (!broadcast_places(p, &shape)) return NULL;
    AdjTensor *sum = adj_zeros_of(shape, ADJ_I64);
    for (int k = 0; sum && k < p->n; k++) {
        AdjTensor *part = adj_dense(adj_expand(p->places[k], shape), ADJ_I64);
        if (!part) return NULL;
        int64_t width = 1, *s = adj_data(sum);
        const int64_t *q = adj_data(part);
        for (int d = 0; d < p->width[k]; d++) width *= p->view->sizes[p->axis[k] + d];
        for (int64_t i = 0; i < sum->numel; i++) s[i] = s[i] * width + q[i];
    }
    return sum;
}

// Places are worked out on the host and go where the elements are.
static bool fold(const Plan *p, Folded *f)
{
    const AdjDevice *before = adj_device_use(&adj_cpu);
    AdjTensor *places = fold_places(p);
    adj_device_use(before);
    return (f->index = adj_on(places, adj_device_of(p->view))) && gather_axes(p, f);
}

// ---------------------------------------------------------------- reading

AdjTensor *adj_index_get(AdjTensor *x, const AdjIndex *items, int n)
{
    Plan plan;
    Folded f;
    if (!make_plan(&plan, x, items, n)) return NULL;
    if (plan.n == 0) return plan.view == x ? adj_alias_of(x) : plan.view;
    return fold(&plan, &f) ? adj_index(f.view, f.index, f.dim, f.count) : NULL;
}

// ---------------------------------------------------------------- writing

// The value as it will be written: in the type of [x], without leading axes of length 1 that
// the place does not have, broadcast to [shape].
static AdjTensor *fit_value(AdjTensor *value, const AdjTensor *x, AdjShape shape, bool basic)
{
    AdjShape own = adj_shape(value);
    int extra = 0;
    while (extra < own.n && own.n - extra > shape.n && own.at[extra] == 1) extra++;
    own.n -= extra;
    memmove(own.at, own.at + extra, (size_t)own.n * sizeof *own.at);
    bool fits = own.n <= shape.n;
    for (int i = 1; i <= own.n && fits; i++)
        fits = own.at[own.n - i] == 1 || own.at[own.n - i] == shape.at[shape.n - i];
    if (!fits) {
        return adj_fail(
            ADJ_E_SHAPE,
            "shape mismatch: value tensor of shape %s cannot be broadcast to %s of shape %s",
            adj_list_text(adj_shape(value)), basic ? "the part" : "indexing result",
            adj_list_text(shape));
    }
    value = adj_on(value, adj_device_of(x));
    if (!value) return NULL;
    if (value->storage == x->storage) value = adj_clone(value);  // it may be read while written
    value = adj_to(value, (AdjDtype)x->dtype);
    if (extra) value = adj_reshape(value, own);
    return value && !adj_shape_equal(own, shape) ? adj_expand(value, shape) : value;
}

static AdjShape index_result(const Folded *f)
{
    AdjShape out = {.n = 0}, view = adj_shape(f->view), index = adj_shape(f->index);
    for (int i = 0; i < f->dim; i++) out.at[out.n++] = view.at[i];
    for (int i = 0; i < index.n && out.n < ADJ_MAX_DIMS; i++) out.at[out.n++] = index.at[i];
    for (int i = (int)(f->dim + f->count); i < view.n && out.n < ADJ_MAX_DIMS; i++)
        out.at[out.n++] = view.at[i];
    return out;
}

// Nothing to record and elements in row-major order: the rows are written where they lie.
static bool put_directly(const Folded *f, AdjTensor *value, bool accumulate)
{
    if (!adj_put_rows(f->view, f->dim, f->count, f->index, value,
                      accumulate ? ADJ_ADD : ADJ_PUT))
        return false;
    adj_touch(f->view);
    return true;
}

static bool put(const Plan *plan, AdjTensor *value, bool accumulate)
{
    Folded f;
    if (!fold(plan, &f) || !adj_check_in_place(f.view)) return false;
    AdjTensor *v = fit_value(value, f.view, index_result(&f), false);
    if (!v) return false;
    bool tracked = adj_grad_enabled() && (adj_needs_grad(f.view) || adj_needs_grad(v));
    if (!tracked && adj_is_contiguous(f.view)) return put_directly(&f, v, accumulate);
    return adj_assign(f.view, adj_index_put(f.view, f.index, v, f.dim, f.count, accumulate));
}

bool adj_index_set(AdjTensor *x, const AdjIndex *items, int n, AdjTensor *value)
{
    Plan plan;
    if (!value || !make_plan(&plan, x, items, n)) return false;
    if (plan.n) return put(&plan, value, false);
    if (!adj_check_in_place(plan.view)) return false;
    if (plan.view == x) plan.view = adj_alias_of(x);  // a part like any other
    if (!plan.view) return false;
    return adj_assign_given(plan.view, fit_value(value, plan.view, adj_shape(plan.view), true));
}

bool adj_index_add_to(AdjTensor *x, const AdjIndex *items, int n, AdjTensor *value)
{
    Plan plan;
    if (!value || !make_plan(&plan, x, items, n)) return false;
    if (plan.n) return put(&plan, value, true);
    if (!adj_check_in_place(plan.view)) return false;
    AdjTensor *v = fit_value(value, plan.view, adj_shape(plan.view), true);
    return adj_assign(plan.view, adj_add(plan.view, v, ADJ_I(1)));
}
