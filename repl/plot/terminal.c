// SPDX-License-Identifier: Apache-2.0
// terminal.c: pictures in terminals that can show them. Three ways are in use:
//
//     kitty    ESC _ G control ; base64 of a PNG, ESC \ (backslash), in pieces (kitty, WezTerm,
//              Ghostty, Konsole)
//     iTerm2   ESC ] 1337 ; File=inline=1:base64 of a PNG BEL (iTerm2, WezTerm, mintty)
//     sixel    ESC P q, bands of six rows, a letter for each column and colour, ESC \ (again)
//              (DEC VT340; xterm, foot, mlterm, Windows Terminal and others)
//
// Which one is told by the environment where that is certain. Else the terminal is asked, once,
// for its device attributes (ESC [ c), whose answer lists 4 when it knows sixel; one that does
// not answer in a fifth of a second gets characters.
#include "plot/terminal.h"

#include "session/bundle.h"

#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

// ---- text that grows ----

typedef struct Text {
    char *at;
    size_t length, capacity;
    bool failed;
} Text;

static void put(Text *t, const char *text, size_t n)
{
    if (t->failed) return;
    if (t->length + n + 1 > t->capacity) {
        size_t capacity = 2 * (t->length + n) + 1024;
        char *at = realloc(t->at, capacity);
        if (!at) {
            t->failed = true;
            return;
        }
        t->at = at;
        t->capacity = capacity;
    }
    memcpy(t->at + t->length, text, n);
    t->length += n;
    t->at[t->length] = 0;
}

static void puts_text(Text *t, const char *text)
{
    put(t, text, strlen(text));
}

static char *finished(Text *t)
{
    if (!t->failed && t->at) return t->at;
    free(t->at);
    return NULL;
}

static void put_base64(Text *t, const char *data, size_t n)
{
    char *coded = adj_base64(data, n);
    if (coded)
        puts_text(t, coded);
    else
        t->failed = true;
    free(coded);
}

// ---- kitty, iTerm2 ----

char *adj_kitty_text(const char *png, size_t length)
{
    enum { PIECE = 3072 };  // 4096 letters
    Text t = {0};
    for (size_t at = 0; at < length; at += PIECE) {
        size_t n = length - at < PIECE ? length - at : PIECE;
        puts_text(&t, at ? "\x1b_Gm=" : "\x1b_Gf=100,a=T,q=2,m=");
        puts_text(&t, at + n < length ? "1;" : "0;");
        put_base64(&t, png + at, n);
        puts_text(&t, "\x1b\\");
    }
    puts_text(&t, "\n");
    return finished(&t);
}

char *adj_iterm_text(const char *png, size_t length)
{
    Text t = {0};
    char size[48];
    snprintf(size, sizeof size, "\x1b]1337;File=inline=1;size=%zu:", length);
    puts_text(&t, size);
    put_base64(&t, png, length);
    puts_text(&t, "\x07\n");
    return finished(&t);
}

// ---- sixel ----

enum { BINS = 1 << 15, COLORS = 255 };

static int bin_of(uint32_t pixel)
{
    return (int)((pixel >> 19 & 31) << 10 | (pixel >> 11 & 31) << 5 | (pixel >> 3 & 31));
}

typedef struct Palette {
    int n;
    int rgb[COLORS][3];
    uint8_t of[BINS];
} Palette;

typedef struct Bin {
    int64_t count, sum[3];
} Bin;

static int compare_bins(const void *a, const void *b, void *bins)
{
    const Bin *all = bins;
    int64_t x = all[*(const int *)a].count, y = all[*(const int *)b].count;
    return x < y ? 1 : x > y ? -1 : *(const int *)a - *(const int *)b;
}

static int nearest(const Palette *p, int r, int g, int b)
{
    int best = 0, least = INT32_MAX;
    for (int i = 0; i < p->n; i++) {
        int dr = r - p->rgb[i][0], dg = g - p->rgb[i][1], db = b - p->rgb[i][2];
        int d = 3 * dr * dr + 6 * dg * dg + db * db;
        if (d < least) least = d, best = i;
    }
    return best;
}

// The most frequent colours, each the mean of what fell into its bin: figures have few, and
// their in-between tones lie near them.
static bool make_palette(const uint32_t *pixels, int64_t n, Palette *p)
{
    Bin *bins = calloc(BINS, sizeof *bins);
    int *order = malloc(BINS * sizeof *order), used = 0;
    bool ok = bins && order;
    for (int64_t i = 0; ok && i < n; i++) {
        Bin *b = &bins[bin_of(pixels[i])];
        b->count++;
        for (int c = 0; c < 3; c++) b->sum[c] += pixels[i] >> (16 - 8 * c) & 255;
    }
    for (int i = 0; ok && i < BINS; i++)
        if (bins[i].count) order[used++] = i;
    if (ok) qsort_r(order, (size_t)used, sizeof *order, compare_bins, bins);
    p->n = used < COLORS ? used : COLORS;
    for (int i = 0; ok && i < p->n; i++)
        for (int c = 0; c < 3; c++)
            p->rgb[i][c] = (int)(bins[order[i]].sum[c] / bins[order[i]].count);
    for (int i = 0; ok && i < used; i++)
        p->of[order[i]] = (uint8_t)(i < p->n ? i
                                             : nearest(p, (order[i] >> 10) * 8 + 4,
                                                       (order[i] >> 5 & 31) * 8 + 4,
                                                       (order[i] & 31) * 8 + 4));
    free(bins);
    free(order);
    return ok;
}

