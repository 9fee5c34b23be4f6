// SPDX-License-Identifier: Apache-2.0
// projection.c: the rows of a matrix as points in two or three dimensions, and what is near a
// point in all of its dimensions.
//
// A projection is made of a copy, so it belongs to one moment whatever the program does
// meanwhile. Work goes on in portions, one for each request; a session has one projection at a
// time, and who asks for an older one hears that it is gone.
#include "observe/watching.h"

#include "observe/observe.h"
#include "observe/replay.h"
#include "observe/rows/principal.h"

#include "core/internal.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

enum { ROWS_MOST = 100000, ELEMENTS_MOST = 1 << 25, ROWS_A_REPLY = 8192, NEAR_MOST = 64 };
static const double PORTION = 0.008;  // seconds of a request

typedef struct {
    int64_t row;
    double distance;
} Neighbour;

typedef struct {
    int64_t job;
    float *x;  // rows x columns
    int64_t rows, columns, of, every;
    AdjPrincipal *axes;
    int components;
    int64_t told;    // rows whose places went out
    AdjVal labels;   // one item for each row of the matrix; NONE: there are none
    bool has_words;  // labels that are no numbers
    struct {
        int64_t row, next;
        bool cosine;
        int wanted, count;
        Neighbour at[NEAR_MOST];
    } near;
} Projection;
static _Thread_local Projection now;
static _Thread_local int64_t jobs;

void adj_observe_forget_projection(void)
{
    adj_principal_free(now.axes);
    free(now.x);
    adj_val_drop(now.labels);
    now = (Projection){.labels = ADJ_NONE};
}

// ---------------------------------------------------------------- what is projected

// The buffers of all modules with what they held before an expression ran: a norm that counts
// batches must not count this one.
typedef struct {
    AdjModulesAt modules;
    AdjTensor **was;  // kept, one for each buffer; NULL: no memory
    int n;
} Buffers;

static AdjTensor **each_buffer(Buffers *b, void (*does)(AdjTensor *buffer, AdjTensor **was))
{
    int n = 0;
    for (int i = 0; i < b->modules.n; i++)
        for (int k = 0; k < b->modules.at[i].module->buffers.n; k++, n++)
            if (does && b->modules.at[i].module->buffers.at[k].tensor)
                does(b->modules.at[i].module->buffers.at[k].tensor, &b->was[n]);
    b->n = n;
    return b->was;
}

static void buffer_keep(AdjTensor *buffer, AdjTensor **was)
{
    *was = adj_keep(adj_clone(buffer));
}

static void buffer_put_back(AdjTensor *buffer, AdjTensor **was)
{
    if (*was) adj_copy_data(buffer, *was);
    adj_drop(was);
}

// Any expression: the activations of a layer for a batch are net[0:2](x).
static bool evaluate(AdjRequestCall *c, const char *code, AdjVal *out)
{
    Buffers b = {.n = 0};
    if (!adj_module_list(c->vm, NULL, &b.modules)) return false;
    each_buffer(&b, NULL);
    b.was = adj_scope_memory((size_t)(b.n + 1) * sizeof *b.was);
    if (!b.was) return false;
    memset(b.was, 0, (size_t)(b.n + 1) * sizeof *b.was);
    each_buffer(&b, buffer_keep);
    bool was = adj_set_grad_enabled(false);
    bool ok = adj_vm_run(c->vm, "<observe>", code, strlen(code), ADJ_RUN_EVAL, out);
    adj_set_grad_enabled(was);
    each_buffer(&b, buffer_put_back);
    return ok;
}

static bool value_of(AdjRequestCall *c, const char *text, AdjVal *out)
{
    if (adj_observe_value(c->vm, text, out)) return true;
    adj_vm_clear_error(c->vm);
    return evaluate(c, text, out);
}

static AdjTensor *pinned(AdjRequestCall *c)
{
    int64_t step = adj_ask_int(&c->ask, "step", 0), index = adj_ask_int(&c->ask, "index", -1);
    AdjRecord *r = adj_record_get(step);
    AdjTensor *t = NULL;
    if (r && r->pinned && index >= 0 && index < r->n_ops)
        t = adj_pinned_value(r->pinned, r->ops[index].sequence);
    if (t) t = adj_scoped(adj_keep(t));
    adj_record_drop(r);
    if (!t)
        adj_raise(c->vm, ADJ_EXC_KeyError,
                  "projection: operation %lld of step %lld has no kept "
                  "value: is the step pinned?",
                  (long long)index, (long long)step);
    return t;
}

