// SPDX-License-Identifier: Apache-2.0
// The halves of instructions that need no speed, or that fill an inline cache: attributes,
// names, unpacking, f-strings, raising, with, classes, functions, the pipe.
#include <stdio.h>
#include <string.h>

#include "vm.h"

// ---- attributes ----

static void cache_slot(AdjCache *c, AdjVal v, AdjStr *name)
{
    AdjAttrs *a = adj_attrs_of(v.o);
    int slot = a && a->shape ? adj_layout_find(a->shape, name) : -1;
    c->version = 0;
    if (slot < 0) return;
    c->kind = CACHE_SLOT;
    c->offset = v.o->type->attr_offset;
    c->shape_id = a->shape_id;
    c->index = (uint32_t)slot;
    c->version = v.o->type->version;
}

// Whether x.name reads by the ordinary rules only.
static bool plain_reading(const AdjType *t)
{
    return !(t->flags & ADJ_TF_TYPE) && t != &adj_type_module && t != &adj_type_super &&
           !adj_type_dunder((AdjType *)t, ADJ_D_GETATTRIBUTE);
}

static bool attr_by_cache(AdjVM *vm, AdjVal v, AdjCache *c, AdjVal *out, bool *ok)
{
    if (v.tag != ADJ_T_OBJ) return false;
    if (c->kind == CACHE_MODULE && v.o->type == &adj_type_module &&
        ((AdjModuleObj *)v.o)->dict->version == c->version) {
        *ok = adj_out_keep(out, ((AdjModuleObj *)v.o)->dict->entries[c->index].value);
        return true;
    }
    if (v.o->type->version != c->version) return false;
    if (c->kind == CACHE_GETSET) {
        *ok = ((AdjGetset *)c->value.o)->row->get(vm, v, out);
        return true;
    }
    if (c->kind == CACHE_VALUE && adj_attrs_of(v.o)->shape_id == c->shape_id) {
        *ok = adj_out_keep(out, c->value);
        return true;
    }
    return false;
}

static void cache_class_value(AdjCache *c, AdjVal v, AdjVal found)
{
    AdjType *t = v.o->type;
    c->value = found;
    if (adj_is_exact(found, &adj_type_getset)) {
        c->kind = CACHE_GETSET;
        c->version = t->version;
        return;
    }
    bool plain = found.tag != ADJ_T_OBJ || (found.o->type->flags & ADJ_TF_KINDS);
    AdjAttrs *a = adj_attrs_of(v.o);
    if (!plain || !a || !a->shape || adj_layout_find(a->shape, (AdjStr *)NULL) >= 0) return;
    c->kind = CACHE_VALUE;
    c->shape_id = a->shape_id;
    c->version = t->version;
}

static void cache_attr(AdjVal v, AdjStr *name, AdjCache *c)
{
    c->version = 0;
    if (v.tag != ADJ_T_OBJ) return;
    AdjType *t = v.o->type;
    if (t == &adj_type_module) {
        AdjDict *d = ((AdjModuleObj *)v.o)->dict;
        AdjVal *at = adj_dict_find_str(d, name);
        if (!at) return;
        c->kind = CACHE_MODULE;
        c->index =
            (uint32_t)((AdjEntry *)((char *)at - offsetof(AdjEntry, value)) - d->entries);
        c->version = d->version;
        return;
    }
    if (!plain_reading(t)) return;
    AdjVal *found = adj_type_find(t, name);
    bool data = found && adj_is_data_descriptor(*found);
    if (!data && adj_attr_find(v.o, name)) cache_slot(c, v, name);
    else if (found) cache_class_value(c, v, *found);
}

bool adj_op_attr(AdjVM *vm, AdjVal v, AdjStr *name, AdjCache *cache, AdjVal *out)
{
    bool ok;
    if (attr_by_cache(vm, v, cache, out, &ok)) return ok;
    cache_attr(v, name, cache);
    return adj_val_getattr(vm, v, name, out);
}

