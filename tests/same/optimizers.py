# SPDX-License-Identifier: Apache-2.0
# compare: 4 digits
# Twenty steps of every optimizer on one small problem.
import torch
import torch.nn as nn
import torch.optim as optim

SETTINGS = [
    ("SGD", dict(lr=0.1)),
    ("SGD", dict(lr=0.1, momentum=0.9)),
    ("SGD", dict(lr=0.1, momentum=0.9, dampening=0.5)),
    ("SGD", dict(lr=0.1, momentum=0.9, nesterov=True)),
    ("SGD", dict(lr=0.1, weight_decay=0.1)),
    ("SGD", dict(lr=0.1, momentum=0.5, weight_decay=0.1, nesterov=True)),
    ("SGD", dict(lr=0.01, maximize=True)),
    ("Adam", dict(lr=0.05)),
    ("Adam", dict(lr=0.05, betas=(0.5, 0.9), eps=1e-4)),
    ("Adam", dict(lr=0.05, weight_decay=0.1)),
    ("Adam", dict(lr=0.05, amsgrad=True)),
    ("AdamW", dict(lr=0.05)),
    ("AdamW", dict(lr=0.05, weight_decay=0.2)),
    ("AdamW", dict(lr=0.05, betas=(0.8, 0.95), amsgrad=True)),
]


def train(name, settings):
    torch.manual_seed(3)
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    x = torch.randn(8, 3)
    y = torch.randn(8, 2)
    optimizer = getattr(optim, name)(net.parameters(), **settings)
    losses = []
    for step in range(20):
        optimizer.zero_grad()
        loss = ((net(x) - y) ** 2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, net


for name, settings in SETTINGS:
    losses, net = train(name, settings)
    print(name, " ".join(f"{k}={v}" for k, v in settings.items()))
    print("  loss", " ".join(f"{v:.5g}" for v in losses[::4]))
    print("  weight", " ".join(f"{v:.4g}" for v in net[0].weight.flatten().tolist()))
