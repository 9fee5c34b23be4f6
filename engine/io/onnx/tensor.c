// SPDX-License-Identifier: Apache-2.0
// tensor.c: TensorProto and our tensors. The elements stand either as raw little-endian
// bytes or in one of several typed lists, which pack small types into 32-bit words.
#include "io/onnx/onnx.h"

typedef Onnx__TensorProto Proto;

static const struct {
    int32_t code;
    AdjDtype dtype;
} types[] = {
    {ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, ADJ_F32},
    {ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE, ADJ_F64},
    {ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16, ADJ_F16},
    {ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16, ADJ_BF16},
    {ONNX__TENSOR_PROTO__DATA_TYPE__INT64, ADJ_I64},
    {ONNX__TENSOR_PROTO__DATA_TYPE__INT32, ADJ_I32},
    {ONNX__TENSOR_PROTO__DATA_TYPE__UINT8, ADJ_U8},
    {ONNX__TENSOR_PROTO__DATA_TYPE__BOOL, ADJ_BOOL},
};
enum { TYPES = sizeof types / sizeof *types };

AdjDtype adj_onnx_dtype(int32_t code)
{
    for (int i = 0; i < TYPES; i++)
        if (types[i].code == code) return types[i].dtype;
    return ADJ_SAME;
}

int32_t adj_onnx_dtype_code(AdjDtype dtype)
{
    int i = 0;
    while (types[i].dtype != dtype) i++;
    return types[i].code;
}

const char *adj_onnx_dtype_name(int32_t code)
{
    const ProtobufCEnumValue *v =
        protobuf_c_enum_descriptor_get_value(&onnx__tensor_proto__data_type__descriptor, code);
    return v ? v->name : "of an unknown number";
}

static void *bad(const Proto *p, const char *what)
{
    return adj_fail(ADJ_E_FILE, "onnx: tensor \"%s\" %s", p->name ? p->name : "", what);
}

static bool read_shape(const Proto *p, AdjShape *shape)
{
    shape->n = (int)p->n_dims;
    if (p->n_dims > ADJ_MAX_DIMS) return bad(p, "has more than 8 axes");
    int64_t n = 1;
    for (int i = 0; i < shape->n; i++) {
        shape->at[i] = p->dims[i];
        if (p->dims[i] < 0) return bad(p, "has a negative size");
        if (__builtin_mul_overflow(n, p->dims[i], &n) || n > (int64_t)1 << 46)
            return bad(p, "claims to be too large");
    }
    return true;
}

static AdjTensor *from_raw(const Proto *p, AdjShape shape, AdjDtype dtype)
{
    size_t size = adj_dtype_size(dtype), bytes = (size_t)adj_shape_numel(shape) * size;
    if (p->raw_data.len != bytes) return bad(p, "has a shape that does not fit its bytes");
    AdjTensor *t = adj_new(shape, dtype);
    if (!t) return NULL;
    if (bytes) memcpy(adj_data(t), p->raw_data.data, bytes);
    const uint16_t probe = 1;
    if (!*(const unsigned char *)&probe) adj_swap_bytes(adj_data(t), t->numel, size);
    if (dtype == ADJ_BOOL)
        for (size_t i = 0; i < bytes; i++) ((bool *)adj_data(t))[i] = p->raw_data.data[i] != 0;
    return t;
}

// The typed list that holds elements of [dtype] and its length.
static const void *list_of(const Proto *p, AdjDtype dtype, size_t *n)
{
    switch (dtype) {
    case ADJ_F32: return *n = p->n_float_data, p->float_data;
    case ADJ_F64: return *n = p->n_double_data, p->double_data;
    case ADJ_I64: return *n = p->n_int64_data, p->int64_data;
    default: return *n = p->n_int32_data, p->int32_data;
    }
}

static AdjTensor *from_list(const Proto *p, AdjShape shape, AdjDtype dtype)
{
    size_t n;
    const void *list = list_of(p, dtype, &n);
    if (n != (size_t)adj_shape_numel(shape))
        return bad(p, "has a shape that does not fit its elements");
    AdjTensor *t = adj_new(shape, dtype);
    if (!t || !n) return t;
    size_t size = adj_dtype_size(dtype);
    char *to = adj_data(t);
    for (size_t i = 0; i < n && size < 4; i++) {
        int32_t word = ((const int32_t *)list)[i];
        uint16_t half = (uint16_t)word;
        if (size == 2) memcpy(to + 2 * i, &half, 2);
        if (size == 1) to[i] = (char)(dtype == ADJ_BOOL ? word != 0 : word);
    }
    if (size >= 4) memcpy(to, list, n * size);
    return t;
}

AdjTensor *adj_onnx_tensor(const Proto *p)
{
    AdjShape shape;
    AdjDtype dtype = adj_onnx_dtype(p->data_type);
    if (dtype == ADJ_SAME) {
        return adj_fail(ADJ_E_FILE,
                        "onnx: tensor \"%s\" has the element type %s, which is not supported",
                        p->name ? p->name : "", adj_onnx_dtype_name(p->data_type));
    }
    if (p->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL)
        return bad(p, "lies in another file, which is not supported");
    if (!read_shape(p, &shape)) return NULL;
    return p->has_raw_data ? from_raw(p, shape, dtype) : from_list(p, shape, dtype);
}

AdjTensor *adj_onnx_load_tensor(const char *path)
{
    AdjFile file;
    if (adj_error_kind() || !adj_file_open(&file, path)) return NULL;
    ProtobufCMessage *m = adj_protobuf_unpack(&onnx__tensor_proto__descriptor, path,
                                              "an ONNX tensor", file.at, file.size);
    adj_file_close(&file);
    AdjTensor *t = m ? adj_onnx_tensor((Proto *)m) : NULL;
    if (m) protobuf_c_message_free_unpacked(m, NULL);
    return t;
}
