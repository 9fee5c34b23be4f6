# SPDX-License-Identifier: Apache-2.0
# Printing and loading parameters.
import torch
import torch.nn as nn

torch.manual_seed(7)
net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Embedding(3, 2))
for name, value in net.state_dict().items():
    print(name, value)
state = net.state_dict()
state["0.bias"] = torch.zeros(2)
net.load_state_dict(state)
print(net[0].bias)
try:
    net.load_state_dict({"0.weight": torch.zeros(2, 2)})
except RuntimeError as e:
    print("RuntimeError")
r = net[0].load_state_dict({"weight": torch.zeros(2, 2), "x": torch.zeros(1)}, strict=False)
print(r.unexpected_keys, r.missing_keys)
print(net[0].weight)
for name, p in net[0].named_parameters():
    print(name, p.data)
