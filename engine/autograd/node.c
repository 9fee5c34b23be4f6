// SPDX-License-Identifier: Apache-2.0
// node.c: nodes of the tape. A node lies in one block with its inputs, outputs and arguments.
//
// A node points to what made its inputs, never the other way round, and a saved output is an
// alias without history; so nodes form no cycles. Letting go of the last node of a long chain
// must not recurse: dead nodes go onto a work list, and the outermost drop works it off.
#include "autograd/hooks.h"
#include "autograd/rings.h"
#include "autograd/segment.h"

#include <ctype.h>
#include <stdlib.h>

static size_t block_size(int n_in, int n_out, int n_arg)
{
    return sizeof(AdjNode) + (size_t)n_in * sizeof(AdjIn) + (size_t)n_out * sizeof(AdjOut) +
           (size_t)n_arg * sizeof(AdjValue);
}

// Lists and strings among the arguments belong to the caller; the node needs its own.
static bool own_arguments(AdjNode *node)
{
    int k = 0;
    bool ok = true;
    for (int i = 0; i < node->op->n_args && k < node->n_arg; i++) {
        AdjArgKind kind = node->op->args[i].kind;
        if (kind <= ADJ_ARG_TENSORS) continue;
        AdjValue *v = &node->arg[k++];
        if (kind == ADJ_ARG_STR && v->s) v->s = adj_intern(v->s);
        if (kind == ADJ_ARG_LONGS && v->longs.n > 0) {
            size_t bytes = (size_t)v->longs.n * sizeof(int64_t);
            int64_t *copy = malloc(bytes);
            if (copy) memcpy(copy, v->longs.at, bytes);
            v->longs.at = copy;
            ok &= copy != NULL;
        }
    }
    return ok || adj_fail(ADJ_E_MEMORY, "%s: no memory", node->op->name);
}

static void drop_arguments(AdjNode *node)
{
    int k = 0;
    for (int i = 0; i < node->op->n_args && k < node->n_arg; i++) {
        AdjArgKind kind = node->op->args[i].kind;
        if (kind <= ADJ_ARG_TENSORS) continue;
        AdjValue *v = &node->arg[k++];
        if (kind == ADJ_ARG_LONGS && v->longs.n > 0) free((void *)v->longs.at);
    }
}

static bool saves_in(const AdjOp *op, int i)
{
    if (i > 15) return (op->saves & ADJ_SAVE_ALL_IN) == ADJ_SAVE_ALL_IN;
    return op->saves & ADJ_SAVE_IN(i);
}

AdjTensor *adj_saved_view(const AdjTensor *t)
{
    AdjTensor *view = adj_alloc(sizeof *view);
    if (!view) return NULL;
    memcpy(view, t, offsetof(AdjTensor, sizes));
    memcpy(view->sizes, t->sizes, t->ndim * sizeof *t->sizes);
    memcpy(view->strides, t->strides, t->ndim * sizeof *t->strides);
    view->refs = 1;
    view->is_parameter = view->retains_grad = view->grad_pending = view->was_saved = false;
    view->grad = view->base = NULL;
    view->hooks = NULL;
    view->handle = NULL;
    view->storage->refs++;
    adj_node_keep(view->node);
    adj_thread.live_tensors++;
    return view;
}

// A saved view would keep its base, and a write to the base puts this node into the base's
// history: a ring of references that nobody releases. So a node saves a view without a base.
// Other tensors are saved as they are; a write to one of them finds the nodes (inplace.c).
static AdjTensor *save(AdjTensor *t)
{
    if (t->base) return adj_saved_view(t);
    t->was_saved = true;
    return adj_keep(t);
}

// What stands for a saved input that will be computed again: its shape and type, no elements.
static AdjTensor *ghost(const AdjTensor *t)
{
    AdjTensor *view = adj_saved_view(t);
    AdjStorage *empty = adj_storage_make(&adj_cpu, 0);
    if (!view || !empty) {
        adj_drop(&view);
        adj_storage_drop(empty);
        return NULL;
    }
    adj_node_drop(view->node);
    view->node = NULL;
    view->requires_grad = false;
    adj_storage_drop(view->storage);
    view->storage = empty;
    return view;
}

