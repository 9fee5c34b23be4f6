// SPDX-License-Identifier: Apache-2.0
// First layers: what they print, which parameters they have and where those start (the numbers
// are PyTorch's for the same seed), what they compute in training and in evaluation, the
// sentences for wrong arguments; initialisers and clipping.
#include "check.h"

#include <math.h>
#include <string.h>

#include "nn/module.h"

static void starts_with(AdjTensor *t, const double *want, int n, const char *name)
{
    for (int i = 0; i < n; i++) near(t ? element(t, i) : NAN, want[i], 1e-6, "%s[%d]", name, i);
}

#define STARTS(t, name, ...)                        \
    starts_with((t), (const double[]){__VA_ARGS__}, \
                (int)(sizeof((double[]){__VA_ARGS__}) / sizeof(double)), (name))

static AdjTensor *line(double a, double b, double c)
{
    return adj_from((double[]){a, b, c}, ADJ_SHAPE(3), ADJ_F64);
}

// ---------------------------------------------------------------- printing

static void prints(AdjModule *m, const char *text)
{
    equal_str(m ? adj_module_text(m) : adj_error_text(), text, "%s", text);
}

static void modules_print_as_pytorch(void)
{
    AdjDtype same = ADJ_SAME;
    prints(adj_Linear(2, 3, true, "pytorch", same),
           "Linear(in_features=2, out_features=3, bias=True)");
    prints(adj_Linear(2, 3, false, "xavier", same),
           "Linear(in_features=2, out_features=3, bias=False, init='xavier')");
    prints(adj_Bilinear(2, 3, 4, true, same),
           "Bilinear(in1_features=2, in2_features=3, out_features=4, bias=True)");
    prints(adj_Identity(), "Identity()");
    prints(adj_Flatten(1, -1), "Flatten(start_dim=1, end_dim=-1)");
    prints(adj_Unflatten(1, ADJ_SHAPE(2, 3)), "Unflatten(dim=1, unflattened_size=(2, 3))");
    prints(adj_Dropout(ADJ_F(0.5), false), "Dropout(p=0.5, inplace=False)");
    prints(adj_Dropout(ADJ_I(0), true), "Dropout(p=0, inplace=True)");
    prints(adj_Embedding(5, 3, -1, 1, 2, false, false, NULL, same),
           "Embedding(5, 3, padding_idx=4, max_norm=1.0)");
    prints(adj_LayerNorm(ADJ_SHAPE(10), 1e-5, true, true, same),
           "LayerNorm((10,), eps=1e-05, elementwise_affine=True, bias=True)");
    prints(adj_LayerNorm(ADJ_SHAPE(2, 3), 1e-5, false, true, same),
           "LayerNorm((2, 3), eps=1e-05, elementwise_affine=False, bias=False)");
    prints(adj_RMSNorm(ADJ_SHAPE(4), NAN, true, same),
           "RMSNorm((4,), eps=None, elementwise_affine=True)");
    prints(adj_BatchNorm1d(3, 1e-5, NAN, true, true, true, false, same),
           "BatchNorm1d(3, eps=1e-05, momentum=None, affine=True, bias=True, "
           "track_running_stats=True)");
    prints(adj_ReLU(false), "ReLU()");
    prints(adj_ReLU(true), "ReLU(inplace=True)");
    prints(adj_LeakyReLU(ADJ_I(1), true), "LeakyReLU(negative_slope=1, inplace=True)");
    prints(adj_ELU(ADJ_F(1), false), "ELU(alpha=1.0)");
    prints(adj_GELU("tanh"), "GELU(approximate='tanh')");
    prints(adj_Softplus(ADJ_F(1), ADJ_F(20)), "Softplus(beta=1.0, threshold=20.0)");
    prints(adj_Softmax(1), "Softmax(dim=1)");
    prints(adj_LogSoftmax(ADJ_NO_INT), "LogSoftmax(dim=None)");
    prints(adj_PReLU(3, 0.25, same), "PReLU(num_parameters=3)");
    prints(adj_Hardtanh(ADJ_I(-1), ADJ_I(1), false), "Hardtanh(min_val=-1, max_val=1)");
    prints(adj_Threshold(ADJ_F(0.1), ADJ_I(20), false), "Threshold(threshold=0.1, value=20)");
    prints(adj_Hardshrink(ADJ_F(0.5)), "Hardshrink(0.5)");
    prints(adj_GLU(-1), "GLU(dim=-1)");
    prints(adj_CrossEntropyLoss(NULL, -100, "mean", 0), "CrossEntropyLoss()");
    prints(adj_sequential(ADJ_MODULES(adj_Flatten(1, -1), adj_Tanh())),
           "Sequential(\n  (0): Flatten(start_dim=1, end_dim=-1)\n  (1): Tanh()\n)");
    no_error("printing");
}

