// SPDX-License-Identifier: Apache-2.0
// npy.c: numpy's files in the language: save_npy, load_npy, save_npz, load_npz.
#include "bind/bind.h"

static const char *path_of(AdjVM *vm, const char *function, AdjVal v)
{
    if (adj_is_str(v)) return adj_as_str(v)->data;
    return adj_raise_null(vm, ADJ_EXC_TypeError, "%s(): the path must be a str, not %s",
                          function, adj_type_name(v));
}

static bool f_save_npy(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    const char *path = path_of(vm, "save_npy", a[0]);
    if (!path) return false;
    if (!adj_is_tensor(a[1])) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "save_npy(): argument 'tensor' must be Tensor, not %s",
                         adj_type_name(a[1]));
    }
    if (!adj_save_npy(path, adj_tensor_of(a[1]))) return adj_bind_error(vm);
    return adj_out_none(out);
}

static bool f_load_npy(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    const char *path = path_of(vm, "load_npy", a[0]);
    return path && adj_bind_tensor(vm, adj_load_npy(path), out);
}

// Tensors by name from a dict.
static bool archive_of(AdjVM *vm, AdjVal v, AdjArchive *out)
{
    if (!adj_is_dict(v)) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "save_npz(): argument 'tensors' must be a dict of tensors, not %s",
                         adj_type_name(v));
    }
    AdjDict *d = adj_as_dict(v);
    size_t room = (size_t)d->count + 1;
    *out = (AdjArchive){0, adj_scope_memory(room * sizeof *out->names),
                        adj_scope_memory(room * sizeof *out->tensors)};
    if (!out->names || !out->tensors) return adj_bind_error(vm);
    AdjEntry *e;
    for (int64_t i = 0; (e = adj_dict_next(d, &i)); out->n++) {
        if (!adj_is_str(e->key) || !adj_is_tensor(e->value)) {
            return adj_raise(vm, ADJ_EXC_TypeError,
                             "save_npz(): argument 'tensors' must map str to Tensor, not %s to "
                             "%s",
                             adj_type_name(e->key), adj_type_name(e->value));
        }
        out->names[out->n] = adj_as_str(e->key)->data;
        out->tensors[out->n] = adj_tensor_of(e->value);
    }
    return true;
}

static bool f_save_npz(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    AdjArchive all;
    bool compressed;
    const char *path = path_of(vm, "save_npz", a[0]);
    if (!path || !archive_of(vm, a[1], &all) || !adj_val_truth(vm, a[2], &compressed))
        return false;
    if (!adj_save_npz(path, all, compressed)) return adj_bind_error(vm);
    return adj_out_none(out);
}

bool adj_bind_archive(AdjVM *vm, AdjArchive all, AdjVal *out)
{
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

static bool f_load_npz(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    const char *path = path_of(vm, "load_npz", a[0]);
    return path && adj_bind_archive(vm, adj_load_npz(path), out);
}

static const AdjNative functions[] = {
    {"save_npy", "(path, tensor)", f_save_npy, "Writes a tensor as numpy's .npy file.", 0},
    {"load_npy", "(path)", f_load_npy, "The tensor in numpy's .npy file.", 0},
    {"save_npz", "(path, tensors, compressed=False)", f_save_npz,
     "Writes a dict of tensors as numpy's .npz archive.", 0},
    {"load_npz", "(path)", f_load_npz, "The tensors of numpy's .npz archive by name.", 0},
    {0},
};

bool adj_bind_install_npy(AdjVM *vm, AdjBindNames *n)
{
    return adj_vm_add_functions(vm, n->torch, functions, "torch");
}
