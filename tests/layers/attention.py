# SPDX-License-Identifier: Apache-2.0
"""Attention and transformers."""

from layers import case, done, fails, nn, torch

F = torch.nn.functional
drawn = lambda *shapes: (lambda: [torch.randn(*s) for s in shapes])
HIDDEN = torch.tensor([[False, False, True], [False, True, True]])
LATER = torch.ones(4, 4).triu(1).bool()

# ---------------------------------------------------------------- MultiheadAttention

mha = lambda *a, **k: (lambda: nn.MultiheadAttention(*a, **k))
self_attention = lambda **k: (lambda m, x: m(x, x, x, **k))
with_weights = lambda **k: (lambda m, q, k_, v: m(q, k_, v, **k))
case("MultiheadAttention", mha(6, 2), drawn((4, 2, 6)), call=self_attention())
case("MultiheadAttention", mha(6, 3, batch_first=True), drawn((2, 4, 6)),
     call=self_attention(need_weights=False))
case("MultiheadAttention", mha(6, 2, bias=False), drawn((4, 2, 6), (3, 2, 6), (3, 2, 6)),
     call=with_weights(average_attn_weights=False))
case("MultiheadAttention", mha(6, 2, kdim=5, vdim=3), drawn((4, 2, 6), (3, 2, 5), (3, 2, 3)),
     call=with_weights())
case("MultiheadAttention", mha(6, 2, kdim=5, vdim=3, batch_first=True),
     drawn((2, 4, 6), (2, 3, 5), (2, 3, 3)), call=with_weights(need_weights=False))
case("MultiheadAttention", mha(6, 2, add_bias_kv=True, add_zero_attn=True),
     drawn((4, 2, 6), (3, 2, 6), (3, 2, 6)), call=with_weights(key_padding_mask=HIDDEN))
case("MultiheadAttention", mha(6, 2, add_bias_kv=True), drawn((4, 2, 6)),
     call=self_attention(attn_mask=LATER, need_weights=False))
case("MultiheadAttention", mha(6, 2), drawn((4, 2, 6), (3, 2, 6), (3, 2, 6)),
     call=with_weights(key_padding_mask=HIDDEN, need_weights=False))
case("MultiheadAttention", mha(6, 2), drawn((4, 2, 6)),
     call=self_attention(attn_mask=LATER, is_causal=True, need_weights=False))
case("MultiheadAttention", mha(6, 2), drawn((4, 2, 6)), call=self_attention(attn_mask=LATER))
case("MultiheadAttention", mha(6, 2), drawn((4, 6), (3, 6), (3, 6)), call=with_weights())
case("MultiheadAttention", mha(6, 2, batch_first=True), drawn((2, 3, 6)),
     call=lambda m, x: m(x, x, x, key_padding_mask=HIDDEN, attn_mask=LATER[:3, :3])[0])
case("MultiheadAttention of evaluation",
     lambda: nn.MultiheadAttention(6, 2, dropout=0.4).eval(),
     drawn((4, 2, 6)), call=self_attention())
case("NonDynamicallyQuantizableLinear", lambda: nn.MultiheadAttention(6, 2).out_proj,
     drawn((3, 6)))
fails("MultiheadAttention", lambda: nn.MultiheadAttention(7, 2), Exception,
      "embed_dim must be divisible by num_heads")
fails("MultiheadAttention", lambda: nn.MultiheadAttention(6, 2)(
    torch.randn(4, 2, 6), torch.randn(3, 2, 6), torch.randn(3, 2, 6), is_causal=True),
      RuntimeError, "Need attn_mask if specifying the is_causal hint")
fails("MultiheadAttention", lambda: nn.MultiheadAttention(6, 2)(
    torch.randn(4, 2, 6), torch.randn(4, 2, 6), torch.randn(4, 2, 6),
    attn_mask=torch.zeros(3, 3)), RuntimeError, "but should be")

# ---------------------------------------------------------------- layers of transformers

SQUARE = nn.Transformer.generate_square_subsequent_mask(4, dtype=torch.float64)
layer = lambda *a, **k: (lambda: nn.TransformerEncoderLayer(*a, dropout=0.0, **k))
case("TransformerEncoderLayer", layer(6, 2, 8), drawn((4, 2, 6)))
case("TransformerEncoderLayer", layer(6, 2, 8, norm_first=True), drawn((4, 2, 6)))
case("TransformerEncoderLayer", layer(6, 3, 5, activation="gelu", batch_first=True),
     drawn((2, 4, 6)))
