"""DDIM from the diffused estimate, exactly as the method was released (symbols: see `schedule`)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

from engine.base.context import Context
from engine.base.errors import UsageError
from engine.diffusion.schedule import Grid

EpsModel = Callable[[Tensor, Tensor], Tensor]
"""(x_t (B,3,H,W) float32, t (B,) long original timesteps) -> eps_hat (B,3,H,W), or (B,6,H,W) with the variance."""

Noise = Callable[[tuple[int, ...]], Tensor]
"""Shape (B,3,H,W) -> one draw of standard normal noise of that shape."""

OnStep = Callable[[int, Tensor, Tensor], None]
"""Called after each step with (index of the step from 0, x0_hat, the new x_t)."""

EtaMeaning = Literal["released", "paper"]


@torch.no_grad()
def sample_ddim(
    eps_model: EpsModel,
    x0_est: Tensor,
    grid: Grid,
    noise: Noise,
    *,
    eta: float = 0.5,
    eta_meaning: EtaMeaning = "released",
    context: Context | None = None,
    on_step: OnStep | None = None,
    adjust_x0: Callable[[Tensor], Tensor] | None = None,
) -> Tensor:
    """Sample (B,3,H,W) float32 from the estimate `x0_est` (B,3,H,W), pm1 RGB (Song et al. 2021, eq. 12 and 16).

    The state and all arithmetic are float32 on the estimate's device, whatever precision the network uses inside.
    `noise` is drawn once for the diffused estimate and once a step, the last one included, where it is not added:
    the released code does so, and its noise sequence stays the same. `adjust_x0` may change x0_hat after it is
    clipped (inpainting). Each step reports progress and x0_hat as preview to `context`; raises `Cancelled` from
    there, UsageError for an eta outside [0, 1]. An empty grid returns the estimate.
    """
    if x0_est.ndim != 4 or x0_est.shape[1] != 3:
        raise ValueError(f"the estimate must be (B,3,H,W), not {tuple(x0_est.shape)}")
    context = context or Context()
    sigmas = [
        ddim_sigma(abar_t, abar_prev, eta, eta_meaning)
        for abar_t, abar_prev in zip(grid.abar, grid.abar_prev, strict=True)
    ]
    x_t = x0_est.float()
    if grid.steps:
        x_t = diffuse(x_t, grid.start_abar, _draw(noise, x_t))
    for i, (t, abar_t, abar_prev, sigma) in enumerate(
        zip(grid.timesteps, grid.abar, grid.abar_prev, sigmas, strict=True)
    ):
        context.report(i / grid.steps)
        eps_hat = predict_eps(eps_model, x_t, t)
        x0_hat = predict_x0(x_t, eps_hat, abar_t)
        if adjust_x0 is not None:
            x0_hat = adjust_x0(x0_hat)
        # Equation 12 with the network's own eps_hat, which no longer fits x0_hat where that was clipped or adjusted.
        mean = math.sqrt(abar_prev) * x0_hat + math.sqrt(max(0.0, 1.0 - abar_prev - sigma**2)) * eps_hat
        x_t = mean + sigma * _draw(noise, x_t)
        context.preview(x0_hat)
        if on_step is not None:
            on_step(i, x0_hat, x_t)
    context.report(1.0)
    return x_t


def ddim_sigma(abar_t: float, abar_prev: float, eta: float, eta_meaning: EtaMeaning = "released") -> float:
    """Standard deviation of the noise added on the way from abar_t to abar_prev; UsageError unless 0 <= eta <= 1.

    With "released" (Song et al. 2021, eq. 16) sigma scales with eta; with "paper" (the paper of DifFace) sigma^2
    does, so that paper 0.25 is released 0.5.
    """
    if not 0.0 <= eta <= 1.0:
        raise UsageError(detail=f"Eta must be between 0 and 1, not {eta}.")
    scale = eta if eta_meaning == "released" else math.sqrt(eta)
    beta = 1.0 - abar_t / abar_prev  # of this grid: the noise between two calls
    return scale * math.sqrt((1.0 - abar_prev) / (1.0 - abar_t) * beta)


def diffuse(x0: Tensor, abar: float, z: Tensor) -> Tensor:
    """q(x_t | x0): sqrt(abar_t) x0 + sqrt(1 - abar_t) z (Ho et al. 2020, eq. 4)."""
    return math.sqrt(abar) * x0 + math.sqrt(1.0 - abar) * z


def predict_eps(eps_model: EpsModel, x_t: Tensor, t: int) -> Tensor:
    """The network's eps_hat (B,3,H,W) in float32; of six output channels the three of the variance are dropped."""
    output = eps_model(x_t, torch.full((x_t.shape[0],), t, dtype=torch.long, device=x_t.device))
    return output[:, :3].float()  # (B,3|6,H,W) -> (B,3,H,W)


def predict_x0(x_t: Tensor, eps_hat: Tensor, abar_t: float) -> Tensor:
    """x0_hat = (x_t - sqrt(1 - abar_t) eps_hat) / sqrt(abar_t), clipped to [-1, 1] (Song et al. 2021, eq. 9)."""
    return ((x_t - math.sqrt(1.0 - abar_t) * eps_hat) / math.sqrt(abar_t)).clamp(-1.0, 1.0)


def _draw(noise: Noise, like: Tensor) -> Tensor:
    """One draw on the state's device in float32; raises ValueError where the noise has another shape."""
    z = noise(tuple(like.shape))
    if z.shape != like.shape:
        raise ValueError(f"noise of shape {tuple(z.shape)} for a state of shape {tuple(like.shape)}")
    return z.to(like)
