// SPDX-License-Identifier: Apache-2.0
// The module random: Python's generator and Python's ways of turning its words into numbers, so
// that the same seed gives the same digits. Each method draws the same number of words in the
// same order as its model in Lib/random.py of Python 3.11; the papers named there are the
// sources. The functions of the module are the methods of one hidden Random. Invariant:
// has_gauss says whether gauss_next is a number that gauss made and did not yet give.
#include "lib.h"
#include "lang/types/list.h"
#include "random_seed.h"

#include <math.h>

typedef struct Random {
    AdjObj head;
    AdjMt mt;
    bool has_gauss;
    double gauss_next;
} Random;

static Random *random_of(AdjVal v)
{
    return (Random *)v.o;
}

static double draw(Random *r)
{
    return adj_mt_double53(&r->mt);
}

// ---- seeding ----

static bool seed(AdjVM *vm, Random *r, AdjVal a)
{
    r->has_gauss = false;
    if (adj_is_none(a)) {
        adj_random_seed_fresh(&r->mt);
    } else if (adj_is_int(a)) {
        adj_random_seed_int(&r->mt, a.i < 0 ? -(uint64_t)a.i : (uint64_t)a.i);
    } else if (adj_is_float_val(a)) {
        adj_random_seed_int(&r->mt, (uint64_t)adj_number_hash(a));
    } else {
        AdjStr *s = adj_as_str(a);
        AdjBytes *b = (AdjBytes *)a.o;
        bool bytes = adj_is_exact(a, &adj_type_bytes), ok;
        if (!bytes && !adj_is_str(a)) {
            return adj_raise(vm, ADJ_EXC_TypeError,
                             "The only supported seed types are: None,\n"
                             "int, float, str, bytes, and bytearray.");
        }
        if (bytes) ok = adj_random_seed_text(&r->mt, (const char *)b->data, (size_t)b->len);
        else ok = adj_random_seed_text(&r->mt, s->data, (size_t)s->len);
        return ok || adj_raise(vm, ADJ_EXC_MemoryError, "%s", "");
    }
    return true;
}

static bool random_make(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    Random *r = adj_obj_new(vm, adj_as_type(args[0]));
    if (!r) return false;
    if (!seed(vm, r, args[1])) return adj_obj_drop(r), false;
    return adj_out(out, r);
}

static bool random_seed(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return seed(vm, random_of(args[0]), args[1]) && adj_out_none(out);
}

static bool random_getstate(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    Random *r = random_of(args[0]);
    AdjTuple *words = adj_tuple_new(vm, ADJ_MT_WORDS + 1);
    if (!words) return false;
    for (int i = 0; i < ADJ_MT_WORDS; i++) words->items[i] = adj_int_val(r->mt.state[i]);
    words->items[ADJ_MT_WORDS] = adj_int_val(r->mt.next);
    AdjVal gauss = r->has_gauss ? adj_float_val(r->gauss_next) : ADJ_NONE;
    AdjVal parts[] = {adj_int_val(3), adj_obj_val(words), gauss};
    bool ok = adj_out(out, adj_tuple_from(vm, parts, 3));
    adj_obj_drop(words);
    return ok;
}

static bool is_state(AdjVal v)
{
    if (!adj_is_tuple(v) || adj_as_tuple(v)->len != 3) return false;
    AdjVal *part = adj_as_tuple(v)->items;
    if (!adj_is_int(part[0]) || part[0].i != 3 || !adj_is_tuple(part[1])) return false;
    AdjTuple *words = adj_as_tuple(part[1]);
    if (words->len != ADJ_MT_WORDS + 1) return false;
    for (int i = 0; i <= ADJ_MT_WORDS; i++) {
        int64_t most = i < ADJ_MT_WORDS ? UINT32_MAX : ADJ_MT_WORDS;
        if (!adj_is_int(words->items[i]) || words->items[i].i < 0 || words->items[i].i > most) {
            return false;
        }
    }
    return adj_is_none(part[2]) || adj_is_number(part[2]);
}

