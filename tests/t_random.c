// SPDX-License-Identifier: Apache-2.0
// Generators: PyTorch's digits from a seed, states that can be carried over, the second kind of
// generator, and the transformation kernels against each other. The distributions are replayed
// against PyTorch by golden/random.cases; the literals here are its output too.
#include "check.h"
#include "core/random.h"
#include "cpu/isa.h"
#include "cpu/random.h"

static void digits(void)
{
    adj_seed(0);
    AdjTensor *u = adj_rand(ADJ_SHAPE(3), ADJ_F32);
    near(element(u, 0), 0x1.fc2abp-2, 0, "rand after seed 0");
    near(element(u, 2), 0x1.6a675p-4, 0, "the third");
    adj_seed(0);
    AdjTensor *few = adj_randn(ADJ_SHAPE(3), ADJ_F32);
    near(element(few, 0), 0x1.8a7eb8p+0, 0, "randn, fewer than 16");
    adj_seed(0);
    AdjTensor *many = adj_randn(ADJ_SHAPE(20), ADJ_F32);
    near(element(many, 17), 0x1.424e6ep+0, 0, "randn in blocks");
    near(element(many, 19), 0x1.b83674p-5, 0, "the last of a tail");
    adj_seed(42);
    AdjTensor *p = adj_randperm(8, ADJ_SAME);
    AdjTensor *want = adj_from((int64_t[]){6, 3, 0, 7, 2, 1, 4, 5}, ADJ_SHAPE(8), ADJ_I64);
    tensors_near(p, want, 0, "randperm");
    tensors_near(adj_randint(100, ADJ_SHAPE(5), ADJ_ALL, ADJ_SAME),
                 adj_from((int64_t[]){24, 50, 13, 78, 14}, ADJ_SHAPE(5), ADJ_I64), 0,
                 "randint");
    adj_seed(3);
    AdjTensor *weights = adj_from((float[]){.1f, .2f, .3f, .4f}, ADJ_SHAPE(4), ADJ_F32);
    tensors_near(adj_multinomial(weights, 3, false),
                 adj_from((int64_t[]){0, 3, 1}, ADJ_SHAPE(3), ADJ_I64), 0, "multinomial");
    AdjTensor *e = adj_exponential_(adj_empty(ADJ_SHAPE(3), ADJ_F32), 1);
    near(element(e, 0), 1.4080078601837158, 0, "exponential_");
}

static void generators(void)
{
    AdjGenerator *g = adj_generator_make(ADJ_MT19937);
    equal_int((int64_t)adj_generator_initial_seed(g), 67280421310721, "PyTorch's default seed");
    adj_seed(5);
    AdjTensor *alone = adj_rand(ADJ_SHAPE(4), ADJ_F32);
    adj_seed(5);
    AdjGenerator *former = adj_generator_use(g);
    near(element(adj_rand(ADJ_SHAPE(2), ADJ_F32), 0), 0.267295241355896, 0, "its first number");
    ok(adj_generator_use(former) == g, "use answers the former");
    tensors_near(adj_rand(ADJ_SHAPE(4), ADJ_F32), alone, 0, "the default one did not move");
    equal_int((int64_t)adj_initial_seed(), 5, "initial_seed");
    ok(adj_seed_freely() == adj_initial_seed(), "a seed from the system");
    adj_generator_drop(&g);
    ok(g == NULL, "dropped");
}

static void states(void)
{
    for (AdjGeneratorKind kind = ADJ_MT19937; kind <= ADJ_PHILOX; kind++) {
        AdjGenerator *g = adj_generator_make(kind), *former = adj_generator_use(g);
        adj_generator_seed(g, 11);
        adj_randn(ADJ_SHAPE(3), ADJ_F32);  // leaves a cached normal behind
        AdjTensor *state = adj_generator_state(g);
        AdjTensor *first = adj_randn(ADJ_SHAPE(5), ADJ_F64);
        ok(adj_generator_set_state(g, state), "a state goes back");
        tensors_near(adj_randn(ADJ_SHAPE(5), ADJ_F64), first, 0, "and repeats the numbers");
        fails_with(ADJ_E_TYPE, "expected a uint8 tensor",
                   adj_generator_set_state(g, adj_zeros(ADJ_SHAPE(7), ADJ_U8)), "a wrong size");
        fails_with(ADJ_E_RUNTIME, "Invalid",
                   adj_generator_set_state(g, adj_full(adj_shape(state), ADJ_I(255), ADJ_U8)),
                   "nonsense");
        adj_generator_use(former);
        adj_generator_drop(&g);
    }
    equal_int(adj_numel(adj_generator_state(adj_generator_default())), 5056, "PyTorch's size");
}

