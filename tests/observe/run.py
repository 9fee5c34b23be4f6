# SPDX-License-Identifier: Apache-2.0
"""The messages of docs/protocol.md, sent to a session: every example must be answered as it
stands there: the same fields in the same order, values of the same kinds, and the same values
where they are no measurement. `run.py PROGRAM --write` puts the answers of now where they
differ.

Behind them, what examples cannot show: events, walks that agree with backward(), a replay.
"""
import base64
import json
import math
import os
import re
import struct
import subprocess
import sys
import tempfile
import time

from windows import windows

HERE = os.path.dirname(os.path.abspath(__file__))
DOCUMENT = os.path.join(HERE, "..", "..", "docs", "protocol.md")
# Measurements and addresses: only their kind is compared.
MEASURED = re.compile(r"(_us|_bytes|^time|times|^pid|^cpu|^rss|^memory|^available|^tensors|"
                      r"^uptime|^threads|^share|^started|^bytes|^program)$")


class Session:
    def __init__(self, program, folder):
        self.process = subprocess.Popen([os.path.abspath(program)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, cwd=folder)

    def send(self, text):
        """The lines that come back: (comm messages, other lines)."""
        self.process.stdin.write(text)
        self.process.stdin.flush()
        messages, lines = [], []
        while True:
            line = self.process.stdout.readline()
            if not line:
                raise SystemExit("Bail out! the session ended")
            if line == "done\n":
                return messages, lines
            if line.startswith("comm "):
                messages.append(json.loads(line[5:]))
            else:
                lines.append(line.rstrip("\n"))

    def cell(self, text):
        return self.send(f"cell {len(text.encode())}\n{text}")

    def ask(self, request, **fields):
        if isinstance(request, str):
            request = dict(request=request, **fields)
        messages, _ = self.send("message " + json.dumps(request) + "\n")
        replies = [m for m in messages if "reply" in m]
        return replies[0] if replies else None

    def close(self):
        self.process.stdin.close()
        return self.process.wait()


points = [0]


def point(holds, name, detail=""):
    points[0] += 1
    print(f"{'ok' if holds else 'not ok'} {points[0]} - {name}")
    if not holds and detail:
        print("# " + str(detail).replace("\n", "\n# "))


def differs(want, got, path="", measured=False):
    """Where two messages differ, None when they do not."""
    number = (int, float)
    words = ("NaN", "Infinity", "-Infinity")
    if isinstance(want, number) and not isinstance(want, bool) or want in words:
        ok = isinstance(got, number) and not isinstance(got, bool) or got in words
        if not ok:
            return f"{path}: {got!r} is no number"
        if measured or want in words or got in words:
            return None
        near = abs(want - got) <= 1e-5 * (1 + abs(want))
        return None if near else f"{path}: {got}, not {want}"
    if type(want) is not type(got):
        return f"{path}: {got!r}, not {want!r}"
    if isinstance(want, dict):
        if list(want) != list(got):
            return f"{path}: fields {list(got)}, not {list(want)}"
        for key in want:
            found = differs(want[key], got[key], f"{path}.{key}",
                            measured or bool(MEASURED.search(key)))
            if found:
                return found
        return None
    if path == ".requests":  # a few stand for all
        return None if set(want) <= set(got) else f"{path}: {got}"
    if isinstance(want, list):
        if want and isinstance(want[0], dict) and "share" in want[0]:  # sorted by time
            want, got = [sorted(rows, key=lambda row: row["name"]) for rows in (want, got)]
        if len(want) != len(got):
            return f"{path}: {len(got)} items, not {len(want)}"
        for i, pair in enumerate(zip(want, got)):
            found = differs(*pair, f"{path}[{i}]", measured)
            if found:
                return found
        return None
    return None if want == got or measured else f"{path}: {got!r}, not {want!r}"


def blocks(text):
    """(start, end, kind, body) of the fenced blocks, indented ones left out."""
    return [(m.start(), m.end(), m.group(1), m.group(2))
            for m in re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.S | re.M)]


def wrapped(message):
    """JSON in lines of at most 94 columns, broken at spaces outside of strings."""
    text = json.dumps(message, ensure_ascii=False)
    pieces = re.findall(r'(?:"(?:[^"\\]|\\.)*"|[^\s"])+', text)
    lines, line = [], ""
    for piece in pieces:
        if line and len(line) + 1 + len(piece) > 94:
            lines.append(line)
            line = ""
        line = (line + " " if line else (" " if lines else "")) + piece
    return "\n".join(lines + [line]) + "\n"


def examples(program, write):
    with open(DOCUMENT) as f:
        text = f.read()
    found = blocks(text)
    setup = next(b for b in found if b[2] == "python")[3]
    out, at, pending, edits = None, 0, None, []
    with tempfile.TemporaryDirectory() as folder:
        s = Session(program, folder)
        hello = s.send('open {"version": 1}\n')[0][0]
        s.cell(setup)
        for start, end, kind, body in found:
            if kind == "python" and body != setup:
                s.cell(body)
            if kind != "json":
                continue
            message = json.loads(body)
            if "request" in message:
                messages, _ = s.send("message " + json.dumps(message) + "\n")
                pending = messages[0]
                continue
            if message.get("event") == "hello":
                name, got = "hello", hello
            elif message.get("event") == "observation":
                name = "the event of an observation"
                events = s.cell("_ = net(x)")[0]
                events += s.cell("_ = net(x)")[0]
                got = next((e for e in events if e.get("event") == "observation"), None)
            else:
                name, got, pending = message["reply"], pending, None
            where = differs(message, got)
            if write and where:  # what is still true keeps its measured numbers
                edits.append((start, end, "```json\n" + wrapped(got) + "```"))
            elif not write:
                point(where is None, f"{name}: answered as the document says", where)
        s.close()
    titled = {w for t in re.findall(r"^### ([^:\n]*)", text, re.M) for w in t.split(", ")}
    point(write or set(hello["requests"]) <= titled, "hello names the requests of the page",
          set(hello["requests"]) - titled)
    if write:
        for start, end, body in reversed(edits):
            text = text[:start] + body + text[end:]
        with open(DOCUMENT, "w") as f:
            f.write(text)


