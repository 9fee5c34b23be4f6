// SPDX-License-Identifier: Apache-2.0
// wiggle.c: a loss as a function of one element of one tensor, beside what its derivative
// promises. What the loss is made of is recorded once, when a wiggle starts; then only the
// operations that depend on the tensor are computed again, on copies (engine/observe/rerun.h).
// So the curve belongs to one moment, whatever the program does meanwhile, and a session has
// one wiggle at a time.
//
// An expression that takes numbers out of tensors (item(), a comparison) cannot be recorded
// whole. One evaluation by the program itself tells; such an expression is then evaluated anew
// for every value, with the element changed in place for the moment.
#include "observe/watching.h"

#include "observe/buffers.h"
#include "observe/observe.h"
#include "observe/rerun.h"

#include "core/random.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

typedef struct {
    AdjPinned *own;     // what was recorded of the expression; NULL: a step of the program's
    AdjRecord *record;  // kept: that step
    const AdjPinned *pinned;
    AdjTensor *leaf, *random;  // kept
    char *code;
    bool direct;  // evaluated by the program itself
    AdjRerun *run[2];
    double loss[2], gradient[2];  // as the program computes, and in double precision
    int64_t at[ADJ_MAX_DIMS], place;
} Wiggle;
static _Thread_local Wiggle wiggle;

void adj_observe_forget_wiggle(void)
{
    for (int i = 0; i < 2; i++) adj_rerun_free(wiggle.run[i]);
    adj_pinned_free(wiggle.own);
    adj_record_drop(wiggle.record);
    adj_drop(&wiggle.leaf);
    adj_drop(&wiggle.random);
    free(wiggle.code);
    wiggle = (Wiggle){.own = NULL};
}

// ---------------------------------------------------------------- one value

static AdjTensor *element(AdjTensor *t)
{
    AdjTensor *e = adj_bare_view(t);
    for (int i = t->ndim, k = 0; k < i && e; k++) e = adj_select(e, 0, wiggle.at[k]);
    return e;
}

static bool by_program(AdjVM *vm, double value, double *out)
{
    AdjScalarCode f = {vm, wiggle.code, wiggle.random};
    double old = adj_element_read(wiggle.leaf, wiggle.place);
    adj_element_write(wiggle.leaf, wiggle.place, value);
    bool ok = adj_scalar_code_value(&f, out);
    adj_element_write(wiggle.leaf, wiggle.place, old);
    return ok;
}

static bool by_rerun(AdjRerun *r, double value, double *out)
{
    ADJ_SCOPE;
    AdjTensor *e = element(adj_rerun_leaf(r));
    double old = e ? adj_item(e) : 0;
    AdjTensor *x = e ? adj_full(ADJ_SCALAR_SHAPE, ADJ_F(value), ADJ_F64) : NULL;
    if (!x || !adj_copy_data(e, x)) return false;
    bool ok = adj_rerun_value(r, out);
    return adj_copy_data(e, adj_full(ADJ_SCALAR_SHAPE, ADJ_F(old), ADJ_F64)) && ok;
}

static bool value_at(AdjVM *vm, int which, double value, double *out)
{
    ADJ_SCOPE;
    bool ok =
        wiggle.direct ? by_program(vm, value, out) : by_rerun(wiggle.run[which], value, out);
    return ok || adj_vm_failed(vm) || adj_bind_error(vm) ? ok : false;
}

// ---------------------------------------------------------------- starting

static bool evaluate(void *data, AdjTensor **root)
{
    const AdjScalarCode *f = data;
    return adj_generator_set_state(adj_generator_now(), f->random) &&
           adj_observe_evaluate(f->vm, f->code, true, root);
}

static bool find_step(AdjRequestCall *c)
{
    AdjRecorder *rec = &adj_thread.observer->recorder;
    int64_t step = adj_ask_int(&c->ask, "step", 0);
    if (!step && rec->n_pinned) step = rec->pinned[rec->n_pinned - 1]->step;
    wiggle.record = step ? adj_record_get(step) : NULL;
    wiggle.pinned = wiggle.record ? wiggle.record->pinned : NULL;
    return wiggle.pinned || adj_raise(c->vm, ADJ_EXC_ValueError,
                                      "wiggle: code, an expression with one value, or a step "
                                      "that is pinned");
}

