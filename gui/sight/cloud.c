// SPDX-License-Identifier: Apache-2.0
//
// Classes are found when a portion settles: up to ADJ_UI_CLASSES different labels are classes;
// beyond that words have no colours of their own and numbers run over a colour map.

#include "cloud.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

AdjUiCloud *adj_ui_cloud_new(int64_t rows, int64_t of, int64_t every, int components)
{
    AdjUiCloud *c = g_new0(AdjUiCloud, 1);
    c->room = (int)MIN(rows, G_MAXINT / 16);
    c->of = of;
    c->every = MAX(every, 1);
    c->components = CLAMP(components, 1, 3);
    c->raw = g_new0(float, 3 * (gsize)c->room + 3);
    c->at = g_new0(float, 3 * (gsize)c->room + 3);
    c->reach = 1;
    return c;
}

static void forget_classes(AdjUiCloud *c)
{
    for (int i = 0; i < c->class_count; i++) g_free(c->classes[i]);
    g_clear_pointer(&c->class_of, g_free);
    c->class_count = 0;
}

void adj_ui_cloud_free(AdjUiCloud *c)
{
    if (!c) return;
    forget_classes(c);
    for (int i = 0; c->words && i < c->count; i++) g_free(c->words[i]);
    g_free(c->words);
    g_free(c->numbers);
    g_free(c->raw);
    g_free(c->at);
    g_free(c);
}

void adj_ui_cloud_add(AdjUiCloud *c, const float *places, const float *numbers,
                      char *const *words, int count)
{
    count = MIN(count, c->room - c->count);
    if (numbers && !c->numbers) c->numbers = g_new0(float, c->room + 1);
    if (words && !c->words) c->words = g_new0(char *, c->room + 1);
    for (int i = 0; i < count; i++, c->count++) {
        for (int k = 0; k < c->components; k++)
            c->raw[3 * c->count + k] = places[i * c->components + k];
        if (c->numbers) c->numbers[c->count] = numbers ? numbers[i] : NAN;
        if (c->words) c->words[c->count] = g_strdup(words && words[i] ? words[i] : "");
    }
}

// -- classes ------------------------------------------------------------------------------

// Which class the label of a point is, making one if need be; -1: there is no room for more.
static int class_of(AdjUiCloud *c, int point)
{
    double value = c->numbers ? c->numbers[point] : NAN;
    for (int k = 0; k < c->class_count; k++) {
        if (c->words ? !strcmp(c->classes[k], c->words[point]) : c->class_values[k] == value)
            return k;
    }
    if (c->class_count == ADJ_UI_CLASSES || (c->numbers && value != floor(value))) return -1;
    c->class_values[c->class_count] = value;
    c->classes[c->class_count] =
        c->words ? g_strdup(c->words[point]) : g_strdup_printf("%.9g", value);
    return c->class_count++;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Numbers in their order; words as they came.
static void sort_classes(AdjUiCloud *c)
{
    if (!c->numbers) return;
    qsort(c->class_values, (size_t)c->class_count, sizeof(double), compare);
    for (int k = 0; k < c->class_count; k++) {
        g_free(c->classes[k]);
        c->classes[k] = g_strdup_printf("%.9g", c->class_values[k]);
    }
}

static void find_classes(AdjUiCloud *c)
{
    forget_classes(c);
    if (!c->numbers && !c->words) return;
    for (int i = 0; i < c->count; i++)
        if (class_of(c, i) < 0) {
            forget_classes(c);
            return;
        }
    sort_classes(c);
    c->class_of = g_new(uint8_t, c->count + 1);
    for (int i = 0; i < c->count; i++) c->class_of[i] = (uint8_t)class_of(c, i);
}

static void find_range(AdjUiCloud *c)
{
    bool any = false;
    for (int i = 0; c->numbers && i < c->count; i++) {
        double v = c->numbers[i];
        if (!isfinite(v)) continue;
        c->low = any ? fmin(c->low, v) : v;
        c->high = any ? fmax(c->high, v) : v;
        any = true;
    }
}

// The second axis goes up and the third away, so the view from the front is the usual one.
static void scale(AdjUiCloud *c)
{
    double most = 0;
    for (int i = 0; i < 3 * c->count; i++)
        if (isfinite(c->raw[i])) most = fmax(most, fabs((double)c->raw[i]));
    c->reach = most > 0 ? most : 1;
    for (int i = 0; i < c->count; i++) {
        const float *from = c->raw + 3 * i;
        float *to = c->at + 3 * i;
        to[0] = (float)(0.5 * from[0] / c->reach);
        to[1] = (float)(-0.5 * from[2] / c->reach);
        to[2] = (float)(0.5 * from[1] / c->reach);
    }
}

void adj_ui_cloud_settle(AdjUiCloud *c)
{
    scale(c);
    find_range(c);
    find_classes(c);
}

// -- names --------------------------------------------------------------------------------

int64_t adj_ui_cloud_row(const AdjUiCloud *c, int point)
{
    return point * c->every;
}

char *adj_ui_cloud_label(const AdjUiCloud *c, int point)
{
    if (c->words) return g_strdup(c->words[point]);
    return c->numbers ? g_strdup_printf("%.6g", (double)c->numbers[point]) : g_strdup("");
}

char *adj_ui_cloud_name(const AdjUiCloud *c, int point)
{
    g_autofree char *label = adj_ui_cloud_label(c, point);
    return g_strdup_printf(*label ? "row %" G_GINT64_FORMAT ": %s" : "row %" G_GINT64_FORMAT,
                           adj_ui_cloud_row(c, point), label);
}

bool adj_ui_cloud_matches(const AdjUiCloud *c, int point, const char *text)
{
    char row[24];
    g_snprintf(row, sizeof row, "%" G_GINT64_FORMAT, adj_ui_cloud_row(c, point));
    if (!strcmp(row, text)) return true;
    g_autofree char *label = adj_ui_cloud_label(c, point);
    g_autofree char *a = g_utf8_casefold(label, -1), *b = g_utf8_casefold(text, -1);
    return c->words ? strstr(a, b) != NULL : !strcmp(a, b) && *b;
}
