// SPDX-License-Identifier: Apache-2.0
// markdown.c: Markdown as HTML: headings, paragraphs, lists in lists, quotes, code, tables,
// rules, formulas. Lines are gathered into blocks; what a list item or a quote holds is taken
// out, without its margin, and is Markdown again. Foreign HTML is text, but for a few elements
// of inline.c.
#include "export/inline.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *p, *end, *folder;
    int depth;
} Lines;

enum { DEEPEST = 16 };

static void blocks(FILE *to, const char *text, size_t length, const char *folder, int depth);

static const char *line_end(const Lines *l)
{
    const char *e = memchr(l->p, '\n', (size_t)(l->end - l->p));
    return e ? e : l->end;
}

static const char *after(const Lines *l, const char *e)
{
    return e < l->end ? e + 1 : e;
}

static size_t indent_of(const char *p, const char *e)
{
    size_t n = 0;
    while (p + n < e && p[n] == ' ') n++;
    return n;
}

static bool is_blank(const char *p, const char *e)
{
    while (p < e && isspace((unsigned char)*p)) p++;
    return p == e;
}

static bool is_rule(const char *p, const char *e)
{
    int n = 0;
    char sign = 0;
    for (; p < e; p++) {
        if (isspace((unsigned char)*p)) continue;
        if (!strchr("-*_", *p) || (sign && *p != sign)) return false;
        sign = *p;
        n++;
    }
    return n >= 3;
}

// The width of "- " or "12. " with what stands before it; 0: no item begins here.
static size_t item_mark(const char *p, const char *e, bool *ordered, int *first)
{
    size_t i = indent_of(p, e), at = i;
    if (is_rule(p, e)) return 0;
    while (p + i < e && isdigit((unsigned char)p[i])) i++;
    *ordered = i > at && i - at < 9 && p + i < e && (p[i] == '.' || p[i] == ')');
    *first = *ordered ? atoi(p + at) : 1;
    if (!*ordered && (i > at || p + i >= e || !strchr("-*+", p[i]))) return 0;
    i++;
    if (p + i < e && p[i] != ' ') return 0;
    while (p + i < e && p[i] == ' ' && i - at < 5) i++;
    return i;
}

static bool fence(const char *p, const char *e, char *sign, size_t *n)
{
    p += indent_of(p, e);
    size_t k = 0;
    while (p + k < e && p[k] == *p && strchr("`~", *p)) k++;
    if (k < 3) return false;
    *sign = *p;
    *n = k;
    return true;
}

static void heading(FILE *to, Lines *l, const char *e, int level)
{
    const char *p = l->p + level, *q = e;
    while (p < q && *p == ' ') p++;
    while (q > p && (isspace((unsigned char)q[-1]) || q[-1] == '#')) q--;
    fprintf(to, "<h%d>", level);
    adj_html_inline(to, p, (size_t)(q - p), l->folder);
    fprintf(to, "</h%d>\n", level);
    l->p = after(l, e);
}

static void fenced(FILE *to, Lines *l, const char *e, char sign, size_t n)
{
    const char *words = l->p + indent_of(l->p, e) + n;
    while (words < e && *words == ' ') words++;
    bool ours = words == e || !strncmp(words, "py", 2) || !strncmp(words, "adj", 3);
    const char *from = l->p = after(l, e), *stop = l->end;
    while (l->p < l->end) {
        char s;
        size_t k;
        e = line_end(l);
        bool closes = fence(l->p, e, &s, &k) && s == sign && k >= n;
        if (closes) stop = l->p;
        l->p = after(l, e);
        if (closes) break;
    }
    fputs("<pre class=\"code\"><code>", to);
    if (ours && stop > from)
        adj_html_code(to, from, (size_t)(stop - from));
    else if (stop > from)
        adj_html_escape(to, from, (size_t)(stop - from));
    fputs("</code></pre>\n", to);
}

// Gathers the lines of a quote or an item, without their margins, and sets them as blocks.
typedef struct {
    char *text;
    size_t size;
    FILE *f;
} Gathered;

static bool gather(Gathered *g)
{
    *g = (Gathered){0};
    return (g->f = open_memstream(&g->text, &g->size)) != NULL;
}

static void set_gathered(FILE *to, Gathered *g, const Lines *l)
{
    fclose(g->f);
    blocks(to, g->text, g->size, l->folder, l->depth + 1);
    free(g->text);
}

