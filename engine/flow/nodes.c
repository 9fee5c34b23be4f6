// SPDX-License-Identifier: Apache-2.0
// nodes.c: the nodes of a flow graph that run other modules in their own way: Loop, Gate,
// Switch and Map, and the verbs that make them. Each is a module with its parts as children,
// so parameters, modes, printing and saving need nothing here. What `using` wires to such a
// node goes on to the part that decides: the loop's body, the router of a gate or switch.
#include <stdlib.h>

#include "flow/builder.h"

static void body_free(void *extra)
{
    FlowBody *b = extra;
    for (int i = 0; i < b->n_traces; i++) {
        for (int k = 0; k < b->traces[i].n; k++) adj_drop(&b->traces[i].at[k]);
        free(b->traces[i].at);
    }
    free(b->traces);
    free(b);
}

FlowBody *adj_flow_body(const AdjModule *m)
{
    return m && m->drop_extra == body_free ? m->extra : NULL;
}

static AdjModule *with_parts(AdjModule *m, int n, const char *const *names, AdjModule **parts)
{
    FlowBody *b = m ? calloc(1, sizeof *b) : NULL;
    if (!b) return adj_fail(ADJ_E_MEMORY, "Flow: no memory");
    m->extra = b;
    m->drop_extra = body_free;
    for (int i = 0; i < n; i++)
        if (parts[i] && !adj_module_add_child(m, names[i], parts[i])) return NULL;
    return m;
}

// A copy of a node: its parts are children, its traces those of its own passes.
static bool node_copied(AdjModule *copy, const AdjModule *m)
{
    FlowBody *b = adj_flow_body(m);
    if (!b) return true;
    if (!with_parts(copy, 0, NULL, NULL)) return false;
    adj_flow_body(copy)->tag = b->tag;
    return true;
}

static AdjModule *child(const AdjModule *m, int i)
{
    return i < m->n_children ? m->children[i].module : NULL;
}

static bool made_by_flow(const AdjModule *m, const char *verb)
{
    return child(m, 0) ||
           adj_fail(ADJ_E_RUNTIME, "%s: has no parts; Flow().%s makes one", m->row->name, verb);
}

// ---------------------------------------------------------------- traces

static void forget_traces(FlowBody *b)
{
    for (int i = 0; i < b->n_traces; i++) {
        for (int k = 0; k < b->traces[i].n; k++) adj_drop(&b->traces[i].at[k]);
        b->traces[i].n = 0;
        b->traces[i].last = -1;
    }
}

static FlowTrace *trace_of(FlowBody *b, const char *name)
{
    for (int i = 0; i < b->n_traces; i++)
        if (!strcmp(b->traces[i].name, name)) return &b->traces[i];
    if (!adj_flow_room((void **)&b->traces, b->n_traces, sizeof *b->traces)) return NULL;
    b->traces[b->n_traces] = (FlowTrace){.name = adj_intern(name), .last = -1};
    return &b->traces[b->n_traces++];
}

bool adj_trace_publish(const char *name, AdjTensor *value)
{
    FlowBody *b = adj_flow_body(adj_thread.loop);
    if (!value || adj_error_kind()) return false;
    if (!b) return true;
    FlowTrace *t = trace_of(b, name);
    if (!t || !adj_flow_room((void **)&t->at, t->n, sizeof *t->at)) return false;
    if (t->last == b->iteration)
        return adj_fail(ADJ_E_VALUE, "publish: '%s' is published twice in iteration %lld", name,
                        (long long)b->iteration);
    t->last = b->iteration;
    t->at[t->n++] = adj_keep(value);
    return true;
}

// ---------------------------------------------------------------- Loop

static AdjTensor *step(AdjModule *loop, AdjTensor *x, const AdjArchive *refs)
{
    FlowBody *b = adj_flow_body(loop);
    AdjModule *body = child(loop, 0), *outer = adj_thread.loop;
    AdjTensor *trace = NULL;
    adj_thread.loop = loop;
    AdjTensor *y =
        refs ? adj_module_pass_named(body, "body", x, refs) : adj_module_pass(body, "body", x);
    bool ok = y && adj_module_trace(body, &trace) &&
              (!trace || adj_trace_publish(b->tag ? b->tag : "trace", trace));
    adj_thread.loop = outer;
    return ok ? y : NULL;
}

