# SPDX-License-Identifier: Apache-2.0
# Image transforms: the same pixels, the same random numbers, the same sentences.
import torch
from torchvision import transforms
from torchvision.transforms import functional as TF

torch.manual_seed(0)
img = torch.rand(3, 6, 8)
grey = torch.arange(20.).reshape(1, 4, 5)
small = torch.arange(6.).reshape(1, 2, 3)


def show(name, x):
    weights = torch.arange(1., x.numel() + 1).reshape(x.shape) / x.numel()
    print(f"{name} {tuple(x.shape)} {x.mean().item():.4f} {(x * weights).mean().item():.4f}")


show("normalize", TF.normalize(img, [0.5, 0.4, 0.3], [0.1, 0.2, 0.3]))
show("normalize one", transforms.Normalize(0.5, 0.5)(img))
print(TF.hflip(small).tolist(), TF.vflip(small).tolist())
for size in (2, (3, 2), 4, 7, (1, 8)):
    print("center", size, TF.center_crop(grey, size).tolist())
print(TF.crop(grey, 1, 2, 2, 3).tolist(), TF.crop(grey, -1, -1, 3, 3).tolist())
print(TF.pad(small, 1).tolist(), TF.pad(small, [1, 0, 2, 1], fill=9).tolist())
for mode in ("edge", "reflect", "symmetric"):
    print(mode, TF.pad(small, [2, 1], padding_mode=mode).tolist())
for size in (3, 12, (9, 4), (6, 8), (3, 16), (5, 5)):
    show(f"resize {size}", TF.resize(img, size))
    show(f"resize plain {size}", TF.resize(img, size, antialias=False))
    show(f"nearest {size}", TF.resize(img, size, transforms.InterpolationMode.NEAREST))
show("resize max", transforms.Resize(5, max_size=6)(img))
for angle in (0, 10, 45, 90, -30):
    show(f"rotate {angle}", TF.rotate(img, angle))
    show(f"rotate smooth {angle}", TF.rotate(img, angle, transforms.InterpolationMode.BILINEAR))
BILINEAR = transforms.InterpolationMode.BILINEAR
show("affine", TF.affine(img, 20, [1, 2], 1.2, [5.0, 10.0]))
show("affine smooth", TF.affine(img, 20, [1, 2], 1.2, [5.0, 10.0], interpolation=BILINEAR))
show("affine fill", TF.affine(img, 20, [1, 2], 0.7, [5.0, 10.0],
                                interpolation=BILINEAR, fill=0.5))
show("affine fill", TF.affine(img, 20, [1, 2], 0.7, [5.0, 10.0], fill=[0.5, 0.1, 0.2]))
show("affine centre", TF.affine(img, 20, [0, 0], 1.0, [0.0, 0.0], center=[2, 3]))

torch.manual_seed(5)
for t in (transforms.RandomHorizontalFlip(), transforms.RandomVerticalFlip(0.7),
          transforms.RandomCrop(4), transforms.RandomCrop((3, 5), padding=2),
          transforms.RandomCrop(10, pad_if_needed=True, padding_mode="edge"),
          transforms.RandomCrop((6, 8)),
          transforms.RandomAffine(15), transforms.RandomAffine((10, 40), translate=(0.2, 0.3)),
          transforms.RandomAffine(0, scale=(0.5, 1.5), shear=10),
          transforms.RandomAffine(5, (0.1, 0.1), (0.9, 1.1), (-5, 5, -8, 8), fill=1),
          transforms.RandomRotation(30), transforms.RandomRotation((10, 20)),
          transforms.RandomApply([transforms.RandomHorizontalFlip(1.0)], 0.4)):
    for turn in range(3):
        show(type(t).__name__, t(img))
print(torch.rand(1).item())

both = transforms.Compose([transforms.RandomCrop(4, padding=1),
                           transforms.RandomHorizontalFlip(),
                           transforms.Lambda(lambda x: x * 2),
                           transforms.Normalize([0.5], [0.25])])
print(both)
show("compose", both(img))
print(transforms.CenterCrop(3), transforms.Pad(2), transforms.ToTensor())


def fails(f):
    try:
        f()
    except Exception as e:
        print(type(e).__name__, e)


fails(lambda: TF.normalize(img, 0.5, 0.0))
fails(lambda: TF.normalize(img.long(), 0.5, 0.5))
fails(lambda: transforms.RandomCrop(10)(img))
fails(lambda: transforms.Pad(1, padding_mode="around"))
fails(lambda: transforms.RandomAffine(-1))
fails(lambda: transforms.RandomAffine(1, translate=(2, 0)))
fails(lambda: transforms.RandomAffine(1, scale=(0, 1)))
fails(lambda: TF.affine(img, 1, [0, 0], -1, [0, 0]))
fails(lambda: transforms.Resize(5, max_size=4)(img))
fails(lambda: transforms.Lambda(3))
