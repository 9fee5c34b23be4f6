// SPDX-License-Identifier: Apache-2.0
// sort.c: sort, and what follows from sorted lines: topk, kthvalue, medians, mode, quantiles.
//
// Elements of every type are mapped to 64-bit keys whose order as integers is the order wanted,
// NaN last, so that one sort serves all: insertion for short lines, otherwise a radix sort by
// bytes that skips the bytes all keys share. Both are stable. Gradients go back to the places
// that were chosen.
#include "ops/reduce/sort.h"

#include "cpu/parallel.h"

// ---------------------------------------------------------------- keys

// Flips a float's bits so that integers order as the floats do.
static inline uint64_t key_of_double(double v)
{
    uint64_t u;
    if (v != v) return UINT64_MAX;
    if (v == 0) v = 0;
    memcpy(&u, &v, sizeof u);
    return u >> 63 ? ~u : u | (uint64_t)1 << 63;
}

static inline uint64_t key_of_float(float v)
{
    uint32_t u;
    if (v != v) return UINT64_MAX;
    if (v == 0) v = 0;
    memcpy(&u, &v, sizeof u);
    return u >> 31 ? (uint32_t)~u : u | (uint32_t)1 << 31;
}

static uint64_t key_at(const AdjTensor *x, int64_t i)
{
    const void *p = adj_ptr(x);
    switch ((AdjDtype)x->dtype) {
    case ADJ_F32: return key_of_float(((const float *)p)[i]);
    case ADJ_F64: return key_of_double(((const double *)p)[i]);
    case ADJ_F16: return key_of_float(adj_half_to_float(((const uint16_t *)p)[i]));
    case ADJ_BF16: return key_of_float(adj_bfloat_to_float(((const uint16_t *)p)[i]));
    case ADJ_I64: return (uint64_t)((const int64_t *)p)[i] ^ (uint64_t)1 << 63;
    case ADJ_I32: return (uint32_t)((const int32_t *)p)[i] ^ (uint32_t)1 << 31;
    default: return ((const uint8_t *)p)[i];
    }
}

void adj_make_keys(AdjKey *keys, const AdjTensor *x, int64_t first, int64_t n, bool descending)
{
    uint64_t flip = descending ? UINT64_MAX : 0;
    for (int64_t i = 0; i < n; i++) keys[i] = (AdjKey){key_at(x, first + i) ^ flip, i};
}

static void insertion_sort(AdjKey *keys, int64_t n)
{
    for (int64_t i = 1; i < n; i++) {
        AdjKey k = keys[i];
        int64_t j = i;
        for (; j > 0 && keys[j - 1].key > k.key; j--) keys[j] = keys[j - 1];
        keys[j] = k;
    }
}

void adj_sort_keys(AdjKey *keys, AdjKey *spare, int64_t n)
{
    enum { SHORT = 48 };
    if (n <= SHORT) {
        insertion_sort(keys, n);
        return;
    }
    uint64_t differ = 0;
    for (int64_t i = 1; i < n; i++) differ |= keys[i].key ^ keys[0].key;
    AdjKey *from = keys, *to = spare;
    for (int shift = 0; shift < 64; shift += 8) {
        int64_t start[256] = {0}, sum = 0;
        if (!(differ >> shift & 255)) continue;
        for (int64_t i = 0; i < n; i++) start[from[i].key >> shift & 255]++;
        for (int d = 0; d < 256; d++) {
            int64_t count = start[d];
            start[d] = sum;
            sum += count;
        }
        for (int64_t i = 0; i < n; i++) to[start[from[i].key >> shift & 255]++] = from[i];
        AdjKey *other = from;
        from = to;
        to = other;
    }
    if (from != keys) memcpy(keys, from, (size_t)n * sizeof *keys);
}

// ---------------------------------------------------------------- lines

// What is taken from every sorted line. [pick] writes [width] places for one line.
typedef struct Take {
    AdjTensor *x;  // dense, the axis last
    int64_t n, width;
    bool descending;
    void (*pick)(const AdjKey *sorted, int64_t n, int64_t width, int64_t k, int64_t *at);
    int64_t k;
    int64_t *at;  // (lines, width)
    bool failed;
} Take;

static void take_line(int64_t line, const void *arg)
{
    Take *t = (Take *)(uintptr_t)arg;
    size_t bytes = (size_t)t->n * 2 * sizeof(AdjKey);
    AdjKey *keys = adj_alloc(bytes);
    if (!keys) {
        t->failed = true;
        return;
    }
    adj_make_keys(keys, t->x, line * t->n, t->n, t->descending);
    adj_sort_keys(keys, keys + t->n, t->n);
    t->pick(keys, t->n, t->width, t->k, t->at + line * t->width);
    adj_free(keys, bytes);
}

