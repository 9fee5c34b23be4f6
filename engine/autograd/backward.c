// SPDX-License-Identifier: Apache-2.0
// backward.c: the reverse sweep.
//
// Nodes wait in a heap ordered by sequence number. A node's inputs are older than the node, so
// when a node comes off the heap every node that uses its result has been handled and its
// gradient is complete. Nothing recurses; the heap holds the front of the sweep only. Gradients
// of leaves gather beside the heap and reach the leaves at the end, so an error on the way
// leaves them as they were.
//
// Gradient of a scalar f along the tape: dx_i = sum over uses k of (d y_k / d x_i)^T dy_k, the
// chain rule in reverse order of evaluation (Linnainmaa 1970; Rumelhart, Hinton and Williams
// 1986).
#include "autograd/hooks.h"
#include "distributed/reducer.h"
#include "observe/record.h"

#include <stdlib.h>

typedef struct {
    AdjTensor *leaf, *sum;  // both kept
} Gathered;

typedef struct {
    AdjNode **heap;  // kept references, the youngest on top
    int n, capacity;
    Gathered *leaves;
    int n_leaves, leaf_capacity;
    AdjTensors targets;  // gradients() only: n = 0 means "all leaves"
    AdjTensor **found;   // kept, one per target
    uint64_t id;
    bool retain_graph, create_graph;
    AdjSeeNode see;  // of a pass that is watched
    void *see_data;
    AdjRecorder *recorder;  // of a pass that belongs to a recorded step
    bool reduces;           // gradients of some leaves are gathered from several processes
} Pass;

bool adj_grad_enabled(void)
{
    return !adj_thread.no_grad;
}

bool adj_set_grad_enabled(bool enabled)
{
    bool was = !adj_thread.no_grad;
    adj_thread.no_grad = !enabled;
    return was;
}

bool adj_set_anomaly_mode(bool enabled)
{
    bool was = adj_thread.anomaly;
    adj_thread.anomaly = enabled;
    return was;
}

static bool grow(void **at, int *capacity, size_t size)
{
    int wanted = *capacity ? *capacity * 2 : 32;
    void *bigger = realloc(*at, (size_t)wanted * size);
    if (!bigger) return adj_fail(ADJ_E_MEMORY, "backward: no memory for %d nodes", wanted);
    *at = bigger;
    *capacity = wanted;
    return true;
}

// ---------------------------------------------------------------- heap

static bool heap_push(Pass *p, AdjNode *node)
{
    if (p->n == p->capacity && !grow((void **)&p->heap, &p->capacity, sizeof *p->heap))
        return false;
    int i = p->n++;
    for (; i && p->heap[(i - 1) / 2]->sequence < node->sequence; i = (i - 1) / 2)
        p->heap[i] = p->heap[(i - 1) / 2];
    p->heap[i] = adj_node_keep(node);
    node->queued = true;
    return true;
}

static AdjNode *heap_pop(Pass *p)
{
    AdjNode *top = p->heap[0], *last = p->heap[--p->n];
    int i = 0;
    for (int child; (child = 2 * i + 1) < p->n; i = child) {
        if (child + 1 < p->n && p->heap[child + 1]->sequence > p->heap[child]->sequence)
            child++;
        if (p->heap[child]->sequence <= last->sequence) break;
        p->heap[i] = p->heap[child];
    }
    if (p->n) p->heap[i] = last;
    top->queued = false;
    return top;
}

// ---------------------------------------------------------------- gathering gradients

// *slot += g, where *slot is a kept reference or NULL.
static bool gather(AdjTensor **slot, AdjTensor *g)
{
    if (!*slot) {
        *slot = adj_keep(g);
        return true;
    }
    AdjTensor *sum = adj_add(*slot, g, ADJ_I(1));
    if (!sum) return false;
    adj_drop(slot);
    *slot = adj_keep(sum);
    return true;
}

static bool gather_node(Pass *p, AdjNode *node, uint32_t out, AdjTensor *g)
{
    if (!node->dy) {
        node->dy = calloc((size_t)node->n_out, sizeof *node->dy);
        if (!node->dy) return adj_fail(ADJ_E_MEMORY, "backward: no memory");
    }
    return gather(&node->dy[out], g) && (node->queued || heap_push(p, node));
}

