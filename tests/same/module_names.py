# SPDX-License-Identifier: Apache-2.0
# Names of parameters, buffers and modules that are shared, and state dicts into a dict.
import torch
import torch.nn as nn


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(2, 2)
        self.second = nn.Linear(2, 2)
        self.second.weight = self.first.weight
        self.same = self.first
        self.register_buffer("mean", torch.zeros(2))


m = Tied()
for once in (True, False):
    print([n for n, _ in m.named_parameters(remove_duplicate=once)])
    print([n for n, _ in m.named_parameters("net", remove_duplicate=once)])
    print([n for n, _ in m.named_parameters(recurse=False, remove_duplicate=once)])
    print([n for n, _ in m.named_buffers(remove_duplicate=once)])
    print([n for n, _ in m.named_modules(remove_duplicate=once)])
    print([n for n, _ in m.named_modules(prefix="net", remove_duplicate=once)])
print(list(m.state_dict()))
kept = {"earlier": 1}
state = m.state_dict(destination=kept, prefix="net.", keep_vars=True)
print(state is kept, list(kept))
print(kept["net.first.weight"] is m.first.weight, kept["net.first.weight"].requires_grad)
print(m.state_dict()["first.weight"].requires_grad)
