// SPDX-License-Identifier: Apache-2.0
// ticks.c: round numbers for an axis. Steps are 1, 2, 2.5 or 5 times a power of ten, the
// smallest that leaves room for its labels. All labels of an axis have the same number of
// decimals, just enough to tell them apart. What they share is said once, at the end of the
// axis: a power of ten when the numbers are large or small, an offset when they differ only far
// behind the point (as in Heckbert, "Nice numbers for graph labels", Graphics Gems 1990).
#include "plot/figure.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// The smallest round step of which at most [room] fit into [length].
static double round_step(double length, int room)
{
    static const double factors[] = {1, 2, 2.5, 5, 10};
    if (room < 1) room = 1;
    double raw = length / room, power = pow(10, floor(log10(raw)));
    if (!isfinite(power) || power <= 0) return raw;
    for (int i = 0; i < 5; i++)
        if (factors[i] * power >= raw * (1 - 1e-9)) return factors[i] * power;
    return 10 * power;
}

// -3 as text with a minus sign that is as wide as a plus.
static void with_minus(char *text, size_t room)
{
    char copy[48];
    if (text[0] != '-') return;
    snprintf(copy, sizeof copy, "%s", text + 1);
    bool zero = strspn(copy, "0.") == strlen(copy);
    snprintf(text, room, "%s%.24s", zero ? "" : "\u2212", copy);
}

static void power_text(char *text, size_t room, const char *before, int exponent)
{
    snprintf(text, room, "$%s10^{%d}$", before, exponent);
}

// Digits behind the point that tell multiples of [step] apart.
static int decimals_of(double step)
{
    for (int d = 0; d < 16; d++) {
        double scaled = step * pow(10, d);
        if (scaled > 0.5 && fabs(scaled - round(scaled)) < 1e-6 * scaled) return d;
    }
    return 16;
}

// What all ticks share: 0 unless they are so close together, seen from zero, that their first
// four digits would be the same.
static double common_offset(const AdjTicks *t, double step)
{
    double largest = fmax(fabs(t->at[0]), fabs(t->at[t->n - 1]));
    double length = t->at[t->n - 1] - t->at[0];
    if (t->n < 2 || length <= 0 || t->at[0] * t->at[t->n - 1] <= 0) return 0;
    if (largest / length < 1e4) return 0;
    double unit = pow(10, ceil(log10(length) + 1e-9));
    double offset = floor(t->at[0] / unit) * unit;
    return fabs(offset) > step * 1e13 ? 0 : offset;
}

static void number_text(double v, int decimals, char *text, size_t room)
{
    snprintf(text, room, "%.*f", decimals, v);
    with_minus(text, room);
}

static void name_linear(AdjTicks *t, double step)
{
    double offset = t->n ? common_offset(t, step) : 0;
    double largest = fmax(fabs(t->at[0] - offset), fabs(t->at[t->n - 1] - offset));
    int exponent = largest > 0 ? (int)floor(log10(largest) + 1e-12) : 0;
    if (exponent > -5 && exponent < 6) exponent = 0;
    double unit = pow(10, exponent);
    int decimals = decimals_of(step / unit);
    for (int i = 0; i < t->n; i++)
        number_text((t->at[i] - offset) / unit, decimals, t->text[i], sizeof t->text[i]);
    char power[48] = "", rest[32] = "";
    if (exponent) power_text(power, sizeof power, "\u00d7", exponent);
    if (offset != 0) snprintf(rest, sizeof rest, "%s%.15g", offset > 0 ? "+" : "", offset);
    with_minus(rest, sizeof rest);
    snprintf(t->offset, sizeof t->offset, "%.30s%s%.10s", power, *power && *rest ? " " : "",
             rest);
    if (*power && !*rest) snprintf(t->offset, sizeof t->offset, "%.47s", power);
}

static void linear_ticks(const double lim[2], int room, AdjTicks *t)
{
    double length = lim[1] - lim[0], step = round_step(length, room);
    double first = ceil(lim[0] / step - 1e-9);
    for (double k = first; t->n < ADJ_MAX_TICKS - 1; k++) {
        double v = k * step;
        if (v > lim[1] + length * 1e-9) break;
        t->at[t->n++] = fabs(v) < step * 1e-9 ? 0 : v;
        if (k + 1 == k) break;  // so far from zero that steps are lost in rounding
    }
    if (!t->n) t->at[t->n++] = lim[0];
    name_linear(t, step);
    double fine = step / 5;
    double lead = step / pow(10, floor(log10(step)));
    if (fabs(lead - 2) < 1e-6) fine = step / 4;
    for (double v = ceil(lim[0] / fine) * fine; v <= lim[1]; v += fine) {
        if (t->minor_n == 4 * ADJ_MAX_TICKS || v + fine == v) break;
        t->minor[t->minor_n++] = v;
    }
}

