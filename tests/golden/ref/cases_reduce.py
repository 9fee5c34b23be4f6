# SPDX-License-Identifier: Apache-2.0
"""Reductions, scans, sorting, counting, the softmax family."""
from table import rows

CASES, case = rows()
DIMS = ["", "0", "-1", "(0, 2)", "1, keepdim=True", "dim=(1, 2), keepdim=True"]


def reduction(name, spec_range="-2 2", order=2, many=True, empty=True, prefix="x0.", extra=""):
    r = spec_range
    for d in DIMS if many else [d for d in DIMS if "(" not in d]:
        sep = ", " if d and extra else ""
        case(name, f"{prefix}{name}({d}{sep}{extra})", f"f32 2,3,4 {r}", order=order)
        case(name, f"x0.permute(2, 0, 1).{name}({d}{sep}{extra})", f"f64 2,3,4 {r}",
             order=order)
    case(name, f"torch.{name}(x0.expand(3, 2, 3))", f"f32 2,1 {r}", order=min(order, 1)) \
        if not extra else None
    case(name, f"torch.{name}(x0[:, ::2], 1{', ' if extra else ''}{extra})", f"f32 3,5 {r}",
         order=order)
    case(name, f"torch.{name}(x0, dim=1{', ' if extra else ''}{extra})", f"f32 3,129 {r}",
         order=min(order, 1), tol=4)
    if empty:
        case(name, f"x0.{name}(1{', ' if extra else ''}{extra})", f"f32 3,0 {r}", order=1)
        case(name, f"x0.{name}(0{', ' if extra else ''}{extra})", f"f32 3,0 {r}", order=1)
    else:
        case(name, f"x0.{name}(0{', ' if extra else ''}{extra})", f"f32 3,0 {r}", order=1)


reduction("sum")
reduction("mean", empty=False)
case("mean", "x0.mean()", "f32 0", order=1)
reduction("prod", "0.3 2", many=False)
case("prod", "x0.prod()", "f32 =2,0,3", order=1)
case("prod", "x0.prod(1)", "f32 3,4")
reduction("amax", empty=False)
reduction("amin", empty=False)
reduction("logsumexp", many=True, empty=False, prefix="x0.") if False else None
for d in ("0", "-1", "(0, 2)", "1, keepdim=True", "dim=(1, 2)"):
    case("logsumexp", f"torch.logsumexp(x0, {d})", "f32 2,3,4")
    case("logsumexp", f"x0.transpose(0, 2).logsumexp({d})", "f64 2,3,4")
case("logsumexp", "x0.logsumexp(1)", "f32 3,0", order=1)
case("logsumexp", "x0.logsumexp(0)", "f32 0,3", order=1)
case("logsumexp", "x0.logsumexp(0)", "f32 =1000,1001,-inf", order=1)
case("logsumexp", "x0.logsumexp(0)", "f32 =-inf,-inf", order=0)
case("logsumexp", "x0.logsumexp(0)", "f32 =inf,1", order=0)
for name in ("var", "std"):
    for d in ("", "0", "-1", "(0, 2)", "1, keepdim=True", "unbiased=False",
              "dim=1, unbiased=False",
              "dim=0, correction=0", "dim=(1, 2), correction=2", "correction=0"):
        case(name, f"x0.{name}({d})", "f32 2,3,4")
        case(name, f"torch.{name}(x0.transpose(0, 1){', ' if d else ''}{d})", "f64 2,3,4")
    case(name, f"x0.{name}(0)", "f32 1,3", order=0)
    case(name, f"x0.{name}(0)", "f32 0,3", order=0)
    case(name, f"x0.{name}(0)", "f32 3,0", order=1)
    case(name, f"x0.{name}(1)", "f32 3,129", order=1, tol=4)
    case(f"{name}_mean", f"torch.{name}_mean(x0)", "f32 3,4", flags="o")
    case(f"{name}_mean", f"torch.{name}_mean(x0.t(), dim=1, correction=0)", "f32 3,4",
         flags="o")
    case(f"{name}_mean", f"torch.{name}_mean(x0, 0)", "f32 3,0", flags="o", order=1)

