// SPDX-License-Identifier: Apache-2.0
// session.c: making a session and running scripts and cells in it.
#include "session/session.h"

#include "bind/install.h"
#include "lib/lib.h"
#include "term/term.h"

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void write_out(AdjVM *vm, const char *text, size_t length)
{
    (void)vm;
    adj_term_write(1, text, length);
}

static void write_error(AdjVM *vm, const char *text, size_t length)
{
    (void)vm;
    adj_term_write(2, text, length);
}

AdjSession *adj_session_new(int argc, const char *const *argv)
{
    AdjSession *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    AdjHooks hooks = {.user = s,
                      .write = isatty(1) ? write_out : NULL,
                      .write_error = isatty(2) ? write_error : NULL};
    s->vm = adj_vm_new(&hooks);
    bool ok = s->vm && adj_lib_add_builtins(s->vm) && adj_lib_add_modules(s->vm) &&
              adj_lib_set_argv(s->vm, argc, argv) && adj_bind_install(s->vm) &&
              adj_session_install_help(s) && adj_session_install_magic(s);
    if (ok) return s;
    if (s->vm) adj_session_report(s);
    adj_session_free(s);
    return NULL;
}

void adj_session_free(AdjSession *s)
{
    if (!s) return;
    adj_obj_drop(s->cells);
    adj_obj_drop(s->results);
    if (s->vm) adj_vm_free(s->vm);
    free(s);
}

// Imports of a script look beside it first.
static void look_beside(AdjSession *s, const char *path)
{
    char copy[PATH_MAX];
    if (strlen(path) >= sizeof copy) return;
    strcpy(copy, path);
    adj_vm_set_script_dir(s->vm, dirname(copy));
}

int adj_session_run_script(AdjSession *s, const char *name, const char *text, size_t length)
{
    look_beside(s, name);
    bool ok = adj_vm_run(s->vm, name, text, length, ADJ_RUN_FILE, NULL);
    int status = ok ? 0 : adj_session_report(s);
    fflush(stdout);
    return status;
}

int adj_session_run_command(AdjSession *s, const char *text)
{
    AdjVal value;
    int status = 0;
    if (adj_vm_run(s->vm, "<command>", text, strlen(text), ADJ_RUN_CELL, &value)) {
        if (!adj_is_none(value)) adj_session_show(s, value, 0);
        adj_val_drop(value);
        if (adj_vm_failed(s->vm)) status = adj_session_report(s);
    } else {
        status = adj_session_report(s);
    }
    fflush(stdout);
    return status;
}

// Keeps the cell for In, its value for Out and _.
static void remember(AdjSession *s, const char *text, size_t length, int number, AdjVal value)
{
    if (!s->cells) s->cells = adj_list_new(s->vm, 0);
    if (!s->results) s->results = adj_dict_new(s->vm);
    AdjStr *source = adj_str_new(s->vm, text, length);
    if (!s->cells || !s->results || !source) return;
    AdjDict *names = adj_vm_main(s->vm)->dict;
    adj_list_append_take(s->vm, s->cells, adj_obj_val(source));
    adj_dict_set_c(s->vm, names, "In", adj_obj_val(s->cells));
    adj_dict_set_c(s->vm, names, "Out", adj_obj_val(s->results));
    if (adj_is_none(value)) return;
    adj_dict_set(s->vm, s->results, adj_int_val(number), value);
    adj_dict_set_c(s->vm, names, "_", value);
}

bool adj_session_run_cell(AdjSession *s, const char *text, size_t length, int number,
                          int *status)
{
    char name[32];
    AdjVal value = ADJ_NONE;
    s->count = number;
    snprintf(name, sizeof name, "cell %d", number);
    bool ok = adj_vm_run(s->vm, name, text, length, ADJ_RUN_CELL, &value);
    adj_progress_close_all();
    if (ok) {
        remember(s, text, length, number, value);
        if (!adj_is_none(value)) adj_session_show(s, value, number);
        adj_val_drop(value);
    } else {
        remember(s, text, length, number, ADJ_NONE);
    }
    bool leaving = adj_vm_failed(s->vm) && adj_vm_error_is(s->vm, ADJ_EXC_SystemExit);
    if (adj_vm_failed(s->vm)) *status = adj_session_report(s);
    fflush(stdout);
    return !leaving;
}
