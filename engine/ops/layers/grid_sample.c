// SPDX-License-Identifier: Apache-2.0
// grid_sample.c: an image read at places that a grid names, and the grids of affine maps. Both
// are put together from differentiable operations (places, weights, gather), so gradients by
// the image and by the grid exist to every order.
#include "ops/layers/spatial.h"
#include "ops/shape/view.h"

// How an image is read.
typedef struct {
    int n;              // spatial axes
    AdjTensor *planes;  // (N, C, places)
    int64_t size[3];
    bool align, zeros, reflect;
} Image;

static AdjTensor *plus(AdjTensor *x, double c)
{
    return adj_add(x, ADJ_NUM(c), ADJ_I(1));
}

static AdjTensor *times(AdjTensor *x, double c)
{
    return adj_mul(x, ADJ_NUM(c));
}

// -1 .. 1 to places: of the outer elements' middles, or of their outer edges.
static AdjTensor *unnormalised(AdjTensor *g, int64_t size, bool align)
{
    if (align) return times(plus(g, 1), (double)(size - 1) / 2);
    return times(plus(times(plus(g, 1), (double)size), -1), 0.5);
}

// Mirrored at the edges as often as needed.
static AdjTensor *reflected(AdjTensor *at, int64_t size, bool align)
{
    double low = align ? 0 : -0.5, span = align ? (double)(size - 1) : (double)size;
    if (span <= 0) return times(at, 0);
    AdjTensor *away = adj_abs(plus(at, -low));
    AdjTensor *flips = adj_floor(adj_detach(times(away, 1 / span)));
    AdjTensor *rest = adj_sub(away, times(flips, span), ADJ_I(1));
    AdjTensor *odd = adj_remainder(flips, ADJ_NUM(2));
    AdjTensor *back = plus(adj_neg(rest), span + low);
    return adj_where(adj_gt(odd, ADJ_NUM(0.5)), back, plus(rest, low));
}

// Places brought inside by the padding mode; left as they are for zeros.
static AdjTensor *inside(const Image *m, AdjTensor *at, int axis)
{
    if (m->zeros) return at;
    if (m->reflect) at = reflected(at, m->size[axis], m->align);
    return adj_clamp(at, ADJ_NUM(0), ADJ_NUM((double)(m->size[axis] - 1)));
}

// The elements at whole places, (N, C, P); at[a] is (N, P). Zero outside.
static AdjTensor *fetch(const Image *m, AdjTensor *const *at)
{
    AdjTensor *index = NULL, *real = NULL;
    for (int a = 0; a < m->n; a++) {
        double last = (double)(m->size[a] - 1);
        AdjTensor *whole = adj_detach(at[a]);
        AdjTensor *in =
            adj_logical_and(adj_ge(whole, ADJ_NUM(0)), adj_le(whole, ADJ_NUM(last)));
        AdjTensor *place = adj_clamp(whole, ADJ_NUM(0), ADJ_NUM(last));
        real = real ? adj_logical_and(real, in) : in;
        index = index ? adj_add(times(index, (double)m->size[a]), place, ADJ_I(1)) : place;
    }
    if (!index || !real) return NULL;
    int64_t n = m->planes->sizes[0], c = m->planes->sizes[1], p = index->sizes[1];
    AdjTensor *places =
        adj_expand(adj_unsqueeze(adj_to(index, ADJ_I64), 1), ADJ_SHAPE(n, c, p));
    AdjTensor *x = adj_gather(m->planes, 2, places);
    if (!m->zeros) return x;
    AdjTensor *mask = adj_unsqueeze(adj_to(real, adj_dtype(m->planes)), 1);
    return adj_mul(x, mask);
}

// The corners of the cell around each place, each by the part of the cell across from it.
static AdjTensor *linear(const Image *m, AdjTensor *const *at)
{
    AdjTensor *low[3], *part[3], *sum = NULL;
    for (int a = 0; a < m->n; a++) {
        low[a] = adj_floor(adj_detach(at[a]));
        part[a] = adj_sub(at[a], low[a], ADJ_I(1));
    }
    for (int corner = 0; corner < 1 << m->n; corner++) {
        AdjTensor *place[3], *weight = NULL;
        for (int a = 0; a < m->n; a++) {
            bool high = corner >> a & 1;
            place[a] = high ? plus(low[a], 1) : low[a];
            AdjTensor *w = high ? part[a] : plus(adj_neg(part[a]), 1);
            weight = weight ? adj_mul(weight, w) : w;
        }
        AdjTensor *term = adj_mul(fetch(m, place), adj_unsqueeze(weight, 1));
        sum = sum ? adj_add(sum, term, ADJ_I(1)) : term;
    }
    return sum;
}

