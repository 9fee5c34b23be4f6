// SPDX-License-Identifier: Apache-2.0
// inplace.c: changing a tensor that may have a history or share its storage.
//
// A write goes in two steps: the new value is computed as a result of its own, then copied over
// the old elements, which raises the storage's version; whoever saved the old contents finds
// out by it. The target takes over the history of the value. When the target is a view, it is
// the base whose history changes: a copy_slice node says that part of the base now comes from
// the value. Views notice by the version that they are behind and are then derived from the
// base anew (adj_current_node).
#include "autograd/rings.h"
#include "core/trace.h"

bool adj_copy_data(AdjTensor *y, AdjTensor *x)
{
    if (y->numel == 0) return true;
    if (ADJ_UNLIKELY(adj_device_of(y) != adj_device_of(x))) return adj_copy_across(y, x);
    AdjIter it;
    adj_iter_make(&it, 2, (AdjTensor *[]){y, x});
    return y->storage->device->copy(&it);
}

// Elements that stand for several (a broadcast axis) cannot be written one by one.
static bool has_overlap(const AdjTensor *x)
{
    for (int d = 0; d < x->ndim; d++)
        if (x->strides[d] == 0 && x->sizes[d] > 1) return true;
    return false;
}

bool adj_check_in_place(AdjTensor *x)
{
    if (has_overlap(x)) {
        return adj_fail(
            ADJ_E_RUNTIME,
            "unsupported operation: more than one element of the written-to tensor refers "
            "to a single memory location. Please clone() the tensor before performing the "
            "operation.");
    }
    if (!adj_grad_enabled()) return true;
    if (x->requires_grad && !x->node && !x->base) {
        return adj_fail(ADJ_E_RUNTIME, "a leaf Variable that requires grad is being used in an "
                                       "in-place operation.");
    }
    if (x->base && x->base->requires_grad && !x->base->node) {
        return adj_fail(ADJ_E_RUNTIME,
                        "a view of a leaf Variable that requires grad is being used in "
                        "an in-place operation.");
    }
    return true;
}

// The value's own node may have saved the target's old contents: it gets a copy of them.
static bool rescue_saved(AdjNode *node, const AdjTensor *x)
{
    for (int i = 0; node && i < node->n_in; i++) {
        AdjTensor **place = adj_saved_place(node, i), *saved = *place;
        if (!saved || saved->storage != x->storage) continue;
        AdjTensor *copy = adj_new_like(saved, ADJ_SAME);
        if (!copy || !adj_copy_data(copy, saved)) return false;
        if (saved->node) {
            copy->node = adj_node_keep(saved->node);
            copy->out = saved->out;
        }
        copy->requires_grad = saved->requires_grad && saved->node;
        *place = adj_keep(copy);
        adj_drop(&saved);
        node->in[i].version = copy->storage->version;
    }
    return true;
}

bool adj_take_history(AdjTensor *x, AdjNode *node, uint32_t out, bool requires_grad)
{
    if (!adj_rings_break(x, node)) return false;
    AdjNode *old = x->node;
    if (old && x->retains_grad) x->retains_grad = false;
    x->node = adj_node_keep(node);
    x->out = out;
    x->requires_grad = requires_grad;
    adj_node_drop(old);
    return true;
}

// ---------------------------------------------------------------- part of a tensor replaced

static AdjTensor *strided(AdjTensor *t, AdjValue *arg)
{
    return adj_as_strided(t, arg[0].ints, arg[1].ints, arg[2].i);
}

static void copy_slice_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjTensor *g = adj_contiguous(dy[0]);  // as the base lies; a sum's gradient is expanded
    if (adj_wants(n, 0)) {
        AdjTensor *zero = adj_zeros_of(n->arg[0].ints, (AdjDtype)dy[0]->dtype);
        dx[0] = adj_copy_slice(g, zero, n->arg[0].ints, n->arg[1].ints, n->arg[2].i);
    }
    if (adj_wants(n, 1)) dx[1] = strided(g, n->arg);
}

ADJ_OP(copy_slice,
       "(input: tensor, value: tensor, size: ints, stride: ints, offset: int) -> tensor",
       "A contiguous copy of input in which the elements that size, stride and offset (as in "
       "as_strided) "
       "select are those of value.",
       .vjp = copy_slice_vjp, .torch = "CopySlices", .no_method = true)
