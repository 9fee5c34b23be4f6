# SPDX-License-Identifier: Apache-2.0
"""Writes tests/golden/printing.txt: statements and the exact text that PyTorch prints for them.

Each entry is `>>> statements` on one line, then the text of `print(value of the last one)`,
whose lines are each indented by a bar and a space, so that no line can look like an entry.
Random numbers appear only after torch.manual_seed. Print options changed by an entry are reset
before the next.
"""
import ast
import os
import warnings

import torch
import torch.nn as nn
import torch.nn.functional as F

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
HERE = os.path.dirname(os.path.abspath(__file__))
ENTRIES = []


def show(*texts):
    ENTRIES.extend(texts)


VALUES = [
    "1.0", "0.0", "-0.0", "1.5", "100.0", "12345.678", "99999.0", "100000.0", "1e5",
    "123456789.0", "1e8", "1e9",
    "1e-3", "1e-4", "1e-5", "0.00012345", "3.14159265", "float('inf')", "-float('inf')",
    "float('nan')", "1e38", "1e-38",
    "0.99999", "0.999999", "9.99995", "1e20", "16777216.0", "0.1", "-1e-10", "3e-45",
]
LISTS = [
    "[1.0, 2.0, 3.0]", "[1.0, 2.5]", "[-1.0, 2.0]", "[0.0, -0.0]", "[1e-8, 1.0]", "[1e-4, 1.0]",
    "[1e-5, 1.0]", "[1e8, 1.0]",
    "[1e9, 1.0]", "[1000.0, 0.001]", "[999.0, 0.9]", "[1001.0, 1.0]", "[1000.5, 1.0]",
    "[1e5, 0.5]", "[1e6, 1e-6]",
    "[1.0, float('inf')]", "[1.5, float('inf'), float('nan')]", "[float('nan'), float('nan')]",
    "[float('inf'), -1.0]",
    "[1e10, float('nan')]", "[123456.0, 7.0]", "[1234567.0, 7.5]", "[1e-7, 2e-7]",
    "[0.5, 100.25, -3.125]", "[1.0, 1e4, 1e5]",
    "[0.0, 0.0]", "[0.0, 1e-10]", "[1e15, 2e15]", "[33333333.0, 1.0]", "[1e38, 1e-38]",
    "[0.1, 0.2, 0.3]", "[1.00001, 2.0]",
    "[-5.0, -0.0, 5.0]", "[99999999.0, 5.0]", "[100000000.0, 5.0]", "[12345.5, 0.25]",
    "[1e-3, 9e-3]", "[2.0, 3.0, 1e9]",
    "[float('inf'), float('inf')]", "[-float('inf'), 0.0]", "[1e-45, 1.0]", "[-1e-4, 1e4]",
    "[0.00001, 0.00002]",
    "[1., 10., 100., 1000.]", "[1.1, 10., 100., 1000.]", "[9999.5, 1.0]", "[999.99999, 1.0]",
    "[[1.0, 2.5], [-3.0, 1e-3]]",
]
for v in VALUES:
    show(f"torch.tensor({v})", f"torch.tensor([{v}])",
         f"torch.tensor({v}, dtype=torch.float64)")
for v in LISTS:
    show(f"torch.tensor({v})", f"torch.tensor({v}, dtype=torch.float64)")
for v in LISTS[:20]:
    show(f"torch.tensor({v}, dtype=torch.float16)", f"torch.tensor({v}, dtype=torch.bfloat16)")
for v in ("1", "-1", "0", "[1, 2, 3]", "[1, -2, 300]", "[[1, 20], [300, 4000]]", "[-1, 0]",
          "[9223372036854775807, -1]",
          "[10, 5, -100]", "[[], []]", "[]"):
    show(f"torch.tensor({v})", f"torch.tensor({v}, dtype=torch.int32)" if "922" not in v
         else f"torch.tensor({v})")
show("torch.tensor([1, 200], dtype=torch.uint8)", "torch.tensor([True, False])",
     "torch.tensor(True)", "torch.tensor(False)",
     "torch.tensor([[True], [False]])", "torch.zeros(0, dtype=torch.bool)",
     "torch.ones(3, dtype=torch.bool)",
     "torch.zeros(2, 3, dtype=torch.int64)", "torch.zeros(2, 0, dtype=torch.uint8)")
