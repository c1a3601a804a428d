"""Hashes, and files and folders that are written whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from engine.base.errors import DiskFull, OutputForbidden
from engine.models.files import new_folder, sha256_of, write_file

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, appendix B.1


def test_sha256_of_the_standards_example(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")
    assert sha256_of(tmp_path / "abc") == ABC


def test_a_changed_file_is_hashed_again(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abd")
    assert sha256_of(path) != ABC
    path.write_bytes(b"abc")
    os.utime(path, ns=(1, 1))  # the same size; the time tells
    assert sha256_of(path) == ABC


def full_disk(_handle: int) -> None:
    raise OSError(errno.ENOSPC, "no space left")


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "folder" / "file"
    write_file(path, b"old")
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(DiskFull):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


def test_where_a_file_may_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputForbidden):
        write_file(tmp_path / "file" / "inside", b"")


def test_a_folder_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "packs" / "one"
    for name in ("a", "b"):
        with new_folder(target) as folder:
            assert not (target / name).exists()
            (folder / name).write_bytes(b"content")
    assert [path.name for path in target.iterdir()] == ["b"]
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_folder_that_is_not_finished_never_appears(tmp_path: Path, error: type[BaseException]) -> None:
    target = tmp_path / "one"
    with new_folder(target) as folder:
        (folder / "a").write_bytes(b"content")

    def fail_halfway() -> None:
        with new_folder(target) as folder:
            (folder / "b").write_bytes(b"half")
            raise error

    with pytest.raises(error):
        fail_halfway()
    assert [path.name for path in target.iterdir()] == ["a"]
    assert list(tmp_path.iterdir()) == [target]


def test_a_disk_that_fills_up_at_the_end_leaves_the_old_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "one"
    with new_folder(target) as folder:
        (folder / "a").write_bytes(b"content")
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(DiskFull), new_folder(target) as folder:
        (folder / "b").write_bytes(b"content")
    assert [path.name for path in target.iterdir()] == ["a"]
