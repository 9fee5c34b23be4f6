# SPDX-License-Identifier: Apache-2.0
# Products of two 512 x 512 matrices. Prints the median time of one in microseconds. Runs
# unchanged
# under CPython with PyTorch.
import time

import torch

torch.manual_seed(0)
x = torch.randn(512, 512)
y = torch.randn(512, 512)
for warm in range(5):
    z = x @ y
times = []
for batch in range(15):
    start = time.perf_counter()
    for i in range(5):
        z = x @ y
    times.append((time.perf_counter() - start) / 5)
times.sort()
print(f"{times[7] * 1e6:.1f}")
