// SPDX-License-Identifier: Apache-2.0
// random.c: the random operations, number for number those of PyTorch on the CPU.
//
// How many words of the generator an element costs and how they are transformed is specified in
// docs/random.md and, step by step, in tests/golden/ref/random_model.py. Numbers are always
// drawn in order on one thread: the stream is the result. In-place operations fill a fresh
// dense tensor and assign it, so that what they forget about the past is recorded like any
// other change.
#include "core/random.h"
#include "cpu/isa.h"
#include "cpu/random.h"
#include "ops/shape/view.h"

#include <stdlib.h>

#define TWO_PI 6.28318530717958647692

// ---------------------------------------------------------------- where numbers go

// The axes of [x] by falling stride: the order in which its elements lie in memory, in which a
// tensor that is not contiguous is filled. Axes of length 1 do not matter.
static AdjShape memory_order(const AdjTensor *x)
{
    AdjShape order = {.n = x->ndim};
    for (int i = 0; i < x->ndim; i++) {
        int k = i;
        for (; k > 0 && x->strides[order.at[k - 1]] < x->strides[i]; k--)
            order.at[k] = order.at[k - 1];
        order.at[k] = i;
    }
    return order;
}

// Numbers are drawn on the host, whichever device they are for: the streams are its own.
static AdjTensor *drawn(AdjShape shape, AdjDtype dtype)
{
    const AdjDevice *before = adj_device_use(&adj_cpu);
    AdjTensor *y = adj_new(shape, dtype);
    adj_device_use(before);
    return y;
}

// A new dense tensor for the elements of [x] in memory order.
static AdjTensor *fresh_for(const AdjTensor *x)
{
    AdjShape shape = {.n = x->ndim};
    if (adj_is_contiguous(x)) return drawn(adj_shape(x), adj_dtype(x));
    AdjShape order = memory_order(x);
    for (int i = 0; i < x->ndim; i++) shape.at[i] = x->sizes[order.at[i]];
    return drawn(shape, adj_dtype(x));
}

// Assigns such a tensor to [x].
static AdjTensor *settle(AdjTensor *x, AdjTensor *values)
{
    AdjShape back = {.n = x->ndim};
    values = adj_on(values, adj_device_of(x));
    if (!adj_is_contiguous(x)) {
        AdjShape order = memory_order(x);
        for (int i = 0; i < x->ndim; i++) back.at[order.at[i]] = i;
        values = adj_permute(values, back);
    }
    return adj_assign(x, values);
}

static bool check_float(const AdjTensor *x)
{
    if (adj_is_float(x)) return true;
    return adj_fail(ADJ_E_ABSENT, "%s: only supports floating-point dtypes, got %s",
                    adj_op_name(), adj_dtype_name((AdjDtype)x->dtype));
}

// Writes element i of a dense tensor of any type from a double (integers: whole already).
static void put_number(AdjTensor *y, int64_t i, double x)
{
    char *p = adj_ptr(y);
    switch ((AdjDtype)y->dtype) {
    case ADJ_F32: ((float *)p)[i] = (float)x; break;
    case ADJ_F64: ((double *)p)[i] = x; break;
    case ADJ_F16: ((uint16_t *)p)[i] = adj_float_to_half((float)x); break;
    case ADJ_BF16: ((uint16_t *)p)[i] = adj_float_to_bfloat((float)x); break;
    case ADJ_I64: ((int64_t *)p)[i] = (int64_t)x; break;
    case ADJ_I32: ((int32_t *)p)[i] = (int32_t)x; break;
    case ADJ_U8: ((uint8_t *)p)[i] = (uint8_t)x; break;
    default: ((uint8_t *)p)[i] = x != 0; break;
    }
}

static double round_to(AdjDtype dtype, double x)
{
    if (dtype == ADJ_F16) return (double)adj_half_to_float(adj_float_to_half((float)x));
    if (dtype == ADJ_BF16) return (double)adj_bfloat_to_float(adj_float_to_bfloat((float)x));
    return dtype == ADJ_F32 ? (double)(float)x : x;
}

// ---------------------------------------------------------------- uniform

