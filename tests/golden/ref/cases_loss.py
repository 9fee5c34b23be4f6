# SPDX-License-Identifier: Apache-2.0
"""What the losses compute that cases_nn.py has not."""
import torch

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

# Tables of vectors, and functions that draw.
for spec in ("i64 5 0 3", "i64 2,3 0 3", "i64 - 2 2"):
    case("embedding_rows", "F.embedding(x0, x1, 1, scale_grad_by_freq=True)", spec, "f32 4,3",
         order=1)
    case("embedding", "F.embedding(x0, x1.detach().clone(), max_norm=0.7)", spec, "f64 4,3")
for mode in ("sum", "mean", "max"):
    case("embedding_bag", f"F.embedding_bag(x0, x1, mode='{mode}')", "i64 2,3 0 3", "f32 4,3",
         order=1)
    case("embedding_bag", "F.embedding_bag(x0, x1, torch.tensor([0, 2, 2]), padding_idx=1, "
         f"mode='{mode}')", "i64 6 0 3", "f64 4,3", order=1)
case("embedding_bag", "F.embedding_bag(x0, x1, torch.tensor([0, 2, 6]), mode='sum', "
     "per_sample_weights=x2, include_last_offset=True)", "i64 6 0 3", "f32 4,3", "f32 6",
     order=1)
case("rrelu", "F.rrelu(x0, 0.2, 0.4)", "f32 3,4")
case("rrelu", "F.rrelu(x0)", "f64 5")
case("rrelu", "torch.manual_seed(3); F.rrelu(x0, 0.3, 0.6, training=True)", "f64 3,4")
for shape in ("3,4", "5", "2,3,2"):
    case("gumbel_softmax", "F.gumbel_softmax(x0, tau=0.5).sum(-1)", f"f32 {shape}", order=0)

# Sequences. The transform of real rows stands in torch under the name it has in the language.
torch.rfft_real = lambda x, n=None: torch.view_as_real(torch.fft.rfft(x, n))


def rfft_real_t(x, n):
    rows = torch.view_as_real(torch.fft.rfft(torch.eye(n, dtype=x.dtype)))
    return (rows * x.unsqueeze(-3)).sum((-1, -2))


torch.rfft_real_t = rfft_real_t
for r in ("", ", reduction='sum'", ", reduction='none'"):
    case("ctc_loss", "F.ctc_loss(F.log_softmax(x0, -1), torch.tensor([[1, 2, 2], [3, 1, 0]]), "
         f"(7, 5), (3, 2){r})", "f32 7,2,4", order=1)
    case("ctc_loss", "F.ctc_loss(F.log_softmax(x0, -1), torch.tensor([0, 2, 2, 3, 0]), "
         f"torch.tensor([7, 6]), torch.tensor([3, 2]), blank=1{r})", "f64 7,2,4", order=1)
for n in ("", ", 8", ", n=3", ", 11", ", 1"):
    case("rfft_real", f"torch.rfft_real(x0{n})", "f32 2,6")
    case("rfft_real", f"torch.rfft_real(x0.t(){n})", "f64 5,3")
for n, places in ((6, 4), (7, 4), (8, 5)):
    case("rfft_real_t", f"torch.rfft_real_t(x0, {n})", f"f32 2,{places},2")
    case("rfft_real_t", f"torch.rfft_real_t(x0, n={n})", f"f64 {places},2")
