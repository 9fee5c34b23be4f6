# SPDX-License-Identifier: Apache-2.0
"""What goes wrong: floods, forgeries, clients that die, stop reading or come in numbers."""
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time

import zmq
from jupyter_client.session import Session

from client import PROGRAM, WAIT, Client, Kernel, alive, equal, get, until

LINES = 10 ** 6


def raw(kernel, channel, kind=zmq.DEALER, identity=None):
    """A bare socket to one of a kernel's ports."""
    s = zmq.Context.instance().socket(kind)
    s.linger = 0
    if identity:
        s.identity = identity
    info = kernel.manager.get_connection_info()
    s.connect(f'tcp://127.0.0.1:{info[channel + "_port"]}')
    return s


def still_works(kernel):
    equal(kernel.run('20 + 1').of('execute_result')[0]['data']['text/plain'], '21')


def check_flood():
    """A million lines arrive whole and in order."""
    k = Kernel()
    start = time.monotonic()
    a = k.run(f'for i in range({LINES}):\n    print(i)', seconds=300)
    took = time.monotonic() - start
    print(f'# {LINES} lines in {took:.2f} s, {len(a.of("stream"))} messages')
    text = a.text()
    assert text == ''.join(f'{i}\n' for i in range(LINES)), f'{len(text)} characters came'
    a = k.run(f'import sys\nfor i in range({LINES // 10}):\n'
              '    print(i, file=sys.stderr if i % 2 else sys.stdout)', seconds=300)
    for name, first in ('stdout', 0), ('stderr', 1):
        equal(a.text(name).split(), [str(i) for i in range(first, LINES // 10, 2)])
    print(f'# two streams by turns: {len(a.of("stream"))} messages')


def check_stuck_reader():
    """A client that stops reading holds nobody up and costs others nothing."""
    k = Kernel()
    info = json.dumps(k.manager.get_connection_info()['iopub_port'])
    program = ('import sys, time, zmq\ns = zmq.Context().socket(zmq.SUB)\n'
               's.rcvhwm = 1\ns.subscribe(b"")\n'
               f's.connect("tcp://127.0.0.1:{info}")\ns.recv()\nprint("up", flush=True)\n'
               'time.sleep(600)\n')
    stuck = subprocess.Popen([sys.executable, '-c', program], stdout=subprocess.PIPE)
    while not stuck.stdout.peek():
        k.run('1')
    os.kill(stuck.pid, signal.SIGSTOP)
    text = k.run('for i in range(200000):\n    print("a line of some length", i)',
                 seconds=120).text()
    equal(text.count('\n'), 200000)
    still_works(k)
    stuck.kill()
    stuck.wait()
    still_works(k)


def check_flood_interrupted():
    """Output without end is held back, answers meanwhile, and can be interrupted."""
    k = Kernel()
    msg_id = k.start('while True:\n    print("x" * 100000)')
    time.sleep(2)
    equal(k.ask('kernel_info_request', {}, control=True, seconds=60).content['status'], 'ok')
    k.manager.interrupt_kernel()
    equal(k.collect(msg_id, seconds=120).content['ename'], 'KeyboardInterrupt')
    with open(f'/proc/{k.pid()}/status') as f:
        held = [int(line.split()[1]) >> 10 for line in f if line.startswith('VmHWM')][0]
    print(f'# at most {held} MB were held')


def check_forgery():
    """Wrong signatures, none at all, and messages sent twice are dropped with a line."""
    k = Kernel(log=True)
    own = raw(k, 'shell')
    forger = Session(key=b'wrong', signature_scheme='hmac-sha256')
    real = Session(key=k.kc.session.key, signature_scheme='hmac-sha256')
    request = {'code': 'forged = 1', 'silent': False}
    own.send_multipart(forger.serialize(forger.msg('execute_request', request)))
    frames = real.serialize(real.msg('execute_request', request))
    unsigned = list(frames)
    unsigned[1] = b''
    own.send_multipart(unsigned)
    changed = list(frames)
    changed[5] = changed[5].replace(b'forged', b'f0rged')
    own.send_multipart(changed)
    until(lambda: k.log().count('signature is wrong') == 3, 'three lines')
    assert not own.poll(300), 'a forged message was answered'
    equal(k.run('forged').content['ename'], 'NameError')
    once = real.serialize(real.msg('execute_request', {'code': 'count = 1', 'silent': False}))
    for _ in range(3):
        own.send_multipart(once)
    until(lambda: k.log().count('seen before') == 2, 'two lines')
    assert own.poll(WAIT * 1000)
    own.recv_multipart()
    assert not own.poll(300), 'a repeated message was answered'
    still_works(k)


def fuzzed(frames, rng):
    """A message with something wrong about it."""
    frames = list(frames)
    kind = rng.randrange(7)
    if kind == 0:
        del frames[rng.randrange(len(frames))]
    elif kind == 1:
        i = rng.randrange(len(frames))
        data = bytearray(frames[i] or b' ')
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        frames[i] = bytes(data)
    elif kind == 2:
        frames = [rng.randbytes(rng.randrange(60)) for _ in range(rng.randrange(1, 12))]
    elif kind == 3:
        frames = frames[:rng.randrange(len(frames))] or [b'']
    elif kind == 4:
        frames.insert(rng.randrange(len(frames)), rng.randbytes(9))
    elif kind == 5:
        frames = [b'id'] * 40 + frames
    else:
        rng.shuffle(frames)
    return frames


def check_fuzz():
    """Thousands of broken messages on every port leave the kernel as it was."""
    k = Kernel(log=True)
    rng = random.Random(7)
    real = Session(key=k.kc.session.key, signature_scheme='hmac-sha256')
    sockets = [raw(k, c) for c in ('shell', 'control', 'stdin')]
    for i in range(3000):
        frames = real.serialize(real.msg('complete_request', {'code': 'x', 'cursor_pos': 1}))
        sockets[i % 3].send_multipart(fuzzed(frames, rng))
    still_works(k)
    assert k.log().count('dropped') > 1000
    # Signed, but not what a message is made of.
    parts = [b'{}', b'[]', b'null', b'3', b'"x"', b'{"msg_type": 3}', b'\xff\xfe', b'',
             b'{"msg_id": "a", "msg_type": "execute_request"}', b'[' * 100000, b'{"a":' * 9999,
             b'{"code": [1], "cursor_pos": "far", "silent": 5, "user_expressions": [1]}',
             b'{"code": "1", "user_expressions": {"a": 5}}', b'{"cursor_pos": 1e400}',
             b'{"msg_id": "b", "msg_type": "complete_request"}', b'{"data": null}',
             b'{"msg_id": "c", "msg_type": "comm_msg"}',
             b'{"code": "\\ud800", "cursor_pos": -1}',
             b'{"msg_id": "d", "msg_type": "history_request"}', b'{"n": -5, "session": "x"}',
             b'{"msg_id": "e", "msg_type": "comm_open"}', b'{"comm_id": 4, "data": [[]]}',
             b'{"msg_id": "f", "msg_type": "input_reply"}', b'{"n": 99999999999999}',
             b'{"msg_id": "g", "msg_type": "inspect_request"}']
    for i in range(3000):
        four = [rng.choice(parts) for _ in range(4)]
        sockets[i % 3].send_multipart([b'<IDS|MSG>', real.sign(four), *four])
    # The requests above that are whole ran as empty cells; their failures abort no one else's.
    still_works(k)


def check_half_open():
    """Connections that never speak, speak nonsense or break off are no matter."""
    k = Kernel()
    info = k.manager.get_connection_info()
    held = []
    for channel in 'shell', 'control', 'stdin', 'iopub', 'hb':
        for greeting in (b'', b'\xff', b'GET / HTTP/1.1\r\n\r\n',
                         b'\xff' + b'\0' * 8 + b'\x7f\x03', os.urandom(200)):
            s = socket.create_connection(('127.0.0.1', info[f'{channel}_port']))
            if greeting:
                s.sendall(greeting)
            held.append(s)
    still_works(k)
    for s in held[::2]:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')
        s.close()
    still_works(k)
    for s in held[1::2]:
        s.close()


def check_vanished_client():
    """A client that is gone before its reply comes takes nothing with it."""
    k = Kernel()
    other = Client(k.manager)
    other.kc.execute('import time\ntime.sleep(0.3)\nleft = 7\nprint("x" * 100000)')
    other.close()
    until(lambda: k.run('left', store_history=False).content['status'] == 'ok', 'the cell')
    still_works(k)


def check_missed_client():
    """One that has a topic of its own on iopub is missed when it is gone, and its comms end."""
    k = Kernel()
    other = Client(k.manager)
    session = other.kc.session.session
    other.kc.iopub_channel.socket.setsockopt(zmq.SUBSCRIBE, session.encode())
    message = other.kc.session.msg('comm_open', {
        'comm_id': 'watcher', 'target_name': 'adjoint', 'data': {'version': 1}})
    other.kc.shell_channel.send(message)

    def comms():
        return k.collect(k.kc.comm_info()).content['comms']
    until(lambda: 'watcher' in comms(), 'the comm is not open')
    k.run('lasting = 3')
    other.close()
    until(lambda: not comms(), 'the comm of a client that is gone is still open')
    still_works(k)


STARTER = '''
import sys, time
from jupyter_client.manager import start_new_kernel
manager, kc = start_new_kernel(kernel_name='adjoint')
if sys.argv[1]:
    kc.execute(sys.argv[1])
    time.sleep(0.3)
print(manager.provisioner.pid, flush=True)
time.sleep(600)
'''


def check_killed_client():
    """kill -9 of the process that started the kernel ends the kernel, idle or busy."""
    for code in '', 'while True: pass', 'sum(range(10 ** 13))':
        client = subprocess.Popen([sys.executable, '-c', STARTER, code], stdout=subprocess.PIPE,
                                  text=True)
        pid = int(client.stdout.readline())
        start = time.monotonic()
        client.kill()
        client.wait()
        until(lambda: not alive(pid), 'the kernel is still there')
        print(f'# gone after {time.monotonic() - start:.2f} s')


def serve(folder, number):
    """A kernel without a manager: its process and where it listens."""
    path = os.path.join(folder, f'{number}.json')
    process = subprocess.Popen([PROGRAM, 'kernel', '-f', path], stderr=subprocess.DEVNULL)
    until(lambda: os.path.exists(path) and os.path.getsize(path) > 100, 'a connection file')
    with open(path) as f:
        return process, json.load(f)


def ask(session, address, kind, content):
    s = zmq.Context.instance().socket(zmq.DEALER)
    s.linger = 0
    s.connect(address)
    session.send(s, kind, content)
    assert s.poll(WAIT * 1000), kind
    _, reply = session.recv(s, 0)
    s.close()
    return reply['content']


def check_restarts():
    """A hundred kernels started and shut down leave no process behind."""
    pids = []
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(100):
            process, info = serve(folder, number)
            session = Session(key=info['key'].encode(), signature_scheme='hmac-sha256')
            content = {'code': f'x = {number}\nx', 'silent': False}
            reply = ask(session, f'tcp://127.0.0.1:{info["shell_port"]}', 'execute_request',
                        content)
            equal(reply['status'], 'ok')
            bye = ask(session, f'tcp://127.0.0.1:{info["control_port"]}', 'shutdown_request',
                      {'restart': True})
            equal(bye, {'status': 'ok', 'restart': True})
            equal(process.wait(timeout=WAIT), 0)
            pids.append(process.pid)
    print(f'# {(time.monotonic() - start) * 10:.0f} ms each')
    assert not [p for p in pids if alive(p)]


def check_manager_restarts():
    """A manager's restart forgets the names and keeps the connection."""
    k = Kernel()
    for _ in range(3):
        k.run('kept = 1')
        pid = k.pid()
        k.manager.restart_kernel(now=False)
        k.kc.wait_for_ready(timeout=WAIT)
        equal(k.run('kept').content['ename'], 'NameError')
        assert not alive(pid)


def check_many_clients():
    """Eight clients at once, each sending at its own pace, each get their own answers."""
    k = Kernel()
    clients = [Client(k.manager) for _ in range(8)]
    sent = [[(c, n, c.kc.execute(f'"{i} {n}"', allow_stdin=False)) for n in range(25)]
            for i, c in enumerate(clients)]
    for i, of_one in enumerate(sent):
        for c, n, msg_id in of_one:
            m = get(c.kc.shell_channel)
            equal((m['parent_header']['msg_id'], m['content']['status']), (msg_id, 'ok'))
    last = clients[3].run('print("all")')
    equal(last.text(), 'all\n')
    for c in clients:
        c.close()


def check_loopback():
    """An address that others can reach is refused without --anywhere, and needs a key."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'c.json')
        for key, options, said in [('k', [], '--anywhere'), ('', ['--anywhere'], 'no key')]:
            with open(path, 'w') as f:
                json.dump({'ip': '0.0.0.0', 'transport': 'tcp', 'key': key}, f)
            r = subprocess.run([PROGRAM, 'kernel', '-f', path, *options], capture_output=True,
                               text=True, timeout=WAIT, check=False)
            equal((r.returncode, said in r.stderr), (2, True), r.stderr)
        with open(path, 'w') as f:
            json.dump({'ip': '0.0.0.0', 'transport': 'tcp', 'key': 'k'}, f)
        p = subprocess.Popen([PROGRAM, 'kernel', '-f', path, '--anywhere'],
                             stderr=subprocess.PIPE, text=True)
        assert 'listens on 0.0.0.0' in p.stderr.readline()
        p.kill()
        p.wait()


def check_files():
    """A connection file that we make is its owner's alone; a bad one is refused in words."""
    with tempfile.TemporaryDirectory() as folder:
        process, info = serve(folder, 1)
        equal(oct(os.stat(os.path.join(folder, '1.json')).st_mode & 0o777), '0o600')
        assert len(info['key']) == 64 and info['ip'] == '127.0.0.1'
        process.kill()
        process.wait()
        path = os.path.join(folder, 'bad.json')
        for text in '', '[]', '{"shell_port": 99999}', '{"transport": "smoke"}', '{"key": ':
            with open(path, 'w') as f:
                f.write(text)
            r = subprocess.run([PROGRAM, 'kernel', path], capture_output=True, text=True,
                               timeout=WAIT, check=False)
            equal(r.returncode, 2)
            assert r.stderr.startswith('adjoint kernel: '), r.stderr


def check_ipc():
    """The sockets may be files instead of ports."""
    k = Kernel(transport='ipc')
    still_works(k)
