// SPDX-License-Identifier: Apache-2.0
// memory.c: blocks for tensors, nodes and their contents, reused by size class.
//
// A training step asks for the same sizes over and over. Giving large blocks back to the system
// would make every step pay page faults again, and small ones would pay malloc's locking; so a
// freed block goes to a per-thread list of its class and the next request of the class takes it
// from there. Classes are multiples of 64 bytes up to 1 KiB, then four per power of two: at
// most a quarter of a block is lost. The lists together hold at most CACHE_LIMIT bytes. Under
// the address sanitizer nothing is kept, so that it sees every use after free.
#include "core/internal.h"

#include <stdlib.h>
#include <time.h>
#if defined(__x86_64__)
#    include <x86intrin.h>
#endif

#if defined(__SANITIZE_ADDRESS__)
#    define CACHE_LIMIT ((size_t)0)
#elif defined(__has_feature)
#    if __has_feature(address_sanitizer)
#        define CACHE_LIMIT ((size_t)0)
#    endif
#endif
#ifndef CACHE_LIMIT
#    define CACHE_LIMIT ((size_t)512 << 20)
#endif

enum { ALIGNMENT = 64, LINEAR = 16, CLASSES = LINEAR + 4 * 40 };

typedef struct Block {
    struct Block *next;
} Block;

static _Thread_local struct {
    Block *list[CLASSES];
    size_t held;
} cache;

// The class of a request and the size every block of that class has.
static int size_class(size_t bytes, size_t *size)
{
    if (bytes <= LINEAR * ALIGNMENT) {
        int c = bytes ? (int)((bytes - 1) / ALIGNMENT) : 0;
        *size = (size_t)(c + 1) * ALIGNMENT;
        return c;
    }
    int log2 = 63 - __builtin_clzll((unsigned long long)(bytes - 1));  // 2^log2 <= bytes - 1
    size_t quarter = (size_t)1 << (log2 - 2);
    size_t steps = (bytes - 1) / quarter + 1;  // 5..8 quarters
    *size = steps * quarter;
    return LINEAR + 4 * (log2 - 10) + (int)(steps - 5);
}

void *adj_alloc(size_t bytes)
{
    size_t size;
    bool refused = ADJ_UNLIKELY(adj_thread.refuse_in) && --adj_thread.refuse_in == 0;
    if (bytes > (size_t)1 << 46 || refused) {
        return adj_fail(ADJ_E_MEMORY, "%s: %zu bytes cannot be had", adj_op_name(), bytes);
    }
    int c = size_class(bytes, &size);
    Block *b = cache.list[c];
    if (ADJ_LIKELY(b != NULL)) {
        cache.list[c] = b->next;
        cache.held -= size;
        return b;
    }
    void *p = aligned_alloc(ALIGNMENT, size);
    if (!p) return adj_fail(ADJ_E_MEMORY, "%s: %zu bytes cannot be had", adj_op_name(), bytes);
    return p;
}

void adj_free(void *block, size_t bytes)
{
    if (!block) return;
    size_t size;
    int c = size_class(bytes, &size);
    if (cache.held + size > CACHE_LIMIT) {
        free(block);
        return;
    }
    Block *b = block;
    b->next = cache.list[c];
    cache.list[c] = b;
    cache.held += size;
}

#if defined(__x86_64__)
uint64_t adj_ticks(void)
{
    return __rdtsc();
}
#else
uint64_t adj_ticks(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
#endif

// Measured once against the monotonic clock, over a millisecond, when somebody first asks.
double adj_ticks_per_us(void)
{
    static double per_us;
    if (per_us > 0) return per_us;
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    uint64_t t0 = adj_ticks();
    double us;
    do {
        clock_gettime(CLOCK_MONOTONIC, &b);
        us = (double)(b.tv_sec - a.tv_sec) * 1e6 + (double)(b.tv_nsec - a.tv_nsec) * 1e-3;
    } while (us < 1000);
    per_us = (double)(adj_ticks() - t0) / us;
    return per_us;
}
