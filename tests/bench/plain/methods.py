# SPDX-License-Identifier: Apache-2.0
# Objects: construction, attribute access, method calls, inheritance, operators.
class Vector:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def dot(self, other):
        return self.x * other.x + self.y * other.y


class Counter:
    def __init__(self):
        self.n = 0

    def step(self, k):
        self.n += k
        return self.n

    def reset(self):
        self.n = 0


class Twice(Counter):
    def step(self, k):
        return super().step(2 * k)


def run(n):
    c = Counter()
    for i in range(n):
        c.step(i)
        if c.n > 1000000:
            c.reset()
    return c.n


def vectors(n):
    v = Vector(0, 0)
    d = Vector(1, 2)
    total = 0
    for _ in range(n):
        v = v + d
        total += v.dot(d)
    return total


def twice(n):
    t = Twice()
    for _ in range(n):
        t.step(1)
    return t.n


print(run(500000))
print(vectors(200000))
print(twice(100000))
