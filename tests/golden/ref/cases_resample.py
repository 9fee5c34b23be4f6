# SPDX-License-Identifier: Apache-2.0
"""Other grids, windows as columns, shuffled channels."""
import torch
import torch.nn.functional as F

from table import rows

CASES, case = rows()


def gaussian_blur(x, sigma):
    half = -int(-3 * sigma // 1)
    k = torch.exp(-torch.arange(-half, half + 1, dtype=torch.float64) ** 2 / (2 * sigma ** 2))
    k = (k / k.sum()).to(x.dtype)
    y = x.flatten(0, -3).unsqueeze(1)
    y = F.conv2d(F.conv2d(y, k.view(1, 1, -1, 1), padding=(half, 0)), k.view(1, 1, 1, -1),
                 padding=(0, half))
    return y.view(x.shape)


def resample(x, size, mode, align_corners, antialias, scale):
    return F.interpolate(x, size, None, mode, align_corners if "linear" in mode else None,
                         antialias=antialias)


torch.gaussian_blur, torch.resample = gaussian_blur, resample
for sigma in (0.4, 1.0):
    case("gaussian_blur", f"torch.gaussian_blur(x0, {sigma})", "f64 1,2,4,5")
case("resample", "torch.resample(x0, [3, 7], 'bilinear', True, False, None)", "f64 1,2,4,5")
for args in ("size=7", "scale_factor=2", "scale_factor=1.7, mode='linear'",
             "size=4, mode='linear', align_corners=True", "size=2, mode='area'",
             "scale_factor=0.6, mode='nearest-exact'"):
    case("interpolate", f"F.interpolate(x0, {args})", "f64 2,2,5")
for args in ("size=(3, 8)", "scale_factor=1.5, mode='bilinear'", "size=(7, 3), mode='bicubic'",
             "size=3, mode='bilinear', align_corners=True",
             "scale_factor=(2, 0.5), mode='area'",
             "scale_factor=0.7, mode='bilinear', recompute_scale_factor=True"):
    case("interpolate", f"F.interpolate(x0, {args})", "f64 1,2,4,5")
case("interpolate", "F.interpolate(x0, scale_factor=2, mode='trilinear')", "f64 1,1,2,3,2")
case("interpolate", "F.interpolate(x0, size=3, mode='bicubic', antialias=True)", "f64 1,1,6,7",
     order=1)
case("im2col", "F.unfold(x0, 2)", "f64 2,2,3,4")
case("im2col", "F.unfold(x0, (2, 3), dilation=(1, 2), padding=1, stride=(2, 1))", "f64 1,2,4,5")
case("fold", "F.fold(x0, (3, 4), 2)", "f64 2,4,6")
case("fold", "F.fold(x0, output_size=(4, 4), kernel_size=2, stride=2)", "f64 8,4")
case("pixel_shuffle", "F.pixel_shuffle(x0, 2)", "f64 2,8,2,3")
case("pixel_unshuffle", "F.pixel_unshuffle(x0, 2)", "f64 2,4,6")
case("channel_shuffle", "F.channel_shuffle(x0, 3)", "f64 2,6,2,2")
for mode in ("bilinear", "nearest", "bicubic"):
    for pad in ("zeros", "border", "reflection"):
        for align in (False, True):
            case("grid_sample", f"F.grid_sample(x0, x1, '{mode}', '{pad}', {align})",
                 "f64 2,2,4,5", "f64 2,3,4,2 -1.7 1.6", order=1)
for mode in ("bilinear", "nearest"):
    case("grid_sample", f"F.grid_sample(x0, x1, '{mode}', 'reflection', align_corners=False)",
         "f64 1,2,3,4,5", "f64 1,2,3,2,3 -1.7 1.6", order=1)
for align in ("True", "False"):
    case("affine_grid", f"F.affine_grid(x0, (2, 1, 3, 4), align_corners={align})", "f64 2,2,3")
    case("affine_grid", f"F.affine_grid(x0, [1, 1, 2, 3, 2], align_corners={align})",
         "f64 1,3,4")
case("channel_shuffle", "F.channel_shuffle(x0, 2)", "f32 1,4,3", order=1)
case("channel_shuffle", "F.channel_shuffle(x0, 1)", "f64 1,3,2,1,2")
case("im2col", "F.unfold(x0, 3, stride=2)", "f32 2,5,4", order=1)
case("fold", "F.fold(x0, (3, 3), 2, padding=1, stride=2)", "f64 1,4,4")
case("pixel_shuffle", "F.pixel_shuffle(x0, 3)", "f32 9,1,2", order=1)
case("pixel_unshuffle", "F.pixel_unshuffle(x0, 3)", "f32 1,3,6", order=1)
case("gaussian_blur", "torch.gaussian_blur(x0, 0.7)", "f32 2,3,4", order=1)
case("resample", "torch.resample(x0, [5], 'linear', False, False, None)", "f64 1,2,3")
