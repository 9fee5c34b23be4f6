# SPDX-License-Identifier: Apache-2.0
# compare: 2 digits
# Muon, whose steps are computed in bfloat16.
import torch

for settings in [dict(), dict(lr=0.05), dict(lr=0.05, nesterov=False, weight_decay=0),
                 dict(lr=0.05, ns_steps=3, adjust_lr_fn="match_rms_adamw"),
                 dict(lr=0.05, momentum=0.5, ns_coefficients=(3.0, -4.0, 2.0))]:
    torch.manual_seed(3)
    w = torch.randn(6, 4, requires_grad=True)
    x, y = torch.randn(8, 6), torch.randn(8, 4)
    optimizer = torch.optim.Muon([w], **settings)
    losses = []
    for step in range(10):
        optimizer.zero_grad()
        loss = ((x @ w - y) ** 2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    print("Muon", settings, " ".join(f"{v:.1f}" for v in losses))
