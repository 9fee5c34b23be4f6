// SPDX-License-Identifier: Apache-2.0
// The machine of replay.h. Tensors that leave the language are kept once more for the scope of
// the caller, so that a result outlives the names that made it.
#include "golden/replay.h"

#include "lib/lib.h"
#include "tap.h"

#include <stdlib.h>

AdjVM *replay_new(void)
{
    AdjVM *vm = adj_vm_new(NULL);
    if (vm && adj_lib_add_builtins(vm) && adj_lib_add_modules(vm) && adj_bind_install(vm))
        return vm;
    if (vm) replay_note_error(vm);
    return NULL;
}

bool replay_use_device(const char *title)
{
    return adj_set_device(title) != NULL;
}

bool replay_reset(AdjVM *vm)
{
    static const char text[] =
        "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n";
    return adj_vm_reset_main(vm) &&
           adj_vm_run(vm, "names", text, sizeof text - 1, ADJ_RUN_FILE, NULL);
}

bool replay_define(AdjVM *vm, const char *name, AdjTensor *t)
{
    AdjVal v;
    if (!adj_bind_tensor(vm, t, &v)) return false;
    bool stored = adj_dict_set_c(vm, adj_vm_main(vm)->dict, name, v);
    adj_val_drop(v);
    return stored;
}

static AdjTensor *number_tensor(AdjVal v)
{
    if (adj_is_bool(v)) return adj_from(&(bool){v.i}, ADJ_SCALAR_SHAPE, ADJ_BOOL);
    if (adj_is_int(v)) return adj_from(&v.i, ADJ_SCALAR_SHAPE, ADJ_I64);
    return adj_from(&v.f, ADJ_SCALAR_SHAPE, ADJ_F64);
}

static bool flatten(AdjVal v, ReplayResult *out)
{
    if (adj_is_list(v) || adj_is_tuple(v)) {
        bool list = adj_is_list(v);
        AdjVal *items = list ? adj_as_list(v)->items : adj_as_tuple(v)->items;
        int64_t n = list ? adj_as_list(v)->len : adj_as_tuple(v)->len;
        for (int64_t i = 0; i < n; i++)
            if (!flatten(items[i], out)) return false;
        return true;
    }
    if (out->n == REPLAY_TENSORS || !(adj_is_tensor(v) || adj_is_number(v))) return false;
    AdjTensor *t = adj_is_tensor(v) ? adj_scoped(adj_keep(adj_tensor_of(v))) : number_tensor(v);
    if (t) out->at[out->n++] = t;
    return t;
}

bool replay_run(AdjVM *vm, const char *text, ReplayResult *out)
{
    AdjVal value;
    out->n = 0;
    if (!adj_vm_run(vm, "case", text, strlen(text), ADJ_RUN_CELL, &value)) return false;
    bool good = flatten(value, out);
    if (!good && adj_error_kind())
        adj_bind_error(vm);
    else if (!good)
        adj_raise(vm, ADJ_EXC_TypeError, "a case gave '%s'", adj_type_name(value));
    adj_val_drop(value);
    return good;
}

char *replay_text(AdjVM *vm, const char *text)
{
    AdjVal value, shown;
    if (!adj_vm_run(vm, "entry", text, strlen(text), ADJ_RUN_CELL, &value)) return NULL;
    bool good = adj_val_str(vm, value, &shown);
    adj_val_drop(value);
    if (!good) return NULL;
    char *copy = strdup(adj_as_str(shown)->data);
    adj_val_drop(shown);
    return copy;
}

void replay_note_error(AdjVM *vm)
{
    char *text = adj_vm_error_text(vm);
    if (text) note("%s", text);
    free(text);
}

bool replay_error_is(AdjVM *vm, const char *name, char *message, size_t size)
{
    AdjVal error = adj_vm_take_error(vm), text;
    bool found = false;
    for (const AdjType *t = adj_type_of(error); t && !found; t = t->base)
        found = !strcmp(t->name, name);
    snprintf(message, size, "%s", adj_type_name(error));
    if (adj_val_str(vm, error, &text)) {
        snprintf(message, size, "%s: %s", adj_type_name(error), adj_as_str(text)->data);
        adj_val_drop(text);
    } else {
        adj_vm_clear_error(vm);
    }
    adj_val_drop(error);
    return found;
}
