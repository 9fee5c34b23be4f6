# SPDX-License-Identifier: Apache-2.0
# Layers and schedules that no other script builds: how they print, what they compute.
import torch
import torch.nn as nn
from torch.optim.lr_scheduler import ExponentialLR, LinearLR, MultiStepLR

x = torch.linspace(-2, 2, 12).reshape(3, 4)
for layer in [nn.CELU(), nn.CELU(0.5), nn.GLU(), nn.Hardshrink(), nn.Softshrink(0.25),
              nn.Softmin(dim=1), nn.Threshold(0.1, 20.0), nn.RMSNorm(4),
              nn.Unflatten(1, (2, 2))]:
    print(layer)
    print(layer(x))
print(nn.Softmax2d()(x.reshape(1, 3, 2, 2)))

# Without training a dropout passes everything on; with p = 1 it passes nothing.
planes = torch.ones(2, 3, 2, 2)
for layer, a in [(nn.AlphaDropout(0.3), x), (nn.FeatureAlphaDropout(0.3), x),
                 (nn.Dropout1d(0.3), x), (nn.Dropout2d(0.3), planes),
                 (nn.Dropout3d(0.3), planes)]:
    layer.eval()
    print(layer, torch.equal(layer(a), a))
print(nn.Dropout2d(1.0)(planes).sum(), nn.Dropout1d(1.0)(planes[0]).sum())
print(nn.Dropout3d(1.0)(planes[None]).sum())

y = torch.linspace(1, -1, 12).reshape(3, 4)
print(nn.HuberLoss()(x, y), nn.HuberLoss(delta=0.5, reduction="sum")(x, y))
print(nn.KLDivLoss(reduction="batchmean")(x.log_softmax(1), y.softmax(1)))

torch.manual_seed(0)
pair = nn.Bilinear(2, 3, 4)
print(pair)
print(pair(torch.ones(5, 2), torch.ones(5, 3)).shape)
print(pair.weight.sum(), pair.bias)


def rates(schedule, **options):
    weight = nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=0.1)
    scheduler = schedule(optimizer, **options)
    seen = []
    for _ in range(8):
        optimizer.step()
        scheduler.step()
        seen.append(round(scheduler.get_last_lr()[0], 8))
    return seen


print(rates(ExponentialLR, gamma=0.9))
print(rates(LinearLR, start_factor=0.5, total_iters=4))
print(rates(MultiStepLR, milestones=[2, 5], gamma=0.1))