static bool random_setstate(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    Random *r = random_of(args[0]);
    if (!is_state(args[1])) {
        return adj_raise(vm, ADJ_EXC_ValueError, "setstate: not a state that getstate gave");
    }
    AdjVal *part = adj_as_tuple(args[1])->items;
    AdjVal *words = adj_as_tuple(part[1])->items;
    for (int i = 0; i < ADJ_MT_WORDS; i++) r->mt.state[i] = (uint32_t)words[i].i;
    r->mt.next = (int)words[ADJ_MT_WORDS].i;
    r->has_gauss = adj_is_number(part[2]);
    if (r->has_gauss) r->gauss_next = adj_as_double(part[2]);
    return adj_out_none(out);
}

// ---- whole numbers ----

// [k] random bits, 0 <= k <= 64: whole words from the low end, the last one cut from its top.
static uint64_t draw_bits(Random *r, int k)
{
    if (k == 0) return 0;
    if (k <= 32) return adj_mt_next32(&r->mt) >> (32 - k);
    uint64_t low = adj_mt_next32(&r->mt);
    return low | (uint64_t)(adj_mt_next32(&r->mt) >> (64 - k)) << 32;
}

// An int in [0, n), or 0 if n is 0: draws as many bits as n has until they are below it.
static int64_t draw_below(Random *r, int64_t n)
{
    if (n <= 0) return 0;
    int k = 64 - __builtin_clzll((uint64_t)n);
    uint64_t v;
    do v = draw_bits(r, k);
    while (v >= (uint64_t)n);
    return (int64_t)v;
}

static bool random_getrandbits(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t k;
    if (!adj_get_int(vm, args[1], &k)) return false;
    if (k < 0) return adj_raise(vm, ADJ_EXC_ValueError, "number of bits must be non-negative");
    if (k > 63) {
        return adj_raise(vm, ADJ_EXC_OverflowError, "getrandbits: %lld bits do not fit an int",
                         (long long)k);
    }
    return adj_out_int(out, (int64_t)draw_bits(random_of(args[0]), (int)k));
}

// Floats that are whole still count as ints here.
static bool range_part(AdjVM *vm, AdjVal v, const char *name, int64_t *out)
{
    if (adj_is_float_val(v)) {
        if (v.f == floor(v.f) && fabs(v.f) < 0x1p63) return *out = (int64_t)v.f, true;
        return adj_raise(vm, ADJ_EXC_ValueError, "non-integer %s for randrange()", name);
    }
    return adj_get_int(vm, v, out);
}

static bool randrange(AdjVM *vm, Random *r, int64_t start, int64_t stop, int64_t step,
                      AdjVal *out)
{
    int64_t width, n;
    if (__builtin_sub_overflow(stop, start, &width)) {
        return adj_raise(vm, ADJ_EXC_OverflowError,
                         "randrange: the range has more items than fit in 64 bits");
    }
    if (step == 1 && width <= 0) {
        return adj_raise(vm, ADJ_EXC_ValueError,
                         "empty range for randrange() (%lld, %lld, %lld)", (long long)start,
                         (long long)stop, (long long)width);
    }
    if (step == 0) return adj_raise(vm, ADJ_EXC_ValueError, "zero step for randrange()");
    if (step > 0) n = width > 0 ? (width - 1) / step + 1 : 0;
    else n = width < 0 ? (int64_t)((-(uint64_t)width - 1) / -(uint64_t)step) + 1 : 0;
    if (n <= 0) return adj_raise(vm, ADJ_EXC_ValueError, "empty range for randrange()");
    return adj_out_int(out, start + step * draw_below(r, n));
}

static bool random_randrange(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    Random *r = random_of(args[0]);
    int64_t start, stop, step = 1;
    if (!range_part(vm, args[1], "arg 1", &start)) return false;
    if (adj_is_none(args[2])) {
        if (!adj_is_undef(args[3])) {
            return adj_raise(vm, ADJ_EXC_TypeError, "Missing a non-None stop argument");
        }
        if (start > 0) return adj_out_int(out, draw_below(r, start));
        return adj_raise(vm, ADJ_EXC_ValueError, "empty range for randrange()");
    }
    if (!range_part(vm, args[2], "stop", &stop)) return false;
    if (!adj_is_undef(args[3]) && !range_part(vm, args[3], "step", &step)) return false;
    return randrange(vm, r, start, stop, step, out);
}

