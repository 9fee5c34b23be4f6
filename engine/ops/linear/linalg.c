// SPDX-License-Identifier: Apache-2.0
// linalg.c: products of vectors and matrices. Everything comes down to one batched product, bmm
// in the notation C (B, M, N) = A (B, M, K) B (B, K, N), which hands strides to the device so
// that transposes are never copied. matmul sorts out PyTorch's cases of 1, 2 and more axes; the
// others check their own shapes and call it.
//
// Derivatives of C = A B: dA = dC B^T, dB = A^T dC (Giles 2008, eq. 2.2).
#include "core/internal.h"

// How a matrix lies in memory: as it is, or as the transpose of what is stored.
typedef struct {
    bool trans;
    int64_t ld;
} Layout;

static bool find_layout(const AdjTensor *t, Layout *out)
{
    int r = t->ndim - 2, c = t->ndim - 1;
    int64_t rows = t->sizes[r], cols = t->sizes[c], rs = t->strides[r], cs = t->strides[c];
    if ((cs == 1 || cols == 1) && (rs >= cols || rows == 1)) {
        *out = (Layout){false, rows == 1 ? cols : rs};
        return true;
    }
    if ((rs == 1 || rows == 1) && (cs >= rows || cols == 1)) {
        *out = (Layout){true, cols == 1 ? rows : cs};
        return true;
    }
    return false;
}

static AdjTensor *with_layout(AdjTensor *t, Layout *out)
{
    if (find_layout(t, out)) return t;
    t = adj_contiguous(t);
    if (t) find_layout(t, out);
    return t;
}

static int64_t at_least_1(int64_t x)
{
    return x > 0 ? x : 1;
}

static bool clear(AdjTensor *c)
{
    const AdjDevice *d = adj_device_of(c);
    return d->zero(d, adj_ptr(c), (size_t)c->numel * adj_dtype_size(adj_dtype(c)));
}

// C := alpha A B + beta C over (b, m, k) and (b, k, n); types are equal and not half.
static bool product(AdjTensor *c, AdjTensor *a, AdjTensor *b, double alpha, double beta)
{
    int last = c->ndim - 1;
    AdjGemm g = {.dtype = (AdjDtype)c->dtype,
                 .batch = c->ndim == 3 ? c->sizes[0] : 1,
                 .m = c->sizes[last - 1],
                 .n = c->sizes[last],
                 .k = a->sizes[last],
                 .alpha = alpha,
                 .beta = beta};
    if (c->numel == 0) return true;
    if (g.k == 0) {
        if (beta == 1) return true;
        return clear(c);
    }
    Layout la, lb;
    a = with_layout(a, &la);
    b = with_layout(b, &lb);
    if (!a || !b) return false;
    g.a = adj_ptr(a), g.b = adj_ptr(b), g.c = adj_ptr(c);
    g.a_trans = la.trans, g.b_trans = lb.trans;
    g.lda = at_least_1(la.ld), g.ldb = at_least_1(lb.ld), g.ldc = g.n;
    if (c->ndim == 3) {
        g.a_batch = a->sizes[0] == 1 ? 0 : a->strides[0];
        g.b_batch = b->sizes[0] == 1 ? 0 : b->strides[0];
        g.c_batch = g.m * g.n;
    }
    return ADJ_RUN(adj_device_of(c), gemm, &g);
}

static bool same_types(const AdjTensor *a, const AdjTensor *b)
{
    if (a->dtype == b->dtype) return true;
    return adj_fail(
        ADJ_E_DTYPE, "%s: expected both operands to have the same dtype, but got %s and %s",
        adj_op_name(), adj_dtype_name((AdjDtype)a->dtype), adj_dtype_name((AdjDtype)b->dtype));
}

// The product of matrices or batches of them, for every element type. Halves are computed in
// f32.
static AdjTensor *compute(AdjTensor *a, AdjTensor *b)
{
    if (!a || !b) return NULL;
    AdjDtype dtype = (AdjDtype)a->dtype, inner = adj_is_half(a) ? ADJ_F32 : dtype;
    if (dtype == ADJ_BOOL) {
        return adj_fail(ADJ_E_ABSENT, "%s: not implemented for 'Bool'", adj_op_name());
    }
    AdjShape shape = adj_shape(a);
    shape.at[shape.n - 1] = b->sizes[b->ndim - 1];
    AdjTensor *c = adj_new(shape, inner);
    if (inner != dtype) {
        a = adj_to(a, inner);
        b = adj_to(b, inner);
    }
    if (!c || !a || !b || !product(c, a, b, 1, 0)) return NULL;
    return inner != dtype ? adj_to(c, dtype) : c;
}

