// SPDX-License-Identifier: Apache-2.0
// pass.c: a forward pass that the program does not notice. The module runs in evaluation mode
// on an input of the observer's, and afterwards everything a forward could have changed is what
// it was: modes, paths, buffers, the attributes that a class's forward leaves on its object.
// What it prints is not shown. Hooks of the program do not run, they would take the grid for
// data; those of the library do, they make weights (weight_norm).
//
// Tape, records, random numbers and errors are the request's business (request.c).
#include "observe/plane/pass.h"

#include "observe/buffers.h"
#include "observe/observe.h"

#include "bind/module/module.h"
#include "lang/attributes.h"

typedef struct AdjPassKept {
    AdjModule *module;  // kept by the scope of the request
    AdjModuleObject *object;
    bool training;
    const char *path, *outer_path, *path_name;
    AdjList *hooks, *pre_hooks;  // the object's own, while others stand in their place
    AdjKeptBuffers buffers;
    int n_attributes;
    AdjStr **names;      // kept
    AdjVal *attributes;  // kept
} Kept;

// ---------------------------------------------------------------- hooks

static bool is_of_library(AdjVal fn)
{
    static const char library[] = "torch";
    if (adj_is_exact(fn, &adj_type_method)) fn = ((AdjMethod *)fn.o)->fn;
    if (!adj_is_exact(fn, &adj_type_function)) return false;
    const AdjModuleObj *m = ((AdjFunction *)fn.o)->module;
    return m && m->name && !strncmp(m->name->data, library, strlen(library));
}

// The hooks of [list] that are the library's, as a list of its own; NULL: there are none.
static AdjList *library_hooks(AdjVM *vm, const AdjList *list)
{
    AdjList *out = NULL;
    for (int64_t i = 0; list && i < list->len; i++) {
        if (!is_of_library(adj_as_tuple(list->items[i])->items[1])) continue;
        if (!out && !(out = adj_list_new(vm, list->len))) return NULL;
        if (!adj_list_append(vm, out, list->items[i])) break;
    }
    return out;
}

static void set_hooks_aside(AdjVM *vm, Kept *k)
{
    if (!k->object) return;
    k->hooks = k->object->hooks;
    k->pre_hooks = k->object->pre_hooks;
    k->object->hooks = library_hooks(vm, k->hooks);
    k->object->pre_hooks = library_hooks(vm, k->pre_hooks);
}

static void put_hooks_back(Kept *k)
{
    if (!k->object) return;
    adj_obj_drop(k->object->hooks);
    adj_obj_drop(k->object->pre_hooks);
    k->object->hooks = k->hooks;
    k->object->pre_hooks = k->pre_hooks;
}

// ---------------------------------------------------------------- attributes

static void keep_attribute(void *data, AdjStr *name, AdjVal value)
{
    Kept *k = data;
    k->names[k->n_attributes] = adj_obj_keep(name);
    k->attributes[k->n_attributes++] = adj_val_keep(value);
}

static bool keep_attributes(Kept *k)
{
    if (!k->object) return true;
    size_t n = (size_t)adj_attr_count(&k->object->head);
    k->names = adj_scope_memory((n + 1) * sizeof *k->names);
    k->attributes = adj_scope_memory((n + 1) * sizeof *k->attributes);
    if (!k->names || !k->attributes) return false;
    adj_attr_each(&k->object->head, keep_attribute, k);
    return true;
}

static void put_attributes_back(AdjVM *vm, Kept *k)
{
    for (int i = 0; i < k->n_attributes; i++) {
        AdjVal *now = adj_attr_find(&k->object->head, k->names[i]);
        if (!now || !adj_val_is(*now, k->attributes[i]))
            adj_attr_store(vm, &k->object->head, k->names[i], k->attributes[i]);
        adj_obj_drop(k->names[i]);
        adj_val_drop(k->attributes[i]);
    }
}

// ---------------------------------------------------------------- the pass

static void say_nothing(AdjVM *vm, const char *text, size_t length)
{
    (void)vm, (void)text, (void)length;
}

static void see(void *data, AdjModule *m, AdjTensor *out)
{
    const AdjPass *p = data;
    for (int i = 0; p->see && out && i < p->tree.n; i++)
        if (p->tree.at[i].module == m) return p->see(p->data, &p->tree.at[i], out);
}

bool adj_pass_begin(AdjVM *vm, const char *module, AdjPass *p)
{
    *p = (AdjPass){.vm = vm};
    AdjVal v;
    AdjModule *m;
    if (!adj_observe_module(vm, module, &m) || !adj_module_list(vm, module, &p->tree) ||
        !adj_observe_value(vm, module, &v))
        return false;
    p->object = v;
    p->kept = adj_scope_memory((size_t)(p->tree.n + 1) * sizeof *p->kept);
    bool ok = p->kept && adj_observer();
    for (int i = 0; ok && i < p->tree.n; i++) {
        AdjModule *each = p->tree.at[i].module;
        Kept *k = &p->kept[p->n_kept++];
        *k = (Kept){.module = each,
                    .object = each->handle,
                    .training = each->training,
                    .path = each->path,
                    .outer_path = each->outer_path,
                    .path_name = each->path_name};
        set_hooks_aside(vm, k);
        ok = adj_buffers_keep(each, &k->buffers) && keep_attributes(k);
    }
    for (int i = 0; i < p->n_kept; i++) p->kept[i].module->training = false;
    AdjHooks *hooks = adj_vm_hooks(vm);
    p->write = hooks->write;
    p->write_error = hooks->write_error;
    hooks->write = hooks->write_error = say_nothing;
    if (ok) return true;
    adj_pass_end(p);
    return adj_vm_failed(vm) ? false : adj_bind_error(vm);
}

AdjTensor *adj_pass_run(AdjPass *p, AdjTensor *in)
{
    AdjVal x, y;
    AdjTensor *out = NULL;
    AdjOnlooker onlooker = {see, p};
    AdjWatches *w = &adj_observer()->watches;
    if (!adj_bind_tensor(p->vm, in, &x)) return NULL;
    const AdjOnlooker *before = w->onlooker;
    int watchers = adj_thread.watchers;
    w->onlooker = &onlooker;
    if (p->see) adj_thread.watchers |= ADJ_WATCH_VALUES;
    bool ok = adj_bind_module_call(p->vm, p->object, &x, 1, NULL, &y);
    adj_thread.watchers = watchers;
    w->onlooker = before;
    adj_val_drop(x);
    if (!ok) return NULL;
    if (adj_is_tensor(y))
        out = adj_scoped(adj_keep(adj_tensor_of(y)));
    else
        adj_raise(p->vm, ADJ_EXC_TypeError, "it gives %s, not a Tensor", adj_type_name(y));
    adj_val_drop(y);
    return out;
}

void adj_pass_end(AdjPass *p)
{
    AdjErrorKind kind = adj_thread.error;
    adj_thread.error = ADJ_E_NONE;
    AdjHooks *hooks = adj_vm_hooks(p->vm);
    hooks->write = p->write;
    hooks->write_error = p->write_error;
    for (int i = 0; i < p->n_kept; i++) {
        Kept *k = &p->kept[i];
        put_attributes_back(p->vm, k);
        adj_buffers_put_back(&k->buffers);
        put_hooks_back(k);
        k->module->training = k->training;
        k->module->path = k->path;
        k->module->outer_path = k->outer_path;
        k->module->path_name = k->path_name;
    }
    p->n_kept = 0;
    adj_val_drop(p->object);
    p->object = ADJ_NONE;
    adj_thread.error = kind;
}
