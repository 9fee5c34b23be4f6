// SPDX-License-Identifier: Apache-2.0
// limits.c: what an axis shows. Data may be anything: empty, one point, all equal, 1e308, NaN;
// the answer is always a proper interval, because everything that is painted divides by its
// length. Margins are a share of the interval; images and the feet of bars have none, so that
// a bar stands on the axis and an image fills its frame.
#include "plot/figure.h"

#include <float.h>
#include <math.h>

// Beyond this the length of an interval would overflow.
static const double FARTHEST = DBL_MAX / 8;

bool adj_range_of(const double *v, int64_t n, bool positive, double *low, double *high)
{
    double least = INFINITY, greatest = -INFINITY;
    for (int64_t i = 0; v && i < n; i++) {
        if (!isfinite(v[i]) || (positive && v[i] <= 0)) continue;
        if (v[i] < least) least = v[i];
        if (v[i] > greatest) greatest = v[i];
    }
    *low = least;
    *high = greatest;
    return least <= greatest;
}

void adj_layer_range(const AdjLayer *l, double *low, double *high)
{
    bool found;
    if (l->has_range && isfinite(l->low) && isfinite(l->high)) {
        *low = l->low, *high = l->high;
    } else {
        double a, b;
        if (l->c)
            found = adj_range_of(l->c, l->n, l->log_range, &a, &b);
        else
            found = adj_range_of(l->grid, l->rows * l->columns, l->log_range, &a, &b);
        if (!found) a = 0, b = 1;
        *low = l->has_range && isfinite(l->low) ? l->low : a;
        *high = l->has_range && isfinite(l->high) ? l->high : b;
    }
}

void adj_image_extent(const AdjLayer *l, double e[4])
{
    for (int i = 0; i < 4; i++) e[i] = l->extent[i];
    if (l->has_extent) return;
    e[0] = -0.5;
    e[1] = (double)l->columns - 0.5;
    e[2] = l->origin_lower ? -0.5 : (double)l->rows - 0.5;
    e[3] = l->origin_lower ? (double)l->rows - 0.5 : -0.5;
}

// What has been seen of one axis so far. A sticky end is not given a margin.
typedef struct Seen {
    bool positive, any, flipped;
    double low, high;
    double sticky[2];
    bool has_sticky[2];
} Seen;

static void see(Seen *s, double v)
{
    if (!isfinite(v) || (s->positive && v <= 0)) return;
    v = fmax(-FARTHEST, fmin(FARTHEST, v));
    if (!s->any || v < s->low) s->low = v;
    if (!s->any || v > s->high) s->high = v;
    s->any = true;
}

static void see_all(Seen *s, const double *v, int64_t n)
{
    double low, high;
    if (!adj_range_of(v, n, s->positive, &low, &high)) return;
    see(s, low);
    see(s, high);
}

static void stick(Seen *s, double low, double high)
{
    see(s, low);
    see(s, high);
    if (!s->has_sticky[0] || low < s->sticky[0]) s->sticky[0] = low, s->has_sticky[0] = true;
    if (!s->has_sticky[1] || high > s->sticky[1]) s->sticky[1] = high, s->has_sticky[1] = true;
}

static double thickness_at(const AdjLayer *l, int64_t i)
{
    return l->thickness_each ? l->thickness_each[i] : l->thickness > 0 ? l->thickness : 0.8;
}

static void see_bars(const AdjLayer *l, Seen *along, Seen *up)
{
    for (int64_t i = 0; i < l->n; i++) {
        double half = thickness_at(l, i) / 2, foot = l->base ? l->base[i] : 0;
        see(along, l->x[i] - half);
        see(along, l->x[i] + half);
        see(up, foot + l->y[i]);
        see(up, foot);
    }
    // Bars that all start at the same place stand on the axis there.
    for (int64_t i = 1; l->base && i < l->n; i++)
        if (l->base[i] != l->base[0]) return;
    double foot = l->base && l->n ? l->base[0] : 0;
    bool down = false, rises = false;
    for (int64_t i = 0; i < l->n; i++) {
        if (l->y[i] < 0) down = true;
        if (l->y[i] > 0) rises = true;
    }
    if (up->positive) return;
    if (!down && (!up->has_sticky[0] || foot < up->sticky[0]))
        up->sticky[0] = foot, up->has_sticky[0] = true;
    if (!rises && down && (!up->has_sticky[1] || foot > up->sticky[1]))
        up->sticky[1] = foot, up->has_sticky[1] = true;
}

