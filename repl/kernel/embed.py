#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes files as a C table: embed.py OUTPUT FILE ..."""
import pathlib
import sys


def main():
    output, *paths = map(pathlib.Path, sys.argv[1:])
    parts = ['// The logos of the kernel. Made by embed.py.', '#include "kernel/logo.h"', '']
    rows = []
    for number, path in enumerate(paths):
        data = path.read_bytes()
        parts.append(f'static const unsigned char bytes{number}[] = {{')
        for at in range(0, len(data), 20):
            parts.append('    ' + ', '.join(str(b) for b in data[at:at + 20]) + ',')
        parts.append('};')
        rows.append(f'    {{"{path.name}", bytes{number}, sizeof bytes{number}}},')
    parts += ['const AdjKernelLogo adj_kernel_logos[ADJ_KERNEL_LOGOS] = {', *rows, '};', '']
    output.write_text('\n'.join(parts))


main()
