# SPDX-License-Identifier: Apache-2.0
# What decides in flow graphs, and graphs of every verb against the same computation written
# out. A graph's children have the names of tags, or of their kind and place.
from layers import ADJOINT, case, done, fails, nn, torch

if not ADJOINT:
    from reference import Under


def graph(build, parts, compute):
    """The graph that [build] makes; under PyTorch [parts] and what is computed with them."""
    return lambda: build() if ADJOINT else Under(parts(), compute)


for shape, dim, n in [((4, 3), 3, 2), ((3,), 3, 4), ((2, 5, 6), 6, 3), ((1, 2), 2, 7),
                      ((0, 3), 3, 2)]:
    case("SoftmaxRouter", lambda: nn.SoftmaxRouter(dim, n), lambda: [torch.randn(*shape)])
    case("SigmoidRouter", lambda: nn.SigmoidRouter(dim, n), lambda: [torch.randn(*shape)])
    case("ArgmaxSelector", lambda: nn.ArgmaxSelector(dim, n), lambda: [torch.randn(*shape)],
         only="forward")
for shape, dim in [((4, 3), 3), ((3,), 3), ((2, 5, 6), 6), ((1, 2), 2), ((7, 1), 1)]:
    case("LearnedHalt", lambda: nn.LearnedHalt(dim), lambda: [torch.randn(*shape)])
    case("ThresholdHalt", lambda: nn.ThresholdHalt(0.25 * dim), lambda: [torch.randn(*shape)],
         only="forward")
    case("FixedSelector", lambda: nn.FixedSelector(dim), lambda: [torch.randn(*shape)],
         only="forward")
    case("StateAdd", lambda: nn.StateAdd(), lambda: [torch.randn(*shape)])
fails("SoftmaxRouter", lambda: nn.SoftmaxRouter(3, 0), Exception, "n must be at least 1")
fails("FixedSelector", lambda: nn.FixedSelector(-1), Exception, "index must be at least 0")


# ---------------------------------------------------------------- loops

def turning(times):
    body = lambda: nn.Sequential(nn.Linear(3, 3), nn.Tanh())
    return graph(
        lambda: Flow().loop_body(body()).for_n(times).build(),
        lambda: {"loop_1": {"body": body()}},
        lambda m, x: repeat(m.loop_1.body, x, times))


def repeat(body, x, times):
    for i in range(times):
        x = body(x)
    return x


def until(body, x, limit, most, before):
    for i in range(most):
        if before and x.max().item() > limit:
            break
        x = body(x)
        if not before and x.max().item() > limit:
            break
    return x


for times in (1, 2, 3, 5):
    case("Loop", turning(times), lambda: [torch.randn(4, 3)])
double = lambda: nn.Linear(3, 3, bias=False)
case("Loop", graph(
    lambda: Flow().loop_body(double()).while_cond(nn.ThresholdHalt(0.8), 6).tag("deep").build(),
    lambda: {"deep": {"body": double()}},
    lambda m, x: until(m.deep.body, x, 0.8, 6, True)), lambda: [0.3 * torch.randn(4, 3)])
case("Loop", graph(
    lambda: Flow().loop_body(double()).until_cond(nn.ThresholdHalt(0.8), 6).tag("deep").build(),
    lambda: {"deep": {"body": double()}},
    lambda m, x: until(m.deep.body, x, 0.8, 6, False)), lambda: [torch.randn(4, 3)])


# ---------------------------------------------------------------- gates and switches

def mixed(m, x):
    gate = m.gate_1
    w = gate.router(x)
    return sum([w[..., i:i + 1] * getattr(gate, str(i))(x) for i in range(w.shape[-1])])


def routed(m, x):
    choice = m.switch_1.router(x)
    rows = [getattr(m.switch_1, str(int(choice[i])))(x[i:i + 1]) for i in range(len(x))]
    return torch.cat(rows)


def parts_of(kind, router, n, out):
    parts = {"router": router()}
    for i in range(n):
        parts[str(i)] = nn.Linear(3, out)
    return {kind: parts}


