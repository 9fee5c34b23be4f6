// SPDX-License-Identifier: Apache-2.0
// again.c: see again.h.
#include "observe/observe.h"

#include "core/random.h"
#include "observe/again.h"
#include "observe/pinned.h"

#include <stdlib.h>

// ---------------------------------------------------------------- beginning

static const AdjStateTensor *base_of(const AdjAgain *r, int i)
{
    return &r->base->at[i];
}

// Other weights, drawn from a normal distribution with the mean and the deviation that each
// tensor had.
static AdjTensor *drawn_like(AdjTensor *x)
{
    AdjStatistics s;
    if (!adj_statistics(x, &s)) return NULL;
    AdjTensor *z = adj_mul(adj_randn(adj_shape(x), (AdjDtype)x->dtype),
                           adj_full(ADJ_SCALAR_SHAPE, ADJ_F(s.std), (AdjDtype)x->dtype));
    return adj_add(z, adj_full(ADJ_SCALAR_SHAPE, ADJ_F(s.mean), (AdjDtype)x->dtype), ADJ_I(1));
}

static AdjTensor *begin_tensor(const AdjAgain *r, const AdjStateTensor *s)
{
    ADJ_QUIET;
    AdjTensor *from = s->copy;
    if (r->wish.init >= 0 && from->is_parameter && adj_is_float(from)) from = drawn_like(from);
    AdjTensor *x = from ? adj_pinned_leaf(from, r->wish.dtype) : NULL;
    if (!x) return NULL;
    x->requires_grad = s->copy->requires_grad;
    x->is_parameter = s->copy->is_parameter;
    return adj_keep(x);
}

static bool begin(void *data)
{
    AdjAgain *r = data;
    ADJ_SCOPE;
    if (r->wish.init >= 0) adj_generator_seed(adj_generator_now(), (uint64_t)r->wish.init);
    for (int i = 0; i < r->base->n; i++) {
        const AdjStateTensor *s = base_of(r, i);
        AdjAgainTensor *t = &r->tensor[i];
        *t = (AdjAgainTensor){.of = adj_keep(s->of),
                              .now = begin_tensor(r, s),
                              .origin = s->optimizer,
                              .group = s->group,
                              .slot = s->slot};
        r->n = i + 1;
        if (!t->now) return false;
        if (r->wish.row || r->wish.init >= 0) continue;  // its optimizer begins anew
        t->updates = s->updates;
        for (int k = 0; k < ADJ_STATE_MAX; k++)
            if (s->state[k])
                t->state[k] = adj_keep(adj_pinned_leaf(s->state[k], r->wish.dtype));
    }
    r->random = adj_keep(r->base->random);
    return true;
}

static void *nothing_kept(AdjTimeline *t, int branch, int64_t step)
{
    AdjMoment *m = adj_moment_find(t, branch, step);
    if (m && m->calls && m->calls->refusal)
        return adj_fail(ADJ_E_RUNTIME, "step %lld cannot be computed again: %s",
                        (long long)step, m->calls->refusal);
    int64_t near = -1;
    for (int i = 0; i < t->n; i++) {
        const AdjMoment *other = &t->at[i];
        if (!other->after || other->branch != branch) continue;
        if (near < 0 || llabs(other->step - step) < llabs(near - step)) near = other->step;
    }
    if (near < 0)
        return adj_fail(ADJ_E_RUNTIME,
                        "nothing of step %lld was kept: no optimizer's step has "
                        "been seen while the timeline was on",
                        (long long)step);
    return adj_fail(ADJ_E_RUNTIME, "step %lld was not kept; the nearest that was is %lld",
                    (long long)step, (long long)near);
}

AdjAgain *adj_again_from(const AdjCheckpoint *from, int64_t step, const AdjAgainWish *wish)
{
    AdjAgain *r = calloc(1, sizeof *r);
    AdjAgainTensor *tensor = calloc((size_t)from->n + 1, sizeof *tensor);
    if (!r || !tensor) {
        free(r);
        free(tensor);
        return adj_fail(ADJ_E_MEMORY, "no memory to compute a step again");
    }
    *r = (AdjAgain){.wish = *wish, .at = step, .tensor = tensor, .base = from, .same = true};
    bool ok = adj_replay_aside(begin, r);
    r->base = NULL;
    if (ok) return r;
    adj_again_free(r);
    return adj_fail(ADJ_E_MEMORY, "no memory to compute a step again");
}

