# SPDX-License-Identifier: Apache-2.0
# Views share their base's count of changes: what a derivative needs and a change through
# another view has destroyed is noticed; what is still there is not.
import torch


def attempt(name, change):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], requires_grad=True)
    w = torch.tensor([0.5, -1.0], requires_grad=True)
    a = x * 1
    try:
        change(a, w)
        a.sum().backward()
        print(name, x.grad.tolist(), None if w.grad is None else w.grad.tolist())
    except RuntimeError as e:
        print(name, "modified by an inplace operation" in str(e))


def product_of_views(a, w):
    b = a[:2]
    a[2] = b[0] * a[1]


def copied_product(a, w):
    a[2].copy_(a[0] * a[1])


def product_into_itself(a, w):
    a[1] = a[0] * a[0]


def product_of_copies(a, w):
    b = a.clone()
    a[2] = b[0] * b[1]


def result_kept(a, w):
    a[0] = a[0].exp()


def in_place(a, w):
    a[0] *= w
    a[1] = a[1] * 3
    a[0:2] += w * 2


def by_index(a, w):
    a[[0, 2]] = a[[1, 1]] * w


def mask(a, w):
    a[a > 3.5] = w[0]


for f in (product_of_views, copied_product, product_into_itself, product_of_copies, result_kept,
          in_place, by_index, mask):
    attempt(f.__name__, f)
a = torch.ones(3)
b = a[1:]
b.mul_(2)
a.add_(1)
print(a._version, b._version, a.tolist())
