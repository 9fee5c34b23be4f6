// SPDX-License-Identifier: Apache-2.0
// past.c: the timeline of a session: what is kept of its past, the step that somebody looks at,
// and going on from there as a branch.
//
// Looking computes a step again aside from the program, in portions, so that training goes on
// meanwhile; only a branch changes the program, and only while no cell runs.
#include "observe/past/past.h"

#include "observe/observe.h"
#include "observe/pinned.h"

#include "bind/optim.h"
#include "core/random.h"
#include "session/front.h"

#include <math.h>

// How long a portion may take, in microseconds.
static const double PORTION = 12e3;

static _Thread_local struct {
    int wanted;        // subscriptions
    AdjAgain *cursor;  // of the step that is looked at, NULL: the program's own
} past;

static void more_state(void *data, AdjCheckpoint *into)
{
    ADJ_SCOPE;
    AdjSession *s = data;
    AdjModulesAt l;
    if (!adj_module_list(s->vm, NULL, &l)) return;
    for (int k = 0; k < l.n; k++) {
        const AdjModule *m = l.at[k].module;
        for (int i = 0; i < m->params.n; i++) adj_state_add(into, m->params.at[i].tensor);
        for (int i = 0; i < m->buffers.n; i++) adj_state_add(into, m->buffers.at[i].tensor);
    }
}

void adj_past_forget(void)
{
    adj_again_free(past.cursor);
    past.cursor = NULL;
}

bool adj_past_want(AdjSession *s, bool on)
{
    if (on && !past.wanted && !adj_timeline_start(more_state, s)) return false;
    past.wanted += on ? 1 : -1;
    if (past.wanted > 0) return true;
    past.wanted = 0;
    adj_past_forget();
    adj_lockstep_forget();
    adj_timeline_stop();
    return true;
}

void adj_past_keep_every(void)
{
    AdjTimeline *t = adj_timeline();
    if (t) t->every = true;
}

int64_t adj_past_state(void)
{
    const AdjTimeline *t = adj_timeline();
    const AdjObserver *o = adj_thread.observer;
    if (!t) return 0;
    return t->serial * ADJ_BRANCHES + t->branch + (o->recorder.step << 24) + 1;
}

static AdjTimeline *timeline(AdjRequestCall *c)
{
    AdjTimeline *t = adj_timeline();
    if (!t)
        adj_raise(c->vm, ADJ_EXC_RuntimeError,
                  "no past is kept: subscribe to the topic timeline");
    return t;
}

int adj_past_branch(AdjRequestCall *c, const char *key)
{
    AdjTimeline *t = timeline(c);
    const char *name = adj_ask_string(&c->ask, key, NULL);
    if (!t || !name) return t ? t->branch : -1;
    for (int i = 0; i < t->n_branches; i++)
        if (!strcmp(t->branches[i].name, name)) return i;
    adj_raise(c->vm, ADJ_EXC_KeyError, "no branch is called '%s'", name);
    return -1;
}

// ---------------------------------------------------------------- timeline

// Whether the moment is of the branch or of what came before it.
static bool belongs(const AdjTimeline *t, const AdjMoment *m, int branch)
{
    int64_t until = INT64_MAX;
    for (; branch >= 0; branch = t->branches[branch].parent) {
        if (m->branch == branch) return m->step <= until;
        if (t->branches[branch].from < until) until = t->branches[branch].from;
    }
    return false;
}

// Ranges of steps whose values can be computed again, and the steps whose state is kept.
static void put_kept(AdjAnswerText *o, AdjTimeline *t, int branch)
{
    int64_t from = -1, to = -2, before = -2;
    bool linked = false;
    adj_say_key(o, "kept");
    adj_say_open(o, '[');
    for (int i = 0; i <= t->n; i++) {
        const AdjMoment *m = i < t->n ? &t->at[i] : NULL;
        if (m && !belongs(t, m, branch)) continue;
        bool reached = m && linked && m->step == before + 1 && adj_moment_can_run(m);
        if (reached && m->step == to + 1) {
            to = m->step;
        } else if (reached || !m) {
            if (from >= 0) {
                int64_t range[2] = {from, to};
                adj_say_open(o, '[');
                for (int k = 0; k < 2; k++) adj_say_int(o, range[k]);
                adj_say_close(o, ']');
            }
            from = to = m ? m->step : -1;
        }
        if (!m) break;
        linked = m->after || reached;
        before = m->step;
    }
    adj_say_close(o, ']');
    adj_say_key(o, "states");
    adj_say_open(o, '[');
    for (int i = 0; i < t->n; i++)
        if (t->at[i].after && belongs(t, &t->at[i], branch)) adj_say_int(o, t->at[i].step);
    adj_say_close(o, ']');
}

