// SPDX-License-Identifier: Apache-2.0
// rnn_cell.c: RNNCell, LSTMCell and GRUCell: one step of a recurrent layer, which is a sequence
// of length one. forward_step is floDl's spelling: an LSTM's state is then one tensor, h and c
// side by side.
#include "nn/module.h"

static bool build(AdjModule *m, int gates, bool bias, AdjDtype dtype)
{
    int64_t in = m->arg[0].i, h = m->arg[1].i, sums = gates * h;
    double bound = 1 / sqrt((double)h);
    return adj_module_add_uniform(m, "weight_ih", true, ADJ_SHAPE(sums, in), dtype, bound) &&
           adj_module_add_uniform(m, "weight_hh", true, ADJ_SHAPE(sums, h), dtype, bound) &&
           adj_module_add_uniform(m, "bias_ih", bias, ADJ_SHAPE(sums), dtype, bound) &&
           adj_module_add_uniform(m, "bias_hh", bias, ADJ_SHAPE(sums), dtype, bound);
}

static bool check_input(const AdjModule *m, const AdjTensor *x)
{
    if (x->ndim != 1 && x->ndim != 2) {
        return adj_fail(ADJ_E_VALUE, "%s: Expected input to be 1D or 2D, got %dD instead",
                        m->row->name, x->ndim);
    }
    if (x->sizes[x->ndim - 1] == m->arg[0].i) return true;
    return adj_fail(ADJ_E_SHAPE, "input has inconsistent input_size: got %lld expected %lld",
                    (long long)x->sizes[x->ndim - 1], (long long)m->arg[0].i);
}

// A state as (B, H), zeros without one.
static AdjTensor *state(const AdjModule *m, const AdjTensor *x, AdjTensor *given)
{
    int64_t batch = x->ndim == 2 ? x->sizes[0] : 1, h = m->arg[1].i;
    if (!given) return adj_zeros(ADJ_SHAPE(batch, h), adj_dtype(x));
    if (given->ndim != x->ndim) {
        return adj_fail(ADJ_E_SHAPE, "%s: Expected hidden to be %dD like the input, got %dD",
                        m->row->name, x->ndim, given->ndim);
    }
    if (given->sizes[given->ndim - 1] != h) {
        return adj_fail(ADJ_E_SHAPE,
                        "hx: hidden has inconsistent hidden_size: got %lld, expected "
                        "%lld",
                        (long long)given->sizes[given->ndim - 1], (long long)h);
    }
    return x->ndim == 2 ? given : adj_unsqueeze(given, 0);
}

// Runs one step; *c is NULL but for an LSTM. States go in and come out as (B, H).
static bool step(AdjModule *m, AdjTensor *x, AdjTensor **h, AdjTensor **c,
                 const char *nonlinearity)
{
    AdjLongs none = {-1, NULL};
    AdjTensor *seq = adj_unsqueeze(x->ndim == 2 ? x : adj_unsqueeze(x, 0), 0);
    AdjTensor *w_ih = adj_param(m, 0), *w_hh = adj_param(m, 1);
    AdjTensor *b_ih = adj_param(m, 2), *b_hh = adj_param(m, 3);
    AdjTensors y;
    if (c)
        y = adj_lstm_layer(seq, *h, *c, w_ih, w_hh, b_ih, b_hh, NULL, none, false);
    else if (nonlinearity)
        y = adj_rnn_layer(seq, *h, w_ih, w_hh, b_ih, b_hh, nonlinearity, none, false);
    else
        y = adj_gru_layer(seq, *h, w_ih, w_hh, b_ih, b_hh, none, false);
    if (y.n < 2) return false;
    *h = x->ndim == 2 ? y.at[1] : adj_squeeze(y.at[1], ADJ_SHAPE(0));
    if (c) *c = x->ndim == 2 ? y.at[2] : adj_squeeze(y.at[2], ADJ_SHAPE(0));
    return *h && (!c || *c);
}

static bool single(AdjModule *m, const AdjValue *in, AdjValue *out, const char *nonlinearity)
{
    if (!check_input(m, in[0].t)) return false;
    AdjTensor *h = state(m, in[0].t, in[1].t);
    if (!h || !step(m, in[0].t, &h, NULL, nonlinearity)) return false;
    out->t = h;
    return true;
}

// ---------------------------------------------------------------- RNNCell

