// SPDX-License-Identifier: Apache-2.0
// recurrent.c: whole sequences through one direction of one recurrent layer.
//
// One large product makes the input's part of every step's sums at once; each step adds the
// hidden state's part by one product of its own and passes the gates in one fused kernel. The
// derivative runs the other way: a fused kernel and one product per step, then one large
// product each for the input and the two weights.
//
// Sequences of different lengths come packed: longest first, the rows of step t being those of
// the sequences that are longer than t. A state array of the whole batch, of which a step
// changes the first rows only, is then all there is to it: a sequence that has ended keeps its
// last state, and in the other direction one that has not begun keeps its first. Equal lengths
// are the case in which every step has all rows.
#include "ops/layers/recurrent.h"

// ---------------------------------------------------------------- operands

static bool check_width(const AdjTensor *t, int64_t rows, int64_t columns, const char *name)
{
    if (!t) return true;
    bool is_vector = columns < 0;
    if (t->ndim == (is_vector ? 1 : 2) && t->sizes[0] == rows &&
        (is_vector || t->sizes[1] == columns))
        return true;
    AdjShape wanted = is_vector ? ADJ_SHAPE(rows) : ADJ_SHAPE(rows, columns);
    return adj_fail(ADJ_E_SHAPE, "%s: expected %s of shape %s, got %s", adj_op_name(), name,
                    adj_shape_text(wanted), adj_shape_text(adj_shape(t)));
}

static bool check_operands(const AdjRecurrent *r, AdjTensor *const *in)
{
    int64_t sums = r->gates * r->hidden;
    return check_width(in[ADJ_R_H0], r->batch, r->out, "h0") &&
           check_width(in[ADJ_R_C0], r->batch, r->hidden, "c0") &&
           check_width(in[ADJ_R_W_IH], sums, r->in, "w_ih") &&
           check_width(in[ADJ_R_W_HH], sums, r->out, "w_hh") &&
           check_width(in[ADJ_R_B_IH], sums, -1, "b_ih") &&
           check_width(in[ADJ_R_B_HH], sums, -1, "b_hh") &&
           check_width(in[ADJ_R_W_HR], r->out, r->hidden, "w_hr");
}

static bool check_input(const AdjTensor *x, const AdjTensor *w_hh, AdjLongs sizes)
{
    int axes = sizes.n < 0 ? 3 : 2;
    if (x->ndim != axes) {
        return adj_fail(ADJ_E_SHAPE, "%s: expected an input of shape %s, got %s", adj_op_name(),
                        axes == 3 ? "(T, B, I)" : "(rows, I)", adj_shape_text(adj_shape(x)));
    }
    if (!adj_is_float(x)) {
        return adj_fail(ADJ_E_DTYPE, "%s: not implemented for %s", adj_op_name(),
                        adj_dtype_name((AdjDtype)x->dtype));
    }
    if (w_hh->ndim == 2 && (axes == 2 || x->sizes[0] > 0)) return true;
    return adj_fail(
        ADJ_E_SHAPE, "%s: expected at least one step and w_hh a matrix, got %s and %s",
        adj_op_name(), adj_shape_text(adj_shape(x)), adj_shape_text(adj_shape(w_hh)));
}

// The rows of every step, in the order of computing.
static bool make_steps(AdjRecurrent *r, AdjLongs sizes, bool reverse)
{
    AdjSteps *step = adj_scope_memory((size_t)r->steps * sizeof *step);
    if (!step) return false;
    int64_t at = 0, before = INT64_MAX;
    for (int64_t t = 0; t < r->steps; t++) {
        int64_t n = sizes.n < 0 ? r->batch : sizes.at[t];
        if (n < 1 || n > before) {
            return adj_fail(
                ADJ_E_VALUE,
                "%s: batch_sizes must fall from step to step and stay positive, got "
                "%lld at step %lld",
                adj_op_name(), (long long)n, (long long)t);
        }
        step[reverse ? r->steps - 1 - t : t] = (AdjSteps){at, n};
        at += before = n;
    }
    r->step = step;
    if (at == r->rows) return true;
    return adj_fail(ADJ_E_SHAPE, "%s: batch_sizes sum up to %lld rows, the input has %lld",
                    adj_op_name(), (long long)at, (long long)r->rows);
}

