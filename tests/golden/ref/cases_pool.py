# SPDX-License-Identifier: Apache-2.0
"""Pooling, unpooling, weighted sums along an axis."""
import torch
import torch.nn.functional as F

from table import rows

CASES, case = rows()


# --- rows of the engine that PyTorch has no function for -----------------------------

def blend(input, places, weights, dim):
    m = torch.zeros(places.shape[0], input.shape[dim] + 1, dtype=input.dtype)
    m.scatter_add_(1, places % (input.shape[dim] + 1), weights.to(input.dtype))
    return (input.movedim(dim, -1) @ m[:, :-1].t()).movedim(-1, dim)


def blend_back(input, places, weights, dim, size):
    m = torch.zeros(places.shape[0], size + 1, dtype=input.dtype)
    m.scatter_add_(1, places % (size + 1), weights.to(input.dtype))
    return (input.movedim(dim, -1) @ m[:, :-1]).movedim(-1, dim)


def max_pool_put(input, indices, size, add=True):
    n = len(size)
    y = torch.zeros(*input.shape[:-n], *size, dtype=input.dtype).flatten(-n)
    put = y.scatter_add if add else y.scatter
    return put(-1, indices.flatten(-n), input.flatten(-n)).unflatten(-1, size)


def max_pool_take(input, indices, axes):
    return input.flatten(-axes).gather(-1, indices.flatten(-axes)).view(indices.shape)


def max_pool_with_indices(input, kernel, stride, padding, dilation, ceil):
    f = (F.max_pool1d, F.max_pool2d, F.max_pool3d)[len(kernel) - 1]
    return f(input, kernel, stride, padding, dilation, ceil, True)


def adaptive_max_pool_with_indices(input, size):
    f = (F.adaptive_max_pool1d, F.adaptive_max_pool2d, F.adaptive_max_pool3d)[len(size) - 1]
    return f(input, size, True)


def fractional_max_pool_with_indices(input, kernel, size, samples):
    f = (F.fractional_max_pool2d, F.fractional_max_pool3d)[len(size) - 2]
    return f(input, kernel, size, None, True, samples)


for f in (blend, blend_back, max_pool_put, max_pool_take, max_pool_with_indices,
          adaptive_max_pool_with_indices, fractional_max_pool_with_indices):
    setattr(torch, f.__name__, f)

T = "torch.tensor([[0, 1, -1], [2, 2, 3], [1, -1, 0]]), torch.tensor([[0.5, 2, 9], [1, -3, " \
    "0.25], [1, 5, -2]], dtype=torch.float64)"
for dim in (0, 1, -1):
    n = "4,2,3" if dim == 0 else "2,4,3" if dim == 1 else "2,3,4"
    case("blend", f"torch.blend(x0, {T}, {dim})", f"f64 {n}")
    m = n.replace("4", "3")
    case("blend_back", f"torch.blend_back(x0, {T}, {dim}, 4)", f"f64 {m}")
    case("blend", f"torch.blend(x0, {T}, {dim})", f"f32 {n}", order=1)
P = "torch.tensor([[[0, 3, 5], [1, 3, 2]]])"
case("max_pool_put", f"torch.max_pool_put(x0, {P}, [2, 3])", "f64 1,2,3")
case("max_pool_put", f"torch.max_pool_put(x0, {P}, [7])", "f32 1,2,3", order=1)
case("max_pool_put", f"torch.max_pool_put(x0, {P}[:, :, :2], [2, 3], add=False)", "f64 1,2,2")
case("max_pool_take", f"torch.max_pool_take(x0, {P}, 1)", "f64 1,2,6")
case("max_pool_take", "torch.max_pool_take(x0, torch.tensor([[[5, 5, 1]]]), 2)", "f64 1,2,3",
     order=2)
case("max_pool_with_indices", "torch.max_pool_with_indices(x0, [2, 3], [2, 1], [1, 0], [1, 1], "
                              "True)", "f64 2,2,5,4")
case("adaptive_max_pool_with_indices", "torch.adaptive_max_pool_with_indices(x0, [2, 3])",
     "f64 2,2,5,4")
case("fractional_max_pool_with_indices", "torch.fractional_max_pool_with_indices(x0, [2, 2], "
                                         "[3, 2], x1.detach())", "f64 2,2,7,5",
     "f64 2,2,2 0 1", order=1)

# --- PyTorch's functions --------------------------------------------------------------

SHAPES = {1: ("2,3,9", "3,8"), 2: ("2,2,7,6", "2,6,7"), 3: ("1,2,5,4,6", "2,4,5,4")}
MAX = {1: ["2", "3, 2, 1", "3, stride=1, dilation=2", "2, 3, ceil_mode=True"],
       2: ["2", "(3, 2), (2, 1), (1, 0)", "3, 2, 1, ceil_mode=True", "2, stride=1, dilation=2",
           "3, 2"],
       3: ["2", "(2, 1, 3), 1, (1, 0, 1)", "2, 2, ceil_mode=True"]}
