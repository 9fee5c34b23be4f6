# SPDX-License-Identifier: Apache-2.0
"""A kernel and clients of it, for the checks."""
import contextlib
import os
import queue
import time

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

WAIT = 20.0  # until something is given up; no check depends on how fast the machine is
PROGRAM = os.environ['ADJOINT_PROGRAM']
open_kernels = []


class Skip(Exception):
    """What a point needs is not here."""


class Answer:
    """What came of one request: its reply and what iopub carried with its header."""

    def __init__(self, content, messages):
        self.content = content
        self.messages = messages

    def of(self, kind):
        return [m['content'] for m in self.messages if m['msg_type'] == kind]

    def text(self, name='stdout'):
        return ''.join(c['text'] for c in self.of('stream') if c['name'] == name)

    def states(self):
        return [c['execution_state'] for c in self.of('status')]


def get(channel, seconds=WAIT):
    return channel.get_msg(timeout=seconds)


class Client:
    """One client of a kernel, known to it by a session of its own."""

    def __init__(self, manager):
        self.kc = BlockingKernelClient(connection_file=manager.connection_file)
        self.kc.load_connection_file()
        self.kc.start_channels()
        self.kc.wait_for_ready(timeout=WAIT)

    def collect(self, msg_id, channel=None, seconds=WAIT):
        """The reply to a request and its messages on iopub up to its idle."""
        reply, messages, idle = None, [], False
        end = time.monotonic() + seconds
        channel = channel or self.kc.shell_channel
        while reply is None or not idle:
            if time.monotonic() > end:
                raise TimeoutError(f'reply {reply is not None}, idle {idle}, '
                                   f'{[m["msg_type"] for m in messages][:20]}')
            with contextlib.suppress(queue.Empty):
                m = channel.get_msg(timeout=0 if not idle else 0.2)
                if m['parent_header'].get('msg_id') == msg_id:
                    reply = m
            with contextlib.suppress(queue.Empty):
                m = self.kc.iopub_channel.get_msg(timeout=0.02 if not idle else 0)
                if m['parent_header'].get('msg_id') == msg_id:
                    messages.append(m)
                    idle = m['msg_type'] == 'status' and \
                        m['content']['execution_state'] == 'idle'
        return Answer(reply['content'], messages)

    def run(self, code, seconds=WAIT, **options):
        options.setdefault('allow_stdin', False)
        return self.collect(self.kc.execute(code, **options), seconds=seconds)

    def start(self, code, **options):
        """Sends a cell and waits until it runs."""
        options.setdefault('allow_stdin', False)
        msg_id = self.kc.execute(code, **options)
        while True:
            m = self.kc.iopub_channel.get_msg(timeout=WAIT)
            if m['parent_header'].get('msg_id') == msg_id and m['msg_type'] == 'execute_input':
                return msg_id

    def ask(self, kind, content, control=False, seconds=WAIT):
        channel = self.kc.control_channel if control else self.kc.shell_channel
        m = self.kc.session.msg(kind, content)
        channel.send(m)
        return self.collect(m['header']['msg_id'], channel, seconds)

    def close(self):
        self.kc.stop_channels()


class Kernel(Client):
    """A kernel that was started, and a client of it. With [log], what it says is kept."""

    def __init__(self, log=False, **options):
        self.manager = KernelManager(kernel_name='adjoint', **options)
        self.log_path = os.path.join(os.environ['HOME'], f'log-{time.monotonic_ns()}')
        with open(self.log_path, 'w') as out:
            self.manager.start_kernel(stderr=out if log else None)
        open_kernels.append(self)
        super().__init__(self.manager)

    def log(self):
        with open(self.log_path) as f:
            return f.read()

    def pid(self):
        return self.manager.provisioner.pid

    def end(self):
        self.close()
        self.manager.shutdown_kernel(now=False)


def close_all():
    while open_kernels:
        kernel = open_kernels.pop()
        # Asked, not killed: a sanitized kernel says what it has to say when it ends.
        with contextlib.suppress(Exception):
            kernel.close()
        with contextlib.suppress(Exception):
            kernel.manager.shutdown_kernel(now=False)


def until(condition, what, seconds=WAIT):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.02)


def alive(pid):
    """Whether a process runs; one that is only waited for does not."""
    try:
        with open(f'/proc/{pid}/stat') as f:
            return f.read().rsplit(')', 1)[1].split()[0] != 'Z'
    except OSError:
        return False


def equal(got, wanted, what=''):
    if got != wanted:
        raise AssertionError(f'{what}: got {got!r}, wanted {wanted!r}')
