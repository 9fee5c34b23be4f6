// SPDX-License-Identifier: Apache-2.0
// tensorboard.c: what torch.utils.tensorboard, which is written in the language, is built on:
// _write appends one event to a file, _read gives all events of one.
#include "io/tensorboard.h"
#include "bind/bind.h"

static const char *const kinds[] = {
    [ADJ_EVENT_NONE] = "",         [ADJ_EVENT_VERSION] = "version",
    [ADJ_EVENT_SCALAR] = "scalar", [ADJ_EVENT_HISTOGRAM] = "histogram",
    [ADJ_EVENT_IMAGE] = "image",   [ADJ_EVENT_TEXT] = "text",
    [ADJ_EVENT_GRAPH] = "graph",
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static bool wrong(AdjVM *vm, const char *what, AdjVal v)
{
    return adj_raise(vm, ADJ_EXC_TypeError, "SummaryWriter: %s, got %s", what,
                     adj_type_name(v));
}

// The value by the event's kind: a number, a tensor or a text.
static bool read_value(AdjVM *vm, AdjVal v, AdjEvent *e)
{
    if (e->kind == ADJ_EVENT_SCALAR) return adj_get_double(vm, v, &e->scalar);
    if (e->kind == ADJ_EVENT_TEXT) {
        if (!adj_is_str(v)) return wrong(vm, "a text must be a str", v);
        e->text = adj_as_str(v)->data;
    } else if (e->kind == ADJ_EVENT_HISTOGRAM || e->kind == ADJ_EVENT_IMAGE) {
        if (!adj_is_tensor(v)) return wrong(vm, "values must be a Tensor", v);
        e->values = adj_tensor_of(v);
    }
    return true;
}

// value is (model, args): what one call of it computes.
static bool write_graph(AdjVM *vm, AdjVal v, const char *path, AdjEvent *e)
{
    AdjTrace trace = {0};
    AdjTuple *pair = adj_as_tuple(v), *args = adj_as_tuple(pair->items[1]);
    AdjVal result;
    bool grad = adj_set_grad_enabled(false);
    bool ok = adj_trace_begin(&trace) || adj_bind_error(vm);
    if (ok) {
        ok = adj_vm_call(vm, pair->items[0], args->items, (int)args->len, NULL, &result);
        if (ok) adj_val_drop(result);
        if (!adj_trace_end(&trace)) ok = adj_bind_error(vm);
    }
    adj_set_grad_enabled(grad);
    e->trace = &trace;
    ok = ok && (adj_event_write(path, e) || adj_bind_error(vm));
    adj_trace_free(&trace);
    return ok;
}

static bool f_write(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    AdjEvent e = {.kind = ADJ_EVENT_NONE};
    if (!adj_is_str(a[0]) || !adj_is_str(a[1]) || !adj_is_str(a[4]))
        return wrong(vm, "a tag must be a str", a[4]);
    for (int k = 1; k < KINDS; k++)
        if (adj_str_is(adj_as_str(a[1]), kinds[k])) e.kind = (AdjEventKind)k;
    e.tag = adj_as_str(a[4])->data;
    if (!adj_get_double(vm, a[2], &e.wall) || !adj_get_int(vm, a[3], &e.step) ||
        !read_value(vm, a[5], &e))
        return false;
    const char *path = adj_as_str(a[0])->data;
    bool ok = e.kind == ADJ_EVENT_GRAPH ? write_graph(vm, a[5], path, &e)
                                        : adj_event_write(path, &e) || adj_bind_error(vm);
    return ok && adj_out_none(out);
}

// ---------------------------------------------------------------- reading

static bool set(AdjVM *vm, AdjDict *d, const char *name, AdjVal v)
{
    bool ok = !adj_is_undef(v) && adj_dict_set_c(vm, d, name, v);
    adj_val_drop(v);
    return ok;
}

static bool set_tensor(AdjVM *vm, AdjDict *d, const char *name, AdjTensor *t)
{
    AdjVal v;
    return adj_bind_tensor(vm, t, &v) && set(vm, d, name, v);
}

static bool fill(AdjVM *vm, AdjDict *d, const AdjEvent *e)
{
    bool ok = set(vm, d, "kind", adj_obj_val(adj_str_new_c(vm, kinds[e->kind]))) &&
              set(vm, d, "tag", adj_obj_val(adj_str_new_c(vm, e->tag ? e->tag : ""))) &&
              set(vm, d, "step", adj_int_val(e->step)) &&
              set(vm, d, "wall_time", adj_float_val(e->wall));
    if (e->kind == ADJ_EVENT_SCALAR) return ok && set(vm, d, "value", adj_float_val(e->scalar));
    if (e->text) return ok && set(vm, d, "value", adj_obj_val(adj_str_new_c(vm, e->text)));
    if (e->kind == ADJ_EVENT_IMAGE)
        return ok && set(vm, d, "height", adj_int_val(e->height)) &&
               set(vm, d, "width", adj_int_val(e->width)) &&
               set(vm, d, "channels", adj_int_val(e->channels));
    if (e->kind != ADJ_EVENT_HISTOGRAM) return ok;
    return ok && set(vm, d, "min", adj_float_val(e->min)) &&
           set(vm, d, "max", adj_float_val(e->max)) &&
           set(vm, d, "num", adj_float_val(e->num)) &&
           set(vm, d, "sum", adj_float_val(e->sum)) &&
           set(vm, d, "sum_squares", adj_float_val(e->sum_squares)) &&
           set_tensor(vm, d, "bucket_limit", e->limits) &&
           set_tensor(vm, d, "bucket", e->counts);
}

static bool read_all(AdjVM *vm, AdjEventReader *r, AdjList *list)
{
    for (;;) {
        ADJ_SCOPE;
        AdjEvent e;
        int more = adj_event_read(r, &e);
        if (more < 0) return adj_bind_error(vm);
        if (more == 0) return true;
        AdjDict *d = adj_dict_new(vm);
        if (!d) return false;
        bool ok = fill(vm, d, &e) && adj_list_append(vm, list, adj_obj_val(d));
        adj_obj_drop(d);
        if (!ok) return false;
    }
}

static bool f_read(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    if (!adj_is_str(a[0])) return wrong(vm, "the path must be a str", a[0]);
    AdjEventReader *r = adj_event_open(adj_as_str(a[0])->data);
    if (!r) return adj_bind_error(vm);
    AdjList *list = adj_list_new(vm, 16);
    bool ok = list && read_all(vm, r, list);
    adj_event_close(r);
    if (ok) return adj_out(out, list);
    adj_obj_drop(list);
    return false;
}

static const AdjNative functions[] = {
    {"_write", "(path, kind, wall_time, step, tag, value)", f_write,
     "Appends one event to the file.", 0},
    {"_read", "(path)", f_read, "The events of the file as dicts.", 0},
    {0},
};

bool adj_bind_install_tensorboard(AdjVM *vm)
{
    AdjVal module;
    if (!adj_vm_import(vm, "torch.utils.tensorboard", &module)) return false;
    bool ok = adj_vm_add_functions(vm, ((AdjModuleObj *)module.o)->dict, functions,
                                   "torch.utils.tensorboard");
    adj_val_drop(module);
    return ok;
}
