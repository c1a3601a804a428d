"""The ADM UNet over small configs: layout, shapes, attention and timesteps against their formulas."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from engine.networks.adm_unet import AdmUnet, AdmUnetConfig, Attention, timestep_embedding

TINY = AdmUnetConfig(
    image_px=32, base_channels=32, multipliers=(1, 2), blocks=(1, 1), attention_px=(16,), head_channels=32
)
VARIANTS = {
    "conv resampling": TINY,
    "resampling in blocks": replace(TINY, resample_in_blocks=True),
    "three levels": replace(TINY, multipliers=(1, 1, 2), blocks=(1, 2, 1), attention_px=(32, 8)),
    "one level, no attention but in the middle": replace(TINY, multipliers=(1,), blocks=(2,), attention_px=()),
    "no variance, one channel in": replace(TINY, in_channels=1, out_channels=1),
    "more heads": replace(TINY, head_channels=16),
}


def random_unet(config: AdmUnetConfig) -> AdmUnet:
    torch.manual_seed(0)
    unet = AdmUnet(config).eval()
    with torch.no_grad():
        for parameter in unet.parameters():
            parameter.normal_(0, 0.1)
    return unet


def diffused(config: AdmUnetConfig, batch: int = 1, px: int = 32) -> Tensor:
    return torch.randn(batch, config.in_channels, px, px, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("config", VARIANTS.values(), ids=list(VARIANTS))
def test_saves_and_loads(config: AdmUnetConfig, same_after_reload: Callable[..., None]) -> None:
    same_after_reload(AdmUnet, config, diffused(config), torch.tensor([396]))


@pytest.mark.parametrize("config", VARIANTS.values(), ids=list(VARIANTS))
@torch.no_grad()
def test_output_has_the_input_size_and_the_configured_channels(config: AdmUnetConfig) -> None:
    x = torch.randn(2, config.in_channels, 16, 24)  # neither the configured size nor square
    assert AdmUnet(config)(x, torch.tensor([0, 999])).shape == (2, config.out_channels, 16, 24)


@torch.no_grad()
def test_eps_is_the_first_half_of_the_output() -> None:
    unet, x, t = random_unet(TINY), diffused(TINY), torch.tensor([100])
    eps, variance = unet(x, t).chunk(2, dim=1)
    assert torch.equal(unet.eps(x, t), eps)
    assert not torch.allclose(eps, variance, atol=0.1)


@torch.no_grad()
def test_a_picture_does_not_depend_on_its_batch() -> None:
    unet, x, t = random_unet(TINY), diffused(TINY, batch=2), torch.tensor([10, 700])
    alone = torch.cat([unet(x[i : i + 1], t[i : i + 1]) for i in range(2)])
    torch.testing.assert_close(unet(x, t), alone, rtol=1e-4, atol=1e-4 * float(alone.std()))


@torch.no_grad()
def test_the_timestep_changes_the_output() -> None:
    unet, x = random_unet(TINY), diffused(TINY)
    assert not torch.allclose(unet(x, torch.tensor([0])), unet(x, torch.tensor([4])), atol=1e-3)


@torch.no_grad()
def test_an_untrained_unet_predicts_zero() -> None:
    """The last convolution starts at zero, so that training starts at the mean of eps."""
    assert not AdmUnet(TINY)(diffused(TINY), torch.tensor([5])).any()


def test_half_precision_stays_near_float32(near_in_bf16: Callable[..., None]) -> None:
    unet = random_unet(TINY)
    near_in_bf16(unet, unet, diffused(TINY), torch.tensor([996]))


@pytest.mark.parametrize(
    ("shape", "steps"),
    [((3, 32, 32), 1), ((1, 4, 32, 32), 1), ((1, 3, 33, 32), 1), ((1, 3, 32, 31), 1), ((2, 3, 32, 32), 1)],
)
def test_wrong_shapes_are_refused(shape: tuple[int, ...], steps: int) -> None:
    with pytest.raises(ValueError, match=r"must be|is needed"):
        AdmUnet(TINY)(torch.zeros(shape), torch.zeros(steps, dtype=torch.long))


@pytest.mark.parametrize(
    "wrong", [{"blocks": (1,)}, {"base_channels": 40}, {"head_channels": 48}], ids=["levels", "groups", "heads"]
)
def test_configs_that_do_not_fit_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"levels|multiple|heads"):
        AdmUnet(replace(TINY, **wrong))


def test_timestep_embedding_has_cosines_then_sines_from_1_to_nearly_1_in_10000() -> None:
    embedding = timestep_embedding(torch.tensor([0, 996]), 8)
    angles = [996 * 10000 ** (-i / 4) for i in range(4)]
    expected = [[1.0] * 4 + [0.0] * 4, [math.cos(a) for a in angles] + [math.sin(a) for a in angles]]
    torch.testing.assert_close(embedding, torch.tensor(expected), rtol=0, atol=1e-4)  # float32 angles near 1000


@torch.no_grad()
def test_attention_is_softmax_of_scaled_products_head_by_head() -> None:
    torch.manual_seed(0)
    attention = Attention(64, head_channels=32)
    for parameter in attention.parameters():
        parameter.normal_(0, 0.3)
    x = torch.randn(1, 64, 3, 5)
    qkv = attention.qkv(attention.norm(x.flatten(2)))[0]  # (192,15)
    heads = []
    for q, k, v in qkv.view(2, 3, 32, 15):  # the published order: heads, then q, k, v
        weights = torch.softmax(q.T @ k / math.sqrt(32), dim=1)
        heads.append(v @ weights.T)
    expected = x + attention.proj_out(torch.cat(heads)[None]).view_as(x)
    torch.testing.assert_close(attention(x), expected, rtol=1e-4, atol=1e-4)