static bool fill_in(AdjIn *in, AdjTensor *t, bool wanted)
{
    if (!t) {
        memset(in, 0, sizeof *in);
        return true;
    }
    in->wants = adj_is_float(t) && adj_needs_grad(t);
    in->node = in->wants && t->node ? adj_node_keep(t->node) : NULL;
    in->leaf = in->wants && !t->node ? adj_keep(t) : NULL;
    in->out = t->out;
    in->dtype = t->dtype;
    in->device = adj_device_of(t)->number;
    in->number = t->wrapped;
    in->shape = adj_shape(t);
    in->saved = NULL;
    in->slot = 0;
    in->version = t->storage->version;
    if (!wanted) return true;
    if (adj_thread.segment && !in->leaf) {
        in->saved = ghost(t);
        return in->saved && adj_segment_note(t, &in->slot);
    }
    in->saved = save(t);
    return in->saved != NULL;
}

static bool fill_out(AdjOut *out, AdjTensor *t, bool save)
{
    if (!t) {
        *out = (AdjOut){0};
        return true;
    }
    out->dtype = t->dtype;
    out->device = adj_device_of(t)->number;
    out->shape = adj_shape(t);
    out->version = t->storage->version;
    out->saved = NULL;
    out->slot = 0;
    if (!save) return true;
    if (adj_thread.segment) return adj_segment_note(t, &out->slot);
    AdjScope s;
    adj_scope_open(&s);
    out->saved = adj_keep(adj_bare_view(t));
    adj_scope_close(&s);
    return out->saved != NULL;
}

AdjNode *adj_node_make(const AdjOp *op, int n_out, AdjTensor *const *out, int n_in,
                       AdjTensor *const *in, int n_arg, const AdjValue *arg)
{
    AdjNode *node = adj_alloc(block_size(n_in, n_out, n_arg));
    if (!node) return NULL;
    *node = (AdjNode){.refs = 1, .op = op, .n_in = n_in, .n_out = n_out, .n_arg = n_arg};
    node->sequence = ++adj_thread.sequence;
    node->in = (AdjIn *)(node + 1);
    node->out = (AdjOut *)(node->in + n_in);
    node->arg = (AdjValue *)(node->out + n_out);
    node->module = adj_thread.module;
    node->segment = adj_segment_keep(adj_thread.segment);
    node->span = adj_thread.span;
    if (n_arg) memcpy(node->arg, arg, (size_t)n_arg * sizeof *arg);
    bool ok = own_arguments(node);
    for (int i = 0; i < n_in; i++) ok = fill_in(&node->in[i], in[i], saves_in(op, i)) && ok;
    for (int i = 0; i < n_out; i++)
        ok = fill_out(&node->out[i], out[i], op->saves & ADJ_SAVE_OUT(i < 16 ? i : 15)) && ok;
    if (ADJ_UNLIKELY(adj_thread.keep_values != 0)) ok = ok && adj_shown_fill(node, out, in);
    if (ok) return node;
    adj_node_drop(node);
    return NULL;
}

AdjNode *adj_node_keep(AdjNode *n)
{
    if (n) n->refs++;
    return n;
}

void adj_node_release_saved(AdjNode *n)
{
    n->released = true;
    for (int i = 0; i < n->n_in; i++) adj_drop(&n->in[i].saved);
    for (int i = 0; i < n->n_out; i++) adj_drop(&n->out[i].saved);
    if (n->drop_extra) n->drop_extra(n->extra);
    n->drop_extra = NULL;
    n->extra = NULL;
    adj_segment_drop(&n->segment);
}

// One of the leaves that nodes have let go of and a ring may hold; it leads to others.
static _Thread_local AdjTensor *suspect;

static void destroy(AdjNode *n)
{
    adj_node_release_saved(n);
    adj_hooks_free(&n->hooks);
    for (int i = 0; i < n->n_in; i++) {
        if (!suspect && adj_rings_suspect(n->in[i].leaf)) {
            suspect = n->in[i].leaf;
            n->in[i].leaf = NULL;
        }
        adj_drop(&n->in[i].leaf);
        adj_node_drop(n->in[i].node);
    }
    if (n->dy) {
        for (int i = 0; i < n->n_out; i++) adj_drop(&n->dy[i]);
        free(n->dy);
    }
    drop_arguments(n);
    if (ADJ_UNLIKELY(n->shown != NULL)) adj_shown_free(n);
    adj_free(n, block_size(n->n_in, n->n_out, n->n_arg));
}

