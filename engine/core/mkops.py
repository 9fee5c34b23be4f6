#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes what follows from the rows of operations: mkops.py OUTDIR SOURCE...

A row is ADJ_OP(name, "signature", "doc", ...) in a .c file, or a line of pointwise.def,
whose signature follows from the row's kind (see POINTWISE). From the signatures come
  adjoint_ops.h   public prototypes with the first sentence of the documentation
  ops_gen.h       prototypes of the implementations op_<name>, argument counts, row declarations
  ops_gen.c       entries adj_<name> (NULL operands, tape), call stubs, arguments, the list
A row that does not parse ends the build with its file and line.
"""

import re, sys
from pathlib import Path

# type in a signature -> C type, field of AdjValue, argument kind
TYPES = {
    'tensor': ('AdjTensor *', 't', 'TENSOR'), 'num': ('AdjTensor *', 't', 'NUM'),
    'tensors': ('AdjTensors ', 'ts', 'TENSORS'), 'int': ('int64_t ', 'i', 'INT'),
    'float': ('double ', 'f', 'FLOAT'), 'bool': ('bool ', 'b', 'BOOL'),
    'str': ('const char *', 's', 'STR'), 'ints': ('AdjShape ', 'ints', 'INTS'),
    'scalar': ('AdjScalar ', 'num', 'SCALAR'), 'longs': ('AdjLongs ', 'longs', 'LONGS'),
    'dtype': ('AdjDtype ', 'dtype', 'DTYPE'),
    'sizes': ('AdjShape ', 'ints', 'SIZES'), 'padding': ('AdjShape ', 'ints', 'PADDING'),
    'floats': ('AdjFloats ', 'floats', 'FLOATS'),
    'module': ('AdjModule *', 'm', 'MODULE'), 'op': ('const AdjOp *', 'op', 'OP'),
}
TENSORS = ('tensor', 'num', 'tensors')
# row of pointwise.def -> signature (None: its first column), number of derivative columns
X, XZ = '(input: tensor) -> tensor', '(input: num, other: num) -> tensor'
POINTWISE = {
    'UNARY': (X, 1), 'UNARY_INT': (X, 1), 'TEST': (X, 0), 'ACTIVATION': (X, 1),
    'ACTIVATION1': (None, 1), 'ACTIVATION2': (None, 1), 'TERNARY': (None, 3),
    'BINARY': (XZ, 2), 'BINARY_FLOAT': (XZ, 2), 'BINARY_INT': (XZ, 2),
    'INTEGER': (XZ, 0), 'BITWISE': (XZ, 0), 'COMPARE': (XZ, 0),
}
# elementwise rows that PyTorch puts together from others, whose node its tapes show
NODES = {'square': 'Pow', 'relu6': 'Hardtanh', 'selu': 'Elu', 'logsigmoid': 'LogSigmoid',
         'softsign': 'Div', 'tanhshrink': 'Sub'}
# what a derivative column mentions and the bit of AdjOp.saves that keeps it
SAVES = {'x': 1, 'z': 2, 'w': 4, 'y': 1 << 16}
ALSO = re.compile(r'Also ([\w, ]+)\.$')
STRING = r'"(?:[^"\\]|\\.)*"'
ROW = re.compile(
    r'^ADJ_OP\(\s*(\w+),\s*((?:' + STRING + r'\s*)+),\s*((?:' + STRING + r'\s*)+)', re.M
)
DEF = re.compile(r'^(' + '|'.join(POINTWISE) + r')\(\s*(\w+),\s*(.*)\)\s*$', re.M)


def text(literals):
    return ''.join(s[1:-1] for s in re.findall(STRING, literals))


def write(path, content):
    """Writes a file unless it says the same already: what was made from it stays good."""
    if not path.exists() or path.read_text() != content:
        path.write_text(content)


class Arg:
    def __init__(self, spec, where):
        m = re.fullmatch(r'\s*(\w+): (\w+)(\?)?(\[[^\]]*\])?(?: = (.+))?\s*', spec)
        if not m or m[2] not in TYPES:
            sys.exit(f'{where}: cannot read parameter {spec!r}')
        self.name, self.type, self.optional, self.default = m[1], m[2], bool(m[3]), m[5]
        self.text = f'{m[2]}{m[3] or ""}' + (f' = {m[5]}' if m[5] else '')
        low, _, high = (m[4] or '[]')[1:-1].partition(',')   # int[1,] float[0,1]
        number = self.type in ('int', 'float')
        self.low = low.strip() if number and low.strip() else '-__builtin_inf()'
        self.high = high.strip() if number and high.strip() else '__builtin_inf()'
        self.c, self.field, self.kind = TYPES[self.type]
        self.where = where
        if self.default == 'None' and not self.optional:
            sys.exit(f'{where}: {self.name} defaults to None but is not optional')

    def row(self):
        """The parameter as a row of an AdjArg table."""
        return (
            f'    {{ "{self.name}", ADJ_ARG_{self.kind}, {str(self.optional).lower()}, '
            f'{str(self.default is not None).lower()}, {{ .{self.field} = {self.value()} }},\n'
            f'      "{self.text}", {self.low}, {self.high} }},\n'
        )

    @property
    def is_tensor(self):
        return self.type in TENSORS

    def value(self):
        """The default as a C initialiser of AdjValue."""
        d, f = self.default, self.field
        none = {
            'i': 'ADJ_NO_INT',
            'f': '__builtin_nan("")',
            't': '0',
            's': '0',
            'dtype': 'ADJ_SAME',
            'ints': '{ -1, { 0 } }',
            'floats': '{ -1, { 0 } }',
            'num': '{ ADJ_S_NONE, 0, 0 }',
            'longs': '{ -1, 0 }',
            'b': 'false',
            'ts': '{ 0, 0 }',
            'm': '0',
            'op': '0',
        }
        if d is None or d == 'None':
            return none[f]
        if f == 'b':
            return d.lower()
        if f == 'op':
            return '&adj_op_' + d.strip("'\"")
        if f == 's':
            return '"' + d.strip("'\"") + '"'
        if f in ('ints', 'floats'):
            items = [i for i in re.sub(r'[()\s]', '', d).split(',') if i]
            return f'{{ {len(items)}, {{ {", ".join(items) or "0"} }} }}'
        if f == 'num':
            kind = (
                'BOOL'
                if d in ('True', 'False')
                else 'FLOAT' if re.search(r'[.einf]', d) else 'INT'
            )
            d = {
                'True': '1',
                'False': '0',
                'inf': '__builtin_inf()',
                '-inf': '-__builtin_inf()',
            }.get(d, d)
            return f'{{ ADJ_S_{kind}, {"0" if kind == "FLOAT" else d}, {d} }}'
        if f == 'dtype':
            return {'float32': 'ADJ_F32', 'int64': 'ADJ_I64', 'bool': 'ADJ_BOOL'}[d]
        return d


def results(source):
    """How many tensors a result has (1: not a tuple, -1: a list) and the names they go by.

    "tensor", or a tuple "(output: tensor, (h_n: tensor, c_n: tensor?))": it nests as the value
    in the language does, "tensor?" may be None there and NULL in C, and without names an
    operation gives a plain tuple. "tensor | (...)" is one tensor or the tuple, as many as the
    call returned; so is "tensor | tensors". In C all of them are one flat AdjTensors.
    """
    _, _, inside = source.partition('(')
    items = re.findall(r'(?:(\w+): )?tensor\b', inside)
    return len(items) or (-1 if source.endswith('tensors') else 1), [i for i in items if i]


def parameters(source, where):
    """The parameters of a signature, without its brackets."""
    specs = re.split(r',\s*(?![^(\[]*[)\]])', source) if source else []
    return [Arg(s, where) for s in specs if s != '*']


def addresses(names):
    """The addresses of parameters, as an argument."""
    return f'(AdjTensor **[]){{ {", ".join("&" + n for n in names)} }}' if names else 'NULL'


class Row:
    def __init__(self, name, signature, doc, where):
        self.name, self.doc, self.where = name, doc, where
        self.saves = None   # known for rows of pointwise.def
        m = re.fullmatch(r'\((.*)\) -> (.*)', signature)
        if not m:
            sys.exit(f'{where}: cannot read signature {signature!r}')
        self.args = parameters(m[1], where)
        self.tensors = [a for a in self.args if a.is_tensor]
        self.rest = [a for a in self.args if not a.is_tensor]
        self.n_results, self.result_names = results(m[2])
        self.returns = 'tensors' if self.n_results > 1 else re.match(r'\w*', m[2])[0]
        if self.returns not in TYPES:
            sys.exit(f'{where}: cannot read result {m[2]!r}')
        self.c, self.field, _ = TYPES[self.returns]

    def params(self):
        return ', '.join(a.c + a.name for a in self.args) or 'void'

    def names(self):
        return ', '.join(a.name for a in self.args)

    def public(self):
        first = re.split(r'(?<=\.)\s|\\n', self.doc)[0]
        return f'// {first}\nADJ_API {self.c}adj_{self.name}({self.params()});\n'

    def internal(self):
        n = self.name
        return (
            f'ADJ_HIDDEN {self.c}op_{n}({self.params()});\n'
            f'ADJ_HIDDEN bool adj_stub_{n}(const AdjValue *a, AdjValue *r);\n'
            f'ADJ_HIDDEN extern const AdjArg adj_args_{n}[];\n'
            f'ADJ_HIDDEN extern const char *const adj_results_{n}[];\n'
            f'ADJ_HIDDEN extern const AdjOp adj_op_{n};\n'
            f'enum {{ ADJ_N_ARGS_{n} = {len(self.args)}, '
            f'ADJ_N_TENSORS_{n} = {len(self.tensors)}, '
            f'ADJ_N_RESULTS_{n} = {self.n_results} }};\n'
            + self.pointwise()
        )

    def pointwise(self):
        """What a row of pointwise.def has besides its signature."""
        if self.saves is None:
            return ''
        aliases = '"' + self.aliases[0].replace(',', '') + '"' if self.aliases else 'NULL'
        node = f'"{NODES[self.name]}"' if self.name in NODES else 'NULL'
        return (
            f'enum {{ ADJ_SAVES_{self.name} = {self.saves:#x} }};\n'
            f'#define ADJ_ALIASES_{self.name} {aliases}\n'
            f'#define ADJ_NODE_{self.name} {node}\n'
        )

    def entry(self):
        """adj_<name>: NULL operands end it, adj_call_end leaves the node."""
        out = [f'{self.c}adj_{self.name}({self.params()})', '{']
        fail = {'t': 'return NULL', 'ts': 'return (AdjTensors){ 0, NULL }'}.get(
            self.field, 'return 0'
        )
        for a in self.tensors:
            if a.type != 'tensors' and not a.optional:
                out.append(f'    if (!{a.name}) {fail};')
        if any(a.optional or a.type == 'tensors' for a in self.tensors):
            out.append(f'    if (adj_error_kind()) {fail};')
        lists = [a for a in self.tensors if a.type == 'tensors']
        if lists and (len(lists) > 1 or self.tensors[0] is not lists[0]):
            sys.exit(f'{self.where}: a list of tensors must be the one first tensor parameter')
        single = [a.name for a in self.tensors if a.type != 'tensors']
        first = lists[0].name if lists else None
        out += [f'    AdjCall call;\n    adj_call_begin(&call, &adj_op_{self.name});']
        out += self.placing(single, first, fail)
        out.append(f'    {self.c}result = op_{self.name}({self.names()});')
        given = f'{len(single)}, {"given" if single else "NULL"}'
        if self.field not in ('t', 'ts'):
            return '\n'.join(out + ['    adj_call_end(&call, 0, NULL, 0, NULL, 0, NULL);',
                                    '    return result;', '}', ''])
        results = '1, &result' if self.field == 't' else 'result.n, result.at'
        places = addresses(single)
        out.append('    if (ADJ_UNLIKELY(call.home != NULL))\n'
                   f'        adj_call_leave(&call, {results}, {given}, {places});')
        if lists:
            out.append(f'    AdjTensors in = adj_join_inputs(all, {given});')
            ins = 'in.n, in.at'
        else:
            ins = given
        args = (f'{len(self.rest)}, (AdjValue[]){{ '
                + ', '.join(f'{{ .{a.field} = {a.name} }}' for a in self.rest) + ' }'
                if self.rest else '0, NULL')
        if self.field == 't':
            out.append(
                f'    return adj_call_end(&call, 1, &result, {ins},\n'
                f'                        {args});'
            )
        else:
            out.append(
                f'    adj_call_end(&call, result.n, result.at, {ins},\n'
                f'                 {args});'
            )
            out.append(f'    if (result.n) result.n -= adj_op_{self.name}.kept;')
            out.append('    return result;')
        return '\n'.join(out + ['}', ''])

    def placing(self, single, first, fail):
        """Where the call runs, asked once there are devices to choose from."""
        places = addresses(single)
        out = [f'    AdjTensors all = {first};'] if first and self.field in ('t', 'ts') else []
        if single and self.field in ('t', 'ts'):
            out.append(f'    AdjTensor *given[] = {{ {", ".join(single)} }};')
        return out + [
            '    if (ADJ_UNLIKELY(adj_other_devices) &&\n'
            f'        !adj_call_enter(&call, {len(single)}, {places}, '
            f'{"&" + first if first else "NULL"})) {{',
            '        adj_call_end(&call, 0, NULL, 0, NULL, 0, NULL);',
            f'        {fail};', '    }']

    def tables(self):
        n = self.name
        call = ', '.join(f'a[{i}].{a.field}' for i, a in enumerate(self.args))
        stub = (f'bool adj_stub_{n}(const AdjValue *a, AdjValue *r)\n{{\n    (void)a;\n'
                f'    r->{self.field} = adj_{n}({call});\n    return !adj_error_kind();\n}}\n')
        rows = ''.join(a.row() for a in self.args)
        names = ', '.join(f'"{r}"' for r in self.result_names)
        return (
            stub + f'const AdjArg adj_args_{n}[] = {{\n{rows}    {{ 0 }},\n}};\n'
            f'const char *const adj_results_{n}[] = '
            f'{{ {names + ", " if names else ""}NULL }};\n'
        )


def columns(rest):
    """Splits the columns of a .def row at commas outside brackets and strings."""
    out, depth, quoted, start = [], 0, False, 0
    for i, c in enumerate(rest):
        if c == '"' and rest[i - 1] != '\\':
            quoted = not quoted
        elif not quoted:
            depth += c in '([{'
            depth -= c in ')]}'
            if c == ',' and depth == 0:
                out.append(rest[start:i].strip())
                start = i + 1
    return out + [rest[start:].strip()]


def scan(path):
    source = Path(path).read_text()
    for m in ROW.finditer(source):
        where = f'{path}:{source.count(chr(10), 0, m.start()) + 1}'
        yield Row(m[1], text(m[2]), text(m[3]), where)
    if path.endswith('.def'):
        joined = re.sub(r'\n +', ' ', source)
        if len(DEF.findall(joined)) != len(re.findall(r'^(?!INNER)[A-Z]', joined, re.M)):
            sys.exit(f'{path}: a row is of no known kind')
        for m in DEF.finditer(joined):
            cols = columns(m[3])
            signature, n = POINTWISE[m[1]]
            row = Row(m[2], signature or text(cols[0]), text(cols[-1]), f'{path}: {m[2]}')
            names = re.findall(r'\w+', ' '.join(cols[-1 - n:-1]))
            row.saves = sum(bit for name, bit in SAVES.items() if name in names)
            row.aliases = ALSO.findall(row.doc)   # "Also absolute." at the end of the text
            yield row
    elif len(ROW.findall(source)) != len(re.findall(r'^ADJ_OP\(', source, re.M)):
        sys.exit(f'{path}: a row does not have the form ADJ_OP(name, "signature", "doc", ...)')


def main():
    out, *sources = sys.argv[1:]
    rows = sorted((r for s in sources for r in scan(s)), key=lambda r: r.name)
    for a, b in zip(rows, rows[1:]):
        if a.name == b.name:
            sys.exit(f'{b.where}: {b.name} has a row already at {a.where}')
    head = '// Written by mkops.py from the rows of operations; do not edit.\n'
    write(
        Path(out, 'adjoint_ops.h'),
        head
        + '#pragma once\n#ifdef __cplusplus\nextern "C" {\n#endif\n'
        + ''.join(r.public() for r in rows)
        + '#ifdef __cplusplus\n}\n#endif\n',
    )
    write(Path(out, 'ops_gen.h'), head + '#pragma once\n' + ''.join(r.internal() for r in rows))
    write(
        Path(out, 'ops_gen.c'),
        head
        + '#include "core/internal.h"\n'
        + ''.join(r.entry() + r.tables() for r in rows)
        + 'const AdjOp *const adj_ops[] = {\n'
        + ''.join(f'    &adj_op_{r.name},\n' for r in rows)
        + '    NULL,\n};\n',
    )


if __name__ == '__main__':
    main()
