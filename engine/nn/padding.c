// SPDX-License-Identifier: Apache-2.0
// padding.c: tensors made larger at their edges, over one to three axes: zeros, a constant, the
// mirrored, the repeated, the wrapped. The kind and the number of axes stand in the row's name.
#include "nn/module.h"
#include "ops/layers/spatial.h"

enum { PADDING = ZeroPad1d_padding, VALUE = ConstantPad1d_value };

static int axes_of(const AdjModule *m)
{
    return m->row->name[strlen(m->row->name) - 2] - '0';
}

// One amount stands for both sides of all axes.
static bool build(AdjModule *m)
{
    int n = axes_of(m);
    AdjShape *p = &m->arg[PADDING].ints;
    if (p->n == 1) *p = adj_repeat_size(p->at[0], 2 * n);
    if (p->n == 2 * n) return true;
    return adj_fail(ADJ_E_VALUE, "%s: padding must be one number or %d, got %s", m->row->name,
                    2 * n, adj_shape_text(*p));
}

static bool forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    static const struct {
        const char *name, *mode;
    } kinds[] = {
        {"Reflection", "reflect"}, {"Replication", "replicate"}, {"Circular", "circular"}};
    AdjShape p = m->arg[PADDING].ints;
    const char *mode = "constant";
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strncmp(m->row->name, kinds[i].name, strlen(kinds[i].name))) mode = kinds[i].mode;
    AdjScalar value = m->row->n_args > VALUE ? m->arg[VALUE].num : ADJ_NO_SCALAR;
    out->t = adj_pad(in[0].t, (AdjLongs){p.n, p.at}, mode, value);
    return out->t != NULL;
}

// ---------------------------------------------------------------- Zero

#define PAD_ROW(n) .repr = "{padding}", .build = build, .forward = forward, .functional = true
ADJ_MODULE_AXES(
    ZeroPad, "(padding: ints)", "(input: tensor) -> tensor",
    "Zeros around the last {axis|two axes|three axes}.\n"
    "shapes  (..., axes) -> the same, larger by padding (left, right{|, top, bottom|, top, "
    "bottom, front, back}); one number stands for all sides\n"
    "errors  Value: another count of amounts; Runtime: more than there is to cut",
    PAD_ROW)

// ---------------------------------------------------------------- Constant

#define CONSTANT_PAD_ROW(n) \
    .repr = "{padding=}{value=}", .build = build, .forward = forward, .functional = true
ADJ_MODULE_AXES(
    ConstantPad, "(padding: ints, value: scalar)", "(input: tensor) -> tensor",
    "A constant around the last {axis|two axes|three axes}.\n"
    "shapes  (..., axes) -> the same, larger by padding (left, right{|, top, bottom|, top, "
    "bottom, front, back}); one number stands for all sides\n"
    "errors  Value: another count of amounts; Runtime: more than there is to cut",
    CONSTANT_PAD_ROW)

// ---------------------------------------------------------------- Reflection

ADJ_MODULE_AXES(
    ReflectionPad, "(padding: ints)", "(input: tensor) -> tensor",
    "The input mirrored at its edges, without repeating them, around the last {axis|two "
    "axes|three axes}.\n"
    "shapes  (..., axes) -> the same, larger by padding (left, right{|, top, bottom|, top, "
    "bottom, front, back}); one number stands for all sides\n"
    "errors  Value: another count of amounts; Shape: more than there is to take",
    PAD_ROW)

// ---------------------------------------------------------------- Replication

ADJ_MODULE_AXES(
    ReplicationPad, "(padding: ints)", "(input: tensor) -> tensor",
    "The edges repeated around the last {axis|two axes|three axes}.\n"
    "shapes  (..., axes) -> the same, larger by padding (left, right{|, top, bottom|, top, "
    "bottom, front, back}); one number stands for all sides\n"
    "errors  Value: another count of amounts; Shape: more than there is to take",
    PAD_ROW)

// ---------------------------------------------------------------- Circular

ADJ_MODULE_AXES(
    CircularPad, "(padding: ints)", "(input: tensor) -> tensor",
    "The input's other end around the last {axis|two axes|three axes}.\n"
    "shapes  (..., axes) -> the same, larger by padding (left, right{|, top, bottom|, top, "
    "bottom, front, back}); one number stands for all sides\n"
    "errors  Value: another count of amounts; Shape: more than there is to take",
    PAD_ROW)
