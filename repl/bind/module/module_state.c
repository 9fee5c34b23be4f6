// SPDX-License-Identifier: Apache-2.0
// module_state.c: what modules are asked besides forward: forward_named, reset, detach_state,
// publish, load_partial; and the way back, by which the engine's composites run modules that
// are objects of the language.
#include "bind/module/flow.h"

// ---------------------------------------------------------------- the engine asks the language

static AdjVal object_of(AdjModule *m)
{
    return adj_obj_val(m->handle);
}

static bool make_refs(AdjVM *vm, const AdjArchive *refs, AdjDict **out)
{
    *out = adj_dict_new(vm);
    for (int i = 0; *out && i < refs->n; i++) {
        AdjVal v;
        bool ok = adj_bind_tensor(vm, refs->tensors[i], &v);
        if (ok) {
            ok = adj_dict_set_c(vm, *out, refs->names[i], v);
            adj_val_drop(v);
        }
        if (ok) continue;
        adj_obj_drop(*out);
        *out = NULL;
    }
    return *out != NULL;
}

static bool take_tensor(AdjVM *vm, AdjModule *m, AdjVal v, AdjTensor **out)
{
    bool ok = adj_is_tensor(v);
    if (ok)
        *out = adj_scoped(adj_keep(adj_tensor_of(v)));
    else
        adj_raise(vm, ADJ_EXC_TypeError, "%s gave %s; inside a graph a module gives one Tensor",
                  adj_type_name(object_of(m)), adj_type_name(v));
    adj_val_drop(v);
    return ok;
}

static bool call(void *data, AdjModule *m, AdjTensor *x, const AdjArchive *refs,
                 AdjTensor **out)
{
    AdjVM *vm = data;
    AdjVal in, result, self = object_of(m);
    AdjDict *named = NULL;
    if (!adj_bind_tensor(vm, x, &in)) return false;
    bool ok = !refs || make_refs(vm, refs, &named);
    ok = ok && (refs ? adj_bind_call_named(vm, self, in, named, &result)
                     : adj_bind_module_call(vm, self, &in, 1, NULL, &result));
    adj_obj_drop(named);
    adj_val_drop(in);
    return ok && take_tensor(vm, m, result, out);
}

static bool tell(void *data, AdjModule *m, const char *method)
{
    AdjVal unused;
    if (!adj_vm_call_method(data, object_of(m), method, NULL, 0, &unused)) return false;
    adj_val_drop(unused);
    return true;
}

static AdjVal *own_method(AdjVal self, const char *text)
{
    AdjStr *name = adj_str_intern_c(text);
    AdjVal *found = adj_type_find(self.o->type, name);
    adj_obj_drop(name);
    return found && !adj_is_exact(*found, &adj_type_native) ? found : NULL;
}

static bool takes_names(void *data, AdjModule *m)
{
    (void)data;
    return own_method(object_of(m), "forward_named") != NULL;
}

static const char *type_name(void *data, AdjModule *m)
{
    (void)data;
    return adj_type_name(object_of(m));
}

static bool trace(void *data, AdjModule *m, AdjTensor **out)
{
    AdjVM *vm = data;
    AdjVal v;
    if (!own_method(object_of(m), "trace")) return true;
    if (!adj_vm_call_method(vm, object_of(m), "trace", NULL, 0, &v)) return false;
    if (!adj_is_none(v)) return take_tensor(vm, m, v, out);
    return true;
}

void adj_bind_set_caller(AdjVM *vm)
{
    static _Thread_local AdjModuleCaller caller = {NULL,        call,      tell,
                                                   takes_names, type_name, trace};
    caller.data = vm;
    adj_thread.caller = &caller;
}

// ---------------------------------------------------------------- methods

static bool m_reset(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    adj_bind_set_caller(vm);
    if (!adj_bind_module_ready(vm, a[0])) return false;
    return adj_module_reset_own(adj_module_of(a[0])->m) ? adj_out_none(out)
                                                        : adj_bind_error(vm);
}