// u * (to - from) + from with one rounding, in the type; the half types go through f32, and
// what rounds up to the open end becomes the closed one.
static void fill_uniform(AdjTensor *y, double from, double to)
{
    AdjGenerator *g = adj_generator_now();
    AdjDtype dtype = (AdjDtype)y->dtype;
    float low = (float)from, span = (float)to - (float)from;
    double first = round_to(dtype, low), last = round_to(dtype, (float)to);
    if (dtype == ADJ_F64) {
        double *p = adj_data(y);
        for (int64_t i = 0; i < y->numel; i++) p[i] = fma(adj_unit64(g), to - from, from);
        return;
    }
    if (dtype == ADJ_F32) {
        float *p = adj_data(y);
        for (int64_t i = 0; i < y->numel; i++) p[i] = fmaf(adj_unit32(g), span, low);
        return;
    }
    for (int64_t i = 0; i < y->numel; i++) {
        double x = round_to(dtype, (double)fmaf(adj_unit32(g), span, low));
        put_number(y, i, x == last ? first : x);
    }
}

ADJ_OP(rand, "(size: ints, *, dtype: dtype? = None) -> tensor",
       "Numbers drawn uniformly from [0, 1).\nerrors Absent: not a floating-point type",
       .no_method = true, .hosted = true)
AdjTensor *op_rand(AdjShape size, AdjDtype dtype)
{
    AdjTensor *y = adj_new(size, dtype);
    if (!y || !check_float(y)) return NULL;
    fill_uniform(y, 0, 1);
    return y;
}

ADJ_OP(rand_like, "(input: tensor, *, dtype: dtype? = None) -> tensor",
       "rand with the shape and type of input.", .no_grad = true, .no_method = true,
       .hosted = true)
AdjTensor *op_rand_like(AdjTensor *input, AdjDtype dtype)
{
    return op_rand(adj_shape(input), dtype == ADJ_SAME ? adj_dtype(input) : dtype);
}

ADJ_OP(uniform_, "(input: tensor, from: float = 0, to: float = 1) -> tensor",
       "Fills input with numbers drawn uniformly from [from, to).\n"
       "errors Runtime: from above to; Absent: not a floating-point type")
AdjTensor *op_uniform_(AdjTensor *input, double from, double to)
{
    if (!check_float(input) || !adj_check_in_place(input)) return NULL;
    if (!(from <= to)) {
        return adj_fail(
            ADJ_E_RUNTIME,
            "uniform_: expects to return a [from, to) range, but found from=%g > to=%g", from,
            to);
    }
    AdjTensor *y = fresh_for(input);
    if (!y) return NULL;
    fill_uniform(y, from, to);
    return settle(input, y);
}

// ---------------------------------------------------------------- normal

static double normal_one(AdjGenerator *g, double mean, double std)
{
    double value = g->normal;
    if (g->has_normal) {
        g->has_normal = false;
    } else {
        double u1 = adj_unit64(g), u2 = adj_unit64(g);
        double radius = sqrt(-2.0 * log1p(-u2)), theta = TWO_PI * u1;
        g->normal = radius * sin(theta);
        g->has_normal = true;
        value = radius * cos(theta);
    }
    return fma(value, std, mean);
}

static void blocks_f32(float *u, int64_t blocks, double mean, double std)
{
    AdjNormalBlocks *run = adj_normal_blocks_base;
#if defined(__x86_64__)
    if (adj_isa() == ADJ_ISA_AVX2) run = adj_normal_blocks_avx2;
    if (adj_isa() == ADJ_ISA_AVX512) run = adj_normal_blocks_avx512;
#endif
    run(u, blocks, (float)mean, (float)std);
}

static void blocks_f64(double *u, int64_t blocks, double mean, double std)
{
    for (; blocks > 0; blocks--, u += 16) {
        for (int i = 0; i < 8; i++) {
            double radius = sqrt(-2.0 * log(1.0 - u[i])), theta = TWO_PI * u[i + 8];
            u[i] = fma(radius * cos(theta), std, mean);
            u[i + 8] = fma(radius * sin(theta), std, mean);
        }
    }
}

