# SPDX-License-Identifier: Apache-2.0
# compare: 5 digits
# Every loss with every reduction, and its gradient.
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(4)
scores = torch.randn(4, 3)
target = torch.tensor([0, 2, 1, 2])
a = torch.randn(4, 3)
b = torch.randn(4, 3)
p = torch.rand(4, 3)
q = torch.rand(4, 3)
weight = torch.tensor([0.5, 1.0, 2.0])

CASES = [
    ("mse", lambda x, r: F.mse_loss(x, b, reduction=r), a),
    ("l1", lambda x, r: F.l1_loss(x, b, reduction=r), a),
    ("smooth_l1", lambda x, r: F.smooth_l1_loss(x, b, reduction=r, beta=0.5), a),
    ("cross_entropy", lambda x, r: F.cross_entropy(x, target, reduction=r), scores),
    ("weighted", lambda x, r: F.cross_entropy(x, target, weight=weight, reduction=r), scores),
    ("smoothed", lambda x, r: F.cross_entropy(x, target, label_smoothing=0.1, reduction=r),
     scores),
    ("ignored", lambda x, r: F.cross_entropy(x, target, ignore_index=2, reduction=r), scores),
    ("soft targets", lambda x, r: F.cross_entropy(x, F.softmax(b, dim=1), reduction=r), scores),
    ("nll", lambda x, r: F.nll_loss(F.log_softmax(x, dim=1), target, reduction=r), scores),
    ("bce", lambda x, r: F.binary_cross_entropy(x, q, reduction=r), p),
    ("bce logits", lambda x, r: F.binary_cross_entropy_with_logits(x, q, reduction=r), a),
    ("bce pos_weight", lambda x, r: F.binary_cross_entropy_with_logits(x, q, pos_weight=weight,
        reduction=r), a),
]
for name, loss, start in CASES:
    for reduction in ["mean", "sum", "none"]:
        x = start.clone().requires_grad_()
        value = loss(x, reduction)
        value.sum().backward()
        print(name, reduction, tuple(value.shape), f"{value.sum().item():.5f}",
              f"{x.grad.norm().item():.5f}")

for module in [nn.MSELoss(), nn.L1Loss(reduction="sum"), nn.SmoothL1Loss(beta=2.0)]:
    print(type(module).__name__, f"{module(a, b).item():.5f}")
print(f"{nn.CrossEntropyLoss(weight=weight)(scores, target).item():.5f}")
print(f"{nn.NLLLoss()(F.log_softmax(scores, 1), target).item():.5f}")
print(f"{nn.BCELoss()(p, q).item():.5f}", f"{nn.BCEWithLogitsLoss()(a, q).item():.5f}")
