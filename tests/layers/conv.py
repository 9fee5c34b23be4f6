# SPDX-License-Identifier: Apache-2.0
# Convolutions and transposed convolutions over one to three axes.
from layers import case, done, fails, nn, torch


def conv(Kind, x, *args, call=None, **kwargs):
    case(Kind.__name__, lambda: Kind(*args, **kwargs), lambda: [torch.randn(*x)], call=call)


conv(nn.Conv1d, (2, 3, 9), 3, 4, 3)
conv(nn.Conv1d, (2, 4, 9), 4, 6, 3, stride=2, padding=1, groups=2, bias=False)
conv(nn.Conv1d, (4, 9), 4, 2, 2, dilation=3)
conv(nn.Conv1d, (2, 3, 9), 3, 4, 4, padding="same", dilation=2)
conv(nn.Conv1d, (2, 3, 9), 3, 3, 3, padding=2, padding_mode="circular")
conv(nn.Conv1d, (2, 3, 9), 3, 6, 3, padding=2, padding_mode="reflect", groups=3)

conv(nn.Conv2d, (2, 3, 7, 8), 3, 4, 3)
conv(nn.Conv2d, (2, 4, 9, 9), 4, 6, 3, stride=2)
conv(nn.Conv2d, (2, 4, 9, 7), 4, 6, (3, 2), stride=(2, 1), padding=(1, 0), bias=False)
conv(nn.Conv2d, (3, 8, 8), 3, 4, 5, padding="same")
conv(nn.Conv2d, (2, 4, 6, 5), 4, 8, 3, padding="same", dilation=2, groups=4)
conv(nn.Conv2d, (2, 3, 6, 6), 3, 4, 3, padding="valid")
conv(nn.Conv2d, (2, 3, 6, 6), 3, 4, 3, padding=(2, 1), padding_mode="replicate")
conv(nn.Conv2d, (2, 3, 6, 6), 3, 4, 3, padding="same", padding_mode="circular")
conv(nn.Conv2d, (2, 16, 5, 5), 16, 24, 1)
conv(nn.Conv2d, (2, 5, 12, 20), 5, 20, 3, 2, 1)

conv(nn.Conv3d, (2, 2, 4, 5, 6), 2, 3, 3, padding=1)
conv(nn.Conv3d, (1, 4, 4, 5, 5), 4, 4, (1, 3, 2), stride=(1, 2, 1), groups=2)
conv(nn.Conv3d, (2, 3, 3, 4), 2, 3, 2, bias=False)
conv(nn.Conv3d, (1, 2, 5, 5, 5), 2, 2, 2, dilation=(2, 1, 2))
conv(nn.Conv3d, (1, 2, 4, 4, 4), 2, 3, 3, padding=1, padding_mode="reflect")

conv(nn.ConvTranspose1d, (2, 3, 5), 3, 4, 3)
conv(nn.ConvTranspose1d, (2, 4, 5), 4, 6, 3, stride=2, padding=1, groups=2)
conv(nn.ConvTranspose1d, (3, 5), 3, 2, 2, stride=3, bias=False)
conv(nn.ConvTranspose1d, (2, 3, 5), 3, 2, 3, dilation=2)
conv(nn.ConvTranspose1d, (1, 3, 5), 3, 2, 5, 2, 2)
conv(nn.ConvTranspose2d, (2, 3, 4, 5), 3, 4, 3)
conv(nn.ConvTranspose2d, (2, 3, 4, 5), 3, 4, 4, 2, 1)
conv(nn.ConvTranspose2d, (2, 4, 4, 3), 4, 6, (3, 2), stride=(2, 1), padding=(1, 0), groups=2)
conv(nn.ConvTranspose2d, (3, 4, 4), 3, 2, 2, stride=3, bias=False)
conv(nn.ConvTranspose2d, (2, 3, 4, 4), 3, 4, 3, dilation=(2, 1))
conv(nn.ConvTranspose3d, (2, 2, 3, 3, 2), 2, 3, 2)
conv(nn.ConvTranspose3d, (1, 2, 3, 3, 2), 2, 4, 3, stride=2, padding=1)
conv(nn.ConvTranspose3d, (1, 4, 2, 3, 2), 4, 4, 2, stride=(1, 2, 1), groups=4)
conv(nn.ConvTranspose3d, (2, 2, 3, 3), 2, 3, 2, bias=False)
conv(nn.ConvTranspose3d, (1, 2, 2, 2, 3), 2, 3, 2, dilation=2)

