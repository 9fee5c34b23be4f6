#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""torchvision.datasets.MNIST reads the files that $ADJOINT_DATA names. TAP.

usage: mnist.py ADJOINT
"""
import gzip
import os
import struct
import subprocess
import sys
import tempfile

PROGRAM = os.path.abspath(sys.argv[1])
SCRIPT = '''
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
steps = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
for train in (True, False):
    data = datasets.MNIST('data', train=train, download=True, transform=steps)
    print(len(data), data.data.shape, data.data.dtype, data.targets.tolist(), data.train)
    image, label = data[1]
    print(image.shape, image.dtype, label, image[0, 0, 0].item(), image[0, 27, 27].item())
    for x, y in DataLoader(data, batch_size=2):
        print(x.shape, y)
print(datasets.MNIST('data'))
fake = datasets.FakeData(4, (1, 5, 5), 3, transform=transforms.ToTensor())
print(len(fake), fake[2][0].shape, fake[2][1] in range(3),
      bool((fake[1][0] == fake[1][0]).all()))
'''
WANTED = '''3 torch.Size([3, 28, 28]) torch.uint8 [0, 1, 2] True
torch.Size([1, 28, 28]) torch.float32 1 -1.0 1.0
torch.Size([2, 1, 28, 28]) tensor([0, 1])
torch.Size([1, 1, 28, 28]) tensor([2])
2 torch.Size([2, 28, 28]) torch.uint8 [0, 1] False
torch.Size([1, 28, 28]) torch.float32 1 -1.0 1.0
torch.Size([2, 1, 28, 28]) tensor([0, 1])
Dataset MNIST
    Number of datapoints: 3
    Root location: data
    Split: Train
4 torch.Size([1, 5, 5]) True True
'''


def write(folder, part, n, pack):
    image = bytes([0] * 783 + [255])
    with pack(f'{folder}/mnist/{part}-images-idx3-ubyte' + ('.gz' if pack is gzip.open else ''),
              'wb') as f:
        f.write(struct.pack('>4B3I', 0, 0, 8, 3, n, 28, 28) + image * n)
    with pack(f'{folder}/mnist/{part}-labels-idx1-ubyte' + ('.gz' if pack is gzip.open else ''),
              'wb') as f:
        f.write(struct.pack('>4B1I', 0, 0, 8, 1, n) + bytes(range(n)))


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(folder + '/mnist')
        write(folder, 'train', 3, open)
        write(folder, 't10k', 2, gzip.open)
        with open(folder + '/m.py', 'w') as f:
            f.write(SCRIPT)
        r = subprocess.run([PROGRAM, folder + '/m.py'], capture_output=True, text=True,
                           env=os.environ | {'ADJOINT_DATA': folder})
        none = subprocess.run([PROGRAM, folder + '/m.py'], capture_output=True, text=True,
                              env={k: v for k, v in os.environ.items() if k != 'ADJOINT_DATA'})
    good = [r.returncode == 0 and r.stdout == WANTED,
            none.returncode == 1 and 'ADJOINT_DATA' in none.stderr]
    print('1..2')
    for i, (right, name) in enumerate(zip(good, ('the files are read', 'without, it says so'))):
        print(f"{'ok' if right else 'not ok'} {i + 1} - {name}")
    if not all(good):
        said = r.stdout + r.stderr + none.stderr
        print('\n'.join('# ' + line for line in said.splitlines()))
    return not all(good)


sys.exit(main())