TRAINING = """
torch.manual_seed(0)
x, y = torch.randn(16, 6), torch.randint(0, 3, (16,))
net = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 3))
optimizer = optim.Adam(net.parameters(), lr=0.01)
def train(steps):
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
    return loss
"""


def walks(s):
    s.cell("net.eval()\nh = x[:4] * net[0].weight.sum()\n"
           "loss = F.cross_entropy(net(x), y) + (h * h).mean() * 1e-3 + (h * h).sum() * 0")
    first = s.ask("backward", do="start", root="loss")
    n = first["count"]
    point(n > 5 and first["at"] == 0, "a walk begins at the root")
    sends = [row["sends"] for row in s.ask("backward", do="start", root="loss",
                                           norms=True)["order"]]
    seen = [first] + [s.ask("backward", do="next") for _ in range(n - 1)]
    point([r["at"] for r in seen] == list(range(n)), "next passes every node")
    point(all(near([x for x in row if x is not None],
                   [g["statistics"]["norm"] for g in r["outgoing"]])
              for row, r in zip(sends, seen)), "and sends what the order said", sends)
    point(s.ask("backward", do="prev")["at"] == n - 2, "prev goes back")
    sums = True
    for r in seen:
        for g in r["incoming"]:
            parts = g["contributions"]
            if len(parts) > 1:
                total = sum(p["statistics"]["mean"] for p in parts)
                sums &= abs(total - g["statistics"]["mean"]) < 1e-5 * (1 + abs(total))
    point(sums and any(len(g["contributions"]) > 1 for r in seen for g in r["incoming"]),
          "the contributions of several consumers sum to what arrives")
    back = s.ask("backward", do="to", index=0, breakpoints=[{"op": "relu"}])
    hit = s.ask("backward", do="run")
    point(back["at"] == 0 and hit["breakpoint"] and hit["node"]["op"] == "relu",
          "a breakpoint stops the run")
    at = next(r["at"] for r in seen if r["node"]["op"] == "addmm_t")
    edge = next(g for g in seen[at]["outgoing"] if g["to"].get("leaf", "").endswith("weight"))
    one = s.ask("local", index=at, input=edge["input"], element=[0, 1])
    value = edge["window"]["values"][0][1]
    point(abs(one["total"] - value) < 1e-5 and abs(sum(t["product"] for t in one["terms"]) -
                                                   one["total"]) < 1e-6,
          "upstream times local sums to the gradient of the element", one)
    s.cell("optimizer.zero_grad()")
    point(s.ask("backward", do="end")["done"], "to the end")
    s.cell("got = [p.grad.clone() for p in net.parameters()]\n"
           "optimizer.zero_grad(); loss.backward(retain_graph=True)")
    same = s.cell("print(all(bool((a == p.grad).all()) for a, p in "
                  "zip(got, net.parameters())))")[1]
    point(same == ["True"], "the gradients are backward()'s, bit for bit", same)
    s.ask("backward", do="close")
    s.cell("net.train()")


LIMIT = 1e-5


def added(a, b):
    return [added(*pair) for pair in zip(a, b)] if isinstance(a, list) else a + b


def leaf_windows(replies):
    """The gradients that a walk sent to leaves, by the leaf's name."""
    sums = {}
    for g in (g for r in replies for g in r["outgoing"] if "leaf" in g["to"]):
        name, values = g["to"]["leaf"], g["window"]["values"]
        sums[name] = added(sums[name], values) if name in sums else values
    return sums


def near(a, b):
    if isinstance(a, list):
        return len(a) == len(b) and all(near(*pair) for pair in zip(a, b))
    return abs(a - b) <= LIMIT * (1 + abs(b))


COMPOSITES = {
    "cross_entropy_index": "F.cross_entropy(t, torch.tensor([0, 2, 1]))",
    "mse_loss": "F.mse_loss(t, torch.ones(3, 4))",
    "addmm_t": "F.linear(t, w, t[0, :2]).square().sum()",
    "mm_t": "F.linear(t, w).square().sum()",
    "layer_norm": "(F.layer_norm(t, (4,), w[0], w[1]) ** 3).sum()",
    "flash_attention": "(F.scaled_dot_product_attention(t[None, None], t[None, None] + w[1], "
                       "t[None, None] * 2) ** 3).sum()",
}


def insides(s):
    """Going into an operation: its parts send on what it sent on as a whole."""
    s.cell("torch.manual_seed(3)\nt = torch.randn(3, 4, requires_grad=True)\n"
           "w = torch.randn(2, 4, requires_grad=True)")
    for op, code in COMPOSITES.items():
        s.cell(f"part = {code}")
        r = s.ask("backward", do="start", root="part", breakpoints=[{"op": op}])
        names = [n["op"] for n in r["order"]]
        if names[0] != op:
            r = s.ask("backward", do="run")
        whole = [g["window"]["values"] for g in r["outgoing"]]
        at = r["at"]
        seen = [s.ask("backward", do="into")]
        n, inside = seen[0]["count"], seen[0]["inside"]
        point(r["node"]["op"] == op and r["node"]["opens"] and n > 1 and inside["op"] == op and
              inside["of"] == at and len(inside["ops"]) == n, f"{op} opens", seen[0])
        seen += [s.ask("backward", do="next") for _ in range(n - 1)]
        parts = leaf_windows(seen)
        sent = [parts.get(name) for name in ("input", "weight", "bias", "query", "key", "value",
                                             "mat2") if name in parts]
        point(len(sent) == len(whole) and all(any(near(a, b) for b in sent) for a in whole),
              f"{op}: the parts send on what the whole does", (whole, parts))
        back = s.ask("backward", do="out")
        point(back["at"] == at and back["inside"] is None and back["node"]["op"] == op,
              f"{op}: and out again")
    s.cell("part = t.exp().sum()")
    s.ask("backward", do="start", root="part")
    r = s.ask("backward", do="into")
    point("primitive" in r.get("error", {}).get("message", ""), "what is primitive says so", r)
    s.cell("t.grad = w.grad = None\npart = F.cross_entropy(t * 2, torch.tensor([0, 2, 1]))")
    s.ask("backward", do="start", root="part")
    s.ask("backward", do="into")
    point(s.ask("backward", do="end")["done"], "from inside to the end of the pass")
    s.cell("g = t.grad.clone()\nt.grad = None\npart.backward(retain_graph=True)")
    point(s.cell("print(torch.equal(g, t.grad))")[1] == ["True"],
          "which leaves backward()'s gradients")
    s.ask("backward", do="close")


