// SPDX-License-Identifier: Apache-2.0
// grid.c: a module of the plane as a picture: its outputs over a grid of its two inputs, and
// what each unit inside makes of the same plane.
//
// All places of the grid go through the module as one batch. Where that would hold the program
// for more than BUDGET, only as many rows as fit are computed, and who asked comes again for
// the rest; a picture of a program that trains (`live`) is made coarser instead, because rows
// of different moments do not make one picture.
#include "observe/plane/data.h"
#include "observe/plane/pass.h"

#include "observe/observe.h"

#include <math.h>

enum { MOST_SIDE = 512, MOST_OUTPUTS = 16, MOST_UNITS = 64, MOST_LAYERS = 64, LEAST_SIDE = 20 };
static const double BUDGET = 15000;  // microseconds

// What a place of the grid cost in the module that was asked last.
static _Thread_local struct {
    const AdjModule *module;
    double us;
} known;

typedef struct {
    const AdjModuleAt *at;
    int64_t units, shown;
    float *values;  // (places, shown)
} Layer;

typedef struct {
    AdjRequestCall *c;
    AdjPass pass;
    double x[2], y[2];
    int64_t rows, columns, first, count;
    int64_t side, units;  // of the small pictures; 0 units: none
    const char *layer;    // instead of the outputs: one unit of this module
    int64_t unit;
    bool bytes;
    int64_t places;  // of the run that is seen
    int n_layers;
    Layer layers[MOST_LAYERS];
} Grid;

// ---------------------------------------------------------------- places

// The middle of pixel (row, column); the first row is the highest.
static double place(const double *range, double k, int64_t n)
{
    return range[0] + (range[1] - range[0]) * (k + 0.5) / (double)n;
}

static AdjTensor *places(const Grid *g, int64_t rows, int64_t columns, int64_t first,
                         int64_t count)
{
    AdjTensor *t = adj_zeros_of(ADJ_SHAPE(count * columns, 2), ADJ_F32);
    float *to = t ? adj_data(t) : NULL;
    for (int64_t i = first; to && i < first + count; i++)
        for (int64_t j = 0; j < columns; j++) {
            *to++ = (float)place(g->x, (double)j, columns);
            *to++ = (float)place(g->y, (double)(rows - 1 - i), rows);
        }
    const AdjModule *m = g->pass.tree.at[0].module;
    AdjDtype wanted = adj_first_dtype(m);
    return t && wanted != ADJ_F32 ? adj_to(t, wanted) : t;
}

// (n, k) float32 in order; a result of one axis has k = 1. NULL: it is no such thing.
static AdjTensor *table_of(AdjTensor *t, int64_t n)
{
    if (!t || t->ndim < 1 || t->ndim > 2 || t->sizes[0] != n || t->numel == 0) return NULL;
    AdjTensor *flat = adj_reshape(adj_bare_view(t), ADJ_SHAPE(n, t->numel / n));
    return adj_contiguous(adj_to(flat, ADJ_F32));
}

// ---------------------------------------------------------------- units

// Results are copied at once: what comes after a layer may write over them.
static void take_layer(void *data, const AdjModuleAt *at, AdjTensor *out)
{
    Grid *g = data;
    AdjTensor *t;
    bool wanted = g->layer ? !strcmp(g->layer, at->path) : !at->module->n_children;
    if (!wanted || g->n_layers == MOST_LAYERS || !(t = table_of(out, g->places))) return;
    int64_t units = t->sizes[1], from = g->layer ? g->unit : 0;
    int64_t shown = g->layer ? 1 : units < g->units ? units : g->units;
    if (from < 0 || from + shown > units) return;
    Layer *l = &g->layers[g->n_layers];
    *l = (Layer){at, units, shown, adj_scope_memory((size_t)(g->places * shown) * 4 + 4)};
    const float *p = adj_data(t);
    if (!l->values) return;
    for (int64_t i = 0; i < g->places; i++)
        memcpy(l->values + i * shown, p + i * units + from, (size_t)shown * sizeof *p);
    g->n_layers++;
}