// 16 or more f32: the tensor is filled with uniforms and transformed in blocks; the last 16 are
// drawn again when the size is no multiple. With [whole_only], the first filling stops at the
// last whole block: so the half types do it.
static void fill_blocks_f32(float *p, int64_t n, double mean, double std, bool whole_only)
{
    AdjGenerator *g = adj_generator_now();
    int64_t first = whole_only ? n - n % 16 : n;
    for (int64_t i = 0; i < first; i++) p[i] = adj_unit32(g);
    blocks_f32(p, n / 16, mean, std);
    if (n % 16 == 0) return;
    for (int64_t i = n - 16; i < n; i++) p[i] = adj_unit32(g);
    blocks_f32(p + n - 16, 1, mean, std);
}

static void fill_blocks_f64(double *p, int64_t n, double mean, double std)
{
    AdjGenerator *g = adj_generator_now();
    for (int64_t i = 0; i < n; i++) p[i] = adj_unit64(g);
    blocks_f64(p, n / 16, mean, std);
    if (n % 16 == 0) return;
    for (int64_t i = n - 16; i < n; i++) p[i] = adj_unit64(g);
    blocks_f64(p + n - 16, 1, mean, std);
}

// [in_blocks]: the tensor that is meant is contiguous. A dense stand-in for another is not.
static bool fill_normal(AdjTensor *y, double mean, double std, bool in_blocks)
{
    AdjDtype dtype = (AdjDtype)y->dtype;
    int64_t n = y->numel;
    if (n < 16 || !in_blocks) {
        AdjGenerator *g = adj_generator_now();
        for (int64_t i = 0; i < n; i++) put_number(y, i, normal_one(g, mean, std));
    } else if (dtype == ADJ_F64) {
        fill_blocks_f64(adj_data(y), n, mean, std);
    } else if (dtype == ADJ_F32) {
        fill_blocks_f32(adj_data(y), n, mean, std, false);
    } else {
        AdjTensor *wide = adj_new_like(y, ADJ_F32);
        if (!wide) return false;
        fill_blocks_f32(adj_data(wide), n, mean, std, true);
        return adj_copy_data(y, wide);
    }
    return true;
}

ADJ_OP(randn, "(size: ints, *, dtype: dtype? = None) -> tensor",
       "Numbers drawn from the normal distribution with mean 0 and deviation 1.\n"
       "errors Absent: not a floating-point type",
       .no_method = true, .source = "Box and Muller 1958", .hosted = true)
AdjTensor *op_randn(AdjShape size, AdjDtype dtype)
{
    AdjTensor *y = adj_new(size, dtype);
    return y && check_float(y) && fill_normal(y, 0, 1, true) ? y : NULL;
}

ADJ_OP(randn_like, "(input: tensor, *, dtype: dtype? = None) -> tensor",
       "randn with the shape and type of input.", .no_grad = true, .no_method = true,
       .hosted = true)
AdjTensor *op_randn_like(AdjTensor *input, AdjDtype dtype)
{
    return op_randn(adj_shape(input), dtype == ADJ_SAME ? adj_dtype(input) : dtype);
}

ADJ_OP(normal_, "(input: tensor, mean: float = 0, std: float = 1) -> tensor",
       "Fills input with numbers from the normal distribution.\n"
       "errors Runtime: std negative; Absent: not a floating-point type")
AdjTensor *op_normal_(AdjTensor *input, double mean, double std)
{
    if (!check_float(input) || !adj_check_in_place(input)) return NULL;
    if (!(std >= 0))
        return adj_fail(ADJ_E_RUNTIME, "normal_: expects std >= 0.0, but found std %g", std);
    AdjTensor *y = fresh_for(input);
    if (!y || !fill_normal(y, mean, std, adj_is_contiguous(input))) return NULL;
    return settle(input, y);
}

ADJ_OP(
    normal,
    "(mean: num, std: num? = None, size: ints? = None, *, dtype: dtype? = None) "
    "-> tensor",
    "Numbers from normal distributions with the given means and deviations (1 when left out), "
    "tensors or numbers; two numbers need a size.\nerrors Runtime: a negative std",
    .no_grad = true, .no_method = true, .hosted = true)
