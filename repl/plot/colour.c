// SPDX-License-Identifier: Apache-2.0
// colour.c: colours by name, the cycle of a figure's lines, and colour maps. The cycle is that
// of Okabe and Ito ("Color universal design", 2008), which people with any of the common
// deficiencies tell apart; its yellow, too faint on white, is replaced by an olive, and its
// black by the style's own ink. On dark paper the same hues are lighter.
#include "plot/figure.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CYCLE = 8 };

static const uint32_t cycle[2][CYCLE] = {
    {0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7, 0xe69f00, 0x56b4e9, 0x8a8500, 0x5f6770},
    {0x4fa8e8, 0xff8a3d, 0x2fc79a, 0xe79ac6, 0xf5bd41, 0x8fd3ff, 0xcfc84a, 0xa7b0ba},
};

// matplotlib's own ten, for programs that ask for them by name.
static const struct {
    const char *name;
    uint32_t rgb;
} tableau[] = {
    {"blue", 0x1f77b4},   {"orange", 0xff7f0e}, {"green", 0x2ca02c}, {"red", 0xd62728},
    {"purple", 0x9467bd}, {"brown", 0x8c564b},  {"pink", 0xe377c2},  {"gray", 0x7f7f7f},
    {"grey", 0x7f7f7f},   {"olive", 0xbcbd22},  {"cyan", 0x17becf},
};

static const struct {
    const char *name;
    uint32_t rgb;
} names[] = {
#define NAME(name, rgb) {#name, rgb},
#include "plot/names.def"
#undef NAME
};

static AdjColor opaque(uint32_t rgb)
{
    return rgb << 8 | 0xff;
}

AdjColor adj_color_cycle(int i, bool dark)
{
    return opaque(cycle[dark][((i % CYCLE) + CYCLE) % CYCLE]);
}

AdjColor adj_color_fade(AdjColor c, double alpha)
{
    double a = (c & 0xff) * fmax(0, fmin(1, alpha));
    return (c & ~0xffu) | (uint32_t)lround(a);
}

static bool parse_hex(const char *text, AdjColor *out)
{
    size_t n = strlen(text);
    uint32_t v = 0;
    if (n != 3 && n != 4 && n != 6 && n != 8) return false;
    for (size_t i = 0; i < n; i++) {
        if (!isxdigit((unsigned char)text[i])) return false;
        uint32_t d = (uint32_t)(isdigit((unsigned char)text[i])
                                    ? text[i] - '0'
                                    : tolower((unsigned char)text[i]) - 'a' + 10);
        v = n <= 4 ? v << 8 | d * 17 : v << 4 | d;
    }
    *out = n == 3 || n == 6 ? opaque(v) : v;
    return true;
}

static bool parse_letter(char letter, AdjColor *out)
{
    static const char letters[] = "bgrcmykw";
    static const uint32_t rgb[] = {0x0000ff, 0x008000, 0xff0000, 0x00bfbf,
                                   0xbf00bf, 0xbfbf00, 0x000000, 0xffffff};
    const char *at = letter ? strchr(letters, letter) : NULL;
    if (!at) return false;
    *out = opaque(rgb[at - letters]);
    return true;
}

static bool parse_name(const char *text, AdjColor *out)
{
    bool own = !strncmp(text, "tab:", 4);
    for (size_t i = 0; own && i < sizeof tableau / sizeof *tableau; i++)
        if (!strcmp(text + 4, tableau[i].name)) return *out = opaque(tableau[i].rgb), true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcasecmp(text, names[i].name)) return *out = opaque(names[i].rgb), true;
    return false;
}

bool adj_color_parse(const char *text, AdjColor *out)
{
    char *end;
    if (!strcasecmp(text, "none") || !strcasecmp(text, "transparent"))
        return *out = ADJ_COLOR_NONE, true;
    if (text[0] == '#') return parse_hex(text + 1, out);
    if (text[0] == 'C' && isdigit((unsigned char)text[1])) {
        long i = strtol(text + 1, &end, 10);
        if (*end || i > 1000) return false;
        return *out = adj_color_cycle((int)i, false), true;
    }
    if (text[0] && !text[1] && parse_letter(text[0], out)) return true;
    double grey = strtod(text, &end);
    if (end != text && !*end && grey >= 0 && grey <= 1) {
        uint32_t g = (uint32_t)lround(grey * 255);
        return *out = opaque(g << 16 | g << 8 | g), true;
    }
    return parse_name(text, out);
}

// ---- maps ----

struct AdjMap {
    const char *name;
    bool list;
    const char *hex;
};

#define LIST true
#define BLEND false
#define MAP(name, kind, hex) {#name, kind, hex},
static const AdjMap maps[] = {
#include "plot/maps.def"
};
// name_r is the map of that name run backwards: the same row in a second table.
static const AdjMap back[] = {
#include "plot/maps.def"
};
#undef MAP
#undef LIST
#undef BLEND
enum { MAPS = sizeof maps / sizeof *maps };

static const AdjMap *found(const char *name, size_t n)
{
    static const struct {
        const char *name, *same;
    } other[] = {{"grey", "gray"},
                 {"gist_yarg", "binary"},
                 {"gist_gray", "gray"},
                 {"gist_heat", "hot"},
                 {"nipy_spectral", "turbo"}};
    for (int i = 0; i < MAPS; i++)
        if (strlen(maps[i].name) == n && !strncmp(maps[i].name, name, n)) return &maps[i];
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        if (strlen(other[i].name) == n && !strncmp(other[i].name, name, n))
            return found(other[i].same, strlen(other[i].same));
    return NULL;
}

const AdjMap *adj_map_find(const char *name)
{
    if (!name) name = "viridis";
    size_t n = strlen(name);
    const AdjMap *m = found(name, n);
    if (m || n < 3 || strcmp(name + n - 2, "_r")) return m;
    m = found(name, n - 2);
    return m ? back + (m - maps) : NULL;
}

const AdjMap *adj_map_at(int i)
{
    return i >= 0 && i < MAPS ? &maps[i] : NULL;
}

const char *adj_map_name(const AdjMap *m)
{
    return m->name;
}

static int hex_digit(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

static double channel(const char *hex, int k, int c)
{
    const char *p = hex + 6 * k + 2 * c;
    return 16 * hex_digit(p[0]) + hex_digit(p[1]);
}

AdjColor adj_map_color(const AdjMap *m, double t)
{
    if (isnan(t)) return ADJ_COLOR_NONE;
    t = fmax(0, fmin(1, t));
    if (m >= back && m < back + MAPS) t = 1 - t;
    int n = (int)strlen(m->hex) / 6;
    uint32_t rgb = 0;
    double at = m->list ? fmin(n - 1, floor(t * n)) : t * (n - 1);
    int k = (int)at < n - 1 ? (int)at : n - 1, next = k + 1 < n ? k + 1 : k;
    double share = m->list ? 0 : at - k;
    for (int c = 0; c < 3; c++) {
        double v = channel(m->hex, k, c) * (1 - share) + channel(m->hex, next, c) * share;
        rgb = rgb << 8 | (uint32_t)lround(v);
    }
    return opaque(rgb);
}
