# SPDX-License-Identifier: Apache-2.0
"""The default generator's digits, compared bit for bit (tolerance 0)."""
from table import rows

CASES, row = rows()


def case(op, text, *specs):
    row(op, text, *specs, order=0, tol=0, flags="i")


for n in ("1", "5", "15", "16", "17", "40", "(3, 7)", "(2, 8)", "0"):
    for name in ("rand", "randn"):
        case(name, f"torch.manual_seed(7); torch.{name}({n})")
        case(name, f"torch.manual_seed(7); torch.{name}({n}, dtype=torch.float64)")
    case("randint", f"torch.manual_seed(7); torch.randint(10, "
                    f"{n if n[0] == '(' else '(' + n + ',)'})")
for dtype in ("float16", "bfloat16"):
    for n in (5, 16, 37):
        case("rand", f"torch.manual_seed(3); torch.rand({n}, dtype=torch.{dtype})")
        case("randn", f"torch.manual_seed(3); torch.randn({n}, dtype=torch.{dtype})")
for seed in ("0", "1", "42", "-1", "1099511627776", "4294967295"):
    case("rand", f"torch.manual_seed({seed}); torch.rand(4)")
    case("randn", f"torch.manual_seed({seed}); [torch.randn(3), torch.rand(2), "
                  f"torch.randn(20), torch.randn(2)]")
for low, high in ((0, 2), (-5, 17), (0, 268435455), (0, 268435456), (0, 1099511627776)):
    case("randint", f"torch.manual_seed(5); torch.randint({low}, {high}, (6,))")
case("randint", "torch.manual_seed(5); torch.randint(0, 9, (2, 3), dtype=torch.int32)")
case("randint", "torch.manual_seed(5); torch.randint(3, (4,)).sum()")
for n in (0, 1, 2, 10, 100):
    case("randperm", f"torch.manual_seed(11); [torch.randperm({n}), torch.rand(1)]")
for name in ("rand_like", "randn_like"):
    case(name, f"torch.manual_seed(2); torch.{name}(torch.zeros(3, 2))")
    case(name, f"torch.manual_seed(2); torch.{name}(torch.zeros(20))")
    case(name, f"torch.manual_seed(2); torch.{name}(torch.zeros(0, 3))")
for text in ("uniform_()", "uniform_(-1, 3)", "uniform_(a=0.5, b=0.75)" if False
             else "uniform_(0.5, 0.75)",
             "normal_()", "normal_(1, 2)", "normal_(mean=0.5, std=0.1)", "exponential_()",
             "exponential_(2.5)",
             "bernoulli_()", "bernoulli_(0.3)", "random_()", "random_(5)", "random_(3, 9)",
             "cauchy_()", "log_normal_()",
             "geometric_(0.4)"):
    op = text[:text.index("(")].rstrip("_")
    flags = "io" if op in ("cauchy", "log_normal", "geometric") else "i"
    for shape in ("7", "20", "3, 4"):
        for dtype in ("float32", "float64"):
            row(op, f"torch.manual_seed(9); torch.empty({shape}, dtype=torch.{dtype}).{text}",
                order=0,
                tol=1 if op in ("log_normal", "cauchy") else 0, flags=flags)
    row(op, f"torch.manual_seed(9); torch.zeros(4, 3).t().{text}; torch.rand(1)", order=0,
        tol=0, flags=flags)
for dtype in ("int64", "int32", "uint8", "bool"):
    case("random", f"torch.manual_seed(4); torch.zeros(5, dtype=torch.{dtype}).random_()")
case("bernoulli", "torch.manual_seed(6); torch.bernoulli(torch.full((8,), 0.3))")
case("bernoulli", "torch.manual_seed(6); torch.bernoulli(torch.linspace(0, 1, 9))")
case("bernoulli", "torch.manual_seed(6); torch.bernoulli(torch.linspace(0, 1, 9, "
                  "dtype=torch.float64))")
case("normal", "torch.manual_seed(6); torch.normal(0.0, 2.0, (3, 2))")
case("normal", "torch.manual_seed(6); torch.normal(torch.arange(4.0), torch.ones(4))")
case("normal", "torch.manual_seed(6); torch.normal(torch.zeros(20), 0.5)")
for text in ("torch.multinomial(w, 3)", "torch.multinomial(w, 1)",
             "torch.multinomial(w, 8, replacement=True)",
             "torch.multinomial(torch.stack([w, w]), 2)",
             "torch.multinomial(torch.stack([w, w]), 5, replacement=True)",
             "torch.multinomial(w.double(), 6, True)"):
    case("multinomial", f"torch.manual_seed(8); w = torch.tensor([0.1, 0.5, 0.2, 1.0, 0.0]); "
                        f"{text.replace('(w, 8', '(w, 8')}")
for text in ("F.dropout(x, 0.5)", "F.dropout(x, p=0.2, training=True)", "nn.Dropout(0.3)(x)",
             "F.dropout(x.double(), 0.4)"):
    case("dropout", f"torch.manual_seed(8); x = torch.arange(24.0).view(4, 6); {text}")
