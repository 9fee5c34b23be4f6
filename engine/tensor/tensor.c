// SPDX-License-Identifier: Apache-2.0
// tensor.c: storage and the tensor struct: making, counting, releasing, asking.
//
// Storage and tensors are counted separately, so any number of views share one block. Releasing
// the last reference to a tensor releases its node, and a node's inputs are released by an
// explicit work list (autograd/node.c): a chain of a million results goes in bounded stack.
#include "core/internal.h"

#include "autograd/hooks.h"
#include "tensor/limit.h"

#include <stdlib.h>

// What the storage of no elements points to: arithmetic on NULL is undefined even by nothing.
static const _Alignas(64) char nothing[64];

AdjStorage *adj_storage_make(const AdjDevice *device, size_t bytes)
{
    AdjStorage *s = adj_alloc(sizeof *s);
    if (!s) return NULL;
    *s = (AdjStorage){
        .refs = 1, .device = device, .data = (void *)(uintptr_t)nothing, .bytes = bytes};
    if (bytes) {
        bool here = ADJ_LIKELY(device == &adj_cpu);  // asked before every result
        s->data = here ? adj_alloc(bytes) : device->alloc(device, bytes);
        if (!s->data) {
            adj_free(s, sizeof *s);
            return NULL;
        }
    }
    adj_thread.live_bytes += (int64_t)bytes;
    return s;
}

static void release_bytes(AdjStorage *s)
{
    if (ADJ_LIKELY(s->device == &adj_cpu))
        adj_free(s->data, s->bytes);
    else
        s->device->release(s->device, s->data, s->bytes);
}

void adj_storage_drop(AdjStorage *s)
{
    if (!s || --s->refs) return;
    adj_thread.live_bytes -= (int64_t)s->bytes;
    if (s->foreign)
        s->foreign(s->owner);
    else if (s->bytes)
        release_bytes(s);
    adj_free(s, sizeof *s);
}

_Thread_local int64_t adj_most_tensor_bytes;

static bool exceeds_limit(AdjShape shape, AdjDtype dtype)
{
    int64_t most = adj_most_tensor_bytes, n = most ? adj_shape_numel(shape) : 0;
    if (!most || (n >= 0 && n <= most / (int64_t)adj_dtype_size(dtype))) return false;
    adj_fail(ADJ_E_MEMORY, "%s: a tensor of shape %s is too large", adj_op_name(),
             adj_shape_text(shape));
    return true;
}

AdjTensor *adj_tensor_make(AdjStorage *storage, AdjDtype dtype, AdjShape shape,
                           const int64_t *strides, int64_t offset)
{
    if (ADJ_UNLIKELY(exceeds_limit(shape, dtype))) return NULL;
    AdjTensor *t = adj_alloc(sizeof *t);
    if (!t) return NULL;
    memset(t, 0, offsetof(AdjTensor, sizes));
    t->refs = 1;
    t->dtype = (uint8_t)dtype;
    t->ndim = (uint8_t)shape.n;
    t->offset = offset;
    t->storage = storage;
    storage->refs++;
    int64_t numel = 1;
    for (int i = shape.n; i--;) {
        t->sizes[i] = shape.at[i];
        // A contiguous stride counts an axis of size 0 as 1, as PyTorch prints it; the strides
        // of no elements may wrap around.
        t->strides[i] = strides ? strides[i] : numel;
        if (strides || shape.at[i]) numel = (int64_t)((uint64_t)numel * (uint64_t)shape.at[i]);
    }
    t->numel = adj_shape_numel(shape);
    adj_thread.live_tensors++;
    return adj_scoped(t);
}

