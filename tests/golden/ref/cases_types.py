# SPDX-License-Identifier: Apache-2.0
"""Element types: promotion, conversion, results of comparisons and reductions, creation."""
from table import rows

CASES, case = rows()
TYPES = ["f32", "f64", "f16", "bf16", "i64", "i32", "u8", "bool"]
LONG = {"f32": "torch.float32", "f64": "torch.float64", "f16": "torch.float16",
        "bf16": "torch.bfloat16", "i64": "torch.int64", "i32": "torch.int32",
        "u8": "torch.uint8", "bool": "torch.bool"}
METHOD = {"f32": "float", "f64": "double", "f16": "half", "bf16": "bfloat16", "i64": "long",
          "i32": "int", "u8": "byte", "bool": "bool"}

for a in TYPES:
    for b in TYPES:
        case("add", "x0 + x1", f"{a} =1,0", f"{b} =1,1", order=0)
        if a != b:  # a 0-axis operand counts only when its kind is higher
            case("mul", "x0 * x1", f"{a} =1,0", f"{b} - 1 1", order=0)
            case("div", "x0 / x1", f"{a} =1,0", f"{b} =1,1", order=0)
            case("lt", "x0 < x1", f"{a} =1,0", f"{b} =1,1", order=0)
            case("where", "torch.where(x0 > x1, x0, x1)", f"{a} =1,0", f"{b} =1,1", order=0)
            case("cat", "torch.cat([x0, x1])", f"{a} =1,0", f"{b} =1,1", order=0)
        case("to", f"x0.to({LONG[b]})", f"{a} =1,0", order=0)
        case("maximum", "torch.maximum(x0, x1)", f"{a} =1,0", f"{b} =0,1", order=0)
    for number in ("2", "2.5", "True"):
        case("add", f"x0 + {number}", f"{a} =1,0", order=0)
        case("mul", f"{number} * x0", f"{a} =1,0", order=0)
        case("div", f"x0 / {number}", f"{a} =1,0", order=0)
        case("gt", f"x0 > {number}", f"{a} =1,0", order=0)
        case("where", f"torch.where(x0 > 0, x0, {number})", f"{a} =1,0", order=0)
    case("add", "x0 + 2.5", f"{a} - 1 1", order=0)
    case("mul", "x0 * x1", f"{a} - 1 1", "f32 - 1 2", order=0)
    for name in ("sum", "prod", "cumsum", "cumprod", "any", "all", "count_nonzero"):
        call = f"x0.{name}(0)" if name.startswith("cum") else f"x0.{name}()"
        case(name, call, f"{a} =1,0,1", order=0)
        if name in ("any", "all", "count_nonzero"):
            case(name, call, f"{a} =1,1,1", order=0)
        else:
            case(name, f"torch.{name}(x0, dim=0, dtype=torch.float64)", f"{a} =1,0,1", order=0)
    for name in ("max", "min", "argmax", "argmin"):
        case(name, f"x0.{name}()", f"{a} =0,1", order=0, flags="o" if a == "bool" else "") \
            if not (a == "bool" and name.startswith("arg")) else None
    case("to", f"x0.{METHOD[a]}()", "f32 =0,1.7,-1.7,2.5,1e-4,100.25", order=0) \
        if a != "u8" else None
    case("to", f"x0.{METHOD[a]}()", "i64 =0,1,2,100", order=0)
    case("to", f"x0.t().{METHOD[a]}()", "u8 2,3", order=0)
    case("zeros", f"torch.zeros(2, 3, dtype={LONG[a]})", order=0)
    case("ones", f"torch.ones((3,), dtype={LONG[a]})", order=0)
    case("full", f"torch.full((2,), 1, dtype={LONG[a]})", order=0)
    case("arange", f"torch.arange(0, 2, dtype={LONG[a]})", order=0) if a != "bool" else None
    case("tensor", f"torch.tensor([[1, 0], [0, 1]], dtype={LONG[a]})", order=0)
    case("eye", f"torch.eye(2, dtype={LONG[a]})", order=0)
    case("zeros_like", "torch.zeros_like(x0)", f"{a} 2,3", order=0)
    case("ones_like", "torch.ones_like(x0)", f"{a} 2,3", order=0)
    case("full_like", "torch.full_like(x0, 1)", f"{a} 2,3", order=0)
    case("clone", "x0.clone()", f"{a} 2,3", order=0)
    case("contiguous", "x0.t().contiguous()", f"{a} 2,3", order=0)
    case("index", "x0[1:, 0]", f"{a} 3,2", order=0)
    case("transpose", "x0.t()", f"{a} 3,2", order=0)
    case("flip", "x0.flip(0)", f"{a} 3,2", order=0)
    case("stack", "torch.stack([x0, x0])", f"{a} 3,2", order=0)
    case("eq", "x0 == x0", f"{a} 3", order=0)

