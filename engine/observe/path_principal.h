// SPDX-License-Identifier: Apache-2.0
// path_principal.h: the two directions in which a way of parameters extends most.
#pragma once
#include "observe/path.h"

// Orthonormal directions dir[0], dir[1], each with room for one tensor of every parameter, kept
// by the caller; share[k]: how much of the way's motion (sum of squares around its mean) each
// carries. False with an error: fewer than three points, or no memory.
ADJ_HIDDEN bool adj_path_principal(const AdjPath *p, AdjTensor **dir[2], double share[2]);
