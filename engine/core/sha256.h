// SPDX-License-Identifier: Apache-2.0
// sha256.h: the SHA-256 digest of [n] bytes as 64 hexadecimal digits.
#pragma once
#include "core/internal.h"

ADJ_HIDDEN void adj_sha256_hex(const void *data, size_t n, char hex[65]);
