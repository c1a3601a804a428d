"""A picture made smaller: each new sample is the mean of the area it covers."""

from __future__ import annotations

import cv2
import numpy as np

from engine.imaging.photo import Samples


def reduced(pixels: Samples, alpha: Samples | None, longest_px: int) -> tuple[Samples, Samples | None]:
    """Samples (H, W, C) and alpha (H, W) with at most `longest_px` along the longer side; the same arrays if they fit.

    Types stay. Colours count by their alpha, so that nothing seeps out of transparent parts.
    """
    height, width = pixels.shape[:2]
    factor = longest_px / max(height, width)
    if factor >= 1:
        return pixels, alpha
    to = max(1, round(width * factor)), max(1, round(height * factor))
    if alpha is None:
        return _area(pixels, to), None
    weight = alpha[..., None].astype(np.float32)
    sums, weights = _area(pixels * weight, to), _area(weight, to)
    colour = np.where(weights > 0, sums / np.maximum(weights, 1e-6), _area(pixels, to))
    return np.rint(colour).astype(pixels.dtype), np.rint(weights[..., 0]).astype(alpha.dtype)


def _area(samples: np.ndarray, to: tuple[int, int]) -> np.ndarray:
    smaller = cv2.resize(samples, to, interpolation=cv2.INTER_AREA)
    return np.asarray(smaller).reshape(to[1], to[0], samples.shape[2])
