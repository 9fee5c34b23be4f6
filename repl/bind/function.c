// SPDX-License-Identifier: Apache-2.0
// function.c: torch.autograd.Function: a class of the language with a static forward(ctx, ...)
// and backward(ctx, ...) is an operation of its own. apply() runs forward without recording,
// then puts one node onto the tape whose derivative calls backward.
//
// What save_for_backward keeps must not hold the node that holds it: outputs are kept as bare
// views and get their history when they are asked for, inputs as views with the history of the
// moment. Leaves that want a gradient are kept themselves.
#include "bind/bind.h"

#include <stdlib.h>

typedef struct {
    AdjTensor *t;  // kept, NULL for None
    int out;       // which output of the node it is, -1: none
    uint32_t version;
} Saved;

typedef struct {
    AdjObj head;
    int n_saved, n_args;
    Saved *saved;
    AdjNode *node;           // borrowed: it keeps this object
    AdjTuple *needs;         // of the arguments
    AdjTuple *plain;         // outputs without a derivative, or NULL
    AdjTuple *dirty;         // inputs changed in place, or NULL
    bool materialize, gone;  // gone: the saved values are released
} ContextObj;

static AdjType context_type;
AdjType adj_type_function_base;

static ContextObj *context(AdjVal v)
{
    return (ContextObj *)v.o;
}

static void forget_saved(ContextObj *c)
{
    for (int i = 0; i < c->n_saved; i++) adj_drop(&c->saved[i].t);
    free(c->saved);
    c->saved = NULL;
    c->n_saved = 0;
}

static void context_drop(AdjObj *obj)
{
    ContextObj *c = (ContextObj *)obj;
    forget_saved(c);
    AdjTuple *held[] = {c->needs, c->plain, c->dirty};
    c->needs = c->plain = c->dirty = NULL;
    for (int i = 0; i < 3; i++) adj_obj_drop(held[i]);
}

static void context_traverse(AdjObj *obj, AdjVisit visit, void *arg)
{
    ContextObj *c = (ContextObj *)obj;
    if (c->needs) visit((AdjObj *)c->needs, arg);
    if (c->plain) visit((AdjObj *)c->plain, arg);
    if (c->dirty) visit((AdjObj *)c->dirty, arg);
}

// ---------------------------------------------------------------- what forward says

static bool m_save(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ContextObj *c = context(a[0]);
    AdjTuple *ts = adj_as_tuple(a[1]);
    for (int64_t i = 0; i < ts->len; i++) {
        if (adj_is_tensor(ts->items[i]) || adj_is_none(ts->items[i])) continue;
        return adj_raise(vm, ADJ_EXC_TypeError,
                         "save_for_backward can only save variables, but argument %lld is of "
                         "type %s",
                         (long long)i, adj_type_name(ts->items[i]));
    }
    forget_saved(c);
    c->saved = calloc((size_t)ts->len + 1, sizeof *c->saved);
    if (!c->saved) return adj_raise(vm, ADJ_EXC_MemoryError, "save_for_backward: no memory");
    for (; c->n_saved < ts->len; c->n_saved++) {
        AdjVal v = ts->items[c->n_saved];
        AdjTensor *t = adj_is_tensor(v) ? adj_keep(adj_tensor_of(v)) : NULL;
        c->saved[c->n_saved] = (Saved){t, -1, t ? t->storage->version : 0};
    }
    return adj_out_none(out);
}

static bool keep_tuple(AdjTuple **slot, AdjVal v, AdjVal *out)
{
    AdjTuple *old = *slot;
    *slot = (AdjTuple *)adj_val_keep(v).o;
    adj_obj_drop(old);
    return adj_out_none(out);
}

static bool m_plain(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)vm, (void)n;
    return keep_tuple(&context(a[0])->plain, a[1], out);
}

static bool m_dirty(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)vm, (void)n;
    return keep_tuple(&context(a[0])->dirty, a[1], out);
}

static bool m_materialize(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return adj_val_truth(vm, a[1], &context(a[0])->materialize) && adj_out_none(out);
}

// ---------------------------------------------------------------- what backward reads

static bool saved_value(AdjVM *vm, ContextObj *c, const Saved *s, AdjVal *out)
{
    if (!s->t) return adj_out_none(out);
    if (s->t->storage->version != s->version) {
        return adj_raise(vm, ADJ_EXC_RuntimeError,
                         "one of the variables needed for gradient computation has been "
                         "modified by an inplace operation: [%s %s] is at version %u; expected "
                         "version %u instead.",
                         adj_dtype_name(adj_dtype(s->t)), adj_shape_text(adj_shape(s->t)),
                         s->t->storage->version, s->version);
    }
    if (s->out < 0 || !c->node || !adj_is_float(s->t)) return adj_bind_tensor(vm, s->t, out);
    AdjTensor *t = adj_bare_view(s->t);
    if (!t) return adj_bind_error(vm);
    t->node = adj_node_keep(c->node);
    t->out = (uint32_t)s->out;
    t->requires_grad = true;
    return adj_bind_tensor(vm, t, out);
}

