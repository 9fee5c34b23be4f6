// SPDX-License-Identifier: Apache-2.0
// lens.c: the request `lens`: one element of a map, what it is made of or goes into, and the
// sum. Of a pinned step, so the numbers stay while the program goes on.
#include "observe/lens/lens.h"

#include "observe/observe.h"

#include <math.h>
#include <stdlib.h>

enum { PLANES = 4, MOST_PLANES = 16, MOST_CELLS = 1024, STRONGEST = 64 };

typedef struct Look {
    AdjRecord *record;  // kept
    int index;          // of the operation in it
    AdjLens lens;
    bool backward;
    int64_t at[ADJ_MAX_DIMS];
    int n_at;
    AdjLensGrid grid;
    double *sums;    // of each plane
    int64_t *order;  // the planes, the strongest first
    double total;
} Look;

// ---------------------------------------------------------------- which operation

static AdjRecord *pinned_record(int64_t step)
{
    const AdjObserver *o = adj_thread.observer;
    if (!o || (!step && !o->recorder.n_pinned)) return NULL;
    if (!step) step = o->recorder.pinned[o->recorder.n_pinned - 1]->step;
    AdjRecord *r = adj_record_get(step);
    if (r && r->pinned) return r;
    adj_record_drop(r);
    return NULL;
}

static const AdjPinnedCall *call_at(const AdjRecord *r, int index)
{
    uint64_t sequence = r->ops[index].sequence;
    for (int i = r->pinned->n_calls; sequence && i--;)
        if (r->pinned->calls[i].sequence == sequence) return &r->pinned->calls[i];
    return NULL;
}

static bool takes(const AdjRecord *r, int index, AdjLens *l)
{
    const AdjPinnedCall *c = adj_lens_kind(r->ops[index].op) ? call_at(r, index) : NULL;
    return c && adj_lens_take(l, r->pinned, c);
}

// Whether an operation belongs to the module that was asked for; of none: every one does.
static bool is_meant(const AdjRecord *r, int index, const char *module)
{
    const char *path = r->ops[index].module ? r->ops[index].module : "";
    return !*module || adj_path_is_below(path, module);
}

static bool find_operation(AdjRequestCall *c, Look *k)
{
    const char *module = adj_ask_string(&c->ask, "module", "");
    int64_t step = adj_ask_int(&c->ask, "step", 0), index = adj_ask_int(&c->ask, "index", -1);
    k->record = pinned_record(step);
    if (!k->record)
        return adj_raise(c->vm, ADJ_EXC_RuntimeError,
                         "lens: no step is pinned: pin one, and run it");
    k->index = -1;
    for (int i = 0; i < k->record->n_ops && k->index < 0; i++)
        if ((index < 0 || i == index) && is_meant(k->record, i, module) &&
            takes(k->record, i, &k->lens))
            k->index = i;
    return k->index >= 0 ||
           adj_raise(c->vm, ADJ_EXC_KeyError,
                     index < 0 ? "lens: '%s' has no operation with windows in step %lld"
                               : "lens: operation %s%lld of the step has no windows",
                     index < 0 ? module : "", (long long)(index < 0 ? k->record->step : index));
}

static void put_operations(AdjRequestCall *c, const Look *k)
{
    const char *module = adj_ask_string(&c->ask, "module", "");
    adj_say_key(c->out, "ops");
    adj_say_open(c->out, '[');
    for (int i = 0; i < k->record->n_ops; i++) {
        AdjLens l;
        if (!is_meant(k->record, i, module) || !takes(k->record, i, &l)) continue;
        adj_say_open(c->out, '{');
        adj_put_int(c->out, "index", i);
        adj_put_text(c->out, "op", k->record->ops[i].op->name);
        adj_put_text(c->out, "kind", l.kind->name);
        adj_put_shape(c->out, adj_shape(l.y));
        adj_say_close(c->out, '}');
    }
    adj_say_close(c->out, ']');
}

// ---------------------------------------------------------------- the sum

static double plane_sum(const AdjLensGrid *g, int64_t p)
{
    int64_t cells = g->n_rows * g->n_columns;
    const double *v = g->value + p * cells, *w = g->weight + p * cells;
    double sum = 0;
    for (int64_t i = 0; i < cells; i++)
        if (!isnan(w[i])) sum += v[i] * w[i];
    return sum;
}

typedef struct Ranked {
    double size;
    int64_t at;
} Ranked;

static int stronger(const void *a, const void *b)
{
    const Ranked *x = a, *y = b;
    if (x->size != y->size) return x->size < y->size ? 1 : -1;
    return (x->at > y->at) - (x->at < y->at);
}

// The numbers of [n] things by size, the largest first; of equal ones, the first.
static int64_t *rank(const double *size, int64_t n)
{
    Ranked *r = adj_scope_memory((size_t)(n + 1) * sizeof *r);
    int64_t *order = adj_scope_memory((size_t)(n + 1) * sizeof *order);
    for (int64_t i = 0; r && i < n; i++) r[i] = (Ranked){fabs(size[i]), i};
    if (r) qsort(r, (size_t)n, sizeof *r, stronger);
    for (int64_t i = 0; r && order && i < n; i++) order[i] = r[i].at;
    return r ? order : NULL;
}

