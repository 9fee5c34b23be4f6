// SPDX-License-Identifier: Apache-2.0
// recurrent.c: the recurrent operators of ONNX. Where our layers compute the same they do it;
// what those lack (a GRU that resets before its product, peepholes, sequences of several
// lengths in one batch) is computed here step by step.
#include "io/onnx/rows.h"

// Direction [d] of operand [i] with its gates in our order: ONNX writes i o f c and z r h.
static AdjTensor *gates(AdjOnnxCall *c, int i, int d, const int *order, int n)
{
    AdjTensor *t = adj_onnx_in(c, i), *part[4] = {NULL};
    if (!t || t->ndim < 2 || t->sizes[1] % n || d >= t->sizes[0])
        return t ? adj_onnx_fail(c, "its input %d does not fit", i) : NULL;
    t = adj_select(t, 0, d);
    int64_t h = t ? t->sizes[0] / n : 0;
    for (int k = 0; k < n; k++) part[k] = adj_narrow(t, 0, order[k] * h, h);
    return adj_cat((AdjTensors){n, part}, 0);
}

typedef struct {
    const int *order;
    int gates;
    AdjTensor *x, *h0, *c0;  // x (T, B, I), states (directions, B, H)
    AdjTensor *lengths;      // of each sequence; NULL: all are whole
    bool reset_first;        // a GRU's reset gate applies to the state, not to its product
    int64_t hidden;
    const char *activation;
} Recurrent;

// ---------------------------------------------------------------- step by step

// One direction's weights in our order of gates.
typedef struct {
    AdjTensor *w, *u, *bias[2], *peep;
} Weights;

// Gate [k] of [t], whose last axis holds all.
static AdjTensor *gate(AdjTensor *t, const Recurrent *r, int k)
{
    return t ? adj_narrow(t, -1, k * r->hidden, r->hidden) : NULL;
}

// The state's product for gates [k] to [k] + [n] - 1.
static AdjTensor *product(const Recurrent *r, const Weights *v, AdjTensor *h, int k, int n)
{
    int64_t from = k * r->hidden, many = n * r->hidden;
    AdjTensor *b = v->bias[1] ? adj_narrow(v->bias[1], 0, from, many) : NULL;
    return adj_linear(h, adj_narrow(v->u, 0, from, many), b);
}

static AdjTensor *sum(AdjTensor *a, AdjTensor *b)
{
    return adj_add(a, b, ADJ_I(1));
}

// With r and z for reset and update: (1 - z) tanh(a + U (r h) + b) + z h.
static AdjTensor *gru_step(const Recurrent *r, const Weights *v, AdjTensor *a, AdjTensor *h)
{
    AdjTensor *both =
        adj_sigmoid(sum(adj_narrow(a, -1, 0, 2 * r->hidden), product(r, v, h, 0, 2)));
    AdjTensor *reset = gate(both, r, 0), *z = gate(both, r, 1);
    AdjTensor *n = r->reset_first ? product(r, v, adj_mul(reset, h), 2, 1)
                                  : adj_mul(reset, product(r, v, h, 2, 1));
    n = adj_tanh(sum(gate(a, r, 2), n));
    return sum(n, adj_mul(z, adj_sub(h, n, ADJ_I(1))));
}

// Peepholes stand in ONNX's order: input, output, forget.
static AdjTensor *seen(const Recurrent *r, const Weights *v, AdjTensor *a, int k, AdjTensor *c)
{
    return v->peep ? sum(a, adj_mul(gate(v->peep, r, k), c)) : a;
}

static AdjTensor *lstm_step(const Recurrent *r, const Weights *v, AdjTensor *a, AdjTensor *h,
                            AdjTensor **c)
{
    a = sum(a, product(r, v, h, 0, 4));
    AdjTensor *in = adj_sigmoid(seen(r, v, gate(a, r, 0), 0, *c));
    AdjTensor *keep = adj_sigmoid(seen(r, v, gate(a, r, 1), 2, *c));
    *c = sum(adj_mul(keep, *c), adj_mul(in, adj_tanh(gate(a, r, 2))));
    return adj_mul(adj_sigmoid(seen(r, v, gate(a, r, 3), 1, *c)), adj_tanh(*c));
}

