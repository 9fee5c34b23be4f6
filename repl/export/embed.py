#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Puts the page's style sheet and script into C: embed.py OUTPUT QUIZ.def FILE ...

The rows of QUIZ.def become the script's lines where it says "// quiz.def".
"""
import pathlib
import re
import sys

ROW = re.compile(r'^MARK\((\w+), (.*?),\s*("(?:[^"\\]|\\.)*")\)$', re.M | re.S)


def marks(path):
    """The rows as JavaScript: the tolerance, and [name, condition, text] for each mark."""
    text = path.read_text(encoding='utf-8')
    yield f"const TOLERANCE = {re.search(r'^QUIZ_TOLERANCE.(.*).$', text, re.M)[1]};"
    yield 'const MARKS = ['
    for name, condition, words in ROW.findall(text):
        yield f"    ['{name}', ({{said, x, truth, upstream, local, before, near, some}}) => "
        yield f'        {condition}, {words}],'
    yield '];'


def main():
    output, quiz, *paths = map(pathlib.Path, sys.argv[1:])
    parts = ['// Made by embed.py.', '#include "export/export.h"', '']
    rows = '\n'.join('    ' + line for line in marks(quiz))
    for path in paths:
        text = path.read_text(encoding='utf-8').split('\n', 1)[1]  # but not the licence's line
        text = text.replace('    // quiz.def', rows)
        lines = text.replace('\\', '\\\\').replace('"', '\\"').rstrip('\n').split('\n')
        parts.append(f'const char adj_export_{path.suffix[1:]}[] =')
        parts.append('\n'.join(f'    "{line}\\n"' for line in lines) + ';')
    output.write_text('\n'.join(parts) + '\n', encoding='utf-8')


main()
