// SPDX-License-Identifier: Apache-2.0
// timeline.c: which states and steps are kept, and when. See timeline.h.
#include "observe/observe.h"

#include "core/random.h"
#include "observe/pinned.h"
#include "observe/timeline.h"

#include <stdlib.h>

enum { MOST_MOMENTS = 8192, MEMORY = 48 << 20 };
// Microseconds: what the account holds at most; how long it may take to compute a step again;
// what recording one operation of a step costs besides.
static const double CAPITAL = 10e3, AGAIN = 20e3, PER_OPERATION = 0.12;

AdjTimeline *adj_timeline(void)
{
    AdjTimeline *t = adj_thread.observer ? adj_thread.observer->recorder.timeline : NULL;
    return t && t->on ? t : NULL;
}

bool adj_timeline_runs(void)
{
    AdjTimeline *t = adj_timeline();
    return t && t->running;
}

static int64_t ticks(double us)
{
    return (int64_t)(us * adj_ticks_per_us());
}

bool adj_timeline_start(AdjStateMore more, void *data)
{
    AdjObserver *o = adj_observer();
    if (!o || !(adj_record_running() || adj_record_start(false))) return false;
    if (adj_timeline()) return true;
    AdjTimeline *t = calloc(1, sizeof *t);
    char *name = strdup("main");
    if (!t || !name) {
        free(t);
        free(name);
        return adj_fail(ADJ_E_MEMORY, "no memory for a timeline");
    }
    *t = (AdjTimeline){.on = true, .more = more, .data = data, .n_branches = 1};
    t->branches[0] = (AdjBranch){.name = name, .parent = -1, .from = -1};
    t->kept_step = t->state_step = -1;
    t->account = ticks(CAPITAL);
    t->running = true;
    t->clock = adj_ticks();
    t->limit = MEMORY;
    o->recorder.timeline = t;
    return true;
}

static void free_moment(AdjMoment *m)
{
    adj_state_free(m->after);
    adj_pinned_free(m->calls);
    adj_record_drop(m->record);
}

void adj_timeline_free(AdjTimeline *t)
{
    if (!t) return;
    for (int i = 0; i < t->n; i++) free_moment(&t->at[i]);
    for (int i = 0; i < t->n_branches; i++) {
        free(t->branches[i].name);
        adj_state_free(t->branches[i].left);
    }
    for (int i = 0; i < t->n_optimizers; i++) adj_optimizer_drop(&t->optimizers[i]);
    free(t->at);
    free(t);
}

static void forget_running(AdjRecorder *rec)
{
    if (!rec->now) return;
    adj_pinned_free(rec->now->sketch);
    rec->now->sketch = NULL;
}

void adj_timeline_stop(void)
{
    AdjObserver *o = adj_thread.observer;
    if (!o) return;
    forget_running(&o->recorder);
    adj_timeline_free(o->recorder.timeline);
    o->recorder.timeline = NULL;
}

// ---------------------------------------------------------------- moments

static AdjMoment *find_own(AdjTimeline *t, int branch, int64_t step)
{
    for (int i = t->n; i--;)
        if (t->at[i].step == step && t->at[i].branch == branch) return &t->at[i];
    return NULL;
}

AdjMoment *adj_moment_find(AdjTimeline *t, int branch, int64_t step)
{
    for (; branch >= 0; branch = t->branches[branch].parent) {
        AdjMoment *m = find_own(t, branch, step);
        if (m || step > t->branches[branch].from) return m;
    }
    return NULL;
}

bool adj_moment_can_run(const AdjMoment *m)
{
    return m && m->calls && !m->calls->failed && !m->calls->refusal;
}

AdjMoment *adj_moment_before(AdjTimeline *t, int branch, int64_t step)
{
    AdjMoment *m = adj_moment_find(t, branch, step);
    while (m && !m->after)
        m = adj_moment_can_run(m) ? adj_moment_find(t, branch, --step) : NULL;
    return m;
}

static size_t size_of(const AdjMoment *m)
{
    size_t bytes = sizeof *m;
    if (m->after) bytes += m->after->bytes;
    if (m->calls) bytes += adj_pinned_bytes(m->calls);
    if (m->record)
        bytes += sizeof *m->record + (size_t)m->record->op_room * sizeof *m->record->ops +
                 (size_t)m->record->in_room * sizeof *m->record->ins +
                 (size_t)m->record->dim_room * sizeof *m->record->dims;
    return bytes;
}

static void weigh(AdjTimeline *t, AdjMoment *m)
{
    t->bytes -= m->bytes;
    m->bytes = size_of(m);
    t->bytes += m->bytes;
}

static void remove_moments(AdjTimeline *t, int from, int to)
{
    for (int i = from; i < to; i++) {
        t->bytes -= t->at[i].bytes;
        free_moment(&t->at[i]);
    }
    memmove(&t->at[from], &t->at[to], (size_t)(t->n - to) * sizeof *t->at);
    t->n -= to - from;
}

