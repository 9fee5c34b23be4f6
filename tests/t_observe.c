// SPDX-License-Identifier: Apache-2.0
// Observation by the engine: reductions against plain sums in double precision, the record of
// steps and its ring under a reader that takes its time, pinned steps computed again bit for
// bit, subscriptions, trends and findings.
#include "check.h"

#include "observe/observe.h"
#include "observe/profile.h"
#include "observe/replay.h"

#include <pthread.h>

// ---------------------------------------------------------------- reductions

static void check_statistics(AdjTensor *t, const char *what)
{
    AdjStatistics s;
    double mean = 0, m2 = 0, norm = 0, min = INFINITY, max = -INFINITY;
    int64_t n = 0, zeros = 0, nans = 0, infs = 0;
    for (int64_t i = 0; i < adj_numel(t); i++) {
        double v = element(t, i);
        zeros += v == 0;
        nans += isnan(v);
        infs += isinf(v);
        if (!isfinite(v)) continue;
        n++;
        mean += v;
        norm += v * v;
        min = fmin(min, v);
        max = fmax(max, v);
    }
    mean /= n ? (double)n : 1;
    for (int64_t i = 0; i < adj_numel(t); i++)
        if (isfinite(element(t, i))) m2 += (element(t, i) - mean) * (element(t, i) - mean);
    ok(adj_statistics(t, &s), "%s: can be reduced", what);
    near(s.mean, mean, 1e-12 * (1 + fabs(mean)), "%s: mean", what);
    double std = n > 1 ? sqrt(m2 / (double)(n - 1)) : 0;
    near(s.std, std, 1e-9 * (1e-6 + std), "%s: deviation", what);
    near(s.norm, sqrt(norm), 1e-12 * (1 + sqrt(norm)), "%s: norm", what);
    ok(n == 0 || (s.min == min && s.max == max), "%s: least and greatest", what);
    ok(s.zeros == zeros && s.nans == nans && s.infs == infs && s.count == adj_numel(t),
       "%s: counts", what);
}

static void statistics(void)
{
    adj_seed(1);
    AdjTensor *x = adj_randn(ADJ_SHAPE(37, 411), ADJ_F32);
    check_statistics(x, "f32");
    check_statistics(adj_randn(ADJ_SHAPE(300, 1001), ADJ_F64), "f64, several threads");
    check_statistics(adj_transpose(x, 0, 1), "transposed");
    check_statistics(adj_to(x, ADJ_F16), "f16");
    check_statistics(adj_to(adj_mul(x, ADJ_NUM(10)), ADJ_I64), "i64");
    check_statistics(adj_gt(x, ADJ_NUM(0)), "bool");
    check_statistics(adj_relu(x), "half zeros");
    check_statistics(adj_log(x), "NaN where negative");
    check_statistics(adj_reciprocal(adj_relu(x)), "infinities");
    check_statistics(adj_add(adj_mul(x, ADJ_NUM(1e-3)), ADJ_NUM(4096), ADJ_I(1)),
                     "a small spread around a large mean");
    for (int n = 0; n < 40; n += 3) check_statistics(adj_randn(ADJ_SHAPE(n), ADJ_F32), "short");
    check_statistics(adj_from((double[]){2.5}, ADJ_SCALAR_SHAPE, ADJ_F64), "one number");
}

static int64_t total(const AdjHistogram *h)
{
    int64_t sum = 0;
    for (int k = 0; k < ADJ_BINS; k++) sum += h->counts[k];
    return sum;
}

static void check_bins(AdjTensor *t, AdjBinScale scale, const char *what)
{
    AdjHistogram h;
    AdjStatistics s;
    int64_t counts[ADJ_BINS] = {0}, n = 0;
    ok(adj_statistics(t, &s) && adj_histogram(t, scale, NULL, &h), "%s: can be counted", what);
    for (int64_t i = 0; i < adj_numel(t); i++) {
        double v = element(t, i);
        if (!isfinite(v) || (scale == ADJ_BINS_LOG && v == 0)) continue;
        int bin = scale == ADJ_BINS_LOG ? ilogb(v) - ADJ_LOG_LOW
                                        : (int)((v - s.min) * (ADJ_BINS / (s.max - s.min)));
        counts[bin < 0 ? 0 : bin >= ADJ_BINS ? ADJ_BINS - 1 : bin]++;
        n++;
    }
    ok(!memcmp(counts, h.counts, sizeof counts), "%s: each bin", what);
    equal_int(total(&h), n, "%s: every finite element is in one bin", what);
}

