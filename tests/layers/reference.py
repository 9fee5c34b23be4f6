# SPDX-License-Identifier: Apache-2.0
"""What PyTorch lacks, written with PyTorch's operations: references for the recorded values.

Each class is the layer's definition, as plain as possible, under the layer's name and with its
arguments and parameter names. They run under PyTorch only, when values are recorded.
"""

import torch
import torch.nn as nn

LAYERS = {}


def layer(cls):
    """Registers a class or function that install() puts into torch.nn."""
    LAYERS[cls.__name__] = cls
    return cls


def install():
    torch.backends.cuda.enable_flash_sdp(False)   # which has no second derivative, on CPUs too
    for name, cls in LAYERS.items():
        assert not hasattr(nn, name), f"PyTorch has {name}"
        setattr(nn, name, cls)


# ---------------------------------------------------------------- flow graphs

class Projection(nn.Module):
    def __init__(self, dim, n=1):
        super().__init__()
        self.proj = nn.Linear(dim, n)


@layer
class SoftmaxRouter(Projection):
    def forward(self, x):
        logits = self.proj(x)
        return logits.exp() / logits.exp().sum(-1, keepdim=True)


@layer
class SigmoidRouter(Projection):
    def forward(self, x):
        return 1 / (1 + (-self.proj(x)).exp())


@layer
class ArgmaxSelector(Projection):
    def forward(self, x):
        return self.proj(x).argmax(-1)


@layer
class LearnedHalt(Projection):
    def forward(self, x):
        return self.proj(x).mean()


@layer
class FixedSelector(nn.Module):
    def __init__(self, index):
        super().__init__()
        self.index = index

    def forward(self, x):
        return torch.tensor(self.index)


@layer
class ThresholdHalt(nn.Module):
    def __init__(self, threshold):
        super().__init__()
        self.threshold = threshold

    def forward(self, x):
        return x.detach().max() - self.threshold


@layer
class StateAdd(nn.Module):
    def forward(self, x):
        return x


class Under(nn.Module):
    """A module whose parts are called as a graph calls them, and what they compute."""

    def __init__(self, parts, compute):
        super().__init__()
        for name, part in parts.items():
            self.add_module(name, Under(part, None) if isinstance(part, dict) else part)
        self.compute = compute

    def forward(self, *inputs):
        return self.compute(self, *inputs)


import reference_special  # noqa: E402, F401  it registers its own


# ---------------------------------------------------------------- attention

def scores(q, k, visible=None):
    s = torch.einsum('bqhd,bkhd->bhqk', q, k) / q.shape[-1] ** 0.5
    return (s if visible is None else s.masked_fill(~visible, -torch.inf)).softmax(-1)


class Projections(nn.Module):
    def __init__(self, embed_dim, num_heads, keys=None, bias=True):
        super().__init__()
        self.h, self.g = num_heads, keys or num_heads
        small = embed_dim // num_heads * self.g
        self.q_proj = nn.Linear(embed_dim, embed_dim, bias)
        self.k_proj = nn.Linear(embed_dim, small, bias)
        self.v_proj = nn.Linear(embed_dim, small, bias)
        self.out_proj = nn.Linear(embed_dim, embed_dim, bias)

    def three(self, x, y):
        split = lambda t, n: t.unflatten(-1, (n, -1))
        return (split(self.q_proj(x), self.h), split(self.k_proj(y), self.g),
                split(self.v_proj(y), self.g))


@layer
class CrossAttention(Projections):
    def __init__(self, embed_dim, num_heads, bias=True):
        nn.Module.__init__(self)
        self.h = self.g = num_heads
        for name in ('q_proj', 'k_proj', 'v_proj', 'out_proj'):
            linear = nn.Linear(embed_dim, embed_dim, bias)
            nn.init.xavier_uniform_(linear.weight)
            if bias:
                nn.init.zeros_(linear.bias)
            setattr(self, name, linear)

    def forward(self, query, memory=None, mask=None):
        q, k, v = self.three(query, query if memory is None else memory)
        p = scores(q, k, mask)
        return self.out_proj(torch.einsum('bhqk,bkhd->bqhd', p, v).flatten(-2))