static AdjTensor *flip_last(AdjTensor *t)
{
    return adj_transpose(t, -2, -1);
}

static void mm_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    if (adj_wants(n, 0)) dx[0] = adj_mm(dy[0], flip_last(adj_saved_in(n, 1)));
    if (adj_wants(n, 1)) dx[1] = adj_mm(flip_last(adj_saved_in(n, 0)), dy[0]);
}

ADJ_OP(mm, "(input: tensor, mat2: tensor) -> tensor",
       "The matrix product: y_ij = sum_k input_ik mat2_kj.\n"
       "shapes  input (M, K), mat2 (K, N) -> (M, N)\n"
       "errors  Shape: not matrices, or inner sizes differ",
       .vjp = mm_vjp, .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_IN(1))
AdjTensor *op_mm(AdjTensor *a, AdjTensor *b)
{
    if (a->ndim != 2 || b->ndim != 2) {
        return adj_fail(ADJ_E_SHAPE, "mm: expected two matrices, got shapes %s and %s",
                        adj_shape_text(adj_shape(a)), adj_shape_text(adj_shape(b)));
    }
    if (a->sizes[1] != b->sizes[0]) {
        return adj_fail(
            ADJ_E_SHAPE,
            "mm: mat1 and mat2 shapes cannot be multiplied (%lldx%lld and %lldx%lld)",
            (long long)a->sizes[0], (long long)a->sizes[1], (long long)b->sizes[0],
            (long long)b->sizes[1]);
    }
    return same_types(a, b) ? compute(a, b) : NULL;
}

static void bmm_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    if (adj_wants(n, 0)) dx[0] = adj_bmm(dy[0], flip_last(adj_saved_in(n, 1)));
    if (adj_wants(n, 1)) dx[1] = adj_bmm(flip_last(adj_saved_in(n, 0)), dy[0]);
}

ADJ_OP(bmm, "(input: tensor, mat2: tensor) -> tensor",
       "Matrix products of two batches of matrices.\n"
       "shapes  input (B, M, K), mat2 (B, K, N) -> (B, M, N)\n"
       "errors  Shape: not batches of matrices, or batch or inner sizes differ",
       .vjp = bmm_vjp, .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_IN(1))
AdjTensor *op_bmm(AdjTensor *a, AdjTensor *b)
{
    if (a->ndim != 3 || b->ndim != 3 || a->sizes[0] != b->sizes[0] ||
        a->sizes[2] != b->sizes[1]) {
        return adj_fail(ADJ_E_SHAPE,
                        "bmm: expected shapes (B, M, K) and (B, K, N), got %s and %s",
                        adj_shape_text(adj_shape(a)), adj_shape_text(adj_shape(b)));
    }
    return same_types(a, b) ? compute(a, b) : NULL;
}

// ---------------------------------------------------------------- vectors

static void dot_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    if (adj_wants(n, 0)) dx[0] = adj_mul(dy[0], adj_saved_in(n, 1));
    if (adj_wants(n, 1)) dx[1] = adj_mul(dy[0], adj_saved_in(n, 0));
}

ADJ_OP(dot, "(input: tensor, tensor: tensor) -> tensor",
       "The inner product of two vectors: sum_i input_i tensor_i.\n"
       "shapes  (N,), (N,) -> ()\n"
       "errors  Shape: not vectors of one size",
       .vjp = dot_vjp, .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_IN(1),
       .aliases = "inner_vectors vdot")
