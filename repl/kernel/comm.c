// SPDX-License-Identifier: Apache-2.0
// comm.c: comms between clients and the session's targets. A comm belongs to whoever opened it,
// but what is sent over it goes to all clients through iopub, as the protocol has it.
#include "kernel/internal.h"

#include <string.h>

enum { BUFFERS_MAX = 256 };

static const char *const act_types[] = {
    [ADJ_COMM_OPEN] = "comm_open",
    [ADJ_COMM_MESSAGE] = "comm_msg",
    [ADJ_COMM_CLOSE] = "comm_close",
};

// Any thread.
void comm_front_event(void *self, const AdjCommEvent *e)
{
    Kernel *k = self;
    Letter *l = g_new0(Letter, 1);
    *l = (Letter){.channel = IOPUB, .type = act_types[e->act], .content = g_string_new(NULL)};
    json_put(l->content, "{'comm_id':%s,", e->id);
    if (e->act == ADJ_COMM_OPEN) json_put(l->content, "'target_name':%s,", e->target);
    json_put(l->content, "'data':");
    g_string_append_len(l->content, e->data.json, (gssize)e->data.length);
    g_string_append_c(l->content, '}');
    if (e->data.buffer_count)
        l->buffers = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    for (int i = 0; i < e->data.buffer_count; i++)
        g_ptr_array_add(l->buffers,
                        g_bytes_new(e->data.buffers[i].data, e->data.buffers[i].length));
    g_mutex_lock(&k->lock);
    l->parent = message_ref(k->answering ? k->answering : k->running);
    g_mutex_unlock(&k->lock);
    post_whole_letter(k, l);
}

static void answering(Kernel *k, Message *m)
{
    g_mutex_lock(&k->lock);
    k->answering = m;
    g_mutex_unlock(&k->lock);
}

// Nobody here knows the target: the client's end is closed at once.
static void refuse(Kernel *k, Message *m, const char *id)
{
    GString *g = g_string_new(NULL);
    say(k, "no comm target '%s'", json_text(m->content, "target_name", ""));
    json_put(g, "{'comm_id':%s,'data':{}}", id);
    post_letter(k, IOPUB, m, "comm_close", g);
}

static void note_owner(Kernel *k, Message *m, const AdjCommEvent *e)
{
    const char *session = json_text(m->header, "session", "");
    if (e->act == ADJ_COMM_OPEN)
        g_hash_table_replace(k->comm_owners, g_strdup(e->id), g_strdup(session));
    if (e->act == ADJ_COMM_CLOSE) g_hash_table_remove(k->comm_owners, e->id);
}

void comm_serve(AdjSession *s, AdjRequest *r)
{
    Message *m = (Message *)r;
    Kernel *k = m->kernel;
    AdjCommBuffer buffers[BUFFERS_MAX];
    AdjCommEvent e = {.act = ADJ_COMM_MESSAGE,
                      .id = json_text(m->content, "comm_id", ""),
                      .target = json_text(m->content, "target_name", "")};
    for (int a = ADJ_COMM_OPEN; a <= ADJ_COMM_CLOSE; a++)
        if (g_str_equal(m->type, act_types[a])) e.act = (AdjCommAct)a;
    if (!s->leaving) {
        note_owner(k, m, &e);
        g_autofree char *json = json_member_text(m->content, "data");
        for (guint i = 0; i < MIN(m->buffers->len, BUFFERS_MAX); i++)
            buffers[i].data =
                g_bytes_get_data(g_ptr_array_index(m->buffers, i), &buffers[i].length);
        e.data = (AdjCommData){.json = json ? json : "{}",
                               .length = json ? strlen(json) : 2,
                               .buffers = buffers,
                               .buffer_count = (int)MIN(m->buffers->len, BUFFERS_MAX)};
        post_status(k, m, "busy");
        answering(k, m);
        bool known = k->host->comm_take(s, &k->front, &e);
        answering(k, NULL);
        if (!known && e.act == ADJ_COMM_OPEN) refuse(k, m, e.id);
        post_status(k, m, "idle");
    }
    message_unref(m);
}

// ---------------------------------------------------------------- clients that are gone

// A client that is killed closes nothing. One that has subscribed to a topic of its own on
// iopub, its session, is missed there, and what was made for it alone is made no longer.
typedef struct {
    AdjRequest request;
    Kernel *kernel;
    char *session;
} Gone;

static void serve_gone(AdjSession *s, AdjRequest *r)
{
    Gone *g = (Gone *)r;
    Kernel *k = g->kernel;
    GHashTableIter i;
    gpointer id, owner;
    g_hash_table_iter_init(&i, k->comm_owners);
    while (!s->leaving && g_hash_table_iter_next(&i, &id, &owner)) {
        if (!g_str_equal(owner, g->session)) continue;
        AdjCommEvent e = {.act = ADJ_COMM_CLOSE, .id = id, .target = "", .data = {"{}", 2}};
        k->host->comm_take(s, &k->front, &e);
        g_hash_table_iter_remove(&i);
    }
    g_free(g->session);
    g_free(g);
}

void comm_client_gone(Kernel *k, const char *session)
{
    Gone *g = g_new0(Gone, 1);
    *g = (Gone){.request.serve = serve_gone, .kernel = k, .session = g_strdup(session)};
    k->host->post_urgent(k->session, &g->request);
}

// ---------------------------------------------------------------- which there are

static void put_comm(void *self, const AdjComm *c)
{
    GString *g = self;
    json_put(g, g->len ? ",%s:{'target_name':%s}" : "%s:{'target_name':%s}", c->id,
             c->target->name);
}

void comm_info_serve(AdjSession *s, AdjRequest *r)
{
    Message *m = (Message *)r;
    Kernel *k = m->kernel;
    if (!s->leaving) {
        g_autoptr(GString) comms = g_string_new(NULL);
        post_status(k, m, "busy");
        const char *target = json_text(m->content, "target_name", NULL);
        k->host->comm_each(s, target && *target ? target : NULL, put_comm, comms);
        GString *g = g_string_new(NULL);
        json_put(g, "{'status':'ok','comms':{%r}}", comms->str);
        reply(k, m, g);
        post_status(k, m, "idle");
    }
    message_unref(m);
}
