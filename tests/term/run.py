#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Drives the demo prompt in a real terminal (tmux) and looks at the screen. TAP.

    run.py PATH-TO-DEMO

Every check waits until the screen shows what is wanted, or fails after some seconds with the
screen in the output: nothing depends on how fast the machine is.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

WAIT = 8.0


class Screen:
    """One demo in one tmux server of its own."""

    def __init__(self, demo, columns=80, lines=24, instead=None, **env):
        self.folder = tempfile.mkdtemp(prefix='adjoint-term-')
        self.name = os.path.basename(self.folder)
        self.demo = demo
        settings = {
            'XDG_STATE_HOME': self.folder,
            'LC_ALL': 'C.UTF-8',
            'COLORTERM': 'truecolor',
            'TERM': 'screen-256color',
            'NO_COLOR': '',
            **env,
        }
        shell = 'env ' + ' '.join(f'{k}={v}' for k, v in settings.items())
        # The shell stays, so that what the demo leaves behind can be looked at.
        command = instead or (
            f'stty -a > {self.folder}/before; {shell} {demo} '
            f'2>{self.folder}/errors; echo left $?; '
            f'stty -a > {self.folder}/after; sleep 600'
        )
        self.tmux(
            '-u',
            '-f',
            '/dev/null',
            'new-session',
            '-d',
            '-x',
            str(columns),
            '-y',
            str(lines),
            command,
        )

    def tmux(self, *arguments):
        return subprocess.run(
            ['tmux', '-L', self.name, *arguments], capture_output=True, text=True, check=False
        ).stdout

    def keys(self, *names):
        self.tmux('send-keys', *names)

    def type(self, text):
        self.tmux('send-keys', '-l', text)

    def paste(self, text):
        subprocess.run(
            ['tmux', '-L', self.name, 'load-buffer', '-'], input=text, text=True, check=False
        )
        self.tmux('paste-buffer', '-p')

    def text(self):
        return '\n'.join(
            line.rstrip() for line in self.tmux('capture-pane', '-p').split('\n')
        ).rstrip()

    def coloured(self):
        return self.tmux('capture-pane', '-e', '-p')

    def all_text(self):
        return self.tmux('capture-pane', '-p', '-S', '-')

    def cursor(self):
        x, y = self.tmux('display', '-p', '#{cursor_x} #{cursor_y}').split()
        return int(x), int(y)

    def resize(self, columns, lines):
        self.tmux('resize-window', '-x', str(columns), '-y', str(lines))

    def until(self, wanted, what=None):
        """Waits until `wanted` holds: a text on the screen, or a function of nothing."""
        end = time.time() + WAIT
        while time.time() < end:
            if wanted() if callable(wanted) else wanted in self.text():
                return True
            time.sleep(0.03)
        return False

    def close(self):
        self.tmux('kill-server')
        shutil.rmtree(self.folder, ignore_errors=True)


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def check(self, held, name, screen=None):
        self.count += 1
        self.failed += not held
        print(f"{'ok' if held else 'not ok'} {self.count} - {name}", flush=True)
        if not held and screen:
            for line in screen.text().split('\n'):
                print('# |' + line)
        return held

    def done(self):
        print(f'1..{self.count}')
        return 1 if self.failed else 0


def sees(tap, screen, wanted, name):
    return tap.check(screen.until(wanted), name, screen)