for text in ("nn.Linear(3, 4)", "nn.Linear(5, 2, bias=False)", "nn.Linear(20, 3)",
             "nn.Embedding(5, 3)", "nn.Embedding(10, 4)",
             "nn.Embedding(4, 2, padding_idx=1)", "nn.LayerNorm(3)",
             "nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 2))",
             "nn.PReLU()"):
    case("module", f"torch.manual_seed(12); [p.detach() for p in {text}.parameters()]")
case("module", "torch.manual_seed(12); nn.Linear(4, 2)(torch.ones(3, 4)).detach()")
for text in ("xavier_uniform_(w)", "xavier_uniform_(w, gain=2.0)", "xavier_normal_(w)",
             "kaiming_uniform_(w)",
             "kaiming_uniform_(w, a=0.1, mode='fan_out')", "kaiming_normal_(w)",
             "kaiming_normal_(w, mode='fan_out', nonlinearity='relu')", "uniform_(w, -1, 1)",
             "normal_(w, 0.5, 2)",
             "zeros_(w)", "ones_(w)", "constant_(w, 3)", "eye_(w)", "trunc_normal_(w, std=0.5)",
             "kaiming_uniform_(w, nonlinearity='tanh')"):
    for shape in ("3, 4", "8, 10", "1, 5"):
        row("init_" + text.split("(")[0],
            f"torch.manual_seed(13); w = torch.empty({shape}); nn.init.{text}; w",
            order=0,
            tol=1 if "trunc" in text else 0, flags="io" if "trunc" in text or "eye" in text
            else "i")
LOADER = "from torch.utils.data import DataLoader, TensorDataset, random_split; " \
         "d = TensorDataset(torch.arange(10), torch.arange(10.0)); torch.manual_seed(14); "
for text in ("[b for e in range(2) for b in DataLoader(d, batch_size=3, shuffle=True)]",
             "[b[0] for b in DataLoader(d, 4, shuffle=True, drop_last=True)] + [torch.rand(1)]",
             "[b[0] for b in DataLoader(d, batch_size=4)] + [torch.rand(1)]",
             "g = torch.Generator().manual_seed(3); [b[0] for e in range(2) for b in "
             "DataLoader(d, 3, shuffle=True, generator=g)]",
             "[v[0] for s in random_split(d, [7, 3]) for v in s]",
             "[v[0] for s in random_split(d, [0.55, 0.45]) for v in s]",
             "g = torch.Generator().manual_seed(5); [v[0] for s in random_split(d, [4, 6], "
             "generator=g) for v in s]",
             "l = DataLoader(d, batch_size=4, shuffle=True); i = iter(l); a = next(i); b = "
             "torch.rand(1); [a, b, next(i)]",
             "len(DataLoader(d, batch_size=3))",
             "len(DataLoader(d, batch_size=3, drop_last=True))"):
    case("loader", LOADER + text)
for text in ("g = torch.Generator().manual_seed(3); [torch.rand(3, generator=g), "
             "torch.randn(20, generator=g), torch.randperm(5, generator=g)]",
             "g = torch.Generator(); g.manual_seed(3); torch.randint(0, 9, (4,), generator=g)",
             "torch.manual_seed(1); a = torch.rand(2); torch.manual_seed(1); [a, "
             "torch.rand(2)]"):
    case("rand", text)
for text in ("randint_like(torch.zeros(5), 9)", "randint_like(torch.zeros(2, 3), 2, 7)",
             "randint_like(torch.zeros(0, 3), 4)"):
    case("randint_like", f"torch.manual_seed(3); torch.{text}")
for text in ("dirac_(torch.empty(3, 2, 3))", "dirac_(torch.empty(2, 2, 2, 3))",
             "dirac_(torch.empty(4, 2, 3), 2)"):
    row("init_dirac_", f"nn.init.{text}", order=0, tol=0, flags="io")
for text in ("orthogonal_(torch.empty(3, 5))", "orthogonal_(torch.empty(5, 3), gain=2.0)",
             "orthogonal_(torch.empty(4, 4))"):
    row("init_orthogonal_", f"torch.manual_seed(13); nn.init.{text}", order=0, tol=4,
        flags="io")
for text in ("sparse_(torch.empty(6, 4), 0.5)",
             "sparse_(torch.empty(5, 3), sparsity=0.2, std=0.1)",
             "sparse_(torch.empty(3, 2), 0.9)"):
    row("init_sparse_", f"torch.manual_seed(13); nn.init.{text}", order=0, tol=0, flags="io")
for text in ("'relu'", "'tanh'", "'leaky_relu', 0.2", "'selu'"):
    case("init_calculate_gain", f"nn.init.calculate_gain({text})")
for text in ("eye_(torch.empty(3, 5))", "trunc_normal_(torch.empty(20), a=-0.5, b=0.5)"):
    row("init_" + text.split("(")[0], f"torch.manual_seed(13); nn.init.{text}", order=0, tol=1,
        flags="io")
