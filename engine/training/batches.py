"""What every task shares: batches that follow from their numbers alone, and crops."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.training.config import TrainConfig

Batch = dict[str, Tensor]


def batch_rng(config: TrainConfig, step: int, part: int) -> np.random.Generator:
    """The same step and part draw the same batch, so that a resumed run goes on as if it had never stopped.

    Parts are the batches of one step, over all processes: which process makes which changes nothing. Part 0 is seeded
    as (seed, step): a seed sequence takes missing numbers as zeros.
    """
    return np.random.default_rng((config.seed, step, part))


def tensor_from(pictures: list[NDArray[np.float32]]) -> Tensor:
    """List of (S, S, 3) -> (B, 3, S, S) float32, channels last in memory."""
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)


def is_whole(config: TrainConfig, step: int) -> bool:
    """Whether this step sees whole faces rather than crops."""
    return not config.crop_px or (config.whole_every > 0 and step % config.whole_every == 0)


def batch_size(config: TrainConfig, step: int) -> int:
    """Faces in each batch of this step."""
    return config.whole_batch if config.crop_px and is_whole(config, step) else config.batch


def draw_corners(config: TrainConfig, rng: np.random.Generator, count: int) -> Tensor:
    """Top left corners (B, 2) of crops, on a grid of four pixels."""
    return torch.from_numpy(4 * rng.integers(0, (config.size_px - config.crop_px) // 4 + 1, (count, 2)))


def cropped(pictures: Tensor, corners: Tensor, side: int) -> Tensor:
    """One square of each picture: (B, C, S, S), top left corners (B, 2) -> (B, C, side, side)."""
    places = zip(pictures, corners.tolist(), strict=True)
    return torch.stack([picture[:, y : y + side, x : x + side] for picture, (y, x) in places])
