// SPDX-License-Identifier: Apache-2.0
// attention.c: ONNX's Attention and RotaryEmbedding with our ops. Attention in ONNX is one
// operator with many results on the way (scores, caches); it is computed by its definition,
// scores and all, where a result on the way is wanted or the softmax has a precision of its
// own, else by the fused operation.
#include "io/onnx/rows.h"

#include <math.h>

typedef struct {
    AdjTensor *q, *k, *v, *bias;  // (B, H, L, E), (B, G, S, E), (B, G, S, Ev); added to scores
    int64_t behind;               // positions before the first query, of a cache
    AdjTensor *filled;            // (B): how many of the keys count, or NULL
    double scale, cap;
    bool flat;  // operands came as (B, L, H E)
} Attention;

// (B, L, H E) -> (B, H, L, E)
static AdjTensor *heads(AdjOnnxCall *c, AdjTensor *x, const char *count)
{
    int64_t n = adj_onnx_int(c, count, 0);
    if (!x || x->ndim == 4) return x;
    if (x->ndim != 3 || n < 1 || x->sizes[2] % n)
        return adj_onnx_fail(c, "%s does not fit its operand", count);
    return adj_transpose(adj_unflatten(x, 2, ADJ_SHAPE(n, x->sizes[2] / n)), 1, 2);
}

// True where query i, at its place among the keys, may see key j: not after it when causal, not
// farther than the windows.
static AdjTensor *allowed(AdjOnnxCall *c, const Attention *a)
{
    bool causal = adj_onnx_int(c, "is_causal", 0);
    int64_t left = adj_onnx_int(c, "left_window_size", -1);
    int64_t right = adj_onnx_int(c, "right_window_size", -1);
    if (!causal && left < 0 && right < 0) return NULL;
    int64_t l = a->q->sizes[2], s = a->k->sizes[2];
    AdjTensor *i =
        adj_reshape(adj_arange(ADJ_I(0), ADJ_I(l), ADJ_I(1), ADJ_I64), ADJ_SHAPE(1, 1, l, 1));
    AdjTensor *j = adj_arange(ADJ_I(0), ADJ_I(s), ADJ_I(1), ADJ_I64);
    if (a->filled)
        i = adj_add(i,
                    adj_reshape(adj_sub(a->filled, adj_number(ADJ_I(l)), ADJ_I(1)),
                                ADJ_SHAPE(-1, 1, 1, 1)),
                    ADJ_I(1));
    AdjTensor *ahead = adj_sub(j, adj_add(i, adj_number(ADJ_I(a->behind)), ADJ_I(1)), ADJ_I(1));
    AdjTensor *see = NULL;
    if (causal || right >= 0) see = adj_le(ahead, ADJ_NUM(causal ? 0 : right));
    if (left >= 0) {
        AdjTensor *near = adj_ge(ahead, ADJ_NUM(-left));
        see = see ? adj_logical_and(see, near) : near;
    }
    return see;
}

static AdjTensor *as_bias(AdjTensor *mask, AdjDtype dtype)
{
    if (!mask || mask->dtype != ADJ_BOOL) return mask ? adj_to(mask, dtype) : NULL;
    AdjTensor *zero = adj_zeros(adj_shape(mask), dtype);
    return adj_masked_fill(zero, adj_logical_not(mask), ADJ_NUM(-INFINITY));
}

static AdjTensor *both(AdjTensor *a, AdjTensor *b)
{
    return a && b ? adj_add(a, b, ADJ_I(1)) : a ? a : b;
}