// ---------------------------------------------------------------- where parameters start

static void weights_are_pytorchs(void)
{
    AdjDtype same = ADJ_SAME;
    adj_seed(3);
    AdjModule *m = adj_Linear(3, 2, true, "pytorch", same);
    STARTS(adj_param(m, 0), "Linear.weight", -0.5724271535873413, -0.45544925332069397,
           -0.2472877949476242, -0.5462254881858826, -0.032776910811662674,
           -0.5079339742660522);
    STARTS(adj_param(m, 1), "Linear.bias", 0.3139236271381378, 0.28139978647232056);
    adj_seed(3);
    m = adj_Linear(3, 2, true, "pytorch", ADJ_F64);
    STARTS(adj_param(m, 0), "Linear.weight in double", -0.5379655173088249,
           -0.24625117501954397, 0.31513503314795976);
    adj_seed(3);
    m = adj_Bilinear(2, 1, 2, true, same);
    STARTS(adj_param(m, 0), "Bilinear.weight", -0.7010772228240967, -0.5578091740608215,
           -0.3028644621372223, -0.6689868569374084);
    STARTS(adj_param(m, 1), "Bilinear.bias", -0.04014335572719574, -0.6220895051956177);
    adj_seed(3);
    m = adj_Embedding(3, 2, 1, NAN, 2, false, false, NULL, same);
    STARTS(adj_param(m, 0), "Embedding.weight", 0.8032760620117188, 0.17483338713645935, 0, 0,
           0.04618244990706444, -1.3682591915130615);
    m = adj_PReLU(2, 0.1, same);
    STARTS(adj_param(m, 0), "PReLU.weight", 0.1, 0.1);
}

static void other_beginnings(void)
{
    AdjModule *m = adj_Linear(300, 100, true, "xavier", ADJ_SAME);
    double bound = sqrt(6.0 / 400);
    AdjTensor *most = adj_amax(adj_abs(adj_param(m, 0)), ADJ_ALL, false);
    ok(adj_item(most) <= bound && adj_item(most) > 0.99 * bound, "xavier fills its bounds");
    near(adj_item(adj_norm(adj_param(m, 1), ADJ_F(2), ADJ_ALL, false, ADJ_SAME)), 0, 0,
         "xavier's bias is 0");
    m = adj_Linear(300, 100, false, "he", ADJ_SAME);
    AdjTensor *std = adj_std(adj_param(m, 0), ADJ_ALL, true, false, ADJ_NO_SCALAR);
    near(adj_item(std), sqrt(2.0 / 300), 1e-3, "he's deviation");
    ok(adj_param(m, 1) == NULL, "no bias");
    equal_int(adj_parameters(m).n, 1, "a declined parameter is none");
    fails_with(ADJ_E_VALUE, "'pytorch', 'xavier', 'kaiming' or 'he', got 'best'",
               adj_Linear(2, 2, true, "best", ADJ_SAME), "init");
}

static void names_are_pytorchs(void)
{
    AdjModule *m = adj_BatchNorm1d(3, 1e-5, 0.1, true, true, true, false, ADJ_SAME);
    equal_str(m->params.at[0].name, "weight", "first");
    equal_str(m->params.at[1].name, "bias", "second");
    equal_str(m->buffers.at[0].name, "running_mean", "first buffer");
    equal_str(m->buffers.at[1].name, "running_var", "second buffer");
    equal_str(m->buffers.at[2].name, "num_batches_tracked", "third buffer");
    equal_int(adj_dtype(adj_buffer(m, 2)), ADJ_I64, "counts are whole");
    m = adj_CrossEntropyLoss(adj_ones(ADJ_SHAPE(3), ADJ_F32), -100, "mean", 0);
    equal_str(m->buffers.at[0].name, "weight", "class weights are a buffer");
}

