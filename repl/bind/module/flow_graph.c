// SPDX-License-Identifier: Apache-2.0
// flow_graph.c: the methods of a graph that Flow built: carried state, tags, traces, label
// paths, summaries, drawing, checkpoints. The engine knows all answers; paths are strings.
#include "bind/module/flow.h"
#include "flow/flow.h"

static AdjModule *graph(AdjVal self)
{
    return adj_module_of(self)->m;
}

static bool text(AdjVM *vm, AdjVal v, const char *what, const char **out)
{
    if (adj_is_unset(v) || adj_is_none(v)) {
        *out = "";
        return true;
    }
    if (!adj_is_str(v))
        return adj_raise(vm, ADJ_EXC_TypeError, "%s: expected a str, not %s", what,
                         adj_type_name(v));
    *out = adj_as_str(v)->data;
    return true;
}

static bool done(AdjVM *vm, bool ok, AdjVal *out)
{
    return ok && !adj_error_kind() ? adj_out_none(out) : adj_bind_error(vm);
}

// ---------------------------------------------------------------- state and traces

static bool g_reset_state(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return done(vm, adj_graph_reset_state(graph(a[0])), out);
}

static bool g_has_state(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    bool has = adj_graph_has_state(graph(a[0]));
    return adj_error_kind() ? adj_bind_error(vm) : adj_out_bool(out, has);
}

static bool g_end_step(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    adj_bind_set_caller(vm);
    return done(vm, adj_graph_end_step(graph(a[0])), out);
}

static bool g_traces(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    const char *name = "";
    if (!text(vm, a[1], "traces", &name)) return false;
    AdjTensors all = adj_graph_traces(graph(a[0]), name);
    if (adj_error_kind()) return adj_bind_error(vm);
    AdjList *list = adj_list_new(vm, all.n);
    for (int i = 0; list && i < all.n; i++) {
        AdjVal v;
        if (adj_bind_tensor(vm, all.at[i], &v) && adj_list_append_take(vm, list, v)) continue;
        adj_obj_drop(list);
        return false;
    }
    return adj_out(out, list);
}

static bool g_tagged_at(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    const char *path = "";
    AdjTensor *t;
    if (!text(vm, a[1], "tagged_at", &path)) return false;
    if (!adj_graph_tagged_at(graph(a[0]), path, &t)) return adj_bind_error(vm);
    return t ? adj_bind_tensor(vm, t, out) : adj_out_none(out);
}

// forward_multi([x, a, b]): the inputs as one list.
static bool g_forward_multi(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    AdjList *list = adj_list_of(vm, a[1]);
    if (!list) return false;
    bool ok = adj_bind_module_call(vm, a[0], list->items, (int)list->len, NULL, out);
    adj_obj_drop(list);
    return ok;
}

// ---------------------------------------------------------------- paths

static bool g_parameters_at(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    const char *path = "";
    if (!text(vm, a[1], "parameters_at", &path)) return false;
    AdjTensors all = adj_graph_parameters_at(graph(a[0]), path);
    AdjVal tuple;
    if (!adj_bind_tensors(vm, all, &tuple)) return false;
    bool ok = adj_out(out, adj_list_of(vm, tuple));
    adj_val_drop(tuple);
    return ok;
}

static bool freeze(AdjVM *vm, AdjVal *a, bool frozen, AdjVal *out)
{
    ADJ_SCOPE;
    const char *path = "";
    return text(vm, a[1], frozen ? "freeze" : "thaw", &path) &&
           done(vm, adj_graph_freeze(graph(a[0]), path, frozen), out);
}

static bool g_freeze(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return freeze(vm, a, true, out);
}

static bool g_thaw(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return freeze(vm, a, false, out);
}

static bool g_is_frozen(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    const char *path = "";
    bool frozen;
    if (!text(vm, a[1], "is_frozen", &path)) return false;
    return adj_graph_is_frozen(graph(a[0]), path, &frozen) ? adj_out_bool(out, frozen)
                                                           : adj_bind_error(vm);
}

