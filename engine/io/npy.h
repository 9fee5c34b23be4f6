// SPDX-License-Identifier: Apache-2.0
// npy.h: a tensor as the bytes of a .npy file, for the file of one (npy.c) and the archive of
// several (npz.c).
#pragma once
#include "io/file.h"

// The tensor in [size] bytes; [name] is the file's in messages. NULL and an error otherwise.
ADJ_HIDDEN AdjTensor *adj_npy_parse(const char *name, const unsigned char *at, size_t size);
enum { ADJ_NPY_HEADER = 256 };
// The header of [t]'s file, its length as result; 0 and an error for what numpy has no type.
ADJ_HIDDEN size_t adj_npy_header(const AdjTensor *t, unsigned char *header);