// ---------------------------------------------------------------- what they compute

static AdjTensor *two(AdjModule *m, AdjTensor *x, AdjTensor *z)
{
    AdjValue in[] = {{.t = x}, {.t = z}}, out = {.t = NULL};
    return m && adj_module_run(m, in, &out) ? out.t : NULL;
}

static void layers_compute(void)
{
    AdjTensor *x = adj_randn(ADJ_SHAPE(4, 3), ADJ_F32);
    AdjModule *m = adj_Linear(3, 2, true, "pytorch", ADJ_SAME);
    tensors_near(
        adj_forward(m, x),
        adj_add(adj_matmul(x, adj_transpose(adj_param(m, 0), 0, 1)), adj_param(m, 1), ADJ_I(1)),
        1e-6, "Linear");
    AdjTensor *deep = adj_randn(ADJ_SHAPE(2, 5, 3), ADJ_F32);
    equal_int(adj_size(adj_forward(m, deep), 1), 5, "Linear over leading axes");
    m = adj_Bilinear(3, 3, 2, true, ADJ_SAME);
    tensors_near(two(m, x, x), adj_bilinear(x, x, adj_param(m, 0), adj_param(m, 1)), 0,
                 "Bilinear");
    m = adj_Unflatten(1, ADJ_SHAPE(3, 1));
    equal_int(adj_ndim(adj_forward(m, x)), 3, "Unflatten");
    ok(adj_forward(adj_Identity(), x) == x, "Identity");
    tensors_near(adj_forward(adj_Softmax(ADJ_NO_INT), x), adj_softmax(x, 1, ADJ_SAME), 0,
                 "Softmax of a matrix without an axis");
    AdjTensor *y = adj_forward(adj_ReLU(true), adj_clone(x));
    tensors_near(y, adj_relu(x), 0, "ReLU in place");
    AdjTensor *kept = adj_clone(x);
    adj_forward(adj_ReLU(true), kept);
    tensors_near(kept, adj_relu(x), 0, "ReLU in place changes its input");
}

static void embedding_looks_up(void)
{
    AdjModule *m = adj_Embedding(4, 2, 0, NAN, 2, false, false, NULL, ADJ_SAME);
    AdjTensor *i = adj_from((int64_t[]){1, 0, 1}, ADJ_SHAPE(3), ADJ_I64);
    ok(adj_backward(adj_sum(adj_forward(m, i), ADJ_ALL, false, ADJ_SAME), NULL, false, false),
       "backward");
    AdjTensor *g = adj_grad(adj_param(m, 0));
    STARTS(g, "gradient", 0, 0, 2, 2, 0, 0);
    m = adj_Embedding(3, 2, ADJ_NO_INT, 1, 2, false, false, NULL, ADJ_SAME);
    AdjTensor *big = adj_from((float[]){3, 4, 0.3f, 0.4f, 6, 8}, ADJ_SHAPE(3, 2), ADJ_F32);
    adj_copy_data(adj_param(m, 0), big);
    AdjTensor *y = adj_forward(m, adj_from((int64_t[]){0, 1, 0}, ADJ_SHAPE(3), ADJ_I64));
    STARTS(y, "max_norm", 0.6, 0.8, 0.3, 0.4, 0.6, 0.8);
    near(element(adj_param(m, 0), 4), 6, 0, "rows not looked up stay");
    fails_with(ADJ_E_INDEX, "embedding",
               adj_forward(m, adj_from((int64_t[]){3}, ADJ_SHAPE(1), ADJ_I64)), "no such row");
    fails_with(ADJ_E_VALUE, "padding_idx",
               adj_Embedding(3, 2, 3, NAN, 2, false, false, NULL, ADJ_SAME), "padding_idx");
}

