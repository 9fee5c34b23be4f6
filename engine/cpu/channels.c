// SPDX-License-Identifier: Apache-2.0
// channels.c: the loops of batch_norm on the threads; a channel never crosses one.
#include "cpu/channels.h"

#include "cpu/isa.h"
#include "cpu/parallel.h"

static const AdjChannelTable *table(void)
{
#if defined(__x86_64__)
    AdjIsa isa = adj_isa();
    if (isa == ADJ_ISA_AVX512) return &adj_channels_avx512;
    if (isa == ADJ_ISA_AVX2) return &adj_channels_avx2;
#endif
    return &adj_channels_base;
}

typedef struct Job {
    AdjChannelKernel kernel;
    const AdjChannels *c;
} Job;

static void channel(int64_t i, const void *arg)
{
    const Job *j = arg;
    j->kernel(j->c, i);
}

void adj_channels_run(AdjChannelLoop loop, const AdjChannels *c)
{
    Job j = {table()->of[loop][c->dtype == ADJ_F64], c};
    adj_each_piece(c->channels, c->batch * c->channels * c->places, channel, &j);
}
