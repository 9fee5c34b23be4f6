#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Training in several processes: run.py ADJOINT

Each kind of training in train.adj must print, on two, three and four processes that share each
batch, what it prints alone on the whole batch; the collective calls must print calls.out; and
what cannot work must end with a sentence, not with processes that wait for each other. Prints
TAP.
"""
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
KINDS = ('model', 'wrapper', 'branches')
FAILS = '''
import torch.distributed as dist
dist.init_process_group()
net = distributed(nn.Linear(2, 1))
for step in range(5):
    if dist.get_rank() == 1 and step == 3:
        raise RuntimeError("this process has had enough")
    net(torch.randn(4, 2)).sum().backward()
'''
DIFFERS = '''
import torch.distributed as dist
dist.init_process_group()
distributed(nn.Linear(2, 1 + dist.get_rank()))
'''


class Tests:
    def __init__(self, program):
        self.program, self.n, self.bad = program, 0, 0
        # What MPI keeps until the end is not ours to count. Its launcher minds root and few
        # processors.
        sanitizer = os.environ.get('ASAN_OPTIONS', '') + ':detect_leaks=0'
        self.env = dict(os.environ, ASAN_OPTIONS=sanitizer, OMP_NUM_THREADS='1',
                        OMPI_ALLOW_RUN_AS_ROOT='1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM='1',
                        OMPI_MCA_rmaps_base_oversubscribe='1',
                        OMPI_MCA_hwloc_base_binding_policy='none')

    def ok(self, good, name, got=None):
        self.n += 1
        self.bad += not good
        print(f'{"ok" if good else "not ok"} {self.n} - {name}')
        if not good and got is not None:
            for line in (got.stdout + got.stderr).splitlines()[:40]:
                print('# ' + line)

    def run(self, processes, *args, **env):
        launcher = ['mpirun', '-n', str(processes)] if processes > 1 else []
        return subprocess.run(launcher + [self.program, *map(str, args)], capture_output=True,
                              text=True, timeout=120, env={**self.env, **env})

    def trainings(self):
        plain = self.run(1, HERE / 'train.adj', 'plain')
        for kind in KINDS:
            alone = self.run(1, HERE / 'train.adj', kind)
            self.ok(alone.returncode == 0, f'{kind}: one process, no launcher', alone)
            if kind != 'branches':
                self.ok(alone.stdout == plain.stdout, f'{kind}: alone, nothing else', alone)
            for processes in (2, 3, 4):
                together = self.run(processes, HERE / 'train.adj', kind)
                self.ok(together.returncode == 0 and together.stdout == alone.stdout,
                        f'{kind}: {processes} processes train as one', together)

    def refusals(self):
        got = self.run(2, '-c', FAILS)
        self.ok(got.returncode != 0 and 'this process has had enough' in got.stderr,
                'a process that fails ends the others', got)
        got = self.run(2, '-c', DIFFERS)
        said = 'RuntimeError: distributed: the processes have models with different parameters'
        self.ok(got.returncode != 0 and said in got.stderr, 'different models are refused', got)
        got = self.run(1, '-c', 'torch.distributed.init_process_group()',
                       ADJOINT_MPI='/nowhere.so', OMPI_COMM_WORLD_SIZE='2')
        said = 'RuntimeError: several processes need libadjoint-mpi.so'
        self.ok(got.returncode == 1 and got.stderr.startswith(said), 'what is missing is named',
                got)
        got = self.run(1, '-c', 'torch.distributed.get_rank()')
        self.ok('Default process group has not been initialized' in got.stderr,
                'a call before the group is there', got)


def main():
    tests = Tests(sys.argv[1])
    if not shutil.which('mpirun'):
        print('1..0 # SKIP no mpirun')
        return 0
    tests.trainings()
    got = tests.run(3, HERE / 'calls.adj')
    tests.ok(got.stdout == (HERE / 'calls.out').read_text(), 'the collective calls', got)
    tests.refusals()
    print(f'1..{tests.n}')
    return tests.bad > 0


sys.exit(main())
