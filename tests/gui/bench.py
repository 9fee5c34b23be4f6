# SPDX-License-Identifier: Apache-2.0
"""Measures the workbench: how soon its window is up, how long the main loop works for a frame
while a network trains with a panel open, how much memory it holds, and what the open window
costs the training. Run it under withx.sh; prints a table."""

import argparse
import json
import pathlib
import statistics
import sys
import time

import drive
from drive import plain, wait_for

ROUNDS = 3
TRAIN = """import time
images, labels = digits(2000, seed=1)
net = Flatten() |> Linear(784, 64) |> ReLU() |> Linear(64, 10)
optimizer = optim.Adam(net.parameters())
loader = DataLoader(TensorDataset(images, labels), batch_size=64, shuffle=True)
begin = time.perf_counter()
for epoch in range(12):
    for x, y in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
print('took', time.perf_counter() - begin)"""


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


def write_book(path):
    lines = TRAIN.splitlines(keepends=True)
    path.write_text(json.dumps({'cells': [
        {'cell_type': 'code', 'id': 'train', 'metadata': {}, 'execution_count': None,
         'outputs': [], 'source': lines}], 'metadata': {}, 'nbformat': 4, 'nbformat_minor': 5}))


def training(w, panel, frames):
    """Seconds of training, or None, and megabytes of the window."""
    book = w.folder / 'train.ipynb'
    write_book(book)
    if frames.exists():
        frames.unlink()
    w.start(book)
    if panel:
        w.key(panel)
    else:
        w.key('ctrl+F9', 'F9')
    time.sleep(1)
    w.key('ctrl+Return')
    found = wait_for(lambda: [c for c in w.saved(book)['cells'] if 'took' in plain(c)])
    megabytes = resident(w.process.pid)
    w.close()
    return float(plain(found[0]).split()[1]) if found else None, megabytes


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('workbench')
    parser.add_argument('adjoint')
    o = parser.parse_args()
    with drive.scratch() as folder:
        programs = pathlib.Path(o.workbench).resolve(), pathlib.Path(o.adjoint).resolve()
        w = drive.Workbench(programs, folder, pathlib.Path(folder) / 'pictures')
        frames = pathlib.Path(folder) / 'frames.json'
        w.extra['ADJOINT_FRAMES'] = str(frames)
        print('| measured | value | goal |\n|---|---|---|')
        up = statistics.median(window_up(w) for _ in range(ROUNDS))
        row('window up', f'{1000 * up:.0f} ms', '700 ms')
        bare, _ = training(w, None, frames)
        for name, key in ('tape', 'alt+1'), ('activations', 'alt+2'), ('curves', 'alt+5'):
            took, megabytes = training(w, key, frames)
            seen = json.loads(frames.read_text()) if frames.exists() else {}
            row(f'{name}: work per frame, median', f"{seen.get('median_ms')} ms", '16 ms')
            row(f'{name}: work per frame, 99 %', f"{seen.get('p99_ms')} ms", '33 ms')
            row(f'{name}: memory of the window', f'{megabytes:.0f} MB', '200 MB')
            if took and bare:
                row(f'{name}: speed of training', f'{100 * bare / took:.0f} %', '95 %')
        w.end()
    return 0


if __name__ == '__main__':
    sys.exit(main())
