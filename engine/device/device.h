// SPDX-License-Identifier: Apache-2.0
// device.h: what a device can do: a table of functions, one entry for each family of kernels.
//
// An operation never asks which device it runs on: it describes its work in the argument struct
// of a family (the other headers of this folder) and calls the entry of the table that its
// operands' storage names. The CPU fills every entry; another device leaves entries NULL until
// it has such kernels, and calling one then fails with the names of operation and device.
//
// Plain data only: this header and those of the families are read by C and by CUDA C++.
#pragma once
#include "adjoint.h"

// -------------------------------------------------- elementwise iteration

enum { ADJ_ITER_OPERANDS = 6 };
// Operands broadcast to one shape, axes merged where possible and ordered so that the innermost
// axis is the one with the smallest strides of operand 0. Strides are in bytes. Axis 0 is the
// innermost.
typedef struct AdjIter {
    int n;     // operands
    int ndim;  // axes left after merging; at least 1
    int64_t numel;
    int64_t sizes[ADJ_MAX_DIMS];
    char *data[ADJ_ITER_OPERANDS];
    int64_t strides[ADJ_ITER_OPERANDS][ADJ_MAX_DIMS];
    AdjDtype dtype[ADJ_ITER_OPERANDS];
} AdjIter;

// -------------------------------------------------- matrix products

// One (batched) matrix product C = alpha * A B + beta * C in row-major terms; transposes by
// strides.
typedef struct AdjGemm {
    AdjDtype dtype;
    int64_t batch, m, n, k;
    const void *a, *b;
    void *c;
    int64_t a_batch, b_batch, c_batch;  // elements between matrices; 0 repeats
    int64_t lda, ldb, ldc;              // elements between rows of the stored matrix
    bool a_trans, b_trans;              // the stored matrix is the transpose
    double alpha, beta;
} AdjGemm;

// -------------------------------------------------- the table

struct AdjPointwise;
struct AdjReduceCall;
struct AdjPlaceCall;
struct AdjScan;
struct AdjSoftmaxCall;
struct AdjClassLoss;
struct AdjNorm;
struct AdjChannels;
struct AdjRows;
struct AdjAlong;
struct AdjWindows;
struct AdjMoves;
struct AdjBlend;
struct AdjConv;
struct AdjSortCall;
struct AdjRandomFill;
struct AdjAttention;
struct AdjCellStep;
struct AdjUpdateCall;

// Functions that can fail return false and leave an error. Kernels may still run when a
// function returns; [wait] and [download] find out what went wrong on the way.
typedef struct AdjDevice AdjDevice;
struct AdjDevice {
    const char *name;                   // "cpu", "cuda"
    const char *title;                  // "cpu", "cuda:0"
    int index;                          // among those of the same name
    uint8_t number;                     // in the table of all devices; 0 is the CPU
    void (*enter)(const AdjDevice *d);  // before work on it begins; NULL: nothing to do

    void *(*alloc)(const AdjDevice *d, size_t bytes);
    void (*release)(const AdjDevice *d, void *memory, size_t bytes);
    bool (*upload)(const AdjDevice *d, void *to, const void *from, size_t bytes);
    bool (*download)(const AdjDevice *d, void *to, const void *from, size_t bytes);
    bool (*zero)(const AdjDevice *d, void *memory, size_t bytes);
    bool (*wait)(const AdjDevice *d);
    bool (*memory)(const AdjDevice *d, AdjMemoryUse *use);
    bool (*trim)(const AdjDevice *d,
                 bool peaks);  // gives back what is unused, or forgets peaks
    bool (*model)(const AdjDevice *d, char *name, size_t size);

    bool (*fill)(const AdjIter *it, AdjScalar value);  // operand 0 := value
    bool (*copy)(const AdjIter *it);         // operand 0 := operand 1, converting the type
    bool (*masked_fill)(const AdjIter *it);  // operand 0 := operand 2 ? operand 3 : operand 1
    // operands[0], the result, from the others, which may be numbers of the CPU.
    bool (*pointwise)(const struct AdjPointwise *p, AdjTensor *const *operands);
    bool (*gemm)(const AdjGemm *g);
    bool (*reduce)(const struct AdjReduceCall *c);
    bool (*place)(const struct AdjPlaceCall *c);
    bool (*scan)(const struct AdjScan *s);
    bool (*softmax)(const struct AdjSoftmaxCall *c);
    bool (*class_loss)(const struct AdjClassLoss *c);
    bool (*norm_forward)(const struct AdjNorm *c);
    bool (*norm_backward)(const struct AdjNorm *c);
    bool (*channels)(const struct AdjChannels *c);
    bool (*take_rows)(const struct AdjRows *r);
    bool (*put_rows)(const struct AdjRows *r);
    bool (*gather)(const struct AdjAlong *a);
    bool (*scatter)(const struct AdjAlong *a);
    bool (*pool_max)(const struct AdjWindows *w);
    bool (*pool_put)(const struct AdjMoves *m);
    bool (*pool_take)(const struct AdjMoves *m);
    bool (*blend)(const struct AdjBlend *b);
    bool (*blend_back)(const struct AdjBlend *b);
    bool (*conv_forward)(const struct AdjConv *c);
    bool (*conv_back)(const struct AdjConv *c);
    bool (*conv_weight)(const struct AdjConv *c);
    bool (*sort)(const struct AdjSortCall *c);
    bool (*random)(const struct AdjRandomFill *r);
    bool (*attention_forward)(const struct AdjAttention *a);
    bool (*attention_backward)(const struct AdjAttention *a);
    bool (*cell_forward)(const struct AdjCellStep *s);
    bool (*cell_backward)(const struct AdjCellStep *s);
    bool (*update)(const struct AdjUpdateCall *u);
};
