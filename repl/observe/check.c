// SPDX-License-Identifier: Apache-2.0
// check.c: what takes many evaluations: a derivative against differences, element by element,
// and slices of the loss around the current point. The program's tensors are changed in place
// for the moment and put back bit for bit; every evaluation starts from the same random
// numbers.
#include "observe/watching.h"

#include "observe/observe.h"

#include "core/random.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
    AdjVM *vm;
    const char *code;
    AdjTensor *random;  // borrowed
} Function;

static bool value_of(const Function *f, double *out)
{
    ADJ_SCOPE;
    AdjTensor *t;
    if (!adj_generator_set_state(adj_generator_now(), f->random) ||
        !adj_observe_evaluate(f->vm, f->code, false, &t))
        return false;
    *out = adj_item(t);
    return !adj_error_kind();
}

// ---------------------------------------------------------------- elements of a tensor

static double read_at(const AdjTensor *t, int64_t k)
{
    char *p = (char *)t->storage->data + k * (int64_t)adj_dtype_size((AdjDtype)t->dtype);
    return t->dtype == ADJ_F32 ? (double)*(float *)p : *(double *)p;
}

static void write_at(AdjTensor *t, int64_t k, double v)
{
    char *p = (char *)t->storage->data + k * (int64_t)adj_dtype_size((AdjDtype)t->dtype);
    if (t->dtype == ADJ_F32)
        *(float *)p = (float)v;
    else
        *(double *)p = v;
}

// Place in the storage of element [at]; -1: there is none.
static int64_t place(const AdjTensor *t, const int64_t *at)
{
    int64_t k = t->offset;
    for (int i = 0; i < t->ndim; i++) {
        if (at[i] < 0 || at[i] >= t->sizes[i]) return -1;
        k += at[i] * t->strides[i];
    }
    return k;
}

