# SPDX-License-Identifier: Apache-2.0
# Scaling of gradients: when steps are left out, when the factor grows and shrinks.
import torch
import torch.nn as nn

torch.manual_seed(0)
x = torch.linspace(-1, 1, 12).reshape(4, 3)
net = nn.Linear(3, 2)
with torch.no_grad():
    net.weight.copy_(torch.arange(6.0).reshape(2, 3) / 10)
    net.bias.zero_()
optimizer = torch.optim.SGD(net.parameters(), lr=0.125)
scaler = torch.amp.GradScaler("cpu", init_scale=1024.0, growth_interval=3)
print(scaler.is_enabled(), scaler.get_scale(), scaler.get_growth_factor(),
      scaler.get_backoff_factor(), scaler.get_growth_interval())
for step in range(10):
    optimizer.zero_grad()
    loss = (net(x) ** 2).mean()
    if step in (4, 7):
        loss = loss * float("inf")
    scaler.scale(loss).backward()
    if step % 2:
        scaler.unscale_(optimizer)
        print("norm", round(float(net.weight.grad.nan_to_num(0, 0, 0).norm()), 5))
    scaler.step(optimizer)
    scaler.update()
    print(step, scaler.get_scale(), [round(v, 5) for v in net.weight.flatten().tolist()])
print(scaler.state_dict())
other = torch.amp.GradScaler("cpu")
other.load_state_dict(scaler.state_dict())
print(other.get_scale(), other.get_growth_interval())
optimizer.zero_grad()
scaler.scale((net(x) ** 2).mean()).backward()
scaler.unscale_(optimizer)
for wrong in (lambda: scaler.unscale_(optimizer),
              lambda: (scaler.step(optimizer), scaler.step(optimizer)),
              lambda: scaler.unscale_(optimizer),
              lambda: scaler.step(optimizer, closure=None),
              lambda: torch.amp.GradScaler("cpu").load_state_dict({})):
    try:
        wrong()
    except RuntimeError as e:
        print(str(e)[:60])
off = torch.amp.GradScaler("cpu", enabled=False)
print(off.get_scale(), off.scale(torch.tensor(2.0)).item(), off.state_dict())
print(scaler.scale([torch.tensor(1.0), torch.tensor(2.0)]))
