# SPDX-License-Identifier: Apache-2.0
# The order in which loaders and splits hand out their items.
import torch
from torch.utils.data import DataLoader, Dataset, Subset, TensorDataset, random_split

torch.manual_seed(0)
data = TensorDataset(torch.arange(10))
for epoch in range(2):
    print([batch[0].tolist() for batch in DataLoader(data, batch_size=4, shuffle=True)])
loader = DataLoader(data, batch_size=4, shuffle=True, drop_last=True)
print(len(loader), [batch[0].tolist() for batch in loader])
print([batch[0].tolist() for batch in DataLoader(data, batch_size=6)])
generator = torch.Generator().manual_seed(9)
loader = DataLoader(data, batch_size=5, shuffle=True, generator=generator)
for epoch in range(2):
    print([batch[0].tolist() for batch in loader])
a, b = random_split(data, [7, 3])
print(a.indices, b.indices)
print([int(v[0]) for v in b])
print(len(a), a[0])
a, b, c = random_split(range(11), [0.5, 0.3, 0.2], generator=torch.Generator().manual_seed(1))
print(list(a), list(b), list(c))
print(torch.rand(2))
print([v[0].item() for v in Subset(data, [3, 1, 4])])


class Squares(Dataset):
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        return torch.tensor([float(i), float(i * i)]), i % 2


for x, y in DataLoader(Squares(5), batch_size=2, shuffle=True):
    print(x, y)
for x, y in DataLoader(Squares(3), batch_size=2):
    print(x.shape, y.tolist())
x, y = next(iter(DataLoader(Squares(4), batch_size=3, shuffle=True)))
print(x, y)
xs = TensorDataset(torch.arange(6.0).view(3, 2), torch.tensor([0, 1, 2]))
print(len(xs), xs[1])
for x, y in DataLoader(xs, batch_size=None):
    print(x, y)