AdjTensor *op_normal(AdjTensor *mean, AdjTensor *std, AdjShape size, AdjDtype dtype)
{
    AdjTensor *one = adj_number(ADJ_F(1));
    if (!std) std = one;
    if (size.n >= 0) {
        AdjTensor *y = adj_new(size, dtype);
        return y ? op_normal_(y, adj_item(mean), adj_item(std)) : NULL;
    }
    if (mean->wrapped && std->wrapped)
        return adj_fail(ADJ_E_TYPE, "normal: two numbers need a size");
    AdjShape shape;
    AdjDtype own = std->wrapped ? adj_dtype(mean) : adj_dtype(std);
    if (!adj_broadcast(adj_shape(mean), adj_shape(std), &shape)) return NULL;
    AdjTensor *y = adj_new(shape, own);
    // One number as deviation is applied while drawing, a tensor afterwards: PyTorch's
    // roundings.
    if (!y || !op_normal_(y, 0, std->wrapped ? adj_item(std) : 1)) return NULL;
    if (!std->wrapped) y = adj_mul(y, std);
    return adj_add(y, mean, ADJ_I(1));
}

// ---------------------------------------------------------------- integers

static uint64_t below(AdjGenerator *g, uint64_t span)
{
    return (span >= UINT64_C(1) << 28 ? adj_draw64(g) : adj_draw32(g)) % span;
}

static AdjTensor *whole_numbers(AdjShape size, int64_t low, int64_t high, AdjDtype dtype)
{
    if (low >= high) {
        return adj_fail(ADJ_E_RUNTIME,
                        "%s: expects 'from' to be less than 'to', but got from=%lld >= to=%lld",
                        adj_op_name(), (long long)low, (long long)high);
    }
    AdjTensor *y = drawn(size, ADJ_I64);
    AdjGenerator *g = adj_generator_now();
    int64_t *p = y ? adj_data(y) : NULL;
    uint64_t span = (uint64_t)high - (uint64_t)low;
    for (int64_t i = 0; p && i < y->numel; i++)
        p[i] = (int64_t)(below(g, span) + (uint64_t)low);
    return y ? adj_dense(y, dtype == ADJ_SAME ? ADJ_I64 : dtype) : NULL;
}

ADJ_OP(randint,
       "(low: int = 0, high: ints? = None, size: ints? = None, *, dtype: dtype? = None) "
       "-> tensor",
       "Integers drawn uniformly from low to high - 1; randint(high, size) starts at 0.\n"
       "errors Runtime: low not below high",
       .no_method = true, .hosted = true)
AdjTensor *op_randint(int64_t low, AdjShape high, AdjShape size, AdjDtype dtype)
{
    // Two forms: (high, size) and (low, high, size). What comes second is the size if nothing
    // comes third.
    if (high.n < 0 || size.n < 0) {
        AdjShape wanted = size.n < 0 ? high : size;
        if (wanted.n < 0) return adj_fail(ADJ_E_TYPE, "randint: missing size");
        return whole_numbers(wanted, 0, low, dtype);
    }
    if (high.n != 1) return adj_fail(ADJ_E_TYPE, "randint: high must be one integer");
    return whole_numbers(size, low, high.at[0], dtype);
}

ADJ_OP(randint_like,
       "(input: tensor, low: int, high: int? = None, *, dtype: dtype? = None) -> tensor",
       "randint with the shape and type of input; one number alone is high.", .no_grad = true,
       .no_method = true, .hosted = true)
AdjTensor *op_randint_like(AdjTensor *input, int64_t low, int64_t high, AdjDtype dtype)
{
    if (high == ADJ_NO_INT) {
        high = low;
        low = 0;
    }
    return whole_numbers(adj_shape(input), low, high,
                         dtype == ADJ_SAME ? adj_dtype(input) : dtype);
}