// Does the condition say stop: is its number > 0.
static bool halts(AdjModule *loop, AdjTensor *x, bool *stop)
{
    AdjTensor *c = adj_module_pass(child(loop, 1), "cond", x);
    if (!c) return false;
    if (c->numel != 1)
        return adj_fail(ADJ_E_SHAPE,
                        "Loop: the condition gave %lld numbers, shape %s; one is needed for "
                        "the whole batch (its mean, for example)",
                        (long long)c->numel, adj_shape_text(adj_shape(c)));
    *stop = adj_item(c) > 0;
    return true;
}

// One turn in a scope of its own, so that what it leaves behind goes before the next begins.
static bool turn(AdjModule *loop, const char *mode, int64_t i, int64_t n, AdjTensor **x,
                 const AdjArchive *refs, bool *stop)
{
    ADJ_SCOPE;
    if (!strcmp(mode, "while") && !halts(loop, *x, stop)) return false;
    if (*stop) return true;
    adj_flow_body(loop)->iteration = i;
    AdjTensor *y = adj_keep(step(loop, *x, refs));
    adj_drop(x);
    *x = y;
    if (!y) return false;
    return strcmp(mode, "until") || i + 1 == n || halts(loop, y, stop);
}

static bool loop_run(AdjModule *m, AdjTensor *x, const AdjArchive *refs, AdjValue *out)
{
    if (!made_by_flow(m, "loop_body(m).for_n(n)")) return false;
    const char *mode = m->arg[Loop_mode].s;
    int64_t n = m->arg[Loop_n].i;
    bool stop = false, ok = adj_module_reset(child(m, 0));
    forget_traces(adj_flow_body(m));
    adj_keep(x);
    for (int64_t i = 0; ok && !stop && i < n; i++) ok = turn(m, mode, i, n, &x, refs, &stop);
    out->t = adj_scoped(x);
    return ok;
}

static bool loop_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    return loop_run(m, in[0].t, NULL, out);
}

static bool loop_forward_named(AdjModule *m, AdjTensor *x, AdjArchive refs, AdjValue *out)
{
    return loop_run(m, x, &refs, out);
}

ADJ_MODULE(Loop, "(mode: str = 'for', n: int[1,] = 1)", "(input: tensor) -> tensor",
           "x = body(x), again and again, what Flow's loop_body makes. mode 'for': n times. "
           "'while': the condition is asked before each turn, at most n turns. 'until': after "
           "each turn but the last. A condition gives one number and stops the loop when it "
           "is > 0. The body's reset() comes first.\n"
           "notes   gradients go through every turn; what the body publishes is kept by turn",
           .repr = "{mode=}{n=}", .forward = loop_forward, .forward_named = loop_forward_named,
           .copied = node_copied)

static AdjFlow *finish_loop(AdjFlow *f, const char *verb, const char *mode, AdjModule *cond,
                            bool needs_cond, int64_t n)
{
    if (!f || f->error || adj_error_kind()) return f;
    if (!f->body || f->mapping)
        return adj_flow_wrong(f, ADJ_E_VALUE, "%s: there is no loop_body(body) before it",
                              verb);
    if (n < 1)
        return adj_flow_wrong(f, ADJ_E_VALUE, "%s: a loop needs at least 1 iteration, got %lld",
                              verb, (long long)n);
    if (needs_cond && !cond)
        return adj_flow_wrong(f, ADJ_E_TYPE, "%s: a condition is missing", verb);
    ADJ_SCOPE;
    static const char *const names[] = {"body", "cond"};
    AdjModule *loop = with_parts(adj_Loop(mode, n), 2, names, (AdjModule *[]){f->body, cond});
    adj_module_drop(&f->body);
    if (!loop) return adj_flow_wrong(f, ADJ_E_MEMORY, "%s: no memory", verb);
    return adj_flow_through(f, loop);
}

AdjFlow *adj_flow_loop_body(AdjFlow *f, AdjModule *body)
{
    if (!adj_flow_ready(f, "loop_body", body)) return f;
    f->body = adj_module_keep(body);
    f->mapping = false;
    return f;
}

AdjFlow *adj_flow_for_n(AdjFlow *f, int64_t n)
{
    return finish_loop(f, "for_n", "for", NULL, false, n);
}

AdjFlow *adj_flow_while_cond(AdjFlow *f, AdjModule *cond, int64_t max)
{
    return finish_loop(f, "while_cond", "while", cond, true, max);
}

AdjFlow *adj_flow_until_cond(AdjFlow *f, AdjModule *cond, int64_t max)
{
    return finish_loop(f, "until_cond", "until", cond, true, max);
}

// ---------------------------------------------------------------- routed nodes

