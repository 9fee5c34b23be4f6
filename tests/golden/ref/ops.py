# SPDX-License-Identifier: Apache-2.0
"""Writes the golden numbers of the operations: tests/golden/<family>.cases and .safetensors.

A case is one expression in PyTorch's spelling that is also an expression of our language, over
inputs x0, x1, ... The tables are in cases_<family>.py; this file evaluates them with PyTorch.

The .cases file has one line a case, tab-separated, its number being the line's (from 0):

    op, order, tolerance, flags, expression

order: the highest derivative stored. tolerance: multiplies the comparison's own. flags: `o`
marks an op that an engine may lack, `i` that inputs must not require gradients, else `-`.
Tensors of case 7 are `7.x0` (inputs), `7.y0` (outputs: lists and tuples are flattened, Python
numbers are 0-axis tensors), `7.g0` (gradient by x0), `7.h0`, `7.t0` (second, third), absent
where an input has none. The derivatives are computed in f64 from the same inputs widened:

    cot(k)[i] = ((37 i + 7 k + 11) mod 29 - 14) / 8     fixed cotangent of floating output k
    first     = gradient of sum_k sum(y_k cot(k))
    second    = gradient of sum_j sum(first_j ^ 2)
    third     = gradient of sum_j sum(second_j ^ 2)

Inputs that are not floating have no gradient; zero where a derivative is identically so.
usage: ops.py [family ...]
"""
import ast
import importlib
import json
import os
import struct
import sys
import warnings
import zlib

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
HERE = os.path.dirname(os.path.abspath(__file__))
FAMILIES = ("pointwise", "binary", "types", "reduce", "shape", "index", "linalg", "nn",
            "norm", "loss", "engine", "conv", "sequence", "random",
            "variants", "third",
            "pool",
            "resample")
DTYPES = {"f32": torch.float32, "f64": torch.float64, "f16": torch.float16,
          "bf16": torch.bfloat16, "i64": torch.int64, "i32": torch.int32, "u8": torch.uint8,
          "bool": torch.bool}
FILE_NAMES = {torch.float32: "F32", torch.float64: "F64", torch.float16: "F16",
              torch.bfloat16: "BF16", torch.int64: "I64", torch.int32: "I32",
              torch.uint8: "U8", torch.bool: "BOOL"}
FLOATS = (torch.float32, torch.float64, torch.float16, torch.bfloat16)


# --- inputs ----------------------------------------------------------------------------------

def make_input(spec, seed):
    """ "f32 3,5", "f32 3,5 0.1 2", "i64 4 0 3", "f32 =1,2,inf", "f32 - " (0 axes).

    Values are a shuffled even grid over the range with a little noise: distinct, so that
    sorting and maxima have one answer."""
    parts = spec.split()
    dtype = DTYPES[parts[0]]
    if parts[1].startswith("="):
        text = parts[1][1:]
        return torch.tensor([float(v) for v in text.split(",")] if text else []).to(dtype)
    shape = [] if parts[1] == "-" else [int(n) for n in parts[1].split(",")]
    low, high = [float(v) for v in parts[2:4]] if len(parts) > 2 else (-2.0, 2.0)
    n = int(np.prod(shape))
    rng = np.random.RandomState(zlib.crc32(seed.encode()))
    if dtype == torch.bool:
        values = rng.randint(0, 2, n)
    elif dtype not in FLOATS:
        if dtype == torch.uint8:
            low = max(low, 0)
            high = 9 if len(parts) < 3 else high
        elif len(parts) < 3:
            low, high = -9, 9
        values = rng.randint(int(low), int(high) + 1, n)
    else:
        step = (high - low) / max(n, 1)
        values = low + step * (rng.permutation(n) + 0.25 + 0.5 * rng.rand(n))
    return torch.from_numpy(np.asarray(values)).to(dtype).reshape(shape)


# --- evaluation ------------------------------------------------------------------------------

def evaluate(expression, inputs):
    """The value of the last statement; the inputs are globals."""
    tree = ast.parse(expression)
    scope = {"torch": torch, "F": F, "nn": nn}
    scope.update({f"x{i}": t for i, t in enumerate(inputs)})
    last = ast.Expression(tree.body.pop().value)
    exec(compile(tree, "case", "exec"), scope)
    return eval(compile(last, "case", "eval"), scope)


