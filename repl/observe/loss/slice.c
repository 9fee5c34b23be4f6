// SPDX-License-Identifier: Apache-2.0
// slice.c: the loss on a plane through a point of the parameters' way, and along the step that
// was taken from there. `start` fixes everything: the point, two directions, the step, the
// expression and with it the batch, the random numbers. Then any places of the plane can be
// asked for, as many at a time as fit a moment. The program's parameters are moved in place for
// the moment and put back bit for bit. A session has one plane at a time.
//
// Directions are against the gradient, at random (both scaled filter by filter to the weights'
// norms: Li, Xu, Taylor, Studer and Goldstein 2018), or the principal ones of the way
// (path_principal.c), which are orthonormal and keep their lengths.
#include "observe/watching.h"

#include "observe/buffers.h"
#include "observe/observe.h"
#include "observe/path_principal.h"
#include "observe/pinned.h"
#include "observe/rerun.h"

#include "core/random.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

enum { OVERLAY = 64 };  // points of the way that are told

typedef struct {
    char *code, *module;
    AdjTensor *random;                        // kept
    AdjTensors params;                        // kept
    AdjTensor **centre, **dir[2], **step;     // kept, one for each parameter
    double loss, rate, slope[3], norm, size;  // along the directions and the step; of g, step
    double share[2];                          // of the way's motion; NaN
    bool taken;                               // the step is one that the program took
} Slice;
static _Thread_local Slice slice;

static void drop_list(AdjTensor **list, int n)
{
    for (int i = 0; list && i < n; i++) adj_drop(&list[i]);
    free(list);
}

void adj_observe_forget_slice(void)
{
    int n = slice.params.n;
    drop_list(slice.centre, n);
    drop_list(slice.dir[0], n);
    drop_list(slice.dir[1], n);
    drop_list(slice.step, n);
    drop_list(slice.params.at, n);
    adj_drop(&slice.random);
    free(slice.code);
    free(slice.module);
    slice = (Slice){.code = NULL};
}

// ---------------------------------------------------------------- standing somewhere

// The plane's place (a, b), r of the step further, in the program's parameters.
static bool stand(double a, double b, double r)
{
    for (int i = 0; i < slice.params.n; i++) {
        ADJ_SCOPE;
        AdjTensor *x = slice.centre[i];
        if (a != 0) x = adj_add(x, adj_mul(slice.dir[0][i], ADJ_NUM(a)), ADJ_I(1));
        if (b != 0) x = adj_add(x, adj_mul(slice.dir[1][i], ADJ_NUM(b)), ADJ_I(1));
        if (r != 0) x = adj_add(x, adj_mul(slice.step[i], ADJ_NUM(r)), ADJ_I(1));
        if (!x || !adj_copy_data(adj_bare_view(slice.params.at[i]), x)) return false;
    }
    return true;
}

// What the parameters are, of the scope; and that again. NULL: no memory.
static AdjTensor **remember(AdjTensors params)
{
    AdjTensor **home = adj_scope_memory((size_t)(params.n + 1) * sizeof *home);
    for (int i = 0; home && i < params.n; i++) {
        home[i] = adj_clone(adj_bare_view(params.at[i]));
        if (!home[i]) return NULL;
    }
    return home;
}

// Even after a failure, which the caller is still to see.
static void go_home(AdjTensors params, AdjTensor **home)
{
    AdjErrorKind kind = adj_thread.error;
    adj_thread.error = ADJ_E_NONE;
    for (int i = 0; i < params.n; i++) adj_copy_data(adj_bare_view(params.at[i]), home[i]);
    adj_thread.error = kind;
}

// ---------------------------------------------------------------- the point and its gradient

static AdjTensor **kept_list(int n)
{
    return calloc((size_t)n + 1, sizeof(AdjTensor *));
}

static bool set_step(const AdjPath *p, const AdjPathPoint *at)
{
    for (int i = 0; i < slice.params.n; i++) {
        AdjTensor *from = adj_path_tensor(p, at->before, i);
        AdjTensor *to = adj_path_tensor(p, at->after, i);
        slice.centre[i] = adj_keep(from);
        slice.step[i] = adj_keep(adj_sub(to, from, ADJ_I(1)));
        if (!slice.centre[i] || !slice.step[i]) return false;
    }
    slice.taken = true;
    slice.rate = at->rate;
    return true;
}

