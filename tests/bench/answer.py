# SPDX-License-Identifier: Apache-2.0
"""How long a session that trains takes to answer: a peek with statistics, window and histogram,
over the comm of docs/protocol.md; and an interrupt, until the cell's error is there.

usage: ADJOINT_PROGRAM=build/adjoint python tests/bench/answer.py   (needs jupyter_client)
Prints median and worst in milliseconds, and beside the peeks how long an empty request takes.
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time

PROGRAM = os.path.abspath(os.environ['ADJOINT_PROGRAM'])
FOLDER = tempfile.TemporaryDirectory()  # where this kernel is installed, and its history
os.environ['HOME'] = FOLDER.name
subprocess.run([PROGRAM, 'kernel', 'install', '--user'], check=True, stdout=subprocess.DEVNULL)
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'kernel'))
from client import Kernel, close_all  # noqa: E402

TRAINING = '''
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
optimizer = optim.Adam(net.parameters())
x, y = torch.randn(64, 784), torch.randint(0, 10, (64,))
def train():
    while True:
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
'''


def send(k, kind, content, channel):
    m = k.kc.session.msg(kind, content)
    channel.send(m)
    return m['header']['msg_id']


def answer(k, data):
    """Milliseconds until the reply over the comm is here."""
    start = time.perf_counter()
    send(k, 'comm_msg', {'comm_id': 'c1', 'data': data}, k.kc.control_channel)
    while True:
        m = k.kc.iopub_channel.get_msg(timeout=20)
        if m['msg_type'] == 'comm_msg' and m['content']['data'].get('id') == data['id']:
            return (time.perf_counter() - start) * 1e3, m['content']['data']


def main():
    k = Kernel()
    k.run(TRAINING)
    send(k, 'comm_open', {'comm_id': 'c1', 'target_name': 'adjoint', 'data': {'version': 1}},
         k.kc.shell_channel)
    k.start('train()')
    peeks, empty = [], []
    for i in range(60):
        ms, reply = answer(k, {'request': 'peek', 'id': i, 'name': 'net.0.weight',
                               'statistics': True, 'histogram': 'log',
                               'window': {'rows': 8, 'columns': 8}})
        assert reply['statistics']['count'] == 784 * 256, reply
        peeks.append(ms)
        empty.append(answer(k, {'request': 'resources', 'id': 1000 + i})[0])
        time.sleep(0.01)
    for name, times in (('peek', peeks), ('resources', empty)):
        middle = statistics.median(times)
        print(f'{name:<10} median {middle:6.1f} ms   worst {max(times):6.1f} ms')
    times = []
    for _ in range(10):
        start = time.perf_counter()
        send(k, 'interrupt_request', {}, k.kc.control_channel)
        while True:
            m = k.kc.iopub_channel.get_msg(timeout=20)
            if m['msg_type'] == 'error':
                break
        times.append((time.perf_counter() - start) * 1e3)
        time.sleep(0.3)  # cells sent before the failed one has ended are dropped with it
        k.start('train()')
        time.sleep(0.1)
    print(f'interrupt  median {statistics.median(times):6.1f} ms   worst {max(times):6.1f} ms')
    close_all()


main()
