// SPDX-License-Identifier: Apache-2.0
// The dict: entries in insertion order, found through an open-addressed index.
//
// `entries` grows at its end; a deleted entry keeps its place with an UNDEF key until the next
// rebuild. `index` has a power of two places, at most two thirds used, each the position of an
// entry. Probing follows CPython's recurrence (5i + perturb + 1), which visits every place.
// Dicts of up to SMALL entries have no index and are searched in order: most dicts are that
// small, and comparing eight hashes costs less than one more cache miss.
//
// `version` changes whenever a cached position of a key might have become wrong: on insertion
// of a new key, on removal, on rebuild. It does not change when a value is replaced, so inline
// caches of globals survive assignments.
//
// Comparing keys may run code of the program, which may change the dict. A search therefore
// remembers the version and starts again when it has moved.
#include <string.h>

#include "lang/vm.h"

enum { SMALL = 8, EMPTY = -1, GRAVE = -2, MIN_BITS = 4, MAX_BITS = 30 };

static void dict_changed(AdjDict *d)
{
    d->version = adj_next_version();
}

AdjDict *adj_dict_new(AdjVM *vm)
{
    AdjDict *d = adj_obj_new(vm, &adj_type_dict);
    if (d) dict_changed(d);
    return d;
}

// ---- hash and equality of keys ----

static inline bool key_hash(AdjVM *vm, AdjVal key, int64_t *hash)
{
    if (key.tag == ADJ_T_OBJ && key.o->type == &adj_type_str) {
        *hash = (int64_t)adj_str_hash((AdjStr *)key.o);
        return true;
    }
    if (key.tag == ADJ_T_INT && (uint64_t)key.i < (UINT64_C(1) << 61) - 1) {
        *hash = key.i;
        return true;
    }
    return adj_val_hash(vm, key, hash);
}

// 1 equal, 0 not, -1 failed.
static inline int key_equal(AdjVM *vm, const AdjEntry *e, AdjVal key, int64_t hash)
{
    if (adj_val_is(e->key, key)) return 1;
    if (e->hash != hash) return 0;
    if (e->key.tag == ADJ_T_INT && key.tag == ADJ_T_INT) return 0;
    if (e->key.tag == ADJ_T_OBJ && key.tag == ADJ_T_OBJ && e->key.o->type == &adj_type_str &&
        key.o->type == &adj_type_str) {
        return adj_str_equal((AdjStr *)e->key.o, (AdjStr *)key.o);
    }
    AdjVal mine = adj_val_keep(e->key);
    bool equal;
    bool ok = adj_val_equal(vm, mine, key, &equal);
    adj_val_drop(mine);
    return ok ? equal : -1;
}

// ---- search ----

// The position of [key] in entries, EMPTY when absent, -2 when failed. [place] (may be NULL)
// receives its place in the index, or the one where it would go.
static int64_t search_once(AdjVM *vm, AdjDict *d, AdjVal key, int64_t hash, uint64_t *place)
{
    uint64_t version = d->version;
    if (!d->index) {
        for (int64_t i = 0; i < d->used; i++) {
            if (d->entries[i].key.tag == ADJ_T_UNDEF) continue;
            int equal = key_equal(vm, &d->entries[i], key, hash);
            if (equal < 0) return -2;
            if (d->version != version) return -3;
            if (equal) return i;
        }
        return EMPTY;
    }
    uint64_t mask = (UINT64_C(1) << d->index_bits) - 1, perturb = (uint64_t)hash;
    uint64_t grave = UINT64_MAX;
    for (uint64_t i = (uint64_t)hash & mask;; i = (i * 5 + (perturb >>= 5) + 1) & mask) {
        int32_t at = d->index[i];
        if (at == EMPTY) {
            if (place) *place = grave != UINT64_MAX ? grave : i;
            return EMPTY;
        }
        if (at == GRAVE) {
            if (grave == UINT64_MAX) grave = i;
            continue;
        }
        int equal = key_equal(vm, &d->entries[at], key, hash);
        if (equal < 0) return -2;
        if (d->version != version) return -3;
        if (!equal) continue;
        if (place) *place = i;
        return at;
    }
}

static int64_t search(AdjVM *vm, AdjDict *d, AdjVal key, int64_t hash, uint64_t *place)
{
    int64_t at;
    do at = search_once(vm, d, key, hash, place);
    while (at == -3);
    return at;
}

