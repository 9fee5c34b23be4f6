# SPDX-License-Identifier: Apache-2.0
# compare: 4 digits
# The usual shape of a training script: dataset class, split, loaders, scheduler, validation,
# best state.
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, Dataset, random_split


class Waves(Dataset):
    def __init__(self, n):
        g = torch.Generator().manual_seed(7)
        self.x = torch.rand(n, 2, generator=g) * 2 - 1
        self.y = (torch.sin(3 * self.x[:, 0]) + self.x[:, 1] ** 2 > 0.3).long()

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


class Net(nn.Module):
    def __init__(self, sizes, p=0.0):
        super().__init__()
        layers = []
        for a, b in zip(sizes[:-2], sizes[1:-1]):
            layers += [nn.Linear(a, b), nn.BatchNorm1d(b), nn.ReLU(), nn.Dropout(p)]
        layers.append(nn.Linear(sizes[-2], sizes[-1]))
        self.net = nn.Sequential(*layers)

    def forward(self, x):
        return self.net(x)


def accuracy(model, loader):
    model.eval()
    right = total = 0
    with torch.no_grad():
        for x, y in loader:
            right += (model(x).argmax(dim=1) == y).sum().item()
            total += y.size(0)
    return right / total


torch.manual_seed(0)
train, valid = random_split(Waves(300), [240, 60])
loaders = {"train": DataLoader(train, batch_size=32, shuffle=True, drop_last=True),
           "valid": DataLoader(valid, batch_size=60)}
model = Net([2, 16, 16, 2], p=0.1)
criterion = nn.CrossEntropyLoss(label_smoothing=0.05)
optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4,
                      nesterov=True)
scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=4, gamma=0.5)
best, best_state, waited = 0.0, None, 0
for epoch in range(12):
    model.train()
    running = 0.0
    for i, (x, y) in enumerate(loaders["train"]):
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        running += loss.item() * x.size(0)
    scheduler.step()
    acc = accuracy(model, loaders["valid"])
    print(f"epoch {epoch + 1:2d} loss {running / len(train):.4f} valid {acc:.3f} "
          f"lr {scheduler.get_last_lr()[0]:.4f}")
    if acc > best:
        best, waited = acc, 0
        best_state = {k: v.clone() for k, v in model.state_dict().items()}
    else:
        waited += 1
        if waited == 5:
            print("stopped")
            break
model.load_state_dict(best_state)
print(f"{accuracy(model, loaders['valid']):.3f} {best:.3f}")
print(model)
