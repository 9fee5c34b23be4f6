// SPDX-License-Identifier: Apache-2.0
// module_text.c: a module as print() shows it, in PyTorch's form: its own line, then its
// children indented by two. What stands between the brackets follows from the row's `repr`:
// names of arguments in braces, "{x}" for the value alone, "{x=}" for "x=value", "{x?}" for
// "x=value" only where it differs from the default, "{x!}" for the same with a text that stands
// without quotes, "{a|b}" for the first alternative that is set.
#include "nn/module.h"

#include <stdlib.h>

typedef struct {
    char *at;
    size_t n, room;
} Text;

static void put(Text *t, const char *s, size_t n)
{
    if (t->n + n + 1 > t->room) {
        size_t room = (t->n + n + 1) * 2;
        char *bigger = realloc(t->at, room);
        if (!bigger) {
            adj_fail(ADJ_E_MEMORY, "print: no memory");
            return;
        }
        t->at = bigger;
        t->room = room;
    }
    memcpy(t->at + t->n, s, n);
    t->n += n;
    t->at[t->n] = 0;
}

static void put_c(Text *t, const char *s)
{
    put(t, s, strlen(s));
}

// A float as Python's repr shows it: the shortest digits that read back the same.
static void put_float(Text *t, double x)
{
    char s[40];
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(s, sizeof s, "%.*g", digits, x);
        if (strtod(s, NULL) == x) break;
    }
    char *e = strchr(s, 'e');
    double size = fabs(x);
    if (e && size >= 1e-4 && size < 1e16) snprintf(s, sizeof s, "%.1f", x);
    put_c(t, s);
    if (!strpbrk(s, ".enia")) put_c(t, ".0");
}

static void put_ints(Text *t, AdjShape s)
{
    if (s.n < 0) {
        put_c(t, s.n == ADJ_PAD_SAME.n ? "same" : s.n == ADJ_PAD_VALID.n ? "valid" : "None");
        return;
    }
    put_c(t, adj_shape_text(s));
}

// One number for all axes is shown as it was given.
static void put_sizes(Text *t, AdjShape s)
{
    if (s.n < 0) {
        put_c(t, "None");
        return;
    }
    if (s.n != 1) put_c(t, "(");
    for (int i = 0; i < s.n; i++) {
        char number[32];
        snprintf(number, sizeof number, "%s%lld", i ? ", " : "", (long long)s.at[i]);
        put_c(t, s.at[i] != ADJ_NO_INT ? number : i ? ", None" : "None");
    }
    if (s.n != 1) put_c(t, ")");
}

static void put_floats(Text *t, AdjFloats s)
{
    if (s.n < 0) put_c(t, "None");
    if (s.n > 1) put_c(t, "(");
    for (int i = 0; i < s.n; i++) {
        if (i) put_c(t, ", ");
        put_float(t, s.at[i]);
    }
    if (s.n > 1) put_c(t, ")");
}

static void put_scalar(Text *t, AdjScalar x)
{
    char s[32];
    switch (x.kind) {
    case ADJ_S_NONE: put_c(t, "None"); return;
    case ADJ_S_BOOL: put_c(t, x.i ? "True" : "False"); return;
    case ADJ_S_INT:
        snprintf(s, sizeof s, "%lld", (long long)x.i);
        put_c(t, s);
        return;
    default: put_float(t, x.f);
    }
}

static void put_value(Text *t, const AdjArg *a, AdjValue v)
{
    char s[32];
    switch (a->kind) {
    case ADJ_ARG_INT:
        snprintf(s, sizeof s, "%lld", (long long)v.i);
        put_c(t, v.i == ADJ_NO_INT ? "None" : s);
        break;
    case ADJ_ARG_FLOAT:
        if (isnan(v.f) && a->optional)
            put_c(t, "None");
        else
            put_float(t, v.f);
        break;
    case ADJ_ARG_BOOL: put_c(t, v.b ? "True" : "False"); break;
    case ADJ_ARG_STR:
        if (!v.s) {
            put_c(t, "None");
            break;
        }
        put_c(t, "'");
        put_c(t, v.s);
        put_c(t, "'");
        break;
    case ADJ_ARG_INTS:
    case ADJ_ARG_PADDING: put_ints(t, v.ints); break;
    case ADJ_ARG_SIZES: put_sizes(t, v.ints); break;
    case ADJ_ARG_FLOATS: put_floats(t, v.floats); break;
    case ADJ_ARG_SCALAR: put_scalar(t, v.num); break;
    default: put_c(t, "..."); break;
    }
}

