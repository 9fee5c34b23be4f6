// SPDX-License-Identifier: Apache-2.0
// Decimal text of doubles. glibc's printf and strtod round correctly at any length, so they are
// the authority for digits; this file decides how many digits and where the point goes.
//
// Shortest digits are found by Schubfach (Giulietti, "The Schubfach way to render doubles",
// 2021): scaled by a power of ten, the interval of decimals that read back as x contains a
// multiple of 10 or, failing that, a whole number; 128-bit products, rounded to odd, decide
// exactly which. Fixed and rounded forms of moderate size are exact integer arithmetic too; the
// rest, and everything with more digits, is glibc's. Invariant of Digits: no leading or
// trailing zero digit (except "0" itself), and the value is 0.d1d2d3... times 10^point.
#include "lang/types/format_float.h"

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

enum { POW10_FIRST = -292, DOUBLE_BIAS = 1075 };
typedef struct Wide {
    uint64_t high, low;
} Wide;
static const Wide wide_powers[] = {
#include "lang/types/format_pow10.def"
};

// The top word of a 128-bit number times [c], its last bit set if anything was cut off.
static uint64_t round_to_odd(Wide g, uint64_t c)
{
    unsigned __int128 low = (unsigned __int128)g.low * c, high = (unsigned __int128)g.high * c;
    high += (uint64_t)(low >> 64);
    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

// x > 0 as digits times 10^[exponent], shortest, and of those the nearest.
static uint64_t shortest_decimal(double x, int *exponent)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1), c = fraction;
    int biased = (int)(bits >> 52), q = 1 - DOUBLE_BIAS;
    if (biased) {
        c |= UINT64_C(1) << 52;
        q = biased - DOUBLE_BIAS;
    }
    // At a power of two the numbers below are twice as close as those above.
    bool closer = fraction == 0 && biased > 1, odd = c & 1;
    int k = (q * 1262611 - (closer ? 524031 : 0)) >> 22;  // floor(log10(2^q))
    int h = q + ((-k * 1741647) >> 19) + 1;
    Wide g = wide_powers[-k - POW10_FIRST];
    uint64_t low = round_to_odd(g, (4 * c - 2 + closer) << h) + odd;
    uint64_t middle = round_to_odd(g, (4 * c) << h);
    uint64_t high = round_to_odd(g, (4 * c + 2) << h) - odd;
    uint64_t s = middle / 4, tens = s / 10;
    *exponent = k + 1;
    bool below = low <= 40 * tens, above = 40 * tens + 40 <= high;
    if (s >= 10 && below != above) return tens + above;
    *exponent = k;
    below = low <= 4 * s;
    above = 4 * s + 4 <= high;
    if (below != above) return s + above;
    uint64_t tie = 4 * s + 2;
    return s + (middle > tie || (middle == tie && (s & 1)));
}

static char *put_decimal(uint64_t n, char *end)
{
    do *--end = (char)('0' + n % 10);
    while (n /= 10);
    return end;
}

static Digits shortest(double x, char *out)
{
    if (x == 0) return (Digits){"0", 1, 1};
    int exponent;
    uint64_t n = shortest_decimal(x, &exponent);
    char *end = out + ADJ_FLOAT_REPR_SIZE, *at = put_decimal(n, end);
    int count = (int)(end - at);
    return strip((Digits){at, count, count + exponent});
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

// |x| * 10^[places] rounded half to even, exactly, if it fits: the significand times a power of
// ten has at most 117 bits, and the binary point falls inside it.
static bool scaled(double x, int places, uint64_t *out)
{
    uint64_t bits;
    x = fabs(x);
    if (places < 0 || places > 19 || x >= 0x1p63) return false;
    memcpy(&bits, &x, sizeof bits);
    int shift = DOUBLE_BIAS - (int)(bits >> 52);
    uint64_t c = (bits & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1) << 52, power = 1;
    if (x == 0) return *out = 0, true;
    if (bits >> 52 == 0 || shift > 126 || shift < 1) return false;
    for (int i = 0; i < places; i++) power *= 10;
    unsigned __int128 wide = (unsigned __int128)c * power,
                      half = (unsigned __int128)1 << (shift - 1);
    unsigned __int128 whole = wide >> shift, rest = wide - (whole << shift);
    whole += rest > half || (rest == half && (whole & 1));
    if (whole >> 64) return false;
    return *out = (uint64_t)whole, true;
}

// Adds x with so many digits after the point if that is easily done.
static bool fixed(AdjText *text, double x, int places)
{
    uint64_t n;
    char digits[48], *end = digits + sizeof digits;
    if (places < 1 || !scaled(x, places, &n)) return false;
    char *at = put_decimal(n, end);
    while (end - at <= places) *--at = '0';
    char *point = end - places;
    memmove(at - 1, at, (size_t)(point - at));
    point[-1] = '.';
    at--;
    if (signbit(x)) *--at = '-';
    adj_text_add(text, at, (size_t)(end - at));
    return true;
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
    else if (low == 'f' && fixed(text, x, precision)) return;
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
    if (!strcasecmp(t, "inf") || !strcasecmp(t, "infinity") || !strcasecmp(t, "nan"))
        return true;
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

static const double powers_of_ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                       1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                       1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

// Digits with a point or without: a whole number below 2^53 and a power of ten up to 10^22 are
// exact doubles, so their quotient is the nearest double (Clinger, "How to Read Floating Point
// Numbers Accurately", 1990).
static bool parse_short(const char *text, size_t size, double *out)
{
    size_t i = 0, digits = 0, fraction = 0;
    uint64_t n = 0;
    bool negative = size > 0 && text[0] == '-', point = false;
    for (i = negative; i < size; i++) {
        char c = text[i];
        if (c == '.' && !point) point = true;
        else if (c >= '0' && c <= '9' && digits < 15) {
            n = n * 10 + (uint64_t)(c - '0');
            digits++;
            fraction += point;
        } else return false;
    }
    if (digits == 0) return false;
    double x = (double)n / powers_of_ten[fraction];
    return *out = negative ? -x : x, true;
}

bool adj_float_parse(const char *text, size_t size, double *out)
{
    if (parse_short(text, size, out)) return true;
    while (size > 0 && is_blank(*text)) text++, size--;
    while (size > 0 && is_blank(text[size - 1])) size--;
    char small[64];
    char *plain = size < sizeof small ? small : malloc(size + 1);
    bool ok = plain && size > 0 && !memchr(text, 0, size) &&
              drop_underscores(text, size, plain) && is_float_text(plain);
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
    uint64_t n;
    if (digits < 0) {
        *out = round_left_of_point(x, (int)-digits);
    } else if (scaled(x, (int)digits, &n) && n < UINT64_C(1) << 53) {
        *out = copysign((double)n / powers_of_ten[digits], x);  // both exact: correctly rounded
    } else {
        char text[800];
        snprintf(text, sizeof text, "%.*f", (int)digits, x);
        *out = strtod(text, NULL);
    }
    return isfinite(*out);
}
