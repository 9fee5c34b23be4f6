// SPDX-License-Identifier: Apache-2.0
// distributed.c: what torch.distributed, which is written in the language, is built on: joining
// the group that a launcher started, its collective calls, and the reducer of a model.
#include "distributed/reducer.h"

#include "bind/bind.h"
#include "session/plugin.h"

#include <dlfcn.h>

// The module for MPI is opened only where a launcher started several processes.
static const AdjTransport *open_transport(AdjVM *vm)
{
    char why[400] = "";
    void *library = adj_plugin_open("libadjoint-mpi.so", "engine/distributed", "ADJOINT_MPI",
                                    why, sizeof why);
    AdjTransportEntry entry =
        library ? (AdjTransportEntry)dlsym(library, ADJ_TRANSPORT_ENTRY) : NULL;
    if (entry) return entry();
    adj_raise(vm, ADJ_EXC_RuntimeError,
              "several processes need libadjoint-mpi.so, which is built where the development "
              "files of MPI are installed (./bootstrap deps): %s",
              why);
    return NULL;
}

static bool f_join(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)a, (void)n;
    const AdjTransport *transport = NULL;
    if (adj_group_is_launched() && !(transport = open_transport(vm))) return false;
    if (!adj_group_join(transport)) return adj_bind_error(vm);
    return adj_out_none(out);
}

static bool f_rank(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)vm, (void)a, (void)n;
    return adj_out_int(out, adj_group()->rank);
}

static bool f_size(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)vm, (void)a, (void)n;
    return adj_out_int(out, adj_group()->size);
}

static AdjTensor *get_tensor(AdjVM *vm, const char *function, AdjVal v)
{
    if (adj_is_tensor(v)) return adj_tensor_of(v);
    adj_raise(vm, ADJ_EXC_TypeError, "%s: expected a Tensor, got %s", function,
              adj_type_name(v));
    return NULL;
}

static bool f_reduce(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    AdjTensor *x = get_tensor(vm, "all_reduce", a[0]);
    int64_t how;
    if (!x || !adj_get_int(vm, a[1], &how)) return false;
    if (how < 0 || how >= ADJ_REDUCTIONS)
        return adj_raise(vm, ADJ_EXC_ValueError, "all_reduce: op must be one of ReduceOp");
    return adj_group_reduce(x, (AdjReduction)how) ? adj_out_none(out) : adj_bind_error(vm);
}

static bool f_broadcast(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    AdjTensor *x = get_tensor(vm, "broadcast", a[0]);
    int64_t root;
    if (!x || !adj_get_int(vm, a[1], &root)) return false;
    return adj_group_broadcast(x, (int)root) ? adj_out_none(out) : adj_bind_error(vm);
}

static bool f_gather(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    AdjTensor *x = get_tensor(vm, "all_gather", a[0]);
    return x && adj_bind_tensor(vm, adj_group_gather(x), out);
}

static bool f_barrier(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)a, (void)n;
    return adj_group_barrier() ? adj_out_none(out) : adj_bind_error(vm);
}

static bool f_reducer(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    AdjTensors params;
    double megabytes;
    if (!adj_bind_to_tensors(vm, "parameters", a[0], &params, false) ||
        !adj_get_double(vm, a[1], &megabytes))
        return false;
    int64_t id = adj_reducer_add(params, (int64_t)(megabytes * 1048576));
    return id ? adj_out_int(out, id) : adj_bind_error(vm);
}

static bool f_quiet(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    int64_t id;
    bool quiet;
    if (!adj_get_int(vm, a[0], &id) || !adj_val_truth(vm, a[1], &quiet)) return false;
    adj_reducer_quiet(id, quiet);
    return adj_out_none(out);
}

static bool f_drop(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    int64_t id;
    if (!adj_get_int(vm, a[0], &id)) return false;
    adj_reducer_remove(id);
    return adj_out_none(out);
}

static const AdjNative functions[] = {
    {"_join", "()", f_join, "Joins the processes that a launcher started.", 0},
    {"_rank", "()", f_rank, "This process's number.", 0},
    {"_size", "()", f_size, "How many there are.", 0},
    {"_reduce", "(tensor, op)", f_reduce, "The tensor becomes its reduction over all.", 0},
    {"_broadcast", "(tensor, src)", f_broadcast, "The tensor becomes that of process src.", 0},
    {"_gather", "(tensor)", f_gather, "The tensors of all, stacked.", 0},
    {"_barrier", "()", f_barrier, "Waits until all have come here.", 0},
    {"_reducer", "(parameters, bucket_cap_mb)", f_reducer,
     "From now on, backward leaves the mean of all processes' gradients. Its number.", 0},
    {"_quiet", "(reducer, quiet)", f_quiet, "Whether gradients stay on each process.", 0},
    {"_drop", "(reducer)", f_drop, "Ends a reducer.", 0},
    {0},
};

bool adj_bind_install_distributed(AdjVM *vm)
{
    AdjVal module;
    if (!adj_vm_import(vm, "torch.distributed", &module)) return false;
    bool ok = adj_vm_add_functions(vm, ((AdjModuleObj *)module.o)->dict, functions,
                                   "torch.distributed");
    adj_val_drop(module);
    return ok;
}