// [n] times the letter, as !n and the letter where that is shorter.
static void put_run(Text *t, char letter, int n)
{
    char run[16];
    if (n > 3) {
        snprintf(run, sizeof run, "!%d%c", n, letter);
        puts_text(t, run);
        return;
    }
    for (int i = 0; i < n; i++) put(t, &letter, 1);
}

// One colour's part of a band of six rows.
static void put_band(Text *t, const uint8_t *index, int width, int rows, int color)
{
    char last = 0;
    int run = 0;
    for (int x = 0; x < width; x++) {
        int bits = 0;
        for (int y = 0; y < rows; y++) bits |= (index[y * width + x] == color) << y;
        char letter = (char)(63 + bits);
        if (letter != last && run) put_run(t, last, run), run = 0;
        last = letter;
        run++;
    }
    if (last != '?') put_run(t, last, run);
}

static void put_bands(Text *t, const uint8_t *index, int width, int height, const Palette *p)
{
    char select[16];
    for (int y = 0; y < height; y += 6) {
        int rows = height - y < 6 ? height - y : 6;
        bool used[COLORS + 1] = {false}, first = true;
        for (int i = 0; i < rows * width; i++) used[index[y * width + i]] = true;
        for (int c = 0; c < p->n; c++) {
            if (!used[c]) continue;
            if (!first) puts_text(t, "$");
            first = false;
            snprintf(select, sizeof select, "#%d", c);
            puts_text(t, select);
            put_band(t, index + y * width, width, rows, c);
        }
        puts_text(t, "-");
    }
}

char *adj_sixel_text(const uint32_t *pixels, int width, int height)
{
    int64_t n = (int64_t)width * height;
    Palette *p = malloc(sizeof *p);
    uint8_t *index = malloc((size_t)n + 1);
    Text t = {0};
    bool ok = p && index && make_palette(pixels, n, p);
    if (ok) {
        char text[64];
        snprintf(text, sizeof text, "\x1bP0;1q\"1;1;%d;%d", width, height);
        puts_text(&t, text);
        for (int i = 0; i < p->n; i++) {
            snprintf(text, sizeof text, "#%d;2;%d;%d;%d", i, p->rgb[i][0] * 100 / 255,
                     p->rgb[i][1] * 100 / 255, p->rgb[i][2] * 100 / 255);
            puts_text(&t, text);
        }
        for (int64_t i = 0; i < n; i++) index[i] = p->of[bin_of(pixels[i])];
        put_bands(&t, index, width, height, p);
        puts_text(&t, "\x1b\\\n");
    }
    free(p);
    free(index);
    return finished(&t);
}

// ---- what the terminal can ----

static bool has(const char *name, const char *part)
{
    const char *value = getenv(name);
    return value && strstr(value, part);
}

static bool from_environment(AdjGraphics *out)
{
    const char *own = getenv("ADJOINT_GRAPHICS");
    bool set = own && *own;
    if (set && !strcmp(own, "kitty")) return *out = ADJ_GRAPHICS_KITTY, true;
    if (set && !strcmp(own, "iterm")) return *out = ADJ_GRAPHICS_ITERM, true;
    if (set && !strcmp(own, "sixel")) return *out = ADJ_GRAPHICS_SIXEL, true;
    if (set) return *out = ADJ_GRAPHICS_BLOCKS, true;
    // Inside of tmux and screen the terminal behind them is not reached.
    if (getenv("TMUX") || getenv("STY")) return *out = ADJ_GRAPHICS_BLOCKS, true;
    if (has("TERM", "kitty") || getenv("KITTY_WINDOW_ID") || has("TERM_PROGRAM", "ghostty"))
        return *out = ADJ_GRAPHICS_KITTY, true;
    if (has("TERM_PROGRAM", "iTerm") || has("TERM_PROGRAM", "WezTerm") || has("TERM", "mintty"))
        return *out = ADJ_GRAPHICS_ITERM, true;
    if (has("TERM", "foot") || has("TERM", "mlterm") || has("TERM", "yaft"))
        return *out = ADJ_GRAPHICS_SIXEL, true;
    if (has("TERM", "dumb") || has("TERM", "linux") || !getenv("TERM"))
        return *out = ADJ_GRAPHICS_BLOCKS, true;
    return false;
}

