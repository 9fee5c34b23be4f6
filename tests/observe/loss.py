# SPDX-License-Identifier: Apache-2.0
"""What a session says about its loss as a function: one element wiggled (exact against
backward() and against the program's own evaluation), the way of the parameters and planes
through it; and that nothing of the program changes.
"""
import sys
import tempfile

from run import TRAINING, Session, point, points

LOSS = "F.cross_entropy(net(x), y)"


def number(s, code):
    return float(s.cell(f"print(float({code}))")[1][0])


def state(s):
    """What a request may not touch: weights, random numbers."""
    return s.cell("print([p.sum().item() for p in net.parameters()], "
                  "torch.get_rng_state().sum().item())")[1]


def by_program(s, name, at, value, code=LOSS):
    """The loss as the program itself computes it with one element changed, the random numbers
    those of now, and then put back."""
    lines = s.cell(f"_r = torch.get_rng_state()\n_t = {name}.detach()\n_old = _t{at}.item()\n"
                   f"_t{at} = {value!r}\nprint(({code}).item().hex())\n_t{at} = _old\n"
                   "torch.set_rng_state(_r)")[1]
    return float.fromhex(lines[0])


def losses(s, values, **fields):
    """All of them, asked for until they are there."""
    out = []
    while len(out) < len(values):
        got = s.ask("wiggle", do="values", values=values[len(out):], **fields)
        if "error" in got or not got["losses"]:
            raise SystemExit(f"Bail out! {got}")
        out += got["losses"]
    return out


def wiggles(s):
    before = state(s)
    for name, at in (("net[0].weight", [0, 1]), ("net[3].bias", [2]), ("x", [5, 3])):
        first = s.ask("wiggle", do="start", code=LOSS, name=name, at=at)
        s.cell("_r = torch.get_rng_state()\nx.requires_grad = True\noptimizer.zero_grad()\n"
               f"{LOSS}.backward()\ntorch.set_rng_state(_r)")
        exact = number(s, f"{name}.grad{at}")
        s.cell("optimizer.zero_grad(); x.grad = None; x.requires_grad = False")
        point(first["gradient"] == exact,
              f"{name}: the derivative is backward()'s, bit for bit", (first, exact))
        values = [first["value"] + 0.03 * k for k in range(-32, 32)]
        curve = losses(s, values)
        direct = [by_program(s, name, at, v) for v in values[::9]]
        point(curve[::9] == direct, f"{name}: the curve is what the program computes, dropout "
              "and all", (curve[::9], direct))
        point(first["recorded"] and 0 < first["dependent"] <= first["operations"],
              f"{name}: by the operations that depend on it", first)
    whole = s.ask("wiggle", do="start", code=LOSS, name="net.0.weight", at=[0, 0])
    late = s.ask("wiggle", do="start", code=LOSS, name="net.3.bias", at=[0])
    point(late["dependent"] < whole["dependent"], "fewer depend on a later tensor",
          (late, whole))
    point(before == state(s), "weights and random numbers are as they were", before)


def tangents(s):
    first = s.ask("wiggle", do="start", code=LOSS, name="net.3.weight", at=[1, 2])
    deltas = [10.0 ** -k for k in range(1, 5)]
    got = s.ask("wiggle", do="values", values=[], double=True)
    curve = losses(s, [first["value"] + d for d in deltas], double=True)
    errors = [abs(y - got["loss"] - got["gradient"] * d) for y, d in zip(curve, deltas)]
    slopes = [errors[i] / errors[i + 1] for i in range(3)]
    point(all(90 < r < 110 for r in slopes), "the error of the tangent falls with the square",
          (errors, slopes))
    point(abs(got["loss"] - first["loss"]) < 1e-6, "in double precision it is the same loss")


