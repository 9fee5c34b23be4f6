# SPDX-License-Identifier: Apache-2.0
"""Devices in the language, on two emulated GPUs of 64 MiB. Run by adjoint; prints TAP."""
import torch
import torch.nn as nn

points = 0


def check(good, name):
    global points
    points += 1
    print('ok' if good else 'not ok', points, '-', name)


def refused(work):
    try:
        work()
    except Exception as error:
        return str(error)
    return ''


check(torch.cuda.is_available() and torch.cuda.device_count() == 2, 'two GPUs are found')
x = torch.arange(6.0, device='cuda').reshape(2, 3)
check(str(x.device) == 'cuda:0' and x.is_cuda, 'a tensor says where it is')
check(x.get_device() == 0, 'and by which number')
check(x.device == torch.device('cuda', 0), 'a device has a number')
check(repr(x[0]) == "tensor([0., 1., 2.], device='cuda:0')", 'it is printed')
check((x + 1).tolist() == [[1, 2, 3], [4, 5, 6]], 'numbers go along')
check((x * torch.tensor(2.0)).sum().item() == 30, 'so does a tensor without axes')
text = refused(lambda: x + torch.ones(3))
check('same device' in text and 'cuda:0 and cpu' in text, 'other tensors do not')
check(str(x.to('cuda:1').device) == 'cuda:1', 'from one GPU to the other')
check('cuda:0 and cuda:1' in refused(lambda: x + x.to('cuda:1')), 'two GPUs do not mix')
check('no cuda:2' in refused(lambda: torch.ones(1, device='cuda:2')), 'there is no third')
with torch.device('cuda:1'):
    check(str(torch.zeros(2).device) == 'cuda:1', 'with says where tensors are made')
check(str(torch.zeros(2).device) == 'cpu', 'and only inside')

w = torch.ones(3, requires_grad=True)
(w.to('cuda') * x).sum().backward()
check(w.grad.tolist() == [3, 5, 7] and not w.grad.is_cuda, 'gradients find their way back')


def losses(device):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(5, 8), nn.LayerNorm(8), nn.GELU(), nn.Dropout(0.1),
                        nn.Linear(8, 3)).to(device)
    step = torch.optim.AdamW(net.parameters(), lr=0.05)
    inputs, classes = torch.randn(16, 5).to(device), torch.randint(0, 3, (16,)).to(device)
    out = []
    for _ in range(5):
        step.zero_grad()
        loss = nn.functional.cross_entropy(net(inputs), classes)
        loss.backward()
        step.step()
        out.append(loss.item())
    return out


pairs = zip(losses('cpu'), losses('cuda'))
check(all(abs(a - b) < 1e-5 for a, b in pairs), 'a network learns the same on both')
table, far = torch.zeros(4, 2, device='cuda'), torch.tensor([9], device='cuda')
table.index_select(0, far)
text = refused(torch.cuda.synchronize)
check('index 9 is out of bounds' in text, 'a place outside is reported when the program waits')
check(torch.ones(2, device='cuda').sum().item() == 2, 'and the GPU goes on')
held = torch.zeros(10 << 20, dtype=torch.uint8, device='cuda')
text = refused(lambda: torch.zeros(60 << 20, dtype=torch.uint8, device='cuda'))
check('out of memory' in text and 'holds' in text, 'the largest holders are named')
check(torch.cuda.memory_allocated() >= 10 << 20, 'memory is counted')
check(held[:8].sum().item() == 0, 'what was held is still there')
print(f'1..{points}')