// The places that [pick] chooses along [dim], as an index tensor with axis [dim] of length
// [width].
static AdjTensor *take(AdjTensor *x, int64_t dim, int64_t width, Take t)
{
    bool last = x->ndim == 0 || dim == x->ndim - 1;
    t.x = adj_contiguous(last ? x : adj_transpose(x, dim, -1));
    if (!t.x) return NULL;
    AdjShape shape = adj_shape(t.x);
    t.n = x->ndim ? x->sizes[dim] : 1;
    t.width = width = x->ndim ? width : 1;
    if (shape.n) shape.at[shape.n - 1] = width;
    AdjTensor *at = adj_new(shape, ADJ_I64);
    if (!at) return NULL;
    t.at = (int64_t *)adj_ptr(at);
    if (at->numel) adj_each_piece(at->numel / width, t.x->numel, take_line, &t);
    if (t.failed) return adj_fail(ADJ_E_MEMORY, "%s: no memory to sort in", adj_op_name());
    return last ? at : adj_contiguous(adj_transpose(at, dim, -1));
}

static void pick_all(const AdjKey *sorted, int64_t n, int64_t width, int64_t k, int64_t *at)
{
    (void)n, (void)k;
    for (int64_t i = 0; i < width; i++) at[i] = sorted[i].at;
}

static void pick_kth(const AdjKey *sorted, int64_t n, int64_t width, int64_t k, int64_t *at)
{
    (void)n, (void)width;
    *at = sorted[k].at;
}

// The lower of the two middle elements; the first NaN if there is one.
static void pick_median(const AdjKey *sorted, int64_t n, int64_t width, int64_t k, int64_t *at)
{
    (void)width, (void)k;
    int64_t middle = (n - 1) / 2;
    if (adj_key_is_nan(sorted[n - 1].key))
        for (middle = n - 1; middle > 0 && adj_key_is_nan(sorted[middle - 1].key);) middle--;
    *at = sorted[middle].at;
}

static void pick_nanmedian(const AdjKey *sorted, int64_t n, int64_t width, int64_t k,
                           int64_t *at)
{
    (void)width, (void)k;
    while (n > 1 && adj_key_is_nan(sorted[n - 1].key)) n--;
    *at = sorted[(n - 1) / 2].at;
}

// The most frequent element, the least of several, at its last place.
static void pick_mode(const AdjKey *sorted, int64_t n, int64_t width, int64_t k, int64_t *at)
{
    (void)width, (void)k;
    int64_t most = 0;
    for (int64_t i = 0, start = 0; i < n; i++) {
        if (i + 1 < n && sorted[i + 1].key == sorted[i].key) continue;
        if (i + 1 - start > most) most = i + 1 - start, *at = sorted[i].at;
        start = i + 1;
    }
}

// Elements of [x] at places [at] along [dim], and the places; the axis goes away unless kept.
static AdjTensors chosen(AdjTensor *x, AdjTensor *at, int64_t dim, bool keepdim)
{
    AdjTensor *values = !at ? NULL : x->ndim ? adj_gather(x, dim, at) : adj_clone(x);
    if (!keepdim && x->ndim && values) {
        values = adj_squeeze(values, adj_axis(dim));
        at = adj_squeeze(at, adj_axis(dim));
    }
    return adj_list(2, (AdjTensor *[]){values, at});
}

static const AdjTensors none;

// One element along an axis, by [pick].
static AdjTensors choose_one(AdjTensor *x, int64_t dim, bool keepdim, Take t)
{
    if (!adj_wrap_dim(&dim, x->ndim) || !adj_nonempty(x, x->ndim ? 1u << dim : 0)) return none;
    return chosen(x, take(x, dim, 1, t), dim, keepdim);
}

// ---------------------------------------------------------------- sort

static void sort_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    dx[0] = adj_scatter_back(dy[0], n->in[0].shape, adj_saved_out(n, 1), n->arg[0].i, true);
}

ADJ_OP(sort,
       "(input: tensor, dim: int = -1, descending: bool = False, stable: bool = False) "
       "-> (values: tensor, indices: tensor)",
       "The elements in order along dim, and the places they came from. Always stable; NaN "
       "counts as "
       "greatest.",
       .vjp = sort_vjp, .saves = ADJ_SAVE_OUT(1), .hosted = true)
