// SPDX-License-Identifier: Apache-2.0
// pickle_read.c: PyTorch's .pt files, read by a machine that can build nothing but tensors,
// numbers, strings, None, bool, list, tuple, dict and OrderedDict.
//
// A pickle is a program for a stack machine that may name any function and call it. This one
// knows the dozen names that state dicts and checkpoints are made of and refuses every other by
// name; a call is one of four constructions written below. Sizes are checked against the file
// before memory is taken, and a tensor's strides against its storage.
#include "bind/files/pickle.h"
#include "io/zip.h"

#include <stdlib.h>

typedef enum {
    VALUE,
    MARK,
    GLOBAL,   // [n]: which of the names below
    STORAGE,  // [n]: of the reader's list
    STORAGE_KEY,
} Kind;

typedef struct {
    Kind kind;
    int n;
    AdjVal v;  // VALUE; for a tuple that describes a storage, the tuple
} Item;

typedef enum {
    REBUILD_TENSOR,
    REBUILD_PARAMETER,
    ORDERED_DICT,
    SIZE,
    FIRST_STORAGE,                             // and one per element type
    FIRST_DTYPE = FIRST_STORAGE + ADJ_DTYPES,  // torch.float32 ...
    AFTER_DTYPE = FIRST_DTYPE + ADJ_DTYPES,
} Global;

typedef struct {
    AdjStorage *storage;  // kept
    AdjDtype dtype;
    char key[40];
} Elements;

typedef struct {
    AdjVM *vm;
    const char *path;
    const AdjFile *file;
    char prefix[128];  // "archive/", before every member's name
    const unsigned char *at, *end;
    Item *stack, *memo;
    int n, capacity, n_memo, memo_capacity;
    Elements *elements;
    int n_elements, elements_capacity;
    uint64_t taken;  // bytes of members read so far
    AdjVal ordered;  // collections.OrderedDict
} Reader;

static bool bad(Reader *r, const char *what)
{
    if (adj_vm_failed(r->vm)) return false;
    if (adj_error_kind()) return adj_bind_error(r->vm);
    return adj_raise(r->vm, ADJ_EXC_RuntimeError, "load: '%s' is damaged: %s", r->path, what);
}

static bool grow(Reader *r, void **at, int *capacity, size_t size)
{
    int wanted = *capacity ? *capacity * 2 : 64;
    void *bigger = wanted > 1 << 24 ? NULL : realloc(*at, (size_t)wanted * size);
    if (!bigger) return adj_raise(r->vm, ADJ_EXC_MemoryError, "load: no memory");
    *at = bigger;
    *capacity = wanted;
    return true;
}

// ---------------------------------------------------------------- the stack

static bool push(Reader *r, Item item)  // takes the value
{
    if (r->n == r->capacity && !grow(r, (void **)&r->stack, &r->capacity, sizeof *r->stack)) {
        adj_val_drop(item.v);
        return false;
    }
    r->stack[r->n++] = item;
    return true;
}

static bool push_value(Reader *r, AdjVal v)
{
    return push(r, (Item){VALUE, 0, v});
}

static bool push_object(Reader *r, void *o)
{
    return o && push_value(r, adj_obj_val(o));
}

static Item *top(Reader *r, int below)
{
    return r->n > below ? &r->stack[r->n - 1 - below] : NULL;
}

static bool pop(Reader *r, Item *out)
{
    if (r->n == 0 || r->stack[r->n - 1].kind == MARK) return bad(r, "an empty stack");
    *out = r->stack[--r->n];
    return true;
}

static void drop_top(Reader *r, int n)
{
    while (n--) adj_val_drop(r->stack[--r->n].v);
}

// The number of items above the last mark, -1 when there is none.
static int above_mark(Reader *r)
{
    for (int i = r->n; i--;)
        if (r->stack[i].kind == MARK) return r->n - 1 - i;
    bad(r, "no mark on the stack");
    return -1;
}

// Values above the mark as a tuple; names and storages may only stand in the tuples that
// describe storages and tensors, so they are put there as strings that no file can spell.
static bool item_value(Reader *r, const Item *item, AdjVal *out)
{
    switch (item->kind) {
    case VALUE: return adj_out_keep(out, item->v);
    case GLOBAL:
        if (item->n >= FIRST_DTYPE)
            return adj_bind_dtype(r->vm, (AdjDtype)(item->n - FIRST_DTYPE), out);
        *out = (AdjVal){.tag = ADJ_T_NOTIMPL, .i = 1 + item->n};
        return true;
    case STORAGE: *out = (AdjVal){.tag = ADJ_T_NOTIMPL, .i = 1000 + item->n}; return true;
    default: return bad(r, "a mark inside a value");
    }
}