static AdjTensor *dense(AdjTensor *t, AdjDtype dtype)
{
    return t ? adj_contiguous(adj_to(t, dtype)) : NULL;
}

bool adj_recurrent_make(AdjRecurrent *r, AdjCell kind, AdjTensor *const *in, AdjLongs sizes,
                        bool reverse)
{
    static const int gates[] = {1, 1, 4, 3};
    AdjTensor *x = in[ADJ_R_X], *w_hr = in[ADJ_R_W_HR];
    if (adj_error_kind() || !check_input(x, in[ADJ_R_W_HH], sizes)) return false;
    bool packed = sizes.n >= 0;
    *r = (AdjRecurrent){.kind = kind, .gates = gates[kind], .result = (AdjDtype)x->dtype};
    r->dtype = x->dtype == ADJ_F64 ? ADJ_F64 : ADJ_F32;
    r->steps = packed ? sizes.n : x->sizes[0];
    r->batch = !packed ? x->sizes[1] : sizes.n ? sizes.at[0] : 0;
    r->in = x->sizes[x->ndim - 1];
    r->rows = packed ? x->sizes[0] : r->steps * r->batch;
    r->hidden = in[ADJ_R_W_HH]->sizes[0] / r->gates;
    r->out = w_hr && w_hr->ndim == 2 ? w_hr->sizes[0] : r->hidden;
    r->shape = adj_shape(x);
    r->shape.at[x->ndim - 1] = r->out;
    if (!check_operands(r, in)) return false;
    if (r->rows && !make_steps(r, sizes, reverse)) return false;
    if (!r->rows) r->steps = 0;
    AdjTensor **own[] = {&r->x,    &r->h0,   &r->c0,   &r->w_ih,
                         &r->w_hh, &r->b_ih, &r->b_hh, &r->w_hr};
    for (int i = 0; i < ADJ_R_INPUTS; i++) *own[i] = dense(in[i], r->dtype);
    if (r->x) r->x = adj_reshape(r->x, ADJ_SHAPE(r->rows, r->in));
    return !adj_error_kind();
}

// ---------------------------------------------------------------- kernels

static char *row(const AdjTensor *t, int64_t i)
{
    return t ? adj_ptr(t) + i * t->sizes[1] * (int64_t)adj_dtype_size((AdjDtype)t->dtype)
             : NULL;
}

// c (m, n) = a (m, k) b + beta c, with b as it lies, (k, n), or transposed, (n, k).
static void product(const AdjRecurrent *r, void *c, const void *a, const AdjTensor *b,
                    bool transposed, int64_t m, double beta)
{
    int64_t n = b->sizes[transposed ? 0 : 1], k = b->sizes[transposed ? 1 : 0];
    AdjGemm g = {.dtype = r->dtype,
                 .batch = 1,
                 .m = m,
                 .n = n,
                 .k = k,
                 .a = a,
                 .b = adj_ptr(b),
                 .c = c,
                 .lda = k,
                 .ldb = b->sizes[1],
                 .ldc = n,
                 .b_trans = transposed,
                 .alpha = 1,
                 .beta = beta};
    ADJ_RUN(adj_device_of(r->x), gemm, &g);
}

static AdjTensor *matrix(const AdjRecurrent *r, int64_t rows, int64_t columns)
{
    return adj_new(ADJ_SHAPE(rows, columns), r->dtype);
}

// The input's part of all sums. What a GRU adds to n passes a gate first, so its biases stay
// apart; elsewhere they are one.
static AdjTensor *input_part(const AdjRecurrent *r)
{
    AdjTensor *b = r->b_ih;
    if (r->kind != ADJ_CELL_GRU && r->b_hh) b = b ? adj_add(b, r->b_hh, ADJ_I(1)) : r->b_hh;
    return adj_linear(r->x, r->w_ih, b);
}

