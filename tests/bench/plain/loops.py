# SPDX-License-Identifier: Apache-2.0
# Nested loops over ranges with integer and float arithmetic.
def loops(n):
    total = 0
    x = 0.0
    for i in range(n):
        for j in range(n):
            total += (i * j) % 7
            x = x * 0.5 + j
    return total, x


def collatz(limit):
    longest = 0
    for start in range(1, limit):
        n = start
        steps = 0
        while n != 1:
            if n % 2 == 0:
                n = n // 2
            else:
                n = 3 * n + 1
            steps += 1
        if steps > longest:
            longest = steps
    return longest


print(loops(1000))
print(collatz(8000))
