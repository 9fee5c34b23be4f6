# SPDX-License-Identifier: Apache-2.0
"""Writes golden/format.txt: what CPython 3.11 says of formats, floats and characters.

Lines are: kind, specification, value, result, separated by tabs; errors begin with '!'.
Kinds: i f s (format of int, float, str), r (repr of a float), p (float() of a text),
o (round of a float to that many digits). Usage: python3 format.py > ../format.txt
"""

import math
import random
import struct
import sys

random.seed(11)
out = sys.stdout


def answer(f):
    try:
        return f()
    except (ValueError, OverflowError) as e:
        return "!" + str(e)


def line(kind, spec, value, result):
    out.write("\t".join((kind, spec, value, result)) + "\n")


def any_float():
    way = random.randrange(7)
    if way == 0:
        return struct.unpack("d", struct.pack("Q", random.getrandbits(64)))[0]
    if way == 1:
        return round(random.uniform(-1000, 1000), random.randint(0, 6))
    if way == 2:
        return 2.0 ** random.randint(-1074, 1023)
    if way == 3:
        return random.gauss(0, 1)
    if way == 4:
        return random.random() * 10 ** random.randint(-20, 20)
    if way == 5:
        return float(random.randint(-10**17, 10**17))
    return random.choice(
        [
            0.0,
            -0.0,
            math.inf,
            -math.inf,
            math.nan,
            0.5,
            2.5,
            1e15,
            1e16,
            5e-324,
            1e-5,
            1e-4,
            9999999999999998.0,
            1e22,
            1e23,
            1.7976931348623157e308,
        ]
    )


def any_spec():
    s = ""
    if random.random() < 0.4:
        s += random.choice(["", "*", "é", "x", "0"]) + random.choice("<>^=")
    s += random.choice(["", "", "", "+", "-", " "])
    s += random.choice(["", "", "", "", "z"])
    s += random.choice(["", "", "", "#"])
    s += random.choice(["", "", "", "0"])
    if random.random() < 0.5:
        s += str(random.randint(0, 30))
    s += random.choice(["", "", "", ",", "_"])
    if random.random() < 0.4:
        s += "." + str(random.randint(0, 20))
    if random.random() < 0.8:
        s += random.choice("bcdeEfFgGnosxX%q")
    return s


for _ in range(600):
    x = any_float()
    line("r", "", repr(x), repr(x))
for k in range(-1074, 1024, 7):
    line("r", "", repr(2.0**k), repr(2.0**k))
for _ in range(900):
    x, s = any_float(), any_spec()
    line("f", s, repr(x), answer(lambda: format(x, s)))
for _ in range(700):
    x = random.choice(
        [random.randint(-9, 9), random.randint(-(2**63), 2**63 - 1), 65, 233, 128512]
    )
    s = any_spec()
    if s.endswith("c") and not 32 < x < 0x20000:
        x = 8364
    line("i", s, str(x), answer(lambda: format(x, s)))
for _ in range(300):
    x, s = random.choice(["", "abc", "héllo", "日本語 text"]), any_spec()
    line("s", s, x, answer(lambda: format(x, s)))
for text in [
    "1_0",
    "1__0",
    "_1",
    "1_",
    "1_.5",
    "1._5",
    "1.5e1_0",
    "1e_5",
    "0x10",
    "inf",
    "-Infinity",
    "nan",
    "+nan",
    "nan(1)",
    "",
    ".",
    " 1 ",
    "1 2",
    "1e",
    "1e+",
    "1.",
    "1.e5",
    ".5",
    ".5e-3",
    "infin",
    "1_e5",
    "++1",
    "1d",
    "1e400",
    "-0",
    "4.9e-324",
    "2.5e-324",
]:
    line("p", "", text, answer(lambda: repr(float(text))).split(":")[0])
for _ in range(500):
    x, n = any_float(), random.randint(-20, 20)
    line("o", str(n), repr(x), answer(lambda: repr(round(x, n))))
for x in [5.0, 15.0, 25.0, 50.0, 51.0, 150.0, 250.0, 0.5, 2.675, 1e308, 1.7e308, 99.5, 95.0]:
    for n in (-309, -308, -3, -2, -1, 0, 1, 2):
        line("o", str(n), repr(x), answer(lambda: repr(round(x, n))))
