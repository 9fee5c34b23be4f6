// SPDX-License-Identifier: Apache-2.0
// Stable sorting: Tim Peters's timsort (CPython's Objects/listsort.txt, 2002) with the merge
// order of powersort (Munro and Wild, "Nearly-Optimal Mergesorts", 2018), as Python has it
// since 3.11. Runs already in order are found and merged; a merge switches to galloping when
// one side keeps winning. The sequence of comparisons is Python's too, so that even a
// comparison which is no order at all (nan among floats) gives Python's result.
//
// Keys sort, and items, when there are any beside the keys, move along with them. Invariant: at
// every comparison each value is in exactly one place of keys or temp, and a failed comparison
// copies temp back before it reports, so no item is lost or doubled.
#include "lang/types/list.h"

#include <string.h>

enum { MIN_GALLOP = 7, MAX_PENDING = 85, TEMP_FIRST = 256 };

// How the keys compare, when all are of one simple type.
// TUPLES: tuples whose first items are all ints, floats or texts, which mostly decide.
typedef enum Order { ORDER_ANY, ORDER_INT, ORDER_FLOAT, ORDER_STR, ORDER_TUPLES } Order;

// Keys with the items that move along; items NULL: the keys are the items.
typedef struct Slice {
    AdjVal *keys, *items;
} Slice;

typedef struct Run {
    Slice base;
    int64_t len;
    int power;  // depth in the merge tree of the boundary to the next run
} Run;

typedef struct Sort {
    AdjVM *vm;
    Order order, first;  // first: how the first items of tuples compare
    Slice all;
    int64_t len;
    int64_t min_gallop;
    Slice temp;
    int64_t temp_room;
    int run_count;
    Run runs[MAX_PENDING];
} Sort;

static int str_less(const AdjStr *a, const AdjStr *b)
{
    size_t n = (size_t)(a->len < b->len ? a->len : b->len);
    int order = memcmp(a->data, b->data, n);  // byte order of UTF-8 is the order of code points
    return order != 0 ? order < 0 : a->len < b->len;
}

// 1, 0, or -1: failed.
static inline int less(Sort *s, AdjVal a, AdjVal b)
{
    if (s->order == ORDER_INT) return a.i < b.i;
    if (s->order == ORDER_FLOAT) return a.f < b.f;
    if (s->order == ORDER_STR) return str_less(adj_as_str(a), adj_as_str(b));
    bool result;
    if (s->order == ORDER_TUPLES) {
        AdjVal x = adj_as_tuple(a)->items[0], y = adj_as_tuple(b)->items[0];
        if (s->first == ORDER_INT && x.i != y.i) return x.i < y.i;
        if (s->first == ORDER_FLOAT && x.f != y.f) return x.f < y.f;
        if (s->first == ORDER_STR && !adj_str_equal(adj_as_str(x), adj_as_str(y))) {
            return str_less(adj_as_str(x), adj_as_str(y));
        }
    }
    return adj_val_less(s->vm, a, b, &result) ? result : -1;
}

// ---- moving keys and items together ----

static inline Slice at(Slice s, int64_t i)
{
    return (Slice){s.keys + i, s.items ? s.items + i : NULL};
}

static inline void put(Slice to, int64_t i, Slice from, int64_t j)
{
    to.keys[i] = from.keys[j];
    if (to.items) to.items[i] = from.items[j];
}

static inline void move(Slice to, int64_t i, Slice from, int64_t j, int64_t n)
{
    if (n <= 0) return;
    memmove(to.keys + i, from.keys + j, (size_t)n * sizeof(AdjVal));
    if (to.items) memmove(to.items + i, from.items + j, (size_t)n * sizeof(AdjVal));
}

static void reverse_vals(AdjVal *v, int64_t n)
{
    for (int64_t i = 0, j = n - 1; i < j; i++, j--) {
        AdjVal t = v[i];
        v[i] = v[j];
        v[j] = t;
    }
}

static void reverse(Slice s, int64_t n)
{
    reverse_vals(s.keys, n);
    if (s.items) reverse_vals(s.items, n);
}

