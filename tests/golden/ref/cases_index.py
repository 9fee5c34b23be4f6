# SPDX-License-Identifier: Apache-2.0
"""Reading and writing by index; gather, scatter and their relatives."""
from table import rows

CASES, case = rows()

READ = ["x0[1]", "x0[-1]", "x0[1, 2]", "x0[:, 1]", "x0[1:]", "x0[::2]", "x0[:, ::3]",
        "x0[..., 0]",
        "x0[..., 1:, :2]", "x0[None]", "x0[:, None, 1]", "x0[0, ..., -1]", "x0[1:1]", "x0[5:]",
        "x0[-2:, -3:-1]",
        "x0[:]", "x0[...]", "x0[(1, 2)]", "x0[1][2]", "x0[True]", "x0[False]",
        "x0[0:3:2, 1::2]"]
ARRAYS = ["x0[[0, 2]]", "x0[[2, 0, 2]]", "x0[:, [0, -1]]", "x0[[0, 1], [1, 2]]",
          "x0[torch.tensor([1, 0])]",
          "x0[torch.tensor([[0, 1], [2, 0]])]", "x0[:, torch.tensor([3, 1]), 0]",
          "x0[[0, 1], :, [1, 0]]",
          "x0[1, [0, 2]]", "x0[[1]]", "x0[torch.tensor(1)]", "x0[:, torch.tensor(2)]",
          "x0[[[0], [1]], [0, 2]]",
          "x0[None, [0, 2]]", "x0[..., [0, 1]]", "x0[1:, [0, 1]]", "x0[[0, 1], 1:3]",
          "x0[torch.arange(2), torch.arange(2)]",
          "x0[:, [1, 2], [0, 1]]", "x0[[0, 2], None]"]
MASKS = ["x0[x0 > 0]", "x0[x0[:, 0, 0] > 0]", "x0[:, x0[0, :, 0] > 0]", "x0[x0.sum(2) > 0]",
         "x0[x0 > 100]",
         "x0[torch.tensor([True, False, True])]", "x0[torch.tensor([True, False, True]), 1]",
         "x0[x0[:, :, 0] > 0, 1]",
         "x0[[True, False, True]]", "x0[torch.tensor([True, False, True]), [0, 1]]",
         "x0[:, :, x0[0, 0] > 0]"]
for text in READ + ARRAYS + MASKS:
    case("index", text, "f32 3,4,3", order=1)
    if "x0[1][2]" != text:
        case("index", text.replace("x0[", "x0.permute(2, 1, 0)[", 1), "f64 3,4,3", order=1)
for text in ("x0[[0, 2]] ** 2", "x0[x0 > 0] ** 2", "x0[1:, 0] ** 3", "x0[[0, 0, 1]] ** 2"):
    case("index", text, "f32 3,4")
case("index", "x0[[]]", "f32 3,4", order=1)
case("index", "x0[torch.zeros(0, dtype=torch.int64)]", "f32 3,4", order=1)
case("index", "x0[:, []]", "f32 3,4", order=1)
case("index", "x0[x1]", "f32 0,3", "i64 0", order=1)
case("index", "x0[x0 > 0]", "f32 0,3", order=1)
case("index", "x0[x1.int()]", "f32 4,3", "i64 2 0 3", order=1)
case("index", "x0[x1]", "i64 4,3", "i64 2,2 0 3")
case("index", "x0[x1]", "bool 4,3", "u8 4 1 1", flags="o")
case("index", "x0[()]", "f32 -", order=1)
case("index", "x0[None]", "f32 -", order=1)
case("index", "x0[...]", "f32 -", order=1)
case("index", "x0.expand(3, 4)[[0, 2], 1:]", "f32 4", order=1)

WRITE = ["y[1] = 5", "y[1:3] = 0.5", "y[:, 0] = x1", "y[0] = x1[0]", "y[..., -1] = x1",
         "y[::2, 1] = -1.0",
         "y[1, 2] = x1[1]", "y[:] = x1[:, None]", "y[...] = 2", "y[-1, 1:] = x1[0]",
         "y[:, None, 0] = x1[:, None]",
         "y[[0, 2]] = 7.0", "y[[0, 1], [1, 2]] = x1[:2]",
         "y[torch.tensor([2, 0])] = x1[:2, None]",
         "y[y > 0] = 0.25", "y[y > 0] = x1[1]", "y[y[:, 0] > -9] = x1[:, None]",
         "y[:, [0, 3]] = x1[:, None]",
         "y[torch.tensor([True, False, True])] = 3",
         "y[torch.tensor([True, False, True]), 1] = x1[1:]",
         "y[1:1] = 4", "y[[0, 0]] = 1.5", "y[:, 1:][0] = x1[2]", "y.t()[1] = x1", "y[2][3] = 9"]
