// SPDX-License-Identifier: Apache-2.0
// lens_grid.c: the index arithmetic of windows, from what an operation was called with. Nothing
// is computed again: values, weights and winners are those of the pinned step.
//
// Forward, a window begins at p stride - padding and has a tap every dilation. Backward, the
// same equation is solved for p: of an element's taps, those remain that are reached by a whole
// step. A transposed convolution is the other way round, so it needs no arithmetic of its own.
#include "observe/lens/lens.h"

#include <math.h>

double adj_lens_element(const AdjTensor *t, const int64_t *at)
{
    ADJ_SCOPE;
    int64_t offset = 0;
    for (int i = 0; i < t->ndim; i++) offset += at[i] * t->strides[i];
    if (t->dtype == ADJ_F32) return ((const float *)adj_ptr(t))[offset];
    if (t->dtype == ADJ_F64) return ((const double *)adj_ptr(t))[offset];
    AdjTensor *one = adj_bare_view(t);
    for (int i = 0; one && i < t->ndim; i++) one = adj_select(one, 0, at[i]);
    return one ? adj_item(one) : NAN;
}

static bool make_grid(AdjLensGrid *g, int64_t rows, int64_t columns, int64_t planes)
{
    *g = (AdjLensGrid){.n_rows = rows, .n_columns = columns, .n_planes = planes};
    if (rows * columns * planes > ADJ_LENS_CELLS)
        return adj_fail(ADJ_E_VALUE, "lens: %lld elements are too many to look at",
                        (long long)(rows * columns * planes));
    size_t cells = (size_t)(rows * columns * planes) + 1;
    int64_t *places =
        adj_scope_memory((size_t)(2 * (rows + columns) + planes + 1) * sizeof *places);
    g->value = adj_scope_memory(2 * cells * sizeof *g->value);
    if (!places || !g->value) return false;
    g->rows = places;
    g->row_tap = g->rows + rows;
    g->columns = g->row_tap + rows;
    g->column_tap = g->columns + columns;
    g->planes = g->column_tap + columns;
    g->weight = g->value + cells;
    for (size_t i = 0; i < cells; i++) g->value[i] = 0, g->weight[i] = NAN;
    return true;
}

// The element of [t] at a cell of the grid: [at] in the axes before, then picture and place.
// FALSE: it lies in the padding.
static bool place_of(const AdjLens *l, const AdjTensor *t, const int64_t *at, int64_t plane,
                     int64_t row, int64_t column, int64_t *out)
{
    int n = t->ndim, places = n - l->space;
    for (int i = 0; i < places; i++) out[i] = at[i];
    if (l->channels) out[places - 1] = plane;
    if (l->space == 2) out[n - 2] = row;
    out[n - 1] = column;
    for (int i = places; i < n; i++)
        if (out[i] < 0 || out[i] >= t->sizes[i]) return false;
    return true;
}

static void fill_values(const AdjLens *l, const AdjTensor *t, const int64_t *at, AdjLensGrid *g)
{
    int64_t where[ADJ_MAX_DIMS];
    double *v = g->value;
    for (int64_t p = 0; t && p < g->n_planes; p++)
        for (int64_t r = 0; r < g->n_rows; r++)
            for (int64_t c = 0; c < g->n_columns; c++, v++)
                if (place_of(l, t, at, g->planes[p], g->rows[r], g->columns[c], where))
                    *v = adj_lens_element(t, where);
}

// The place of an element along a map's axis: 0 is the first of places, rows before columns.
static int64_t along(const AdjLens *l, const int64_t *at, int rank, int axis)
{
    int first = rank - l->space;
    return axis < 2 - l->space ? 0 : at[first + axis - (2 - l->space)];
}

// ---------------------------------------------------------------- convolution

// Stride, padding, dilation and size of one of two axes; a missing axis is one step of size 1.
typedef struct Axis {
    int64_t stride, padding, dilation, kernel;
} Axis;

// One size stands for all axes.
static int64_t size_at(const AdjValue *sizes, int i)
{
    return sizes->ints.at[sizes->ints.n == 1 ? 0 : i];
}

static Axis conv_axis(const AdjLens *l, int axis)
{
    int i = axis - (2 - l->space);
    const AdjValue *a = l->call->arg;
    if (i < 0) return (Axis){1, 0, 1, 1};
    return (Axis){size_at(&a[0], i), size_at(&a[1], i), size_at(&a[2], i),
                  l->weight->sizes[2 + i]};
}