static void dropout_disturbs_training_only(void)
{
    AdjTensor *x = adj_ones(ADJ_SHAPE(1000), ADJ_F32);
    AdjModule *m = adj_Dropout(ADJ_F(0.25), false);
    adj_seed(1);
    AdjTensor *y = adj_forward(m, x);
    double kept = adj_item(adj_sum(adj_ne(y, ADJ_NUM(0)), ADJ_ALL, false, ADJ_SAME));
    ok(kept > 700 && kept < 800, "about three quarters stay: %g", kept);
    near(adj_item(adj_amax(y, ADJ_ALL, false)), 1 / 0.75, 1e-6, "and are scaled");
    adj_module_train(m, false);
    ok(adj_forward(m, x) == x, "evaluation is the identity");
    AdjTensor *channels = adj_ones(ADJ_SHAPE(40, 5, 7), ADJ_F32);
    y = adj_sum(adj_forward(adj_Dropout1d(ADJ_F(0.5), false), channels), ADJ_SHAPE(2), false,
                ADJ_SAME);
    AdjTensor *whole = adj_logical_or(adj_eq(y, ADJ_NUM(0)), adj_eq(y, ADJ_NUM(14)));
    ok(adj_item(adj_all(whole, ADJ_ALL, false)) != 0, "Dropout1d takes whole channels");
    AdjTensor *n = adj_randn(ADJ_SHAPE(20000), ADJ_F32);
    y = adj_forward(adj_AlphaDropout(ADJ_F(0.3), false), n);
    near(adj_item(adj_mean(y, ADJ_ALL, false, ADJ_SAME)), 0, 0.05,
         "AlphaDropout keeps the mean");
    near(adj_item(adj_std(y, ADJ_ALL, true, false, ADJ_NO_SCALAR)), 1, 0.05,
         "and the deviation");
    y = adj_forward(adj_Dropout(ADJ_I(1), false), x);
    near(adj_item(adj_amax(y, ADJ_ALL, false)), 0, 0, "p = 1 leaves nothing");
    fails_with(ADJ_E_VALUE, "between 0 and 1, but got 1.5", adj_Dropout(ADJ_F(1.5), false),
               "p");
    fails_with(ADJ_E_SHAPE, "dropout1d", adj_forward(adj_Dropout1d(ADJ_F(0.5), false), x),
               "axes");
}

static void batch_norm_remembers(void)
{
    AdjModule *m = adj_BatchNorm1d(2, 1e-5, NAN, true, true, true, false, ADJ_SAME);
    AdjTensor *x = adj_from((float[]){1, 10, 3, 20, 5, 60}, ADJ_SHAPE(3, 2), ADJ_F32);
    AdjTensor *z = adj_mul(x, ADJ_NUM(3));
    adj_module_train(m, false);
    fails_with(ADJ_E_RUNTIME, "before any training step", adj_forward(m, x), "not trained yet");
    adj_module_train(m, true);
    adj_forward(m, x);
    adj_forward(m, z);
    STARTS(adj_buffer(m, 0), "running_mean, every batch alike", 6, 60);
    STARTS(adj_buffer(m, 1), "running_var", 20, 3500);
    equal_int((int64_t)adj_item(adj_buffer(m, 2)), 2, "batches are counted");
    adj_module_train(m, false);
    AdjTensor *y = adj_forward(m, x);
    near(element(y, 0), (1 - 6) / sqrt(20 + 1e-5), 1e-6, "evaluation uses the running values");
    equal_int((int64_t)adj_item(adj_buffer(m, 2)), 2, "and counts nothing");
    m = adj_BatchNorm1d(2, 1e-5, 0.1, true, true, true, true, ADJ_SAME);
    adj_module_train(m, false);
    tensors_near(adj_detach(adj_forward(m, x)), x, 1e-4, "untrained_eval asks for it");
    m = adj_BatchNorm1d(2, 1e-5, 0.1, false, false, true, false, ADJ_SAME);
    adj_module_train(m, false);
    near(element(adj_forward(m, x), 0), -sqrt(1.5), 1e-4,
         "nothing tracked: the batch's values");
    fails_with(ADJ_E_VALUE, "expected 2D or 3D input (got 1D input)",
               adj_forward(m, adj_ones(ADJ_SHAPE(3), ADJ_F32)), "one axis");
    fails_with(ADJ_E_VALUE, "num_features must be at least 1",
               adj_BatchNorm1d(0, 1e-5, 0.1, true, true, true, false, ADJ_SAME), "no features");
}

