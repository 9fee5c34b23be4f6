# SPDX-License-Identifier: Apache-2.0
"""What layers and losses compute."""
from table import rows

CASES, case = rows()

for x, w, b in (("5,3", "4,3", "4"), ("2,5,3", "4,3", "4"), ("3", "4,3", "4"), ("0,3", "4,3",
    "4"), ("5,3", "1,3", "1"),
                ("2,0", "4,0", "4")):
    case("linear", "F.linear(x0, x1, x2)", f"f32 {x}", f"f32 {w}", f"f32 {b}")
    case("linear", "F.linear(x0, x1)", f"f32 {x}", f"f32 {w}")
    case("linear", "F.linear(x0, weight=x1, bias=x2)", f"f64 {x}", f"f64 {w}", f"f64 {b}")
case("linear", "F.linear(x0.t(), x1)", "f32 3,5", "f32 4,3")
case("linear", "F.linear(x0[::2], x1.t(), x2)", "f32 5,3", "f32 3,4", "f32 4")

for shape in ("(4,)", "[3, 4]", "4"):
    n = "3,4" if "3" in shape else "4"
    norm = shape if shape != "4" else "(4,)"
    case("layer_norm", f"F.layer_norm(x0, {norm})", "f32 2,3,4")
    case("layer_norm", f"F.layer_norm(x0, {norm}, x1, x2)", "f32 2,3,4", f"f32 {n}", f"f32 {n}")
    case("layer_norm", f"F.layer_norm(x0.transpose(0, 1), {norm}, weight=x1, eps=0.1)".replace(
        "[3, 4]", "[2, 4]"),
         "f64 2,3,4", f"f64 {n}".replace("3,4", "2,4"))
    case("layer_norm", f"F.layer_norm(x0, {norm}, None, x1)", "f32 2,3,4", f"f32 {n}", order=0)
case("layer_norm", "F.layer_norm(x0, (4,))", "f32 0,4", order=1)
case("layer_norm", "F.layer_norm(x0.expand(3, 4), (4,), x1)", "f32 4", "f32 4")
case("layer_norm", "F.layer_norm(x0, (129,))", "f32 3,129", order=1, tol=8)
for name, text in (("rms_norm", "F.rms_norm(x0, (4,), x1)"),):
    case(name, text, "f32 2,3,4", "f32 4", flags="o")

BN = "F.batch_norm(x0, x1, x2, x3, x4"
for shape in ("5,3", "4,3,2"):
    run = ["f32 3", "f32 3 0.5 2", "f32 3", "f32 3"]
    wide = [s.replace("f32", "f64") for s in run]
    case("batch_norm", "m = x1.detach().clone(); v = x2.detach().clone(); "
         "[F.batch_norm(x0, m, v, x3, x4, training=True), m, v]", f"f32 {shape}", *run)
    case("batch_norm", "m = x1.detach().clone(); v = x2.detach().clone(); "
         "[F.batch_norm(x0, m, v, x3, x4, True, 0.3, 0.01), m, v]", f"f64 {shape}", *wide)
    case("batch_norm", "F.batch_norm(x0, x1.detach(), x2.detach(), x3, x4)", f"f32 {shape}",
         *run)
    case("batch_norm", "F.batch_norm(x0, x1.detach(), x2.detach(), None, None, False, 0.1, "
                       "1e-3)", f"f32 {shape}", *run[:2])
    case("batch_norm", "F.batch_norm(x0, None, None, x1, x2, True)", f"f32 {shape}", *run[2:])
    case("batch_norm", "F.batch_norm(x0, None, None, training=True)", f"f32 {shape}")
case("batch_norm", "F.batch_norm(x0.t(), None, None, x1, x2, training=True)", "f32 3,5",
     "f32 3", "f32 3")
case("batch_norm", "F.batch_norm(x0, x1.detach(), x2.detach())", "f32 0,3", "f32 3",
     "f32 3 1 2", order=1)
case("batch_norm", "F.batch_norm(x0.expand(4, 3), None, None, training=True)", "f32 4,1")

for spec in ("i64 5 0 3", "i64 2,3 0 3", "i64 0", "i64 - 2 2", "i32 4 0 3"):
    case("embedding", "F.embedding(x0, x1)", spec, "f32 4,3", order=1)
    case("embedding", "F.embedding(x0, x1, padding_idx=1)", spec, "f32 4,3", order=1)