static AdjTensor *tensor_asked(AdjRequestCall *c)
{
    const char *name = adj_ask_string(&c->ask, "name", NULL);
    AdjVal v;
    if (!name) return pinned(c);
    if (!value_of(c, name, &v)) return NULL;
    AdjTensor *t = adj_is_tensor(v) ? adj_tensor_of(v) : NULL;
    if (!t)
        adj_raise(c->vm, ADJ_EXC_TypeError, "%s is no Tensor but %s", name, adj_type_name(v));
    else if (!strcmp(adj_ask_string(&c->ask, "of", "value"), "grad") && !(t = t->grad))
        adj_raise(c->vm, ADJ_EXC_ValueError, "%s has no gradient", name);
    if (t) t = adj_scoped(adj_keep(t));
    adj_val_drop(v);
    return t;
}

// The rows [every] apart, as numbers of our own.
static bool copy_rows(AdjRequestCall *c, AdjTensor *t)
{
    if (t->ndim < 2 || t->sizes[0] < 1 || t->numel < 1)
        return adj_raise(c->vm, ADJ_EXC_ValueError,
                         "projection: a matrix has rows; this has the shape %s",
                         adj_describe(t));
    ADJ_QUIET;
    int64_t most = adj_ask_int(&c->ask, "most", ROWS_MOST), columns = t->numel / t->sizes[0];
    if (most > ELEMENTS_MOST / columns) most = ELEMENTS_MOST / columns;
    if (most < 1) most = 1;
    now.of = t->sizes[0];
    now.columns = columns;
    now.every = (now.of + most - 1) / most;
    AdjTensor *x = adj_slice(t, 0, 0, now.of, now.every);
    now.rows = x ? x->sizes[0] : 0;
    x = adj_contiguous(adj_to(adj_reshape(x, ADJ_SHAPE(now.rows, columns)), ADJ_F32));
    now.x = malloc((size_t)(now.rows * columns + 1) * sizeof *now.x);
    if (!x || !now.x) return adj_bind_error(c->vm);
    memcpy(now.x, adj_data(x), (size_t)(now.rows * columns) * sizeof *now.x);
    return true;
}

// ---------------------------------------------------------------- labels

static bool label_at(AdjRequestCall *c, int64_t row, AdjVal *out)
{
    AdjVal key = adj_int_val(row * now.every);
    bool ok = adj_val_getitem(c->vm, now.labels, key, out);
    adj_val_drop(key);
    return ok;
}

// Labels are a tensor of one axis or a list, with an item for each row.
static bool find_labels(AdjRequestCall *c)
{
    const char *name = adj_ask_string(&c->ask, "labels", "");
    if (!*name) return true;
    if (!value_of(c, name, &now.labels)) return false;
    int64_t n =
        adj_is_tensor(now.labels)
            ? adj_tensor_of(now.labels)->ndim == 1 ? adj_tensor_of(now.labels)->numel : -1
        : adj_is_list(now.labels)  ? adj_as_list(now.labels)->len
        : adj_is_tuple(now.labels) ? adj_as_tuple(now.labels)->len
                                   : -1;
    AdjVal first;
    if (n != now.of)
        return adj_raise(
            c->vm, ADJ_EXC_ValueError,
            "projection: labels are a tensor of one axis or a list with %lld items, "
            "one for each row",
            (long long)now.of);
    if (!label_at(c, 0, &first)) return false;
    double number;
    now.has_words = !adj_is_tensor(first) && !adj_get_double(c->vm, first, &number);
    if (adj_vm_failed(c->vm)) adj_vm_clear_error(c->vm);
    adj_val_drop(first);
    return true;
}

