// SPDX-License-Identifier: Apache-2.0
// interpolate.c: resampling on another grid. Along each axis a result is a few weighted
// elements (one for nearest, two for linear, four for cubic), so all modes are maps of axes
// (blend.c).
#include "ops/layers/spatial.h"
#include "ops/pointwise/blend.h"
#include "ops/shape/view.h"

typedef enum { NEAREST, NEAREST_EXACT, LINEAR, CUBIC, MODES } Kind;

// A mode's name, its kind, and how many axes it needs (0: any).
static const struct {
    const char *name;
    Kind kind;
    int axes;
} modes[] = {{"nearest", NEAREST, 0},  {"nearest-exact", NEAREST_EXACT, 0},
             {"linear", LINEAR, 1},    {"bilinear", LINEAR, 2},
             {"trilinear", LINEAR, 3}, {"bicubic", CUBIC, 2}};

// How an axis is sampled: the distance of results in the input, its size, and the result's.
typedef struct {
    Kind kind;
    bool align, antialias;
    double ratio;
    int64_t in, out;
} Axis;

static void put_term(const AdjAxisMap *a, int64_t j, int t, int64_t place, double weight)
{
    adj_map_place(a, j)[t] = place;
    adj_map_weight(a, j)[t] = weight;
}

// The cubic through four points whose slope parameter is [a]: inside and outside of distance 1.
static double cubic(double x, double a)
{
    x = fabs(x);
    if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? a * (((x - 5) * x + 8) * x - 4) : 0;
}

static int64_t limited(int64_t i, int64_t n)
{
    return i < 0 ? 0 : i >= n ? n - 1 : i;
}

// PyTorch computes the nearest place in single precision; so it falls on the same side here.
static int64_t nearest_place(const Axis *x, int64_t j)
{
    float ratio = (float)x->ratio;
    float at = x->kind == NEAREST_EXACT ? ((float)j + 0.5f) * ratio : (float)j * ratio;
    return limited((int64_t)floorf(at), x->in);
}

static AdjAxisMap point_map(const Axis *x)
{
    int taps = x->kind <= NEAREST_EXACT ? 1 : x->kind == LINEAR ? 2 : 4;
    AdjAxisMap a = adj_axis_map(x->out, taps);
    for (int64_t j = 0; a.place && a.weight && j < x->out; j++) {
        if (taps == 1) {
            put_term(&a, j, 0, nearest_place(x, j), 1);
            continue;
        }
        double at = x->align ? x->ratio * (double)j : x->ratio * ((double)j + 0.5) - 0.5;
        if (taps == 2 && at < 0) at = 0;
        int64_t first = (int64_t)floor(at);
        if (taps == 2 && first > x->in - 1) first = x->in - 1;
        double t = at - (double)first;
        for (int k = 0; k < taps; k++) {
            int64_t place = first + k - (taps == 4);
            double weight = taps == 2 ? (k ? t : 1 - t) : cubic(t + 1 - k, -0.75);
            put_term(&a, j, k, limited(place, x->in), weight);
        }
    }
    return a;
}

// With antialias the kernel widens as the grid coarsens, and its weights are made to sum to 1.
static AdjAxisMap area_map(const Axis *x)
{
    double half = x->kind == LINEAR ? 1 : 2, wide = x->ratio > 1 ? x->ratio : 1;
    double support = half * wide;
    AdjAxisMap a = adj_axis_map(x->out, (int64_t)ceil(support) * 2 + 1);
    for (int64_t j = 0; a.place && a.weight && j < x->out; j++) {
        double center = x->ratio * ((double)j + 0.5), total = 0;
        int64_t from = limited((int64_t)(center - support + 0.5), x->in + 1);
        int64_t to = limited((int64_t)(center + support + 0.5), x->in + 1);
        for (int64_t i = from; i < to; i++) {
            double u = ((double)i - center + 0.5) / wide;
            double w = x->kind == CUBIC ? cubic(u, -0.5) : fabs(u) < 1 ? 1 - fabs(u) : 0;
            put_term(&a, j, (int)(i - from), i, w);
            total += w;
        }
        for (int64_t i = from; i < to && total > 0; i++)
            adj_map_weight(&a, j)[i - from] /= total;
    }
    return a;
}

static double sampling_ratio(const Axis *x, double scale)
{
    if (x->align && x->kind >= LINEAR)
        return x->out > 1 ? (double)(x->in - 1) / (double)(x->out - 1) : 0;
    return scale > 0 ? 1 / scale : (double)x->in / (double)x->out;
}

