// SPDX-License-Identifier: Apache-2.0
// watching.h: the requests of docs/protocol.md, between the files that answer them. Each
// answers with the fields of its reply, or raises an exception, which becomes the reply's
// error.
//
// Requests are served at safe points of a running program, on its thread. Whatever one computes
// happens aside: no tape, no record, no random number and no error of the program's changes.
#pragma once
#include "observe/answer.h"
#include "observe/install.h"
#include "session/session.h"

struct AdjClient;
typedef struct AdjRequestCall {
    AdjSession *session;
    AdjVM *vm;
    struct AdjClient *client;  // whose comm it came over; NULL: from the program itself
    AdjAsk ask;
    AdjAnswerText *out;
    bool draws;  // set by a request whose very purpose is to change the random numbers
} AdjRequestCall;

#define REQUEST(name) bool adj_request_##name(AdjRequestCall *c);
#include "observe/requests.def"
#undef REQUEST

// The reply to one request, in malloc'ed memory; NULL without memory.
char *adj_observe_answer(AdjSession *s, struct AdjClient *client, const char *json,
                         size_t length);

// names.c: paths and values. The value of "net.0.weight", "batch[0]": names, attributes,
// children, constant indices. Raises a KeyError that names what was not found.
bool adj_observe_value(AdjVM *vm, const char *text, AdjVal *out);
bool adj_observe_tensor(AdjVM *vm, const char *text, AdjTensor **out);  // kept by its variable
bool adj_observe_module(AdjVM *vm, const char *text, AdjModule **out);
// Names of all tensors that variables and modules of the main program hold, made once for a
// request.
typedef struct AdjLeafName {
    const AdjTensor *tensor;
    const char *name;  // of the scope
} AdjLeafName;
typedef struct AdjLeafNames {
    int n, room;
    AdjLeafName *at;
} AdjLeafNames;
void adj_leaf_names(AdjVM *vm, AdjLeafNames *out);                         // at: of the scope
const char *adj_leaf_name(const AdjLeafNames *names, const AdjTensor *t);  // NULL: none
// Every module that a variable holds and all below, or below one path, depth first.
typedef struct AdjModuleAt {
    const char *path, *name;  // of the scope
    AdjModule *module;
    int parent, depth;
} AdjModuleAt;
typedef struct AdjModulesAt {
    int n, room;
    AdjModuleAt *at;
} AdjModulesAt;
bool adj_module_list(AdjVM *vm, const char *root, AdjModulesAt *out);
const char *adj_module_class(const AdjModule *m);
// Whether [path] is [root] or below it.
bool adj_path_is_below(const char *path, const char *root);

// Evaluates an expression of the main program with fresh engine state: the tape on if [grad].
// The result must be one number: a tensor with one element (kept by the scope).
bool adj_observe_evaluate(AdjVM *vm, const char *code, bool grad, AdjTensor **out);

// An expression as a function of the program's tensors: every evaluation starts from the same
// random numbers.
typedef struct AdjScalarCode {
    AdjVM *vm;
    const char *code;
    AdjTensor *random;  // borrowed
} AdjScalarCode;
bool adj_scalar_code_value(const AdjScalarCode *f, double *out);
// One element of a tensor of float32 or float64: its place in the storage, -1 when there is
// none, and what stands there.
int64_t adj_element_place(const AdjTensor *t, const int64_t *at);
double adj_element_read(const AdjTensor *t, int64_t k);
void adj_element_write(AdjTensor *t, int64_t k, double v);

// A direction scaled filter by filter to the norm of the weights (Li, Xu, Taylor, Studer and
// Goldstein 2018); vectors (biases, scales) stay where they are. Of the scope.
AdjTensor *adj_filter_direction(AdjTensor *p, AdjTensor *raw);
// Follows the parameters of the request's module, or those that are updated, from now on
// (engine/observe/path.h).
bool adj_observe_follow(AdjRequestCall *c);

// One row of the trace as the document has it.
struct AdjRecord;
void adj_say_op(AdjAnswerText *o, const struct AdjRecord *r, int i, const AdjLeafNames *names);
void adj_put_findings(AdjAnswerText *o, const char *path);  // NULL: all
void adj_put_trends(AdjAnswerText *o);

void adj_observe_forget_walk(void);        // walk.c: lets go of what a walk keeps
void adj_observe_forget_projection(void);  // projection.c: lets go of a projection
void adj_observe_forget_slice(void);       // slice.c: lets go of its plane
void adj_observe_forget_wiggle(void);      // wiggle.c: lets go of what it wiggles with

// client.c: the other end of a comm, with its subscriptions.
void adj_observe_install_comm(AdjSession *s);
void adj_observe_listen(AdjSession *s, bool on);  // whether to hear where cells end
