# SPDX-License-Identifier: Apache-2.0
# Pooling over one to three axes: greatest elements, averages, powers, unpooling.
from layers import case, done, fails, nn, torch


def pool(Kind, x, *args, positive=False, call=None, second=True, **kwargs):
    case(Kind.__name__, lambda: Kind(*args, **kwargs),
         lambda: [torch.rand(*x) + 0.1 if positive else torch.randn(*x)], call=call,
         second=second)


L, H, D = (2, 3, 9), (2, 2, 7, 6), (1, 2, 5, 4, 6)
pool(nn.MaxPool1d, L, 2)
pool(nn.MaxPool1d, L, 3, 2, 1)
pool(nn.MaxPool1d, (3, 9), 3, stride=1, dilation=2)
pool(nn.MaxPool1d, L, 2, 3, ceil_mode=True)
pool(nn.MaxPool1d, L, 4, return_indices=True)
pool(nn.MaxPool2d, H, 2)
pool(nn.MaxPool2d, H, 3, 2, 1)
pool(nn.MaxPool2d, H, (3, 2), (2, 1), (1, 0))
pool(nn.MaxPool2d, (2, 7, 6), 3, 2, ceil_mode=True)
pool(nn.MaxPool2d, H, 2, stride=1, dilation=2, return_indices=True)
pool(nn.MaxPool3d, D, 2)
pool(nn.MaxPool3d, D, (2, 1, 3), 1, (1, 0, 1))
pool(nn.MaxPool3d, D, 2, ceil_mode=True)
pool(nn.MaxPool3d, (2, 5, 4, 6), 3, 2, 1)
pool(nn.MaxPool3d, D, 2, 2, dilation=(1, 2, 1), return_indices=True)

pool(nn.AvgPool1d, L, 2)
pool(nn.AvgPool1d, L, 3, 2, 1)
pool(nn.AvgPool1d, (3, 9), 4, ceil_mode=True)
pool(nn.AvgPool1d, L, 3, 1, 1, count_include_pad=False)
pool(nn.AvgPool1d, L, 4, 3, 2, True, True)
pool(nn.AvgPool2d, H, 2)
pool(nn.AvgPool2d, H, 3, 2, 1)
pool(nn.AvgPool2d, H, (3, 2), (2, 1), (1, 0), count_include_pad=False)
pool(nn.AvgPool2d, (2, 7, 6), 3, 2, ceil_mode=True)
pool(nn.AvgPool2d, H, 3, 2, 1, divisor_override=5)
pool(nn.AvgPool3d, D, 2)
pool(nn.AvgPool3d, D, (2, 1, 3), 1, (1, 0, 1))
pool(nn.AvgPool3d, D, 3, 2, 1, ceil_mode=True, count_include_pad=False)
pool(nn.AvgPool3d, (2, 5, 4, 6), 2, ceil_mode=True)
pool(nn.AvgPool3d, D, 2, divisor_override=3)

for Avg, Max, x, sizes in (
        (nn.AdaptiveAvgPool1d, nn.AdaptiveMaxPool1d, L, (1, 2, 4, 9, (5,))),
        (nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d, H, (1, 3, (1, 1), (4, 5), (None, 2))),
        (nn.AdaptiveAvgPool3d, nn.AdaptiveMaxPool3d, D, (1, 2, 4, (2, 3, 5), (None, 2, None)))):
    for size in sizes:
        pool(Avg, x, size)
        pool(Max, x, size)
    pool(Avg, x[1:], sizes[3])
    pool(Max, x[1:], sizes[3], return_indices=True)

for Kind, x, wide in ((nn.LPPool1d, L, 3), (nn.LPPool2d, H, (3, 2)),
                      (nn.LPPool3d, D, (2, 1, 2))):
    pool(Kind, x, 2, 2, positive=True)
    pool(Kind, x, 1.5, 2, 1, positive=True)
    pool(Kind, x, 3, 2, 3, True, positive=True)
    pool(Kind, x[1:], 2, wide, positive=True)
    pool(Kind, x, 1, 3, 2, positive=True)

