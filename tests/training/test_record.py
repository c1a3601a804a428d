"""The log of a run: one curve, whatever was lost and done again."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from engine.training.record import Record


def _read(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").split()


def test_rows_beyond_the_checkpoint_are_taken_out(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    first = Record(path, 0)
    for step in (1, 2, 3):
        first.write(step, loss=step / 4)
    first.close()
    with path.open("a") as file:
        file.write("4,lo")  # cut by a kill
    again = Record(path, 2)
    again.write(3, loss=5.0)
    again.close()
    assert _read(path) == ["step,name,value", "1,loss,0.25", "2,loss,0.5", "3,loss,5"]


def test_a_float32_comes_back_to_the_bit(tmp_path: Path) -> None:
    values = np.random.default_rng(0).random(200).astype(np.float32)
    record = Record(tmp_path / "log.csv", 0)
    for step, value in enumerate(values):
        record.write(step, loss=float(value))
    record.close()
    read = [row.split(",")[2] for row in _read(tmp_path / "log.csv")[1:]]
    np.testing.assert_array_equal(np.array(read, np.float32), values)


def test_tensorboard_gets_numbers_and_pictures(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    record = Record(tmp_path / "log.csv", 0)
    record.write(7, loss=0.25)
    record.show(7, np.zeros((4, 4, 3), np.uint8))
    record.close()
    (events,) = (tmp_path / "tensorboard" / "log").iterdir()
    content = events.read_bytes()
    assert b"loss" in content
    assert struct.pack("<f", 0.25) in content
    assert b"samples" in content
    assert b"\x89PNG" in content
