// SPDX-License-Identifier: Apache-2.0
// rich_module.c: a module as a table: its tree, what each is made with, the shapes of its own
// parameters and how many there are; a parameter used twice counts once, as everywhere.
#include "session/rich.h"

#include "nn/module.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 400, MOST_DEPTH = 40 };

typedef struct Table {
    AdjVM *vm;
    AdjBuf *b;
    int rows;
    const void **seen;  // storages already counted
    int seen_count, seen_capacity;
    int64_t all, trained, bytes;
} Table;

static bool is_new(Table *t, const AdjTensor *x)
{
    for (int i = 0; i < t->seen_count; i++)
        if (t->seen[i] == x) return false;
    if (t->seen_count == t->seen_capacity) {
        int capacity = t->seen_capacity ? 2 * t->seen_capacity : 64;
        const void **seen = realloc(t->seen, (size_t)capacity * sizeof *seen);
        if (!seen) return true;
        t->seen = seen;
        t->seen_capacity = capacity;
    }
    t->seen[t->seen_count++] = x;
    return true;
}

static bool put_shape(Table *t, const AdjNamedTensor *p)
{
    AdjShape shape = adj_shape(p->tensor);
    bool ok = adj_html_text(t->vm, t->b, p->name) && adj_buf_add_c(t->vm, t->b, " (");
    for (int i = 0; ok && i < shape.n; i++)
        ok = adj_buf_printf(t->vm, t->b, "%s%lld", i ? ", " : "", (long long)shape.at[i]);
    return ok && adj_buf_add_c(t->vm, t->b, ") ");
}

static bool grouped(AdjVM *vm, AdjBuf *b, int64_t n)  // 1 234 567
{
    char digits[32], text[48];
    int length = snprintf(digits, sizeof digits, "%lld", (long long)n), at = 0;
    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0) text[at++] = ',';
        text[at++] = digits[i];
    }
    text[at] = 0;
    return adj_buf_add_c(vm, b, text);
}

static bool put_parameters(Table *t, const AdjModule *m)
{
    int64_t own = 0;
    bool ok = adj_buf_add_c(t->vm, t->b, "<td style=\"padding:2px 10px;opacity:.8\">");
    for (int i = 0; ok && i < m->params.n; i++) {
        const AdjNamedTensor *p = &m->params.at[i];
        if (!p->tensor) continue;
        own += adj_numel(p->tensor);
        if (is_new(t, p->tensor)) {
            t->all += adj_numel(p->tensor);
            t->bytes += adj_numel(p->tensor) * (int64_t)adj_dtype_size(adj_dtype(p->tensor));
            if (adj_requires_grad(p->tensor)) t->trained += adj_numel(p->tensor);
        }
        ok = put_shape(t, p);
    }
    ok = ok &&
         adj_buf_add_c(t->vm, t->b, "</td><td style=\"padding:2px 10px;text-align:right\">");
    if (ok && own) ok = grouped(t->vm, t->b, own);
    return ok && adj_buf_add_c(t->vm, t->b, "</td>");
}

static bool put_module(Table *t, const char *name, AdjModule *m, int depth)
{
    if (t->rows++ >= MOST_ROWS || depth > MOST_DEPTH) return true;
    bool ok = adj_buf_printf(t->vm, t->b,
                             "<tr><td style=\"padding:2px 10px 2px %dpx;text-align:left;"
                             "white-space:nowrap\"><span style=\"opacity:.6\">",
                             6 + 18 * depth) &&
              adj_html_text(t->vm, t->b, name) && adj_buf_add_c(t->vm, t->b, "</span> <b>") &&
              adj_html_text(t->vm, t->b, adj_module_type_name(m)) &&
              adj_buf_add_c(t->vm, t->b,
                            "</b></td><td style=\"padding:2px 10px;text-align:left;"
                            "opacity:.8\">");
    const char *extra = ok && m->row ? adj_module_extra_text(m) : NULL;
    if (extra) ok = adj_html_text(t->vm, t->b, extra);
    ok = ok && adj_buf_add_c(t->vm, t->b, "</td>") && put_parameters(t, m) &&
         adj_buf_add_c(t->vm, t->b, "</tr>");
    for (int i = 0; ok && i < m->n_children; i++)
        if (m->children[i].module)
            ok = put_module(t, m->children[i].name, m->children[i].module, depth + 1);
    return ok;
}

static bool put_foot(Table *t)
{
    bool ok = adj_buf_add_c(t->vm, t->b,
                            "</tbody></table><div style=\"font-size:85%;opacity:.8;"
                            "margin-top:3px\">") &&
              grouped(t->vm, t->b, t->all) && adj_buf_add_c(t->vm, t->b, " parameters");
    if (ok && t->trained < t->all)
        ok = adj_buf_add_c(t->vm, t->b, ", ") && grouped(t->vm, t->b, t->trained) &&
             adj_buf_add_c(t->vm, t->b, " of them trained");
    ok = ok && adj_buf_printf(t->vm, t->b, ", %.4g MB", (double)t->bytes / 1e6);
    if (ok && t->rows > MOST_ROWS)
        ok = adj_buf_printf(t->vm, t->b, "; the first %d of %d modules", MOST_ROWS, t->rows);
    return ok && adj_buf_add_c(t->vm, t->b, "</div></div>");
}

bool adj_rich_module(AdjSession *s, AdjVal v, AdjBundle *out)
{
    if (!adj_is_module(v) || !adj_module_of(v)->m) return false;
    ADJ_SCOPE;
    AdjBuf b = {0};
    Table t = {.vm = s->vm, .b = &b};
    bool ok =
        adj_buf_add_c(s->vm, &b,
                      "<div class=\"adjoint-module\"><table style=\"border-collapse:"
                      "collapse;font-size:90%;margin:0\"><thead><tr style=\"border-bottom:"
                      "1px solid rgba(128,128,128,.5)\"><th style=\"text-align:left;padding:"
                      "2px 6px\">module</th><th style=\"text-align:left;padding:2px 10px\">"
                      "made with</th><th style=\"text-align:left;padding:2px 10px\">"
                      "parameters</th><th style=\"text-align:right;padding:2px 10px\">count"
                      "</th></tr></thead><tbody>") &&
        put_module(&t, "", adj_module_of(v)->m, 0) && put_foot(&t);
    free(t.seen);
    if (ok) adj_bundle_add(out, "text/html", b.data, b.len, false);
    adj_buf_free(&b);
    return ok;
}