def typing(tap, demo):
    s = Screen(demo)
    sees(tap, s, '[1] ›', 'the first prompt')
    s.type('x = Linear(1, "a")')
    sees(tap, s, '[1] › x = Linear(1, "a")', 'what is typed is shown')
    tap.check('38;2;31;138;138mLinear' in s.coloured(), 'in colours while it is typed', s)
    s.keys('Enter')
    sees(tap, s, 'ran x = Linear(1, "a")\n[2] ›', 'Enter runs a complete line')
    s.type('def f(x):')
    s.keys('Enter')
    s.type('return x')
    s.keys('Enter')
    s.type('y')
    sees(tap, s, '    ·     return x\n    · y', 'indents after a colon, and back after return')
    s.keys('C-c')
    sees(tap, s, '    · y\n[2] ›', 'C-c drops the cell and keeps the number')
    s.keys('C-y')
    sees(tap, s, lambda: s.text().count('    · y') == 2, 'C-y brings the dropped cell back')
    s.keys('C-c')
    s.type('foo bar baz')
    s.keys('C-w', 'C-w', 'C-y', 'C-a', 'M-d', 'C-e')
    s.type('!')
    sees(tap, s, '[2] ›  bar baz!', 'cutting, and putting back what was cut in a row')
    s.keys('C-_', 'C-_', 'C-_', 'C-_', 'C-_')
    sees(
        tap,
        s,
        lambda: re.search(r'\[2\] › foo bar baz$|\[2\] › foo bar$|\[2\] › foo$', s.text()),
        'C-_ undoes',
    )
    s.keys('C-u', 'C-k')
    s.type('(a, [b])')
    s.keys('C-b')
    sees(
        tap,
        s,
        lambda: re.search(r'4m\[', s.coloured()),
        'the bracket that matches is underlined',
    )
    s.keys('C-e', 'C-u')
    s.type('partial')
    s.keys('Enter')
    sees(
        tap,
        s,
        'no newline here⏎\n[3] ›',
        'an unfinished line of output is kept, the prompt below it',
    )
    s.type('lines')
    s.keys('Enter')
    sees(
        tap,
        s,
        '[3] ‹ one\n      two\n      three\n[4] ›',
        'a result of several lines is indented',
    )
    s.type('wait')
    s.keys('Enter')
    s.until('waiting')
    s.keys('C-c')
    sees(tap, s, 'interrupted\n[5] ›', 'C-c interrupts a running cell')
    s.type('1 + 1')
    s.keys('F1')
    sees(
        tap,
        s,
        lambda: 'search history backwards' in s.text() and '[5] › 1 + 1' in s.text(),
        'F1 lists the keys above the cell being typed',
    )
    s.keys('C-l')
    sees(tap, s, lambda: s.text() == '[5] › 1 + 1', 'C-l clears the screen')
    s.keys('C-u', 'C-d')
    sees(tap, s, 'left 0', 'C-d in an empty cell leaves')
    s.until(
        lambda: os.path.exists(s.folder + '/after') and os.path.getsize(s.folder + '/after') > 0
    )
    modes = [open(f'{s.folder}/{name}').read() for name in ('before', 'after')]
    tap.check(modes[0] == modes[1], 'the terminal has its old mode')
    errors = open(s.folder + '/errors').read()
    tap.check(errors == '', 'nothing on stderr ' + errors[:200].replace('\n', ' '))
    s.close()


def history(tap, demo):
    s = Screen(demo)
    s.until('[1] ›')
    for cell in ('alpha = 1', 'beta = 2', 'alpine = 3', 'Grüße = "ä"'):
        s.type(cell)
        s.keys('Enter')
        s.until('ran ' + cell)
    s.type('al')
    sees(tap, s, '[5] › alpine = 3', 'the newest cell that fits is suggested')
    tap.check('[5] ›' in s.text() and s.cursor()[0] == 8, 'and the cursor stays before it', s)
    s.keys('Right', 'Enter')
    sees(tap, s, 'ran alpine = 3\n[6] ›', 'Right takes the suggestion')
    s.type('al')
    s.keys('Up', 'Up')
    sees(tap, s, '[6] › alpha = 1', 'Up finds older cells that start as typed')
    s.keys('Down')
    sees(tap, s, '[6] › alpine = 3', 'Down comes back')
    s.keys('Down')
    sees(tap, s, lambda: s.cursor()[0] == 8, 'down to what was typed')
    s.keys('C-u', 'C-r')
    s.type('et')
    sees(tap, s, 'search: et', 'C-r asks what to look for')
    sees(tap, s, '[6] › beta = 2', 'and shows the cell while it is typed')
    tap.check('\x1b[7met' in s.coloured(), 'with the match set off', s)
    s.keys('Enter')
    sees(tap, s, 'ran beta = 2\n[7] ›', 'Enter runs what was found')
    s.keys('C-r')
    s.type('al')
    s.until('[7] › alpine')
    s.keys('C-r')
    sees(tap, s, '[7] › alpha = 1', 'C-r again goes further back')
    s.keys('C-s')
    sees(tap, s, '[7] › alpine = 3', 'C-s comes forward')
    s.type('zzz')
    sees(tap, s, 'nothing found', 'what is not there is said')
    s.keys('C-g')
    sees(tap, s, lambda: s.text().endswith('[7] ›'), 'C-g gives the empty cell back')
    s.type('for i in x:')
    s.keys('Enter')
    s.type('print(i)')
    s.keys('Enter', 'Enter')
    sees(tap, s, 'ran for i in x:|    print(i)', 'an empty line ends a block')
    s.keys('Up')
    sees(
        tap,
        s,
        '[8] › for i in x:\n    ·     print(i)',
        'Up brings a cell of two lines back whole',
    )
    s.keys('Up')
    sees(tap, s, '[8] › beta = 2', 'Up again goes on')
    s.keys('Down', 'Enter')
    sees(tap, s, 'ran for i in x:|    print(i)\n[9]', 'Enter runs a recalled cell at once')
    s.keys('C-d')
    s.until('left 0')
    lines = open(s.folder + '/adjoint/history').read().split('\n')
    tap.check(lines[-2] == 'for i in x:\\n    print(i)', 'the file has a cell on a line')
    tap.check(os.stat(s.folder + '/adjoint/history').st_mode & 0o777 == 0o600, 'and is private')
    s.tmux(
        'respawn-pane',
        '-k',
        f'env XDG_STATE_HOME={s.folder} LC_ALL=C.UTF-8 TERM=screen {s.demo}',
    )
    s.until('[1] ›')
    s.keys('Up', 'Up')
    sees(tap, s, '[1] › beta = 2', 'the next run has the history')
    s.close()