// The place of [leaf] among those that the pass has met, or -1.
static int place_of(const Pass *p, const AdjTensor *leaf)
{
    int i = leaf->grad_pending ? p->n_leaves - 1 : -1;
    while (i >= 0 && p->leaves[i].leaf != leaf) i--;
    return i;
}

static bool add_leaf(Pass *p, AdjTensor *leaf, AdjTensor *g)
{
    if (p->n_leaves == p->leaf_capacity &&
        !grow((void **)&p->leaves, &p->leaf_capacity, sizeof *p->leaves))
        return false;
    leaf->grad_pending = true;
    p->leaves[p->n_leaves++] = (Gathered){adj_keep(leaf), adj_keep(g)};
    return true;
}

static bool gather_leaf(Pass *p, AdjTensor *leaf, AdjTensor *g)
{
    int at = place_of(p, leaf);
    if (at >= 0 ? !gather(&p->leaves[at].sum, g) : !add_leaf(p, leaf, g)) return false;
    if (at < 0) at = p->n_leaves - 1;
    return !p->reduces || adj_reducers_met(leaf, p->leaves[at].sum, at);
}

static bool take_mean(void *pass, AdjTensor *leaf, int at, AdjTensor *mean)
{
    Pass *p = pass;
    if (at < 0) return add_leaf(p, leaf, mean);
    adj_drop(&p->leaves[at].sum);
    p->leaves[at].sum = adj_keep(mean);
    return true;
}

// What a derivative returned, in the shape and type of the input: it may leave the sum over
// broadcast axes to us.
AdjTensor *adj_fit_gradient(AdjTensor *g, const AdjIn *in)
{
    if (!adj_shape_equal(adj_shape(g), in->shape)) g = adj_sum_to(g, in->shape);
    if (g && g->dtype != in->dtype) g = adj_to(g, (AdjDtype)in->dtype);
    if (g && ADJ_UNLIKELY(adj_device_of(g)->number != in->device))
        g = adj_on(g, adj_device_at(in->device));
    return g;
}

static bool has_nan(AdjTensor *g)
{
    ADJ_SCOPE;
    bool was = adj_set_grad_enabled(false);
    AdjTensor *any = adj_is_float(g) ? adj_any(adj_isnan(g), ADJ_ALL, false) : NULL;
    adj_set_grad_enabled(was);
    return any && adj_item(any) != 0;
}

static bool check_anomaly(const AdjNode *node, AdjTensor *g, int i)
{
    if (!adj_thread.anomaly || !has_nan(g)) return true;
    adj_thread.span = node->span;  // the error is shown where the value was made
    return adj_fail(ADJ_E_RUNTIME, "Function '%s' returned nan values in its %dth output.",
                    adj_node_name(node), i);
}

static bool send_on(Pass *p, AdjNode *node, AdjTensor **dx)
{
    for (int i = 0; i < node->n_in; i++) {
        AdjIn *in = &node->in[i];
        if (!in->wants || !dx[i]) continue;
        AdjTensor *g = adj_fit_gradient(dx[i], in);
        if (!g || !check_anomaly(node, g, i)) return false;
        dx[i] = g;
        bool ok = in->node   ? gather_node(p, in->node, in->out, g)
                  : in->leaf ? gather_leaf(p, in->leaf, g)
                             : true;
        if (!ok) return false;
    }
    return true;
}

// ---------------------------------------------------------------- one node

// Gradients of outputs that nobody used are zero. Kept results never reach anybody.
static bool complete_dy(AdjNode *node, AdjTensor **dy)
{
    for (int k = 0; k < node->n_out - node->op->kept; k++) {
        if (!dy[k] && !node->no_zeros && adj_dtype_is_float((AdjDtype)node->out[k].dtype))
            dy[k] = adj_zeros_of(node->out[k].shape, (AdjDtype)node->out[k].dtype);
        if (dy[k] && node->hooks && !adj_hooks_run(node->hooks, (uint32_t)k, &dy[k]))
            return false;
    }
    return !adj_error_kind();
}

// A target cannot lie behind a node that is older than every target.
static uint64_t oldest_target(AdjTensors targets)
{
    uint64_t oldest = UINT64_MAX;
    for (int i = 0; i < targets.n; i++) {
        const AdjNode *node = targets.at[i]->node;
        if (!node) return 0;  // a leaf may be used anywhere
        if (node->sequence < oldest) oldest = node->sequence;
    }
    return oldest;
}

