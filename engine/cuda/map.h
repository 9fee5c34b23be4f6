// SPDX-License-Identifier: Apache-2.0
// map.h: what the glue (C) and the elementwise kernels (CUDA) of the plugin say to each other.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { ADJ_CUDA_OPERANDS = 6, ADJ_CUDA_DIMS = 8 };

// One elementwise launch, small enough to travel as the kernel's argument. Axis 0 is the
// innermost; strides are in bytes, 0 where an operand repeats; operand 0 is the result.
typedef struct AdjCudaMap {
    int n, ndim;
    int64_t numel;
    int64_t sizes[ADJ_CUDA_DIMS];
    char *data[ADJ_CUDA_OPERANDS];
    int64_t strides[ADJ_CUDA_OPERANDS][ADJ_CUDA_DIMS];
    uint8_t form[ADJ_CUDA_OPERANDS];  // how the element is stored, see AdjCudaForm
    double param[3];
} AdjCudaMap;

// Halves are stored so and computed in float; every other element is stored as it is computed.
typedef enum AdjCudaForm { ADJ_FORM_PLAIN, ADJ_FORM_F16, ADJ_FORM_BF16 } AdjCudaForm;

// The types that kernels compute in; halves use f32, bool uses u8.
typedef enum AdjCudaSlot {
    ADJ_CUDA_F32,
    ADJ_CUDA_F64,
    ADJ_CUDA_I64,
    ADJ_CUDA_I32,
    ADJ_CUDA_U8,
    ADJ_CUDA_SLOTS
} AdjCudaSlot;

// Starts the kernel on [stream] (a cudaStream_t). What goes wrong is reported by the next call
// that waits.
typedef void (*AdjCudaLaunch)(const AdjCudaMap *map, void *stream);

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
