# SPDX-License-Identifier: Apache-2.0
"""What PyTorch lacks, written with PyTorch's operations: references for the recorded values.

Each class is the layer's definition, as plain as possible, under the layer's name and with its
arguments and parameter names. They run under PyTorch only, when values are recorded.
"""

import torch
import torch.nn as nn

LAYERS = {}


def layer(cls):
    """Registers a class or function that install() puts into torch.nn."""
    LAYERS[cls.__name__] = cls
    return cls


def install():
    torch.backends.cuda.enable_flash_sdp(False)   # which has no second derivative, on CPUs too
    for name, cls in LAYERS.items():
        assert not hasattr(nn, name), f"PyTorch has {name}"
        setattr(nn, name, cls)


# ---------------------------------------------------------------- flow graphs

class Projection(nn.Module):
    def __init__(self, dim, n=1):
        super().__init__()
        self.proj = nn.Linear(dim, n)


@layer
class SoftmaxRouter(Projection):
    def forward(self, x):
        logits = self.proj(x)
        return logits.exp() / logits.exp().sum(-1, keepdim=True)


@layer
class SigmoidRouter(Projection):
    def forward(self, x):
        return 1 / (1 + (-self.proj(x)).exp())


@layer
class ArgmaxSelector(Projection):
    def forward(self, x):
        return self.proj(x).argmax(-1)


@layer
class LearnedHalt(Projection):
    def forward(self, x):
        return self.proj(x).mean()


@layer
class FixedSelector(nn.Module):
    def __init__(self, index):
        super().__init__()
        self.index = index

    def forward(self, x):
        return torch.tensor(self.index)


@layer
class ThresholdHalt(nn.Module):
    def __init__(self, threshold):
        super().__init__()
        self.threshold = threshold

    def forward(self, x):
        return x.detach().max() - self.threshold


@layer
class StateAdd(nn.Module):
    def forward(self, x):
        return x


class Under(nn.Module):
    """A module whose parts are called as a graph calls them, and what they compute."""

    def __init__(self, parts, compute):
        super().__init__()
        for name, part in parts.items():
            self.add_module(name, Under(part, None) if isinstance(part, dict) else part)
        self.compute = compute

    def forward(self, *inputs):
        return self.compute(self, *inputs)


import reference_special  # noqa: E402, F401  it registers its own