int adj_dict_find(AdjVM *vm, AdjDict *d, AdjVal key, AdjVal *out)
{
    int64_t hash;
    if (UNLIKELY(!key_hash(vm, key, &hash))) return -1;
    int64_t at = search(vm, d, key, hash, NULL);
    if (at < 0) return at == EMPTY ? 0 : -1;
    *out = d->entries[at].value;
    return 1;
}

AdjVal *adj_dict_find_str(AdjDict *d, AdjStr *key)
{
    int64_t hash = (int64_t)adj_str_hash(key);
    AdjVal k = adj_obj_val(key);
    if (!d->index) {
        for (int64_t i = 0; i < d->used; i++) {
            AdjEntry *e = &d->entries[i];
            if (adj_val_is(e->key, k)) return &e->value;
            if (e->hash == hash && adj_is_exact(e->key, &adj_type_str) &&
                adj_str_equal(adj_as_str(e->key), key)) {
                return &e->value;
            }
        }
        return NULL;
    }
    uint64_t mask = (UINT64_C(1) << d->index_bits) - 1, perturb = (uint64_t)hash;
    for (uint64_t i = (uint64_t)hash & mask;; i = (i * 5 + (perturb >>= 5) + 1) & mask) {
        int32_t at = d->index[i];
        if (at == EMPTY) return NULL;
        if (at == GRAVE) continue;
        AdjEntry *e = &d->entries[at];
        if (e->hash == hash && adj_is_exact(e->key, &adj_type_str) &&
            adj_str_equal(adj_as_str(e->key), key)) {
            return &e->value;
        }
    }
}

AdjVal *adj_dict_find_c(AdjDict *d, const char *key)
{
    AdjStr *s = adj_str_intern_c(key);
    AdjVal *found = s ? adj_dict_find_str(d, s) : NULL;
    adj_obj_drop(s);
    return found;
}

// ---- growth ----

static void index_fill(AdjDict *d)
{
    uint64_t mask = (UINT64_C(1) << d->index_bits) - 1;
    d->graves = 0;
    memset(d->index, 0xff, (mask + 1) * sizeof *d->index);
    for (int64_t n = 0; n < d->used; n++) {
        uint64_t perturb = (uint64_t)d->entries[n].hash, i = perturb & mask;
        while (d->index[i] != EMPTY) i = (i * 5 + (perturb >>= 5) + 1) & mask;
        d->index[i] = (int32_t)n;
    }
}

// Closes the gaps that deleted entries left. Needs index_fill afterwards if there is an index.
static void entries_close(AdjDict *d)
{
    int64_t to = 0;
    for (int64_t i = 0; i < d->used; i++) {
        if (d->entries[i].key.tag != ADJ_T_UNDEF) d->entries[to++] = d->entries[i];
    }
    d->used = to;
}

static bool index_resize(AdjVM *vm, AdjDict *d, int64_t cap)
{
    uint32_t bits = MIN_BITS;
    while (((int64_t)1 << bits) * 2 < cap * 3) bits++;
    if (bits > MAX_BITS) return adj_raise(vm, ADJ_EXC_MemoryError, "%s", "");
    size_t bytes = ((size_t)1 << bits) * sizeof *d->index;
    if (!d->index || bits != d->index_bits) {
        int32_t *index = adj_lang_alloc(vm, bytes);
        if (!index) return false;
        if (d->index) adj_lang_free(d->index, ((size_t)1 << d->index_bits) * sizeof *d->index);
        d->index = index;
        d->index_bits = bits;
    }
    return true;
}

// Makes room for one more entry.
static bool dict_room(AdjVM *vm, AdjDict *d)
{
    int64_t cap = d->cap == 0 ? SMALL : d->count < d->cap - d->cap / 4 ? d->cap : d->cap * 2;
    if (cap > SMALL && !index_resize(vm, d, cap)) return false;
    if (cap != d->cap) {
        AdjEntry *entries = adj_lang_realloc(vm, d->entries, (size_t)d->cap * sizeof *entries,
                                             (size_t)cap * sizeof *entries);
        if (!entries) {
            if (d->index) index_fill(d);
            return false;
        }
        d->entries = entries;
        d->cap = cap;
    }
    entries_close(d);
    if (d->index) index_fill(d);
    dict_changed(d);
    return true;
}

