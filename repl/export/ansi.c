// SPDX-License-Identifier: Apache-2.0
// ansi.c: the output of programs that speak to a terminal: colours, bold, faint, italic,
// underlined and reversed (ECMA-48, SGR); other sequences vanish. The sixteen colours are
// classes, so that the page gives them the tones of its paper.
#include "export/export.h"

#include <string.h>

typedef struct {
    bool bold, faint, italic, underline, reverse;
    int ink, paper;  // 0..15, -1: none, -2: of many
    unsigned ink_rgb, paper_rgb;
} Look;

static const Look plain = {.ink = -1, .paper = -1};

// The 256 colours: sixteen, a cube of six levels, and greys.
static unsigned of_256(int n)
{
    if (n >= 232) return (unsigned)(8 + 10 * (n - 232)) * 0x10101u;
    unsigned rgb = 0;
    for (int i = 36; i; i /= 6) {
        int level = (n - 16) / i % 6;
        rgb = rgb << 8 | (unsigned)(level ? 55 + 40 * level : 0);
    }
    return rgb;
}

// 38;5;n and 38;2;r;g;b. The number of values used up besides the first.
static int many(const int *v, int n, int *colour, unsigned *rgb)
{
    if (n >= 3 && v[1] == 5) {
        *colour = v[2] < 16 ? v[2] : -2;
        *rgb = v[2] < 16 ? 0 : of_256(v[2] & 255);
        return 2;
    }
    if (n >= 5 && v[1] == 2) {
        *colour = -2;
        *rgb =
            (unsigned)(v[2] & 255) << 16 | (unsigned)(v[3] & 255) << 8 | (unsigned)(v[4] & 255);
        return 4;
    }
    return n - 1;
}

static void apply(Look *l, const int *v, int n)
{
    for (int i = 0; i < n; i++) {
        int c = v[i];
        if (c == 0) *l = plain;
        if (c == 1) l->bold = true;
        if (c == 2) l->faint = true;
        if (c == 3) l->italic = true;
        if (c == 4) l->underline = true;
        if (c == 7) l->reverse = true;
        if (c == 22) l->bold = l->faint = false;
        if (c == 23) l->italic = false;
        if (c == 24) l->underline = false;
        if (c == 27) l->reverse = false;
        if (c >= 30 && c <= 37) l->ink = c - 30;
        if (c >= 90 && c <= 97) l->ink = c - 82;
        if (c >= 40 && c <= 47) l->paper = c - 40;
        if (c >= 100 && c <= 107) l->paper = c - 92;
        if (c == 39) l->ink = -1;
        if (c == 49) l->paper = -1;
        if (c == 38) i += many(v + i, n - i, &l->ink, &l->ink_rgb);
        if (c == 48) i += many(v + i, n - i, &l->paper, &l->paper_rgb);
    }
}

static bool is_plain(const Look *l)
{
    return !l->bold && !l->faint && !l->italic && !l->underline && !l->reverse &&
           l->ink == -1 && l->paper == -1;
}

static void open_span(FILE *to, const Look *l)
{
    fputs("<span class=\"", to);
    if (l->bold) fputs("ab ", to);
    if (l->faint) fputs("ad ", to);
    if (l->italic) fputs("ai ", to);
    if (l->underline) fputs("au ", to);
    if (l->reverse) fputs("ar ", to);
    if (l->ink >= 0) fprintf(to, "a%d ", l->ink);
    if (l->paper >= 0) fprintf(to, "p%d ", l->paper);
    putc('"', to);
    if (l->ink == -2 || l->paper == -2) {
        fputs(" style=\"", to);
        if (l->ink == -2) fprintf(to, "color:#%06x;", l->ink_rgb);
        if (l->paper == -2) fprintf(to, "background:#%06x", l->paper_rgb);
        putc('"', to);
    }
    putc('>', to);
}

// The sequence that begins at [p] behind ESC: its end. SGR changes the look.
static const char *sequence(const char *p, const char *end, Look *l)
{
    if (p < end && *p == ']') {  // a title or a link: up to BEL or ESC \.
        while (p < end && *p != 7 && *p != 27) p++;
        if (p < end && *p == 27) p++;
        return p < end ? p + 1 : end;
    }
    if (p >= end || *p != '[') return p < end && (unsigned char)*p < 0x80 ? p + 1 : p;
    int v[16] = {0}, n = 1;
    for (p++; p < end && (unsigned char)*p < 0x40; p++) {
        if (*p >= '0' && *p <= '9' && v[n - 1] < 10000) v[n - 1] = v[n - 1] * 10 + *p - '0';
        if ((*p == ';' || *p == ':') && n < 16) n++;
    }
    if (p < end && *p == 'm') apply(l, v, n);
    return p < end && (unsigned char)*p < 0x80 ? p + 1 : p;
}

void adj_html_ansi(FILE *to, const char *text, size_t length)
{
    const char *p = text, *end = text + length;
    Look look = plain;
    while (p < end) {
        const char *stop = memchr(p, 27, (size_t)(end - p));
        if (!stop) stop = end;
        if (stop > p) {
            bool spanned = !is_plain(&look);
            if (spanned) open_span(to, &look);
            adj_html_escape(to, p, (size_t)(stop - p));
            if (spanned) fputs("</span>", to);
        }
        p = stop < end ? sequence(stop + 1, end, &look) : end;
    }
}
