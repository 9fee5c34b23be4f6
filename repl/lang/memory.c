// SPDX-License-Identifier: Apache-2.0
// Memory of the language: counted blocks, small-block free lists, and the birth and death of
// objects.
//
// Small blocks (up to SMALL_MAX bytes) come from free lists by size class, refilled a page at a
// time: an object costs a few nanoseconds, and programs that make and drop boxes in a loop
// touch the same lines of cache again. Sizes are passed to free, so blocks carry no header.
// Under a sanitizer the lists are off and every block is the C library's, so that stale
// pointers are caught.
//
// Freeing is a loop, not a recursion: dropping the head of a million-link list would otherwise
// need a million C frames. Objects whose last reference goes while another one is being
// torn down, beyond a small depth, wait in a list threaded through their collector heads; only
// collector objects can nest deeply, so every object that must wait has such a head.
//
// Invariant: live_bytes is the sum of the sizes passed to alloc less those passed to free.
#include <stdlib.h>
#include <string.h>

#include "vm.h"

#if defined(__SANITIZE_ADDRESS__)
#    define USE_POOL 0
#elif defined(__has_feature)
#    if __has_feature(address_sanitizer)
#        define USE_POOL 0
#    endif
#endif
#ifndef USE_POOL
#    define USE_POOL 1
#endif

enum { SMALL_MAX = 256, GRAIN = 16, CLASSES = SMALL_MAX / GRAIN, PAGE = 16384, NEST_MAX = 40 };

typedef struct Free {
    struct Free *next;
} Free;

static Free *pool[CLASSES + 1];
static int64_t live_bytes, live_objects, limit_bytes;

// Carves a page into blocks of class [c]. Pages are never given back: what a program needed
// once it will need again.
static void *pool_refill(size_t c)
{
    size_t size = c * GRAIN;
    char *page = malloc(PAGE);
    if (!page) return NULL;
    for (size_t at = size; at + size <= PAGE; at += size) {
        Free *f = (Free *)(page + at);
        f->next = pool[c];
        pool[c] = f;
    }
    return page;
}

static inline void *block_alloc(size_t bytes)
{
    if (!USE_POOL || bytes > SMALL_MAX) return malloc(bytes);
    size_t c = (bytes + GRAIN - 1) / GRAIN;
    Free *f = pool[c];
    if (UNLIKELY(!f)) return pool_refill(c);
    pool[c] = f->next;
    return f;
}

static inline void block_free(void *p, size_t bytes)
{
    if (!USE_POOL || bytes > SMALL_MAX) {
        free(p);
        return;
    }
    size_t c = (bytes + GRAIN - 1) / GRAIN;
    ((Free *)p)->next = pool[c];
    pool[c] = p;
}

static inline bool over_limit(size_t bytes)
{
    return bytes > INT64_MAX / 2 || (limit_bytes && live_bytes + (int64_t)bytes > limit_bytes);
}

static void *out_of_memory(AdjVM *vm)
{
    return vm ? adj_raise_null(vm, ADJ_EXC_MemoryError, "%s", "") : NULL;
}

void *adj_lang_alloc(AdjVM *vm, size_t bytes)
{
    if (bytes == 0) bytes = 1;
    void *p = UNLIKELY(over_limit(bytes)) ? NULL : block_alloc(bytes);
    if (UNLIKELY(!p)) return out_of_memory(vm);
    live_bytes += (int64_t)bytes;
    return p;
}

void adj_lang_free(void *p, size_t bytes)
{
    if (!p) return;
    if (bytes == 0) bytes = 1;
    live_bytes -= (int64_t)bytes;
    block_free(p, bytes);
}

void *adj_lang_realloc(AdjVM *vm, void *p, size_t old_bytes, size_t bytes)
{
    if (!p) return adj_lang_alloc(vm, bytes);
    if (old_bytes == 0) old_bytes = 1;
    if (bytes == 0) bytes = 1;
    if (USE_POOL && (old_bytes <= SMALL_MAX || bytes <= SMALL_MAX)) {
        void *q = adj_lang_alloc(vm, bytes);
        if (!q) return NULL;
        memcpy(q, p, old_bytes < bytes ? old_bytes : bytes);
        adj_lang_free(p, old_bytes);
        return q;
    }
    if (bytes > old_bytes && over_limit(bytes - old_bytes)) return out_of_memory(vm);
    void *q = realloc(p, bytes);
    if (!q) return out_of_memory(vm);
    live_bytes += (int64_t)bytes - (int64_t)old_bytes;
    return q;
}

