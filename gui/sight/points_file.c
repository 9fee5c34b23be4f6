// SPDX-License-Identifier: Apache-2.0
//
// Reading points. A line that cannot be read is counted and left out, the others are not lost
// with it; whoever shows the points says how many lines there were.

#include "points_file.h"

#include <math.h>
#include <string.h>

enum { MOST_FIELDS = 64 };

// The sign that divides: the one of these that the first line with any has.
static char divider_of(const char *text)
{
    static const char signs[] = {'\t', ';', ','};
    for (gsize i = 0; i < sizeof signs; i++) {
        const char *at = strchr(text, signs[i]);
        const char *end = strchr(text, '\n');
        if (at && (!end || at < end)) return signs[i];
    }
    return ' ';
}

// Cuts [line] in place; how many fields.
static int fields_of(char *line, char divider, char **out)
{
    int n = 0;
    char *at = line;
    while (n < MOST_FIELDS) {
        if (divider == ' ') at += strspn(at, " ");
        char *end = strchr(at, divider);
        if (end) *end = 0;
        g_strstrip(at);
        gsize length = strlen(at);
        if (length > 1 && *at == '"' && at[length - 1] == '"') {
            at[length - 1] = 0;
            at++;
        }
        if (divider != ' ' || *at) out[n++] = at;
        if (!end) break;
        at = end + 1;
    }
    return n;
}

static gboolean number_of(const char *text, double *out)
{
    char *end;
    *out = g_ascii_strtod(text, &end);
    return end != text && !*end && isfinite(*out);
}

static gboolean is_one_of(const char *name, const char *const *words)
{
    for (; *words; words++)
        if (!g_ascii_strcasecmp(name, *words)) return TRUE;
    return FALSE;
}

// Which column is x, y, label by the header's names; the first three otherwise.
static void columns_of(char **names, int n, int column[3])
{
    static const char *const words[3][8] = {{"x", "x1", "x0", "feature1", NULL},
                                            {"y", "x2", "feature2", NULL},
                                            {"label", "class", "target", "t", "labels", NULL}};
    gboolean named[3] = {FALSE};
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < n && !named[k]; i++)
            if (is_one_of(names[i], words[k])) {
                column[k] = i;
                named[k] = TRUE;
            }
    // Names for two of the columns leave no doubt which is the third.
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < n && !named[k]; i++)
            if (i != column[(k + 1) % 3] && i != column[(k + 2) % 3]) {
                column[k] = i;
                break;
            }
}

typedef struct {
    AdjUiPointsFile *file;
    GArray *at, *target;
    GHashTable *classes;  // word -> number + 1
    int column[3];
    gboolean labels;
} Reading;

static double class_number(Reading *r, const char *word)
{
    int known = GPOINTER_TO_INT(g_hash_table_lookup(r->classes, word));
    if (known) return known - 1;
    if (!r->file->names) r->file->names = g_ptr_array_new_with_free_func(g_free);
    char *kept = g_strdup(word);
    g_ptr_array_add(r->file->names, kept);
    g_hash_table_insert(r->classes, kept, GINT_TO_POINTER((int)r->file->names->len));
    return r->file->names->len - 1;
}

static gboolean take_line(Reading *r, char **field, int n)
{
    double at[2], target = 0;
    int wanted = r->labels ? 3 : 2;
    for (int k = 0; k < wanted; k++)
        if (r->column[k] >= n || !*field[r->column[k]]) return FALSE;
    if (!number_of(field[r->column[0]], &at[0]) || !number_of(field[r->column[1]], &at[1]))
        return FALSE;
    const char *label = r->labels ? field[r->column[2]] : "0";
    // Once a label was a word, all of them are.
    if (r->file->names || !number_of(label, &target)) {
        if (!r->file->names && r->target->len) return FALSE;
        target = class_number(r, label);
    }
    g_array_append_vals(r->at, at, 2);
    g_array_append_val(r->target, target);
    return TRUE;
}

static gboolean is_header(char **field, int n)
{
    double unused;
    return n >= 2 && !number_of(field[0], &unused) && !number_of(field[1], &unused);
}

static void read_line(Reading *r, const char *line, int number, char divider, gboolean *first)
{
    char *field[MOST_FIELDS];
    g_autofree char *copy = g_strdup(line);
    int n = fields_of(copy, divider, field);
    gboolean begins = *first;
    *first = FALSE;
    if (begins) r->labels = n >= 3;
    if (begins && is_header(field, n)) {
        columns_of(field, n, r->column);
        return;
    }
    if (take_line(r, field, n)) return;
    if (!r->file->bad++) {
        r->file->first_bad = number;
        r->file->bad_text = g_utf8_make_valid(line, (gssize)MIN(strlen(line), 40));
    }
}

AdjUiPointsFile *adj_ui_points_file_read(const char *text, gsize length)
{
    AdjUiPointsFile *f = g_new0(AdjUiPointsFile, 1);
    g_autofree char *all = g_strndup(text, length);
    g_auto(GStrv) lines = g_strsplit(all, "\n", -1);
    g_autoptr(GHashTable) classes = g_hash_table_new(g_str_hash, g_str_equal);
    Reading r = {.file = f,
                 .at = g_array_new(FALSE, FALSE, sizeof(double)),
                 .target = g_array_new(FALSE, FALSE, sizeof(double)),
                 .classes = classes,
                 .column = {0, 1, 2}};
    gboolean first = TRUE;
    char divider = 0;
    for (int i = 0; lines[i]; i++) {
        g_strstrip(lines[i]);
        if (!*lines[i] || *lines[i] == '#') continue;
        if (!divider) divider = divider_of(lines[i]);
        read_line(&r, lines[i], i + 1, divider, &first);
    }
    f->count = (int)r.target->len;
    f->at = (double *)(void *)g_array_free(r.at, FALSE);
    f->target = (double *)(void *)g_array_free(r.target, FALSE);
    if (!r.labels) g_clear_pointer(&f->target, g_free);
    return f;
}

void adj_ui_points_file_free(AdjUiPointsFile *f)
{
    g_free(f->at);
    g_free(f->target);
    if (f->names) g_ptr_array_unref(f->names);
    g_free(f->bad_text);
    g_free(f);
}
