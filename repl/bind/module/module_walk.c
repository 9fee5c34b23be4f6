// SPDX-License-Identifier: Apache-2.0
// module_walk.c: the methods of Module that walk the tree of children: names and values, state
// dicts, modes, conversion, printing, hooks. Names are dotted paths; shared parameters appear
// once.
#include "bind/module/module.h"

// ---------------------------------------------------------------- collecting

typedef enum { PARAMS, BUFFERS, MODULES, CHILDREN } What;

typedef struct {
    AdjVM *vm;
    What what;
    bool named, recurse, persistent_only;
    bool every;  // shared ones under each of their names
    AdjList *out;
    void **seen;  // tensors or modules met so far
    int n, capacity;
} Walk;

static bool is_new(Walk *w, void *p)
{
    if (w->every) return true;
    for (int i = 0; i < w->n; i++)
        if (w->seen[i] == p) return false;
    if (w->n == w->capacity) {
        int wanted = w->capacity ? w->capacity * 2 : 32;
        void **bigger = realloc(w->seen, (size_t)wanted * sizeof *bigger);
        if (!bigger) return true;
        w->seen = bigger;
        w->capacity = wanted;
    }
    w->seen[w->n++] = p;
    return true;
}

// Takes [v].
static bool emit(Walk *w, const char *name, AdjVal v)
{
    if (!w->named) return adj_list_append_take(w->vm, w->out, v);
    AdjTuple *pair = adj_tuple_new(w->vm, 2);
    if (!pair) {
        adj_val_drop(v);
        return false;
    }
    pair->items[1] = v;
    AdjStr *s = adj_str_new_c(w->vm, name);
    if (s) pair->items[0] = adj_obj_val(s);
    return adj_list_append_take(w->vm, w->out, adj_obj_val(pair)) && s;
}

static bool emit_tensors(Walk *w, AdjNamedTensors *list, const char *prefix)
{
    char name[512];
    for (int i = 0; i < list->n; i++) {
        AdjNamedTensor *t = &list->at[i];
        AdjVal v;
        bool listed = t->persistent || (w->what != PARAMS && !w->persistent_only);
        if (!t->tensor || !listed || !is_new(w, t->tensor)) continue;
        snprintf(name, sizeof name, "%s%s", prefix, t->name);
        if (!adj_bind_tensor(w->vm, t->tensor, &v) || !emit(w, name, v)) return false;
    }
    return true;
}

static bool walk(Walk *w, AdjVal self, const char *prefix)
{
    AdjModule *m = adj_module_of(self)->m;
    char path[512];
    bool ok = true;
    if (w->what == MODULES) {
        size_t n = strlen(prefix);
        snprintf(path, sizeof path, "%.*s", (int)(n ? n - 1 : 0), prefix);
        if (!is_new(w, m)) return true;
        ok = emit(w, path, adj_val_keep(self));
    } else if (w->what != CHILDREN) {
        ok = emit_tensors(w, w->what == PARAMS ? &m->params : &m->buffers, prefix);
    }
    for (int i = 0; ok && w->recurse && i < m->n_children; i++) {
        AdjNamedModule *c = &m->children[i];
        AdjVal child;
        if (!c->module) continue;
        if (!adj_bind_child(w->vm, self, c, &child)) return false;
        if (w->what == CHILDREN) {
            ok = !is_new(w, c->module) || emit(w, c->name, adj_val_keep(child));
        } else {
            snprintf(path, sizeof path, "%s%s.", prefix, c->name);
            ok = walk(w, child, path);
        }
        adj_val_drop(child);
    }
    return ok;
}

static AdjList *collect(Walk w, AdjVal self, const char *prefix)
{
    if (!adj_bind_module_ready(w.vm, self)) return NULL;
    w.out = adj_list_new(w.vm, 16);
    bool ok = w.out && walk(&w, self, prefix);
    free(w.seen);
    if (ok) return w.out;
    adj_obj_drop(w.out);
    return NULL;
}

// PyTorch returns generators; an iterator behaves the same.
static bool iterate_walk(Walk w, AdjVal self, const char *prefix, AdjVal *out)
{
    AdjList *list = collect(w, self, prefix);
    if (!list) return false;
    bool ok = adj_val_iter(w.vm, adj_obj_val(list), out);
    adj_obj_drop(list);
    return ok;
}

static bool iterate(AdjVM *vm, AdjVal self, What what, bool named, bool recurse, AdjVal *out)
{
    Walk w = {.vm = vm, .what = what, .named = named, .recurse = recurse};
    return iterate_walk(w, self, "", out);
}

