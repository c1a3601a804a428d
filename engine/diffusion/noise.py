"""Noise that belongs to a candidate: the same recipe gives the same noise, whatever else is in the batch."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.base.errors import UsageError
from engine.diffusion.ddim import Noise

_AFFINE_DECIMALS = 4
"""Far finer than two faces of a photo differ, far coarser than the rounding by which platforms differ."""


@dataclass(frozen=True)
class Part:
    """The noise of another candidate (seed and index, of the same face), and its weight in a mix."""

    seed: int
    index: int
    weight: float


class CandidateNoise:
    """The noises of one candidate, one after another, drawn on the CPU from its own generator.

    With `like`, every draw is z = sum_k w_k z_k + sqrt(1 - sum_k w_k^2) z_new, where z_k is what the candidate of that
    part draws: standard normal again, as independent normal variables add by their variances.
    """

    def __init__(self, seed: int, affine: NDArray[np.floating], index: int, like: Sequence[Part] = ()) -> None:
        """Begin the sequence of the recipe's `seed`, the face's `affine` (2,3) and the candidate's `index`.

        Raises UsageError for parts with which the noise would not be of unit variance: see `check_mix`.
        """
        self._like = [(part.weight, _generator(part.seed, affine, part.index)) for part in like]
        self._own_weight = check_mix(seed, range(index, index + 1), like)
        self._generator = _generator(seed, affine, index)

    def draw(self, shape: Sequence[int]) -> Tensor:
        """The next draw of standard normal noise, float32 on the CPU."""
        z = _draw(shape, self._generator)
        if self._like:
            z *= self._own_weight
            for weight, generator in self._like:
                z += weight * _draw(shape, generator)
        return z


def check_mix(seed: int, indices: range, like: Sequence[Part]) -> float:
    """The weight sqrt(1 - sum_k w_k^2) of the new noise of the candidates `indices` in a mix with the parts `like`.

    Raises UsageError where a weight is negative, the squared weights sum to more than 1, or two of the noises that are
    mixed are the same one, so that their variances would not add.
    """
    squared = sum(part.weight**2 for part in like)
    if not (all(part.weight >= 0 for part in like) and squared <= 1 + 1e-9):  # so that NaN is refused too
        raise UsageError(detail="The weights of the candidates to resemble must be positive, their squares at most 1.")
    if any(part.index < 0 for part in like):
        raise UsageError(detail="Candidates are numbered from 0.")
    parts = {(part.seed, part.index) for part in like}
    if len(parts) < len(like) or any(part.seed == seed and part.index in indices for part in like):
        raise UsageError(detail="A candidate's noise can be mixed with that of other candidates only, each named once.")
    return math.sqrt(max(0.0, 1 - squared))


def _generator(seed: int, affine: NDArray[np.floating], index: int) -> torch.Generator:
    return torch.Generator("cpu").manual_seed(candidate_seed(seed, affine, index))


def _draw(shape: Sequence[int], generator: torch.Generator) -> Tensor:
    return torch.randn(tuple(shape), generator=generator, dtype=torch.float32)


def candidate_seed(seed: int, affine: NDArray[np.floating], index: int) -> int:
    """A 63-bit seed by SHA-256 from the recipe's seed, the face's affine (2,3) and the candidate's index.

    The same in every process and on every platform; the affine counts to four decimals. Raises ValueError for an
    affine of another shape or with values that are not finite.
    """
    matrix = np.asarray(affine, dtype="<f8")
    if matrix.shape != (2, 3) or not np.isfinite(matrix).all():
        raise ValueError(f"an affine is a finite 2x3 matrix, not {affine}")
    rounded = np.round(matrix, _AFFINE_DECIMALS) + 0.0  # turns -0.0 into 0.0
    digest = hashlib.sha256(f"{seed} {index} ".encode() + rounded.astype("<f8").tobytes()).digest()
    return int.from_bytes(digest[:8], "little") >> 1


def batch_noise(candidates: Sequence[CandidateNoise]) -> Noise:
    """The noise of a batch: a draw of (B,3,H,W) stacks one of (3,H,W) from each of the B candidates, in order."""

    def draw(shape: tuple[int, ...]) -> Tensor:
        if shape[0] != len(candidates):
            raise ValueError(f"a batch of {shape[0]} with noise for {len(candidates)} candidates")
        return torch.stack([candidate.draw(shape[1:]) for candidate in candidates])

    return draw
