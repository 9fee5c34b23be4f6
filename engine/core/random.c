// SPDX-License-Identifier: Apache-2.0
// random.c: generators as objects: seeding, state, and which one is in use.
//
// Every thread has a default generator, seeded from the system's entropy when it is first
// needed, as PyTorch's is. An operation draws from the generator in use: the default one, or
// the one that adj_generator_use named. The state of an MT19937 generator is written in the
// 5056 bytes that PyTorch's Generator.get_state() has, so that states can be carried over in
// both directions.
#include "core/random.h"

#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

// The default generator is not part of the thread's own memory, of which a program that loads
// the library late has little to give; it lives as long as the process.
static _Thread_local struct {
    AdjGenerator *own;   // NULL until first needed
    AdjGenerator *used;  // NULL: the own one
} thread;

static void seed_generator(AdjGenerator *g, uint64_t seed)
{
    g->seed = seed;
    g->has_normal = false;
    if (g->kind == ADJ_MT19937)
        adj_mt_init(&g->mt, (uint32_t)seed);
    else
        adj_philox_init(&g->philox, seed);
}

// 53 bits, as PyTorch takes, so that the seed survives a trip through a double.
static uint64_t entropy(void)
{
    uint64_t seed;
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        seed = (uint64_t)now.tv_nsec * UINT64_C(0x9e3779b97f4a7c15) ^ (uint64_t)now.tv_sec;
    }
    return seed & ((UINT64_C(1) << 53) - 1);
}

static AdjGenerator *make(AdjGeneratorKind kind, uint64_t seed)
{
    AdjGenerator *g = malloc(sizeof *g);
    if (!g) return adj_fail(ADJ_E_MEMORY, "Generator: no memory");
    *g = (AdjGenerator){.refs = 1, .kind = kind};
    seed_generator(g, seed);
    return g;
}

// Without memory for a generator the caller still gets one; the error is recorded.
AdjGenerator *adj_generator_default(void)
{
    static AdjGenerator last_resort = {.refs = 1};
    if (ADJ_LIKELY(thread.own != NULL)) return thread.own;
    thread.own = make(ADJ_MT19937, entropy());
    return thread.own ? thread.own : &last_resort;
}

AdjGenerator *adj_generator_now(void)
{
    return thread.used ? thread.used : adj_generator_default();
}

AdjGenerator *adj_generator_use(AdjGenerator *g)
{
    AdjGenerator *former = thread.used;
    thread.used = g;
    return former;
}

AdjGenerator *adj_generator_make(AdjGeneratorKind kind)
{
    return make(kind, UINT64_C(67280421310721));
}

AdjGenerator *adj_generator_keep(AdjGenerator *g)
{
    if (g) g->refs++;
    return g;
}

void adj_generator_drop(AdjGenerator **g)
{
    AdjGenerator *dead = *g;
    *g = NULL;
    if (!dead || --dead->refs) return;
    if (thread.used == dead) thread.used = NULL;
    free(dead);
}

void adj_generator_seed(AdjGenerator *g, uint64_t seed)
{
    seed_generator(g, seed);
}
uint64_t adj_generator_initial_seed(const AdjGenerator *g)
{
    return g->seed;
}
void adj_seed(uint64_t seed)
{
    seed_generator(adj_generator_default(), seed);
}
uint64_t adj_initial_seed(void)
{
    return adj_generator_default()->seed;
}

uint64_t adj_seed_freely(void)
{
    AdjGenerator *g = adj_generator_now();
    seed_generator(g, entropy());
    return g->seed;
}

// ---------------------------------------------------------------- state

// PyTorch's layout, padding included: the fields it kept from Torch 7, then one that we never
// fill.
typedef struct {
    uint64_t seed;
    int32_t left, seeded;  // words until the block is renewed, counting that step
    uint64_t next, words[ADJ_MT_WORDS];
    double normal_x, normal_y, normal_rho;
    int32_t normal_is_valid;
    float next_float_normal;
    bool next_float_normal_is_valid;
} MtState;

enum { MT_STATE_SIZE = 5056 };
_Static_assert(sizeof(MtState) == MT_STATE_SIZE, "PyTorch's size");

static void pack(const AdjGenerator *g, MtState *s)
{
    memset(s, 0, sizeof *s);
    s->seed = g->seed;
    s->seeded = 1;
    s->left = ADJ_MT_WORDS + 1 - g->mt.next;
    s->next = (uint64_t)g->mt.next;
    for (int i = 0; i < ADJ_MT_WORDS; i++) s->words[i] = g->mt.state[i];
    s->normal_y = g->has_normal ? g->normal : 0;
    s->normal_is_valid = g->has_normal;
}

static bool unpack(AdjGenerator *g, const MtState *s)
{
    if (s->left < 1 || s->left > ADJ_MT_WORDS + 1 || s->seeded != 1)
        return adj_fail(ADJ_E_RUNTIME, "set_state: Invalid mt19937 state");
    g->seed = s->seed;
    g->mt.next = ADJ_MT_WORDS + 1 - s->left;
    for (int i = 0; i < ADJ_MT_WORDS; i++) g->mt.state[i] = (uint32_t)s->words[i];
    g->has_normal = s->normal_is_valid;
    g->normal = s->normal_y;
    return true;
}

static AdjTensor *state_of(const AdjGenerator *g)
{
    if (g->kind == ADJ_MT19937) {
        MtState s;
        pack(g, &s);
        return adj_from(&s, ADJ_SHAPE(MT_STATE_SIZE), ADJ_U8);
    }
    // The pair's cached sample follows the stream's own state.
    uint8_t bytes[sizeof g->philox + sizeof g->normal + 1];
    memcpy(bytes, &g->philox, sizeof g->philox);
    memcpy(bytes + sizeof g->philox, &g->normal, sizeof g->normal);
    bytes[sizeof bytes - 1] = g->has_normal;
    return adj_from(bytes, ADJ_SHAPE(sizeof bytes), ADJ_U8);
}

// Always on the host.
AdjTensor *adj_generator_state(const AdjGenerator *g)
{
    const AdjDevice *before = adj_device_use(&adj_cpu);
    AdjTensor *state = state_of(g);
    adj_device_use(before);
    return state;
}

static bool set_philox(AdjGenerator *g, const uint8_t *bytes)
{
    AdjPhilox p;
    memcpy(&p, bytes, sizeof p);
    if (p.used > 4) return adj_fail(ADJ_E_RUNTIME, "set_state: Invalid philox state");
    g->philox = p;
    g->seed = p.key;
    memcpy(&g->normal, bytes + sizeof p, sizeof g->normal);
    g->has_normal = bytes[sizeof p + sizeof g->normal] != 0;
    return true;
}

bool adj_generator_set_state(AdjGenerator *g, AdjTensor *state)
{
    if (!(state = adj_on_host(state))) return false;
    int64_t size = g->kind == ADJ_MT19937 ? MT_STATE_SIZE
                                          : (int64_t)(sizeof g->philox + sizeof g->normal + 1);
    if (state->dtype != ADJ_U8 || state->numel != size || !adj_is_contiguous(state)) {
        return adj_fail(ADJ_E_TYPE, "set_state: expected a uint8 tensor of %lld bytes, got %s",
                        (long long)size, adj_describe(state));
    }
    if (g->kind != ADJ_MT19937) return set_philox(g, (const uint8_t *)adj_ptr(state));
    MtState s = {.seed = 0};
    memcpy(&s, adj_ptr(state), MT_STATE_SIZE);
    return unpack(g, &s);
}