static bool g_set_training_at(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    const char *path = "";
    bool on;
    return text(vm, a[1], "set_training_at", &path) && adj_val_truth(vm, a[2], &on) &&
           done(vm, adj_graph_train_at(graph(a[0]), path, on), out);
}

static bool g_subgraph(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    const char *path = "";
    if (!text(vm, a[1], "subgraph", &path)) return false;
    AdjModule *m = adj_graph_at(graph(a[0]), path);
    return m ? adj_bind_module(vm, m, out) : adj_bind_error(vm);
}

// ---------------------------------------------------------------- numbers

static bool g_record_at(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    const char *path = "";
    double value;
    if (!text(vm, a[1], "record_at", &path)) return false;
    if (adj_is_tensor(a[2]))
        value = adj_item(adj_tensor_of(a[2]));
    else if (!adj_get_double(vm, a[2], &value))
        return false;
    return done(vm, adj_graph_record_at(graph(a[0]), path, value), out);
}

// collect_at("a.loss") or collect_at(["a.loss", "b.loss"]).
static bool g_collect_at(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    AdjList *list = adj_is_str(a[1]) ? adj_list_from(vm, &a[1], 1) : adj_list_of(vm, a[1]);
    bool ok = list != NULL;
    for (int64_t i = 0; ok && i < list->len; i++) {
        const char *path = "";
        ok = text(vm, list->items[i], "collect_at", &path) &&
             (adj_graph_collect_at(graph(a[0]), path) || adj_bind_error(vm));
    }
    adj_obj_drop(list);
    return ok && adj_out_none(out);
}

static bool g_end_epoch(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return done(vm, adj_graph_end_epoch(graph(a[0])), out);
}

static bool g_trend_at(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    const char *path = "";
    const double *values;
    int count;
    AdjVal nn, type;
    if (!text(vm, a[1], "trend_at", &path)) return false;
    if (!adj_graph_history_at(graph(a[0]), path, &values, &count)) return adj_bind_error(vm);
    AdjList *list = adj_list_new(vm, count);
    for (int i = 0; list && i < count; i++)
        adj_list_append_take(vm, list, adj_float_val(values[i]));
    if (!list || !adj_vm_import(vm, "torch.nn", &nn)) return false;
    bool ok = adj_val_getattr_c(vm, nn, "Trend", &type);
    adj_val_drop(nn);
    if (ok) {
        AdjVal arg = adj_obj_val(list);
        ok = adj_vm_call(vm, type, &arg, 1, NULL, out);
        adj_val_drop(type);
    }
    adj_obj_drop(list);
    return ok;
}

// ---------------------------------------------------------------- texts

static bool give_text(AdjVM *vm, const char *s, AdjVal *out)
{
    return s ? adj_out(out, adj_str_new_c(vm, s)) : adj_bind_error(vm);
}

static bool g_structural_hash(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return give_text(vm, adj_graph_hash(graph(a[0])), out);
}

static bool g_dot(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    bool profile;
    adj_bind_set_caller(vm);
    return adj_val_truth(vm, a[1], &profile) &&
           give_text(vm, adj_graph_dot(graph(a[0]), profile), out);
}

static bool g_svg(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    bool profile;
    adj_bind_set_caller(vm);
    if (!adj_val_truth(vm, a[1], &profile)) return false;
    const char *dot = adj_graph_dot(graph(a[0]), profile);
    return dot ? adj_bind_graph_svg(vm, dot, out) : adj_bind_error(vm);
}

static bool g_tree_summary(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    return give_text(vm, adj_graph_tree_text(graph(a[0])), out);
}

static bool g_param_summary(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    return give_text(vm, adj_graph_parameter_text(graph(a[0])), out);
}

// ---------------------------------------------------------------- checkpoints

// The hash travels among the tensors, as the 64 characters of its text.
static const char hash_name[] = "__structural_hash__";

static AdjTensor *hash_tensor(AdjModule *m)
{
    const char *hash = adj_graph_hash(m);
    return hash ? adj_from(hash, ADJ_SHAPE(64), ADJ_U8) : NULL;
}

