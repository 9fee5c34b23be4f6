# SPDX-License-Identifier: Apache-2.0
# x + y on ten elements: the overhead of one op. Prints the median time of one addition in
# microseconds. Runs unchanged under CPython with PyTorch.
import time

import torch

torch.manual_seed(0)
x = torch.randn(10)
y = torch.randn(10)


def additions(n):
    for i in range(n):
        z = x + y
        z = x + y
        z = x + y
        z = x + y
        z = x + y
        z = x + y
        z = x + y
        z = x + y
        z = x + y
        z = x + y


additions(1000)
times = []
for batch in range(15):
    start = time.perf_counter()
    additions(1000)
    times.append((time.perf_counter() - start) / 10000)
times.sort()
print(f"{times[7] * 1e6:.4f}")
