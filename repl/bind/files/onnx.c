// SPDX-License-Identifier: Apache-2.0
// onnx.c: ONNX files in the language: onnx.load, onnx.load_tensor and torch.onnx.export.
#include "bind/bind.h"
#include "io/onnx/export.h"
#include "lang/syntax/ast.h"

static const char *path_of(AdjVM *vm, const char *function, AdjVal v)
{
    if (adj_is_str(v)) return adj_as_str(v)->data;
    return adj_raise_null(vm, ADJ_EXC_TypeError, "%s(): the path must be a str, not %s",
                          function, adj_type_name(v));
}

static bool f_load(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    const char *path = path_of(vm, "onnx.load", a[0]);
    return path && adj_bind_module(vm, adj_onnx_load(path), out);
}

static bool f_load_tensor(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    const char *path = path_of(vm, "onnx.load_tensor", a[0]);
    return path && adj_bind_tensor(vm, adj_onnx_load_tensor(path), out);
}

static const AdjNative reading[] = {
    {"load", "(f)", f_load, "The model in an ONNX file as a module.", 0},
    {"load_tensor", "(f)", f_load_tensor, "The tensor in a file of one ONNX TensorProto.", 0},
    {0},
};

// ---------------------------------------------------------------- export

typedef struct {
    AdjVM *vm;
    AdjVal model;
    AdjTrace trace;
    AdjOnnxExport e;
    AdjOnnxAxis *axes;
    int axis_room;
} Export;

// "train.py, line 12" for messages.
static const char *where(void *data, AdjPlace span)
{
    Export *x = data;
    struct AdjSource *source = adj_vm_source(x->vm, span.source);
    char *text = source ? adj_scope_memory(320) : NULL;
    if (!text) return NULL;
    snprintf(text, 320, "%s, line %u", source->name,
             adj_source_position(source, span.start).line);
    return text;
}

// The tensors in a tensor, list, tuple or dict, in their order.
static bool flatten(Export *x, AdjVal v, AdjTensors *to, int *room)
{
    if (adj_is_tensor(v)) {
        if (to->n == *room) {
            int wanted = *room ? *room * 2 : 16;
            AdjTensor **bigger = adj_scope_memory((size_t)wanted * sizeof *bigger);
            if (!bigger) return adj_bind_error(x->vm);
            if (to->n) memcpy(bigger, to->at, (size_t)to->n * sizeof *bigger);
            to->at = bigger;
            *room = wanted;
        }
        to->at[to->n++] = adj_tensor_of(v);
        return true;
    }
    if (adj_is_list(v) || adj_is_tuple(v)) {
        int64_t n = adj_is_list(v) ? adj_as_list(v)->len : adj_as_tuple(v)->len;
        AdjVal *items = adj_is_list(v) ? adj_as_list(v)->items : adj_as_tuple(v)->items;
        for (int64_t i = 0; i < n; i++)
            if (!flatten(x, items[i], to, room)) return false;
        return true;
    }
    if (adj_is_dict(v)) {
        AdjEntry *e;
        for (int64_t i = 0; (e = adj_dict_next(adj_as_dict(v), &i));)
            if (!flatten(x, e->value, to, room)) return false;
    }
    return true;
}

// The names given, then "input_0" and so on for the rest.
static const char **names(Export *x, AdjVal given, const char *what, int n)
{
    const char **to = adj_scope_memory((size_t)(n + 1) * sizeof *to);
    AdjList *list = adj_is_none(given) ? NULL : adj_list_of(x->vm, given);
    if (!to) return adj_bind_error(x->vm), NULL;
    if (!adj_is_none(given) && !list) return NULL;
    for (int i = 0; i < n; i++) {
        char *name = adj_scope_memory(256);
        if (!name) break;
        bool has = list && i < list->len && adj_is_str(list->items[i]);
        if (has)
            snprintf(name, 256, "%s", adj_as_str(list->items[i])->data);
        else
            snprintf(name, 256, "%s_%d", what, i);
        to[i] = name;
    }
    adj_obj_drop(list);
    return to;
}

static bool add_axis(Export *x, const char *name, AdjVal axis, AdjVal label)
{
    char *text = adj_scope_memory(256);
    if (!adj_is_int(axis) || !text) {
        return adj_raise(x->vm, ADJ_EXC_TypeError,
                         "export(): dynamic_axes must hold axes as int, not %s",
                         adj_type_name(axis));
    }
    if (adj_is_str(label))
        snprintf(text, 256, "%s", adj_as_str(label)->data);
    else
        snprintf(text, 256, "%s_axis_%lld", name, (long long)axis.i);
    if (x->e.n_axes == x->axis_room) {
        int wanted = x->axis_room ? x->axis_room * 2 : 16;
        AdjOnnxAxis *bigger = adj_scope_memory((size_t)wanted * sizeof *bigger);
        if (!bigger) return adj_bind_error(x->vm);
        if (x->e.n_axes) memcpy(bigger, x->axes, (size_t)x->e.n_axes * sizeof *bigger);
        x->axes = bigger;
        x->axis_room = wanted;
    }
    x->axes[x->e.n_axes++] = (AdjOnnxAxis){name, text, axis.i};
    x->e.axes = x->axes;
    return true;
}