bool adj_op_method(AdjVM *vm, AdjVal v, AdjStr *name, AdjCache *cache, AdjVal out[2])
{
    AdjType *t = adj_type_of(v);
    bool ok;
    out[0] = ADJ_UNDEF;
    if (attr_by_cache(vm, v, cache, &out[1], &ok)) return ok;
    cache->version = 0;
    AdjVal *found = plain_reading(t) ? adj_type_find(t, name) : NULL;
    bool callable = found && (adj_is_exact(*found, &adj_type_function) ||
                              adj_is_exact(*found, &adj_type_native) ||
                              adj_is_kind(*found, ADJ_TF_BINDS));
    if (!callable || (v.tag == ADJ_T_OBJ && adj_attr_find(v.o, name))) {
        cache_attr(v, name, cache);
        if (cache->kind == CACHE_SLOT) cache->version = 0;  // METHOD has no use for it
        return adj_val_getattr(vm, v, name, &out[1]);
    }
    out[0] = adj_val_keep(*found);
    out[1] = adj_val_keep(v);
    AdjAttrs *a = v.tag == ADJ_T_OBJ ? adj_attrs_of(v.o) : NULL;
    if (v.tag != ADJ_T_OBJ || (a && !a->shape)) return true;
    cache->kind = a ? CACHE_METHOD : CACHE_METHOD_PLAIN;
    cache->offset = t->attr_offset;
    cache->shape_id = a ? a->shape_id : 0;
    cache->value = *found;
    cache->version = t->version;
    return true;
}

// Remembers a store to the object's own attributes, when nothing else could come in between.
static void cache_store(AdjVal v, AdjStr *name, AdjCache *c, uint64_t before_id,
                        uint32_t before)
{
    AdjAttrs *a = adj_attrs_of(v.o);
    c->version = 0;
    if (!a || !a->shape || !before_id) return;
    int slot = adj_layout_find(a->shape, name);
    if (slot < 0) return;
    if (a->shape_id == before_id) {
        cache_slot(c, v, name);
        return;
    }
    if (a->shape->count != before + 1) return;
    c->kind = CACHE_ADD;
    c->offset = v.o->type->attr_offset;
    c->shape_id = before_id;
    c->index = (uint32_t)slot;
    c->value = (AdjVal){.tag = ADJ_T_UNDEF, .o = (AdjObj *)a->shape};
    c->version = v.o->type->version;
}

bool adj_op_set_attr(AdjVM *vm, AdjVal v, AdjStr *name, AdjVal value, AdjCache *cache)
{
    AdjType *t = adj_type_of(v);
    cache->version = 0;
    AdjAttrs *a = v.tag == ADJ_T_OBJ && plain_reading(t) && !t->setattr &&
                          !adj_type_dunder(t, ADJ_D_SETATTR)
                      ? adj_attrs_of(v.o)
                      : NULL;
    AdjVal *found = a ? adj_type_find(t, name) : NULL;
    bool plain = a && a->shape && !(found && adj_is_data_descriptor(*found));
    uint64_t before_id = plain ? a->shape_id : 0;
    uint32_t before = plain ? a->shape->count : 0;
    if (!adj_val_setattr(vm, v, name, value)) return false;
    if (plain) cache_store(v, name, cache, before_id, before);
    return true;
}

// ---- names ----

static uint32_t entry_index(AdjDict *d, AdjVal *value)
{
    return (uint32_t)((AdjEntry *)((char *)value - offsetof(AdjEntry, value)) - d->entries);
}

// A name that nobody has defined may be one of the library's.
static bool find_late(AdjVM *vm, AdjStr *name, AdjVal *out)
{
    int found = vm->hooks.find_name ? vm->hooks.find_name(vm, name, out) : 0;
    return found ? found > 0 : adj_raise_name(vm, name);
}

bool adj_op_global(AdjVM *vm, AdjDict *globals, AdjStr *name, AdjCache *c, AdjVal *out)
{
    AdjVal *v = adj_dict_find_str(globals, name);
    if (v) {
        c->kind = CACHE_GLOBAL;
        c->index = entry_index(globals, v);
        c->version = globals->version;
        return adj_out_keep(out, *v);
    }
    v = adj_dict_find_str(vm->prelude, name);
    if (!v) return find_late(vm, name, out);
    c->kind = CACHE_PRELUDE;
    c->index = entry_index(vm->prelude, v);
    c->version = globals->version;
    c->shape_id = vm->prelude->version;
    return adj_out_keep(out, *v);
}

bool adj_op_set_global(AdjVM *vm, AdjDict *globals, AdjStr *name, AdjCache *c, AdjVal v)
{
    if (!adj_dict_set_str(vm, globals, name, v)) return false;
    c->index = entry_index(globals, adj_dict_find_str(globals, name));
    c->version = globals->version;
    return true;
}