def refusals(s):
    read = f"{LOSS} * (2 if x.sum().item() > 0 else 3) + net[3].bias[0].item()"
    got = s.ask("wiggle", do="start", code=read, name="net.3.bias", at=[0])
    point(got["recorded"] is False, "an expression that reads numbers is evaluated anew", got)
    point(losses(s, [0.5]) == [by_program(s, "net[3].bias", [0], 0.5, read)],
          "and gives the program's value")
    point("error" in s.ask("wiggle", do="values", values=[1], double=True),
          "but not in double precision")
    weight = dict(name="net.0.weight", at=[0, 0])
    for bad in (dict(name="nobody", at=[0], code=LOSS), dict(name="y", at=[0], code=LOSS),
                dict(name="net.0.weight", at=[99, 0], code=LOSS), weight,
                dict(weight, code="net(x)"), dict(weight, code="1 +"), dict(do="fly")):
        got = s.ask("wiggle", **bad)
        point("error" in got, f"refused: {bad}", got)
    point("error" in s.ask("wiggle", do="values", values=[1]),
          "nothing is left of a refused one")
    constant = s.ask("wiggle", do="start", code="x.sum()", **weight)
    point(constant.get("gradient") == 0 and constant["loss"] == losses(s, [9.0])[0],
          "a loss that does not depend on it stays as it is", constant)


def pinned(s):
    s.ask("pin", steps=1)
    s.cell("train(2)")
    first = s.ask("wiggle", do="start", name="net.0.weight", at=[1, 1])
    step = s.ask("pin", steps=1)["pinned"][-1]
    root = s.ask("replay", step=step)
    point(first.get("loss") == root.get("root"), "a pinned step is wiggled as it was",
          (first, root))
    point(len(losses(s, [0.0, 1.0])) == 2, "at other values")
    s.ask("unpin")
    point("error" in s.ask("wiggle", do="values", values=[1]), "until it is let go")


SGD = """
torch.manual_seed(1)
x, y = torch.randn(16, 2), torch.randn(16, 1)
net = nn.Linear(2, 1, bias=False)
optimizer = optim.SGD(net.parameters(), lr=0.05, momentum=0.8)
def train(steps):
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.mse_loss(net(x), y)
        loss.backward()
        optimizer.step()
"""
MSE = "F.mse_loss(net(x), y)"


def near(a, b, part=1e-5):
    return abs(a - b) <= part * (1 + abs(b))


def on_plane(s, places):
    out = []
    while len(out) < len(places):
        got = s.ask("slice", do="values", places=places[len(out):])
        if "error" in got or not got["losses"]:
            raise SystemExit(f"Bail out! {got}")
        out += got["losses"]
    return out


def paths(s):
    """A way in two dimensions: its principal plane is all there is, so nothing may be lost."""
    s.cell(SGD)
    followed = s.ask("subscribe", topic="path", module="net", rate=60)
    told = s.cell("train(20)")[0]
    got = s.ask("path")
    point(got["on"] and got["points"] == 20 and got["updates"] == 20 and got["every"] == 1,
          "every one of the first updates is a point", got)
    point(any(m.get("event") == "path" for m in told), "and is told")
    before = state(s)
    first = s.ask("slice", code=MSE, directions="path")
    point(len(first["path"]) == 20 and first["points"] == 20, "the way lies in the plane",
          first)
    losses = on_plane(s, [p["at"] for p in first["path"]])
    point(all(near(a, p["loss"]) for a, p in zip(losses, first["path"])),
          "at its points the loss is what the program had", (losses, first["path"]))
    point(first["path"][-1]["at"] == [0, 0] and near(first["loss"], losses[-1]),
          "the newest is the centre")
    point(before == state(s), "weights and random numbers are as they were")
    a, b = first["axes"]
    shares = [int(t.split(" %")[0].split()[-1]) for t in (a, b)]
    point(99 <= sum(shares) <= 101 and shares[0] >= shares[1],
          "the axes say how much of the way they are", (a, b))
    s.ask("unsubscribe", subscription=followed["subscription"])
    s.cell("train(5)")
    rest = s.ask("path")
    point(not rest["on"] and rest["updates"] == 20, "nothing is kept while nobody watches",
          rest)
    s.ask("subscribe", topic="path", module="net")
    for _ in range(100):  # beyond the first it depends on the time they cost
        s.cell("train(300)")
        many = s.ask("path")
        if many["every"] >= 2:
            break
    point(many["points"] <= many["room"] == 256 and many["every"] >= 2,
          "a full room is thinned", many)


