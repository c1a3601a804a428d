"""Which photos a command takes from the places it is given."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
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


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"include": ["*.png"]}, ["a.PNG"]),
        ({"include": ["sub/*"]}, ["sub/할머니.tif", "sub/deep/c.webp"]),
        ({"include": ["*"], "exclude": ["sub"]}, ["a.PNG", "b.jpg", "out/d.jpg"]),
        ({"exclude": ["*/deep", "OUT/*", "b.*"]}, ["a.PNG", "sub/할머니.tif"]),
    ],
)
def test_patterns_for_the_path_below_the_place(album: Path, options: dict[str, list[str]], names: list[str]) -> None:
    assert sorted(_names(album, recursive=True, **options)) == sorted(names)


def test_a_file_named_is_taken_whatever_it_is_called_and_only_once(album: Path) -> None:
    found = list(find_photos([album / "notes.txt", album / "b.jpg", album, album / "." / "b.jpg"], recursive=False))
    assert [p.path.name for p in found] == ["notes.txt", "b.jpg", "a.PNG"]


def test_what_is_not_there_is_said_and_the_rest_goes_on(album: Path) -> None:
    missing, there = find_photos([album / "gone.jpg", album / "b.jpg"], recursive=False)
    assert missing.error is not None
    assert missing.error.kind == "photo_missing"
    assert there.error is None


@pytest.fixture
def nobody() -> Iterator[None]:
    """For the time of a test, root is a user without rights; others have none over a locked folder anyway."""
    if not hasattr(os, "geteuid"):
        pytest.skip("this system has no such users")
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    yield
    os.seteuid(user)


@pytest.fixture
def locked_folder() -> Iterator[Path]:
    """A folder that nobody may look into, in one that everybody may."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        root.chmod(0o755)
        (root / "a.png").write_bytes(b"x")
        (root / "locked").mkdir()
        (root / "locked").chmod(0)
        yield root
        (root / "locked").chmod(0o755)


def test_a_folder_that_may_not_be_read_is_said(locked_folder: Path, nobody: None) -> None:
    found = list(find_photos([locked_folder], recursive=True))
    assert [(p.path.name, p.error and p.error.kind) for p in found] == [
        ("a.png", None),
        ("locked", "folder_forbidden"),
    ]
    (inside,) = find_photos([locked_folder / "locked" / "b.jpg"], recursive=True)
    assert inside.error is not None
    assert inside.error.kind == "folder_forbidden"
