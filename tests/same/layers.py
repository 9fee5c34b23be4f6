# SPDX-License-Identifier: Apache-2.0
# Layers with their initial weights: what comes out, in training and in evaluation.
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(11)
x = torch.randn(4, 3)
print(nn.Linear(3, 2)(x))
print(nn.LayerNorm(3)(x))
norm = nn.BatchNorm1d(3)
print(norm(x))
print(norm.running_mean, norm.running_var, norm.num_batches_tracked)
norm.eval()
print(norm(x))
print(nn.Embedding(5, 2)(torch.tensor([[0, 4], [1, 1]])))
drop = nn.Dropout(0.5)
drop.eval()
print(torch.equal(drop(x), x))
print(nn.Flatten()(torch.zeros(2, 3, 4)).shape, nn.Flatten(0, 1)(torch.zeros(2, 3, 4)).shape)
for layer in [nn.ReLU(), nn.LeakyReLU(0.1), nn.ELU(), nn.SELU(), nn.GELU(), nn.SiLU(),
              nn.Mish(), nn.Sigmoid(), nn.Tanh(),
              nn.Softplus(), nn.Hardswish(), nn.Softmax(dim=1), nn.LogSoftmax(dim=1),
              nn.Identity(), nn.PReLU()]:
    print(layer, [f"{v:.4f}" for v in layer(x[0:1]).flatten().tolist()])
net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Dropout(0.0), nn.Linear(4, 2))
print(net)
print(net(x))
print(net[0], net[-1].out_features, len(net))
for i, layer in enumerate(net):
    print(i, layer.__class__.__name__)
net.append(nn.Tanh())
print(net[4], net[1:3])
print(F.softmax(net(x), dim=1).sum(1))
shared = nn.Linear(3, 3)
twice = nn.Sequential(shared, nn.Tanh(), shared)
print(len(list(twice.parameters())))
twice(x).sum().backward()
print(shared.weight.grad.shape)
