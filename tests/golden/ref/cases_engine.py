# SPDX-License-Identifier: Apache-2.0
"""The tape itself: backward, accumulation, hooks, higher orders, in-place changes."""
from table import rows

CASES, case = rows()

for text in (
        "y = (x0 * x0).sum(); y.backward(); x0.grad",
        "x0.sum().backward(); x0.sum().backward(); x0.grad",
        "y = x0 * 2; y.backward(torch.ones(2, 3).to(x0.dtype)); x0.grad",
        "y = (x0 ** 3).sum(); y.backward(retain_graph=True); y.backward(); x0.grad",
        "y = (x0 ** 3).sum(); y.backward(create_graph=True); g = x0.grad.clone(); x0.grad = "
        "None; g.sum().backward(); x0.grad",
        "torch.autograd.grad((x0 ** 2).sum(), x0)[0]",
        "g, = torch.autograd.grad((x0 ** 3).sum(), x0, create_graph=True); "
        "torch.autograd.grad(g.sum(), x0)[0]",
        "y = x0.detach(); [y * 2, y.requires_grad, x0.requires_grad]",
        "a = x0 * 2; a.retain_grad(); (a * a).sum().backward(); [a.grad, x0.grad]",
        "h = x0.register_hook(lambda g: g * 2); x0.sum().backward(); h.remove(); "
        "x0.sum().backward(); x0.grad",
        "y = x0 * 3; y.register_hook(lambda g: g + 1); y.sum().backward(); x0.grad",
        "y = x0.clone(); y.mul_(2); y.add_(x0); y.sum().backward(); x0.grad",
        "y = x0 * x0; y[0] = 0; y.sum().backward(); x0.grad",
        "y = x0.view(-1); (y * y).sum().backward(); x0.grad",
        "y = x0.t()[0]; (y * y).sum().backward(); x0.grad",
        "(x0 + x0.t()[0][0]).sum().backward(); x0.grad",
        "a = x0.exp(); b = a.sin(); (a * b + a).sum().backward(); x0.grad",
        "x0.requires_grad_(); (x0.max() + x0.min()).backward(); x0.grad",
        "y = x0 * 2; z = y.detach().requires_grad_(); (z * y).sum().backward(); [x0.grad, "
        "z.grad]",
        "a, b = x0.unbind(); (a * b).sum().backward(); x0.grad",
        "a, b = x0.split([1, 2], dim=1); (a.sum() * b.sum()).backward(); x0.grad",
        "v, i = x0.sort(1); (v * v[:, :1]).sum().backward(); x0.grad",
        "x0.grad is None", "x0.is_leaf", "(x0 * 2).is_leaf", "(x0 * 2).requires_grad",
        "(x0 > 0).requires_grad", "x0.argmax().requires_grad", "x0.detach().is_leaf"):
    case("backward", text, "f32 2,3", order=0)
    case("backward", text, "f64 2,3", order=0)
for text in ("x0.requires_grad = False; (x0 * 2).requires_grad",
             "x0.requires_grad_(False); x0.requires_grad"):
    case("backward", text, "f32 2,3", order=0)
# histories that would hold themselves: nothing may stay alive
for text in ("y = x0 * 1; y[0] = (y * y)[1]; y", "y = x0 * 1; y[0] = y[1] * y[1] + y[0]; y",
             "y = torch.zeros(2, 3); y[0] = (y * x0)[1]; y", "y = x0 * 1; y[1] = y[1]; y",
             "y = torch.zeros(4, 3); y[0] = x0[0]; "
             "y[1] = y[0] * x0[1]; y[2] = y[1] * y[0]; y[3] = y[2] * y[2]; y",
             "y = x0 * 1; z = y[1]; z += 2; z *= x0[0]; y[0] = z; y",
             "y = x0 * 1; y *= y; y *= y; y"):
    case("backward", text, "f32 2,3", order=0)
case("backward", "x0.sum().backward(); x0.grad.zero_(); x0.sum().backward(); x0.grad",
     "f32 2,3", order=0)
case("backward", "(x0 * x1).sum().backward(); [x0.grad, x1.grad]", "f32 2,1", "f32 3", order=0)
case("backward", "[torch.autograd.grad(x0.sum(), [x0, x1], allow_unused=True)[1] is None]",
     "f32 2", "f32 3", order=0)
case("backward", "torch.autograd.grad([x0.sum(), (x1 * 2).sum()], [x0, x1])", "f32 2", "f32 3",
     order=0)
case("backward", "torch.autograd.grad(x0 * x1, [x0, x1], grad_outputs=x1.detach())", "f32 3",
     "f32 3", order=0)
