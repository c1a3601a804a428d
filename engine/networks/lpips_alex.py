"""LPIPS 0.1 on AlexNet: how different two pictures look (Zhang et al. 2018), differentiable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.base.values import pm1_from_01
from engine.networks.shapes import check_picture

KERNELS, STRIDES, PADDINGS = (11, 5, 3, 3, 3), (4, 1, 1, 1, 1), (2, 2, 1, 1, 1)
POOLED_BEFORE = (False, True, True, False, False)
SHIFT, SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
"""Mean and spread of pictures in [-1, 1], as the published network was trained."""


@dataclass(frozen=True)
class LpipsAlexConfig:
    """Channels of the five convolutions; the defaults are AlexNet's."""

    channels: tuple[int, int, int, int, int] = (64, 192, 384, 256, 256)


class LpipsAlex(nn.Module):
    """Weighted squared distance of unit-length features after each convolution; 0 for equal pictures."""

    shift: Tensor
    scale: Tensor

    def __init__(self, config: LpipsAlexConfig = LpipsAlexConfig()) -> None:
        super().__init__()
        self.config = config
        widths = (3, *config.channels)
        for i, (kernel, stride, padding) in enumerate(zip(KERNELS, STRIDES, PADDINGS, strict=True)):
            self.add_module(f"conv{i}", nn.Conv2d(widths[i], widths[i + 1], kernel, stride, padding))
            self.add_module(f"lin{i}", nn.Conv2d(widths[i + 1], 1, 1, bias=False))
        self.register_buffer("shift", torch.tensor(SHIFT)[:, None, None], persistent=False)
        self.register_buffer("scale", torch.tensor(SCALE)[:, None, None], persistent=False)

    def layers(self, pictures: Tensor) -> Iterator[Tensor]:
        """Activations (B, C, h, w) of the five layers for pictures (B, 3, H, W) in [0, 1]."""
        x = (pm1_from_01(pictures) - self.shift) / self.scale
        for i, pooled in enumerate(POOLED_BEFORE):
            x = F.relu(self.get_submodule(f"conv{i}")(F.max_pool2d(x, 3, 2) if pooled else x))
            yield x

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """Distances (B,) of the pictures a and b, each (B, 3, H, W) RGB in [0, 1] with sides from 32 pixels up."""
        check_picture(a, 3, 1)
        total = a.new_zeros(len(a))
        for i, x in enumerate(self.layers(torch.cat([a, b]))):  # (2B,C,h,w)
            # The small number keeps the gradient finite where all features of a place are 0.
            unit = x * (x.square().sum(1, keepdim=True) + 1e-20).rsqrt()
            of_a, of_b = unit.chunk(2)
            total = total + self.get_submodule(f"lin{i}")((of_a - of_b).square()).mean((1, 2, 3))
        return total


def load_lpips_alex(path: Path) -> LpipsAlex:
    """The network with the weights of an .npz file (`conv0.weight`, `conv0.bias` ... and `lin0.weight` ...), frozen.

    Its channels follow from the file. Raises OSError or ValueError where the file is none or does not fit.
    """
    with np.load(path, allow_pickle=False) as file:
        tensors = {name: torch.from_numpy(file[name]).float() for name in file.files}
    try:
        channels = tuple(len(tensors[f"conv{i}.bias"]) for i in range(5))
        for i in range(5):
            tensors[f"lin{i}.weight"] = tensors[f"lin{i}.weight"].reshape(1, -1, 1, 1)
        network = LpipsAlex(LpipsAlexConfig(cast(tuple[int, int, int, int, int], channels)))
        network.load_state_dict(tensors)
    except (KeyError, RuntimeError) as error:
        raise ValueError(f"these are not the weights of LPIPS on AlexNet: {error}") from error
    return network.eval().requires_grad_(False)
