#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether a file of docs/ is what its command writes: written.py FILE COMMAND ... TAP.

With --write before FILE the file is made anew instead.
"""

import difflib
import pathlib
import subprocess
import sys


def main():
    write = sys.argv[1] == '--write'
    file, *command = sys.argv[1 + write:]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if done.returncode:
        sys.exit(f'{command} failed:\n{done.stderr}')
    if write:
        pathlib.Path(file).write_text(done.stdout)
        return 0
    have = pathlib.Path(file)
    lines = (have.read_text() if have.exists() else '').splitlines()
    difference = list(difflib.unified_diff(lines, done.stdout.splitlines(), file, 'written now',
                                           lineterm='', n=0))
    print(f"{'not ok' if difference else 'ok'} 1 - {file} is what the program writes")
    for line in difference[:20]:
        print('#', line)
    if difference:
        print('# to write it anew: tests/written.py --write', file, *command)
    print('1..1')
    return 1 if difference else 0


if __name__ == '__main__':
    sys.exit(main())
