#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sums the TAP points of several meson test runs into one last line.

    tally.py tests=build sanitized=build/asan fuzz='skip:no clang'

Each argument names a run and its build folder (its meson-logs/testlog.json is read), or gives
the reason why the run did not take place, which counts as one skipped point. A program that
died, ran out of time or broke its plan counts as one failed point beside those that it
printed, so that no way of going wrong looks like a shorter success. Exits nonzero when a point
failed or none ran.
"""

import json
import pathlib
import re
import sys

POINT = re.compile(r'^(not )?ok\b(?:\s+\d+)?[^#]*(?:#\s*(SKIP|TODO)\b)?', re.I)
SHOWN = 40  # lines of explanation per failed program


def count(output):
    """Points (passed, failed, skipped) of one program's output, and the lines that explain."""
    passed = failed = skipped = 0
    failing, said = False, []
    for line in output.splitlines():
        point = POINT.match(line)
        if point:
            wrong, directive = point.groups()
            directive = (directive or '').upper()
            failing = bool(wrong) and directive != 'TODO'
            if directive:
                skipped += 1
            elif wrong:
                failed += 1
            else:
                passed += 1
        elif re.match(r'1\.\.0\b', line):
            skipped += 1
        if failing and (point or line.startswith('#')):
            said.append(line)
    return [passed, failed, skipped], said


def judge(test):
    """The same for one entry of the log, its exit status included."""
    points, said = count(test.get('stdout', ''))
    well = test['result'] in ('OK', 'SKIP', 'EXPECTEDFAIL')
    if not well and not points[1]:
        points[1] = 1
        tail = (test.get('stdout', '') + test.get('stderr', '')).splitlines()[-SHOWN:]
        said.append(f"not ok - {test['result']}, exit status {test.get('returncode')}")
        said += ['# ' + line for line in tail]
    if not well or points[1]:
        said += ['# ' + line for line in test.get('stderr', '').splitlines()[-SHOWN:]]
    return points, said


def read_run(label, where):
    """Points of one run; prints what failed in it."""
    if where.startswith('skip:'):
        print(f'{label}: skipped, {where[5:]}')
        return [0, 0, 1]
    log = pathlib.Path(where) / 'meson-logs' / 'testlog.json'
    if not log.exists():
        print(f'{label}: did not run, {log} is missing')
        return [0, 1, 0]
    total = [0, 0, 0]
    for line in log.read_text(errors='replace').splitlines():
        test = json.loads(line)
        points, said = judge(test)
        total = [a + b for a, b in zip(total, points)]
        if points[1]:
            print(f"\n{label}: {test['name']} failed")
            print('\n'.join(said[:SHOWN]))
    print(f'{label}: {total[0]} passed, {total[1]} failed, {total[2]} skipped')
    return total


def main():
    runs = [argument.partition('=')[::2] for argument in sys.argv[1:]]
    totals = [read_run(label, where) for label, where in runs]
    passed, failed, skipped = (sum(column) for column in zip([0, 0, 0], *totals))
    print(f'{passed} passed, {failed} failed, {skipped} skipped')
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main())
