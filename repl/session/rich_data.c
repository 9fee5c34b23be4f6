// SPDX-License-Identifier: Apache-2.0
// rich_data.c: a data set of pictures as a grid of its first ones, with their labels. What its
// items are is found by taking the first; a set whose items cannot be taken, or are no
// pictures, has no such form.
#include "session/rich.h"

#include "bind/data/data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ITEMS = 32, MOST_SIDE = 96 };

static bool is_data(AdjVal v)
{
    if (!adj_is_obj(v)) return false;
    return adj_type_is(v.o->type, &adj_type_dataset) || v.o->type == &adj_type_tensor_dataset ||
           v.o->type == &adj_type_subset;
}

// The picture of an item: the item, or the first of a tuple, when it has 2 axes or 1, 3 or 4
// channels before (or behind) them.
static AdjTensor *picture_of(AdjVal item)
{
    if (adj_is_tuple(item) && adj_as_tuple(item)->len) item = adj_as_tuple(item)->items[0];
    if (!adj_is_tensor(item)) return NULL;
    AdjTensor *t = adj_tensor_of(item);
    int64_t first = adj_ndim(t) == 3 ? adj_size(t, 0) : 1;
    if (adj_ndim(t) < 2 || adj_ndim(t) > 3 || (first != 1 && first != 3)) return NULL;
    if (adj_size(t, -1) > MOST_SIDE || adj_size(t, -2) > MOST_SIDE) return NULL;
    return adj_size(t, -1) > 3 && adj_size(t, -2) > 3 ? t : NULL;
}

static bool put_picture(AdjVM *vm, AdjBuf *b, AdjTensor *t)
{
    int rows = (int)adj_size(t, -2), columns = (int)adj_size(t, -1);
    int channels = adj_ndim(t) == 3 ? (int)adj_size(t, 0) : 1, n = rows * columns;
    const double *v = adj_rich_values(t);
    uint32_t *rgb = v ? malloc((size_t)n * sizeof *rgb) : NULL;
    double low = INFINITY, high = -INFINITY;
    if (!rgb) return false;
    for (int i = 0; i < n * channels; i++)
        if (isfinite(v[i])) low = fmin(low, v[i]), high = fmax(high, v[i]);
    for (int i = 0; i < n; i++) {
        rgb[i] = 0;
        for (int c = 0; c < 3; c++) {
            double x = v[i + (channels == 3 ? c * n : 0)];
            double share = high > low && isfinite(x) ? (x - low) / (high - low) : 0;
            rgb[i] = rgb[i] << 8 | (uint32_t)lround(255 * share);
        }
    }
    int width = columns < 56 ? 56 : columns;
    bool ok = adj_html_image(vm, b, rgb, rows, columns, width, "item");
    free(rgb);
    return ok;
}

// What stands under the picture: the label as str shows it.
static bool put_label(AdjVM *vm, AdjBuf *b, AdjVal item)
{
    AdjVal label = ADJ_NONE, text;
    if (adj_is_tuple(item) && adj_as_tuple(item)->len > 1) label = adj_as_tuple(item)->items[1];
    if (adj_is_tensor(label)) {
        if (adj_numel(adj_tensor_of(label)) != 1) return true;
        return adj_buf_printf(vm, b, "%g", adj_item(adj_tensor_of(label)));
    }
    if (adj_is_none(label) || !adj_val_str(vm, label, &text)) return adj_is_none(label);
    bool ok = adj_html_text_n(vm, b, adj_as_str(text)->data,
                              adj_as_str(text)->len < 24 ? (size_t)adj_as_str(text)->len : 24);
    adj_val_drop(text);
    return ok;
}

static int put_item(AdjVM *vm, AdjBuf *b, AdjVal set, int64_t i)
{
    AdjVal item;
    if (!adj_val_getitem(vm, set, adj_int_val(i), &item)) return -1;
    AdjTensor *picture = picture_of(item);
    bool ok = picture &&
              adj_buf_add_c(vm, b, "<div style=\"text-align:center;font-size:80%\">") &&
              put_picture(vm, b, picture) && adj_buf_add_c(vm, b, "<div>") &&
              put_label(vm, b, item) && adj_buf_add_c(vm, b, "</div></div>");
    adj_val_drop(item);
    return ok ? 1 : picture ? -1 : 0;
}

bool adj_rich_data(AdjSession *s, AdjVal v, AdjBundle *out)
{
    int64_t n;
    if (!is_data(v) || !adj_val_len(s->vm, v, &n) || n < 1) return false;
    ADJ_SCOPE;
    AdjBuf b = {0};
    int64_t shown = n < MOST_ITEMS ? n : MOST_ITEMS;
    bool ok =
        adj_buf_printf(s->vm, &b,
                       "<div class=\"adjoint-data\"><div style=\"opacity:.8;font-size:85%%\">"
                       "%lld items%s</div><div style=\"display:flex;flex-wrap:wrap;gap:6px\">",
                       (long long)n, shown < n ? ", the first of them" : "");
    for (int64_t i = 0; ok && i < shown; i++) ok = put_item(s->vm, &b, v, i) == 1;
    ok = ok && adj_buf_add_c(s->vm, &b, "</div></div>");
    if (ok) adj_bundle_add(out, "text/html", b.data, b.len, false);
    adj_buf_free(&b);
    return ok;
}
