#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes what CPython 3.11 says about every text in ../syntax.txt back into that file.

The file is a row of cases, each some lines `| text` under a line with the answer: the
exception's name and message, or `fine`. To add a case, add its text under any answer and run
this.
"""

import pathlib
import sys
import warnings

FILE = pathlib.Path(__file__).resolve().parent.parent / 'syntax.txt'


def answer(text):
    try:
        compile(text, 'case', 'exec')
    except SyntaxError as error:
        return f'{type(error).__name__}: {error.msg}'
    return 'fine'


def cases(lines):
    """The texts, in order."""
    text = []
    for line in lines + ['']:
        if line.startswith('| '):
            text.append(line[2:])
        elif text:
            yield text
            text = []


def main():
    if sys.version_info[:2] != (3, 11):
        sys.exit('the answers are those of CPython 3.11')
    warnings.simplefilter('ignore')
    out = []
    for text in cases(FILE.read_text(encoding='utf-8').splitlines()):
        out.append(answer('\n'.join(text) + '\n'))
        out.extend('| ' + line for line in text)
    FILE.write_text('\n'.join(out) + '\n', encoding='utf-8')


if __name__ == '__main__':
    main()