static bool set_here(void)
{
    for (int i = 0; i < slice.params.n; i++)
        if (!(slice.centre[i] = adj_keep(adj_clone(adj_bare_view(slice.params.at[i])))))
            return false;
    return true;
}

typedef struct {
    AdjScalarCode code;
    AdjTensor *root;  // of the scope
} Evaluation;

static bool evaluate(void *data, AdjTensor **root)
{
    Evaluation *e = data;
    if (!adj_generator_set_state(adj_generator_now(), e->code.random) ||
        !adj_observe_evaluate(e->code.vm, e->code.code, true, root))
        return false;
    e->root = *root;
    return true;
}

// What the loss is computed from besides parameters: the batch.
static void put_batch(AdjRequestCall *c, const AdjPinned *p)
{
    AdjLeafNames names;
    adj_leaf_names(c->vm, &names);
    adj_say_key(c->out, "batch");
    adj_say_open(c->out, '[');
    for (int i = 0; i < p->n_slots; i++) {
        const AdjTensor *t = p->slots[i].copy ? p->slots[i].seen : NULL;
        const char *name = t && !t->is_parameter ? adj_leaf_name(&names, t) : NULL;
        if (!name) continue;
        adj_say_open(c->out, '{');
        adj_put_text(c->out, "name", name);
        adj_put_shape(c->out, adj_shape(t));
        adj_say_close(c->out, '}');
    }
    adj_say_close(c->out, ']');
}

// The gradient at the centre, of the scope; tells the batch.
static bool gradient(AdjRequestCall *c, AdjTensor ***out)
{
    Evaluation e = {{c->vm, slice.code, slice.random}, NULL};
    AdjPinned *p = adj_pinned_capture(evaluate, &e);
    if (!p) return adj_vm_failed(c->vm) ? false : adj_bind_error(c->vm);
    slice.loss = adj_item(e.root);
    put_batch(c, p);
    adj_pinned_free(p);
    AdjTensors g = {0, NULL};
    if (adj_needs_grad(e.root))
        g = adj_gradients(ADJ_TENSORS(e.root), (AdjTensors){0, NULL}, slice.params, false,
                          false, true);
    if (adj_error_kind()) return adj_bind_error(c->vm);
    *out = adj_scope_memory((size_t)(slice.params.n + 1) * sizeof **out);
    for (int i = 0; *out && i < slice.params.n; i++) {
        AdjTensor *t = slice.params.at[i];
        (*out)[i] = g.n && g.at[i] ? g.at[i] : adj_zeros_of(adj_shape(t), (AdjDtype)t->dtype);
        if (!(*out)[i]) return adj_bind_error(c->vm);
    }
    return *out != NULL;
}

static double dot(AdjTensor *const *a, AdjTensor *const *b)
{
    ADJ_SCOPE;
    double sum = 0;
    for (int i = 0; i < slice.params.n; i++)
        sum += adj_item(adj_sum(adj_mul(a[i], b[i]), ADJ_ALL, false, ADJ_F64));
    return sum;
}

static bool keep_scaled(AdjTensor **to, AdjTensor *const *from, double factor)
{
    ADJ_SCOPE;
    for (int i = 0; i < slice.params.n; i++)
        if (!(to[i] = adj_keep(adj_mul(from[i], ADJ_NUM(factor))))) return false;
    return true;
}

// ---------------------------------------------------------------- directions

static bool set_filtered(AdjTensor **to, AdjTensor *const *raw, double sign)
{
    ADJ_SCOPE;
    for (int i = 0; i < slice.params.n; i++) {
        AdjTensor *d = adj_filter_direction(slice.params.at[i], raw[i]);
        if (!d || !(to[i] = adj_keep(adj_mul(d, ADJ_NUM(sign))))) return false;
    }
    return true;
}

static bool set_random(AdjTensor **to)
{
    ADJ_SCOPE;
    AdjTensor **raw = adj_scope_memory((size_t)(slice.params.n + 1) * sizeof *raw);
    for (int i = 0; raw && i < slice.params.n; i++) {
        AdjTensor *t = slice.params.at[i];
        raw[i] = adj_randn(adj_shape(t), (AdjDtype)t->dtype);
        if (!raw[i]) return false;
    }
    return raw && set_filtered(to, raw, 1);
}

