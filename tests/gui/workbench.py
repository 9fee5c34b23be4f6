# SPDX-License-Identifier: Apache-2.0
"""The workbench from a user's chair: type a model, train it, see what went wrong, lose the
session and the window and lose nothing. Prints TAP; run it under withx.sh."""

import argparse
import json
import os
import pathlib
import signal
import sys
import time

import drive
from drive import plain, source, wait_for

MODEL = """import torch
torch.manual_seed(0)
x = torch.randn(4, 3)
y = torch.tensor([0, 1, 1, 0])
net = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 2))
opt = optim.SGD(net.parameters(), lr=0.1)"""

TRAIN = """for step in range(20):
    opt.zero_grad()
loss = F.cross_entropy(net(x), y)
loss.backward()
opt.step()"""


def cells(book):
    return (book or {}).get('cells', [])


def having(w, book, text):
    """The saved cells whose source is [text]."""
    return [c for c in cells(w.saved(book)) if source(c) == text]


def sources(w, book):
    return [source(c) for c in cells(w.saved(book))]


def typing_and_running(tap, w, book):
    w.start(book)
    tap.ok(w.window, 'the window opens')
    w.type(MODEL)
    w.key('shift+Return')
    w.type(TRAIN)
    w.key('shift+Return')
    w.type('print(step, loss.ndim)')
    w.key('ctrl+Return')
    found = wait_for(lambda: len(cells(w.saved(book))) == 3 and
                     plain(cells(w.saved(book))[2]) == '19 0\n' and w.saved(book))
    tap.ok(found, 'a model typed in cells is built and trained', w.saved(book))
    if found:
        tap.ok(source(cells(found)[1]).count('\n    ') == 4, 'the editor keeps the indentation',
               source(cells(found)[1]))
        tap.ok([c['execution_count'] for c in cells(found)] == [1, 2, 3], 'runs are numbered')
        tap.ok(found['nbformat'] == 4 and found['nbformat_minor'] == 5 and
               all(c['id'] for c in cells(found)), 'the file is nbformat 4.5')
    w.shot('1-trained')
    ink = w.ink()
    tap.ok(all(0.003 < share < 0.6 for share in ink), 'each part of the window shows something',
           ink)


OPERATIONS = 4  # of the loss: two linear layers, tanh, cross entropy
CHECK = """got = [p.grad.clone() for p in net.parameters()]
opt.zero_grad()
loss.backward(retain_graph=True)
print(all(torch.equal(a, p.grad) for a, p in zip(got, net.parameters())), len(got))"""


def stepping_backward(tap, w, book):
    """F7 walks to the end of the backward pass and leaves what backward() leaves."""
    w.key('Escape', 'End', 'b', 'Return')
    w.type('opt.zero_grad()\nloss = F.cross_entropy(net(x), y)')
    w.key('ctrl+Return', drive.panel_keys('tape'))
    time.sleep(1)
    for _ in range(OPERATIONS + 1):
        w.key('F7')
        time.sleep(0.3)
    w.shot('1-backward')
    w.key('Escape', 'End', 'b', 'Return')
    w.type(CHECK)
    w.key('ctrl+Return')
    found = wait_for(lambda: [c for c in cells(w.saved(book)) if plain(c) == 'True 4\n'])
    tap.ok(found, 'stepping backward leaves the gradients of backward(), bit for bit',
           [plain(c) for c in cells(w.saved(book))])


def growing(tap, w, book):
    """The loss curve grows while a cell trains."""
    w.key(drive.panel_keys('curves'), 'Escape', 'End', 'b', 'Return')
    w.type('import time\nfor step in range(60):\n    opt.zero_grad()\n'
           'loss = F.cross_entropy(net(x), y)\nloss.backward()\nopt.step()\ntime.sleep(0.05)')
    w.key('ctrl+Return')
    place = 930, 130, 420, 560
    time.sleep(1)
    before = w.pixels(*place)
    time.sleep(1)
    after = w.pixels(*place)
    changed = sum(a != b for a, b in zip(before, after))
    w.shot('1-growing')
    tap.ok(len(before) == 420 * 560 and changed > 40, 'the loss curve grows while it trains',
           f'{len(before)} pixels, {changed} changed')
    time.sleep(2)


