// SPDX-License-Identifier: Apache-2.0
//
// Fuzzer: any bytes as a program that is compiled and run, within a budget of steps and memory.
// Whatever it does, the machine must come back, show its error, and give all memory back.
#include "lang/value.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void swallow(AdjVM *vm, const char *text, size_t length)
{
    (void)vm, (void)text, (void)length;
}

static bool no_input(AdjVM *vm, const char *prompt, AdjVal *out)
{
    (void)prompt, (void)out;
    return adj_raise(vm, ADJ_EXC_EOFError, "EOF when reading a line");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AdjHooks hooks = {.write = swallow, .write_error = swallow, .read_line = no_input};
    AdjVM *vm = adj_vm_new(&hooks);
    if (!vm) return 0;
    adj_vm_set_budget(vm, 20000);
    adj_vm_set_memory_limit(vm, 64 << 20);
    AdjVal result = ADJ_UNDEF;
    if (adj_vm_run(vm, "fuzz", (const char *)data, size, ADJ_RUN_CELL, &result))
        adj_val_drop(result);
    else
        free(adj_vm_error_text(vm));
    adj_vm_free(vm);
    return 0;
}