AdjTensors op_sort(AdjTensor *input, int64_t dim, bool descending, bool stable)
{
    (void)stable;
    if (!adj_wrap_dim(&dim, input->ndim)) return none;
    int64_t n = input->ndim ? input->sizes[dim] : 1;
    return chosen(input,
                  take(input, dim, n, (Take){.pick = pick_all, .descending = descending}), dim,
                  true);
}

ADJ_OP(
    argsort,
    "(input: tensor, dim: int = -1, descending: bool = False, stable: bool = False) -> tensor",
    "The places of the elements in order along dim.", .no_grad = true, .hosted = true)
AdjTensor *op_argsort(AdjTensor *input, int64_t dim, bool descending, bool stable)
{
    (void)stable;
    if (!adj_wrap_dim(&dim, input->ndim)) return NULL;
    int64_t n = input->ndim ? input->sizes[dim] : 1;
    return take(input, dim, n, (Take){.pick = pick_all, .descending = descending});
}

ADJ_OP(msort, "(input: tensor) -> tensor", "The elements in order along the first axis.")
AdjTensor *op_msort(AdjTensor *input)
{
    AdjTensors sorted = adj_sort(input, 0, false, false);
    return sorted.n ? sorted.at[0] : NULL;
}

static void topk_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    dx[0] = adj_scatter_back(dy[0], n->in[0].shape, adj_saved_out(n, 1), n->arg[1].i, true);
}

ADJ_OP(topk,
       "(input: tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) "
       "-> (values: tensor, indices: tensor)",
       "The k greatest (or least) elements along dim in order, and their places.",
       .vjp = topk_vjp, .saves = ADJ_SAVE_OUT(1), .hosted = true)
AdjTensors op_topk(AdjTensor *input, int64_t k, int64_t dim, bool largest, bool sorted)
{
    (void)sorted;
    if (!adj_wrap_dim(&dim, input->ndim)) return none;
    int64_t n = input->ndim ? input->sizes[dim] : 1;
    if (k < 0 || k > n) {
        adj_fail(ADJ_E_RUNTIME, "topk: selected index k out of range: %lld of %lld",
                 (long long)k, (long long)n);
        return none;
    }
    return chosen(input, take(input, dim, k, (Take){.pick = pick_all, .descending = largest}),
                  dim, true);
}

static void kthvalue_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    dx[0] =
        adj_scatter_back(dy[0], n->in[0].shape, adj_saved_out(n, 1), n->arg[1].i, n->arg[2].b);
}

ADJ_OP(kthvalue,
       "(input: tensor, k: int, dim: int = -1, keepdim: bool = False) "
       "-> (values: tensor, indices: tensor)",
       "The k-th smallest element along dim (k from 1), and its place.", .vjp = kthvalue_vjp,
       .saves = ADJ_SAVE_OUT(1), .hosted = true)
AdjTensors op_kthvalue(AdjTensor *input, int64_t k, int64_t dim, bool keepdim)
{
    int64_t axis = dim;
    if (!adj_wrap_dim(&axis, input->ndim)) return none;
    int64_t n = input->ndim ? input->sizes[axis] : 1;
    if (k < 1 || k > n) {
        adj_fail(ADJ_E_RUNTIME, "kthvalue: selected number k out of range for dimension %lld",
                 (long long)axis);
        return none;
    }
    return choose_one(input, dim, keepdim, (Take){.pick = pick_kth, .k = k - 1});
}

// ---------------------------------------------------------------- medians and mode

static void choose_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    dx[0] =
        adj_scatter_back(dy[0], n->in[0].shape, adj_saved_out(n, 1), n->arg[0].i, n->arg[1].b);
}

ADJ_OP(median_dim,
       "(input: tensor, dim: int, keepdim: bool = False) -> (values: tensor, indices: tensor)",
       "The lower median along dim and its place; NaN if the line holds one.",
       .vjp = choose_vjp, .saves = ADJ_SAVE_OUT(1), .torch = "Median", .no_method = true,
       .hosted = true)
AdjTensors op_median_dim(AdjTensor *input, int64_t dim, bool keepdim)
{
    return choose_one(input, dim, keepdim, (Take){.pick = pick_median});
}

ADJ_OP(nanmedian_dim,
       "(input: tensor, dim: int, keepdim: bool = False) -> (values: tensor, indices: tensor)",
       "The lower median along dim of what is not NaN, and its place.", .vjp = choose_vjp,
       .saves = ADJ_SAVE_OUT(1), .torch = "Nanmedian", .no_method = true, .hosted = true)
AdjTensors op_nanmedian_dim(AdjTensor *input, int64_t dim, bool keepdim)
{
    return choose_one(input, dim, keepdim, (Take){.pick = pick_nanmedian});
}