// Weights of the four places around t in [0, 1): Keys' cubic with a = -0.75.
static AdjTensor *cubic_weight(AdjTensor *t, int k)
{
    const double a = -0.75;
    AdjTensor *x = k < 2 ? plus(t, 1 - k) : plus(adj_neg(t), k - 1);  // distance
    if (k == 1 || k == 2) {
        AdjTensor *y = plus(times(x, a + 2), -(a + 3));
        return plus(adj_mul(adj_mul(y, x), x), 1);
    }
    AdjTensor *y = plus(adj_mul(plus(x, -5), x), 8);
    return times(plus(adj_mul(y, x), -4), a);
}

static AdjTensor *cubic(const Image *m, AdjTensor *const *at)
{
    AdjTensor *low[2], *part[2], *sum = NULL;
    for (int a = 0; a < 2; a++) {
        low[a] = adj_floor(adj_detach(at[a]));
        part[a] = adj_sub(at[a], low[a], ADJ_I(1));
    }
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++) {
            AdjTensor *place[] = {inside(m, plus(low[0], i - 1), 0),
                                  inside(m, plus(low[1], j - 1), 1)};
            AdjTensor *w = adj_mul(cubic_weight(part[0], i), cubic_weight(part[1], j));
            AdjTensor *term = adj_mul(fetch(m, place), adj_unsqueeze(w, 1));
            sum = sum ? adj_add(sum, term, ADJ_I(1)) : term;
        }
    return sum;
}

static bool check_grid(const AdjTensor *x, const AdjTensor *grid)
{
    int n = x->ndim - 2;
    if ((n != 2 && n != 3) || grid->ndim != x->ndim || grid->sizes[0] != x->sizes[0] ||
        grid->sizes[grid->ndim - 1] != n || x->numel == 0) {
        return adj_fail(
            ADJ_E_SHAPE,
            "grid_sampler(): expected non-empty 4D or 5D input, grid with the same "
            "number of dimensions and batch size and size %d in its last dimension, "
            "but got input with sizes %s and grid with sizes %s",
            n, adj_list_text(adj_shape(x)), adj_list_text(adj_shape(grid)));
    }
    if (x->dtype == grid->dtype && adj_is_float(x)) return true;
    return adj_fail(ADJ_E_DTYPE,
                    "grid_sampler(): expected input and grid to have same dtype, but input has "
                    "%s and grid has %s",
                    adj_dtype_name((AdjDtype)x->dtype), adj_dtype_name((AdjDtype)grid->dtype));
}

static int one_of(const char *what, const char *name, const char *const *names, int n)
{
    for (int i = 0; i < n; i++)
        if (!strcmp(name, names[i])) return i;
    adj_fail(ADJ_E_VALUE,
             "nn.functional.grid_sample(): expected %s to be '%s', '%s' or '%s', but got: '%s'",
             what, names[0], names[1], names[2], name);
    return -1;
}

ADJ_OP(
    grid_sample,
    "(input: tensor, grid: tensor, mode: str = 'bilinear', padding_mode: str = 'zeros', "
    "align_corners: bool? = None) -> tensor",
    "Input read where grid says, in coordinates from -1 to 1, the last axis first.\n"
    "shapes  (N, C, H, W), (N, H', W', 2) -> (N, C, H', W'); or with a third axis\n"
    "notes   mode 'bilinear' (trilinear in three axes), 'nearest' or 'bicubic'; padding_mode "
    "'zeros', 'border' or 'reflection' says what lies outside. align_corners puts -1 and 1 at "
    "the middles of the outer elements, else at their outer edges\n"
    "errors  Shape: another grid; Value: an unknown mode",
    .no_method = true, .source = "Jaderberg et al. 2015")
