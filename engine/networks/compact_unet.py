"""CompactUNet: a small UNet on pixel-unshuffled pictures, with or without a timestep.

As an estimator it maps a damaged face in [0, 1] to the clean one; as the body of a prior
(see `guided_prior`) it is given the timestep. Sized to be trained and run on two CPU cores.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class CompactUNetConfig:
    """Shape of the network; a side of the input must be a multiple of `unshuffle * 2**(levels - 1)`.

    `channels` and `blocks` have one entry a level, the widest picture first; attention is at the deepest level.
    `time_channels` 0 means a network without timestep. `residual` adds the first `out_channels` input channels
    to the output.
    """

    in_channels: int = 3
    out_channels: int = 3
    unshuffle: int = 4
    channels: tuple[int, ...] = (96, 160, 224)
    blocks: tuple[int, ...] = (2, 2, 1)
    group_channels: int = 16
    head_channels: int = 32
    time_channels: int = 0
    residual: bool = True

    @property
    def multiple(self) -> int:
        """Sides of the input are multiples of this many pixels."""
        return int(self.unshuffle * 2 ** (len(self.channels) - 1))


def timestep_embedding(t: Tensor, channels: int) -> Tensor:
    """Sinusoidal embedding of timesteps (B,) -> (B, channels), after "Attention is all you need"."""
    half = channels // 2
    rates = torch.exp(-math.log(10_000.0) * torch.arange(half, device=t.device, dtype=torch.float32) / half)
    angles = t.float()[:, None] * rates
    return torch.cat([angles.cos(), angles.sin()], dim=1)


class _ResBlock(nn.Module):
    def __init__(self, config: CompactUNetConfig, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(channels_in // config.group_channels, channels_in)
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, padding=1)
        self.time = nn.Linear(config.time_channels, 2 * channels_out) if config.time_channels else None
        self.norm2 = nn.GroupNorm(channels_out // config.group_channels, channels_out)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, padding=1)
        self.skip = nn.Conv2d(channels_in, channels_out, 1) if channels_in != channels_out else nn.Identity()
        nn.init.zeros_(self.conv2.weight)

    def forward(self, x: Tensor, emb: Tensor | None) -> Tensor:
        h = self.norm2(self.conv1(F.silu(self.norm1(x))))
        if self.time is not None and emb is not None:
            scale, shift = self.time(emb)[:, :, None, None].chunk(2, dim=1)
            h = h * (1 + scale) + shift
        return self.skip(x) + self.conv2(F.silu(h))  # type: ignore[no-any-return]


class _Attention(nn.Module):
    def __init__(self, config: CompactUNetConfig, channels: int) -> None:
        super().__init__()
        self.heads = channels // config.head_channels
        self.norm = nn.GroupNorm(channels // config.group_channels, channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)
        nn.init.zeros_(self.out.weight)

    def forward(self, x: Tensor) -> Tensor:
        b, c, h, w = x.shape
        qkv = self.qkv(self.norm(x)).reshape(b, 3, self.heads, c // self.heads, h * w)
        q, k, v = qkv.transpose(3, 4).unbind(1)  # (B, heads, HW, C/heads) each
        y = F.scaled_dot_product_attention(q, k, v).transpose(2, 3).reshape(b, c, h, w)
        return x + self.out(y)  # type: ignore[no-any-return]


class CompactUNet(nn.Module):
    """The network; see the module's docstring."""

    def __init__(self, config: CompactUNetConfig) -> None:
        super().__init__()
        self.config = config
        widths = config.channels
        if config.time_channels:
            self.time = nn.Sequential(
                nn.Linear(config.time_channels, config.time_channels),
                nn.SiLU(),
                nn.Linear(config.time_channels, config.time_channels),
                nn.SiLU(),
            )
        self.conv_in = nn.Conv2d(config.in_channels * config.unshuffle**2, widths[0], 3, padding=1)
        self.encoder = nn.ModuleList()
        self.down = nn.ModuleList()
        for level, (width, count) in enumerate(zip(widths, config.blocks, strict=True)):
            self.encoder.append(nn.ModuleList(_ResBlock(config, width, width) for _ in range(count)))
            if level + 1 < len(widths):
                self.down.append(nn.Conv2d(width, widths[level + 1], 3, stride=2, padding=1))
        self.attention = _Attention(config, widths[-1])
        self.middle = _ResBlock(config, widths[-1], widths[-1])
        self.decoder = nn.ModuleList()
        self.up = nn.ModuleList()
        for level in reversed(range(len(widths))):
            width = widths[level]
            ins = [2 * width] + [width] * (config.blocks[level] - 1)
            self.decoder.append(nn.ModuleList(_ResBlock(config, i, width) for i in ins))
            if level:
                self.up.append(nn.Conv2d(width, widths[level - 1], 3, padding=1))
        self.norm_out = nn.GroupNorm(widths[0] // config.group_channels, widths[0])
        self.conv_out = nn.Conv2d(widths[0], config.out_channels * config.unshuffle**2, 3, padding=1)
        nn.init.zeros_(self.conv_out.weight)
        nn.init.zeros_(self.conv_out.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor, t: Tensor | None = None) -> Tensor:
        """(B, in_channels, H, W), timesteps (B,) where the config has time -> (B, out_channels, H, W)."""
        emb = self.time(timestep_embedding(t, self.config.time_channels)) if t is not None else None
        h = self.conv_in(F.pixel_unshuffle(x, self.config.unshuffle))
        skips = []
        for level, blocks in enumerate(self.encoder):
            for block in blocks:  # type: ignore[attr-defined]
                h = block(h, emb)
            skips.append(h)
            if level < len(self.down):
                h = self.down[level](h)
        h = self.middle(self.attention(h), emb)
        for level, blocks in enumerate(self.decoder):
            h = torch.cat([h, skips.pop()], dim=1)
            for block in blocks:  # type: ignore[attr-defined]
                h = block(h, emb)
            if level < len(self.up):
                h = self.up[level](F.interpolate(h, scale_factor=2.0, mode="nearest"))
        out = F.pixel_shuffle(self.conv_out(F.silu(self.norm_out(h))), self.config.unshuffle)
        return x[:, : self.config.out_channels] + out if self.config.residual else out
