// SPDX-License-Identifier: Apache-2.0
// rows.h: the functions that the table onnx.def names, for the files that define them.
#pragma once
#include "io/onnx/onnx.h"

#define BOTH(onnx_, op_, args_)
#define BINARY(onnx_, op_)
#define ALSO(op_, onnx_, args_)
#define LOAD(onnx_, load_) ADJ_HIDDEN AdjTensor *adj_onnx_##load_(AdjOnnxCall *c);
#define SAVE(op_, save_) ADJ_HIDDEN AdjOnnxSaveFn adj_onnx_##save_;
#include "io/onnx/onnx.def"
#undef BOTH
#undef BINARY
#undef ALSO
#undef LOAD
#undef SAVE
ADJ_HIDDEN AdjOnnxSaveFn adj_onnx_save_binary;
