// SPDX-License-Identifier: Apache-2.0
// Calls from C into the language, and the guards of the C stack.
#include <string.h>

#include "vm.h"

// Natives that call back go down the C stack; how far is measured, not counted, so that a
// thread with a small stack is as safe as the main one.
bool adj_c_stack_ok(AdjVM *vm)
{
    return (uintptr_t)__builtin_frame_address(0) > vm->c_limit;
}

bool adj_vm_enter(AdjVM *vm, const char *where)
{
    bool deep = vm->frame - vm->frames + vm->depth >= vm->recursion_limit;
    if (UNLIKELY(deep || !adj_c_stack_ok(vm))) {
        return adj_raise(vm, ADJ_EXC_RecursionError, "maximum recursion depth exceeded%s",
                         where);
    }
    vm->depth++;
    return true;
}

void adj_vm_leave(AdjVM *vm)
{
    vm->depth--;
}

static bool call_function(AdjVM *vm, AdjFunction *fn, AdjVal *args, int nargs,
                          AdjTuple *kwnames, AdjVal *out)
{
    AdjCode *code = fn->code;
    AdjVal *ret = vm->frame->sp, *base = ret + 1;
    int total = nargs + (kwnames ? (int)kwnames->len : 0);
    if (!adj_c_stack_ok(vm) ||
        base + total + code->nlocals + code->max_stack >= vm->stack_end) {
        return adj_raise(vm, ADJ_EXC_RecursionError, "maximum recursion depth exceeded");
    }
    *ret = adj_obj_val(adj_obj_keep(fn));
    for (int i = 0; i < total; i++) base[i] = adj_val_keep(args[i]);
    uint32_t bound = (uint32_t)nargs;
    if (!(code->flags & ADJ_CODE_SIMPLE) || kwnames || code->nargs != bound) {
        // Binding may run code (hash of a keyword never does, drops do): the values count as
        // in use.
        AdjVal *saved = vm->frame->sp;
        vm->frame->sp = base + total + code->nlocals;
        bool ok = adj_bind_function(vm, fn, base, nargs, kwnames);
        vm->frame->sp = saved;
        if (!ok) {
            adj_obj_drop(fn);
            return false;
        }
        bound = code->nlocals;
    }
    if (!adj_frame_push(vm, fn, base, ret, bound, FRAME_ENTRY)) {
        for (uint32_t i = 0; i < bound; i++) adj_val_drop(base[i]);
        adj_obj_drop(fn);
        return false;
    }
    return adj_run(vm, out);
}

bool adj_vm_call(AdjVM *vm, AdjVal f, AdjVal *args, int nargs, AdjTuple *kwnames, AdjVal *out)
{
    if (kwnames && kwnames->len == 0) kwnames = NULL;
    AdjType *t = adj_type_of(f);
    if (t == &adj_type_function) {
        return call_function(vm, (AdjFunction *)f.o, args, nargs, kwnames, out);
    }
    if (t == &adj_type_native) {
        return adj_call_native(vm, (AdjNativeObj *)f.o, args, nargs, kwnames, out);
    }
    if (!adj_c_stack_ok(vm)) {
        return adj_raise(vm, ADJ_EXC_RecursionError,
                         "maximum recursion depth exceeded while calling a Python object");
    }
    AdjVal *fn = adj_type_dunder(t, ADJ_D_CALL);
    if (fn) {
        AdjVal bound;
        if (!adj_bind_attribute(vm, *fn, f, t, &bound)) return false;
        bool ok = adj_vm_call(vm, bound, args, nargs, kwnames, out);
        adj_val_drop(bound);
        return ok;
    }
    if (t->call) return t->call(vm, f, args, nargs, kwnames, out);
    return adj_raise(vm, ADJ_EXC_TypeError, "'%s' object is not callable", t->name);
}

bool adj_vm_call_method(AdjVM *vm, AdjVal self, const char *name, AdjVal *args, int nargs,
                        AdjVal *out)
{
    AdjVal fn;
    if (!adj_val_getattr_c(vm, self, name, &fn)) return false;
    bool ok = adj_vm_call(vm, fn, args, nargs, NULL, out);
    adj_val_drop(fn);
    return ok;
}

bool adj_op_call_ex(AdjVM *vm, AdjVal f, AdjVal args, AdjVal kwargs, AdjVal *out)
{
    AdjTuple *t = adj_as_tuple(args);
    AdjDict *d = adj_is_undef(kwargs) ? NULL : adj_as_dict(kwargs);
    if (!d || !d->count) return adj_vm_call(vm, f, t->items, (int)t->len, NULL, out);
    int64_t total = t->len + d->count;
    AdjTuple *names = adj_tuple_new(vm, d->count), *all = adj_tuple_new(vm, total);
    bool ok = names && all;
    AdjEntry *e;
    int64_t n = 0;
    for (int64_t i = 0; ok && i < t->len; i++) all->items[i] = adj_val_keep(t->items[i]);
    for (int64_t i = 0; ok && (e = adj_dict_next(d, &i));) {
        all->items[t->len + n] = adj_val_keep(e->value);
        names->items[n++] = adj_val_keep(e->key);
    }
    ok = ok && adj_vm_call(vm, f, all->items, (int)t->len, names, out);
    adj_obj_drop(names);
    adj_obj_drop(all);
    return ok;
}

// ---- repr of containers that hold themselves ----

bool adj_vm_repr_enter(AdjVM *vm, AdjObj *o)
{
    for (uint32_t i = 0; i < vm->repr_count; i++) {
        if (vm->repr_stack[i] == o) return true;
    }
    if (vm->repr_count == vm->repr_cap) {
        uint32_t cap = vm->repr_cap ? vm->repr_cap * 2 : 16;
        AdjObj **stack = adj_lang_realloc(NULL, vm->repr_stack, vm->repr_cap * sizeof *stack,
                                          cap * sizeof *stack);
        if (!stack) return true;
        vm->repr_stack = stack;
        vm->repr_cap = cap;
    }
    vm->repr_stack[vm->repr_count++] = o;
    return false;
}

void adj_vm_repr_leave(AdjVM *vm, AdjObj *o)
{
    while (vm->repr_count > 0) {
        if (vm->repr_stack[--vm->repr_count] == o) return;
    }
}
