# SPDX-License-Identifier: Apache-2.0
"""Functions of two and three elements, with broadcasting."""
from table import rows

CASES, case = rows()

# name, ranges of the two operands, derivatives
PAIRS = [
    ("add", "-2 2", "-2 2", 2), ("sub", "-2 2", "-2 2", 2), ("mul", "-2 2", "-2 2", 3),
    ("div", "-2 2", "0.4 2", 3), ("pow", "0.3 2", "-2 2", 3), ("atan2", "0.2 2", "0.3 2", 3),
    ("hypot", "0.2 2", "0.3 2", 3), ("logaddexp", "-2 2", "-2 2", 3),
    ("logaddexp2", "-2 2", "-2 2", 3), ("xlogy", "0.3 2", "0.3 2", 3),
    ("maximum", "-2 2", "-2 2", 2), ("minimum", "-2 2", "-2 2", 2), ("fmax", "-2 2", "-2 2", 2),
    ("fmin", "-2 2", "-2 2", 2), ("remainder", "-5 5", "0.7 2", 2), ("fmod", "-5 5", "0.7 2",
        2),
    ("floor_divide", "-5 5", "0.7 2", 0), ("copysign", "0.2 2", "-2 2", 2),
    ("heaviside", "-2 2", "-2 2", 0), ("eq", "-2 2", "-2 2", 0), ("ne", "-2 2", "-2 2", 0),
    ("lt", "-2 2", "-2 2", 0), ("le", "-2 2", "-2 2", 0), ("gt", "-2 2", "-2 2", 0),
    ("ge", "-2 2", "-2 2", 0), ("logical_and", "-2 2", "-2 2", 0),
    ("logical_or", "-2 2", "-2 2", 0), ("logical_xor", "-2 2", "-2 2", 0),
    ("isclose", "-2 2", "-2 2", 0),
]
OPERATORS = [("add", "+"), ("sub", "-"), ("mul", "*"), ("div", "/"), ("pow", "**"),
             ("remainder", "%"), ("floor_divide", "//"), ("eq", "=="), ("ne", "!="),
             ("lt", "<"), ("le", "<="), ("gt", ">"), ("ge", ">=")]
BITWISE = [("bitwise_and", "&"), ("bitwise_or", "|"), ("bitwise_xor", "^")]
SHIFTS = [("bitwise_left_shift", "<<"), ("bitwise_right_shift", ">>")]
SPECIAL = ("f32 =0,-0.0,1,-1,inf,-inf,nan,2.5,-2.5,3,0,inf,nan",
           "f32 =1,1,0,-0.0,inf,inf,1,-1,2,-3,0,-inf,nan")

for name, a, b, order in PAIRS:
    call = f"torch.{name}(x0, x1)"
    case(name, call, f"f32 3,4 {a}", f"f32 3,4 {b}", order=order)
    case(name, f"torch.{name}(x0.t(), x1)", f"f32 3,4 {a}", f"f32 4,3 {b}", order=order)
    case(name, call, f"f32 3,1 {a}", f"f32 4 {b}", order=order)
    case(name, f"torch.{name}(x0[::2], x1[:, None])", f"f64 5,3,2 {a}", f"f64 3,2 {b}",
         order=order)
    case(name, call, f"f32 2,1,3 {a}", f"f32 4,1 {b}", order=min(order, 1))
    case(name, call, f"f32 - {a}", f"f32 5 {b}", order=order)
    case(name, call, f"f32 0,3 {a}", f"f32 3 {b}", order=min(order, 1))
    case(name, call, f"f32 1,3 {a}", f"f32 0,1 {b}", order=min(order, 1))
    case(name, call, f"f32 67 {a}", f"f32 67 {b}", order=min(order, 1))
    case(name, call, f"bf16 5 {a}", f"bf16 5 {b}")
    case(name, call, f"f16 5 {a}", f"f16 5 {b}")
    if name not in ("heaviside", "isclose"):
        case(name, f"x0.{name}(x1)", f"f32 3 {a}", f"f64 3 {b}")
    if name != "heaviside":
        case(name, call, *SPECIAL, order=0)
