// SPDX-License-Identifier: Apache-2.0
// module.c: the module object: making, naming, walking, running. The text of print() is in
// module_text.c, the arguments' checks in args.c.
#include "nn/module.h"
#include "observe/record.h"
#include "observe/watch.h"

#include "autograd/rings.h"

#include <stdlib.h>

// ---------------------------------------------------------------- making and releasing

static void release(void *object)
{
    AdjModule *m = object;
    adj_module_drop(&m);
}

AdjModule *adj_module_make(const AdjModuleRow *row, const AdjValue *args)
{
    if (adj_error_kind()) return NULL;
    AdjValue *arg = adj_fill_args(row->name, row->args, row->n_args, args);
    if (row->n_args && !arg) return NULL;
    AdjModule *m = calloc(1, sizeof *m);
    if (!m) {
        adj_args_free(row->args, row->n_args, arg);
        return adj_fail(ADJ_E_MEMORY, "%s: no memory", row->name);
    }
    *m = (AdjModule){.refs = 1, .row = row, .arg = arg, .training = true};
    adj_scope_defer(m, release);
    if (!row->build) return m;
    bool grad = adj_set_grad_enabled(false);  // initial values have no history
    ADJ_SCOPE;
    bool ok = row->build(m) && !adj_error_kind();
    adj_set_grad_enabled(grad);
    return ok ? m : NULL;
}

AdjModule *adj_module_keep(AdjModule *m)
{
    if (m) m->refs++;
    return m;
}

static void free_tensors(AdjNamedTensors *list)
{
    for (int i = 0; i < list->n; i++) {
        free(list->at[i].name);
        adj_rings_drop(&list->at[i].tensor);
    }
    free(list->at);
}

// Modules nest a few levels deep, so releasing children by recursion is bounded by the program
// text that nested them.
void adj_module_drop(AdjModule **m)
{
    AdjModule *dead = *m;
    *m = NULL;
    if (!dead || --dead->refs) return;
    if (dead->drop_extra) dead->drop_extra(dead->extra);
    free_tensors(&dead->params);
    free_tensors(&dead->buffers);
    for (int i = 0; i < dead->n_children; i++) {
        free(dead->children[i].name);
        adj_module_drop(&dead->children[i].module);
    }
    free(dead->children);
    adj_args_free(dead->row->args, dead->row->n_args, dead->arg);
    free(dead);
}

const AdjModuleRow *adj_module_row_find(const char *name)
{
    for (const AdjModuleRow *const *r = adj_module_rows; *r; r++)
        if (!strcmp((*r)->name, name)) return *r;
    return NULL;
}

// ---------------------------------------------------------------- names

static bool grow(void **at, int *capacity, size_t size)
{
    int wanted = *capacity ? *capacity * 2 : 4;
    void *bigger = realloc(*at, (size_t)wanted * size);
    if (!bigger) return adj_fail(ADJ_E_MEMORY, "module: no memory");
    *at = bigger;
    *capacity = wanted;
    return true;
}

AdjNamedTensor *adj_module_find_tensor(AdjNamedTensors *list, const char *name)
{
    for (int i = 0; i < list->n; i++)
        if (!strcmp(list->at[i].name, name)) return &list->at[i];
    return NULL;
}

AdjNamedModule *adj_module_find_child(AdjModule *m, const char *name)
{
    for (int i = 0; i < m->n_children; i++)
        if (!strcmp(m->children[i].name, name)) return &m->children[i];
    return NULL;
}

static bool add_tensor(AdjNamedTensors *list, const char *name, AdjTensor *t, bool persistent)
{
    if (adj_error_kind()) return false;
    AdjNamedTensor *old = adj_module_find_tensor(list, name);
    if (old) {
        AdjTensor *before = old->tensor;
        old->tensor = adj_keep(t);
        old->persistent = persistent;
        adj_drop(&before);
        return true;
    }
    if (list->n == list->capacity &&
        !grow((void **)&list->at, &list->capacity, sizeof *list->at))
        return false;
    char *copy = strdup(name);
    if (!copy) return adj_fail(ADJ_E_MEMORY, "module: no memory");
    list->at[list->n++] = (AdjNamedTensor){copy, adj_keep(t), persistent};
    return true;
}

bool adj_module_add_param(AdjModule *m, const char *name, AdjTensor *t)
{
    return add_tensor(&m->params, name, t ? adj_as_parameter(t) : NULL, true);
}

bool adj_module_add_derived(AdjModule *m, const char *name, AdjTensor *t)
{
    return add_tensor(&m->params, name, t, false);
}