static bool flag(AdjVM *vm, AdjVal v, bool *out)
{
    return adj_val_truth(vm, v, out);
}

static bool m_parameters(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    bool recurse;
    return flag(vm, a[1], &recurse) && iterate(vm, a[0], PARAMS, false, recurse, out);
}

static bool m_num_parameters(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    bool trainable;
    if (!adj_bind_module_ready(vm, a[0]) || !flag(vm, a[1], &trainable)) return false;
    AdjTensors all = adj_parameters(adj_module_of(a[0])->m);
    int64_t count = 0;
    for (int i = 0; i < all.n; i++)
        if (!trainable || adj_requires_grad(all.at[i])) count += adj_numel(all.at[i]);
    return adj_out_int(out, count);
}

static const char *prefix_text(AdjVal v, char *room, size_t n)
{
    const char *s = adj_is_str(v) ? adj_as_str(v)->data : "";
    snprintf(room, n, "%s%s", s, *s ? "." : "");
    return room;
}

static bool named(AdjVM *vm, AdjVal *a, What what, AdjVal *out)
{
    bool recurse, once;
    char room[256];
    if (!flag(vm, a[2], &recurse) || !flag(vm, a[3], &once)) return false;
    Walk w = {.vm = vm, .what = what, .named = true, .recurse = recurse, .every = !once};
    return iterate_walk(w, a[0], prefix_text(a[1], room, sizeof room), out);
}

static bool m_named_parameters(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return named(vm, a, PARAMS, out);
}

static bool m_buffers(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    bool recurse;
    return flag(vm, a[1], &recurse) && iterate(vm, a[0], BUFFERS, false, recurse, out);
}

static bool m_named_buffers(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return named(vm, a, BUFFERS, out);
}

static bool m_children(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return iterate(vm, a[0], CHILDREN, false, true, out);
}

static bool m_named_children(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return iterate(vm, a[0], CHILDREN, true, true, out);
}

static bool m_modules(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return iterate(vm, a[0], MODULES, false, true, out);
}

static bool m_named_modules(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    bool once;
    char room[256];
    if (!adj_is_none(a[1]))
        return adj_raise(vm, ADJ_EXC_TypeError, "named_modules: memo must be None");
    if (!flag(vm, a[3], &once)) return false;
    Walk w = {.vm = vm, .what = MODULES, .named = true, .recurse = true, .every = !once};
    return iterate_walk(w, a[0], prefix_text(a[2], room, sizeof room), out);
}

// ---------------------------------------------------------------- state dicts

// Parameters and persistent buffers by dotted name, module by module, as detached tensors.
static bool fill_state(AdjVM *vm, AdjModule *m, const char *prefix, bool keep_vars,
                       AdjDict *out)
{
    char name[512];
    AdjNamedTensors *lists[] = {&m->params, &m->buffers};
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < lists[k]->n; i++) {
            AdjNamedTensor *t = &lists[k]->at[i];
            AdjVal v;
            if (!t->tensor || !t->persistent) continue;
            ADJ_SCOPE;
            snprintf(name, sizeof name, "%s%s", prefix, t->name);
            if (!adj_bind_tensor(vm, keep_vars ? t->tensor : adj_detach(t->tensor), &v))
                return false;
            bool ok = adj_dict_set_c(vm, out, name, v);
            adj_val_drop(v);
            if (!ok) return false;
        }
    }
    for (int i = 0; i < m->n_children; i++) {
        if (!m->children[i].module) continue;
        snprintf(name, sizeof name, "%s%s.", prefix, m->children[i].name);
        if (!fill_state(vm, m->children[i].module, name, keep_vars, out)) return false;
    }
    return true;
}

static bool m_state_dict(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    if (!adj_bind_module_ready(vm, a[0])) return false;
    bool keep_vars;
    if (!flag(vm, a[3], &keep_vars)) return false;
    if (!adj_is_none(a[1]) && !adj_is_dict(a[1]))
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "state_dict: destination must be a dict, got %s", adj_type_name(a[1]));
    const char *prefix = adj_is_str(a[2]) ? adj_as_str(a[2])->data : "";
    AdjDict *d = adj_is_none(a[1]) ? adj_dict_new(vm) : adj_as_dict(adj_val_keep(a[1]));
    if (d && fill_state(vm, adj_module_of(a[0])->m, prefix, keep_vars, d))
        return adj_out(out, d);
    adj_obj_drop(d);
    return false;
}

typedef struct {
    AdjVM *vm;
    AdjDict *from;
    AdjBuf missing, unexpected, mismatched;
    AdjList *missing_list, *unexpected_list;
    int64_t used;
} Load;

