# SPDX-License-Identifier: Apache-2.0
# Losses beyond PyTorch's, its CTC, and layers of a special make.
from layers import F, case, done, fails, nn, torch

ALL = ("none", "mean", "sum")


def boxes(n):
    corner = torch.rand(n, 2)
    return torch.cat([corner, corner + 0.2 + torch.rand(n, 2)], 1)


def bits(*shape):
    return torch.randint(0, 2, shape)


def three(n=4, d=3):
    return [torch.randn(n, d), torch.randn(n, d), torch.randn(n, d)]


# Each loss with every reduction, and with other options: (name, options, inputs).
LOSSES = [
    ("FocalLoss", [{}, {"alpha": 0.6, "gamma": 1.5}],
     lambda: [torch.randn(4, 3), bits(4, 3)]),
    ("FocalLoss", [{"mode": "softmax"}, {"mode": "softmax", "alpha": 1.0, "gamma": 3.0}],
     lambda: [torch.randn(4, 5), torch.randint(0, 5, (4,))]),
    ("IoULoss", [{}, {}], lambda: [boxes(5), boxes(5)]),
    ("GIoULoss", [{}, {}], lambda: [boxes(5), boxes(5)]),
    ("DIoULoss", [{}, {}], lambda: [boxes(5), boxes(5)]),
    ("CIoULoss", [{}, {}], lambda: [boxes(5), boxes(5)]),
    ("UncertaintyLoss", [{}, {}],
     lambda: [torch.randn(5), torch.randn(5), torch.randn(5)]),
    ("ContrastiveLoss", [{}, {"margin": 3.0}],
     lambda: [torch.randn(5, 3), torch.randn(5, 3), bits(5)]),
    ("TripletCosineLoss", [{}, {"margin": 0.8}], three),
    ("CrystallizationLoss", [{}, {"convergence_weight": 2.0, "target_velocity": 0.4}],
     lambda: three() + [torch.rand(4)]),
    ("ArgusLoss", [{}, {"margin": 0.5, "phase_weight": 1.5}],
     lambda: three() + [torch.randn(4, 6), torch.randn(4, 6)]),
    ("EchoLoss", [{}, {"prediction_weight": 0.5, "speaker_weight": 2.0, "margin": 0.1}],
     lambda: [torch.randn(4, 5, 2), torch.randn(4, 5, 2)] + three()),
    ("ThemisLoss", [{}, {"bce_weight": 0.5, "triplet_weight": 1.0, "calibration_weight": 2.0,
                         "margin": 0.6}],
     lambda: [0.1 + 0.8 * torch.rand(4), bits(4), torch.rand(4)] + three()),
    ("LivenessLoss", [{}, {"smoothness_weight": 1.0, "variance_weight": 2.0,
                           "classification_weight": 0.5, "smoothness_target": -0.5,
                           "variance_target": 2.0}],
     lambda: [0.1 + 0.8 * torch.rand(4), bits(4), torch.randn(4, 7)]),
]
for name, options, inputs in LOSSES:
    make = getattr(nn, name)
    for chosen in options:
        for r in ALL:
            case(name, lambda: make(reduction=r, **chosen), inputs, exact=1e-9)
fails("FocalLoss", lambda: nn.FocalLoss(mode="hard")(torch.ones(2), torch.ones(2)), ValueError,
      "mode must be 'sigmoid' or 'softmax', got 'hard'")
fails("GIoULoss", lambda: nn.GIoULoss()(torch.ones(2, 4), torch.ones(3, 4)), ValueError,
      "boxes must be (..., 4)")
fails("IoULoss", lambda: nn.IoULoss("best")(boxes(2), boxes(2)), ValueError,
      "reduction must be 'none', 'mean' or 'sum', got 'best'")

labels = lambda: torch.randint(0, 4, (5,))
for r in ALL:
    case("CenterLoss", lambda: nn.CenterLoss(4, 3, reduction=r),
         lambda: [torch.randn(5, 3), labels()])
    case("CenterLoss", lambda: nn.CenterLoss(4, 3, weight=0.5, alpha=0.7, reduction=r),
         lambda: [torch.randn(5, 3), labels(), torch.randn(5)])
    for Angular in (nn.AngularMarginLoss, nn.ArcFaceLoss):
        name = Angular.__name__
        case(name, lambda: Angular(3, 4, reduction=r), lambda: [torch.randn(5, 3), labels()],
             exact=1e-8, single=1e-4)
        case(name, lambda: Angular(3, 4, margin=0.2, scale=8.0, reduction=r),
             lambda: [torch.randn(5, 3), labels(), torch.randn(5)], exact=1e-8, single=1e-4)
for weight, target in ((0.01, 0.1), (1.0, -0.5), (2.0, 0.0), (0.5, 0.05), (3.0, -0.2)):
    case("DiversityRegularization", lambda: nn.DiversityRegularization(weight, target),
         lambda: [torch.randn(4, 3) + 0.5])

# The centre of a box from a place in it, as torch has no such function.
distances = lambda: [0.2 + torch.rand(3) for _ in range(4)]
if not hasattr(F, "compute_centerness"):
    F.compute_centerness = lambda l, r, t, b: torch.sqrt(
        torch.where(l < r, l / r, r / l) * torch.where(t < b, t / b, b / t))
for _ in range(5):
    case("compute_centerness", lambda: F.compute_centerness, distances)

