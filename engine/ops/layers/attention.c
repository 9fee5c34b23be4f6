// SPDX-License-Identifier: Apache-2.0
// attention.c: scaled_dot_product_attention. Without dropout it is one fused operation,
// flash_attention (cpu/attention.c); with dropout it is put together from public operations,
// whose composition also serves passes that build a graph and masks that learn.
//
// With P = softmax(S), S = scale q k^T + mask, o = P v and D_i = dO_i . o_i:
//   dv = P^T dO,  dS = P (dO v^T - D),  dq = scale dS k,  dk = scale dS^T q
// (Dao et al. 2022, appendix B). A gradient of the log-sum-exp is subtracted from D.
#include "cpu/attention.h"

#include "autograd/compose.h"
#include "ops/reduce/reduce.h"

// ---------------------------------------------------------------- in public operations

static AdjTensor *number(double x)
{
    return adj_number(ADJ_F(x));
}

// [t] with every head of keys as often as queries read it.
static AdjTensor *repeated(AdjTensor *t, const AdjTensor *q)
{
    if (t->ndim < 3 || t->sizes[t->ndim - 3] == q->sizes[q->ndim - 3]) return t;
    int64_t heads = t->sizes[t->ndim - 3], group = q->sizes[q->ndim - 3] / (heads ? heads : 1);
    return adj_repeat_interleave(t, adj_number(ADJ_I(group)), -3, ADJ_NO_INT);
}

static AdjTensor *masked(AdjTensor *s, AdjTensor *mask, bool causal)
{
    if (mask && mask->dtype != ADJ_BOOL) s = adj_add(s, adj_to(mask, adj_dtype(s)), ADJ_I(1));
    if (mask && mask->dtype == ADJ_BOOL)
        s = adj_masked_fill(s, adj_logical_not(mask), number(-INFINITY));
    if (!causal || !s) return s;
    AdjShape square = ADJ_SHAPE(s->sizes[s->ndim - 2], s->sizes[s->ndim - 1]);
    AdjTensor *after = adj_triu(adj_to(adj_ones(square, ADJ_F32), ADJ_BOOL), 1);
    return adj_masked_fill(s, after, number(-INFINITY));
}

// Rows in which everything is hidden give 0, and nothing flows back through them.
static AdjTensor *probabilities(AdjTensor *s, bool may_hide)
{
    if (!may_hide) return adj_softmax(s, -1, ADJ_SAME);
    AdjTensor *hidden = adj_all(adj_eq(s, number(-INFINITY)), ADJ_SHAPE(-1), true);
    AdjTensor *p = adj_softmax(adj_masked_fill(s, hidden, number(0)), -1, ADJ_SAME);
    return adj_masked_fill(p, hidden, number(0));
}

static AdjTensor *composed(AdjTensor *const *in, bool causal, double scale, double dropout,
                           AdjTensor **lse)
{
    AdjTensor *q = in[0], *k = repeated(in[1], q), *v = repeated(in[2], q), *mask = in[3];
    if (isnan(scale)) scale = 1 / sqrt((double)q->sizes[q->ndim - 1]);
    AdjTensor *s = adj_matmul(adj_mul(q, number(scale)), adj_transpose(k, -2, -1));
    s = masked(s, mask, causal);
    AdjTensor *p = probabilities(s, mask != NULL);
    if (lse) *lse = adj_logsumexp(s, ADJ_SHAPE(-1), false);
    if (dropout > 0) p = adj_dropout(p, dropout, true);
    return adj_matmul(p, v);
}

// ---------------------------------------------------------------- the fused operation

// (B, H, T, E), whatever stood before T; rows without gaps inside.
static AdjTensor *four_axes(AdjTensor *t)
{
    while (t && t->ndim < 4) t = adj_unsqueeze(t, 0);
    if (t && t->ndim > 4)
        t = adj_reshape(t, ADJ_SHAPE(1, -1, t->sizes[t->ndim - 2], t->sizes[t->ndim - 1]));
    return t;
}

