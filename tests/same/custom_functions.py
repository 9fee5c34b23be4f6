# SPDX-License-Identifier: Apache-2.0
# compare: 6 digits
# Operations written as classes: saved tensors, several inputs and outputs, arguments that are
# no tensors, marks, second derivatives, errors.
import torch
from torch.autograd import Function
from torch.autograd.function import once_differentiable


class Cube(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x ** 3

    @staticmethod
    def backward(ctx, dy):
        x, = ctx.saved_tensors
        return 3 * x ** 2 * dy


class Exp(Function):
    @staticmethod
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, dy):
        y, = ctx.saved_tensors
        return y * dy


class Scale(Function):
    @staticmethod
    def forward(ctx, x, w, factor, name):
        ctx.save_for_backward(x, None, w)
        ctx.factor = factor
        ctx.name = name
        return x * w * factor, x + w

    @staticmethod
    def backward(ctx, da, db):
        x, nothing, w = ctx.saved_tensors
        print("needs", ctx.needs_input_grad, nothing, ctx.name, da is None, db is None)
        dx = da * w * ctx.factor + db if ctx.needs_input_grad[0] else None
        dw = da * x * ctx.factor + db if ctx.needs_input_grad[1] else None
        return dx, dw, None, None


class Top(Function):
    @staticmethod
    def forward(ctx, x):
        v, i = x.max(0)
        ctx.mark_non_differentiable(i)
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(i)
        ctx.n = x.shape[0]
        return v, i, v * 2

    @staticmethod
    def backward(ctx, dv, di, dtwice):
        print("gradients", dv is None, di is None, dtwice is None)
        i, = ctx.saved_tensors
        g = torch.zeros(ctx.n)
        g[i] = (0 if dv is None else dv) + (0 if dtwice is None else 2 * dtwice)
        return g


class Double_(Function):
    @staticmethod
    def forward(ctx, x):
        x.mul_(2)
        ctx.mark_dirty(x)
        return x

    @staticmethod
    def backward(ctx, dy):
        return dy * 2


class Late(Function):
    @staticmethod
    def forward(x, w):
        return x @ w

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, dy):
        x, w = ctx.saved_tensors
        return dy @ w.t(), x.t() @ dy


class Once(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    @once_differentiable
    def backward(ctx, dy):
        return 2 * ctx.saved_tensors[0] * dy


class Same(Function):
    @staticmethod
    def forward(ctx, x):
        return x

    @staticmethod
    def backward(ctx, dy):
        return -dy


torch.manual_seed(0)
x = torch.tensor([0.5, -1.0, 2.0], requires_grad=True)
for f in (Cube, Exp):
    y = f.apply(x)
    print(f.__name__, y.grad_fn.name(), y.detach())
    g, = torch.autograd.grad(y.sum(), x, create_graph=True)
    h, = torch.autograd.grad(g.sum(), x, create_graph=True)
    t, = torch.autograd.grad((h * x).sum(), x)
    print(g.detach(), h.detach(), t)
z = torch.randn(3, dtype=torch.double, requires_grad=True)
print(torch.autograd.gradcheck(Cube.apply, (z,)), torch.autograd.gradgradcheck(Exp.apply, (z,)))

w = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
a, b = Scale.apply(x, w, 10.0, "ten")
(a.sum() + b.sum()).backward()
print(x.grad, w.grad)
a, b = Scale.apply(x.detach(), w, 10.0, "no x")
a.sum().backward()
print(w.grad)

v, i, twice = Top.apply(x)
print(v.requires_grad, i.requires_grad, twice.grad_fn.name())
print(torch.autograd.grad(twice, x)[0])

y = x * 1
z = Double_.apply(y)
print(z is y, y.grad_fn.name(), y.detach())
print(torch.autograd.grad((y * y).sum(), x)[0])

m = torch.randn(3, 2, requires_grad=True)
q = Late.apply(torch.ones(2, 3), m)
q.sum().backward()
print(m.grad)

y = Once.apply(x)
g, = torch.autograd.grad((y * w).sum(), x, create_graph=True)
print(g.detach())
try:
    torch.autograd.grad(g.sum(), w)
except RuntimeError as e:
    print(e)
y = Same.apply(x)
print(y is x, y.grad_fn.name(), torch.autograd.grad(y.sum(), x)[0])
with torch.no_grad():
    print(Cube.apply(x).requires_grad)


class Wrong(Function):
    @staticmethod
    def forward(ctx, x, how):
        ctx.how = how
        ctx.save_for_backward(x)
        return x * 1

    @staticmethod
    def backward(ctx, dy):
        if ctx.how == "few":
            return dy
        if ctx.how == "many":
            return dy, None, None, None
        if ctx.how == "shape":
            return torch.ones(2), None
        if ctx.how == "number":
            return dy, dy
        if ctx.how == "raise":
            raise KeyError("inside")
        return ctx.saved_tensors[0], None


for how in ["few", "many", "shape", "number", "raise", "twice", "changed"]:
    t = (x.detach() + 1).requires_grad_()
    y = Wrong.apply(t, how)
    try:
        if how == "changed":
            t.data.add_(1)
            with torch.no_grad():
                t.add_(1)
        print(torch.autograd.grad(y.sum(), t)[0])
        if how == "twice":
            torch.autograd.grad(y.sum(), t)
    except (RuntimeError, KeyError) as e:
        print(how, type(e).__name__, str(e)[:68])