# PyTorch's losses that are written in the language.
triples = lambda: [torch.randn(5, 3), torch.randn(5, 3), torch.randn(5, 3)]
manhattan = lambda a, b: (a - b).abs().sum(-1)
for r in ALL:
    case("TripletMarginWithDistanceLoss", lambda: nn.TripletMarginWithDistanceLoss(
        reduction=r), triples)
    case("TripletMarginWithDistanceLoss", lambda: nn.TripletMarginWithDistanceLoss(
        distance_function=manhattan, margin=0.4, swap=True, reduction=r), triples)


def speech(m, x, targets, steps, lengths):
    return m(torch.log_softmax(x, -1), targets, steps, lengths)


rows = torch.tensor([[1, 2, 2, 3], [3, 1, 0, 0], [2, 2, 2, 1]])
for r in ALL:
    case("CTCLoss", lambda: nn.CTCLoss(reduction=r),
         lambda: [torch.randn(9, 3, 4), rows, torch.tensor([9, 7, 8]),
                  torch.tensor([4, 2, 4])], call=speech, second=False)
    case("CTCLoss", lambda: nn.CTCLoss(blank=3, reduction=r, zero_infinity=True),
         lambda: [torch.randn(6, 2, 4), torch.tensor([0, 1, 1, 1, 2, 2, 2]), (6, 5), (3, 4)],
         call=speech, second=False)
case("CTCLoss", nn.CTCLoss, lambda: [torch.randn(6, 4), torch.tensor([1, 1, 2]),
                                     torch.tensor(6), torch.tensor(3)], call=speech,
     second=False)
fails("CTCLoss", lambda: nn.CTCLoss()(torch.randn(3, 1, 4), torch.tensor([[7]]), (3,), (1,)),
      RuntimeError, "must be in label range 0..3, got 7")
fails("CTCLoss", lambda: nn.CTCLoss()(torch.randn(3, 1, 4), torch.tensor([[1]]), (5,), (1,)),
      RuntimeError, "at most 3")

# Residual blocks and mixtures of experts.
x = lambda: [torch.randn(2, 3, 4)]
case("ResidualBlock", lambda: nn.ResidualBlock(nn.Linear(4, 4)), x)
case("ResidualBlock", lambda: nn.ResidualBlock(nn.Linear(4, 6)).with_downsample(
    nn.Linear(4, 6, bias=False)), x)
case("ResidualBlock", lambda: nn.ResidualBlock(nn.Sequential(
    nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 4))).without_activation(), x)
case("ResidualBlock", lambda: nn.ResidualBlock(nn.Linear(4, 4)).with_activation(nn.GELU()), x)
case("ResidualBlock", lambda: nn.ResidualBlock(nn.Sequential(
    nn.BatchNorm1d(3), nn.Tanh())), x, saved=False)
fails("ResidualBlock", lambda: nn.ResidualBlock(nn.Linear(4, 6))(torch.randn(2, 4)), ValueError,
      "with_downsample(module) makes them alike")
for d, ff in ((4, 6), (4, 4), (4, 1), (4, 9), (4, 2)):
    case("Expert", lambda: nn.Expert(d, ff), x)
everything = lambda m, a: [m(a), m.aux_loss, m.expert_utilization()]
for n, k in ((4, 2), (3, 1), (3, 3), (5, 4), (2, 2)):
    case("MoERouter", lambda: nn.MoERouter(4, n, k), x,
         call=lambda m, a: [m(a)[0], m(a)[2]])
    case("MoELayer", lambda: nn.MoELayer(4, 3, n, k), x, call=everything)
fails("MoERouter", lambda: nn.MoERouter(4, 2, 3), ValueError, "between 1 and num_experts (2)")

# Few different, few non-zero weights.
for i, o, bias in ((4, 3, True), (4, 2, False), (4, 5, True), (4, 1, True), (4, 7, False)):
    case("TernaryLinear", lambda: nn.TernaryLinear(i, o, bias=bias), x)
    case("SparseLinear", lambda: nn.SparseLinear(i, o, bias=bias), x)
    case("SparseLinear", lambda: nn.SparseLinear(i, o, bias=bias, structured=True), x)
for lam, size in ((0.1, 2), (1.0, 5), (0.5, 24), (2.0, 3), (0.3, 100)):
    case("GroupSparsity", lambda: nn.GroupSparsity(lam, size), x)

# Graphs and spectra.
edges = torch.tensor([[1.0, 1, 0, 0], [1, 1, 1, 0], [0, 0, 0, 0], [1, 0, 0, 1]])
for shape in ((4, 3), (2, 4, 3), (1, 4, 3), (3, 4, 3), (5, 4, 3)):
    case("GCNConv", lambda: nn.GCNConv(3, 2), lambda: [torch.randn(*shape), torch.rand(4, 4)])
    case("GATConv", lambda: nn.GATConv(3, 2, heads=len(shape)),
         lambda: [torch.randn(*shape)], call=lambda m, a: m(a, edges.to(a.dtype)))
case("GCNConv", lambda: nn.GCNConv(3, 2, bias=False),
     lambda: [torch.randn(2, 4, 3), torch.rand(2, 4, 4)],
     call=lambda m, a, b: m.forward_graph(a, b))
for n in (8, 6, 7, 3, 12):
    case("FFT1d", lambda: nn.FFT1d(n), lambda: [torch.randn(2, 8)])
    case("FFT1d", lambda: nn.FFT1d(n, normalized=True), lambda: [torch.randn(2, 2, 7)])
for n, hop in ((8, 4), (5, 2), (6, 6), (4, 1), (7, 3)):
    case("STFT", lambda: nn.STFT(n, hop), lambda: [torch.randn(2, 20)])
fails("STFT", lambda: nn.STFT(8, 2)(torch.randn(5)), ValueError, "holds no frame of 8")

done()
