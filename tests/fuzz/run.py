#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs one fuzzer for a while and prints one TAP point: run.py PROGRAM SECONDS [SEEDS ...]

SEEDS are files, or folders that are searched for programs, from which the fuzzer starts; the
words of programs are its dictionary. It works in a folder of its own, so that nothing it finds
a way to write stays. A finding is saved as crash-* in the current folder and shown in
hexadecimal, which is enough to repeat it.
"""
import collections
import pathlib
import re
import subprocess
import sys
import tempfile

SEED_BYTES = 8192  # longer seeds slow a short run more than they teach it
WORD = re.compile(rb'[A-Za-z_]\w+|[^\w\s"\\]{1,3}')
IN_SEEDS, WORDS = 3, 2000  # a word of the dictionary stands in that many seeds; the commonest


def texts(source):
    """The seeds in a file or a folder; of golden cases, each expression is one."""
    if not source.is_dir():
        yield source.read_bytes()
        return
    for path in sorted(source.rglob('*')):
        if path.suffix in ('.adj', '.py'):
            yield path.read_bytes()
        elif path.suffix == '.cases':
            lines = path.read_bytes().splitlines()
            yield from sorted({line.rpartition(b'\t')[2] for line in lines})


def quoted(word):
    """As libFuzzer reads dictionaries: printable ASCII, everything else as hexadecimal."""
    return b''.join(bytes([c]) if 32 <= c < 127 and c not in b'"\\' else b'\\x%02X' % c
                    for c in word)


def dictionary(seeds):
    count = collections.Counter(word for seed in seeds for word in set(WORD.findall(seed)))
    return b''.join(b'"%s"\n' % quoted(word) for word, n in count.most_common(WORDS)
                    if n >= IN_SEEDS)


def gather(sources, place):
    """Writes the seeds under numbers, and their words. The arguments that name both."""
    seeds = [text for source in sources for text in texts(pathlib.Path(source))
             if len(text) <= SEED_BYTES]
    corpus = place / 'corpus'
    corpus.mkdir()
    for number, text in enumerate(seeds):
        (corpus / f'{number:05}').write_bytes(text)
    if not any(pathlib.Path(source).is_dir() for source in sources):
        return len(seeds), [corpus]
    (place / 'words').write_bytes(dictionary(seeds))
    return len(seeds), [corpus, f'-dict={place}/words']


def main():
    program, seconds, *sources = sys.argv[1:]
    name = pathlib.Path(program).name
    with tempfile.TemporaryDirectory() as place:
        seeds, starts = gather(sources, pathlib.Path(place))
        run = subprocess.run(
            [pathlib.Path(program).resolve(), *starts, f'-max_total_time={seconds}',
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
