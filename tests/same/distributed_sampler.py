# SPDX-License-Identifier: Apache-2.0
# The shares of a data set that several processes see.
import torch
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.data.distributed import DistributedSampler

data = TensorDataset(torch.arange(11))
for shuffle in (False, True):
    for drop_last in (False, True):
        samplers = [DistributedSampler(data, num_replicas=4, rank=r, shuffle=shuffle, seed=3,
                                       drop_last=drop_last) for r in range(4)]
        for epoch in range(2):
            for s in samplers:
                s.set_epoch(epoch)
            shares = [list(s) for s in samplers]
            print(shuffle, drop_last, epoch, shares, [len(s) for s in samplers])
few = DistributedSampler(TensorDataset(torch.arange(2)), num_replicas=5, rank=4, shuffle=False)
print(list(few), len(few))
loader = DataLoader(data, batch_size=2, sampler=samplers[1])
print([batch[0].tolist() for batch in loader], len(loader))
try:
    DistributedSampler(data, num_replicas=2, rank=2)
except ValueError as e:
    print(e)