static bool find_mode(const char *name, Kind *kind, int *axes)
{
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        if (strcmp(name, modes[i].name)) continue;
        *kind = modes[i].kind;
        *axes = modes[i].axes;
        return true;
    }
    return false;
}

// The maps of all axes from the arguments of `resample`; [in] is a whole shape.
static void resampling_maps(AdjShape in, AdjShape size, const char *mode, bool align,
                            bool antialias, AdjFloats scale, AdjAxisMap *map)
{
    Axis x = {.align = align, .antialias = antialias};
    int axes;
    find_mode(mode, &x.kind, &axes);
    for (int i = 0; i < size.n; i++) {
        x.in = in.at[in.n - size.n + i];
        x.out = size.at[i];
        x.ratio = sampling_ratio(&x, scale.n > 0 ? scale.at[scale.n == size.n ? i : 0] : 0);
        map[i] = antialias ? area_map(&x) : point_map(&x);
    }
}

static void resample_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    const AdjValue *a = n->arg;
    AdjAxisMap map[3];
    resampling_maps(n->in[0].shape, a[0].ints, a[1].s, a[2].b, a[3].b, a[4].floats, map);
    dx[0] = adj_map_back(dy[0], a[0].ints.n, map, n->in[0].shape);
}

// Integers can only be copied.
static AdjTensor *copy_places(AdjTensor *x, int n, const AdjAxisMap *map)
{
    for (int i = 0; i < n && map[i].place; i++)
        x = adj_index_select(x, i - n, adj_squeeze(map[i].place, ADJ_SHAPE(1)));
    return x;
}

ADJ_OP(
    resample,
    "(input: tensor, size: ints, mode: str, align_corners: bool, antialias: bool, scale: "
    "floats?) -> tensor",
    "The last axes of input on a grid of another size; interpolate with everything decided.\n"
    "errors  Value: an unknown mode; Runtime: an empty grid",
    .vjp = resample_vjp, .no_method = true, .torch = "Upsample", .hosted = true)
AdjTensor *op_resample(AdjTensor *input, AdjShape size, const char *mode, bool align_corners,
                       bool antialias, AdjFloats scale)
{
    Kind kind;
    int axes;
    AdjAxisMap map[3];
    bool some = size.n >= 1 && size.n <= 3 && input->ndim >= size.n;
    for (int i = 0; some && i < size.n; i++)
        some = size.at[i] > 0 && input->sizes[input->ndim - size.n + i] > 0;
    if (!some) {
        return adj_fail(ADJ_E_RUNTIME,
                        "Input and output sizes should be greater than 0, but got input %s "
                        "output %s",
                        adj_list_text(adj_shape(input)), adj_spatial_text(size.at, size.n));
    }
    if (!find_mode(mode, &kind, &axes))
        return adj_fail(ADJ_E_VALUE, "resample: unknown mode '%s'", mode);
    resampling_maps(adj_shape(input), size, mode, align_corners, antialias, scale, map);
    if (kind <= NEAREST_EXACT && !adj_is_float(input)) return copy_places(input, size.n, map);
    return adj_map_axes(input, size.n, map);
}

// ---------------------------------------------------------------- interpolate

// The result's sizes, and the scale where it was given and is to be used as it is.
static bool target_size(const AdjTensor *x, AdjShape *size, AdjFloats *scale, bool recompute)
{
    int n = x->ndim - 2;
    if (size->n >= 0 && scale->n >= 0)
        return adj_fail(ADJ_E_VALUE, "only one of size or scale_factor should be defined");
    if (size->n < 0 && scale->n < 0)
        return adj_fail(ADJ_E_VALUE, "either size or scale_factor should be defined");
    if (size->n >= 0 && recompute) {
        return adj_fail(ADJ_E_VALUE,
                        "recompute_scale_factor is not meaningful with an explicit size.");
    }
    int given = size->n >= 0 ? size->n : scale->n;
    if (given != 1 && given != n) {
        return adj_fail(
            ADJ_E_VALUE,
            "%s: %s must be one number or one for each of the %d spatial dimensions, "
            "but got %d for input %s",
            adj_op_name(), size->n >= 0 ? "size" : "scale_factor", n, given,
            adj_list_text(adj_shape(x)));
    }
    if (size->n >= 0) return adj_spatial(size, n, "size");
    size->n = n;
    for (int i = 0; i < n; i++)
        size->at[i] =
            (int64_t)floor((double)x->sizes[2 + i] * scale->at[scale->n == n ? i : 0]);
    if (recompute) scale->n = -1;
    return true;
}

