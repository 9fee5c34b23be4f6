# SPDX-License-Identifier: Apache-2.0
# Calls of small functions in sums over generators: the spectral norm of an infinite matrix.
def a(i, j):
    return 1.0 / ((i + j) * (i + j + 1) // 2 + i + 1)


def times(u):
    return [sum(a(i, j) * x for j, x in enumerate(u)) for i in range(len(u))]


def times_transposed(u):
    return [sum(a(j, i) * x for j, x in enumerate(u)) for i in range(len(u))]


def norm(n):
    u = [1.0] * n
    for _ in range(4):
        v = times_transposed(times(u))
        u = times_transposed(times(v))
    top = sum(x * y for x, y in zip(u, v))
    return (top / sum(x * x for x in v)) ** 0.5


print(f'{norm(130):.9f}')
