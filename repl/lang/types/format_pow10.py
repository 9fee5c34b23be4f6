# SPDX-License-Identifier: Apache-2.0
"""Writes format_pow10.def: the powers of ten by which format_float.c turns binary into decimal.

For each k the row holds 10**k as a 128-bit number with its top bit set, rounded up: high word,
low word. Run once; usage: python3 format_pow10.py (in this folder).
"""
FIRST, LAST = -292, 324


def row(k):
    num, den = (10**k, 1) if k >= 0 else (1, 10**-k)
    shift = 127 - (num.bit_length() - den.bit_length())
    value = -(-(num << max(shift, 0)) // (den << max(-shift, 0)))
    while value.bit_length() > 128:
        shift -= 1
        value = -(-(num << max(shift, 0)) // (den << max(-shift, 0)))
    while value.bit_length() < 128:
        shift += 1
        value = -(-(num << max(shift, 0)) // (den << max(-shift, 0)))
    return "{0x%016xu, 0x%016xu}," % (value >> 64, value & (1 << 64) - 1)


with open("format_pow10.def", "w") as f:
    f.write("// SPDX-License-Identifier: Apache-2.0\n"
            "// Written by format_pow10.py: 10**k for k from %d to %d, top 128 bits.\n"
            % (FIRST, LAST))
    rows = [row(k) for k in range(FIRST, LAST + 1)]
    for i in range(0, len(rows), 2):
        f.write(" ".join(rows[i:i + 2]) + "\n")
