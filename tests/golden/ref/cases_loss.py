# SPDX-License-Identifier: Apache-2.0
"""What the losses compute that cases_nn.py has not."""
from table import rows

CASES, case = rows()

for r in ("", ", reduction='sum'", ", reduction='none'"):
    case("margin_ranking_loss", f"F.margin_ranking_loss(x0, x1, x2.sign().detach(){r})",
         "f32 5", "f32 5", "f32 5")
    case("margin_ranking_loss", f"F.margin_ranking_loss(x0, x1, x2.sign().detach(), 0.3{r})",
         "f64 4,3", "f64 4,1", "f64 1,3")
    case("hinge_embedding_loss", f"F.hinge_embedding_loss(x0, x1.sign().detach(){r})",
         "f32 5", "f32 5")
    case("hinge_embedding_loss", f"F.hinge_embedding_loss(x0, x1.sign().detach(), 0.4{r})",
         "f64 4,3", "f64 4,3")
    case("soft_margin_loss", f"F.soft_margin_loss(x0, x1.sign().detach(){r})", "f32 4,3",
         "f32 4,3")
    case("multilabel_soft_margin_loss", f"F.multilabel_soft_margin_loss(x0, x1{r})", "f32 4,3",
         "f32 4,3 0 1")
    case("multilabel_soft_margin_loss", f"F.multilabel_soft_margin_loss(x0, x1, x2{r})",
         "f64 4,3", "f64 4,3 0 1", "f64 3 0.1 2")
    case("cosine_embedding_loss", f"F.cosine_embedding_loss(x0, x1, x2.sign().detach(){r})",
         "f32 5,3", "f32 5,3", "f32 5")
    case("triplet_margin_loss", f"F.triplet_margin_loss(x0, x1, x2{r})", "f32 5,3", "f32 5,3",
         "f32 5,3")
    case("triplet_distances_loss",  # what triplet_margin_loss makes of the distances
         f"F.triplet_margin_loss(x0, x1, x2, 0.5, p=3, eps=1e-4, swap=True{r})", "f64 5,3",
         "f64 5,3", "f64 5,3")
    case("multi_margin_loss", f"F.multi_margin_loss(x0, x1{r})", "f32 5,4", "i64 5 0 3",
         order=1)
    case("multi_margin_loss", f"F.multi_margin_loss(x0, x1, 2, 0.5, x2.detach(){r})",
         "f64 5,4", "i64 5 0 3", "f64 4 0.1 2", order=1)
    case("poisson_nll_loss", f"F.poisson_nll_loss(x0, x1{r})", "f32 4,3", "f32 4,3 0 5")
    case("poisson_nll_loss",
         f"F.poisson_nll_loss(x0, x1, log_input=False, full=True, eps=1e-4{r})",
         "f64 4,3 0.1 3", "f64 4,3 0 5")
    case("gaussian_nll_loss", f"F.gaussian_nll_loss(x0, x1, x2{r})", "f32 4,3", "f32 4,3",
         "f32 4,3 0.1 2")
    case("gaussian_nll_loss", f"F.gaussian_nll_loss(x0, x1, x2, full=True, eps=0.1{r})",
         "f64 4,3", "f64 4,3", "f64 4 0 2")
    case("multilabel_margin_loss", "F.multilabel_margin_loss(x0, torch.tensor([[3, 0, -1, 1], "
         f"[1, -1, 0, 0]]){r})", "f32 2,4", order=1)
