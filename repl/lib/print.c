// SPDX-License-Identifier: Apache-2.0
// print and input. A print makes one text and writes it once, so that what two writers say does
// not mix inside a line. It goes to sys.stdout as the program has it: the machine's own output,
// or whatever object the program put there.
#include "lib.h"
#include "lang/types/str.h"

#include <stdio.h>
#include <stdlib.h>

// The text between or after the arguments; [absent] if the argument is None.
static bool glue(AdjVM *vm, AdjVal v, const char *name, const char *absent, const char **text,
                 size_t *size)
{
    *text = absent;
    *size = 1;
    if (adj_is_none(v)) return true;
    if (!adj_is_str(v)) {
        return adj_raise(vm, ADJ_EXC_TypeError, "%s must be None or a string, not %s", name,
                         adj_type_name(v));
    }
    *text = adj_as_str(v)->data;
    *size = (size_t)adj_as_str(v)->len;
    return true;
}

static bool add_text(AdjVM *vm, AdjText *text, AdjVal v)
{
    AdjVal shown;
    if (adj_is_exact(v, &adj_type_str)) {
        adj_text_add(text, adj_as_str(v)->data, (size_t)adj_as_str(v)->len);
        return true;
    }
    if (v.tag == ADJ_T_INT) return adj_text_int(text, v.i), true;
    if (!adj_val_str(vm, v, &shown)) return false;
    adj_text_add(text, adj_as_str(shown)->data, (size_t)adj_as_str(shown)->len);
    adj_val_drop(shown);
    return true;
}

static bool build(AdjVM *vm, AdjTuple *values, AdjVal sep, AdjVal end, AdjText *text)
{
    const char *between, *after;
    size_t between_size, after_size;
    if (!glue(vm, sep, "sep", " ", &between, &between_size)) return false;
    if (!glue(vm, end, "end", "\n", &after, &after_size)) return false;
    for (int64_t i = 0; i < values->len; i++) {
        if (i > 0) adj_text_add(text, between, between_size);
        if (!add_text(vm, text, values->items[i])) return false;
    }
    adj_text_add(text, after, after_size);
    return !text->failed || adj_raise(vm, ADJ_EXC_MemoryError, "%s", "");
}

// What the program has as sys.stdout if it is not the machine's own output; borrowed or UNDEF.
static AdjVal replaced_stdout(AdjVM *vm)
{
    AdjVal *sys = adj_dict_find_c(adj_vm_modules(vm), "sys");
    if (!sys || !adj_is_exact(*sys, &adj_type_module)) return ADJ_UNDEF;
    AdjDict *dict = ((AdjModuleObj *)sys->o)->dict;
    AdjVal *now = adj_dict_find_c(dict, "stdout"), *own = adj_dict_find_c(dict, "__stdout__");
    return now && own && !adj_val_is(*now, *own) ? *now : ADJ_UNDEF;
}

static bool write_to(AdjVM *vm, AdjVal file, const AdjText *text)
{
    AdjVal result;
    AdjStr *s = adj_str_new(vm, text->data ? text->data : "", text->size);
    if (!s) return false;
    AdjVal arg = adj_obj_val(s);
    bool ok = adj_vm_call_method(vm, file, "write", &arg, 1, &result);
    adj_obj_drop(s);
    if (ok) adj_val_drop(result);
    return ok;
}

static bool flush_file(AdjVM *vm, AdjVal file)
{
    AdjVal result;
    if (!adj_vm_call_method(vm, file, "flush", NULL, 0, &result)) return false;
    adj_val_drop(result);
    return true;
}

bool adj_builtin_print(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjText text = {0};
    AdjVal file = adj_is_none(args[3]) ? replaced_stdout(vm) : args[3];
    bool flush = false, ok = build(vm, adj_as_tuple(args[0]), args[1], args[2], &text);
    ok = ok && adj_val_truth(vm, args[4], &flush);
    if (ok && adj_is_undef(file)) {
        adj_vm_write(vm, text.data ? text.data : "", text.size);
        if (flush && adj_vm_hooks(vm)->flush) adj_vm_hooks(vm)->flush(vm);
        else if (flush) fflush(stdout);
    } else if (ok) {
        ok = write_to(vm, file, &text) && (!flush || flush_file(vm, file));
    }
    adj_text_free(&text);
    return ok && adj_out_none(out);
}

// ---- input ----

static bool read_plain(AdjVM *vm, AdjVal *out)
{
    char *line = NULL;
    size_t room = 0, bad;
    ssize_t size = getline(&line, &room, stdin);
    if (size < 0) {
        free(line);
        return adj_raise(vm, ADJ_EXC_EOFError, "EOF when reading a line");
    }
    if (size > 0 && line[size - 1] == '\n') size--;
    bool ok = adj_utf8_check(line, (size_t)size, &bad);
    if (ok) ok = adj_out(out, adj_str_new(vm, line, (size_t)size));
    else
        adj_raise(vm, ADJ_EXC_UnicodeDecodeError, "input: byte %zu of the line is not UTF-8",
                  bad);
    free(line);
    return ok;
}

bool adj_builtin_input(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjVal prompt;
    if (!adj_val_str(vm, args[0], &prompt)) return false;
    bool ok;
    AdjHooks *hooks = adj_vm_hooks(vm);
    if (hooks->read_line) {
        ok = hooks->read_line(vm, adj_as_str(prompt)->data, out);
    } else {
        adj_vm_write(vm, adj_as_str(prompt)->data, (size_t)adj_as_str(prompt)->len);
        if (hooks->flush) hooks->flush(vm);
        else fflush(stdout);
        ok = read_plain(vm, out);
    }
    adj_val_drop(prompt);
    return ok;
}
