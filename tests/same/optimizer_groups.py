# SPDX-License-Identifier: Apache-2.0
# compare: 5 digits
# Parameter groups, changing the learning rate by hand, frozen parameters, zero_grad and state.
import torch
import torch.nn as nn

torch.manual_seed(5)
net = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
optimizer = torch.optim.SGD([
    {"params": net[0].parameters(), "lr": 0.5},
    {"params": net[2].parameters()},
], lr=0.01, momentum=0.9)
print(len(optimizer.param_groups), [g["lr"] for g in optimizer.param_groups])
x = torch.randn(6, 2)
for step in range(4):
    optimizer.zero_grad()
    print([p.grad is None for p in net.parameters()])
    net(x).pow(2).sum().backward()
    optimizer.step()
    for group in optimizer.param_groups:
        group["lr"] *= 0.5
    print([f"{p.detach().sum().item():.5f}" for p in net.parameters()])
print([g["lr"] for g in optimizer.param_groups])

for p in net[0].parameters():
    p.requires_grad = False
before = net[0].weight.clone()
optimizer = torch.optim.Adam([p for p in net.parameters() if p.requires_grad], lr=0.1)
net(x).pow(2).sum().backward()
optimizer.step()
print(torch.equal(before, net[0].weight))
print([p.requires_grad for p in net.parameters()])
