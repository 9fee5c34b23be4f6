# SPDX-License-Identifier: Apache-2.0
# A GPT of four layers, its head tied to its embedding, learns for twenty steps from weights
# that a formula gives, in double and in single precision: the losses and the norms of its
# gradients agree with PyTorch's to 1e-4.
# compare: 5 digits
import math
import torch
import torch.nn as nn
import torch.nn.functional as F

WORDS, TIME, BATCH, WIDTH, HEADS, LAYERS = 37, 32, 4, 48, 4, 4


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1 = nn.LayerNorm(WIDTH)
        self.c_attn = nn.Linear(WIDTH, 3 * WIDTH)
        self.c_proj = nn.Linear(WIDTH, WIDTH)
        self.ln_2 = nn.LayerNorm(WIDTH)
        self.c_fc = nn.Linear(WIDTH, 4 * WIDTH)
        self.c_out = nn.Linear(4 * WIDTH, WIDTH)

    def attention(self, x):
        b, t, _ = x.shape
        q, k, v = [part.view(b, t, HEADS, WIDTH // HEADS).transpose(1, 2)
                   for part in self.c_attn(x).split(WIDTH, dim=2)]
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.c_proj(y.transpose(1, 2).reshape(b, t, WIDTH))

    def forward(self, x):
        x = x + self.attention(self.ln_1(x))
        return x + self.c_out(F.gelu(self.c_fc(self.ln_2(x)), approximate="tanh"))


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.wte = nn.Embedding(WORDS, WIDTH)
        self.wpe = nn.Embedding(TIME, WIDTH)
        self.h = nn.ModuleList([Block() for _ in range(LAYERS)])
        self.ln_f = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, WORDS, bias=False)
        self.head.weight = self.wte.weight

    def forward(self, x):
        y = self.wte(x) + self.wpe(torch.arange(x.shape[1]))
        for block in self.h:
            y = block(y)
        return self.head(self.ln_f(y))


def fill(net):
    """Weights from sines of the published size, smaller where a branch ends; norms at one."""
    with torch.no_grad():
        for k, (name, p) in enumerate(net.named_parameters()):
            if p.dim() > 1:
                ends = "c_proj" in name or "c_out" in name
                size = 0.05 / math.sqrt(2 * LAYERS) if ends else 0.05
                w = torch.sin(torch.arange(p.numel()).double() * 0.7 + k) * size * math.sqrt(2)
                p.copy_(w.reshape(p.shape))
            elif "ln" not in name:
                p.zero_()


def learn(dtype, digits):
    net = GPT().to(dtype)
    fill(net)
    decay = [p for p in net.parameters() if p.dim() > 1]
    rest = [p for p in net.parameters() if p.dim() < 2]
    optimizer = torch.optim.AdamW([{"params": decay, "weight_decay": 0.1},
                                   {"params": rest, "weight_decay": 0.0}],
                                  lr=3e-3, betas=(0.9, 0.95))
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 20, eta_min=3e-4)
    for step in range(20):
        loss = F.cross_entropy(net(codes[:, :-1]).reshape(-1, WORDS), codes[:, 1:].reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        print(f"{step + 1:2} {loss.item():.{digits}f} {norm.item():.{digits - 4}f}")
    print(len(decay), len(rest), sum(p.numel() for p in net.parameters()))


codes = (torch.arange(BATCH * (TIME + 1)) ** 2 % 101 % WORDS).reshape(BATCH, TIME + 1)
learn(torch.float64, 7)
learn(torch.float32, 6)
