"""`albumen evaluate` and `albumen train` from their arguments to what they print and write."""

from __future__ import annotations

import csv
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
[estimator]
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


@needs_starter
@pytest.mark.slow
def test_the_starters_estimate_is_nearer_than_the_damaged_face(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    img = cv2.imdecode(np.frombuffer((resources_dir() / "demo" / "portrait.png").read_bytes(), np.uint8), 1)
    assert img is not None
    # The sample's face by hand: eyes some 40 pixels apart at y = 98 and 240 of 512 in the template.
    face = cv2.warpAffine(img, np.array([[3.2, 0, -446.0], [0, 3.2, -74.0]]), (512, 512), flags=cv2.INTER_CUBIC)
    _write(tmp_path / "hq" / "face.png", face)
    out = tmp_path / "out"
    arguments = ["evaluate", "restoration", "--hq", str(tmp_path / "hq"), "--out", str(out), "--scales", "8"]
    assert main([*arguments, "--start-steps", "50", "--steps", "2", "--threads", "1"]) == 0
    captured = capsys.readouterr()
    assert "| 8 | starter candidate, N 50, 2 steps | 1 |" in captured.out
    assert "starter candidates: " in captured.err  # where the time went
    with (out / "scores.csv").open(encoding="utf-8") as file:
        scores = {row["row"]: row for row in csv.DictReader(file)}
    for metric in ("psnr", "ssim"):
        assert float(scores["starter estimate"][metric]) > float(scores["input"][metric])
    assert float(scores["starter estimate"]["niqe"]) < float(scores["input"]["niqe"])
    assert float(scores["starter estimate"]["landmarks"]) < 30  # pixels of 512: the face is found again
    assert (out / "sheet_8.png").is_file()


@needs_starter
def test_a_folder_without_an_aligned_face_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _write(tmp_path / "hq" / "wide.png", np.zeros((100, 120, 3), np.uint8))
    assert main(["evaluate", "restoration", "--hq", str(tmp_path / "hq"), "--out", str(tmp_path / "out")]) == 2
    err = capsys.readouterr().err
    assert "wide.png: this is no aligned face, since it is not square" in err
    assert "None of the pictures could be measured on" in err


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
