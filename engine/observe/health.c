// SPDX-License-Identifier: Apache-2.0
// health.c: see health.h. The monitor is three subscriptions (values, gradients of weights,
// updates) whose numbers it keeps by path.
#include "observe/health.h"
#include "observe/observe.h"

#include "nn/module.h"

#include <math.h>
#include <stdlib.h>

// Thresholds as in the usual advice: a gradient whose norm passes 100 explodes, one that stays
// under 1e-8 has vanished; a loss of ten times its mean diverges; a ReLU unit that was positive
// for no sample of a window is dead; tanh saturates beyond 0.97; an update should change the
// weights by about a thousandth.
const AdjHealthRow adj_health_rows[] = {
    [ADJ_H_NAN] = {"nan", ADJ_H_CRITICAL, 0, 1,
                   "an operation left its domain: log or sqrt of what is not positive, a "
                   "division by zero, an overflow after too large a step",
                   "look at the operation named; lower the learning rate or clip gradients"},
    [ADJ_H_EXPLODING] = {"exploding", ADJ_H_CRITICAL, 100, 1,
                         "factors larger than one multiply along the way back",
                         "clip the norm of the gradients, lower the learning rate, normalise"},
    [ADJ_H_VANISHING] = {"vanishing", ADJ_H_WARNING, 1e-8, 10,
                         "saturated or dead units, or very small weights, cut the way back",
                         "other activations, a residual path, another initialisation"},
    [ADJ_H_DEAD] = {"dead", ADJ_H_WARNING, 0.4, ADJ_HEALTH_WINDOW,
                    "a large step pushed the biases so low that no sample makes them positive",
                    "a lower learning rate, LeakyReLU or GELU, normalisation before"},
    [ADJ_H_SATURATED] = {"saturated", ADJ_H_WARNING, 0.5, 1,
                         "what enters the activation is too large",
                         "smaller initial weights, or normalisation before the activation"},
    [ADJ_H_UPDATE_RATIO] = {"update_ratio", ADJ_H_WARNING, 0.1, 5,
                            "a step changes the weights by a large share of themselves",
                            "a lower learning rate: about a thousandth is usual"},
    [ADJ_H_DIVERGENCE] = {"divergence", ADJ_H_CRITICAL, 10, 1,
                          "the loss is far above what it was",
                          "a lower learning rate; go back to an earlier state"},
    [ADJ_H_STAGNATION] = {"stagnation", ADJ_H_INFO, 0.01, 1,
                          "the loss has not changed for a whole window",
                          "a different learning rate or schedule, or it is done"},
};
const char *const adj_health_levels[] = {"info", "warning", "critical"};

// What is known of one path.
typedef struct {
    const char *path;
    int looks, nans;
    int low, large_updates;  // in a row
    double norm, ratio, saturated, dead;
    bool relu, squashes;
    uint8_t *alive;  // per unit: was positive in the last window
    int64_t units;
    int window;  // looks of the window so far
    bool grad_nan;
} Patient;

typedef struct {
    int64_t watches[3];
    int n, room;
    Patient *at;
} Monitor;
static _Thread_local Monitor monitor;

bool adj_health_judge(AdjHealthKind kind, double value)
{
    const AdjHealthRow *row = &adj_health_rows[kind];
    if (kind == ADJ_H_VANISHING || kind == ADJ_H_STAGNATION) return value < row->limit;
    return value > row->limit || !isfinite(value);
}

// ---------------------------------------------------------------- measures

double adj_dead_share(AdjTensor *y, uint8_t *alive, int64_t units)
{
    ADJ_SCOPE;
    ADJ_QUIET;
    AdjTensor *x = adj_contiguous(adj_to(y, ADJ_F32));
    if (!x || units < 1) return 0;
    const float *at = adj_data(x);
    for (int64_t i = 0; i < x->numel; i++) alive[i % units] |= at[i] != 0;
    int64_t dead = 0;
    for (int64_t i = 0; i < units; i++) dead += !alive[i];
    return (double)dead / (double)units;
}

double adj_saturated_share(AdjTensor *y, double low, double high)
{
    ADJ_SCOPE;
    ADJ_QUIET;
    AdjTensor *x = adj_contiguous(adj_to(y, ADJ_F32));
    if (!x || x->numel == 0) return 0;
    const float *at = adj_data(x);
    const double edge = 0.015 * (high - low);  // tanh: beyond 0.97
    int64_t count = 0;
    for (int64_t i = 0; i < x->numel; i++)
        count += (double)at[i] < low + edge || (double)at[i] > high - edge;
    return (double)count / (double)x->numel;
}