// Stores under a key known to be absent; takes nothing.
static bool dict_insert(AdjVM *vm, AdjDict *d, AdjVal key, int64_t hash, AdjVal value,
                        uint64_t place)
{
    // Graves count as used places: the index must keep empty ones, where searches end.
    if (d->used >= d->cap || (d->index && d->count + d->graves >= d->cap)) {
        if (!dict_room(vm, d)) return false;
        place = UINT64_MAX;
    }
    if (d->index) {
        if (place == UINT64_MAX) {
            uint64_t mask = (UINT64_C(1) << d->index_bits) - 1, perturb = (uint64_t)hash;
            place = perturb & mask;
            while (d->index[place] >= 0) place = (place * 5 + (perturb >>= 5) + 1) & mask;
        }
        d->graves -= d->index[place] == GRAVE;
        d->index[place] = (int32_t)d->used;
    }
    d->entries[d->used++] =
        (AdjEntry){.key = adj_val_keep(key), .value = adj_val_keep(value), .hash = hash};
    d->count++;
    dict_changed(d);
    return true;
}

bool adj_dict_set(AdjVM *vm, AdjDict *d, AdjVal key, AdjVal value)
{
    int64_t hash;
    if (UNLIKELY(!key_hash(vm, key, &hash))) return false;
    uint64_t place = UINT64_MAX;
    int64_t at = search(vm, d, key, hash, &place);
    if (at >= 0) {
        adj_val_set(&d->entries[at].value, adj_val_keep(value));
        return true;
    }
    return at == EMPTY && dict_insert(vm, d, key, hash, value, place);
}

bool adj_dict_set_str(AdjVM *vm, AdjDict *d, AdjStr *key, AdjVal value)
{
    AdjVal *old = adj_dict_find_str(d, key);
    if (old) {
        adj_val_set(old, adj_val_keep(value));
        return true;
    }
    return dict_insert(vm, d, adj_obj_val(key), (int64_t)adj_str_hash(key), value, UINT64_MAX);
}

bool adj_dict_set_c(AdjVM *vm, AdjDict *d, const char *key, AdjVal value)
{
    AdjStr *s = adj_str_intern(vm, key, strlen(key));
    bool ok = s && adj_dict_set_str(vm, d, s, value);
    adj_obj_drop(s);
    return ok;
}

int adj_dict_remove(AdjVM *vm, AdjDict *d, AdjVal key, AdjVal *out)
{
    int64_t hash;
    if (UNLIKELY(!key_hash(vm, key, &hash))) return -1;
    uint64_t place = UINT64_MAX;
    int64_t at = search(vm, d, key, hash, &place);
    if (at < 0) return at == EMPTY ? 0 : -1;
    if (d->index) {
        d->index[place] = GRAVE;
        d->graves++;
    }
    AdjVal old_key = d->entries[at].key;
    *out = d->entries[at].value;
    d->entries[at] = (AdjEntry){.key = ADJ_UNDEF, .value = ADJ_UNDEF};
    d->count--;
    // A trailing gap closes at once, so that popitem in a loop does not walk over graves.
    while (d->used && d->entries[d->used - 1].key.tag == ADJ_T_UNDEF) d->used--;
    dict_changed(d);
    adj_val_drop(old_key);
    return 1;
}

// ---- whole dicts ----

void adj_dict_clear(AdjDict *d)
{
    AdjDict old = *d;
    d->entries = NULL;
    d->index = NULL;
    d->count = d->used = d->cap = 0;
    d->index_bits = d->graves = 0;
    dict_changed(d);
    for (int64_t i = 0; i < old.used; i++) {
        adj_val_drop(old.entries[i].key);
        adj_val_drop(old.entries[i].value);
    }
    adj_lang_free(old.entries, (size_t)old.cap * sizeof *old.entries);
    if (old.index) adj_lang_free(old.index, ((size_t)1 << old.index_bits) * sizeof *old.index);
}

AdjDict *adj_dict_copy(AdjVM *vm, AdjDict *d)
{
    AdjDict *copy = adj_dict_new(vm);
    if (!copy) return NULL;
    for (int64_t i = 0; i < d->used; i++) {
        AdjEntry *e = &d->entries[i];
        if (e->key.tag == ADJ_T_UNDEF) continue;
        if (!dict_insert(vm, copy, e->key, e->hash, e->value, UINT64_MAX)) {
            adj_obj_drop(copy);
            return NULL;
        }
    }
    return copy;
}
