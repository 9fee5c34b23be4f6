// SPDX-License-Identifier: Apache-2.0
// execute.c: cells, expressions beside them, scripts; what they leave behind, and how they
// fail.
#include "session/front.h"

#include "plot/module.h"
#include "session/history.h"
#include "term/term.h"

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---------------------------------------------------------------- failures

void adj_outcome_free(AdjOutcome *o)
{
    free(o->name);
    free(o->value);
    free(o->text);
    o->name = o->value = o->text = NULL;
}

static char *text_of(AdjVM *vm, AdjVal v)
{
    AdjVal text;
    char *copy = NULL;
    if (adj_val_str(vm, v, &text)) {
        copy = strdup(adj_as_str(text)->data);
        adj_val_drop(text);
    } else {
        adj_vm_clear_error(vm);
    }
    return copy ? copy : strdup("");
}

// SystemExit: a number is the status, None and 0 mean success, anything else is said on the way
// out and means failure.
static void take_exit(AdjVM *vm, AdjException *e, AdjOutcome *out)
{
    AdjVal code = e->args && e->args->len ? e->args->items[0] : ADJ_NONE;
    out->leave = true;
    out->status = adj_is_none(code) ? 0 : adj_is_int(code) ? (int)code.i : 1;
    out->ok = out->status == 0;
    if (adj_is_none(code) || adj_is_int(code)) return;
    free(out->text);
    out->text = text_of(vm, code);
}

void adj_session_take_failure(AdjSession *s, AdjOutcome *out)
{
    AdjVal e = adj_vm_take_error(s->vm);
    AdjException *exc = (AdjException *)e.o;
    out->ok = false;
    out->status = 1;
    out->name = strdup(exc->head.type->name);
    out->value = text_of(s->vm, e);
    if (adj_type_is(exc->head.type, adj_exc_type(ADJ_EXC_SystemExit)))
        take_exit(s->vm, exc, out);
    else
        out->text = adj_exc_text(s->vm, e);
    if (adj_type_is(exc->head.type, adj_exc_type(ADJ_EXC_KeyboardInterrupt))) out->status = 130;
    adj_val_drop(e);
}

// A quiet exit is nothing to show.
static void show_failure(AdjSession *s, const AdjOutcome *o)
{
    if (s->silent || (o->leave && !o->text && o->ok)) return;
    AdjFailure failure = {o->name ? o->name : "", o->value ? o->value : "",
                          o->text ? o->text : ""};
    for (AdjFront *f = s->fronts; f; f = f->next)
        if (f->failed) f->failed(f->self, &failure);
}

int adj_session_report(AdjSession *s)
{
    AdjOutcome o = {0};
    adj_session_take_failure(s, &o);
    if (!s->fronts && o.text) fprintf(stderr, "%s\n", o.text);
    show_failure(s, &o);
    adj_outcome_free(&o);
    return o.status;
}

// ---------------------------------------------------------------- scripts

void adj_session_look_beside(AdjSession *s, const char *path)
{
    char copy[PATH_MAX];
    if (strlen(path) >= sizeof copy) return;
    strcpy(copy, path);
    adj_vm_set_script_dir(s->vm, dirname(copy));
}

// A program that runs without requests can be interrupted all the same.
static int finish(AdjSession *s, bool ok)
{
    int status = ok ? 0 : adj_session_report(s);
    atomic_fetch_sub(&s->queue.cells_due, 1);
    fflush(stdout);
    return status;
}

int adj_session_run_script(AdjSession *s, const char *name, const char *text, size_t length)
{
    adj_session_look_beside(s, name);
    atomic_fetch_add(&s->queue.cells_due, 1);
    return finish(s, adj_vm_run(s->vm, name, text, length, ADJ_RUN_FILE, NULL));
}

int adj_session_run_command(AdjSession *s, const char *text)
{
    AdjVal value;
    atomic_fetch_add(&s->queue.cells_due, 1);
    bool ok = adj_vm_run(s->vm, "<command>", text, strlen(text), ADJ_RUN_CELL, &value);
    if (ok) {
        ok = adj_is_none(value) || adj_session_display(s, value, &(AdjShown){0});
        adj_val_drop(value);
    }
    return finish(s, ok);
}

// ---------------------------------------------------------------- cells

// In[7], Out[7], _7 and _, __, ___: the cell and what it gave.
static void name_results(AdjSession *s, int number, AdjVal value)
{
    static const char *const older[] = {"___", "__", "_"};
    AdjDict *names = adj_vm_main(s->vm)->dict;
    char name[24];
    if (!s->results) return;  // the cell was %reset
    for (int i = 0; i < 2; i++) {
        AdjVal *next = adj_dict_find_c(names, older[i + 1]);
        if (next) adj_dict_set_c(s->vm, names, older[i], *next);
    }
    adj_dict_set(s->vm, s->results, adj_int_val(number), value);
    adj_dict_set_c(s->vm, names, "_", value);
    snprintf(name, sizeof name, "_%d", number);
    adj_dict_set_c(s->vm, names, name, value);
}

