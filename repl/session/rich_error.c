// SPDX-License-Identifier: Apache-2.0
// rich_error.c: an exception as a value: the text of its report with its kind and its carets
// marked. And previews: repr of containers and texts that may be large.
#include "session/rich.h"

#include <stdlib.h>
#include <string.h>

enum { LONG = 1000, ENDS = 20, LONG_TEXT = 100000, TEXT_ENDS = 2000 };

static bool is_carets(const char *line, size_t n)
{
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        if (line[i] != ' ' && line[i] != '^' && line[i] != '~') return false;
        any |= line[i] == '^';
    }
    return any;
}

static bool put_line(AdjVM *vm, AdjBuf *b, const char *line, size_t n, bool first)
{
    const char *mark = first                ? "<b style=\"color:#d0103a\">"
                       : is_carets(line, n) ? "<span style=\"color:#d0103a\">"
                                            : "";
    size_t kind =
        first && memchr(line, ':', n) ? (size_t)((char *)memchr(line, ':', n) - line) : n;
    if (!*mark) return adj_html_text_n(vm, b, line, n) && adj_buf_add_c(vm, b, "\n");
    return adj_buf_add_c(vm, b, mark) && adj_html_text_n(vm, b, line, kind) &&
           adj_buf_add_c(vm, b, first ? "</b>" : "</span>") &&
           adj_html_text_n(vm, b, line + kind, n - kind) && adj_buf_add_c(vm, b, "\n");
}

bool adj_rich_error(AdjSession *s, AdjVal v, AdjBundle *out)
{
    if (!adj_is_exc(v)) return false;
    char *text = adj_exc_text(s->vm, v);
    AdjBuf b = {0};
    bool ok = text && adj_buf_add_c(s->vm, &b, "<pre class=\"adjoint-error\">");
    for (const char *line = text; ok && line && *line;) {
        size_t n = strcspn(line, "\n");
        ok = put_line(s->vm, &b, line, n, line == text);
        line += n + (line[n] == '\n');
    }
    ok = ok && adj_buf_add_c(s->vm, &b, "</pre>");
    if (ok) adj_bundle_add(out, "text/html", b.data, b.len, false);
    free(text);
    adj_buf_free(&b);
    return ok;
}

// ---- previews ----

static bool put_some(AdjVM *vm, AdjBuf *b, const AdjVal *items, int64_t n, const char *open,
                     const char *close)
{
    bool ok = adj_buf_add_c(vm, b, open);
    for (int64_t i = 0; ok && i < n; i++) {
        if (i == ENDS) {
            ok = adj_buf_printf(vm, b, "... %lld more ..., ", (long long)(n - 2 * ENDS));
            i = n - ENDS;
        }
        ok = ok && adj_rich_preview(vm, items[i], b) &&
             adj_buf_add_c(vm, b, i + 1 < n ? ", " : "");
    }
    return ok && adj_buf_add_c(vm, b, close);
}

static bool put_dict(AdjVM *vm, AdjBuf *b, AdjDict *d)
{
    AdjEntry *e;
    int64_t at = 0;
    bool ok = adj_buf_add_c(vm, b, "{");
    for (int64_t i = 0; ok && i < ENDS && (e = adj_dict_next(d, &at)); i++)
        ok = adj_rich_preview(vm, e->key, b) && adj_buf_add_c(vm, b, ": ") &&
             adj_rich_preview(vm, e->value, b) && adj_buf_add_c(vm, b, ", ");
    return ok && adj_buf_printf(vm, b, "... %lld more}", (long long)(d->count - ENDS));
}

static bool put_text(AdjVM *vm, AdjBuf *b, AdjVal text)
{
    AdjStr *s = adj_as_str(text);
    int64_t head = TEXT_ENDS, tail = s->len - TEXT_ENDS;
    while ((s->data[head] & 0xc0) == 0x80) head++;
    while ((s->data[tail] & 0xc0) == 0x80) tail++;
    return adj_buf_add(vm, b, s->data, (size_t)head) &&
           adj_buf_printf(vm, b, " ... %lld more characters ... ",
                          (long long)(adj_str_chars(s) - 2 * TEXT_ENDS)) &&
           adj_buf_add(vm, b, s->data + tail, (size_t)(s->len - tail));
}

bool adj_rich_preview(AdjVM *vm, AdjVal v, AdjBuf *b)
{
    if (adj_is_exact(v, &adj_type_list) && adj_as_list(v)->len > LONG)
        return put_some(vm, b, adj_as_list(v)->items, adj_as_list(v)->len, "[", "]");
    if (adj_is_exact(v, &adj_type_tuple) && adj_as_tuple(v)->len > LONG)
        return put_some(vm, b, adj_as_tuple(v)->items, adj_as_tuple(v)->len, "(", ")");
    if (adj_is_exact(v, &adj_type_dict) && adj_as_dict(v)->count > LONG)
        return put_dict(vm, b, adj_as_dict(v));
    AdjVal text;
    if (!adj_val_repr(vm, v, &text)) return false;
    bool ok = adj_as_str(text)->len > LONG_TEXT ? put_text(vm, b, text)
                                                : adj_buf_add_str(vm, b, text);
    adj_val_drop(text);
    return ok;
}
