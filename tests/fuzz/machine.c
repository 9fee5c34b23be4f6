// SPDX-License-Identifier: Apache-2.0
//
// Fuzzer: any bytes as a program that is compiled and run, within a budget of steps and of
// memory, by a machine that has the library and the engine's names, but none that reach files
// or the system. Whatever a program does, the machine must come back, show its error, and give
// all memory back. One machine runs many programs, since making it takes longer than most; its
// names start afresh for each. x0, x1 and x2 are tensors, as in the golden cases that are among
// the seeds.
#include "bind/bind.h"
#include "lib/lib.h"
#include "tensor/limit.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PROGRAMS = 500, STEPS = 2000, LANGUAGE_BYTES = 64 << 20, TENSOR_BYTES = 32 << 10 };

static void swallow(AdjVM *vm, const char *text, size_t length)
{
    (void)vm, (void)text, (void)length;
}

static bool no_input(AdjVM *vm, const char *prompt, AdjVal *out)
{
    (void)prompt, (void)out;
    return adj_raise(vm, ADJ_EXC_EOFError, "EOF when reading a line");
}

// Names by which a program would reach files begin so; sleeping is no test either.
static bool reaches_outside(const char *name)
{
    static const char *const starts[] = {"open",   "save",  "load", "read",  "write",
                                         "export", "sleep", "exit", "import"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (!strncmp(name, starts[i], strlen(starts[i]))) return true;
    return false;
}

static void close_dict(AdjVM *vm, AdjDict *d)
{
    AdjEntry *e;
    for (int64_t i = 0; (e = adj_dict_next(d, &i));)
        if (adj_is_str(e->key) && reaches_outside(adj_as_str(e->key)->data))
            adj_dict_set(vm, d, e->key, ADJ_NONE);
}

// The modules of the library without the system's, imported once, and closed.
static bool prepare(AdjVM *vm)
{
    static const char text[] =
        "import torch, torch.nn as nn, torch.nn.functional as F, torch.optim as optim\n"
        "import math, random, itertools, functools, collections, string\n";
    adj_vm_set_file_imports(vm, false);
    if (!adj_lib_add_builtins(vm) || !adj_lib_add_modules(vm) || !adj_bind_install(vm) ||
        !adj_vm_run(vm, "names", text, sizeof text - 1, ADJ_RUN_FILE, NULL))
        return false;
    close_dict(vm, adj_vm_prelude(vm));
    AdjEntry *e;
    for (int64_t i = 0; (e = adj_dict_next(adj_vm_modules(vm), &i));)
        if (e->value.tag == ADJ_T_OBJ && e->value.o->type == &adj_type_module)
            close_dict(vm, ((AdjModuleObj *)e->value.o)->dict);
    return true;
}

// None in the place of a module that is not to be had.
static bool close_modules(AdjVM *vm)
{
    static const char *const closed[] = {"os", "os.path", "sys", "time", "threading"};
    for (size_t i = 0; i < sizeof closed / sizeof *closed; i++)
        if (!adj_dict_set_c(vm, adj_vm_modules(vm), closed[i], ADJ_NONE)) return false;
    return true;
}

static AdjVM *machine_new(void)
{
    static const AdjHooks hooks = {
        .write = swallow, .write_error = swallow, .read_line = no_input};
    AdjVM *vm = adj_vm_new(&hooks);
    if (vm && prepare(vm) && close_modules(vm)) return vm;
    abort();  // the fuzzer itself is at fault
}

static void define(AdjVM *vm, const char *name, AdjTensor *t)
{
    AdjVal v;
    if (!adj_bind_tensor(vm, t, &v)) abort();
    adj_dict_set_c(vm, adj_vm_main(vm)->dict, name, v);
    adj_val_drop(v);
}

static void begin(AdjVM *vm)
{
    static const char text[] = "import torch, torch.nn as nn, torch.nn.functional as F\n";
    ADJ_SCOPE;
    adj_vm_set_budget(vm, -1);
    adj_vm_set_memory_limit(vm, 0);
    adj_most_tensor_bytes = 0;
    if (!adj_vm_reset_main(vm)) abort();
    adj_vm_run(vm, "names", text, sizeof text - 1, ADJ_RUN_FILE, NULL);
    define(vm, "x0", adj_require_grad(adj_ones(ADJ_SHAPE(2, 3), ADJ_F32), true));
    define(vm, "x1", adj_require_grad(adj_arange(ADJ_F(0), ADJ_F(3), ADJ_F(1), ADJ_F32), true));
    define(vm, "x2", adj_zeros(ADJ_SHAPE(3), ADJ_I64));
    adj_vm_set_budget(vm, STEPS);
    adj_vm_set_memory_limit(vm, LANGUAGE_BYTES);
    adj_most_tensor_bytes = TENSOR_BYTES;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static AdjVM *vm;
    static int programs;
    if (!vm) vm = machine_new();
    begin(vm);
    AdjVal result = ADJ_UNDEF;
    if (adj_vm_run(vm, "fuzz", (const char *)data, size, ADJ_RUN_CELL, &result))
        adj_val_drop(result);
    else
        free(adj_vm_error_text(vm));
    if (adj_error_kind() || adj_thread.scope) abort();  // nothing of the engine's is left open
    if (++programs % PROGRAMS) return 0;
    adj_vm_free(vm);
    vm = NULL;
    if (adj_live_tensors() || adj_live_bytes()) abort();
    return 0;
}
