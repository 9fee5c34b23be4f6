# SPDX-License-Identifier: Apache-2.0
"""Functions of one element."""
from table import rows

CASES, case = rows()

# name, range, derivatives to try (3: smooth everywhere in the range)
SMOOTH = [
    ("neg", -2, 2), ("square", -2, 2), ("sqrt", 0.2, 3), ("rsqrt", 0.3, 3),
    ("reciprocal", 0.4, 2), ("exp", -2, 2), ("exp2", -2, 2), ("expm1", -2, 2), ("log", 0.2, 3),
    ("log2", 0.2, 3), ("log10", 0.2, 3), ("log1p", -0.7, 3), ("sin", -3, 3), ("cos", -3, 3),
    ("tan", -1.2, 1.2), ("asin", -0.8, 0.8), ("acos", -0.8, 0.8), ("atan", -2, 2),
    ("sinh", -2, 2), ("cosh", -2, 2), ("tanh", -2, 2), ("asinh", -2, 2), ("acosh", 1.2, 3),
    ("atanh", -0.8, 0.8), ("sigmoid", -3, 3), ("logit", 0.1, 0.9), ("erf", -2, 2),
    ("erfc", -2, 2), ("erfinv", -0.8, 0.8), ("lgamma", 0.5, 4), ("digamma", 0.5, 4),
    ("sinc", 0.2, 2), ("deg2rad", -90, 90), ("rad2deg", -3, 3), ("positive", -2, 2),
]
KINKED = [("abs", -2, 2), ("sign", -2, 2), ("floor", -3, 3), ("ceil", -3, 3), ("round", -3, 3),
          ("trunc", -3, 3), ("frac", -3, 3), ("nan_to_num", -3, 3)]
PREDICATES = ["isnan", "isinf", "isfinite", "isposinf", "isneginf", "signbit", "logical_not"]
ACTIVATIONS = [
    ("relu", "F.relu({})"), ("relu6", "F.relu6({} * 4)"), ("leaky_relu", "F.leaky_relu({})"),
    ("leaky_relu", "F.leaky_relu({}, negative_slope=0.2)"), ("elu", "F.elu({})"),
    ("elu", "F.elu({}, alpha=0.5)"), ("selu", "F.selu({})"), ("celu", "F.celu({}, alpha=1.5)"),
    ("gelu", "F.gelu({})"), ("gelu", "F.gelu({}, approximate='tanh')"), ("silu", "F.silu({})"),
    ("mish", "F.mish({})"), ("softplus", "F.softplus({})"),
    ("softplus", "F.softplus({}, beta=2, threshold=3)"), ("softsign", "F.softsign({})"),
    ("hardtanh", "F.hardtanh({})"), ("hardtanh", "F.hardtanh({}, -0.5, 1.5)"),
    ("hardswish", "F.hardswish({} * 2)"), ("hardsigmoid", "F.hardsigmoid({} * 2)"),
    ("hardshrink", "F.hardshrink({})"), ("softshrink", "F.softshrink({}, 0.3)"),
    ("tanhshrink", "F.tanhshrink({})"), ("logsigmoid", "F.logsigmoid({})"),
    ("threshold", "F.threshold({}, 0.1, 20.0)"),
]
ALIASES = [("asin", "arcsin"), ("acos", "arccos"), ("atan", "arctan"), ("asinh", "arcsinh"),
           ("acosh", "arccosh"), ("atanh", "arctanh"), ("neg", "negative"), ("abs", "absolute"),
           ("trunc", "fix")]
RANGE = {name: (low, high) for name, low, high in SMOOTH + KINKED}
LIMITS = "f32 =0,-0.0,1,-1,inf,-inf,nan,1e-30,-1e30,0.5,-2.5,2.5,88,-104,3e38"
SPECIAL = "f64 =0,-0.0,1,-1,inf,-inf,nan,1e-30,-1e30,0.5,-2.5,2.5,88,-104,3e38"


def forms(name, low, high, order):
    span = f"{low} {high}"
    case(name, f"torch.{name}(x0)", f"f32 3,5 {span}", order=order)
    case(name, f"x0.t().{name}()", f"f32 3,4 {span}", order=order)
    case(name, f"torch.{name}(x0[1:, ::2])", f"f64 3,5 {span}", order=order)
    case(name, f"torch.{name}(x0.expand(3, 4))", f"f32 3,1 {span}", order=order)
    case(name, f"torch.{name}(x0)", f"f32 0,3 {span}", order=1)
    case(name, f"torch.{name}(x0)", f"f32 - {span}", order=order)
    case(name, f"torch.{name}(x0)", f"f32 67 {span}", order=1)
    case(name, f"torch.{name}(x0)", f"bf16 9 {span}")
    case(name, f"torch.{name}(x0)", f"f16 9 {span}")


for name, low, high in SMOOTH:
    forms(name, low, high, 3)
for name, low, high in KINKED:
    forms(name, low, high, 2)
for name in [n for n, _, _ in SMOOTH + KINKED] + PREDICATES:
    case(name, f"torch.{name}(x0)", LIMITS, order=0)
    if name not in ("lgamma", "digamma"):
        case(name, f"torch.{name}(x0)", SPECIAL, order=0)
