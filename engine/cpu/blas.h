// SPDX-License-Identifier: Apache-2.0
// blas.h: the libraries that multiply large matrices.
#pragma once
#include "core/internal.h"

// Whether a library is there that can multiply this (f32 or f64); opens it at first use.
ADJ_HIDDEN bool adj_blas_can(const AdjGemm *g);
// Whether its products run on the calling thread alone, so that several threads may share work.
ADJ_HIDDEN bool adj_blas_is_serial(const AdjGemm *g);
// The [i]-th product of the batch. adj_blas_can(g) must hold; [g] may be a part of a larger
// product, for which [whole] then stands: the same library multiplies every part.
ADJ_HIDDEN void adj_blas_multiply(const AdjGemm *g, const AdjGemm *whole, int64_t i);
