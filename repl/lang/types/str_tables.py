# SPDX-License-Identifier: Apache-2.0
"""Writes str_class.def and str_case.def, the character tables of the language's strings.

Run once per Unicode version, under the Python whose answers are promised: the tables are that
interpreter's own answers to str.isalpha, str.upper and their family for every code point, so
there is no second opinion to drift from it. Usage: python3 str_tables.py (in this folder).
"""
import unicodedata

# The order is the bit order of ADJ_CHAR_* in str_utf8.h.
TESTS = [
    str.isalpha, str.isdecimal, str.isdigit, str.isnumeric, str.isspace, str.islower,
    str.isupper, lambda s: unicodedata.category(s) == "Lt", str.isprintable, str.isidentifier,
    lambda s: ("a" + s).isidentifier(),
]
MAPS = [str.upper, str.lower, str.title, str.casefold]
NAMES = ["UPPER", "LOWER", "TITLE", "FOLD"]
HEAD = (
    "// SPDX-License-Identifier: Apache-2.0\n"
    "// Written by str_tables.py from Unicode %s; do not edit.\n" % unicodedata.unidata_version
)


def code_points():
    return (c for c in range(0x110000) if not 0xD800 <= c < 0xE000)


def flags(c):
    return sum(bool(test(chr(c))) << bit for bit, test in enumerate(TESTS))


def class_rows():
    previous = None
    for c in code_points():
        now = flags(c)
        if now != previous:
            yield "0x%08xu," % (c << 11 | now)
        previous = now


def simple(c):
    """The four one-character mappings as differences; a longer mapping counts as none here."""
    images = [m(chr(c)) for m in MAPS]
    return tuple(ord(s) - c if len(s) == 1 else 0 for s in images)


def case_runs():
    """Maximal runs (first, last, step, deltas) with step 1 or 2, as alphabets are laid out."""
    cased = {c: simple(c) for c in code_points() if any(simple(c))}
    done = set()
    for c in sorted(cased):
        if c in done:
            continue
        runs = []
        for step in (1, 2):
            last = c
            while cased.get(last + step) == cased[c] and last + step not in done:
                last += step
            runs.append(((last - c) // step, step, last))
        _, step, last = max(runs, key=lambda r: (r[0], -r[1]))
        done.update(range(c, last + 1, step))
        yield c, last, step, cased[c]


def wrap(items, width=96):
    line = ""
    for item in items:
        if len(line) + len(item) + 1 > width:
            yield line
            line = ""
        line += (" " if line else "") + item
    yield line


def escaped(text):
    return "".join("\\%03o" % b for b in text.encode())


with open("str_class.def", "w") as f:
    f.write(
        HEAD + "// first code point << 11 | ADJ_CHAR_* bits of it and all up to the next row\n"
    )
    f.write("\n".join(wrap(class_rows())) + "\n")

with open("str_case.def", "w") as f:
    f.write(HEAD)
    f.write("// RUN(first, last, step, upper, lower, title, fold): differences to add\n")
    runs = ("RUN(0x%x, 0x%x, %d, %d, %d, %d, %d)" % (a, b, s, *d) for a, b, s, d in case_runs())
    f.write("\n".join(wrap(runs)) + "\n")
    f.write("// LONG(code point, which, UTF-8): mappings to several characters\n")
    longs = ('LONG(0x%x, %s, "%s")' % (c, name, escaped(m(chr(c)))) for c in code_points()
             for m, name in zip(MAPS, NAMES) if len(m(chr(c))) > 1)
    f.write("\n".join(wrap(longs)) + "\n")
