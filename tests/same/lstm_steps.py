# SPDX-License-Identifier: Apache-2.0
# A model of letters (embedding, two layers of LSTM, a head) learns for twenty steps
# from weights that a formula gives, its state carried from piece to piece, in double and in
# single precision: the losses agree with PyTorch's to 1e-4.
# compare: 5 digits
import torch
import torch.nn as nn
import torch.nn.functional as F

text = ("friends, romans, countrymen, lend me your ears; i come to bury caesar, not to praise "
        "him. the evil that men do lives after them; the good is oft interred with their "
        "bones; so let it be with caesar. ") * 4
letters = sorted(set(text))
number = {c: i for i, c in enumerate(letters)}
BATCH, TIME, WIDTH = 4, 16, 32


class LetterModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(len(letters), 16)
        self.lstm = nn.LSTM(16, WIDTH, num_layers=2, batch_first=True)
        self.head = nn.Linear(WIDTH, len(letters))

    def forward(self, x, state=None):
        y, state = self.lstm(self.embed(x), state)
        return self.head(y), state


def fill(net):
    """Weights from sines, as large as PyTorch would draw them."""
    with torch.no_grad():
        for k, p in enumerate(net.parameters()):
            w = torch.sin(torch.arange(p.numel()).double() * 0.7 + k) / WIDTH ** 0.5
            p.copy_(w.reshape(p.shape))
        net.embed.weight.mul_(4)


def learn(dtype):
    net = LetterModel().to(dtype)
    fill(net)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    state = None
    for step in range(20):
        at = step % ((row - 1) // TIME) * TIME
        x, y = codes[:, at:at + TIME], codes[:, at + 1:at + TIME + 1]
        logits, state = net(x, state)
        state = tuple(s.detach() for s in state)
        loss = F.cross_entropy(logits.reshape(-1, len(letters)), y.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(net.parameters(), 0.5)
        optimizer.step()
        print(f"{step + 1:2} {loss.item():.7f} {norm.item():.6f}")
    print(f"{state[0].sum().item():.6f} {state[1].abs().sum().item():.6f}")


row = len(text) // BATCH
codes = torch.tensor([number[c] for c in text[:row * BATCH]]).reshape(BATCH, row)
print(len(letters), sum(p.numel() for p in LetterModel().parameters()))
learn(torch.float64)
learn(torch.float32)
