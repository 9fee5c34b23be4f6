// SPDX-License-Identifier: Apache-2.0
// idx.c: the idx format of the MNIST files (LeCun), plain or gzip: two zero bytes, a type byte,
// the number of axes, the sizes as big-endian 32-bit words, then the elements, big-endian.
//
// A file is hostile until checked: the sizes must multiply to exactly the bytes that are there,
// and no memory is taken on the word of the header before the first elements were read.
#include "core/internal.h"

#include "adj_config.h"

#include <errno.h>
#include <stdlib.h>
#if ADJ_HAVE_ZLIB
#    include <zlib.h>
#else
// Without zlib plain files are read through the same names; a compressed one is refused.
typedef FILE *gzFile;
#    define gzopen fopen
#    define gzread(f, p, n) ((int)fread(p, 1, n, f))
#    define gzclose fclose
#endif

typedef struct {
    gzFile file;
    const char *path;
} Reader;

static bool take(Reader *r, void *to, size_t n)
{
    char *p = to;
    while (n) {
        unsigned part = n > 1u << 30 ? 1u << 30 : (unsigned)n;
        int got = gzread(r->file, p, part);
        if (got <= 0) return false;
        p += got;
        n -= (size_t)got;
    }
    return true;
}

static bool type_of(int code, AdjDtype *dtype, AdjDtype *stored, size_t *size)
{
    switch (code) {
    case 0x08:
        *dtype = *stored = ADJ_U8;
        *size = 1;
        return true;
    case 0x0c:
        *dtype = *stored = ADJ_I32;
        *size = 4;
        return true;
    case 0x0d:
        *dtype = *stored = ADJ_F32;
        *size = 4;
        return true;
    case 0x0e:
        *dtype = *stored = ADJ_F64;
        *size = 8;
        return true;
    default: return false;
    }
}

static void to_native(char *p, int64_t n, size_t size)
{
    for (int64_t i = 0; i < n && size > 1; i++, p += size)
        for (size_t k = 0; k < size / 2; k++) {
            char c = p[k];
            p[k] = p[size - 1 - k];
            p[size - 1 - k] = c;
        }
}

// Reads elements a piece at a time, so that a header that lies costs no more than the file
// holds.
static AdjTensor *read_elements(Reader *r, AdjShape shape, AdjDtype dtype, size_t size)
{
    enum { PIECE = 1 << 20 };
    size_t wanted = (size_t)adj_shape_numel(shape) * size, have = 0, room = 0;
    char *bytes = NULL;
    AdjTensor *t = NULL;
    while (have < wanted) {
        size_t part = wanted - have < PIECE ? wanted - have : PIECE;
        if (have + part > room) {
            room = room * 2 > have + part ? room * 2 : have + part;
            if (room > wanted) room = wanted;
            char *bigger = realloc(bytes, room);
            if (!bigger) {
                adj_fail(ADJ_E_MEMORY, "read_idx: %zu bytes cannot be had", room);
                goto done;
            }
            bytes = bigger;
        }
        if (!take(r, bytes + have, part)) {
            adj_fail(ADJ_E_FILE, "read_idx: '%s' ends early: shape %s needs %zu bytes", r->path,
                     adj_shape_text(shape), wanted);
            goto done;
        }
        have += part;
    }
    char extra;
    if (take(r, &extra, 1)) {
        adj_fail(ADJ_E_FILE, "read_idx: '%s' goes on after the %zu bytes of shape %s", r->path,
                 wanted, adj_shape_text(shape));
        goto done;
    }
    to_native(bytes, adj_shape_numel(shape), size);
    t = adj_from(bytes, shape, dtype);
done:
    free(bytes);
    return t;
}

