# SPDX-License-Identifier: Apache-2.0
# compare: 5 digits
# A neuron and a small network trained with tensors alone: no modules, no optimizer.
import torch

torch.manual_seed(1)
x = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
y = torch.tensor([[0.0], [1.0], [1.0], [0.0]])
w1 = torch.randn(2, 8, requires_grad=True)
b1 = torch.zeros(8, requires_grad=True)
w2 = torch.randn(8, 1, requires_grad=True)
b2 = torch.zeros(1, requires_grad=True)
for epoch in range(401):
    h = torch.tanh(x @ w1 + b1)
    p = torch.sigmoid(h @ w2 + b2)
    loss = -(y * p.log() + (1 - y) * (1 - p).log()).mean()
    loss.backward()
    with torch.no_grad():
        for p_ in [w1, b1, w2, b2]:
            p_ -= 0.5 * p_.grad
            p_.grad.zero_()
    if epoch % 50 == 0:
        print(epoch, f"{loss.item():.5f}")
print((p > 0.5).int().flatten().tolist())

# the same step with gradients written out by hand
w = torch.tensor([0.5, -0.3])
b = 0.1
for step in range(5):
    total = 0.0
    for inputs, target in zip(x, y):
        out = torch.sigmoid(inputs @ w + b)
        delta = (out - target[0]) * out * (1 - out)
        w = w - 0.1 * delta * inputs
        b = b - 0.1 * delta.item()
        total += (out - target[0]).item() ** 2
    print(step, f"{total:.5f}", [f"{v:.5f}" for v in w.tolist()], f"{b:.5f}")