static AdjTensor *ask_router(AdjModule *m, AdjTensor *x, const AdjArchive *refs)
{
    AdjModule *router = child(m, 0);
    return refs ? adj_module_pass_named(router, "router", x, refs)
                : adj_module_pass(router, "router", x);
}

static AdjTensor *run_branch(AdjModule *m, int i, AdjTensor *x)
{
    return adj_module_pass(child(m, i + 1), m->children[i + 1].name, x);
}

static AdjFlow *add_routed(AdjFlow *f, const char *verb, AdjModule *made, AdjModule *router,
                           AdjModules parts)
{
    char names[FLOW_MAX_STREAMS][8];
    const char *name[FLOW_MAX_STREAMS + 1] = {"router"};
    AdjModule *part[FLOW_MAX_STREAMS + 1] = {router};
    for (int i = 0; i < parts.n; i++) {
        snprintf(names[i], sizeof names[i], "%d", i);
        name[i + 1] = names[i];
        part[i + 1] = parts.at[i];
        if (!parts.at[i])
            return adj_flow_wrong(f, ADJ_E_TYPE, "%s: branch %d is missing", verb, i);
    }
    AdjModule *m = with_parts(made, parts.n + 1, name, part);
    return m ? adj_flow_through(f, m) : f;
}

static bool enough(AdjFlow *f, const char *verb, const char *what, int n)
{
    if (n >= 2 && n <= FLOW_MAX_STREAMS) return true;
    adj_flow_wrong(f, ADJ_E_VALUE, "%s: between 2 and %d %s are needed, got %d", verb,
                   FLOW_MAX_STREAMS, what, n);
    return false;
}

// ---------------------------------------------------------------- Gate

// w (..., n) and n outputs (..., rest) whose leading axes are those of w: one stack, one
// product and one sum, however many experts there are.
static AdjTensor *mix(AdjTensor *w, AdjTensors outputs)
{
    int axis = w->ndim - 1, extra = outputs.at[0]->ndim - axis;
    if (extra < 0)
        return adj_fail(ADJ_E_SHAPE, "Gate: weights of shape %s do not fit outputs of shape %s",
                        adj_shape_text(adj_shape(w)), adj_shape_text(adj_shape(outputs.at[0])));
    AdjTensor *all = adj_stack(outputs, axis);
    for (int i = 0; i < extra; i++) w = adj_unsqueeze(w, -1);
    return adj_sum(adj_mul(all, w), ADJ_SHAPE(axis), false, ADJ_SAME);
}

static bool gate_run(AdjModule *m, AdjTensor *x, const AdjArchive *refs, AdjValue *out)
{
    if (!made_by_flow(m, "gate(router, experts)")) return false;
    int n = m->n_children - 1;
    AdjTensor *w = ask_router(m, x, refs);
    AdjTensors outputs = {n, adj_scope_memory((size_t)n * sizeof(AdjTensor *))};
    if (!w || !outputs.at) return false;
    if (w->ndim < 1 || w->sizes[w->ndim - 1] != n)
        return adj_fail(ADJ_E_SHAPE,
                        "Gate: the router gave weights of shape %s for %d experts; the last "
                        "axis must be %d",
                        adj_shape_text(adj_shape(w)), n, n);
    for (int i = 0; i < n; i++)
        if (!(outputs.at[i] = run_branch(m, i, x))) return false;
    out->t = mix(w, outputs);
    return out->t != NULL;
}

static bool gate_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    return gate_run(m, in[0].t, NULL, out);
}

static bool gate_forward_named(AdjModule *m, AdjTensor *x, AdjArchive refs, AdjValue *out)
{
    return gate_run(m, x, &refs, out);
}

ADJ_MODULE(Gate, "()", "(input: tensor) -> tensor",
           "sum_i w_i expert_i(x), w = router(x): a soft mixture, what Flow's gate makes.\n"
           "shapes  w (..., n) for n experts; outputs share the leading axes of w\n"
           "notes   all experts run; gradients go to experts and router\n"
           "errors  Shape: the router's last axis is not the number of experts",
           .source = "Jacobs, Jordan, Nowlan and Hinton 1991", .forward = gate_forward,
           .forward_named = gate_forward_named, .copied = node_copied)

AdjFlow *adj_flow_gate(AdjFlow *f, AdjModule *router, AdjModules experts)
{
    if (!adj_flow_ready(f, "gate", router) || !enough(f, "gate", "experts", experts.n))
        return f;
    ADJ_SCOPE;
    return add_routed(f, "gate", adj_Gate(), router, experts);
}

// ---------------------------------------------------------------- Switch