ADJ_OP(mode,
       "(input: tensor, dim: int = -1, keepdim: bool = False) -> (values: tensor, indices: "
       "tensor)",
       "The most frequent element along dim, the least of several, and its place.",
       .vjp = choose_vjp, .saves = ADJ_SAVE_OUT(1), .hosted = true)
AdjTensors op_mode(AdjTensor *input, int64_t dim, bool keepdim)
{
    return choose_one(input, dim, keepdim, (Take){.pick = pick_mode});
}

static void median_all_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    dx[0] = adj_share(n, dy[0], ADJ_ALL, false);
}

// The whole tensor as one line; the median of nothing is NaN.
static AdjTensor *of_all(AdjTensor *x, Take t)
{
    if (!x) return NULL;
    if (x->numel == 0) return adj_full(ADJ_SCALAR_SHAPE, ADJ_F(NAN), adj_dtype(x));
    x = adj_reshape(x, ADJ_SHAPE(-1));
    if (!x) return NULL;
    AdjTensors one = choose_one(x, 0, false, t);
    return one.n ? one.at[0] : NULL;
}

ADJ_OP(median_all, "(input: tensor) -> tensor",
       "The lower median of all elements; equal ones share the gradient.",
       .vjp = median_all_vjp, .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_OUT(0), .torch = "Median",
       .no_method = true, .hosted = true)
AdjTensor *op_median_all(AdjTensor *input)
{
    return of_all(input, (Take){.pick = pick_median});
}

ADJ_OP(nanmedian_all, "(input: tensor) -> tensor",
       "The lower median of all elements that are not NaN; equal ones share the gradient.",
       .vjp = median_all_vjp, .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_OUT(0), .torch = "Nanmedian",
       .no_method = true, .hosted = true)
AdjTensor *op_nanmedian_all(AdjTensor *input)
{
    return of_all(input, (Take){.pick = pick_nanmedian});
}

static AdjTensors single(AdjTensor *y)
{
    return y ? adj_list(1, &y) : none;
}

ADJ_OP(median,
       "(input: tensor, dim: int? = None, keepdim: bool = False) "
       "-> (values: tensor, indices: tensor)",
       "The lower median; with an axis, along it, with the places. NaN if there is one.")
AdjTensors op_median(AdjTensor *input, int64_t dim, bool keepdim)
{
    return dim == ADJ_NO_INT ? single(adj_median_all(input))
                             : adj_median_dim(input, dim, keepdim);
}

ADJ_OP(nanmedian,
       "(input: tensor, dim: int? = None, keepdim: bool = False) "
       "-> (values: tensor, indices: tensor)",
       "The lower median of what is not NaN; with an axis, along it, with the places.")
AdjTensors op_nanmedian(AdjTensor *input, int64_t dim, bool keepdim)
{
    return dim == ADJ_NO_INT ? single(adj_nanmedian_all(input))
                             : adj_nanmedian_dim(input, dim, keepdim);
}

// ---------------------------------------------------------------- quantiles

// Between which sorted elements the quantiles lie: q (n - 1), n without the NaN when they are
// ignored.
static AdjTensor *ranks(AdjTensor *sorted, AdjTensor *q, bool ignore_nan)
{
    AdjTensor *nans = adj_sum(adj_isnan(sorted), adj_axis(-1), true, ADJ_SAME);
    AdjTensor *last = adj_number(ADJ_I(sorted->sizes[sorted->ndim - 1] - 1));
    AdjTensor *zero = adj_number(ADJ_I(0));
    if (ignore_nan)
        last = adj_clamp(adj_sub(last, nans, ADJ_I(1)), zero, NULL);
    else
        last = adj_add(adj_mul(nans, zero), last, ADJ_I(1));
    AdjTensor *rank = adj_mul(q, adj_to(last, adj_dtype(sorted)));
    return ignore_nan ? rank : adj_where(adj_gt(nans, zero), last, rank);  // a NaN is last
}