for text in WRITE:
    case("index_put", f"y = x0.clone(); {text}; y", "f32 3,4", "f32 3", order=1)
    case("index_put", f"y = x0.clone() * x0; {text}; y * y", "f64 3,4", "f64 3")
AUGMENTED = ["y[1] += x1[0]", "y[:, 0] *= x1", "y[1:] -= 2", "y[[0, 2]] += 1", "y[y > 0] *= 2",
             "y[0] /= 4",
             "y[::2] **= 2"]
for text in AUGMENTED:
    case("index_put", f"y = x0 * 1; {text}; y", "f32 3,4 0.5 2", "f32 3", order=2)
case("index_put", "y = x0.clone(); y[1] = 2.9; y", "i64 3,2")
case("index_put", "y = x0.clone(); y[x1] = x0[0] * 2; y", "i64 3,2", "bool 3")
case("index_put", "y = x0.clone(); y[0] = True; y", "f32 3,2", order=1)
case("index_put", "y = x0.clone(); y[x0 > 0] = 0; y", "f32 0,3", order=1)
for text in ("x0.index_put((x1,), x2)", "x0.index_put((x1,), x2, accumulate=True)",
             "y = x0.clone(); y.index_put_((x1,), x2, accumulate=True); y"):
    case("index_put", text, "f32 4,2", "i64 =1,1,3", "f32 3,2", order=1, flags="o") \
        if "accumulate" in text else case("index_put", text, "f32 4,2", "i64 =1,0,3", "f32 3,2",
                                          order=1, flags="o")
    case("index_put", text, "f32 4,2", "i64 0", "f32 0,2", order=1, flags="o")
    case("index_put", text, "f64 4,2", "i64 3 2 2" if "acc" in text else "i64 1 2 2", "f64 2",
         order=1, flags="o")

for text, index in (("torch.gather(x0, 0, x1)", "i64 2,4 0 2"), ("x0.gather(1, x1)",
    "i64 3,2 0 3"),
                    ("x0.gather(-1, x1)", "i64 2,5 0 3"), ("x0.t().gather(0, x1.t())",
                                                           "i64 2,5 0 3"),
                    ("x0.gather(dim=1, index=x1)", "i64 3,0 0 3")):
    case("gather", text, "f32 3,4", index, order=1)
    case("gather", text + " ** 2", "f64 3,4", index)
case("gather", "x0.gather(0, x1)", "f32 0,4", "i64 0,4", order=1)
case("gather", "x0.gather(0, x1)", "i64 3,4", "i64 2,4 0 2")
case("gather", "x0.gather(0, x1)", "f32 -", "i64 - 0 0", order=1)
for name, extra in (("scatter", ""), ("scatter_add", "")):
    for text, index, src in ((f"x0.{name}(0, x1, x2)", "i64 =0,2,1,0", "f32 1,4"),
                             (f"torch.{name}(x0, 1, x1, x2)", "i64 =1,0,3,2", "f32 1,4"),
                             (f"x0.t().{name}(0, x1, x2)", "i64 =3,1,0,2", "f32 4,1")):
        reshape = {"i64 =0,2,1,0": "x1.view(1, 4)", "i64 =1,0,3,2": "x1.view(1, 4)",
                   "i64 =3,1,0,2": "x1.view(4, 1)"}[index]
        case(name, text.replace("x1", reshape), "f32 3,4", index, src, order=1)
        case(name, text.replace("x1", reshape) + " ** 2", "f64 3,4", index, src.replace("f32",
            "f64"))
    case(name, f"x0.{name}(0, x1, x2)", "f32 3,4", "i64 0,4", "f32 0,4", order=1)
case("scatter", "x0.scatter(1, x1, 5.5)", "f32 3,4", "i64 3,2 0 3", order=1)
case("scatter", "torch.zeros(3, 5).scatter(1, x0[:, None], 1.0)", "i64 3 0 4")
case("scatter", "y = x0.clone(); y.scatter_(0, x1, 1); y", "f32 3,4", "i64 1,4 0 2", order=1)
case("scatter", "y = torch.zeros(3, 4); y.scatter_(1, x1, x0); y", "f32 3,1", "i64 =1,0,2",
     order=0) if False else None
case("scatter_add", "torch.zeros(4).scatter_add(0, x1, x0)", "f32 5", "i64 =0,1,1,3,1", order=0)
case("scatter_add", "y = x0.clone(); y.scatter_add_(0, x1, x2); y", "f32 4", "i64 =0,1,1,3,1",
     "f32 5", order=1)