// Column [k] of a table as a picture.
static void say_map(AdjAnswerText *o, const float *table, int64_t stride, int64_t k,
                    int64_t rows, int64_t columns, bool bytes)
{
    AdjImage m = {.rows = rows, .columns = columns, .of = {rows, columns}};
    m.pixels = adj_scope_memory((size_t)(rows * columns + 1) * sizeof *m.pixels);
    bool any = false;
    for (int64_t i = 0; m.pixels && i < rows * columns; i++) {
        float v = m.pixels[i] = table[i * stride + k];
        if (!isfinite(v)) continue;
        if (!any || v < m.low) m.low = v;
        if (!any || v > m.high) m.high = v;
        any = true;
    }
    if (m.pixels)
        adj_say_image(o, &m, bytes);
    else
        adj_say_null(o);
}

// The weights from the units of the layer before to those shown.
static void put_weight(AdjAnswerText *o, const Grid *g, const AdjModule *m)
{
    AdjNamedTensor *w = adj_module_find_tensor((AdjNamedTensors *)&m->params, "weight");
    adj_say_key(o, "weight");
    if (!w || !w->tensor || w->tensor->ndim != 2) return adj_say_null(o);
    int64_t rows = w->tensor->sizes[0], columns = w->tensor->sizes[1];
    AdjTensor *t = adj_contiguous(adj_to(adj_bare_view(w->tensor), ADJ_F32));
    int64_t most = g->units < 2 ? 2 : g->units;  // the plane's two inputs are always shown
    int64_t r = rows < g->units ? rows : g->units, n = columns < most ? columns : most;
    AdjImage small = {.rows = r, .columns = n, .of = {rows, columns}};
    small.pixels = adj_scope_memory((size_t)(r * n + 1) * sizeof *small.pixels);
    if (!t || !small.pixels) return adj_say_null(o);
    const float *p = adj_data(t);
    for (int64_t i = 0; i < r * n; i++) {
        float v = small.pixels[i] = p[i / n * columns + i % n];
        small.low = i && small.low < v ? small.low : v;
        small.high = i && small.high > v ? small.high : v;
    }
    adj_say_image(o, &small, false);
}

static void put_layers(AdjAnswerText *o, const Grid *g)
{
    adj_say_key(o, "layers");
    adj_say_open(o, '[');
    for (int i = 0; i < g->n_layers; i++) {
        const Layer *l = &g->layers[i];
        adj_say_open(o, '{');
        adj_put_text(o, "path", l->at->path);
        adj_put_text(o, "class", adj_module_class(l->at->module));
        adj_put_int(o, "units", l->units);
        put_weight(o, g, l->at->module);
        adj_say_key(o, "images");
        adj_say_open(o, '[');
        for (int64_t k = 0; k < l->shown; k++)
            say_map(o, l->values, l->shown, k, g->side, g->side, g->bytes);
        adj_say_close(o, ']');
        adj_say_close(o, '}');
    }
    adj_say_close(o, ']');
}

static bool run_layers(Grid *g)
{
    g->n_layers = 0;
    g->places = g->side * g->side;
    g->pass.see = take_layer;
    AdjTensor *out = adj_pass_run(&g->pass, places(g, g->side, g->side, 0, g->side));
    g->pass.see = NULL;
    return out != NULL;
}

// ---------------------------------------------------------------- outputs

// How numbers become a picture: `softmax` of several, unless they are shares already; of one,
// `sigmoid` where the loss of the last step says that it is a score.
static const char *kind_of(const Grid *g, AdjTensor *t)
{
    const char *asked = adj_ask_string(&g->c->ask, "outputs", "auto");
    if (g->layer) return "value";
    if (strcmp(asked, "auto")) return asked;
    if (t->sizes[1] == 1) return adj_guess_is_score() ? "sigmoid" : "value";
    const float *p = adj_data(t);
    for (int64_t i = 0; i < t->sizes[0]; i++) {
        double sum = 0;
        bool negative = false;
        for (int64_t k = 0; k < t->sizes[1]; k++, p++) {
            sum += *p;
            negative |= *p < 0;
        }
        if (negative || !(fabs(sum - 1) < 1e-3)) return "softmax";
    }
    return "value";
}

