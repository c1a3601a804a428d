"""Which photos a command takes from the places it is given."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.cli.photos import find_photos


@pytest.fixture
def album(tmp_path: Path) -> Path:
    for name in (
        "b.jpg",
        "a.PNG",
        "notes.txt",
        "b.restored.jpg",
        "b.restored-2.jpg",
        "b.restored.face1.candidate1.png",
        "sub/할머니.tif",
        "sub/deep/c.webp",
        "out/d.jpg",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return tmp_path


def _names(album: Path, **options: object) -> list[str]:
    found = find_photos([album], **({"recursive": False} | options))  # type: ignore[arg-type]
    return [p.path.relative_to(album).as_posix() for p in found]


def test_a_folders_photos_by_name_without_results_and_other_files(album: Path) -> None:
    assert _names(album) == ["a.PNG", "b.jpg"]


def test_subfolders_when_asked_but_not_the_output(album: Path) -> None:
    names = _names(album, recursive=True, leave_out=album / "out")
    assert names == ["a.PNG", "b.jpg", "sub/할머니.tif", "sub/deep/c.webp"]
    folders = [p.folder.as_posix() for p in find_photos([album], recursive=True, leave_out=album / "out")]
    assert folders == [".", ".", "sub", "sub/deep"]


def test_a_file_named_is_taken_whatever_it_is_called_and_only_once(album: Path) -> None:
    found = list(find_photos([album / "notes.txt", album / "b.jpg", album, album / "." / "b.jpg"], recursive=False))
    assert [p.path.name for p in found] == ["notes.txt", "b.jpg", "a.PNG"]


def test_what_is_not_there_is_said_and_the_rest_goes_on(album: Path) -> None:
    missing, there = find_photos([album / "gone.jpg", album / "b.jpg"], recursive=False)
    assert missing.error is not None
    assert missing.error.kind == "photo_missing"
    assert there.error is None


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="root may read every folder")
def test_a_folder_that_may_not_be_read_is_said(album: Path) -> None:
    (album / "sub").chmod(0)
    try:
        errors = [p.error for p in find_photos([album], recursive=True) if p.error]
    finally:
        (album / "sub").chmod(0o755)
    assert [e.kind for e in errors] == ["folder_forbidden"]
