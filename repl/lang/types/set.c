// SPDX-License-Identifier: Apache-2.0
// The table of set and frozenset. A set shows its items in the order of its table, and programs
// print sets; so the table is CPython's in every step that decides an order: linear probes of
// up to nine neighbours before the perturbed jump, deleted places never used again before a
// resize, growth by four (by two when large) at three fifths full, merging and intersecting in
// its order. Sets of numbers thus print as in Python. (Raymond Hettinger, Objects/setobject.c.)
//
// Invariant: table has mask + 1 places, a power of two, or is NULL (empty). A free place has
// key UNDEF and hash 0, a deleted one key UNDEF and hash -1, which no key has. fill counts used
// and deleted places and stays below three fifths. `hash` is the cached hash of a frozenset; of
// a set, the place where pop looks first.
#include "lang/types/set.h"

#include <string.h>

enum { FIRST_SIZE = 8, LINEAR_PROBES = 9, PERTURB_SHIFT = 5, LARGE = 50000 };

static inline bool is_live(const AdjSetEntry *e)
{
    return !adj_is_undef(e->key);
}

static int64_t mask_of(const AdjSet *s)
{
    return s->table ? s->mask : FIRST_SIZE - 1;
}

static AdjSetEntry *table_new(AdjVM *vm, int64_t size)
{
    AdjSetEntry *table = adj_lang_alloc(vm, (size_t)size * sizeof *table);
    if (table) memset(table, 0, (size_t)size * sizeof *table);  // zero is ADJ_T_UNDEF
    return table;
}

static void table_free(AdjSetEntry *table, int64_t mask)
{
    if (table) adj_lang_free(table, (size_t)(mask + 1) * sizeof *table);
}

static bool item_hash(AdjVM *vm, AdjVal key, int64_t *hash)
{
    if (key.tag == ADJ_T_INT && (uint64_t)key.i < UINT32_MAX) return *hash = key.i, true;
    if (adj_is_exact(key, &adj_type_str))
        return *hash = (int64_t)adj_str_hash(adj_as_str(key)), true;
    return adj_val_hash(vm, key, hash);
}

// The next place after the neighbours of [i].
static inline size_t jump(size_t i, size_t *perturb, size_t mask)
{
    *perturb >>= PERTURB_SHIFT;
    return (i * 5 + 1 + *perturb) & mask;
}

// Stores a key known to be absent in a table without deleted places.
static void insert_clean(AdjSetEntry *table, size_t mask, AdjVal key, int64_t hash)
{
    size_t i = (size_t)hash & mask, perturb = (size_t)hash;
    for (;; i = jump(i, &perturb, mask)) {
        AdjSetEntry *e = &table[i];
        for (int left = i + LINEAR_PROBES <= mask ? LINEAR_PROBES : 0; left >= 0; left--, e++) {
            if (is_live(e)) continue;
            e->key = key;
            e->hash = hash;
            return;
        }
    }
}

static bool resize(AdjVM *vm, AdjSet *s, int64_t least)
{
    int64_t size = FIRST_SIZE;
    while (size <= least) size <<= 1;
    AdjSetEntry *table = table_new(vm, size), *old = s->table;
    if (!table) return false;
    for (int64_t i = 0; old && i <= s->mask; i++) {
        if (is_live(&old[i])) insert_clean(table, (size_t)size - 1, old[i].key, old[i].hash);
    }
    table_free(old, s->mask);
    s->table = table;
    s->mask = size - 1;
    s->fill = s->used;
    s->version++;
    return true;
}

static inline bool same_simple(AdjVal a, AdjVal b)
{
    if (adj_val_is(a, b)) return true;
    return adj_is_exact(a, &adj_type_str) && adj_is_exact(b, &adj_type_str) &&
           adj_str_equal(adj_as_str(a), adj_as_str(b));
}

// Compares with a program's own code, which may change the set. 1, 0, -1 failed, -2 start
// again.
static int same_by_code(AdjVM *vm, AdjSet *s, AdjVal mine, AdjVal key)
{
    uint64_t version = s->version;
    bool equal;
    adj_val_keep(mine);
    bool ok = adj_val_equal(vm, mine, key, &equal);
    adj_val_drop(mine);
    if (!ok) return -1;
    return s->version != version ? -2 : equal;
}