// The outermost drop works the list off; drops from within destroy() only add to it. The list
// runs through the nodes themselves, so letting go needs no memory.
void adj_node_drop(AdjNode *n)
{
    static _Thread_local AdjNode *dead;
    static _Thread_local bool working;
    if (!n || --n->refs) return;
    n->next_dead = dead;
    dead = n;
    if (working) return;
    working = true;
    while (dead || suspect) {
        AdjTensor *leaf = suspect;
        if ((n = dead)) {
            dead = n->next_dead;
            destroy(n);
        } else {
            suspect = NULL;
            adj_rings_drop(&leaf);
        }
    }
    working = false;
}

// ---------------------------------------------------------------- saved values

void *adj_fail_released(void)
{
    adj_thread.op = NULL;  // the pass is at fault, not the operation whose turn it is
    return adj_fail(
        ADJ_E_RUNTIME,
        "Trying to backward through the graph a second time (or directly access saved "
        "tensors after they have already been freed). Saved intermediate values of the "
        "graph are freed when you call .backward() or autograd.grad(). Specify "
        "retain_graph=True if you need to backward through the graph a second time or "
        "if you need to access saved tensors after calling backward.");
}

static AdjTensor *check_saved(AdjNode *n, AdjTensor *t, uint32_t version)
{
    assert(t != NULL);
    if (t->storage->version != version) {
        return adj_fail(
            ADJ_E_RUNTIME,
            "one of the variables needed for gradient computation has been modified by an "
            "inplace operation: [%s %s], needed by %s, is at version %u; expected version "
            "%u instead. Hint: enable anomaly detection to find the operation that failed "
            "to compute its gradient, with torch.autograd.set_detect_anomaly(True).",
            adj_dtype_name((AdjDtype)t->dtype), adj_shape_text(adj_shape(t)), adj_node_name(n),
            t->storage->version, version);
    }
    return t;
}

static AdjTensor *saved_in(AdjNode *n, int i)
{
    AdjIn *in = &n->in[i];
    if (n->released) return adj_fail_released();
    if (!in->slot) return check_saved(n, in->saved, in->version);
    uint32_t version;
    AdjTensor *t = adj_segment_value(n->segment, in->slot, &version);
    if (!t || !check_saved(n, t, version)) return NULL;
    if (!in->node || !adj_building_graph()) return t;
    AdjTensor *x = adj_bare_view(t);  // computed again, but with the first run's history
    if (!x) return NULL;
    x->node = adj_node_keep(in->node);
    x->out = in->out;
    x->requires_grad = true;
    return x;
}

// A derivative that the host computes reads copies.
static AdjTensor *placed(AdjTensor *t)
{
    return ADJ_UNLIKELY(adj_thread.hosted) ? adj_on(t, &adj_cpu) : t;
}

AdjTensor *adj_saved_in(AdjNode *n, int i)
{
    return placed(saved_in(n, i));
}

AdjTensor **adj_saved_place(AdjNode *n, int i)
{
    AdjIn *in = &n->in[i];
    return in->slot ? adj_segment_place(n->segment, in->slot) : &in->saved;
}

static AdjTensor *saved_out(AdjNode *n, int i)
{
    if (n->released) return adj_fail_released();
    AdjOut *out = &n->out[i];
    uint32_t version = out->version;
    AdjTensor *t = out->slot ? adj_segment_value(n->segment, out->slot, &version) : out->saved;
    if (!t || !check_saved(n, t, version)) return NULL;
    if (!adj_building_graph() || !adj_is_float(t)) return t;
    AdjTensor *y = adj_bare_view(t);  // with its history again, for a graph of the derivative
    if (!y) return NULL;
    y->node = adj_node_keep(n);
    y->out = (uint32_t)i;
    y->requires_grad = true;
    return y;
}

AdjTensor *adj_saved_out(AdjNode *n, int i)
{
    return placed(saved_out(n, i));
}

// ---------------------------------------------------------------- reading the tape

