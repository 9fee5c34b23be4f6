# SPDX-License-Identifier: Apache-2.0
"""What the normalisations compute that cases_nn.py has not."""
from table import rows

CASES, case = rows()

for shape, groups in (("2,8", 2), ("3,4,5", 2), ("2,6,3,2", 3), ("2,4,2,3,2", 4),
                      ("2,4,3", 1)):
    c = shape.split(",")[1]
    case("group_norm", f"F.group_norm(x0, {groups})", f"f32 {shape}")
    case("group_norm", f"F.group_norm(x0, {groups}, x1, x2)", f"f32 {shape}", f"f32 {c}",
         f"f32 {c}")
    case("group_norm", f"F.group_norm(x0, {groups}, weight=x1, eps=0.1)", f"f64 {shape}",
         f"f64 {c}")
case("group_norm", "F.group_norm(x0.transpose(0, 1), 2, x1, x2, 0.01)", "f32 4,2,3", "f32 4",
     "f32 4")
case("group_norm", "F.group_norm(x0, 2, x1, x2)", "f32 0,4,3", "f32 4", "f32 4", order=1)