// The known answers that come with the paper's own implementation.
static void philox(void)
{
    uint32_t out[4];
    adj_philox_block(0, 0, out);
    equal_int(out[0], 0x6627e8d5, "word 0 of the zero block");
    equal_int(out[3], 0x9b00dbd8, "word 3");
    AdjPhilox p;
    adj_philox_init(&p, 0);
    for (int i = 0; i < 4; i++) adj_philox_next32(&p);
    adj_philox_block(0, 1, out);
    equal_int(adj_philox_next32(&p), out[0], "the stream goes from block to block");
}

// Whatever the processor, the same bits.
static void kernels(void)
{
    enum { N = 1600 };
    static float u[N], base[N];
    adj_seed(1);
    for (int i = 0; i < N; i++) u[i] = base[i] = adj_unit32(adj_generator_now());
    u[0] = base[0] = 0;
    u[16] = base[16] = 1 - 0x1p-24f;
    adj_normal_blocks_base(base, N / 16, 0.5f, 2);
    AdjNormalBlocks *best = adj_normal_blocks_base;
#if defined(__x86_64__)
    if (adj_isa() == ADJ_ISA_AVX2) best = adj_normal_blocks_avx2;
    if (adj_isa() == ADJ_ISA_AVX512) best = adj_normal_blocks_avx512;
#endif
    best(u, N / 16, 0.5f, 2);
    ok(!memcmp(u, base, sizeof u), "the best kernel agrees with the plain one");
    near(base[0], 0.5, 0, "u = 0 has radius 0");
    double sum = 0, squares = 0;
    for (int i = 0; i < N; i++) {
        sum += base[i];
        squares += base[i] * base[i];
    }
    near(sum / N, 0.5, 0.2, "mean");
    near(sqrt(squares / N - sum / N * sum / N), 2, 0.1, "deviation");
}

static void places(void)
{
    adj_seed(2);
    AdjTensor *turned = adj_t(adj_empty(ADJ_SHAPE(3, 5), ADJ_F32));
    adj_uniform_(turned, 0, 1);
    adj_seed(2);
    tensors_near(adj_t(turned), adj_rand(ADJ_SHAPE(3, 5), ADJ_F32), 0, "filled as memory lies");
    AdjTensor *w = adj_require_grad(adj_ones(ADJ_SHAPE(2), ADJ_F32), true);
    fails_with(ADJ_E_RUNTIME, "a leaf Variable", adj_normal_(w, 0, 1), "a leaf");
    fails_with(ADJ_E_ABSENT, "uniform_: only supports floating-point",
               adj_uniform_(adj_zeros(ADJ_SHAPE(2), ADJ_I64), 0, 1), "integers");
    fails_with(ADJ_E_RUNTIME, "less than 'to'",
               adj_randint(5, ADJ_SHAPE(5), ADJ_SHAPE(2), ADJ_SAME), "an empty range");
    AdjTensor *x = adj_dropout(w, 0.5, true);
    ok(adj_backward(adj_sum(x, ADJ_ALL, false, ADJ_SAME), NULL, false, false), "dropout");
    tensors_near(adj_grad(w), adj_detach(x), 0, "its gradient is its mask");
    ok(adj_dropout(w, 0.5, false) == w, "nothing happens outside training");
}

int main(void)
{
    test_case(digits);
    test_case(generators);
    test_case(states);
    test_case(philox);
    test_case(kernels);
    test_case(places);
    return done();
}
