# SPDX-License-Identifier: Apache-2.0
# Tensors among the language's own values: conditions, lists, formatting, arithmetic, errors.
import torch

t = torch.tensor(3.5)
print(t.item() + 1, float(t), int(t), bool(t), f"{t:.2f}", f"{t.item():8.3f}|", round(t.item()))
if torch.tensor(1.0) > 0:
    print("true")
if not torch.tensor(0):
    print("false")
values = [torch.tensor(v) for v in [3, 1, 2]]
print(max(values), min(values), sum(values), sorted(values, key=lambda v: -v.item()))
print(sum(torch.ones(2) * k for k in range(4)))
d = {"a": torch.ones(2), "b": torch.zeros(1)}
for k, v in d.items():
    print(k, v)
print([tuple(v.shape) for v in d.values()], torch.ones(2) in [1] if False else "-")
print(isinstance(t, torch.Tensor), type(t).__name__, t.shape == (), t.shape == torch.Size([]),
      t.dtype == torch.float32)
a = b = torch.zeros(2)
a += 1
print(b, a is b)
a = a + 1
print(b, a is b)
print(torch.tensor([1, 2, 3]) == torch.tensor([1, 0, 3]), torch.equal(torch.ones(2),
    torch.ones(2)))
print(-torch.tensor([1, -2]), abs(torch.tensor([1, -2])), torch.tensor([2, 3]) ** 2,
      2 ** torch.tensor([2, 3]))
print(10 / torch.tensor([2.0, 4.0]), torch.tensor([7, -7]) // 2, torch.tensor([7, -7]) % 3,
      5 - torch.tensor([1, 2]))
print(torch.tensor([1, 2]) @ torch.tensor([3, 4]),
      torch.tensor([True, False]) & torch.tensor([True, True]))
print(torch.tensor([1.5, 2.5]).to(torch.int64), torch.tensor([0, 1]).bool(),
      torch.tensor([1, 2]).float())
x, y = torch.tensor([1.0, 2.0])
print(x, y, x + y)
print(torch.tensor([[1, 2], [3, 4]]).tolist(), torch.arange(3).sum().item())
print(str(torch.tensor([1.0]))[:9], repr(torch.tensor(2)), "%.1f" % torch.tensor(2.25).item())
for bad in ["torch.zeros(2).item()", "torch.zeros(2) @ torch.zeros(3)", "torch.zeros(2)[3]",
            "bool(torch.zeros(2))"]:
    try:
        if bad == "torch.zeros(2).item()":
            torch.zeros(2).item()
        elif bad == "torch.zeros(2) @ torch.zeros(3)":
            torch.zeros(2) @ torch.zeros(3)
        elif bad == "torch.zeros(2)[3]":
            torch.zeros(2)[3]
        else:
            bool(torch.zeros(2))
    except (RuntimeError, IndexError, ValueError) as e:
        print(bad, isinstance(e, RuntimeError), isinstance(e, IndexError))
print(torch.zeros(3).shape[0], len(torch.zeros(4, 2)), [r.sum().item() for r in torch.ones(2,
    3)])
print(torch.tensor([0.1 + 0.2]), torch.tensor(1e-7), torch.tensor([1e10, 1.0]))
print(torch.zeros(2, 3).new_ones(2), torch.ones(2).double().dtype,
      torch.ones(1).type(torch.int32) if False else "-")
