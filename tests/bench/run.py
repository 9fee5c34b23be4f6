# SPDX-License-Identifier: Apache-2.0
"""Compares adjoint with PyTorch under CPython, workload by workload.

Each peer_*.py prints its own median time per iteration in microseconds. The two programs take
turns (A B A B ...), so that a slow minute of the machine hits both, and the medians of the
rounds are compared. The limit is the share of PyTorch's time that adjoint may take; a row
without one is only reported. Start-up times are measured here, from outside. TAP: `not ok`
where a limit is passed; without PyTorch everything is skipped.

usage: run.py [--adjoint PATH] [--python PATH] [--rounds N] [--threads N] [name ...]
"""
import argparse
import glob
import os
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LIMITS = {"mlp_tanh": 0.1, "mlp_adam": 0.5}
PROMPT_MS, ONE_LINE_MS, RESIDENT_MB = 30.0, 15.0, 25.0


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("--adjoint", default=os.path.join(HERE, "../../build/adjoint"))
    p.add_argument("--python", default=sys.executable)
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--threads", default="")
    p.add_argument("names", nargs="*")
    return p.parse_args()


def microseconds(command, env):
    r = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300)
    if r.returncode:
        raise RuntimeError(f"{' '.join(command)}: {r.stderr.strip() or r.stdout.strip()}")
    return float(r.stdout.split()[-1])


def start_up(command, rounds, text=None):
    """Median wall time in ms, and the largest resident size in MB."""
    times, sizes = [], []
    for _ in range(rounds):
        start = time.perf_counter()
        p = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
        p.stdin.write((text or "").encode())
        p.stdin.close()
        _, _, usage = os.wait4(p.pid, 0)
        p.returncode = 0
        times.append((time.perf_counter() - start) * 1e3)
        sizes.append(usage.ru_maxrss / 1024)
    return statistics.median(times), max(sizes)


class Tap:
    count = failed = 0

    def point(self, good, text):
        self.count += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {text}", flush=True)

    def skip(self, text, reason):
        self.count += 1
        print(f"ok {self.count} - {text} # SKIP {reason}", flush=True)


def compare(name, args, env, tap):
    script = os.path.join(HERE, f"peer_{name}.py")
    ours, theirs = [], []
    for _ in range(args.rounds):
        ours.append(microseconds([args.adjoint, script], env))
        theirs.append(microseconds([args.python, script], env))
    a, b = statistics.median(ours), statistics.median(theirs)
    limit = LIMITS.get(name)
    text = f"{name:12} adjoint {a:10.2f} us   PyTorch {b:10.2f} us   ratio {a / b:6.3f}"
    tap.point(limit is None or a / b <= limit, text + (f"   limit {limit}" if limit else ""))


def main():
    args = arguments()
    env = dict(os.environ)
    if args.threads:
        env["OMP_NUM_THREADS"] = args.threads
    tap = Tap()
    names = args.names or sorted(os.path.basename(p)[5:-3]
                                 for p in glob.glob(HERE + "/peer_*.py"))
    torch = subprocess.run([args.python, "-c", "import torch"],
                           capture_output=True).returncode == 0
    for name in names:
        if not torch:
            tap.skip(name, "no PyTorch")
            continue
        try:
            compare(name, args, env, tap)
        except (RuntimeError, subprocess.TimeoutExpired) as e:
            tap.point(False, f"{name}: {e}")
    if not args.names:
        ms, mb = start_up([args.adjoint, "-c", "1+1"], 21)
        tap.point(ms < ONE_LINE_MS, f"adjoint -c '1+1': {ms:.1f} ms, limit {ONE_LINE_MS:g}")
        tap.point(mb < RESIDENT_MB,
                  f"adjoint -c '1+1': {mb:.1f} MB resident, limit {RESIDENT_MB:g}")
        ms, mb = start_up([args.adjoint], 11, "1+1\n")
        tap.point(ms < PROMPT_MS, f"prompt from a pipe: {ms:.1f} ms, limit {PROMPT_MS:g}")
        tap.point(mb < RESIDENT_MB, f"prompt: {mb:.1f} MB resident, limit {RESIDENT_MB:g}")
    print(f"1..{tap.count}")
    return tap.failed != 0


if __name__ == "__main__":
    sys.exit(main())
