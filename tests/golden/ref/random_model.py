# SPDX-License-Identifier: Apache-2.0
"""The default CPU generator of PyTorch, written down so that it can be programmed again.

This file is a specification that runs. Every function below restates one random function of
PyTorch in plain integer and floating-point steps; `python3 random_model.py` compares each with
the installed PyTorch bit for bit and prints TAP. numpy appears only where a 32-bit float is
needed. Where a step is rounded in a particular way (a fused multiply-add, a product in single
precision) the step is written so, because the bits depend on it.

Sources: Matsumoto and Nishimura 1998 (MT19937); Box and Muller 1958; Moshier's Cephes library
(the polynomials of log, sin and cos); the observed behaviour of PyTorch 2.x on x86-64.
"""
import math
import sys
from fractions import Fraction

import numpy as np

F32 = np.float32
MASK32 = 0xFFFFFFFF
MASK64 = 0xFFFFFFFFFFFFFFFF


# --- 1. rounding helpers ---------------------------------------------------------------------

def fma32(a, b, c):
    """fmaf(a, b, c): one rounding. The product of two floats is exact in a long double."""
    exact = np.asarray(a, F32).astype(np.longdouble) * np.asarray(b, F32) + np.asarray(c, F32)
    return exact.astype(F32)


def fma64(a, b, c):
    """fma(a, b, c) in double, through exact rationals."""
    return float(Fraction(a) * Fraction(b) + Fraction(c))


# --- 2. the engine ---------------------------------------------------------------------------

class Generator:
    """MT19937 with 624 words, plus one cached normal sample (a double).

    manual_seed(s): the engine takes the low 32 bits of s (a negative s is taken as two's
    complement, 64 bits) and the cached normal is forgotten.
    """

    def __init__(self, seed=0):
        self.manual_seed(seed)

    def manual_seed(self, seed):
        self.mt = [seed & MASK32]
        for i in range(1, 624):
            last = self.mt[-1]
            self.mt.append((1812433253 * (last ^ (last >> 30)) + i) & MASK32)
        self.next = 624
        self.cached_normal = None
        return self

    def _refill(self):
        mt = self.mt
        for k in range(624):
            y = (mt[k] & 0x80000000) | (mt[(k + 1) % 624] & 0x7FFFFFFF)
            mt[k] = mt[(k + 397) % 624] ^ (y >> 1) ^ (0x9908B0DF if y & 1 else 0)
        self.next = 0

    def random(self):
        """32 bits: one word."""
        if self.next >= 624:
            self._refill()
        y = self.mt[self.next]
        self.next += 1
        y ^= y >> 11
        y ^= (y << 7) & 0x9D2C5680
        y ^= (y << 15) & 0xEFC60000
        return y ^ (y >> 18)

    def random64(self):
        """64 bits: two words, the FIRST is the high half."""
        high = self.random()
        return (high << 32) | self.random()


# --- 3. uniform ------------------------------------------------------------------------------
# f32, f16, bf16: one word, its low 24 bits / 2^24. f64: two words, low 53 bits / 2^53.
# Then u * (to - from) + from as ONE fused multiply-add in the type (f16, bf16: in f32, rounded
# to the type at the end; a result that rounds up to `to` becomes `from`).

def unit32(g):
    return F32((g.random() & 0xFFFFFF) / (1 << 24))


def unit64(g):
    return (g.random64() & ((1 << 53) - 1)) / (1 << 53)


def uniform_f32(g, n, low=0.0, high=1.0):
    low, high = F32(low), F32(high)
    return [fma32(unit32(g), high - low, low) for _ in range(n)]


def uniform_half(g, n, low=0.0, high=1.0, rounded=None):
    """f16 and bf16; `rounded` rounds a list of floats to the type."""
    values = rounded(uniform_f32(g, n, low, high))
    low, high = rounded([low, high])
    return [low if v == high else v for v in values]


def uniform_f64(g, n, low=0.0, high=1.0):
    return [fma64(unit64(g), high - low, low) for _ in range(n)]