for n, (batch, single) in SHAPES.items():
    for args in MAX[n]:
        case(f"max_pool{n}d", f"F.max_pool{n}d(x0, {args})", f"f64 {batch}")
        case(f"max_pool{n}d", f"F.max_pool{n}d(x0, {args}, return_indices=True)",
             f"f32 {single}", order=1)
        plain = args.replace(", dilation=2", "")
        case(f"avg_pool{n}d", f"F.avg_pool{n}d(x0, {plain})", f"f64 {batch}")
        case(f"avg_pool{n}d", f"F.avg_pool{n}d(x0, {plain}, count_include_pad=False)",
             f"f32 {single}", order=1)
        power = ", ".join(plain.split(", ceil")[0].split(", ")[:1]) if n < 3 else "2"
        if "(" not in power:
            case(f"lp_pool{n}d", f"F.lp_pool{n}d(x0, 3, {power}, ceil_mode=True)",
                 f"f64 {batch} 0.1 2")
            case(f"lp_pool{n}d", f"F.lp_pool{n}d(x0, 1.5, {power}, stride=1)",
                 f"f32 {single} 0.1 2", order=1)
    case(f"lp_pool{n}d", f"F.lp_pool{n}d(x0, float('inf'), 2)", f"f64 {batch}")
    case(f"lp_pool{n}d", f"F.lp_pool{n}d(x0, float('-inf'), 2)", f"f64 {batch}")
    for size in ("2", "1", "4", {1: "(3,)", 2: "(3, None)", 3: "(2, None, 3)"}[n]):
        case(f"adaptive_avg_pool{n}d", f"F.adaptive_avg_pool{n}d(x0, {size})", f"f64 {batch}")
        case(f"adaptive_avg_pool{n}d", f"F.adaptive_avg_pool{n}d(x0, {size})", f"f32 {single}",
             order=1)
        case(f"adaptive_max_pool{n}d", f"F.adaptive_max_pool{n}d(x0, {size})", f"f64 {batch}")
        case(f"adaptive_max_pool{n}d",
             f"F.adaptive_max_pool{n}d(x0, {size}, return_indices=True)", f"f32 {single}",
             order=1)
    case(f"max_unpool{n}d", f"y, i = F.max_pool{n}d(x0, 2, return_indices=True); "
                            f"F.max_unpool{n}d(y * y, i, 2)", f"f64 {batch}")
    case(f"max_unpool{n}d", f"y, i = F.max_pool{n}d(x0, 2, return_indices=True); "
                            f"F.max_unpool{n}d(y, i, 2, 2, output_size=x0.shape[-{n}:])",
         f"f32 {single}", order=1)
case("avg_pool2d", "F.avg_pool2d(x0, 3, 2, 1, divisor_override=5)", "f64 2,2,5,6")
case("avg_pool3d", "F.avg_pool3d(x0, 2, divisor_override=3)", "f64 1,2,4,3,4")
case("avg_pool2d", "F.avg_pool2d(x0, 3, 2, 1, True, False)", "f64 2,2,6,6")
case("avg_pool2d", "F.avg_pool2d(x0.detach(), 2)", "f16 1,2,4,4", order=0)
case("max_pool2d", "F.max_pool2d(x0.detach(), 2)", "bf16 1,2,4,4", order=0)
case("max_pool2d", "F.max_pool2d(x0.reshape(1, 4, 4), 2, return_indices=True)",
     "f32 =1,nan,3,inf,2,2,2,nan,-inf,-inf,1,1,-inf,-inf,3,3", order=0)
case("max_pool2d", "F.max_pool2d(x0, 2)", "f32 0,2,4,4", order=1)
case("max_pool2d", "F.max_pool2d(x0.transpose(1, 2), 2)", "f64 2,3,4,5")
case("adaptive_avg_pool2d", "F.adaptive_avg_pool2d(x0, 0)", "f32 1,2,3,3", order=0)
for n, shape, size in ((2, "2,2,7,6", "(3, 4)"), (3, "1,2,5,6,5", "(2, 3, 3)")):
    u = "x1.detach()"
    lead = shape.split(",")[:2]
    case(f"fractional_max_pool{n}d",
         f"F.fractional_max_pool{n}d(x0, 2, {size}, _random_samples={u}, return_indices=True)",
         f"f64 {shape}", f"f64 {lead[0]},{lead[1]},{n} 0 1", order=1)
    case(f"fractional_max_pool{n}d",
         f"F.fractional_max_pool{n}d(x0, 2, output_ratio={(0.6,) * n}, _random_samples={u})",
         f"f32 {shape}", f"f32 {lead[0]},{lead[1]},{n} 0 1", order=1)
case("fractional_max_pool2d", "torch.manual_seed(3); F.fractional_max_pool2d(x0, 2, 3)",
     "f32 2,2,7,6", order=0)
case("fractional_max_pool2d", "torch.manual_seed(3); F.fractional_max_pool2d(x0, (2, 1), 3)",
     "f64 1,2,7,6", order=1)