for Pool, Unpool, x in ((nn.MaxPool1d, nn.MaxUnpool1d, L), (nn.MaxPool2d, nn.MaxUnpool2d, H),
                        (nn.MaxPool3d, nn.MaxUnpool3d, D)):
    for args in ((2,), (2, 2)):
        pool(Unpool, x, *args, call=lambda m, t: m(*Pool(*args, return_indices=True)(t)))
    for args in ((2,), (3,), (3, 3)):
        pool(Unpool, x, *args, call=lambda m, t: m(*Pool(*args, return_indices=True)(t),
                                                   output_size=t.shape[2:]))

SAMPLES = [[0.31, 0.77, 0.52], [0.13, 0.64, 0.93]]
for Kind, x, n in ((nn.FractionalMaxPool2d, H, 2),
                   (nn.FractionalMaxPool3d, (1, 2, 5, 7, 6), 3)):
    samples = torch.tensor([SAMPLES] * x[0], dtype=torch.float64)[:, :, :n].contiguous()
    for args in (dict(output_size=3), dict(output_size=(2, 3) if n == 2 else (2, 3, 1)),
                 dict(output_ratio=(0.5,) * n), dict(output_size=2, return_indices=True),
                 dict(output_ratio=(0.6, 0.5, 0.5)[:n])):
        pool(Kind, x, 2, _random_samples=samples.clone(), second=False, **args)

fails("MaxPool2d", lambda: nn.MaxPool2d(3, padding=2)(torch.randn(1, 3, 8, 8)), RuntimeError,
      "pad should be at most half of effective kernel size, but got pad=2, kernel_size=3 and "
      "dilation=1")
fails("MaxPool2d", lambda: nn.MaxPool2d(3)(torch.randn(1, 3, 2, 2)), RuntimeError,
      "Given input size: (3 x 2 x 2). Calculated output size: (3 x 0 x 0). Output size is too "
      "small")
fails("MaxPool2d", lambda: nn.MaxPool2d(3)(torch.randn(3, 2)), RuntimeError,
      "expected non-empty 3D or 4D input, but got [3, 2]")
fails("MaxPool2d", lambda: nn.MaxPool2d(2, 0)(torch.randn(1, 3, 4, 4)), RuntimeError,
      "stride should be greater than zero")
fails("MaxPool2d", lambda: nn.MaxPool2d((2, 2, 2))(torch.randn(1, 3, 4, 4)), RuntimeError,
      "expected kernel_size to be a single integer value or a list of 2 values")
fails("AvgPool2d", lambda: nn.AvgPool2d(2, divisor_override=0)(torch.randn(1, 3, 4, 4)),
      RuntimeError, "divisor must be not zero")
fails("AdaptiveAvgPool2d", lambda: nn.AdaptiveAvgPool2d(-1)(torch.randn(1, 3, 4, 4)),
      RuntimeError, "elements of output_size must be greater than or equal to 0")
fails("AdaptiveAvgPool2d", lambda: nn.AdaptiveAvgPool2d((1, 2, 3))(torch.randn(1, 3, 4, 4)),
      RuntimeError, "output_size must be one number or 2, got [1, 2, 3]")
fails("LPPool2d", lambda: nn.LPPool2d(0, 2)(torch.randn(1, 3, 4, 4)), ValueError,
      "norm_type must be a non-zero value")
fails("MaxUnpool2d",
      lambda: nn.MaxUnpool2d(2)(torch.randn(1, 1, 2, 2), torch.full((1, 1, 2, 2), 100)),
      IndexError, "Found an invalid max index: 100 (output volumes are of size (4 x 4))")
fails("MaxUnpool2d",
      lambda: nn.MaxUnpool2d(2)(torch.randn(1, 1, 2, 2), torch.zeros(1, 1, 2, 2).long(),
                                output_size=(9, 9)),
      ValueError, 'invalid output_size "(9, 9)" (dim 0 must be between 2 and 6)')
fails("FractionalMaxPool2d", lambda: nn.FractionalMaxPool2d(2)(torch.randn(1, 1, 4, 4)),
      ValueError, "requires specifying either an output_size or an output_ratio")
done()