static bool add_up(Look *k)
{
    AdjLensGrid *g = &k->grid;
    k->sums = adj_scope_memory((size_t)(g->n_planes + 1) * sizeof *k->sums);
    if (!k->sums) return false;
    k->total = g->bias;
    for (int64_t p = 0; p < g->n_planes; p++) k->total += k->sums[p] = plane_sum(g, p);
    k->order = rank(k->sums, g->n_planes);
    return k->order != NULL;
}

// The plane that was asked for is told first.
static void put_first(Look *k, int64_t plane)
{
    for (int64_t i = 1; i < k->grid.n_planes; i++) {
        if (k->grid.planes[k->order[i]] != plane) continue;
        int64_t found = k->order[i];
        memmove(k->order + 1, k->order, (size_t)i * sizeof *k->order);
        k->order[0] = found;
    }
}

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

// A line of many cells is told by its strongest, in their order.
static bool thin_out(AdjLensGrid *g)
{
    int64_t n = g->n_rows * g->n_columns;
    if (n <= MOST_CELLS || g->n_planes != 1 || (g->n_rows != 1 && g->n_columns != 1))
        return true;
    double *size = adj_scope_memory((size_t)n * sizeof *size);
    for (int64_t i = 0; size && i < n; i++)
        size[i] = isnan(g->weight[i]) ? 0 : g->value[i] * g->weight[i];
    int64_t *order = size ? rank(size, n) : NULL;
    if (!order) return false;
    qsort(order, STRONGEST, sizeof *order, ascending);
    bool wide = g->n_rows == 1;
    int64_t *places = wide ? g->columns : g->rows;
    for (int64_t i = 0; i < STRONGEST; i++) {  // ascending, so nothing is overwritten too early
        places[i] = places[order[i]];
        g->value[i] = g->value[order[i]];
        g->weight[i] = g->weight[order[i]];
    }
    *(wide ? &g->n_columns : &g->n_rows) = STRONGEST;
    return true;
}

// ---------------------------------------------------------------- what the step recorded

static int slot_of(const AdjPinned *p, const AdjPinnedCall *c, const AdjTensor *x)
{
    for (int i = 0; i < c->n_in; i++) {
        const AdjPinnedSlot *s = c->in[i] < 0 ? NULL : &p->slots[c->in[i]];
        if (s && (s->seen == x || s->copy == x)) return c->in[i];
    }
    return -1;
}

// The gradient that the pass left for the input, if this operation alone has sent it.
static AdjTensor *input_gradient(const Look *k)
{
    const AdjPinned *p = k->record->pinned;
    int slot = slot_of(p, k->lens.call, k->lens.x), readers = 0;
    for (int i = 0; slot >= 0 && i < p->n_calls; i++)
        for (int j = 0; j < p->calls[i].n_in; j++) readers += p->calls[i].in[j] == slot;
    if (readers != 1) return NULL;
    if (p->slots[slot].copy) return p->slots[slot].was_grad ? NULL : p->slots[slot].grad;
    for (int i = 0; i < p->n_calls; i++)
        if (p->calls[i].n_out && p->calls[i].out[0] == slot) return p->calls[i].dy;
    return NULL;
}

static void put_recorded(AdjRequestCall *c, const Look *k)
{
    AdjTensor *t = k->backward ? input_gradient(k) : k->lens.y;
    if (t && t->ndim == k->n_at)
        adj_put_number(c->out, "recorded", adj_lens_element(t, k->at));
    else
        adj_put_null(c->out, "recorded");
}

// ---------------------------------------------------------------- the answer

static void put_cells(AdjAnswerText *o, const char *key, const double *at, int64_t rows,
                      int64_t columns)
{
    adj_say_key(o, key);
    adj_say_open(o, '[');
    for (int64_t r = 0; r < rows; r++) {
        adj_say_open(o, '[');
        for (int64_t c = 0; c < columns; c++, at++) {
            if (isnan(*at))
                adj_say_null(o);
            else
                adj_say_number(o, *at);
        }
        adj_say_close(o, ']');
    }
    adj_say_close(o, ']');
}

static void put_planes(AdjRequestCall *c, const Look *k)
{
    const AdjLensGrid *g = &k->grid;
    int64_t most = adj_ask_int(&c->ask, "planes", PLANES), cells = g->n_rows * g->n_columns;
    if (most < 1 || most > MOST_PLANES) most = PLANES;
    adj_say_key(c->out, "planes");
    adj_say_open(c->out, '[');
    for (int64_t i = 0; i < most && i < g->n_planes; i++) {
        int64_t p = k->order[i];
        adj_say_open(c->out, '{');
        if (k->lens.channels)
            adj_put_int(c->out, "plane", g->planes[p]);
        else
            adj_put_null(c->out, "plane");
        put_cells(c->out, "values", g->value + p * cells, g->n_rows, g->n_columns);
        put_cells(c->out, "weights", g->weight + p * cells, g->n_rows, g->n_columns);
        adj_put_number(c->out, "sum", k->sums[p]);
        adj_say_close(c->out, '}');
    }
    adj_say_close(c->out, ']');
}