static bool g_save_checkpoint(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    const char *path = "";
    AdjVal state;
    if (!text(vm, a[1], "save_checkpoint", &path)) return false;
    if (!adj_vm_call_method(vm, a[0], "state_dict", NULL, 0, &state)) return false;
    AdjDict *d = adj_as_dict(state);
    AdjArchive all = {0, NULL, NULL};
    all.names = adj_scope_memory((size_t)(d->count + 1) * sizeof *all.names);
    all.tensors = adj_scope_memory((size_t)(d->count + 1) * sizeof *all.tensors);
    bool ok = all.names && all.tensors;
    AdjEntry *e;
    for (int64_t i = 0; ok && (e = adj_dict_next(d, &i)); all.n++) {
        all.names[all.n] = adj_as_str(e->key)->data;
        all.tensors[all.n] = adj_tensor_of(e->value);
    }
    if (ok) {
        all.names[all.n] = hash_name;
        ok = (all.tensors[all.n++] = hash_tensor(graph(a[0]))) &&
             adj_save_safetensors(path, all);
    }
    adj_val_drop(state);
    return done(vm, ok, out);
}

// Takes the hash out of [state]; with [strict] it must be that of [m].
static bool check_hash(AdjVM *vm, AdjModule *m, const char *path, AdjDict *state, bool strict)
{
    AdjVal *found = adj_dict_find_c(state, hash_name), old;
    const char *hash = adj_graph_hash(m);
    if (!hash) return adj_bind_error(vm);
    if (!found || !adj_is_tensor(*found)) return true;
    AdjTensor *t = adj_tensor_of(*found);
    bool same = t->numel == 64 && t->dtype == ADJ_U8 && !memcmp(adj_ptr(t), hash, 64);
    AdjStr *key = adj_str_new_c(vm, hash_name);
    if (key && adj_dict_remove(vm, state, adj_obj_val(key), &old) == 1) adj_val_drop(old);
    adj_obj_drop(key);
    return same || !strict ||
           adj_raise(vm, ADJ_EXC_RuntimeError,
                     "'%s' holds another architecture than the graph it is loaded into (%.8s); "
                     "strict=False loads the names they share",
                     path, hash);
}

static bool load_into(AdjVM *vm, AdjVal self, AdjVal file, AdjVal strict, AdjVal *out)
{
    const char *path = "";
    bool exact;
    AdjDict *state = NULL;
    if (!text(vm, file, "load_checkpoint", &path) || !adj_val_truth(vm, strict, &exact) ||
        !adj_bind_load_file(vm, path, &state))
        return false;
    bool ok = check_hash(vm, graph(self), path, state, exact) &&
              adj_bind_load_partial(vm, self, state, out);
    adj_obj_drop(state);
    return ok;
}

static bool g_load_checkpoint(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return load_into(vm, a[0], a[1], a[2], out);
}

static bool g_load_subgraph_checkpoint(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    AdjVal inner;
    if (!g_subgraph(vm, a, 2, &inner)) return false;
    bool ok = load_into(vm, inner, a[2], a[3], out);
    adj_val_drop(inner);
    return ok;
}