static bool get_saved(AdjVM *vm, AdjVal self, AdjVal *out)
{
    ADJ_SCOPE;
    ContextObj *c = context(self);
    if (c->gone) {
        adj_fail_released();
        return adj_bind_error(vm);
    }
    AdjTuple *t = adj_tuple_new(vm, c->n_saved);
    for (int i = 0; t && i < c->n_saved; i++) {
        if (saved_value(vm, c, &c->saved[i], &t->items[i])) continue;
        t->items[i] = ADJ_NONE;
        adj_obj_drop(t);
        return false;
    }
    return adj_out(out, t);
}

static bool get_needs(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    ContextObj *c = context(self);
    return c->needs ? adj_out_keep(out, adj_obj_val(c->needs)) : adj_out_none(out);
}

static const AdjNative context_methods[] = {
    {"save_for_backward", "(self, *tensors)", m_save, "Keeps tensors for backward.", 0},
    {"mark_non_differentiable", "(self, *tensors)", m_plain,
     "Says that these outputs have no derivative.", 0},
    {"mark_dirty", "(self, *tensors)", m_dirty, "Says that these inputs were changed in place.",
     0},
    {"set_materialize_grads", "(self, value)", m_materialize,
     "Whether backward gets zeros, or None, for outputs that nobody used.", 0},
    {0},
};
static const AdjAttr context_attrs[] = {
    {"saved_tensors", get_saved, NULL, "What save_for_backward was given."},
    {"needs_input_grad", get_needs, NULL, "Which arguments of forward want a gradient."},
    {0},
};
static AdjType context_type = {.name = "FunctionCtx",
                               .flags = ADJ_TF_GC | ADJ_TF_BASE | ADJ_TF_ATTRS,
                               .size = sizeof(ContextObj),
                               .methods = context_methods,
                               .attrs = context_attrs,
                               .drop = context_drop,
                               .traverse = context_traverse};

// ---------------------------------------------------------------- backward

typedef struct {
    AdjVM *vm;
    AdjVal cls, ctx;  // kept
    char name[80];
    int n_out, n_args;
    int *place;  // of each tensor input among the arguments
    int n_in;
    bool saved;  // save_for_backward was used
} Call;

static void call_drop(void *data)
{
    Call *c = data;
    context(c->ctx)->node = NULL;
    context(c->ctx)->gone = c->saved;
    forget_saved(context(c->ctx));
    adj_val_drop(c->ctx);
    adj_val_drop(c->cls);
    free(c->place);
    free(c);
}

// What backward returned, one value per argument of forward; more only when they are None.
static bool take_results(Call *c, AdjVal result, AdjTensor **dx)
{
    AdjVal *items = adj_is_tuple(result) ? adj_as_tuple(result)->items : &result;
    int64_t n = adj_is_tuple(result) ? adj_as_tuple(result)->len : 1;
    while (n > c->n_args && adj_is_none(items[n - 1])) n--;
    if (n != c->n_args) {
        return adj_raise(c->vm, ADJ_EXC_RuntimeError,
                         "function %s returned an incorrect number of gradients (expected %d, "
                         "got %lld)",
                         c->name, c->n_args, (long long)n);
    }
    for (int i = 0, k = 0; i < c->n_args; i++) {
        bool is_input = k < c->n_in && c->place[k] == i;
        if (adj_is_tensor(items[i]) && is_input)
            dx[k] = adj_scoped(adj_keep(adj_tensor_of(items[i])));
        else if (!adj_is_none(items[i]))
            return adj_raise(
                c->vm, ADJ_EXC_RuntimeError,
                is_input ? "function %s returned a gradient at position %d that is no Tensor"
                         : "function %s returned a gradient different than None at position "
                           "%d, but the corresponding forward input was not a Variable",
                c->name, i + 1);
        k += is_input;
    }
    return true;
}

