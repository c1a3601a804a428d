"""`albumen evaluate damage` from its arguments to two sheets that open."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.cli import main
from engine.degrade.old_photo import KINDS
from engine.evaluation.damage_sheet import COLUMNS


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    folder = tmp_path / "faces"
    folder.mkdir()
    for n, size in enumerate([(80, 80), (60, 90), (64, 64)]):
        coarse = np.random.default_rng(n).integers(0, 256, (6, 6, 3)).astype(np.uint8)
        img = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
        (folder / f"{n}.png").write_bytes(cv2.imencode(".png", img)[1].tobytes())
    (folder / "notes.txt").write_text("no picture", encoding="utf-8")
    return folder


def _read(path: Path) -> np.ndarray:
    img = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    assert img is not None
    return img


def test_both_sheets_are_written_as_large_as_their_columns_and_rows(
    faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "sheet.jpg"
    assert main(["evaluate", "damage", "--data", str(faces), "--rows", "2", "--out", str(out)]) == 0
    assert "sheet.kinds.jpg" in capsys.readouterr().out
    for path, columns in ((out, len(COLUMNS)), (out.with_name("sheet.kinds.jpg"), len(KINDS))):
        sheet = _read(path)
        assert sheet.shape == (24 + 2 * 260, columns * 260, 3)
        assert sheet[:24].min() < 128  # labels
        pictures = [sheet[24 : 24 + 256, n * 260 : n * 260 + 256].astype(int) for n in range(columns)]
        assert all(np.abs(a - b).mean() > 0.3 for a, b in pairwise(pictures))


def test_the_seed_chooses_pictures_and_damage(faces: Path, tmp_path: Path) -> None:
    sheets = []
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        out = tmp_path / f"{name}.png"
        assert main(["evaluate", "damage", "--data", str(faces), "--seed", seed, "--rows", "1", "--out", str(out)]) == 0
        sheets.append(_read(out))
    np.testing.assert_array_equal(sheets[0], sheets[1])
    assert np.abs(sheets[0].astype(int) - sheets[2]).max() > 50


def test_a_training_configuration_decides_size_and_damage(faces: Path, tmp_path: Path) -> None:
    config = tmp_path / "soft.toml"
    config.write_text(
        'task = "estimator"\nsize_px = 64\n[degradation]\nsigma = [0.1, 0.1]\nscale = [1, 1]\nnoise = [0, 0]\n'
        "jpeg_quality = [95, 95]\ngrey_probability = 0\n",
        encoding="utf-8",
    )
    out = tmp_path / "sheet.png"
    arguments = ["evaluate", "damage", "--data", str(faces), "--config", str(config), "--out", str(out)]
    assert main(arguments) == 0
    sheet = _read(out).astype(int)
    assert sheet.shape == (24 + 3 * 68, 5 * 68, 3)  # no more rows than pictures
    clean, mild = sheet[24:88, :64], sheet[24:88, 2 * 68 : 2 * 68 + 64]
    assert np.abs(clean - mild).mean() < 8  # only JPEG is left of this degradation


@pytest.mark.parametrize(
    ("data", "out", "sentence"),
    [
        ("nowhere", "sheet.jpg", "there is no such folder"),
        (".", "sheet.jpg", "there is no picture in this folder"),
        ("faces", "sheet.gif", "written as .jpg or .png"),
    ],
)
def test_bad_input_is_one_sentence(
    faces: Path, tmp_path: Path, data: str, out: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "damage", "--data", str(tmp_path / data), "--out", str(tmp_path / out)]) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") <= 1


def test_a_place_that_cannot_be_written_is_named(
    faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    out = tmp_path / "file" / "sheet.jpg"
    assert main(["evaluate", "damage", "--data", str(faces), "--rows", "1", "--out", str(out)]) == 1
    assert "sheet.jpg: Albumen may not write there" in capsys.readouterr().err
