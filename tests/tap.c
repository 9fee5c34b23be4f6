// SPDX-License-Identifier: Apache-2.0
//
// The TAP harness of tap.h. Output is line-buffered so that a crash loses no finished point,
// and a name is cleaned of '#' and newlines, which TAP would read as a directive or a new
// point. State is one counter struct: a test program is one process with one thread that
// reports.
#include "tap.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
    int planned;  // announced by plan(), 0 if not
    int points;
    int failed;
} tap;

static void print_clean(const char *text)
{
    for (; *text; text++) putchar(*text == '#' ? '.' : *text == '\n' ? ' ' : *text);
}

static void point(bool held, const char *name, va_list args)
{
    char text[512];
    if (!tap.points) setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    vsnprintf(text, sizeof text, name, args);
    tap.points++;
    tap.failed += !held;
    printf("%s %d - ", held ? "ok" : "not ok", tap.points);
    print_clean(text);
}

static bool judge(bool held, const char *file, int line, const char *name, va_list args)
{
    point(held, name, args);
    putchar('\n');
    if (!held) note("at %s:%d", file, line);
    return held;
}

void plan(int count)
{
    tap.planned = count;
    printf("1..%d\n", count);
}

int done(void)
{
    if (!tap.planned) printf("1..%d\n", tap.points);
    if (tap.failed) note("%d of %d points failed", tap.failed, tap.points);
    bool kept = tap.planned ? tap.planned == tap.points : tap.points > 0;
    return tap.failed || !kept ? EXIT_FAILURE : EXIT_SUCCESS;
}

void skip(int count, const char *reason, ...)
{
    for (int i = 0; i < count; i++) {
        va_list args;
        va_start(args, reason);
        printf("ok %d # SKIP ", ++tap.points);
        vprintf(reason, args);
        putchar('\n');
        va_end(args);
    }
}

int skip_all(const char *reason, ...)
{
    va_list args;
    va_start(args, reason);
    fputs("1..0 # SKIP ", stdout);
    vprintf(reason, args);
    putchar('\n');
    va_end(args);
    return EXIT_SUCCESS;
}

void note(const char *format, ...)
{
    char text[4096];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n"));) printf("# %s\n", line);
}

bool tap_ok(const char *file, int line, bool held, const char *condition, const char *name, ...)
{
    va_list args;
    va_start(args, name);
    judge(held, file, line, name, args);
    va_end(args);
    if (!held && strcmp(condition, "fail") != 0) note("%s does not hold", condition);
    return held;
}

bool tap_int(const char *file, int line, int64_t got, int64_t want, const char *name, ...)
{
    va_list args;
    va_start(args, name);
    judge(got == want, file, line, name, args);
    va_end(args);
    if (got != want) note(" got %lld\nwant %lld", (long long)got, (long long)want);
    return got == want;
}

bool tap_str(const char *file, int line, const char *got, const char *want, const char *name,
             ...)
{
    bool held = got && want ? strcmp(got, want) == 0 : got == want;
    va_list args;
    va_start(args, name);
    judge(held, file, line, name, args);
    va_end(args);
    if (!held) note(" got %s\nwant %s", got ? got : "(null)", want ? want : "(null)");
    return held;
}

static bool is_near(double got, double want, double tolerance)
{
    if (isnan(got) || isnan(want)) return isnan(got) && isnan(want);
    if (isinf(got) || isinf(want)) return got == want;
    return fabs(got - want) <= tolerance * fmax(1, fabs(want));
}

bool tap_near(const char *file, int line, double got, double want, double tolerance,
              const char *name, ...)
{
    bool held = is_near(got, want, tolerance);
    va_list args;
    va_start(args, name);
    judge(held, file, line, name, args);
    va_end(args);
    if (!held) note(" got %.17g\nwant %.17g within %g", got, want, tolerance);
    return held;
}
