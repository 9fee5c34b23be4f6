# SPDX-License-Identifier: Apache-2.0
# Activations, dropout, tables of vectors and the layers of few parameters around them.
from layers import F, case, done, fails, nn, torch

# Activations: the module as it comes, its other arguments, and the function.
x = lambda: [2 * torch.randn(3, 4)]
wide = lambda: [2 * torch.randn(2, 4, 3)]


def seeded(m, a):
    """m(a) with the same random numbers every time."""
    torch.manual_seed(11)
    return m(a)


PLAIN = ["ReLU", "ReLU6", "Sigmoid", "Tanh", "GELU", "SiLU", "SELU", "Mish", "Hardswish",
         "Hardsigmoid", "LogSigmoid", "Softsign", "Tanhshrink", "LeakyReLU", "ELU", "CELU",
         "Softplus", "Hardtanh", "Hardshrink", "Softshrink", "RReLU", "GLU", "PReLU"]
for name in PLAIN:
    make = getattr(nn, name)
    # PyTorch has no second derivative of Hardsigmoid and rounds 1/6 in its first to float32.
    hard = name == "Hardsigmoid"
    how = {"second": not hard, "exact": 1e-7 if hard else 1e-10,
           "call": seeded if name == "RReLU" else None, "saved": name == "PReLU"}
    case(name, make, x, **how)
    case(name, make, wide if name != "GLU" else x, **how)
    case(name, make, lambda: [torch.randn(4)], **how)
    case(name, lambda: nn.Sequential(nn.Linear(3, 4), make(), nn.Linear(
        2 if name == "GLU" else 4, 2)), lambda: [torch.randn(5, 3)], **how)
    case(name, make, lambda: [torch.randn(4, 5).t()], **how)
case("GELU", lambda: nn.GELU(approximate="tanh"), x)
case("LeakyReLU", lambda: nn.LeakyReLU(0.3), x)
case("ELU", lambda: nn.ELU(0.5), x)
case("CELU", lambda: nn.CELU(0.5), x)
case("Softplus", lambda: nn.Softplus(2.0, 3.0), x)
case("Hardtanh", lambda: nn.Hardtanh(-0.5, 2.0), x)
case("Hardshrink", lambda: nn.Hardshrink(0.9), x)
case("Softshrink", lambda: nn.Softshrink(0.9), x)
case("RReLU", lambda: nn.RReLU(0.2, 0.6), x, call=seeded)
case("RReLU", lambda: nn.RReLU(0.2, 0.6).eval(), x)
case("RReLU", lambda: nn.RReLU(0.3, 0.3), x)
case("GLU", lambda: nn.GLU(1), wide)
case("PReLU", lambda: nn.PReLU(4, init=0.1), x)
case("PReLU", lambda: nn.PReLU(4), wide)
case("Threshold", lambda: nn.Threshold(0.1, 20.0), x)
case("Threshold", lambda: nn.Threshold(-1.0, -3.0), wide)
case("Threshold", lambda: nn.Threshold(0.0, 0.0), lambda: [torch.randn(4)])
case("Threshold", lambda: nn.Threshold(1, 2), x)
case("Threshold", lambda: nn.Threshold(threshold=0.5, value=-0.5), x)
for name in ("Softmax", "LogSoftmax", "Softmin"):
    make = getattr(nn, name)
    for dim in (-1, 0, 1):
        case(name, lambda: make(dim), x)
    case(name, lambda: make(dim=2), wide)
    case(name, lambda: make(dim=0), lambda: [torch.randn(4)])
for shape in ((2, 3, 2, 2), (3, 2, 2), (1, 1, 2, 2), (2, 4, 1, 1), (2, 3, 1, 5)):
    case("Softmax2d", nn.Softmax2d, lambda: [torch.randn(*shape)])
for name in ("relu", "elu", "celu", "selu", "leaky_relu", "hardtanh", "rrelu"):
    f = getattr(F, name)
    into = getattr(F, name + "_")
    case("F." + name, lambda: f, x)
    case("F." + name, lambda: f, x, call=lambda m, a: m(a * 1, inplace=True))
    case("F." + name, lambda: into, x, call=lambda m, a: m(a * 1))
case("F.threshold_", lambda: F.threshold_, x, call=lambda m, a: m(a * 1, 0.1, 0.7))
case("F.gumbel_softmax", lambda: F.gumbel_softmax, lambda: [torch.randn(3, 4)],
     call=lambda m, a: torch.where(m(a, tau=0.7).sum(-1) > 0.999, a.sum(-1), 0.0))
fails("RReLU", lambda: nn.RReLU(0.5, 0.1), ValueError, "lower has to be at most upper")
fails("Hardtanh", lambda: nn.Hardtanh(1.0, -1.0), ValueError, "max_val must be above min_val")
fails("GLU", lambda: nn.GLU()(torch.randn(3)), RuntimeError, "must be even")

