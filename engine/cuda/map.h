// SPDX-License-Identifier: Apache-2.0
// map.h: what the engine and the elementwise kernels of the plugin say to each other.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { ADJ_CUDA_OPERANDS = 6, ADJ_CUDA_DIMS = 8 };

// How an operand is stored. Halves are computed in float; every other element is stored as it
// is computed, but for the truth values that `where` chooses by. A number is no memory at all:
// it comes along with the launch.
typedef enum AdjCudaForm {
    ADJ_FORM_PLAIN,
    ADJ_FORM_F16,
    ADJ_FORM_BF16,
    ADJ_FORM_BYTE,
    ADJ_FORM_NUMBER
} AdjCudaForm;

typedef union AdjCudaNumber {
    double f;
    int64_t i;
} AdjCudaNumber;

// One elementwise launch, small enough to travel as the kernel's argument. Axis 0 is the
// innermost; strides are in bytes, 0 where an operand repeats; operand 0 is the result.
typedef struct AdjCudaMap {
    int n, ndim;
    bool flat;  // every operand is a number, or lies without gaps and aligned for a vector
    int64_t numel;
    int64_t sizes[ADJ_CUDA_DIMS];
    char *data[ADJ_CUDA_OPERANDS];
    int64_t strides[ADJ_CUDA_OPERANDS][ADJ_CUDA_DIMS];
    uint8_t form[ADJ_CUDA_OPERANDS];  // AdjCudaForm
    AdjCudaNumber number[ADJ_CUDA_OPERANDS];
    double param[3];
} AdjCudaMap;

// The types that kernels compute in; halves use f32, bool uses u8.
typedef enum AdjCudaSlot {
    ADJ_CUDA_F32,
    ADJ_CUDA_F64,
    ADJ_CUDA_I64,
    ADJ_CUDA_I32,
    ADJ_CUDA_U8,
    ADJ_CUDA_SLOTS
} AdjCudaSlot;

// Starts the kernel. False and an error when it could not be started; what goes wrong later is
// reported by the next call that waits.
typedef bool (*AdjCudaLaunch)(const AdjCudaMap *map);

// A formula of pointwise.def or one of its derivative columns ("tanh", "tanh_dx"), by type;
// NULL where the row has no formula for that type. The list ends with a NULL name.
typedef struct AdjCudaRow {
    const char *name;
    int inputs;
    AdjCudaLaunch launch[ADJ_CUDA_SLOTS];
} AdjCudaRow;

extern const AdjCudaRow adj_cuda_rows[];

#ifdef __cplusplus
}
#endif
