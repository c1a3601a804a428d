"""How a picture gets on paper: film grain, the dot screen of printing presses, and the paper's own texture.

Pictures are RGB, float32, [0, 1], (S, S, 3); results are not clipped.
"""

from __future__ import annotations

import functools
import math
from typing import Literal

import cv2
import numpy as np

from engine.base.sizes import TEMPLATE_PX
from engine.degrade.fields import Field, axes, resolved, smooth, speckle, spread
from engine.degrade.model import Picture, to_grey

Paper = Literal["none", "honeycomb", "silk", "linen", "fibre"]
_COLOUR_GRAIN = 0.35
_FELT = 0.6  # felted paper is flatter than an embossed one
_TABLE = 1024


def grain(img_01: Picture, amount: float, grain_px: float, colour: bool, rng: np.random.Generator) -> Picture:
    """Add film grain of standard deviation `amount` in the middle tones, less in deep shadows and bright lights.

    Of colour film a part of it is of the single dye layers and so coloured.
    """
    side = img_01.shape[0]
    luma = to_grey(img_01)
    seen = np.float32(amount) * (0.3 + 0.7 * np.sqrt(np.clip(4 * luma * (1 - luma), 0, 1)))
    noise = spread(speckle(rng, side, grain_px))
    if colour:
        layers = speckle(rng, side, grain_px, 3)
        noise = math.sqrt(1 - _COLOUR_GRAIN**2) * noise + np.float32(_COLOUR_GRAIN) * layers
    return np.asarray(img_01 + seen * noise, dtype=np.float32)


def halftone(img_01: Picture, amount: float, period_px: float, angle: float, colour: bool) -> Picture:
    """Print through a rotated dot screen, blended in by `amount`; in colour each ink has its own angle, as in presses.

    A screen too fine for the picture's pixels is not seen.
    """
    side = img_01.shape[0]
    seen = amount * resolved(period_px, side)
    if not seen:
        return img_01
    hardness = max(1.0, period_px * side / TEMPLATE_PX / 2)  # dot edges about one pixel wide
    # Stretched so that white has no dots and black no holes.
    wanted = img_01 * np.float32(1 + 1 / hardness) - np.float32(0.5 / hardness)
    turns = (0.0, math.pi / 6, math.pi / 3) if colour else (0.0,)
    screens = np.stack([_screen(side, period_px, angle + turn) for turn in turns], axis=-1)
    printed = np.clip((wanted - screens) * np.float32(hardness) + 0.5, 0, 1)
    return np.asarray(img_01 + np.float32(seen) * (printed - img_01))


def _screen(side: int, period_px: float, angle: float) -> Field:
    """Thresholds of a dot screen, evenly distributed over [0, 1] so that tones are kept; (S, S)."""
    u, v = _turned(side, angle, 2 * math.pi / period_px)
    place = (np.cos(u) + np.cos(v)) * np.float32(_TABLE / 4) + np.float32(_TABLE / 2)
    return np.asarray(_ranks()[np.clip(place, 0, _TABLE - 1).astype(np.int32)])


@functools.cache
def _ranks() -> Field:
    """The distribution function of (cos u + cos v) over its range, u and v uniform, as a table."""
    wave = np.cos((np.arange(256) + 0.5) * 2 * np.pi / 256)
    values = np.sort((wave[:, None] + wave).ravel())
    return (np.searchsorted(values, np.linspace(-2, 2, _TABLE)) / values.size).astype(np.float32)


def _turned(side: int, angle: float, factor: float, bend: Field | float = 0.0) -> tuple[Field, Field]:
    """Coordinates along and across a direction, times `factor`, moved by `bend`; both (S, S)."""
    x, y = axes(side)
    c, s = np.float32(math.cos(angle) * factor), np.float32(math.sin(angle) * factor)
    return np.asarray(x * c + y * s + bend), np.asarray(y * c - x * s + bend)


def texture(
    img_01: Picture, paper: Paper, depth: float, period_px: float, light: float, rng: np.random.Generator
) -> Picture:
    """Light the paper's relief from the direction `light` (radians): `depth` is the brightness's standard deviation.

    Relief brightens dark parts too, where its slopes reflect the lamp.
    """
    side = img_01.shape[0]
    if paper == "none" or not resolved(period_px, side):
        return img_01
    height = _RELIEFS[paper](side, period_px, rng)
    c, s = math.cos(light), math.sin(light)
    towards = np.array([[0, 0, 0], [0, -c - s, c], [0, s, 0]])
    slope = np.asarray(cv2.filter2D(height, -1, towards, borderType=cv2.BORDER_REFLECT))
    seen = depth * resolved(period_px, side) / max(float(slope.std()), 1e-6)
    if paper == "fibre":
        seen *= _FELT
    # The print does not lie quite flat, and no embossing is quite even.
    uneven = (1 + 0.4 * smooth(rng, side, 5)) * (1 + 0.4 * smooth(rng, side, 70))
    lit = np.asarray(slope * uneven * np.float32(seen), dtype=np.float32)
    return np.asarray(img_01 + spread(lit) * (img_01 + np.float32(0.35)))


def _honeycomb(side: int, period_px: float, rng: np.random.Generator) -> Field:
    turn, bend = rng.uniform(0, math.pi), np.float32(0.5) * smooth(rng, side, 6)
    waves = [
        np.cos(_turned(side, turn + n * math.pi / 3, 4 * math.pi / math.sqrt(3) / period_px, bend)[0]) for n in range(3)
    ]
    return np.asarray(sum(waves))


def _silk(side: int, period_px: float, rng: np.random.Generator) -> Field:
    u, v = _turned(side, math.pi / 4 + rng.normal(0, 0.05), 2 * math.pi / period_px, smooth(rng, side, 6))
    return np.asarray(np.cos(u) * np.cos(v))


def _linen(side: int, period_px: float, rng: np.random.Generator) -> Field:
    """Threads of uneven strength, crossing."""
    u, v = _turned(side, rng.normal(0, 0.03), 2 * math.pi / period_px, smooth(rng, side, 8))
    strengths = [rng.uniform(0.2, 1, shape).astype(np.float32) for shape in ((8, 96), (96, 8))]
    along, across = (cv2.resize(s, (side, side), interpolation=cv2.INTER_LINEAR) for s in strengths)
    return np.asarray(along * np.cos(u) + across * np.cos(v))


def _fibre(side: int, period_px: float, rng: np.random.Generator) -> Field:
    """Felted fibres: noise stretched along two directions."""
    sigma = period_px * side / TEMPLATE_PX / 6
    noise = [rng.standard_normal((side, side), dtype=np.float32) for _ in range(2)]
    lying = cv2.GaussianBlur(noise[0], (0, 0), 1.8 * sigma, sigmaY=sigma)
    fibres = lying + cv2.GaussianBlur(noise[1], (0, 0), sigma, sigmaY=1.8 * sigma)
    return np.asarray(fibres)


_RELIEFS = {"honeycomb": _honeycomb, "silk": _silk, "linen": _linen, "fibre": _fibre}
