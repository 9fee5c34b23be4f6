// SPDX-License-Identifier: Apache-2.0
// How inks become escape sequences on the terminal at hand: truecolour, 256 colours, the
// sixteen of the user's palette, attributes alone (NO_COLOR), or nothing (a dumb terminal, a
// file). The rows are in inks.def; nothing else in the program spells a colour. The sequences
// are SGR (`ESC [ ... m`):
//
//     0 all off   1 bold   2 dim   3 italic   4 underlined   7 reversed
//     30-37, 90-97 colour of the sixteen   38;5;n colour n of 256   38;2;r;g;b any colour
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { INK_B = 1, INK_D = 2, INK_I = 4, INK_U = 8 };

typedef struct Ink {
    int rgb, ansi, attributes;
} Ink;

static const Ink inks[ADJ_INK_COUNT] = {
#define INK(name, rgb, ansi, attributes, what) [ADJ_INK_##name] = {rgb, ansi, attributes},
#include "inks.def"
#undef INK
};

static const AdjMarks unicode_marks = {
    .in = "›",
    .out = "‹",
    .more = "·",
    .above = "↑",
    .below = "↓",
    .ellipsis = "…",
    .unfinished = "⏎",
};
static const AdjMarks ascii_marks = {
    .in = ">",
    .out = "<",
    .more = ".",
    .above = "^",
    .below = "v",
    .ellipsis = "...",
    .unfinished = "%",
};

const AdjMarks *adj_theme_marks(bool unicode)
{
    return unicode ? &unicode_marks : &ascii_marks;
}

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value && *value;
}

bool adj_term_unicode(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!is_set(names[i])) continue;
        const char *value = getenv(names[i]);
        return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
    }
    return false;
}

AdjTheme adj_theme_detect(int fd)
{
    AdjTheme theme = {.unicode = adj_term_unicode()};
    const char *term = getenv("TERM"), *colours = getenv("COLORTERM");
    if (!term || !*term || strcmp(term, "dumb") == 0 || !isatty(fd)) return theme;
    if (is_set("NO_COLOR"))
        theme.depth = ADJ_DEPTH_MONO;
    else if (colours && (strstr(colours, "truecolor") || strstr(colours, "24bit"))) {
        theme.depth = ADJ_DEPTH_TRUE;
    } else if (strstr(term, "direct"))
        theme.depth = ADJ_DEPTH_TRUE;
    else if (strstr(term, "256"))
        theme.depth = ADJ_DEPTH_256;
    else if (strncmp(term, "vt1", 3) == 0 || strncmp(term, "vt2", 3) == 0)
        theme.depth = ADJ_DEPTH_MONO;
    else
        theme.depth = ADJ_DEPTH_16;
    return theme;
}

// The entry of the 256-colour palette nearest to [rgb]: the 6x6x6 cube, whose steps are
// 0, 95, 135, 175, 215, 255, or the ramp of 24 greys from 8 in steps of 10.
static int nearest_256(int rgb)
{
    static const int steps[6] = {0, 95, 135, 175, 215, 255};
    int best = 16, least = INT32_MAX;
    for (int i = 16; i < 256; i++) {
        int cube = i - 16, grey = 8 + 10 * (i - 232);
        int r = i < 232 ? steps[cube / 36] : grey;
        int g = i < 232 ? steps[cube / 6 % 6] : grey;
        int b = i < 232 ? steps[cube % 6] : grey;
        int dr = r - (rgb >> 16), dg = g - (rgb >> 8 & 255), db = b - (rgb & 255);
        // The eye's weights, roughly: green counts most, blue least.
        int distance = 3 * dr * dr + 6 * dg * dg + db * db;
        if (distance < least) {
            least = distance;
            best = i;
        }
    }
    return best;
}