static bool put_outputs(Grid *g, AdjTensor *t)
{
    AdjAnswerText *o = g->c->out;
    if (t->sizes[1] > MOST_OUTPUTS) {
        return adj_raise(g->c->vm, ADJ_EXC_ValueError,
                         "grid: %lld outputs are too many to be drawn, %d are the most",
                         (long long)t->sizes[1], (int)MOST_OUTPUTS);
    }
    const char *kind = kind_of(g, t);
    if (!strcmp(kind, "softmax") && t->sizes[1] > 1)
        t = adj_softmax(t, 1, ADJ_SAME);
    else if (!strcmp(kind, "sigmoid"))
        t = adj_sigmoid(t);
    else if (strcmp(kind, "value"))
        return adj_raise(g->c->vm, ADJ_EXC_ValueError, "grid: no outputs are called '%s'",
                         kind);
    if (!t) return adj_bind_error(g->c->vm);
    adj_put_text(o, "outputs", kind);
    adj_say_key(o, "images");
    adj_say_open(o, '[');
    const float *p = adj_data(t);
    for (int64_t k = 0; k < t->sizes[1]; k++)
        say_map(o, p, t->sizes[1], k, g->count, g->columns, g->bytes);
    adj_say_close(o, ']');
    return true;
}

static AdjTensor *run_rows(Grid *g, int64_t first, int64_t count)
{
    uint64_t start = adj_ticks();
    AdjTensor *in = places(g, g->rows, g->columns, first, count);
    if (!in) return adj_bind_error(g->c->vm), NULL;
    g->places = count * g->columns;
    g->n_layers = 0;
    g->pass.see = g->layer ? take_layer : NULL;
    AdjTensor *out = adj_pass_run(&g->pass, in);
    g->pass.see = NULL;
    if (!out) return NULL;
    if (g->layer && g->n_layers == 1)
        out = adj_from(g->layers[0].values, ADJ_SHAPE(g->places, 1), ADJ_F32);
    AdjTensor *t = g->layer && g->n_layers != 1 ? NULL : table_of(out, g->places);
    if (!t) {
        adj_raise(g->c->vm, ADJ_EXC_ValueError,
                  g->layer ? "grid: %s gives no number for a place of the plane"
                           : "grid: the result of %s is not a row of numbers for each place",
                  g->layer ? g->layer : g->pass.tree.at[0].path);
        return NULL;
    }
    known.module = g->pass.tree.at[0].module;
    known.us = (double)(adj_ticks() - start) / adj_ticks_per_us() / (double)g->places;
    return t;
}

// How much of what was asked for fits into the budget.
static bool fit(Grid *g, bool live)
{
    // The first pass of all pays for what is made once, so the second is measured.
    int64_t few = g->count < 4 ? g->count : 4;
    for (int i = 0; known.module != g->pass.tree.at[0].module || i == 1; i++)
        if (!run_rows(g, g->first, few)) return false;
    double most = BUDGET / fmax(known.us, 1e-3);
    while (live && (double)(g->rows * g->columns) > most && g->rows > LEAST_SIDE &&
           g->columns > LEAST_SIDE) {
        g->rows = g->rows / 2 > LEAST_SIDE ? g->rows / 2 : LEAST_SIDE;
        g->columns = g->columns / 2 > LEAST_SIDE ? g->columns / 2 : LEAST_SIDE;
        g->first = 0;
        g->count = g->rows;
    }
    int64_t rows = (int64_t)(most / (double)g->columns);
    if (!live && g->count > rows) g->count = rows > 0 ? rows : 1;
    return true;
}

// ---------------------------------------------------------------- the request