static AdjTensor *readable(AdjTensor *t, AdjDtype dtype)
{
    t = four_axes(t);
    if (!t) return NULL;
    t = adj_to(t, dtype);
    if (t && t->numel && (t->strides[3] != 1 || t->strides[2] < t->sizes[3]))
        t = adj_contiguous(t);
    return t;
}

static AdjHeads heads(AdjTensor *t)
{
    return (AdjHeads){adj_ptr(t), t->strides[0], t->strides[1], t->strides[2]};
}

// New memory for (B, H, T, E) that lies as (B, T, H, E): the heads of a position side by side,
// as the layers around attention have them.
static AdjTensor *side_by_side(AdjShape shape, AdjDtype dtype)
{
    AdjShape lies = ADJ_SHAPE(shape.at[0], shape.at[2], shape.at[1], shape.at[3]);
    return adj_transpose(adj_zeros_of(lies, dtype), 1, 2);
}

static bool take_mask(AdjAttention *a, AdjTensor *mask, const AdjTensor *q)
{
    if (!mask) return true;
    AdjShape whole = adj_shape(q);
    whole.at[whole.n - 1] = a->s;
    if (mask->dtype != ADJ_BOOL) mask = adj_to(mask, a->dtype);
    mask = mask ? four_axes(adj_expand(mask, whole)) : NULL;
    if (!mask) return false;
    if (mask->dtype == ADJ_BOOL)
        a->hide = (const uint8_t *)adj_ptr(mask);
    else
        a->add = adj_ptr(mask);
    a->m_batch = mask->strides[0], a->m_head = mask->strides[1];
    a->m_row = mask->strides[2], a->m_column = mask->strides[3];
    return true;
}

static bool take(AdjAttention *a, AdjTensor *const *in, bool causal, double scale)
{
    AdjDtype dtype = in[0]->dtype == ADJ_F64 ? ADJ_F64 : ADJ_F32;
    AdjTensor *q = readable(in[0], dtype), *k = readable(in[1], dtype),
              *v = readable(in[2], dtype);
    if (!q || !k || !v) return false;
    *a = (AdjAttention){.dtype = dtype,
                        .b = q->sizes[0],
                        .h = q->sizes[1],
                        .l = q->sizes[2],
                        .s = k->sizes[2],
                        .e = q->sizes[3],
                        .ev = v->sizes[3],
                        .causal = causal,
                        .scale = isnan(scale) ? 1 / sqrt((double)q->sizes[3]) : scale,
                        .q = heads(q),
                        .k = heads(k),
                        .v = heads(v)};
    a->group = k->sizes[1] ? q->sizes[1] / k->sizes[1] : 1;
    return take_mask(a, in[3], in[0]);
}

static bool check(AdjTensor *const *in)
{
    const AdjTensor *q = in[0], *k = in[1], *v = in[2];
    bool fits = q->ndim >= 2 && k->ndim == q->ndim && v->ndim == q->ndim;
    int n = q->ndim;
    fits = fits && q->sizes[n - 1] == k->sizes[n - 1] && k->sizes[n - 2] == v->sizes[n - 2];
    for (int d = 0; fits && d < n - 2; d++) {
        bool grouped = d == n - 3 && k->sizes[d] && q->sizes[d] % k->sizes[d] == 0 && n <= 4;
        fits = k->sizes[d] == v->sizes[d] && (q->sizes[d] == k->sizes[d] || grouped);
    }
    if (!fits) {
        return adj_fail(
            ADJ_E_SHAPE,
            "%s: expected query (..., L, E), key (..., S, E) and value (..., S, Ev), "
            "got %s, %s and %s",
            adj_op_name(), adj_shape_text(adj_shape(q)), adj_shape_text(adj_shape(k)),
            adj_shape_text(adj_shape(v)));
    }
    if (adj_is_float(q) && q->dtype == k->dtype && q->dtype == v->dtype) return true;
    return adj_fail(
        ADJ_E_DTYPE,
        "Expected query, key, and value to have the same dtype, but got query.dtype: "
        "%s key.dtype: %s and value.dtype: %s instead.",
        adj_dtype_name((AdjDtype)q->dtype), adj_dtype_name((AdjDtype)k->dtype),
        adj_dtype_name((AdjDtype)v->dtype));
}

