# SPDX-License-Identifier: Apache-2.0
"""Runs the functions check_* of one file as TAP points: points.py GROUP [NAME ...]

A function's docstring is the point's name. It fails by an exception, and is skipped by Skip.
"""
import importlib
import sys
import time
import traceback

import client


def main():
    group, *wanted = sys.argv[1:]
    module = importlib.import_module(group)
    checks = [f for name, f in vars(module).items()
              if name.startswith('check_') and (not wanted or name[6:] in wanted)]
    failed = 0
    print(f'1..{len(checks)}', flush=True)
    for number, check in enumerate(checks, 1):
        start, name = time.monotonic(), check.__doc__.split('\n')[0].rstrip('.')
        try:
            check()
            print(f'ok {number} - {name}')
        except client.Skip as reason:
            print(f'ok {number} - {name} # SKIP {reason}')
        except Exception:  # a point that fails says why and the next one has its turn
            failed += 1
            print(f'not ok {number} - {name}')
            print('\n'.join('# ' + s for s in traceback.format_exc().splitlines()[-25:]))
        finally:
            client.close_all()
        print(f'# {time.monotonic() - start:.1f} s', flush=True)
    return 1 if failed else 0


sys.exit(main())