case("scatter_add", "x0.scatter_add(0, x1, x2)", "i64 4", "i64 =0,1,1,3,1", "i64 5")
for kind in ("'sum'", "'mean'", "'amax'", "'amin'", "'prod'"):
    case("scatter_reduce", f"x0.scatter_reduce(0, x1, x2, {kind})", "f32 4 0.5 2",
         "i64 =0,1,1,3,1",
         "f32 5 0.5 2", order=1, flags="o")
for text, index in (("x0.index_select(0, x1)", "i64 =2,0,2"), ("torch.index_select(x0, 1, x1)",
    "i64 =3,1"),
                    ("x0.t().index_select(0, x1)", "i64 =0,0"),
                    ("x0.index_select(dim=-1, index=x1)", "i64 0"),
                    ("x0.index_select(0, x1)", "i32 =1,2")):
    case("index_select", text, "f32 3,4", index, order=1)
    case("index_select", text + " ** 2", "f64 3,4", index)
case("index_select", "x0.index_select(0, x1)", "f32 4", "i64 =2,2", order=1)
for text, index, src in (("x0.index_add(0, x1, x2)", "i64 =2,0,2", "f32 3,4"),
                         ("torch.index_add(x0, 1, x1, x2, alpha=2)", "i64 =3,1", "f32 3,2"),
                         ("x0.t().index_add(0, x1, x2)", "i64 =0,0", "f32 2,3"),
                         ("y = x0.clone(); y.index_add_(0, x1, x2); y", "i64 =1", "f32 1,4"),
                         ("x0.index_add(0, x1, x2)", "i64 0", "f32 0,4")):
    case("index_add", text, "f32 3,4", index, src, order=1)
    case("index_add", text + (" * y" if "y" in text[:2] else " ** 2"), "f64 3,4", index,
         src.replace("f32", "f64"))
for text in ("x0.index_copy(0, x1, x2)", "y = x0.clone(); y.index_copy_(0, x1, x2); y"):
    case("index_copy", text, "f32 4,2", "i64 =2,0", "f32 2,2", order=1, flags="o")
for text in ("x0.index_fill(0, x1, 3.5)", "x0.t().index_fill(1, x1, 0)"):
    case("index_fill", text, "f32 4,2", "i64 =2,0", order=1, flags="o")
for text in ("torch.take(x0, x1)", "x0.t().take(x1)"):
    case("take", text, "f32 3,4", "i64 2,3 0 11", order=1, flags="o")
for text, index in (("torch.take_along_dim(x0, x1, 1)", "i64 3,2 0 3"),
                    ("x0.take_along_dim(x1, dim=0)", "i64 2,4 0 2"),
                    ("torch.take_along_dim(x0, x0.argsort(1), 1)", "i64 1"),
                    ("x0.t().take_along_dim(x1, 0)", "i64 1,3 0 3"),
                    ("torch.take_along_dim(x0, x1)", "i64 5 0 11"), ("x0.take_along_dim(x1, 1)",
                        "i64 1,2 0 3"),
                    ("x0.take_along_dim(x1, 1)", "i64 3,0")):
    case("take_along_dim", text, "f32 3,4", index, order=1)
for text in ("torch.masked_select(x0, x0 > 0)", "x0.masked_select(x1)",
             "x0.t().masked_select(x1.t())",
             "x0.masked_select(x1[0])"):
    case("masked_select", text, "f32 3,4", "bool 3,4", order=1)
case("masked_select", "x0.masked_select(x1) ** 2", "f32 3,4", "bool 3,4")
case("masked_select", "x0.masked_select(x0 > 9)", "f32 3,4", order=1)
case("masked_select", "x0.masked_select(x1)", "f32 0,4", "bool 4", order=1)
for text in ("x0.masked_scatter(x1, x2)",):
    case("masked_scatter", text, "f32 2,3", "bool 2,3", "f32 6", order=1, flags="o")
for text in ("torch.nonzero(x0)", "x0.nonzero()", "torch.argwhere(x0)",
             "torch.nonzero(x0, as_tuple=True)",
             "torch.where(x0)", "torch.where(x0 > 0)"):
    flags = "o" if "argwhere" in text else ""
    for spec in ("i64 3,4 -1 1", "bool 2,3", "f32 2,3", "f32 0,3", "f32 5", "i64 2,2,2 0 1"):
        tuples = "as_tuple" in text or "where" in text
        case("nonzero_tuple" if tuples else "nonzero", text, spec, order=0, flags=flags)