static void window_at(const Axis *a, int64_t p, int64_t *places, int64_t *taps)
{
    for (int64_t t = 0; t < a->kernel; t++) {
        places[t] = p * a->stride - a->padding + t * a->dilation;
        taps[t] = t;
    }
}

// The places p, ascending, whose windows have a tap at [q], below [size]; how many.
static int64_t windows_over(const Axis *a, int64_t q, int64_t size, int64_t *places,
                            int64_t *taps)
{
    int64_t n = 0;
    for (int64_t t = a->kernel; t--;) {
        int64_t steps = q + a->padding - t * a->dilation;
        if (steps < 0 || steps % a->stride || steps / a->stride >= size) continue;
        if (places) places[n] = steps / a->stride;
        if (taps) taps[n] = t;
        n++;
    }
    return n;
}

// The channels that one channel of a side is joined to: [from], [from] + n.
static void joined_channels(const AdjLens *l, bool first_side, int64_t own, int64_t *from,
                            int64_t *n)
{
    int64_t groups = l->call->arg[5].i;
    int64_t firsts = l->weight->sizes[0] / groups, seconds = l->weight->sizes[1];
    *n = first_side ? seconds : firsts;
    *from = own / (first_side ? firsts : seconds) * *n;
}

// weight[first, second in its group, taps]: the first axis is the output's channels, or of a
// transposed convolution the input's.
static void conv_weights(const AdjLens *l, bool first_side, int64_t own, AdjLensGrid *g)
{
    int64_t seconds = l->weight->sizes[1], at[ADJ_MAX_DIMS] = {0};
    double *w = g->weight;
    for (int64_t p = 0; p < g->n_planes; p++) {
        at[0] = first_side ? own : g->planes[p];
        at[1] = (first_side ? g->planes[p] : own) % seconds;
        for (int64_t r = 0; r < g->n_rows; r++)
            for (int64_t c = 0; c < g->n_columns; c++, w++) {
                if (l->space == 2) at[2] = g->row_tap[r];
                at[1 + l->space] = g->column_tap[c];
                *w = adj_lens_element(l->weight, at);
            }
    }
}

static bool look_convolution(const AdjLens *l, bool backward, const int64_t *at, AdjLensGrid *g)
{
    bool transposed = l->call->arg[3].b, first_side = backward == transposed;
    AdjTensor *other = backward ? l->y : l->x;
    int rank = other->ndim;
    int64_t own = at[rank - l->space - 1], from, planes, count[2];
    Axis axis[2] = {conv_axis(l, 0), conv_axis(l, 1)};
    joined_channels(l, first_side, own, &from, &planes);
    for (int i = 0; i < 2; i++) {
        int64_t size = i < 2 - l->space ? 1 : other->sizes[rank - 2 + i];
        count[i] = first_side ? axis[i].kernel
                              : windows_over(&axis[i], along(l, at, rank, i), size, NULL, NULL);
    }
    if (!make_grid(g, count[0], count[1], planes)) return false;
    for (int64_t p = 0; p < planes; p++) g->planes[p] = from + p;
    for (int i = 0; i < 2; i++) {
        int64_t *places = i ? g->columns : g->rows, *taps = i ? g->column_tap : g->row_tap;
        int64_t size = i < 2 - l->space ? 1 : other->sizes[rank - 2 + i];
        if (first_side)
            window_at(&axis[i], along(l, at, rank, i), places, taps);
        else
            windows_over(&axis[i], along(l, at, rank, i), size, places, taps);
    }
    fill_values(l, backward ? l->dy : l->x, at, g);
    conv_weights(l, first_side, own, g);
    if (!backward && l->bias) g->bias = adj_lens_element(l->bias, &own);
    return true;
}

static bool take_convolution(AdjLens *l, const AdjPinned *p)
{
    (void)p;
    l->space = l->x->ndim - 2;
    l->channels = true;
    return l->weight && (l->space == 1 || l->space == 2);
}

// ---------------------------------------------------------------- pooling

// The window of output [p] along an axis: where it begins and ends, and with its padding.
typedef struct Span {
    int64_t from, to, padded_to, step;
} Span;

