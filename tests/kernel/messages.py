# SPDX-License-Identifier: Apache-2.0
"""The protocol, message by message, beyond what jupyter_kernel_test asks."""
import queue
import signal
import os
import time

from client import WAIT, Client, Kernel, equal, get

LOOP = 'n = 0\nwhile True:\n    n = n + 1\n'


def check_info():
    """kernel_info answers on shell and on control, with busy and idle round it."""
    k = Kernel()
    for control in False, True:
        a = k.ask('kernel_info_request', {}, control)
        equal(a.content['status'], 'ok')
        equal(a.content['language_info']['file_extension'], '.adj')
        equal(a.content['language_info']['name'], 'python')
        equal(a.states(), ['busy', 'idle'])


def check_order():
    """Outputs come in order, before the reply's idle, each with the request's header."""
    a = Kernel().run('print(1)\ndisplay(2)\nprint(3)\n4')
    equal([m['msg_type'] for m in a.messages],
          ['status', 'execute_input', 'stream', 'display_data', 'stream', 'execute_result',
           'status'])
    equal(a.text(), '1\n3\n')
    equal(a.of('execute_result')[0]['data']['text/plain'], '4')


def check_silent():
    """silent shows, counts and remembers nothing; without store_history nothing is counted."""
    k = Kernel()
    a = k.run('x = 5\nprint(x)\nx', silent=True)
    equal([m['msg_type'] for m in a.messages], ['status', 'status'])
    equal(a.content['execution_count'], 0)
    a = k.run('x', store_history=False)
    equal(a.content['execution_count'], 0)
    equal(a.of('execute_result')[0]['data']['text/plain'], '5')
    equal(k.run('x + 1').content['execution_count'], 1)
    equal(k.ask('history_request', {'hist_access_type': 'tail', 'n': 5, 'raw': True,
                                    'output': False}).content['history'], [[2, 1, 'x + 1']])
    equal(k.run('', silent=True).content['status'], 'ok')


def check_expressions():
    """user_expressions: a bundle, or the error, for each."""
    a = Kernel().run('x = 6', user_expressions={'good': 'x * 7', 'bad': 'y'})
    good, bad = (a.content['user_expressions'][n] for n in ('good', 'bad'))
    equal((good['status'], good['data']['text/plain']), ('ok', '42'))
    equal((bad['status'], bad['ename']), ('error', 'NameError'))


def check_stop_on_error():
    """Cells sent after one that fails are dropped, unless stop_on_error is off."""
    k = Kernel()
    for stop, wanted in (True, 'Aborted'), (False, None):
        bad = k.kc.execute('1 / 0', stop_on_error=stop, allow_stdin=False)
        good = [k.kc.execute(f'"ran {i}"', allow_stdin=False) for i in range(3)]
        replies = {}
        while len(replies) < 4:
            m = get(k.kc.shell_channel)
            replies[m['parent_header']['msg_id']] = m['content']
        equal(replies[bad]['ename'], 'ZeroDivisionError')
        for msg_id in good:
            equal(replies[msg_id].get('ename'), wanted)
    equal(k.run('"after"').content['status'], 'ok')


def check_text():
    """Texts arrive as they were sent: quotes, escapes, controls, all of Unicode."""
    k = Kernel()
    texts = ['"q" \\ \\u0000 \t\r é 😀 𝔸\u2028', "'" * 3, '\x7f\x01']
    for text in texts:
        a = k.run('None', user_expressions={'x': f'len({text!r})'})
        equal(a.content['user_expressions']['x']['data']['text/plain'], str(len(text)))
        a = k.run(f'print({text!r}, end="")')
        equal(a.text(), text)
    equal(k.run('x = 1\0; y = 2').content['ename'], 'SyntaxError')
    equal(k.run('x').content['ename'], 'NameError')