static bool list_name(Load *l, AdjBuf *b, AdjList *list, const char *name)
{
    AdjStr *s = adj_str_new_c(l->vm, name);
    return adj_buf_printf(l->vm, b, "%s\"%s\"", b->len ? ", " : "", name) && s &&
           adj_list_append_take(l->vm, list, adj_obj_val(s));
}

// Batch normalisation counts batches only since PyTorch 0.4.1; state without the count is
// whole.
static bool is_count(const char *name)
{
    const char *last = strrchr(name, '.');
    return !strcmp(last ? last + 1 : name, "num_batches_tracked");
}

static bool load_tensor(Load *l, AdjTensor *t, const char *name)
{
    AdjVal *v = adj_dict_find_c(l->from, name);
    if (!v && is_count(name)) return true;
    if (!v) return list_name(l, &l->missing, l->missing_list, name);
    l->used++;
    if (!adj_is_tensor(*v)) {
        return adj_raise(l->vm, ADJ_EXC_TypeError,
                         "load_state_dict: \"%s\" is %s, not a Tensor", name,
                         adj_type_name(*v));
    }
    ADJ_SCOPE;
    AdjTensor *from = adj_tensor_of(*v);
    if (!adj_shape_equal(adj_shape(t), adj_shape(from))) {
        AdjVal a, b;
        if (!adj_bind_size(l->vm, adj_shape(from), &a) ||
            !adj_bind_size(l->vm, adj_shape(t), &b))
            return false;
        bool ok =
            adj_buf_printf(l->vm, &l->mismatched,
                           "\n\tsize mismatch for %s: copying a param with shape ", name) &&
            adj_buf_add_repr(l->vm, &l->mismatched, a) &&
            adj_buf_add_c(l->vm, &l->mismatched,
                          " from checkpoint, the shape in current model is ") &&
            adj_buf_add_repr(l->vm, &l->mismatched, b) &&
            adj_buf_add_c(l->vm, &l->mismatched, ".");
        adj_val_drop(a);
        adj_val_drop(b);
        return ok;
    }
    adj_touch(t);
    return adj_copy_data(t, from) || adj_bind_error(l->vm);
}

static bool load_module(Load *l, AdjModule *m, const char *prefix)
{
    char name[512];
    AdjNamedTensors *lists[] = {&m->params, &m->buffers};
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < lists[k]->n; i++) {
            AdjNamedTensor *t = &lists[k]->at[i];
            if (!t->tensor || !t->persistent) continue;
            snprintf(name, sizeof name, "%s%s", prefix, t->name);
            if (!load_tensor(l, t->tensor, name)) return false;
        }
    }
    for (int i = 0; i < m->n_children; i++) {
        if (!m->children[i].module) continue;
        snprintf(name, sizeof name, "%s%s.", prefix, m->children[i].name);
        if (!load_module(l, m->children[i].module, name)) return false;
    }
    return true;
}

static bool find_unexpected(Load *l, AdjDict *own)
{
    AdjEntry *e;
    for (int64_t i = 0; (e = adj_dict_next(l->from, &i));) {
        if (!adj_is_str(e->key)) continue;
        if (adj_dict_find_str(own, adj_as_str(e->key))) continue;
        if (!list_name(l, &l->unexpected, l->unexpected_list, adj_as_str(e->key)->data))
            return false;
    }
    return true;
}

static bool add_keys(AdjVM *vm, AdjBuf *b, const char *what, const AdjBuf *names)
{
    if (!names->len) return true;
    return adj_buf_add_c(vm, b, what) && adj_buf_add(vm, b, names->data, names->len) &&
           adj_buf_add_c(vm, b, ". ");
}

static bool report(Load *l, AdjVal self, bool strict)
{
    AdjBuf b = {0};
    bool ok = true;
    if (strict) {
        ok = add_keys(l->vm, &b, "\n\tMissing key(s) in state_dict: ", &l->missing) &&
             add_keys(l->vm, &b, "\n\tUnexpected key(s) in state_dict: ", &l->unexpected);
    }
    if (ok && l->mismatched.len)
        ok = adj_buf_add(l->vm, &b, l->mismatched.data, l->mismatched.len);
    if (ok && b.len) {
        ok = adj_buf_add_char(l->vm, &b, 0) &&
             adj_raise(l->vm, ADJ_EXC_RuntimeError, "Error(s) in loading state_dict for %s:%s",
                       adj_type_name(self), b.data);
    }
    adj_buf_free(&b);
    return ok;
}

