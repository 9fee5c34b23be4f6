// SPDX-License-Identifier: Apache-2.0
// spatial.c: arguments and shapes of operations over the last axes; see spatial.h.
#include "ops/layers/spatial.h"

#include "ops/shape/view.h"

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

// Beyond this, sums of sizes could leave 64 bits, and no tensor is that large.
enum { LARGEST = 1 << 24 };

bool adj_spatial(AdjShape *s, int n, const char *name)
{
    for (int i = 0; i < s->n; i++) {
        if (s->at[i] <= LARGEST && s->at[i] >= -LARGEST) continue;
        return adj_fail(ADJ_E_VALUE, "%s: %s must be at most %d, but got %s", adj_op_name(),
                        name, LARGEST, adj_spatial_text(s->at, s->n));
    }
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

// ---------------------------------------------------------------- windows

bool adj_pooled_input(const AdjTensor *x, int n)
{
    bool some = true;
    for (int d = x->ndim - n - 1; d < x->ndim; d++) some &= d >= 0 && x->sizes[d] > 0;
    if (some && (x->ndim == n + 1 || x->ndim == n + 2)) return true;
    return adj_fail(ADJ_E_SHAPE, "%s: expected non-empty %dD or %dD input, but got %s",
                    adj_op_name(), n + 1, n + 2, adj_list_text(adj_shape(x)));
}

static bool check_pooling(const AdjPooling *p)
{
    for (int i = 0; i < p->n; i++) {
        int64_t k = p->kernel.at[i], pad = p->padding.at[i], dilation = p->dilation.at[i];
        if (k < 1) {
            return adj_fail(ADJ_E_RUNTIME,
                            "%s: kernel size should be greater than zero, but got %s",
                            adj_op_name(), adj_spatial_text(p->kernel.at, p->n));
        }
        if (p->stride.at[i] < 1) {
            return adj_fail(ADJ_E_RUNTIME, "%s: stride should be greater than zero, but got %s",
                            adj_op_name(), adj_spatial_text(p->stride.at, p->n));
        }
        if (dilation < 1) {
            return adj_fail(ADJ_E_RUNTIME,
                            "%s: dilation should be greater than zero, but got %s",
                            adj_op_name(), adj_spatial_text(p->dilation.at, p->n));
        }
        if (pad < 0) {
            return adj_fail(ADJ_E_RUNTIME, "%s: pad must be non-negative, but got pad=%lld",
                            adj_op_name(), (long long)pad);
        }
        if (pad > ((k - 1) * dilation + 1) / 2) {
            return adj_fail(ADJ_E_RUNTIME,
                            "%s: pad should be at most half of effective kernel size, but got "
                            "pad=%lld, kernel_size=%lld and dilation=%lld",
                            adj_op_name(), (long long)pad, (long long)k, (long long)dilation);
        }
    }
    return true;
}

// With ceil_mode the last window may hang over the end, but must begin before it.
static int64_t pooled_size(const AdjPooling *p, int i, int64_t in)
{
    int64_t stride = p->stride.at[i];
    int64_t room = in + 2 * p->padding.at[i] - p->dilation.at[i] * (p->kernel.at[i] - 1) - 1;
    if (room < 0 && !p->ceil_mode) return 0;
    int64_t rounded = room + (p->ceil_mode ? stride - 1 : 0);
    int64_t out = rounded < 0 ? 0 : rounded / stride + 1;
    if (p->ceil_mode && (out - 1) * stride >= in + p->padding.at[i]) out--;
    return out;
}

bool adj_pooling(AdjPooling *p, const AdjTensor *x, AdjShape *out)
{
    if (p->stride.n <= 0) p->stride = p->kernel;
    if (!adj_spatial(&p->kernel, p->n, "kernel_size") ||
        !adj_spatial(&p->stride, p->n, "stride") ||
        !adj_spatial(&p->padding, p->n, "padding") ||
        !adj_spatial(&p->dilation, p->n, "dilation") || !check_pooling(p) ||
        !adj_pooled_input(x, p->n))
        return false;
    bool some = true;
    *out = adj_shape(x);
    for (int i = 0; i < p->n; i++) {
        int d = x->ndim - p->n + i;
        out->at[d] = pooled_size(p, i, x->sizes[d]);
        some &= out->at[d] > 0;
    }
    if (some) return true;
    int from = x->ndim - p->n - 1;
    return adj_fail(
        ADJ_E_SHAPE,
        "Given input size: %s. Calculated output size: %s. Output size is too small",
        adj_times_text(x->sizes + from, p->n + 1), adj_times_text(out->at + from, p->n + 1));
}
