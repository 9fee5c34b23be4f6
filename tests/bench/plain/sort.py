# SPDX-License-Identifier: Apache-2.0
# Sorting: numbers, strings, with keys; and a merge sort by hand.
def numbers(n):
    seed = 42
    out = []
    for _ in range(n):
        seed = (seed * 1103515245 + 12345) % 2147483648
        out.append(seed % 1000000)
    return out


def merge_sort(xs):
    if len(xs) <= 1:
        return xs
    mid = len(xs) // 2
    a = merge_sort(xs[:mid])
    b = merge_sort(xs[mid:])
    out = []
    i = j = 0
    while i < len(a) and j < len(b):
        if a[i] <= b[j]:
            out.append(a[i])
            i += 1
        else:
            out.append(b[j])
            j += 1
    return out + a[i:] + b[j:]


xs = numbers(200000)
print(sorted(xs)[1000], sorted(xs, reverse=True)[1000])
print(sorted(xs, key=lambda v: -v % 1000)[5])
ws = [str(x) for x in xs]
print(sorted(ws)[777])
print(merge_sort(xs[:30000])[500])
