// SPDX-License-Identifier: Apache-2.0
// rnn.c: the recurrent layers as operations: rnn_layer, lstm_layer and gru_layer, each one
// direction of one layer over whole sequences. Stacks and directions are put together by the
// modules (nn/recurrent.c). Forward and backward are fused (recurrent.c); a pass that builds a
// graph composes the layer from public operations instead.
#include "autograd/compose.h"
#include "ops/layers/recurrent.h"
#include "ops/reduce/reduce.h"

// Where a row's operands stand among those of AdjRecurrent.
typedef struct {
    AdjCell kind;
    int n;  // operands
    int place[ADJ_R_INPUTS];
    bool cells, keeps;  // it has c0 and c_n; its gates are kept
} Form;

static const Form rnn_form = {
    ADJ_CELL_TANH,
    6,
    {ADJ_R_X, ADJ_R_H0, ADJ_R_W_IH, ADJ_R_W_HH, ADJ_R_B_IH, ADJ_R_B_HH},
    false,
    false};
static const Form gru_form = {
    ADJ_CELL_GRU,
    6,
    {ADJ_R_X, ADJ_R_H0, ADJ_R_W_IH, ADJ_R_W_HH, ADJ_R_B_IH, ADJ_R_B_HH},
    false,
    true};
static const Form lstm_form = {
    ADJ_CELL_LSTM,
    8,
    {ADJ_R_X, ADJ_R_H0, ADJ_R_C0, ADJ_R_W_IH, ADJ_R_W_HH, ADJ_R_B_IH, ADJ_R_B_HH, ADJ_R_W_HR},
    true,
    true};

static AdjTensors forward(const Form *f, AdjCell kind, AdjTensor *const *in, AdjLongs sizes,
                          bool reverse)
{
    AdjTensors none = {0, NULL};
    AdjRecurrent r;
    AdjRecurrentRun run;
    AdjTensor *all[ADJ_R_INPUTS] = {NULL};
    for (int i = 0; i < f->n; i++) all[f->place[i]] = in[i];
    if (!adj_recurrent_make(&r, kind, all, sizes, reverse)) return none;
    if (!adj_recurrent_forward(&r, &run)) return none;
    AdjTensor *y = adj_to(adj_reshape(run.y, r.shape), r.result), *h = adj_to(run.h, r.result);
    if (!y || !h) return none;
    if (!f->keeps) return adj_list(2, (AdjTensor *[]){y, h});
    if (!f->cells) return adj_list(4, (AdjTensor *[]){y, h, run.g, run.kept});
    return adj_list(5, (AdjTensor *[]){y, h, adj_to(run.c, r.result), run.g, run.kept});
}

// ---------------------------------------------------------------- derivative

typedef struct {
    const Form *form;
    AdjCell kind;
    AdjLongs sizes;
    bool reverse;
} Call;

// The arguments behind the operands: [nonlinearity,] batch_sizes, reverse.
static Call call_of(const AdjNode *n)
{
    bool rnn = n->n_arg == 3;
    const AdjValue *a = n->arg + rnn;
    Call c = {.form = rnn            ? &rnn_form
                      : n->n_in == 8 ? &lstm_form
                                     : &gru_form,
              .sizes = a[0].longs,
              .reverse = a[1].b};
    c.kind = rnn && !strcmp(n->arg[0].s, "relu") ? ADJ_CELL_RELU : c.form->kind;
    return c;
}

static bool layer_of(const AdjNode *n, AdjTensor *const *in, AdjRecurrent *r)
{
    Call c = call_of(n);
    AdjTensor *all[ADJ_R_INPUTS] = {NULL};
    for (int i = 0; i < c.form->n; i++) all[c.form->place[i]] = in[i];
    return adj_recurrent_make(r, c.kind, all, c.sizes, c.reverse);
}

static bool compose(AdjNode *n, AdjTensor *const *in, AdjTensor **out)
{
    AdjRecurrent r;
    AdjRecurrentRun run;
    if (!layer_of(n, in, &r) || !adj_recurrent_compose(&r, &run)) return false;
    out[0] = adj_to(adj_reshape(run.y, r.shape), r.result);
    out[1] = adj_to(run.h, r.result);
    if (run.c) out[2] = adj_to(run.c, r.result);
    return !adj_error_kind();
}

static void layer_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    if (adj_building_graph()) {
        adj_vjp_composed(n, dy, dx, compose);
        return;
    }
    Call c = call_of(n);
    AdjRecurrent r;
    AdjTensor *in[ADJ_R_INPUTS] = {NULL}, *all[ADJ_R_INPUTS] = {NULL};
    for (int i = 0; i < n->n_in; i++) in[i] = n->in[i].saved ? adj_saved_in(n, i) : NULL;
    int kept = n->n_out - n->op->kept;
    AdjTensor *y = adj_saved_out(n, 0);
    if (!y || !layer_of(n, in, &r)) return;
    AdjRecurrentRun run = {.y = adj_reshape(adj_to(y, r.dtype), ADJ_SHAPE(r.rows, r.out)),
                           .g = c.form->keeps ? adj_saved_out(n, kept) : NULL,
                           .kept = c.form->keeps ? adj_saved_out(n, kept + 1) : NULL};
    AdjTensor *dc = c.form->cells ? dy[2] : NULL;
    if (adj_error_kind() || !adj_recurrent_backward(&r, &run, dy[0], dy[1], dc, all)) return;
    for (int i = 0; i < c.form->n; i++) dx[i] = all[c.form->place[i]];
}

