# SPDX-License-Identifier: Apache-2.0
# Other grids, shuffled channels, windows as columns, padding, blur.
from layers import F, case, done, fails, nn, torch


def one(Kind, x, *args, second=True, single=1e-5, **kwargs):
    case(Kind.__name__, lambda: Kind(*args, **kwargs), lambda: [torch.randn(*x)], second=second,
         single=single)


L, H, D = (2, 3, 7), (2, 2, 5, 6), (1, 2, 3, 4, 5)
one(nn.Upsample, L, 10)
one(nn.Upsample, L, scale_factor=2)
one(nn.Upsample, L, scale_factor=1.7, mode="linear")
one(nn.Upsample, L, (4,), mode="linear", align_corners=True)
one(nn.Upsample, L, 3, mode="area")
one(nn.Upsample, L, 11, mode="nearest-exact")
one(nn.Upsample, H, (8, 3))
one(nn.Upsample, H, scale_factor=(2, 1.5), mode="bilinear")
one(nn.Upsample, H, scale_factor=(0.6, 1.5), mode="bilinear", recompute_scale_factor=True)
one(nn.Upsample, H, (3, 9), mode="bilinear", align_corners=True)
one(nn.Upsample, H, (7, 9), mode="bicubic")
one(nn.Upsample, H, (3, 4), mode="bicubic", align_corners=True)
one(nn.Upsample, H, scale_factor=0.5, mode="bicubic")
one(nn.Upsample, H, scale_factor=0.7, mode="area")
one(nn.Upsample, H, scale_factor=1.6, mode="nearest-exact")
one(nn.Upsample, D, 6)
one(nn.Upsample, D, scale_factor=2, mode="trilinear")
one(nn.Upsample, D, (2, 6, 4), mode="trilinear", align_corners=True)
one(nn.Upsample, D, (2, 2, 3), mode="area")
for size, mode in (((3, 4), "bilinear"), ((8, 3), "bicubic"), ((2, 2), "bilinear"),
                   ((5, 9), "bilinear"), ((3, 3), "bicubic")):
    case("interpolate",
         lambda: lambda x: F.interpolate(x, size, mode=mode, antialias=True),
         lambda: [torch.randn(*H)], second=False)
for args in (dict(size=8), dict(size=(3, 4)), dict(scale_factor=2), dict(scale_factor=1.5),
             dict(scale_factor=(2, 3))):
    one(nn.UpsamplingNearest2d, H, **args)
    one(nn.UpsamplingBilinear2d, H, **args)

one(nn.PixelShuffle, (2, 8, 3, 2), 2)
one(nn.PixelShuffle, (9, 2, 3), 3)
one(nn.PixelShuffle, (2, 3, 4, 2, 2), 2)
one(nn.PixelShuffle, (1, 3, 2, 2), 1)
one(nn.PixelShuffle, (1, 16, 1, 2), 4)
one(nn.PixelUnshuffle, (2, 2, 4, 6), 2)
one(nn.PixelUnshuffle, (1, 3, 6), 3)
one(nn.PixelUnshuffle, (2, 2, 1, 4, 4), 4)
one(nn.PixelUnshuffle, (1, 3, 2, 2), 1)
one(nn.PixelUnshuffle, (1, 1, 2, 2), 2)
for shape, groups in (((2, 6, 3), 2), ((2, 6, 3, 2), 3), ((1, 4, 2, 2), 4), ((1, 4, 2, 2), 1),
                      ((2, 8, 2, 1, 2), 2)):
    one(nn.ChannelShuffle, shape, groups)

one(nn.Unfold, H, 2)
one(nn.Unfold, H, (2, 3), padding=1)
one(nn.Unfold, H, 2, 2, 1, 2)
one(nn.Unfold, (2, 5, 6), 3)
one(nn.Unfold, H, 3, stride=(2, 1), dilation=(1, 2))
one(nn.Fold, (2, 8, 12), (4, 5), 2)
one(nn.Fold, (1, 12, 24), (5, 4), (2, 3), padding=1)
one(nn.Fold, (2, 8, 9), 6, 2, 2, 1, 2)
one(nn.Fold, (9, 4), (4, 4), 3)
one(nn.Fold, (2, 4, 6), (4, 6), 2, stride=2)

PADS = (
    (nn.ZeroPad1d, nn.ReflectionPad1d, nn.ReplicationPad1d, nn.CircularPad1d, nn.ConstantPad1d),
    (nn.ZeroPad2d, nn.ReflectionPad2d, nn.ReplicationPad2d, nn.CircularPad2d, nn.ConstantPad2d),
    (nn.ZeroPad3d, nn.ReflectionPad3d, nn.ReplicationPad3d, nn.CircularPad3d, nn.ConstantPad3d))
for Pads, x in zip(PADS, (L, H, D)):
    n = len(x) - 2
    for Pad in Pads:
        more = (1.5,) if "Constant" in Pad.__name__ else ()
        one(Pad, x, 1, *more)
        one(Pad, x, 2, *more)
        one(Pad, x, (2, 0, 1, 2, 0, 1)[:2 * n], *more)
        one(Pad, x[1:], (1, 2, 0, 1, 2, 0)[:2 * n], *more)
        one(Pad, x, (0, 1, 1, 0, 0, 2)[:2 * n], *more)

for sigma in (0.3, 0.7, 1.0, 1.5, 2.0):
    one(nn.GaussianBlur, H, sigma)
fails("GaussianBlur", lambda: nn.GaussianBlur(0.0)(torch.randn(*H)), ValueError,
      "sigma must be above 0")

fails("Upsample", lambda: nn.Upsample()(torch.randn(*H)), ValueError,
      "either size or scale_factor should be defined")
fails("Upsample", lambda: nn.Upsample(3, 2)(torch.randn(*H)), ValueError,
      "only one of size or scale_factor should be defined")
fails("Upsample", lambda: nn.Upsample(3, mode="linear")(torch.randn(*H)), NotImplementedError,
      "Got 4D input, but linear mode needs 3D input")
fails("Upsample", lambda: nn.Upsample(3, mode="round")(torch.randn(*H)), NotImplementedError,
      "(got round)")
fails("Upsample", lambda: nn.Upsample(3, align_corners=True)(torch.randn(*H)), ValueError,
      "align_corners option can only be set with the interpolating modes")
fails("Upsample", lambda: nn.Upsample(0)(torch.randn(*H)), RuntimeError,
      "Input and output sizes should be greater than 0")
fails("PixelShuffle", lambda: nn.PixelShuffle(2)(torch.randn(1, 6, 2, 2)), RuntimeError,
      "is not divisible by 4")
fails("ChannelShuffle", lambda: nn.ChannelShuffle(4)(torch.randn(1, 6, 2, 2)), RuntimeError,
      "Got 6 channels and 4 groups")
fails("Fold", lambda: nn.Fold((4, 5), 2)(torch.randn(2, 8, 11)), RuntimeError,
      "calculated number of sliding blocks 3 * 4 = 12, but got input.size(2)=11")
fails("ReflectionPad1d", lambda: nn.ReflectionPad1d(7)(torch.randn(*L)), RuntimeError,
      "Padding size should be less than the corresponding input dimension")
fails("ZeroPad2d", lambda: nn.ZeroPad2d((1, 2, 3)), ValueError,
      "padding must be one number or 4, got (1, 2, 3)")
done()