static bool random_randint(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t a, b;
    if (!range_part(vm, args[1], "arg 1", &a) || !range_part(vm, args[2], "stop", &b))
        return false;
    if (b == INT64_MAX) {
        return adj_raise(vm, ADJ_EXC_OverflowError, "randint: the upper end is too large");
    }
    return randrange(vm, random_of(args[0]), a, b + 1, 1, out);
}

// ---- sequences ----

static bool random_choice(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t n;
    if (!adj_val_len(vm, args[1], &n)) return false;
    if (n == 0) {
        return adj_raise(vm, ADJ_EXC_IndexError, "Cannot choose from an empty sequence");
    }
    return adj_val_getitem(vm, args[1], adj_int_val(draw_below(random_of(args[0]), n)), out);
}

static bool swap_items(AdjVM *vm, AdjVal x, int64_t i, int64_t j)
{
    AdjVal a = ADJ_UNDEF, b = ADJ_UNDEF;
    bool ok = adj_val_getitem(vm, x, adj_int_val(j), &b) &&
              adj_val_getitem(vm, x, adj_int_val(i), &a) &&
              adj_val_setitem(vm, x, adj_int_val(i), b) &&
              adj_val_setitem(vm, x, adj_int_val(j), a);
    adj_val_drop(a);
    adj_val_drop(b);
    return ok;
}

static bool random_shuffle(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    Random *r = random_of(args[0]);
    int64_t n;
    if (!adj_val_len(vm, args[1], &n)) return false;
    AdjVal *items = adj_is_exact(args[1], &adj_type_list) ? adj_as_list(args[1])->items : NULL;
    for (int64_t i = n - 1; i > 0; i--) {
        int64_t j = draw_below(r, i + 1);
        if (items) {
            AdjVal v = items[i];
            items[i] = items[j];
            items[j] = v;
        } else if (!swap_items(vm, args[1], i, j)) {
            return false;
        }
    }
    return adj_out_none(out);
}

// Below this many items a list of them is smaller than the set that remembers [k] choices.
static int64_t pool_limit(int64_t k)
{
    int64_t limit = 21;
    if (k > 5) limit += (int64_t)pow(4, ceil(log((double)(k * 3)) / log(4.0)));
    return limit;
}

static bool sample_from_pool(AdjVM *vm, Random *r, AdjVal population, int64_t k,
                             AdjList *result)
{
    AdjList *pool = adj_list_of(vm, population);
    if (!pool) return false;
    int64_t n = pool->len;
    bool ok = true;
    for (int64_t i = 0; ok && i < k; i++) {
        int64_t j = draw_below(r, n - i);
        ok = adj_list_append(vm, result, pool->items[j]);
        adj_val_set(&pool->items[j], adj_val_keep(pool->items[n - i - 1]));
    }
    adj_obj_drop(pool);
    return ok;
}

static bool sample_by_memory(AdjVM *vm, Random *r, AdjVal population, int64_t n, int64_t k,
                             AdjList *result)
{
    AdjSet *chosen = adj_set_new(vm, false);
    bool ok = chosen != NULL;
    for (int64_t i = 0; ok && i < k; i++) {
        AdjVal j, item;
        int has;
        do {
            j = adj_int_val(draw_below(r, n));
            has = adj_set_has(vm, chosen, j);
        } while (has > 0);
        ok = has == 0 && adj_set_add(vm, chosen, j) &&
             adj_val_getitem(vm, population, j, &item) &&
             adj_list_append_take(vm, result, item);
    }
    adj_obj_drop(chosen);
    return ok;
}

