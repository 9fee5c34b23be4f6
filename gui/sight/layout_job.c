// SPDX-License-Identifier: Apache-2.0
//
// A layout in a thread of its own. The thread gets its own reference to the graph and its own
// copies of the wish's tables, so the window may change everything meanwhile. The answer comes
// back as an idle source of the context that asked. Cancelling never waits: it raises a flag
// that the work looks at between sweeps, and whoever finishes last frees the job.

#include "sight/layout.h"

struct AdjUiLayoutJob {
    AdjUiGraph *graph;
    AdjUiLayoutWish wish;
    AdjUiLayout before;  // only its boxes and which way it flows
    AdjUiLayoutDone done;
    void *data;
    GMainContext *context;
    AdjUiLayout *layout;
    volatile int cancelled;
    int holders;
};

static void let_go(AdjUiLayoutJob *job)
{
    if (!g_atomic_int_dec_and_test(&job->holders)) return;
    adj_ui_layout_free(job->layout);
    adj_ui_graph_unref(job->graph);
    if (job->wish.free_source) job->wish.free_source(job->wish.source);
    if (job->wish.open) g_hash_table_unref(job->wish.open);
    g_free(job->before.boxes);
    g_main_context_unref(job->context);
    g_free(job);
}

static gboolean deliver(void *data)
{
    AdjUiLayoutJob *job = data;
    if (!g_atomic_int_get(&job->cancelled) && job->layout) {
        AdjUiLayout *layout = job->layout;
        job->layout = NULL;
        job->done(layout, job->data);
        let_go(job);  // the caller's hold: its pointer is void from here on
    }
    return G_SOURCE_REMOVE;
}

static void *work(void *data)
{
    AdjUiLayoutJob *job = data;
    if (job->wish.make) job->graph = job->wish.make(job->wish.source);
    job->layout = adj_ui_layout_new(job->graph, &job->wish);
    // Not g_main_context_invoke, which would answer from this thread while nobody runs the
    // loop.
    GSource *source = g_idle_source_new();
    g_source_set_priority(source, G_PRIORITY_DEFAULT);
    g_source_set_callback(source, deliver, job, (GDestroyNotify)let_go);
    g_source_attach(source, job->context);
    g_source_unref(source);
    return NULL;
}

static GHashTable *copy_keys(GHashTable *keys)
{
    if (!keys) return NULL;
    GHashTable *copy = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    GHashTableIter i;
    void *key;
    g_hash_table_iter_init(&i, keys);
    while (g_hash_table_iter_next(&i, &key, NULL))
        g_hash_table_add(copy, g_memdup2(key, sizeof(uint64_t)));
    return copy;
}

AdjUiLayoutJob *adj_ui_layout_start(AdjUiGraph *graph, const AdjUiLayoutWish *wish,
                                    AdjUiLayoutDone done, void *data)
{
    AdjUiLayoutJob *job = g_new0(AdjUiLayoutJob, 1);
    job->holders = 2;
    job->graph = graph && !wish->make ? adj_ui_graph_ref(graph) : NULL;
    job->wish = *wish;
    job->wish.open = copy_keys(wish->open);
    job->wish.cancelled = &job->cancelled;
    job->done = done;
    job->data = data;
    job->context = g_main_context_ref_thread_default();
    if (wish->before) {
        job->before.box_count = wish->before->box_count;
        job->before.down = wish->before->down;
        job->before.boxes =
            g_memdup2(wish->before->boxes, (gsize)wish->before->box_count * sizeof(AdjUiBox));
        job->wish.before = &job->before;
    }
    g_thread_unref(g_thread_new("layout", work, job));
    return job;
}

void adj_ui_layout_cancel(AdjUiLayoutJob *job)
{
    g_atomic_int_set(&job->cancelled, 1);
    let_go(job);
}