static bool known_branch(AdjModule *m, int64_t i)
{
    int n = m->n_children - 1;
    if (i >= 0 && i < n) return true;
    return adj_fail(ADJ_E_INDEX, "Switch: the router chose branch %lld of %d", (long long)i, n);
}

// Rows by the branch they go to, and where each row then stands in that order.
static bool sort_rows(AdjModule *m, AdjTensor *choice, int64_t *order, int64_t *place,
                      int64_t *count)
{
    int64_t at = 0;
    int n = m->n_children - 1;
    const int64_t *c = (const int64_t *)adj_ptr(choice);
    for (int64_t r = 0; r < choice->numel; r++)
        if (!known_branch(m, c[r])) return false;
    for (int b = 0; b < n; b++) {
        count[b] = -at;
        for (int64_t r = 0; r < choice->numel; r++) {
            if (c[r] != b) continue;
            place[r] = at;
            order[at++] = r;
        }
        count[b] += at;
    }
    return true;
}

// Every branch that rows were sent to runs once, on its rows; then the rows go back to their
// places.
static AdjTensor *switch_rows(AdjModule *m, AdjTensor *x, AdjTensor *choice)
{
    int n = m->n_children - 1, used = 0;
    int64_t count[FLOW_MAX_STREAMS], rows = choice->numel, at = 0;
    AdjTensor *order = adj_new(ADJ_SHAPE(rows), ADJ_I64), *outputs[FLOW_MAX_STREAMS];
    AdjTensor *place = adj_new(ADJ_SHAPE(rows), ADJ_I64);
    if (!order || !place ||
        !sort_rows(m, choice, (int64_t *)adj_ptr(order), (int64_t *)adj_ptr(place), count))
        return NULL;
    for (int b = 0; b < n; at += count[b++]) {
        if (!count[b]) continue;
        AdjTensor *mine = adj_index_select(x, 0, adj_narrow(order, 0, at, count[b]));
        if (!(outputs[used++] = run_branch(m, b, mine))) return NULL;
    }
    return adj_index_select(adj_cat((AdjTensors){used, outputs}, 0), 0, place);
}

static bool switch_run(AdjModule *m, AdjTensor *x, const AdjArchive *refs, AdjValue *out)
{
    if (!made_by_flow(m, "switch(router, branches)")) return false;
    AdjTensor *choice = ask_router(m, x, refs);
    if (!choice) return false;
    choice = adj_contiguous(adj_to(adj_detach(choice), ADJ_I64));
    if (!choice) return false;
    if (choice->numel == 1) {
        int64_t i = *(const int64_t *)adj_ptr(choice);
        if (!known_branch(m, i)) return false;
        out->t = run_branch(m, (int)i, x);
    } else if (choice->ndim == 1 && x->ndim > 1 && choice->numel == x->sizes[0]) {
        out->t = switch_rows(m, x, choice);
    } else {
        return adj_fail(ADJ_E_SHAPE,
                        "Switch: the router gave shape %s; one number, or one for each row of "
                        "the input %s, is needed",
                        adj_shape_text(adj_shape(choice)), adj_shape_text(adj_shape(x)));
    }
    return out->t != NULL;
}

static bool switch_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    return switch_run(m, in[0].t, NULL, out);
}

static bool switch_forward_named(AdjModule *m, AdjTensor *x, AdjArchive refs, AdjValue *out)
{
    return switch_run(m, x, &refs, out);
}

ADJ_MODULE(Switch, "()", "(input: tensor) -> tensor",
           "branch_i(x), i = router(x): a hard choice, what Flow's switch makes.\n"
           "shapes  i one number, or (B) for an input (B, ...), each row then going its way\n"
           "notes   only chosen branches run; the router gets no gradient\n"
           "errors  Index: no such branch",
           .forward = switch_forward, .forward_named = switch_forward_named,
           .copied = node_copied)

AdjFlow *adj_flow_switch(AdjFlow *f, AdjModule *router, AdjModules branches)
{
    if (!adj_flow_ready(f, "switch", router) || !enough(f, "switch", "branches", branches.n))
        return f;
    ADJ_SCOPE;
    return add_routed(f, "switch", adj_Switch(), router, branches);
}

// ---------------------------------------------------------------- Map