for name, sign in OPERATORS:
    a, b = next((a, b) for n, a, b, _ in PAIRS if n == name)
    order = next(o for n, _, _, o in PAIRS if n == name)
    case(name, f"x0 {sign} x1", f"f32 3,4 {a}", f"f32 4 {b}", order=order)
    case(name, f"x0.t() {sign} 1.5", f"f32 3,4 {a}", order=order)
    case(name, f"2.5 {sign} x0", f"f32 3,4 {b}", order=order)
    case(name, f"x0 {sign} 2", f"f32 5 {a}", order=order)
    # PyTorch takes the logarithm of the number 3 in f32 even when x0 is f64
    case(name, f"3 {sign} x0", f"f32 5 {b}", order=order, tol=100 if sign == "**" else 1)
    case(name, f"x0 {sign} 2", "i64 2,3")
    case(name, f"x0 {sign} 2.0", "i64 2,3")
    case(name, f"x0 {sign} 2", "u8 2,3 0 9")
    case(name, f"x0 {sign} x1", "i64 2,3", "i64 =1,2,3")
    case(name, f"x0 {sign} x1", "i32 2,3", "i64 =1,2,3")
    case(name, f"x0 {sign} x1", "i32 2,3", "f32 =1,2,3")
    if sign not in ("-", "**", "%", "//"):
        case(name, f"x0 {sign} x1", "bool 2,3", "bool =1,1,1")
    if sign not in ("**", "-"):
        case(name, f"x0 {sign} True", "i64 5 1 9")
for name, sign in BITWISE:
    for spec in ("bool", "u8", "i32", "i64"):
        case(name, f"x0 {sign} x1", f"{spec} 3,4", f"{spec} 4")
        case(name, f"torch.{name}(x0.t(), x1)", f"{spec} 3,4", f"{spec} 3")
    case(name, f"torch.{name}(x0, x1)", "i64 0,3", "i64 3")
    case(name, f"x0 {sign} 5", "i64 5")
    case(name, f"6 {sign} x0", "i64 5")
    case(name, f"x0 {sign} True", "bool 5")
    case(name, f"x0 {sign} x1", "bool 5", "i64 5")
    case(name, f"x0 {sign} x1", "u8 5", "i32 5")
for name, sign in SHIFTS:
    case(name, f"x0 {sign} x1", "i64 3,4", "i64 4 0 5")
    case(name, f"x0.t() {sign} x1", "i32 3,4", "i32 3 0 5")
    case(name, f"x0 {sign} 2", "u8 6 0 200")
    case(name, f"torch.{name}(x0, x1)", "i64 0,3", "i64 3 0 3")
for name in ("gcd", "lcm"):
    case(name, f"torch.{name}(x0, x1)", "i64 3,4 -30 30", "i64 4 1 12", flags="o")
    case(name, f"torch.{name}(x0.t(), x1)", "i32 3,4 -30 30", "i32 3 1 12", flags="o")
    case(name, f"torch.{name}(x0, x1)", "i64 0,3", "i64 3", flags="o")

case("add", "torch.add(x0, x1, alpha=3)", "f32 3,4", "f32 4")
case("add", "x0.add(2, alpha=0.5)", "f32 3,4")
case("add", "torch.add(x0, x1, alpha=2)", "i64 3", "i64 3")
case("sub", "torch.sub(x0, x1, alpha=3)", "f32 3,4", "f32 4")
case("sub", "x0.subtract(x1)", "f32 3", "f32 3")
case("sub", "torch.rsub(x0, 1)", "f32 3", flags="o")
case("mul", "torch.multiply(x0, x1)", "f32 3", "f32 3")
case("mul", "x0 * x0", "f32 3,4", order=3)
case("div", "torch.divide(x0, x1)", "f32 3", "f32 3 1 2")
case("div", "torch.true_divide(x0, x1)", "i64 3", "i64 3 1 4")
for mode in ("'floor'", "'trunc'", "None"):
    for a, b in (("f32 3,4 -5 5", "f32 4 0.7 2"), ("i64 3,4", "i64 4 1 3"),
                 ("i64 4", "f32 4 1 3"),
                 ("u8 4", "u8 4 1 3"), ("f64 0,4 -5 5", "f64 4 1 2")):
        case("div", f"torch.div(x0, x1, rounding_mode={mode})", a, b)
    case("div", f"torch.div(x0.t(), 2, rounding_mode={mode})", "f32 2,3 -5 5")
for values in ("=7,-7,7,-7,6,-6,0", ):
    for op in ("//", "%"):
        case("floor_divide" if op == "//" else "remainder", f"x0 {op} x1", f"i64 {values}",
             "i64 =2,2,-2,-2,3,3,5", order=0)
        case("floor_divide" if op == "//" else "remainder", f"x0 {op} x1", f"f32 {values}",
             "f32 =2,2,-2,-2,3,3,5", order=0)
    case("fmod", "torch.fmod(x0, x1)", f"i64 {values}", "i64 =2,2,-2,-2,3,3,5")
for p in ("2", "3", "0", "1", "-1", "0.5", "-2", "2.5", "-0.5"):
    case("pow", f"x0 ** {p}", "f32 3,4 0.3 2", order=3)
