# SPDX-License-Identifier: Apache-2.0
# A lesson on shapes: broadcasting, views, reductions.
import torch

a = torch.arange(3).reshape(3, 1)
b = torch.arange(2)
print(a + b)
print((a * 10 + b).shape)
x = torch.arange(12).reshape(3, 4)
print(x)
print(x.shape, x.dtype, x.numel(), x.dim())
print(x[1], x[:, 1], x[1, 2], x[-1, -1])
print(x[:2, 1:3])
print(x.t())
print(x.reshape(2, 6), x.view(-1))
print(x.sum(), x.sum(0), x.sum(dim=1, keepdim=True))
print(x.float().mean(), x.float().mean(dim=0), x.float().std())
print(x.max(), x.argmax(), x.max(dim=1))
print(x > 5)
print(x[x > 5])
print((x % 2 == 0).sum())
y = x.clone()
y[y > 5] = -1
print(y)
y[0] = 100
print(y)
y[:, -1] *= 2
print(y)
v = x.view(2, 6)
v[0, 0] = 99
print(x[0, 0])
print(torch.cat([a, a], dim=1), torch.stack([b, b]))
print(a.expand(3, 4))
print(x.unsqueeze(0).shape, x.unsqueeze(-1).shape, torch.zeros(1, 3, 1).squeeze().shape)
print(x.permute(1, 0).shape, torch.zeros(2, 3, 4).transpose(0, 2).shape)
print(torch.einsum("ij,ij->i", x.float(), x.float()))
print(x.float() @ torch.ones(4))
print(torch.where(x > 5, x, 0))
for row in x:
    print(row, row.sum().item())
print(len(x), x.tolist())
first, *rest = x
print(first, len(rest))
print(x.chunk(2, dim=1), x.split([1, 2]))
print(torch.linspace(0, 1, 5), torch.eye(3), torch.full((2, 2), 7))
print(torch.tensor([1, 2]) + torch.tensor([0.5, 0.5]), torch.tensor(5) / 2,
      torch.tensor(5) // 2, 7 - torch.tensor(2))
print(torch.arange(5).flip(0), torch.arange(5).roll(2), torch.arange(4).repeat(2),
      torch.arange(2).repeat_interleave(2))
print(torch.sort(torch.tensor([3, 1, 2])), torch.tensor([3.0, 1.0, 2.0]).topk(2))
print(torch.tril(torch.ones(3, 3)), torch.triu(torch.ones(3, 3), 1))
try:
    torch.zeros(3) + torch.zeros(4)
except RuntimeError as e:
    print("RuntimeError")
try:
    x[5]
except IndexError as e:
    print("IndexError")
try:
    x.reshape(5, 5)
except RuntimeError as e:
    print("RuntimeError")
print(torch.allclose(torch.tensor(0.1) + torch.tensor(0.2), torch.tensor(0.3)))
