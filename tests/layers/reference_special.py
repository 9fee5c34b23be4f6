# SPDX-License-Identifier: Apache-2.0
"""References for special layers and losses: sample by sample and number by number, as their
definitions read, with PyTorch's operations on single values wherever there is a choice."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

from reference import layer


# ---------------------------------------------------------------- layers

@layer
class ResidualBlock(nn.Module):
    def __init__(self, main):
        super().__init__()
        self.main, self.downsample, self.activation = main, None, torch.relu

    def with_downsample(self, module):
        self.downsample = module
        return self

    def with_activation(self, module):
        self.activation = module
        return self

    def without_activation(self):
        return self.with_activation(lambda x: x)

    def forward(self, x):
        return self.activation((self.downsample(x) if self.downsample else x) + self.main(x))


@layer
class Expert(nn.Module):
    def __init__(self, d, ff):
        super().__init__()
        self.gate_proj = nn.Linear(d, ff, bias=False)
        self.up_proj = nn.Linear(d, ff, bias=False)
        self.down_proj = nn.Linear(ff, d, bias=False)

    def forward(self, x):
        gate = x @ self.gate_proj.weight.t()
        return (gate / (1 + torch.exp(-gate)) * (x @ self.up_proj.weight.t())
                ) @ self.down_proj.weight.t()


@layer
class MoERouter(nn.Module):
    def __init__(self, d, n, k):
        super().__init__()
        self.gate, self.k = nn.Linear(d, n, bias=False), k

    def forward(self, x):
        scores = torch.exp(x @ self.gate.weight.t())
        p = scores / scores.sum(-1, keepdim=True)
        order = torch.argsort(p, -1, descending=True)[..., :self.k]
        top = torch.gather(p, -1, order)
        return top / top.sum(-1, keepdim=True), order, p


@layer
class MoELayer(nn.Module):
    def __init__(self, d, ff, n, k):
        super().__init__()
        self.router = MoERouter(d, n, k)
        self.experts = nn.ModuleList([Expert(d, ff) for _ in range(n)])

    def forward(self, x):
        rows = x.reshape(-1, x.shape[-1])
        weights, order, p = self.router(rows)
        n, used, out = len(self.experts), [0] * len(self.experts), []
        for row, w, chosen in zip(rows, weights, order):
            out.append(sum(w[j] * self.experts[int(e)](row) for j, e in enumerate(chosen)))
            for e in chosen:
                used[int(e)] += 1
        self.shares = torch.tensor(used, dtype=p.dtype) / sum(used)
        self.aux_loss = n * sum(self.shares[i] * p[:, i].mean() for i in range(n))
        return torch.stack(out).reshape(x.shape)

    def expert_utilization(self):
        return self.shares


class Plain(nn.Linear):
    """Linear with a weight of its own making."""

    def forward(self, x):
        y = x @ self.made().t()
        return y if self.bias is None else y + self.bias


@layer
class TernaryLinear(Plain):
    def made(self):
        w = self.weight.detach()
        s = max(w.abs().mean().item(), 1e-8)
        now = [[s * max(-1, min(1, round(v / s))) for v in row] for row in w.tolist()]
        return self.weight - self.weight.detach() + torch.tensor(now, dtype=w.dtype)


@layer
class SparseLinear(Plain):
    def __init__(self, i, o, bias=True, structured=False):
        super().__init__(i, o, bias)
        self.threshold = nn.Parameter(torch.full((o, 1 if structured else i), 0.01))

    def made(self):
        return self.weight / (1 + torch.exp(-10 * (self.weight.abs() - self.threshold)))


@layer
class GroupSparsity(nn.Module):
    def __init__(self, lam, size):
        super().__init__()
        self.lam, self.size = lam, size

    def forward(self, w):
        return self.lam * sum(g.norm() for g in w.reshape(-1).split(self.size))


@layer
class GCNConv(nn.Module):
    def __init__(self, i, o, bias=True):
        super().__init__()
        self.weight = nn.Parameter(nn.init.xavier_uniform_(torch.empty(i, o)))
        self.bias = nn.Parameter(torch.zeros(o)) if bias else None

    def forward_graph(self, x, adj):
        y = torch.einsum("...ij,...jf,fo->...io", adj, x, self.weight)
        return y if self.bias is None else y + self.bias

    forward = forward_graph


@layer
class GATConv(nn.Module):
    def __init__(self, i, o, heads=1, bias=True):
        super().__init__()
        self.heads, self.o = heads, o
        self.weight = nn.Parameter(nn.init.xavier_uniform_(torch.empty(i, heads * o)))
        self.att_src = nn.Parameter(nn.init.xavier_uniform_(torch.empty(heads, o)))
        self.att_dst = nn.Parameter(nn.init.xavier_uniform_(torch.empty(heads, o)))
        self.bias = nn.Parameter(torch.zeros(heads * o)) if bias else None

    def node(self, h, i, edges, head):
        near = [j for j in range(h.shape[0]) if edges[j] != 0]
        if not near:
            return torch.zeros(self.o, dtype=h.dtype)
        e = torch.stack([F.leaky_relu(self.att_src[head] @ h[i] + self.att_dst[head] @ h[j],
                                      0.2) for j in near])
        a = torch.softmax(e, 0)
        return sum(a[k] * h[j] for k, j in enumerate(near))

    def forward(self, x, adj):
        if x.dim() == 3:
            return torch.stack([self.forward(s, adj if adj.dim() == 2 else adj[i])
                                for i, s in enumerate(x)])
        heads = []
        for k in range(self.heads):
            h = x @ self.weight[:, k * self.o:(k + 1) * self.o]
            heads.append(torch.stack([self.node(h, i, adj[i], k) for i in range(x.shape[0])]))
        y = torch.cat(heads, -1)
        return y if self.bias is None else y + self.bias


@layer
class FFT1d(nn.Module):
    def __init__(self, n, normalized=False):
        super().__init__()
        self.n, self.normalized = n, normalized

    def forward(self, x):
        y = torch.fft.rfft(x, self.n).abs()
        return y / self.n ** 0.5 if self.normalized else y


@layer
class STFT(nn.Module):
    def __init__(self, n, hop):
        super().__init__()
        self.n, self.hop = n, hop

    def forward(self, x):
        window = torch.hann_window(self.n, periodic=False, dtype=x.dtype)
        return torch.fft.rfft(x.unfold(-1, self.n, self.hop) * window).abs()


# ---------------------------------------------------------------- losses

class Loss(nn.Module):
    """The value of every sample by one(self, *its values), then the reduction."""

    defaults = {}

    def __init__(self, *args, **options):
        super().__init__()
        given = {**self.defaults, "reduction": "mean"}
        given.update(zip(given, args))
        for name, value in {**given, **options}.items():
            setattr(self, name, value)

    def forward(self, *columns):
        y = torch.stack([self.one(*row) for row in zip(*columns)])
        return y if self.reduction == "none" else getattr(y, self.reduction)()


def cosine(a, b):
    return (a @ b) / (a.norm() * b.norm())


def triplet(a, p, n, margin):
    return F.relu((1 - cosine(a, p)) - (1 - cosine(a, n)) + margin)


def entropy(p, t):
    return -t * torch.log(p) - (1 - t) * torch.log(1 - p)


@layer
class FocalLoss(Loss):
    defaults = {"alpha": 0.25, "gamma": 2.0, "mode": "sigmoid"}

    def one(self, x, t):
        if self.mode == "softmax":
            p = torch.softmax(x, 0)[t]
            return -self.alpha * (1 - p) ** self.gamma * torch.log(p)
        if x.dim():
            return torch.stack([self.one(a, b) for a, b in zip(x, t)])
        p, alpha = 1 / (1 + torch.exp(-x)), self.alpha
        if t == 0:
            p, alpha = 1 - p, 1 - alpha
        return -alpha * (1 - p) ** self.gamma * torch.log(p + 1e-7)


def overlap(a, b):
    x = F.relu(torch.min(a[2], b[2]) - torch.max(a[0], b[0]))
    y = F.relu(torch.min(a[3], b[3]) - torch.max(a[1], b[1]))
    size = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return x * y / (size - x * y), size - x * y


def around(a, b):
    return (torch.max(a[2], b[2]) - torch.min(a[0], b[0]),
            torch.max(a[3], b[3]) - torch.min(a[1], b[1]))


@layer
class IoULoss(Loss):
    def one(self, a, b):
        return 1 - overlap(a, b)[0]


@layer
class GIoULoss(Loss):
    def one(self, a, b):
        iou, union = overlap(a, b)
        w, h = around(a, b)
        return 1 - (iou - (w * h - union) / (w * h))


@layer
class DIoULoss(Loss):
    def one(self, a, b):
        w, h = around(a, b)
        centre = ((a[:2] + a[2:]) / 2 - (b[:2] + b[2:]) / 2).square().sum()
        return 1 - overlap(a, b)[0] + centre / (w * w + h * h)


@layer
class CIoULoss(DIoULoss):
    def one(self, a, b):
        turn = (torch.atan((a[2] - a[0]) / (a[3] - a[1]))
                - torch.atan((b[2] - b[0]) / (b[3] - b[1])))
        v = (2 * turn / math.pi) ** 2
        return super().one(a, b) + (v / (1 - overlap(a, b)[0] + v)).detach() * v


@layer
class UncertaintyLoss(Loss):
    def one(self, mean, s, y):
        return 0.5 / torch.exp(s) * (mean - y).square() + 0.5 * s


@layer
class ContrastiveLoss(Loss):
    defaults = {"margin": 1.0}

    def one(self, a, b, same):
        d = (a - b).norm()
        return d ** 2 if same else F.relu(self.margin - d) ** 2


@layer
class TripletCosineLoss(Loss):
    defaults = {"margin": 0.3}

    def one(self, a, p, n):
        return triplet(a, p, n, self.margin)


@layer
class CenterLoss(Loss):
    defaults = {"weight": 0.01, "alpha": 1.0}

    def __init__(self, classes, dim, **options):
        super().__init__(**options)
        self.centers = nn.Parameter(torch.randn(classes, dim))

    def one(self, x, y, logvar=torch.tensor(-math.inf).double()):
        return (self.weight * torch.exp(-self.alpha * torch.exp(logvar))
                * (x - self.centers[y]).square().sum())


@layer
class AngularMarginLoss(Loss):
    defaults = {"margin": 0.3, "scale": 30.0, "beta": 1.0}

    def __init__(self, dim, classes, **options):
        super().__init__(**options)
        self.weight = nn.Parameter(nn.init.xavier_uniform_(torch.empty(classes, dim)))

    def one(self, x, y, logvar=torch.tensor(-math.inf).double()):
        m = self.margin * torch.exp(-self.beta * torch.exp(logvar))
        scores = []
        for k, w in enumerate(self.weight):
            c = cosine(x, w)  # cos(angle + m) by the sum formula
            turned = c * torch.cos(m) - torch.sqrt(1 - c * c) * torch.sin(m)
            scores.append(self.scale * (turned if k == y else c))
        return -torch.log_softmax(torch.stack(scores), 0)[y]


@layer
class ArcFaceLoss(AngularMarginLoss):
    defaults = {"margin": 0.5, "scale": 64.0, "beta": 1.0}


@layer
class CrystallizationLoss(Loss):
    defaults = {"margin": 0.3, "convergence_weight": 0.1, "target_velocity": 0.1}

    def one(self, a, p, n, v):
        return (triplet(a, p, n, self.margin)
                + self.convergence_weight * F.relu(v - self.target_velocity) ** 2)


@layer
class ArgusLoss(Loss):
    defaults = {"margin": 0.3, "phase_weight": 0.1}

    def one(self, a, p, n, code, turned):
        return triplet(a, p, n, self.margin) + self.phase_weight * F.relu(1 - code @ turned)


@layer
class EchoLoss(Loss):
    defaults = {"prediction_weight": 1.0, "speaker_weight": 0.5, "margin": 0.3}

    def one(self, got, mel, a, p, n):
        return (self.prediction_weight * F.mse_loss(got, mel)
                + self.speaker_weight * triplet(a, p, n, self.margin))


@layer
class ThemisLoss(Loss):
    defaults = {"bce_weight": 1.0, "triplet_weight": 0.5, "calibration_weight": 0.1,
                "margin": 0.3}

    def one(self, p, match, sure, a, b, c):
        right = 1.0 if (p > 0.5) == bool(match) else 0.0
        return (self.bce_weight * entropy(p, match) + self.calibration_weight
                * (sure - right) ** 2 + self.triplet_weight * triplet(a, b, c, self.margin))


@layer
class DiversityRegularization(nn.Module):
    def __init__(self, weight=0.01, target=0.1):
        super().__init__()
        self.weight, self.target = weight, target

    def forward(self, x):
        all_pairs = [cosine(a, b) for i, a in enumerate(x) for b in x[:i]]
        return self.weight * F.relu(torch.stack(all_pairs).mean() - self.target) ** 2


@layer
class LivenessLoss(Loss):
    defaults = {"smoothness_weight": 0.3, "variance_weight": 0.3, "classification_weight": 1.0,
                "smoothness_target": 0.5, "variance_target": 0.05}

    def one(self, p, live, signal):
        d, v = signal - signal.mean(), signal.var(unbiased=False)
        r = sum(d[t] * d[t + 1] for t in range(len(d) - 1)) / (v * len(d))
        return (self.classification_weight * entropy(p, live)
                + self.smoothness_weight * F.relu(r - self.smoothness_target) ** 2
                + self.variance_weight * F.relu(self.variance_target - v) ** 2)
