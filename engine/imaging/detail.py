"""The photo's own detail that a network's picture is too small to hold: what of it to keep, and what is damage.

`residual` is the photo less what is left of it after going down to the network's size and back. It is split into
octaves, and each is shrunk by Wiener's factor, signal / (signal + noise), with the noise measured where the photo is
smoothest: in a clean photo next to nothing is lost, in a noisy one the strong edges stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.imaging.grain import block_means
from engine.imaging.tone import luma

_FINEST_SIGMA_PX = 0.8
_SMOOTH_PERCENTILE = 10
_DARKEST, _BRIGHTEST = 0.05, 0.95  # clipped areas have no noise to measure
_INVISIBLE = 1 / 255  # noise below it is no reason to lose texture of skin
_CAUTION = 1.5  # the smoothest blocks have a little less noise than the others
_STRUCTURE_SIGMAS_PX = (1.0, 4.0)  # of the network's picture: lids, lips, strands of hair
_STRUCTURE_WINDOW_PX = 3.0
_UNSURE = 4 / 255  # fainter structure is no witness, neither for nor against
_UNLIKE, _ALIKE = 0.3, 0.6


def detail_noise(luma_01: NDArray[np.float32], residual: NDArray[np.float32], scale: float) -> tuple[float, ...]:
    """Variance of the noise in each octave of a residual that is to be counted as damage; luma and residual (H, W).

    `scale` is the network's pixels a photo pixel; the octaves reach from the photo's resolution to the network's.
    """
    mean = block_means(luma_01)
    usable = (mean > _DARKEST) & (mean < _BRIGHTEST)
    if not usable.any():
        return tuple(0.0 for _ in _octaves(residual, scale))
    floor = _INVISIBLE**2
    levels = [np.percentile(block_means(o * o)[usable], _SMOOTH_PERCENTILE) for o in _octaves(residual, scale)]
    return tuple(max(0.0, _CAUTION * (float(level) - floor)) for level in levels)


def kept_detail(residual: NDArray[np.float32], noise: Sequence[float], scale: float) -> NDArray[np.float32]:
    """The part of a residual (H, W, 3) that is detail, given `detail_noise` of its luma; (H, W, 3)."""
    kept = np.zeros_like(residual)
    sigma_px = 2 * _FINEST_SIGMA_PX
    for octave, variance in zip(_octaves(residual, scale), noise, strict=True):
        y = luma(octave)
        energy = np.maximum(_blur(y * y, sigma_px), np.float32(1e-12))
        kept += octave * np.maximum(0, 1 - variance / energy)[..., None]
        sigma_px *= 2
    return kept


def shared_structure(
    candidate_luma_01: NDArray[np.float32], source_luma_01: NDArray[np.float32]
) -> NDArray[np.float32]:
    """How far a candidate shows the same thing as the photo at each place, from 0 to 1; all (S, S).

    Where they differ (a scratch that is gone, a lid that moved), the photo's finer detail would draw the old edge
    over the new one. Measured as local coherence, (sum ab)^2 / (sum a^2 sum b^2), of what both have between two
    scales: a candidate that is only softer than the photo is coherent with it.
    """
    fine_px, coarse_px = _STRUCTURE_SIGMAS_PX
    a, b = (_blur(img, fine_px) - _blur(img, coarse_px) for img in (candidate_luma_01, source_luma_01))
    both, one, other = (_blur(product, _STRUCTURE_WINDOW_PX) + _UNSURE**2 for product in (a * b, a * a, b * b))
    coherence = np.square(np.maximum(both, 0)) / (one * other)
    t = np.clip((coherence - _UNLIKE) / (_ALIKE - _UNLIKE), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def _blur(img: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(img, (0, 0), sigma_px), np.float32)


def _octaves(residual: NDArray[np.float32], scale: float) -> Iterator[NDArray[np.float32]]:
    """Differences of Gaussians from the finest down to the network's resolution, and the rest; together the input."""
    sigma_px = _FINEST_SIGMA_PX
    while sigma_px < 0.5 / scale:
        blurred = _blur(residual, sigma_px)
        yield residual - blurred
        residual, sigma_px = blurred, 2 * sigma_px
    yield residual