// ---------------------------------------------------------------- following

static Patient *patient(const char *path)
{
    for (int i = 0; i < monitor.n; i++)
        if (monitor.at[i].path == path) return &monitor.at[i];
    if (monitor.n == monitor.room) {
        int room = monitor.room ? monitor.room * 2 : 16;
        Patient *bigger = realloc(monitor.at, (size_t)room * sizeof *bigger);
        if (!bigger) return NULL;
        monitor.at = bigger;
        monitor.room = room;
    }
    monitor.at[monitor.n] = (Patient){.path = path};
    return &monitor.at[monitor.n++];
}

// The activation that made [t], if it is one that dies or saturates.
static const struct {
    const char *op;
    bool dies;
    double low, high;
} activations[] = {
    {"relu", true, 0, 0},       {"relu6", true, 0, 0},        {"hardswish", true, 0, 0},
    {"threshold", true, 0, 0},  {"tanh", false, -1, 1},       {"sigmoid", false, 0, 1},
    {"hardtanh", false, -1, 1}, {"hardsigmoid", false, 0, 1},
};

static void see_activation(Patient *p, AdjTensor *y)
{
    const char *name = y->node ? y->node->op->name : "";
    for (size_t i = 0; i < sizeof activations / sizeof *activations; i++) {
        if (strcmp(name, activations[i].op)) continue;
        if (!activations[i].dies) {
            p->squashes = true;
            p->saturated = adj_saturated_share(y, activations[i].low, activations[i].high);
            return;
        }
        int64_t units = y->ndim > 1 && y->sizes[0] ? y->numel / y->sizes[0] : y->numel;
        if (p->units != units || p->window >= ADJ_HEALTH_WINDOW) {
            free(p->alive);
            p->alive = calloc((size_t)units + 1, 1);
            p->units = p->alive ? units : 0;
            p->window = 0;
        }
        double share = p->alive ? adj_dead_share(y, p->alive, units) : 0;
        if (++p->window >= ADJ_HEALTH_WINDOW || !p->relu) p->dead = share;
        p->relu |= p->window >= ADJ_HEALTH_WINDOW;
    }
}

static void see(void *data, const AdjSeen *s)
{
    (void)data;
    Patient *p = patient(s->path);
    if (!p) return;
    p->looks++;
    bool bad = s->statistics.nans || s->statistics.infs;
    if (s->take == ADJ_TAKE_VALUE) {
        p->nans = bad;
        see_activation(p, s->tensor);
    } else if (s->take == ADJ_TAKE_WEIGHT_GRAD) {
        p->grad_nan = bad;
        p->norm = s->statistics.norm;
        p->low = adj_health_judge(ADJ_H_VANISHING, p->norm) && !bad ? p->low + 1 : 0;
    } else {
        p->ratio = s->ratio;
        p->large_updates =
            adj_health_judge(ADJ_H_UPDATE_RATIO, p->ratio) ? p->large_updates + 1 : 0;
    }
}

static void forget(void)
{
    for (int i = 0; i < monitor.n; i++) free(monitor.at[i].alive);
    free(monitor.at);
    monitor.at = NULL;
    monitor.n = monitor.room = 0;
}

bool adj_health_watched(void)
{
    return monitor.watches[0] != 0;
}

bool adj_health_watch(const char *path, double rate)
{
    for (int i = 0; i < 3; i++) {
        if (monitor.watches[i]) adj_watch_remove(monitor.watches[i]);
        monitor.watches[i] = 0;
    }
    forget();
    if (!path) return true;
    static const AdjTake takes[] = {ADJ_TAKE_VALUE, ADJ_TAKE_WEIGHT_GRAD, ADJ_TAKE_UPDATE};
    for (int i = 0; i < 3; i++) {
        AdjWatchSpec spec = {.path = path, .take = takes[i], .rate = rate, .see = see};
        if (!(monitor.watches[i] = adj_watch_add(&spec))) return false;
    }
    return true;
}

// ---------------------------------------------------------------- judging

typedef struct {
    AdjFinding *at;
    int n, most;
} Findings;

