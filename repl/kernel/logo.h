// SPDX-License-Identifier: Apache-2.0
// logo.h: the pictures by which front ends show the kernel; embed.py makes the table of the
// files in logos/.
#pragma once
#include <stddef.h>

typedef struct AdjKernelLogo {
    const char *name;
    const unsigned char *data;
    size_t length;
} AdjKernelLogo;

enum { ADJ_KERNEL_LOGOS = 3 };
extern const AdjKernelLogo adj_kernel_logos[ADJ_KERNEL_LOGOS];
