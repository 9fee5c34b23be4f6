// SPDX-License-Identifier: Apache-2.0
// transformer.c: the layers of encoder and decoder, their stacks, and Transformer, as PyTorch
// has them: names, order of parameters, masks, where dropout and normalisation stand.
#include "nn/attention.h"

// ---------------------------------------------------------------- parts of a layer

// The arguments that encoder and decoder layers share; their places are the same.
enum {
    D_MODEL,
    NHEAD,
    FEEDFORWARD,
    DROPOUT,
    ACTIVATION,
    EPS,
    BATCH_FIRST,
    NORM_FIRST,
    BIAS,
    DTYPE
};
_Static_assert((int)TransformerEncoderLayer_dtype == (int)DTYPE,
               "the encoder layer's arguments");
_Static_assert((int)TransformerDecoderLayer_dtype == (int)DTYPE,
               "the decoder layer's arguments");

static bool add(AdjModule *m, const char *name, AdjModule *child)
{
    return child && adj_module_add_child(m, name, child);
}

static AdjModule *new_attention(const AdjValue *a)
{
    return adj_MultiheadAttention(a[D_MODEL].i, a[NHEAD].i, a[DROPOUT].f, a[BIAS].b, false,
                                  false, ADJ_NO_INT, ADJ_NO_INT, a[BATCH_FIRST].b,
                                  a[DTYPE].dtype);
}

static AdjModule *new_linear(const AdjValue *a, int64_t in, int64_t out)
{
    return adj_Linear(in, out, a[BIAS].b, "pytorch", a[DTYPE].dtype);
}

static AdjModule *new_norm(const AdjValue *a)
{
    return adj_LayerNorm(ADJ_SHAPE(a[D_MODEL].i), a[EPS].f, true, a[BIAS].b, a[DTYPE].dtype);
}

// Feed-forward part and then norms and dropouts, in PyTorch's order; [n] of each.
static bool add_rest(AdjModule *m, int n)
{
    const AdjValue *a = m->arg;
    int64_t d = a[D_MODEL].i, f = a[FEEDFORWARD].i;
    AdjScalar p = ADJ_F(a[DROPOUT].f);
    bool ok = add(m, "linear1", new_linear(a, d, f)) &&
              add(m, "dropout", adj_Dropout(p, false)) &&
              add(m, "linear2", new_linear(a, f, d));
    char name[16];
    for (int i = 1; ok && i <= n; i++) {
        snprintf(name, sizeof name, "norm%d", i);
        ok = add(m, name, new_norm(a));
    }
    for (int i = 1; ok && i <= n; i++) {
        snprintf(name, sizeof name, "dropout%d", i);
        ok = add(m, name, adj_Dropout(p, false));
    }
    return ok;
}

static AdjTensor *attend(AdjModule *m, const char *name, const char *dropout, AdjTensor *x,
                         AdjTensor *memory, AdjTensor *mask, AdjTensor *padding, bool causal)
{
    AdjNamedModule *c = adj_module_find_child(m, name);
    if (!x || !memory || !c) return NULL;
    AdjValue in[] = {{.t = x},     {.t = memory}, {.t = memory}, {.t = padding},
                     {.b = false}, {.t = mask},   {.b = true},   {.b = causal}};
    AdjTensors y = adj_module_call_child(m, c->module, 8, in);
    return y.n ? adj_run1(m, dropout, y.at[0]) : NULL;
}

static AdjTensor *feed_forward(AdjModule *m, const char *dropout, AdjTensor *x)
{
    AdjTensor *h = adj_call_unary(m->arg[ACTIVATION].op, adj_run1(m, "linear1", x));
    return adj_run1(m, dropout, adj_run1(m, "linear2", adj_run1(m, "dropout", h)));
}

static AdjTensor *plus(AdjTensor *a, AdjTensor *b)
{
    return adj_add(a, b, ADJ_I(1));
}

// ---------------------------------------------------------------- encoder layer

static bool encoder_layer_build(AdjModule *m)
{
    return add(m, "self_attn", new_attention(m->arg)) && add_rest(m, 2);
}

static bool encoder_layer_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    AdjTensor *x = in[0].t, *mask = in[1].t, *padding = in[2].t;
    bool causal = in[3].b;
    if (m->arg[NORM_FIRST].b) {
        AdjTensor *n = adj_run1(m, "norm1", x);
        x = plus(x, attend(m, "self_attn", "dropout1", n, n, mask, padding, causal));
        x = plus(x, feed_forward(m, "dropout2", adj_run1(m, "norm2", x)));
    } else {
        AdjTensor *y = attend(m, "self_attn", "dropout1", x, x, mask, padding, causal);
        x = adj_run1(m, "norm1", plus(x, y));
        x = adj_run1(m, "norm2", plus(x, feed_forward(m, "dropout2", x)));
    }
    out->t = x;
    return x != NULL;
}