bool adj_module_add_buffer(AdjModule *m, const char *name, AdjTensor *t, bool persistent)
{
    return add_tensor(&m->buffers, name, t, persistent);
}

bool adj_module_add_child(AdjModule *m, const char *name, AdjModule *child)
{
    if (adj_error_kind()) return false;
    AdjNamedModule *old = adj_module_find_child(m, name);
    if (old) {
        AdjModule *before = old->module;
        old->module = adj_module_keep(child);
        adj_module_drop(&before);
        return true;
    }
    if (m->n_children == m->children_capacity &&
        !grow((void **)&m->children, &m->children_capacity, sizeof *m->children))
        return false;
    char *copy = strdup(name);
    if (!copy) return adj_fail(ADJ_E_MEMORY, "module: no memory");
    m->children[m->n_children++] = (AdjNamedModule){copy, adj_module_keep(child)};
    return true;
}

bool adj_module_add_filled(AdjModule *m, const char *name, bool wanted, AdjShape shape,
                           AdjDtype dtype, double value)
{
    AdjTensor *t =
        wanted ? adj_full(shape, ADJ_F(value), dtype == ADJ_SAME ? adj_default_dtype() : dtype)
               : NULL;
    return (t || !wanted) && adj_module_add_param(m, name, t);
}

static bool remove_tensor(AdjNamedTensors *list, const char *name)
{
    AdjNamedTensor *t = adj_module_find_tensor(list, name);
    if (!t) return false;
    AdjNamedTensor dead = *t;
    memmove(t, t + 1, (size_t)(list->at + --list->n - t) * sizeof *t);
    free(dead.name);
    adj_drop(&dead.tensor);
    return true;
}

void adj_module_remove(AdjModule *m, const char *name)
{
    if (remove_tensor(&m->params, name) || remove_tensor(&m->buffers, name)) return;
    AdjNamedModule *c = adj_module_find_child(m, name);
    if (!c) return;
    AdjNamedModule dead = *c;
    memmove(c, c + 1, (size_t)(m->children + --m->n_children - c) * sizeof *c);
    free(dead.name);
    adj_module_drop(&dead.module);
}

bool adj_module_add_uniform(AdjModule *m, const char *name, bool wanted, AdjShape shape,
                            AdjDtype dtype, double bound)
{
    if (!wanted) return adj_module_add_param(m, name, NULL);
    AdjTensor *t = adj_new(shape, dtype);
    return t && adj_uniform_(t, -bound, bound) && adj_module_add_param(m, name, t);
}

AdjTensor *adj_as_parameter(AdjTensor *t)
{
    if (!t) return NULL;
    t->is_parameter = true;
    if (adj_is_float(t) && !t->node) t->requires_grad = true;
    return t;
}

// ---------------------------------------------------------------- copies

static bool clone_tensors(const AdjNamedTensors *from, AdjNamedTensors *to)
{
    for (int i = 0; i < from->n; i++) {
        const AdjNamedTensor *t = &from->at[i];
        AdjTensor *copy = t->tensor ? adj_clone(adj_detach(t->tensor)) : NULL;
        if (t->tensor && !copy) return false;
        if (copy && t->tensor->is_parameter) {
            adj_as_parameter(copy);
            copy->requires_grad = t->tensor->requires_grad;
        }
        if (!add_tensor(to, t->name, copy, t->persistent)) return false;
    }
    return true;
}

AdjModule *adj_module_clone(AdjModule *m)
{
    if (!m || adj_error_kind()) return NULL;
    if (!strcmp(m->row->name, "Module") || !strcmp(m->row->name, "Lambda")) {
        return adj_fail(
            ADJ_E_TYPE,
            "a module of class %s cannot be copied: only the library's own kinds can",
            m->row->name);
    }
    AdjModuleRow bare = *m->row;
    bare.build = NULL;
    AdjModule *copy = adj_module_make(&bare, m->arg);
    if (!copy) return NULL;
    copy->row = m->row;
    copy->training = m->training;
    bool grad = adj_set_grad_enabled(false);
    bool ok =
        clone_tensors(&m->params, &copy->params) && clone_tensors(&m->buffers, &copy->buffers);
    for (int i = 0; ok && i < m->n_children; i++) {
        AdjModule *child = m->children[i].module;
        AdjModule *own = child ? adj_module_clone(child) : NULL;
        ok = (own || !child) && adj_module_add_child(copy, m->children[i].name, own);
    }
    adj_set_grad_enabled(grad);
    return ok ? copy : NULL;
}

