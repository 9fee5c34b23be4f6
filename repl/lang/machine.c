// SPDX-License-Identifier: Apache-2.0
// The machine as embedders see it: making and freeing one, running text, interrupts, sources,
// output, limits.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "lang/syntax/parse.h"
#include "vm.h"

enum { STACK_VALUES = 1 << 20, FRAMES_MAX = 1 << 16, RECURSION_LIMIT = 1000 };

static _Thread_local AdjVM *current;  // the machine whose objects die on this thread

// ---- making ----

static AdjType *const core_types[] = {
    &adj_type_object,  &adj_type_type,     &adj_type_native,   &adj_type_getset,
    &adj_type_dict,    &adj_type_str,      &adj_type_none,     &adj_type_ellipsis,
    &adj_type_notimpl, &adj_type_int,      &adj_type_bool,     &adj_type_float,
    &adj_type_bytes,   &adj_type_list,     &adj_type_tuple,    &adj_type_set,
    &adj_type_frozenset, &adj_type_range,  &adj_type_slice,    &adj_type_cell,
    &adj_type_module,  &adj_type_function, &adj_type_method,   &adj_type_property,
    &adj_type_staticmethod, &adj_type_classmethod, &adj_type_super, &adj_type_code,
    &adj_type_generator, &adj_type_union, &adj_type_traceback,
};

// Names of the prelude that are types.
static AdjType *const prelude_types[] = {
    &adj_type_object, &adj_type_type,  &adj_type_int,       &adj_type_bool,
    &adj_type_float,  &adj_type_str,   &adj_type_bytes,     &adj_type_list,
    &adj_type_tuple,  &adj_type_dict,  &adj_type_set,       &adj_type_frozenset,
    &adj_type_range,  &adj_type_slice, &adj_type_property,  &adj_type_staticmethod,
    &adj_type_classmethod, &adj_type_super,
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

static bool types_ready(void)
{
    // The types that rows are made of come first by hand: installing rows needs them.
    adj_type_dict.head.type = adj_type_str.head.type = &adj_type_type;
    for (size_t i = 0; i < COUNT(core_types); i++) {
        if (!adj_type_ready(core_types[i])) return false;
    }
    for (int i = 0; i < ADJ_IT_COUNT; i++) {
        if (!adj_type_ready(&adj_iter_types[i])) return false;
    }
    return adj_exc_types_ready();
}

static bool prelude_fill(AdjVM *vm)
{
    for (size_t i = 0; i < COUNT(prelude_types); i++) {
        if (!adj_vm_add_type(vm, vm->prelude, prelude_types[i])) return false;
    }
    for (int k = 0; k < ADJ_EXC_COUNT; k++) {
        if (!adj_vm_add_type(vm, vm->prelude, adj_exc_type(k))) return false;
    }
    return adj_vm_set_prelude(vm, "NotImplemented", ADJ_NOTIMPL) &&
           adj_vm_set_prelude(vm, "Ellipsis", ADJ_ELLIPSIS) &&
           adj_vm_set_prelude(vm, "__debug__", ADJ_TRUE);
}

static bool ascii_fill(AdjVM *vm)
{
    for (int c = 0; c < 128; c++) {
        char text = (char)c;
        vm->ascii[c] = adj_str_intern(vm, &text, 1);
        if (!vm->ascii[c]) return false;
        adj_str_chars(vm->ascii[c]);
    }
    return true;
}

// How far down the C stack may go: a quarter of its size stays free for what the natives do.
static void measure_c_stack(AdjVM *vm)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    struct rlimit limit;
    size_t size = 8u << 20;
    if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
        size = limit.rlim_cur;
    }
    if (size > 64u << 20) size = 64u << 20;
    vm->c_limit = here - size / 4 * 3;
}

static bool vm_fill(AdjVM *vm)
{
    vm->stack = malloc(STACK_VALUES * sizeof *vm->stack);
    vm->frames = malloc(FRAMES_MAX * sizeof *vm->frames);
    if (!vm->stack || !vm->frames || !types_ready()) return false;
    vm->stack_end = vm->stack + STACK_VALUES;
    vm->frames_end = vm->frames + FRAMES_MAX;
    vm->frame = vm->frames;
    *vm->frame = (AdjFrame){.base = vm->stack, .sp = vm->stack};
    AdjException *spare = adj_exc_new(NULL, adj_exc_type(ADJ_EXC_MemoryError), NULL, 0);
    vm->no_memory = adj_obj_val(spare);
    vm->prelude = adj_dict_new(NULL);
    vm->modules = adj_dict_new(NULL);
    vm->main = adj_module_new(NULL, "__main__");
    return spare && vm->prelude && vm->modules && vm->main && ascii_fill(vm) &&
           prelude_fill(vm) &&
           adj_dict_set_c(NULL, vm->modules, "__main__", adj_obj_val(vm->main));
}

AdjVM *adj_vm_new(const AdjHooks *hooks)
{
    AdjVM *vm = calloc(1, sizeof *vm);
    if (!vm) return NULL;
    if (hooks) vm->hooks = *hooks;
    vm->recursion_limit = RECURSION_LIMIT;
    vm->budget = -1;
    measure_c_stack(vm);
    current = vm;
    if (vm_fill(vm)) return vm;
    adj_vm_free(vm);
    return NULL;
}

