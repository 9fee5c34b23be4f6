// SPDX-License-Identifier: Apache-2.0
// show.c: what a tape tells those who look at it besides what derivatives need. A tape keeps
// only the values that some derivative uses; a picture of it wants them all, and as they were
// when the operation ran, whatever an optimizer did to them since. So where a program asks for
// it, nodes keep copies of small values: never views, which would see such changes and would
// make rings of references.
//
// A copy remembers the address of what it was copied from, to be compared with a tensor that
// has the same elements, never to be followed.
#include "core/internal.h"
#include "observe/statistics.h"

#include <stdlib.h>

struct AdjShownValue {
    AdjTensor *copy;  // kept
    const AdjTensor *of;
};

int64_t adj_keep_values(int64_t most)
{
    int64_t was = adj_thread.keep_values;
    adj_thread.keep_values = most;
    return was;
}

static bool copy(struct AdjShownValue *to, AdjTensor *t)
{
    if (!t || t->numel > adj_thread.keep_values) return true;
    ADJ_SCOPE;
    ADJ_QUIET;
    *to = (struct AdjShownValue){adj_keep(adj_clone(adj_bare_view(t))), t};
    return to->copy != NULL;
}

// An input that the operation changed in place no longer has its value.
static bool is_changed(const AdjTensor *t, const AdjNode *n, AdjTensor *const *out)
{
    for (int i = 0; i < n->n_out; i++)
        if (t == out[i]) return true;
    return false;
}

bool adj_shown_fill(AdjNode *n, AdjTensor *const *out, AdjTensor *const *in)
{
    n->shown = calloc((size_t)(n->n_in + n->n_out), sizeof *n->shown);
    if (!n->shown) return adj_fail(ADJ_E_MEMORY, "%s: no memory", n->op->name);
    bool ok = true;
    for (int i = 0; ok && i < n->n_in; i++)
        ok = is_changed(in[i], n, out) || copy(&n->shown[i], in[i]);
    for (int i = 0; ok && i < n->n_out; i++) ok = copy(&n->shown[n->n_in + i], out[i]);
    return ok;
}

void adj_shown_free(AdjNode *n)
{
    for (int i = 0; i < n->n_in + n->n_out; i++) adj_drop(&n->shown[i].copy);
    free(n->shown);
    n->shown = NULL;
}

AdjTensor *adj_node_value(const AdjNode *n, int out)
{
    return n->shown && out < n->n_out ? n->shown[n->n_in + out].copy : NULL;
}

AdjTensor *adj_node_operand(const AdjNode *n, int in)
{
    return n->shown && in < n->n_in ? n->shown[in].copy : NULL;
}

bool adj_node_took(const AdjNode *n, int in, const AdjTensor *t)
{
    return n->in[in].leaf == t || (n->shown && n->shown[in].of == t);
}

// The gradients of outputs that a derivative may count on being there.
static bool complete(const AdjNode *n, AdjTensors dy, AdjTensor **to)
{
    for (int k = 0; k < n->n_out - n->op->kept; k++) {
        to[k] = k < dy.n ? dy.at[k] : NULL;
        if (!to[k] && !n->no_zeros && adj_dtype_is_float((AdjDtype)n->out[k].dtype))
            to[k] = adj_zeros_of(n->out[k].shape, (AdjDtype)n->out[k].dtype);
    }
    return !adj_error_kind();
}

AdjTensors adj_node_gradients(AdjNode *n, AdjTensors dy)
{
    AdjTensors none = {0, NULL};
    if (adj_error_kind()) return none;
    if (n->released && n->op->saves) return adj_fail_released(), none;
    AdjTensor **in = adj_scope_memory((size_t)(n->n_in + n->n_out + 1) * sizeof *in);
    if (!in) return none;
    memset(in, 0, (size_t)(n->n_in + n->n_out + 1) * sizeof *in);
    ADJ_QUIET;
    adj_thread.op = n->op;
    if (!complete(n, dy, in + n->n_in)) return none;
    n->op->vjp(n, in + n->n_in, in);
    if (adj_error_kind()) return none;
    for (int i = 0; i < n->n_in; i++) {
        if (!n->in[i].wants) in[i] = NULL;
        if (in[i] && !(in[i] = adj_fit_gradient(in[i], &n->in[i]))) return none;
    }
    return (AdjTensors){n->n_in, in};
}

void adj_release_tape(AdjTensor *root)
{
    int n = 0, room = 32;
    AdjNode **wait = malloc((size_t)room * sizeof *wait), *first = adj_current_node(root);
    if (wait && first) wait[n++] = first;
    while (n) {
        AdjNode *node = wait[--n];
        if (node->released) continue;
        adj_node_release_saved(node);
        for (int i = 0; i < node->n_in; i++) {
            if (!node->in[i].node || node->in[i].node->released) continue;
            if (n == room) {
                AdjNode **more = realloc(wait, (size_t)room * 2 * sizeof *wait);
                if (!more) break;  // what stays is released with its node
                wait = more;
                room *= 2;
            }
            wait[n++] = node->in[i].node;
        }
    }
    free(wait);
}