// Whether [s] says the same as [standard], which may be one number for all axes.
static bool all_are(AdjShape s, AdjShape standard)
{
    if (s.n < 0 || standard.n != 1) return adj_shape_equal(s, standard);
    for (int i = 0; i < s.n; i++)
        if (s.at[i] != standard.at[0]) return false;
    return true;
}

static bool is_default(const AdjArg *a, AdjValue v)
{
    switch (a->kind) {
    case ADJ_ARG_INT: return v.i == a->value.i;
    case ADJ_ARG_FLOAT: return v.f == a->value.f || (isnan(v.f) && isnan(a->value.f));
    case ADJ_ARG_BOOL: return v.b == a->value.b;
    case ADJ_ARG_STR:
        return v.s == a->value.s || (v.s && a->value.s && !strcmp(v.s, a->value.s));
    case ADJ_ARG_INTS:
    case ADJ_ARG_SIZES:
    case ADJ_ARG_PADDING: return all_are(v.ints, a->value.ints);
    default: return false;
    }
}

// One "{...}" of the row's repr, without its braces.
static void put_field(Text *t, const AdjModule *m, const char *field, size_t n)
{
    bool bare = field[n - 1] == '!', only_set = bare || field[n - 1] == '?';
    bool named = only_set || field[n - 1] == '=';
    size_t length = named ? n - 1 : n;
    for (int i = 0; i < m->row->n_args; i++) {
        const AdjArg *a = &m->row->args[i];
        if (strlen(a->name) != length || strncmp(a->name, field, length)) continue;
        if (only_set && is_default(a, m->arg[i])) return;
        if (t->n) put_c(t, ", ");
        if (named) {
            put_c(t, a->name);
            put_c(t, "=");
        }
        if (bare && m->arg[i].s)
            put_c(t, m->arg[i].s);
        else
            put_value(t, a, m->arg[i]);
        return;
    }
}

static void put_extra(Text *t, const AdjModule *m)
{
    Text own = {0};
    for (const char *p = m->row->repr; p && (p = strchr(p, '{')); p++) {
        const char *end = strchr(p, '}');
        if (!end) break;
        put_field(&own, m, p + 1, (size_t)(end - p - 1));
    }
    if (own.n) put(t, own.at, own.n);
    free(own.at);
}

static const char *scoped_text(Text *t)
{
    char *copy = adj_scope_memory(t->n + 1);
    if (copy) memcpy(copy, t->n ? t->at : "", t->n + 1);
    free(t->at);
    return copy ? copy : "";
}

const char *adj_module_extra_text(const AdjModule *m)
{
    Text t = {0};
    put_extra(&t, m);
    return scoped_text(&t);
}

static void put_module(Text *t, const AdjModule *m, int indent)
{
    put_c(t, m->row->name);
    put_c(t, "(");
    put_extra(t, m);
    for (int i = 0; i < m->n_children; i++) {
        char line[64];
        snprintf(line, sizeof line, "\n%*s(", indent + 2, "");
        put_c(t, line);
        put_c(t, m->children[i].name);
        put_c(t, "): ");
        if (m->children[i].module)
            put_module(t, m->children[i].module, indent + 2);
        else
            put_c(t, "None");
    }
    if (m->n_children) {
        char line[64];
        snprintf(line, sizeof line, "\n%*s", indent, "");
        put_c(t, line);
    }
    put_c(t, ")");
}

const char *adj_module_text(AdjModule *m)
{
    Text t = {0};
    put_module(&t, m, 0);
    return scoped_text(&t);
}
