// SPDX-License-Identifier: Apache-2.0
// The builder of flow graphs from C: verbs in a chain make a module that runs forward and
// backward, a wrong verb waits for the build, and nothing is left behind: every graph is built
// in the scope of its case, whose end must return all tensors.
#include "check.h"

static AdjTensor *pair(float a, float b)
{
    return adj_from((float[]){a, b}, ADJ_SHAPE(1, 2), ADJ_F32);
}

// A linear map of two numbers without a bias, whose weight is [by] times the identity.
static AdjModule *times(double by)
{
    AdjModule *m = adj_Linear(2, 2, false, "pytorch", ADJ_F32);
    bool grad = adj_set_grad_enabled(false);
    if (m) adj_assign(adj_parameters(m).at[0], adj_mul(adj_eye(2, 2, ADJ_F32), ADJ_NUM(by)));
    adj_set_grad_enabled(grad);
    return m;
}

static void a_chain_runs_and_learns(void)
{
    AdjModule *two = times(2), *three = times(3);
    AdjFlow *f = adj_flow(two);
    f = adj_flow_through(adj_flow_tag(f, "twice"), adj_ReLU(false));
    f = adj_flow_also(f, three);
    AdjModule *g = adj_flow_build(adj_flow_label(f, "net"));
    AdjTensor *x = pair(1, -1), *y = adj_forward(g, x), *tagged = NULL;
    tensors_near(y, pair(8, 0), 1e-5, "relu(2 x) + 3 relu(2 x)");
    ok(adj_graph_tagged_at(g, "twice", &tagged), "the tag has a value");
    tensors_near(tagged, pair(2, -2), 1e-5, "of this pass");
    ok(adj_backward(adj_sum(y, ADJ_ALL, false, ADJ_SAME), NULL, false, false), "backward");
    float want_two[] = {4, -4, 0, 0}, want_three[] = {2, 0, 2, 0};
    tensors_near(adj_grad(adj_parameters(two).at[0]),
                 adj_from(want_two, ADJ_SHAPE(2, 2), ADJ_F32), 1e-5, "the first map learns");
    tensors_near(adj_grad(adj_parameters(three).at[0]),
                 adj_from(want_three, ADJ_SHAPE(2, 2), ADJ_F32), 1e-5, "the second too");
    equal_int(adj_parameters(g).n, 2, "the graph has both weights");
    no_error("a chain");
}

static void branches_join(void)
{
    AdjTensor *x = pair(1, 2), *side = NULL;
    AdjFlow *f = adj_flow_split(adj_flow(NULL), ADJ_MODULES(times(2), times(4)));
    AdjModule *mean = adj_flow_build(adj_flow_merge(f, "mean"));
    tensors_near(adj_forward(mean, x), pair(3, 6), 1e-5, "the mean of two branches");
    f = adj_flow_tag(adj_flow_fork(adj_flow(times(2)), times(5)), "side");
    AdjModule *forked = adj_flow_build(adj_flow_through(f, times(3)));
    tensors_near(adj_forward(forked, x), pair(6, 12), 1e-5, "a fork leaves the stream alone");
    ok(adj_graph_tagged_at(forked, "side", &side), "and is tagged");
    tensors_near(side, pair(10, 20), 1e-5, "with its own value");
    f = adj_flow_also_with(adj_flow(NULL), times(7), times(1));
    tensors_near(adj_forward(adj_flow_build(f), x), pair(8, 16), 1e-5, "skip and main path");
    no_error("branches");
}

static void loops_turn(void)
{
    AdjModule *body = times(2);
    AdjModule *g = adj_flow_build(adj_flow_for_n(adj_flow_loop_body(adj_flow(NULL), body), 3));
    AdjTensor *y = adj_forward(g, pair(1, 1));
    tensors_near(y, pair(8, 8), 1e-5, "three turns");
    ok(adj_backward(adj_sum(y, ADJ_ALL, false, ADJ_SAME), NULL, false, false), "backward");
    // 2^2 from each of three turns, and what passed through the other axis of none
    near(element(adj_grad(adj_parameters(body).at[0]), 0), 12, 1e-5, "through all turns");
    no_error("a loop");
}

