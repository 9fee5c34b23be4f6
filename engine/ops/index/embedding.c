// SPDX-License-Identifier: Apache-2.0
// embedding.c: rows of a table looked up by number, one by one or summed in bags.
//
// A lookup is one op whose derivative adds rows; a bag is put together from lookups and sums,
// so it has every order of derivative. Which elements make the maximum of a bag is found by a
// plain loop; taking these elements is again an operation.
#include "ops/index/index.h"
#include "ops/pointwise/formula.h"

// How often the number at each place of [index] stands in it: a gradient is divided by it.
static AdjTensor *shares(AdjTensor *index, AdjDtype dtype)
{
    AdjTensor *flat = adj_reshape(index, ADJ_SHAPE(-1));
    AdjTensor *count = flat && flat->numel ? adj_bincount(flat, NULL, 0) : NULL;
    if (!count) return adj_to(flat, dtype);
    AdjTensor *y = adj_to(adj_index_select(count, 0, flat), dtype);
    return adj_unsqueeze(adj_reshape(y, adj_shape(index)), -1);
}

static void embedding_rows_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjTensor *index = adj_saved_in(n, 0), *g = dy[0];
    int64_t padding = n->arg[0].i, rows = n->in[1].shape.at[0];
    if (index && n->arg[1].b) g = OVER(g, shares(index, adj_dtype(g)));
    if (padding != ADJ_NO_INT && index) {
        if (padding < 0) padding += rows;
        AdjTensor *is_padding = adj_unsqueeze(adj_eq(index, adj_number(ADJ_I(padding))), -1);
        g = adj_masked_fill(g, is_padding, adj_number(ADJ_I(0)));
    }
    dx[1] = adj_add_rows(n->in[1].shape, 0, 1, index, g);
}

ADJ_OP(embedding_rows,
       "(input: tensor, weight: tensor, padding_idx: int? = None, scale_grad_by_freq: bool = "
       "False) -> tensor",
       "Rows of weight named by input, which is what embedding comes to.",
       .vjp = embedding_rows_vjp, .saves = ADJ_SAVE_IN(0), .torch = "Embedding",
       .no_method = true)
AdjTensor *op_embedding_rows(AdjTensor *input, AdjTensor *weight, int64_t padding_idx,
                             bool scale_grad_by_freq)
{
    (void)padding_idx, (void)scale_grad_by_freq;  // say what the derivative is
    AdjTensor *places = adj_checked_index(input, weight->sizes[0], 0, false, ADJ_E_INDEX);
    return places ? op_index(weight, places, 0, 1) : NULL;
}

// ---------------------------------------------------------------- single rows

static bool check_table(const AdjTensor *weight, int64_t padding)
{
    if (weight->ndim != 2) {
        return adj_fail(ADJ_E_SHAPE, "%s: 'weight' must be 2-D, got %s", adj_op_name(),
                        adj_describe(weight));
    }
    int64_t rows = weight->sizes[0];
    if (padding == ADJ_NO_INT || (padding >= -rows && padding < rows)) return true;
    return adj_fail(ADJ_E_VALUE,
                    "%s: padding_idx must be within num_embeddings (%lld), got "
                    "%lld",
                    adj_op_name(), (long long)rows, (long long)padding);
}

// Shortens the rows of [weight] that [index] names to the length [most], in place and without
// history. Shortening twice does nothing, so a row named twice is no special case.
static bool shorten(AdjTensor *weight, AdjTensor *index, double most, double p)
{
    ADJ_SCOPE;
    bool grad = adj_set_grad_enabled(false);
    AdjTensor *rows = adj_embedding_rows(index, weight, ADJ_NO_INT, false);
    AdjTensor *length = adj_norm(rows, ADJ_F(p), ADJ_SHAPE(-1), true, ADJ_SAME);
    AdjTensor *factor = OVER(NUM(most), PLUS(length, NUM(1e-7)));
    AdjTensor *y = adj_where(adj_gt(length, NUM(most)), TIMES(rows, factor), rows);
    bool ok =
        y && adj_index_set(weight, &(AdjIndex){.kind = ADJ_INDEX_TENSOR, .t = index}, 1, y);
    adj_set_grad_enabled(grad);
    return ok;
}

ADJ_OP(
    embedding,
    "(input: tensor, weight: tensor, padding_idx: int? = None, max_norm: float? = None, "
    "norm_type: float = 2, scale_grad_by_freq: bool = False, sparse: bool = False) -> tensor",
    "Rows of weight named by input.\nshapes  (...), (V, D) -> (..., D)\n"
    "notes   the row padding_idx receives no gradient; with max_norm the rows named are first "
    "shortened, in place, to that length in the norm norm_type; scale_grad_by_freq divides a "
    "row's gradient by how often input names it; gradients are dense, whatever sparse says\n"
    "errors  Index: a row that weight has not; Shape: weight is no matrix; Value: padding_idx "
    "outside it",
    .no_method = true)