const AdjNative adj_bind_graph_methods[] = {
    {"reset_state", "(self)", g_reset_state, "Carried state starts at zero again.", 0},
    {"has_state", "(self)", g_has_state, "Whether a forward reference holds a value.", 0},
    {"end_step", "(self)", g_end_step, "Cuts state and tags from the tape; counts a step.", 0},
    {"end_sequence", "(self)", g_reset_state, "A sequence ends: state starts at zero.", 0},
    {"traces", "(self, name)", g_traces, "What loops published under a name, by turn.", 0},
    {"tagged", "(self, name)", g_tagged_at, "The value of a tag in the last pass, or None.", 0},
    {"tagged_at", "(self, path)", g_tagged_at,
     "The value of a tag in the last pass by label path, or None.", 0},
    {"forward_multi", "(self, inputs)", g_forward_multi, "A pass with a list of inputs.", 0},
    {"parameters_at", "(self, path='')", g_parameters_at, "Parameters below a path.", 0},
    {"freeze", "(self, path='')", g_freeze, "Stops training below a path.", 0},
    {"thaw", "(self, path='')", g_thaw, "Trains again below a path.", 0},
    {"is_frozen", "(self, path='')", g_is_frozen, "Whether nothing below a path trains.", 0},
    {"set_training_at", "(self, path, mode=True)", g_set_training_at,
     "Training or evaluation mode below a path.", 0},
    {"subgraph", "(self, path)", g_subgraph, "The labelled graph at a path.", 0},
    {"record_at", "(self, path, value)", g_record_at,
     "Adds a number to the epoch's mean of a name.", 0},
    {"record", "(self, name, value)", g_record_at,
     "Adds a number to the epoch's mean of a name.", 0},
    {"collect_at", "(self, paths)", g_collect_at, "Records the values of tags.", 0},
    {"end_epoch", "(self)", g_end_epoch, "Means of what was recorded join their histories.", 0},
    {"trend_at", "(self, path)", g_trend_at, "What a recorded number did by epoch, a Trend.",
     0},
    {"structural_hash", "(self)", g_structural_hash,
     "SHA-256 of the architecture, 64 hexadecimal digits.", 0},
    {"dot", "(self, profile=False)", g_dot,
     "Graphviz text; with profile coloured by the times of the last pass.", 0},
    {"svg", "(self, profile=False)", g_svg,
     "The drawing as SVG text, made by Graphviz's program dot.", 0},
    {"tree_summary", "(self)", g_tree_summary, "Labelled graphs, tags and parameters.", 0},
    {"param_summary", "(self)", g_param_summary, "Where the parameters are.", 0},
    {"save_checkpoint", "(self, path)", g_save_checkpoint,
     "State and structural hash to a safetensors file.", 0},
    {"load_checkpoint", "(self, path, strict=True)", g_load_checkpoint,
     "Loads a checkpoint of this architecture; strict=False of any. A LoadReport.", 0},
    {"load_subgraph_checkpoint", "(self, path, file, strict=True)", g_load_subgraph_checkpoint,
     "Loads a checkpoint into the labelled graph at a path. A LoadReport.", 0},
    {0},
};

// ---------------------------------------------------------------- attributes

static bool get_label(AdjVM *vm, AdjVal self, AdjVal *out)
{
    FlowGraph *g = adj_flow_graph(graph(self));
    return g && g->label ? adj_out(out, adj_str_new_c(vm, g->label)) : adj_out_none(out);
}

static bool get_steps(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    FlowGraph *g = adj_flow_graph(graph(self));
    return adj_out_int(out, g ? g->steps : 0);
}

static bool get_composed(AdjVM *vm, AdjVal self, AdjVal *out)
{
    (void)vm;
    FlowGraph *g = adj_flow_graph(graph(self));
    return adj_out_bool(out, g && g->composed);
}

static bool add_text(AdjVM *vm, AdjList *list, const char *s)
{
    AdjStr *t = adj_str_new_c(vm, s);
    return t && adj_list_append_take(vm, list, adj_obj_val(t));
}

static bool get_tags(AdjVM *vm, AdjVal self, AdjVal *out)
{
    FlowGraph *g = adj_flow_graph(graph(self));
    AdjList *list = adj_list_new(vm, 0);
    for (int i = 0; list && g && i < g->n_tags; i++)
        if (!add_text(vm, list, g->tags[i].name)) return false;
    return adj_out(out, list);
}

static bool get_inputs(AdjVM *vm, AdjVal self, AdjVal *out)
{
    FlowGraph *g = adj_flow_graph(graph(self));
    AdjList *list = adj_list_new(vm, 0);
    for (int i = 0; list && g && i < g->n_inputs; i++)
        if (!add_text(vm, list, g->inputs[i])) return false;
    return adj_out(out, list);
}

const AdjAttr adj_bind_graph_attrs[] = {
    {"label", get_label, NULL, "The graph's name in paths, or None."},
    {"steps", get_steps, NULL, "How often end_step() was called."},
    {"is_composed", get_composed, NULL, "Whether another graph holds this one."},
    {"tags", get_tags, NULL, "Names of places."},
    {"inputs", get_inputs, NULL, "Names of the inputs, the stream's first."},
    {0},
};