AdjTensor *op_dot(AdjTensor *a, AdjTensor *b)
{
    if (a->ndim != 1 || b->ndim != 1) {
        return adj_fail(ADJ_E_SHAPE, "dot: 1D tensors expected, but got %dD and %dD tensors",
                        a->ndim, b->ndim);
    }
    if (a->sizes[0] != b->sizes[0]) {
        return adj_fail(
            ADJ_E_SHAPE,
            "dot: inconsistent tensor size, expected tensor %s and src %s to have the same "
            "number of elements",
            adj_shape_text(adj_shape(a)), adj_shape_text(adj_shape(b)));
    }
    if (!same_types(a, b)) return NULL;
    AdjTensor *y = compute(adj_unsqueeze(a, 0), adj_unsqueeze(b, 1));
    return y ? adj_reshape(y, ADJ_SCALAR_SHAPE) : NULL;
}

static void mv_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    if (adj_wants(n, 0)) dx[0] = adj_outer(dy[0], adj_saved_in(n, 1));
    if (adj_wants(n, 1)) dx[1] = adj_mv(flip_last(adj_saved_in(n, 0)), dy[0]);
}

ADJ_OP(mv, "(input: tensor, vec: tensor) -> tensor",
       "A matrix times a vector: y_i = sum_k input_ik vec_k.\n"
       "shapes  input (M, K), vec (K,) -> (M,)\n"
       "errors  Shape: not a matrix and a vector that fit",
       .vjp = mv_vjp, .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_IN(1))
AdjTensor *op_mv(AdjTensor *a, AdjTensor *x)
{
    if (a->ndim != 2 || x->ndim != 1 || a->sizes[1] != x->sizes[0]) {
        return adj_fail(ADJ_E_SHAPE, "mv: expected shapes (M, K) and (K,), got %s and %s",
                        adj_shape_text(adj_shape(a)), adj_shape_text(adj_shape(x)));
    }
    if (!same_types(a, x)) return NULL;
    AdjTensor *y = compute(a, adj_unsqueeze(x, 1));
    return y ? adj_squeeze(y, ADJ_SHAPE(1)) : NULL;
}

ADJ_OP(outer, "(input: tensor, vec2: tensor) -> tensor",
       "The outer product of two vectors: y_ij = input_i vec2_j.\n"
       "shapes  (M,), (N,) -> (M, N)\n"
       "errors  Shape: not vectors",
       .aliases = "ger")
AdjTensor *op_outer(AdjTensor *a, AdjTensor *b)
{
    if (a->ndim != 1 || b->ndim != 1) {
        return adj_fail(ADJ_E_SHAPE, "outer: 1D tensors expected, but got %dD and %dD tensors",
                        a->ndim, b->ndim);
    }
    return adj_mul(adj_unsqueeze(a, 1), adj_unsqueeze(b, 0));
}

// ---------------------------------------------------------------- matmul

// (..., M, K) as (batch, M, K) after broadcasting the leading axes to [lead].
static AdjTensor *batched(AdjTensor *t, AdjShape lead)
{
    AdjShape full = lead;
    full.at[full.n++] = t->sizes[t->ndim - 2];
    full.at[full.n++] = t->sizes[t->ndim - 1];
    t = adj_expand(t, full);
    return t ? adj_reshape(t, ADJ_SHAPE(adj_shape_numel(lead), full.at[full.n - 2],
                                        full.at[full.n - 1]))
             : NULL;
}

static AdjShape leading(const AdjTensor *t)
{
    AdjShape s = adj_shape(t);
    s.n -= 2;
    return s;
}

static AdjTensor *matmul_batches(AdjTensor *a, AdjTensor *b)
{
    AdjShape lead;
    if (!adj_broadcast(leading(a), leading(b), &lead)) return NULL;
    AdjShape shape = lead;
    shape.at[shape.n++] = a->sizes[a->ndim - 2];
    shape.at[shape.n++] = b->sizes[b->ndim - 1];
    AdjTensor *y = adj_bmm(batched(a, lead), batched(b, lead));
    return y ? adj_reshape(y, shape) : NULL;
}

// (..., M, K) times one matrix: the leading axes and M fold into one, no copy, one product.
static AdjTensor *matmul_folded(AdjTensor *a, AdjTensor *b)
{
    AdjShape shape = adj_shape(a);
    int64_t k = shape.at[shape.n - 1];
    int64_t rows = 1;
    for (int i = 0; i < shape.n - 1; i++) rows *= shape.at[i];
    AdjTensor *y = adj_mm(adj_reshape(a, ADJ_SHAPE(rows, k)), b);
    shape.at[shape.n - 1] = b->sizes[1];
    return y ? adj_reshape(y, shape) : NULL;
}

