// SPDX-License-Identifier: Apache-2.0
//
// Each row of quiz.def becomes a line of `holds` and an entry of the table; the names in its
// condition are the variables here.

#include "sight/quiz.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#define QUIZ_TOLERANCE(share) static const double tolerance = share;
#define MARK(name, condition, text)
#include "export/quiz.def"
#undef QUIZ_TOLERANCE
#undef MARK
#define QUIZ_TOLERANCE(share)

enum {
#define MARK(name, condition, text) ROW_##name,
#include "export/quiz.def"
#undef MARK
};

static const AdjUiMark marks[] = {
#define MARK(name, condition, text) {#name, text, ROW_##name == ROW_right},
#include "export/quiz.def"
#undef MARK
};

static bool near(double a, double b)
{
    return fabs(a - b) <= tolerance * fmax(fabs(b), 1e-9);
}

// A number written with any minus sign and either decimal mark; NaN: it is none.
static double number_of(const char *answer)
{
    g_autofree char *text = g_strstrip(g_strdup(answer));
    g_auto(GStrv) pieces = g_strsplit(text, "\u2212", -1);
    g_autofree char *plain = g_strjoinv("-", pieces);
    g_strdelimit(plain, ",", '.');
    char *end;
    double x = g_ascii_strtod(plain, &end);
    return *plain && !*end ? x : NAN;
}

static int sign_of(const char *answer)
{
    g_autofree char *text = g_strstrip(g_strdup(answer));
    if (!strcmp(text, "+")) return 1;
    return !strcmp(text, "-") || !strcmp(text, "\u2212") ? -1 : 0;
}

static bool one_of(const AdjUiQuestion *q, double a)
{
    for (int i = 0; q->product_count > 1 && i < q->product_count; i++)
        if (near(a, q->products[i])) return true;
    return false;
}

const AdjUiMark *adj_ui_quiz_mark(const AdjUiQuestion *q, const char *answer)
{
    const double truth = q->truth, upstream = q->upstream, local = q->local;
    const double before = q->before, said = sign_of(answer), x = number_of(answer);
#define some(a) one_of(q, a)
#define MARK(name, condition, text) \
    if (condition) return &marks[ROW_##name];
#include "export/quiz.def"
#undef MARK
#undef some
}