// Everything that is added to the scores: the mask, filled up to all keys, and what order,
// windows and unfilled places of a cache forbid.
static AdjTensor *bias_of(AdjOnnxCall *c, const Attention *a)
{
    AdjDtype dtype = (AdjDtype)a->q->dtype;
    AdjTensor *mask = as_bias(adj_onnx_in(c, 3), dtype);
    int64_t s = a->k->sizes[2];
    if (mask && mask->ndim && mask->sizes[mask->ndim - 1] < s) {
        int64_t pads[] = {0, s - mask->sizes[mask->ndim - 1]};
        mask = adj_constant_pad_nd(mask, (AdjLongs){2, pads}, ADJ_F(-INFINITY));
    }
    AdjTensor *sum = both(mask, as_bias(allowed(c, a), dtype));
    if (!a->filled) return sum;
    AdjTensor *places = adj_arange(ADJ_I(0), ADJ_I(s), ADJ_I(1), ADJ_I64);
    AdjTensor *full = adj_lt(places, adj_reshape(a->filled, ADJ_SHAPE(-1, 1, 1, 1)));
    return both(sum, as_bias(full, dtype));
}

static AdjTensor *times(AdjTensor *x, int64_t n)
{
    if (!x || n == 1) return x;
    AdjShape more = ADJ_SHAPE(x->sizes[0], x->sizes[1], n, x->sizes[2], x->sizes[3]);
    return adj_reshape(adj_expand(adj_unsqueeze(x, 2), more),
                       ADJ_SHAPE(x->sizes[0], x->sizes[1] * n, x->sizes[2], x->sizes[3]));
}

// By the definition, with the result on the way that the node asks for. Rows without a key to
// see become 0.
static AdjTensor *by_definition(AdjOnnxCall *c, const Attention *a)
{
    AdjDtype dtype = (AdjDtype)a->q->dtype;
    int64_t groups = a->q->sizes[1] / a->k->sizes[1],
            kind = adj_onnx_int(c, "qk_matmul_output_mode", 0);
    AdjTensor *root = adj_full(ADJ_SHAPE(1), ADJ_F(sqrt(a->scale)), dtype);
    AdjTensor *k = adj_mul(adj_transpose(times(a->k, groups), 2, 3), root);
    AdjTensor *scores = adj_matmul(adj_mul(a->q, root), k), *way = scores;
    if (a->cap > 0) {
        AdjTensor *cap = adj_full(ADJ_SHAPE(1), ADJ_F(a->cap), dtype);
        scores = adj_mul(adj_tanh(adj_div(scores, cap, NULL)), cap);
    }
    if (kind == 1) way = scores;
    AdjTensor *sum = both(scores, a->bias);
    if (kind == 2) way = sum;
    int32_t precise = (int32_t)adj_onnx_int(c, "softmax_precision", 0);
    AdjDtype inner = precise ? adj_onnx_dtype(precise) : dtype;
    if (inner == ADJ_SAME) return adj_onnx_fail(c, "softmax_precision is not supported");
    AdjTensor *p = adj_softmax(adj_to(sum, inner), -1, ADJ_SAME);
    if (a->bias) {
        AdjTensor *most = adj_amax(a->bias, ADJ_SHAPE(-1), true);
        p = adj_masked_fill(p, adj_eq(most, ADJ_NUM(-INFINITY)), ADJ_NUM(0));
    }
    p = adj_to(p, dtype);
    if (kind == 3) way = p;
    if (adj_onnx_wants(c, 3)) c->out[3] = way;
    return adj_matmul(p, times(a->v, groups));
}

// Keys and values of a cache stand before the new ones.
static AdjTensor *after(AdjTensor *past, AdjTensor *x)
{
    if (!past || !x) return x;
    AdjTensor *all[] = {past, x};
    return adj_cat((AdjTensors){2, all}, 2);
}

