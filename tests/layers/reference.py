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
    for name, cls in LAYERS.items():
        assert not hasattr(nn, name), f"PyTorch has {name}"
        setattr(nn, name, cls)
