// SPDX-License-Identifier: Apache-2.0
// convert.c: the same values in another element type. One row does the work; the others are the
// spellings that people know. A tensor that has the type already is handed through as it is.
#include "ops/shape/view.h"

static void to_copy_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjTensor *g = adj_on(dy[0], adj_device_at(n->in[0].device));
    dx[0] = g ? adj_to(g, (AdjDtype)n->in[0].dtype) : NULL;
}

ADJ_OP(
    to_copy, "(input: tensor, dtype: dtype, device: str? = None) -> tensor",
    "A copy in another element type, or on another device. Floats lose their fraction on the "
    "way to an integer.",
    .vjp = to_copy_vjp, .no_method = true)
AdjTensor *op_to_copy(AdjTensor *input, AdjDtype dtype, const char *device)
{
    const AdjDevice *d = device ? adj_device_find(device) : adj_device_of(input);
    if (!d) return NULL;
    const AdjDevice *before = adj_device_use(d);
    AdjTensor *y = adj_new(adj_shape(input), dtype == ADJ_SAME ? adj_dtype(input) : dtype);
    bool copied = y && adj_copy_data(y, input);
    adj_device_use(before);
    return copied ? y : NULL;
}

static AdjTensor *convert(AdjTensor *x, AdjDtype dtype)
{
    return dtype == ADJ_SAME || x->dtype == dtype ? x : adj_to_copy(x, dtype, NULL);
}

ADJ_OP(to, "(input: tensor, dtype: dtype? = None) -> tensor",
       "The values in element type dtype; the tensor itself when it has that type.")
AdjTensor *op_to(AdjTensor *input, AdjDtype dtype)
{
    return convert(input, dtype);
}

ADJ_OP(type_as, "(input: tensor, other: tensor) -> tensor", "The values in the type of other.")
AdjTensor *op_type_as(AdjTensor *input, AdjTensor *other)
{
    return convert(input, adj_dtype(other));
}

ADJ_OP(float, "(input: tensor) -> tensor", "The values as float32.")
AdjTensor *op_float(AdjTensor *input)
{
    return convert(input, ADJ_F32);
}

ADJ_OP(double, "(input: tensor) -> tensor", "The values as float64.")
AdjTensor *op_double(AdjTensor *input)
{
    return convert(input, ADJ_F64);
}

ADJ_OP(half, "(input: tensor) -> tensor", "The values as float16.")
AdjTensor *op_half(AdjTensor *input)
{
    return convert(input, ADJ_F16);
}

ADJ_OP(bfloat16, "(input: tensor) -> tensor", "The values as bfloat16.")
AdjTensor *op_bfloat16(AdjTensor *input)
{
    return convert(input, ADJ_BF16);
}

ADJ_OP(long, "(input: tensor) -> tensor", "The values as int64.")
AdjTensor *op_long(AdjTensor *input)
{
    return convert(input, ADJ_I64);
}

ADJ_OP(int, "(input: tensor) -> tensor", "The values as int32.")
AdjTensor *op_int(AdjTensor *input)
{
    return convert(input, ADJ_I32);
}

ADJ_OP(byte, "(input: tensor) -> tensor", "The values as uint8.")
AdjTensor *op_byte(AdjTensor *input)
{
    return convert(input, ADJ_U8);
}

ADJ_OP(bool, "(input: tensor) -> tensor", "True where the value is not zero.")
AdjTensor *op_bool(AdjTensor *input)
{
    return convert(input, ADJ_BOOL);
}