static bool is_adaptive(const AdjLens *l)
{
    return !strncmp(l->call->op->name, "adaptive", 8);
}

static Span pool_span(const AdjLens *l, int axis, int64_t p)
{
    int i = axis - (2 - l->space), rank = l->x->ndim;
    if (i < 0) return (Span){0, 1, 1, 1};
    int64_t in = l->x->sizes[rank - l->space + i], out = l->y->sizes[rank - l->space + i];
    const AdjValue *a = l->call->arg;
    if (is_adaptive(l)) {
        int64_t to = ((p + 1) * in + out - 1) / out;
        return (Span){p * in / out, to, to, 1};
    }
    int64_t kernel = size_at(&a[0], i);
    int64_t stride = a[1].ints.n < 1 ? kernel : size_at(&a[1], i);
    int64_t padding = size_at(&a[2], i);
    int64_t step = l->winners ? size_at(&a[3], i) : 1;
    int64_t from = p * stride - padding, to = from + (kernel - 1) * step + 1;
    return (Span){from, to, to < in + padding ? to : in + padding, step};
}

static int64_t clip(int64_t x, int64_t high)
{
    return x < 0 ? 0 : x > high ? high : x;
}

// The share of each element of an average: padding counts or not, as it was called.
static double average_weight(const AdjLens *l, const Span *s)
{
    const AdjValue *a = l->call->arg;
    bool padded = !is_adaptive(l) && a[4].b;
    int64_t n = 1, rank = l->x->ndim;
    if (!is_adaptive(l) && l->call->n_arg > 5 && a[5].i != ADJ_NO_INT)
        return 1.0 / (double)a[5].i;
    for (int i = 2 - l->space; i < 2; i++) {
        int64_t in = l->x->sizes[rank - 2 + i];
        n *= padded ? s[i].padded_to - s[i].from : clip(s[i].to, in) - clip(s[i].from, in);
    }
    return 1.0 / (double)n;
}

// The weight between an output and a place of the input; [out] has all its axes.
static double pool_weight(const AdjLens *l, const int64_t *out, int64_t row, int64_t column)
{
    int rank = l->x->ndim;
    if (l->winners) {
        int64_t width = l->x->sizes[rank - 1];
        return adj_lens_element(l->winners, out) == (double)(row * width + column);
    }
    Span s[2] = {pool_span(l, 0, along(l, out, rank, 0)),
                 pool_span(l, 1, along(l, out, rank, 1))};
    return average_weight(l, s);
}

static bool pool_forward(const AdjLens *l, const int64_t *at, AdjLensGrid *g)
{
    int rank = l->x->ndim;
    Span s[2] = {pool_span(l, 0, along(l, at, rank, 0)),
                 pool_span(l, 1, along(l, at, rank, 1))};
    int64_t n[2];
    for (int i = 0; i < 2; i++) n[i] = (s[i].to - s[i].from + s[i].step - 1) / s[i].step;
    if (!make_grid(g, n[0], n[1], 1)) return false;
    for (int64_t r = 0; r < n[0]; r++) g->rows[r] = s[0].from + r * s[0].step;
    for (int64_t c = 0; c < n[1]; c++) g->columns[c] = s[1].from + c * s[1].step;
    g->planes[0] = l->channels ? at[rank - l->space - 1] : 0;
    fill_values(l, l->x, at, g);
    double *w = g->weight;
    for (int64_t r = 0; r < n[0]; r++)
        for (int64_t c = 0; c < n[1]; c++) *w++ = pool_weight(l, at, g->rows[r], g->columns[c]);
    return true;
}

// The outputs along an axis whose windows hold the place [q], ascending; how many.
static int64_t windows_holding(const AdjLens *l, int axis, int64_t q, int64_t *places)
{
    int64_t n = 0, size = axis < 2 - l->space ? 1 : l->y->sizes[l->y->ndim - 2 + axis];
    for (int64_t p = 0; p < size; p++) {
        Span s = pool_span(l, axis, p);
        if (q < s.from || q >= s.to || (q - s.from) % s.step) continue;
        if (places) places[n] = p;
        n++;
    }
    return n;
}

