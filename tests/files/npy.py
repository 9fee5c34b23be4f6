#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""numpy's files, read and written by adjoint, against files made here: npy.py ADJOINT

The files are put together with struct and zipfile, so that numpy is not needed and not trusted:
every element type, both byte orders, both orders of axes, three versions, stored and deflated
archives; what adjoint writes is taken apart again the same way. Damaged files must give a
sentence. Where Python has numpy, it reads our files too. Prints TAP.
"""
import ast
import io
import pathlib
import struct
import subprocess
import sys
import tempfile
import zipfile

TYPES = {'f4': 'f', 'f8': 'd', 'f2': 'e', 'i8': 'q', 'i4': 'i', 'u1': 'B', 'b1': '?', 'i1': 'b',
         'i2': 'h', 'u2': 'H', 'u4': 'I'}
KEPT = {'f4': '<f4', 'f8': '<f8', 'f2': '<f2', 'i8': '<i8', 'i4': '<i4', 'u1': '|u1',
        'b1': '|b1', 'i1': '<i4', 'i2': '<i4', 'u2': '<i4', 'u4': '<i8'}
VALUES = {'f': [0.5, -1.25, 3.0, 1e4, -0.0, 7.75], 'i': [0, 1, -2, 100, -100, 5],
          'u': [0, 1, 2, 200, 255, 5], 'b': [True, False, True, True, False, False]}


def array(kind, shape, values, order='<', version=1, fortran=False):
    text = f"{{'descr': '{order}{kind}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n"
    size = struct.pack('<H' if version == 1 else '<I', len(text))
    return (b'\x93NUMPY' + bytes([version, 0]) + size + text.encode()
            + struct.pack(f'{order}{len(values)}{TYPES[kind]}', *values))


def take_apart(content):
    """(descr, shape, values) of a .npy file in C order."""
    assert content[:8] == b'\x93NUMPY\1\0'
    end = 10 + struct.unpack_from('<H', content, 8)[0]
    assert end % 64 == 0 and content[end - 1:end] == b'\n'
    head = ast.literal_eval(content[10:end].decode())
    assert not head['fortran_order']
    body, kind = content[end:], head['descr']
    code = kind.replace('|', '<')[0] + str(len(body) // int(kind[2])) + TYPES[kind[1:]]
    return kind, head['shape'], list(struct.unpack(code, body))


def cases():
    """name -> (file, what it must come back as)"""
    for kind in TYPES:
        values = VALUES[kind[0]]
        turned = [values[i] for i in (0, 3, 1, 4, 2, 5)]  # (2, 3) with the first axis fastest
        for order in '<>':
            yield f'{kind}{ord(order)}', (array(kind, (2, 3), values, order),
                                          (KEPT[kind], (2, 3), values))
        yield f'{kind}f', (array(kind, (2, 3), turned, fortran=True),
                           (KEPT[kind], (2, 3), values))
    for version in 2, 3:
        yield f'v{version}', (array('f4', (1,), [2.5], version=version), ('<f4', (1,), [2.5]))
    yield 'scalar', (array('f8', (), [2.5]), ('<f8', (), [2.5]))
    yield 'empty', (array('f4', (0, 3), []), ('<f4', (0, 3), []))
    yield 'axes', (array('u1', (1, 1, 2, 1, 1, 1, 3, 1), list(range(6))),
                   ('|u1', (1, 1, 2, 1, 1, 1, 3, 1), list(range(6))))


def damaged():
    good = array('f4', (2, 2), [1, 2, 3, 4])
    big = good.replace(b'(2, 2)', b'(99999999999, 99999999999)')
    packed = zipped({'a': good}, zipfile.ZIP_DEFLATED)
    return {'short': good[:-1], 'magic': b'x' + good[1:],
            'version': good[:6] + b'\7' + good[7:], 'large': big,
            'half': good[:30], 'none': b'', 'text': good.replace(b"'<f4'", b"'<U4'"),
            'nine': good.replace(b'(2, 2)', b'(1, 1, 1, 1, 1, 1, 1, 2, 2)'),
            'crc.npz': packed.replace(struct.pack('<I', zipfile.crc32(good)), b'\0\0\0\0'),
            'cut.npz': packed[:-30]}


def zipped(members, method):
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w', method) as archive:
        for name, content in members.items():
            archive.writestr(name + '.npy', content)
    return file.getvalue()


SCRIPT = '''
import torch
for name in {names}:
    x = torch.load_npy({folder} + name + '.npy')
    torch.save_npy({folder} + name + '.out', x)
for name in ['stored', 'deflated']:
    z = torch.load_npz({folder} + name + '.npz')
    torch.save_npz({folder} + name + '.out', z, compressed=name == 'deflated')
for name in {bad}:
    try:
        torch.load_npz({folder} + name) if '.npz' in name else torch.load_npy({folder} + name)
        print(name, 'was read')
    except OSError as e:
        print(name, 'refused:', e)
try:
    torch.save_npy({folder} + 'bf16', torch.ones(2, dtype=torch.bfloat16))
except RuntimeError as e:
    print('bfloat16 refused:', e)
'''


def run(adjoint, folder, all_cases, bad):
    script = folder / 'script.py'
    script.write_text(SCRIPT.format(names=list(all_cases), bad=list(bad),
                                    folder=repr(str(folder) + '/')))
    done = subprocess.run([adjoint, script], capture_output=True, text=True, timeout=60)
    print(''.join(f'# {line}\n' for line in done.stderr.splitlines()), end='')
    return done.stdout


def archive_faults(folder, all_cases):
    for method, name in (zipfile.ZIP_STORED, 'stored'), (zipfile.ZIP_DEFLATED, 'deflated'):
        with zipfile.ZipFile(folder / f'{name}.out') as archive:
            if archive.testzip() or {i.compress_type for i in archive.infolist()} != {method}:
                yield f'{name}: damaged or packed otherwise'
            for case, (_, want) in all_cases.items():
                if take_apart(archive.read(case + '.npy')) != want:
                    yield f'{name}: {case} differs'


def numpy_faults(folder, all_cases):
    import numpy
    for case, (_, (kind, shape, values)) in all_cases.items():
        a = numpy.load(folder / f'{case}.out')
        if a.dtype.str != kind or a.shape != shape or a.ravel().tolist() != values:
            yield f'numpy reads {case} otherwise'


def main():
    adjoint, all_cases, bad = sys.argv[1], dict(cases()), damaged()
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        for name, (content, _) in all_cases.items():
            (folder / f'{name}.npy').write_bytes(content)
        for name, content in bad.items():
            (folder / name).write_bytes(content)
        for method, name in (zipfile.ZIP_STORED, 'stored'), (zipfile.ZIP_DEFLATED, 'deflated'):
            members = {case: content for case, (content, _) in all_cases.items()}
            (folder / f'{name}.npz').write_bytes(zipped(members, method))
        said = run(adjoint, folder, all_cases, bad)
        faults = {'arrays': [], 'archives': list(archive_faults(folder, all_cases)),
                  'refusals': [name for name in list(bad) + ['bfloat16']
                               if f'{name} refused: ' not in said]}
        for name, (_, want) in all_cases.items():
            got = take_apart((folder / f'{name}.out').read_bytes())
            if got != want:
                faults['arrays'].append(f'{name}: {got}, want {want}')
        try:
            faults['numpy'] = list(numpy_faults(folder, all_cases))
        except ImportError:
            faults['numpy # SKIP Python has no numpy here'] = []
    print(f'1..{len(faults)}')
    for number, (what, found) in enumerate(faults.items(), 1):
        print(f"{'not ok' if found else 'ok'} {number} - {what}")
        print(''.join(f'# {fault}\n' for fault in found), end='')


if __name__ == '__main__':
    main()
