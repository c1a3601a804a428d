"""SRCNN behind a pixel-unshuffle: the smallest estimator, three convolutions (Dong et al. 2014)."""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor, nn

from engine.networks.shapes import check_picture


@dataclass(frozen=True)
class SrcnnConfig:
    """Everything that decides the layout of an `Srcnn`.

    The picture is folded by the factor `unshuffle`; `channels` are those of the two hidden layers, `kernels` the
    (odd) sizes of the three convolutions. The defaults are those of the paper.
    """

    channels: tuple[int, int] = (64, 32)
    kernels: tuple[int, int, int] = (9, 1, 5)
    unshuffle: int = 2
    in_channels: int = 3

    @property
    def multiple(self) -> int:
        """Sides of the input are multiples of this many pixels."""
        return self.unshuffle


class Srcnn(nn.Module):
    """Estimates the clean picture from a damaged one of the same size."""

    def __init__(self, config: SrcnnConfig) -> None:
        super().__init__()
        self.config = config
        folded = config.in_channels * config.unshuffle**2
        widths = (folded, *config.channels, folded)
        self.conv1, self.conv2, self.conv3 = (
            nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2)
            for inputs, outputs, kernel in zip(widths, widths[1:], config.kernels, strict=False)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Estimate of the clean picture, about [0, 1], not clamped: (B, in_channels, H, W) in [0, 1] -> the same shape.

        H and W are multiples of `config.multiple`. Raises ValueError for another shape.
        """
        check_picture(x, self.config.in_channels, self.config.multiple)
        h = F.relu(self.conv1(F.pixel_unshuffle(x, self.config.unshuffle)))
        h = F.relu(self.conv2(h))
        return F.pixel_shuffle(self.conv3(h), self.config.unshuffle)
