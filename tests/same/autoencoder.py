# SPDX-License-Identifier: Apache-2.0
# compare: 4 digits
# An autoencoder with tied weights and a sparsity penalty, trained by Adam.
import torch
import torch.nn as nn
import torch.nn.functional as F


class Tied(nn.Module):
    def __init__(self, n, h):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(h, n))
        self.b1 = nn.Parameter(torch.zeros(h))
        self.b2 = nn.Parameter(torch.zeros(n))
        nn.init.xavier_uniform_(self.weight, gain=nn.init.calculate_gain("sigmoid"))

    def encode(self, x):
        return torch.sigmoid(F.linear(x, self.weight, self.b1))

    def forward(self, x):
        h = self.encode(x)
        return F.linear(h, self.weight.t(), self.b2), h


torch.manual_seed(5)
basis = torch.randn(4, 20)
codes = torch.rand(100, 4)
data = codes @ basis + 0.05 * torch.randn(100, 20)
net = Tied(20, 6)
optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
for epoch in range(101):
    total = 0
    for i in torch.randperm(100).split(25):
        x = data[i]
        y, h = net(x)
        rho = h.mean(dim=0)
        penalty = (0.3 * torch.log(0.3 / rho) + 0.7 * torch.log(0.7 / (1 - rho))).sum()
        loss = F.mse_loss(y, x) + 0.01 * penalty + 1e-4 * net.weight.abs().sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    if epoch % 20 == 0:
        print(f"{epoch:3d} {total / 4:.4f} {net.weight.norm().item():.4f}")
for name, p in net.named_parameters():
    print(name, tuple(p.shape), f"{p.abs().mean().item():.4f}")
