# SPDX-License-Identifier: Apache-2.0
# What refers back to itself through the tape, hooks and modules goes when its names have gone:
# the runner asks for a count of what stays alive at the end.
import torch
import torch.nn as nn


def hooked_leaf():
    x = torch.ones(1000, requires_grad=True)
    handle = x.register_hook(lambda g: (x, handle) and None)
    (x * 2).sum().backward()
    return x.grad[0].item()


def hooked_result():
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    y.register_hook(lambda g: y * 0)
    y.sum().backward()
    return x.grad.tolist()


def hooked_module():
    m = nn.Linear(3, 1)
    m.up = [m]
    m.spare = nn.Parameter(torch.ones(3))
    m.register_forward_hook(lambda module, a, out: m and None)
    m.weight.register_hook(lambda g: m and None)
    m(torch.ones(1, 3)).sum().backward()
    return m.weight.grad.tolist()


def tied_gradient():
    x = torch.ones(3, requires_grad=True)
    w = torch.full((3,), 2.0, requires_grad=True)
    loss = (x * x * w).sum()
    loss.backward(create_graph=True)
    x.grad.sum().backward()
    place = loss.grad_fn.next_functions[0][0].next_functions
    return x.grad.tolist(), w.grad.tolist(), len(place)


def tied_to_a_module():
    m = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1))
    m(torch.ones(4, 2)).sum().backward(create_graph=True)
    return [p.grad.shape for p in m.parameters()]


def written_in_place():
    x = torch.ones(3, requires_grad=True)
    a = torch.zeros(3)
    a[0] = x[1]
    a.add_(x)
    b = a[1:]
    b.mul_(x[0])
    a[2] = b[0].clone() * x[2]
    a.sum().backward(create_graph=True)
    return x.grad.tolist()


def endless():
    x = torch.ones(3)

    def rows():
        while True:
            yield me, x

    me = rows()
    return len(next(me))


def refused():
    try:
        return torch.zeros(2, dtype=torch.int64, requires_grad=True)
    except RuntimeError:
        return "no gradients of integers"


for f in [refused, hooked_leaf, hooked_result, hooked_module, tied_gradient, tied_to_a_module,
          written_in_place, endless]:
    for i in range(2):
        print(f.__name__, f())

# At the top level the names go one after the other, the oldest first.
x = torch.ones(3, requires_grad=True)
y = (x * x).sum()
y.retain_grad()
y.backward(create_graph=True)
z = x.grad.sum()
z.backward()
print(x.grad.tolist(), z.item())
