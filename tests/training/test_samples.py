"""Sheets of samples: where the pictures lie, and that only the newest stay."""

from __future__ import annotations

import logging
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from toy_runs import ESTIMATOR, PRIOR, toy_faces

from engine.training.learner import Learner
from engine.training.parallel import Processes
from engine.training.samples import GAP_PX, KEPT, sheet_of, write_sheet
from engine.training.trainer import Trainer


def test_pictures_lie_in_rows_with_gaps() -> None:
    values = [[0.0, 0.5, 2.0], [-1.0, float("nan"), 1.0]]
    sheet = sheet_of([[torch.full((3, 8, 8), v) for v in row] for row in values])
    assert sheet.shape == (2 * 8 + GAP_PX, 3 * 8 + 2 * GAP_PX, 3)
    middles = sheet[[4, 12 + GAP_PX]][:, [4, 12 + GAP_PX, 20 + 2 * GAP_PX], 0]
    np.testing.assert_array_equal(middles, [[0, 128, 255], [0, 0, 255]])
    assert (sheet[8 : 8 + GAP_PX] == 255).all()


def test_the_newest_stay(tmp_path: Path) -> None:
    steps = [999_998, 999_999, 1_000_000, 5, 100, 1_000_001, 1_000_002]
    for step in sorted(steps):
        write_sheet(tmp_path, step, np.zeros((8, 8, 3), np.uint8))
    kept = {int(p.stem.removeprefix("samples_")) for p in tmp_path.iterdir()}
    assert kept == set(sorted(steps)[-KEPT:])
    assert (tmp_path / "samples_999999.jpg").is_file()


def test_the_estimators_sheet_has_damaged_estimated_and_clean_faces() -> None:
    task = Learner(ESTIMATOR, toy_faces(), Processes()).task
    with torch.no_grad():
        rows = task.sheet(toy_faces(4))
    assert len(rows) == 4
    for damaged, estimate, clean in rows:
        torch.testing.assert_close(estimate, damaged)  # a new network gives its input back
        assert (damaged - clean).abs().mean() > 0.01


def test_the_priors_sheet_has_less_noise_at_smaller_t() -> None:
    task = Learner(PRIOR, toy_faces(), Processes()).task
    faces = toy_faces(2)
    with torch.no_grad():
        rows = task.sheet(faces)
    assert [len(row) for row in rows] == [2 * 4 + 2] * 2  # x_t and x0_hat at four timesteps, the start, a sample
    clean = torch.from_numpy(faces.pictures[0] / 255).permute(2, 0, 1)
    noise = [(rows[0][2 * n] - clean).square().mean().item() for n in range(4)]
    assert noise == sorted(noise)
    assert (rows[0][-1] - clean).square().mean() < noise[-1]


def test_a_sheet_that_cannot_be_written_does_not_end_the_run(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "samples_000002.jpg").mkdir()
    trainer = Trainer(ESTIMATOR, toy_faces(), toy_faces(4), tmp_path)
    with caplog.at_level(logging.WARNING):
        trainer.run(2, 0)
    assert "no sheet of samples at step 2" in caplog.text
    assert trainer.step == 2


def test_a_sheet_is_a_jpeg_in_rgb(tmp_path: Path) -> None:
    red = np.zeros((16, 16, 3), np.uint8)
    red[..., 0] = 255
    path = write_sheet(tmp_path, 1, red)
    read = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    assert read is not None
    assert read[8, 8, 2] > 200 > 50 > read[8, 8, 0]
