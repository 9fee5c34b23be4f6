// SPDX-License-Identifier: Apache-2.0
// edits.c: points are put, taken, moved and labelled by hand, in the program's own tensors.
//
// A tensor that changes between a forward pass and its backward pass breaks the step: sizes no
// longer agree, or what the tape has saved is gone. So while a cell runs, a change waits for
// the next forward pass to begin: there, the step before has let go of its points, and the step
// to come will take points and labels alike. That holds where the points go into the module as
// they are. A program that takes batches may hold row numbers of the old table: it gets moved
// and appended points, and everything else when its cell is over.
//
// INVARIANT: points and labels always change together.
#include "observe/plane/data.h"

#include "observe/observe.h"
#include "observe/profile.h"
#include "session/front.h"

#include <stdlib.h>

typedef enum { INSERT, REMOVE, MOVE, LABEL, REPLACE, KINDS } Kind;
static const char *const kinds[] = {"insert", "remove", "move", "label", "replace"};

// Lists belong to the edit: one block of memory behind it.
typedef struct Edit {
    struct Edit *next;
    Kind kind;
    const char *points, *labels;  // interned; labels NULL: there are none
    int64_t n;                    // rows it is about
    bool has_rows;                // INSERT: false puts them at the end
    double asked;                 // when, in seconds
    double *rows, *positions, *targets;
} Edit;

static _Thread_local Edit *waiting;

// ---------------------------------------------------------------- tables