def buffers(s):
    """Batch normalisation counts its batches; those of a request are none."""
    s.cell("norm = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))")
    loss = "F.mse_loss(norm(x), y)"
    told = "print([b.sum().item() for b in norm.buffers()])"
    before = s.cell(told)[1]
    for ask in (dict(request="wiggle", code=loss, name="norm.0.weight", at=[0, 0]),
                dict(request="slice", code=loss, module="norm", directions="gradient"),
                dict(request="surface", code=loss, module="norm", size=[3, 3]),
                dict(request="gradcheck", code=loss, name="norm.0.weight", count=1)):
        got = s.ask(ask)
        point("error" not in got and s.cell(told)[1] == before,
              f"{ask['request']}: no buffer is touched", got)


def followers(s):
    """Without a module: what is updated is followed, another net when that is."""
    for sub in range(1, 9):
        s.ask("unsubscribe", subscription=1000000 + sub)
    s.ask("subscribe", topic="path")
    s.cell(SGD)
    s.cell("train(9)")
    got = s.ask("path")
    point(got["on"] and got["points"] == 9, "another net is trained: its way begins", got)
    first = s.ask("slice", code=MSE, module="net", directions="path")
    point(len(first.get("path", [])) == 9, "and is that of the module", first)
    s.ask("subscribe", topic="path", module="net")
    point(s.ask("path")["points"] == 9, "naming it changes nothing")


def steps(s):
    for k in (0, 7):
        first = s.ask("slice", code=MSE, directions="step", at=k)
        at, slopes, step = first["path"][0], first["slopes"], first["step"]
        point(step["taken"] and step["rate"] == 0.05, "the step is the program's", step)
        zero, landed, along = on_plane(s, [[0, 0], [0, 0, 1], [0, 1]])
        point(zero == first["loss"] and landed == along, "the step is the second direction")
        d = 1e-2
        got = on_plane(s, [[d, 0], [-d, 0], [0, d], [0, -d]])
        point(near((got[0] - got[1]) / (2 * d), slopes[0], 1e-3) and
              near((got[2] - got[3]) / (2 * d), slopes[1], 1e-3) and slopes[1] == slopes[2],
              "slopes are those of the loss", (got, slopes))
        point(near(slopes[0], -first["gradient"] * step["norm"]), "downhill is the steepest")
        point(at["index"] == 0 and step["cosine"] <= 1 + 1e-6, "the way is told")
        if k == 0:  # momentum has not moved yet: the first step goes down the gradient
            point(near(step["cosine"], 1) and near(along, on_plane(s, [[1, 0]])[0]),
                  "the first step goes against the gradient")
    here = s.ask("slice", code=MSE, directions="gradient", at=-1, rate=0.5)
    point(not here["step"]["taken"] and near(here["step"]["norm"], 0.5 * here["gradient"]),
          "where the parameters are, the step is against the gradient with the rate", here)
    point(here["batch"] == [{"name": "x", "shape": [16, 2]}, {"name": "y", "shape": [16, 1]}],
          "the batch is told", here["batch"])
    for bad in (dict(directions="up"), dict(module="x"), dict(code="1 +"), dict(at=10 ** 6),
                dict(do="fly")):
        got = s.ask("slice", **dict(dict(code=MSE, module="net"), **bad))
        point("error" in got, f"refused: {bad}", got)
    point("error" in s.ask("slice", do="values", places=[[0, 0]]), "nothing is left of it")


def main():
    with tempfile.TemporaryDirectory() as folder:
        s = Session(sys.argv[1], folder)
        s.send('open {"version": 1}\n')
        s.cell(TRAINING)
        s.cell("train(2)")
        for part in (wiggles, tangents, refusals, pinned, paths, steps, buffers, followers):
            part(s)
        point(s.close() == 0, "the session ends in order")
    print(f"1..{points[0]}")


main()