static void temp_free(Sort *s)
{
    size_t bytes = (size_t)s->temp_room * sizeof(AdjVal);
    if (s->temp.keys) adj_lang_free(s->temp.keys, bytes);
    if (s->temp.items) adj_lang_free(s->temp.items, bytes);
    s->temp = (Slice){0};
    s->temp_room = 0;
}

static bool temp_reserve(Sort *s, int64_t n)
{
    if (n <= s->temp_room) return true;
    temp_free(s);
    int64_t room = n < TEMP_FIRST ? TEMP_FIRST : n;
    s->temp_room = room;
    s->temp.keys = adj_lang_alloc(s->vm, (size_t)room * sizeof(AdjVal));
    if (!s->temp.keys) return false;
    if (!s->all.items) return true;
    s->temp.items = adj_lang_alloc(s->vm, (size_t)room * sizeof(AdjVal));
    return s->temp.items != NULL;
}

// ---- runs ----

// Length of the run at the start; [*down] if it descends strictly. -1: failed.
static int64_t count_run(Sort *s, const AdjVal *k, int64_t n, bool *down)
{
    *down = false;
    if (n < 2) return n;
    int first = less(s, k[1], k[0]);
    if (first < 0) return -1;
    *down = first;
    int64_t i = 2;
    for (; i < n; i++) {
        int l = less(s, k[i], k[i - 1]);
        if (l < 0) return -1;
        if (l != first) break;
    }
    return i;
}

// Sorts the first [n] by insertion; the first [sorted] already are.
static bool insertion_sort(Sort *s, Slice a, int64_t n, int64_t sorted)
{
    for (int64_t i = sorted > 0 ? sorted : 1; i < n; i++) {
        AdjVal pivot = a.keys[i];
        int64_t low = 0, high = i;
        while (low < high) {
            int64_t middle = low + ((high - low) >> 1);
            int l = less(s, pivot, a.keys[middle]);
            if (l < 0) return false;
            if (l) high = middle;
            else low = middle + 1;
        }
        AdjVal item = a.items ? a.items[i] : ADJ_UNDEF;
        move(a, low + 1, a, low, i - low);
        a.keys[low] = pivot;
        if (a.items) a.items[low] = item;
    }
    return true;
}

// ---- galloping ----

// Where [key] goes among [n] sorted keys, searching outwards from [hint] in steps that double.
// Left: before equal ones; right: after them. -1: failed.
static int64_t gallop(Sort *s, AdjVal key, const AdjVal *a, int64_t n, int64_t hint, bool right)
{
    int64_t last = 0, offset = 1, limit;
    // goes_after(i): key belongs after a[i].
#define GOES_AFTER(i) (right ? less(s, key, a[i]) : less(s, a[i], key))
    int l = GOES_AFTER(hint);
    if (l < 0) return -1;
    bool ahead = right ? !l : l;
    limit = ahead ? n - hint : hint + 1;
    while (offset < limit) {
        l = GOES_AFTER(ahead ? hint + offset : hint - offset);
        if (l < 0) return -1;
        if ((right ? !l : l) != ahead) break;
        last = offset;
        offset = offset > (INT64_MAX - 1) / 2 ? limit : offset * 2 + 1;
    }
    if (offset > limit) offset = limit;
    int64_t low = ahead ? hint + last + 1 : hint - offset + 1;
    int64_t high = ahead ? hint + offset : hint - last;
    while (low < high) {
        int64_t middle = low + ((high - low) >> 1);
        l = GOES_AFTER(middle);
        if (l < 0) return -1;
        if (right ? !l : l) low = middle + 1;
        else high = middle;
    }
#undef GOES_AFTER
    return high;
}

// ---- merging ----

// The state of a merge of two neighbours a (na) and b (nb). Upwards, a was moved to temp and
// the hole is filled from the left; downwards, b was, and the hole is filled from the right. In
// both cases indices count from the starts given.
typedef struct Merge {
    Slice to, a, b;
    int64_t na, nb;
} Merge;

