# SPDX-License-Identifier: Apache-2.0
"""Rarer names: short forms, pieces that others are made of, functions an engine may lack."""
from table import rows

CASES, case = rows()


for text in ("x0.T", "x0.t()", "x0.mT", "x0.ravel()", "x0.view_as(x0)", "x0.reshape_as(x0.t())",
             "x0.expand_as(x0)",
             "x0.broadcast_to((2, 3, 4))", "x0.clamp_min(0.1)", "x0.clamp_max(0.1)",
             "x0.double()", "x0.float()", "x0.half()",
             "x0.bfloat16()", "x0.type_as(x0)", "torch.flipud(x0)", "torch.fliplr(x0)",
             "torch.atleast_1d(x0)",
             "torch.atleast_2d(x0)", "torch.atleast_3d(x0)", "x0.rot90()", "x0.diag_embed()",
             "torch.swapaxes(x0, 0, 1)",
             "torch.trace(x0)", "x0.sgn()", "torch.rsub(x0, 2)",
             "torch.float_power(x0.abs() + 1, 2.5)",
             "torch.polygamma(1, x0.abs() + 1)", "torch.diagflat(x0)",
             "torch.constant_pad_nd(x0, (1, 2), 0.5)",
             "torch.vstack([x0, x0])", "torch.hstack([x0, x0])", "torch.dstack([x0, x0])",
             "torch.column_stack([x0, x0])",
             "torch.block_diag(x0, x0)", "x0.unflatten(0, (1, 3))", "x0.tensor_split(2)",
             "torch.diff(x0)", "torch.msort(x0)",
             "x0.nansum()", "x0.nanmean(0)", "torch.aminmax(x0)", "torch.var_mean(x0, 0)",
             "torch.std_mean(x0)",
             "torch.broadcast_tensors(x0, x0[0])", "x0.diagonal_scatter(x0[0, :3] * 2)",
             "x0.select_scatter(x0[0] * 2, 0, 1)", "x0.slice_scatter(x0[:2] * 2, 0, 1, 3)",
             "x0.narrow_copy(0, 1, 2)",
             "torch.logcumsumexp(x0, 1)", "torch.quantile(x0, 0.4)", "torch.nanmedian(x0)",
             "torch.kron(x0, x0[:1])",
             "torch.tensordot(x0, x0, dims=2)", "torch.inner(x0, x0)", "torch.cov(x0)",
             "torch.renorm(x0, 2, 0, 1.0)",
             "torch.rms_norm(x0, (4,))", "F.softmin(x0, dim=0)", "x0.logit(0.4)",
             "torch.dist(x0, x0 * 2)", "x0.cummax(0)",
             "x0.cummin(1)", "x0.index_fill(0, torch.tensor([0]), 2.0)",
             "x0.index_copy(0, torch.tensor([1]), x0[:1] * 2)",
             "x0.take(torch.tensor([0, 5]))", "x0.masked_scatter(x0 > 0, x0.flip(0))",
             "F.huber_loss(x0, x0 * 2)",
             "F.kl_div(x0, x0.softmax(1))", "F.pairwise_distance(x0, x0 * 2)",
             "torch.unsqueeze(x0, 0).squeeze(0)",
             "F.linear(x0, x0)", "torch.sub(x0, 1, alpha=2)",
             "x0.scatter_reduce(0, torch.tensor([[0, 1, 2, 0]]), x0[:1], 'sum')"):
    name = text.split("(")[0].split(".")[-1]
    # half and bfloat16 round: derivatives of the rounding are not compared in f64
    case(name, text, "f32 3,4", order=1 if name in ("half", "bfloat16", "cummax", "cummin")
         else 2, flags="o")
    case(name, text.replace("x0", "x0[:, ::2]"), "f32 3,8",
         order=1 if name in ("half", "bfloat16", "cummax", "cummin") else 2, flags="o")
    case(name, text.replace("x0", "x0.expand(3, 4)"), "f32 4", order=0, flags="o")
for text in ("x0.int()", "x0.long()", "x0.bool()", "x0.byte()", "torch.empty_like(x0).shape",
             "torch.equal(x0, x0)",
             "x0.new_zeros(2, 3)", "x0.new_ones(2)", "x0.new_full((2,), 3.0)",
             "x0.new_empty(0, 2)", "torch.combinations(x0[0])",
             "torch.cartesian_prod(x0[0], x0[1])", "torch.unique_consecutive(x0)",
             "torch.mode(x0, 1)", "torch.cross(x0[:, :3], x0[:, 1:], dim=1)",
             "torch.vdot(x0[0], x0[1])", "torch.searchsorted(x0[0].sort().values, x0)",
             "torch.bucketize(x0, x0[0].sort().values)"):
    name = text.split("(")[0].split(".")[-1]
    for spec in ("f32 3,4", "f64 3,4", "f32 2,4"):
        case(name, text, spec, order=0, flags="o")
for text in ("torch.empty(2, 3).shape", "torch.empty((0, 3))",
             "torch.empty(2, dtype=torch.int64).dtype == torch.int64",
             "torch.tril_indices(3, 4)", "torch.tril_indices(3, 3, 1)",
             "torch.tril_indices(0, 3)", "torch.triu_indices(3, 4)",
             "torch.triu_indices(3, 3, -1)", "torch.triu_indices(2, 0)", "torch.range(1, 4)",
             "torch.range(0, 1, 0.25)",
             "torch.range(3, 1, -1)"):
    case(text.split("(")[0].split(".")[-1], text, order=0, flags="o")
