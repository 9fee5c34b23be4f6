// SPDX-License-Identifier: Apache-2.0
// containers.c: Sequential, ModuleList and ModuleDict, and the pipe that builds a Sequential.
#include "bind/module/flow.h"

static AdjModule *module(AdjVal v)
{
    return adj_module_of(v)->m;
}

bool adj_bind_is_container(const AdjModuleRow *row)
{
    return !strcmp(row->name, "Sequential") || !strcmp(row->name, "ModuleList") ||
           !strcmp(row->name, "ModuleDict");
}

// x through the children, in the language's terms, so that hooks and forwards of classes run.
bool adj_bind_run_children(AdjVM *vm, AdjVal self, AdjVal x, AdjVal *out)
{
    AdjModule *m = module(self);
    AdjVal at = adj_val_keep(x);
    for (int i = 0; i < m->n_children; i++) {
        AdjVal child, next;
        bool ok = adj_bind_child(vm, self, &m->children[i], &child);
        if (ok && !adj_is_none(child)) {
            ok = adj_vm_call(vm, child, &at, 1, NULL, &next);
            adj_val_drop(child);
            if (ok) adj_val_set(&at, next);
        }
        if (ok) continue;
        adj_val_drop(at);
        return false;
    }
    *out = at;
    return true;
}

static bool add_numbered(AdjVM *vm, AdjVal self, AdjVal child)
{
    char name[16];
    if (!adj_is_module(child)) {
        return adj_raise(vm, ADJ_EXC_TypeError, "%s is not a Module subclass",
                         adj_type_name(child));
    }
    snprintf(name, sizeof name, "%d", module(self)->n_children);
    return adj_bind_set_child(vm, self, name, child);
}

static bool add_all(AdjVM *vm, AdjVal self, AdjVal iterable)
{
    AdjList *list = adj_list_of(vm, iterable);
    bool ok = list != NULL;
    for (int64_t i = 0; ok && i < list->len; i++) ok = add_numbered(vm, self, list->items[i]);
    adj_obj_drop(list);
    return ok;
}

static bool add_named(AdjVM *vm, AdjVal self, AdjDict *d)
{
    AdjEntry *e;
    for (int64_t i = 0; (e = adj_dict_next(d, &i));) {
        if (!adj_is_str(e->key) || !adj_is_module(e->value)) {
            return adj_raise(vm, ADJ_EXC_TypeError, "%s is not a Module subclass",
                             adj_type_name(e->value));
        }
        if (!adj_bind_set_child(vm, self, adj_as_str(e->key)->data, e->value)) return false;
    }
    return true;
}

static bool make_empty(AdjVM *vm, AdjVal self)
{
    ADJ_SCOPE;
    AdjModule *m = adj_module_make(adj_bind_row_of(self.o->type), NULL);
    if (!m) return adj_bind_error(vm);
    adj_module_of(self)->m = adj_module_keep(m);
    m->handle = self.o;
    return true;
}

// Sequential(a, b, ...) or Sequential(OrderedDict).
static bool sequential_init(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    AdjTuple *args = adj_as_tuple(a[1]);
    if (!make_empty(vm, a[0])) return false;
    bool named = args->len == 1 && adj_is_dict(args->items[0]);
    return (named ? add_named(vm, a[0], adj_as_dict(args->items[0]))
                  : add_all(vm, a[0], a[1])) &&
           adj_out_none(out);
}

static bool list_init(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return make_empty(vm, a[0]) && (adj_is_unset(a[1]) || add_all(vm, a[0], a[1])) &&
           adj_out_none(out);
}

static bool dict_init(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    if (!make_empty(vm, a[0])) return false;
    if (!adj_is_unset(a[1]) && !adj_is_dict(a[1])) {
        return adj_raise(vm, ADJ_EXC_TypeError, "ModuleDict(): expected a dict, got %s",
                         adj_type_name(a[1]));
    }
    return (adj_is_unset(a[1]) || add_named(vm, a[0], adj_as_dict(a[1]))) && adj_out_none(out);
}

static bool append(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return add_numbered(vm, a[0], a[1]) && adj_out_keep(out, a[0]);
}

static bool extend(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return add_all(vm, a[0], a[1]) && adj_out_keep(out, a[0]);
}

static bool insert(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    int64_t at;
    AdjModule *m = module(a[0]);
    if (!adj_get_int(vm, a[1], &at) || !add_numbered(vm, a[0], a[2])) return false;
    int last = m->n_children - 1;
    if (at < 0) at += last;
    at = at < 0 ? 0 : at > last ? last : at;
    AdjModule *moved = m->children[last].module;  // names stay in order, modules move up
    for (int i = last; i > at; i--) m->children[i].module = m->children[i - 1].module;
    m->children[at].module = moved;
    return adj_out_none(out);
}

