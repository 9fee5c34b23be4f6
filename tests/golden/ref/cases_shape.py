# SPDX-License-Identifier: Apache-2.0
"""Views and copies that change the shape; joining and splitting; padding."""
from table import rows

CASES, case = rows()

SHAPES = [
    ("reshape", "f32 3,4", ["x0.reshape(2, 6)", "x0.reshape((12,))", "x0.reshape(-1, 3)",
     "torch.reshape(x0.t(), (2, 6))", "x0.reshape(2, -1, 2)", "x0[:, 1:3].reshape(-1)"]),
    ("view", "f32 3,4", ["x0.view(2, 6)", "x0.view(-1)", "x0.view((4, 3))", "x0.view(3, 2, 2)",
     "x0.t().contiguous().view(-1)", "x0[1:].view(8)", "x0.view_as(x0.reshape(4, 3))"]),
    ("reshape", "f32 3,4", ["x0.reshape_as(x0.t())"]),
    ("flatten", "f32 2,3,2", ["x0.flatten()", "x0.flatten(1)", "torch.flatten(x0, 0, 1)",
     "x0.transpose(0, 2).flatten(1)", "x0.flatten(start_dim=1, end_dim=-1)", "x0.ravel()"]),
    ("unflatten", "f32 2,6", ["x0.unflatten(1, (2, 3))", "torch.unflatten(x0, -1, (3, -1))",
                              "x0.t().unflatten(0, (2, 3))"]),
    ("transpose", "f32 2,3,2", ["x0.transpose(0, 1)", "torch.transpose(x0, -1, 0)",
                                "x0.swapaxes(0, 2)",
     "x0.transpose(1, 1)", "x0.mT", "x0[0].T", "x0[1].t()", "x0.transpose(0, 2) * 2",
                                "x0.swapdims(0, 1)"]),
    ("permute", "f32 2,3,2", ["x0.permute(2, 0, 1)", "torch.permute(x0, (1, 0, 2))",
                              "x0.permute((0, -1, 1))",
     "x0.permute(2, 1, 0).contiguous()"]),
    ("movedim", "f32 2,3,2", ["x0.movedim(0, 2)", "torch.movedim(x0, (0, 1), (2, 0))",
                              "x0.moveaxis(-1, 0)",
     "x0.transpose(0, 1).movedim(0, -1)"]),
    ("expand", "f32 3,1", ["x0.expand(3, 4)", "x0.expand(2, 3, 4)", "x0.expand(-1, 2)",
                           "x0.t().expand(3, 3)",
     "x0.expand((3, 2))", "x0.broadcast_to((2, 3, 1))", "torch.broadcast_to(x0, (3, 2))",
     "x0.expand_as(torch.zeros(3, 5))", "x0.expand(3, 0)"]),
    ("squeeze", "f32 1,3,1,2", ["x0.squeeze()", "x0.squeeze(0)", "x0.squeeze(1)",
                                "torch.squeeze(x0, -2)",
     "x0.transpose(0, 3).squeeze()", "x0.squeeze((0, 2))"]),
    ("unsqueeze", "f32 2,3", ["x0.unsqueeze(0)", "x0.unsqueeze(-1)", "torch.unsqueeze(x0, 1)",
     "x0.t().unsqueeze(2)", "x0[:, None]", "x0[None, ..., None]"]),
    ("narrow", "f32 4,5", ["x0.narrow(0, 1, 2)", "torch.narrow(x0, 1, -3, 2)",
                           "x0.t().narrow(-1, 0, 3)",
     "x0.narrow(0, 2, 0)"]),
    ("select", "f32 4,5", ["x0.select(0, 2)", "x0.select(-1, -1)", "torch.select(x0, 1, 0)",
                           "x0.t().select(0, 1)"]),
    ("unfold", "f32 2,7", ["x0.unfold(1, 3, 2)", "x0.unfold(1, 2, 1)", "x0.t().unfold(0, 4, 3)",
     "x0.unfold(-1, 7, 1)", "x0.unfold(0, 1, 1)"]),
    ("diagonal", "f32 3,4", ["x0.diagonal()", "torch.diagonal(x0, 1)", "x0.diagonal(-1)",
                             "x0.t().diagonal()",
     "x0.diagonal(offset=3)", "x0.expand(2, 3, 4).diagonal(dim1=1, dim2=2)",
                             "x0.diagonal(0, 1, 0)"]),
    ("diag", "f32 3,3", ["torch.diag(x0)", "torch.diag(x0, 1)", "x0[0].diag()",
                         "torch.diag(x0[1], -1)", "x0.t().diag()"]),
    ("diag_embed", "f32 2,3", ["torch.diag_embed(x0)", "x0.diag_embed(1)",
                               "x0.t().diag_embed()"]),
    ("flip", "f32 2,3,2", ["x0.flip(0)", "torch.flip(x0, (0, 2))", "x0.flip([-1])",
                           "x0.transpose(0, 1).flip(1)",
     "x0.flip(0, 1)"]),
    ("fliplr", "f32 2,3", ["torch.fliplr(x0)", "torch.flipud(x0)", "x0.t().fliplr()"]),
    ("roll", "f32 3,4", ["x0.roll(1)", "torch.roll(x0, 1, 0)", "x0.roll(-2, 1)",
                         "x0.roll((1, 2), (0, 1))",
     "x0.t().roll(5, dims=0)", "x0.roll(shifts=1, dims=-1)"]),
    ("rot90", "f32 2,3", ["torch.rot90(x0)", "x0.rot90(2, (0, 1))", "x0.t().rot90(-1)"]),
    ("tile", "f32 2,3", ["x0.tile(2)", "torch.tile(x0, (2, 2))", "x0.t().tile((2, 1, 1))",
                         "x0.tile((0, 1))"]),
    ("repeat", "f32 2,3", ["x0.repeat(2, 1)", "x0.repeat(1, 2)", "x0.repeat((2, 1, 2))",
                           "x0.t().repeat(2, 2)",
     "x0.repeat(0, 1)"]),
    ("repeat_interleave", "f32 2,3", ["x0.repeat_interleave(2)",
                                      "torch.repeat_interleave(x0, 3, dim=1)",
     "x0.t().repeat_interleave(2, 0)", "x0.repeat_interleave(torch.tensor([1, 2]), dim=0)",
     "x0.repeat_interleave(0, dim=1)"]),
    ("tril", "f32 3,4", ["x0.tril()", "torch.tril(x0, 1)", "x0.t().tril(-1)",
                         "x0.expand(2, 3, 4).tril(diagonal=0)"]),
    ("triu", "f32 3,4", ["x0.triu()", "torch.triu(x0, 1)", "x0.t().triu(-1)",
                         "x0.expand(2, 3, 4).triu(diagonal=2)"]),
    ("split", "f32 5,4", ["x0.split(2)", "torch.split(x0, 3, dim=1)", "x0.split([1, 4])",
                          "x0.t().split([1, 2, 1], 0)",
     "x0.split(5)", "x0.split((2, 3), dim=0)", "x0.split(2)[1]"]),
    ("chunk", "f32 5,4", ["x0.chunk(2)", "torch.chunk(x0, 3, dim=1)", "x0.t().chunk(4)",
                          "x0.chunk(9)", "x0.chunk(1)"]),
    ("unbind", "f32 3,2", ["x0.unbind()", "torch.unbind(x0, 1)", "x0.t().unbind(-1)",
                           "list(x0)"]),
    ("tensor_split", "f32 5,4", ["x0.tensor_split(2)", "torch.tensor_split(x0, 3, dim=1)",
                                 "x0.tensor_split((1, 3))"]),
    ("contiguous", "f32 2,3", ["x0.contiguous()", "x0.t().contiguous()", "x0.t().clone()",
                               "x0.expand(2, 2, 3).contiguous()"]),
    ("clone", "f32 2,3", ["x0.clone()", "torch.clone(x0.t())", "x0[:, ::2].clone()"]),
    ("detach", "f32 2,3", ["x0.detach() * x0", "x0.t().detach()", "x0.detach()[0] + x0"]),
    ("atleast_1d", "f32 2", ["torch.atleast_1d(x0)", "torch.atleast_2d(x0)",
                             "torch.atleast_3d(x0)"]),
    ("view", "f32 4,3", ["x0.as_strided((2, 2), (3, 1))"]),
]
OPTIONAL = {"fliplr", "rot90", "tensor_split", "atleast_1d", "diag_embed", "unflatten"}
for name, spec, texts in SHAPES:
    flags = "o" if name in OPTIONAL or "as_strided" in texts[0] else ""
    for text in texts:
        case(name, text, spec, order=1, flags=flags)
        case(name, f"({text})" if "split" in text or "chunk" in text or "unbind" in text
             or "list" in text
             else f"({text}) * ({text})", spec.replace("f32", "f64"), flags=flags)
