# SPDX-License-Identifier: Apache-2.0
# Small lists turned and copied: pancake flips over all permutations.
def fannkuch(n):
    perm = list(range(n))
    count = [0] * n
    most, checksum, k = 0, 0, 0
    while True:
        if perm[0]:
            work, flips = perm[:], 0
            while work[0]:
                first = work[0]
                work[:first + 1] = work[first::-1]
                flips += 1
            most = max(most, flips)
            checksum += flips if k % 2 == 0 else -flips
        i = 1
        while True:
            if i == n:
                return checksum, most
            perm.insert(i, perm.pop(0))
            count[i] += 1
            if count[i] <= i:
                break
            count[i] = 0
            i += 1
        k += 1


print(fannkuch(8))