static bool put_element(AdjRequestCall *c, Look *k)
{
    AdjLensGrid *g = &k->grid;
    if (k->backward && !k->lens.dy)
        return adj_raise(c->vm, ADJ_EXC_ValueError, "lens: no gradient came to this operation");
    if (!k->lens.kind->look(&k->lens, k->backward, k->at, g) || !add_up(k))
        return adj_bind_error(c->vm);
    put_first(k, adj_ask_int(&c->ask, "plane", -1));
    int64_t of[2] = {g->n_rows, g->n_columns};
    if (!thin_out(g)) return adj_bind_error(c->vm);
    adj_put_text(c->out, "direction", k->backward ? "backward" : "forward");
    adj_put_ints(c->out, "at", k->at, k->n_at);
    adj_put_ints(c->out, "rows", g->rows, (int)g->n_rows);
    adj_put_ints(c->out, "columns", g->columns, (int)g->n_columns);
    adj_put_ints(c->out, "of", of, 2);
    put_planes(c, k);
    adj_put_int(c->out, "planes_of", g->n_planes);
    if (!k->backward && k->lens.bias)
        adj_put_number(c->out, "bias", g->bias);
    else
        adj_put_null(c->out, "bias");
    adj_put_number(c->out, "total", k->total);
    put_recorded(c, k);
    return true;
}

// The picture of a map: of the element's own, or of the plane of the other one.
static void put_map(AdjRequestCall *c, const char *key, const Look *k, AdjTensor *t, bool own,
                    const int64_t *size)
{
    int places = t->ndim - k->lens.space;
    int64_t at[ADJ_MAX_DIMS] = {0}, plane = k->order ? k->grid.planes[k->order[0]] : 0;
    AdjImage m;
    memcpy(at, k->at, (size_t)places * sizeof *at);
    if (!own && k->lens.channels) at[places - 1] = adj_ask_int(&c->ask, "plane", plane);
    adj_say_key(c->out, key);
    adj_say_open(c->out, '{');
    adj_put_ints(c->out, "at", at, places);
    if (adj_image(k->lens.space == 1 ? adj_unsqueeze(t, -2) : t, size[0], size[1], at, places,
                  &m))
        adj_put_image(c->out, &m);
    adj_say_close(c->out, '}');
}

static void put_maps(AdjRequestCall *c, const Look *k)
{
    int64_t size[2];
    if (adj_ask_ints(&c->ask, "image", size, 2) != 2) return;
    put_map(c, "input_map", k, k->lens.x, k->backward, size);
    put_map(c, "output_map", k, k->lens.y, !k->backward, size);
}

static bool read_element(AdjRequestCall *c, Look *k, bool *asked)
{
    AdjJson j;
    k->backward = adj_ask_find(&c->ask, "from", &j);
    *asked = k->backward || adj_ask_find(&c->ask, "at", &j);
    AdjTensor *t = k->backward ? k->lens.x : k->lens.y;
    k->n_at = *asked ? adj_ask_ints(&c->ask, k->backward ? "from" : "at", k->at, ADJ_MAX_DIMS)
                     : t->ndim;
    bool fits = k->n_at == t->ndim;
    for (int i = 0; fits && i < t->ndim; i++) fits = k->at[i] >= 0 && k->at[i] < t->sizes[i];
    return fits || adj_raise(c->vm, ADJ_EXC_IndexError, "lens: no such element of the %s",
                             k->backward ? "input" : "output");
}

static bool answer(AdjRequestCall *c, Look *k)
{
    bool asked;
    if (!find_operation(c, k) || !read_element(c, k, &asked)) return false;
    const AdjRecordOp *op = &k->record->ops[k->index];
    adj_put_int(c->out, "step", k->record->step);
    adj_put_int(c->out, "index", k->index);
    adj_put_text(c->out, "op", op->op->name);
    adj_put_text(c->out, "kind", k->lens.kind->name);
    adj_put_text(c->out, "module", op->module ? op->module : "");
    adj_put_ints(c->out, "input", k->lens.x->sizes, k->lens.x->ndim);
    adj_put_ints(c->out, "output", k->lens.y->sizes, k->lens.y->ndim);
    adj_put_int(c->out, "space", k->lens.space);
    adj_put_bool(c->out, "channels", k->lens.channels);
    if (asked && !put_element(c, k)) return false;
    if (!asked) put_operations(c, k);
    put_maps(c, k);
    return true;
}

bool adj_request_lens(AdjRequestCall *c)
{
    Look k = {.record = NULL};
    bool ok = answer(c, &k);
    adj_record_drop(k.record);
    return ok;
}
