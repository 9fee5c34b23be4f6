# SPDX-License-Identifier: Apache-2.0
"""A lesson as it is held: the window at a projector's size, steps turned with Page Down, each
with its layout, gradients predicted and marked, answers kept as text, everything put back at
the end. Real keys, a real session. Prints TAP; run it under withx.sh."""

import argparse
import pathlib
import shutil
import sys
import time

import drive
from drive import source, wait_for

LESSON = pathlib.Path(__file__).resolve().parents[2] / 'samples/lessons/01_neuron.ipynb'


def layouts(w, book):
    """The layout that each heading's metadata names."""
    found = {}
    for cell in (w.saved(book) or {}).get('cells', []):
        if source(cell).startswith('#'):
            found[source(cell).split('\n')[0].lstrip('# ')] = cell['metadata'].get('adjoint')
    return found


def steps(tap, w, book):
    w.key('ctrl+F11')
    time.sleep(0.8)
    w.shot('teach-first')
    w.key('Page_Down', 'Down', 'shift+Return')
    ran = wait_for(lambda: any('s = 0.7000' in drive.plain(c)
                               for c in (w.saved(book) or {}).get('cells', [])))
    tap.ok(ran, 'Page Down turns to the step whose cell is run', w.saved(book))
    w.shot('teach-second')
    w.key('Page_Down', 'Page_Down')
    time.sleep(0.8)


def predictions(tap, w):
    w.key('F7')
    time.sleep(1)
    answers = w.folder / 'data/adjoint/answers/01_neuron.txt'
    for said in '0.7913', '1', '-0.7913':
        w.type(' ' + said)
        w.key('Return')
        time.sleep(0.4)
        if said == '1':
            w.shot('teach-wrong')
    time.sleep(0.8)
    w.key('F7')
    time.sleep(0.8)
    w.shot('teach-predicted')
    lines = [line.split('\t') for line in answers.read_text().splitlines()] \
        if answers.exists() else []
    tap.ok([line[2:4] for line in lines] ==
           [['0.7913', 'sign'], ['1', 'upstream'], ['-0.7913', 'right']],
           'answers are marked with their reasons and kept as text', lines)
    tap.ok(lines and lines[0][1] == 'L, step 1, pow to sub' and lines[0][4] == '-0.791264',
           'with what was asked and what it is', lines)


def layout(tap, w, book):
    w.key('Page_Down', 'ctrl+plus', 'ctrl+plus', 'ctrl+shift+l')
    kept = wait_for(lambda: layouts(w, book)['Is it true? Wiggle a weight'])
    tap.ok(kept and kept.get('zoom') == 170 and kept.get('cells') == 1 and
           kept.get('quiz') is False, 'a step keeps its layout, the zoom of its pane too', kept)
    w.key('Page_Up', 'Page_Down')
    w.shot('teach-kept')


def leaving(tap, w, book):
    before = layouts(w, book)
    w.key('Escape', 'Escape')
    time.sleep(0.8)
    w.shot('teach-left')
    w.key('ctrl+shift+l', 'b', 'Return')
    w.type('after = 1')
    cells = (w.saved(book) or {}).get('cells', [])
    tap.ok(any(source(c) == 'after = 1' for c in cells) and layouts(w, book) == before,
           'Escape ends it: layouts are no longer taken, cells are inserted again')
    w.key('Escape', 'v', 'p')
    time.sleep(0.8)
    w.shot('teach-again')
    w.key('Escape')


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('workbench')
    parser.add_argument('adjoint')
    parser.add_argument('--pictures', default='pictures')
    options = parser.parse_args()
    if drive.missing_tools():
        print('1..0 # SKIP no ' + ', '.join(drive.missing_tools()))
        return 0
    tap = drive.Tap()
    with drive.scratch() as folder:
        programs = [pathlib.Path(p).resolve() for p in (options.workbench, options.adjoint)]
        w = drive.Workbench(programs, folder, pathlib.Path(options.pictures).resolve())
        book = pathlib.Path(folder) / LESSON.name
        shutil.copy(LESSON, book)
        try:
            w.start(book)
            w.xdo('windowsize', w.window, 1280, 720)
            time.sleep(0.8)
            steps(tap, w, book)
            predictions(tap, w)
            layout(tap, w, book)
            leaving(tap, w, book)
            w.close()
        finally:
            w.end()
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())
