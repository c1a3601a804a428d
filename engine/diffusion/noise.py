"""Noise that belongs to a candidate: the same recipe gives the same noise, whatever else is in the batch."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.diffusion.ddim import Noise

_AFFINE_DECIMALS = 4
"""Far finer than two faces of a photo differ, far coarser than the rounding by which platforms differ."""


class CandidateNoise:
    """The noises of one candidate, one after another, drawn on the CPU from its own generator."""

    def __init__(self, seed: int, affine: NDArray[np.floating], index: int) -> None:
        """Begin the sequence of the recipe's `seed`, the face's `affine` (2,3) and the candidate's `index`."""
        self._generator = torch.Generator("cpu").manual_seed(candidate_seed(seed, affine, index))

    def draw(self, shape: Sequence[int]) -> Tensor:
        """The next draw of standard normal noise, float32 on the CPU."""
        return torch.randn(tuple(shape), generator=self._generator, dtype=torch.float32)


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
