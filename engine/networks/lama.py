"""The LaMa generator: inpainting with fast Fourier convolutions (Suvorov et al. 2022, Chi et al. 2020).

A fast Fourier convolution carries two groups of channels: local ones with ordinary convolutions, and global ones
that also pass through a convolution of their spectrum and so see the whole picture at once. The state dict has the
layout of the published checkpoint.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.networks.shapes import check_picture

EDGE_PX = 3
"""Reflected border for the 7x7 convolutions at both ends."""


class Pair(NamedTuple):
    """The two groups of channels; `glob` is None before the first layer that has global channels."""

    local: Tensor
    glob: Tensor | None = None


class Channels(NamedTuple):
    """How many channels each group has."""

    local: int
    glob: int = 0


@dataclass(frozen=True)
class LamaConfig:
    """Everything that decides the layout of a `Lama`.

    `downsamplings` (at least 1) halve the size and double `base_channels` each; `blocks` residual blocks follow at
    the lowest size, where the share `global_ratio`, between 0 and 1, of the channels is global. `in_channels` counts
    the mask.
    """

    in_channels: int = 4
    out_channels: int = 3
    base_channels: int = 64
    downsamplings: int = 3
    blocks: int = 18
    global_ratio: float = 0.75

    def __post_init__(self) -> None:
        if self.downsamplings < 1:
            raise ValueError("the last downsampling makes the global channels, so there must be at least one")
        if not 0 < self.global_ratio < 1:
            raise ValueError(f"both groups need channels: 0 < global_ratio < 1, not {self.global_ratio}")

    @property
    def multiple(self) -> int:
        """Sides of the input are multiples of this many pixels."""
        return int(2**self.downsamplings)


LAMA256 = LamaConfig()
"""The published inpainting estimator for faces at 256 pixels, 51.0 M parameters."""


class FourierUnit(nn.Module):
    """A 1x1 convolution of the spectrum, where real and imaginary part of each channel are two channels in a row."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv_layer = nn.Conv2d(2 * channels, 2 * channels, 1, bias=False)
        self.bn = nn.BatchNorm2d(2 * channels)

    def forward(self, x: Tensor) -> Tensor:
        # There is no FFT in bf16, and in fp16 only for powers of two on CUDA: it is always taken in float32.
        spectrum = torch.fft.rfft2(x.float(), norm="ortho")  # (B,C,H,W) -> complex (B,C,H,W/2+1)
        parts = torch.view_as_real(spectrum).permute(0, 1, 4, 2, 3).flatten(1, 2)  # -> (B,2C,H,W/2+1)
        parts = F.relu(self.bn(self.conv_layer(parts.to(x.dtype))))
        real, imaginary = parts[:, 0::2].float(), parts[:, 1::2].float()  # twice (B,C,H,W/2+1)
        mixed: Tensor = torch.fft.irfft2(torch.complex(real, imaginary), s=x.shape[-2:], norm="ortho")
        return mixed.to(x.dtype)


