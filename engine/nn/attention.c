// SPDX-License-Identifier: Apache-2.0
// attention.c: MultiheadAttention as PyTorch has it, names, masks and all. Where nobody asks
// for the weights the fused operation does the work; else the weights are computed in full, for
// they are the result.
//
// Inside, queries, keys and values are (N, H, T, D) views of the projections, whichever way the
// batch lies outside.
#include "nn/attention.h"

static bool has_one_width(const AdjModule *m)
{
    int64_t e = m->arg[MultiheadAttention_embed_dim].i;
    int64_t k = m->arg[MultiheadAttention_kdim].i, v = m->arg[MultiheadAttention_vdim].i;
    return (k == ADJ_NO_INT || k == e) && (v == ADJ_NO_INT || v == e);
}

bool adj_check_heads(const AdjModule *m, int64_t width, int64_t heads)
{
    if (heads > 0 && width % heads == 0) return true;
    return adj_fail(ADJ_E_VALUE,
                    "%s: embed_dim must be divisible by num_heads, got %lld and %lld",
                    m->row->name, (long long)width, (long long)heads);
}

static AdjTensor *drawn(AdjShape shape, AdjDtype dtype, bool normal)
{
    AdjTensor *t = adj_new(shape, dtype);
    if (!t) return NULL;
    return normal ? adj_init_xavier_normal_(t, 1) : adj_init_xavier_uniform_(t, 1);
}

static bool check_width(const AdjModule *m, const char *name, int64_t width)
{
    if (width == ADJ_NO_INT || width >= 1) return true;
    return adj_fail(ADJ_E_VALUE, "%s: %s must be at least 1, got %lld", m->row->name, name,
                    (long long)width);
}

// PyTorch draws the output projection first and adds it last.
static bool mha_build(AdjModule *m)
{
    const AdjValue *a = m->arg;
    int64_t e = a[MultiheadAttention_embed_dim].i, k = a[MultiheadAttention_kdim].i;
    int64_t v = a[MultiheadAttention_vdim].i;
    bool bias = a[MultiheadAttention_bias].b, kv = a[MultiheadAttention_add_bias_kv].b;
    bool one = has_one_width(m);
    AdjDtype dtype = a[MultiheadAttention_dtype].dtype;
    if (!adj_check_heads(m, e, a[MultiheadAttention_num_heads].i) ||
        !check_width(m, "kdim", k) || !check_width(m, "vdim", v))
        return false;
    AdjModule *out = adj_NonDynamicallyQuantizableLinear(e, e, bias, "pytorch", dtype);
    if (!out || (bias && !adj_zero_(adj_param(out, 1)))) return false;
    AdjShape wide = ADJ_SHAPE(3 * e, e);
    AdjShape three[] = {ADJ_SHAPE(e, e), ADJ_SHAPE(e, k == ADJ_NO_INT ? e : k),
                        ADJ_SHAPE(e, v == ADJ_NO_INT ? e : v)};
    static const char *const names[] = {"q_proj_weight", "k_proj_weight", "v_proj_weight"};
    bool ok = !one || adj_module_add_param(m, "in_proj_weight", drawn(wide, dtype, false));
    for (int i = 0; ok && i < 3; i++)
        ok = adj_module_add_param(m, names[i], one ? NULL : drawn(three[i], dtype, false));
    ok = ok && (one || adj_module_add_param(m, "in_proj_weight", NULL)) &&
         adj_module_add_filled(m, "in_proj_bias", bias, ADJ_SHAPE(3 * e), dtype, 0);
    AdjShape row = ADJ_SHAPE(1, 1, e);
    ok = ok && adj_module_add_param(m, "bias_k", kv ? drawn(row, dtype, true) : NULL) &&
         adj_module_add_param(m, "bias_v", kv ? drawn(row, dtype, true) : NULL);
    return ok && adj_module_add_child(m, "out_proj", out);
}

// ---------------------------------------------------------------- running

typedef struct {
    AdjModule *m;
    bool batched, first;  // the batch is the first axis
    int64_t n, l, s, h, e;
    AdjTensor *q, *k, *v;  // (N, H, T, D)
    AdjTensor *mask;       // bool, True where hidden, or float, added; to (N, H, L, S); or NULL
    bool causal;
} Run;

