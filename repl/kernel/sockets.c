// SPDX-License-Identifier: Apache-2.0
// sockets.c: the I/O thread. It waits for the five sockets, the outbox, what the process writes
// to its own stdout and stderr, and the clock: text to be merged, a parent that may have gone.
//
// iopub has no high-water mark: a client that reads late must still get the `idle` that ends a
// cell. What keeps memory bounded is that text is merged, that a cell which floods is slowed
// down (output.c), and that a client whose process is stuck stops answering ZeroMQ's pings and
// loses its connection.
#include "kernel/internal.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <zmq.h>

enum {
    TICK_MS = 400,           // between two looks at the parent
    LEAVE_US = 1000 * 1000,  // for the machine to come out of whatever it does
    PING_MS = 10 * 1000,
    STUCK_MS = 120 * 1000,  // without an answer to pings
    LINGER_MS = 1000,
    QUESTION_US = 10 * 1000 * 1000,
    AGAIN_MS = 10,  // between two tries to pose a question
    BATCH = 64,     // messages of one socket before the others get a turn
};
static const gint64 message_max = 1ll << 30;

void say(Kernel *k, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *line = g_strdup_vprintf(format, args);
    va_end(args);
    dprintf(k->log_fd, "adjoint kernel: %s\n", line);
}

// ---------------------------------------------------------------- opening

static const int types[CHANNELS] = {
    [SHELL] = ZMQ_ROUTER, [CONTROL] = ZMQ_ROUTER, [STDIN] = ZMQ_ROUTER,
    [IOPUB] = ZMQ_XPUB,   [HEARTBEAT] = ZMQ_REP,
};

static void set(void *socket, int option, int value)
{
    zmq_setsockopt(socket, option, &value, sizeof value);
}

// A client that comes again under its old name takes over; one that is told of a new subscriber
// each time can be welcomed each time.
static void *make_socket(Kernel *k, Channel c)
{
    void *s = zmq_socket(k->context, types[c]);
    if (!s) return NULL;
    set(s, ZMQ_LINGER, LINGER_MS);
    set(s, ZMQ_SNDHWM, 0);
    set(s, ZMQ_RCVHWM, 0);
    set(s, ZMQ_IPV6, strchr(k->endpoint.ip, ':') != NULL);
    set(s, ZMQ_HEARTBEAT_IVL, PING_MS);
    set(s, ZMQ_HEARTBEAT_TIMEOUT, STUCK_MS);
    zmq_setsockopt(s, ZMQ_MAXMSGSIZE, &message_max, sizeof message_max);
    if (types[c] == ZMQ_ROUTER) set(s, ZMQ_ROUTER_HANDOVER, 1);
    if (c == STDIN) set(s, ZMQ_ROUTER_MANDATORY, 1);
    if (types[c] == ZMQ_XPUB) set(s, ZMQ_XPUB_VERBOSE, 1);
    return s;
}

static gboolean bind_one(Kernel *k, Channel c)
{
    g_autofree char *address = endpoint_address(&k->endpoint, c);
    char bound[512];
    gsize room = sizeof bound;
    if (!(k->sockets[c] = make_socket(k, c)) || zmq_bind(k->sockets[c], address) != 0)
        return FALSE;
    if (k->endpoint.port[c] || zmq_getsockopt(k->sockets[c], ZMQ_LAST_ENDPOINT, bound, &room))
        return TRUE;
    const char *colon = strrchr(bound, ':');
    k->endpoint.port[c] = colon ? atoi(colon + 1) : 0;
    return TRUE;
}

gboolean sockets_open(Kernel *k, char **why)
{
    k->context = zmq_ctx_new();
    k->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    for (Channel c = 0; c < CHANNELS; c++) {
        if (bind_one(k, c)) continue;
        g_autofree char *address = endpoint_address(&k->endpoint, c);
        *why = g_strdup_printf("%s (%s): %s", address, channel_names[c], zmq_strerror(errno));
        return FALSE;
    }
    return TRUE;
}

// ---------------------------------------------------------------- the outbox

void sockets_wake(Kernel *k)
{
    guint64 one = 1;
    gssize ignored = write(k->wake_fd, &one, sizeof one);
    (void)ignored;
}