AdjAgain *adj_again_new(AdjTimeline *t, int64_t step, const AdjAgainWish *wish)
{
    AdjMoment *m = adj_moment_before(t, wish->branch, step);
    return m ? adj_again_from(m->after, m->step, wish) : nothing_kept(t, wish->branch, step);
}

static void forget_step(AdjAgain *r)
{
    for (int i = 0; r->now && i < r->calls->n_slots; i++) adj_drop(&r->now[i]);
    free(r->now);
    r->now = NULL;
    adj_pinned_free(r->calls);
    adj_record_drop(r->record);
    r->calls = NULL;
    r->record = NULL;
}

void adj_again_free(AdjAgain *r)
{
    if (!r) return;
    forget_step(r);
    for (int i = 0; i < r->n; i++) {
        adj_drop(&r->tensor[i].of);
        adj_drop(&r->tensor[i].now);
        for (int k = 0; k < ADJ_STATE_MAX; k++) adj_drop(&r->tensor[i].state[k]);
    }
    adj_drop(&r->random);
    free(r->tensor);
    free(r);
}

static AdjAgainTensor *state_of(const AdjAgain *r, const AdjTensor *of)
{
    for (int i = 0; i < r->n; i++)
        if (r->tensor[i].of == of) return &r->tensor[i];
    return NULL;
}

// ---------------------------------------------------------------- one step

static bool begin_slot(AdjAgain *r, const AdjPinnedSlot *s, AdjTensor **now)
{
    if (s->state) {
        AdjAgainTensor *t = state_of(r, s->seen);
        if (!t) return adj_fail(ADJ_E_RUNTIME, "a tensor joined the state after it was kept");
        *now = t->now;
        adj_drop(&t->now->grad);
    } else if (s->copy) {
        *now = adj_pinned_leaf(s->copy, r->wish.dtype);
        if (!*now) return false;
        (*now)->wrapped = s->copy->wrapped;
        (*now)->requires_grad = s->copy->requires_grad;
    }
    if (!s->was_grad) return true;
    ADJ_QUIET;
    return adj_set_grad(*now, adj_pinned_leaf(s->was_grad, r->wish.dtype));
}

static bool backward(const AdjAgain *r, const AdjPinned *p, AdjTensor **now)
{
    AdjTensor *seed = p->seed;
    if (seed && r->wish.dtype == ADJ_F64) seed = adj_to(seed, ADJ_F64);
    return p->root < 0 || adj_backward(now[p->root], seed, false, false);
}

// The arguments of the other optimizer: its own defaults.
static AdjValue *defaults_of(const AdjOptimizerRow *row)
{
    AdjValue *option = adj_scope_memory((size_t)(row->n_args + 1) * sizeof *option);
    for (int i = 0; option && i < row->n_args; i++) option[i] = row->args[i].value;
    return option;
}

static const AdjValue *options_of(const AdjAgain *r, const AdjPinnedUpdate *u,
                                  const AdjOptimizerRow *row)
{
    int rate = adj_optimizer_find_option(row, "lr");
    int was = adj_optimizer_find_option(u->row, "lr");
    if (!r->wish.row && isnan(r->wish.rate)) return u->option;
    AdjValue *option = defaults_of(row);
    if (!option) return NULL;
    if (row == u->row) memcpy(option, u->option, (size_t)row->n_args * sizeof *option);
    if (rate >= 0 && was >= 0) option[rate] = u->option[was];
    if (rate >= 0 && !isnan(r->wish.rate)) option[rate].f = r->wish.rate;
    return option;
}

