// SPDX-License-Identifier: Apache-2.0
// The engine below the module re: PCRE2, opened at run time by the first pattern, so that a
// program without patterns does not pay for it and one on a machine without it still runs.
//
// The language's part (library/re.adj) turns Python's syntax into PCRE2's and makes the match
// objects; here a pattern is compiled once and asked for places. Places are code points as the
// language counts them; PCRE2 counts bytes, so texts beyond ASCII are walked from the last
// place that is known. The functions are declared here because PCRE2's binary interface is
// fixed since 10.0 and its header need not be on the machine that builds.
#include <dlfcn.h>
#include <string.h>

#include "lib.h"
#include "lang/types/str_utf8.h"

typedef struct Engine {
    void *(*compile)(const void *, size_t, uint32_t, int *, size_t *, void *);
    void (*code_free)(void *);
    int (*jit_compile)(void *, uint32_t);
    void *(*data_create)(const void *, void *);
    void (*data_free)(void *);
    size_t *(*ovector)(void *);
    uint32_t (*ovector_count)(void *);
    int (*match)(const void *, const void *, size_t, size_t, uint32_t, void *, void *);
    int (*message)(int, uint8_t *, size_t);
} Engine;

enum {
    OPTION_UTF = 0x80000,
    OPTION_NEVER_C = 0x100000,
    OPTION_ALT_CIRCUMFLEX = 0x200000,
    MATCH_NOT_EMPTY_AT_START = 0x8,
    MATCH_NO_JIT = 0x2000,
    MATCH_NO_UTF_CHECK = 0x40000000,
    ERROR_NO_MATCH = -1,
    ERROR_JIT_STACK = -46,
    JIT_COMPLETE = 1,
};

static bool load(Engine *e, void *library)
{
    const struct {
        const char *name;
        void *slot;
    } rows[] = {
        {"pcre2_compile_8", &e->compile},
        {"pcre2_code_free_8", &e->code_free},
        {"pcre2_jit_compile_8", &e->jit_compile},
        {"pcre2_match_data_create_from_pattern_8", &e->data_create},
        {"pcre2_match_data_free_8", &e->data_free},
        {"pcre2_get_ovector_pointer_8", &e->ovector},
        {"pcre2_get_ovector_count_8", &e->ovector_count},
        {"pcre2_match_8", &e->match},
        {"pcre2_get_error_message_8", &e->message},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        void *at = dlsym(library, rows[i].name);
        if (!at) return false;
        memcpy(rows[i].slot, &at, sizeof at);
    }
    return true;
}

// The engine, or NULL with an ImportError. Opened once per thread and kept open.
static const Engine *engine(AdjVM *vm)
{
    static _Thread_local Engine e;
    static const char *const names[] = {"libpcre2-8.so.0", "libpcre2-8.so", "libpcre2-8.dylib"};
    for (size_t i = 0; !e.match && i < sizeof names / sizeof *names; i++) {
        void *library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
        if (library && !load(&e, library)) memset(&e, 0, sizeof e);
    }
    if (e.match) return &e;
    return adj_raise_null(vm, ADJ_EXC_ImportError,
                          "re needs the library PCRE2 (libpcre2-8.so.0), which is not on this "
                          "machine; Debian has it as libpcre2-8-0, Fedora and Arch as pcre2");
}

// ---- compiled patterns ----

typedef struct Code {
    AdjObj head;
    const Engine *engine;
    void *code, *data;
    uint32_t pairs;  // the whole match and the groups
} Code;

static void code_drop(AdjObj *o)
{
    Code *c = (Code *)o;
    if (c->data) c->engine->data_free(c->data);
    if (c->code) c->engine->code_free(c->code);
    c->data = c->code = NULL;
}

// Where in the text the search stands: the same place in bytes and in characters.
typedef struct Place {
    int64_t byte, at;
} Place;

static int64_t to_characters(const AdjStr *s, Place *known, size_t byte)
{
    if (s->chars == s->len) return (int64_t)byte;
    if ((int64_t)byte < known->byte) *known = (Place){0, 0};
    known->at += (int64_t)adj_utf8_length(s->data + known->byte, byte - (size_t)known->byte);
    known->byte = (int64_t)byte;
    return known->at;
}

static int64_t to_bytes(const AdjStr *s, int64_t at)
{
    if (at < 0) at = 0;
    if (s->chars == s->len) return at < s->len ? at : s->len;
    return (int64_t)adj_utf8_offset(s->data, (size_t)s->len, (size_t)at);
}

// 1 found, 0 not, -1 failed.
static int search(AdjVM *vm, const Code *c, const AdjStr *s, int64_t from, int64_t end,
                  uint32_t options)
{
    if (from > end) return 0;
    options |= MATCH_NO_UTF_CHECK;
    int rc =
        c->engine->match(c->code, s->data, (size_t)end, (size_t)from, options, c->data, NULL);
    if (rc == ERROR_JIT_STACK) {
        rc = c->engine->match(c->code, s->data, (size_t)end, (size_t)from,
                              options | MATCH_NO_JIT, c->data, NULL);
    }
    if (rc > 0) return 1;
    if (rc == ERROR_NO_MATCH) return 0;
    uint8_t text[160] = "";
    c->engine->message(rc, text, sizeof text);
    return adj_raise_int(vm, ADJ_EXC_RuntimeError, "re: the search was given up: %s",
                         (const char *)text);
}

