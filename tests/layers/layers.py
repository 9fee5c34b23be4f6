# SPDX-License-Identifier: Apache-2.0
"""Cases of layers and losses, checked against PyTorch: the one text that both run.

A family is a script beside this file. CPython with PyTorch runs it to record reference values
(`python linear.py` writes linear.safetensors); adjoint runs the same script, compares, and
prints TAP. What PyTorch lacks is recorded from the classes of reference.py, written with
PyTorch's operations and standing in torch.nn under the same names.

    from layers import case, done, nn, torch
    case("Linear", lambda: nn.Linear(3, 2, bias=False), lambda: [torch.randn(4, 3)])
    done()

case(name, make, inputs, ...) makes the module in float32 from a fixed seed and checks
  start     names, sizes and first values of everything in its state_dict()
  forward   float64: every output to 1e-10 of its largest number; buffers afterwards
  gradient  float64: of every floating input and parameter
  second    float64: gradients of a weighted sum of those gradients' squares
  float32   the same outputs to 1e-5 and gradients to 1e-4
  saved     save, load into another instance, same outputs
  onnx      export, read back, same outputs (or a remark that says why there is no ONNX form)
and may be told
  call=     lambda module, *inputs: outputs, when it is not module(*inputs)
  keep=     True: parameters stay as the constructor made them (else random numbers)
  second=   False where PyTorch has no second derivative
  saved=    False for what a forward pass changes or draws
  exact=    the tolerance of float64 where the sum's order matters more (1e-10)
  single=   the tolerance of float32 outputs (1e-5); gradients get ten times that
  only=     "forward" where nothing is differentiable
A fails(name, make_or_call, kind, "part of the message") case is for wrong arguments: it must
raise that exception, and one line of it must contain the text (not compared with PyTorch).
"""

import os
import sys
import torch
import torch.nn as nn
import torch.nn.functional as F

ADJOINT = "adjoint" in torch.__version__
STORE = sys.argv[0].removesuffix(".py") + ".safetensors"

if ADJOINT:
    import onnx
else:
    import reference
    reference.install()

recorded = {}
stored = torch.load(STORE) if ADJOINT and os.path.exists(STORE) else {}
counts = {}
points = 0
failed = 0


# ---------------------------------------------------------------- what is compared

def point(held, text, why=""):
    global points, failed
    points += 1
    print(f"{'ok' if held else 'not ok'} {points} - {text}")
    if not held:
        failed += 1
        for line in str(why).splitlines():
            print("#", line)


def distance(got, want):
    """The largest difference as a share of the largest number; NaN and infinity must agree."""
    if tuple(got.shape) != tuple(want.shape):
        return f"shape {tuple(got.shape)}, expected {tuple(want.shape)}"
    if want.numel() == 0:
        return 0.0
    got, want = got.detach().double(), want.double()
    special = ~torch.isfinite(want)
    if special.any() or not torch.isfinite(got).all():
        if not torch.equal(torch.nan_to_num(got[special], nan=7.0),
                           torch.nan_to_num(want[special], nan=7.0)):
            return "other numbers are NaN or infinite"
        got, want = got[~special], want[~special]
        if want.numel() == 0:
            return 0.0
        if not torch.isfinite(got).all():
            return "a number is NaN or infinite"
    size = want.abs().max().item()
    return (got - want).abs().max().item() / (size if size > 1e-30 else 1.0)


def settle(key, values, tolerance, text):
    """Records [values], a dict of tensors, under [key], or compares them with the record."""
    if not ADJOINT:
        for name, value in values.items():
            recorded[f"{key}/{name}"] = value.detach().contiguous().clone()
        return
    wanted = {k.removeprefix(key + "/"): v for k, v in stored.items()
              if k.startswith(key + "/")}
    wrong = []
    if "forward" not in key:  # a gradient that is zero everywhere may also be absent
        wanted, values = ({n: t for n, t in some.items() if n in others or t.any()}
                          for some, others in ((wanted, values), (values, wanted)))
    if sorted(wanted) != sorted(values):
        wrong.append(f"has {sorted(values)}, expected {sorted(wanted)}")
    for name, value in values.items():
        if name in wanted:
            d = distance(value, wanted[name])
            if isinstance(d, str):
                wrong.append(f"{name}: {d}")
            elif not d <= tolerance:
                wrong.append(f"{name}: off by {d:.2e} of its largest, allowed {tolerance:.0e}")
    point(not wrong, text, "\n".join(wrong))