static bool check_shapes(Call *c, AdjTensor **dx)
{
    AdjNode *node = context(c->ctx)->node;
    for (int i = 0; node && i < c->n_in; i++) {
        if (!dx[i] || adj_shape_equal(adj_shape(dx[i]), node->in[i].shape)) continue;
        AdjShape common;
        AdjShape want = node->in[i].shape;
        if (adj_shape(dx[i]).n >= want.n && adj_broadcast(adj_shape(dx[i]), want, &common) &&
            adj_shape_equal(common, adj_shape(dx[i])))
            continue;  // summed down to the input's shape
        adj_error_clear();
        adj_fail(ADJ_E_RUNTIME,
                 "Function %s returned an invalid gradient at index %d - got %s but expected "
                 "shape compatible with %s",
                 c->name, i, adj_shape_text(adj_shape(dx[i])), adj_shape_text(want));
        return false;
    }
    return true;
}

static bool run_backward(AdjTensor *const *dy, AdjTensor **dx, void *data)
{
    Call *c = data;
    AdjVal args[17], result = ADJ_UNDEF, fn;
    int n = 1;
    args[0] = c->ctx;
    bool ok = adj_val_getattr_c(c->vm, c->cls, "backward", &fn);
    for (; ok && n <= c->n_out; n++) {
        args[n] = ADJ_NONE;
        if (dy[n - 1]) ok = adj_bind_tensor(c->vm, dy[n - 1], &args[n]);
        if (!ok) break;
    }
    if (ok) ok = adj_vm_call(c->vm, fn, args, n, NULL, &result);
    for (int i = 1; i < n; i++) adj_val_drop(args[i]);
    if (!adj_is_undef(fn)) adj_val_drop(fn);
    if (ok) ok = take_results(c, result, dx);
    adj_val_drop(result);
    if (!ok) return adj_fail(ADJ_E_RUNTIME, "%s failed", c->name);  // the exception stands
    return check_shapes(c, dx);
}

// ---------------------------------------------------------------- apply

static bool in_tuple(const AdjTuple *t, const AdjTensor *x)
{
    for (int64_t i = 0; t && i < t->len; i++)
        if (adj_is_tensor(t->items[i]) && adj_tensor_of(t->items[i]) == x) return true;
    return false;
}

static AdjTensors tensor_arguments(AdjVM *vm, AdjTuple *args, Call *call)
{
    AdjTensors in = {0, adj_scope_memory((size_t)(args->len + 1) * sizeof *in.at)};
    if (!in.at) adj_bind_error(vm);
    for (int64_t i = 0; in.at && i < args->len; i++) {
        if (!adj_is_tensor(args->items[i])) continue;
        call->place[in.n] = (int)i;
        in.at[in.n++] = adj_tensor_of(args->items[i]);
    }
    call->n_in = in.n;
    call->n_args = (int)args->len;
    return in;
}

static bool needs_of(AdjVM *vm, AdjTuple *args, AdjTuple **out)
{
    *out = adj_tuple_new(vm, args->len);
    for (int64_t i = 0; *out && i < args->len; i++) {
        AdjVal v = args->items[i];
        (*out)->items[i] =
            adj_bool_val(adj_is_tensor(v) && adj_requires_grad(adj_tensor_of(v)));
    }
    return *out != NULL;
}

// forward(ctx, *args); or forward(*args) and then setup_context(ctx, inputs, output).
static bool run_forward(AdjVM *vm, AdjVal cls, AdjVal ctx, AdjTuple *args, AdjVal *out)
{
    AdjVal fn, setup, list[33], unused;
    if (args->len > 31)
        return adj_raise(vm, ADJ_EXC_TypeError, "apply: more than 31 arguments");
    AdjStr *name = adj_str_intern_c("setup_context");
    int has_setup = adj_val_find_attr(vm, cls, name, &setup);
    adj_obj_drop(name);
    if (has_setup < 0 || !adj_val_getattr_c(vm, cls, "forward", &fn)) return false;
    int n = 0;
    if (!has_setup) list[n++] = ctx;
    for (int64_t i = 0; i < args->len; i++) list[n++] = args->items[i];
    bool was = adj_set_grad_enabled(false);
    bool ok = adj_vm_call(vm, fn, list, n, NULL, out);
    adj_val_drop(fn);
    if (ok && has_setup) {
        AdjVal given[3] = {ctx, adj_obj_val(args), *out};
        ok = adj_vm_call(vm, setup, given, 3, NULL, &unused);
        if (ok)
            adj_val_drop(unused);
        else
            adj_val_drop(*out);
    }
    if (has_setup) adj_val_drop(setup);
    adj_set_grad_enabled(was);
    return ok;
}

