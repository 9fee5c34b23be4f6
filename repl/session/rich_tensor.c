// SPDX-License-Identifier: Apache-2.0
// rich_tensor.c: a tensor as HTML: what it is, how its values are spread (a strip with their
// histogram between the least and the greatest), the values at its corners as a table, and the
// last two axes as a heat map. Of more than two axes the first matrix is shown, and said so.
#include "session/rich.h"

#include "plot/figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD = 5, TAIL = 2, BINS = 48, MOST_CELLS = 72 };
// Statistics of a larger tensor are those of a part of it, which is said.
static const int64_t MOST = 1 << 22;

typedef struct Spread {
    int64_t n, nan, inf, zero;
    double low, high, mean, deviation;
    double counts[BINS];
} Spread;

static void spread_of(const double *v, int64_t n, Spread *s)
{
    double sum = 0, squares = 0;
    int64_t finite = 0;
    *s = (Spread){.n = n, .low = INFINITY, .high = -INFINITY};
    for (int64_t i = 0; i < n; i++) {
        if (isnan(v[i]))
            s->nan++;
        else if (isinf(v[i]))
            s->inf++;
        if (!isfinite(v[i])) continue;
        s->low = fmin(s->low, v[i]), s->high = fmax(s->high, v[i]);
        s->zero += v[i] == 0;
        sum += v[i];
        finite++;
    }
    s->mean = finite ? sum / (double)finite : NAN;
    double length = s->high - s->low;
    for (int64_t i = 0; i < n; i++) {
        if (!isfinite(v[i])) continue;
        squares += (v[i] - s->mean) * (v[i] - s->mean);
        int bin = length > 0 && isfinite(length) ? (int)((v[i] - s->low) / length * BINS) : 0;
        s->counts[bin < BINS ? bin : BINS - 1]++;
    }
    s->deviation = finite > 1 ? sqrt(squares / (double)(finite - 1)) : NAN;
}

// The strip: bars between the least and the greatest value, with zero marked.
static bool put_strip(AdjVM *vm, AdjBuf *b, const Spread *s)
{
    double most = 0;
    for (int i = 0; i < BINS; i++) most = fmax(most, s->counts[i]);
    if (!(most > 0)) return true;
    bool ok = adj_buf_add_c(vm, b,
                            "<svg width=\"240\" height=\"34\" viewBox=\"0 0 240 34\" "
                            "role=\"img\" aria-label=\"histogram\" style=\"display:block\">"
                            "<rect x=\"0\" y=\"33\" width=\"240\" height=\"1\" "
                            "fill=\"currentColor\" fill-opacity=\".4\"/>");
    for (int i = 0; ok && i < BINS; i++) {
        double h = s->counts[i] > 0 ? fmax(1, 31 * s->counts[i] / most) : 0;
        if (h > 0)
            ok = adj_buf_printf(vm, b,
                                "<rect x=\"%d\" y=\"%.1f\" width=\"4.6\" height=\"%.1f\" "
                                "fill=\"#3b8fd0\"/>",
                                i * 5, 33 - h, h);
    }
    if (ok && s->low < 0 && s->high > 0)
        ok = adj_buf_printf(vm, b,
                            "<rect x=\"%.1f\" y=\"0\" width=\"1\" height=\"34\" "
                            "fill=\"currentColor\" fill-opacity=\".55\"/>",
                            240 * (0 - s->low) / (s->high - s->low));
    return ok && adj_buf_add_c(vm, b, "</svg>");
}

static bool put_numbers(AdjVM *vm, AdjBuf *b, const Spread *s, int64_t all)
{
    bool ok = adj_buf_add_c(
        vm, b, "<div style=\"font-size:85%;opacity:.8;font-variant-numeric:tabular-nums\">");
    if (ok && s->nan + s->inf < s->n)
        ok = adj_buf_printf(vm, b, "%.4g \u2026 %.4g &nbsp; mean %.4g &nbsp; std %.4g", s->low,
                            s->high, s->mean, s->deviation);
    if (ok && s->zero)
        ok = adj_buf_printf(vm, b, " &nbsp; zeros %.1f%%",
                            100.0 * (double)s->zero / (double)s->n);
    if (ok && (s->nan || s->inf))
        ok = adj_buf_printf(vm, b,
                            " &nbsp; <b style=\"color:#d0103a\">%lld NaN, %lld infinite</b>",
                            (long long)s->nan, (long long)s->inf);
    if (ok && s->n < all)
        ok = adj_buf_printf(vm, b, " &nbsp; (of %lld values)", (long long)s->n);
    return ok && adj_buf_add_c(vm, b, "</div>");
}