// One winner at a time until a side wins [min_gallop] times in a row. 1: gallop, 0: a side is
// used up, -1: failed.
static int merge_up_plain(Sort *s, Merge *m, int64_t min_gallop)
{
    int64_t a_wins = 0, b_wins = 0;
    for (;;) {
        int l = less(s, m->b.keys[0], m->a.keys[0]);
        if (l < 0) return -1;
        if (l) {
            put(m->to, 0, m->b, 0);
            m->b = at(m->b, 1);
            b_wins++;
            a_wins = 0;
            m->nb--;
        } else {
            put(m->to, 0, m->a, 0);
            m->a = at(m->a, 1);
            a_wins++;
            b_wins = 0;
            m->na--;
        }
        m->to = at(m->to, 1);
        if (l ? m->nb == 0 : m->na == 1) return 0;
        if ((l ? b_wins : a_wins) >= min_gallop) return 1;
    }
}

static int merge_up_gallop(Sort *s, Merge *m)
{
    int64_t a_wins, b_wins;
    s->min_gallop++;
    do {
        s->min_gallop -= s->min_gallop > 1;
        a_wins = gallop(s, m->b.keys[0], m->a.keys, m->na, 0, true);
        if (a_wins < 0) return -1;
        move(m->to, 0, m->a, 0, a_wins);
        m->to = at(m->to, a_wins);
        m->a = at(m->a, a_wins);
        m->na -= a_wins;
        // na == 0 happens only if the comparison is inconsistent.
        if (m->na <= 1 && a_wins) return 0;
        put(m->to, 0, m->b, 0);
        m->to = at(m->to, 1);
        m->b = at(m->b, 1);
        if (--m->nb == 0) return 0;
        b_wins = gallop(s, m->a.keys[0], m->b.keys, m->nb, 0, false);
        if (b_wins < 0) return -1;
        move(m->to, 0, m->b, 0, b_wins);
        m->to = at(m->to, b_wins);
        m->b = at(m->b, b_wins);
        m->nb -= b_wins;
        if (m->nb == 0) return 0;
        put(m->to, 0, m->a, 0);
        m->to = at(m->to, 1);
        m->a = at(m->a, 1);
        if (--m->na == 1) return 0;
    } while (a_wins >= MIN_GALLOP || b_wins >= MIN_GALLOP);
    s->min_gallop++;
    return 1;
}

// Merges when a is the shorter side.
static bool merge_up(Sort *s, Slice a, int64_t na, Slice b, int64_t nb)
{
    if (!temp_reserve(s, na)) return false;
    move(s->temp, 0, a, 0, na);
    Merge m = {a, s->temp, b, na, nb};
    put(m.to, 0, m.b, 0);
    m.to = at(m.to, 1);
    m.b = at(m.b, 1);
    m.nb--;
    int more = m.nb > 0 && m.na > 1;
    while (more > 0) {
        more = merge_up_plain(s, &m, s->min_gallop);
        if (more > 0) more = merge_up_gallop(s, &m);
    }
    // Success with one of a left: it is the largest of all. Otherwise the rest of a fills the
    // hole in front of what is left of b.
    if (more == 0 && m.na == 1 && m.nb > 0) {
        move(m.to, 0, m.b, 0, m.nb);
        put(m.to, m.nb, m.a, 0);
    } else {
        move(m.to, 0, m.a, 0, m.na);
    }
    return more == 0;
}

static int merge_down_plain(Sort *s, Merge *m, int64_t min_gallop)
{
    int64_t a_wins = 0, b_wins = 0;
    for (;;) {
        int l = less(s, m->b.keys[m->nb - 1], m->a.keys[m->na - 1]);
        if (l < 0) return -1;
        int64_t to = m->na + m->nb - 1;
        if (l) {
            put(m->to, to, m->a, --m->na);
            a_wins++;
            b_wins = 0;
            if (m->na == 0) return 0;
        } else {
            put(m->to, to, m->b, --m->nb);
            b_wins++;
            a_wins = 0;
            if (m->nb == 1) return 0;
        }
        if ((l ? a_wins : b_wins) >= min_gallop) return 1;
    }
}

