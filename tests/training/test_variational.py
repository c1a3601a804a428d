"""Terms of the hybrid loss against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.diffusion.schedule import abar_table
from engine.training.variational import (
    VariationalBound,
    discretized_log_likelihood,
    hybrid_loss,
    normal_kl,
)

ONE_BIT = math.log(2)


@pytest.fixture(scope="module")
def bound() -> VariationalBound:
    return VariationalBound()


def test_equal_gaussians_have_no_distance() -> None:
    mean, log_variance = torch.tensor([0.3, -2.0]), torch.tensor([-5.0, 1.0])
    torch.testing.assert_close(normal_kl(mean, log_variance, mean, log_variance), torch.zeros(2))


def test_a_distance_worked_out_by_hand() -> None:
    """KL[N(1, 1) || N(0, 4)] = ln 2 + (1 + 1) / 8 - 1/2."""
    one = torch.ones(1)
    kl = normal_kl(one, torch.zeros(1), torch.zeros(1), one * math.log(4))
    assert kl.item() == pytest.approx(math.log(2) + 0.25 - 0.5, abs=1e-6)


@pytest.mark.parametrize("mean", [0.0, 0.37, -1.4])
@pytest.mark.parametrize("sigma", [0.002, 0.05, 0.5])
def test_the_256_levels_share_all_probability(mean: float, sigma: float) -> None:
    levels = torch.linspace(-1, 1, 256)
    log_p = discretized_log_likelihood(levels, torch.full_like(levels, mean), torch.tensor(2 * math.log(sigma)))
    assert log_p.exp().sum().item() == pytest.approx(1, abs=1e-4)  # edges of levels are rounded to float32


def test_a_wide_gaussian_gives_a_level_its_density_times_the_width() -> None:
    x0, sigma = torch.tensor([20 / 255]), 0.8
    log_p = discretized_log_likelihood(x0, torch.zeros(1), torch.tensor(2 * math.log(sigma)))
    density = math.exp(-0.5 * (x0.item() / sigma) ** 2) / (sigma * math.sqrt(2 * math.pi))
    assert log_p.item() == pytest.approx(math.log(density * 2 / 255), abs=1e-3)


@pytest.mark.parametrize("t", [1, 50, 400, 999])
def test_the_variance_half_runs_from_beta_tilde_to_beta(bound: VariationalBound, t: int) -> None:
    abar = abar_table()
    beta = 1 - abar[t] / abar[t - 1]
    beta_tilde = (1 - abar[t - 1]) / (1 - abar[t]) * beta
    at = torch.tensor([t])
    ends = [bound.log_variance(torch.full((1, 3, 1, 1), v), at)[0, 0, 0, 0].item() for v in (-1.0, 1.0, 0.0)]
    expected = [math.log(beta_tilde), math.log(beta), (math.log(beta_tilde) + math.log(beta)) / 2]
    assert ends == pytest.approx(expected, abs=1e-5)


def _noised(t: int) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    x0 = torch.rand((2, 3, 8, 8), generator=generator) * 1.98 - 0.99  # none of the outermost levels
    eps = torch.randn((2, 3, 8, 8), generator=generator)
    abar = float(abar_table()[t])
    return x0, eps, math.sqrt(abar) * x0 + math.sqrt(1 - abar) * eps


def test_the_true_noise_and_variance_have_no_bound_to_pay(bound: VariationalBound) -> None:
    x0, eps, x_t = _noised(300)
    out = torch.cat([eps, torch.full_like(eps, -1)], dim=1)
    bits = bound(out, x0, x_t, torch.tensor([300, 300]))
    torch.testing.assert_close(bits, torch.zeros(2), atol=1e-5, rtol=0)


def test_a_wrong_noise_pays_by_its_square(bound: VariationalBound) -> None:
    """With variance beta_tilde the mean is off by beta / (sqrt(alpha) sqrt(1 - abar)) times the error of eps."""
    t = 300
    x0, eps, x_t = _noised(t)
    abar = abar_table()
    alpha = abar[t] / abar[t - 1]
    beta_tilde = (1 - abar[t - 1]) / (1 - abar[t]) * (1 - alpha)
    off = 0.1 * (1 - alpha) / np.sqrt(alpha * (1 - abar[t]))
    out = torch.cat([eps + 0.1, torch.full_like(eps, -1)], dim=1)
    bits = bound(out, x0, x_t, torch.tensor([t, t]))
    assert bits.tolist() == pytest.approx([off**2 / (2 * beta_tilde) / ONE_BIT] * 2, rel=1e-3)


def test_the_first_timestep_pays_the_pictures_likelihood(bound: VariationalBound) -> None:
    x0, eps, x_t = _noised(0)
    out = torch.cat([eps, torch.full_like(eps, 1)], dim=1)
    bits = bound(out, x0, x_t, torch.tensor([0, 0]))
    # With the true noise the mean is x0 itself: the likelihood is the middle level's, of a variance of beta_0 = 1e-4.
    z = 1 / 255 / 0.01
    expected = -math.log(math.erf(z / math.sqrt(2))) / ONE_BIT
    assert bits.tolist() == pytest.approx([expected] * 2, rel=1e-3)


def test_the_bound_moves_the_variance_and_leaves_the_noise_alone(bound: VariationalBound) -> None:
    t = torch.tensor([300, 300])
    x0, eps, x_t = _noised(300)
    wrong = (eps + 0.1).requires_grad_()
    v = torch.zeros_like(eps).requires_grad_()
    loss = hybrid_loss(bound, torch.cat([wrong, v], dim=1), eps, x0, x_t, t)
    bits = bound(torch.cat([wrong, v], dim=1), x0, x_t, t).mean()
    assert loss.item() == pytest.approx(0.01 + bits.item(), rel=1e-4)  # 0.001 of a sum over 1000 timesteps
    noise_gradient, variance_gradient = torch.autograd.grad(loss, [wrong, v])
    torch.testing.assert_close(noise_gradient, 2 * (wrong - eps) / eps.numel(), atol=1e-8, rtol=1e-4)
    assert (variance_gradient != 0).all()
