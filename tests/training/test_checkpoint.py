"""Checkpoints: whole or not at all, the previous one where the last is damaged, nothing executed."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import torch

from engine.base.errors import CheckpointDamaged
from engine.training.checkpoint import CHECKPOINT, PREVIOUS, load_checkpoint, save_checkpoint

CPU = torch.device("cpu")


def _state(step: int) -> dict:
    return {"network": {"w": torch.ones(300)}, "ema": [torch.ones(300)], "optimizer": {}, "step": step}


def test_the_last_two_are_kept(tmp_path: Path) -> None:
    assert load_checkpoint(tmp_path, CPU) is None
    for step in (1, 2, 3):
        save_checkpoint(tmp_path, _state(step))
    found = load_checkpoint(tmp_path, CPU)
    assert found is not None
    assert (found[0].name, found[1]["step"]) == (CHECKPOINT, 3)
    assert torch.load(tmp_path / PREVIOUS, weights_only=True)["step"] == 2
    assert {p.name for p in tmp_path.iterdir()} == {CHECKPOINT, PREVIOUS}


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-400])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _other(path: Path) -> None:
    torch.save({"weights": torch.ones(1)}, path)


@pytest.mark.parametrize("damage", [_cut, _empty, _other, Path.unlink])
def test_a_damaged_one_gives_way_to_the_previous(
    damage: object, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for step in (1, 2):
        save_checkpoint(tmp_path, _state(step))
    damage(tmp_path / CHECKPOINT)  # type: ignore[operator]
    with caplog.at_level(logging.WARNING):
        found = load_checkpoint(tmp_path, CPU)
    assert found is not None
    assert found[1]["step"] == 1
    assert ("checkpoint.pt: this checkpoint is cut short or damaged" in caplog.text) == (damage is not Path.unlink)


def test_no_readable_one_is_one_sentence(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, _state(1))
    _cut(tmp_path / CHECKPOINT)
    with pytest.raises(CheckpointDamaged, match=r"checkpoint\.pt: .* damaged\. Delete it to begin anew"):
        load_checkpoint(tmp_path, CPU)


def test_a_file_that_asks_for_code_is_not_run(tmp_path: Path) -> None:
    torch.save({**_state(1), "losses": Path("x")}, tmp_path / CHECKPOINT)  # unpickling it would call pathlib
    with pytest.raises(CheckpointDamaged):
        load_checkpoint(tmp_path, CPU)
