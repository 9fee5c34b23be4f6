// SPDX-License-Identifier: Apache-2.0
// Characters as a terminal shows them: UTF-8, the columns a character takes, and clusters, the
// pieces that a cursor must not stop inside (a letter with its marks, an emoji with its
// modifiers, a flag, a Hangul syllable). The rules are those of UAX 29 as far as they matter in
// a program text: a base, then all that has no width, then whatever a joiner ties to it. libc's
// wcwidth is not asked, because it depends on the locale and its age.
//
// Malformed UTF-8 is met one byte at a time: each bad byte is a cluster of its own, shown as
// U+FFFD, and survives editing unchanged. Characters that would act on the terminal or hide
// from the reader (controls, bidirectional overrides, invisible blanks) are shown in a visible
// form.
#include "internal.h"

#include "glyph_tables.h"

#include <stdio.h>
#include <string.h>

enum { JOINER = 0x200d, KEYCAP = 0x20e3, EMOJI_STYLE = 0xfe0f, DOTTED_CIRCLE = 0x25cc };

uint32_t adj_glyph_decode(const char *text, size_t length, size_t *bytes)
{
    const unsigned char *p = (const unsigned char *)text;
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    *bytes = 1;
    if (p[0] < 0x80) return p[0];
    size_t n = p[0] >= 0xf0 && p[0] < 0xf8 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc0 ? 2 : 0;
    if (n == 0 || n > length || p[0] >= 0xf8) return ADJ_GLYPH_BAD;
    uint32_t c = p[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) return ADJ_GLYPH_BAD;
        c = c << 6 | (p[i] & 0x3f);
    }
    if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) return ADJ_GLYPH_BAD;
    *bytes = n;
    return c;
}

size_t adj_glyph_encode(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char leads[5] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n; i-- > 1; c >>= 6) out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(leads[n] | c);
    return n;
}

static bool within(const Range *ranges, size_t count, uint32_t c)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (c > ranges[middle].last)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && c >= ranges[low].first;
}

int adj_glyph_columns(uint32_t c)
{
    if (c < 0x300) return 1;
    if (within(zero_width, sizeof zero_width / sizeof *zero_width, c)) return 0;
    return within(double_width, sizeof double_width / sizeof *double_width, c) ? 2 : 1;
}

// Format characters that change or hide what is around them without a mark of their own. Source
// that reads differently from what runs is the trick of CVE-2021-42574.
static bool is_hidden(uint32_t c)
{
    return c == 0x200b || c == 0x200e || c == 0x200f || c == 0xfeff ||
           (c >= 0x202a && c <= 0x202e) || (c >= 0x2028 && c <= 0x2029) ||
           (c >= 0x2060 && c <= 0x206f) || (c >= 0x80 && c < 0xa0);
}

static bool is_flag(uint32_t c)
{
    return c >= 0x1f1e6 && c <= 0x1f1ff;
}

static bool is_skin(uint32_t c)
{
    return c >= 0x1f3fb && c <= 0x1f3ff;
}

// Whether [c] belongs to the cluster that [before] is the latest code point of. [flags] counts
// the regional indicators so far: they go in pairs.
static bool joins(uint32_t before, uint32_t c, int flags)
{
    if (before < 0x20 || before == 0x7f || is_hidden(before) || is_hidden(c)) return false;
    if (c < 0x300) return false;
    if (adj_glyph_columns(c) == 0) return true;
    if (before == JOINER) return c > 0x2000;
    if (is_skin(c)) return before > 0x2000;
    return is_flag(c) && flags == 1;
}

size_t adj_glyph_next(const char *text, size_t length, size_t at)
{
    if (at >= length) return length;
    size_t bytes, start = at;
    uint32_t before = adj_glyph_decode(text + at, length - at, &bytes);
    int flags = is_flag(before);
    bool bad = before == ADJ_GLYPH_BAD && bytes == 1;
    at += bytes;
    while (!bad && at < length) {
        uint32_t c = adj_glyph_decode(text + at, length - at, &bytes);
        if (bytes == 1 || !joins(before, c, flags) || at + bytes - start > ADJ_GLYPH_MAX) break;
        flags += is_flag(c);
        before = c;
        at += bytes;
    }
    return at;
}