static void histograms(void)
{
    adj_seed(2);
    AdjTensor *x = adj_randn(ADJ_SHAPE(123, 45), ADJ_F32);
    check_bins(x, ADJ_BINS_LOG, "log f32");
    check_bins(adj_randn(ADJ_SHAPE(500, 500), ADJ_F64), ADJ_BINS_LOG, "log f64, threads");
    check_bins(adj_pow(x, ADJ_NUM(21)), ADJ_BINS_LOG, "log, beyond both ends");
    check_bins(adj_log(x), ADJ_BINS_LOG, "log with NaN");
    check_bins(x, ADJ_BINS_LINEAR, "linear");
    check_bins(adj_relu(adj_transpose(x, 0, 1)), ADJ_BINS_LINEAR, "linear, transposed");
    AdjHistogram h;
    adj_histogram(adj_full(ADJ_SHAPE(5), ADJ_F(3), ADJ_F32), ADJ_BINS_LINEAR, NULL, &h);
    equal_int(h.counts[0], 5, "equal values fall into the first bin");
    adj_histogram(adj_zeros(ADJ_SHAPE(0), ADJ_F32), ADJ_BINS_LINEAR, NULL, &h);
    equal_int(total(&h), 0, "nothing has no bins");
}

static void images(void)
{
    AdjTensor *x =
        adj_reshape(adj_arange(ADJ_F(0), ADJ_F(96), ADJ_F(1), ADJ_F32), ADJ_SHAPE(2, 6, 8));
    AdjImage m;
    ok(adj_image(x, 3, 4, (int64_t[]){1}, 1, &m), "a slice can be shown");
    ok(m.rows == 3 && m.columns == 4 && m.of[0] == 6 && m.of[1] == 8, "at most as asked");
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 4; j++)
            near(m.pixels[4 * i + j], 48 + 16 * i + 4 + 2 * j + 0.5, 1e-5, "mean of 2 x 2");
    ok(m.low == m.pixels[0] && m.high == m.pixels[11], "its range");
    ok(adj_image(adj_select(x, 0, 0), 100, 100, NULL, 0, &m) && m.rows == 6 && m.columns == 8,
       "never larger than the tensor");
    ok(adj_image(ADJ_NUM(3), 8, 8, NULL, 0, &m) && m.rows == 1 && m.pixels[0] == 3, "a number");
    ok(adj_image(adj_zeros(ADJ_SHAPE(0, 4), ADJ_F32), 8, 8, NULL, 0, &m) && m.rows == 0,
       "an empty one");
}

// ---------------------------------------------------------------- steps

typedef struct {
    AdjModule *net;
    AdjOptimizer *optimizer;
    AdjTensor *x, *y;
} Training;

// Dropout, so that random numbers are part of a step; Adam, so that state is.
static Training training(void)
{
    adj_seed(3);
    Training t = {.net =
                      adj_sequential(ADJ_MODULES(adj_Linear(5, 8, true, "pytorch", ADJ_SAME),
                                                 adj_Tanh(), adj_Dropout(ADJ_F(0.25), false),
                                                 adj_Linear(8, 3, true, "pytorch", ADJ_SAME)))};
    t.x = adj_randn(ADJ_SHAPE(7, 5), ADJ_F32);
    t.y = adj_from((int64_t[]){0, 1, 2, 0, 1, 2, 0}, ADJ_SHAPE(7), ADJ_I64);
    const AdjOptimizerRow *row = adj_optimizer_row_find("Adam");
    AdjValue option[16];
    for (int i = 0; i < row->n_args; i++) option[i] = row->args[i].value;
    t.optimizer = adj_optimizer_make(row, adj_parameters(t.net), option);
    return t;
}

static AdjTensor *loss_of(Training *t)
{
    AdjTensor *score = adj_log_softmax(adj_forward(t->net, t->x), 1, ADJ_SAME);
    AdjTensor *picked = adj_gather(score, 1, adj_unsqueeze(t->y, 1));
    return adj_neg(adj_mean(picked, ADJ_ALL, false, ADJ_SAME));
}