case("to", "x0.int()", "f32 =1.9,-1.9,0.5,-0.5", order=0)
case("to", "x0.byte()", "i64 =255,256,300,-1", order=0)
case("to", "x0.int()", "i64 =2147483647,2147483648,-5", order=0)
case("to", "x0.half()", "f32 =65504,65520,1e-8,6e-8,3.14159,-0.1,nan,inf", order=0)
case("to", "x0.bfloat16()", "f32 =3.14159,1.00390625,1.01171875,3e38,1e-40,nan,-inf", order=0)
case("to", "x0.float()", "f64 =3.14159265358979,1e300,1e-300,-0.0", order=0)
case("to", "x0.to(torch.float64) * 2", "f32 3,2")
case("to", "x0.double().t()", "f32 3,2")
case("to", "x0.to(x1)", "i64 3", "f32 1", order=0)
case("to", "x0.type(torch.float64)", "f32 3", order=0, flags="o")
case("to", "x0.type_as(x1)", "f32 3", "i64 1", order=0)
case("to", "x0.to('cpu')", "f32 3", order=1)
case("to", "x0.cpu()", "f32 3", order=1)
case("div", "x0 / x1", "i64 3", "i64 3 1 5", order=0)
case("mean", "(x0 > 1).float().mean()", "f32 3,4", order=0)
case("sum", "(x0 == x1).sum()", "i64 3,4 0 2", "i64 4 0 2", order=0)
case("sum", "(x0 > 0).sum(1)", "f32 3,4", order=0)
case("mul", "(x0 > 0) * x0", "f32 3,4")
case("tensor", "torch.result_type(x0, 1.5) == torch.float32", "i64 3", order=0, flags="o")
case("tensor", "torch.promote_types(torch.int32, torch.float16) == torch.float16", order=0,
     flags="o")

# creation
for text in ("1", "1.5", "True", "[]", "[1, 2, 3]", "[1, 2.5]", "[True, False]", "[True, 2]",
             "[[1.0], [2.0]]", "[[], []]", "(1, 2)", "[(1, 2), (3, 4)]", "[[[1], [2]]]",
             "[1, 2], dtype=torch.float64", "2.7, dtype=torch.int64", "range(4)",
             "[float('inf'), float('nan')]", "[1e10, -3e-5]"):
    case("tensor", f"torch.tensor({text})", order=0)
case("tensor", "torch.as_tensor([1, 2])", order=0)
case("tensor", "torch.as_tensor(x0)", "f32 2", order=0)
case("tensor", "torch.tensor([x0.sum().item(), 2])", "i64 3", order=0)
for text in ("5", "2, 7", "1, 10, 3", "10, 1, -3", "0.0, 1.0, 0.25", "0, 1, 0.1", "3.5", "0",
             "-2, 2", "5, 5", "0, 5, dtype=torch.float32", "1.0, 2.0, 0.3",
             "10, dtype=torch.int32"):
    case("arange", f"torch.arange({text})", order=0)
for text in ("0, 1, 5", "-2, 2, 4", "3, 3, 2", "0, 1, 1", "0, 10, steps=11", "1, 0, 3",
             "0, 1, 0", "0, 4, 3, dtype=torch.int64", "-1, 1, 100",
             "0, 1, 7, dtype=torch.float64"):
    case("linspace", f"torch.linspace({text})", order=0)
for text in ("0, 2, 3", "-1, 1, 5", "0, 1, 1", "0, 3, 4, base=2.0"):
    case("logspace", f"torch.logspace({text})", order=0)
for name in ("zeros", "ones"):
    for text in ("3", "2, 3", "(2, 3)", "[2, 0]", "()", "1, 1, 2", "2, 2, dtype=torch.bool"):
        case(name, f"torch.{name}({text})", order=0)
for text in ("(2, 3), 7", "(2,), 1.5", "(), 3", "(0, 2), 1", "(2,), True",
             "(2,), 1, dtype=torch.float64"):
    case("full", f"torch.full({text})", order=0)
for text in ("3", "2, 4", "3, 0", "1"):
    case("eye", f"torch.eye({text})", order=0)
case("empty", "torch.empty(2, 3).shape", order=0)
case("empty", "torch.empty(0)", order=0)
case("empty_like", "torch.empty_like(x0.t()).shape", "f32 2,3", order=0)
case("zeros_like", "torch.zeros_like(x0.t())", "f32 2,3", order=0)
case("zeros_like", "torch.zeros_like(x0, dtype=torch.int64)", "f32 0,3", order=0)
case("ones_like", "torch.ones_like(x0.expand(2, 3), dtype=torch.float64)", "f32 3", order=0)
case("full_like", "torch.full_like(x0, 2.5)", "f32 2,3", order=0)
for text in ("x0.new_zeros(2)", "x0.new_ones((2, 2))", "x0.new_full((2,), 3)",
             "x0.new_tensor([1, 2])",
             "x0.new_empty(0)"):
    case(text[3:text.index("(")], text, "f64 3", order=0, flags="o")
    case(text[3:text.index("(")], text, "i64 3", order=0, flags="o")
for text in ("x0.shape", "x0.size()", "x0.size(0)", "x0.size(-1)", "x0.dim()", "x0.ndim",
             "x0.numel()",
             "x0.stride()", "x0.t().stride()", "len(x0)", "x0.t().is_contiguous()",
             "x0.shape[1]",
             "list(x0.shape)", "x0.nelement()", "x0.is_floating_point()", "x0.element_size()",
             "x0.t().shape", "x0[1:].storage_offset()", "x0.requires_grad", "x0.is_leaf",
             "x0.tolist()", "x0.t().tolist()", "x0[0].tolist()", "x0[0, 0].item()",
             "float(x0[0, 0])",
             "int(x0[1, 1])", "bool(x0[0, 0] > 5)", "x0.dtype == torch.float32",
             "x0.dtype.is_floating_point"):
    for spec in ("f32 2,3", "i64 2,3"):
        case("tensor", text, spec, order=0, flags="o" if "offset" in text
             or "dtype.is" in text else "i")
case("tensor", "[v.item() for v in x0]", "f64 3", order=0, flags="i")
case("tensor", "[r.sum() for r in x0]", "f64 3,2", order=1)