// ---------------------------------------------------------------- walking

typedef struct {
    AdjTensors list;
    int capacity;
} Collected;

static bool collect(AdjModule *m, Collected *out)
{
    for (int i = 0; i < m->params.n; i++) {
        AdjTensor *t = m->params.at[i].tensor;
        bool known = !t || !m->params.at[i].persistent;
        for (int k = 0; k < out->list.n && !known; k++) known = out->list.at[k] == t;
        if (known) continue;
        if (out->list.n == out->capacity &&
            !grow((void **)&out->list.at, &out->capacity, sizeof *out->list.at))
            return false;
        out->list.at[out->list.n++] = t;
    }
    for (int i = 0; i < m->n_children; i++)
        if (m->children[i].module && !collect(m->children[i].module, out)) return false;
    return true;
}

AdjTensors adj_parameters(AdjModule *m)
{
    Collected all = {{0, NULL}, 0};
    AdjTensors result = {0, NULL};
    if (m && collect(m, &all)) {
        result.at = adj_scope_memory((size_t)(all.list.n + 1) * sizeof *result.at);
        if (result.at && all.list.n) {
            memcpy(result.at, all.list.at, (size_t)all.list.n * sizeof *result.at);
            result.n = all.list.n;
        }
    }
    free(all.list.at);
    return result;
}

void adj_module_train(AdjModule *m, bool training)
{
    if (!m) return;
    m->training = training;
    for (int i = 0; i < m->n_children; i++) adj_module_train(m->children[i].module, training);
}

void adj_module_zero_grad(AdjModule *m)
{
    if (!m) return;
    if (ADJ_UNLIKELY(adj_thread.watchers & ADJ_WATCH_BEATS)) adj_record_beat(true);
    for (int i = 0; i < m->params.n; i++)
        if (m->params.at[i].tensor) adj_drop(&m->params.at[i].tensor->grad);
    for (int i = 0; i < m->n_children; i++) adj_module_zero_grad(m->children[i].module);
}

// ---------------------------------------------------------------- running

// Paths are made once per place a module is used from, so that running costs a comparison.
const char *adj_module_enter(AdjModule *m, const char *name)
{
    const char *outer = adj_thread.module;
    if (ADJ_UNLIKELY(adj_thread.watchers & ADJ_WATCH_BEATS) && !outer) adj_record_beat(false);
    if (m->path && m->outer_path == outer && (!name || m->path_name == name)) {
        adj_thread.module = m->path;
        return outer;
    }
    char text[512];
    bool nested = outer && *outer && name && *name;
    snprintf(text, sizeof text, "%s%s%s", outer ? outer : "", nested ? "." : "",
             name ? name : "");
    m->path = adj_intern(text);
    m->path_name = name;
    m->outer_path = outer;
    adj_thread.module = m->path;
    return outer;
}

void adj_module_leave(const char *outer)
{
    adj_thread.module = outer;
}

bool adj_module_run(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    if (!m->row->forward) {
        return adj_fail(ADJ_E_ABSENT,
                        "Module [%s] is missing the required \"forward\" function",
                        m->row->name);
    }
    return m->row->forward(m, in, out) && !adj_error_kind();
}

static const char *name_within(const AdjModule *parent, const AdjModule *m)
{
    for (int i = 0; i < parent->n_children; i++)
        if (parent->children[i].module == m) return parent->children[i].name;
    return "";
}

enum { MOST_INPUTS = 16 };

// A forward that takes a list of tensors gets all of them in it.
static bool pack(int n, const AdjValue *in, AdjValue *all)
{
    all->ts.n = n;
    all->ts.at = adj_scope_memory((size_t)n * sizeof *all->ts.at);
    for (int i = 0; all->ts.at && i < n; i++) all->ts.at[i] = in[i].t;
    return all->ts.at != NULL;
}

// The first [n] arguments of forward as given, defaults for the rest.
static bool fill_inputs(const AdjModuleRow *row, int n, const AdjValue *in, AdjValue *all)
{
    if (row->n_in == 1 && row->in[0].kind == ADJ_ARG_TENSORS) return pack(n, in, all);
    if (n > row->n_in || row->n_in > MOST_INPUTS) {
        return adj_fail(ADJ_E_TYPE, "%s: forward takes %d arguments, got %d", row->name,
                        row->n_in, n);
    }
    if (n) memcpy(all, in, (size_t)n * sizeof *in);
    for (int i = n; i < row->n_in; i++) {
        const AdjArg *a = &row->in[i];
        if (!a->has_default && !a->optional) {
            return adj_fail(ADJ_E_TYPE, "%s: forward is missing its argument '%s'", row->name,
                            a->name);
        }
        all[i] = a->value;
    }
    return true;
}

