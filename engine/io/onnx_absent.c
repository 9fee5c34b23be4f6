// SPDX-License-Identifier: Apache-2.0
// onnx_absent.c: what stands in for the ONNX reader and writer in a build without protobuf-c.
#include "io/onnx_export.h"

static void *absent(void)
{
    return adj_fail(ADJ_E_ABSENT, "onnx: this build was made without protobuf-c (Debian's "
                                  "libprotobuf-c-dev and protobuf-c-compiler)");
}

AdjModule *adj_onnx_load(const char *path)
{
    (void)path;
    return absent();
}

AdjTensor *adj_onnx_load_tensor(const char *path)
{
    (void)path;
    return absent();
}

bool adj_onnx_takes(const AdjOp *op)
{
    (void)op;
    return true;
}

bool adj_onnx_save(const char *path, const AdjOnnxExport *e)
{
    (void)path;
    (void)e;
    return absent();
}