// An input that comes back unchanged is a new view of it, so that it can have a history of its
// own.
static bool own_output(AdjVM *vm, ContextObj *ctx, AdjTensors in, AdjVal *item)
{
    AdjTensor *t = adj_tensor_of(*item);
    bool is_input = false;
    for (int i = 0; i < in.n; i++) is_input |= in.at[i] == t;
    if (!is_input || in_tuple(ctx->dirty, t)) return true;
    AdjTensor *view = adj_bare_view(t);
    AdjVal v;
    if (!adj_bind_tensor(vm, view, &v)) return false;
    adj_val_set(item, v);
    return true;
}

// Saved values with their part in the graph settled.
static void settle_saved(ContextObj *c, AdjTensors outs)
{
    for (int i = 0; i < c->n_saved; i++) {
        Saved *s = &c->saved[i];
        if (!s->t) continue;
        s->version = s->t->storage->version;
        for (int k = 0; k < outs.n; k++)
            if (outs.at[k] == s->t) s->out = k;
        if (s->t->requires_grad && !s->t->node && s->out < 0) continue;  // a leaf
        ADJ_SCOPE;
        bool past = s->out < 0 && s->t->requires_grad;
        AdjTensor *view = past ? adj_saved_view(s->t) : adj_keep(adj_bare_view(s->t));
        if (!view) continue;
        adj_drop(&s->t);
        s->t = view;
    }
}

static bool give_up(Call *call, bool result)
{
    call_drop(call);
    return result;
}

static bool record(AdjVM *vm, Call *call, AdjTensors in, AdjTuple *outs)
{
    ContextObj *ctx = context(call->ctx);
    AdjTensors out = {0, adj_scope_memory((size_t)(outs->len + 1) * sizeof *out.at)};
    bool *plain = adj_scope_memory((size_t)outs->len + 1);
    if (!out.at || !plain) return give_up(call, adj_bind_error(vm));
    for (int64_t i = 0; i < outs->len; i++) {
        if (!adj_is_tensor(outs->items[i])) continue;  // backward gets no gradient for it
        if (!own_output(vm, ctx, in, &outs->items[i])) return give_up(call, false);
        plain[out.n] = in_tuple(ctx->plain, adj_tensor_of(outs->items[i]));
        out.at[out.n++] = adj_tensor_of(outs->items[i]);
    }
    call->n_out = out.n;
    call->saved = ctx->n_saved > 0;
    if (out.n > 16)
        return give_up(
            call, adj_raise(vm, ADJ_EXC_RuntimeError, "%s: more than 16 outputs", call->name));
    for (int i = 0; i < in.n; i++) {
        if (in_tuple(ctx->dirty, in.at[i]) && !adj_check_in_place(in.at[i]))
            return give_up(call, adj_bind_error(vm));
    }
    settle_saved(ctx, out);
    AdjVal keep = adj_val_keep(call->ctx);  // the call, and what it holds, may go at once
    bool ok = adj_record_function(call->name, in, out, plain, ctx->materialize, run_backward,
                                  call, call_drop);
    for (int i = 0; ok && i < out.n; i++)
        if (out.at[i]->node && !plain[i] && adj_is_float(out.at[i]))
            context(keep)->node = out.at[i]->node;
    adj_val_drop(keep);
    return ok || adj_bind_error(vm);
}

static Call *call_new(AdjVM *vm, AdjVal cls, AdjTuple *args)
{
    Call *c = calloc(1, sizeof *c);
    int *place = calloc((size_t)args->len + 1, sizeof *place);
    ContextObj *ctx = c && place ? adj_obj_new(vm, &context_type) : NULL;
    if (!ctx) {
        free(c);
        free(place);
        return adj_vm_failed(vm) ? NULL
                                 : adj_raise_null(vm, ADJ_EXC_MemoryError, "apply: no memory");
    }
    *c = (Call){vm, adj_val_keep(cls), adj_obj_val(ctx), "", 0, 0, place, 0, false};
    snprintf(c->name, sizeof c->name, "%sBackward", adj_as_type(cls)->name);
    ctx->materialize = true;
    return c;
}

static bool f_apply(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    AdjTuple *args = adj_as_tuple(a[1]);
    Call *call = call_new(vm, a[0], args);
    if (!call) return false;
    AdjTensors in = tensor_arguments(vm, args, call);
    AdjVal result, keep = adj_val_keep(call->ctx);
    bool ok = in.at && needs_of(vm, args, &context(keep)->needs) &&
              run_forward(vm, a[0], keep, args, &result);
    if (!ok) {
        call_drop(call);
        adj_val_drop(keep);
        return false;
    }
    bool many = adj_is_tuple(result);
    AdjTuple *outs =
        many ? adj_tuple_from(vm, adj_as_tuple(result)->items, adj_as_tuple(result)->len)
             : adj_tuple_from(vm, &result, 1);
    adj_val_drop(result);
    ok = outs ? record(vm, call, in, outs) : give_up(call, false);
    adj_val_drop(keep);
    if (ok && many) return adj_out(out, outs);
    if (ok) ok = adj_out_keep(out, outs->items[0]);
    adj_obj_drop(outs);
    return ok;
}

