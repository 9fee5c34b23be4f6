# SPDX-License-Identifier: Apache-2.0
# Lists and dicts of parameters and modules: names, order, printing, changes.
import torch
import torch.nn as nn
torch.manual_seed(0)
p = nn.ParameterList([torch.ones(2, 3), nn.Parameter(torch.zeros(4)), torch.tensor(1.0)])
print(p)
print(len(p), p[1], p[-1], [n for n, q in p.named_parameters()], list(p.state_dict()))
p.append(torch.ones(1))
p.extend([torch.zeros(2), torch.zeros(3)])
p += [torch.ones(5)]
print(len(p), [tuple(q.shape) for q in p], len(p[1:4]))
p[0] = torch.full((2, 2), 7.0)
print(p[0])


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.weights = nn.ParameterList([torch.randn(3, 3) for i in range(2)])
        self.named = nn.ParameterDict({"scale": torch.ones(3), "shift": torch.zeros(3)})
        self.acts = nn.ModuleDict({"relu": nn.ReLU(), "lin": nn.Linear(3, 3)})

    def forward(self, x, act):
        for w in self.weights:
            x = x @ w
        return self.acts[act](x * self.named["scale"] + self.named["shift"])


net = Net()
print(net)
print([n for n, q in net.named_parameters()])
net(torch.ones(2, 3), "lin").sum().backward()
print(all(q.grad is not None for q in net.parameters()))
d = net.named
print(len(d), list(d.keys()), "scale" in d, "x" in d, d.get("x"), [k for k, v in d.items()])
d["extra"] = torch.ones(1)
d.update({"more": torch.ones(2)})
print(list(d), d.pop("scale").shape, list(d), d.setdefault("extra").shape)
del d["shift"]
print(list(d), list(net.state_dict()))
d.clear()
print(len(d))
m = net.acts
m["tanh"] = nn.Tanh()
m.update({"sig": nn.Sigmoid()})
print(list(m.keys()), len(m), "tanh" in m, [type(v).__name__ for v in m.values()])
print(m.pop("relu"), list(m))
del m["sig"]
print(list(m))
m.clear()
print(len(m), m)
layers = nn.ModuleList([nn.Linear(1, 1), nn.ReLU(), nn.Tanh()])
print(layers.pop(1), layers)
del layers[0]
print(layers, list(layers.state_dict()))
layers.insert(0, nn.Sigmoid())
layers += [nn.ELU()]
print(layers)
s = nn.Sequential(nn.Linear(1, 2), nn.ReLU(), nn.Linear(2, 1))
del s[1]
print(s, s.pop(-1), s)


def fails(f):
    try:
        f()
    except Exception as e:
        print(type(e).__name__, e)


fails(lambda: nn.ParameterList()[0])
fails(lambda: nn.ParameterDict()["x"])
fails(lambda: layers.pop(7))
fails(lambda: nn.ModuleDict()["x"])
fails(lambda: nn.ParameterList().extend(torch.ones(2)))
