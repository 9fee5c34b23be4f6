// SPDX-License-Identifier: Apache-2.0
// Sparklines (Tufte 2006): a row of numbers as a row of blocks. The height is linear between
// the least and the greatest finite value; where they are equal the line runs in the middle.
#include "internal.h"

#include <math.h>
#include <string.h>

static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char *const letters[] = {"_", ".", "-", "~", "=", "+", "*", "#"};
enum { LEVELS = sizeof blocks / sizeof *blocks };

// The mean of the values that fall into one character: NaN only if all of them are, infinite if
// one is, so that neither kind of trouble is averaged away.
static double mean_of(const double *values, size_t from, size_t to)
{
    double sum = 0;
    size_t count = 0;
    for (size_t i = from; i < to; i++) {
        if (isnan(values[i])) continue;
        if (isinf(values[i])) return values[i];
        sum += values[i] / (double)(to - from);
        count++;
    }
    return count ? sum * ((double)(to - from) / (double)count) : NAN;
}

static int level_of(double value, double low, double high)
{
    if (isinf(value)) return value > 0 ? LEVELS - 1 : 0;
    if (!(high > low)) return LEVELS / 2;
    // Halved, so that the span of the largest doubles does not overflow.
    double part = (value / 2 - low / 2) / (high / 2 - low / 2);
    int level = (int)(part * LEVELS);
    return level < 0 ? 0 : level >= LEVELS ? LEVELS - 1 : level;
}

size_t adj_spark(const double *values, size_t n, size_t width, bool unicode, char *text,
                 size_t size)
{
    size_t places = n < width ? n : width, length = 0;
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < places; i++) {
        double mean = mean_of(values, i * n / places, (i + 1) * n / places);
        if (!isfinite(mean)) continue;
        if (mean < low) low = mean;
        if (mean > high) high = mean;
    }
    for (size_t i = 0; i < places; i++) {
        double mean = mean_of(values, i * n / places, (i + 1) * n / places);
        const char *mark =
            isnan(mean) ? " " : (unicode ? blocks : letters)[level_of(mean, low, high)];
        size_t bytes = strlen(mark);
        if (length + bytes >= size) break;
        memcpy(text + length, mark, bytes);
        length += bytes;
    }
    if (size) text[length] = 0;
    return length;
}
