# SPDX-License-Identifier: Apache-2.0
# compare: 12 digits
# Every schedule, step by step, with two groups; its state; and its state taken over half way.
import math
import torch
from torch.optim import lr_scheduler as s

MAKERS = [
    ("StepLR", lambda o: s.StepLR(o, 3)), ("StepLR", lambda o: s.StepLR(o, 4, gamma=0.5)),
    ("MultiStepLR", lambda o: s.MultiStepLR(o, [2, 5, 5, 9])),
    ("MultiStepLR", lambda o: s.MultiStepLR(o, milestones=[4], gamma=0.3)),
    ("ConstantLR", lambda o: s.ConstantLR(o)),
    ("ConstantLR", lambda o: s.ConstantLR(o, 0.5, 3)),
    ("LinearLR", lambda o: s.LinearLR(o)),
    ("LinearLR", lambda o: s.LinearLR(o, 0.1, 0.7, 8)),
    ("ExponentialLR", lambda o: s.ExponentialLR(o, 0.9)),
    ("PolynomialLR", lambda o: s.PolynomialLR(o)),
    ("PolynomialLR", lambda o: s.PolynomialLR(o, total_iters=9, power=2.0)),
    ("CosineAnnealingLR", lambda o: s.CosineAnnealingLR(o, 10)),
    ("CosineAnnealingLR", lambda o: s.CosineAnnealingLR(o, T_max=4, eta_min=0.01)),
    ("CosineAnnealingWarmRestarts", lambda o: s.CosineAnnealingWarmRestarts(o, 4)),
    ("CosineAnnealingWarmRestarts", lambda o: s.CosineAnnealingWarmRestarts(o, 2, 2, 0.01)),
    ("LambdaLR", lambda o: s.LambdaLR(o, lambda e: 0.95 ** e)),
    ("LambdaLR", lambda o: s.LambdaLR(o, [lambda e: 1 / (1 + e), lambda e: 0.5])),
    ("MultiplicativeLR", lambda o: s.MultiplicativeLR(o, lambda e: 0.9)),
    ("CyclicLR", lambda o: s.CyclicLR(o, 0.01, 0.1, step_size_up=3)),
    ("CyclicLR", lambda o: s.CyclicLR(o, [0.01, 0.02], [0.1, 0.2], 3, 5, mode="triangular2")),
    ("CyclicLR", lambda o: s.CyclicLR(o, 0.01, 0.1, 2, mode="exp_range", gamma=0.9,
                                      cycle_momentum=False)),
    ("CyclicLR", lambda o: s.CyclicLR(o, 0.01, 0.1, 2, scale_fn=lambda x: 1 / x)),
    ("OneCycleLR", lambda o: s.OneCycleLR(o, 0.5, total_steps=14)),
    ("OneCycleLR", lambda o: s.OneCycleLR(o, [0.5, 0.2], epochs=2, steps_per_epoch=7,
                                          anneal_strategy="linear")),
    ("OneCycleLR", lambda o: s.OneCycleLR(o, 0.5, total_steps=14, three_phase=True,
                                          cycle_momentum=False)),
    ("ChainedScheduler", lambda o: s.ChainedScheduler([s.ExponentialLR(o, 0.9),
                                                       s.StepLR(o, 4)])),
    ("SequentialLR", lambda o: s.SequentialLR(o, [s.ConstantLR(o, 0.1, 20),
                                                  s.ExponentialLR(o, 0.9)], [4])),
    ("SequentialLR", lambda o: s.SequentialLR(
        o, [s.LinearLR(o, 0.1, 1.0, 3), s.CosineAnnealingLR(o, 6), s.StepLR(o, 2)], [3, 9])),
    ("SWALR", lambda o: torch.optim.swa_utils.SWALR(o, 0.05, 5)),
    ("SWALR", lambda o: torch.optim.swa_utils.SWALR(o, [0.05, 0.2], 3, "linear")),
]