def fans(s):
    """A leaf that is read three times, and a second step without zero_grad."""
    s.cell("torch.manual_seed(5)\nw = torch.randn(3, requires_grad=True)\n"
           "data = torch.randn(4, 3)\n"
           "part = ((data * w).tanh() + w * w.exp()).square().mean()")
    r = s.ask("fanout", name="w")
    point("no walk" in r.get("error", {}).get("message", ""), "a fan needs a walk", r)
    s.ask("backward", do="start", root="part")
    r = s.ask("fanout", name="w")
    parts = [t["window"]["values"] for t in r["contributions"]]
    total = parts[0]
    for p in parts[1:]:
        total = added(total, p)
    s.cell("g = torch.autograd.grad(part, w, retain_graph=True)[0]")
    want = [float(v) for v in s.cell("print(*g.tolist())")[1][0].split()]
    point(len(parts) == 3 and near(r["total"]["window"]["values"], [want]) and
          near(total, [want]) and r["earlier"] is None, "the terms sum to the gradient", r)
    before = s.cell("print(w.tolist(), w._version, w.grad)")[1]
    two = s.ask("fanout", name="w", forget=True, rate=0.5)
    s.cell("v = (w - 0.5 * g).detach().requires_grad_()\n"
           "again = ((data * v).tanh() + v * v.exp()).square().mean()\nagain.backward()")
    more = [float(x) for x in s.cell("print(*v.grad.tolist())")[1][0].split()]
    point(near(two["earlier"]["window"]["values"], [want]) and
          near(two["total"]["window"]["values"], [[a + b for a, b in zip(want, more)]]) and
          len(two["contributions"]) == 3, "forgetting adds the second step to the first", two)
    loss = float(s.cell("print(again.item())")[1][0])
    point(near(two["losses"][1], loss), "whose loss is that of a real second step", two)
    point(s.cell("print(w.tolist(), w._version, w.grad)")[1] == before,
          "and the program notices nothing")
    point("error" in s.ask("fanout", name="data"), "what gets no gradient has no fan")
    s.ask("backward", do="close")


def conditions(s):
    """Breakpoints with conditions: all that one says must hold."""
    s.cell("part = (t * 100).tanh().exp().sum()")
    first = s.ask("backward", do="start", root="part")
    n = first["count"]
    norms = [s.ask("backward", do="to", index=i)["incoming"][0]["statistics"]["norm"]
             for i in range(n)]
    for limit in sorted(norms)[:-1]:
        want = next((i for i in range(1, n) if norms[i] > limit), n - 1)
        s.ask("backward", do="to", index=0, breakpoints=[{"norm_above": limit}])
        r = s.ask("backward", do="run")
        point(r["at"] == want, f"it stops where the norm is above {limit:.3g}", norms)
    s.ask("backward", do="to", index=0, breakpoints=[{"op": "tanh", "norm_above": 1e9}])
    r = s.ask("backward", do="run")
    point(r["at"] == n - 1 and not r["breakpoint"], "both conditions must hold", r)
    s.ask("backward", do="to", index=0, breakpoints=[{"op": "tanh", "norm_below": 1e9}])
    r = s.ask("backward", do="run")
    point(r["node"]["op"] == "tanh" and r["breakpoint"], "and a norm may be below", r)
    s.ask("backward", do="close")


def all_windows(s):
    windows(s, point, near)
    s.cell(TRAINING)


def failures(s):
    s.cell("w = torch.randn(4, 3)\nh = w.tanh()\nn = nn.Linear(5, 2)")
    point(s.ask("failure")["found"] is False, "nothing has failed")
    for code, axes, fix in (("z = h @ w", [-1, -2], "h @ w.T"),
                            ("n(h)", [-1, -1], "nn.Linear(3, 2)"),
                            ("h + torch.ones(2)", [-1, -1], None)):
        s.cell("_ = h * 1")
        s.cell(code)
        r = s.ask("failure")
        point(r["found"] and r["kind"] == "ShapeError" and r["clash"]["axes"] == axes and
              len(r["ops"]) == r["failed"] + 1 and
              [f["text"] for f in r["fixes"]] == ([fix] if fix else []),
              f"{code}: shapes, axes and a form that fits", r)
    s.cell("_ = h * 1")
    point(s.ask("failure")["found"] is False, "what succeeds makes it forgotten")


def replays(s):
    s.ask("pin", steps=2)
    s.cell("train(6)")
    pinned = s.ask("pin", steps=1)["pinned"]
    point(len(pinned) == 2, "two steps are pinned", pinned)
    for step in pinned:
        r = s.ask("replay", step=step)
        point(r.get("same") is True, "a pinned step is computed again bit for bit", r)
    v = s.ask("peek", step=pinned[0], index=0, statistics=True)
    point(v.get("statistics", {}).get("count", 0) > 0, "its values can be looked at", v)
    point(s.ask("unpin")["pinned"] == [], "unpinned")