AdjTensor *op_grid_sample(AdjTensor *input, AdjTensor *grid, const char *mode,
                          const char *padding_mode, bool align_corners)
{
    static const char *const kinds[] = {"bilinear", "nearest", "bicubic"};
    static const char *const pads[] = {"zeros", "border", "reflection"};
    if (!check_grid(input, grid)) return NULL;
    int kind = one_of("mode", mode, kinds, 3),
        pad = one_of("padding_mode", padding_mode, pads, 3);
    if (kind < 0 || pad < 0) return NULL;
    Image m = {
        .n = input->ndim - 2, .align = align_corners, .zeros = pad == 0, .reflect = pad == 2};
    if (kind == 2 && m.n == 3) {
        return adj_fail(ADJ_E_RUNTIME,
                        "grid_sampler(): bicubic interpolation only supports 4D input");
    }
    m.planes = adj_flatten(input, 2, -1);
    if (!m.planes) return NULL;
    AdjTensor *at[3], *y;
    for (int a = 0; a < m.n; a++) {
        m.size[a] = input->sizes[2 + a];
        AdjTensor *g = adj_flatten(adj_select(grid, -1, m.n - 1 - a), 1, -1);
        at[a] = unnormalised(g, m.size[a], align_corners);
        if (kind != 2) at[a] = inside(&m, at[a], a);
        if (kind == 1 && at[a]) at[a] = adj_round(adj_detach(at[a]), 0);
    }
    y = kind == 0 ? linear(&m, at) : kind == 1 ? fetch(&m, at) : cubic(&m, at);
    AdjShape shape = adj_shape(grid);
    for (int a = m.n; a > 0; a--) shape.at[a + 1] = grid->sizes[a];
    shape.at[1] = input->sizes[1];
    return adj_reshape(y, shape);
}

// ---------------------------------------------------------------- affine grids

static AdjTensor *axis_of_grid(int64_t n, bool align, AdjDtype dtype)
{
    AdjTensor *t = adj_new(ADJ_SHAPE(n), ADJ_F64);
    for (int64_t i = 0; t && i < n; i++) {
        double at = n > 1 ? 2 * (double)i / (double)(n - 1) - 1 : 0;
        ((double *)adj_ptr(t))[i] = align ? at : at * (double)(n - 1) / (double)n;
    }
    return adj_to(t, dtype);
}

ADJ_OP(
    affine_grid, "(theta: tensor, size: longs, align_corners: bool? = None) -> tensor",
    "The grid that reads an image through the affine map theta: grid[n, p] = theta[n] (p, "
    "1).\n"
    "shapes  theta (N, 2, 3), size (N, C, H, W) -> (N, H, W, 2); theta (N, 3, 4), size (N, C, "
    "D, H, W) -> (N, D, H, W, 3)\n"
    "errors  Shape: another theta",
    .no_method = true, .source = "Jaderberg et al. 2015", .hosted = true)
AdjTensor *op_affine_grid(AdjTensor *theta, AdjLongs size, bool align_corners)
{
    int n = (int)size.n - 2;
    bool fits = (n == 2 || n == 3) && theta->ndim == 3 && theta->sizes[1] == n &&
                theta->sizes[2] == n + 1 && theta->sizes[0] == size.at[0];
    if (!fits || !adj_is_float(theta)) {
        return adj_fail(
            ADJ_E_SHAPE,
            "affine_grid: expected a batch of %dD affine matrices of shape Nx%dx%d, "
            "but got %s",
            n, n, n + 1, adj_describe(theta));
    }
    AdjShape full = {.n = n}, out = {.n = n + 2, .at = {theta->sizes[0]}};
    for (int a = 0; a < n; a++) full.at[a] = out.at[a + 1] = size.at[2 + a];
    out.at[n + 1] = n;
    AdjTensor *column[4];
    for (int a = 0; a < n; a++) {  // the last axis first
        AdjShape one = adj_repeat_size(1, n);
        one.at[n - 1 - a] = full.at[n - 1 - a];
        AdjTensor *t = axis_of_grid(full.at[n - 1 - a], align_corners, adj_dtype(theta));
        column[a] = adj_expand(adj_reshape(t, one), full);
    }
    column[n] = adj_ones(full, adj_dtype(theta));
    AdjTensor *base = adj_reshape(adj_stack((AdjTensors){n + 1, column}, n),
                                  ADJ_SHAPE(adj_shape_numel(full), n + 1));
    return adj_reshape(adj_matmul(base, adj_transpose(theta, 1, 2)), out);
}