static void see_x(const AdjLayer *l, Seen *x)
{
    if (l->x) {
        see_all(x, l->x, l->n);
    } else if (l->n > 0) {
        see(x, 0);
        see(x, (double)(l->n - 1));
    }
}

static void see_image(const AdjLayer *l, Seen *x, Seen *y)
{
    double e[4];
    adj_image_extent(l, e);
    stick(x, fmin(e[0], e[1]), fmax(e[0], e[1]));
    stick(y, fmin(e[2], e[3]), fmax(e[2], e[3]));
    if (e[0] > e[1]) x->flipped = true;
    if (e[2] > e[3]) y->flipped = true;
}

static void see_contour(const AdjLayer *l, Seen *x, Seen *y)
{
    double low, high;
    if (!l->x)
        stick(x, 0, (double)(l->columns - 1));
    else if (adj_range_of(l->x, l->columns, x->positive, &low, &high))
        stick(x, low, high);
    if (!l->y)
        stick(y, 0, (double)(l->rows - 1));
    else if (adj_range_of(l->y, l->rows, y->positive, &low, &high))
        stick(y, low, high);
}

static void see_errors(const AdjLayer *l, Seen *x, Seen *y)
{
    for (int64_t i = 0; i < l->n; i++) {
        see(x, l->x[i]);
        see(y, l->y[i]);
        if (l->y2) see(y, l->y[i] - l->y2[i]);
        if (l->y3) see(y, l->y[i] + l->y3[i]);
        if (l->x2) see(x, l->x[i] - l->x2[i]);
        if (l->x3) see(x, l->x[i] + l->x3[i]);
    }
}

static void see_layer(const AdjLayer *l, Seen *x, Seen *y)
{
    switch (l->kind) {
    case ADJ_IMAGE: see_image(l, x, y); return;
    case ADJ_CONTOUR: see_contour(l, x, y); return;
    case ADJ_BARS:
        if (l->horizontal)
            see_bars(l, y, x);
        else
            see_bars(l, x, y);
        return;
    case ADJ_ERRORS: see_errors(l, x, y); return;
    case ADJ_WEDGES:
        stick(x, -1.25, 1.25);
        stick(y, -1.25, 1.25);
        return;
    case ADJ_WRITING: return;
    case ADJ_RULE:
    case ADJ_SPAN:
        if (l->vertical)
            see_all(x, l->x, 1), see_all(x, l->x2, 1);
        else
            see_all(y, l->y, 1), see_all(y, l->y2, 1);
        return;
    default:
        see_x(l, x);
        see_all(y, l->y, l->n);
        if (l->kind == ADJ_BAND) see_all(y, l->y2, l->n);
        return;
    }
}

double adj_scale_at(AdjScale s, double linear, const double lim[2], double v)
{
    if (s == ADJ_LOG) {
        if (v <= 0) return -1e6;
        return (log10(v) - log10(lim[0])) / (log10(lim[1]) - log10(lim[0]));
    }
    if (s == ADJ_SYMLOG) {
        double k = linear > 0 ? linear : 1;
        double a = asinh(lim[0] / k), b = asinh(lim[1] / k);
        return (asinh(v / k) - a) / (b - a);
    }
    return (v - lim[0]) / (lim[1] - lim[0]);
}

double adj_scale_back(AdjScale s, double linear, const double lim[2], double t)
{
    if (s == ADJ_LOG) return pow(10, log10(lim[0]) + t * (log10(lim[1]) - log10(lim[0])));
    if (s == ADJ_SYMLOG) {
        double k = linear > 0 ? linear : 1;
        double a = asinh(lim[0] / k), b = asinh(lim[1] / k);
        return k * sinh(a + t * (b - a));
    }
    return lim[0] + t * (lim[1] - lim[0]);
}

