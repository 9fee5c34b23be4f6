// SPDX-License-Identifier: Apache-2.0
// notebook_text.c: notebooks as scripts and back, in the percent format of Jupytext, Spyder and
// VS Code: a line "# %%" begins a cell of code, "# %% [markdown]" and "# %% [raw]" one of text,
// whose lines stand behind "# ". Metadata of a cell follow as key=value, the value in JSON.
//
// Nothing of a source is lost on the way there and back: each cell ends with its own last
// newline, if it has text, and one blank line; a line of code that looks like the beginning of
// a cell gets "# " in front of it and loses it again.
#include "session/notebook.h"

#include <stdlib.h>
#include <string.h>

// ---------------------------------------------------------------- lines

typedef struct {
    const char *at;
    size_t length;  // without the newline
} Line;

// The line at [from], or false at the end.
static bool line_at(const char *text, size_t length, size_t from, Line *line)
{
    if (from >= length) return false;
    const char *end = memchr(text + from, '\n', length - from);
    *line = (Line){text + from, end ? (size_t)(end - text) - from : length - from};
    return true;
}

static bool begins(const Line *l, const char *with)
{
    size_t n = strlen(with);
    return l->length >= n && !memcmp(l->at, with, n);
}

// How many "# " stand before "# %%": 0 for a marker itself; -1: the line is none of these.
static int marker_depth(const Line *l)
{
    Line rest = *l;
    for (int depth = 0;; depth++) {
        if (begins(&rest, "# %%") || begins(&rest, "#%%")) return depth;
        if (!begins(&rest, "# ")) return -1;
        rest.at += 2;
        rest.length -= 2;
    }
}

// ---------------------------------------------------------------- to a script

static bool write_value(const AdjJsonNode *n, FILE *f)
{
    if (n->kind < ADJ_JSON_ARRAY) return fwrite(n->text, 1, n->length, f) == n->length;
    fputc(n->kind == ADJ_JSON_ARRAY ? '[' : '{', f);
    for (const AdjJsonNode *i = n->first; i; i = i->next) {
        if (i->key) fprintf(f, "\"%.*s\": ", (int)i->key_length, i->key);
        if (!write_value(i, f)) return false;
        if (i->next) fputs(", ", f);
    }
    return fputc(n->kind == ADJ_JSON_ARRAY ? ']' : '}', f) != EOF;
}

static bool plain_key(const AdjJsonNode *n)
{
    for (size_t i = 0; i < n->key_length; i++)
        if (strchr("=[ \\", n->key[i])) return false;
    return n->key_length > 0;
}

// Whether the line would be taken for the beginning of a cell, or for such a line changed.
static bool looks_marked(const Line *l, bool code)
{
    if (code) return marker_depth(l) >= 0;
    return marker_depth(l) >= 0 || begins(l, "%%");
}

static bool write_cell(const AdjJsonNode *cell, FILE *f)
{
    bool code = adj_json_is(adj_json_get(cell, "cell_type"), "code");
    bool raw = adj_json_is(adj_json_get(cell, "cell_type"), "raw");
    fputs(code ? "# %%" : raw ? "# %% [raw]" : "# %% [markdown]", f);
    const AdjJsonNode *metadata = adj_json_get(cell, "metadata");
    for (const AdjJsonNode *m = metadata ? metadata->first : NULL; m; m = m->next) {
        if (!plain_key(m)) continue;
        fprintf(f, " %.*s=", (int)m->key_length, m->key);
        write_value(m, f);
    }
    fputc('\n', f);
    size_t length;
    char *text = adj_json_text(adj_json_get(cell, "source"), &length);
    if (!text) return false;
    Line l;
    for (size_t i = 0; line_at(text, length, i, &l); i += l.length + 1) {
        if (looks_marked(&l, code)) fputs("# ", f);
        if (!code) fputs(l.length ? "# " : "#", f);
        fwrite(l.at, 1, l.length, f);
        fputc('\n', f);
    }
    if (length && text[length - 1] == '\n') fputs(code ? "\n" : "#\n", f);
    free(text);
    return true;
}

char *adj_notebook_to_text(const AdjNotebook *nb, size_t *length)
{
    char *text = NULL;
    FILE *f = open_memstream(&text, length);
    bool ok = f != NULL;
    for (const AdjJsonNode *c = nb->cells->first; ok && c; c = c->next) {
        ok = write_cell(c, f);
        if (c->next) fputc('\n', f);
    }
    ok = f && fclose(f) == 0 && ok;
    if (ok) return text;
    free(text);
    return NULL;
}