void post_whole_letter(Kernel *k, Letter *l)
{
    g_mutex_lock(&k->lock);
    output_seal_locked(k);
    g_queue_push_tail(&k->outbox, l);
    g_mutex_unlock(&k->lock);
    sockets_wake(k);
}

void post_letter(Kernel *k, Channel c, Message *parent, const char *type, GString *content)
{
    Letter *l = g_new0(Letter, 1);
    *l =
        (Letter){.channel = c, .parent = message_ref(parent), .type = type, .content = content};
    post_whole_letter(k, l);
}

void post_status(Kernel *k, Message *parent, const char *state)
{
    GString *g = g_string_new(NULL);
    json_put(g, "{'execution_state':%s}", state);
    post_letter(k, IOPUB, parent, "status", g);
}

void reply(Kernel *k, Message *to, GString *content)
{
    g_autofree char *type = g_strndup(to->type, strlen(to->type) - strlen("request"));
    g_autofree char *whole = g_strconcat(type, "reply", NULL);
    post_letter(k, to->channel, to, g_intern_string(whole), content);
}

static Letter *next_letter(Kernel *k)
{
    g_mutex_lock(&k->lock);
    if (k->output.due && g_get_monotonic_time() >= k->output.due) output_seal_locked(k);
    Letter *l = g_queue_pop_head(&k->outbox);
    if (l && g_str_equal(l->type, "stream")) k->output.waiting -= l->content->len;
    g_mutex_unlock(&k->lock);
    return l;
}

static gboolean send_and_free(Kernel *k, Letter *l)
{
    if (!wire_send(&k->wire, k->sockets[l->channel], l)) return FALSE;
    letter_free(l);
    return TRUE;
}

static void drop_question(Kernel *k)
{
    if (k->question) letter_free(k->question);
    k->question = NULL;
}

// A client connects its sockets in any order, and may ask for input before the one on which it
// is to be asked is there: a question is posed again until it is.
static void pose_again(Kernel *k)
{
    if (!k->question) return;
    if (wire_send(&k->wire, k->sockets[STDIN], k->question) ||
        g_get_monotonic_time() > k->question_until)
        drop_question(k);
}

static void pose(Kernel *k, Letter *l)
{
    drop_question(k);
    k->question = l;
    k->question_until = g_get_monotonic_time() + QUESTION_US;
    pose_again(k);
}

static void send_letters(Kernel *k)
{
    guint64 count;
    while (read(k->wake_fd, &count, sizeof count) > 0) continue;
    for (Letter *l; (l = next_letter(k));)
        if (l->channel == STDIN)
            pose(k, l);
        else
            send_and_free(k, l);
}

// ---------------------------------------------------------------- what came

static void frame_free(void *data, void *frame)
{
    (void)data;
    zmq_msg_close(frame);
    g_free(frame);
}

static void release_frame(gpointer frame)
{
    frame_free(NULL, frame);
}

// One message as its frames, or NULL when there is none.
static GPtrArray *receive(void *socket)
{
    GPtrArray *frames = NULL;
    int more = 1;
    while (more) {
        zmq_msg_t *m = g_new(zmq_msg_t, 1);
        zmq_msg_init(m);
        if (zmq_msg_recv(m, socket, ZMQ_DONTWAIT) < 0) {
            release_frame(m);
            return frames;
        }
        more = zmq_msg_more(m);
        if (!frames) frames = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
        g_ptr_array_add(frames, g_bytes_new_with_free_func(zmq_msg_data(m), zmq_msg_size(m),
                                                           release_frame, m));
    }
    return frames;
}

// The machine's thread: the prompt goes on without us. The thread is joined when it ends.
static void say_farewell(AdjSession *s, AdjRequest *r)
{
    Kernel *k = (Kernel *)((char *)r - offsetof(Kernel, farewell));
    if (s->leaving) return;
    k->host->detach(s, &k->front);
    g_atomic_int_set(&k->closing, TRUE);
    sockets_wake(k);
}

static void begin_leaving(Kernel *k)
{
    if (k->beside) {
        if (!k->farewell.serve) {
            k->farewell.serve = say_farewell;
            k->host->post_urgent(k->session, &k->farewell);
        }
        return;
    }
    if (!k->leave_by) k->leave_by = g_get_monotonic_time() + LEAVE_US;
    k->host->leave(k->session);
}

