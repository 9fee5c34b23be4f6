# SPDX-License-Identifier: Apache-2.0
# Dictionaries: counting, lookup, update, iteration.
def words(n):
    seed = 12345
    out = []
    for _ in range(n):
        seed = (seed * 1103515245 + 12345) % 2147483648
        out.append("w" + str(seed % 1000))
    return out


def count(ws):
    counts = {}
    for w in ws:
        if w in counts:
            counts[w] += 1
        else:
            counts[w] = 1
    return counts


def squares(n):
    d = {}
    for i in range(n):
        d[i] = i * i
    total = 0
    for k, v in d.items():
        total += v - k
    for i in range(0, n, 2):
        del d[i]
    return total, len(d)


ws = words(200000)
counts = count(ws)
print(len(counts), counts["w7"], max(counts.values()))
print(squares(300000))
print(sum(counts.get("w" + str(i), 0) for i in range(2000)))