// ---------------------------------------------------------------- from a script

// The metadata behind a marker: key=value ...; what is not of that form is left out, which is
// what titles of cells are.
static void read_metadata(AdjNotebook *nb, AdjJsonNode *cell, Line l)
{
    AdjJsonNode *metadata = adj_json_get(cell, "metadata");
    const char *p = l.at, *end = l.at + l.length;
    while (p < end) {
        while (p < end && *p == ' ') p++;
        const char *key = p;
        while (p < end && *p != '=' && *p != ' ') p++;
        if (p == end || *p == ' ' || p == key) continue;
        char name[128];
        size_t n = (size_t)(p++ - key);
        if (n >= sizeof name) return;
        memcpy(name, key, n);
        name[n] = 0;
        // The value is as long as the longest start of the rest that JSON accepts.
        AdjJsonNode *value = NULL;
        AdjJsonError error;
        for (const char *stop = end; stop > p && !value; stop--) {
            if (stop < end && *stop != ' ') continue;
            value = adj_json_read(&nb->arena, p, (size_t)(stop - p), &error);
            if (value) end = stop;
        }
        if (!value) return;
        adj_json_set(&nb->arena, metadata, name, value);
        p = end;
        end = l.at + l.length;
    }
}

// Text between two markers, without what was put around it.
static AdjJsonNode *take_cell(AdjNotebook *nb, const char *type, const char *text,
                              size_t length, bool last)
{
    if (!last && length && text[length - 1] == '\n') length--;
    if (length && text[length - 1] == '\n') length--;
    bool code = !strcmp(type, "code");
    char *plain = malloc(length + 1);
    size_t n = 0;
    Line l;
    for (size_t i = 0; plain && line_at(text, length, i, &l); i += l.length + 1) {
        size_t cut = marker_depth(&l) > 0 ? 2 : 0;
        l.at += cut;
        l.length -= cut;
        if (!code) {
            size_t sign = begins(&l, "# ") ? 2 : begins(&l, "#");
            l.at += sign;
            l.length -= sign;
            cut += sign;
        }
        i += cut;
        memcpy(plain + n, l.at, l.length);
        n += l.length;
        if (i + l.length < length) plain[n++] = '\n';
    }
    AdjJsonNode *cell = plain ? adj_notebook_add(nb, type, plain, n) : NULL;
    free(plain);
    return cell;
}

static const char *type_of(Line *l)
{
    static const struct {
        const char *mark, *type;
    } kinds[] = {{"[markdown]", "markdown"}, {"[md]", "markdown"}, {"[raw]", "raw"}};
    size_t skip = begins(l, "#%%") ? 3 : 4;
    l->at += skip;
    l->length -= skip;
    while (begins(l, " ")) l->at++, l->length--;
    for (size_t i = 0; i < 3; i++) {
        if (!begins(l, kinds[i].mark)) continue;
        l->at += strlen(kinds[i].mark);
        l->length -= strlen(kinds[i].mark);
        return kinds[i].type;
    }
    return "code";
}

static bool only_blank(const char *text, size_t length)
{
    size_t i = 0;
    while (i < length && strchr(" \n\r\t", text[i])) i++;
    return i == length;
}

bool adj_notebook_from_text(AdjNotebook *nb, const char *text, size_t length)
{
    if (!adj_notebook_new(nb)) return false;
    nb->file = malloc(length + 1);  // metadata stay as they are spelt there
    if (!nb->file) return adj_notebook_free(nb), false;
    text = memcpy(nb->file, text, length);
    const char *type = "code";
    Line l, head = {text, 0};
    size_t from = 0;
    bool marked = false, ok = true;
    for (size_t i = 0; ok && i <= length; i += l.length + 1) {
        bool end = !line_at(text, length, i, &l);
        if (!end && marker_depth(&l) != 0) continue;
        size_t stop = end ? length : i;
        if (marked || !only_blank(text, stop)) {
            AdjJsonNode *cell = take_cell(nb, type, text + from, stop - from, end);
            ok = cell != NULL;
            if (ok && marked) read_metadata(nb, cell, head);
        }
        if (end) break;
        head = l;
        type = type_of(&head);
        from = i + l.length + 1 < length ? i + l.length + 1 : length;
        marked = true;
    }
    if (!ok) adj_notebook_free(nb);
    return ok;
}