static AdjTensor *plain_step(const Recurrent *r, const Weights *v, AdjTensor *a, AdjTensor *h)
{
    a = sum(a, product(r, v, h, 0, 1));
    return strcmp(r->activation, "relu") ? adj_tanh(a) : adj_relu(a);
}

// A sequence that is over keeps its states and gives zeros; one that runs backwards has not
// begun yet, which is the same.
static AdjTensors step_by_step(AdjOnnxCall *call, const Recurrent *r, const Weights *v,
                               AdjTensor *h, AdjTensor *c, bool back)
{
    AdjTensors none = {0, NULL};
    int64_t n = r->x->sizes[0];
    AdjTensor **y = adj_scope_memory((size_t)(n + 3) * sizeof *y);
    AdjTensor *sums = adj_linear(r->x, v->w, v->bias[0]), *lengths = NULL;
    if (n == 0) adj_onnx_fail(call, "its operand has no steps");
    if (!y || !sums || n == 0) return none;
    if (r->lengths) lengths = adj_unsqueeze(r->lengths, -1);
    for (int64_t i = 0; i < n; i++) {
        int64_t t = back ? n - 1 - i : i;
        AdjTensor *a = adj_select(sums, 0, t), *new_c = c, *new_h;
        if (r->gates == 4)
            new_h = lstm_step(r, v, a, h, &new_c);
        else
            new_h = r->gates == 3 ? gru_step(r, v, a, h) : plain_step(r, v, a, h);
        if (!new_h) return none;
        y[t] = new_h;
        if (lengths) {
            AdjTensor *runs = adj_gt(lengths, ADJ_NUM((double)t));
            y[t] = adj_where(runs, new_h, adj_zeros_like(new_h, ADJ_SAME));
            new_h = adj_where(runs, new_h, h);
            if (c) new_c = adj_where(runs, new_c, c);
        }
        h = new_h, c = new_c;
    }
    y[n] = adj_stack((AdjTensors){(int)n, y}, 0), y[n + 1] = h, y[n + 2] = c;
    return (AdjTensors){r->gates == 4 ? 3 : 2, y + n};
}

// ---------------------------------------------------------------- by our layers

// Biases of input and state stand behind one another.
static AdjTensors direction(AdjOnnxCall *c, const Recurrent *r, int d, bool back)
{
    AdjTensor *w = gates(c, 1, d, r->order, r->gates), *u = gates(c, 2, d, r->order, r->gates);
    AdjTensor *b = adj_onnx_in(c, 3), *bias[2] = {NULL, NULL}, *peep = adj_onnx_in(c, 7);
    AdjTensors none = {0, NULL};
    AdjLongs all = {-1, NULL};
    if (!w || !u) return none;
    for (int half = 0; b && half < 2; half++) {
        AdjTensor *part = adj_narrow(adj_select(b, 0, d), 0, half * r->gates * r->hidden,
                                     r->gates * r->hidden);
        AdjTensor *piece[4] = {NULL};
        for (int k = 0; k < r->gates; k++)
            piece[k] = adj_narrow(part, 0, r->order[k] * r->hidden, r->hidden);
        bias[half] = adj_cat((AdjTensors){r->gates, piece}, 0);
    }
    AdjTensor *h = adj_select(r->h0, 0, d);
    if (r->lengths || r->reset_first || peep) {
        Weights v = {w, u, {bias[0], bias[1]}, peep ? adj_select(peep, 0, d) : NULL};
        return step_by_step(c, r, &v, h, r->gates == 4 ? adj_select(r->c0, 0, d) : NULL, back);
    }
    if (r->gates == 4)
        return adj_lstm_layer(r->x, h, adj_select(r->c0, 0, d), w, u, bias[0], bias[1], NULL,
                              all, back);
    if (r->gates == 3) return adj_gru_layer(r->x, h, w, u, bias[0], bias[1], all, back);
    return adj_rnn_layer(r->x, h, w, u, bias[0], bias[1], r->activation, all, back);
}