static bool pool_backward(const AdjLens *l, const int64_t *at, AdjLensGrid *g)
{
    int rank = l->x->ndim;
    int64_t q[2] = {along(l, at, rank, 0), along(l, at, rank, 1)}, out[ADJ_MAX_DIMS];
    if (!make_grid(g, windows_holding(l, 0, q[0], NULL), windows_holding(l, 1, q[1], NULL), 1))
        return false;
    windows_holding(l, 0, q[0], g->rows);
    windows_holding(l, 1, q[1], g->columns);
    g->planes[0] = l->channels ? at[rank - l->space - 1] : 0;
    fill_values(l, l->dy, at, g);
    double *w = g->weight;
    for (int64_t r = 0; r < g->n_rows; r++)
        for (int64_t c = 0; c < g->n_columns; c++, w++)
            if (place_of(l, l->y, at, g->planes[0], g->rows[r], g->columns[c], out))
                *w = pool_weight(l, out, q[0], q[1]);
    return true;
}

static bool look_pool(const AdjLens *l, bool backward, const int64_t *at, AdjLensGrid *g)
{
    return backward ? pool_backward(l, at, g) : pool_forward(l, at, g);
}

static bool take_pool(AdjLens *l, const AdjPinned *p)
{
    const AdjPinnedCall *c = l->call;
    bool max = strstr(c->op->name, "max") != NULL;
    l->weight = l->bias = NULL;
    l->winners = max && c->n_out > 1 && c->out[1] >= 0 ? p->slots[c->out[1]].seen : NULL;
    l->space = is_adaptive(l) ? c->arg[0].ints.n : strstr(c->op->name, "1d") ? 1 : 2;
    if (max && !is_adaptive(l)) l->space = c->arg[0].ints.n;
    l->channels = l->x->ndim > l->space;
    return l->space <= 2 && l->space >= 1 && (!max || l->winners);
}

// ---------------------------------------------------------------- matrices

// y[i, j] = sum of x[i, k] w: w[j, k] where the second factor is used transposed, else w[k, j].
static double matrix_weight(const AdjLens *l, const int64_t *at, int64_t k, int64_t j)
{
    bool turned = strstr(l->call->op->name, "_t") != NULL;
    int n = l->weight->ndim;
    int64_t where[ADJ_MAX_DIMS];
    for (int i = 0; i < n - 2; i++) where[i] = at[i];
    where[n - 2] = turned ? j : k;
    where[n - 1] = turned ? k : j;
    return adj_lens_element(l->weight, where);
}

static bool look_matrix(const AdjLens *l, bool backward, const int64_t *at, AdjLensGrid *g)
{
    AdjTensor *other = backward ? l->y : l->x;
    int n = other->ndim;
    if (!make_grid(g, 1, other->sizes[n - 1], 1)) return false;
    g->planes[0] = 0;
    g->rows[0] = at[n - 2];
    for (int64_t c = 0; c < g->n_columns; c++) {
        g->columns[c] = c;
        g->weight[c] =
            backward ? matrix_weight(l, at, at[n - 1], c) : matrix_weight(l, at, c, at[n - 1]);
    }
    fill_values(l, backward ? l->dy : l->x, at, g);
    if (!backward && l->bias) g->bias = adj_lens_element(l->bias, &at[n - 1]);
    return true;
}

static bool take_matrix(AdjLens *l, const AdjPinned *p)
{
    const AdjPinnedCall *c = l->call;
    bool biased = !strcmp(c->op->name, "addmm_t");
    AdjTensor *in[3];
    for (int i = 0; i < 3 && i < c->n_in; i++) {
        if (c->in[i] < 0) return false;
        const AdjPinnedSlot *s = &p->slots[c->in[i]];
        in[i] = s->copy ? s->copy : s->seen;
    }
    l->bias = biased ? in[0] : NULL;
    l->x = in[biased];
    l->weight = in[biased + 1];
    l->space = 2;
    return l->x->ndim >= 2 && l->weight->ndim == l->x->ndim;
}

// ---------------------------------------------------------------- attention

static bool seen_by(const AdjLens *l, int64_t query, int64_t key)
{
    return !l->call->arg[0].b || key <= query;
}