static void interrupt_answer(Kernel *k, Message *m)
{
    k->host->interrupt(k->session);
    reply(k, m, g_string_new("{\"status\":\"ok\"}"));
}

static void shutdown_answer(Kernel *k, Message *m)
{
    GString *g = g_string_new(NULL);
    json_put(g, "{'status':'ok','restart':%b}", json_flag(m->content, "restart", FALSE));
    post_letter(k, IOPUB, m, "shutdown_reply", g_string_new(g->str));
    reply(k, m, g);
}

static void connect_answer(Kernel *k, Message *m)
{
    GString *g = g_string_new("{\"status\":\"ok\"");
    for (int c = 0; c < CHANNELS; c++)
        g_string_append_printf(g, ",\"%s_port\":%d", channel_names[c], k->endpoint.port[c]);
    reply(k, m, g_string_append_c(g, '}'));
}

// Who serves a request: the I/O thread at once, the machine's at its next safe point, or the
// machine's in its turn. A request with none of them is not known: busy and idle, no reply.
static const struct {
    const char *type;
    void (*answer)(Kernel *k, Message *m);
    void (*serve)(AdjSession *s, AdjRequest *r);
    gboolean in_turn, last;
} requests[] = {
    {"execute_request", NULL, execute_serve, TRUE, FALSE},
    {"complete_request", NULL, complete_serve, FALSE, FALSE},
    {"inspect_request", NULL, inspect_serve, FALSE, FALSE},
    {"comm_open", NULL, comm_serve, FALSE, FALSE},
    {"comm_msg", NULL, comm_serve, FALSE, FALSE},
    {"comm_close", NULL, comm_serve, FALSE, FALSE},
    {"comm_info_request", NULL, comm_info_serve, FALSE, FALSE},
    {"kernel_info_request", info_answer, NULL, FALSE, FALSE},
    {"is_complete_request", is_complete_answer, NULL, FALSE, FALSE},
    {"history_request", history_answer, NULL, FALSE, FALSE},
    {"connect_request", connect_answer, NULL, FALSE, FALSE},
    {"interrupt_request", interrupt_answer, NULL, FALSE, FALSE},
    {"shutdown_request", shutdown_answer, NULL, FALSE, TRUE},
};

static void answer_here(Kernel *k, Message *m, void (*answer)(Kernel *k, Message *m))
{
    post_status(k, m, "busy");
    if (answer) answer(k, m);
    post_status(k, m, "idle");
}

// Gives the message away.
static void dispatch(Kernel *k, Message *m)
{
    m->kernel = k;
    m->arrival = ++k->arrivals;
    gsize i = 0;
    while (i < G_N_ELEMENTS(requests) && !g_str_equal(requests[i].type, m->type)) i++;
    gboolean known = i < G_N_ELEMENTS(requests);
    if (known && requests[i].serve) {
        m->request.serve = requests[i].serve;
        if (requests[i].in_turn)
            k->host->post_cell(k->session, &m->request);
        else
            k->host->post_urgent(k->session, &m->request);
        return;
    }
    answer_here(k, m, known ? requests[i].answer : NULL);
    if (known && requests[i].last) begin_leaving(k);
    message_unref(m);
}

static void take_message(Kernel *k, Channel c, GPtrArray *frames)
{
    const char *why;
    Message *m = wire_take(&k->wire, frames, &why);
    if (!m) {
        say(k, "a message on %s is dropped: %s", channel_names[c], why);
        return;
    }
    m->channel = c;
    if (c != STDIN) {
        dispatch(k, m);
        return;
    }
    if (g_str_equal(m->type, "input_reply")) execute_input_reply(k, m);
    message_unref(m);
}

