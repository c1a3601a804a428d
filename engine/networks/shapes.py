"""The check every network makes of its input."""

from __future__ import annotations

from torch import Tensor


def check_picture(x: Tensor, channels: int, multiple: int) -> None:
    """Raise ValueError unless x is (B, channels, H, W) with H and W multiples of `multiple`."""
    if x.ndim != 4 or x.shape[1] != channels or x.shape[2] % multiple or x.shape[3] % multiple:
        raise ValueError(
            f"the input must be (B, {channels}, H, W) with sides multiples of {multiple}, not {tuple(x.shape)}"
        )