static AdjTensors call(AdjModule *m, int n, const AdjValue *in)
{
    AdjValue all[MOST_INPUTS], out = {.ts = {0, NULL}};
    if (!fill_inputs(m->row, n, in, all) || !adj_module_run(m, all, &out))
        return (AdjTensors){0, NULL};
    if (m->row->n_results != 1) return out.ts;
    AdjTensors one = {1, adj_scope_memory(sizeof *one.at)};
    if (!one.at) return (AdjTensors){0, NULL};
    one.at[0] = out.t;
    return one;
}

// What a forward makes of its own lies where its input does.
static void follow(const AdjModule *m, int n, const AdjValue *in)
{
    bool tensor = n && m->row->n_in && m->row->in[0].kind == ADJ_ARG_TENSOR;
    if (tensor && in[0].t) adj_device_use(adj_device_of(in[0].t));
}

AdjTensors adj_module_call_as(AdjModule *m, const char *name, int n, const AdjValue *in)
{
    if (!m || adj_error_kind()) return (AdjTensors){0, NULL};
    const char *outer = adj_module_enter(m, name);
    const AdjDevice *before = adj_thread.device;
    if (ADJ_UNLIKELY(adj_other_devices)) follow(m, n, in);
    AdjTensors out = call(m, n, in);
    if (ADJ_UNLIKELY(adj_thread.device != before)) adj_device_use(before);
    if (ADJ_UNLIKELY(adj_thread.watchers & ADJ_WATCH_VALUES) && out.n)
        adj_watch_module(m, out.at[0]);
    adj_module_leave(outer);
    return out;
}

AdjTensors adj_module_call(AdjModule *m, int n, const AdjValue *in)
{
    if (!m) return (AdjTensors){0, NULL};
    return adj_module_call_as(m, adj_thread.module ? NULL : m->row->name, n, in);
}

AdjTensors adj_module_call_child(const AdjModule *parent, AdjModule *child, int n,
                                 const AdjValue *in)
{
    return adj_module_call_as(child, name_within(parent, child), n, in);
}

AdjTensor *adj_forward(AdjModule *m, AdjTensor *x)
{
    if (!x) return NULL;
    AdjTensors out = adj_module_call(m, 1, &(AdjValue){.t = x});
    return out.n ? out.at[0] : NULL;
}

bool adj_module_nothing(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    (void)m, (void)in, (void)out;
    return true;
}

AdjTensor *adj_call_unary(const AdjOp *op, AdjTensor *x)
{
    AdjValue arg[MOST_INPUTS], y = {.t = NULL};
    if (!x || op->n_args > MOST_INPUTS) return NULL;
    arg[0] = (AdjValue){.t = x};
    for (int i = 1; i < op->n_args; i++) arg[i] = op->args[i].value;
    return op->call(arg, &y) ? y.t : NULL;
}

static bool sequential_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    out->t = in->t;
    for (int i = 0; i < m->n_children && out->t; i++) {
        AdjTensors y = adj_module_call_child(m, m->children[i].module, 1, out);
        out->t = y.n ? y.at[0] : NULL;
    }
    return out->t != NULL;
}

ADJ_MODULE(Sequential, "()", "(input: tensor) -> tensor",
           "Runs its children one after the other, each on the result of the one before.",
           .forward = sequential_forward)

ADJ_MODULE(Module, "()", "(input: tensor) -> tensor",
           "The base of every module: parameters, buffers and children by name. A class that "
           "inherits from it defines forward(self, ...).")

ADJ_MODULE(ModuleList, "()", "(input: tensor) -> tensor",
           "A list of modules whose parameters belong to the module that holds it.")

ADJ_MODULE(ModuleDict, "()", "(input: tensor) -> tensor",
           "Modules by name, whose parameters belong to the module that holds them.")

ADJ_MODULE(Lambda, "()", "(input: tensor) -> tensor",
           "A function as a module; what the pipe makes of a callable.")

AdjModule *adj_sequential(AdjModules list)
{
    AdjModule *m = adj_Sequential();
    for (int i = 0; m && i < list.n; i++) {
        char name[16];
        snprintf(name, sizeof name, "%d", i);
        if (!list.at[i] || !adj_module_add_child(m, name, list.at[i])) return NULL;
    }
    return m;
}
