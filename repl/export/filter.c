// SPDX-License-Identifier: Apache-2.0
// filter.c: HTML made by programs, as far as it only shows something. Elements that run, embed
// or fetch are left out with all they hold; of the others, attributes are left out that are
// handlers or name something to fetch; what is kept is written anew, so that nothing of the
// original's spelling can mean more than was understood here.
#include "export/export.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const char *const whole[] = {
    "script", "iframe", "object",   "embed", "applet", "style", "template", "noscript",
    "svg",    "math",   "textarea", "title", "select", "video", "audio",    "canvas"};
static const char *const tags[] = {
    "link",  "meta",     "base",  "html",   "head",  "body",      "form", "input",   "button",
    "frame", "frameset", "param", "source", "track", "plaintext", "xmp",  "listing", "noembed"};
static const char *const attributes[] = {
    "class", "style", "title", "colspan", "rowspan", "align", "width", "height", "border",
    "open",  "start", "scope", "dir",     "lang",    "alt",   "href",  "src"};

static bool among(const char *const *list, size_t n, const char *name, size_t length)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(list[i]) == length && !strncasecmp(list[i], name, length)) return true;
    return false;
}
#define AMONG(list, name, length) among(list, sizeof list / sizeof *list, name, length)

static bool has(const char *text, size_t length, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= length; i++)
        if (!strncasecmp(text + i, word, n)) return true;
    return false;
}

// Only pictures that are in the text, and addresses that a person must click.
static bool is_harmless(const char *name, size_t n, const char *value, size_t length)
{
    if (!AMONG(attributes, name, n)) return false;
    if (n == 3 && !strncasecmp(name, "src", 3))
        return length > 11 && !strncasecmp(value, "data:image/", 11);
    if (n == 4 && !strncasecmp(name, "href", 4))
        return !strncasecmp(value, "http", 4) || value[0] == '#';
    if (n == 5 && !strncasecmp(name, "style", 5))
        return !has(value, length, "url") && !has(value, length, "\\") &&
               !has(value, length, "image") && !has(value, length, "position") &&
               !has(value, length, "expression");
    return true;
}

// One attribute at [p] of a tag that ends before [end]: what follows it.
static const char *attribute(FILE *to, const char *p, const char *end)
{
    const char *name = p, *value = "";
    size_t length = 0;
    while (p < end && !isspace((unsigned char)*p) && *p != '=' && *p != '/') p++;
    size_t n = (size_t)(p - name);
    while (p < end && isspace((unsigned char)*p)) p++;
    if (p < end && *p == '=') {
        p++;
        while (p < end && isspace((unsigned char)*p)) p++;
        char quote = p < end && (*p == '"' || *p == '\'') ? *p++ : 0;
        value = p;
        while (p < end && (quote ? *p != quote : !isspace((unsigned char)*p))) p++;
        length = (size_t)(p - value);
        if (quote && p < end) p++;
    }
    if (!n) return p < end ? p + 1 : p;
    if (!is_harmless(name, n, value, length)) return p;
    fprintf(to, " %.*s=\"", (int)n, name);
    for (size_t i = 0; i < length; i++) {  // entities stay what they were
        if (value[i] == '"')
            fputs("&quot;", to);
        else if (value[i] == '<')
            fputs("&lt;", to);
        else
            putc(value[i], to);
    }
    putc('"', to);
    return p;
}

// The '>' that ends the tag at [p], which may stand between quotes before; NULL: none does.
static const char *tag_end(const char *p, const char *end)
{
    char quote = 0;
    for (; p < end; p++) {
        if (quote && *p == quote)
            quote = 0;
        else if (!quote && (*p == '"' || *p == '\''))
            quote = *p;
        else if (!quote && *p == '>')
            return p;
    }
    return NULL;
}

// Behind the closing tag of the element; all of the rest when there is none.
static const char *skip_element(const char *p, const char *end, const char *name, size_t n)
{
    for (; p < end; p++) {
        if (*p != '<' || p + 2 + n > end || p[1] != '/' || strncasecmp(p + 2, name, n))
            continue;
        const char *close = memchr(p, '>', (size_t)(end - p));
        return close ? close + 1 : end;
    }
    return end;
}

// Elements that are open, so that the page's own cannot be closed from within.
typedef struct {
    struct {
        char name[16];
    } at[64];
    int n;
} Open;

static bool is_void(const char *name, size_t n)
{
    static const char *const list[] = {"br", "hr", "img", "col", "wbr", "area"};
    return AMONG(list, name, n);
}

static void close_down_to(FILE *to, Open *open, int n)
{
    while (open->n > n) fprintf(to, "</%s>", open->at[--open->n].name);
}

static void close_one(FILE *to, Open *open, const char *name, size_t n)
{
    for (int i = open->n; i--;) {
        if (strlen(open->at[i].name) != n || strncasecmp(open->at[i].name, name, n)) continue;
        close_down_to(to, open, i);
        return;
    }
}

// False: deeper, or longer of name, than anything that is meant to be read.
static bool open_one(Open *open, const char *name, size_t n)
{
    if (open->n == 64 || n >= sizeof open->at->name) return false;
    snprintf(open->at[open->n++].name, sizeof open->at->name, "%.*s", (int)n, name);
    return true;
}

static const char *tag(FILE *to, Open *open, const char *p, const char *end)
{
    bool closing = p[1] == '/';
    const char *name = p + 1 + closing, *close = tag_end(p, end);
    size_t n = 0;
    if (!close) return end;
    while (name + n < close && isalnum((unsigned char)name[n])) n++;
    if (AMONG(whole, name, n))
        return closing ? close + 1 : skip_element(close + 1, end, name, n);
    if (AMONG(tags, name, n)) return close + 1;
    if (closing) {
        close_one(to, open, name, n);
        return close + 1;
    }
    if (!is_void(name, n) && !open_one(open, name, n)) return close + 1;
    fprintf(to, "<%.*s", (int)n, name);
    for (const char *q = name + n; q < close;) {
        if (isspace((unsigned char)*q) || *q == '/')
            q++;
        else
            q = attribute(to, q, close);
    }
    putc('>', to);
    return close + 1;
}

void adj_html_filter(FILE *to, const char *text, size_t length)
{
    const char *p = text, *end = text + length;
    Open open = {.n = 0};
    while (p < end) {
        if (*p != '<') {
            if (*p == '>')
                fputs("&gt;", to);
            else
                putc(*p, to);
            p++;
        } else if (p + 4 <= end && !strncmp(p, "<!--", 4)) {
            const char *close = memmem(p, (size_t)(end - p), "-->", 3);
            p = close ? close + 3 : end;
        } else if (p + 1 < end && (p[1] == '!' || p[1] == '?')) {
            const char *close = memchr(p, '>', (size_t)(end - p));
            p = close ? close + 1 : end;
        } else if (p + 1 < end &&
                   (isalpha((unsigned char)p[1]) ||
                    (p[1] == '/' && p + 2 < end && isalpha((unsigned char)p[2])))) {
            p = tag(to, &open, p, end);
        } else {
            fputs("&lt;", to);
            p++;
        }
    }
    close_down_to(to, &open, 0);
}