for shape in ("0", "0, 3", "3, 0", "2, 0, 2", "1", "1, 1", "1, 1, 1", "2, 3", "2, 1, 3",
              "2, 2, 2", "2, 1, 2, 1", "1, 2, 3, 2",
              "1, 1, 1, 1, 1", "2, 2, 1, 2, 2"):
    for dtype in ("", ", dtype=torch.float64", ", dtype=torch.int64", ", dtype=torch.float16"):
        show(f"torch.zeros({shape}{dtype})")
for n in (5, 10, 15, 20, 21, 30, 50, 100, 999, 1000, 1001, 1100, 5000):
    show(f"torch.arange({n})", f"torch.arange({n}) * 1.5", f"torch.arange({n}) - 3")
for shape in ("(10, 100)", "(10, 101)", "(1001, 1)", "(1, 1001)", "(20, 7, 8)", "(7, 7, 21)",
              "(3, 4, 5, 20)", "(8, 8, 8, 2)",
              "(6, 300)", "(5, 500)", "(2, 3, 4)", "(40, 6)", "(6, 40)", "(3, 30)", "(7, 150)"):
    n = eval(shape.replace(", ", "*"))
    show(f"torch.arange({n}).reshape({shape})", f"torch.arange({n}).reshape({shape}) / 7",
         f"torch.arange({n}, dtype=torch.float64).reshape({shape})")
show("torch.zeros(1000)", "torch.zeros(1001)", "torch.ones(50, 50)", "torch.eye(40)",
     "torch.eye(5)",
     "torch.zeros(30, 40) > 0",
     "torch.arange(2000).t() if False else torch.arange(2000).reshape(50, 40).t()",
     "torch.arange(12.0).reshape(3, 4).t()", "torch.arange(12.0).reshape(3, 4)[:, ::2]",
     "torch.arange(3.0).expand(2, 3)",
     "torch.cat([torch.full((1500,), 1e10), torch.zeros(2)])",
     "torch.cat([torch.zeros(1500), torch.full((1,), 0.5)])",
     "x = torch.zeros(1500); x[700] = 12345.678; x",
     "x = torch.zeros(1500); x[1] = float('nan'); x")
for seed in range(4):
    for text in ("torch.rand(3)", "torch.randn(3, 4)", "torch.randn(2, 3, 4)", "torch.rand(30)",
                 "torch.randn(40, 40)",
                 "torch.randn(5) * 1000", "torch.randn(5) * 1e-3", "torch.randn(5) * 1e6",
                 "torch.randn(2000)",
                 "torch.randn(5, dtype=torch.float64)", "torch.randn(3, 30) * 100",
                 "torch.randint(0, 1000, (4, 5))",
                 "torch.randint(-5, 5, (3, 40))", "torch.exp(torch.randn(6) * 5)",
                 "torch.exp(torch.randn(6) * 10)",
                 "torch.rand(4).half()", "torch.randn(4).bfloat16()", "torch.rand(3, 4) > 0.5"):
        show(f"torch.manual_seed({seed}); {text}")

