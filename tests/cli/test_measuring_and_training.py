"""`albumen evaluate` and `albumen train` from their arguments to what they print and write."""

from __future__ import annotations

import signal
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.base.folders import resources_dir
from engine.cli import main

needs_starter = pytest.mark.skipif(
    not (resources_dir() / "models" / "starter-prior.safetensors").is_file(), reason="no weights are shipped yet"
)
TINY = """
task = "estimator"
size_px = 32
batch = 2
precision = "fp32"
[config]
channels = [16, 16]
blocks = [1, 1]
unshuffle = 2
head_channels = 16
"""


def _write(path: Path, img: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".png", img)[1].tobytes())


def _faces(folder: Path, side: int, splits: list[str]) -> None:
    rng = np.random.default_rng(0)
    rows = ["file,split"]
    for n, split in enumerate(splits):
        coarse = rng.integers(0, 256, (8, 8, 3)).astype(np.uint8)
        _write(folder / f"{n}.png", cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC))
        rows.append(f"{n}.png,{split}")
    (folder / "index.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def test_training_writes_weights_and_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _faces(tmp_path / "faces", 32, ["train"] * 4 + ["val"])
    (tmp_path / "tiny.toml").write_text(TINY, encoding="utf-8")
    arguments = ["train", "estimator", "--config", str(tmp_path / "tiny.toml"), "--data", str(tmp_path / "faces")]
    arguments += ["--out", str(tmp_path / "run"), "--threads", "1"]
    before = signal.getsignal(signal.SIGTERM)
    assert main([*arguments, "--steps", "2"]) == 0
    assert "after 2 steps" in capsys.readouterr().out
    assert main([*arguments, "--finish", "2"]) == 0
    assert "after 4 steps" in capsys.readouterr().out
    assert (tmp_path / "run" / "final.safetensors").is_file()
    assert signal.getsignal(signal.SIGTERM) == before  # only the training itself answers signals in its own way


def test_training_on_nothing_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "prior", "--data", str(tmp_path), "--out", str(tmp_path / "run")]) == 2
    assert "no face picture" in capsys.readouterr().err
    assert main(["train", "prior", "--data", str(tmp_path / "none"), "--out", str(tmp_path / "run")]) == 2
    assert "there is no such folder" in capsys.readouterr().err
    assert main(["train", "prior", "--out", str(tmp_path / "run")]) == 2
    assert "(--data)" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_one_face_and_broken_ones_are_told_and_learnt_from(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    _write(tmp_path / "faces" / "only.png", np.full((32, 32, 3), 90, np.uint8))
    (tmp_path / "faces" / "broken.jpg").write_bytes(b"no picture")
    (tmp_path / "tiny.toml").write_text(TINY, encoding="utf-8")
    arguments = ["train", "estimator", "--config", str(tmp_path / "tiny.toml"), "--data", str(tmp_path / "faces")]
    assert main([*arguments, "--out", str(tmp_path / "run"), "--steps", "1", "--threads", "1"]) == 0
    assert "broken.jpg" in caplog.text
    assert "there is only one face to learn from" in caplog.text


def test_a_dry_run_tells_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tiny.toml").write_text(TINY, encoding="utf-8")
    monkeypatch.setenv("WORLD_SIZE", "8")
    arguments = ["train", "estimator", "--config", str(tmp_path / "tiny.toml"), "--dry-run", "--threads", "1"]
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert "16 faces = 8 x 1 x 2 (processes, accumulate, batch)" in out
    assert "images/s" in out
    assert [p.name for p in tmp_path.iterdir()] == ["tiny.toml"]


@needs_starter
@pytest.mark.slow
def test_the_prior_is_measured_beside_linear_denoisers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _faces(tmp_path, 256, ["train"] * 3 + ["val"])
    assert main(["evaluate", "prior", "--data", str(tmp_path), "--limit", "1"]) in (0, 1)  # these are no faces
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("|")[1].strip() for line in lines[2:]] == ["50", "100", "200", "400"]
    errors = np.array([[float(v) for v in line.split("|")[2:5]] for line in lines[2:]])
    assert (errors > 0).all()
    assert (np.diff(errors, axis=0) < 0).all()  # the more noise there is in x_t, the surer it can be told
    assert (errors[:, 1] < 1).all()  # an error of 1 would leave all noise in the picture
