// SPDX-License-Identifier: Apache-2.0
// update_kernels.c: one pass over a parameter per optimizer step, compiled once per instruction
// set: parameter, gradient and state are each read and written once, whatever the rule.
#include "cpu/update.h"

#define PASTE3(a, b) a##b
#define PASTE(a, b)  PASTE3(a, b)

#define RULE static
#define RESTRICT restrict
#include "device/update_rules.h"
RULES(float, sqrtf, f32)
RULES(double, sqrt, f64)

#define LOOPS(suffix)                                                                          \
    {                                                                                          \
        [ADJ_UPDATE_SGD] = sgd_##suffix,                                                       \
        [ADJ_UPDATE_ADAM] = adam_##suffix,                                                     \
        [ADJ_UPDATE_RMSPROP] = rmsprop_##suffix,                                               \
        [ADJ_UPDATE_ADAGRAD] = adagrad_##suffix,                                               \
        [ADJ_UPDATE_ADADELTA] = adadelta_##suffix,                                             \
        [ADJ_UPDATE_ADAMAX] = adamax_##suffix,                                                 \
        [ADJ_UPDATE_RADAM] = radam_##suffix,                                                   \
        [ADJ_UPDATE_NADAM] = nadam_##suffix,                                                   \
        [ADJ_UPDATE_ASGD] = asgd_##suffix,                                                     \
        [ADJ_UPDATE_RPROP] = rprop_##suffix,                                                   \
        [ADJ_UPDATE_LION] = lion_##suffix,                                                     \
    }
ADJ_HIDDEN const AdjUpdateKernels PASTE(adj_update_kernels_, ADJ_ISA) = {
    .f32 = LOOPS(f32),
    .f64 = LOOPS(f64),
};
