# SPDX-License-Identifier: Apache-2.0
"""The lens of the protocol, held to the engine: for many ways to call a convolution, a pooling,
a product or attention, every element's sum is the number that the step has recorded."""

WINDOWS = {  # shape of x, and what is made of it
    "two axes": ((2, 4, 6, 5), "F.conv2d(x, w(6, 2, 3, 2), w(6), stride=2, padding=(1, 2), "
                               "dilation=(1, 2), groups=2)"),
    "one axis": ((2, 3, 9), "F.conv1d(x, w(4, 3, 4), stride=3, padding=2)"),
    "transposed": ((1, 4, 4, 3), "F.conv_transpose2d(x, w(4, 3, 3, 2), w(6), stride=(2, 3), "
                                 "padding=1, groups=2, dilation=(2, 1))"),
    "depthwise": ((1, 3, 5, 5), "F.conv2d(x, w(3, 1, 3, 3), padding='same', groups=3)"),
    "maximum": ((2, 2, 7, 6), "F.max_pool2d(x, 3, stride=2, padding=1, dilation=(2, 1))"),
    "maximum in one axis": ((2, 3, 8), "F.max_pool1d(x, 3, stride=2)"),
    "average": ((2, 2, 7, 6), "F.avg_pool2d(x, (3, 2), stride=2, padding=1, ceil_mode=True, "
                              "count_include_pad=False)"),
    "padded average": ((1, 2, 7, 6), "F.avg_pool2d(x, 3, stride=2, padding=1, ceil_mode=True)"),
    "divided sum": ((1, 2, 4, 4), "F.avg_pool2d(x, 2, divisor_override=3)"),
    "average in one axis": ((1, 2, 7), "F.avg_pool1d(x, 3, stride=2)"),
    "adaptive average": ((1, 2, 7, 5), "F.adaptive_avg_pool2d(x, (3, 2))"),
    "adaptive maximum": ((1, 2, 7, 5), "F.adaptive_max_pool2d(x, (3, 2))"),
    "without a batch": ((2, 6, 5), "F.max_pool2d(x, 2)"),
    "linear": ((3, 4), "F.linear(x, w(5, 4), w(5))"),
    "product": ((3, 4), "torch.mm(x, w(4, 2))"),
    "products": ((2, 3, 4), "torch.bmm(x, w(2, 4, 2))"),
    "attention": ((1, 2, 4, 3), "F.scaled_dot_product_attention(w(1, 2, 4, 3), w(1, 2, 4, 3), "
                                "x, is_causal=True)"),
}


def places(shape):
    return [[]] if not shape else [[i] + rest for i in range(shape[0])
                                   for rest in places(shape[1:])]


def equals(r, near):
    return r.get("recorded") is not None and near(r["total"], r["recorded"])


def cells_add_up(r, near):
    """What the planes show sums to what is said, where all of them are told."""
    if len(r["planes"]) < r["planes_of"]:
        return True
    products = [v * w for p in r["planes"] for vs, ws in zip(p["values"], p["weights"])
                for v, w in zip(vs, ws) if w is not None]
    return near(sum(products) + (r["bias"] or 0), r["total"])


def windows(s, point, near):
    """Every element of every map: the sum that the lens writes out is the recorded number."""
    def fine(r):
        return equals(r, near) and cells_add_up(r, near)

    s.cell("torch.manual_seed(1)\ndef w(*shape):\n    return torch.randn(shape)\n"
           "first = nn.Linear(1, 1)")
    for name, (shape, code) in WINDOWS.items():
        s.ask("unpin")
        s.ask("pin", steps=1)
        s.cell(f"x = torch.randn({shape}, requires_grad=True)\n"
               f"optim.SGD(first.parameters(), lr=0.1).zero_grad()\ny = {code}\n"
               "part = (y * w(*y.shape)).sum()\npart.backward()\n"
               "optim.SGD(first.parameters(), lr=0.1).zero_grad()\n"
               "first(torch.ones(1, 1)).sum().backward()")
        head = s.ask("lens", image=[8, 8])
        point(head.get("ops") and "image" in head["input_map"], f"{name}: there is a lens",
              head)
        if "error" in head:
            continue
        forward = [s.ask("lens", index=head["index"], at=at) for at in places(head["output"])]
        point(all(fine(r) for r in forward),
              f"{name}: what each result is made of",
              next((r for r in forward if not fine(r)), None))
        back = [s.ask("lens", index=head["index"], **{"from": at})
                for at in places(head["input"])]
        point(all(fine(r) for r in back), f"{name}: where each element goes",
              next((r for r in back if not fine(r)), None))
    s.cell("x = torch.randn(2, 5000, requires_grad=True)")
    s.ask("pin", steps=1)
    s.cell("optim.SGD(first.parameters(), lr=0.1).zero_grad()\n"
           "torch.mm(x, w(5000, 2)).sum().backward()\n"
           "optim.SGD(first.parameters(), lr=0.1).zero_grad()")
    r = s.ask("lens", at=[1, 0])
    point(len(r["columns"]) == 64 and r["of"] == [1, 5000] and equals(r, near) and
          r["columns"] == sorted(r["columns"]), "of a long line the strongest are told", r)
    for bad in (dict(at=[9, 9]), dict(at=[0]), dict(module="nobody"), dict(index=77),
                dict(step=123456)):
        point("error" in s.ask("lens", **bad), f"lens: refused: {bad}")
    s.ask("unpin")
    point("pin" in s.ask("lens")["error"]["message"], "without a pinned step it says so")