static bool make_tuple(Reader *r, int n)
{
    if (n < 0 || n > r->n) return bad(r, "an empty stack");
    AdjTuple *t = adj_tuple_new(r->vm, n);
    for (int i = 0; t && i < n; i++) {
        if (item_value(r, &r->stack[r->n - n + i], &t->items[i])) continue;
        t->items[i] = ADJ_NONE;
        adj_obj_drop(t);
        return false;
    }
    if (!t) return false;
    drop_top(r, n);
    return push_object(r, t);
}

static bool is_plain(AdjVal v)
{
    return v.tag != ADJ_T_NOTIMPL && !adj_is_undef(v);
}

static bool append(Reader *r, int n)
{
    Item *list = top(r, n);
    if (!list || list->kind != VALUE || !adj_is_list(list->v))
        return bad(r, "no list to append to");
    for (int i = r->n - n; i < r->n; i++) {
        AdjVal v;
        if (!item_value(r, &r->stack[i], &v)) return false;
        bool ok = is_plain(v) && adj_list_append(r->vm, adj_as_list(list->v), v);
        adj_val_drop(v);
        if (!ok) return bad(r, "a name as a value");
    }
    drop_top(r, n);
    return true;
}

static bool set_items(Reader *r, int n)
{
    Item *dict = top(r, n);
    if (n % 2 || !dict || dict->kind != VALUE || !adj_is_dict(dict->v))
        return bad(r, "no dict to fill");
    for (int i = r->n - n; i < r->n; i += 2) {
        AdjVal k, v;
        if (!item_value(r, &r->stack[i], &k)) return false;
        if (!item_value(r, &r->stack[i + 1], &v)) {
            adj_val_drop(k);
            return false;
        }
        bool ok = is_plain(k) && is_plain(v) && adj_val_setitem(r->vm, dict->v, k, v);
        adj_val_drop(k);
        adj_val_drop(v);
        if (!ok) return bad(r, "a name as a value");
    }
    drop_top(r, n);
    return true;
}

// ---------------------------------------------------------------- reading bytes

static const unsigned char *take(Reader *r, uint64_t n)
{
    if ((uint64_t)(r->end - r->at) < n) {
        bad(r, "the pickle ends in the midst of a value");
        return NULL;
    }
    const unsigned char *p = r->at;
    r->at += n;
    return p;
}

static bool take_number(Reader *r, int bytes, uint64_t *out)
{
    const unsigned char *p = take(r, (uint64_t)bytes);
    if (p) *out = adj_read_le(p, bytes);
    return p != NULL;
}

static bool push_text(Reader *r, int length_bytes)
{
    uint64_t n;
    const unsigned char *p;
    if (!take_number(r, length_bytes, &n) || !(p = take(r, n))) return false;
    if (!adj_utf8_valid((const char *)p, (size_t)n)) return bad(r, "a string is not UTF-8");
    return push_object(r, adj_str_new(r->vm, (const char *)p, (size_t)n));
}

static bool push_long(Reader *r)
{
    uint64_t n, bits;
    if (!take_number(r, 1, &n)) return false;
    if (n > 8) return bad(r, "an integer of more than 64 bits");
    if (!take_number(r, (int)n, &bits)) return false;
    if (n && n < 8 && bits >> (8 * n - 1)) bits |= ~UINT64_C(0) << (8 * n);
    return push_value(r, adj_int_val(n ? (int64_t)bits : 0));
}

static bool push_float(Reader *r)
{
    const unsigned char *p = take(r, 8);
    if (!p) return false;
    uint64_t bits = 0;
    for (int i = 0; i < 8; i++) bits = bits << 8 | p[i];
    double f;
    memcpy(&f, &bits, sizeof f);
    return push_value(r, adj_float_val(f));
}

// ---------------------------------------------------------------- names

