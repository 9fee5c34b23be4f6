// SPDX-License-Identifier: Apache-2.0
// patches.c: windows as columns and back, and channels dealt out to places. Taking windows is a
// map of two axes whose weights are 1 (blend.c); everything else rearranges.
#include "ops/layers/spatial.h"
#include "ops/pointwise/blend.h"
#include "ops/shape/view.h"

// ---------------------------------------------------------------- unfold and fold

typedef struct {
    AdjShape kernel, dilation, padding, stride, size, blocks;
} Windows;

// The number of windows along each axis of an image of w->size.
static bool check_windows(Windows *w)
{
    if (!adj_spatial(&w->kernel, 2, "kernel_size") ||
        !adj_spatial(&w->dilation, 2, "dilation") || !adj_spatial(&w->padding, 2, "padding") ||
        !adj_spatial(&w->stride, 2, "stride"))
        return false;
    w->blocks.n = 2;
    for (int i = 0; i < 2; i++) {
        if (w->kernel.at[i] < 1 || w->dilation.at[i] < 1 || w->stride.at[i] < 1 ||
            w->padding.at[i] < 0) {
            return adj_fail(ADJ_E_RUNTIME,
                            "%s: kernel_size, dilation and stride should be greater than zero "
                            "and padding non-negative, but got %s, %s, %s and %s",
                            adj_op_name(), adj_spatial_text(w->kernel.at, 2),
                            adj_spatial_text(w->dilation.at, 2),
                            adj_spatial_text(w->stride.at, 2),
                            adj_spatial_text(w->padding.at, 2));
        }
        int64_t room = w->size.at[i] + 2 * w->padding.at[i] -
                       w->dilation.at[i] * (w->kernel.at[i] - 1) - 1;
        w->blocks.at[i] = room < 0 ? 0 : room / w->stride.at[i] + 1;
    }
    if (w->blocks.at[0] > 0 && w->blocks.at[1] > 0) return true;
    return adj_fail(
        ADJ_E_SHAPE,
        "Given input with spatial size %s, kernel_size=%s, dilation=%s, padding=%s, "
        "calculated shape of the array of sliding blocks as %s, but its components "
        "must be at least one.",
        adj_spatial_text(w->size.at, 2), adj_spatial_text(w->kernel.at, 2),
        adj_spatial_text(w->dilation.at, 2), adj_spatial_text(w->padding.at, 2),
        adj_spatial_text(w->blocks.at, 2));
}

// Row k blocks + o of an axis's map is position k of window o.
static void window_maps(const Windows *w, AdjAxisMap *map)
{
    for (int i = 0; i < 2; i++) {
        int64_t blocks = w->blocks.at[i];
        map[i] = adj_axis_map(w->kernel.at[i] * blocks, 1);
        for (int64_t j = 0; map[i].place && map[i].weight && j < map[i].m; j++) {
            int64_t at = j % blocks * w->stride.at[i] + j / blocks * w->dilation.at[i] -
                         w->padding.at[i];
            adj_map_place(&map[i], j)[0] = at >= 0 && at < w->size.at[i] ? at : -1;
            adj_map_weight(&map[i], j)[0] = 1;
        }
    }
}

ADJ_OP(im2col,
       "(input: tensor, kernel_size: sizes, dilation: sizes = 1, padding: sizes = 0, stride: "
       "sizes = 1) -> tensor",
       "Every window of an image as a column; F.unfold.\n"
       "shapes  (N, C, H, W) or (C, H, W) -> (N, C kernel_size, windows)\n"
       "errors  Shape: no window fits; Runtime: a size below 1",
       .aliases = "F.unfold", .no_method = true, .hosted = true)
AdjTensor *op_im2col(AdjTensor *input, AdjShape kernel_size, AdjShape dilation,
                     AdjShape padding, AdjShape stride)
{
    bool added;
    AdjTensor *x = adj_batched(input, 2, "unfold", &added);
    if (!x) return NULL;
    Windows w = {kernel_size, dilation, padding, stride, adj_shape_from(adj_shape(x), 2),
                 ADJ_SHAPE(0)};
    AdjAxisMap map[2];
    if (!check_windows(&w)) return NULL;
    window_maps(&w, map);
    int64_t n = x->sizes[0], c = x->sizes[1], *k = w.kernel.at, *b = w.blocks.at;
    AdjTensor *y =
        adj_reshape(adj_map_axes(x, 2, map), ADJ_SHAPE(n, c, k[0], b[0], k[1], b[1]));
    y = adj_permute(y, ADJ_SHAPE(0, 1, 2, 4, 3, 5));
    return adj_unbatched(adj_reshape(y, ADJ_SHAPE(n, c * k[0] * k[1], b[0] * b[1])), added);
}