def check_error():
    """An error is one message, the same as in the reply; nothing on stderr."""
    a = Kernel().run('def f(x):\n    return x + undefined\nf(1)')
    error = a.of('error')[0]
    equal([m['msg_type'] for m in a.messages], ['status', 'execute_input', 'error', 'status'])
    for key in 'ename', 'evalue', 'traceback':
        equal(a.content[key], error[key])
    equal(error['ename'], 'NameError')
    assert any('return x + undefined' in line for line in error['traceback']), error


def check_input():
    """input() asks whose cell runs, with its prompt; refused where nobody can answer."""
    k = Kernel()
    msg_id = k.kc.execute('name = input("who? ")\nname * 2', allow_stdin=True)
    question = get(k.kc.stdin_channel)
    equal(question['content'], {'prompt': 'who? ', 'password': False})
    equal(question['parent_header']['msg_id'], msg_id)
    k.kc.input('añ😀')
    a = k.collect(msg_id)
    equal(a.of('execute_result')[0]['data']['text/plain'], "'añ😀añ😀'")
    equal(k.run('input()').content['status'], 'error')


def check_input_interrupted():
    """input() that nobody answers can be interrupted, and its late answer is dropped."""
    k = Kernel()
    msg_id = k.kc.execute('input("a")', allow_stdin=True)
    get(k.kc.stdin_channel)
    k.manager.interrupt_kernel()
    equal(k.collect(msg_id).content['ename'], 'KeyboardInterrupt')
    k.kc.input('late')
    time.sleep(1)  # it travels beside the next cell, not in front of it
    msg_id = k.kc.execute('input("b")', allow_stdin=True)
    equal(get(k.kc.stdin_channel)['content']['prompt'], 'b')
    k.kc.input('in time')
    equal(k.collect(msg_id).of('execute_result')[0]['data']['text/plain'], "'in time'")


def check_complete():
    """Completion counts code points, and says types and signatures."""
    k = Kernel()
    k.run('class Thing:\n    def grow(self, by=1): pass\nthing = Thing()')
    code = '"😀𝔸"; thing.gr'
    c = k.ask('complete_request', {'code': code, 'cursor_pos': len(code)}).content
    equal((c['matches'], c['cursor_start'], c['cursor_end'], c['status']),
          (['grow'], len(code) - 2, len(code), 'ok'))
    typed = c['metadata']['_jupyter_types_experimental']
    equal((typed[0]['text'], typed[0]['type'], typed[0]['start'], typed[0]['end']),
          ('grow', 'function', len(code) - 2, len(code)))
    assert 'by' in typed[0]['signature'], typed
    c = k.ask('complete_request', {'code': 'zzz_none', 'cursor_pos': 8}).content
    equal((c['matches'], c['status']), ([], 'ok'))
    k.ask('complete_request', {'code': 'x', 'cursor_pos': 99})
    k.ask('complete_request', {'code': '', 'cursor_pos': 0})


def check_inspect():
    """Inspection: a help text, at detail 1 with the source; what is unknown is not found."""
    k = Kernel()
    k.run('def area(w, h=2):\n    """Of a rectangle."""\n    return w * h')
    code = '"😀"; area(3'
    low, high = (k.ask('inspect_request', {'code': code, 'cursor_pos': 8, 'detail_level': n})
                 .content for n in (0, 1))
    assert low['found'] and 'Of a rectangle' in low['data']['text/plain'], low
    assert 'return w * h' not in low['data']['text/plain'], low
    assert 'return w * h' in high['data']['text/plain'], high
    none = k.ask('inspect_request', {'code': 'nothing_here', 'cursor_pos': 3}).content
    equal((none['status'], none['found'], none['data']), ('ok', False, {}))


def check_is_complete():
    """is_complete tells the four cases apart, with the indent to come."""
    k = Kernel()
    for code, status, indent in [
            ('1 + 1', 'complete', None), ('if x:', 'incomplete', '    '),
            ('if x:\n  y', 'incomplete', '  '), ('x = (1,', 'incomplete', ''),
            ('x = )', 'invalid', None), ('if x:\n  y\n', 'complete', None)]:
        c = k.ask('is_complete_request', {'code': code}).content
        equal((c['status'], c.get('indent')), (status, indent), code)


