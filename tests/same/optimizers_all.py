# SPDX-License-Identifier: Apache-2.0
# compare: 8 digits
# Twenty steps of every optimizer in float64, at least five settings each. LAMB and Lion, which
# PyTorch lacks, are written out here against its Optimizer; so the base class is tried as well.
import torch
import torch.nn as nn
import torch.optim as optim

SETTINGS = {
    "SGD": [dict(), dict(lr=0.1, momentum=0.9), dict(lr=0.1, momentum=0.9, dampening=0.5),
            dict(lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.1),
            dict(lr=0.01, maximize=True, foreach=False)],
    "Adam": [dict(), dict(lr=0.05, betas=(0.5, 0.9), eps=1e-4), dict(lr=0.05, amsgrad=True),
             dict(lr=0.05, weight_decay=0.1), dict(lr=0.01, maximize=True),
             dict(lr=0.05, weight_decay=0.1, decoupled_weight_decay=True)],
    "AdamW": [dict(), dict(lr=0.05), dict(lr=0.05, weight_decay=0.2),
              dict(lr=0.05, betas=(0.8, 0.95), amsgrad=True), dict(lr=0.01, maximize=True)],
    "RMSprop": [dict(), dict(lr=0.02, alpha=0.9), dict(lr=0.02, centered=True),
                dict(lr=0.02, momentum=0.9), dict(lr=0.02, momentum=0.5, centered=True,
                                                  weight_decay=0.1, eps=1e-4),
                dict(lr=0.01, maximize=True)],
    "Adagrad": [dict(), dict(lr=0.1, lr_decay=0.1), dict(lr=0.1, initial_accumulator_value=0.5),
                dict(lr=0.1, weight_decay=0.1, eps=1e-3), dict(lr=0.05, maximize=True)],
    "Adadelta": [dict(), dict(lr=0.5), dict(rho=0.5), dict(eps=1e-3, weight_decay=0.1),
                 dict(lr=0.2, maximize=True)],
    "Adamax": [dict(), dict(lr=0.05), dict(lr=0.05, betas=(0.5, 0.9)),
               dict(lr=0.05, eps=1e-2, weight_decay=0.1), dict(lr=0.01, maximize=True)],
    "RAdam": [dict(), dict(lr=0.05), dict(lr=0.05, betas=(0.5, 0.7)),
              dict(lr=0.05, weight_decay=0.1),
              dict(lr=0.05, weight_decay=0.1, decoupled_weight_decay=True),
              dict(lr=0.01, maximize=True)],
    "NAdam": [dict(), dict(lr=0.05, momentum_decay=0.1), dict(lr=0.05, betas=(0.5, 0.9)),
              dict(lr=0.05, weight_decay=0.1),
              dict(lr=0.05, weight_decay=0.1, decoupled_weight_decay=True),
              dict(lr=0.01, maximize=True)],
    "ASGD": [dict(), dict(lr=0.1, lambd=0.01), dict(lr=0.1, t0=5), dict(lr=0.1, alpha=0.5),
             dict(lr=0.05, weight_decay=0.1, maximize=True)],
    "Rprop": [dict(), dict(lr=0.05), dict(etas=(0.3, 1.5)), dict(step_sizes=(1e-3, 0.05)),
              dict(lr=0.02, maximize=True)],
    "Adafactor": [dict(), dict(lr=0.1), dict(beta2_decay=-0.5, d=2.0), dict(eps=(1e-4, 1e-2)),
                  dict(lr=0.05, weight_decay=0.1, maximize=True)],
    "LAMB": [dict(), dict(lr=0.02), dict(lr=0.02, betas=(0.5, 0.9)),
             dict(lr=0.02, weight_decay=0.1, eps=1e-3), dict(lr=0.01, maximize=True),
             dict(lr=0.02, bias_correction=False)],
    "Lion": [dict(), dict(lr=0.01), dict(lr=0.01, betas=(0.5, 0.9)),
             dict(lr=0.01, weight_decay=0.1), dict(lr=0.01, maximize=True)],
}


