# SPDX-License-Identifier: Apache-2.0
"""Measures the workbench: how soon its window is up, how long the main loop works for a frame
while a network trains with a panel open, how much memory it holds, and what the open window
costs the training. Run it under withx.sh; prints a table."""

import argparse
import json
import pathlib
import re
import statistics
import sys
import time

import drive
from drive import plain, wait_for

ROUNDS = 3
PAIRS = 9
TRAIN = """import time
images, labels = digits(2000, seed=1)
net = Flatten() |> Linear(784, 64) |> ReLU() |> Linear(64, 10)
optimizer = optim.Adam(net.parameters())
loader = DataLoader(TensorDataset(images, labels), batch_size=64, shuffle=True)
begin, used = time.perf_counter(), time.process_time()
for epoch in range(200):
    for x, y in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
print('took', time.perf_counter() - begin, time.process_time() - used)"""


def row(name, value, goal):
    print(f'| {name} | {value} | {goal} |', flush=True)


def resident(pid):
    for line in pathlib.Path(f'/proc/{pid}/status').read_text().splitlines():
        if line.startswith('VmRSS'):
            return int(line.split()[1]) / 1024
    return 0


def window_up(w):
    begin = time.monotonic()
    w.start(w.folder / 'none.ipynb')
    took = time.monotonic() - begin - 0.6
    w.close()
    return took


def large_book(path):
    """Sixty megabytes: four thousand cells with long output, drawings, long lines."""
    circles = ''.join(f'<circle cx="{7 * i % 300}" cy="{11 * i % 200}" r="3"/>'
                      for i in range(600))
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200">{circles}</svg>'
    lines = [f'line {k} ' + 'x' * 60 + '\n' for k in range(300)]
    outputs = [
        {'output_type': 'stream', 'name': 'stdout', 'text': lines},
        {'output_type': 'display_data', 'metadata': {},
         'data': {'text/plain': ['drawing'], 'image/svg+xml': [svg]}},
        {'output_type': 'execute_result', 'execution_count': 1, 'metadata': {},
         'data': {'text/plain': ['y' * 20000]}}]
    path.write_text(json.dumps({'cells': [
        {'cell_type': 'code', 'id': f'c{i}', 'metadata': {}, 'execution_count': 1,
         'outputs': outputs[i % 4:i % 4 + 1], 'source': [f'x{i} = {i}\n', f'print(x{i})']}
        for i in range(4000)], 'metadata': {}, 'nbformat': 4, 'nbformat_minor': 5}))


def opening(w, frames):
    """The longest that the main loop worked for one picture while a large notebook came."""
    book = w.folder / 'large.ipynb'
    large_book(book)
    w.start(book)
    time.sleep(4)
    w.key('Next', 'Next', 'End')
    time.sleep(1)
    w.close()
    work = json.loads(frames.read_text())
    row(f'a notebook of {book.stat().st_size / 1e6:.0f} MB opened: longest frame',
        f"{work['max_ms']} ms", '33 ms')


def write_book(path):
    lines = TRAIN.splitlines(keepends=True)
    path.write_text(json.dumps({'cells': [
        {'cell_type': 'code', 'id': 'train', 'metadata': {}, 'execution_count': None,
         'outputs': [], 'source': lines}], 'metadata': {}, 'nbformat': 4, 'nbformat_minor': 5}))


def train_once(w, book, turn):
    """Seconds, and seconds of the session's processor."""
    w.key('ctrl+Return')
    time.sleep(0.7)  # no saving while it trains
    found = wait_for(lambda: [c for c in w.saved(book)['cells'] if 'took' in plain(c) and
                              c['execution_count'] == turn])
    return [float(x) for x in re.search(r'^took (\S+) (\S+)', plain(found[0]), re.M).groups()]


def panel(w, name, keys, frames):
    """Trains in turns with the panel and without, for the machine may be busy with other things
    than this; what is reported is the median of the pairs."""
    book = w.folder / 'train.ipynb'
    write_book(book)
    if frames.exists():
        frames.unlink()
    w.start(book)
    w.key(keys, 'Escape')
    time.sleep(1)
    shares = []
    for pair in range(PAIRS):
        seen = train_once(w, book, 2 * pair + 1)
        w.key('ctrl+F9')
        bare = train_once(w, book, 2 * pair + 2)
        w.key('ctrl+F9')
        shares.append([100 * b / s for b, s in zip(bare, seen)])
    megabytes = resident(w.process.pid)
    w.close()
    wall, processor = (statistics.median(x) for x in zip(*shares))
    work = json.loads(frames.read_text()) if frames.exists() else {}
    row(f'{name}: work per frame, median', f"{work.get('median_ms')} ms", '16 ms')
    row(f'{name}: work per frame, 99 %', f"{work.get('p99_ms')} ms", '33 ms')
    row(f'{name}: memory of the window', f'{megabytes:.0f} MB', '200 MB')
    row(f'{name}: speed of training', f'{wall:.0f} %', '95 %')
    row(f'{name}: the same by processor time', f'{processor:.0f} %', '95 %')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('workbench')
    parser.add_argument('adjoint')
    parser.add_argument('panels', nargs='*', help='these alone')
    o = parser.parse_args()
    with drive.scratch() as folder:
        programs = pathlib.Path(o.workbench).resolve(), pathlib.Path(o.adjoint).resolve()
        w = drive.Workbench(programs, folder, pathlib.Path(folder) / 'pictures')
        frames = pathlib.Path(folder) / 'frames.json'
        w.extra['ADJOINT_FRAMES'] = str(frames)
        print('| measured | value | goal |\n|---|---|---|')
        up = statistics.median(window_up(w) for _ in range(ROUNDS))
        row('window up', f'{1000 * up:.0f} ms', '700 ms')
        opening(w, frames)
        for name, _, keys in drive.panels():
            if not o.panels or name in o.panels:
                panel(w, name, keys, frames)
        w.end()
    return 0


if __name__ == '__main__':
    sys.exit(main())