ADJ_MODULE(
    TransformerEncoderLayer,
    "(d_model: int[1,], nhead: int[1,], dim_feedforward: int[1,] = 2048, dropout: float[0,1] = "
    "0.1, activation: op = 'relu', layer_norm_eps: float[0,] = 1e-05, batch_first: bool = "
    "False, norm_first: bool = False, bias: bool = True, dtype: dtype? = None)",
    "(src: tensor, src_mask: tensor? = None, src_key_padding_mask: tensor? = None, is_causal: "
    "bool = False) -> tensor",
    "x = norm1(x + attention(x)), x = norm2(x + linear2(activation(linear1(x)))); with "
    "norm_first x = x + attention(norm1(x)), x = x + linear2(activation(linear1(norm2(x)))).\n"
    "shapes  (S, N, d_model), (N, S, d_model) with batch_first, or (S, d_model); masks as in "
    "MultiheadAttention\n"
    "errors  Value: d_model does not divide into heads; Shape: operands do not fit",
    .source = "Vaswani et al. 2017; Xiong et al. 2020", .build = encoder_layer_build,
    .forward = encoder_layer_forward)

static bool forward_with_mask(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    AdjTensor *hidden = in[1].t ? adj_eq(in[1].t, adj_number(ADJ_I(0))) : NULL;
    AdjValue all[4] = {in[0], {.t = hidden}, {.t = NULL}, {.b = false}};
    return !adj_error_kind() && encoder_layer_forward(m, all, out);
}

ADJ_METHOD(TransformerEncoderLayer, forward_with_mask,
           "(src: tensor, mask: tensor? = None) -> tensor",
           "forward() with AxonML's mask: 0 hides, anything else is visible.",
           .run = forward_with_mask)

// ---------------------------------------------------------------- decoder layer

static bool decoder_layer_build(AdjModule *m)
{
    return add(m, "self_attn", new_attention(m->arg)) &&
           add(m, "multihead_attn", new_attention(m->arg)) && add_rest(m, 3);
}

static bool decoder_layer_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    enum { MEMORY = 1, MASK, MEMORY_MASK, PADDING, MEMORY_PADDING, CAUSAL, MEMORY_CAUSAL };
    AdjTensor *x = in[0].t, *memory = in[MEMORY].t;
    AdjTensor *mask = in[MASK].t, *padding = in[PADDING].t;
    AdjTensor *other = in[MEMORY_MASK].t, *hidden = in[MEMORY_PADDING].t;
    bool causal = in[CAUSAL].b, far = in[MEMORY_CAUSAL].b;
    if (m->arg[NORM_FIRST].b) {
        AdjTensor *n = adj_run1(m, "norm1", x);
        x = plus(x, attend(m, "self_attn", "dropout1", n, n, mask, padding, causal));
        n = adj_run1(m, "norm2", x);
        x = plus(x, attend(m, "multihead_attn", "dropout2", n, memory, other, hidden, far));
        x = plus(x, feed_forward(m, "dropout3", adj_run1(m, "norm3", x)));
    } else {
        AdjTensor *y = attend(m, "self_attn", "dropout1", x, x, mask, padding, causal);
        x = adj_run1(m, "norm1", plus(x, y));
        y = attend(m, "multihead_attn", "dropout2", x, memory, other, hidden, far);
        x = adj_run1(m, "norm2", plus(x, y));
        x = adj_run1(m, "norm3", plus(x, feed_forward(m, "dropout3", x)));
    }
    out->t = x;
    return x != NULL;
}

ADJ_MODULE(
    TransformerDecoderLayer,
    "(d_model: int[1,], nhead: int[1,], dim_feedforward: int[1,] = 2048, dropout: float[0,1] = "
    "0.1, activation: op = 'relu', layer_norm_eps: float[0,] = 1e-05, batch_first: bool = "
    "False, norm_first: bool = False, bias: bool = True, dtype: dtype? = None)",
    "(tgt: tensor, memory: tensor, tgt_mask: tensor? = None, memory_mask: tensor? = None, "
    "tgt_key_padding_mask: tensor? = None, memory_key_padding_mask: tensor? = None, "
    "tgt_is_causal: bool = False, memory_is_causal: bool = False) -> tensor",
    "An encoder layer with attention to memory between self-attention and feed-forward part.\n"
    "shapes  tgt (T, N, d_model), memory (S, N, d_model), or with N first, or without N\n"
    "errors  Value: d_model does not divide into heads; Shape: operands do not fit",
    .source = "Vaswani et al. 2017", .build = decoder_layer_build,
    .forward = decoder_layer_forward)

// ---------------------------------------------------------------- stacks