static bool update(AdjAgain *r, const AdjPinned *p)
{
    for (int i = 0; i < p->n_updates; i++) {
        ADJ_SCOPE;
        ADJ_QUIET;
        const AdjPinnedUpdate *u = &p->updates[i];
        AdjAgainTensor *t = state_of(r, u->param);
        if (!t) return adj_fail(ADJ_E_RUNTIME, "an optimizer joined after the state was kept");
        if (!t->now->grad) continue;
        const AdjOptimizerRow *row = r->wish.row ? r->wish.row : u->row;
        const AdjValue *option = options_of(r, u, row);
        if (!option || !row->update(t->now, t->now->grad, t->state, ++t->updates, option))
            return false;
        adj_touch(t->now);
    }
    return !adj_error_kind();
}

typedef struct {
    AdjAgain *again;
    AdjMoment *moment;
    AdjTensor **now;
    bool look;
} Step;

static bool run_step(void *data)
{
    Step *s = data;
    AdjAgain *r = s->again;
    const AdjPinned *p = s->moment->calls;
    for (int i = 0; i < p->n_slots; i++)
        if (!begin_slot(r, &p->slots[i], &s->now[i])) return false;
    if (!adj_generator_set_state(adj_generator_now(), p->random)) return false;
    if (!adj_pinned_run_all(p, s->now)) return false;
    for (int i = 0; s->look && i < p->n_slots; i++)
        if (p->slots[i].made && s->now[i] && s->now[i]->node && s->now[i]->requires_grad)
            adj_retain_grad(s->now[i]);
    if (adj_error_kind() || !backward(r, p, s->now)) return false;
    adj_drop(&r->random);
    r->random = adj_keep(p->after ? p->after : p->random);
    AdjTensor *root = p->root < 0 ? NULL : s->now[p->root];
    r->root = root && root->numel == 1 ? adj_item(root) : NAN;
    bool grad = adj_set_grad_enabled(false);
    bool ok = update(r, p);
    adj_set_grad_enabled(grad);
    return ok;
}

static bool is_same(const AdjAgain *r, const AdjRecord *record)
{
    return r->root == record->root || (isnan(r->root) && isnan(record->root));
}

bool adj_again_step(AdjTimeline *t, AdjAgain *r, bool look)
{
    AdjMoment *m = adj_moment_find(t, r->wish.branch, r->at + 1);
    if (!adj_moment_can_run(m)) {
        if (m && m->calls && m->calls->refusal)
            return adj_fail(ADJ_E_RUNTIME, "step %lld cannot be computed again: %s",
                            (long long)(r->at + 1), m->calls->refusal);
        return adj_fail(ADJ_E_RUNTIME, "step %lld was not kept", (long long)(r->at + 1));
    }
    ADJ_SCOPE;
    forget_step(r);
    AdjTensor **now = calloc((size_t)m->calls->n_slots + 1, sizeof *now);
    if (!now) return adj_fail(ADJ_E_MEMORY, "no memory to compute a step again");
    if (!adj_replay_aside(run_step, &(Step){r, m, now, look})) {
        free(now);
        return false;
    }
    r->at++;
    r->same = r->same && m->record && is_same(r, m->record);
    r->calls = adj_pinned_keep(m->calls);
    if (m->record) __atomic_add_fetch(&m->record->refs, 1, __ATOMIC_ACQ_REL);
    r->record = m->record;
    for (int i = 0; look && i < m->calls->n_slots; i++) adj_keep(now[i]);
    if (look)
        r->now = now;
    else
        free(now);
    return true;
}

// ---------------------------------------------------------------- looking

static AdjTensor *result_of(const AdjAgain *r, int index)
{
    for (int i = 0; r->now && i < r->calls->n_calls; i++) {
        const AdjPinnedCall *c = &r->calls->calls[i];
        if (c->op && index-- == 0) return c->n_out && c->out[0] >= 0 ? r->now[c->out[0]] : NULL;
    }
    return NULL;
}

AdjTensor *adj_again_value(const AdjAgain *r, int index)
{
    return r->record && !r->record->left_out ? result_of(r, index) : NULL;
}

AdjTensor *adj_again_gradient(const AdjAgain *r, int index)
{
    AdjTensor *y = adj_again_value(r, index);
    return y ? y->grad : NULL;
}

