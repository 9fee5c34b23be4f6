# SPDX-License-Identifier: Apache-2.0
# compare: 4 digits
# The first lesson: a tanh network fits a curve by gradient descent with momentum.
import torch
import torch.nn as nn

torch.manual_seed(0)
x = torch.linspace(-1, 1, 64).unsqueeze(1)
y = torch.sin(3 * x) + 0.1 * torch.randn(64, 1)
net = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
for epoch in range(201):
    loss = criterion(net(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 20 == 0:
        print(f"epoch {epoch:3d}  loss {loss.item():.4g}")
with torch.no_grad():
    for v in [-0.5, 0.0, 0.5]:
        print(v, f"{net(torch.tensor([[v]])).item():.3g}")
