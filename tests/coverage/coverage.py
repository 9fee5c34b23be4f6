#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What exists of everything names.txt lists, and what the tests try of it.

    coverage.py PROGRAM            prints docs/coverage.md
    coverage.py PROGRAM --tap      one point per name: no empty cell, no missing name

Nothing here is claimed by hand. A name exists when the program knows it. What is tried comes
from the cases themselves: the points that the scripts of tests/layers print (a name counts when
all its points hold), the orders of derivatives that tests/golden stores, and for verbs, steps,
rates and starts the test that mentions them. A cell that cannot be filled says why.
"""

import collections
import concurrent.futures
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parent
COLUMNS = ['forward', 'gradient', 'second', 'saved', 'ONNX']
PRELUDE = """
import torch, torch.nn as nn, torch.nn.functional as F, torch.optim as optim
def find(path):
    owner, *rest = path.replace("()", "").split(".")
    value = {"torch": torch, "nn": nn, "F": F, "optim": optim, "Flow": nn.Flow}[owner]
    for i, name in enumerate(rest):
        value = getattr(value, name)
        if "()" in path and i == 0:
            value = value()
    return value
def known(path):
    try:
        find(path)
        print(path)
    except Exception:
        pass
"""

# What cannot be asked of a kind of name, and why: letters explained above the tables.
NO_STATE, NOT_A_GRAPH, BY_USE, CONSTANT = 'a', 'b', 'c', 'd'
LEGEND = ('a: it has no state. b: it is part of training, and ONNX files hold inference. c: it '
          'is called, not differentiated. d: its gradient is constant, or PyTorch has none of '
          'it.')
REASONS = {
    'layer': {},
    'loss': {'saved': NO_STATE, 'ONNX': NOT_A_GRAPH},
    'op': {'saved': NO_STATE},
    'step': {'gradient': BY_USE, 'second': BY_USE, 'ONNX': NOT_A_GRAPH},
    'rate': {'gradient': BY_USE, 'second': BY_USE, 'ONNX': NOT_A_GRAPH},
    'start': {'gradient': BY_USE, 'second': BY_USE, 'saved': NO_STATE, 'ONNX': NOT_A_GRAPH},
    'verb': {'gradient': BY_USE, 'second': BY_USE, 'saved': BY_USE, 'ONNX': BY_USE},
}


def rows():
    """(section, name there, path here, kind, {column: own reason})"""
    for line in (HERE / 'names.txt').read_text().splitlines():
        if line and not line.startswith('#'):
            section, there, here, kind, *own = [f.strip() for f in line.split('|')]
            yield section, there, here, kind, dict(o.split(': ', 1) for o in own)


def run(program, *arguments, text=None):
    done = subprocess.run([program, *arguments], input=text, capture_output=True, text=True,
                          timeout=600)
    return done.stdout


def known_names(program, paths):
    calls = '\n'.join(f'known({path!r})' for path in paths)
    return set(run(program, '-', text=PRELUDE + calls + '\n').split())


# ---------------------------------------------------------------- evidence

# Kinds of points that tests/layers/layers.py prints, and the column they fill.
POINTS = {'start': 'start', 'forward': 'forward', 'gradient': 'gradient', 'second': 'second',
          'saved': 'saved', 'onnx': 'ONNX'}
POINT = re.compile(r'(not )?ok \d+ - (\w+) \d+ (\w+)$')
NO_ONNX = re.compile(r'# no ONNX form: (\w+) \d+: (.*)$')


def layer_evidence(program):
    """{name: {column: [held, ...]}} and {name: why it has no ONNX form}."""
    tried = collections.defaultdict(lambda: collections.defaultdict(list))
    why = {}
    scripts = [s for s in sorted((TESTS / 'layers').glob('*.py'))
               if s.with_suffix('.safetensors').exists()]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        outputs = list(pool.map(lambda s: run(program, str(s)), scripts))
    for line in '\n'.join(outputs).splitlines():
        point, refusal = POINT.match(line), NO_ONNX.match(line)
        if point and point[3] in POINTS:
            tried[point[2]][POINTS[point[3]]].append(not point[1])
        if refusal:
            reason = re.sub(r' at \S+, line \d+', '', refusal[2])
            why.setdefault(refusal[1], reason.replace('|', '/'))
    return tried, why


def golden_evidence():
    """The highest derivative stored for each operation, by every name its cases call it."""
    order = collections.defaultdict(lambda: -1)
    for file in sorted((TESTS / 'golden').glob('*.cases')):
        for line in file.read_text().splitlines():
            fields = line.split('\t')
            if len(fields) == 5 and file.stem != 'errors':
                for name in {fields[0], *re.findall(r'\.(\w+)\(', fields[4])}:
                    order[name] = max(order[name], int(fields[1]))
    return order


def mentions():
    """{word: the first test or sample that uses it}"""
    found = {}
    places = [p for kind in ('*.py', '*.adj', '*.c', '*.cases') for p in TESTS.rglob(kind)]
    places += sorted((TESTS.parent / 'samples').glob('*.adj'))
    for place in sorted(places, key=lambda p: (p.suffix == '.c', str(p))):
        inside = place.relative_to(TESTS.parent)
        skipped = HERE in place.parents or place.name in ('reference.py', 'layers.py')
        if skipped or 'ref' in inside.parts:
            continue
        for word in set(re.findall(r'\w+', place.read_text(errors='replace'))):
            found.setdefault(word, inside)
    return found


def word_of(path):
    return path.rsplit('.', 1)[-1].removesuffix('()')


class Evidence:
    def __init__(self, program, paths):
        self.known = known_names(program, paths)
        self.tried, self.why = layer_evidence(program)
        self.order = golden_evidence()
        self.mentions = mentions()
        rows = (TESTS.parent / 'engine/io/onnx/onnx.def').read_text()
        self.exported = set(re.findall(r'^(?:SAVE|ALSO)\((\w+),', rows, re.M) +
                            re.findall(r'^BOTH\(\w+,\s*(\w+),', rows, re.M))

    def cells(self, path, kind, own):
        """{column: text}; a cell is empty when nothing tries it and nothing says why not."""
        name = word_of(path)
        cells = dict.fromkeys(COLUMNS, '')
        cells.update({column: f'– {why}' for column, why in REASONS[kind].items()})
        cells.update({column: f'– {why}' for column, why in own.items()})
        for column, held in self.tried[name].items():
            if column in cells:
                cells[column] = f'✓ {len(held)}' if all(held) else 'fails'
        for order, column in enumerate(COLUMNS[:3]):
            if kind == 'op' and self.order[name] >= order:
                cells[column] = '✓'
        if kind in ('step', 'rate', 'start', 'verb') and name in self.mentions:
            cells['forward'] = '✓'
        if kind in ('step', 'rate') and 'state_dict' in self.mentions and not cells['saved']:
            cells['saved'] = self.saved_with(name)
        if self.tried[name] and 'start' not in self.tried[name] and not cells['saved']:
            cells['saved'] = f'– {NO_STATE}'
        for before, column in (('forward', 'gradient'), ('gradient', 'second')):
            known = cells[before].startswith('✓') or cells[before] == f'– {CONSTANT}'
            if known and not cells[column]:
                cells[column] = f'– {CONSTANT}'
        if kind == 'op' and name in self.exported:
            cells['ONNX'] = '✓'
        if kind == 'op' and not cells['ONNX']:
            cells['ONNX'] = '– no row of its own in the exporter'
        if not cells['ONNX'] and name in self.why:
            cells['ONNX'] = f'– {self.why[name]}'
        return cells

    def saved_with(self, name):
        """A script that uses the name and saves a state."""
        for place in sorted((TESTS / 'layers').glob('*.py')) + sorted(
                (TESTS / 'same').glob('*.py')):
            text = place.read_text()
            if re.search(rf'\b{name}\b', text) and 'load_state_dict' in text:
                return '✓'
        return ''


# ---------------------------------------------------------------- the table

def table(evidence, listed):
    missing = empty = 0
    lines, section = [], None
    for part, there, here, kind, own in listed:
        if part != section:
            section = part
            lines += ['', f'## {section}', '', '| name | here | ' + ' | '.join(COLUMNS) + ' |',
                      '|---|---|' + '---|' * len(COLUMNS)]
        if here not in evidence.known:
            missing += 1
            lines.append(f'| {there} | **missing** |' + ' |' * len(COLUMNS))
            continue
        cells = evidence.cells(here, kind, own)
        empty += sum(not cells[c] for c in COLUMNS)
        lines.append(f'| {there} | `{here}` | ' + ' | '.join(cells[c] for c in COLUMNS) + ' |')
    head = ['<!-- Written by tests/coverage/coverage.py; do not edit. -->', '# Coverage', '',
            'Every layer, loss, optimizer, schedule, initialiser and graph verb of the systems '
            'that this library continues, its name here, and what the tests try of it: the '
            'number of cases whose values, gradients and second gradients agree with '
            "PyTorch's, whether its state is saved and loaded, whether it is exported to ONNX "
            'and back. A tick without a number: a test or a sample works with it. A dash '
            'comes with its reason. ' + LEGEND, '',
            f'{len(listed)} names, {missing} missing, {empty} empty cells.']
    return '\n'.join(head + lines)


def points(evidence, listed):
    failed = 0
    for number, (_, there, here, kind, own) in enumerate(listed, 1):
        wrong = [] if here in evidence.known else ['the program does not know it']
        if not wrong:
            cells = evidence.cells(here, kind, own)
            wrong = [f'{c}: {cells[c] or "nothing tries it"}' for c in COLUMNS
                     if cells[c] in ('', 'fails')]
        failed += bool(wrong)
        place = evidence.mentions.get(word_of(here), 'no text')
        print(f"{'not ok' if wrong else 'ok'} {number} - {there}: {here} (in {place})")
        for line in wrong:
            print('#', line)
    print(f'1..{len(listed)}')
    return 1 if failed else 0


def main():
    listed = list(rows())
    evidence = Evidence(sys.argv[1], [row[2] for row in listed])
    if '--tap' in sys.argv:
        return points(evidence, listed)
    print(table(evidence, listed))
    return 0


if __name__ == '__main__':
    sys.exit(main())
