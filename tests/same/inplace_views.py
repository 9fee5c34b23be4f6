# SPDX-License-Identifier: Apache-2.0
"""Writes through views and copies of leaves: where the gradients go."""
import torch
w = torch.ones(3, requires_grad=True)
x = torch.zeros(3)
x.copy_(w)
(x * 2).sum().backward()
print(w.grad, x.is_leaf)
y = torch.zeros(2, 3)
y[0] = w
y.sum().backward()
print(w.grad)
a = torch.randn(4, 4, requires_grad=True)
b = a * 1
b[1:3, ::2] = 0
b[0] *= 2
v = b.t()
v[3].mul_(3)
b.sum().backward()
print(a.grad)