def events(s):
    a = s.ask("subscribe", path="*", take="value", form="histogram", scale="log", rate=60)
    b = s.ask("subscribe", path="net.0.weight", take="grad", form="image", size=[2, 2], rate=60)
    c = s.ask("subscribe", topic="scalars", rate=60)
    d = s.ask("subscribe", topic="steps", rate=60)
    e = s.ask("subscribe", topic="modules", rate=60)
    messages, _ = s.cell("train(200)")
    seen = [i for m in messages if m.get("event") == "observation" for i in m["items"]]
    mine = [i for i in seen if i["subscription"] == a["subscription"]]
    point({i["path"] for i in mine} == {"net.0", "net.1", "net.2", "net.3"},
          "every layer is seen", {i["path"] for i in mine})
    point(all(sum(i["histogram"]["counts"]) + i["histogram"]["zeros"] ==
              i["statistics"]["count"] for i in mine), "histograms count every element")
    pictures = [i for i in seen if i["subscription"] == b["subscription"]]
    point(pictures and pictures[0]["image"]["rows"] == 2, "a gradient as a picture")
    s.cell("0")  # time passes
    told = [m for m in messages if m.get("event") == "scalars"]
    got = sum(len(x["steps"]) for m in told for x in m["series"] if x["name"] == "loss")
    point(got > 0, "points arrive while a cell runs or when it ends", messages[-3:])
    point(any(m.get("event") == "step" for m in messages), "steps are told")
    more = s.cell("other = nn.Linear(2, 2)")[0]
    point(any(m.get("event") == "modules" for m in more), "a new module is told", more)
    for sub in (a, b, c, d, e):
        s.ask("unsubscribe", subscription=sub["subscription"])
    quiet = s.cell("train(20)")[0]
    point(not quiet, "after unsubscribing nothing comes", quiet)
    wrong = s.ask("unsubscribe", subscription=99)
    point("error" in wrong, "an unknown subscription is refused")


def edits(s):
    s.cell("w = net[0].weight.detach().clone()")
    r = s.ask("set", name="net.0.weight", at=[0, 1], value=0.5)
    point(r["new"] == 0.5 and s.cell("print(net[0].weight[0, 1].item())")[1] == ["0.5"],
          "one element is set")
    same = s.cell("print((net[0].weight.detach() != w).sum().item())")[1]
    point(same == ["1"], "and no other")
    g = s.ask("gradcheck", code="F.cross_entropy(net(x), y)", name="net.3.weight", count=4)
    point(g.get("verdict") in ("good", "acceptable"), "derivatives agree with differences", g)
    before = s.cell("print(net[0].weight.sum().item(), torch.initial_seed())")[1]
    state = s.cell("print(torch.get_rng_state().sum().item())")[1]
    f = s.ask("surface", code="F.cross_entropy(net(x), y)", module="net", size=[3, 5],
              directions="gradient")
    point(len(f["values"]) == 3 and len(f["values"][0]) == 5, "a surface has its size", f)
    rows = [s.ask("surface", code="F.cross_entropy(net(x), y)", module="net", size=[3, 5],
                  directions="gradient", first=i, count=1)["values"][0] for i in range(3)]
    point(rows == f["values"], "slices are its rows")
    after = s.cell("print(net[0].weight.sum().item(), torch.initial_seed())")[1]
    again = s.cell("print(torch.get_rng_state().sum().item())")[1]
    point(before == after and state == again, "weights and random numbers are as they were")
    for bad in ({"request": "nothing"}, {"request": "peek", "name": "nobody"},
                {"request": "peek", "name": "x; print(1)"}, {"request": "surface", "size": [0]},
                {"request": "set", "name": "x", "at": [99, 0], "value": 1},
                {"request": "gradcheck", "name": "x", "code": "x.sum("}, {}):
        r = s.ask(bad)
        point("error" in r, f"refused: {json.dumps(bad)}", r)
    s.cell("train(2)")
    h = s.ask("hover", code="y = net(x)", cursor=5)
    point(h["found"] and h["text"] == "net", "hover finds names")
    point(not s.ask("hover", code="nobody + 1", cursor=2)["found"], "and says when it does not")


# numpy's singular values of the matrix below less its mean: shares of the variance, places of
# rows 0, 5 and 11 along three axes (the largest component of an axis is positive), and the
# three rows that are nearest to row 3 by two measures.
MATRIX = ("m = torch.sin(torch.arange(60., dtype=torch.float64).reshape(12, 5) ** 1.5 * 0.37)"
          ".float()")
SHARES = [0.47569567, 0.39372264, 0.05679222]
PLACES = [[0.1975607, -1.2573234, -0.8853085], [-0.6318451, 1.1766352, -0.9192104],
          [1.0934099, 0.1001871, -0.3438339]]
NEAR = {"euclidean": [(11, 0.44874227), (4, 0.6373813), (1, 1.6032755)],
        "cosine": [(11, 0.04316127), (4, 0.09260291), (7, 0.5112736)]}


def floats(text):
    raw = base64.b64decode(text)
    return struct.unpack(f"<{len(raw) // 4}f", raw)


def project(s, **fields):
    """All replies to a projection, until it is done."""
    replies = [s.ask("projection", **fields)]
    while not replies[-1].get("done", True):
        replies.append(s.ask("projection", job=replies[0]["job"]))
    return replies


def parts(s):
    """The image of a part is that part of the image."""
    s.cell("wide = torch.arange(2 * 60 * 50.).reshape(2, 60, 50)")
    r = s.ask("peek", name="wide", at=[1], image=[10, 6],
              part={"row": 20, "column": 8, "rows": 20, "columns": 24})
    want = [3000 + (20 + 2 * i + 0.5) * 50 + 8 + 4 * k + 1.5
            for i in range(10) for k in range(6)]
    point(near(list(floats(r["image"]["data"])), want) and r["part"]["rows"] == 20,
          "an image of a part", r)
    r = s.ask("peek", name="wide", image=[100, 100],
              part={"row": 55, "column": 49, "rows": 99, "columns": 9})
    point(r["part"] == {"row": 55, "column": 49, "rows": 5, "columns": 1} and
          floats(r["image"]["data"])[0] == 55 * 50 + 49, "which is cut at the ends", r)


