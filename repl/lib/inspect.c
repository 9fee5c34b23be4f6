// SPDX-License-Identifier: Apache-2.0
// What the module inspect needs of the machine: the text of a signature and of a definition.
// The rest is written in the language (library/inspect.adj).
#include <string.h>

#include "lib.h"
#include "lang/vm.h"

static bool inspect_signature(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return adj_val_signature(vm, a[0], out);
}

// The code behind a function, a bound method or a class; NULL: not written in the language.
static const AdjCode *code_of(AdjVal v)
{
    while (adj_is_exact(v, &adj_type_method)) v = ((AdjMethod *)v.o)->fn;
    if (adj_is_exact(v, &adj_type_function)) return ((AdjFunction *)v.o)->code;
    if (adj_is_exact(v, &adj_type_code)) return (const AdjCode *)v.o;
    return adj_is_type(v) ? (const AdjCode *)adj_as_type(v)->body : NULL;
}

bool adj_source_of(AdjVal v, const char **text, size_t *length, uint32_t *line)
{
    const AdjCode *code = code_of(v);
    if (!code) return false;
    const char *source = code->source->text;
    size_t start = code->span.start, end = code->span.end, size = code->source->length;
    while (start > 0 && source[start - 1] == ' ') start--;  // the indentation belongs to it
    while (end < size && source[end] != '\n') end++;        // and a remark behind it
    if (start > 0 && source[start - 1] != '\n') start = code->span.start;
    *text = source + start;
    *length = end - start + (end < size);
    *line = adj_source_position(code->source, (uint32_t)start).line;
    return true;
}

static bool inspect_source(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    const char *text;
    size_t length;
    uint32_t line;
    if (!adj_source_of(a[0], &text, &length, &line)) return adj_out_none(out);
    AdjVal source = adj_obj_val(adj_str_new(vm, text, length));
    bool ok = !adj_is_undef(source) && adj_out_pair(vm, source, adj_int_val(line), out);
    adj_val_drop(source);
    return ok;
}

static const AdjNative functions[] = {
    {"__signature__", "(object, /)", inspect_signature, "The parameters as text.", 0},
    {"__source__", "(object, /)", inspect_source, "(text, first line) or None.", 0},
    {0},
};

const AdjModuleDef adj_lib_inspect = {"inspect", "Questions about functions and classes.",
                                      functions, NULL};
