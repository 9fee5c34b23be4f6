#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs one fuzzer for a while and prints one TAP point: run.py PROGRAM SECONDS [SEEDS ...]

SEEDS are files, or folders that are searched, from which the fuzzer starts. It works in a
folder of its own, so that nothing it finds a way to write stays. A finding is saved as crash-*
in the current folder and shown in hexadecimal, which is enough to repeat it.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

SEED_BYTES = 8192  # longer seeds slow a short run more than they teach it


def gather(sources, folder):
    """Copies the seeds into [folder] under numbers."""
    found = [path for source in map(pathlib.Path, sources)
             for path in (sorted(source.rglob('*')) if source.is_dir() else [source])]
    small = [path for path in found if path.is_file() and path.stat().st_size <= SEED_BYTES]
    for number, path in enumerate(small):
        shutil.copyfile(path, folder / f'{number:05}')
    return len(small)


def main():
    program, seconds, *sources = sys.argv[1:]
    name = pathlib.Path(program).name
    with tempfile.TemporaryDirectory() as place:
        corpus = pathlib.Path(place) / 'corpus'
        corpus.mkdir()
        seeds = gather(sources, corpus)
        run = subprocess.run(
            [pathlib.Path(program).resolve(), corpus, f'-max_total_time={seconds}',
             '-timeout=10', '-rss_limit_mb=3000', '-max_len=4096', '-print_final_stats=1',
             f'-artifact_prefix={pathlib.Path.cwd()}/crash-{name}-'],
            cwd=place, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            errors='replace')
    lines = (run.stdout + run.stderr).splitlines()
    runs = [line.split()[-1] for line in lines if 'number_of_executed_units' in line]
    print('1..1')
    told = f'{name}: {runs[0] if runs else "?"} runs from {seeds} seeds'
    print(f"{'not ok' if run.returncode or not runs else 'ok'} 1 - {told}")
    if run.returncode or not runs:
        print('\n'.join('# ' + line for line in lines[-60:]))
    return 1 if run.returncode or not runs else 0


if __name__ == '__main__':
    sys.exit(main())
