"""Calling the estimator f(y): damaged face -> mean estimate of the clean one."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Estimator = Callable[[Tensor], Tensor]
"""(B, 3, S, S) RGB in [0, 1] -> the same shape and range, not yet clamped."""


@torch.no_grad()
def estimate(estimator: Estimator, y_01: Tensor) -> Tensor:
    """f(y), clamped to [0, 1] as the method prescribes: (B, 3, S, S) -> (B, 3, S, S) float32."""
    if y_01.ndim != 4 or y_01.shape[1] != 3:
        raise ValueError(f"faces must be (B,3,S,S), not {tuple(y_01.shape)}")
    return estimator(y_01).float().clamp(0, 1)
