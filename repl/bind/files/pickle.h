// SPDX-License-Identifier: Apache-2.0
// pickle.h: PyTorch's own files (.pt, .pth), a zip archive of a pickle and the elements of its
// tensors.
#pragma once
#include "bind/bind.h"

// What is made of the file; the scope keeps nothing of it.
bool adj_pickle_load(AdjVM *vm, const char *path, AdjVal *out);
bool adj_pickle_save(AdjVM *vm, const char *path, AdjVal value);

// PyTorch's names of storages: "FloatStorage".
static const char *const adj_storage_names[ADJ_DTYPES] = {
    [ADJ_F32] = "FloatStorage", [ADJ_F64] = "DoubleStorage",    [ADJ_F16] = "HalfStorage",
    [ADJ_I64] = "LongStorage",  [ADJ_BF16] = "BFloat16Storage", [ADJ_I32] = "IntStorage",
    [ADJ_U8] = "ByteStorage",   [ADJ_BOOL] = "BoolStorage"};
