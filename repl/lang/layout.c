// SPDX-License-Identifier: Apache-2.0
// Shapes: which attribute of an object lives in which slot.
//
// Objects of a class that got the same attributes in the same order share one shape, a node of
// a tree whose root belongs to the class; storing a new attribute moves the object one edge
// down. An inline cache that has seen a shape's id therefore knows the slot without looking
// the name up. (Chambers, Ungar and Lee, "An efficient implementation of SELF", 1989.)
//
// Objects that stray (many attributes, deletions, a wish for a live __dict__) switch to a dict
// of their own for good; their shape_id is 0, which no cache holds.
//
// Invariant: in shape mode slots[0 .. shape->count) hold values, in dict mode there are none.
#include <string.h>

#include "attributes.h"
#include "vm.h"

static uint64_t version_counter;

uint64_t adj_next_version(void)
{
    return ++version_counter;
}

AdjLayout *adj_layout_root(void)
{
    AdjLayout *s = adj_lang_alloc(NULL, sizeof *s);
    if (!s) return NULL;
    *s = (AdjLayout){.refs = 1, .id = adj_next_version()};
    return s;
}

void adj_layout_drop(AdjLayout *s)
{
    if (!s || --s->refs > 0) return;
    for (uint32_t i = 0; i < s->next_count; i++) adj_layout_drop(s->next[i].to);
    for (uint32_t i = 0; i < s->count; i++) adj_obj_drop(s->names[i]);
    adj_lang_free(s->next, s->next_count * sizeof *s->next);
    if (s->count) adj_lang_free(s->names, s->count * sizeof *s->names);
    adj_lang_free(s, sizeof *s);
}

int adj_layout_find(const AdjLayout *s, const AdjStr *name)
{
    for (uint32_t i = 0; i < s->count; i++) {
        if (s->names[i] == name) return (int)i;
    }
    return -1;
}

static AdjLayout *shape_child(AdjLayout *s, AdjStr *name)
{
    AdjLayout *child = adj_layout_root();
    if (!child) return NULL;
    child->names = adj_lang_alloc(NULL, (s->count + 1) * sizeof *child->names);
    if (!child->names) {
        adj_layout_drop(child);
        return NULL;
    }
    child->count = s->count + 1;
    for (uint32_t i = 0; i < s->count; i++) child->names[i] = adj_obj_keep(s->names[i]);
    child->names[s->count] = adj_obj_keep(name);
    return child;
}

AdjLayout *adj_layout_add(AdjLayout *s, AdjStr *name)
{
    for (uint32_t i = 0; i < s->next_count; i++) {
        if (s->next[i].name == name) return s->next[i].to;
    }
    if (s->count >= ADJ_LAYOUT_MAX || s->next_count >= ADJ_LAYOUT_MAX) return NULL;
    size_t old_bytes = s->next_count * sizeof *s->next;
    void *next = adj_lang_realloc(NULL, s->next, old_bytes, old_bytes + sizeof *s->next);
    if (!next) return NULL;
    s->next = next;
    AdjLayout *child = shape_child(s, name);
    if (!child) {
        s->next = adj_lang_realloc(NULL, next, old_bytes + sizeof *s->next, old_bytes);
        return NULL;
    }
    s->next[s->next_count].name = child->names[s->count];
    s->next[s->next_count++].to = child;
    return child;
}

// ---- attributes of one object ----

void adj_attrs_init(AdjObj *o, size_t inline_cap)
{
    AdjAttrs *a = adj_attrs_of(o);
    a->slots = (AdjVal *)((char *)o + o->type->size);
    a->cap = a->inline_cap = (uint16_t)inline_cap;
    a->finalised = false;
    a->shape = o->type->shape;
    a->shape->refs++;
    a->shape_id = a->shape->id;
    a->dict = NULL;
}

static void slots_release(AdjAttrs *a)
{
    if (a->cap > a->inline_cap) adj_lang_free(a->slots, a->cap * sizeof(AdjVal));
    a->cap = a->inline_cap;
    a->slots = NULL;
}

// Leaves the object without attributes, in dict mode without a dict.
void adj_attrs_drop(AdjObj *o)
{
    AdjAttrs *a = adj_attrs_of(o);
    AdjLayout *shape = a->shape;
    AdjDict *dict = a->dict;
    AdjVal *slots = a->slots;
    uint32_t cap = a->cap, inline_cap = a->inline_cap;
    a->shape = NULL;
    a->shape_id = 0;
    a->dict = NULL;
    a->cap = inline_cap;
    if (shape) {
        for (uint32_t i = 0; i < shape->count; i++) adj_val_drop(slots[i]);
        if (cap > inline_cap) adj_lang_free(slots, cap * sizeof(AdjVal));
        adj_layout_drop(shape);
    }
    adj_obj_drop(dict);
}

void adj_attrs_traverse(AdjObj *o, AdjVisit visit, void *arg)
{
    AdjAttrs *a = adj_attrs_of(o);
    if (a->dict) visit(&a->dict->head, arg);
    if (!a->shape) return;
    for (uint32_t i = 0; i < a->shape->count; i++) {
        if (adj_is_obj(a->slots[i])) visit(a->slots[i].o, arg);
    }
}

