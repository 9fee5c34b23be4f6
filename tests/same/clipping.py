# SPDX-License-Identifier: Apache-2.0
# compare: 5 digits
# Gradient clipping by norm and by value, and what it returns.
import torch
import torch.nn as nn

torch.manual_seed(2)
net = nn.Linear(4, 3)
x = torch.randn(5, 4)
for limit in [0.1, 1.0, 100.0]:
    for kind in [2.0, 1.0, float("inf")]:
        net.zero_grad()
        (net(x) ** 2).sum().backward()
        total = nn.utils.clip_grad_norm_(net.parameters(), limit, norm_type=kind)
        print(limit, kind, f"{total.item():.5f}", [f"{p.grad.norm().item():.5f}"
                                                   for p in net.parameters()])
net.zero_grad()
(net(x) ** 2).sum().backward()
nn.utils.clip_grad_value_(net.parameters(), 0.5)
print([f"{p.grad.abs().max().item():.5f}" for p in net.parameters()])
