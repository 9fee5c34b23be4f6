// SPDX-License-Identifier: Apache-2.0
// digits.c: handwritten digits, drawn. Each digit has one or two skeletons: strokes through a
// few points of the unit square, y downwards. An image takes a skeleton, moves its points a
// little, runs smooth curves through them (Catmull and Rom 1974), slants, turns, scales and
// shifts the whole, and draws it with a round pen of some width; noise comes last. So a model
// can be taught to read without a download, and never sees the same image twice.
//
// One seed gives one set of images, on every machine: the numbers come from a generator of
// their own.
#include "core/internal.h"
#include "core/random_mt.h"
#include "cpu/parallel.h"

enum { SIDE = 28, POINTS = 10, STROKES = 3, STEPS = 6, SEGMENTS = STROKES * POINTS * STEPS };

typedef struct {
    float x, y;
} Point;

typedef struct {
    int n;
    Point at[POINTS];
} Stroke;

typedef struct {
    int digit, strokes;
    Stroke stroke[STROKES];
} Skeleton;

// clang-format off
static const Skeleton skeletons[] = {
    { 0, 1, { { 9, { {.5,.04}, {.84,.22}, {.9,.55}, {.74,.9}, {.5,.97}, {.26,.9}, {.1,.55},
                    {.16,.22}, {.5,.04} } } } },
    { 1, 2, { { 2, { {.3,.22}, {.55,.05} } }, { 2, { {.55,.05}, {.53,.96} } } } },
    { 1, 1, { { 3, { {.52,.04}, {.5,.5}, {.5,.96} } } } },
    { 2, 2, { { 7, { {.14,.26}, {.28,.08}, {.58,.04}, {.82,.18}, {.78,.42}, {.46,.7},
                    {.14,.94} } },
              { 2, { {.14,.94}, {.88,.94} } } } },
    { 2, 2, { { 7, { {.16,.24}, {.32,.06}, {.64,.06}, {.82,.26}, {.7,.52}, {.38,.78},
                    {.18,.92} } },
              { 4, { {.18,.92}, {.36,.84}, {.62,.94}, {.9,.9} } } } },
    { 3, 2, { { 5, { {.18,.15}, {.46,.04}, {.78,.15}, {.76,.36}, {.44,.47} } },
              { 5, { {.44,.47}, {.82,.58}, {.86,.8}, {.52,.97}, {.14,.86} } } } },
    { 4, 3, { { 2, { {.62,.05}, {.12,.66} } }, { 2, { {.12,.66}, {.9,.66} } },
              { 2, { {.64,.34}, {.64,.97} } } } },
    { 4, 2, { { 4, { {.2,.06}, {.15,.5}, {.4,.56}, {.82,.52} } }, { 2, { {.76,.05},
                    {.7,.97} } } } },
    { 5, 3, { { 2, { {.84,.06}, {.26,.06} } }, { 2, { {.26,.06}, {.21,.46} } },
              { 6, { {.21,.46}, {.5,.37}, {.82,.5}, {.85,.77}, {.52,.97}, {.14,.87} } } } },
    { 6, 1, { { 9, { {.74,.06}, {.4,.24}, {.18,.58}, {.26,.9}, {.54,.97}, {.82,.8},
                    {.74,.56}, {.5,.49}, {.22,.66} } } } },
    { 7, 2, { { 2, { {.12,.06}, {.88,.06} } }, { 3, { {.88,.06}, {.56,.5}, {.38,.97} } } } },
    { 7, 3, { { 2, { {.14,.08}, {.86,.06} } }, { 3, { {.86,.06}, {.58,.48}, {.42,.97} } },
              { 2, { {.34,.52}, {.78,.48} } } } },
    { 8, 2, { { 7, { {.5,.47}, {.2,.3}, {.27,.09}, {.5,.03}, {.73,.09}, {.8,.3}, {.5,.47} } },
              { 7, { {.5,.47}, {.14,.7}, {.22,.92}, {.5,.97}, {.78,.92}, {.86,.7},
                    {.5,.47} } } } },
    { 9, 2, { { 8, { {.8,.3}, {.6,.49}, {.32,.47}, {.18,.27}, {.34,.07}, {.62,.05},
                    {.8,.22}, {.8,.3} } },
              { 3, { {.8,.28}, {.76,.64}, {.56,.97} } } } },
};
// clang-format on
enum { SKELETONS = sizeof skeletons / sizeof *skeletons };

