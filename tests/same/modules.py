# SPDX-License-Identifier: Apache-2.0
# Modules as classes: registration, names, printing, train and eval, state.
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, size, p=0.5):
        super().__init__()
        self.linear = nn.Linear(size, size)
        self.drop = nn.Dropout(p)
        self.scale = nn.Parameter(torch.ones(size))
        self.register_buffer("seen", torch.zeros(1))
        self.note = "plain attributes are left alone"

    def forward(self, x):
        self.seen += x.shape[0]
        return x + self.drop(F.relu(self.linear(x))) * self.scale


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([Block(3) for _ in range(2)])
        self.head = nn.Sequential(nn.LayerNorm(3), nn.Linear(3, 2))

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return self.head(x)


torch.manual_seed(0)
net = Net()
print(net)
for name, p in net.named_parameters():
    print(name, tuple(p.shape), p.requires_grad)
print([name for name, b in net.named_buffers()])
print([name for name, m in net.named_modules()])
print([name for name, m in net.named_children()])
print(sum(p.numel() for p in net.parameters()))
print(len(list(net.modules())), len(list(net.children())))
print(list(net.state_dict().keys()))
print(net.training, net.blocks[0].drop.training)
net.eval()
print(net.training, net.blocks[1].drop.training)
x = torch.ones(4, 3)
a = net(x)
b = net(x)
print(torch.equal(a, b), a.shape)
net.train()
print(net.blocks[0].seen, net.blocks[0].note)
print(isinstance(net, nn.Module), isinstance(net.blocks[0].scale, nn.Parameter))
other = Net()
print(other.load_state_dict(net.state_dict()))
other.eval()
net.eval()
print(torch.equal(net(x), other(x)))
net.apply(lambda m: print(type(m).__name__))
net.requires_grad_(False)
print(any(p.requires_grad for p in net.parameters()))
net.head[1].weight.data.fill_(0.5)
print(net.head[1].weight)
print(len(net.blocks), len(net.head), net.head[-1])
net.double()
print(net.head[1].weight.dtype)
try:
    net.missing
except AttributeError as e:
    print("AttributeError")
net.extra = nn.Linear(1, 1)
print(net.extra)
del net.extra
print(hasattr(net, "extra"))
