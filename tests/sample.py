#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs one sample and prints TAP: sample.py [OPTION ...] COMMAND ...

The command must end well and say nothing on its error stream. --within limits its wall time in
seconds; --least wants the last number that the regular expression's group finds in the output
to be at least NUMBER. --data FOLDER leaves the command its $ADJOINT_DATA and skips when that
has no such folder; otherwise the command runs without, on data it makes.
"""

import argparse
import os
import re
import subprocess
import sys
import time


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument('--within', type=float, default=60)
    parser.add_argument('--least', action='append', default=[], metavar='REGEX=NUMBER')
    parser.add_argument('--data')
    parser.add_argument('command', nargs=argparse.REMAINDER)
    return parser.parse_args()


def run(command, data):
    """Exit status, output, errors and seconds of a command."""
    env = {k: v for k, v in os.environ.items() if data or k != 'ADJOINT_DATA'}
    start = time.monotonic()
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=300, env=env)
    except subprocess.TimeoutExpired as late:
        return 'none, stopped', str(late.stdout or ''), str(late.stderr or ''), 300.0
    return done.returncode, done.stdout, done.stderr, time.monotonic() - start


def points(options):
    """Yields (held, name, explanation)."""
    status, output, errors, seconds = run(options.command, options.data)
    tail = '\n'.join((output + errors).splitlines()[-30:])
    yield status == 0, 'runs to its end', f'exit status {status}\n{tail}'
    yield not errors, 'says nothing on the error stream', errors
    yield seconds <= options.within, f'within {options.within:g} s', f'took {seconds:.2f} s'
    for wanted in options.least:
        pattern, _, least = wanted.rpartition('=')
        found = re.findall(pattern, output)
        yield (bool(found) and float(found[-1]) >= float(least), f'{pattern} at least {least}',
               f'found {found[-1:] or "nothing"}\n{tail}')


def main():
    options = arguments()
    if options.data and not os.path.isdir(os.path.join(os.environ.get('ADJOINT_DATA', ''),
                                                       options.data)):
        print(f'1..0 # SKIP no {options.data} in $ADJOINT_DATA')
        return 0
    failed = count = 0
    for count, (held, name, why) in enumerate(points(options), 1):
        print(f"{'ok' if held else 'not ok'} {count} - {name.replace('#', '')}")
        if not held:
            failed += 1
            print('\n'.join('# ' + line for line in why.splitlines()))
    print(f'1..{count}')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
