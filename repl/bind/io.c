// SPDX-License-Identifier: Apache-2.0
// io.c: torch.save and torch.load, and save and load in the prelude. What is saved is a tensor,
// a module's state, or dicts and lists of tensors: each tensor goes under its dotted path into
// a safetensors file. Loading gives a dict by path. Nothing in such a file can run code.
#include "bind/bind.h"

#include <stdlib.h>

typedef struct {
    AdjVM *vm;
    AdjArchive a;
    int capacity;
} Gather;

static bool add(Gather *g, const char *name, AdjTensor *t)
{
    if (g->a.n == g->capacity) {
        int wanted = g->capacity ? g->capacity * 2 : 32;
        const char **names = adj_scope_memory((size_t)wanted * sizeof *names);
        AdjTensor **tensors = adj_scope_memory((size_t)wanted * sizeof *tensors);
        if (!names || !tensors) return adj_bind_error(g->vm);
        if (g->a.n) {
            memcpy(names, g->a.names, (size_t)g->a.n * sizeof *names);
            memcpy(tensors, g->a.tensors, (size_t)g->a.n * sizeof *tensors);
        }
        g->a.names = names;
        g->a.tensors = tensors;
        g->capacity = wanted;
    }
    char *copy = adj_scope_memory(strlen(name) + 1);
    if (!copy) return adj_bind_error(g->vm);
    g->a.names[g->a.n] = strcpy(copy, name);
    g->a.tensors[g->a.n++] = t;
    return true;
}

static bool gather(Gather *g, const char *path, AdjVal v);

static bool gather_item(Gather *g, const char *path, const char *key, AdjVal v)
{
    char name[512];
    snprintf(name, sizeof name, "%s%s%s", path, *path ? "." : "", key);
    return gather(g, name, v);
}

static bool gather_dict(Gather *g, const char *path, AdjDict *d)
{
    AdjEntry *e;
    for (int64_t i = 0; (e = adj_dict_next(d, &i));) {
        AdjVal key;
        if (!adj_val_str(g->vm, e->key, &key)) return false;
        bool ok = gather_item(g, path, adj_as_str(key)->data, e->value);
        adj_val_drop(key);
        if (!ok) return false;
    }
    return true;
}

static AdjTensor *number(AdjVal v)
{
    if (v.tag == ADJ_T_FLOAT) return adj_full(ADJ_SCALAR_SHAPE, ADJ_F(v.f), ADJ_F64);
    return adj_full(ADJ_SCALAR_SHAPE, ADJ_I(v.i), v.tag == ADJ_T_BOOL ? ADJ_BOOL : ADJ_I64);
}

static bool gather(Gather *g, const char *path, AdjVal v)
{
    char key[32];
    if (adj_is_tensor(v)) return add(g, *path ? path : "tensor", adj_tensor_of(v));
    if (adj_is_dict(v)) return gather_dict(g, path, adj_as_dict(v));
    if (adj_is_number(v)) return add(g, *path ? path : "number", number(v));
    if (adj_is_list(v) || adj_is_tuple(v)) {
        int64_t n = adj_is_list(v) ? adj_as_list(v)->len : adj_as_tuple(v)->len;
        AdjVal *items = adj_is_list(v) ? adj_as_list(v)->items : adj_as_tuple(v)->items;
        for (int64_t i = 0; i < n; i++) {
            snprintf(key, sizeof key, "%lld", (long long)i);
            if (!gather_item(g, path, key, items[i])) return false;
        }
        return true;
    }
    return adj_raise(g->vm, ADJ_EXC_TypeError,
                     "save: '%s' is %s; only tensors, numbers, and dicts and "
                     "lists of them can be saved",
                     *path ? path : "the value", adj_type_name(v));
}

static bool f_save(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    AdjVal state = adj_val_keep(a[0]);
    if (!adj_is_str(a[1])) {
        adj_val_drop(state);
        return adj_raise(vm, ADJ_EXC_TypeError, "save(): the path must be a str, not %s",
                         adj_type_name(a[1]));
    }
    if (adj_is_module(a[0])) {
        AdjVal own;
        bool ok = adj_vm_call_method(vm, a[0], "state_dict", NULL, 0, &own);
        adj_val_drop(state);
        if (!ok) return false;
        state = own;
    }
    Gather g = {.vm = vm};
    bool ok = gather(&g, "", state) &&
              (adj_save_safetensors(adj_as_str(a[1])->data, g.a) || adj_bind_error(vm));
    adj_val_drop(state);
    return ok && adj_out_none(out);
}

static bool f_load(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    if (!adj_is_str(a[0])) {
        return adj_raise(vm, ADJ_EXC_TypeError, "load(): the path must be a str, not %s",
                         adj_type_name(a[0]));
    }
    AdjArchive all = adj_load_safetensors(adj_as_str(a[0])->data);
    if (adj_error_kind()) return adj_bind_error(vm);
    AdjDict *d = adj_dict_new(vm);
    for (int i = 0; d && i < all.n; i++) {
        AdjVal v;
        bool ok = adj_bind_tensor(vm, all.tensors[i], &v);
        if (ok) {
            ok = adj_dict_set_c(vm, d, all.names[i], v);
            adj_val_drop(v);
        }
        if (ok) continue;
        adj_obj_drop(d);
        return false;
    }
    return adj_out(out, d);
}

static const AdjNative functions[] = {
    {"save", "(obj, f)", f_save, "Writes tensors by name to a safetensors file.", 0},
    {"load", "(f, map_location=None, weights_only=True)", f_load,
     "The tensors of a safetensors file by name.", 0},
    {0},
};

bool adj_bind_install_io(AdjVM *vm, AdjBindNames *n)
{
    return adj_vm_add_functions(vm, n->torch, functions, "torch");
}
