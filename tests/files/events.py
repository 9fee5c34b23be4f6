#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Event files written by adjoint, as adjoint and, where Python has it, TensorBoard read them:
events.py ADJOINT. Prints TAP; the second point is skipped without the package.
"""
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
WANT = """closed
['version', 'scalar', 'scalar', 'scalar', 'scalar', 'scalar', 'scalar', 'histogram', 'image', \
'image', 'image', 'text', 'graph', 'text', 'scalar']
[(0, 1.0), (1, 0.5), (2, 0.3333333432674408), (3, 0.25), (4, 0.20000000298023224)]
-1.0 3.0 5.0 3.0 10.5 5.0
batch 4 4 3
1
1
1
damaged
"""


def faults(folder):
    """What TensorBoard reads otherwise than it was written."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    all_of = {'scalars': 0, 'histograms': 0, 'images': 0, 'tensors': 0, 'graph': 0}
    run = EventAccumulator(str(folder / 'run'), size_guidance=all_of)
    run.Reload()
    scalars = [(e.step, e.value) for e in run.Scalars('loss')]
    if [s for s, _ in scalars] != list(range(5)) or any(
            abs(v - 1 / (s + 1)) > 1e-6 for s, v in scalars):
        yield f'loss is {scalars}'
    if [(e.step, e.value, e.wall_time) for e in run.Scalars('lr')] != [(3, 0.25, 1e9)]:
        yield f'lr is {run.Scalars("lr")}'
    value = run.Histograms('weights')[0].histogram_value
    if (value.min, value.max, value.num, value.sum, value.sum_squares) != (-1, 3, 5, 3, 10.5):
        yield f'the histogram is {value}'
    if sum(value.bucket) != 5 or len(value.bucket) != len(value.bucket_limit):
        yield 'the histogram has other buckets'
    for limit, n in zip(value.bucket_limit, value.bucket):
        if n == 2 and not 0.5 <= limit < 0.56:
            yield f'0.5 lies below {limit}'
    for tag, size in ('picture', (4, 2)), ('grey', (3, 2)), ('batch', (4, 4)):
        image = run.Images(tag)[0]
        if (image.width, image.height) != size or image.encoded_image_string[:4] != b'\x89PNG':
            yield f'{tag} is {image.width} x {image.height}'
    yield from pixel_faults(run.Images('picture')[0].encoded_image_string)
    text = run.Tensors('note/text_summary')[0].tensor_proto.string_val
    if list(text) != [b'a *text*']:
        yield f'the text is {text}'
    nodes = {n.name: list(n.input) for n in run.Graph().node}
    if len(nodes) < 2 or not any(nodes.values()):
        yield f'the graph is {nodes}'
    for tag in 'a', 'b':
        other = EventAccumulator(str(folder / f'run/both_{tag}'))
        other.Reload()
        if [(e.step, e.value) for e in other.Scalars('both')] != [(7, 1.5 + (tag == 'b'))]:
            yield f'both_{tag} differs'


def pixel_faults(png):
    """The elements of the picture, unpacked by hand."""
    import zlib
    at, rows = 8, b''
    while at < len(png):
        size, kind = int.from_bytes(png[at:at + 4], 'big'), png[at + 4:at + 8]
        checksum = int.from_bytes(png[at + 8 + size:at + 12 + size], 'big')
        if zlib.crc32(png[at + 4:at + 8 + size]) != checksum:
            yield f'{kind} has a wrong checksum'
        rows += png[at + 8:at + 8 + size] if kind == b'IDAT' else b''
        at += 12 + size
    want = b''.join(b'\0' + bytes((c * 8 + h * 4 + w) * 255 // 24 for w in range(4)
                                  for c in range(3)) for h in range(2))
    got = zlib.decompress(rows)
    if len(got) != len(want) or any(abs(a - b) > 1 for a, b in zip(got, want)):
        yield f'the pixels are {got}'


def main():
    print('1..2')
    with tempfile.TemporaryDirectory() as place:
        done = subprocess.run([sys.argv[1], HERE / 'events.adj', place],
                              capture_output=True, text=True, timeout=60)
        print(''.join(f'# {line}\n' for line in done.stderr.splitlines()), end='')
        same = done.stdout == WANT
        print(f"{'ok' if same else 'not ok'} 1 - as adjoint reads them")
        if not same:
            print(''.join(f'# {line}\n' for line in done.stdout.splitlines()), end='')
        try:
            found = list(faults(pathlib.Path(place)))
            print(f"{'not ok' if found else 'ok'} 2 - as TensorBoard reads them")
            print(''.join(f'# {fault}\n' for fault in found), end='')
        except ImportError:
            print('ok 2 - as TensorBoard reads them # SKIP Python has no package tensorboard')


if __name__ == '__main__':
    main()
