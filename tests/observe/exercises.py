# SPDX-License-Identifier: Apache-2.0
"""Backward passes written by hand: every solution of the table is right, every mutant is found
wrong and named, and rules of a program are judged without touching it.
"""
import sys
import tempfile

from run import Session, point, points

RULES = """
torch.manual_seed(3)
kept = torch.randn(3)
def linear_backward(dY, X, W, b, Y):
    return dY @ W.T, X.T @ dY, dY.sum(0)
def late(dY, X, W, b, Y):
    X *= 0
    dY += 1
    return torch.zeros_like(X), (X.T @ dY), dY.sum(0)
def turned(dY, X, W, b, Y):
    return (dY @ W.T).T, X.T @ dY, dY
def short(dY, X, W, b, Y):
    return dY @ W.T
def one(dY, X, W, b, Y):
    dX = dY @ W.T
    dX[2, 1] += 0.5
    dW = X.T @ dY
    dW[1] *= 3
    return dX, dW, 2 * dY.sum(0)
def broken(dY, X, W, b, Y):
    return dY @ nobody
def nothing(dY, X, W, b, Y):
    return float('nan') * X, W * 0, b[:2]
"""


def kinds(reply):
    return [t["kind"] for t in reply.get("tensors", [])]


def table(s):
    rows = s.ask("exercises")["exercises"]
    point(len(rows) >= 8 and len({e["name"] for e in rows}) == len(rows),
          "exercises have names")
    for e in rows:
        good = s.ask("exercise", name=e["name"], solution=True, seed=5)
        point(good.get("right") is True and set(kinds(good)) == {"right"},
              f"{e['name']}: the solution is right", good)
        point(all(t["numeric_error"] < 1e-7 for t in good.get("tensors", [])),
              f"{e['name']}: differences agree with the engine", good)
        for k, mistake in enumerate(e["mutants"]):
            bad = s.ask("exercise", name=e["name"], mutant=k, seed=k)
            named = [t["mistake"] for t in bad.get("tensors", []) if not t["right"]]
            point(bad.get("right") is False and named and set(named) == {mistake},
                  f"{e['name']}: {mistake}", bad)
        s.cell(e["stub"])
        empty = s.ask("exercise", name=e["name"])
        point(set(kinds(empty)) == {"missing"}, f"{e['name']}: the stub runs", empty)
        point(len(e["hints"]) >= 2 and all(e["hints"]), f"{e['name']}: has hints")


def judged(s):
    s.cell(RULES)
    before = s.cell("print(torch.get_rng_state().sum().item(), kept)")[1]
    good = s.ask("exercise", name="linear")
    point(good["right"] and kinds(good) == ["right"] * 3, "a right rule is right", good)
    late = s.ask("exercise", name="linear", rule="late")
    point(kinds(late)[0] == "zero" and s.ask("exercise", name="linear")["right"],
          "a rule that spoils its arguments spoils copies", late)
    turned = s.ask("exercise", name="linear", rule="turned")
    point(kinds(turned) == ["transposed", "right", "unsummed"], "transposed, not summed",
          turned)
    point(turned["tensors"][2]["axis"] == 0 and turned["tensors"][2]["given"] == [4, 3],
          "over the first axis", turned["tensors"][2])
    point(kinds(s.ask("exercise", name="linear", rule="short")) ==
          ["right", "missing", "missing"], "what is not given is missing")
    one = s.ask("exercise", name="linear", rule="one")
    dx, dw, db = one["tensors"]
    point(dx["wrong"] == 1 and dx["first"]["at"] == [2, 1] and
          abs(dx["difference"] - 0.5) < 1e-9, "one wrong element is found", dx)
    first = dx["first"]
    point(abs(first["yours"] - first["right"] - 0.5) < 1e-9 and
          abs(first["numeric"] - first["right"]) < 1e-7, "with what differences say", first)
    point(dw["diagnosis"] == "Only row 1 is wrong." and dw["first"]["at"] == [1, 0],
          "a wrong row", dw)
    point(db["kind"] == "scaled" and "2 times" in db["diagnosis"], "a factor", db)
    odd = s.ask("exercise", name="linear", rule="nothing")
    point(kinds(odd) == ["nan", "zero", "shape"], "NaN, zeros, another shape", odd)
    after = s.cell("print(torch.get_rng_state().sum().item(), kept)")[1]
    point(before == after, "nothing of the program has changed")
    for bad in (dict(name="nothing"), dict(name="linear", rule="nobody"),
                dict(name="linear", rule="broken"), dict(name="linear", mutant=99),
                dict(name="linear", rule="kept")):
        got = s.ask("exercise", **bad)
        point("error" in got, f"refused: {bad}", got)
    point("nobody" in s.ask("exercise", name="linear", rule="broken")["error"]["message"],
          "an error in the rule is told")


def main():
    with tempfile.TemporaryDirectory() as folder:
        s = Session(sys.argv[1], folder)
        s.send('open {"version": 1}\n')
        table(s)
        judged(s)
        point(s.close() == 0, "the session ends in order")
    print(f"1..{points[0]}")


main()