AdjTensor *op_copy_slice(AdjTensor *x, AdjTensor *value, AdjShape size, AdjShape stride,
                         int64_t offset)
{
    AdjTensor *y = adj_new_like(x, ADJ_SAME);
    if (!y || !adj_copy_data(y, x)) return NULL;
    AdjTensor *part = adj_tensor_make(y->storage, (AdjDtype)y->dtype, size, stride.at, offset);
    return part && adj_copy_data(part, value) ? y : NULL;
}

// Records on the base that the elements under the view [x] now come from [value].
static bool write_through(AdjTensor *x, AdjTensor *value)
{
    AdjTensor *base = x->base;
    AdjShape stride = {.n = x->ndim};
    memcpy(stride.at, x->strides, (size_t)x->ndim * sizeof *stride.at);
    AdjValue arg[] = {
        {.ints = adj_shape(x)}, {.ints = stride}, {.i = x->offset - base->offset}};
    AdjNode *node =
        adj_node_make(&adj_op_copy_slice, 1, &base, 2, (AdjTensor *[]){base, value}, 3, arg);
    if (!node) return false;
    bool ok = adj_take_history(base, node, 0, true);
    adj_node_drop(node);
    return ok;
}

AdjNode *adj_current_node(AdjTensor *t)
{
    if (!adj_is_stale_view(t)) return t->node;
    t->node_version = t->storage->version;
    if (!t->base->requires_grad || !t->base->node) return t->node;
    bool was = adj_set_grad_enabled(true);
    ADJ_SCOPE;
    AdjShape stride = {.n = t->ndim};
    memcpy(stride.at, t->strides, (size_t)t->ndim * sizeof *stride.at);
    // The node saves what it is called with; the base itself would be held by its own history.
    AdjTensor *base = adj_scoped(adj_saved_view(t->base));
    AdjTensor *fresh = adj_as_strided(base, adj_shape(t), stride, t->offset);
    if (fresh) adj_take_history(t, fresh->node, fresh->out, fresh->requires_grad);
    adj_set_grad_enabled(was);
    return t->node;
}

// ---------------------------------------------------------------- assignment

static bool check_value(AdjTensor *x, AdjTensor *value)
{
    AdjShape both;
    if (!adj_broadcast(adj_shape(x), adj_shape(value), &both)) return false;
    if (!adj_shape_equal(both, adj_shape(x))) {
        return adj_fail(ADJ_E_SHAPE,
                        "%s: output with shape %s doesn't match the broadcast shape %s",
                        adj_op_name(), adj_shape_text(adj_shape(x)), adj_shape_text(both));
    }
    if (adj_dtype_category((AdjDtype)value->dtype) > adj_dtype_category((AdjDtype)x->dtype) &&
        !value->wrapped) {
        return adj_fail(ADJ_E_DTYPE,
                        "%s: result type %s can't be cast to the desired output type %s",
                        adj_op_name(), adj_dtype_name((AdjDtype)value->dtype),
                        adj_dtype_name((AdjDtype)x->dtype));
    }
    return true;
}

// What the history needs: the value in the target's shape and type, its conversions on the
// tape.
static AdjTensor *fitted(AdjTensor *value, const AdjTensor *x)
{
    if (value->dtype != x->dtype) value = adj_to(value, (AdjDtype)x->dtype);
    if (value && !adj_shape_equal(adj_shape(value), adj_shape(x)))
        value = adj_expand(value, adj_shape(x));
    return value;
}

static AdjTensor *assign(AdjTensor *x, AdjTensor *value, bool fresh)
{
    if (!x || !value || adj_error_kind()) return NULL;
    if (!adj_check_in_place(x) || !check_value(x, value)) return NULL;
    bool tracked =
        adj_grad_enabled() && adj_is_float(x) && (adj_needs_grad(value) || adj_needs_grad(x));
    if (tracked && !(value = fitted(value, x))) return NULL;
    // A leaf has no history to hand over: a copy of it has one, which leads to the leaf.
    if (tracked && !value->node && value->requires_grad && !(value = adj_clone(value)))
        return NULL;
    if (tracked && fresh && !rescue_saved(value->node, x)) return NULL;
    if (!adj_copy_data(x, value)) return NULL;
    adj_touch(x);
    if (ADJ_UNLIKELY(adj_thread.watchers & ADJ_WATCH_CALLS)) adj_watch_assign(x, value);
    if (!tracked) return x;
    if (x->base) return write_through(x, value) ? x : NULL;
    return adj_take_history(x, value->node, value->out, value->requires_grad) ? x : NULL;
}

AdjTensor *adj_assign(AdjTensor *x, AdjTensor *value)
{
    return assign(x, value, true);
}

AdjTensor *adj_assign_given(AdjTensor *x, AdjTensor *value)
{
    return assign(x, value, false);
}