def projections(s):
    s.cell(MATRIX + "\nwords = ['row ' + str(i) for i in range(12)]")
    r = project(s, name="m", labels="words")[-1]
    at = floats(r["places"])
    got = [[at[3 * i + k] for i in (0, 5, 11)] for k in range(3)]
    point(near(r["shares"], SHARES) and near(r["variance"], 2.6952268628), "shares are numpy's",
          r["shares"])
    point(near(got, PLACES), "and so are the places", got)
    point(r["words"][11] == "row 11", "labels come with them")
    for metric, want in NEAR.items():
        n = s.ask("projection", job=r["job"], near=3, metric=metric, count=3)
        got = [(p["row"], p["distance"]) for p in n["neighbours"]]
        point([p[0] for p in got] == [p[0] for p in want] and
              near([p[1] for p in got], [p[1] for p in want]), f"{metric} neighbours", got)
    point("error" in s.ask("projection", job=r["job"], near=12), "there is no row 12")
    s.cell("big = torch.randn(20001, 256) * torch.linspace(1, 3, 256)\n"
           "big[7, 3] = float('nan')\n"
           "norm = nn.Sequential(nn.Linear(6, 4), nn.BatchNorm1d(4))\nnorm(x)\n"
           "before = norm[1].running_mean.clone(), torch.get_rng_state()")
    parts = project(s, name="big")
    rows = [i for p in parts for i in floats(p.get("places", ""))]
    point(len(parts) > 3 and len(rows) == 3 * 20001 and parts[-1]["left_out"] == 1,
          "a large one comes in portions", len(parts))
    point(all(math.isnan(v) for v in rows[21:24]) and not math.isnan(rows[24]),
          "a row with NaN has no place")
    few = project(s, name="big", most=1000)
    point(few[0]["every"] == 21 and few[-1]["rows"] == 953, "of many rows some, evenly", few[0])
    point("gone" in s.ask("projection", job=parts[0]["job"])["error"]["message"],
          "an older projection is gone")
    layer = project(s, name="norm(x)", labels="y", components=2)[-1]
    point((layer["rows"], layer["columns"], len(floats(layer["numbers"]))) == (16, 4, 16),
          "a layer's activations for a batch", layer)
    same = s.cell("print(torch.equal(before[0], norm[1].running_mean), "
                  "torch.equal(before[1], torch.get_rng_state()))")[1]
    point(same == ["True True"], "which leaves buffers and random numbers as they were", same)
    s.ask("pin", steps=1)
    s.cell("train(1)")
    step = s.ask("trace")["step"]
    op = next(i for i, o in enumerate(s.ask("trace")["ops"]) if o["op"] == "relu")
    r = project(s, step=step, index=op)[-1]
    point(r.get("rows") == 16 and r.get("columns") == 8, "an operation of a pinned step", r)
    s.ask("unpin")
    s.cell("one = torch.ones(5, 3)")
    point(project(s, name="one")[-1]["shares"] == [], "equal rows spread along no axis")
    for bad in (dict(name="y"), dict(name="nobody"), dict(name="net"), dict(), dict(job=99),
                dict(name="m", labels="y"), dict(name="m", components=4)):
        r = s.ask("projection", **bad)
        point("error" in r, f"refused: projection {json.dumps(bad)}", r)


def late(s):
    """What a front end that was not there is told."""
    first = s.ask("cells")["cells"][-1]["number"] + 1
    s.cell("print('one'); print('two')")
    s.cell("1 / 0")
    s.cell("for i in range(60000): print('line', i)")
    got = s.ask("cells", since=first)["cells"]
    point([c["number"] for c in got] == [first, first + 1, first + 2] and
          not any(c["running"] for c in got), "cells are kept in order", got[:2])
    point(got[0]["outputs"] == [{"output_type": "stream", "name": "stdout", "lost": 0,
                                 "text": "one\ntwo\n"}], "with what they printed", got[0])
    error = got[1]["outputs"][0]
    point(got[1]["failed"] and error["ename"] == "ZeroDivisionError" and error["traceback"],
          "and how they failed", error)
    flood = got[2]["outputs"][0]
    kept = flood["text"].splitlines()
    point(flood["lost"] + len(kept) == 60000 and kept[-1] == "line 59999" and
          kept[0] == f"line {flood['lost']}", "of a flood the end", flood["lost"])
    for i in range(80):
        s.cell(f"kept = {i}")
    got = s.ask("cells")["cells"]
    point(len(got) <= 64 and got[-1]["code"] == "kept = 79", "and of many cells the last")


PLANE = """
torch.manual_seed(0)
points, labels = spiral(150, classes=3, noise=0.2, seed=3)
plane = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Dropout(0.2),
                      nn.Linear(8, 3))
chooser = optim.Adam(plane.parameters(), lr=0.01)
class Counting(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(2, 1)
        self.register_buffer('calls', torch.zeros(1))
        self.last = None
    def forward(self, x):
        self.calls += 1
        self.last = x
        print('forward', x.shape)
        return self.inner(x)
counting = Counting()
def grid(rows, columns, x, y, first=0, count=None):
    down = [y[0] + (y[1] - y[0]) * (rows - 1 - i + 0.5) / rows for i in range(rows)]
    across = [x[0] + (x[1] - x[0]) * (j + 0.5) / columns for j in range(columns)]
    return torch.tensor([[a, d] for d in down[first:first + (count or rows)] for a in across])
def learn(steps, each=None):
    torch.manual_seed(1)
    losses = []
    for i in range(steps):
        logits = plane(points)
        loss = F.cross_entropy(logits, labels)
        chooser.zero_grad()
        if each: each(i)
        loss.backward()
        chooser.step()
        losses.append(loss.item())
        right = (logits.argmax(1) == labels).sum()
    return losses
"""


def pixels(image):
    n = image["rows"] * image["columns"]
    return list(struct.unpack(f"<{n}f", base64.b64decode(image["data"])))


def shown(s, expression):
    """A tensor of the session, element by element."""
    return json.loads(s.cell(f"print(({expression}).flatten().tolist())")[1][0])