static bool m_detach_state(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    adj_bind_set_caller(vm);
    if (!adj_bind_module_ready(vm, a[0])) return false;
    return adj_module_detach_own(adj_module_of(a[0])->m) ? adj_out_none(out)
                                                         : adj_bind_error(vm);
}

static bool take_refs(AdjVM *vm, AdjVal v, AdjArchive *out)
{
    if (!adj_is_dict(v))
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "forward_named: refs must be a dict of Tensors, not %s",
                         adj_type_name(v));
    AdjDict *d = adj_as_dict(v);
    out->names = adj_scope_memory((size_t)(d->count + 1) * sizeof *out->names);
    out->tensors = adj_scope_memory((size_t)(d->count + 1) * sizeof *out->tensors);
    if (!out->names || !out->tensors) return adj_bind_error(vm);
    AdjEntry *e;
    for (int64_t i = 0; (e = adj_dict_next(d, &i));) {
        if (!adj_is_str(e->key) || !adj_is_tensor(e->value))
            return adj_raise(vm, ADJ_EXC_TypeError,
                             "forward_named: refs must be a dict of Tensors by name");
        out->names[out->n] = adj_as_str(e->key)->data;
        out->tensors[out->n++] = adj_tensor_of(e->value);
    }
    return true;
}

static bool m_forward_named(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    adj_bind_set_caller(vm);
    if (!adj_bind_module_ready(vm, a[0])) return false;
    AdjModule *m = adj_module_of(a[0])->m;
    AdjArchive refs = {0, NULL, NULL};
    AdjValue result = {.t = NULL};
    if (!m->row->forward_named)
        return adj_raise(vm, ADJ_EXC_NotImplementedError,
                         "%s takes no named inputs: it defines no forward_named(input, refs)",
                         adj_type_name(a[0]));
    if (!adj_is_tensor(a[1]))
        return adj_raise(vm, ADJ_EXC_TypeError, "forward_named: input must be a Tensor, not %s",
                         adj_type_name(a[1]));
    if (!take_refs(vm, a[2], &refs)) return false;
    adj_bind_span(vm);
    if (!m->row->forward_named(m, adj_tensor_of(a[1]), refs, &result))
        return adj_bind_error(vm);
    return adj_bind_tensor(vm, result.t, out);
}

static bool m_publish(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    if (!adj_is_str(a[1]) || !adj_is_tensor(a[2]))
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "publish(): expected a name and a Tensor, got %s and %s",
                         adj_type_name(a[1]), adj_type_name(a[2]));
    return adj_trace_publish(adj_as_str(a[1])->data, adj_tensor_of(a[2])) ? adj_out_none(out)
                                                                          : adj_bind_error(vm);
}

// ---------------------------------------------------------------- partial load

static bool get_part(AdjVal self, int i, AdjVal *out)
{
    return adj_out_keep(out, adj_as_tuple(self)->items[i]);
}

static bool get_loaded(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return get_part(self, 0, out);
}

static bool get_skipped(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return get_part(self, 1, out);
}

static bool get_missing(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return get_part(self, 2, out);
}

static bool report_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    static const char *const names[] = {"LoadReport(loaded=", ", skipped=", ", missing="};
    AdjBuf b = {0};
    bool ok = true;
    for (int i = 0; ok && i < 3; i++)
        ok = adj_buf_add_c(vm, &b, names[i]) &&
             adj_buf_add_repr(vm, &b, adj_as_tuple(self)->items[i]);
    ok = ok && adj_buf_add_char(vm, &b, ')');
    return ok ? adj_buf_str(vm, &b, out) : (adj_buf_free(&b), false);
}

static const AdjAttr report_attrs[] = {
    {"loaded", get_loaded, NULL, "Names whose values were copied."},
    {"skipped", get_skipped, NULL, "Names that the model does not have."},
    {"missing", get_missing, NULL, "Names of the model that were not given."},
    {0},
};
static AdjType report_type = {.name = "LoadReport",
                              .base = &adj_type_tuple,
                              .flags = ADJ_TF_GC,
                              .attrs = report_attrs,
                              .repr = report_repr};