for name in ("max", "min"):
    for d in ("0", "-1", "1, keepdim=True", "dim=2"):
        case(name, f"torch.{name}(x0, {d})", "f32 2,3,4")
        case(name, f"x0.permute(2, 0, 1).{name}({d})", "f64 2,3,4")
    case(name, f"x0.{name}()", "f32 3,4")
    case(name, f"x0.t().{name}()", "f32 3,4")
    case(name, f"x0.{name}()", "f32 =1,3,3,1,-5,-5", order=1)
    case(name, f"x0.{name}(0)", "f32 =1,3,3,1,-5,-5", order=1)
    case(name, f"x0.{name}(0)", "f32 =1,nan,3", order=0)
    case(name, f"x0.{name}()", "f32 =1,nan,3", order=0)
    case(name, f"x0.{name}(0)", "f32 3,0", order=1)
    case(name, f"x0.{name}(1).values", "f32 3,4")
    case(name, f"x0.{name}(1).indices", "f32 3,4")
    case(name, f"x0.{name}(dim=1)[0]", "i64 3,4")
    case(name, f"x0.expand(3, 4).{name}(0)", "f32 1,4", order=1)
    for f in ("argmax", "argmin"):
        pass
for name in ("argmax", "argmin"):
    for d in ("", "0", "-1", "1, keepdim=True", "dim=2"):
        case(name, f"torch.{name}(x0{', ' if d else ''}{d})", "f32 2,3,4")
        case(name, f"x0.transpose(0, 2).{name}({d})", "f32 2,3,4")
    case(name, f"x0.{name}(0)", "f32 3,0")
    case(name, f"x0.{name}()", "f32 =1,nan,3")
    case(name, f"x0.{name}()", "i64 3,4 -30 30")
case("amax", "x0.amax(0)", "f32 =1,3,3", order=1)
case("amin", "x0.amin()", "f32 =1,-3,-3", order=1)
case("amax", "x0.amax((0, 1))", "i64 3,4")
case("aminmax", "torch.aminmax(x0)", "f32 3,4", flags="o")
case("aminmax", "torch.aminmax(x0.t(), dim=0)", "f32 3,4", flags="o")
case("aminmax", "torch.aminmax(x0, dim=0)", "f32 3,0", flags="o", order=1)
for name in ("any", "all"):
    for d in ("", "0", "-1", "1, keepdim=True"):
        case(name, f"(x0 > 0.5).{name}({d})", "f32 2,3,4")
        case(name, f"torch.{name}(x0.transpose(0, 1){', ' if d else ''}{d})", "bool 2,3,4")
    case(name, f"x0.{name}(1)", "f32 3,0")
    case(name, f"x0.{name}()", "f32 =0,nan")
    case(name, f"x0.{name}((0, 1))", "bool 2,3", flags="o")
for d in ("", "0", "dim=(0, 1)"):
    case("count_nonzero", f"torch.count_nonzero(x0{', ' if d else ''}{d})", "i64 3,4 -1 1")
    case("count_nonzero", f"torch.count_nonzero(x0.t(){', ' if d else ''}{d})", "f32 3,4")
case("count_nonzero", "x0.count_nonzero(1)", "f32 3,0")
for name in ("nansum", "nanmean"):
    for d in ("", "0", "1, keepdim=True"):
        case(name, f"torch.{name}(x0{', ' if d else ''}{d})", "f32 2,3", flags="o")
    case(name, f"x0.{name}()", "f32 =1,nan,3,4", order=1, flags="o")
    case(name, f"x0.t().{name}(0)", "f32 2,3", flags="o")
    case(name, f"x0.{name}(0)", "f32 0,3", order=1, flags="o")

for d in ("", "2", "1", "float('inf')", "-float('inf')", "0", "3", "2.5", "2, 0",
          "2, -1, True",
          "1, dim=(0, 1)", "p=2, dim=1", "dim=0", "float('inf'), 1"):
    case("norm", f"x0.norm({d})", "f32 3,4 0.2 2")
    case("norm", f"torch.norm(x0.t(){', ' if d else ''}{d})", "f64 3,4")
case("norm", "x0.norm(2, 0)", "f32 0,3", order=1)
case("norm", "x0.norm()", "f32 0", order=1)
case("norm", "x0.norm()", "f32 =0,0,0", order=1)
case("norm", "x0.norm(1)", "f32 =0,1,-1", order=1)
case("norm", "x0.norm(dim=1)", "f32 3,129", order=1, tol=4)
for text in ("torch.linalg.norm(x0)", "torch.linalg.norm(x0, dim=1)",
             "torch.linalg.vector_norm(x0, 3)",
             "torch.linalg.vector_norm(x0, ord=1, dim=0, keepdim=True)",
             "torch.linalg.norm(x0.t(), 2, dim=0)"):
    case("norm", text, "f32 3,4", flags="o")
case("dist", "torch.dist(x0, x1)", "f32 3,4", "f32 4", flags="o")
case("dist", "torch.dist(x0.t(), x1, 1)", "f32 3,4", "f32 4,3", flags="o")
case("dist", "torch.dist(x0, x1)", "f32 0", "f32 0", flags="o", order=1)

