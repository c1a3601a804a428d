"""DDIM against closed forms: data of one point, and Gaussian data with its exact denoiser x s^2 / (s^2 + sigma^2)."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from engine.base.context import Context
from engine.base.errors import Cancelled, UsageError
from engine.diffusion.ddim import EpsModel, Noise, ddim_sigma, diffuse, predict_x0, sample_ddim
from engine.diffusion.noise import CandidateNoise, batch_noise
from engine.diffusion.schedule import abar_table, grid_of, make_grid

SHAPE = (1, 3, 8, 8)


def noise_for(*indices: int) -> Noise:
    affine = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    return batch_noise([CandidateNoise(0, affine, index) for index in indices])


def abar_of(t: Tensor) -> Tensor:
    return torch.tensor(abar_table())[t].float().view(-1, 1, 1, 1)


def gaussian_eps(s: float) -> EpsModel:
    """E[z | x_t] for data N(0, s^2): sqrt(1 - abar) x_t / (abar s^2 + 1 - abar)."""
    return lambda x_t, t: (1 - abar_of(t)).sqrt() * x_t / (abar_of(t) * s**2 + 1 - abar_of(t))


def point_eps(x0: Tensor) -> EpsModel:
    """E[z | x_t] for data that is always x0, which is z itself."""
    return lambda x_t, t: (x_t - abar_of(t).sqrt() * x0) / (1 - abar_of(t)).sqrt()


def toy_eps(x_t: Tensor, t: Tensor) -> Tensor:
    return torch.tanh(x_t) + t.view(-1, 1, 1, 1) / 1000


@pytest.mark.parametrize("start_step", [401, 800])
def test_ode_error_falls_with_order_1(start_step: int) -> None:
    """eta 0 solves an ODE whose exact solution for Gaussian data scales x by s / sqrt(abar s^2 + 1 - abar)."""
    s = 0.5
    z = torch.linspace(-1, 1, 192).view(SHAPE)  # so that no x0_hat reaches the clip
    errors = []
    for steps in (25, 50, 100, 200):
        grid = make_grid(start_step, steps)
        sample = sample_ddim(gaussian_eps(s), torch.zeros(SHAPE), grid, lambda shape: z, eta=0.0)
        x_start = diffuse(torch.zeros(SHAPE), grid.start_abar, z)
        exact = x_start * s / math.sqrt(grid.start_abar * s**2 + 1 - grid.start_abar)
        errors.append(float((sample - exact).abs().max()))
    orders = [math.log2(coarse / fine) for coarse, fine in pairwise(errors)]
    assert orders == pytest.approx([1, 1, 1], abs=0.1)


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_every_step_keeps_the_marginals(eta: float) -> None:
    """With the exact eps for one point x0, x_t ~ N(sqrt(abar) x0, 1 - abar) after each step, for every eta.

    A standard deviation from n values has relative deviation 1 / sqrt(2 n); five of them are allowed.
    """
    x0 = torch.full((1, 3, 64, 64), 0.3)
    grid = make_grid(600, 12)
    ratios = []

    def on_step(i: int, x0_hat: Tensor, x_t: Tensor) -> None:
        torch.testing.assert_close(x0_hat, x0, rtol=0, atol=1e-5)
        if abar_left := 1 - grid.abar_prev[i]:
            ratios.append(float((x_t - math.sqrt(grid.abar_prev[i]) * x0).std()) / math.sqrt(abar_left))

    sample = sample_ddim(point_eps(x0), x0, grid, noise_for(0), eta=eta, on_step=on_step)
    assert ratios == pytest.approx([1.0] * 11, abs=5 / math.sqrt(2 * x0.numel()))
    torch.testing.assert_close(sample, x0, rtol=0, atol=1e-5)  # nothing is added at the last step


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_samples_have_the_variance_of_gaussian_data(eta: float) -> None:
    """Started at a diffused draw of N(0, s^2), every eta ends at N(0, s^2) as the steps become many.

    A step with sigma leaves out the spread of x0 given x_t, so that few steps give too little; at the largest number
    of steps 3 % are allowed, of which 0.6 % is the deviation of a standard deviation from 12,288 values.
    """
    s = 0.2
    x0 = s * noise_for(1)((1, 3, 64, 64))
    sample = sample_ddim(gaussian_eps(s), x0, make_grid(400, 400), noise_for(0), eta=eta)
    assert float(sample.std()) == pytest.approx(s, rel=0.03)


@given(st.integers(1, 999), st.data())
def test_sigma_with_eta_1_is_the_posterior_deviation(t: int, data: st.DataObject) -> None:
    """By Bayes the precision of q(x_prev | x_t, x0) is 1 / (1 - abar_prev) + a / (1 - a), a = abar_t / abar_prev."""
    abar_t, abar_prev = abar_table()[t], abar_table()[data.draw(st.integers(0, t - 1))]
    a = abar_t / abar_prev
    sigma = ddim_sigma(abar_t, abar_prev, 1.0)
    assert sigma**-2 == pytest.approx(1 / (1 - abar_prev) + a / (1 - a), rel=1e-9)
    assert sigma**2 <= 1 - abar_prev  # so that the mean's square root is real
    assert ddim_sigma(abar_t, 1.0, 1.0) == 0.0


@given(st.floats(0, 1))
def test_eta_of_the_paper_is_the_square_of_the_released_one(eta: float) -> None:
    abar_t, abar_prev = abar_table()[[400, 396]]
    assert ddim_sigma(abar_t, abar_prev, eta) == eta * ddim_sigma(abar_t, abar_prev, 1.0)
    assert ddim_sigma(abar_t, abar_prev, eta**2, "paper") == pytest.approx(ddim_sigma(abar_t, abar_prev, eta))


def test_paper_eta_quarter_is_released_eta_half() -> None:
    x0_est = torch.zeros(SHAPE)
    released = sample_ddim(toy_eps, x0_est, make_grid(400, 10), noise_for(0), eta=0.5)
    paper = sample_ddim(toy_eps, x0_est, make_grid(400, 10), noise_for(0), eta=0.25, eta_meaning="paper")
    assert torch.equal(released, paper)
    assert torch.equal(released, sample_ddim(toy_eps, x0_est, make_grid(400, 10), noise_for(0)))  # the default


@pytest.mark.parametrize("eta", [-0.1, 1.1, math.nan])
def test_eta_outside_its_range_calls_nothing(eta: float) -> None:
    def eps_model(x_t: Tensor, t: Tensor) -> Tensor:
        raise AssertionError("called")

    with pytest.raises(UsageError, match="between 0 and 1"):
        sample_ddim(eps_model, torch.zeros(SHAPE), make_grid(400, 10), noise_for(0), eta=eta)


def test_the_mean_uses_the_raw_eps_beside_the_clipped_x0() -> None:
    """Two calls, eps always -1: x0_hat = (x + sqrt(1 - abar)) / sqrt(abar) is above 1 and clipped, eps stays -1."""
    grid = grid_of((500, 250))
    states: list[Tensor] = []
    sample_ddim(
        lambda x_t, t: -torch.ones_like(x_t),
        torch.ones(SHAPE),
        grid,
        lambda shape: torch.zeros(shape),
        eta=0.0,
        on_step=lambda i, x0_hat, x_t: states.append(x_t),
    )
    expected = math.sqrt(grid.abar[1]) * 1 - math.sqrt(1 - grid.abar[1])
    torch.testing.assert_close(states[0], torch.full(SHAPE, expected))


@given(st.integers(0, 999), st.floats(-1, 1), st.floats(-4, 4))
def test_x0_is_found_again_from_its_noise(t: int, x0: float, z: float) -> None:
    abar = float(abar_table()[t])
    x0_t, z_t = torch.tensor([x0], dtype=torch.float64), torch.tensor([z], dtype=torch.float64)
    found = predict_x0(diffuse(x0_t, abar, z_t), z_t, abar)
    torch.testing.assert_close(found, x0_t, rtol=0, atol=1e-10)


def test_the_variance_half_is_dropped() -> None:
    def with_variance(x_t: Tensor, t: Tensor) -> Tensor:
        return torch.cat([toy_eps(x_t, t), torch.full_like(x_t, 99.0)], dim=1)

    samples = [
        sample_ddim(eps_model, torch.zeros(SHAPE), make_grid(400, 5), noise_for(0))
        for eps_model in (toy_eps, with_variance)
    ]
    assert torch.equal(*samples)


def test_the_network_gets_original_timesteps_and_a_float32_state() -> None:
    """Also where it computes in bfloat16, and its weights' gradients are not followed."""
    grid = make_grid(400, 5)
    weight = torch.tensor(0.5, dtype=torch.bfloat16, requires_grad=True)
    seen: list[int] = []

    def eps_model(x_t: Tensor, t: Tensor) -> Tensor:
        assert x_t.dtype == torch.float32
        assert t.dtype == torch.long
        seen.extend(t.tolist())
        return weight * x_t.bfloat16()

    sample = sample_ddim(eps_model, torch.zeros(2, 3, 8, 8, dtype=torch.bfloat16), grid, noise_for(0, 1))
    assert seen == [t for t in grid.timesteps for _ in range(2)]
    assert sample.dtype == torch.float32
    assert not sample.requires_grad