static void capture(Pass *p, AdjNode *node, AdjTensor **dy)
{
    for (int i = 0; i < p->targets.n; i++) {
        AdjTensor *t = p->targets.at[i];
        if (t->node == node && !p->found[i]) p->found[i] = adj_keep(dy[t->out]);
    }
}

// In a pass for chosen targets, inputs that lead to none of them want nothing.
static bool leads_to_target(const Pass *p, const AdjIn *in)
{
    for (int i = 0; i < p->targets.n; i++) {
        const AdjTensor *t = p->targets.at[i];
        if (t == in->leaf || (t->node && t->node == in->node)) return true;
    }
    return in->node && in->node->pass == p->id && in->node->needed;
}

// The derivative alone. One of a row that the host computes gets its operands there.
static void call_vjp(AdjNode *node, AdjTensor **dy, AdjTensor **dx)
{
    bool hosted = adj_thread.hosted, here = node->op->hosted && node->out[0].device;
    if (ADJ_LIKELY(!here && !hosted)) {
        node->op->vjp(node, dy, dx);
        return;
    }
    AdjTensor **host = adj_scope_memory((size_t)node->n_out * sizeof *host);
    for (int k = 0; host && k < node->n_out; k++)
        host[k] = here ? adj_on(dy[k], &adj_cpu) : dy[k];
    if (!host || adj_error_kind()) return;
    const AdjDevice *before = adj_device_use(here ? &adj_cpu : adj_thread.device);
    adj_thread.hosted = here;
    node->op->vjp(node, host, dx);
    adj_thread.hosted = hosted;
    adj_device_use(before);
}

static bool run_vjp(Pass *p, AdjNode *node, AdjTensor **dy)
{
    AdjTensor *small[8] = {NULL};
    bool small_wants[8];
    AdjTensor **dx = small;
    bool *wants = small_wants;
    if (node->n_in > 8) {
        dx = adj_scope_memory((size_t)node->n_in * (sizeof *dx + sizeof *wants));
        if (!dx) return false;
        memset(dx, 0, (size_t)node->n_in * sizeof *dx);
        wants = (bool *)(dx + node->n_in);
    }
    for (int i = 0; i < node->n_in; i++) {
        wants[i] = node->in[i].wants;
        if (p->targets.n && wants[i]) node->in[i].wants = leads_to_target(p, &node->in[i]);
    }
    const AdjOp *outer = adj_thread.op;
    const char *module = adj_thread.module;
    AdjPlace span = adj_thread.span;
    adj_thread.op = node->op;
    adj_thread.module = node->module;
    adj_thread.span = node->span;
    uint64_t start = adj_ticks();
    call_vjp(node, dy, dx);
    node->backward_ticks = (uint32_t)(adj_ticks() - start);
    adj_thread.op = outer;
    adj_thread.module = module;
    bool ok = !adj_error_kind() && send_on(p, node, dx);
    if (ADJ_UNLIKELY(p->recorder != NULL) && ok) adj_record_node(p->recorder, node, dy[0]);
    if (ok && p->see)
        p->see(p->see_data, node, (AdjTensors){node->n_out, dy}, (AdjTensors){node->n_in, dx});
    if (ok) adj_thread.span = span;  // after a failure the span names the culprit
    for (int i = 0; i < node->n_in; i++) node->in[i].wants = wants[i];
    return ok;
}

static bool run_node_here(Pass *p, AdjNode *node)
{
    ADJ_SCOPE;
    AdjTensor *one = node->dy ? node->dy[0] : NULL, **dy = &one;
    if (node->n_out > 1) {
        dy = adj_scope_memory((size_t)node->n_out * sizeof *dy);
        if (!dy) return false;
        memcpy(dy, node->dy, (size_t)node->n_out * sizeof *dy);
    }
    for (int k = 0; k < node->n_out; k++) adj_scoped(adj_keep(dy[k]));
    for (int k = 0; k < node->n_out; k++) adj_drop(&node->dy[k]);
    if (!complete_dy(node, dy)) return false;
    if (p->targets.n) {
        capture(p, node, dy);
        if (!(node->pass == p->id && node->needed)) return true;
    }
    if (node->released && node->op->saves) {
        if (node->n_in) return adj_saved_in(node, 0) != NULL;
    }
    bool ok = run_vjp(p, node, dy);
    if (!p->retain_graph) adj_node_release_saved(node);
    return ok;
}