bool adj_op_name(AdjVM *vm, AdjFrame *f, AdjStr *name, AdjVal *out)
{
    AdjVal *v = adj_dict_find_str(f->names, name);
    if (!v) v = adj_dict_find_str(f->fn->globals, name);
    if (!v) v = adj_dict_find_str(vm->prelude, name);
    return v ? adj_out_keep(out, *v) : find_late(vm, name, out);
}

// ---- items and unpacking ----

bool adj_op_item(AdjVM *vm, AdjVal x, AdjVal i, AdjVal *out)
{
    if (!adj_is_exact(x, &adj_type_dict)) return adj_val_getitem(vm, x, i, out);
    AdjVal v;
    int found = adj_dict_find(vm, (AdjDict *)x.o, i, &v);
    if (found > 0) return adj_out_keep(out, v);
    return found == 0 ? adj_raise_key(vm, i) : false;
}

static bool wrong_count(AdjVM *vm, int64_t want, int64_t got, bool star, bool more)
{
    if (more) {
        return adj_raise(vm, ADJ_EXC_ValueError, "too many values to unpack (expected %lld)",
                         (long long)want);
    }
    return adj_raise(vm, ADJ_EXC_ValueError,
                     "not enough values to unpack (expected %s%lld, got %lld)",
                     star ? "at least " : "", (long long)want, (long long)got);
}

static AdjList *unpack_list(AdjVM *vm, AdjVal v)
{
    AdjType *t = adj_type_of(v);
    if (!t->iter && !t->next && !t->getitem && !adj_type_dunder(t, ADJ_D_ITER) &&
        !adj_type_dunder(t, ADJ_D_GETITEM)) {
        return adj_raise_null(vm, ADJ_EXC_TypeError, "cannot unpack non-iterable %s object",
                              t->name);
    }
    return adj_list_of(vm, v);
}

// At most [want] + 1 items are asked for: the iterator may be endless.
static bool unpack_exact(AdjVM *vm, AdjVal v, int want, AdjVal *to)
{
    AdjVal it, item;
    int got = 0, more;
    if (!adj_val_iter(vm, v, &it)) return false;
    // Calls made by the iterator must not put their frames where the items go.
    AdjVal *sp = vm->frame->sp;
    vm->frame->sp = to + want;
    while ((more = adj_val_next(vm, it, &item)) > 0) {
        if (got == want) {
            adj_val_drop(item);
            wrong_count(vm, want, 0, false, true);
            break;
        }
        to[want - 1 - got++] = item;
    }
    adj_val_drop(it);
    vm->frame->sp = sp;
    if (more == 0 && got == want) return true;
    if (more == 0) wrong_count(vm, want, got, false, false);
    for (int i = 0; i < got; i++) adj_val_drop(to[want - 1 - i]);
    return false;
}

// Writes the items of [v] to [to], the first one last. [after] < 0: no starred target.
bool adj_op_unpack(AdjVM *vm, AdjVal v, int before, int after, AdjVal *to)
{
    AdjType *t = adj_type_of(v);
    bool sequence = t == &adj_type_list || t == &adj_type_tuple;
    bool iterable = t->iter || t->next || adj_type_dunder(t, ADJ_D_ITER);
    if (after < 0 && !sequence && iterable) return unpack_exact(vm, v, before, to);
    AdjList *l = unpack_list(vm, v);
    if (!l) return false;
    int64_t want = before + (after < 0 ? 0 : after), middle = l->len - want;
    bool ok = middle == 0 || (after >= 0 && middle > 0);
    if (!ok) wrong_count(vm, want, l->len, after >= 0, middle > 0);
    AdjVal *at = to;
    for (int i = 0; ok && i < after; i++) *at++ = adj_val_keep(l->items[l->len - 1 - i]);
    if (ok && after >= 0) {
        AdjList *rest = adj_list_from(vm, l->items + before, middle);
        ok = rest != NULL;
        *at++ = adj_obj_val(rest);
    }
    for (int i = before; ok && i-- > 0;) *at++ = adj_val_keep(l->items[i]);
    adj_obj_drop(l);
    return ok;
}

static const char *callable_name(AdjVal f)
{
    if (adj_is_exact(f, &adj_type_method)) f = ((AdjMethod *)f.o)->fn;
    if (adj_is_exact(f, &adj_type_function)) return ((AdjFunction *)f.o)->qualname->data;
    if (adj_is_exact(f, &adj_type_native)) return ((AdjNativeObj *)f.o)->row->name;
    if (adj_is_type(f)) return adj_as_type(f)->name;
    return adj_type_name(f);
}

