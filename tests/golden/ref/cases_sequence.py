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

SDPA = "F.scaled_dot_product_attention(x0, x1, x2"
for op in ("scaled_dot_product_attention", "flash_attention"):
    for q, k, v in (("2,2,3,4", "2,2,5,4", "2,2,5,4"), ("3,4", "5,4", "5,2"),
                    ("2,3,4", "2,3,4", "2,3,4"), ("1,1,66,2", "1,1,130,2", "1,1,130,2"),
                    ("2,1,2,3,4", "2,1,2,3,4", "2,1,2,3,4")):
        big = 1 if "66" in q else 2
        specs = [f"f32 {q}", f"f32 {k}", f"f32 {v}"]
        case(op, SDPA + ")", *specs, order=big)
        case(op, SDPA + ", is_causal=True)", *specs, order=big)
        case(op, SDPA + ", scale=0.3)", *specs, order=1)
        rows = f"{q.split(',')[-2]},{k.split(',')[-2]}"
        case(op, SDPA + ", attn_mask=x3)", *specs, f"bool {rows}", order=big, tol=20)
        case(op, SDPA + ", x3)", *specs, f"f32 {rows}", order=big)
case("flash_attention", SDPA + ", enable_gqa=True)", "f32 2,4,3,2", "f32 2,2,3,2",
     "f32 2,2,3,2")
case("flash_attention", "F.scaled_dot_product_attention(x0.transpose(1, 2), "
     "x0.transpose(1, 2), x0.transpose(1, 2), is_causal=True).transpose(1, 2)", "f32 2,5,2,4")
case("flash_attention", SDPA + ")", "f64 2,2,3,4", "f64 2,2,5,4", "f64 2,2,5,4")
