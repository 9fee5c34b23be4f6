#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""State dicts exchanged with PyTorch: run.py ADJOINT, or run.py --bless with PyTorch.

The files beside this one were written by PyTorch (--bless) and must load in adjoint and give
PyTorch's outputs. Where Python has PyTorch, files that adjoint writes must do so there. TAP.
"""
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
NAMES = ('resnet18', 'lstm', 'encoder')


def run(program, verb, folder):
    done = subprocess.run([program, HERE / 'models.py', verb, str(folder)], capture_output=True,
                          text=True, timeout=120)
    print(''.join(f'# {line}\n' for line in done.stderr.splitlines()), end='')
    return [line.split()[:2] for line in done.stdout.splitlines()], done.returncode


def main():
    if sys.argv[1] == '--bless':
        return run(sys.executable, 'write', HERE)[1]
    adjoint = sys.argv[1]
    print(f'1..{2 * len(NAMES)}')
    found, _ = run(adjoint, 'check', HERE)
    for number, name in enumerate(NAMES, 1):
        good = [name, 'same'] in found
        print(f"{'ok' if good else 'not ok'} {number} - {name} of PyTorch loads in adjoint")
    probe = 'import torch, safetensors'
    torch = subprocess.run([sys.executable, '-c', probe], capture_output=True).returncode == 0
    with tempfile.TemporaryDirectory() as folder:
        written = not torch or run(adjoint, 'write', folder)[1] == 0
        found = run(sys.executable, 'check', folder)[0] if torch and written else []
    for number, name in enumerate(NAMES, len(NAMES) + 1):
        good = not torch or [name, 'same'] in found
        why = '' if torch else ' # SKIP Python has no PyTorch here'
        mark = 'ok' if good else 'not ok'
        print(f"{mark} {number} - {name} of adjoint loads in PyTorch{why}")
    return 0


if __name__ == '__main__':
    sys.exit(main())
