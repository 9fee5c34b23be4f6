// SPDX-License-Identifier: Apache-2.0
// Builtin functions that look at all items of an iterable: sum, min, max, any, all, sorted.
// Items are stepped through one shape of loop (each) with a function per item; the common case
// of a sum over numbers stays in machine numbers as long as they fit.
#include "lib.h"
#include "lang/types/list.h"

// What a step of [each] answers.
typedef enum Step { STEP_FAILED, STEP_ON, STEP_STOP } Step;

// Calls [visit] on the items until it says otherwise. False: failed.
static bool each(AdjVM *vm, AdjVal iterable, Step (*visit)(AdjVM *vm, AdjVal item, void *state),
                 void *state)
{
    AdjVal it, item;
    if (!adj_val_iter(vm, iterable, &it)) return false;
    Step step = STEP_ON;
    int more = 1;
    while (step == STEP_ON && (more = adj_val_next(vm, it, &item)) == 1) {
        step = visit(vm, item, state);
        adj_val_drop(item);
    }
    adj_val_drop(it);
    return step != STEP_FAILED && more >= 0;
}

// ---- sum ----

// Adds [item] to [sum] if both are ints and the result fits.
static inline bool add_ints(AdjVal *sum, AdjVal item)
{
    return sum->tag == ADJ_T_INT && adj_is_int(item) &&
           !__builtin_add_overflow(sum->i, item.i, &sum->i);
}

static Step sum_step(AdjVM *vm, AdjVal item, void *state)
{
    AdjVal *sum = state, next;
    int64_t before = sum->i;
    if (add_ints(sum, item)) return STEP_ON;
    if (sum->tag == ADJ_T_INT) sum->i = before;
    if (sum->tag == ADJ_T_FLOAT && adj_is_number(item)) {
        sum->f += adj_as_double(item);
        return STEP_ON;
    }
    if (!adj_val_binary(vm, ADJ_B_ADD, *sum, item, &next)) return STEP_FAILED;
    adj_val_set(sum, next);
    return STEP_ON;
}

// Numbers in a list need no iterator. Stops at the first item of another kind.
static int64_t sum_numbers(const AdjVal *items, int64_t len, AdjVal *sum)
{
    int64_t i = 0;
    for (int64_t before; i < len; i++) {
        before = sum->i;
        if (sum->tag == ADJ_T_FLOAT && adj_is_number(items[i])) {
            sum->f += adj_as_double(items[i]);
        } else if (sum->tag == ADJ_T_INT && items[i].tag == ADJ_T_FLOAT) {
            *sum = adj_float_val((double)sum->i + items[i].f);
        } else if (!add_ints(sum, items[i])) {
            if (sum->tag == ADJ_T_INT) sum->i = before;
            break;
        }
    }
    return i;
}

bool adj_builtin_sum(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    if (adj_is_str(args[1])) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "sum() can't sum strings [use ''.join(seq) instead]");
    }
    AdjVal sum = adj_val_keep(args[1]);
    bool ok = true;
    if (adj_is_exact(args[0], &adj_type_list) || adj_is_exact(args[0], &adj_type_tuple)) {
        int64_t len, i = 0;
        const AdjVal *items = adj_seq_items(args[0].o, &len);
        if (adj_is_number(sum)) i = sum_numbers(items, len, &sum);
        for (; ok && (items = adj_seq_items(args[0].o, &len), i < len); i++) {
            AdjVal item = adj_val_keep(items[i]);
            ok = sum_step(vm, item, &sum) == STEP_ON;
            adj_val_drop(item);
        }
    } else {
        ok = each(vm, args[0], sum_step, &sum);
    }
    if (!ok) return adj_val_drop(sum), false;
    return *out = sum, true;
}

// ---- any and all ----

typedef struct Quantifier {
    bool wanted, found;  // stops at the first item whose truth is [wanted]
} Quantifier;

static Step truth_step(AdjVM *vm, AdjVal item, void *state)
{
    Quantifier *q = state;
    bool truth;
    if (!adj_val_truth(vm, item, &truth)) return STEP_FAILED;
    q->found = truth == q->wanted;
    return q->found ? STEP_STOP : STEP_ON;
}