static int find_global(const char *module, const char *name)
{
    static const struct {
        const char *module, *name;
        int global;
    } known[] = {{"torch._utils", "_rebuild_tensor_v2", REBUILD_TENSOR},
                 {"torch._utils", "_rebuild_parameter", REBUILD_PARAMETER},
                 {"collections", "OrderedDict", ORDERED_DICT},
                 {"torch", "Size", SIZE}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(known[i].module, module) && !strcmp(known[i].name, name))
            return known[i].global;
    for (int t = 0; !strcmp(module, "torch") && t < ADJ_DTYPES; t++) {
        if (!strcmp(adj_storage_names[t], name)) return FIRST_STORAGE + t;
        if (!strcmp(adj_dtype_name((AdjDtype)t), name)) return FIRST_DTYPE + t;
    }
    return -1;
}

static bool push_global(Reader *r, const char *module, const char *name)
{
    int global = find_global(module, name);
    if (global >= 0) return push(r, (Item){GLOBAL, global, ADJ_NONE});
    return adj_raise(
        r->vm, ADJ_EXC_RuntimeError,
        "load: '%s' asks for %.80s.%.80s, which is not built: only tensors, numbers, "
        "str, None, bool, list, tuple, dict and OrderedDict are",
        r->path, module, name);
}

static bool line(Reader *r, char *out, size_t room)
{
    const unsigned char *p = r->at, *stop = memchr(p, '\n', (size_t)(r->end - p));
    if (!stop || (size_t)(stop - p) >= room) return bad(r, "a name without an end");
    memcpy(out, p, (size_t)(stop - p));
    out[stop - p] = 0;
    r->at = stop + 1;
    return adj_utf8_valid(out, strlen(out)) || bad(r, "a name is not UTF-8");
}

static bool read_global(Reader *r)
{
    char module[128], name[128];
    return line(r, module, sizeof module) && line(r, name, sizeof name) &&
           push_global(r, module, name);
}

static bool stack_global(Reader *r)
{
    Item name, module;
    if (!pop(r, &name)) return false;
    bool ok = pop(r, &module);
    if (ok) {
        ok = name.kind == VALUE && module.kind == VALUE && adj_is_str(name.v) &&
             adj_is_str(module.v);
        ok = ok ? push_global(r, adj_as_str(module.v)->data, adj_as_str(name.v)->data)
                : bad(r, "a name that is no string");
        adj_val_drop(module.v);
    }
    adj_val_drop(name.v);
    return ok;
}

// ---------------------------------------------------------------- storages and tensors

static bool find_member(Reader *r, const char *name, AdjZipMember *out)
{
    char full[256];
    snprintf(full, sizeof full, "%s%s", r->prefix, name);
    int more;
    for (uint64_t cursor = 0; (more = adj_zip_next(r->file, &cursor, out)) > 0;)
        if (!strcmp(out->name, full)) return true;
    return bad(r, "a part of it is missing");
}

static AdjStorage *load_storage(Reader *r, const char *key, uint64_t bytes)
{
    ADJ_SCOPE;
    char name[64];
    AdjZipMember m;
    snprintf(name, sizeof name, "data/%s", key);
    if (!find_member(r, name, &m)) return NULL;
    r->taken += m.packed;
    if (m.size < bytes || r->taken > r->file->size) {
        bad(r, "elements are missing");
        return NULL;
    }
    const unsigned char *p = adj_zip_bytes(r->file, &m);
    AdjStorage *s = p ? adj_storage_make(&adj_cpu, (size_t)bytes) : NULL;
    if (!s) {
        bad(r, "no memory");
        return NULL;
    }
    if (bytes) memcpy(s->data, p, (size_t)bytes);
    return s;
}

static bool push_storage(Reader *r, AdjDtype dtype, const char *key, uint64_t bytes)
{
    for (int i = 0; i < r->n_elements; i++) {
        if (strcmp(r->elements[i].key, key)) continue;
        if (r->elements[i].dtype != dtype || r->elements[i].storage->bytes < bytes)
            return bad(r, "one storage of two types");
        return push(r, (Item){STORAGE, i, ADJ_NONE});
    }
    if (r->n_elements == r->elements_capacity &&
        !grow(r, (void **)&r->elements, &r->elements_capacity, sizeof *r->elements))
        return false;
    AdjStorage *s = load_storage(r, key, bytes);
    if (!s) return false;
    Elements *e = &r->elements[r->n_elements++];
    *e = (Elements){s, dtype, ""};
    snprintf(e->key, sizeof e->key, "%s", key);
    return push(r, (Item){STORAGE, r->n_elements - 1, ADJ_NONE});
}

