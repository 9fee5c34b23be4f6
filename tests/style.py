#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the form of the tree and prints TAP: one point per file, and one per rule about names.

A file must carry the licence tag, stay under 1000 lines and 96 columns, and have no function
over 60 lines; a function is what stands between a `{` in the first column and the next `}`
there, with the signature above it, which is how every function in this tree is written. Public
functions need a comment at their declaration, rows of layers and optimizers a script or a
golden case that mentions them. (That each operation has its cases is counted where they run,
by t_golden.)
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCE = {'.c', '.h', '.def', '.cu', '.cuh', '.py', '.sh', '.build'}
MAX_LINES, MAX_COLUMNS, MAX_FUNCTION = 1000, 96, 60

# The interpreter loop is one switch; the file around it is as long as its opcodes are many.
LONG_FILES = {'repl/lang/vm.c'}
LONG_FUNCTIONS = {('repl/lang/vm.c', 'run')}

ROW = re.compile(r'^ADJ_(?:MODULE|OPTIMIZER|SCHEDULE)\(\s*(\w+)', re.M)


def tracked():
    """The files under version control, or, in an unpacked archive, all but what is built."""
    try:
        names = subprocess.run(['git', 'ls-files'], cwd=ROOT, check=True, text=True,
                               capture_output=True).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        names = [str(p.relative_to(ROOT)) for p in ROOT.rglob('*') if p.is_file()]
        names = [n for n in names if not n.startswith(('build', '.git/'))]
    return [n for n in sorted(names) if (ROOT / n).is_file()]


def functions(lines):
    """Yields (name, first line, length) of the C functions in [lines]."""
    for opening, line in enumerate(lines):
        if line.rstrip() != '{':
            continue
        first = opening
        while first > 0 and re.match(r'[^#/};\s]|\s+\S', lines[first - 1]) \
                and not lines[first - 1].rstrip().endswith((';', '}')):
            first -= 1
        signature = ' '.join(lines[first:opening])
        name = re.search(r'(\w+)\s*\(', signature)
        end = next((i for i in range(opening, len(lines)) if lines[i].startswith('}')), opening)
        yield (name.group(1) if name else '?'), first + 1, end - first + 1


def misplaced_braces(lines):
    """Functions whose brace ends the line of the signature: `functions` would not see them."""
    for number, line in enumerate(lines, 1):
        if re.match(
            r'(?!typedef|struct|union|enum|extern "C")[a-zA-Z]\w*[^=;#]*\)\s*\{$', line
        ):
            yield number


def faults(name, text):
    """What is wrong with one file, a sentence each."""
    lines = text.splitlines()
    if not any('SPDX-License-Identifier: Apache-2.0' in line for line in lines[:2]):
        yield 'no licence tag in its first line'
    if len(lines) > MAX_LINES and name not in LONG_FILES:
        yield f'{len(lines)} lines, more than {MAX_LINES}'
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_COLUMNS:
            yield f'line {number}: {len(line)} columns, more than {MAX_COLUMNS}'
        if '\t' in line or line != line.rstrip():
            yield f'line {number}: a tab or white space at the end'
    if name.endswith(('.c', '.h', '.cu', '.cuh')):
        for function, first, length in functions(lines):
            if length > MAX_FUNCTION and (name, function) not in LONG_FUNCTIONS:
                yield f'line {first}: {function} has {length} lines, more than {MAX_FUNCTION}'
        for number in misplaced_braces(lines):
            yield f"line {number}: a function's brace belongs on a line of its own"


def undocumented():
    """Public functions whose paragraph in the header holds no comment."""
    header = (ROOT / 'engine/adjoint.h').read_text()
    for paragraph in re.split(r'\n\s*\n', header):
        if '//' in paragraph:
            continue
        yield from re.findall(
            r'^(?:extern )?ADJ_API [^;(]*?(\w+)\s*(?:\(|\[|;)', paragraph, re.M
        )


def rows():
    """Names of all rows of layers, optimizers and schedules in the engine's sources."""
    for path in sorted((ROOT / 'engine').rglob('*.c')):
        yield from ROW.findall(path.read_text())


def words_of_tests():
    """Every word in the scripts and golden cases."""
    words = set()
    for folder in 'tests/lang', 'tests/same', 'tests/golden', 'tests/layers', 'samples':
        for path in (ROOT / folder).rglob('*'):
            if path.is_file() and path.suffix in {'.adj', '.py', '.txt', '.cases'}:
                words.update(re.findall(r'\w+', path.read_text(errors='replace')))
    return words


class Tap:
    """Numbers the points and remembers whether one failed."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def point(self, name, wrong):
        self.count += 1
        self.failed += bool(wrong)
        print(f"{'not ok' if wrong else 'ok'} {self.count} - {name}")
        for sentence in wrong[:20]:
            print(f'# {name}: {sentence}')


def main():
    tap = Tap()
    for name in tracked():
        if pathlib.Path(name).suffix in SOURCE or name in ('bootstrap', '.ci/run'):
            tap.point(name, list(faults(name, (ROOT / name).read_text(errors='replace'))))
    tap.point('public names are documented', sorted(undocumented()))
    words = words_of_tests()
    known = sorted(set(rows()))
    tap.point(
        f'each of {len(known)} rows has a script or a golden case',
        [row for row in known if row not in words] or ([] if known else ['no rows found']),
    )
    print(f'1..{tap.count}')
    return 1 if tap.failed else 0


if __name__ == '__main__':
    sys.exit(main())
