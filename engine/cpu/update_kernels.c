// SPDX-License-Identifier: Apache-2.0
// update_kernels.c: one pass over a parameter per optimizer step, compiled once per instruction
// set: parameter, gradient and state are each read and written once, whatever the rule.
#include "cpu/update.h"

#define PASTE3(a, b) a##b
#define PASTE(a, b)  PASTE3(a, b)

// clang-format off
#define RULES(T, SQRT, suffix)                                                                 \
    static void sgd_##suffix(const AdjUpdate *u, int64_t n, T *restrict p,                     \
                             const T *restrict grad, T *const *s)                              \
    {                                                                                          \
        T lr = (T)u->lr, decay = (T)u->weight_decay, mu = (T)u->momentum;                      \
        T sign = u->maximize ? -1 : 1, keep = (T)(1 - u->dampening);                           \
        T *restrict v = s[0];                                                                  \
        if (!v) {                                                                              \
            for (int64_t i = 0; i < n; i++) p[i] -= lr * (sign * grad[i] + decay * p[i]);      \
            return;                                                                            \
        }                                                                                      \
        T old = u->first ? 0 : mu;                                                             \
        if (u->first) memset(v, 0, (size_t)n * sizeof *v);                                     \
        T look = u->nesterov ? mu : 0, plain = u->nesterov ? 1 : 0;                            \
        for (int64_t i = 0; i < n; i++) {                                                      \
            T g = sign * grad[i] + decay * p[i];                                               \
            v[i] = old * v[i] + keep * g;                                                      \
            p[i] -= lr * (plain * g + (plain != 0 ? look : (T)1) * v[i]);                      \
        }                                                                                      \
    }                                                                                          \
    static void adam_##suffix(const AdjUpdate *u, int64_t n, T *restrict p,                    \
                              const T *restrict grad, T *const *s)                             \
    {                                                                                          \
        T b1 = (T)u->beta1, b2 = (T)u->beta2, c1 = (T)(1 - u->beta1), c2 = (T)(1 - u->beta2);  \
        T step = (T)(u->lr / u->correction1), root = (T)u->correction2, eps = (T)u->eps;       \
        T sign = u->maximize ? -1 : 1;                                                         \
        T in_grad = u->decoupled ? 0 : (T)u->weight_decay;                                     \
        T shrink = u->decoupled ? (T)(1 - u->lr * u->weight_decay) : 1;                        \
        T *restrict m = s[0], *restrict v = s[1], *restrict top = s[2];                        \
        for (int64_t i = 0; i < n; i++) {                                                      \
            T w = p[i] * shrink, g = sign * grad[i] + in_grad * p[i];                          \
            m[i] = b1 * m[i] + c1 * g;                                                         \
            v[i] = b2 * v[i] + c2 * g * g;                                                     \
            T second = v[i];                                                                   \
            if (top) second = top[i] = top[i] > second ? top[i] : second;                      \
            p[i] = w - step * m[i] / (SQRT(second) / root + eps);                              \
        }                                                                                      \
    }
// clang-format on

RULES(float, sqrtf, f32)
RULES(double, sqrt, f64)

ADJ_HIDDEN const AdjUpdateKernels PASTE(adj_update_kernels_, ADJ_ISA) = {
    .f32 = { [ADJ_UPDATE_SGD] = sgd_f32, [ADJ_UPDATE_ADAM] = adam_f32 },
    .f64 = { [ADJ_UPDATE_SGD] = sgd_f64, [ADJ_UPDATE_ADAM] = adam_f64 },
};
