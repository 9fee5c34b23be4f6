// SPDX-License-Identifier: Apache-2.0
// surface.c: the loss along two directions from the current point. The program's parameters are
// moved in place for the moment and put back bit for bit; every evaluation starts from the same
// random numbers.
#include "observe/watching.h"

#include "observe/buffers.h"
#include "observe/observe.h"

#include "core/random.h"

#include <stdlib.h>

typedef struct {
    AdjTensors params;
    AdjTensor **kept, **dir[2];  // copies of the values; directions, one for each parameter
} Plane;

AdjTensor *adj_filter_direction(AdjTensor *p, AdjTensor *raw)
{
    if (p->ndim < 2 || !adj_is_float(p)) return adj_zeros_of(adj_shape(p), (AdjDtype)p->dtype);
    AdjShape rest = {.n = p->ndim - 1};
    for (int i = 1; i < p->ndim; i++) rest.at[i - 1] = i;
    AdjTensor *w = adj_norm(adj_bare_view(p), ADJ_F(2), rest, true, ADJ_SAME);
    AdjTensor *d = adj_norm(raw, ADJ_F(2), rest, true, ADJ_SAME);
    return adj_mul(raw, adj_div(w, adj_add(d, ADJ_NUM(1e-10), ADJ_I(1)), NULL));
}

static bool gradients_of(AdjRequestCall *c, const AdjScalarCode *f, AdjTensors params,
                         AdjTensors *out)
{
    AdjTensor *root;
    if (!adj_observe_evaluate(c->vm, f->code, true, &root)) return false;
    *out = adj_gradients(ADJ_TENSORS(root), (AdjTensors){0, NULL}, params, false, false, true);
    return !adj_error_kind() || adj_bind_error(c->vm);
}

static bool make_plane(AdjRequestCall *c, const AdjScalarCode *f, Plane *p, bool gradient)
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
            p->dir[d][i] = adj_filter_direction(t, raw);
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

static bool put_values(AdjRequestCall *c, const AdjScalarCode *f, const Plane *p,
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
            ok = stand(p, tick(i, size[0], reach), tick(j, size[1], reach)) &&
                 adj_scalar_code_value(f, &v);
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

static bool serve(AdjRequestCall *c)
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
    AdjScalarCode f = {c->vm, adj_ask_string(&c->ask, "code", ""),
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

bool adj_request_surface(AdjRequestCall *c)
{
    AdjKeptModules buffers;
    bool ok = adj_modules_keep(c->vm, &buffers) && serve(c);
    adj_modules_put_back(&buffers);
    return ok;
}
