// SPDX-License-Identifier: Apache-2.0
// Decimal text of doubles. glibc's printf and strtod round correctly at any length, so they are the
// authority for digits; this file decides how many digits and where the point goes.
//
// Shortest digits: most numbers people print are short decimals m / 10^k with m < 2^53, k <= 22.
// Both are exact doubles, so their IEEE quotient is the number that the decimal reads as; the first
// k whose quotient is x gives the shortest text with one division per digit (Clinger 1990 used the
// same fact for reading). Other numbers need 15 to 17 digits and are tried in that order; subnormal
// ones carry less than 15 and are tried from one digit up.
// Invariant of Digits: no leading or trailing zero digit (except "0" itself), and the value is
// 0.d1d2d3... times 10^point.
#include "format_float.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

typedef struct Digits {
    const char *text;  // borrowed
    int count;
    int point;
} Digits;

static const double powers_of_ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                       1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                       1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static Digits strip(Digits d)
{
    while (d.count > 1 && d.text[d.count - 1] == '0') d.count--;
    return d;
}

// Closes up the output of %.*e, "d.ddde+XX", into bare digits.
static Digits digits_of_scientific(char *text)
{
    char *mark = strchr(text, 'e');
    Digits d = {text, 1, atoi(mark + 1) + 1};
    if (text[1] == '.') {
        d.count = (int)(mark - text) - 1;
        memmove(text + 1, text + 2, (size_t)d.count - 1);
    }
    if (text[0] == '0') d.point = 1;
    return d;
}

static bool short_decimal(double x, char *out, Digits *d)
{
    if (x < 1e-5 || x >= 1e15) return false;
    for (int k = 0; k <= 17; k++) {
        double m = nearbyint(x * powers_of_ten[k]);
        if (m >= 1e15) return false;
        if (m / powers_of_ten[k] != x) continue;
        d->count = snprintf(out, ADJ_FLOAT_REPR_SIZE, "%lld", (long long)m);
        d->text = out;
        d->point = d->count - k;
        return true;
    }
    return false;
}

// At a power of two the numbers above are twice as far apart as those below, so the nearest
// 16-digit decimal may miss where its upper neighbour still reads back.
static bool upper_neighbour(double x, char *out)
{
    int exponent;
    if (frexp(x, &exponent) != 0.5) return false;
    snprintf(out, ADJ_FLOAT_REPR_SIZE, "%.15e", x);
    char *digit = strchr(out, 'e') - 1;
    if (*digit == '9') return false;  // its neighbour has fewer digits and was tried before
    ++*digit;
    return strtod(out, NULL) == x;
}

static Digits shortest(double x, char *out)
{
    Digits d;
    if (x == 0) return (Digits){"0", 1, 1};
    if (short_decimal(x, out, &d)) return strip(d);
    for (int n = x < DBL_MIN ? 1 : DBL_DIG; n <= 17; n++) {
        snprintf(out, ADJ_FLOAT_REPR_SIZE, "%.*e", n - 1, x);
        if (n == 17 || strtod(out, NULL) == x) break;
        if (n == 16 && upper_neighbour(x, out)) break;
    }
    return strip(digits_of_scientific(out));
}

// Lays digits out in positional or scientific form, padded with zeros to [keep] digits.
static char *lay_out(char *out, Digits d, bool scientific, int keep, unsigned flags)
{
    int whole = scientific ? 1 : d.point;
    int total = d.count > keep ? d.count : keep;
    if (whole <= 0) *out++ = '0';
    for (int i = 0; i < whole; i++) *out++ = i < d.count ? d.text[i] : '0';
    int first = whole > 0 ? whole : 0;
    if (first < total || (flags & ADJ_FLOAT_ALT)) *out++ = '.';
    for (int i = whole; i < 0; i++) *out++ = '0';
    for (int i = first; i < total; i++) *out++ = i < d.count ? d.text[i] : '0';
    if (!scientific && first >= total && (flags & ADJ_FLOAT_DOT0)) {
        if (!(flags & ADJ_FLOAT_ALT)) *out++ = '.';
        *out++ = '0';
    }
    if (scientific) out += sprintf(out, "e%+03d", d.point - 1);
    *out = '\0';
    return out;
}

static size_t put_special(double x, char *out)
{
    const char *name = isnan(x) ? "nan" : x < 0 ? "-inf" : "inf";
    return strlen(strcpy(out, name));
}

static size_t repr_with(double x, unsigned flags, char *out)
{
    char scratch[ADJ_FLOAT_REPR_SIZE];
    char *at = out;
    if (!isfinite(x)) return put_special(x, out);
    if (signbit(x)) *at++ = '-';
    Digits d = shortest(fabs(x), scratch);
    bool scientific = d.point <= -4 || d.point > 16;
    return (size_t)(lay_out(at, d, scientific, 0, flags) - out);
}

size_t adj_float_repr(double x, char out[ADJ_FLOAT_REPR_SIZE])
{
    // Whole numbers of moderate size are the commonest of all and need no search.
    if (x > -1e15 && x < 1e15 && x == (double)(int64_t)x && !(x == 0 && signbit(x))) {
        return (size_t)sprintf(out, "%lld.0", (long long)x);
    }
    return repr_with(x, ADJ_FLOAT_DOT0, out);
}