def optimizer(cls=torch.optim.SGD):
    p, q = torch.zeros(2, requires_grad=True), torch.zeros(3, requires_grad=True)
    return cls([{"params": [p]}, {"params": [q], "lr": 0.4}], lr=0.1,
               **({"momentum": 0.9} if cls is torch.optim.SGD else {}))


def line(o, scheduler):
    parts = [f"{g['lr']:.12f}" for g in o.param_groups]
    g = o.param_groups[1]
    parts.append(f"{g['momentum']:.12f}" if "momentum" in g else f"{g['betas'][0]:.12f}")
    return " ".join(parts) + " " + " ".join(f"{v:.12f}" for v in scheduler.get_last_lr())


def keys(state):
    return sorted(k for k in state if k not in ("_get_lr_called_within_step", "_scale_fn_ref"))


for name, make in MAKERS:
    print(name)
    o = optimizer()
    scheduler = make(o)
    for step in range(13):
        print(" ", line(o, scheduler))
        o.step()
        scheduler.step()
        if step == 6:
            kept, kept_o = scheduler.state_dict(), o.state_dict()
            kept = {k: (dict(v) if isinstance(v, dict) else v) for k, v in kept.items()}
            again_o = optimizer()
            again = make(again_o)
            again_o.load_state_dict(kept_o)
            again.load_state_dict(kept)
            print("  state", keys(scheduler.state_dict()))
    for step in range(6):
        again_o.step()
        again.step()
    print("  again", line(again_o, again) == line(o, scheduler))

print("Adam's betas")
o = optimizer(torch.optim.Adam)
for make in (lambda: s.OneCycleLR(o, 0.5, total_steps=8), lambda: s.CyclicLR(o, 0.01, 0.1, 2)):
    scheduler = make()
    for step in range(7):
        print(" ", line(o, scheduler), o.param_groups[0]["betas"][1])
        o.step()
        scheduler.step()

METRICS = [1.0, 0.9, 0.95, 0.94, 0.93, 0.8, 0.85, 0.84, 0.83, 0.86, 0.9, 0.7, 0.7, 0.7, 0.7]
for settings in [dict(patience=1), dict(patience=2, factor=0.5), dict(patience=0, cooldown=2),
                 dict(mode="max", patience=1, min_lr=0.02),
             dict(patience=1, min_lr=[0.05, 0.1]),
                 dict(patience=1, threshold=0.1, threshold_mode="abs"),
                 dict(patience=0, factor=0.9, eps=0.02)]:
    o = optimizer()
    scheduler = s.ReduceLROnPlateau(o, **settings)
    seen = []
    for m in METRICS:
        o.step()
        scheduler.step(m)
        seen.append(f"{o.param_groups[0]['lr']:.8f}/{scheduler.num_bad_epochs}")
    print("Plateau", settings, " ".join(seen), scheduler.best, scheduler.get_last_lr())


class Own(s.LRScheduler):
    def get_lr(self):
        return [base / (1 + self.last_epoch) for base in self.base_lrs]


o = optimizer()
scheduler = Own(o)
for step in range(4):
    print("Own", line(o, scheduler), scheduler.last_epoch, scheduler.base_lrs)
    o.step()
    scheduler.step()

for wrong in [lambda o: s.StepLR(3, 4), lambda o: s.ConstantLR(o, 2),
              lambda o: s.LinearLR(o, 0), lambda o: s.OneCycleLR(o, 1),
              lambda o: s.OneCycleLR(o, 1, 0),
              lambda o: s.ReduceLROnPlateau(o, factor=1), lambda o: s.ChainedScheduler([]),
              lambda o: s.ReduceLROnPlateau(o, mode="up"), lambda o: s.CyclicLR(o, [1], 2),
              lambda o: s.CosineAnnealingWarmRestarts(o, 0),
              lambda o: s.LambdaLR(o, [lambda e: e]),
              lambda o: s.SequentialLR(o, [s.StepLR(o, 1)], [1])]:
    try:
        wrong(optimizer())
    except (ValueError, TypeError) as e:
        print(type(e).__name__)