// How many values random_() without bounds chooses from: all that the type holds exactly.
static uint64_t modulus(AdjDtype dtype)
{
    switch (dtype) {
    case ADJ_I64: return UINT64_C(1) << 63;
    case ADJ_I32: return UINT64_C(1) << 31;
    case ADJ_U8: return 1 << 8;
    case ADJ_BOOL: return 2;
    case ADJ_F64: return (UINT64_C(1) << 53) + 1;
    case ADJ_F32: return (1 << 24) + 1;
    case ADJ_F16: return (1 << 11) + 1;
    default: return (1 << 8) + 1;
    }
}

static AdjTensor *any_numbers(AdjShape shape, AdjDtype dtype)
{
    AdjGenerator *g = adj_generator_now();
    AdjTensor *y = drawn(shape, ADJ_I64);
    int64_t *p = y ? adj_data(y) : NULL;
    bool wide = dtype == ADJ_I64 || dtype == ADJ_F64;
    for (int64_t i = 0; p && i < y->numel; i++)
        p[i] = (int64_t)((wide ? adj_draw64(g) : adj_draw32(g)) % modulus(dtype));
    return y ? adj_dense(y, dtype) : NULL;
}

ADJ_OP(random_, "(input: tensor, from: int? = None, to: int? = None) -> tensor",
       "Fills input with integers from from to to - 1; one number alone is to, and without any "
       "all "
       "integers that the type holds exactly are possible.\nerrors Runtime: from not below to")
AdjTensor *op_random_(AdjTensor *input, int64_t from, int64_t to)
{
    AdjTensor *shape_of = fresh_for(input);
    if (!shape_of || !adj_check_in_place(input)) return NULL;
    if (from != ADJ_NO_INT && to == ADJ_NO_INT) {
        to = from;
        from = 0;
    }
    AdjShape shape = adj_shape(shape_of);
    AdjTensor *y = to == ADJ_NO_INT ? any_numbers(shape, adj_dtype(input))
                                    : whole_numbers(shape, from == ADJ_NO_INT ? 0 : from, to,
                                                    adj_dtype(input));
    return y ? settle(input, y) : NULL;
}

ADJ_OP(randperm, "(n: int, *, dtype: dtype? = None) -> tensor",
       "The numbers 0 to n - 1 in random order, int64.\nerrors Runtime: n negative",
       .no_method = true, .source = "Fisher and Yates 1938", .hosted = true)
AdjTensor *op_randperm(int64_t n, AdjDtype dtype)
{
    if (n < 0)
        return adj_fail(ADJ_E_RUNTIME, "randperm: n must be non-negative, got %lld",
                        (long long)n);
    AdjGenerator *g = adj_generator_now();
    AdjTensor *y = adj_new(ADJ_SHAPE(n), ADJ_I64);
    int64_t *p = y ? adj_data(y) : NULL;
    bool wide = n >= (int64_t)(UINT32_MAX / 20);
    for (int64_t i = 0; p && i < n; i++) p[i] = i;
    for (int64_t i = 0; p && i < n - 1; i++) {
        uint64_t word = wide ? adj_draw64(g) : adj_draw32(g);
        int64_t other = i + (int64_t)(word % (uint64_t)(n - i)), kept = p[i];
        p[i] = p[other];
        p[other] = kept;
    }
    return y ? adj_dense(y, dtype == ADJ_SAME ? ADJ_I64 : dtype) : NULL;
}

// ---------------------------------------------------------------- bernoulli, dropout

static bool check_share(double p)
{
    if (p >= 0 && p <= 1) return true;
    return adj_fail(ADJ_E_RUNTIME, "%s: expects p to be in [0, 1], but got p=%g", adj_op_name(),
                    p);
}

// Ones with probability p: a double uniform each, whatever the type.
static void fill_share(AdjTensor *y, double p)
{
    AdjGenerator *g = adj_generator_now();
    float *single = y->dtype == ADJ_F32 ? adj_data(y) : NULL;
    for (int64_t i = 0; single && i < y->numel; i++) single[i] = adj_unit64(g) < p;
    for (int64_t i = 0; !single && i < y->numel; i++) put_number(y, i, adj_unit64(g) < p);
}

