"""Finding photos in folders, whatever lies in them, and what became of the catalogue's."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import pytest
from album_samples import sha

from desktop_app.album.records import Photo
from desktop_app.album.scan import BATCH, Difference, Moved, check, moved, walk
from engine.base.errors import AlbumenError, FolderForbidden, PathNotText, PhotoMissing, PhotoNotAnImage


def never() -> bool:
    return False


def found(*places: Path, own: tuple[Path, ...] = ()) -> tuple[list[Path], list[AlbumenError]]:
    batches = list(walk(places, own, never))
    return [p for batch in batches for p in batch.photos], [e for batch in batches for e in batch.errors]


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_photos_by_their_ending_in_folders_by_name(tmp_path: Path) -> None:
    touch(tmp_path, "b/2.PNG", "b/1.jpg", "a/할머니 é.jpeg", "z.tiff", "notes.txt", "b/noending", "c.heic", "d.mp4")
    touch(tmp_path, ".hidden.jpg", ".cache/x.jpg", "b/._1.jpg")
    photos, errors = found(tmp_path)
    assert [p.relative_to(tmp_path).as_posix() for p in photos] == [
        "c.heic",
        "z.tiff",
        "a/할머니 é.jpeg",
        "b/1.jpg",
        "b/2.PNG",
    ]
    assert errors == []


def test_named_files_are_taken_once_and_each_that_is_none_is_told(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", ".b.jpg", "notes.txt")
    photos, errors = found(tmp_path / "a.jpg", tmp_path, tmp_path / ".b.jpg", tmp_path / "notes.txt", tmp_path / "no")
    assert photos == [tmp_path / "a.jpg", tmp_path / ".b.jpg"]
    assert [type(error) for error in errors] == [PhotoNotAnImage, PhotoMissing]


def test_relative_places_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "x/a.jpg")
    monkeypatch.chdir(tmp_path)
    assert found(Path("x"))[0] == [tmp_path / "x" / "a.jpg"]


def test_own_folders_are_not_looked_into(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "albumen/candidates/x.png", "albumen/thumbnails/y.jpg")
    assert found(tmp_path, own=(tmp_path / "albumen",))[0] == [tmp_path / "a.jpg"]
    assert found(tmp_path / "albumen", own=(tmp_path / "albumen",))[0] == []


@pytest.mark.skipif(os.name != "posix", reason="links of Unix")
def test_links_in_a_circle_end(tmp_path: Path) -> None:
    touch(tmp_path, "a/1.jpg", "elsewhere/2.jpg")
    (tmp_path / "a" / "up").symlink_to(tmp_path / "a", target_is_directory=True)
    (tmp_path / "a" / "there").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (tmp_path / "a" / "self.jpg").symlink_to("self.jpg")
    (tmp_path / "a" / "selfdir").symlink_to("selfdir")
    photos, errors = found(tmp_path / "a")
    assert [p.name for p in photos] == ["1.jpg", "self.jpg", "2.jpg"]  # reading tells that self.jpg is none
    assert errors == []


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="rights of Unix")
def test_a_folder_without_rights_is_told_and_the_rest_goes_on() -> None:
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        touch(top, "locked/a.jpg", "open/b.jpg")
        top.chmod(0o755)
        (top / "locked").chmod(0)
        administrator = os.geteuid() == 0
        if administrator:
            os.seteuid(65534)
        try:
            photos, errors = found(top)
            assert [p.name for p in photos] == ["b.jpg"]
            assert [type(error) for error in errors] == [FolderForbidden]
            _, errors = found(top / "locked" / "a.jpg")
            assert [type(error) for error in errors] == [FolderForbidden]
        finally:
            if administrator:
                os.seteuid(0)
            (top / "locked").chmod(0o755)


@pytest.mark.skipif(sys.platform != "linux", reason="names of bytes")
def test_names_that_are_no_text_are_told_in_text(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/\xff.jpg", "wb"):
        pass
    os.mkdir(os.fsencode(tmp_path) + b"/\xfe")
    with open(os.fsencode(tmp_path) + b"/\xfe/a.jpg", "wb"):
        pass
    photos, errors = found(tmp_path)
    assert photos == []
    assert [type(error) for error in errors] == [PathNotText] * 2
    for error in errors:
        str(error).encode()


def test_batches_tell_how_far_it_is_and_cancelling_ends_them(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{n:04}.jpg" for n in range(BATCH * 2 + 10)))
    batches = list(walk([tmp_path], (), never))
    assert [len(batch.photos) for batch in batches] == [BATCH, BATCH, 10]
    assert [batch.looked_at for batch in batches] == [BATCH, 2 * BATCH, 2 * BATCH + 10]
    asked = iter([False] * (BATCH + 5) + [True])
    assert [len(batch.photos) for batch in walk([tmp_path], (), lambda: next(asked))] == [BATCH]


def photo(id: int, path: Path, content: str = "", missing: bool = False) -> Photo:
    status = path.stat() if path.exists() else None
    facts = {"bytes": status.st_size, "mtime_ns": status.st_mtime_ns} if status else {}
    return Photo(id, path, "", sha256=sha(content), missing=missing, **facts)


def test_what_became_of_photos(tmp_path: Path) -> None:
    touch(tmp_path, "same.jpg", "larger.jpg", "later.jpg", "back.jpg")
    photos = [photo(n, tmp_path / f"{name}.jpg") for n, name in enumerate(("same", "larger", "later", "gone"))]
    photos += [photo(4, tmp_path / "back.jpg", missing=True), photo(5, tmp_path / "never.jpg", missing=True)]
    photos += [Photo(6, tmp_path / "same.jpg", "")]  # not read yet: nothing to compare with
    (tmp_path / "larger.jpg").write_bytes(b"x")
    os.utime(tmp_path / "later.jpg", ns=(0, 10**9))
    assert list(check(photos, never)) == [Difference(changed=(1, 2), missing=(3,), returned=(4,))]
    assert list(check(photos, lambda: True)) == []
    many = [photo(n, tmp_path / "gone.jpg") for n in range(BATCH + 1)]
    assert [len(each.missing) for each in check(many, never)] == [BATCH, 1]


def test_a_folder_that_moved(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    touch(new, "x/a.jpg", "b.jpg", "unread.jpg")
    (new / "x" / "a.jpg").write_text("a")
    (new / "b.jpg").write_text("another")
    photos = [photo(1, old / "x" / "a.jpg", "a"), photo(2, old / "b.jpg", "b"), photo(3, old / "c.jpg", "c")]
    photos += [photo(4, tmp_path / "beside.jpg", "a"), Photo(5, old / "unread.jpg", "")]
    assert list(moved(photos, old, new, never)) == [
        Moved(1, new / "x" / "a.jpg", sha("a")),
        Moved(5, new / "unread.jpg", sha("")),
    ]