def same_bits(got, want):
    return [struct.pack("<f", v) for v in got] == [struct.pack("<f", v) for v in want]


def planes(s):
    s.cell(PLANE)
    s.cell("_ = learn(3)")
    p = s.ask("points")
    point([p["module"], p["points"], p["labels"], p["values"]] ==
          ["plane", "points", "labels", [0, 1, 2]], "points and labels are found", p)
    point(same_bits(p["positions"], shown(s, "points")), "each with its place")
    s.cell("test, other, test_labels = points[:9], torch.zeros(9), torch.ones(9)")
    point(s.ask("points", points="test")["labels"] == "test_labels",
          "labels are found for named points by their name")
    s.cell("scorer = nn.Linear(2, 1)\nF.binary_cross_entropy_with_logits(scorer(test), "
           "test_labels.unsqueeze(1)).backward()")
    point(s.ask("grid", module="scorer")["outputs"] == "sigmoid",
          "the loss says that an output is a score")
    s.cell("_ = learn(1)")
    state = "print(torch.get_rng_state().sum().item(), plane.training, " \
            "plane[1].running_mean.sum().item(), plane[1].num_batches_tracked.item())"
    before = s.cell(state)[1]
    g = s.ask("grid", module="plane", x=[-1.5, 1.5], y=[-1, 2], size=[20, 30], units=8, side=16)
    parts, first = [[], [], []], 0
    while first < 20:
        part = s.ask("grid", module="plane", x=[-1.5, 1.5], y=[-1, 2], size=[20, 30],
                     first=first, count=7)
        first += part["count"]
        parts = [a + pixels(b) for a, b in zip(parts, part["images"])]
    point(before == s.cell(state)[1], "mode, buffers and random numbers are as they were")
    s.cell("plane.eval()\nG = grid(20, 30, [-1.5, 1.5], [-1, 2])\n"
           "with torch.no_grad():\n    want = torch.softmax(plane(G), 1)\n"
           "    small = plane[:3](grid(16, 16, [-1.5, 1.5], [-1, 2]))\nplane.train()")
    whole = [pixels(i) for i in g["images"]]
    point(g["outputs"] == "softmax" and
          all(same_bits(whole[k], shown(s, f"want[:, {k}]")) for k in range(3)),
          "a grid is the module's own result, bit for bit")
    point(max(abs(a - b) for k in range(3) for a, b in zip(parts[k], whole[k])) < 1e-6,
          "in portions it is the same but for the order of sums")
    tanh = next(x for x in g["layers"] if x["path"] == "plane.2")
    point(len(tanh["images"]) == 8 and all(
        same_bits(pixels(tanh["images"][k]), shown(s, f"small[:, {k}]")) for k in range(8)),
        "and every unit inside", [x["path"] for x in g["layers"]])
    one = s.ask("grid", module="plane", x=[-1.5, 1.5], y=[-1, 2], size=[16, 16],
                layer="plane.2", unit=5)
    point(same_bits(pixels(one["images"][0]), pixels(tanh["images"][5])), "one unit alone")
    point(same_bits(pixels(g["layers"][0]["weight"]), shown(s, "plane[0].weight")),
          "weights come along")
    r = s.send("message " + json.dumps({"request": "grid", "module": "counting"}) + "\n")
    point(r[1] == [] and "images" in r[0][0], "what a forward prints is not shown", r[1])
    point(s.cell("print(counting.calls.item(), counting.last)")[1] == ["0.0 None"],
          "what a forward writes is put back")
    seen = s.cell("plane.register_forward_hook(lambda m, i, o: print('hook'))")
    seen = s.ask("grid", module="plane", size=[4, 4])
    point("images" in seen and s.cell("_ = plane(points)")[1] == ["hook"],
          "hooks run for the program alone")
    s.cell("plane = nn.Sequential(*plane)\nchooser = optim.Adam(plane.parameters(), lr=0.01)")
    for bad in ({"module": "net"}, {"module": "nobody"}, {"size": [0, 3]}, {"x": [1, 1]},
                {"module": "plane", "layer": "plane.9"}, {"module": "plane", "outputs": "odd"}):
        point("error" in s.ask("grid", **bad), f"no grid of {json.dumps(bad)}")


def live_planes(s):
    """Whoever looks changes nothing: two trainings from one seed, one of them watched."""
    again = ("torch.manual_seed(5)\nplane = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), "
             "nn.Tanh(), nn.Dropout(0.2), nn.Linear(8, 3))\n"
             "chooser = optim.Adam(plane.parameters(), lr=0.01)\nprint(learn(400))")
    alone = s.cell(again)[1]
    sub = s.ask("subscribe", topic="grid", module="plane", points="points", rate=60, units=4)
    messages, watched = s.cell(again)
    got = [m for m in messages if m.get("event") == "grid"]
    point(alone == watched and len(alone) == 1, "the losses are the same, bit for bit")
    point(got and got[-1]["subscription"] == sub["subscription"] and got[-1]["count"] > 0,
          "and pictures came", [m.get("event") for m in messages])
    point(s.cell("0")[0] == [], "none comes while nothing changes")
    s.ask("unsubscribe", subscription=sub["subscription"])
    point(not s.cell("_ = learn(50)")[0], "nor after unsubscribing")


