// SPDX-License-Identifier: Apache-2.0
// device.c: torch.device, the place where new tensors are made, and what torch.cuda asks of
// GPUs.
#include "bind/bind.h"

typedef struct {
    AdjObj head;
    char kind[8];             // "cpu", "cuda", "mps"
    int index;                // -1: the one in use
    const AdjDevice *before;  // of the with statement that runs
} DeviceObj;

static AdjType device_type;

static DeviceObj *device_of(AdjVal v)
{
    return (DeviceObj *)v.o;
}

// ---------------------------------------------------------------- values

// "cuda:1" into its parts; false for what is no device's name.
static bool parse(const char *text, char *kind, int *index)
{
    static const char *const kinds[] = {"cpu", "cuda", "mps"};
    size_t n = strcspn(text, ":");
    *index = -1;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strlen(kinds[i]) != n || strncmp(kinds[i], text, n)) continue;
        int end = 0;
        strcpy(kind, kinds[i]);
        if (!text[n]) return true;
        return sscanf(text + n, ":%d%n", index, &end) == 1 && !text[n + (size_t)end] &&
               *index >= 0;
    }
    return false;
}

static bool device_new(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    AdjVal text;
    char kind[8] = "cuda";
    int index = -1;
    int64_t number;
    bool given = !adj_is_unset(a[2]);
    if (given && !adj_get_int(vm, a[2], &number)) return false;
    if (adj_is_int(a[1])) {
        index = (int)a[1].i;
    } else {
        if (!adj_val_str(vm, a[1], &text)) return false;
        bool known = parse(adj_as_str(text)->data, kind, &index);
        if (!known) {
            adj_raise(
                vm, ADJ_EXC_RuntimeError,
                "Expected one of cpu, cuda, mps device type at start of device string: %s",
                adj_as_str(text)->data);
        }
        adj_val_drop(text);
        if (!known) return false;
    }
    DeviceObj *d = adj_obj_new(vm, &device_type);
    if (!d) return false;
    strcpy(d->kind, kind);
    d->index = given ? (int)number : index;
    return adj_out(out, d);
}

static bool device_repr(AdjVM *vm, AdjVal self, AdjVal *out)
{
    DeviceObj *d = device_of(self);
    if (d->index < 0) return adj_out(out, adj_str_format(vm, "device(type='%s')", d->kind));
    return adj_out(out, adj_str_format(vm, "device(type='%s', index=%d)", d->kind, d->index));
}

static bool device_str(AdjVM *vm, AdjVal self, AdjVal *out)
{
    DeviceObj *d = device_of(self);
    if (d->index < 0) return adj_out(out, adj_str_new_c(vm, d->kind));
    return adj_out(out, adj_str_format(vm, "%s:%d", d->kind, d->index));
}

static bool device_kind(AdjVM *vm, AdjVal self, AdjVal *out)
{
    return adj_out(out, adj_str_new_c(vm, device_of(self)->kind));
}

static bool device_index(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    int index = device_of(self)->index;
    return index < 0 ? adj_out_none(out) : adj_out_int(out, index);
}

static bool device_compare(AdjVM *vm, AdjCompare op, AdjVal a, AdjVal b, AdjVal *out)
{
    (void)vm;
    if (!adj_is_exact(a, &device_type) || !adj_is_exact(b, &device_type) ||
        (op != ADJ_C_EQ && op != ADJ_C_NE))
        return adj_out_notimpl(out);
    bool same = !strcmp(device_of(a)->kind, device_of(b)->kind) &&
                device_of(a)->index == device_of(b)->index;
    return adj_out_bool(out, same == (op == ADJ_C_EQ));
}

static bool device_hash(AdjVM *vm, AdjVal self, int64_t *out)
{
    (void)vm;
    *out = device_of(self)->kind[0] * 1000 + device_of(self)->index;
    return true;
}

bool adj_bind_device(AdjVM *vm, AdjVal v, const AdjDevice **out)
{
    AdjVal text;
    char title[32];
    *out = NULL;
    if (adj_is_unset(v)) return true;
    if (adj_is_int(v)) {
        snprintf(title, sizeof title, "cuda:%d", (int)v.i);
        *out = adj_device_find(title);
    } else {
        if (!adj_val_str(vm, v, &text)) return false;
        *out = adj_device_find(adj_as_str(text)->data);
        adj_val_drop(text);
    }
    return *out || adj_bind_error(vm);
}

bool adj_bind_is_device(AdjVal v)
{
    char kind[8];
    int index;
    return adj_is_exact(v, &device_type) ||
           (adj_is_str(v) && parse(adj_as_str(v)->data, kind, &index));
}

bool adj_bind_device_of(AdjVM *vm, const AdjTensor *t, AdjVal *out)
{
    const AdjDevice *d = adj_device_of(t);
    DeviceObj *o = adj_obj_new(vm, &device_type);
    if (!o) return false;
    snprintf(o->kind, sizeof o->kind, "%s", d->name);
    o->index = d == &adj_cpu ? -1 : d->index;
    return adj_out(out, o);
}

// ---------------------------------------------------------------- where tensors are made