// "__main__.f()", as CPython names what is being called with unpacked arguments.
static const char *full_name(AdjVal f, char *text, size_t size)
{
    const char *module = "";
    if (adj_is_exact(f, &adj_type_method)) f = ((AdjMethod *)f.o)->fn;
    if (adj_is_exact(f, &adj_type_function)) module = ((AdjFunction *)f.o)->module->name->data;
    if (adj_is_type(f) && adj_as_type(f)->module_name) {
        module = ((AdjStr *)adj_as_type(f)->module_name)->data;
    }
    snprintf(text, size, "%s%s%s()", module, *module ? "." : "", callable_name(f));
    return text;
}

// [callable] UNDEF: a display, not the arguments of a call.
bool adj_op_list_extend(AdjVM *vm, AdjList *l, AdjVal from, AdjVal callable)
{
    AdjType *t = adj_type_of(from);
    if (!t->iter && !t->next && !adj_type_dunder(t, ADJ_D_ITER) &&
        !adj_type_dunder(t, ADJ_D_GETITEM)) {
        char name[160];
        if (adj_is_undef(callable)) {
            return adj_raise(vm, ADJ_EXC_TypeError, "Value after * must be an iterable, not %s",
                             t->name);
        }
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "%s argument after * must be an iterable, not %s",
                         full_name(callable, name, sizeof name), t->name);
    }
    AdjList *more = adj_list_of(vm, from);
    bool ok = more != NULL;
    for (int64_t i = 0; ok && i < more->len; i++) ok = adj_list_append(vm, l, more->items[i]);
    adj_obj_drop(more);
    return ok;
}

bool adj_op_set_update(AdjVM *vm, AdjSet *s, AdjVal from)
{
    AdjList *more = adj_list_of(vm, from);
    bool ok = more != NULL;
    for (int64_t i = 0; ok && i < more->len; i++) ok = adj_set_add(vm, s, more->items[i]);
    adj_obj_drop(more);
    return ok;
}

// Calls visit for every key and value of a mapping.
static bool mapping_each(AdjVM *vm, AdjVal from, const char *complaint,
                         bool (*visit)(AdjVM *, AdjDict *, AdjVal, AdjVal, void *), AdjDict *to,
                         void *arg)
{
    AdjVal key, value, it, names;
    bool ok = true;
    if (adj_is_dict(from)) {
        AdjDict *copy = adj_dict_copy(vm, adj_as_dict(from));
        AdjEntry *e;
        for (int64_t i = 0; copy && ok && (e = adj_dict_next(copy, &i));) {
            ok = visit(vm, to, e->key, e->value, arg);
        }
        adj_obj_drop(copy);
        return copy && ok;
    }
    AdjStr *keys = adj_str_intern_c("keys");
    int has = adj_val_find_attr(vm, from, keys, &names);
    adj_obj_drop(keys);
    if (has == 0) return adj_raise(vm, ADJ_EXC_TypeError, complaint, adj_type_name(from));
    if (has < 0) return false;
    ok = adj_vm_call(vm, names, NULL, 0, NULL, &it);
    adj_val_drop(names);
    if (!ok) return false;
    AdjList *l = adj_list_of(vm, it);
    adj_val_drop(it);
    for (int64_t i = 0; l && ok && i < l->len; i++) {
        key = l->items[i];
        ok = adj_val_getitem(vm, from, key, &value);
        if (!ok) break;
        ok = visit(vm, to, key, value, arg);
        adj_val_drop(value);
    }
    adj_obj_drop(l);
    return l && ok;
}

static bool update_one(AdjVM *vm, AdjDict *to, AdjVal key, AdjVal value, void *arg)
{
    (void)arg;
    return adj_dict_set(vm, to, key, value);
}

bool adj_op_dict_update(AdjVM *vm, AdjDict *d, AdjVal from)
{
    return mapping_each(vm, from, "'%s' object is not a mapping", update_one, d, NULL);
}

static bool merge_one(AdjVM *vm, AdjDict *to, AdjVal key, AdjVal value, void *arg)
{
    const char *name = arg;  // "f()"
    if (!adj_is_str(key)) return adj_raise(vm, ADJ_EXC_TypeError, "keywords must be strings");
    if (adj_dict_find_str(to, adj_as_str(key))) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "%s got multiple values for keyword argument '%s'", name,
                         adj_as_str(key)->data);
    }
    return adj_dict_set(vm, to, key, value);
}