int64_t adj_lang_live_objects(void)
{
    return live_objects;
}

int64_t adj_lang_live_bytes(void)
{
    return live_bytes;
}

void adj_vm_set_memory_limit(AdjVM *vm, int64_t bytes)
{
    (void)vm;
    limit_bytes = bytes;
}

// ---- objects ----

// The block of a string of [len] bytes. Long ones are rounded up by at most an eighth, so that
// a string that grows by little pieces is moved seldom.
size_t adj_str_bytes(size_t len)
{
    size_t bytes = sizeof(AdjStr) + len + 1;
    if (bytes < 256) return bytes;
    size_t step = (size_t)1 << (63 - __builtin_clzll(bytes)) >> 3;
    return (bytes + step - 1) / step * step;
}

// Objects of variable size say how large they are; the others have their type's size.
static size_t object_size(const AdjObj *o)
{
    const AdjType *t = o->type;
    if (t->flags & ADJ_TF_STR) return adj_str_bytes((size_t)((const AdjStr *)o)->len);
    if (t->flags & ADJ_TF_TUPLE) {
        return t->size + (size_t)((const AdjTuple *)o)->len * sizeof(AdjVal);
    }
    if (t->flags & ADJ_TF_BYTES)
        return sizeof(AdjBytes) + (size_t)((const AdjBytes *)o)->len + 1;
    if (!t->attr_offset) return t->size;
    return t->size + adj_attrs_of((AdjObj *)o)->inline_cap * sizeof(AdjVal);
}

void *adj_obj_new_sized(AdjVM *vm, AdjType *type, size_t bytes)
{
    bool gc = type->flags & ADJ_TF_GC;
    size_t head = gc ? sizeof(AdjGcHead) : 0;
    if (gc && UNLIKELY(adj_gc_debt > adj_gc_limit)) adj_gc_maybe(vm);
    char *block = adj_lang_alloc(vm, bytes + head);
    if (UNLIKELY(!block)) return NULL;
    AdjObj *o = (AdjObj *)(block + head);
    memset(o, 0, type->size);
    o->refs = 1;
    o->type = type;
    live_objects++;
    if (type->flags & ADJ_TF_HEAP) adj_obj_keep(type);
    if (type->attr_offset) adj_attrs_init(o, (bytes - type->size) / sizeof(AdjVal));
    if (gc) adj_gc_track(o);
    return o;
}

void *adj_obj_new(AdjVM *vm, AdjType *type)
{
    size_t room = type->attr_offset ? type->slot_hint * sizeof(AdjVal) : 0;
    return adj_obj_new_sized(vm, type, type->size + room);
}

static void release(AdjObj *o)
{
    AdjType *t = o->type;
    bool gc = t->flags & ADJ_TF_GC;
    size_t bytes = object_size(o) + (gc ? sizeof(AdjGcHead) : 0);
    if (t->flags & ADJ_TF_STR && ((AdjStr *)o)->interned) adj_str_forget((AdjStr *)o);
    if (t->drop) t->drop(o);
    if (t->attr_offset) adj_attrs_drop(o);
    live_objects--;
    adj_lang_free((char *)o - (gc ? sizeof(AdjGcHead) : 0), bytes);
    if (t->flags & ADJ_TF_HEAP) adj_obj_drop(t);
}

static int nest;
static AdjGcHead *waiting;

// Calls __del__ once, on the object brought back to life for the time of the call. True: it
// has found somebody to keep it.
bool adj_obj_finalise(AdjObj *o)
{
    if (o->type == &adj_type_generator) return adj_generator_finalise(o);
    AdjAttrs *a = adj_attrs_of(o);
    AdjVal *fn = adj_type_dunder(o->type, ADJ_D_DEL);
    if (!fn || !a || a->finalised) return false;
    a->finalised = true;
    o->refs++;
    adj_vm_finalise(o);
    return --o->refs > 0;
}

void adj_obj_free(AdjObj *o)
{
    if (o->type->flags & (ADJ_TF_HEAP | ADJ_TF_LEAVES) && adj_obj_finalise(o)) return;
    if (o->type->flags & ADJ_TF_GC) {
        adj_gc_untrack(o);
        if (nest >= NEST_MAX) {
            AdjGcHead *h = (AdjGcHead *)o - 1;
            h->next = waiting;
            waiting = h;
            return;
        }
    }
    nest++;
    release(o);
    nest--;
    while (nest == 0 && waiting) {
        AdjGcHead *h = waiting;
        waiting = h->next;
        nest++;
        release((AdjObj *)(h + 1));
        nest--;
    }
}
