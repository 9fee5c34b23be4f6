// SPDX-License-Identifier: Apache-2.0
// synthetic.c: small data sets made of a formula and noise, for lessons and tests. With a seed
// a set comes from a generator of its own and is the same every time; without, it draws from
// the default generator.
#include "core/internal.h"

static AdjTensors pair(AdjTensor *a, AdjTensor *b)
{
    AdjTensors result = {2, adj_scope_memory(2 * sizeof *result.at)};
    if (!a || !b || !result.at) return (AdjTensors){0, NULL};
    result.at[0] = a;
    result.at[1] = b;
    return result;
}

// A generator for [seed], in use until the end of the block that declares it.
typedef struct {
    AdjGenerator *own, *before;
} Source;

static void source_end(Source *s)
{
    if (!s->own) return;
    adj_generator_use(s->before);
    adj_generator_drop(&s->own);
}

static Source source_begin(int64_t seed)
{
    Source s = {NULL, NULL};
    if (seed == ADJ_NO_INT) return s;
    s.own = adj_generator_make(ADJ_MT19937);
    if (!s.own) return s;
    adj_generator_seed(s.own, (uint64_t)seed);
    s.before = adj_generator_use(s.own);
    return s;
}
#define SOURCE(seed) \
    __attribute__((cleanup(source_end), unused)) Source source = source_begin(seed)

static bool check(int64_t n, const char *name)
{
    return n >= 0 ||
           adj_fail(ADJ_E_VALUE, "%s: n must not be negative, got %lld", name, (long long)n);
}

static AdjTensor *noisy(AdjTensor *x, double noise)
{
    if (noise == 0 || !x) return x;
    return adj_add(x, adj_mul(adj_randn_like(x, ADJ_SAME), adj_number(ADJ_F(noise))), ADJ_I(1));
}

ADJ_OP(
    spiral,
    "(n: int = 300, classes: int = 3, noise: float = 0.2, seed: int? = None) -> "
    "(points: tensor, labels: tensor)",
    "Points on the arms of a spiral, one arm a class: radius r in (0, 1], angle 4 r + 2 pi c / "
    "classes plus noise.\n"
    "shapes  points (n, 2) float32, labels (n,) int64, classes in equal parts\n"
    "errors  Value: n is negative or classes below 1",
    .no_grad = true, .no_method = true)
AdjTensors op_spiral(int64_t n, int64_t classes, double noise, int64_t seed)
{
    if (!check(n, "spiral")) return (AdjTensors){0, NULL};
    if (classes < 1) {
        adj_fail(ADJ_E_VALUE, "spiral: classes must be at least 1, got %lld",
                 (long long)classes);
        return (AdjTensors){0, NULL};
    }
    SOURCE(seed);
    AdjTensor *points = adj_new(ADJ_SHAPE(n, 2), ADJ_F32),
              *labels = adj_new(ADJ_SHAPE(n), ADJ_I64);
    AdjTensor *shake = adj_randn(ADJ_SHAPE(n), ADJ_F32);
    if (!points || !labels || !shake) return (AdjTensors){0, NULL};
    float *p = (float *)adj_ptr(points), *s = (float *)adj_ptr(shake);
    int64_t *label = (int64_t *)adj_ptr(labels), arm = (n + classes - 1) / classes;
    for (int64_t i = 0; i < n; i++) {
        int64_t c = i / arm, k = i % arm;
        double r = (double)(k + 1) / (double)arm;
        double angle = 4 * r + 2 * M_PI * (double)c / (double)classes + noise * s[i];
        p[2 * i] = (float)(r * sin(angle));
        p[2 * i + 1] = (float)(r * cos(angle));
        label[i] = c;
    }
    return pair(points, labels);
}

ADJ_OP(
    moons,
    "(n: int = 200, noise: float = 0.1, seed: int? = None) -> (points: tensor, labels: tensor)",
    "Two half circles that reach into each other.\n"
    "shapes  points (n, 2) float32, labels (n,) int64: 0 the upper, 1 the lower\n"
    "errors  Value: n is negative",
    .no_grad = true, .no_method = true)
AdjTensors op_moons(int64_t n, double noise, int64_t seed)
{
    if (!check(n, "moons")) return (AdjTensors){0, NULL};
    SOURCE(seed);
    AdjTensor *points = adj_new(ADJ_SHAPE(n, 2), ADJ_F32),
              *labels = adj_new(ADJ_SHAPE(n), ADJ_I64);
    if (!points || !labels) return (AdjTensors){0, NULL};
    float *p = (float *)adj_ptr(points);
    int64_t upper = n / 2, lower = n - upper;
    for (int64_t i = 0; i < n; i++) {
        bool first = i < upper;
        int64_t k = first ? i : i - upper, of = (first ? upper : lower) - 1;
        double t = M_PI * (double)k / (double)(of > 0 ? of : 1);
        p[2 * i] = (float)(first ? cos(t) : 1 - cos(t));
        p[2 * i + 1] = (float)(first ? sin(t) : 0.5 - sin(t));
        ((int64_t *)adj_ptr(labels))[i] = !first;
    }
    return pair(noisy(points, noise), labels);
}

