// SPDX-License-Identifier: Apache-2.0
// einsum.c: sums of products named by letters, and the products that are spelt with them:
// tensordot, kron, bilinear, trace, cross.
//
// An equation gives every axis of every operand a label: a letter, or a place within the
// ellipsis. Operands are contracted from left to right, two at a time. Seen from a pair, a
// label is of one of four kinds: in both and needed later (batch), in both and not (summed),
// only left, only right. So a pair is a product of batches of matrices, (batch, left, summed)
// by (batch, summed, right), and nothing is ever laid out over more axes than the labels it
// has. The operation is composed of others, which record themselves.
#include "core/internal.h"

enum { LETTERS = 52, LABELS = LETTERS + ADJ_MAX_DIMS, MOST = 3 * ADJ_MAX_DIMS };

// An operand and the labels of its axes.
typedef struct {
    AdjTensor *t;
    int n;
    uint8_t label[MOST];
} Term;

static int letter(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    return c >= 'a' && c <= 'z' ? 26 + c - 'a' : -1;
}

// ---------------------------------------------------------------- reading the equation

// Reads the labels of one operand or of the result up to a comma, an arrow or the end. An
// ellipsis stands for [hidden] axes.
static const char *read_labels(const char *p, int hidden, Term *out, bool *ellipsis)
{
    out->n = 0;
    *ellipsis = false;
    for (; *p && *p != ',' && strncmp(p, "->", 2); p++) {
        if (*p == ' ') continue;
        bool dots = !strncmp(p, "...", 3);
        if (dots && *ellipsis)
            return adj_fail(ADJ_E_RUNTIME, "einsum: two ellipses in a row of "
                                           "subscripts");
        if (!dots && letter(*p) < 0) {
            return adj_fail(ADJ_E_RUNTIME,
                            "einsum: invalid subscript '%c', subscripts must be in [a-zA-Z]",
                            *p);
        }
        int more = dots ? hidden : 1;
        if (out->n + more > MOST)
            return adj_fail(ADJ_E_RUNTIME, "einsum: too many subscripts for one operand");
        for (int i = 0; i < more; i++)
            out->label[out->n++] = (uint8_t)(dots ? LABELS - hidden + i : letter(*p));
        if (dots) {
            *ellipsis = true;
            p += 2;
        }
    }
    return p;
}

// Gives [out] the labels of [t]; its ellipsis covers what the letters leave.
static const char *read_operand(const char *p, AdjTensor *t, int index, Term *out)
{
    bool ellipsis;
    const char *end = read_labels(p, 0, out, &ellipsis);
    if (!end) return NULL;
    int hidden = t->ndim - out->n;
    if (hidden < 0 || (hidden && !ellipsis)) {
        return adj_fail(ADJ_E_RUNTIME,
                        "einsum: the number of subscripts in the equation (%d) does not match "
                        "the number of dimensions (%d) for operand %d",
                        out->n, t->ndim, index);
    }
    out->t = t;
    return read_labels(p, hidden, out, &ellipsis);
}

// Without an arrow the result has the ellipsis and then, in order of the alphabet, every letter
// that occurs once.
static void implicit_result(const Term *in, int n, Term *out)
{
    int seen[LABELS] = {0};
    for (int i = 0; i < n; i++)
        for (int k = 0; k < in[i].n; k++) seen[in[i].label[k]]++;
    out->n = 0;
    for (int l = LETTERS; l < LABELS; l++)
        if (seen[l]) out->label[out->n++] = (uint8_t)l;
    for (int l = 0; l < LETTERS && out->n < MOST; l++)
        if (seen[l] == 1) out->label[out->n++] = (uint8_t)l;
}

static bool check_result(const Term *in, int n, const Term *out)
{
    int seen[LABELS] = {0}, asked[LABELS] = {0};
    for (int i = 0; i < n; i++)
        for (int k = 0; k < in[i].n; k++) seen[in[i].label[k]]++;
    for (int k = 0; k < out->n; k++) {
        int l = out->label[k];
        char c = (char)(l < 26 ? 'A' + l : 'a' + l - 26);
        if (asked[l]++)
            return adj_fail(ADJ_E_RUNTIME, "einsum: output subscript %c appears more than once",
                            c);
        if (!seen[l] && l < LETTERS) {
            return adj_fail(ADJ_E_RUNTIME,
                            "einsum: output subscript %c does not appear in the equation for "
                            "any input operand",
                            c);
        }
    }
    if (out->n <= ADJ_MAX_DIMS) return true;
    return adj_fail(ADJ_E_SHAPE, "einsum: the result would have more than %d axes",
                    ADJ_MAX_DIMS);
}