# --- 4. normal -------------------------------------------------------------------------------
# Two algorithms, chosen by size:
#   numel < 16, or the tensor is not contiguous: one sample at a time, always in double, the
#     second of each pair is cached IN THE GENERATOR (it survives into the next call, of any
#     type, until the next sample of this kind or manual_seed); rounded to the type at the end
#     (f16, bf16: to f32 first).
#   numel >= 16 and contiguous: the whole tensor is filled with uniforms of [0, 1), then each
#     block of 16 is transformed in place: the first eight are u1, the last eight u2. When
#     numel is not a multiple of 16, the LAST 16 elements are drawn again (16 fresh uniforms)
#     and transformed, overwriting the end of the last whole block. The cache is not touched.

def normal_one(g, mean=0.0, std=1.0):
    if g.cached_normal is not None:
        value, g.cached_normal = g.cached_normal, None
    else:
        u1 = unit64(g)
        u2 = unit64(g)
        radius = math.sqrt(-2.0 * math.log1p(-u2))
        theta = 2.0 * math.pi * u1
        g.cached_normal = radius * math.sin(theta)
        value = radius * math.cos(theta)
    return fma64(value, std, mean)


def log_f32(x):
    """Cephes logf on normal positive floats, with the fused steps of the compiled code."""
    bits = np.asarray(x, F32).view(np.int32)
    e = ((bits >> 23) - 126).astype(F32)
    m = ((bits & 0x007FFFFF) | 0x3F000000).astype(np.int32).view(F32)  # mantissa in [0.5, 1)
    small = m < F32(0.707106781186547524)
    extra = np.where(small, m, F32(0))
    m = (m - F32(1)) + extra
    e = e - np.where(small, F32(1), F32(0))
    z = m * m
    y = F32(7.0376836292e-2)
    for c in (-1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
              -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1):
        y = fma32(y, m, F32(c))
    y = y * m
    y = fma32(y, z, e * F32(-2.12194440e-4))  # the second product is rounded first
    y = fma32(z, F32(-0.5), y)
    m = m + y
    return fma32(e, F32(0.693359375), m)


def sincos_f32(x):
    """Cephes sinf and cosf for x >= 0, with the fused steps of the compiled code."""
    x = np.asarray(x, F32)
    j = ((x * F32(1.27323954473516)).astype(np.int32) + 1) & ~1
    y = j.astype(F32)
    x = fma32(y, F32(-0.78515625), x)
    x = fma32(y, F32(-2.4187564849853515625e-4), x)
    x = fma32(y, F32(-3.77489497744594108e-8), x)
    z = x * x
    c = fma32(F32(2.443315711809948e-5), z, F32(-1.388731625493765e-3))
    c = fma32(c, z, F32(4.166664568298827e-2))
    c = c * z
    c = fma32(c, z, -(z * F32(0.5))) + F32(1)
    s = fma32(F32(-1.9515295891e-4), z, F32(8.3321608736e-3))
    s = fma32(s, z, F32(-1.6666654611e-1))
    s = s * z
    s = fma32(s, x, x)
    swap = (j & 2) != 0
    sine = np.where(swap, c, s) * np.where(j & 4, F32(-1), F32(1))
    cosine = np.where(swap, s, c) * np.where((j - 2) & 4, F32(1), F32(-1))
    return sine.astype(F32), cosine.astype(F32)


def normal_block_f32(u, mean, std):
    u = np.asarray(u, F32)
    radius = np.sqrt(F32(-2) * log_f32(F32(1) - u[:8]))
    theta = F32(2 * math.pi) * u[8:]
    sine, cosine = sincos_f32(theta)
    pair = np.concatenate([radius * cosine, radius * sine])
    return list(fma32(pair, F32(std), F32(mean)))


def normal_block_f64(u, mean, std):
    out = [0.0] * 16
    for j in range(8):
        radius = math.sqrt(-2.0 * math.log(1.0 - u[j]))
        theta = 2.0 * math.pi * u[j + 8]
        out[j] = fma64(radius * math.cos(theta), std, mean)
        out[j + 8] = fma64(radius * math.sin(theta), std, mean)
    return out


def normal_fill(g, n, mean, std, unit, block):
    data = [unit(g) for _ in range(n)]
    for i in range(0, n - 15, 16):
        data[i:i + 16] = block(data[i:i + 16], mean, std)
    if n % 16:
        data[n - 16:] = block([unit(g) for _ in range(16)], mean, std)
    return data


