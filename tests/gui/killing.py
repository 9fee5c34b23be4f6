# SPDX-License-Identifier: Apache-2.0
"""What survives kill -9, at many moments drawn from a seed: of the session, every key press; of
the window, the session, which trains on and is shown whole in a new window. Real keys, a real
window, real processes. Prints TAP; run it under withx.sh."""

import argparse
import json
import os
import pathlib
import random
import signal
import sys
import time

import drive
from drive import plain, source, wait_for

SECONDS = 10  # of training, and of kills of windows meanwhile

TRAIN = f"""import time
torch.manual_seed(0)
x, y = torch.randn(64, 8), torch.randint(0, 3, (64,))
net = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 3))
optimizer = optim.SGD(net.parameters(), lr=0.1)
until = time.time() + {SECONDS}
turn = 0
while time.time() < until:
    optimizer.zero_grad()
    loss = F.cross_entropy(net(x), y)
    loss.backward()
    optimizer.step()
    if turn % 200 == 0:
        print('turn', turn)
    turn += 1
    time.sleep(0.001)
print('end', turn)"""


def write_book(path, *texts):
    cells = [{'cell_type': 'code', 'id': f'cell-{i}', 'metadata': {}, 'execution_count': None,
              'outputs': [], 'source': text.splitlines(keepends=True)}
             for i, text in enumerate(texts)]
    path.write_text(json.dumps({'cells': cells, 'metadata': {}, 'nbformat': 4,
                                'nbformat_minor': 5}))


def cells(w, book):
    return (w.saved(book) or {}).get('cells', [])


def only_pid(w):
    return next(iter(w.sessions().values()), None)


def kill_session(w):
    pid = only_pid(w)
    if pid:
        os.kill(pid, signal.SIGKILL)
    return pid


def words(rng, count):
    return [''.join(rng.choice('abcdefghijklmnopqrstuvwxyz0123456789')
                    for _ in range(rng.randint(3, 9))) for _ in range(count)]