static void repeat_row(const AdjTensor *to, int64_t rows, const AdjTensor *bias)
{
    size_t bytes = (size_t)to->sizes[1] * adj_dtype_size((AdjDtype)to->dtype);
    for (int64_t i = 0; i < rows; i++) {
        if (bias)
            memcpy(row(to, i), adj_ptr(bias), bytes);
        else
            memset(row(to, i), 0, bytes);
    }
}

static void forward_step(const AdjRecurrent *r, AdjSteps s, const AdjRecurrentRun *run,
                         AdjTensor *hg, AdjTensor *m)
{
    bool gru = r->kind == ADJ_CELL_GRU;
    char *g = row(run->g, s.at), *y = row(run->y, s.at);
    if (hg) repeat_row(hg, s.n, r->b_hh);
    product(r, hg ? adj_ptr(hg) : g, adj_ptr(run->h), r->w_hh, true, s.n, 1);
    AdjCellStep c = {.rows = s.n,
                     .h = r->hidden,
                     .g = g,
                     .hg = hg ? adj_ptr(hg) : NULL,
                     .kept = row(run->kept, s.at),
                     .state = gru ? adj_ptr(run->h) : row(run->c, 0),
                     .y = m ? adj_ptr(m) : y};
    adj_cell_forward(r->kind, r->dtype, &c);
    if (m) product(r, y, adj_ptr(m), r->w_hr, true, s.n, 0);
    if (!gru) memcpy(adj_ptr(run->h), y, (size_t)(s.n * r->out) * adj_dtype_size(r->dtype));
}

bool adj_recurrent_forward(const AdjRecurrent *r, AdjRecurrentRun *run)
{
    bool gru = r->kind == ADJ_CELL_GRU, keeps = gru || r->kind == ADJ_CELL_LSTM;
    *run = (AdjRecurrentRun){.y = matrix(r, r->rows, r->out),
                             .h = adj_clone(r->h0),
                             .c = r->c0 ? adj_clone(r->c0) : NULL,
                             .g = input_part(r),
                             .kept = keeps ? matrix(r, r->rows, r->hidden) : NULL};
    AdjTensor *hg = gru ? matrix(r, r->batch, 3 * r->hidden) : NULL;
    AdjTensor *m = r->w_hr ? matrix(r, r->batch, r->hidden) : NULL;
    if (adj_error_kind()) return false;
    for (int64_t k = 0; k < r->steps; k++) forward_step(r, r->step[k], run, hg, m);
    return !adj_error_kind();
}

// ---------------------------------------------------------------- derivative

// The state that every row's step began with: [first] (B, W), then what the steps left in
// [values] (rows, W).
static AdjTensor *states_before(const AdjRecurrent *r, AdjTensor *first, AdjTensor *values)
{
    int64_t width = first->sizes[1];
    AdjTensor *before = matrix(r, r->rows, width), *state = adj_clone(first);
    if (!before || !state) return NULL;
    for (int64_t k = 0; k < r->steps; k++) {
        AdjSteps s = r->step[k];
        size_t bytes = (size_t)(s.n * width) * adj_dtype_size(r->dtype);
        memcpy(row(before, s.at), adj_ptr(state), bytes);
        memcpy(adj_ptr(state), row(values, s.at), bytes);
    }
    return before;
}

typedef struct {
    AdjTensor *h, *c;     // (rows, P), (rows, H): states before the steps
    AdjTensor *total;     // (rows, P): the whole gradient of every output
    AdjTensor *m;         // (rows, H): outputs before the projection, or NULL
    AdjTensor *dm;        // (B, H): their gradient in this step, or NULL
    AdjTensor *dg, *dhg;  // (rows, G H): gradients of the sums; the same but for a GRU
    AdjTensor *dh, *dc;   // of the states, as they stand at this step
} Back;