// Element by element from a dense tensor of probabilities: a uniform of its width each.
static bool fill_shares(AdjTensor *y, AdjTensor *p)
{
    AdjGenerator *g = adj_generator_now();
    bool wide = p->dtype == ADJ_F64;
    AdjTensor *dense = adj_dense(p, wide ? ADJ_F64 : ADJ_F32);
    if (!dense) return false;
    for (int64_t i = 0; i < y->numel; i++) {
        double share =
            wide ? ((double *)adj_ptr(dense))[i] : (double)((float *)adj_ptr(dense))[i];
        if (!check_share(share)) return false;
        put_number(y, i, (wide ? adj_unit64(g) : (double)adj_unit32(g)) < share);
    }
    return true;
}

ADJ_OP(
    bernoulli, "(input: tensor, p: float? = None) -> tensor",
    "Ones and zeros: one with the probability that input has at that place, or p everywhere.\n"
    "errors Runtime: a probability outside [0, 1]; DType: integers as probabilities",
    .no_grad = true, .hosted = true)
AdjTensor *op_bernoulli(AdjTensor *input, double p)
{
    AdjTensor *y = adj_new_like(input, ADJ_SAME);
    if (!y) return NULL;
    if (!isnan(p)) {
        if (!check_share(p)) return NULL;
        fill_share(y, p);
        return y;
    }
    return check_float(input) && fill_shares(y, input) ? y : NULL;
}

ADJ_OP(bernoulli_, "(input: tensor, p: num? = None) -> tensor",
       "Fills input with ones and zeros: one with probability p, a number (0.5 when left out) "
       "or a "
       "tensor that broadcasts.\nerrors Runtime: a probability outside [0, 1]")
AdjTensor *op_bernoulli_(AdjTensor *input, AdjTensor *p)
{
    if (!adj_check_in_place(input)) return NULL;
    if (p && !p->wrapped) {
        AdjTensor *y = drawn(adj_shape(input), adj_dtype(input));
        AdjTensor *shares = adj_on_host(adj_expand(p, adj_shape(input)));
        bool done = y && shares && fill_shares(y, shares);
        return done ? adj_assign(input, adj_on(y, adj_device_of(input))) : NULL;
    }
    double share = p ? adj_item(p) : 0.5;
    AdjTensor *y = fresh_for(input);
    if (!y || !check_share(share)) return NULL;
    fill_share(y, share);
    return settle(input, y);
}

// 1 / (1 - p) where an element stays, 0 where it goes; no history.
static AdjTensor *dropout_mask(AdjShape shape, AdjDtype dtype, double p)
{
    AdjTensor *mask = drawn(shape, dtype);
    if (!mask) return NULL;
    fill_share(mask, 1 - p);
    mask = adj_on(mask, adj_thread.device);
    bool was = adj_set_grad_enabled(false);
    mask = p < 1 ? adj_div(mask, adj_number(ADJ_F(1 - p)), NULL) : mask;
    adj_set_grad_enabled(was);
    return mask;
}

ADJ_OP(dropout, "(input: tensor, p: float = 0.5, training: bool = True) -> tensor",
       "Elements set to zero with probability p, the others divided by 1 - p; nothing happens "
       "unless training.\nerrors Value: p outside [0, 1]",
       .no_method = true, .source = "Srivastava et al. 2014")
AdjTensor *op_dropout(AdjTensor *input, double p, bool training)
{
    if (!(p >= 0 && p <= 1)) {
        return adj_fail(ADJ_E_VALUE,
                        "dropout: dropout probability has to be between 0 and 1, but got %g",
                        p);
    }
    if (!training || p == 0 || input->numel == 0) return input;
    if (p == 1) return adj_mul(input, adj_zeros_of(ADJ_SCALAR_SHAPE, adj_dtype(input)));
    return adj_mul(input, dropout_mask(adj_shape(input), adj_dtype(input), p));
}

// ---------------------------------------------------------------- other distributions

typedef double (*Draw)(AdjGenerator *g, double a, double b);

static double draw_exponential(AdjGenerator *g, double rate, double unused)
{
    (void)unused;
    return -1.0 / rate * log1p(-adj_unit64(g));
}