static AdjList *sample(AdjVM *vm, Random *r, AdjVal population, int64_t n, int64_t k)
{
    if (k < 0 || k > n) {
        return adj_raise_null(vm, ADJ_EXC_ValueError,
                              "Sample larger than population or is negative");
    }
    AdjList *result = adj_list_new(vm, k);
    if (!result) return NULL;
    bool ok = n <= pool_limit(k) ? sample_from_pool(vm, r, population, k, result)
                                 : sample_by_memory(vm, r, population, n, k, result);
    if (!ok) return adj_obj_drop(result), NULL;
    return result;
}

// The sums of the first 1, 2, ... items, as new memory of [*n] doubles; NULL: failed.
static double *running_sums(AdjVM *vm, AdjVal weights, bool already, int64_t *n)
{
    AdjList *list = adj_list_of(vm, weights);
    if (!list) return NULL;
    double sum = 0, w, *sums = adj_lang_alloc(vm, (size_t)(list->len + 1) * sizeof *sums);
    *n = list->len;
    for (int64_t i = 0; sums && i < *n; i++) {
        if (!adj_get_double(vm, list->items[i], &w)) {
            adj_lang_free(sums, (size_t)(*n + 1) * sizeof *sums);
            sums = NULL;
            break;
        }
        sum = already ? w : sum + w;
        sums[i] = sum;
    }
    adj_obj_drop(list);
    return sums;
}

static void sums_free(double *sums, int64_t n)
{
    adj_lang_free(sums, (size_t)(n + 1) * sizeof *sums);
}

// The first place in [low, high) whose sum is above [x].
static int64_t place_above(const double *sums, double x, int64_t low, int64_t high)
{
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (x < sums[middle]) high = middle;
        else low = middle + 1;
    }
    return low;
}

static bool sample_with_counts(AdjVM *vm, AdjVal *args, int64_t n, int64_t k, AdjVal *out)
{
    int64_t m;
    double *sums = running_sums(vm, args[3], false, &m);
    if (!sums) return false;
    int64_t total = m > 0 ? (int64_t)sums[m - 1] : 0;
    bool ok = m == n || adj_raise(vm, ADJ_EXC_ValueError,
                                  "The number of counts does not match the population");
    ok = ok && (total > 0 || adj_raise(vm, ADJ_EXC_ValueError,
                                       "Total of counts must be greater than zero"));
    AdjRange *numbers = ok ? adj_range_new(vm, 0, total, 1) : NULL;
    AdjList *chosen = NULL;
    if (numbers) chosen = sample(vm, random_of(args[0]), adj_obj_val(numbers), total, k);
    for (int64_t i = 0; chosen && i < chosen->len; i++) {
        AdjVal item;
        int64_t at = place_above(sums, (double)chosen->items[i].i, 0, m - 1);
        if (!adj_val_getitem(vm, args[1], adj_int_val(at), &item)) {
            adj_obj_drop(chosen);
            chosen = NULL;
            break;
        }
        adj_val_set(&chosen->items[i], item);
    }
    adj_obj_drop(numbers);
    sums_free(sums, m);
    return adj_out(out, chosen);
}

static bool random_sample(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t n, k;
    bool sequence = adj_is_list(args[1]) || adj_is_tuple(args[1]) || adj_is_str(args[1]) ||
                    adj_is_exact(args[1], &adj_type_range) ||
                    adj_is_exact(args[1], &adj_type_bytes);
    if (!sequence) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "Population must be a sequence.  For dicts or sets, use sorted(d).");
    }
    if (!adj_val_len(vm, args[1], &n) || !adj_get_int(vm, args[2], &k)) return false;
    if (!adj_is_none(args[3])) return sample_with_counts(vm, args, n, k, out);
    return adj_out(out, sample(vm, random_of(args[0]), args[1], n, k));
}

static bool check_weights(AdjVM *vm, const double *sums, int64_t m, int64_t n)
{
    if (m != n) {
        return adj_raise(vm, ADJ_EXC_ValueError,
                         "The number of weights does not match the population");
    }
    if (m == 0) return adj_raise(vm, ADJ_EXC_IndexError, "list index out of range");
    if (sums[m - 1] <= 0) {
        return adj_raise(vm, ADJ_EXC_ValueError, "Total of weights must be greater than zero");
    }
    return isfinite(sums[m - 1]) ||
           adj_raise(vm, ADJ_EXC_ValueError, "Total of weights must be finite");
}

