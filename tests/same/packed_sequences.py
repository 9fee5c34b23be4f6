# SPDX-License-Identifier: Apache-2.0
# Sequences of several lengths: packing, padding, and recurrent layers on them.
import torch
import torch.nn as nn
from torch.nn.utils.rnn import (pack_padded_sequence, pack_sequence, pad_packed_sequence,
                                pad_sequence, unpack_sequence, unpad_sequence)

torch.manual_seed(1)
parts = [torch.randn(n, 3) for n in (2, 5, 3)]
print(pad_sequence(parts).shape)
print(pad_sequence(parts, batch_first=True, padding_value=-1.0)[0, :, 0])
packed = pack_sequence(parts, enforce_sorted=False)
print(packed.data.shape, packed.batch_sizes, packed.sorted_indices, packed.unsorted_indices)
padded, lengths = pad_packed_sequence(packed)
again = unpack_sequence(packed)
print(padded.shape, lengths, [torch.equal(a, b) for a, b in zip(parts, again)])
print(pad_packed_sequence(packed, batch_first=True, total_length=6)[0].shape)
print([u.shape for u in unpad_sequence(padded.clone(), lengths)])

for layer in (nn.RNN(3, 4), nn.GRU(3, 4, 2, bidirectional=True),
              nn.LSTM(3, 4, 2, bidirectional=True)):
    y, last = layer(packed)
    out, n = pad_packed_sequence(y)
    print(type(layer).__name__, out.shape, n.tolist(), f"{out.sum().item():.4f}")
    h = last[0] if isinstance(last, tuple) else last
    print([f"{v:.4f}" for v in h.sum(-1).flatten().tolist()])
    # each sequence alone gives the same
    alone = [layer(p[:, None])[0][:, 0] for p in parts]
    print([torch.allclose(a, b, atol=1e-5) for a, b in zip(alone, unpack_sequence(y))])
    layer.zero_grad()
    (out ** 2).sum().backward()
    print([f"{p.grad.norm().item():.3f}" for p in list(layer.parameters())[:4]])

lstm = nn.LSTM(3, 4)
state = (torch.randn(1, 3, 4), torch.randn(1, 3, 4))
y, (h, c) = lstm(packed, state)
print([f"{v:.4f}" for v in h.sum(-1).flatten().tolist() + c.sum(-1).flatten().tolist()])
for action in (lambda: pack_padded_sequence(padded, [5, 3]),
               lambda: pack_padded_sequence(padded, [2, 5, 3]),
               lambda: pack_padded_sequence(padded, [5, 3, 0])):
    try:
        action()
    except RuntimeError as e:
        print(str(e)[:60])