static bool read_equation(const char *p, AdjTensors list, Term *in, Term *out)
{
    int hidden = 0;
    bool ellipsis;
    for (int i = 0; i < list.n; i++) {
        p = read_operand(p, list.at[i], i, &in[i]);
        if (!p) return false;
        bool last = *p != ',';
        if (!last) p++;
        if (last != (i == list.n - 1)) {
            return adj_fail(ADJ_E_RUNTIME,
                            "einsum: %s operands were provided than specified in the equation",
                            last ? "more" : "fewer");
        }
        int own = 0;
        for (int k = 0; k < in[i].n; k++) own += in[i].label[k] >= LETTERS;
        hidden = own > hidden ? own : hidden;
    }
    if (*p != '-') {
        implicit_result(in, list.n, out);
    } else {
        p = read_labels(p + 2, hidden, out, &ellipsis);
        if (!p) return false;
        if (*p) return adj_fail(ADJ_E_RUNTIME, "einsum: invalid output subscripts '%s'", p);
    }
    return check_result(in, list.n, out);
}

// ---------------------------------------------------------------- preparing operands

static int place(const Term *t, int label)
{
    for (int k = 0; k < t->n; k++)
        if (t->label[k] == label) return k;
    return -1;
}

static void forget(Term *t, int k)
{
    memmove(t->label + k, t->label + k + 1, (size_t)(--t->n - k));
}

// A label twice within one operand is its diagonal.
static bool take_diagonals(Term *t)
{
    for (int k = 0; k < t->n; k++) {
        for (int j = t->n - 1; j > k; j--) {
            if (t->label[j] != t->label[k]) continue;
            if (t->t->sizes[j] != t->t->sizes[k]) {
                return adj_fail(ADJ_E_RUNTIME,
                                "einsum: a subscript is repeated for axes of different sizes, "
                                "%lld and %lld",
                                (long long)t->t->sizes[k], (long long)t->t->sizes[j]);
            }
            t->t = adj_diagonal(t->t, 0, k, j);
            if (t->t) t->t = adj_movedim(t->t, ADJ_SHAPE(-1), ADJ_SHAPE(k));
            if (!t->t) return false;
            forget(t, j);
        }
    }
    return true;
}

// The size of every label: 1 gives way to any other.
static bool find_sizes(const Term *in, int n, int64_t *size)
{
    for (int l = 0; l < LABELS; l++) size[l] = 1;
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < in[i].n; k++) {
            int64_t *known = &size[in[i].label[k]], own = in[i].t->sizes[k];
            if (*known != own && *known != 1 && own != 1) {
                return adj_fail(ADJ_E_SHAPE,
                                "einsum: operands do not broadcast: a subscript has the sizes "
                                "%lld and %lld",
                                (long long)*known, (long long)own);
            }
            if (own != 1) *known = own;
        }
    }
    return true;
}

// An axis of size 1 that broadcasts is as good as none.
static bool drop_broadcast(Term *t, const int64_t *size)
{
    for (int k = t->n - 1; k >= 0; k--) {
        if (t->t->sizes[k] == size[t->label[k]]) continue;
        t->t = adj_squeeze(t->t, ADJ_SHAPE(k));
        if (!t->t) return false;
        forget(t, k);
    }
    return true;
}

// Sums the labels that nobody will ask for.
static bool sum_unneeded(Term *t, const bool *needed)
{
    AdjShape dims = {.n = 0};
    for (int k = t->n - 1; k >= 0; k--) {
        if (needed[t->label[k]]) continue;
        dims.at[dims.n++] = k;
        forget(t, k);
    }
    if (dims.n) t->t = adj_sum(t->t, dims, false, ADJ_SAME);
    return t->t != NULL;
}

// ---------------------------------------------------------------- a pair