static size_t add_colour(AdjDepth depth, const Ink *ink, char *out, size_t size)
{
    int n = 0;
    if (depth == ADJ_DEPTH_TRUE && ink->rgb >= 0) {
        n = snprintf(out, size, ";38;2;%d;%d;%d", ink->rgb >> 16, ink->rgb >> 8 & 255,
                     ink->rgb & 255);
    } else if (depth == ADJ_DEPTH_256 && ink->rgb >= 0) {
        n = snprintf(out, size, ";38;5;%d", nearest_256(ink->rgb));
    } else if (depth == ADJ_DEPTH_16 && ink->ansi >= 0) {
        n = snprintf(out, size, ";%d", ink->ansi);
    }
    return (size_t)n;
}

size_t adj_theme_sgr(AdjTheme theme, AdjStyle style, char *out, size_t size)
{
    if (size) out[0] = 0;
    if (theme.depth == ADJ_DEPTH_NONE || size < 48) return 0;
    const Ink *ink = &inks[(style & ADJ_STYLE_INK) % ADJ_INK_COUNT];
    bool dim = (ink->attributes & INK_D) && theme.depth == ADJ_DEPTH_MONO;
    bool match = style & ADJ_STYLE_MATCH, reverse = style & (ADJ_STYLE_HIT | ADJ_STYLE_CHOSEN);
    size_t n = (size_t)snprintf(
        out, size, "\x1b[0%s%s%s%s%s", match || (ink->attributes & INK_B) ? ";1" : "",
        dim ? ";2" : "", ink->attributes & INK_I ? ";3" : "",
        match || (ink->attributes & INK_U) ? ";4" : "", reverse ? ";7" : "");
    n += add_colour(theme.depth, ink, out + n, size - n - 1);
    out[n++] = 'm';
    out[n] = 0;
    return n;
}

void adj_theme_add(AdjTheme theme, AdjStyle style, const char *text, AdjTermBuf *out)
{
    char code[64];
    adj_tbuf_add(out, code, adj_theme_sgr(theme, style, code, sizeof code));
    adj_tbuf_text(out, text);
    adj_tbuf_add(out, code, adj_theme_sgr(theme, ADJ_INK_TEXT, code, sizeof code));
}

// The sequences for stdout, made at the first call and again when NO_COLOR changes (%colors);
// callers get text they need not free.
static const char *on_stdout(AdjInk ink)
{
    static char codes[ADJ_INK_COUNT][64];
    static int made = -1;
    if (made != is_set("NO_COLOR")) {
        AdjTheme theme = adj_theme_detect(STDOUT_FILENO);
        for (int i = 0; i < ADJ_INK_COUNT; i++) {
            adj_theme_sgr(theme, (AdjStyle)i, codes[i], sizeof codes[i]);
        }
        made = is_set("NO_COLOR");
    }
    return codes[ink < ADJ_INK_COUNT ? ink : ADJ_INK_TEXT];
}

const char *adj_ink_on(AdjInk ink)
{
    return on_stdout(ink);
}

const char *adj_ink_off(void)
{
    return on_stdout(ADJ_INK_TEXT);
}

int adj_prompt_out_label(int number, char *label, size_t size)
{
    const AdjMarks *marks = adj_theme_marks(adj_term_unicode());
    int width = snprintf(NULL, 0, "[%d] . ", number);
    snprintf(label, size, "%s[%d]%s %s%s%s ", adj_ink_on(ADJ_INK_NUMBER), number, adj_ink_off(),
             adj_ink_on(ADJ_INK_OUT), marks->out, adj_ink_off());
    return width;
}

void adj_prompt_show_result(int number, const char *text, size_t length)
{
    char label[256];
    AdjTermBuf out = {0};
    int indent = adj_prompt_out_label(number, label, sizeof label);
    adj_tbuf_text(&out, label);
    while (length) {
        const char *newline = memchr(text, '\n', length);
        size_t line = newline ? (size_t)(newline - text) : length;
        adj_tbuf_add(&out, text, line);
        if (!newline || line + 1 == length) break;
        adj_tbuf_text(&out, "\n");
        text += line + 1;
        length -= line + 1;
        if (*text != '\n') adj_tbuf_fill(&out, ' ', (size_t)indent);
    }
    adj_tbuf_text(&out, "\n");
    adj_term_write(STDOUT_FILENO, out.data ? out.data : "", out.length);
    adj_tbuf_drop(&out);
}
