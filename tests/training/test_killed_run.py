"""The real command, killed in the middle and started again: the same curve as a run left alone."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from toy_runs import write_faces

from engine.training.checkpoint import CHECKPOINT

CONFIG = """
task = "estimator"
size_px = 32
batch = 2
precision = "fp32"
warmup_steps = 5
log_every = 1
checkpoint_minutes = 0.0005
[config]
channels = [16, 16]
blocks = [1, 1]
unshuffle = 2
head_channels = 16
"""
ROOT = Path(__file__).parents[2]


def command(folder: Path, out: str, steps: int) -> list[str]:
    arguments = ["-m", "desktop_app", "train", "estimator", "--config", str(folder / "toy.toml")]
    arguments += ["--data", str(folder / "faces"), "--out", str(folder / out)]
    return [*arguments, "--steps", str(steps), "--threads", "1", "--device", "cpu"]


def curve(path: Path) -> list[tuple[str, str]]:
    with path.open(encoding="utf-8") as file:
        return [(row["step"], row["value"]) for row in csv.DictReader(file) if row["name"] == "loss"]


def _logged(path: Path) -> int:
    return path.read_text(encoding="utf-8").count(",loss,") if path.is_file() else 0


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_killed_run_goes_on_to_the_same_curve(tmp_path: Path) -> None:
    write_faces(tmp_path / "faces", ["train"] * 6)
    (tmp_path / "toy.toml").write_text(CONFIG, encoding="utf-8")
    log = tmp_path / "killed" / "log.csv"
    with subprocess.Popen(
        [sys.executable, *command(tmp_path, "killed", 100_000)], cwd=ROOT, stderr=subprocess.DEVNULL
    ) as running:
        try:
            while not (tmp_path / "killed" / CHECKPOINT).is_file() or _logged(log) < 10:
                assert running.poll() is None, "the run ended by itself"
                time.sleep(0.02)
        finally:
            os.kill(running.pid, signal.SIGKILL)
    assert running.returncode == -signal.SIGKILL
    before = _logged(log)
    steps = before + 20
    for out in ("killed", "whole"):
        subprocess.run([sys.executable, *command(tmp_path, out, steps)], cwd=ROOT, check=True, capture_output=True)
    whole = curve(tmp_path / "whole" / "log.csv")
    assert [int(step) for step, _ in whole] == list(range(1, steps + 1))
    assert curve(log) == whole  # nine digits: the same float32, step by step
