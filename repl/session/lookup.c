// SPDX-License-Identifier: Apache-2.0
// lookup.c: see lookup.h. Looking a name up may run a property's code at most, never a call.
#include "session/lookup.h"

#include "bind/install.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 128;
}

static bool first(AdjSession *s, AdjStr *name, AdjVal *out)
{
    AdjVal *v = adj_dict_find_str(adj_vm_main(s->vm)->dict, name);
    if (!v) v = adj_dict_find_str(adj_vm_prelude(s->vm), name);
    if (v)
        *out = adj_val_keep(*v);
    else if (adj_vm_hooks(s->vm)->find_name)
        return adj_vm_hooks(s->vm)->find_name(s->vm, name, out) > 0;
    return v != NULL;
}

bool adj_lookup(AdjSession *s, const char *text, size_t length, AdjVal *out)
{
    AdjVal at = ADJ_UNDEF;
    size_t i = 0;
    while (i < length) {
        size_t end = i;
        while (end < length && is_name(text[end])) end++;
        if (end == i || (end < length && text[end] != '.')) break;
        AdjStr *name = adj_str_new(s->vm, text + i, end - i);
        AdjVal next = ADJ_UNDEF;
        bool found =
            name && (adj_is_undef(at) ? first(s, name, &next)
                                      : adj_val_find_attr(s->vm, at, name, &next) == 1);
        adj_obj_drop(name);
        adj_val_drop(at);
        if (adj_vm_failed(s->vm)) adj_vm_clear_error(s->vm);
        if (!found) return false;
        at = next;
        if (end == length) {
            *out = at;
            return true;
        }
        i = end + 1;
    }
    adj_val_drop(at);
    return false;
}

bool adj_lookup_signature(AdjSession *s, AdjVal v, char *text, size_t room)
{
    const char *row = adj_bind_signature(v);
    AdjVal own;
    if (row) {
        snprintf(text, room, "%s", row);
        return true;
    }
    if (!adj_val_callable(v)) return false;
    if (!adj_val_signature(s->vm, v, &own)) {
        adj_vm_clear_error(s->vm);
        return false;
    }
    bool ok = adj_is_str(own) && adj_as_str(own)->len > 0;
    if (ok) snprintf(text, room, "%s", adj_as_str(own)->data);
    adj_val_drop(own);
    return ok;
}

size_t adj_lookup_name_start(const char *text, size_t at)
{
    while (at > 0 && (is_name(text[at - 1]) || text[at - 1] == '.')) at--;
    return at;
}

// Walks back over the arguments: closing brackets nest, commas count at the call's own level.
// Strings are passed over by their quote; a quote inside a comment may mislead, which costs
// only the hint.
bool adj_lookup_call(const char *text, size_t at, AdjCallAt *out)
{
    int depth = 0, commas = 0;
    for (size_t i = at; i > 0; i--) {
        char c = text[i - 1];
        if (c == '"' || c == '\'') {
            while (i > 1 && text[i - 2] != c) i--;
            if (i <= 1) return false;
            i--;
        } else if (c == ')' || c == ']' || c == '}') {
            depth++;
        } else if (c == '[' || c == '{') {
            depth--;
            if (depth < 0) return false;
        } else if (c == '(' && depth-- == 0) {
            out->end = i - 1;
            out->start = adj_lookup_name_start(text, out->end);
            out->argument = commas;
            return out->end > out->start;
        } else if (c == ',' && depth == 0) {
            commas++;
        }
    }
    return false;
}
