"""The variational bound of a prior with learned variance (Nichol & Dhariwal 2021, section 3.1; Ho et al. 2020)."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn

from engine.diffusion.schedule import T, abar_table

VLB_WEIGHT = 0.001
"""lambda in L_hybrid = L_simple + lambda L_vlb."""
HALF_LEVEL = 1 / 255
"""Half the distance of two of the 256 levels of a picture in [-1, 1]."""


def normal_kl(mean_p: Tensor, log_variance_p: Tensor, mean_q: Tensor, log_variance_q: Tensor) -> Tensor:
    """KL[p || q] of two Gaussians in nats, element by element; all of one shape."""
    ratio = torch.exp(log_variance_p - log_variance_q)
    distance = (mean_p - mean_q).square() * torch.exp(-log_variance_q)
    return 0.5 * (log_variance_q - log_variance_p + ratio + distance - 1)


def discretized_log_likelihood(x0: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    """log P(x0) in nats, element by element, where a Gaussian is rounded to 256 levels in [-1, 1] (Ho et al., eq. 13).

    The outermost levels also get what lies beyond them.
    """
    scale = torch.exp(-0.5 * log_variance)
    above, below = scale * (x0 - mean + HALF_LEVEL), scale * (x0 - mean - HALF_LEVEL)
    # On the side where both lie far out, the difference is taken of the small tails, not of numbers near 1.
    flip = above + below > 0
    upper, lower = torch.where(flip, -below, above), torch.where(flip, -above, below)
    inside = torch.special.ndtr(upper) - torch.special.ndtr(lower)
    level = torch.log(inside.clamp(min=1e-12))
    darkest, brightest = torch.special.log_ndtr(above), torch.special.log_ndtr(-below)
    return torch.where(x0 < -0.999, darkest, torch.where(x0 > 0.999, brightest, level))


class VariationalBound(nn.Module):
    """One term of the bound for a network whose output is eps_hat and the variance's place between its limits."""

    log_beta: Tensor
    log_beta_tilde: Tensor
    x0_share: Tensor
    x_t_share: Tensor
    abar: Tensor

    def __init__(self) -> None:
        super().__init__()
        abar = abar_table()
        previous = np.append(1.0, abar[:-1])
        beta = 1 - abar / previous
        beta_tilde = (1 - previous) / (1 - abar) * beta
        beta_tilde[0] = beta_tilde[1]  # it is 0 there, and its logarithm is needed
        tables = {
            "log_beta": np.log(beta),
            "log_beta_tilde": np.log(beta_tilde),
            "x0_share": beta
            * np.sqrt(previous)
            / (1 - abar),  # of the mean of q(x_{t-1} | x_t, x0), eq. 7 of Ho et al.
            "x_t_share": (1 - previous) * np.sqrt(1 - beta) / (1 - abar),
            "abar": abar,
        }
        for name, table in tables.items():
            self.register_buffer(name, torch.from_numpy(table.astype(np.float32)), persistent=False)

    def log_variance(self, v: Tensor, t: Tensor) -> Tensor:
        """Log variance for the network's second half v (B,3,H,W): log beta_tilde_t at -1, log beta_t at +1 (eq. 15)."""
        share = (v + 1) / 2
        return share * _of(self.log_beta, t) + (1 - share) * _of(self.log_beta_tilde, t)

    def forward(self, out: Tensor, x0: Tensor, x_t: Tensor, t: Tensor) -> Tensor:
        """L_t (B,) in bits per dimension: the KL to the true posterior, at t = 0 the picture's negative log likelihood.

        `out` (B,6,H,W) is the network's, x0 and x_t (B,3,H,W) the clean and the noisy picture in [-1, 1], t (B,).
        """
        eps_hat, v = out.chunk(2, dim=1)
        abar_t = _of(self.abar, t)
        x0_hat = (x_t - (1 - abar_t).sqrt() * eps_hat) / abar_t.sqrt()
        x0_share, x_t_share = _of(self.x0_share, t), _of(self.x_t_share, t)
        mean, mean_true = x0_share * x0_hat + x_t_share * x_t, x0_share * x0 + x_t_share * x_t
        log_variance = self.log_variance(v, t)
        kl = normal_kl(mean_true, _of(self.log_beta_tilde, t), mean, log_variance)
        nll = -discretized_log_likelihood(x0, mean, log_variance)
        bits: Tensor = torch.where(_at(t) == 0, nll, kl).mean((1, 2, 3)) / math.log(2)
        return bits


def hybrid_loss(bound: VariationalBound, out: Tensor, eps: Tensor, x0: Tensor, x_t: Tensor, t: Tensor) -> Tensor:
    """L_hybrid (): L_simple + 0.001 L_vlb, where L_vlb moves the variance only (Nichol & Dhariwal 2021, eq. 16).

    L_vlb, a sum over all T timesteps, is estimated as T times the mean over the drawn ones.
    """
    eps_hat, v = out.chunk(2, dim=1)
    vlb: Tensor = T * bound(torch.cat([eps_hat.detach(), v], dim=1), x0, x_t, t).mean()
    return (eps_hat - eps).square().mean() + VLB_WEIGHT * vlb


def _at(t: Tensor) -> Tensor:
    return t.view(-1, 1, 1, 1)


def _of(table: Tensor, t: Tensor) -> Tensor:
    return _at(table[t])
