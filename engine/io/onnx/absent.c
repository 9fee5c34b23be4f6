// SPDX-License-Identifier: Apache-2.0
// absent.c: what stands in for the readers and writers of ONNX and event files in a build
// without protobuf-c.
#include "io/onnx/export.h"
#include "io/tensorboard.h"

static void *absent(void)
{
    return adj_fail(ADJ_E_ABSENT, "this build was made without protobuf-c (Debian's "
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

bool adj_event_write(const char *path, const AdjEvent *e)
{
    (void)path;
    (void)e;
    return absent();
}

AdjEventReader *adj_event_open(const char *path)
{
    (void)path;
    return absent();
}

int adj_event_read(AdjEventReader *r, AdjEvent *e)
{
    (void)r;
    (void)e;
    return -1;
}

void adj_event_close(AdjEventReader *r)
{
    (void)r;
}
