# SPDX-License-Identifier: Apache-2.0
# Weights as functions of others, batch norms of one process among several, conversions of a
# module's type that leave the caller's tensors alone, and one backward pass for many seeds.
import torch
import torch.nn as nn
import torch.nn.utils.parametrize as parametrize


class Symmetric(nn.Module):
    def forward(self, x):
        return x.triu() + x.triu(1).t()


class Doubled(nn.Module):
    def forward(self, x):
        return 2 * x

    def right_inverse(self, y):
        return y / 2


def show(layer):
    names = sorted(layer.state_dict())
    print(names, parametrize.is_parametrized(layer), layer(torch.eye(3)).tolist())


layer = nn.Linear(3, 3, bias=False)
with torch.no_grad():
    layer.weight.copy_(torch.arange(9.0).reshape(3, 3))
parametrize.register_parametrization(layer, "weight", Symmetric())
show(layer)
parametrize.register_parametrization(layer, "weight", Doubled())
layer(torch.ones(1, 3)).sum().backward()
print(layer.parametrizations.weight.original.grad.tolist())
print(parametrize.is_parametrized(layer, "bias"), len(layer.parametrizations.weight))
parametrize.remove_parametrizations(layer, "weight")
show(layer)
print(isinstance(layer.weight, nn.Parameter), hasattr(layer, "parametrizations"))
parametrize.register_parametrization(layer, "weight", Doubled())
print(layer.parametrizations.weight.original.tolist())
parametrize.remove_parametrizations(layer, "weight", leave_parametrized=False)
show(layer)
try:
    parametrize.remove_parametrizations(layer, "weight")
except ValueError:
    print("nothing to remove")

normed = nn.utils.spectral_norm(nn.Linear(2, 2, bias=False))
nn.utils.remove_spectral_norm(normed)
print(list(normed.state_dict()), isinstance(normed.weight, nn.Parameter))

net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Sequential(nn.BatchNorm1d(3)))
net = nn.SyncBatchNorm.convert_sync_batchnorm(net)
print(net[1], list(net.state_dict()))
print(net.eval()(torch.zeros(1, 2)).shape)

mine = torch.zeros(3)


class Holder(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("kept", mine)
        self.p = nn.Parameter(torch.ones(2))


holder = Holder()
p = holder.p
holder.double()
print(mine.dtype, holder.kept.dtype, holder.p.dtype, holder.p is p)
print(holder.float().kept.dtype, holder.state_dict()["kept"].dtype)

x = torch.tensor([1.0, 2.0], requires_grad=True)
w = torch.tensor([3.0], requires_grad=True)
found = torch.autograd.grad([x ** 2 * w, (x * w).sum()], [x, w], [torch.eye(2), torch.ones(2)],
                            is_grads_batched=True, create_graph=True)
print([f.tolist() for f in found], torch.autograd.grad(found[0].sum(), x)[0].tolist())