static double draw_cauchy(AdjGenerator *g, double median, double sigma)
{
    return median + sigma * tan(3.14159265358979323846 * (adj_unit64(g) - 0.5));
}

static double draw_log_normal(AdjGenerator *g, double mean, double std)
{
    return exp(normal_one(g, mean, std));
}

static double draw_geometric(AdjGenerator *g, double p, double unused)
{
    (void)unused;
    return ceil(log(adj_unit64(g)) / log1p(-p));
}

static AdjTensor *filled_by(Draw draw, AdjTensor *x, double a, double b)
{
    if (!adj_check_in_place(x)) return NULL;
    AdjTensor *y = fresh_for(x);
    AdjGenerator *g = adj_generator_now();
    if (!y) return NULL;
    for (int64_t i = 0; i < y->numel; i++) put_number(y, i, draw(g, a, b));
    return settle(x, y);
}

ADJ_OP(exponential_, "(input: tensor, lambd: float = 1) -> tensor",
       "Fills input from the exponential distribution with rate lambd: -log(1 - u) / lambd.\n"
       "errors Runtime: lambd not above 0")
AdjTensor *op_exponential_(AdjTensor *input, double lambd)
{
    if (!(lambd > 0))
        return adj_fail(ADJ_E_RUNTIME,
                        "exponential_: expects lambda > 0.0, but found lambda=%g", lambd);
    return check_float(input) ? filled_by(draw_exponential, input, lambd, 0) : NULL;
}

ADJ_OP(cauchy_, "(input: tensor, median: float = 0, sigma: float = 1) -> tensor",
       "Fills input from the Cauchy distribution.\nerrors Runtime: sigma not above 0")
AdjTensor *op_cauchy_(AdjTensor *input, double median, double sigma)
{
    if (!(sigma > 0))
        return adj_fail(ADJ_E_RUNTIME, "cauchy_: expects sigma > 0.0, but found sigma=%g",
                        sigma);
    return check_float(input) ? filled_by(draw_cauchy, input, median, sigma) : NULL;
}

ADJ_OP(log_normal_, "(input: tensor, mean: float = 1, std: float = 2) -> tensor",
       "Fills input with numbers whose logarithm is normal with mean and std.\n"
       "errors Runtime: std not above 0")
AdjTensor *op_log_normal_(AdjTensor *input, double mean, double std)
{
    if (!(std > 0))
        return adj_fail(ADJ_E_RUNTIME, "log_normal_: expects std > 0.0, but found std=%g", std);
    return check_float(input) ? filled_by(draw_log_normal, input, mean, std) : NULL;
}

ADJ_OP(geometric_, "(input: tensor, p: float) -> tensor",
       "Fills input with the number of trials up to the first success, each of probability p.\n"
       "errors Runtime: p outside (0, 1)")
AdjTensor *op_geometric_(AdjTensor *input, double p)
{
    if (!(p > 0 && p < 1))
        return adj_fail(ADJ_E_RUNTIME, "geometric_: expects p to be in (0, 1), but got p=%g",
                        p);
    return filled_by(draw_geometric, input, p, 0);
}

// ---------------------------------------------------------------- multinomial

// One distribution's worth of weights, rounded to its type at every step as PyTorch rounds.
typedef struct {
    AdjDtype dtype;
    int64_t n, samples;
    const double *weight;
    double *work;
} Draws;

static void with_replacement(const Draws *d, int64_t *out)
{
    AdjGenerator *g = adj_generator_now();
    double total = 0;
    for (int64_t i = 0; i < d->n; i++)
        d->work[i] = total = round_to(d->dtype, total + d->weight[i]);
    for (int64_t i = 0; i < d->n; i++) d->work[i] = round_to(d->dtype, d->work[i] / total);
    d->work[d->n - 1] = 1;
    for (int64_t s = 0; s < d->samples; s++) {
        double u = adj_unit64(g);
        int64_t left = 0, right = d->n;
        while (right > left) {
            int64_t middle = left + (right - left) / 2;
            if (d->work[middle] < u)
                left = middle + 1;
            else
                right = middle;
        }
        out[s] = left;
    }
}

typedef struct {
    double key;
    int64_t place;
} Runner;

