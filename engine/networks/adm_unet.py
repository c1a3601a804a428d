"""The time-conditioned UNet of improved diffusion and ADM (Nichol & Dhariwal 2021, Dhariwal & Nichol 2021).

One class for the published face priors at 512 and 256 pixels and the natural-image prior at 256; they differ
in their configs only. The state dict has the layout of the published checkpoints.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.networks.shapes import check_picture

NORM_GROUPS = 32

Resample = Literal["", "down", "up"]


@dataclass(frozen=True)
class AdmUnetConfig:
    """Everything that decides the layout of an `AdmUnet`.

    `multipliers` and `blocks` have one entry a level, full resolution first; level i works at `image_px / 2^i` pixels
    with `base_channels * multipliers[i]` channels, a multiple of 32. Levels at one of the sizes `attention_px` have
    self-attention with `head_channels` channels a head, and so has the middle. Levels are joined by convolutions, or
    by residual blocks that resample inside where `resample_in_blocks` is set. A learned variance doubles
    `out_channels`.
    """

    image_px: int
    base_channels: int
    multipliers: tuple[int, ...]
    blocks: tuple[int, ...]
    attention_px: tuple[int, ...]
    head_channels: int = 64
    resample_in_blocks: bool = False
    in_channels: int = 3
    out_channels: int = 6
    dropout: float = 0.0

    def __post_init__(self) -> None:
        if len(self.multipliers) != len(self.blocks):
            raise ValueError(f"{len(self.multipliers)} multipliers for {len(self.blocks)} levels of blocks")
        if self.base_channels % NORM_GROUPS:
            raise ValueError(f"base_channels must be a multiple of {NORM_GROUPS}, not {self.base_channels}")

    @property
    def multiple(self) -> int:
        """Sides of the input are multiples of this many pixels."""
        return int(2 ** (len(self.multipliers) - 1))


FFHQ512 = AdmUnetConfig(
    image_px=512,
    base_channels=32,
    multipliers=(1, 2, 4, 8, 8, 16, 16),
    blocks=(1, 2, 2, 2, 2, 3, 4),
    attention_px=(32, 16, 8),
)
"""The published face prior at 512 pixels, 159.8 M parameters."""

FFHQ256 = AdmUnetConfig(
    image_px=256,
    base_channels=128,
    multipliers=(1, 1, 2, 2, 4, 4),
    blocks=(2, 2, 2, 2, 2, 2),
    attention_px=(16, 8),
)
"""The published face prior at 256 pixels, used for inpainting, 124.1 M parameters."""

IMAGENET256 = AdmUnetConfig(
    image_px=256,
    base_channels=256,
    multipliers=(1, 1, 2, 2, 4, 4),
    blocks=(2, 2, 2, 2, 2, 2),
    attention_px=(32, 16, 8),
    resample_in_blocks=True,
)
"""The public unconditional ImageNet prior at 256 pixels, 552.8 M parameters."""


def timestep_embedding(t: Tensor, channels: int) -> Tensor:
    """Cosines and sines of the timesteps at geometric frequencies 1 .. 1/10000: (B,) -> (B, channels), float32.

    The layout of "Attention Is All You Need" with the cosines first; `channels` must be even.
    """
    half = channels // 2
    frequencies = torch.exp(torch.arange(half, device=t.device, dtype=torch.float32) * (-math.log(10000) / half))
    angles = t.float()[:, None] * frequencies  # (B,1) * (C/2,) -> (B,C/2)
    return torch.cat([angles.cos(), angles.sin()], dim=1)


def zeroed(layer: nn.Conv1d | nn.Conv2d) -> nn.Conv1d | nn.Conv2d:
    """Set a convolution to zero, so that the branch it ends starts as the identity."""
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


class ResBlock(nn.Module):
    """Residual block with scale and shift from the timestep, resampling by 2 inside where `resample` says so."""

    def __init__(
        self, channels: int, out_channels: int, time_channels: int, dropout: float, resample: Resample = ""
    ) -> None:
        super().__init__()
        self.resample = resample
        self.in_layers = nn.Sequential(
            nn.GroupNorm(NORM_GROUPS, channels), nn.SiLU(), nn.Conv2d(channels, out_channels, 3, padding=1)
        )
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(time_channels, 2 * out_channels))
        self.out_layers = nn.Sequential(
            nn.GroupNorm(NORM_GROUPS, out_channels),
            nn.SiLU(),
            nn.Dropout(dropout),
            zeroed(nn.Conv2d(out_channels, out_channels, 3, padding=1)),
        )
        self.skip_connection = nn.Identity() if channels == out_channels else nn.Conv2d(channels, out_channels, 1)

    def forward(self, x: Tensor, emb: Tensor) -> Tensor:
        norm_in, act_in, conv_in = self.in_layers
        h = conv_in(self._resampled(act_in(norm_in(x))))
        scale, shift = self.emb_layers(emb)[:, :, None, None].chunk(2, dim=1)  # (B,2C,1,1) -> twice (B,C,1,1)
        norm_out, *rest = self.out_layers
        h = norm_out(h) * (1 + scale) + shift
        for layer in rest:
            h = layer(h)
        out: Tensor = self.skip_connection(self._resampled(x)) + h
        return out

    def _resampled(self, x: Tensor) -> Tensor:
        if self.resample == "down":
            return F.avg_pool2d(x, 2)
        if self.resample == "up":
            return F.interpolate(x, scale_factor=2, mode="nearest")
        return x


class Attention(nn.Module):
    """Self-attention over all pixels, added to its input."""

    def __init__(self, channels: int, head_channels: int) -> None:
        super().__init__()
        if channels % head_channels:
            raise ValueError(f"{channels} channels do not divide into heads of {head_channels}")
        self.head_channels = head_channels
        self.norm = nn.GroupNorm(NORM_GROUPS, channels)
        self.qkv = nn.Conv1d(channels, 3 * channels, 1)
        self.proj_out = zeroed(nn.Conv1d(channels, channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        flat = x.flatten(2)  # (B,C,H,W) -> (B,C,HW)
        # The channels of qkv run over heads first, then over q, k, v, then within the head.
        heads = self.qkv(self.norm(flat)).unflatten(1, (-1, 3, self.head_channels)).transpose(3, 4)
        q, k, v = heads.unbind(2)  # (B,heads,3,HW,head) -> thrice (B,heads,HW,head)
        attended = F.scaled_dot_product_attention(q, k, v).transpose(2, 3).flatten(1, 2)  # -> (B,C,HW)
        out: Tensor = flat + self.proj_out(attended)
        return out.view_as(x)


class Downsample(nn.Module):
    """Half the size by a strided convolution."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.op = nn.Conv2d(channels, channels, 3, stride=2, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        halved: Tensor = self.op(x)
        return halved


