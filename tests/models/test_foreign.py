"""Networks that are not ours, made here with random weights, imported and run as estimators."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from engine.base.errors import WeightsUnfit
from engine.base.torchvision_import import make_torchvision_importable
from engine.models.foreign import ForeignEstimator, Unsupported, describe
from engine.models.imports import import_model
from engine.models.load import load_pair

make_torchvision_importable()  # the tests import spandrel themselves

CPU = torch.device("cpu")


def compact(scale: int, channels: int = 3) -> dict[str, Tensor]:
    """Weights in the layout of a small SRVGGNet ("Real-ESRGAN compact"): convolutions and PReLUs, a pixel shuffle."""
    generator = torch.Generator().manual_seed(scale)

    def convolution(number: int, inputs: int, outputs: int) -> dict[str, Tensor]:
        weight = torch.randn(outputs, inputs, 3, 3, generator=generator) * 0.1
        return {f"body.{number}.weight": weight, f"body.{number}.bias": torch.full((outputs,), 0.1)}

    slopes = {f"body.{number}.weight": torch.full((8,), 0.25) for number in (1, 3)}
    return (
        convolution(0, channels, 8)
        | slopes
        | convolution(2, 8, 8)
        | convolution(4, 8, channels * scale**2)
    )  # fmt: skip


def by_hand(weights: dict[str, Tensor], y_01: Tensor, scale: int) -> Tensor:
    """What SRVGGNet computes: its convolutions, plus the nearest-neighbour enlargement of the input."""
    h = y_01
    for number in (0, 2, 4):
        h = F.conv2d(h, weights[f"body.{number}.weight"], weights[f"body.{number}.bias"], padding=1)
        if number < 4:
            h = F.prelu(h, weights[f"body.{number + 1}.weight"])
    enlarged = F.interpolate(y_01, scale_factor=float(scale), mode="nearest")
    return (F.pixel_shuffle(h, scale) + enlarged).clamp(0, 1)


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_a_foreign_file_becomes_an_estimator(scale: int, program: Path, home: Path) -> None:
    weights = compact(scale)
    torch.save({"params_ema": weights, "params": {}}, program / f"Compact_x{scale}.pth")
    (row,) = import_model(program / f"Compact_x{scale}.pth")
    assert (row.id, row.stages, row.use, row.installed) == (f"compact_x{scale}", ("estimator",), "unknown", True)
    assert "Compact" in row.name

    pair = load_pair(row.id, CPU)
    assert [record.id for record in pair.records] == [row.id, "starter-prior"]
    assert pair.size_px == 32  # it takes any size, so the prior's
    y_01 = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    estimate = pair.estimator(y_01)
    # Averaging scale x scale pixels is what brings an enlarged picture back.
    expected = F.avg_pool2d(by_hand(weights, y_01, scale), scale)
    assert torch.allclose(estimate, expected, atol=1e-6)
    assert not estimate.is_inference()  # the sampler may write into it
    assert torch.equal(pair.estimator(y_01[1:]), estimate[1:])


def test_sides_that_do_not_fit_the_network(program: Path, home: Path) -> None:
    """NAFNet with one level needs even sides."""
    from spandrel.architectures.NAFNet import NAFNet

    torch.manual_seed(0)
    network = NAFNet(img_channel=3, width=4, middle_blk_num=1, enc_blk_nums=[1], dec_blk_nums=[1])
    torch.save({"params": network.state_dict()}, program / "nafnet.pth")
    import_model(program / "nafnet.pth")
    estimator = load_pair("nafnet", CPU).estimator
    y_01 = torch.rand(1, 3, 33, 41)
    assert estimator(y_01).shape == y_01.shape
    with torch.no_grad():
        even = torch.rand(1, 3, 32, 32)
        assert torch.allclose(estimator(even), network(even).clamp(0, 1), atol=1e-6)


def test_face_networks_see_the_face_at_their_own_size(program: Path, home: Path) -> None:
    from spandrel.architectures.RestoreFormer import RestoreFormer

    torch.manual_seed(0)
    network = RestoreFormer(
        n_embed=8, embed_dim=32, ch=32, out_ch=3, ch_mult=(1, 1), num_res_blocks=1, attn_resolutions=(), in_channels=3,
        resolution=512, z_channels=32, double_z=False, enable_mid=False, head_size=1,
    )  # fmt: skip
    torch.save(network.state_dict(), program / "faces.pth")
    assert import_model(program / "faces.pth")[0].size_px == 512


def test_autocast_to_a_type_that_is_not_supported_is_left() -> None:
    descriptor = describe(compact(1))
    y_01 = torch.rand(1, 3, 16, 16)
    in_float32 = ForeignEstimator(descriptor)(y_01)
    with torch.autocast("cpu", torch.bfloat16):
        assert not torch.equal(ForeignEstimator(descriptor)(y_01), in_float32)
        descriptor.supports_bfloat16 = False
        assert torch.equal(ForeignEstimator(descriptor)(y_01), in_float32)


NO_ESTIMATORS = {
    "unknown": (lambda: {"some.weight": torch.zeros(3, 3)}, "no network"),
    "grey": (lambda: compact(1, channels=1), "RGB"),
    "incomplete": (lambda: {name: t for name, t in compact(1).items() if name != "body.2.bias"}, "incomplete"),
    "wrong shapes": (lambda: compact(1) | {"body.3.weight": torch.zeros(9)}, "incomplete"),
}


@pytest.mark.parametrize("name", NO_ESTIMATORS)
def test_what_cannot_be_an_estimator(name: str, program: Path, home: Path) -> None:
    make, why = NO_ESTIMATORS[name]
    with pytest.raises(Unsupported, match=why):
        describe(make())
    torch.save(make(), program / "weights.pth")
    with pytest.raises(WeightsUnfit, match=why):
        import_model(program / "weights.pth")
    assert not (home / "models").exists()


@pytest.mark.slow
def test_a_foreign_inpainting_network_is_no_estimator() -> None:
    from spandrel.architectures.LaMa import LaMa

    with pytest.raises(Unsupported, match="inpainting"):
        describe(LaMa().state_dict())
