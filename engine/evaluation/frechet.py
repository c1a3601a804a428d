"""Fréchet distance between two sets of pictures, by the features of a named network (Heusel et al. 2017).

The distance means something only together with its network. With the published Inception weights it is the FID; with
any other it is not, and must not be called so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.inception import INCEPTION_FILE, Inception
from engine.evaluation.metrics import IDENTITY_FILE, LPIPS_FILE, Identity, Lpips, Picture

FeatureNetwork = Callable[[Picture], NDArray[np.float32]]
"""A picture (S, S, 3), RGB in [0, 1] -> features (D,)."""

FEATURE_NETWORKS: Mapping[str, Callable[[Path], FeatureNetwork]] = {
    "alexnet": lambda weights: Lpips(weights / LPIPS_FILE).features,
    "mobilefacenet": lambda weights: Identity(weights / IDENTITY_FILE).features,
    "inception": lambda weights: Inception(weights / INCEPTION_FILE),
}
"""Name -> what loads it from the folder with the weights of the metrics; WeightsMissing where they are not there."""


def frechet_title(network: str) -> str:
    """The distance's name in tables: FID with the network it is defined by, else with the network's name."""
    return "FID" if network == "inception" else f"Fréchet distance ({network})"


def frechet_distance(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Squared Fréchet distance of the Gaussians of two sets of features (N, D) and (M, D); never negative.

    |mu_a - mu_b|^2 + tr(Sa + Sb - 2 (Sa Sb)^(1/2)), with unbiased covariances. With Sa = A^T A and Sb = B^T B the last
    trace is the sum of the singular values of A B^T, which needs no matrix root and holds for fewer samples than
    features as well. Few samples raise the distance: compare sets of equal sizes only. Raises ValueError for sets of
    fewer than two.
    """
    if len(a) < 2 or len(b) < 2:
        raise ValueError("a Fréchet distance needs at least two pictures in each set")
    (mean_a, root_a), (mean_b, root_b) = _gaussian(a), _gaussian(b)
    shared = np.linalg.svd(root_a @ root_b.T, compute_uv=False).sum()
    apart = np.square(mean_a - mean_b).sum() + np.square(root_a).sum() + np.square(root_b).sum() - 2 * shared
    return max(0.0, float(apart))  # rounding may leave a little less than 0


def _gaussian(features: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean (D,) and a root R (min(N, D), D) of the covariance R^T R."""
    x = np.asarray(features, np.float64)
    mean = x.mean(axis=0)
    return mean, np.asarray(np.linalg.qr((x - mean) / np.sqrt(len(x) - 1), mode="r"))