def errors(tap, w, book):
    w.key('b', 'Return')
    w.type('net(torch.ones(5))')
    w.key('ctrl+Return')
    bad = wait_for(lambda: [c for c in cells(w.saved(book)) if 'Error' in plain(c)])
    tap.ok(bad and '3' in plain(bad[0]) and '5' in plain(bad[0]),
           'a wrong shape is an error with both sizes', bad)
    w.shot('2-error')


def commands(tap, w, book):
    before = len(cells(w.saved(book)))
    w.key('Escape', 'd', 'd')
    tap.ok(wait_for(lambda: len(cells(w.saved(book))) == before - 1), 'D, D deletes a cell')
    w.key('Escape', 'z')
    tap.ok(wait_for(lambda: len(cells(w.saved(book))) == before), 'Z brings it back')
    w.key('a', 'Return')
    w.type('# Title\n\nsome *words* and $\\alpha_1$')
    w.key('Escape', 'm', 'shift+Return')
    book_now = w.saved(book)
    text = [c for c in cells(book_now) if c['cell_type'] == 'markdown']
    tap.ok(text and source(text[0]).startswith('# Title'), 'M makes a cell Markdown', book_now)
    w.key('Home', 'Return', 'ctrl+Home', 'Down', 'Home', 'ctrl+shift+minus')
    split = cells(w.saved(book))
    tap.ok(split and source(split[0]) == 'import torch', 'a cell is split at the cursor',
           split[:2])
    w.key('Escape', 'Up', 'shift+m')
    merged = cells(w.saved(book))
    tap.ok(merged and source(merged[0]) == MODEL, 'and merged with the next', merged[:1])
    w.shot('3-commands')


def completion(tap, w, book):
    w.key('Escape', 'End', 'b', 'Return')
    w.type('torch.manual_se')
    w.key('Tab')
    time.sleep(0.7)
    w.type('(3)')
    found = wait_for(lambda: having(w, book, 'torch.manual_seed(3)'))
    tap.ok(found, 'Tab completes a name', sources(w, book))
    w.key('Escape', 'b', 'Return')
    w.type('torch.relu')
    w.key('shift+Tab')
    time.sleep(0.7)
    w.shot('4-help')
    w.key('Escape', 'Escape', 'd', 'd')


def find_and_replace(tap, w, book):
    w.key('Escape', 'ctrl+h')
    w.type('manual_seed(3)')
    w.key('Tab', 'Tab', 'Tab')
    w.type('manual_seed(4)')
    w.shot('5-find')
    w.key('Tab', 'Tab', 'space', 'Escape')
    found = wait_for(lambda: having(w, book, 'torch.manual_seed(4)'))
    tap.ok(found, 'text is found and replaced', sources(w, book))


def session_dies(tap, w, book):
    pids = w.sessions()
    tap.ok(len(pids) == 1, 'one session serves the notebook', pids)
    w.key('Escape', 'End', 'b', 'Return')
    w.xdo('type', '--delay', '6', 'lost = ')
    os.kill(list(pids.values())[0], signal.SIGKILL)
    w.xdo('type', '--delay', '6', '"nothing"')
    found = wait_for(lambda: having(w, book, 'lost = "nothing"'))
    tap.ok(found, 'no key press is lost when the session is killed',
           sources(w, book))
    w.shot('6-session-killed')
    w.key('Escape', '0', '0')
    fresh = wait_for(lambda: w.sessions())
    tap.ok(fresh and list(fresh.values()) != list(pids.values()), 'a new session starts', fresh)
    w.key('ctrl+Return')
    ran = wait_for(lambda: [c for c in having(w, book, 'lost = "nothing"')
                            if c['execution_count'] == 1])
    tap.ok(ran, 'and runs cells', w.saved(book))