static bool put_words(AdjRequestCall *c, int64_t first, int64_t count)
{
    adj_say_key(c->out, "words");
    adj_say_open(c->out, '[');
    for (int64_t i = first; i < first + count; i++) {
        AdjVal item, text;
        if (!label_at(c, i, &item)) return false;
        bool ok = adj_val_str(c->vm, item, &text);
        adj_val_drop(item);
        if (!ok) return false;
        adj_say_text(c->out, adj_as_str(text)->data);
        adj_val_drop(text);
    }
    adj_say_close(c->out, ']');
    return true;
}

static bool put_numbers(AdjRequestCall *c, int64_t first, int64_t count)
{
    float *out = adj_scope_memory((size_t)(count + 1) * sizeof *out);
    AdjTensor *t = adj_is_tensor(now.labels) ? adj_tensor_of(now.labels) : NULL;
    if (t) t = adj_contiguous(adj_to(adj_bare_view(t), ADJ_F64));
    if (!out || (adj_is_tensor(now.labels) && !t)) return adj_bind_error(c->vm);
    for (int64_t i = 0; i < count; i++) {
        double x = NAN;
        AdjVal item;
        if (t) {
            x = ((const double *)adj_data(t))[(first + i) * now.every];
        } else if (label_at(c, first + i, &item)) {
            adj_get_double(c->vm, item, &x);
            adj_val_drop(item);
        }
        out[i] = (float)x;
    }
    if (adj_vm_failed(c->vm)) adj_vm_clear_error(c->vm);
    adj_put_floats(c->out, "numbers", out, count);
    return true;
}

// ---------------------------------------------------------------- places

static bool put_places(AdjRequestCall *c)
{
    int64_t first = now.told, count = now.rows - first;
    if (count > ROWS_A_REPLY) count = ROWS_A_REPLY;
    float *out = adj_scope_memory((size_t)(count * now.components + 1) * sizeof *out);
    if (!out) return adj_bind_error(c->vm);
    for (int64_t i = 0; i < count; i++) {
        double at[ADJ_AXES];
        adj_principal_place(now.axes, first + i, at);
        for (int k = 0; k < now.components; k++) out[i * now.components + k] = (float)at[k];
    }
    now.told += count;
    adj_put_int(c->out, "first", first);
    adj_put_int(c->out, "count", count);
    adj_put_floats(c->out, "places", out, count * now.components);
    if (adj_is_none(now.labels)) return true;
    return now.has_words ? put_words(c, first, count) : put_numbers(c, first, count);
}

static void put_axes(AdjRequestCall *c)
{
    double total = adj_principal_total(now.axes);
    adj_say_key(c->out, "shares");
    adj_say_open(c->out, '[');
    for (int i = 0; i < adj_principal_count(now.axes); i++)
        adj_say_number(c->out, adj_principal_variance(now.axes, i) / total);
    adj_say_close(c->out, ']');
    adj_put_number(c->out, "variance", total);
    adj_put_int(c->out, "left_out", adj_principal_left_out(now.axes));
}

static bool go_on(AdjRequestCall *c)
{
    bool found = adj_principal_work(now.axes, PORTION);
    adj_put_int(c->out, "job", now.job);
    adj_put_int(c->out, "rows", now.rows);
    adj_put_int(c->out, "columns", now.columns);
    adj_put_int(c->out, "of", now.of);
    adj_put_int(c->out, "every", now.every);
    adj_put_number(c->out, "progress", adj_principal_progress(now.axes));
    if (!found) {
        adj_put_bool(c->out, "done", false);
        return true;
    }
    put_axes(c);
    if (!put_places(c)) return false;
    adj_put_bool(c->out, "done", now.told == now.rows);
    return true;
}

static bool start(AdjRequestCall *c)
{
    int components = (int)adj_ask_int(&c->ask, "components", ADJ_AXES);
    AdjTensor *t = tensor_asked(c);
    if (!t) return false;
    adj_observe_forget_projection();
    if (components < 1 || components > ADJ_AXES)
        return adj_raise(c->vm, ADJ_EXC_ValueError, "projection: components must be 1, 2 or 3");
    now.components = components;
    now.job = ++jobs;
    bool ok = copy_rows(c, t) && find_labels(c);
    if (ok) now.axes = adj_principal_new(now.x, now.rows, now.columns, components);
    if (ok && now.axes) return go_on(c);
    adj_observe_forget_projection();
    return ok ? adj_raise(c->vm, ADJ_EXC_MemoryError, "projection: out of memory") : false;
}