static void add_log(AdjTicks *t, double v, double factor, int exponent)
{
    if (t->n == ADJ_MAX_TICKS) return;
    t->at[t->n] = v;
    char *text = t->text[t->n++];
    if (factor == 1) {
        power_text(text, sizeof t->text[0], "", exponent);
    } else {
        char before[16];
        snprintf(before, sizeof before, "%g\u00d7", factor);
        power_text(text, sizeof t->text[0], before, exponent);
    }
}

static void log_minor(const double lim[2], int low, int high, AdjTicks *t)
{
    if (high - low > 12) return;
    for (int e = low; e <= high; e++) {
        for (int k = 2; k < 10; k++) {
            double v = k * pow(10, e);
            if (v < lim[0] || v > lim[1] || t->minor_n == 4 * ADJ_MAX_TICKS) continue;
            t->minor[t->minor_n++] = v;
        }
    }
}

// Powers of ten; where fewer than two of them are to be seen also 2 and 5 times them; where
// even that is too coarse the numbers of a linear axis.
static void log_ticks(const double lim[2], int room, AdjTicks *t)
{
    double a = log10(lim[0]), b = log10(lim[1]);
    int low = (int)floor(a), high = (int)ceil(b);
    if (b - a < 0.7) {
        linear_ticks(lim, room, t);
        return;
    }
    int whole = (int)(floor(b + 1e-9) - ceil(a - 1e-9)) + 1;
    int stride = whole > room && room > 0 ? (whole + room - 1) / room : 1;
    static const double factors[] = {1, 2, 5};
    for (int e = low; e <= high; e++) {
        if (stride > 1 && ((e % stride) + stride) % stride) continue;
        for (int k = 0; k < (whole < 3 && room >= 4 ? 3 : 1); k++) {
            double v = factors[k] * pow(10, e);
            if (v >= lim[0] * (1 - 1e-9) && v <= lim[1] * (1 + 1e-9))
                add_log(t, v, factors[k], e);
        }
    }
    log_minor(lim, low, high, t);
    for (int e = low; stride > 1 && e <= high && t->minor_n < 4 * ADJ_MAX_TICKS; e++)
        t->minor[t->minor_n++] = pow(10, e);
}

static void symlog_ticks(double linear, const double lim[2], int room, AdjTicks *t)
{
    int first = (int)ceil(log10(linear > 0 ? linear : 1) - 1e-9);
    double most = fmax(fabs(lim[0]), fabs(lim[1]));
    int last = most > 0 ? (int)floor(log10(most)) : first;
    int stride = 1 + 2 * (last - first + 1) / (room > 1 ? room : 1);
    for (int sign = -1; sign <= 1; sign += 2) {
        for (int k = first; k <= last; k += stride) {
            double v = sign * pow(10, k);
            if (v < lim[0] || v > lim[1] || t->n == ADJ_MAX_TICKS - 1) continue;
            t->at[t->n] = v;
            power_text(t->text[t->n++], sizeof t->text[0], sign < 0 ? "\u2212" : "", k);
        }
    }
    if (lim[0] <= 0 && lim[1] >= 0) {
        t->at[t->n] = 0;
        strcpy(t->text[t->n++], "0");
    }
}

void adj_axis_ticks(AdjScale scale, double linear, const double lim[2], int room, AdjTicks *out)
{
    *out = (AdjTicks){0};
    if (room < 2) room = 2;
    if (room > ADJ_MAX_TICKS / 2) room = ADJ_MAX_TICKS / 2;
    if (scale == ADJ_LOG)
        log_ticks(lim, room, out);
    else if (scale == ADJ_SYMLOG)
        symlog_ticks(linear, lim, room, out);
    else
        linear_ticks(lim, room, out);
}

int adj_levels(double low, double high, int room, double *out)
{
    int n = 0;
    // A step between numbers whose difference is none would be none either.
    low = fmax(low, -1e307);
    high = fmin(high, 1e307);
    double step = high > low ? round_step(high - low, room) : 0;
    for (double k = floor(low / step); step > 0 && n < room + 2; k++) {
        if (!(k * step < high + step)) break;
        out[n++] = k * step;
    }
    if (!n) out[n++] = low;
    return n;
}