ADJ_OP(matmul, "(input: tensor, other: tensor) -> tensor",
       "The matrix product, over leading axes by broadcasting.\n"
       "shapes  (K,) (K,) -> (); (M, K) (K, N) -> (M, N); (K,) (K, N) -> (N,); (M, K) (K,) -> "
       "(M,);\n"
       "        (..., M, K) (..., K, N) -> (..., M, N)\n"
       "errors  Shape: inner sizes differ, or leading axes do not broadcast")
AdjTensor *op_matmul(AdjTensor *a, AdjTensor *b)
{
    if (a->ndim == 0 || b->ndim == 0) {
        return adj_fail(
            ADJ_E_SHAPE,
            "matmul: both arguments need to be at least 1D, but they are %dD and %dD", a->ndim,
            b->ndim);
    }
    int64_t ka = a->sizes[a->ndim - 1], kb = b->sizes[b->ndim == 1 ? 0 : b->ndim - 2];
    if (ka != kb) {
        const char *pa = adj_shape_text(adj_shape(a)), *pb = adj_shape_text(adj_shape(b));
        return adj_fail(ADJ_E_SHAPE,
                        "matmul: inner sizes differ: %s @ %s has %lld against %lld", pa, pb,
                        (long long)ka, (long long)kb);
    }
    if (a->ndim == 1 && b->ndim == 1) return adj_dot(a, b);
    if (a->ndim == 2 && b->ndim == 1) return adj_mv(a, b);
    if (a->ndim == 1) {
        AdjTensor *y = adj_matmul(adj_unsqueeze(a, 0), b);
        return y ? adj_squeeze(y, ADJ_SHAPE(-2)) : NULL;
    }
    if (b->ndim == 1) {
        AdjTensor *y = adj_matmul(a, adj_unsqueeze(b, 1));
        return y ? adj_squeeze(y, ADJ_SHAPE(-1)) : NULL;
    }
    if (a->ndim == 2 && b->ndim == 2) return adj_mm(a, b);
    if (b->ndim == 2) return matmul_folded(a, b);
    return matmul_batches(a, b);
}

// ---------------------------------------------------------------- with an addend

// y = beta * input + alpha * product, in one pass when the addend is a plain row or the
// result's shape.
static AdjTensor *scaled(AdjTensor *t, AdjScalar s)
{
    return s.f == 1 ? t : adj_mul(t, adj_number(s));
}

static void addmm_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    AdjScalar beta = n->arg[0].num, alpha = n->arg[1].num;
    if (adj_wants(n, 0)) dx[0] = scaled(dy[0], beta);
    AdjTensor *g = adj_wants(n, 1) || adj_wants(n, 2) ? scaled(dy[0], alpha) : NULL;
    if (adj_wants(n, 1)) dx[1] = adj_mm(g, flip_last(adj_saved_in(n, 2)));
    if (adj_wants(n, 2)) dx[2] = adj_mm(flip_last(adj_saved_in(n, 1)), g);
}

ADJ_OP(addmm,
       "(input: tensor, mat1: tensor, mat2: tensor, beta: scalar = 1, alpha: scalar = 1) -> "
       "tensor",
       "beta * input + alpha * (mat1 @ mat2).\n"
       "shapes  input broadcasts to (M, N); mat1 (M, K), mat2 (K, N) -> (M, N)\n"
       "errors  Shape: not matrices that fit, or input does not broadcast",
       .vjp = addmm_vjp, .saves = ADJ_SAVE_IN(1) | ADJ_SAVE_IN(2), .in_place = true)
