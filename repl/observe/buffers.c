// SPDX-License-Identifier: Apache-2.0
// buffers.c: keeping the buffers of modules, and putting them back. See buffers.h.
#include "observe/buffers.h"

enum { MOST_BUFFER = 1 << 20 };  // elements; larger ones are tables that nobody writes

bool adj_buffers_keep(AdjModule *m, AdjKeptBuffers *out)
{
    const AdjNamedTensors *b = &m->buffers;
    *out = (AdjKeptBuffers){.module = m};
    out->at = adj_scope_memory((size_t)(b->n + 1) * sizeof *out->at);
    for (int i = 0; out->at && i < b->n; i++) {
        AdjTensor *t = b->at[i].tensor;
        AdjKeptBuffer *to = &out->at[out->n++];
        *to = (AdjKeptBuffer){adj_keep(t), NULL, t ? t->storage->version : 0};
        if (t && t->numel <= MOST_BUFFER) to->copy = adj_keep(adj_clone(adj_bare_view(t)));
    }
    return out->at && !adj_error_kind();
}

void adj_buffers_put_back(AdjKeptBuffers *k)
{
    for (int i = 0; i < k->n; i++) {
        AdjKeptBuffer *b = &k->at[i];
        AdjTensor **now = i < k->module->buffers.n ? &k->module->buffers.at[i].tensor : NULL;
        if (b->tensor && b->copy && b->tensor->storage->version != b->version) {
            adj_copy_data(adj_bare_view(b->tensor), b->copy);
            b->tensor->storage->version = b->version;
        }
        if (now && *now != b->tensor) {
            adj_drop(now);
            *now = adj_keep(b->tensor);
        }
        adj_drop(&b->tensor);
        adj_drop(&b->copy);
    }
    k->n = 0;
}

bool adj_modules_keep(AdjVM *vm, AdjKeptModules *out)
{
    AdjModulesAt tree;
    *out = (AdjKeptModules){0};
    if (!adj_module_list(vm, NULL, &tree)) return false;
    out->at = adj_scope_memory((size_t)(tree.n + 1) * sizeof *out->at);
    if (!out->at) return adj_bind_error(vm);
    for (int i = 0; i < tree.n; i++)
        if (!adj_buffers_keep(tree.at[i].module, &out->at[out->n++])) return adj_bind_error(vm);
    return true;
}

// Even after a failure, which the caller is still to see.
void adj_modules_put_back(AdjKeptModules *k)
{
    AdjErrorKind kind = adj_thread.error;
    adj_thread.error = ADJ_E_NONE;
    for (int i = 0; i < k->n; i++) adj_buffers_put_back(&k->at[i]);
    k->n = 0;
    adj_thread.error = kind;
}
