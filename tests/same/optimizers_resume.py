# SPDX-License-Identifier: Apache-2.0
# compare: 8 digits
# Every optimizer is stopped half way: a new one over the same weights, its state_dict loaded,
# goes on as if nothing had happened, and names what it keeps as PyTorch does.
import copy
import torch
import torch.optim as optim

SETTINGS = [
    (optim.SGD, dict(lr=0.1, momentum=0.9, nesterov=True)), (optim.Adam, dict(amsgrad=True)),
    (optim.AdamW, dict(lr=0.05)), (optim.RMSprop, dict(centered=True, momentum=0.9)),
    (optim.Adagrad, dict(lr=0.1, lr_decay=0.1)), (optim.Adadelta, dict(lr=0.5)),
    (optim.Adamax, dict(lr=0.05)), (optim.RAdam, dict(lr=0.05)),
    (optim.NAdam, dict(lr=0.05, momentum_decay=0.1)), (optim.ASGD, dict(lr=0.1, t0=3)),
    (optim.Rprop, dict(lr=0.05)), (optim.Adafactor, dict(lr=0.1)),
    (optim.LBFGS, dict(lr=0.1, max_iter=3)),
]
GOAL = torch.linspace(-1, 1, 12, dtype=torch.float64).reshape(4, 3)


def weights():
    return [torch.sin(torch.arange(12.0).double()).reshape(4, 3).requires_grad_(),
            torch.cos(torch.arange(3.0).double()).requires_grad_()]


def go(optimizer, params, steps):
    def closure():
        optimizer.zero_grad()
        loss = ((params[0] * params[1] - GOAL) ** 2).sum() + (params[1] ** 4).sum()
        loss.backward()
        return loss
    for _ in range(steps):
        loss = optimizer.step(closure)
    return loss.item()


for kind, options in SETTINGS:
    whole = weights()
    go(kind(whole, **options), whole, 12)
    params = weights()
    first = kind(params, **options)
    go(first, params, 6)
    state = copy.deepcopy(first.state_dict())
    params = [p.detach().clone().requires_grad_() for p in params]
    second = kind(params, **{"lr": 9.0})
    second.load_state_dict(state)
    loss = go(second, params, 6)
    same = all(torch.allclose(a, b, rtol=1e-12) for a, b in zip(whole, params))
    names = sorted(state["state"][0]) if kind is not optim.LBFGS else len(state["state"][0])
    print(kind.__name__, same, f"{loss:.9f}", names, state["param_groups"][0]["params"])