AdjTensor *adj_split_heads(AdjTensor *x, int64_t heads, bool batch_first)
{
    if (!x) return NULL;
    AdjTensor *y = adj_reshape(
        x, ADJ_SHAPE(x->sizes[0], x->sizes[1], heads, heads ? x->sizes[2] / heads : 0));
    return adj_permute(y, batch_first ? ADJ_SHAPE(0, 2, 1, 3) : ADJ_SHAPE(1, 2, 0, 3));
}

AdjTensor *adj_join_heads(AdjTensor *y, bool batch_first)
{
    if (!y) return NULL;
    y = adj_permute(y, batch_first ? ADJ_SHAPE(0, 2, 1, 3) : ADJ_SHAPE(2, 0, 1, 3));
    return y ? adj_reshape(y, ADJ_SHAPE(y->sizes[0], y->sizes[1], y->sizes[2] * y->sizes[3]))
             : NULL;
}

static AdjTensor *param(const Run *r, const char *name)
{
    AdjNamedTensor *t = adj_module_find_tensor(&r->m->params, name);
    return t ? t->tensor : NULL;
}

// Rows from..from+count-1 of the packed weight or bias.
static AdjTensor *part(AdjTensor *t, int64_t from, int64_t count)
{
    return t ? adj_narrow(t, 0, from, count) : NULL;
}

static AdjTensor *project(const Run *r, AdjTensor *x, int i)
{
    static const char *const names[] = {"q_proj_weight", "k_proj_weight", "v_proj_weight"};
    AdjTensor *packed = param(r, "in_proj_weight"), *bias = param(r, "in_proj_bias");
    AdjTensor *w = packed ? part(packed, i * r->e, r->e) : param(r, names[i]);
    return adj_linear(x, w, part(bias, i * r->e, r->e));
}

// Self-attention needs one product for all three.
static bool project_all(Run *r, AdjTensor *const *x, AdjTensor **y)
{
    AdjTensor *packed = param(r, "in_proj_weight");
    if (x[0] == x[1] && x[1] == x[2] && packed) {
        AdjTensors three = adj_chunk(adj_linear(x[0], packed, param(r, "in_proj_bias")), 3, -1);
        for (int i = 0; i < 3 && three.n == 3; i++) y[i] = three.at[i];
        return three.n == 3;
    }
    for (int i = 0; i < 3; i++) y[i] = project(r, x[i], i);
    return !adj_error_kind();
}

// Masks: one column more for a key that everybody sees.
static AdjTensor *widen(AdjTensor *mask)
{
    if (!mask) return NULL;
    AdjShape one = adj_shape(mask);
    one.at[one.n - 1] = 1;
    AdjTensor *zero = adj_to(adj_zeros(one, ADJ_F32), adj_dtype(mask));
    return adj_cat(ADJ_TENSORS(mask, zero), -1);
}

static AdjTensor *additive(AdjTensor *mask, AdjDtype dtype)
{
    if (mask->dtype != ADJ_BOOL) return adj_to(mask, dtype);
    AdjTensor *zero = adj_zeros(adj_shape(mask), dtype);
    return adj_masked_fill(zero, mask, adj_number(ADJ_F(-INFINITY)));
}

static bool check_mask(const AdjTensor *mask, AdjShape a, AdjShape b, const char *name)
{
    if (!mask) return true;
    if (!adj_is_float(mask) && mask->dtype != ADJ_BOOL) {
        return adj_fail(ADJ_E_TYPE, "only bool and floating types of %s are supported", name);
    }
    AdjShape own = adj_shape(mask);
    if (adj_shape_equal(own, a) || adj_shape_equal(own, b)) return true;
    return adj_fail(ADJ_E_SHAPE, "The shape of %s is %s, but should be %s or %s.", name,
                    adj_shape_text(own), adj_shape_text(a), adj_shape_text(b));
}