static bool add_rows(const AdjRecurrent *r, void *to, const void *from, int64_t count)
{
    if (r->dtype == ADJ_F64)
        for (int64_t i = 0; i < count; i++) ((double *)to)[i] += ((const double *)from)[i];
    else
        for (int64_t i = 0; i < count; i++) ((float *)to)[i] += ((const float *)from)[i];
    return true;
}

static void backward_step(const AdjRecurrent *r, AdjSteps s, const AdjRecurrentRun *run,
                          Back *b)
{
    bool gru = r->kind == ADJ_CELL_GRU;
    char *total = row(b->total, s.at);
    add_rows(r, total, adj_ptr(b->dh), s.n * r->out);
    if (b->dm) product(r, adj_ptr(b->dm), total, r->w_hr, false, s.n, 0);
    AdjTensor *before = r->kind == ADJ_CELL_LSTM ? b->c : gru ? b->h : run->y;
    AdjCellStep c = {.rows = s.n,
                     .h = r->hidden,
                     .g = row(run->g, s.at),
                     .kept = row(run->kept, s.at),
                     .state = row(b->dc, 0),
                     .y = row(b->m, s.at),
                     .before = row(before, s.at),
                     .dy = b->dm ? adj_ptr(b->dm) : total,
                     .dg = row(b->dg, s.at),
                     .dhg = row(b->dhg, s.at),
                     .dh = adj_ptr(b->dh)};
    adj_cell_backward(r->kind, r->dtype, &c);
    product(r, adj_ptr(b->dh), row(b->dhg, s.at), r->w_hh, false, s.n, gru ? 1 : 0);
}

static bool prepare(const AdjRecurrent *r, const AdjRecurrentRun *run, AdjTensor *dy,
                    AdjTensor *dh, AdjTensor *dc, Back *b)
{
    bool gru = r->kind == ADJ_CELL_GRU;
    int64_t sums = r->gates * r->hidden;
    *b = (Back){.h = states_before(r, r->h0, run->y),
                .c = r->c0 ? states_before(r, r->c0, run->kept) : NULL,
                .total =
                    adj_clone(adj_reshape(adj_to(dy, r->dtype), ADJ_SHAPE(r->rows, r->out))),
                .m = r->w_hr ? matrix(r, r->rows, r->hidden) : NULL,
                .dm = r->w_hr ? matrix(r, r->batch, r->hidden) : NULL,
                .dg = matrix(r, r->rows, sums),
                .dh = adj_contiguous(adj_clone(adj_to(dh, r->dtype))),
                .dc = dc ? adj_contiguous(adj_clone(adj_to(dc, r->dtype))) : NULL};
    b->dhg = gru ? matrix(r, r->rows, sums) : b->dg;
    b->total = b->total ? adj_contiguous(b->total) : NULL;
    return !adj_error_kind();
}

static AdjTensor *across(AdjTensor *a, AdjTensor *b)
{
    return adj_mm(adj_transpose(a, 0, 1), b);
}

bool adj_recurrent_backward(const AdjRecurrent *r, const AdjRecurrentRun *run, AdjTensor *dy,
                            AdjTensor *dh, AdjTensor *dc, AdjTensor **dx)
{
    Back b;
    if (!prepare(r, run, dy, dh, dc, &b)) return false;
    for (int64_t k = r->steps; k--;) backward_step(r, r->step[k], run, &b);
    AdjShape shape = r->shape, rows = ADJ_SHAPE(0);
    shape.at[shape.n - 1] = r->in;
    dx[ADJ_R_X] = adj_reshape(adj_mm(b.dg, r->w_ih), shape);
    dx[ADJ_R_H0] = b.dh;
    dx[ADJ_R_C0] = b.dc;
    dx[ADJ_R_W_IH] = across(b.dg, r->x);
    dx[ADJ_R_W_HH] = across(b.dhg, b.h);
    dx[ADJ_R_B_IH] = r->b_ih ? adj_sum(b.dg, rows, false, ADJ_SAME) : NULL;
    dx[ADJ_R_B_HH] = !r->b_hh                   ? NULL
                     : b.dhg == b.dg && r->b_ih ? dx[ADJ_R_B_IH]
                                                : adj_sum(b.dhg, rows, false, ADJ_SAME);
    dx[ADJ_R_W_HR] = r->w_hr ? across(b.total, b.m) : NULL;
    return !adj_error_kind();
}