def check_history():
    """History: tail, range and search with their options; outputs on demand."""
    k = Kernel()
    for code in 'a = 1', 'a + 1', 'b = 2', 'a + 1':
        k.run(code)

    def ask(**wanted):
        return k.ask('history_request', {'raw': True, 'output': False, **wanted}
                     ).content['history']
    equal(ask(hist_access_type='tail', n=2), [[2, 3, 'b = 2'], [2, 4, 'a + 1']])
    equal(ask(hist_access_type='tail', n=1, output=True), [[2, 4, ['a + 1', '2']]])
    equal(ask(hist_access_type='range', session=0, start=1, stop=3),
          [[2, 1, 'a = 1'], [2, 2, 'a + 1']])
    equal(ask(hist_access_type='search', pattern='a*', n=2),
          [[2, 2, 'a + 1'], [2, 4, 'a + 1']])
    equal(ask(hist_access_type='search', pattern='? = *', n=5, unique=True),
          [[2, 1, 'a = 1'], [2, 3, 'b = 2']])
    equal(ask(hist_access_type='search', pattern='a +*', unique=True), [[2, 4, 'a + 1']])


def check_history_lasts():
    """Cells that a person typed are there in the next session; those of batch runs are not."""
    k = Kernel()
    k.run('typed_by_a_person = 1', allow_stdin=True)
    k.run('run_by_a_program = 1')
    k.end()
    rows = Kernel().ask('history_request', {'hist_access_type': 'tail', 'n': 1000, 'raw': True,
                                            'output': False}).content['history']
    texts = [row[2] for row in rows]
    assert 'typed_by_a_person = 1' in texts and 'run_by_a_program = 1' not in texts, rows


def check_displays():
    """A display can be replaced by its id; output can be cleared."""
    a = Kernel().run('h = display("one", display_id="d1")\nupdate_display("two", '
                     'display_id="d1")\nclear_output(wait=True)')
    shown, updated = a.of('display_data')[0], a.of('update_display_data')[0]
    equal(shown['transient'], {'display_id': 'd1'})
    equal((updated['transient'], updated['data']['text/plain']),
          ({'display_id': 'd1'}, "'two'"))
    equal(a.of('clear_output'), [{'wait': True}])


def check_bars():
    """A long pass over a loader shows one bar to a person, and none to a program."""
    k = Kernel()
    code = ('import time\nfor epoch in range(2):\n'
            '    for x, in DataLoader(TensorDataset(torch.arange(8)), batch_size=1):\n'
            '        time.sleep(0.15)')
    a = k.run(code, allow_stdin=True)
    first, = a.of('display_data')
    assert a.of('update_display_data')
    for c in a.of('update_display_data'):
        equal(c['transient'], first['transient'])
    assert a.of('update_display_data')[-1]['data']['text/plain'].startswith('8/8'), a.messages
    assert '<progress' in first['data']['text/html']
    equal([m['msg_type'] for m in k.run(code).messages], ['status', 'execute_input', 'status'])


def check_forms():
    """JSON travels as a value, pages as text, always with text/plain beside them."""
    a = Kernel().run('from IPython.display import HTML, JSON, display\n'
                     'display(JSON({"a": [1, 2]}))\ndisplay(HTML("<i>é</i>"))')
    json, html = (c['data'] for c in a.of('display_data'))
    equal(json['application/json'], {'a': [1, 2]})
    equal(html['text/html'], '<i>é</i>')
    assert 'text/plain' in json and 'text/plain' in html


def check_pager():
    """x? is a page in the reply and not text on iopub."""
    a = Kernel().run('print?')
    page, = a.content['payload']
    equal((page['source'], page['start']), ('page', 0))
    assert 'print' in page['data']['text/plain']
    equal(a.of('stream'), [])


