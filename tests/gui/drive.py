# SPDX-License-Identifier: Apache-2.0
"""Drives the real workbench: a window on a private display (withx.sh), keys and pointer through
xdotool, a real session process behind it. What came of it is read where a user would find it:
in the saved notebook, in the runtime folder, in pictures kept as artefacts."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

PATIENCE = 20  # seconds until something that should happen counts as a failure


class Tap:
    """Numbers the points and remembers whether one failed."""

    def __init__(self):
        self.count = self.failed = 0

    def ok(self, fine, name, detail=''):
        self.count += 1
        self.failed += not fine
        print(f"{'ok' if fine else 'not ok'} {self.count} - {name}", flush=True)
        if not fine and detail:
            print('\n'.join('# ' + line for line in str(detail).splitlines()), flush=True)
        return fine

    def done(self):
        print(f'1..{self.count}')
        return 1 if self.failed else 0


def wait_for(what):
    """Calls [what] until it gives something true; gives that, or the last thing it gave."""
    end = time.monotonic() + PATIENCE
    while True:
        value = what()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.05)


def read_json(path):
    try:
        return json.loads(pathlib.Path(path).read_text())
    except (OSError, ValueError):
        return None


class Workbench:
    """A window. Leave it with `close`, or kill it."""

    def __init__(self, programs, folder, pictures):
        self.workbench, self.adjoint = programs
        self.folder = pathlib.Path(folder)
        self.pictures = pathlib.Path(pictures)
        self.pictures.mkdir(parents=True, exist_ok=True)
        self.process = self.window = None
        self.extra = {}  # more of the environment
        for name in 'run', 'state', 'data', 'config', 'cache':
            (self.folder / name).mkdir(mode=0o700, exist_ok=True)
        self.log = open(self.folder / 'log', 'ab')

    def environment(self):
        env = dict(os.environ)
        env.update(XDG_RUNTIME_DIR=str(self.folder / 'run'), HOME=str(self.folder),
                   XDG_STATE_HOME=str(self.folder / 'state'),
                   XDG_DATA_HOME=str(self.folder / 'data'),
                   XDG_CONFIG_HOME=str(self.folder / 'config'),
                   XDG_CACHE_HOME=str(self.folder / 'cache'),
                   ADJOINT_PROGRAM=str(self.adjoint), **self.extra)
        return env

    def start(self, *arguments):
        self.process = subprocess.Popen([str(self.workbench), *map(str, arguments)],
                                        env=self.environment(), stdout=self.log,
                                        stderr=self.log, cwd=self.folder)
        self.window = wait_for(self.find_window)
        time.sleep(0.3)
        if self.window:  # there is no window manager to give it the focus
            self.xdo('windowfocus', self.window)
        time.sleep(0.3)  # the first pictures
        return self.window

    def find_window(self):
        found = subprocess.run(['xdotool', 'search', '--onlyvisible', '--pid',
                                str(self.process.pid)], capture_output=True, text=True,
                               check=False).stdout.split()
        return found[0] if found else None

    def xdo(self, *words):
        subprocess.run(['xdotool', *map(str, words)], check=False, stdout=self.log,
                       stderr=self.log)

    def key(self, *keys):
        for key in keys:
            self.xdo('key', key)
            time.sleep(0.12)

    def type(self, text):
        """Lines are ended by Return: the editor keeps the indentation by itself."""
        for number, line in enumerate(text.split('\n')):
            if number:
                self.key('Return')
            self.xdo('type', '--delay', '6', line)
            time.sleep(0.1)

    def click(self, x, y, times=1):
        self.xdo('mousemove', x, y, 'click', '--repeat', times, '--delay', '60', 1)
        time.sleep(0.2)

    def shot(self, name):
        subprocess.run(['import', '-window', 'root', str(self.pictures / f'{name}.png')],
                       check=False, stdout=self.log, stderr=self.log)

    def ink(self, parts=3, width=1180, height=640):
        """Shares of each part of the window, from left to right, that are not its ground: what
        is there is neither empty nor a blot, whatever the fonts."""
        shares = []
        for i in range(parts):
            grey = self.pixels(i * width // parts, 60, width // parts, height)
            ground = max(set(grey), key=grey.count) if grey else 0
            shares.append(sum(abs(g - ground) > 24 for g in grey) / max(len(grey), 1))
        return shares

    def pixels(self, x, y, width, height):
        """What is on the screen there, as bytes of grey."""
        return subprocess.run(['import', '-window', 'root', '-crop',
                               f'{width}x{height}+{x}+{y}', '-depth', '8', 'gray:-'],
                              capture_output=True, check=False).stdout

    def sessions(self):
        """Process ids of the running sessions, by connection file."""
        found = {}
        for note in (self.folder / 'run' / 'adjoint').glob('*.session'):
            for line in note.read_text().splitlines():
                if line.startswith('pid='):
                    found[note.with_suffix('.json')] = int(line[4:])
        return {path: pid for path, pid in found.items() if alive(pid)}

    def saved(self, book):
        """The notebook as it is on disk after Ctrl+S."""
        self.key('ctrl+s')
        time.sleep(0.3)
        return read_json(book)

    def close(self):
        self.key('ctrl+q')
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def end(self):
        """Whatever still runs, ends."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pid in self.sessions().values():
            os.kill(pid, signal.SIGKILL)
        self.log.close()


def alive(pid):
    try:
        stat = pathlib.Path(f'/proc/{pid}/stat').read_text()
    except OSError:
        return False
    return stat.rsplit(')', 1)[1].split()[0] != 'Z'


def source(cell):
    return ''.join(cell['source'])


def plain(cell):
    """What a cell shows, as text."""
    words = []
    for output in cell.get('outputs', []):
        if output['output_type'] == 'stream':
            words.append(''.join(output['text']))
        elif output['output_type'] == 'error':
            words.append(f"{output['ename']}: {output['evalue']}")
        else:
            words.append(''.join(output['data'].get('text/plain', '')))
    return '\n'.join(words)


PANELS = pathlib.Path(__file__).parents[2] / 'gui' / 'panels'


def panels():
    """(name, title, keys) of every panel, as their rows say."""
    for name in re.findall(r'^PANEL\((\w+)\)', (PANELS / 'panels.def').read_text(), re.M):
        text = next(PANELS.rglob(f'panel_{name}.c')).read_text()
        keys = re.search(r'\.shortcut = "([^"]+)"', text).group(1)
        yield (name, re.search(r'\.title = N_\("([^"]+)"', text).group(1),
               keys.lower().replace('<', '').replace('>', '+'))


def panel_keys(name):
    return next(keys for found, _, keys in panels() if found == name)


def missing_tools():
    return [tool for tool in ('xdotool', 'import') if not shutil.which(tool)]


def scratch():
    return tempfile.TemporaryDirectory(prefix='adjoint-gui-')