// Appends to [order] the places in [t] of the labels for which [pick] holds, multiplies their
// sizes, and notes the labels in [out] unless NULL.
typedef struct {
    AdjShape order;
    int64_t size[3];
} View;

static void add_group(View *v, int group, const Term *t, const Term *labels)
{
    v->size[group] = 1;
    for (int k = 0; k < labels->n; k++) {
        int at = place(t, labels->label[k]);
        v->order.at[v->order.n++] = at;
        v->size[group] *= t->t->sizes[at];
    }
}

static AdjTensor *as_batches(const Term *t, const Term *a, const Term *b, const Term *c)
{
    View v = {.order = {.n = 0}};
    add_group(&v, 0, t, a);
    add_group(&v, 1, t, b);
    add_group(&v, 2, t, c);
    return adj_reshape(adj_permute(t->t, v.order), ADJ_SHAPE(v.size[0], v.size[1], v.size[2]));
}

static void append(Term *out, int label)
{
    out->label[out->n++] = (uint8_t)label;
}

// Brings a product's axes back: the sizes of the labels of [out].
static AdjTensor *unfold_axes(AdjTensor *y, const Term *out, const Term *x, const Term *z)
{
    AdjShape s = {.n = out->n};
    for (int k = 0; k < out->n; k++) {
        int at = place(x, out->label[k]);
        s.at[k] = at >= 0 ? x->t->sizes[at] : z->t->sizes[place(z, out->label[k])];
    }
    return y ? adj_reshape(y, s) : NULL;
}

static bool contract(Term *x, Term *z, const bool *needed)
{
    Term batch = {0}, left = {0}, summed = {0}, right = {0}, out = {0};
    for (int k = 0; k < x->n; k++) {
        int l = x->label[k];
        bool both = place(z, l) >= 0;
        append(!both ? &left : needed[l] ? &batch : &summed, l);
    }
    for (int k = 0; k < z->n; k++)
        if (place(x, z->label[k]) < 0) append(&right, z->label[k]);
    const Term *groups[] = {&batch, &left, &right};
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < groups[i]->n; k++) append(&out, groups[i]->label[k]);
    if (out.n > ADJ_MAX_DIMS) {
        return adj_fail(ADJ_E_SHAPE,
                        "einsum: an intermediate product would have %d axes, more "
                        "than %d",
                        out.n, ADJ_MAX_DIMS);
    }
    AdjTensor *a = as_batches(x, &batch, &left, &summed);
    AdjTensor *b = as_batches(z, &batch, &summed, &right);
    // Without a sum the matrices are a column and a row: their product is one broadcast.
    AdjTensor *y = summed.n ? adj_bmm(a, b) : adj_mul(a, b);
    out.t = unfold_axes(y, &out, x, z);
    *x = out;
    return out.t != NULL;
}

// ---------------------------------------------------------------- the operation

static AdjTensor *in_order(const Term *x, const Term *out)
{
    AdjShape order = {.n = out->n};
    bool same = true;
    for (int k = 0; k < out->n; k++) {
        order.at[k] = place(x, out->label[k]);
        same &= order.at[k] == k;
    }
    return same ? x->t : adj_permute(x->t, order);
}

// The labels that the result or an operand from [from] on has.
static void find_needed(const Term *in, int n, int from, const Term *out, bool *needed)
{
    memset(needed, 0, LABELS * sizeof *needed);
    for (int k = 0; k < out->n; k++) needed[out->label[k]] = true;
    for (int i = from; i < n; i++)
        for (int k = 0; k < in[i].n; k++) needed[in[i].label[k]] = true;
}

static AdjTensor *contract_all(Term *in, int n, Term *out)
{
    int64_t size[LABELS];
    bool needed[LABELS];
    for (int i = 0; i < n; i++)
        if (!take_diagonals(&in[i])) return NULL;
    if (!find_sizes(in, n, size)) return NULL;
    for (int i = 0; i < n; i++)
        if (!drop_broadcast(&in[i], size)) return NULL;
    for (int i = 1; i < n; i++) {
        find_needed(in, n, i, out, needed);
        if (!sum_unneeded(&in[0], needed)) return NULL;
        Term keep = in[0];
        find_needed(in, n, i + 1, out, needed);
        for (int k = 0; k < keep.n; k++) needed[keep.label[k]] = true;
        if (!sum_unneeded(&in[i], needed)) return NULL;
        find_needed(in, n, i + 1, out, needed);
        if (!contract(&in[0], &in[i], needed)) return NULL;
    }
    find_needed(in, n, n, out, needed);
    return sum_unneeded(&in[0], needed) ? in_order(&in[0], out) : NULL;
}