AdjTensor *op_addmm(AdjTensor *x, AdjTensor *a, AdjTensor *b, AdjScalar beta, AdjScalar alpha)
{
    if (a->ndim != 2 || b->ndim != 2 || a->sizes[1] != b->sizes[0]) {
        return adj_fail(ADJ_E_SHAPE,
                        "addmm: mat1 and mat2 shapes cannot be multiplied (%s and %s)",
                        adj_shape_text(adj_shape(a)), adj_shape_text(adj_shape(b)));
    }
    AdjShape shape = ADJ_SHAPE(a->sizes[0], b->sizes[1]), both;
    if (!same_types(a, b) || !same_types(x, a) || !adj_broadcast(adj_shape(x), shape, &both))
        return NULL;
    if (!adj_shape_equal(both, shape)) {
        return adj_fail(ADJ_E_SHAPE, "addmm: input of shape %s does not broadcast to %s",
                        adj_shape_text(adj_shape(x)), adj_shape_text(shape));
    }
    bool direct = !adj_is_half(a) && a->dtype != ADJ_BOOL && adj_is_float(a);
    if (!direct) return adj_add(scaled(x, beta), scaled(compute(a, b), alpha), ADJ_I(1));
    AdjTensor *y = adj_new(shape, (AdjDtype)a->dtype);
    if (!y || (beta.f != 0 && !adj_copy_data(y, x))) return NULL;
    return product(y, a, b, alpha.f, beta.f) ? y : NULL;
}

ADJ_OP(baddbmm,
       "(input: tensor, batch1: tensor, batch2: tensor, beta: scalar = 1, alpha: scalar = 1) "
       "-> tensor",
       "beta * input + alpha * (batch1 @ batch2), batch by batch.\n"
       "shapes  input broadcasts to (B, M, N); batch1 (B, M, K), batch2 (B, K, N) -> (B, M, N)",
       .in_place = true)
AdjTensor *op_baddbmm(AdjTensor *x, AdjTensor *a, AdjTensor *b, AdjScalar beta, AdjScalar alpha)
{
    return adj_add(scaled(x, beta), scaled(adj_bmm(a, b), alpha), ADJ_I(1));
}

ADJ_OP(
    addmv,
    "(input: tensor, mat: tensor, vec: tensor, beta: scalar = 1, alpha: scalar = 1) -> tensor",
    "beta * input + alpha * (mat @ vec).\n"
    "shapes  input broadcasts to (M,); mat (M, K), vec (K,) -> (M,)",
    .in_place = true)
AdjTensor *op_addmv(AdjTensor *x, AdjTensor *a, AdjTensor *v, AdjScalar beta, AdjScalar alpha)
{
    return adj_add(scaled(x, beta), scaled(adj_mv(a, v), alpha), ADJ_I(1));
}

ADJ_OP(addr,
       "(input: tensor, vec1: tensor, vec2: tensor, beta: scalar = 1, alpha: scalar = 1) -> "
       "tensor",
       "beta * input + alpha * outer(vec1, vec2).\n"
       "shapes  input broadcasts to (M, N); vec1 (M,), vec2 (N,) -> (M, N)",
       .in_place = true)
AdjTensor *op_addr(AdjTensor *x, AdjTensor *a, AdjTensor *b, AdjScalar beta, AdjScalar alpha)
{
    return adj_add(scaled(x, beta), scaled(adj_outer(a, b), alpha), ADJ_I(1));
}

// ---------------------------------------------------------------- linear

// C := op(A) op(B) + beta C for matrices, op being the transpose where a flip is asked for. No
// views are made for it.
static bool product_of(AdjTensor *c, AdjTensor *a, bool flip_a, AdjTensor *b, bool flip_b,
                       double beta)
{
    Layout la, lb;
    int64_t k = a->sizes[!flip_a];
    if (c->numel == 0) return true;
    if (k == 0) {
        return beta == 1 || clear(c);
    }
    a = with_layout(a, &la);
    b = with_layout(b, &lb);
    if (!a || !b) return false;
    AdjGemm g = {.dtype = (AdjDtype)c->dtype, .batch = 1, .m = c->sizes[0], .n = c->sizes[1]};
    g.k = k, g.alpha = 1, g.beta = beta;
    g.a = adj_ptr(a), g.b = adj_ptr(b), g.c = adj_ptr(c);
    g.a_trans = la.trans != flip_a, g.b_trans = lb.trans != flip_b;
    g.lda = at_least_1(la.ld), g.ldb = at_least_1(lb.ld), g.ldc = g.n;
    return ADJ_RUN(adj_device_of(c), gemm, &g);
}

