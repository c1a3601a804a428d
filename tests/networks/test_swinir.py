"""SwinIR over small configs: windows and masks against their definitions, other sizes than the configured one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest
import torch
from torch import Tensor

from engine.networks.swinir import SwinIR, SwinIRConfig, from_windows, relative_positions, shift_mask, windows_of

TINY = SwinIRConfig(image_px=16, unshuffle=2, channels=12, depths=(2, 2), heads=(2, 3), window=4)
VARIANTS = {
    "x2": TINY,
    "x8": replace(TINY, image_px=64, unshuffle=8),
    "no folding": replace(TINY, image_px=8, unshuffle=1),
    "one group, wide MLP": replace(TINY, depths=(3,), heads=(1,), mlp_ratio=4.0),
    "one window": replace(TINY, image_px=8),
    "grey": replace(TINY, image_mean=(0.5,)),
}


def random_swinir(config: SwinIRConfig) -> SwinIR:
    torch.manual_seed(0)
    swinir = SwinIR(config).eval()
    with torch.no_grad():
        for parameter in swinir.parameters():
            parameter.normal_(0, 0.2)
    return swinir


def picture(config: SwinIRConfig, height: int, width: int, batch: int = 1) -> Tensor:
    return torch.rand(batch, len(config.image_mean), height, width, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("config", VARIANTS.values(), ids=list(VARIANTS))
def test_saves_and_loads(config: SwinIRConfig, same_after_reload: Callable[..., None]) -> None:
    same_after_reload(SwinIR, config, picture(config, config.image_px, config.image_px))


@torch.no_grad()
def test_other_sizes_are_what_a_network_for_that_size_gives() -> None:
    """The stored masks are for 16 pixels; with the weights of a network for 32 the rest is the same."""
    for_16, for_32 = random_swinir(TINY), SwinIR(replace(TINY, image_px=32)).eval()
    weights = {key: value for key, value in for_16.state_dict().items() if "attn_mask" not in key}
    for_32.load_state_dict(weights, strict=False)
    x = picture(TINY, 32, 32, batch=2)
    torch.testing.assert_close(for_16(x), for_32(x), rtol=0, atol=0)


@torch.no_grad()
def test_a_picture_may_be_oblong_and_does_not_depend_on_its_batch() -> None:
    swinir, x = random_swinir(TINY), picture(TINY, 16, 40, batch=2)
    out = swinir(x)
    assert out.shape == x.shape
    alone = torch.cat([swinir(x[:1]), swinir(x[1:])])
    torch.testing.assert_close(out, alone, rtol=1e-4, atol=1e-4 * float(out.std()))


def test_half_precision_stays_near_float32(near_in_bf16: Callable[..., None]) -> None:
    torch.manual_seed(0)
    swinir = SwinIR(replace(TINY, image_mean=(0.0, 0.0, 0.0))).eval()  # a mean would hide the error of the rest
    near_in_bf16(swinir, swinir, picture(TINY, 16, 32))


@torch.no_grad()
def test_without_its_last_convolution_it_gives_the_image_mean() -> None:
    swinir = random_swinir(TINY)
    swinir.conv_last.weight.zero_()
    swinir.conv_last.bias.zero_()
    expected = torch.tensor(TINY.image_mean)[:, None, None].expand(1, 3, 16, 16)
    torch.testing.assert_close(swinir(picture(TINY, 16, 16)), expected, rtol=0, atol=0)


@pytest.mark.parametrize("shape", [(3, 16, 16), (1, 1, 16, 16), (1, 3, 12, 16), (1, 3, 16, 20)])
def test_wrong_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="multiples of 8"):
        SwinIR(TINY)(torch.zeros(shape))


@pytest.mark.parametrize("wrong", [{"heads": (2,)}, {"unshuffle": 3}, {"image_px": 20}], ids=["heads", "fold", "size"])
def test_configs_that_do_not_fit_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"heads|power of two|multiple of 8"):
        replace(TINY, **wrong)


def test_windows_are_cut_row_by_row_and_put_together_again() -> None:
    x = torch.arange(2 * 4 * 6 * 3).view(2, 4, 6, 3)
    windows = windows_of(x, 2)
    assert torch.equal(windows[4], x[0, 2:4, 2:4].reshape(4, 3))  # second row of windows, second column
    assert torch.equal(from_windows(windows, 2, 4, 6), x)


def test_relative_positions_number_the_offsets_between_two_pixels() -> None:
    window = 3
    index = relative_positions(window)
    for a, b in product(product(range(window), repeat=2), repeat=2):
        row, column = a[0] - b[0] + window - 1, a[1] - b[1] + window - 1
        assert index[a[0] * window + a[1], b[0] * window + b[1]] == row * (2 * window - 1) + column


@pytest.mark.parametrize(("h", "w"), [(8, 8), (8, 16), (12, 8)])
def test_the_mask_separates_pixels_that_were_no_neighbours_before_rolling(h: int, w: int) -> None:
    window, shift = 4, 2
    rows, columns = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
    places = torch.stack([rows, columns], dim=-1).roll((-shift, -shift), dims=(0, 1))
    windows = windows_of(places[None], window)  # where each pixel of each window comes from
    distance = (windows[:, :, None] - windows[:, None, :]).abs().amax(-1)
    expected = torch.where(distance < window, 0.0, -100.0)
    assert torch.equal(shift_mask(h, w, window, shift), expected)
