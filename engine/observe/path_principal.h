// SPDX-License-Identifier: Apache-2.0
// path_principal.h: the two directions in which a way of parameters extends most.
#pragma once
#include "observe/path.h"

// At most [most] points of the way are looked at, spread evenly over it, the last among them:
// number [k] of them among the points.
static inline int adj_path_index(const AdjPath *p, int most, int k)
{
    int n = p->n < most ? p->n : most;
    return n > 1 ? (int)((int64_t)k * (p->n - 1) / (n - 1)) : 0;
}
// The products of these points, less [centre], with two directions, a pair for each point.
// False with an error.
ADJ_HIDDEN bool adj_path_products(const AdjPath *p, int most, AdjTensor *const *centre,
                                  AdjTensor *const *first, AdjTensor *const *second,
                                  double *out);

// Orthonormal directions dir[0], dir[1], each with room for one tensor of every parameter, kept
// by the caller; share[k]: how much of the way's motion (sum of squares around its mean) each
// carries. False with an error: fewer than three points, or no memory.
ADJ_HIDDEN bool adj_path_principal(const AdjPath *p, AdjTensor **dir[2], double share[2]);
