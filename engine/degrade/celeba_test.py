"""The published CelebA-Test degradation, to the bit: 4,000 combinations, ten scales, one seed.

Written from the released preparation's facts: the noise of an image depends on all images before it, so the
generator runs through the files in order; `only` leaves out what is not wanted but keeps their draws.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.degrade.model import gaussian_kernel, jpeg

JPEG_QUALITIES = (30, 40, 50, 60, 70)
SCALES = (4, 8, 12, 16, 20, 24, 28, 32, 36, 40)
NOISE_LEVELS = (1, 5, 10, 15, 20)
SIGMAS = (4, 8, 12, 16)
THETAS = (0.0, math.pi / 4, math.pi / 2, 3 * math.pi / 4)
SEED = 10_000
SIDE_PX = 512


@dataclass(frozen=True)
class Combination:
    """Parameters of one image of the test set; sigma_y is drawn as the set is made."""

    jpeg_quality: int
    scale: int
    noise: int
    sigma_x: int
    theta: float


def combinations() -> list[Combination]:
    """All 4,000, in the order of the files; the outermost loop is the JPEG quality."""
    return [Combination(*c) for c in product(JPEG_QUALITIES, SCALES, NOISE_LEVELS, SIGMAS, THETAS)]


def degrade_bgr(
    img_u8: NDArray[np.uint8], c: Combination, sigma_y: float, noise: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """One image: (512, 512, 3) BGR uint8 -> the same; `noise` is standard normal at the small size, BGR."""
    return enlarge(shrink_bgr(img_u8, c, sigma_y, noise))


def shrink_bgr(
    img_u8: NDArray[np.uint8], c: Combination, sigma_y: float, noise: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """All but the last step of `degrade_bgr`: (512, 512, 3) BGR uint8 -> the small image, 512 // scale a side."""
    x = img_u8.astype(np.float32) / 255  # the published set divides in BGR float32
    kernel = gaussian_kernel(c.sigma_x, sigma_y, c.theta, 41)
    y = cv2.filter2D(x, -1, kernel, borderType=cv2.BORDER_REFLECT_101)
    side = SIDE_PX // c.scale
    y = cv2.resize(y, (side, side), interpolation=cv2.INTER_LINEAR)
    y = np.clip(y + (noise * c.noise / 255).astype(np.float32), 0, 1)
    return jpeg(np.rint(y[..., ::-1] * 255).astype(np.uint8), c.jpeg_quality)[..., ::-1]


def enlarge(small_u8: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The last step: the small image (h, h, 3) uint8, RGB or BGR, back to (512, 512, 3) by linear interpolation."""
    y = cv2.resize(small_u8.astype(np.float32) / 255, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_LINEAR)
    return np.clip(np.rint(y * 255), 0, 255).astype(np.uint8)


def make_test_set(
    load_bgr: Callable[[int], NDArray[np.uint8]], only: Callable[[int], bool] = lambda n: True
) -> Iterator[tuple[int, Combination, NDArray[np.uint8]]]:
    """The whole set in order: index n, its combination and the damaged image; load_bgr(n) gives clean image n."""
    choose = random.Random(SEED)
    noise_source = np.random.RandomState(SEED)
    for n, c in enumerate(combinations()):
        sigma_y = choose.choice(SIGMAS)
        side = SIDE_PX // c.scale
        noise = noise_source.randn(side, side, 3)
        if only(n):
            yield n, c, degrade_bgr(load_bgr(n), c, sigma_y, noise)


def degrade_at_scale(img_u8: NDArray[np.uint8], scale: int, n: int) -> NDArray[np.uint8]:
    """One RGB image damaged as CelebA-Test does at the given scale, with combination and noise of its own seed `n`.

    For test sets of other sizes than 4,000: (512, 512, 3) RGB uint8 -> the same. The other parameters go round the
    published lists, so that a set of some dozen images sees all of them.
    """
    return enlarge(shrink_at_scale(img_u8, scale, n))


def shrink_at_scale(img_u8: NDArray[np.uint8], scale: int, n: int) -> NDArray[np.uint8]:
    """The small image from which `degrade_at_scale` enlarges: (512, 512, 3) -> (512 // scale, 512 // scale, 3)."""
    rng = np.random.default_rng((SEED, scale, n))
    c = Combination(
        JPEG_QUALITIES[n % 5], scale, NOISE_LEVELS[(n // 5) % 5], SIGMAS[(n // 2) % 4], THETAS[(n // 3) % 4]
    )
    side = SIDE_PX // scale
    small = shrink_bgr(
        np.ascontiguousarray(img_u8[..., ::-1]), c, float(rng.choice(SIGMAS)), rng.standard_normal((side, side, 3))
    )
    return np.ascontiguousarray(small[..., ::-1])
