# SPDX-License-Identifier: Apache-2.0
# One training step of a 2-16-1 tanh network, batch 32, SGD: the cost of an op, not of
# arithmetic.
# Prints the median time of one step in microseconds. Runs unchanged under CPython with PyTorch.
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
x = torch.randn(32, 2)
y = torch.randn(32, 1)


def steps(n):
    for i in range(n):
        optimizer.zero_grad()
        loss = F.mse_loss(net(x), y)
        loss.backward()
        optimizer.step()


steps(200)
times = []
for batch in range(15):
    start = time.perf_counter()
    steps(100)
    times.append((time.perf_counter() - start) / 100)
times.sort()
print(f"{times[7] * 1e6:.2f}")