def check_exit():
    """sys.exit() asks the client to leave and keeps the kernel; a status is an error."""
    k = Kernel()
    a = k.run('import sys\nsys.exit()')
    equal((a.content['status'], a.content['payload'][0]['source']), ('ok', 'ask_exit'))
    equal(k.run('sys.exit(3)').content['ename'], 'SystemExit')
    equal(k.run('1').content['status'], 'ok')


def check_comms():
    """Comms: what is open is listed; an unknown target is closed at once."""
    k = Kernel()
    equal(k.ask('comm_info_request', {}).content, {'status': 'ok', 'comms': {}})
    m = k.kc.session.msg('comm_open', {'comm_id': 'c1', 'target_name': 'nobody', 'data': {}})
    k.kc.shell_channel.send(m)
    while True:
        got = get(k.kc.iopub_channel)
        if got['msg_type'] == 'comm_close':
            break
    equal(got['content']['comm_id'], 'c1')


def check_comm_while_busy():
    """The comm by which a session is watched answers while the program trains."""
    k = Kernel()
    k.run('net = nn.Linear(3, 2)\nx = torch.ones(4, 3)')
    heard = []

    def say(kind, content):
        k.kc.shell_channel.send(k.kc.session.msg(kind, {'comm_id': 'c', **content}))

    def hear(kind, name):
        while not heard or heard[-1]['content']['data'].get(kind) != name:
            m = get(k.kc.iopub_channel)
            if m['msg_type'] == 'comm_msg':
                heard.append(m)
        return heard[-1]
    say('comm_open', {'target_name': 'adjoint', 'data': {'version': 1}})
    equal(hear('event', 'hello')['parent_header']['msg_type'], 'comm_open')
    equal(list(k.ask('comm_info_request', {'target_name': 'adjoint'}).content['comms']), ['c'])
    msg_id = k.start('while True: net(x).sum().backward()')
    say('comm_msg', {'data': {'request': 'variables', 'id': 5}})
    reply = hear('reply', 'variables')
    equal(reply['content']['data']['id'], 5)
    equal(reply['parent_header']['msg_type'], 'comm_msg')
    say('comm_close', {'data': {}})
    equal(k.ask('comm_info_request', {}).content['comms'], {})
    k.manager.interrupt_kernel()
    equal(k.collect(msg_id).content['ename'], 'KeyboardInterrupt')


def check_unknown():
    """A request nobody knows is answered by busy and idle alone; extra fields are no matter."""
    k = Kernel()
    m = k.kc.session.msg('future_request', {'a': 1})
    m['header']['subshell_id'] = None
    k.kc.shell_channel.send(m)
    states = []
    while len(states) < 2:
        got = get(k.kc.iopub_channel)
        if got['parent_header'].get('msg_id') == m['header']['msg_id']:
            states.append(got['content']['execution_state'])
    equal(states, ['busy', 'idle'])


def check_while_busy():
    """Completion, inspection, comms, kernel_info and history answer while a cell runs."""
    k = Kernel()
    msg_id = k.start('busy_value = [1]\n' + LOOP)
    c = k.ask('complete_request', {'code': 'busy_val', 'cursor_pos': 8}).content
    equal(c['matches'], ['busy_value'])
    equal(k.ask('inspect_request', {'code': 'busy_value', 'cursor_pos': 3}).content['found'],
          True)
    for kind, control in [('kernel_info_request', False), ('kernel_info_request', True),
                          ('comm_info_request', False), ('comm_info_request', True),
                          ('is_complete_request', False), ('history_request', False)]:
        equal(k.ask(kind, {'code': '1'}, control).content.get('status', 'ok') != 'error', True)
    k.manager.interrupt_kernel()
    equal(k.collect(msg_id).content['ename'], 'KeyboardInterrupt')


