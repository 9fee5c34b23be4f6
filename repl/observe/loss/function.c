// SPDX-License-Identifier: Apache-2.0
// function.c: an expression of the program as a function of its tensors: its value, always from
// the same random numbers, and single elements to try it with.
#include "observe/watching.h"

#include "core/random.h"

bool adj_scalar_code_value(const AdjScalarCode *f, double *out)
{
    ADJ_SCOPE;
    AdjTensor *t;
    if (!adj_generator_set_state(adj_generator_now(), f->random) ||
        !adj_observe_evaluate(f->vm, f->code, false, &t))
        return false;
    *out = adj_item(t);
    return !adj_error_kind();
}

double adj_element_read(const AdjTensor *t, int64_t k)
{
    char *p = (char *)t->storage->data + k * (int64_t)adj_dtype_size((AdjDtype)t->dtype);
    return t->dtype == ADJ_F32 ? (double)*(float *)p : *(double *)p;
}

void adj_element_write(AdjTensor *t, int64_t k, double v)
{
    char *p = (char *)t->storage->data + k * (int64_t)adj_dtype_size((AdjDtype)t->dtype);
    if (t->dtype == ADJ_F32)
        *(float *)p = (float)v;
    else
        *(double *)p = v;
}

int64_t adj_element_place(const AdjTensor *t, const int64_t *at)
{
    int64_t k = t->offset;
    for (int i = 0; i < t->ndim; i++) {
        if (at[i] < 0 || at[i] >= t->sizes[i]) return -1;
        k += at[i] * t->strides[i];
    }
    return k;
}
