"""Reading a folder of faces, into memory or as they are drawn, and augmenting them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.base.errors import UsageError
from engine.training.config import AugmentConfig
from engine.training.faces import FaceSet, FacesOnDisk, augment, draw, has_split, load_faces, open_faces, spread


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


def test_a_large_folder_stays_on_the_disk_and_gives_the_same_faces(tmp_path: Path) -> None:
    for n in range(5):
        _write(tmp_path / f"{n}.png", 10 * n, side=48)
    in_memory = open_faces(tmp_path, 32, in_memory=5 * 32 * 32 * 3)
    on_disk = open_faces(tmp_path, 32, in_memory=5 * 32 * 32 * 3 - 1)
    assert isinstance(in_memory, FaceSet)
    assert isinstance(on_disk, FacesOnDisk)
    assert on_disk.names == in_memory.names
    for i in range(5):
        np.testing.assert_array_equal(on_disk.picture(i), in_memory.picture(i))
    chosen = [draw(faces, np.random.default_rng(3), 9).tolist() for faces in (in_memory, on_disk)]
    assert chosen[0] == chosen[1]
    assert [p[0, 0, 0] for p in spread(on_disk, 2)] == [0, 20, 40]


def test_a_broken_picture_on_the_disk_gives_way_to_the_next(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    _write(tmp_path / "a.png", 10)
    (tmp_path / "b.png").write_bytes(b"no picture")
    faces = open_faces(tmp_path, 32, in_memory=0)
    assert [faces.picture(i)[0, 0, 0] for i in (0, 1, 1)] == [10, 10, 10]
    assert caplog.text.count("b.png") == 1  # named once
    (tmp_path / "a.png").write_bytes(b"")
    with pytest.raises(UsageError, match="there is no face picture"):
        faces.picture(0)


def test_an_index_tells_its_splits_and_needs_a_column_of_files(tmp_path: Path) -> None:
    assert not has_split(tmp_path, "val")
    (tmp_path / "index.csv").write_text("file,split\na.png,val\n")
    assert has_split(tmp_path, "val")
    assert not has_split(tmp_path, "train")
    (tmp_path / "index.csv").write_text("name,split\na.png,val\n")
    with pytest.raises(UsageError, match="no column `file`"):
        load_faces(tmp_path, 32)


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
