#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Puts the library's files into C: embed.py OUTPUT FILE...

A file is the text of the module that its name says. Its public classes and functions are listed
beside the text, so that the text is compiled only when one of them is asked for.
"""

import re, sys
from pathlib import Path

PUBLIC = re.compile(r'^(?:class|def) ([A-Za-z]\w*)|^([A-Za-z]\w*) = ', re.M)


def c_text(text):
    lines = text.replace('\\', '\\\\').replace('"', '\\"').split('\n')
    return '\n'.join(f'        "{line}\\n"' for line in lines)


def row(path):
    text = path.read_text()
    names = [a or b for a, b in PUBLIC.findall(text)]
    doc = re.search(r'^"""(.*?)"""', text, re.M | re.S)[1].split('\n')[0]
    return (f'    {{{{"{path.name.removesuffix(".adj")}", "{doc}", NULL, NULL}},\n'
            f'        " {" ".join(names)} ",\n'
            f'{c_text(text)},\n        {len(text.encode()) + 1}}},\n')


def main():
    out, *files = sys.argv[1:]
    rows = ''.join(row(Path(f)) for f in sorted(files))
    Path(out).write_text('// Written by embed.py from the files beside it; do not edit.\n'
                         '#include "library/library.h"\n'
                         f'const AdjLibraryFile adj_library_files[] = {{\n{rows}'
                         '    {.text = NULL},\n};\n')


main()