// ---------------------------------------------------------------- chance

static float unit(AdjMt *g)
{
    return (float)(adj_mt_next32(g) >> 8) * 0x1p-24f;
}
static float between(AdjMt *g, float low, float high)
{
    return low + (high - low) * unit(g);
}

// Box and Muller 1958; one of the pair is enough here.
static float normal(AdjMt *g)
{
    float u = 1 - unit(g), v = unit(g);
    return sqrtf(-2 * logf(u)) * cosf(6.2831853f * v);
}

// ---------------------------------------------------------------- shape

typedef struct {
    Point from, to;
} Segment;

static Point curve(const Point *p, float t)
{
    float t2 = t * t, t3 = t2 * t;
    float a = -t3 + 2 * t2 - t, b = 3 * t3 - 5 * t2 + 2, c = -3 * t3 + 4 * t2 + t, d = t3 - t2;
    return (Point){0.5f * (a * p[0].x + b * p[1].x + c * p[2].x + d * p[3].x),
                   0.5f * (a * p[0].y + b * p[1].y + c * p[2].y + d * p[3].y)};
}

// The curve through the points of a stroke as short segments; its ends are doubled.
static int add_stroke(const Stroke *s, Segment *out, int n)
{
    Point p[POINTS + 2];
    memcpy(p + 1, s->at, (size_t)s->n * sizeof *p);
    p[0] = p[1];
    p[s->n + 1] = p[s->n];
    for (int i = 0; i + 1 < s->n; i++) {
        Point from = p[i + 1];
        for (int k = 1; k <= STEPS; k++) {
            Point to = curve(p + i, (float)k / STEPS);
            out[n++] = (Segment){from, to};
            from = to;
        }
    }
    return n;
}

typedef struct {
    float a, b, c, d, x, y;  // (x, y) -> (a x + b y + x0, c x + d y + y0), to pixels
} Placement;

static Placement place_at_random(AdjMt *g)
{
    float slant = between(g, -0.28f, 0.28f), turn = between(g, -0.14f, 0.14f);
    float width = between(g, 10.5f, 17), height = between(g, 16.5f, 21.5f);
    float co = cosf(turn), si = sinf(turn);
    Placement p = {co * width, -co * slant * width - si * height,
                   si * width, co * height - si * slant * width,
                   0,          0};
    float cx = 14 + between(g, -1.8f, 1.8f), cy = 14 + between(g, -1.8f, 1.8f);
    p.x = cx - 0.5f * (p.a + p.b);
    p.y = cy - 0.5f * (p.c + p.d);
    return p;
}

static int outline(const Skeleton *k, AdjMt *g, Segment *out)
{
    Placement p = place_at_random(g);
    float jitter = between(g, 0.012f, 0.045f);
    int n = 0;
    for (int s = 0; s < k->strokes; s++) {
        Stroke moved = {.n = k->stroke[s].n};
        for (int i = 0; i < moved.n; i++) {
            float x = k->stroke[s].at[i].x + jitter * normal(g);
            float y = k->stroke[s].at[i].y + jitter * normal(g);
            moved.at[i] = (Point){p.a * x + p.b * y + p.x, p.c * x + p.d * y + p.y};
        }
        n = add_stroke(&moved, out, n);
    }
    return n;
}

// ---------------------------------------------------------------- ink

static float distance2(Segment s, float x, float y)
{
    float dx = s.to.x - s.from.x, dy = s.to.y - s.from.y;
    float px = x - s.from.x, py = y - s.from.y, length = dx * dx + dy * dy;
    float t = length > 0 ? (px * dx + py * dy) / length : 0;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    px -= t * dx;
    py -= t * dy;
    return px * px + py * py;
}

static int clip(float v)
{
    return v < 0 ? 0 : v > SIDE - 1 ? SIDE - 1 : (int)v;
}

