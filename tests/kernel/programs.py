# SPDX-License-Identifier: Apache-2.0
"""The programs people use: nbclient, nbconvert, papermill, jupyter console, JupyterLab."""
import json
import os
import pathlib
import pty
import re
import secrets
import select
import socket
import subprocess
import sys
import time
import types
import urllib.request

import nbclient
import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from client import WAIT, Skip, equal, until

BIN = pathlib.Path(sys.executable).parent
SPEC = {'name': 'adjoint', 'display_name': 'Adjoint', 'language': 'python'}
TRAINING = '''net = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
optimizer = optim.SGD(net.parameters(), lr=0.1)
x = torch.randn(32, 2)
y = x.sum(1, keepdim=True)
for step in range(20):
    optimizer.zero_grad()
    loss = F.mse_loss(net(x), y)
    loss.backward()
    optimizer.step()
print(f"{loss.item():.4f}")'''


def notebook(*cells, **metadata):
    return new_notebook(cells=[c if isinstance(c, dict) else new_code_cell(c) for c in cells],
                        metadata={'kernelspec': SPEC, **metadata})


def save(nb, name):
    nbformat.validate(nb)
    path = pathlib.Path(os.environ['HOME']) / name
    nbformat.write(nb, path)
    return path


def program(*words, text=None, seconds=120, fine=True):
    r = subprocess.run([BIN / words[0], *map(str, words[1:])], capture_output=True, text=True,
                       input=text, timeout=seconds, check=False)
    assert not fine or r.returncode == 0, r.stdout[-2000:] + r.stderr[-2000:]
    return r


def check_nbclient():
    """nbclient runs a notebook of 200 cells."""
    nb = notebook('torch.manual_seed(0)\ntotal = 0', TRAINING,
                  *[f'total = total + {i}\ntotal' for i in range(198)])
    start = time.monotonic()
    nbclient.NotebookClient(nb, kernel_name='adjoint', timeout=60).execute()
    print(f'# {time.monotonic() - start:.1f} s')
    nbformat.validate(nb)
    equal(nb.cells[-1].outputs[0]['data']['text/plain'], str(sum(range(198))))
    assert re.fullmatch(r'0\.\d{4}\n', nb.cells[1].outputs[0]['text']), nb.cells[1].outputs
    equal([c.execution_count for c in nb.cells], list(range(1, 201)))
    equal(nb.metadata.language_info['name'], 'python')


def check_nbclient_errors():
    """nbclient stops at an error, goes on where a tag says so, and ends a cell by its time."""
    nb = notebook('1 / 0')
    try:
        nbclient.NotebookClient(nb, kernel_name='adjoint').execute()
        raise AssertionError('an error passed')
    except nbclient.exceptions.CellExecutionError as e:
        equal(e.ename, 'ZeroDivisionError')
    nb = notebook(new_code_cell('1 / 0', metadata={'tags': ['raises-exception']}), '2')
    nbclient.NotebookClient(nb, kernel_name='adjoint').execute()
    equal(nb.cells[1].outputs[0]['data']['text/plain'], '2')
    nb = notebook('while True: pass', '"still here"')
    nbclient.NotebookClient(nb, kernel_name='adjoint', timeout=1, interrupt_on_timeout=True,
                            allow_errors=True).execute()
    equal(nb.cells[0].outputs[0]['ename'], 'KeyboardInterrupt')
    equal(nb.cells[1].outputs[0]['data']['text/plain'], "'still here'")


def check_nbconvert():
    """nbconvert runs a notebook, and makes a page and a script of it."""
    path = save(notebook(new_markdown_cell('# A title'), 'x = [n * n for n in range(5)]\nx',
                         'from IPython.display import SVG\nSVG("<svg id=\'drawn\'/>")'),
                'n.ipynb')
    program('jupyter-nbconvert', '--execute', '--to', 'html', path)
    page = path.with_suffix('.html').read_text()
    assert 'A title' in page and '[0, 1, 4, 9, 16]' in page and "id='drawn'" in page
    program('jupyter-nbconvert', '--execute', '--to', 'notebook', '--inplace', path)
    program('jupyter-nbconvert', '--to', 'script', path)
    script = path.with_suffix('.adj').read_text()
    assert 'x = [n * n for n in range(5)]' in script
    r = subprocess.run([os.environ['ADJOINT_PROGRAM'], path.with_suffix('.adj')],
                       capture_output=True, text=True, check=False)
    equal(r.returncode, 0, r.stderr)