def check_interrupts():
    """A loop, a sleep and a long sum are interrupted, by message and by signal."""
    k = Kernel()
    for code in LOOP, 'import time\ntime.sleep(600)', 'sum(range(10 ** 12))':
        for how in 'message', 'signal':
            msg_id = k.start(code)
            if how == 'message':
                a = k.ask('interrupt_request', {}, control=True)
                equal(a.content, {'status': 'ok'})
            else:
                os.kill(k.pid(), signal.SIGINT)
            equal(k.collect(msg_id).content['ename'], 'KeyboardInterrupt', code + how)
    os.kill(k.pid(), signal.SIGINT)
    k.ask('interrupt_request', {}, control=True)
    equal(k.run('"not me"').content['status'], 'ok')


def check_interrupt_caught():
    """A program may catch its interrupt and go on."""
    k = Kernel()
    msg_id = k.start('try:\n    while True: pass\n'
                     'except KeyboardInterrupt:\n    print("caught")')
    k.manager.interrupt_kernel()
    a = k.collect(msg_id)
    equal((a.content['status'], a.text()), ('ok', 'caught\n'))


def check_shutdown_busy():
    """A kernel that computes shuts down when asked, and says so first."""
    k = Kernel()
    k.start(LOOP)
    pid = k.pid()
    m = k.kc.session.msg('shutdown_request', {'restart': False})
    k.kc.control_channel.send(m)
    equal(get(k.kc.control_channel)['content'], {'status': 'ok', 'restart': False})
    k.manager.provisioner.process.wait(timeout=WAIT)
    assert not os.path.exists(f'/proc/{pid}')


def check_heartbeat():
    """The heartbeat echoes while a cell runs."""
    import zmq
    k = Kernel()
    msg_id = k.start(LOOP)
    info = k.manager.get_connection_info()
    socket = zmq.Context.instance().socket(zmq.REQ)
    socket.linger = 0
    socket.connect(f'tcp://127.0.0.1:{info["hb_port"]}')
    for beat in b'ping', b'', b'x' * 10000:
        socket.send(beat)
        assert socket.poll(WAIT * 1000)
        equal(socket.recv(), beat)
    socket.close()
    k.manager.interrupt_kernel()
    k.collect(msg_id)


def check_welcome():
    """A subscriber to iopub is welcomed, each time."""
    import zmq
    k = Kernel()
    for _ in range(2):
        socket = zmq.Context.instance().socket(zmq.SUB)
        socket.linger = 0
        socket.connect(f'tcp://127.0.0.1:{k.manager.get_connection_info()["iopub_port"]}')
        socket.subscribe(b'iopub_welcome')
        socket.subscribe(b'')
        assert socket.poll(WAIT * 1000)
        _, frames = k.kc.session.feed_identities(socket.recv_multipart())
        equal(k.kc.session.deserialize(frames)['msg_type'], 'iopub_welcome')
        socket.close()


def check_two_clients():
    """Two clients: each has its replies and questions, both see all that is shown."""
    one = Kernel()
    two = Client(one.manager)
    first = one.kc.execute('a = input("one")\nprint(a)', allow_stdin=True)
    equal(get(one.kc.stdin_channel)['content']['prompt'], 'one')
    second = two.kc.execute('b = input("two")\nprint(b)', allow_stdin=True)
    try:
        two.kc.stdin_channel.get_msg(timeout=0.2)
        raise AssertionError('the second client was asked for the first')
    except queue.Empty:
        pass
    one.kc.input('1')
    equal(get(two.kc.stdin_channel)['content']['prompt'], 'two')
    two.kc.input('2')
    equal(one.collect(first).text(), '1\n')
    equal(two.collect(second).text(), '2\n')
    seen = set()
    while 'stream' not in seen:
        m = get(one.kc.iopub_channel)
        if m['parent_header'].get('msg_id') == second:
            seen.add(m['msg_type'])
    two.close()


def check_own_streams():
    """What a program writes to its streams is output; the log stays empty."""
    k = Kernel(log=True)
    a = k.run('%who')
    equal(a.content['status'], 'ok')
    a = k.run('import sys\nsys.stderr.write("to err")\nsys.stdout.write("to out")\n'
              'None')
    equal((a.text('stderr'), a.text()), ('to err', 'to out'))
    equal(k.log(), '')
