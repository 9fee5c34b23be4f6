# SPDX-License-Identifier: Apache-2.0
# compare: 4 digits
# A small causal transformer learns to copy: masks, einsum, layer norm, dropout, embedding,
# AdamW.
import math
import torch
import torch.nn as nn
import torch.nn.functional as F


class Head(nn.Module):
    def __init__(self, size, heads):
        super().__init__()
        assert size % heads == 0
        self.heads = heads
        self.qkv = nn.Linear(size, 3 * size)
        self.proj = nn.Linear(size, size)
        self.register_buffer("mask", torch.tril(torch.ones(16, 16)).bool())

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = self.qkv(x).split(C, dim=2)
        q, k, v = [t.view(B, T, self.heads, C // self.heads).transpose(1, 2) for t in (q, k, v)]
        att = (q @ k.transpose(-2, -1)) / math.sqrt(k.size(-1))
        att = att.masked_fill(~self.mask[:T, :T], float("-inf"))
        att = F.softmax(att, dim=-1)
        y = torch.einsum("bhts,bhsd->bhtd", att, v)
        return self.proj(y.transpose(1, 2).contiguous().view(B, T, C))


class Block(nn.Module):
    def __init__(self, size, heads):
        super().__init__()
        self.ln1 = nn.LayerNorm(size)
        self.att = Head(size, heads)
        self.ln2 = nn.LayerNorm(size)
        self.mlp = nn.Sequential(nn.Linear(size, 4 * size), nn.GELU(), nn.Linear(4 * size,
            size),
                                 nn.Dropout(0.1))

    def forward(self, x):
        x = x + self.att(self.ln1(x))
        return x + self.mlp(self.ln2(x))


class Model(nn.Module):
    def __init__(self, vocab, size=32, heads=4, layers=2):
        super().__init__()
        self.tok = nn.Embedding(vocab, size)
        self.pos = nn.Embedding(16, size)
        self.blocks = nn.Sequential(*[Block(size, heads) for _ in range(layers)])
        self.ln = nn.LayerNorm(size)
        self.head = nn.Linear(size, vocab, bias=False)
        self.apply(self.init)

    def init(self, m):
        if isinstance(m, (nn.Linear, nn.Embedding)):
            nn.init.normal_(m.weight, mean=0.0, std=0.05)
        if isinstance(m, nn.Linear) and m.bias is not None:
            nn.init.zeros_(m.bias)

    def forward(self, idx, targets=None):
        T = idx.size(1)
        x = self.tok(idx) + self.pos(torch.arange(T))
        logits = self.head(self.ln(self.blocks(x)))
        if targets is None:
            return logits, None
        return logits, F.cross_entropy(logits.view(-1, logits.size(-1)), targets.reshape(-1))


torch.manual_seed(1337)
model = Model(11)
print(sum(p.numel() for p in model.parameters()))
decay = [p for p in model.parameters() if p.dim() >= 2]
rest = [p for p in model.parameters() if p.dim() < 2]
optimizer = torch.optim.AdamW([{"params": decay, "weight_decay": 0.1},
                               {"params": rest, "weight_decay": 0.0}], lr=3e-3,
                              betas=(0.9, 0.95))
for step in range(60):
    x = torch.randint(0, 11, (16, 12))
    x[:, 6:] = x[:, :6]
    logits, loss = model(x[:, :-1], x[:, 1:])
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    if step % 10 == 0 or step == 59:
        print(step, f"{loss.item():.4f}")
model.eval()
with torch.no_grad():
    logits, _ = model(torch.arange(6)[None])
    print(logits.shape, logits[0, -1].argmax().item())