for text, specs in (("torch.addmv(x0, x1, x2)", ("3", "3,4", "4")),
                    ("torch.addmv(x0, x1, x2, beta=0.5, alpha=2)", ("1", "3,4", "4")),
                    ("torch.addmv(x0, x1.t(), x2)", ("4", "3,4", "3")),
                    ("torch.addr(x0, x1, x2)", ("3,4", "3", "4")),
                    ("torch.addr(x0, x1, x2, alpha=2)", ("4", "3", "4")),
                    ("torch.addr(x0.t(), x1, x2)", ("4,3", "3", "4")),
                    ("torch.baddbmm(x0, x1, x2)", ("2,3,5", "2,3,4", "2,4,5")),
                    ("torch.baddbmm(x0, x1, x2, alpha=2)", ("5", "2,3,4", "2,4,5")),
                    ("torch.baddbmm(x0, x1.transpose(1, 2), x2, beta=0)", ("2,3,5", "2,4,3",
                        "2,4,5")),
                    ("torch.addbmm(x0, x1, x2)", ("3,5", "2,3,4", "2,4,5")),
                    ("torch.addbmm(x0, x1, x2, beta=2)", ("5", "2,3,4", "2,4,5")),
                    ("torch.addbmm(x0.t(), x1, x2)", ("5,3", "2,3,4", "2,4,5")),
                    ("torch.chain_matmul(x0, x1, x2)", ("2,3", "3,4", "4,2")),
                    ("torch.linalg.multi_dot([x0, x1, x2])", ("2,3", "3,4", "4,2")),
                    ("torch.chain_matmul(x0.t(), x1, x2)", ("3,2", "3,4", "4,2")),
                    ("torch.chain_matmul(x0, x1, x2)", ("0,3", "3,4", "4,2"))):
    case(text.split("(")[0].split(".")[-1], text, *[f"f32 {s}" for s in specs], flags="o")
for shape in ("2, 2", "3, 1"):
    for extra in ("", ", 1"):
        case("as_strided", f"x0.as_strided(({shape}), (3, 1){extra})", "f32 3,4", order=1,
             flags="o")
for name in ("dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout"):
    for shape in ("2,3,4", "2,3,1", "0,3,2"):
        x = "x0[:, :, None, None]" if name == "dropout3d" else "x0.unsqueeze(2)"
        x = "x0" if name in ("dropout1d", "alpha_dropout") else x
        case(name, f"F.{name}({x}, 0.4, training=False)", f"f32 {shape}", order=1, flags="o")
for shape in ("3,4", "5,4", "0,4"):
    case("bilinear", "F.bilinear(x0, x1, x2)", f"f32 {shape}", f"f32 {shape}", "f32 2,4,4",
         flags="o",
         order=1 if shape[0] == "0" else 2)
    case("bilinear", "F.bilinear(x0, x1, x2, x3)", f"f32 {shape}", f"f32 {shape}", "f32 2,4,4",
         "f32 2", flags="o", order=1)
for text in ("torch.corrcoef(x0)", "torch.trapezoid(x0)", "torch.trapezoid(x0, dx=0.5)",
             "torch.cumulative_trapezoid(x0)", "torch.nanquantile(x0, 0.3)",
             "x0.nanquantile(0.6, 1)",
             "torch.linalg.vector_norm(x0, dim=1)", "torch.linalg.vector_norm(x0)",
             "x0.median()",
             "torch.nanmedian(x0)", "torch.tensordot(x0, x0, dims=([0, 1], [0, 1]))",
             "torch.tensordot(x0, x0.t(), dims=([1], [0]))", "x0.tensor_split((1, 2))"):
    name = text.split("(")[0].split(".")[-1]
    name = {"tensordot": "tensordot_dims", "tensor_split": "tensor_split_at",
            "median": "median_all", "nanmedian": "nanmedian_all"}.get(name, name)
    case(name, text, "f32 3,4", flags="o")
    case(name, text.replace("x0", "x0.t()"), "f64 3,4" if "x0.t()" not in text else "f64 3,3",
         flags="o")
    case(name, text.replace("x0", "x0[:, ::2]"), "f32 3,8", flags="o")
for text in ("torch.linalg.cross(x0, x1)", "torch.linalg.cross(x0, x1, dim=-1)"):
    case("linalg_cross", text, "f32 4,3", "f32 4,3", flags="o")
    case("linalg_cross", text, "f64 4,3", "f64 1,3", flags="o")
for norm in ("1.0", "100.0", "0.5, norm_type=1.0", "0.5, 3.0", "0.5, norm_type=float('inf')"):
    case("clip_grad_norm_", "(x0 * x0).sum().backward(); "
         f"n = nn.utils.clip_grad_norm_([x0], {norm}); [n, x0.grad]", "f32 3,4", order=0)
    case("clip_grad_norm_", "((x0 * x0).sum() + (x1 ** 3).sum()).backward(); "
         f"n = nn.utils.clip_grad_norm_([x0, x1], {norm}); [n, x0.grad, x1.grad]", "f32 3,1",
         "f32 2",
         order=0)
for limit in ("1.0", "0.1", "50"):
    case("clip_grad_value_", "(x0 * x0).sum().backward(); "
         f"nn.utils.clip_grad_value_([x0], {limit}); x0.grad", "f32 3,4", order=0)
