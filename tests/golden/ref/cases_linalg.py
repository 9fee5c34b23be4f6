# SPDX-License-Identifier: Apache-2.0
"""Products: matmul in all its forms, einsum, distances."""
from table import rows

CASES, case = rows()

MATMUL = [("4", "4"), ("3,4", "4"), ("4", "4,5"), ("3,4", "4,5"), ("2,3,4", "4,5"),
          ("2,3,4", "4"), ("4", "2,4,5"),
          ("2,3,4", "2,4,5"), ("1,3,4", "2,4,5"), ("3,4", "2,4,5"), ("2,1,3,4", "3,4,2"),
          ("2,3,3,4", "1,3,4,2"),
          ("0,4", "4,5"), ("3,0", "0,5"), ("2,0,4", "4,3"), ("0,3,4", "4,5"), ("3,4", "4,0"),
          ("0", "0"), ("1,1", "1,1"),
          ("2,3,4", "4,1"), ("7,13", "13,5")]
for a, b in MATMUL:
    empty = "0" in a.split(",") + b.split(",")
    for call in ("torch.matmul(x0, x1)", "x0 @ x1"):
        case("matmul", call, f"f32 {a}", f"f32 {b}", order=1 if empty else 2)
    case("matmul", "torch.matmul(x0, x1)", f"f64 {a}", f"f64 {b}", order=1 if empty else 2)
for text in ("x0.t() @ x1", "x0.t().matmul(x1.t().t())", "x0.t()[::2] @ x1",
             "torch.matmul(x0.t(), x1[:, 1:4:2])",
             "x0.t() @ x1 @ x1.t()"):
    case("matmul", text, "f32 4,3", "f32 4,5")
case("matmul", "x0.expand(3, 4) @ x1", "f32 4", "f32 4,2")
case("matmul", "x0.transpose(1, 2) @ x1", "f32 2,4,3", "f32 2,4,5")
case("matmul", "x0 @ x0.t()", "f32 3,4")
case("matmul", "x0 @ x1", "i64 3,4", "i64 4,2")
case("matmul", "x0 @ x1", "f16 3,4", "f16 4,2", tol=2)
case("matmul", "x0 @ x1", "bf16 3,4", "bf16 4,2", tol=2)
case("matmul", "x0 @ x1", "f32 17,65", "f32 65,33", order=0, tol=8)
for text, a, b in (("torch.mm(x0, x1)", "3,4", "4,2"), ("x0.mm(x1)", "1,4", "4,1"),
                   ("torch.mm(x0.t(), x1)", "4,3", "4,2"),
                   ("torch.mm(x0, x1.t())", "0,4", "5,4")):
    case("mm", text, f"f32 {a}", f"f32 {b}")
for text, a, b in (("torch.bmm(x0, x1)", "2,3,4", "2,4,2"), ("x0.bmm(x1.transpose(1, 2))",
    "2,3,4", "2,5,4"),
                   ("torch.bmm(x0, x1)", "0,3,4", "0,4,2"),
                   ("torch.bmm(x0.expand(2, 3, 4), x1)", "3,4", "2,4,3")):
    case("bmm", text, f"f32 {a}", f"f32 {b}")
    case("bmm", text, f"f64 {a}", f"f64 {b}")
for text, a, b in (("torch.mv(x0, x1)", "3,4", "4"), ("x0.t().mv(x1)", "3,4", "3"),
                   ("torch.mv(x0, x1)", "0,4", "4")):
    case("mv", text, f"f32 {a}", f"f32 {b}")
for text, a, b in (("torch.dot(x0, x1)", "4", "4"), ("x0[::2].dot(x1)", "8", "4"),
                   ("torch.dot(x0, x1)", "0", "0"),
                   ("x0.expand(4).dot(x1)", "1", "4")):
    case("dot", text, f"f32 {a}", f"f32 {b}")
case("dot", "x0.dot(x1)", "i64 4", "i64 4")
for text, a, b in (("torch.outer(x0, x1)", "3", "4"), ("x0[::2].outer(x1)", "5", "2"),
                   ("torch.outer(x0, x1)", "0", "4"),
                   ("torch.ger(x0, x1)", "3", "2"), ("x0.expand(3).outer(x1)", "1", "2")):
    case("outer", text, f"f32 {a}", f"f32 {b}", flags="o" if "ger" in text else "")
case("inner", "torch.inner(x0, x1)", "f32 2,4", "f32 3,4", flags="o")
case("vdot", "torch.vdot(x0, x1)", "f32 4", "f32 4", flags="o")
for text in ("torch.addmm(x0, x1, x2)", "torch.addmm(x0, x1, x2, beta=0.5, alpha=2)",
             "x0.addmm(x1, x2, alpha=-1)"):
    case("addmm", text, "f32 3,2", "f32 3,4", "f32 4,2")
    case("addmm", text, "f32 2", "f32 3,4", "f32 4,2")
    case("addmm", text.replace("x1", "x1.t()"), "f64 3,1", "f64 4,3", "f64 4,2")
    case("addmm", text, "f32 2", "f32 0,4", "f32 4,2", order=1)
