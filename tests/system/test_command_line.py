"""The command line as a user has it: real workers, the shipped weights, real photos, and everything that goes wrong."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from engine.base.folders import resources_dir

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (resources_dir() / "models" / "starter-prior.safetensors").is_file(), reason="no weights are shipped yet"
    ),
]
FAST = ["--candidates", "1", "--steps", "2", "--strength", "0.1"]


def albumen(*arguments: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "desktop_app", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONUTF8": "1", "PYTHONPATH": str(resources_dir().parent), **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=500,
        check=False,
    )


def lines(result: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    """The JSON lines by the photo's name."""
    parsed = [json.loads(line) for line in result.stdout.splitlines()]
    return {Path(p["path"]).name: p for p in parsed}


def read(path: Path) -> np.ndarray:
    img = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    assert img is not None
    return np.asarray(img)


@pytest.fixture
def portrait() -> bytes:
    return (resources_dir() / "demo" / "portrait.png").read_bytes()


def huge_png(side: int) -> bytes:
    """A tiny file that says it is a picture of side x side pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    )


def test_the_demo_writes_a_sheet_and_says_time_and_memory(tmp_path: Path) -> None:
    result = albumen("demo", *FAST, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    sheet = read(tmp_path / "albumen-demo" / "sheet.png")
    assert sheet.shape[1] > 3 * 512
    assert "s a face" in result.stderr
    assert "peak memory compute" in result.stderr


def test_good_and_bad_photos_in_one_folder(tmp_path: Path, portrait: bytes) -> None:
    photos = tmp_path / "사진"
    (photos / "sub").mkdir(parents=True)
    ok, jpeg = cv2.imencode(".jpg", read(resources_dir() / "demo" / "portrait.png"))
    assert ok
    flat = cv2.imencode(".png", np.full((300, 300, 3), 90, np.uint8))[1].tobytes()
    files = {
        "할머니.png": portrait,
        "sub/deep.jpg": jpeg.tobytes(),
        "text.jpg": b"this is a letter, not a picture\n" * 20,
        "cut.jpg": jpeg.tobytes()[: len(jpeg) // 2],
        "empty.png": b"",
        "huge.png": huge_png(60_000),
        "flat.png": flat,
    }
    for name, content in files.items():
        (photos / name).write_bytes(content)
    before = {p: hashlib.sha256(p.read_bytes()).hexdigest() for p in photos.rglob("*") if p.is_file()}

    result = albumen("restore", photos, photos / "gone.jpg", "-o", tmp_path / "out", "--recursive", "--json", *FAST,
                     cwd=tmp_path)  # fmt: skip

    assert result.returncode == 1, result.stderr
    told = lines(result)
    assert {name: t["error"]["kind"] for name, t in told.items() if "error" in t} == {
        "text.jpg": "photo_not_an_image",
        "cut.jpg": "photo_damaged",
        "empty.png": "photo_empty",
        "huge.png": "photo_too_large",
        "flat.png": "no_face",
        "gone.jpg": "photo_missing",
    }
    for name, t in told.items():
        if "error" in t:
            assert name in t["error"]["sentence"]
            assert t["error"]["sentence"] in result.stderr
    assert Path(told["할머니.png"]["output"]) == tmp_path / "out" / "할머니.restored.png"
    assert Path(told["deep.jpg"]["output"]) == tmp_path / "out" / "sub" / "deep.restored.jpg"
    (face,) = told["할머니.png"]["faces"]
    assert len(face["landmarks"]) == 5
    x0, y0, x1, y1 = face["box"]
    assert 0 <= x0 < x1 <= 512
    assert 0 <= y0 < y1 <= 512
    after = {p: hashlib.sha256(p.read_bytes()).hexdigest() for p in photos.rglob("*") if p.is_file()}
    assert after == before
    assert "2 done, 6 failed" in result.stderr


def test_only_the_face_changes_and_equal_recipes_give_equal_pictures(tmp_path: Path, portrait: bytes) -> None:
    (tmp_path / "a.png").write_bytes(portrait)
    for out, extra in (("one", []), ("two", ["--in-process"]), ("other", ["--seed", "1"]), ("none", ["--blend", "0"])):
        result = albumen("restore", "a.png", "-o", out, *FAST, "--threads", "1", *extra, cwd=tmp_path)
        assert result.returncode == 0, result.stderr
    source = read(tmp_path / "a.png")
    one, two, other, none = (read(tmp_path / d / "a.restored.png") for d in ("one", "two", "other", "none"))
    np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(none, source)
    assert np.abs(one.astype(int) - other).max() > 0
    changed = np.argwhere((one != source).any(axis=2))
    top, left = changed.min(axis=0)
    bottom, right = changed.max(axis=0)
    # The face stands in the upper middle of the picture; its template square is some 160 pixels wide.
    assert top >= 0
    assert bottom < 256
    assert 100 < left < right < 350


def test_results_are_never_overwritten(tmp_path: Path, portrait: bytes) -> None:
    (tmp_path / "a.png").write_bytes(portrait)
    first = albumen("restore", "a.png", "-o", ".", *FAST, cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    content = (tmp_path / "a.restored.png").read_bytes()
    known = lines(albumen("restore", "a.png", "-o", ".", "--json", *FAST, cwd=tmp_path))["a.png"]
    assert (known["skipped"], Path(known["output"]).name, len(known["faces"])) == (True, "a.restored.png", 1)
    again = albumen("restore", "a.png", "-o", ".", "--json", "--again", *FAST, cwd=tmp_path)
    assert Path(lines(again)["a.png"]["output"]).name == "a.restored-2.png"
    other = ["--overwrite", "skip", "--seed", "1"]
    skipped = albumen("restore", ".", "-o", ".", "--json", *other, *FAST, cwd=tmp_path)
    assert lines(skipped)["a.png"] == {"path": "a.png", "output": "a.restored.png", "skipped": True}
    seen = sorted(p.name for p in tmp_path.iterdir() if not p.name.startswith("."))
    assert seen == ["a.png", "a.restored-2.png", "a.restored.png"]
    assert (tmp_path / "a.restored.png").read_bytes() == content


def test_every_candidate_can_be_kept(tmp_path: Path, portrait: bytes) -> None:
    (tmp_path / "a.png").write_bytes(portrait)
    options = ["--candidates", "2", "--steps", "2", "--strength", "0.1", "--pick", "2", "--format", "jpg"]
    result = albumen("restore", "a.png", "-o", "out", "--json", "--keep-candidates", *options, cwd=tmp_path)
    (face,) = lines(result)["a.png"]["faces"]
    assert face["picked"] == 2
    assert [Path(c).name for c in face["candidates"]] == [
        "a.restored.face1.candidate1.png",
        "a.restored.face1.candidate2.png",
    ]
    one, two = (read(Path(c)) for c in face["candidates"])
    assert one.dtype == np.uint16
    assert np.abs(one.astype(int) - two).max() > 0
    recipe = json.loads(Path(face["candidates"][1]).with_suffix(".json").read_text(encoding="utf-8"))
    assert recipe["photo_sha256"] == hashlib.sha256(portrait).hexdigest()
    assert (recipe["index"], recipe["steps"], recipe["start_step"]) == (1, 2, 100)
    assert (tmp_path / "out" / "a.restored.jpg").is_file()


def test_a_face_that_lost_nothing_has_one_version_whatever_is_picked(tmp_path: Path, portrait: bytes) -> None:
    (tmp_path / "a.png").write_bytes(portrait)
    result = albumen("restore", "a.png", "-o", "out", "--json", "--strength", "0", "--pick", "3", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    (face,) = lines(result)["a.png"]["faces"]
    assert (face["candidates"], face["picked"]) == (1, 1)


def test_missing_weights_are_one_sentence(tmp_path: Path, portrait: bytes) -> None:
    (tmp_path / "a.png").write_bytes(portrait)
    missing = albumen("restore", "a.png", "-o", "out", "--model", "difface", cwd=tmp_path)
    assert missing.returncode == 1
    assert missing.stderr.count("\n") == 1
    assert "albumen models fetch" in missing.stderr
    assert not (tmp_path / "out").exists()


def test_strength_7_is_wrong_usage(tmp_path: Path) -> None:
    result = albumen("restore", "a.png", "-o", "out", "--strength", "7", cwd=tmp_path)
    assert result.returncode == 2
    assert "7 is not a number between 0 and 1" in result.stderr


def test_faces_are_listed_without_restoring(tmp_path: Path, portrait: bytes) -> None:
    (tmp_path / "a.png").write_bytes(portrait)
    result = albumen("faces", "a.png", "--json", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert len(lines(result)["a.png"]["faces"]) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["a.png"]


def test_the_models_are_listed_and_whole(tmp_path: Path) -> None:
    listed = albumen("models", "list", cwd=tmp_path)
    assert "starter  [installed]" in listed.stdout
    assert "difface  [not installed]" in listed.stdout
    verified = albumen("models", "verify", cwd=tmp_path)
    assert verified.returncode == 0, verified.stdout
    assert "damaged" not in verified.stdout
