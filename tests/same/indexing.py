# SPDX-License-Identifier: Apache-2.0
# Reading and writing through every kind of index.
import torch

x = torch.arange(24).reshape(2, 3, 4)
i = torch.tensor([0, 2])
m = torch.tensor([True, False, True])
READ = [x[0], x[-1, 1], x[..., 0], x[:, 1:, ::2], x[None, 0, 0], x[:, None, 0, 0], x[0, i],
        x[:, i, 1], x[0, i, i + 1],
        x[:, m], x[1, m, 2], x[x % 5 == 0], x[[1, 0], [0, 2]], x[:, [2, 0]],
        x[0, [[0, 1], [2, 0]], 3], x[1, ..., -1],
        x[torch.tensor(1), 0], x[0, :, i], x[[0, 1], :, [1, 2]]]
for value in READ:
    print(tuple(value.shape), value.tolist())
y = torch.zeros(3, 4)
y[0] = 1
y[1, 1:3] = torch.tensor([5.0, 6.0])
y[:, -1] = 9
y[i] += 10
y[y == 0] = -1
y[m, 0] = torch.tensor([0.5, 0.25])
print(y)
y[[0, 0, 1], [1, 1, 2]] = torch.tensor([7.0, 8.0, 9.0])
print(y)
y[1:] = y[:2].clone()
print(y)
print(y.gather(1, torch.tensor([[0], [1], [2]])).squeeze(1))
z = torch.zeros(3, 5, dtype=torch.int64)
z.scatter_(1, torch.tensor([[0], [2], [4]]), 1)
print(z)
print(torch.zeros(4).scatter_add(0, torch.tensor([0, 1, 1, 3]), torch.tensor([1.0, 2.0, 3.0,
    4.0])))
print(z.nonzero(), z.nonzero(as_tuple=True))
print(x.index_select(2, i).shape, x[0].masked_select(x[0] > 6),
      x[0].take_along_dim(torch.tensor([[0], [1], [2]]), 1))
w = torch.arange(4.0, requires_grad=True)
v = w.clone()
v[1:3] = v[1:3] * 2
(v ** 2).sum().backward()
print(w.grad)
w.grad = None
(w[[0, 0, 3]] * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
print(w.grad)
