"""Linear denoisers as a yardstick for a prior: what principal components alone know about faces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.base.values import img01_from_int, pm1_from_01

PATCH_PX = 8
IMAGE_COMPONENTS = 800


@dataclass(frozen=True)
class Wiener:
    """Mean (D,), orthonormal components (K, D), variances (K,), and the variance left in every other direction."""

    mean: NDArray[np.float32]
    basis: NDArray[np.float32]
    variance: NDArray[np.float32]
    rest: float

    def x0(self, x_t: NDArray[np.float32], abar_t: float) -> NDArray[np.float32]:
        """Best linear estimate of x0 from rows x_t = sqrt(abar_t) x0 + sqrt(1 - abar_t) z: (N, D) -> (N, D)."""
        noise = (1 - abar_t) / abar_t
        centred = x_t / np.float32(np.sqrt(abar_t)) - self.mean
        along = centred @ self.basis.T
        keep_rest = np.float32(self.rest / (self.rest + noise))
        gains = (self.variance / (self.variance + noise) - keep_rest).astype(np.float32)
        return np.asarray(self.mean + keep_rest * centred + (along * gains) @ self.basis)


def fit_patches(pictures: NDArray[np.uint8], rng: np.random.Generator, per_picture: int = 60) -> Wiener:
    """Full covariance of random 8x8 colour patches of faces (N, S, S, 3) uint8."""
    side = pictures.shape[1] - PATCH_PX + 1
    rows = [
        picture[y : y + PATCH_PX, x : x + PATCH_PX].reshape(-1)
        for picture in pictures
        for y, x in rng.integers(0, side, (per_picture, 2))
    ]
    data = pm1_from_01(img01_from_int(np.stack(rows)))
    mean = data.mean(axis=0)
    variance, vectors = np.linalg.eigh(np.cov(data, rowvar=False))
    return Wiener(mean, vectors.T.astype(np.float32), np.maximum(variance, 0).astype(np.float32), 0.0)


def fit_images(pictures: NDArray[np.uint8], components: int = IMAGE_COMPONENTS) -> Wiener:
    """Leading principal components of whole faces and their mirror images; the rest is taken as white."""
    rows = pm1_from_01(img01_from_int(np.concatenate([pictures, pictures[:, :, ::-1]]).reshape(2 * len(pictures), -1)))
    mean = rows.mean(axis=0)
    rows -= mean
    values, vectors = np.linalg.eigh(rows @ rows.T)
    order = np.argsort(values)[::-1][: min(components, len(rows) - 1)]
    basis = (vectors[:, order].T @ rows) / np.sqrt(values[order])[:, None]
    variance = values[order] / len(rows)
    total = float(np.square(rows).mean()) * rows.shape[1]
    rest = max(1e-8, (total - float(variance.sum())) / (rows.shape[1] - len(order)))
    return Wiener(mean, basis.astype(np.float32), variance.astype(np.float32), rest)


def eps_error_patches(w: Wiener, x0: NDArray[np.float32], eps: NDArray[np.float32], abar_t: float) -> float:
    """Mean squared eps error of the patch denoiser, averaged over all overlapping patches: (N, S, S, 3) both."""
    x_t = np.float32(np.sqrt(abar_t)) * x0 + np.float32(np.sqrt(1 - abar_t)) * eps
    errors = []
    for one, clean in zip(x_t, x0, strict=True):
        windows = np.lib.stride_tricks.sliding_window_view(one, (PATCH_PX, PATCH_PX), axis=(0, 1))
        h, w_ = windows.shape[:2]
        rows = windows.transpose(0, 1, 3, 4, 2).reshape(h * w_, -1)
        patches = w.x0(rows, abar_t).reshape(h, w_, PATCH_PX, PATCH_PX, 3)
        total = np.zeros_like(one)
        weight = np.zeros((*one.shape[:2], 1), np.float32)
        for dy in range(PATCH_PX):
            for dx in range(PATCH_PX):
                total[dy : dy + h, dx : dx + w_] += patches[:, :, dy, dx]
                weight[dy : dy + h, dx : dx + w_] += 1
        errors.append(np.square(total / weight - clean).mean())
    return float(np.mean(errors)) * abar_t / (1 - abar_t)  # an error of x0 is one of eps by this factor


def eps_error_images(w: Wiener, x0: NDArray[np.float32], eps: NDArray[np.float32], abar_t: float) -> float:
    """Mean squared eps error of the whole-image denoiser: (N, S, S, 3) both."""
    x_t = np.float32(np.sqrt(abar_t)) * x0 + np.float32(np.sqrt(1 - abar_t)) * eps
    estimate = w.x0(x_t.reshape(len(x_t), -1), abar_t)
    return float(np.square(estimate - x0.reshape(len(x0), -1)).mean()) * abar_t / (1 - abar_t)