static bool keys_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    AdjVal *lists = adj_as_tuple(self)->items;
    if (!adj_as_list(lists[0])->len && !adj_as_list(lists[1])->len)
        return adj_out(out, adj_str_new_c(vm, "<All keys matched successfully>"));
    AdjBuf b = {0};
    bool ok = adj_buf_add_c(vm, &b, "_IncompatibleKeys(missing_keys=") &&
              adj_buf_add_repr(vm, &b, lists[0]) &&
              adj_buf_add_c(vm, &b, ", unexpected_keys=") &&
              adj_buf_add_repr(vm, &b, lists[1]) && adj_buf_add_char(vm, &b, ')');
    return ok ? adj_buf_str(vm, &b, out) : (adj_buf_free(&b), false);
}

static bool get_missing(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, adj_as_tuple(self)->items[0]);
}

static bool get_unexpected(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    return adj_out_keep(out, adj_as_tuple(self)->items[1]);
}

static const AdjAttr keys_attrs[] = {
    {"missing_keys", get_missing, NULL, "Names the file lacks."},
    {"unexpected_keys", get_unexpected, NULL, "Names the model lacks."},
    {0},
};
static AdjType keys_type = {.name = "_IncompatibleKeys",
                            .base = &adj_type_tuple,
                            .flags = ADJ_TF_GC,
                            .attrs = keys_attrs,
                            .repr = keys_repr};

// The pair of lists PyTorch returns, with its names.
static bool incompatible_keys(AdjVM *vm, Load *l, AdjVal *out)
{
    if (!adj_type_ready(&keys_type)) return false;
    AdjTuple *t = adj_obj_new_sized(vm, &keys_type, sizeof *t + 2 * sizeof *t->items);
    if (!t) return false;
    t->len = 2;
    t->items[0] = adj_val_keep(adj_obj_val(l->missing_list));
    t->items[1] = adj_val_keep(adj_obj_val(l->unexpected_list));
    return adj_out(out, t);
}

static bool m_load_state_dict(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    bool strict;
    if (!adj_bind_module_ready(vm, a[0]) || !flag(vm, a[2], &strict)) return false;
    if (!adj_is_dict(a[1])) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "Expected state_dict to be dict-like, got <class '%s'>.",
                         adj_type_name(a[1]));
    }
    Load l = {.vm = vm,
              .from = adj_as_dict(a[1]),
              .missing_list = adj_list_new(vm, 0),
              .unexpected_list = adj_list_new(vm, 0)};
    AdjDict *own = adj_dict_new(vm);
    AdjModule *m = adj_module_of(a[0])->m;
    bool ok = l.missing_list && l.unexpected_list && own && fill_state(vm, m, "", false, own) &&
              load_module(&l, m, "") && find_unexpected(&l, own) && report(&l, a[0], strict) &&
              incompatible_keys(vm, &l, out);
    adj_buf_free(&l.missing);
    adj_buf_free(&l.unexpected);
    adj_buf_free(&l.mismatched);
    adj_obj_drop(l.missing_list);
    adj_obj_drop(l.unexpected_list);
    adj_obj_drop(own);
    return ok;
}

// ---------------------------------------------------------------- modes, gradients, types

static bool m_train(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    bool on;
    if (!adj_bind_module_ready(vm, a[0]) || !flag(vm, a[1], &on)) return false;
    adj_module_train(adj_module_of(a[0])->m, on);
    return adj_out_keep(out, a[0]);
}

static bool m_eval(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    if (!adj_bind_module_ready(vm, a[0])) return false;
    adj_module_train(adj_module_of(a[0])->m, false);
    return adj_out_keep(out, a[0]);
}

static bool m_zero_grad(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    if (!adj_bind_module_ready(vm, a[0])) return false;
    adj_module_zero_grad(adj_module_of(a[0])->m);
    return adj_out_none(out);
}

static bool m_requires_grad_(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    bool on;
    if (!adj_bind_module_ready(vm, a[0]) || !flag(vm, a[1], &on)) return false;
    ADJ_SCOPE;
    AdjTensors all = adj_parameters(adj_module_of(a[0])->m);
    for (int i = 0; i < all.n; i++)
        if (!adj_require_grad(all.at[i], on)) return adj_bind_error(vm);
    return adj_out_keep(out, a[0]);
}

// [t] in a type and a place; itself when it has both. Only floats change their type.
static AdjTensor *converted(AdjTensor *t, AdjDtype dtype, const AdjDevice *d)
{
    AdjTensor *as = adj_detach(t);
    if (d) as = adj_on(as, d);
    bool other = dtype != ADJ_SAME && adj_is_float(t) && t->dtype != dtype;
    return as && other ? adj_to(as, dtype) : as;
}