AdjTensor *adj_new(AdjShape shape, AdjDtype dtype)
{
    if (dtype == ADJ_SAME) dtype = adj_default_dtype();
    int64_t n = 1;
    for (int i = 0; i < shape.n; i++) {
        if (shape.at[i] < 0) {
            return adj_fail(ADJ_E_SHAPE, "%s: negative size in shape %s", adj_op_name(),
                            adj_shape_text(shape));
        }
        if (__builtin_mul_overflow(n, shape.at[i], &n) || n > INT64_MAX / 16) {
            return adj_fail(ADJ_E_MEMORY, "%s: a tensor of shape %s is too large",
                            adj_op_name(), adj_shape_text(shape));
        }
    }
    if (ADJ_UNLIKELY(exceeds_limit(shape, dtype))) return NULL;
    AdjStorage *s = adj_storage_make(adj_thread.device, (size_t)n * adj_dtype_size(dtype));
    if (!s) return NULL;
    AdjTensor *t = adj_tensor_make(s, dtype, shape, NULL, 0);
    adj_storage_drop(s);
    return t;
}

// On the device of [x].
AdjTensor *adj_new_like(const AdjTensor *x, AdjDtype dtype)
{
    AdjThread *t = &adj_thread;
    const AdjDevice *before = t->device;
    t->device = adj_device_of(x);
    AdjTensor *y = adj_new(adj_shape(x), dtype == ADJ_SAME ? (AdjDtype)x->dtype : dtype);
    t->device = before;
    return y;
}

AdjTensor *adj_from(const void *data, AdjShape shape, AdjDtype dtype)
{
    AdjTensor *t = adj_new(shape, dtype);
    if (!t || !t->numel) return t;
    const AdjDevice *d = adj_device_of(t);
    return d->upload(d, adj_ptr(t), data, (size_t)t->numel * adj_dtype_size(dtype)) ? t : NULL;
}

AdjTensor *adj_zeros_of(AdjShape shape, AdjDtype dtype)
{
    AdjTensor *t = adj_new(shape, dtype);
    if (!t || !t->numel) return t;
    const AdjDevice *d = adj_device_of(t);
    return d->zero(d, adj_ptr(t), (size_t)t->numel * adj_dtype_size((AdjDtype)t->dtype)) ? t
                                                                                         : NULL;
}

// A number has the type its kind promotes with: bool, i64, or the default float type.
AdjTensor *adj_number(AdjScalar x)
{
    AdjDtype dtype = x.kind == ADJ_S_BOOL ? ADJ_BOOL : x.kind == ADJ_S_INT ? ADJ_I64 : ADJ_F64;
    const AdjDevice *before = adj_thread.device;
    adj_thread.device = &adj_cpu;
    AdjTensor *t = adj_new(ADJ_SCALAR_SHAPE, dtype);
    adj_thread.device = before;
    if (!t) return NULL;
    t->wrapped = true;
    if (dtype == ADJ_F64)
        *(double *)adj_ptr(t) = x.f;
    else if (dtype == ADJ_I64)
        *(int64_t *)adj_ptr(t) = x.i;
    else
        *(bool *)adj_ptr(t) = x.i != 0;
    return t;
}

AdjTensor *adj_bare_view(const AdjTensor *t)
{
    AdjTensor *a =
        adj_tensor_make(t->storage, (AdjDtype)t->dtype, adj_shape(t), t->strides, t->offset);
    if (a) a->wrapped = t->wrapped;
    return a;
}

// ---------------------------------------------------------------- references

AdjTensor *adj_keep(AdjTensor *t)
{
    if (t) t->refs++;
    return t;
}

static void release(AdjTensor *t)
{
    if (t->node && t->retains_grad) adj_hooks_forget(t->node, t);
    adj_hooks_free(&t->hooks);
    AdjNode *node = t->node;
    adj_drop(&t->grad);
    adj_drop(&t->base);
    adj_storage_drop(t->storage);
    adj_free(t, sizeof *t);
    adj_thread.live_tensors--;
    if (node) adj_node_drop(node);
}

void adj_drop(AdjTensor **t)
{
    AdjTensor *dead = *t;
    *t = NULL;
    if (dead && --dead->refs == 0) release(dead);
}

int64_t adj_live_tensors(void)
{
    return adj_thread.live_tensors;
}
int64_t adj_live_bytes(void)
{
    return adj_thread.live_bytes;
}

