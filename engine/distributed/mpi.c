// SPDX-License-Identifier: Apache-2.0
// mpi.c: libadjoint-mpi.so, the processes that mpirun or srun started, through MPI.
//
// MPI counts in int, so what is longer goes in portions. A process that ends well leaves the
// group at exit; one that fails must not, since leaving waits for the others, who wait for it:
// the launcher sees it go and ends them all.
#include "distributed/transport.h"

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

enum { PORTION = 1 << 28, PENDING = 64 };  // elements; requests at a time

typedef struct {
    MPI_Request request;
    bool used;
} Pending;

static struct {
    MPI_Comm group;
    Pending pending[PENDING];
} mpi;

static bool worked(int code, char why[ADJ_WHY])
{
    if (code == MPI_SUCCESS) return true;
    char text[MPI_MAX_ERROR_STRING];
    int length = 0;
    MPI_Error_string(code, text, &length);
    snprintf(why, ADJ_WHY, "MPI: %.*s", length, text);
    return false;
}

static void leave(int status, void *unused)
{
    (void)unused;
    int over = 0;
    MPI_Finalized(&over);
    if (status == 0 && !over) MPI_Finalize();
}

static bool start(int *rank, int *size, char why[ADJ_WHY])
{
    int begun = 0, level = 0;
    MPI_Initialized(&begun);
    if (!begun && !worked(MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level), why))
        return false;
    if (!begun) on_exit(leave, NULL);
    // A communicator of our own: nobody else's messages can meet ours in it.
    if (!worked(MPI_Comm_dup(MPI_COMM_WORLD, &mpi.group), why)) return false;
    MPI_Comm_set_errhandler(mpi.group, MPI_ERRORS_RETURN);
    return worked(MPI_Comm_rank(mpi.group, rank), why) &&
           worked(MPI_Comm_size(mpi.group, size), why);
}

static MPI_Datatype type_of(AdjElement e)
{
    const MPI_Datatype types[ADJ_ELEMENTS] = {[ADJ_ELEMENT_F32] = MPI_FLOAT,
                                              [ADJ_ELEMENT_F64] = MPI_DOUBLE,
                                              [ADJ_ELEMENT_I32] = MPI_INT32_T,
                                              [ADJ_ELEMENT_I64] = MPI_INT64_T,
                                              [ADJ_ELEMENT_U8] = MPI_UINT8_T};
    return types[e];
}

static MPI_Op op_of(AdjReduction r)
{
    const MPI_Op ops[ADJ_REDUCTIONS] = {[ADJ_REDUCE_SUM] = MPI_SUM,
                                        [ADJ_REDUCE_PRODUCT] = MPI_PROD,
                                        [ADJ_REDUCE_MIN] = MPI_MIN,
                                        [ADJ_REDUCE_MAX] = MPI_MAX};
    return ops[r];
}

static Pending *free_place(void)
{
    for (int i = 0; i < PENDING; i++)
        if (!mpi.pending[i].used) return &mpi.pending[i];
    return NULL;
}

// Begun where a place is free and one portion will do; else done at once, without a request.
static bool reduce(void *data, int64_t n, AdjElement type, AdjReduction how, void **request,
                   char why[ADJ_WHY])
{
    static const size_t sizes[ADJ_ELEMENTS] = {4, 8, 4, 8, 1};
    Pending *place = request && n <= PORTION ? free_place() : NULL;
    if (request) *request = place;
    if (place) {
        place->used = true;
        return worked(MPI_Iallreduce(MPI_IN_PLACE, data, (int)n, type_of(type), op_of(how),
                                     mpi.group, &place->request),
                      why);
    }
    char *at = data;
    for (int64_t done = 0; done < n; done += PORTION) {
        int portion = (int)(n - done < PORTION ? n - done : PORTION);
        if (!worked(MPI_Allreduce(MPI_IN_PLACE, at + (size_t)done * sizes[type], portion,
                                  type_of(type), op_of(how), mpi.group),
                    why))
            return false;
    }
    return true;
}

static bool wait_for(void *request, char why[ADJ_WHY])
{
    Pending *place = request;
    if (!place) return true;
    place->used = false;
    return worked(MPI_Wait(&place->request, MPI_STATUS_IGNORE), why);
}

static void progress(void)
{
    for (int i = 0; i < PENDING; i++) {
        int done = 0;
        if (mpi.pending[i].used)
            MPI_Request_get_status(mpi.pending[i].request, &done, MPI_STATUS_IGNORE);
    }
}

static bool broadcast(void *data, int64_t bytes, int root, char why[ADJ_WHY])
{
    char *at = data;
    for (int64_t done = 0; done < bytes; done += PORTION) {
        int portion = (int)(bytes - done < PORTION ? bytes - done : PORTION);
        if (!worked(MPI_Bcast(at + done, portion, MPI_BYTE, root, mpi.group), why))
            return false;
    }
    return true;
}

static bool gather(const void *one, int64_t bytes, void *all, char why[ADJ_WHY])
{
    if (bytes > INT32_MAX) {
        snprintf(why, ADJ_WHY, "MPI: %lld bytes of each process are too many for one message",
                 (long long)bytes);
        return false;
    }
    return worked(
        MPI_Allgather(one, (int)bytes, MPI_BYTE, all, (int)bytes, MPI_BYTE, mpi.group), why);
}

static bool barrier(char why[ADJ_WHY])
{
    return worked(MPI_Barrier(mpi.group), why);
}

const AdjTransport *adj_transport(void)
{
    static const AdjTransport transport = {.name = "mpi",
                                           .start = start,
                                           .reduce = reduce,
                                           .wait = wait_for,
                                           .progress = progress,
                                           .broadcast = broadcast,
                                           .gather = gather,
                                           .barrier = barrier};
    return &transport;
}