// k items by weight; sums NULL: all weights equal.
static AdjList *choose(AdjVM *vm, Random *r, AdjVal population, const double *sums, int64_t n,
                       int64_t k)
{
    AdjList *result = adj_list_new(vm, k > 0 ? k : 0);
    for (int64_t i = 0; result && i < k; i++) {
        AdjVal item;
        int64_t at = sums ? place_above(sums, draw(r) * sums[n - 1], 0, n - 1)
                          : (int64_t)floor(draw(r) * (double)n);
        if (!adj_val_getitem(vm, population, adj_int_val(at), &item) ||
            !adj_list_append_take(vm, result, item)) {
            adj_obj_drop(result);
            result = NULL;
        }
    }
    return result;
}

static bool random_choices(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t n, k, m;
    Random *r = random_of(args[0]);
    bool cumulative = !adj_is_none(args[3]);
    if (!adj_val_len(vm, args[1], &n) || !adj_get_int(vm, args[4], &k)) return false;
    if (adj_is_none(args[2]) && !cumulative) {
        return adj_out(out, choose(vm, r, args[1], NULL, n, k));
    }
    if (!adj_is_none(args[2]) && cumulative) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "Cannot specify both weights and cumulative weights");
    }
    if (adj_is_int(args[2])) {
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "The number of choices must be a keyword argument: k=%lld",
                         (long long)args[2].i);
    }
    double *sums = running_sums(vm, cumulative ? args[3] : args[2], cumulative, &m);
    if (!sums) return false;
    AdjList *result = NULL;
    if (check_weights(vm, sums, m, n)) result = choose(vm, r, args[1], sums, n, k);
    sums_free(sums, m);
    return adj_out(out, result);
}

// ---- distributions ----

static bool numbers(AdjVM *vm, AdjVal *args, double *a, double *b)
{
    return adj_get_double(vm, args[1], a) && adj_get_double(vm, args[2], b);
}

static bool random_random(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)vm, (void)nargs;
    return adj_out_float(out, draw(random_of(args[0])));
}

static bool random_uniform(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    double a, b;
    if (!numbers(vm, args, &a, &b)) return false;
    return adj_out_float(out, a + (b - a) * draw(random_of(args[0])));
}

static bool random_triangular(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    double low, high, mode = 0, c = 0.5;
    if (!numbers(vm, args, &low, &high)) return false;
    double u = draw(random_of(args[0]));
    if (!adj_is_none(args[3])) {
        if (!adj_get_double(vm, args[3], &mode)) return false;
        if (high == low) return adj_out_keep(out, args[1]);
        c = (mode - low) / (high - low);
    }
    if (u > c) {
        double t = low;
        u = 1.0 - u;
        c = 1.0 - c;
        low = high;
        high = t;
    }
    return adj_out_float(out, low + (high - low) * sqrt(u * c));
}

static double normal(Random *r, double mu, double sigma)
{
    const double magic = 4 * exp(-0.5) / sqrt(2.0);
    for (;;) {
        double u1 = draw(r), u2 = 1.0 - draw(r);
        double z = magic * (u1 - 0.5) / u2;
        if (z * z / 4.0 <= -log(u2)) return mu + z * sigma;
    }
}

static bool random_normalvariate(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    double mu, sigma;
    return numbers(vm, args, &mu, &sigma) &&
           adj_out_float(out, normal(random_of(args[0]), mu, sigma));
}

static bool random_lognormvariate(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    double mu, sigma;
    return numbers(vm, args, &mu, &sigma) &&
           adj_out_float(out, exp(normal(random_of(args[0]), mu, sigma)));
}

static bool random_gauss(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    Random *r = random_of(args[0]);
    double mu, sigma, z = r->gauss_next;
    if (!numbers(vm, args, &mu, &sigma)) return false;
    if (!r->has_gauss) {
        double angle = draw(r) * (2 * M_PI);
        double radius = sqrt(-2.0 * log(1.0 - draw(r)));
        z = cos(angle) * radius;
        r->gauss_next = sin(angle) * radius;
    }
    r->has_gauss = !r->has_gauss;
    return adj_out_float(out, mu + z * sigma);
}