case("addmm", "torch.addmm(x0, x1, x2, beta=0)", "f32 3,2", "f32 3,0", "f32 0,2", order=0)
for text, specs in (("torch.addmv(x0, x1, x2)", ("3", "3,4", "4")), ("torch.addr(x0, x1, x2)",
    ("3,4", "3", "4")),
                    ("torch.baddbmm(x0, x1, x2, beta=0.5)", ("2,3,5", "2,3,4", "2,4,5")),
                    ("torch.addbmm(x0, x1, x2)", ("3,5", "2,3,4", "2,4,5"))):
    case(text[6:text.index("(")], text, *[f"f32 {s}" for s in specs], flags="o")

EINSUM = [("'ij,jk->ik'", "3,4", "4,5"), ("'ij,jk'", "3,4", "4,2"), ("'i,i->'", "4", "4"),
          ("'i,j->ij'", "3", "4"),
          ("'bij,bjk->bik'", "2,3,4", "2,4,2"), ("'bij,jk->bik'", "2,3,4", "4,2"),
          ("'ij,ij->i'", "3,4", "3,4"),
          ("'ij,j->ij'", "3,4", "4"), ("'...ij,...jk->...ik'", "2,3,4", "4,2"),
          ("'ijk,jl->ikl'", "2,3,4", "3,2"),
          ("'bhqd,bhkd->bhqk'", "1,2,3,4", "1,2,2,4"), ("'ab,cd->abcd'", "2,3", "2,2"),
          ("'ij,kj->ki'", "3,4", "2,4"),
          ("'ij,jk->ik'", "0,4", "4,5"), ("'ij,jk->ik'", "3,0", "0,5"), ("'b...,b...->...'",
              "2,3", "2,3"),
          ("'ij, jk -> ik'", "3,4", "4,2")]
for equation, a, b in EINSUM:
    case("einsum", f"torch.einsum({equation}, x0, x1)", f"f32 {a}", f"f32 {b}")
case("einsum", "torch.einsum('ij,jk->ik', x0.t(), x1)", "f32 4,3", "f32 4,5")
for equation in ("'ij->ji'", "'ij->'", "'ij->i'", "'ij->j'", "'ij'", "'ba'", "'...->...'",
                 "'...j->...'"):
    case("einsum", f"torch.einsum({equation}, x0)", "f32 3,4")
case("einsum", "torch.einsum('ii->i', x0)", "f32 3,3")
case("einsum", "torch.einsum('ii', x0)", "f32 3,3")
case("einsum", "torch.einsum('bii->b', x0)", "f32 2,3,3")
case("einsum", "torch.einsum('i,ij,j->', x0, x1, x2)", "f32 3", "f32 3,4", "f32 4")
case("einsum", "torch.einsum('bn,anm,bm->ba', x0, x1, x2)", "f32 2,3", "f32 2,3,4", "f32 2,4")
case("einsum", "torch.einsum('ij,jk->ik', [x0, x1])", "f32 2,3", "f32 3,2", flags="o")
for text in ("torch.tensordot(x0, x1, dims=1)", "torch.tensordot(x0, x1, dims=([1], [0]))"):
    case("tensordot", text, "f32 3,4", "f32 4,2", flags="o")
case("kron", "torch.kron(x0, x1)", "f32 2,3", "f32 2,2", flags="o")
for text in ("torch.cross(x0, x1, dim=1)", "torch.linalg.cross(x0, x1)"):
    case("cross", text, "f32 2,3", "f32 2,3", flags="o")
for text in ("torch.trace(x0)", "x0.t().trace()", "x0[:2].trace()"):
    case("trace", text, "f32 3,4", order=1, flags="o")
case("trace", "torch.trace(x0)", "f32 0,3", order=1, flags="o")

for p in ("", ", p=1", ", p=2.0", ", p=3", ", p=float('inf')", ", p=0.5"):
    # PyTorch's second derivative of cdist exists for p = 2 only in part; the first is
    # enough here
    case("cdist", f"torch.cdist(x0, x1{p})", "f32 3,4", "f32 2,4", order=1)
    case("cdist", f"torch.cdist(x0.transpose(1, 2), x1{p})", "f64 2,4,3", "f64 2,2,4", order=1)
    case("cdist", f"torch.cdist(x0, x1{p})", "f32 0,4", "f32 2,4", order=1)
case("cdist", "torch.cdist(x0, x1)", "f32 2,1,3,4", "f32 2,2,4", order=1)
case("cdist", "torch.cdist(x0, x1)", "f32 30,4", "f32 28,4", order=1, tol=8)
for text in ("F.cosine_similarity(x0, x1)", "F.cosine_similarity(x0, x1, dim=0)",
             "torch.cosine_similarity(x0, x1, dim=-1)",
             "F.cosine_similarity(x0, x1, dim=1, eps=0.5)"):
    case("cosine_similarity", text, "f32 3,4", "f32 3,4")
    case("cosine_similarity", text.replace("x0", "x0.t()"), "f64 4,3", "f64 3,4")
    case("cosine_similarity", text, "f32 3,4", "f32 3,1" if "dim=0" in text else "f32 1,4")
case("cosine_similarity", "F.cosine_similarity(x0, x1)", "f32 0,4", "f32 0,4", order=1)
for text in ("F.pairwise_distance(x0, x1)", "F.pairwise_distance(x0, x1, p=1, keepdim=True)"):
    case("pairwise_distance", text, "f32 3,4", "f32 3,4", flags="o")
