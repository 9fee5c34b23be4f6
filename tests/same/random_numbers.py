# SPDX-License-Identifier: Apache-2.0
# The same seed, the same digits.
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
print(torch.rand(3), torch.randn(3), torch.randn(3))
print(torch.randn(4, 5))
print(torch.randint(0, 100, (8,)), torch.randperm(8))
print(torch.rand(2, dtype=torch.float64), torch.randn(17)[-3:])
print(torch.bernoulli(torch.full((6,), 0.5)), torch.multinomial(torch.tensor([1.0, 2.0, 3.0]),
    5, replacement=True))
print(torch.empty(3).uniform_(-1, 1), torch.empty(3).normal_(10, 2),
      torch.empty(3).exponential_())
print(nn.Linear(3, 2).weight, nn.Embedding(2, 3).weight)
print(nn.Linear(2, 2)(torch.ones(1, 2)))
print(F.dropout(torch.ones(10), 0.5), torch.rand_like(torch.zeros(2)),
      torch.randn_like(torch.zeros(2)))
g = torch.Generator()
g.manual_seed(1)
print(torch.rand(2, generator=g), torch.randn(2, generator=g), torch.randperm(4, generator=g),
      torch.rand(1))
w = torch.empty(2, 3)
nn.init.xavier_uniform_(w)
print(w)
nn.init.kaiming_normal_(w, nonlinearity="relu")
print(w)
nn.init.normal_(w, std=0.02)
print(w)
print(nn.init.zeros_(w), nn.init.constant_(w, 0.5), nn.init.ones_(w))
torch.manual_seed(0)
first = torch.rand(1).item()
torch.manual_seed(0)
print(first == torch.rand(1).item(), torch.initial_seed())