AdjDict *adj_attr_dict(AdjVM *vm, AdjObj *o)
{
    AdjAttrs *a = adj_attrs_of(o);
    if (!a) return adj_raise_null(vm, ADJ_EXC_AttributeError,
                                  "'%s' object has no attribute '__dict__'", o->type->name);
    if (a->dict) return a->dict;
    AdjDict *d = adj_dict_new(vm);
    if (!d) return NULL;
    for (uint32_t i = 0; a->shape && i < a->shape->count; i++) {
        if (!adj_dict_set_str(vm, d, a->shape->names[i], a->slots[i])) {
            adj_obj_drop(d);
            return NULL;
        }
    }
    adj_attrs_drop(o);
    slots_release(a);
    a->dict = d;
    return d;
}

int64_t adj_attr_count(AdjObj *o)
{
    const AdjAttrs *a = adj_attrs_of(o);
    return !a ? 0 : a->dict ? a->dict->count : a->shape ? a->shape->count : 0;
}

void adj_attr_each(AdjObj *o, void (*each)(void *data, AdjStr *name, AdjVal value), void *data)
{
    const AdjAttrs *a = adj_attrs_of(o);
    AdjEntry *e;
    for (int64_t i = 0; a && a->dict && (e = adj_dict_next(a->dict, &i));)
        if (adj_is_str(e->key)) each(data, adj_as_str(e->key), e->value);
    for (uint32_t i = 0; a && !a->dict && a->shape && i < a->shape->count; i++)
        if (a->slots[i].tag != ADJ_T_UNDEF) each(data, a->shape->names[i], a->slots[i]);
}

AdjVal *adj_attr_find(AdjObj *o, AdjStr *name)
{
    AdjAttrs *a = adj_attrs_of(o);
    if (!a) return NULL;
    if (a->dict) return adj_dict_find_str(a->dict, name);
    if (!a->shape) return NULL;
    int slot = adj_layout_find(a->shape, name);
    return slot < 0 ? NULL : &a->slots[slot];
}

static bool slots_grow(AdjVM *vm, AdjObj *o, AdjAttrs *a)
{
    uint32_t cap = a->cap ? a->cap * 2 : 4;
    AdjVal *slots = adj_lang_alloc(vm, cap * sizeof(AdjVal));
    if (!slots) return false;
    memcpy(slots, a->slots, a->shape->count * sizeof(AdjVal));
    if (a->cap > a->inline_cap) adj_lang_free(a->slots, a->cap * sizeof(AdjVal));
    a->slots = slots;
    a->cap = cap;
    // Later objects of the class will want as much: they get it in one block.
    if (o->type->slot_hint < cap) o->type->slot_hint = cap < 16 ? cap : 16;
    return true;
}

static bool no_attributes(AdjVM *vm, AdjObj *o, AdjStr *name)
{
    if (adj_type_find(o->type, name)) {
        return adj_raise(vm, ADJ_EXC_AttributeError, "'%s' object attribute '%s' is read-only",
                         o->type->name, name->data);
    }
    return adj_raise_no_attribute(vm, adj_obj_val(o), name);
}

static bool attr_delete(AdjVM *vm, AdjObj *o, AdjStr *name)
{
    if (!adj_attr_find(o, name)) return adj_raise_no_attribute(vm, adj_obj_val(o), name);
    AdjDict *d = adj_attr_dict(vm, o);
    if (!d) return false;
    AdjVal old;
    if (adj_dict_remove(vm, d, adj_obj_val(name), &old) < 0) return false;
    adj_val_drop(old);
    return true;
}

// [name] must be interned unless the object is in dict mode; stores intern to be sure.
static bool attr_store_interned(AdjVM *vm, AdjObj *o, AdjStr *name, AdjVal value)
{
    AdjAttrs *a = adj_attrs_of(o);
    int slot = a->shape ? adj_layout_find(a->shape, name) : -1;
    if (slot >= 0) {
        adj_val_set(&a->slots[slot], adj_val_keep(value));
        return true;
    }
    AdjLayout *next = a->shape ? adj_layout_add(a->shape, name) : NULL;
    if (!next) {
        AdjDict *d = adj_attr_dict(vm, o);
        return d && adj_dict_set_str(vm, d, name, value);
    }
    if (next->count > a->cap && !slots_grow(vm, o, a)) return false;
    a->slots[next->count - 1] = adj_val_keep(value);
    next->refs++;
    adj_layout_drop(a->shape);
    a->shape = next;
    a->shape_id = next->id;
    return true;
}

bool adj_attr_store(AdjVM *vm, AdjObj *o, AdjStr *name, AdjVal value)
{
    if (!adj_attrs_of(o)) return no_attributes(vm, o, name);
    if (adj_is_undef(value)) return attr_delete(vm, o, name);
    if (name->interned) return attr_store_interned(vm, o, name, value);
    AdjStr *interned = adj_str_intern(vm, name->data, (size_t)name->len);
    if (!interned) return false;
    bool ok = attr_store_interned(vm, o, interned, value);
    adj_obj_drop(interned);
    return ok;
}