static bool random_expovariate(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    double rate;
    if (!adj_get_double(vm, args[1], &rate)) return false;
    double x = -log(1.0 - draw(random_of(args[0])));
    if (rate == 0) return adj_raise(vm, ADJ_EXC_ZeroDivisionError, "float division by zero");
    return adj_out_float(out, x / rate);
}

static bool random_vonmisesvariate(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    Random *r = random_of(args[0]);
    double mu, kappa, z, d;
    AdjVal turned;
    if (!numbers(vm, args, &mu, &kappa)) return false;
    if (kappa <= 1e-6) return adj_out_float(out, 2 * M_PI * draw(r));
    double s = 0.5 / kappa, q = s + sqrt(1.0 + s * s);
    for (;;) {
        z = cos(M_PI * draw(r));
        d = z / (q + z);
        double u = draw(r);
        if (u < 1.0 - d * d || u <= (1.0 - d) * exp(d)) break;
    }
    double back = 1.0 / q, f = (back + z) / (1.0 + back * z);
    double angle = draw(r) > 0.5 ? mu + acos(f) : mu - acos(f);
    bool ok = adj_number_binary(vm, ADJ_B_MOD, adj_float_val(angle), adj_float_val(2 * M_PI),
                                &turned);
    return ok && adj_out_float(out, turned.f);
}

// Cheng 1977 above 1; the exponential at 1; Ahrens and Dieter's GS below.
static double gamma_above_one(Random *r, double alpha, double beta)
{
    double ainv = sqrt(2.0 * alpha - 1.0), b = alpha - log(4.0), c = alpha + ainv;
    const double magic = 1.0 + log(4.5);
    for (;;) {
        double u1 = draw(r);
        if (!(1e-7 < u1 && u1 < 0.9999999)) continue;
        double u2 = 1.0 - draw(r), v = log(u1 / (1.0 - u1)) / ainv, x = alpha * exp(v);
        double z = u1 * u1 * u2, t = b + c * v - x;
        if (t + magic - 4.5 * z >= 0.0 || t >= log(z)) return x * beta;
    }
}

static double gamma_below_one(Random *r, double alpha, double beta)
{
    for (;;) {
        double u = draw(r), b = (M_E + alpha) / M_E, p = b * u;
        double x = p <= 1.0 ? pow(p, 1.0 / alpha) : -log((b - p) / alpha);
        double u1 = draw(r);
        if (p > 1.0 ? u1 <= pow(x, alpha - 1.0) : u1 <= exp(-x)) return x * beta;
    }
}

static double gamma_variate(Random *r, double alpha, double beta)
{
    if (alpha > 1.0) return gamma_above_one(r, alpha, beta);
    if (alpha == 1.0) return -log(1.0 - draw(r)) * beta;
    return gamma_below_one(r, alpha, beta);
}

static bool check_gamma(AdjVM *vm, double alpha, double beta)
{
    return (alpha > 0 && beta > 0) ||
           adj_raise(vm, ADJ_EXC_ValueError, "gammavariate: alpha and beta must be > 0.0");
}

static bool random_gammavariate(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    double alpha, beta;
    return numbers(vm, args, &alpha, &beta) && check_gamma(vm, alpha, beta) &&
           adj_out_float(out, gamma_variate(random_of(args[0]), alpha, beta));
}

static bool random_betavariate(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    double alpha, beta;
    if (!numbers(vm, args, &alpha, &beta) || !check_gamma(vm, alpha, 1.0)) return false;
    double y = gamma_variate(random_of(args[0]), alpha, 1.0);
    if (y == 0) return adj_out_float(out, 0.0);
    return check_gamma(vm, beta, 1.0) &&
           adj_out_float(out, y / (y + gamma_variate(random_of(args[0]), beta, 1.0)));
}

static bool random_paretovariate(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    double alpha;
    if (!adj_get_double(vm, args[1], &alpha)) return false;
    return adj_out_float(out, pow(1.0 - draw(random_of(args[0])), -1.0 / alpha));
}