void adj_vm_free(AdjVM *vm)
{
    if (!vm) return;
    adj_vm_clear_error(vm);
    // Modules hold functions that hold modules: empty the dicts, then let the collector look.
    if (vm->main) adj_dict_clear(vm->main->dict);
    adj_obj_drop(vm->main);
    adj_obj_drop(vm->modules);
    adj_obj_drop(vm->prelude);
    vm->main = NULL;
    vm->modules = vm->prelude = NULL;
    if (vm->frame) adj_vm_collect(vm);
    adj_val_drop(vm->no_memory);
    for (int c = 0; c < 128; c++) adj_obj_drop(vm->ascii[c]);
    for (uint32_t i = 0; i < vm->source_count; i++) adj_source_drop(vm->sources[i]);
    adj_lang_free(vm->sources, vm->source_cap * sizeof *vm->sources);
    adj_lang_free(vm->defs, vm->def_cap * sizeof *vm->defs);
    adj_lang_free(vm->repr_stack, vm->repr_cap * sizeof *vm->repr_stack);
    if (current == vm) current = NULL;
    free(vm->script_dir);
    free(vm->stack);
    free(vm->frames);
    free(vm);
}

// ---- finalisers ----

// Objects go in the middle of instructions, when the frame's top is not written down: what runs
// now starts above all that the frame may use.
static AdjVal *protect(AdjVM *vm)
{
    AdjFrame *f = vm->frame;
    AdjVal *sp = f->sp;
    if (f->code && f->base + f->code->nlocals + f->code->max_stack > f->sp)
        f->sp = f->base + f->code->nlocals + f->code->max_stack;
    return sp;
}

void adj_vm_finalise_by(bool (*leave)(AdjVM *vm, AdjVal self), const char *where, AdjObj *o)
{
    AdjVM *vm = current;
    if (!vm || !vm->prelude) return;
    AdjVal error = adj_vm_take_error(vm);
    AdjFrame *f = vm->frame;
    AdjVal *sp = protect(vm);
    if (!leave(vm, adj_obj_val(o))) {
        char *text = adj_vm_error_text(vm);
        if (text) {
            adj_vm_write_error(vm, "Exception ignored in ");
            adj_vm_write_error(vm, where);
            adj_vm_write_error(vm, "\n");
            adj_vm_write_error(vm, text);
        }
        free(text);
    }
    f->sp = sp;
    vm->error = error;
}

static bool call_del(AdjVM *vm, AdjVal self)
{
    AdjVal *fn = adj_dunder_of(self, ADJ_D_DEL), result;
    if (!fn) return true;
    AdjVal kept = adj_val_keep(*fn);
    bool ok = adj_call_dunder(vm, kept, self, NULL, 0, &result);
    adj_val_drop(kept);
    if (ok) adj_val_drop(result);
    return ok;
}

void adj_vm_finalise(AdjObj *o)
{
    adj_vm_finalise_by(call_del, "__del__", o);
}

// ---- running ----

// Sources are few and small next to what they compute; the machine keeps them all, so that any
// tape node can be traced to its text.
static uint32_t source_register(AdjVM *vm, AdjSource *s)
{
    if (vm->source_count == vm->source_cap) {
        uint32_t cap = vm->source_cap ? vm->source_cap * 2 : 16;
        AdjSource **list = adj_lang_realloc(vm, vm->sources, vm->source_cap * sizeof *list,
                                            cap * sizeof *list);
        if (!list) return 0;
        vm->sources = list;
        vm->source_cap = cap;
    }
    vm->sources[vm->source_count++] = adj_source_keep(s);
    return vm->source_count;
}

AdjSource *adj_vm_source(AdjVM *vm, uint32_t id)
{
    return id && id <= vm->source_count ? vm->sources[id - 1] : NULL;
}

static AdjExc parse_error_kind(AdjParseErrorKind kind)
{
    switch (kind) {
    case ADJ_PARSE_INDENTATION: return ADJ_EXC_IndentationError;
    case ADJ_PARSE_TAB: return ADJ_EXC_TabError;
    case ADJ_PARSE_MEMORY: return ADJ_EXC_MemoryError;
    default: return ADJ_EXC_SyntaxError;
    }
}

static AdjCode *compile_text(AdjVM *vm, const char *name, const char *text, size_t len,
                             unsigned flags)
{
    AdjSource *source = adj_source_new(name, text, len);
    if (!source) return adj_raise_null(vm, ADJ_EXC_MemoryError, "%s", "");
    uint32_t id = source_register(vm, source);
    AdjArena arena = {0};
    AdjParseError error = {0};
    AdjParseOptions options = {.cell = flags == ADJ_RUN_CELL};
    AdjCode *code = NULL;
    AdjAst *module =
        id ? adj_parse(&arena, source->text, source->length, &options, &error) : NULL;
    if (module) code = adj_compile(vm, module, source, id, flags);
    else if (id)
        adj_raise_syntax(vm, parse_error_kind(error.kind), source, error.span, error.message);
    adj_arena_free(&arena);
    adj_source_drop(source);
    return code;
}

