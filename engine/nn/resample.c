// SPDX-License-Identifier: Apache-2.0
// resample.c: modules that put an image on another grid, deal channels out to places, take
// windows, or blur.
#include "nn/module.h"

static bool result(AdjTensor *y, AdjValue *out)
{
    out->t = y;
    return y != NULL;
}

// ---------------------------------------------------------------- other grids

static bool upsample_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    const AdjValue *a = m->arg;
    return result(adj_interpolate(in[0].t, a[Upsample_size].ints,
                                  a[Upsample_scale_factor].floats, a[Upsample_mode].s,
                                  a[Upsample_align_corners].b,
                                  a[Upsample_recompute_scale_factor].b, false),
                  out);
}

ADJ_MODULE(
    Upsample,
    "(size: sizes? = None, scale_factor: floats? = None, mode: str = 'nearest', "
    "align_corners: bool? = None, recompute_scale_factor: bool? = None)",
    "(input: tensor) -> tensor",
    "Resamples the axes after the first two to size, or to their size times "
    "scale_factor.\n"
    "shapes  (N, C, ...) -> (N, C, *size); one to three axes\n"
    "notes   mode 'nearest', 'nearest-exact', 'linear', 'bilinear', 'trilinear', 'bicubic' "
    "or 'area'; see interpolate\n"
    "errors  Value: size and scale_factor together, or none; NotImplemented: a mode for "
    "another number of axes",
    .repr = "{scale_factor?}{size?}{mode=}", .forward = upsample_forward, .functional = true)

static bool nearest_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    const AdjValue *a = m->arg;
    return result(adj_interpolate(in[0].t, a[UpsamplingNearest2d_size].ints,
                                  a[UpsamplingNearest2d_scale_factor].floats, "nearest", false,
                                  false, false),
                  out);
}

ADJ_MODULE(UpsamplingNearest2d,
           "(size: sizes? = None, scale_factor: floats? = None, mode: str = 'nearest')",
           "(input: tensor) -> tensor",
           "Upsample in mode 'nearest'.\nshapes  (N, C, H, W) -> (N, C, *size)\n"
           "errors  Value: size and scale_factor together, or none",
           .repr = "{scale_factor?}{size?}{mode=}", .forward = nearest_forward,
           .functional = true)

static bool bilinear_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    const AdjValue *a = m->arg;
    return result(adj_interpolate(in[0].t, a[UpsamplingBilinear2d_size].ints,
                                  a[UpsamplingBilinear2d_scale_factor].floats, "bilinear", true,
                                  false, false),
                  out);
}

ADJ_MODULE(UpsamplingBilinear2d,
           "(size: sizes? = None, scale_factor: floats? = None, mode: str = 'bilinear')",
           "(input: tensor) -> tensor",
           "Upsample in mode 'bilinear' with align_corners.\n"
           "shapes  (N, C, H, W) -> (N, C, *size)\n"
           "errors  Value: size and scale_factor together, or none",
           .repr = "{scale_factor?}{size?}{mode=}", .forward = bilinear_forward,
           .functional = true)

static bool blur_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    return result(adj_gaussian_blur(in[0].t, m->arg[GaussianBlur_sigma].f), out);
}

ADJ_MODULE(
    GaussianBlur, "(sigma: float)", "(input: tensor) -> tensor",
    "Every channel convolved with a normal density of standard deviation sigma along both "
    "axes.\n"
    "shapes  (..., H, W) -> the same\n"
    "notes   the kernel has 2 ceil(3 sigma) + 1 places and sums to 1; beyond the edges "
    "there are zeros\n"
    "errors  Value: sigma not above 0",
    .repr = "{sigma=}", .forward = blur_forward, .functional = true)

// ---------------------------------------------------------------- channels and places

static bool pixel_shuffle_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    return result(adj_pixel_shuffle(in[0].t, m->arg[PixelShuffle_upscale_factor].i), out);
}

ADJ_MODULE(PixelShuffle, "(upscale_factor: int[1,])", "(input: tensor) -> tensor",
           "Deals groups of r^2 channels out to r x r places.\n"
           "shapes  (..., C r^2, H, W) -> (..., C, H r, W r)\n"
           "errors  Runtime: sizes that upscale_factor does not divide",
           .repr = "{upscale_factor=}", .forward = pixel_shuffle_forward, .functional = true)

static bool pixel_unshuffle_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    return result(adj_pixel_unshuffle(in[0].t, m->arg[PixelUnshuffle_downscale_factor].i), out);
}

ADJ_MODULE(PixelUnshuffle, "(downscale_factor: int[1,])", "(input: tensor) -> tensor",
           "PixelShuffle undone: r x r places become r^2 channels.\n"
           "shapes  (..., C, H r, W r) -> (..., C r^2, H, W)\n"
           "errors  Runtime: sizes that downscale_factor does not divide",
           .repr = "{downscale_factor=}", .forward = pixel_unshuffle_forward,
           .functional = true)

static bool channel_shuffle_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    return result(adj_channel_shuffle(in[0].t, m->arg[ChannelShuffle_groups].i), out);
}

ADJ_MODULE(ChannelShuffle, "(groups: int[1,])", "(input: tensor) -> tensor",
           "Channels (groups, C / groups) in the order of (C / groups, groups).\n"
           "shapes  (N, C, ...) -> the same\n"
           "errors  Runtime: sizes that groups does not divide",
           .repr = "{groups=}", .forward = channel_shuffle_forward, .functional = true)

// ---------------------------------------------------------------- windows

static bool unfold_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    const AdjValue *a = m->arg;
    return result(adj_im2col(in[0].t, a[Unfold_kernel_size].ints, a[Unfold_dilation].ints,
                             a[Unfold_padding].ints, a[Unfold_stride].ints),
                  out);
}

ADJ_MODULE(Unfold,
           "(kernel_size: sizes, dilation: sizes = 1, padding: sizes = 0, stride: sizes = 1)",
           "(input: tensor) -> tensor",
           "Every window of an image as a column.\n"
           "shapes  (N, C, H, W) or (C, H, W) -> (N, C kernel_size, windows)\n"
           "errors  Shape: no window fits; Runtime: a size below 1",
           .repr = "{kernel_size=}{dilation=}{padding=}{stride=}", .forward = unfold_forward,
           .functional = true)

static bool fold_forward(AdjModule *m, const AdjValue *in, AdjValue *out)
{
    const AdjValue *a = m->arg;
    return result(adj_fold(in[0].t, a[Fold_output_size].ints, a[Fold_kernel_size].ints,
                           a[Fold_dilation].ints, a[Fold_padding].ints, a[Fold_stride].ints),
                  out);
}

ADJ_MODULE(Fold,
           "(output_size: sizes, kernel_size: sizes, dilation: sizes = 1, padding: sizes = 0, "
           "stride: sizes = 1)",
           "(input: tensor) -> tensor",
           "Columns put back as windows of an image, added where they overlap.\n"
           "shapes  (N, C kernel_size, windows) -> (N, C, *output_size)\n"
           "errors  Shape: rows that kernel_size does not divide, another number of windows",
           .repr = "{output_size=}{kernel_size=}{dilation=}{padding=}{stride=}",
           .forward = fold_forward, .functional = true)
