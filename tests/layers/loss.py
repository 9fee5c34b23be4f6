# SPDX-License-Identifier: Apache-2.0
# PyTorch's losses, with every reduction and argument.
from layers import F, case, done, fails, nn, torch

ALL = ("none", "mean", "sum")


def signs(*shape):
    return torch.where(torch.randn(*shape) > 0, 1.0, -1.0)


def fixed(m, x, t):
    """The loss of a target that wants no gradient: PyTorch has none there."""
    return m(x, t.detach())


def pair(*shape):
    return lambda: [torch.randn(*shape), torch.randn(*shape)]


def labelled(*shape):
    return lambda: [torch.randn(*shape), torch.rand(*shape)]


# Of two tensors of one shape.
for r in ALL:
    case("MSELoss", lambda: nn.MSELoss(reduction=r), pair(4, 3))
    case("L1Loss", lambda: nn.L1Loss(reduction=r), pair(4, 3))
    case("SmoothL1Loss", lambda: nn.SmoothL1Loss(reduction=r, beta=0.4), pair(4, 3))
    case("HuberLoss", lambda: nn.HuberLoss(reduction=r, delta=0.6), pair(4, 3))
    case("SoftMarginLoss", lambda: nn.SoftMarginLoss(reduction=r),
         lambda: [torch.randn(4, 3), signs(4, 3)], call=fixed)
    case("HingeEmbeddingLoss", lambda: nn.HingeEmbeddingLoss(reduction=r, margin=0.7),
         lambda: [torch.randn(4, 3), signs(4, 3)])
for shape in ((5,), (2, 3, 2)):
    case("MSELoss", nn.MSELoss, pair(*shape))
    case("L1Loss", nn.L1Loss, pair(*shape))
    case("SmoothL1Loss", nn.SmoothL1Loss, pair(*shape))
    case("HuberLoss", nn.HuberLoss, pair(*shape))
    case("SoftMarginLoss", nn.SoftMarginLoss, pair(*shape), call=fixed)
    case("HingeEmbeddingLoss", nn.HingeEmbeddingLoss,
         lambda: [3 * torch.randn(*shape), signs(*shape)])
fails("MSELoss", lambda: nn.MSELoss("avg")(torch.ones(2), torch.ones(2)), ValueError,
      "'avg' is not a valid value for reduction")
fails("SoftMarginLoss", lambda: nn.SoftMarginLoss()(torch.ones(2), torch.ones(3)),
      RuntimeError, "do not broadcast")

# Of probabilities and scores.
for r in ALL:
    case("BCELoss", lambda: nn.BCELoss(reduction=r),
         lambda: [0.1 + 0.8 * torch.rand(4, 3), torch.rand(4, 3)])
    case("BCEWithLogitsLoss", lambda: nn.BCEWithLogitsLoss(reduction=r), pair(4, 3))
    case("KLDivLoss", lambda: nn.KLDivLoss(reduction=r),
         lambda: [torch.randn(4, 3), 0.1 + torch.rand(4, 3)])
case("BCELoss", lambda: nn.BCELoss(weight=torch.tensor([0.5, 1.0, 2.0])),
     lambda: [0.1 + 0.8 * torch.rand(4, 3), torch.rand(4, 3)])
case("BCELoss", nn.BCELoss, lambda: [0.1 + 0.8 * torch.rand(5), torch.rand(5)])
case("BCEWithLogitsLoss", lambda: nn.BCEWithLogitsLoss(
    pos_weight=torch.tensor([0.5, 1.0, 2.0])), pair(4, 3))
case("BCEWithLogitsLoss", lambda: nn.BCEWithLogitsLoss(
    weight=torch.tensor([[0.5], [1.0]]), reduction="sum"), pair(2, 3))
case("KLDivLoss", lambda: nn.KLDivLoss(reduction="batchmean"),
     lambda: [torch.randn(4, 3), 0.1 + torch.rand(4, 3)])
case("KLDivLoss", lambda: nn.KLDivLoss(reduction="batchmean", log_target=True), pair(4, 3))
case("KLDivLoss", lambda: nn.KLDivLoss(reduction="sum", log_target=True), pair(2, 3, 2))

# Of classes.
CLASSES = torch.tensor([0.5, 1.0, 2.0, 0.1])
for r in ALL:
    for shape, target in (((5, 4), (5,)), ((2, 4, 3), (2, 3)), ((2, 4, 3, 2), (2, 3, 2))):
        indices = lambda: [torch.randn(*shape), torch.randint(0, 4, target)]
        case("CrossEntropyLoss", lambda: nn.CrossEntropyLoss(reduction=r), indices)
        case("CrossEntropyLoss", lambda: nn.CrossEntropyLoss(
            weight=CLASSES, ignore_index=1, reduction=r, label_smoothing=0.2), indices)
        case("NLLLoss", lambda: nn.NLLLoss(reduction=r), indices)
        case("NLLLoss", lambda: nn.NLLLoss(weight=CLASSES, ignore_index=2, reduction=r),
             indices)
    case("CrossEntropyLoss", lambda: nn.CrossEntropyLoss(weight=CLASSES, reduction=r),
         lambda: [torch.randn(5, 4), torch.rand(5, 4)])
    case("MultiMarginLoss", lambda: nn.MultiMarginLoss(reduction=r),
         lambda: [torch.randn(5, 4), torch.randint(0, 4, (5,))], second=False)
    case("MultiMarginLoss", lambda: nn.MultiMarginLoss(
        p=2, margin=0.5, weight=CLASSES, reduction=r),
        lambda: [torch.randn(5, 4), torch.randint(0, 4, (5,))], second=False)
    case("MultiLabelMarginLoss", lambda: nn.MultiLabelMarginLoss(reduction=r),
         lambda: [torch.randn(3, 4), torch.tensor([[3, 0, -1, 1], [1, -1, 0, 0],
                                                   [-1, 0, 0, 0]])], second=False)
    case("MultiLabelSoftMarginLoss", lambda: nn.MultiLabelSoftMarginLoss(reduction=r),
         labelled(3, 4))
