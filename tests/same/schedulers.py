# SPDX-License-Identifier: Apache-2.0
# The learning rates of the schedulers, step by step.
import torch
from torch.optim.lr_scheduler import CosineAnnealingLR, StepLR


def rates(make, steps=12):
    p = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([p], lr=0.1)
    scheduler = make(optimizer)
    seen = []
    for step in range(steps):
        seen.append(f"{optimizer.param_groups[0]['lr']:.6f}")
        optimizer.step()
        scheduler.step()
    seen.append(f"{scheduler.get_last_lr()[0]:.6f}")
    return " ".join(seen)


print("StepLR", rates(lambda o: StepLR(o, step_size=3)))
print("StepLR", rates(lambda o: StepLR(o, step_size=4, gamma=0.5)))
print("Cosine", rates(lambda o: CosineAnnealingLR(o, T_max=10)))
print("Cosine", rates(lambda o: CosineAnnealingLR(o, T_max=5, eta_min=0.01), 16))
print("Cosine", rates(lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 7, 0.02)))
