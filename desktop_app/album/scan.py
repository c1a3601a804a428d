"""Looking for photos in files and folders, and for what became of the catalogue's; for a background thread.

Everything here is a generator that ends soon after `cancelled()` is true. What cannot be looked at is reported, and the
rest goes on.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from desktop_app.album.records import Photo
from engine.base.errors import AlbumenError, FolderForbidden, PathNotText, PhotoMissing, PhotoNotAnImage

ENDINGS = {".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp", ".heic", ".heif"}
BATCH = 200
"""Entries looked at before what was found is told."""

Cancelled = Callable[[], bool]


@dataclass(frozen=True)
class Batch:
    """Photos found, and what could not be looked at; `looked_at` counts files and folders since the walk began."""

    photos: tuple[Path, ...]
    errors: tuple[AlbumenError, ...]
    looked_at: int


@dataclass(frozen=True)
class Difference:
    """What became of photos (by id) since they were read: another file in their place, gone, or there again."""

    changed: tuple[int, ...] = ()
    missing: tuple[int, ...] = ()
    returned: tuple[int, ...] = ()


@dataclass(frozen=True)
class Moved:
    """A photo found again in a file of the same content."""

    photo_id: int
    path: Path
    sha256: str


def walk(places: Iterable[Path], own: Collection[Path], cancelled: Cancelled) -> Iterator[Batch]:
    """The photos among files and in folders with all below them, in batches; each file once, folders by name.

    Hidden entries are passed over unless named by themselves, and so are `own`, the application's folders. A file named
    by itself that is no photo by its ending is an error; in a folder it is passed over.
    """
    photos: list[Path] = []
    errors: list[AlbumenError] = []
    looked_at = told_at = 0
    for found in _entries(places, {os.path.realpath(folder) for folder in own}):
        if cancelled():
            return
        looked_at += 1
        if isinstance(found, Path):
            photos.append(found)
        elif found is not None:
            errors.append(found)
        if looked_at - told_at >= BATCH:
            told_at = looked_at
            yield Batch(tuple(photos), tuple(errors), looked_at)
            photos, errors = [], []
    yield Batch(tuple(photos), tuple(errors), looked_at)


def check(photos: Iterable[Photo], cancelled: Cancelled) -> Iterator[Difference]:
    """What became of the files of photos, in batches; a changed one has another size or time than when it was read."""
    lists: tuple[list[int], list[int], list[int]] = ([], [], [])
    changed, missing, returned = lists
    for n, photo in enumerate(photos, 1):
        if cancelled():
            return
        try:
            status = photo.path.stat()
        except OSError:
            if not photo.missing:
                missing.append(photo.id)
        else:
            if photo.missing:
                returned.append(photo.id)
            if photo.sha256 and (status.st_size, status.st_mtime_ns) != (photo.bytes, photo.mtime_ns):
                changed.append(photo.id)
        if n % BATCH == 0 and any(lists):
            yield Difference(*map(tuple, lists))
            for ids in lists:
                ids.clear()
    if any(lists):
        yield Difference(*map(tuple, lists))


def moved(photos: Iterable[Photo], old: Path, new: Path, cancelled: Cancelled) -> Iterator[Moved]:
    """Those of the photos below folder `old` that lie in the same place below `new`, with the same content.

    Reads every file whole. What it finds is for `Photos.relink`; photos never read are found by their name alone.
    """
    for photo in photos:
        if cancelled():
            return
        if not photo.path.is_relative_to(old):
            continue
        path = new / photo.path.relative_to(old)
        try:
            sha256 = content_of(path)
        except OSError:
            continue
        if photo.sha256 in ("", sha256):
            yield Moved(photo.id, path, sha256)


def content_of(path: Path) -> str:
    """SHA-256 of a file, in hex; raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _entries(places: Iterable[Path], own: set[str]) -> Iterator[Path | AlbumenError | None]:
    """One for each entry looked at: a photo, an error, or None."""
    seen_files: set[str] = set()
    seen_folders: set[tuple[int, int]] = set()
    for place in places:
        named = os.path.abspath(place)
        try:
            is_folder = stat.S_ISDIR(os.stat(named).st_mode)
        except OSError as error:
            forbidden = isinstance(error, PermissionError)
            yield FolderForbidden(path=_shown(named)) if forbidden else PhotoMissing(path=_shown(named))
            continue
        found = _below(named, own, seen_folders) if is_folder else iter([_named_file(named)])
        for entry in found:
            if isinstance(entry, Path):
                if str(entry) in seen_files:
                    continue
                seen_files.add(str(entry))
            yield entry


def _named_file(path: str) -> Path | AlbumenError:
    if os.path.splitext(path)[1].lower() not in ENDINGS:
        return PhotoNotAnImage(path=_shown(path))
    return _as_text(path)


def _below(top: str, own: set[str], seen: set[tuple[int, int]]) -> Iterator[Path | AlbumenError | None]:
    folders = [top]
    while folders:
        folder = folders.pop()
        try:
            status = os.stat(folder)
            if (status.st_dev, status.st_ino) in seen or os.path.realpath(folder) in own:  # a link may lead back
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(folder) as scanned:
                entries = sorted(scanned, key=lambda entry: entry.name)
        except OSError:
            yield FolderForbidden(path=_shown(folder))
            continue
        below: list[str] = []
        for entry in entries:
            if _hidden(entry):
                yield None
            elif _is_folder(entry):
                below.append(entry.path)
                yield None
            elif os.path.splitext(entry.name)[1].lower() in ENDINGS:
                yield _as_text(entry.path)
            else:
                yield None
        folders += reversed(below)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a circle of its own
        return False


def _hidden(entry: os.DirEntry[str]) -> bool:
    if entry.name.startswith("."):
        return True
    try:
        attributes = getattr(entry.stat(follow_symlinks=False), "st_file_attributes", 0)
    except OSError:
        return False
    return bool(attributes & getattr(stat, "FILE_ATTRIBUTE_HIDDEN", 0))


def _as_text(path: str) -> Path | AlbumenError:
    shown = _shown(path)
    return Path(path) if shown == path else PathNotText(path=shown)


def _shown(path: str) -> str:
    """The path with what is no text in it replaced, so that it can be shown, kept and sent."""
    return path.encode("utf-8", "replace").decode()