// ---------------------------------------------------------------- the same in operations

static AdjTensor *plus(AdjTensor *a, AdjTensor *b)
{
    return adj_add(a, b, ADJ_I(1));
}

// [now] for the first rows, the rest as it was.
static AdjTensor *replace_rows(AdjTensor *state, AdjTensor *now)
{
    int64_t n = now ? now->sizes[0] : 0;
    if (!state || n == state->sizes[0]) return now;
    AdjTensor *rest = adj_narrow(state, 0, n, state->sizes[0] - n);
    return adj_cat(ADJ_TENSORS(now, rest), 0);
}

typedef struct {
    AdjTensor *h, *c;
} State;

static State compose_lstm(AdjTensor *sums, State before)
{
    AdjTensors g = adj_chunk(sums, 4, 1);
    if (g.n != 4) return (State){NULL, NULL};
    State s;
    s.c = plus(adj_mul(adj_sigmoid(g.at[1]), before.c),
               adj_mul(adj_sigmoid(g.at[0]), adj_tanh(g.at[2])));
    s.h = adj_mul(adj_sigmoid(g.at[3]), adj_tanh(s.c));
    return s;
}

static State compose_gru(AdjTensor *sums, AdjTensor *hidden, State before)
{
    AdjTensors x = adj_chunk(sums, 3, 1), g = adj_chunk(hidden, 3, 1);
    if (x.n != 3 || g.n != 3) return (State){NULL, NULL};
    AdjTensor *r = adj_sigmoid(plus(x.at[0], g.at[0]));
    AdjTensor *z = adj_sigmoid(plus(x.at[1], g.at[1]));
    AdjTensor *n = adj_tanh(plus(x.at[2], adj_mul(r, g.at[2])));
    return (State){plus(n, adj_mul(z, adj_sub(before.h, n, ADJ_I(1)))), NULL};
}

static State compose_step(const AdjRecurrent *r, AdjTensor *sums, State before)
{
    AdjTensor *hidden = adj_linear(before.h, r->w_hh, r->b_hh);
    if (r->kind == ADJ_CELL_GRU) return compose_gru(sums, hidden, before);
    sums = plus(sums, hidden);
    if (r->kind == ADJ_CELL_TANH) return (State){adj_tanh(sums), NULL};
    if (r->kind == ADJ_CELL_RELU) return (State){adj_relu(sums), NULL};
    State now = compose_lstm(sums, before);
    if (r->w_hr) now.h = adj_linear(now.h, r->w_hr, NULL);
    return now;
}

bool adj_recurrent_compose(const AdjRecurrent *r, AdjRecurrentRun *run)
{
    AdjTensor *sums = adj_linear(r->x, r->w_ih, r->b_ih);
    AdjTensor **y = adj_scope_memory((size_t)(r->steps + 1) * sizeof *y);
    if (!y || !sums) return false;
    State all = {r->h0, r->c0};
    for (int64_t k = 0; k < r->steps; k++) {
        AdjSteps s = r->step[k];
        State before = {adj_narrow(all.h, 0, 0, s.n),
                        all.c ? adj_narrow(all.c, 0, 0, s.n) : NULL};
        State now = compose_step(r, adj_narrow(sums, 0, s.at, s.n), before);
        all = (State){replace_rows(all.h, now.h), all.c ? replace_rows(all.c, now.c) : NULL};
        bool forward = r->steps < 2 || r->step[0].at < r->step[1].at;
        y[forward ? k : r->steps - 1 - k] = now.h;
    }
    if (adj_error_kind()) return false;
    run->y = r->steps ? adj_cat((AdjTensors){(int)r->steps, y}, 0) : matrix(r, r->rows, r->out);
    run->h = all.h;
    run->c = all.c;
    return run->y != NULL;
}