AdjTensor *adj_again_tensor(const AdjAgain *r, const AdjTensor *of)
{
    AdjAgainTensor *t = state_of(r, of);
    if (t) return t->now;
    int at = r->now ? adj_pinned_slot(r->calls, of) : -1;
    return at < 0 ? NULL : r->now[at];
}

static bool copy_options(AdjCheckpoint *c, const AdjCheckpoint *base, const AdjAgain *r)
{
    for (int g = 0; g < base->n_groups; g++) {
        const AdjStateGroup *from = &base->groups[g];
        size_t size = (size_t)from->optimizer->row->n_args * sizeof *from->option;
        AdjValue *option = malloc(size + 1);
        if (!option) return false;
        memcpy(option, from->option, size);
        // The step that was run last had the newest ones.
        for (int i = 0; r->calls && i < r->calls->n_updates; i++) {
            const AdjPinnedUpdate *u = &r->calls->updates[i];
            const AdjStateTensor *s = adj_state_find(base, u->param);
            if (s && s->optimizer == from->optimizer && s->group == from->group)
                memcpy(option, u->option, size);
        }
        from->optimizer->refs++;
        c->groups[c->n_groups++] = (AdjStateGroup){from->optimizer, from->group, option};
    }
    return true;
}

// A checkpoint like the one it began from, with what it has come to.
static bool fill_state(AdjCheckpoint *c, const AdjCheckpoint *base, const AdjAgain *r)
{
    c->groups = calloc((size_t)base->n_groups + 1, sizeof *c->groups);
    if (!c->groups || !copy_options(c, base, r)) return false;
    for (int i = 0; i < r->n; i++) {
        AdjAgainTensor *t = &r->tensor[i];
        const AdjStateTensor *was = adj_state_find(base, t->of);
        if (!was || !adj_state_add(c, t->of)) return false;
        AdjStateTensor *s = &c->at[c->n - 1];
        adj_drop(&s->copy);
        s->copy = adj_pinned_copy(t->now);
        s->optimizer = was->optimizer;
        if (s->optimizer) s->optimizer->refs++;
        s->group = was->group;
        s->slot = was->slot;
        s->updates = t->updates;
        for (int k = 0; k < ADJ_STATE_MAX; k++) {
            s->state[k] = adj_pinned_copy(t->state[k]);
            if (t->state[k] && !s->state[k]) return false;
        }
        if (!s->copy) return false;
    }
    c->random = adj_keep(r->random);
    return true;
}

AdjCheckpoint *adj_again_state(AdjTimeline *t, const AdjAgain *r)
{
    AdjMoment *m = adj_moment_before(t, r->wish.branch, r->at);
    if (!m) return nothing_kept(t, r->wish.branch, r->at);
    AdjCheckpoint *c = calloc(1, sizeof *c);
    if (c && fill_state(c, m->after, r)) return c;
    adj_state_free(c);
    return adj_fail(ADJ_E_MEMORY, "no memory to keep the state of training");
}

double adj_difference(AdjTensor *a, AdjTensor *b, int64_t *at)
{
    ADJ_SCOPE;
    ADJ_QUIET;
    *at = 0;
    if (!a || !b || !adj_shape_equal(adj_shape(a), adj_shape(b))) return -1;
    AdjTensor *x = adj_contiguous(adj_to(adj_bare_view(a), ADJ_F64));
    AdjTensor *y = adj_contiguous(adj_to(adj_bare_view(b), ADJ_F64));
    if (!x || !y) return -1;
    const double *p = (double *)adj_ptr(x), *q = (double *)adj_ptr(y);
    double largest = 0, most = 0;
    for (int64_t i = 0; i < x->numel; i++) {
        double size = fmax(fabs(p[i]), fabs(q[i])), gap = fabs(p[i] - q[i]);
        if (p[i] == q[i] || (isnan(p[i]) && isnan(q[i]))) gap = 0;
        if (isnan(gap)) gap = INFINITY;
        if (isfinite(size) && size > largest) largest = size;
        if (gap <= most) continue;
        most = gap;
        *at = i;
    }
    return most == 0 ? 0 : most / fmax(largest, 1e-300);
}
