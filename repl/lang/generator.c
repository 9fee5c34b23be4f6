// SPDX-License-Identifier: Apache-2.0
// Generators: frames that outlive their call.
//
// A call of a generator function begins like any other; its first instruction moves the frame's
// locals into memory of the generator and returns the generator. Resuming copies locals and
// temporaries to the top of the machine's stack and runs there, so that calls from inside find
// the room they need; a yield copies them back.
//
// Invariant: while a generator runs, its memory holds nothing (count is 0).
#include <string.h>

#include "vm.h"

static void generator_drop(AdjObj *o)
{
    AdjGenerator *g = (AdjGenerator *)o;
    AdjVal *memory = g->memory;
    uint32_t count = g->count;
    AdjFunction *fn = g->fn;
    g->memory = NULL;
    g->count = 0;
    g->fn = NULL;
    g->state = GEN_DONE;
    adj_val_set(&g->handling, ADJ_UNDEF);
    adj_val_set(&g->returned, ADJ_UNDEF);
    while (count > 0) adj_val_drop(memory[--count]);
    if (memory) adj_lang_free(memory, g->room * sizeof *memory);
    adj_obj_drop(fn);
}

static void generator_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    AdjGenerator *g = (AdjGenerator *)o;
    if (g->fn) visit(&g->fn->head, arg);
    if (adj_is_obj(g->handling)) visit(g->handling.o, arg);
    if (adj_is_obj(g->returned)) visit(g->returned.o, arg);
    for (uint32_t i = 0; i < g->count; i++) {
        if (adj_is_obj(g->memory[i])) visit(g->memory[i].o, arg);
    }
}

bool adj_vm_generator_new(AdjVM *vm, AdjFrame *f, AdjVal *out)
{
    AdjGenerator *g = adj_obj_new(vm, &adj_type_generator);
    if (!g) return false;
    g->room = f->code->nlocals + f->code->max_stack + 1;
    g->memory = adj_lang_alloc(vm, g->room * sizeof *g->memory);
    if (!g->memory) {
        adj_obj_drop(g);
        return false;
    }
    g->fn = adj_obj_keep(f->fn);
    g->pc = f->pc;
    g->next = f->next;
    g->count = f->code->nlocals;
    memcpy(g->memory, f->base, g->count * sizeof(AdjVal));
    return adj_out(out, g);
}

void adj_vm_generator_suspend(AdjVM *vm, AdjFrame *f, AdjVal *sp, const uint16_t *pc,
                           const uint16_t *next)
{
    AdjGenerator *g = f->generator;
    g->count = (uint32_t)(sp - f->base);
    memcpy(g->memory, f->base, g->count * sizeof(AdjVal));
    g->pc = pc;
    g->next = next;
    g->state = GEN_SUSPENDED;
    vm->frame = f - 1;
    adj_obj_drop(f->fn);  // the generator keeps it as well
}

static AdjFrame *frame_restore(AdjVM *vm, AdjGenerator *g, AdjVal sent)
{
    AdjVal *ret = vm->frame->sp;
    if (!adj_c_stack_ok(vm)) {
        return adj_raise_null(vm, ADJ_EXC_RecursionError, "maximum recursion depth exceeded");
    }
    AdjFrame *f = adj_frame_push(vm, g->fn, ret + 1, ret, 0, FRAME_GEN | FRAME_KEEP);
    if (!f) return NULL;
    adj_obj_keep(g->fn);
    *ret = ADJ_UNDEF;
    memcpy(f->base, g->memory, g->count * sizeof(AdjVal));
    f->sp = f->base + g->count;
    f->pc = g->pc;
    f->next = g->next;
    f->generator = g;
    if (g->state == GEN_SUSPENDED) *f->sp++ = adj_val_keep(sent);
    g->count = 0;
    g->state = GEN_RUNNING;
    return f;
}

// Lets go of everything; one that never ran still holds its arguments.
static void finish(AdjGenerator *g)
{
    AdjVal *memory = g->memory;
    AdjFunction *fn = g->fn;
    uint32_t count = g->count;
    g->memory = NULL;
    g->fn = NULL;
    g->count = 0;
    g->state = GEN_DONE;
    while (count > 0) adj_val_drop(memory[--count]);
    adj_lang_free(memory, g->room * sizeof *memory);
    adj_obj_drop(fn);
}

