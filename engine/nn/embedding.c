// SPDX-License-Identifier: Apache-2.0
// embedding.c: Embedding, a table of vectors looked up by number, and EmbeddingBag, which sums
// what it looks up.
#include "nn/module.h"

// ---------------------------------------------------------------- the table

// Brings padding_idx to 0..rows-1.
static bool wrap_padding(const AdjModule *m, int64_t *padding, int64_t rows)
{
    if (*padding == ADJ_NO_INT) return true;
    if (*padding < -rows || *padding >= rows) {
        return adj_fail(ADJ_E_VALUE,
                        "%s: padding_idx must be within num_embeddings (%lld), got %lld",
                        m->row->name, (long long)rows, (long long)*padding);
    }
    if (*padding < 0) *padding += rows;
    return true;
}

// The table given, as a parameter of its own over the same numbers.
static bool add_given(AdjModule *m, AdjTensor *weight, AdjShape shape)
{
    if (adj_shape_equal(adj_shape(weight), shape))
        return adj_module_add_param(m, "weight", adj_bare_view(weight));
    return adj_fail(ADJ_E_SHAPE,
                    "%s: Shape of weight does not match num_embeddings and embedding_dim: got "
                    "%s, expected %s",
                    m->row->name, adj_shape_text(adj_shape(weight)), adj_shape_text(shape));
}

static bool add_table(AdjModule *m, AdjTensor *given, AdjShape shape, int64_t *padding,
                      AdjDtype dtype)
{
    if (!wrap_padding(m, padding, shape.at[0])) return false;
    if (given) return add_given(m, given, shape);
    AdjTensor *weight = adj_new(shape, dtype);
    if (!weight || !adj_normal_(weight, 0, 1)) return false;
    if (*padding != ADJ_NO_INT) {
        AdjTensor *row = adj_select(weight, 0, *padding);
        if (!adj_assign(row, adj_number(ADJ_I(0)))) return false;
    }
    return adj_module_add_param(m, "weight", weight);
}

// ---------------------------------------------------------------- Embedding

#define A(argument) m->arg[Embedding_##argument]

static bool embedding_build(AdjModule *m)
{
    return add_table(m, A(_weight).t, ADJ_SHAPE(A(num_embeddings).i, A(embedding_dim).i),
                     &A(padding_idx).i, A(dtype).dtype);
}

static bool embedding_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    out->t = adj_embedding(in[0].t, adj_param(m, 0), A(padding_idx).i, A(max_norm).f,
                           A(norm_type).f, A(scale_grad_by_freq).b, A(sparse).b);
    return out->t != NULL;
}

ADJ_MODULE(
    Embedding,
    "(num_embeddings: int[1,], embedding_dim: int[1,], padding_idx: int? = None, max_norm: "
    "float? = None, norm_type: float = 2, scale_grad_by_freq: bool = False, sparse: bool = "
    "False, _weight: tensor? = None, dtype: dtype? = None)",
    "(input: tensor) -> tensor",
    "A table of vectors: y = weight[input], the rows drawn from N(0, 1) unless _weight gives "
    "them.\n"
    "shapes  integers (...) -> (..., embedding_dim); weight (num_embeddings, "
    "embedding_dim)\n"
    "notes   the row padding_idx starts at 0 and receives no gradient; with max_norm, rows "
    "that are longer (in the norm norm_type) are shortened when they are looked up; "
    "scale_grad_by_freq divides a row's gradient by how often it was looked up; gradients are "
    "dense, whatever sparse says\n"
    "errors  Index: a number outside the table; DType: input of floats",
    .repr = "{num_embeddings}{embedding_dim}{padding_idx?}{max_norm?}{norm_type?}"
            "{scale_grad_by_freq?}{sparse?}",
    .build = embedding_build, .forward = embedding_forward)

// ---------------------------------------------------------------- EmbeddingBag

#undef A
#define A(argument) m->arg[EmbeddingBag_##argument]

static bool bag_build(AdjModule *m)
{
    return add_table(m, A(_weight).t, ADJ_SHAPE(A(num_embeddings).i, A(embedding_dim).i),
                     &A(padding_idx).i, A(dtype).dtype);
}

static bool bag_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    out->t = adj_embedding_bag(in[0].t, adj_param(m, 0), in[1].t, A(max_norm).f, A(norm_type).f,
                               A(scale_grad_by_freq).b, A(mode).s, A(sparse).b, in[2].t,
                               A(include_last_offset).b, A(padding_idx).i);
    return out->t != NULL;
}

ADJ_MODULE(
    EmbeddingBag,
    "(num_embeddings: int[1,], embedding_dim: int[1,], max_norm: float? = None, norm_type: "
    "float = 2, scale_grad_by_freq: bool = False, mode: str = 'mean', sparse: bool = False, "
    "_weight: tensor? = None, include_last_offset: bool = False, padding_idx: int? = None, "
    "dtype: dtype? = None)",
    "(input: tensor, offsets: tensor? = None, per_sample_weights: tensor? = None) -> tensor",
    "The sum, mean or maximum (mode) of the vectors that each bag of numbers names: bag i is "
    "input[offsets[i]:offsets[i + 1]], or row i of a matrix.\n"
    "shapes  integers (M) with offsets (B), or (B, M) -> (B, embedding_dim)\n"
    "notes   an empty bag is 0; numbers equal to padding_idx do not count; per_sample_weights "
    "multiply the vectors before they are summed; with include_last_offset the last offset is "
    "the end of the last bag\n"
    "errors  Index: a number outside the table; Value: unknown mode, offsets that fall",
    .repr = "{num_embeddings}{embedding_dim}{max_norm?}{norm_type?}{scale_grad_by_freq?}"
            "{mode=}{padding_idx?}",
    .build = bag_build, .forward = bag_forward)

static bool bag_forward_bag(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    static const char *const modes[] = {"sum", "mean", "max"};
    int64_t mode = in[2].i;
    if (mode < 0 || mode > 2) {
        return adj_fail(ADJ_E_VALUE,
                        "EmbeddingBag.forward_bag: mode must be 0 (sum), 1 (mean) or 2 (max), "
                        "got %lld",
                        (long long)mode);
    }
    out->t = adj_embedding_bag(in[0].t, adj_param(m, 0), in[1].t, A(max_norm).f, A(norm_type).f,
                               A(scale_grad_by_freq).b, modes[mode], A(sparse).b, NULL,
                               A(include_last_offset).b, A(padding_idx).i);
    return out->t != NULL;
}

ADJ_METHOD(EmbeddingBag, forward_bag,
           "(indices: tensor, offsets: tensor, mode: int = 1) -> tensor",
           "forward() with the mode chosen now, by floDl's numbers: 0 sum, 1 mean, 2 max.",
           .run = bag_forward_bag)