// Reads up to the "c" that ends the answer.
static size_t read_answer(int fd, char *answer, size_t room)
{
    size_t n = 0;
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    while (n + 1 < room && poll(&wait, 1, 200) > 0 && read(fd, answer + n, 1) == 1)
        if (answer[n++] == 'c') break;
    answer[n] = 0;
    return n;
}

static bool answers_sixel(void)
{
    struct termios saved, raw;
    char answer[128];
    if (!isatty(0) || !isatty(1) || tcgetattr(0, &saved)) return false;
    raw = saved;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    tcsetattr(0, TCSANOW, &raw);
    static const char question[] = "\x1b[c";
    size_t n = 0;
    if (write(1, question, sizeof question - 1) == sizeof question - 1)
        n = read_answer(0, answer, sizeof answer);
    tcsetattr(0, TCSANOW, &saved);
    for (char *p = n ? strchr(answer, '?') : NULL; p && *p; p++)
        if (atoi(p + 1) == 4 && (*p == ';' || *p == '?')) return true;
    return false;
}

AdjGraphics adj_terminal_graphics(void)
{
    static int known = -1;  // the process has one terminal
    AdjGraphics g = ADJ_GRAPHICS_BLOCKS;
    if (known >= 0) return (AdjGraphics)known;
    if (!from_environment(&g) && answers_sixel()) g = ADJ_GRAPHICS_SIXEL;
    known = g;
    return g;
}

// ---- the whole way ----

typedef struct Room {
    int columns, rows;
    double dpi;      // that makes letters of 9 points as high as the terminal's own
    int most_width;  // in pixels; 0: not known
} Room;

static Room room_of_terminal(void)
{
    struct winsize w = {0};
    Room r = {.columns = 80, .rows = 24, .dpi = 100};
    if (ioctl(1, TIOCGWINSZ, &w) == 0 && w.ws_col > 0) r.columns = w.ws_col, r.rows = w.ws_row;
    if (w.ws_xpixel > 0 && w.ws_ypixel > 0) {
        r.most_width = w.ws_xpixel;
        r.dpi = fmax(72, fmin(220, (double)w.ws_ypixel / w.ws_row * 100 / 17));
    }
    return r;
}

static int colors_of_terminal(void)
{
    if (getenv("NO_COLOR") && *getenv("NO_COLOR")) return 0;
    if (has("TERM", "dumb")) return 0;
    return has("COLORTERM", "truecolor") || has("COLORTERM", "24bit") ? 1 << 24 : 256;
}

static char *as_png(AdjGraphics how, const char *wrong, char *png, size_t length)
{
    if (wrong) return NULL;
    char *text =
        how == ADJ_GRAPHICS_KITTY ? adj_kitty_text(png, length) : adj_iterm_text(png, length);
    free(png);
    return text;
}

char *adj_terminal_figure(const AdjPlotPlugin *plugin, const AdjFigure *f)
{
    AdjGraphics how = adj_terminal_graphics();
    Room r = room_of_terminal();
    double width = f->width > 0 ? f->width : 6.4, height = f->height > 0 ? f->height : 4.8;
    double dpi = r.dpi;
    if (r.most_width > 0 && width * dpi > r.most_width) dpi = r.most_width / width;
    char *png;
    size_t length;
    if (how == ADJ_GRAPHICS_KITTY || how == ADJ_GRAPHICS_ITERM) {
        const char *wrong = plugin->figure_file(f, "png", dpi, &png, &length);
        return as_png(how, wrong, png, length);
    }
    if (how == ADJ_GRAPHICS_SIXEL) {
        int wide = (int)(width * dpi), high = (int)(height * dpi);
        uint32_t *pixels = plugin->figure_pixels(f, wide, high, dpi);
        char *text = pixels ? adj_sixel_text(pixels, wide, high) : NULL;
        free(pixels);
        return text;
    }
    int columns = r.columns - 1 < 100 ? r.columns - 1 : 100;
    int rows = (int)(columns * height / width / 2);
    if (rows > r.rows - 3) rows = r.rows - 3;
    return adj_blocks_text(plugin, f, columns, rows < 8 ? 8 : rows, colors_of_terminal());
}

char *adj_terminal_graph(const AdjPlotPlugin *plugin, AdjGraph *g)
{
    AdjGraphics how = adj_terminal_graphics();
    Room r = room_of_terminal();
    char *png;
    size_t length;
    int wide, high;
    if (how == ADJ_GRAPHICS_BLOCKS)
        return NULL;  // letters could not be read: its text is shown
    if (how != ADJ_GRAPHICS_SIXEL) {
        const char *wrong = plugin->graph_file(g, "png", r.dpi, false, &png, &length);
        return as_png(how, wrong, png, length);
    }
    uint32_t *pixels = plugin->graph_pixels(g, r.dpi, false, &wide, &high);
    char *text = pixels ? adj_sixel_text(pixels, wide, high) : NULL;
    free(pixels);
    return text;
}
