# SPDX-License-Identifier: Apache-2.0
# Linear and the containers around it.
from layers import case, done, fails, nn, torch

case("Linear", lambda: nn.Linear(3, 2), lambda: [torch.randn(4, 3)])
case("Linear", lambda: nn.Linear(3, 2, bias=False), lambda: [torch.randn(4, 3)])
case("Linear", lambda: nn.Linear(20, 30), lambda: [torch.randn(2, 5, 20)])
case("Linear", lambda: nn.Linear(3, 2), lambda: [torch.randn(3)])
case("Linear", lambda: nn.Linear(3, 2), lambda: [torch.randn(0, 3)])
case("Linear", lambda: nn.Linear(4, 5), lambda: [torch.randn(4, 6).t()])
fails("Linear", lambda: nn.Linear(3, 2)(torch.randn(4, 4)), RuntimeError,
      "Linear: expected 3 features in the last axis, got 4")
fails("Linear", lambda: nn.Linear(-1, 2), Exception, "in_features")

case("Sequential", lambda: nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1)),
     lambda: [torch.randn(5, 3)])
case("Sequential", lambda: nn.Sequential(), lambda: [torch.randn(5, 3)])

done()