def check_papermill():
    """papermill sets parameters without a flag, of every kind it knows."""
    tagged = new_code_cell('rate = 0.1\nname = "none"\nn = 1',
                           metadata={'tags': ['parameters']})
    path = save(notebook(tagged, 'print(rate, name, n, deep, on, nothing)'), 'p.ipynb')
    out = path.with_name('out.ipynb')
    given = {'rate': 0.5, 'name': 'say "hi" \\ é😀', 'n': -3, 'on': True, 'nothing': None,
             'deep': {'a': [1, 2.5, 'x'], 'b': {}}}
    (path.parent / 'given.yaml').write_text(json.dumps(given, ensure_ascii=False))
    program('papermill', path, out, '-f', path.parent / 'given.yaml')
    nb = nbformat.read(out, 4)
    texts = [o['text'] for c in nb.cells if c.cell_type == 'code' for o in c.outputs]
    equal(texts, [f'0.5 {given["name"]} -3 {given["deep"]} True None\n'])
    failing = save(notebook('x = 1', 'x + None'), 'f.ipynb')
    r = program('papermill', failing, out, fine=False)
    assert r.returncode != 0 and 'TypeError' in r.stderr, r.stderr[-500:]


class Terminal:
    """The prompt in a terminal of its own."""

    def __init__(self):
        ours, theirs = pty.openpty()
        self.fd, self.text = ours, ''
        self.process = subprocess.Popen(
            [os.environ['ADJOINT_PROGRAM']], stdin=theirs, stdout=theirs, stderr=theirs,
            env={**os.environ, 'TERM': 'xterm', 'NO_COLOR': '1'}, start_new_session=True)
        os.close(theirs)

    def type(self, text):
        os.write(self.fd, text.encode())

    def read(self):
        while select.select([self.fd], [], [], 0)[0]:
            self.text += os.read(self.fd, 65536).decode(errors='replace')
        return re.sub(r'\x1b\[[0-9;?]*[a-zA-Z]', '', self.text)

    def shows(self, text):
        until(lambda: text in self.read(), f'{text!r} in {self.text[-1500:]!r}')


def check_listen():
    """%listen: a client joins the session of a prompt, and each sees what the other does."""
    from client import Client
    terminal, place = Terminal(), types.SimpleNamespace()
    place.connection_file = os.path.join(os.environ['HOME'], 'prompt.json')
    terminal.shows('Adjoint')
    terminal.type(f'%listen {place.connection_file}\nx = 20\n')
    terminal.shows('to connect: ')
    joined = Client(place)
    equal(joined.run('x + 1').of('execute_result')[0]['data']['text/plain'], '21')
    terminal.shows('from outside: x + 1')
    terminal.type('y = "typed " + "here"\ny\n')
    terminal.shows("'typed here'")
    seen = []
    while "'typed here'" not in seen:
        m = joined.kc.iopub_channel.get_msg(timeout=WAIT)
        seen.append(m['content'].get('data', {}).get('text/plain'))
    joined.ask('complete_request', {'code': 'x', 'cursor_pos': 1})
    rows = joined.ask('history_request', {'hist_access_type': 'range', 'session': 0,
                                          'start': 1, 'stop': 9, 'raw': True, 'output': False})
    assert 'x = 20' in [r[2] for r in rows.content['history']], rows.content
    joined.kc.shutdown()
    joined.close()
    terminal.type('"the prompt " + "goes on"\n')
    terminal.shows("'the prompt goes on'")
    terminal.type('\x04')
    equal(terminal.process.wait(timeout=WAIT), 0)
    assert not os.path.exists(place.connection_file)


def check_console():
    """jupyter console: results, errors, questions, pages, and leaving."""
    r = program('jupyter-console', '--kernel', 'adjoint', '--simple-prompt', text=(
        '1 + 2\nfor i in range(2): print("line", i)\nundefined\nprint?\n'
        'input("name? ")\nAda\n'))
    for wanted in '3', 'line 0', 'line 1', 'NameError', 'name? ', "'Ada'":
        assert wanted in r.stdout + r.stderr, (wanted, r.stdout[-3000:], r.stderr[-500:])


