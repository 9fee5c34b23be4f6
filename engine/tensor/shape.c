// SPDX-License-Identifier: Apache-2.0
// shape.c: arithmetic on shapes and axes, and the sentences that go with their errors.
#include "core/internal.h"

int64_t adj_shape_numel(AdjShape s)
{
    uint64_t n = 1;  // may wrap around before a size of 0 is met
    for (int i = 0; i < s.n; i++) n *= (uint64_t)s.at[i];
    return (int64_t)n;
}

bool adj_shape_equal(AdjShape a, AdjShape b)
{
    return a.n == b.n && !memcmp(a.at, b.at, (size_t)(a.n > 0 ? a.n : 0) * sizeof *a.at);
}

const char *adj_shape_text(AdjShape s)
{
    enum { WIDEST = 22 };
    char *text = adj_scope_memory(ADJ_MAX_DIMS * WIDEST + 4);
    if (!text) return "(?)";
    char *p = text;
    *p++ = '(';
    for (int i = 0; i < s.n; i++) p += sprintf(p, i ? ", %lld" : "%lld", (long long)s.at[i]);
    strcpy(p, s.n == 1 ? ",)" : ")");
    return text;
}

bool adj_wrap_dim(int64_t *dim, int ndim)
{
    int64_t n = ndim ? ndim : 1;
    if (*dim >= -n && *dim < n) {
        if (*dim < 0) *dim += n;
        return true;
    }
    return adj_fail(
        ADJ_E_INDEX,
        "%s: Dimension out of range (expected to be in range of [%lld, %lld], but got %lld)",
        adj_op_name(), (long long)-n, (long long)n - 1, (long long)*dim);
}

bool adj_broadcast(AdjShape a, AdjShape b, AdjShape *out)
{
    int n = a.n > b.n ? a.n : b.n;
    out->n = n;
    for (int i = 1; i <= n; i++) {
        int64_t p = i <= a.n ? a.at[a.n - i] : 1, q = i <= b.n ? b.at[b.n - i] : 1;
        if (p != q && p != 1 && q != 1) {
            return adj_fail(ADJ_E_SHAPE, "%s: shapes %s and %s do not broadcast", adj_op_name(),
                            adj_shape_text(a), adj_shape_text(b));
        }
        out->at[n - i] = p == 1 ? q : p;
    }
    return true;
}
