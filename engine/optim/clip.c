// SPDX-License-Identifier: Apache-2.0
// clip.c: keeping gradients small: by their length all together, or value by value. Both change
// the gradients in place and leave no history.
#include "core/internal.h"

// The parameters' gradients; those without one are left out.
static AdjTensors gradients(AdjTensors params)
{
    AdjTensors g = {0, adj_scope_memory((size_t)(params.n + 1) * sizeof *g.at)};
    for (int i = 0; g.at && i < params.n; i++) {
        AdjTensor *t = params.at[i] ? adj_grad(params.at[i]) : NULL;
        if (t) g.at[g.n++] = t;
    }
    return g;
}

// The norm of the norms of the parts is the norm of the whole, for every p.
static AdjTensor *total(AdjTensors g, double p)
{
    AdjTensors norms = {g.n, adj_scope_memory((size_t)g.n * sizeof *norms.at)};
    if (!norms.at) return NULL;
    if (g.n == 0) return adj_zeros(ADJ_SCALAR_SHAPE, ADJ_SAME);
    for (int i = 0; i < g.n; i++)
        norms.at[i] = adj_norm(g.at[i], ADJ_F(p), ADJ_ALL, false, ADJ_SAME);
    return adj_error_kind() ? NULL
                            : adj_norm(adj_stack(norms, 0), ADJ_F(p), ADJ_ALL, false, ADJ_SAME);
}

ADJ_OP(
    clip_grad_norm_,
    "(parameters: tensors, max_norm: float, norm_type: float = 2, error_if_nonfinite: bool = "
    "False) -> tensor",
    "Scales the gradients of parameters, seen as one vector, down to the length max_norm if "
    "they are longer, and returns the length they had.\n"
    "notes   norm_type is the p of the norm, inf the largest magnitude; a length that is NaN "
    "or "
    "infinite makes gradients NaN or 0\n"
    "errors  Runtime: such a length with error_if_nonfinite",
    .no_grad = true, .no_method = true, .source = "Pascanu, Mikolov and Bengio 2013")
AdjTensor *op_clip_grad_norm_(AdjTensors parameters, double max_norm, double norm_type,
                              bool error_if_nonfinite)
{
    AdjTensors g = gradients(parameters);
    AdjTensor *norm = g.at ? total(g, norm_type) : NULL;
    if (!norm) return NULL;
    double length = adj_item(norm);
    if (error_if_nonfinite && !isfinite(length)) {
        return adj_fail(ADJ_E_RUNTIME,
                        "clip_grad_norm_: The total norm of order %g for gradients from "
                        "`parameters` is non-finite, so it cannot be clipped. To disable this "
                        "error and scale the gradients by the non-finite norm anyway, set "
                        "`error_if_nonfinite=False`",
                        norm_type);
    }
    double factor = max_norm / (length + 1e-6);
    if (factor >= 1) return norm;
    AdjTensor *by = adj_number(ADJ_F(norm->dtype == ADJ_F32 ? (float)factor : factor));
    for (int i = 0; i < g.n; i++)
        if (!adj_assign(g.at[i], adj_mul(g.at[i], by))) return NULL;
    return norm;
}

ADJ_OP(clip_grad_value_, "(parameters: tensors, clip_value: float) -> bool",
       "Limits every element of the gradients of parameters to [-clip_value, clip_value].",
       .no_grad = true, .no_method = true)
bool op_clip_grad_value_(AdjTensors parameters, double clip_value)
{
    AdjTensors g = gradients(parameters);
    AdjTensor *low = adj_number(ADJ_F(-clip_value)), *high = adj_number(ADJ_F(clip_value));
    for (int i = 0; g.at && i < g.n; i++)
        if (!adj_assign(g.at[i], adj_clamp(g.at[i], low, high))) return false;
    return !adj_error_kind();
}
