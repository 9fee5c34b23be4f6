// SPDX-License-Identifier: Apache-2.0
// page.c: the page: head, cells with their outputs, script. Cells stand in sections, one for
// each heading of the first two levels, which the presentation shows one at a time.
#include "export/export.h"

#include <stdlib.h>
#include <string.h>

#define WALK "application/vnd.adjoint.walk+json"

typedef struct {
    FILE *to;
    char *folder;  // where the notebook lies
    int walks;
    bool in_section;
} Page;

static char *text_of(const AdjJsonNode *n, size_t *length)
{
    *length = 0;
    return n ? adj_json_text(n, length) : NULL;
}

// ---------------------------------------------------------------- outputs

typedef void Show(Page *p, const AdjJsonNode *data, const char *type);

static void show_walk(Page *p, const AdjJsonNode *data, const char *type)
{
    (void)type;
    adj_html_walk(p->to, data, ++p->walks);
}

static void show_html(Page *p, const AdjJsonNode *data, const char *type)
{
    (void)type;
    size_t n;
    char *text = text_of(data, &n);
    fputs("<div class=\"html\">", p->to);
    if (text) adj_html_filter(p->to, text, n);
    fputs("</div>\n", p->to);
    free(text);
}

static void show_markdown(Page *p, const AdjJsonNode *data, const char *type)
{
    (void)type;
    size_t n;
    char *text = text_of(data, &n);
    if (text) adj_html_markdown(p->to, text, n, p->folder);
    free(text);
}

// Bytes are base64 already; SVG is text. In an image it can run and fetch nothing.
static void show_image(Page *p, const AdjJsonNode *data, const char *type)
{
    size_t n;
    char *text = text_of(data, &n);
    fprintf(p->to, "<img class=\"figure\" alt=\"a figure\" src=\"data:%s;base64,", type);
    if (text && strstr(type, "svg")) {
        adj_html_base64(p->to, text, n);
    } else {
        for (size_t i = 0; text && i < n; i++)
            if (text[i] != '\n' && text[i] != '"' && text[i] != '<') putc(text[i], p->to);
    }
    fputs("\">\n", p->to);
    free(text);
}

static void show_latex(Page *p, const AdjJsonNode *data, const char *type)
{
    (void)type;
    size_t n;
    char *text = text_of(data, &n), *from = text;
    while (from && n && (*from == '$' || *from == ' ')) from++, n--;
    while (from && n && strchr("$ \n", from[n - 1])) n--;
    if (from) adj_html_math(p->to, from, n, true);
    free(text);
}

static void show_text(Page *p, const AdjJsonNode *data, const char *type)
{
    (void)type;
    size_t n;
    char *text = text_of(data, &n);
    while (text && n && text[n - 1] == '\n') n--;
    fputs("<pre>", p->to);
    if (text) adj_html_ansi(p->to, text, n);
    fputs("</pre>\n", p->to);
    free(text);
}

// Richest first.
static const struct {
    const char *type;
    Show *show;
} forms[] = {
    {WALK, show_walk},
    {"text/html", show_html},
    {"text/markdown", show_markdown},
    {"image/svg+xml", show_image},
    {"image/png", show_image},
    {"image/jpeg", show_image},
    {"image/gif", show_image},
    {"image/webp", show_image},
    {"text/latex", show_latex},
    {"text/plain", show_text},
};

static void show_data(Page *p, const AdjJsonNode *data)
{
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        const AdjJsonNode *d = adj_json_get(data, forms[i].type);
        if (!d) continue;
        forms[i].show(p, d, forms[i].type);
        return;
    }
}

static void show_error(Page *p, const AdjJsonNode *output)
{
    const AdjJsonNode *lines = adj_json_get(output, "traceback");
    fputs("<pre class=\"error\">", p->to);
    for (const AdjJsonNode *l = lines ? lines->first : NULL; l; l = l->next) {
        size_t n;
        char *text = text_of(l, &n);
        if (l != lines->first) putc('\n', p->to);
        if (text) adj_html_ansi(p->to, text, n);
        free(text);
    }
    fputs("</pre>\n", p->to);
}