// The entry of [key], or the free one where the search ended ([*found] false). NULL: failed.
static AdjSetEntry *look(AdjVM *vm, AdjSet *s, AdjVal key, int64_t hash, bool *found)
{
restart:;
    size_t mask = (size_t)s->mask, i = (size_t)hash & mask, perturb = (size_t)hash;
    for (;; i = jump(i, &perturb, mask)) {
        AdjSetEntry *e = &s->table[i];
        for (int left = i + LINEAR_PROBES <= mask ? LINEAR_PROBES : 0; left >= 0; left--, e++) {
            if (!is_live(e)) {
                if (e->hash == 0) return *found = false, e;
                continue;
            }
            if (e->hash != hash) continue;
            if (same_simple(e->key, key)) return *found = true, e;
            if (e->key.tag == ADJ_T_INT && key.tag == ADJ_T_INT) continue;
            int same = same_by_code(vm, s, e->key, key);
            if (same == -2) goto restart;
            if (same < 0) return NULL;
            if (same) return *found = true, e;
        }
    }
}

static bool add_hashed(AdjVM *vm, AdjSet *s, AdjVal key, int64_t hash)
{
    bool found;
    if (!s->table) {
        s->table = table_new(vm, FIRST_SIZE);
        if (!s->table) return false;
        s->mask = FIRST_SIZE - 1;
    }
    AdjSetEntry *e = look(vm, s, key, hash, &found);
    if (!e) return false;
    if (found) return true;
    e->key = adj_val_keep(key);
    e->hash = hash;
    s->fill++;
    s->used++;
    s->version++;
    if (s->fill * 5 < s->mask * 3) return true;
    return resize(vm, s, s->used > LARGE ? s->used * 2 : s->used * 4);
}

AdjSet *adj_set_new(AdjVM *vm, bool frozen)
{
    AdjSet *s = adj_obj_new(vm, frozen ? &adj_type_frozenset : &adj_type_set);
    if (s && frozen) s->hash = -1;
    return s;
}

bool adj_set_add(AdjVM *vm, AdjSet *s, AdjVal key)
{
    int64_t hash;
    return item_hash(vm, key, &hash) && add_hashed(vm, s, key, hash);
}

int adj_set_has(AdjVM *vm, AdjSet *s, AdjVal key)
{
    int64_t hash;
    bool found;
    if (!item_hash(vm, key, &hash)) return -1;
    if (!s->table) return 0;
    return look(vm, s, key, hash, &found) ? found : -1;
}

static int discard_hashed(AdjVM *vm, AdjSet *s, AdjVal key, int64_t hash)
{
    bool found;
    if (!s->table) return 0;
    AdjSetEntry *e = look(vm, s, key, hash, &found);
    if (!e) return -1;
    if (!found) return 0;
    AdjVal old = e->key;
    *e = (AdjSetEntry){.key = ADJ_UNDEF, .hash = -1};
    s->used--;
    s->version++;
    adj_val_drop(old);
    return 1;
}

int adj_set_discard(AdjVM *vm, AdjSet *s, AdjVal key)
{
    int64_t hash;
    return item_hash(vm, key, &hash) ? discard_hashed(vm, s, key, hash) : -1;
}

AdjSetEntry *adj_set_next(AdjSet *s, int64_t *i)
{
    for (; s->table && *i <= s->mask; ++*i) {
        if (is_live(&s->table[*i])) return &s->table[(*i)++];
    }
    return NULL;
}

void adj_set_clear(AdjSet *s)
{
    AdjSetEntry *table = s->table;
    int64_t mask = s->mask;
    s->table = NULL;
    s->fill = s->used = s->mask = 0;
    s->version++;
    for (int64_t i = 0; table && i <= mask; i++) adj_val_drop(table[i].key);
    table_free(table, mask);
}

// ---- whole sets ----

static bool make_room(AdjVM *vm, AdjSet *s, int64_t more)
{
    if ((s->fill + more) * 5 < mask_of(s) * 3) return true;
    return resize(vm, s, (s->used + more) * 2);
}

static bool merge_set(AdjVM *vm, AdjSet *s, AdjSet *other)
{
    if (s == other || other->used == 0) return true;
    if (!make_room(vm, s, other->used)) return false;
    if (!s->table && !resize(vm, s, 0)) return false;
    bool was_empty = s->fill == 0;
    if (was_empty && s->mask == other->mask && other->fill == other->used) {
        memcpy(s->table, other->table, (size_t)(s->mask + 1) * sizeof *s->table);
        for (int64_t i = 0; i <= s->mask; i++) adj_val_keep(s->table[i].key);
        s->fill = s->used = other->used;
        return s->version++, true;
    }
    AdjSetEntry *e;
    for (int64_t i = 0; (e = adj_set_next(other, &i));) {
        if (was_empty) {
            insert_clean(s->table, (size_t)s->mask, adj_val_keep(e->key), e->hash);
            s->fill = ++s->used;
        } else {
            AdjVal key = adj_val_keep(e->key);
            bool ok = add_hashed(vm, s, key, e->hash);
            adj_val_drop(key);
            if (!ok) return false;
        }
    }
    return s->version++, true;
}