static int merge_down_gallop(Sort *s, Merge *m)
{
    int64_t a_wins, b_wins;
    s->min_gallop++;
    do {
        s->min_gallop -= s->min_gallop > 1;
        int64_t k = gallop(s, m->b.keys[m->nb - 1], m->a.keys, m->na, m->na - 1, true);
        if (k < 0) return -1;
        a_wins = m->na - k;
        move(m->to, k + m->nb, m->a, k, a_wins);
        m->na = k;
        if (m->na == 0) return 0;
        m->nb--;
        put(m->to, m->na + m->nb, m->b, m->nb);
        if (m->nb == 1) return 0;
        k = gallop(s, m->a.keys[m->na - 1], m->b.keys, m->nb, m->nb - 1, false);
        if (k < 0) return -1;
        b_wins = m->nb - k;
        move(m->to, m->na + k, m->b, k, b_wins);
        m->nb = k;
        // nb == 0 happens only if the comparison is inconsistent.
        if (m->nb <= 1 && b_wins) return 0;
        m->na--;
        put(m->to, m->na + m->nb, m->a, m->na);
        if (m->na == 0) return 0;
    } while (a_wins >= MIN_GALLOP || b_wins >= MIN_GALLOP);
    s->min_gallop++;
    return 1;
}

// Merges when b is the shorter side.
static bool merge_down(Sort *s, Slice a, int64_t na, Slice b, int64_t nb)
{
    if (!temp_reserve(s, nb)) return false;
    move(s->temp, 0, b, 0, nb);
    Merge m = {a, a, s->temp, na, nb};
    m.na--;
    put(m.to, m.na + m.nb, m.a, m.na);
    int more = m.na > 0 && m.nb > 1;
    while (more > 0) {
        more = merge_down_plain(s, &m, s->min_gallop);
        if (more > 0) more = merge_down_gallop(s, &m);
    }
    // Success with one of b left: it is the smallest of all. Otherwise the rest of b fills the
    // hole behind what is left of a.
    if (more == 0 && m.nb == 1 && m.na > 0) {
        move(m.to, 1, m.a, 0, m.na);
        put(m.to, 0, m.b, 0);
    } else {
        move(m.to, m.na, m.b, 0, m.nb);
    }
    return more == 0;
}

static bool merge_runs(Sort *s, int i)
{
    Run *x = &s->runs[i], *y = &s->runs[i + 1];
    Slice a = x->base, b = y->base;
    int64_t na = x->len, nb = y->len;
    x->len = na + nb;
    if (i == s->run_count - 3) s->runs[i + 1] = s->runs[i + 2];
    s->run_count--;
    // What is in place at both ends stays.
    int64_t k = gallop(s, b.keys[0], a.keys, na, 0, true);
    if (k < 0) return false;
    a = at(a, k);
    na -= k;
    if (na == 0) return true;
    nb = gallop(s, a.keys[na - 1], b.keys, nb, nb - 1, false);
    if (nb <= 0) return nb == 0;
    return na <= nb ? merge_up(s, a, na, b, nb) : merge_down(s, a, na, b, nb);
}

// The depth at which the midpoints of two neighbouring runs part in a perfect binary tree over
// the whole array.
static int power_of(int64_t start, int64_t n1, int64_t n2, int64_t n)
{
    int64_t a = 2 * start + n1, b = a + n1 + n2;
    for (int power = 1;; power++) {
        if (a >= n) a -= n, b -= n;
        else if (b >= n) return power;
        a <<= 1;
        b <<= 1;
    }
}

static bool merge_before_push(Sort *s, int64_t next_len)
{
    if (s->run_count == 0) return true;
    Run *top = &s->runs[s->run_count - 1];
    int power = power_of(top->base.keys - s->all.keys, top->len, next_len, s->len);
    while (s->run_count > 1 && s->runs[s->run_count - 2].power > power) {
        if (!merge_runs(s, s->run_count - 2)) return false;
    }
    s->runs[s->run_count - 1].power = power;
    return true;
}

static bool merge_all(Sort *s)
{
    while (s->run_count > 1) {
        int i = s->run_count - 2;
        if (i > 0 && s->runs[i - 1].len < s->runs[i + 1].len) i--;
        if (!merge_runs(s, i)) return false;
    }
    return true;
}

static int64_t min_run(int64_t n)
{
    int64_t odd = 0;
    for (; n >= 64; n >>= 1) odd |= n & 1;
    return n + odd;
}