# autograd suffixes
X = "x = torch.tensor([1.0, 2.0], requires_grad=True); "
for text in ("x", "x * 2", "x + 1", "x.sum()", "x.exp()", "x.view(2, 1)", "x @ x", "x.mean()",
             "-x", "x / 3", "x - 1", "x ** 2",
             "x.tanh()", "x.relu()", "F.softmax(x, dim=0)", "x.detach()", "x[0]", "x[x > 1]",
             "x.clone()", "x.t()",
             "x.unsqueeze(0)", "x.reshape(2)", "x.expand(3, 2)", "x.max()", "x.max(0)",
             "x.sort()", "x.sigmoid()", "x.log()",
             "x.sqrt()", "x.abs()", "x.norm()", "torch.cat([x, x])", "torch.stack([x, x])",
             "x.double()", "x.double() * 2",
             "x.half()", "F.mse_loss(x, x * 2)", "x > 1", "x.grad", "x.requires_grad_(False)",
             "x.expand(600, 2) * 1.5",
             "F.linear(torch.ones(3, 2), x.view(1, 2))", "F.gelu(x)", "x.std()", "x.var()",
             "x.prod()", "x.cumsum(0)",
             "torch.where(x > 1, x, 0)", "F.log_softmax(x, 0)", "x.clamp(0, 1)", "x.min()",
             "x.select(0, 1)", "x.sin()",
             "x.squeeze()", "x.permute(0)", "x.flip(0)", "x.logsumexp(0)",
             "x.masked_fill(x > 1, 0)", "F.dropout(x, 0.0)",
             "F.cross_entropy(x, torch.tensor(1))", "F.leaky_relu(x)", "F.elu(x)", "F.silu(x)",
             "F.softplus(x)",
             "x.gather(0, torch.tensor([0]))", "x.index_select(0, torch.tensor([0]))",
             "x.repeat(2)", "x.outer(x)",
             "torch.einsum('i,i->', x, x)", "x.median()", "x.topk(1)", "x.transpose(0, 0)",
             "x.pow(3.0)", "2 ** x", "2 / x",
             "1 - x", "x.sum(0, keepdim=True)", "torch.maximum(x, x + 1)", "x.narrow(0, 0, 1)",
             "x.roll(1)", "x.diag()",
             "x.unbind()", "x.split(1)", "x.chunk(2)", "x.square()", "x.rsqrt()",
             "x.reciprocal()", "x.erf()", "x.log1p()",
             "x.expm1()", "x.cos()", "x.atan()", "x.floor()", "x.round()", "x.sign()",
             "x.trunc()", "torch.lerp(x, x * 2, 0.5)",
             "torch.addcmul(x, x, x)", "x.amax()", "x.flatten()", "x.view(1, 2).flatten()",
             "x.tril()" if False else "x.view(1, 2).tril()",
             "F.l1_loss(x, x * 2)", "F.smooth_l1_loss(x, x * 2)",
             "F.binary_cross_entropy_with_logits(x, x.detach() * 0)",
             "F.nll_loss(x.view(1, 2), torch.tensor([0]))", "F.layer_norm(x, (2,))",
             "F.embedding(torch.tensor([0]), x.view(2, 1))",
             "F.normalize(x, dim=0)", "F.cosine_similarity(x, x * 3, dim=0)",
             "x.view(1, 2) @ x.view(2, 1)",
             "torch.bmm(x.view(1, 1, 2), x.view(1, 2, 1))",
             "torch.addmm(x, x.view(2, 1), x.view(1, 2))", "F.pad(x, (1, 1))",
             "x.scatter(0, torch.tensor([0]), 5.0)", "x.index_add(0, torch.tensor([0]), x[:1])",
             "x.unfold(0, 1, 1)"):
    show(X + text)
show("x = torch.zeros(3, requires_grad=True); y = x.clone(); y[0] = 1; y",
     "torch.zeros(2, 2, requires_grad=True)",
     "torch.zeros(25, requires_grad=True)", "torch.zeros(19, requires_grad=True)",
     "torch.zeros(0, requires_grad=True)",
     "torch.zeros(0, 3, requires_grad=True)",
     "torch.zeros(12, dtype=torch.float64, requires_grad=True)",
     "torch.zeros(20, 30, requires_grad=True) * 1.0",
     "x = torch.ones(2, requires_grad=True); x.sum().backward(); x.grad",
     "nn.Parameter(torch.zeros(2))", "nn.Parameter(torch.ones(2, 2))",
     "nn.Parameter(torch.tensor(1.5))",
     "nn.Parameter(torch.zeros(2), requires_grad=False)",
     "list(nn.Linear(1, 1, bias=False).parameters())[0].shape",
     "torch.manual_seed(0); nn.Linear(2, 3).weight",
     "torch.manual_seed(0); nn.Linear(2, 3)(torch.ones(1, 2))",
     "torch.manual_seed(0); nn.Linear(30, 30).bias",
     "torch.manual_seed(0); nn.Embedding(3, 2).weight")

# containers and strings
show("[torch.tensor(1.0), torch.tensor([2, 3])]", "(torch.zeros(2), 1)",
     "{'a': torch.tensor([1.5])}", "torch.zeros(2, 3).shape",
     "torch.zeros(2, 3).size()", "torch.zeros(()).shape", "torch.zeros(3).shape",
     "torch.zeros(2).dtype", "torch.int64",
     "torch.zeros(2).device", "torch.float16", "torch.bool", "torch.bfloat16", "torch.uint8",
     "torch.tensor([1, 2]).max(0)",
     "torch.tensor([3.0, 1.0]).sort()", "torch.tensor([3.0, 1.0]).topk(1)",
     "torch.tensor([[3.0, 1.0]]).median(1)",
     "torch.tensor([3, 1]).min(dim=0)", "torch.tensor([3.0, 1.0]).kthvalue(1)",
     "torch.tensor([3.0, 1.0]).cummax(0)",
     "f'{torch.tensor(1.23456):.2f}'", "f'{torch.tensor([1.5])}'", "str(torch.tensor(3))",
     "repr(torch.tensor([1.0]))",
     "'%s' % torch.tensor(2.5)", "f'{torch.tensor(7)}'", "f'{torch.tensor(7):d}'",
     "'{:.3f}'.format(torch.tensor(2.0))",
     "torch.tensor(2.5).item()", "torch.tensor([0.1, 0.2]).tolist()",
     "torch.tensor([[1, 2]]).tolist()",
     "float(torch.tensor(0.1))", "torch.tensor(0.1).item()", "int(torch.tensor(3))",
     "bool(torch.tensor(0))",
     "torch.tensor([1.0]).unique(return_counts=True)", "torch.zeros(2, 3).numel()",
     "torch.unique(torch.tensor([2, 1, 2]))")