class SpectralTransform(nn.Module):
    """Global to global channels: a Fourier unit with a shortcut, between two 1x1 convolutions."""

    def __init__(self, channels: int, out_channels: int) -> None:
        super().__init__()
        half = out_channels // 2
        self.conv1 = nn.Sequential(nn.Conv2d(channels, half, 1, bias=False), nn.BatchNorm2d(half), nn.ReLU())
        self.fu = FourierUnit(half)
        self.conv2 = nn.Conv2d(half, out_channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(x)
        out: Tensor = self.conv2(x + self.fu(x))
        return out


class Ffc(nn.Module):
    """Fast Fourier convolution: each group of outputs is the sum of what the two groups of inputs give."""

    def __init__(self, inputs: Channels, outputs: Channels, kernel: int, stride: int, padding: int) -> None:
        super().__init__()

        def conv(channels: int, out_channels: int) -> nn.Conv2d:
            return nn.Conv2d(channels, out_channels, kernel, stride, padding, bias=False, padding_mode="reflect")

        self.convl2l = conv(inputs.local, outputs.local)
        if outputs.glob:
            self.convl2g = conv(inputs.local, outputs.glob)
        if inputs.glob:
            self.convg2l = conv(inputs.glob, outputs.local)
            self.convg2g = SpectralTransform(inputs.glob, outputs.glob)
        self.has_global_outputs = outputs.glob > 0

    def forward(self, x: Pair) -> Pair:
        local = self.convl2l(x.local)
        glob = self.convl2g(x.local) if self.has_global_outputs else None
        if x.glob is not None:
            local = local + self.convg2l(x.glob)
            glob = glob + self.convg2g(x.glob)
        return Pair(local, glob)


class FfcBnAct(nn.Module):
    """Fast Fourier convolution, then batch norm and ReLU on each group."""

    def __init__(self, inputs: Channels, outputs: Channels, kernel: int = 3, stride: int = 1, padding: int = 1) -> None:
        super().__init__()
        self.ffc = Ffc(inputs, outputs, kernel, stride, padding)
        self.bn_l = nn.BatchNorm2d(outputs.local)
        if outputs.glob:
            self.bn_g = nn.BatchNorm2d(outputs.glob)

    def forward(self, x: Pair) -> Pair:
        local, glob = self.ffc(x)
        return Pair(F.relu(self.bn_l(local)), None if glob is None else F.relu(self.bn_g(glob)))


class FfcResBlock(nn.Module):
    """Two fast Fourier convolutions, added to their input."""

    def __init__(self, channels: Channels) -> None:
        super().__init__()
        self.conv1 = FfcBnAct(channels, channels)
        self.conv2 = FfcBnAct(channels, channels)

    def forward(self, x: Pair) -> Pair:
        local, glob = self.conv2(self.conv1(x))
        return Pair(x.local + local, x.glob + glob)


class Enter(nn.Module):
    """Picture with a reflected border -> pair without global channels."""

    def forward(self, x: Tensor) -> Pair:
        return Pair(F.pad(x, (EDGE_PX,) * 4, mode="reflect"))


class Merge(nn.Module):
    """Pair -> all its channels, local ones first."""

    def forward(self, x: Pair) -> Tensor:
        return x.local if x.glob is None else torch.cat([x.local, x.glob], dim=1)


class Lama(nn.Module):
    """Fills the hole of a masked picture."""

    def __init__(self, config: LamaConfig) -> None:
        super().__init__()
        self.config = config
        width = config.base_channels
        layers: list[nn.Module] = [Enter(), FfcBnAct(Channels(config.in_channels), Channels(width), 7, padding=0)]
        for _ in range(config.downsamplings - 1):
            layers.append(FfcBnAct(Channels(width), Channels(2 * width), stride=2))
            width *= 2
        glob = int(2 * width * config.global_ratio)
        split = Channels(2 * width - glob, glob)
        layers.append(FfcBnAct(Channels(width), split, stride=2))
        width *= 2
        layers += [FfcResBlock(split) for _ in range(config.blocks)]
        layers.append(Merge())
        for _ in range(config.downsamplings):
            layers += [
                nn.ConvTranspose2d(width, width // 2, 3, stride=2, padding=1, output_padding=1),
                nn.BatchNorm2d(width // 2),
                nn.ReLU(),
            ]
            width //= 2
        layers += [nn.ReflectionPad2d(EDGE_PX), nn.Conv2d(width, config.out_channels, 7)]
        self.model = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Filled picture in [0, 1]: (B, in_channels, H, W) -> (B, out_channels, H, W), float32.

        The input is the RGB picture in [0, 1] with zeros in the hole, then the mask (1 = hole). H and W are multiples
        of `config.multiple`. Raises ValueError for another shape.
        """
        return self.logits(x).float().sigmoid()

    def logits(self, x: Tensor) -> Tensor:
        """The filled picture before the sigmoid; shapes and errors as in `forward`."""
        check_picture(x, self.config.in_channels, self.config.multiple)
        out: Tensor = self.model(x)
        return out
