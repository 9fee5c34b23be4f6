// SPDX-License-Identifier: Apache-2.0
// Builtins that look at the program itself: globals, locals, vars, dir, eval, exec. They read
// the frame of the function that called them, which is the machine's running frame, because
// natives have none of their own.
#include "lib.h"
#include "vm.h"

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

// They see the names of the main module, where a program at the prompt lives; running text with
// other names would need code compiled against another dict.
static bool run_text(AdjVM *vm, AdjVal *args, const char *name, unsigned flags, AdjVal *out)
{
    AdjDict *names = adj_vm_main(vm)->dict;
    if (!adj_is_str(args[0])) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "%s() arg 1 must be a string, bytes or code object", name);
    }
    for (int i = 1; i <= 2; i++) {
        if (adj_is_none(args[i]) || (adj_is_dict(args[i]) && adj_as_dict(args[i]) == names))
            continue;
        return adj_raise(vm, ADJ_EXC_NotImplementedError,
                         "%s: only the names of the main module can be used", name);
    }
    AdjStr *text = adj_as_str(args[0]);
    const char *at = text->data;
    while (flags == ADJ_RUN_EVAL && (*at == ' ' || *at == '\t')) at++;
    size_t size = (size_t)(text->len - (at - text->data));
    return adj_vm_run(vm, "<string>", at, size, flags, out);
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
