# SPDX-License-Identifier: Apache-2.0
# The same loops at the top level of a script, where names are globals.
total = 0
for i in range(1000000):
    if i % 3 == 0:
        total += i
    else:
        total -= 1
print(total)

x = 1.0
n = 0
while n < 500000:
    x = x * 1.0000001 + 0.5
    n += 1
print(round(x, 6))
