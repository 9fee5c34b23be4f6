# SPDX-License-Identifier: Apache-2.0
# LeNet learns for twenty steps from weights that a formula gives, in double and in single
# precision: the losses agree with PyTorch's to 1e-4.
# compare: 5 digits
import torch
import torch.nn as nn
import torch.nn.functional as F


def fill(net):
    """Weights from sines, as large as the layers' own would be."""
    with torch.no_grad():
        k = 0
        for p in net.parameters():
            n = p.numel()
            if p.dim() > 1:
                w = torch.sin(torch.arange(n).double() * 0.7 + k) * (2 / p[0].numel()) ** 0.5
                p.copy_(w.reshape(p.shape))
            else:
                p.zero_()
            k += 1


def train(net, x, y, lr, steps):
    fill(net)
    optimizer = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9)
    for step in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        print(f"{step + 1:2} {loss.item():.7f}")


def images(n, c, size):
    at = torch.arange(n * c * size * size).float()
    return torch.cos(at * 0.37 + 1).reshape(n, c, size, size)


for dtype in (torch.float64, torch.float32):
    lenet = nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
                          nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                          nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(),
                          nn.Linear(84, 10))
    train(lenet.to(dtype), images(8, 1, 28).to(dtype), torch.arange(8) % 10, 0.02, 20)