static bool read_range(AdjRequestCall *c, const char *key, double *out)
{
    AdjJson j;
    double *given;
    if (!adj_ask_find(&c->ask, key, &j)) return true;
    if (adj_ask_numbers(&c->ask, key, &given) != 2 || !isfinite(given[0]) ||
        !isfinite(given[1]) || !(given[0] < given[1]))
        return adj_raise(c->vm, ADJ_EXC_ValueError, "grid: %s is [low, high]", key);
    memcpy(out, given, 2 * sizeof *out);
    return true;
}

static bool read_grid(AdjRequestCall *c, Grid *g)
{
    int64_t size[2] = {100, 100};
    adj_ask_ints(&c->ask, "size", size, 2);
    if (size[0] < 1 || size[1] < 1 || size[0] > MOST_SIDE || size[1] > MOST_SIDE) {
        return adj_raise(c->vm, ADJ_EXC_ValueError, "grid: a size from 1 to %d",
                         (int)MOST_SIDE);
    }
    g->c = c;
    g->rows = size[0];
    g->columns = size[1];
    g->first = adj_ask_int(&c->ask, "first", 0);
    g->first = g->first < 0 ? 0 : g->first >= g->rows ? g->rows - 1 : g->first;
    g->count = adj_ask_int(&c->ask, "count", g->rows);
    if (g->count < 1 || g->count > g->rows - g->first) g->count = g->rows - g->first;
    g->units = adj_ask_int(&c->ask, "units", 0);
    g->units = g->units < 0 ? 0 : g->units > MOST_UNITS ? MOST_UNITS : g->units;
    g->side = adj_ask_int(&c->ask, "side", 32);
    g->side = g->side < 4 ? 4 : g->side > 128 ? 128 : g->side;
    g->layer = adj_ask_string(&c->ask, "layer", NULL);
    g->unit = adj_ask_int(&c->ask, "unit", 0);
    g->bytes = !strcmp(adj_ask_string(&c->ask, "form", "floats"), "bytes");
    adj_guess_range(c->vm, adj_ask_string(&c->ask, "points", NULL), g->x, g->y);
    return read_range(c, "x", g->x) && read_range(c, "y", g->y);
}

static bool answer(Grid *g, const char *module)
{
    AdjAnswerText *o = g->c->out;
    AdjTensor *t;
    if (!fit(g, adj_ask_bool(&g->c->ask, "live", false)) ||
        !(t = run_rows(g, g->first, g->count)))
        return false;
    AdjRecord *r = adj_record_get(0);
    int64_t size[2] = {g->rows, g->columns};
    adj_put_text(o, "module", module);
    adj_put_int(o, "step", r ? r->step : 0);
    adj_record_drop(r);
    adj_put_numbers(o, "x", g->x, 2);
    adj_put_numbers(o, "y", g->y, 2);
    adj_put_ints(o, "size", size, 2);
    adj_put_int(o, "first", g->first);
    adj_put_int(o, "count", g->count);
    adj_put_data_state(o, g->c->vm, adj_ask_string(&g->c->ask, "points", NULL));
    if (!put_outputs(g, t)) return false;
    // The small pictures come once, with the first rows.
    if (g->layer || !g->units || g->first) return true;
    if (!run_layers(g)) return false;
    put_layers(o, g);
    return true;
}

bool adj_request_grid(AdjRequestCall *c)
{
    Grid *g = adj_scope_memory(sizeof *g);
    if (!g) return false;
    memset(g, 0, sizeof *g);
    const char *module = adj_ask_string(&c->ask, "module", NULL);
    if (!module) module = adj_guess_module(c->vm);
    if (!module) return adj_raise(c->vm, ADJ_EXC_ValueError, "grid: there is no module");
    if (!read_grid(c, g) || !adj_pass_begin(c->vm, module, &g->pass)) return false;
    g->pass.data = g;
    bool ok = answer(g, module);
    adj_pass_end(&g->pass);
    return ok || adj_vm_failed(c->vm) ? ok : adj_bind_error(c->vm);
}