ADJ_OP(
    einsum, "(equation: str, operands: tensors) -> tensor",
    "The sum of products that the equation names: 'ij,jk->ik' is a matrix product.\n"
    "notes   every axis has a letter; letters that the right side leaves out are summed; a "
    "letter twice in one operand takes its diagonal; ... stands for any leading axes, which "
    "broadcast; without -> the result has the letters that occur once, in alphabetical order\n"
    "errors  Runtime: letters and axes do not match, or the right side names a letter twice or "
    "one that no operand has; Shape: sizes do not broadcast",
    .source = "Einstein 1916", .no_method = true)
AdjTensor *op_einsum(const char *equation, AdjTensors operands)
{
    Term out = {0};
    if (operands.n == 0) return adj_fail(ADJ_E_VALUE, "einsum: expected at least one operand");
    Term *in = adj_scope_memory((size_t)operands.n * sizeof *in);
    if (!in || !read_equation(equation, operands, in, &out)) return NULL;
    return contract_all(in, operands.n, &out);
}

// ---------------------------------------------------------------- tensordot

// The axes [dims] of [t] brought to the end or to the front.
static AdjTensor *gathered(AdjTensor *t, AdjShape dims, bool front)
{
    AdjShape order = {.n = 0};
    bool taken[ADJ_MAX_DIMS] = {false};
    for (int i = 0; i < dims.n; i++) {
        if (!adj_wrap_dim(&dims.at[i], t->ndim)) return NULL;
        if (taken[dims.at[i]]) {
            return adj_fail(ADJ_E_RUNTIME,
                            "tensordot: dim %lld appears multiple times in the list of dims",
                            (long long)dims.at[i]);
        }
        taken[dims.at[i]] = true;
    }
    for (int i = 0; front && i < dims.n; i++) order.at[order.n++] = dims.at[i];
    for (int d = 0; d < t->ndim; d++)
        if (!taken[d]) order.at[order.n++] = d;
    for (int i = 0; !front && i < dims.n; i++) order.at[order.n++] = dims.at[i];
    return adj_permute(t, order);
}

static AdjTensor *contract_dims(AdjTensor *a, AdjTensor *b, AdjShape da, AdjShape db)
{
    if (da.n != db.n) {
        return adj_fail(ADJ_E_RUNTIME,
                        "tensordot: both dimension lists should have same length, "
                        "got %s and %s",
                        adj_shape_text(da), adj_shape_text(db));
    }
    a = gathered(a, da, false);
    b = gathered(b, db, true);
    if (!a || !b) return NULL;
    AdjShape shape = {.n = 0};
    int64_t rows = 1, cols = 1, inner = 1;
    if (a->ndim + b->ndim - 2 * da.n > ADJ_MAX_DIMS)
        return adj_fail(ADJ_E_SHAPE, "tensordot: the result would have more than %d axes",
                        ADJ_MAX_DIMS);
    for (int d = 0; d < a->ndim - da.n; d++) rows *= shape.at[shape.n++] = a->sizes[d];
    for (int i = 0; i < da.n; i++) {
        int64_t n = a->sizes[a->ndim - da.n + i];
        if (n != b->sizes[i]) {
            return adj_fail(
                ADJ_E_SHAPE,
                "tensordot: contracted dimensions need to match, but first has size "
                "%lld and second has size %lld",
                (long long)n, (long long)b->sizes[i]);
        }
        inner *= n;
    }
    for (int d = da.n; d < b->ndim; d++) cols *= shape.at[shape.n++] = b->sizes[d];
    AdjTensor *y =
        adj_mm(adj_reshape(a, ADJ_SHAPE(rows, inner)), adj_reshape(b, ADJ_SHAPE(inner, cols)));
    return y ? adj_reshape(y, shape) : NULL;
}

