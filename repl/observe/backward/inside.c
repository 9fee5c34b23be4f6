// SPDX-License-Identifier: Apache-2.0
// inside.c: operations that are computed in one pass, written out in primitive ones, so that a
// walk can step into them. A row per operation; its function says the operation once more, for
// a reader, on copies of what the node has saved. The gradients that come out at the other end
// are those of the fused derivative up to rounding, which a test holds it to.
#include "observe/backward/walk.h"

#include <math.h>

typedef struct Composite {
    const char *op;
    AdjTensor *(*form)(const AdjNode *n, AdjTensor *const *in);  // NULL: not in this form
} Composite;

static AdjTensor *less(AdjTensor *x, AdjTensor *y)
{
    return adj_sub(x, y, ADJ_I(1));
}

static AdjTensor *plus(AdjTensor *x, AdjTensor *y)
{
    return adj_add(x, y, ADJ_I(1));
}

static AdjTensor *reduced(AdjTensor *each, const char *how)
{
    if (!strcmp(how, "mean")) return adj_mean(each, ADJ_ALL, false, ADJ_SAME);
    return strcmp(how, "sum") ? each : adj_sum(each, ADJ_ALL, false, ADJ_SAME);
}

// x less its largest element: the same probabilities, and no overflow. The maximum counts as a
// constant, since what it would add to the gradient sums to zero.
static AdjTensor *shifted(AdjTensor *x)
{
    return less(x, adj_detach(adj_amax(x, ADJ_SHAPE(-1), true)));
}

static AdjTensor *cross_entropy(const AdjNode *n, AdjTensor *const *in)
{
    AdjTensor *x = in[0], *target = in[1];
    if (in[2] || x->ndim != 2) return NULL;
    AdjTensor *ignored = adj_any(adj_eq(target, ADJ_NUM(n->arg[0].i)), ADJ_ALL, false);
    if (!ignored || adj_item(ignored) != 0) return NULL;
    AdjTensor *z = shifted(x);
    AdjTensor *sum = adj_sum(adj_exp(z), ADJ_SHAPE(-1), true, ADJ_SAME);
    AdjTensor *log_p = less(z, adj_log(sum));
    AdjTensor *own = adj_gather(log_p, 1, adj_unsqueeze(target, 1));
    return reduced(adj_neg(adj_squeeze(own, ADJ_SHAPE(1))), n->arg[1].s);
}

static AdjTensor *mse(const AdjNode *n, AdjTensor *const *in)
{
    AdjTensor *apart = less(in[0], in[1]);
    return reduced(adj_mul(apart, apart), n->arg[0].s);
}

static AdjTensor *addmm_t(const AdjNode *n, AdjTensor *const *in)
{
    (void)n;
    return plus(adj_mm(in[1], adj_t(in[2])), in[0]);
}

static AdjTensor *mm_t(const AdjNode *n, AdjTensor *const *in)
{
    (void)n;
    return adj_mm(in[0], adj_t(in[1]));
}

static AdjTensor *layer_norm(const AdjNode *n, AdjTensor *const *in)
{
    AdjShape last = {.n = (int)n->arg[0].ints.n};
    if (last.n < 1 || last.n > ADJ_MAX_DIMS) return NULL;
    for (int i = 0; i < last.n; i++) last.at[i] = i - last.n;
    AdjTensor *centred = less(in[0], adj_mean(in[0], last, true, ADJ_SAME));
    AdjTensor *variance = adj_mean(adj_mul(centred, centred), last, true, ADJ_SAME);
    AdjTensor *y = adj_div(centred, adj_sqrt(plus(variance, ADJ_NUM(n->arg[1].f))), NULL);
    if (in[1]) y = adj_mul(y, in[1]);
    return in[2] ? plus(y, in[2]) : y;
}

static AdjTensor *attention(const AdjNode *n, AdjTensor *const *in)
{
    AdjTensor *q = in[0], *k = in[1];
    if (in[3] || n->arg[0].b || q->ndim < 2) return NULL;
    for (int d = 0; d < q->ndim - 2; d++)
        if (q->sizes[d] != k->sizes[d]) return NULL;
    double scale = isnan(n->arg[1].f) ? 1 / sqrt((double)q->sizes[q->ndim - 1]) : n->arg[1].f;
    AdjTensor *scores = adj_mul(adj_matmul(q, adj_transpose(k, -2, -1)), ADJ_NUM(scale));
    AdjTensor *e = adj_exp(shifted(scores));
    AdjTensor *p = adj_div(e, adj_sum(e, ADJ_SHAPE(-1), true, ADJ_SAME), NULL);
    return adj_matmul(p, in[2]);
}

static const Composite composites[] = {
    {"cross_entropy_index", cross_entropy},
    {"mse_loss", mse},
    {"addmm_t", addmm_t},
    {"mm_t", mm_t},
    {"layer_norm", layer_norm},
    {"flash_attention", attention},
};

static const Composite *composite_of(const AdjNode *node)
{
    for (size_t i = 0; i < sizeof composites / sizeof *composites; i++)
        if (!strcmp(composites[i].op, node->op->name)) return &composites[i];
    return NULL;
}

bool adj_walk_opens(const AdjNode *node)
{
    return composite_of(node) != NULL;
}

static const char *operand_name(const AdjOp *op, int i)
{
    for (int k = 0; k < op->n_args; k++)
        if (op->args[k].kind <= ADJ_ARG_TENSORS && i-- == 0) return op->args[k].name;
    return "operand";
}

// A leaf with the operand's values; of one that was not saved, since no derivative needs it,
// zeros of its shape do.
static AdjTensor *operand(AdjNode *n, int i)
{
    AdjIn *in = &n->in[i];
    bool kept = in->saved || in->slot;
    if (!kept && !in->wants) return NULL;
    AdjTensor *x =
        kept ? adj_detach(adj_saved_in(n, i)) : adj_zeros_of(in->shape, (AdjDtype)in->dtype);
    return x && in->wants ? adj_require_grad(x, true) : x;
}

// Side results (the logarithms of attention's sums) have no part of their own: no gradient may
// have come to them.
static bool is_nothing(AdjTensor *g)
{
    AdjStatistics s;
    return !g || (adj_statistics(g, &s) && s.norm == 0);
}

bool adj_walk_open(AdjVM *vm, const AdjStop *v, AdjWalk *w)
{
    AdjNode *n = v->node;
    AdjTensor *in[ADJ_WALK_LEAVES] = {NULL}, *y = NULL;
    const Composite *c = composite_of(n);
    bool fits = c && n->n_in <= ADJ_WALK_LEAVES && v->came[0];
    for (int k = 1; fits && k < n->n_out; k++) fits = is_nothing(v->came[k]);
    bool was = adj_set_grad_enabled(true);
    for (int i = 0; fits && i < n->n_in && !adj_error_kind(); i++) in[i] = operand(n, i);
    if (fits && !adj_error_kind()) y = c->form(n, in);
    adj_set_grad_enabled(was);
    if (adj_error_kind()) return adj_bind_error(vm);
    if (!y || !adj_current_node(y)) {
        return adj_raise(vm, ADJ_EXC_ValueError,
                         c ? "this %s does not open" : "%s is primitive", n->op->name);
    }
    w->root = adj_keep(y);
    w->inside = n->op;
    for (int i = 0; i < n->n_in; i++) {
        if (!in[i]) continue;
        w->leaf[w->n_leaves] = adj_keep(in[i]);
        w->leaf_name[w->n_leaves++] = operand_name(n->op, i);
    }
    return true;
}