for name, r in (("cumsum", "-2 2"), ("cumprod", "0.4 2"), ("logcumsumexp", "-2 2")):
    flags = "o" if name == "logcumsumexp" else ""
    for d in ("0", "-1", "dim=1"):
        case(name, f"torch.{name}(x0, {d})", f"f32 2,3,4 {r}", flags=flags)
        case(name, f"x0.transpose(0, 2).{name}({d})", f"f64 2,3,4 {r}", flags=flags)
    case(name, f"x0.expand(3, 4).{name}(0)", f"f32 4 {r}", flags=flags)
    case(name, f"x0.{name}(1)", f"f32 3,0 {r}", order=1, flags=flags)
    case(name, f"x0.{name}(0)", f"f32 - {r}", order=1, flags=flags)
case("cumprod", "x0.cumprod(0)", "f32 =2,0,3,0,4", order=1)
case("cumsum", "x0.cumsum(0, dtype=torch.float64)", "f32 5", order=1)
for name in ("cummax", "cummin"):
    for d in ("0", "dim=1"):
        case(name, f"torch.{name}(x0, {d})", "f32 3,4")
        case(name, f"x0.t().{name}({d})", "f32 3,4")
    case(name, f"x0.{name}(0)", "f32 =1,3,3,2,5")
    case(name, f"x0.{name}(0)", "f32 =1,nan,3", order=0)
    case(name, f"x0.{name}(1)", "f32 3,0", order=1)

for d in ("", "0", "1, keepdim=True", "dim=-1"):
    case("median", f"torch.median(x0{', ' if d else ''}{d})", "f32 3,4")
    case("median", f"x0.t().median({d})", "f64 3,4")
    case("nanmedian", f"x0.nanmedian({d})", "f32 3,5", flags="o")
case("median", "x0.median(0)", "f32 3,0", order=1)
case("median", "x0.median()", "f32 =1,nan,3", order=0)
case("nanmedian", "x0.nanmedian()", "f32 =1,nan,3", order=0, flags="o")
case("median", "x0.median()", "i64 3,4 -30 30")
case("mode", "torch.mode(x0)", "i64 =1,2,2,3,3,3", flags="o")
case("mode", "torch.mode(x0, 0)[0]", "i64 5,4 0 2", flags="o")
for d in ("2", "1, 0", "2, dim=1, keepdim=True"):
    case("kthvalue", f"torch.kthvalue(x0, {d})", "f32 3,4")
    case("kthvalue", f"x0.t().kthvalue({d})", "f64 3,4")
case("kthvalue", "x0.kthvalue(1, 0)", "f32 3,0", order=1)
case("kthvalue", "x0.kthvalue(3)[0]", "i64 7 -30 30")
for name in ("sort", "argsort"):
    for d in ("", "0", "dim=1, descending=True", "-1, True"):
        case(name, f"torch.{name}(x0{', ' if d else ''}{d})", "f32 3,4")
        case(name, f"x0.t().{name}({d})", "f64 3,4")
    case(name, f"torch.{name}(x0, stable=True)", "i64 =3,1,2,1,3,2")
    case(name, f"torch.{name}(x0, descending=True, stable=True)", "i64 =3,1,2,1,3,2")
    case(name, f"x0.{name}()", "f32 3,0", order=1)
    case(name, f"x0.{name}()", "f32 =2,nan,1,inf,-inf", order=0)
    case(name, f"x0.{name}(descending=True)", "f32 =2,nan,1,inf,-inf", order=0)
    case(name, f"x0.{name}()", "f32 -", order=1)
    case(name, f"x0.{name}()", "f32 100", order=1)
    case(name, f"x0.{name}(stable=True)", "bool =1,0,1,0")
    case(name, f"x0.{name}()", "u8 =200,3,100,0,255")
case("sort", "x0.sort(1).values.cumsum(1)", "f32 3,4")
case("sort", "x0.sort().indices", "f32 5")
case("msort", "torch.msort(x0)", "f32 3,4", flags="o")
for d in ("2", "1, 0", "3, dim=1, largest=False", "2, -1, True, True", "0"):
    case("topk", f"torch.topk(x0, {d})", "f32 3,4")
    case("topk", f"x0.t().topk({d})", "f64 4,3" if "3" not in d else "f64 4,3")
