#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Wrong arguments for every layer, loss, optimizer and schedule: constructors.py ADJOINT

The names and their arguments come from docs/reference.md, and for classes written in the
language from their sources. CALLS says what a right call begins with; then one argument after
the other is replaced by values of every wrong kind. What still has a result is fine; a refusal
must be one short line that names the argument, or say so in PyTorch's words (OTHERWISE). TAP:
one point per class.
"""
import ast
import collections
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
WRONG = ['-1', '0', '1.5', '"x"', 'None', '[]', '(1, 2, 3, 4, 5)', 'float("nan")',
         'float("inf")', '-0.5', 'True', 'object()', 'torch.zeros(2)']
SGD = 'sgd()'
ENCODER, DECODER = (f'nn.Transformer{kind}coderLayer(4, 2, 8)' for kind in ('En', 'De'))

# Right arguments by the name's pattern; the first that fits. Others need none.
CALLS = [
    (r'Conv', '4, 4, 3'), (r'LPPool', '2, 2'), (r'Fractional', '2, output_size=2'),
    (r'(Adaptive)?(Avg|Max)(Pool|Unpool)', '2'), (r'(Batch|SyncBatch|Instance)Norm', '4'),
    (r'ConstantPad', '1, 0.5'), (r'\w+Pad\d', '1'), (r'(RNN|LSTM|GRU)(Cell)?$', '3, 4'),
    (r'(Ternary|Sparse|NonDynamicallyQuantizable)?Linear$', '3, 2'),
    (r'Bilinear', '3, 2, 2'),
    (r'Unflatten', '1, (2, 2)'), (r'(Layer|RMS)Norm', '4'), (r'GroupNorm', '2, 4'),
    (r'LocalR', '3'), (r'Embedding', '5, 4'), (r'(Pixel|Channel)(Uns|S)huffle', '2'),
    (r'Fold', '(4, 4), 2'), (r'Unfold|Upsampl', '2'),
    (r'Transformer(En|De)coderLayer', '4, 2, 8'),
    (r'TransformerEncoder', ENCODER + ', 2'), (r'TransformerDecoder', DECODER + ', 2'),
    (r'(Seq2Seq)?Transformer', '4, 2, 1, 1, 8'), (r'\w*Attention', '4, 2'),
    (r'Rotary', '4'), (r'Gauss\w+Blur', '1.0'), (r'ThresholdHalt', '0.5'),
    (r'Threshold', '0.1, 1.0'), (r'(Argmax|Softmax|Sigmoid)(Selector|Router)', '4, 2'),
    (r'FixedSelector', '1'), (r'LearnedHalt', '4'), (r'Expert', '4, 8'),
    (r'MoERouter', '4, 3, 2'), (r'MoELayer', '4, 8, 3, 2'), (r'GroupSparsity', '0.1, 2'),
    (r'GCN', '3, 2'), (r'GAT', '3, 2, 2'), (r'FFT1d', '8'), (r'STFT', '8, 4'),
    (r'ResidualBlock', 'nn.Linear(3, 3)'),
    (r'Lottery', 'nn.Linear(3, 2)'),
    (r'(Center|AngularMargin|ArcFace)Loss', '4, 3'), (r'AdaptiveLog', '8, 10, [4]'),
    (r'StepLR', SGD + ', 2'), (r'MultiStepLR', SGD + ', [1, 2]'),
    (r'(Lambda|Multiplicative)LR', SGD + ', lambda e: 1.0'), (r'ExponentialLR', SGD + ', 0.9'),
    (r'(CosineAnnealing|Polynomial)', SGD + ', 5'), (r'CyclicLR', SGD + ', 0.1, 0.2'),
    (r'OneCycleLR', SGD + ', 0.1, 10'), (r'(Constant|Linear)LR|ReduceLR', SGD),
    (r'(SGD|LBFGS)$', 'w(), lr=0.1'), (r'EarlyStopping', ''),
]
# Made of modules, or with more forms than one, or without a constructor of their own.
APART = set('''Sequential ModuleList ModuleDict Lambda Module Flow Graph Gate Switch Loop Map
    OnnxModel Parameter ParameterList ParameterDict NamedInputModule ParametrizationList
    LRScheduler Trend
    StepDecay Exponential MultiStep Cosine Warmup Plateau OneCycle Triangular SequentialLR
    ChainedScheduler GroupBuilder Optimizer'''.split())
# PyTorch's sentences, which name the thing in other words.
OTHERWISE = ('optimizer got an empty parameter list', 'Nesterov momentum requires',
             'can only optimize Tensors', 'embed_dim must be divisible by num_heads',
             'is not supported; there are', 'dropout probability', 'Expected 1 lr_lambdas',
             'lr_lambda should be', 'must have the same length as', 'bytes cannot be had',
             'when resuming scheduler')


def arguments(text):
    """The names in a signature's parentheses."""
    inside = text[text.index('(') + 1:]
    depth, names, start = 0, [], True
    for part in re.finditer(r'[(\[{]|[)\]}]|,|\w+|.', inside):
        word = part[0]
        if word in '([{':
            depth += 1
        elif word in ')]}':
            depth -= 1
            if depth < 0:
                break
        elif word == ',':
            start = start or depth == 0
        elif start and depth == 0 and re.match(r'\w', word):
            names.append(word)
            start = False
    return names