// A tensor's rows as doubles, [width] in each.
static double *table(const AdjTensor *t)
{
    AdjTensor *v = adj_contiguous(adj_to(adj_bare_view(t), ADJ_F64));
    return v ? adj_data(v) : NULL;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// The rows of [old] after the edit, and how many; memory of the scope.
static double *edited(const Edit *e, const double *old, int64_t n, int width,
                      const double *given, int64_t *count)
{
    size_t row = (size_t)width * sizeof *old;
    double *out = adj_scope_memory((size_t)(n + e->n + 1) * row);
    if (!out) return NULL;
    if (e->kind == REPLACE) {
        memcpy(out, given, (size_t)e->n * row);
        *count = e->n;
        return out;
    }
    int64_t at = 0, from = 0;
    if (e->kind == INSERT || e->kind == REMOVE) {
        for (int64_t k = 0; k < e->n; k++) {
            int64_t place = e->has_rows ? (int64_t)e->rows[k] : n + k;
            while ((e->kind == INSERT ? at : from) < place && from < n)
                memcpy(out + at++ * width, old + from++ * width, row);
            if (e->kind == INSERT) memcpy(out + at++ * width, given + k * width, row);
            if (e->kind == REMOVE) from++;
        }
        if (from < n) memcpy(out + at * width, old + from * width, (size_t)(n - from) * row);
        *count = at + (from < n ? n - from : 0);
        return out;
    }
    memcpy(out, old, (size_t)n * row);
    *count = n;
    for (int64_t k = 0; given && k < e->n; k++)
        memcpy(out + (int64_t)e->rows[k] * width, given + k * width, row);
    return out;
}

static AdjTensor *changed(const Edit *e, const AdjTensor *t, const double *given)
{
    int64_t n = t->sizes[0], count = 0;
    int width = n ? (int)(t->numel / n) : t->ndim > 1 ? (int)t->sizes[1] : 1;
    double *rows = edited(e, table(t), n, width, given, &count);
    AdjShape shape = adj_shape(t);
    shape.at[0] = count;
    return rows ? adj_to(adj_from(rows, shape, ADJ_F64), (AdjDtype)t->dtype) : NULL;
}

// ---------------------------------------------------------------- tensors

// The object itself changes, so whoever holds it sees it. What the tape made cannot: its name
// is given the new tensor, and *rebound says so.
static bool give(AdjVM *vm, const char *name, AdjTensor *t, AdjTensor *value, bool *rebound)
{
    if (adj_shape(t).at[0] == value->sizes[0] && !t->node) {
        bool ok = adj_copy_data(adj_bare_view(t), value);
        adj_touch(t);
        return ok || adj_bind_error(vm);
    }
    if (!t->node) {
        value->storage->version = t->storage->version + 1;
        adj_drop(&t->base);
        adj_bind_replace(t, value);
        return true;
    }
    AdjVal v;
    if (strpbrk(name, ".[")) {
        return adj_raise(vm, ADJ_EXC_ValueError,
                         "edit_points: %s was computed, and is no variable that could be given "
                         "another table",
                         name);
    }
    *rebound = true;
    bool ok = adj_bind_tensor(vm, value, &v);
    ok = ok && adj_dict_set_c(vm, adj_vm_main(vm)->dict, name, v);
    if (ok) adj_val_drop(v);
    return ok;
}

static bool fits(AdjVM *vm, const Edit *e, int64_t n)
{
    double last = -1;
    for (int64_t k = 0; e->has_rows && k < e->n; k++) {
        int64_t most = e->kind == INSERT ? n + k : n - 1;
        if (!(e->rows[k] >= 0 && e->rows[k] <= (double)most) ||
            e->rows[k] != (double)(int64_t)e->rows[k] || e->rows[k] == last)
            return adj_raise(vm, ADJ_EXC_IndexError, "edit_points: no row %g among %lld",
                             e->rows[k], (long long)n);
        last = e->rows[k];
    }
    return true;
}

static bool find(AdjVM *vm, const Edit *e, AdjTensor **points, AdjTensor **labels)
{
    *labels = NULL;
    if (!adj_observe_tensor(vm, e->points, points) ||
        (e->labels && !adj_observe_tensor(vm, e->labels, labels)))
        return false;
    if (!adj_are_points(*points) || (*labels && !adj_are_labels(*labels, (*points)->sizes[0])))
        return adj_raise(vm, ADJ_EXC_ValueError,
                         "edit_points: %s and %s are not points and their labels", e->points,
                         e->labels ? e->labels : "nothing");
    return fits(vm, e, (*points)->sizes[0]);
}

static bool apply(AdjVM *vm, const Edit *e, bool *rebound)
{
    ADJ_SCOPE;
    AdjTensor *points, *labels, *p = NULL, *l = NULL;
    if (!find(vm, e, &points, &labels)) return false;
    if (e->kind != LABEL) p = changed(e, points, e->positions);
    if (labels && e->kind != MOVE) l = changed(e, labels, e->targets);
    if (adj_error_kind()) return adj_bind_error(vm);
    // Both are made before either changes.
    return (!p || give(vm, e->points, points, p, rebound)) &&
           (!l || give(vm, e->labels, labels, l, rebound));
}

// ---------------------------------------------------------------- waiting

// Whether [points] went into a module as they are, all of them at once, in a step that began
// after the change was asked for: an older one may have been another program's.
static bool are_whole(const AdjTensor *points, double since)
{
    bool whole = false;
    AdjRecord *r = adj_record_get(0);
    for (int i = 0; r && r->time >= since && !whole && i < r->n_ops; i++)
        for (int k = 0; r->ops[i].module && k < r->ops[i].n_in; k++)
            whole |= r->ins[r->ops[i].in_at + (uint32_t)k].leaf == points;
    adj_record_drop(r);
    return whole;
}

static bool may_now(AdjVM *vm, const Edit *e)
{
    ADJ_SCOPE;
    AdjTensor *points, *labels;
    if (e->kind == MOVE || (e->kind == INSERT && !e->has_rows)) return true;
    if (find(vm, e, &points, &labels)) return are_whole(points, e->asked);
    adj_vm_clear_error(vm);
    return true;  // it fails now as it would later
}

static void do_first(AdjVM *vm)
{
    Edit *e = waiting;
    bool rebound = false;
    waiting = e->next;
    if (!apply(vm, e, &rebound)) adj_vm_clear_error(vm);
    free(e);
}

// A forward pass begins, nothing of it has run yet.
static void pass_begins(void *data)
{
    AdjSession *s = data;
    AdjErrorKind kind = adj_thread.error;
    if (adj_vm_failed(s->vm) || kind) return;
    ADJ_QUIET;
    while (waiting && may_now(s->vm, waiting)) do_first(s->vm);
    if (!waiting) adj_observer()->watches.pass_begins = NULL;
}

void adj_edits_finish(AdjSession *s)
{
    if (!waiting) return;
    ADJ_QUIET;
    while (waiting) do_first(s->vm);
    adj_observer()->watches.pass_begins = NULL;
}

void adj_edits_forget(void)
{
    while (waiting) {
        Edit *next = waiting->next;
        free(waiting);
        waiting = next;
    }
}

static bool wait(AdjRequestCall *c, Edit *e)
{
    AdjObserver *o = adj_observer();
    Edit **end = &waiting;
    if (!o) return adj_bind_error(c->vm);
    while (*end) end = &(*end)->next;
    *end = e;
    AdjResources now;
    adj_resources(&now);
    e->asked = now.time;
    o->watches.pass_begins = pass_begins;
    o->watches.pass_data = c->session;
    return true;
}

// ---------------------------------------------------------------- the request

typedef struct {
    Kind kind;
    const char *points, *labels;
    int64_t n_rows, n_positions, n_targets;
    double *rows, *positions, *targets;
} Asked;

static bool read(AdjRequestCall *c, Asked *a)
{
    const char *what = adj_ask_string(&c->ask, "do", "");
    int k = 0;
    while (k < KINDS && strcmp(kinds[k], what)) k++;
    if (k == KINDS)
        return adj_raise(c->vm, ADJ_EXC_ValueError, "edit_points: cannot do '%s'", what);
    *a = (Asked){.kind = (Kind)k,
                 .points = adj_ask_string(&c->ask, "points", "points"),
                 .labels = adj_ask_string(&c->ask, "labels", NULL)};
    a->n_rows = adj_ask_numbers(&c->ask, "rows", &a->rows);
    a->n_positions = adj_ask_numbers(&c->ask, "positions", &a->positions);
    a->n_targets = adj_ask_numbers(&c->ask, "targets", &a->targets);
    bool wants_rows = k == REMOVE || k == MOVE || k == LABEL;
    bool wants_positions = k == INSERT || k == MOVE || k == REPLACE;
    bool wants_targets = a->labels && (k == INSERT || k == LABEL || k == REPLACE);
    int64_t n = wants_positions ? a->n_positions / 2 : a->n_rows;
    if (n < 0 || (wants_positions && (a->n_positions < 0 || a->n_positions % 2)) ||
        ((wants_rows || a->n_rows >= 0) && a->n_rows != n) ||
        (wants_targets && a->n_targets != n) || (k == LABEL && !a->labels))
        return adj_raise(c->vm, ADJ_EXC_ValueError,
                         "edit_points: %s needs %s%s%s, the same number of each", what,
                         wants_rows ? "rows " : "", wants_positions ? "positions " : "",
                         wants_targets ? "targets" : "");
    a->n_rows = a->n_rows < 0 ? -1 : n;
    a->n_positions = n;
    if (a->n_rows > 0 && k != MOVE && k != LABEL)
        for (int64_t i = 1; i < n; i++)
            if (by_size(&a->rows[i - 1], &a->rows[i]) >= 0)
                return adj_raise(c->vm, ADJ_EXC_ValueError,
                                 "edit_points: rows are in ascending order");
    return true;
}

static double *copied(double **room, const double *from, int64_t n)
{
    double *at = *room;
    if (!from || n <= 0) return NULL;
    memcpy(at, from, (size_t)n * sizeof *at);
    *room += n;
    return at;
}

static Edit *make(const Asked *a)
{
    int64_t n = a->n_positions;
    Edit *e = calloc(1, sizeof *e + (size_t)(4 * n) * sizeof(double));
    if (!e) return NULL;
    double *room = (double *)(void *)(e + 1);
    *e = (Edit){.kind = a->kind,
                .points = adj_intern(a->points),
                .labels = a->labels ? adj_intern(a->labels) : NULL,
                .n = n,
                .has_rows = a->n_rows >= 0};
    e->rows = copied(&room, e->has_rows ? a->rows : NULL, n);
    e->positions = copied(&room, a->positions, a->positions ? 2 * n : 0);
    e->targets = copied(&room, a->targets, a->targets ? n : 0);
    return e;
}

bool adj_request_edit_points(AdjRequestCall *c)
{
    Asked a;
    AdjTensor *points, *labels;
    bool rebound = false;
    if (!read(c, &a)) return false;
    Edit *e = make(&a);
    if (!e) return adj_raise(c->vm, ADJ_EXC_MemoryError, "edit_points: no memory");
    bool later = adj_ask_bool(&c->ask, "wait", c->client && adj_session_busy(c->session));
    bool ok = waiting || find(c->vm, e, &points, &labels);
    if (ok && later) {
        ok = wait(c, e);
    } else {
        adj_edits_finish(c->session);
        ok = ok && apply(c->vm, e, &rebound);
    }
    if (!ok || !later) free(e);
    if (!ok || !adj_observe_tensor(c->vm, a.points, &points)) return false;
    adj_put_text(c->out, "points", a.points);
    adj_put_text(c->out, "labels", a.labels);
    adj_put_int(c->out, "rows", points->sizes[0]);
    adj_put_bool(c->out, "waits", later);
    adj_put_bool(c->out, "rebound", rebound);
    adj_put_data_state(c->out, c->vm, a.points);
    return true;
}