def pasting(tap, demo):
    s = Screen(demo)
    s.until('[1] ›')
    script = 'def f(x):\n    if x:\n\treturn 1\n\n    return 2\n\nprint(f(3))\n'
    s.paste(script)
    sees(tap, s, '    · print(f(3))', 'a pasted script is shown whole')
    tap.check('ran' not in s.text(), 'and not run', s)
    sees(
        tap,
        s,
        '[1] › def f(x):\n    ·     if x:\n    ·     return 1\n    ·\n    ·     return 2',
        'its indentation is left alone',
    )
    s.keys('Enter')
    sees(tap, s, 'ran def f(x):|    if x:|', 'Enter runs it')
    s.until('[2] ›')
    tap.check(
        '|\treturn' in s.text().replace('        ', '\t') or '|' in s.text(), 'as one cell', s
    )
    s.keys('Up')
    s.until('[2] › def f(x):')
    s.keys('Enter')
    sees(tap, s, '[3] ›', 'and again from history')
    history = open(s.folder + '/adjoint/history').read()
    tap.check(history == script.strip().replace('\n', '\\n') + '\n', 'the tab is still a tab')
    s.paste('a' * 200)
    sees(
        tap,
        s,
        'a' * 73 + '\n      ' + 'a' * 73 + '\n      ' + 'a' * 54,
        'a long line is folded',
    )
    s.keys('C-a')
    sees(tap, s, lambda: s.cursor()[0] == 6, 'and can be moved in')
    s.keys('C-c')
    s.paste('\n'.join(f'line{i} = {i}' for i in range(60)))
    sees(tap, s, '↑ line36 = 36', 'a cell taller than the screen shows its end')
    s.keys('M-<')
    sees(
        tap,
        s,
        lambda: '[3] › line0 = 0' in s.text() and '↓ line23 = 23' in s.text(),
        'or its start',
    )
    s.keys('M->', 'Enter')
    s.until('[4] ›')
    whole = s.all_text()
    tap.check(
        all(f'line{i} = {i}\n' in whole for i in range(59)), 'and is left on the screen whole'
    )
    s.close()


def resizing(tap, demo):
    s = Screen(demo)
    s.until('[1] ›')
    s.type('first')
    s.keys('Enter')
    s.until('ran first')
    s.type('x = ' + 'b' * 90)
    s.until('      ' + 'b' * 21)
    s.resize(40, 24)
    sees(
        tap, s, '[2] › x = ' + 'b' * 29 + '\n      ' + 'b' * 33, 'a narrower screen folds anew'
    )
    sees(
        tap,
        s,
        lambda: s.all_text().count('[2] ›') == 1
        and s.all_text().startswith('[1] › first\nran first\n'),
        'leaving nothing behind and nothing out',
    )
    s.resize(100, 30)
    sees(tap, s, '[2] › x = ' + 'b' * 89 + '\n      b', 'so does a wider one')
    tap.check(
        s.all_text().count('[2] ›') == 1
        and s.all_text().startswith('[1] › first\nran first\n'),
        'in its place',
        s,
    )
    s.keys('C-u')
    s.type('ok')
    sees(tap, s, lambda: s.text().endswith('ran first\n[2] › ok'), 'and typing goes on')
    s.resize(12, 5)
    s.type(' + 12345678901234')
    s.until('234')
    s.resize(80, 24)
    s.keys('Enter')
    sees(tap, s, 'ran ok + 12345678901234', 'a tiny screen is survived')
    s.close()