static void routes_choose(void)
{
    AdjTensor *x = pair(1, 2);
    AdjFlow *f =
        adj_flow_switch(adj_flow(NULL), adj_FixedSelector(1), ADJ_MODULES(times(2), times(5)));
    tensors_near(adj_forward(adj_flow_build(f), x), pair(5, 10), 1e-5, "the second branch");
    // A router with equal scores gives every expert the same share.
    AdjModule *router = adj_SoftmaxRouter(2, 2);
    AdjModule *g =
        adj_flow_build(adj_flow_gate(adj_flow(NULL), router, ADJ_MODULES(times(3), times(3))));
    tensors_near(adj_forward(g, x), pair(3, 6), 1e-5, "equal experts, whatever their shares");
    no_error("routes");
}

static void state_is_carried(void)
{
    AdjFlow *f = adj_flow_through(adj_flow(NULL), adj_StateAdd());
    AdjModule *g = adj_flow_build(adj_flow_tag(adj_flow_using(f, "sum"), "sum"));
    ok(!adj_graph_has_state(g), "no state before the first pass");
    adj_forward(g, pair(1, 2));
    tensors_near(adj_forward(g, pair(1, 2)), pair(2, 4), 1e-5, "the pass before is added");
    ok(adj_graph_has_state(g) && adj_graph_end_step(g), "a step ends");
    ok(adj_graph_reset_state(g) && !adj_graph_has_state(g), "the state is forgotten");
    tensors_near(adj_forward(g, pair(1, 2)), pair(1, 2), 1e-5, "and starts at zero");
    no_error("state");
}

static void errors_wait_for_the_build(void)
{
    AdjModule *m = adj_Identity();
    AdjFlow *f = adj_flow_tag(adj_flow_tag(adj_flow(NULL), "a"), "a");
    no_error("a verb that is wrong");
    f = adj_flow_merge(adj_flow_through(f, m), "sum");
    fails_with(ADJ_E_VALUE, "the tag 'a' is set twice", adj_flow_build(f), "the first is told");
    fails_with(ADJ_E_VALUE, "merge(\"add\")",
               adj_flow_build(adj_flow_split(adj_flow(NULL), ADJ_MODULES(m, m))),
               "an open split");
    fails_with(ADJ_E_VALUE, "at least 1 iteration",
               adj_flow_build(adj_flow_for_n(adj_flow_loop_body(adj_flow(NULL), m), 0)),
               "a loop of no turns");
    fails_with(ADJ_E_VALUE, "no tag('later')",
               adj_flow_build(
                   adj_flow_using(adj_flow_through(adj_flow(NULL), adj_StateAdd()), "later")),
               "a reference to nothing");
    AdjFlow *once = adj_flow(m);
    ok(adj_flow_build(once), "a flow builds");
    ok(!adj_flow_build(once) && adj_error_kind(), "but once");
    adj_error_clear();
}

static void a_kept_graph_outlives_its_scope(void)
{
    AdjModule *g = NULL;
    {
        ADJ_SCOPE;
        g = adj_module_keep(adj_flow_build(adj_flow_through(adj_flow(times(2)), times(3))));
    }
    tensors_near(adj_forward(g, pair(1, 2)), pair(6, 12), 1e-5, "it runs");
    adj_module_drop(&g);
    ok(!g, "and goes");
}

int main(void)
{
    test_case(a_chain_runs_and_learns);
    test_case(branches_join);
    test_case(loops_turn);
    test_case(routes_choose);
    test_case(state_is_carried);
    test_case(errors_wait_for_the_build);
    test_case(a_kept_graph_outlives_its_scope);
    return done();
}