static bool is_converted(const AdjTensor *t, AdjDtype dtype, const AdjDevice *d)
{
    return (!d || adj_device_of(t) == d) &&
           (dtype == ADJ_SAME || !adj_is_float(t) || t->dtype == dtype);
}

// Gives [t] the converted contents; it stays the same parameter. Its gradient moves with it.
static bool convert_tensor(AdjTensor *t, AdjDtype dtype, const AdjDevice *d)
{
    if (!t || is_converted(t, dtype, d)) return true;
    ADJ_SCOPE;
    AdjTensor *as = adj_contiguous(converted(t, dtype, d));
    if (!as) return false;
    AdjStorage *old = t->storage;
    as->storage->refs++;
    t->storage = as->storage;
    adj_storage_drop(old);
    t->dtype = as->dtype;
    t->offset = as->offset;
    memcpy(t->strides, as->strides, sizeof t->strides);
    return !t->grad || !d || adj_set_grad(t, adj_on(adj_detach(t->grad), d));
}

// A buffer is another tensor afterwards: the one that was registered may be the caller's own.
static bool convert_buffer(AdjTensor **t, AdjDtype dtype, const AdjDevice *d)
{
    if (!*t || is_converted(*t, dtype, d)) return true;
    ADJ_SCOPE;
    AdjTensor *as = converted(*t, dtype, d);
    if (!as) return false;
    adj_drop(t);
    *t = adj_keep(as);
    return true;
}

bool adj_bind_module_convert(AdjVM *vm, AdjModule *m, AdjDtype dtype, const AdjDevice *d)
{
    for (int i = 0; i < m->params.n; i++)
        if (m->params.at[i].persistent && !convert_tensor(m->params.at[i].tensor, dtype, d))
            return adj_bind_error(vm);
    for (int i = 0; i < m->buffers.n; i++)
        if (!convert_buffer(&m->buffers.at[i].tensor, dtype, d)) return adj_bind_error(vm);
    for (int i = 0; i < m->n_children; i++)
        if (m->children[i].module &&
            !adj_bind_module_convert(vm, m->children[i].module, dtype, d))
            return false;
    return true;
}

static bool move(AdjVM *vm, AdjVal *a, AdjDtype dtype, const AdjDevice *d, AdjVal *out)
{
    return adj_bind_module_ready(vm, a[0]) &&
           ((dtype == ADJ_SAME && !d) ||
            adj_bind_module_convert(vm, adj_module_of(a[0])->m, dtype, d)) &&
           adj_out_keep(out, a[0]);
}

static bool convert(AdjVM *vm, AdjVal *a, AdjDtype dtype, AdjVal *out)
{
    return move(vm, a, dtype, NULL, out);
}

static bool m_float(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return convert(vm, a, ADJ_F32, out);
}

static bool m_double(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return convert(vm, a, ADJ_F64, out);
}

static bool m_half(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return convert(vm, a, ADJ_F16, out);
}

static bool m_bfloat16(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return convert(vm, a, ADJ_BF16, out);
}

static bool m_to(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    AdjDtype dtype = ADJ_SAME, t;
    const AdjDevice *d = NULL;
    for (int i = 1; i <= 2; i++) {
        if (adj_is_unset(a[i]) || adj_is_bool(a[i])) continue;
        if (adj_is_tensor(a[i])) {
            dtype = adj_dtype(adj_tensor_of(a[i]));
            d = adj_device_of(adj_tensor_of(a[i]));
        } else if (adj_bind_is_device(a[i]) || adj_is_int(a[i])) {
            if (!adj_bind_device(vm, a[i], &d)) return false;
        } else if (adj_bind_to_dtype(vm, a[i], &t)) {
            dtype = t;
        }
    }
    return move(vm, a, dtype, d, out);
}

static bool m_cuda(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    const AdjDevice *d;
    if (!adj_bind_device(vm, a[1], &d)) return false;
    if (!d && !(d = adj_device_find("cuda"))) return adj_bind_error(vm);
    return move(vm, a, ADJ_SAME, d, out);
}

static bool m_cpu(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return move(vm, a, ADJ_SAME, &adj_cpu, out);
}

static bool m_apply(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    AdjVal unused;
    if (!adj_vm_enter(vm, " while applying a function to modules")) return false;
    AdjList *list = collect((Walk){.vm = vm, .what = CHILDREN, .recurse = true}, a[0], "");
    bool ok = list != NULL;
    for (int64_t i = 0; ok && i < list->len; i++) {
        AdjVal call[2] = {list->items[i], a[1]};
        ok = m_apply(vm, call, 2, &unused);
        if (ok) adj_val_drop(unused);
    }
    adj_obj_drop(list);
    ok = ok && adj_vm_call(vm, a[1], &a[0], 1, NULL, &unused);
    if (ok) adj_val_drop(unused);
    adj_vm_leave(vm);
    return ok && adj_out_keep(out, a[0]);
}

