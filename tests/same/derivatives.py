# SPDX-License-Identifier: Apache-2.0
# compare: 5 digits
# Jacobians, second derivatives and products with them; torch.func; grad's and backward's
# options; checkpointing gives the same numbers, random ones included.
import torch
import torch.nn as nn
from torch.autograd.functional import hessian, hvp, jacobian, jvp, vhp, vjp
from torch.utils.checkpoint import checkpoint, checkpoint_sequential


def show(name, value):
    if isinstance(value, torch.Tensor):
        print(name, tuple(value.shape), value.requires_grad,
              [round(v, 4) + 0.0 for v in value.flatten().tolist()])
    elif isinstance(value, (tuple, list)):
        for i, v in enumerate(value):
            show(f"{name}.{i}", v)
    else:
        print(name, value)


def attempt(name, f):
    try:
        show(name, f())
    except (RuntimeError, ValueError, TypeError) as e:
        print(name, type(e).__name__, str(e)[:90])


torch.manual_seed(0)
x = torch.randn(2, 3)
w = torch.randn(3)
one = lambda x: (x ** 2).sum(1)
two = lambda x, w: (x @ w, (x * w).exp().sum())
energy = lambda x: (x ** 3).sum() + x[0].prod()
both = lambda x, w: ((x * w) ** 2).sum()

show("jacobian", jacobian(one, x))
show("jacobian2", jacobian(two, (x, w)))
show("hessian", hessian(energy, x))
show("hessian2", hessian(both, (x, w)))
show("vjp", vjp(one, x, torch.tensor([1.0, 2.0])))
show("vjp2", vjp(two, (x, w), (torch.ones(2), torch.tensor(0.5))))
show("jvp", jvp(one, x, torch.ones(2, 3)))
show("jvp2", jvp(two, (x, w), (torch.ones(2, 3), w)))
show("hvp", hvp(energy, x, torch.ones(2, 3)))
show("vhp", vhp(both, (x, w), (torch.ones(2, 3), torch.ones(3))))
p = w.clone().requires_grad_()
j = jacobian(lambda w: w ** 3, p, create_graph=True)
show("through", torch.autograd.grad(j.sum(), p))
attempt("no v", lambda: vjp(one, x))
attempt("wrong v", lambda: vjp(one, x, torch.ones(3)))
attempt("scalar", lambda: hessian(one, x))
attempt("independent", lambda: jacobian(lambda x, w: x * 2, (w, w)))
attempt("no tensor", lambda: jacobian(one, 3.0))

f = lambda x: (x.sin() ** 2).sum()
show("func.grad", torch.func.grad(f)(w))
inner = torch.func.grad(lambda s: s ** 4)
show("func.grad2", torch.func.grad(lambda t: inner(t))(torch.tensor(2.0)))
show("func.argnums", torch.func.grad(lambda a, b: (a * b ** 2).sum(), argnums=(0, 1))(w, w + 1))
show("func.value", torch.func.grad_and_value(f)(w))
out, back = torch.func.vjp(lambda x: x * w, w)
show("func.vjp", (out, back(torch.ones(3))))
show("func.jvp", torch.func.jvp(lambda x: x ** 2, (w,), (torch.ones(3),)))
show("func.jacrev", torch.func.jacrev(lambda x: x ** 2)(w))
show("func.hessian", torch.func.hessian(f)(w))

a = torch.tensor([1.0, 2.0], requires_grad=True)
b = torch.tensor([3.0, 4.0], requires_grad=True)
y = a * a
attempt("unused", lambda: torch.autograd.grad(y.sum(), [a, b], retain_graph=True))
show("allow", torch.autograd.grad(y.sum(), [a, b], retain_graph=True, allow_unused=True))
show("zeros", torch.autograd.grad(y.sum(), [a, b], retain_graph=True, materialize_grads=True))
show("weighted", torch.autograd.grad(y, a, torch.tensor([1.0, 10.0]), retain_graph=True))
show("two roots", torch.autograd.grad([y.sum(), (a * b).sum()], [a, b], retain_graph=True))
torch.autograd.backward([y.sum(), (a * b).sum()])
show("backward", (a.grad, b.grad))
a.grad = b.grad = None
z = a * b
t = z * 2
t.sum().backward(inputs=[a])
show("inputs", (a.grad, b.grad))
torch.autograd.backward((a * b).sum(), inputs=b)
show("inputs", (a.grad, b.grad))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Dropout(0.5), nn.Linear(6, 4))

    def forward(self, x, scale=1.0):
        h = self.net(x)
        h = h.mul(scale).softmax(-1)
        return x + h * nn.functional.layer_norm(h, [4])


def run(how, second=False):
    torch.manual_seed(5)
    blocks = [Block() for _ in range(3)]
    x = torch.randn(2, 4, requires_grad=True)
    h = x
    for block in blocks:
        if how == "plain":
            h = block(h, scale=2.0)
        else:
            h = checkpoint(block, h, scale=2.0, use_reentrant=False)
    loss = (h ** 2).sum() + torch.rand(1).sum()
    params = [p for block in blocks for p in block.parameters()]
    if not second:
        loss.backward()
        return [loss.detach(), x.grad] + [p.grad for p in params]
    g = torch.autograd.grad(loss, [x] + params, create_graph=True)
    return list(torch.autograd.grad(sum((t ** 2).sum() for t in g), [x] + params))


for second in (False, True):
    first, other = run("plain", second), run("checkpoint", second)
    same = all(torch.equal(p, q) for p, q in zip(first, other))
    print("checkpoint", second, same, len(first))
    show("values", first[:2])

torch.manual_seed(1)
stack = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 5), nn.Tanh(), nn.Linear(5, 2))
x = torch.randn(4, 3)
for segments in (1, 2, 4):
    stack.zero_grad()
    y = checkpoint_sequential(stack, segments, x, use_reentrant=False)
    y.pow(2).sum().backward()
    show("sequential", (y.detach()[0], stack[0].weight.grad[0]))
