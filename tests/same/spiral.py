# SPDX-License-Identifier: Apache-2.0
# compare: 4 digits
# Three arms of a spiral, a deeper network, AdamW and a cosine schedule.
import math
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(6)
n = 40
xs, ys = [], []
for arm in range(3):
    r = torch.linspace(0.1, 1, n)
    t = torch.linspace(arm * 4, (arm + 1) * 4, n) + torch.randn(n) * 0.2
    xs.append(torch.stack([r * t.sin(), r * t.cos()], dim=1))
    ys.append(torch.full((n,), arm))
x = torch.cat(xs)
y = torch.cat(ys)


class Net(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.fc1 = nn.Linear(2, hidden)
        self.fc2 = nn.Linear(hidden, hidden)
        self.fc3 = nn.Linear(hidden, 3)

    def forward(self, x):
        x = torch.tanh(self.fc1(x))
        x = torch.tanh(self.fc2(x))
        return self.fc3(x)


net = Net(16)
optimizer = torch.optim.AdamW(net.parameters(), lr=0.01, weight_decay=0.01)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=150)
for epoch in range(150):
    optimizer.zero_grad()
    out = net(x)
    loss = F.cross_entropy(out, y)
    loss.backward()
    norm = nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimizer.step()
    scheduler.step()
    if epoch % 25 == 0:
        accuracy = (out.argmax(1) == y).float().mean().item()
        print(epoch, f"{loss.item():.4g} {norm.item():.4g} {accuracy:.2f} "
                     f"{scheduler.get_last_lr()[0]:.5f}")
