// SPDX-License-Identifier: Apache-2.0
// The part of math that is more than a call of libm: whole numbers, exact sums, vector lengths
// and the gamma function.
//
// fsum keeps a list of floats that do not overlap and whose sum is exact (Shewchuk, "Adaptive
// Precision Floating-Point Arithmetic", 1997). hypot and dist scale, sum the squares in parts
// and correct the root once (Borges, "An Improved Algorithm for hypot", 2019). gamma is
// Lanczos's approximation with the coefficients that Boost and Python use, so that the last
// digits agree.
#include "math_more.h"
#include "lang/types/number.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

// ---- to whole numbers ----

// Objects may round themselves. 1 done, 0 no such method, -1 failed.
static int ask(AdjVM *vm, AdjVal v, const char *dunder, AdjVal *out)
{
    if (adj_is_number(v)) return 0;
    AdjStr *name = adj_str_intern_c(dunder);
    AdjVal method;
    int found = name ? adj_val_find_attr(vm, v, name, &method) : -1;
    adj_obj_drop(name);
    if (found <= 0) return found;
    bool ok = adj_vm_call(vm, method, NULL, 0, NULL, out);
    adj_val_drop(method);
    return ok ? 1 : -1;
}

static bool to_whole(AdjVM *vm, AdjVal v, const char *dunder, double (*f)(double), AdjVal *out)
{
    if (adj_is_int(v)) return adj_out_int(out, v.i);
    int asked = ask(vm, v, dunder, out);
    if (asked) return asked > 0;
    double x;
    int64_t i;
    if (!adj_get_double(vm, v, &x)) return false;
    return adj_int_from_double(vm, f(x), &i) && adj_out_int(out, i);
}

bool adj_math_ceil(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return to_whole(vm, args[0], "__ceil__", ceil, out);
}

bool adj_math_floor(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    return to_whole(vm, args[0], "__floor__", floor, out);
}

bool adj_math_trunc(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    if (adj_is_number(args[0])) return to_whole(vm, args[0], "__trunc__", trunc, out);
    int asked = ask(vm, args[0], "__trunc__", out);
    if (asked) return asked > 0;
    return adj_raise(vm, ADJ_EXC_TypeError, "type %s doesn't define __trunc__ method",
                     adj_type_name(args[0]));
}

// ---- counting ----

static bool too_large(AdjVM *vm, const char *name)
{
    return adj_raise(vm, ADJ_EXC_OverflowError, "%s: the result does not fit in 64 bits", name);
}

static bool factorial(AdjVM *vm, int64_t n, const char *name, AdjVal *out)
{
    int64_t r = 1;
    if (n < 0) {
        return adj_raise(vm, ADJ_EXC_ValueError, "factorial() not defined for negative values");
    }
    if (n > 20) return too_large(vm, name);
    for (int64_t i = 2; i <= n; i++) r *= i;
    return adj_out_int(out, r);
}

bool adj_math_factorial(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t n;
    return adj_get_int(vm, args[0], &n) && factorial(vm, n, "factorial", out);
}

static bool n_and_k(AdjVM *vm, AdjVal *args, int64_t *n, int64_t *k)
{
    if (!adj_get_int(vm, args[0], n) || !adj_get_int(vm, args[1], k)) return false;
    if (*n < 0) return adj_raise(vm, ADJ_EXC_ValueError, "n must be a non-negative integer");
    return *k >= 0 || adj_raise(vm, ADJ_EXC_ValueError, "k must be a non-negative integer");
}

bool adj_math_comb(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t n, k;
    if (!n_and_k(vm, args, &n, &k)) return false;
    if (k > n) return adj_out_int(out, 0);
    if (k > n - k) k = n - k;
    __int128 r = 1;  // after step i it is comb(n - k + i, i), so each division is exact
    for (int64_t i = 1; i <= k; i++) {
        r = r * (n - k + i) / i;
        if (r > INT64_MAX) return too_large(vm, "comb");
    }
    return adj_out_int(out, (int64_t)r);
}

bool adj_math_perm(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t n, k, r = 1;
    if (adj_is_none(args[1])) {
        return adj_get_int(vm, args[0], &n) && factorial(vm, n, "perm", out);
    }
    if (!n_and_k(vm, args, &n, &k)) return false;
    if (k > n) return adj_out_int(out, 0);
    for (int64_t i = 0; i < k; i++) {
        if (__builtin_mul_overflow(r, n - i, &r)) return too_large(vm, "perm");
    }
    return adj_out_int(out, r);
}