INTS = [n for n, _, _ in SMOOTH if n not in ("neg", "square", "positive")]
for name in INTS:  # integers are promoted to the default float
    case(name, f"torch.{name}(x0)", "i64 =2,1,3", order=0)
    case(name, f"torch.{name}(x0)", "bool =1,0,1", order=0)
    case(name, f"torch.{name}(x0)", "u8 =2,1,200", order=0)
for name in ("neg", "square", "positive", "abs", "sign", "floor", "ceil", "round", "trunc",
             "isnan", "isinf", "isfinite", "signbit", "logical_not", "nan_to_num"):
    case(name, f"torch.{name}(x0)", "i64 =2,-1,0,3", order=0)
    case(name, f"x0.{name}()", "i32 2,3", order=0)
for name in PREDICATES:
    case(name, f"x0.t().{name}()", "f32 2,3")
    case(name, f"torch.{name}(x0)", "f32 0,2")
    case(name, f"torch.{name}(x0)", "bool =1,0")
for name, other in ALIASES:
    low, high = RANGE[name]
    case(name, f"torch.{other}(x0)", f"f32 5 {low} {high}")
case("abs", "abs(x0)", "f32 2,3")
case("neg", "-x0", "f32 2,3")
case("neg", "-x0.t()[::2]", "i64 2,3")
case("positive", "+x0", "f32 2,3")
case("round", "torch.round(x0, decimals=1)", "f32 3,5", flags="o")
case("round", "torch.round(x0)", "f32 =0.5,1.5,2.5,-0.5,-1.5,3.49999", order=0)
case("logit", "torch.logit(x0, eps=0.2)", "f32 3,5 0 1")
case("nan_to_num", "torch.nan_to_num(x0, nan=1.5, posinf=7.0, neginf=-7.0)", LIMITS)
case("nan_to_num", "torch.nan_to_num(x0, 0.25)", LIMITS)
for name in ("sqrt", "abs", "relu", "clone", "sgn"):
    case(name, f"x0.{name}()", "f32 2,2 0.1 2", flags="o" if name == "sgn" else "")
for spec in ("bool 5", "u8 5", "i32 5", "i64 2,3"):
    case("bitwise_not", "~x0", spec)
    case("bitwise_not", "torch.bitwise_not(x0)", spec)
case("bitwise_not", "torch.bitwise_not(x0.t())", "i64 2,3")
case("bitwise_not", "torch.bitwise_not(x0)", "i64 0,3")

for name, text in ACTIVATIONS:
    case(name, text.format("x0"), "f32 3,5")
    case(name, text.format("x0.t()"), "f64 4,3")
    case(name, text.format("x0.expand(2, 3, 2)"), "f32 3,1")
    case(name, text.format("x0[:, 1::2]"), "f32 3,6")
    case(name, text.format("x0"), "f32 0,3", order=1)
    case(name, text.format("x0"), "f32 -")
    ends = "" if name in ("gelu", "hardswish") else ",inf,-inf"  # there PyTorch says nan
    case(name, text.format("x0"), "f32 =0,-0.0,1,-1,nan,100,-100,30,-30" + ends, order=0)
    case(name, text.format("x0"), "bf16 7")
for name in ("relu", "sigmoid", "tanh"):
    case(name, f"F.{name}(x0)", "f32 2,3")
case("relu", "torch.relu(x0)", "i64 2,3")
case("relu", "F.relu(x0)", "f32 =0,0,1", order=1)
case("abs", "torch.abs(x0)", "f32 =0,0,1", order=1)
case("glu", "F.glu(x0)", "f32 3,4")
case("glu", "F.glu(x0.t(), dim=0)", "f32 3,4")
case("glu", "F.glu(x0)", "f32 0,4", order=1)
case("prelu", "F.prelu(x0, x1)", "f32 3,5", "f32 1 0.1 0.4")
case("prelu", "F.prelu(x0, x1)", "f32 2,3,2", "f32 3 0.1 0.4")
case("prelu", "F.prelu(x0.transpose(0, 1), x1)", "f32 3,2,2", "f32 3 0.1 0.4")
case("prelu", "F.prelu(x0, x1)", "f32 0,3", "f32 3 0.1 0.4", order=1)
for text in ("torch.clamp(x0, -0.5, 0.7)", "x0.clamp(min=0.1)", "torch.clamp(x0.t(), max=0.3)",
             "x0.clip(-1, 1)", "torch.clamp(x0, min=x0.mean())",
             "torch.clamp(x0, max=x0.mean(1, keepdim=True))", "x0.clamp_min(0.2)",
             "x0.clamp_max(-0.2)"):
    case("clamp", text, "f32 3,4")
case("clamp", "torch.clamp(x0, -1, 2)", "i64 2,3")
case("clamp", "torch.clamp(x0, -1.5, 2.5)", "i64 2,3")
case("clamp", "torch.clamp(x0, 0.5)", "f32 0,3", order=1)
case("clamp", "torch.clamp(x0, 2.0, 1.0)", "f32 3", order=0)
case("clamp", "torch.clamp(x0, -1.0, 1.0)", LIMITS, order=0)
case("clamp", "torch.clamp(x0, x1, x2)", "f32 3,4", "f32 4 -1 0", "f32 3,1 0 1")