// ('storage', torch.FloatStorage, key, 'cpu', number of elements)
static bool persistent(Reader *r)
{
    Item item;
    if (!pop(r, &item)) return false;
    AdjTuple *t = item.kind == VALUE && adj_is_tuple(item.v) ? adj_as_tuple(item.v) : NULL;
    bool ok = t && t->len >= 5 && t->items[1].tag == ADJ_T_NOTIMPL && adj_is_str(t->items[2]) &&
              t->items[4].tag == ADJ_T_INT && t->items[4].i >= 0 &&
              t->items[4].i < INT64_C(1) << 40;
    int64_t global = ok ? t->items[1].i - 1 : 0;
    ok = ok && global >= FIRST_STORAGE && global < FIRST_DTYPE &&
         adj_as_str(t->items[2])->len < 40 && !strchr(adj_as_str(t->items[2])->data, '/');
    if (ok) {
        AdjDtype dtype = (AdjDtype)(global - FIRST_STORAGE);
        ok = push_storage(r, dtype, adj_as_str(t->items[2])->data,
                          (uint64_t)t->items[4].i * adj_dtype_size(dtype));
    } else {
        bad(r, "a storage is not described as one");
    }
    adj_val_drop(item.v);
    return ok;
}

static bool shape_of(AdjVal v, AdjShape *out)
{
    if (!adj_is_tuple(v) || adj_as_tuple(v)->len > ADJ_MAX_DIMS) return false;
    out->n = (int)adj_as_tuple(v)->len;
    for (int i = 0; i < out->n; i++) {
        AdjVal item = adj_as_tuple(v)->items[i];
        if (item.tag != ADJ_T_INT || item.i < 0 || item.i > INT64_C(1) << 40) return false;
        out->at[i] = item.i;
    }
    return true;
}

static bool fits(const Elements *e, int64_t offset, AdjShape size, AdjShape stride)
{
    int64_t room = (int64_t)(e->storage->bytes / adj_dtype_size(e->dtype)), last = offset,
            n = 1;
    for (int i = 0; i < size.n; i++) {
        int64_t step;
        if (size.at[i] == 0) return offset <= room;
        if (__builtin_mul_overflow(size.at[i] - 1, stride.at[i], &step) ||
            __builtin_add_overflow(last, step, &last) ||
            __builtin_mul_overflow(n, size.at[i], &n))
            return false;
    }
    return last < room && n < INT64_C(1) << 48;
}

// _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)
static bool rebuild_tensor(Reader *r, AdjTuple *a, AdjVal *out)
{
    AdjShape size, stride;
    int64_t index = a->len >= 5 && a->items[0].tag == ADJ_T_NOTIMPL ? a->items[0].i - 1000 : -1;
    if (index < 0 || index >= r->n_elements || a->items[1].tag != ADJ_T_INT ||
        a->items[1].i < 0 || a->items[1].i > INT64_C(1) << 40 ||
        !shape_of(a->items[2], &size) || !shape_of(a->items[3], &stride) || size.n != stride.n)
        return bad(r, "a tensor is not described as one");
    const Elements *e = &r->elements[index];
    if (!fits(e, a->items[1].i, size, stride))
        return bad(r, "a tensor larger than its elements");
    ADJ_SCOPE;
    AdjTensor *t = adj_tensor_make(e->storage, e->dtype, size, stride.at, a->items[1].i);
    if (!t) return bad(r, "no memory");
    bool wanted = a->items[4].tag == ADJ_T_BOOL && a->items[4].i && adj_is_float(t);
    t->requires_grad = wanted;
    return adj_bind_tensor(r->vm, t, out);
}

// _rebuild_parameter(data, requires_grad, hooks)
static bool rebuild_parameter(Reader *r, AdjTuple *a, AdjVal *out)
{
    if (a->len < 2 || !adj_is_tensor(a->items[0]) || a->items[1].tag != ADJ_T_BOOL)
        return bad(r, "a parameter is not described as one");
    ADJ_SCOPE;
    AdjTensor *t = adj_bare_view(adj_tensor_of(a->items[0]));
    if (t) t->is_parameter = true;
    if (t) t->requires_grad = a->items[1].i && adj_is_float(t);
    return adj_bind_tensor(r->vm, t, out);
}

