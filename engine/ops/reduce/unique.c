// SPDX-License-Identifier: Apache-2.0
// unique.c: distinct elements and counts: unique, bincount, histc, and finding places in sorted
// lists. None of these has a derivative: their results are chosen, not computed.
#include "ops/reduce/sort.h"

#include <math.h>

static const AdjTensors none;

// Runs of equal neighbours among the [n] slices of [x] in the order [at]; slice i is x[at[i]].
typedef struct Runs {
    AdjTensor *first;    // int64: the slice each run begins with
    AdjTensor *inverse;  // int64: the run of every slice, in the order of x
    AdjTensor *counts;   // int64
} Runs;

// Compares two slices of [width] elements each.
static int compare(const AdjTensor *x, int64_t width, int64_t a, int64_t b)
{
    AdjKey p, q;
    for (int64_t i = 0; i < width; i++) {
        adj_make_keys(&p, x, a * width + i, 1, false);
        adj_make_keys(&q, x, b * width + i, 1, false);
        // NaN is not equal to itself: each one is distinct.
        if (p.key != q.key || adj_key_is_nan(p.key)) return p.key < q.key ? -1 : 1;
    }
    return 0;
}

// Orders slices by all their elements: a merge sort, because slices are dear to move and cheap
// to name.
static void sort_slices(const AdjTensor *x, int64_t width, int64_t *at, int64_t *spare,
                        int64_t n)
{
    for (int64_t run = 1; run < n; run *= 2) {
        for (int64_t left = 0; left < n; left += 2 * run) {
            int64_t mid = left + run < n ? left + run : n, end = mid + run < n ? mid + run : n;
            for (int64_t i = left, j = mid, k = left; k < end; k++) {
                bool from_left = i < mid && (j >= end || compare(x, width, at[i], at[j]) <= 0);
                spare[k] = from_left ? at[i++] : at[j++];
            }
        }
        memcpy(at, spare, (size_t)n * sizeof *at);
    }
}

// The order of the slices, or of x itself when it need not be sorted.
static bool order_slices(const AdjTensor *x, int64_t width, int64_t n, bool sorted, int64_t *at)
{
    for (int64_t i = 0; i < n; i++) at[i] = i;
    if (!sorted) return true;
    if (width == 1) {
        size_t bytes = (size_t)n * 2 * sizeof(AdjKey);
        AdjKey *keys = adj_alloc(bytes);
        if (!keys) return false;
        adj_make_keys(keys, x, 0, n, false);
        adj_sort_keys(keys, keys + n, n);
        for (int64_t i = 0; i < n; i++) at[i] = keys[i].at;
        adj_free(keys, bytes);
        return true;
    }
    int64_t *spare = adj_alloc((size_t)n * sizeof *spare);
    if (!spare) return false;
    sort_slices(x, width, at, spare, n);
    adj_free(spare, (size_t)n * sizeof *spare);
    return true;
}

static bool find_runs(const AdjTensor *x, int64_t width, int64_t n, bool sorted, Runs *r)
{
    AdjTensor *order = adj_new(ADJ_SHAPE(n), ADJ_I64);
    AdjTensor *first = adj_new(ADJ_SHAPE(n), ADJ_I64), *counts = adj_new(ADJ_SHAPE(n), ADJ_I64);
    r->inverse = adj_new(ADJ_SHAPE(n), ADJ_I64);
    if (!order || !first || !counts || !r->inverse) return false;
    int64_t *at = (int64_t *)adj_ptr(order), *begin = (int64_t *)adj_ptr(first);
    int64_t *count = (int64_t *)adj_ptr(counts), runs = 0;
    if (!order_slices(x, width, n, sorted, at)) return false;
    for (int64_t i = 0; i < n; i++) {
        if (i == 0 || compare(x, width, at[i - 1], at[i])) {
            begin[runs] = at[i];
            count[runs++] = 0;
        }
        count[runs - 1]++;
        ((int64_t *)adj_ptr(r->inverse))[at[i]] = runs - 1;
    }
    r->first = adj_narrow(first, 0, 0, runs);
    r->counts = adj_clone(adj_narrow(counts, 0, 0, runs));
    return r->first && r->counts;
}

static AdjTensors distinct(AdjTensor *x, bool sorted, bool return_inverse, bool return_counts,
                           int64_t dim)
{
    Runs r;
    AdjTensor *out[3];
    int n = 0;
    bool flat = dim == ADJ_NO_INT;
    if (!flat && !adj_wrap_dim(&dim, x->ndim)) return none;
    if (x->ndim == 0) flat = true;
    AdjTensor *slices = adj_contiguous(flat ? adj_reshape(x, ADJ_SHAPE(-1))
                                            : adj_movedim(x, adj_axis(dim), adj_axis(0)));
    if (!slices) return none;
    int64_t count = slices->sizes[0], width = count ? slices->numel / count : 1;
    if (!find_runs(slices, width, count, sorted, &r)) return none;
    AdjTensor *values = adj_index_select(slices, 0, r.first);
    out[n++] = flat ? values : adj_contiguous(adj_movedim(values, adj_axis(0), adj_axis(dim)));
    if (return_inverse) out[n++] = flat ? adj_reshape(r.inverse, adj_shape(x)) : r.inverse;
    if (return_counts) out[n++] = r.counts;
    return adj_list(n, out);
}