// What a derivative makes lies where the results of its operation lie.
static bool run_node(Pass *p, AdjNode *node)
{
    if (ADJ_LIKELY(!adj_other_devices)) return run_node_here(p, node);
    const AdjDevice *before = adj_device_use(adj_device_at(node->out[0].device));
    bool ok = run_node_here(p, node);
    adj_device_use(before);
    return ok;
}

// ---------------------------------------------------------------- the pass

// The seed of a root, checked or made.
static AdjTensor *seed_of(AdjTensor *root, AdjTensor *seed, int i)
{
    if (!adj_needs_grad(root)) {
        return adj_fail(
            ADJ_E_RUNTIME,
            "element %d of tensors does not require grad and does not have a grad_fn", i);
    }
    if (seed) {
        if (adj_shape_equal(adj_shape(seed), adj_shape(root))) return seed;
        return adj_fail(
            ADJ_E_SHAPE,
            "Mismatch in shape: grad_output[%d] has a shape of %s and output[%d] has a shape "
            "of %s.",
            i, adj_shape_text(adj_shape(seed)), i, adj_shape_text(adj_shape(root)));
    }
    if (root->numel != 1) {
        return adj_fail(ADJ_E_RUNTIME,
                        "grad can be implicitly created only for scalar outputs");
    }
    AdjTensor *one = adj_new_like(root, ADJ_SAME);
    if (!one) return NULL;
    AdjIter it;
    adj_iter_make(&it, 1, &one);
    one->storage->device->fill(&it, ADJ_F(1));
    return one;
}

static bool start(Pass *p, AdjTensor *root, AdjTensor *seed)
{
    AdjNode *node = adj_current_node(root);
    if (node) return gather_node(p, node, root->out, seed);
    return gather_leaf(p, root, seed);
}

// Marks the nodes behind which a target lies. Nodes are visited youngest first by a heap of
// their own and judged oldest first, since a node is needed when one of its inputs is.
static bool mark_needed(Pass *p, AdjTensors roots)
{
    AdjNode **order = NULL;
    int n = 0, capacity = 0;
    Pass walk = {0};
    bool ok = true;
    uint64_t oldest = oldest_target(p->targets);
    for (int i = 0; ok && i < roots.n; i++) {
        AdjNode *node = roots.at[i] ? adj_current_node(roots.at[i]) : NULL;
        if (node && !node->queued) ok = heap_push(&walk, node);
    }
    while (ok && walk.n) {
        AdjNode *node = heap_pop(&walk);
        adj_node_drop(node);  // the roots keep it
        node->pass = p->id;
        node->needed = false;
        if (n == capacity) ok = grow((void **)&order, &capacity, sizeof *order);
        if (!ok) break;
        order[n++] = node;
        for (int i = 0; ok && i < node->n_in; i++) {
            AdjNode *in = node->in[i].node;
            if (!in || in->sequence < oldest) continue;
            if (in->pass != p->id && !in->queued) ok = heap_push(&walk, in);
        }
    }
    while (walk.n) adj_node_drop(heap_pop(&walk));
    for (int k = n; k--;)
        for (int i = 0; i < order[k]->n_in && !order[k]->needed; i++)
            order[k]->needed = leads_to_target(p, &order[k]->in[i]);
    free(walk.heap);
    free(order);
    return ok;
}

static bool run(Pass *p, AdjTensors roots, AdjTensors seeds)
{
    static _Thread_local uint64_t passes;
    p->id = ++passes;
    for (int i = 0; i < p->targets.n; i++) adj_current_node(p->targets.at[i]);
    // Before the roots wait in the heap of the pass: a node can wait in one heap only.
    if (p->targets.n && !mark_needed(p, roots)) return false;
    for (int i = 0; i < roots.n; i++) {
        AdjTensor *root = roots.at[i];
        AdjTensor *seed = root ? seed_of(root, i < seeds.n ? seeds.at[i] : NULL, i) : NULL;
        if (!seed || !start(p, root, seed)) return false;
    }
    bool ok = true;
    while (ok && p->n) {
        AdjNode *node = heap_pop(p);
        ok = run_node(p, node);
        adj_node_drop(node);
    }
    return ok;
}

