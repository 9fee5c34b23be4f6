// SPDX-License-Identifier: Apache-2.0
// internal.h: the inside of the kernel module.
//
// TWO THREADS. The machine's thread runs cells and urgent requests, as everywhere. The I/O
// thread owns the sockets from birth to death: it checks and parses what comes, answers by
// itself what needs no machine (kernel_info, history, is_complete, interrupt, shutdown,
// heartbeats), posts the rest to the session, and sends what either of them has put into the
// outbox.
//
// ORDER. Everything that goes out passes through one outbox, so iopub shows things in the order
// in which they happened. Text waits up to 50 ms to be merged with more, but never longer than
// the next message of another kind: that one takes the waiting text along, in front of it.
#pragma once
#include "kernel/host.h"

#include <glib.h>
#include <json-glib/json-glib.h>

typedef enum Channel { SHELL, CONTROL, STDIN, IOPUB, HEARTBEAT, CHANNELS } Channel;

// ---- connection.c ----

typedef struct Endpoint {
    char *transport, *ip, *key;
    GChecksumType scheme;
    int port[CHANNELS];
} Endpoint;
extern const char *const channel_names[CHANNELS];

// Reads a connection file, or writes one with a fresh key when there is none. FALSE: [why] is a
// sentence, to be freed.
gboolean endpoint_open(Endpoint *e, const char *path, char **why);
// The file again, with the ports that were bound.
gboolean endpoint_save(const Endpoint *e, const char *path, char **why);
char *endpoint_address(const Endpoint *e, Channel c);
gboolean endpoint_is_local(const Endpoint *e);  // nobody but this machine can reach it
void endpoint_clear(Endpoint *e);
char *connection_path_default(void);

// ---- json.c ----

// Writes JSON by a pattern: ' stands for a quote, %s a string (NULL: null), %d an int, %b a
// boolean, %r text that is JSON already.
void json_put(GString *g, const char *pattern, ...);
void json_put_string(GString *g, const char *text, gssize length);
// Members of objects that came from outside: the fallback when absent or of another type.
const char *json_text(JsonObject *o, const char *name, const char *fallback);
gint64 json_int(JsonObject *o, const char *name, gint64 fallback);
gboolean json_flag(JsonObject *o, const char *name, gboolean fallback);
JsonObject *json_object(JsonObject *o, const char *name);  // or NULL
char *json_member_text(JsonObject *o, const char *name);   // any member as JSON text; or NULL
// Parses one frame. NULL: it is no JSON object, or nested deeper than anything sensible.
JsonObject *json_parse(const char *text, gsize length);

// ---- wire.c ----

typedef struct Kernel Kernel;

// A message that came. Counted references: the text of a cell is needed as long as output of it
// may come.
typedef struct Message {
    AdjRequest request;  // first, so that it can be posted as it is
    Kernel *kernel;
    Channel channel;
    guint64 arrival;        // counts up
    GPtrArray *identities;  // of GBytes
    GPtrArray *buffers;     // of GBytes
    char *header_text;      // goes back as parent_header, byte by byte
    JsonObject *header, *content;
    JsonObject *metadata;  // or NULL: it says nothing
    const char *type;  // from the header
} Message;
Message *message_ref(Message *m);
void message_unref(Message *m);

// What goes out.
typedef struct Letter {
    Channel channel;
    Message *parent;   // whose header and identities it carries; NULL: none
    const char *type;  // static text
    GString *content;
    char *metadata;  // JSON text; NULL: {}
    GPtrArray *buffers;
    GBytes *topic;  // iopub_welcome alone: to whom; NULL: [type]
} Letter;
void letter_free(Letter *l);

// Signatures that were seen, oldest forgotten first.
typedef struct Wire {
    GBytes *key;
    GChecksumType scheme;
    char *session;  // of this process
    guint64 sent;
    GHashTable *seen;
    GQueue seen_order;
} Wire;
void wire_start(Wire *w, const Endpoint *e);
void wire_stop(Wire *w);
// Parses the frames of one message. NULL: [why] is static text.
Message *wire_take(Wire *w, GPtrArray *frames, const char **why);
// Sends a letter through [socket]. FALSE: on a socket that says so (stdin), its reader is not
// connected.
gboolean wire_send(Wire *w, void *socket, const Letter *l);