// (start, end) of the match and of each group, in one flat tuple; -1 for a group without part.
static AdjTuple *places(AdjVM *vm, const Code *c, const AdjStr *s, Place *known)
{
    const size_t *v = c->engine->ovector(c->data);
    AdjTuple *t = adj_tuple_new(vm, 2 * (int64_t)c->pairs);
    for (uint32_t i = 0; t && i < 2 * c->pairs; i++) {
        bool unset = v[i] == SIZE_MAX;
        t->items[i] = adj_int_val(unset ? -1 : to_characters(s, known, v[i]));
    }
    return t;
}

static bool code_find(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    Code *c = (Code *)args[0].o;
    int64_t from, end, options;
    if (!adj_is_str(args[1]))
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "expected string or bytes-like object, got '%s'",
                         adj_type_name(args[1]));
    AdjStr *s = adj_as_str(args[1]);
    if (!adj_get_int(vm, args[2], &from) || !adj_get_int(vm, args[3], &end) ||
        !adj_get_int(vm, args[4], &options))
        return false;
    adj_str_chars(s);
    int found = search(vm, c, s, to_bytes(s, from), to_bytes(s, end), (uint32_t)options);
    Place known = {0, 0};
    if (found > 0) return adj_out(out, places(vm, c, s, &known));
    return found == 0 && adj_out_none(out);
}

// All matches that do not overlap. An empty one may stand behind another, but not twice at a
// place: after it the search must find something longer here or go on one character further.
static bool code_find_all(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    Code *c = (Code *)args[0].o;
    int64_t from, end, most;
    if (!adj_is_str(args[1]))
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "expected string or bytes-like object, got '%s'",
                         adj_type_name(args[1]));
    AdjStr *s = adj_as_str(args[1]);
    if (!adj_get_int(vm, args[2], &from) || !adj_get_int(vm, args[3], &end) ||
        !adj_get_int(vm, args[4], &most))
        return false;
    AdjList *all = adj_list_new(vm, 0);
    if (!all) return false;
    adj_str_chars(s);
    Place known = {0, 0};
    int64_t at = to_bytes(s, from), stop = to_bytes(s, end);
    uint32_t options = 0;
    int found = 0;
    while ((most <= 0 || all->len < most) &&
           (found = search(vm, c, s, at, stop, options)) > 0) {
        const size_t *v = c->engine->ovector(c->data);
        AdjTuple *t = places(vm, c, s, &known);
        options = MATCH_NOT_EMPTY_AT_START * (v[0] == v[1]);
        at = (int64_t)v[1];
        if (!t || !adj_list_append_take(vm, all, adj_obj_val(t)) || !adj_vm_poll(vm))
            found = -1;
        if (found < 0) break;
    }
    if (found < 0) adj_obj_drop(all);
    return found >= 0 && adj_out(out, all);
}

static AdjType type_code = {
    .name = "_re.Code",
    .size = sizeof(Code),
    .drop = code_drop,
    .methods =
        (const AdjNative[]){{"find", "(self, string, start, end, options, /)", code_find,
                             "The places of the first match, or None.", 0},
                            {"find_all", "(self, string, start, end, most, /)", code_find_all,
                             "The places of all matches, or of the first [most].", 0},
                            {0}},
};

// (code, None), or (None, (message, place)) if the pattern is not one.
static bool re_compile(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t options;
    const Engine *e = engine(vm);
    if (!e || !adj_get_int(vm, args[1], &options)) return false;
    if (!adj_is_str(args[0])) return adj_raise(vm, ADJ_EXC_TypeError, "a pattern is a str");
    AdjStr *s = adj_as_str(args[0]);
    int error;
    size_t at;
    uint32_t fixed = OPTION_UTF | OPTION_NEVER_C | OPTION_ALT_CIRCUMFLEX;
    void *code =
        e->compile(s->data, (size_t)s->len, (uint32_t)options | fixed, &error, &at, NULL);
    if (!code) {
        uint8_t text[160] = "";
        e->message(error, text, sizeof text);
        AdjStr *said = adj_str_new_c(vm, (const char *)text);
        bool ok = said && adj_out_pair(vm, adj_obj_val(said), adj_int_val((int64_t)at), out);
        adj_obj_drop(said);
        return ok;
    }
    e->jit_compile(code, JIT_COMPLETE);  // where it cannot, matching interprets
    Code *c = adj_obj_new(vm, &type_code);
    if (!c) {
        e->code_free(code);
        return false;
    }
    c->engine = e;
    c->code = code;
    c->data = e->data_create(code, NULL);
    c->pairs = c->data ? e->ovector_count(c->data) : 0;
    if (c->data) return adj_out(out, c);
    adj_obj_drop(c);
    return adj_raise(vm, ADJ_EXC_MemoryError, "%s", "");
}

static const AdjNative functions[] = {
    {"compile", "(pattern, options, /)", re_compile,
     "The compiled pattern, or what is wrong with it and where.", 0},
    {0},
};

static bool regex_init(AdjVM *vm, AdjModuleObj *m)
{
    (void)vm, (void)m;
    return adj_type_ready(&type_code);
}

const AdjModuleDef adj_lib_regex = {"_re", "The engine below re.", functions, regex_init};
