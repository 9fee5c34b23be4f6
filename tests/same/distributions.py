# SPDX-License-Identifier: Apache-2.0
# compare: 5 digits
# torch.distributions: draws by the same seeds, densities, entropies, divergences, gradients.
import torch
from torch.distributions import (Bernoulli, Categorical, Exponential, Independent, Laplace,
                                 LogNormal, Normal, OneHotCategorical, Uniform, kl_divergence)

torch.manual_seed(0)
n = Normal(torch.tensor([0.0, 1.0, -2.0]), torch.tensor([1.0, 0.5, 2.0]))
print(n, Normal(0, 1), n.batch_shape, n.event_shape)
print(n.sample(), n.sample((2,)), n.rsample())
x = torch.tensor([0.3, 1.2, 0.0])
print(n.log_prob(x), n.cdf(x), n.icdf(torch.tensor(0.7)), n.entropy())
print(n.mean, n.variance, n.stddev, n.perplexity())
loc = torch.tensor(0.5, requires_grad=True)
scale = torch.tensor(1.5, requires_grad=True)
d = Normal(loc, scale)
d.rsample((4,)).pow(2).sum().backward()
print(loc.grad, scale.grad, d.sample().requires_grad)
print(kl_divergence(Normal(0., 1.), n))

u = Uniform(torch.tensor([0., -1.]), torch.tensor([2., 1.]))
print(u, u.sample((3,)), u.log_prob(torch.tensor([1., 0.])), u.entropy(), u.mean, u.variance)
print(u.cdf(torch.tensor([.5, .5])), kl_divergence(u, Uniform(-2., 3.)))

b = Bernoulli(torch.tensor([0.2, 0.9]))
print(b, b.sample((5,)), b.log_prob(torch.tensor([1., 1.])), b.entropy(), b.mean, b.variance)
b2 = Bernoulli(logits=torch.tensor([0.0, 2.0]))
print(b2, b2.probs, kl_divergence(b, b2))

c = Categorical(torch.tensor([[1., 2., 1.], [0.1, 0.1, 5.]]))
print(c, c.sample(), c.sample((4,)), c.sample((2, 2)).shape)
print(c.probs, c.logits, c.log_prob(torch.tensor([1, 2])), c.entropy(), c.mode)
c2 = Categorical(logits=torch.randn(2, 3))
print(c2.log_prob(torch.tensor([[0, 1], [2, 2]])), kl_divergence(c, c2), c2.enumerate_support())
o = OneHotCategorical(torch.tensor([.2, .8]))
print(o.sample((3,)), o.log_prob(torch.tensor([0., 1.])), o.entropy())

e = Exponential(torch.tensor([1., 4.]))
print(e, e.mean, e.log_prob(torch.tensor(0.5)), e.entropy(), e.cdf(torch.tensor(.5)))
print(kl_divergence(e, Exponential(2.)))
p = Laplace(1., 2.)
print(p, p.log_prob(torch.tensor(0.)), p.entropy(), p.variance, p.sample((2,)))
g = LogNormal(0., 0.25)
print(g.mean, g.variance, g.log_prob(torch.tensor(1.3)), g.entropy(), g.sample((2,)))
i = Independent(n, 1)
print(i, i.batch_shape, i.event_shape, i.log_prob(x), i.entropy(), kl_divergence(i, i))

# a policy's gradient, as the lesson on REINFORCE has it
torch.manual_seed(1)
policy = torch.nn.Linear(4, 2)
m = Categorical(logits=policy(torch.randn(4)))
action = m.sample()
loss = -m.log_prob(action) * 2.5 - 0.01 * m.entropy()
loss.backward()
print(action, loss, policy.weight.grad)
for wrong in (lambda: Normal(0., -1.), lambda: Categorical(),
              lambda: Bernoulli(torch.tensor(1.5)), lambda: kl_divergence(b, c)):
    try:
        wrong()
    except (ValueError, NotImplementedError) as error:
        print(type(error).__name__, str(error)[:120])
