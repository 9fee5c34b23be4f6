#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""ONNX's own node tests, run by adjoint: run.py ADJOINT FOLDER [name ...]

The package onnx from PyPI makes a small model, inputs and expected results for each of its
operators' tests. It is used where Python has it, else installed into a private environment
under FOLDER; without either, everything here is skipped and says so. All models run in one
process of adjoint, which writes what each one gave or why it could not; the numbers are
compared here with the test's own tolerances.

What cannot pass is not in silence: skips.txt lists every test that does not, with the reason
adjoint gave. A test that is listed and passes, fails for another reason, or is not listed and
fails, fails the suite; `run.py --bless` writes the list anew. Prints TAP: one point per
operator, and one for the list as a whole.
"""
import collections
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
LIST = HERE / 'skips.txt'
VERSION = '1.23.2'  # whose tests the list is about


def environment(folder):
    """A Python that has onnx: this one, or that of a private environment, or None."""
    probe = [f'import onnx; assert onnx.__version__ == "{VERSION}"']
    own = pathlib.Path(folder).resolve() / 'onnx-venv'
    for python in sys.executable, own / 'bin/python':
        if not os.path.exists(python):
            continue
        if subprocess.run([python, '-c', *probe], capture_output=True).returncode == 0:
            return python
    try:
        subprocess.run([sys.executable, '-m', 'venv', own], check=True, capture_output=True)
        subprocess.run([own / 'bin/python', '-m', 'pip', 'install', '-q', '--retries', '1',
                        '--timeout', '15', f'onnx=={VERSION}'],
                       check=True, capture_output=True, timeout=300)
    except (OSError, subprocess.SubprocessError):
        return None
    return own / 'bin/python'


# ------------------------------------------------------------------ with the package at hand

SCRIPT = '''
import onnx, torch
for line in open({folder} + 'list'):
    name, n_in = line.split()
    place = {folder} + name
    try:
        model = onnx.load(place + '.onnx')
        inputs = [onnx.load_tensor(place + '.in' + str(i)) for i in range(int(n_in))]
        with torch.no_grad():
            out = model(*inputs)
        out = out if isinstance(out, tuple) else [out]
        for i in range(len(out)):
            kind = out[i].dtype
            x = out[i].float() if kind == torch.bfloat16 else out[i]
            torch.save_npy(place + '.out' + str(i), x)
        print(name, 'ran', ' '.join([str(x.dtype)[6:] for x in out]), flush=True)
    except Exception as e:
        print(name, 'failed', str(e).replace(chr(10), ' '), flush=True)
'''


def collect(wanted):
    """The package's node tests by name, those with expanded functions too."""
    import warnings
    warnings.simplefilter('ignore')
    import numpy
    numpy.seterr(all='ignore')
    from onnx.backend.test.case.node import collect_testcases
    return {c.name: c for c in collect_testcases(None) if not wanted or c.name in wanted}


def value_reason(x):
    """Why a value of a test cannot be given to adjoint at all, or None."""
    import numpy
    if isinstance(x, (list, tuple)) or x is None:
        return 'a sequence or optional is no tensor'
    if isinstance(x, numpy.ndarray) and x.dtype.kind in 'OSU':
        return 'the element type STRING is not supported'
    return None


def write_case(folder, case):
    """Writes model and inputs; the number of inputs, or a reason why not."""
    import onnx
    from onnx import numpy_helper
    inputs, outputs = case.data_sets[0]
    for x in list(inputs) + list(outputs):
        if value_reason(x):
            return value_reason(x)
    (folder / f'{case.name}.onnx').write_bytes(case.model.SerializeToString())
    for i, x in enumerate(inputs):
        proto = x if isinstance(x, onnx.TensorProto) else numpy_helper.from_array(x)
        (folder / f'{case.name}.in{i}').write_bytes(proto.SerializeToString())
    return len(inputs)


def compare(folder, case, types):
    """What is wrong with the results of a test that ran, or None."""
    import numpy
    import onnx
    from onnx import numpy_helper
    for i, want in enumerate(case.data_sets[0][1]):
        if isinstance(want, onnx.TensorProto):
            want = numpy_helper.to_array(want)
        got = numpy.load(folder / f'{case.name}.out{i}')
        kind = str(want.dtype)
        if types[i] != kind:
            return f'result {i} is {types[i]}, not {kind}'
        if got.shape != want.shape:
            return f'result {i} has shape {got.shape}, not {want.shape}'
        want = want.astype(got.dtype) if kind == 'bfloat16' else want
        if not numpy.allclose(got, want, rtol=case.rtol, atol=case.atol, equal_nan=True):
            return f'result {i} differs'
    return None