static void put_branches(AdjAnswerText *o, const AdjTimeline *t, int64_t now)
{
    adj_put_text(o, "branch", t->branches[t->branch].name);
    adj_say_key(o, "branches");
    adj_say_open(o, '[');
    for (int i = 0; i < t->n_branches; i++) {
        const AdjBranch *b = &t->branches[i];
        adj_say_open(o, '{');
        adj_put_text(o, "name", b->name);
        adj_put_text(o, "parent", b->parent < 0 ? NULL : t->branches[b->parent].name);
        adj_put_int(o, "from", b->from < 0 ? 0 : b->from);
        adj_put_int(o, "last", i == t->branch ? now : b->last);
        adj_say_close(o, '}');
    }
    adj_say_close(o, ']');
}

bool adj_request_timeline(AdjRequestCall *c)
{
    AdjTimeline *t = timeline(c);
    int branch = t ? adj_past_branch(c, "of") : -1;
    if (branch < 0) return false;
    int64_t now = adj_timeline_now(t);
    adj_put_int(c->out, "step", now);
    put_branches(c->out, t, now);
    put_kept(c->out, t, branch);
    adj_put_int(c->out, "bytes", (int64_t)t->bytes);
    adj_put_int(c->out, "limit_bytes", (int64_t)t->limit);
    return true;
}

// ---------------------------------------------------------------- seek

AdjAgain *adj_past_at(int64_t step)
{
    return past.cursor && past.cursor->at == step ? past.cursor : NULL;
}

// The re-run that can come to [step] soonest: the one there is, or a new one from the nearest
// state. One whose values are not to be had stands at the state after it.
static bool turn_to(AdjTimeline *t, int64_t step, int branch)
{
    AdjAgain *r = past.cursor;
    AdjMoment *m = adj_moment_before(t, branch, step - 1);
    bool there = r && r->wish.branch == branch && r->at == step && r->now;
    bool ahead = r && r->wish.branch == branch && r->at < step && m && r->at >= m->step;
    if (there || ahead) return true;
    AdjAgainWish wish = adj_again_same(branch);
    AdjAgain *fresh = adj_again_new(t, m ? step - 1 : step, &wish);
    if (!fresh) return false;
    adj_again_free(past.cursor);
    past.cursor = fresh;
    return true;
}

static bool go_on(AdjTimeline *t, AdjAgain *r, int64_t step)
{
    uint64_t start = adj_ticks();
    while (r->at < step)
        if (!adj_again_step(t, r, r->at + 1 == step))
            return false;
        else if ((double)(adj_ticks() - start) > PORTION * adj_ticks_per_us())
            break;
    return true;
}

bool adj_request_seek(AdjRequestCall *c)
{
    AdjTimeline *t = timeline(c);
    int branch = t ? adj_past_branch(c, "branch") : -1;
    if (branch < 0) return false;
    int64_t now = adj_timeline_now(t), step = adj_ask_int(&c->ask, "step", -1);
    if (step < 0) {
        adj_past_forget();
        adj_put_int(c->out, "step", now);
        adj_put_bool(c->out, "live", true);
        return true;
    }
    if (!turn_to(t, step, branch) || !go_on(t, past.cursor, step)) {
        adj_past_forget();
        return adj_bind_error(c->vm);
    }
    const AdjAgain *r = past.cursor;
    adj_put_int(c->out, "step", step);
    adj_put_bool(c->out, "live", false);
    adj_put_text(c->out, "branch", t->branches[branch].name);
    adj_put_int(c->out, "at", r->at);
    adj_put_bool(c->out, "done", r->at == step);
    adj_put_bool(c->out, "values", r->at == step && r->now);
    adj_put_bool(c->out, "same", r->same);
    adj_put_number(c->out, "root", r->at == step && r->now ? r->root : NAN);
    return true;
}