int adj_vm_generator_resume(AdjVM *vm, AdjGenerator *g, AdjVal sent, AdjVal *out)
{
    if (g->state == GEN_RUNNING) {
        return adj_raise_int(vm, ADJ_EXC_ValueError, "generator already executing");
    }
    if (g->state == GEN_DONE) return adj_vm_failed(vm) ? -1 : 0;
    if (g->state == GEN_NEW && !adj_is_none(sent)) {
        return adj_raise_int(vm, ADJ_EXC_TypeError,
                             "can't send non-None value to a just-started generator");
    }
    AdjVal thrown = adj_vm_take_error(vm);
    if (!frame_restore(vm, g, sent)) {
        adj_val_drop(thrown);
        return -1;
    }
    vm->error = thrown;
    AdjVal handling = vm->handling;
    vm->handling = adj_is_undef(g->handling) ? adj_val_keep(handling) : g->handling;
    g->handling = ADJ_UNDEF;
    adj_obj_keep(g);
    bool yielded = adj_run(vm, out);
    // An exception being handled inside is put aside until the generator goes on.
    if (yielded && !adj_val_is(vm->handling, handling)) g->handling = vm->handling;
    else adj_val_drop(vm->handling);
    vm->handling = handling;
    if (!yielded) finish(g);
    adj_obj_drop(g);
    if (yielded) return 1;
    if (!adj_vm_error_is(vm, ADJ_EXC_StopIteration)) return adj_vm_failed(vm) ? -1 : 0;
    AdjVal stop = adj_vm_take_error(vm);
    adj_raise(vm, ADJ_EXC_RuntimeError, "generator raised StopIteration");
    AdjException *e = (AdjException *)vm->error.o;
    if (adj_is_exc(vm->error)) adj_val_set(&e->cause, adj_val_keep(stop));
    adj_val_drop(stop);
    return -1;
}

static int generator_next(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return adj_vm_generator_resume(vm, (AdjGenerator *)self.o, ADJ_NONE, out);
}

// ---- yield from ----

// What a failed call on an iterator means: 0 and the value of its StopIteration, or -1.
static int stop_value(AdjVM *vm, AdjVal *out)
{
    if (!adj_vm_error_is(vm, ADJ_EXC_StopIteration)) return -1;
    AdjVal stop = adj_vm_take_error(vm);
    bool ok = adj_val_getattr_c(vm, stop, "value", out);
    adj_val_drop(stop);
    return ok ? 0 : -1;
}

static int returned_value(AdjGenerator *g, AdjVal *out)
{
    *out = adj_is_undef(g->returned) ? ADJ_NONE : g->returned;
    g->returned = ADJ_UNDEF;
    return 0;
}

int adj_vm_generator_delegate(AdjVM *vm, AdjVal it, AdjVal sent, AdjVal *out)
{
    if (adj_is_exact(it, &adj_type_generator)) {
        AdjGenerator *g = (AdjGenerator *)it.o;
        int got = adj_vm_generator_resume(vm, g, sent, out);
        return got ? got : returned_value(g, out);
    }
    if (!adj_is_none(sent))
        return adj_vm_call_method(vm, it, "send", &sent, 1, out) ? 1 : stop_value(vm, out);
    AdjVal *next = adj_dunder_of(it, ADJ_D_NEXT);
    if (next) return adj_call_dunder(vm, *next, it, NULL, 0, out) ? 1 : stop_value(vm, out);
    int got = adj_val_next(vm, it, out);
    if (got == 0) *out = ADJ_NONE;
    return got;
}

static bool close_generator(AdjVM *vm, AdjGenerator *g);

// A method of an iterator that it need not have: 1 called, 0 absent, -1 failed.
static int call_optional(AdjVM *vm, AdjVal it, AdjStr *name, AdjVal *args, int nargs,
                         AdjVal *out)
{
    AdjVal fn;
    int found = adj_val_find_attr(vm, it, name, &fn);
    if (found <= 0) return found;
    bool ok = adj_vm_call(vm, fn, args, nargs, NULL, out);
    adj_val_drop(fn);
    return ok ? 1 : -1;
}

static bool close_inner(AdjVM *vm, AdjVal it)
{
    if (adj_is_exact(it, &adj_type_generator))
        return close_generator(vm, (AdjGenerator *)it.o);
    AdjVal result;
    int got = call_optional(vm, it, adj_names.close, NULL, 0, &result);
    if (got > 0) adj_val_drop(result);
    return got >= 0;
}

