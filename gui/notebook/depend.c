// SPDX-License-Identifier: Apache-2.0
// depend.c: see depend.h. One scanner yields words outside strings and comments; binding is
// recognised by what stands beside a word, so an unusual form is missed rather than invented.
#include "notebook/depend.h"

#include <string.h>

typedef struct {
    const char *at, *word;
    gsize length;
    char before;  // the last character that is no space before the word, '\n' at a line's start
    gboolean column0;  // the word begins in the first column
    int depth;         // of open brackets
} Scan;

static const char *skip_string(const char *s)
{
    char quote = *s;
    char three[4] = {quote, quote, quote, '\0'};
    if (g_str_has_prefix(s, three)) {
        const char *end = strstr(s + 3, three);
        return end ? end + 3 : s + strlen(s);
    }
    for (s++; *s && *s != quote && *s != '\n'; s++)
        if (*s == '\\' && s[1]) s++;
    return *s == quote ? s + 1 : s;
}

static gboolean is_letter(char c)
{
    return g_ascii_isalnum(c) || c == '_' || (guchar)c >= 0x80;
}

static gboolean next_word(Scan *s, const char *start)
{
    s->before = s->at == start ? '\n' : s->before;
    while (*s->at) {
        char c = *s->at;
        if (c == '#') {
            s->at += strcspn(s->at, "\n");
        } else if (c == '"' || c == '\'') {
            s->at = skip_string(s->at);
            s->before = '"';
        } else if (is_letter(c)) {
            s->word = s->at;
            while (is_letter(*s->at)) s->at++;
            s->length = (gsize)(s->at - s->word);
            s->column0 = s->word == start || s->word[-1] == '\n';
            return TRUE;
        } else {
            if (strchr("([{", c)) s->depth++;
            if (strchr(")]}", c)) s->depth--;
            if (c == '\n' || !g_ascii_isspace(c)) s->before = c;
            s->at++;
        }
    }
    return FALSE;
}

static gboolean is(const Scan *s, const char *word)
{
    return strlen(word) == s->length && !strncmp(s->word, word, s->length);
}

// Whether an assignment follows: "=", ", b =", "+=", ": int =", but not "==".
static gboolean is_assigned(const char *after)
{
    after += strspn(after, " \t");
    if (*after && strchr("+-*/@%&|^", *after) && after[1] == '=') return TRUE;
    if (*after == '=' && after[1] != '=') return TRUE;
    if (*after != ',' && *after != ':') return FALSE;
    gsize line = strcspn(after, "\n#");
    const char *equals = memchr(after, '=', line);
    return equals && equals[1] != '=' && equals[-1] != '!';
}

GHashTable *adj_ui_names_bound(const char *code)
{
    GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Scan s = {.at = code};
    gboolean binds_next = FALSE;
    while (next_word(&s, code)) {
        gboolean keyword = is(&s, "def") || is(&s, "class") || is(&s, "for") || is(&s, "as") ||
                           is(&s, "import");
        gboolean top = s.depth == 0 && s.before != '.';
        if (!keyword && top && (binds_next || is_assigned(s.at)))
            g_hash_table_add(names, g_strndup(s.word, s.length));
        binds_next = keyword;
        s.before = 'a';
    }
    return names;
}

gboolean adj_ui_reads_any(const char *code, GHashTable *names)
{
    Scan s = {.at = code};
    while (next_word(&s, code)) {
        gboolean attribute = s.before == '.';
        s.before = 'a';
        if (attribute) continue;
        g_autofree char *word = g_strndup(s.word, s.length);
        if (g_hash_table_contains(names, word)) return TRUE;
    }
    return FALSE;
}