// The sum of the rows of a small matrix in one pass; large ones have better loops.
static AdjTensor *sum_rows(AdjTensor *g)
{
    enum { SMALL = 2048, STRIP = 32 };
    int64_t rows = g->sizes[0], n = g->sizes[1];
    bool readable = adj_is_contiguous(g) && adj_device_of(g) == &adj_cpu;
    if (g->numel > SMALL || g->dtype != ADJ_F32 || !readable)
        return adj_sum(g, ADJ_SHAPE(0), false, ADJ_SAME);
    AdjTensor *y = adj_new(ADJ_SHAPE(n), ADJ_F32);
    if (!y) return NULL;
    const float *x = (const float *)adj_ptr(g);
    for (int64_t j = 0; j < n; j += STRIP) {
        double sum[STRIP] = {0};
        int64_t width = n - j < STRIP ? n - j : STRIP;
        for (int64_t i = 0; i < rows; i++)
            for (int64_t k = 0; k < width; k++) sum[k] += (double)x[i * n + j + k];
        for (int64_t k = 0; k < width; k++) ((float *)adj_ptr(y))[j + k] = (float)sum[k];
    }
    return y;
}

// Gradients of x W^T: dx = dy W, dW = dy^T x. In a pass that nobody will differentiate again
// they are two products straight into their results.
static void product_gradients(AdjNode *n, int x_at, AdjTensor *dy, AdjTensor **dx)
{
    int w_at = x_at + 1;
    AdjTensor *x = adj_saved_in(n, x_at), *w = adj_saved_in(n, w_at);
    if (!x || !w) return;
    if (adj_building_graph() || adj_is_half(x) || dy->dtype != x->dtype) {
        if (adj_wants(n, x_at)) dx[x_at] = adj_mm(dy, w);
        if (adj_wants(n, w_at)) dx[w_at] = adj_mm(flip_last(dy), x);
        return;
    }
    AdjTensor *gx = adj_wants(n, x_at) ? adj_new(adj_shape(x), adj_dtype(x)) : NULL;
    AdjTensor *gw = adj_wants(n, w_at) ? adj_new(adj_shape(w), adj_dtype(w)) : NULL;
    if (gx && product_of(gx, dy, false, w, false, 0)) dx[x_at] = gx;
    if (gw && product_of(gw, dy, true, x, false, 0)) dx[w_at] = gw;
}

static void mm_t_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    product_gradients(n, 0, dy[0], dx);
}

ADJ_OP(mm_t, "(input: tensor, weight: tensor) -> tensor",
       "input weight^T.\nshapes  (M, K), (N, K) -> (M, N)\n"
       "errors  Shape: not matrices with rows of one length",
       .vjp = mm_t_vjp, .saves = ADJ_SAVE_IN(0) | ADJ_SAVE_IN(1), .torch = "Mm",
       .no_method = true)
AdjTensor *op_mm_t(AdjTensor *input, AdjTensor *weight)
{
    if (input->ndim != 2 || weight->ndim != 2 || input->sizes[1] != weight->sizes[1]) {
        return adj_fail(ADJ_E_SHAPE, "mm_t: expected shapes (M, K) and (N, K), got %s and %s",
                        adj_shape_text(adj_shape(input)), adj_shape_text(adj_shape(weight)));
    }
    if (!same_types(input, weight)) return NULL;
    if (adj_is_half(input) || !adj_is_float(input)) return compute(input, flip_last(weight));
    AdjTensor *y = adj_new(ADJ_SHAPE(input->sizes[0], weight->sizes[0]), adj_dtype(input));
    return y && product_of(y, input, false, weight, true, 0) ? y : NULL;
}

static void addmm_t_vjp(AdjNode *n, AdjTensor *const *dy, AdjTensor **dx)
{
    if (adj_wants(n, 0)) dx[0] = adj_building_graph() ? dy[0] : sum_rows(dy[0]);
    product_gradients(n, 1, dy[0], dx);
}

// The row [bias] into each row of the dense matrix [y]. A small layer spends as much on a
// general copy as on its product.
static bool lay_rows(AdjTensor *y, AdjTensor *bias)
{
    size_t row = (size_t)bias->numel * adj_dtype_size(adj_dtype(bias));
    if (adj_device_of(y) != &adj_cpu) return adj_copy_data(y, bias);
    for (int64_t i = 0; i < y->sizes[0]; i++)
        memcpy(adj_ptr(y) + (size_t)i * row, adj_ptr(bias), row);
    return true;
}

