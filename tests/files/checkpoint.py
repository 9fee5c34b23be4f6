#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Files of torch.save and checkpoints of training runs: checkpoint.py ADJOINT

Reads what PyTorch wrote (pytorch/values.pt, with values.txt as PyTorch prints it), refuses a
pickle that names a function, answers damaged files with a sentence, and kills a training run
twice: what the runs print must be, together, what one undisturbed run prints. Where Python has
PyTorch or safetensors, they read our files too. Prints TAP.
"""
import pathlib
import random
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent / 'pytorch'
SHOW = '''
import torch, sys
for k, v in torch.load(sys.argv[1]).items():
    print(k, v)
'''
COPY = '''
import torch, sys
value = torch.load(sys.argv[1])
for path in sys.argv[2:]:
    torch.save(value, path)
    print(str(torch.load(path)) == str(value), torch.load(path)["p"].requires_grad)
'''
TRAIN = '''
import random, sys
import torch, torch.nn as nn
from torch.training import load_checkpoint, save_checkpoint
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(4)
random.seed(4)
net = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Dropout(0.2), nn.Tanh(),
                    nn.Linear(8, 1))
opt = torch.optim.NAdam(net.parameters(), lr=0.01)
schedule = torch.optim.lr_scheduler.OneCycleLR(opt, 0.05, total_steps=60)
x = torch.randn(64, 3)
y = x.sum(1, keepdim=True) ** 2
own = torch.Generator()
own.manual_seed(9)
loader = DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True, generator=own)
parts = dict(model=net, optimizer=opt, scheduler=schedule)
first = 0
try:
    first = load_checkpoint(sys.argv[1], generators={"own": own}, **parts)["step"]
except FileNotFoundError:
    pass
for epoch in range(first, 12):
    for batch, target in loader:
        opt.zero_grad()
        loss = ((net(batch) - target) ** 2).mean() * (1 + 0.1 * random.random())
        loss.backward()
        opt.step()
        schedule.step()
    print(epoch, loss.item(), random.random(), schedule.get_last_lr(), flush=True)
    save_checkpoint(sys.argv[1], step=epoch + 1, generators={"own": own}, **parts)
'''


class Tests:
    folder = None

    def __init__(self, program):
        self.program, self.n, self.bad = program, 0, 0

    def run(self, code, *args):
        return subprocess.run([self.program, self.script(code), *map(str, args)],
                              capture_output=True, text=True, timeout=60)

    def script(self, code):
        path = self.folder / f'script{abs(hash(code))}.adj'
        path.write_text(code)
        return str(path)

    def point(self, ok, name, why=''):
        self.n += 1
        self.bad += not ok
        print(f'{"ok" if ok else "not ok"} {self.n} - {name}')
        if not ok:
            print(''.join(f'# {line}\n' for line in str(why).splitlines()[:12]), end='')


def read_pytorch(t):
    r = t.run(SHOW, HERE / 'values.pt')
    t.point(r.stdout == (HERE / 'values.txt').read_text(), 'reads what PyTorch wrote',
            r.stdout[-600:] + r.stderr)
    r = t.run(SHOW, HERE / 'refused.pt')
    t.point(r.returncode == 1 and 'system, which is not built' in r.stderr,
            'refuses a function by name', r.stdout + r.stderr)
    ours = [t.folder / 'ours.pt', t.folder / 'ours.safetensors']
    r = t.run(COPY, HERE / 'values.pt', *ours)
    t.point(r.stdout == 'True True\n' * 2, 'both forms give the same value again',
            r.stdout + r.stderr)
    try:
        import torch
        same = str(torch.load(ours[0])) == str(torch.load(HERE / 'values.pt'))
        t.point(same, 'PyTorch reads our file')
    except ImportError:
        t.point(True, 'PyTorch reads our file # SKIP no PyTorch')
    try:
        from safetensors.torch import load_file
        t.point('model.0.weight' in load_file(ours[1]), 'safetensors reads our file')
    except ImportError:
        t.point(True, 'safetensors reads our file # SKIP no safetensors')


def damage(t):
    rng = random.Random(1)
    good = {'pt': (HERE / 'values.pt').read_bytes(),
            'safetensors': (t.folder / 'ours.safetensors').read_bytes()}
    for kind, content in good.items():
        wrong = []
        for k in range(60):
            data = bytearray(content)
            if k % 3 == 0:
                data = data[:rng.randrange(len(data))]
            for _ in range(0 if k % 3 == 0 else 1 + k % 5):
                data[rng.randrange(len(data))] = rng.randrange(256)
            path = t.folder / f'damaged.{kind}'
            path.write_bytes(bytes(data))
            r = t.run(SHOW, path)
            if r.returncode not in (0, 1) or (r.returncode and 'Error' not in r.stderr):
                wrong.append(f'{k}: {r.returncode} {r.stderr[-200:]}')
        t.point(not wrong, f'60 damaged files of kind {kind}', '\n'.join(wrong))


def killed(t):
    whole = t.run(TRAIN, t.folder / 'whole.ckpt')
    t.point(whole.returncode == 0 and len(whole.stdout.splitlines()) == 12, 'a training run',
            whole.stdout + whole.stderr)
    path, lines, same = t.folder / 'killed.ckpt', {}, True
    for stop in (3, 4, 99):
        p = subprocess.Popen([t.program, t.script(TRAIN), str(path)], stdout=subprocess.PIPE,
                             text=True)
        for line in p.stdout:
            same = same and lines.setdefault(line.split()[0], line) == line
            stop -= 1
            if stop == 0:
                break
        p.kill()
        p.wait()
        p.stdout.close()
    told = ''.join(lines.values())
    same = same and told == whole.stdout and len(lines) == 12
    t.point(same, 'killed twice, it prints the same digits',
            f'{told}\n{whole.stdout}')


def main():
    t = Tests(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        t.folder = pathlib.Path(folder)
        read_pytorch(t)
        damage(t)
        killed(t)
    print(f'1..{t.n}')
    return t.bad != 0


sys.exit(main())