// Copies of the layer given, and the norm at the end; neither stays an argument.
static bool stack_build(AdjModule *m, int layer, int count, int norm)
{
    AdjModule *list = adj_ModuleList();
    bool ok = add(m, "layers", list);
    for (int64_t i = 0; ok && i < m->arg[count].i; i++) {
        char name[24];
        snprintf(name, sizeof name, "%lld", (long long)i);
        ok = add(list, name, adj_module_clone(m->arg[layer].m));
    }
    AdjModule *end = m->arg[norm].m;
    ok = ok && (!end || adj_module_add_child(m, "norm", end));
    if (ok && !end) ok = adj_module_add_child(m, "norm", NULL);
    adj_module_drop(&m->arg[layer].m);
    adj_module_drop(&m->arg[norm].m);
    return ok;
}

static AdjTensor *run_stack(AdjModule *m, int n, AdjValue *in)
{
    AdjNamedModule *layers = adj_module_find_child(m, "layers");
    AdjNamedModule *norm = adj_module_find_child(m, "norm");
    if (!layers || !layers->module) return NULL;
    const char *outer = adj_module_enter(layers->module, "layers");
    for (int i = 0; i < layers->module->n_children && in[0].t; i++) {
        AdjTensors y =
            adj_module_call_child(layers->module, layers->module->children[i].module, n, in);
        in[0].t = y.n ? y.at[0] : NULL;
    }
    adj_module_leave(outer);
    return norm && norm->module ? adj_run1(m, "norm", in[0].t) : in[0].t;
}

static bool encoder_build(AdjModule *m)
{
    return stack_build(m, TransformerEncoder_encoder_layer, TransformerEncoder_num_layers,
                       TransformerEncoder_norm);
}

static bool encoder_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    AdjValue layer[4] = {in[0], in[1], in[2], in[3]};
    out->t = run_stack(m, 4, layer);
    return out->t != NULL;
}

ADJ_MODULE(
    TransformerEncoder,
    "(encoder_layer: module, num_layers: int[0,], norm: module? = None, enable_nested_tensor: "
    "bool = True, mask_check: bool = True)",
    "(src: tensor, mask: tensor? = None, src_key_padding_mask: tensor? = None, is_causal: bool "
    "= False) -> tensor",
    "num_layers copies of encoder_layer one after the other, then norm.\n"
    "notes   enable_nested_tensor and mask_check are accepted for PyTorch's sake: there are no "
    "nested tensors",
    .source = "Vaswani et al. 2017", .build = encoder_build, .forward = encoder_forward)

static bool decoder_build(AdjModule *m)
{
    return stack_build(m, TransformerDecoder_decoder_layer, TransformerDecoder_num_layers,
                       TransformerDecoder_norm);
}

static bool decoder_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    AdjValue layer[8];
    memcpy(layer, in, sizeof layer);
    out->t = run_stack(m, 8, layer);
    return out->t != NULL;
}

ADJ_MODULE(
    TransformerDecoder, "(decoder_layer: module, num_layers: int[0,], norm: module? = None)",
    "(tgt: tensor, memory: tensor, tgt_mask: tensor? = None, memory_mask: tensor? = None, "
    "tgt_key_padding_mask: tensor? = None, memory_key_padding_mask: tensor? = None, "
    "tgt_is_causal: bool = False, memory_is_causal: bool = False) -> tensor",
    "num_layers copies of decoder_layer one after the other, then norm.",
    .source = "Vaswani et al. 2017", .build = decoder_build, .forward = decoder_forward)

// ---------------------------------------------------------------- Transformer

static AdjModule *new_stack(const AdjModule *m, bool decoder)
{
    const AdjValue *a = m->arg;
    AdjDtype dtype = a[Transformer_dtype].dtype;
    int64_t d = a[Transformer_d_model].i;
    AdjModule *(*layer_of)(int64_t, int64_t, int64_t, double, const AdjOp *, double, bool, bool,
                           bool, AdjDtype) =
        decoder ? adj_TransformerDecoderLayer : adj_TransformerEncoderLayer;
    double eps = a[Transformer_layer_norm_eps].f;
    bool bias = a[Transformer_bias].b;
    AdjModule *layer =
        layer_of(d, a[Transformer_nhead].i, a[Transformer_dim_feedforward].i,
                 a[Transformer_dropout].f, a[Transformer_activation].op, eps,
                 a[Transformer_batch_first].b, a[Transformer_norm_first].b, bias, dtype);
    AdjModule *norm = adj_LayerNorm(ADJ_SHAPE(d), eps, true, bias, dtype);
    if (!layer || !norm) return NULL;
    return decoder ? adj_TransformerDecoder(layer, a[Transformer_num_decoder_layers].i, norm)
                   : adj_TransformerEncoder(layer, a[Transformer_num_encoder_layers].i, norm,
                                            true, true);
}

