// SPDX-License-Identifier: Apache-2.0
// complete.c: what could be typed next. Inside quotes: file names. After a dot: attributes of
// the value before it. In a call: its keyword arguments first. Otherwise names: the session's
// own, then the prelude's, then keywords.
#include "session/complete.h"

#include "library/library.h"
#include "session/lookup.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const keywords[] = {
    "and",    "as",     "assert", "break",   "class",    "continue", "def",    "del",  "elif",
    "else",   "except", "False",  "finally", "for",      "from",     "global", "if",   "import",
    "in",     "is",     "lambda", "None",    "nonlocal", "not",      "or",     "pass", "raise",
    "return", "True",   "try",    "while",   "with",     "yield",
};

typedef struct {
    AdjSession *session;
    AdjTermItems *items;
    const char *prefix;
    size_t length;
} Completion;

static bool starts(const Completion *c, const char *name)
{
    return !strncmp(name, c->prefix, c->length);
}

// Names that begin with _ are offered once an underscore is typed.
static bool wanted(const Completion *c, const char *name)
{
    return starts(c, name) && (name[0] != '_' || (c->length && c->prefix[0] == '_'));
}

static const char *kind_of(AdjVal v)
{
    if (adj_is_type(v)) return "class";
    if (v.tag == ADJ_T_OBJ && v.o->type == &adj_type_module) return "module";
    return adj_val_callable(v) ? "function" : "value";
}

static void offer(Completion *c, const char *name, AdjVal v)
{
    char signature[256];
    bool has = adj_lookup_signature(c->session, v, signature, sizeof signature);
    adj_items_add(c->items, &(AdjTermItem){.insert = name,
                                           .kind = kind_of(v),
                                           .signature = has ? signature : NULL});
}

static void offer_dict(Completion *c, AdjDict *d)
{
    AdjEntry *e;
    for (int64_t i = 0; (e = adj_dict_next(d, &i));)
        if (adj_is_str(e->key) && wanted(c, adj_as_str(e->key)->data))
            offer(c, adj_as_str(e->key)->data, e->value);
}

// What the library defines, seen or not.
static void offer_library(Completion *c)
{
    char name[80];
    for (const AdjLibraryFile *f = adj_library_files; f->module.name; f++) {
        for (const char *p = f->names + 1; *p; p += strcspn(p, " ") + 1) {
            snprintf(name, sizeof name, "%.*s", (int)strcspn(p, " "), p);
            if (wanted(c, name) && !adj_dict_find_c(adj_vm_prelude(c->session->vm), name))
                adj_items_add(c->items, &(AdjTermItem){.insert = name, .kind = "library"});
        }
    }
}

static void offer_names(Completion *c)
{
    offer_dict(c, adj_vm_main(c->session->vm)->dict);
    offer_dict(c, adj_vm_prelude(c->session->vm));
    offer_library(c);
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (starts(c, keywords[i]))
            adj_items_add(c->items, &(AdjTermItem){.insert = keywords[i], .kind = "keyword"});
}

static void offer_attributes(Completion *c, AdjVal base)
{
    AdjVM *vm = c->session->vm;
    AdjVal names, v;
    if (!adj_val_dir(vm, base, &names)) {
        adj_vm_clear_error(vm);
        return;
    }
    AdjList *list = adj_as_list(names);
    for (int64_t i = 0; i < list->len; i++) {
        AdjStr *name = adj_as_str(list->items[i]);
        if (!wanted(c, name->data)) continue;
        if (adj_val_find_attr(vm, base, name, &v) == 1) {
            offer(c, name->data, v);
            adj_val_drop(v);
        } else if (adj_vm_failed(vm)) {
            adj_vm_clear_error(vm);
        }
    }
    adj_val_drop(names);
}

// The parameters of a signature as "name=", those that come behind a default or a type
// included.
static void offer_arguments(Completion *c, const char *signature)
{
    int depth = 0;
    const char *p = strchr(signature, '(');
    while (p && *p && !(*p == ')' && depth == 1)) {
        if (*p == '(' || *p == '[') depth++;
        if (*p == ')' || *p == ']') depth--;
        bool begins = depth == 1 && (*p == '(' || *p == ',');
        p++;
        if (!begins) continue;
        char name[80];
        p += strspn(p, " *");
        size_t n = strcspn(p, " :=,)");
        snprintf(name, sizeof name, "%.*s=", (int)n, p);
        if (n && *p != '/' && strcmp(name, "self=") && starts(c, name))
            adj_items_add(c->items, &(AdjTermItem){.insert = name, .kind = "argument"});
    }
}

static void offer_call(Completion *c, const char *text, size_t at)
{
    AdjCallAt call;
    AdjVal v;
    char signature[512];
    if (!adj_lookup_call(text, at, &call) ||
        !adj_lookup(c->session, text + call.start, call.end - call.start, &v))
        return;
    if (adj_lookup_signature(c->session, v, signature, sizeof signature))
        offer_arguments(c, signature);
    adj_val_drop(v);
}

