"""What happens to a print's surface over the years: scratches, dust and hairs, creases, stains.

Pictures are RGB, float32, [0, 1], (S, S, 3); `white` is the bare paper's colour, (3,). Everything is drawn in template
coordinates, so that a seed gives the same marks at every side; results are not clipped.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.base.sizes import TEMPLATE_PX
from engine.degrade.fields import Field, axes, cloud, spread
from engine.degrade.model import Picture

_FINER = 2  # marks are drawn at so many times the picture's side, then averaged
_FRACTION_BITS = 4
_DARK = np.full(3, 0.07, np.float32)
_TABLE = 2048  # samples of a crease along its length
Points = NDArray[np.float64]


class _Marks:
    """Thin marks with smooth edges, drawn one over another into a mask."""

    def __init__(self, side: int) -> None:
        self._side = side
        self._factor = _FINER * side / TEMPLATE_PX
        self._mask = np.zeros((_FINER * side, _FINER * side), np.uint8)

    def _place(self, points: Points) -> NDArray[np.int32]:
        return np.rint(points * (self._factor * (1 << _FRACTION_BITS))).astype(np.int32)

    def line(self, points: Points, width_px: float, opacity: float) -> None:
        """Points (N, 2) as x, y; what is thinner than a pixel is fainter instead."""
        width = width_px * self._factor
        level = round(255 * opacity * min(1.0, width))
        cv2.polylines(
            self._mask, [self._place(points)], False, level, max(1, round(width)), cv2.LINE_AA, _FRACTION_BITS
        )

    def patch(self, points: Points, radius_px: float, opacity: float) -> None:
        """A filled polygon of about this radius."""
        level = round(255 * opacity * min(1.0, (2 * radius_px * self._factor) ** 2))
        cv2.fillPoly(self._mask, [self._place(points)], level, cv2.LINE_AA, _FRACTION_BITS)

    def mask(self) -> Field:
        """Coverage in [0, 1], (S, S)."""
        small = cv2.resize(self._mask, (self._side, self._side), interpolation=cv2.INTER_AREA)
        return np.asarray(small * np.float32(1 / 255))


def scratches(
    img_01: Picture, count: int, width_px: float, direction: float, white: Field, rng: np.random.Generator
) -> Picture:
    """Thin lines, most of them long and along the film's direction (radians), some short and anywhere.

    Where the emulsion is gone the paper shows; scratches of the negative's back print dark.
    """
    side = img_01.shape[0]
    bright, dark = _Marks(side), _Marks(side)
    for _ in range(count):
        along = rng.random() < 0.65
        angle = direction + rng.normal(0, 0.025) if along else rng.uniform(0, math.pi)
        length = TEMPLATE_PX * (rng.uniform(0.1, 1.3) if along else rng.uniform(0.02, 0.25))
        bend = 0.012 if along else 0.12
        path = _walk(rng.uniform(0, TEMPLATE_PX, 2), angle, length, bend, rng)
        marks = bright if rng.random() < 0.75 else dark
        marks.line(path, width_px * rng.uniform(0.25, 1) ** 1.5, rng.uniform(0.25, 1.0))
    worn = np.clip(0.75 + 0.9 * cloud(rng, side, 10, 3), 0, 1)  # they skip and fade
    return _laid(_laid(img_01, dark.mask() * worn * np.float32(0.55), _DARK), bright.mask() * worn, white)


def _walk(middle: Points, angle: float, length: float, bend: float, rng: np.random.Generator) -> Points:
    """A path of 16 pieces about `middle` whose direction wanders by `bend` radians a piece; (17, 2)."""
    angles = angle + np.cumsum(rng.normal(0, bend, 16))
    path = np.cumsum(length / 16 * np.stack([np.cos(angles), np.sin(angles)], axis=-1), axis=0)
    path = np.vstack([np.zeros((1, 2)), path])
    return np.asarray(middle + path - path.mean(0))


def _laid(img_01: Picture, mask: Field, colour: Field) -> Picture:
    """A colour (3,) laid over the picture where the mask (S, S) says."""
    return np.asarray(img_01 * spread(1 - mask) + cv2.merge([mask * c for c in colour]))


def dust(img_01: Picture, specks: int, hairs: int, size_px: float, white: Field, rng: np.random.Generator) -> Picture:
    """Specks of uneven shape, few of them large, and curled hairs; on a negative they print white, on a slide dark."""
    side = img_01.shape[0]
    bright, dark = _Marks(side), _Marks(side)
    turns = np.linspace(0, 2 * math.pi, 8, endpoint=False)
    for _ in range(specks):
        radius = size_px * min(rng.lognormal(-0.5, 0.6), 4.0)
        radii = radius * rng.uniform(0.5, 1.3, 8) * np.array([[1.0], [rng.uniform(0.5, 1)]])
        shape = np.stack([radii[0] * np.cos(turns), radii[1] * np.sin(turns)], axis=-1)
        marks = bright if rng.random() < 0.8 else dark
        marks.patch(rng.uniform(0, TEMPLATE_PX, 2) + shape, radius, rng.uniform(0.35, 1))
    for _ in range(hairs):
        length = rng.uniform(0.05, 0.3) * TEMPLATE_PX
        path = _walk(rng.uniform(0, TEMPLATE_PX, 2), rng.uniform(0, 2 * math.pi), length, rng.uniform(0.1, 0.5), rng)
        (bright if rng.random() < 0.6 else dark).line(path, rng.uniform(0.6, 1.4), rng.uniform(0.3, 0.8))
    return _laid(_laid(img_01, dark.mask() * np.float32(0.65), _DARK), bright.mask(), white)


def creases(
    img_01: Picture, count: int, width_px: float, light: float, white: Field, rng: np.random.Generator
) -> Picture:
    """Folds: one slope catches the light and the other lies in shadow, and along the ridge the emulsion breaks off."""
    for _ in range(count):
        img_01 = _crease(img_01, width_px, light, white, rng)
    return img_01


def _rough(rng: np.random.Generator, cells: int) -> Field:
    """A random function of the length of a crease, about [-1, 1], as a table."""
    values = rng.uniform(-1, 1, (1, cells)).astype(np.float32)
    return np.asarray(cv2.resize(values, (_TABLE, 1), interpolation=cv2.INTER_CUBIC)[0])


def _crease(img_01: Picture, width_px: float, light: float, white: Field, rng: np.random.Generator) -> Picture:
    side = img_01.shape[0]
    x, y = axes(side)
    middle, angle = rng.uniform(0.1, 0.9, 2) * TEMPLATE_PX, rng.uniform(0, math.pi)
    c, s = np.float32(math.cos(angle)), np.float32(math.sin(angle))
    x, y = x - np.float32(middle[0]), y - np.float32(middle[1])
    along, across = x * c + y * s, y * c - x * s
    place = ((along / (3 * TEMPLATE_PX) + np.float32(0.5)) * _TABLE).astype(np.int32)  # 1.5 sides each way
    # The ridge wanders, is broken in places, and does not run through the whole print.
    half = rng.uniform(0.15, 1.3) * TEMPLATE_PX
    reach = np.abs((np.arange(_TABLE) / _TABLE - 0.5) * 3 * TEMPLATE_PX)
    strength = np.clip((half - reach) / (0.3 * half), 0, 1) * np.clip(0.7 + 0.6 * _rough(rng, 40), 0, 1)
    ridge = 6 * _rough(rng, 12) + 1.2 * _rough(rng, 150) + 0.5 * _rough(rng, 600)
    lost = np.clip(_rough(rng, 30) - rng.uniform(-0.1, 0.8), 0, 1) * strength
    left, right = (width_px * (6 * lost * (0.6 + 0.6 * _rough(rng, 250)) + 0.6 * strength) for _ in range(2))
    ridge, strength, left, right = (table.astype(np.float32)[place] for table in (ridge, strength, left, right))
    distance = across - ridge
    # Bare paper between the two broken edges of the emulsion, antialiased.
    edge = np.float32(side / TEMPLATE_PX)
    bare = np.clip((right - distance) * edge + 0.5, 0, 1) * np.clip((left + distance) * edge + 0.5, 0, 1)
    bare *= np.clip(strength * 1.2, 0, 1) * np.clip(width_px * edge * 1.2, 0, 1)
    # Two slopes, one of them lit, and a dark lip beside the ridge.
    scaled = distance / np.float32(rng.uniform(3, 14))
    facing = np.float32(math.copysign(1.0, math.sin(light - angle)) * rng.uniform(0.05, 0.2))
    lip = np.exp(-(((distance - 2) / np.float32(1.5 + width_px)) ** 2))
    shade = strength * (facing * scaled * np.exp(-0.5 * scaled**2) - np.float32(0.25) * lip)
    return _laid(img_01 * spread(1 + shade), bare, white)


def stains(img_01: Picture, spots: int, tides: int, rng: np.random.Generator) -> Picture:
    """Foxing (clusters of soft rust-brown spots) and the tide lines that water leaves."""
    side = img_01.shape[0]
    marks = _Marks(side)
    turns = np.linspace(0, 2 * math.pi, 12, endpoint=False)
    nests = rng.uniform(0, TEMPLATE_PX, (3, 2))
    for _ in range(spots):
        radius = min(rng.lognormal(1.0, 0.7), 16.0)
        shape = radius * rng.uniform(0.7, 1.2, 12)[:, None] * np.stack([np.cos(turns), np.sin(turns)], axis=-1)
        near = nests[rng.integers(3)] + rng.normal(0, 70, 2)
        marks.patch(near + shape, radius, rng.uniform(0.2, 0.8))
    ratio = side / TEMPLATE_PX
    core = cv2.GaussianBlur(marks.mask(), (0, 0), max(0.3, 1.2 * ratio))
    rust = core + 0.6 * cv2.GaussianBlur(core, (0, 0), max(0.3, 5 * ratio))
    rust = np.clip(rust * np.clip(0.8 + 0.8 * cloud(rng, side, 24, 3), 0.2, 1.4), 0, 1)
    out = _absorbed(img_01, rust, (0.28, 0.45, 0.66))
    for _ in range(tides):
        out = _tide(out, rng)
    return np.asarray(out)


def _tide(img_01: Picture, rng: np.random.Generator) -> Picture:
    """A dried water stain: the inside paler or yellowed, dirt gathered in a sharp rim that fades inwards."""
    side = img_01.shape[0]
    x, y = axes(side)
    cx, cy = rng.uniform(-0.1, 1.1, 2).astype(np.float32) * TEMPLATE_PX
    radius = np.float32(rng.uniform(0.15, 0.55) * TEMPLATE_PX)
    depth = radius - np.hypot(x - cx, y - cy) + np.float32(45) * cloud(rng, side, 6, 4)  # template pixels inwards
    inside = np.clip(depth / 3, 0, 1)
    rim = inside * np.exp(-np.maximum(depth, 0) / np.float32(rng.uniform(4, 12)))
    strength = np.float32(rng.uniform(0.25, 1))
    rim *= np.clip(0.8 + 0.7 * cloud(rng, side, 5, 2), 0, 1) * strength
    return _absorbed(_absorbed(img_01, rim, (0.30, 0.40, 0.55)), inside * strength, (0.04, 0.07, 0.14))


def _absorbed(img_01: Picture, mask: Field, absorption: tuple[float, float, float]) -> Picture:
    """Light taken away by a stain: the share `absorption` of each channel where the mask (S, S) is 1."""
    return np.asarray(img_01 * cv2.merge([1 - np.float32(a) * mask for a in absorption]))