bool adj_op_dict_merge(AdjVM *vm, AdjDict *d, AdjVal from, AdjVal callable)
{
    char name[160];
    full_name(callable, name, sizeof name);
    AdjType *t = adj_type_of(from);
    if (!adj_is_dict(from) && !t->getitem && !adj_type_dunder(t, ADJ_D_GETITEM)) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "%s argument after ** must be a mapping, not %s", name, t->name);
    }
    return mapping_each(vm, from, "argument after ** must be a mapping, not %s", merge_one, d,
                        name);
}

// ---- text ----

bool adj_op_format(AdjVM *vm, AdjVal v, int conversion, AdjVal spec, AdjVal *out)
{
    AdjVal text = adj_val_keep(v);
    bool ok = true;
    if (conversion == 's') ok = adj_val_str(vm, v, &text);
    if (conversion == 'r') ok = adj_val_repr(vm, v, &text);
    if (conversion == 'a') {
        AdjVal *ascii = adj_dict_find_c(vm->prelude, "ascii");
        ok = ascii ? adj_vm_call(vm, *ascii, &v, 1, NULL, &text) : adj_val_repr(vm, v, &text);
    }
    if (conversion) adj_val_drop(v.tag == ADJ_T_OBJ ? v : ADJ_NONE);  // the extra reference
    if (!ok) return false;
    if (adj_is_undef(spec) && adj_is_exact(text, &adj_type_str)) {
        *out = text;
        return true;
    }
    const char *s = adj_is_undef(spec) ? "" : adj_as_str(spec)->data;
    size_t len = adj_is_undef(spec) ? 0 : (size_t)adj_as_str(spec)->len;
    ok = adj_val_format(vm, text, s, len, out);
    adj_val_drop(text);
    return ok;
}

bool adj_op_join(AdjVM *vm, const AdjVal *parts, int count, AdjVal *out)
{
    size_t len = 0;
    bool ascii = true;
    for (int i = 0; i < count; i++) {
        len += (size_t)adj_as_str(parts[i])->len;
        ascii &= adj_as_str(parts[i])->chars == adj_as_str(parts[i])->len;
    }
    AdjStr *s = adj_str_alloc(vm, len);
    if (!s) return false;
    char *at = s->data;
    for (int i = 0; i < count; i++) {
        memcpy(at, adj_as_str(parts[i])->data, (size_t)adj_as_str(parts[i])->len);
        at += adj_as_str(parts[i])->len;
    }
    if (ascii) s->chars = s->len;
    return adj_out(out, s);
}

// ---- exceptions ----

// A class is instantiated; an instance is kept.
static bool exception_of(AdjVM *vm, AdjVal v, const char *complaint, AdjVal *out)
{
    if (adj_is_type(v) && adj_as_type(v)->flags & ADJ_TF_EXC) {
        if (!adj_vm_call(vm, v, NULL, 0, NULL, out)) return false;
        if (adj_is_exc(*out)) return true;
        adj_val_drop(*out);
    } else if (adj_is_exc(v)) {
        return adj_out_keep(out, v);
    }
    return adj_raise(vm, ADJ_EXC_TypeError, "%s", complaint);
}

bool adj_op_raise(AdjVM *vm, const AdjVal *args, int count)
{
    AdjVal e, cause = ADJ_NONE;
    if (count == 0) {
        if (adj_is_undef(vm->handling)) {
            return adj_raise(vm, ADJ_EXC_RuntimeError, "No active exception to reraise");
        }
        return adj_raise_val(vm, vm->handling);
    }
    if (!exception_of(vm, args[0], "exceptions must derive from BaseException", &e))
        return false;
    if (count == 2 && !adj_is_none(args[1]) &&
        !exception_of(vm, args[1], "exception causes must derive from BaseException", &cause)) {
        adj_val_drop(e);
        return false;
    }
    if (count == 2) {
        AdjException *x = (AdjException *)e.o;
        adj_val_set(&x->cause, cause);
        x->suppress_context = true;
    }
    adj_raise_val(vm, e);
    adj_val_drop(e);
    return false;
}

