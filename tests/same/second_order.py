# SPDX-License-Identifier: Apache-2.0
# compare: 4 digits
# Derivatives of derivatives: Newton's method, a Hessian by rows, a gradient penalty, an ODE
# by a network.
import torch
import torch.nn as nn


def f(x):
    return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2


def hessian(fn, x):
    g, = torch.autograd.grad(fn(x), x, create_graph=True)
    return g, torch.stack([torch.autograd.grad(g[i], x, retain_graph=True)[0]
                           for i in range(len(x))])


x = torch.tensor([-1.2, 1.0], dtype=torch.float64, requires_grad=True)
for step in range(6):
    g, h = hessian(f, x)
    det = h[0, 0] * h[1, 1] - h[0, 1] * h[1, 0]
    inverse = torch.stack([torch.stack([h[1, 1], -h[0, 1]]),
                           torch.stack([-h[1, 0], h[0, 0]])]) / det
    with torch.no_grad():
        x -= inverse @ g
    print(step, f"{x[0].item():.5f} {x[1].item():.5f} {f(x).item():.3e}"[:22])

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
t = torch.linspace(0, 2, 30).unsqueeze(1).requires_grad_()
for step in range(201):  # y'' = -y, y(0) = 0, y'(0) = 1
    y = net(t)
    dy, = torch.autograd.grad(y.sum(), t, create_graph=True)
    ddy, = torch.autograd.grad(dy.sum(), t, create_graph=True)
    loss = ((ddy + y) ** 2).mean() + y[0].pow(2).sum() + (dy[0] - 1).pow(2).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 50 == 0:
        print(step, f"{loss.item():.4f}")

critic = nn.Sequential(nn.Linear(2, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1))
real, fake = torch.randn(5, 2), torch.randn(5, 2)
mix = torch.rand(5, 1)
between = (mix * real + (1 - mix) * fake).requires_grad_()
g, = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
penalty = ((g.norm(2, dim=1) - 1) ** 2).mean()
penalty.backward()
print(f"{penalty.item():.5f}", [f"{critic[i].weight.grad.norm().item():.5f}" for i in (0, 2)])
