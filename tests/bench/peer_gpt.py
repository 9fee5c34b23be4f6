# SPDX-License-Identifier: Apache-2.0
# One training step of a GPT of four layers, 128 features, 128 positions, batch 8, AdamW.
# Prints the median time of one step in microseconds. Runs unchanged under CPython with PyTorch.
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

WORDS, T, WIDTH, HEADS = 65, 128, 128, 4


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x):
        b, t, _ = x.shape
        parts = self.qkv(self.norm1(x)).view(b, t, 3, HEADS, WIDTH // HEADS)
        q, k, v = parts.permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(y.transpose(1, 2).reshape(b, t, WIDTH))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.word, self.place = nn.Embedding(WORDS, WIDTH), nn.Embedding(T, WIDTH)
        self.blocks = nn.Sequential(*[Block() for _ in range(4)])
        self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, WORDS)

    def forward(self, x):
        return self.head(self.norm(self.blocks(self.word(x) + self.place(torch.arange(T)))))


torch.manual_seed(0)
net = GPT()
optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3)
x, y = torch.randint(0, WORDS, (8, T)), torch.randint(0, WORDS, (8 * T,))


def step():
    optimizer.zero_grad()
    F.cross_entropy(net(x).reshape(-1, WORDS), y).backward()
    optimizer.step()


step()
times = []
for batch in range(7):
    start = time.perf_counter()
    step()
    times.append(time.perf_counter() - start)
times.sort()
print(f"{times[3] * 1e6:.2f}")
