# SPDX-License-Identifier: Apache-2.0
"""The workbench as a screen reader has it, and as somebody without a mouse: every control has a
name, every picture a table, and keys alone reach everything. The tree is walked through AT-SPI
on a session bus of its own. Prints TAP; run it under withx.sh."""

import argparse
import os
import pathlib
import shutil
import sys
import time

SYSTEM = '/usr/bin/python3'  # bindings are installed for this one


def on_a_bus():
    """Runs this again with the right interpreter on a bus of its own, or says why not."""
    if os.environ.get('ADJOINT_TEST_BUS'):
        return None
    if not shutil.which('dbus-run-session'):
        return 'dbus-run-session'
    if not os.path.exists(SYSTEM):
        return SYSTEM
    os.environ['ADJOINT_TEST_BUS'] = '1'
    os.execvp('dbus-run-session', ['dbus-run-session', '--', SYSTEM, *sys.argv])


def bindings():
    try:
        import gi
        gi.require_version('Atspi', '2.0')
        from gi.repository import Atspi
        return Atspi
    except (ImportError, ValueError):
        return None


import drive  # noqa: E402 (the file is run twice)
from drive import plain, read_json, wait_for  # noqa: E402
from killing import write_book  # noqa: E402

TRAIN = """torch.manual_seed(0)
x, y = torch.randn(64, 2), torch.randint(0, 3, (64,))
net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 3))
optimizer = optim.SGD(net.parameters(), lr=0.1)
for step in range(50):
    optimizer.zero_grad()
    loss = F.cross_entropy(net(x), y)
    loss.backward()
    optimizer.step()
loss = F.cross_entropy(net(x), y)"""

CONTROLS = {'push button', 'toggle button', 'check box', 'radio button', 'entry', 'text',
            'slider', 'spin button', 'combo box', 'image', 'menu item', 'list', 'table',
            'page tab', 'link'}


class Tree:
    """What is on the screen, read again at each question."""

    def __init__(self, atspi):
        self.atspi = atspi

    def program(self):
        desk = self.atspi.get_desktop(0)
        for i in range(desk.get_child_count()):
            child = desk.get_child_at_index(i)
            if child and child.get_child_count():
                return child
        return None

    def walk(self, node=None, path=()):
        """(node, role, name, description, path of names) of everything that is shown."""
        node = node or self.program()
        if not node:
            return
        try:
            role, name = node.get_role_name(), node.get_name() or ''
            shown = node.get_state_set().contains(self.atspi.StateType.VISIBLE)
        except Exception:  # it went away meanwhile
            return
        if path and not shown:
            return
        yield node, role, name, node.get_description() or '', path
        for i in range(node.get_child_count()):
            child = node.get_child_at_index(i)
            if child:
                yield from self.walk(child, path + (name,))

    def has(self, node, state):
        return node.get_state_set().contains(state)

    def is_there(self, node):
        box = node.get_extents(self.atspi.CoordType.WINDOW)
        return box.width > 0 and box.height > 0

    def unnamed(self):
        """Controls without a name of their own: GTK gives the name of the widget's type."""
        found = []
        for node, role, name, _, path in self.walk():
            if role not in CONTROLS or name and not name.startswith(('Gtk', 'Adw')):
                continue
            if not self.is_there(node):
                continue
            # The picture inside a button speaks through the button.
            if role == 'image' and not self.has(node, self.atspi.StateType.FOCUSABLE):
                continue
            found.append(f"{role} {name!r} in {' / '.join(p for p in path if p)}")
        return found

    def focused(self):
        for node, role, name, _, path in self.walk():
            if self.has(node, self.atspi.StateType.FOCUSED):
                return role, name, path
        return None


def names(tap, tree, what, known=set()):
    """What was reported once is not reported again."""
    found = [line for line in tree.unnamed() if line not in known]
    tap.ok(not found, f'{what}: every control has a name', '\n'.join(found))
    known.update(found)


def go_to(w, tree, role, name):
    """Tab until the focus is there."""
    for _ in range(60):
        focus = tree.focused()
        if focus and focus[0] in role and name in focus[1]:
            return True
        w.key('Tab')
    return False