static void finish(Pass *p)
{
    while (p->n) {
        AdjNode *node = heap_pop(p);
        for (int k = 0; node->dy && k < node->n_out; k++) adj_drop(&node->dy[k]);
        adj_node_drop(node);
    }
    for (int i = 0; i < p->n_leaves; i++) {
        p->leaves[i].leaf->grad_pending = false;
        adj_drop(&p->leaves[i].leaf);
        adj_drop(&p->leaves[i].sum);
    }
    free(p->heap);
    free(p->leaves);
}

// Adds to the leaf's gradient. A first gradient is taken over as it is when nobody else holds
// it; otherwise a later in-place sum would change what others see.
static bool deposit(AdjTensor *leaf, AdjTensor *sum, bool create_graph)
{
    if (leaf->hooks && !adj_hooks_run(leaf->hooks, leaf->out, &sum)) return false;
    if (!leaf->grad) {
        bool own =
            sum->refs <= 2 && sum->storage->refs == 1 && adj_is_contiguous(sum) &&
            (size_t)sum->numel * adj_dtype_size((AdjDtype)sum->dtype) == sum->storage->bytes;
        return adj_set_grad(leaf, create_graph || own ? sum : adj_clone(sum));
    }
    AdjTensor *total = adj_add(leaf->grad, sum, ADJ_I(1));
    if (!total) return false;
    if (create_graph) return adj_set_grad(leaf, total);
    return adj_copy_data(leaf->grad, total) && (adj_touch(leaf->grad), true);
}

// Only what is asked for receives its gradient: leaves and results alike.
static bool deposit_in(AdjTensors inputs, AdjTensors roots, AdjTensors seeds, bool retain_graph,
                       bool create_graph)
{
    AdjTensors g = adj_gradients(roots, seeds, inputs, retain_graph, create_graph, true);
    for (int i = 0; g.at && i < inputs.n; i++)
        if (g.at[i] && !deposit(inputs.at[i], g.at[i], create_graph)) return false;
    return !adj_error_kind();
}

bool adj_backward(AdjTensor *root, AdjTensor *seed, bool retain_graph, bool create_graph)
{
    return adj_backward_from((AdjTensors){1, &root}, (AdjTensors){seed != NULL, &seed},
                             (AdjTensors){0, NULL}, retain_graph, create_graph);
}

static bool sweep(AdjTensors roots, AdjTensors seeds, bool retain_graph, bool create_graph,
                  AdjRecorder *recorder)
{
    Pass p = {.retain_graph = retain_graph || create_graph,
              .create_graph = create_graph,
              .recorder = recorder,
              .reduces = adj_reducers != NULL};
    bool was = adj_set_grad_enabled(create_graph);
    if (p.reduces) adj_reducers_begin();
    bool ok = run(&p, roots, seeds) && (!p.reduces || adj_reducers_end(take_mean, &p));
    if (!ok && p.reduces) adj_reducers_cancel();
    for (int i = 0; ok && i < p.n_leaves; i++)
        ok = deposit(p.leaves[i].leaf, p.leaves[i].sum, create_graph);
    adj_set_grad_enabled(was);
    finish(&p);
    return ok;
}

static bool watched(AdjTensors roots, AdjTensors seeds, bool retain_graph, bool create_graph)
{
    int watchers;
    AdjRecorder *recorder = adj_record_backward(roots, seeds, &watchers);
    bool ok = sweep(roots, seeds, retain_graph, create_graph, recorder);
    adj_record_backward_end(recorder, watchers);
    return ok;
}

bool adj_backward_from(AdjTensors roots, AdjTensors seeds, AdjTensors inputs, bool retain_graph,
                       bool create_graph)
{
    if (roots.n == 0 || !roots.at[0] || adj_error_kind()) return false;
    ADJ_SCOPE;
    if (inputs.n) return deposit_in(inputs, roots, seeds, retain_graph, create_graph);
    if (ADJ_UNLIKELY(adj_thread.watchers != 0))
        return watched(roots, seeds, retain_graph, create_graph);
    return sweep(roots, seeds, retain_graph, create_graph, NULL);
}

// A sweep that is shown: to look at alone, or [for_good].
static bool see_sweep(AdjTensor *root, AdjTensor *seed, AdjSeeNode see, void *data,
                      bool for_good)
{
    if (!root || adj_error_kind()) return false;
    ADJ_SCOPE;
    Pass p = {.retain_graph = true, .see = see, .see_data = data};
    bool was = adj_set_grad_enabled(false);
    bool ok = run(&p, (AdjTensors){1, &root}, (AdjTensors){seed != NULL, &seed});
    for (int i = 0; ok && for_good && i < p.n_leaves; i++)
        ok = deposit(p.leaves[i].leaf, p.leaves[i].sum, false);
    adj_set_grad_enabled(was);
    finish(&p);
    return ok;
}