static void losses_as_modules(void)
{
    AdjTensor *x = adj_randn(ADJ_SHAPE(4, 3), ADJ_F32),
              *z = adj_randn(ADJ_SHAPE(4, 3), ADJ_F32);
    AdjTensor *p = adj_sigmoid(x), *q = adj_sigmoid(z), *w = adj_ones(ADJ_SHAPE(3), ADJ_F32);
    AdjTensor *t = adj_from((int64_t[]){0, 2, 1, 1}, ADJ_SHAPE(4), ADJ_I64);
    tensors_near(two(adj_MSELoss("mean"), x, z), adj_mse_loss(x, z, "mean"), 0, "MSELoss");
    tensors_near(two(adj_L1Loss("sum"), x, z), adj_l1_loss(x, z, "sum"), 0, "L1Loss");
    tensors_near(two(adj_SmoothL1Loss("mean", 0.5), x, z),
                 adj_smooth_l1_loss(x, z, "mean", 0.5), 0, "SmoothL1Loss");
    tensors_near(two(adj_HuberLoss("none", 2), x, z), adj_huber_loss(x, z, "none", 2), 0,
                 "HuberLoss");
    tensors_near(two(adj_KLDivLoss("batchmean", true), x, z),
                 adj_kl_div(x, z, "batchmean", true), 0, "KLDivLoss");
    tensors_near(two(adj_BCELoss(w, "mean"), p, q), adj_binary_cross_entropy(p, q, w, "mean"),
                 0, "BCELoss");
    tensors_near(two(adj_BCEWithLogitsLoss(NULL, "mean", w), x, q),
                 adj_binary_cross_entropy(p, q, NULL, "mean"), 1e-6, "BCEWithLogitsLoss");
    tensors_near(two(adj_NLLLoss(w, -100, "mean"), x, t), adj_nll_loss(x, t, w, -100, "mean"),
                 0, "NLLLoss");
    tensors_near(two(adj_CrossEntropyLoss(w, 1, "sum", 0.1), x, t),
                 adj_cross_entropy(x, t, w, 1, "sum", 0.1), 0, "CrossEntropyLoss");
}

// ---------------------------------------------------------------- initialisers

static AdjTensor *room(int64_t rows, int64_t cols)
{
    return adj_require_grad(adj_empty(ADJ_SHAPE(rows, cols), ADJ_F32), true);
}

static void initialisers_fill(void)
{
    adj_seed(3);
    AdjTensor *w = room(2, 3);
    ok(adj_init_orthogonal_(w, 1) == w, "the tensor itself comes back");
    STARTS(w, "orthogonal_", 0.9714502096176147, 0.21143653988838196, 0.10760656744241714,
           0.0756496712565422, 0.15382348001003265, -0.9851981401443481);
    adj_seed(3);
    STARTS(adj_init_orthogonal_(room(3, 2), 2), "orthogonal_, tall", 1.9846043586730957,
           0.19487082958221436, 0.2198326736688614, -0.8172181844711304, 0.11410011351108551,
           -1.8149874210357666);
    adj_seed(3);
    STARTS(adj_init_trunc_normal_(room(2, 3), 0, 1, 2, 3), "trunc_normal_, far out",
           2.004263401031494, 2.105569362640381, 2.0541768074035645, 2.0269548892974854);
    adj_seed(3);
    STARTS(adj_init_trunc_normal_(room(2, 3), 0, 1, -0.7, 0.7), "trunc_normal_, redrawn",
           0.3374950885772705, 0.17483338713645935, 0.08897809684276581, -0.6137180328369141);
    adj_seed(3);
    STARTS(adj_init_sparse_(room(4, 3), 0.4, 0.01), "sparse_", 0, 0, 0, -0.006137180142104626,
           0.00046182452933862805, -0.0136825917288661);
    STARTS(adj_init_eye_(room(2, 3)), "eye_", 1, 0, 0, 0, 1, 0);
    STARTS(adj_init_constant_(room(1, 2), ADJ_F(0.5)), "constant_", 0.5, 0.5);
    AdjTensor *kernel = adj_init_dirac_(adj_empty(ADJ_SHAPE(2, 2, 3), ADJ_F32), 1);
    STARTS(kernel, "dirac_", 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0);
    near(adj_init_calculate_gain("tanh", ADJ_NO_SCALAR), 5.0 / 3, 1e-12, "gain of tanh");
    near(adj_init_calculate_gain("leaky_relu", ADJ_F(1)), 1, 1e-12, "gain of leaky_relu");
    ok(adj_requires_grad(w) && adj_is_leaf(w), "no history is left");
}

