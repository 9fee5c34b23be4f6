// SPDX-License-Identifier: Apache-2.0
// host.h: between the program and its kernel module. The module (libadjoint-kernel.so) is the
// only part that links ZeroMQ and GLib; it is opened by `adjoint kernel` and given a table of
// the session's functions, since a program does not export its own. Both are built together:
// the table's size is its version.
#pragma once
#include "session/front.h"
#include "session/history.h"

// What could be typed at a place, one call per item; strings are borrowed for the call.
typedef struct AdjOffer {
    const char *text, *kind, *signature;  // the latter two may be NULL
} AdjOffer;
typedef struct AdjOffers {
    void *self;
    void (*offer)(void *self, const AdjOffer *offer);
    size_t start, end;  // out: the bytes of the text that an offer replaces
} AdjOffers;

// Each row: result, name in the table, function of the session, parameters.
#define ADJ_KERNEL_HOST(X)                                                                    \
    X(void, attach, adj_session_attach, (AdjSession * s, AdjFront * f))                       \
    X(void, detach, adj_session_detach, (AdjSession * s, AdjFront * f))                       \
    X(void, execute, adj_session_execute,                                                     \
      (AdjSession * s, const AdjCellText *cell, AdjOutcome *out))                             \
    X(bool, evaluate, adj_session_evaluate,                                                   \
      (AdjSession * s, const char *text, size_t length, AdjBundle *out, AdjOutcome *failure)) \
    X(void, outcome_free, adj_outcome_free, (AdjOutcome * o))                                 \
    X(void, bundle_free, adj_bundle_free, (AdjBundle * b))                                    \
    X(bool, is_binary, adj_mime_is_binary, (const char *type))                                \
    X(void, post_cell, adj_session_post_cell, (AdjSession * s, AdjRequest * r))               \
    X(void, post_urgent, adj_session_post_urgent, (AdjSession * s, AdjRequest * r))           \
    X(void, serve, adj_session_serve, (AdjSession * s))                                       \
    X(bool, wait, adj_session_wait, (AdjSession * s))                                         \
    X(void, wake, adj_session_wake, (AdjSession * s))                                         \
    X(void, interrupt, adj_session_interrupt, (AdjSession * s))                               \
    X(void, leave, adj_session_leave, (AdjSession * s))                                       \
    X(bool, comm_take, adj_comm_take,                                                         \
      (AdjSession * s, AdjFront * front, const AdjCommEvent *event))                          \
    X(void, comm_each, adj_comm_each,                                                         \
      (AdjSession * s, const char *target, void (*each)(void *self, const AdjComm *c),        \
       void *self))                                                                           \
    X(void, offers, offers_at,                                                                \
      (AdjSession * s, const char *text, size_t length, size_t cursor, AdjOffers *out))       \
    X(char *, inspect, adj_session_inspect,                                                   \
      (AdjSession * s, const char *text, size_t length, size_t cursor, bool source))          \
    X(bool, incomplete, adj_parse_incomplete, (const char *text, size_t length))              \
    X(bool, block_open, adj_parse_block_open, (const char *text, size_t length))              \
    X(bool, well_formed, well_formed, (const char *text, size_t length))                      \
    X(void, past_tail, adj_past_tail, (AdjPast * p, int n, AdjPastEach each, void *self))     \
    X(void, past_range, adj_past_range,                                                       \
      (AdjPast * p, int session, int start, int stop, AdjPastEach each, void *self))          \
    X(void, past_search, adj_past_search,                                                     \
      (AdjPast * p, const char *pattern, int n, bool unique, AdjPastEach each, void *self))

typedef struct AdjKernelHost {
    size_t size;          // of this table
    const char *program;  // absolute path of adjoint
    const char *version;
    // Makes the session; NULL: no memory. Called once at most.
    AdjSession *(*session)(void);
#define MEMBER(result, name, function, parameters) result(*name) parameters;
    ADJ_KERNEL_HOST(MEMBER)
#undef MEMBER
} AdjKernelHost;

// The module's one exported function: everything behind `adjoint kernel`. The exit status.
#define ADJ_KERNEL_ENTRY "adj_kernel_main"
typedef int (*AdjKernelEntry)(const AdjKernelHost *host, int argc, char **argv);

// host.c: opens the module and calls it. The exit status.
int adj_kernel_run(int argc, char **argv, AdjSession *(*session)(void));
// %listen: clients may join the session of this prompt; [path] of the connection file, or NULL.
// False: an exception stands.
bool adj_kernel_listen(AdjSession *s, const char *path);
void adj_kernel_unlisten(void);  // before the session goes
