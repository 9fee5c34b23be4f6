# SPDX-License-Identifier: Apache-2.0
# Strings in many small steps: words counted, turned, joined, looked through, formatted.
WORDS = ('the quick brown fox jumps over the lazy dog while seven wizards mix a jug of bad '
         'liquor and nobody minds').split()


def text_of(n):
    state, words = 1, []
    for _ in range(n):
        state = (state * 1103515245 + 12345) % 2147483648
        words.append(WORDS[(state >> 16) % len(WORDS)])
    return ' '.join(words)


def count(text):
    counts = {}
    for word in text.split(' '):
        counts[word] = counts.get(word, 0) + 1
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:3]


def caesar(text, shift):
    out = []
    for c in text:
        if 'a' <= c <= 'z':
            out.append(chr((ord(c) - 97 + shift) % 26 + 97))
        else:
            out.append(c)
    return ''.join(out)


def palindromes(text):
    found = 0
    for word in text.split():
        if word == word[::-1]:
            found += 1
    return found


def table(text):
    lines = []
    for i, word in enumerate(text.split()[:20000]):
        lines.append(f'{i:6d} {word:<10} {len(word):>3} {i / 7:.3f}')
    return len('\n'.join(lines))


text = text_of(60000)
print(count(text), caesar(text, 3)[:30], palindromes(text), table(text))
print(text.replace('fox', 'cat').count('cat'), text.upper().find('WIZARDS'), len(set(text)))
pieces = ''
for ch in text[:100000]:
    if ch not in 'aeiou':
        pieces += ch
print(len(pieces), pieces[:20], sum(map(len, text.title().split())))