def run_models(adjoint, folder, names):
    """name -> list of result types, or the text of what failed."""
    (folder / 'list').write_text(''.join(f'{name} {n}\n' for name, n in names.items()))
    script = folder / 'script.py'
    script.write_text(SCRIPT.format(folder=repr(str(folder) + '/')))
    done = subprocess.run([adjoint, script], capture_output=True, text=True, errors='replace',
                          env={**os.environ, 'OMP_NUM_THREADS': '1'})
    for line in done.stderr.splitlines():
        print('#', line)
    said = {}
    for line in done.stdout.splitlines():
        name, state, *rest = line.split(' ')
        said[name] = rest if state == 'ran' else ' '.join(rest)
    return said


def reason_of(text):
    """The reason without what belongs to one test alone."""
    text = re.sub(r'tensor "[^"]*"', 'a tensor', text)
    text = re.sub(r'^onnx (\w+)(?: "[^"]*")?: ', r'\1: ', text)
    text = re.sub(r'^onnx: ', '', text)
    text = re.sub(r'\s+in OnnxModel.*|\s+\(OnnxModel.*', '', text)
    return text.strip()


def results(adjoint, wanted):
    """name -> (operator, None or why it does not pass)"""
    cases = collect(wanted)
    with tempfile.TemporaryDirectory() as place:
        folder, names, found = pathlib.Path(place), {}, {}
        for name, case in cases.items():
            n = write_case(folder, case)
            if isinstance(n, int):
                names[name] = n
            else:
                found[name] = n
        said = run_models(adjoint, folder, names)
        for name in names:
            answer = said.get(name, 'the process ended')
            found[name] = (compare(folder, cases[name], answer) if isinstance(answer, list)
                           else reason_of(answer))
    operators = {name: operator_of(case) for name, case in cases.items()}
    return {name: (operators[name], found[name]) for name in sorted(cases)}


def operator_of(case):
    """The operator that a test is about: of an expanded one, that it was expanded from."""
    if '_expanded' in case.name or len(case.model.graph.node) != 1:
        return 'graphs of several nodes'
    return case.model.graph.node[0].op_type


# ------------------------------------------------------------------ the list

def read_list():
    """name -> reason"""
    out, reason = {}, None
    for line in LIST.read_text().splitlines() if LIST.exists() else []:
        if line.startswith('# '):
            continue
        if line.startswith('    '):
            out.update(dict.fromkeys(line.split(), reason))
        elif line:
            reason = line
    return out


def write_list(found):
    groups = collections.defaultdict(list)
    for name, (_, reason) in found.items():
        if reason:
            groups[reason].append(name)
    lines = ['# SPDX-License-Identifier: Apache-2.0',
             f'# The node tests of onnx {VERSION} that do not pass, by reason. Made by '
             'run.py --bless.', '']
    for reason in sorted(groups, key=lambda r: (-len(groups[r]), r)):
        lines += [reason] + [f'    {name}' for name in groups[reason]] + ['']
    LIST.write_text('\n'.join(lines))


def report(found):
    """Prints TAP; True when everything is as the list says."""
    expected, points = read_list(), collections.defaultdict(list)
    for name, (operator, reason) in found.items():
        points[operator].append((name, reason))
    print(f'1..{len(points) + 1}')
    good = True
    for number, operator in enumerate(sorted(points), 1):
        tests = points[operator]
        wrong = [(n, r) for n, r in tests if r != expected.get(n)]
        passed = sum(r is None for _, r in tests)
        good &= not wrong
        print(f"{'not ok' if wrong else 'ok'} {number} - {operator}: {passed} of {len(tests)}")
        for name, reason in wrong:
            print(f'#   {name}: {reason or "passes"}; the list says '
                  f'{expected.get(name, "it passes")}')
    gone = sorted(set(expected) - set(found))
    print(f"{'not ok' if gone else 'ok'} {len(points) + 1} - the list names no other tests")
    for name in gone:
        print('#  ', name)
    reasons = collections.Counter(r for _, r in found.values() if r)
    print(f'# {len(found) - sum(reasons.values())} of {len(found)} node tests pass')
    for reason, n in reasons.most_common():
        print(f'# {n:5}  {reason}')
    return good and not gone


def main():
    if sys.argv[1] == '--inside':
        bless, adjoint, *wanted = sys.argv[2:]
        found = results(adjoint, wanted)
        if bless == 'bless':
            write_list(found)
        if wanted:
            for name, (_, reason) in found.items():
                print(f"{'not ok' if reason else 'ok'} - {name}: {reason}")
            return 0
        return 0 if report(found) else 1
    args = [a for a in sys.argv[1:] if a != '--bless']
    python = environment(args[1])
    if not python:
        print('1..0 # SKIP the package onnx is neither installed nor to be had from PyPI')
        return 0
    return subprocess.run([python, __file__, '--inside',
                           'bless' if '--bless' in sys.argv else 'check',
                           args[0], *args[2:]]).returncode


if __name__ == '__main__':
    sys.exit(main())