def edited_points(s):
    s.cell("held, rows = points, points.tolist()")
    r = s.ask("edit_points", do="insert", points="points", labels="labels",
              positions=[0.5, -0.5, 0.25, 0], targets=[2, 1])
    point([r.get("rows"), r.get("waits"), r.get("rebound")] == [152, False, False] and
          s.cell("print(held.shape, labels[-2:].tolist(), held[-1].tolist())")[1] ==
          ["torch.Size([152, 2]) [2, 1] [0.25, 0.0]"], "points are put into the object itself",
          r)
    s.ask("edit_points", do="move", points="points", rows=[0], positions=[9, 8])
    s.ask("edit_points", do="label", points="points", labels="labels", rows=[1], targets=[2])
    point(s.cell("print(points[0].tolist(), labels[1].item())")[1] == ["[9.0, 8.0] 2"],
          "moved and labelled")
    s.ask("edit_points", do="move", points="points", rows=[0],
          positions=shown(s, "tensor(rows[0])"))
    s.ask("edit_points", do="label", points="points", labels="labels", rows=[1], targets=[0])
    s.ask("edit_points", do="remove", points="points", labels="labels", rows=[7, 150, 151])
    point(s.cell("print(len(points), len(labels))")[1] == ["149 149"], "taken away")
    s.ask("edit_points", do="insert", points="points", labels="labels", rows=[7],
          positions=shown(s, "tensor(rows[7])"), targets=[0])
    point(s.cell("print(points.tolist() == rows)")[1] == ["True"],
          "and put back in their place")
    s.cell("from _observe import ask as _ask\n"
           "def put(i):\n"
           "    if i == 1: _ask('{\"request\": \"edit_points\", \"do\": \"insert\", "
           "\"rows\": [3], "
           "\"points\": \"points\", \"labels\": \"labels\", \"positions\": [0, 1], "
           "\"targets\": [1], \"wait\": true}')\n"
           "    sizes.append(len(points))\nsizes = []\n_ = learn(400, put)")
    point(s.cell("print(sizes[:2], sizes == sorted(sizes), sizes[-1], len(labels))")[1] ==
          ["[150, 150] True 151 151"], "in the middle of a step a change waits for another",
          s.cell("print(sizes)")[1])
    s.cell("def batches(n):\n    for i in range(n):\n"
           "        idx = torch.randperm(151)[:20]\n"
           "        loss = F.cross_entropy(plane(points[idx]), labels[idx])\n"
           "        chooser.zero_grad()\n        loss.backward()\n        chooser.step()\n"
           "        if i == 1: _ask('{\"request\": \"edit_points\", \"do\": \"remove\", "
           "\"rows\": [3], \"points\": \"points\", \"labels\": \"labels\", \"wait\": true}')\n"
           "    return len(points)")
    during = s.cell("print(batches(400))")[1]
    after = s.cell("print(len(points), len(labels))")[1]
    point([during, after] == [["151"], ["150 150"]],
          "row numbers of batches stay right until the cell is over", [during, after])
    s.cell("made = points * counting.inner.weight")
    r = s.ask("edit_points", do="remove", points="made", rows=[0])
    point(r.get("rebound") is True and s.cell("print(len(made))")[1] == ["149"],
          "what was computed is replaced under its name, and the answer says so", r)
    for bad in ({"do": "remove", "rows": [150]}, {"do": "remove", "rows": [3, 2]},
                {"do": "fly"},
                {"do": "insert", "positions": [1]}, {"do": "remove", "rows": [-1]},
                {"do": "insert", "positions": [1, 2]}, {"do": "move", "rows": [0]}):
        r = s.ask("edit_points", points="points", labels="labels", **bad)
        point("error" in r, f"refused: {json.dumps(bad)}", r)
    point(s.cell("print(points.tolist() == rows)")[1] == ["True"], "and nothing has changed")


def nan_origin(s):
    s.ask("trace", statistics=True, count=0)
    s.ask("health")
    s.cell("z = torch.randn(4, 6, requires_grad=True)\n"
           "optimizer.zero_grad()\n"
           "loss = torch.log(net(z) - 100).mean()\n"
           "loss.backward()")
    f = s.ask("health")["findings"]
    nan = [x for x in f if x["kind"] == "nan" and x["where"]]
    point(nan and "torch.log" in nan[0]["where"]["text"], "NaN is traced to its source", f)


# Adam, dropout, running statistics, and a batch that is drawn before zero_grad.
PAST = """
torch.manual_seed(0)
points, classes = torch.randn(64, 20), torch.randint(0, 5, (64,))
net = nn.Sequential(nn.Linear(20, 16), nn.BatchNorm1d(16), nn.Tanh(), nn.Dropout(0.3),
                    nn.Linear(16, 5))
optimizer = optim.Adam(net.parameters(), lr=0.01)
losses = []
def train(n):
    for i in range(n):
        pick = torch.randint(0, 64, (16,))
        optimizer.zero_grad()
        loss = F.cross_entropy(net(points[pick]), classes[pick])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
"""


def losses_of(s, steps):
    return json.loads(s.cell(f"losses = []\ntrain({steps})\nprint(losses)")[1][-1])


def seek(s, step):
    """The step, in as many portions as it takes."""
    for _ in range(1000):
        r = s.ask("seek", step=step)
        if r.get("done", True):
            return r
    return r


def going_back(s):
    refused = s.ask("seek", step=1)["error"]["message"]
    point("subscribe" in refused, "without a timeline nothing is kept, and it says so", refused)
    wish = s.ask("subscribe", topic="timeline", rate=5, every=True)["subscription"]
    s.cell(PAST + "train(1)")
    begun = s.ask("timeline")["step"]
    first = losses_of(s, 20)
    told = s.ask("timeline")
    point(told["step"] == begun + 20 and told["kept"][-1] == [begun, begun + 20],
          "every step is kept", told)
    seen = [seek(s, begun + k + 1) for k in (4, 19, 0, 12)]
    point(all(r["done"] and r["same"] for r in seen) and
          [r["root"] for r in seen] == [first[k] for k in (4, 19, 0, 12)],
          "any step comes out bit for bit", [r["root"] for r in seen])
    weight = s.ask("peek", name="net.0.weight", step=begun + 13, statistics=True)
    now = s.ask("peek", name="net.0.weight", statistics=True)
    point(weight["statistics"] != now["statistics"], "weights of then are not those of now")
    count = s.ask("trace", step=begun + 13)["total"]
    peeks = [s.ask("peek", step=begun + 13, index=count - 1, of=of, window={})
             for of in ("value", "grad")]
    point(abs(peeks[0]["window"]["values"][0][0] - first[12]) < 1e-6 and
          peeks[1]["window"]["values"] == [[1]], "its values and gradients", peeks)
    items = s.ask("look", step=begun + 13, take="weight_grad")["items"]
    point([i["path"] for i in items][:2] == ["net.0.weight", "net.0.bias"], "and its modules")
    return begun, first, wish