ADJ_OP(tensordot, "(a: tensor, b: tensor, dims: int = 2) -> tensor",
       "Sums over the last dims axes of a with the first dims axes of b.\n"
       "shapes  (..., *k), (*k, ...) -> (..., ...)\n"
       "errors  Value: dims negative or more than there are axes; Shape: sizes differ",
       .no_method = true)
AdjTensor *op_tensordot(AdjTensor *a, AdjTensor *b, int64_t dims)
{
    AdjShape da = {.n = (int)dims}, db = {.n = (int)dims};
    if (dims < 0 || dims > a->ndim || dims > b->ndim) {
        return adj_fail(ADJ_E_VALUE,
                        "tensordot: expects dims between 0 and the number of axes (%d and %d), "
                        "got %lld",
                        a->ndim, b->ndim, (long long)dims);
    }
    for (int i = 0; i < dims; i++) {
        da.at[i] = a->ndim - dims + i;
        db.at[i] = i;
    }
    return contract_dims(a, b, da, db);
}

ADJ_OP(tensordot_dims, "(a: tensor, b: tensor, dims_a: ints, dims_b: ints) -> tensor",
       "tensordot over axes named for each operand.\n"
       "errors  Runtime: lists of different lengths; Shape: sizes differ",
       .no_method = true)
AdjTensor *op_tensordot_dims(AdjTensor *a, AdjTensor *b, AdjShape dims_a, AdjShape dims_b)
{
    return contract_dims(a, b, dims_a, dims_b);
}

// ---------------------------------------------------------------- kron, bilinear

// [t] with [n] axes, ones in front, every axis followed or preceded by one of size 1.
static AdjTensor *spaced(AdjTensor *t, int n, bool after)
{
    AdjShape s = {.n = 2 * n};
    for (int d = 0; d < n; d++) {
        int64_t own = d < n - t->ndim ? 1 : t->sizes[d - (n - t->ndim)];
        s.at[2 * d] = after ? own : 1;
        s.at[2 * d + 1] = after ? 1 : own;
    }
    return adj_reshape(t, s);
}

ADJ_OP(kron, "(input: tensor, other: tensor) -> tensor",
       "The Kronecker product: every element of input times the whole of other.\n"
       "shapes  (a0, a1, ...), (b0, b1, ...) -> (a0 b0, a1 b1, ...)\n"
       "errors  Shape: more than four axes")
AdjTensor *op_kron(AdjTensor *input, AdjTensor *other)
{
    int n = input->ndim > other->ndim ? input->ndim : other->ndim;
    if (2 * n > ADJ_MAX_DIMS)
        return adj_fail(ADJ_E_SHAPE, "kron: at most %d axes are supported, got %d",
                        ADJ_MAX_DIMS / 2, n);
    AdjTensor *y = adj_mul(spaced(input, n, true), spaced(other, n, false));
    AdjShape s = {.n = n};
    for (int d = 0; y && d < n; d++) s.at[d] = y->sizes[2 * d] * y->sizes[2 * d + 1];
    return y ? adj_unsafe_view(y, s) : NULL;
}

ADJ_OP(bilinear,
       "(input1: tensor, input2: tensor, weight: tensor, bias: tensor? = None) -> tensor",
       "y_o = input1^T weight_o input2 + bias_o.\n"
       "shapes  input1 (..., in1), input2 (..., in2), weight (out, in1, in2), bias (out) -> "
       "(..., out)\n"
       "errors  Shape: leading axes differ, or the last ones are not in1 and in2",
       .no_method = true)
AdjTensor *op_bilinear(AdjTensor *input1, AdjTensor *input2, AdjTensor *weight, AdjTensor *bias)
{
    AdjShape lead = adj_shape(input1), other = adj_shape(input2);
    lead.n--, other.n--;
    bool fits = weight->ndim == 3 && lead.n >= 0 && adj_shape_equal(lead, other) &&
                input1->sizes[lead.n] == weight->sizes[1] &&
                input2->sizes[lead.n] == weight->sizes[2];
    if (!fits) {
        return adj_fail(ADJ_E_SHAPE,
                        "bilinear: expected (..., in1), (..., in2) and weight (out, in1, in2), "
                        "got %s, %s and %s",
                        adj_shape_text(adj_shape(input1)), adj_shape_text(adj_shape(input2)),
                        adj_shape_text(adj_shape(weight)));
    }
    int64_t rows = adj_shape_numel(lead), out = weight->sizes[0];
    AdjTensor *x = adj_reshape(input1, ADJ_SHAPE(rows, weight->sizes[1]));
    AdjTensor *z = adj_reshape(input2, ADJ_SHAPE(rows, weight->sizes[2], 1));
    AdjTensor *w = adj_reshape(adj_permute(weight, ADJ_SHAPE(1, 0, 2)),
                               ADJ_SHAPE(weight->sizes[1], out * weight->sizes[2]));
    AdjTensor *y = adj_reshape(adj_mm(x, w), ADJ_SHAPE(rows, out, weight->sizes[2]));
    lead.at[lead.n++] = out;
    y = adj_reshape(adj_bmm(y, z), lead);
    return bias && y ? adj_add(y, bias, ADJ_I(1)) : y;
}