// ---------------------------------------------------------------- look

typedef struct {
    AdjRequestCall *c;
    AdjAgain *r;
    AdjWatchSpec spec;
} Look;

static bool say_seen(Look *l, const char *path, AdjTensor *x)
{
    AdjSeen seen = {.path = path,
                    .take = l->spec.take,
                    .form = l->spec.form,
                    .step = l->r->at,
                    .time = l->r->record ? l->r->record->time : 0,
                    .tensor = x};
    if (!x) return true;
    bool ok = adj_statistics(x, &seen.statistics);
    if (ok && l->spec.form == ADJ_FORM_HISTOGRAM)
        ok = adj_histogram(x, l->spec.scale, &seen.statistics, &seen.histogram);
    if (ok && l->spec.form == ADJ_FORM_IMAGE)
        ok = adj_image(x, l->spec.rows, l->spec.columns, l->spec.at, l->spec.n_at, &seen.image);
    if (ok) adj_say_seen(l->c->out, &seen);
    return ok;
}

static bool look_at_weights(Look *l, const AdjModuleAt *at)
{
    char path[512];
    for (int i = 0; i < at->module->params.n; i++) {
        AdjTensor *p = at->module->params.at[i].tensor;
        AdjTensor *x = p ? adj_again_tensor(l->r, p) : NULL;
        if (l->spec.take == ADJ_TAKE_WEIGHT_GRAD) x = x ? x->grad : NULL;
        snprintf(path, sizeof path, "%s%s%s", at->path, *at->path ? "." : "",
                 at->module->params.at[i].name);
        if (!say_seen(l, path, x)) return false;
    }
    return true;
}

static bool look_at_module(Look *l, const AdjModuleAt *at)
{
    if (l->spec.take == ADJ_TAKE_WEIGHT || l->spec.take == ADJ_TAKE_WEIGHT_GRAD)
        return look_at_weights(l, at);
    const AdjRecord *record = l->r->record;
    for (int i = record ? record->n_ops : 0; i--;) {
        if (!adj_path_is_below(record->ops[i].module, at->path)) continue;
        return say_seen(l, at->path,
                        l->spec.take == ADJ_TAKE_GRAD ? adj_again_gradient(l->r, i)
                                                      : adj_again_value(l->r, i));
    }
    return true;
}

bool adj_request_look(AdjRequestCall *c)
{
    Look l = {.c = c, .r = adj_past_at(adj_ask_int(&c->ask, "step", -1))};
    const char *path = adj_ask_string(&c->ask, "path", "*");
    bool all = !strcmp(path, "*");
    AdjModulesAt modules;
    if (!timeline(c) || !adj_read_form(c, &l.spec)) return false;
    if (!l.r || !l.r->now)
        return adj_raise(c->vm, ADJ_EXC_RuntimeError, "look: seek the step first");
    if (l.spec.take == ADJ_TAKE_UPDATE)
        return adj_raise(c->vm, ADJ_EXC_ValueError, "look: of a past step no update is kept");
    if (!adj_module_list(c->vm, all ? NULL : path, &modules)) return false;
    adj_put_int(c->out, "step", l.r->at);
    adj_say_key(c->out, "items");
    adj_say_open(c->out, '[');
    for (int i = 0; i < modules.n; i++) {
        if (all ? modules.at[i].module->n_children : i > 0) continue;
        if (!look_at_module(&l, &modules.at[i])) return adj_bind_error(c->vm);
    }
    adj_say_close(c->out, ']');
    return true;
}

// ---------------------------------------------------------------- branch

static const char left_alone[] =
    "Variables that are no tensors of the state, such as a loop's counter, a scheduler or a "
    "data loader, stay as they are.";

static bool publish(AdjVM *vm, const AdjTimeline *t)
{
    for (int i = 0; i < t->n_optimizers; i++)
        if (!adj_optim_publish(vm, t->optimizers[i])) return false;
    return true;
}

