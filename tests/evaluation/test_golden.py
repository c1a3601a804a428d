"""All golden numbers, and what `run_golden` says where they differ or are not there."""

from __future__ import annotations

import math
import shutil
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.base.errors import GoldenMissing, UsageError
from engine.evaluation.golden import CHECKS, GoldenResult, fill_golden, run_golden
from engine.networks.lama import Lama, LamaConfig
from engine.networks.swinir import SwinIR, SwinIRConfig

TIMESTEPS = ("t=0", "t=100", "t=396", "t=999")
LINES = {
    "diffusion_toy": ("schedule", "eta=0.0", "eta=0.5", "eta=1.0", "inpainting"),
    "swinir512": ("",),
    "unet_ffhq512": TIMESTEPS,
    "end_to_end_512": ("estimate", "sample"),
    "lama256": ("",),
    "unet_ffhq256": TIMESTEPS,
    "unet_imagenet256": TIMESTEPS,
}


def test_there_is_a_check_for_every_golden_file(data_dir: Path) -> None:
    stored = {path.stem.removeprefix("golden_") for path in data_dir.glob("golden_*.npz")}
    assert stored == set(CHECKS) == set(LINES)


@pytest.mark.parametrize(
    "name", [name if name == "diffusion_toy" else pytest.param(name, marks=pytest.mark.slow) for name in LINES]
)
def test_golden_numbers(name: str, data_dir: Path) -> None:
    results = list(run_golden(data_dir, [name]))
    assert [result.name for result in results] == [f"{name} {part}".strip() for part in LINES[name]]
    assert not [result for result in results if not result.ok]


def test_a_difference_is_told_for_its_line_alone(data_dir: Path, tmp_path: Path) -> None:
    with np.load(data_dir / "golden_diffusion_toy.npz") as archive:
        golden = dict(archive)
    golden["eta0.5_final"] = golden["eta0.5_final"] + 2e-4 * golden["eta0.5_final"].std()  # twice the limit
    golden["inpaint_final"] = np.full_like(golden["inpaint_final"], np.nan)
    np.savez(tmp_path / "golden_diffusion_toy.npz", **golden)
    results = {result.name: result for result in run_golden(tmp_path, ["diffusion_toy"])}
    assert [name for name, result in results.items() if not result.ok] == [
        "diffusion_toy eta=0.5",
        "diffusion_toy inpainting",
    ]
    assert results["diffusion_toy eta=0.5"].error == pytest.approx(2e-4, rel=0.1)


def test_another_shape_is_a_difference(data_dir: Path, tmp_path: Path) -> None:
    with np.load(data_dir / "golden_diffusion_toy.npz") as archive:
        golden = dict(archive)
    golden["eta1.0_final"] = golden["eta1.0_final"][..., :8]
    np.savez(tmp_path / "golden_diffusion_toy.npz", **golden)
    assert {result.name for result in run_golden(tmp_path, ["diffusion_toy"]) if not result.ok} == {
        "diffusion_toy eta=1.0"
    }


def test_a_missing_file_is_told_before_anything_is_computed(data_dir: Path, tmp_path: Path) -> None:
    shutil.copy(data_dir / "golden_diffusion_toy.npz", tmp_path)
    with pytest.raises(GoldenMissing, match=r"golden_lama256\.npz"):
        run_golden(tmp_path, ["diffusion_toy", "lama256"])
    with pytest.raises(GoldenMissing):
        run_golden(tmp_path / "nowhere")


def test_an_unknown_name_is_refused(data_dir: Path) -> None:
    with pytest.raises(UsageError, match="unet_ffhq1024"):
        run_golden(data_dir, ["unet_ffhq1024"])


def test_an_error_that_is_no_number_is_not_ok() -> None:
    assert not GoldenResult("a line", math.nan, 1e-4, 0.0).ok


def test_golden_weights_follow_their_rule() -> None:
    lama = Lama(LamaConfig(base_channels=8, downsamplings=1, blocks=0))
    fill_golden(lama)
    state = lama.state_dict()

    def draw(key: str) -> torch.Tensor:
        rng = np.random.default_rng(zlib.crc32(key.encode()))
        return torch.from_numpy(rng.standard_normal(tuple(state[key].shape)).astype(np.float32))

    conv, norm = "model.1.ffc.convl2l.weight", "model.1.bn_l."
    expected = {
        conv: draw(conv) / math.sqrt(4 * 7 * 7),  # fan-in of a 7x7 convolution of 4 channels
        norm + "weight": 1 + 0.05 * draw(norm + "weight"),
        norm + "bias": 0.02 * draw(norm + "bias"),
        norm + "running_mean": 0.02 * draw(norm + "running_mean"),
        norm + "running_var": 1 + 0.05 * draw(norm + "running_var").abs(),
        norm + "num_batches_tracked": torch.tensor(0),
    }
    for key, value in expected.items():
        torch.testing.assert_close(state[key], value, rtol=1e-6, atol=0)


def test_golden_weights_leave_masks_and_indices_as_built() -> None:
    config = SwinIRConfig(image_px=16, unshuffle=2, channels=12, depths=(2,), heads=(2,), window=4)
    filled, fresh = SwinIR(config), SwinIR(config)
    fill_golden(filled)
    block = "layers.0.residual_group.blocks.1."
    for key in (block + "attn_mask", block + "attn.relative_position_index"):
        assert torch.equal(filled.state_dict()[key], fresh.state_dict()[key])