// The stretch whose neighbours stand closest together for its age; the first one and the last
// two stay. False: there is no other.
static bool least_wanted(const AdjTimeline *t, int *from, int *to)
{
    int start[4] = {-1, -1, -1, -1};  // of the last four stretches met
    double best = INFINITY;
    int64_t newest = t->at[t->n - 1].serial;
    for (int i = 0; i < t->n; i++) {
        if (!t->at[i].after) continue;
        memmove(start, start + 1, 3 * sizeof *start);
        start[3] = i;
        if (start[0] < 0) continue;
        int64_t gap = t->at[start[2]].serial - t->at[start[0]].serial;
        double score = (double)gap / (double)(newest - t->at[start[1]].serial + 1);
        if (score >= best) continue;
        best = score;
        *from = start[1];
        *to = start[2];
    }
    return best < INFINITY;
}

static void thin(AdjTimeline *t)
{
    int from, to;
    while ((t->bytes > t->limit || t->n > MOST_MOMENTS) && least_wanted(t, &from, &to))
        remove_moments(t, from, to);
}

// The moment of a step of the branch that runs, a new one if there was none.
static AdjMoment *moment_at(AdjTimeline *t, int64_t step)
{
    AdjMoment *m = t->n && t->at[t->n - 1].step == step && t->at[t->n - 1].branch == t->branch
                       ? &t->at[t->n - 1]
                       : NULL;
    if (m) return m;
    if (t->n == t->room) {
        int room = t->room ? t->room * 2 : 64;
        AdjMoment *bigger = realloc(t->at, (size_t)room * sizeof *bigger);
        if (!bigger) return NULL;
        t->at = bigger;
        t->room = room;
    }
    m = &t->at[t->n++];
    *m = (AdjMoment){.step = step, .branch = t->branch, .serial = ++t->serial};
    return m;
}

// ---------------------------------------------------------------- keeping

// Keeps the state that the program is in, after [step].
static bool keep_state(AdjTimeline *t, int64_t step)
{
    AdjCheckpoint *c = adj_state_take(t);
    AdjMoment *m = c ? moment_at(t, step) : NULL;
    if (!m) {
        adj_state_free(c);
        adj_error_clear();
        t->running = false;
        return false;
    }
    adj_state_free(m->after);
    m->after = c;
    t->newest = c;
    t->state_step = t->kept_step = step;
    t->at_state = adj_ticks();
    weigh(t, m);
    return true;
}

static bool is_state(const void *data, const AdjTensor *t)
{
    return adj_state_find(((const AdjTimeline *)data)->newest, t) != NULL;
}

AdjPinned *adj_timeline_begin(AdjRecorder *rec)
{
    AdjTimeline *t = rec->timeline;
    if (!t || !t->running || !t->newest || t->kept_step != rec->step) return NULL;
    uint64_t start = adj_ticks();
    AdjPinned *p = adj_pinned_begin();
    if (p) {
        p->light = true;
        p->is_state = is_state;
        p->data = t;
        p->before = t->before;
    }
    t->spent += (int64_t)(adj_ticks() - start);
    return p;
}

void adj_timeline_call(AdjRecord *r, const AdjOp *op, bool grad, const AdjRecordCall *call)
{
    AdjTimeline *t = adj_timeline();
    uint64_t start = adj_ticks();
    adj_pinned_call(r->sketch, op, grad, call);
    if (t) t->spent += (int64_t)(adj_ticks() - start);
}

static void fit(AdjRecord *r)
{
    void *ops = realloc(r->ops, (size_t)(r->n_ops + 1) * sizeof *r->ops);
    if (ops) r->ops = ops, r->op_room = r->n_ops + 1;
    void *ins = realloc(r->ins, (size_t)(r->n_ins + 1) * sizeof *r->ins);
    if (ins) r->ins = ins, r->in_room = r->n_ins + 1;
    void *dims = realloc(r->dims, (size_t)(r->n_dims + 1) * sizeof *r->dims);
    if (dims) r->dims = dims, r->dim_room = r->n_dims + 1;
}

void adj_timeline_end(AdjTimeline *t, AdjRecord *r)
{
    AdjPinned *p = r->sketch;
    r->sketch = NULL;
    t->branches[t->branch].last = r->step;
    t->spent += ticks(PER_OPERATION * r->n_ops);
    if (p) adj_pinned_settle(p);
    if (t->before) adj_pinned_settle(t->before);
    t->before = NULL;
    bool known = t->state_step == r->step;
    AdjMoment *m = p || known ? moment_at(t, r->step) : NULL;
    if (!m) return adj_pinned_free(p);
    m->calls = p;
    if (!m->record) {
        fit(r);
        __atomic_add_fetch(&r->refs, 1, __ATOMIC_ACQ_REL);
        m->record = r;
    }
    if (adj_moment_can_run(m)) {
        t->kept_step = r->step;
        t->before = p;
    }
    weigh(t, m);
    thin(t);
}

