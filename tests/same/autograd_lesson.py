# SPDX-License-Identifier: Apache-2.0
# A lesson on gradients, as it would be typed.
import torch

x = torch.tensor([2.0, 3.0], requires_grad=True)
y = x ** 2 + 3 * x
print(x)
print(y)
z = y.sum()
print(z)
z.backward()
print(x.grad)
print(x.is_leaf, y.is_leaf, y.requires_grad, z.grad_fn is None)

x.grad.zero_()
w = (x * x.detach()).sum()
w.backward()
print(x.grad)

with torch.no_grad():
    v = x * 2
print(v, v.requires_grad)

a = torch.ones(2, 2, requires_grad=True)
b = a + 2
c = b * b * 3
out = c.mean()
out.backward()
print(a.grad)

t = torch.tensor(1.0, requires_grad=True)
f = t ** 4
for order in range(1, 5):
    f, = torch.autograd.grad(f, t, create_graph=True)
    print(order, f.item())

x = torch.arange(3.0, requires_grad=True)
y = x.exp()
y.backward(gradient=torch.tensor([1.0, 0.1, 0.01]))
print(x.grad)

x = torch.ones(3, requires_grad=True)
y = x * 2
while y.norm() < 1000:
    y = y * 2
print(y)

x = torch.zeros(2, requires_grad=True)
for k in range(3):
    (x + k).pow(2).sum().backward()
    print(x.grad)
x.grad = None
print(x.grad)

with torch.enable_grad():
    print(torch.is_grad_enabled())
with torch.no_grad():
    print(torch.is_grad_enabled())
    with torch.enable_grad():
        print((x * 2).requires_grad)


@torch.no_grad()
def evaluate(v):
    return v * 2


print(evaluate(x).requires_grad)
torch.set_grad_enabled(False)
print((x * 2).requires_grad)
torch.set_grad_enabled(True)