def normal_f32(g, n, mean=0.0, std=1.0):
    if n < 16:
        return [F32(normal_one(g, mean, std)) for _ in range(n)]
    return normal_fill(g, n, mean, std, unit32, normal_block_f32)


def normal_f64(g, n, mean=0.0, std=1.0):
    if n < 16:
        return [normal_one(g, mean, std) for _ in range(n)]
    return normal_fill(g, n, mean, std, unit64, normal_block_f64)


def normal_half(g, n, mean=0.0, std=1.0, rounded=None):
    """f16 and bf16: as f32 and rounded at the end, but with a tail the first filling covers
    only whole blocks: 16 (n / 16) uniforms, then the 16 fresh ones of the tail."""
    if n < 16:
        return rounded([F32(normal_one(g, mean, std)) for _ in range(n)])
    whole = n - n % 16
    data = normal_fill(g, whole, mean, std, unit32, normal_block_f32)
    if n % 16:
        tail = normal_block_f32([unit32(g) for _ in range(16)], mean, std)
        data = data[:n - 16] + tail
    return rounded(data)


# --- 5. integers -----------------------------------------------------------------------------

def randint(g, n, low, high):
    """torch.randint(low, high) and random_(low, high), any element type."""
    span = high - low
    draw = g.random64 if span >= (1 << 28) else g.random
    return [draw() % span + low for _ in range(n)]


RANDOM_MODULUS = {  # tensor.random_() without bounds: type -> (wide draw, modulus)
    "int64": (True, 1 << 63), "int32": (False, 1 << 31), "int16": (False, 1 << 15),
    "int8": (False, 1 << 7), "uint8": (False, 1 << 8), "bool": (False, 2),
    "float32": (False, (1 << 24) + 1), "float64": (True, (1 << 53) + 1),
    "float16": (False, (1 << 11) + 1), "bfloat16": (False, (1 << 8) + 1),
}


def random_(g, n, dtype):
    wide, modulus = RANDOM_MODULUS[dtype]
    return [(g.random64() if wide else g.random()) % modulus for _ in range(n)]


def randperm(g, n):
    """Fisher-Yates from the front; one word a step (n - 1 words; n >= 2^32 / 20: random64)."""
    draw = g.random64 if n >= MASK32 // 20 else g.random
    r = list(range(n))
    for i in range(n - 1):
        z = draw() % (n - i)
        r[i], r[i + z] = r[i + z], r[i]
    return r


# --- 6. the other distributions --------------------------------------------------------------

def bernoulli_scalar(g, n, p):
    """x.bernoulli_(p) with a number p, hence dropout: a DOUBLE uniform each, whatever x is."""
    return [1.0 if unit64(g) < p else 0.0 for _ in range(n)]


def bernoulli_f32(g, ps):
    """torch.bernoulli(p) with a float32 tensor p: a single-precision uniform each."""
    return [1.0 if unit32(g) < F32(p) else 0.0 for p in ps]


def bernoulli_f64(g, ps):
    return [1.0 if unit64(g) < p else 0.0 for p in ps]


def dropout(g, xs, p):
    """F.dropout(x, p, training=True), f32: keep with probability 1 - p, scale after."""
    keep = 1.0 - p
    mask = [F32(m) / F32(keep) for m in bernoulli_scalar(g, len(xs), keep)]
    return [F32(x) * m for x, m in zip(xs, mask)]


def exponential(g, n, rate=1.0):
    """Doubles; round to the tensor's type."""
    return [-1.0 / rate * math.log1p(-unit64(g)) for _ in range(n)]


def multinomial_replacement(g, weights, samples, dtype=F32):
    """torch.multinomial(w, k, replacement=True), k > 1: one double uniform a sample.

    Running sums and their division by the total are done in the weights' type."""
    total, running = dtype(0), []
    for w in weights:
        total = dtype(total + dtype(w))
        running.append(total)
    running = [dtype(c / total) for c in running]
    running[-1] = dtype(1)
    out = []
    for _ in range(samples):
        u, left, right = unit64(g), 0, len(weights)
        while right > left:
            mid = left + (right - left) // 2
            if float(running[mid]) < u:
                left = mid + 1
            else:
                right = mid
        out.append(left)
    return out