def completing(tap, demo):
    s = Screen(demo)
    s.until('[1] ›')
    s.type('x = La')
    s.keys('Tab')
    sees(tap, s, '[1] › x = LayerNorm', 'Tab puts in the only match')
    s.keys('C-w')
    s.type('L')
    s.keys('Tab')
    sees(
        tap,
        s,
        '       LeakyReLU'[1:] + '  (negative_slope=0.01)',
        'several are listed with their signatures',
    )
    s.keys('Tab', 'Tab')
    sees(
        tap,
        s,
        lambda: 'x = LeakyReLU' in s.text() and '2/4  max(x, slope * x)' in s.text(),
        'Tab goes through them and shows what each is',
    )
    s.keys('Up')
    sees(tap, s, '[1] › x = Linear\n', 'so do the arrows')
    s.keys('Escape')
    sees(tap, s, lambda: s.text().endswith('[1] › x = L'), 'Esc gives back what was typed')
    s.keys('Tab')
    s.until('LeakyReLU')
    s.type('i')
    sees(
        tap,
        s,
        lambda: 'linspace' in s.text() and 'LeakyReLU' not in s.text(),
        'typing on narrows',
    )
    s.keys('Tab')
    s.type('(')
    sees(
        tap,
        s,
        '[1] › x = Linear(\n      Linear(in_features, out_features, bias=True)',
        'the signature stands below an open call',
    )
    tap.check(
        re.search(r'1m(\x1b\[[0-9;]*m)?in_features', s.coloured()) is not None,
        'with the parameter to come in bold',
        s,
    )
    s.type('1)')
    sees(tap, s, lambda: s.text().endswith('[1] › x = Linear(1)'), 'and goes with the call')
    s.keys('M-h')
    sees(tap, s, 'help at 13 of 13\n      bold text', 'M-h shows help below')
    s.keys('C-c')
    s.keys('Tab')
    s.type('if')
    sees(tap, s, '[1] ›     if', 'Tab at the start of a line indents')
    s.keys('BTab')
    sees(tap, s, '[1] › if', 'S-Tab takes it back')
    s.close()


def wide(tap, demo):
    s = Screen(demo)
    s.until('[1] ›')
    s.type('漢字 = "e\u0301 ñ"')
    sees(tap, s, '[1] › 漢字 = "e\u0301 ñ"', 'wide and combining characters are shown')
    tap.check(s.cursor()[0] == 6 + 4 + 3 + 5, 'the cursor stands where it should', s)
    s.keys('C-b', 'C-b', 'C-b', 'C-b', 'BSpace')
    s.keys('Delete')
    sees(tap, s, '[1] › 漢字 =  ñ"', 'one key deletes a letter with its accent')
    s.keys('C-a', 'Delete')
    sees(tap, s, '[1] › 字 =  ñ"', 'and a wide character')
    s.keys('C-u', 'C-k')
    s.type('あ' * 40)
    sees(
        tap,
        s,
        '[1] › ' + 'あ' * 36 + '\n      ' + 'あ' * 4,
        'a wide character is never cut in two',
    )
    s.keys('C-c')
    s.type('gr')
    s.keys('Tab')
    sees(tap, s, '[1] › größe', 'names beyond ASCII are completed')
    s.keys('Enter')
    sees(tap, s, 'ran größe', 'and run')
    s.close()


def bars(tap, demo):
    s = Screen(demo)
    s.until('[1] ›')
    s.type('bars')
    s.keys('Enter')
    sees(
        tap,
        s,
        lambda: re.search(r'epoch +0% +0/3.*\nstep.*━.*loss', s.text())
        or re.search(r'epoch .*━.*\nstep.*━.*loss', s.text()),
        'two bars, one below the other',
    )
    sees(tap, s, '[2] ›', 'the prompt comes back')
    lines = s.text().split('\n')
    tap.check(
        lines[1:4] == ['half of an epoch and the rest of the line'] * 3,
        'text written meanwhile is whole, though it came in two pieces',
        s,
    )
    tap.check(
        re.match(r'epoch +━{20,} +100% +3/3 ', lines[4]) is not None, 'the outer bar stays', s
    )
    tap.check(lines[5:] == ['[2] ›'], 'and nothing else does', s)
    s.close()


def elsewhere(tap, demo):
    s = Screen(demo, EDITOR="'sed -i s/one/two/'")
    s.until('[1] ›')
    s.type('ticks')
    s.keys('Enter')
    s.until('[2] ›')
    s.type('one = (1')
    sees(
        tap,
        s,
        '[1] › ticks\ntick\ntick\ntick\n[2] › one = (1',
        'what is written while a cell is typed stands above it',
    )
    s.keys('C-x', 'C-e')
    sees(tap, s, '[2] › two = (1', 'C-x C-e edits the cell in another program')
    s.keys('C-_')
    sees(tap, s, '[2] › one = (1', 'and that can be undone')
    s.close()