for n, out, shape in [(2, 2, (4, 3)), (3, 1, (5, 3)), (4, 3, (2, 3)), (2, 5, (2, 6, 3)),
                      (5, 2, (1, 3))]:
    for router in (nn.SoftmaxRouter, nn.SigmoidRouter):
        case("Gate", graph(
            lambda: Flow().gate(router(3, n), [nn.Linear(3, out) for i in range(n)]).build(),
            lambda: parts_of("gate_1", lambda: router(3, n), n, out), mixed),
            lambda: [torch.randn(*shape)])
    if len(shape) == 2:
        case("Switch", graph(
            lambda: Flow().switch(nn.ArgmaxSelector(3, n),
                                  [nn.Linear(3, out) for i in range(n)]).build(),
            lambda: parts_of("switch_1", lambda: nn.ArgmaxSelector(3, n), n, out), routed),
            lambda: [torch.randn(*shape)])
case("Switch", graph(
    lambda: Flow().switch(nn.FixedSelector(1), [nn.Linear(3, 2), nn.Linear(3, 4)]).build(),
    lambda: {"switch_1": {"0": nn.Linear(3, 2), "1": nn.Linear(3, 4)}},
    lambda m, x: getattr(m.switch_1, "1")(x)), lambda: [torch.randn(2, 2, 3)])


# ---------------------------------------------------------------- maps and the rest

def sliced(m, x, n):
    pieces = [m.map_1.body(piece) for piece in x.chunk(n, 1)]
    return torch.cat(pieces, 1)


for batched in (False, True):
    mapped = lambda f: f.batched() if batched else f
    case("Map", graph(
        lambda: mapped(Flow().map(nn.Linear(3, 2))).each().build(),
        lambda: {"map_1": {"body": nn.Linear(3, 2)}},
        lambda m, x: m.map_1.body(x)), lambda: [torch.randn(4, 3)])
    for n in (1, 2, 3):
        case("Map", graph(
            lambda: mapped(Flow().map(nn.Linear(6 // n, 2))).slices(n).build(),
            lambda: {"map_1": {"body": nn.Linear(6 // n, 2)}},
            lambda m, x: sliced(m, x, n)), lambda: [torch.randn(4, 6)])

case("Graph", graph(
    lambda: Flow(nn.Linear(3, 4)).tag("first").also(nn.Linear(4, 4)).build(),
    lambda: {"first": nn.Linear(3, 4), "linear_2": nn.Linear(4, 4)},
    lambda m, x: m.first(x) + m.linear_2(m.first(x))), lambda: [torch.randn(5, 3)])
case("Graph", graph(
    lambda: Flow().also_with(nn.Linear(3, 4), nn.Linear(3, 4)).through(nn.Tanh()).build(),
    lambda: {"linear_1": nn.Linear(3, 4), "linear_2": nn.Linear(3, 4)},
    lambda m, x: torch.tanh(m.linear_1(x) + m.linear_2(x))), lambda: [torch.randn(5, 3)])
for op, share in (("add", 1), ("mean", 3)):
    case("Graph", graph(
        lambda: Flow().split([nn.Linear(3, 2) for i in range(3)]).merge(op).build(),
        lambda: {f"linear_{i}": nn.Linear(3, 2) for i in (1, 2, 3)},
        lambda m, x: (m.linear_1(x) + m.linear_2(x) + m.linear_3(x)) / share),
        lambda: [torch.randn(5, 3)])


def carried(m, xs):
    h = torch.zeros_like(m.linear_1(xs[0]))
    for x in xs:
        h = torch.tanh(m.linear_1(x) + h)
    return h


def in_turn(m, xs):
    m.reset_state()
    for x in xs:
        y = m(x)
    return y


case("Graph", graph(
    lambda: (Flow(nn.Linear(3, 4)).through(nn.StateAdd()).using("h")
             .through(nn.Tanh()).tag("h").build()),
    lambda: {"linear_1": nn.Linear(3, 4)}, carried),
    lambda: [[torch.randn(5, 3) for i in range(4)]],
    call=lambda m, xs: in_turn(m, xs) if ADJOINT else m(xs))
case("Graph", graph(
    lambda: Flow(nn.Linear(3, 4)).input("more").through(nn.StateAdd()).using("more").build(),
    lambda: {"linear_1": nn.Linear(3, 4)}, lambda m, x, more: m.linear_1(x) + more),
    lambda: [torch.randn(5, 3), torch.randn(5, 4)])

done()