class LAMB(optim.Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-6, weight_decay=0,
                 bias_correction=True, maximize=False):
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay,
                                      correct=bias_correction, maximize=maximize))

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            b1, b2 = group["betas"]
            for p in group["params"]:
                g = -p.grad if group["maximize"] else p.grad
                s = self.state[p]
                if not s:
                    s["t"], s["m"], s["v"] = 0, torch.zeros_like(p), torch.zeros_like(p)
                s["t"] += 1
                s["m"] = b1 * s["m"] + (1 - b1) * g
                s["v"] = b2 * s["v"] + (1 - b2) * g * g
                c1 = 1 - b1 ** s["t"] if group["correct"] else 1
                c2 = 1 - b2 ** s["t"] if group["correct"] else 1
                r = s["m"] / c1 / ((s["v"] / c2).sqrt() + group["eps"])
                r = r + group["weight_decay"] * p
                p.sub_(group["lr"] * p.norm() / r.norm() * r)


class Lion(optim.Optimizer):
    def __init__(self, params, lr=1e-4, betas=(0.9, 0.99), weight_decay=0, maximize=False):
        super().__init__(params, dict(lr=lr, betas=betas, weight_decay=weight_decay,
                                      maximize=maximize))

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            b1, b2 = group["betas"]
            for p in group["params"]:
                g = -p.grad if group["maximize"] else p.grad
                s = self.state[p]
                if not s:
                    s["m"] = torch.zeros_like(p)
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.sub_(group["lr"] * (b1 * s["m"] + (1 - b1) * g).sign())
                s["m"] = b2 * s["m"] + (1 - b2) * g


def find(name):
    own = {"LAMB": LAMB, "Lion": Lion}
    return getattr(optim, name) if hasattr(optim, name) else own[name]


def make(dtype):
    torch.manual_seed(3)
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).to(dtype)
    return net, torch.randn(8, 3).to(dtype), torch.randn(8, 2).to(dtype)


def train(cls, settings, dtype):
    net, x, y = make(dtype)
    optimizer = cls(net.parameters(), **settings)
    losses = []
    for step in range(20):
        optimizer.zero_grad()
        loss = ((net(x) - y) ** 2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, net


def show(name, settings, losses, net, digits):
    print(name, " ".join(f"{k}={v}" for k, v in settings.items()))
    print("  loss", " ".join(f"{v:.{digits}f}" for v in losses[::4]))
    print("  weight", " ".join(f"{v:.{digits}f}" for v in net[0].weight.flatten().tolist()))


LBFGS_SETTINGS = [dict(), dict(lr=0.3, max_iter=4), dict(line_search_fn="strong_wolfe"),
                  dict(history_size=3, line_search_fn="strong_wolfe", max_iter=10),
                  dict(lr=0.5, tolerance_change=1e-4, max_eval=7)]


def train_lbfgs(settings, dtype):
    net, x, y = make(dtype)
    optimizer = optim.LBFGS(net.parameters(), **settings)
    losses = []

    def closure():
        optimizer.zero_grad()
        loss = ((net(x) - y) ** 2).mean()
        loss.backward()
        return loss

    for step in range(3):
        losses.append(optimizer.step(closure).item())
    return losses, net, optimizer.state_dict()["state"][0]["func_evals"]


def run(dtype, digits, lbfgs_digits):
    for name, list_of_settings in SETTINGS.items():
        for settings in list_of_settings:
            losses, net = train(find(name), settings, dtype)
            show(name, settings, losses, net, digits)
    for settings in LBFGS_SETTINGS:
        losses, net, evaluations = train_lbfgs(settings, dtype)
        show("LBFGS", settings, losses, net, lbfgs_digits)
        print("  ", evaluations)


if __name__ == "__main__":
    run(torch.float64, 9, 9)