// The two masks as one that broadcasts to (N, H, L, S); S counts what was appended.
static bool join_masks(Run *r, AdjTensor *padding, AdjTensor *mask, int appended)
{
    int64_t s = r->s;
    AdjShape each = ADJ_SHAPE(r->n * r->h, r->l, s), all = ADJ_SHAPE(r->l, s);
    if (!check_mask(padding, ADJ_SHAPE(r->n, s), r->batched ? ADJ_SHAPE(r->n, s) : ADJ_SHAPE(s),
                    "key_padding_mask") ||
        !check_mask(mask, all, each, "attn_mask"))
        return false;
    if (mask && mask->ndim == 3) mask = adj_reshape(mask, ADJ_SHAPE(r->n, r->h, r->l, s));
    if (padding) padding = adj_reshape(padding, ADJ_SHAPE(r->n, 1, 1, s));
    for (int i = 0; i < appended; i++) {
        mask = widen(mask);
        padding = widen(padding);
    }
    bool bools = mask && padding && mask->dtype == ADJ_BOOL && padding->dtype == ADJ_BOOL;
    if (bools)
        r->mask = adj_logical_or(mask, padding);
    else if (mask && padding)
        r->mask = adj_add(additive(mask, adj_dtype(r->q)), additive(padding, adj_dtype(r->q)),
                          ADJ_I(1));
    else
        r->mask = mask ? mask : padding;
    return !adj_error_kind();
}

// [extra] (1, 1, E), or zeros, as one more key of every head.
static AdjTensor *append(const Run *r, AdjTensor *t, AdjTensor *extra)
{
    AdjShape shape = ADJ_SHAPE(r->n, r->h, 1, r->e / r->h);
    AdjTensor *one =
        extra ? adj_expand(adj_reshape(extra, ADJ_SHAPE(1, r->h, 1, r->e / r->h)), shape)
              : adj_zeros(shape, adj_dtype(t));
    return adj_cat(ADJ_TENSORS(t, one), 2);
}

static bool take_operands(Run *r, const AdjValue *in)
{
    AdjTensor *x[3] = {in[0].t, in[1].t, in[2].t}, *y[3];
    r->batched = x[0]->ndim == 3;
    for (int i = 0; i < 3; i++) {
        if (x[i]->ndim != x[0]->ndim || (x[i]->ndim != 2 && x[i]->ndim != 3)) {
            return adj_fail(ADJ_E_SHAPE,
                            "%s: query, key and value must all be 3-D, or 2-D without a batch, "
                            "got shapes %s, %s and %s",
                            r->m->row->name, adj_shape_text(adj_shape(x[0])),
                            adj_shape_text(adj_shape(x[1])), adj_shape_text(adj_shape(x[2])));
        }
    }
    if (!r->batched) {
        r->first = true;
        bool same = x[0] == x[1] && x[1] == x[2];
        for (int i = 0; i < 3; i++) x[i] = same && i ? x[0] : adj_unsqueeze(x[i], 0);
    }
    if (adj_error_kind()) return false;
    int time = r->first ? 1 : 0;
    r->n = x[0]->sizes[1 - time], r->l = x[0]->sizes[time], r->s = x[1]->sizes[time];
    if (x[0]->sizes[2] != r->e) {
        return adj_fail(ADJ_E_SHAPE, "was expecting embedding dimension of %lld, but got %lld",
                        (long long)r->e, (long long)x[0]->sizes[2]);
    }
    if (!project_all(r, x, y)) return false;
    r->q = adj_split_heads(y[0], r->h, r->first);
    r->k = adj_split_heads(y[1], r->h, r->first);
    r->v = adj_split_heads(y[2], r->h, r->first);
    return r->q && r->k && r->v;
}

static bool add_keys(Run *r, bool zero)
{
    AdjTensor *k = param(r, "bias_k"), *v = param(r, "bias_v");
    if (k && v) {
        r->k = append(r, r->k, k);
        r->v = append(r, r->v, v);
    }
    if (zero && r->k && r->v) {
        r->k = append(r, r->k, NULL);
        r->v = append(r, r->v, NULL);
    }
    return r->k && r->v;
}

// softmax(q k^T / sqrt(d) + mask), with dropout in *dropped.
static AdjTensor *weights(const Run *r, double dropout, AdjTensor **dropped)
{
    double scale = 1 / sqrt((double)(r->e / r->h));
    AdjTensor *s =
        adj_matmul(adj_mul(r->q, adj_number(ADJ_F(scale))), adj_transpose(r->k, -2, -1));
    if (r->mask && s) s = adj_add(s, additive(r->mask, adj_dtype(s)), ADJ_I(1));
    AdjTensor *p = adj_softmax(s, -1, ADJ_SAME);
    *dropped = dropout > 0 ? adj_dropout(p, dropout, true) : p;
    return p;
}