static bool find_element(AdjRequestCall *c)
{
    AdjTensor *t;
    const char *name = adj_ask_string(&c->ask, "name", "");
    if (!adj_observe_tensor(c->vm, name, &t)) return false;
    if (t->dtype > ADJ_F64)
        return adj_raise(c->vm, ADJ_EXC_ValueError, "wiggle: %s is not of float32 or float64",
                         name);
    int n = adj_ask_ints(&c->ask, "at", wiggle.at, ADJ_MAX_DIMS);
    wiggle.place = n == t->ndim ? adj_element_place(t, wiggle.at) : -1;
    if (wiggle.place < 0)
        return adj_raise(c->vm, ADJ_EXC_IndexError, "wiggle: %s has no such element", name);
    wiggle.leaf = adj_keep(t);
    wiggle.random = adj_keep(adj_generator_state(adj_generator_now()));
    return wiggle.random || adj_bind_error(c->vm);
}

static bool begin_run(AdjVM *vm, int which)
{
    ADJ_SCOPE;
    if (wiggle.run[which]) return true;
    AdjRerun *r = adj_rerun_new(wiggle.pinned, wiggle.leaf, which ? ADJ_F64 : ADJ_F32);
    if (!r) return adj_bind_error(vm);
    AdjTensor *g = adj_rerun_gradient(r), *e = g ? element(g) : NULL;
    wiggle.gradient[which] = e ? adj_item(e) : NAN;
    bool ok = e && adj_rerun_value(r, &wiggle.loss[which]) && !adj_error_kind();
    if (!ok) adj_rerun_free(r);
    wiggle.run[which] = ok ? r : NULL;
    return ok || adj_bind_error(vm);
}

// Whether what was recorded gives the program's own value, to the bit, at another place too.
static bool agrees(AdjVM *vm, bool *out)
{
    double x = adj_element_read(wiggle.leaf, wiggle.place), own, again;
    x += 0.0625 * (fabs(x) > 1 ? fabs(x) : 1);
    if (!by_program(vm, x, &own) || !by_rerun(wiggle.run[0], x, &again)) return false;
    *out = own == again || (isnan(own) && isnan(again));
    return true;
}

// The derivative of an expression that cannot be recorded: by one backward pass.
static bool direct_gradient(AdjRequestCall *c, const AdjScalarCode *f)
{
    AdjTensor *root;
    bool was = wiggle.leaf->requires_grad;
    if (!was) wiggle.leaf->requires_grad = true;
    bool ok = evaluate((void *)(uintptr_t)f, &root);
    AdjTensors g = {0, NULL};  // none when the loss is constant
    if (ok && adj_needs_grad(root))
        g = adj_gradients(ADJ_TENSORS(root), (AdjTensors){0, NULL}, ADJ_TENSORS(wiggle.leaf),
                          false, false, true);
    wiggle.leaf->requires_grad = was;
    if (!ok || adj_error_kind()) return ok ? adj_bind_error(c->vm) : false;
    AdjTensor *e = g.n && g.at[0] ? element(g.at[0]) : NULL;
    wiggle.loss[0] = adj_item(root);
    wiggle.gradient[0] = e ? adj_item(e) : 0;
    wiggle.direct = true;
    return true;
}

static bool record(AdjRequestCall *c)
{
    const char *code = adj_ask_string(&c->ask, "code", NULL);
    bool same = false;
    if (!code) return find_step(c) && begin_run(c->vm, 0);
    AdjScalarCode f = {c->vm, wiggle.code = strdup(code), wiggle.random};
    if (!f.code) return adj_raise(c->vm, ADJ_EXC_MemoryError, "wiggle: no memory");
    wiggle.own = adj_pinned_capture(evaluate, &f);
    wiggle.pinned = wiggle.own;
    if (!wiggle.own) return adj_vm_failed(c->vm) ? false : adj_bind_error(c->vm);
    if (begin_run(c->vm, 0) && !agrees(c->vm, &same)) return false;
    if (same) return true;
    if (adj_vm_failed(c->vm)) adj_vm_clear_error(c->vm);
    return direct_gradient(c, &f);
}