bool adj_builtin_any(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    Quantifier q = {.wanted = true};
    return each(vm, args[0], truth_step, &q) && adj_out_bool(out, q.found);
}

bool adj_builtin_all(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    Quantifier q = {.wanted = false};
    return each(vm, args[0], truth_step, &q) && adj_out_bool(out, !q.found);
}

// ---- min and max ----

typedef struct Extreme {
    AdjVal key;       // function or None
    bool largest;
    AdjVal best, best_key;  // kept; best UNDEF: none yet
} Extreme;

// Whether a challenger beats the best so far; a tie goes to the first. -1: failed.
static int beats(AdjVM *vm, const Extreme *e, AdjVal challenger)
{
    AdjVal best = e->best_key;
    if (challenger.tag == ADJ_T_INT && best.tag == ADJ_T_INT) {
        return e->largest ? challenger.i > best.i : challenger.i < best.i;
    }
    if (challenger.tag == ADJ_T_FLOAT && best.tag == ADJ_T_FLOAT) {
        return e->largest ? challenger.f > best.f : challenger.f < best.f;
    }
    AdjVal answer;
    bool truth;
    if (!adj_val_compare(vm, e->largest ? ADJ_C_GT : ADJ_C_LT, challenger, best, &answer))
        return -1;
    bool ok = adj_val_truth(vm, answer, &truth);
    adj_val_drop(answer);
    return ok ? truth : -1;
}

static Step extreme_step(AdjVM *vm, AdjVal item, void *state)
{
    Extreme *e = state;
    AdjVal key;
    if (adj_is_none(e->key)) key = adj_val_keep(item);
    else if (!adj_vm_call(vm, e->key, &item, 1, NULL, &key)) return STEP_FAILED;
    int wins = adj_is_undef(e->best) ? 1 : beats(vm, e, key);
    if (wins <= 0) {
        adj_val_drop(key);
        return wins < 0 ? STEP_FAILED : STEP_ON;
    }
    adj_val_set(&e->best, adj_val_keep(item));
    adj_val_set(&e->best_key, key);
    return STEP_ON;
}

static bool extreme_of_items(AdjVM *vm, AdjTuple *values, Extreme *e)
{
    for (int64_t i = 0; i < values->len; i++) {
        if (extreme_step(vm, values->items[i], e) == STEP_FAILED) return false;
    }
    return true;
}

static bool extreme(AdjVM *vm, AdjVal *args, const char *name, bool largest, AdjVal *out)
{
    AdjTuple *values = adj_as_tuple(args[0]);
    Extreme e = {.key = args[1], .largest = largest, .best = ADJ_UNDEF, .best_key = ADJ_UNDEF};
    if (values->len == 0) {
        return adj_raise(vm, ADJ_EXC_TypeError, "%s expected at least 1 argument, got 0", name);
    }
    bool has_default = !adj_is_undef(args[2]), ok;
    if (values->len > 1 && has_default) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "Cannot specify a default for %s() with multiple positional arguments",
                         name);
    }
    if (values->len > 1) ok = extreme_of_items(vm, values, &e);
    else ok = each(vm, values->items[0], extreme_step, &e);
    adj_val_drop(e.best_key);
    if (!ok) return adj_val_drop(e.best), false;
    if (!adj_is_undef(e.best)) return *out = e.best, true;
    if (has_default) return adj_out_keep(out, args[2]);
    return adj_raise(vm, ADJ_EXC_ValueError, "%s() arg is an empty sequence", name);
}

bool adj_builtin_min(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return extreme(vm, args, "min", false, out);
}

bool adj_builtin_max(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return extreme(vm, args, "max", true, out);
}

// ---- sorted ----

bool adj_builtin_sorted(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t reverse;
    AdjList *list = adj_list_of(vm, args[0]);
    if (!list) return false;
    bool ok =
        adj_get_int(vm, args[2], &reverse) && adj_list_sort(vm, list, args[1], reverse != 0);
    if (!ok) return adj_obj_drop(list), false;
    return adj_out(out, list);
}
