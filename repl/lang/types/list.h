// SPDX-License-Identifier: Apache-2.0
// What the sequences share: subscripts, bounds, comparison, repr and search over arrays of
// values. Comparing and showing items may run the program's own methods, which may change the
// very list at hand; so these functions take the object, look at its length anew at every item
// and keep an item while code runs on it.
#pragma once

#include "lang/value.h"

// Items and length of a list or tuple as they are now; borrowed.
static inline AdjVal *adj_seq_items(AdjObj *seq, int64_t *len)
{
    if (seq->type->flags & ADJ_TF_LIST) {
        *len = ((AdjList *)seq)->len;
        return ((AdjList *)seq)->items;
    }
    *len = ((AdjTuple *)seq)->len;
    return ((AdjTuple *)seq)->items;
}

// Whether the value can stand for an int: an int, or an object with __index__.
bool adj_has_index(AdjVal v);

// The int a subscript stands for, not yet counted from the end. TypeError "<name> indices must
// be integers or slices, not ...".
bool adj_seq_subscript(AdjVM *vm, AdjVal key, const char *name, int64_t *out);

// A start or stop argument of index(): negative counts from the end, then clipped to [0, len].
bool adj_seq_bound(AdjVM *vm, AdjVal v, int64_t len, int64_t *out);

// The times of a repetition: TypeError unless [v] is an int.
bool adj_seq_times(AdjVM *vm, AdjVal v, int64_t *out);

bool adj_seq_compare(AdjVM *vm, AdjCompare op, AdjObj *a, AdjObj *b, AdjVal *out);
// Where [item] is first found in [start, stop): the index, -1 absent, -2 failed.
int64_t adj_seq_find(AdjVM *vm, AdjObj *seq, AdjVal item, int64_t start, int64_t stop);
bool adj_seq_count(AdjVM *vm, AdjObj *seq, AdjVal item, int64_t *out);
// "[a, b]" and its like; "[...]" when the sequence is already being shown further out.
bool adj_seq_repr(AdjVM *vm, AdjObj *seq, const char *open, const char *close, AdjVal *out);
// Keeps each of [n] items while copying them.
void adj_vals_copy(AdjVal *to, const AdjVal *from, int64_t n);

// An equality that answers common cases without a call. -1: failed.
static inline int adj_vals_equal(AdjVM *vm, AdjVal a, AdjVal b)
{
    if (a.tag == ADJ_T_INT && b.tag == ADJ_T_INT) return a.i == b.i;
    if (adj_is_exact(a, &adj_type_str) && adj_is_exact(b, &adj_type_str)) {
        return a.o == b.o || adj_str_equal(adj_as_str(a), adj_as_str(b));
    }
    bool equal;
    return adj_val_equal(vm, a, b, &equal) ? equal : -1;
}

// Sorts [n] values in place, stably; [reverse] keeps equal ones in their order too. False: a
// comparison failed; the values are then in some order. (list_sort.c)
bool adj_vals_sort(AdjVM *vm, AdjVal *items, int64_t n, AdjVal key, bool reverse);
// The same for a list that the program can see: it looks empty meanwhile. ValueError if it was
// changed.
bool adj_list_sort(AdjVM *vm, AdjList *list, AdjVal key, bool reverse);
// Appends all items of [iterable].
bool adj_list_extend(AdjVM *vm, AdjList *list, AdjVal iterable);