// ---- sockets.c: the I/O thread ----

gboolean sockets_open(Kernel *k, char **why);
gpointer sockets_run(gpointer kernel);
// Puts a letter into the outbox. Takes [content]. Any thread.
void post_letter(Kernel *k, Channel c, Message *parent, const char *type, GString *content);
void post_whole_letter(Kernel *k, Letter *l);
void post_status(Kernel *k, Message *parent, const char *state);
void reply(Kernel *k, Message *to, GString *content);  // as "X_reply" to "X_request"
void sockets_wake(Kernel *k);
void say(Kernel *k, const char *format, ...) G_GNUC_PRINTF(2, 3);  // to the log

// ---- output.c: text on its way ----

enum { MERGE_US = 50 * 1000 };
typedef struct Segment {
    Message *parent;
    int fd;
    GString *text;
} Segment;
typedef struct Output {
    GPtrArray *segments;                  // of the last 50 ms, in order
    gint64 due;                           // when they go; 0: there are none
    gsize waiting;                        // bytes in them and in the outbox
    gsize said;                           // by the running cell
    gint64 held_from;                     // when it had said too much; 0: not yet
    GMutex pipe_lock;                     // one reader at a time
    int pipe[3], write_end[3], saved[3];  // by fd
    gboolean captured;
} Output;
gboolean output_start(Kernel *k);
void output_stop(Kernel *k);
void output_text(Kernel *k, int fd, const char *text, gsize length);
void output_seal_locked(Kernel *k);           // segments into the outbox
void output_capture(Kernel *k, gboolean on);  // fd 1 and 2 of the process
void output_drain_pipes(Kernel *k);
void output_throttle(Kernel *k);  // machine's thread: see output.c

// ---- the requests, on the machine's thread but where said ----

void execute_serve(AdjSession *s, AdjRequest *r);
void execute_front(Kernel *k);
void execute_input_reply(Kernel *k, Message *m);  // I/O thread
void complete_serve(AdjSession *s, AdjRequest *r);
void inspect_serve(AdjSession *s, AdjRequest *r);
void comm_serve(AdjSession *s, AdjRequest *r);
void comm_info_serve(AdjSession *s, AdjRequest *r);
void comm_front_event(void *self, const AdjCommEvent *e);
// I/O thread: the client of that session is gone, and with it its ends of comms.
void comm_client_gone(Kernel *k, const char *session);
// I/O thread.
void info_answer(Kernel *k, Message *m);
void is_complete_answer(Kernel *k, Message *m);
void history_answer(Kernel *k, Message *m);
GString *bundle_content(Kernel *k, const AdjBundle *b);  // "'data':{},'metadata':{}"

// ---- install.c ----

int kernel_install(const AdjKernelHost *host, int argc, char **argv);

// ---- the kernel ----

struct Kernel {
    const AdjKernelHost *host;
    AdjSession *session;
    AdjFront front;
    Endpoint endpoint;
    Wire wire;
    void *context, *sockets[CHANNELS];
    int wake_fd, log_fd;
    GPid parent;        // whose end is ours too; 0: nobody's
    gboolean is_child;  // of it, directly
    gboolean beside;    // a prompt runs in this process, whose terminal is not ours
    GThread *io;
    Letter *question;       // on stdin, for a client that has not connected there yet
    gint64 question_until;  // then it is given up
    AdjRequest farewell;    // what a client's shutdown posts to a prompt
    guint64 arrivals;
    GHashTable *comm_owners;  // id of a comm -> session of the client; the machine's thread

    GMutex lock;    // of what follows
    GQueue outbox;  // of Letter
    Output output;
    Message *running;       // whose cell runs or ran last
    guint64 aborted;        // cells that arrived up to here are dropped
    char *aborted_session;  // if they are of this client
    Message *answering;     // the comm message that is being served
    Message *asked;         // by whom input() is to be answered; NULL: nobody is asked
    char *answer;

    GString *payload;  // of the running cell: what its reply carries besides
    gboolean closing;  // the machine is done; atomic
    gint64 leave_by;   // when the process ends whatever the machine does
};
