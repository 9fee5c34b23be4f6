# SPDX-License-Identifier: Apache-2.0
"""Recurrent layers and their cells."""

from layers import case, done, fails, nn, torch

x = lambda: torch.randn(5, 3, 4)
last = lambda: torch.randn(3, 5, 4)

for kind in ("RNN", "GRU", "LSTM"):
    make = getattr(nn, kind)
    state = (lambda *s: [torch.randn(*s), torch.randn(*s)]) if kind == "LSTM" else (
        lambda *s: [torch.randn(*s)])
    run = (lambda m, x, h, c: m(x, (h, c))) if kind == "LSTM" else (lambda m, x, h: m(x, h))
    case(kind, lambda: make(4, 3), lambda: [x()])
    case(kind, lambda: make(4, 3, num_layers=2), lambda: [x()] + state(2, 3, 3), call=run)
    case(kind, lambda: make(4, 3, num_layers=2, bidirectional=True),
         lambda: [x()] + state(4, 3, 3), call=run)
    case(kind, lambda: make(4, 3, bias=False, batch_first=True),
         lambda: [last()] + state(1, 3, 3), call=run)
    case(kind, lambda: make(4, 2, 3, batch_first=True, bidirectional=True), lambda: [last()])
    case(kind, lambda: make(4, 3, bidirectional=True), lambda: [torch.randn(5, 4)])
    case(kind, lambda: make(4, 3), lambda: [torch.randn(5, 4)] + state(1, 3), call=run)
    fails(kind, lambda: make(4, 3)(torch.randn(5, 3, 6)), RuntimeError,
          "input.size(-1) must be equal to input_size. Expected 4, got 6")
    fails(kind, lambda: make(4, 3)(torch.randn(4)), ValueError,
          f"{kind}: Expected input to be 2D or 3D, got 1D")
    fails(kind, lambda: make(0, 3), ValueError, "input_size must be")

case("RNN", lambda: nn.RNN(4, 3, nonlinearity="relu"), lambda: [x()])
case("RNN", lambda: nn.RNN(4, 3, 2, "relu", bias=False), lambda: [x()])
case("LSTM", lambda: nn.LSTM(4, 5, proj_size=2), lambda: [x()])
case("LSTM", lambda: nn.LSTM(4, 5, num_layers=2, proj_size=2, bidirectional=True, bias=False),
     lambda: [x(), torch.randn(4, 3, 2), torch.randn(4, 3, 5)],
     call=lambda m, x, h, c: m(x, (h, c)))
case("LSTM dropout of evaluation", lambda: nn.LSTM(4, 3, 2, dropout=0.5).eval(), lambda: [x()])
case("LSTM one step", lambda: nn.LSTM(4, 3), lambda: [torch.randn(1, 2, 4)])
case("LSTM of several sizes", lambda: nn.LSTM(17, 33), lambda: [torch.randn(7, 19, 17)],
     second=False)

row = lambda *s: (lambda: [torch.randn(*n) for n in s])
case("RNNCell", lambda: nn.RNNCell(4, 3), row((2, 4)))
case("RNNCell", lambda: nn.RNNCell(4, 3), row((2, 4), (2, 3)))
case("RNNCell", lambda: nn.RNNCell(4, 3, nonlinearity="relu"), row((2, 4), (2, 3)))
case("RNNCell", lambda: nn.RNNCell(4, 3, bias=False), row((2, 4), (2, 3)))
case("RNNCell", lambda: nn.RNNCell(4, 3), row((4,), (3,)))
case("GRUCell", lambda: nn.GRUCell(4, 3), row((2, 4)))
case("GRUCell", lambda: nn.GRUCell(4, 3), row((2, 4), (2, 3)))
case("GRUCell", lambda: nn.GRUCell(4, 3, bias=False), row((2, 4), (2, 3)))
case("GRUCell", lambda: nn.GRUCell(1, 6), row((5, 1), (5, 6)))
case("GRUCell", lambda: nn.GRUCell(4, 3), row((4,), (3,)))
pair = lambda m, x, h, c: m(x, (h, c))
case("LSTMCell", lambda: nn.LSTMCell(4, 3), row((2, 4)))
case("LSTMCell", lambda: nn.LSTMCell(4, 3), row((2, 4), (2, 3), (2, 3)), call=pair)
case("LSTMCell", lambda: nn.LSTMCell(4, 3, bias=False), row((2, 4), (2, 3), (2, 3)), call=pair)
case("LSTMCell", lambda: nn.LSTMCell(1, 6), row((5, 1), (5, 6), (5, 6)), call=pair)
case("LSTMCell", lambda: nn.LSTMCell(4, 3), row((4,), (3,), (3,)), call=pair)
fails("LSTMCell", lambda: nn.LSTMCell(4, 3)(torch.randn(2, 5)), RuntimeError, "input_size")
fails("GRUCell", lambda: nn.GRUCell(4, 3)(torch.randn(1, 2, 4)), ValueError,
      "Expected input to be 1D or 2D, got 3D")
done()