ADJ_OP(unique,
       "(input: tensor, sorted: bool = True, return_inverse: bool = False, "
       "return_counts: bool = False, dim: int? = None) "
       "-> tensor | (output: tensor, inverse_indices: tensor, counts: tensor)",
       "The distinct elements in order, or slices along dim; on request where each element "
       "went and how "
       "often each occurs.",
       .no_grad = true, .hosted = true)
AdjTensors op_unique(AdjTensor *input, bool sorted, bool return_inverse, bool return_counts,
                     int64_t dim)
{
    (void)sorted;  // PyTorch's result is in order either way
    return distinct(input, true, return_inverse, return_counts, dim);
}

ADJ_OP(unique_consecutive,
       "(input: tensor, return_inverse: bool = False, return_counts: bool = False, "
       "dim: int? = None) "
       "-> tensor | (output: tensor, inverse_indices: tensor, counts: tensor)",
       "The first of every run of equal neighbours; on request where each element went and the "
       "lengths.",
       .no_grad = true, .hosted = true)
AdjTensors op_unique_consecutive(AdjTensor *input, bool return_inverse, bool return_counts,
                                 int64_t dim)
{
    return distinct(input, false, return_inverse, return_counts, dim);
}

// ---------------------------------------------------------------- counting

ADJ_OP(bincount, "(input: tensor, weights: tensor? = None, minlength: int = 0) -> tensor",
       "How often each whole number occurs, or the sum of the weights that go with it.",
       .no_grad = true, .hosted = true)
AdjTensor *op_bincount(AdjTensor *input, AdjTensor *weights, int64_t minlength)
{
    if (adj_is_float(input) || input->dtype == ADJ_BOOL) {
        return adj_fail(ADJ_E_DTYPE, "bincount: not implemented for %s",
                        adj_dtype_name((AdjDtype)input->dtype));
    }
    if (minlength < 0) return adj_fail(ADJ_E_RUNTIME, "bincount: minlength should be >= 0");
    AdjTensor *x = adj_contiguous(adj_to(input, ADJ_I64));
    if (!x) return NULL;
    const int64_t *v = (const int64_t *)adj_ptr(x);
    int64_t least = 0, bins = minlength;
    for (int64_t i = 0; i < x->numel; i++) {
        if (v[i] < least) least = v[i];
        if (v[i] >= bins) bins = v[i] == INT64_MAX ? v[i] : v[i] + 1;
    }
    if ((x->ndim != 1 && x->numel) || least < 0) {
        return adj_fail(ADJ_E_RUNTIME,
                        "bincount: only supports 1-d non-negative integral inputs.");
    }
    if (!weights) {
        AdjTensor *y = adj_zeros_of(ADJ_SHAPE(bins), ADJ_I64);
        for (int64_t i = 0; y && i < x->numel; i++) ((int64_t *)adj_ptr(y))[v[i]]++;
        return y;
    }
    if (weights->numel != x->numel) {
        return adj_fail(ADJ_E_RUNTIME,
                        "bincount: weights should be 1-d and have the same length as input");
    }
    AdjDtype t = weights->dtype == ADJ_F32 ? ADJ_F32 : ADJ_F64;
    AdjTensor *w = adj_contiguous(adj_to(weights, ADJ_F64)),
              *y = adj_zeros_of(ADJ_SHAPE(bins), ADJ_F64);
    if (!w || !y) return NULL;
    for (int64_t i = 0; i < x->numel; i++)
        ((double *)adj_ptr(y))[v[i]] += ((double *)adj_ptr(w))[i];
    return adj_to(y, t);
}

ADJ_OP(histc, "(input: tensor, bins: int = 100, min: float = 0, max: float = 0) -> tensor",
       "How many elements fall into each of bins equal parts of [min, max], or of the "
       "elements' own range "
       "when both are 0. Elements outside are left out.",
       .no_grad = true, .hosted = true)
