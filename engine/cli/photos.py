"""Which photos a command is for: files as named, folders looked through."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.base.errors import AlbumenError, FolderForbidden, PhotoMissing
from engine.imaging.load import looks_like_photo

RESTORED = ".restored"
"""What is put before the ending of a result."""
_RESULT = re.compile(r"\.restored(-\d+)?\.")
"""Names of results and of candidates; a folder's files so named are not restored again."""


@dataclass(frozen=True)
class Found:
    """A photo and the folder (relative to the one named) it was found in, or why a place could not be looked at."""

    path: Path
    folder: Path = Path()
    error: AlbumenError | None = None


def find_photos(places: Sequence[Path], recursive: bool, leave_out: Path | None = None) -> Iterator[Found]:
    """Photos in the order named, a folder's by name; each file once. `leave_out` is a folder not to be entered."""
    seen: set[Path] = set()
    for place in places:
        try:
            if place.is_dir():
                found = _in_folder(place, recursive, leave_out)
            elif place.exists() or place.is_symlink():
                found = iter([Found(place)])
            else:
                found = iter([Found(place, error=PhotoMissing(path=place))])
        except PermissionError:  # raised where a folder above may not be entered
            found = iter([Found(place, error=FolderForbidden(path=place.parent))])
        for photo in found:
            key = photo.path.resolve()
            if key not in seen:
                seen.add(key)
                yield photo


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