static bool rnn_cell_build(AdjModule *m)
{
    const char *f = m->arg[RNNCell_nonlinearity].s;
    if (strcmp(f, "tanh") && strcmp(f, "relu"))
        return adj_fail(ADJ_E_RUNTIME, "Unknown nonlinearity: %s", f);
    return build(m, 1, m->arg[RNNCell_bias].b, m->arg[RNNCell_dtype].dtype);
}

static bool rnn_cell_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    return single(m, in, out, m->arg[RNNCell_nonlinearity].s);
}

#define NOTES                                              \
    "\nshapes  input (B, I) or (I), state (B, H) or (H)\n" \
    "errors  Value: input of other than 1 or 2 axes; Shape: features do not fit"

ADJ_MODULE(RNNCell,
           "(input_size: int[1,16777216], hidden_size: int[1,16777216], bias: bool = True, "
           "nonlinearity: str = "
           "'tanh', dtype: dtype? = None)",
           "(input: tensor, hx: tensor? = None) -> tensor",
           "h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu; without hx, h is zero." NOTES,
           .source = "Elman 1990", .repr = "{input_size}{hidden_size}{bias?}{nonlinearity?}",
           .build = rnn_cell_build, .forward = rnn_cell_forward)

ADJ_METHOD(RNNCell, forward_step, "(input: tensor, hx: tensor? = None) -> tensor",
           "forward() by floDl's name.", .run = rnn_cell_forward)

// ---------------------------------------------------------------- GRUCell

static bool gru_cell_build(AdjModule *m)
{
    return build(m, 3, m->arg[GRUCell_bias].b, m->arg[GRUCell_dtype].dtype);
}

static bool gru_cell_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    return single(m, in, out, NULL);
}

ADJ_MODULE(GRUCell,
           "(input_size: int[1,16777216], hidden_size: int[1,16777216], bias: bool = True, "
           "dtype: dtype? = "
           "None)",
           "(input: tensor, hx: tensor? = None) -> tensor",
           "One step of GRU; without hx, h is zero." NOTES, .source = "Cho et al. 2014",
           .repr = "{input_size}{hidden_size}{bias?}", .build = gru_cell_build,
           .forward = gru_cell_forward)

ADJ_METHOD(GRUCell, forward_step, "(input: tensor, hx: tensor? = None) -> tensor",
           "forward() by floDl's name.", .run = gru_cell_forward)

// ---------------------------------------------------------------- LSTMCell

static bool lstm_cell_build(AdjModule *m)
{
    return build(m, 4, m->arg[LSTMCell_bias].b, m->arg[LSTMCell_dtype].dtype);
}

static bool lstm_cell_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    AdjTensors hx = in[1].ts;
    if (hx.n && hx.n != 2) {
        return adj_fail(ADJ_E_TYPE,
                        "LSTMCell: expected hx to be the pair (h_0, c_0), got %d tensors",
                        hx.n);
    }
    if (!check_input(m, in[0].t)) return false;
    AdjTensor **s = adj_scope_memory(2 * sizeof *s);
    if (!s) return false;
    for (int i = 0; i < 2; i++) s[i] = state(m, in[0].t, hx.n ? hx.at[i] : NULL);
    if (!s[0] || !s[1] || !step(m, in[0].t, &s[0], &s[1], NULL)) return false;
    out->ts = (AdjTensors){2, s};
    return true;
}

ADJ_MODULE(LSTMCell,
           "(input_size: int[1,16777216], hidden_size: int[1,16777216], bias: bool = True, "
           "dtype: dtype? = "
           "None)",
           "(input: tensor, hx: tensors? = None) -> (h: tensor, c: tensor)",
           "One step of LSTM; hx is (h, c), both zero without it." NOTES,
           .source = "Hochreiter and Schmidhuber 1997; Gers et al. 1999",
           .repr = "{input_size}{hidden_size}{bias?}", .build = lstm_cell_build,
           .forward = lstm_cell_forward)

static bool lstm_cell_step(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    AdjValue pair[2] = {in[0], {.ts = {0, NULL}}};
    if (in[1].t) pair[1].ts = adj_chunk(in[1].t, 2, -1);
    AdjValue y;
    if (adj_error_kind() || !lstm_cell_forward(m, pair, &y)) return false;
    out->t = adj_cat(y.ts, -1);
    return out->t != NULL;
}

ADJ_METHOD(LSTMCell, forward_step, "(input: tensor, state: tensor? = None) -> tensor",
           "One step with h and c side by side in one tensor, as floDl has it.\n"
           "shapes  input (B, I), state (B, 2 H) -> (B, 2 H)",
           .run = lstm_cell_step)
