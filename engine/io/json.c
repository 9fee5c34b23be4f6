// SPDX-License-Identifier: Apache-2.0
// json.c: see json.h. Grammar as in RFC 8259; numbers other than whole ones are only skipped.
#include "io/json.h"

static bool fail(AdjJson *j)
{
    j->failed = true;
    return false;
}

static void space(AdjJson *j)
{
    while (j->at < j->end && strchr(" \t\r\n", *j->at) && *j->at) j->at++;
}

bool adj_json_take(AdjJson *j, char c)
{
    if (j->failed) return false;
    space(j);
    if (j->at >= j->end || *j->at != c) return false;
    j->at++;
    return true;
}

bool adj_json_expect(AdjJson *j, char c)
{
    return adj_json_take(j, c) || fail(j);
}

bool adj_json_at_end(AdjJson *j)
{
    space(j);
    return !j->failed && j->at == j->end;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool four_hex(AdjJson *j, uint32_t *out)
{
    *out = 0;
    if (j->end - j->at < 4) return false;
    for (int i = 0; i < 4; i++) {
        int h = hex(*j->at++);
        if (h < 0) return false;
        *out = *out << 4 | (uint32_t)h;
    }
    return true;
}

static char *put_utf8(char *to, uint32_t c)
{
    if (c < 0x80)
        *to++ = (char)c;
    else if (c < 0x800) {
        *to++ = (char)(0xc0 | c >> 6);
        *to++ = (char)(0x80 | (c & 63));
    } else if (c < 0x10000) {
        *to++ = (char)(0xe0 | c >> 12);
        *to++ = (char)(0x80 | (c >> 6 & 63));
        *to++ = (char)(0x80 | (c & 63));
    } else {
        *to++ = (char)(0xf0 | c >> 18);
        *to++ = (char)(0x80 | (c >> 12 & 63));
        *to++ = (char)(0x80 | (c >> 6 & 63));
        *to++ = (char)(0x80 | (c & 63));
    }
    return to;
}

// What follows a backslash; a pair of surrogates is one character.
static char *escape(AdjJson *j, char *to)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    if (j->at >= j->end) return NULL;
    char c = *j->at++;
    const char *known = c ? strchr(names, c) : NULL;
    if (known) {
        *to++ = values[known - names];
        return to;
    }
    uint32_t a, b;
    if (c != 'u' || !four_hex(j, &a) || a == 0) return NULL;
    if (a >= 0xd800 && a < 0xdc00) {
        if (j->end - j->at < 6 || j->at[0] != '\\' || j->at[1] != 'u') return NULL;
        j->at += 2;
        if (!four_hex(j, &b) || b < 0xdc00 || b > 0xdfff) return NULL;
        a = 0x10000 + ((a - 0xd800) << 10) + (b - 0xdc00);
    } else if (a >= 0xdc00 && a < 0xe000) {
        return NULL;
    }
    return put_utf8(to, a);
}

// Whether the bytes are UTF-8: the shortest form of each code point, none beyond U+10FFFF, no
// surrogates. The text ends in a zero, so a sequence that is cut short is seen as such.
static bool is_utf8(const unsigned char *p, ptrdiff_t n)
{
    for (const unsigned char *end = p + n; p < end;) {
        unsigned c = *p++;
        if (c < 0x80) continue;
        int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
        if (c < 0xc2 || c > 0xf4) return false;
        uint32_t point = c & (0x3fu >> more);
        for (int k = 0; k < more; k++, p++) {
            if ((*p & 0xc0) != 0x80) return false;
            point = point << 6 | (*p & 0x3f);
        }
        static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
        if (point < least[more] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
            return false;
    }
    return true;
}

const char *adj_json_string(AdjJson *j)
{
    if (!adj_json_expect(j, '"')) return NULL;
    const char *close = j->at;
    while (close < j->end && *close != '"') close += *close == '\\' ? 2 : 1;
    if (close >= j->end) {
        fail(j);
        return NULL;
    }
    char *text = adj_scope_memory((size_t)(close - j->at) + 1), *to = text;
    while (text && j->at < close) {
        unsigned char c = (unsigned char)*j->at++;
        if (c == '\\')
            to = escape(j, to);
        else if (c < 0x20)
            to = NULL;
        else
            *to++ = (char)c;
        if (!to) break;
    }
    if (to) *to = 0;
    if (!text || !to || j->at != close || !is_utf8((const unsigned char *)text, to - text)) {
        fail(j);
        return NULL;
    }
    j->at++;
    return text;
}

bool adj_json_int(AdjJson *j, int64_t *out)
{
    if (j->failed) return false;
    space(j);
    bool negative = j->at < j->end && *j->at == '-';
    if (negative) j->at++;
    int64_t n = 0;
    const char *first = j->at;
    for (; j->at < j->end && *j->at >= '0' && *j->at <= '9'; j->at++)
        if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, *j->at - '0', &n))
            return fail(j);
    bool more = j->at < j->end && *j->at && strchr(".eE", *j->at);
    if (j->at == first || more) return fail(j);
    *out = negative ? -n : n;
    return true;
}

// A word or number is skipped as the run of its characters: headers that lie here are harmless.
static bool skip_plain(AdjJson *j)
{
    const char *first = j->at;
    while (j->at < j->end && *j->at && !strchr(" \t\r\n,:]}[{\"", *j->at)) j->at++;
    return j->at > first || fail(j);
}

bool adj_json_skip(AdjJson *j)
{
    int64_t depth = 0;
    do {
        space(j);
        if (j->failed || j->at >= j->end) return fail(j);
        if (*j->at == '{' || *j->at == '[') {
            depth++;
            j->at++;
        } else if (*j->at == '}' || *j->at == ']') {
            if (--depth < 0) return fail(j);
            j->at++;
        } else if (*j->at == ',' || *j->at == ':') {
            if (!depth) return fail(j);
            j->at++;
        } else if (*j->at == '"') {
            ADJ_SCOPE;
            if (!adj_json_string(j)) return false;
        } else if (!skip_plain(j)) {
            return false;
        }
    } while (depth);
    return true;
}
