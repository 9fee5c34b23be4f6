// SPDX-License-Identifier: Apache-2.0
// zip.h: an archive of named byte strings in one file, stored or deflated.
//
// Reading goes by the central directory at the end of the file; every offset and size in it is
// checked against the file, and the length that a deflated member claims against what its bytes
// could unpack to, before memory is taken. Encrypted and split archives are refused. Writing
// uses the 64-bit fields throughout, so that size needs no second case.
// Format: PKWARE APPNOTE 6.3, RFC 1951.
#pragma once
#include "io/file.h"

typedef struct AdjZipMember {
    const char *name;         // owned by the scope that read it
    const unsigned char *at;  // the bytes as they lie in the file
    uint64_t packed, size;
    uint32_t crc;
    int method;  // 0 stored, 8 deflated
} AdjZipMember;

// Reads the member at [*cursor] of the directory and moves on; start from 0. 1: there is one,
// 0: that was all, -1: an error is set.
ADJ_HIDDEN int adj_zip_next(const AdjFile *file, uint64_t *cursor, AdjZipMember *out);
// The bytes of a member, unpacked and checked; valid until the scope closes.
ADJ_HIDDEN const unsigned char *adj_zip_bytes(const AdjFile *file, const AdjZipMember *member);

typedef struct AdjZipOut {
    FILE *f;
    bool deflate;
    int n;
    char *directory;  // the central directory so far
    size_t directory_size;
    FILE *directory_file;
    uint64_t at;
} AdjZipOut;
ADJ_HIDDEN bool adj_zip_begin(AdjZipOut *zip, FILE *f, bool deflate);
// Adds a member made of two pieces, which spares the caller joining header and elements.
ADJ_HIDDEN bool adj_zip_add(AdjZipOut *zip, const char *name, const void *head, size_t n_head,
                            const void *body, size_t n_body);
// Writes the directory and releases what was held; with [ok] false only the latter.
ADJ_HIDDEN bool adj_zip_end(AdjZipOut *zip, bool ok);
