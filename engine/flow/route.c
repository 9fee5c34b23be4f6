// SPDX-License-Identifier: Apache-2.0
// route.c: what decides in flow graphs: routers of gates, selectors of switches, halting
// conditions of loops; and StateAdd, the cell that adds what is carried from pass to pass.
// Those that are asked about a stream take the values `using` wires to them as well: they are
// added to the stream first, so more context does not change the size of the projection.
#include "nn/module.h"

// input + ref_1 + ref_2 ...
static AdjTensor *with_refs(AdjTensor *x, AdjArchive refs)
{
    for (int i = 0; i < refs.n; i++) x = adj_add(x, refs.tensors[i], ADJ_I(1));
    return x;
}

static bool build_projection(AdjModule *m, int64_t in, int64_t out)
{
    return adj_module_add_child(m, "proj", adj_Linear(in, out, true, "pytorch", ADJ_SAME));
}

static AdjTensor *project(AdjModule *m, AdjTensor *x)
{
    return adj_module_pass(m->children[0].module, "proj", x);
}

// ---------------------------------------------------------------- routers

static bool softmax_router_build(AdjModule *m)
{
    return build_projection(m, m->arg[SoftmaxRouter_dim].i, m->arg[SoftmaxRouter_n].i);
}

static bool softmax_router_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    out->t = adj_softmax(project(m, in[0].t), -1, ADJ_SAME);
    return out->t != NULL;
}

static bool softmax_router_named(AdjModule *m, AdjTensor *x, AdjArchive refs, AdjValue *out)
{
    AdjValue in = {.t = with_refs(x, refs)};
    return in.t && softmax_router_forward(m, &in, out);
}

ADJ_MODULE(SoftmaxRouter, "(dim: int[1,], n: int[1,])", "(input: tensor) -> tensor",
           "softmax(W x + b) along the last axis: weights of n experts that sum to 1.\n"
           "shapes  (..., dim) -> (..., n)",
           .repr = "{dim}{n}", .build = softmax_router_build, .forward = softmax_router_forward,
           .forward_named = softmax_router_named)

static bool sigmoid_router_build(AdjModule *m)
{
    return build_projection(m, m->arg[SigmoidRouter_dim].i, m->arg[SigmoidRouter_n].i);
}

static bool sigmoid_router_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    out->t = adj_sigmoid(project(m, in[0].t));
    return out->t != NULL;
}

static bool sigmoid_router_named(AdjModule *m, AdjTensor *x, AdjArchive refs, AdjValue *out)
{
    AdjValue in = {.t = with_refs(x, refs)};
    return in.t && sigmoid_router_forward(m, &in, out);
}

ADJ_MODULE(SigmoidRouter, "(dim: int[1,], n: int[1,])", "(input: tensor) -> tensor",
           "sigmoid(W x + b): n weights between 0 and 1, each for itself.\n"
           "shapes  (..., dim) -> (..., n)",
           .repr = "{dim}{n}", .build = sigmoid_router_build, .forward = sigmoid_router_forward,
           .forward_named = sigmoid_router_named)

// ---------------------------------------------------------------- selectors

static bool fixed_selector_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    (void)in;
    out->t = adj_full(ADJ_SCALAR_SHAPE, ADJ_I(m->arg[FixedSelector_index].i), ADJ_I64);
    return out->t != NULL;
}

static bool fixed_selector_named(AdjModule *m, AdjTensor *x, AdjArchive refs, AdjValue *out)
{
    (void)x, (void)refs;
    return fixed_selector_forward(m, NULL, out);
}

ADJ_MODULE(FixedSelector, "(index: int[0,])", "(input: tensor) -> tensor",
           "Always the same branch of a switch.\nshapes  (...) -> ()", .repr = "{index}",
           .forward = fixed_selector_forward, .forward_named = fixed_selector_named,
           .functional = true)

static bool argmax_selector_build(AdjModule *m)
{
    return build_projection(m, m->arg[ArgmaxSelector_dim].i, m->arg[ArgmaxSelector_n].i);
}

static bool argmax_selector_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    out->t = adj_argmax(project(m, in[0].t), -1, false);
    return out->t != NULL;
}

static bool argmax_selector_named(AdjModule *m, AdjTensor *x, AdjArchive refs, AdjValue *out)
{
    AdjValue in = {.t = with_refs(x, refs)};
    return in.t && argmax_selector_forward(m, &in, out);
}

ADJ_MODULE(ArgmaxSelector, "(dim: int[1,], n: int[1,])", "(input: tensor) -> tensor",
           "argmax(W x + b) along the last axis: the number of a switch's branch.\n"
           "shapes  (dim) -> (); (B, dim) -> (B), a branch for each row\n"
           "notes   no gradient reaches W and b; they are there for policy gradients",
           .repr = "{dim}{n}", .build = argmax_selector_build,
           .forward = argmax_selector_forward, .forward_named = argmax_selector_named)

// ---------------------------------------------------------------- conditions of loops

static bool threshold_halt_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    AdjTensor *most = adj_amax(adj_detach(in[0].t), ADJ_ALL, false);
    out->t = adj_sub(most, ADJ_NUM(m->arg[ThresholdHalt_threshold].f), ADJ_I(1));
    return out->t != NULL;
}

ADJ_MODULE(ThresholdHalt, "(threshold: float)", "(input: tensor) -> tensor",
           "max(x) - threshold: stops a loop when an element exceeds the threshold.\n"
           "shapes  (...) -> ()",
           .repr = "{threshold}", .forward = threshold_halt_forward, .functional = true)

static bool learned_halt_build(AdjModule *m)
{
    return build_projection(m, m->arg[LearnedHalt_dim].i, 1);
}

static bool learned_halt_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    out->t = adj_mean(project(m, in[0].t), ADJ_ALL, false, ADJ_SAME);
    return out->t != NULL;
}

ADJ_MODULE(LearnedHalt, "(dim: int[1,])", "(input: tensor) -> tensor",
           "mean(w x + b): a learned condition of a loop, one for the whole batch.\n"
           "shapes  (..., dim) -> ()",
           .source = "Graves 2016", .repr = "{dim}", .build = learned_halt_build,
           .forward = learned_halt_forward)

// ---------------------------------------------------------------- carried state

static bool state_add_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    (void)m;
    out->t = in[0].t;
    return true;
}

static bool state_add_named(AdjModule *m, AdjTensor *x, AdjArchive refs, AdjValue *out)
{
    (void)m;
    out->t = with_refs(x, refs);
    return out->t != NULL;
}

ADJ_MODULE(StateAdd, "()", "(input: tensor) -> tensor",
           "The stream plus everything `using` wires to it; with a later tag, the simplest "
           "recurrent cell: Flow(...).through(StateAdd()).using([\"h\"]).tag(\"h\").",
           .forward = state_add_forward, .forward_named = state_add_named, .functional = true)

static bool named_input_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    out->t = adj_module_pass_named(m, NULL, in[0].t, &(AdjArchive){0, NULL, NULL});
    return out->t != NULL;
}

ADJ_MODULE(NamedInputModule, "()", "(input: tensor) -> tensor",
           "The base of modules that take what Flow's `using` wires to them: a class that "
           "inherits from it defines forward_named(self, input, refs), refs being a dict of "
           "tensors by tag. Called alone it gets an empty dict.",
           .forward = named_input_forward)
