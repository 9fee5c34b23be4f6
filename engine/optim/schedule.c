// SPDX-License-Identifier: Apache-2.0
// schedule.c: rules for the learning rate. They step from the present rate as PyTorch's do, so
// that several may act on one optimizer and the digits agree; each states its closed form.
#include "optim/optimizer.h"

static double step_lr(const AdjValue *a, double base, double now, int64_t epoch)
{
    (void)base;
    int64_t size = a[StepLR_step_size].i;
    return epoch && epoch % size == 0 ? now * a[StepLR_gamma].f : now;
}

ADJ_SCHEDULE(
    StepLR, "(step_size: int[1,], gamma: float = 0.1)",
    "Multiplies the rate by gamma every step_size epochs: base gamma^floor(epoch / step_size).",
    .lr = step_lr)

static double multi_step_lr(const AdjValue *a, double base, double now, int64_t epoch)
{
    (void)base;
    AdjLongs at = a[MultiStepLR_milestones].longs;
    for (int64_t i = 0; i < at.n; i++)
        if (epoch && at.at[i] == epoch) now *= a[MultiStepLR_gamma].f;
    return now;
}

ADJ_SCHEDULE(MultiStepLR, "(milestones: longs, gamma: float = 0.1)",
             "Multiplies the rate by gamma at each epoch in milestones.", .lr = multi_step_lr)

static double exponential_lr(const AdjValue *a, double base, double now, int64_t epoch)
{
    (void)base;
    return epoch ? now * a[ExponentialLR_gamma].f : now;
}

ADJ_SCHEDULE(ExponentialLR, "(gamma: float)",
             "Multiplies the rate by gamma every epoch: base gamma^epoch.",
             .lr = exponential_lr)

static double linear_lr(const AdjValue *a, double base, double now, int64_t epoch)
{
    double from = a[LinearLR_start_factor].f, to = a[LinearLR_end_factor].f;
    int64_t n = a[LinearLR_total_iters].i;
    (void)base;
    if (epoch == 0) return now * from;
    if (epoch > n) return now;
    double before = (double)n * from + (double)(epoch - 1) * (to - from);
    return now * (1 + (to - from) / before);
}

ADJ_SCHEDULE(
    LinearLR,
    "(start_factor: float = 0.3333333333333333, end_factor: float = 1.0, "
    "total_iters: int[1,] = 5)",
    "Scales the rate from start_factor to end_factor along a line of total_iters epochs.",
    .lr = linear_lr)

// One step of the cosine: the ratio of its values at epoch and epoch - 1. At the turn, where
// the ratio is 0 / 0, the difference is used instead.
static double cosine_lr(const AdjValue *a, double base, double now, int64_t epoch)
{
    double low = a[CosineAnnealingLR_eta_min].f, n = (double)a[CosineAnnealingLR_T_max].i;
    double e = (double)epoch;
    if (epoch == 0) return now;
    if (fmod(e - 1 - n, 2 * n) == 0) return now + (base - low) * (1 - cos(M_PI / n)) / 2;
    return (1 + cos(M_PI * e / n)) / (1 + cos(M_PI * (e - 1) / n)) * (now - low) + low;
}

ADJ_SCHEDULE(CosineAnnealingLR, "(T_max: int[1,], eta_min: float = 0.0)",
             "Half a cosine from the first rate to eta_min over T_max epochs, and back: "
             "eta_min + (base - eta_min) (1 + cos(pi epoch / T_max)) / 2.",
             .lr = cosine_lr)
