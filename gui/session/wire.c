// SPDX-License-Identifier: Apache-2.0
// wire.c: the thread that owns the sockets.
//
// Its loop waits in zmq_poll for any socket or for the eventfd that says there is something to
// send, and for nothing else; the timeout is the heartbeat's. What arrives is checked (one
// HMAC-SHA256 over the four frames as they came), parsed and queued. The main loop's source
// takes from that queue for at most BUDGET_US per turn.
#include "session/wire.h"

#include <glib-unix.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <zmq.h>

enum { BUDGET_US = 4000, HEARTBEAT_MS = 1000, FRAMES = 4, TURN = 64 };

typedef struct {
    AdjUiChannel channel;
    char *text[FRAMES];  // header, parent, metadata, content
} Outgoing;

struct AdjUiWire {
    AdjUiEndpoint at;
    AdjUiArrival arrival;
    gpointer self;
    char *session;  // our own id, in every header

    GThread *thread;
    GAsyncQueue *out, *in;  // of Outgoing, of AdjUiMessage
    int wake;               // eventfd: there is something in `out`, or we stop
    gint stop;              // atomic
    gint64 heard;           // atomic; written by the thread

    GSource *source;
    GMainContext *context;

    // The thread's own.
    void *zmq, *socket[ADJ_UI_CHANNELS];
    gint64 beat_sent;
    gboolean beat_waits;
};

// -- messages -----------------------------------------------------------------------------

static void message_free(gpointer p)
{
    AdjUiMessage *m = p;
    g_clear_pointer(&m->header, json_object_unref);
    g_clear_pointer(&m->parent, json_object_unref);
    g_clear_pointer(&m->metadata, json_object_unref);
    g_clear_pointer(&m->content, json_object_unref);
    g_clear_pointer(&m->buffers, g_ptr_array_unref);
    g_free(m);
}

static void outgoing_free(gpointer p)
{
    Outgoing *o = p;
    for (int i = 0; i < FRAMES; i++) g_free(o->text[i]);
    g_free(o);
}

static const char *word(JsonObject *o, const char *name)
{
    const char *s = o ? json_object_get_string_member_with_default(o, name, "") : "";
    return s ? s : "";
}

const char *adj_ui_message_type(const AdjUiMessage *m)
{
    return word(m->header, "msg_type");
}

const char *adj_ui_message_id(const AdjUiMessage *m)
{
    return word(m->header, "msg_id");
}

const char *adj_ui_message_parent(const AdjUiMessage *m)
{
    return word(m->parent, "msg_id");
}

static JsonObject *parse_object(GBytes *frame)
{
    gsize size;
    const char *text = g_bytes_get_data(frame, &size);
    if (!text || !g_utf8_validate(text, (gssize)size, NULL)) return NULL;
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    if (!json_parser_load_from_data(parser, text, (gssize)size, NULL)) return NULL;
    JsonNode *root = json_parser_get_root(parser);
    return root && JSON_NODE_HOLDS_OBJECT(root) ? json_node_dup_object(root) : NULL;
}

static char *sign(AdjUiWire *w, GBytes *const frame[FRAMES])
{
    if (!*w->at.key) return g_strdup("");
    g_autoptr(GHmac) h =
        g_hmac_new(G_CHECKSUM_SHA256, (const guchar *)w->at.key, strlen(w->at.key));
    for (int i = 0; i < FRAMES; i++) {
        gsize size;
        const guchar *data = g_bytes_get_data(frame[i], &size);
        g_hmac_update(h, data, (gssize)size);
    }
    return g_strdup(g_hmac_get_string(h));
}

// -- the thread ---------------------------------------------------------------------------

static GBytes *receive_frame(void *socket, gboolean *more)
{
    zmq_msg_t part;
    zmq_msg_init(&part);
    if (zmq_msg_recv(&part, socket, ZMQ_DONTWAIT) < 0) {
        zmq_msg_close(&part);
        return NULL;
    }
    GBytes *frame = g_bytes_new(zmq_msg_data(&part), zmq_msg_size(&part));
    *more = zmq_msg_more(&part);
    zmq_msg_close(&part);
    return frame;
}

static GPtrArray *receive(void *socket)
{
    GPtrArray *frames = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    gboolean more = TRUE;
    while (more) {
        GBytes *frame = receive_frame(socket, &more);
        if (!frame) break;
        g_ptr_array_add(frames, frame);
    }
    return frames;
}

static guint delimiter(GPtrArray *frames)
{
    static const char mark[] = "<IDS|MSG>";
    for (guint i = 0; i < frames->len; i++) {
        gsize size;
        const void *data = g_bytes_get_data(frames->pdata[i], &size);
        if (size == sizeof mark - 1 && !memcmp(data, mark, size)) return i;
    }
    return frames->len;
}