static bool transformer_build(AdjModule *m)
{
    AdjModule *encoder = m->arg[Transformer_custom_encoder].m;
    AdjModule *decoder = m->arg[Transformer_custom_decoder].m;
    bool ok = add(m, "encoder", encoder ? encoder : new_stack(m, false)) &&
              add(m, "decoder", decoder ? decoder : new_stack(m, true));
    adj_module_drop(&m->arg[Transformer_custom_encoder].m);
    adj_module_drop(&m->arg[Transformer_custom_decoder].m);
    if (!ok) return false;
    AdjTensors all = adj_parameters(m);
    for (int i = 0; ok && i < all.n; i++)
        if (all.at[i]->ndim > 1) ok = adj_init_xavier_uniform_(all.at[i], 1) != NULL;
    return ok && !adj_error_kind();
}

static bool transformer_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    enum {
        TGT = 1,
        SRC_MASK,
        TGT_MASK,
        MEMORY_MASK,
        SRC_PADDING,
        TGT_PADDING,
        MEMORY_PADDING,
        SRC_CAUSAL,
        TGT_CAUSAL,
        MEMORY_CAUSAL
    };
    AdjTensor *src = in[0].t, *tgt = in[TGT].t;
    int64_t width = m->arg[Transformer_d_model].i;
    int batch = m->arg[Transformer_batch_first].b ? 0 : 1;
    if (src->ndim == 3 && tgt->ndim == 3 && src->sizes[batch] != tgt->sizes[batch]) {
        return adj_fail(ADJ_E_RUNTIME, "the batch number of src and tgt must be equal");
    }
    if (src->sizes[src->ndim - 1] != width || tgt->sizes[tgt->ndim - 1] != width) {
        return adj_fail(ADJ_E_RUNTIME,
                        "the feature number of src and tgt must be equal to d_model");
    }
    AdjValue first[] = {in[0], in[SRC_MASK], in[SRC_PADDING], in[SRC_CAUSAL]};
    AdjTensors memory =
        adj_module_call_child(m, adj_module_find_child(m, "encoder")->module, 4, first);
    if (!memory.n) return false;
    AdjValue second[] = {in[TGT],         {.t = memory.at[0]}, in[TGT_MASK],
                         in[MEMORY_MASK], in[TGT_PADDING],     in[MEMORY_PADDING],
                         in[TGT_CAUSAL],  in[MEMORY_CAUSAL]};
    AdjTensors y =
        adj_module_call_child(m, adj_module_find_child(m, "decoder")->module, 8, second);
    out->t = y.n ? y.at[0] : NULL;
    return out->t != NULL;
}

ADJ_MODULE(
    Transformer,
    "(d_model: int[1,] = 512, nhead: int[1,] = 8, num_encoder_layers: int[0,] = 6, "
    "num_decoder_layers: int[0,] = 6, dim_feedforward: int[1,] = 2048, dropout: float[0,1] = "
    "0.1, activation: op = 'relu', custom_encoder: module? = None, custom_decoder: module? = "
    "None, layer_norm_eps: float[0,] = 1e-05, batch_first: bool = False, norm_first: bool = "
    "False, bias: bool = True, dtype: dtype? = None)",
    "(src: tensor, tgt: tensor, src_mask: tensor? = None, tgt_mask: tensor? = None, "
    "memory_mask: tensor? = None, src_key_padding_mask: tensor? = None, tgt_key_padding_mask: "
    "tensor? = None, memory_key_padding_mask: tensor? = None, src_is_causal: bool = False, "
    "tgt_is_causal: bool = False, memory_is_causal: bool = False) -> tensor",
    "An encoder of src and a decoder of tgt that looks at what the encoder gives.\n"
    "shapes  src (S, N, d_model), tgt (T, N, d_model), or with N first, or without N -> like "
    "tgt\n"
    "errors  Runtime: batches or features of src and tgt differ",
    .source = "Vaswani et al. 2017", .build = transformer_build, .forward = transformer_forward)

static bool square_mask(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    (void)m;
    AdjDtype dtype = in[1].dtype == ADJ_SAME ? adj_default_dtype() : in[1].dtype;
    AdjTensor *all = adj_full(ADJ_SHAPE(in[0].i, in[0].i), ADJ_F(-INFINITY), dtype);
    return (out->t = adj_triu(all, 1)) != NULL;
}

ADJ_METHOD(Transformer, generate_square_subsequent_mask,
           "(sz: int[0,], dtype: dtype? = None) -> tensor",
           "A float mask for sz positions: -inf where a position would look at a later one, 0 "
           "elsewhere.",
           .run = square_mask, .is_static = true)
