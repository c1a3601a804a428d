"""Which photos a command is for: files as named, folders looked through."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from engine.base.errors import AlbumenError, FolderForbidden, PhotoMissing
from engine.imaging.load import looks_like_photo

_RESULT = re.compile(r"\.restored(-\d+)?\.|\.face\d+\.candidate\d+\.png$|^[0-9a-f]{64}-\d+\.jpg$")
"""Names of results, candidates and a report's small pictures; a folder's files so named are not restored again."""


@dataclass(frozen=True)
class Found:
    """A photo and the folder (relative to the one named) it was found in, or why a place could not be looked at."""

    path: Path
    folder: Path = Path()
    error: AlbumenError | None = None
    named: bool = False
    """Whether the user named the file itself."""


def find_photos(
    places: Sequence[Path],
    recursive: bool,
    leave_out: Path | None = None,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
) -> Iterator[Found]:
    """Photos in the order named, a folder's by name; each file once. `leave_out` is a folder not to be entered.

    Of a folder's photos, those are taken that fit a pattern of `include` (all, where there is none) and none of
    `exclude`, which may also fit a folder above it. A pattern is for the path relative to the place, in any case, and
    its `*` goes across folders.
    """
    seen: set[Path] = set()
    for place in places:
        try:
            if place.is_dir():
                found = _in_folder(place, recursive, leave_out)
            elif place.exists() or place.is_symlink():
                found = iter([Found(place, named=True)])
            else:
                found = iter([Found(place, error=PhotoMissing(path=place), named=True)])
        except PermissionError:  # raised where a folder above may not be entered
            found = iter([Found(place, error=FolderForbidden(path=place.parent), named=True)])
        for photo in found:
            key = photo.path.resolve()
            if key not in seen and (photo.named or photo.error or _wanted(photo, include, exclude)):
                seen.add(key)
                yield photo


def _wanted(photo: Found, include: Sequence[str], exclude: Sequence[str]) -> bool:
    path = photo.folder / photo.path.name
    if include and not any(_fits(path, pattern) for pattern in include):
        return False
    return not any(_fits(part, pattern) for pattern in exclude for part in (path, *path.parents[:-1]))


def _fits(path: Path, pattern: str) -> bool:
    return fnmatchcase(path.as_posix().casefold(), pattern.casefold())


def _in_folder(root: Path, recursive: bool, leave_out: Path | None) -> Iterator[Found]:
    folders = [root]
    while folders:
        folder = folders.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda e: e.name)
        except PermissionError:
            yield Found(folder, error=FolderForbidden(path=folder))
            continue
        below = []
        for entry in entries:
            path = Path(entry.path)
            if entry.is_dir(follow_symlinks=False):
                if recursive and (leave_out is None or path.resolve() != leave_out.resolve()):
                    below.append(path)
            elif looks_like_photo(path) and not _RESULT.search(path.name):
                yield Found(path, folder.relative_to(root))
        folders += reversed(below)
