#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes what follows from the rows of modules and optimizers: mkmodules.py OUTDIR SOURCE...

A row is ADJ_MODULE(Name, "constructor signature", "forward signature", "doc", ...), or
ADJ_MODULE_AXES(Stem, ...) for Stem1d, Stem2d and Stem3d, where `{a|b|c}` is a, b or c, or
ADJ_OPTIMIZER(Name, "constructor signature", "doc", ...), and for methods of modules besides
forward ADJ_METHOD(Name, method, "signature", "doc", ...). From these come
  adjoint_modules.h  C constructors adj_<Name>
  modules_gen.h      argument positions <Name>_<argument>, argument tables
  modules_gen.c      the constructors, the tables and the lists of rows
"""

import re, sys
from pathlib import Path
from mkops import STRING, parameters, results, text, write

QUOTED = r'((?:' + STRING + r'\s*)+)'
MODULE = re.compile(r'^ADJ_MODULE\(\s*(\w+),\s*' + ',\\s*'.join([QUOTED] * 3), re.M)
AXES = re.compile(
    r'^ADJ_MODULE_AXES\(\s*(\w+),\s*' + ',\\s*'.join([QUOTED] * 3), re.M
)
ALTERNATIVES = r'{([^{}|]*)\|([^{}|]*)\|([^{}|]*)}'
OTHER = re.compile(
    r'^ADJ_(OPTIMIZER)\(\s*(\w+),\s*' + ',\\s*'.join([QUOTED] * 2), re.M
)
METHOD = re.compile(r'^ADJ_METHOD\(\s*(\w+),\s*(\w+),\s*' + ',\\s*'.join([QUOTED] * 2), re.M)
PREFIX = {'MODULE': 'module', 'OPTIMIZER': 'optimizer'}
ROW_TYPE = {
    'MODULE': 'AdjModuleRow',
    'OPTIMIZER': 'AdjOptimizerRow',
}


class Row:
    def __init__(self, kind, name, signature, call, doc, where, written=False):
        self.written = (signature, doc) if written else None
        self.kind, self.name, self.doc, self.where = kind, name, doc, where
        self.args = parameters(signature.strip()[1:-1], where)
        inputs, _, result = (call or '() -> tensor').partition(' -> ')
        self.inputs = parameters(inputs[1:-1], where)
        self.n_results = results(result)[0]
        self.prefix = PREFIX[kind]
        self.c = 'AdjModule *' if kind == 'MODULE' else 'AdjOptimizer *'

    def params(self):
        own = ', '.join(a.c + a.name for a in self.args)
        if self.kind == 'OPTIMIZER':
            return 'AdjTensors params' + (', ' + own if own else '')
        return own or 'void'

    def public(self):
        first = re.split(r'(?<=\.)\s|\\n', self.doc)[0]
        return f'// {first}\nADJ_API {self.c}adj_{self.name}({self.params()});\n'

    def internal(self):
        n = self.name
        places = ', '.join(f'{n}_{a.name} = {i}' for i, a in enumerate(self.args))
        out = (f'ADJ_HIDDEN extern const AdjArg adj_args_of_{n}[];\n'
               f'enum {{ {places + ", " if places else ""}{n}_ARGS = {len(self.args)}, '
               f'{n}_INPUTS = {len(self.inputs)}, {n}_RESULTS = {self.n_results} }};\n')
        if self.kind == 'MODULE':
            out += f'ADJ_HIDDEN extern const AdjArg adj_inputs_of_{n}[];\n'
        if self.written:
            out += f'ADJ_HIDDEN extern const char adj_signature_of_{n}[], adj_doc_of_{n}[];\n'
        return (
            out + f'ADJ_HIDDEN extern const {ROW_TYPE[self.kind]} adj_{self.prefix}_row_{n};\n'
        )

    def source(self):
        n = self.name
        table = lambda name, args: (
            f'const AdjArg {name}[] = {{\n'
            + ''.join(a.row() for a in args)
            + '    { 0 },\n};\n'
        )
        args = ', '.join(f'{{ .{a.field} = {a.name} }}' for a in self.args)
        values = f'(AdjValue[]){{ {args} }}' if args else 'NULL'
        first = 'params, ' if self.kind == 'OPTIMIZER' else ''
        out = table(f'adj_args_of_{n}', self.args)
        if self.kind == 'MODULE':
            out += table(f'adj_inputs_of_{n}', self.inputs)
        for name, words in zip(('signature', 'doc'), self.written or ()):
            out += f'const char adj_{name}_of_{n}[] = "{words}";\n'
        return out + (
            f'{self.c}adj_{n}({self.params()})\n{{\n'
            f'    return adj_{self.prefix}_make(&adj_{self.prefix}_row_{n}, '
            f'{first}{values});\n}}\n'
        )


class Method:
    def __init__(self, module, name, signature, where):
        self.key = f'{module}_{name}'
        inputs, _, result = signature.partition(' -> ')
        self.inputs = parameters(inputs.strip()[1:-1], where)
        self.n_results = results(result)[0]

    def internal(self):
        return (f'ADJ_HIDDEN extern const AdjArg adj_inputs_of_{self.key}[];\n'
                f'enum {{ {self.key}_INPUTS = {len(self.inputs)}, '
                f'{self.key}_RESULTS = {self.n_results} }};\n'
                f'ADJ_HIDDEN extern const AdjMethodRow adj_method_row_{self.key};\n')

    def source(self):
        return (f'const AdjArg adj_inputs_of_{self.key}[] = {{\n'
                + ''.join(a.row() for a in self.inputs) + '    { 0 },\n};\n')


def scan_methods(path):
    source = Path(path).read_text()
    rows = [Method(m[1], m[2], text(m[3]), f'{path}: {m[2]}') for m in METHOD.finditer(source)]
    if len(rows) != len(re.findall(r'^ADJ_METHOD\(', source, re.M)):
        sys.exit(f'{path}: the row of a method cannot be read')
    return rows


def over_axes(m, where):
    """The three rows of an ADJ_MODULE_AXES."""
    for n in range(3):
        pick = lambda s: re.sub(ALTERNATIVES, lambda a: a[n + 1], text(s))
        yield Row('MODULE', f'{m[1]}{n + 1}d', pick(m[2]), pick(m[3]), pick(m[4]), where, True)


def scan(path):
    source = Path(path).read_text()
    where = lambda m: f'{path}:{source.count(chr(10), 0, m.start()) + 1}'
    rows = [Row('MODULE', m[1], text(m[2]), text(m[3]), text(m[4]), where(m))
            for m in MODULE.finditer(source)]
    axes = list(AXES.finditer(source))
    rows += [row for m in axes for row in over_axes(m, where(m))]
    rows += [
        Row(m[1], m[2], text(m[3]), None, text(m[4]), where(m)) for m in OTHER.finditer(source)
    ]
    written = len(re.findall(r'^ADJ_(?:MODULE|MODULE_AXES|OPTIMIZER)\(', source, re.M))
    if len(rows) != written + 2 * len(axes):
        sys.exit(f'{path}: a row of a module or optimizer cannot be read')
    return rows


def main():
    out, *sources = sys.argv[1:]
    rows = sorted((r for s in sources for r in scan(s)), key=lambda r: r.name)
    head = '// Written by mkmodules.py from the rows of modules and optimizers; do not edit.\n'
    methods = sorted((r for s in sources for r in scan_methods(s)), key=lambda r: r.key)
    lists = (
        'const AdjMethodRow *const adj_method_rows[] = {\n'
        + ''.join(f'    &adj_method_row_{r.key},\n' for r in methods)
        + '    NULL,\n};\n'
    )
    rows += methods
    for kind, prefix in PREFIX.items():
        ctype = ROW_TYPE[kind]
        lists += (
            f'const {ctype} *const adj_{prefix}_rows[] = {{\n'
            + ''.join(f'    &adj_{prefix}_row_{r.name},\n'
                  for r in rows if isinstance(r, Row) and r.kind == kind)
            + '    NULL,\n};\n'
        )
    write(
        Path(out, 'adjoint_modules.h'),
        head
        + '#pragma once\n#ifdef __cplusplus\nextern "C" {\n#endif\n'
        + ''.join(r.public() for r in rows if isinstance(r, Row))
        + '#ifdef __cplusplus\n}\n#endif\n',
    )
    write(
        Path(out, 'modules_gen.h'),
        head + '#pragma once\n' + ''.join(r.internal() for r in rows),
    )
    write(Path(out, 'modules_gen.c'), head + '#include "optim/optimizer.h"\n'
                                          + ''.join(r.source() for r in rows) + lists)


main()
