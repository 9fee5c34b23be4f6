# SPDX-License-Identifier: Apache-2.0
# compare: 4 digits
# Predict the next letter: strings, dictionaries, embedding, cross-entropy, sampling.
import torch
import torch.nn as nn
import torch.nn.functional as F

names = "emma olivia ava isabella sophia charlotte mia amelia harper evelyn abigail emily"
words = names.split()
letters = sorted(set("".join(words)))
stoi = {c: i + 1 for i, c in enumerate(letters)}
stoi["."] = 0
itos = {i: c for c, i in stoi.items()}
print(len(words), len(itos), "".join(letters))

counts = torch.zeros(len(itos), len(itos), dtype=torch.int64)
for w in words:
    for a, b in zip("." + w, w + "."):
        counts[stoi[a], stoi[b]] += 1
print(counts.sum().item(), counts[0])
probabilities = (counts + 1).float()
probabilities /= probabilities.sum(1, keepdim=True)
g = torch.Generator().manual_seed(2147483647)
for k in range(4):
    out = []
    i = 0
    while True:
        i = torch.multinomial(probabilities[i], num_samples=1, replacement=True,
                              generator=g).item()
        if i == 0 or len(out) > 20:
            break
        out.append(itos[i])
    print("".join(out))

block = 3
X, Y = [], []
for w in words:
    context = [0] * block
    for c in w + ".":
        X.append(context)
        Y.append(stoi[c])
        context = context[1:] + [stoi[c]]
X = torch.tensor(X)
Y = torch.tensor(Y)
print(X.shape, Y.shape, X[4])
torch.manual_seed(10)
C = nn.Embedding(len(itos), 4)
net = nn.Sequential(nn.Linear(4 * block, 32), nn.Tanh(), nn.Linear(32, len(itos)))
parameters = list(C.parameters()) + list(net.parameters())
print(sum(p.nelement() for p in parameters))
for step in range(60):
    batch = torch.randint(0, X.shape[0], (16,))
    logits = net(C(X[batch]).view(16, -1))
    loss = F.cross_entropy(logits, Y[batch])
    for p in parameters:
        p.grad = None
    loss.backward()
    for p in parameters:
        p.data += -0.1 * p.grad
    if step % 10 == 0:
        print(step, f"{loss.item():.4g}")