static AdjTensor *read_all(Reader *r)
{
    unsigned char head[4], word[4];
    AdjDtype dtype, stored;
    size_t size;
    if (!take(r, head, 4) || head[0] || head[1]) {
        return adj_fail(ADJ_E_FILE, "read_idx: '%s' is not an idx file", r->path);
    }
    if (!type_of(head[2], &dtype, &stored, &size)) {
        return adj_fail(ADJ_E_FILE, "read_idx: '%s' holds elements of the unknown type 0x%02x",
                        r->path, head[2]);
    }
    if (head[3] > ADJ_MAX_DIMS) {
        return adj_fail(ADJ_E_FILE, "read_idx: '%s' has %d axes; at most %d are supported",
                        r->path, head[3], ADJ_MAX_DIMS);
    }
    AdjShape shape = {.n = head[3]};
    int64_t total = (int64_t)size;
    for (int i = 0; i < shape.n; i++) {
        if (!take(r, word, 4))
            return adj_fail(ADJ_E_FILE, "read_idx: '%s' ends early", r->path);
        shape.at[i] = (int64_t)word[0] << 24 | word[1] << 16 | word[2] << 8 | word[3];
        if (__builtin_mul_overflow(total, shape.at[i], &total) || total > (int64_t)1 << 46) {
            return adj_fail(ADJ_E_FILE, "read_idx: '%s' claims to be too large", r->path);
        }
    }
    return read_elements(r, shape, dtype, size);
}

ADJ_OP(read_idx, "(path: str) -> tensor",
       "The tensor in an idx file, plain or gzip.\n"
       "shapes  as the file says; unsigned bytes become uint8\n"
       "errors  File: cannot be read, is not an idx file, or is shorter or longer than it says",
       .no_grad = true, .no_method = true)
AdjTensor *op_read_idx(const char *path)
{
    Reader r = {gzopen(path, "rb"), path};
    if (!r.file)
        return adj_fail(ADJ_E_FILE, "read_idx: cannot open '%s': %s", path, strerror(errno));
    AdjTensor *t = read_all(&r);
    gzclose(r.file);
    return t;
}

static AdjTensor *read_part(const char *folder, const char *name)
{
    char path[4096];
    static const char *const endings[] = {".gz", ""};
    for (int i = 0; i < 2; i++) {
        int n = snprintf(path, sizeof path, "%s/mnist/%s%s", folder, name, endings[i]);
        FILE *f = n > 0 && (size_t)n < sizeof path ? fopen(path, "rb") : NULL;
        if (!f) continue;
        fclose(f);
        return adj_read_idx(path);
    }
    return adj_fail(ADJ_E_FILE, "mnist: no file '%s' in '%s/mnist'", name, folder);
}

ADJ_OP(mnist, "(train: bool = False) -> (images: tensor, labels: tensor)",
       "The MNIST images and labels in $ADJOINT_DATA/mnist: with train the 60,000 for "
       "training, else "
       "the 10,000 for testing.\n"
       "shapes  images (n, 28, 28) uint8, labels (n,) int64\n"
       "errors  File: ADJOINT_DATA is not set or has no such file",
       .no_grad = true, .no_method = true, .source = "LeCun, Cortes and Burges 1998")
AdjTensors op_mnist(bool train)
{
    AdjTensors none = {0, NULL}, result = {2, adj_scope_memory(2 * sizeof(AdjTensor *))};
    const char *folder = getenv("ADJOINT_DATA");
    if (!folder || !*folder) {
        adj_fail(ADJ_E_FILE, "mnist: the environment variable ADJOINT_DATA names no folder");
        return none;
    }
    const char *part = train ? "train" : "t10k";
    char images[64], labels[64];
    snprintf(images, sizeof images, "%s-images-idx3-ubyte", part);
    snprintf(labels, sizeof labels, "%s-labels-idx1-ubyte", part);
    AdjTensor *x = read_part(folder, images), *y = x ? read_part(folder, labels) : NULL;
    y = y ? adj_to(y, ADJ_I64) : NULL;
    if (!x || !y || !result.at) return none;
    result.at[0] = x;
    result.at[1] = y;
    return result;
}