// ---------------------------------------------------------------- what is near

static double distance(int64_t a, int64_t b, bool cosine)
{
    const float *x = now.x + a * now.columns, *y = now.x + b * now.columns;
    double xy = 0, xx = 0, yy = 0;
    for (int64_t i = 0; i < now.columns; i++) {
        double p = x[i], q = y[i];
        xy += cosine ? p * q : (p - q) * (p - q);
        if (cosine) xx += p * p, yy += q * q;
    }
    return cosine ? 1 - xy / sqrt(xx * yy) : sqrt(xy);
}

// The nearest so far, sorted; NaN is never near.
static void consider(int64_t row)
{
    Neighbour n = {row, distance(now.near.row, row, now.near.cosine)};
    int at = now.near.count;
    if (row == now.near.row || isnan(n.distance)) return;
    while (at > 0 && now.near.at[at - 1].distance > n.distance) at--;
    if (at >= now.near.wanted) return;
    if (now.near.count < now.near.wanted) now.near.count++;
    for (int i = now.near.count - 1; i > at; i--) now.near.at[i] = now.near.at[i - 1];
    now.near.at[at] = n;
}

static double clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void search(void)
{
    double until = clock_now() + PORTION;
    while (now.near.next < now.rows && clock_now() < until) {
        int64_t end = now.near.next + 1 + 20000 / (now.columns + 1);
        while (now.near.next < now.rows && now.near.next < end) consider(now.near.next++);
    }
}

static void put_near(AdjRequestCall *c)
{
    enum { VALUES_MOST = 64 };
    const float *x = now.x + now.near.row * now.columns;
    adj_put_int(c->out, "job", now.job);
    adj_put_int(c->out, "near", now.near.row);
    adj_put_text(c->out, "metric", now.near.cosine ? "cosine" : "euclidean");
    adj_put_bool(c->out, "done", now.near.next == now.rows);
    adj_put_int(c->out, "columns", now.columns);
    adj_say_key(c->out, "values");
    adj_say_open(c->out, '[');
    for (int64_t i = 0; i < now.columns && i < VALUES_MOST; i++) adj_say_number(c->out, x[i]);
    adj_say_close(c->out, ']');
    adj_say_key(c->out, "neighbours");
    adj_say_open(c->out, '[');
    for (int i = 0; i < now.near.count; i++) {
        adj_say_open(c->out, '{');
        adj_put_int(c->out, "row", now.near.at[i].row);
        adj_put_number(c->out, "distance", now.near.at[i].distance);
        adj_say_close(c->out, '}');
    }
    adj_say_close(c->out, ']');
}

// Asked for another row, or by another measure, the search begins anew.
static bool near_point(AdjRequestCall *c, int64_t row)
{
    bool cosine = strcmp(adj_ask_string(&c->ask, "metric", "euclidean"), "euclidean") != 0;
    int64_t wanted = adj_ask_int(&c->ask, "count", 10);
    if (wanted > NEAR_MOST) wanted = NEAR_MOST;
    if (row < 0 || row >= now.rows)
        return adj_raise(c->vm, ADJ_EXC_IndexError, "projection: row %lld of %lld",
                         (long long)row, (long long)now.rows);
    if (row != now.near.row || cosine != now.near.cosine || wanted != now.near.wanted ||
        now.near.next == now.rows) {
        now.near.row = row;
        now.near.cosine = cosine;
        now.near.wanted = (int)wanted;
        now.near.next = now.near.count = 0;
    }
    search();
    put_near(c);
    return true;
}

bool adj_request_projection(AdjRequestCall *c)
{
    int64_t job = adj_ask_int(&c->ask, "job", 0), near = adj_ask_int(&c->ask, "near", -1);
    if (!job) return start(c);
    if (job != now.job)
        return adj_raise(c->vm, ADJ_EXC_KeyError,
                         "projection: projection %lld is gone, another was asked for",
                         (long long)job);
    return near >= 0 ? near_point(c, near) : go_on(c);
}