def multinomial(g, weights, samples, dtype=F32):
    """Without replacement, or one sample: w / Exponential(1), the largest come first."""
    q = [dtype(e) for e in exponential(g, len(weights))]
    ratio = [dtype(dtype(w) / e) for w, e in zip(weights, q)]
    return sorted(range(len(weights)), key=lambda i: -ratio[i])[:samples]


def cauchy(g, n, median=0.0, sigma=1.0):
    return [median + sigma * math.tan(math.pi * (unit64(g) - 0.5)) for _ in range(n)]


def log_normal(g, n, mean=1.0, std=2.0):
    return [math.exp(normal_one(g, mean, std)) for _ in range(n)]


def geometric(g, n, p):
    return [math.ceil(math.log(unit64(g)) / math.log1p(-p)) for _ in range(n)]


# --- 7. initialisers -------------------------------------------------------------------------
# A layer draws its parameters in the order they are declared: weight, then bias. Bounds are
# computed in double, then uniform_ / normal_ of section 3 / 4 fill the tensor.

def linear_init(g, fan_in, fan_out, bias=True):
    """nn.Linear: kaiming_uniform_(a = sqrt 5): U(-b, b), b = gain sqrt(3) / sqrt(in)."""
    gain = math.sqrt(2.0 / (1 + math.sqrt(5) ** 2))
    bound = math.sqrt(3.0) * (gain / math.sqrt(fan_in))
    weight = uniform_f32(g, fan_out * fan_in, -bound, bound)
    edge = 1 / math.sqrt(fan_in)
    return weight, uniform_f32(g, fan_out, -edge, edge) if bias else None


def xavier_uniform(g, fan_in, fan_out, gain=1.0):
    std = gain * math.sqrt(2.0 / float(fan_in + fan_out))
    a = math.sqrt(3.0) * std
    return uniform_f32(g, fan_in * fan_out, -a, a)


def xavier_normal(g, fan_in, fan_out, gain=1.0):
    return normal_f32(g, fan_in * fan_out, 0.0, gain * math.sqrt(2.0 / float(fan_in + fan_out)))


def kaiming_normal(g, fan_in, fan_out, gain=math.sqrt(2.0)):
    return normal_f32(g, fan_in * fan_out, 0.0, gain / math.sqrt(fan_in))


# nn.Embedding(n, d): normal_(0, 1) over n * d, then the padding row is set to zero.
# LayerNorm and BatchNorm draw nothing.
# trunc_normal_(std, a, b): uniform_(2 Phi(a) - 1, 2 Phi(b) - 1), erfinv, * std sqrt 2, + mean,
# clamp to [a, b]; each step in the tensor's type.


# --- 8. loaders ------------------------------------------------------------------------------

def loader_epoch(g, n):
    """The order of one pass over DataLoader(shuffle=True), generator=None.

    g is the default generator. Starting the pass draws a 64-bit base seed (two words, unused
    without workers; drawn when shuffle is False too). The first batch then draws a 64-bit seed
    for a private generator, which makes the permutation; nothing else touches g."""
    random_(g, 1, "int64")
    seed = random_(g, 1, "int64")[0]
    return randperm(Generator(seed), n)


def loader_epoch_own(own, n):
    """The same with DataLoader(shuffle=True, generator=own): base seed, then permutation. When
    the sampler runs dry it draws a second permutation, of which it uses the first 0 entries
    (the private generator of loader_epoch does so too, where nobody can see it)."""
    random_(own, 1, "int64")
    order = randperm(own, n)
    randperm(own, n)
    return order


def random_split(g, lengths):
    order, out, at = randperm(g, sum(lengths)), [], 0
    for n in lengths:
        out.append(order[at:at + n])
        at += n
    return out


# Fractions in random_split: floor(n * f) each, the rest handed out one by one from the first.
# SubsetRandomSampler: randperm(len(indices)) on the default generator, as the pass goes.
# WeightedRandomSampler: multinomial of the weights as float64.


# --- 9. the check ----------------------------------------------------------------------------

def same(a, b):
    return len(a) == len(b) and all(float(x) == float(y) for x, y in zip(a, b))


