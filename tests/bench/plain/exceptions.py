# SPDX-License-Identifier: Apache-2.0
# Exceptions: raising, catching, finally, and protected code that does not fail.
class Odd(Exception):
    pass


def check(i):
    if i % 2:
        raise Odd(i)
    return i


def run(n):
    caught = 0
    for i in range(n):
        try:
            check(i)
        except Odd:
            caught += 1
        finally:
            caught += 0
    return caught


def lookup(n):
    d = {1: 1}
    missing = 0
    for i in range(n):
        try:
            d[i % 3]
        except KeyError:
            missing += 1
    return missing


def quiet(n):
    total = 0
    for i in range(n):
        try:
            total += i
        except ValueError:
            total = 0
    return total


print(run(200000))
print(lookup(200000))
print(quiet(1000000))
