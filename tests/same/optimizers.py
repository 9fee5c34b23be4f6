# SPDX-License-Identifier: Apache-2.0
# compare: 4 digits
# Twenty steps of every optimizer in float32. Left out are the runs that swing so widely that
# the last bit of a sum shows in the third digit after twenty steps; float64 has them.
import torch
from optimizers_all import LBFGS_SETTINGS, SETTINGS, run

SETTINGS["NAdam"].remove(dict(lr=0.05, betas=(0.5, 0.9)))
LBFGS_SETTINGS.clear()
run(torch.float32, 4, 3)