def window_dies(tap, w, book):
    w.key('Escape', 'b', 'Return')
    w.type('import time\nfor beat in range(40): time.sleep(0.1)')
    w.key('ctrl+Return')
    time.sleep(0.5)
    w.key('Escape', 'b', 'Return')
    w.xdo('type', '--delay', '6', 'unsaved = 1')
    time.sleep(0.2)
    pids = w.sessions()
    w.kill()
    tap.ok(w.sessions() == pids and pids, 'the session outlives its window', pids)
    w.start(book)
    tap.ok(w.sessions() == pids, 'a new window attaches to it', w.sessions())
    found = wait_for(lambda: having(w, book, 'unsaved = 1'))
    tap.ok(found, 'what was not saved comes back', sources(w, book))
    w.key('Escape', 'End', 'b', 'Return')
    w.type('print(beat, lost)')
    w.key('ctrl+Return')
    done = wait_for(lambda: [c for c in cells(w.saved(book)) if plain(c) == '39 nothing\n'])
    tap.ok(done, 'the cell that ran went on to its end, its values are there',
           [plain(c) for c in cells(w.saved(book))])
    w.shot('7-reattached')


def interrupting(tap, w, book):
    w.key('Escape', 'b', 'Return')
    w.type('while True: pass')
    w.key('ctrl+Return')
    time.sleep(0.6)
    w.key('Escape', 'i', 'i')
    found = wait_for(lambda: [c for c in cells(w.saved(book))
                              if 'KeyboardInterrupt' in plain(c)])
    tap.ok(found, 'I, I interrupts a loop without end')


def asking(tap, w, book):
    w.key('Escape', 'b', 'Return')
    w.type('answer = input("How many? ")\nprint(answer * 2)')
    w.key('ctrl+Return')
    time.sleep(1)
    w.shot('8-input')
    w.type('21')
    w.key('Return')
    time.sleep(0.5)
    found = wait_for(lambda: [c for c in cells(w.saved(book)) if '2121' in plain(c)])
    tap.ok(found, 'input() asks in a dialog', [plain(c) for c in cells(w.saved(book))])


def closing(tap, w, book):
    w.close()
    tap.ok(w.process.returncode == 0, 'the window closes', w.process.returncode)
    tap.ok(wait_for(lambda: not w.sessions()), 'and takes its idle session along', w.sessions())
    text = (w.folder / 'log').read_text(errors='replace')
    # A part of a scrollbar that is drawn one frame late is GTK's own affair.
    complaints = [line for line in text.splitlines() if 'CRITICAL' in line or
                  'WARNING' in line and 'without a current allocation' not in line]
    tap.ok(not complaints, 'GTK has nothing to complain about', '\n'.join(complaints[:8]))


def ten_thousand(tap, w):
    book = w.folder / 'large.ipynb'
    made = [{'cell_type': 'code', 'id': f'c{i}', 'metadata': {}, 'execution_count': None,
             'outputs': [], 'source': [f'x{i} = {i}\n', f'print(x{i})']} for i in range(10000)]
    book.write_text(json.dumps({'cells': made, 'metadata': {}, 'nbformat': 4,
                                'nbformat_minor': 5}))
    begin = time.monotonic()
    w.start(book)
    print(f'# 10,000 cells open: window after {time.monotonic() - begin - 0.6:.2f} s')
    time.sleep(2)  # they are read by now
    w.key('End')
    time.sleep(0.5)
    w.shot('9-ten-thousand')
    w.key('b', 'Return')
    w.type('last = 1')
    found = wait_for(lambda: len(cells(w.saved(book))) == 10001)
    tap.ok(found and source(cells(w.saved(book))[-1]) == 'last = 1',
           'ten thousand cells open, the last is reached and edited')
    rss = int(next(line for line in pathlib.Path(f'/proc/{w.process.pid}/status').read_text()
                   .splitlines() if line.startswith('VmRSS')).split()[1]) / 1024
    print(f'# resident: {rss:.0f} MB')
    w.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('workbench')
    parser.add_argument('adjoint')
    parser.add_argument('--pictures', default='pictures')
    o = parser.parse_args()
    if drive.missing_tools():
        print(f"1..0 # SKIP missing: {' '.join(drive.missing_tools())}")
        return 0
    tap = drive.Tap()
    with drive.scratch() as folder:
        programs = pathlib.Path(o.workbench).resolve(), pathlib.Path(o.adjoint).resolve()
        w = drive.Workbench(programs, folder, pathlib.Path(o.pictures).resolve())
        book = pathlib.Path(folder) / 'lesson.ipynb'
        try:
            for part in (typing_and_running, stepping_backward, growing, errors, commands,
                         completion, find_and_replace, session_dies, window_dies,
                         interrupting, asking, closing):
                part(tap, w, book)
            ten_thousand(tap, w)
        finally:
            w.end()
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())
