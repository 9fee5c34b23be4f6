#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Models exported by adjoint, read back by adjoint and, where Python has the packages, judged
by onnx's checker and run by onnx's reference and by onnxruntime: export.py ADJOINT FOLDER

The cases are in round_trip.adj, which leaves model, inputs and results of each in a folder.
Prints TAP: a point per case read back, and per case and judge.
"""
import pathlib
import subprocess
import sys
import tempfile

import run

HERE = pathlib.Path(__file__).resolve().parent
# What onnx's reference says where it lacks something that the standard has.
LACKS = ('GridSample interpolation only supports nearest, linear, and cubic modes.',
         "Unknown activation function 'Relu'.")


def judge(folder):
    """Prints a line per case and judge: run inside a Python that has onnx."""
    import numpy
    import onnx
    from onnx.reference import ReferenceEvaluator
    judges = {'reference': lambda path: ReferenceEvaluator(path)}
    try:
        import onnxruntime
        onnxruntime.set_default_logger_severity(4)
        judges['onnxruntime'] = lambda path: onnxruntime.InferenceSession(
            path, providers=['CPUExecutionProvider'])
    except ImportError:
        pass
    for path in sorted(pathlib.Path(folder).glob('*-*.onnx')):
        try:
            onnx.checker.check_model(onnx.load(path), full_check=True)
            print(path.stem, 'checker', 'same')
        except Exception as e:
            print(path.stem, 'checker', ' '.join(str(e).split())[:300])
        inputs, want = (
            [numpy.load(f'{path.with_suffix("")}.{kind}{i}.npy') for i in range(
                len(list(path.parent.glob(f'{path.stem}.{kind}*.npy'))))]
            for kind in ('in', 'out'))
        for name, make in judges.items():
            try:
                got = make(str(path)).run(
                    None, {f'in{i}': x for i, x in enumerate(inputs)})
                wrong = [i for i, (a, b) in enumerate(zip(got, want)) if a.dtype != b.dtype
                         or a.shape != b.shape
                         or not numpy.allclose(a, b, rtol=1e-4, atol=1e-5, equal_nan=True)]
                print(path.stem, name, f'results {wrong} differ' if wrong else 'same')
            except Exception as e:
                print(path.stem, name, ' '.join(str(e).split())[:300])


def main():
    if sys.argv[1] == '--inside':
        return judge(sys.argv[2])
    adjoint, build = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([adjoint, HERE / 'round_trip.adj', folder], capture_output=True,
                              text=True)
        lines = done.stdout.splitlines()
        if done.returncode:
            lines.append('the script ended early')
        print(''.join(f'# {line}\n' for line in done.stderr.splitlines()), end='')
        python = run.environment(build)
        if python:
            other = subprocess.run([python, __file__, '--inside', folder], capture_output=True,
                                   text=True)
            lines += other.stdout.splitlines()
            if other.returncode:
                lines.append('the judges ended early: ' + other.stderr[-300:])
    print(f'1..{len(lines) + 1}')
    for number, line in enumerate(lines, 1):
        lacks = ' reference ' in line and line.endswith(LACKS)
        good = line.endswith(' same') or lacks
        print(f"{'ok' if good else 'not ok'} {number} - {line}{' # SKIP' if lacks else ''}")
    print(f'ok {len(lines) + 1} - judges' + ('' if python else ' # SKIP no package onnx'))
    return 0


if __name__ == '__main__':
    sys.exit(main())
