# SPDX-License-Identifier: Apache-2.0
# Datasets, samplers, collation and loaders: the same items, orders and sentences.
import torch
from torch.utils.data import *
class Squares(Dataset):
    def __init__(self, n): self.n = n
    def __len__(self): return self.n
    def __getitem__(self, i): return i * i, {"x": torch.tensor([float(i), 1.0]), "name": str(i)}
for b in DataLoader(Squares(5), batch_size=2): print(b)
torch.manual_seed(3)
data = TensorDataset(torch.arange(20.).reshape(10, 2), torch.arange(10))
for k in (0, 1):
    for x, y in DataLoader(data, batch_size=3, shuffle=True):
        print(y.tolist(), x[:, 0].tolist())
samplers = [
    RandomSampler(range(7)), RandomSampler(range(7), replacement=True, num_samples=40),
    RandomSampler(range(5), num_samples=12), SubsetRandomSampler([3, 5, 9, 1]),
    WeightedRandomSampler([0.1, 0.5, 0.4, 0.9], 10),
    WeightedRandomSampler([0.1, 0.5, 0.4, 0.9], 3, replacement=False),
    SequentialSampler(range(4)), BatchSampler(SequentialSampler(range(7)), 3, False),
    BatchSampler(SequentialSampler(range(7)), 3, True)]
for s in samplers:
    print(type(s).__name__, len(s), list(s))
g = torch.Generator().manual_seed(5)
print(list(RandomSampler(range(6), generator=g)))
print(list(SubsetRandomSampler(range(6), generator=g)))
print(list(WeightedRandomSampler([1., 2., 3.], 5, generator=g)))
weighted = WeightedRandomSampler([1.] * 5 + [9.] * 5, 6)
for x, y in DataLoader(data, batch_size=4, sampler=weighted):
    print(y.tolist())
for x, y in DataLoader(data, batch_sampler=[[0, 1, 2], [9], [4, 4]]): print(y.tolist())
print(len(DataLoader(data, batch_sampler=[[0], [1]])), len(DataLoader(data, batch_size=3)))
print(len(DataLoader(data, batch_size=3, drop_last=True)))
class Stream(IterableDataset):
    def __init__(self, a, b): self.a, self.b = a, b
    def __iter__(self): return iter(range(self.a, self.b))
for b in DataLoader(Stream(3, 10), batch_size=3): print(b)
for b in DataLoader(Stream(3, 10), batch_size=3, drop_last=True): print(b)
for b in DataLoader(Stream(3, 6), batch_size=None): print(b)
print(list(ChainDataset([Stream(0, 2), Stream(5, 7)])))
c = ConcatDataset([Squares(3), [10, 20]])
print(len(c), c[3], c[-1], c[1][0], c.cumulative_sizes)
print([t.tolist() for t in DataLoader(ConcatDataset([[1, 2, 3], [4, 5]]), batch_size=2)])
print(StackDataset([1, 2], [3, 4])[1], StackDataset(a=[1, 2], b=[3, 4])[0])
for b in DataLoader([(1, (2.5, "a")), (3, (4.5, "b"))], batch_size=2): print(b)
print(default_collate([1, 2]), default_collate([True, False]), default_collate(["a", "b"]))
print(default_collate([[1, 2], [3, 4]]))
print(list(DataLoader([5, 6, 7], batch_size=2, collate_fn=lambda b: sum(b))))
print(list(DataLoader([5, 6, 7], batch_size=None)))
a, b = random_split(data, [7, 3], generator=torch.Generator().manual_seed(42))
print(a.indices, b.indices)
own = torch.Generator().manual_seed(1)
for x, y in DataLoader(a, batch_size=4, shuffle=True, generator=own):
    print(y.tolist(), x.shape)
print([len(s) for s in random_split(range(11), [0.5, 0.25, 0.25])])
from collections import namedtuple
P = namedtuple("P", ["x", "y"])
for b in DataLoader([P(1, 2.0), P(3, 4.0)], batch_size=2): print(type(b).__name__, b.x, b.y)
def fails(f):
    try:
        f()
    except Exception as e:
        print(type(e).__name__, e)
fails(lambda: DataLoader(data, batch_size=0))
fails(lambda: DataLoader(data, shuffle=True, sampler=[1]))
fails(lambda: DataLoader(data, batch_size=2, batch_sampler=[[1]]))
fails(lambda: DataLoader(data, batch_size=None, drop_last=True))
fails(lambda: DataLoader(Stream(0, 1), sampler=[1]))
fails(lambda: RandomSampler(range(3), num_samples=0))
fails(lambda: BatchSampler(range(3), 0, False))
fails(lambda: TensorDataset(torch.zeros(3), torch.zeros(2)))
fails(lambda: random_split(range(5), [2, 2]))
fails(lambda: list(DataLoader([[1], [1, 2]], batch_size=2)))
fails(lambda: ConcatDataset([]))
torch.manual_seed(11)
it = iter(DataLoader(data, batch_size=4, shuffle=True))
print(next(it)[1].tolist(), torch.rand(2).tolist(), next(it)[1].tolist())