static bool start(AdjRequestCall *c)
{
    int calls = 0, dependent = 0;
    AdjAnswerText *o = c->out;
    adj_observe_forget_wiggle();
    if (!find_element(c) || !record(c)) {
        adj_observe_forget_wiggle();
        return false;
    }
    AdjTensor *t = wiggle.leaf, *e = wiggle.direct ? t : adj_rerun_leaf(wiggle.run[0]);
    if (!wiggle.direct) adj_rerun_size(wiggle.run[0], &calls, &dependent);
    adj_put_text(o, "name", adj_ask_string(&c->ask, "name", ""));
    adj_put_ints(o, "at", wiggle.at, t->ndim);
    adj_put_text(o, "dtype", adj_dtype_name((AdjDtype)t->dtype));
    adj_put_number(o, "value", adj_item(element(e)));
    adj_put_number(o, "loss", wiggle.loss[0]);
    adj_put_number(o, "gradient", wiggle.gradient[0]);
    adj_put_bool(o, "recorded", !wiggle.direct);
    adj_put_int(o, "operations", calls);
    adj_put_int(o, "dependent", dependent);
    return true;
}

// ---------------------------------------------------------------- values

static const double PORTION = 0.012;  // seconds: what one answer may take

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

typedef struct {
    AdjRequestCall *c;
    double until;
    int which, done;
} Portion;

// Answers at least one value; the rest when there is time.
static bool put_loss(void *data, const AdjAsk *item)
{
    Portion *p = data;
    double x, loss;
    if (p->done && now() > p->until) return true;
    if (!adj_ask_item_number(item, &x)) return false;
    if (!value_at(p->c->vm, p->which, x, &loss)) return false;
    adj_say_number(p->c->out, loss);
    p->done++;
    return true;
}

static bool values(AdjRequestCall *c)
{
    Portion p = {c, now() + PORTION, adj_ask_bool(&c->ask, "double", false), 0};
    if (!wiggle.leaf) return adj_raise(c->vm, ADJ_EXC_RuntimeError, "wiggle: none has started");
    if (wiggle.record && wiggle.record->pinned != wiggle.pinned) {
        adj_observe_forget_wiggle();
        return adj_raise(c->vm, ADJ_EXC_RuntimeError, "wiggle: the step was let go");
    }
    if (p.which && wiggle.direct)
        return adj_raise(c->vm, ADJ_EXC_ValueError,
                         "wiggle: only what was recorded can be computed in double precision");
    if (p.which && !begin_run(c->vm, 1)) return false;
    adj_put_bool(c->out, "double", p.which);
    adj_put_number(c->out, "loss", wiggle.loss[p.which]);
    adj_put_number(c->out, "gradient", wiggle.gradient[p.which]);
    adj_say_key(c->out, "losses");
    adj_say_open(c->out, '[');
    bool ok = adj_ask_each(&c->ask, "values", put_loss, &p);
    adj_say_close(c->out, ']');
    return ok || adj_vm_failed(c->vm)
               ? ok
               : adj_raise(c->vm, ADJ_EXC_ValueError, "wiggle: values is a list of numbers");
}

static bool serve(AdjRequestCall *c)
{
    const char *act = adj_ask_string(&c->ask, "do", "start");
    adj_put_text(c->out, "do", act);
    if (!strcmp(act, "start")) return start(c);
    if (!strcmp(act, "values")) return values(c);
    if (strcmp(act, "close") != 0)
        return adj_raise(c->vm, ADJ_EXC_ValueError, "wiggle: start, values or close, not '%s'",
                         act);
    adj_observe_forget_wiggle();
    return true;
}

bool adj_request_wiggle(AdjRequestCall *c)
{
    AdjKeptModules buffers;
    bool ok = adj_modules_keep(c->vm, &buffers) && serve(c);
    adj_modules_put_back(&buffers);
    return ok;
}