AdjNode *adj_grad_fn(const AdjTensor *t)
{
    return adj_current_node((AdjTensor *)t);
}
void adj_set_span(AdjPlace span)
{
    adj_thread.span = span;
}
AdjPlace adj_node_span(const AdjNode *n)
{
    return n->span;
}
const AdjOp *adj_node_op(const AdjNode *n)
{
    return n->op;
}
const char *adj_node_module(const AdjNode *n)
{
    return n->module ? n->module : "";
}
uint64_t adj_node_sequence(const AdjNode *n)
{
    return n->sequence;
}
int adj_node_inputs(const AdjNode *n)
{
    return n->n_in;
}
AdjNode *adj_node_input(const AdjNode *n, int i)
{
    return n->in[i].node;
}
AdjTensor *adj_node_leaf(const AdjNode *n, int i)
{
    return n->in[i].leaf;
}
AdjShape adj_node_shape(const AdjNode *n)
{
    return n->out[0].shape;
}
double adj_node_forward_us(const AdjNode *n)
{
    return n->forward_ticks / adj_ticks_per_us();
}
double adj_node_backward_us(const AdjNode *n)
{
    return n->backward_ticks / adj_ticks_per_us();
}

int64_t adj_node_bytes(const AdjNode *n)
{
    int64_t bytes = 0;
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i].saved) bytes += (int64_t)n->in[i].saved->storage->bytes;
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i].saved) bytes += (int64_t)n->out[i].saved->storage->bytes;
    return bytes;
}

// Whether the argument [name] of the call was an operand and a number, or anything but None.
static bool was_given(const AdjNode *n, const char *name, size_t length)
{
    const AdjOp *op = n->op;
    for (int i = 0, operand = 0, k = 0; i < op->n_args; i++) {
        const AdjArg *a = &op->args[i];
        bool is_operand = a->kind <= ADJ_ARG_TENSORS;
        int at = is_operand ? operand++ : k++;
        if (strlen(a->name) != length || strncmp(a->name, name, length)) continue;
        if (is_operand) return at < n->n_in && n->in[at].number;
        return a->kind == ADJ_ARG_INTS ? n->arg[at].ints.n >= 0 : n->arg[at].i != ADJ_NO_INT;
    }
    return false;
}

static const char *spelled(const char *name, int length, bool variant, const char *bar)
{
    char text[96];
    size_t k = 0;
    bool upper = true;
    if ((strstr(name, "Backward") && !bar) || !strcmp(name, "CopySlices")) return name;
    for (int i = 0; i < length && k < 80; i++) {
        if (name[i] != '_')
            text[k++] = (char)(upper ? toupper((unsigned char)name[i]) : name[i]);
        upper = name[i] == '_' || isdigit((unsigned char)name[i]);
    }
    strcpy(text + k, variant ? "Backward1" : "Backward0");
    return adj_intern(text);
}

// The row's name in CamelCase, a letter after a digit being upper, then "Backward" and the
// number that tells PyTorch's variants of a function apart: 1 for "Sum+dim" when dim was given,
// for "Scatter+src" when src was a number, for "Pow-exponent" when exponent was not. After a
// bar comes the name when the first operand was a number. Irregular names stand in the row as
// they are.
const char *adj_node_name(const AdjNode *n)
{
    if (n->title) return n->title;
    const char *name = n->op->torch ? n->op->torch : n->op->name, *bar = strchr(name, '|');
    if (bar && n->n_in && n->in[0].number) {
        name = bar + 1;
        bar = NULL;
    }
    const char *end = name + strcspn(name, "+-|");
    bool variant = (*end == '+' || *end == '-') &&
                   was_given(n, end + 1, strcspn(end + 1, "|")) == (*end == '+');
    // The same few names are asked for at every step that is recorded.
    static _Thread_local struct {
        const char *name, *text;
        bool variant;
    } known[64];
    size_t slot = ((uintptr_t)name >> 2 ^ (variant ? 31 : 0)) & 63;
    if (known[slot].name == name && known[slot].variant == variant) return known[slot].text;
    known[slot].text = spelled(name, (int)(end - name), variant, bar);
    known[slot].name = name;
    known[slot].variant = variant;
    return known[slot].text;
}
