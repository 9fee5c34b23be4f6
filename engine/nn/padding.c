// SPDX-License-Identifier: Apache-2.0
// padding.c: tensors made larger at their edges, over one to three axes: zeros, a constant, the
// mirrored, the repeated, the wrapped. The kind and the number of axes stand in the row's name.
#include "nn/module.h"
#include "ops/spatial.h"

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

ADJ_MODULE(ZeroPad1d, "(padding: ints)", "(input: tensor) -> tensor",
           "Zeros around the last axis.\n"
           "shapes  (..., axes) -> the same, larger by padding (left, right); one number "
           "stands for all "
           "sides\n"
           "errors  Value: another count of amounts; Runtime: more than there is to cut",
           .repr = "{padding}", .build = build, .forward = forward, .functional = true)

ADJ_MODULE(ZeroPad2d, "(padding: ints)", "(input: tensor) -> tensor",
           "Zeros around the last two axes.\n"
           "shapes  (..., axes) -> the same, larger by padding (left, right, top, bottom); one "
           "number stands for all "
           "sides\n"
           "errors  Value: another count of amounts; Runtime: more than there is to cut",
           .repr = "{padding}", .build = build, .forward = forward, .functional = true)

ADJ_MODULE(ZeroPad3d, "(padding: ints)", "(input: tensor) -> tensor",
           "Zeros around the last three axes.\n"
           "shapes  (..., axes) -> the same, larger by padding (left, right, top, bottom, "
           "front, back); one number stands for all "
           "sides\n"
           "errors  Value: another count of amounts; Runtime: more than there is to cut",
           .repr = "{padding}", .build = build, .forward = forward, .functional = true)

// ---------------------------------------------------------------- Constant

ADJ_MODULE(ConstantPad1d, "(padding: ints, value: scalar)", "(input: tensor) -> tensor",
           "A constant around the last axis.\n"
           "shapes  (..., axes) -> the same, larger by padding (left, right); one number "
           "stands for all "
           "sides\n"
           "errors  Value: another count of amounts; Runtime: more than there is to cut",
           .repr = "{padding=}{value=}", .build = build, .forward = forward, .functional = true)

ADJ_MODULE(ConstantPad2d, "(padding: ints, value: scalar)", "(input: tensor) -> tensor",
           "A constant around the last two axes.\n"
           "shapes  (..., axes) -> the same, larger by padding (left, right, top, bottom); one "
           "number stands for all "
           "sides\n"
           "errors  Value: another count of amounts; Runtime: more than there is to cut",
           .repr = "{padding=}{value=}", .build = build, .forward = forward, .functional = true)

ADJ_MODULE(ConstantPad3d, "(padding: ints, value: scalar)", "(input: tensor) -> tensor",
           "A constant around the last three axes.\n"
           "shapes  (..., axes) -> the same, larger by padding (left, right, top, bottom, "
           "front, back); one number stands for all "
           "sides\n"
           "errors  Value: another count of amounts; Runtime: more than there is to cut",
           .repr = "{padding=}{value=}", .build = build, .forward = forward, .functional = true)

// ---------------------------------------------------------------- Reflection

ADJ_MODULE(ReflectionPad1d, "(padding: ints)", "(input: tensor) -> tensor",
           "The input mirrored at its edges, without repeating them, around the last axis.\n"
           "shapes  (..., axes) -> the same, larger by padding (left, right); one number "
           "stands for all "
           "sides\n"
           "errors  Value: another count of amounts; Shape: more than there is to take",
           .repr = "{padding}", .build = build, .forward = forward, .functional = true)

ADJ_MODULE(
    ReflectionPad2d, "(padding: ints)", "(input: tensor) -> tensor",
    "The input mirrored at its edges, without repeating them, around the last two axes.\n"
    "shapes  (..., axes) -> the same, larger by padding (left, right, top, bottom); one number "
    "stands for all "
    "sides\n"
    "errors  Value: another count of amounts; Shape: more than there is to take",
    .repr = "{padding}", .build = build, .forward = forward, .functional = true)

ADJ_MODULE(
    ReflectionPad3d, "(padding: ints)", "(input: tensor) -> tensor",
    "The input mirrored at its edges, without repeating them, around the last three axes.\n"
    "shapes  (..., axes) -> the same, larger by padding (left, right, top, bottom, front, "
    "back); one number stands for all "
    "sides\n"
    "errors  Value: another count of amounts; Shape: more than there is to take",
    .repr = "{padding}", .build = build, .forward = forward, .functional = true)

// ---------------------------------------------------------------- Replication

ADJ_MODULE(ReplicationPad1d, "(padding: ints)", "(input: tensor) -> tensor",
           "The edges repeated around the last axis.\n"
           "shapes  (..., axes) -> the same, larger by padding (left, right); one number "
           "stands for all "
           "sides\n"
           "errors  Value: another count of amounts; Shape: more than there is to take",
           .repr = "{padding}", .build = build, .forward = forward, .functional = true)

ADJ_MODULE(ReplicationPad2d, "(padding: ints)", "(input: tensor) -> tensor",
           "The edges repeated around the last two axes.\n"
           "shapes  (..., axes) -> the same, larger by padding (left, right, top, bottom); one "
           "number stands for all "
           "sides\n"
           "errors  Value: another count of amounts; Shape: more than there is to take",
           .repr = "{padding}", .build = build, .forward = forward, .functional = true)

ADJ_MODULE(ReplicationPad3d, "(padding: ints)", "(input: tensor) -> tensor",
           "The edges repeated around the last three axes.\n"
           "shapes  (..., axes) -> the same, larger by padding (left, right, top, bottom, "
           "front, back); one number stands for all "
           "sides\n"
           "errors  Value: another count of amounts; Shape: more than there is to take",
           .repr = "{padding}", .build = build, .forward = forward, .functional = true)

// ---------------------------------------------------------------- Circular

ADJ_MODULE(CircularPad1d, "(padding: ints)", "(input: tensor) -> tensor",
           "The input's other end around the last axis.\n"
           "shapes  (..., axes) -> the same, larger by padding (left, right); one number "
           "stands for all "
           "sides\n"
           "errors  Value: another count of amounts; Shape: more than there is to take",
           .repr = "{padding}", .build = build, .forward = forward, .functional = true)

ADJ_MODULE(CircularPad2d, "(padding: ints)", "(input: tensor) -> tensor",
           "The input's other end around the last two axes.\n"
           "shapes  (..., axes) -> the same, larger by padding (left, right, top, bottom); one "
           "number stands for all "
           "sides\n"
           "errors  Value: another count of amounts; Shape: more than there is to take",
           .repr = "{padding}", .build = build, .forward = forward, .functional = true)

ADJ_MODULE(CircularPad3d, "(padding: ints)", "(input: tensor) -> tensor",
           "The input's other end around the last three axes.\n"
           "shapes  (..., axes) -> the same, larger by padding (left, right, top, bottom, "
           "front, back); one number stands for all "
           "sides\n"
           "errors  Value: another count of amounts; Shape: more than there is to take",
           .repr = "{padding}", .build = build, .forward = forward, .functional = true)
