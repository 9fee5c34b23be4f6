# SPDX-License-Identifier: Apache-2.0
# Three models that PyTorch and adjoint both make from this text: ResNet-18 with torchvision's
# names (narrow, so that its file is small), a two-layer LSTM, a TransformerEncoder. Run as
#   models.py write FOLDER    draws weights and inputs, computes, writes them by name
#   models.py check FOLDER    loads what the other wrote and says whether it computes the same
import sys
import torch
from torch import nn

try:
    from safetensors.torch import load_file, save_file
except ImportError:
    load_file = torch.load

    def save_file(tensors, path):
        torch.save(tensors, path)


class BasicBlock(nn.Module):
    def __init__(self, inplanes, planes, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inplanes, planes, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = None
        if stride != 1 or inplanes != planes:
            self.downsample = nn.Sequential(
                nn.Conv2d(inplanes, planes, 1, stride=stride, bias=False),
                nn.BatchNorm2d(planes))

    def forward(self, x):
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(out + (x if self.downsample is None else self.downsample(x)))


class ResNet18(nn.Module):
    def __init__(self, width, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        planes = [width, width, 2 * width, 4 * width, 8 * width]
        for i in range(1, 5):
            setattr(self, 'layer' + str(i), nn.Sequential(
                BasicBlock(planes[i - 1], planes[i], 1 if i == 1 else 2),
                BasicBlock(planes[i], planes[i], 1)))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(8 * width, classes)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


class Sequences(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(5, 6, num_layers=2, bidirectional=True, batch_first=True)
        self.head = nn.Linear(12, 3)

    def forward(self, x):
        return self.head(self.lstm(x)[0])


def encoder():
    layer = nn.TransformerEncoderLayer(8, 2, dim_feedforward=16, batch_first=True)
    return nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)


def models():
    return [('resnet18', ResNet18(4, 10), torch.randn(2, 3, 32, 32)),
            ('lstm', Sequences(), torch.randn(2, 7, 5)),
            ('encoder', encoder(), torch.randn(2, 5, 8))]


def write(folder):
    for name, model, x in models():
        model(x)                       # running statistics that are not those of the start
        model.eval()
        with torch.no_grad():
            y = model(x)
        tensors = dict(model.state_dict())
        tensors['.input'], tensors['.output'] = x, y
        save_file({k: v.contiguous() for k, v in tensors.items()}, folder + '/' + name
                  + '.safetensors')


def check(folder):
    for name, model, _ in models():
        tensors = load_file(folder + '/' + name + '.safetensors')
        x, y = tensors.pop('.input'), tensors.pop('.output')
        order = [k for k in model.state_dict() if k in tensors]
        same_keys = len(order) == len(tensors) and len(order) == len(model.state_dict())
        model.load_state_dict(tensors)
        model.eval()
        with torch.no_grad():
            error = float((model(x) - y).abs().max() / y.abs().max())
        close = error < 1e-5
        print(name, 'same' if same_keys and close else 'differs', same_keys, close)


torch.manual_seed(0)
if sys.argv[1] == 'write':
    write(sys.argv[2])
else:
    check(sys.argv[2])