# PyTorch has no second derivative with output_padding.
for args, size in (((3, 4, 3, 2), (10, 9)), ((3, 4, 3, 2, 1), (2, 4, 8, 7)),
                   ((3, 2, 3, 2, 1, 1), None)):
    case("ConvTranspose2d", lambda: nn.ConvTranspose2d(*args),
         lambda: [torch.randn(2, 3, 4, 4)], call=lambda m, x: m(x, output_size=size),
         second=False)

fails("Conv1d", lambda: nn.Conv1d(3, 4, 3)(torch.randn(2, 4, 9)), RuntimeError,
      "Given groups=1, weight of size [4, 3, 3], expected input[2, 4, 9] to have 3 channels, "
      "but got 4 channels instead")
fails("Conv2d", lambda: nn.Conv2d(3, 4, 3)(torch.randn(1, 3, 2, 2)), RuntimeError,
      "Calculated padded input size per channel: (2 x 2). Kernel size: (3 x 3). Kernel size "
      "can't be greater than actual input size")
fails("Conv2d", lambda: nn.Conv2d(3, 4, 3)(torch.randn(2, 2)), RuntimeError,
      "Expected 3D (unbatched) or 4D (batched) input to conv2d, but got input of size: [2, 2]")
fails("Conv2d", lambda: nn.Conv2d(3, 4, 3)(torch.randn(1, 3, 5, 5).double()), RuntimeError,
      "Input type (float64) and weight type (float32) should be the same")
fails("Conv2d", lambda: nn.Conv2d(3, 4, 3, groups=2), ValueError,
      "in_channels must be divisible by groups")
fails("Conv2d", lambda: nn.Conv2d(4, 3, 3, groups=2), ValueError,
      "out_channels must be divisible by groups")
fails("Conv2d", lambda: nn.Conv2d(4, 3, 3, groups=0), ValueError, "groups must be at least 1")
fails("Conv2d", lambda: nn.Conv2d(4, 3, 0), ValueError, "kernel_size must be at least 1")
fails("Conv2d", lambda: nn.Conv2d(4, 3, (3, 3, 3)), ValueError,
      "kernel_size must be one number or 2, got (3, 3, 3)")
fails("Conv2d", lambda: nn.Conv2d(4, 3, 3, padding="some"), ValueError,
      "Invalid padding string 'some', should be one of 'valid', 'same'")
fails("Conv2d", lambda: nn.Conv2d(4, 3, 3, 2, padding="same"), ValueError,
      "padding='same' is not supported for strided convolutions")
fails("Conv2d", lambda: nn.Conv2d(4, 3, 3, padding_mode="mirror"), ValueError,
      "padding_mode must be one of 'zeros', 'reflect', 'replicate', 'circular'")
fails("ConvTranspose2d", lambda: nn.ConvTranspose2d(4, 3, 3, padding_mode="reflect"),
      ValueError, 'Only "zeros" padding mode is supported for ConvTranspose2d')
fails("ConvTranspose2d",
      lambda: nn.ConvTranspose2d(4, 3, 3, 2)(torch.randn(1, 4, 8, 8), output_size=(20, 20)),
      ValueError,
      "requested an output size of (20, 20), but valid sizes range from [17, 17] to [18, 18]")
fails("ConvTranspose2d", lambda: nn.ConvTranspose2d(4, 3, 3)(torch.randn(1, 3, 8, 8)),
      RuntimeError,
      "Given transposed=1, weight of size [4, 3, 3, 3], expected input[1, 3, 8, 8] to have 4 "
      "channels")
done()
