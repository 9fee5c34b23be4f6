// SPDX-License-Identifier: Apache-2.0
// wire.h: the sockets of the Jupyter protocol, on a thread of their own.
//
// Signing, checking and parsing cost time that grows with the message; the main loop gets whole
// parsed messages and never touches a socket. The thread owns the sockets from birth to death.
// Two queues join it to the main loop: outgoing messages wake it through an eventfd, incoming
// ones wake a GSource that hands over a few milliseconds' worth per turn, so a flood of output
// cannot hold up a frame.
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

typedef enum {
    ADJ_UI_SHELL,
    ADJ_UI_CONTROL,
    ADJ_UI_STDIN,
    ADJ_UI_IOPUB,
    ADJ_UI_HEARTBEAT,
    ADJ_UI_CHANNELS
} AdjUiChannel;

// Where a session listens, as its connection file says.
typedef struct {
    char *transport, *ip, *key;
    int port[ADJ_UI_CHANNELS];
} AdjUiEndpoint;

// Reads a connection file. FALSE with a sentence in [error] if it is not one.
gboolean adj_ui_endpoint_read(AdjUiEndpoint *e, const char *path, GError **error);
// Chooses free ports and a fresh key and writes the file, for its owner's eyes only.
gboolean adj_ui_endpoint_create(AdjUiEndpoint *e, const char *path, GError **error);
void adj_ui_endpoint_clear(AdjUiEndpoint *e);

// A message with a good signature. All fields are owned by it.
typedef struct {
    AdjUiChannel channel;
    JsonObject *header, *parent, *metadata, *content;
    GPtrArray *buffers;  // of GBytes
} AdjUiMessage;

const char *adj_ui_message_type(const AdjUiMessage *m);
const char *adj_ui_message_id(const AdjUiMessage *m);
const char *adj_ui_message_parent(const AdjUiMessage *m);  // id of the request, or ""

typedef struct AdjUiWire AdjUiWire;
typedef void (*AdjUiArrival)(gpointer self, const AdjUiMessage *m);

// Connects to [e] (copied) and gives every message to [arrival] in the main loop.
AdjUiWire *adj_ui_wire_new(const AdjUiEndpoint *e, AdjUiArrival arrival, gpointer self);

// Ends the thread and forgets what was on its way. Waits for the thread, which takes a moment
// only: it never waits for the session.
void adj_ui_wire_free(AdjUiWire *w);

// Sends a message with [content] (taken) and an id of the caller's making. [metadata] and
// [parent], a header, may be NULL.
void adj_ui_wire_send(AdjUiWire *w, AdjUiChannel channel, const char *type, const char *id,
                      JsonObject *content, JsonObject *metadata, JsonObject *parent);

// Monotonic time of the last sign of life on any channel, in microseconds; 0 before the first.
gint64 adj_ui_wire_heard(AdjUiWire *w);