// The exception goes to the inner iterator; one that cannot take it lets it rise here.
static int throw_inner(AdjVM *vm, AdjVal it, AdjVal thrown, AdjVal *out)
{
    if (adj_is_exact(it, &adj_type_generator)) {
        AdjGenerator *g = (AdjGenerator *)it.o;
        adj_raise_val(vm, thrown);
        if (g->state == GEN_NEW) finish(g);
        int got = adj_vm_generator_resume(vm, g, ADJ_NONE, out);
        return got ? got : returned_value(g, out);
    }
    int got = call_optional(vm, it, adj_names.throw, &thrown, 1, out);
    if (got == 0) return adj_raise_val(vm, thrown), -1;
    return got > 0 ? 1 : stop_value(vm, out);
}

int adj_vm_generator_throw_inner(AdjVM *vm, AdjVal it, AdjVal *out)
{
    AdjVal thrown = adj_vm_take_error(vm);
    bool leaving = adj_type_is(thrown.o->type, adj_exc_type(ADJ_EXC_GeneratorExit));
    int got = -1;
    if (!leaving)
        got = throw_inner(vm, it, thrown, out);
    else if (close_inner(vm, it))
        adj_raise_val(vm, thrown);
    adj_val_drop(thrown);
    return got;
}

// ---- methods ----

static bool generator_send(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjGenerator *g = (AdjGenerator *)args[0].o;
    int got = adj_vm_generator_resume(vm, g, args[1], out);
    return got > 0 || (got == 0 && adj_raise_stop(vm, args[0]));
}

// throw(exception), or throw(type, value) as it was written before.
static bool generator_throw(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjGenerator *g = (AdjGenerator *)args[0].o;
    AdjVal made = ADJ_UNDEF, given = adj_is_unset(args[2]) ? args[1] : args[2];
    if (!adj_is_unset(args[2]) && !adj_is_exc(args[2])) {
        if (!adj_vm_call(vm, args[1], &args[2], 1, NULL, &made)) return false;
        given = made;
    }
    adj_op_raise(vm, &given, 1);
    adj_val_drop(made);
    if (g->state == GEN_NEW) finish(g);
    int got = adj_vm_generator_resume(vm, g, ADJ_NONE, out);
    return got > 0 || (got == 0 && adj_raise_stop(vm, args[0]));
}

static bool close_generator(AdjVM *vm, AdjGenerator *g)
{
    if (g->state == GEN_NEW) finish(g);
    if (g->state == GEN_DONE) return true;
    adj_raise(vm, ADJ_EXC_GeneratorExit, "%s", "");
    AdjVal item;
    int got = adj_vm_generator_resume(vm, g, ADJ_NONE, &item);
    if (got > 0) {
        adj_val_drop(item);
        return adj_raise(vm, ADJ_EXC_RuntimeError, "generator ignored GeneratorExit");
    }
    if (got == 0) return true;
    if (!adj_vm_error_is(vm, ADJ_EXC_GeneratorExit)) return false;
    adj_vm_clear_error(vm);
    return true;
}

static bool generator_close(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return close_generator(vm, (AdjGenerator *)args[0].o) && adj_out_none(out);
}

// Whether leaving it now would run code of its own: it waits inside a try or a with.
static bool has_to_leave(const AdjGenerator *g)
{
    if (g->state != GEN_SUSPENDED) return false;
    const AdjCode *c = g->fn->code;
    uint32_t at = (uint32_t)(g->pc - c->code);
    for (uint32_t i = 0; i < c->nhandlers; i++)
        if (at >= c->handlers[i].start && at < c->handlers[i].end) return true;
    return false;
}

static bool leave_generator(AdjVM *vm, AdjVal self)
{
    return close_generator(vm, (AdjGenerator *)self.o);
}

bool adj_generator_finalise(AdjObj *o)
{
    if (!has_to_leave((AdjGenerator *)o)) return false;
    o->refs++;
    adj_vm_finalise_by(leave_generator, "generator", o);
    return --o->refs > 0;
}

static bool generator_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjGenerator *g = (AdjGenerator *)self.o;
    return adj_out(out,
                   adj_str_format(vm, "<generator object %s at %p>",
                                  g->fn ? g->fn->qualname->data : "(finished)", (void *)g));
}

AdjType adj_type_generator = {
    .name = "generator",
    .size = sizeof(AdjGenerator),
    .flags = ADJ_TF_GC | ADJ_TF_LEAVES,
    .drop = generator_drop,
    .traverse = generator_traverse,
    .repr = generator_repr,
    .next = generator_next,
    .methods = (const AdjNative[]){
        {"send", "(self, value, /)", generator_send, "Resumes with a value for yield.", 0},
        {"throw", "(self, type, value=None, traceback=None, /)", generator_throw,
         "Resumes by raising.", 0},
        {"close", "(self, /)", generator_close, "Ends the generator.", 0},
        {0}},
};
