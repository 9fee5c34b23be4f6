// SPDX-License-Identifier: Apache-2.0
// fanout.c: what the readers of a leaf send to it, term by term; and what becomes of its
// gradient when zero_grad is forgotten: a second step is taken aside, with the weights where a
// plain step of gradient descent brings them, and put back.
#include "observe/backward/walk.h"

#include "observe/observe.h"

#include "lang/syntax/ast.h"

enum { MOST_LEAVES = 4096, MOST_TERMS = 1024, MOST_CODE = 4096 };

typedef struct Term {
    int index, input;  // of the node in the order of the pass, and its operand
    const AdjOp *op;
    AdjTensor *gradient;  // of the scope
} Term;

typedef struct Fan {
    AdjTensor *leaf;
    Term *terms;
    int n_terms, seen;
} Fan;

static void take_terms(Fan *f, int index, const AdjNode *node, AdjTensor *const *went)
{
    for (int k = 0; k < node->n_in; k++)
        if (node->in[k].leaf == f->leaf && went[k] && f->n_terms < MOST_TERMS)
            f->terms[f->n_terms++] = (Term){index, k, node->op, adj_keep(went[k])};
}

static void see(void *data, AdjNode *node, AdjTensors came, AdjTensors went)
{
    Fan *f = data;
    (void)came;
    take_terms(f, f->seen++, node, went.at);
}

// A sweep has scopes of its own; behind it the terms belong to the request's.
static void own_terms(const Fan *f)
{
    for (int i = 0; i < f->n_terms; i++) adj_scoped(f->terms[i].gradient);
}

static AdjTensor *sum_of(const Fan *f)
{
    AdjTensor *sum = NULL;
    for (int i = 0; i < f->n_terms; i++)
        sum = sum ? adj_add(sum, f->terms[i].gradient, ADJ_I(1)) : f->terms[i].gradient;
    return sum;
}

static bool gather(AdjRequestCall *c, const AdjWalk *w, Fan *f)
{
    f->terms = adj_scope_memory(MOST_TERMS * sizeof *f->terms);
    if (!f->terms) return false;
    for (int i = 0; i < w->n; i++) take_terms(f, i, w->at[i].node, w->at[i].went);
    own_terms(f);
    return f->n_terms ||
           adj_raise(c->vm, ADJ_EXC_ValueError, "fanout: the pass sends nothing there");
}

// ---------------------------------------------------------------- the step after

typedef struct Moved {
    AdjTensor *leaf, *home;
} Moved;

static int find(const Moved *m, int n, const AdjTensor *leaf)
{
    for (int i = 0; i < n; i++)
        if (m[i].leaf == leaf) return i;
    return -1;
}

static bool shift(AdjTensor *leaf, AdjTensor *gradient, double rate)
{
    AdjTensor *by = adj_mul(gradient, ADJ_NUM(-rate));
    return by && adj_copy_data(adj_bare_view(leaf), adj_add(adj_bare_view(leaf), by, ADJ_I(1)));
}

// Moves every leaf of the walk down its gradient; [m] says where they were.
static bool descend(const AdjWalk *w, double rate, Moved *m, int *n)
{
    for (int i = 0; i < w->n; i++)
        for (int k = 0; k < w->at[i].node->n_in; k++) {
            AdjTensor *leaf = w->at[i].node->in[k].leaf, *g = w->at[i].went[k];
            if (!leaf || !g) continue;
            if (find(m, *n, leaf) < 0) {
                if (*n == MOST_LEAVES) return adj_fail(ADJ_E_VALUE, "fanout: too many leaves");
                m[*n] = (Moved){leaf, adj_clone(adj_bare_view(leaf))};
                if (!m[(*n)++].home) return false;
            }
            if (!shift(leaf, g, rate)) return false;
        }
    return true;
}

