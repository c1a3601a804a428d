"""The training loop on toy networks: it learns, resumes as if never stopped, and writes what can be loaded."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from engine.base.context import Context
from engine.base.errors import Cancelled, UsageError
from engine.degrade.model import DegradationRanges
from engine.networks.compact_unet import CompactUNetConfig
from engine.networks.guided_prior import GuidedPriorConfig
from engine.training.config import TrainConfig, read_config
from engine.training.faces import FaceSet
from engine.training.trainer import CHECKPOINT, FINAL, Trainer

TINY = CompactUNetConfig(channels=(16, 16), blocks=(1, 1), unshuffle=2, head_channels=16)
ESTIMATOR = TrainConfig(
    task="estimator",
    size_px=32,
    batch=4,
    precision="fp32",
    warmup_steps=2,
    estimator=TINY,
    degradation=DegradationRanges(scale=(16, 32), noise=(40, 60)),  # strong enough to be seen at 32 pixels
)
PRIOR = TrainConfig(
    task="prior",
    size_px=32,
    batch=4,
    crop_px=16,
    whole_every=2,
    whole_batch=2,
    precision="fp32",
    warmup_steps=2,
    prior=GuidedPriorConfig(
        size_px=32,
        linear_px=8,
        components=5,
        body=CompactUNetConfig(
            in_channels=11,
            unshuffle=2,
            channels=(16, 16),
            blocks=(1, 1),
            head_channels=16,
            time_channels=16,
            residual=False,
        ),
    ),
)


@pytest.fixture
def faces() -> FaceSet:
    """Smooth blobs, so that there is something to learn."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:32, 0:32] / 31
    shapes = [
        127 + 100 * np.sin(3 * x * rng.uniform(0.5, 2) + 4 * y * rng.uniform(0.5, 2) + rng.uniform(0, 6))
        for _ in range(12)
    ]
    pictures = np.repeat(np.stack(shapes)[..., None], 3, axis=-1).astype(np.uint8)
    return FaceSet(tuple(map(str, range(12))), pictures, np.full(12, 1 / 12))


def _train(config: TrainConfig, faces: FaceSet, out: Path, steps: int) -> Trainer:
    trainer = Trainer(config, faces, None, out)
    trainer.run(steps, 0, Context())
    return trainer


@pytest.mark.parametrize("config", [ESTIMATOR, PRIOR], ids=["estimator", "prior"])
def test_a_resumed_run_equals_an_uninterrupted_one(config: TrainConfig, faces: FaceSet, tmp_path: Path) -> None:
    _train(config, faces, tmp_path / "whole", 8)
    _train(config, faces, tmp_path / "parts", 3)
    _train(config, faces, tmp_path / "parts", 8)
    whole, parts = (load_file(tmp_path / name / FINAL) for name in ("whole", "parts"))
    for name, tensor in whole.items():
        assert torch.equal(tensor, parts[name]), name


def test_a_stop_keeps_what_was_learnt(faces: FaceSet, tmp_path: Path) -> None:
    trainer = Trainer(ESTIMATOR, faces, None, tmp_path)
    with pytest.raises(Cancelled):
        trainer.run(None, 0, Context(cancelled=lambda: trainer.step >= 3))
    assert trainer.step == 3
    assert Trainer(ESTIMATOR, faces, None, tmp_path).step == 3


def test_the_falling_rate_ends_in_the_result_not_in_the_checkpoint(faces: FaceSet, tmp_path: Path) -> None:
    _train(ESTIMATOR, faces, tmp_path, 3)
    before = (tmp_path / CHECKPOINT).read_bytes()
    trainer = Trainer(ESTIMATOR, faces, None, tmp_path)
    trainer.run(3, 4, Context())
    assert trainer.step == 7
    assert trainer.optimizer.param_groups[0]["lr"] < ESTIMATOR.learning_rate / 4
    assert Trainer(ESTIMATOR, faces, None, tmp_path).step == 3
    assert len((tmp_path / CHECKPOINT).read_bytes()) == len(before)


@pytest.mark.parametrize("config", [ESTIMATOR, PRIOR], ids=["estimator", "prior"])
def test_training_beats_where_it_started(config: TrainConfig, faces: FaceSet, tmp_path: Path) -> None:
    trainer = Trainer(msgspec.structs.replace(config, learning_rate=2e-3, ema=0.9), faces, faces, tmp_path)
    with torch.no_grad():
        first = trainer.task.validate(trainer.network, faces)
    trainer.run(60, 0, Context())
    with torch.no_grad():
        last = trainer.task.validate(trainer.network, faces)
    name = "val_l1" if config.task == "estimator" else "val_eps_50"
    assert last[name] < first[name]


def test_shipped_weights_can_be_gone_on_from(faces: FaceSet, tmp_path: Path) -> None:
    _train(ESTIMATOR, faces, tmp_path / "first", 3)
    trainer = Trainer(ESTIMATOR, faces, None, tmp_path / "second")
    trainer.start_from(tmp_path / "first" / FINAL)
    shipped = load_file(tmp_path / "first" / FINAL)
    for name, tensor in trainer.network.state_dict().items():
        torch.testing.assert_close(tensor, shipped[name].float())


@pytest.mark.parametrize("task", ["estimator", "prior"])
def test_the_starter_preset_reads(task: str) -> None:
    assert read_config("starter256", task).task == task


def test_a_wrong_configuration_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="presets are starter256"):
        read_config("nothing", "prior")
    path = tmp_path / "my.toml"
    path.write_text('task = "prior"\nbatches = 3\n')
    with pytest.raises(UsageError, match="unknown field `batches`"):
        read_config(str(path), "prior")
    path.write_text('task = "prior"\n')
    with pytest.raises(UsageError, match="is for the prior, not the estimator"):
        read_config(str(path), "estimator")