static bool ordered_dict(Reader *r, AdjTuple *a, AdjVal *out)
{
    if (a->len && !(a->len == 1 && adj_is_list(a->items[0]) && !adj_as_list(a->items[0])->len))
        return bad(r, "an OrderedDict is not described as one");
    if (adj_is_undef(r->ordered)) {
        AdjVal collections;
        if (!adj_vm_import(r->vm, "collections", &collections)) return false;
        bool ok = adj_val_getattr_c(r->vm, collections, "OrderedDict", &r->ordered);
        adj_val_drop(collections);
        if (!ok) return false;
    }
    return adj_vm_call(r->vm, r->ordered, NULL, 0, NULL, out);
}

static bool make_size(Reader *r, AdjTuple *a, AdjVal *out)
{
    AdjShape size;
    if (a->len != 1 || !shape_of(a->items[0], &size)) return bad(r, "a size is not one");
    return adj_bind_size(r->vm, size, out);
}

static bool reduce(Reader *r)
{
    Item args, fn;
    AdjVal v = ADJ_NONE;
    if (!pop(r, &args)) return false;
    bool ok = pop(r, &fn);
    if (ok && (fn.kind != GLOBAL || args.kind != VALUE || !adj_is_tuple(args.v))) {
        adj_val_drop(fn.v);
        ok = bad(r, "a call of something that cannot be called");
    } else if (ok) {
        AdjTuple *a = adj_as_tuple(args.v);
        switch (fn.n) {
        case REBUILD_TENSOR: ok = rebuild_tensor(r, a, &v); break;
        case REBUILD_PARAMETER: ok = rebuild_parameter(r, a, &v); break;
        case ORDERED_DICT: ok = ordered_dict(r, a, &v); break;
        case SIZE: ok = make_size(r, a, &v); break;
        default: ok = bad(r, "a call of something that cannot be called");
        }
    }
    adj_val_drop(args.v);
    return ok && push_value(r, v);
}

// ---------------------------------------------------------------- the memo

static bool put(Reader *r, uint64_t at)
{
    Item *item = top(r, 0);
    if (!item || item->kind == MARK || at > 1u << 24) return bad(r, "nothing to remember");
    while ((uint64_t)r->memo_capacity <= at) {
        int before = r->memo_capacity;
        if (!grow(r, (void **)&r->memo, &r->memo_capacity, sizeof *r->memo)) return false;
        memset(r->memo + before, 0, (size_t)(r->memo_capacity - before) * sizeof *r->memo);
        for (int i = before; i < r->memo_capacity; i++) r->memo[i].kind = MARK;
    }
    adj_val_drop(r->memo[at].v);
    r->memo[at] = *item;
    adj_val_keep(item->v);
    if ((int)at >= r->n_memo) r->n_memo = (int)at + 1;
    return true;
}

static bool get(Reader *r, uint64_t at)
{
    if (at >= (uint64_t)r->n_memo || r->memo[at].kind == MARK)
        return bad(r, "a reference to nothing");
    adj_val_keep(r->memo[at].v);
    return push(r, r->memo[at]);
}

static bool put_numbered(Reader *r, int bytes)
{
    uint64_t at;
    return take_number(r, bytes, &at) && put(r, at);
}

static bool get_numbered(Reader *r, int bytes)
{
    uint64_t at;
    return take_number(r, bytes, &at) && get(r, at);
}

// ---------------------------------------------------------------- the machine

static bool pop_mark(Reader *r)
{
    Item *item = top(r, 0);
    if (!item || item->kind != MARK) return bad(r, "no mark on the stack");
    r->n--;
    return true;
}

// The items above the last mark are what [what] takes.
static bool to_mark(Reader *r, bool (*what)(Reader *r, int n))
{
    int n = above_mark(r);
    if (n < 0) return false;
    // The mark goes first, so that what stands below it is next to the items.
    int mark = r->n - 1 - n;
    memmove(&r->stack[mark], &r->stack[mark + 1], (size_t)n * sizeof *r->stack);
    r->n--;
    return what(r, n);
}

static bool build(Reader *r)
{
    Item state;  // of an OrderedDict: attributes that state dicts carry and nobody needs
    Item *target = top(r, 1);
    if (!target || target->kind != VALUE || !adj_is_dict(target->v))
        return bad(r, "state for something that has none");
    if (!pop(r, &state)) return false;
    adj_val_drop(state.v);
    return true;
}

static bool number_value(Reader *r, int bytes, bool with_sign)
{
    uint64_t n;
    if (!take_number(r, bytes, &n)) return false;
    return push_value(r, adj_int_val(with_sign ? (int32_t)n : (int64_t)n));
}

