# SPDX-License-Identifier: Apache-2.0
# Normalisations: over rows, batches, groups and instances.
from layers import case, done, fails, nn, torch


def twice(m, x):
    m(x * 0.5 + 1)
    return m(x)


def evaluated(m, x):
    m(x * 0.5 + 1)
    m.eval()
    y = m(x)
    m.train()
    return y


for Norm, shape in ((nn.BatchNorm1d, (5, 3)), (nn.BatchNorm1d, (4, 3, 6)),
                    (nn.BatchNorm2d, (4, 3, 2, 5)), (nn.BatchNorm3d, (2, 3, 2, 3, 2))):
    name = Norm.__name__
    case(name, lambda: Norm(3), lambda: [torch.randn(*shape)], saved=False)
    case(name, lambda: Norm(3, eps=0.1, momentum=0.3), lambda: [torch.randn(*shape)],
         call=twice, saved=False)
    case(name, lambda: Norm(3, momentum=None), lambda: [torch.randn(*shape)], call=evaluated,
         saved=False)
    case(name, lambda: Norm(3, affine=False), lambda: [torch.randn(*shape)], saved=False)
    case(name, lambda: Norm(3, bias=False), lambda: [torch.randn(*shape)], saved=False)
    case(name, lambda: Norm(3, track_running_stats=False), lambda: [torch.randn(*shape)],
         call=evaluated)
    case(name, lambda: Norm(3), lambda: [torch.randn(*reversed(shape)).permute(
        *reversed(range(len(shape))))], call=evaluated, saved=False)
    fails(name, lambda: Norm(4)(torch.randn(*shape)), RuntimeError, "should contain 3 elements")
    fails(name, lambda: Norm(0), ValueError, "num_features must be at least 1")
# Runs of neighbours long enough for the loops by channels.
for Norm, shape in ((nn.BatchNorm1d, (3, 2, 37)), (nn.BatchNorm2d, (2, 3, 7, 5)),
                    (nn.BatchNorm3d, (1, 2, 3, 4, 5))):
    name = Norm.__name__
    case(name, lambda: Norm(shape[1]), lambda: [torch.randn(*shape)], saved=False)
    case(name, lambda: Norm(shape[1]), lambda: [3 + torch.randn(*shape)], call=evaluated,
         saved=False)
    case(name, lambda: Norm(shape[1], affine=False, momentum=None),
         lambda: [torch.randn(*shape)], call=twice, saved=False)
fails("BatchNorm2d", lambda: nn.BatchNorm2d(3)(torch.randn(2, 3, 4)), ValueError,
      "expected 4D input (got 3D input)")
fails("BatchNorm2d", lambda: nn.BatchNorm2d(3).eval()(torch.randn(2, 3, 4, 4)), RuntimeError,
      "before any training step")
fails("BatchNorm3d", lambda: nn.BatchNorm3d(3)(torch.randn(1, 3, 1, 1, 1)), ValueError,
      "more than 1 value per channel")

case("GroupNorm", lambda: nn.GroupNorm(2, 8), lambda: [torch.randn(3, 8)])
case("GroupNorm", lambda: nn.GroupNorm(2, 6, eps=0.1), lambda: [torch.randn(2, 6, 5)])
case("GroupNorm", lambda: nn.GroupNorm(3, 6, affine=False), lambda: [torch.randn(2, 6, 3, 2)])
case("GroupNorm", lambda: nn.GroupNorm(1, 4, bias=False),
     lambda: [torch.randn(2, 4, 2, 3, 2)])
case("GroupNorm", lambda: nn.GroupNorm(4, 4), lambda: [torch.randn(2, 3, 5, 4).permute(
    0, 3, 1, 2)])
fails("GroupNorm", lambda: nn.GroupNorm(3, 4), ValueError, "divisible by num_groups")
fails("GroupNorm", lambda: nn.GroupNorm(2, 4)(torch.randn(2, 6, 3)), RuntimeError,
      "weight of shape (4,)")

case("LayerNorm", lambda: nn.LayerNorm(5), lambda: [torch.randn(3, 5)])
case("LayerNorm", lambda: nn.LayerNorm((4, 5), eps=0.1), lambda: [torch.randn(3, 4, 5)])
case("LayerNorm", lambda: nn.LayerNorm([2, 4, 5]), lambda: [torch.randn(3, 2, 4, 5)])
case("LayerNorm", lambda: nn.LayerNorm(5, elementwise_affine=False),
     lambda: [torch.randn(2, 3, 5)])
case("LayerNorm", lambda: nn.LayerNorm(5, bias=False), lambda: [torch.randn(5)])
case("LayerNorm", lambda: nn.LayerNorm(5), lambda: [torch.randn(5, 3).t()])
fails("LayerNorm", lambda: nn.LayerNorm(4)(torch.randn(2, 5)), RuntimeError,
      "normalized_shape=(4,)")

case("RMSNorm", lambda: nn.RMSNorm(5), lambda: [torch.randn(3, 5)], single=2e-5)
case("RMSNorm", lambda: nn.RMSNorm((4, 5), eps=0.1), lambda: [torch.randn(3, 4, 5)])
case("RMSNorm", lambda: nn.RMSNorm(5, eps=1e-6), lambda: [torch.randn(2, 3, 5)])
case("RMSNorm", lambda: nn.RMSNorm(5, elementwise_affine=False), lambda: [torch.randn(5)])
case("RMSNorm", lambda: nn.RMSNorm(5, eps=1e-5), lambda: [torch.randn(5, 3).t()])
fails("RMSNorm", lambda: nn.RMSNorm(4)(torch.randn(2, 5)), RuntimeError,
      "normalized_shape=(4,)")

for Norm, shape in ((nn.InstanceNorm1d, (2, 3, 5)), (nn.InstanceNorm2d, (2, 3, 2, 4)),
                    (nn.InstanceNorm3d, (2, 3, 2, 2, 3))):
    name = Norm.__name__
    case(name, lambda: Norm(3), lambda: [torch.randn(*shape)])
    case(name, lambda: Norm(3, eps=0.1, affine=True), lambda: [torch.randn(*shape)])
    case(name, lambda: Norm(3, affine=True, track_running_stats=True, momentum=0.3),
         lambda: [torch.randn(*shape)], call=twice, saved=False)
    case(name, lambda: Norm(3, track_running_stats=True), lambda: [torch.randn(*shape)],
         call=evaluated, saved=False)
    case(name, lambda: Norm(3, affine=True, bias=False), lambda: [torch.randn(*shape[1:])])
    fails(name, lambda: Norm(4)(torch.randn(*shape)), ValueError, "match num_features (4)")
fails("InstanceNorm2d", lambda: nn.InstanceNorm2d(3)(torch.randn(2, 3)), ValueError,
      "expected 3D or 4D input (got 2D input)")

for shape in ((2, 5, 4), (2, 5, 3, 2), (1, 4, 2, 2, 2)):
    case("LocalResponseNorm", lambda: nn.LocalResponseNorm(2), lambda: [torch.randn(*shape)])
    case("LocalResponseNorm", lambda: nn.LocalResponseNorm(3, alpha=0.5, beta=0.6, k=2.0),
         lambda: [torch.randn(*shape)])
fails("LocalResponseNorm", lambda: nn.LocalResponseNorm(2)(torch.randn(2, 3)), ValueError,
      "3D or higher")

done()
