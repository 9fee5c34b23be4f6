// SPDX-License-Identifier: Apache-2.0
// names.c: values, tensors and modules of the main program by what they are called.
#include "observe/watching.h"

#include "observe/observe.h"

#include <ctype.h>
#include <stdlib.h>

static bool lost(AdjVM *vm, const char *text, size_t length)
{
    if (adj_vm_failed(vm)) adj_vm_clear_error(vm);
    return adj_raise(vm, ADJ_EXC_KeyError, "nothing is named '%.*s'", (int)length, text);
}

static size_t word(const char *p)
{
    size_t n = 0;
    while (isalnum((unsigned char)p[n]) || p[n] == '_' || (unsigned char)p[n] >= 0x80) n++;
    return n;
}

static bool first_name(AdjVM *vm, const char *text, size_t n, AdjVal *out)
{
    AdjStr *name = adj_str_new(vm, text, n);
    if (!name) return false;
    AdjVal *found = adj_dict_find_str(adj_vm_main(vm)->dict, name);
    if (!found) found = adj_dict_find_str(adj_vm_prelude(vm), name);
    adj_obj_drop(name);
    if (!found) return lost(vm, text, n);
    *out = adj_val_keep(*found);
    return true;
}

static bool attribute(AdjVM *vm, const char *text, size_t n, AdjVal *v)
{
    char name[256];
    AdjVal next;
    snprintf(name, sizeof name, "%.*s", (int)n, text);
    if (!n || !adj_val_getattr_c(vm, *v, name, &next)) return false;
    adj_val_set(v, next);
    return true;
}

// [3], ['name']: constants only.
static bool item(AdjVM *vm, const char **p, AdjVal *v)
{
    AdjVal key, next;
    const char *at = *p + 1;
    if (*at == '\'' || *at == '"') {
        const char *end = strchr(at + 1, *at);
        if (!end || end[1] != ']') return false;
        key = adj_obj_val(adj_str_new(vm, at + 1, (size_t)(end - at - 1)));
        at = end + 2;
    } else {
        char *end;
        key = adj_int_val(strtoll(at, &end, 10));
        if (end == at || *end != ']') return false;
        at = end + 1;
    }
    *p = at;
    bool ok = adj_val_getitem(vm, *v, key, &next);
    adj_val_drop(key);
    if (ok) adj_val_set(v, next);
    return ok;
}

bool adj_observe_value(AdjVM *vm, const char *text, AdjVal *out)
{
    const char *p = text;
    size_t n = word(p);
    AdjVal v;
    if (!n || isdigit((unsigned char)*p)) return lost(vm, text, strlen(text));
    if (!first_name(vm, p, n, &v)) return false;
    p += n;
    while (*p) {
        bool ok = false;
        if (*p == '.') {
            n = word(++p);
            ok = attribute(vm, p, n, &v);
            p += n;
        } else if (*p == '[') {
            ok = item(vm, &p, &v);
        }
        if (ok) continue;
        adj_val_drop(v);
        return lost(vm, text, strlen(text));
    }
    *out = v;
    return true;
}

bool adj_observe_tensor(AdjVM *vm, const char *text, AdjTensor **out)
{
    AdjVal v;
    if (!adj_observe_value(vm, text, &v)) return false;
    bool is = adj_is_tensor(v);
    if (is) *out = adj_scoped(adj_keep(adj_tensor_of(v)));
    if (!is) adj_raise(vm, ADJ_EXC_TypeError, "%s is no Tensor but %s", text, adj_type_name(v));
    adj_val_drop(v);
    return is;
}

static void drop_module(void *m)
{
    AdjModule *module = m;
    adj_module_drop(&module);
}

bool adj_observe_module(AdjVM *vm, const char *text, AdjModule **out)
{
    AdjVal v;
    if (!adj_observe_value(vm, text, &v)) return false;
    bool is = adj_is_module(v) && adj_module_of(v)->m;
    if (is) {
        *out = adj_module_keep(adj_module_of(v)->m);
        adj_scope_defer(*out, drop_module);
    } else {
        adj_raise(vm, ADJ_EXC_TypeError, "%s is no Module but %s", text, adj_type_name(v));
    }
    adj_val_drop(v);
    return is;
}

const char *adj_module_class(const AdjModule *m)
{
    return m->handle ? ((const AdjObj *)m->handle)->type->name : m->row->name;
}

bool adj_path_is_below(const char *path, const char *root)
{
    size_t n = strlen(root);
    return path && !strncmp(path, root, n) && (!path[n] || path[n] == '.' || !n);
}

// ---------------------------------------------------------------- lists

// Room for one more in a list of the scope.
static bool room(void *array, int n, int *capacity, size_t size)
{
    if (n < *capacity) return true;
    int wanted = *capacity ? *capacity * 2 : 32;
    void *bigger = adj_scope_memory((size_t)wanted * size);
    if (!bigger) return false;
    if (n) memcpy(bigger, *(void **)array, (size_t)n * size);
    *(void **)array = bigger;
    *capacity = wanted;
    return true;
}