# ---------------------------------------------------------------- a module at work

def tensors_in(value):
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        return tensors_in(list(value.values()))
    if isinstance(value, (tuple, list)):
        return [t for v in value for t in tensors_in(v)]
    return []


def converted(value, dtype):
    """[value] with its floating tensors as leaves of [dtype] that want a gradient."""
    if isinstance(value, torch.Tensor):
        if not value.is_floating_point():
            return value
        return value.detach().to(dtype).clone().requires_grad_()
    if isinstance(value, tuple):
        return tuple([converted(v, dtype) for v in value])
    if isinstance(value, list):
        return [converted(v, dtype) for v in value]
    return value


def weight_of(t):
    """Uneven weights, so that no two entries of an output can be exchanged unseen."""
    return torch.cos(torch.arange(t.numel()).to(t.dtype) * 0.7 + 0.3).reshape(t.shape)


def total(tensors):
    parts = [(t * weight_of(t)).sum() for t in tensors
             if t.is_floating_point() and t.requires_grad]
    return sum(parts[1:], parts[0]) if parts else None


class Run:
    """One pass forward and, when wanted, backward once and twice."""

    def __init__(self, module, inputs, dtype, call, order):
        self.inputs = [converted(x, dtype) for x in inputs]
        outputs = call(module, *self.inputs) if call else module(*self.inputs)
        self.outputs = {str(i): t for i, t in enumerate(tensors_in(outputs))}
        self.buffers = ({f"after.{n}": b for n, b in module.named_buffers()}
                        if isinstance(module, nn.Module) else {})
        self.first, self.second = {}, {}
        loss = total(list(self.outputs.values())) if order > 0 else None
        if loss is None:
            return
        leaves = {f"input{i}": t for i, t in enumerate(tensors_in(self.inputs))
                  if t.is_floating_point()}
        if isinstance(module, nn.Module):
            leaves.update({n: p for n, p in module.named_parameters() if p.requires_grad})
        self.first = self.derivatives(loss, leaves, order > 1)
        if order > 1:
            slope = total([g * g for g in self.first.values()])
            if slope is not None:
                self.second = self.derivatives(slope, leaves, False)

    def derivatives(self, of, leaves, create):
        found = torch.autograd.grad(of, list(leaves.values()), create_graph=create,
                                    allow_unused=True)
        return {n: g for n, g in zip(leaves, found) if g is not None}


def stir(module):
    """Random numbers for all parameters: what starts as 0 or 1 would hide mistakes."""
    with torch.no_grad():
        for p in module.parameters():
            p.copy_(0.5 * torch.randn(p.shape))


def start_values(module):
    return {n: torch.tensor([t.double().sum().item(), t.double().abs().sum().item()]
                            + [float(s) for s in t.shape], dtype=torch.float64)
            for n, t in module.state_dict().items()}


def same_outputs(a, b):
    return all([torch.equal(x, b.outputs[k]) for k, x in a.outputs.items()])


def round_trip(key, make, module, state, inputs, call):
    path = os.path.join(os.environ.get("TMPDIR", "/tmp"), f"layers-{os.getpid()}.safetensors")
    torch.save(state, path)
    other = make().double()
    other.train(module.training)
    again = make().double()
    again.train(module.training)
    try:
        other.load_state_dict(torch.load(path))
        again.load_state_dict(state)
    finally:
        os.remove(path)
    a, b = [Run(m, inputs, torch.float64, call, 0) for m in (other, again)]
    point(same_outputs(a, b), f"{key} saved")


class Called(nn.Module):
    """A module under the call that a case makes of it."""

    def __init__(self, module, call):
        super().__init__()
        self.module, self.call = module, call

    def forward(self, *inputs):
        return self.call(self.module, *inputs)