// 'g' as Python means it when no type is given: the exponent comes one digit earlier, since one
// digit after the point is promised.
static void general(AdjText *text, double x, int precision, unsigned flags)
{
    if (precision == 0) precision = 1;
    char small[64];
    size_t need = (size_t)precision + 16;
    char *scratch = need <= sizeof small ? small : malloc(need);
    if (!scratch || !adj_text_reserve(text, need + 8)) {
        text->failed = true;
    } else {
        if (signbit(x)) adj_text_byte(text, '-');
        snprintf(scratch, need, "%.*e", precision - 1, fabs(x));
        Digits d = strip(digits_of_scientific(scratch));
        bool scientific = d.point <= -4 || d.point > precision - !!(flags & ADJ_FLOAT_DOT0);
        char *at = text->data + text->size;
        int keep = flags & ADJ_FLOAT_ALT ? precision : 0;
        text->size += (size_t)(lay_out(at, d, scientific, keep, flags) - at);
    }
    if (scratch != small) free(scratch);
}

static void upper(char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (text[i] >= 'a' && text[i] <= 'z') text[i] = (char)(text[i] - 32);
    }
}

void adj_float_format(AdjText *text, double x, char type, int precision, unsigned flags)
{
    char out[ADJ_FLOAT_REPR_SIZE + 8];
    size_t start = text->size;
    char low = (char)(type | 32);
    if (!isfinite(x)) adj_text_add(text, out, put_special(x, out));
    else if (low == 'r') adj_text_add(text, out, repr_with(x, flags, out));
    else if (low == 'g') general(text, x, precision, flags);
    else {
        char format[] = {'%', '#', '.', '*', low, 0};
        char *plain = flags & ADJ_FLOAT_ALT ? format : format + 1;
        *plain = '%';
        size_t need = (size_t)precision + 320;
        if (!adj_text_reserve(text, need)) return;
        int size = snprintf(text->data + start, need, plain, precision, x);
        if (size < 0) text->failed = true;  // printf counts in int; so long a text does not fit
        else text->size += (size_t)size;
    }
    if (type < 'a' && !text->failed) upper(text->data + start, text->size - start);
}

// Copies the digits of [text] without the underscores that Python allows between two digits.
static bool drop_underscores(const char *text, size_t size, char *out)
{
    char before = 0;
    for (size_t i = 0; i < size; before = text[i++]) {
        bool digit = text[i] >= '0' && text[i] <= '9';
        if (before == '_' && !digit) return false;
        if (text[i] != '_') *out++ = text[i];
        else if (before < '0' || before > '9') return false;
    }
    *out = '\0';
    return before != '_';
}

// strtod takes more than Python does: hexadecimal and nan(...). Anything but these shapes is
// refused before it is asked.
static bool is_float_text(const char *t)
{
    if (*t == '+' || *t == '-') t++;
    if (!strcasecmp(t, "inf") || !strcasecmp(t, "infinity") || !strcasecmp(t, "nan")) return true;
    size_t whole = strspn(t, "0123456789");
    t += whole;
    if (*t == '.') {
        size_t fraction = strspn(++t, "0123456789");
        t += fraction;
        whole += fraction;
    }
    if (whole == 0) return false;
    if (*t == 'e' || *t == 'E') {
        t++;
        if (*t == '+' || *t == '-') t++;
        size_t exponent = strspn(t, "0123456789");
        if (exponent == 0) return false;
        t += exponent;
    }
    return *t == '\0';
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 28 && c <= 31);
}

bool adj_float_parse(const char *text, size_t size, double *out)
{
    while (size > 0 && is_blank(*text)) text++, size--;
    while (size > 0 && is_blank(text[size - 1])) size--;
    char small[64];
    char *plain = size < sizeof small ? small : malloc(size + 1);
    bool ok = plain && size > 0 && !memchr(text, 0, size) && drop_underscores(text, size, plain) &&
              is_float_text(plain);
    if (ok) *out = strtod(plain, NULL);
    if (plain != small) free(plain);
    return ok;
}

// Rounds [x] to a multiple of 10^[k], k > 0: to so many significant digits that the last one
// stands at that place.
static double round_left_of_point(double x, int k)
{
    char text[400];
    int kept = snprintf(text, sizeof text, "%.0f", trunc(fabs(x))) - k;
    if (kept < 0) return copysign(0.0, x);
    if (kept == 0) {
        // The result is 0 or 10^k; a tie goes to the even one, 0.
        snprintf(text, sizeof text, "5e%d", k - 1);
        if (fabs(x) <= strtod(text, NULL)) return copysign(0.0, x);
        snprintf(text, sizeof text, "1e%d", k);
        return copysign(strtod(text, NULL), x);
    }
    snprintf(text, sizeof text, "%.*e", kept - 1, x);
    return strtod(text, NULL);
}

bool adj_float_round(double x, int64_t digits, double *out)
{
    *out = x;
    // Beyond these the number is exact to that place already, or all of it rounds away.
    if (!isfinite(x) || digits > 323) return true;
    if (digits < -308) return *out = copysign(0.0, x), true;
    if (digits < 0) {
        *out = round_left_of_point(x, (int)-digits);
    } else {
        char text[800];
        snprintf(text, sizeof text, "%.*f", (int)digits, x);
        *out = strtod(text, NULL);
    }
    return isfinite(*out);
}