static bool simple(Reader *r, int op, bool *known)
{
    *known = true;
    switch (op) {
    case '(': return push(r, (Item){MARK, 0, ADJ_NONE});
    case 'N': return push_value(r, ADJ_NONE);
    case 0x88: return push_value(r, ADJ_TRUE);
    case 0x89: return push_value(r, ADJ_FALSE);
    case 'K': return number_value(r, 1, false);
    case 'M': return number_value(r, 2, false);
    case 'J': return number_value(r, 4, true);
    case 0x8a: return push_long(r);
    case 'G': return push_float(r);
    case 'X': return push_text(r, 4);
    case 0x8c: return push_text(r, 1);
    case 0x8d: return push_text(r, 8);
    case ')': return make_tuple(r, 0);
    case ']': return push_object(r, adj_list_new(r->vm, 0));
    case '}': return push_object(r, adj_dict_new(r->vm));
    }
    *known = false;
    return true;
}

static bool step(Reader *r, int op)
{
    bool known, ok = simple(r, op, &known);
    if (known) return ok;
    switch (op) {
    case 0x80: return take(r, 1) != NULL;  // the protocol's number
    case 0x95: return take(r, 8) != NULL;  // a frame: only its length
    case 't': return to_mark(r, make_tuple);
    case 0x85: return make_tuple(r, 1);
    case 0x86: return make_tuple(r, 2);
    case 0x87: return make_tuple(r, 3);
    case 'a': return append(r, 1);
    case 'e': return to_mark(r, append);
    case 's': return set_items(r, 2);
    case 'u': return to_mark(r, set_items);
    case 'q': return put_numbered(r, 1);
    case 'r': return put_numbered(r, 4);
    case 0x94: return put(r, (uint64_t)r->n_memo);
    case 'h': return get_numbered(r, 1);
    case 'j': return get_numbered(r, 4);
    case 'c': return read_global(r);
    case 0x93: return stack_global(r);
    case 'Q': return persistent(r);
    case 'R': return reduce(r);
    case 'b': return build(r);
    case '1': return pop_mark(r);
    }
    return adj_raise(r->vm, ADJ_EXC_RuntimeError,
                     "load: '%s' uses the pickle instruction 0x%02x, which is not supported",
                     r->path, op);
}

static bool run(Reader *r, AdjVal *out)
{
    while (r->at < r->end) {
        int op = *r->at++;
        if (op != '.') {
            if (!step(r, op)) return false;
            continue;
        }
        Item item;
        if (!pop(r, &item)) return false;
        if (item.kind == VALUE) return *out = item.v, true;
        return bad(r, "a name in place of a value");
    }
    return bad(r, "the pickle has no end");
}

static void release(Reader *r)
{
    while (r->n) adj_val_drop(r->stack[--r->n].v);
    while (r->n_memo) adj_val_drop(r->memo[--r->n_memo].v);
    for (int i = 0; i < r->n_elements; i++) adj_storage_drop(r->elements[i].storage);
    free(r->stack);
    free(r->memo);
    free(r->elements);
    adj_val_drop(r->ordered);
}

static bool find_pickle(Reader *r, AdjZipMember *out)
{
    static const char ending[] = "data.pkl";
    int more;
    for (uint64_t cursor = 0; (more = adj_zip_next(r->file, &cursor, out)) > 0;) {
        size_t n = strlen(out->name), end = sizeof ending - 1;
        if (n < end || strcmp(out->name + n - end, ending) || n - end >= sizeof r->prefix)
            continue;
        snprintf(r->prefix, sizeof r->prefix, "%.*s", (int)(n - end), out->name);
        return true;
    }
    return bad(r, "it holds no data.pkl");
}

bool adj_pickle_load(AdjVM *vm, const char *path, AdjVal *out)
{
    ADJ_SCOPE;
    AdjFile file;
    AdjZipMember m;
    if (!adj_file_open(&file, path)) return adj_bind_error(vm);
    Reader r = {.vm = vm, .path = path, .file = &file, .ordered = ADJ_UNDEF};
    bool ok = find_pickle(&r, &m);
    if (ok) {
        r.at = adj_zip_bytes(&file, &m);
        r.end = r.at ? r.at + m.size : NULL;
        ok = r.at ? run(&r, out) : bad(&r, "its pickle cannot be read");
    }
    release(&r);
    adj_file_close(&file);
    return ok;
}