static uint64_t gcd(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

static uint64_t size_of(int64_t i)
{
    return i < 0 ? -(uint64_t)i : (uint64_t)i;
}

bool adj_math_gcd(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjTuple *t = adj_as_tuple(args[0]);
    uint64_t r = 0;
    for (int64_t i = 0, v; i < t->len; i++) {
        if (!adj_get_int(vm, t->items[i], &v)) return false;
        r = gcd(r, size_of(v));
    }
    return r > INT64_MAX ? too_large(vm, "gcd") : adj_out_int(out, (int64_t)r);
}

bool adj_math_lcm(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjTuple *t = adj_as_tuple(args[0]);
    uint64_t r = 1;
    bool large = false;
    for (int64_t i = 0, v; i < t->len; i++) {
        if (!adj_get_int(vm, t->items[i], &v)) return false;
        if (v == 0) r = 0;
        if (r == 0) continue;
        large |=
            __builtin_mul_overflow(r / gcd(r, size_of(v)), size_of(v), &r) || r > INT64_MAX;
    }
    return r && large ? too_large(vm, "lcm") : adj_out_int(out, (int64_t)r);
}

bool adj_math_isqrt(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    int64_t n;
    if (!adj_get_int(vm, args[0], &n)) return false;
    if (n < 0) return adj_raise(vm, ADJ_EXC_ValueError, "isqrt() argument must be nonnegative");
    // The rounded root is off by at most one.
    int64_t r = (int64_t)sqrt((double)n);
    while ((__int128)r * r > n) r--;
    while ((__int128)(r + 1) * (r + 1) <= n) r++;
    return adj_out_int(out, r);
}

bool adj_math_prod(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjVal it, item, product = adj_val_keep(args[1]), next;
    if (!adj_val_iter(vm, args[0], &it)) return adj_val_drop(product), false;
    int more;
    while ((more = adj_val_next(vm, it, &item)) == 1) {
        bool ok = adj_val_binary(vm, ADJ_B_MUL, product, item, &next);
        adj_val_drop(item);
        if (!ok) {
            more = -1;
            break;
        }
        adj_val_set(&product, next);
    }
    adj_val_drop(it);
    if (more < 0) return adj_val_drop(product), false;
    return *out = product, true;
}

// ---- fsum ----

typedef struct Partials {
    double *p;
    size_t n, room;
    double small[32];
    double special;      // sum of infinities and nans
    double infinities;
} Partials;

static bool partials_add(AdjVM *vm, Partials *s, double x)
{
    double original = x;
    size_t kept = 0;
    for (size_t i = 0; i < s->n; i++) {
        double y = s->p[i];
        if (fabs(x) < fabs(y)) {
            double t = x;
            x = y;
            y = t;
        }
        double high = x + y, low = y - (high - x);
        if (low != 0) s->p[kept++] = low;
        x = high;
    }
    s->n = kept;
    if (x == 0) return true;
    if (!isfinite(x)) {
        if (isfinite(original)) {
            return adj_raise(vm, ADJ_EXC_OverflowError, "intermediate overflow in fsum");
        }
        if (isinf(original)) s->infinities += original;
        s->special += original;
        s->n = 0;
        return true;
    }
    if (s->n == s->room) {
        double *p = malloc(2 * s->room * sizeof *p);
        if (!p) return adj_raise(vm, ADJ_EXC_MemoryError, "%s", "");
        for (size_t i = 0; i < s->n; i++) p[i] = s->p[i];
        if (s->p != s->small) free(s->p);
        s->p = p;
        s->room *= 2;
    }
    s->p[s->n++] = x;
    return true;
}

// From the largest partial down until one does not fit; what is below decides a tie.
static double partials_sum(const Partials *s)
{
    size_t n = s->n;
    if (n == 0) return 0;
    double high = s->p[--n], low = 0;
    while (n > 0) {
        double x = high, y = s->p[--n];
        high = x + y;
        low = y - (high - x);
        if (low != 0) break;
    }
    if (n > 0 && ((low < 0 && s->p[n - 1] < 0) || (low > 0 && s->p[n - 1] > 0))) {
        double y = low * 2, x = high + y;
        if (y == x - high) high = x;
    }
    return high;
}

bool adj_math_fsum(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    Partials s = {.room = 32};
    s.p = s.small;
    AdjVal it, item;
    if (!adj_val_iter(vm, args[0], &it)) return false;
    int more;
    while ((more = adj_val_next(vm, it, &item)) == 1) {
        double x;
        bool ok = adj_get_double(vm, item, &x) && partials_add(vm, &s, x);
        adj_val_drop(item);
        if (!ok) {
            more = -1;
            break;
        }
    }
    adj_val_drop(it);
    double sum = partials_sum(&s);
    if (s.p != s.small) free(s.p);
    if (more < 0) return false;
    if (s.special == 0) return adj_out_float(out, sum);
    if (isnan(s.infinities)) return adj_raise(vm, ADJ_EXC_ValueError, "-inf + inf in fsum");
    return adj_out_float(out, s.special);
}

// ---- lengths ----

// A sum of three parts: what adding to 1 rounded away is kept beside it.
typedef struct Square {
    double sum, lost_high, lost_middle, lost_low;
} Square;

static inline void add_square(Square *s, double x, double sign)
{
    // x = high + low, each short enough for an exact product (Veltkamp's split).
    double t = x * 134217729.0, high = t - (t - x), low = x - high;
    double before = s->sum, part = sign * high * high;
    s->sum += part;
    s->lost_high += (before - s->sum) + part;
    before = s->sum;
    part = sign * 2.0 * high * low;
    s->sum += part;
    s->lost_middle += (before - s->sum) + part;
    if (sign > 0) {
        s->lost_low += low * low;
        return;
    }
    before = s->sum;
    part = sign * low * low;
    s->sum += part;
    s->lost_low += (before - s->sum) + part;
}

static double vector_length(const double *x, int64_t n, double largest, bool any_nan)
{
    if (isinf(largest)) return largest;
    if (any_nan) return NAN;
    if (largest == 0 || n <= 1) return largest;
    int exponent;
    frexp(largest, &exponent);
    Square s = {.sum = 1.0};
    if (exponent < -1023) {  // the scale would overflow: divide instead
        for (int64_t i = 0; i < n; i++) {
            double y = x[i] / largest, before = s.sum;
            s.sum += y * y;
            s.lost_high += (before - s.sum) + y * y;
        }
        return largest * sqrt(s.sum - 1.0 + s.lost_high);
    }
    double scale = ldexp(1.0, -exponent);
    for (int64_t i = 0; i < n; i++) add_square(&s, x[i] * scale, 1.0);
    double h = sqrt(s.sum - 1.0 + (s.lost_high + s.lost_middle + s.lost_low));
    add_square(&s, h, -1.0);
    double rest = s.sum - 1.0 + (s.lost_high + s.lost_middle + s.lost_low);
    return (h + rest / (2.0 * h)) / scale;
}

bool adj_math_hypot(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjTuple *t = adj_as_tuple(args[0]);
    double few[8], largest = 0, *x = few;
    bool any_nan = false, ok = true;
    if (t->len > 8 && !(x = adj_lang_alloc(vm, (size_t)t->len * sizeof *x))) return false;
    for (int64_t i = 0; ok && i < t->len; i++) {
        ok = adj_get_double(vm, t->items[i], &x[i]);
        if (!ok) break;
        x[i] = fabs(x[i]);
        any_nan |= isnan(x[i]);
        if (x[i] > largest) largest = x[i];
    }
    if (ok) *out = adj_float_val(vector_length(x, t->len, largest, any_nan));
    if (x != few) adj_lang_free(x, (size_t)t->len * sizeof *x);
    return ok;
}

bool adj_math_dist(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    AdjList *p = adj_list_of(vm, args[0]), *q = p ? adj_list_of(vm, args[1]) : NULL;
    bool ok = q && (p->len == q->len ||
                    adj_raise(vm, ADJ_EXC_ValueError,
                              "both points must have the same number of dimensions"));
    size_t bytes = ok ? (size_t)p->len * sizeof(double) : 0;
    double largest = 0, *x = ok ? adj_lang_alloc(vm, bytes) : NULL;
    bool any_nan = false;
    ok = x != NULL;
    for (int64_t i = 0; ok && i < p->len; i++) {
        double a, b;
        ok = adj_get_double(vm, p->items[i], &a) && adj_get_double(vm, q->items[i], &b);
        if (!ok) break;
        x[i] = fabs(a - b);
        any_nan |= isnan(x[i]);
        if (x[i] > largest) largest = x[i];
    }
    if (ok) *out = adj_float_val(vector_length(x, p->len, largest, any_nan));
    if (x) adj_lang_free(x, bytes);
    adj_obj_drop(p);
    adj_obj_drop(q);
    return ok;
}

// ---- gamma ----

enum { LANCZOS_N = 13 };
static const double LANCZOS_G = 6.024680040776729583740234375;
static const double LANCZOS_G_LESS_HALF = 5.524680040776729583740234375;
static const double lanczos_over[LANCZOS_N] = {
    23531376880.410759688572007674451636754734846804940,
    42919803642.649098768957899047001988850926355848959,
    35711959237.355668049440185451547166705960488635843,
    17921034426.037209699919755754458931112671403265390,
    6039542586.3520280050642916443072979210699388420708,
    1439720407.3117216736632230727949123939715485786372,
    248874557.86205415651146038641322942321632125127801,
    31426415.585400194380614231628318205362874684987640,
    2876370.6289353724412254090516208496135991145378768,
    186056.26539522349504029498971604569928220784236328,
    8071.6720023658162106380029022722506138218516325024,
    210.82427775157934587250973392071336271166969580291,
    2.5066282746310002701649081771338373386264310793408};
static const double lanczos_under[LANCZOS_N] = {
    0.0,       39916800.0, 120543840.0, 150917976.0, 105258076.0, 45995730.0, 13339535.0,
    2637558.0, 357423.0,   32670.0,     1925.0,      66.0,        1.0};

// The quotient of the two polynomials; large x counts from the other end to stay in range.
static double lanczos_sum(double x)
{
    double over = 0, under = 0;
    if (x < 5.0) {
        for (int i = LANCZOS_N; --i >= 0;) {
            over = over * x + lanczos_over[i];
            under = under * x + lanczos_under[i];
        }
    } else {
        for (int i = 0; i < LANCZOS_N; i++) {
            over = over / x + lanczos_over[i];
            under = under / x + lanczos_under[i];
        }
    }
    return over / under;
}

// sin(pi x), accurate near the zeros because x is reduced before it is multiplied.
static double sine_pi(double x)
{
    double y = fmod(fabs(x), 2.0), r;
    switch ((int)round(2.0 * y)) {
    case 0: r = sin(M_PI * y); break;
    case 1: r = cos(M_PI * (y - 0.5)); break;
    case 2: r = sin(M_PI * (1.0 - y)); break;
    case 3: r = -cos(M_PI * (y - 1.5)); break;
    default: r = sin(M_PI * (y - 2.0)); break;
    }
    return copysign(1.0, x) * r;
}

static double gamma_of(double x)
{
    if (x == floor(x) && x > 0 && x <= 23) {
        double r = 1;
        for (double i = 2; i < x; i++) r *= i;
        return r;
    }
    double size = fabs(x);
    if (size < 1e-20) return 1.0 / x;
    if (size > 200.0) return x < 0 ? 0.0 / sine_pi(x) : INFINITY;
    double y = size + LANCZOS_G_LESS_HALF, z;
    // How much y lost by rounding.
    if (size > LANCZOS_G_LESS_HALF) z = (y - size) - LANCZOS_G_LESS_HALF;
    else z = (y - LANCZOS_G_LESS_HALF) - size;
    z = z * LANCZOS_G / y;
    double r;
    if (x < 0) {
        r = -M_PI / sine_pi(size) / size * exp(y) / lanczos_sum(size);
        r -= z * r;
        if (size < 140.0) return r / pow(y, size - 0.5);
        double root = pow(y, size / 2.0 - 0.25);
        return r / root / root;
    }
    r = lanczos_sum(size) / exp(y);
    r += z * r;
    if (size < 140.0) return r * pow(y, size - 0.5);
    double root = pow(y, size / 2.0 - 0.25);
    return r * root * root;
}

bool adj_math_gamma(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    double x;
    if (!adj_get_double(vm, args[0], &x)) return false;
    if (isnan(x) || x == INFINITY) return adj_out_float(out, x);
    if (x == -INFINITY || (x == floor(x) && x <= 0)) {
        return adj_raise(vm, ADJ_EXC_ValueError, "math domain error");
    }
    return adj_math_result(vm, gamma_of(x), false, false, false, out);
}

static double lgamma_of(double x)
{
    double size = fabs(x);
    if (x == floor(x) && x <= 2.0) return x <= 0 ? INFINITY : 0.0;
    if (size < 1e-20) return -log(size);
    double r = log(lanczos_sum(size)) - LANCZOS_G;
    r += (size - 0.5) * (log(size + LANCZOS_G - 0.5) - 1);
    if (x < 0) r = log(M_PI) - log(fabs(sine_pi(size))) - log(size) - r;
    return r;
}

bool adj_math_lgamma(AdjVM *vm, AdjVal *args, int nargs, AdjVal *out)
{
    (void)nargs;
    double x;
    if (!adj_get_double(vm, args[0], &x)) return false;
    if (!isfinite(x)) return adj_out_float(out, isnan(x) ? x : INFINITY);
    double r = lgamma_of(x);
    return adj_math_result(vm, r, false, false, x <= 0 && x == floor(x), out);
}
