// SPDX-License-Identifier: Apache-2.0
// update.cu: the optimizers' rules, the CPU's text with one element in each thread. Parameter,
// gradient and state are each read and written once, so the memory is what it costs.
#include "cuda/families.cuh"
#include "cuda/launch.cuh"

#include <cstring>

#define RULE static __device__ __forceinline__
#define RESTRICT __restrict__
#include "device/update_rules.h"
RULES(float, sqrtf, f32)
RULES(double, sqrt, f64)

#define ADJ_RULES(X)                                                                \
    X(SGD, sgd)                                                                     \
    X(ADAM, adam)                                                                   \
    X(RMSPROP, rmsprop) X(ADAGRAD, adagrad) X(ADADELTA, adadelta) X(ADAMAX, adamax) \
        X(RADAM, radam) X(NADAM, nadam) X(ASGD, asgd) X(RPROP, rprop) X(LION, lion)

#define KERNEL(rule, name, T, suffix)                                         \
    static __global__ void name##_kernel_##suffix(AdjUpdateCall c)            \
    {                                                                         \
        ADJ_EACH (i, c.n) {                                                   \
            T *s[ADJ_UPDATE_STATES];                                          \
            for (int k = 0; k < ADJ_UPDATE_STATES; k++)                       \
                s[k] = c.state[k] ? (T *)c.state[k] + i : NULL;               \
            name##_##suffix(&c.u, 1, (T *)c.p + i, (const T *)c.grad + i, s); \
        }                                                                     \
    }
#define KERNELS(rule, name) KERNEL(rule, name, float, f32) KERNEL(rule, name, double, f64)
ADJ_RULES(KERNELS)

bool adj_cuda_update(const AdjUpdateCall *a)
{
    AdjUpdateCall c = *a;
    unsigned grid = adj_cuda_grid(c.n, 256);
    if (c.n == 0) return true;
    switch (c.rule) {
#define CASE(rule, name)                                                           \
    case ADJ_UPDATE_##rule:                                                        \
        return c.dtype == ADJ_F64 ? ADJ_LAUNCH(name##_kernel_f64, grid, 256, 0, c) \
                                  : ADJ_LAUNCH(name##_kernel_f32, grid, 256, 0, c);
        ADJ_RULES(CASE)
    default: return false;
    }
}