// ---------------------------------------------------------------- files

// The opening quote of a string that is still open at [at] in its line; false when there is
// none.
static bool open_quote(const char *text, size_t at, size_t *start)
{
    char quote = 0;
    size_t line = at;
    while (line > 0 && text[line - 1] != '\n') line--;
    for (size_t i = line; i < at; i++) {
        if (quote && text[i] == '\\')
            i++;
        else if (quote && text[i] == quote)
            quote = 0;
        else if (!quote && text[i] == '#')
            return false;
        else if (!quote && (text[i] == '"' || text[i] == '\'')) {
            quote = text[i];
            *start = i + 1;
        }
    }
    return quote != 0;
}

static void offer_files(Completion *c, const char *folder, const char *path)
{
    DIR *d = opendir(*folder ? folder : ".");
    if (!d) return;
    for (struct dirent *e; (e = readdir(d));) {
        char whole[1024], full[1300];
        struct stat st;
        if (!wanted(c, e->d_name) ||
            (e->d_name[0] == '.' && (!c->length || c->prefix[0] != '.')))
            continue;
        snprintf(full, sizeof full, "%s%s", folder, e->d_name);
        bool is_folder = !stat(full, &st) && S_ISDIR(st.st_mode);
        snprintf(whole, sizeof whole, "%.500s%.400s%s", path, e->d_name, is_folder ? "/" : "");
        adj_items_add(c->items, &(AdjTermItem){.insert = whole,
                                               .display = e->d_name,
                                               .kind = is_folder ? "folder" : "file"});
    }
    closedir(d);
}

static void complete_path(Completion *c, const char *text, size_t start, size_t at)
{
    char path[512], folder[600];
    size_t slash = at;
    while (slash > start && text[slash - 1] != '/') slash--;
    if (at - start >= sizeof path) return;
    snprintf(path, sizeof path, "%.*s", (int)(slash - start), text + start);
    const char *home = getenv("HOME");
    if (path[0] == '~' && path[1] == '/' && home)
        snprintf(folder, sizeof folder, "%.80s%s", home, path + 1);
    else
        snprintf(folder, sizeof folder, "%s", path);
    c->prefix = text + slash;
    c->length = at - slash;
    adj_items_range(c->items, start, at);
    offer_files(c, folder, path);
}

void adj_session_complete(void *self, const char *text, size_t length, size_t cursor,
                          AdjTermItems *items)
{
    (void)length;
    Completion c = {.session = self, .items = items};
    size_t start;
    if (open_quote(text, cursor, &start)) {
        complete_path(&c, text, start, cursor);
        return;
    }
    start = adj_lookup_name_start(text, cursor);
    size_t dot = cursor;
    while (dot > start && text[dot - 1] != '.') dot--;
    c.prefix = text + dot;
    c.length = cursor - dot;
    adj_items_range(items, dot, cursor);
    if (dot == start) {
        offer_call(&c, text, start);
        offer_names(&c);
        return;
    }
    AdjVal base;
    if (!adj_lookup(self, text + start, dot - 1 - start, &base)) return;
    offer_attributes(&c, base);
    adj_val_drop(base);
}

// ---------------------------------------------------------------- the call being typed

// The parameter number [argument] of the signature in hint->text, as a range.
static void find_active(AdjCallHint *hint, int argument)
{
    int depth = 0, at = -1;
    size_t start = 0;
    for (size_t i = 0; hint->text[i]; i++) {
        char ch = hint->text[i];
        if (depth == 1 && (ch == ',' || ch == ')') && at == argument) {
            hint->active_start = start;
            hint->active_end = i;
            return;
        }
        if (ch == '(' || ch == '[' || ch == '{') depth++;
        if (ch == ')' || ch == ']' || ch == '}') depth--;
        if (depth == 1 && (ch == ',' || ch == '(')) {
            at++;
            start = i + 1 + (hint->text[i + 1] == ' ');
        }
    }
}

bool adj_session_signature_at(void *self, const char *text, size_t length, size_t cursor,
                              AdjCallHint *hint)
{
    (void)length;
    AdjCallAt call;
    AdjVal v;
    char signature[440];
    if (!adj_lookup_call(text, cursor, &call) ||
        !adj_lookup(self, text + call.start, call.end - call.start, &v))
        return false;
    bool ok = adj_lookup_signature(self, v, signature, sizeof signature);
    adj_val_drop(v);
    if (!ok) return false;
    size_t name = call.end - call.start;
    snprintf(hint->text, sizeof hint->text, "%.*s%s", (int)(name > 60 ? 60 : name),
             text + call.start, signature);
    hint->active_start = hint->active_end = 0;
    find_active(hint, call.argument);
    return true;
}