@layer
class Seq2SeqTransformer(nn.Module):
    """Encoder and decoder as Vaswani et al. 2017 have them, of separate projections."""

    def __init__(self, d_model, nhead, encoders, decoders, width, pre_norm=False):
        super().__init__()
        self.encoder = self.stack(encoders, d_model, nhead, width, False)
        self.decoder = self.stack(decoders, d_model, nhead, width, True)
        self.pre_norm = pre_norm

    def stack(self, n, d_model, nhead, width, decoder):
        layers = []
        for _ in range(n):
            parts = {"self_attn": CrossAttention(d_model, nhead)}
            if decoder:
                parts["cross_attn"] = CrossAttention(d_model, nhead)
            parts["linear1"] = nn.Linear(d_model, width)
            parts["linear2"] = nn.Linear(width, d_model)
            for i in range(3 if decoder else 2):
                parts[f"norm{i + 1}"] = nn.LayerNorm(d_model)
            layers.append(Under(parts, None))
        return Under({"layers": nn.ModuleList(layers), "norm": nn.LayerNorm(d_model)}, None)

    def add(self, x, norm, part):
        return x + part(norm(x)) if self.pre_norm else norm(x + part(x))

    def through(self, stack, x, memory, mask, memory_mask):
        visible = lambda m: None if m is None else m != 0
        for layer in stack.layers:
            x = self.add(x, layer.norm1, lambda y: layer.self_attn(y, None, visible(mask)))
            last = layer.norm2
            if memory is not None:
                x = self.add(x, layer.norm2, lambda y: layer.cross_attn(
                    y, memory, visible(memory_mask)))
                last = layer.norm3
            x = self.add(x, last, lambda y: layer.linear2(layer.linear1(y).relu()))
        return stack.norm(x)

    def forward(self, src, tgt=None, src_mask=None, tgt_mask=None, memory_mask=None):
        memory = self.through(self.encoder, src, None, src_mask, None)
        if tgt is None:
            return memory
        return self.through(self.decoder, tgt, memory, tgt_mask, memory_mask)


@layer
class DifferentialAttention(Projections):
    def __init__(self, embed_dim, num_heads, lambda_init=0.05, bias=True, reparam=False,
                 subln=False):
        super().__init__(embed_dim, num_heads, bias=bias)
        self.start, half = lambda_init, embed_dim // num_heads // 2
        if reparam:
            for name in ('lambda_q1', 'lambda_k1', 'lambda_q2', 'lambda_k2'):
                setattr(self, name, nn.Parameter(torch.randn(half) * 0.1))
        else:
            self.lambda_ = nn.Parameter(torch.tensor(float(lambda_init)))
        self.subln = nn.RMSNorm(2 * half, eps=1e-5) if subln else None

    def forward(self, x, is_causal=False):
        q, k, v = self.three(x, x)
        n, d = x.shape[1], q.shape[-1] // 2
        visible = torch.ones(n, n).tril().bool() if is_causal else None
        if hasattr(self, 'lambda_'):
            share = self.lambda_
        else:
            share = (torch.dot(self.lambda_q1, self.lambda_k1).exp()
                     - torch.dot(self.lambda_q2, self.lambda_k2).exp() + self.start)
        p = scores(q[..., :d], k[..., :d], visible)
        p = p - share * scores(q[..., d:], k[..., d:], visible)
        y = torch.einsum('bhqk,bkhd->bqhd', p, v)
        if self.subln is not None:
            y = self.subln(y) * (1 - self.start)
        return self.out_proj(y.flatten(-2))


def turned(x, base, offset=0):
    """(B, T, H, D) by complex numbers: pair j is x_j + i x_(j + D/2)."""
    half = x.shape[-1] // 2
    rate = base ** (-torch.arange(half, dtype=torch.float64) / half)
    angle = torch.outer(torch.arange(x.shape[1]) + offset, rate)[:, None]
    z = torch.complex(x[..., :half].double(), x[..., half:].double()) * torch.polar(
        torch.ones_like(angle), angle)
    return torch.cat([z.real, z.imag], -1).to(x.dtype)


@layer
class RotaryEmbedding(nn.Module):
    def __init__(self, dim=None, base=10000.0):
        super().__init__()
        self.base = base

    def forward(self, x, offset=0):
        return turned(x.unsqueeze(2), self.base, offset).squeeze(2)


@layer
class GroupedQueryAttention(Projections):
    def __init__(self, embed_dim, num_heads, num_kv_heads, bias=False, rope=False):
        super().__init__(embed_dim, num_heads, num_kv_heads, bias)
        self.turns = rope

    def forward(self, x, is_causal=True):
        q, k, v = self.three(x, x)
        if self.turns:
            q, k = turned(q, 10000.0), turned(k, 10000.0)
        n, times = x.shape[1], self.h // self.g
        visible = torch.ones(n, n).tril().bool() if is_causal else None
        p = scores(q, k.repeat_interleave(times, 2), visible)
        y = torch.einsum('bhqk,bkhd->bqhd', p, v.repeat_interleave(times, 2))
        return self.out_proj(y.flatten(-2))


@layer
class GaussianBlur(nn.Module):
    def __init__(self, sigma):
        super().__init__()
        self.sigma = sigma

    def forward(self, x):
        half = -int(-3 * self.sigma // 1)
        at = torch.arange(-half, half + 1, dtype=torch.float64)
        k = torch.exp(-at ** 2 / (2 * self.sigma ** 2))
        k = (k / k.sum()).to(x.dtype)
        y = x.flatten(0, -3).unsqueeze(1)
        y = nn.functional.conv2d(y, k.view(1, 1, -1, 1), padding=(half, 0))
        return nn.functional.conv2d(y, k.view(1, 1, 1, -1), padding=(0, half)).view(x.shape)