AdjTensor *op_histc(AdjTensor *input, int64_t bins, double min, double max)
{
    AdjDtype t = (AdjDtype)input->dtype;
    if (!adj_is_float(input))
        return adj_fail(ADJ_E_DTYPE, "histc: not implemented for %s", adj_dtype_name(t));
    if (bins <= 0)
        return adj_fail(ADJ_E_RUNTIME, "histc: bins must be > 0, but got %lld",
                        (long long)bins);
    AdjTensor *x = adj_contiguous(adj_to(input, ADJ_F64)),
              *y = adj_zeros_of(ADJ_SHAPE(bins), ADJ_F64);
    if (!x || !y) return NULL;
    const double *v = (const double *)adj_ptr(x);
    if (min == max && x->numel) {
        min = max = v[0];
        for (int64_t i = 1; i < x->numel; i++)
            min = v[i] < min ? v[i] : min, max = v[i] > max ? v[i] : max;
    }
    if (min == max) min -= 1, max += 1;
    if (!(min < max) || isinf(min) || isinf(max)) {
        return adj_fail(ADJ_E_RUNTIME, "histc: range of [%g, %g] is not finite or not in order",
                        min, max);
    }
    for (int64_t i = 0; i < x->numel; i++) {
        if (!(v[i] >= min && v[i] <= max)) continue;
        int64_t bin = (int64_t)((v[i] - min) / (max - min) * (double)bins);
        ((double *)adj_ptr(y))[bin < bins ? bin : bins - 1]++;
    }
    return adj_to(y, t);
}

// ---------------------------------------------------------------- places in sorted lists

// How many of the [n] elements of sorted [x] from [first] lie before [key].
static int64_t place_of(const AdjTensor *x, int64_t first, int64_t n, uint64_t key, bool right)
{
    int64_t low = 0, high = n;
    while (low < high) {
        AdjKey middle;
        int64_t mid = low + (high - low) / 2;
        adj_make_keys(&middle, x, first + mid, 1, false);
        if (middle.key < key || (right && middle.key == key))
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

// Each line of values against its own sequence, or all against the only one.
static AdjTensor *search(AdjTensor *sequence, AdjTensor *values, bool out_int32, bool right)
{
    AdjTensor *in[] = {sequence, values};
    AdjDtype t = adj_promote_operands(2, in);
    AdjTensor *s = adj_contiguous(adj_to(sequence, t)), *v = adj_contiguous(adj_to(values, t));
    AdjTensor *y = adj_new(adj_shape(values), ADJ_I64);
    if (!s || !v || !y) return NULL;
    int64_t n = s->sizes[s->ndim - 1], each = s->ndim > 1 ? v->sizes[v->ndim - 1] : v->numel;
    for (int64_t i = 0; i < v->numel; i++) {
        AdjKey key;
        adj_make_keys(&key, v, i, 1, false);
        ((int64_t *)adj_ptr(y))[i] = place_of(s, i / each * n, n, key.key, right);
    }
    return out_int32 ? adj_to(y, ADJ_I32) : y;
}

ADJ_OP(searchsorted,
       "(sorted_sequence: tensor, input: num, *, out_int32: bool = False, "
       "right: bool = False, side: str? = None) -> tensor",
       "Where each value would be inserted into its sorted sequence: before equal elements, "
       "after them "
       "with right.",
       .no_grad = true, .no_method = true, .hosted = true)
AdjTensor *op_searchsorted(AdjTensor *sorted_sequence, AdjTensor *input, bool out_int32,
                           bool right, const char *side)
{
    AdjTensor *s = sorted_sequence;
    if (side && strcmp(side, "left") && strcmp(side, "right")) {
        return adj_fail(ADJ_E_RUNTIME,
                        "searchsorted: side can only be 'left' or 'right' but got %s", side);
    }
    if (s->ndim == 0)
        return adj_fail(ADJ_E_RUNTIME, "searchsorted: the sequence needs at least one axis");
    bool fits = s->ndim == 1 || s->ndim == input->ndim;
    for (int d = 0; fits && s->ndim > 1 && d < s->ndim - 1; d++)
        fits = s->sizes[d] == input->sizes[d];
    if (!fits) {
        return adj_fail(ADJ_E_SHAPE,
                        "searchsorted: the sequence has shape %s and the values %s; it should "
                        "have one axis "
                        "or the same sizes but for the last axis",
                        adj_shape_text(adj_shape(s)), adj_shape_text(adj_shape(input)));
    }
    return search(s, input, out_int32, right || (side && !strcmp(side, "right")));
}

ADJ_OP(bucketize,
       "(input: num, boundaries: tensor, *, out_int32: bool = False, right: bool = False) "
       "-> tensor",
       "The number of the bucket each value falls into, boundaries being sorted.",
       .no_grad = true, .hosted = true)
AdjTensor *op_bucketize(AdjTensor *input, AdjTensor *boundaries, bool out_int32, bool right)
{
    if (boundaries->ndim != 1) {
        return adj_fail(ADJ_E_SHAPE,
                        "bucketize: boundaries must have one axis, but has shape %s",
                        adj_shape_text(adj_shape(boundaries)));
    }
    return search(boundaries, input, out_int32, right);
}
