// SPDX-License-Identifier: Apache-2.0
// mlp.c: the network of 02_digits in C: drawn digits, 784-128-10, Adam.
//   cc mlp.c $(pkg-config --cflags --libs adjoint) -o mlp
#include <adjoint.h>

enum { TRAIN = 10000, TEST = 2000, BATCH = 64, EPOCHS = 6 };

// Share of [labels] that the largest logit of each image names.
static double accuracy(AdjModule *net, AdjTensor *images, AdjTensor *labels)
{
    ADJ_SCOPE;
    bool was = adj_set_grad_enabled(false);
    AdjTensor *guess = adj_argmax(adj_forward(net, images), 1, false);
    AdjTensor *right = adj_to(adj_eq(guess, labels), ADJ_F32);
    adj_set_grad_enabled(was);
    return adj_item(adj_mean(right, ADJ_ALL, false, ADJ_SAME));
}

static double epoch(AdjModule *net, AdjOptimizer *adam, AdjTensor *images, AdjTensor *labels)
{
    double total = 0;
    ADJ_SCOPE;
    AdjTensor *order = adj_randperm(TRAIN, ADJ_I64);
    for (int64_t at = 0; at + BATCH <= TRAIN; at += BATCH) {
        ADJ_SCOPE;
        AdjTensor *pick = adj_narrow(order, 0, at, BATCH);
        AdjTensor *x = adj_index_select(images, 0, pick),
                  *y = adj_index_select(labels, 0, pick);
        adj_optimizer_zero_grad(adam);
        AdjTensor *loss = adj_cross_entropy(adj_forward(net, x), y, NULL, -100, "mean", 0);
        if (!adj_backward(loss, NULL, false, false) || !adj_optimizer_step(adam)) break;
        total += adj_item(loss);
    }
    return total / (TRAIN / BATCH);
}

int main(void)
{
    ADJ_SCOPE;
    adj_seed(1);
    AdjTensors data = adj_digits(TRAIN + TEST, 1);
    if (adj_error_kind()) return puts(adj_error_text()), 1;
    AdjTensor *images = data.at[0], *labels = data.at[1];
    AdjModule *net = adj_sequential(
        ADJ_MODULES(adj_Flatten(1, -1), adj_Linear(784, 128, true, "pytorch", ADJ_SAME),
                    adj_ReLU(false), adj_Linear(128, 10, true, "pytorch", ADJ_SAME)));
    AdjOptimizer *adam =
        adj_Adam(adj_parameters(net), 2e-3, 0.9, 0.999, 1e-8, 0, false, false, false);
    for (int i = 1; i <= EPOCHS && !adj_error_kind(); i++) {
        double loss =
            epoch(net, adam, adj_narrow(images, 0, 0, TRAIN), adj_narrow(labels, 0, 0, TRAIN));
        double right = accuracy(net, adj_narrow(images, 0, TRAIN, TEST),
                                adj_narrow(labels, 0, TRAIN, TEST));
        printf("epoch %d   loss %.4f   accuracy %.2f %%\n", i, loss, 100 * right);
    }
    if (adj_error_kind()) puts(adj_error_text());
    return adj_error_kind() != ADJ_E_NONE;
}