static void step(Training *t)
{
    ADJ_SCOPE;
    adj_optimizer_zero_grad(t->optimizer);
    adj_backward(loss_of(t), NULL, false, false);
    adj_optimizer_step(t->optimizer);
}

static void records(void)
{
    Training t = training();
    ok(adj_record_start(true), "recording begins");
    for (int i = 0; i < 3; i++) step(&t);
    AdjRecord *r = adj_record_get(0);
    ok(r && r->step == 3 && r->has_backward && r->has_update, "the last step is whole");
    int linear = 0, with_backward = 0, edges = 0;
    for (int i = 0; r && i < r->n_ops; i++) {
        const AdjRecordOp *op = &r->ops[i];
        linear += op->module && strstr(op->module, "0") && op->sequence;
        with_backward += op->backward_ticks > 0;
        for (int k = 0; k < op->n_in; k++) {
            const AdjRecordIn *in = &r->ins[op->in_at + (uint32_t)k];
            edges += in->from >= 0;
            ok(in->from < i, "inputs are older");
        }
    }
    ok(linear > 0 && with_backward >= 5 && edges >= 5, "modules, derivatives and edges are in");
    if (r) ok(isfinite(r->root), "and the loss");
    AdjRecord *first = adj_record_get(1);
    ok(first && first->step == 1 && r && first->n_ops == r->n_ops, "older ones stay");
    AdjCost costs[64];
    int n = r ? adj_record_costs(r, false, costs, 64) : 0;
    ok(n > 3 && costs[0].forward_us + costs[0].backward_us >= costs[1].forward_us,
       "costs by operation, dearest first");
    adj_record_drop(r);
    adj_record_drop(first);
    adj_module_train(t.net, false);
    {
        ADJ_SCOPE;
        bool was = adj_set_grad_enabled(false);
        loss_of(&t);
        adj_set_grad_enabled(was);
    }
    r = adj_record_get(0);
    ok(r && r->step == 3, "an evaluation is no step");
    adj_record_drop(r);
    r = adj_record_get(-1);
    bool named = r && r->n_ops > 0;
    for (int i = 0; r && i < r->n_ops; i++)
        named &= !strcmp(adj_record_name(&r->ops[i]), r->ops[i].op->name);
    ok(named, "but it can be looked at, under the names of its operations");
    adj_record_drop(r);
    adj_record_stop();
    adj_observer_free();
}

static void statistics_of_steps(void)
{
    Training t = training();
    adj_record_start(true);
    adj_observer()->recorder.statistics = true;
    step(&t);
    AdjRecord *r = adj_record_get(0);
    int values = 0, gradients = 0;
    for (int i = 0; r && i < r->n_ops; i++) {
        values += r->ops[i].value >= 0;
        gradients += r->ops[i].gradient >= 0;
    }
    ok(r && values == r->n_ops && gradients > 3, "values and gradients have statistics");
    adj_record_drop(r);
    adj_observer_free();
}

// A reader on a thread of its own that holds each record for a while, against a writer that
// does not wait.
typedef struct {
    struct AdjRecordRing *ring;
    _Atomic bool stop;
    int64_t read, wrong;
} Reader;

static void *slow_reader(void *arg)
{
    Reader *r = arg;
    while (!r->stop) {
        AdjRecord *record = adj_record_from(r->ring, 0);
        if (!record) continue;
        for (int round = 0; round < 20; round++)
            for (int i = 0; i < record->n_ops; i++)
                r->wrong += record->ops[i].op->name[0] == 0 || record->ops[i].ndim > 2;
        r->read++;
        adj_record_drop(record);
    }
    return NULL;
}

static void slow_readers(void)
{
    Training t = training();
    adj_record_start(true);
    step(&t);
    step(&t);
    AdjRecorder *rec = &adj_observer()->recorder;
    rec->limit = 200000;
    Reader reader = {.ring = adj_record_ring()};
    pthread_t thread;
    pthread_create(&thread, NULL, slow_reader, &reader);
    size_t most = 0;
    for (int i = 0; i < 2000 || (reader.read < 10 && i < 200000); i++) {
        step(&t);
        size_t now = adj_record_ring_bytes(rec->ring);
        if (now > most) most = now;
    }
    reader.stop = true;
    pthread_join(thread, NULL);
    int64_t first, last;
    adj_record_range(rec->ring, &first, &last);
    ok(most <= 200000, "the ring stays within its memory (%zu bytes)", most);
    ok(last >= 2000 && first > 1 && last - first < ADJ_RECORDS, "old steps made room");
    ok(reader.read >= 10 && reader.wrong == 0, "the reader saw whole records");
    adj_observer_free();
}