# Dropout draws; without training it does nothing, and p = 1 leaves nothing.
for name, shape in (("Dropout", (3, 4)), ("Dropout1d", (2, 3, 4)), ("Dropout2d", (2, 3, 2, 2)),
                    ("Dropout3d", (2, 3, 2, 2, 2)), ("AlphaDropout", (3, 4)),
                    ("FeatureAlphaDropout", (2, 3, 4))):
    make = getattr(nn, name)
    draw = lambda: [torch.randn(*shape)]
    case(name, lambda: make(0.3).eval(), draw)
    case(name, lambda: make(0.0), draw)
    case(name, lambda: make(1.0), draw)
    case(name, lambda: make(0.5, inplace=True).eval(), draw)
    case(name, lambda: nn.Sequential(make(0.0), make(0.7).eval()), draw)
    fails(name, lambda: make(1.5), ValueError, "between 0 and 1, but got 1.5")

# Tables.
numbers = lambda: [torch.randint(0, 7, (3, 4))]
case("Embedding", lambda: nn.Embedding(7, 3), numbers)
case("Embedding", lambda: nn.Embedding(7, 3, padding_idx=2), numbers)
case("Embedding", lambda: nn.Embedding(7, 3, padding_idx=-1, scale_grad_by_freq=True), numbers)
case("Embedding", lambda: nn.Embedding(7, 3, max_norm=0.5), numbers, saved=False)
case("Embedding", lambda: nn.Embedding(7, 3, max_norm=0.7, norm_type=1.0), numbers,
     saved=False)
case("Embedding", lambda: nn.Embedding(7, 3), lambda: [torch.tensor(3)])
case("Embedding", lambda: nn.Embedding(3, 2, _weight=torch.arange(6.0).reshape(3, 2)),
     lambda: [torch.tensor([2, 0])])
fails("Embedding", lambda: nn.Embedding(3, 2)(torch.tensor([3])), IndexError,
      "embedding: index 3 is out of bounds for dimension 0 with size 3")
fails("Embedding", lambda: nn.Embedding(3, 2, padding_idx=3), ValueError,
      "padding_idx must be within num_embeddings (3), got 3")

for mode in ("sum", "mean", "max"):
    order = mode != "max"
    case("EmbeddingBag", lambda: nn.EmbeddingBag(7, 3, mode=mode), numbers, second=order)
    case("EmbeddingBag", lambda: nn.EmbeddingBag(7, 3, mode=mode),
         lambda: [torch.randint(0, 7, (6,)), torch.tensor([0, 2, 2, 5])], second=order)
    case("EmbeddingBag", lambda: nn.EmbeddingBag(7, 3, mode=mode, padding_idx=1), numbers,
         second=order)
    case("EmbeddingBag", lambda: nn.EmbeddingBag(7, 3, mode=mode, include_last_offset=True),
         lambda: [torch.randint(0, 7, (6,)), torch.tensor([0, 1, 4, 6])], second=order)
    case("EmbeddingBag", lambda: nn.EmbeddingBag(7, 3, mode=mode, max_norm=0.5), numbers,
         second=order, saved=False)
case("EmbeddingBag", lambda: nn.EmbeddingBag(7, 3, mode="sum"),
     lambda: [torch.randint(0, 7, (2, 4)), torch.randn(2, 4)],
     call=lambda m, a, w: m(a, per_sample_weights=w), second=False)
case("EmbeddingBag", lambda: nn.EmbeddingBag(7, 3, mode="sum", padding_idx=0),
     lambda: [torch.randint(0, 7, (6,)), torch.tensor([0, 4]), torch.randn(6)],
     second=False)
case("EmbeddingBag", lambda: nn.EmbeddingBag(7, 3, scale_grad_by_freq=True), numbers,
     second=False)
fails("EmbeddingBag", lambda: nn.EmbeddingBag(7, 3, mode="min")(torch.zeros(1, 2).long()),
      ValueError, "mode has to be one of sum, mean or max")
fails("EmbeddingBag", lambda: nn.EmbeddingBag(7, 3)(torch.zeros(2).long()), ValueError,
      "offsets has to be a 1D Tensor")
fails("EmbeddingBag", lambda: nn.EmbeddingBag(7, 3)(
    torch.zeros(2).long(), torch.tensor([1])), ValueError, "offsets[0] has to be 0")

table = torch.arange(12.0).reshape(4, 3)
case("Embedding", lambda: nn.Embedding.from_pretrained(table, freeze=False, padding_idx=1),
     lambda: [torch.tensor([[1, 3], [0, 2]])])
case("Embedding", lambda: nn.Embedding.from_pretrained(table), lambda: [torch.tensor([1, 3])])
case("EmbeddingBag", lambda: nn.EmbeddingBag.from_pretrained(table, freeze=False, mode="sum"),
     lambda: [torch.tensor([[1, 3], [0, 2]])])
fails("Embedding", lambda: nn.Embedding.from_pretrained(torch.ones(3)), ValueError,
      "expected to be 2-dimensional")
fails("EmbeddingBag", lambda: nn.EmbeddingBag(4, 3).forward_bag(
    torch.tensor([1, 2]), torch.tensor([0]), 3), ValueError, "mode must be 0 (sum), 1 (mean)")