static AdjShape output_shape(const AdjTensor *q, const AdjTensor *v)
{
    AdjShape shape = adj_shape(q);
    shape.at[shape.n - 1] = v->sizes[v->ndim - 1];
    return shape;
}

static bool compose(AdjNode *n, AdjTensor *const *in, AdjTensor **out)
{
    out[0] = composed(in, n->arg[0].b, n->arg[1].f, 0, &out[1]);
    return out[0] && out[1];
}

static void flash_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    if (adj_building_graph() || adj_wants(n, 3)) {
        adj_vjp_composed(n, dy, dx, compose);
        return;
    }
    AdjTensor *in[4], *o = adj_saved_out(n, 0), *lse = adj_saved_out(n, 1);
    for (int i = 0; i < 4; i++) in[i] = n->in[i].saved ? adj_saved_in(n, i) : NULL;
    AdjAttention a;
    if (adj_error_kind() || !take(&a, in, n->arg[0].b, n->arg[1].f)) return;
    o = readable(o, a.dtype);
    AdjTensor *d_o = readable(dy[0], a.dtype);
    AdjTensor *own = adj_contiguous(adj_to(lse, a.dtype));
    AdjTensor *own_d = adj_contiguous(adj_to(dy[1], a.dtype));
    AdjTensor *g[3];
    for (int i = 0; i < 3; i++) g[i] = side_by_side(adj_shape(four_axes(in[i])), a.dtype);
    if (adj_error_kind()) return;
    a.o = heads(o), a.d_o = heads(d_o), a.lse = adj_ptr(own), a.dlse = adj_ptr(own_d);
    a.dq = heads(g[0]), a.dk = heads(g[1]), a.dv = heads(g[2]);
    if (a.s && a.l && !adj_attention_backward(&a)) return;
    for (int i = 0; i < 3; i++) dx[i] = adj_reshape(g[i], adj_shape(in[i]));
}

ADJ_OP(
    flash_attention,
    "(query: tensor, key: tensor, value: tensor, attn_mask: tensor? = None, is_causal: bool "
    "= False, scale: float? = None) -> (output: tensor, logsumexp: tensor)",
    "softmax(scale query key^T + attn_mask) value without a matrix of all scores, and the "
    "logarithm of the sum of each query's exponentials.\n"
    "shapes  query (..., H, L, E), key (..., G, S, E), value (..., G, S, Ev), G a divisor of "
    "H -> (..., H, L, Ev), (..., H, L)\n"
    "errors  Shape: sizes do not fit; DType: operands of several types",
    .vjp = flash_vjp, .saves = ADJ_SAVE_ALL_IN | ADJ_SAVE_OUT(0) | ADJ_SAVE_OUT(1),
    .source = "Dao et al. 2022; Milakov and Gimelshein 2018", .no_method = true, .hosted = true)
AdjTensors op_flash_attention(AdjTensor *query, AdjTensor *key, AdjTensor *value,
                              AdjTensor *attn_mask, bool is_causal, double scale)
{
    AdjTensors none = {0, NULL};
    AdjTensor *in[] = {query, key, value, attn_mask};
    AdjAttention a;
    if (!check(in) || !take(&a, in, is_causal, scale)) return none;
    AdjTensor *o = side_by_side(ADJ_SHAPE(a.b, a.h, a.l, a.ev), a.dtype);
    AdjShape shape = output_shape(query, value), rows = shape;
    rows.n--;
    AdjTensor *lse = adj_zeros_of(rows, a.dtype);
    if (!o || !lse) return none;
    a.o = heads(o), a.lse = adj_ptr(lse);
    if (o->numel && !adj_attention_forward(&a)) return none;
    AdjTensor *y = query->ndim == 4 ? o : adj_reshape(o, shape);
    return adj_list(2, (AdjTensor *[]){adj_to(y, adj_dtype(query)), lse});
}

// ---------------------------------------------------------------- as PyTorch has it