case("pow", "x0 ** 2", "f32 3,4", order=3)
case("pow", "x0.t() ** 3", "f32 3,4", order=3)
case("pow", "x0 ** 2", "i64 4")
case("pow", "x0 ** 0", "i64 4")
case("pow", "x0 ** 0.5", "i64 4 0 9")
case("pow", "2 ** x0", "f32 3,4", order=3, tol=100)
case("pow", "torch.pow(2, x0)", "i64 4 0 9")
case("pow", "torch.pow(x0, x1)", "i64 4 1 4", "i64 4 0 5")
case("pow", "x0 ** 2", "f32 =0,-1,2", order=2)
case("pow", "torch.float_power(x0, 2)", "i64 4", flags="o")
case("eq", "torch.equal(x0, x1)", "f32 3", "f32 3")
case("eq", "torch.equal(x0, x0.clone())", "f32 3")
case("allclose", "torch.allclose(x0, x0 + 1e-9)", "f32 3")
case("allclose", "torch.allclose(x0, x0.t(), rtol=1e-3)", "f32 3,3")
case("allclose", "torch.allclose(x0, x1, equal_nan=True)", "f32 =1,nan", "f32 =1,nan")
case("isclose", "torch.isclose(x0, x1, rtol=0.1, atol=0.01)", "f32 =1,2,0,0",
     "f32 =1.05,2.5,0,1")
case("isclose", "torch.isclose(x0, x1, equal_nan=True)", "f32 =1,nan,inf", "f32 =1,nan,inf")
case("maximum", "torch.max(x0, x1)", "f32 3,4", "f32 4")
case("minimum", "torch.min(x0, x1)", "f32 3,1", "f32 4")
case("maximum", "torch.maximum(x0, x1)", "f32 =1,2,3", "f32 =1,1,3", order=1)
case("maximum", "torch.maximum(x0, x1)", "i64 3,4", "i64 4")
case("minimum", "torch.minimum(x0, x1)", "u8 3,4", "i32 4")

for a, b, w in (("f32 3,4", "f32 4", "f32 3,1 0 1"), ("f64 4,3", "f64 4,3", "f64 -"),
                ("f32 0,3", "f32 3", "f32 0,3 0 1")):
    case("lerp", "torch.lerp(x0, x1, x2)", a, b, w)
    case("lerp", "torch.lerp(x0, x1, 0.3)", a, b)
case("lerp", "torch.lerp(x0.t(), x1.t(), 0.75)", "f32 2,3", "f32 2,3")
for name, last in (("addcmul", "f32 3,1"), ("addcdiv", "f32 3,1 0.5 2")):
    case(name, f"torch.{name}(x0, x1, x2)", "f32 3,4", "f32 4", last)
    case(name, f"torch.{name}(x0, x1, x2, value=0.5)", "f32 4", "f32 3,4", last)
    case(name, f"x0.t().{name}(x1, x2, value=2)", "f32 4,3", "f32 4", last)
    case(name, f"torch.{name}(x0, x1, x2)", "f32 0,4", "f32 4", "f32 1 1 2", order=1)
case("where", "torch.where(x0, x1, x2)", "bool 3,4", "f32 4", "f32 3,1")
case("where", "torch.where(x0.t(), x1, x2)", "bool 3,4", "f32 4,3", "f32 4,3")
case("where", "torch.where(x0 > 0, x0, 0.0)", "f32 3,4")
case("where", "torch.where(x0 > 0, 1, x0)", "f32 3,4")
case("where", "torch.where(x0 > 0, 1.0, 0.0)", "f32 3,4", order=0)
case("where", "torch.where(x0, x1, x2)", "bool 0,4", "f32 4", "f32 1", order=1)
case("where", "torch.where(x0, x1, x2)", "bool 4", "f32 4", "f64 4")
case("where", "torch.where(x0, x1, x2)", "bool 4", "i64 4", "f32 4")
case("where", "x1.where(x0, 0.5)", "bool 3", "f32 2,3")
case("where", "x0.where(x1, x2)", "f32 3", "bool 3", "f32 3")
for text in ("x0.masked_fill(x1, 7.5)", "x0.masked_fill(x1, -1)",
             "torch.masked_fill(x0, x1, 0)",
             "x0.t().masked_fill(x1.t(), 2.0)"):
    case("masked_fill", text, "f32 3,4", "bool 3,4")
case("masked_fill", "x0.masked_fill(x1, x2)", "f32 3,4", "bool 4", "f32 -")
case("masked_fill", "x0.masked_fill(x1, 3)", "i64 3,4", "bool 3,1")
case("masked_fill", "x0.masked_fill(x1, 3)", "f32 0,4", "bool 0,4", order=1)
