# SPDX-License-Identifier: Apache-2.0
"""Scripts that print the same under adjoint as under CPython with PyTorch.

Beside each script lies its .out, made by `run.py --bless` with PyTorch. A script whose head
says `# compare: N digits` trains or sums long enough that the last bits of a float may differ
between two libraries: its numbers with a decimal point are compared as numbers, to one unit in
the Nth significant digit, everything else as text. All other scripts must match to the letter.
TAP.

usage: run.py [--adjoint PATH] [--bless] [name ...]
"""
import argparse
import glob
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
NUMBER = re.compile(r"[-+]?(?:\d+\.\d*|\.\d+)(?:e[-+]?\d+)?")


def digits_allowed(script):
    with open(script) as f:
        m = re.search(r"^# compare: (\d+) digits", f.read(400), re.M)
    return int(m.group(1)) if m else None


def close(a, b, digits):
    """One unit in the last of [digits] significant digits, of the larger of the two."""
    x, y = float(a), float(b)
    return abs(x - y) <= 1.01 * 10.0 ** (1 - digits) * max(abs(x), abs(y), 1e-30)


def line_differs(got, want, digits):
    if got == want:
        return False
    if digits is None or NUMBER.sub("#", got) != NUMBER.sub("#", want):
        return True
    return not all(close(a, b, digits) for a, b in zip(NUMBER.findall(got),
                                                       NUMBER.findall(want)))


def first_difference(got, want, digits):
    got, want = got.splitlines(), want.splitlines()
    for i in range(max(len(got), len(want))):
        a = got[i] if i < len(got) else "(nothing)"
        b = want[i] if i < len(want) else "(nothing)"
        if line_differs(a, b, digits):
            return f"# line {i + 1}\n#   got  {a}\n#   want {b}"
    return None


def run(command, script):
    try:
        r = subprocess.run([command, script], capture_output=True, text=True, timeout=120,
                           env=os.environ | {"ADJOINT_CHECK_LEAKS": "1"})
    except subprocess.TimeoutExpired:
        return "", "# more than 120 s"
    errors = "".join(f"# {line}\n" for line in r.stderr.splitlines()[:12])
    return r.stdout, errors if r.returncode else ""


def bless(script):
    out, errors = run(sys.executable, script)
    if errors:
        print(f"{script}:\n{errors}")
        return 1
    with open(script[:-3] + ".out", "w") as f:
        f.write(out)
    return 0


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--adjoint", default=os.path.join(HERE, "../../build/adjoint"))
    p.add_argument("--bless", action="store_true")
    p.add_argument("names", nargs="*")
    args = p.parse_args()
    scripts = sorted(s for s in glob.glob(HERE + "/*.py") if not s.endswith("/run.py"))
    if args.names:
        scripts = [s for s in scripts if os.path.basename(s)[:-3] in args.names]
    if args.bless:
        return max([bless(s) for s in scripts])
    print(f"1..{len(scripts)}")
    failed = 0
    for i, script in enumerate(scripts):
        out, errors = run(args.adjoint, script)
        with open(script[:-3] + ".out") as f:
            difference = first_difference(out, f.read(), digits_allowed(script))
        failed += bool(errors or difference)
        print(f"{'not ok' if errors or difference else 'ok'} {i + 1} - "
              f"{os.path.basename(script)}")
        print("".join(f"{t.rstrip()}\n" for t in (difference, errors) if t), end="", flush=True)
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
