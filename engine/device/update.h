// SPDX-License-Identifier: Apache-2.0
// update.h: one step of an optimizer on one parameter.
#pragma once
#include "device/device.h"

typedef struct AdjUpdate {
    double lr, weight_decay, momentum, dampening;
    double beta1, beta2, eps, correction1, correction2, scale;
    bool first, nesterov, maximize, amsgrad, decoupled, rectified;
} AdjUpdate;

typedef enum AdjUpdateRule {
    ADJ_UPDATE_SGD,
    ADJ_UPDATE_ADAM,
    ADJ_UPDATE_RMSPROP,
    ADJ_UPDATE_ADAGRAD,
    ADJ_UPDATE_ADADELTA,
    ADJ_UPDATE_ADAMAX,
    ADJ_UPDATE_RADAM,
    ADJ_UPDATE_NADAM,
    ADJ_UPDATE_ASGD,
    ADJ_UPDATE_RPROP,
    ADJ_UPDATE_LION,
    ADJ_UPDATE_RULES
} AdjUpdateRule;

// Dense arrays of [n] elements of f32 or f64; state pointers are NULL where the rule does
// without.
enum { ADJ_UPDATE_STATES = 4 };
typedef struct AdjUpdateCall {
    AdjUpdateRule rule;
    AdjDtype dtype;
    int64_t n;
    AdjUpdate u;
    void *p;
    const void *grad;
    void *state[ADJ_UPDATE_STATES];
} AdjUpdateCall;
