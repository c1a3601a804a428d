"""Principal components of faces, the linear part of `GuidedPrior`."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.base.values import img01_from_int, pm1_from_01

ROUNDING = 1e-6
"""Eigenvalues below this part of the largest are rounding errors of float32."""


@dataclass(frozen=True)
class LinearPrior:
    """Mean (D,), orthonormal components (K, D), variances (K,) of faces in [-1, 1]; D = 3 p p, channels first.

    residual_variance: mean square of what the components leave of a face at its full size.
    """

    mean: NDArray[np.float32]
    basis: NDArray[np.float32]
    variance: NDArray[np.float32]
    residual_variance: float


def fit_linear_prior(pictures: NDArray[np.uint8], linear_px: int, components: int) -> LinearPrior:
    """PCA of faces (N, S, S, 3) uint8 and their mirror images, averaged to `linear_px` pixels.

    Where the faces span fewer directions than `components`, the rest are zero with variance zero.
    """
    small = np.stack(
        [cv2.resize(img01_from_int(p), (linear_px, linear_px), interpolation=cv2.INTER_AREA) for p in pictures]
    )
    both = pm1_from_01(np.concatenate([small, small[:, :, ::-1]]))
    rows = both.transpose(0, 3, 1, 2).reshape(len(both), -1)
    mean = rows.mean(axis=0)
    centred = rows - mean
    # The Gram matrix is the smaller one: N faces, D = 3 p p numbers each.
    values, vectors = np.linalg.eigh(centred @ centred.T)
    order = np.argsort(values)[::-1][:components]
    order = order[values[order] > ROUNDING * values.max()]  # few faces span few directions
    variance, basis = np.zeros(components, np.float32), np.zeros((components, rows.shape[1]), np.float32)
    variance[: len(order)] = values[order] / len(rows)
    basis[: len(order)] = (vectors[:, order].T @ centred) / np.sqrt(values[order])[:, None]
    projected = mean + (centred @ basis.T) @ basis
    planes = projected[: len(pictures)].reshape(len(pictures), 3, linear_px, linear_px)
    side = pictures.shape[1]
    left = [
        np.square(
            cv2.resize(plane.transpose(1, 2, 0), (side, side), interpolation=cv2.INTER_LINEAR)
            - pm1_from_01(img01_from_int(picture))
        ).mean()
        for plane, picture in zip(planes[::8], pictures[::8], strict=True)
    ]
    return LinearPrior(mean.astype(np.float32), basis, variance, float(np.mean(left)))
