// SPDX-License-Identifier: Apache-2.0
// module_copy.c: Module.__deepcopy__: a module of the same kind with the same arguments, whose
// parameters, buffers, children and attributes are deep copies. The library's copy.deepcopy
// makes those, with the memo that keeps shared parts shared.
#include "bind/module/module.h"

typedef struct {
    AdjVM *vm;
    AdjVal deepcopy, memo;
} Copier;

static bool copy_of(Copier *c, AdjVal v, AdjVal *out)
{
    AdjVal args[2] = {v, c->memo};
    return adj_vm_call(c->vm, c->deepcopy, args, 2, NULL, out);
}

// The engine's module without what its row would build.
static AdjModule *blank(const AdjModule *m)
{
    AdjModuleRow row = *m->row;
    row.build = NULL;
    AdjModule *copy = adj_module_make(&row, m->arg);
    if (!copy) return NULL;
    copy->row = m->row;
    copy->training = m->training;
    return copy;
}

static bool copy_tensors(Copier *c, AdjNamedTensors *from, AdjModule *to, bool parameters)
{
    for (int i = 0; i < from->n; i++) {
        const AdjNamedTensor *t = &from->at[i];
        AdjTensor *copy = NULL;
        AdjVal v, w = ADJ_NONE;
        if (t->tensor) {
            if (!adj_bind_tensor(c->vm, t->tensor, &v)) return false;
            bool ok = copy_of(c, v, &w);
            adj_val_drop(v);
            if (!ok) return false;
            if (adj_is_tensor(w)) copy = adj_tensor_of(w);
        }
        bool wanted = copy && copy->requires_grad;
        bool ok = parameters ? adj_module_add_param(to, t->name, copy)
                             : adj_module_add_buffer(to, t->name, copy, t->persistent);
        if (copy && parameters) copy->requires_grad = wanted;  // a frozen one stays frozen
        adj_val_drop(w);
        if (!ok) return adj_bind_error(c->vm);
    }
    return true;
}

static bool copy_children(Copier *c, AdjVal from, AdjVal to)
{
    AdjModule *m = adj_module_of(from)->m;
    for (int i = 0; i < m->n_children; i++) {
        AdjVal child, copy;
        const char *name = m->children[i].name;
        if (!m->children[i].module) {
            if (!adj_module_add_child(adj_module_of(to)->m, name, NULL))
                return adj_bind_error(c->vm);
            continue;
        }
        if (!adj_bind_child(c->vm, from, &m->children[i], &child)) return false;
        bool ok = copy_of(c, child, &copy);
        adj_val_drop(child);
        if (!ok) return false;
        ok = adj_bind_set_child(c->vm, to, name, copy);
        adj_val_drop(copy);
        if (!ok) return false;
    }
    return true;
}

static bool copy_attributes(Copier *c, AdjVal from, AdjVal to)
{
    AdjVal all, copy;
    if (!adj_val_getattr_c(c->vm, from, "__dict__", &all)) return false;
    bool ok = adj_is_dict(all) && copy_of(c, all, &copy);
    adj_val_drop(all);
    if (!ok) return false;
    AdjEntry *e;
    for (int64_t i = 0; ok && (e = adj_dict_next(adj_as_dict(copy), &i));)
        ok = adj_attr_store(c->vm, to.o, adj_as_str(e->key), e->value);
    adj_val_drop(copy);
    return ok;
}

static bool copy_hooks(AdjVM *vm, AdjList *from, AdjList **to)
{
    if (!from) return true;
    return (*to = adj_list_from(vm, from->items, from->len)) != NULL;
}

bool adj_bind_module_deepcopy(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    AdjVal library;
    if (!adj_bind_module_ready(vm, a[0]) || !adj_vm_import(vm, "copy", &library)) return false;
    Copier c = {vm, ADJ_UNDEF, a[1]};
    bool ok = adj_val_getattr_c(vm, library, "deepcopy", &c.deepcopy);
    adj_val_drop(library);
    AdjModuleObject *from = adj_module_of(a[0]), *to = NULL;
    AdjModule *m = ok ? blank(from->m) : NULL;
    if (m)
        to = adj_obj_new(vm, a[0].o->type);
    else if (ok)
        adj_bind_error(vm);
    if (to) {
        to->m = adj_module_keep(m);
        m->handle = to;
        AdjVal self = adj_obj_val(to);
        ok = copy_tensors(&c, &from->m->params, m, true) &&
             copy_tensors(&c, &from->m->buffers, m, false) && copy_children(&c, a[0], self) &&
             copy_hooks(vm, from->hooks, &to->hooks) &&
             copy_hooks(vm, from->pre_hooks, &to->pre_hooks) && copy_attributes(&c, a[0], self);
        if (ok && m->row->copied) ok = m->row->copied(m, from->m) || adj_bind_error(vm);
    }
    adj_val_drop(c.deepcopy);
    if (ok && to) return adj_out(out, to);
    adj_obj_drop(to);
    return false;
}
