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

IN = "F.instance_norm(x0"
for shape in ("2,3,4", "3,2,2,3", "2,2,2,2,2"):
    c = shape.split(",")[1]
    run = [f"f32 {c}", f"f32 {c} 0.5 2", f"f32 {c}", f"f32 {c}"]
    wide = [s.replace("f32", "f64") for s in run]
    case("instance_norm", f"{IN})", f"f32 {shape}")
    case("instance_norm", f"{IN}, weight=x1, bias=x2, eps=0.1)", f"f64 {shape}", f"f64 {c}",
         f"f64 {c}")
    case("instance_norm", "m = x1.detach().clone(); v = x2.detach().clone(); "
         f"[{IN}, m, v, x3, x4, momentum=0.3), m, v]", f"f32 {shape}", *run)
    case("instance_norm", f"{IN}, x1.detach(), x2.detach(), x3, x4, False)", f"f64 {shape}",
         *wide)
    case("local_response_norm", "F.local_response_norm(x0, 2)", f"f32 {shape}")
    case("local_response_norm", "F.local_response_norm(x0, 3, 0.5, 0.6, k=2.0)", f"f64 {shape}")