static bool run_code(AdjVM *vm, AdjCode *code, AdjModuleObj *m, AdjVal *result)
{
    AdjFunction *fn = adj_function_new(vm, code, m);
    if (!fn) return false;
    AdjVal v;
    bool ok = adj_vm_call(vm, adj_obj_val(fn), NULL, 0, NULL, &v);
    adj_obj_drop(fn);
    if (!ok) return false;
    if (result) *result = v;
    else adj_val_drop(v);
    return true;
}

bool adj_run_text(AdjVM *vm, AdjModuleObj *m, const char *name, const char *text, size_t len,
                  unsigned flags, AdjVal *result)
{
    current = vm;
    AdjCode *code = compile_text(vm, name, text, len, flags);
    if (!code) return false;
#ifndef NDEBUG
    if (!adj_code_check(vm, code)) {
        adj_obj_drop(code);
        return false;
    }
#endif
    bool ok = run_code(vm, code, m, result);
    adj_obj_drop(code);
    return ok;
}

bool adj_vm_run(AdjVM *vm, const char *name, const char *text, size_t len, unsigned flags,
                AdjVal *result)
{
    return adj_run_text(vm, vm->main, name, text, len, flags, result);
}

// ---- interrupts and limits ----

void adj_vm_interrupt(AdjVM *vm)
{
    atomic_fetch_or(&vm->pending, PENDING_INTERRUPT);
}

void adj_vm_clear_interrupt(AdjVM *vm)
{
    atomic_fetch_and(&vm->pending, ~PENDING_INTERRUPT);
}

void adj_vm_request_safe_point(AdjVM *vm)
{
    atomic_fetch_or(&vm->pending, PENDING_SAFE_POINT);
}

bool adj_pending(AdjVM *vm)
{
    int pending = atomic_fetch_and(&vm->pending, PENDING_BUDGET);
    if (pending & PENDING_SAFE_POINT && vm->hooks.safe_point) vm->hooks.safe_point(vm);
    if (pending & PENDING_INTERRUPT) return adj_raise(vm, ADJ_EXC_KeyboardInterrupt, "%s", "");
    if (pending & PENDING_BUDGET && vm->budget-- <= 0) {
        return adj_raise(vm, ADJ_EXC_KeyboardInterrupt,
                         "the budget of instructions is used up");
    }
    return true;
}

bool adj_vm_poll(AdjVM *vm)
{
    return !atomic_load_explicit(&vm->pending, memory_order_relaxed) || adj_pending(vm);
}

void adj_vm_set_budget(AdjVM *vm, int64_t back_edges_and_calls)
{
    vm->budget = back_edges_and_calls;
    if (back_edges_and_calls < 0) atomic_fetch_and(&vm->pending, ~PENDING_BUDGET);
    else atomic_fetch_or(&vm->pending, PENDING_BUDGET);
}

void adj_vm_set_recursion_limit(AdjVM *vm, int limit)
{
    vm->recursion_limit = limit < FRAMES_MAX - 2 ? limit : FRAMES_MAX - 2;
}

int adj_vm_recursion_limit(AdjVM *vm)
{
    return vm->recursion_limit;
}

// ---- the rest ----

AdjSpanAt adj_vm_current_span(AdjVM *vm)
{
    const AdjFrame *f = vm->frame;
    if (!f->code) return (AdjSpanAt){0};
    AdjSpan s = f->code->spans[f->pc - f->code->code];
    return (AdjSpanAt){f->code->source_id, s.start, s.end};
}

void adj_vm_write_error(AdjVM *vm, const char *text)
{
    if (vm->hooks.write_error) vm->hooks.write_error(vm, text, strlen(text));
    else fputs(text, stderr);
}

AdjHooks *adj_vm_hooks(AdjVM *vm)
{
    return &vm->hooks;
}

void adj_vm_write(AdjVM *vm, const char *text, size_t len)
{
    if (vm->hooks.write) vm->hooks.write(vm, text, len);
    else fwrite(text, 1, len, stdout);
}

bool adj_vm_set_prelude(AdjVM *vm, const char *name, AdjVal v)
{
    return adj_dict_set_c(vm, vm->prelude, name, v);
}

AdjDict *adj_vm_prelude(AdjVM *vm)
{
    return vm->prelude;
}

AdjModuleObj *adj_vm_main(AdjVM *vm)
{
    return vm->main;
}

bool adj_vm_reset_main(AdjVM *vm)
{
    adj_dict_clear(vm->main->dict);
    return adj_dict_set_str(vm, vm->main->dict, adj_names.__name__,
                            adj_obj_val(vm->main->name));
}

void adj_vm_set_script_dir(AdjVM *vm, const char *dir)
{
    free(vm->script_dir);
    vm->script_dir = dir ? strdup(dir) : NULL;
}

void adj_vm_set_file_imports(AdjVM *vm, bool allowed)
{
    vm->no_files = !allowed;
}

AdjDict *adj_vm_modules(AdjVM *vm)
{
    return vm->modules;
}
