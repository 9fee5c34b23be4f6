// SPDX-License-Identifier: Apache-2.0
//
// Fuzzer: any bytes as a file for a reader of tensors' files. A reader must give tensors whose
// every element can be read, or a sentence, and must leave nothing alive. Each reader has a
// program of its own, made with its name as READER; the file is one in memory, reached by its
// name in /proc.
#include "adjoint.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Reads every byte of [t], so that the sanitizer sees any that are not its own.
static void touch(const AdjTensor *t)
{
    const volatile unsigned char *bytes = adj_data(t);
    size_t count = (size_t)adj_numel(t) * adj_dtype_size(adj_dtype(t));
    for (size_t i = 0; i < count; i++) (void)bytes[i];
}

static void read_archive(const char *path)
{
    AdjArchive a = adj_load_safetensors(path);
    for (int i = 0; i < a.n; i++) touch(a.tensors[i]);
}

static void read_numbers(const char *path)
{
    AdjTensor *t = adj_read_idx(path);
    if (t) touch(t);
}

static void read_array(const char *path)
{
    AdjTensor *t = adj_load_npy(path);
    if (t) touch(t);
}

static void read_arrays(const char *path)
{
    AdjArchive a = adj_load_npz(path);
    for (int i = 0; i < a.n; i++) touch(a.tensors[i]);
}

static void read_model(const char *path)
{
    AdjModule *m = adj_onnx_load(path);
    AdjTensors weights = m ? adj_parameters(m) : (AdjTensors){0, NULL};
    for (int i = 0; i < weights.n; i++) touch(weights.at[i]);
}

enum { IDX, SAFETENSORS, NPY, NPZ, ONNX };
static void (*const readers[])(const char *path) = {
    [IDX] = read_numbers, [SAFETENSORS] = read_archive, [NPY] = read_array,
    [NPZ] = read_arrays,  [ONNX] = read_model,
};

static void read_file(const uint8_t *data, size_t size)
{
    char path[64];
    int fd = memfd_create("fuzz", 0);
    if (fd < 0) return;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    AdjScope scope;
    adj_scope_open(&scope);
    if (write(fd, data, size) == (ssize_t)size) readers[READER](path);
    if (adj_error_kind() && !*adj_error_text()) abort();
    adj_error_clear();
    adj_scope_close(&scope);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t tensors = adj_live_tensors(), bytes = adj_live_bytes();
    read_file(data, size);
    if (adj_live_tensors() != tensors || adj_live_bytes() != bytes) abort();
    return 0;
}