// The expression that the root was made by.
static const char *root_code(AdjRequestCall *c, const AdjWalk *w)
{
    AdjPlace p = w->at[0].node->span;
    const AdjSource *s = p.source ? adj_vm_source(c->vm, p.source) : NULL;
    if (!s || p.end <= p.start || p.end > s->length || p.end - p.start > MOST_CODE) return NULL;
    char *code = adj_scope_memory(p.end - p.start + 1);
    if (!code) return NULL;
    memcpy(code, s->text + p.start, p.end - p.start);
    code[p.end - p.start] = 0;
    return code;
}

static bool second_step(AdjRequestCall *c, const AdjWalk *w, Fan *f, double *loss)
{
    const char *code = adj_ask_string(&c->ask, "code", NULL);
    double rate = adj_ask_number(&c->ask, "rate", 0.1);
    Moved *m = adj_scope_memory(MOST_LEAVES * sizeof *m);
    AdjTensor *root;
    int n = 0;
    f->n_terms = 0;
    if (!code) code = root_code(c, w);
    if (!code || !m)
        return adj_raise(c->vm, ADJ_EXC_ValueError, "fanout: say what makes the loss: code");
    bool ok = descend(w, rate, m, &n) && adj_observe_evaluate(c->vm, code, true, &root) &&
              adj_see_backward(root, NULL, see, f);
    own_terms(f);
    if (ok) *loss = adj_item(root);
    for (int i = 0; i < n; i++)
        if (m[i].home) adj_copy_data(adj_bare_view(m[i].leaf), m[i].home);
    if (!ok && !adj_vm_failed(c->vm)) adj_bind_error(c->vm);
    return ok;
}

// ---------------------------------------------------------------- the answer

static void put_terms(AdjAnswerText *o, const Fan *f)
{
    adj_say_key(o, "contributions");
    adj_say_open(o, '[');
    for (int i = 0; i < f->n_terms; i++) {
        adj_say_open(o, '{');
        adj_put_int(o, "index", f->terms[i].index);
        adj_put_text(o, "op", f->terms[i].op->name);
        adj_put_int(o, "input", f->terms[i].input);
        adj_walk_put_gradient(o, f->terms[i].gradient);
        adj_say_close(o, '}');
    }
    adj_say_close(o, ']');
}

static void put_sum(AdjAnswerText *o, const char *key, AdjTensor *g)
{
    adj_say_key(o, key);
    if (!g) {
        adj_say_null(o);
        return;
    }
    adj_say_open(o, '{');
    adj_walk_put_gradient(o, g);
    adj_say_close(o, '}');
}

bool adj_request_fanout(AdjRequestCall *c)
{
    const char *name = adj_ask_string(&c->ask, "name", "");
    const AdjWalk *w = adj_walk_now();
    Fan f = {.leaf = NULL};
    AdjTensor *earlier = NULL, *sum;
    double loss[2];
    if (!w->root || w->inside || !w->n)
        return adj_raise(c->vm, ADJ_EXC_RuntimeError, "fanout: no walk has begun");
    if (!adj_observe_tensor(c->vm, name, &f.leaf) || !gather(c, w, &f)) return false;
    bool forget = adj_ask_bool(&c->ask, "forget", false);
    loss[0] = adj_item(w->root);
    if (forget) earlier = sum_of(&f);
    if (forget && !second_step(c, w, &f, &loss[1])) return false;
    sum = sum_of(&f);
    if (forget && sum) sum = adj_add(earlier, sum, ADJ_I(1));
    if (!sum) return adj_bind_error(c->vm);
    adj_put_text(c->out, "name", name);
    put_sum(c->out, "earlier", earlier);
    put_terms(c->out, &f);
    put_sum(c->out, "total", sum);
    adj_say_key(c->out, "losses");
    adj_say_open(c->out, '[');
    for (int i = 0; i <= forget; i++) adj_say_number(c->out, loss[i]);
    adj_say_close(c->out, ']');
    return true;
}
