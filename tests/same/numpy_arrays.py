# SPDX-License-Identifier: Apache-2.0
# compare: 12 digits
# numpy in the part that teaching scripts use: values, types, random numbers, printing.
import numpy as np
a = np.array([1, 2, 3]); b = np.array([[1., 2.5], [3., 4.]])
print(a, b, a.dtype, b.dtype, a.shape, b.ndim, b.size)
print(repr(a), repr(b), repr(a.astype(np.float32)))
print(a / 2, a * 2, a + 0.5, a ** 2, 10 - a, -a, a // 2, a % 2, 1 / a)
print(b @ b, b.T, b * b, b.sum(), b.sum(axis=0), b.mean(axis=1, keepdims=True), b.std(),
      b.max(axis=1))
print(np.zeros((2, 3)), np.ones(3), np.arange(10), np.arange(0, 1, 0.25), np.linspace(0, 1,
      5), np.eye(3))
print(np.exp(a), np.sqrt(b), np.sin(0.5), np.tanh(b))
print(a[1], a[1:], a[::-1], b[0, 1], b[:, 0], a[a > 1], b[[1, 0]])
print(np.array([1e-5, 1.0]), np.array([1e10, 1.0]), np.array([0.1, 1/3]), np.array([1.0, -2.0,
      np.nan, np.inf]))
print(np.array([True, False]), a > 1, (a > 1).sum(), np.where(a > 1, a, 0), np.argmax(a),
      np.unique([3, 1, 1]))
print(np.concatenate([a, a]), np.stack([a, a]), np.vstack([a, a]), np.hstack([a, a]))
print(np.random.seed(0), np.random.rand(3), np.random.randn(3), np.random.randint(0, 10, 5),
      np.random.permutation(6))
np.random.seed(42)
print(np.random.randn(2, 2), np.random.uniform(-1, 1, 2), np.random.normal(0, 2, 3),
      np.random.choice(5, 3), np.random.rand())
x = np.arange(6); np.random.shuffle(x); print(x, np.random.choice([10, 20, 30], 2, p=[.1, .1,
      .8]))
print(np.arange(2000), np.arange(24).reshape(2, 3, 4))
print(np.mean([1, 2, 3]), np.std([1., 2.]), np.median([3, 1, 2]), np.percentile([1, 2, 3, 4],
      50), np.allclose(a, a + 1e-9), np.dot(a, a), np.cumsum(a), np.clip(a, 0, 2), np.abs(-a),
      np.pi)
print(np.linspace(0, 10, 30))
print(np.array([123.456, 0.001]), np.array([1.5, 100000.25]), np.array([[0.001, 12.5], [3,
      4]], dtype=np.float32))
b[0, 0] = 9; b += 1; print(b, b.tolist(), len(b), np.linalg.norm(a), np.outer(a, a))
try:
    a + np.array([1, 2])
except ValueError as e:
    print(e)
try:
    a.reshape(2, 2)
except ValueError as e:
    print(e)
print(a.astype(float), a.mean(), np.array(3.5), np.full((2,), 7), np.zeros_like(a),
      np.meshgrid([1, 2], [3, 4])[0], np.tile(a, 2), np.repeat(a, 2), np.flip(a), np.diff(a),
      np.sort([3, 1]), np.argsort([3, 1, 2]), np.histogram([1, 2, 2, 5], bins=4))
import torch
t = torch.arange(6.).reshape(2, 3)
n = t.numpy()
print(type(n).__name__, n, n.dtype, repr(n))
n[0, 0] = 7
print(t, torch.from_numpy(n), torch.tensor(np.array([1, 2])),
      torch.as_tensor(np.array([1.5])), torch.Tensor(np.ones(2)))
print(torch.ones(2, requires_grad=True).detach().numpy() * 2, np.array(t).shape,
      np.array([t[0], t[1]]).shape, float(np.array(2.)))