static const char *joined(const char *path, const char *name)
{
    size_t n = strlen(path) + strlen(name) + 2;
    char *text = adj_scope_memory(n);
    if (text) snprintf(text, n, "%s%s%s", path, *path && *name ? "." : "", name);
    return text ? text : "";
}

static bool list_below(AdjModulesAt *l, AdjModule *m, const char *path, const char *name,
                       int parent, int depth)
{
    enum { DEEP = 64 };
    if (depth > DEEP || !room(&l->at, l->n, &l->room, sizeof *l->at)) return depth > DEEP;
    int at = l->n;
    l->at[l->n++] = (AdjModuleAt){path, name, m, parent, depth};
    for (int i = 0; i < m->n_children; i++) {
        const AdjNamedModule *c = &m->children[i];
        if (c->module &&
            !list_below(l, c->module, joined(path, c->name), c->name, at, depth + 1))
            return false;
    }
    return true;
}

static bool is_listed(const AdjModulesAt *l, const AdjModule *m)
{
    for (int i = 0; i < l->n; i++)
        if (l->at[i].module == m) return true;
    return false;
}

// A module that another variable's holds too is listed there; so large ones come first.
static int size_of(const AdjModule *m, int depth)
{
    int n = 1;
    for (int i = 0; i < m->n_children && depth < 64; i++)
        if (m->children[i].module) n += size_of(m->children[i].module, depth + 1);
    return n;
}

bool adj_module_list(AdjVM *vm, const char *root, AdjModulesAt *out)
{
    *out = (AdjModulesAt){0};
    AdjModule *one;
    if (root)
        return adj_observe_module(vm, root, &one) && list_below(out, one, root, root, -1, 0);
    AdjDict *names = adj_vm_main(vm)->dict;
    AdjEntry *e;
    int largest = 0;
    for (int64_t i = 0; (e = adj_dict_next(names, &i));)
        if (adj_is_module(e->value) && adj_module_of(e->value)->m) {
            int n = size_of(adj_module_of(e->value)->m, 0);
            if (n > largest) largest = n;
        }
    for (int wanted = largest; wanted > 0;) {
        int next = 0;
        for (int64_t i = 0; (e = adj_dict_next(names, &i));) {
            if (!adj_is_str(e->key) || !adj_is_module(e->value)) continue;
            const char *name = adj_as_str(e->key)->data;
            AdjModule *m = adj_module_of(e->value)->m;
            int n = m && *name != '_' ? size_of(m, 0) : 0;
            if (n < wanted && n > next) next = n;
            if (n != wanted || is_listed(out, m)) continue;
            if (!list_below(out, m, joined("", name), name, -1, 0)) return false;
        }
        wanted = next;
    }
    return true;
}

static void name_tensor(AdjLeafNames *l, const AdjTensor *t, const char *name)
{
    if (t && room(&l->at, l->n, &l->room, sizeof *l->at))
        l->at[l->n++] = (AdjLeafName){t, name};
}

void adj_leaf_names(AdjVM *vm, AdjLeafNames *out)
{
    *out = (AdjLeafNames){0};
    AdjModulesAt modules;
    AdjEntry *e;
    if (adj_module_list(vm, NULL, &modules))
        for (int k = 0; k < modules.n; k++) {
            const AdjModule *m = modules.at[k].module;
            for (int i = 0; i < m->params.n; i++)
                name_tensor(out, m->params.at[i].tensor,
                            joined(modules.at[k].path, m->params.at[i].name));
            for (int i = 0; i < m->buffers.n; i++)
                name_tensor(out, m->buffers.at[i].tensor,
                            joined(modules.at[k].path, m->buffers.at[i].name));
        }
    for (int64_t i = 0; (e = adj_dict_next(adj_vm_main(vm)->dict, &i));)
        if (adj_is_str(e->key) && adj_is_tensor(e->value) && adj_as_str(e->key)->data[0] != '_')
            name_tensor(out, adj_tensor_of(e->value), joined("", adj_as_str(e->key)->data));
}

const char *adj_leaf_name(const AdjLeafNames *names, const AdjTensor *t)
{
    for (int i = 0; t && i < names->n; i++)
        if (names->at[i].tensor == t) return names->at[i].name;
    return NULL;
}

// ---------------------------------------------------------------- expressions

bool adj_observe_evaluate(AdjVM *vm, const char *code, bool grad, AdjTensor **out)
{
    AdjVal v;
    bool was = adj_set_grad_enabled(grad);
    bool ok = adj_vm_run(vm, "<observe>", code, strlen(code), ADJ_RUN_EVAL, &v);
    adj_set_grad_enabled(was);
    if (!ok) return false;
    AdjTensor *t = adj_is_tensor(v) ? adj_scoped(adj_keep(adj_tensor_of(v))) : NULL;
    double x;
    if (!t && !grad && adj_get_double(vm, v, &x))
        t = adj_full(ADJ_SCALAR_SHAPE, ADJ_F(x), ADJ_F64);
    adj_val_drop(v);
    if (t && t->numel == 1) {
        *out = t;
        return true;
    }
    if (adj_vm_failed(vm)) adj_vm_clear_error(vm);
    return adj_raise(vm, ADJ_EXC_ValueError, "%s must be one number, such as a loss", code);
}
