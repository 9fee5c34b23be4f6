// SPDX-License-Identifier: Apache-2.0
// progress.c: a bar for every pass over a loader that takes long enough to wonder: rate, time
// left, and the loss that backward() last started from.
#include "session/session.h"

#include "bind/install.h"
#include "term/term.h"

#include <math.h>

static struct {
    const void *pass;
    AdjProgress *bar;
} open_bars[ADJ_PROGRESS_NESTING];

static int find(const void *pass)
{
    for (int i = 0; i < ADJ_PROGRESS_NESTING; i++)
        if (open_bars[i].pass == pass) return i;
    return -1;
}

static void watch(void *self, const void *pass, int64_t done, int64_t total, double loss)
{
    (void)self;
    int i = find(pass);
    if (done < 0) {
        if (i < 0) return;
        adj_progress_update(open_bars[i].bar, total);
        adj_progress_close(&open_bars[i].bar);
        open_bars[i].pass = NULL;
        return;
    }
    if (i < 0 && (i = find(NULL)) >= 0) {
        open_bars[i].pass = pass;
        open_bars[i].bar = adj_progress_open(NULL, total);
    }
    if (i < 0) return;
    if (!isnan(loss)) adj_progress_loss(open_bars[i].bar, loss);
    adj_progress_update(open_bars[i].bar, done);
}

void adj_session_install_progress(AdjSession *s)
{
    adj_bind_watch_passes(watch, s);
}
