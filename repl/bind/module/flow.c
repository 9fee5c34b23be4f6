// SPDX-License-Identifier: Apache-2.0
// flow.c: Flow, the builder of graphs of modules. The engine has the verbs and keeps their
// first error; here arguments are sorted out (a callable becomes a module, lists become lists),
// and the objects of the modules are held until the graph's object takes them over.
#include "bind/module/flow.h"

#include "flow/builder.h"

typedef struct {
    AdjObj head;
    AdjFlow *f;     // kept
    AdjList *held;  // objects of the modules given so far
    bool verbose;
} FlowObj;

static AdjType flow_type;

static FlowObj *flow(AdjVal v)
{
    return (FlowObj *)v.o;
}

static void flow_drop(AdjObj *obj)
{
    FlowObj *o = (FlowObj *)obj;
    AdjObj *held = (AdjObj *)o->held;
    o->held = NULL;
    adj_flow_drop(&o->f);
    adj_obj_drop(held);
}

static void flow_traverse(AdjObj *obj, AdjVisit visit, void *arg)
{
    if (((FlowObj *)obj)->held) visit((AdjObj *)((FlowObj *)obj)->held, arg);
}

// ---------------------------------------------------------------- arguments

static bool callable(AdjVal v)
{
    return adj_is_module(v) || adj_val_callable(v);
}

// The engine's module of a value; a wrong one is the flow's error, not an exception.
static bool take_module(AdjVM *vm, FlowObj *o, const char *verb, AdjVal v, AdjModule **out)
{
    *out = NULL;
    if (!callable(v) || (adj_is_module(v) && !adj_module_of(v)->m)) {
        adj_flow_wrong(o->f, ADJ_E_TYPE, "%s: expected a module or a function, got %s", verb,
                       adj_type_name(v));
        return true;
    }
    AdjVal m;
    if (!adj_bind_as_module(vm, v, &m)) return false;
    *out = adj_module_of(m)->m;
    return adj_list_append_take(vm, o->held, m);
}

static bool take_modules(AdjVM *vm, FlowObj *o, const char *verb, AdjVal v, AdjModules *out)
{
    out->n = 0;
    AdjList *list = adj_list_of(vm, v);
    if (!list && adj_vm_error_is(vm, ADJ_EXC_TypeError)) {  // build() is to say so
        adj_vm_clear_error(vm);
        adj_flow_wrong(o->f, ADJ_E_TYPE, "%s: expected a list of modules, got %s", verb,
                       adj_type_name(v));
        return true;
    }
    if (!list) return false;
    out->at = adj_scope_memory((size_t)(list->len + 1) * sizeof *out->at);
    bool ok = out->at != NULL;
    for (int64_t i = 0; ok && i < list->len; i++)
        ok = take_module(vm, o, verb, list->items[i], &out->at[out->n++]);
    adj_obj_drop(list);
    return ok;
}

static const char *take_text(FlowObj *o, const char *verb, AdjVal v)
{
    if (adj_is_str(v)) return adj_as_str(v)->data;
    adj_flow_wrong(o->f, ADJ_E_TYPE, "%s: expected a str, got %s", verb, adj_type_name(v));
    return NULL;
}

static int64_t take_int(FlowObj *o, const char *verb, AdjVal v)
{
    if (v.tag == ADJ_T_INT) return v.i;
    adj_flow_wrong(o->f, ADJ_E_TYPE, "%s: expected an int, got %s", verb, adj_type_name(v));
    return 0;
}

// Ends every verb: the builder again, or what went wrong in the machine.
static bool again(AdjVM *vm, AdjVal self, AdjVal *out)
{
    if (adj_error_kind()) return adj_bind_error(vm);
    return !adj_vm_failed(vm) && adj_out_keep(out, self);
}

// ---------------------------------------------------------------- verbs

static bool flow_init(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    FlowObj *o = flow(a[0]);
    adj_bind_set_caller(vm);
    adj_flow_drop(&o->f);
    if (!o->held && !(o->held = adj_list_new(vm, 4))) return false;
    o->f = adj_flow_keep(adj_flow(NULL));
    if (!o->f) return adj_bind_error(vm);
    AdjModule *first;
    if (adj_is_unset(a[1]) || adj_is_none(a[1])) return adj_out_none(out);
    if (!take_module(vm, o, "Flow", a[1], &first)) return false;
    adj_flow_through(o->f, first);
    return adj_error_kind() ? adj_bind_error(vm) : adj_out_none(out);
}

static bool ready(AdjVM *vm, AdjVal self)
{
    adj_bind_set_caller(vm);
    return flow(self)->f || adj_raise(vm, ADJ_EXC_RuntimeError, "Flow: __init__ has not run");
}

typedef AdjFlow *(*ModuleVerb)(AdjFlow *, AdjModule *);
typedef AdjFlow *(*TextVerb)(AdjFlow *, const char *);
typedef AdjFlow *(*CondVerb)(AdjFlow *, AdjModule *, int64_t);
typedef AdjFlow *(*RouteVerb)(AdjFlow *, AdjModule *, AdjModules);
typedef AdjFlow *(*IntVerb)(AdjFlow *, int64_t);