def classes():
    """{name as it is called: names of its arguments}"""
    found = {}
    text = (ROOT / 'docs/reference.md').read_text()
    for first, last in (('Layers', 'Methods of modules'), ('Optimizers', 'Data')):
        part = text[text.index(f'\n## {first}\n'):text.index(f'\n## {last}\n')]
        for name, sign in re.findall(r'\n#### ([\w.]+)\n+```\w*\n(.*?)```', part, re.S):
            found[name] = arguments(' '.join(sign.split())) if '(' in sign else []
    library = ROOT / 'repl/library'
    for file in sorted(library.glob('torch.nn.modules.*.adj')) + [
            library / 'torch.optim.adj', library / 'torch.optim.lr_scheduler.adj']:
        owner = 'nn' if '.nn.' in file.name else file.name[len('torch.'):-len('.adj')]
        for item in ast.parse(file.read_text()).body:
            if isinstance(item, ast.ClassDef) and not item.name.startswith('_'):
                for f in item.body:
                    if getattr(f, 'name', '') == '__init__':
                        names = [a.arg for a in f.args.args[1:] + f.args.kwonlyargs]
                        found.setdefault(f'{owner}.{item.name}', names)
    return {n: a for n, a in found.items() if n.split('.')[-1] not in APART}


def right(name):
    last = name.split('.')[-1]
    for pattern, call in CALLS:
        if re.match(pattern, last):
            return call
    return 'w()' if name.startswith('optim.') else ''


def spoiled(call, names):
    """(argument, wrong value, call) for each argument and value."""
    parts = re.findall(r'(?:\([^()]*\)|\[[^]]*\]|[^,()\[])+', call)
    plain = [p.strip() for p in parts if not re.match(r'\s*\w+=', p)]
    named = [p.strip() for p in parts if re.match(r'\s*\w+=', p)]
    for i, name in enumerate(names):
        for wrong in WRONG:
            rest = [p for p in named if not p.startswith(name + '=')]
            now = plain[:i] + [wrong] + plain[i + 1:] if i < len(plain) else plain + [
                f'{name}={wrong}']
            yield name, wrong, ', '.join(now + rest)


def script(found):
    yield 'import torch, torch.nn as nn, torch.optim as optim'
    yield 'w = lambda: [nn.Parameter(torch.ones(2))]'
    yield 'sgd = lambda: optim.SGD(w(), lr=0.1)'
    yield 'def attempt(name, argument, f):'
    yield '    try:'
    yield '        f()'
    yield '    except Exception as e:'
    yield '        print(name, argument, type(e).__name__, repr(str(e)), sep="\\t")'
    for name, names in found.items():
        call = right(name)
        yield f'attempt("{name}", "-", lambda: {name}({call}))'
        if name.startswith('optim.') and call.startswith('w()') and names[:1] != ['params']:
            names = ['params'] + names
        for argument, _, now in spoiled(call, names):
            yield f'attempt("{name}", "{argument}", lambda: {name}({now}))'


def fault(argument, kind, message):
    if argument == '-':
        return 'a right call is refused'
    if '\n' in message or len(message) > 400:
        return 'is not one short line'
    if any(o in message for o in OTHERWISE):
        return None
    if kind in ('AttributeError', 'ZeroDivisionError', 'KeyError', 'IndexError'):
        return 'comes from inside'
    words = argument in message or argument.replace('_', ' ') in message
    return None if words else 'names no argument'


def main():
    found = classes()
    done = subprocess.run([sys.argv[1], '-'], input='\n'.join(script(found)) + '\n',
                          capture_output=True, text=True, timeout=250)
    wrong = collections.defaultdict(list)
    for line in done.stdout.splitlines():
        name, argument, kind, message = line.split('\t', 3)
        why = fault(argument, kind, ast.literal_eval(message))
        if why:
            wrong[name].append(f'{argument}: {why}: {kind}: {message}')
    for number, name in enumerate(found, 1):
        print(f"{'not ok' if wrong[name] else 'ok'} {number} - {name}")
        for line in wrong[name][:6]:
            print('#', line)
    end = len(found) + 1
    print(f"{'not ok' if done.returncode else 'ok'} {end} - the script runs to its end")
    print(''.join(f'# {line}\n' for line in done.stderr.splitlines()[-5:]), end='')
    print(f'1..{end}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
