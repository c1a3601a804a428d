"""Where in the template the face is, as feathered masks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.base.sizes import TEMPLATE_PX
from engine.protocol import RegionOpacity

# Of the 512 template, where the eyes lie at y = 240 and the mouth at y = 371: the hairline to below the chin.
_CENTRE = (256.0, 268.0)
_RADII = (200.0, 232.0)
_CORE = 0.68  # share of the radii inside which the mask is 1

# Ellipses (centre x, y, radii x, y) on whose line a region's share is one half.
_EYES = ((193.0, 226.0, 64.0, 48.0), (319.0, 226.0, 64.0, 48.0))  # eyes with brows
_MOUTH = (257.0, 375.0, 84.0, 42.0)
_SKIN = (256.0, 300.0, 150.0, 194.0)  # hairline to chin; the hair is outside of it
_EDGE = 0.22  # share of the radii over which one region fades into the next, to either side
_HAIR_FROM, _HAIR_TO = 330.0, 250.0  # hair beside the face fades away downwards, where cheeks and neck are


def face_mask(size_px: int) -> NDArray[np.float32]:
    """The face with forehead and chin, 1 inside, falling smoothly to 0 before the template's edge; (S, S) in [0, 1]."""
    radius = _radius(size_px, (*_CENTRE, *_RADII))
    t = np.clip((1 - radius) / (1 - _CORE), 0, 1)
    return np.asarray(np.clip(t * t * t * (t * (6 * t - 15) + 10), 0, 1))  # rounding goes a little beyond 1


def region_opacity(size_px: int, opacity: RegionOpacity) -> NDArray[np.float32]:
    """The opacities of a face's regions as one picture of the template, (S, S) in [0, 1]; 1 everywhere if all are 1."""
    eyes, mouth, hair, _ = region_shares(size_px)
    above_skin = eyes * (opacity.eyes - opacity.skin)
    above_skin += mouth * (opacity.mouth - opacity.skin)
    above_skin += hair * (opacity.hair - opacity.skin)
    return np.asarray(np.clip(np.float32(opacity.skin) + above_skin, 0, 1))


def region_shares(size_px: int) -> tuple[NDArray[np.float32], ...]:
    """How far each pixel of the template belongs to eyes, mouth, hair and skin, in this order; (S, S), summing to 1."""
    eyes = np.maximum(*(_inside(size_px, eye) for eye in _EYES))
    mouth = _inside(size_px, _MOUTH)
    upper = _smooth((_HAIR_FROM - _along(size_px)) / (_HAIR_FROM - _HAIR_TO))[:, None]
    hair = (1 - _inside(size_px, _SKIN)) * upper * (1 - eyes)
    return eyes, mouth, hair, 1 - eyes - mouth - hair


def _along(size_px: int) -> NDArray[np.float32]:
    """Where the pixels of a template picture lie along a side of the 512 template."""
    return np.asarray((np.arange(size_px, dtype=np.float32) + 0.5) * (TEMPLATE_PX / size_px) - 0.5)


def _radius(size_px: int, ellipse: tuple[float, float, float, float]) -> NDArray[np.float32]:
    """Distance from an ellipse's centre, 1 on its line; (S, S)."""
    at, (x, y, x_radius, y_radius) = _along(size_px), ellipse
    return np.asarray(np.hypot(((at - x) / x_radius)[None, :], ((at - y) / y_radius)[:, None]))


def _inside(size_px: int, ellipse: tuple[float, float, float, float]) -> NDArray[np.float32]:
    return _smooth((1 + _EDGE - _radius(size_px, ellipse)) / (2 * _EDGE))


def _smooth(t: NDArray[np.float32]) -> NDArray[np.float32]:
    """Smoothstep: 0 below 0, 1 above 1, level at both."""
    t = np.clip(t, 0, 1)
    return np.asarray(t * t * (3 - 2 * t))