// {"x": {0: "batch"}} or {"x": [0]}.
static bool read_axes(Export *x, AdjVal v)
{
    AdjEntry *e, *inner;
    if (adj_is_none(v)) return true;
    if (!adj_is_dict(v)) {
        return adj_raise(x->vm, ADJ_EXC_TypeError,
                         "export(): argument 'dynamic_axes' must be a dict from names to axes, "
                         "not %s",
                         adj_type_name(v));
    }
    for (int64_t i = 0; (e = adj_dict_next(adj_as_dict(v), &i));) {
        if (!adj_is_str(e->key)) return add_axis(x, "", e->key, ADJ_NONE);
        const char *name = adj_as_str(e->key)->data;
        if (adj_is_dict(e->value)) {
            for (int64_t k = 0; (inner = adj_dict_next(adj_as_dict(e->value), &k));)
                if (!add_axis(x, name, inner->key, inner->value)) return false;
            continue;
        }
        AdjList *list = adj_list_of(x->vm, e->value);
        bool ok = list != NULL;
        for (int64_t k = 0; ok && k < list->len; k++)
            ok = add_axis(x, name, list->items[k], ADJ_NONE);
        adj_obj_drop(list);
        if (!ok) return false;
    }
    return true;
}

// Remembers every module's mode and sets them all to eval, or puts them back.
static void set_modes(AdjModule *m, bool *modes, int *n, int room, bool restore)
{
    if (*n < room) {
        if (restore)
            m->training = modes[*n];
        else
            modes[*n] = m->training;
    }
    if (!restore) m->training = false;
    ++*n;
    for (int i = 0; i < m->n_children; i++)
        if (m->children[i].module) set_modes(m->children[i].module, modes, n, room, restore);
}

// One forward pass in eval mode under the trace.
static bool run_model(Export *x, AdjVal args, AdjVal *result)
{
    enum { MOST_MODULES = 65536 };
    AdjModule *m = adj_is_module(x->model) ? adj_module_of(x->model)->m : NULL;
    bool *modes = m ? adj_scope_memory(MOST_MODULES) : NULL;
    int n = 0;
    if (m && !modes) return adj_bind_error(x->vm);
    AdjTuple *list =
        adj_is_tuple(args) ? adj_obj_keep(adj_as_tuple(args)) : adj_tuple_from(x->vm, &args, 1);
    if (!list) return false;
    if (m) set_modes(m, modes, &n, MOST_MODULES, false);
    bool grad = adj_set_grad_enabled(false);
    x->trace.takes = adj_onnx_takes;
    bool ok = adj_trace_begin(&x->trace) || adj_bind_error(x->vm);
    if (ok) {
        ok = adj_vm_call(x->vm, x->model, list->items, (int)list->len, NULL, result);
        if (!adj_trace_end(&x->trace)) ok = adj_bind_error(x->vm);
    }
    adj_set_grad_enabled(grad);
    n = 0;
    if (m) set_modes(m, modes, &n, MOST_MODULES, true);
    adj_obj_drop(list);
    return ok;
}

static bool write(Export *x, AdjVal *a, AdjVal result)
{
    int in_room = 0, out_room = 0;
    if (!flatten(x, a[1], &x->e.in, &in_room) || !flatten(x, result, &x->e.out, &out_room))
        return false;
    const char *path = path_of(x->vm, "export", a[2]);
    x->e.in_names = names(x, a[3], "input", x->e.in.n);
    x->e.out_names = names(x, a[4], "output", x->e.out.n);
    if (!path || !x->e.in_names || !x->e.out_names || !read_axes(x, a[6])) return false;
    x->e.trace = &x->trace;
    x->e.module = adj_is_module(x->model) ? adj_module_of(x->model)->m : NULL;
    x->e.where = where;
    x->e.data = x;
    return adj_onnx_save(path, &x->e) || adj_bind_error(x->vm);
}

static bool f_export(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    Export x = {.vm = vm, .model = a[0], .e = {.opset = 17}};
    if (adj_is_int(a[5])) x.e.opset = a[5].i;
    if (x.e.opset < 17 || x.e.opset > 22) {
        return adj_raise(vm, ADJ_EXC_ValueError,
                         "export(): opset_version must be from 17 to 22, got %lld",
                         (long long)x.e.opset);
    }
    AdjVal result;
    bool ok = run_model(&x, a[1], &result);
    if (ok) {
        ok = write(&x, a, result);
        adj_val_drop(result);
    }
    adj_trace_free(&x.trace);
    return ok && adj_out_none(out);
}

static const AdjNative writing[] = {
    {"export",
     "(model, args, f, input_names=None, output_names=None, opset_version=None, "
     "dynamic_axes=None, verbose=None, export_params=True, do_constant_folding=True, "
     "dynamo=None)",
     f_export,
     "Writes what model(*args) computes in eval mode as an ONNX file. The model's parameters "
     "keep their names. dynamic_axes names axes of inputs and outputs that may be of any size: "
     "{'x': {0: 'batch'}}. An operation that ONNX has nothing for is an error that names it "
     "and "
     "its line.",
     0},
    {0},
};

bool adj_bind_install_onnx(AdjVM *vm)
{
    static const AdjModuleDef defs[] = {
        {"onnx", "ONNX files.", reading, NULL},
        {"torch.onnx", "Writing ONNX files.", writing, NULL},
    };
    for (size_t i = 0; i < sizeof defs / sizeof *defs; i++)
        if (!adj_vm_add_module(vm, &defs[i])) return false;
    AdjVal module;  // importing it once makes it an attribute of torch
    if (!adj_vm_import(vm, "torch.onnx", &module)) return false;
    adj_val_drop(module);
    return adj_bind_install_tensorboard(vm);
}