static bool merge_dict(AdjVM *vm, AdjSet *s, AdjDict *d)
{
    if (!make_room(vm, s, d->count)) return false;
    AdjEntry *e;
    for (int64_t i = 0; (e = adj_dict_next(d, &i));) {
        AdjVal key = adj_val_keep(e->key);
        bool ok = add_hashed(vm, s, key, e->hash);
        adj_val_drop(key);
        if (!ok) return false;
    }
    return true;
}

// Runs [each] on every item of any iterable.
static bool for_each(AdjVM *vm, AdjSet *s, AdjVal iterable,
                     bool (*each)(AdjVM *vm, AdjSet *s, AdjVal item))
{
    AdjVal it, item;
    if (!adj_val_iter(vm, iterable, &it)) return false;
    int more;
    while ((more = adj_val_next(vm, it, &item)) == 1) {
        bool ok = each(vm, s, item);
        adj_val_drop(item);
        if (!ok) {
            more = -1;
            break;
        }
    }
    adj_val_drop(it);
    return more == 0;
}

bool adj_set_update(AdjVM *vm, AdjSet *s, AdjVal iterable)
{
    if (adj_is_set(iterable)) return merge_set(vm, s, adj_set_of(iterable));
    if (adj_is_exact(iterable, &adj_type_dict)) return merge_dict(vm, s, adj_as_dict(iterable));
    return for_each(vm, s, iterable, adj_set_add);
}

static bool discard_item(AdjVM *vm, AdjSet *s, AdjVal item)
{
    return adj_set_discard(vm, s, item) >= 0;
}

bool adj_set_subtract(AdjVM *vm, AdjSet *s, AdjVal iterable)
{
    if (adj_is_set(iterable) && adj_set_of(iterable) == s) return adj_set_clear(s), true;
    return for_each(vm, s, iterable, discard_item);
}

static bool toggle_item(AdjVM *vm, AdjSet *s, AdjVal item)
{
    int gone = adj_set_discard(vm, s, item);
    return gone > 0 || (gone == 0 && adj_set_add(vm, s, item));
}

bool adj_set_toggle(AdjVM *vm, AdjSet *s, AdjVal iterable)
{
    if (adj_is_set(iterable)) {
        if (adj_set_of(iterable) == s) return adj_set_clear(s), true;
        return for_each(vm, s, iterable, toggle_item);
    }
    // An item that comes twice must count once.
    AdjSet *once = adj_set_from(vm, iterable, false);
    bool ok = once && for_each(vm, s, adj_obj_val(once), toggle_item);
    adj_obj_drop(once);
    return ok;
}

AdjSet *adj_set_from(AdjVM *vm, AdjVal iterable, bool frozen)
{
    AdjSet *s = adj_set_new(vm, frozen);
    if (s && !adj_is_undef(iterable) && !adj_set_update(vm, s, iterable)) {
        adj_obj_drop(s);
        return NULL;
    }
    return s;
}

// The items of the smaller set that are in the larger.
AdjSet *adj_set_intersection(AdjVM *vm, AdjSet *s, AdjVal iterable)
{
    bool is_set = adj_is_set(iterable);
    AdjVal walked = iterable;
    AdjSet *asked = s, *result = adj_set_new(vm, false);
    if (is_set && adj_set_of(iterable)->used > s->used) {
        walked = adj_obj_val(s);
        asked = adj_set_of(iterable);
    }
    AdjVal it = ADJ_UNDEF, item;
    bool ok = result && adj_val_iter(vm, walked, &it);
    int more = ok ? 1 : -1;
    while (more == 1 && (more = adj_val_next(vm, it, &item)) == 1) {
        int has = adj_set_has(vm, asked, item);
        if (has < 0 || (has && !adj_set_add(vm, result, item))) more = -1;
        adj_val_drop(item);
    }
    adj_val_drop(it);
    if (more == 0) return result;
    adj_obj_drop(result);
    return NULL;
}