static AdjUiMessage *understand(AdjUiWire *w, AdjUiChannel channel, GPtrArray *frames)
{
    guint at = delimiter(frames);
    if (at + 2 + FRAMES > frames->len) return NULL;
    GBytes *const *part = (GBytes *const *)frames->pdata + at + 2;
    g_autofree char *expected = sign(w, part);
    gsize size;
    const char *signature = g_bytes_get_data(frames->pdata[at + 1], &size);
    if (size != strlen(expected) || (size && memcmp(signature, expected, size))) return NULL;
    AdjUiMessage *m = g_new0(AdjUiMessage, 1);
    m->channel = channel;
    m->header = parse_object(part[0]);
    m->parent = parse_object(part[1]);
    m->metadata = parse_object(part[2]);
    m->content = parse_object(part[3]);
    m->buffers = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    for (guint i = at + 2 + FRAMES; i < frames->len; i++)
        g_ptr_array_add(m->buffers, g_bytes_ref(frames->pdata[i]));
    if (m->header && m->content) return m;
    message_free(m);
    return NULL;
}

static void hear(AdjUiWire *w)
{
    __atomic_store_n(&w->heard, g_get_monotonic_time(), __ATOMIC_RELAXED);
}

// Takes what waits on one socket, a bounded number of messages so that the others get a turn.
static void drain(AdjUiWire *w, AdjUiChannel channel)
{
    for (int i = 0; i < TURN; i++) {
        g_autoptr(GPtrArray) frames = receive(w->socket[channel]);
        if (!frames->len) return;
        hear(w);
        if (channel == ADJ_UI_HEARTBEAT) {
            w->beat_waits = FALSE;
            continue;
        }
        AdjUiMessage *m = understand(w, channel, frames);
        if (!m) continue;
        g_async_queue_push(w->in, m);
        g_main_context_wakeup(w->context);
    }
}

static void transmit(AdjUiWire *w, const Outgoing *o)
{
    static const char mark[] = "<IDS|MSG>";
    GBytes *frame[FRAMES];
    for (int i = 0; i < FRAMES; i++)
        frame[i] = g_bytes_new_static(o->text[i], strlen(o->text[i]));
    g_autofree char *signature = sign(w, frame);
    void *s = w->socket[o->channel];
    zmq_send(s, mark, sizeof mark - 1, ZMQ_SNDMORE | ZMQ_DONTWAIT);
    zmq_send(s, signature, strlen(signature), ZMQ_SNDMORE | ZMQ_DONTWAIT);
    for (int i = 0; i < FRAMES; i++) {
        zmq_send(s, o->text[i], strlen(o->text[i]),
                 ZMQ_DONTWAIT | (i + 1 < FRAMES ? ZMQ_SNDMORE : 0));
        g_bytes_unref(frame[i]);
    }
}

static void send_waiting(AdjUiWire *w)
{
    eventfd_t count;
    if (eventfd_read(w->wake, &count) && g_async_queue_length(w->out) <= 0) return;
    Outgoing *o;
    while ((o = g_async_queue_try_pop(w->out))) {
        transmit(w, o);
        outgoing_free(o);
    }
}

// The heartbeat's socket asks and waits by turns; one that was not answered is left waiting.
static void beat(AdjUiWire *w)
{
    gint64 now = g_get_monotonic_time();
    if (w->beat_waits || now - w->beat_sent < HEARTBEAT_MS * 1000) return;
    w->beat_waits = zmq_send(w->socket[ADJ_UI_HEARTBEAT], "ping", 4, ZMQ_DONTWAIT) == 4;
    w->beat_sent = now;
}

static void *open_socket(AdjUiWire *w, AdjUiChannel channel)
{
    static const int kind[ADJ_UI_CHANNELS] = {ZMQ_DEALER, ZMQ_DEALER, ZMQ_DEALER, ZMQ_SUB,
                                              ZMQ_REQ};
    void *s = zmq_socket(w->zmq, kind[channel]);
    int zero = 0, linger_ms = channel == ADJ_UI_CONTROL ? 100 : 0;
    zmq_setsockopt(s, ZMQ_LINGER, &linger_ms, sizeof linger_ms);
    zmq_setsockopt(s, ZMQ_RCVHWM, &zero, sizeof zero);
    zmq_setsockopt(s, ZMQ_SNDHWM, &zero, sizeof zero);
    // Shell and stdin must share one identity: the session asks for input by it.
    if (kind[channel] == ZMQ_DEALER)
        zmq_setsockopt(s, ZMQ_IDENTITY, w->session, strlen(w->session));
    // All topics, and one of our own by which we are missed when we are gone.
    if (channel == ADJ_UI_IOPUB) {
        zmq_setsockopt(s, ZMQ_SUBSCRIBE, "", 0);
        zmq_setsockopt(s, ZMQ_SUBSCRIBE, w->session, strlen(w->session));
    }
    g_autofree char *address =
        g_strdup_printf("%s://%s%c%d", w->at.transport, w->at.ip,
                        g_str_equal(w->at.transport, "ipc") ? '-' : ':', w->at.port[channel]);
    zmq_connect(s, address);
    return s;
}