def branches(s):
    begun, first, wish = going_back(s)
    back = s.ask("branch", step=begun + 10)
    point(back["step"] == begun + 10 and back["parameters"] >= 6 and back["buffers"] >= 3,
          "back at the tenth step", back)
    point(losses_of(s, 10) == first[10:], "the same ten losses again, bit for bit")
    name = s.ask("branch", step=begun + 10, of="main", lr=0.1)["branch"]
    other = losses_of(s, 10)
    point(other[0] == first[10] and all(a != b for a, b in zip(other[1:], first[11:])),
          "another rate differs from the step after it, and only from there", other)
    rate = "print(optimizer.param_groups[0]['lr'])"
    point(s.cell(rate)[1] == ["0.1"], "the program sees it")
    point(seek(s, begun + 15)["root"] == other[4], "its steps can be sought")
    point(seek(s, begun + 5)["root"] == first[4], "and those before it began")
    series = [x["name"] for x in s.ask("scalars")["series"]]
    point(name + "/loss" in series, "its losses are a run of their own", series)
    r = s.ask("branch", step=begun + 10, of="main", seed=7)
    third = losses_of(s, 10)
    point(third[0] != first[10], "another seed draws another batch", r)
    point(s.ask("branch", to="main")["step"] == begun + 20, "back on the main line")
    point(s.cell(rate)[1] == ["0.01"], "with its rate")
    lockstep(s, begun, name)
    s.cell("net[0].weight.data *= 0.5")  # behind the back of every record
    losses_of(s, 3)
    r = seek(s, begun + 21)
    point(r["same"] is False, "what was changed behind its back is noticed", r)
    s.ask("unsubscribe", subscription=wish)
    point("error" in s.ask("timeline"), "nobody listens, nothing is kept")


def lockstep(s, begun, name):
    def run(step, **change):
        s.ask("lockstep", do="start", step=begun + step, last=begun + step + 3, change=change)
        return [s.ask("lockstep", do="next") for _ in range(3)]
    rate = run(5, lr=0.02)
    point(rate[0]["first"] is None and rate[0]["step"] == begun + 5, "two runs begin alike")
    found = next(r["first"] for r in rate if r["first"])
    point(found["of"] == "value" and found["op"] == "addmm_t" and found["module"] == "net.0",
          "another rate shows in the first weights that are used", found)
    double = run(5, dtype="float64")
    point(all(abs(a - b) < 1e-3 for a, b in (r["roots"] for r in double)) and
          any(a != b for a, b in (r["roots"] for r in double)),
          "double precision is near", double)
    same = run(9, lr=0.01)
    point(all(r["first"] is None and r["roots"][0] == r["roots"][1] for r in same),
          "the same rate: no difference at all", same)
    pair = run(11, branch=name)
    point(pair[0]["first"] is None and pair[-1]["first"]["step"] == begun + 12,
          "a branch differs from the step after it began", pair[-1]["first"])
    point("error" in s.ask("lockstep", do="start", step=5, change={"optimizer": "None"}),
          "an unknown optimizer is refused")
    s.ask("lockstep", do="close")


def killed_runs(program):
    """A run whose process is killed in the middle, read by another session."""
    with tempfile.TemporaryDirectory() as folder:
        s = Session(program, folder)
        text = ('start_run("killed", lr=0.5)\n'
                'for i in range(10 ** 9):\n    log(loss=i, other=-i)')
        s.process.stdin.write(f"cell {len(text)}\n{text}")
        s.process.stdin.flush()
        path = os.path.join(folder, "runs", "killed", "scalars.bin")
        while not (os.path.exists(path) and os.path.getsize(path) > 1 << 18):
            time.sleep(0.01)
        s.process.kill()
        s.process.wait()
        s = Session(program, folder)
        s.send('open {"version": 1}\n')
        run = s.ask("runs")["runs"][0]
        point(run["name"] == "killed" and run["config"] == {"lr": 0.5}, "the run is there", run)
        curves = {c["name"]: c for c in s.ask("curves", run="killed")["series"]}
        values = curves["loss"]["values"]
        point(len(values) > 1000 and values == list(range(len(values))),
              "every point up to the kill is on the disk, in order")
        point(len(values) - len(curves["other"]["values"]) in (0, 1), "of each series")
        few = {c["name"]: c for c in s.ask("curves", run="killed", points=10)["series"]}["loss"]
        point(len(few["values"]) <= 10 and few["values"][0] == 0 and
              few["values"][-1] == values[-1], "few points keep the ends")
        with open(path, "r+b") as f:  # damage: it ends there
            f.seek(1000 * 32)
            f.write(b"\xff" * 64)
        cut = s.ask("curves", run="killed")["series"][0]
        point(0 < cut["count"] < 1000, "a damaged file is read up to the damage")
        with open(path, "wb") as f:
            f.write(b"NAME" + b"\xff" * 60)
        point(s.ask("curves", run="killed")["series"] == [], "nonsense has no series")
        s.close()


def main():
    program = sys.argv[1]
    write = "--write" in sys.argv
    examples(program, write)
    if write:
        return
    with tempfile.TemporaryDirectory() as folder:
        s = Session(program, folder)
        s.send('open {"version": 1}\n')
        s.cell(TRAINING)
        s.cell("train(2)")
        for part in (walks, insides, fans, failures, conditions, all_windows, replays, events,
                     edits, planes, live_planes, edited_points, nan_origin, parts, projections,
                     branches, late):
            part(s)
        point(s.send("close {}\n")[1] == [], "the comm closes")
        point(s.cell("train(3)")[0] == [], "and nothing more is sent")
        point(s.close() == 0, "the session ends in order")
    killed_runs(program)
    print(f"1..{points[0]}")


if __name__ == "__main__":
    main()