// Widens an interval that is too thin to have a length.
static void widen(AdjScale s, double lim[2])
{
    double size = fmax(fabs(lim[0]), fabs(lim[1]));
    if (s == ADJ_LOG) {
        if (lim[0] <= 0) lim[0] = lim[1] > 0 ? lim[1] * 1e-3 : 1e-3;
        if (lim[1] <= lim[0] * (1 + 1e-9)) lim[0] /= 3.1623, lim[1] = lim[0] * 10;
        if (lim[0] < 1e-290) lim[0] = 1e-290, lim[1] = fmax(lim[1], 1e-289);
        if (lim[1] > FARTHEST) lim[1] = FARTHEST, lim[0] = fmin(lim[0], FARTHEST / 10);
        return;
    }
    if (lim[1] - lim[0] > size * 1e-13 && lim[1] - lim[0] > 1e-300) return;
    double half = size > 0 ? size * 0.05 : 0.05;
    double middle = (lim[0] + lim[1]) / 2;
    if (half < 1e-290) half = 1e-290;
    lim[0] = middle - half;
    lim[1] = middle + half;
}

static void with_margin(const AdjAxis *axis, const Seen *s, double margin, double lim[2])
{
    lim[0] = s->any ? s->low : axis->scale == ADJ_LOG ? 1 : 0;
    lim[1] = s->any ? s->high : axis->scale == ADJ_LOG ? 10 : 1;
    widen(axis->scale, lim);
    double from[2] = {lim[0], lim[1]};
    if (s->any) {
        if (!(s->has_sticky[0] && s->sticky[0] <= s->low))
            lim[0] = adj_scale_back(axis->scale, axis->linear, from, -margin);
        if (!(s->has_sticky[1] && s->sticky[1] >= s->high))
            lim[1] = adj_scale_back(axis->scale, axis->linear, from, 1 + margin);
    }
    for (int i = 0; i < 2; i++) lim[i] = fmax(-FARTHEST, fmin(FARTHEST, lim[i]));
}

static void settle(const AdjAxis *axis, const Seen *s, double margin, double lim[2])
{
    with_margin(axis, s, margin < 0 ? 0 : margin > 0 ? margin : 0.05, lim);
    bool positive = axis->scale == ADJ_LOG;
    if (axis->has_low && isfinite(axis->low) && !(positive && axis->low <= 0))
        lim[0] = fmax(-FARTHEST, fmin(FARTHEST, axis->low));
    if (axis->has_high && isfinite(axis->high) && !(positive && axis->high <= 0))
        lim[1] = fmax(-FARTHEST, fmin(FARTHEST, axis->high));
    if (lim[0] > lim[1]) {
        double t = lim[0];
        lim[0] = lim[1];
        lim[1] = t;
    }
    widen(axis->scale, lim);
}

void adj_axes_limits(const AdjAxes *a, double x[2], double y[2])
{
    Seen sx = {.positive = a->x.scale == ADJ_LOG}, sy = {.positive = a->y.scale == ADJ_LOG};
    for (int i = 0; i < a->layer_count; i++) see_layer(&a->layers[i], &sx, &sy);
    settle(&a->x, &sx, a->margin_x, x);
    settle(&a->y, &sy, a->margin_y, y);
}

void adj_axes_flipped(const AdjAxes *a, bool *x, bool *y)
{
    *x = a->x.inverted;
    *y = a->y.inverted;
    for (int i = 0; i < a->layer_count; i++) {
        double e[4];
        if (a->layers[i].kind != ADJ_IMAGE) continue;
        adj_image_extent(&a->layers[i], e);
        // Limits that were given say themselves which way they run.
        if (e[0] > e[1] && !(a->x.has_low && a->x.has_high)) *x = !*x;
        if (e[2] > e[3] && !(a->y.has_low && a->y.has_high)) *y = !*y;
        return;
    }
}