static AdjTensor *map_rows(AdjModule *m, AdjTensor *x)
{
    AdjModule *body = child(m, 0);
    if (x->ndim < 1) return adj_fail(ADJ_E_SHAPE, "Map: a number has no elements to map over");
    int64_t n = x->sizes[0];
    if (m->arg[Map_batched].b || !n) return adj_module_pass(body, "body", x);
    AdjTensors rows = {(int)n, adj_scope_memory((size_t)n * sizeof(AdjTensor *))};
    for (int64_t i = 0; rows.at && i < n; i++) {
        AdjTensor *row = adj_narrow(x, 0, i, 1);
        if (!(rows.at[i] = adj_module_pass(body, "body", row))) return NULL;
    }
    return rows.at ? adj_cat(rows, 0) : NULL;
}

// (B, D) -> (B n, D / n) -> body -> (B, out n).
static AdjTensor *map_slices(AdjModule *m, AdjTensor *x)
{
    int64_t n = m->arg[Map_n].i;
    if (x->ndim != 2 || x->sizes[1] % n)
        return adj_fail(ADJ_E_SHAPE,
                        "Map: slices(%lld) needs an input (B, D) with D a multiple of %lld, "
                        "got %s",
                        (long long)n, (long long)n, adj_shape_text(adj_shape(x)));
    AdjTensor *parts = adj_reshape(x, ADJ_SHAPE(x->sizes[0] * n, x->sizes[1] / n));
    AdjTensor *y = parts ? map_rows(m, parts) : NULL;
    return y ? adj_reshape(y,
                           ADJ_SHAPE(x->sizes[0], y->numel / (x->sizes[0] ? x->sizes[0] : 1)))
             : NULL;
}

static bool map_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    if (!made_by_flow(m, "map(body).each()")) return false;
    bool slices = !strcmp(m->arg[Map_mode].s, "slices");
    out->t = slices ? map_slices(m, in[0].t) : map_rows(m, in[0].t);
    return out->t != NULL;
}

ADJ_MODULE(Map, "(mode: str = 'each', n: int[1,] = 1, batched: bool = False)",
           "(input: tensor) -> tensor",
           "body(x_i) for every element x_i along axis 0, put together again; what Flow's map "
           "makes. mode 'slices': the last axis is cut into n slices that are mapped.\n"
           "shapes  each (N, ...) -> (N, ...); slices (B, D) -> (B n, D / n) -> (B, out n)\n"
           "notes   elements keep their axis, with size 1; batched: one call for all of them",
           .repr = "{mode=}{n?}{batched?}", .forward = map_forward, .copied = node_copied)

AdjFlow *adj_flow_map(AdjFlow *f, AdjModule *body)
{
    if (!adj_flow_ready(f, "map", body)) return f;
    f->body = adj_module_keep(body);
    f->mapping = true;
    f->batched = false;
    return f;
}

static bool mapping(AdjFlow *f, const char *verb)
{
    if (!f || f->error || adj_error_kind()) return false;
    if (f->body && f->mapping) return true;
    adj_flow_wrong(f, ADJ_E_VALUE, "%s: there is no map(body) before it", verb);
    return false;
}

AdjFlow *adj_flow_batched(AdjFlow *f)
{
    if (mapping(f, "batched")) f->batched = true;
    return f;
}

static AdjFlow *finish_map(AdjFlow *f, const char *mode, int64_t n, int from)
{
    ADJ_SCOPE;
    static const char *const names[] = {"body"};
    AdjModule *m = with_parts(adj_Map(mode, n, f->batched), 1, names, &f->body);
    adj_module_drop(&f->body);
    if (!m) return adj_flow_wrong(f, ADJ_E_MEMORY, "map: no memory");
    f->stream[0] = adj_flow_add_module(f, m, from);
    return f;
}

AdjFlow *adj_flow_each(AdjFlow *f)
{
    return mapping(f, "each") ? finish_map(f, "each", 1, f->stream[0]) : f;
}

AdjFlow *adj_flow_over(AdjFlow *f, const char *tag)
{
    if (!mapping(f, "over")) return f;
    FlowTag *t = tag ? adj_flow_find_tag(f->g, tag) : NULL;
    if (!t)
        return adj_flow_wrong(f, ADJ_E_VALUE,
                              "over: there is no tag '%s' yet; a map needs a value of the same "
                              "pass",
                              tag ? tag : "None");
    return finish_map(f, "each", 1, t->node);
}

AdjFlow *adj_flow_slices(AdjFlow *f, int64_t n)
{
    if (!mapping(f, "slices")) return f;
    if (n < 1)
        return adj_flow_wrong(f, ADJ_E_VALUE, "slices: n must be at least 1, got %lld",
                              (long long)n);
    return finish_map(f, "slices", n, f->stream[0]);
}