bool adj_see_backward(AdjTensor *root, AdjTensor *seed, AdjSeeNode see, void *data)
{
    return see_sweep(root, seed, see, data, false);
}

bool adj_show_backward(AdjTensor *root, AdjTensor *seed, AdjSeeNode see, void *data)
{
    return see_sweep(root, seed, see, data, true);
}

static bool take_leaf_gradients(Pass *p)
{
    for (int i = 0; i < p->targets.n; i++) {
        AdjTensor *t = p->targets.at[i];
        for (int k = 0; !t->node && !p->found[i] && k < p->n_leaves; k++) {
            if (p->leaves[k].leaf != t) continue;
            AdjTensor *g = p->leaves[k].sum;
            if (t->hooks && !adj_hooks_run(t->hooks, t->out, &g)) return false;
            p->found[i] = adj_keep(g);
        }
    }
    return true;
}

AdjTensors adj_gradients(AdjTensors roots, AdjTensors seeds, AdjTensors inputs,
                         bool retain_graph, bool create_graph, bool allow_unused)
{
    AdjTensors none = {0, NULL}, result = {inputs.n, NULL};
    for (int i = 0; i < inputs.n; i++) {
        if (!inputs.at[i] || adj_error_kind()) return none;
        if (!adj_needs_grad(inputs.at[i])) {
            adj_fail(ADJ_E_RUNTIME, "One of the differentiated Tensors does not require grad");
            return none;
        }
    }
    result.at = adj_scope_memory((size_t)(inputs.n + 1) * sizeof *result.at);
    if (!result.at) return none;
    memset(result.at, 0, (size_t)(inputs.n + 1) * sizeof *result.at);
    Pass p = {.retain_graph = retain_graph || create_graph,
              .create_graph = create_graph,
              .targets = inputs,
              .found = result.at};
    AdjScope s;
    adj_scope_open(&s);
    bool was = adj_set_grad_enabled(create_graph);
    bool ok = run(&p, roots, seeds) && take_leaf_gradients(&p);
    adj_set_grad_enabled(was);
    finish(&p);
    adj_scope_close(&s);
    for (int i = 0; i < inputs.n; i++) {
        if (ok && !result.at[i] && !allow_unused) {
            ok = adj_fail(ADJ_E_RUNTIME,
                          "The differentiated Tensor at index %d appears to not have been used "
                          "in the graph. Set allow_unused=True if this is the desired "
                          "behavior.",
                          i);
        }
        adj_scoped(result.at[i]);
    }
    return ok ? result : none;
}

// ---------------------------------------------------------------- gradients of tensors

bool adj_requires_grad(const AdjTensor *t)
{
    return t && adj_needs_grad((AdjTensor *)t);
}
AdjTensor *adj_grad(const AdjTensor *t)
{
    return t ? t->grad : NULL;
}

bool adj_set_grad(AdjTensor *t, AdjTensor *grad)
{
    if (!t || adj_error_kind()) return false;
    if (grad && !adj_shape_equal(adj_shape(t), adj_shape(grad))) {
        return adj_fail(
            ADJ_E_SHAPE,
            "assigned grad has data of a different size: %s for a tensor of shape %s",
            adj_shape_text(adj_shape(grad)), adj_shape_text(adj_shape(t)));
    }
    AdjTensor *old = t->grad;
    t->grad = adj_keep(grad);
    adj_drop(&old);
    return true;
}

AdjTensor *adj_require_grad(AdjTensor *t, bool wanted)
{
    if (!t) return NULL;
    if (wanted && !adj_is_float(t)) {
        return adj_fail(ADJ_E_RUNTIME,
                        "only Tensors of floating point dtype can require gradients");
    }
    if (!wanted && t->node) {
        return adj_fail(
            ADJ_E_RUNTIME,
            "you can only change requires_grad flags of leaf variables. If you want to use a "
            "computed variable in a subgraph that doesn't require differentiation use "
            "var_no_grad = var.detach().");
    }
    t->requires_grad = wanted;
    return t;
}
