# SPDX-License-Identifier: Apache-2.0
"""Sequences: recurrent layers and attention."""
from table import rows

CASES, case = rows()

MAKE = "torch.manual_seed(3); m = nn.{}.to(x0.dtype); "
for op, kind in (("rnn_layer", "RNN"), ("gru_layer", "GRU"), ("lstm_layer", "LSTM")):
    for options, shape in (("(3, 2)", "4,2,3"), ("(3, 2, bias=False)", "1,2,3"),
                           ("(3, 2, 2, bidirectional=True)", "3,2,3"),
                           ("(3, 2, batch_first=True)", "2,4,3"), ("(1, 4)", "3,1")):
        case(op, MAKE.format(kind + options) + "m(x0)[0]", f"f32 {shape}")
        last = "m(x0)[1]" if kind != "LSTM" else "m(x0)[1][0] + m(x0)[1][1]"
        case(op, MAKE.format(kind + options) + last, f"f32 {shape}", order=1)
case("rnn_layer", MAKE.format("RNN(3, 2, nonlinearity='relu')") + "m(x0, x1)[0]", "f32 4,2,3",
     "f32 1,2,2")
case("gru_layer", MAKE.format("GRU(3, 2)") + "m(x0, x1)[0]", "f32 4,2,3", "f32 1,2,2")
case("lstm_layer", MAKE.format("LSTM(3, 4, proj_size=2)") + "m(x0, (x1, x2))[0]", "f32 4,2,3",
     "f32 1,2,2", "f32 1,2,4")