// The names of [own] that are not in [missing].
static AdjList *others(AdjVM *vm, AdjDict *own, AdjList *missing)
{
    AdjList *list = adj_list_new(vm, 0);
    AdjEntry *e;
    for (int64_t i = 0; list && (e = adj_dict_next(own, &i));) {
        bool gone = false;
        for (int64_t k = 0; k < missing->len && !gone; k++)
            gone = adj_str_equal(adj_as_str(missing->items[k]), adj_as_str(e->key));
        if (!gone && !adj_list_append(vm, list, e->key)) return NULL;
    }
    return list;
}

bool adj_bind_load_partial(AdjVM *vm, AdjVal self, AdjDict *state, AdjVal *out)
{
    AdjVal args[2] = {adj_obj_val(state), ADJ_FALSE}, keys = ADJ_UNDEF, own = ADJ_UNDEF;
    bool ok = adj_vm_call_method(vm, self, "load_state_dict", args, 2, &keys) &&
              adj_vm_call_method(vm, self, "state_dict", NULL, 0, &own) &&
              adj_type_ready(&report_type);
    AdjTuple *t =
        ok ? adj_obj_new_sized(vm, &report_type, sizeof *t + 3 * sizeof *t->items) : NULL;
    if (t) {
        AdjVal *lists = adj_as_tuple(keys)->items;
        AdjList *loaded = others(vm, adj_as_dict(own), adj_as_list(lists[0]));
        t->len = 3;
        t->items[0] = loaded ? adj_obj_val(loaded) : ADJ_NONE;
        t->items[1] = adj_val_keep(lists[1]);
        t->items[2] = adj_val_keep(lists[0]);
    }
    adj_val_drop(keys);
    adj_val_drop(own);
    return adj_out(out, t);
}

bool adj_bind_load_file(AdjVM *vm, const char *path, AdjDict **out)
{
    ADJ_SCOPE;
    AdjArchive all = adj_load_safetensors(path);
    if (adj_error_kind()) return adj_bind_error(vm);
    return make_refs(vm, &all, out);
}

static bool m_load_partial(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    AdjDict *state = NULL;
    if (!adj_bind_module_ready(vm, a[0])) return false;
    if (adj_is_dict(a[1])) return adj_bind_load_partial(vm, a[0], adj_as_dict(a[1]), out);
    if (!adj_is_str(a[1]))
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "load_partial(): expected a state dict or a path, got %s",
                         adj_type_name(a[1]));
    if (!adj_bind_load_file(vm, adj_as_str(a[1])->data, &state)) return false;
    bool ok = adj_bind_load_partial(vm, a[0], state, out);
    adj_obj_drop(state);
    return ok;
}

const AdjNative adj_bind_state_methods[] = {
    {"reset", "(self)", m_reset, "Forgets what single passes left here and below.", 0},
    {"detach_state", "(self)", m_detach_state, "Cuts what is retained from the tape.", 0},
    {"forward_named", "(self, input, refs)", m_forward_named,
     "Computes the result from the stream and what `using` wires, a dict.", 0},
    {"publish", "(self, name, value)", m_publish,
     "Publishes a value of this turn of a flow graph's loop.", 0},
    {"load_partial", "(self, state)", m_load_partial,
     "Copies what a state dict or file has of this module's names; a wrong shape is an error. "
     "A LoadReport: loaded, skipped, missing.",
     0},
    {0},
};

bool adj_bind_add_methods(AdjVM *vm, AdjType *t, const AdjNative *rows)
{
    for (; rows->name; rows++) {
        AdjNativeObj *fn = adj_native_new(vm, rows, t);
        bool ok = fn && adj_dict_set_c(vm, (AdjDict *)t->dict, rows->name, adj_obj_val(fn));
        adj_obj_drop(fn);
        if (!ok) return false;
    }
    return true;
}