// ---------------------------------------------------------------- registering by name

static bool m_register_buffer(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    bool persistent;
    if (!adj_bind_module_ready(vm, a[0]) || !flag(vm, a[3], &persistent)) return false;
    if (!adj_is_str(a[1]) || (!adj_is_none(a[2]) && !adj_is_tensor(a[2]))) {
        return adj_raise(
            vm, ADJ_EXC_TypeError,
            "register_buffer(): expected a name and a Tensor or None, got %s and %s",
            adj_type_name(a[1]), adj_type_name(a[2]));
    }
    AdjTensor *t = adj_is_none(a[2]) ? NULL : adj_tensor_of(a[2]);
    if (!adj_module_add_buffer(adj_module_of(a[0])->m, adj_as_str(a[1])->data, t, persistent))
        return adj_bind_error(vm);
    return adj_out_none(out);
}

static bool m_register_parameter(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    bool parameter = adj_is_tensor(a[2]) && adj_tensor_of(a[2])->is_parameter;
    if (!adj_bind_module_ready(vm, a[0])) return false;
    if (!adj_is_str(a[1]) || (!adj_is_none(a[2]) && !parameter)) {
        return adj_raise(
            vm, ADJ_EXC_TypeError,
            "register_parameter(): expected a name and a Parameter or None, got %s and %s",
            adj_type_name(a[1]), adj_type_name(a[2]));
    }
    if (!adj_module_add_param(adj_module_of(a[0])->m, adj_as_str(a[1])->data,
                              parameter ? adj_tensor_of(a[2]) : NULL))
        return adj_bind_error(vm);
    return adj_out_none(out);
}

// For nn.utils.weight_norm and its kin, which compute a weight before every pass.
static bool m_derive(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    if (!adj_bind_module_ready(vm, a[0])) return false;
    if (!adj_is_str(a[1]) || !adj_is_tensor(a[2])) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "_derive(): expected a name and a Tensor, got "
                         "%s and %s",
                         adj_type_name(a[1]), adj_type_name(a[2]));
    }
    AdjModule *m = adj_module_of(a[0])->m;
    return adj_module_add_derived(m, adj_as_str(a[1])->data, adj_tensor_of(a[2]))
               ? adj_out_none(out)
               : adj_bind_error(vm);
}

static bool m_add_module(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    if (!adj_bind_module_ready(vm, a[0])) return false;
    if (!adj_is_str(a[1]) || !adj_is_module(a[2])) {
        return adj_raise(vm, ADJ_EXC_TypeError, "%s is not a Module subclass",
                         adj_type_name(a[2]));
    }
    return adj_bind_set_child(vm, a[0], adj_as_str(a[1])->data, a[2]) && adj_out_none(out);
}

static bool find_path(AdjVM *vm, AdjVal self, AdjVal path, AdjVal *out)
{
    if (!adj_is_str(path)) {
        return adj_raise(vm, ADJ_EXC_TypeError, "expected a dotted name, got %s",
                         adj_type_name(path));
    }
    AdjVal at = adj_val_keep(self);
    const char *p = adj_as_str(path)->data;
    while (*p) {
        char name[128];
        size_t n = strcspn(p, ".");
        AdjVal next;
        snprintf(name, sizeof name, "%.*s", (int)n, p);
        bool ok = adj_val_getattr_c(vm, at, name, &next);
        adj_val_drop(at);
        if (!ok) return false;
        at = next;
        p += n;
        p += *p == '.';
    }
    *out = at;
    return true;
}

static bool m_get_path(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return find_path(vm, a[0], a[1], out);
}

// ---------------------------------------------------------------- hooks

static bool add_hook(AdjVM *vm, AdjList **list, AdjVal fn, AdjVal *out)
{
    static _Thread_local int64_t last;
    if (!adj_val_callable(fn)) {
        return adj_raise(vm, ADJ_EXC_TypeError, "a hook must be callable, not %s",
                         adj_type_name(fn));
    }
    if (!*list && !(*list = adj_list_new(vm, 4))) return false;
    AdjVal pair[2] = {adj_int_val(++last), fn};
    AdjTuple *t = adj_tuple_from(vm, pair, 2);
    return t && adj_list_append_take(vm, *list, adj_obj_val(t)) &&
           adj_bind_hook_handle(vm, adj_obj_val(*list), last, out);
}