case("CrossEntropyLoss", nn.CrossEntropyLoss, lambda: [torch.randn(4), torch.tensor(2)])
case("MultiMarginLoss", nn.MultiMarginLoss, lambda: [torch.randn(4), torch.tensor(2)],
     second=False)
case("MultiLabelMarginLoss", nn.MultiLabelMarginLoss,
     lambda: [torch.randn(4), torch.tensor([1, 2, -1, 0])], second=False)
case("MultiLabelMarginLoss", nn.MultiLabelMarginLoss,
     lambda: [torch.randn(2, 3), torch.tensor([[0, 1, 2], [2, -1, 0]])], second=False)
case("MultiLabelSoftMarginLoss", lambda: nn.MultiLabelSoftMarginLoss(weight=CLASSES),
     labelled(3, 4))
case("MultiLabelSoftMarginLoss", nn.MultiLabelSoftMarginLoss, labelled(4))
fails("MultiMarginLoss", lambda: nn.MultiMarginLoss(p=3)(
    torch.randn(2, 3), torch.tensor([0, 1])), ValueError, "only p == 1 and p == 2 supported")
fails("MultiMarginLoss", lambda: nn.MultiMarginLoss()(torch.randn(2, 3), torch.tensor([0])),
      RuntimeError, "inconsistent target size")
fails("MultiLabelMarginLoss", lambda: nn.MultiLabelMarginLoss()(
    torch.randn(2), torch.tensor([5, -1])), IndexError, "target 5 is out of range")

# Of densities.
for r in ALL:
    case("PoissonNLLLoss", lambda: nn.PoissonNLLLoss(reduction=r),
         lambda: [torch.randn(4, 3), torch.randint(0, 5, (4, 3)).float()])
    case("PoissonNLLLoss", lambda: nn.PoissonNLLLoss(log_input=False, full=True, eps=1e-6,
                                                     reduction=r),
         lambda: [torch.rand(4, 3) + 0.1, 0.7 + torch.randint(0, 5, (4, 3)).float()])
    case("GaussianNLLLoss", lambda: nn.GaussianNLLLoss(reduction=r),
         lambda: [torch.randn(4, 3), torch.randn(4, 3), torch.rand(4, 3)])
case("GaussianNLLLoss", lambda: nn.GaussianNLLLoss(full=True),
     lambda: [torch.randn(4, 3), torch.randn(4, 3), torch.rand(4, 1)])
case("GaussianNLLLoss", lambda: nn.GaussianNLLLoss(eps=0.5),
     lambda: [torch.randn(4, 3), torch.randn(4, 3), torch.rand(4)])
fails("GaussianNLLLoss", lambda: nn.GaussianNLLLoss()(
    torch.randn(2), torch.randn(2), -torch.ones(2)), ValueError, "negative")

# Of two and three vectors.
three = lambda: [torch.randn(4, 3), torch.randn(4, 3), torch.randn(4, 3)]
for r in ALL:
    case("MarginRankingLoss", lambda: nn.MarginRankingLoss(reduction=r),
         lambda: [torch.randn(5), torch.randn(5), signs(5)])
    case("CosineEmbeddingLoss", lambda: nn.CosineEmbeddingLoss(reduction=r, margin=0.2),
         lambda: [torch.randn(5, 3), torch.randn(5, 3), signs(5)])
    case("TripletMarginLoss", lambda: nn.TripletMarginLoss(reduction=r), three)
    case("TripletMarginLoss", lambda: nn.TripletMarginLoss(
        margin=0.5, p=3.0, eps=1e-4, swap=True, reduction=r), three)
case("MarginRankingLoss", lambda: nn.MarginRankingLoss(margin=0.5),
     lambda: [torch.randn(4, 3), torch.randn(4, 3), signs(4, 3)])
case("MarginRankingLoss", lambda: nn.MarginRankingLoss(0.1, reduction="sum"),
     lambda: [torch.randn(4, 3), torch.randn(4, 1), signs(1, 3)])
case("CosineEmbeddingLoss", nn.CosineEmbeddingLoss,
     lambda: [torch.randn(3), torch.randn(3), torch.tensor(-1.0)])
case("CosineEmbeddingLoss", lambda: nn.CosineEmbeddingLoss(margin=-0.5),
     lambda: [torch.randn(5, 3), torch.randn(5, 3), signs(5)])
case("TripletMarginLoss", lambda: nn.TripletMarginLoss(p=1.0),
     lambda: [torch.randn(3), torch.randn(3), torch.randn(3)])
fails("MarginRankingLoss", lambda: nn.MarginRankingLoss()(
    torch.ones(2), torch.ones(2, 1), torch.ones(2)), RuntimeError, "should have same dimension")
fails("TripletMarginLoss", lambda: nn.TripletMarginLoss(margin=0)(
    torch.ones(2), torch.ones(2), torch.ones(2)), ValueError, "greater than 0")
fails("CosineEmbeddingLoss", lambda: nn.CosineEmbeddingLoss()(
    torch.ones(2), torch.ones(2), torch.ones(2)), RuntimeError, "1-D target tensor expects")

done()