case("embedding", "F.embedding(x0.t(), x1.t()) ** 2", "i64 2,3 0 3", "f64 3,4")
for text in ("F.dropout(x0, 0.5, training=False)", "F.dropout(x0, p=0.0)",
             "F.dropout(x0.t(), 0.3, False)",
             "F.dropout(x0, 1.0)"):
    case("dropout", text, "f32 3,4")
    case("dropout", text, "f32 0,4", order=1)
    case("dropout", text, "f64 3,1")

# losses of two tensors of one shape
LOSS = [("mse_loss", "-2 2", "-2 2", ""), ("l1_loss", "-2 2", "-2 2", ""), ("smooth_l1_loss",
    "-2 2", "-2 2", ""),
        ("smooth_l1_loss", "-2 2", "-2 2", ", beta=0.4"), ("huber_loss", "-2 2", "-2 2",
                                                           ", delta=0.7"),
        ("binary_cross_entropy", "0.1 0.9", "0.1 0.9", ""), ("binary_cross_entropy_with_logits",
            "-2 2", "0.1 0.9", ""),
        ("kl_div", "-2 -0.1", "0.1 0.9", "")]
for name, a, b, extra in LOSS:
    flags = "o" if name in ("huber_loss", "kl_div") else ""
    for r in ("", ", reduction='sum'", ", reduction='none'"):
        case(name, f"F.{name}(x0, x1{extra}{r})", f"f32 3,4 {a}", f"f32 3,4 {b}", flags=flags)
        case(name, f"F.{name}(x0.t(), x1{extra}{r})", f"f64 3,4 {a}", f"f64 4,3 {b}",
             flags=flags)
        case(name, f"F.{name}(x0[:, ::2], x1.detach(){extra}{r})", f"f32 5,3 {a}",
             f"f32 5,2 {b}", flags=flags)
    case(name, f"F.{name}(x0, x1{extra}, reduction='sum')", f"f32 0,3 {a}", f"f32 0,3 {b}",
         order=1, flags=flags)
    case(name, f"F.{name}(x0, x1{extra})", f"f32 - {a}", f"f32 - {b}", flags=flags)
case("mse_loss", "F.mse_loss(x0, x1)", "f32 3,1", "f32 3,4")
case("mse_loss", "F.mse_loss(x0, x1)", "f32 0,3", "f32 0,3", order=1)
case("smooth_l1_loss", "F.smooth_l1_loss(x0, x1, beta=0.0)", "f32 3,4", "f32 3,4", order=1)
BCE = "F.binary_cross_entropy"
case("binary_cross_entropy", f"{BCE}(x0, x1, weight=x2.detach())", "f32 3,4 0.1 0.9",
     "f32 3,4 0 1", "f32 4 0.5 2")
case("binary_cross_entropy", f"{BCE}(x0, x1.detach())", "f32 =0,1,1,0", "f32 =0,1,0,1", order=0)
case("binary_cross_entropy_with_logits", f"{BCE}_with_logits(x0, x1, pos_weight=x2.detach())",
     "f32 3,4", "f32 3,4 0 1",
     "f32 4 0.5 3")
case("binary_cross_entropy_with_logits", f"{BCE}_with_logits(x0, x1, x2.detach())", "f32 3,4",
     "f32 3,4 0 1",
     "f32 3,1 0.5 3")
case("binary_cross_entropy_with_logits", f"{BCE}_with_logits(x0, x1.detach())",
     "f32 =100,-100,0,50", "f32 =0,1,1,1", order=1)

REDUCE = ["", ", reduction='sum'", ", reduction='none'"]
for r in REDUCE:
    for extra in ("", ", weight=x2.detach()", ", ignore_index=1", ", label_smoothing=0.2",
                  ", weight=x2.detach(), ignore_index=0, label_smoothing=0.1"):
        weights = ["f32 4 0.5 2"] if "x2" in extra else []
        case("cross_entropy", f"F.cross_entropy(x0, x1{extra}{r})", "f32 5,4", "i64 5 0 3",
             *weights)
        case("cross_entropy", f"F.cross_entropy(x0.t(), x1{extra}{r})", "f64 4,3", "i64 3 0 3",
             *[w.replace("f32", "f64") for w in weights])
        if "ignore" not in extra:
            case("cross_entropy", f"F.cross_entropy(x0, x1.softmax(1){extra}{r})", "f32 3,4",
                 "f32 3,4", *weights)
        if "smooth" not in extra:
            case("nll_loss", f"F.nll_loss(x0, x1{extra}{r})", "f32 5,4", "i64 5 0 3", *weights,
                 order=1)
            case("nll_loss", f"F.nll_loss(F.log_softmax(x0.t(), 1), x1{extra}{r})", "f64 4,3",
                 "i64 3 0 3",
                 *[w.replace("f32", "f64") for w in weights])
    case("cross_entropy", f"F.cross_entropy(x0, x1{r})", "f32 2,4,3", "i64 2,3 0 3")
    case("cross_entropy", f"F.cross_entropy(x0, x1{r})", "f32 4", "i64 - 0 3")
    case("cross_entropy", f"F.cross_entropy(x0, x1{r})", "f32 2,4,3", "f32 2,4,3 0 1")
    case("nll_loss", f"F.nll_loss(x0, x1{r})", "f32 2,4,3", "i64 2,3 0 3", order=1)
    case("cross_entropy", f"F.cross_entropy(x0.expand(3, 4), x1{r})", "f32 4", "i64 3 0 3")
    case("cross_entropy", f"F.cross_entropy(x0, x1{r})", "f32 3,4", "i64 =-100,2,-100")
