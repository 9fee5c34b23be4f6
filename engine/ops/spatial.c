// SPDX-License-Identifier: Apache-2.0
// spatial.c: arguments and shapes of operations over the last axes; see spatial.h.
#include "ops/spatial.h"

#include "ops/view.h"

static const char *joined(const int64_t *at, int n, const char *open, const char *between,
                          const char *close)
{
    size_t room = (size_t)(n + 1) * 24, used = 0;
    char *text = adj_scope_memory(room);
    if (!text) return "";
    used += (size_t)snprintf(text, room, "%s", open);
    for (int i = 0; i < n; i++)
        used += (size_t)snprintf(text + used, room - used, "%s%lld", i ? between : "",
                                 (long long)at[i]);
    snprintf(text + used, room - used, "%s", close);
    return text;
}

const char *adj_spatial_text(const int64_t *at, int n)
{
    return joined(at, n, "[", ", ", "]");
}

const char *adj_times_text(const int64_t *at, int n)
{
    return joined(at, n, "(", " x ", ")");
}

bool adj_spatial(AdjShape *s, int n, const char *name)
{
    if (s->n == n) return true;
    if (s->n != 1) {
        return adj_fail(ADJ_E_RUNTIME,
                        "%s: expected %s to be a single integer value or a list of %d values "
                        "to match the dimensions, but got %s=%s",
                        adj_op_name(), name, n, name, adj_spatial_text(s->at, s->n));
    }
    *s = adj_repeat_size(s->at[0], n);
    return true;
}

AdjTensor *adj_batched(AdjTensor *x, int n, const char *what, bool *added)
{
    *added = x->ndim == n + 1;
    if (*added) return adj_unsqueeze(x, 0);
    if (x->ndim == n + 2) return x;
    return adj_fail(ADJ_E_SHAPE,
                    "Expected %dD (unbatched) or %dD (batched) input to %s, but got input of "
                    "size: %s",
                    n + 1, n + 2, what, adj_list_text(adj_shape(x)));
}
