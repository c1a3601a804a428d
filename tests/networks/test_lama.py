"""LaMa over small configs: layout, shapes, and the Fourier unit against numpy's FFT."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.networks.lama import FourierUnit, Lama, LamaConfig

TINY = LamaConfig(base_channels=8, downsamplings=2, blocks=2)
VARIANTS = {
    "two downsamplings": TINY,
    "one downsampling": replace(TINY, downsamplings=1),
    "half global": replace(TINY, global_ratio=0.5),
    "no blocks": replace(TINY, blocks=0),
    "grey": replace(TINY, in_channels=2, out_channels=1),
}


def masked(config: LamaConfig, height: int = 32, width: int = 32) -> Tensor:
    return torch.rand(1, config.in_channels, height, width, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("config", VARIANTS.values(), ids=list(VARIANTS))
def test_saves_and_loads(config: LamaConfig, same_after_reload: Callable[..., None]) -> None:
    same_after_reload(Lama, config, masked(config))


@torch.no_grad()
def test_output_is_the_sigmoid_of_the_logits_at_the_input_size() -> None:
    torch.manual_seed(0)
    lama, x = Lama(TINY).eval(), masked(TINY, 20, 32)
    logits = lama.logits(x)
    assert logits.shape == (1, 3, 20, 32)
    torch.testing.assert_close(lama(x), 1 / (1 + torch.exp(-logits)), rtol=1e-5, atol=1e-6)


def test_half_precision_stays_near_float32(near_in_bf16: Callable[..., None]) -> None:
    """There is no FFT in bf16."""
    torch.manual_seed(0)
    lama = Lama(TINY).eval()
    near_in_bf16(lama, lama.logits, masked(TINY))


@torch.no_grad()
@pytest.mark.parametrize("width", [6, 7])
def test_fourier_unit_convolves_real_and_imaginary_parts_of_the_spectrum(width: int) -> None:
    torch.manual_seed(0)
    unit = FourierUnit(2).eval()  # a fresh batch norm only divides by sqrt(1 + 1e-5)
    x = torch.randn(1, 2, 4, width)
    spectrum = np.fft.rfft2(x[0].numpy(), norm="ortho")
    parts = np.stack([part for channel in spectrum for part in (channel.real, channel.imag)])
    weight = unit.conv_layer.weight[:, :, 0, 0].numpy()
    mixed = np.maximum(np.einsum("oi,ihw->ohw", weight, parts) / np.sqrt(1 + 1e-5), 0)
    expected = np.fft.irfft2(mixed[0::2] + 1j * mixed[1::2], s=(4, width), norm="ortho")
    np.testing.assert_allclose(unit(x)[0].numpy(), expected, rtol=0, atol=1e-6)


@torch.no_grad()
def test_one_fourier_block_sees_the_whole_picture() -> None:
    """A change in one corner reaches the opposite one, which 3x3 convolutions alone would not."""
    torch.manual_seed(0)
    config = replace(TINY, blocks=1)
    lama, x = Lama(config).eval(), masked(config, 128, 128)
    changed = x.clone()
    changed[..., :8, :8] += 1
    assert (lama.logits(changed) - lama.logits(x))[..., -8:, -8:].abs().max() > 1e-5


@pytest.mark.parametrize("shape", [(4, 32, 32), (1, 3, 32, 32), (1, 4, 30, 32), (1, 4, 32, 33)])
def test_wrong_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="multiples of 4"):
        Lama(TINY)(torch.zeros(shape))


@pytest.mark.parametrize("wrong", [{"downsamplings": 0}, {"global_ratio": 0.0}, {"global_ratio": 1.0}])
def test_configs_that_do_not_fit_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"at least one|both groups"):
        replace(TINY, **wrong)
