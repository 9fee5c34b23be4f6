// SPDX-License-Identifier: Apache-2.0
// place.c: where an operation runs, and tensors on their way from device to device.
//
// Operands decide: they must lie on one device, which is where the operation runs and where the
// tensors that it makes lie. Two kinds of operand may differ. A number of the language, and a
// tensor without axes on the CPU, go along with everything. And a row that is marked `hosted`
// has no kernels for other devices: its operands are copied to the host, it runs there, and its
// results are copied back. Both kinds of copy are operations on the tape where the row records
// its parts itself, so derivatives of every order find their way back.
//
// None of this runs while the CPU is the only device that has been opened.
#include "core/internal.h"

// ---------------------------------------------------------------- copies

AdjTensor *adj_on(AdjTensor *t, const AdjDevice *d)
{
    if (!t || adj_device_of(t) == d) return t;
    return adj_to_copy(t, adj_dtype(t), d->title);
}

AdjTensor *adj_on_host(const AdjTensor *t)
{
    AdjTensor *own = (AdjTensor *)(uintptr_t)t;
    if (!t || adj_device_of(t) == &adj_cpu) return own;
    const AdjDevice *before = adj_device_use(&adj_cpu);
    AdjTensor *y = adj_new(adj_shape(t), adj_dtype(t));
    adj_device_use(before);
    if (!y || !adj_copy_data(y, own)) return NULL;
    y->wrapped = t->wrapped;
    return y;
}

AdjTensor *adj_host(const AdjTensor *t)
{
    return adj_on_host(t);
}

static AdjTensor *dense_on(AdjTensor *x, AdjDtype dtype, const AdjDevice *d)
{
    const AdjDevice *before = adj_device_use(d);
    AdjTensor *y = adj_new(adj_shape(x), dtype);
    adj_device_use(before);
    return y;
}

// Bytes of two dense tensors alike, on different devices. What lies on neither side of the CPU
// goes through it.
static bool transfer(AdjTensor *y, AdjTensor *x)
{
    const AdjDevice *to = adj_device_of(y), *from = adj_device_of(x);
    size_t bytes = (size_t)x->numel * adj_dtype_size((AdjDtype)x->dtype);
    if (from == &adj_cpu) return to->upload(to, adj_ptr(y), adj_ptr(x), bytes);
    if (to == &adj_cpu) return from->download(from, adj_ptr(y), adj_ptr(x), bytes);
    AdjTensor *between = dense_on(x, (AdjDtype)x->dtype, &adj_cpu);
    return between && transfer(between, x) && transfer(y, between);
}

// Types and strides are the business of the device that has the elements: only dense elements
// of the final type travel.
bool adj_copy_across(AdjTensor *y, AdjTensor *x)
{
    ADJ_SCOPE;
    AdjTensor *dense = x, *there = y;
    if (x->dtype != y->dtype || !adj_is_contiguous(x)) {
        dense = dense_on(x, (AdjDtype)y->dtype, adj_device_of(x));
        if (!dense || !adj_copy_data(dense, x)) return false;
    }
    bool straight = adj_is_contiguous(y) && y->numel == x->numel;
    if (!straight) there = dense_on(x, (AdjDtype)y->dtype, adj_device_of(y));
    return there && transfer(there, dense) && (there == y || adj_copy_data(y, there));
}

// ---------------------------------------------------------------- calls

static bool is_alone(const AdjTensor *t)
{
    return t->ndim == 0 && adj_device_of(t) == &adj_cpu;
}

static void *fail_mixed(const AdjDevice *a, const AdjDevice *b)
{
    return adj_fail(ADJ_E_DEVICE,
                    "%s: Expected all tensors to be on the same device, but found at least two "
                    "devices, %s and %s!",
                    adj_op_name(), a->title, b->title);
}

// The one device of the tensors that are no single numbers of the CPU. Numbers alone stay
// there, but for those that tell a hosted row how to draw.
static bool agree(const AdjCall *c, const AdjTensor *t, const AdjDevice **home, bool *fixed)
{
    if (!t || (is_alone(t) && *fixed)) return true;
    if (is_alone(t)) {
        if (!t->wrapped || !c->op->hosted) *home = &adj_cpu;
        return true;
    }
    if (*fixed && *home != adj_device_of(t)) return fail_mixed(*home, adj_device_of(t));
    *home = adj_device_of(t);
    *fixed = true;
    return true;
}

// A copy where the call runs in place of [*t]. Numbers of the language stay: kernels take them
// as they are.
static bool bring(AdjTensor **t, const AdjDevice *d)
{
    if (!*t || adj_device_of(*t) == d || ((*t)->wrapped && is_alone(*t))) return true;
    *t = adj_on(*t, d);
    return *t != NULL;
}

bool adj_call_enter(AdjCall *c, int n, AdjTensor **const *in, AdjTensors *list)
{
    const AdjDevice *home = adj_thread.device;
    bool fixed = false;
    if (c->op == &adj_op_to_copy) return true;
    for (int i = 0; i < n; i++)
        if (!agree(c, *in[i], &home, &fixed)) return false;
    for (int i = 0; list && i < list->n; i++)
        if (!agree(c, list->at[i], &home, &fixed)) return false;
    c->home = home;
    c->hosted = c->op->hosted && home != &adj_cpu;
    const AdjDevice *where = c->hosted ? &adj_cpu : home;
    adj_device_use(where);
    for (int i = 0; i < n; i++)
        if (!bring(in[i], where)) return false;
    if (!list || !list->n) return true;
    AdjTensors own = {list->n, adj_scope_memory((size_t)list->n * sizeof *own.at)};
    if (!own.at) return false;
    memcpy(own.at, list->at, (size_t)list->n * sizeof *own.at);
    for (int i = 0; i < own.n; i++)
        if (!bring(&own.at[i], where)) return false;
    *list = own;
    return true;
}

// What the row changed in the copies of its operands it changes in the operands.
static void write_back(int n, AdjTensor *const *given, AdjTensor **const *in)
{
    for (int i = 0; i < n; i++) {
        if (!given[i] || given[i] == *in[i] || !(*in[i])->storage->version) continue;
        if (!adj_copy_data(given[i], *in[i])) return;
        adj_touch(given[i]);
    }
}

// A result that is an operand's copy is the operand.
void adj_call_leave(const AdjCall *c, int n_out, AdjTensor **out, int n_in,
                    AdjTensor *const *given, AdjTensor **const *in)
{
    if (c->hosted) write_back(n_in, given, in);
    for (int k = 0; k < n_out; k++) {
        AdjTensor *made = out[k];
        for (int i = 0; i < n_in && out[k] == made; i++)
            if (made && made == *in[i]) out[k] = given[i];
        if (c->hosted && out[k] == made) out[k] = adj_on(made, c->home);
    }
}