static bool put_head(AdjVM *vm, AdjBuf *b, AdjTensor *t)
{
    AdjShape shape = adj_shape(t);
    bool ok = adj_buf_add_c(vm, b, "<div><b>tensor</b> &nbsp;(");
    for (int i = 0; ok && i < shape.n; i++)
        ok = adj_buf_printf(vm, b, "%s%lld", i ? " \u00d7 " : "", (long long)shape.at[i]);
    ok = ok && adj_buf_printf(vm, b, ") &nbsp;<span style=\"opacity:.8\">%s",
                              adj_dtype_name(adj_dtype(t)));
    const AdjNode *n = adj_grad_fn(t);
    if (ok && n) {
        ok = adj_buf_add_c(vm, b, " &nbsp;") && adj_html_text(vm, b, adj_node_name(n));
    } else if (ok && adj_requires_grad(t)) {
        ok = adj_buf_printf(vm, b, " &nbsp;requires grad%s", adj_grad(t) ? ", has one" : "");
    }
    return ok && adj_buf_add_c(vm, b, "</span></div>");
}

static bool put_cell(AdjVM *vm, AdjBuf *b, const char *text)
{
    return adj_buf_printf(vm, b, "<td style=\"text-align:right;padding:1px 7px\">%s</td>",
                          text);
}

// Whether place [i] of n is shown, and whether the gap stands before it.
static bool shown(int64_t i, int64_t n)
{
    return n <= HEAD + TAIL + 1 || i < HEAD || i >= n - TAIL;
}

// The values of row r (of [m] itself when it has one axis) that are shown: all when they are
// few, else those at the ends.
static bool row_ends(AdjTensor *m, int64_t r, int64_t columns, double *out)
{
    int64_t few = HEAD + TAIL + 1, first = columns < few ? columns : few;
    int n = 0;
    AdjIndex at[2] = {{.kind = ADJ_INDEX_INT, .i = r}};
    if (adj_ndim(m) == 0) at[0] = (AdjIndex){.kind = ADJ_INDEX_NEW_AXIS}, n = 1;
    if (adj_ndim(m) == 2) n = 1;
    at[n] = (AdjIndex){.kind = ADJ_INDEX_SLICE, .start = 0, .stop = first, .step = 1};
    const double *v = adj_rich_values(adj_index_get(m, at, adj_ndim(m) ? n + 1 : 1));
    if (!v) return false;
    memcpy(out, v, (size_t)first * sizeof *out);
    if (columns <= few) return true;
    at[n].start = columns - TAIL;
    at[n].stop = columns;
    v = adj_rich_values(adj_index_get(m, at, n + 1));
    if (v) memcpy(out + few - TAIL, v, TAIL * sizeof *out);
    return v;
}

static bool put_row(AdjVM *vm, AdjBuf *b, AdjTensor *m, int64_t r, int64_t columns, bool whole)
{
    char text[32];
    double v[HEAD + TAIL + 1];
    int n = columns < HEAD + TAIL + 1 ? (int)columns : HEAD + TAIL + 1;
    bool ok = row_ends(m, r, columns, v) && adj_buf_add_c(vm, b, "<tr>");
    for (int c = 0; ok && c < n; c++) {
        snprintf(text, sizeof text, whole && fabs(v[c]) < 1e15 ? "%.0f" : "%.4g", v[c]);
        ok = put_cell(vm, b, !shown(c, columns) ? "\u2026" : text);
    }
    return ok && adj_buf_add_c(vm, b, "</tr>");
}

static bool put_table(AdjVM *vm, AdjBuf *b, AdjTensor *m, int64_t rows, int64_t columns,
                      bool whole)
{
    bool ok = adj_buf_add_c(vm, b,
                            "<table style=\"border-collapse:collapse;font-family:monospace;"
                            "font-size:85%;margin:0;border:1px solid rgba(128,128,128,.35)\">");
    for (int64_t r = 0; ok && r < rows; r++) {
        if (!shown(r, rows)) {
            ok = adj_buf_add_c(vm, b, "<tr>") && put_cell(vm, b, "\u22ee") &&
                 adj_buf_add_c(vm, b, "</tr>");
            r = rows - TAIL - 1;
            continue;
        }
        ok = put_row(vm, b, m, r, columns, whole);
    }
    return ok && adj_buf_add_c(vm, b, "</table>");
}

