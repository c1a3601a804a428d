"""The degradation model y = JPEG_q((x * k) down_s + n) up, random for training and fixed as CelebA-Test.

All sizes are told at the 512-pixel template; a picture of another side is treated as the same face seen at
that side: blur widths shrink with it, the small picture's size, its noise and its JPEG quality do not.
Pictures are RGB (numpy, float32, [0, 1], (H, W, 3)).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.base.sizes import TEMPLATE_PX
from engine.base.values import img01_from_int, u8_from_01

Picture = NDArray[np.float32]


@dataclass(frozen=True)
class Degradation:
    """One draw of the model: blur (sigmas in template pixels, angle in radians), scale, noise (of 255), JPEG, grey."""

    sigma_x: float
    sigma_y: float
    theta: float
    scale: float
    noise: float
    jpeg_quality: int
    grey: bool = False


@dataclass(frozen=True)
class DegradationRanges:
    """What training draws from; the defaults are the published ones.

    `mild` is the share of draws from the gentle end of the ranges (a fifth of the blur, scale up to 6, half the
    noise, JPEG from halfway up): most photographs people keep are damaged less than the published ranges' middle.
    """

    sigma: tuple[float, float] = (0.1, 15.0)
    scale: tuple[float, float] = (0.8, 32.0)
    noise: tuple[float, float] = (0.0, 20.0)
    jpeg_quality: tuple[int, int] = (30, 100)
    grey_probability: float = 0.01
    mild: float = 0.0

    def draw(self, rng: np.random.Generator) -> Degradation:
        """One random degradation; isotropic and anisotropic blur are equally likely."""
        if self.mild and rng.random() < self.mild:
            return self._gentle_end().draw(rng)
        sigma_x = rng.uniform(*self.sigma)
        anisotropic = rng.random() < 0.5
        sigma_y = rng.uniform(*self.sigma) if anisotropic else sigma_x
        return Degradation(
            sigma_x=sigma_x,
            sigma_y=sigma_y,
            theta=rng.uniform(0, math.pi) if anisotropic else 0.0,
            scale=rng.uniform(*self.scale),
            noise=rng.uniform(*self.noise),
            jpeg_quality=int(rng.integers(self.jpeg_quality[0], self.jpeg_quality[1] + 1)),
            grey=bool(rng.random() < self.grey_probability),
        )

    def _gentle_end(self) -> DegradationRanges:
        return replace(
            self,
            sigma=(self.sigma[0], self.sigma[0] + (self.sigma[1] - self.sigma[0]) / 5),
            scale=(self.scale[0], min(self.scale[1], 6.0)),
            noise=(self.noise[0], (self.noise[0] + self.noise[1]) / 2),
            jpeg_quality=((self.jpeg_quality[0] + self.jpeg_quality[1]) // 2, self.jpeg_quality[1]),
            mild=0.0,
        )


def gaussian_kernel(sigma_x: float, sigma_y: float, theta: float, size: int) -> NDArray[np.float64]:
    """Anisotropic Gaussian of odd side `size`, sum 1; covariance R diag(sigma_x^2, sigma_y^2) R^T."""
    c, s = math.cos(theta), math.sin(theta)
    rotation = np.array([[c, -s], [s, c]])
    inverse = np.linalg.inv(rotation @ np.diag([sigma_x**2, sigma_y**2]) @ rotation.T)
    axis = np.arange(size) - size // 2
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).astype(np.float64)  # x column, y row downwards
    kernel = np.exp(-0.5 * np.einsum("hwi,ij,hwj->hw", grid, inverse, grid))
    return np.asarray(kernel / kernel.sum())


def degrade(img_01: Picture, d: Degradation, rng: np.random.Generator) -> Picture:
    """Damage a square face: what the lens blurs is scanned; (S, S, 3) -> (S, S, 3), noise drawn from `rng`."""
    return scan(blur(img_01, d), d, rng)


def blur(img_01: Picture, d: Degradation) -> Picture:
    """The lens's half of the model, x * k; (S, S, 3) -> (S, S, 3)."""
    ratio = img_01.shape[0] / TEMPLATE_PX
    size = 2 * max(1, round(20 * ratio)) + 1
    sigma_x, sigma_y = max(d.sigma_x * ratio, 0.05), max(d.sigma_y * ratio, 0.05)
    kernel = gaussian_kernel(sigma_x, sigma_y, d.theta, size)
    return np.asarray(cv2.filter2D(img_01, -1, kernel, borderType=cv2.BORDER_REFLECT_101))


def scan(img_01: Picture, d: Degradation, rng: np.random.Generator) -> Picture:
    """The scanner's half, JPEG_q(down_s + n) up; (S, S, 3) -> (S, S, 3), noise drawn from `rng` at the small size."""
    side = img_01.shape[0]
    small = max(8, min(side, math.floor(TEMPLATE_PX / d.scale)))
    y = cv2.resize(img_01, (small, small), interpolation=cv2.INTER_LINEAR)
    y = y + rng.standard_normal(y.shape, dtype=np.float32) * np.float32(d.noise / 255)
    if d.grey:
        y = to_grey(y)
    y = img01_from_int(jpeg(u8_from_01(y), d.jpeg_quality))
    return np.asarray(np.clip(cv2.resize(y, (side, side), interpolation=cv2.INTER_LINEAR), 0, 1))


def jpeg(img_u8: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """Through OpenCV's JPEG (4:2:0, baseline) and back: (H, W, 3) RGB uint8."""
    _, data = cv2.imencode(".jpg", img_u8[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert decoded is not None  # it was written just now
    return np.ascontiguousarray(decoded[..., ::-1], dtype=np.uint8)


def to_grey(img_01: Picture) -> Picture:
    """Rec. 601 luma in all three channels."""
    luma = img_01 @ np.array([0.299, 0.587, 0.114], np.float32)
    return np.repeat(luma[..., None], 3, axis=-1)
