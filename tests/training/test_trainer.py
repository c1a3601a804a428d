"""The training loop on toy networks: it learns, resumes as if never stopped, and writes what can be loaded."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from toy_runs import ADM, ESTIMATOR, PRIOR, toy_faces

from engine.base.errors import Cancelled, CheckpointUnfit, TrainingDiverged
from engine.degrade.old_photo import OldPhotoRanges
from engine.training.checkpoint import CHECKPOINT
from engine.training.config import TrainConfig
from engine.training.learner import Learner
from engine.training.parallel import Processes
from engine.training.trainer import FINAL, FINISH_LOG, LOG, Trainer

EVERY = pytest.mark.parametrize("config", [ESTIMATOR, PRIOR, ADM], ids=["estimator", "guided_prior", "adm_unet"])


def _with(run: TrainConfig, **changes: Any) -> TrainConfig:
    return msgspec.structs.replace(run, **changes)


def _train(config: TrainConfig, out: Path, steps: int) -> Trainer:
    trainer = Trainer(config, toy_faces(side=config.size_px), None, out)
    trainer.run(steps, 0)
    return trainer


def _losses(path: Path) -> list[tuple[int, str]]:
    with path.open(encoding="utf-8") as file:
        return [(int(row["step"]), row["value"]) for row in csv.DictReader(file) if row["name"] == "loss"]


@EVERY
def test_a_resumed_run_equals_an_uninterrupted_one(config: TrainConfig, tmp_path: Path) -> None:
    config = _with(config, log_every=2)  # a row of the log begins before the stop and ends after it
    _train(config, tmp_path / "whole", 6)
    _train(config, tmp_path / "parts", 3)
    _train(config, tmp_path / "parts", 6)
    whole, parts = (load_file(tmp_path / name / FINAL) for name in ("whole", "parts"))
    for name, tensor in whole.items():
        assert torch.equal(tensor, parts[name]), name
    curve = _losses(tmp_path / "whole" / LOG)
    assert [step for step, _ in curve] == [2, 4, 6]
    assert _losses(tmp_path / "parts" / LOG) == curve


def test_dropout_is_drawn_again_as_in_the_uninterrupted_run(tmp_path: Path) -> None:
    config = _with(ADM, config={**ADM.config, "dropout": 0.5})
    _train(config, tmp_path / "whole", 4)
    _train(config, tmp_path / "parts", 2)
    torch.rand(7)  # whatever happened to the global generator
    _train(config, tmp_path / "parts", 4)
    assert _losses(tmp_path / "parts" / LOG) == _losses(tmp_path / "whole" / LOG)


def test_a_stop_keeps_what_was_learnt(tmp_path: Path) -> None:
    trainer = Trainer(ESTIMATOR, toy_faces(), None, tmp_path)
    with pytest.raises(Cancelled):
        trainer.run(None, 0, lambda: trainer.step >= 3)
    assert trainer.step == 3
    assert Trainer(ESTIMATOR, toy_faces(), None, tmp_path).step == 3


def test_the_falling_rate_ends_in_the_result_not_in_the_checkpoint(tmp_path: Path) -> None:
    _train(ESTIMATOR, tmp_path, 3)
    trainer = Trainer(ESTIMATOR, toy_faces(), None, tmp_path)
    trainer.run(3, 4)
    assert trainer.step == 7
    # The last step's factor is (1 + cos(3/4 pi)) / 2, less than a quarter.
    assert trainer.learner.optimizer.param_groups[0]["lr"] == pytest.approx(
        ESTIMATOR.learning_rate * 0.5 * (1 + math.cos(0.75 * math.pi))
    )
    assert Trainer(ESTIMATOR, toy_faces(), None, tmp_path).step == 3
    assert [step for step, _ in _losses(tmp_path / LOG)] == [1, 2, 3]
    assert [step for step, _ in _losses(tmp_path / FINISH_LOG)] == [4, 5, 6, 7]


@EVERY
def test_training_beats_where_it_started(config: TrainConfig, tmp_path: Path) -> None:
    faces = toy_faces(side=config.size_px)
    trainer = Trainer(_with(config, learning_rate=2e-3, ema=0.9, log_every=100), faces, faces, tmp_path)
    with trainer.learner.averaged():
        first = trainer.learner.task.validate(faces)
    trainer.run(60, 0)
    with trainer.learner.averaged():
        last = trainer.learner.task.validate(faces)
    name = "val_l1" if config.task == "estimator" else "val_eps_50"
    assert last[name] < first[name]
    assert len(list(tmp_path.glob("samples_*.jpg"))) == 1


def test_shipped_weights_can_be_gone_on_from(tmp_path: Path) -> None:
    _train(ESTIMATOR, tmp_path / "first", 3)
    trainer = Trainer(ESTIMATOR, toy_faces(), None, tmp_path / "second")
    trainer.start_from(tmp_path / "first" / FINAL)
    shipped = load_file(tmp_path / "first" / FINAL)
    for name, tensor in trainer.learner.network.state_dict().items():
        torch.testing.assert_close(tensor, shipped[name].float())


def test_a_checkpoint_or_weights_of_another_network_are_one_sentence(tmp_path: Path) -> None:
    _train(ESTIMATOR, tmp_path, 1)
    wider = _with(ESTIMATOR, config={**ESTIMATOR.config, "channels": [16, 32]})
    with pytest.raises(CheckpointUnfit, match=r"checkpoint\.pt: this checkpoint is of another network .* shape"):
        Trainer(wider, toy_faces(), None, tmp_path)
    with pytest.raises(CheckpointUnfit, match="another network"):
        Trainer(PRIOR, toy_faces(), None, tmp_path)
    fresh = Trainer(wider, toy_faces(), None, tmp_path / "fresh")
    with pytest.raises(CheckpointUnfit, match=r"final\.safetensors"):
        fresh.start_from(tmp_path / FINAL)


@pytest.mark.parametrize("gradient_too", [True, False])
def test_a_loss_that_is_no_number_stops_the_run_and_leaves_the_checkpoint(gradient_too: bool, tmp_path: Path) -> None:
    _train(ESTIMATOR, tmp_path, 2)
    before = (tmp_path / CHECKPOINT).read_bytes()
    trainer = Trainer(ESTIMATOR, toy_faces(), None, tmp_path)

    def spoil(_module: object, _inputs: object, loss: torch.Tensor) -> torch.Tensor:
        return loss * math.nan if gradient_too else loss + math.nan

    trainer.learner.task.register_forward_hook(spoil)
    with pytest.raises(TrainingDiverged, match="At step 2 the loss"):
        trainer.run(5, 0)
    assert (tmp_path / CHECKPOINT).read_bytes() == before


@EVERY
def test_batches_together_give_the_gradient_of_one_large_batch(config: TrainConfig) -> None:
    """The mean over two batches of b faces is the mean over 2 b faces."""
    gradients = []
    for joined in (False, True):
        learner = Learner(config, toy_faces(side=config.size_px), Processes())
        parts = [learner.task.make_batch(0, part) for part in (0, 1)]
        if joined:
            parts = [{name: torch.cat([p[name] for p in parts]) for name in parts[0]}]
        loss = sum(learner.backward(part, len(parts)) for part in parts) / len(parts)
        gradients.append((loss, [p.grad for p in learner.parameters]))
    (loss_apart, apart), (loss_joined, joined_grad) = gradients
    assert loss_apart == pytest.approx(loss_joined, rel=1e-5)
    for one, other in zip(apart, joined_grad, strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=1e-4)


def test_the_first_part_of_a_step_is_drawn_from_seed_and_step_alone() -> None:
    task = Learner(ESTIMATOR, toy_faces(), Processes()).task
    faces = toy_faces()
    chosen = np.random.default_rng((ESTIMATOR.seed, 5)).choice(12, size=4, p=faces.weights)
    again = [task.make_batch(5, part)["clean"] for part in (0, 0, 1)]
    assert torch.equal(again[0], again[1])
    assert not torch.equal(again[0], again[2])
    assert len(set(chosen)) > 1  # so that the line above could fail


def test_rates_warm_up_and_fall_by_half_a_cosine() -> None:
    config = _with(ESTIMATOR, learning_rate=1e-3, warmup_steps=10, schedule="cosine", total_steps=110, final_rate=1e-4)
    rate = Learner(config, toy_faces(), Processes()).rate
    assert [rate(step) for step in (0, 4, 9, 10)] == pytest.approx([1e-4, 5e-4, 1e-3, 1e-3])
    assert rate(60) == pytest.approx((1e-3 + 1e-4) / 2)  # half way
    assert [rate(step) for step in (110, 200)] == pytest.approx([1e-4, 1e-4])


def test_patches_of_both_pictures_lie_at_the_same_place() -> None:
    config = _with(ESTIMATOR, crop_px=16, whole_every=3, whole_batch=2, degradation=ESTIMATOR.degradation)
    task = Learner(config, toy_faces(), Processes()).task
    whole, crops = task.make_batch(3, 0), task.make_batch(4, 0)
    assert {name: tuple(t.shape) for name, t in whole.items()} == dict.fromkeys(("clean", "damaged"), (2, 3, 32, 32))
    assert {name: tuple(t.shape) for name, t in crops.items()} == dict.fromkeys(("clean", "damaged"), (4, 3, 16, 16))
    for clean, damaged in zip(crops["clean"], crops["damaged"], strict=True):
        # The damage keeps the mean of a region about; another region of a wave has another.
        assert abs(clean.mean() - damaged.mean()) < 0.1


def test_old_photo_damage_comes_where_its_share_is_set() -> None:
    batches = [
        Learner(_with(ESTIMATOR, old_photo=OldPhotoRanges(share=share)), toy_faces(), Processes()).task.make_batch(0, 0)
        for share in (0.0, 0.0, 1.0)
    ]
    differences = [(batches[0]["damaged"] - b["damaged"]).abs().mean().item() for b in batches[1:]]
    assert differences[0] == 0
    assert differences[1] > 0.01


def test_several_threads_make_the_same_batches_in_the_same_order(tmp_path: Path) -> None:
    config = _with(ESTIMATOR, accumulate=2)
    _train(config, tmp_path / "one", 4)
    _train(_with(config, workers=3), tmp_path / "three", 4)
    assert _losses(tmp_path / "one" / LOG) == _losses(tmp_path / "three" / LOG)


def test_only_the_prior_learnt_below_largest_t_is_looked_at_there(tmp_path: Path) -> None:
    config = _with(PRIOR, largest_t=120, focus_t=60)
    trainer = Trainer(config, toy_faces(), toy_faces(), tmp_path)
    trainer.run(1, 0)
    with (tmp_path / LOG).open(encoding="utf-8") as file:
        names = {row["name"] for row in csv.DictReader(file)}
    assert {name for name in names if name.startswith("val")} == {"val_eps_50", "val_eps_100"}


def test_one_face_is_enough_for_principal_components(tmp_path: Path) -> None:
    trainer = _train(PRIOR, tmp_path, 2)  # twelve faces and their mirror images span more than five directions
    alone = Trainer(PRIOR, toy_faces(1), None, tmp_path / "alone")
    alone.run(2, 0)
    variances = [t.learner.network.get_buffer("variance") for t in (trainer, alone)]
    assert [(v > 0).sum().item() for v in variances] == [5, 1]  # a face and its mirror image span one
    assert all(torch.isfinite(p).all() for p in alone.learner.parameters)