static bool device_enter(AdjVM *vm, AdjVal self, AdjVal *out)
{
    const AdjDevice *d;
    if (!adj_bind_device(vm, self, &d)) return false;
    device_of(self)->before = adj_device_use(d);
    return adj_out_keep(out, self);
}

static bool device_leave(AdjVM *vm, AdjVal self, AdjVal error, bool *swallow)
{
    (void)vm, (void)error;
    adj_device_use(device_of(self)->before);
    *swallow = false;
    return true;
}

static bool f_set_default_device(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    const AdjDevice *d;
    if (!adj_bind_device(vm, a[0], &d)) return false;
    adj_device_use(d ? d : &adj_cpu);
    return adj_out_none(out);
}

static bool f_get_default_device(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)a, (void)n;
    const AdjDevice *d = adj_thread.device;
    DeviceObj *o = adj_obj_new(vm, &device_type);
    if (!o) return false;
    snprintf(o->kind, sizeof o->kind, "%s", d->name);
    o->index = d == &adj_cpu ? -1 : d->index;
    return adj_out(out, o);
}

// ---------------------------------------------------------------- questions

static bool f_count(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)a, (void)n, (void)vm;
    char why[512];
    return adj_out_int(out, adj_device_count("cuda", why, sizeof why));
}

static bool f_wait(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    const AdjDevice *d;
    if (!adj_bind_device(vm, a[0], &d)) return false;
    return adj_device_wait(d ? d->title : "cuda") ? adj_out_none(out) : adj_bind_error(vm);
}

// (now, most, reserved, most reserved, free, total)
static bool f_memory(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    const AdjDevice *d;
    AdjMemoryUse use;
    if (!adj_bind_device(vm, a[0], &d)) return false;
    if (!adj_device_memory(d ? d->title : "cuda", &use)) return adj_bind_error(vm);
    int64_t values[] = {use.now,           use.most, use.reserved,
                        use.most_reserved, use.free, use.total};
    AdjTuple *t = adj_tuple_new(vm, 6);
    for (int i = 0; t && i < 6; i++) t->items[i] = adj_int_val(values[i]);
    return adj_out(out, t);
}

static bool f_trim(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    const AdjDevice *d;
    bool peaks;
    if (!adj_bind_device(vm, a[0], &d) || !adj_val_truth(vm, a[1], &peaks)) return false;
    const char *title = d ? d->title : "cuda";
    bool ok = peaks ? adj_device_reset_peak(title) : adj_device_trim(title);
    return ok ? adj_out_none(out) : adj_bind_error(vm);
}

static bool f_model(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    const AdjDevice *d;
    if (!adj_bind_device(vm, a[0], &d)) return false;
    const char *name = adj_device_model(d ? d->title : "cuda");
    return name ? adj_out(out, adj_str_new_c(vm, name)) : adj_bind_error(vm);
}

// The rows that the host computes for every device.
static bool f_hosted_rows(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)a, (void)n;
    AdjList *list = adj_list_new(vm, 0);
    for (int i = 0; list && adj_ops[i]; i++) {
        if (!adj_ops[i]->hosted) continue;
        AdjStr *name = adj_str_new_c(vm, adj_ops[i]->name);
        if (!name || !adj_list_append_take(vm, list, adj_obj_val(name))) {
            adj_obj_drop(list);
            return false;
        }
    }
    return adj_out(out, list);
}

static const AdjNative device_make = {"device", "(cls, type, index=None)", device_new,
                                      "A place for tensors; in a with statement, where new "
                                      "ones are made.",
                                      0};
static const AdjAttr device_attrs[] = {
    {"type", device_kind, NULL, "cpu or cuda."},
    {"index", device_index, NULL, "Which of them, or None for the one in use."},
    {0},
};
static AdjType device_type = {.name = "torch.device",
                              .size = sizeof(DeviceObj),
                              .make = &device_make,
                              .attrs = device_attrs,
                              .repr = device_repr,
                              .str = device_str,
                              .compare = device_compare,
                              .hash = device_hash,
                              .enter = device_enter,
                              .leave = device_leave};

static const AdjNative functions[] = {
    {"set_default_device", "(device)", f_set_default_device,
     "Where new tensors are made from now on; None is the CPU.", 0},
    {"get_default_device", "()", f_get_default_device, "Where new tensors are made.", 0},
    {"_cuda_count", "()", f_count, "Number of GPUs.", 0},
    {"_cuda_wait", "(device=None)", f_wait, "Waits for a GPU.", 0},
    {"_cuda_memory", "(device=None)", f_memory, "Bytes of a GPU's memory.", 0},
    {"_cuda_trim", "(device=None, peaks=False)", f_trim, "Gives back, or forgets peaks.", 0},
    {"_hosted_rows", "()", f_hosted_rows, "Rows without kernels for GPUs.", 0},
    {"_cuda_model", "(device=None)", f_model, "A GPU's name.", 0},
    {0},
};

bool adj_bind_install_device(AdjVM *vm, AdjBindNames *n)
{
    return adj_type_ready(&device_type) &&
           adj_dict_set_c(vm, n->torch, "device", adj_obj_val(&device_type)) &&
           adj_vm_add_functions(vm, n->torch, functions, "torch");
}
