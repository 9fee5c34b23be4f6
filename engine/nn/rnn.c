// SPDX-License-Identifier: Apache-2.0
// rnn.c: RNN, LSTM and GRU: stacks of recurrent layers, in one direction or both. A layer's
// direction is one fused operation (ops/rnn.c); here are the parameters' names, the states'
// order and the forms of input: (T, B, I), batch first, one sequence without a batch, packed
// rows.
#include "nn/module.h"

// What the three rows have in common, whatever the places of their arguments.
typedef struct {
    const char *nonlinearity;  // NULL for gated cells
    int gates;
    int64_t input, hidden, layers, out;  // out: features of one direction's output
    bool bias, batch_first, both, cells, projects;
    double dropout;
} Options;

#define COMMON(Name, gates_)                                                             \
    .gates = gates_, .input = m->arg[Name##_input_size].i,                               \
    .hidden = m->arg[Name##_hidden_size].i, .layers = m->arg[Name##_num_layers].i,       \
    .out = m->arg[Name##_hidden_size].i, .bias = m->arg[Name##_bias].b,                  \
    .batch_first = m->arg[Name##_batch_first].b, .both = m->arg[Name##_bidirectional].b, \
    .dropout = m->arg[Name##_dropout].f

static Options rnn_options(const AdjModule *m)
{
    return (Options){COMMON(RNN, 1), .nonlinearity = m->arg[RNN_nonlinearity].s};
}

static Options gru_options(const AdjModule *m)
{
    return (Options){COMMON(GRU, 3)};
}

static Options lstm_options(const AdjModule *m)
{
    Options o = {COMMON(LSTM, 4), .cells = true};
    int64_t size = m->arg[LSTM_proj_size].i;
    o.projects = size > 0;
    if (o.projects) o.out = size;
    return o;
}

// ---------------------------------------------------------------- parameters

static bool add(AdjModule *m, const char *kind, int64_t layer, bool reverse, AdjShape shape,
                AdjDtype dtype, double bound)
{
    char name[48];
    snprintf(name, sizeof name, "%s_l%lld%s", kind, (long long)layer,
             reverse ? "_reverse" : "");
    return adj_module_add_uniform(m, name, true, shape, dtype, bound);
}

static bool build(AdjModule *m, Options o, AdjDtype dtype)
{
    int64_t sums = o.gates * o.hidden, directions = o.both ? 2 : 1;
    double bound = 1 / sqrt((double)o.hidden);
    for (int64_t k = 0; k < o.layers * directions; k++) {
        int64_t layer = k / directions, in = layer ? o.out * directions : o.input;
        bool reverse = k % directions;
        bool ok =
            add(m, "weight_ih", layer, reverse, ADJ_SHAPE(sums, in), dtype, bound) &&
            add(m, "weight_hh", layer, reverse, ADJ_SHAPE(sums, o.out), dtype, bound) &&
            (!o.bias || (add(m, "bias_ih", layer, reverse, ADJ_SHAPE(sums), dtype, bound) &&
                         add(m, "bias_hh", layer, reverse, ADJ_SHAPE(sums), dtype, bound))) &&
            (!o.projects ||
             add(m, "weight_hr", layer, reverse, ADJ_SHAPE(o.out, o.hidden), dtype, bound));
        if (!ok) return false;
    }
    return true;
}

static bool rnn_build(AdjModule *m)
{
    const char *f = m->arg[RNN_nonlinearity].s;
    if (strcmp(f, "tanh") && strcmp(f, "relu")) {
        return adj_fail(ADJ_E_VALUE, "Unknown nonlinearity '%s'. Select from 'tanh' or 'relu'.",
                        f);
    }
    return build(m, rnn_options(m), m->arg[RNN_dtype].dtype);
}

static bool gru_build(AdjModule *m)
{
    return build(m, gru_options(m), m->arg[GRU_dtype].dtype);
}

static bool lstm_build(AdjModule *m)
{
    int64_t size = m->arg[LSTM_proj_size].i;
    if (size >= m->arg[LSTM_hidden_size].i) {
        return adj_fail(ADJ_E_VALUE,
                        "LSTM: proj_size has to be smaller than hidden_size, got %lld and %lld",
                        (long long)size, (long long)m->arg[LSTM_hidden_size].i);
    }
    return build(m, lstm_options(m), m->arg[LSTM_dtype].dtype);
}

// ---------------------------------------------------------------- running

typedef struct {
    Options o;
    bool packed, batched;
    AdjLongs sizes;
    AdjTensor *x;        // (T, B, I) or packed rows (N, I)
    AdjTensor *h0, *c0;  // (layers, B, P), (layers, B, H)
} Run;

static bool check_input(const AdjModule *m, const Run *r, const AdjTensor *x)
{
    if (!r->packed && x->ndim != 2 && x->ndim != 3) {
        return adj_fail(ADJ_E_VALUE, "%s: Expected input to be 2D or 3D, got %dD instead",
                        m->row->name, x->ndim);
    }
    if (x->sizes[x->ndim - 1] == r->o.input) return true;
    return adj_fail(ADJ_E_SHAPE,
                    "%s: input.size(-1) must be equal to input_size. Expected %lld, got %lld",
                    m->row->name, (long long)r->o.input, (long long)x->sizes[x->ndim - 1]);
}

// A state as given, brought to (layers, B, width), or zeros. [place] is "[0]" or "[1]" in a
// pair, else "".
static AdjTensor *state(const Run *r, AdjTensor *given, int64_t width, const char *place)
{
    int64_t batch = r->packed ? (r->sizes.n ? r->sizes.at[0] : 0) : r->x->sizes[1];
    AdjShape want = ADJ_SHAPE(r->o.layers * (r->o.both ? 2 : 1), batch, width);
    if (!given) return adj_zeros(want, adj_dtype(r->x));
    bool batched = r->packed || r->batched;
    if (given->ndim != (batched ? 3 : 2)) {
        return adj_fail(ADJ_E_SHAPE,
                        batched
                            ? "hx: For batched 3-D input, hx should also be 3-D but got %d-D "
                              "tensor"
                            : "hx: For unbatched 2-D input, hx should also be 2-D but got %d-D "
                              "tensor",
                        given->ndim);
    }
    if (!batched) given = adj_unsqueeze(given, 1);
    if (!given || adj_shape_equal(adj_shape(given), want)) return given;
    return adj_fail(ADJ_E_SHAPE, "hx: Expected hidden%s size %s, got [%lld, %lld, %lld]", place,
                    adj_shape_text(want), (long long)given->sizes[0],
                    (long long)given->sizes[1], (long long)given->sizes[2]);
}

static bool take_states(Run *r, AdjValue hx)
{
    int64_t width = r->o.out;
    if (!r->o.cells) return (r->h0 = state(r, hx.t, width, "")) != NULL;
    if (hx.ts.n && hx.ts.n != 2) {
        return adj_fail(ADJ_E_TYPE,
                        "LSTM: expected hx to be the pair (h_0, c_0), got %d tensors", hx.ts.n);
    }
    r->h0 = state(r, hx.ts.n ? hx.ts.at[0] : NULL, width, "[0]");
    r->c0 = r->h0 ? state(r, hx.ts.n ? hx.ts.at[1] : NULL, r->o.hidden, "[1]") : NULL;
    return r->c0 != NULL;
}

static bool take_input(const AdjModule *m, Run *r, const AdjValue *in)
{
    r->sizes = in[2].longs;
    r->packed = r->sizes.n >= 0;
    AdjTensor *x = in[0].t;
    if (!check_input(m, r, x)) return false;
    r->batched = x->ndim == 3;
    if (!r->packed && !r->batched) x = adj_unsqueeze(x, r->o.batch_first ? 0 : 1);
    if (!r->packed && r->o.batch_first) x = adj_transpose(x, 0, 1);
    r->x = x;
    return x && take_states(r, in[1]);
}

// Layer k, counting directions: output, last h, last c.
static AdjTensors run_layer(const AdjModule *m, const Run *r, AdjTensor *x, int64_t k)
{
    const Options *o = &r->o;
    int each = 2 + 2 * o->bias + o->projects, at = (int)k * each;
    AdjTensor *w_ih = adj_param(m, at), *w_hh = adj_param(m, at + 1);
    AdjTensor *b_ih = o->bias ? adj_param(m, at + 2) : NULL;
    AdjTensor *b_hh = o->bias ? adj_param(m, at + 3) : NULL;
    AdjTensor *w_hr = o->projects ? adj_param(m, at + each - 1) : NULL;
    AdjTensor *h = adj_select(r->h0, 0, k);
    bool reverse = o->both && k % 2;
    if (o->cells)
        return adj_lstm_layer(x, h, adj_select(r->c0, 0, k), w_ih, w_hh, b_ih, b_hh, w_hr,
                              r->sizes, reverse);
    if (!o->nonlinearity) return adj_gru_layer(x, h, w_ih, w_hh, b_ih, b_hh, r->sizes, reverse);
    return adj_rnn_layer(x, h, w_ih, w_hh, b_ih, b_hh, o->nonlinearity, r->sizes, reverse);
}

// The output in the form of the input.
static AdjTensor *restore(const Run *r, AdjTensor *y)
{
    if (r->packed) return y;
    if (r->o.batch_first) y = adj_transpose(y, 0, 1);
    return r->batched ? y : adj_squeeze(y, ADJ_SHAPE(r->o.batch_first ? 0 : 1));
}

static AdjTensor *stacked(const Run *r, AdjTensors states)
{
    AdjTensor *all = adj_stack(states, 0);
    return r->packed || r->batched ? all : adj_squeeze(all, ADJ_SHAPE(1));
}

static bool run(AdjModule *m, Options o, const AdjValue *in, AdjValue *out)
{
    Run r = {.o = o};
    if (!take_input(m, &r, in)) return false;
    int directions = o.both ? 2 : 1, n = (int)o.layers * directions;
    AdjTensor **h = adj_scope_memory((size_t)n * 2 * sizeof *h), **c = h + n;
    if (!h) return false;
    AdjTensor *x = r.x;
    for (int k = 0; k < n; k += directions) {
        AdjTensor *y[2];
        for (int d = 0; d < directions; d++) {
            AdjTensors now = run_layer(m, &r, x, k + d);
            if (now.n < 2) return false;
            y[d] = now.at[0];
            h[k + d] = now.at[1];
            if (o.cells) c[k + d] = now.at[2];
        }
        x = o.both ? adj_cat((AdjTensors){2, y}, -1) : y[0];
        if (k + directions < n && o.dropout > 0) x = adj_dropout(x, o.dropout, m->training);
    }
    AdjTensor **all = adj_scope_memory(3 * sizeof *all);
    if (!all) return false;
    all[0] = restore(&r, x);
    all[1] = stacked(&r, (AdjTensors){n, h});
    if (o.cells) all[2] = stacked(&r, (AdjTensors){n, c});
    out->ts = (AdjTensors){o.cells ? 3 : 2, all};
    return !adj_error_kind();
}

static bool rnn_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    return run(m, rnn_options(m), in, out);
}

static bool gru_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    return run(m, gru_options(m), in, out);
}

static bool lstm_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    return run(m, lstm_options(m), in, out);
}

// ---------------------------------------------------------------- rows

#define NOTES                                                                                 \
    "notes   with num_layers L and D directions: input (T, B, I), (B, T, I) with "            \
    "batch_first, "                                                                           \
    "or (T, I); output (T, B, D H); h_n (L D, B, H), layer by layer, forward then backward. " \
    "dropout acts on the outputs of all layers but the last, in training. Without hx the "    \
    "states start at zero. batch_sizes makes input packed rows, as pack_padded_sequence "     \
    "gives them\n"                                                                            \
    "errors  Value: input of other than 2 or 3 axes; Shape: input features or states do not " \
    "fit"
#define REPR "{num_layers?}{bias?}{batch_first?}{dropout?}{bidirectional?}"

ADJ_MODULE(
    RNN,
    "(input_size: int[1,16777216], hidden_size: int[1,16777216], num_layers: int[1,1024] = 1, "
    "nonlinearity: "
    "str = "
    "'tanh', bias: bool = True, batch_first: bool = False, dropout: float[0,1] = 0.0, "
    "bidirectional: bool = False, dtype: dtype? = None)",
    "(input: tensor, hx: tensor? = None, batch_sizes: longs? = None) -> (output: tensor, h_n: "
    "tensor)",
    "Layers of h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu, along a sequence.\n" NOTES,
    .source = "Elman 1990", .repr = "{input_size}{hidden_size}" REPR, .build = rnn_build,
    .forward = rnn_forward)

ADJ_MODULE(
    LSTM,
    "(input_size: int[1,16777216], hidden_size: int[1,16777216], num_layers: int[1,1024] = 1, "
    "bias: bool = "
    "True, "
    "batch_first: bool = False, dropout: float[0,1] = 0.0, bidirectional: bool = False, "
    "proj_size: int[0,] = 0, dtype: dtype? = None)",
    "(input: tensor, hx: tensors? = None, batch_sizes: longs? = None) -> (output: tensor, "
    "(h_n: tensor, c_n: tensor))",
    "Layers of long short-term memory: i, f, o = sigmoid and g = tanh of W_ih x + b_ih + W_hh "
    "h "
    "+ b_hh; c' = f c + i g; h' = o tanh(c'), or W_hr of that with proj_size.\n" NOTES,
    .source = "Hochreiter and Schmidhuber 1997; Gers et al. 1999; Sak et al. 2014",
    .repr = "{input_size}{hidden_size}{proj_size?}" REPR, .build = lstm_build,
    .forward = lstm_forward)

ADJ_MODULE(
    GRU,
    "(input_size: int[1,16777216], hidden_size: int[1,16777216], num_layers: int[1,1024] = 1, "
    "bias: bool = "
    "True, "
    "batch_first: bool = False, dropout: float[0,1] = 0.0, bidirectional: bool = False, dtype: "
    "dtype? = None)",
    "(input: tensor, hx: tensor? = None, batch_sizes: longs? = None) -> (output: tensor, h_n: "
    "tensor)",
    "Layers of gated recurrent units: r, z = sigmoid of W_ih x + b_ih + W_hh h + b_hh; n = "
    "tanh(W_in x + b_in + r (W_hn h + b_hn)); h' = (1 - z) n + z h.\n" NOTES,
    .source = "Cho et al. 2014", .repr = "{input_size}{hidden_size}" REPR, .build = gru_build,
    .forward = gru_forward)

// ---------------------------------------------------------------- one tensor for a sequence

typedef Options (*OptionsOf)(const AdjModule *m);

static AdjTensor *output(AdjModule *m, OptionsOf options, const AdjValue *in, int64_t *time)
{
    AdjValue all[3] = {in[0], {.ts = {0, NULL}}, {.longs = {-1, NULL}}}, y;
    Options o = options(m);
    *time = in[0].t->ndim == 3 && o.batch_first;
    return run(m, o, all, &y) ? y.ts.at[0] : NULL;
}

#define METHODS(Name, options)                                               \
    static bool Name##_last(AdjModule *m, const AdjValue *in, AdjValue *out) \
    {                                                                        \
        int64_t time;                                                        \
        AdjTensor *y = output(m, options, in, &time);                        \
        return (out->t = y ? adj_select(y, time, -1) : NULL) != NULL;        \
    }                                                                        \
    static bool Name##_mean(AdjModule *m, const AdjValue *in, AdjValue *out) \
    {                                                                        \
        int64_t time;                                                        \
        AdjTensor *y = output(m, options, in, &time);                        \
        out->t = y ? adj_mean(y, ADJ_SHAPE(time), false, ADJ_SAME) : NULL;   \
        return out->t != NULL;                                               \
    }
METHODS(RNN, rnn_options)
METHODS(LSTM, lstm_options)
METHODS(GRU, gru_options)

ADJ_METHOD(RNN, forward_last, "(input: tensor) -> tensor",
           "The output at the last step.\nshapes  (T, B, I) -> (B, D H)", .run = RNN_last)
ADJ_METHOD(RNN, forward_mean, "(input: tensor) -> tensor",
           "The mean of the outputs over time.\nshapes  (T, B, I) -> (B, D H)", .run = RNN_mean)
ADJ_METHOD(LSTM, forward_last, "(input: tensor) -> tensor",
           "The output at the last step.\nshapes  (T, B, I) -> (B, D H)", .run = LSTM_last)
ADJ_METHOD(LSTM, forward_mean, "(input: tensor) -> tensor",
           "The mean of the outputs over time.\nshapes  (T, B, I) -> (B, D H)",
           .run = LSTM_mean)
ADJ_METHOD(GRU, forward_last, "(input: tensor) -> tensor",
           "The output at the last step.\nshapes  (T, B, I) -> (B, D H)", .run = GRU_last)
ADJ_METHOD(GRU, forward_mean, "(input: tensor) -> tensor",
           "The mean of the outputs over time.\nshapes  (T, B, I) -> (B, D H)", .run = GRU_mean)
ADJ_METHOD(
    RNN, forward_seq,
    "(input: tensor, hx: tensor? = None, batch_sizes: longs? = None) -> (output: tensor, "
    "h_n: tensor)",
    "forward() by floDl's name.", .run = rnn_forward)
ADJ_METHOD(
    LSTM, forward_seq,
    "(input: tensor, hx: tensors? = None, batch_sizes: longs? = None) -> (output: tensor, "
    "(h_n: tensor, c_n: tensor))",
    "forward() by floDl's name.", .run = lstm_forward)
ADJ_METHOD(
    GRU, forward_seq,
    "(input: tensor, hx: tensor? = None, batch_sizes: longs? = None) -> (output: tensor, "
    "h_n: tensor)",
    "forward() by floDl's name.", .run = gru_forward)
ADJ_METHOD(RNN, flatten_parameters, "() -> None",
           "Nothing: parameters need no rearranging here. For programs that call it.",
           .run = adj_module_nothing)
ADJ_METHOD(LSTM, flatten_parameters, "() -> None",
           "Nothing: parameters need no rearranging here. For programs that call it.",
           .run = adj_module_nothing)
ADJ_METHOD(GRU, flatten_parameters, "() -> None",
           "Nothing: parameters need no rearranging here. For programs that call it.",
           .run = adj_module_nothing)