static bool check_mask(const AdjTensor *q, const AdjTensor *mask, bool causal, double dropout)
{
    if (mask && causal) {
        return adj_fail(ADJ_E_RUNTIME,
                        "scaled_dot_product_attention: Explicit attn_mask should "
                        "not be set when is_causal=True");
    }
    if (dropout < 0 || dropout > 1) {
        return adj_fail(ADJ_E_VALUE,
                        "dropout probability has to be between 0 and 1, but got %g", dropout);
    }
    if (!mask || mask->dtype == ADJ_BOOL || mask->dtype == q->dtype) return true;
    return adj_fail(ADJ_E_DTYPE,
                    "Expected attn_mask dtype to be bool or float or to match query dtype, but "
                    "got attn_mask.dtype: %s and query.dtype: %s instead.",
                    adj_dtype_name((AdjDtype)mask->dtype), adj_dtype_name((AdjDtype)q->dtype));
}

// The axes before the last [keep] of q, k and v broadcast to one shape; the operands expanded.
static bool align(AdjTensor **t, int keep)
{
    AdjShape all = {0};
    for (int i = 0; i < 3; i++) {
        if (t[i]->ndim < 2) {
            return adj_fail(ADJ_E_SHAPE,
                            "scaled_dot_product_attention: expected at least 2 axes, got %s",
                            adj_shape_text(adj_shape(t[i])));
        }
        AdjShape lead = adj_shape(t[i]);
        lead.n = lead.n > keep ? lead.n - keep : 0;
        if (i && !adj_broadcast(all, lead, &all)) return false;
        if (!i) all = lead;
    }
    for (int i = 0; i < 3; i++) {
        AdjShape whole = all, own = adj_shape(t[i]);
        if (own.n < keep) continue;
        for (int d = own.n - keep; d < own.n; d++) whole.at[whole.n++] = own.at[d];
        if (!adj_shape_equal(whole, own)) t[i] = adj_expand(t[i], whole);
        if (!t[i]) return false;
    }
    return true;
}

ADJ_OP(
    scaled_dot_product_attention,
    "(query: tensor, key: tensor, value: tensor, attn_mask: tensor? = None, dropout_p: float "
    "= 0.0, is_causal: bool = False, scale: float? = None, enable_gqa: bool = False) -> "
    "tensor",
    "softmax(scale query key^T + attn_mask) value.\n"
    "shapes  query (..., H, L, E), key (..., H, S, E), value (..., H, S, Ev) -> (..., H, L, "
    "Ev); with enable_gqa key and value may have a divisor of H heads\n"
    "notes   scale is 1 / sqrt(E) unless given. A bool mask is True where a query may look; "
    "any other is added. is_causal lets query i see keys 0..i. A query that sees nothing "
    "gives 0\n"
    "errors  Runtime: a mask beside is_causal; Shape: sizes do not fit; DType: operands of "
    "several types",
    .source = "Vaswani et al. 2017; Dao et al. 2022; Ainslie et al. 2023", .no_method = true)
AdjTensor *op_scaled_dot_product_attention(AdjTensor *query, AdjTensor *key, AdjTensor *value,
                                           AdjTensor *attn_mask, double dropout_p,
                                           bool is_causal, double scale, bool enable_gqa)
{
    AdjTensor *in[] = {query, key, value, attn_mask};
    if (!check_mask(query, attn_mask, is_causal, dropout_p)) return NULL;
    if (!align(in, enable_gqa ? 3 : 2)) return NULL;
    if (attn_mask && attn_mask->ndim > in[0]->ndim) {
        return adj_fail(ADJ_E_SHAPE,
                        "scaled_dot_product_attention: attn_mask of shape %s has "
                        "more axes than the scores",
                        adj_shape_text(adj_shape(attn_mask)));
    }
    if (dropout_p > 0)
        return check(in) ? composed(in, is_causal, scale, dropout_p, NULL) : NULL;
    AdjTensors y = adj_flash_attention(in[0], in[1], in[2], in[3], is_causal, scale);
    return y.n ? y.at[0] : NULL;
}