case("TransformerEncoderLayer", layer(6, 2, 8, bias=False, layer_norm_eps=1e-3),
     drawn((4, 2, 6)), call=lambda m, x: m(x, src_mask=LATER, is_causal=True))
case("TransformerEncoderLayer", layer(6, 2, 8, activation=F.silu), drawn((3, 2, 6)),
     call=lambda m, x: m(x, src_key_padding_mask=HIDDEN))
case("TransformerEncoderLayer", layer(6, 2, 8), drawn((4, 6)))
case("TransformerEncoderLayer of evaluation",
     lambda: nn.TransformerEncoderLayer(6, 2, 8).eval(), drawn((4, 2, 6)))
fails("TransformerEncoderLayer", lambda: nn.TransformerEncoderLayer(6, 2, activation="none"),
      RuntimeError, "activation should be relu/gelu, not none")

layer = lambda *a, **k: (lambda: nn.TransformerDecoderLayer(*a, dropout=0.0, **k))
case("TransformerDecoderLayer", layer(6, 2, 8), drawn((4, 2, 6), (3, 2, 6)))
case("TransformerDecoderLayer", layer(6, 2, 8, norm_first=True), drawn((4, 2, 6), (3, 2, 6)))
case("TransformerDecoderLayer", layer(6, 2, 8, activation="gelu", batch_first=True),
     drawn((2, 4, 6), (2, 3, 6)))
case("TransformerDecoderLayer", layer(6, 2, 8, bias=False), drawn((4, 2, 6), (3, 2, 6)),
     call=lambda m, x, y: m(x, y, tgt_mask=LATER, tgt_is_causal=True))
case("TransformerDecoderLayer", layer(6, 2, 8), drawn((4, 2, 6), (3, 2, 6)),
     call=lambda m, x, y: m(x, y, memory_key_padding_mask=HIDDEN))

encoder = lambda n, norm=False, **k: (lambda: nn.TransformerEncoder(
    nn.TransformerEncoderLayer(6, 2, 8, dropout=0.0, **k), n,
    nn.LayerNorm(6) if norm else None, enable_nested_tensor=False))
case("TransformerEncoder", encoder(1), drawn((4, 2, 6)))
case("TransformerEncoder", encoder(2, norm=True), drawn((4, 2, 6)))
case("TransformerEncoder", encoder(2, batch_first=True, norm_first=True), drawn((2, 4, 6)))
case("TransformerEncoder", encoder(2), drawn((4, 2, 6)),
     call=lambda m, x: m(x, mask=LATER, is_causal=True))
case("TransformerEncoder", encoder(2, norm=True), drawn((3, 2, 6)), single=3e-5,
     call=lambda m, x: m(x, src_key_padding_mask=HIDDEN))
decoder = lambda n, norm=False, **k: (lambda: nn.TransformerDecoder(
    nn.TransformerDecoderLayer(6, 2, 8, dropout=0.0, **k), n,
    nn.LayerNorm(6) if norm else None))
case("TransformerDecoder", decoder(1), drawn((4, 2, 6), (3, 2, 6)))
case("TransformerDecoder", decoder(2, norm=True), drawn((4, 2, 6), (3, 2, 6)))
case("TransformerDecoder", decoder(2, batch_first=True, norm_first=True),
     drawn((2, 4, 6), (2, 3, 6)))
case("TransformerDecoder", decoder(2), drawn((4, 2, 6), (3, 2, 6)),
     call=lambda m, x, y: m(x, y, tgt_mask=LATER))
case("TransformerDecoder", decoder(2, norm=True), drawn((4, 2, 6), (3, 2, 6)),
     call=lambda m, x, y: m(x, y, memory_key_padding_mask=HIDDEN))
whole = lambda *a, **k: (lambda: nn.Transformer(4, 2, *a, dropout=0.0, **k))
case("Transformer", whole(1, 1, 5), drawn((3, 2, 4), (4, 2, 4)))
case("Transformer", whole(2, 1, 5, norm_first=True), drawn((3, 2, 4), (4, 2, 4)), second=False)
case("Transformer", whole(1, 2, 5, batch_first=True), drawn((2, 3, 4), (2, 4, 4)), second=False)
case("Transformer", whole(1, 1, 5, activation="gelu", bias=False), drawn((3, 2, 4), (4, 2, 4)),
     call=lambda m, x, y: m(x, y, tgt_mask=SQUARE.to(x.dtype)))
