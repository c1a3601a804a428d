"""Lists and files of weights that name networks of endless size are refused before anything is built of them."""

from __future__ import annotations

import pytest
import torch

from engine.models.foreign import Unsupported, describe
from engine.models.registry import build_on_meta


def test_a_list_that_asks_for_a_billion_blocks() -> None:
    config = {"image_px": 32, "base_channels": 64, "multipliers": [1], "blocks": [10**9], "attention_px": []}
    with pytest.raises(ValueError, match="larger than any"):
        build_on_meta("adm_unet", config)


def test_weights_whose_names_ask_for_a_billion_blocks() -> None:
    """Real-ESRGAN's compact layout, whose depth is the largest number in a name."""
    tensors = {
        "body.0.weight": torch.zeros(8, 3, 3, 3),
        "body.0.bias": torch.zeros(8),
        "body.1.weight": torch.zeros(8),
        f"body.{10**9}.weight": torch.zeros(3, 8, 3, 3),
        f"body.{10**9}.bias": torch.zeros(3),
    }
    with pytest.raises(Unsupported):
        describe(tensors)


def test_weights_whose_shapes_ask_for_all_memory() -> None:
    """100,000 x 100,000 channels are 360 GB, told by two tensors of a few hundred kilobytes."""
    wide = 100_000
    tensors = {
        "body.0.weight": torch.zeros(wide, 3, 3, 3),
        "body.0.bias": torch.zeros(wide),
        "body.1.weight": torch.zeros(wide),
        "body.2.weight": torch.zeros(3, 0, 3, 3),
        "body.2.bias": torch.zeros(3),
    }
    with pytest.raises(Unsupported):
        describe(tensors)