// In[n] is cell n, so the list begins with an empty text, and other numbers may be left out.
static bool pad_cells(AdjSession *s, int number)
{
    while (s->cells && s->cells->len < number) {
        AdjStr *none = adj_str_new_c(s->vm, "");
        if (!none || !adj_list_append_take(s->vm, s->cells, adj_obj_val(none))) return false;
    }
    return s->cells != NULL;
}

static void remember(AdjSession *s, const AdjCellText *cell, int number)
{
    if (!s->cells) s->cells = adj_list_new(s->vm, 0);
    if (!s->results) s->results = adj_dict_new(s->vm);
    AdjStr *source = adj_str_new(s->vm, cell->text, cell->length);
    if (!s->cells || !s->results || !source) return;
    AdjDict *names = adj_vm_main(s->vm)->dict;
    if (!pad_cells(s, number)) return;
    adj_list_append_take(s->vm, s->cells, adj_obj_val(source));
    adj_dict_set_c(s->vm, names, "In", adj_obj_val(s->cells));
    adj_dict_set_c(s->vm, names, "Out", adj_obj_val(s->results));
}

// Whether the last thing in the cell but blanks and a remark is a semicolon: it runs for what
// it does, not for its value.
static bool is_quiet(const char *text, size_t length)
{
    const char *end = text + length;
    while (end > text && strchr(" \t\r\n", end[-1])) end--;
    const char *line = end;
    while (line > text && line[-1] != '\n') line--;
    const char *remark = memchr(line, '#', (size_t)(end - line));
    bool quoted = remark && (memchr(line, '"', (size_t)(remark - line)) ||
                             memchr(line, '\'', (size_t)(remark - line)));
    if (remark && !quoted) end = remark;
    while (end > line && (end[-1] == ' ' || end[-1] == '\t')) end--;
    return end > line && end[-1] == ';';
}

static void tell_began(AdjSession *s, const AdjCellText *cell, int number)
{
    if (cell->silent) return;
    for (AdjFront *f = s->fronts; f; f = f->next)
        if (f->began) f->began(f->self, cell, number);
}

static void tell_ended(AdjSession *s, const AdjCellText *cell)
{
    if (cell->silent) return;
    for (AdjFront *f = s->fronts; f; f = f->next)
        if (f->ended) f->ended(f->self, cell);
}

static bool run_cell(AdjSession *s, const AdjCellText *cell, AdjOutcome *out)
{
    char name[32];
    AdjVal value = ADJ_NONE;
    snprintf(name, sizeof name, "cell %d", out->number);
    // Before it runs, so that commands about cells see it.
    if (cell->store) remember(s, cell, out->number);
    bool ok = adj_session_is_cell_magic(cell->text, cell->length)
                  ? adj_session_cell_magic(s, cell->text, cell->length, &value)
                  : adj_vm_run(s->vm, name, cell->text, cell->length, ADJ_RUN_CELL, &value);
    adj_progress_close_all();
    if (ok && is_quiet(cell->text, cell->length)) adj_val_set(&value, ADJ_NONE);
    if (cell->store && ok && !adj_is_none(value)) name_results(s, out->number, value);
    if (ok && !adj_is_none(value))
        ok = adj_session_display(s, value, &(AdjShown){.number = out->number, .result = true});
    if (!adj_is_none(value)) adj_val_drop(value);
    if (ok && !cell->silent) ok = adj_plot_after_cell(s);
    return ok;
}

void adj_session_execute(AdjSession *s, const AdjCellText *cell, AdjOutcome *out)
{
    bool counted = cell->store && !cell->silent;
    if (counted) s->count++;
    *out = (AdjOutcome){.ok = true, .number = s->count};
    tell_began(s, cell, s->count);
    s->silent = cell->silent;
    s->watched = cell->lasting;
    adj_front_set_asker(s, cell->front);
    atomic_fetch_add(&s->queue.cells_due, 1);
    if (counted) adj_past_add(s->past, s->count, cell->text, cell->length, cell->lasting);
    if (!run_cell(s, cell, out)) {
        adj_session_take_failure(s, out);
        show_failure(s, out);
        free(s->failure);
        s->failure = out->text ? strdup(out->text) : NULL;
    }
    if (atomic_fetch_sub(&s->queue.cells_due, 1) == 1) adj_vm_clear_interrupt(s->vm);
    adj_front_set_asker(s, NULL);
    s->silent = s->watched = false;
    adj_session_end_passes();
    fflush(stdout);
    tell_ended(s, cell);
}

bool adj_session_evaluate(AdjSession *s, const char *text, size_t length, AdjBundle *out,
                          AdjOutcome *failure)
{
    AdjVal value;
    bool ok = adj_vm_run(s->vm, "<expression>", text, length, ADJ_RUN_CELL, &value);
    if (ok) {
        ok = adj_rich_of(s, value, out);
        adj_val_drop(value);
    }
    if (!ok) adj_session_take_failure(s, failure);
    return ok;
}
