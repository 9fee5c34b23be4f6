# SPDX-License-Identifier: Apache-2.0
"""Convolutions."""
import torch

from table import rows

CASES, case = rows()


def convolution_weight(input, grad_output, kernel_size, stride, padding, dilation, groups):
    """PyTorch has it only as one of three results."""
    w = torch.empty(grad_output.shape[1], input.shape[1] // groups, *kernel_size,
                    dtype=input.dtype)
    return torch.ops.aten.convolution_backward(
        grad_output, input, w, None, stride, padding, dilation, False, [0] * len(kernel_size),
        groups, [False, True, False])[1]


torch.convolution_weight = convolution_weight

# input, weight, bias, arguments
PLAIN = [
    ("2,3,9", "4,3,3", "4", ""), ("2,4,9", "6,2,3", "6", ", 2, 1, 1, 2"),
    ("3,9", "2,3,2", "2", ", stride=3"), ("2,4,8", "4,1,3", "4", ", groups=4, padding=2"),
    ("1,2,7", "3,2,3", "3", ", padding='same', dilation=2"),
    ("2,3,5,6", "4,3,3,3", "4", ", 1, 1"), ("2,3,5,7", "4,3,2,3", "4", ", (2, 1), (0, 2)"),
    ("1,4,6,6", "4,2,3,3", "4", ", padding=2, dilation=2, groups=2"),
    ("2,3,4,4", "5,3,1,1", "5", ""), ("1,3,5,5", "3,1,3,3", "3", ", padding=1, groups=3"),
    ("3,5,5", "2,3,3,3", "2", ", padding='valid'"),
    ("1,2,4,5", "3,2,2,4", "3", ", padding='same'"),
    ("1,2,4,4,4", "3,2,2,3,2", "3", ""), ("1,2,4,5,3", "2,1,3,2,1", "2", ", (2, 1, 1), (1, 0, "
                                          "0), groups=2"),
    ("2,3,4,4", "2,3,2,2", "2", ", padding='same', dilation=(1, 3)"),
    ("0,3,5,5", "2,3,3,3", "2", ""),
]
for x, w, b, extra in PLAIN:
    n = w.count(",") - 1
    empty = x.startswith("0")
    for dtype in ("f32", "f64"):
        bias = f", bias=x2{extra}" if "=" in extra or not extra else f", x2{extra}"
        positional = extra.startswith(", ") and "=" not in extra.split(",")[1]
        bias = f", x2{extra}" if positional else f", bias=x2{extra}"
        case(f"conv{n}d", f"F.conv{n}d(x0, x1{bias})", f"{dtype} {x}", f"{dtype} {w}",
             f"{dtype} {b}", order=1 if empty or dtype == "f32" else 3)
    none = f", None{extra}" if positional else extra
    case(f"conv{n}d", f"F.conv{n}d(x0, x1{none})", f"f64 {x}", f"f64 {w}", order=1)
case("conv2d", "F.conv2d(x0.transpose(2, 3), x1.flip(0), padding=1)", "f64 1,2,5,4",
     "f64 3,2,3,3")
case("conv2d", "F.conv2d(x0, x1.detach(), padding=1)", "f16 1,2,4,4 -1 1", "f16 2,2,3,3 -1 1",
     order=0)
case("conv2d", "F.conv2d(x0, x1.detach(), padding=1)", "bf16 1,2,4,4 -1 1",
     "bf16 2,2,3,3 -1 1", order=0)
case("conv2d", "F.conv2d(x0, x1, x2, 2, 1)", "f32 2,19,9,35", "f32 17,19,3,3", "f32 17",
     order=1, tol=4)

TRANSPOSED = [
    ("2,3,5", "3,4,3", "4", ""), ("2,4,5", "4,2,3", "4", ", stride=2, padding=1, groups=2"),
    ("3,5", "3,2,2", "2", ", stride=3, output_padding=2"),
    ("2,3,4,4", "3,4,3,3", "4", ", 2, 1, 1"), ("1,4,3,4", "4,3,2,3", "6", ", (1, 2), 0, 0, 2"),
    ("1,3,4,3", "3,2,3,2", "2", ", dilation=2, stride=(2, 3)"),
    ("2,2,3,3", "2,3,1,1", "3", ", stride=2"), ("3,3,3", "3,2,3,3", "2", ", padding=(2, 1)"),
    ("1,2,3,3", "2,2,2,2", "2", ", stride=1, output_padding=1, dilation=2"),
    ("1,2,3,3,2", "2,3,2,2,2", "3", ""), ("1,2,2,3,2", "2,1,3,2,1", "2",
                                          ", stride=(2, 1, 3), groups=2"),
]
for x, w, b, extra in TRANSPOSED:
    n = w.count(",") - 1
    positional = extra.startswith(", ") and "=" not in extra.split(",")[1]
    bias = f", x2{extra}" if positional else f", bias=x2{extra}"
    for dtype in ("f32", "f64"):
        case(f"conv_transpose{n}d", f"F.conv_transpose{n}d(x0, x1{bias})", f"{dtype} {x}",
             f"{dtype} {w}", f"{dtype} {b}",
             order=1 if dtype == "f32" or "output_p" in extra or ", 2, 1, 1" in extra else 3)

for text in ("[1, 1], [0, 1], [1, 1], False, [0, 0], 1", "[2, 1], [1, 1], [1, 2], False, "
             "[0, 0], 1", "[2, 2], [1, 1], [1, 1], True, [1, 0], 1"):
    w = "3,2,2,3" if "True" in text else "2,3,2,3"
    case("convolution", f"torch.convolution(x0, x1, None, {text})", "f64 2,3,4,5", f"f64 {w}")
case("convolution_weight", "torch.convolution_weight(x0, x1, [3], [2], [1], [1], 1)",
     "f64 2,3,7", "f64 2,4,4")
case("convolution_weight", "torch.convolution_weight(x0, x1, [3, 2], [1, 2], [1, 0], [1, 2], "
                           "2)", "f64 2,4,4,7", "f64 2,6,4,3")
case("convolution_weight", "torch.convolution_weight(x0, x1, [2, 2, 2], [1, 1, 1], [0, 1, 0], "
                           "[1, 1, 1], 3)", "f64 1,3,3,3,2", "f64 1,3,2,4,1")
