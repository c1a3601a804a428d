"""SwinIR behind a pixel-unshuffle: restores a picture of unchanged size (Liang et al. 2021, as trained for DifFace).

The picture is folded to a lower size with more channels, passes through groups of Swin transformer layers there, and
is enlarged again by nearest-neighbour steps with convolutions. The state dict has the layout of the published
checkpoint, with the attention masks it stores for the configured size.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from engine.networks.shapes import check_picture

RECONSTRUCTION_CHANNELS = 64
MASKED = -100.0
"""What the published attention masks add to the logits of pixels that are no neighbours."""


@dataclass(frozen=True)
class SwinIRConfig:
    """Everything that decides the layout of a `SwinIR`.

    `unshuffle` (a power of two up to 16) is the factor between picture and features; `depths` and `heads` have one
    entry for each group of layers; windows have `window` feature pixels a side. `image_px` is the size the stored
    attention masks are for; other sizes work too. `image_mean`, one value a channel, is taken off the input and added
    to the output.
    """

    image_px: int = 512
    unshuffle: int = 8
    channels: int = 180
    depths: tuple[int, ...] = (6, 6, 6, 6, 6, 6, 6, 6)
    heads: tuple[int, ...] = (6, 6, 6, 6, 6, 6, 6, 6)
    window: int = 8
    mlp_ratio: float = 2.0
    image_mean: tuple[float, ...] = (0.4488, 0.4371, 0.4040)

    def __post_init__(self) -> None:
        if len(self.depths) != len(self.heads):
            raise ValueError(f"{len(self.heads)} numbers of heads for {len(self.depths)} groups of layers")
        if self.unshuffle not in (1, 2, 4, 8, 16):
            raise ValueError(f"unshuffle must be a power of two up to 16, not {self.unshuffle}")
        if self.image_px % self.multiple:
            raise ValueError(f"image_px must be a multiple of {self.multiple}, not {self.image_px}")

    @property
    def multiple(self) -> int:
        """Sides of the input are multiples of this many pixels."""
        return self.unshuffle * self.window

    @property
    def feature_px(self) -> int:
        """Side of the features for a picture of `image_px`."""
        return self.image_px // self.unshuffle


SWINIR512 = SwinIRConfig()
"""The published face estimator at 512 pixels, 15.8 M parameters."""


def windows_of(x: Tensor, window: int) -> Tensor:
    """Cut features into windows, row by row: (B, H, W, C) -> (B * windows, window^2, C)."""
    b, h, w, c = x.shape
    grid = x.view(b, h // window, window, w // window, window, c)
    return grid.transpose(2, 3).reshape(-1, window * window, c)


def from_windows(windows: Tensor, window: int, h: int, w: int) -> Tensor:
    """Put windows together again: (B * windows, window^2, C) -> (B, H, W, C)."""
    grid = windows.view(-1, h // window, w // window, window, window, windows.shape[-1])
    return grid.transpose(2, 3).reshape(-1, h, w, windows.shape[-1])


def relative_positions(window: int) -> Tensor:
    """For each two pixels of a window the row of the bias table for their offset: (window^2, window^2), int64.

    Always on the CPU, like `shift_mask`: arithmetic on the meta device imports torch's compiler, which takes seconds.
    """
    at = torch.arange(window, device="cpu")
    offset = at[:, None] - at[None, :] + window - 1  # (window,window) in 0 .. 2*window-2
    index = offset[:, None, :, None] * (2 * window - 1) + offset[None, :, None, :]  # from row, column to row, column
    return index.reshape(window**2, window**2)


def shift_mask(h: int, w: int, window: int, shift: int) -> Tensor:
    """Attention mask for features rolled by `shift`: (windows, window^2, window^2), 0 or -100, float32, on the CPU.

    After rolling, the windows of the last row and column hold pixels from opposite borders, which must not see one
    another: pixels attend to each other only where both come from the same side of the seam.
    """

    def bands(size: int) -> Tensor:
        """0 for pixels in windows without a seam, then 1 before it and 2 behind it."""
        at = torch.arange(size, device="cpu")
        return (at >= size - window).long() + (at >= size - shift).long()

    regions = 3 * bands(h)[:, None] + bands(w)[None, :]
    flat = windows_of(regions[None, :, :, None], window).squeeze(-1)  # (windows,N)
    return (flat[:, :, None] != flat[:, None, :]).float() * MASKED


class WindowAttention(nn.Module):
    """Self-attention within windows, with a learned bias for each relative position."""

    relative_position_index: Tensor

    def __init__(self, channels: int, heads: int, window: int) -> None:
        super().__init__()
        self.heads = heads
        self.relative_position_bias_table = nn.Parameter(torch.zeros((2 * window - 1) ** 2, heads))
        index = torch.as_tensor(relative_positions(window))  # as_tensor: to the meta device where built there
        self.register_buffer("relative_position_index", index)
        self.qkv = nn.Linear(channels, 3 * channels)
        self.proj = nn.Linear(channels, channels)
        nn.init.trunc_normal_(self.relative_position_bias_table, std=0.02)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """(B * windows, N, C) and a mask (windows, N, N) -> (B * windows, N, C)."""
        heads = self.qkv(x).unflatten(-1, (3, self.heads, -1)).transpose(1, 3)  # (B*windows,heads,3,N,head)
        q, k, v = heads.unbind(2)
        bias = self.relative_position_bias_table[self.relative_position_index].permute(2, 0, 1)[None]  # (1,heads,N,N)
        if mask is not None:
            bias = (bias + mask[:, None]).repeat(x.shape[0] // mask.shape[0], 1, 1, 1)  # (B*windows,heads,N,N)
        attended = F.scaled_dot_product_attention(q, k, v, attn_mask=bias.to(q.dtype))
        out: Tensor = self.proj(attended.transpose(1, 2).flatten(2))
        return out


class SwinLayer(nn.Module):
    """A Swin transformer layer: window attention, of rolled features in every second layer, and an MLP."""

    attn_mask: Tensor

    def __init__(self, config: SwinIRConfig, heads: int, shifted: bool) -> None:
        super().__init__()
        channels, hidden = config.channels, int(config.channels * config.mlp_ratio)
        self.window = config.window
        self.feature_px = config.feature_px
        # Published code does not shift where a single window covers the configured picture.
        self.shift = config.window // 2 if shifted and config.feature_px > config.window else 0
        if self.shift:
            mask = shift_mask(config.feature_px, config.feature_px, self.window, self.shift)
            self.register_buffer("attn_mask", torch.as_tensor(mask))
        self.norm1 = nn.LayerNorm(channels)
        self.attn = WindowAttention(channels, heads, config.window)
        self.norm2 = nn.LayerNorm(channels)
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(channels, hidden), "fc2": nn.Linear(hidden, channels)})

    def forward(self, x: Tensor) -> Tensor:
        """(B, H, W, C) -> (B, H, W, C)."""
        h, w = x.shape[1:3]
        rolled = self.norm1(x)
        mask = None
        if self.shift:
            rolled = rolled.roll((-self.shift, -self.shift), dims=(1, 2))
            mask = self.attn_mask
            if (h, w) != (self.feature_px, self.feature_px):
                mask = shift_mask(h, w, self.window, self.shift).to(x.device)
        attended = from_windows(self.attn(windows_of(rolled, self.window), mask), self.window, h, w)
        if self.shift:
            attended = attended.roll((self.shift, self.shift), dims=(1, 2))
        x = x + attended
        update: Tensor = self.mlp["fc2"](F.gelu(self.mlp["fc1"](self.norm2(x))))
        return x + update


class SwinGroup(nn.Module):
    """Swin layers and a convolution, added to their input."""

    def __init__(self, config: SwinIRConfig, depth: int, heads: int) -> None:
        super().__init__()
        layers = [SwinLayer(config, heads, shifted=i % 2 == 1) for i in range(depth)]
        self.residual_group = nn.ModuleDict({"blocks": nn.Sequential(*layers)})
        self.conv = nn.Conv2d(config.channels, config.channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, H, W, C) -> (B, H, W, C)."""
        features = self.residual_group["blocks"](x).permute(0, 3, 1, 2)
        out: Tensor = x + self.conv(features).permute(0, 2, 3, 1)
        return out


