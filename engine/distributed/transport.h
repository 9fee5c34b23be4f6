// SPDX-License-Identifier: Apache-2.0
// transport.h: what carries values between the processes of a group: a table of functions that
// a module of its own fills, so that neither the engine nor the program links a message
// library.
//
// Every call is collective: all processes of the group make the same calls in the same order,
// with the same counts. Functions answer false when the library reports an error, and write its
// sentence to [why].
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum AdjReduction {
    ADJ_REDUCE_SUM,
    ADJ_REDUCE_PRODUCT,
    ADJ_REDUCE_MIN,
    ADJ_REDUCE_MAX,
    ADJ_REDUCTIONS,
} AdjReduction;

typedef enum AdjElement {
    ADJ_ELEMENT_F32,
    ADJ_ELEMENT_F64,
    ADJ_ELEMENT_I32,
    ADJ_ELEMENT_I64,
    ADJ_ELEMENT_U8,
    ADJ_ELEMENTS,
} AdjElement;

enum { ADJ_WHY = 512 };
typedef struct AdjTransport {
    const char *name;  // "mpi"
    // Joins the group that a launcher started.
    bool (*start)(int *rank, int *size, char why[ADJ_WHY]);
    // data := reduction over all processes, element by element. With [request]: only begun;
    // [data] belongs to the transport until wait.
    bool (*reduce)(void *data, int64_t n, AdjElement type, AdjReduction how, void **request,
                   char why[ADJ_WHY]);
    bool (*wait)(void *request, char why[ADJ_WHY]);
    // Lets what was begun go on; costs little and waits for nothing.
    void (*progress)(void);
    // data := that of process [root].
    bool (*broadcast)(void *data, int64_t bytes, int root, char why[ADJ_WHY]);
    // all := the [bytes] of each process, one after another.
    bool (*gather)(const void *one, int64_t bytes, void *all, char why[ADJ_WHY]);
    bool (*barrier)(char why[ADJ_WHY]);
} AdjTransport;

// The one name that a module exports.
typedef const AdjTransport *(*AdjTransportEntry)(void);
#define ADJ_TRANSPORT_ENTRY "adj_transport"
__attribute__((visibility("default"))) const AdjTransport *adj_transport(void);