ADJ_OP(circles,
       "(n: int = 200, noise: float = 0.05, factor: float = 0.5, seed: int? = None) -> "
       "(points: tensor, labels: tensor)",
       "A circle of radius 1 and one of radius factor inside it.\n"
       "shapes  points (n, 2) float32, labels (n,) int64: 0 the outer, 1 the inner\n"
       "errors  Value: n is negative",
       .no_grad = true, .no_method = true)
AdjTensors op_circles(int64_t n, double noise, double factor, int64_t seed)
{
    if (!check(n, "circles")) return (AdjTensors){0, NULL};
    SOURCE(seed);
    AdjTensor *points = adj_new(ADJ_SHAPE(n, 2), ADJ_F32),
              *labels = adj_new(ADJ_SHAPE(n), ADJ_I64);
    if (!points || !labels) return (AdjTensors){0, NULL};
    float *p = (float *)adj_ptr(points);
    int64_t outer = n / 2, inner = n - outer;
    for (int64_t i = 0; i < n; i++) {
        bool first = i < outer;
        double t = 2 * M_PI * (double)(first ? i : i - outer) / (double)(first ? outer : inner);
        double r = first ? 1 : factor;
        p[2 * i] = (float)(r * cos(t));
        p[2 * i + 1] = (float)(r * sin(t));
        ((int64_t *)adj_ptr(labels))[i] = !first;
    }
    return pair(noisy(points, noise), labels);
}

ADJ_OP(blobs,
       "(n: int = 200, centers: int = 3, features: int = 2, spread: float = 1.0, seed: int? = "
       "None) -> "
       "(points: tensor, labels: tensor)",
       "Gaussian clouds around centers drawn uniformly from [-10, 10).\n"
       "shapes  points (n, features) float32, labels (n,) int64\n"
       "errors  Value: n is negative, centers or features below 1",
       .no_grad = true, .no_method = true)
AdjTensors op_blobs(int64_t n, int64_t centers, int64_t features, double spread, int64_t seed)
{
    if (!check(n, "blobs")) return (AdjTensors){0, NULL};
    if (centers < 1 || features < 1) {
        adj_fail(ADJ_E_VALUE,
                 "blobs: centers and features must be at least 1, got %lld and %lld",
                 (long long)centers, (long long)features);
        return (AdjTensors){0, NULL};
    }
    SOURCE(seed);
    AdjTensor *at = adj_rand(ADJ_SHAPE(centers, features), ADJ_F32);
    AdjTensor *labels = adj_new(ADJ_SHAPE(n), ADJ_I64);
    if (!at || !labels) return (AdjTensors){0, NULL};
    for (int64_t i = 0; i < n; i++) ((int64_t *)adj_ptr(labels))[i] = i * centers / (n ? n : 1);
    at = adj_mul(adj_sub(at, adj_number(ADJ_F(0.5)), ADJ_I(1)), adj_number(ADJ_I(20)));
    return pair(noisy(adj_index_select(at, 0, labels), spread), labels);
}

ADJ_OP(
    regression,
    "(n: int = 100, features: int = 1, noise: float = 0.1, seed: int? = None) -> "
    "(x: tensor, y: tensor)",
    "A linear function of normal inputs, plus noise: y = x w + b + noise, w and b drawn too.\n"
    "shapes  x (n, features) float32, y (n, 1) float32\n"
    "errors  Value: n is negative or features below 1",
    .no_grad = true, .no_method = true)
AdjTensors op_regression(int64_t n, int64_t features, double noise, int64_t seed)
{
    if (!check(n, "regression")) return (AdjTensors){0, NULL};
    if (features < 1) {
        adj_fail(ADJ_E_VALUE, "regression: features must be at least 1, got %lld",
                 (long long)features);
        return (AdjTensors){0, NULL};
    }
    SOURCE(seed);
    AdjTensor *w = adj_randn(ADJ_SHAPE(features, 1), ADJ_F32),
              *b = adj_randn(ADJ_SHAPE(1), ADJ_F32);
    AdjTensor *x = adj_randn(ADJ_SHAPE(n, features), ADJ_F32);
    return pair(x, noisy(adj_add(adj_matmul(x, w), b, ADJ_I(1)), noise));
}