static AdjTensor *attend(const Run *r, double dropout)
{
    AdjTensor *mask = r->mask;
    if (mask && mask->dtype == ADJ_BOOL)
        mask = adj_logical_not(mask);
    else if (mask)
        mask = adj_to(mask, adj_dtype(r->q));
    return adj_scaled_dot_product_attention(r->q, r->k, r->v, mask, dropout, r->causal, NAN,
                                            false);
}

static bool mha_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    enum { PADDING = 3, WEIGHTS, MASK, AVERAGE, CAUSAL };
    const AdjValue *a = m->arg;
    AdjTensor *padding = in[PADDING].t, *mask = in[MASK].t;
    Run r = {.m = m,
             .first = a[MultiheadAttention_batch_first].b,
             .h = a[MultiheadAttention_num_heads].i,
             .e = a[MultiheadAttention_embed_dim].i};
    if (in[CAUSAL].b && !mask) {
        return adj_fail(ADJ_E_RUNTIME,
                        "MultiheadAttention: Need attn_mask if specifying the is_causal hint.");
    }
    double dropout = m->training ? a[MultiheadAttention_dropout].f : 0;
    bool zero = a[MultiheadAttention_add_zero_attn].b, wanted = in[WEIGHTS].b;
    if (!take_operands(&r, in)) return false;
    int appended = zero + a[MultiheadAttention_add_bias_kv].b;
    r.causal = in[CAUSAL].b && !padding && !wanted && !appended;
    if (!join_masks(&r, padding, r.causal ? NULL : mask, appended) || !add_keys(&r, zero))
        return false;
    AdjTensor *p = NULL, *y, *dropped;
    if (wanted) {
        p = weights(&r, dropout, &dropped);
        y = adj_matmul(dropped, r.v);
    } else {
        y = attend(&r, dropout);
    }
    y = adj_join_heads(y, r.first);
    y = adj_run1(m, "out_proj", y);
    if (p && in[AVERAGE].b) p = adj_mean(p, ADJ_SHAPE(1), false, ADJ_SAME);
    AdjTensor **both = adj_scope_memory(2 * sizeof *both);
    if (!both || adj_error_kind()) return false;
    both[0] = r.batched ? y : adj_squeeze(y, ADJ_SHAPE(0));
    both[1] = p && !r.batched ? adj_squeeze(p, ADJ_SHAPE(0)) : p;
    out->ts = (AdjTensors){2, both};
    return !adj_error_kind();
}

ADJ_MODULE(
    MultiheadAttention,
    "(embed_dim: int[1,], num_heads: int[1,], dropout: float[0,1] = 0.0, bias: bool = True, "
    "add_bias_kv: bool = False, add_zero_attn: bool = False, kdim: int? = None, vdim: int? = "
    "None, batch_first: bool = False, dtype: dtype? = None)",
    "(query: tensor, key: tensor, value: tensor, key_padding_mask: tensor? = None, "
    "need_weights: bool = True, attn_mask: tensor? = None, average_attn_weights: bool = True, "
    "is_causal: bool = False) -> (attn_output: tensor, attn_output_weights: tensor?)",
    "Concatenated heads softmax(q_i k_i^T / sqrt(E / H) + mask) v_i, projected.\n"
    "shapes  query (L, N, E), key (S, N, kdim), value (S, N, vdim), or (N, L, E) ... with "
    "batch_first, or without N; key_padding_mask (N, S), attn_mask (L, S) or (N H, L, S) -> "
    "(L, "
    "N, E), and weights (N, L, S), or (N, H, L, S) unless averaged\n"
    "notes   True in a bool mask hides a key; float masks are added. Without need_weights no "
    "matrix of weights is made. causal(n) and padding(lengths) make masks\n"
    "errors  Value: embed_dim does not divide into heads; Shape: operands or masks do not fit; "
    "Runtime: is_causal without attn_mask",
    .source = "Vaswani et al. 2017", .build = mha_build, .forward = mha_forward)