# modules
for text in ("nn.Linear(3, 4)", "nn.Linear(3, 4, bias=False)", "nn.ReLU()", "nn.Tanh()",
             "nn.Sigmoid()", "nn.GELU()",
             "nn.GELU(approximate='tanh')", "nn.SiLU()", "nn.LeakyReLU(0.2)", "nn.LeakyReLU()",
             "nn.ELU()", "nn.ELU(0.5)", "nn.SELU()", "nn.Mish()",
             "nn.Hardswish()", "nn.Hardsigmoid()", "nn.Identity()", "nn.Softplus()",
             "nn.Softmax(dim=-1)", "nn.LogSoftmax(dim=1)", "nn.Flatten()",
             "nn.Dropout()", "nn.Dropout(0.25)", "nn.Embedding(10, 4)",
             "nn.Embedding(10, 4, padding_idx=0)", "nn.LayerNorm(5)",
             "nn.LayerNorm((2, 3), eps=1e-6)", "nn.LayerNorm(4, elementwise_affine=False)",
             "nn.BatchNorm1d(3)", "nn.BatchNorm1d(3, momentum=0.2, affine=False)",
             "nn.PReLU()", "nn.PReLU(3)", "nn.MSELoss()", "nn.CrossEntropyLoss()",
             "nn.L1Loss()", "nn.Sequential()",
             "nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))",
             "nn.Sequential(nn.Sequential(nn.Linear(1, 2), nn.Tanh()), "
             "nn.Sequential(nn.Dropout(0.1)))",
             "nn.ModuleList([nn.Linear(1, 2), nn.Linear(2, 1)])",
             "nn.ModuleList([nn.ReLU(), nn.ReLU(), nn.ReLU()])", "nn.ModuleList()",
             "nn.ModuleDict({'a': nn.ReLU(), 'b': nn.Linear(1, 1)})"):
    show(text)

# options
BIG = "torch.arange(1200.0).reshape(30, 40) / 3"
for option in ("precision=2", "precision=8", "precision=0", "threshold=5", "threshold=10000",
               "edgeitems=1", "edgeitems=5",
               "linewidth=40", "linewidth=120", "sci_mode=True", "sci_mode=False",
               "profile='short'", "profile='full'",
               "precision=2, sci_mode=True", "threshold=3, edgeitems=2"):
    for text in ("torch.tensor([1.23456789, 1000.0, 1e-5])", "torch.arange(30.0)"
                 if "10000" in option else BIG, "torch.arange(40)"):
        show(f"torch.set_printoptions({option}); {text}")
show("torch.set_printoptions(precision=2); torch.set_printoptions(profile='default'); "
     "torch.tensor(3.14159)")


def value(text):
    tree = ast.parse(text)
    scope = {"torch": torch, "nn": nn, "F": F}
    last = ast.Expression(tree.body.pop().value)
    exec(compile(tree, "entry", "exec"), scope)
    return eval(compile(last, "entry", "eval"), scope)


def main():
    wrong = 0
    with open(os.path.join(HERE, "..", "printing.txt"), "w") as f:
        for text in ENTRIES:
            torch.set_printoptions(profile="default", sci_mode=None)
            try:
                shown = str(value(text))
            except Exception as e:
                print(f"{text}: {type(e).__name__}: {e}")
                wrong += 1
                continue
            f.write(f">>> {text}\n" + "".join(f"| {line}\n" for line in shown.split("\n")))
    print(f"printing: {len(ENTRIES)} entries")
    return wrong


if __name__ == "__main__":
    raise SystemExit(main() != 0)
