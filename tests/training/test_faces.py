"""Reading a folder of faces and augmenting them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.base.errors import UsageError
from engine.training.config import AugmentConfig
from engine.training.faces import augment, load_faces


def _write(path: Path, value: int, side: int = 32) -> None:
    path.write_bytes(cv2.imencode(".png", np.full((side, side, 3), value, np.uint8))[1].tobytes())


def test_a_broken_picture_is_left_out_and_the_rest_is_read(tmp_path: Path) -> None:
    _write(tmp_path / "a.png", 10)
    _write(tmp_path / "b.png", 20, side=64)
    (tmp_path / "c.png").write_bytes(b"no picture")
    (tmp_path / "d.jpg").write_bytes(b"")
    faces = load_faces(tmp_path, 32)
    assert faces.names == ("a.png", "b.png")
    assert faces.pictures.shape == (2, 32, 32, 3)
    assert faces.weights.sum() == pytest.approx(1)


@pytest.mark.parametrize("make", [True, False])
def test_a_folder_without_faces_is_one_sentence(tmp_path: Path, make: bool) -> None:
    folder = tmp_path / "faces"
    if make:
        folder.mkdir()
    with pytest.raises(UsageError, match=r"faces: there is no"):
        load_faces(folder, 32)


def test_splits_masked_corners_and_rare_groups(tmp_path: Path) -> None:
    rows = ["file,era,group,face_px,corners,split"]
    for n in range(9):
        _write(tmp_path / f"man{n}.png", n)
        rows.append(f"man{n}.png,modern,man,256,,train")
    for name, rest in (
        ("woman", "modern,woman,256,,train"),
        ("small", "modern,man,128,,train"),
        ("round", "modern,man,256,round,train"),
        ("held", "modern,man,256,,val"),
    ):
        _write(tmp_path / f"{name}.png", 50)
        rows.append(f"{name}.png,{rest}")
    (tmp_path / "index.csv").write_text("\n".join(rows) + "\n")
    train = load_faces(tmp_path, 32, "train")
    assert set(train.names) == {*(f"man{n}.png" for n in range(9)), "woman.png", "small.png"}
    weight = dict(zip(train.names, train.weights, strict=True))
    assert weight["woman.png"] / weight["man0.png"] == pytest.approx(10**0.5)  # ten men to one woman
    assert weight["small.png"] / weight["man0.png"] == pytest.approx(0.5)  # half as large as the training size
    assert load_faces(tmp_path, 32, "val").names == ("held.png",)


def test_augmented_faces_stay_in_range_and_follow_the_seed() -> None:
    rng = np.random.default_rng(0)
    face = rng.integers(0, 256, (64, 64, 3)).astype(np.uint8)
    every = AugmentConfig(affine=1.0, colour=1.0)
    for seed in range(50):
        out = augment(face, every, np.random.default_rng(seed))
        assert out.dtype == np.float32
        assert 0 <= out.min() <= out.max() <= 1
        np.testing.assert_array_equal(out, augment(face, every, np.random.default_rng(seed)))


def test_without_augmentation_a_face_is_itself() -> None:
    face = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    none = AugmentConfig(flip=0, affine=0, colour=0, grey=0, sepia=0)
    np.testing.assert_array_equal(augment(face, none, np.random.default_rng(0)), face / np.float32(255))
