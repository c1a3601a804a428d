"""The schedule and the samplers against the stored trajectories of the published method."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.diffusion.ddim import Noise, sample_ddim
from engine.diffusion.inpaint import sample_inpaint
from engine.diffusion.schedule import abar_table, ddim_subset, make_grid, released_grid

TOLERANCE = 1e-5
"""Both sides are float32; the stored ones also keep the step coefficients in float32, ours in float64."""


@pytest.fixture(scope="module")
def golden(data_dir: Path) -> dict[str, np.ndarray]:
    with np.load(data_dir / "golden_diffusion_toy.npz") as stored:
        return dict(stored)


def toy_eps(x_t: Tensor, t: Tensor) -> Tensor:
    """The network behind the stored trajectories: eps = 0.3 x + 0.1 sin(t / 100), and three zero variance channels."""
    eps = 0.3 * x_t + 0.1 * torch.sin(t.float() / 100).view(-1, 1, 1, 1)
    return torch.cat([eps, torch.zeros_like(eps)], dim=1)


def stored_noise(noises: np.ndarray) -> tuple[Noise, Iterator[np.ndarray]]:
    rest = iter(noises)
    return lambda shape: torch.from_numpy(next(rest)).reshape(shape), rest


def close(ours: Tensor, stored: np.ndarray) -> None:
    np.testing.assert_allclose(ours.numpy(), stored, rtol=0, atol=TOLERANCE)


def test_abar_table(golden: dict[str, np.ndarray]) -> None:
    np.testing.assert_allclose(abar_table(), golden["alphas_cumprod_1000"], rtol=1e-13)


def test_ddim250(golden: dict[str, np.ndarray]) -> None:
    kept = ddim_subset("ddim250")
    np.testing.assert_array_equal(kept, golden["timesteps_ddim250"])
    # The stored betas were recomputed from the kept abar and multiplied up again, which rounds.
    np.testing.assert_allclose(abar_table()[list(kept)], golden["alphas_cumprod_ddim250"], rtol=1e-12)


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_restoration_trajectory(golden: dict[str, np.ndarray], eta: float) -> None:
    noise, rest = stored_noise(golden["noise_in_order_q_then_steps"])
    np.testing.assert_array_equal(golden["noise_in_order_q_then_steps"][0], golden["q_sample_noise"][0])
    seen: list[Tensor] = []
    starts: list[Tensor] = []

    def eps_model(x_t: Tensor, t: Tensor) -> Tensor:
        starts.append(x_t)
        return toy_eps(x_t, t)

    final = sample_ddim(
        eps_model,
        torch.from_numpy(golden["x0_est"]),
        released_grid(),
        noise,
        eta=eta,
        on_step=lambda i, x0_hat, x_t: seen.append(x_t),
    )
    assert next(rest, None) is None  # 1 draw to diffuse the estimate, 100 for the steps
    close(starts[0], golden[f"eta{eta}_x_start"])
    close(seen[0], golden[f"eta{eta}_after_step_1"])
    close(seen[49], golden[f"eta{eta}_after_step_50"])
    close(final, golden[f"eta{eta}_final"])


def test_inpainting_trajectory(golden: dict[str, np.ndarray]) -> None:
    noise, rest = stored_noise(golden["inpaint_noise_in_order"])
    seen: list[Tensor] = []
    starts: list[Tensor] = []

    def eps_model(x_t: Tensor, t: Tensor) -> Tensor:
        starts.append(x_t)
        return toy_eps(x_t, t)

    final = sample_inpaint(
        eps_model,
        torch.from_numpy(golden["x0_est"]),
        torch.from_numpy(golden["inpaint_y0_pm1"]),
        torch.from_numpy(golden["inpaint_mask_hole_is_1"]),
        make_grid(480, 120),
        noise,
        eta=1.0,
        gamma=0.5,
        on_step=lambda i, x0_hat, x_t: seen.append(x_t),
    )
    assert next(rest, None) is None
    close(starts[0], golden["inpaint_x_start"])
    close(seen[0], golden["inpaint_after_step_1"])
    close(seen[59], golden["inpaint_after_step_60"])
    close(final, golden["inpaint_final"])