case("topk", "x0.topk(0)", "f32 3,0", order=1)
case("topk", "x0.topk(5)[0]", "i64 9 -90 90")
case("topk", "x0.topk(2).values", "f32 9")
for text in ("torch.unique(x0)", "torch.unique(x0, return_inverse=True)",
             "torch.unique(x0, return_counts=True)",
             "x0.unique(return_inverse=True, return_counts=True)"):
    case("unique", text, "i64 3,4 0 4")
    case("unique", text, "f32 =2,1,2,-1,1", order=0)
    case("unique", text, "i64 0")
case("unique", "torch.unique(x0, sorted=True)", "bool =1,0,1")
case("unique", "x0.t().unique()", "u8 2,3")
case("unique_consecutive", "torch.unique_consecutive(x0)", "i64 =1,1,2,2,1", flags="o")
for text in ("torch.bincount(x0)", "x0.bincount(minlength=9)"):
    case("bincount", text, "i64 7 0 5")
    case("bincount", text, "u8 7 0 5")
    case("bincount", text, "i64 0")
    case("bincount", text.replace("x0", "x0[::2]"), "i64 7 0 5")
case("bincount", "torch.bincount(x0, weights=x1)", "i64 6 0 3", "f32 6", order=0)
case("bincount", "torch.bincount(x0, x1)", "i64 6 0 3", "f64 6", order=0)
for text in ("torch.histc(x0, 5)", "torch.histc(x0, bins=4, min=-1, max=1)",
             "x0.t().histc(3, 0, 2)"):
    case("histc", text, "f32 3,4", order=0)
    case("histc", text, "f64 5,6", order=0)
case("histc", "torch.histc(x0, 3)", "f32 =1,1,1", order=0)
case("histc", "torch.histc(x0, 3, 0, 1)", "f32 0,2", order=0)
for text in ("torch.searchsorted(x0, x1)", "torch.searchsorted(x0, x1, right=True)",
             "torch.bucketize(x1, x0)"):
    case("searchsorted", text, "f32 =1,3,5,7", "f32 =0,1,3.5,7,9", order=0, flags="o")
    case("searchsorted", text, "i64 =1,3,5,7", "i64 2,2 0 9", order=0, flags="o")
    case("searchsorted", text, "f32 =1,3,5,7", "f32 0", order=0, flags="o")
for d in ("0.5", "0.3, dim=1", "0.25, 0, True"):
    case("quantile", f"torch.quantile(x0, {d})", "f32 3,5", flags="o")
for text in ("torch.diff(x0)", "torch.diff(x0, dim=0)", "x0.t().diff(n=2)"):
    case("diff", text, "f32 3,4", flags="o")

for name, smooth in (("softmax", 3), ("log_softmax", 3), ("softmin", 2)):
    head = "F." if name == "softmin" else "torch."
    for d in ("0", "-1", "dim=1"):
        case(name, f"{head}{name}(x0, {d})", "f32 2,3,4", order=smooth)
        case(name, f"F.{name}(x0.permute(2, 0, 1), {d})", "f64 2,3,4", order=smooth)
    case(name, f"F.{name}(x0.expand(3, 4), dim=1)", "f32 4", order=2)
    case(name, f"F.{name}(x0, dim=1)", "f32 3,0", order=1)
    case(name, f"F.{name}(x0, dim=1)", "f32 0,3", order=1)
    case(name, f"F.{name}(x0, dim=0)", "f32 -", order=1)
    case(name, f"F.{name}(x0, dim=-1)", "f32 =1000,1001,-1000", order=1)
    case(name, f"F.{name}(x0, dim=-1)", "f32 =-inf,0,1", order=1 if name != "softmin" else 0)
    case(name, f"F.{name}(x0, dim=-1)", "f32 =-inf,-inf", order=0)
    case(name, f"F.{name}(x0, dim=-1)", "bf16 3,4", order=0)
    case(name, f"F.{name}(x0, dim=1)", "f32 3,133", order=1, tol=4)
    if name != "softmin":
        case(name, f"x0.{name}(1)", "f32 2,3")
        case(name, f"F.{name}(x0, dim=1, dtype=torch.float64)", "f32 2,3", order=1)
    case(name, f"F.{name}(x0, dim=1, dtype=torch.float32)", "i64 2,3", order=0)
for p in ("", "2, 1", "1, 0", "3.0, dim=-1"):
    case("normalize", f"F.normalize(x0{', p=' if p[:1].isdigit() else ''}{p})".replace(
        ", p=2, 1", ", p=2, dim=1").replace(", p=1, 0", ", p=1, dim=0"), "f32 3,4")
    case("normalize", f"F.normalize(x0.t(){', ' if p else ''}{p})", "f64 3,4")
case("normalize", "F.normalize(x0)", "f32 0,4", order=1)
case("normalize", "F.normalize(x0, dim=0)", "f32 =0,0,0", order=0)