case("Transformer", whole(1, 1, 5), drawn((3, 2, 4), (4, 2, 4)), second=False,
     call=lambda m, x, y: m(x, y, src_key_padding_mask=HIDDEN, memory_key_padding_mask=HIDDEN))
fails("Transformer", lambda: nn.Transformer(4, 2, 1, 1)(torch.randn(3, 2, 4),
                                                        torch.randn(3, 1, 4)),
      RuntimeError, "the batch number of src and tgt must be equal")

# ---------------------------------------------------------------- beyond PyTorch

# No biases: those of keys change nothing, and the gradient of nothing is rounding.

SEEN = torch.ones(4, 3).bool().tril(1)
for e, h in ((4, 2), (6, 1), (6, 3)):
    make = lambda: nn.CrossAttention(e, h, bias=False)
    case("CrossAttention", make, drawn((2, 4, e), (2, 3, e)))
case("CrossAttention", lambda: nn.CrossAttention(4, 2, bias=False), drawn((2, 4, 4)))
case("CrossAttention", lambda: nn.CrossAttention(4, 2, bias=False), drawn((2, 4, 4), (2, 3, 4)),
     call=lambda m, x, y: m(x, y, SEEN))


def pair(*sizes, **options):
    """Biases of keys change nothing: they are left out of the gradients."""
    def make():
        net = nn.Seq2SeqTransformer(*sizes, **options)
        for name, p in net.named_parameters():
            p.requires_grad_(not name.endswith("k_proj.bias"))
        return net
    return make


case("Seq2SeqTransformer", pair(4, 2, 1, 1, 5), drawn((2, 3, 4), (2, 4, 4)))
case("Seq2SeqTransformer", pair(4, 2, 1, 2, 5, pre_norm=True), drawn((2, 3, 4), (2, 2, 4)),
     second=False)
case("Seq2SeqTransformer", pair(4, 1, 2, 1, 3), drawn((2, 3, 4)), second=False)
case("Seq2SeqTransformer", pair(4, 2, 1, 1, 5), drawn((2, 4, 4), (2, 3, 4)), second=False,
     single=1e-4, call=lambda m, x, y: m(x, y, LATER == 0, torch.ones(3, 3).tril(), SEEN.T))
case("Seq2SeqTransformer", pair(6, 3, 2, 2, 4, pre_norm=True), drawn((1, 2, 6), (1, 3, 6)))
for k in ({}, {"lambda_init": 0.3}, {"reparam": True}, {"subln": True},
          {"reparam": True, "subln": True, "lambda_init": 0.8}):
    case("DifferentialAttention", lambda: nn.DifferentialAttention(8, 2, bias=False, **k),
         drawn((2, 4, 8)))
case("DifferentialAttention", lambda: nn.DifferentialAttention(8, 2, bias=False),
     drawn((2, 4, 8)),
     call=lambda m, x: m(x, is_causal=True))
fails("DifferentialAttention", lambda: nn.DifferentialAttention(6, 2), ValueError, "even")
for args, shape in (((4,), (2, 5, 4)), ((6, 100.0), (1, 3, 6)), ((2,), (3, 1, 2)),
                    ((8, 10.0), (1, 7, 8))):
    case("RotaryEmbedding", lambda: nn.RotaryEmbedding(*args), drawn(shape))
case("RotaryEmbedding", lambda: nn.RotaryEmbedding(4), drawn((2, 3, 4)),
     call=lambda m, x: m(x, offset=9))
for args in ((8, 4, 2), (8, 4, 1), (8, 2, 2)):
    case("GroupedQueryAttention", lambda: nn.GroupedQueryAttention(*args), drawn((2, 4, 8)))
case("GroupedQueryAttention", lambda: nn.GroupedQueryAttention(8, 2, 1),
     drawn((2, 4, 8)), call=lambda m, x: m(x, is_causal=False))
case("GroupedQueryAttention", lambda: nn.GroupedQueryAttention(8, 2, 1, rope=True),
     drawn((2, 4, 8)))
done()