ADJ_OP(
    fold,
    "(input: tensor, output_size: sizes, kernel_size: sizes, dilation: sizes = 1, padding: "
    "sizes = 0, stride: sizes = 1) -> tensor",
    "Columns put back as windows of an image, added where they overlap: the derivative of "
    "F.unfold.\n"
    "shapes  (N, C kernel_size, windows) or (C kernel_size, windows) -> (N, C, *output_size)\n"
    "errors  Shape: rows that kernel_size does not divide, another number of windows",
    .aliases = "col2im", .no_method = true, .hosted = true)
AdjTensor *op_fold(AdjTensor *input, AdjShape output_size, AdjShape kernel_size,
                   AdjShape dilation, AdjShape padding, AdjShape stride)
{
    bool added;
    AdjTensor *x = adj_batched(input, 1, "fold", &added);
    Windows w = {kernel_size, dilation, padding, stride, output_size, ADJ_SHAPE(0)};
    AdjAxisMap map[2];
    if (!x || !adj_spatial(&w.size, 2, "output_size") || !check_windows(&w)) return NULL;
    int64_t n = x->sizes[0], *k = w.kernel.at, *b = w.blocks.at, area = k[0] * k[1];
    if (x->sizes[1] % area) {
        return adj_fail(
            ADJ_E_SHAPE,
            "Expected size of input's dimension 1 to be divisible by the product of "
            "kernel_size, but got input.size(1)=%lld and kernel_size=%s.",
            (long long)x->sizes[1], adj_spatial_text(k, 2));
    }
    if (x->sizes[2] != b[0] * b[1]) {
        return adj_fail(ADJ_E_SHAPE,
                        "Given output_size=%s, kernel_size=%s, dilation=%s, padding=%s, "
                        "stride=%s, expected size of input's dimension 2 to match the "
                        "calculated number of sliding blocks %lld * %lld = %lld, but got "
                        "input.size(2)=%lld.",
                        adj_spatial_text(w.size.at, 2), adj_spatial_text(k, 2),
                        adj_spatial_text(w.dilation.at, 2), adj_spatial_text(w.padding.at, 2),
                        adj_spatial_text(w.stride.at, 2), (long long)b[0], (long long)b[1],
                        (long long)(b[0] * b[1]), (long long)x->sizes[2]);
    }
    int64_t c = x->sizes[1] / area;
    window_maps(&w, map);
    AdjTensor *y = adj_reshape(x, ADJ_SHAPE(n, c, k[0], k[1], b[0], b[1]));
    y = adj_permute(y, ADJ_SHAPE(0, 1, 2, 4, 3, 5));
    y = adj_reshape(y, ADJ_SHAPE(n, c, k[0] * b[0], k[1] * b[1]));
    return adj_unbatched(adj_map_back(y, 2, map, w.size), added);
}

// ---------------------------------------------------------------- channels and places

// The axes before the last three, as one.
static AdjTensor *images(AdjTensor *x, AdjShape *lead)
{
    if (x->ndim < 3) {
        return adj_fail(ADJ_E_SHAPE,
                        "%s expects input to have at least 3 dimensions, but got input with %d "
                        "dimension(s)",
                        adj_op_name(), x->ndim);
    }
    *lead = adj_shape(x);
    lead->n -= 3;
    return adj_reshape(x, ADJ_SHAPE(adj_shape_numel(*lead), x->sizes[x->ndim - 3],
                                    x->sizes[x->ndim - 2], x->sizes[x->ndim - 1]));
}

static AdjTensor *with_lead(AdjTensor *y, AdjShape lead, int64_t c, int64_t h, int64_t w)
{
    lead.at[lead.n++] = c;
    lead.at[lead.n++] = h;
    lead.at[lead.n++] = w;
    return adj_reshape(y, lead);
}