class Upsample(nn.Module):
    """Twice the size by repeating pixels, then a convolution."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        doubled: Tensor = self.conv(F.interpolate(x, scale_factor=2, mode="nearest"))
        return doubled


class Stage(nn.ModuleList):
    """Layers one after another, of which the residual blocks also see the timestep."""

    def forward(self, x: Tensor, emb: Tensor) -> Tensor:
        for layer in self:
            x = layer(x, emb) if isinstance(layer, ResBlock) else layer(x)
        return x


class AdmUnet(nn.Module):
    """Predicts the noise in x_t, and with learned variance also the variance parameter.

    Build it on the meta device where weights are loaded at once: the constructor fills 0.5 to 2.2 GB otherwise.
    """

    def __init__(self, config: AdmUnetConfig) -> None:
        super().__init__()
        self.config = config
        time_channels = 4 * config.base_channels
        self.time_embed = nn.Sequential(
            nn.Linear(config.base_channels, time_channels), nn.SiLU(), nn.Linear(time_channels, time_channels)
        )
        channels = config.base_channels
        skips = [channels]  # channels of what each stage of the way down leaves for the way up
        self.input_blocks = nn.ModuleList([Stage([nn.Conv2d(config.in_channels, channels, 3, padding=1)])])
        last = len(config.multipliers) - 1
        for level, blocks in enumerate(config.blocks):
            for _ in range(blocks):
                self.input_blocks.append(self._stage(level, channels))
                channels = config.base_channels * config.multipliers[level]
                skips.append(channels)
            if level < last:
                self.input_blocks.append(Stage([self._resampler(channels, "down")]))
                skips.append(channels)
        attention = Attention(channels, config.head_channels)
        self.middle_block = Stage([self._residual(channels, channels), attention, self._residual(channels, channels)])
        self.output_blocks = nn.ModuleList()
        for level in range(last, -1, -1):
            for block in range(config.blocks[level] + 1):
                stage = self._stage(level, channels + skips.pop())
                channels = config.base_channels * config.multipliers[level]
                if level and block == config.blocks[level]:
                    stage.append(self._resampler(channels, "up"))
                self.output_blocks.append(stage)
        conv_out = zeroed(nn.Conv2d(channels, config.out_channels, 3, padding=1))
        self.out = nn.Sequential(nn.GroupNorm(NORM_GROUPS, channels), nn.SiLU(), conv_out)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Noise in x_t, then the variance parameter: (B, in_channels, H, W), (B,) -> (B, out_channels, H, W).

        x_t is a picture in [-1, 1], diffused; `t` holds original timesteps, 0..999 for the published priors. H and W
        are multiples of `config.multiple`. Raises ValueError for another shape.
        """
        check_picture(x, self.config.in_channels, self.config.multiple)
        if t.shape != x.shape[:1]:
            raise ValueError(f"one timestep for each of {x.shape[0]} pictures is needed, not {tuple(t.shape)}")
        # Timesteps up to 999 are not exact in bf16: the embedding is made in float32 and only then cast.
        emb = self.time_embed(timestep_embedding(t, self.config.base_channels).to(x.dtype))
        skips = []
        h = x
        for stage in self.input_blocks:
            h = stage(h, emb)
            skips.append(h)
        h = self.middle_block(h, emb)
        for stage in self.output_blocks:
            h = stage(torch.cat([h, skips.pop()], dim=1), emb)
        out: Tensor = self.out(h)
        return out

    def eps(self, x: Tensor, t: Tensor) -> Tensor:
        """Noise alone, without the variance half: (B, in_channels, H, W), (B,) -> the shape of x."""
        out: Tensor = self(x, t)
        return out[:, : self.config.in_channels]

    def _residual(self, channels: int, out_channels: int, resample: Resample = "") -> ResBlock:
        return ResBlock(channels, out_channels, 4 * self.config.base_channels, self.config.dropout, resample)

    def _stage(self, level: int, channels: int) -> Stage:
        """A residual block to the level's channels, with attention where the level has it."""
        config = self.config
        out_channels = config.base_channels * config.multipliers[level]
        stage = Stage([self._residual(channels, out_channels)])
        if config.image_px >> level in config.attention_px:
            stage.append(Attention(out_channels, config.head_channels))
        return stage

    def _resampler(self, channels: int, direction: Literal["down", "up"]) -> nn.Module:
        if self.config.resample_in_blocks:
            return self._residual(channels, channels, direction)
        return Downsample(channels) if direction == "down" else Upsample(channels)