static void quote(FILE *to, Lines *l)
{
    Gathered g;
    if (!gather(&g)) return;
    while (l->p < l->end) {
        const char *e = line_end(l), *p = l->p + indent_of(l->p, e);
        if (p >= e || *p != '>') break;
        p++;
        if (p < e && *p == ' ') p++;
        fwrite(p, 1, (size_t)(e - p), g.f);
        putc('\n', g.f);
        l->p = after(l, e);
    }
    fputs("<blockquote>\n", to);
    set_gathered(to, &g, l);
    fputs("</blockquote>\n", to);
}

// One item: its first line, what is indented at least as far as its text, and lazy lines.
static bool item(FILE *to, Lines *l, size_t mark)
{
    Gathered g;
    bool loose = false, blank = false;
    if (!gather(&g)) return false;
    const char *e = line_end(l);
    fwrite(l->p + mark, 1, (size_t)(e - l->p) - mark, g.f);
    putc('\n', g.f);
    l->p = after(l, e);
    while (l->p < l->end) {
        bool ordered;
        int first;
        e = line_end(l);
        size_t in = indent_of(l->p, e);
        if (is_blank(l->p, e)) {
            blank = true;
            putc('\n', g.f);
            l->p = after(l, e);
            continue;
        }
        if (in < mark && (blank || item_mark(l->p, e, &ordered, &first) || *l->p == '#')) break;
        if (blank) loose = true;
        blank = false;
        if (in > mark) in = mark;
        fwrite(l->p + in, 1, (size_t)(e - l->p) - in, g.f);
        putc('\n', g.f);
        l->p = after(l, e);
    }
    fputs(loose ? "<li class=\"loose\">" : "<li>", to);
    set_gathered(to, &g, l);
    fputs("</li>\n", to);
    return true;
}

static void list(FILE *to, Lines *l, bool ordered, int first)
{
    if (ordered && first != 1)
        fprintf(to, "<ol start=\"%d\">\n", first);
    else
        fputs(ordered ? "<ol>\n" : "<ul>\n", to);
    while (l->p < l->end) {
        bool same;
        int n;
        const char *e = line_end(l);
        size_t mark = item_mark(l->p, e, &same, &n);
        if (!mark || same != ordered || !item(to, l, mark)) break;
    }
    fputs(ordered ? "</ol>\n" : "</ul>\n", to);
}

// A line of cells between bars; [align] is what the second line said of each column.
static void table_row(FILE *to, const Lines *l, const char *e, const char *cell,
                      const char *align, int columns)
{
    const char *p = l->p;
    while (p < e && isspace((unsigned char)*p)) p++;
    if (p < e && *p == '|') p++;
    fputs("<tr>", to);
    for (int c = 0; c < columns; c++) {
        const char *q = p;
        bool code = false;
        for (; q < e && (*q != '|' || code); q++) {
            if (*q == '\\' && q + 1 < e)
                q++;
            else if (*q == '`')
                code = !code;
        }
        const char *from = p, *stop = q;
        while (from < stop && isspace((unsigned char)*from)) from++;
        while (stop > from && isspace((unsigned char)stop[-1])) stop--;
        fprintf(to, "<%s%s>", cell,
                align[c] == 'r'   ? " class=\"right\""
                : align[c] == 'c' ? " class=\"mid\""
                                  : "");
        adj_html_inline(to, from, (size_t)(stop - from), l->folder);
        fprintf(to, "</%s>", cell);
        p = q < e ? q + 1 : e;
    }
    fputs("</tr>\n", to);
}

// The line under a table's head: "|---|:-:|--:|". The number of its columns, 0: it is none.
static int rule_of_table(const char *p, const char *e, char *align, int room)
{
    int n = 0;
    bool bar = false;
    while (p < e && isspace((unsigned char)*p)) p++;
    if (p < e && *p == '|') bar = true, p++;
    while (p < e && !is_blank(p, e) && n < room) {
        while (p < e && isspace((unsigned char)*p)) p++;
        bool left = p < e && *p == ':';
        p += left;
        const char *from = p;
        while (p < e && *p == '-') p++;
        if (p == from) return 0;
        bool right = p < e && *p == ':';
        p += right;
        while (p < e && isspace((unsigned char)*p)) p++;
        align[n++] = right ? (left ? 'c' : 'r') : 'l';
        if (p < e && *p != '|') return 0;
        if (p < e) bar = true, p++;
    }
    return bar ? n : 0;
}