static int by_falling_key(const void *a, const void *b)
{
    const Runner *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? 1 : -1;
    return x->place < y->place ? -1 : 1;
}

// The samples largest of weight / Exponential(1), largest first: a race that each outcome wins
// with probability proportional to its weight.
static bool without_replacement(const Draws *d, int64_t *out)
{
    Runner *runners = adj_scope_memory((size_t)d->n * sizeof *runners);
    if (!runners) return false;
    for (int64_t i = 0; i < d->n; i++) runners[i] = (Runner){d->work[i], i};
    qsort(runners, (size_t)d->n, sizeof *runners, by_falling_key);
    for (int64_t s = 0; s < d->samples; s++) out[s] = runners[s].place;
    return true;
}

static bool check_weights(const double *w, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        if (!(w[i] >= 0) || isinf(w[i])) {
            return adj_fail(ADJ_E_RUNTIME,
                            "multinomial: probability tensor contains either `inf`, "
                            "`nan` or element < 0");
        }
        sum += w[i];
    }
    if (sum > 0) return true;
    return adj_fail(ADJ_E_RUNTIME, "multinomial: invalid multinomial distribution (sum of "
                                   "probabilities <= 0)");
}

static bool check_multinomial(const AdjTensor *x, int64_t samples, bool replacement)
{
    if (!check_float(x)) return false;
    if (x->ndim < 1 || x->ndim > 2)
        return adj_fail(ADJ_E_SHAPE, "multinomial: prob_dist must be 1 or 2 dim, got %d",
                        x->ndim);
    if (samples <= 0)
        return adj_fail(ADJ_E_RUNTIME, "multinomial: cannot sample n_sample <= 0 samples");
    if (replacement || samples <= x->sizes[x->ndim - 1]) return true;
    return adj_fail(ADJ_E_RUNTIME,
                    "multinomial: cannot sample n_sample > prob_dist.size(-1) samples "
                    "without replacement");
}

// The races' results for all rows are drawn before the first row is decided, as PyTorch does.
static void draw_races(const Draws *d, int64_t total, double *races)
{
    AdjGenerator *g = adj_generator_now();
    for (int64_t i = 0; i < total; i++) {
        double q = round_to(d->dtype, draw_exponential(g, 1, 0));
        races[i] = round_to(d->dtype, d->weight[i] / q);
    }
}

ADJ_OP(
    multinomial, "(input: tensor, num_samples: int, replacement: bool = False) -> tensor",
    "Places drawn with probabilities proportional to the weights in input's last axis.\n"
    "shapes (n) -> (num_samples); (rows, n) -> (rows, num_samples)\n"
    "errors Runtime: more samples than weights without replacement; Runtime: a weight that is "
    "negative, infinite or NaN, or all weights zero",
    .no_grad = true, .hosted = true)
AdjTensor *op_multinomial(AdjTensor *input, int64_t num_samples, bool replacement)
{
    if (!check_multinomial(input, num_samples, replacement)) return NULL;
    int64_t n = input->sizes[input->ndim - 1], rows = input->ndim == 2 ? input->sizes[0] : 1;
    AdjShape shape = input->ndim == 2 ? ADJ_SHAPE(rows, num_samples) : ADJ_SHAPE(num_samples);
    AdjTensor *y = adj_new(shape, ADJ_I64), *weights = adj_dense(input, ADJ_F64);
    AdjTensor *work = weights ? adj_new_like(weights, ADJ_SAME) : NULL;
    if (!y || !work) return NULL;
    Draws d = {(AdjDtype)input->dtype, n, num_samples, adj_data(weights), adj_data(work)};
    for (int64_t r = 0; r < rows; r++)
        if (!check_weights(d.weight + r * n, n)) return NULL;
    bool race = !replacement || num_samples == 1;
    if (race) draw_races(&d, rows * n, d.work);
    int64_t *out = adj_data(y);
    for (int64_t r = 0; r < rows; r++, d.weight += n, d.work += n, out += num_samples) {
        if (!race)
            with_replacement(&d, out);
        else if (!without_replacement(&d, out))
            return NULL;
    }
    return y;
}