for r in REDUCE[1:]:
    case("cross_entropy", f"F.cross_entropy(x0, x1{r})", "f32 0,4", "i64 0", order=1)
    case("nll_loss", f"F.nll_loss(x0, x1{r})", "f32 0,4", "i64 0", order=1)
case("cross_entropy", "F.cross_entropy(x0, x1)", "f32 0,4", "i64 0", order=0)
case("cross_entropy", "F.cross_entropy(x0, x1)", "f32 3,4", "i64 =-100,-100,-100", order=0)
case("cross_entropy", "F.cross_entropy(x0 * 1000, x1)", "f32 3,4", "i64 3 0 3", order=1)
case("cross_entropy", "F.cross_entropy(x0, x1)", "f32 32,10", "i64 32 0 9", order=1, tol=4)

# modules given their weights
MODULES = ["nn.ReLU()(x0)", "nn.Tanh()(x0)", "nn.Sigmoid()(x0)", "nn.GELU()(x0)",
           "nn.GELU(approximate='tanh')(x0)",
           "nn.SiLU()(x0)", "nn.SELU()(x0)", "nn.Mish()(x0)", "nn.Hardswish()(x0)",
           "nn.Identity()(x0)",
           "nn.LeakyReLU(0.2)(x0)", "nn.ELU(0.5)(x0)", "nn.Softplus(2.0, 3.0)(x0)",
           "nn.Softmax(dim=-1)(x0)",
           "nn.LogSoftmax(dim=1)(x0)", "nn.Flatten()(x0)", "nn.Flatten(0)(x0)",
           "nn.Dropout(0.5).eval()(x0)",
           "nn.LayerNorm(4)(x0)", "nn.PReLU()(x0)",
           "nn.Sequential(nn.Tanh(), nn.Flatten())(x0)", "nn.MSELoss()(x0, x0 * 2)",
           "nn.L1Loss(reduction='sum')(x0, x0 * 2)", "nn.SmoothL1Loss(beta=0.5)(x0, x0 * 3)",
           "nn.Hardtanh(-1, 1)(x0)",
           "nn.ReLU6()(x0)", "nn.Softsign()(x0)", "nn.LogSigmoid()(x0)", "nn.Tanhshrink()(x0)"]
for text in MODULES:
    op = {"nn.MSELoss": "mse_loss", "nn.L1Loss": "l1_loss"}.get(text.split("(")[0], "module")
    own = "LayerNorm" in text or "PReLU" in text  # weights of their own, in f32
    case(op, text, "f32 2,3,4", order=0 if own else 2)
case("module", "nn.BatchNorm1d(3)(x0)", "f32 5,3", order=0)
case("module", "b = nn.BatchNorm1d(3); b(x0); b.eval(); [b(x0), b.running_mean, b.running_var, "
               "b.num_batches_tracked]",
     "f32 5,3", order=0)
case("module", "nn.CrossEntropyLoss(label_smoothing=0.1)(x0, x1)", "f32 5,4", "i64 5 0 3")
case("module", "nn.NLLLoss()(x0, x1)", "f32 5,4", "i64 5 0 3", order=1)
case("module", "nn.BCELoss()(x0, x1)", "f32 5 0.1 0.9", "f32 5 0 1")
case("module", "nn.BCEWithLogitsLoss(reduction='none')(x0, x1)", "f32 5", "f32 5 0 1")
case("module", "m = nn.Linear(3, 2); m.weight.data.fill_(0.5); m.bias.data.fill_(0.25); m(x0)",
     "f32 4,3", order=0)
case("module", "m = nn.Embedding(4, 2); m.weight.data.copy_(x0); m(torch.tensor([1, 3, 1]))",
     "f32 4,2", order=0)