static void replays(void)
{
    Training t = training();
    adj_record_start(true);
    step(&t);
    adj_record_pin(2);
    step(&t);
    step(&t);
    for (int i = 0; i < 5; i++) step(&t);
    for (int64_t k = 2; k <= 3; k++) {
        AdjRecord *r = adj_record_get(k);
        ok(r && r->pinned, "step %lld is pinned", (long long)k);
        AdjReplay again = {.leaf = NULL};
        AdjTensor *before = adj_keep(adj_generator_state(adj_generator_default()));
        ok(r && adj_replay(r->pinned, &again), "it can be computed again: %s",
           adj_error_text());
        ok(again.same_root && again.same_gradients, "loss and gradients are the same bits");
        ok(again.same_weights && again.updates == 4, "so are the updated weights");
        AdjTensor *after = adj_generator_state(adj_generator_default());
        tensors_near(after, before, 0, "the program's random numbers are where they were");
        adj_drop(&before);
        adj_record_drop(r);
    }
    AdjRecord *r = adj_record_get(3);
    AdjTensor *w = adj_parameters(t.net).at[0];
    AdjReplay changed = {.leaf = w, .instead = adj_zeros_of(adj_shape(w), ADJ_F32)};
    ok(adj_replay(r->pinned, &changed) && !changed.same_root,
       "with other weights it is another");
    AdjReplay wide = {.leaf = w, .dtype = ADJ_F64};
    ok(adj_replay(r->pinned, &wide) && adj_dtype(wide.root) == ADJ_F64 &&
           fabs(adj_item(wide.root) - r->root) < 1e-5 && wide.gradient,
       "in double precision it is nearly the same");
    adj_record_drop(r);
    adj_record_unpin();
    r = adj_record_get(3);
    ok(r && !r->pinned, "unpinned");
    adj_record_drop(r);
    adj_observer_free();
}

// ---------------------------------------------------------------- subscriptions

typedef struct {
    int count[ADJ_TAKES], flushes;
    double ratio, value_norm, grad_norm;
    char paths[400];
} Heard;

static void hear(void *data, const AdjSeen *s)
{
    Heard *h = data;
    h->count[s->take]++;
    if (s->take == ADJ_TAKE_UPDATE) h->ratio = s->ratio;
    if (s->take == ADJ_TAKE_VALUE) h->value_norm = s->statistics.norm;
    if (s->take == ADJ_TAKE_GRAD) h->grad_norm = s->statistics.norm;
    if (strlen(h->paths) + strlen(s->path) + 2 < sizeof h->paths) {
        strcat(h->paths, s->path);
        strcat(h->paths, " ");
    }
}

static void hear_flush(void *data)
{
    ((Heard *)data)->flushes++;
}

static void subscriptions(void)
{
    Training t = training();
    Heard h = {.flushes = 0};
    int64_t id[ADJ_TAKES];
    for (int k = 0; k < ADJ_TAKES; k++) {
        AdjWatchSpec spec = {.path = "*",
                             .take = (AdjTake)k,
                             .form = ADJ_FORM_HISTOGRAM,
                             .scale = ADJ_BINS_LOG,
                             .see = hear,
                             .flush = hear_flush,
                             .data = &h};
        id[k] = adj_watch_add(&spec);
    }
    for (int i = 0; i < 3; i++) step(&t);
    equal_int(h.count[ADJ_TAKE_VALUE], 12, "four modules' values in three steps");
    equal_int(h.count[ADJ_TAKE_GRAD], 12, "and gradients");
    equal_int(h.count[ADJ_TAKE_WEIGHT], 12, "four parameters");
    equal_int(h.count[ADJ_TAKE_WEIGHT_GRAD], 12, "their gradients");
    equal_int(h.count[ADJ_TAKE_UPDATE], 12, "their updates");
    ok(h.ratio > 0 && h.ratio < 1 && h.value_norm > 0 && h.grad_norm > 0, "with numbers");
    ok(strstr(h.paths, "0.weight") && strstr(h.paths, "3.bias"), "by path: %s", h.paths);
    ok(h.flushes >= 3, "parts of steps are announced");
    for (int k = 0; k < ADJ_TAKES; k++) ok(adj_watch_remove(id[k]), "unsubscribed");
    Heard was = h;
    step(&t);
    ok(!memcmp(&was, &h, sizeof h), "then nothing is heard");
    equal_int(adj_thread.watchers, 0, "and nobody watches");
    AdjWatchSpec seldom = {.path = "*", .rate = 0.001, .see = hear, .data = &h};
    memset(&h, 0, sizeof h);
    adj_watch_add(&seldom);
    // After the looks before, on a busy machine long ones, looking rests for a while.
    for (int i = 0; i < 50 || (h.count[ADJ_TAKE_VALUE] == 0 && i < 1000000); i++) step(&t);
    for (int i = 0; i < 50; i++) step(&t);
    equal_int(h.count[ADJ_TAKE_VALUE], 4, "one step in a period is looked at");
    adj_observer_free();
}