static bool timsort(Sort *s)
{
    int64_t least = min_run(s->len);
    s->min_gallop = MIN_GALLOP;
    for (int64_t done = 0; done < s->len;) {
        bool down;
        Slice rest = at(s->all, done);
        int64_t left = s->len - done, n = count_run(s, rest.keys, left, &down);
        if (n < 0) return false;
        if (down) reverse(rest, n);
        if (n < least) {
            int64_t forced = left < least ? left : least;
            if (!insertion_sort(s, rest, forced, n)) return false;
            n = forced;
        }
        if (!merge_before_push(s, n)) return false;
        s->runs[s->run_count++] = (Run){rest, n, 0};
        done += n;
    }
    return merge_all(s);
}

// The value that decides the order of a key: its first item if [of_tuples].
static const AdjVal *deciding(const AdjVal *key, bool of_tuples)
{
    return of_tuples ? adj_as_tuple(*key)->items : key;
}

static Order order_of(const AdjVal *keys, int64_t n, bool of_tuples)
{
    uint64_t tag = deciding(keys, of_tuples)->tag;
    for (int64_t i = 1; i < n; i++) {
        if (deciding(keys + i, of_tuples)->tag != tag) return ORDER_ANY;
    }
    if (tag == ADJ_T_INT) return ORDER_INT;
    if (tag == ADJ_T_FLOAT) return ORDER_FLOAT;
    if (tag != ADJ_T_OBJ) return ORDER_ANY;
    for (int64_t i = 0; i < n; i++) {
        if (deciding(keys + i, of_tuples)->o->type != &adj_type_str) return ORDER_ANY;
    }
    return ORDER_STR;
}

static void find_order(Sort *s)
{
    const AdjVal *keys = s->all.keys;
    s->order = order_of(keys, s->len, false);
    for (int64_t i = 0; i < s->len; i++) {
        if (!adj_is_exact(keys[i], &adj_type_tuple) || adj_as_tuple(keys[i])->len == 0) return;
    }
    s->first = order_of(keys, s->len, true);
    if (s->first != ORDER_ANY) s->order = ORDER_TUPLES;
}

// ---- entry points ----

static bool make_keys(AdjVM *vm, AdjVal *keys, AdjVal *items, int64_t n, AdjVal key)
{
    for (int64_t i = 0; i < n; i++) {
        AdjVal item = adj_val_keep(items[i]);
        bool ok = adj_vm_call(vm, key, &item, 1, NULL, &keys[i]);
        adj_val_drop(item);
        if (ok) continue;
        while (i-- > 0) adj_val_drop(keys[i]);
        return false;
    }
    return true;
}

bool adj_vals_sort(AdjVM *vm, AdjVal *items, int64_t n, AdjVal key, bool reverse_order)
{
    AdjVal *keys = NULL;
    size_t bytes = (size_t)n * sizeof *keys;
    if (n == 0) return true;
    if (!adj_is_unset(key)) {
        keys = adj_lang_alloc(vm, bytes);
        if (!keys) return false;
        if (!make_keys(vm, keys, items, n, key)) return adj_lang_free(keys, bytes), false;
    }
    Sort s = {.vm = vm, .all = {keys ? keys : items, keys ? items : NULL}, .len = n};
    find_order(&s);
    // Reversing before and after keeps equal items in their order.
    if (reverse_order) reverse(s.all, n);
    bool ok = timsort(&s);
    if (reverse_order) reverse(s.all, n);
    temp_free(&s);
    for (int64_t i = 0; keys && i < n; i++) adj_val_drop(keys[i]);
    if (keys) adj_lang_free(keys, bytes);
    return ok;
}

bool adj_list_sort(AdjVM *vm, AdjList *list, AdjVal key, bool reverse_order)
{
    AdjVal *items = list->items;
    int64_t n = list->len, cap = list->cap;
    list->items = NULL;
    list->len = list->cap = 0;
    bool ok = adj_vals_sort(vm, items, n, key, reverse_order);
    AdjVal *intruders = list->items;
    int64_t count = list->len, room = list->cap;
    list->items = items;
    list->len = n;
    list->cap = cap;
    if (!intruders) return ok;
    for (int64_t i = 0; i < count; i++) adj_val_drop(intruders[i]);
    adj_lang_free(intruders, (size_t)room * sizeof *intruders);
    return ok && adj_raise(vm, ADJ_EXC_ValueError, "list modified during sort");
}