// ---------------------------------------------------------------- as sequences

static bool container_len(AdjVM *vm, AdjVal self, int64_t *out)
{
    (void)vm;
    *out = module(self)->n_children;
    return true;
}

// A part of a Sequential keeps the names of its children, a part of a list counts anew.
static bool part(AdjVM *vm, AdjVal self, AdjSlice *s, AdjVal *out)
{
    int64_t start, step, count;
    AdjModule *m = module(self);
    if (!adj_slice_clip(vm, s, m->n_children, &start, &step, &count)) return false;
    AdjVal made = adj_obj_val(adj_obj_new(vm, adj_bind_row_type(m->row)));
    bool ok = !adj_is_undef(made) && make_empty(vm, made);
    bool keep_names = !strcmp(m->row->name, "Sequential");
    for (int64_t i = 0; ok && i < count; i++) {
        AdjVal child;
        const char *name = m->children[start + i * step].name;
        ok = adj_bind_child(vm, self, &m->children[start + i * step], &child);
        if (!ok) break;
        ok = keep_names ? adj_bind_set_child(vm, made, name, child)
                        : add_numbered(vm, made, child);
        adj_val_drop(child);
    }
    if (ok)
        *out = made;
    else
        adj_val_drop(made);
    return ok;
}

static bool place(AdjVM *vm, AdjVal self, AdjVal key, int64_t *at)
{
    int64_t n = module(self)->n_children;
    if (!adj_get_int(vm, key, at)) return false;
    if (*at < -n || *at >= n) {
        return adj_raise(vm, ADJ_EXC_IndexError, "index %lld is out of range", (long long)*at);
    }
    if (*at < 0) *at += n;
    return true;
}

static bool list_getitem(AdjVM *vm, AdjVal self, AdjVal key, AdjVal *out)
{
    int64_t at;
    if (adj_is_exact(key, &adj_type_slice)) return part(vm, self, (AdjSlice *)key.o, out);
    return place(vm, self, key, &at) &&
           adj_bind_child(vm, self, &module(self)->children[at], out);
}

typedef enum { KEYS, VALUES, ITEMS } Part;
static bool list_of(AdjVM *vm, AdjVal self, Part what, AdjVal *out);

static void remove_child(AdjVal self, const char *name)
{
    AdjModuleObject *o = adj_module_of(self);
    AdjStr *key = adj_str_new_c(NULL, name);
    AdjVal old;
    if (o->children && key && adj_dict_remove(NULL, o->children, adj_obj_val(key), &old) == 1)
        adj_val_drop(old);
    adj_obj_drop(key);
    adj_module_remove(o->m, name);
}

// Takes child [at] out; those behind it move up, under new numbers.
static bool remove_at(AdjVM *vm, AdjVal self, int64_t at)
{
    AdjVal all;
    if (!list_of(vm, self, VALUES, &all)) return false;
    AdjModule *m = module(self);
    while (m->n_children) remove_child(self, m->children[m->n_children - 1].name);
    AdjList *list = adj_as_list(all);
    bool ok = true;
    for (int64_t i = 0; ok && i < list->len; i++)
        ok = i == at || add_numbered(vm, self, list->items[i]);
    adj_val_drop(all);
    return ok;
}

static bool list_pop(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    int64_t at;
    if (!place(vm, a[0], a[1], &at) ||
        !adj_bind_child(vm, a[0], &module(a[0])->children[at], out))
        return false;
    if (remove_at(vm, a[0], at)) return true;
    adj_val_drop(*out);
    return false;
}

static bool list_setitem(AdjVM *vm, AdjVal self, AdjVal key, AdjVal value)
{
    int64_t at;
    if (!place(vm, self, key, &at)) return false;
    if (adj_is_undef(value)) return remove_at(vm, self, at);
    if (!adj_is_module(value)) {
        return adj_raise(vm, ADJ_EXC_TypeError, "%s is not a Module subclass",
                         adj_type_name(value));
    }
    return adj_bind_set_child(vm, self, module(self)->children[at].name, value);
}

static bool dict_getitem(AdjVM *vm, AdjVal self, AdjVal key, AdjVal *out)
{
    AdjNamedModule *c =
        adj_is_str(key) ? adj_module_find_child(module(self), adj_as_str(key)->data) : NULL;
    return c ? adj_bind_child(vm, self, c, out) : adj_raise_key(vm, key);
}

