# SPDX-License-Identifier: Apache-2.0
# compare: 5 digits
# Means of weights (SWA and EMA), batch statistics for them, deep copies, gradients gathered
# over several small batches.
import copy
import torch
import torch.nn as nn
from torch.optim.swa_utils import (AveragedModel, SWALR, get_ema_avg_fn, get_ema_multi_avg_fn,
                                   get_swa_multi_avg_fn, update_bn)

torch.manual_seed(1)
x, y = torch.randn(24, 3), torch.randn(24, 2)
net = nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5), nn.Tanh(), nn.Linear(5, 2))
means = {"swa": AveragedModel(net),
         "swa2": AveragedModel(net, multi_avg_fn=get_swa_multi_avg_fn()),
         "ema": AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(0.8)),
         "ema2": AveragedModel(net, avg_fn=get_ema_avg_fn(0.8), use_buffers=True),
         "own": AveragedModel(net, avg_fn=lambda m, p, n: 0.5 * m + 0.5 * p)}
optimizer = torch.optim.SGD(net.parameters(), lr=0.2, momentum=0.9)
schedule = SWALR(optimizer, swa_lr=0.05, anneal_epochs=4)
for step in range(10):
    optimizer.zero_grad()
    for part in range(3):  # one step from the mean gradient of three parts
        rows = slice(8 * part, 8 * part + 8)
        (nn.functional.mse_loss(net(x[rows]), y[rows]) / 3).backward()
    optimizer.step()
    schedule.step()
    for mean in means.values():
        mean.update_parameters(net)
print("lr", f"{schedule.get_last_lr()[0]:.8f}")
for name, mean in means.items():
    print(name, mean.n_averaged.item(), list(mean.state_dict())[:3])
    print(" ", " ".join(f"{v:.5f}" for v in mean.module[0].weight.flatten().tolist()))
    print(" ", " ".join(f"{v:.5f}" for v in mean.module[1].running_mean.tolist()))
batches = [(x[:8], y[:8]), (x[8:16], y[8:16]), (x[16:], y[16:])]
update_bn(batches, means["swa"])
print(" ".join(f"{v:.5f}" for v in means["swa"].module[1].running_mean.tolist()))
print(" ".join(f"{v:.5f}" for v in means["swa"](x[:2]).flatten().tolist()))

twin = copy.deepcopy(net)
with torch.no_grad():
    net[0].weight.zero_()
print(twin[0].weight.abs().sum() > 0, twin[0].weight.requires_grad, type(twin).__name__)


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(2, 2)
        self.b = self.a
        self.sizes = [1, 2]
        self.register_buffer("count", torch.zeros(1))

    def forward(self, x):
        return self.b(self.a(x))


tied = Tied()
tied.a.weight.requires_grad = False
twin = copy.deepcopy(tied)
twin.sizes.append(3)
print(twin.a is twin.b, twin.a is tied.a, twin.sizes, tied.sizes, list(twin.state_dict()))
print(twin.a.weight.requires_grad, twin.a.bias.requires_grad)
print(torch.equal(twin(x[:, :2]), tied(x[:, :2])))
values = {"a": [1, (2, [3])], "t": torch.ones(2)}
values["same"] = values["a"]
twin = copy.deepcopy(values)
twin["a"][1][1].append(4)
print(values, twin, twin["same"] is twin["a"])
