# SPDX-License-Identifier: Apache-2.0
# compare: 4 digits
# A classifier of drawn digits: shuffled loader, Adam, 200 steps.
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(1)
strokes = (torch.rand(10, 784) > 0.95).float()
labels = torch.randint(0, 10, (1280,))
images = (strokes[labels] + 0.8 * torch.randn(1280, 784)).clamp(0, 1)
loader = DataLoader(TensorDataset(images, labels), batch_size=64, shuffle=True)

torch.manual_seed(42)
net = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
step = 0
for epoch in range(10):
    for x, y in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        step += 1
        if step <= 5 or step % 10 == 0:
            print(step, f"{loss.item():.4g}")
correct = (net(images).argmax(1) == labels).sum().item()
print("correct", correct, "of", len(labels))