ADJ_OP(addmm_t, "(bias: tensor, input: tensor, weight: tensor) -> tensor",
       "input weight^T + bias.\nshapes  (N,), (M, K), (N, K) -> (M, N)\n"
       "errors  Shape: not matrices with rows of one length, or bias does not fit",
       .vjp = addmm_t_vjp, .saves = ADJ_SAVE_IN(1) | ADJ_SAVE_IN(2), .torch = "Addmm",
       .no_method = true)
AdjTensor *op_addmm_t(AdjTensor *bias, AdjTensor *input, AdjTensor *weight)
{
    if (bias->ndim != 1 || weight->ndim != 2 || bias->sizes[0] != weight->sizes[0]) {
        return adj_fail(ADJ_E_SHAPE,
                        "addmm_t: expected bias (N,) and weight (N, K), got %s and "
                        "%s",
                        adj_shape_text(adj_shape(bias)), adj_shape_text(adj_shape(weight)));
    }
    bool direct = bias->dtype == input->dtype && input->dtype == weight->dtype &&
                  adj_is_float(input) && !adj_is_half(input) && input->ndim == 2 &&
                  input->sizes[1] == weight->sizes[1] && adj_is_contiguous(bias);
    if (!direct) return adj_add(op_mm_t(input, weight), bias, ADJ_I(1));
    AdjTensor *y = adj_new(ADJ_SHAPE(input->sizes[0], weight->sizes[0]), adj_dtype(input));
    return y && lay_rows(y, bias) && product_of(y, input, false, weight, true, 1) ? y : NULL;
}

ADJ_OP(linear, "(input: tensor, weight: tensor, bias: tensor? = None) -> tensor",
       "y = input weight^T + bias, along the last axis.\n"
       "shapes  input (..., in), weight (out, in), bias (out,) -> (..., out)\n"
       "errors  Shape: the last axis is not in",
       .no_method = true)
AdjTensor *op_linear(AdjTensor *x, AdjTensor *w, AdjTensor *bias)
{
    if (w->ndim != 2 || x->ndim < 1) {
        return adj_fail(ADJ_E_SHAPE,
                        "linear: expected input (..., in) and weight (out, in), got %s and %s",
                        adj_shape_text(adj_shape(x)), adj_shape_text(adj_shape(w)));
    }
    AdjShape shape = adj_shape(x);
    int64_t in = w->sizes[1], out = w->sizes[0];
    if (shape.at[shape.n - 1] != in) {
        return adj_fail(ADJ_E_SHAPE,
                        "linear: expected %lld features in the last axis, got %lld",
                        (long long)in, (long long)shape.at[shape.n - 1]);
    }
    if (!same_types(x, w) || (bias && !same_types(x, bias))) return NULL;
    if (bias && (bias->ndim != 1 || bias->sizes[0] != out)) {
        return adj_fail(ADJ_E_SHAPE, "linear: expected a bias of shape (%lld,), got %s",
                        (long long)out, adj_shape_text(adj_shape(bias)));
    }
    int64_t count = 1;
    for (int d = 0; d < shape.n - 1; d++) count *= shape.at[d];
    AdjTensor *rows = x->ndim == 2 ? x : adj_reshape(x, ADJ_SHAPE(count, in));
    AdjTensor *y = bias ? adj_addmm_t(bias, rows, w) : adj_mm_t(rows, w);
    shape.at[shape.n - 1] = out;
    return !y || x->ndim == 2 ? y : adj_unsafe_view(y, shape);
}

ADJ_OP(chain_matmul, "(matrices: tensors) -> tensor",
       "The product of several matrices, from left to right.\n"
       "errors  Value: the list is empty",
       .aliases = "multi_dot", .no_method = true)
AdjTensor *op_chain_matmul(AdjTensors list)
{
    if (list.n == 0) return adj_fail(ADJ_E_VALUE, "chain_matmul: expected at least one matrix");
    AdjTensor *y = list.at[0];
    for (int i = 1; i < list.n; i++) y = adj_mm(y, list.at[i]);
    return y;
}
