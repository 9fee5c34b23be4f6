// SPDX-License-Identifier: Apache-2.0
// check.c: a derivative against differences, element by element. The program's tensor is
// changed in place for the moment and put back bit for bit; every evaluation starts from the
// same random numbers.
#include "observe/watching.h"

#include "observe/buffers.h"
#include "observe/observe.h"

#include "core/random.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
    AdjRequestCall *c;
    AdjScalarCode f;
    AdjTensor *t, *gradient;
    double h, base, worst;
    const char *verdict;
    int n;
} Check;

static int rank(const char *verdict)
{
    static const char *const order[] = {"good", "kink", "acceptable", "wrong"};
    int i = 0;
    while (i < 3 && strcmp(order[i], verdict)) i++;
    return i;
}

static const char *judge(double error, bool kink, bool wide)
{
    if (kink) return "kink";
    if (error <= (wide ? 1e-7 : 1e-3)) return "good";
    return error <= (wide ? 1e-4 : 1e-2) ? "acceptable" : "wrong";
}

static bool check_element(Check *k, const int64_t *at)
{
    AdjAnswerText *o = k->c->out;
    int64_t p = adj_element_place(k->t, at);
    if (p < 0) return adj_raise(k->c->vm, ADJ_EXC_IndexError, "gradcheck: no such element");
    bool wide = k->t->dtype == ADJ_F64;
    double old = adj_element_read(k->t, p), up, down, analytic;
    double size = fabs(old) > 1 ? fabs(old) : 1;
    double h = k->h > 0 ? k->h : size * (wide ? 6e-6 : 5e-3);
    adj_element_write(k->t, p, old + h);
    double above = adj_element_read(k->t, p) - old;
    bool ok = adj_scalar_code_value(&k->f, &up);
    adj_element_write(k->t, p, old - h);
    double below = old - adj_element_read(k->t, p);
    ok = ok && adj_scalar_code_value(&k->f, &down);
    adj_element_write(k->t, p, old);
    if (!ok) return false;
    AdjTensor *g = k->gradient;
    for (int i = 0; i < k->t->ndim && g; i++) g = adj_select(g, 0, at[i]);
    analytic = g ? adj_item(g) : NAN;
    double numeric = (up - down) / (above + below);
    double right = (up - k->base) / above, left = (k->base - down) / below;
    double scale = fmax(fabs(analytic), fabs(numeric)), noise = wide ? 1e-8 : 2e-4;
    double error = scale > noise ? fabs(analytic - numeric) / scale : 0;
    bool kink = fabs(right - left) > 0.1 * fmax(fabs(right), fabs(left)) &&
                fabs(right - left) > 10 * noise && error > (wide ? 1e-4 : 1e-2);
    const char *verdict = judge(error, kink, wide);
    if (rank(verdict) > rank(k->verdict)) k->verdict = verdict;
    if (!kink && error > k->worst) k->worst = error;
    k->n++;
    adj_say_open(o, '{');
    adj_put_ints(o, "at", at, k->t->ndim);
    adj_put_number(o, "analytic", analytic);
    adj_put_number(o, "numeric", numeric);
    adj_put_number(o, "error", error);
    adj_put_number(o, "h", h);
    adj_put_bool(o, "kink", kink);
    adj_put_text(o, "verdict", verdict);
    adj_say_close(o, '}');
    return true;
}

static bool check_item(void *data, const AdjAsk *item)
{
    Check *k = data;
    int64_t at[ADJ_MAX_DIMS];
    if (adj_ask_item_ints(item, at, ADJ_MAX_DIMS) != k->t->ndim)
        return adj_raise(k->c->vm, ADJ_EXC_IndexError, "gradcheck: an index for each axis");
    return check_element(k, at);
}

// The elements with the largest gradients, one after the other.
static bool check_largest(Check *k, int64_t count)
{
    ADJ_SCOPE;
    AdjTensor *g = adj_contiguous(adj_to(adj_abs(k->gradient), ADJ_F64));
    if (!g) return false;
    g = adj_clone(adj_host(g));
    double *size = g ? adj_data(g) : NULL;
    for (int64_t n = 0; size && n < count && n < g->numel; n++) {
        int64_t best = 0, at[ADJ_MAX_DIMS];
        for (int64_t i = 1; i < g->numel; i++)
            if (size[i] > size[best]) best = i;
        size[best] = -1;
        for (int i = k->t->ndim, flat = (int)best; i--; flat /= (int)k->t->sizes[i])
            at[i] = flat % k->t->sizes[i];
        if (!check_element(k, at)) return false;
    }
    return size != NULL;
}

static bool analytic_gradient(Check *k)
{
    AdjTensor *root;
    if (!adj_generator_set_state(adj_generator_now(), k->f.random) ||
        !adj_observe_evaluate(k->f.vm, k->f.code, true, &root))
        return false;
    k->base = adj_item(root);
    AdjTensors g = adj_gradients(ADJ_TENSORS(root), (AdjTensors){0, NULL}, ADJ_TENSORS(k->t),
                                 false, false, true);
    k->gradient = g.at ? g.at[0] : NULL;
    if (adj_error_kind()) return adj_bind_error(k->f.vm);
    return k->gradient || adj_raise(k->f.vm, ADJ_EXC_ValueError,
                                    "gradcheck: %s does not depend on the tensor", k->f.code);
}

static bool serve(AdjRequestCall *c)
{
    const char *name = adj_ask_string(&c->ask, "name", "");
    Check k = {.c = c, .verdict = "good", .h = adj_ask_number(&c->ask, "h", 0)};
    k.f = (AdjScalarCode){c->vm, adj_ask_string(&c->ask, "code", ""),
                          adj_generator_state(adj_generator_now())};
    if (!k.f.random || !adj_observe_tensor(c->vm, name, &k.t)) return false;
    if (k.t->dtype > ADJ_F64 || !adj_is_leaf(k.t) || !k.t->requires_grad) {
        return adj_raise(c->vm, ADJ_EXC_ValueError,
                         "gradcheck: %s is no leaf of float32 or float64 that requires a "
                         "gradient",
                         name);
    }
    if (!analytic_gradient(&k)) return false;
    adj_put_text(c->out, "name", name);
    adj_say_key(c->out, "elements");
    adj_say_open(c->out, '[');
    AdjJson j;
    bool ok = adj_ask_find(&c->ask, "elements", &j)
                  ? adj_ask_each(&c->ask, "elements", check_item, &k)
                  : check_largest(&k, adj_ask_int(&c->ask, "count", 8));
    if (!ok) {
        return adj_vm_failed(c->vm) || adj_raise(c->vm, ADJ_EXC_ValueError,
                                                 "gradcheck: elements is a list of indices")
                   ? false
                   : false;
    }
    adj_say_close(c->out, ']');
    adj_put_number(c->out, "worst", k.worst);
    adj_put_text(c->out, "verdict", k.verdict);
    return true;
}

bool adj_request_gradcheck(AdjRequestCall *c)
{
    AdjKeptModules buffers;
    bool ok = adj_modules_keep(c->vm, &buffers) && serve(c);
    adj_modules_put_back(&buffers);
    return ok;
}
