"""`albumen restore --recipe`: the same file again, from the sidecar or from the finished photo itself."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from tiny_program import face_at, make_program, write_photo

from engine.base import folders
from engine.cli import main
from engine.cli.workers import InProcess
from engine.imaging.load import load_photo
from engine.pipeline.making import decode_made
from engine.protocol import (
    BlendSettings,
    BrushMask,
    CandidateReady,
    Event,
    Export,
    FaceRecord,
    Pick,
    RegionOpacity,
    Restore,
    RestoreOptions,
)

FACES = (face_at(60, 70, 90), face_at(105, 90, 60))


@pytest.fixture(autouse=True)
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    resources = make_program(tmp_path / "resources")
    monkeypatch.setattr(folders, "resources_dir", lambda: resources)
    monkeypatch.setenv("ALBUMEN_HOME", str(tmp_path / "home"))
    threads = torch.get_num_threads(), cv2.getNumThreads()
    yield resources
    torch.set_num_threads(threads[0])
    cv2.setNumThreads(threads[1])


def _finish(photo: Path, output: Path, faces: tuple[FaceRecord, ...] = FACES, **settings: Any) -> Path:
    """Restore and export as window and command line do: a blend of its own for each face; returns the sidecar."""
    workers, ready = InProcess("cpu", 1), dict[int, CandidateReady]()

    def take(event: Event) -> None:
        if isinstance(event, CandidateReady):
            ready[event.face] = event

    scratch = output.parent.parent / "scratch"
    options = RestoreOptions(candidates=2, strength=0.1, steps=2, seed=3, precision="fp32")
    workers.compute(Restore(str(photo), str(scratch / "store"), faces, options=options), take)
    painted = np.zeros((40, 40, 3), np.uint8)
    painted[5:30, 8:20, 2], painted[20:36, 15:38, 1] = 255, 180
    cv2.imwrite(str(scratch / "brush.png"), painted)
    blends = (
        BlendSettings(opacity=0.7, regions=RegionOpacity(eyes=0.2, hair=0.5), match_grain=False),
        BlendSettings(brush=BrushMask(str(scratch / "brush.png"), 90, 70), keep_detail=False),
    )
    picks = tuple(Pick(face, ready[n].path, blend) for n, (face, blend) in enumerate(zip(faces, blends, strict=False)))
    sidecar = output.with_suffix(".json")
    workers.imaging(Export(str(photo), picks, str(output), sidecar=str(sidecar), **settings), lambda _: None)
    shutil.rmtree(scratch)  # nothing of the first time is left
    return sidecar


def _again(*arguments: str | Path) -> int:
    return main(["restore", "--in-process", *map(str, arguments)])


def _same_pixels(one: Path, two: Path) -> bool:
    a, b = load_photo(one), load_photo(two)
    return a.pixels.dtype == b.pixels.dtype and np.array_equal(a.pixels, b.pixels)


@pytest.mark.parametrize(
    ("ending", "settings"),
    [(".jpg", {"quality": 83}), (".png", {"longest_px": 120, "location": "drop"}), (".webp", {"quality": 70})],
)
def test_the_same_pixels_from_sidecar_and_photo(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ending: str, settings: dict[str, Any]
) -> None:
    photo = write_photo(tmp_path / "photos" / "할머니.jpg")
    first = tmp_path / "out" / f"할머니.restored{ending}"
    sidecar = _finish(photo, first, **settings)
    untouched = photo.read_bytes()
    assert not _same_pixels(first, photo)
    for source, where in ((sidecar, "a"), (first, "b")):
        out = tmp_path / where
        assert _again("--recipe", source, photo, "-o", out, "--json", "--sidecar") == 0
        told = json.loads(capsys.readouterr().out)
        assert Path(told["output"]) == out / first.name
        assert (len(told["faces"]), told["exact"]) == (2, True)
        assert (out / first.name).read_bytes() == first.read_bytes()  # the metadata too
        assert (out / sidecar.name).read_bytes() == sidecar.read_bytes()
    assert photo.read_bytes() == untouched


def test_the_original_is_found_by_name_and_by_content(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photo, out = write_photo(tmp_path / "photos" / "a.png"), tmp_path / "out"
    first = tmp_path / "first" / "a.restored.png"
    sidecar = _finish(photo, first, FACES[:1])
    assert _again("--recipe", sidecar, "-o", out) == 1
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert "the original photo, a.png, is not beside this file" in message
    assert not out.exists()
    write_photo(sidecar.parent / "a.png", seed=1)
    assert _again("--recipe", sidecar, "-o", out) == 1
    assert "changed since" in capsys.readouterr().err
    shutil.copyfile(photo, sidecar.parent / "renamed.png")
    assert _again("--recipe", sidecar, "-o", out) == 0
    assert "renamed.png -> " in capsys.readouterr().out
    assert _same_pixels(out / first.name, first)
    assert _again("--recipe", sidecar, photo.parent, "-o", out) == 0  # a folder to look in, and the name is taken
    assert _same_pixels(out / "a.restored-2.png", first)
    os.remove(photo)
    assert _again("--recipe", sidecar, photo, "-o", out) == 1
    assert str(photo) in capsys.readouterr().err
    assert _again("--recipe", sidecar, "-o", out, "--overwrite", "skip", "--json") == 0
    assert json.loads(capsys.readouterr().out)["skipped"] is True


def test_what_the_recipe_says_is_not_said_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sidecar = tmp_path / "a.json"
    assert _again("--recipe", sidecar, "-o", tmp_path, "--blend", "0.5", "--steps", "3") == 2
    assert "leave out --blend, --steps" in capsys.readouterr().err
    assert _again("-o", tmp_path) == 2
    assert "Name at least one photo" in capsys.readouterr().err


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: b"[" * 100_000,
        lambda text: text.replace(b'"output": "a.restored.png"', b'"output": "../a.png"'),
        lambda text: text.replace(b'"photo": "a.png"', b'"photo": "/etc/passwd"'),
        lambda text: text.replace(b'"opacity": 0.7', b'"opacity": 7'),
        lambda text: text.replace(
            b'"box": [30, 40, 90, 100], "landmarks": [[', b'"box": [30, 40, 90, 100], "landmarks": [[9'
        ),
        lambda text: text.replace(b'"brush_png": null', b'"brush_png": "AAAA"'),
        lambda text: text.replace(b'"albumen"', b'"unknown"'),
        lambda text: b"",
    ],
)
def test_a_sidecar_that_is_none_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: Any
) -> None:
    photo = write_photo(tmp_path / "photos" / "a.png")
    made = tmp_path / "made.json"
    made.write_bytes(_SIDECAR)
    assert decode_made(_SIDECAR, made).output == "a.restored.png"
    assert damage(_SIDECAR) != _SIDECAR
    made.write_bytes(damage(_SIDECAR))
    assert _again("--recipe", made, photo, "-o", tmp_path / "out") == 1
    message = capsys.readouterr().err
    assert "made.json: this holds no recipe" in message
    assert message.count("\n") == 1


def test_a_photo_that_albumen_did_not_write_holds_no_recipe(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photo = write_photo(tmp_path / "a.png")
    assert _again("--recipe", photo, "-o", tmp_path / "out") == 1
    assert "a.png: this holds no recipe" in capsys.readouterr().err
    assert _again("--recipe", tmp_path / "gone.json", "-o", tmp_path / "out") == 1
    assert "gone.json" in capsys.readouterr().err


_RECIPE = {
    "photo_sha256": "0" * 64,
    "landmarks": [list(point) for point in FACES[0].landmarks],
    "estimator": {"id": "starter-estimator", "sha256": "1" * 64},
    "prior": None,
    "start_step": 0,
    "eta": 0.5,
    "eta_meaning": "released",
    "steps": 0,
    "sampler": "ddim",
    "seed": 0,
    "index": 0,
    "size_px": 32,
    "device": "cpu",
    "precision": "fp32",
    "batch_width": 1,
    "threads": 1,
    "runtime": "torch",
    "albumen": "0",
}
_FACE = {
    "face": {"box": [30, 40, 90, 100], "landmarks": _RECIPE["landmarks"], "score": 1},
    "recipe": _RECIPE,
    "blend": {"opacity": 0.7},
    "brush_png": None,
}
_MADE = {"albumen": "0", "photo": "a.png", "photo_sha256": "0" * 64, "output": "a.restored.png", "faces": [_FACE]}
_SIDECAR = json.dumps(_MADE).encode()
