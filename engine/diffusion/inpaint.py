"""Inpainting by DDIM: at every step the guess of the clean picture is pulled to the known pixels."""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from engine.base.context import Context
from engine.diffusion.ddim import EpsModel, EtaMeaning, Noise, OnStep, sample_ddim
from engine.diffusion.schedule import Grid

Pull = Literal["gradient", "proximal"]
"""How x0_hat is pulled: the gradient step of the released code, or the closed form of the paper."""


def sample_inpaint(
    eps_model: EpsModel,
    x0_est: Tensor,
    y: Tensor,
    mask: Tensor,
    grid: Grid,
    noise: Noise,
    *,
    eta: float = 1.0,
    eta_meaning: EtaMeaning = "released",
    gamma: float = 0.5,
    updates: int = 1,
    pull: Pull = "gradient",
    context: Context | None = None,
    on_step: OnStep | None = None,
) -> Tensor:
    """Fill the holes of `y` (B,3,H,W) pm1 RGB, starting at the estimate `x0_est` of the same shape.

    `mask` (B|1,1,H,W) is 1 in a hole and 0 on known pixels; known pixels of the result are those of `y`. x0_hat is
    pulled `updates` times a step with weight `gamma`, see `pull_to_known`. The rest is as in `sample_ddim`.
    """
    if y.shape != x0_est.shape or mask.ndim != 4 or mask.shape[1] != 1:
        raise ValueError(f"picture {tuple(y.shape)}, estimate {tuple(x0_est.shape)}, mask {tuple(mask.shape)}")
    y, m = y.to(x0_est.device).float(), mask.to(x0_est.device).float()

    def adjust_x0(x0_hat: Tensor) -> Tensor:
        for _ in range(updates):
            x0_hat = pull_to_known(x0_hat, y, m, gamma, pull)
        return x0_hat

    sample = sample_ddim(
        eps_model,
        x0_est,
        grid,
        noise,
        eta=eta,
        eta_meaning=eta_meaning,
        context=context,
        on_step=on_step,
        adjust_x0=adjust_x0,
    )
    return m * sample + (1.0 - m) * y


def pull_to_known(x0_hat: Tensor, y: Tensor, m: Tensor, gamma: float, pull: Pull = "gradient") -> Tensor:
    """One pull of x0_hat (B,3,H,W) towards `y` where the mask `m` (B|1,1,H,W) is 0; clipped to [-1, 1].

    "gradient": one step of length `gamma` down the summed squared error over known pixels, as released; with
    gamma = 0.5 they become y. "proximal": argmin_x |x - x0_hat|^2 + gamma |(1 - m) (x - y)|^2, as in the paper.
    """
    if pull == "gradient":
        pulled = x0_hat - gamma * 2.0 * (1.0 - m) * (x0_hat - y)
    else:
        weight = gamma * (1.0 - m) ** 2
        pulled = (x0_hat + weight * y) / (1.0 + weight)
    return pulled.clamp(-1.0, 1.0)
