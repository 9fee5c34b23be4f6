// SPDX-License-Identifier: Apache-2.0
// isa.c: asks the processor once what it can do. A family of kernels that is compiled several
// times picks its table by the answer; on other machines than x86-64 there is one table and
// nothing to ask.
#include "cpu/isa.h"

#include <stdlib.h>

static AdjIsa best(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return ADJ_ISA_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return ADJ_ISA_AVX2;
#endif
    return ADJ_ISA_BASE;
}

AdjIsa adj_isa(void)
{
    static int known = -1;  // every thread would write the same value
    if (ADJ_LIKELY(known >= 0)) return (AdjIsa)known;
    AdjIsa isa = best();
    const char *wanted = getenv("ADJ_CPU");
    if (wanted && !strcmp(wanted, "base")) isa = ADJ_ISA_BASE;
    if (wanted && !strcmp(wanted, "avx2") && isa > ADJ_ISA_AVX2) isa = ADJ_ISA_AVX2;
    known = (int)isa;
    return isa;
}