class SwinIR(nn.Module):
    """Estimates the clean picture from a damaged one of the same size."""

    def __init__(self, config: SwinIRConfig) -> None:
        super().__init__()
        self.config = config
        channels, narrow = config.channels, RECONSTRUCTION_CHANNELS
        self.conv_first = nn.Sequential(
            nn.PixelUnshuffle(config.unshuffle),
            nn.Conv2d(len(config.image_mean) * config.unshuffle**2, channels, 3, padding=1),
        )
        self.patch_embed = nn.ModuleDict({"norm": nn.LayerNorm(channels)})
        self.layers = nn.Sequential(
            *(SwinGroup(config, depth, heads) for depth, heads in zip(config.depths, config.heads, strict=True))
        )
        self.norm = nn.LayerNorm(channels)
        self.conv_after_body = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv_before_upsample = nn.Sequential(nn.Conv2d(channels, narrow, 3, padding=1), nn.LeakyReLU(0.01))
        self.doublings = int(math.log2(config.unshuffle))
        for step in range(1, self.doublings + 1):
            self.add_module(f"conv_up{step}", nn.Conv2d(narrow, narrow, 3, padding=1))
        self.conv_hr = nn.Conv2d(narrow, narrow, 3, padding=1)
        self.conv_last = nn.Conv2d(narrow, len(config.image_mean), 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Estimate of the clean picture, about [0, 1], not clamped: (B, C, H, W) in [0, 1] -> the same shape.

        H and W are multiples of `config.multiple`. Raises ValueError for another shape.
        """
        check_picture(x, len(self.config.image_mean), self.config.multiple)
        mean = x.new_tensor(self.config.image_mean)[:, None, None]
        shallow = self.conv_first(x - mean)  # (B,3,H,W) -> (B,C,H/8,W/8)
        deep = self.norm(self.layers(self.patch_embed["norm"](shallow.permute(0, 2, 3, 1))))
        h = self.conv_before_upsample(shallow + self.conv_after_body(deep.permute(0, 3, 1, 2)))
        for step in range(1, self.doublings + 1):
            doubled = F.interpolate(h, scale_factor=2, mode="nearest")
            h = F.leaky_relu(self.get_submodule(f"conv_up{step}")(doubled), 0.2)
        out: Tensor = self.conv_last(F.leaky_relu(self.conv_hr(h), 0.2)) + mean
        return out
