# SPDX-License-Identifier: Apache-2.0
# Strings: building, joining, formatting, splitting, scanning.
def build(n):
    s = ""
    for i in range(n):
        s += "x" + str(i % 10)
    return len(s)


def join(n):
    parts = []
    for i in range(n):
        parts.append(f"{i}:{i * 2}")
    return len(",".join(parts))


def scan(text):
    vowels = 0
    for c in text:
        if c in "aeiou":
            vowels += 1
    return vowels


def split(text, n):
    total = 0
    for _ in range(n):
        total += len(text.split())
        total += text.count("the")
        total += len(text.replace("o", "00").upper())
    return total


text = "the quick brown fox jumps over the lazy dog " * 20
print(build(300000))
print(join(200000))
print(scan(text * 200))
print(split(text, 2000))
