# SPDX-License-Identifier: Apache-2.0
# Lists: append, indexing, slices, comprehensions, a sieve and a small matrix product.
def sieve(n):
    flags = [True] * (n + 1)
    flags[0] = flags[1] = False
    i = 2
    while i * i <= n:
        if flags[i]:
            for j in range(i * i, n + 1, i):
                flags[j] = False
        i += 1
    return [i for i in range(n + 1) if flags[i]]


def matmul(n):
    a = [[i + j for j in range(n)] for i in range(n)]
    b = [[i - j for j in range(n)] for i in range(n)]
    c = [[0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            s = 0
            for k in range(n):
                s += a[i][k] * b[k][j]
            c[i][j] = s
    return c


def queue(n):
    xs = []
    for i in range(n):
        xs.append(i)
        if i % 3 == 0:
            xs.pop()
    return len(xs), sum(xs[::2]), xs[-1]


print(len(sieve(500000)))
print(matmul(90)[5][7])
print(queue(500000))
print(sum([x * x for x in range(300000) if x % 3 == 1]))