def onnx_trip(key, module, inputs):
    """Exported and read back, the module gives the same outputs. A refusal is a remark with
    its reason: not everything has an ONNX form."""
    path = os.path.join(os.environ.get("TMPDIR", "/tmp"), f"layers-{os.getpid()}.onnx")
    xs = [x.detach().float() if isinstance(x, torch.Tensor) and x.is_floating_point() else x
          for x in inputs]
    try:
        with torch.no_grad():
            torch.manual_seed(7)
            wanted = tensors_in(module.eval()(*xs))
            torch.onnx.export(module, tuple(xs), path)
            got = tensors_in(onnx.load(path)(*[x for x in tensors_in(xs)]))
    except Exception as reason:
        print(f"# no ONNX form: {key}: {' '.join(str(reason).split())}")
        return
    finally:
        if os.path.exists(path):
            os.remove(path)
    off = [distance(g, w) for g, w in zip(got, wanted)]
    same = len(got) == len(wanted) and all([not isinstance(d, str) and d <= 1e-4 for d in off])
    point(same, f"{key} onnx", f"{len(got)} outputs of {len(wanted)}, off by {off}")


def case(name, make, inputs, call=None, keep=False, second=True, saved=True, exact=1e-10,
         single=1e-5, only=None):
    counts[name] = counts.get(name, 0) + 1
    key = f"{name} {counts[name]}"
    try:
        run_case(key, make, inputs, call, keep, second, saved, exact, single, only)
    except Exception as problem:
        if not ADJOINT:
            raise
        point(False, f"{key} runs", f"{type(problem).__name__}: {problem}")


def run_case(key, make, inputs, call, keep, second, saved, exact, single, only):
    order = 0 if only == "forward" else 2 if second else 1
    torch.manual_seed(2000 + counts[key.split()[0]])
    module = make()
    is_module = isinstance(module, nn.Module)
    if is_module and module.state_dict():
        settle(key + " start", start_values(module), 1e-6, f"{key} start")
    xs = inputs()
    if is_module and not keep:
        stir(module)
    if is_module:
        module = module.double()
    state = {n: t.clone() for n, t in module.state_dict().items()} if is_module else {}
    wide = Run(module, xs, torch.float64, call, order)
    values = dict(wide.outputs)
    values.update(wide.buffers)
    settle(key + " forward", values, exact, f"{key} forward")
    for kind, found, tolerance in [("gradient", wide.first, exact),
                                   ("second", wide.second, exact * 10)]:
        if found or any(k.startswith(f"{key} {kind}/") for k in stored):
            settle(f"{key} {kind}", found, tolerance, f"{key} {kind}")
    if not ADJOINT:
        return
    if is_module:
        module.load_state_dict(state)
        module = module.float()
    narrow = Run(module, xs, torch.float32, call, min(order, 1))
    settle(key + " forward", {**narrow.outputs, **narrow.buffers}, single, f"{key} float32")
    if narrow.first:
        settle(key + " gradient", narrow.first, 10 * single, f"{key} float32 gradient")
    if is_module and state and saved:
        round_trip(key, make, module, state, xs, call)
    if is_module:
        onnx_trip(key, Called(module, call) if call else module, xs)


def fails(name, action, kind, message):
    """[action] must raise [kind] with [message] in its text; adjoint only."""
    counts[name] = counts.get(name, 0)
    if not ADJOINT:
        return
    try:
        action()
        point(False, f"{name} refuses: {message}", "it did not fail")
    except Exception as problem:
        text = str(problem)
        point(isinstance(problem, kind) and message in text, f"{name} refuses: {message}",
              f"{type(problem).__name__}: {text}")


def unused_records():
    """Records of cases that no longer exist."""
    heads = {f"{name} {i + 1}" for name, n in counts.items() for i in range(n)}
    return sorted({k for k in stored if k.split("/")[0].rsplit(" ", 1)[0] not in heads})


def done():
    if ADJOINT:
        left = unused_records()
        point(not left, "every record has its case", "\n".join(left[:5]))
        print(f"1..{points}")
        sys.exit(1 if failed else 0)
    from safetensors.torch import save_file
    save_file(recorded, STORE)
    print(f"{STORE}: {len(recorded)} tensors of {sum(counts.values())} cases")