class Server:
    """A JupyterLab server, spoken to as its page does."""

    def __init__(self):
        self.token = secrets.token_hex(16)
        self.log = open(os.path.join(os.environ['HOME'], 'lab.log'), 'w')
        self.process = subprocess.Popen(
            [BIN / 'jupyter-lab', '--no-browser', '--allow-root', '--ip=127.0.0.1', '--port=0',
             f'--IdentityProvider.token={self.token}', '--ServerApp.open_browser=False'],
            stdout=self.log, stderr=self.log)
        until(lambda: self.found() or self.process.poll() is not None, 'a server', 90)
        assert self.process.poll() is None, open(self.log.name).read()[-2000:]
        self.port = self.found()['port']
        until(self.listens, 'a server that listens', 60)  # its note comes before its socket

    def listens(self):
        try:
            socket.create_connection(('127.0.0.1', self.port), 5).close()
        except OSError:
            return False
        return True

    def found(self):
        for path in pathlib.Path(os.environ['JUPYTER_RUNTIME_DIR']).glob('jpserver-*.json'):
            try:
                return json.loads(path.read_text())
            except ValueError:
                return None
        return None

    def call(self, path, content=None, method=None):
        request = urllib.request.Request(
            f'http://127.0.0.1:{self.port}/api/{path}', method=method,
            data=None if content is None else json.dumps(content).encode(),
            headers={'Authorization': f'token {self.token}'})
        with urllib.request.urlopen(request, timeout=WAIT) as answer:
            return json.loads(answer.read() or 'null')

    def channels(self, kernel):
        import websocket
        return websocket.create_connection(
            f'ws://127.0.0.1:{self.port}/api/kernels/{kernel}/channels',
            header=[f'Authorization: token {self.token}'], timeout=WAIT)

    def close(self):
        self.process.terminate()
        self.process.wait(timeout=WAIT)
        self.log.close()


def over_websocket(ws, kind, content, channel='shell'):
    """Sends one request; its reply and the messages of iopub."""
    msg_id = secrets.token_hex(8)
    ws.send(json.dumps({'header': {'msg_id': msg_id, 'msg_type': kind, 'session': 'page',
                                   'username': '', 'version': '5.3',
                                   'date': '2026-01-01T00:00:00Z'},
                        'parent_header': {}, 'metadata': {}, 'content': content,
                        'channel': channel, 'buffers': []}))
    reply, shown, idle = None, [], False
    while reply is None or not idle:
        m = json.loads(ws.recv())
        if m['parent_header'].get('msg_id') != msg_id:
            continue
        if m['channel'] == channel:
            reply = m['content']
        else:
            shown.append(m)
            idle = m['msg_type'] == 'status' and m['content']['execution_state'] == 'idle'
    return reply, shown


def drive(server):
    specs = server.call('kernelspecs')['kernelspecs']
    equal(specs['adjoint']['spec']['display_name'], 'Adjoint')
    assert {'logo-svg', 'logo-32x32', 'logo-64x64'} <= set(specs['adjoint']['resources'])
    session = server.call('sessions', {'path': 'a.ipynb', 'type': 'notebook', 'name': 'a',
                                       'kernel': {'name': 'adjoint'}})
    kernel = session['kernel']['id']
    ws = server.channels(kernel)
    reply, _ = over_websocket(ws, 'kernel_info_request', {})
    equal(reply['implementation'], 'adjoint')
    execute = {'code': 'print("from the page")\n6 * 7', 'silent': False, 'store_history': True,
               'user_expressions': {}, 'allow_stdin': True, 'stop_on_error': True}
    reply, shown = over_websocket(ws, 'execute_request', execute)
    equal(reply['status'], 'ok')
    texts = {m['msg_type']: m['content'] for m in shown}
    equal(texts['stream']['text'], 'from the page\n')
    equal(texts['execute_result']['data']['text/plain'], '42')
    reply, _ = over_websocket(ws, 'complete_request', {'code': 'enumer', 'cursor_pos': 6})
    equal(reply['matches'], ['enumerate'])
    ws.send(json.dumps({'header': {'msg_id': 'loop', 'msg_type': 'execute_request',
                                   'session': 'page', 'username': '', 'version': '5.3',
                                   'date': '2026-01-01T00:00:00Z'},
                        'parent_header': {}, 'metadata': {}, 'channel': 'shell', 'buffers': [],
                        'content': {**execute, 'code': 'while True: pass'}}))
    until(lambda: json.loads(ws.recv())['msg_type'] == 'execute_input', 'a loop')
    server.call(f'kernels/{kernel}/interrupt', {})
    while (m := json.loads(ws.recv()))['msg_type'] != 'execute_reply':
        pass
    equal(m['content']['ename'], 'KeyboardInterrupt')
    server.call(f'kernels/{kernel}/restart', {})
    ws.close()
    ws = server.channels(kernel)
    reply, shown = over_websocket(ws, 'execute_request', {**execute, 'code': '"again"'})
    equal(reply['execution_count'], 1)
    ws.close()
    server.call(f'sessions/{session["id"]}', method='DELETE')
    equal(server.call('kernels'), [])


def check_lab():
    """A JupyterLab server starts, lists, drives, interrupts, restarts and ends the kernel."""
    if not (BIN / 'jupyter-lab').exists():
        raise Skip('no jupyter-lab')
    server = Server()
    try:
        drive(server)
    finally:
        server.close()