// The last two axes of [t], the others at 0; a vector is one row.
static AdjTensor *first_matrix(AdjTensor *t, int64_t *rows, int64_t *columns)
{
    AdjIndex at[ADJ_MAX_DIMS];
    int n = 0;
    for (; n + 2 < adj_ndim(t); n++) at[n] = (AdjIndex){.kind = ADJ_INDEX_INT};
    AdjTensor *m = n ? adj_index_get(t, at, n) : t;
    *rows = adj_ndim(t) > 1 ? adj_size(t, -2) : 1;
    *columns = adj_ndim(t) > 0 ? adj_size(t, -1) : 1;
    return m;
}

// Every so-many-th row and column, where the matrix is too large to be read whole.
static AdjTensor *thinned(AdjTensor *m, int64_t *rows, int64_t *columns)
{
    if (*rows * *columns <= MOST) return m;
    int64_t step[2] = {*rows / 1024 + 1, *columns / 1024 + 1};
    AdjIndex at[2];
    for (int i = 0; i < 2; i++)
        at[i] = (AdjIndex){
            .kind = ADJ_INDEX_SLICE, .start = ADJ_NO_INT, .stop = ADJ_NO_INT, .step = step[i]};
    *rows = (*rows + step[0] - 1) / step[0];
    *columns = (*columns + step[1] - 1) / step[1];
    return adj_index_get(m, adj_ndim(m) == 2 ? at : at + 1, adj_ndim(m));
}

static bool put_values(AdjVM *vm, AdjBuf *b, AdjTensor *t)
{
    int64_t rows, columns;
    AdjTensor *m = first_matrix(t, &rows, &columns);
    bool whole = !adj_dtype_is_float(adj_dtype(t));
    bool ok = m && adj_buf_add_c(vm, b,
                                 "<div style=\"display:flex;gap:14px;align-items:flex-start;"
                                 "margin-top:4px\"><div style=\"overflow:auto\">");
    if (ok && adj_ndim(t) > 2)
        ok = adj_buf_add_c(vm, b,
                           "<div style=\"font-size:85%;opacity:.8\">the first matrix</div>");
    ok = ok && put_table(vm, b, m, rows, columns, whole) && adj_buf_add_c(vm, b, "</div>");
    if (ok && rows * columns > 3 && (rows > 1 || columns > 7)) {
        m = thinned(m, &rows, &columns);
        const double *v = m ? adj_rich_values(m) : NULL;
        ok = v && adj_html_heat(vm, b, v, rows, columns, MOST_CELLS, 260);
    }
    return ok && adj_buf_add_c(vm, b, "</div>");
}

static bool put_spread(AdjVM *vm, AdjBuf *b, AdjTensor *t)
{
    AdjTensor *flat = t;
    int64_t all = adj_numel(t);
    Spread s;
    if (all < 2) return true;
    if (all > MOST) {
        AdjIndex at = {.kind = ADJ_INDEX_SLICE,
                       .start = ADJ_NO_INT,
                       .stop = ADJ_NO_INT,
                       .step = all / MOST + 1};
        flat = adj_index_get(adj_reshape(adj_detach(t), ADJ_SHAPE(-1)), &at, 1);
    }
    const double *v = flat ? adj_rich_values(flat) : NULL;
    if (!v) return false;
    spread_of(v, adj_numel(flat), &s);
    return put_strip(vm, b, &s) && put_numbers(vm, b, &s, all);
}

bool adj_rich_tensor(AdjSession *s, AdjVal v, AdjBundle *out)
{
    if (!adj_is_tensor(v)) return false;
    ADJ_SCOPE;
    AdjTensor *t = adj_tensor_of(v);
    AdjBuf b = {0};
    bool former = adj_set_grad_enabled(false);
    bool ok = adj_buf_add_c(s->vm, &b, "<div class=\"adjoint-tensor\">") &&
              put_head(s->vm, &b, t) && put_spread(s->vm, &b, t) &&
              (adj_numel(t) == 0 || put_values(s->vm, &b, t)) &&
              adj_buf_add_c(s->vm, &b, "</div>");
    adj_set_grad_enabled(former);
    if (ok) adj_bundle_add(out, "text/html", b.data, b.len, false);
    adj_buf_free(&b);
    return ok;
}