// ---------------------------------------------------------------- questions

// NULL, the result of what failed, has an answer to each: expressions nest unchecked.
AdjShape adj_shape(const AdjTensor *t)
{
    if (ADJ_UNLIKELY(!t)) return ADJ_SCALAR_SHAPE;
    AdjShape s = {.n = t->ndim};
    memcpy(s.at, t->sizes, (size_t)t->ndim * sizeof *s.at);
    return s;
}

int adj_ndim(const AdjTensor *t)
{
    return t ? t->ndim : 0;
}
int64_t adj_numel(const AdjTensor *t)
{
    return t ? t->numel : 0;
}
AdjDtype adj_dtype(const AdjTensor *t)
{
    return t ? (AdjDtype)t->dtype : ADJ_SAME;
}
bool adj_is_leaf(const AdjTensor *t)
{
    return !t || t->node == NULL;
}
uint32_t adj_version(const AdjTensor *t)
{
    return t ? t->storage->version : 0;
}
void *adj_data(const AdjTensor *t)
{
    return t ? adj_ptr(t) : NULL;
}

int64_t adj_size(const AdjTensor *t, int64_t dim)
{
    if (!t) return -1;
    if (dim < 0) dim += t->ndim;
    return dim >= 0 && dim < t->ndim ? t->sizes[dim] : -1;
}

int64_t adj_stride(const AdjTensor *t, int64_t dim)
{
    if (!t) return -1;
    if (dim < 0) dim += t->ndim;
    return dim >= 0 && dim < t->ndim ? t->strides[dim] : -1;
}

bool adj_is_contiguous(const AdjTensor *t)
{
    int64_t expected = 1;
    if (!t || t->numel == 0) return true;
    for (int i = t->ndim; i--;) {
        if (t->sizes[i] != 1 && t->strides[i] != expected) return false;
        expected *= t->sizes[i];
    }
    return true;
}

AdjScalar adj_item_scalar(AdjTensor *t)
{
    if (!t) return ADJ_NO_SCALAR;
    if (t->numel != 1) {
        adj_fail(ADJ_E_RUNTIME, "a Tensor with %lld elements cannot be converted to Scalar",
                 (long long)t->numel);
        return ADJ_NO_SCALAR;
    }
    uint64_t there;
    const void *p = adj_ptr(t);
    const AdjDevice *d = adj_device_of(t);
    if (ADJ_UNLIKELY(d != &adj_cpu)) {
        if (!d->download(d, &there, p, adj_dtype_size((AdjDtype)t->dtype)))
            return ADJ_NO_SCALAR;
        p = &there;
    }
    switch ((AdjDtype)t->dtype) {
    case ADJ_F32: return ADJ_F(*(const float *)p);
    case ADJ_F64: return ADJ_F(*(const double *)p);
    case ADJ_F16: return ADJ_F(adj_half_to_float(*(const uint16_t *)p));
    case ADJ_BF16: return ADJ_F(adj_bfloat_to_float(*(const uint16_t *)p));
    case ADJ_I64: return ADJ_I(*(const int64_t *)p);
    case ADJ_I32: return ADJ_I(*(const int32_t *)p);
    case ADJ_U8: return ADJ_I(*(const uint8_t *)p);
    default: break;
    }
    bool b = *(const uint8_t *)p != 0;
    return (AdjScalar){ADJ_S_BOOL, b, b};
}

double adj_item(AdjTensor *t)
{
    AdjScalar s = adj_item_scalar(t);
    return s.kind == ADJ_S_NONE ? NAN : s.f;
}

const char *adj_describe(const AdjTensor *t)
{
    const char *shape = adj_shape_text(adj_shape(t));
    char *text = shape ? adj_scope_memory(strlen(shape) + 16) : NULL;
    if (!text) return "?";
    sprintf(text, "%s %s", shape, adj_dtype_short((AdjDtype)t->dtype));
    return text;
}
