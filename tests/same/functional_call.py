# SPDX-License-Identifier: Apache-2.0
# functional_call runs a module with other tensors in the places of its own, which stay.
import torch
from torch import nn
from torch.func import functional_call, grad

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))
x = torch.tensor([[1.0, 2.0], [3.0, -1.0], [0.5, 0.25]])
names = [n for n, p in net.named_parameters()]
params = {n: p.detach() for n, p in net.named_parameters()}
before = {n: p for n, p in net.named_parameters()}
net(x)  # a step of training, for the statistics
net.eval()
zeros = {n: torch.zeros_like(p) for n, p in params.items()}
print(functional_call(net, zeros, (x,)).tolist())
print(torch.equal(functional_call(net, params, x), net(x)))
print(functional_call(net, {'2.bias': torch.tensor([5.0])}, x).sub(net(x)).sub(5 - net[2].bias)
      .abs().max().item() < 1e-6)
print([n for n, p in net.named_parameters()] == names)
print(all(p is before[n] for n, p in net.named_parameters()))


def loss(given):
    return functional_call(net, given, (x,)).square().mean()


found = grad(lambda w: loss({**params, '0.weight': w}))(params['0.weight'])
net(x).square().mean().backward()
print(torch.allclose(found, net[0].weight.grad), net[2].weight.grad is not None)

# Gradients reach what was given, and a function of it.
scale = torch.tensor(2.0, requires_grad=True)
net.zero_grad()
functional_call(net, {n: p * scale for n, p in params.items()}, x).sum().backward()
print(scale.grad is not None, net[0].weight.grad is None)

# Buffers too, several dictionaries, keyword arguments.
kept = net[1].running_mean.tolist()
buffers = {n: b.clone() for n, b in net.named_buffers()}
net.train()
functional_call(net, (params, buffers), (x,))
print([round(v, 5) for v in net[1].running_mean.tolist()] == [round(v, 5) for v in kept],
      buffers['1.running_mean'].abs().sum().item() > 0)
weight = {'weight': torch.ones(3, 2)}
print(functional_call(net[0], weight, kwargs={'input': x}).shape)


def says(call):
    try:
        call()
    except (KeyError, RuntimeError, ValueError) as e:
        print(type(e).__name__, str(e)[:60])


says(lambda: functional_call(net, (params, params), x))
print(net[0].weight is before['0.weight'])


class Failing(nn.Linear):
    def forward(self, x):
        raise ValueError('no')


bad = Failing(2, 2)
own = bad.weight
says(lambda: functional_call(bad, {'weight': torch.zeros(2, 2)}, x))
print(bad.weight is own)


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(2, 2, bias=False)
        self.b = nn.Linear(2, 2, bias=False)
        self.b.weight = self.a.weight

    def forward(self, x):
        return self.b(self.a(x))


tied = Tied()
print(functional_call(tied, {'a.weight': torch.eye(2) * 2}, x).tolist())
