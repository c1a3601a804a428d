"""`albumen evaluate prior`: a prior's eps error on held-out faces beside the best linear denoisers'."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from engine.base.context import Context
from engine.base.values import img01_from_int, pm1_from_01
from engine.diffusion.schedule import abar_table
from engine.evaluation.wiener import eps_error_images, eps_error_patches, fit_images, fit_patches
from engine.models.load import load_pair

TIMESTEPS = (50, 100, 200, 400)


@dataclass(frozen=True)
class PriorRow:
    """Mean squared eps errors at one timestep."""

    t: int
    prior: float
    patch_wiener: float
    image_wiener: float

    @property
    def ahead(self) -> bool:
        return self.prior < min(self.patch_wiener, self.image_wiener)


@torch.no_grad()
def evaluate_prior(
    model: str,
    train: NDArray[np.uint8],
    held_out: NDArray[np.uint8],
    context: Context,
    timesteps: Sequence[int] = TIMESTEPS,
) -> list[PriorRow]:
    """Errors at the timesteps on held-out faces; the linear denoisers are fitted on the training ones.

    Both are (N, S, S, 3) uint8 RGB at the model's size.
    """
    pair = load_pair(model, torch.device("cpu"))
    x0 = pm1_from_01(img01_from_int(held_out))
    rng = np.random.default_rng(0)
    eps = rng.standard_normal(x0.shape, dtype=np.float32)
    context.report(0.0)
    patches = fit_patches(train, rng)
    context.report(0.1)
    images = fit_images(train)
    rows = []
    for n, t in enumerate(timesteps):
        context.report(0.3 + 0.7 * n / len(timesteps))
        abar_t = float(abar_table()[t])
        errors = []
        for one_x0, one_eps in zip(x0, eps, strict=True):
            x_t = torch.from_numpy(np.sqrt(abar_t) * one_x0 + np.sqrt(1 - abar_t) * one_eps).float()
            assert pair.prior is not None
            out = pair.prior(x_t.permute(2, 0, 1)[None], torch.tensor([t]))[0, :3].permute(1, 2, 0).numpy()
            errors.append(np.square(out - one_eps).mean())
        rows.append(
            PriorRow(
                t,
                float(np.mean(errors)),
                eps_error_patches(patches, x0, eps, abar_t),
                eps_error_images(images, x0, eps, abar_t),
            )
        )
    context.report(1.0)
    return rows