static void change(AdjRequestCall *c, const AdjTimeline *t)
{
    double rate = adj_ask_number(&c->ask, "lr", NAN);
    int64_t seed = adj_ask_int(&c->ask, "seed", -1);
    for (int i = 0; !isnan(rate) && i < t->n_optimizers; i++)
        if (adj_optimizer_find_option(t->optimizers[i]->row, "lr") >= 0)
            adj_optimizer_set(t->optimizers[i], "lr", rate);
    if (seed >= 0) adj_generator_seed(adj_generator_now(), (uint64_t)seed);
}

// The program into the state after [step], whether that was kept or is computed again.
static bool put_back(AdjTimeline *t, int64_t step, int branch)
{
    AdjMoment *m = adj_moment_find(t, branch, step);
    if (m && m->after) return adj_timeline_leave(t) && adj_state_put(m->after);
    AdjAgainWish wish = adj_again_same(branch);
    AdjAgain *r = adj_again_new(t, step, &wish);
    bool ok = r != NULL;
    while (ok && r->at < step) ok = adj_again_step(t, r, false);
    if (ok && !r->same)
        ok = adj_fail(ADJ_E_RUNTIME,
                      "step %lld comes out differently when it is computed again: the program "
                      "changed something that is not recorded",
                      (long long)step);
    AdjCheckpoint *state = ok ? adj_again_state(t, r) : NULL;
    ok = state && adj_timeline_leave(t) && adj_state_put(state);
    adj_state_free(state);
    adj_again_free(r);
    return ok;
}

static const char *name_of(AdjRequestCall *c, const AdjTimeline *t, int64_t step)
{
    static _Thread_local char text[96];
    const char *given = adj_ask_string(&c->ask, "name", "");
    double rate = adj_ask_number(&c->ask, "lr", NAN);
    int64_t seed = adj_ask_int(&c->ask, "seed", -1);
    int n = *given ? snprintf(text, sizeof text, "%s", given)
                   : snprintf(text, sizeof text, "%lld", (long long)step);
    if (!*given && !isnan(rate)) n += snprintf(text + n, sizeof text - 40, " lr %g", rate);
    if (!*given && seed >= 0)
        n += snprintf(text + n, sizeof text - (size_t)n, " seed %lld", (long long)seed);
    for (int again = 2, i = 0; i < t->n_branches && n < 80; i++) {
        if (strcmp(t->branches[i].name, text)) continue;
        snprintf(text + n, sizeof text - (size_t)n, " (%d)", again++);
        i = -1;
    }
    return text;
}

static bool make_branch(AdjRequestCall *c, AdjTimeline *t)
{
    int parent = adj_past_branch(c, "of");
    int64_t now = adj_timeline_now(t), step = adj_ask_int(&c->ask, "step", now);
    if (parent < 0) return false;
    if (!put_back(t, step, parent)) return adj_bind_error(c->vm);
    change(c, t);
    if (adj_timeline_branch(t, parent, step, name_of(c, t, step)) < 0)
        return adj_bind_error(c->vm);
    return true;
}

static bool go_back(AdjRequestCall *c, AdjTimeline *t)
{
    int to = adj_past_branch(c, "to");
    if (to < 0) return false;
    if (to == t->branch) return true;
    return (adj_timeline_leave(t) && adj_timeline_return(t, to)) || adj_bind_error(c->vm);
}

bool adj_request_branch(AdjRequestCall *c)
{
    AdjTimeline *t = timeline(c);
    AdjJson to;
    if (!t) return false;
    if (adj_session_busy(c->session))
        return adj_raise(c->vm, ADJ_EXC_RuntimeError,
                         "a cell runs: interrupt it, or wait, before going to another step");
    c->draws = true;
    adj_past_forget();
    adj_observe_forget_walk();
    if (!(adj_ask_find(&c->ask, "to", &to) ? go_back(c, t) : make_branch(c, t))) return false;
    if (!publish(c->vm, t)) return false;
    int64_t now = adj_timeline_now(t);
    int parameters = 0;
    for (int i = 0; i < t->newest->n; i++) parameters += t->newest->at[i].of->is_parameter;
    adj_put_int(c->out, "step", now);
    put_branches(c->out, t, now);
    adj_put_int(c->out, "parameters", parameters);
    adj_put_int(c->out, "buffers", t->newest->n - parameters);
    adj_put_int(c->out, "optimizers", t->n_optimizers);
    adj_put_text(c->out, "left_alone", left_alone);
    return true;
}
