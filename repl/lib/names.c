// SPDX-License-Identifier: Apache-2.0
// Builtins that look at the program itself: globals, locals, vars, dir, eval, exec. They read
// the frame of the function that called them, which is the machine's running frame, because
// natives have none of their own.
#include "lib.h"
#include "lang/vm.h"

static AdjDict *globals_here(AdjVM *vm)
{
    AdjFrame *frame = vm->frame;
    if (frame && frame->fn && frame->fn->globals) return frame->fn->globals;
    return vm->main->dict;
}

bool adj_builtin_globals(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)args, (void)nargs;
    return adj_out_keep(out, adj_obj_val(globals_here(vm)));
}

// Locals that closures share sit in cells.
static AdjVal content(AdjVal v)
{
    return adj_is_exact(v, &adj_type_cell) ? ((AdjCell *)v.o)->value : v;
}

static bool set_local(AdjVM *vm, AdjDict *d, AdjStr *name, AdjVal v)
{
    return adj_is_undef(v) || adj_dict_set_str(vm, d, name, v);
}

// The names of a function as a new dict; in a module or class body, the dict itself.
static bool locals_here(AdjVM *vm, AdjVal *out)
{
    AdjFrame *frame = vm->frame;
    AdjCode *code = frame && frame->fn ? frame->code : NULL;
    if (!code || (code->flags & ADJ_CODE_MODULE)) {
        return adj_out_keep(out, adj_obj_val(globals_here(vm)));
    }
    if (frame->names) return adj_out_keep(out, adj_obj_val(frame->names));
    AdjDict *d = adj_dict_new(vm);
    bool ok = d != NULL;
    for (uint32_t i = 0; ok && i < code->nlocals; i++) {
        if (code->locals[i]) ok = set_local(vm, d, code->locals[i], content(frame->base[i]));
    }
    for (uint32_t i = 0; ok && i < code->nfree && i < frame->fn->ncells; i++) {
        ok = set_local(vm, d, code->free[i], frame->fn->cells[i]->value);
    }
    if (!ok) return adj_obj_drop(d), false;
    return adj_out(out, d);
}

bool adj_builtin_locals(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)args, (void)nargs;
    return locals_here(vm, out);
}

bool adj_builtin_vars(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjVal v = args[0];
    if (adj_is_undef(v)) return locals_here(vm, out);
    if (!adj_val_getattr_c(vm, v, "__dict__", out)) {
        if (!adj_vm_error_is(vm, ADJ_EXC_AttributeError)) return false;
        adj_vm_clear_error(vm);
        return adj_raise(vm, ADJ_EXC_TypeError, "vars() argument must have __dict__ attribute");
    }
    return true;
}

bool adj_builtin_dir(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    AdjVal here;
    if (nargs > 1) {
        return adj_raise(vm, ADJ_EXC_TypeError, "dir expected at most 1 argument, got %d",
                         nargs);
    }
    if (nargs == 1) return adj_val_dir(vm, args[0], out);
    if (!locals_here(vm, &here)) return false;
    bool ok = adj_builtin_sorted(vm, (AdjVal[]){here, ADJ_NONE, ADJ_FALSE}, 3, out);
    adj_val_drop(here);
    return ok;
}

// ---- eval and exec ----

// The text runs as a module whose names are the dict given. Where locals stand apart from the
// globals it sees both in one new dict, and what it has set goes to the locals afterwards: a
// function that the text defines keeps that dict.
static bool run_in(AdjVM *vm, AdjDict *names, AdjStr *text, unsigned flags, AdjVal *out)
{
    const char *at = text->data;
    while (flags == ADJ_RUN_EVAL && (*at == ' ' || *at == '\t')) at++;
    size_t size = (size_t)(text->len - (at - text->data));
    AdjModuleObj *m = vm->main;
    AdjVal *name = adj_dict_find_str(names, adj_names.__name__);
    if (names != m->dict) {
        m = adj_module_new(vm,
                           name && adj_is_str(*name) ? adj_as_str(*name)->data : "builtins");
        if (!m) return false;
        adj_obj_drop(m->dict);
        m->dict = adj_obj_keep(names);
    }
    bool ok = adj_run_text(vm, m, "<string>", at, size, flags, out);
    if (m != vm->main) adj_obj_drop(m);
    return ok;
}

