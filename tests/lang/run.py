#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs every script below this folder and prints TAP, one point per script.

    run.py PROGRAM [PATTERN ...]     run PROGRAM on the scripts whose path contains a pattern
    run.py --bless [PATTERN ...]     write what CPython prints to the .out files

A script is right when PROGRAM prints exactly what CPython 3.11 prints for it. Where the Python
that runs this is a 3.11, it is the judge, live; elsewhere the .out file beside the script
stands in, and under 3.11 the two must agree, so no file goes stale. A script with
`# adjoint-only` in its first lines uses what Python does not have (the pipe); its lines
`# expect: text` are the expected output. `# needs: name` marks a script that uses a module;
where the judge lacks it, the .out file stands in.

The judge runs all scripts in one process, each in a fresh namespace.
"""
import contextlib
import io
import json
import os
import pathlib
import subprocess
import sys
import traceback

HERE = pathlib.Path(__file__).resolve().parent
JUDGE = (3, 11)
TIMEOUT_S = 20
LEAK = 99  # the status of a program that was asked and found tensors alive at its end


def head(script):
    return script.read_text(encoding='utf-8').split('\n', 3)[:3]


def own_expectation(script):
    """What an adjoint-only script says it prints, or None for the others."""
    if '# adjoint-only' not in head(script):
        return None
    lines = script.read_text(encoding='utf-8').splitlines()
    marks = [line.split('# expect:', 1)[1] for line in lines if '# expect:' in line]
    return ''.join(mark.removeprefix(' ') + '\n' for mark in marks)


def needs(script):
    marks = [line for line in head(script) if line.startswith('# needs:')]
    return [mark.split(':', 1)[1].strip() for mark in marks]


def judge_one(path):
    """The output of one script under this Python, up to an exception that escapes it."""
    out = io.StringIO()
    namespace = {'__name__': '__main__', '__builtins__': __builtins__}
    with contextlib.redirect_stdout(out):
        try:
            source = pathlib.Path(path).read_text(encoding='utf-8')
            exec(compile(source, path, 'exec'), namespace)
        except SystemExit:
            pass
        except BaseException:
            traceback.print_exc()
    return out.getvalue()


def judge(scripts):
    """The outputs of all [scripts], made by a child so that they cannot disturb this one."""
    child = subprocess.run([sys.executable, '-I', '-B', '-W', 'ignore', __file__, '--judge'],
                           input=json.dumps([str(s) for s in scripts]), text=True,
                           encoding='utf-8', stdout=subprocess.PIPE, check=True)
    return json.loads(child.stdout)


def run_program(program, script):
    try:
        done = subprocess.run([program, str(script)], capture_output=True, timeout=TIMEOUT_S,
                              stdin=subprocess.DEVNULL,
                              env=os.environ | {'ADJOINT_CHECK_LEAKS': '1'})
    except subprocess.TimeoutExpired:
        return None, 'no end after %d s' % TIMEOUT_S
    text = done.stdout.decode('utf-8', 'replace')
    if done.returncode < 0:
        return None, 'ended by signal %d\n%s' % (-done.returncode, text)
    if done.returncode == LEAK:
        return None, done.stderr.decode('utf-8', 'replace')
    return text, done.stderr.decode('utf-8', 'replace')


def first_difference(got, want):
    got, want = got.splitlines(), want.splitlines()
    for number, (g, w) in enumerate(zip(got, want), 1):
        if g != w:
            return 'line %d\n  got:  %s\n  want: %s' % (number, g, w)
    return '%d lines, want %d; the first %d agree' % (len(got), len(want),
                                                     min(len(got), len(want)))


def point(number, name, trouble):
    print('%s %d - %s' % ('not ok' if trouble else 'ok', number, name))
    for line in trouble.splitlines():
        print('# ' + line)


def check(program, script, want):
    """The trouble with one script, '' for none."""
    got, note = run_program(program, script)
    if got is None:
        return note
    if got == want:
        return ''
    return first_difference(got, want) + ('\n' + note[-1500:] if note.strip() else '')


def expectation(script, live):
    """(what must be printed, trouble with that expectation itself)"""
    own = own_expectation(script)
    if own is not None:
        return own, '' if own else 'an adjoint-only script without `# expect:` lines'
    stored = script.with_suffix('.out')
    text = stored.read_text(encoding='utf-8') if stored.exists() else None
    if live is not None and text != live:
        return live, 'the .out file is not what CPython prints; run with --bless'
    if text is None:
        return '', 'no .out file'
    return text, ''


def importable(name):
    try:
        __import__(name)
    except ImportError:
        return False
    return True


def main(arguments):
    if arguments[:1] == ['--judge']:
        print(json.dumps([judge_one(path) for path in json.load(sys.stdin)]))
        return 0
    bless = arguments[:1] == ['--bless']
    program, patterns = (None if bless else arguments[0]), arguments[1:]
    scripts = sorted(HERE.glob('*/*.adj'))
    if patterns:
        scripts = [s for s in scripts if any(p in str(s.relative_to(HERE)) for p in patterns)]
    judged = [s for s in scripts
              if own_expectation(s) is None and all(map(importable, needs(s)))]
    may_judge = sys.version_info[:2] == JUDGE
    if bless and not may_judge:
        sys.exit('only CPython %d.%d can bless' % JUDGE)
    live = dict(zip(judged, judge(judged))) if may_judge else {}
    if bless:
        for script, text in live.items():
            script.with_suffix('.out').write_text(text, encoding='utf-8')
        return 0
    print('1..%d' % len(scripts))
    failed = 0
    for number, script in enumerate(scripts, 1):
        want, trouble = expectation(script, live.get(script))
        trouble = trouble or check(program, script, want)
        failed += bool(trouble)
        point(number, str(script.relative_to(HERE)), trouble)
    return 1 if failed else 0


if __name__ == '__main__':
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
