"""Random fields and coordinates of the old-photo damage, told at the template so that they fit any picture's side."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.base.sizes import TEMPLATE_PX

Field = NDArray[np.float32]


def axes(side: int) -> tuple[Field, Field]:
    """Template coordinates of the pixels' centres: x as (1, S), y as (S, 1)."""
    axis = ((np.arange(side, dtype=np.float32) + np.float32(0.5)) * np.float32(TEMPLATE_PX / side)).astype(np.float32)
    return axis[None, :], axis[:, None]


def smooth(rng: np.random.Generator, side: int, cells: int) -> Field:
    """A smooth field of about [-1, 1], (S, S), with `cells` independent values along a side; the same at any side."""
    grid = rng.uniform(-1, 1, (cells, cells)).astype(np.float32)
    return np.asarray(cv2.resize(grid, (side, side), interpolation=cv2.INTER_CUBIC))


def cloud(rng: np.random.Generator, side: int, cells: int, octaves: int) -> Field:
    """Smooth fields of doubling fineness and halving height, about [-1, 1]; (S, S)."""
    parts = [smooth(rng, side, cells << n) * np.float32(0.6 / (1 << n)) for n in range(octaves)]
    return np.asarray(np.sum(parts, axis=0))


def speckle(rng: np.random.Generator, side: int, sigma_px: float, channels: int = 1) -> Field:
    """Gaussian noise correlated over sigma_px template pixels, (S, S, C), standard deviation 1 at the template.

    A picture of S pixels averages the template's over T/S of them. With the pixel taken as a Gaussian of its own
    variance (1/12 for side 1) that leaves g / (g + ((T/S)^2 - 1) / 12) of the variance, g = sigma^2 + 1/12: a
    quarter at half the side for white noise, next to all of it for coarse noise.
    """
    ratio = side / TEMPLATE_PX
    noise = rng.standard_normal((side, side, channels), dtype=np.float32)
    if sigma_px * ratio > 0.25:  # a narrower Gaussian has no second sample
        blurred = cv2.GaussianBlur(noise, (0, 0), sigma_px * ratio).reshape(side, side, channels)
        noise = np.asarray(blurred / blurred.std(), dtype=np.float32)
    variance = sigma_px**2 + 1 / 12
    return noise * np.float32(np.sqrt(variance / (variance + (ratio**-2 - 1) / 12)))


def spread(field: Field) -> Field:
    """The same field for all three channels, (S, S) -> (S, S, 3); faster than numpy's broadcasting over short rows."""
    return np.asarray(cv2.merge([field, field, field]))


def resolved(period_px: float, side: int) -> float:
    """How much of a pattern of this period (template pixels) a picture shows: nothing of two pixels or less."""
    return float(np.clip((period_px * side / TEMPLATE_PX - 2) / 1.5, 0, 1))