static bool add_all(AdjVM *vm, AdjDict *to, AdjDict *from)
{
    AdjEntry *e;
    for (int64_t i = 0; (e = adj_dict_next(from, &i));) {
        if (!adj_dict_set(vm, to, e->key, e->value)) return false;
    }
    return true;
}

// What differs in [seen] from both dicts it was made of was set by the text.
static bool keep_new(AdjVM *vm, AdjDict *seen, AdjDict *globals, AdjDict *locals)
{
    AdjEntry *e;
    for (int64_t i = 0; (e = adj_dict_next(seen, &i));) {
        AdjVal *before =
            adj_is_str(e->key) ? adj_dict_find_str(locals, adj_as_str(e->key)) : NULL;
        if (!before && adj_is_str(e->key))
            before = adj_dict_find_str(globals, adj_as_str(e->key));
        if (before && adj_val_is(*before, e->value)) continue;
        if (!adj_dict_set(vm, locals, e->key, e->value)) return false;
    }
    return true;
}

static bool run_apart(AdjVM *vm, AdjDict *globals, AdjDict *locals, AdjStr *text,
                      unsigned flags, AdjVal *out)
{
    AdjDict *seen = adj_dict_copy(vm, globals);
    bool ok = seen && add_all(vm, seen, locals) && run_in(vm, seen, text, flags, out);
    if (ok && !keep_new(vm, seen, globals, locals)) {
        adj_val_drop(*out);
        ok = false;
    }
    adj_obj_drop(seen);
    return ok;
}

static bool run_text(AdjVM *vm, AdjVal *args, const char *name, unsigned flags, AdjVal *out)
{
    if (!adj_is_str(args[0])) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "%s() arg 1 must be a string, bytes or code object", name);
    }
    for (int i = 1; i <= 2; i++) {
        if (adj_is_none(args[i]) || adj_is_dict(args[i])) continue;
        return adj_raise(vm, ADJ_EXC_TypeError,
                         i == 1 ? "%s() globals must be a dict, not %s"
                                : "%s() locals must be a mapping, not %s",
                         name, adj_type_name(args[i]));
    }
    AdjStr *text = adj_as_str(args[0]);
    AdjDict *globals = adj_is_none(args[1]) ? globals_here(vm) : adj_as_dict(args[1]);
    AdjVal locals = adj_val_keep(args[2]);
    if (adj_is_none(locals) && adj_is_none(args[1]) && !locals_here(vm, &locals)) return false;
    bool apart = adj_is_dict(locals) && adj_as_dict(locals) != globals;
    bool ok = apart ? run_apart(vm, globals, adj_as_dict(locals), text, flags, out)
                    : run_in(vm, globals, text, flags, out);
    adj_val_drop(locals);
    return ok;
}

bool adj_builtin___import__(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    bool leaf = false;
    if (!adj_is_str(args[0])) {
        return adj_raise(vm, ADJ_EXC_TypeError, "__import__() argument 1 must be str, not %s",
                         adj_type_name(args[0]));
    }
    // With names to import, the module itself; without, the first of its parents.
    if (!adj_is_unset(args[3]) && !adj_val_truth(vm, args[3], &leaf)) return false;
    return adj_import_dotted(vm, adj_as_str(args[0]), leaf, out);
}

bool adj_builtin_eval(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return run_text(vm, args, "eval", ADJ_RUN_EVAL, out);
}

bool adj_builtin_exec(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return run_text(vm, args, "exec", ADJ_RUN_FILE, out);
}
