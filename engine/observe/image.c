// SPDX-License-Identifier: Apache-2.0
// image.c: two axes of a tensor as a picture of bounded size. Pixel (i, j) is the mean of the
// elements that it covers, so a thin line or a single hot element still shows; a NaN shows too.
#include "observe/statistics.h"

#include <math.h>

// Indices of the axes before the last two, clamped, and the sizes of those two.
static void place(const AdjTensor *t, const int64_t *at, int n_at, AdjImage *out)
{
    out->n_at = t->ndim > 2 ? t->ndim - 2 : 0;
    for (int i = 0; i < out->n_at; i++) {
        int64_t k = i < n_at && at ? at[i] : 0, last = t->sizes[i] - 1;
        out->at[i] = k < 0 ? 0 : k > last ? (last < 0 ? 0 : last) : k;
    }
    out->of[0] = t->ndim > 1 ? t->sizes[t->ndim - 2] : 1;
    out->of[1] = t->ndim > 0 ? t->sizes[t->ndim - 1] : 1;
}

AdjTensor *adj_slice_shown(AdjTensor *t, const int64_t *at, int n_at, AdjImage *where)
{
    if (!t) return NULL;
    ADJ_QUIET;
    *where = (AdjImage){0};
    place(t, at, n_at, where);
    if (t->numel == 0) return adj_zeros_of(ADJ_SHAPE(where->of[0], where->of[1]), ADJ_F64);
    AdjTensor *x = t;
    for (int i = 0; x && i < where->n_at; i++) x = adj_select(x, 0, where->at[i]);
    x = adj_to(adj_reshape(x, ADJ_SHAPE(where->of[0], where->of[1])), ADJ_F64);
    return adj_contiguous(x);
}

static double mean_of(const double *x, int64_t width, int64_t from, int64_t to, int64_t left,
                      int64_t right)
{
    double sum = 0;
    for (int64_t i = from; i < to; i++)
        for (int64_t j = left; j < right; j++) sum += x[i * width + j];
    return sum / (double)((to - from) * (right - left));
}

bool adj_image(AdjTensor *t, int64_t rows, int64_t columns, const int64_t *at, int n_at,
               AdjImage *out)
{
    AdjScope s;
    adj_scope_open(&s);
    AdjTensor *x = adj_keep(adj_slice_shown(t, at, n_at, out));
    adj_scope_close(&s);
    if (!x) return false;
    int64_t h = out->of[0], w = out->of[1];
    out->rows = rows < 1 ? 1 : rows < h ? rows : h;
    out->columns = columns < 1 ? 1 : columns < w ? columns : w;
    out->low = out->high = 0;
    out->pixels = adj_scope_memory((size_t)(out->rows * out->columns + 1) * sizeof(float));
    bool any = false;
    const double *from = adj_data(x);
    for (int64_t k = 0; out->pixels && k < out->rows * out->columns; k++) {
        int64_t i = k / out->columns, j = k % out->columns;
        double v = mean_of(from, w, i * h / out->rows, (i + 1) * h / out->rows,
                           j * w / out->columns, (j + 1) * w / out->columns);
        out->pixels[k] = (float)v;
        if (!isfinite(v)) continue;
        if (!any || v < out->low) out->low = v;
        if (!any || v > out->high) out->high = v;
        any = true;
    }
    adj_drop(&x);
    return out->pixels != NULL;
}