EMPTY = [("reshape", "x0.reshape(3, 0)"), ("view", "x0.view(-1, 0, 3)" if False
                                           else "x0.view(0)"),
         ("flatten", "x0.flatten()"), ("transpose", "x0.t()"), ("permute", "x0.permute(1, 0)"),
         ("movedim", "x0.movedim(0, 1)"), ("expand", "x0.expand(2, 0, 3)"),
         ("squeeze", "x0.squeeze()"),
         ("unsqueeze", "x0.unsqueeze(1)"), ("narrow", "x0.narrow(0, 0, 0)"),
         ("select", "x0.select(1, 2)"),
         ("unfold", "x0.unfold(1, 2, 1)"), ("diagonal", "x0.diagonal()"),
         ("flip", "x0.flip(0)"),
         ("roll", "x0.roll(1, 0)"), ("tile", "x0.tile(2)"), ("repeat", "x0.repeat(2, 1)"),
         ("repeat_interleave", "x0.repeat_interleave(2, 0)"), ("tril", "x0.tril()"),
         ("triu", "x0.triu()"),
         ("split", "x0.split(2, 1)"), ("chunk", "x0.chunk(2, 1)"), ("unbind", "x0.unbind(1)"),
         ("contiguous", "x0.t().contiguous()"), ("clone", "x0.clone()"),
         ("cat", "torch.cat([x0, x0])"),
         ("stack", "torch.stack([x0, x0])"), ("unflatten", "x0.unflatten(1, (3, 1))"),
         ("diag_embed", "x0.diag_embed()"), ("detach", "x0.detach()"),
         ("pad", "F.pad(x0, (1, 1))"),
         ("diag", "x0[:, 0].diag()")]
