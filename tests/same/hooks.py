# SPDX-License-Identifier: Apache-2.0
# Hooks on tensors and modules.
import torch
import torch.nn as nn

x = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
h = x.register_hook(lambda g: print("gradient of x", g))
y = x * 2
y.register_hook(lambda g: g * 10)
y.sum().backward()
print(x.grad)
h.remove()
x.grad = None
(x * 3).sum().backward()
print(x.grad)

net = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
seen = []


def remember(module, inputs, output):
    seen.append((type(module).__name__, tuple(inputs[0].shape), tuple(output.shape)))


handles = [m.register_forward_hook(remember) for m in net]
net(torch.ones(4, 2))
for entry in seen:
    print(entry)
for handle in handles:
    handle.remove()
seen.clear()
net(torch.ones(4, 2))
print(len(seen))

double = net.register_forward_hook(lambda m, i, o: o * 0 + 7)
print(net(torch.ones(1, 2)))
double.remove()
pre = net[0].register_forward_pre_hook(lambda m, i: (i[0] * 0,))
out = net[0](torch.ones(1, 2))
print(torch.equal(out[0], net[0].bias))
pre.remove()
net(torch.ones(4, 2)).sum().backward()
