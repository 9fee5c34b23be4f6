// SPDX-License-Identifier: Apache-2.0
// help.c: help(x), x? and x??: what a row, a docstring or a definition says.
#include "session/complete.h"
#include "session/front.h"
#include "session/lookup.h"

#include "bind/install.h"
#include "lib/lib.h"

#include <stdlib.h>
#include <string.h>

// The session that the natives below serve: a process has one.
static AdjSession *here;

static bool add_doc(AdjVM *vm, AdjVal v, AdjBuf *b)
{
    AdjVal doc;
    AdjStr *name = adj_str_intern_c("__doc__");
    int found = adj_val_find_attr(vm, v, name, &doc);
    adj_obj_drop(name);
    if (found != 1) return found == 0;
    bool ok = !adj_is_str(doc) || adj_buf_printf(vm, b, "\n%s\n", adj_as_str(doc)->data);
    adj_val_drop(doc);
    return ok;
}

static bool add_name(AdjVM *vm, AdjVal v, AdjBuf *b)
{
    AdjVal name;
    AdjStr *key = adj_str_intern_c("__name__");
    int found = adj_val_find_attr(vm, v, key, &name);
    adj_obj_drop(key);
    if (found < 0) adj_vm_clear_error(vm);
    if (found != 1) return adj_buf_add_c(vm, b, adj_type_name(v));
    bool ok = adj_is_str(name) ? adj_buf_add_str(vm, b, name)
                               : adj_buf_add_c(vm, b, adj_type_name(v));
    adj_val_drop(name);
    return ok;
}

// The lines of the definition, for functions of the language.
static bool add_source(AdjVM *vm, AdjVal v, AdjBuf *b)
{
    const char *text;
    size_t length;
    uint32_t line;
    if (!adj_source_of(v, &text, &length, &line)) return true;
    return adj_buf_printf(vm, b, "\n%.*s\n", (int)length, text);
}

static bool describe(AdjSession *s, AdjVal v, bool source, AdjBuf *b)
{
    char signature[512];
    if (adj_bind_help(s->vm, v, b)) return true;
    bool callable = adj_lookup_signature(s, v, signature, sizeof signature);
    if (!callable && !adj_is_type(v)) {
        AdjBuf value = {0};
        bool ok = adj_buf_printf(s->vm, b, "%s\n", adj_type_name(v)) &&
                  adj_buf_add_repr(s->vm, &value, v) &&
                  adj_buf_add(s->vm, b, value.data, value.len < 600 ? value.len : 600) &&
                  adj_buf_add_c(s->vm, b, "\n");
        adj_buf_free(&value);
        return ok && add_doc(s->vm, v, b);
    }
    return add_name(s->vm, v, b) &&
           adj_buf_printf(s->vm, b, "%s\n", callable ? signature : "") &&
           add_doc(s->vm, v, b) && (!source || add_source(s->vm, v, b));
}

// Long lines of prose are broken at blanks.
static bool wrap(AdjVM *vm, const AdjBuf *from, AdjBuf *to)
{
    enum { WIDTH = 88 };
    for (size_t i = 0; i < from->len;) {
        const char *line = from->data + i;
        const char *end = memchr(line, '\n', from->len - i);
        size_t n = end ? (size_t)(end - line) : from->len - i, cut = n, indent = 0;
        while (indent < n && line[indent] == ' ') indent++;
        if (n > WIDTH) {
            for (cut = WIDTH; cut > indent + 20 && line[cut] != ' ';) cut--;
            if (line[cut] != ' ') cut = n;
        }
        if (!adj_buf_add(vm, to, line, cut) || !adj_buf_add_char(vm, to, '\n')) return false;
        i += cut + 1;
    }
    return true;
}

static bool print_help(AdjVM *vm, AdjVal v, bool source, bool paged, AdjVal *out)
{
    AdjBuf b = {0}, lines = {0};
    bool ok = describe(here, v, source, &b) && (source || wrap(vm, &b, &lines));
    const AdjBuf *shown = source ? &b : &lines;
    if (ok && paged)
        adj_session_page(here, shown->data, shown->len);
    else if (ok)
        adj_vm_write(vm, shown->data, shown->len);
    adj_buf_free(&b);
    adj_buf_free(&lines);
    return ok && adj_out_none(out);
}

static bool f_help(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    if (adj_is_undef(a[0])) {
        static const char text[] = "help(x) or x? explains x: a function, an operation, a "
                                   "layer, a value; x?? shows its source.\n"
                                   "dir(x) lists its names. %magic lists the commands that "
                                   "begin with a percent sign.\n";
        adj_vm_write(vm, text, sizeof text - 1);
        return adj_out_none(out);
    }
    AdjVal found;
    if (adj_is_str(a[0]) &&
        adj_lookup(here, adj_as_str(a[0])->data, (size_t)adj_as_str(a[0])->len, &found)) {
        bool ok = print_help(vm, found, false, false, out);
        adj_val_drop(found);
        return ok;
    }
    return print_help(vm, a[0], false, false, out);
}

// x? at the prompt: the text before the mark and how many marks there were.
static bool f_prompt_help(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    AdjStr *text = adj_as_str(a[0]);
    AdjVal v;
    if (memchr(text->data, '*', (size_t)text->len)) return adj_session_search(here, a[0], out);
    if (!adj_lookup(here, text->data, (size_t)text->len, &v)) {
        return adj_raise(vm, ADJ_EXC_NameError, "name '%s' is not defined", text->data);
    }
    bool ok = print_help(vm, v, adj_is_int(a[1]) && a[1].i > 1, true, out);
    adj_val_drop(v);
    return ok;
}

char *adj_session_inspect(AdjSession *s, const char *text, size_t length, size_t cursor,
                          bool source)
{
    size_t end = cursor, start = adj_lookup_name_start(text, cursor);
    while (end < length && adj_lookup_name_start(text, end + 1) <= start) end++;
    AdjVal v;
    AdjCallAt call;
    bool found = end > start && adj_lookup(s, text + start, end - start, &v);
    if (!found && adj_lookup_call(text, cursor, &call))
        found = adj_lookup(s, text + call.start, call.end - call.start, &v);
    if (!found) return NULL;
    AdjBuf b = {0};
    char *result =
        describe(s, v, source, &b) && adj_buf_add_char(s->vm, &b, 0) ? strdup(b.data) : NULL;
    if (adj_vm_failed(s->vm)) adj_vm_clear_error(s->vm);
    adj_buf_free(&b);
    adj_val_drop(v);
    return result;
}

char *adj_session_help_at(void *self, const char *text, size_t length, size_t cursor)
{
    return adj_session_inspect(self, text, length, cursor, false);
}

static const AdjNative functions[] = {
    {"help", "(object=<unset>, /)", f_help, "Explains a function, operation, layer or value.",
     0},
    {"__help__", "(text, level, /)", f_prompt_help, "What x? does.", 0},
    {0},
};

bool adj_session_install_help(AdjSession *s)
{
    here = s;
    return adj_vm_add_functions(s->vm, adj_vm_prelude(s->vm), functions, "builtins");
}
