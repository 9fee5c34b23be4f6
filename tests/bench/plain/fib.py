# SPDX-License-Identifier: Apache-2.0
# Calls of functions: the naive Fibonacci recursion.
def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


print(fib(27))
