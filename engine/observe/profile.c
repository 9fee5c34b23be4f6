// SPDX-License-Identifier: Apache-2.0
// profile.c: see profile.h. Memory and processor time are read from /proc where there is one;
// elsewhere what is unknown is 0.
#include "observe/profile.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static AdjCost *row_of(AdjCost *out, int *n, int most, const char *name)
{
    for (int i = 0; i < *n; i++)
        if (out[i].name == name || !strcmp(out[i].name, name)) return &out[i];
    if (*n == most) return NULL;
    out[*n] = (AdjCost){.name = name};
    return &out[(*n)++];
}

static int dearer(const void *a, const void *b)
{
    const AdjCost *x = a, *y = b;
    double p = x->forward_us + x->backward_us, q = y->forward_us + y->backward_us;
    return (p < q) - (p > q);
}

int adj_record_costs(const AdjRecord *r, bool by_module, AdjCost *out, int most)
{
    int n = 0;
    double us = 1 / adj_ticks_per_us();
    for (int i = 0; i < r->n_ops; i++) {
        const AdjRecordOp *op = &r->ops[i];
        const char *outside = op->module && *op->module ? op->module : "(outside)";
        AdjCost *c = row_of(out, &n, most, by_module ? outside : op->op->name);
        if (!c) continue;
        c->calls++;
        c->forward_us += op->forward_ticks * us;
        c->backward_us += op->backward_ticks * us;
        c->bytes += op->bytes;
    }
    qsort(out, (size_t)n, sizeof *out, dearer);
    return n;
}

static double clock_of(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

// The number behind [key] in a file of lines "key: number kB"; 0 when it is not there.
static int64_t read_kb(const char *path, const char *key)
{
    char line[160];
    long long kb = 0;
    FILE *f = fopen(path, "re");
    while (f && fgets(line, sizeof line, f))
        if (!strncmp(line, key, strlen(key))) {
            kb = strtoll(line + strlen(key), NULL, 10);
            break;
        }
    if (f) fclose(f);
    return kb * 1024;
}

void adj_resources(AdjResources *out)
{
    static _Thread_local double last_time, last_cpu;
    double wall = clock_of(CLOCK_MONOTONIC), cpu = clock_of(CLOCK_PROCESS_CPUTIME_ID);
    *out = (AdjResources){.time = clock_of(CLOCK_REALTIME), .threads = adj_threads()};
    out->cpu = last_time > 0 && wall > last_time ? (cpu - last_cpu) / (wall - last_time) : 0;
    last_time = wall;
    last_cpu = cpu;
    out->resident = read_kb("/proc/self/status", "VmRSS:");
    out->memory = read_kb("/proc/meminfo", "MemTotal:");
    out->available = read_kb("/proc/meminfo", "MemAvailable:");
    out->tensors = adj_live_tensors();
    out->tensor_bytes = adj_live_bytes();
    static double began;
    if (began == 0) began = wall - cpu;  // as long as it has surely run
    out->uptime = wall - began;
}