typedef struct {
    AdjRequestCall *c;
    Function f;
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
    int64_t p = place(k->t, at);
    if (p < 0) return adj_raise(k->c->vm, ADJ_EXC_IndexError, "gradcheck: no such element");
    bool wide = k->t->dtype == ADJ_F64;
    double old = read_at(k->t, p), up, down, analytic;
    double size = fabs(old) > 1 ? fabs(old) : 1;
    double h = k->h > 0 ? k->h : size * (wide ? 6e-6 : 5e-3);
    write_at(k->t, p, old + h);
    double above = read_at(k->t, p) - old;
    bool ok = value_of(&k->f, &up);
    write_at(k->t, p, old - h);
    double below = old - read_at(k->t, p);
    ok = ok && value_of(&k->f, &down);
    write_at(k->t, p, old);
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
    g = adj_clone(g);
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

bool adj_request_gradcheck(AdjRequestCall *c)
{
    const char *name = adj_ask_string(&c->ask, "name", "");
    Check k = {.c = c, .verdict = "good", .h = adj_ask_number(&c->ask, "h", 0)};
    k.f = (Function){c->vm, adj_ask_string(&c->ask, "code", ""),
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

// ---------------------------------------------------------------- surface

typedef struct {
    AdjTensors params;
    AdjTensor **kept, **dir[2];  // copies of the values; directions, one for each parameter
} Plane;

// Scaled filter by filter to the norm of the weights (Li, Xu, Taylor, Studer and Goldstein
// 2018); vectors (biases, scales) stay where they are.
static AdjTensor *direction(AdjTensor *p, AdjTensor *raw)
{
    if (p->ndim < 2 || !adj_is_float(p)) return adj_zeros_of(adj_shape(p), (AdjDtype)p->dtype);
    AdjShape rest = {.n = p->ndim - 1};
    for (int i = 1; i < p->ndim; i++) rest.at[i - 1] = i;
    AdjTensor *w = adj_norm(adj_bare_view(p), ADJ_F(2), rest, true, ADJ_SAME);
    AdjTensor *d = adj_norm(raw, ADJ_F(2), rest, true, ADJ_SAME);
    return adj_mul(raw, adj_div(w, adj_add(d, ADJ_NUM(1e-10), ADJ_I(1)), NULL));
}

static bool gradients_of(AdjRequestCall *c, const Function *f, AdjTensors params,
                         AdjTensors *out)
{
    AdjTensor *root;
    if (!adj_observe_evaluate(c->vm, f->code, true, &root)) return false;
    *out = adj_gradients(ADJ_TENSORS(root), (AdjTensors){0, NULL}, params, false, false, true);
    return !adj_error_kind() || adj_bind_error(c->vm);
}

static bool make_plane(AdjRequestCall *c, const Function *f, Plane *p, bool gradient)
{
    size_t room = (size_t)(p->params.n + 1) * sizeof(AdjTensor *);
    p->kept = adj_scope_memory(room);
    p->dir[0] = adj_scope_memory(room);
    p->dir[1] = adj_scope_memory(room);
    AdjTensors g = {0, NULL};
    if (!p->kept || !p->dir[0] || !p->dir[1]) return false;
    if (gradient && !gradients_of(c, f, p->params, &g)) return false;
    adj_generator_seed(adj_generator_now(), (uint64_t)adj_ask_int(&c->ask, "seed", 0));
    for (int d = 0; d < 2; d++)
        for (int i = 0; i < p->params.n; i++) {
            AdjTensor *t = p->params.at[i], *raw;
            raw = d == 0 && g.n ? g.at[i] : adj_randn(adj_shape(t), (AdjDtype)t->dtype);
            if (!raw && !adj_error_kind()) raw = adj_zeros_of(adj_shape(t), (AdjDtype)t->dtype);
            p->dir[d][i] = direction(t, raw);
            if (!p->dir[d][i]) return adj_bind_error(c->vm);
        }
    for (int i = 0; i < p->params.n; i++)
        if (!(p->kept[i] = adj_clone(adj_bare_view(p->params.at[i]))))
            return adj_bind_error(c->vm);
    return true;
}

static bool stand(const Plane *p, double a, double b)
{
    for (int i = 0; i < p->params.n; i++) {
        ADJ_SCOPE;
        AdjTensor *x = adj_add(p->kept[i], adj_mul(p->dir[0][i], ADJ_NUM(a)), ADJ_I(1));
        x = adj_add(x, adj_mul(p->dir[1][i], ADJ_NUM(b)), ADJ_I(1));
        if (a == 0 && b == 0) x = p->kept[i];
        if (!adj_copy_data(adj_bare_view(p->params.at[i]), x)) return false;
    }
    return true;
}

static double tick(int64_t i, int64_t n, double reach)
{
    return n > 1 ? reach * (2 * (double)i / (double)(n - 1) - 1) : 0;
}

static void put_ticks(AdjAnswerText *o, const char *key, int64_t n, double reach)
{
    adj_say_key(o, key);
    adj_say_open(o, '[');
    for (int64_t i = 0; i < n; i++) adj_say_number(o, tick(i, n, reach));
    adj_say_close(o, ']');
}

static bool put_values(AdjRequestCall *c, const Function *f, const Plane *p,
                       const int64_t *size, double reach)
{
    int64_t first = adj_ask_int(&c->ask, "first", 0);
    int64_t count = adj_ask_int(&c->ask, "count", size[0]);
    bool ok = true;
    adj_put_int(c->out, "first", first);
    adj_say_key(c->out, "values");
    adj_say_open(c->out, '[');
    for (int64_t i = first < 0 ? 0 : first; ok && i < size[0] && i < first + count; i++) {
        adj_say_open(c->out, '[');
        for (int64_t j = 0; ok && j < size[1]; j++) {
            double v;
            ok = stand(p, tick(i, size[0], reach), tick(j, size[1], reach)) && value_of(f, &v);
            if (ok) adj_say_number(c->out, v);
        }
        adj_say_close(c->out, ']');
    }
    adj_say_close(c->out, ']');
    AdjErrorKind kind = adj_thread.error;
    adj_thread.error = ADJ_E_NONE;
    stand(p, 0, 0);
    adj_thread.error = kind;
    return ok;
}

bool adj_request_surface(AdjRequestCall *c)
{
    int64_t size[2] = {9, 9};
    AdjModule *m;
    adj_ask_ints(&c->ask, "size", size, 2);
    if (size[0] < 1 || size[1] < 1 || size[0] > 257 || size[1] > 257)
        return adj_raise(c->vm, ADJ_EXC_ValueError, "surface: a size from 1 to 257");
    const char *name = adj_ask_string(&c->ask, "module", "net");
    if (!adj_observe_module(c->vm, name, &m)) return false;
    double reach = adj_ask_number(&c->ask, "reach", 1);
    const char *directions = adj_ask_string(&c->ask, "directions", "random");
    bool gradient = !strcmp(directions, "gradient");
    Function f = {c->vm, adj_ask_string(&c->ask, "code", ""),
                  adj_generator_state(adj_generator_now())};
    Plane p = {.params = adj_parameters(m)};
    if (!f.random || !make_plane(c, &f, &p, gradient)) return false;
    char axis[64];
    snprintf(axis, sizeof axis, "random, seed %lld",
             (long long)adj_ask_int(&c->ask, "seed", 0));
    adj_put_text(c->out, "module", name);
    put_ticks(c->out, "rows", size[0], reach);
    put_ticks(c->out, "columns", size[1], reach);
    adj_say_key(c->out, "axes");
    adj_say_open(c->out, '[');
    adj_say_text(c->out, gradient ? "gradient" : axis);
    adj_say_text(c->out, axis);
    adj_say_close(c->out, ']');
    return put_values(c, &f, &p, size, reach);
}
