// SPDX-License-Identifier: Apache-2.0
// comm.h: conversations beside the cells. A part of the program (observation, say) registers a
// target by name; a client of a front end opens a comm to it, and from then on both sides may
// send JSON texts with binary buffers behind them. The functions of a target run on the
// machine's thread at safe points, so they answer while a cell runs; they must be short, open a
// scope of their own for tensors, and leave no exception standing.
#pragma once
#include "session/session.h"

typedef struct AdjCommBuffer {
    const void *data;
    size_t length;
} AdjCommBuffer;

// What travels. All borrowed for the call.
typedef struct AdjCommData {
    const char *json;  // NUL-terminated text of a JSON value; NULL: {}
    size_t length;     // 0: strlen
    const AdjCommBuffer *buffers;
    int buffer_count;
} AdjCommData;

typedef struct AdjComm {
    AdjSession *session;
    const struct AdjCommTarget *target;
    struct AdjFront *front;  // through which its client is reached
    char *id;                // the client's name for it
    void *user;              // the target's own
    struct AdjComm *next;
} AdjComm;

// The functions may be NULL. [open] and [message] answer with the text of a JSON value in
// malloc'ed memory, which is sent back over the comm, or with NULL for no answer; an answer
// with buffers, or several, goes through adj_comm_send.
typedef struct AdjCommTarget {
    const char *name;
    void *self;
    char *(*open)(AdjComm *c, const AdjCommData *data);
    char *(*message)(AdjComm *c, const AdjCommData *data);
    void (*close)(AdjComm *c, const AdjCommData *data);  // the client or the front is gone
} AdjCommTarget;

// [t] is borrowed for the life of the session. False: no memory.
bool adj_comm_register(AdjSession *s, const AdjCommTarget *t);

// Sends over one comm. Machine's thread.
void adj_comm_send(AdjComm *c, const AdjCommData *data);
// Sends to every open comm of a target. Any thread.
void adj_comm_publish(AdjSession *s, const char *target, const char *json);
void adj_comm_publish_data(AdjSession *s, const char *target, const AdjCommData *data);
// Whether anybody would hear it: asked before anything costly is made. Any thread; one load.
bool adj_comm_listened(AdjSession *s);
// Ends it from this side.
void adj_comm_close(AdjComm *c, const AdjCommData *data);

// -- for front ends ---------------------------------------------------------------------------

typedef enum AdjCommAct { ADJ_COMM_OPEN, ADJ_COMM_MESSAGE, ADJ_COMM_CLOSE } AdjCommAct;

typedef struct AdjCommEvent {
    AdjCommAct act;
    const char *id, *target;
    AdjCommData data;
} AdjCommEvent;

// What a client of [front] sent. False: there is no such target (open) or no such comm.
bool adj_comm_take(AdjSession *s, struct AdjFront *front, const AdjCommEvent *event);
// Calls [each] for every open comm whose target's name is [target] (NULL: any).
void adj_comm_each(AdjSession *s, const char *target,
                   void (*each)(void *self, const AdjComm *c), void *self);
// Closes the comms of a front that goes.
void adj_comm_drop_front(AdjSession *s, struct AdjFront *front);
void adj_comm_free_all(AdjSession *s);