// Watching changes no bits of what is computed.
static void watching_changes_nothing(void)
{
    Training a = training();
    for (int i = 0; i < 4; i++) step(&a);
    AdjTensor *plain = adj_parameters(a.net).at[0];
    Training b = training();
    Heard h = {.flushes = 0};
    adj_record_start(true);
    adj_observer()->recorder.statistics = true;
    adj_record_pin(1);
    adj_health_watch("*", 0);
    AdjWatchSpec spec = {.path = "*", .take = ADJ_TAKE_GRAD, .see = hear, .data = &h};
    adj_watch_add(&spec);
    for (int i = 0; i < 4; i++) step(&b);
    tensors_near(adj_parameters(b.net).at[0], plain, 0, "the same weights, bit for bit");
    adj_observer_free();
}

// ---------------------------------------------------------------- curves

static AdjTrendState state_of(int n, double (*f)(int), bool larger)
{
    AdjPoint at[600];
    AdjTrend t;
    for (int i = 0; i < n; i++) at[i] = (AdjPoint){i, i, f(i), 0};
    adj_trend(at, n, larger, &t);
    return t.state;
}
static double wobble(int i)
{
    return 0.01 * sin(i * 12.9898) * cos(i * 4.1414);
}
static double falling(int i)
{
    return 2 - 0.004 * i + wobble(i);
}
static double flat(int i)
{
    return 2.3 + wobble(i);
}
static double settled(int i)
{
    return 2 * exp(-i / 30.0) + 0.1 + 0.02 * wobble(i);
}
static double rising(int i)
{
    return 0.5 + 0.004 * i + wobble(i);
}
static double blown(int i)
{
    return i < 80 ? 1 + wobble(i) : 50;
}
static double lost(int i)
{
    return i < 80 ? 1 : NAN;
}

static void trends(void)
{
    equal_int(state_of(5, falling, false), ADJ_TREND_NEW, "five points say nothing");
    equal_int(state_of(200, falling, false), ADJ_TREND_IMPROVING, "a falling loss improves");
    equal_int(state_of(200, falling, true), ADJ_TREND_WORSENING, "a falling accuracy does not");
    equal_int(state_of(200, flat, false), ADJ_TREND_STALLED, "a flat one stalls");
    equal_int(state_of(400, settled, false), ADJ_TREND_CONVERGED,
              "fallen and quiet: converged");
    equal_int(state_of(200, rising, false), ADJ_TREND_WORSENING, "a rising loss worsens");
    equal_int(state_of(81, blown, false), ADJ_TREND_DIVERGED, "fifty times as large: diverged");
    equal_int(state_of(100, lost, false), ADJ_TREND_DIVERGED, "so is NaN");
    AdjPoint line[20];
    AdjTrend t;
    for (int i = 0; i < 20; i++) line[i] = (AdjPoint){i, 0, 3 * i + 1, 0};
    adj_trend(line, 20, false, &t);
    near(t.slope, 3, 1e-12, "the slope of a line");
    near(t.mean, 29.5, 1e-12, "its mean");
    ok(adj_series_is_larger_better("val_acc") && !adj_series_is_larger_better("loss"),
       "accuracies grow");
}

