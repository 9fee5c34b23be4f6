# SPDX-License-Identifier: Apache-2.0
# A 3 x 3 convolution of ResNet-18's third stage (8 images, 128 -> 128 channels, 28 x 28),
# forward and both derivatives.
# Prints the median time in microseconds. Runs unchanged under CPython with PyTorch.
import time

import torch
import torch.nn.functional as F

torch.manual_seed(0)
x = torch.randn(8, 128, 28, 28).requires_grad_()
w = (0.05 * torch.randn(128, 128, 3, 3)).requires_grad_()
g = torch.randn(8, 128, 28, 28)

times = []
for batch in range(9):
    start = time.perf_counter()
    y = F.conv2d(x, w, None, 1, 1)
    torch.autograd.grad(y, [x, w], g)
    times.append(time.perf_counter() - start)
times.sort()
print(f"{times[4] * 1e6:.2f}")
