// SPDX-License-Identifier: Apache-2.0
// prefetch.c: batches of rows gathered by threads while the program works on the one before.
//
// Tensors and their counts belong to the thread that made them, so the threads here never see a
// tensor: the program makes the results and hands over addresses, a row's size and the row
// numbers; a thread copies bytes and says so. Batches come back in the order they were pushed,
// whichever thread was faster, so the digits do not depend on their number.
#include "data/prefetch.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct Batch {
    struct Batch *next;
    int n_tensors;
    AdjTensor **results;     // kept; touched by the program's thread only
    const AdjTensor **kept;  // the sources, kept until the rows are out
    const char **from;       // address of row 0, by tensor
    char **to;
    size_t *row_bytes;
    int64_t n, *at;
    bool taken, done;
} Batch;

struct AdjPrefetch {
    pthread_mutex_t lock;
    pthread_cond_t work, finished;
    pthread_t *threads;
    int n_threads, pending;
    bool stopping;
    Batch *first, **last;
};

static Batch *next_job(AdjPrefetch *p)
{
    for (Batch *b = p->first; b; b = b->next)
        if (!b->taken) return b;
    return NULL;
}

static void copy_rows(const Batch *b)
{
    for (int t = 0; t < b->n_tensors; t++) {
        size_t bytes = b->row_bytes[t];
        for (int64_t i = 0; i < b->n; i++)
            memcpy(b->to[t] + (size_t)i * bytes, b->from[t] + (size_t)b->at[i] * bytes, bytes);
    }
}

static void *work(void *arg)
{
    AdjPrefetch *p = arg;
    pthread_mutex_lock(&p->lock);
    while (!p->stopping) {
        Batch *b = next_job(p);
        if (!b) {
            pthread_cond_wait(&p->work, &p->lock);
            continue;
        }
        b->taken = true;
        pthread_mutex_unlock(&p->lock);
        copy_rows(b);
        pthread_mutex_lock(&p->lock);
        b->done = true;
        pthread_cond_broadcast(&p->finished);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

AdjPrefetch *adj_prefetch_start(int workers)
{
    AdjPrefetch *p = calloc(1, sizeof *p);
    pthread_t *threads = calloc((size_t)workers, sizeof *threads);
    if (!p || !threads) {
        free(p);
        free(threads);
        return adj_fail(ADJ_E_MEMORY, "loader: no memory");
    }
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->work, NULL);
    pthread_cond_init(&p->finished, NULL);
    p->threads = threads;
    p->last = &p->first;
    while (p->n_threads < workers && !pthread_create(&threads[p->n_threads], NULL, work, p))
        p->n_threads++;
    if (p->n_threads) return p;
    adj_prefetch_stop(&p);
    return adj_fail(ADJ_E_RUNTIME, "loader: a thread cannot be started");
}

static void batch_free(Batch *b)
{
    for (int i = 0; i < b->n_tensors; i++) {
        AdjTensor *source = (AdjTensor *)b->kept[i];
        adj_drop(&b->results[i]);
        adj_drop(&source);
    }
    free(b->results);
    free(b->kept);
    free(b->from);
    free(b->to);
    free(b->row_bytes);
    free(b->at);
    free(b);
}

void adj_prefetch_stop(AdjPrefetch **prefetch)
{
    AdjPrefetch *p = *prefetch;
    *prefetch = NULL;
    if (!p) return;
    pthread_mutex_lock(&p->lock);
    p->stopping = true;
    pthread_cond_broadcast(&p->work);
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < p->n_threads; i++) pthread_join(p->threads[i], NULL);
    for (Batch *b = p->first, *next; b; b = next) {
        next = b->next;
        batch_free(b);
    }
    pthread_cond_destroy(&p->work);
    pthread_cond_destroy(&p->finished);
    pthread_mutex_destroy(&p->lock);
    free(p->threads);
    free(p);
}

static Batch *batch_new(int n_tensors, int64_t n)
{
    Batch *b = calloc(1, sizeof *b);
    size_t k = (size_t)n_tensors + 1;
    if (!b) return NULL;
    b->n = n;
    b->at = malloc((size_t)(n + 1) * sizeof *b->at);
    b->results = calloc(k, sizeof *b->results);
    b->kept = calloc(k, sizeof *b->kept);
    b->from = calloc(k, sizeof *b->from);
    b->to = calloc(k, sizeof *b->to);
    b->row_bytes = calloc(k, sizeof *b->row_bytes);
    if (b->at && b->results && b->kept && b->from && b->to && b->row_bytes) return b;
    batch_free(b);
    return NULL;
}

static bool add_tensor(Batch *b, AdjTensor *source)
{
    ADJ_SCOPE;
    AdjShape shape = adj_shape(source);
    shape.at[0] = b->n;
    const AdjDevice *before = adj_device_use(&adj_cpu);  // threads copy what they can read
    AdjTensor *result = adj_keep(adj_new(shape, (AdjDtype)source->dtype));
    adj_device_use(before);
    if (!result || !(source = adj_on_host(source))) {
        adj_drop(&result);
        return false;
    }
    int i = b->n_tensors++;
    b->results[i] = result;
    b->kept[i] = adj_keep(source);
    b->from[i] = adj_ptr(source);
    b->to[i] = adj_ptr(result);
    b->row_bytes[i] = adj_dtype_size((AdjDtype)source->dtype);
    for (int d = 1; d < shape.n; d++) b->row_bytes[i] *= (size_t)shape.at[d];
    return true;
}

bool adj_prefetch_push(AdjPrefetch *p, AdjTensors sources, const int64_t *at, int64_t n)
{
    Batch *b = batch_new(sources.n, n);
    if (!b) return adj_fail(ADJ_E_MEMORY, "loader: no memory");
    memcpy(b->at, at, (size_t)n * sizeof *at);
    for (int i = 0; i < sources.n; i++) {
        int64_t rows = sources.at[i]->sizes[0];
        for (int64_t k = 0; k < n; k++)
            if (at[k] < 0 || at[k] >= rows) {
                batch_free(b);
                return adj_fail(ADJ_E_INDEX, "loader: index %lld of %lld rows",
                                (long long)at[k], (long long)rows);
            }
        if (add_tensor(b, sources.at[i])) continue;
        batch_free(b);
        return false;
    }
    pthread_mutex_lock(&p->lock);
    *p->last = b;
    p->last = &b->next;
    p->pending++;
    pthread_cond_signal(&p->work);
    pthread_mutex_unlock(&p->lock);
    return true;
}

int adj_prefetch_pending(const AdjPrefetch *p)
{
    return p->pending;
}

AdjTensors adj_prefetch_pop(AdjPrefetch *p)
{
    Batch *b = p->first;
    if (!b) return (AdjTensors){0, NULL};
    pthread_mutex_lock(&p->lock);
    while (!b->done) pthread_cond_wait(&p->finished, &p->lock);
    p->first = b->next;
    if (!p->first) p->last = &p->first;
    p->pending--;
    pthread_mutex_unlock(&p->lock);
    AdjTensors out = {b->n_tensors,
                      adj_scope_memory((size_t)(b->n_tensors + 1) * sizeof *out.at)};
    for (int i = 0; out.at && i < out.n; i++) out.at[i] = adj_scoped(adj_keep(b->results[i]));
    batch_free(b);
    return out.at ? out : (AdjTensors){0, NULL};
}