def editing_a_weight(tap, w, tree):
    """A weight is found by its name, and one element of it changed, by keys."""
    w.key('Escape', drive.panel_keys('tensor'))
    for _ in range(8):
        focus = tree.focused()
        if focus and 'Inspector' in focus[2]:
            break
        w.key('F6')
    found = go_to(w, tree, ('text', 'entry'), 'What to show')
    w.type('net.0.weight')
    w.key('Return')
    time.sleep(0.6)
    found = go_to(w, tree, ('image',), 'Heat map') and found
    w.key('Right', 'Left', 'Return')
    time.sleep(0.4)
    w.key('ctrl+a')
    w.type('0.625')
    w.key('Return')
    w.shot('access-weight')
    time.sleep(0.4)
    w.key('Escape', 'F6', 'F6')
    w.click(600, 600)
    w.key('Escape', 'End', 'b', 'Return')
    w.type('print((net[0].weight == 0.625).sum().item())')
    w.key('ctrl+Return', 'ctrl+s')
    book = w.folder / 'book.ipynb'
    done = wait_for(lambda: [c for c in (read_json(book) or {}).get('cells', [])
                             if plain(c) == '1\n'])
    tap.ok(found and done, 'a weight is edited', read_json(book))


def twins(tap, w, tree):
    keys = [k for _, _, k in drive.panels()]
    tap.ok(len(set(keys)) == len(keys), 'every panel has keys of its own', keys)
    for name, title, keys in drive.panels():
        w.key('Escape', keys)
        time.sleep(0.8)
        names(tap, tree, f'panel {name}')
        pictures = [n for _, role, n, _, _ in tree.walk() if role == 'image' and n]
        w.key('alt+t')
        time.sleep(0.5)
        twin = [(node, n) for node, role, n, _, _ in tree.walk() if n == f'{title} as a table']
        cells = [n for node, _ in twin for _, role, n, _, _ in tree.walk(node)
                 if role == 'label' and n and not n.startswith('Gtk')]
        w.shot(f'access-{name}-table')
        tap.ok(twin and cells, f'panel {name}: its picture has a table', [pictures, cells])
        w.key('alt+t')


def regions(tap, w, tree):
    """F6 goes round the parts of the window."""
    w.key('Escape')
    seen = set()
    for _ in range(8):
        focus = tree.focused()
        if focus:
            seen.add(next((p for p in reversed(focus[2]) if p in
                           ('Navigator', 'Notebook', 'Inspector')), '?'))
        w.key('F6')
    tap.ok({'Navigator', 'Notebook', 'Inspector'} <= seen, 'F6 goes round the parts', seen)


def tabbing(tap, w, tree):
    """In the inspector Tab comes to every control that can have the focus. No other panel has
    been opened yet: the tree does not tell those of a hidden page apart."""
    for _ in range(8):
        focus = tree.focused()
        if focus and 'Inspector' in focus[2]:
            break
        w.key('F6')
    seen = set()
    for _ in range(60):
        focus = tree.focused()
        if focus and 'Inspector' in focus[2]:
            seen.add(focus[:2])
        w.key('Tab')
    states = tree.atspi.StateType
    wanted = {(role, name) for node, role, name, _, path in tree.walk()
              if 'Inspector' in path and role in CONTROLS - {'list', 'table'} and
              all(tree.has(node, s) for s in (states.FOCUSABLE, states.SENSITIVE)) and
              tree.is_there(node)}
    missing = wanted - seen
    tap.ok(len(wanted) > 8 and not missing, 'Tab comes to every control of the inspector',
           sorted(missing))


def other_windows(tap, w, tree):
    w.key('Escape', 'ctrl+shift+p')
    time.sleep(0.6)
    names(tap, tree, 'search of everything')
    w.key('Escape', 'ctrl+question')
    time.sleep(0.8)
    names(tap, tree, 'list of keys')
    w.key('Escape', 'ctrl+h')
    time.sleep(0.4)
    names(tap, tree, 'find and replace')
    w.key('Escape')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('workbench')
    parser.add_argument('adjoint')
    parser.add_argument('--pictures', default='pictures')
    o = parser.parse_args()
    missing = drive.missing_tools()
    lacking = on_a_bus()
    atspi = None if lacking else bindings()
    if missing or lacking or not atspi:
        print(f"1..0 # SKIP missing: {' '.join(missing) or lacking or 'AT-SPI for Python'}")
        return 0
    tap, tree = drive.Tap(), Tree(atspi)
    with drive.scratch() as folder:
        programs = pathlib.Path(o.workbench).resolve(), pathlib.Path(o.adjoint).resolve()
        w = drive.Workbench(programs, folder, pathlib.Path(o.pictures).resolve())
        w.extra['GTK_A11Y'] = 'atspi'
        try:
            w.start()
            tap.ok(wait_for(tree.program), 'the window is in the tree')
            names(tap, tree, 'first page')
            w.close()
            write_book(w.folder / 'book.ipynb', TRAIN)
            w.start(w.folder / 'book.ipynb')
            w.key('ctrl+Return')
            time.sleep(1.5)
            names(tap, tree, 'notebook')
            regions(tap, w, tree)
            tabbing(tap, w, tree)
            editing_a_weight(tap, w, tree)
            twins(tap, w, tree)
            other_windows(tap, w, tree)
            w.kill()
        finally:
            w.end()
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())
