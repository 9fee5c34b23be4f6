// SPDX-License-Identifier: Apache-2.0
// progress_shown.c: bars over loaders for front ends that are no terminal: a display that is
// replaced as the pass advances. A cell has one for each level of nesting, used by one pass
// after the other, so that a hundred epochs leave one bar and not a hundred.
#include "session/front.h"

#include "bind/install.h"
#include "term/term.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

enum {
    PATIENCE_US = 500 * 1000,  // a pass shorter than this needs no bar
    STEP_US = 150 * 1000,      // between two pictures of one
};

typedef struct {
    const void *pass;  // NULL: free
    int cell;          // for which the display was made; 0: none yet
    int64_t started, last;
    int64_t done, total;
    double loss;
} Bar;

static Bar bars[ADJ_PROGRESS_NESTING];

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void describe(const Bar *b, char *text, size_t room)
{
    double seconds = (double)(now_us() - b->started) * 1e-6;
    int n = snprintf(text, room, "%lld", (long long)b->done);
    if (b->total >= 0) n += snprintf(text + n, room - (size_t)n, "/%lld", (long long)b->total);
    n += snprintf(text + n, room - (size_t)n, "  %.3g/s",
                  seconds > 0 ? (double)b->done / seconds : 0.0);
    if (b->total >= 0 && b->done > 0)
        n += snprintf(text + n, room - (size_t)n, "  %.0f s left",
                      seconds / (double)b->done * (double)(b->total - b->done));
    if (!isnan(b->loss)) snprintf(text + n, room - (size_t)n, "  loss %.4g", b->loss);
}

static void show(AdjSession *s, Bar *b)
{
    char text[160], page[320], id[48];
    AdjBundle bundle = {0};
    describe(b, text, sizeof text);
    snprintf(page, sizeof page, "<progress value=\"%lld\" max=\"%lld\"></progress> %s",
             (long long)b->done, (long long)(b->total >= 0 ? b->total : b->done), text);
    snprintf(id, sizeof id, "adjoint-pass-%d-%d", s->count, (int)(b - bars));
    AdjShown how = {.display_id = id, .update = b->cell == s->count};
    if (adj_bundle_add_text(&bundle, "text/plain", text) &&
        adj_bundle_add_text(&bundle, "text/html", page))
        adj_session_show_bundle(s, &bundle, &how);
    adj_bundle_free(&bundle);
    b->cell = s->count;
    b->last = now_us();
}

// The bar of a pass; a new pass takes a free one. NULL: nested deeper than is shown.
static Bar *bar_of(const void *pass, int64_t total)
{
    for (int i = 0; i < ADJ_PROGRESS_NESTING; i++)
        if (bars[i].pass == pass) return &bars[i];
    for (int i = 0; i < ADJ_PROGRESS_NESTING; i++) {
        if (bars[i].pass) continue;
        int cell = bars[i].cell;
        bars[i] =
            (Bar){.pass = pass, .cell = cell, .started = now_us(), .total = total, .loss = NAN};
        return &bars[i];
    }
    return NULL;
}

static void watch(void *self, const void *pass, int64_t done, int64_t total, double loss)
{
    AdjSession *s = self;
    if (!s->watched) return;
    Bar *b = bar_of(pass, total);
    if (!b) return;
    int64_t now = now_us();
    bool ended = done<0, shown = b->last> 0;
    if (!ended || total >= 0) b->done = ended ? total : done;
    b->total = total;
    if (!isnan(loss)) b->loss = loss;
    bool due = now - b->started > PATIENCE_US && now - b->last > STEP_US;
    if (ended ? shown : due) show(s, b);
    if (ended) b->pass = NULL;
}

// A cell that failed left its passes open.
void adj_session_end_passes(void)
{
    for (int i = 0; i < ADJ_PROGRESS_NESTING; i++) bars[i].pass = NULL;
}

void adj_session_install_shown_progress(AdjSession *s)
{
    adj_bind_watch_passes(watch, s);
}