static bool set_principal(AdjRequestCall *c, const AdjPath *p)
{
    if (!p || p->n < 3)
        return adj_raise(c->vm, ADJ_EXC_ValueError,
                         "slice: the way has %d points, two directions need three",
                         p ? p->n : 0);
    return adj_path_principal(p, slice.dir, slice.share) || adj_bind_error(c->vm);
}

static bool set_directions(AdjRequestCall *c, const AdjPath *p, AdjTensor *const *g)
{
    const char *kind = adj_ask_string(&c->ask, "directions", "gradient");
    slice.share[0] = slice.share[1] = NAN;
    if (!strcmp(kind, "path")) return set_principal(c, p);
    adj_generator_seed(adj_generator_now(), (uint64_t)adj_ask_int(&c->ask, "seed", 0));
    bool ok;
    if (!strcmp(kind,
                "step"))  // the step against the gradient that is as long as the one taken
        ok = keep_scaled(slice.dir[0], g, slice.norm > 0 ? -slice.size / slice.norm : 0) &&
             keep_scaled(slice.dir[1], slice.step, 1);
    else if (!strcmp(kind, "gradient"))
        ok = set_filtered(slice.dir[0], g, -1) && set_random(slice.dir[1]);
    else if (!strcmp(kind, "random"))
        ok = set_random(slice.dir[0]) && set_random(slice.dir[1]);
    else
        return adj_raise(c->vm, ADJ_EXC_ValueError,
                         "slice: directions are step, gradient, random or path, not '%s'",
                         kind);
    return ok || adj_bind_error(c->vm);
}

// ---------------------------------------------------------------- telling

// Where a vector from the centre lies in the plane: least squares.
typedef struct {
    double g00, g01, g11;
} Metric;

static Metric metric(void)
{
    return (Metric){dot(slice.dir[0], slice.dir[0]), dot(slice.dir[0], slice.dir[1]),
                    dot(slice.dir[1], slice.dir[1])};
}

// [x], [y]: products of the vector with both directions.
static void project(const Metric *m, double x, double y, double *at)
{
    double det = m->g00 * m->g11 - m->g01 * m->g01;
    bool flat = !(fabs(det) > 1e-9 * m->g00 * m->g11);
    at[0] = flat ? (m->g00 > 0 ? x / m->g00 : 0) : (x * m->g11 - y * m->g01) / det;
    at[1] = flat ? 0 : (y * m->g00 - x * m->g01) / det;
}

static void put_point(AdjAnswerText *o, int index, const AdjPathPoint *point, const double *at)
{
    adj_say_open(o, '{');
    adj_put_int(o, "index", index);
    adj_put_int(o, "step", point->step);
    adj_put_number(o, "loss", point->loss);
    adj_say_key(o, "at");
    adj_say_open(o, '[');
    adj_say_number(o, at[0]);
    adj_say_number(o, at[1]);
    adj_say_close(o, ']');
    adj_say_close(o, '}');
}

static bool put_path(AdjRequestCall *c, const AdjPath *p, const Metric *m)
{
    int shown = !p ? 0 : p->n < OVERLAY ? p->n : OVERLAY;
    double xy[2 * OVERLAY];
    if (shown && !adj_path_products(p, OVERLAY, slice.centre, slice.dir[0], slice.dir[1], xy))
        return adj_bind_error(c->vm);
    adj_say_key(c->out, "path");
    adj_say_open(c->out, '[');
    for (int k = 0; k < shown; k++) {
        double at[2];
        int index = adj_path_index(p, OVERLAY, k);
        project(m, xy[2 * k], xy[2 * k + 1], at);
        put_point(c->out, index, &p->at[index], at);
    }
    adj_say_close(c->out, ']');
    return true;
}