def checks(torch, seed):
    import torch.nn as nn
    import torch.nn.functional as F

    def tensor(fill, n=None, dtype=torch.float32):
        return fill(torch.empty(n, dtype=dtype)).double().tolist()

    def cast(values, dtype):
        return torch.tensor([float(v) for v in values]).to(dtype).double().tolist()

    for n in (1, 7, 15, 16, 17, 31, 32, 100, 1000):
        for kind, dtype, uni, nor in (("f32", torch.float32, uniform_f32, normal_f32),
                                      ("f64", torch.float64, uniform_f64, normal_f64)):
            yield (f"rand {kind} {n}", lambda: torch.rand(n, dtype=dtype).tolist(),
                   lambda g: uni(g, n))
            yield (f"uniform_ {kind} {n}",
                   lambda: tensor(lambda t: t.uniform_(-1.3, 2.7), n, dtype),
                   lambda g: uni(g, n, -1.3, 2.7))
            yield (f"randn {kind} {n}", lambda: torch.randn(n, dtype=dtype).tolist(),
                   lambda g: nor(g, n))
            yield (f"normal_ {kind} {n}",
                   lambda: tensor(lambda t: t.normal_(0.3, 1.7), n, dtype),
                   lambda g: nor(g, n, 0.3, 1.7))
        for kind, dtype in (("f16", torch.float16), ("bf16", torch.bfloat16)):
            yield (f"rand {kind} {n}", lambda: torch.rand(n, dtype=dtype).tolist(),
                   lambda g: uniform_half(g, n, rounded=lambda v: cast(v, dtype)))
            yield (f"uniform_ {kind} {n}",
                   lambda: tensor(lambda t: t.uniform_(-1.3, 2.7), n, dtype),
                   lambda g: uniform_half(g, n, -1.3, 2.7, lambda v: cast(v, dtype)))
            yield (f"randn {kind} {n}", lambda: torch.randn(n, dtype=dtype).tolist(),
                   lambda g: normal_half(g, n, rounded=lambda v: cast(v, dtype)))
            yield (f"normal_ {kind} {n}", lambda: tensor(lambda t: t.normal_(0.3, 1.7), n,
                                                         dtype),
                   lambda g: normal_half(g, n, 0.3, 1.7, lambda v: cast(v, dtype)))
        yield (f"randperm {n}", lambda: torch.randperm(n).tolist(), lambda g: randperm(g, n))
    for low, high in ((0, 2), (-5, 17), (0, (1 << 28) - 1), (0, 1 << 28), (0, 1 << 40),
                      (-(1 << 40), 1 << 41)):
        yield (f"randint {low} {high}", lambda: torch.randint(low, high, (20,)).tolist(),
               lambda g: randint(g, 20, low, high))
    for name in RANDOM_MODULUS:
        yield (f"random_ {name}",
               lambda: tensor(lambda t: t.random_(), 9, getattr(torch, name)),
               lambda g: random_(g, 9, name))
    p = torch.rand(50, generator=torch.Generator().manual_seed(1))
    yield "bernoulli_ f32", lambda: tensor(lambda t: t.bernoulli_(0.3), 500), \
        lambda g: bernoulli_scalar(g, 500, 0.3)
    yield "bernoulli_ f64", lambda: tensor(lambda t: t.bernoulli_(0.3), 50, torch.float64), \
        lambda g: bernoulli_scalar(g, 50, 0.3)
    yield "bernoulli f32", lambda: torch.bernoulli(p).tolist(), \
        lambda g: bernoulli_f32(g, p.tolist())
    yield "bernoulli f64", lambda: torch.bernoulli(p.double()).tolist(), \
        lambda g: bernoulli_f64(g, p.tolist())
    yield "bernoulli(x, 0.4)", lambda: torch.bernoulli(p, 0.4).tolist(), \
        lambda g: bernoulli_scalar(g, 50, 0.4)
    yield "dropout", lambda: F.dropout(p, 0.3).tolist(), lambda g: dropout(g, p.tolist(), 0.3)
    yield "exponential_", lambda: tensor(lambda t: t.exponential_(1.5), 300), \
        lambda g: [F32(v) for v in exponential(g, 300, 1.5)]
    yield "exponential_ f64", lambda: tensor(lambda t: t.exponential_(1.5), 300,
                                             torch.float64), \
        lambda g: exponential(g, 300, 1.5)
    yield "multinomial replacement", lambda: torch.multinomial(p, 40,
        replacement=True).tolist(), \
        lambda g: multinomial_replacement(g, p.tolist(), 40)
    yield "multinomial", lambda: torch.multinomial(p, 20).tolist(), \
        lambda g: multinomial(g, p.tolist(), 20)
    yield "multinomial one", lambda: torch.multinomial(p, 1, replacement=True).tolist(), \
        lambda g: multinomial(g, p.tolist(), 1)
    yield "cauchy_ f64", lambda: tensor(lambda t: t.cauchy_(), 30, torch.float64), \
        lambda g: cauchy(g, 30)
    yield "log_normal_ f64", lambda: tensor(lambda t: t.log_normal_(), 30, torch.float64), \
        lambda g: log_normal(g, 30)
    yield "geometric_", lambda: tensor(lambda t: t.geometric_(0.3), 30), \
        lambda g: geometric(g, 30, 0.3)
    yield "cached normal survives", \
        lambda: torch.cat([torch.randn(3), torch.rand(1), torch.randn(20),
                           torch.randn(2)]).tolist(), \
        lambda g: normal_f32(g, 3) + uniform_f32(g, 1) + normal_f32(g, 20) + normal_f32(g, 2)
    yield "strided normal_", \
        lambda: torch.empty(20, 2)[:, 0].normal_().tolist(), \
        lambda g: [F32(normal_one(g)) for _ in range(20)]
    for i, o in ((3, 4), (16, 1), (2, 16), (784, 10)):
        def layer():
            m = nn.Linear(i, o)
            return m.weight.flatten().tolist() + m.bias.tolist()
        yield f"Linear({i}, {o})", layer, lambda g: sum(map(list, linear_init(g, i, o)), [])
        w = torch.empty(o, i)
        yield f"xavier_uniform_ {i} {o}", lambda: nn.init.xavier_uniform_(w).flatten().tolist(
            ), \
            lambda g: xavier_uniform(g, i, o)
        yield f"xavier_normal_ {i} {o}", lambda: nn.init.xavier_normal_(w).flatten().tolist(), \
            lambda g: xavier_normal(g, i, o)
        yield f"kaiming_normal_ {i} {o}", lambda: nn.init.kaiming_normal_(w).flatten().tolist(
            ), \
            lambda g: kaiming_normal(g, i, o)
    yield "Embedding", lambda: nn.Embedding(5, 3).weight.flatten().tolist(), \
        lambda g: normal_f32(g, 15)
    from torch.utils.data import DataLoader, random_split as split
    ten = list(range(10))

    def epochs(**kw):
        loader = DataLoader(ten, batch_size=3, **kw)
        return [int(v) for _ in range(2) for batch in loader for v in batch]

    yield "DataLoader", lambda: epochs(shuffle=True) + torch.rand(1).tolist(), \
        lambda g: loader_epoch(g, 10) + loader_epoch(g, 10) + uniform_f32(g, 1)
    def own_model(g):
        own = Generator(3)
        return loader_epoch_own(own, 10) + loader_epoch_own(own, 10) + uniform_f32(g, 1)

    yield "DataLoader own generator", \
        lambda: (epochs(shuffle=True, generator=torch.Generator().manual_seed(3))
                 + torch.rand(1).tolist()), own_model
    yield "DataLoader in order", lambda: epochs() + torch.rand(1).tolist(), \
        lambda g: ten + ten + (random_(g, 2, "int64") and uniform_f32(g, 1))
    yield "random_split", lambda: [i for part in split(ten, [7, 3]) for i in part.indices], \
        lambda g: sum(random_split(g, [7, 3]), [])


def main():
    import torch
    count = failed = 0
    for seed in (0, 5, 42, -1, 1 << 40):
        for name, theirs, ours in checks(torch, seed):
            torch.manual_seed(seed)
            expected = theirs()
            after = torch.randint(0, 1 << 27, (1,)).item()
            g = Generator(seed)
            got = ours(g)
            good = same(expected, got) and after == g.random() % (1 << 27)
            count += 1
            failed += not good
            if not good:
                bad = [(i, a, float(b)) for i, (a, b) in enumerate(zip(expected, got))
                       if a != float(b)]
                print(f"not ok {count} - {name}, seed {seed}\n# differ: {len(bad)}, {bad[:3]}")
            else:
                print(f"ok {count} - {name}, seed {seed}")
    print(f"1..{count}")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
