// SPDX-License-Identifier: Apache-2.0
// embedding.c: Embedding, a table of vectors looked up by number.
#include "nn/module.h"

static bool embedding_build(AdjModule *m)
{
    int64_t rows = m->arg[Embedding_num_embeddings].i, d = m->arg[Embedding_embedding_dim].i;
    int64_t *padding = &m->arg[Embedding_padding_idx].i;
    if (m->arg[Embedding_scale_grad_by_freq].b)
        return adj_fail(ADJ_E_ABSENT, "Embedding: scale_grad_by_freq=True is not implemented");
    if (*padding != ADJ_NO_INT) {
        if (*padding < -rows || *padding >= rows) {
            return adj_fail(ADJ_E_VALUE,
                            "Embedding: padding_idx must be within num_embeddings (%lld), got "
                            "%lld",
                            (long long)rows, (long long)*padding);
        }
        if (*padding < 0) *padding += rows;
    }
    AdjTensor *weight = adj_new(ADJ_SHAPE(rows, d), m->arg[Embedding_dtype].dtype);
    if (!weight || !adj_normal_(weight, 0, 1)) return false;
    if (*padding != ADJ_NO_INT) {
        AdjTensor *row = adj_select(weight, 0, *padding);
        if (!adj_assign(row, adj_number(ADJ_I(0)))) return false;
    }
    return adj_module_add_param(m, "weight", weight);
}

// Shortens the rows that [index] names to the length [most]. Shortening twice does nothing, so
// a row named twice is no special case.
static bool shorten(AdjTensor *weight, AdjTensor *index, double most, double p)
{
    ADJ_SCOPE;
    bool grad = adj_set_grad_enabled(false);
    AdjTensor *rows = adj_embedding(index, weight, ADJ_NO_INT);
    AdjTensor *length = adj_norm(rows, ADJ_F(p), ADJ_SHAPE(-1), true, ADJ_SAME);
    AdjTensor *factor = adj_div(adj_number(ADJ_F(most)),
                                adj_add(length, adj_number(ADJ_F(1e-7)), ADJ_I(1)), NULL);
    AdjTensor *long_ones = adj_gt(length, adj_number(ADJ_F(most)));
    AdjTensor *y = adj_where(long_ones, adj_mul(rows, factor), rows);
    bool ok =
        y && adj_index_set(weight, &(AdjIndex){.kind = ADJ_INDEX_TENSOR, .t = index}, 1, y);
    adj_set_grad_enabled(grad);
    return ok;
}

static bool embedding_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    double most = m->arg[Embedding_max_norm].f;
    AdjTensor *weight = adj_param(m, 0);
    if (!isnan(most) && !shorten(weight, in[0].t, most, m->arg[Embedding_norm_type].f))
        return false;
    out->t = adj_embedding(in[0].t, weight, m->arg[Embedding_padding_idx].i);
    return out->t != NULL;
}

ADJ_MODULE(
    Embedding,
    "(num_embeddings: int[1,], embedding_dim: int[1,], padding_idx: int? = None, max_norm: "
    "float? = None, norm_type: float = 2, scale_grad_by_freq: bool = False, sparse: bool = "
    "False, dtype: dtype? = None)",
    "(input: tensor) -> tensor",
    "A table of vectors: y = weight[input], the rows drawn from N(0, 1).\n"
    "shapes  integers (...) -> (..., embedding_dim); weight (num_embeddings, "
    "embedding_dim)\n"
    "notes   the row padding_idx starts at 0 and receives no gradient; with max_norm, rows "
    "that are longer (in the norm norm_type) are shortened when they are looked up; "
    "gradients are dense, whatever sparse says\n"
    "errors  Index: a number outside the table; DType: input of floats",
    .repr = "{num_embeddings}{embedding_dim}{padding_idx?}{max_norm?}{norm_type?}{sparse?}",
    .build = embedding_build, .forward = embedding_forward)
