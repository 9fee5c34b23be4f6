// SPDX-License-Identifier: Apache-2.0
// dtype.c: the eight element types: names, sizes, promotion, and the half formats' conversions.
#include "core/internal.h"

static const struct {
    const char *name, *alias, *brief;
    uint8_t size;
    uint8_t category;  // 0 bool, 1 integer, 2 float
    uint8_t rank;      // order within the category
} types[ADJ_DTYPES] = {
    [ADJ_F32] = {"float32", "float", "f32", 4, 2, 2},
    [ADJ_F64] = {"float64", "double", "f64", 8, 2, 3},
    [ADJ_F16] = {"float16", "half", "f16", 2, 2, 0},
    [ADJ_BF16] = {"bfloat16", "bfloat16", "bf16", 2, 2, 1},
    [ADJ_I64] = {"int64", "long", "i64", 8, 1, 2},
    [ADJ_I32] = {"int32", "int", "i32", 4, 1, 1},
    [ADJ_U8] = {"uint8", "uint8", "u8", 1, 1, 0},
    [ADJ_BOOL] = {"bool", "bool", "bool", 1, 0, 0},
};

const char *adj_dtype_name(AdjDtype t)
{
    return t < ADJ_DTYPES ? types[t].name : "default";
}
const char *adj_dtype_short(AdjDtype t)
{
    return t < ADJ_DTYPES ? types[t].brief : "default";
}
bool adj_dtype_is_float(AdjDtype t)
{
    return t <= ADJ_BF16;
}
int adj_dtype_category(AdjDtype t)
{
    return types[t].category;
}

size_t adj_dtype_size(AdjDtype t)
{
    static const uint8_t sizes[ADJ_DTYPES] = {4, 8, 2, 2, 8, 4, 1, 1};
    return t < ADJ_DTYPES ? sizes[t] : 0;
}

AdjDtype adj_dtype_find(const char *name)
{
    for (int t = 0; t < ADJ_DTYPES; t++) {
        if (!strcmp(name, types[t].name) || !strcmp(name, types[t].alias) ||
            !strcmp(name, types[t].brief))
            return (AdjDtype)t;
    }
    return ADJ_SAME;
}

// The higher category wins; within one the wider type; f16 with bf16 meets at f32.
AdjDtype adj_dtype_promote(AdjDtype a, AdjDtype b)
{
    if (a == b) return a;
    if (types[a].category != types[b].category)
        return types[a].category > types[b].category ? a : b;
    if (types[a].size == 2 && types[b].size == 2) return ADJ_F32;
    return types[a].rank > types[b].rank ? a : b;
}

AdjDtype adj_default_dtype(void)
{
    return adj_thread.default_dtype;
}

bool adj_set_default_dtype(AdjDtype t)
{
    if (t > ADJ_BF16) {
        return adj_fail(ADJ_E_TYPE,
                        "only floating-point types are supported as the default type");
    }
    adj_thread.default_dtype = t;
    return true;
}

float adj_half_to_float(uint16_t h)
{
    uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = (h >> 10) & 31,
             fraction = h & 1023;
    union {
        uint32_t u;
        float f;
    } v;
    if (exponent == 31)
        v.u = sign | 0x7f800000u | fraction << 13;
    else if (exponent)
        v.u = sign | (exponent + 112) << 23 | fraction << 13;
    else {
        v.f = (float)fraction * 0x1p-24f;  // subnormal: exact
        v.u |= sign;
    }
    return v.f;
}

// Rounds to nearest, ties to even. Adding 2^k aligns the last kept bit, so the machine rounds
// for us.
uint16_t adj_float_to_half(float f)
{
    union {
        float f;
        uint32_t u;
    } v = {.f = f};
    uint32_t sign = v.u >> 16 & 0x8000;
    v.u &= 0x7fffffff;
    if (v.u > 0x7f800000u) return (uint16_t)(sign | 0x7e00);
    if (v.u >= 0x47800000u) return (uint16_t)(sign | 0x7c00);  // 65536 and up
    if (v.u < 0x38800000u) {                                   // below 2^-14: subnormal
        v.f += 0.5f;
        return (uint16_t)(sign | (v.u - 0x3f000000u));
    }
    uint32_t odd = v.u >> 13 & 1;
    return (uint16_t)(sign | (v.u - 0x38000000u + 0xfff + odd) >> 13);
}

float adj_bfloat_to_float(uint16_t b)
{
    union {
        uint32_t u;
        float f;
    } v = {.u = (uint32_t)b << 16};
    return v.f;
}

uint16_t adj_float_to_bfloat(float f)
{
    union {
        float f;
        uint32_t u;
    } v = {.f = f};
    if ((v.u & 0x7fffffff) > 0x7f800000u) return 0x7fc0;
    return (uint16_t)((v.u + 0x7fff + (v.u >> 16 & 1)) >> 16);
}