static bool random_weibullvariate(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    double alpha, beta;
    if (!numbers(vm, args, &alpha, &beta)) return false;
    double u = 1.0 - draw(random_of(args[0]));
    return adj_out_float(out, alpha * pow(-log(u), 1.0 / beta));
}

static const AdjNative random_methods[] = {
    {"seed", "(self, a=None, version=2)", random_seed,
     "Starts the sequence that belongs to [a].", 0},
    {"getstate", "(self)", random_getstate, "The state, for setstate.", 0},
    {"setstate", "(self, state)", random_setstate, "Goes back to a state.", 0},
    {"random", "(self, /)", random_random, "A float in [0, 1).", 0},
    {"getrandbits", "(self, k, /)", random_getrandbits, "An int of [k] random bits.", 0},
    {"randrange", "(self, start, stop=None, step=<unset>)", random_randrange,
     "An int of range(start, stop, step).", 0},
    {"randint", "(self, a, b)", random_randint, "An int from a to b, both included.", 0},
    {"choice", "(self, seq)", random_choice, "An item of a sequence.", 0},
    {"choices", "(self, population, weights=None, *, cum_weights=None, k=1)", random_choices,
     "[k] items, drawn with replacement.", 0},
    {"shuffle", "(self, x)", random_shuffle, "Puts a list into random order, in place.", 0},
    {"sample", "(self, population, k, *, counts=None)", random_sample,
     "[k] items, drawn without replacement.", 0},
    {"uniform", "(self, a, b)", random_uniform, "A float between a and b.", 0},
    {"triangular", "(self, low=0.0, high=1.0, mode=None)", random_triangular,
     "A float with a triangular density.", 0},
    {"normalvariate", "(self, mu=0.0, sigma=1.0)", random_normalvariate,
     "A float with a normal density (Kinderman and Monahan).", 0},
    {"gauss", "(self, mu=0.0, sigma=1.0)", random_gauss,
     "A float with a normal density (Box and Muller).", 0},
    {"lognormvariate", "(self, mu, sigma)", random_lognormvariate,
     "A float whose logarithm is normal.", 0},
    {"expovariate", "(self, lambd)", random_expovariate, "A float with an exponential density.",
     0},
    {"vonmisesvariate", "(self, mu, kappa)", random_vonmisesvariate, "An angle around mu.", 0},
    {"gammavariate", "(self, alpha, beta)", random_gammavariate,
     "A float with a gamma density.", 0},
    {"betavariate", "(self, alpha, beta)", random_betavariate, "A float with a beta density.",
     0},
    {"paretovariate", "(self, alpha)", random_paretovariate, "A float with a Pareto density.",
     0},
    {"weibullvariate", "(self, alpha, beta)", random_weibullvariate,
     "A float with a Weibull density.", 0},
    {0},
};

static const AdjNative random_maker = {"Random", "(cls, x=None)", random_make,
                                       "A generator of its own, seeded with [x].", 0};

static AdjType type_random = {
    .name = "Random",
    .size = sizeof(Random),
    .doc = "A generator of random numbers (Mersenne Twister), Python's digit for digit.",
    .methods = random_methods,
    .make = &random_maker,
};

static bool random_init(AdjVM *vm, AdjModuleObj *m)
{
    if (!adj_vm_add_type(vm, m->dict, &type_random)) return false;
    Random *hidden = adj_obj_new(vm, &type_random);
    if (!hidden) return false;
    adj_random_seed_fresh(&hidden->mt);
    bool ok = true;
    for (const AdjNative *row = random_methods; ok && row->name; row++) {
        AdjVal method;
        ok = adj_val_getattr_c(vm, adj_obj_val(hidden), row->name, &method);
        if (!ok) break;
        ok = adj_dict_set_c(vm, m->dict, row->name, method);
        adj_val_drop(method);
    }
    adj_obj_drop(hidden);
    return ok;
}

const AdjModuleDef adj_lib_random = {"random", "Random numbers, Python's digit for digit.",
                                     NULL, random_init};