for name, text in EMPTY:
    case(name, text, "f32 0,3", order=1, flags="o" if name in OPTIONAL else "")
case("squeeze", "x0.squeeze()", "f32 -", order=1)
case("unsqueeze", "x0.unsqueeze(0)", "f32 -", order=1)
case("flatten", "x0.flatten()", "f32 -", order=1)
case("reshape", "x0.reshape(1, 1)", "f32 -", order=1)
case("reshape", "x0.reshape(())", "f32 1", order=1)
case("expand", "x0.expand(2, 3)", "f32 -", order=1)
case("transpose", "x0.t()", "f32 4", order=1)
case("repeat", "x0.repeat(3)", "f32 -", order=1)

for text in ("torch.cat([x0, x1])", "torch.cat((x0, x1, x0), dim=0)",
             "torch.cat([x0.t(), x1.t()], 1)",
             "torch.concat([x0, x1])", "torch.vstack([x0, x1])", "torch.cat([x0], dim=1)",
             "torch.cat([x0 * x0, x1])"):
    case("cat", text, "f32 2,3", "f32 4,3", flags="o" if "stack" in text else "")
    case("cat", text, "f64 2,3", "f64 0,3", order=1, flags="o" if "stack" in text else "")
case("cat", "torch.cat([x0, x1], dim=-1)", "f32 2,3", "f32 2,1")
case("cat", "torch.cat([x0, x1])", "f32 0", "f32 2,3", order=1)
case("cat", "torch.cat([x0.expand(2, 3), x1])", "f32 1,3", "f32 1,3")
for text in ("torch.stack([x0, x1])", "torch.stack((x0, x1), dim=1)",
             "torch.stack([x0, x1, x0], -1)",
             "torch.stack([x0.t(), x1.t()], dim=0)"):
    case("stack", text, "f32 2,3", "f32 2,3")
for text in ("torch.hstack([x0, x1])", "torch.vstack([x0, x1])", "torch.dstack([x0, x1])",
             "torch.column_stack([x0, x1])"):
    case("hstack", text, "f32 2,3", "f32 2,3", flags="o")
    case("hstack", text, "f32 3", "f32 3", flags="o")
for text in ("torch.meshgrid(x0, x1, indexing='ij')", "torch.meshgrid([x0, x1], indexing='xy')",
             "torch.meshgrid(x0, x1)"):
    case("meshgrid", text, "f32 3", "f32 2")
    case("meshgrid", text, "i64 3", "i64 0")
case("meshgrid", "torch.meshgrid(x0[::2], x1, x1, indexing='ij')", "f32 5", "f32 2")
case("cartesian_prod", "torch.cartesian_prod(x0, x1)", "f32 3", "f32 2", flags="o")
case("combinations", "torch.combinations(x0)", "f32 4", flags="o")
case("block_diag", "torch.block_diag(x0, x1)", "f32 2,3", "f32 1,2", flags="o")
for text in ("torch.tril_indices(3, 4)", "torch.triu_indices(3, 3, 1)"):
    case("tril_indices", text, flags="o")
for text in ("F.one_hot(x0)", "F.one_hot(x0, 6)", "F.one_hot(x0, num_classes=7)",
             "F.one_hot(x0.t(), 6)"):
    case("one_hot", text, "i64 2,3 0 5")
case("one_hot", "F.one_hot(x0, 3)", "i64 0")
case("one_hot", "F.one_hot(x0[::2], 4)", "i64 5 0 3")

for mode in ("'constant'", "'reflect'", "'replicate'", "'circular'"):
    for pad, spec in (("(1, 2)", "2,3,4"), ("(2, 0)", "2,3,4"), ("(1, 1, 2, 1)", "1,2,3,4"),
                      ("(0, 1, 1, 0)", "2,3,4")):
        if pad == "(0, 1, 1, 0)" and mode == "'circular'":
            continue
        case("pad", f"F.pad(x0, {pad}, mode={mode})", f"f32 {spec}")
    case("pad", f"F.pad(x0.transpose(1, 2), (1, 1), mode={mode})", "f64 2,3,4")
    case("pad", f"F.pad(x0.expand(2, 2, 3), (2, 1), {mode})", "f64 3")
for text in ("F.pad(x0, (1, 2), value=5)", "F.pad(x0, (1, 0, 0, 2), 'constant', -1.0)",
             "F.pad(x0, (-1, 1))",
             "F.pad(x0, (-1, -1))", "F.pad(x0, (0, 0))"):
    case("pad", text, "f32 3,4")
    case("pad", text, "i64 3,4")
case("pad", "F.pad(x0, (1, 1, 1, 1, 1, 1, 1, 1))", "f32 1,2,1,2", order=1)
case("pad", "F.pad(x0, (2, 2))", "f32 2,0", order=1)
