// SPDX-License-Identifier: Apache-2.0
// inline.c: one pass over a paragraph, trying at each sign what may begin there. What does not
// end where it should is text.
#include "export/inline.h"

#include "adjoint.h"
#include "io/file.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

typedef struct {
    const char *start, *p, *end, *folder;
    int depth;
} In;

static void all(FILE *to, const char *text, size_t length, const char *folder, int depth);

static bool begins(const In *in, const char *mark)
{
    size_t n = strlen(mark);
    return (size_t)(in->end - in->p) >= n && !strncmp(in->p, mark, n);
}

// `code`, with as many backticks at its end as at its beginning.
static bool take_code(FILE *to, In *in)
{
    size_t ticks = 0;
    while (in->p + ticks < in->end && in->p[ticks] == '`') ticks++;
    const char *from = in->p + ticks;
    for (const char *q = from; q < in->end; q++) {
        size_t n = 0;
        while (q + n < in->end && q[n] == '`') n++;
        if (n == ticks) {
            bool padded = q - from > 2 && *from == ' ' && q[-1] == ' ';
            fputs("<code>", to);
            adj_html_escape(to, from + padded, (size_t)(q - from) - 2 * padded);
            fputs("</code>", to);
            in->p = q + n;
            return true;
        }
        if (n) q += n - 1;
    }
    return false;
}

static bool take_math(FILE *to, In *in)
{
    bool block = begins(in, "$$");
    const char *from = in->p + 1 + block;
    if (from >= in->end || (!block && isspace((unsigned char)*from))) return false;
    for (const char *q = from; q < in->end; q++) {
        if (*q == '\\') {
            q++;
            continue;
        }
        if (*q != '$' || q == from) continue;
        if (block && (q + 1 >= in->end || q[1] != '$')) continue;
        // "costs $5 or $6" is no formula
        if (!block && (isspace((unsigned char)q[-1]) ||
                       (q + 1 < in->end && isdigit((unsigned char)q[1]))))
            continue;
        adj_html_math(to, from, (size_t)(q - from), block);
        in->p = q + 1 + block;
        return true;
    }
    return false;
}

static bool take_emphasis(FILE *to, In *in, const char *mark, const char *element)
{
    size_t n = strlen(mark);
    if (!begins(in, mark)) return false;
    const char *from = in->p + n;
    if (from >= in->end || isspace((unsigned char)*from) || *from == *mark) return false;
    if (*mark == '_' && in->p > in->start && isalnum((unsigned char)in->p[-1])) return false;
    for (const char *q = from; q + n <= in->end; q++) {
        if (*q == '\\') q++;
        if (strncmp(q, mark, n) || isspace((unsigned char)q[-1])) continue;
        if (n == 1 && q + 1 < in->end && q[1] == *mark) {
            q++;
            continue;
        }
        if (*mark == '_' && q + n < in->end && isalnum((unsigned char)q[n])) continue;
        fprintf(to, "<%s>", element);
        all(to, from, (size_t)(q - from), in->folder, in->depth);
        fprintf(to, "</%s>", element);
        in->p = q + n;
        return true;
    }
    return false;
}

// A picture beside the notebook becomes part of the page; of others their words are shown.
static void picture(FILE *to, const char *address, size_t n, const char *words, size_t length,
                    const char *folder)
{
    static const char *const kinds[][2] = {{".png", "image/png"},     {".jpg", "image/jpeg"},
                                           {".jpeg", "image/jpeg"},   {".gif", "image/gif"},
                                           {".svg", "image/svg+xml"}, {".webp", "image/webp"}};
    char path[PATH_MAX];
    AdjFile file;
    const char *type = NULL;
    bool inside = n > 11 && !strncmp(address, "data:image/", 11);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t k = strlen(kinds[i][0]);
        if (n > k && !strncasecmp(address + n - k, kinds[i][0], k)) type = kinds[i][1];
    }
    bool remote = memmem(address, n, "://", 3) != NULL;
    snprintf(path, sizeof path, "%s/%.*s", folder, (int)n, address);
    bool opened = type && !inside && !remote && adj_file_open(&file, path);
    adj_error_clear();
    if (!inside && !opened) {
        fputs("<em>", to);
        adj_html_escape(to, words, length);
        fputs("</em>", to);
        return;
    }
    fputs("<img alt=\"", to);
    adj_html_escape(to, words, length);
    fputs("\" src=\"", to);
    if (inside) {
        adj_html_escape(to, address, n);
    } else {
        fprintf(to, "data:%s;base64,", type);
        adj_html_base64(to, file.at, file.size);
        adj_file_close(&file);
    }
    fputs("\">", to);
}