static void put_axes(AdjRequestCall *c)
{
    const char *kind = adj_ask_string(&c->ask, "directions", "gradient");
    char text[2][96];
    long long seed = (long long)adj_ask_int(&c->ask, "seed", 0);
    bool steps = !strcmp(kind, "step");
    for (int k = 0; k < 2; k++) {
        if (!strcmp(kind, "path"))
            snprintf(text[k], sizeof *text, "%s principal direction of the way: %.0f %% of it",
                     k ? "second" : "first", 100 * slice.share[k]);
        else if (steps)
            snprintf(text[k], sizeof *text, "%s",
                     k ? "the step taken" : "against the gradient");
        else if (k == 0 && !strcmp(kind, "gradient"))
            snprintf(text[k], sizeof *text, "against the gradient, each filter to its norm");
        else
            snprintf(text[k], sizeof *text, "random (seed %lld), each filter to its norm",
                     seed);
    }
    adj_say_key(c->out, "axes");
    adj_say_open(c->out, '[');
    adj_say_text(c->out, text[0]);
    adj_say_text(c->out, text[1]);
    adj_say_close(c->out, ']');
}

static void put_step(AdjAnswerText *o, const Metric *m, AdjTensor *const *g)
{
    double at[2], along = dot(slice.step, g);
    project(m, dot(slice.step, slice.dir[0]), dot(slice.step, slice.dir[1]), at);
    slice.slope[0] = dot(slice.dir[0], g);
    slice.slope[1] = dot(slice.dir[1], g);
    slice.slope[2] = along;
    adj_put_number(o, "gradient", slice.norm);
    adj_say_key(o, "slopes");
    adj_say_open(o, '[');
    for (int k = 0; k < 3; k++) adj_say_number(o, slice.slope[k]);
    adj_say_close(o, ']');
    adj_say_key(o, "step");
    adj_say_open(o, '{');
    adj_put_bool(o, "taken", slice.taken);
    adj_put_number(o, "rate", slice.rate);
    adj_put_number(o, "norm", slice.size);
    adj_put_number(o, "cosine",
                   slice.size > 0 && slice.norm > 0 ? -along / slice.size / slice.norm : 0);
    adj_say_key(o, "at");
    adj_say_open(o, '[');
    adj_say_number(o, at[0]);
    adj_say_number(o, at[1]);
    adj_say_close(o, ']');
    adj_say_close(o, '}');
}

// ---------------------------------------------------------------- starting

static bool begin(AdjRequestCall *c, const AdjPath **path)
{
    AdjModule *m;
    const char *name = adj_ask_string(&c->ask, "module", "net");
    if (!adj_observe_module(c->vm, name, &m)) return false;
    AdjTensors params = adj_parameters(m);
    slice.params.at = kept_list(params.n);
    slice.centre = kept_list(params.n);
    slice.step = kept_list(params.n);
    slice.dir[0] = kept_list(params.n);
    slice.dir[1] = kept_list(params.n);
    slice.code = strdup(adj_ask_string(&c->ask, "code", ""));
    slice.module = strdup(name);
    slice.random = adj_keep(adj_generator_state(adj_generator_now()));
    if (!slice.params.at || !slice.centre || !slice.step || !slice.dir[0] || !slice.dir[1] ||
        !slice.code || !slice.module || !slice.random)
        return adj_raise(c->vm, ADJ_EXC_MemoryError, "slice: no memory");
    for (int i = 0; i < params.n; i++) slice.params.at[i] = adj_keep(params.at[i]);
    slice.params.n = params.n;
    *path = adj_path();
    bool same = *path && (*path)->n > 0 && (*path)->params.n == params.n;
    for (int i = 0; same && i < params.n; i++) same = (*path)->params.at[i] == params.at[i];
    if (!same) *path = NULL;
    return true;
}

// The point that is the centre: of the way, or where the parameters are.
static bool set_centre(AdjRequestCall *c, const AdjPath *path)
{
    int64_t index = adj_ask_int(&c->ask, "at", path ? path->n - 1 : -1);
    slice.rate = adj_ask_number(&c->ask, "rate", 0.1);
    if (!path || index < 0) return set_here() || adj_bind_error(c->vm);
    if (index >= path->n)
        return adj_raise(c->vm, ADJ_EXC_IndexError, "slice: the way has %d points", path->n);
    return set_step(path, &path->at[index]) || adj_bind_error(c->vm);
}

static bool describe(AdjRequestCall *c, const AdjPath *path)
{
    AdjTensor **g = NULL;
    if (!stand(0, 0, 0)) return adj_bind_error(c->vm);
    if (!gradient(c, &g)) return false;
    slice.norm = sqrt(dot(g, g));
    if (!slice.taken && !keep_scaled(slice.step, g, -slice.rate)) return adj_bind_error(c->vm);
    slice.size = sqrt(dot(slice.step, slice.step));
    if (!set_directions(c, path, g)) return false;
    Metric m = metric();
    adj_put_text(c->out, "module", slice.module);
    adj_put_number(c->out, "loss", slice.loss);
    put_axes(c);
    put_step(c->out, &m, g);
    adj_put_int(c->out, "points", path ? path->n : 0);
    return put_path(c, path, &m);
}