int adj_op_match(AdjVM *vm, AdjVal exc, AdjVal type)
{
    if (adj_is_type(type) && adj_as_type(type)->flags & ADJ_TF_EXC) {
        return adj_type_is(exc.o->type, adj_as_type(type));
    }
    if (adj_is_tuple(type)) {
        AdjTuple *t = adj_as_tuple(type);
        int match = 0;
        // Every entry is checked, also behind one that fits.
        for (int64_t i = 0; i < t->len; i++) {
            int fits = adj_op_match(vm, exc, t->items[i]);
            if (fits < 0) return -1;
            match |= fits;
        }
        return match;
    }
    return adj_raise_int(
        vm, ADJ_EXC_TypeError,
        "catching classes that do not inherit from BaseException is not allowed");
}

// ---- with ----

bool adj_op_enter(AdjVM *vm, AdjVal m, AdjVal *out)
{
    AdjType *t = adj_type_of(m);
    AdjVal *enter = adj_type_dunder(t, ADJ_D_ENTER), *leave = adj_type_dunder(t, ADJ_D_EXIT);
    if ((!enter && !t->enter) || (!leave && !t->leave)) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "'%s' object does not support the context manager protocol%s", t->name,
                         enter || t->enter ? " (missed __exit__ method)" : "");
    }
    if (enter) return adj_call_dunder(vm, *enter, m, NULL, 0, out);
    return t->enter(vm, m, out);
}

bool adj_op_leave(AdjVM *vm, AdjVal m, AdjVal exc, bool *swallow)
{
    AdjType *t = adj_type_of(m);
    AdjVal *fn = adj_type_dunder(t, ADJ_D_EXIT);
    if (!fn) return t->leave(vm, m, exc, swallow);
    bool failed = adj_is_exc(exc);
    AdjVal args[3] = {failed ? adj_obj_val(exc.o->type) : ADJ_NONE, exc, ADJ_NONE}, r;
    if (!adj_call_dunder(vm, *fn, m, args, 3, &r)) return false;
    bool ok = adj_val_truth(vm, r, swallow);
    adj_val_drop(r);
    return ok;
}

// ---- definitions ----

// at: defaults and keyword defaults as bits say, then the cells.
bool adj_op_function(AdjVM *vm, AdjFrame *f, AdjCode *code, int bits, int ncells, AdjVal *at,
                     AdjVal *out)
{
    AdjFunction *fn = adj_function_new(vm, code, f->fn->module);
    if (!fn) return false;
    if (bits & 1) fn->defaults = adj_obj_keep((at++)->o);
    if (bits & 2) fn->kwdefaults = adj_obj_keep((at++)->o);
    if (ncells) {
        fn->cells = adj_lang_alloc(vm, (size_t)ncells * sizeof *fn->cells);
        if (!fn->cells) {
            adj_obj_drop(fn);
            return false;
        }
        fn->ncells = (uint32_t)ncells;
        for (int i = 0; i < ncells; i++) fn->cells[i] = adj_obj_keep(at[i].o);
    }
    return adj_out(out, fn);
}

// at: body, name, bases and keyword values.
bool adj_op_class(AdjVM *vm, AdjVal *at, int count, AdjTuple *kwnames, AdjVal *out)
{
    AdjVal cell = ADJ_UNDEF;
    AdjDict *names = adj_dict_new(vm);
    int nbases = count - 2 - (kwnames ? (int)kwnames->len : 0);
    bool ok = names && adj_run_class_body(vm, (AdjFunction *)at[0].o, names, &cell) &&
              adj_class_make(vm, at[1], at + 2, nbases, names, kwnames, out);
    if (ok && adj_is_exact(cell, &adj_type_cell)) {
        adj_val_set(&((AdjCell *)cell.o)->value, adj_val_keep(*out));
    }
    if (ok && adj_is_type(*out) && !adj_as_type(*out)->body)
        adj_as_type(*out)->body = adj_obj_keep(((AdjFunction *)at[0].o)->code);
    adj_val_drop(cell);
    adj_obj_drop(names);
    return ok;
}

bool adj_run_class_body(AdjVM *vm, AdjFunction *fn, AdjDict *names, AdjVal *out)
{
    AdjVal *ret = vm->frame->sp;
    if (!adj_c_stack_ok(vm)) {
        return adj_raise(vm, ADJ_EXC_RecursionError, "maximum recursion depth exceeded");
    }
    *ret = adj_obj_val(adj_obj_keep(fn));
    AdjFrame *f = adj_frame_push(vm, fn, ret + 1, ret, 0, FRAME_ENTRY | FRAME_CLASS);
    if (!f) {
        adj_obj_drop(fn);
        return false;
    }
    f->names = adj_obj_keep(names);
    return adj_run(vm, out);
}