static bool usual_activations(AdjOnnxCall *c, Recurrent *r)
{
    const Onnx__AttributeProto *a = adj_onnx_attr(c->node, "activations");
    static const char *const usual[] = {
        [1] = "Tanh", [3] = "SigmoidTanh", [4] = "SigmoidTanhTanh"};
    r->activation = "tanh";
    if (!a || !a->n_strings) return true;
    char text[128] = "";
    for (size_t i = 0; i < a->n_strings && strlen(text) < 64; i++)
        strncat(text, (const char *)a->strings[i].data,
                a->strings[i].len < 16 ? a->strings[i].len : 16);
    bool relu = r->gates == 1 && !strncmp(text, "Relu", 4);
    if (relu) r->activation = "relu";
    return relu || !strncmp(text, usual[r->gates], strlen(usual[r->gates])) ||
           adj_onnx_fail(c, "the activations %s are not supported", text);
}

static bool read_recurrent(AdjOnnxCall *c, Recurrent *r, int directions)
{
    bool batch_first = adj_onnx_int(c, "layout", 0);
    AdjTensor *x = adj_onnx_need(c, 0), *u = adj_onnx_need(c, 2);
    if (!x || !u || x->ndim != 3 || u->ndim != 3)
        return adj_onnx_fail(c, "its operands do not fit");
    if (adj_onnx_attr(c->node, "clip")) return adj_onnx_fail(c, "clip is not supported");
    r->reset_first = r->gates == 3 && !adj_onnx_int(c, "linear_before_reset", 0);
    r->lengths = adj_onnx_in(c, 4);
    r->hidden = u->sizes[2];
    r->x = batch_first ? adj_transpose(x, 0, 1) : x;
    AdjShape shape = ADJ_SHAPE(directions, r->x ? r->x->sizes[1] : 0, r->hidden);
    AdjTensor **state[] = {&r->h0, &r->c0};
    for (int i = 0; i < 2; i++) {
        AdjTensor *given = adj_onnx_in(c, 5 + i);
        *state[i] = given ? (batch_first ? adj_transpose(given, 0, 1) : given)
                          : adj_zeros(shape, (AdjDtype)x->dtype);
    }
    return usual_activations(c, r);
}

static AdjTensor *recurrent(AdjOnnxCall *c, const int *order, int n_gates)
{
    Recurrent r = {.order = order, .gates = n_gates};
    const char *way = adj_onnx_str(c, "direction", "forward");
    int directions = !strcmp(way, "bidirectional") ? 2 : 1;
    bool batch_first = adj_onnx_int(c, "layout", 0);
    AdjTensor *part[3][2] = {{NULL}};
    if (!read_recurrent(c, &r, directions)) return NULL;
    for (int d = 0; d < directions; d++) {
        AdjTensors y = direction(c, &r, d, d || !strcmp(way, "reverse"));
        if (adj_error_kind()) return NULL;
        for (int k = 0; k < 3 && k < y.n && k < (n_gates == 4 ? 3 : 2); k++)
            part[k][d] = y.at[k];
    }
    for (int k = 0; k < 3 && k < c->n_out && part[k][0]; k++) {
        int64_t axis = k ? (batch_first ? 1 : 0) : batch_first ? 2 : 1;
        for (int d = 0; d < directions && !k && batch_first; d++)
            part[k][d] = adj_transpose(part[k][d], 0, 1);
        c->out[k] = adj_stack((AdjTensors){directions, part[k]}, axis);
    }
    return c->out[0];
}

AdjTensor *adj_onnx_load_lstm(AdjOnnxCall *c)
{
    static const int order[] = {0, 2, 3, 1};
    return recurrent(c, order, 4);
}

AdjTensor *adj_onnx_load_gru(AdjOnnxCall *c)
{
    static const int order[] = {1, 0, 2};
    return recurrent(c, order, 3);
}

AdjTensor *adj_onnx_load_rnn(AdjOnnxCall *c)
{
    static const int order[] = {0};
    return recurrent(c, order, 1);
}