// Clusters can only be told going forward, so both start from a place that is surely an edge:
// an ASCII character never joins what is before it.
size_t adj_glyph_prev(const char *text, size_t at)
{
    size_t from = at, last = 0;
    while (from > 0 && (unsigned char)text[--from] >= 0x80) continue;
    while (from < at) {
        last = from;
        from = adj_glyph_next(text, at, from);
    }
    return last;
}

size_t adj_glyph_edge(const char *text, size_t length, size_t at)
{
    size_t from = at < length ? at : length;
    while (from > 0 && (unsigned char)text[--from] >= 0x80) continue;
    while (from < at && from < length) from = adj_glyph_next(text, length, from);
    return from;
}

bool adj_glyph_is_word(uint32_t c)
{
    if (c < 0x80) {
        return c == '_' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
    }
    if (c == 0xd7 || c == 0xf7) return false;
    return c >= 0xc0 && !(c >= 0x2000 && c < 0x2070) &&
           !(c >= 0x3000 && c < 0x3040 && c != 0x3005);
}

static AdjOnScreen show_text(const char *bytes, size_t length, int width, bool control)
{
    AdjOnScreen shown = {.width = (uint8_t)width, .control = control};
    if (length > sizeof shown.bytes) length = sizeof shown.bytes;
    memcpy(shown.bytes, bytes, length);
    shown.length = (uint8_t)length;
    return shown;
}

static AdjOnScreen show_control(uint32_t c)
{
    char text[16];
    if (c < 0x20 || c == 0x7f) {
        snprintf(text, sizeof text, "^%c", (int)(c ^ 0x40));
    } else {
        snprintf(text, sizeof text, "<%x>", (unsigned)c);
    }
    return show_text(text, strlen(text), (int)strlen(text), true);
}

// A cluster is as wide as its base; marks and joined parts ride on it. An emoji selector asks
// for two columns, which some terminals give and some do not.
static AdjOnScreen show_cluster(const char *cluster, size_t length, uint32_t base)
{
    size_t at = 0, bytes = 0, count = 0;
    bool loose = false;
    int width = adj_glyph_columns(base);
    for (; at < length; at += bytes, count++) {
        uint32_t c = adj_glyph_decode(cluster + at, length - at, &bytes);
        if (c == EMOJI_STYLE || c == KEYCAP) width = 2;
        loose = loose || c == EMOJI_STYLE || c == JOINER || is_skin(c) || is_flag(c);
    }
    if (is_flag(base) && count > 1) width = 2;
    AdjOnScreen shown = show_text(cluster, length, width, false);
    shown.loose = loose || (count > 1 && base >= 0x1100);
    return shown;
}

AdjOnScreen adj_glyph_show(const char *cluster, size_t length, int column)
{
    size_t bytes;
    uint32_t c = adj_glyph_decode(cluster, length, &bytes);
    if (c >= 0x20 && c < 0x7f && length == 1) return show_text(cluster, 1, 1, false);
    if (c == '\t')
        return show_text("        ", (size_t)(ADJ_TAB - column % ADJ_TAB),
                         ADJ_TAB - column % ADJ_TAB, false);
    if (c < 0x20 || c == 0x7f || is_hidden(c)) return show_control(c);
    if (c == ADJ_GLYPH_BAD && bytes == 1) return show_text("\xef\xbf\xbd", 3, 1, true);
    if (adj_glyph_columns(c) > 0) return show_cluster(cluster, length, c);
    AdjOnScreen shown = {.width = 1, .loose = true};
    size_t circle = adj_glyph_encode(DOTTED_CIRCLE, shown.bytes);
    memcpy(shown.bytes + circle, cluster, length);
    shown.length = (uint8_t)(circle + length);
    return shown;
}

size_t adj_glyph_fit(const char *text, size_t length, int width)
{
    size_t at = 0;
    int column = 0;
    while (at < length) {
        size_t next = adj_glyph_next(text, length, at);
        column += adj_glyph_show(text + at, next - at, column).width;
        if (column > width) break;
        at = next;
    }
    return at;
}

int adj_glyph_width(const char *text, size_t length)
{
    int column = 0;
    for (size_t at = 0, next; at < length; at = next) {
        next = adj_glyph_next(text, length, at);
        column += adj_glyph_show(text + at, next - at, column).width;
    }
    return column;
}
