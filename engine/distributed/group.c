// SPDX-License-Identifier: Apache-2.0
// group.c: see group.h.
#include "distributed/group.h"

#include <stdlib.h>

static AdjProcessGroup group = {.size = 1};  // of the process, set once
static bool joined;

const AdjProcessGroup *adj_group(void)
{
    return &group;
}

bool adj_group_fail(const char *why)
{
    return adj_fail(ADJ_E_RUNTIME, "distributed: %s", why);
}

// What Open MPI, MPICH and its kin, and Slurm tell the processes that they start.
bool adj_group_is_launched(void)
{
    static const char *const sizes[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MPI_LOCALNRANKS",
                                        "SLURM_NTASKS"};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const char *size = getenv(sizes[i]);
        if (size && atoi(size) > 1) return true;
    }
    return false;
}

bool adj_group_join(const AdjTransport *transport)
{
    char why[ADJ_WHY] = "";
    if (joined) return true;
    if (transport && !transport->start(&group.rank, &group.size, why))
        return adj_group_fail(why);
    group.transport = transport;
    joined = true;
    return true;
}

bool adj_group_element(AdjDtype type, AdjElement *out)
{
    static const int elements[ADJ_DTYPES] = {[ADJ_F32] = ADJ_ELEMENT_F32 + 1,
                                             [ADJ_F64] = ADJ_ELEMENT_F64 + 1,
                                             [ADJ_I64] = ADJ_ELEMENT_I64 + 1,
                                             [ADJ_I32] = ADJ_ELEMENT_I32 + 1,
                                             [ADJ_U8] = ADJ_ELEMENT_U8 + 1};
    if (elements[type] == 0) return false;
    *out = (AdjElement)(elements[type] - 1);
    return true;
}

// [x] itself where its elements can travel as they lie, else a copy that can.
static AdjTensor *packed(AdjTensor *x, AdjElement *element)
{
    AdjTensor *y = adj_bare_view(x);
    if (y && adj_is_half(x)) y = adj_to(y, ADJ_F32);
    y = y ? adj_contiguous(y) : NULL;
    if (!y) return NULL;
    if (element && !adj_group_element((AdjDtype)y->dtype, element))
        return adj_fail(ADJ_E_TYPE, "distributed: %s cannot be reduced",
                        adj_dtype_name((AdjDtype)x->dtype));
    return y;
}

static bool unpack(AdjTensor *x, AdjTensor *y)
{
    bool same = y->storage == x->storage;
    return (same || adj_copy_data(x, y)) && (adj_touch(x), true);
}

bool adj_group_reduce(AdjTensor *x, AdjReduction how)
{
    ADJ_SCOPE;
    char why[ADJ_WHY];
    AdjElement element;
    if (!group.transport) return true;
    bool was = adj_set_grad_enabled(false);
    AdjTensor *y = packed(x, &element);
    bool ok = y != NULL;
    if (ok && !group.transport->reduce(adj_ptr(y), y->numel, element, how, NULL, why))
        ok = adj_group_fail(why);
    ok = ok && unpack(x, y);
    adj_set_grad_enabled(was);
    return ok;
}

static int64_t bytes_of(const AdjTensor *x)
{
    return x->numel * (int64_t)adj_dtype_size((AdjDtype)x->dtype);
}

bool adj_group_broadcast(AdjTensor *x, int root)
{
    ADJ_SCOPE;
    char why[ADJ_WHY];
    if (root < 0 || root >= group.size)
        return adj_fail(ADJ_E_VALUE, "broadcast: no process %d in a group of %d", root,
                        group.size);
    if (!group.transport) return true;
    bool was = adj_set_grad_enabled(false);
    AdjTensor *y = adj_contiguous(adj_bare_view(x));
    bool ok = y != NULL;
    if (ok && !group.transport->broadcast(adj_ptr(y), bytes_of(y), root, why))
        ok = adj_group_fail(why);
    ok = ok && unpack(x, y);
    adj_set_grad_enabled(was);
    return ok;
}

AdjTensor *adj_group_gather(AdjTensor *x)
{
    char why[ADJ_WHY];
    AdjShape shape = {.n = x->ndim + 1};
    if (x->ndim == ADJ_MAX_DIMS)
        return adj_fail(ADJ_E_SHAPE, "gather: a tensor of %d axes has no room for one more",
                        ADJ_MAX_DIMS);
    shape.at[0] = group.size;
    memcpy(shape.at + 1, x->sizes, (size_t)x->ndim * sizeof *x->sizes);
    AdjTensor *out = adj_zeros_of(shape, (AdjDtype)x->dtype);
    AdjTensor *one = adj_contiguous(adj_bare_view(x));
    if (!out || !one) return NULL;
    if (!group.transport)
        memcpy(adj_ptr(out), adj_ptr(one), (size_t)bytes_of(one));
    else if (!group.transport->gather(adj_ptr(one), bytes_of(one), adj_ptr(out), why))
        return adj_group_fail(why), NULL;
    return out;
}

bool adj_group_barrier(void)
{
    char why[ADJ_WHY];
    return !group.transport || group.transport->barrier(why) || adj_group_fail(why);
}