def stopping(tap, demo):
    s = Screen(demo, instead='env ENV= PS1=shell: sh -i')
    s.until('shell:')
    s.type(f'XDG_STATE_HOME={s.folder} LC_ALL=C.UTF-8 TERM=screen {demo}')
    s.keys('Enter')
    s.until('[1] ›')
    s.type('abc')
    s.keys('C-z')
    sees(tap, s, lambda: s.text().endswith('shell:'), 'C-z leads back to the shell')
    s.type('echo $((6 * 7))')
    s.keys('Enter')
    sees(tap, s, '\n42\n', 'which has its terminal as it was')
    s.type('fg')
    s.keys('Enter')
    sees(tap, s, lambda: s.text().endswith('[1] › abc'), 'and fg to the cell')
    s.type('d')
    s.keys('Enter')
    sees(tap, s, 'ran abcd', 'which goes on')
    s.close()


def modes(tap, demo):
    s = Screen(demo, NO_COLOR='1')
    s.until('[1] ›')
    s.type('for x in y')
    s.until('for x in y')
    text = s.coloured()
    tap.check('38;' not in text and '\x1b[1mfor' in text, 'NO_COLOR: weight, no colour', s)
    s.type('crash')
    s.keys('C-u')
    s.type('crash')
    s.keys('Enter')
    s.until('left')
    s.until(
        lambda: os.path.exists(s.folder + '/after') and os.path.getsize(s.folder + '/after') > 0
    )
    modes = [open(f'{s.folder}/{name}').read() for name in ('before', 'after')]
    tap.check(modes[0] == modes[1], 'the terminal survives a crash')
    s.close()
    s = Screen(demo, LC_ALL='C')
    s.type('a')
    sees(tap, s, '[1] > a', 'ASCII marks where the locale is not UTF-8')
    pid = s.tmux('list-panes', '-F', '#{pane_pid}').strip()
    child = subprocess.run(
        ['pgrep', '-P', pid], capture_output=True, text=True, check=False
    ).stdout.split()
    for one in child:
        subprocess.run(['kill', '-TERM', one], check=False)
    s.until(
        lambda: os.path.exists(s.folder + '/after') and os.path.getsize(s.folder + '/after') > 0
    )
    modes = [open(f'{s.folder}/{name}').read() for name in ('before', 'after')]
    tap.check(child and modes[0] == modes[1], 'and SIGTERM while editing')
    s.close()
    s = Screen(demo, TERM='dumb')
    sees(tap, s, '[1] >', 'a dumb terminal gets a plain prompt')
    s.type('def f():')
    s.keys('Enter')
    sees(tap, s, '\n    .', 'with continuation lines')
    s.type('    pass')
    s.keys('Enter', 'Enter')
    sees(tap, s, 'ran def f():|    pass\n[2] >', 'and runs cells')
    tap.check(
        '\x1b' not in s.coloured().replace('\x1b[39m\x1b[49m', ''), 'without escape codes', s
    )
    s.close()


def pipes(tap, demo):
    def run(text):
        env = {**os.environ, 'TERM': 'xterm', 'LC_ALL': 'C.UTF-8'}
        return subprocess.run(
            [demo], input=text, capture_output=True, text=True, env=env, check=False
        )

    out = run(
        'a = 1\ndef f(x):\n    y = x\n\n    return y\nelse_ = 2\n'
        'if a:\n    b\nelse:\n    c\n(1,\n 2)\n'
    )
    tap.check(
        out.stdout == 'ran a = 1\nran def f(x):|    y = x||    return y\nran else_ = 2\n'
        'ran if a:|    b|else:|    c\nran (1,| 2)\n',
        'a pipe is read statement by statement',
    )
    tap.check(out.returncode == 0 and out.stderr == '', 'without complaint')
    tap.check(
        run('bars\n').stdout.count('\n') == 3 and '\x1b' not in run('bars\n').stdout,
        'and sees no bars',
    )
    tap.check(run('').stdout == '', 'an empty pipe is nothing')
    tap.check(run('(1, 2').stdout == 'ran (1, 2\n', 'the end of a pipe ends the last cell')


def main():
    demo = os.path.abspath(sys.argv[1])
    tap = Tap()
    pipes(tap, demo)
    if not shutil.which('tmux'):
        tap.count += 1
        print(f'ok {tap.count} - # SKIP no tmux')
        return tap.done()
    for part in (
        typing,
        history,
        pasting,
        resizing,
        completing,
        wide,
        bars,
        elsewhere,
        stopping,
        modes,
    ):
        print('# ' + part.__name__)
        part(tap, demo)
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())