AdjTensor *op_embedding(AdjTensor *input, AdjTensor *weight, int64_t padding_idx,
                        double max_norm, double norm_type, bool scale_grad_by_freq, bool sparse)
{
    (void)sparse;
    if (!check_table(weight, padding_idx)) return NULL;
    input = adj_checked_index(input, weight->sizes[0], 0, false, ADJ_E_INDEX);
    if (!input) return NULL;
    if (!isnan(max_norm) && !shorten(weight, input, max_norm, norm_type)) return NULL;
    return adj_embedding_rows(input, weight, padding_idx, scale_grad_by_freq);
}

// ---------------------------------------------------------------- bags

// Where every bag begins in the list of numbers, and where the last one ends.
typedef struct {
    int64_t bags, numbers;
    const int64_t *begin;  // bags + 1
    const int64_t *index;  // numbers
} Bags;

static bool check_offsets(const Bags *b)
{
    if (b->begin[0] != 0 && b->bags) {
        return adj_fail(ADJ_E_VALUE,
                        "embedding_bag: offsets[0] has to be 0, i.e., the first sequence in "
                        "the mini-batch has to start from position 0. However, got %lld",
                        (long long)b->begin[0]);
    }
    for (int64_t i = 0; i < b->bags; i++) {
        if (b->begin[i] <= b->begin[i + 1] && b->begin[i + 1] <= b->numbers) continue;
        return adj_fail(ADJ_E_VALUE,
                        "embedding_bag: offsets must not fall nor exceed input's length "
                        "%lld, but bag %lld is %lld to %lld",
                        (long long)b->numbers, (long long)i, (long long)b->begin[i],
                        (long long)b->begin[i + 1]);
    }
    return true;
}

// What [b] points to belongs to the scope.
static bool lay_out(AdjTensor *index, AdjTensor *offsets, bool last_included, Bags *b)
{
    AdjTensor *at = adj_contiguous(adj_to(offsets, ADJ_I64));
    AdjTensor *numbers = adj_contiguous(index);
    if (!at || !numbers) return false;
    int64_t *begin = adj_scope_memory((size_t)(at->numel + 1) * sizeof *begin);
    if (!begin) return false;
    if (at->numel) memcpy(begin, adj_ptr(at), (size_t)at->numel * sizeof *begin);
    begin[at->numel] = index->numel;
    int64_t bags = at->numel - (last_included && at->numel);
    *b = (Bags){bags, index->numel, begin, (const int64_t *)adj_ptr(numbers)};
    return check_offsets(b);
}

// For every number the bag it is in; the numbers in no bag or equal to padding go to the bag
// after the last.
static AdjTensor *bag_of_each(const Bags *b, int64_t padding, AdjTensor **count)
{
    AdjTensor *bag = adj_full(ADJ_SHAPE(b->numbers), ADJ_I(b->bags), ADJ_I64);
    *count = adj_zeros_of(ADJ_SHAPE(b->bags, 1), ADJ_F64);
    if (!bag || !*count) return NULL;
    for (int64_t i = 0; i < b->bags; i++)
        for (int64_t k = b->begin[i]; k < b->begin[i + 1]; k++) {
            if (b->index[k] == padding) continue;
            ((int64_t *)adj_ptr(bag))[k] = i;
            ((double *)adj_ptr(*count))[i]++;
        }
    return bag;
}

static AdjTensor *summed(const Bags *b, AdjTensor *rows, AdjTensor *factors, int64_t padding,
                         bool mean)
{
    AdjTensor *count, *bag = bag_of_each(b, padding, &count);
    if (!bag || !rows) return NULL;
    if (factors) rows = TIMES(rows, adj_unsqueeze(factors, -1));
    AdjTensor *zeros = adj_zeros_of(ADJ_SHAPE(b->bags + 1, rows->sizes[1]), adj_dtype(rows));
    AdjTensor *y = adj_narrow(adj_index_add(zeros, 0, bag, rows, ADJ_I(1)), 0, 0, b->bags);
    if (!mean) return y;
    count = adj_clamp(count, NUM(1), NULL);
    return OVER(y, adj_to(count, adj_dtype(rows)));
}

// The row of [weight] that holds the largest element of every column of every bag; -1 for an
// empty bag.
static AdjTensor *largest_rows(const Bags *b, AdjTensor *weight, int64_t padding)
{
    AdjTensor *w = adj_contiguous(adj_to(weight, ADJ_F64));
    int64_t d = weight->sizes[1];
    AdjTensor *best = adj_full(ADJ_SHAPE(b->bags, d), ADJ_I(-1), ADJ_I64);
    if (!w || !best) return NULL;
    const double *x = (const double *)adj_ptr(w);
    for (int64_t i = 0; i < b->bags; i++) {
        int64_t *at = (int64_t *)adj_ptr(best) + i * d;
        for (int64_t k = b->begin[i]; k < b->begin[i + 1]; k++) {
            int64_t row = b->index[k];
            if (row == padding) continue;
            for (int64_t j = 0; j < d; j++)
                if (at[j] < 0 || x[row * d + j] > x[at[j] * d + j]) at[j] = row;
        }
    }
    return best;
}

