"""Inpainting: the known pixels come back, and both pulls are what they are said to be."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.base.context import Context
from engine.base.errors import Cancelled
from engine.diffusion.ddim import Noise, sample_ddim
from engine.diffusion.inpaint import Pull, pull_to_known, sample_inpaint
from engine.diffusion.noise import CandidateNoise, batch_noise
from engine.diffusion.schedule import make_grid

PULLS: tuple[Pull, ...] = ("gradient", "proximal")


def noise_for(batch: int) -> Noise:
    affine = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    return batch_noise([CandidateNoise(0, affine, index) for index in range(batch)])


def toy_eps(x_t: Tensor, t: Tensor) -> Tensor:
    return 0.3 * x_t


def pictures(seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """A guess, a picture (2,3,8,8) in [-1, 1] and a mask (2,1,8,8) of holes."""
    generator = torch.Generator().manual_seed(seed)
    x0, y = torch.rand(2, 2, 3, 8, 8, generator=generator) * 2 - 1
    return x0, y, (torch.rand(2, 1, 8, 8, generator=generator) < 0.5).float()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.sampled_from(PULLS), st.floats(0, 2), st.sampled_from([0, 50]))
def test_known_pixels_are_the_pictures_own(seed: int, pull: Pull, gamma: float, start_step: int) -> None:
    x0_est, y, mask = pictures(seed)
    grid = make_grid(start_step, 5)
    sample = sample_inpaint(toy_eps, x0_est, y, mask, grid, noise_for(2), gamma=gamma, pull=pull)
    known = (mask == 0).expand_as(y)
    assert torch.equal(sample[known], y[known])
    assert not torch.equal(sample[~known], y[~known])


@pytest.mark.parametrize("pull", PULLS)
def test_a_mask_that_is_all_hole_is_plain_sampling(pull: Pull) -> None:
    x0_est, y, mask = pictures(0)
    grid = make_grid(480, 12)
    sample = sample_inpaint(toy_eps, x0_est, y, torch.ones_like(mask), grid, noise_for(2), pull=pull)
    assert torch.equal(sample, sample_ddim(toy_eps, x0_est, grid, noise_for(2), eta=1.0))


def test_one_mask_serves_the_whole_batch() -> None:
    x0_est, y, mask = pictures(1)
    grid = make_grid(480, 12)
    one = sample_inpaint(toy_eps, x0_est, y, mask[:1], grid, noise_for(2))
    assert torch.equal(one, sample_inpaint(toy_eps, x0_est, y, mask[:1].expand(2, 1, 8, 8), grid, noise_for(2)))


@given(st.integers(0, 1000))
def test_gamma_half_puts_the_known_pixels_in(seed: int) -> None:
    x0_hat, y, m = pictures(seed)
    torch.testing.assert_close(pull_to_known(x0_hat, y, m, 0.5), m * x0_hat + (1 - m) * y)


@given(st.integers(0, 1000), st.floats(0, 0.5))
def test_gradient_is_that_of_the_squared_error_over_known_pixels(seed: int, gamma: float) -> None:
    """Up to gamma 0.5 the result lies between x0_hat and y, so that the clip does nothing."""
    x0_hat, y, m = pictures(seed)
    x = x0_hat.clone().requires_grad_()
    (gradient,) = torch.autograd.grad((((1 - m) * (x - y)) ** 2).sum(), x)
    torch.testing.assert_close(pull_to_known(x0_hat, y, m, gamma), x0_hat - gamma * gradient)


@given(st.integers(0, 1000), st.floats(0, 10), st.booleans())
def test_proximal_is_the_minimum_of_its_objective(seed: int, gamma: float, soft: bool) -> None:
    """|x - x0_hat|^2 + gamma |(1 - m) (x - y)|^2 is convex, so its minimum is where its gradient is zero."""
    x0_hat, y, m = pictures(seed)
    m = 0.7 * m if soft else m
    x = pull_to_known(x0_hat, y, m, gamma, "proximal").requires_grad_()
    objective = ((x - x0_hat) ** 2).sum() + gamma * (((1 - m) * (x - y)) ** 2).sum()
    (gradient,) = torch.autograd.grad(objective, x)
    torch.testing.assert_close(gradient, torch.zeros_like(x), rtol=0, atol=1e-5)


@pytest.mark.parametrize(("pull", "kept"), [("gradient", 1 - 2 * 0.2), ("proximal", 1 / (1 + 0.2))])
@pytest.mark.parametrize("updates", [1, 2, 3])
def test_each_update_shrinks_the_error_by_its_factor(pull: Pull, kept: float, updates: int) -> None:
    """gamma 0.2: a gradient step leaves 1 - 2 gamma of the error on known pixels, a proximal one 1 / (1 + gamma)."""
    x0_est, y, _ = pictures(2)
    errors: list[Tensor] = []
    sample_inpaint(
        lambda x_t, t: torch.zeros_like(x_t),
        0.5 * x0_est,
        y,
        torch.zeros(1, 1, 8, 8),
        make_grid(100, 1),
        lambda shape: torch.zeros(shape),
        gamma=0.2,
        updates=updates,
        pull=pull,
        on_step=lambda i, x0_hat, x_t: errors.append(x0_hat - y),
    )  # without noise and eps the network's guess is the estimate
    torch.testing.assert_close(errors[0], kept**updates * (0.5 * x0_est - y))


@pytest.mark.parametrize("pull", PULLS)
def test_pulled_pictures_stay_in_range(pull: Pull) -> None:
    x0_hat, y, m = pictures(3)
    assert pull_to_known(x0_hat, y, m, 3.0, pull).abs().max() <= 1


def test_cancelling_reaches_inpainting() -> None:
    x0_est, y, mask = pictures(4)
    with pytest.raises(Cancelled):
        sample_inpaint(
            toy_eps, x0_est, y, mask, make_grid(480, 12), noise_for(2), context=Context(cancelled=lambda: True)
        )


def test_wrong_shapes_are_refused() -> None:
    x0_est, y, mask = pictures(5)
    for wrong_y, wrong_mask in ((y[:1], mask), (y, mask[:, 0]), (y, mask.expand(2, 3, 8, 8))):
        with pytest.raises(ValueError, match="mask"):
            sample_inpaint(toy_eps, x0_est, wrong_y, wrong_mask, make_grid(480, 12), noise_for(2))
