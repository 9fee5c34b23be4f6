// SPDX-License-Identifier: Apache-2.0
// The cycle collector: finds groups of objects that only keep each other.
//
// Reference counts free almost everything. What is left are cycles, and those can be told by
// arithmetic: count, for every tracked object, the references that come from other tracked
// objects; one whose count is larger is held from outside, and so is all it reaches. The rest
// is garbage. (Trial deletion; the bookkeeping follows CPython's, by Neil Schemenauer, 2000.)
//
// Objects start in the young list. A collection of the young runs when enough of them were
// made; survivors move to the old list, which is looked at when it has grown by a quarter.
//
// Invariant: every object of a collector type is in exactly one list from birth to death; an
// object's [mark] is 0 outside a collection.
#include "vm.h"

enum { YOUNG_LIMIT = 20000 };

static AdjGcHead young = {&young, &young}, old = {&old, &old};
static int64_t old_count, old_new;  // old_new: moved there since the last full collection
static bool collecting;
int64_t adj_gc_debt, adj_gc_limit = YOUNG_LIMIT;

static AdjObj *object_of(AdjGcHead *h)
{
    return (AdjObj *)(h + 1);
}

static AdjGcHead *head_of(AdjObj *o)
{
    return (AdjGcHead *)o - 1;
}

static void list_add(AdjGcHead *list, AdjGcHead *h)
{
    h->prev = list->prev;
    h->next = list;
    list->prev->next = h;
    list->prev = h;
}

static void list_remove(AdjGcHead *h)
{
    h->prev->next = h->next;
    h->next->prev = h->prev;
}

void adj_gc_track(AdjObj *o)
{
    list_add(&young, head_of(o));
    adj_gc_debt++;
}

void adj_gc_untrack(AdjObj *o)
{
    list_remove(head_of(o));
    adj_gc_debt--;
}

// ---- walking ----

static void visit_children(AdjObj *o, AdjVisit visit, void *arg)
{
    AdjType *t = o->type;
    if (t->traverse) t->traverse(o, visit, arg);
    if (t->attr_offset) adj_attrs_traverse(o, visit, arg);
    if (t->flags & ADJ_TF_HEAP) visit(&t->head, arg);
}

// During a collection mark is 1 + the references not yet explained; objects of other lists
// have mark 0 and are left alone.
static void explain(AdjObj *child, void *arg)
{
    (void)arg;
    if (child->mark > 1) child->mark--;
}

typedef struct Reach {
    AdjGcHead *from, *to;
} Reach;

// An object reached from outside comes back to the list, to be walked in its turn.
static void reach(AdjObj *child, void *arg)
{
    Reach *r = arg;
    if (!child->mark) return;
    if (child->mark == UINT32_MAX) {  // put aside as garbage too early
        list_remove(head_of(child));
        list_add(r->from, head_of(child));
    }
    child->mark = 2;
}

// Splits [list]: what is only kept by itself moves to [garbage].
static void split(AdjGcHead *list, AdjGcHead *garbage)
{
    for (AdjGcHead *h = list->next; h != list; h = h->next) {
        object_of(h)->mark = 1 + object_of(h)->refs;
    }
    for (AdjGcHead *h = list->next; h != list; h = h->next) {
        visit_children(object_of(h), explain, NULL);
    }
    Reach r = {list, garbage};
    for (AdjGcHead *h = list->next, *next; h != list; h = next) {
        AdjObj *o = object_of(h);
        if (o->mark > 1) {
            visit_children(o, reach, &r);
            next = h->next;
        } else {
            next = h->next;
            list_remove(h);
            list_add(garbage, h);
            o->mark = UINT32_MAX;
        }
    }
    for (AdjGcHead *h = list->next; h != list; h = h->next) object_of(h)->mark = 0;
}

// Empties the garbage. Each object is held while it is emptied; when all have let go of each
// other, the counts do the rest.
static int64_t clear(AdjGcHead *garbage)
{
    int64_t count = 0;
    for (AdjGcHead *h = garbage->next; h != garbage; h = h->next) {
        object_of(h)->mark = 0;
        object_of(h)->refs++;
        count++;
    }
    // Finalisers run first, on whole objects. They may have brought garbage back to life, so
    // then nothing is cleared: the next collection decides.
    bool finalised = false;
    for (AdjGcHead *h = garbage->next; h != garbage; h = h->next) {
        AdjObj *o = object_of(h);
        bool before = o->type->attr_offset && adj_attrs_of(o)->finalised;
        if (o->type->flags & ADJ_TF_HEAP) adj_obj_finalise(o);
        finalised |= !before && o->type->attr_offset && adj_attrs_of(o)->finalised;
    }
    for (AdjGcHead *h = garbage->next; !finalised && h != garbage; h = h->next) {
        AdjObj *o = object_of(h);
        if (o->type->flags & ADJ_TF_TYPE)
            adj_type_clear(o);
        else if (o->type->drop) o->type->drop(o);
        if (o->type->attr_offset) adj_attrs_drop(o);
    }
    while (garbage->next != garbage) {
        AdjGcHead *h = garbage->next;
        list_remove(h);
        list_add(&old, h);
        adj_obj_drop(object_of(h));
    }
    return count;
}

static void list_move(AdjGcHead *from, AdjGcHead *to)
{
    if (from->next == from) return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    from->next = from->prev = from;
}

static int64_t collect(bool full)
{
    AdjGcHead garbage = {&garbage, &garbage};
    if (collecting) return 0;
    collecting = true;
    if (full) list_move(&old, &young);
    split(&young, &garbage);
    int64_t survivors = 0;
    for (AdjGcHead *h = young.next; h != &young; h = h->next) survivors++;
    list_move(&young, &old);
    old_new = full ? 0 : old_new + survivors;
    old_count = full ? survivors : old_count + survivors;
    int64_t count = clear(&garbage);
    adj_gc_debt = 0;
    collecting = false;
    return count;
}

void adj_gc_maybe(AdjVM *vm)
{
    // An exception on its way up is no moment to run drops.
    if (vm && adj_vm_failed(vm)) return;
    collect(old_new > old_count / 4 + YOUNG_LIMIT * 2);
}

int64_t adj_vm_collect(AdjVM *vm)
{
    (void)vm;
    int64_t total = 0, count;
    while ((count = collect(true)) > 0) total += count;
    return total;
}
