#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes values.adj, the numbers metrics must give, from scikit-learn, torchmetrics and
pycocotools: ref.py > values.adj. Inputs are drawn with PyTorch's generator, which the program
shares, so only the results are written down.
"""
import torch
import sklearn.metrics as sk
import torchmetrics.functional as tm
import torchmetrics.detection as detection

HEAD = '''# SPDX-License-Identifier: Apache-2.0
# adjoint-only
# Metrics against scikit-learn, torchmetrics and pycocotools; written by ref.py.
import torch
import metrics

torch.manual_seed(0)
labels = torch.randint(0, 4, (60,))
guesses = torch.where(torch.rand(60) < 0.6, labels, torch.randint(0, 4, (60,)))
scores = torch.randn(60, 4) + 2 * torch.nn.functional.one_hot(labels, 4)
binary = torch.randint(0, 2, (80,))
chance = ((torch.randn(80) + binary) * 4).round() / 4
values = torch.randn(30, 3)
wanted = values + 0.5 * torch.randn(30, 3)
logits = torch.randn(2, 7, 11)
tokens = torch.randint(0, 11, (2, 7))
images, truths = [], []
for i in range(4):
    n, k = 3 + i, 6
    corner = torch.rand(n, 2) * 60
    boxes = torch.cat([corner, corner + 10 + torch.rand(n, 2) * 30], 1)
    truths.append({"boxes": boxes, "labels": torch.randint(0, 3, (n,))})
    near = boxes[torch.randint(0, n, (k,))] + 3 * torch.randn(k, 4)
    images.append({"boxes": near, "scores": (torch.rand(k) * 50).round() / 50,
                   "labels": torch.randint(0, 3, (k,))})


def check(name, value, expected, error=2e-6):
    value = torch.as_tensor(value).double().reshape(-1)
    expected = torch.as_tensor(expected).double().reshape(-1)
    far = (value - expected).abs().max().item()
    if not far <= error * max(1, expected.abs().max().item()):
        print(name, "gave", value.tolist(), "not", expected.tolist())


'''


def main():
    names = {}
    exec(HEAD.split('def check')[0].replace('import metrics', ''), names)
    g = lambda name: names[name]
    y, p, s = g('labels'), g('guesses'), g('scores')
    b, c = g('binary'), g('chance')
    v, w = g('values'), g('wanted')
    lines = []

    def add(call, value):
        if isinstance(value, torch.Tensor):
            value = value.tolist()
        elif hasattr(value, 'tolist'):
            value = value.tolist()
        lines.append(f'check({call!r}, metrics.{call},\n      {value!r})')

    add('accuracy(guesses, labels)', sk.accuracy_score(y, p))
    add('accuracy(scores, labels)', sk.accuracy_score(y, s.argmax(1)))
    for k in (1, 2, 3):
        add(f'top_k_accuracy(scores, labels, {k})', sk.top_k_accuracy_score(y, s, k=k))
    add('confusion_matrix(guesses, labels)', sk.confusion_matrix(y, p))
    add('confusion_matrix(guesses, labels, 6)', sk.confusion_matrix(y, p, labels=range(6)))
    for average in ('micro', 'macro', 'weighted', None):
        for name, fn in (('precision', sk.precision_score), ('recall', sk.recall_score),
                         ('f1_score', sk.f1_score)):
            add(f'{name}(guesses, labels, average={average!r})', fn(y, p, average=average))
        add(f'fbeta_score(guesses, labels, 2.0, average={average!r})',
            sk.fbeta_score(y, p, beta=2.0, average=average))
    add('f1_score(guesses[:9], labels[:9] * 0, average="macro")',
        sk.f1_score(y[:9] * 0, p[:9], average='macro'))
    add('f1_score(guesses, labels, num_classes=7)',
        tm.f1_score(p, y, task='multiclass', num_classes=7, average='macro'))
    add('auroc(chance, binary)', sk.roc_auc_score(b, c))
    add('average_precision(chance, binary)', sk.average_precision_score(b, c))
    curve = sk.roc_curve(b, c, drop_intermediate=False)
    add('roc_curve(chance, binary)[0]', curve[0])
    add('roc_curve(chance, binary)[1]', curve[1])
    soft = torch.softmax(s, 1)
    for average in ('macro', 'weighted'):
        add(f'auroc(torch.softmax(scores, 1), labels, {average!r})',
            sk.roc_auc_score(y, soft, multi_class='ovr', average=average))
        add(f'average_precision(torch.softmax(scores, 1), labels, {average!r})',
            sk.average_precision_score(torch.nn.functional.one_hot(y, 4), soft,
                                       average=average))
    for kind in ('uniform_average', 'variance_weighted', 'raw_values'):
        add(f'r2_score(values, wanted, {kind!r})', sk.r2_score(w, v, multioutput=kind))
    add('r2_score(values[:, 0], wanted[:, 0])', sk.r2_score(w[:, 0], v[:, 0]))
    add('mean_squared_error(values, wanted)', sk.mean_squared_error(w, v))
    add('mean_absolute_error(values, wanted)', sk.mean_absolute_error(w, v))
    add('perplexity(logits, tokens)', tm.text.perplexity(g('logits'), g('tokens')))
    add('perplexity(logits, tokens, ignore_index=3)',
        tm.text.perplexity(g('logits'), g('tokens'), ignore_index=3))
    coco = detection.MeanAveragePrecision(class_metrics=True)
    coco.update(g('images'), g('truths'))
    found = coco.compute()
    for name in ('map', 'map_50', 'map_75', 'mar_100', 'map_per_class'):
        add(f'mean_average_precision(images, truths)[{name!r}]', found[name])
    last = f'print("{len(lines)} values")\n# expect: {len(lines)} values'
    print(HEAD + '\n'.join(lines) + '\n' + last)


main()
