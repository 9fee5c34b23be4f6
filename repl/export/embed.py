#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Puts the page's style sheet and script into C: embed.py OUTPUT FILE ..."""
import pathlib
import sys


def main():
    output, *paths = map(pathlib.Path, sys.argv[1:])
    parts = ['// Made by embed.py.', '#include "export/export.h"', '']
    for path in paths:
        text = path.read_text(encoding='utf-8').split('\n', 1)[1]  # but not the licence's line
        lines = text.replace('\\', '\\\\').replace('"', '\\"').rstrip('\n').split('\n')
        parts.append(f'const char adj_export_{path.suffix[1:]}[] =')
        parts.append('\n'.join(f'    "{line}\\n"' for line in lines) + ';')
    output.write_text('\n'.join(parts) + '\n', encoding='utf-8')


main()
