// SPDX-License-Identifier: Apache-2.0
// compose.c: the derivative of a fused operation, found by doing the operation again in public
// ones.
//
// A fused kernel's own backward kernel leaves no tape, so a pass that builds a graph takes this
// way: the operation is composed anew from its saved inputs and that small tape is
// differentiated with create_graph. What comes out depends on the saved inputs and on dy by
// recorded operations, so it can be differentiated again, any number of times.
//
// The composition works on aliases of the inputs. They are the youngest nodes when it begins,
// so the inner pass, which looks no further back than its oldest target, never meets a node of
// the pass that it runs in.
#include "autograd/compose.h"

static AdjTensor *alias(AdjTensor *t)
{
    return adj_view(t, adj_shape(t));
}

// The inputs as the composition gets them; *targets are the aliases that want a gradient and
// places[] their inputs.
static bool take_inputs(AdjNode *n, AdjTensor **in, AdjTensors *targets, int *places)
{
    for (int i = 0; i < n->n_in; i++) {
        in[i] = n->in[i].saved ? adj_saved_in(n, i) : NULL;
        if (adj_error_kind()) return false;
        if (!in[i] || !adj_wants(n, i)) continue;
        in[i] = alias(in[i]);
        places[targets->n] = i;
        targets->at[targets->n++] = in[i];
    }
    return true;
}

void adj_vjp_composed(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx, AdjCompose compose)
{
    enum { MOST = 32 };
    AdjTensor *in[MOST], *aliases[MOST], *out[MOST] = {NULL}, *roots[MOST], *seeds[MOST];
    int places[MOST], n_roots = 0;
    assert(n->n_in <= MOST && n->n_out <= MOST);
    AdjTensors targets = {0, aliases};
    bool graph = adj_set_grad_enabled(true);
    if (take_inputs(n, in, &targets, places) && compose(n, in, out) && !adj_error_kind()) {
        for (int k = 0; k < n->n_out; k++) {
            if (!out[k] || !dy[k] || !adj_requires_grad(out[k])) continue;
            roots[n_roots] = out[k];
            seeds[n_roots++] = dy[k];
        }
    }
    adj_set_grad_enabled(graph);
    if (adj_error_kind() || !n_roots || !targets.n) return;
    AdjTensors found = adj_gradients((AdjTensors){n_roots, roots}, (AdjTensors){n_roots, seeds},
                                     targets, true, graph, true);
    for (int i = 0; i < found.n; i++) dx[places[i]] = found.at[i];
}