static bool table(FILE *to, Lines *l, const char *e)
{
    char align[64];
    if (!memchr(l->p, '|', (size_t)(e - l->p)) || e >= l->end) return false;
    const char *second = e + 1, *stop = memchr(second, '\n', (size_t)(l->end - second));
    if (!stop) stop = l->end;
    int columns = rule_of_table(second, stop, align, sizeof align);
    if (!columns) return false;
    fputs("<table>\n<thead>", to);
    table_row(to, l, e, "th", align, columns);
    fputs("</thead>\n<tbody>\n", to);
    l->p = after(l, stop);
    while (l->p < l->end) {
        e = line_end(l);
        if (is_blank(l->p, e) || !memchr(l->p, '|', (size_t)(e - l->p))) break;
        table_row(to, l, e, "td", align, columns);
        l->p = after(l, e);
    }
    fputs("</tbody>\n</table>\n", to);
    return true;
}

static int heading_level(const char *p, const char *e)
{
    int n = 0;
    while (p + n < e && p[n] == '#') n++;
    return n >= 1 && n <= 6 && (p + n == e || p[n] == ' ') ? n : 0;
}

static void paragraph(FILE *to, Lines *l)
{
    const char *from = l->p, *stop = l->p;
    int underlined = 0;
    while (l->p < l->end) {
        bool ordered;
        int first;
        char sign;
        size_t n;
        const char *e = line_end(l);
        if (is_blank(l->p, e)) break;
        if (l->p > from) {
            size_t signs = strspn(l->p, *l->p == '=' ? "=" : "-");
            if (signs && is_blank(l->p + signs, e)) {
                underlined = *l->p == '=' ? 1 : 2;
                l->p = after(l, e);
                break;
            }
            if (fence(l->p, e, &sign, &n) || heading_level(l->p, e) || *l->p == '>' ||
                (item_mark(l->p, e, &ordered, &first) && first == 1))
                break;
        }
        stop = e;
        l->p = after(l, e);
    }
    while (from < stop && isspace((unsigned char)*from)) from++;
    // Within a list item without blank lines the paragraph's own margins are taken away by CSS.
    if (underlined)
        fprintf(to, "<h%d>", underlined);
    else
        fputs("<p>", to);
    adj_html_inline(to, from, (size_t)(stop - from), l->folder);
    if (underlined)
        fprintf(to, "</h%d>\n", underlined);
    else
        fputs("</p>\n", to);
}

// Lines that are indented by four.
static void indented(FILE *to, Lines *l)
{
    fputs("<pre class=\"code\"><code>", to);
    while (l->p < l->end) {
        const char *e = line_end(l);
        bool blank = is_blank(l->p, e);
        if (!blank && indent_of(l->p, e) < 4) break;
        if (!blank) adj_html_escape(to, l->p + 4, (size_t)(e - l->p) - 4);
        putc('\n', to);
        l->p = after(l, e);
    }
    fputs("</code></pre>\n", to);
}

static void block(FILE *to, Lines *l)
{
    bool ordered;
    int first, level;
    char sign;
    size_t n;
    const char *e = line_end(l);
    if (is_blank(l->p, e))
        l->p = after(l, e);
    else if ((level = heading_level(l->p, e)))
        heading(to, l, e, level);
    else if (fence(l->p, e, &sign, &n))
        fenced(to, l, e, sign, n);
    else if (indent_of(l->p, e) >= 4)
        indented(to, l);
    else if (is_rule(l->p, e))
        fputs("<hr>\n", to), l->p = after(l, e);
    else if (l->p[indent_of(l->p, e)] == '>')
        quote(to, l);
    else if (item_mark(l->p, e, &ordered, &first))
        list(to, l, ordered, first);
    else if (!table(to, l, e))
        paragraph(to, l);
}

static void blocks(FILE *to, const char *text, size_t length, const char *folder, int depth)
{
    Lines l = {text, text + length, folder, depth};
    if (depth > DEEPEST) {
        adj_html_escape(to, text, length);
        return;
    }
    while (l.p < l.end) block(to, &l);
}

void adj_html_markdown(FILE *to, const char *text, size_t length, const char *folder)
{
    blocks(to, text, length, folder, 0);
}