def killed_sessions(tap, w, rng, kills):
    """A person writes a cell while the session behind it is killed again and again."""
    book = w.folder / 'typed.ipynb'
    write_book(book, 'x = 1')
    w.start(book)
    wait_for(lambda: w.sessions())
    w.key('Escape', 'b', 'Return')
    typed, killed = [], 0
    for word in words(rng, kills):
        w.xdo('type', '--delay', '3', word[:len(word) // 2])
        time.sleep(rng.uniform(0, 0.05))
        killed += kill_session(w) is not None
        w.xdo('type', '--delay', '3', word[len(word) // 2:] + ' ')
        typed.append(word)
        time.sleep(rng.uniform(0, 0.1))
        w.key('Escape', '0', '0')  # a new session, killed in its turn, at whatever it does
        time.sleep(rng.uniform(0, 0.25))
        w.key('Return')
    text = ''.join(word + ' ' for word in typed)
    found = wait_for(lambda: [c for c in cells(w, book) if source(c) == text])
    tap.ok(found, f'{killed} kills of the session, no key press lost',
           f"{text}\n{[source(c) for c in cells(w, book)]}")
    tap.ok(killed >= kills * 2 // 3, 'and there was a session to be killed', killed)
    kill_session(w)
    w.key('Escape', '0', '0', 'k')
    w.key('ctrl+Return')
    tap.ok(wait_for(lambda: cells(w, book)[0]['execution_count']), 'a new session runs cells')
    w.close()


def killed_windows(tap, w, rng):
    """A session trains; windows come, type and are killed. It must not notice."""
    book = w.folder / 'trained.ipynb'
    write_book(book, TRAIN)
    w.start(book)
    w.key('ctrl+Return')
    wait_for(lambda: w.sessions())
    pid, kills, notes, begun = only_pid(w), 0, [], time.monotonic()
    time.sleep(0.5)
    while time.monotonic() - begun < SECONDS - 1.5:
        word = words(rng, 1)[0]
        w.key('Escape', 'End', 'b', 'Return')
        w.xdo('type', '--delay', '3', word)
        notes.append(word)
        time.sleep(rng.uniform(0.05, 0.5))
        w.kill()
        kills += 1
        time.sleep(rng.uniform(0, 0.3))
        w.start(book)
    tap.ok(only_pid(w) == pid, f'{kills} windows killed, the session lives', w.sessions())
    w.shot('killed-1-training')
    wait_for(lambda: 'end' in plain(cells(w, book)[0]))
    last = cells(w, book)
    text = plain(last[0])
    turns = [int(line.split()[1]) for line in text.splitlines() if line.startswith('turn')]
    tap.ok(turns and turns == list(range(0, 200 * len(turns), 200)) and 'end' in text,
           'all that it printed is below its cell, once', text)
    tap.ok(last[0]['execution_count'] == 1, 'under the number of its run', last[0])
    have = [source(c) for c in last]
    tap.ok(all(word in have for word in notes), 'what was typed in every window came back',
           f'{notes}\n{have}')
    w.close()


def seen_while_running(tap, w):
    """A new window shows the running cell as running, with its output so far and its curve."""
    book = w.folder / 'seen.ipynb'
    write_book(book, TRAIN, 'print("after", turn > 0)')
    w.start(book)
    w.key('ctrl+Return')
    time.sleep(0.8)
    w.key('Escape', 'j', 'ctrl+Return')  # this one waits for its turn
    time.sleep(0.4)
    w.kill()
    time.sleep(0.5)
    w.start(book)
    w.key(drive.panel_keys('curves'))
    shown = wait_for(lambda: 'turn' in plain(cells(w, book)[0]) and cells(w, book)[0])
    tap.ok(shown and 'end' not in plain(shown),
           'a running cell is shown with its output so far',
           shown)
    w.shot('killed-2-running')
    after = wait_for(lambda: 'after True' in plain(cells(w, book)[1]))
    tap.ok(after and 'end' in plain(cells(w, book)[0]),
           'a cell that had waited is shown when its turn comes', cells(w, book))
    w.close()


def two_windows(tap, w, programs, folder):
    book = w.folder / 'both.ipynb'
    write_book(book, 'a = 6', 'print(a * 7)')
    other = drive.Workbench(programs, folder, w.pictures)
    w.start(book)
    wait_for(lambda: w.sessions())
    other.start(book)
    w.key('Escape', 'Home')
    # Keys go to the window with the focus, the newer one; the older one listens.
    w.key('ctrl+Return', 'j', 'ctrl+Return')
    time.sleep(1)
    other.kill()
    w.xdo('windowfocus', w.window)
    time.sleep(0.3)
    found = wait_for(lambda: plain(cells(w, book)[1]) == '42\n')
    tap.ok(found, 'two windows on one session agree', cells(w, book))
    w.close()
    other.log.close()


def session_gone(tap, w):
    """The session of a book is dead when the book is opened: a new one serves it."""
    book = w.folder / 'gone.ipynb'
    write_book(book, 'print("here")')
    w.start(book)
    pid = wait_for(lambda: only_pid(w))
    w.kill()
    os.kill(pid, signal.SIGKILL)
    w.start(book)
    w.shot('killed-3-replaced')
    w.key('ctrl+Return')
    found = wait_for(lambda: plain(cells(w, book)[0]) == 'here\n')
    tap.ok(found and only_pid(w) != pid, 'a book whose session is dead gets a new one',
           cells(w, book))
    w.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('workbench')
    parser.add_argument('adjoint')
    parser.add_argument('--pictures', default='pictures')
    parser.add_argument('--kills', type=int, default=20)
    parser.add_argument('--seed', type=int, default=1)
    o = parser.parse_args()
    if drive.missing_tools():
        print(f"1..0 # SKIP missing: {' '.join(drive.missing_tools())}")
        return 0
    tap = drive.Tap()
    rng = random.Random(o.seed)
    print(f'# seed {o.seed}')
    with drive.scratch() as folder:
        programs = pathlib.Path(o.workbench).resolve(), pathlib.Path(o.adjoint).resolve()
        w = drive.Workbench(programs, folder, pathlib.Path(o.pictures).resolve())
        try:
            killed_sessions(tap, w, rng, o.kills)
            killed_windows(tap, w, rng)
            seen_while_running(tap, w)
            two_windows(tap, w, programs, folder)
            session_gone(tap, w)
        finally:
            w.end()
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())
