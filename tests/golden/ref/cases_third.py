# SPDX-License-Identifier: Apache-2.0
"""Third derivatives: of every operation that another family differentiates twice, the two cases
with the shortest inputs, once more, one order higher."""
import importlib
import math

from table import rows

CASES, case = rows()
FAMILIES = ("pointwise", "binary", "reduce", "shape", "index", "linalg", "nn", "conv", "norm",
            "loss", "sequence", "variants")
# PyTorch's own third derivative is none here: it takes the statistics of a layer norm for
# constants from the second on, gives NaN for logcumsumexp, and refuses batch statistics.
WITHOUT = ("layer_norm", "logcumsumexp", "batch_norm", "instance_norm")


def elements(spec):
    shape = spec.split()[1]
    if shape.startswith("="):
        return shape.count(",") + 1
    return 1 if shape == "-" else math.prod(int(n) for n in shape.split(","))


def candidates():
    found = {}
    for family in FAMILIES:
        for op, expression, specs, order, tol, flags in importlib.import_module(
                f"cases_{family}").CASES:
            size = sum(elements(s) for s in specs)
            floats = [s for s in specs if s.startswith(("f32", "f64"))]
            if order >= 2 and floats and 0 < size <= 60 and all(elements(s) for s in specs):
                found.setdefault(op, []).append((order, size, expression, specs, tol, flags))
    return found


for op, known in candidates().items():
    if op in WITHOUT or max(order for order, *_ in known) > 2:
        continue  # or its own family has the third already
    known.sort(key=lambda k: k[1])
    chosen = {expression: (specs, tol, flags) for _, _, expression, specs, tol, flags
              in reversed(known)}
    for expression, (specs, tol, flags) in list(chosen.items())[-2:]:
        case(op, expression, *specs, order=3, tol=tol, flags=flags)