def test_the_batch_does_not_change_a_sample() -> None:
    """The toy network works on each value alone, so only its vectorised tanh may round differently."""
    x0_est = torch.stack([torch.full((3, 8, 8), value) for value in (-0.5, 0.0, 0.5)])
    grid = make_grid(400, 20)
    together = sample_ddim(toy_eps, x0_est, grid, noise_for(0, 1, 2))
    for index in range(3):
        alone = sample_ddim(toy_eps, x0_est[index : index + 1], grid, noise_for(index))
        torch.testing.assert_close(together[index : index + 1], alone, rtol=0, atol=1e-5)


def test_an_empty_grid_is_the_estimate_alone() -> None:
    def never(*_: object) -> Tensor:
        raise AssertionError("called")

    x0_est = torch.linspace(-1, 1, 192).view(SHAPE)
    assert torch.equal(sample_ddim(never, x0_est, make_grid(0, 100), never), x0_est)


def test_progress_previews_and_steps_are_reported() -> None:
    fractions: list[float] = []
    previews: list[Tensor] = []
    steps: list[tuple[int, Tensor, Tensor]] = []
    context = Context(
        on_progress=lambda stage, fraction: fractions.append(fraction), on_preview=previews.append, start=0.5
    )
    sample = sample_ddim(
        toy_eps,
        torch.zeros(SHAPE),
        make_grid(400, 4),
        noise_for(0),
        context=context,
        on_step=lambda *step: steps.append(step),
    )
    assert fractions == [0.5, 0.625, 0.75, 0.875, 1.0]
    assert [i for i, _, _ in steps] == [0, 1, 2, 3]
    assert all(preview is x0_hat for preview, (_, x0_hat, _) in zip(previews, steps, strict=True))
    assert all(x0_hat.abs().max() <= 1 for _, x0_hat, _ in steps)
    assert sample is steps[-1][2]


@pytest.mark.parametrize("done", [0, 3])
def test_cancelling_stops_before_the_next_call(done: int) -> None:
    calls: list[int] = []

    def eps_model(x_t: Tensor, t: Tensor) -> Tensor:
        calls.append(int(t[0]))
        return toy_eps(x_t, t)

    context = Context(cancelled=lambda: len(calls) >= done)
    with pytest.raises(Cancelled):
        sample_ddim(eps_model, torch.zeros(SHAPE), make_grid(400, 10), noise_for(0), context=context)
    assert len(calls) == done


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="estimate"):
        sample_ddim(toy_eps, torch.zeros(3, 8, 8), make_grid(400, 4), noise_for(0))
    with pytest.raises(ValueError, match="noise of shape"):
        sample_ddim(toy_eps, torch.zeros(2, 3, 8, 8), make_grid(400, 4), lambda shape: torch.zeros(1, 3, 8, 8))
