# SPDX-License-Identifier: Apache-2.0
# Forward and backward of a chain of 1000 ops on ten elements. Prints the median time of the
# whole
# chain in microseconds. Runs unchanged under CPython with PyTorch.
import time

import torch

torch.manual_seed(0)
x = torch.randn(10, requires_grad=True)


def chain():
    y = x
    for i in range(500):
        y = torch.tanh(y * 1.01)
    x.grad = None
    y.sum().backward()


for warm in range(5):
    chain()
times = []
for batch in range(15):
    start = time.perf_counter()
    chain()
    times.append(time.perf_counter() - start)
times.sort()
print(f"{times[7] * 1e6:.1f}")