static gpointer work(gpointer self)
{
    AdjUiWire *w = self;
    w->zmq = zmq_ctx_new();
    zmq_pollitem_t item[ADJ_UI_CHANNELS + 1] = {{0}};
    for (int i = 0; i < ADJ_UI_CHANNELS; i++) {
        w->socket[i] = open_socket(w, (AdjUiChannel)i);
        item[i] = (zmq_pollitem_t){.socket = w->socket[i], .events = ZMQ_POLLIN};
    }
    item[ADJ_UI_CHANNELS] = (zmq_pollitem_t){.fd = w->wake, .events = ZMQ_POLLIN};
    while (!g_atomic_int_get(&w->stop)) {
        beat(w);
        zmq_poll(item, ADJ_UI_CHANNELS + 1, HEARTBEAT_MS);
        if (item[ADJ_UI_CHANNELS].revents) send_waiting(w);
        for (int i = 0; i < ADJ_UI_CHANNELS; i++)
            if (item[i].revents) drain(w, (AdjUiChannel)i);
    }
    send_waiting(w);  // the last word, to end the session, was said just before
    for (int i = 0; i < ADJ_UI_CHANNELS; i++) zmq_close(w->socket[i]);
    zmq_ctx_destroy(w->zmq);
    return NULL;
}

// -- the main loop's side -----------------------------------------------------------------

typedef struct {
    GSource base;
    AdjUiWire *wire;
} Arrivals;

static gboolean arrivals_ready(GSource *s)
{
    return g_async_queue_length(((Arrivals *)s)->wire->in) > 0;
}

static gboolean arrivals_prepare(GSource *s, int *timeout)
{
    *timeout = -1;
    return arrivals_ready(s);
}

// A handler may free the wire, and with it this source: it is asked before each message.
static gboolean arrivals_dispatch(GSource *s, GSourceFunc f, gpointer data)
{
    (void)f, (void)data;
    gint64 until = g_get_monotonic_time() + BUDGET_US;
    while (!g_source_is_destroyed(s) && g_get_monotonic_time() < until) {
        AdjUiWire *w = ((Arrivals *)s)->wire;
        AdjUiMessage *m = g_async_queue_try_pop(w->in);
        if (!m) break;
        w->arrival(w->self, m);
        message_free(m);
    }
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs arrivals = {
    .prepare = arrivals_prepare, .check = arrivals_ready, .dispatch = arrivals_dispatch};

AdjUiWire *adj_ui_wire_new(const AdjUiEndpoint *e, AdjUiArrival arrival, gpointer self)
{
    AdjUiWire *w = g_new0(AdjUiWire, 1);
    w->at = *e;
    w->at.transport = g_strdup(e->transport);
    w->at.ip = g_strdup(e->ip);
    w->at.key = g_strdup(e->key);
    w->arrival = arrival;
    w->self = self;
    w->session = g_uuid_string_random();
    w->out = g_async_queue_new_full(outgoing_free);
    w->in = g_async_queue_new_full(message_free);
    w->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    w->context = g_main_context_ref_thread_default();
    w->source = g_source_new(&arrivals, sizeof(Arrivals));
    ((Arrivals *)w->source)->wire = w;
    g_source_set_priority(w->source, G_PRIORITY_DEFAULT_IDLE);
    g_source_attach(w->source, w->context);
    w->thread = g_thread_new("wire", work, w);
    return w;
}

void adj_ui_wire_free(AdjUiWire *w)
{
    if (!w) return;
    g_atomic_int_set(&w->stop, 1);
    eventfd_write(w->wake, 1);
    g_thread_join(w->thread);
    g_source_destroy(w->source);
    g_source_unref(w->source);
    g_main_context_unref(w->context);
    g_async_queue_unref(w->out);
    g_async_queue_unref(w->in);
    close(w->wake);
    adj_ui_endpoint_clear(&w->at);
    g_free(w->session);
    g_free(w);
}

static char *object_text(JsonObject *o)
{
    if (!o) return g_strdup("{}");
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);
    json_node_set_object(node, o);
    return json_to_string(node, FALSE);
}

static char *header_text(AdjUiWire *w, const char *type, const char *id)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *date = g_date_time_format(now, "%Y-%m-%dT%H:%M:%S.%fZ");
    g_autoptr(JsonObject) o = json_object_new();
    json_object_set_string_member(o, "msg_id", id);
    json_object_set_string_member(o, "session", w->session);
    json_object_set_string_member(o, "username", g_get_user_name());
    json_object_set_string_member(o, "date", date);
    json_object_set_string_member(o, "msg_type", type);
    json_object_set_string_member(o, "version", "5.3");
    return object_text(o);
}

void adj_ui_wire_send(AdjUiWire *w, AdjUiChannel channel, const char *type, const char *id,
                      JsonObject *content, JsonObject *metadata, JsonObject *parent)
{
    Outgoing *o = g_new0(Outgoing, 1);
    o->channel = channel;
    o->text[0] = header_text(w, type, id);
    o->text[1] = object_text(parent);
    o->text[2] = object_text(metadata);
    o->text[3] = object_text(content);
    if (content) json_object_unref(content);
    g_async_queue_push(w->out, o);
    eventfd_write(w->wake, 1);
}

gint64 adj_ui_wire_heard(AdjUiWire *w)
{
    return __atomic_load_n(&w->heard, __ATOMIC_RELAXED);
}