static bool dict_delete(AdjVM *vm, AdjVal self, AdjVal key)
{
    if (!adj_is_str(key) || !adj_module_find_child(module(self), adj_as_str(key)->data))
        return adj_raise_key(vm, key);
    remove_child(self, adj_as_str(key)->data);
    return true;
}

static bool dict_pop(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    if (!dict_getitem(vm, a[0], a[1], out)) return false;
    if (dict_delete(vm, a[0], a[1])) return true;
    adj_val_drop(*out);
    return false;
}

static bool dict_clear(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)vm, (void)n;
    AdjModule *m = module(a[0]);
    while (m->n_children) remove_child(a[0], m->children[m->n_children - 1].name);
    return adj_out_none(out);
}

static bool dict_setitem(AdjVM *vm, AdjVal self, AdjVal key, AdjVal value)
{
    if (adj_is_undef(value)) return dict_delete(vm, self, key);
    if (!adj_is_str(key) || !adj_is_module(value)) {
        return adj_raise(vm, ADJ_EXC_TypeError, "%s is not a Module subclass",
                         adj_type_name(value));
    }
    return adj_bind_set_child(vm, self, adj_as_str(key)->data, value);
}

// update({...}) or update([(name, module), ...]).
static bool dict_update(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    if (adj_is_dict(a[1])) return add_named(vm, a[0], adj_as_dict(a[1])) && adj_out_none(out);
    AdjVal items = ADJ_UNDEF;
    if (adj_is_module(a[1]) && !list_of(vm, a[1], ITEMS, &items)) return false;
    AdjList *list = adj_list_of(vm, adj_is_undef(items) ? a[1] : items);
    adj_val_drop(items);
    bool ok = list != NULL;
    for (int64_t i = 0; ok && i < list->len; i++) {
        AdjVal key, value;
        ok = adj_val_getitem(vm, list->items[i], adj_int_val(0), &key);
        if (!ok) break;
        ok = adj_val_getitem(vm, list->items[i], adj_int_val(1), &value);
        if (ok) {
            ok = dict_setitem(vm, a[0], key, value);
            adj_val_drop(value);
        }
        adj_val_drop(key);
    }
    adj_obj_drop(list);
    return ok && adj_out_none(out);
}

static bool dict_contains(AdjVM *vm, AdjVal self, AdjVal item, bool *out)
{
    (void)vm;
    *out = adj_is_str(item) && adj_module_find_child(module(self), adj_as_str(item)->data);
    return true;
}

static bool list_of(AdjVM *vm, AdjVal self, Part what, AdjVal *out)
{
    AdjModule *m = module(self);
    AdjList *list = adj_list_new(vm, m->n_children);
    for (int i = 0; list && i < m->n_children; i++) {
        AdjVal pair[2] = {ADJ_UNDEF, ADJ_UNDEF}, item;
        bool ok =
            (what == VALUES || adj_out(&pair[0], adj_str_new_c(vm, m->children[i].name))) &&
            (what == KEYS || adj_bind_child(vm, self, &m->children[i], &pair[1]));
        if (ok && what == ITEMS)
            ok = adj_out(&item, adj_tuple_from(vm, pair, 2));
        else if (ok)
            item = adj_val_keep(pair[what == VALUES]);
        adj_val_drop(pair[0]);
        adj_val_drop(pair[1]);
        if (ok && adj_list_append_take(vm, list, item)) continue;
        adj_obj_drop(list);
        return false;
    }
    return adj_out(out, list);
}

static bool iterate(AdjVM *vm, AdjVal self, Part what, AdjVal *out)
{
    AdjVal list;
    if (!list_of(vm, self, what, &list)) return false;
    bool ok = adj_val_iter(vm, list, out);
    adj_val_drop(list);
    return ok;
}

static bool list_iter(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return iterate(vm, self, VALUES, out);
}
static bool dict_iter(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return iterate(vm, self, KEYS, out);
}

static bool m_keys(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return list_of(vm, a[0], KEYS, out);
}

static bool m_values(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return list_of(vm, a[0], VALUES, out);
}

static bool m_items(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return list_of(vm, a[0], ITEMS, out);
}

