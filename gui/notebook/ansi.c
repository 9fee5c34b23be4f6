// SPDX-License-Identifier: Apache-2.0
// ansi.c: select-graphic-rendition escapes (ECMA-48) to Pango markup. Sixteen colours are
// chosen for legibility on the window's own background, dark or light; 256 and true colours are
// taken as they are.
#include "notebook/ansi.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    char colour[8], back[8];  // "#rrggbb" or ""
    gboolean bold, dim, italic, underline;
} Pen;

static const char *const light[16] = {
    "#2e3436", "#c01c28", "#26803f", "#9c6e03", "#1a5fb4", "#813d9c", "#0f7c8a", "#77767b",
    "#5e5c64", "#e01b24", "#2ea34e", "#b87d00", "#3584e4", "#9141ac", "#1298a8", "#9a9996"};
static const char *const dark[16] = {
    "#77767b", "#ff7b81", "#8ff0a4", "#f8e45c", "#78aeed", "#dc8add", "#7ad9e4", "#deddda",
    "#9a9996", "#ff938c", "#a8f5b8", "#fbee8f", "#99c1f1", "#e6b0e7", "#9fe7ee", "#ffffff"};

static void cube_colour(char out[8], int n)
{
    static const int level[6] = {0, 95, 135, 175, 215, 255};
    int r, g, b;
    if (n >= 232) {
        r = g = b = 8 + (n - 232) * 10;
    } else {
        n -= 16;
        r = level[n / 36], g = level[n / 6 % 6], b = level[n % 6];
    }
    g_snprintf(out, 8, "#%02x%02x%02x", r, g, b);
}

static void indexed(char out[8], int n, gboolean on_dark)
{
    if (n >= 0 && n < 16)
        g_strlcpy(out, (on_dark ? dark : light)[n], 8);
    else if (n >= 16 && n < 256)
        cube_colour(out, n);
}

// 38 or 48 and what follows; returns how many parameters were used.
static int extended(char out[8], const int *p, int count, gboolean on_dark)
{
    if (count >= 3 && p[1] == 5) {
        indexed(out, p[2], on_dark);
        return 3;
    }
    if (count >= 5 && p[1] == 2) {
        g_snprintf(out, 8, "#%02x%02x%02x", p[2] & 255, p[3] & 255, p[4] & 255);
        return 5;
    }
    return count;
}

static int apply(Pen *pen, const int *p, int count, gboolean on_dark)
{
    int n = p[0];
    if (n == 0) *pen = (Pen){0};
    if (n == 1) pen->bold = TRUE;
    if (n == 2) pen->dim = TRUE;
    if (n == 3) pen->italic = TRUE;
    if (n == 4) pen->underline = TRUE;
    if (n == 22) pen->bold = pen->dim = FALSE;
    if (n == 23) pen->italic = FALSE;
    if (n == 24) pen->underline = FALSE;
    if (n >= 30 && n <= 37) indexed(pen->colour, n - 30, on_dark);
    if (n >= 90 && n <= 97) indexed(pen->colour, n - 82, on_dark);
    if (n >= 40 && n <= 47) indexed(pen->back, n - 40, on_dark);
    if (n >= 100 && n <= 107) indexed(pen->back, n - 92, on_dark);
    if (n == 39) pen->colour[0] = '\0';
    if (n == 49) pen->back[0] = '\0';
    if (n == 38) return extended(pen->colour, p, count, on_dark);
    if (n == 48) return extended(pen->back, p, count, on_dark);
    return 1;
}

// Reads "31;1m" after "ESC [": returns what follows the escape.
static const char *read_escape(Pen *pen, const char *s, gboolean on_dark)
{
    int p[16] = {0}, count = 0;
    const char *end = s;
    while (*end && !(*end >= '@' && *end <= '~')) end++;
    if (*end == 'm') {
        while (s <= end && count < 16) {
            p[count++] = (int)strtol(s, NULL, 10);
            s += strcspn(s, ";m") + 1;
        }
        for (int i = 0; i < count;) i += apply(pen, p + i, count - i, on_dark);
    }
    return *end ? end + 1 : end;
}

static gboolean is_plain(const Pen *p)
{
    return !*p->colour && !*p->back && !p->bold && !p->dim && !p->italic && !p->underline;
}

static void put(GString *out, const Pen *pen, const char *s, gsize n)
{
    if (!n) return;
    g_autofree char *safe = g_markup_escape_text(s, (gssize)n);
    if (is_plain(pen)) {
        g_string_append(out, safe);
        return;
    }
    g_string_append(out, "<span");
    if (*pen->colour) g_string_append_printf(out, " foreground=\"%s\"", pen->colour);
    if (*pen->back) g_string_append_printf(out, " background=\"%s\"", pen->back);
    if (pen->bold) g_string_append(out, " weight=\"bold\"");
    if (pen->dim) g_string_append(out, " alpha=\"65%\"");
    if (pen->italic) g_string_append(out, " style=\"italic\"");
    if (pen->underline) g_string_append(out, " underline=\"single\"");
    g_string_append_printf(out, ">%s</span>", safe);
}

static char *link_places(char *markup)
{
    g_autoptr(GRegex) r = g_regex_new("\\bcell (\\d+), line (\\d+)", 0, 0, NULL);
    char *linked =
        g_regex_replace(r, markup, -1, 0, "<a href=\"cell:\\1:\\2\">\\0</a>", 0, NULL);
    if (!linked) return markup;
    g_free(markup);
    return linked;
}

char *adj_ui_ansi_markup(const char *text, gboolean on_dark, gboolean links)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *out = g_string_new(NULL);
    Pen pen = {0};
    for (const char *s = valid; *s;) {
        gsize n = strcspn(s, "\033");
        put(out, &pen, s, n);
        s += n;
        if (!*s) break;
        s++;
        if (*s == '[') s = read_escape(&pen, s + 1, on_dark);
    }
    char *markup = g_string_free(out, FALSE);
    return links ? link_places(markup) : markup;
}

char *adj_ui_ansi_plain(const char *text)
{
    GString *out = g_string_new(NULL);
    Pen pen = {0};
    while (*text) {
        gsize n = strcspn(text, "\033");
        g_string_append_len(out, text, (gssize)n);
        text += n;
        if (!*text) break;
        text++;
        if (*text == '[') text = read_escape(&pen, text + 1, FALSE);
    }
    return g_string_free(out, FALSE);
}