static bool m_register_forward_hook(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return add_hook(vm, &adj_module_of(a[0])->hooks, a[1], out);
}

static bool m_register_forward_pre_hook(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return add_hook(vm, &adj_module_of(a[0])->pre_hooks, a[1], out);
}

// ---------------------------------------------------------------- printing

static bool add_indented(AdjVM *vm, AdjBuf *b, AdjVal text)
{
    const char *p = adj_as_str(text)->data;
    for (const char *end; (end = strchr(p, '\n')); p = end + 1)
        if (!adj_buf_add(vm, b, p, (size_t)(end - p + 1)) || !adj_buf_add_c(vm, b, "  "))
            return false;
    return adj_buf_add_c(vm, b, p);
}

static bool add_child_line(AdjVM *vm, AdjBuf *b, const char *first, const char *last,
                           int64_t count, AdjVal text)
{
    bool ok = adj_buf_printf(vm, b, "\n  (%s", first);
    if (ok && count > 1)
        ok = adj_buf_printf(vm, b, "-%s): %lld x ", last, (long long)count);
    else if (ok)
        ok = adj_buf_add_c(vm, b, "): ");
    return ok && add_indented(vm, b, text);
}

// Children one a line; a ModuleList shows neighbours that print alike as one.
static bool add_children(AdjVM *vm, AdjBuf *b, AdjVal self)
{
    AdjModule *m = adj_module_of(self)->m;
    bool folds = !strcmp(m->row->name, "ModuleList"), ok = true;
    AdjVal pending = ADJ_UNDEF;
    int first = 0;
    for (int i = 0; ok && i < m->n_children; i++) {
        AdjVal child, text;
        if (!(ok = adj_bind_child(vm, self, &m->children[i], &child))) break;
        ok = adj_val_repr(vm, child, &text);
        adj_val_drop(child);
        if (!ok) break;
        if (folds && !adj_is_undef(pending) &&
            adj_str_equal(adj_as_str(pending), adj_as_str(text))) {
            adj_val_drop(text);
            continue;
        }
        if (!adj_is_undef(pending))
            ok = add_child_line(vm, b, m->children[first].name, m->children[i - 1].name,
                                i - first, pending);
        adj_val_set(&pending, text);
        first = i;
    }
    if (ok && !adj_is_undef(pending))
        ok = add_child_line(vm, b, m->children[first].name, m->children[m->n_children - 1].name,
                            folds ? m->n_children - first : 1, pending);
    adj_val_drop(pending);
    return ok;
}

static bool extra_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    if (self.o->type->flags & ADJ_TF_HEAP)
        return adj_vm_call_method(vm, self, "extra_repr", NULL, 0, out);
    ADJ_SCOPE;
    return adj_out(out, adj_str_new_c(vm, adj_module_extra_text(adj_module_of(self)->m)));
}

bool adj_bind_module_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    if (!adj_module_of(self)->m)
        return adj_out(out, adj_str_format(vm, "%s()", adj_type_name(self)));
    AdjBuf b = {0};
    AdjVal extra;
    if (!adj_vm_enter(vm, " while getting the repr of a module")) return false;
    bool ok = extra_repr(vm, self, &extra);
    if (ok) {
        bool many = adj_module_of(self)->m->n_children > 0 ||
                    (adj_is_str(extra) && strchr(adj_as_str(extra)->data, '\n'));
        bool has_extra = adj_is_str(extra) && adj_as_str(extra)->len > 0;
        ok = adj_buf_printf(vm, &b, "%s(", adj_type_name(self));
        if (ok && has_extra && many)
            ok = adj_buf_add_c(vm, &b, "\n  ") && add_indented(vm, &b, extra);
        else if (ok && has_extra)
            ok = adj_buf_add_str(vm, &b, extra);
        ok = ok && add_children(vm, &b, self) && adj_buf_add_c(vm, &b, many ? "\n)" : ")");
        adj_val_drop(extra);
    }
    adj_vm_leave(vm);
    if (ok) return adj_buf_str(vm, &b, out);
    adj_buf_free(&b);
    return false;
}

static bool m_extra_repr(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    AdjModule *m = adj_module_of(a[0])->m;
    return adj_out(out, adj_str_new_c(vm, m ? adj_module_extra_text(m) : ""));
}