static const AdjNative sequential_methods[] = {
    {"__init__", "(self, *args)", sequential_init, "Modules to run one after the other.", 0},
    {"append", "(self, module)", append, "Adds a module at the end.", 0},
    {"extend", "(self, modules)", extend, "Adds modules at the end.", 0},
    {"insert", "(self, index, module)", insert, "Adds a module before [index].", 0},
    {"pop", "(self, key=-1)", list_pop, "Takes a module out; the others are numbered anew.", 0},
    {0},
};
static const AdjNative list_methods[] = {
    {"__init__", "(self, modules=None)", list_init, "A list of modules.", 0},
    {"append", "(self, module)", append, "Adds a module at the end.", 0},
    {"extend", "(self, modules)", extend, "Adds modules at the end.", 0},
    {"insert", "(self, index, module)", insert, "Adds a module before [index].", 0},
    {"pop", "(self, key=-1)", list_pop, "Takes a module out; the others are numbered anew.", 0},
    {0},
};
static const AdjNative dict_methods[] = {
    {"__init__", "(self, modules=None)", dict_init, "Modules by name.", 0},
    {"keys", "(self)", m_keys, "The names.", 0},
    {"values", "(self)", m_values, "The modules.", 0},
    {"items", "(self)", m_items, "Names and modules.", 0},
    {"pop", "(self, key)", dict_pop, "Takes a module out.", 0},
    {"clear", "(self)", dict_clear, "Takes all modules out.", 0},
    {"update", "(self, modules)", dict_update, "Adds modules of a dict or of pairs.", 0},
    {0},
};

// layers += [...]
static bool list_inplace(AdjVM *vm, AdjBinary op, AdjVal a, AdjVal b, AdjVal *out)
{
    if (op == ADJ_B_ADD) return add_all(vm, a, b) && adj_out_keep(out, a);
    *out = ADJ_NOTIMPL;
    return true;
}

void adj_bind_container_slots(const AdjModuleRow *row, AdjType *t)
{
    if (!adj_bind_is_container(row)) return;
    t->len = container_len;
    bool by_name = !strcmp(row->name, "ModuleDict");
    t->getitem = by_name ? dict_getitem : list_getitem;
    t->setitem = by_name ? dict_setitem : list_setitem;
    t->iter = by_name ? dict_iter : list_iter;
    if (by_name) t->contains = dict_contains;
    if (!by_name) t->inplace = list_inplace;
    t->methods = by_name                            ? dict_methods
                 : !strcmp(row->name, "Sequential") ? sequential_methods
                                                    : list_methods;
}

// ---------------------------------------------------------------- a |> b

bool adj_bind_is_composable(AdjVM *vm, AdjVal v)
{
    (void)vm;
    return adj_is_module(v) || adj_is_exact(v, &adj_type_op) ||
           (v.tag == ADJ_T_OBJ &&
            (v.o->type == &adj_type_function || v.o->type == &adj_type_native));
}

// A callable that is not a module becomes one: a Module whose forward is the callable.
bool adj_bind_as_module(AdjVM *vm, AdjVal v, AdjVal *out)
{
    if (adj_is_module(v)) return adj_out_keep(out, v);
    AdjVal made =
        adj_obj_val(adj_obj_new(vm, adj_bind_row_type(adj_module_row_find("Lambda"))));
    if (adj_is_undef(made)) return false;
    if (make_empty(vm, made) && adj_val_setattr_c(vm, made, "forward", v)) {
        *out = made;
        return true;
    }
    adj_val_drop(made);
    return false;
}

// A Sequential made by a pipe grows with the next one, so that a |> b |> c is flat.
bool adj_bind_compose(AdjVM *vm, AdjVal a, AdjVal b, AdjVal *out)
{
    AdjVal made =
        adj_obj_val(adj_obj_new(vm, adj_bind_row_type(adj_module_row_find("Sequential"))));
    if (adj_is_undef(made)) return false;
    bool ok = make_empty(vm, made);
    bool chain = adj_is_module(a) && !strcmp(module(a)->row->name, "Sequential") &&
                 !(a.o->type->flags & ADJ_TF_HEAP);
    for (int i = 0; ok && chain && i < module(a)->n_children; i++) {
        AdjVal child;
        ok = adj_bind_child(vm, a, &module(a)->children[i], &child) &&
             add_numbered(vm, made, child);
        adj_val_drop(child);
    }
    AdjVal parts[2] = {a, b};
    for (int i = chain ? 1 : 0; ok && i < 2; i++) {
        AdjVal m;
        ok = adj_bind_as_module(vm, parts[i], &m) && add_numbered(vm, made, m);
        if (ok) adj_val_drop(m);
    }
    if (ok)
        *out = made;
    else
        adj_val_drop(made);
    return ok;
}