static bool check_mode(const AdjTensor *x, const char *mode, bool align, bool antialias)
{
    Kind kind = NEAREST;
    int axes = 0;
    bool known = find_mode(mode, &kind, &axes) || !strcmp(mode, "area");
    if (!known || x->ndim < 3 || x->ndim > 5) {
        return adj_fail(ADJ_E_ABSENT,
                        "Input Error: Only 3D, 4D and 5D input Tensors supported (got %dD) for "
                        "the modes: nearest | linear | bilinear | bicubic | trilinear | area | "
                        "nearest-exact (got %s)",
                        x->ndim, mode);
    }
    if (axes && axes != x->ndim - 2) {
        return adj_fail(ADJ_E_ABSENT, "Got %dD input, but %s mode needs %dD input", x->ndim,
                        mode, axes + 2);
    }
    if (align && kind <= NEAREST_EXACT) {
        return adj_fail(ADJ_E_VALUE,
                        "align_corners option can only be set with the interpolating modes: "
                        "linear | bilinear | bicubic | trilinear");
    }
    if (!antialias || axes == 2) return true;
    return adj_fail(
        ADJ_E_VALUE,
        "Anti-alias option is restricted to bilinear and bicubic modes and requires "
        "a 4-D tensor as input");
}

ADJ_OP(
    interpolate,
    "(input: tensor, size: sizes? = None, scale_factor: floats? = None, mode: str = "
    "'nearest', align_corners: bool? = None, recompute_scale_factor: bool? = None, antialias: "
    "bool = False) -> tensor",
    "Resamples the axes after the first two to size, or to their size times scale_factor.\n"
    "shapes  (N, C, ...) -> (N, C, *size); one to three axes\n"
    "notes   mode 'nearest' (place floor(j in / out)), 'nearest-exact' (at the middle), "
    "'linear', 'bilinear', 'trilinear', 'bicubic' (Keys' cubic, a = -0.75) or 'area' "
    "(adaptive averages). align_corners puts the outer elements' middles on each other, else "
    "their outer edges; antialias widens the kernel when the grid becomes coarser\n"
    "errors  Value: size and scale_factor together, or none; NotImplemented: a mode for "
    "another number of axes",
    .no_method = true, .source = "Keys 1981")
AdjTensor *op_interpolate(AdjTensor *input, AdjShape size, AdjFloats scale_factor,
                          const char *mode, bool align_corners, bool recompute_scale_factor,
                          bool antialias)
{
    bool area = !strcmp(mode, "area");
    if (!check_mode(input, mode, align_corners, antialias) ||
        !target_size(input, &size, &scale_factor, recompute_scale_factor))
        return NULL;
    if (!area) return adj_resample(input, size, mode, align_corners, antialias, scale_factor);
    return size.n == 1   ? adj_adaptive_avg_pool1d(input, size)
           : size.n == 2 ? adj_adaptive_avg_pool2d(input, size)
                         : adj_adaptive_avg_pool3d(input, size);
}

// ---------------------------------------------------------------- a blur

ADJ_OP(
    gaussian_blur, "(input: tensor, sigma: float) -> tensor",
    "Every channel convolved with a normal density of standard deviation sigma along both "
    "axes.\n"
    "shapes  (..., H, W) -> the same\n"
    "notes   the kernel has 2 ceil(3 sigma) + 1 places and sums to 1; beyond the edges there "
    "are zeros\n"
    "errors  Value: sigma not above 0",
    .no_method = true, .hosted = true)
AdjTensor *op_gaussian_blur(AdjTensor *input, double sigma)
{
    AdjAxisMap map[2];
    if (!(sigma > 0 && sigma <= 1e4)) {
        return adj_fail(ADJ_E_VALUE,
                        "gaussian_blur: sigma must be above 0 and at most 1e4, "
                        "got %g",
                        sigma);
    }
    int64_t half = (int64_t)ceil(3 * sigma);
    if (input->ndim < 2) {
        return adj_fail(ADJ_E_SHAPE, "gaussian_blur: expected input (..., H, W), got %s",
                        adj_describe(input));
    }
    double total = 0;
    for (int64_t k = -half; k <= half; k++)
        total += exp(-(double)(k * k) / (2 * sigma * sigma));
    for (int i = 0; i < 2; i++) {
        int64_t n = input->sizes[input->ndim - 2 + i];
        map[i] = adj_axis_map(n, 2 * half + 1);
        if (!map[i].place || !map[i].weight) return NULL;
        for (int64_t j = 0; j < n; j++)
            for (int64_t k = -half; k <= half; k++)
                put_term(&map[i], j, (int)(k + half), j + k < 0 || j + k >= n ? -1 : j + k,
                         exp(-(double)(k * k) / (2 * sigma * sigma)) / total);
    }
    return adj_map_axes(input, 2, map);
}