// The elements at fractional places [rank] of sorted lines.
static AdjTensor *at_ranks(AdjTensor *sorted, AdjTensor *rank, const char *how)
{
    AdjTensor *below = adj_floor(rank), *above = adj_ceil(rank),
              *weight = adj_sub(rank, below, ADJ_I(1));
    if (!strcmp(how, "lower"))
        above = below;
    else if (!strcmp(how, "higher"))
        below = above;
    else if (!strcmp(how, "nearest"))
        below = above = adj_round(rank, 0);
    else if (!strcmp(how, "midpoint"))
        weight = adj_mul(adj_ne(above, below), ADJ_NUM(0.5));
    else if (strcmp(how, "linear")) {
        return adj_fail(
            ADJ_E_RUNTIME,
            "%s: interpolation must be one of linear, lower, higher, midpoint or nearest, "
            "but got %s",
            adj_op_name(), how);
    }
    AdjTensor *low = adj_gather(sorted, -1, adj_to(below, ADJ_I64));
    if (above == below) return low;
    return adj_lerp(low, adj_gather(sorted, -1, adj_to(above, ADJ_I64)),
                    adj_to(weight, adj_dtype(sorted)));
}

static bool check_quantile(AdjTensor *x, AdjTensor *q)
{
    if (x->dtype != ADJ_F32 && x->dtype != ADJ_F64) {
        return adj_fail(ADJ_E_DTYPE, "%s: input tensor must be either float or double dtype",
                        adj_op_name());
    }
    if (q->ndim > 1)
        return adj_fail(ADJ_E_RUNTIME, "%s: q must be a scalar or 1D tensor", adj_op_name());
    if (x->numel == 0)
        return adj_fail(ADJ_E_RUNTIME, "%s: input tensor must be non-empty", adj_op_name());
    AdjTensor *zero = adj_number(ADJ_I(0)), *one = adj_number(ADJ_I(1));
    AdjTensor *inside =
        adj_all(adj_logical_and(adj_ge(q, zero), adj_le(q, one)), ADJ_ALL, false);
    if (!inside) return false;
    if (adj_item(inside) != 0) return true;
    return adj_fail(ADJ_E_RUNTIME, "%s: q values must be in the range [0, 1]", adj_op_name());
}

static AdjTensor *quantiles(AdjTensor *x, AdjTensor *q, int64_t dim, bool keepdim,
                            const char *how, bool ignore_nan)
{
    q = adj_on(q, adj_device_of(x));
    if (!q || !check_quantile(x, q)) return NULL;
    bool flat = dim == ADJ_NO_INT, scalar = q->ndim == 0;
    AdjShape kept = adj_shape(x);
    for (int d = 0; flat && d < kept.n; d++) kept.at[d] = 1;
    if (flat)
        dim = 0;
    else if (!adj_wrap_dim(&dim, x->ndim))
        return NULL;
    AdjTensor *lines =
        flat || x->ndim == 0 ? adj_reshape(x, ADJ_SHAPE(-1)) : adj_transpose(x, dim, -1);
    AdjTensors sorted = adj_sort(lines, -1, false, true);
    if (!sorted.n) return NULL;
    AdjTensor *rank =
        ranks(sorted.at[0], adj_to(adj_reshape(q, ADJ_SHAPE(-1)), adj_dtype(x)), ignore_nan);
    AdjTensor *y = at_ranks(sorted.at[0], rank, how);  // (..., q)
    if (!y) return NULL;
    if (flat && keepdim) {
        kept.n++;
        memmove(kept.at + 1, kept.at, (size_t)(kept.n - 1) * sizeof *kept.at);
        kept.at[0] = q->numel;
        y = adj_reshape(y, kept);
    } else if (!flat && x->ndim) {
        y = adj_movedim(adj_unsqueeze(y, -1), adj_axis(-2), adj_axis(0));  // (q, ..., 1)
        y = keepdim ? adj_transpose(y, dim + 1, -1) : adj_transpose(y, dim + 1, -1);
        if (!keepdim) y = adj_squeeze(y, adj_axis(dim + 1));
    }
    return scalar ? adj_squeeze(y, adj_axis(0)) : y;
}

ADJ_OP(quantile,
       "(input: tensor, q: num, dim: int? = None, keepdim: bool = False, *, "
       "interpolation: str = 'linear') -> tensor",
       "The q-th quantiles along dim, interpolated between sorted neighbours; NaN if there is "
       "one.")
AdjTensor *op_quantile(AdjTensor *input, AdjTensor *q, int64_t dim, bool keepdim,
                       const char *interpolation)
{
    return quantiles(input, q, dim, keepdim, interpolation, false);
}

ADJ_OP(nanquantile,
       "(input: tensor, q: num, dim: int? = None, keepdim: bool = False, *, "
       "interpolation: str = 'linear') -> tensor",
       "The q-th quantiles along dim of what is not NaN.")
AdjTensor *op_nanquantile(AdjTensor *input, AdjTensor *q, int64_t dim, bool keepdim,
                          const char *interpolation)
{
    return quantiles(input, q, dim, keepdim, interpolation, true);
}