static void initialisers_refuse(void)
{
    AdjTensor *v = adj_empty(ADJ_SHAPE(3), ADJ_F32), *w = room(2, 3);
    fails_with(ADJ_E_VALUE, "fewer than 2 dimensions", adj_init_xavier_uniform_(v, 1), "fans");
    fails_with(ADJ_E_VALUE, "fan_in, fan_out", adj_init_kaiming_normal_(w, 0, "fan", "relu"),
               "mode");
    fails_with(ADJ_E_VALUE, "nonlinearity step",
               adj_init_kaiming_uniform_(w, 0, "fan_in", "step"), "nonlinearity");
    fails_with(ADJ_E_VALUE, "2 or more dimensions", adj_init_orthogonal_(v, 1), "orthogonal_");
    fails_with(ADJ_E_VALUE, "eye_", adj_init_eye_(v), "eye_");
    fails_with(ADJ_E_VALUE, "dirac_", adj_init_dirac_(w, 1), "dirac_");
    fails_with(ADJ_E_VALUE, "sparse_", adj_init_sparse_(w, 2, 1), "sparse_");
    fails_with(ADJ_E_VALUE, "trunc_normal_", adj_init_trunc_normal_(w, 0, 0, -1, 1), "std 0");
}

// ---------------------------------------------------------------- clipping

static AdjTensors with_gradients(void)
{
    AdjTensor *a = adj_require_grad(adj_zeros(ADJ_SHAPE(3), ADJ_F64), true);
    AdjTensor *b = adj_require_grad(adj_zeros(ADJ_SHAPE(1), ADJ_F64), true);
    AdjTensor *none = adj_require_grad(adj_zeros(ADJ_SHAPE(2), ADJ_F64), true);
    adj_set_grad(a, line(2, -1, 4));
    adj_set_grad(b, adj_full(ADJ_SHAPE(1), ADJ_F(2), ADJ_F64));
    AdjTensors list = {3, adj_scope_memory(3 * sizeof *list.at)};
    memcpy(list.at, (AdjTensor *[]){a, none, b}, 3 * sizeof *list.at);
    return list;
}

static void gradients_are_clipped(void)
{
    AdjTensors p = with_gradients();
    near(adj_item(adj_clip_grad_norm_(p, 10, 2, false)), 5, 1e-12, "the length they have");
    STARTS(adj_grad(p.at[0]), "short ones stay", 2, -1, 4);
    near(adj_item(adj_clip_grad_norm_(p, 1, 2, false)), 5, 1e-12, "the length they had");
    STARTS(adj_grad(p.at[0]), "long ones are scaled", 0.4, -0.2, 0.8);
    near(element(adj_grad(p.at[2]), 0), 0.4, 1e-6, "all of them");
    p = with_gradients();
    near(adj_item(adj_clip_grad_norm_(p, 2, INFINITY, false)), 4, 1e-12,
         "the largest magnitude");
    STARTS(adj_grad(p.at[0]), "by the largest", 1, -0.5, 2);
    p = with_gradients();
    near(adj_item(adj_clip_grad_norm_(p, 100, 1, false)), 9, 1e-12, "the sum of magnitudes");
    ok(adj_clip_grad_value_(p, 1.5), "by value");
    STARTS(adj_grad(p.at[0]), "limited", 1.5, -1, 1.5);
    adj_set_grad(p.at[2], adj_full(ADJ_SHAPE(1), ADJ_F(NAN), ADJ_F64));
    fails_with(ADJ_E_RUNTIME, "non-finite", adj_clip_grad_norm_(p, 1, 2, true), "NaN");
    near(adj_item(adj_clip_grad_norm_((AdjTensors){0, NULL}, 1, 2, false)), 0, 0, "nothing");
}

int main(void)
{
    test_case(modules_print_as_pytorch);
    test_case(weights_are_pytorchs);
    test_case(other_beginnings);
    test_case(names_are_pytorchs);
    test_case(layers_compute);
    test_case(embedding_looks_up);
    test_case(dropout_disturbs_training_only);
    test_case(batch_norm_remembers);
    test_case(losses_as_modules);
    test_case(initialisers_fill);
    test_case(initialisers_refuse);
    test_case(gradients_are_clipped);
    return done();
}