def flatten(value):
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, (list, tuple)):
        return [t for v in value for t in flatten(v)]
    if isinstance(value, bool):
        return [torch.tensor(value)]
    if isinstance(value, int):
        return [torch.tensor(value, dtype=torch.int64)]
    if isinstance(value, float):
        return [torch.tensor(value, dtype=torch.float64)]
    raise TypeError(f"a case may not give {type(value)}")


def cotangent(k, shape, dtype):
    n = int(np.prod(shape))
    values = ((37 * np.arange(n) + 7 * k + 11) % 29 - 14) / 8.0
    return torch.from_numpy(values).reshape(shape).to(dtype)


def squares(tensors):
    return sum((t ** 2).sum() for t in tensors if t is not None)


def derivatives(expression, inputs, order):
    """[first, second, third], each a list with None where there is none."""
    wide = [t.double() if t.dtype in FLOATS else t.clone() for t in inputs]
    leaves = [t.requires_grad_() for t in wide if t.dtype == torch.float64]
    outputs = flatten(evaluate(expression, wide))
    root = sum((y * cotangent(k, y.shape, y.dtype)).sum() for k, y in enumerate(outputs)
               if y.dtype in FLOATS and y.requires_grad)
    found = []
    while leaves and len(found) < order and isinstance(root,
                                                       torch.Tensor) and root.requires_grad:
        try:
            grads = torch.autograd.grad(root, leaves, create_graph=True, allow_unused=True)
        except RuntimeError as e:  # PyTorch itself stops here for a few ops
            if "is not implemented" not in str(e):
                raise
            break
        by_input = iter(grads)
        found.append([next(by_input) if t.dtype == torch.float64 else None for t in wide])
        root = squares(grads)
    return found


# --- files -----------------------------------------------------------------------------------

def tensor_bytes(t):
    t = t.detach().contiguous()
    if t.dtype == torch.bfloat16:
        t = t.view(torch.int16)
    return t.numpy(force=True).tobytes()


def write_safetensors(path, tensors):
    header, blobs, at = {}, [], 0
    for name, t in tensors.items():
        blob = tensor_bytes(t)
        header[name] = {"dtype": FILE_NAMES[t.dtype], "shape": list(t.shape),
                        "data_offsets": [at, at + len(blob)]}
        blobs.append(blob)
        at += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def case_tensors(number, expression, specs, order, seed, tracked):
    inputs = [make_input(s, f"{seed}/{i}") for i, s in enumerate(specs)]
    tensors = {f"{number}.x{i}": t.clone() for i, t in enumerate(inputs)}
    leaves = [t.clone().requires_grad_(t.dtype in FLOATS and tracked) for t in inputs]
    for i, y in enumerate(flatten(evaluate(expression, leaves))):
        tensors[f"{number}.y{i}"] = y.detach()
    if any(t.dtype in (torch.float16, torch.bfloat16) for t in inputs):
        order = 0
    found = derivatives(expression, inputs, order) if order else []
    for letter, grads in zip("ght", found):
        for i, g in enumerate(grads):
            if g is not None:
                tensors[f"{number}.{letter}{i}"] = g.detach()
    return tensors, len(found)


def write_family(name):
    table = importlib.import_module(f"cases_{name}").CASES
    lines, tensors, wrong = [], {}, 0
    for op, expression, specs, order, tolerance, flags in table:
        try:
            found, reached = case_tensors(len(lines), expression, specs, order,
                                          f"{op}/{len(lines)}", "i" not in flags)
        except Exception as e:
            print(f"{name}: {op}: {expression} {specs}: {type(e).__name__}: {str(e)[:200]}")
            wrong += 1
            continue
        tensors.update(found)
        lines.append(f"{op}\t{reached}\t{tolerance:g}\t{flags or '-'}\t{expression}\n")
    base = os.path.join(HERE, "..", name)
    with open(base + ".cases", "w") as f:
        f.writelines(lines)
    write_safetensors(base + ".safetensors", tensors)
    print(f"{name}: {len(lines)} cases, {os.path.getsize(base + '.safetensors')} bytes")
    return wrong


if __name__ == "__main__":
    sys.path.insert(0, HERE)
    sys.exit(sum([write_family(name) for name in sys.argv[1:] or FAMILIES]) != 0)
