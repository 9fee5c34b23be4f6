// SPDX-License-Identifier: Apache-2.0
// disk.c: see disk.h. The thread is started with the first job and lives as long as the
// program; it and its queue are the one thing here that belongs to the process and not to a
// window.
#include "disk.h"

typedef struct {
    void (*work)(gpointer data), (*done)(gpointer data);
    gpointer data;
} Job;

static gboolean tell_done(gpointer job)
{
    g_autofree Job *j = job;
    j->done(j->data);
    return G_SOURCE_REMOVE;
}

static gpointer serve(gpointer queue)
{
    for (;;) {
        Job *j = g_async_queue_pop(queue);
        j->work(j->data);
        if (j->done)
            g_idle_add_full(G_PRIORITY_DEFAULT, tell_done, j, NULL);
        else
            g_free(j);
    }
    return NULL;
}

static GAsyncQueue *jobs(void)
{
    static GAsyncQueue *queue;
    if (g_once_init_enter(&queue)) {
        GAsyncQueue *made = g_async_queue_new();
        g_thread_unref(g_thread_new("disk", serve, made));
        g_once_init_leave(&queue, made);
    }
    return queue;
}

void adj_ui_disk(void (*work)(gpointer data), void (*done)(gpointer data), gpointer data)
{
    Job *j = g_new(Job, 1);
    *j = (Job){work, done, data};
    g_async_queue_push(jobs(), j);
}

typedef struct {
    GMutex lock;
    GCond reached;
    gboolean over;
} End;

static void reach_end(gpointer end)
{
    End *e = end;
    g_mutex_lock(&e->lock);
    e->over = TRUE;
    g_cond_signal(&e->reached);
    g_mutex_unlock(&e->lock);
}

void adj_ui_disk_finish(void)
{
    End e = {.over = FALSE};
    g_mutex_init(&e.lock);
    g_cond_init(&e.reached);
    adj_ui_disk(reach_end, NULL, &e);
    g_mutex_lock(&e.lock);
    while (!e.over) g_cond_wait(&e.reached, &e.lock);
    g_mutex_unlock(&e.lock);
    g_cond_clear(&e.reached);
    g_mutex_clear(&e.lock);
}

gboolean adj_ui_disk_write(const char *path, const char *text, gssize length, GError **error)
{
    return g_file_set_contents_full(
        path, text, length, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0644,
        error);
}