ADJ_OP(
    pixel_shuffle, "(input: tensor, upscale_factor: int) -> tensor",
    "Deals groups of r^2 channels out to r x r places: y[c, h r + i, w r + j] = input[c r^2 + "
    "i r + j, h, w].\n"
    "shapes  (..., C r^2, H, W) -> (..., C, H r, W r)\n"
    "errors  Runtime: channels that r^2 does not divide",
    .no_method = true, .source = "Shi et al. 2016")
AdjTensor *op_pixel_shuffle(AdjTensor *input, int64_t upscale_factor)
{
    AdjShape lead;
    int64_t r = upscale_factor;
    AdjTensor *x = images(input, &lead);
    if (!x) return NULL;
    int64_t n = x->sizes[0], c = x->sizes[1], h = x->sizes[2], w = x->sizes[3];
    if (r < 1 || r > 1 << 20) {
        return adj_fail(ADJ_E_RUNTIME,
                        "pixel_shuffle expects a positive upscale_factor that is not huge, but "
                        "got %lld",
                        (long long)r);
    }
    if (c % (r * r)) {
        return adj_fail(ADJ_E_RUNTIME,
                        "pixel_shuffle expects its input's 'channel' dimension to be divisible "
                        "by the square of upscale_factor, but input.size(-3)=%lld is not "
                        "divisible by %lld",
                        (long long)c, (long long)(r * r));
    }
    c /= r * r;
    AdjTensor *y =
        adj_permute(adj_reshape(x, ADJ_SHAPE(n, c, r, r, h, w)), ADJ_SHAPE(0, 1, 4, 2, 5, 3));
    return with_lead(y, lead, c, h * r, w * r);
}

ADJ_OP(pixel_unshuffle, "(input: tensor, downscale_factor: int) -> tensor",
       "pixel_shuffle undone: r x r places become r^2 channels.\n"
       "shapes  (..., C, H r, W r) -> (..., C r^2, H, W)\n"
       "errors  Runtime: sizes that r does not divide",
       .no_method = true)
AdjTensor *op_pixel_unshuffle(AdjTensor *input, int64_t downscale_factor)
{
    AdjShape lead;
    int64_t r = downscale_factor;
    AdjTensor *x = images(input, &lead);
    if (!x) return NULL;
    int64_t n = x->sizes[0], c = x->sizes[1], h = x->sizes[2], w = x->sizes[3];
    if (r < 1) {
        return adj_fail(ADJ_E_RUNTIME,
                        "pixel_unshuffle expects a positive downscale_factor, but got %lld",
                        (long long)r);
    }
    if (h % r || w % r) {
        return adj_fail(ADJ_E_RUNTIME,
                        "pixel_unshuffle expects height and width to be divisible by "
                        "downscale_factor, but %lld and %lld are not both divisible by %lld",
                        (long long)h, (long long)w, (long long)r);
    }
    AdjTensor *y = adj_permute(adj_reshape(x, ADJ_SHAPE(n, c, h / r, r, w / r, r)),
                               ADJ_SHAPE(0, 1, 3, 5, 2, 4));
    return with_lead(y, lead, c * r * r, h / r, w / r);
}

ADJ_OP(channel_shuffle, "(input: tensor, groups: int) -> tensor",
       "Channels (groups, C / groups) in the order of (C / groups, groups).\n"
       "shapes  (N, C, ...) -> the same\n"
       "errors  Runtime: channels that groups does not divide",
       .no_method = true, .source = "Zhang et al. 2018")
AdjTensor *op_channel_shuffle(AdjTensor *input, int64_t groups)
{
    AdjShape s = adj_shape(input);
    if (s.n < 3) {
        return adj_fail(ADJ_E_SHAPE,
                        "channel_shuffle expects input with > 2 dims, but got input with sizes "
                        "%s",
                        adj_list_text(s));
    }
    if (groups < 1 || s.at[1] % groups) {
        return adj_fail(ADJ_E_RUNTIME,
                        "channel_shuffle: number of channels must be divisible by groups. Got "
                        "%lld channels and %lld groups.",
                        (long long)s.at[1], (long long)groups);
    }
    AdjTensor *x = adj_reshape(input, ADJ_SHAPE(s.at[0], groups, s.at[1] / groups, -1));
    return adj_reshape(adj_transpose(x, 1, 2), s);
}