static void points(void)
{
    for (int i = 0; i < 1000; i++) adj_scalar_log("loss", i == 500 ? 9 : 1, -1);
    AdjSeries *s = adj_series_find("loss");
    ok(s && s->count == 1000 && s->n == 1000 && s->at[999].step == 1000, "points are counted");
    AdjPoint few[50];
    int n = s ? adj_points_reduce(s->at, s->n, few, 50) : 0;
    bool peak = false;
    for (int i = 0; i < n; i++) peak |= few[i].value == 9;
    ok(n <= 50 && peak, "few points keep the peak");
    for (int i = 0; i < ADJ_SERIES_POINTS; i++) adj_scalar_log("loss", 1, -1);
    ok(s->n <= ADJ_SERIES_POINTS && s->count == 1000 + ADJ_SERIES_POINTS, "memory is bounded");
    peak = false;
    for (int i = 0; i < s->n; i++) peak |= s->at[i].value == 9;
    ok(peak, "the peak is there still");
    adj_observer_free();
}

// ---------------------------------------------------------------- findings

static bool has_finding(AdjHealthKind kind, const char *path)
{
    AdjFinding f[32];
    int n = adj_health_findings(f, 32);
    for (int i = 0; i < n; i++)
        if (f[i].kind == kind && strstr(f[i].path, path)) return true;
    return false;
}

static void findings(void)
{
    Training t = training();
    adj_record_start(true);
    adj_health_watch("*", 0);
    for (int i = 0; i < 60; i++) step(&t);
    AdjFinding f[8];
    equal_int(adj_health_findings(f, 8), 0, "a healthy net: nothing to say");
    AdjTensor *w = adj_parameters(t.net).at[0];
    bool was = adj_set_grad_enabled(false);
    adj_assign(w, adj_mul(w, ADJ_NUM(1000)));
    adj_set_grad_enabled(was);
    step(&t);
    ok(has_finding(ADJ_H_SATURATED, "1"), "huge weights saturate the tanh");
    adj_observer()->recorder.statistics = true;
    was = adj_set_grad_enabled(false);
    adj_assign(w, adj_mul(w, ADJ_NUM(NAN)));
    adj_set_grad_enabled(was);
    step(&t);
    step(&t);
    ok(has_finding(ADJ_H_NAN, "0"), "NaN is found where it begins");
    int n = adj_health_findings(f, 8);
    ok(n > 0 && adj_health_rows[f[0].kind].level == ADJ_H_CRITICAL, "the worst comes first");
    adj_observer_free();
}

static void dead_units(void)
{
    uint8_t alive[4] = {0};
    AdjTensor *y = adj_from((float[]){0, 1, 0, 0, 0, 2, 0, 0}, ADJ_SHAPE(2, 4), ADJ_F32);
    near(adj_dead_share(y, alive, 4), 0.75, 1e-12, "three of four units are silent");
    y = adj_from((float[]){0, 0, 3, 0}, ADJ_SHAPE(1, 4), ADJ_F32);
    near(adj_dead_share(y, alive, 4), 0.5, 1e-12, "another batch wakes one");
    y = adj_from((float[]){-0.99f, 0, 0.98f, 0.5f}, ADJ_SHAPE(4), ADJ_F32);
    near(adj_saturated_share(y, -1, 1), 0.5, 1e-12, "beyond 0.97 is saturated");
    ok(adj_health_judge(ADJ_H_EXPLODING, 101) && !adj_health_judge(ADJ_H_EXPLODING, 99),
       "exploding beyond 100");
    ok(adj_health_judge(ADJ_H_VANISHING, 9e-9) && !adj_health_judge(ADJ_H_VANISHING, 2e-8),
       "vanishing below 1e-8");
}

static void resources(void)
{
    AdjResources r;
    adj_resources(&r);
    adj_resources(&r);
    ok(r.threads > 0 && r.time > 1e9 && r.cpu >= 0, "threads, time and processor");
    ok(r.tensors == adj_live_tensors() && r.tensor_bytes == adj_live_bytes(), "tensors");
}

int main(void)
{
    test_case(statistics);
    test_case(histograms);
    test_case(images);
    test_case(records);
    test_case(statistics_of_steps);
    test_case(slow_readers);
    test_case(replays);
    test_case(subscriptions);
    test_case(watching_changes_nothing);
    test_case(trends);
    test_case(points);
    test_case(findings);
    test_case(dead_units);
    test_case(resources);
    return done();
}