// ---------------------------------------------------------------- rows

#define SHAPES(gates)                                                                          \
    "\nshapes  input (T, B, I), or (rows, I) with batch_sizes; h0 (B, H), w_ih (" gates        \
    "H, I), w_hh (" gates "H, H), b_ih and b_hh (" gates                                       \
    "H) -> output (T, B, H) or (rows, H), h_n (B, H)\n"                                        \
    "notes   batch_sizes says how many sequences take part in each step of packed rows; with " \
    "reverse the steps run backwards\n"                                                        \
    "errors  Shape: operands do not fit; Value: batch_sizes grow"

ADJ_OP(
    rnn_layer,
    "(input: tensor, h0: tensor, w_ih: tensor, w_hh: tensor, b_ih: tensor? = None, b_hh: "
    "tensor? = None, nonlinearity: str = 'tanh', batch_sizes: longs? = None, reverse: bool = "
    "False) -> (output: tensor, h_n: tensor)",
    "h' = tanh(w_ih x + b_ih + w_hh h + b_hh), or relu, along sequences: one direction of a "
    "layer of RNN." SHAPES(""),
    .vjp = layer_vjp, .saves = ADJ_SAVE_ALL_IN | ADJ_SAVE_OUT(0), .source = "Elman 1990",
    .no_method = true, .hosted = true)
AdjTensors op_rnn_layer(AdjTensor *input, AdjTensor *h0, AdjTensor *w_ih, AdjTensor *w_hh,
                        AdjTensor *b_ih, AdjTensor *b_hh, const char *nonlinearity,
                        AdjLongs batch_sizes, bool reverse)
{
    bool relu = !strcmp(nonlinearity, "relu");
    if (!relu && strcmp(nonlinearity, "tanh")) {
        adj_fail(ADJ_E_VALUE, "rnn_layer: nonlinearity must be 'tanh' or 'relu', got '%s'",
                 nonlinearity);
        return (AdjTensors){0, NULL};
    }
    return forward(&rnn_form, relu ? ADJ_CELL_RELU : ADJ_CELL_TANH,
                   (AdjTensor *[]){input, h0, w_ih, w_hh, b_ih, b_hh}, batch_sizes, reverse);
}

ADJ_OP(
    lstm_layer,
    "(input: tensor, h0: tensor, c0: tensor, w_ih: tensor, w_hh: tensor, b_ih: tensor? = "
    "None, b_hh: tensor? = None, w_hr: tensor? = None, batch_sizes: longs? = None, reverse: "
    "bool = False) -> (output: tensor, h_n: tensor, c_n: tensor)",
    "One direction of a layer of LSTM: i, f, o = sigmoid and g = tanh of w_ih x + b_ih + w_hh "
    "h + b_hh, c' = f c + i g, h' = o tanh(c'), or w_hr of that." SHAPES("4"),
    .vjp = layer_vjp, .kept = 2,
    .saves = ADJ_SAVE_ALL_IN | ADJ_SAVE_OUT(0) | ADJ_SAVE_OUT(3) | ADJ_SAVE_OUT(4),
    .source = "Hochreiter and Schmidhuber 1997; Gers et al. 1999; Sak et al. 2014",
    .no_method = true, .hosted = true)
AdjTensors op_lstm_layer(AdjTensor *input, AdjTensor *h0, AdjTensor *c0, AdjTensor *w_ih,
                         AdjTensor *w_hh, AdjTensor *b_ih, AdjTensor *b_hh, AdjTensor *w_hr,
                         AdjLongs batch_sizes, bool reverse)
{
    return forward(&lstm_form, ADJ_CELL_LSTM,
                   (AdjTensor *[]){input, h0, c0, w_ih, w_hh, b_ih, b_hh, w_hr}, batch_sizes,
                   reverse);
}

ADJ_OP(gru_layer,
       "(input: tensor, h0: tensor, w_ih: tensor, w_hh: tensor, b_ih: tensor? = None, b_hh: "
       "tensor? = None, batch_sizes: longs? = None, reverse: bool = False) -> (output: tensor, "
       "h_n: tensor)",
       "One direction of a layer of GRU: r, z = sigmoid of w_ih x + b_ih + w_hh h + b_hh, n = "
       "tanh(w_in x + b_in + r (w_hn h + b_hn)), h' = (1 - z) n + z h." SHAPES("3"),
       .vjp = layer_vjp, .kept = 2,
       .saves = ADJ_SAVE_ALL_IN | ADJ_SAVE_OUT(0) | ADJ_SAVE_OUT(2) | ADJ_SAVE_OUT(3),
       .source = "Cho et al. 2014", .no_method = true, .hosted = true)
AdjTensors op_gru_layer(AdjTensor *input, AdjTensor *h0, AdjTensor *w_ih, AdjTensor *w_hh,
                        AdjTensor *b_ih, AdjTensor *b_hh, AdjLongs batch_sizes, bool reverse)
{
    return forward(&gru_form, ADJ_CELL_GRU, (AdjTensor *[]){input, h0, w_ih, w_hh, b_ih, b_hh},
                   batch_sizes, reverse);
}