// [words](address), with a ! before it a picture.
static bool take_link(FILE *to, In *in)
{
    bool image = *in->p == '!';
    const char *words = in->p + 1 + image, *q = words;
    if (words > in->end || (image && words[-1] != '[')) return false;
    for (int depth = 0; q < in->end && (*q != ']' || depth); q++) {
        if (*q == '\\')
            q++;
        else
            depth += (*q == '[') - (*q == ']');
    }
    if (q + 1 >= in->end || q[1] != '(') return false;
    const char *address = q + 2, *close = address;
    for (int depth = 0; close < in->end && (*close != ')' || depth); close++)
        depth += (*close == '(') - (*close == ')');
    if (close >= in->end) return false;
    size_t n = strcspn(address, " )");
    if (address + n > close) n = (size_t)(close - address);
    bool safe =
        !strncmp(address, "http", 4) || !strncmp(address, "mailto:", 7) || *address == '#';
    if (image) {
        picture(to, address, n, words, (size_t)(q - words), in->folder);
    } else {
        if (safe) {
            fputs("<a href=\"", to);
            adj_html_escape(to, address, n);
            fputs("\">", to);
        }
        all(to, words, (size_t)(q - words), in->folder, in->depth);
        if (safe) fputs("</a>", to);
    }
    in->p = close + 1;
    return true;
}

// <https://...> and the few elements that Markdown has no sign for.
static bool take_angle(FILE *to, In *in)
{
    static const char *const elements[] = {"br", "sub", "sup", "kbd", "b", "i", "u", "mark"};
    const char *close = memchr(in->p, '>', (size_t)(in->end - in->p));
    if (!close) return false;
    const char *name = in->p + 1;
    size_t n = (size_t)(close - name);
    if (n > 8 && (!strncmp(name, "https://", 8) || !strncmp(name, "http://", 7))) {
        fputs("<a href=\"", to);
        adj_html_escape(to, name, n);
        fputs("\">", to);
        adj_html_escape(to, name, n);
        fputs("</a>", to);
        in->p = close + 1;
        return true;
    }
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
        char tail[16];
        size_t k = strlen(elements[i]);
        if (strncasecmp(name, elements[i], k) || (n != k && !(i == 0 && n <= k + 2))) continue;
        in->p = close + 1;
        fprintf(to, "<%s>", elements[i]);
        if (i == 0) return true;
        size_t t = (size_t)snprintf(tail, sizeof tail, "</%s>", elements[i]);
        const char *stop = memmem(in->p, (size_t)(in->end - in->p), tail, t);
        if (!stop) stop = in->end;
        all(to, in->p, (size_t)(stop - in->p), in->folder, in->depth);
        fputs(tail, to);
        in->p = stop + t < in->end ? stop + t : in->end;
        return true;
    }
    return false;
}

static bool take(FILE *to, In *in)
{
    switch (*in->p) {
    case '`': return take_code(to, in);
    case '$': return take_math(to, in);
    case '*': return take_emphasis(to, in, "**", "strong") || take_emphasis(to, in, "*", "em");
    case '_': return take_emphasis(to, in, "__", "strong") || take_emphasis(to, in, "_", "em");
    case '~': return take_emphasis(to, in, "~~", "del");
    case '[': return take_link(to, in);
    case '!': return take_link(to, in);
    case '<': return take_angle(to, in);
    default: return false;
    }
}

static void all(FILE *to, const char *text, size_t length, const char *folder, int depth)
{
    In in = {text, text, text + length, folder, depth + 1};
    while (in.p < in.end) {
        if (*in.p == '\\' && in.p + 1 < in.end && ispunct((unsigned char)in.p[1])) {
            adj_html_escape(to, in.p + 1, 1);
            in.p += 2;
        } else if (*in.p == '\n' && in.p - in.start >= 2 && in.p[-1] == ' ' &&
                   in.p[-2] == ' ') {
            fputs("<br>\n", to);
            in.p++;
        } else if (depth > 32 || !take(to, &in)) {
            adj_html_escape(to, in.p++, 1);
        }
    }
}

void adj_html_inline(FILE *to, const char *text, size_t length, const char *folder)
{
    all(to, text, length, folder, 0);
}