static bool start(AdjRequestCall *c)
{
    const AdjPath *path = NULL;
    adj_observe_forget_slice();
    AdjTensor **home = NULL;
    bool ok = begin(c, &path) && set_centre(c, path);
    if (ok) home = remember(slice.params);
    ok = home && describe(c, path);
    if (home) go_home(slice.params, home);
    if (!ok) adj_observe_forget_slice();
    return ok || adj_vm_failed(c->vm) ? ok : adj_bind_error(c->vm);
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
    AdjScalarCode code;
    double until;
    int done;
} Portion;

static bool put_loss(void *data, const AdjAsk *item)
{
    Portion *p = data;
    double at[3] = {0, 0, 0}, loss;
    if (p->done && now() > p->until) return true;
    if (adj_ask_item_numbers(item, at, 3) < 1) return false;
    if (!stand(at[0], at[1], at[2])) return adj_bind_error(p->c->vm);
    if (!adj_scalar_code_value(&p->code, &loss))
        return adj_vm_failed(p->c->vm) ? false : adj_bind_error(p->c->vm);
    adj_say_number(p->c->out, loss);
    p->done++;
    return true;
}

static bool values(AdjRequestCall *c)
{
    if (!slice.code) return adj_raise(c->vm, ADJ_EXC_RuntimeError, "slice: none has started");
    Portion p = {c, {c->vm, slice.code, slice.random}, now() + PORTION, 0};
    AdjTensor **home = remember(slice.params);
    if (!home) return adj_bind_error(c->vm);
    adj_say_key(c->out, "losses");
    adj_say_open(c->out, '[');
    bool ok = adj_ask_each(&c->ask, "places", put_loss, &p);
    adj_say_close(c->out, ']');
    go_home(slice.params, home);
    return ok || adj_vm_failed(c->vm)
               ? ok
               : adj_raise(c->vm, ADJ_EXC_ValueError, "slice: places is a list of lists");
}

static bool serve(AdjRequestCall *c)
{
    const char *act = adj_ask_string(&c->ask, "do", "start");
    adj_put_text(c->out, "do", act);
    if (!strcmp(act, "start")) return start(c);
    if (!strcmp(act, "values")) return values(c);
    if (strcmp(act, "close") != 0)
        return adj_raise(c->vm, ADJ_EXC_ValueError, "slice: start, values or close, not '%s'",
                         act);
    adj_observe_forget_slice();
    return true;
}

bool adj_request_slice(AdjRequestCall *c)
{
    AdjKeptModules buffers;
    bool ok = adj_modules_keep(c->vm, &buffers) && serve(c);
    adj_modules_put_back(&buffers);
    return ok;
}

// ---------------------------------------------------------------- the way

bool adj_request_path(AdjRequestCall *c)
{
    const AdjPath *p = adj_path();
    adj_put_bool(c->out, "on", p && p->on);
    adj_put_int(c->out, "points", p ? p->n : 0);
    adj_put_int(c->out, "room", p ? p->room : 0);
    adj_put_int(c->out, "every", p ? p->stride : 0);
    adj_put_int(c->out, "updates", p ? p->seen : 0);
    adj_put_int(c->out, "held_bytes", p ? (int64_t)(2 * p->bytes) * p->n : 0);
    adj_put_int(c->out, "first", p && p->n ? p->at[0].step : 0);
    adj_put_int(c->out, "last", p && p->n ? p->at[p->n - 1].step : 0);
    return true;
}

bool adj_observe_follow(AdjRequestCall *c)
{
    enum { LIMIT = 64 << 20 };
    AdjModule *m;
    AdjTensors any = {0, NULL};
    const char *name = adj_ask_string(&c->ask, "module", NULL);
    if (name && !adj_observe_module(c->vm, name, &m)) return false;
    return adj_path_start(name ? adj_parameters(m) : any, LIMIT) || adj_bind_error(c->vm);
}
