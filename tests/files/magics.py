#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The commands of the prompt, each in a cell of a notebook: what it shows, or a part. TAP.

usage: magics.py ADJOINT
"""
import json
import os
import subprocess
import sys
import tempfile

PROGRAM = os.path.abspath(sys.argv[1])

# A cell, and what its outputs must hold: a text that must be there, all of it after "=", or a
# text that must not be there after "!". Several are divided by " & ".
CELLS = [
    ('x = 3; s = "hi"; l = [1, 2]', '='),
    ('x + 1;', '='),
    ('x + 1;  # a remark', '='),
    ('"a;"', "='a;'"),
    ('x + 2', '=5'),
    ('_ + 1', '=6'),
    ('(_, __, _5, In[5], Out[6])', "=(6, 5, 5, 'x + 2', 6)"),
    ('%who', 'x'),
    ('%whos', 'Name & l      list   n=2 & x      int    3'),
    ('%whos int', 'int    3 & !hi'),
    ('%who_ls str', "['s']"),
    ('%time sum(range(10))', '45 & time: '),
    ('%%time\nsum(range(10))', '45 & time: '),
    ('%timeit 1 + 1', 'a loop (median'),
    ('%%timeit\n1 + 1', 'a loop (median'),
    ('%history 4-6', '   5: x + 2'),
    ('%history -n 5', '=x + 2\n'),
    ('%history -g hi', 'hi & !_ + 1'),
    ('%recall 5', '=x + 2\n'),
    ('%rerun 5', ' x + 2\n5'),
    ('%rerun', ' %recall 5\nx + 2'),
    ('*ero_lik*?', ''),
    ('*eros_lik*?', '=zeros_like\n'),
    ('torch.*eros_lik*?', '=torch.zeros_like\n'),
    ('%psearch ?eros', '=zeros\n'),
    ('?len', 'len(obj, /)'),
    ('def f(a, b=2):\n    "doc of f"\n    return a + b\n%pdef f', '=f(a, b=2)\n'),
    ('%psource f', '=def f(a, b=2):\n    "doc of f"\n    return a + b\n'),
    ('%pdoc f', '=doc of f\n'),
    ('%pinfo f', 'f(a, b=2) & doc of f & !return'),
    ('f??', 'f(a, b=2) & doc of f & return a + b'),
    ('class C:\n    k = 1\n%psource C', '=class C:\n    k = 1\n'),
    ('%%capture out\nprint("kept")\n7', '='),
    ('(out.stdout, str(out))', r"=('kept\n7\n', 'kept\n7\n')"),
    ('%%writefile a.txt\nline 1\nline 2', 'Writing a.txt'),
    ('%%writefile -a a.txt\nline 3', 'Appending to a.txt'),
    ('open("a.txt").read()', r"='line 1\nline 2\nline 3\n'"),
    ('%load a.py', 'y = 11'),
    ('%run a.py\ny', '=11'),
    ('%save b.adj 1 5-6', '3 cells are in b.adj'),
    ('open("b.adj").read()', 'x + 2\\n_ + 1\\n'),
    ('%precision 3\n1 / 3', '0.333 & !0.3333'),
    ('%precision\n1 / 3', '0.3333333333333333'),
    ('%config precision = 2\n1 / 3', '0.33 & !0.333'),
    ('%config', 'precision'),
    ('%precision', ''),
    ('%env ADJ_TEST=bar\n%env ADJ_TEST', 'env: ADJ_TEST=bar\nbar'),
    ('import os\nhere = os.getcwd()\n%cd /\n%cd -\nos.getcwd() == here', 'True'),
    ('%colors NoColor\n%colors', 'NoColor, Neutral'),
    ('%seed 5\na = torch.rand(2)\n%seed 5\nbool((a == torch.rand(2)).all())', '=True'),
    ('%device', '=cpu\n'),
    ('net = Linear(2, 1)\nloss = net(torch.ones(3, 2)).pow(2).mean()\n%step loss',
     'step 1 of 3 & Mean'),
    ('%step', 'step 2 of 3 & pow'),
    ('%back', 'step 1 of 3 & Mean'),
    ('loss.backward() if net.weight.grad is None else None\n%grad net', 'weight  norm '),
    ('%grad net.bias', 'tensor('),
    ('%gradcheck torch.sin, torch.ones(3)', '=True\n'),
    ('%health net', ''),
    ('%trace net(torch.ones(3, 2)).sum()', 'operation & sum'),
    ('%prun net(torch.ones(3, 2)).sum()', 'operation & sum'),
    ('%xdel x\n"x" in globals()', '=False'),
    ('%matplotlib inline\n%load_ext autoreload\n%autoreload 2', '='),
    ('%pip install numpy', 'nothing is installed'),
    ('%lsmagic', '%timeit & %%capture & %history'),
    ('%quickref', '%seed'),
    ('%keys', ''),
    ('%%html\n<b>x</b>', 'text/html'),
    ('%%markdown\n*x*', 'text/markdown'),
    ('%%svg\n<svg/>', 'image/svg+xml'),
    ('%%latex\n$x$', 'text/latex'),
    ('%hsitory', 'NameError & there is no command %hsitory & Did you mean: %history?'),
    ('%%tmie\n1', 'NameError & Did you mean: %%time?'),
    ('%pdef', 'ValueError & %pdef needs a name'),
    ('%recall 999', 'ValueError & there is no cell 999'),
    ('%debug', 'there is no cell 999'),
    ('%edit a.py', ' y = 11'),
    ('%reset\n"y" in globals()', 'forgotten & False'),
    ('z = 5; z', '=5'),
    ('In[-1]', "'In[-1]'"),
]


def shown(outputs):
    """The texts of a cell's outputs, richer forms by their names."""
    text = ''
    for o in outputs:
        for kind, data in o.get('data', {}).items():
            text += ''.join(data) if kind == 'text/plain' else f'\n{kind}\n'
        text += ''.join(o.get('text', [])) + '\n'.join(o.get('traceback', []))
    return text


def holds(text, wanted):
    if wanted.startswith('='):
        return text == wanted[1:]
    for part in wanted.split(' & '):
        if part.startswith('!') == (part.lstrip('!') in text) and part:
            return False
    return True


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        cells = [{'cell_type': 'code', 'execution_count': None, 'id': f'c{i}', 'metadata': {},
                  'outputs': [], 'source': cell} for i, (cell, _) in enumerate(CELLS)]
        with open('m.ipynb', 'w') as f:
            json.dump({'cells': cells, 'metadata': {}, 'nbformat': 4, 'nbformat_minor': 5}, f)
        with open('a.py', 'w') as f:
            f.write('y = 11\n')
        r = subprocess.run([PROGRAM, 'run', 'm.ipynb', '-o', 'out.ipynb', '--allow-errors'],
                           capture_output=True, text=True, timeout=120,
                           env=os.environ | {'EDITOR': 'true', 'VISUAL': ''})
        with open('out.ipynb') as f:
            outputs = [shown(c['outputs']) for c in json.load(f)['cells']]
        os.chdir('/')
    print(f'1..{len(CELLS) + 1}')
    failed = r.returncode != 0
    print(f"{'not ok' if failed else 'ok'} 1 - the notebook runs")
    if failed:
        print(r.stderr)
    for i, ((cell, wanted), text) in enumerate(zip(CELLS, outputs), 2):
        right = holds(text, wanted)
        failed |= not right
        print(f"{'ok' if right else 'not ok'} {i} - {cell.splitlines()[0]}")
        if not right:
            print(f'# wanted {wanted!r}\n# got    {text[:600]!r}')
    return failed


sys.exit(main())
