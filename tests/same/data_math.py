# SPDX-License-Identifier: Apache-2.0
# compare: 4 digits
# Statistics and geometry with tensors: k-means, PCA by power iteration, nearest neighbours,
# histograms.
import torch
import torch.nn.functional as F

torch.manual_seed(3)
centres = torch.tensor([[0.0, 0.0], [4.0, 0.0], [2.0, 3.0]])
labels = torch.arange(3).repeat_interleave(20)
points = centres[labels] + 0.6 * torch.randn(60, 2)

guess = points[torch.randperm(60)[:3]].clone()
for step in range(6):
    nearest = torch.cdist(points, guess).argmin(dim=1)
    for k in range(3):
        if (nearest == k).any():
            guess[k] = points[nearest == k].mean(0)
order = guess[:, 0].argsort()
print(guess[order])
print(torch.bincount(nearest, minlength=3)[order])

x = points - points.mean(0)
c = x.t() @ x / (len(x) - 1)
v = torch.ones(2)
for step in range(50):
    v = F.normalize(c @ v, dim=0)
print(c.diag(), v.abs(), f"{(v @ c @ v).item():.4f}")

d = torch.cdist(points, points)
d.fill_diagonal_(float("inf"))
near = d.topk(3, largest=False)
vote = labels[near.indices].mode(dim=1).values
print((vote == labels).float().mean().item(), near.values.mean())
print(torch.histc(points[:, 0], bins=5, min=-2, max=6), points.var(0), points.std(0,
    unbiased=False))
print(points[:, 0].median(), points.quantile(0.25), points.amax(0), points.aminmax())
m = torch.zeros(3, 3, dtype=torch.int64)
m.index_put_((labels, vote), torch.ones(60, dtype=torch.int64), accumulate=True)
print(m)
one = F.one_hot(labels, 3)
print(one.sum(0), (one.float().t() @ points / 20))
print(torch.corrcoef(points.t()), torch.cov(points.t()))
s, i = points.norm(dim=1).sort(descending=True)
print(s[:3], i[:3], torch.cumsum(s, 0)[-1], s.diff()[:3])
halves = (points[:, 0] * 2).round().int()
u, inv, n = torch.unique(halves, return_inverse=True, return_counts=True)
print(u, inv[:10], n)
a, b = torch.meshgrid(torch.linspace(-1, 1, 3), torch.linspace(0, 1, 2), indexing="ij")
print(torch.stack([a, b], -1).reshape(-1, 2))
print(F.cosine_similarity(points[:3], points[3:6]), F.pairwise_distance(points[:3],
    points[3:6]))
print(torch.logsumexp(points, 1)[:3], torch.softmax(points[:2], dim=1),
      points.softmax(-1).argmax(1)[:8])
print(torch.searchsorted(torch.tensor([0.0, 1.0, 2.0]), points[:5, 0].contiguous()),
      torch.bucketize(points[:4, 1].contiguous(), torch.tensor([0.0, 1.0])))
print(torch.where(points > 1, points, torch.zeros_like(points))[:2],
      points[points[:, 0] > 4][:2], points.clamp(0, 1)[:2])