static AdjFinding *found(Findings *f, AdjHealthKind kind, const char *path, double value)
{
    if (f->n >= f->most) return NULL;
    AdjFinding *x = &f->at[f->n++];
    *x = (AdjFinding){.kind = kind, .path = path, .value = value};
    return x;
}

#define SAY(finding, ...)                                               \
    do {                                                                \
        AdjFinding *said = (finding);                                   \
        if (said) snprintf(said->text, sizeof said->text, __VA_ARGS__); \
    } while (0)

static void judge_patient(Findings *f, const Patient *p)
{
    if (p->nans) SAY(found(f, ADJ_H_NAN, p->path, 1), "its output has NaN or infinity");
    if (p->grad_nan) SAY(found(f, ADJ_H_NAN, p->path, 1), "its gradient has NaN or infinity");
    if (!p->grad_nan && adj_health_judge(ADJ_H_EXPLODING, p->norm))
        SAY(found(f, ADJ_H_EXPLODING, p->path, p->norm), "its gradient explodes: norm %.3g",
            p->norm);
    if (p->low >= adj_health_rows[ADJ_H_VANISHING].lasting)
        SAY(found(f, ADJ_H_VANISHING, p->path, p->norm),
            "its gradient vanishes: norm %.3g for %d steps", p->norm, p->low);
    if (p->relu && adj_health_judge(ADJ_H_DEAD, p->dead))
        SAY(found(f, ADJ_H_DEAD, p->path, p->dead),
            "%.0f %% of its units were zero for every sample of %d steps", 100 * p->dead,
            (int)ADJ_HEALTH_WINDOW);
    if (p->squashes && adj_health_judge(ADJ_H_SATURATED, p->saturated))
        SAY(found(f, ADJ_H_SATURATED, p->path, p->saturated),
            "%.0f %% of its values are saturated", 100 * p->saturated);
    if (p->large_updates >= adj_health_rows[ADJ_H_UPDATE_RATIO].lasting)
        SAY(found(f, ADJ_H_UPDATE_RATIO, p->path, p->ratio),
            "each update changes it by %.2g of its size", p->ratio);
}

static void judge_series(Findings *f)
{
    AdjSeriesList *l = adj_series_all();
    for (int i = 0; l && i < l->n; i++) {
        AdjTrend t;
        const AdjSeries *s = l->at[i];
        bool larger = adj_series_is_larger_better(s->name);
        adj_trend(s->at, s->n, larger, &t);
        if (t.n && !isfinite(t.last))
            SAY(found(f, ADJ_H_NAN, s->name, t.last), "its last value is not finite");
        else if (t.state == ADJ_TREND_DIVERGED)
            SAY(found(f, ADJ_H_DIVERGENCE, s->name, t.last),
                "%.4g is more than ten times the mean before it", t.last);
        else if (t.state == ADJ_TREND_STALLED && t.n == ADJ_TREND_WINDOW)
            SAY(found(f, ADJ_H_STAGNATION, s->name, t.slope), "flat for %d points at %.4g", t.n,
                t.mean);
    }
}

// The first operation of the last step whose result is not finite although its operands are.
static void judge_record(Findings *f)
{
    AdjRecord *r = adj_record_get(0);
    for (int i = 0; r && r->with_statistics && i < r->n_ops; i++) {
        const AdjRecordOp *op = &r->ops[i];
        if (op->value < 0) continue;
        const AdjStatistics *s = &r->statistics[op->value];
        if (!s->nans && !s->infs) continue;
        AdjFinding *x = found(f, ADJ_H_NAN, op->module ? op->module : "", 1);
        SAY(x, "%s made the first value that is not finite", op->op->name);
        if (x) x->place = op->place;
        break;
    }
    adj_record_drop(r);
}

static int worse(const void *a, const void *b)
{
    const AdjFinding *x = a, *y = b;
    int levels = (int)adj_health_rows[y->kind].level - (int)adj_health_rows[x->kind].level;
    return levels ? levels : (int)x->kind - (int)y->kind;
}

int adj_health_findings(AdjFinding *out, int most)
{
    Findings f = {out, 0, most};
    judge_record(&f);
    for (int i = 0; i < monitor.n; i++) judge_patient(&f, &monitor.at[i]);
    judge_series(&f);
    qsort(out, (size_t)f.n, sizeof *out, worse);
    return f.n;
}
