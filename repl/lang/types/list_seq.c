// SPDX-License-Identifier: Apache-2.0
// What list and tuple do alike: comparing, searching, showing (see list.h). Every item is kept
// while code may run on it, and the length is read again after.
#include "lang/types/list.h"

void adj_vals_copy(AdjVal *to, const AdjVal *from, int64_t n)
{
    for (int64_t i = 0; i < n; i++) to[i] = adj_val_keep(from[i]);
}

// The first index at which the two differ, or the shorter length. -1: failed.
static int64_t first_difference(AdjVM *vm, AdjObj *a, AdjObj *b)
{
    for (int64_t i = 0;; i++) {
        int64_t na, nb;
        AdjVal *x = adj_seq_items(a, &na), *y = adj_seq_items(b, &nb);
        if (i >= na || i >= nb) return i;
        if (adj_val_is(x[i], y[i]) && !adj_is_float_val(x[i])) continue;
        AdjVal left = adj_val_keep(x[i]), right = adj_val_keep(y[i]);
        int equal = adj_vals_equal(vm, left, right);
        adj_val_drop(left);
        adj_val_drop(right);
        if (equal < 0) return -1;
        if (!equal) return i;
    }
}

static bool by_length(AdjCompare op, int64_t a, int64_t b)
{
    switch (op) {
    case ADJ_C_LT: return a < b;
    case ADJ_C_LE: return a <= b;
    case ADJ_C_EQ: return a == b;
    case ADJ_C_NE: return a != b;
    case ADJ_C_GT: return a > b;
    default: return a >= b;
    }
}

bool adj_seq_compare(AdjVM *vm, AdjCompare op, AdjObj *a, AdjObj *b, AdjVal *out)
{
    int64_t na, nb;
    adj_seq_items(a, &na);
    adj_seq_items(b, &nb);
    if (na != nb && op == ADJ_C_EQ) return adj_out_bool(out, false);
    if (na != nb && op == ADJ_C_NE) return adj_out_bool(out, true);
    if (!adj_vm_enter(vm, " in comparison")) return false;
    int64_t at = first_difference(vm, a, b);
    AdjVal *x = adj_seq_items(a, &na), *y = adj_seq_items(b, &nb);
    bool ok = at >= 0;
    if (ok && (at >= na || at >= nb)) *out = adj_bool_val(by_length(op, na, nb));
    else if (ok && op == ADJ_C_EQ) *out = ADJ_FALSE;
    else if (ok && op == ADJ_C_NE) *out = ADJ_TRUE;
    else if (ok) {
        AdjVal left = adj_val_keep(x[at]), right = adj_val_keep(y[at]);
        ok = adj_val_compare(vm, op, left, right, out);
        adj_val_drop(left);
        adj_val_drop(right);
    }
    adj_vm_leave(vm);
    return ok;
}

int64_t adj_seq_find(AdjVM *vm, AdjObj *seq, AdjVal item, int64_t start, int64_t stop)
{
    for (int64_t i = start; i < stop; i++) {
        int64_t len;
        AdjVal *items = adj_seq_items(seq, &len);
        if (i >= len) break;
        AdjVal mine = adj_val_keep(items[i]);
        int equal = adj_vals_equal(vm, mine, item);
        adj_val_drop(mine);
        if (equal) return equal < 0 ? -2 : i;
    }
    return -1;
}

bool adj_seq_count(AdjVM *vm, AdjObj *seq, AdjVal item, int64_t *out)
{
    *out = 0;
    for (int64_t at = 0; (at = adj_seq_find(vm, seq, item, at, INT64_MAX)) != -1; at++) {
        if (at == -2) return false;
        ++*out;
    }
    return true;
}

static bool repr_items(AdjVM *vm, AdjBuf *b, AdjObj *seq)
{
    for (int64_t i = 0;; i++) {
        int64_t len;
        AdjVal *items = adj_seq_items(seq, &len);
        if (i >= len) return true;
        if (i > 0 && !adj_buf_add(vm, b, ", ", 2)) return false;
        AdjVal item = adj_val_keep(items[i]);
        bool ok = adj_buf_add_repr(vm, b, item);
        adj_val_drop(item);
        if (!ok) return false;
    }
}

bool adj_seq_repr(AdjVM *vm, AdjObj *seq, const char *open, const char *close, AdjVal *out)
{
    if (adj_vm_repr_enter(vm, seq)) {
        return adj_out(
            out, adj_str_format(vm, "%c...%c", *open, close[__builtin_strlen(close) - 1]));
    }
    AdjBuf b = {0};
    bool ok = adj_vm_enter(vm, " while getting the repr of an object");
    if (ok) {
        ok = adj_buf_add_c(vm, &b, open) && repr_items(vm, &b, seq) &&
             adj_buf_add_c(vm, &b, close);
        adj_vm_leave(vm);
    }
    adj_vm_repr_leave(vm, seq);
    if (!ok) return adj_buf_free(&b), false;
    return adj_buf_str(vm, &b, out);
}