static bool with_module(AdjVM *vm, AdjVal *a, const char *name, ModuleVerb verb, AdjVal *out)
{
    ADJ_SCOPE;
    AdjModule *m;
    if (!ready(vm, a[0]) || !take_module(vm, flow(a[0]), name, a[1], &m)) return false;
    verb(flow(a[0])->f, m);
    return again(vm, a[0], out);
}

static bool with_cond(AdjVM *vm, AdjVal *a, const char *name, CondVerb verb, AdjVal *out)
{
    ADJ_SCOPE;
    AdjModule *m;
    if (!ready(vm, a[0]) || !take_module(vm, flow(a[0]), name, a[1], &m)) return false;
    verb(flow(a[0])->f, m, take_int(flow(a[0]), name, a[2]));
    return again(vm, a[0], out);
}

static bool with_route(AdjVM *vm, AdjVal *a, const char *name, RouteVerb verb, AdjVal *out)
{
    ADJ_SCOPE;
    AdjModule *m;
    AdjModules list;
    if (!ready(vm, a[0]) || !take_module(vm, flow(a[0]), name, a[1], &m) ||
        !take_modules(vm, flow(a[0]), name, a[2], &list))
        return false;
    verb(flow(a[0])->f, m, list);
    return again(vm, a[0], out);
}

static bool with_int(AdjVM *vm, AdjVal *a, const char *name, IntVerb verb, AdjVal *out)
{
    if (!ready(vm, a[0])) return false;
    ADJ_SCOPE;
    verb(flow(a[0])->f, take_int(flow(a[0]), name, a[1]));
    return again(vm, a[0], out);
}

static bool with_text(AdjVM *vm, AdjVal *a, const char *name, TextVerb verb, AdjVal *out)
{
    if (!ready(vm, a[0])) return false;
    const char *text = take_text(flow(a[0]), name, a[1]);
    if (text) verb(flow(a[0])->f, text);
    return again(vm, a[0], out);
}

// using("a", "b"), using(["a", "b"]).
static bool with_texts(AdjVM *vm, AdjVal *a, const char *name, TextVerb verb, AdjVal *out)
{
    if (!ready(vm, a[0])) return false;
    AdjTuple *args = adj_as_tuple(a[1]);
    for (int64_t i = 0; i < args->len; i++) {
        AdjVal item = args->items[i];
        AdjList *list = adj_is_str(item) ? adj_list_from(vm, &item, 1) : adj_list_of(vm, item);
        if (!list) return false;
        for (int64_t k = 0; k < list->len; k++) {
            const char *text = take_text(flow(a[0]), name, list->items[k]);
            if (text) verb(flow(a[0])->f, text);
        }
        adj_obj_drop(list);
    }
    return again(vm, a[0], out);
}

static bool plain(AdjVM *vm, AdjVal *a, AdjFlow *(*verb)(AdjFlow *), AdjVal *out)
{
    if (!ready(vm, a[0])) return false;
    ADJ_SCOPE;
    verb(flow(a[0])->f);
    return again(vm, a[0], out);
}