# Weights made of other parameters; the power method's start is drawn, so it is set here.
once = torch.nn.utils.parametrizations
u = torch.nn.utils


def started(m, names=("weight_u", "weight_v")):
    """The module with the power method's vectors at (1, 2, ...) / length."""
    for name in names:
        t = m
        for part in name.split("."):
            t = getattr(t, part)
        n = torch.arange(1.0, t.numel() + 1)
        with torch.no_grad():
            t.copy_(n / n.norm())
    return m


NEW = ("parametrizations.weight.0._u", "parametrizations.weight.0._v")
# PyTorch's second derivative by v is wrong where it has a kernel (its gradgradcheck fails): the
# one case without a kernel, dim=None, compares it.
for name, norm in (("weight_norm", u.weight_norm),
                   ("parametrized_weight_norm", once.weight_norm)):
    case(name, lambda: norm(nn.Linear(3, 4)), lambda: [torch.randn(5, 3)], keep=True,
         second=False)
    case(name, lambda: norm(nn.Linear(3, 4), dim=1), lambda: [torch.randn(5, 3)], second=False)
    case(name, lambda: norm(nn.Linear(3, 4), dim=None), lambda: [torch.randn(5, 3)])
    case(name, lambda: norm(nn.Conv1d(2, 3, 2)), lambda: [torch.randn(2, 2, 5)], second=False)
    case(name, lambda: nn.Sequential(norm(nn.Linear(3, 4, bias=False)), nn.Tanh(), norm(
        nn.Linear(4, 2))), lambda: [torch.randn(5, 3)], second=False)
case("weight_norm", lambda: u.remove_weight_norm(u.weight_norm(nn.Linear(3, 4))),
     lambda: [torch.randn(5, 3)], keep=True)
for name, norm, names in (("spectral_norm", u.spectral_norm, ("weight_u", "weight_v")),
                          ("parametrized_spectral_norm", once.spectral_norm, NEW)):
    case(name, lambda: started(norm(nn.Linear(3, 4)), names).eval(),
         lambda: [torch.randn(5, 3)], keep=True)
    case(name, lambda: started(norm(nn.Linear(3, 4)), names), lambda: [torch.randn(5, 3)],
         saved=False, single=1e-4)
    case(name, lambda: started(norm(nn.Linear(3, 4), n_power_iterations=3), names),
         lambda: [torch.randn(5, 3)], saved=False, single=1e-4)
    case(name, lambda: started(norm(nn.Conv1d(2, 3, 2)), names).eval(),
         lambda: [torch.randn(2, 2, 5)])
    case(name, lambda: started(norm(nn.Linear(3, 4, bias=False), dim=1), names).eval(),
         lambda: [torch.randn(5, 3)])
fails("weight_norm", lambda: u.remove_weight_norm(nn.Linear(3, 4)), ValueError,
      "weight_norm of 'weight' not found")
fails("spectral_norm", lambda: u.spectral_norm(nn.Linear(3, 4), n_power_iterations=0),
      ValueError, "to be positive, but got n_power_iterations=0")

# Shapes and products.
for bias in (True, False):
    case("Bilinear", lambda: nn.Bilinear(3, 4, 2, bias=bias),
         lambda: [torch.randn(5, 3), torch.randn(5, 4)])
    case("Bilinear", lambda: nn.Bilinear(2, 3, 4, bias=bias),
         lambda: [torch.randn(2, 3, 2), torch.randn(2, 3, 3)])
case("Bilinear", lambda: nn.Bilinear(3, 4, 2), lambda: [torch.randn(3), torch.randn(4)])
fails("Bilinear", lambda: nn.Bilinear(3, 4, 2)(torch.randn(5, 3)), TypeError, "input2")
for shape in ((2, 3, 4), (3,), (2, 1, 2, 2), (0, 2), (1, 5)):
    case("Identity", nn.Identity, lambda: [torch.randn(*shape)])
case("Flatten", nn.Flatten, lambda: [torch.randn(2, 3, 4)])
case("Flatten", lambda: nn.Flatten(0), lambda: [torch.randn(2, 3, 4)])
case("Flatten", lambda: nn.Flatten(1, 2), lambda: [torch.randn(2, 3, 4, 2)])
case("Flatten", lambda: nn.Flatten(-2), lambda: [torch.randn(2, 3, 4)])
case("Flatten", nn.Flatten, lambda: [torch.randn(2, 5)])
case("Unflatten", lambda: nn.Unflatten(1, (2, 3)), lambda: [torch.randn(4, 6)])
case("Unflatten", lambda: nn.Unflatten(1, (2, -1)), lambda: [torch.randn(4, 6)])
case("Unflatten", lambda: nn.Unflatten(-1, (2, 2, 2)), lambda: [torch.randn(3, 2, 8)])
case("Unflatten", lambda: nn.Unflatten(0, (2, 2)), lambda: [torch.randn(4, 3)])
case("Unflatten", lambda: nn.Unflatten(2, (3, 1)), lambda: [torch.randn(2, 2, 3)])

done()
