// SPDX-License-Identifier: Apache-2.0
// random_kernels.c: Box and Muller's transformation for f32, eight pairs at a time, compiled
// once per instruction set.
//
// The logarithm, sine and cosine are Moshier's Cephes polynomials in single precision. PyTorch
// uses them in its vector code, and its last bits depend on every step: which products are
// fused with a sum, and in which order the terms come. So each fmaf below stands for one
// rounding and each plain product for another, and the compiler may not join them (contraction
// is off in this build). tests/golden/ref/random_model.py has the same steps and is checked
// against PyTorch. Box and Muller, Annals of Mathematical Statistics 29(2), 1958.
#include "cpu/random.h"

#define NAME2(isa) adj_normal_blocks_##isa
#define NAME(isa) NAME2(isa)

enum { LANES = 8 };

static inline float from_bits(uint32_t u)
{
    float f;
    memcpy(&f, &u, sizeof f);
    return f;
}

static inline uint32_t to_bits(float f)
{
    uint32_t u;
    memcpy(&u, &f, sizeof u);
    return u;
}

// log of a normal positive number: mantissa in [sqrt 1/2, sqrt 2), a polynomial of degree 9,
// and the exponent times log 2 in two parts.
static inline float log_cephes(float x)
{
    uint32_t bits = to_bits(x);
    float e = (float)((int32_t)(bits >> 23) - 126);
    float m = from_bits((bits & 0x007fffffu) | 0x3f000000u);
    bool small = m < 0.707106781186547524f;
    m = (m - 1.0f) + (small ? m : 0.0f);
    e = e - (small ? 1.0f : 0.0f);
    float z = m * m;
    float y = 7.0376836292e-2f;
    y = fmaf(y, m, -1.1514610310e-1f);
    y = fmaf(y, m, 1.1676998740e-1f);
    y = fmaf(y, m, -1.2420140846e-1f);
    y = fmaf(y, m, 1.4249322787e-1f);
    y = fmaf(y, m, -1.6668057665e-1f);
    y = fmaf(y, m, 2.0000714765e-1f);
    y = fmaf(y, m, -2.4999993993e-1f);
    y = fmaf(y, m, 3.3333331174e-1f);
    y = y * m;
    y = fmaf(y, z, e * -2.12194440e-4f);
    y = fmaf(z, -0.5f, y);
    m = m + y;
    return fmaf(e, 0.693359375f, m);
}

// Sine and cosine of x >= 0: the octant, the rest by subtracting pi/4 in three parts, and the
// two polynomials, which change places in every other octant.
static inline void sincos_cephes(float x, float *sine, float *cosine)
{
    int32_t j = ((int32_t)(x * 1.27323954473516f) + 1) & ~1;
    float y = (float)j;
    x = fmaf(y, -0.78515625f, x);
    x = fmaf(y, -2.4187564849853515625e-4f, x);
    x = fmaf(y, -3.77489497744594108e-8f, x);
    float z = x * x;
    float c = fmaf(2.443315711809948e-5f, z, -1.388731625493765e-3f);
    c = fmaf(c, z, 4.166664568298827e-2f);
    c = c * z;
    c = fmaf(c, z, -(z * 0.5f)) + 1.0f;
    float s = fmaf(-1.9515295891e-4f, z, 8.3321608736e-3f);
    s = fmaf(s, z, -1.6666654611e-1f);
    s = s * z;
    s = fmaf(s, x, x);
    bool swap = j & 2;
    *sine = (swap ? c : s) * (j & 4 ? -1.0f : 1.0f);
    *cosine = (swap ? s : c) * ((j - 2) & 4 ? 1.0f : -1.0f);
}

void NAME(ADJ_ISA)(float *u, int64_t blocks, float mean, float std)
{
    for (; blocks > 0; blocks--, u += 2 * LANES) {
        for (int i = 0; i < LANES; i++) {
            float radius = sqrtf(-2.0f * log_cephes(1.0f - u[i])), sine, cosine;
            sincos_cephes(6.28318530717958647692f * u[i + LANES], &sine, &cosine);
            u[i] = fmaf(radius * cosine, std, mean);
            u[i + LANES] = fmaf(radius * sine, std, mean);
        }
    }
}
