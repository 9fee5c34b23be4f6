// SPDX-License-Identifier: Apache-2.0
// file.h: whole files for the readers and writers of formats: a file mapped for reading, a file
// written beside its target and renamed when it is complete, and the checksums that formats
// carry.
#pragma once
#include "core/internal.h"

#include <limits.h>

// The bytes of a file, mapped read-only. Zero bytes: at is not NULL but nothing may be read.
typedef struct AdjFile {
    const char *path;
    const unsigned char *at;
    size_t size;
} AdjFile;
ADJ_HIDDEN bool adj_file_open(AdjFile *file, const char *path);
ADJ_HIDDEN void adj_file_close(AdjFile *file);

// A file being written. Whoever reads [path] sees the old file or the whole new one.
typedef struct AdjFileOut {
    FILE *f;
    const char *path;
    char temporary[PATH_MAX];
} AdjFileOut;
ADJ_HIDDEN bool adj_file_create(AdjFileOut *out, const char *path);
// With [ok] the new file takes its place; without, it goes. Returns whether it took its place.
ADJ_HIDDEN bool adj_file_finish(AdjFileOut *out, bool ok);

// Reflected polynomials of the two cyclic checksums in use: zip's and that of TensorFlow's
// records (Castagnoli 1993).
#define ADJ_CRC_ZIP UINT32_C(0xedb88320)
#define ADJ_CRC_RECORD UINT32_C(0x82f63b78)
ADJ_HIDDEN uint32_t adj_crc(uint32_t polynomial, const void *bytes, size_t n);

// Little-endian numbers of [n] bytes, whatever the machine.
static inline uint64_t adj_read_le(const unsigned char *p, int n)
{
    uint64_t v = 0;
    while (n--) v = v << 8 | p[n];
    return v;
}
static inline void adj_write_le(unsigned char *p, uint64_t v, int n)
{
    for (int i = 0; i < n; i++, v >>= 8) p[i] = (unsigned char)v;
}
// Turns each of [n] elements of [size] bytes around.
ADJ_HIDDEN void adj_swap_bytes(void *at, int64_t n, size_t size);