case("nonzero", "torch.nonzero(x0)", "f32 -", order=0)

# changes in place
INPLACE = [("add", "y.add_(x1)"), ("add", "y.add_(x1, alpha=2)"), ("add", "y += x1"),
           ("add", "y += 2"), ("sub", "y.sub_(x1)"),
           ("sub", "y -= x1"), ("mul", "y.mul_(x1)"), ("mul", "y *= x1"), ("mul", "y.mul_(2)"),
           ("div", "y.div_(x1)"),
           ("div", "y /= x1"), ("pow", "y.pow_(2)"), ("pow", "y **= 2"), ("exp", "y.exp_()"),
           ("sqrt", "y.sqrt_()"),
           ("log", "y.log_()"), ("neg", "y.neg_()"), ("abs", "y.abs_()"), ("sin", "y.sin_()"),
           ("tanh", "y.tanh_()"),
           ("sigmoid", "y.sigmoid_()"), ("relu", "y.relu_()"), ("reciprocal",
               "y.reciprocal_()"), ("clamp", "y.clamp_(0.6, 1)"),
           ("clamp", "y.clamp_(min=0.9)"), ("zero", "y.zero_()"), ("fill", "y.fill_(3)"),
           ("copy", "y.copy_(x1)"),
           ("copy", "y[1:].copy_(x1)"), ("masked_fill", "y.masked_fill_(x0 > 1, 0.5)"),
           ("lerp", "y.lerp_(x1, 0.3)"),
           ("addcmul", "y.addcmul_(x1, x1, value=0.5)"), ("addcdiv", "y.addcdiv_(x1, x1 + 1)"),
           ("floor", "y.floor_()"),
           ("fmod", "y.fmod_(0.7)"), ("remainder", "y %= 0.7"), ("floor_divide", "y //= 0.3"),
           ("tril", "y.tril_()"),
           ("triu", "y.triu_(1)"), ("add", "y[0].add_(1)"), ("mul", "y[:, 1].mul_(x1[0])"),
           ("add", "y.view(-1).add_(1)"),
           ("add", "y.t().add_(1)"), ("mul", "y.t()[0].mul_(3)"), ("exp", "y[:, ::2].exp_()"),
           ("zero", "y[1].zero_()"),
           ("fill", "y[:, 0].fill_(x1[0])"), ("square", "y.square_()"), ("erf", "y.erf_()"),
           ("round", "y.round_()"),
           ("rsqrt", "y.rsqrt_()"), ("unsqueeze", "y.unsqueeze_(0)"), ("transpose", "y.t_()"),
           ("squeeze", "y.squeeze_()"),
           ("fill", "y.fill_diagonal_(2)"), ("maximum", "y = torch.maximum(y, x1)"),
           ("cumsum", "y.cumsum_(0)")]
for name, text in INPLACE:
    flags = "o" if text in ("y.fill_diagonal_(2)", "y.cumsum_(0)", "y.squeeze_()",
                            "y.unsqueeze_(0)", "y.t_()") else ""
    case(name, f"y = x0.clone(); {text}; y", "f32 3,4 0.4 2", "f32 4 0.4 2", order=1,
         flags=flags)
    case(name, f"y = x0 * 2; {text}; y * y", "f64 3,4 0.4 2", "f64 4 0.4 2", order=2,
         flags=flags)
for text in ("y += 1", "y *= x1", "y.clamp_(0, 3)", "y.zero_()", "y -= x1", "y //= 2", "y %= 3",
             "y.fill_(2.9)", "y &= 3",
             "y |= x1", "y ^= 1", "y <<= 1", "y >>= 1", "y.neg_()"):
    case("add", f"y = x0.clone(); {text}; y", "i64 2,3", "i64 3", flags="o"
         if "fill" in text else "")
case("add", "y = x0.clone(); z = y[1]; z += 1; y", "f32 2,3", order=1)
case("add", "y = x0.clone(); y.add_(x1); y", "f32 0,3", "f32 3", order=1)
case("add", "y = x0.clone(); y += x1; y", "f32 3", "i64 3", order=1)
case("add", "y = x0.clone(); y += x1; y", "f32 3", "f64 3", order=1)
for text in ("y.squeeze_()", "y.squeeze_(0)", "y.unsqueeze_(0)", "y.unsqueeze_(-1)", "y.t_()",
             "y.transpose_(0, 1)", "y.fill_diagonal_(3.0)", "y.swapaxes_(0, 1)"):
    for spec in ("f32 1,3", "f64 3,3", "i64 2,1"):
        case(text[2:text.index("(")], f"y = x0.clone(); {text}; y", spec, order=0, flags="io")
