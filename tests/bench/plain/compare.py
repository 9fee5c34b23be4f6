#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the plain programs of this folder under CPython and under adjoint and compares times.

The two take turns, so that a slow minute of the machine hits both; what is compared are the
medians of the rounds, start-up included. Both must print the same. TAP: `not ok` where the
outputs differ or adjoint is slower.

usage: compare.py [--adjoint PATH] [--python PATH] [--rounds N] [name ...]
"""
import argparse
import pathlib
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument('--adjoint', default=str(HERE / '../../../build/adjoint'))
    p.add_argument('--python', default=sys.executable)
    p.add_argument('--rounds', type=int, default=5)
    p.add_argument('names', nargs='*')
    return p.parse_args()


def timed(program, script):
    start = time.perf_counter()
    done = subprocess.run([program, str(script)], capture_output=True, text=True, timeout=300)
    return time.perf_counter() - start, done.stdout


def main():
    a = arguments()
    scripts = sorted(s for s in HERE.glob('*.py') if s.name != 'compare.py')
    scripts = [s for s in scripts if not a.names or s.stem in a.names]
    failed = 0
    print(f'1..{len(scripts)}')
    for number, script in enumerate(scripts, 1):
        rounds = [(timed(a.python, script), timed(a.adjoint, script)) for _ in range(a.rounds)]
        theirs = statistics.median(r[0][0] for r in rounds)
        ours = statistics.median(r[1][0] for r in rounds)
        same = all(r[0][1] == r[1][1] for r in rounds)
        good = same and ours < theirs
        failed += not good
        print(f'{"ok" if good else "not ok"} {number} - {script.stem}: CPython'
              f' {theirs * 1e3:.0f} ms, adjoint {ours * 1e3:.0f} ms,'
              f' {theirs / ours:.2f} times as fast'
              + ('' if same else '; THE OUTPUTS DIFFER'), flush=True)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
