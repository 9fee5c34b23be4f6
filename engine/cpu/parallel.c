// SPDX-License-Identifier: Apache-2.0
// parallel.c: the threads that share large work.
//
// The caller publishes one job and takes pieces of it like everybody else, so work goes on even
// when no other thread gets a processor; a thread that comes late finds nothing left and is not
// waited for. That is why a busy machine costs little: only pieces that somebody has begun are
// waited for. (A parallel loop that gives each thread its share in advance waits for the
// slowest to be scheduled, every time.)
//
// A waiting thread looks for work for some microseconds, since training shares out work again
// and again, and then sleeps. Invariant: while `open` is set, or `active` is not zero, the
// job's fields do not change. A thread raises `active` before it reads `open`, and the caller
// clears `open` before it reads `active`, so one of the two sees the other.
#include "cpu/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST_THREADS = 256, LOOKS = 1000, CLAIMS_PER_THREAD = 8 };

static struct {
    pthread_mutex_t busy;  // held by the thread whose job is shared out
    pthread_mutex_t door;  // for those who sleep
    pthread_cond_t wake;
    atomic_int wanted;  // threads in all; 0: not known yet
    int started;        // threads besides the caller; under `busy`
    atomic_uint job;    // number of the job
    atomic_int open, active, sleepers;
    atomic_llong next;
    int64_t count, step;
    AdjPiece body;
    const void *arg;
} pool = {.busy = PTHREAD_MUTEX_INITIALIZER,
          .door = PTHREAD_MUTEX_INITIALIZER,
          .wake = PTHREAD_COND_INITIALIZER};

static _Thread_local bool inside;  // a piece runs on this thread

static void pause_briefly(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#else
    atomic_thread_fence(memory_order_seq_cst);
#endif
}

// ---------------------------------------------------------------- how many

static int processors(void)
{
    cpu_set_t mine;
    if (sched_getaffinity(0, sizeof mine, &mine)) return (int)sysconf(_SC_NPROCESSORS_ONLN);
    return CPU_COUNT(&mine);
}

int adj_threads(void)
{
    int n = atomic_load_explicit(&pool.wanted, memory_order_relaxed);
    if (n) return n;
    const char *text = getenv("OMP_NUM_THREADS");
    n = text ? atoi(text) : 0;
    if (n < 1) n = processors();
    adj_set_threads(n);
    return adj_threads();
}

void adj_set_threads(int n)
{
    n = n < 1 ? 1 : n > MOST_THREADS ? MOST_THREADS : n;
    atomic_store_explicit(&pool.wanted, n, memory_order_relaxed);
}

// ---------------------------------------------------------------- taking pieces

static void take_pieces(void)
{
    inside = true;
    for (int64_t i; (i = atomic_fetch_add(&pool.next, pool.step)) < pool.count;) {
        int64_t end = i + pool.step < pool.count ? i + pool.step : pool.count;
        for (; i < end; i++) pool.body(i, pool.arg);
    }
    inside = false;
}

static void wait_for_job(unsigned seen)
{
    for (int k = 0; k < LOOKS; k++) {
        if (atomic_load(&pool.job) != seen) return;
        pause_briefly();
    }
    pthread_mutex_lock(&pool.door);
    atomic_fetch_add(&pool.sleepers, 1);
    while (atomic_load(&pool.job) == seen) pthread_cond_wait(&pool.wake, &pool.door);
    atomic_fetch_sub(&pool.sleepers, 1);
    pthread_mutex_unlock(&pool.door);
}

static void *work(void *number)
{
    int id = (int)(intptr_t)number;
    for (unsigned seen = 0;;) {
        wait_for_job(seen);
        seen = atomic_load(&pool.job);
        if (id >= atomic_load(&pool.wanted)) continue;
        atomic_fetch_add(&pool.active, 1);
        if (atomic_load(&pool.open)) take_pieces();
        atomic_fetch_sub(&pool.active, 1);
    }
    return NULL;
}

// ---------------------------------------------------------------- sharing out

// Threads live as long as the process and are born when they are first wanted. Signals are the
// caller's business.
static void start_threads(int wanted)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (pool.started + 1 < wanted) {
        pthread_t t;
        if (pthread_create(&t, NULL, work, (void *)(intptr_t)(pool.started + 1))) break;
        pthread_detach(t);
        pool.started++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void publish(int64_t count, int threads, AdjPiece body, const void *arg)
{
    int64_t step = count / ((int64_t)threads * CLAIMS_PER_THREAD);
    pool.count = count;
    pool.step = step ? step : 1;
    pool.body = body;
    pool.arg = arg;
    atomic_store(&pool.next, 0);
    atomic_store(&pool.open, 1);
    atomic_fetch_add(&pool.job, 1);
    if (!atomic_load(&pool.sleepers)) return;
    pthread_mutex_lock(&pool.door);
    pthread_cond_broadcast(&pool.wake);
    pthread_mutex_unlock(&pool.door);
}

static void wait_for_pieces(void)
{
    atomic_store(&pool.open, 0);
    for (int k = 0; atomic_load(&pool.active); k++) {
        if (k < LOOKS)
            pause_briefly();
        else
            sched_yield();
    }
}

void adj_share_pieces(int64_t count, AdjPiece body, const void *arg)
{
    int threads = adj_threads();
    if (threads > 1 && count > 1 && !inside && !pthread_mutex_trylock(&pool.busy)) {
        if (pool.started + 1 < threads) start_threads(threads);
        publish(count, threads, body, arg);
        take_pieces();
        wait_for_pieces();
        pthread_mutex_unlock(&pool.busy);
        return;
    }
    for (int64_t i = 0; i < count; i++) body(i, arg);
}
