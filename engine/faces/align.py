"""From a face in a photo to the 512 (FFHQ) template and back.

An affine here is a (2, 3) float64 matrix taking photo pixels to pixels of the 512 template, both counted from the
centre of the first pixel as OpenCV counts them. A picture of the template at another size shows the same square, so
its pixel centres lie elsewhere: `scaled` moves them by the half pixel that this takes.
"""

from __future__ import annotations

from itertools import combinations
from math import ceil, floor
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.base.sizes import TEMPLATE_PX, Box, Size
from engine.faces.face import Points

Affine = NDArray[np.float64]
Image = NDArray[Any]

TEMPLATE_512: Points = np.array(
    [
        (192.98138, 239.94708),
        (318.90277, 240.1936),
        (256.63416, 314.01935),
        (201.26117, 371.41043),
        (313.08905, 371.15118),
    ]
)
"""Left eye, right eye, nose, left and right mouth corner in the 512 template."""

_LMEDS_CUT = 2.5 * 1.4826 * (1 + 5 / (5 - 2))
_STRIP_PX = 64


def affine_to_template(landmarks: Points) -> Affine:
    """The similarity that takes five landmarks (5, 2) in a photo to the 512 template.

    Least median of squares (Rousseeuw 1984), as the published pipeline fits it, but over all ten pairs of landmarks
    where OpenCV draws pairs at random: the same landmarks always give the same affine. A landmark that is far off (a
    hand over the mouth) has no say; on ordinary faces the square is where least squares put it, to a tenth of a pixel
    of 512 in the mean. Raises ValueError if the points don't span a face.
    """
    points = np.asarray(landmarks, np.float64)
    if points.shape != TEMPLATE_512.shape or not np.isfinite(points).all():
        raise ValueError(f"five finite landmarks (5, 2) are needed, not {points.shape}")
    best: tuple[float, NDArray[np.bool_]] | None = None
    for pair in combinations(range(len(points)), 2):
        chosen = points[list(pair)]
        if np.allclose(chosen[0], chosen[1], rtol=0, atol=1e-6):
            continue
        error2 = np.sum((apply(umeyama(chosen, TEMPLATE_512[list(pair)]), points) - TEMPLATE_512) ** 2, axis=1)
        median2 = float(np.median(error2))
        if best is None or median2 < best[0]:
            # Rousseeuw and Leroy's robust scale with their correction for few points (5 points, 2 in a model).
            best = median2, error2 <= max(_LMEDS_CUT**2 * median2, 1e-6)
    if best is None:
        raise ValueError("the five landmarks are one point")
    return umeyama(points[best[1]], TEMPLATE_512[best[1]])


def umeyama(source: Points, target: Points) -> Affine:
    """The least-squares similarity (turn, scale, shift; no mirroring) taking source points (n, 2) to target points.

    With points as complex numbers and means removed it is z -> k z, k = sum(conj(s) t) / sum(|s|^2).
    """
    s_mean, t_mean = source.mean(axis=0), target.mean(axis=0)
    s = (source - s_mean) @ np.array([1, 1j])
    t = (target - t_mean) @ np.array([1, 1j])
    k = np.vdot(s, t) / np.vdot(s, s).real
    turn = np.array([[k.real, -k.imag], [k.imag, k.real]])
    return np.hstack([turn, (t_mean - turn @ s_mean)[:, None]])


def apply(affine: Affine, points: Points) -> Points:
    """Take points (n, 2) through an affine."""
    return np.asarray(points @ affine[:, :2].T + affine[:, 2])


def invert(affine: Affine) -> Affine:
    """The affine of the way back, in closed form. Raises ValueError for one that flattens the plane."""
    (a, b, tx), (c, d, ty) = affine
    det = a * d - b * c
    if not np.isfinite(det) or abs(det) < 1e-12:
        raise ValueError("this affine has no inverse")
    return np.asarray(np.array([[d, -b, b * ty - d * tx], [-c, a, c * tx - a * ty]]) / det)


def scaled(affine: Affine, size_px: int) -> Affine:
    """The affine to a template picture of another size; the half pixels keep the square's edges where they are."""
    factor = size_px / TEMPLATE_PX
    out = affine * factor
    out[:, 2] += (factor - 1) / 2
    return out


def face_px(affine: Affine) -> float:
    """Side of the template's square in photo pixels."""
    return float(TEMPLATE_PX / np.sqrt(abs(np.linalg.det(affine[:, :2]))))


def template_corners(affine: Affine) -> Points:
    """Corners (4, 2) of the template's square in the photo, clockwise from the top left, its outer edges included."""
    low, high = -0.5, TEMPLATE_PX - 0.5
    return apply(invert(affine), np.array([(low, low), (high, low), (high, high), (low, high)]))


def template_box(affine: Affine, photo: Size) -> Box:
    """The whole pixels of the photo that the template's square touches; without area if it lies outside the photo."""
    corners = template_corners(affine) + 0.5  # from pixel centres to edges
    (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
    left, top = min(max(floor(x0), 0), photo.width), min(max(floor(y0), 0), photo.height)
    right, bottom = min(max(ceil(x1), left), photo.width), min(max(ceil(y1), top), photo.height)
    return Box(left, top, right, bottom)


def crop(img: Image, affine: Affine, size_px: int = TEMPLATE_PX) -> Image:
    """The face as a template picture of any size, from a u8, u16 or f32 photo; type and range stay.

    (H, W) or (H, W, C) -> (size_px, size_px) or (size_px, size_px, C). A face larger than the crop is averaged down,
    beyond the photo's edge the photo is mirrored. `affine` is the one to the 512 template, whatever the size.
    """
    return _warp(img, scaled(affine, size_px), Size(size_px, size_px), cv2.BORDER_REFLECT_101)


def warp_back(picture: Image, affine: Affine, box: Box) -> NDArray[np.float32]:
    """A template picture of any size, or a mask, laid into a box of the photo with whole-numbered edges.

    (S, S) or (S, S, C) -> float32 (box height, box width) or (..., C), in the range given; averaged where the face is
    smaller in the photo. Outside the template's square the picture's edge goes on: a mask that ends in 0 stays 0.
    """
    back = invert(scaled(affine, picture.shape[0]))
    back[:, 2] -= (box.x0, box.y0)
    size = Size(int(box.width), int(box.height))
    return _warp(picture.astype(np.float32, copy=False), back, size, cv2.BORDER_REPLICATE)


def _warp(img: Image, affine: Affine, size: Size, border: int) -> Image:
    """Warp by `affine` (source -> target pixels), bilinear, each target pixel the mean of n x n samples.

    n is how many source pixels a target pixel is wide: as good as an area average at any angle. It goes in strips, so
    that a face as large as a 24-megapixel photo needs a few megabytes.
    """
    n = max(1, ceil(1 / np.sqrt(abs(np.linalg.det(affine[:, :2]))) - 0.01))
    fine = affine * n
    fine[:, 2] += (n - 1) / 2
    out = np.empty((size.height, size.width, *img.shape[2:]), img.dtype)
    for top in range(0, size.height, _STRIP_PX):
        height = min(_STRIP_PX, size.height - top)
        strip = fine - np.array([[0, 0, 0], [0, 0, top * n]])
        part = cv2.warpAffine(img, strip, (size.width * n, height * n), flags=cv2.INTER_LINEAR, borderMode=border)
        if n > 1:
            part = cv2.resize(part, (size.width, height), interpolation=cv2.INTER_AREA)
        out[top : top + height] = part.reshape(out[top : top + height].shape)
    return out