// ---------------------------------------------------------------- trace, cross

static void trace_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjShape s = n->in[0].shape;
    dx[0] = adj_mul(adj_eye(s.at[0], s.at[1], (AdjDtype)n->in[0].dtype), dy[0]);
}

ADJ_OP(trace, "(input: tensor) -> tensor",
       "The sum of a matrix's diagonal.\nshapes  (M, N) -> ()\nerrors  Shape: not a matrix",
       .vjp = trace_vjp)
AdjTensor *op_trace(AdjTensor *input)
{
    if (input->ndim != 2)
        return adj_fail(ADJ_E_SHAPE, "trace: expected a matrix, but got shape %s",
                        adj_shape_text(adj_shape(input)));
    AdjTensor *y = adj_diagonal(input, 0, 0, 1);
    return y ? adj_sum(y, ADJ_ALL, false, ADJ_SAME) : NULL;
}

static void linalg_cross_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    int64_t dim = n->arg[0].i;
    if (adj_wants(n, 0)) dx[0] = adj_linalg_cross(adj_saved_in(n, 1), dy[0], dim);
    if (adj_wants(n, 1)) dx[1] = adj_linalg_cross(dy[0], adj_saved_in(n, 0), dim);
}

ADJ_OP(linalg_cross, "(input: tensor, other: tensor, dim: int = -1) -> tensor",
       "The cross product of vectors of three elements along dim.\n"
       "shapes  the operands broadcast and have 3 elements along dim\n"
       "errors  Shape: not 3 elements, or the operands do not broadcast",
       .vjp = linalg_cross_vjp, .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_IN(1), .no_method = true)
AdjTensor *op_linalg_cross(AdjTensor *input, AdjTensor *other, int64_t dim)
{
    AdjShape both;
    if (!adj_broadcast(adj_shape(input), adj_shape(other), &both)) return NULL;
    int64_t a = dim, b = dim;
    if (!adj_wrap_dim(&a, input->ndim) || !adj_wrap_dim(&b, other->ndim)) return NULL;
    if (input->ndim != other->ndim || input->sizes[a] != 3 || other->sizes[b] != 3) {
        return adj_fail(
            ADJ_E_SHAPE, "cross: inputs dimension %lld must have length 3, got %s and %s",
            (long long)dim, adj_shape_text(adj_shape(input)), adj_shape_text(adj_shape(other)));
    }
    AdjShape d = ADJ_SHAPE(a), one = ADJ_SHAPE(-1), two = ADJ_SHAPE(-2);
    return adj_sub(adj_mul(adj_roll(input, one, d), adj_roll(other, two, d)),
                   adj_mul(adj_roll(input, two, d), adj_roll(other, one, d)), ADJ_I(1));
}

ADJ_OP(cross, "(input: tensor, other: tensor, dim: int? = None) -> tensor",
       "linalg_cross along dim, by default along the first axis of size 3.\n"
       "errors  Shape: no axis of size 3")
AdjTensor *op_cross(AdjTensor *input, AdjTensor *other, int64_t dim)
{
    if (dim != ADJ_NO_INT) return adj_linalg_cross(input, other, dim);
    for (int d = 0; d < input->ndim; d++)
        if (input->sizes[d] == 3) return adj_linalg_cross(input, other, d);
    return adj_fail(ADJ_E_SHAPE, "cross: no dimension of size 3 in input of shape %s",
                    adj_shape_text(adj_shape(input)));
}
