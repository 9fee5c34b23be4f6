# SPDX-License-Identifier: Apache-2.0
"""Writes tests/golden/errors.cases: a line for each entry of
cases_errors.py, `op, exception, our kind or -, statements`, tab-separated. The exception is
PyTorch's; ours must be it or a kind of it. What PyTorch lets pass is reported and left out."""
import os
import warnings

import torch

from cases_errors import ERRORS

warnings.filterwarnings("ignore")
HERE = os.path.dirname(os.path.abspath(__file__))
BASE = (RuntimeError, IndexError, ValueError, TypeError, AttributeError, KeyError)

lines = []
for op, text, kind in ERRORS:
    try:
        exec(text, {"torch": torch, "F": torch.nn.functional, "nn": torch.nn})
        print(f"passes in PyTorch: {text}")
        continue
    except Exception as e:
        name = next((b.__name__ for b in BASE if isinstance(e, b)), type(e).__name__)
    lines.append(f"{op}\t{name}\t{kind or '-'}\t{text}\n")
with open(os.path.join(HERE, "..", "errors.cases"), "w") as f:
    f.writelines(lines)
print(f"errors: {len(lines)} cases")