void adj_bind_module_names(AdjVM *vm, AdjVal self, AdjObj *list)
{
    AdjModule *m = adj_module_of(self)->m;
    for (int i = 0; m && i < m->params.n; i++)
        adj_list_append_take(vm, (AdjList *)list,
                             adj_obj_val(adj_str_new_c(vm, m->params.at[i].name)));
    for (int i = 0; m && i < m->n_children; i++)
        adj_list_append_take(vm, (AdjList *)list,
                             adj_obj_val(adj_str_new_c(vm, m->children[i].name)));
    for (int i = 0; m && i < m->row->n_args; i++)
        adj_list_append_take(vm, (AdjList *)list,
                             adj_obj_val(adj_str_new_c(vm, m->row->args[i].name)));
}

static const AdjNative methods[] = {
    {"parameters", "(self, recurse=True)", m_parameters, "Every parameter, shared ones once.",
     0},
    {"named_parameters", "(self, prefix='', recurse=True, remove_duplicate=True)",
     m_named_parameters, "Dotted names and parameters.", 0},
    {"num_parameters", "(self, trainable=False)", m_num_parameters,
     "How many numbers the parameters have, or those of them that are trained.", 0},
    {"buffers", "(self, recurse=True)", m_buffers, "Tensors that belong to the state.", 0},
    {"named_buffers", "(self, prefix='', recurse=True, remove_duplicate=True)", m_named_buffers,
     "Dotted names and buffers.", 0},
    {"children", "(self)", m_children, "The modules directly below.", 0},
    {"named_children", "(self)", m_named_children, "Names and modules directly below.", 0},
    {"modules", "(self)", m_modules, "This module and all below.", 0},
    {"named_modules", "(self, memo=None, prefix='', remove_duplicate=True)", m_named_modules,
     "Dotted names and modules, this one first.", 0},
    {"state_dict", "(self, *, destination=None, prefix='', keep_vars=False)", m_state_dict,
     "Parameters and buffers by dotted name.", 0},
    {"load_state_dict", "(self, state_dict, strict=True)", m_load_state_dict,
     "Copies values by dotted name; with strict, names must match.", 0},
    {"train", "(self, mode=True)", m_train, "Training mode for this module and all below.", 0},
    {"eval", "(self)", m_eval, "Evaluation mode for this module and all below.", 0},
    {"zero_grad", "(self, set_to_none=True)", m_zero_grad, "Forgets all gradients.", 0},
    {"requires_grad_", "(self, requires_grad=True)", m_requires_grad_,
     "Whether the parameters are trained.", 0},
    {"float", "(self)", m_float, "Floats become float32.", 0},
    {"double", "(self)", m_double, "Floats become float64.", 0},
    {"half", "(self)", m_half, "Floats become float16.", 0},
    {"bfloat16", "(self)", m_bfloat16, "Floats become bfloat16.", 0},
    {"to", "(self, device=None, dtype=None, non_blocking=False)", m_to,
     "Converts and moves parameters and buffers.", 0},
    {"cpu", "(self)", m_cpu, "Moves to the CPU.", 0},
    {"cuda", "(self, device=None)", m_cuda, "Moves to a GPU.", 0},
    {"apply", "(self, fn)", m_apply, "Calls fn(module) for all below, then for this one.", 0},
    {"register_buffer", "(self, name, tensor, persistent=True)", m_register_buffer,
     "Adds a tensor to the state that is not trained.", 0},
    {"register_parameter", "(self, name, param)", m_register_parameter, "Adds a parameter.", 0},
    {"_derive", "(self, name, tensor)", m_derive,
     "Puts what is computed from other parameters where forward looks for a parameter.", 0},
    {"add_module", "(self, name, module)", m_add_module, "Adds a child.", 0},
    {"register_module", "(self, name, module)", m_add_module, "Adds a child.", 0},
    {"get_submodule", "(self, target)", m_get_path, "The module at a dotted name.", 0},
    {"get_parameter", "(self, target)", m_get_path, "The parameter at a dotted name.", 0},
    {"register_forward_hook", "(self, hook)", m_register_forward_hook,
     "Calls hook(module, args, result) after forward.", 0},
    {"register_forward_pre_hook", "(self, hook)", m_register_forward_pre_hook,
     "Calls hook(module, args) before forward.", 0},
    {"extra_repr", "(self)", m_extra_repr, "What print shows between the brackets.", 0},
    {0},
};

bool adj_bind_walk_methods(AdjVM *vm)
{
    for (const AdjNative *row = methods; row->name; row++) {
        AdjNativeObj *fn = adj_native_new(vm, row, &adj_type_nn_module);
        if (!fn) return false;
        bool ok =
            adj_dict_set_c(vm, (AdjDict *)adj_type_nn_module.dict, row->name, adj_obj_val(fn));
        adj_obj_drop(fn);
        if (!ok) return false;
    }
    return true;
}
