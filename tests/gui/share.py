# SPDX-License-Identifier: Apache-2.0
"""What leaves the window, and what is found in it, by the keys of a user: panels as pictures,
pages and tables, the notebook as a page; each file is opened and its content compared. Prints
TAP; run it under withx.sh."""

import argparse
import csv
import io
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import time
import xml.etree.ElementTree

import drive
from drive import plain, wait_for

PROGRAM = """import torch
torch.manual_seed(0)
x, y = torch.randn(4, 3), torch.tensor([0, 1, 1, 0])
net = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 2))
loss = F.cross_entropy(net(x), y)
loss.backward()
print("ready", 6 * 7)"""


def kept(w, name):
    """The file [name] in the notebook's folder, once it is there and whole."""
    path = w.folder / name
    return path if wait_for(lambda: path.exists() and path.stat().st_size) else None


def export(w, keys, name):
    """Opens the dialog, types a name over the proposed one, and accepts."""
    w.key(*keys)
    time.sleep(1.2)
    w.key('ctrl+a')
    w.type(name)
    time.sleep(0.3)
    w.key('Return')
    return kept(w, name)


def pictures(tap, w):
    w.key(drive.panel_keys('tape'))
    time.sleep(1.0)
    png = export(w, ['ctrl+shift+e'], 'tape.png')
    head = png.read_bytes()[:24] if png else b''
    size = struct.unpack('>II', head[16:24]) if len(head) == 24 else (0, 0)
    if png:
        shutil.copy(png, w.pictures / 'share-tape.png')
    tap.ok(head[:8] == b'\x89PNG\r\n\x1a\n' and size[0] >= 1920 and size[1] >= 400,
           'the tape is a PNG as wide as its words need', size)
    svg = export(w, ['ctrl+shift+e'], 'tape.svg')
    try:
        root = xml.etree.ElementTree.fromstring(svg.read_text()) if svg else None
    except xml.etree.ElementTree.ParseError as error:
        root = None
        tap.ok(False, 'the SVG can be parsed', error)
    paths = root.iter('{http://www.w3.org/2000/svg}path') if root is not None else []
    wide = float(root.get('width').rstrip('pt')) if root is not None else 0
    tap.ok(wide * 2 == size[0] and len(list(paths)) > 20,
           'the tape is an SVG of the same size, of lines, not of pixels', wide)
    pdf = export(w, ['ctrl+shift+e'], 'tape.pdf')
    data = pdf.read_bytes() if pdf else b''
    tap.ok(data.startswith(b'%PDF') and b'/FontFile' in data, 'and a PDF with its fonts')
    if shutil.which('pdftotext') and pdf:
        text = subprocess.run(['pdftotext', str(pdf), '-'], capture_output=True, text=True,
                              check=False).stdout
        tap.ok('cross_entropy' in text, 'whose words can be searched', text[:400])


def tables(tap, w):
    found = export(w, ['ctrl+shift+e'], 'tape.csv')
    rows = list(csv.reader(io.StringIO(found.read_text()))) if found else []
    tap.ok(rows and rows[0][0] == 'operation' and
           any(row[0].startswith('cross_entropy') for row in rows) and
           all(len(row) == len(rows[0]) for row in rows), 'the table is CSV, row for row', rows)


def page(tap, w, book):
    html = export(w, ['ctrl+alt+e'], 'as-it-stands.html')
    text = html.read_text() if html else ''
    tap.ok('ready 42' in text and 'cross_entropy' in text,
           'the notebook is a page with its output')
    tap.ok(not list(w.folder.glob('.adjoint-*.ipynb')), 'and nothing is left beside it')
    w.key('ctrl+shift+p')
    w.type('run and export')
    w.key('Return')
    walk = export(w, [], 'anew.html')
    tap.ok(walk and 'application/json' in walk.read_text(), 'run anew it has the pass to step')
    browse(tap, w, walk)


def handout(tap, w):
    pdf = export(w, ['ctrl+alt+p'], 'handout.pdf')
    data = pdf.read_bytes() if pdf else b''
    tap.ok(data.startswith(b'%PDF') and b'/FontFile' in data, 'the notebook is a handout')
    if shutil.which('pdftotext') and pdf:
        text = subprocess.run(['pdftotext', str(pdf), '-'], capture_output=True, text=True,
                              check=False).stdout
        tap.ok('ready 42' in text and 'manual_seed' in text and 'Tape' in text,
               'with programs, results and the panel', text[:400])


def browse(tap, w, path):
    chromium = shutil.which('chromium') or shutil.which('chromium-browser')
    if not chromium or not path:
        print('# no chromium: the page is not opened')
        return
    out = subprocess.run([chromium, '--headless=new', '--no-sandbox', '--disable-gpu',
                          '--virtual-time-budget=2000', '--dump-dom', path.as_uri()],
                         capture_output=True, text=True, timeout=60, check=False).stdout
    tap.ok(re.search(r'class="count"[^>]*>0 of \d+<', out), 'a browser shows it, ready to step')


def searching(tap, w, book):
    """A line of a cell is found by its words, and the cursor stands there."""
    w.key('ctrl+shift+p')
    w.type('entropy net')
    time.sleep(0.3)
    w.shot('search')
    w.key('Return', 'End')
    w.type('  # found')
    text = lambda: ''.join(map(drive.source, (w.saved(book) or {}).get('cells', [])))
    found = wait_for(lambda: 'F.cross_entropy(net(x), y)  # found\n' in text())
    tap.ok(found, 'a line is found by its words, the cursor is put there', text())
    w.key('Escape', 'z')


def errors(tap, w):
    w.key('ctrl+shift+e')
    time.sleep(1.2)
    w.key('ctrl+a')
    w.type('/nowhere/tape.png')
    w.key('Return')
    time.sleep(1)
    w.shot('share-error')
    w.key('Escape')
    tap.ok(w.process.poll() is None, 'a folder that is not there ends nothing')


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
        book = pathlib.Path(folder) / 'lesson.ipynb'
        try:
            w.start(book)
            w.type(PROGRAM)
            w.key('ctrl+Return', 'Escape')
            said = lambda: map(plain, (w.saved(book) or {}).get('cells', []))
            wait_for(lambda: 'ready 42' in ''.join(said()))
            pictures(tap, w)
            tables(tap, w)
            searching(tap, w, book)
            page(tap, w, book)
            handout(tap, w)
            errors(tap, w)
            w.shot('share')
            w.close()
        finally:
            w.end()
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())