// Nearest squared distance to the strokes, pixel by pixel, within [reach] of each segment.
static void measure(const Segment *segment, int n, float reach, float *nearest)
{
    for (int i = 0; i < SIDE * SIDE; i++) nearest[i] = 1e6f;
    for (int k = 0; k < n; k++) {
        Segment s = segment[k];
        int x0 = clip(fminf(s.from.x, s.to.x) - reach),
            x1 = clip(fmaxf(s.from.x, s.to.x) + reach);
        int y0 = clip(fminf(s.from.y, s.to.y) - reach),
            y1 = clip(fmaxf(s.from.y, s.to.y) + reach);
        for (int y = y0; y <= y1; y++) {
            for (int x = x0; x <= x1; x++) {
                float d = distance2(s, (float)x + 0.5f, (float)y + 0.5f);
                if (d < nearest[y * SIDE + x]) nearest[y * SIDE + x] = d;
            }
        }
    }
}

static void draw(int digit, AdjMt *g, float *pixels)
{
    Segment segment[SEGMENTS];
    float nearest[SIDE * SIDE];
    int candidates[SKELETONS], n = 0;
    for (int i = 0; i < SKELETONS; i++)
        if (skeletons[i].digit == digit) candidates[n++] = i;
    int count = outline(&skeletons[candidates[(int)(unit(g) * (float)n)]], g, segment);
    float radius = between(g, 0.75f, 1.75f), soft = between(g, 0.5f, 0.9f);
    float ink = between(g, 0.78f, 1), noise = between(g, 0, 0.06f);
    measure(segment, count, radius + soft, nearest);
    for (int i = 0; i < SIDE * SIDE; i++) {
        float edge = (radius + soft - sqrtf(nearest[i])) / (2 * soft);
        float v = ink * (edge < 0 ? 0 : edge > 1 ? 1 : edge) + noise * normal(g);
        pixels[i] = v < 0 ? 0 : v > 1 ? 1 : v;
    }
}

// Each image has a generator of its own, seeded by the set's seed and its place, so that
// threads may draw in any order and the first n images of a larger set are the same.
static void draw_one(uint64_t seed, int64_t i, float *pixels, int64_t *label)
{
    AdjMt g;
    uint32_t key[4] = {(uint32_t)seed, (uint32_t)(seed >> 32), (uint32_t)i,
                       (uint32_t)(i >> 32)};
    adj_mt_init_array(&g, key, 4);
    *label = (int64_t)(unit(&g) * 10);
    draw((int)*label, &g, pixels);
}

typedef struct {
    uint64_t seed;
    float *pixels;
    int64_t *labels;
} Sheet;

static void draw_piece(int64_t i, const void *arg)
{
    const Sheet *s = arg;
    draw_one(s->seed, i, s->pixels + i * SIDE * SIDE, s->labels + i);
}

ADJ_OP(digits, "(n: int, seed: int = 0) -> (images: tensor, labels: tensor)",
       "n drawn images of the digits 0 to 9 and what they show.\n"
       "shapes  images (n, 28, 28) float32 in [0, 1], ink is 1; labels (n,) int64\n"
       "notes   the same seed draws the same images; the default generator is not touched\n"
       "errors  Value: n is negative",
       .no_grad = true, .no_method = true, .source = "curves: Catmull and Rom 1974")
AdjTensors op_digits(int64_t n, int64_t seed)
{
    AdjTensors none = {0, NULL}, result = {2, adj_scope_memory(2 * sizeof(AdjTensor *))};
    if (n < 0) {
        adj_fail(ADJ_E_VALUE, "digits: n must not be negative, got %lld", (long long)n);
        return none;
    }
    AdjTensor *images = adj_new(ADJ_SHAPE(n, SIDE, SIDE), ADJ_F32);
    AdjTensor *labels = adj_new(ADJ_SHAPE(n), ADJ_I64);
    if (!images || !labels || !result.at) return none;
    Sheet sheet = {(uint64_t)seed, (float *)adj_ptr(images), (int64_t *)adj_ptr(labels)};
    adj_each_piece(n, n * SIDE * SIDE * 16, draw_piece, &sheet);
    result.at[0] = images;
    result.at[1] = labels;
    return result;
}
