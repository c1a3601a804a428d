"""Tone and colour: what tint a photo has, and the large-scale tone of one picture brought to another's.

Everything here works on gamma-encoded values and splits a colour into its luma and the offsets of R, G and B from it,
so that equal channels stay equal to the bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.base.sizes import Box
from engine.base.values import img01_from_int
from engine.imaging.colour import rows_and_columns, to_srgb
from engine.imaging.photo import Photo

_LUMA = np.array((0.299, 0.587, 0.114), np.float32)  # ITU-R BT.601
_TINT_PX = 96  # long side of the picture a tint is measured on: averages noise and JPEG's chroma blocks away
_CURVE_KNOTS = 17
_FEWEST_PIXELS = 8
# Measured around faces: the 95th percentile is at most 8.3 of 255 in toned photographs, at least 10.3 in colour ones.
_GREY_SPREAD, _TONED_SPREAD = 3 / 255, 9 / 255
# Of the side of the picture. Stains are smaller than the first, irises larger than the second.
_LUMA_SIGMA, _CHROMA_SIGMA = 48 / 512, 12 / 512
_SHADING_SIGMAS = (20 / 512, 60 / 512)  # coarse enough that a blurred photo has it too
_CONTRASTS = (0.5, 1.25)
_OUTLIER = 0.08


def luma(img_01: NDArray[np.float32]) -> NDArray[np.float32]:
    """Luma Y' of BT.601, from gamma-encoded RGB; (H, W, 3) -> (H, W). Exactly the common value of equal channels."""
    r, g, b = (img_01[..., channel] for channel in range(3))
    return np.asarray(g + _LUMA[0] * (r - g) + _LUMA[2] * (b - g))


@dataclass(frozen=True, eq=False)
class Tint:
    """Whether a photo is grey, toned in one colour (sepia, a yellowed or bluish scan), or in colour.

    `curve` (17, 3) gives a monochrome photo's offsets of R, G and B from the luma, at lumas evenly spaced from 0 to 1.
    """

    kind: Literal["grey", "toned", "colour"]
    curve: NDArray[np.float32] | None = None

    def applied(self, img_01: NDArray[np.float32]) -> NDArray[np.float32]:
        """The picture as this photo would show it: its luma with the photo's tint, or all of it; (H, W, 3)."""
        if self.curve is None:
            return img_01
        y = luma(img_01)
        knots = np.linspace(0, 1, len(self.curve), dtype=np.float32)
        offsets = [np.interp(y, knots, self.curve[:, channel]).astype(np.float32) for channel in range(3)]
        return y[..., None] + np.stack(offsets, axis=-1)


def photo_tint(photo: Photo, box: Box | None = None) -> Tint:
    """The tint of a photo, or of the part in `box`: a stained border or a table around it says nothing of a face.

    The chroma of a toned photo is a function of its luma, within a little noise; that of a colour one is not, also
    where it was coloured by hand.
    """
    if photo.is_grey:
        return Tint("grey", np.zeros((_CURVE_KNOTS, 3), np.float32))
    own = photo.pixels[rows_and_columns(photo.size, box)]
    scale = min(1.0, _TINT_PX / max(own.shape[:2]))
    size = (max(1, round(own.shape[1] * scale)), max(1, round(own.shape[0] * scale)))
    small_01 = to_srgb(img01_from_int(cv2.resize(own, size, interpolation=cv2.INTER_AREA)), photo)
    y = luma(small_01).ravel()
    offsets = small_01.reshape(-1, 3) - y[:, None]
    if np.percentile(np.linalg.norm(offsets, axis=1), 95) <= _GREY_SPREAD:
        return Tint("grey", np.zeros((_CURVE_KNOTS, 3), np.float32))
    curve = _fitted_curve(y, offsets)
    knots = np.linspace(0, 1, _CURVE_KNOTS)
    fitted = np.stack([np.interp(y, knots, curve[:, channel]) for channel in range(3)], axis=1)
    if np.percentile(np.linalg.norm(offsets - fitted, axis=1), 95) <= _TONED_SPREAD:
        return Tint("toned", curve)
    return Tint("colour")


def match_tone(img_01: NDArray[np.float32], reference_01: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give a picture the contrast, large-scale luma and medium-scale chroma of a reference; all (S, S, 3).

    The contrast is the least-squares gain between the shadings of both. Then the blurred difference is added, blurred
    once more with less weight for pixels that are far from it: a crease or stain that the picture is free of stays
    away. The result may leave [0, 1].
    """
    size_px = len(img_01)
    y = luma(img_01)[..., None]
    shading, wanted = (_shading(picture, size_px) for picture in (y, luma(reference_01)[..., None]))
    gain = np.clip((shading * wanted).sum() / max(float(np.square(shading).sum()), 1e-6), *_CONTRASTS)
    img_01 = img_01 + (gain - 1) * (y - _blur(y, _LUMA_SIGMA * size_px))
    difference = reference_01 - img_01
    y = luma(difference)[..., None]
    luma_shift = _robust_blur(y, _LUMA_SIGMA * size_px)
    return img_01 + luma_shift + _robust_blur(difference - y, _CHROMA_SIGMA * size_px)


def _fitted_curve(y: NDArray[np.float32], offsets: NDArray[np.float32]) -> NDArray[np.float32]:
    """Median offset around each knot that has pixels, straight lines between, level beyond; (N,), (N, 3) -> (17, 3)."""
    nearest = np.rint(y * (_CURVE_KNOTS - 1))
    groups = [group for knot in range(_CURVE_KNOTS) if np.count_nonzero(group := nearest == knot) >= _FEWEST_PIXELS]
    if not groups:
        groups = [np.ones(len(y), bool)]
    at = np.array([y[group].mean() for group in groups])
    medians = np.array([np.median(offsets[group], axis=0) for group in groups])
    knots = np.linspace(0, 1, _CURVE_KNOTS)
    curve = np.stack([np.interp(knots, at, medians[:, channel]) for channel in range(3)], axis=1).astype(np.float32)
    return curve - luma(curve)[:, None]  # each channel has its own median; together they must leave the luma alone


def _shading(y: NDArray[np.float32], size_px: int) -> NDArray[np.float32]:
    fine, coarse = (_blur(y, sigma * size_px) for sigma in _SHADING_SIGMAS)
    return fine - coarse


def _robust_blur(values: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    """Gaussian blur, then a second one weighted by the distance from the first (Cauchy's weight); (H, W, C)."""
    distance = np.linalg.norm(values - _blur(values, sigma_px), axis=2)
    weight = (1 / (1 + np.square(distance / _OUTLIER)))[..., None]
    return _blur(values * weight, sigma_px) / _blur(weight, sigma_px)


def _blur(img: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    blurred: NDArray[np.float32] = np.asarray(cv2.GaussianBlur(img, (0, 0), sigma_px), np.float32)
    return blurred.reshape(img.shape)