#define VERB(name, with)                                           \
    static bool f_##name(AdjVM *vm, AdjVal *a, int n, AdjVal *out) \
    {                                                              \
        (void)n;                                                   \
        return with(vm, a, #name, adj_flow_##name, out);           \
    }
VERB(through, with_module)
VERB(also, with_module)
VERB(fork, with_module)
VERB(loop_body, with_module)
VERB(map, with_module)
VERB(while_cond, with_cond)
VERB(until_cond, with_cond)
VERB(for_n, with_int)
VERB(slices, with_int)
VERB(gate, with_route)
VERB(switch, with_route)
VERB(merge, with_text)
VERB(tag, with_text)
VERB(tag_group, with_text)
VERB(label, with_text)
VERB(over, with_text)
VERB(internal, with_texts)
VERB(using, with_texts)
VERB(input, with_texts)
#undef VERB

static bool f_batched(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return plain(vm, a, adj_flow_batched, out);
}

static bool f_each(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return plain(vm, a, adj_flow_each, out);
}

static bool f_also_with(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    AdjModule *skip, *main_path;
    if (!ready(vm, a[0]) || !take_module(vm, flow(a[0]), "also_with", a[1], &skip) ||
        !take_module(vm, flow(a[0]), "also_with", a[2], &main_path))
        return false;
    adj_flow_also_with(flow(a[0])->f, skip, main_path);
    return again(vm, a[0], out);
}

static bool f_split(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    ADJ_SCOPE;
    AdjModules list;
    if (!ready(vm, a[0]) || !take_modules(vm, flow(a[0]), "split", a[1], &list)) return false;
    adj_flow_split(flow(a[0])->f, list);
    return again(vm, a[0], out);
}

static bool f_verbose(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    return ready(vm, a[0]) && adj_val_truth(vm, a[1], &flow(a[0])->verbose) &&
           adj_out_keep(out, a[0]);
}

// ---------------------------------------------------------------- build

bool adj_bind_adopt(AdjVM *vm, AdjVal self)
{
    AdjModule *m = adj_module_of(self)->m;
    for (int i = 0; i < m->n_children; i++) {
        AdjVal child;
        bool known = m->children[i].module && m->children[i].module->handle;
        if (!adj_bind_child(vm, self, &m->children[i], &child)) return false;
        // What the flow made itself (a loop, a gate) has objects of its own to keep.
        bool ok = known || adj_is_none(child) || adj_bind_adopt(vm, child);
        adj_val_drop(child);
        if (!ok) return false;
    }
    return true;
}

static bool tell(AdjVM *vm, AdjModule *graph)
{
    const char *tree = adj_graph_tree_text(graph);
    const char *parameters = adj_graph_parameter_text(graph);
    if (!tree || !parameters) return adj_bind_error(vm);
    adj_vm_write(vm, tree, strlen(tree));
    adj_vm_write(vm, parameters, strlen(parameters));
    return true;
}

static bool f_build(AdjVM *vm, AdjVal *a, int n, AdjVal *out)
{
    (void)n;
    if (!ready(vm, a[0])) return false;
    ADJ_SCOPE;
    AdjModule *m = adj_flow_build(flow(a[0])->f);
    if (!m) return adj_bind_error(vm);
    if (!adj_bind_module(vm, m, out)) return false;
    if (adj_bind_adopt(vm, *out) && (!flow(a[0])->verbose || tell(vm, m))) return true;
    adj_val_drop(*out);
    return false;
}

static const AdjNative methods[] = {
    {"__init__", "(self, first=None)", flow_init,
     "Starts a stream with a module, or with the input itself.", 0},
    {"through", "(self, module)", f_through, "y = module(x).", 0},
    {"also", "(self, module)", f_also, "y = x + module(x).", 0},
    {"also_with", "(self, skip, main)", f_also_with, "y = skip(x) + main(x).", 0},
    {"fork", "(self, module)", f_fork,
     "A side branch: the stream stays, a tag that follows names the branch's output.", 0},
    {"split", "(self, modules)", f_split, "Parallel branches; merge must follow.", 0},
    {"merge", "(self, op='add')", f_merge, "Branches to one stream: 'add' or 'mean'.", 0},
    {"tag", "(self, name)", f_tag, "Names the value of this place.", 0},
    {"tag_group", "(self, name)", f_tag_group, "Names the branches name_0, name_1 ...", 0},
    {"internal", "(self, *tags)", f_internal, "Hides tags from graphs around this one.", 0},
    {"using", "(self, *tags)", f_using,
     "Hands tagged values to the module before: to its forward_named(input, refs). A tag set "
     "later gives the value of the pass before, zeros at first.",
     0},
    {"input", "(self, *names)", f_input, "Further inputs of the graph, for using.", 0},
    {"loop_body", "(self, module)", f_loop_body,
     "A loop; for_n, while_cond or until_cond must follow.", 0},
    {"for_n", "(self, n)", f_for_n, "The body n times.", 0},
    {"while_cond", "(self, cond, max)", f_while_cond,
     "The condition before each turn, > 0 stops; at most max turns.", 0},
    {"until_cond", "(self, cond, max)", f_until_cond,
     "The condition after each turn but the last, > 0 stops; 1 to max turns.", 0},
    {"gate", "(self, router, experts)", f_gate,
     "All experts, weighed by the router's numbers and summed.", 0},
    {"switch", "(self, router, branches)", f_switch,
     "The branch whose number the router gives.", 0},
    {"map", "(self, body)", f_map, "A body per element; each, over or slices must follow.", 0},
    {"batched", "(self)", f_batched, "The map calls its body once, with all elements.", 0},
    {"each", "(self)", f_each, "Maps over the elements of the stream along axis 0.", 0},
    {"over", "(self, tag)", f_over, "Maps over the elements of a tagged tensor.", 0},
    {"slices", "(self, n)", f_slices, "Maps over n slices of the last axis.", 0},
    {"label", "(self, name)", f_label, "The graph's name in paths of graphs around it.", 0},
    {"verbose", "(self, enabled=True)", f_verbose, "build() prints the tree.", 0},
    {"build", "(self)", f_build, "The graph, or the first error of the verbs.", 0},
    {0},
};

static AdjType flow_type = {
    .name = "Flow",
    .flags = ADJ_TF_GC | ADJ_TF_BASE,
    .size = sizeof(FlowObj),
    .doc = "Builds a graph of modules: Flow(m).through(n).also(k).build(). Verbs never fail; "
           "the first wrong one is build()'s error.",
    .methods = methods,
    .drop = flow_drop,
    .traverse = flow_traverse,
};

bool adj_bind_install_flow(AdjVM *vm, AdjBindNames *n)
{
    adj_bind_set_caller(vm);
    return adj_vm_add_type(vm, n->nn, &flow_type) &&
           adj_bind_add_methods(vm, &adj_type_nn_module, adj_bind_state_methods);
}