static void know(AdjTimeline *t, AdjOptimizer *o)
{
    enum { MOST = sizeof t->optimizers / sizeof *t->optimizers };
    for (int i = 0; i < t->n_optimizers; i++)
        if (t->optimizers[i] == o) return;
    if (t->n_optimizers == MOST) {
        adj_optimizer_drop(&t->optimizers[0]);
        memmove(t->optimizers, t->optimizers + 1, sizeof *t->optimizers * (MOST - 1));
        t->n_optimizers--;
    }
    o->refs++;
    t->optimizers[t->n_optimizers++] = o;
    t->state_step = -1;  // it belongs to the state from now on
}

static void settle_account(AdjTimeline *t)
{
    uint64_t clock = adj_ticks();
    int64_t capital = ticks(CAPITAL);
    t->account += (int64_t)(clock - t->clock) / ADJ_TIMELINE_SHARE - t->spent;
    if (t->account > capital) t->account = capital;
    t->spent = 0;
    t->clock = clock;
    if (t->every) t->account = capital;
    if (t->running && t->account < 0) t->running = false;
    if (!t->running && t->account > capital / 2) t->running = true;
}

static bool state_is_due(const AdjTimeline *t, const AdjRecorder *rec, int64_t step)
{
    if (t->state_step < 0 || t->state_step >= step || step - t->state_step >= ADJ_TIMELINE_GAP)
        return true;
    bool linked = rec->now && rec->now->sketch;
    return !linked || (!t->every && (int64_t)(t->clock - t->at_state) > ticks(AGAIN));
}

// Masks of a dropout are kept as they came out, not drawn again; so the random numbers after
// the step are kept too.
static void note_random(AdjTimeline *t, AdjRecorder *rec)
{
    AdjPinned *p = rec->now ? rec->now->sketch : NULL;
    if (!p) return;
    ADJ_SCOPE;
    ADJ_QUIET;
    uint64_t start = adj_ticks();
    rec->mute++;
    adj_drop(&p->after);
    p->after = adj_keep(adj_generator_state(adj_generator_now()));
    p->failed |= !p->after;
    rec->mute--;
    t->spent += (int64_t)(adj_ticks() - start);
}

void adj_timeline_met(AdjOptimizer *o, bool updated)
{
    AdjTimeline *t = adj_timeline();
    if (!t) return;
    AdjRecorder *rec = &adj_thread.observer->recorder;
    if (!updated && t->state_step >= 0) return;
    know(t, o);
    if (updated) note_random(t, rec);
    settle_account(t);
    int64_t step = rec->now ? rec->now->step : rec->step + 1;
    if (!updated && !(rec->now && rec->now->has_backward)) step--;
    if (!t->running || !state_is_due(t, rec, step)) return;
    rec->mute++;
    uint64_t start = adj_ticks();
    keep_state(t, step);
    t->spent += (int64_t)(adj_ticks() - start);
    rec->mute--;
}

// ---------------------------------------------------------------- branches

int64_t adj_timeline_now(AdjTimeline *t)
{
    (void)t;
    AdjRecorder *rec = &adj_thread.observer->recorder;
    if (rec->now && rec->now->has_update) adj_record_finish(rec);
    return rec->step;
}

// Steps are counted from [step] on.
static void count_from(AdjTimeline *t, int64_t step)
{
    AdjRecorder *rec = &adj_thread.observer->recorder;
    forget_running(rec);
    adj_record_drop(rec->now);
    rec->now = NULL;
    rec->step = step;
    t->before = NULL;
    t->running = true;
    t->account = ticks(CAPITAL);
    t->spent = 0;
    t->clock = adj_ticks();
}

bool adj_timeline_leave(AdjTimeline *t)
{
    AdjBranch *b = &t->branches[t->branch];
    b->last = adj_timeline_now(t);
    AdjCheckpoint *c = adj_state_take(t);
    if (!c) return false;
    adj_state_free(b->left);
    b->left = c;
    return true;
}

int adj_timeline_branch(AdjTimeline *t, int parent, int64_t step, const char *name)
{
    char *copy = strdup(name);
    if (!copy || t->n_branches == ADJ_BRANCHES) {
        free(copy);
        adj_fail(ADJ_E_RUNTIME, "branch: at most %d branches", (int)ADJ_BRANCHES);
        return -1;
    }
    t->branch = t->n_branches++;
    t->branches[t->branch] =
        (AdjBranch){.name = copy, .parent = parent, .from = step, .last = step};
    count_from(t, step);
    return keep_state(t, step) ? t->branch : -1;
}

bool adj_timeline_return(AdjTimeline *t, int branch)
{
    AdjBranch *b = &t->branches[branch];
    if (!b->left) return adj_fail(ADJ_E_RUNTIME, "branch: '%s' was not left", b->name);
    if (!adj_state_put(b->left)) return false;
    adj_state_free(b->left);
    b->left = NULL;
    t->branch = branch;
    count_from(t, b->last);
    return keep_state(t, b->last);
}
