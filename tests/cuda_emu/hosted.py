#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the rows that the host computes for GPUs with hosted.txt: hosted.py ADJOINT

A row without kernels for GPUs is marked `hosted` and works there by copies to the host and
back. The list may only change on purpose: --write writes it anew.
"""
import pathlib
import subprocess
import sys

LIST = pathlib.Path(__file__).with_name('hosted.txt')


def main():
    write = '--write' in sys.argv
    program = next(a for a in sys.argv[1:] if a != '--write')
    code = 'print("\\n".join(torch._hosted_rows()))'
    text = subprocess.run([program, '-c', code], check=True, capture_output=True,
                          text=True).stdout
    if write:
        LIST.write_text(text)
    want, got = LIST.read_text().split(), text.split()
    print('1..1')
    same = want == got
    print('ok 1' if same else 'not ok 1', '- the rows without kernels are those listed')
    for name in sorted(set(want) ^ set(got)):
        print(f'# {name}: {"listed only" if name in want else "not listed"}')
    return 0 if same else 1


sys.exit(main())