// The row of probabilities of one query, in [p].
static void probabilities(const AdjLens *l, const int64_t *at, int64_t query, double *p)
{
    int n = l->q->ndim;
    int64_t where[ADJ_MAX_DIMS], length = l->k->sizes[n - 2], size = l->q->sizes[n - 1];
    double scale = isnan(l->call->arg[1].f) ? 1 / sqrt((double)size) : l->call->arg[1].f;
    double most = -INFINITY, sum = 0;
    for (int i = 0; i < n - 2; i++) where[i] = at[i];
    for (int64_t s = 0; s < length; s++) {
        p[s] = seen_by(l, query, s) ? 0 : -INFINITY;
        for (int64_t e = 0; e < size && p[s] > -INFINITY; e++) {
            where[n - 1] = e;
            where[n - 2] = query;
            double a = adj_lens_element(l->q, where);
            where[n - 2] = s;
            p[s] += scale * a * adj_lens_element(l->k, where);
        }
        most = fmax(most, p[s]);
    }
    for (int64_t s = 0; s < length; s++) sum += p[s] = exp(p[s] - most);
    for (int64_t s = 0; s < length; s++) p[s] /= sum;
}

static bool look_attention(const AdjLens *l, bool backward, const int64_t *at, AdjLensGrid *g)
{
    AdjTensor *other = backward ? l->y : l->x;
    int n = other->ndim;
    int64_t keys = l->k->sizes[n - 2], places = other->sizes[n - 2];
    double *p = adj_scope_memory((size_t)(keys + 1) * sizeof *p);
    if (!p || !make_grid(g, places, 1, 1)) return false;
    g->planes[0] = 0;
    g->columns[0] = at[n - 1];
    if (!backward) probabilities(l, at, at[n - 2], p);
    for (int64_t r = 0; r < places; r++) {
        g->rows[r] = r;
        if (backward) probabilities(l, at, r, p);
        g->weight[r] = p[backward ? at[n - 2] : r];
    }
    fill_values(l, backward ? l->dy : l->x, at, g);
    return true;
}

static bool take_attention(AdjLens *l, const AdjPinned *p)
{
    const AdjPinnedCall *c = l->call;
    AdjTensor *in[3];
    for (int i = 0; i < 3; i++) {
        const AdjPinnedSlot *s = &p->slots[c->in[i]];
        in[i] = s->copy ? s->copy : s->seen;
    }
    l->q = in[0], l->k = in[1], l->x = in[2];
    l->weight = l->bias = NULL;
    l->space = 2;
    int n = l->q->ndim;
    if ((c->n_in > 3 && c->in[3] >= 0) || n < 2) return false;  // a mask has no picture here
    for (int i = 0; i < n - 2; i++)
        if (l->q->sizes[i] != l->k->sizes[i]) return false;
    return true;
}

// ---------------------------------------------------------------- kinds

static const AdjLensKind kinds[] = {
    {"convolution", "convolution", take_convolution, look_convolution},
    {"max_pool_with_indices", "maximum", take_pool, look_pool},
    {"adaptive_max_pool_with_indices", "maximum", take_pool, look_pool},
    {"avg_pool1d", "average", take_pool, look_pool},
    {"avg_pool2d", "average", take_pool, look_pool},
    {"adaptive_avg_pool1d", "average", take_pool, look_pool},
    {"adaptive_avg_pool2d", "average", take_pool, look_pool},
    {"addmm_t", "matrix", take_matrix, look_matrix},
    {"mm_t", "matrix", take_matrix, look_matrix},
    {"mm", "matrix", take_matrix, look_matrix},
    {"bmm", "matrix", take_matrix, look_matrix},
    {"flash_attention", "attention", take_attention, look_attention},
};

const AdjLensKind *adj_lens_kind(const AdjOp *op)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(kinds[i].op, op->name)) return &kinds[i];
    return NULL;
}

bool adj_lens_take(AdjLens *l, const AdjPinned *p, const AdjPinnedCall *c)
{
    AdjTensor *in[3] = {NULL};
    for (int i = 0; i < 3 && i < c->n_in; i++)
        if (c->in[i] >= 0)
            in[i] = p->slots[c->in[i]].copy ? p->slots[c->in[i]].copy : p->slots[c->in[i]].seen;
    *l = (AdjLens){.call = c, .kind = adj_lens_kind(c->op), .dy = c->dy};
    if (!l->kind || !in[0] || c->n_out < 1 || c->out[0] < 0) return false;
    l->x = in[0];
    l->weight = in[1];
    l->bias = in[2];
    l->y = p->slots[c->out[0]].seen;
    return l->kind->take(l, p);
}