static AdjTensor *largest(const Bags *b, AdjTensor *weight, int64_t padding)
{
    bool grad = adj_set_grad_enabled(false);
    AdjTensor *best = largest_rows(b, weight, padding);
    adj_set_grad_enabled(grad);
    AdjTensor *none = adj_lt(best, NUM(0));
    AdjTensor *y = adj_gather(weight, 0, adj_clamp(best, adj_number(ADJ_I(0)), NULL));
    return adj_masked_fill(y, none, NUM(0));
}

static AdjTensor *equal_bags(const AdjTensor *input)
{
    int64_t n = input->sizes[1];
    AdjTensor *y = adj_new(ADJ_SHAPE(input->sizes[0]), ADJ_I64);
    for (int64_t i = 0; y && i < y->numel; i++) ((int64_t *)adj_ptr(y))[i] = i * n;
    return y;
}

static bool check_bags(AdjTensor *input, AdjTensor *offsets, AdjTensor *factors,
                       const char *mode)
{
    const char *wrong = NULL;
    if (strcmp(mode, "sum") && strcmp(mode, "mean") && strcmp(mode, "max"))
        wrong = "mode has to be one of sum, mean or max";
    else if (input->ndim != 1 && input->ndim != 2)
        wrong = "input has to be 1D or 2D Tensor";
    else if (input->ndim == 1 && (!offsets || offsets->ndim != 1))
        wrong = "offsets has to be a 1D Tensor";
    else if (input->ndim == 2 && offsets)
        wrong = "if input is 2D, then offsets has to be None, as input is treated as a "
                "mini-batch of fixed length sequences";
    else if (factors && strcmp(mode, "sum"))
        wrong = "per_sample_weights is only supported for mode='sum'";
    else if (factors && !adj_shape_equal(adj_shape(factors), adj_shape(input)))
        wrong = "per_sample_weights must have the same shape as the input";
    if (!wrong) return true;
    return adj_fail(ADJ_E_VALUE, "embedding_bag: %s (input %s, mode='%s')", wrong,
                    adj_shape_text(adj_shape(input)), mode);
}

ADJ_OP(
    embedding_bag,
    "(input: tensor, weight: tensor, offsets: tensor? = None, max_norm: float? = None, "
    "norm_type: float = 2, scale_grad_by_freq: bool = False, mode: str = 'mean', sparse: bool "
    "= "
    "False, per_sample_weights: tensor? = None, include_last_offset: bool = False, "
    "padding_idx: "
    "int? = None) -> tensor",
    "The sum, mean or maximum of the rows of weight that each bag names: bag i is "
    "input[offsets["
    "i]:offsets[i + 1]], or row i of a matrix of numbers.\n"
    "shapes  input (M) with offsets (B), or (B, M); weight (V, D) -> (B, D)\n"
    "notes   an empty bag is 0. per_sample_weights multiplies rows before they are summed; "
    "numbers equal to padding_idx do not count; with include_last_offset the last offset is "
    "the end of the last bag. max_norm, norm_type and scale_grad_by_freq as in embedding\n"
    "errors  Index: a row that weight has not; Value: mode not sum, mean or max, offsets that "
    "fall, per_sample_weights with another mode than sum",
    .no_method = true, .hosted = true)
AdjTensor *op_embedding_bag(AdjTensor *input, AdjTensor *weight, AdjTensor *offsets,
                            double max_norm, double norm_type, bool scale_grad_by_freq,
                            const char *mode, bool sparse, AdjTensor *per_sample_weights,
                            bool include_last_offset, int64_t padding_idx)
{
    (void)sparse;
    Bags b;
    if (!check_table(weight, padding_idx) ||
        !check_bags(input, offsets, per_sample_weights, mode))
        return NULL;
    if (padding_idx != ADJ_NO_INT && padding_idx < 0) padding_idx += weight->sizes[0];
    if (input->ndim == 2) offsets = equal_bags(input);
    AdjTensor *index = adj_checked_index(adj_reshape(input, ADJ_SHAPE(-1)), weight->sizes[0], 0,
                                         false, ADJ_E_INDEX);
    if (!index || !offsets) return NULL;
    if (!lay_out(index, offsets, include_last_offset && input->ndim == 1, &b)) return NULL;
    if (!isnan(max_norm) && !shorten(weight, index, max_norm, norm_type)) return NULL;
    if (!strcmp(mode, "max")) return largest(&b, weight, padding_idx);
    AdjTensor *rows = adj_embedding_rows(index, weight, ADJ_NO_INT, scale_grad_by_freq);
    AdjTensor *factors =
        per_sample_weights ? adj_reshape(per_sample_weights, ADJ_SHAPE(-1)) : NULL;
    return summed(&b, rows, factors, padding_idx, !strcmp(mode, "mean"));
}