static const AdjNative function_methods[] = {
    {"apply", "(cls, *args)", f_apply, "Runs forward and records one node for backward.",
     ADJ_FN_CLASS},
    {0},
};

AdjType adj_type_function_base = {
    .name = "Function",
    .flags = ADJ_TF_GC | ADJ_TF_BASE | ADJ_TF_ATTRS,
    .doc = "The base of operations written in the language: static forward(ctx, ...) and "
           "backward(ctx, ...).",
    .methods = function_methods,
};

// ---------------------------------------------------------------- checkpoints

typedef struct {
    AdjVM *vm;
    AdjVal fn;
    AdjTuple *args, *names;  // keyword values follow the positional ones
    AdjTensor *random;       // the generator's state at the start, or NULL
} Segment;

static void segment_drop(void *data)
{
    Segment *s = data;
    adj_val_drop(s->fn);
    adj_obj_drop(s->args);
    adj_obj_drop(s->names);
    adj_drop(&s->random);
    free(s);
}

static bool segment_call(Segment *s, AdjVal *out)
{
    int n = (int)(s->args->len - s->names->len);
    return adj_vm_call(s->vm, s->fn, s->args->items, n, s->names->len ? s->names : NULL, out);
}

static bool run_again(void *data)
{
    Segment *s = data;
    AdjGenerator *g = adj_generator_default();
    AdjTensor *now = s->random ? adj_generator_state(g) : NULL;
    if (s->random && (!now || !adj_generator_set_state(g, s->random))) return false;
    AdjVal result;
    bool ok = segment_call(s, &result);
    if (ok) adj_val_drop(result);
    if (now) adj_generator_set_state(g, now);
    return ok || adj_fail(ADJ_E_RUNTIME, "checkpoint: the function failed the second time");
}

static Segment *segment_new(AdjVM *vm, AdjVal fn, AdjTuple *args, AdjDict *kwargs)
{
    Segment *s = calloc(1, sizeof *s);
    if (!s) return adj_raise_null(vm, ADJ_EXC_MemoryError, "checkpoint: no memory");
    *s = (Segment){vm, adj_val_keep(fn), adj_tuple_new(vm, args->len + kwargs->count),
                   adj_tuple_new(vm, kwargs->count), NULL};
    if (!s->args || !s->names) {
        segment_drop(s);
        return NULL;
    }
    int64_t k = 0, n = args->len;
    for (int64_t i = 0; i < n; i++) s->args->items[i] = adj_val_keep(args->items[i]);
    AdjEntry *e;
    for (int64_t i = 0; (e = adj_dict_next(kwargs, &i)); k++) {
        s->names->items[k] = adj_val_keep(e->key);
        s->args->items[n + k] = adj_val_keep(e->value);
    }
    return s;
}

// _checkpoint(function, args, kwargs, preserve_rng_state)
static bool f_checkpoint(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    bool random;
    if (!adj_val_truth(vm, a[3], &random)) return false;
    Segment *s = segment_new(vm, a[0], adj_as_tuple(a[1]), adj_as_dict(a[2]));
    if (!s) return false;
    if (!adj_grad_enabled()) {
        bool ok = segment_call(s, out);
        segment_drop(s);
        return ok;
    }
    if (random) s->random = adj_keep(adj_generator_state(adj_generator_default()));
    AdjSegment *segment = adj_segment_begin(run_again, s, segment_drop);
    if (!segment) return adj_bind_error(vm);
    bool ok = segment_call(s, out);
    adj_segment_end(segment);
    return ok;
}

static const AdjNative checkpoint_functions[] = {
    {"_checkpoint", "(function, args, kwargs, preserve_rng_state)", f_checkpoint,
     "Runs function so that the tape keeps no values of it.", 0},
    {0},
};

bool adj_bind_install_function(AdjVM *vm, AdjBindNames *n)
{
    AdjVal m;
    if (!adj_type_ready(&context_type) || !adj_type_ready(&adj_type_function_base) ||
        !adj_dict_set_c(vm, n->autograd, "Function", adj_obj_val(&adj_type_function_base)) ||
        !adj_vm_import(vm, "torch.utils.checkpoint", &m))
        return false;
    bool ok = adj_vm_add_functions(vm, ((AdjModuleObj *)m.o)->dict, checkpoint_functions,
                                   "torch.utils.checkpoint");
    adj_val_drop(m);
    return ok;
}