static void show_output(Page *p, const AdjJsonNode *output)
{
    const AdjJsonNode *kind = adj_json_get(output, "output_type");
    if (adj_json_is(kind, "stream"))
        show_text(p, adj_json_get(output, "text"), NULL);
    else if (adj_json_is(kind, "error"))
        show_error(p, output);
    else
        show_data(p, adj_json_get(output, "data"));
}

// ---------------------------------------------------------------- cells

static void code_cell(Page *p, const AdjJsonNode *cell)
{
    size_t n;
    char *text = text_of(adj_json_get(cell, "source"), &n);
    const AdjJsonNode *outputs = adj_json_get(cell, "outputs");
    bool hidden = adj_notebook_tagged(cell, "hide-input");
    fputs("<div class=\"cell\">\n", p->to);
    if (text && n && !hidden) {
        fputs("<pre class=\"code\"><code>", p->to);
        adj_html_code(p->to, text, n);
        fputs("</code></pre>\n", p->to);
    }
    if (outputs && outputs->first && !adj_notebook_tagged(cell, "hide-output")) {
        fputs("<div class=\"out\">\n", p->to);
        for (const AdjJsonNode *o = outputs->first; o; o = o->next) show_output(p, o);
        fputs("</div>\n", p->to);
    }
    fputs("</div>\n", p->to);
    free(text);
}

static void markdown_cell(Page *p, const AdjJsonNode *cell)
{
    size_t n;
    char *text = text_of(adj_json_get(cell, "source"), &n);
    if (text && n && (!strncmp(text, "# ", 2) || !strncmp(text, "## ", 3))) {
        fputs(p->in_section ? "</section>\n<section>\n" : "<section>\n", p->to);
        p->in_section = true;
    }
    if (!p->in_section) fputs("<section>\n", p->to);
    p->in_section = true;
    fputs("<div class=\"words\">\n", p->to);
    if (text) adj_html_markdown(p->to, text, n, p->folder);
    fputs("</div>\n", p->to);
    free(text);
}

static void show_cell(Page *p, const AdjJsonNode *cell)
{
    const AdjJsonNode *kind = adj_json_get(cell, "cell_type");
    if (adj_json_is(kind, "markdown")) {
        markdown_cell(p, cell);
    } else if (adj_json_is(kind, "code")) {
        if (!p->in_section) fputs("<section>\n", p->to);
        p->in_section = true;
        code_cell(p, cell);
    }
}

// The first heading, or the file's name.
static void title(FILE *to, const AdjNotebook *nb, const char *path)
{
    for (const AdjJsonNode *c = nb->cells->first; c; c = c->next) {
        size_t n;
        if (!adj_json_is(adj_json_get(c, "cell_type"), "markdown")) continue;
        char *text = text_of(adj_json_get(c, "source"), &n);
        bool found = text && !strncmp(text, "# ", 2);
        if (found) adj_html_escape(to, text + 2, strcspn(text + 2, "\n"));
        free(text);
        if (found) return;
    }
    const char *slash = strrchr(path, '/');
    adj_html_text(to, slash ? slash + 1 : path);
}

bool adj_html_page(FILE *to, const AdjNotebook *nb, const char *path)
{
    const char *slash = strrchr(path, '/');
    Page p = {.to = to, .folder = slash ? strndup(path, (size_t)(slash - path)) : strdup(".")};
    if (!p.folder) return false;
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"generator\" "
          "content=\"adjoint\">\n<title>",
          to);
    title(to, nb, path);
    fprintf(
        to,
        "</title>\n<style>\n%s</style>\n</head>\n<body>\n<nav class=\"bar\"><button "
        "type=\"button\" id=\"present\" title=\"One part at a time, in large type (P); Page "
        "Down goes on\">Present</button><button type=\"button\" id=\"answers\" hidden "
        "title=\"Your answers as a text file\">Save answers</button></nav>\n<main>\n",
        adj_export_css);
    for (const AdjJsonNode *c = nb->cells->first; c; c = c->next) show_cell(&p, c);
    if (p.in_section) fputs("</section>\n", to);
    fprintf(to, "</main>\n<script>\n%s</script>\n</body>\n</html>\n", adj_export_js);
    free(p.folder);
    return !ferror(to);
}