// A subscriber is told that it will hear everything from now on (iopub_welcome). One that
// leaves is missed by the topic that nobody else has.
static void take_subscription(Kernel *k, GPtrArray *frames)
{
    gsize length;
    const char *data = g_bytes_get_data(g_ptr_array_index(frames, 0), &length);
    if (!data || length < 1 || data[0] > 1 || length > 1024) return;
    g_autofree char *topic = g_strndup(data + 1, length - 1);
    if (data[0] == 0) {
        if (*topic) comm_client_gone(k, topic);
        return;
    }
    Letter *l = g_new0(Letter, 1);
    *l = (Letter){.channel = IOPUB,
                  .type = "iopub_welcome",
                  .content = g_string_new(NULL),
                  .topic = g_bytes_new(data + 1, length - 1)};
    json_put(l->content, "{'subscription':%s}", topic);
    post_whole_letter(k, l);
}

static void echo(Kernel *k)
{
    zmq_msg_t m;
    zmq_msg_init(&m);
    while (zmq_msg_recv(&m, k->sockets[HEARTBEAT], ZMQ_DONTWAIT) >= 0) {
        int more = zmq_msg_more(&m) ? ZMQ_SNDMORE : 0;
        if (zmq_msg_send(&m, k->sockets[HEARTBEAT], ZMQ_DONTWAIT | more) < 0) break;
    }
    zmq_msg_close(&m);
}

static void take_all(Kernel *k, Channel c)
{
    for (int i = 0; i < BATCH; i++) {
        GPtrArray *frames = receive(k->sockets[c]);
        if (!frames) break;
        if (c == IOPUB)
            take_subscription(k, frames);
        else
            take_message(k, c, frames);
        g_ptr_array_unref(frames);
    }
}

// ---------------------------------------------------------------- the loop

static gboolean is_orphan(const Kernel *k)
{
    if (!k->parent) return FALSE;
    return (k->is_child && getppid() != k->parent) || (kill(k->parent, 0) && errno == ESRCH);
}

static long wait_ms(Kernel *k)
{
    g_mutex_lock(&k->lock);
    gint64 due = k->output.due, now = g_get_monotonic_time();
    g_mutex_unlock(&k->lock);
    long longest = k->question ? AGAIN_MS : TICK_MS;
    if (!due) return longest;
    gint64 left = due > now ? (due - now) / 1000 + 1 : 0;
    return left < longest ? (long)left : longest;
}

// What must happen by the clock. FALSE: the thread is to end.
static gboolean look_around(Kernel *k)
{
    gint64 now = g_get_monotonic_time();
    if (!k->leave_by && is_orphan(k)) {
        say(k, "the process that started this kernel is gone");
        begin_leaving(k);
    }
    if (g_atomic_int_get(&k->closing)) return FALSE;
    return !k->leave_by || now < k->leave_by;
}

static void wait_and_take(Kernel *k)
{
    zmq_pollitem_t items[CHANNELS + 3] = {0};
    for (int c = 0; c < CHANNELS; c++)
        items[c] = (zmq_pollitem_t){.socket = k->sockets[c], .events = ZMQ_POLLIN};
    items[CHANNELS] = (zmq_pollitem_t){.fd = k->wake_fd, .events = ZMQ_POLLIN};
    for (int i = 1; i <= 2; i++)
        items[CHANNELS + i] = (zmq_pollitem_t){.fd = k->output.pipe[i], .events = ZMQ_POLLIN};
    zmq_poll(items, CHANNELS + 3, wait_ms(k));
    if (items[HEARTBEAT].revents) echo(k);
    for (Channel c = SHELL; c <= IOPUB; c++)
        if (items[c].revents) take_all(k, c);
    if (items[CHANNELS + 1].revents || items[CHANNELS + 2].revents) output_drain_pipes(k);
}

static void close_all(Kernel *k)
{
    drop_question(k);
    for (int c = 0; c < CHANNELS; c++) zmq_close(k->sockets[c]);
    zmq_ctx_term(k->context);
    close(k->wake_fd);
}

gpointer sockets_run(gpointer kernel)
{
    Kernel *k = kernel;
    do {
        pose_again(k);
        send_letters(k);
        wait_and_take(k);
    } while (look_around(k));
    g_mutex_lock(&k->lock);
    output_seal_locked(k);
    g_mutex_unlock(&k->lock);
    send_letters(k);
    close_all(k);
    // The machine sits in a computation that cannot be interrupted, and nobody waits for it.
    if (!g_atomic_int_get(&k->closing)) kill(getpid(), SIGKILL);
    return NULL;
}
