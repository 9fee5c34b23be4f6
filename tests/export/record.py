#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Recorded backward passes and the pages that show them. What is recorded must be what
backward() did, and hang together: contributions are the products of upstream gradients and
local derivatives, and gradients are the sums of contributions. TAP.

usage: record.py ADJOINT
"""
import json
import math
import os
import subprocess
import sys
import tempfile

PROGRAM = os.path.abspath(sys.argv[1])
FORM = 'application/vnd.adjoint.walk+json'
points = []


def ok(right, name, note=''):
    points.append(bool(right))
    print(f"{'ok' if right else 'not ok'} {len(points)} - {name}")
    if not right and note:
        print(''.join(f'# {line}\n' for line in str(note).splitlines()[:20]), end='')


def run(*args, timeout=120):
    return subprocess.run([PROGRAM, *args], capture_output=True, text=True, timeout=timeout,
                          env=os.environ | {'ADJOINT_CHECK_LEAKS': '1'})


def code(source, tags=()):
    return {'cell_type': 'code', 'execution_count': None, 'outputs': [], 'source': source,
            'metadata': {'tags': list(tags)} if tags else {}}


def text(source):
    return {'cell_type': 'markdown', 'metadata': {}, 'source': source}


def write(name, *cells):
    for i, c in enumerate(cells):
        c['id'] = f'cell-{i}'
    with open(name, 'w', encoding='utf-8') as f:
        json.dump({'cells': cells, 'metadata': {}, 'nbformat': 4, 'nbformat_minor': 5}, f)


def recorded(*cells):
    """The cells after `run --record`, and the walks in each."""
    write('in.ipynb', *cells)
    r = run('run', '--record', 'in.ipynb', '-o', 'out.ipynb')
    with open('out.ipynb', encoding='utf-8') as f:
        out = json.load(f)['cells']
    walks = [[o['data'][FORM] for o in c.get('outputs', []) if FORM in o.get('data', {})]
             for c in out]
    return out, walks, r


def printed(cell):
    return ''.join(''.join(o.get('text', [])) for o in cell['outputs']
                   if o['output_type'] == 'stream')


def near(a, b):
    return abs(a - b) <= 1e-5 * max(1, abs(a), abs(b))


def fault(walk):
    """What does not hang together in a walk, or None."""
    arrived = {walk['root']: [1.0]}
    for step in walk['steps']:
        came = step['incoming']['data']
        if not all(map(near, arrived.get(step['value'], []), came)):
            return f"{step['value']}: {came} is not the sum of {arrived.get(step['value'])}"
        for edge in step['outgoing']:
            gradient = edge['gradient']['data']
            if 'local' in edge:
                sums = [0.0] * len(gradient)
                for o, i, local in edge['local']:
                    sums[i] += came[o] * local
                if not all(map(near, sums, gradient)):
                    return f'{edge["value"]}: upstream x local is {sums}, not {gradient}'
            had = arrived.get(edge['value'], [0.0] * len(gradient))
            arrived[edge['value']] = [a + b for a, b in zip(had, gradient)]
    for i, value in enumerate(walk['values']):
        if value['kind'] != 'leaf' or 'after' not in value:
            continue
        before = value['before']['data'] if value['before'] else [0.0] * len(arrived[i])
        if not all(near(b + a, n) for b, a, n in zip(before, arrived[i],
                                                     value['after']['data'])):
            return f"{value['name']}: {before} + {arrived[i]} is not {value['after']['data']}"
    return None


SCALARS = '''import torch
w = torch.tensor(2.0, requires_grad=True)
x, b = torch.tensor(3.0), torch.tensor(-1.0, requires_grad=True)
'''
LOSS = '''h = w * x
loss = (torch.tanh(h * 0.1 + b) - 1) ** 2 + 0.1 * w * w
loss.backward()
print(repr(w.grad.item()), repr(b.grad.item()))
'''
NET = '''import torch.nn as nn
torch.manual_seed(1)
net = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 3))
X, y = torch.randn(5, 2), torch.tensor([0, 1, 2, 1, 0])
F.cross_entropy(net(X), y).backward()
print([p.grad.reshape(-1).tolist() for p in net.parameters()])
'''


def scalars():
    out, walks, r = recorded(code(SCALARS), code(LOSS), code(LOSS), code(LOSS, ['no-record']))
    ok(r.returncode == 0 and not r.stderr, 'a notebook is run and recorded', r)
    ok([len(w) for w in walks] == [0, 1, 1, 0], 'cells that ran backward() have a walk',
       [len(w) for w in walks])
    first, second = walks[1][0], walks[2][0]
    ok(fault(first) is None and fault(second) is None, 'the walks hang together',
       fault(first) or fault(second))
    values = {v['name']: v for v in first['values'] if v['name']}
    ok(sorted(values) == ['b', 'h', 'loss', 'w', 'x'], 'values have their names',
       sorted(values))
    ok([values['w']['after']['data'][0], values['b']['after']['data'][0]] ==
       [float(t) for t in printed(out[1]).split()], 'the gradients are those of backward()')
    ok(values['w']['before'] is None and
       next(v for v in second['values'] if v['name'] == 'w')['before'] ==
       values['w']['after'], 'what was in .grad before is told apart')
    terms = [e['gradient']['data'][0] for s in first['steps'] for e in s['outgoing']
             if first['values'][e['value']]['name'] == 'w']
    ok(len(terms) == 3 and near(sum(terms), values['w']['after']['data'][0]),
       'a value used three times gets three terms', terms)
    ok(all(v['value']['data'] for v in first['values']), 'every value is known')
    ok(values['h']['value']['data'] == [6.0] and values['loss']['text'].startswith('(torch.'),
       'values and where they are written')


def tensors():
    out, walks, r = recorded(code(NET))
    walk = walks[0][0] if walks[0] else None
    ok(walk and fault(walk) is None, 'a network: the walk hangs together',
       walk and fault(walk) or r)
    after = [v['after']['data'] for name in ('net.0.weight', 'net.0.bias', 'net.2.weight',
                                             'net.2.bias')
             for v in walk['values'] if v['name'] == name]
    ok(after == json.loads(printed(out[0])), 'its gradients are those of backward()')
    plain = subprocess.run([PROGRAM, '-c', NET], capture_output=True, text=True)
    ok(plain.stdout == printed(out[0]), 'and those of a run that is not recorded', plain)
    ok(all('local' in e for s in walk['steps'] for e in s['outgoing']),
       'every edge has its local derivatives')


def bounds():
    _, walks, r = recorded(
        code(SCALARS),
        code('y = w\nfor i in range(100): y = y * 1.01\ny.backward()'),
        code('big = torch.ones(1000, requires_grad=True)\n(big * 2).sum().backward()'),
        code('for i in range(5): (w * i).backward()'),
        code('z = w * float("inf")\nz.backward()\n(w * w).register_hook(print)'),
        code('v = w * w\nv.register_hook(lambda g: print("once"))\nv.backward()'),
        code('v = w * 3\nv.backward()\nv.backward()'),
    )
    ok([len(w) for w in walks] == [0, 0, 1, 1, 1, 1, 1],
       'large tapes are left out, loops leave their first pass', ([len(w) for w in walks], r))
    card = walks[2][0]['steps'][-1]['outgoing'][0]['gradient']
    ok(card['data'] is None and card['shape'] == [1000] and
       near(card['norm'], 2 * math.sqrt(1000)),
       'a large tensor is its shape, norm and range', card)
    ok(walks[4][0]['values'][-1]['value']['data'] == ['Infinity'], 'infinity is a string')
    return r


def once():
    out, walks, r = recorded(code(SCALARS), code(
        'v = w * w\nv.register_hook(lambda g: print("once"))\nv.backward()'))
    ok(printed(out[1]) == 'once\n', 'hooks run once', printed(out[1]))
    out, walks, r = recorded(code(SCALARS), code('v = w * w\nv.backward()\nv.backward()'))
    ok('second time' in r.stderr, 'a tape is used up as always', r)
    out, walks, r = recorded(code(SCALARS), code('backward(w * w * x, step=True)'),
                             code('print(w.grad)'))
    ok(len(walks[1]) == 1 and fault(walks[1][0]) is None and printed(out[2]) == 'None\n',
       'backward(step=True) shows a walk and changes nothing', r)


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for part in (scalars, tensors, bounds, once):
            part()
        os.chdir('/')
    print(f'1..{len(points)}')
    return not all(points)


sys.exit(main())
