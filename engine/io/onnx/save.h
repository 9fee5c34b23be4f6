// SPDX-License-Identifier: Apache-2.0
// save.h: short forms that the functions of the writer share.
#pragma once
#include "io/onnx/rows.h"

// The i-th input's name; "" for one left out.
static inline const char *in(AdjOnnxSaver *s, const AdjStep *step, int i)
{
    return step->in[i] ? adj_onnx_name(s, step->in[i]) : "";
}

static inline AdjDtype out_type(const AdjStep *step)
{
    return (AdjDtype)step->out[0]->dtype;
}

static inline const char *in_as_out(AdjOnnxSaver *s, const AdjStep *step, int i)
{
    return adj_onnx_name_as(s, step->in[i], out_type(step));
}

// Gives the result its name and ends the function.
static inline bool done(AdjOnnxSaver *s, const AdjStep *step, const char *name)
{
    return adj_onnx_bind(s, step->out[0], name);
}

static inline bool cannot(const AdjStep *step, const char *what)
{
    return adj_fail(ADJ_E_ABSENT, "onnx: %s cannot be exported with %s", step->op->name, what);
}

// A node of one operand, of two, and of one and a number of the result's type.
static inline const char *one(AdjOnnxSaver *s, const char *type, const char *x)
{
    return adj_onnx_node(s, type, ADJ_NAMES(x), NULL);
}

static inline const char *two(AdjOnnxSaver *s, const char *type, const char *x, const char *y)
{
    return adj_onnx_node(s, type, ADJ_NAMES(x, y), NULL);
}

static inline const char *with(AdjOnnxSaver *s, const AdjStep *step, const char *type,
                               const char *x, double y)
{
    return two(s, type, x, adj_onnx_number(s, y, out_type(step)));
}

static inline const char *ints(AdjOnnxSaver *s, int64_t n, const int64_t *at)
{
    return adj_onnx_ints_name(s, (AdjLongs){n, at});
}

// Adaptive averages over windows of several sizes.
ADJ_HIDDEN bool adj_onnx_save_uneven_averages(AdjOnnxSaver *s, const AdjStep *step, int axes);
// Windows that overlap by how the sizes divide, or by a sample: their greatest elements and
// the places of these.
ADJ_HIDDEN bool adj_onnx_save_greatest(AdjOnnxSaver *s, const AdjStep *step, int axes);
// [type], a reduction, of [x] over [axes].
ADJ_HIDDEN const char *adj_onnx_reduced(AdjOnnxSaver *s, const char *type, const char *x,
                                        AdjShape axes, bool keep);