AdjTensor *adj_onnx_load_attention(AdjOnnxCall *c)
{
    Attention a = {.q = heads(c, adj_onnx_need(c, 0), "q_num_heads"),
                   .k = heads(c, adj_onnx_need(c, 1), "kv_num_heads"),
                   .v = heads(c, adj_onnx_need(c, 2), "kv_num_heads"),
                   .filled = adj_onnx_in(c, 6),
                   .cap = adj_onnx_float(c, "softcap", 0)};
    AdjTensor *past = adj_onnx_in(c, 4);
    if (!a.q || !a.k || !a.v) return NULL;
    a.k = after(past, a.k), a.v = after(adj_onnx_in(c, 5), a.v);
    if (!a.k || !a.v) return NULL;
    if (a.q->ndim != 4 || a.k->ndim != 4 || a.v->ndim != 4 || !a.k->sizes[1] ||
        a.q->sizes[1] % a.k->sizes[1])
        return adj_onnx_fail(c, "its operands do not fit");
    a.flat = adj_onnx_in(c, 0)->ndim == 3;
    a.behind = past ? past->sizes[2] : 0;
    a.scale = adj_onnx_float(c, "scale", 1 / sqrt((double)a.q->sizes[3]));
    a.bias = bias_of(c, &a);
    if (adj_onnx_wants(c, 1)) c->out[1] = a.k;
    if (adj_onnx_wants(c, 2)) c->out[2] = a.v;
    bool fused = !adj_onnx_wants(c, 3) && !(a.cap > 0) && !adj_is_half(a.q) &&
                 !adj_onnx_int(c, "softmax_precision", 0);
    AdjTensor *y =
        fused ? adj_scaled_dot_product_attention(a.q, a.k, a.v, a.bias, 0, false, a.scale, true)
              : by_definition(c, &a);
    if (!a.flat || !y) return y;
    return adj_flatten(adj_transpose(y, 1, 2), 2, 3);
}

// Pairs of features turned by the tables cos and sin, (positions, E / 2) chosen by position_ids
// or (B, T, E / 2) as they are.
AdjTensor *adj_onnx_load_rotary_embedding(AdjOnnxCall *c)
{
    AdjTensor *given = adj_onnx_need(c, 0), *x = heads(c, given, "num_heads");
    AdjTensor *table[] = {adj_onnx_need(c, 1), adj_onnx_need(c, 2)};
    AdjTensor *places = adj_onnx_in(c, 3);
    if (!x || !table[0] || !table[1]) return NULL;
    int64_t e = x->sizes[3], dims = adj_onnx_int(c, "rotary_embedding_dim", 0);
    if (!dims) dims = e;
    if (dims < 2 || dims > e || dims % 2)
        return adj_onnx_fail(c,
                             "rotary_embedding_dim %lld does "
                             "not fit",
                             (long long)dims);
    for (int i = 0; i < 2; i++) {
        if (places)
            table[i] = adj_embedding(places, table[i], ADJ_NO_INT, NAN, 2, false, false);
        table[i] = adj_unsqueeze(adj_narrow(table[i], -1, 0, dims / 2), 1);
    }
    AdjTensor *head = adj_narrow(x, 3, 0, dims), *rest = adj_narrow(x, 3, dims, e - dims);
    bool between = adj_onnx_int(c, "interleaved", 0);
    AdjShape pairs = between ? ADJ_SHAPE(dims / 2, 2) : ADJ_SHAPE(2, dims / 2);
    AdjTensor *two = adj_unflatten(head, 3, pairs);
    int64_t axis = between ? 4 : 3;
    AdjTensor *a = adj_select(two, axis, 0), *b = adj_select(two, axis, 1);
    AdjTensor *turned[] = {
        adj_sub(adj_mul(table[0], a), adj_mul(table[1], b), ADJ_I(1)),
        adj_add(adj_mul(table[1], a), adj_mul(table[0], b), ADJ_I(1)),
    };
    AdjTensor *y = adj_flatten(adj_stack((AdjTensors){2, turned}, axis), 3, 4);
    AdjTensor *parts[] = {y, rest};
    if (dims < e) y = adj_cat((AdjTensors){2, parts}, 3);
    return given->ndim == 3 ? adj_flatten(adj_transpose(y, 1, 2), 2, 3) : y;
}
