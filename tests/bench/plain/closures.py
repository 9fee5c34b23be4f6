# SPDX-License-Identifier: Apache-2.0
# Closures, keyword and default arguments, generators, map and lambda.
def make_adder(k):
    def add(x, scale=1):
        return x * scale + k
    return add


def count_to(n):
    i = 0
    while i < n:
        yield i
        i += 1


def run(n):
    add = make_adder(3)
    total = 0
    for i in range(n):
        total += add(i) + add(i, scale=2)
    return total


print(run(200000))
print(sum(count_to(300000)))
print(sum(x * 2 for x in range(300000)))
print(sum(map(lambda x: x + 1, range(300000))))
